"""Rows of a table file, whatever its format, and the limits within which they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hygie.core.errors import DocumentError, Finding, SchemaError

__all__ = ["MAX_CELL", "MAX_COLUMNS", "MAX_ROWS", "Cell", "Sheet", "SheetHead", "SheetRow", "check_header", "is_blank"]

# The rows of one spreadsheet; national lists of incidents have a few thousand.
MAX_ROWS = 1_048_576
# The widest table exported here has fewer than 100 columns.
MAX_COLUMNS = 500
# Characters of a cell: what the `csv` module accepts, four times what a spreadsheet does.
MAX_CELL = 131_072

# Dates and times of a workbook come as ISO text: partial dates can only be text.
Cell = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetHead:
    """What a table file says of itself.

    Parameters
    ----------
    name
        What messages call the file.
    columns
        Cells of the header, as text without outer spaces; a column without a name is the empty text.
    line
        Line or row of the header, from 1.
    encoding, delimiter
        Of a CSV file, as detected; None for a workbook.
    sheet
        Of a workbook; None for a CSV file.
    notes
        What a reader should be told: an encoding that had to be guessed.
    """

    name: str
    form: Literal["csv", "xlsx"]
    columns: tuple[str, ...]
    line: int
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetRow:
    """One row: its line (from 1), as many cells as the header, and what is wrong with it if anything."""

    line: int
    cells: tuple[Cell, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: its head, and its rows as a stream; blank rows are passed over."""

    head: SheetHead
    rows: Iterator[SheetRow]


def is_blank(cell: Cell) -> bool:
    """Return whether a cell holds nothing, or spaces only."""
    return cell is None or (isinstance(cell, str) and not cell.strip())


def check_header(cells: tuple[Cell, ...], *, name: str, line: int) -> tuple[str, ...]:
    """Return the columns that a header names, without blank ones at its end.

    Raises
    ------
    DocumentError
        No column, or too many.
    SchemaError
        Two columns of the same name.
    """
    columns = ["" if cell is None else str(cell).strip() for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    if not columns:
        raise DocumentError(
            "there is no header",
            file=name,
            line=line,
            repair="name the columns in the first row, or say with “header:” in the column map which line names them",
        )
    if len(columns) > MAX_COLUMNS:
        raise DocumentError(
            "the table has too many columns",
            file=name,
            line=line,
            value=f"{len(columns):,}",
            allowed=f"at most {MAX_COLUMNS}",
            repair="keep the columns that are needed",
        )
    twice = next((column for rank, column in enumerate(columns) if column and column in columns[:rank]), None)
    if twice is not None:
        raise SchemaError(
            "two columns have the same name",
            file=name,
            line=line,
            field=twice,
            repair="rename or remove one of them",
        )
    return tuple(columns)
