"""Worksheets of XLSX workbooks as rows: values only, never a formula, read as a stream.

Values come from openpyxl (read-only, cached results of formulas). What openpyxl does not tell while it streams
(formulas that were never computed, merged cells, cells out of order) is found by a first pass over the sheet.
Written from ECMA-376 part 1, section 18.3 (worksheets) and 22.9.2.19 (`_xHHHH_` escapes of texts).
"""

from __future__ import annotations

import math
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, BinaryIO
from xml.etree.ElementTree import ParseError

from defusedxml.common import DefusedXmlException
from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from hygie.core.errors import DocumentError, Finding, SchemaError, UsageError, suggest
from hygie.store.byte_sources import ByteSource
from hygie.store.sheet_rows import Cell, Sheet, SheetHead, SheetRow, check_header, is_blank
from hygie.store.xlsx_marks import Flaw, Marks, scan_sheet
from hygie.store.xlsx_packages import Package, SheetPart, inspect_package, open_archive

__all__ = ["list_workbook_sheets", "open_workbook"]

# Number, values and flaws of one row.
_Row = tuple[int, list[Cell], list[Flaw]]

_ESCAPE = re.compile(r"_x([0-9A-Fa-f]{4})_")
# What openpyxl raises on workbooks that do not hold what they promise.
_BROKEN = (
    ArithmeticError,
    AttributeError,
    DefusedXmlException,
    EOFError,
    InvalidFileException,
    LookupError,
    NotImplementedError,
    OSError,
    ParseError,
    RuntimeError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)


def list_workbook_sheets(source: ByteSource) -> tuple[str, ...]:
    """Return the names of the worksheets.

    Raises
    ------
    DocumentError
        The workbook is refused.
    """
    with open_archive(source) as (_, archive):
        return tuple(sheet.name for sheet in inspect_package(archive, source).sheets)


@contextmanager
def open_workbook(source: ByteSource, *, sheet: str | None = None, header: int | None = None) -> Iterator[Sheet]:
    """Open one sheet of a workbook as a table.

    Parameters
    ----------
    sheet
        Its name; may be left out when there is only one.
    header
        Row of the header, from 1; the first row that is not blank by default.

    Raises
    ------
    DocumentError
        The workbook is refused, or the sheet has no header or too many rows.
    UsageError
        No such sheet, or several to choose from.
    """
    with open_archive(source) as (raw, archive):
        package = inspect_package(archive, source)
        chosen = _choose_sheet(package, sheet)
        marks = scan_sheet(package, chosen)
        with _load(raw, name=source.name) as book:
            rows = _read_rows(book[chosen.name], marks, name=source.name)
            yield _build_sheet(rows, package=package, chosen=chosen, header=header)


def _choose_sheet(package: Package, name: str | None) -> SheetPart:
    if name is None and len(package.sheets) == 1:
        return package.sheets[0]
    listed = ", ".join(f"{one.name} (hidden)" if one.hidden else one.name for one in package.sheets)
    if name is None:
        raise UsageError(
            "the workbook has several sheets", file=package.name, field="sheet", allowed=listed, repair="name one"
        )
    for one in package.sheets:
        if one.name == name:
            return one
    raise UsageError(
        "the workbook has no such sheet",
        file=package.name,
        field="sheet",
        value=name,
        allowed=listed,
        repair=suggest(name, [one.name for one in package.sheets]) or "name one of these",
    )


@contextmanager
def _load(raw: BinaryIO, *, name: str) -> Iterator[Any]:
    with _reading(name):
        book = load_workbook(raw, read_only=True, data_only=True, keep_links=False)
    try:
        yield book
    finally:
        book.close()


@contextmanager
def _reading(name: str) -> Iterator[None]:
    """Turn what openpyxl raises into our errors; what it warns of (lost styles, charts) does not matter here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except _BROKEN as error:
            reason = next(iter(str(error).splitlines()), "") or type(error).__name__
            raise DocumentError(
                f"the workbook is damaged: {reason}", file=name, repair="save it again as XLSX, or the sheet as CSV"
            ) from None


def _read_rows(worksheet: Any, marks: Marks, *, name: str) -> Iterator[_Row]:
    """Yield number, values and flaws (place, what) of the rows that hold something."""
    # The size that a sheet states may be wrong, on purpose or not.
    worksheet.reset_dimensions()
    rows = iter(worksheet.iter_rows())
    pending: list[tuple[int, int, str]] = []
    number = 0
    while True:
        with _reading(name):
            cells = next(rows, None)
        if cells is None:
            return
        number += 1
        flaws = marks.find(number, pending=pending)
        values: list[Cell] = []
        for column, cell in enumerate(cells, start=1):
            value, flaw = _read_value(cell.value, cell.data_type)
            values.append(value)
            if flaw:
                flaws.append((f"{get_column_letter(column)}{number}", flaw))
        if flaws or not all(is_blank(value) for value in values):
            yield number, values, flaws


def _read_value(value: Any, kind: str) -> tuple[Cell, str | None]:
    if value is None or isinstance(value, bool | int):
        return value, None
    if kind == "e":
        return None, f"the cell holds the error {str(value)[:20]}: repair its formula, or empty the cell"
    match value:
        case str():
            return _ESCAPE.sub(_unescape, value) or None, None
        case float():
            return (value, None) if math.isfinite(value) else (None, "the number is too large")
        case datetime():
            midnight = value.time() == time.min
            return value.date().isoformat() if midnight else value.isoformat(timespec="seconds"), None
        case date() | time():
            return value.isoformat(), None
        case timedelta():
            return str(value), None
    return None, "the cell holds something that is no value"


def _unescape(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    # Half of a pair of codes is no character.
    return match.group() if 0xD800 <= code <= 0xDFFF else chr(code)


def _build_sheet(
    rows: Iterator[_Row],
    *,
    package: Package,
    chosen: SheetPart,
    header: int | None,
) -> Sheet:
    empty: _Row = (header or 1, [], [])
    first = next((row for row in rows if header is None or row[0] >= header), empty)
    if header is not None and first[0] != header:
        first = empty
    line, cells, flaws = first
    if flaws:
        place, what = flaws[0]
        raise DocumentError(
            "the header cannot be read",
            file=package.name,
            line=line,
            value=f"{chosen.name}!{place}",
            repair=f"{what}; or say with “header:” in the column map which row names the columns",
        )
    columns = check_header(tuple(cells), name=package.name, line=line)
    notes = (f"the sheet {chosen.name} is hidden in the workbook",) if chosen.hidden else ()
    head = SheetHead(name=package.name, form="xlsx", columns=columns, line=line, sheet=chosen.name, notes=notes)
    return Sheet(head, _fit_rows(rows, head))


def _fit_rows(rows: Iterator[_Row], head: SheetHead) -> Iterator[SheetRow]:
    width = len(head.columns)
    for line, cells, flaws in rows:
        for column in range(width, len(cells)):
            if not is_blank(cells[column]):
                flaws.append((f"{get_column_letter(column + 1)}{line}", "the column has no name: name it, or empty it"))
        fitted = (*cells[:width], *(None,) * (width - len(cells)))
        yield SheetRow(line, fitted, tuple(_find_flaw(flaw, head, line=line) for flaw in flaws))


def _find_flaw(flaw: Flaw, head: SheetHead, *, line: int) -> Finding:
    place, what = flaw
    message, _, repair = what.partition(": ")
    return SchemaError(
        message, file=head.name, line=line, value=f"{head.sheet}!{place}", repair=repair or "check the cell"
    ).findings[0]
