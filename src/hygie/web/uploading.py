"""Files that forms send: kept in the workspace until a job has read them, or read at once when they are small."""

from __future__ import annotations

from fastapi import Request, UploadFile

from hygie.core.errors import DocumentError
from hygie.service.uploads import keep_upload
from hygie.service.workspace import Workspace
from hygie.web.state import state_of

__all__ = ["keep_file", "read_file", "read_text"]

# A facility, a portfolio: text that a person wrote [bytes].
_MAX_TEXT = 2 * 2**20


def keep_file(request: Request, workspace: Workspace, file: UploadFile | None) -> str | None:
    """Keep a file of a form and return its id; None when no file was chosen.

    Raises
    ------
    DocumentError
        It is empty or too large.
    """
    if file is None or not file.filename:
        return None
    limit = state_of(request).settings.max_upload
    return keep_upload(workspace, file.file, name=file.filename, max_bytes=limit)


def read_file(file: UploadFile | None, *, name: str, max_bytes: int, allowed: str, repair: str) -> tuple[bytes, str]:
    """Return what a file of a form holds, and its name; `name` when it has none.

    Raises
    ------
    DocumentError
        It was not sent, is empty or too large; `allowed` and `repair` say what is wanted.
    """
    content = file.file.read(max_bytes + 1) if file is not None else b""
    name = (file.filename if file is not None else None) or name
    if not 0 < len(content) <= max_bytes:
        raise DocumentError(
            "the file is too large" if content else "no file was sent, or it is empty",
            file=name[:100],
            allowed=allowed,
            repair=repair,
        )
    return content, name


def read_text(file: UploadFile | None, *, name: str, repair: str) -> tuple[str, str]:
    """Return the text of a small file of a form, and its name; `name` when it has none.

    Raises
    ------
    DocumentError
        As in `read_file`, or it is not UTF-8.
    """
    content, name = read_file(file, name=name, max_bytes=_MAX_TEXT, allowed="1 byte to 2 MiB", repair=repair)
    try:
        return content.decode("utf-8"), name
    except UnicodeDecodeError as error:
        raise DocumentError(
            "the file is not UTF-8 text", file=name[:100], value=str(error)[:100], repair="save it as UTF-8"
        ) from None
