"""Extracts of the FINESS directory: establishments (with or without positions) and legal entities.

Semicolons, one record type in the first cell: `structureet` (establishment), `structureej` (legal entity),
`geolocalisation` (position). Most editions name no columns, so cells count by place; a first line may hold the date.
The directory says who exists, not what they do: every figure is blank.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from hygie.core.errors import DocumentError
from hygie.facility.registers.cells import CellReader
from hygie.facility.registers.lambert import from_lambert93
from hygie.facility.registers.nomenclature import CATEGORY_CODES, find_region, read_legal_status
from hygie.facility.registers.notes import Notebook
from hygie.facility.registers.sites import RegisterSite, Status
from hygie.facility.registers.text_lines import read_bytes, read_text_lines
from hygie.store.byte_sources import ByteSource

__all__ = ["Directory", "is_directory", "read_directory"]

MAX_ROWS = 1_000_000

# Places of the cells of each record, from the published description of the extracts.
_SITE = (
    "nofinesset",
    "nofinessej",
    "rs",
    "rslongue",
    "departement",
    "ligneacheminement",
    "categetab",
    "codesph",
    "libsph",
)
_SITE_PLACES = (1, 2, 3, 4, 13, 15, 18, 26, 27)
_SITE_WIDTH = 31
_ENTITY_PLACES = {"nofiness": 1, "statutjuridique": 16, "libstatutjuridique": 17}
_ENTITY_WIDTH = 21

_RECORDS = (
    *(b"structureet;", b"structureej;", b"geolocalisation;"),
    *(b"finess;etalab", b"finess;finess-plus", b"finess;nofiness", b"section;nofiness"),
)
_DATE = re.compile(r"((?:19|20)[0-9]{2})-?[0-9]{2}-?[0-9]{2}")
_POSTCODE = re.compile(r"^[0-9]{5}\s+")
_CEDEX = re.compile(r"\s+CEDEX\b.*", re.IGNORECASE)
_LAMBERT93 = re.compile(r"LAMBERT[_ -]?93|EPSG:2154", re.IGNORECASE)
_RADIOTHERAPY = re.compile(r"RADIOTH[EÉ]RAP", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """Establishments of the directory that the model knows kinds of, and the year of the extract if it is dated."""

    sites: tuple[RegisterSite, ...]
    year: int | None


def is_directory(head: bytes) -> bool:
    """Return whether a file begins like an extract of the directory."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_RECORDS)


def read_directory(sources: Iterable[ByteSource], *, notes: Notebook) -> Directory:
    """Read one extract, or several that complete each other (establishments, legal entities).

    Raises
    ------
    DocumentError
        Damaged, too large, or without an establishment.
    """
    reader = _DirectoryReader(notes)
    for source in sources:
        reader.read(source)
    return reader.close()


@dataclass(slots=True)
class _DirectoryReader:
    notes: Notebook
    years: list[int] = field(default_factory=list)
    sites: dict[str, tuple[str, int, dict[str, str]]] = field(default_factory=dict)
    statuses: dict[str, tuple[Status, str]] = field(default_factory=dict)
    positions: dict[str, tuple[float, float]] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    elsewhere: int = 0

    def read(self, source: ByteSource) -> None:
        text = read_text_lines(read_bytes(source), name=source.name, notes=self.notes)
        cells = CellReader(self.notes, source.name)
        for line, row in _split_rows(text, name=source.name):
            match row[0].strip().lower():
                case "structureet":
                    self._add_site(row, line, cells)
                case "structureej":
                    self._add_entity(row, line, cells)
                case "geolocalisation":
                    self._add_position(row, line, cells)
                case _ if line == 1:
                    if dated := _DATE.search(";".join(row)):
                        self.years.append(int(dated[1]))
                case _:
                    self._refuse(row, line, cells, "this kind of record is not known: the row is left out")

    def _refuse(self, row: list[str], line: int, cells: CellReader, message: str) -> None:
        self.notes.add(
            "doubtful",
            "layout",
            message,
            file=cells.file,
            line=line,
            value=f"{row[0]}: {len(row)} cells",
            allowed="structureet with 31 cells or more, structureej with 21, geolocalisation with 5",
            repair="fetch the extract again, or unpack it with a tool that does not change it",
        )

    def _add_site(self, row: list[str], line: int, cells: CellReader) -> None:
        if len(row) < _SITE_WIDTH:
            self._refuse(row, line, cells, "the row has too few cells: it is left out")
            return
        record = {name: row[place].strip() for name, place in zip(_SITE, _SITE_PLACES, strict=True)}
        if record["categetab"] not in CATEGORY_CODES:
            self.others[f"{record['categetab']} {row[19].strip()}".strip()] += 1
            return
        finess = cells.read_finess(record["nofinesset"], line=line, column="nofinesset")
        entity = cells.read_finess(record["nofinessej"], line=line, column="nofinessej") if finess else None
        if finess is None or entity is None:
            return
        if finess in self.sites:
            self.notes.add(
                "doubtful",
                "duplicate",
                f"this site stands twice, first on line {self.sites[finess][1]}: the row is left out",
                file=cells.file,
                line=line,
                column="nofinesset",
                value=finess,
                repair="keep one row per site",
            )
            return
        record["name"] = cells.read_text(record["rs"] or record["rslongue"], line=line, column="rs")
        record["department"] = cells.read_department(
            record["departement"], finess=finess, line=line, column="departement"
        )
        if record["categetab"] in ("698", "699") and _RADIOTHERAPY.search(f"{record['rs']} {record['rslongue']}"):
            self.notes.add(
                "doubtful",
                "category",
                "by its name a radiotherapy centre, for which the directory has no category: classed as “other”",
                file=cells.file,
                line=line,
                column="categetab",
                value=f"{finess} {record['name']}",
                repair="set “category: radiotherapy_centre” in its facility file",
            )
        self.sites[finess] = (entity, line, record)

    def _add_entity(self, row: list[str], line: int, cells: CellReader) -> None:
        if len(row) < _ENTITY_WIDTH:
            self._refuse(row, line, cells, "the row has too few cells: it is left out")
            return
        record = {name: row[place].strip() for name, place in _ENTITY_PLACES.items()}
        self.statuses[record["nofiness"]] = (
            read_legal_status(record["statutjuridique"]),
            record["libstatutjuridique"],
        )

    def _add_position(self, row: list[str], line: int, cells: CellReader) -> None:
        if len(row) < 5:
            self._refuse(row, line, cells, "the row has too few cells: it is left out")
            return
        if not row[2].strip():
            return
        if not _LAMBERT93.search(";".join(row[4:])):
            self.elsewhere += 1
            return
        try:
            position = from_lambert93(float(row[2]), float(row[3]))
        except ValueError:
            position = None
        if position is None or not (41.0 <= position[0] <= 51.5 and -5.5 <= position[1] <= 10.0):
            self.notes.add(
                "doubtful",
                "position",
                "these coordinates are not in metropolitan France: they are left out",
                file=cells.file,
                line=line,
                column="coordxet",
                value=f"{row[2]} {row[3]}",
                allowed="Lambert-93 metres",
                repair="check the site in the directory",
            )
            return
        self.positions[row[1].strip()] = position

    def close(self) -> Directory:
        """Return what was read; note once what holds for many rows."""
        if not self.sites:
            raise DocumentError(
                "the extract holds no establishment of a kind that is known here",
                file=self.notes.file,
                allowed=f"categories {', '.join(CATEGORY_CODES)}",
                repair="take the extract of establishments (cs1100502 or cs1100507), not of legal entities alone",
            )
        sites = tuple(self._make_site(finess) for finess in self.sites)
        self._note_totals(sites)
        return Directory(sites=sites, year=max(self.years, default=None))

    def _make_site(self, finess: str) -> RegisterSite:
        entity, _, record = self.sites[finess]
        status, label = self.statuses.get(entity, ("unknown", ""))
        if status == "unknown" and record["codesph"] == "1":
            status, label = "public", record["libsph"]
        lat, lon = self.positions.get(finess, (None, None))
        return RegisterSite(
            finess=finess,
            entity=entity,
            name=record["name"],
            category=CATEGORY_CODES[record["categetab"]],
            status=status,
            register_category=record["categetab"],
            register_status=label,
            region=find_region(record["department"]),
            department=record["department"],
            city=_CEDEX.sub("", _POSTCODE.sub("", record["ligneacheminement"])),
            ght_code="",
            ght_name="",
            lat=lat,
            lon=lon,
        )

    def _note_totals(self, sites: tuple[RegisterSite, ...]) -> None:
        notes = self.notes
        notes.add(
            "missing",
            "activity",
            "the directory gives no beds, stays or staff: they are blank",
            repair="import the SAE of the same year, or complete facility files by hand",
            count=len(sites),
        )
        if unknown := sum(site.status == "unknown" for site in sites):
            notes.add(
                "missing",
                "status",
                f"sites that nothing says to be public or private: {unknown:,}",
                column="statutjuridique",
                repair="put the extract of legal entities (cs1100501) into the same folder and import the folder",
                count=unknown,
            )
        if left_out := self.others.total():
            listed = ", ".join(f"{name} ({count:,})" for name, count in self.others.most_common(5))
            notes.add(
                "missing",
                "out_of_scope",
                f"establishments of other categories, left out: {left_out:,}",
                column="categetab",
                value=listed,
                repair="describe them in facility files of their own if they matter",
                count=left_out,
            )
        if self.elsewhere:
            notes.add(
                "missing",
                "position",
                f"positions that are not in Lambert-93, left out: {self.elsewhere:,}",
                column="sourcecoordet",
                repair="overseas positions are not needed for any figure",
                count=self.elsewhere,
            )
        if regionless := sum(not site.region for site in sites):
            notes.add(
                "missing",
                "cell",
                f"sites in none of the 18 regions: {regionless:,}",
                column="departement",
                repair="they are kept, and belong to no regional selection",
                count=regionless,
            )


def _split_rows(text: str, *, name: str) -> Iterator[tuple[int, list[str]]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=";", strict=True)
    try:
        for count, row in enumerate(rows, start=1):
            if count > MAX_ROWS:
                raise DocumentError("the extract is too long", file=name, allowed=f"{MAX_ROWS:,} rows", repair="cut it")
            # Some editions name their columns.
            if any(row) and row[1:2] not in (["nofinesset"], ["nofiness"]):
                yield rows.line_num, row
    except csv.Error as error:
        raise DocumentError(
            f"the file is not a valid CSV: {error}",
            file=name,
            line=rows.line_num,
            repair="fetch the extract again",
        ) from None
