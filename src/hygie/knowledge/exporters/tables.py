"""Records as tables: CSV for one kind, a workbook with a sheet for each.

Columns are those of `hygie.knowledge.flat_columns`; the last ones say what is known of a record beside its facts, and
`hygie.knowledge.importers.tables` reads them back without a map. CSV is written as RFC 4180 asks, in UTF-8 with a
byte-order mark, without which spreadsheets take it for Windows-1252. Formulas are neutralised in both formats
(`hygie.core.spreadsheets`): a workbook may be saved as CSV. Documents of publishers are not in a table.

Nothing above the ceiling leaves. The strictest marking of what left stands in the file: in the header of the last
column of a CSV file (which has no other place for it), on the first sheet and on every printed page of a workbook.
How many records stayed behind is told to the caller, not to those who get the file.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]
from xlsxwriter.format import Format  # type: ignore[import-untyped]
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]

from hygie.core.errors import DocumentError, StoreError, UsageError
from hygie.core.evidence import TLP
from hygie.core.spreadsheets import neutralise_text
from hygie.knowledge.exporters.table_legend import iterate_legend, show_marking
from hygie.knowledge.flat_columns import MARKING_HEADER, RECORD_COLUMNS, Value, flatten_record, list_columns
from hygie.knowledge.kinds import PAP, IntelRecord, Kind
from hygie.knowledge.markings import DEFAULT_UNMARKED, exceeds_ceiling, exceeds_pap, judge_tlp, strictest_tlp

__all__ = ["LeftOut", "TableExport", "export_csv", "export_xlsx", "list_headers"]

_SPOOL_IN_MEMORY = 64 * 1024**2
_CHUNK = 1 << 16

# Limits of a workbook: https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
MAX_SHEET_ROWS = 1_048_576
MAX_CELL_UNITS = 32_767

# Colours of TLP 2.0 on black: https://www.first.org/tlp/
_TLP_COLOURS = {"clear": "#ffffff", "green": "#33ff00", "amber": "#ffc000", "amber+strict": "#ffc000", "red": "#ff2b2b"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """One record that did not leave, and why."""

    kind: Kind
    ref: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TableExport:
    """What a workbook holds, for those who export.

    Parameters
    ----------
    written
        Number of records by kind [1].
    left_out
        Records that stayed, in the order in which they came.
    marking
        The strictest of what left.
    """

    written: Mapping[Kind, int]
    left_out: tuple[LeftOut, ...]
    marking: TLP


@dataclass(slots=True)
class _Gate:
    """Lets records pass, and remembers how they are marked."""

    ceiling: TLP
    unmarked: TLP
    max_pap: PAP | None
    marking: TLP = TLP.CLEAR

    def refuse(self, record: IntelRecord) -> str | None:
        """Return why a record stays, or None for one that may leave."""
        level = judge_tlp(record, unmarked=self.unmarked)
        if exceeds_ceiling(level, ceiling=self.ceiling):
            return f"{show_marking(level)} above the ceiling"
        return "PAP above the ceiling" if exceeds_pap(record.pap, ceiling=self.max_pap) else None

    def note(self, record: IntelRecord) -> None:
        """Count a record that leaves towards the marking of the file."""
        self.marking = strictest_tlp((self.marking, judge_tlp(record, unmarked=self.unmarked))) or self.marking


def list_headers(kind: Kind) -> tuple[str, ...]:
    """Return the headers of a table of a kind, without the one that states the marking.

    >>> list_headers("other")
    ('ref', 'type', 'name', 'record.kind', 'record.name', 'record.tlp', 'record.pap', 'record.stamp')
    """
    return tuple(column.name for column in (*list_columns(kind), *RECORD_COLUMNS))


def export_csv(
    records: Iterable[IntelRecord],
    *,
    kind: Kind,
    ceiling: TLP,
    unmarked: TLP = DEFAULT_UNMARKED,
    max_pap: PAP | None = None,
) -> Iterator[bytes]:
    """Yield a CSV file piece by piece; rows wait in a temporary file until the marking of all is known.

    Parameters
    ----------
    kind
        What the records are; a file has the columns of one kind.
    ceiling
        Nothing more restricted leaves (TLP).
    unmarked
        Level at which records without TLP are judged.
    max_pap
        Nothing on which fewer actions are permitted leaves; what carries no PAP passes.

    Raises
    ------
    UsageError
        A record is of another kind.
    """
    headers = list_headers(kind)
    gate = _Gate(ceiling, unmarked, max_pap)
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL_IN_MEMORY) as spool:
        for record in records:
            _check_kind(record, kind)
            if gate.refuse(record) is None:
                gate.note(record)
                cells = flatten_record(record)
                spool.write(_write_row([*(_write_cell(cells.get(header)) for header in headers), ""]))
        yield "\ufeff".encode() + _write_row([*headers, MARKING_HEADER + show_marking(gate.marking)])
        spool.seek(0)
        while chunk := spool.read(_CHUNK):
            yield chunk


def _check_kind(record: IntelRecord, kind: Kind) -> None:
    if record.kind != kind:
        raise UsageError(
            "a table holds records of one kind",
            field=record.ref,
            value=record.kind,
            allowed=kind,
            repair="export each kind on its own, or all of them as XLSX",
        )


def _write_row(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue().encode()


def _write_cell(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # The shortest digits that give the same number back.
    return neutralise_text(value) if isinstance(value, str) else repr(value)


def export_xlsx(
    records_by_kind: Mapping[Kind, Iterable[IntelRecord]],
    path: Path,
    *,
    ceiling: TLP,
    exported_on: date,
    provenance: Mapping[str, str] | None = None,
    unmarked: TLP = DEFAULT_UNMARKED,
    max_pap: PAP | None = None,
) -> TableExport:
    """Write a workbook: a sheet `about` with marking, provenance and legend, and one sheet for each kind.

    Columns in which no record has a value are hidden. Equal records on the same day give equal bytes.

    Parameters
    ----------
    records_by_kind
        Records of each sheet, which may be streams.
    path
        The file to write; it appears when it is whole.
    provenance
        What else the first sheet should say of where the records come from: label → text.
    ceiling, unmarked, max_pap
        As in `export_csv`. A record with a text that is too long for a cell is left out, too.

    Raises
    ------
    UsageError
        A record is of another kind than its sheet.
    DocumentError
        More records than a sheet has rows.
    StoreError
        The file cannot be written.
    """
    gate = _Gate(ceiling, unmarked, max_pap)
    written: Counter[Kind] = Counter()
    left_out: list[LeftOut] = []
    with _open_workbook(path) as book:
        book.set_properties({"title": "hygie", "created": datetime.combine(exported_on, time.min)})
        about = book.add_worksheet("about")
        bold = book.add_format({"bold": True, "bottom": 1})
        sheets = []
        for kind, records in records_by_kind.items():
            sheet = book.add_worksheet(kind)
            sheets.append(sheet)
            written[kind] = _fill_sheet(sheet, kind, records, gate=gate, left_out=left_out, head=bold)
        legend = iterate_legend(
            dict(written), marking=gate.marking, ceiling=ceiling, exported_on=exported_on, provenance=provenance or {}
        )
        _fill_about(book, about, legend, bold=bold, marking=gate.marking)
        for sheet in (about, *sheets):
            sheet.set_header(f"&C{show_marking(gate.marking)}")
            sheet.set_footer(f"&L{show_marking(gate.marking)}&R&A, &P / &N")
    return TableExport(written=dict(written), left_out=tuple(left_out), marking=gate.marking)


@contextmanager
def _open_workbook(path: Path) -> Iterator[Any]:
    part = path.with_name(f".{path.name}.part")
    try:
        # Told before anything is collected: a writer that fails at the end leaves its temporary files open.
        part.touch()
        with tempfile.TemporaryDirectory() as folder:
            options = {
                "constant_memory": True,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "tmpdir": folder,
            }
            # Closed on every way out: only then are its temporary files.
            with xlsxwriter.Workbook(str(part), options) as book:
                yield book
        part.replace(path)
    except (OSError, xlsxwriter.exceptions.FileCreateError) as error:
        raise StoreError(
            f"the workbook cannot be written: {getattr(error, 'strerror', None) or error}",
            file=str(path),
            repair="check the folder and its free space",
        ) from None
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _fill_sheet(
    sheet: Worksheet,
    kind: Kind,
    records: Iterable[IntelRecord],
    *,
    gate: _Gate,
    left_out: list[LeftOut],
    head: Format,
) -> int:
    headers = list_headers(kind)
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, head)
    row, used = 0, {0}
    for record in records:
        _check_kind(record, kind)
        cells = {name: _fit_cell(value) for name, value in flatten_record(record).items()}
        long = next((name for name, value in cells.items() if isinstance(value, str) and _count_units(value)), None)
        reason = gate.refuse(record)
        if reason is None and long is not None:
            reason = f"{long} is longer than a cell of a workbook may be ({MAX_CELL_UNITS:,} characters): export CSV"
        if reason is not None:
            left_out.append(LeftOut(kind=kind, ref=record.ref, reason=reason))
            continue
        row += 1
        if row >= MAX_SHEET_ROWS:
            raise DocumentError(
                "a sheet has no room for so many records",
                field=kind,
                allowed=f"at most {MAX_SHEET_ROWS - 1:,}",
                repair="export CSV, or fewer records",
            )
        gate.note(record)
        for column, header in enumerate(headers):
            if (value := cells.get(header)) is not None:
                used.add(column)
                _put_cell(sheet, row, column, value)
    for column, header in enumerate(headers):
        sheet.set_column(column, column, 14 + len(header) // 3, None, {"hidden": bool(row) and column not in used})
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(row, 1), len(headers) - 1)
    return row


def _fit_cell(value: Value) -> Value:
    """Return a value as a workbook can hold it without loss: it keeps 16 digits of a number."""
    if isinstance(value, str):
        return neutralise_text(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and float(f"{value:.16g}") != value:
        return repr(value)
    return value


def _count_units(text: str) -> bool:
    return len(text) > MAX_CELL_UNITS // 2 and len(text.encode("utf-16-le")) // 2 > MAX_CELL_UNITS


def _put_cell(sheet: Worksheet, row: int, column: int, value: Value) -> None:
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    elif value is not None:
        sheet.write_number(row, column, value)


def _fill_about(book: Any, sheet: Worksheet, legend: Iterable[tuple[str, ...]], *, bold: Format, marking: TLP) -> None:
    badge = book.add_format({"bold": True, "bg_color": "#000000", "font_color": _TLP_COLOURS[marking.value]})
    sheet.set_column(0, 3, 42)
    for row, cells in enumerate(legend):
        for column, cell in enumerate(cells):
            style = badge if row == 0 else bold if column == 0 else None
            sheet.write_string(row, column, neutralise_text(cell)[: MAX_CELL_UNITS // 2], style)
