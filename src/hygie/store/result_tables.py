"""Tables of a result folder, read back as arrays."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import StoreError
from hygie.store.results import RESULT_FORMAT

__all__ = ["StoredTable", "read_manifest", "read_stored_table", "write_columns"]


@dataclass(frozen=True, slots=True)
class StoredTable:
    """Columns in the order of the file, and its metadata."""

    columns: dict[str, NDArray[np.generic]]
    metadata: dict[str, str]


def read_manifest(folder: Path, *, kinds: Sequence[str]) -> dict[str, Any]:
    """Return the manifest of a result folder of one of the given kinds.

    Raises
    ------
    StoreError
        Not a result folder, unreadable, of another kind or format.
    """
    file = folder / "manifest.json"
    try:
        if file.stat().st_size > 64 * 2**20:
            raise StoreError("this file is too large to be a manifest", file=str(file), allowed="at most 64 MiB")
        data = json.loads(file.read_bytes())
    except FileNotFoundError:
        raise StoreError(
            "this is not a result folder", file=str(folder), repair="give the folder printed by `hygie assess`"
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise StoreError(
            "the result cannot be read", file=str(file), value=str(error), repair="run the assessment again"
        ) from error
    if not isinstance(data, dict) or data.get("format") != RESULT_FORMAT:
        raise StoreError(
            "this result was written by another version of hygie",
            file=str(folder),
            allowed=f"format {RESULT_FORMAT}",
            repair="run the assessment again",
        )
    if data.get("kind") not in kinds:
        raise StoreError(
            "this is the result of another command",
            file=str(folder),
            value=str(data.get("kind")),
            allowed=", ".join(kinds),
            repair="give the folder printed by `hygie assess`",
        )
    return data


def read_stored_table(file: Path, *, columns: Iterable[str]) -> StoredTable:
    """Return columns of a Parquet table of a result, rows in the order in which they were written.

    Parameters
    ----------
    columns
        Names that must be there; others are returned as well.

    Raises
    ------
    StoreError
        The file is missing, cannot be read, or lacks a column.
    """
    import duckdb  # 0.1 s: only when a table is read

    # A run that was streamed left its events in parts, named by year; their receipts are no metadata of the whole.
    parts = sorted(file.with_suffix("").glob("part-*.parquet")) if not file.is_file() else []
    if not file.is_file() and not parts:
        raise StoreError(
            "this result has no events", file=str(file), repair="give the folder printed by `hygie assess`, untouched"
        )
    connection = duckdb.connect(":memory:")
    try:
        found = connection.execute(
            "SELECT * FROM read_parquet(?)", [[str(part) for part in parts or [file]]]
        ).fetchnumpy()
        pairs = (
            [] if parts else connection.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(file)]).fetchall()
        )
    except duckdb.Error as error:
        raise StoreError(
            "the events of this result cannot be read",
            file=str(file),
            value=str(error).splitlines()[0],
            repair="run the assessment again",
        ) from error
    finally:
        connection.close()
    read = {name: np.ma.getdata(array) for name, array in found.items()}
    missing = [name for name in columns if name not in read]
    if missing:
        raise StoreError(
            "the events of this result lack a column",
            file=str(file),
            value=", ".join(missing),
            repair="run the assessment again with this version",
        )
    return StoredTable(read, {bytes(key).decode(): bytes(value).decode() for key, value in pairs})


def write_columns(file: Path, columns: Mapping[str, NDArray[np.generic]]) -> None:
    """Write columns as Parquet (zstd) or CSV, by the end of the file's name; texts must hold no outside words.

    Raises
    ------
    StoreError
        The disk refuses.
    """
    import duckdb

    form = "FORMAT parquet, COMPRESSION zstd" if file.suffix == ".parquet" else "FORMAT csv, HEADER true"
    connection = duckdb.connect(":memory:")
    try:
        connection.register("columns", dict(columns))
        target = str(file).replace("'", "''")
        # DuckDB takes no parameters in COPY: the path is quoted above.
        connection.execute(f"COPY (SELECT * FROM columns) TO '{target}' ({form})")  # noqa: S608
    except duckdb.Error as error:
        raise StoreError(
            "the table could not be written",
            file=str(file),
            value=str(error).splitlines()[0],
            repair="free some disk space, then run the same command again",
        ) from error
    finally:
        connection.close()
