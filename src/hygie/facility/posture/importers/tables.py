"""A posture as a table of one's own: a row for each control, CSV or XLSX, headers in French or English."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from hygie.core.errors import Finding, SchemaError, suggest
from hygie.facility.organisation import PostureEntry
from hygie.facility.posture.answers import DIGITS, read_share, shorten
from hygie.facility.posture.importers.context import ImportContext
from hygie.facility.posture.readings import Imported
from hygie.store.byte_sources import ByteSource
from hygie.store.sheets import Cell, SheetHead, SheetRow, is_blank, open_sheet

__all__ = ["fold", "import_table", "read_day"]

_COLUMNS = {
    "control": ("control", "controle", "mesure", "id", "identifiant"),
    "coverage": ("coverage", "couverture", "share", "part", "taux"),
    "on": ("on", "date", "le", "date de constat"),
    "evidence": ("evidence", "preuve", "preuves", "source", "justificatif"),
}
# Rows of a posture: one for each control, with room for repeated headers and notes.
MAX_ROWS = 2_000

_FRENCH_DAY = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})")


def fold(text: str) -> str:
    """Return a text without case, accents and spare spaces.

    >>> fold(" Contrôle ")
    'controle'
    """
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", text) if not unicodedata.combining(ch))
    return " ".join(plain.replace("’", "'").casefold().split())


def read_day(text: str) -> date:
    """Return a date written ``2026-11-27``, or day first as ``27/11/2026``.

    Raises
    ------
    ValueError
        It is no date.
    """
    match = _FRENCH_DAY.fullmatch(text.strip())
    if match:
        return date(int(match[3]), int(match[2]), int(match[1]))
    return date.fromisoformat(text.strip()[:10])


def import_table(source: ByteSource, context: ImportContext, *, source_name: str) -> Imported:
    """Read a table with the columns control and coverage, and perhaps date and evidence.

    Raises
    ------
    DocumentError, UsageError
        The file is no table, or a sheet must be chosen.
    SchemaError
        A column is missing, or a cell is wrong; every row with a fault is listed, and nothing is taken.
    """
    names = {fold(name): spec.id for spec in context.controls for name in (spec.id, spec.name.en, spec.name.fr)}
    entries: dict[str, PostureEntry] = {}
    findings: list[Finding] = []
    with open_sheet(source, sheet=context.sheet) as sheet:
        places = find_columns(sheet.head)
        for count, row in enumerate(sheet.rows):
            if count >= MAX_ROWS:
                raise SchemaError(
                    "the table has too many rows",
                    file=source.name,
                    line=row.line,
                    allowed=f"at most {MAX_ROWS:,}",
                    repair="keep one row for each control",
                )
            cells = {field: row.cells[place] for field, place in places.items()}
            if is_blank(cells["coverage"]) and not row.findings:
                continue
            try:
                control, entry = _read_row(cells, row, names=names, context=context, source=source_name)
                if control in entries:
                    raise SchemaError(
                        f"the control “{control}” stands twice", field="control", repair="keep one of the rows"
                    )
                entries[control] = entry
            except SchemaError as error:
                findings += error.located(file=source.name, line=row.line).findings
        notes = sheet.head.notes
    if findings:
        raise SchemaError.from_findings(findings)
    if not entries:
        raise SchemaError(
            "no row states a coverage", file=source.name, field="coverage", repair="fill the column coverage"
        )
    return Imported(entries=entries, read=len(entries), used=len(entries), notes=notes)


def find_columns(head: SheetHead) -> dict[str, int]:
    """Return where the known columns stand."""
    folded = [fold(column) for column in head.columns]
    places = {
        field: next(folded.index(name) for name in names if name in folded)
        for field, names in _COLUMNS.items()
        if any(name in folded for name in names)
    }
    for field in ("control", "coverage"):
        if field not in places:
            known = _COLUMNS[field]
            raise SchemaError(
                f"there is no column “{field}”",
                file=head.name,
                line=head.line,
                value=", ".join(head.columns)[:200],
                allowed=", ".join(known),
                repair=suggest(field, folded) or f"name a column “{field}” (in French “{known[1]}”)",
            )
    return places


def _read_row(
    cells: dict[str, Cell], row: SheetRow, *, names: dict[str, str], context: ImportContext, source: str
) -> tuple[str, PostureEntry]:
    if row.findings:
        raise SchemaError.from_findings(row.findings)
    given = str(cells["control"] or "").strip()
    control = names.get(fold(given))
    if control is None:
        ids = [spec.id for spec in context.controls]
        raise SchemaError(
            f"unknown control “{given[:80]}”",
            field="control",
            value=given,
            allowed=", ".join(ids),
            repair=suggest(given, [*ids, *names]) or "use the id or the name of a control",
        )
    on, evidence = context.on, str(cells.get("evidence") or "").strip()
    if not is_blank(cells.get("on")):
        try:
            on = read_day(str(cells["on"]))
        except ValueError:
            raise SchemaError(
                "this is not a date",
                field="on",
                value=cells["on"],
                allowed="2026-11-27, or day first 27/11/2026",
                repair="write the date so",
            ) from None
    return control, PostureEntry(
        coverage=round(_read_coverage(cells["coverage"]), DIGITS),
        on=on,
        origin="csv",
        evidence=shorten(f"{source}: {control}" + (f", {evidence}" if evidence else "")),
    )


def _read_coverage(cell: Any) -> float:
    share: float | None
    if isinstance(cell, bool) or cell is None:
        share = None
    elif isinstance(cell, int | float):
        share = float(cell) if 0.0 <= cell <= 1.0 else None
    else:
        share = read_share(str(cell))
    if share is None:
        raise SchemaError(
            "this is not a coverage",
            field="coverage",
            value=cell,
            allowed="a share from 0 to 1, or a percentage with its sign",
            repair="write 0.6 or 60 %",
        )
    return share
