"""Signed texts: what a browser holds for us and may not change."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from hygie.core.errors import StoreError

__all__ = ["Signer", "load_key"]

KEY_FILE = "web.key"


@dataclass(frozen=True, slots=True)
class Signer:
    """Signs texts for one purpose each, so that a mark for one is worthless for another."""

    key: bytes = field(repr=False)

    def sign(self, text: str, *, purpose: str) -> str:
        """Return the mark of a text."""
        return hmac.new(self.key, f"{purpose}\x1f{text}".encode(), hashlib.sha256).hexdigest()

    def holds(self, text: str, mark: str, *, purpose: str) -> bool:
        """Return whether a mark is the one of a text."""
        return hmac.compare_digest(self.sign(text, purpose=purpose).encode(), mark.encode())


def load_key(folder: Path) -> bytes:
    """Return the key of a workspace, made on first use and readable by its owner only.

    Raises
    ------
    StoreError
        It can be neither read nor made.
    """
    file = folder / KEY_FILE
    try:
        try:
            handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            key = file.read_bytes()
        else:
            key = secrets.token_bytes(32)
            with os.fdopen(handle, "wb") as stream:
                stream.write(key)
    except OSError as error:
        raise StoreError(
            f"the key of the pages cannot be kept: {error.strerror}",
            file=str(file),
            repair="check who owns the folder of the workspace",
        ) from error
    if len(key) != 32:
        raise StoreError(
            "the key of the pages is damaged", file=str(file), repair="delete the file: everybody has to log in again"
        )
    return key
