"""Restore of a backup: checked in full before anything is touched, then put in place in one step."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, Table, inspect, select, text

import hygie
from hygie.core.errors import DocumentError, StoreError
from hygie.service.backup import BACKUP_FORMAT, FOLDERS, BackupReport, check_name, copy_checked
from hygie.store.all_tables import metadata
from hygie.store.engine import lock_for_writing, name_database, open_engine, translate_errors, writing
from hygie.store.migrations import list_revisions, migrate, read_revision
from hygie.store.row_exchange import MAX_LINE_BYTES, import_rows, set_counters
from hygie.store.schema import REVISION
from hygie.store.workspace import DATABASE_FILE

__all__ = ["restore"]

MAX_FILES = 2_000_000
MAX_MANIFEST_BYTES = 512 * 2**20
# A result folder packs to a tenth; nothing honest to a thousandth.
MAX_RATIO = 1_000
RATIO_FREE_BYTES = 256 * 2**20
_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, KeyError, ValueError)


def restore(path: Path, folder: Path, *, database: str | None = None, force: bool = False) -> BackupReport:
    """Put a backup into an empty workspace; with `force`, in the place of what is there.

    Everything is unpacked and checked beside its place first. Rows come in one transaction (PostgreSQL) or in a new
    file that takes the place of the old one (SQLite); result folders are swapped after that.

    Parameters
    ----------
    database
        Where the rows go; a SQLite file in the workspace by default. It need not be of the kind that was backed up.

    Raises
    ------
    DocumentError
        The file is no backup, is damaged, or is hostile.
    StoreError
        The workspace is not empty, is in use, or cannot be written; it is as it was.
    """
    folder = folder.expanduser().absolute()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=".hygie-restore-", dir=folder))
    except OSError as error:
        raise StoreError(f"the workspace cannot be written: {error.strerror}", file=str(folder)) from None
    address = database or os.environ.get("HYGIE_DATABASE") or str(folder / DATABASE_FILE)
    try:
        with _open_archive(path) as archive:
            manifest = _read_manifest(archive, path)
            _check_empty(folder, address, force=force)
            _unpack(archive, manifest, made)
            # The folders change places while rows are written and not yet seen; and back, if these cannot be kept.
            with _swapped(folder, made) as swap, _fill(manifest, address, made, force=force):
                swap()
    except _DAMAGE as error:
        raise DocumentError(f"the backup is damaged: {error}", file=str(path), repair="take another copy") from None
    except OSError as error:
        raise StoreError(
            f"the workspace could not be restored: {error.strerror or error}",
            file=str(folder),
            repair="free some disk space, then try again; the workspace is as it was",
        ) from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return BackupReport(
        path=str(path),
        rows={name: said["rows"] for name, said in manifest["tables"].items()},
        files=len(manifest["files"]),
        size=path.stat().st_size,
        created_at=str(manifest["created_at"]),
    )


@contextmanager
def _open_archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise StoreError("no such file", file=str(path), repair="check the path") from None
    except (*_DAMAGE, OSError):
        raise DocumentError(
            "this is not a backup of hygie", file=str(path), repair="give a file that `hygie backup` wrote"
        ) from None
    with archive:
        yield archive


def _read_manifest(archive: zipfile.ZipFile, path: Path) -> dict[str, Any]:
    infos = archive.infolist()
    names = [info.filename for info in infos]
    total = sum(info.file_size for info in infos)
    packed = max(path.stat().st_size, 1)
    if (
        "manifest.json" not in names
        or len(infos) > MAX_FILES
        or len(set(names)) != len(names)
        or archive.getinfo("manifest.json").file_size > MAX_MANIFEST_BYTES
        or total > max(RATIO_FREE_BYTES, MAX_RATIO * packed)
        or any(info.flag_bits & 0x1 for info in infos)
    ):
        raise DocumentError(
            "this is not a backup of hygie, or it expands beyond reason",
            file=str(path),
            repair="give a file that `hygie backup` wrote",
        )
    manifest = json.loads(archive.read("manifest.json"))
    if not isinstance(manifest, dict) or manifest.get("format") != BACKUP_FORMAT:
        raise DocumentError(
            "this backup was written by another version of hygie",
            file=str(path),
            value=str(manifest.get("format")) if isinstance(manifest, dict) else None,
            allowed=f"format {BACKUP_FORMAT}",
        )
    if manifest.get("revision") not in list_revisions():
        raise DocumentError(
            "this backup was made by a later version of hygie",
            file=str(path),
            field="revision",
            value=str(manifest.get("revision")),
            allowed=f"up to {REVISION}; this is hygie {hygie.__version__}",
            repair="run `pip install --upgrade hygie`",
        )
    tables, files = manifest.get("tables"), manifest.get("files")
    if not isinstance(tables, dict) or not isinstance(files, dict) or not set(tables) <= set(metadata.tables):
        raise DocumentError("this backup holds tables that hygie does not know", file=str(path))
    for name in files:
        check_name(name)
    expected = {"manifest.json", *(f"tables/{name}.jsonl" for name in tables), *(f"files/{name}" for name in files)}
    if set(names) != expected:
        raise DocumentError(
            "the backup does not hold what it says",
            file=str(path),
            value=", ".join(sorted(set(names) ^ expected)[:3]),
            repair="do not restore it; ask where it comes from",
        )
    return manifest


def _check_empty(folder: Path, address: str, *, force: bool) -> None:
    if force:
        return
    held = [name for name in FOLDERS if (folder / name).is_dir() and any((folder / name).iterdir())]
    engine = _open_if_there(address)
    rows = False
    if engine is not None:
        try:
            with translate_errors(engine.url), engine.connect() as connection:
                tables = inspect(connection).get_table_names()
                known = [table for table in metadata.sorted_tables if table.name in tables]
                rows = any(connection.execute(select(table.c[0]).limit(1)).first() for table in known)
        finally:
            engine.dispose()
    if held or rows:
        raise StoreError(
            "this workspace is not empty",
            file=str(folder),
            value=", ".join([*held, *(["rows in the database"] if rows else [])]),
            repair="choose another --workspace and database, or give --force to put the backup in its place",
        )


def _open_if_there(address: str) -> Engine | None:
    # A SQLite file is made when it is opened.
    if "://" not in address and not Path(address).expanduser().exists():
        return None
    return open_engine(address)


def _unpack(archive: zipfile.ZipFile, manifest: Mapping[str, Any], made: Path) -> None:
    for name, said in manifest["files"].items():
        target = made / "files" / check_name(name)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with archive.open(f"files/{name}") as source, target.open("xb") as sink:
            copy_checked(source, sink, size=int(said["size"]), sha256=str(said["sha256"]), name=name)
    for name in manifest["tables"]:
        info = archive.getinfo(f"tables/{name}.jsonl")
        target = made / "tables" / f"{name}.jsonl"
        target.parent.mkdir(mode=0o700, exist_ok=True)
        with archive.open(info) as source, target.open("xb") as sink:
            said = manifest["tables"][name]
            copy_checked(source, sink, size=info.file_size, sha256=str(said["sha256"]), name=info.filename)


@contextmanager
def _fill(manifest: Mapping[str, Any], address: str, made: Path, *, force: bool) -> Iterator[None]:
    engine = open_engine(address)
    try:
        if engine.dialect.name == "postgresql":
            with translate_errors(engine.url), writing(engine.connect()) as connection, connection.begin():
                lock_for_writing(connection, scope="migration")
                if force:
                    _empty(connection)
                _write_rows(connection, manifest, made)
                yield
            return
    finally:
        engine.dispose()
    place = Path(str(engine.url.database))
    new = made / "new.db"
    other = open_engine(str(new))
    try:
        with translate_errors(other.url), writing(other.connect()) as connection, connection.begin():
            _write_rows(connection, manifest, made)
    finally:
        other.dispose()
    _settle(new)
    _take_alone(place)
    yield
    for suffix in ("-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)
    new.replace(place)


def _write_rows(connection: Connection, manifest: Mapping[str, Any], made: Path) -> None:
    place = name_database(connection.engine.url)
    if read_revision(connection, place=place) is None or manifest["revision"] != REVISION:
        migrate(connection, revision=str(manifest["revision"]))
    tables: list[Table] = [table for table in metadata.sorted_tables if table.name in manifest["tables"]]
    for table in tables:
        file = made / "tables" / f"{table.name}.jsonl"
        with file.open("rb") as lines:
            count = import_rows(connection, table, _split(lines), name=f"tables/{table.name}.jsonl")
        if count != manifest["tables"][table.name]["rows"]:
            raise DocumentError("the backup does not hold the rows that it says", value=table.name)
    set_counters(connection, tables)
    if manifest["revision"] != REVISION:
        migrate(connection)


def _split(lines: Any) -> Iterator[bytes]:
    while line := lines.readline(MAX_LINE_BYTES):
        if not line.endswith(b"\n"):
            raise DocumentError("the backup holds a row that is too long", allowed=f"{MAX_LINE_BYTES:,} bytes")
        yield line


def _empty(connection: Connection) -> None:
    """Remove everything of hygie from a PostgreSQL database, in the transaction under way."""
    names = [*metadata.tables, "alembic_version"]
    listed = ", ".join(f'"{name}"' for name in names)
    connection.execute(text(f"DROP TABLE IF EXISTS {listed} CASCADE"))
    connection.execute(text("DROP FUNCTION IF EXISTS hygie_refuse_change() CASCADE"))
    connection.execute(text("DROP FUNCTION IF EXISTS hygie_refuse_audit() CASCADE"))


def _settle(file: Path) -> None:
    """Bring all of a SQLite database into its one file."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode = DELETE")
        if connection.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
            raise StoreError("the restored database is damaged", file=file.name)


def _take_alone(place: Path) -> None:
    """Refuse a database that somebody has open: SQLite leaves its log mode only to who is alone."""
    if not place.exists():
        return
    with closing(sqlite3.connect(place, timeout=0.5)) as connection:
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("ROLLBACK")
        except sqlite3.DatabaseError as error:
            if "locked" in str(error):
                raise StoreError(
                    "the workspace is in use",
                    file=str(place),
                    repair="stop `hygie serve` and `hygie worker`, then restore again",
                ) from None


@contextmanager
def _swapped(folder: Path, made: Path) -> Iterator[Callable[[], None]]:
    old = made / "old"
    old.mkdir()
    moved: list[str] = []

    def swap() -> None:
        for name in (*FOLDERS, "documents"):
            if (folder / name).exists():
                (folder / name).replace(old / name)
            moved.append(name)
            if (made / "files" / name).exists():
                (made / "files" / name).replace(folder / name)

    try:
        yield swap
    except BaseException:
        for name in moved:
            shutil.rmtree(folder / name, ignore_errors=True)
            if (old / name).exists():
                (old / name).replace(folder / name)
        raise
