"""Tables of the yearly statistics of health establishments (SAE) as DREES publishes them: one folder per year.

Semicolons, one CSV per questionnaire page, keyed by the FINESS number of the site (`FI`); encodings differ by file and
sometimes by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hygie.core.errors import DataError, DocumentError, SchemaError, suggest
from hygie.facility.registers.cells import CellReader, show_cell
from hygie.facility.registers.nomenclature import CATEGORY_CODES, REGIONS, find_region
from hygie.facility.registers.notes import Notebook
from hygie.facility.registers.sae_tables import SAE_TABLES, SaeTable
from hygie.facility.registers.sites import FLAGS, RegisterSite, Status
from hygie.facility.registers.text_sheets import keep_rows, open_register_sheet
from hygie.store.byte_sources import ByteSource
from hygie.store.sheet_rows import SheetRow

__all__ = ["find_sae_folder", "list_sae_files", "read_sae"]

_FILE = re.compile(r"([A-Z]+[0-9]?)_((?:19|20)[0-9]{2})([a-z]?)\.csv", re.IGNORECASE)
_IDENTITY = ("FI", "RS", "FI_EJ", "STJR", "CAT", "REG", "DEP", "LIBCOM", "NOMCOM")
_STATUSES: Mapping[str, tuple[Status, str]] = {
    "1": ("public", "public"),
    "2": ("private", "private_for_profit"),
    "3": ("private", "private_non_profit"),
}
_CEDEX = re.compile(r"\s+CEDEX\b.*", re.IGNORECASE)
_STAFF = ("fte_medical", "fte_non_medical")
_AUTHORISED = ("cancer_medicines", "radiotherapy")


def list_sae_files(folder: Path, *, notes: Notebook | None = None) -> dict[int, dict[str, Path]]:
    """Return the tables in a folder by year and name; of two editions of one, the later letter counts."""
    found: dict[int, dict[str, Path]] = {}
    for path in sorted(folder.iterdir()):
        match = _FILE.fullmatch(path.name)
        if match is None or not path.is_file():
            continue
        tables = found.setdefault(int(match[2]), {})
        earlier = tables.get(match[1].upper())
        if earlier is not None and notes is not None:
            notes.add(
                "doubtful",
                "table",
                f"two editions of one table: {path.name} counts, {earlier.name} does not",
                file=str(folder),
                value=earlier.name,
                repair="keep one edition",
            )
        tables[match[1].upper()] = path
    return found


def find_sae_folder(folder: Path, *, year: int | None) -> tuple[Path, int]:
    """Return the folder with the tables of one year: this one, or the one below it that is called by the year.

    Raises
    ------
    DocumentError
        No ID table here.
    DataError
        Tables of several years, and nothing says which one counts.
    """
    places = {
        of: place
        for place in [folder, *sorted(one for one in folder.iterdir() if one.is_dir())]
        for of, tables in list_sae_files(place).items()
        if "ID" in tables
    }
    if not places:
        raise DocumentError(
            "the folder holds no register",
            file=str(folder),
            allowed="SAE tables (ID_2023r.csv, MCO_2023r.csv, …), or extracts of the FINESS directory",
            repair="unpack the archive of the SAE and give the folder that holds ID_….csv",
        )
    if year is None and len(places) > 1:
        raise DataError(
            "the folder holds tables of several years",
            file=str(folder),
            field="year",
            allowed=", ".join(map(str, sorted(places))),
            repair="say which year counts",
        )
    chosen = year if year is not None else next(iter(places))
    if chosen not in places:
        raise DataError(
            "the folder holds no tables of this year",
            file=str(folder),
            field="year",
            value=chosen,
            allowed=", ".join(map(str, sorted(places))),
            repair="give one of these years",
        )
    return places[chosen], chosen


def read_sae(folder: Path, *, year: int, notes: Notebook) -> tuple[RegisterSite, ...]:
    """Read the tables of one year.

    Raises
    ------
    DocumentError, SchemaError
        A table is damaged, or the ID table lacks a column.
    """
    files = list_sae_files(folder, notes=notes)[year]
    figures = _Figures(notes)
    sites = _read_identities(files["ID"], year=year, notes=notes)
    for name in dict.fromkeys(table.name for table in SAE_TABLES):
        tables = [table for table in SAE_TABLES if table.name == name]
        if name in files:
            figures.read(files[name], tables, year=year, sites=sites)
        else:
            listed = ", ".join(column for table in tables for column in table.columns)
            notes.add(
                "missing",
                "table",
                f"there is no table {name}: nothing gives {listed}",
                column=name,
                value=f"{name}_{year}",
                repair="add the table to the folder",
            )
    notes.add(
        "missing",
        "group",
        "the tables give totals of territorial groups, not their members: no site is in a group",
        column="GHT",
        repair="join a list of members (finess_ej, ght_code, ght_name)",
    )
    return tuple(_make_site(texts, figures.values.get(finess, {})) for finess, texts in sites.items())


@dataclass(slots=True)
class _Table:
    """Rows of one table by column, whatever the case of its header."""

    path: Path
    notes: Notebook
    cells: CellReader
    columns: Mapping[str, int]

    def cell(self, row: SheetRow, column: str) -> Any:
        place = self.columns.get(column)
        return None if place is None else row.cells[place]


def _open_rows(
    path: Path, *, needed: tuple[str, ...], year: int, notes: Notebook, required: bool
) -> Iterator[tuple[_Table, SheetRow]]:
    """Yield the rows of a table that are as wide as its header."""
    name = str(path)
    with open_register_sheet(ByteSource.from_path(path), notes=notes) as sheet:
        columns = {header.upper(): place for place, header in enumerate(sheet.head.columns)}
        missing = [column for column in needed if column not in columns]
        for column in missing:
            error = SchemaError(
                f"the table has no column {column}",
                file=name,
                line=sheet.head.line,
                field=column,
                allowed=", ".join(needed),
                repair=suggest(column, columns) or "check that this is a table of the SAE as DREES publishes it",
            )
            if required:
                raise error
            notes.add_finding("missing", "table", error.findings[0])
        table = _Table(path, notes, CellReader(notes, name, comma=True), columns)
        years: set[str] = set()
        for row in keep_rows(sheet, notes):
            years.add(show_cell(table.cell(row, "AN")))
            yield table, row
        if strange := sorted(years - {str(year), ""}):
            notes.add(
                "doubtful",
                "year",
                f"the file is called {year}, its rows are of {', '.join(strange)}",
                file=name,
                column="AN",
                value=strange[0],
                allowed=str(year),
                repair="check which edition this is",
            )


def _read_identities(path: Path, *, year: int, notes: Notebook) -> dict[str, dict[str, Any]]:
    sites: dict[str, dict[str, Any]] = {}
    first_line: dict[str, int] = {}
    for table, row in _open_rows(path, needed=_IDENTITY[:7], year=year, notes=notes, required=True):
        cells, line = table.cells, row.line
        finess = cells.read_finess(table.cell(row, "FI"), line=line, column="FI")
        entity = cells.read_finess(table.cell(row, "FI_EJ"), line=line, column="FI_EJ") if finess else None
        if finess is None or entity is None:
            continue
        if finess in sites:
            cells.notes.add(
                "doubtful",
                "duplicate",
                f"this site stands twice, first on line {first_line[finess]}: the row is left out",
                file=cells.file,
                line=line,
                column="FI",
                value=finess,
                repair="keep one row per site",
            )
            continue
        first_line[finess] = line
        text = {name: cells.read_text(table.cell(row, name), line=line, column=name) for name in _IDENTITY}
        department = cells.read_department(table.cell(row, "DEP"), finess=finess, line=line, column="DEP")
        category, status = CATEGORY_CODES.get(text["CAT"]), _STATUSES.get(text["STJR"])
        for name, column, known, message in (
            ("category", "CAT", CATEGORY_CODES, "unknown category: the site is classed as “other”"),
            ("status", "STJR", _STATUSES, "unknown legal status"),
        ):
            if text[column] not in known:
                cells.notes.add(
                    "doubtful" if text[column] else "missing",
                    name,
                    message,
                    file=cells.file,
                    line=line,
                    column=column,
                    value=text[column] or None,
                    allowed=", ".join(known),
                    repair="compare the site with the national directory",
                )
        sites[finess] = {
            "finess": finess,
            "entity": entity,
            "name": text["RS"],
            "category": category or "other",
            "register_category": text["CAT"],
            "status": status[0] if status else "unknown",
            "register_status": status[1] if status else text["STJR"],
            "region": REGIONS.get(text["REG"].zfill(2)) or find_region(department),
            "department": department,
            "city": _CEDEX.sub("", text["LIBCOM"] or text["NOMCOM"]),
            "ght_code": "",
            "ght_name": "",
        }
        for name, column in (("name", "RS"), ("region", "REG"), ("department", "DEP")):
            if not sites[finess][name]:
                cells.notes.add(
                    "missing",
                    "cell",
                    "the cell is empty, or holds no known code",
                    file=cells.file,
                    line=line,
                    column=column,
                    value=text[column] or None,
                    repair="complete the row",
                )
    return sites


@dataclass(slots=True)
class _Figures:
    """Figures of sites, from one table after the other."""

    notes: Notebook
    values: dict[str, dict[str, Any]] = field(default_factory=dict)

    def read(self, path: Path, tables: list[SaeTable], *, year: int, sites: Mapping[str, Mapping[str, Any]]) -> None:
        needed = dict.fromkeys(["FI"])
        for table in tables:
            needed |= dict.fromkeys([*table.columns.values(), *([table.where[0]] if table.where else [])])
        taken: set[tuple[str, str]] = set()
        strangers: dict[str, int] = {}
        cut: dict[str, int] = {}
        for rows, row in _open_rows(path, needed=tuple(needed), year=year, notes=self.notes, required=False):
            finess = show_cell(rows.cell(row, "FI")).upper()
            if f"0{finess}" in sites:
                cut.setdefault(finess, row.line)
                finess = f"0{finess}"
            if finess not in sites:
                strangers.setdefault(finess, row.line)
                continue
            for table in tables:
                if table.where is None or show_cell(rows.cell(row, table.where[0])).upper() in table.where[1]:
                    self._take(finess, table, rows, row, taken)
        if cut:
            first, line = next(iter(cut.items()))
            self.notes.add(
                "repaired",
                "leading_zero",
                f"a spreadsheet took the leading zero of numbers away: {first} was read as 0{first}",
                file=str(path),
                line=line,
                column="FI",
                value=first,
                repair="check the numbers against the ID table, and save the column as text",
                count=len(cut),
            )
        for finess, line in strangers.items():
            self.notes.add(
                "doubtful",
                "entity",
                "this site is not in the ID table: its figures are left out",
                file=str(path),
                line=line,
                column="FI",
                value=finess,
                repair="check that the tables are of one edition",
            )

    def _take(self, finess: str, table: SaeTable, rows: _Table, row: SheetRow, taken: set[tuple[str, str]]) -> None:
        for name, column in table.columns.items():
            cell = rows.cell(row, column)
            read = (
                rows.cells.read_flag
                if name in FLAGS + _AUTHORISED
                else rows.cells.read_amount
                if name in _STAFF
                else rows.cells.read_count
            )
            value = read(cell, line=row.line, column=column)
            if (finess, name) in taken and not table.summed:
                self.notes.add(
                    "doubtful",
                    "duplicate",
                    "this site stands twice in the table: the row is left out",
                    file=rows.cells.file,
                    line=row.line,
                    column=column,
                    value=finess,
                    repair="keep one row per site",
                )
                return
            taken.add((finess, name))
            if value is not None:
                known = self.values.setdefault(finess, {})
                known[name] = known.get(name, 0) + value if table.summed else value


def _make_site(texts: Mapping[str, Any], figures: Mapping[str, Any]) -> RegisterSite:
    staff = [figures[name] for name in _STAFF if name in figures]
    kept = {name: value for name, value in figures.items() if name not in _STAFF + _AUTHORISED}
    category = texts["category"]
    if texts["register_category"] in ("698", "699") and figures.get("radiotherapy") and not figures.get("beds_mco"):
        # The directory has no category for them: the authorisation tells.
        category = category if figures.get("cancer_medicines") else "radiotherapy_centre"
    return RegisterSite(**{**texts, "category": category}, **kept, fte=sum(staff) if staff else None)
