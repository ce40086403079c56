"""Files that forms send: kept in the workspace until a job has read them."""

from __future__ import annotations

from fastapi import Request, UploadFile

from hygie.service.uploads import keep_upload
from hygie.service.workspace import Workspace
from hygie.web.state import state_of

__all__ = ["keep_file"]


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
