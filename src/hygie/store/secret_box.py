"""Secrets of connectors: encrypted in the database, with a key that is in a file of the workspace and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

from hygie.core.errors import StoreError

__all__ = ["KEY_FILE", "open_secret", "seal_secret"]

KEY_FILE = "connectors.key"


def seal_secret(folder: Path, secret: str) -> str:
    """Return a secret encrypted with the key of a workspace, which is made when there is none (Fernet: AES, HMAC)."""
    from cryptography.fernet import Fernet

    return Fernet(_read_key(folder, make=True)).encrypt(secret.encode()).decode()


def open_secret(folder: Path, sealed: str) -> str:
    """Return a secret that was encrypted with the key of a workspace.

    Raises
    ------
    StoreError
        The key is another one, as after a backup was restored on another machine.
    """
    from cryptography.fernet import Fernet, InvalidToken

    try:
        return Fernet(_read_key(folder, make=False)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise _lost() from None


def _read_key(folder: Path, *, make: bool) -> bytes:
    from cryptography.fernet import Fernet

    file = folder / KEY_FILE
    try:
        return file.read_bytes()
    except FileNotFoundError:
        if not make:
            raise _lost() from None
    except OSError as error:
        raise StoreError(f"the key of connectors cannot be read: {error.strerror}", file=str(file)) from None
    key = Fernet.generate_key()
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sink:
            sink.write(key)
        # Of two that make a key at the same time, one wins.
        os.link(draft, file)
    except FileExistsError:
        pass
    except OSError as error:
        raise StoreError(f"the key of connectors cannot be written: {error.strerror}", file=str(file)) from None
    finally:
        draft.unlink(missing_ok=True)
    return file.read_bytes()


def _lost() -> StoreError:
    return StoreError(
        "the secret of this connector cannot be read: the key of the workspace is another one",
        field="secret",
        repair=f"enter the secret again, or put the file {KEY_FILE} of the old workspace back",
    )
