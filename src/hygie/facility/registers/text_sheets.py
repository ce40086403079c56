"""Tables of registers, CSV or XLSX, as rows: encodings repaired line by line, and every row as wide as its header."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from hygie.core.errors import SchemaError
from hygie.facility.registers.notes import Notebook
from hygie.facility.registers.text_lines import read_bytes, read_text_lines
from hygie.store.byte_sources import ByteSource
from hygie.store.sheet_rows import Sheet, SheetHead, SheetRow
from hygie.store.sheets import open_sheet
from hygie.store.xlsx_packages import is_workbook

__all__ = ["keep_rows", "open_register_sheet"]


@contextmanager
def open_register_sheet(
    source: ByteSource, *, notes: Notebook, sheet: str | None = None, header: int | None = None
) -> Iterator[Sheet]:
    """Open a table; a CSV row that is not as wide as the header carries a finding, and nothing in it is certain.

    Raises
    ------
    DocumentError
        Not a table, damaged, or too large.
    SchemaError
        Two columns have the same name.
    UsageError
        A sheet of a workbook must be chosen.
    """
    if is_workbook(source):
        with open_sheet(source, sheet=sheet, header=header) as table:
            yield table
        return
    text = read_text_lines(read_bytes(source), name=source.name, notes=notes)
    with open_sheet(ByteSource(name=source.name, content=text.encode("utf-8")), sheet=sheet, header=header) as table:
        yield Sheet(table.head, _mark_rows(table.rows, table.head, _count_cells(text, table.head)))


def _count_cells(text: str, head: SheetHead) -> Mapping[int, int]:
    """Return the number of cells of the header and of each row that has another number, by line."""
    assert head.delimiter is not None
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=head.delimiter)
    widths: dict[int, int] = {}
    line = 1
    try:
        for row in rows:
            if line >= head.line and row and len(row) != widths.get(head.line, -1):
                widths[line] = len(row)
            line = rows.line_num + 1
    except csv.Error:
        # Whoever reads the rows is told.
        pass
    return widths


def _mark_rows(rows: Iterator[SheetRow], head: SheetHead, widths: Mapping[int, int]) -> Iterator[SheetRow]:
    """Mark rows with a blank cell too many: an undivided text may have moved the others."""
    for row in rows:
        if row.findings or row.line not in widths:
            yield row
            continue
        error = SchemaError(
            f"the row has {widths[row.line]} cells, the header {widths[head.line]}",
            file=head.name,
            line=row.line,
            repair="put texts that hold a delimiter in double quotes",
        )
        yield replace(row, findings=error.findings)


def keep_rows(sheet: Sheet, notes: Notebook) -> Iterator[SheetRow]:
    """Yield the rows that can be read, and note what is wrong with each.

    Cells of a CSV row with too few or too many may stand in other columns, so the row is left out; in a workbook only
    the cells that are named are blank.
    """
    lost = sheet.head.form == "csv"
    for row in sheet.rows:
        for finding in row.findings:
            message = f"{finding.message}: the row is left out" if lost else finding.message
            notes.add_finding("doubtful", "layout", replace(finding, message=message))
        if not (lost and row.findings):
            yield row
