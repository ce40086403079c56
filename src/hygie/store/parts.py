"""A loss table in parts: each block of years one Parquet file with a receipt, so that a stopped run goes on.

    RESULT.parts/              beside the result folder to be
    └── 3f0c…/                 one folder per model and plan
        ├── run.json           what is run, for people
        ├── lock               held by the process that writes
        └── events/
            ├── part-000000000000.parquet     first year of the block; the receipt is in its metadata
            └── …

A part is written under another name, then renamed: a killed run leaves whole parts only.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import StoreError
from hygie.core.ids import digest_columns, digest_text
from hygie.store.tables import pass_interrupts, quote_text, tell_reason

__all__ = [
    "PartColumns",
    "PartStore",
    "Receipt",
    "count_unfinished",
    "list_parts",
    "list_receipts",
    "open_parts",
    "parts_folder",
]

Columns = Mapping[str, NDArray[np.generic]]

_EVENTS = "events"
_SUFFIX = ".parts"
_DRAFT = ".draft"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What one part holds: years [begin, end), rows, digest of the rows."""

    begin: int
    end: int
    rows: int
    digest: str


def parts_folder(result: Path) -> Path:
    """Return where the parts of an unfinished result lie: beside it."""
    return result.absolute().with_name(result.name + _SUFFIX)


@contextmanager
def open_parts(result: Path, *, run: Mapping[str, str | int], units: Mapping[str, str]) -> Iterator[PartStore]:
    """Open the parts of one run beside its result; parts of the same run that are there already are kept.

    Parameters
    ----------
    run
        What makes two runs the same: model, engine, years, draws, seed, years per block. Another run to the same place
        has parts of its own.
    units
        Unit of each column, for the metadata.

    Raises
    ------
    StoreError
        The place cannot be written, or another process is at the same run.
    """
    text = json.dumps(dict(run), sort_keys=True)
    folder = parts_folder(result) / digest_text(text).removeprefix("sha256:")[:12]
    try:
        (folder / _EVENTS).mkdir(parents=True, exist_ok=True)
        for draft in (folder / _EVENTS).glob(f"*{_DRAFT}"):
            draft.unlink()
        (folder / "run.json").write_text(text + "\n", encoding="utf-8")
        with _lock(folder / "lock"):
            store = PartStore(folder, units=units)
            try:
                yield store
            finally:
                store.close()
    except OSError as error:
        raise StoreError(
            f"the parts of this run cannot be written: {error.strerror}",
            file=str(folder),
            repair="free some disk space or choose another --out, then run the same command again",
        ) from error


@contextmanager
def _lock(file: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # not on this system: two writers would write the same bytes
        yield
        return
    with file.open("w", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreError(
                "another process is at this very run",
                file=str(file.parent),
                repair="wait until it ends, or choose another --out",
            ) from None
        yield


class PartStore:
    """The parts of one run."""

    def __init__(self, folder: Path, *, units: Mapping[str, str]) -> None:
        import duckdb  # 0.1 s: only when parts are written

        self.folder = folder
        self.events = folder / _EVENTS
        self._units = dict(units)
        self._connection = duckdb.connect(":memory:")

    def close(self) -> None:
        """Let the engine go."""
        self._connection.close()

    def has(self, begin: int) -> bool:
        """Return whether there is a part that starts at year `begin`, unread."""
        return self._file(begin).is_file()

    def read(self, begin: int, end: int) -> Columns | None:
        """Return the rows of a part when it is whole and holds what its receipt says; None when not."""
        file = self._file(begin)
        receipt = _read_receipt(self._connection, file)
        if receipt is None or (receipt.begin, receipt.end) != (begin, end):
            return None
        columns = _read_columns(self._connection, [file], list(self._units))
        if columns is None or digest_columns(columns) != receipt.digest:
            return None
        return columns

    def write(self, begin: int, end: int, columns: Columns) -> Receipt:
        """Write one part, whole or not at all, and return its receipt.

        Raises
        ------
        StoreError
            The disk refuses.
        """
        import duckdb

        receipt = Receipt(
            begin=begin, end=end, rows=int(next(iter(columns.values())).shape[0]), digest=digest_columns(columns)
        )
        pairs = {
            "begin_year": str(begin),
            "end_year": str(end),
            "rows": str(receipt.rows),
            "digest": receipt.digest,
            **{f"unit.{name}": unit for name, unit in self._units.items()},
        }
        metadata = ", ".join(f"{quote_text(key)}: {quote_text(value)}" for key, value in pairs.items())
        file = self._file(begin)
        draft = file.with_name(file.name + _DRAFT)
        try:
            with pass_interrupts():
                self._connection.register("part", dict(columns))
                # DuckDB takes no parameters in COPY: the path and the values are quoted.
                self._connection.execute(
                    f"COPY (SELECT * FROM part) TO {quote_text(str(draft))} "  # noqa: S608
                    f"(FORMAT parquet, COMPRESSION zstd, KV_METADATA {{{metadata}}})"
                )
            draft.replace(file)
        except (duckdb.Error, OSError) as error:
            with suppress(OSError):
                draft.unlink(missing_ok=True)
            raise StoreError(
                "a part of the loss table could not be written",
                file=str(file),
                value=tell_reason(error),
                repair="free some disk space, then run the same command again: it goes on where it stopped",
            ) from error
        return receipt

    def columns(self, *, rows: int) -> PartColumns:
        """Return the table over all parts, read column by column."""
        return PartColumns(self.events, names=tuple(self._units), rows=rows)

    def _file(self, begin: int) -> Path:
        return self.events / f"part-{begin:012d}.parquet"


class PartColumns(Mapping[str, NDArray[np.generic]]):
    """Columns of a loss table on disk: each is read when asked for, and kept by nobody.

    Parameters
    ----------
    folder
        Folder of the parts.
    """

    def __init__(self, folder: Path, *, names: Sequence[str], rows: int) -> None:
        self.folder = folder
        self._names = tuple(names)
        self._rows = rows
        self._connection: Any = None

    def __getitem__(self, name: str) -> NDArray[np.generic]:
        if name not in self._names:
            raise KeyError(name)
        if self._connection is None:
            import duckdb

            self._connection = duckdb.connect(":memory:")
        columns = _read_columns(self._connection, list_parts(self.folder), [name])
        if columns is None or columns[name].shape[0] != self._rows:
            raise StoreError(
                "parts of the loss table are missing or damaged",
                file=str(self.folder),
                repair="run the same command again: parts that are whole are kept",
            )
        return columns[name]

    def read_each(self, *names: str) -> Iterator[Columns]:
        """Yield some columns part by part, in the order of years: never more than one part in memory.

        Raises
        ------
        StoreError
            A part is damaged.
        """
        import duckdb

        with duckdb.connect(":memory:") as connection:
            for file in list_parts(self.folder):
                columns = _read_columns(connection, [file], names)
                if columns is None:
                    raise StoreError(
                        "a part of the loss table is damaged",
                        file=str(file),
                        repair="run the same command again: parts that are whole are kept",
                    )
                yield columns

    def move_to(self, folder: Path) -> None:
        """Say where the parts have gone; what is left of the run is removed."""
        run = self.folder.parent
        self.folder = folder
        if run.parent.name.endswith(_SUFFIX):
            shutil.rmtree(run, ignore_errors=True)
            with suppress(OSError):
                run.parent.rmdir()

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def list_parts(folder: Path) -> list[Path]:
    """Return the part files of a folder, in the order of years."""
    return sorted(folder.glob("part-*.parquet"))


def list_receipts(folder: Path) -> list[Receipt]:
    """Return the receipts of the whole parts of a run, in the order of years."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        found = [_read_receipt(connection, file) for file in list_parts(folder / _EVENTS)]
    return [receipt for receipt in found if receipt is not None]


def _read_receipt(connection: Any, file: Path) -> Receipt | None:
    import duckdb

    try:
        with pass_interrupts():
            rows = connection.execute("SELECT key, value FROM parquet_kv_metadata(?)", [str(file)]).fetchall()
        pairs = {bytes(key).decode(): bytes(value).decode() for key, value in rows}
        return Receipt(
            begin=int(pairs["begin_year"]), end=int(pairs["end_year"]), rows=int(pairs["rows"]), digest=pairs["digest"]
        )
    except (duckdb.Error, KeyError, ValueError):
        return None


def _read_columns(connection: Any, files: Sequence[Path], names: Sequence[str]) -> Columns | None:
    import duckdb

    listed = ", ".join(f'"{name}"' for name in names)
    try:
        with pass_interrupts():
            found = connection.execute(
                f"SELECT {listed} FROM read_parquet(?)",  # noqa: S608 - names of our own columns
                [[str(file) for file in files]],
            ).fetchnumpy()
    except duckdb.Error:
        return None
    return {name: np.ascontiguousarray(found[name]) for name in names}


def count_unfinished(parent: Path) -> tuple[int, int]:
    """Return how many unfinished runs lie in a folder, and their bytes."""
    runs = [run for place in parent.glob(f"*{_SUFFIX}") for run in place.glob("*/run.json")]
    size = 0
    for run in runs:
        for file in (run.parent / _EVENTS).glob("*.parquet"):
            with suppress(OSError):
                size += file.stat().st_size
    return len(runs), size
