"""Documents that were written once, kept beside the workspace: a second reader waits for nothing.

    <workspace>/cache/documents/<organisation>/<result>/<key>-<marking>.<form>

The key is the digest of all that the document depends on, the program included: nothing kept is ever out of date. What
was not read for longest goes first when there is too much. The folder may be deleted at any time; backups leave it out.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import hygie
from hygie.core.evidence import TLP
from hygie.store.workspace import Workspace

__all__ = ["STUDY_FILES", "TYPICAL", "forget_documents", "keep_document", "name_key", "recall_document"]

STUDY_FILES = "files"
"""Where a saved study has the documents that were written with it."""

TYPICAL = "typical-hospital.yaml"
"""The hospital that a study is simulated for, among its files."""

MOST_BYTES = 256 * 2**20
MOST_FILES = 2_000
# Whatever words, tables and pictures of a document are made by.
_ROOMS = ("report", "service", "views")


def name_key(**parts: Any) -> str:
    """Return the key of a document: a digest of its parts, of the version and of the code that writes documents."""
    said = json.dumps(
        {**parts, "version": hygie.__version__, "program": _digest_program()}, sort_keys=True, default=str
    )
    return hashlib.sha256(said.encode("utf-8")).hexdigest()


@cache
def _digest_program() -> str:
    package, state = Path(hygie.__file__).parent, hashlib.sha256()
    for room in _ROOMS:
        for file in sorted(path for path in (package / room).rglob("*") if path.suffix not in (".pyc", "")):
            state.update(f"{file.relative_to(package)}\x1f".encode())
            state.update(file.read_bytes())
    return state.hexdigest()


def recall_document(workspace: Workspace, result_id: str, *, key: str, form: str) -> tuple[bytes, TLP] | None:
    """Return a kept document and its marking; None without one that can be read."""
    folder = _place(workspace) / result_id
    for tlp in TLP:
        file = folder / _name(key, tlp, form)
        try:
            content = file.read_bytes()
        except OSError:
            continue
        with suppress(OSError):
            os.utime(file)
        return content, tlp
    return None


def keep_document(workspace: Workspace, result_id: str, *, key: str, form: str, content: bytes, tlp: TLP) -> None:
    """Keep a document, whole or not at all; one that cannot be kept is no failure."""
    folder = _place(workspace) / result_id
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number, part = tempfile.mkstemp(prefix=".", suffix=".part", dir=folder)
        try:
            with os.fdopen(number, "wb") as stream:
                stream.write(content)
            Path(part).replace(folder / _name(key, tlp, form))
        finally:
            Path(part).unlink(missing_ok=True)
        _trim(_place(workspace))


def forget_documents(workspace: Workspace, result_id: str) -> None:
    """Delete what is kept of a result."""
    shutil.rmtree(_place(workspace) / result_id, ignore_errors=True)


def _place(workspace: Workspace) -> Path:
    return workspace.folder / "cache" / "documents" / workspace.organisation_id


def _name(key: str, tlp: TLP, form: str) -> str:
    return f"{key}-{tlp.value}.{form}"


def _trim(folder: Path) -> None:
    """Delete the documents that were not read for longest, until the rest is within bounds."""
    found: Mapping[Path, os.stat_result] = {path: path.stat() for path in folder.glob("*/*") if path.is_file()}
    size, count = sum(state.st_size for state in found.values()), len(found)
    for path in sorted(found, key=lambda path: (found[path].st_mtime_ns, path.name)):
        if size <= MOST_BYTES and count <= MOST_FILES:
            return
        path.unlink(missing_ok=True)
        size, count = size - found[path].st_size, count - 1
