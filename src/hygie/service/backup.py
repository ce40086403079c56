"""Backup and restore of a workspace: one file, whole or not at all, from either database to either.

    hygie.backup.zip
    ├── manifest.json            format, versions, tables with their rows, files with size and SHA-256
    ├── tables/<table>.jsonl     one row per line
    └── files/results/…          result folders; uploads that wait for their job

The key of the connectors' secrets is not in it: whoever finds the file cannot use them.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from sqlalchemy import Connection

import hygie
from hygie.core.errors import DocumentError, StoreError
from hygie.store.all_tables import metadata
from hygie.store.engine import name_database, open_engine, translate_errors
from hygie.store.row_exchange import export_rows
from hygie.store.schema import REVISION
from hygie.store.workspace import Workspace

__all__ = ["BACKUP_FORMAT", "FOLDERS", "BackupReport", "back_up", "check_name", "copy_checked"]

BACKUP_FORMAT = 1
FOLDERS = ("results", "uploads")
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup holds, or what was restored: rows by table, files, bytes of the archive."""

    path: str
    rows: Mapping[str, int]
    files: int
    size: int
    created_at: str


def back_up(workspace: Workspace, path: Path, *, overwrite: bool = False) -> BackupReport:
    """Write every organisation of a workspace, with its results, to one file.

    Rows are those of one instant: a copy by SQLite's online backup, or one transaction of PostgreSQL. Work may go on
    meanwhile; a result that is made while the files are read is not in it, for its row is not.

    Raises
    ------
    StoreError
        The file exists, or cannot be written; then nothing is left of it.
    """
    path = path.absolute()
    if path.exists() and not overwrite:
        raise StoreError("the file exists already", file=str(path), repair="choose another name, or give --force")
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
            manifest = _write(workspace, archive)
        draft.replace(path)
    except OSError as error:
        raise StoreError(
            f"the backup could not be written: {error.strerror or error}",
            file=str(path),
            repair="free some disk space, or choose another place",
        ) from None
    finally:
        draft.unlink(missing_ok=True)
    rows = {name: table["rows"] for name, table in manifest["tables"].items()}
    return BackupReport(
        path=str(path),
        rows=rows,
        files=len(manifest["files"]),
        size=path.stat().st_size,
        created_at=manifest["created_at"],
    )


def _write(workspace: Workspace, archive: zipfile.ZipFile) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    results: set[tuple[str, str]] = set()
    with _frozen(workspace) as connection:
        for table in metadata.sorted_tables:
            state, count = hashlib.sha256(), 0
            with archive.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as sink:
                for line in export_rows(connection, table):
                    data = f"{line}\n".encode()
                    state.update(data)
                    sink.write(data)
                    count += 1
                    if table.name == "saved_result":
                        row = json.loads(line)
                        results.add((row["organisation_id"], row["result_id"]))
            tables[table.name] = {"rows": count, "sha256": state.hexdigest()}
    files = {}
    for place in _list_files(workspace.folder, results):
        name = place.relative_to(workspace.folder).as_posix()
        try:
            files[name] = _add_file(archive, place, f"files/{name}")
        except FileNotFoundError:
            # Deleted meanwhile, with its result or after its job.
            continue
    manifest = {
        "format": BACKUP_FORMAT,
        "hygie": hygie.__version__,
        "revision": REVISION,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "tables": tables,
        "files": files,
    }
    archive.writestr("manifest.json", json.dumps(manifest, ensure_ascii=False, indent=1))
    return manifest


def _list_files(folder: Path, results: set[tuple[str, str]]) -> Iterator[Path]:
    for organisation, result in sorted(results):
        yield from _walk(folder / "results" / organisation / result)
    yield from _walk(folder / "uploads")


def _walk(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        # Links are not followed: what is outside of the workspace stays there.
        yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _add_file(archive: zipfile.ZipFile, place: Path, name: str) -> dict[str, Any]:
    state, size = hashlib.sha256(), 0
    with place.open("rb") as source, archive.open(name, "w", force_zip64=True) as sink:
        while chunk := source.read(_CHUNK):
            state.update(chunk)
            size += len(chunk)
            sink.write(chunk)
    return {"size": size, "sha256": state.hexdigest()}


@contextmanager
def _frozen(workspace: Workspace) -> Iterator[Connection]:
    """Give a connection that sees one instant of the database."""
    engine = workspace.engine
    if engine.dialect.name == "postgresql":
        with translate_errors(engine.url), engine.connect() as connection:
            fixed = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with fixed.begin():
                yield fixed
        return
    assert engine.url.database is not None
    with tempfile.TemporaryDirectory(prefix=".hygie-backup-", dir=workspace.folder) as folder:
        copy = Path(folder) / "copy.db"
        with (
            translate_errors(engine.url),
            closing(sqlite3.connect(engine.url.database)) as source,
            closing(sqlite3.connect(copy)) as target,
        ):
            try:
                source.backup(target)
            except sqlite3.Error as error:
                raise StoreError(f"the database could not be copied: {error}", file=name_database(engine.url)) from None
        other = open_engine(str(copy))
        try:
            with translate_errors(other.url), other.connect() as connection:
                yield connection
        finally:
            other.dispose()


def check_name(name: str) -> PurePosixPath:
    """Return the place of a file of a backup.

    Raises
    ------
    DocumentError
        It leads out of the workspace, or where results and uploads are not.
    """
    place = PurePosixPath(name)
    odd = (
        place.is_absolute()
        or len(place.parts) < 3
        or len(place.parts) > 12
        or place.parts[0] not in FOLDERS
        or any(part in ("..", ".") or ":" in part or "\\" in part or not part.isprintable() for part in place.parts)
        or str(place) != name
    )
    if odd:
        raise DocumentError(
            "the backup holds a name that leads out of the workspace",
            value=name,
            repair="do not restore it; ask where it comes from",
        )
    return place


def copy_checked(source: Any, sink: Any, *, size: int, sha256: str, name: str) -> None:
    """Copy a file of a backup that must be what the manifest says.

    Raises
    ------
    DocumentError
        It is not.
    """
    state, left = hashlib.sha256(), size
    while chunk := source.read(_CHUNK):
        left -= len(chunk)
        if left < 0:
            break
        state.update(chunk)
        sink.write(chunk)
    if left != 0 or state.hexdigest() != sha256:
        raise DocumentError(
            "the backup is damaged: a file is not what its checksum says",
            value=name,
            repair="take another copy of the backup",
        )
