"""Files that people send: kept in the workspace until a job has read them."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from hygie.core.errors import DocumentError, NotFoundError, StoreError
from hygie.store.sessions import make_id
from hygie.store.workspace import Workspace

__all__ = ["MAX_UPLOAD_BYTES", "find_upload", "forget_upload", "keep_upload"]

MAX_UPLOAD_BYTES = 512 * 2**20
_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{6}-[0-9a-f]{8}")
_SIGN = re.compile(r"[^A-Za-z0-9._-]+")
_CHUNK = 1 << 20
# What nobody came back for goes after this time.
_KEPT = timedelta(days=14)


def keep_upload(workspace: Workspace, stream: BinaryIO, *, name: str, max_bytes: int = MAX_UPLOAD_BYTES) -> str:
    """Keep a file that somebody sends; return its id.

    Parameters
    ----------
    name
        As the sender calls it: only plain signs of it are kept, for they tell its format.

    Raises
    ------
    DocumentError
        It is empty or too large.
    StoreError
        It cannot be written.
    """
    _forget_old(workspace)
    upload_id = make_id()
    folder = _folder(workspace) / upload_id
    plain = _SIGN.sub("-", Path(name.replace("\\", "/")).name).strip(".-")[-100:] or "file"
    size = 0
    try:
        folder.mkdir(mode=0o700, parents=True)
        with (folder / plain).open("xb") as sink:
            while chunk := stream.read(_CHUNK):
                size += len(chunk)
                if size > max_bytes:
                    break
                sink.write(chunk)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StoreError(f"the file cannot be kept: {error.strerror}", file=plain, repair="free some space") from None
    if not 0 < size <= max_bytes:
        shutil.rmtree(folder, ignore_errors=True)
        raise DocumentError(
            "the file is too large" if size else "the file is empty", file=plain, allowed=f"1 to {max_bytes:,} bytes"
        )
    return upload_id


def find_upload(workspace: Workspace, upload_id: str) -> Path:
    """Return the file of an upload.

    Raises
    ------
    NotFoundError
        There is none, or it belongs to another organisation.
    """
    folder = _folder(workspace) / upload_id
    files = sorted(folder.iterdir()) if _ID.fullmatch(upload_id) and folder.is_dir() else []
    if not files:
        raise NotFoundError(
            "this file is no longer there", field="upload", value=upload_id, repair="send the file again"
        )
    return files[0]


def forget_upload(workspace: Workspace, upload_id: str) -> None:
    """Remove a file that was read."""
    if _ID.fullmatch(upload_id):
        shutil.rmtree(_folder(workspace) / upload_id, ignore_errors=True)


def _folder(workspace: Workspace) -> Path:
    return workspace.folder / "uploads" / workspace.organisation_id


def _forget_old(workspace: Workspace) -> None:
    """Remove files that were sent long ago and that no job has taken away."""
    limit = f"{datetime.now(UTC) - _KEPT:%Y%m%d-%H%M%S}"
    folder = _folder(workspace)
    for place in folder.iterdir() if folder.is_dir() else ():
        if _ID.fullmatch(place.name) and place.name < limit:
            forget_upload(workspace, place.name)
