"""Tables from outside, CSV or XLSX, as a stream of rows.

A file is judged by its content, never by its name. Nothing in it is run: formulas count with the result that the
workbook holds, and a workbook with macros, embedded objects or links to other files is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hygie.core.errors import UsageError
from hygie.store.byte_sources import ByteSource
from hygie.store.csv_sheets import open_csv
from hygie.store.sheet_rows import Cell, Sheet, SheetHead, SheetRow, is_blank
from hygie.store.xlsx_packages import is_workbook

__all__ = ["Cell", "Sheet", "SheetHead", "SheetRow", "is_blank", "list_sheets", "open_sheet"]


@contextmanager
def open_sheet(source: ByteSource, *, sheet: str | None = None, header: int | None = None) -> Iterator[Sheet]:
    """Open a CSV file or one sheet of a workbook.

    Parameters
    ----------
    sheet
        Of a workbook with several sheets: the name of one.
    header
        Line or row of the header, from 1; by default the first one that is not blank.

    Raises
    ------
    DocumentError
        The file is no table, or is refused; rows, too, may raise while they are read.
    SchemaError
        Two columns have the same name.
    UsageError
        A sheet must be chosen, there is no such sheet, or a CSV file has none.
    """
    if is_workbook(source):
        from hygie.store.xlsx_sheets import open_workbook

        with open_workbook(source, sheet=sheet, header=header) as table:
            yield table
        return
    if sheet is not None:
        raise UsageError(
            "a CSV file has no sheets", file=source.name, field="sheet", value=sheet, repair="leave the sheet out"
        )
    with open_csv(source, header=header) as table:
        yield table


def list_sheets(source: ByteSource) -> tuple[str, ...]:
    """Return the names of the sheets of a workbook; none for a CSV file.

    Raises
    ------
    DocumentError
        The workbook is refused.
    """
    if not is_workbook(source):
        return ()
    from hygie.store.xlsx_sheets import list_workbook_sheets

    return list_workbook_sheets(source)
