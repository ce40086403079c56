"""The folder of a portfolio run: event parts are streamed into a hidden folder, which takes its place when complete."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import StoreError
from hygie.store.results import RESULT_FORMAT, sweep_partial, write_table

__all__ = ["PortfolioFolder", "open_portfolio_folder", "read_portfolio"]

_PARTIAL = ".hygie-partial-"
_LIMIT = 64 * 2**20
Table = Mapping[str, NDArray[np.generic]]


class PortfolioFolder:
    """A folder that is being filled."""

    def __init__(self, path: Path) -> None:
        self._path = path
        (path / "events").mkdir()
        self._parts = 0

    def add_part(self, columns: Table, *, begin: int, end: int) -> None:
        """Write one part of the loss table as zstd Parquet."""
        file = self._path / "events" / f"part-{self._parts:05d}.parquet"
        write_table(file, columns, {"first_year": str(begin), "years": str(end - begin)})
        self._parts += 1

    def add_table(self, name: str, columns: Table) -> None:
        """Write a table beside the events."""
        write_table(self._path / f"{name}.parquet", columns, {})

    def add_json(self, name: str, data: Mapping[str, Any]) -> None:
        """Write a JSON document."""
        text = json.dumps(data, ensure_ascii=False, indent=1, allow_nan=False)
        (self._path / f"{name}.json").write_text(text + "\n", encoding="utf-8")

    def read_parts(self, *columns: str) -> Iterator[dict[str, NDArray[np.generic]]]:
        """Yield columns of the parts written so far, in order."""
        import duckdb

        connection = duckdb.connect(":memory:")
        try:
            for part in range(self._parts):
                file = str(self._path / "events" / f"part-{part:05d}.parquet").replace("'", "''")
                names = ", ".join(columns)
                found = connection.execute(f"SELECT {names} FROM read_parquet('{file}')").fetchnumpy()  # noqa: S608
                yield {name: np.asarray(found[name]) for name in columns}
        finally:
            connection.close()


@contextmanager
def open_portfolio_folder(folder: Path) -> Iterator[PortfolioFolder]:
    """Open a hidden folder beside `folder`, and put it in its place when the block ends well; else nothing is left.

    Raises
    ------
    StoreError
        The place is taken by something else, or the disk refuses.
    """
    folder = folder.absolute()
    if folder.exists() and not (folder / "manifest.json").is_file() and (not folder.is_dir() or any(folder.iterdir())):
        raise StoreError(
            "this place holds something else", file=str(folder), repair="choose another --out, or an empty folder"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep_partial(folder.parent)
        partial = Path(tempfile.mkdtemp(prefix=f"{_PARTIAL}{os.getpid()}-", dir=folder.parent))
    except OSError as error:
        raise StoreError(
            f"cannot write here: {error.strerror}", file=str(folder), repair="choose another --out"
        ) from error
    try:
        yield PortfolioFolder(partial)
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
        shutil.rmtree(partial, ignore_errors=True)


def read_portfolio(folder: Path, *, language: str) -> dict[str, Any]:
    """Return the view of a portfolio run.

    Raises
    ------
    StoreError
        Not such a folder, unreadable, or of another format.
    """
    repair = "give the folder printed by `hygie portfolio run`"
    documents = []
    for name in ("manifest", f"portfolio.{language}"):
        file = folder / f"{name}.json"
        try:
            if file.stat().st_size > _LIMIT:
                raise StoreError("this file is too large to be a result", file=str(file), allowed="at most 64 MiB")
            data = json.loads(file.read_bytes())
        except FileNotFoundError:
            raise StoreError("this is not the result of a portfolio run", file=str(folder), repair=repair) from None
        except (OSError, ValueError, RecursionError) as error:
            raise StoreError("the result cannot be read", file=str(file), value=str(error), repair=repair) from error
        if not isinstance(data, dict):
            raise StoreError("the result cannot be read", file=str(file), repair=repair)
        documents.append(data)
    manifest, view = documents
    if manifest.get("format") != RESULT_FORMAT or manifest.get("kind") != "portfolio":
        raise StoreError("this result is of another kind or version", file=str(folder), repair=repair)
    return dict(view)
