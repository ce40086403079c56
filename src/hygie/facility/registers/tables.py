"""Tables with one row per site, CSV or XLSX: the compact file of the SAE, and tables of one's own."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from hygie.core.errors import DocumentError, suggest
from hygie.facility.registers.cells import CellReader, show_cell
from hygie.facility.registers.nomenclature import (
    CATEGORY_CODES,
    COMPACT_CATEGORIES,
    COMPACT_STATUSES,
    SYNTHETIC_PREFIX,
    find_region,
)
from hygie.facility.registers.notes import Notebook
from hygie.facility.registers.sites import COUNTS, EQUIPMENT, FLAGS, RegisterSite
from hygie.facility.registers.table_columns import RegisterMap, TablePlan, plan_table, translate_word
from hygie.facility.registers.text_sheets import keep_rows, open_register_sheet
from hygie.store.byte_sources import ByteSource
from hygie.store.sheet_rows import Cell, Sheet, SheetRow, is_blank
from hygie.store.text_folding import fold_text

__all__ = ["SiteTable", "read_site_table"]

# Ceiling, far above the 4,000 sites of the SAE and the 100,000 of the national directory.
MAX_ROWS = 250_000

_YEAR = re.compile(r"(?:19|20)[0-9]{2}")
_NOT_SYNTHETIC = ("", "0", "no", "non", "false", "faux", "n")
_STAFF = ("fte_medical", "fte_non_medical", "fte")


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteTable:
    """Sites of a table, whether it is the compact file of the SAE, and the year that most of its rows give.

    `synthetic` counts the rows that say that their site does not exist.
    """

    sites: tuple[RegisterSite, ...]
    compact: bool
    year: int | None
    synthetic: int


def read_site_table(source: ByteSource, *, table: RegisterMap | None, notes: Notebook) -> SiteTable:
    """Read a table with one row per site.

    Raises
    ------
    DocumentError
        Not a table, damaged, or too large.
    SchemaError
        Columns are missing or stand twice.
    UsageError
        A sheet of a workbook must be chosen.
    """
    name, header = (table.sheet, table.header) if table else (None, None)
    with open_register_sheet(source, notes=notes, sheet=name, header=header) as sheet:
        plan = plan_table(sheet.head, table)
        reader = _TableReader(plan, CellReader(notes, source.name, comma=not plan.compact), sheet)
        reader.check_columns()
        sites = tuple(reader.read_sites())
        year = max(reader.years, key=lambda one: (reader.years[one], one)) if reader.years else None
        if len(reader.years) > 1:
            notes.add(
                "doubtful",
                "year",
                f"the rows are of several years: {', '.join(map(str, sorted(reader.years)))}",
                column=plan.headers["year"],
                value=year,
                repair="keep one year in a register",
            )
    return SiteTable(
        sites=sites, compact=plan.compact, year=table.year if table and table.year else year, synthetic=reader.synthetic
    )


@dataclass(slots=True)
class _TableReader:
    """Reads the rows of one table."""

    plan: TablePlan
    cells: CellReader
    sheet: Sheet
    first_line: dict[str, int] = field(default_factory=dict)
    years: Counter[int] = field(default_factory=Counter)
    synthetic: int = 0

    @property
    def notes(self) -> Notebook:
        return self.cells.notes

    def check_columns(self) -> None:
        """Note which columns are not there."""
        plan = self.plan
        for note in self.sheet.head.notes:
            self.notes.add("doubtful", "layout", note, repair="check that this is the right sheet")
        given = plan.headers.keys() | plan.constants.keys()
        wanted = {
            "name": "sites go by their numbers",
            "category": "every site is classed as “other”",
            "status": "no facility file can be made without it",
        }
        if "entity" not in given:
            wanted["entity"] = "each site is taken for a legal entity of its own"
        if not given.intersection(_STAFF):
            wanted["fte"] = "rates cannot be scaled with staff"
        for name, effect in wanted.items():
            if name not in given:
                self.notes.add(
                    "missing",
                    "column",
                    f"no column gives “{name}”: {effect}",
                    column=name,
                    line=self.sheet.head.line,
                    repair="add the column, or name it in a column map",
                )
        if plan.unused and not plan.compact:
            self.notes.add(
                "doubtful",
                "column",
                f"{len(plan.unused)} columns are not used: {', '.join(plan.unused)}",
                line=self.sheet.head.line,
                value=plan.unused[0],
                repair="if one of them is needed, name it in a column map",
            )

    def read_sites(self) -> Iterator[RegisterSite]:
        for count, row in enumerate(keep_rows(self.sheet, self.notes)):
            if count >= MAX_ROWS:
                raise DocumentError(
                    "the file holds too many rows",
                    file=self.cells.file,
                    allowed=f"at most {MAX_ROWS:,}",
                    repair="check that this is the register of sites, with one row per site",
                )
            site = self.read_row(row)
            if site is not None:
                yield site

    def read_row(self, row: SheetRow) -> RegisterSite | None:
        if all(is_blank(cell) for cell in row.cells):
            return None
        line = row.line
        number = self._read_numbers(row)
        if number is None:
            return None
        finess, entity = number
        texts: dict[str, Any] = {name: self._read_text(name, row) for name in ("name", "city", "ght_code", "ght_name")}
        department = self.cells.read_department(
            self._cell("department", row), finess=finess, line=line, column=self._header("department")
        )
        region = self._read_text("region", row)
        words = self._read_words(row)
        figures: dict[str, Any] = {
            name: self.cells.read_count(self._cell(name, row), line=line, column=self._header(name))
            for name in (*COUNTS, *EQUIPMENT)
        }
        for name in FLAGS:
            figures[name] = self.cells.read_flag(self._cell(name, row), line=line, column=self._header(name))
        self._read_year(row)
        # The number says it too: a column can get lost.
        self.synthetic += finess.startswith(SYNTHETIC_PREFIX) or self._says_synthetic(row)
        known = {"name": texts["name"], "region": region, "department": department}
        for name, text in known.items():
            if not text and name in self.plan.headers:
                found = name == "region" and find_region(department)
                self.notes.add(
                    "missing",
                    "cell",
                    f"the cell is empty: {found}, by the department" if found else "the cell is empty",
                    line=line,
                    column=self._header(name),
                    repair="complete the row",
                )
        return RegisterSite(
            finess=finess,
            entity=entity,
            **texts,
            **words,
            region=region or find_region(department),
            department=department,
            **figures,
            **self._read_position(row),
            fte=self._read_staff(row),
        )

    def _cell(self, name: str, row: SheetRow) -> Cell:
        place = self.plan.places.get(name)
        cell = self.plan.constants.get(name) if place is None else row.cells[place]
        replaced = self.plan.values.get(name, {}).get(fold_text(show_cell(cell)))
        return cell if replaced is None else replaced

    def _header(self, name: str) -> str:
        return self.plan.headers.get(name, name)

    def _read_text(self, name: str, row: SheetRow) -> str:
        return self.cells.read_text(self._cell(name, row), line=row.line, column=self._header(name))

    def _read_numbers(self, row: SheetRow) -> tuple[str, str] | None:
        given = [name for name in ("finess", "entity") if name in self.plan.places]
        department = show_cell(self._cell("department", row)).zfill(2)
        found: dict[str, str] = {}
        for name in given:
            number = self.cells.read_finess(
                self._cell(name, row),
                line=row.line,
                column=self._header(name),
                department=department if name == "finess" and department.isdigit() and department != "00" else "",
            )
            if number is None:
                return None
            found[name] = number
        finess = found.get("finess") or found["entity"]
        first = self.first_line.setdefault(finess, row.line)
        if first != row.line:
            self.notes.add(
                "doubtful",
                "duplicate",
                f"this site stands twice, first on line {first}: the row is left out",
                line=row.line,
                column=self._header(given[0]),
                value=finess,
                repair="keep one row per site",
            )
            return None
        return finess, found.get("entity", finess)

    def _read_words(self, row: SheetRow) -> dict[str, Any]:
        category_text, status_text = self._read_text("category", row), self._read_text("status", row)
        category, _ = translate_word(category_text, compact=self.plan.compact)
        if category is None and not self.plan.compact:
            category = CATEGORY_CODES.get(category_text)
        _, status = translate_word(status_text, compact=self.plan.compact)
        if category is None and "category" in self.plan.headers:
            self._doubt_word("category", "unknown category: the site is classed as “other”", category_text, row.line)
        if status is None and "status" in self.plan.headers:
            self._doubt_word("status", "unknown legal status", status_text, row.line)
        return {
            "category": category or "other",
            "status": status or "unknown",
            "register_category": category_text,
            "register_status": status_text,
        }

    def _doubt_word(self, name: str, message: str, text: str, line: int) -> None:
        known = list(COMPACT_CATEGORIES if name == "category" else COMPACT_STATUSES)
        self.notes.add(
            "doubtful" if text else "missing",
            name,
            message,
            line=line,
            column=self._header(name),
            value=text or None,
            allowed=", ".join(known),
            repair=suggest(text, known) or "use one of these words, or translate yours in a column map",
        )

    def _read_staff(self, row: SheetRow) -> float | None:
        parts = [
            self.cells.read_amount(self._cell(name, row), line=row.line, column=self._header(name)) for name in _STAFF
        ]
        known = [part for part in parts[:2] if part is not None]
        return sum(known) if known else parts[2]

    def _read_position(self, row: SheetRow) -> dict[str, Any]:
        position: dict[str, float | None] = {}
        for name, limit in (("lat", 90.0), ("lon", 180.0)):
            text = show_cell(self._cell(name, row)).replace(",", ".")
            try:
                degrees = float(text) if text else None
            except ValueError:
                degrees = float("nan")
            if degrees is not None and not abs(degrees) <= limit:
                self.notes.add(
                    "doubtful",
                    "position",
                    "this is not a position: it is left out",
                    line=row.line,
                    column=self._header(name),
                    value=text,
                    allowed=f"-{limit:g} to {limit:g} degrees",
                    repair="give degrees with decimals (WGS 84)",
                )
                degrees = None
            position[name] = degrees
        return position if None not in position.values() else {"lat": None, "lon": None}

    def _says_synthetic(self, row: SheetRow) -> bool:
        return show_cell(self._cell("synthetic", row)).casefold() not in _NOT_SYNTHETIC

    def _read_year(self, row: SheetRow) -> None:
        text = show_cell(self._cell("year", row))
        if _YEAR.fullmatch(text):
            self.years[int(text)] += 1
        elif text:
            self.notes.add(
                "doubtful",
                "year",
                "this is not a year",
                line=row.line,
                column=self._header("year"),
                value=text,
                repair="write the four digits of the year",
            )
