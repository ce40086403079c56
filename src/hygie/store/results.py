"""Result folders: a manifest, tables in Parquet, a view in JSON; whole or absent, never half-written."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import StoreError
from hygie.store.tables import pass_interrupts, quote_text, tell_reason

__all__ = [
    "RESULT_FORMAT",
    "check_place",
    "count_partial",
    "read_document",
    "read_kind",
    "read_result",
    "sweep_partial",
    "write_result",
    "write_table",
]

RESULT_FORMAT = 1
_PARTIAL = ".hygie-partial-"

Table = Mapping[str, NDArray[np.generic]]


def write_result(
    folder: Path,
    *,
    manifest: Mapping[str, Any],
    views: Mapping[str, Mapping[str, Any]],
    tables: Mapping[str, tuple[Table, Mapping[str, str]]],
    folders: Mapping[str, Path] | None = None,
) -> Path:
    """Write a result folder in one step: prepared beside its place, then renamed.

    Parameters
    ----------
    folder
        Where the result will be; must not exist, unless it holds an older result.
    views
        JSON documents by name.
    tables
        Columns and metadata by table name, written as zstd Parquet.
    folders
        Folders of files that are written already, by name: they move in, or stay where they are when something fails.

    Raises
    ------
    StoreError
        The place is taken by something else, or the disk refuses.
    """
    folder = folder.absolute()
    check_place(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep_partial(folder.parent)
        partial = Path(tempfile.mkdtemp(prefix=f"{_PARTIAL}{os.getpid()}-", dir=folder.parent))
    except OSError as error:
        raise StoreError(
            f"cannot write here: {error.strerror}", file=str(folder), repair="choose another --out"
        ) from error
    moved = dict(folders or {})
    try:
        for name, (columns, metadata) in tables.items():
            write_table(partial / f"{name}.parquet", columns, metadata)
        for name, view in views.items():
            _write_json(partial / f"{name}.json", view)
        _write_json(partial / "manifest.json", {"format": RESULT_FORMAT, **manifest})
        for name, source in moved.items():
            source.replace(partial / name)
        partial.chmod(0o755)
        if folder.exists():
            replaced = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=folder.parent))
            folder.replace(replaced / "old")
            partial.replace(folder)
            shutil.rmtree(replaced, ignore_errors=True)
        else:
            partial.replace(folder)
    except OSError as error:
        raise StoreError(
            f"the result could not be written: {error.strerror}",
            file=str(folder),
            repair="free some disk space or choose another --out, then run the same command again",
        ) from error
    finally:
        for name, source in moved.items():
            if (partial / name).is_dir() and not source.exists():
                (partial / name).replace(source)
        shutil.rmtree(partial, ignore_errors=True)
    return folder


def check_place(folder: Path) -> None:
    """Raise when a result cannot take the place of what is there: anything but an older result or an empty folder."""
    if folder.exists() and not (folder / "manifest.json").is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(
            "this place holds something else",
            file=str(folder),
            repair="choose another --out, or an empty folder",
        )


def sweep_partial(parent: Path) -> int:
    """Remove what killed runs left in `parent`; return how many folders went."""
    left = _abandoned(parent)
    for leftover in left:
        shutil.rmtree(leftover, ignore_errors=True)
    return len(left)


def count_partial(parent: Path) -> int:
    """Return how many unfinished results killed runs left in `parent`."""
    return len(_abandoned(parent))


def _abandoned(parent: Path) -> list[Path]:
    found = []
    for leftover in sorted(parent.glob(f"{_PARTIAL}*")):
        owner = leftover.name.removeprefix(_PARTIAL).split("-")[0]
        if not (owner.isdigit() and _is_running(int(owner))):
            found.append(leftover)
    return found


def _is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def read_result(folder: Path, *, language: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return manifest and assessment view, in a language, of a result folder.

    Raises
    ------
    StoreError
        Not a result folder, unreadable, or of another format.
    """
    manifest = _read_json(folder / "manifest.json")
    if manifest.get("format") != RESULT_FORMAT:
        raise StoreError(
            "this result was written by another version of hygie",
            file=str(folder),
            value=f"format {manifest.get('format')}",
            allowed=f"format {RESULT_FORMAT}",
            repair="run the assessment again: `hygie assess` with the facility file kept in the manifest",
        )
    return manifest, _read_json(folder / f"assessment.{language}.json")


def read_kind(folder: Path) -> str:
    """Return what kind of result a folder holds: assessment, programme, scenario, portfolio, fair.

    Raises
    ------
    StoreError
        Not a result folder, or unreadable.
    """
    return str(_read_json(folder / "manifest.json").get("kind", ""))


def read_document(folder: Path, name: str) -> dict[str, Any]:
    """Return one JSON document of a result folder, by its name without ending.

    Raises
    ------
    StoreError
        Not a result folder, or unreadable.
    """
    return _read_json(folder / f"{name}.json")


def _read_json(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > 64 * 2**20:
            raise StoreError("this file is too large to be a result", file=str(file), allowed="at most 64 MiB")
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise StoreError(
            "this is not a result folder", file=str(file.parent), repair="give the folder printed by `hygie assess`"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(
            "the result cannot be read", file=str(file), value=str(error), repair="run the assessment again"
        ) from error
    if not isinstance(data, dict):
        raise StoreError("the result cannot be read", file=str(file), repair="run the assessment again")
    return data


def _write_json(file: Path, data: Mapping[str, Any]) -> None:
    text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
    file.write_text(text + "\n", encoding="utf-8")


def write_table(file: Path, columns: Table, metadata: Mapping[str, str]) -> None:
    """Write columns as one zstd Parquet file with metadata; StoreError when the disk refuses."""
    import duckdb  # 0.1 s: only when a result is written

    connection = duckdb.connect(":memory:")
    try:
        pairs = ", ".join(f"{quote_text(key)}: {quote_text(value)}" for key, value in metadata.items())
        with pass_interrupts():
            connection.register("columns", dict(columns))
            # DuckDB takes no parameters in COPY: the path and the values are quoted.
            connection.execute(
                f"COPY (SELECT * FROM columns) TO {quote_text(str(file))} "  # noqa: S608
                f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{pairs}}})"
            )
    except duckdb.Error as error:
        raise StoreError(
            "the table could not be written",
            file=str(file),
            value=tell_reason(error),
            repair="free some disk space, then run the same command again",
        ) from error
    finally:
        connection.close()
