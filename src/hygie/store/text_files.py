"""Rewriting a user's own file: whole or not at all, with the former text beside it."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from hygie.core.errors import StoreError

__all__ = ["replace_file", "write_new_file"]


def replace_file(path: Path, content: bytes, *, expected: bytes | None = None, backup: bool = False) -> Path | None:
    """Put `content` in place of a file in one step; a link stays a link.

    Parameters
    ----------
    expected
        What the file held when it was read: if it no longer does, nothing is written.
    backup
        Keep the former file as ``<name>.bak``; an older backup is replaced.

    Returns
    -------
    Path or None
        The backup, when one was made.

    Raises
    ------
    StoreError
        The file has changed meanwhile, or the disk refuses; the file is as it was.
    """
    place = path.resolve()
    kept: Path | None = None
    part: str | None = None
    try:
        handle, part = tempfile.mkstemp(prefix=f".{place.name}.", suffix=".part", dir=place.parent)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        present = place.read_bytes() if place.exists() else None
        if expected is not None and present != expected:
            raise StoreError(
                "the file has changed since it was read: nothing was written",
                file=str(path),
                repair="close it in the editor, then run the same command again",
            )
        if present is not None:
            shutil.copymode(place, part)
            if backup:
                kept = place.with_name(place.name + ".bak")
                shutil.copy2(place, kept)
        else:
            Path(part).chmod(0o644)
        Path(part).replace(place)
    except OSError as error:
        raise StoreError(
            f"the file cannot be written: {error.strerror or error}",
            file=str(path),
            repair="check the folder, its permissions and its free space",
        ) from None
    finally:
        if part is not None:
            with suppress(OSError):
                Path(part).unlink(missing_ok=True)
    return kept


def write_new_file(path: Path, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises
    ------
    StoreError
        Something is there already, or the disk refuses.
    """
    if path.exists():
        raise StoreError("this file exists already", file=str(path), repair="choose another name, or remove it first")
    replace_file(path, content)
