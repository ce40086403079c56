"""Tables of incidents, counts, actors, vulnerabilities, software or campaigns (CSV, XLSX) as records.

The column map says which column is which field (`hygie.knowledge.importers.table_maps`); without one the header is
matched to the names of the fields and to what they are called in English and French, and `preview_table` shows the
guess. A table that was exported here needs no map and gives back the same records.

What a row does not say is not made up, with four exceptions, each the weakest statement there is: the actor is
`unknown`, its confidence `none`, a date is as precise as it is written, and the reference is a digest of what
identifies the record (facility, date, class, source), so that the same row always makes the same record. Texts in
one language go to `summary`, several of them each under the name of its column: fields in two languages need both.

Every record rests on a source: the one that its row names, else the file itself. Its grade is F6, "cannot be judged",
unless the row says better, and what the table does not mark may travel as far as TLP:AMBER. Victim names in rows
that date a leak post are pseudonymised as those of leak sites are; texts of such rows stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from itertools import chain, islice
from pathlib import Path

from hygie.core.errors import Finding, SchemaError
from hygie.knowledge.flat_columns import RECORD_COLUMNS
from hygie.knowledge.importers.delimited import limit_refusals
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.importers.table_maps import ColumnMap, Plan, plan_columns, read_column_map
from hygie.knowledge.importers.table_rows import RowReader
from hygie.knowledge.kinds import KINDS, IntelRecord, Kind
from hygie.store.byte_sources import ByteSource
from hygie.store.sheets import SheetHead, SheetRow, open_sheet

__all__ = ["PreviewRow", "TablePreview", "import_table", "preview_table"]


def import_table(source: ByteSource, options: ImportOptions, *, table: ColumnMap | None = None) -> Iterator[ImportItem]:
    """Yield the record of each row after its source, or the reason why the row is refused.

    Parameters
    ----------
    table
        How the columns are read; by default the file `options.column_map`.

    Raises
    ------
    DataError
        The file is no table, its columns do not make records, or more than 1,000 rows are refused.
    UsageError
        The workbook has several sheets and none is named, or names must be replaced and there is no key.
    """
    yield from limit_refusals(_read_items(source, options, table=table), name=source.name)


def _read_items(source: ByteSource, options: ImportOptions, *, table: ColumnMap | None) -> Iterator[ImportItem]:
    chosen = table or _read_map(options.column_map)
    with _open_table(source, chosen, sheet=options.sheet) as (head, rows, plan):
        if plan.missing:
            raise SchemaError(
                f"no column gives {', '.join(f'“{name}”' for name in plan.missing)}",
                file=source.name,
                line=head.line,
                value=", ".join(column for column in head.columns if column),
                repair="name the columns, or constants, in the column map; the preview shows what was understood",
            )
        reader = RowReader(plan, head, options)
        for row in rows:
            records, findings = reader.read(row)
            yield from records
            if findings:
                yield Refusal(ref=f"line {row.line}", finding=_sum_up(findings), kind=plan.kind)


def _read_map(path: Path | None) -> ColumnMap | None:
    return None if path is None else read_column_map(path)


def _sum_up(findings: tuple[Finding, ...]) -> Finding:
    first, *others = findings
    if not others:
        return first
    names = ", ".join(dict.fromkeys(finding.field or "the row" for finding in others))
    return replace(first, message=f"{first.message}; also wrong: {names}")


@contextmanager
def _open_table(
    source: ByteSource, table: ColumnMap | None, *, sheet: str | None
) -> Iterator[tuple[SheetHead, Iterator[SheetRow], Plan]]:
    chosen = sheet or (table.sheet if table else None)
    with open_sheet(source, sheet=chosen, header=table.header if table else None) as opened:
        head, rows = opened.head, opened.rows
        own_kind: Kind | None = None
        if table is None and RECORD_COLUMNS[0].name in head.columns:
            first = next(rows, None)
            own_kind = _read_own_kind(head, first)
            rows = chain(() if first is None else (first,), rows)
        yield head, rows, plan_columns(head, table, own_kind=own_kind)


def _read_own_kind(head: SheetHead, row: SheetRow | None) -> Kind | None:
    name = RECORD_COLUMNS[0].name
    cell = None if row is None else row.cells[head.columns.index(name)]
    for kind in KINDS:
        if cell == kind:
            return kind
    raise SchemaError(
        "the first row does not say what it is" if row else "the table has no rows",
        file=head.name,
        line=head.line if row is None else row.line,
        field=name,
        value=cell,
        allowed=", ".join(KINDS),
        repair=f"write one of these in the column “{name}”",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewRow:
    """One row as it would be read: its record, or what is wrong with it."""

    line: int
    record: IntelRecord | None
    findings: tuple[Finding, ...]

    @property
    def text(self) -> str:
        """The row in one line, or its findings."""
        if self.record is None:
            return "\n".join(finding.render() for finding in self.findings)
        facts = self.record.data
        when = facts.get("started_on") or facts.get("exploited_since") or facts.get("window", {}).get("start")
        parts = (self.record.ref, self.record.name, when, facts.get("threat_class"))
        return f"line {self.line}: {' | '.join(dict.fromkeys(str(part) for part in parts if part is not None))}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TablePreview:
    """How a table would be read.

    Parameters
    ----------
    columns
        Field → header of its column (several with commas for a joined text), or ``= value`` of a constant as JSON.
    unmapped
        Columns of the file that are not used.
    missing
        Fields that a record needs and that no column gives: with any, nothing can be imported.
    guessed
        Whether the columns were told from their headers alone.
    rows
        The first rows.
    """

    head: SheetHead
    kind: Kind
    columns: dict[str, str]
    unmapped: tuple[str, ...]
    missing: tuple[str, ...]
    guessed: bool
    rows: tuple[PreviewRow, ...]

    @property
    def lines(self) -> tuple[str, ...]:
        """What the file says of itself, then each row, as text."""
        return (*self.head.notes, *(row.text for row in self.rows))


def preview_table(
    source: ByteSource,
    *,
    column_map: Path | ColumnMap | None = None,
    sheet: str | None = None,
    rows: int = 10,
) -> TablePreview:
    """Return how the first rows of a table would be read; nothing is written, and no name is replaced.

    Raises
    ------
    DataError
        The file is no table, or the column map does not fit it.
    UsageError
        The workbook has several sheets and none is named.
    """
    table = column_map if isinstance(column_map, ColumnMap) else _read_map(column_map)
    # No record leaves the preview with its source, so that the day of reading does not matter.
    options = ImportOptions(received_on=date.min, keep_names=True)
    with _open_table(source, table, sheet=sheet) as (head, found, plan):
        reader = RowReader(plan, head, options)
        shown: list[PreviewRow] = []
        for row in islice(found, 0 if plan.missing else rows):
            records, findings = reader.read(row)
            shown.append(PreviewRow(line=row.line, record=records[-1] if records else None, findings=findings))
        columns = {binding.column.name: ", ".join(binding.headers) for binding in plan.bindings}
        constants = {
            column.name: f"= {json.dumps(value, ensure_ascii=False)}"
            for column, value in plan.constants
            if column.name not in columns
        }
        return TablePreview(
            head=head,
            kind=plan.kind,
            columns=columns | constants,
            unmapped=plan.unmapped,
            missing=plan.missing,
            guessed=plan.guessed,
            rows=tuple(shown),
        )
