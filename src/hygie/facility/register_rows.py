"""Rows of the yearly statistics of French health establishments (SAE): one row per site, each judged on its own.

A figure that cannot be right is reported and left out; none is ever corrected.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TextIO

from hygie.core.errors import DocumentError, Finding, SchemaError, suggest

__all__ = ["COUNTS", "RegisterSite", "RowReader", "Status"]

# Ceilings, far above the 4,000 sites of the SAE and the 100,000 of the national directory.
MAX_ROWS = 250_000
MAX_FINDINGS = 1_000

Status = Literal["public", "private", "unknown"]

# Column of the file, by field of a site.
_TEXTS = {
    "finess": "finess",
    "entity": "finess_ej",
    "name": "name",
    "register_category": "category",
    "register_status": "legal_status",
    "region": "region_name",
    "department": "dept_code",
    "city": "city",
    "ght_code": "ght_code",
    "ght_name": "ght_name",
}
COUNTS = {
    "beds_mco": "beds_mco",
    "places": "day_places_mco",
    "beds_ssr": "beds_ssr",
    "beds_psy": "beds_psy",
    "beds_usld": "beds_usld",
    "beds_icu": "beds_icu",
    "stays": "stays_mco",
    "bed_days": "bed_days_mco",
    "emergency_visits": "ed_visits",
    "operating_rooms": "operating_rooms",
}
_STAFF = ("fte_medical", "fte_non_medical")
_COLUMNS = (*_TEXTS.values(), *COUNTS.values(), *_STAFF)

_CATEGORIES = {
    "CH": "ch",
    "HIA_army": "ch",
    "CHR_CHU": "chu",
    "CLCC_cancer_centre": "cancer_centre",
    "CHS_psychiatry": "psychiatric",
    "psychiatric_clinic": "psychiatric",
    "SSR_private": "rehabilitation",
    "CH_ex_hopital_local": "local_hospital",
    "USLD_long_stay": "long_stay",
    "HAD_home_hospital": "home_care",
    "multidisciplinary_private": "clinic",
    "surgical_clinic": "clinic",
    "medical_clinic": "clinic",
    "obstetric_clinic": "clinic",
    "dialysis_alternative": "other",
    "dialysis_centre": "other",
    "GCS_ES": "other",
    "other": "other",
}
_STATUSES: dict[str, Status] = {
    "public": "public",
    "private_for_profit": "private",
    "private_non_profit": "private",
}

_FINESS = re.compile(r"[0-9][0-9AB][0-9]{7}")
_WHOLE = re.compile(r"[0-9]{1,12}")
_DECIMAL = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSite:
    """One site as the register describes it; a figure is None when the row leaves it blank.

    Parameters
    ----------
    finess, entity
        FINESS numbers of the site and of its legal entity.
    category, status
        In our words; `register_category` and `register_status` keep those of the file.
    beds_mco, beds_ssr, beds_psy, beds_usld, beds_icu, places
        Beds by discipline, and day places [beds]; critical-care beds are counted among the acute ones.
    stays, bed_days
        Acute stays [stays], and days spent in acute beds [beds × d] in the year.
    fte
        Medical and other staff [fte].
    """

    finess: str
    entity: str
    name: str
    category: str
    status: Status
    register_category: str
    register_status: str
    region: str
    department: str
    city: str
    ght_code: str
    ght_name: str
    beds_mco: int | None
    places: int | None
    beds_ssr: int | None
    beds_psy: int | None
    beds_usld: int | None
    beds_icu: int | None
    stays: int | None
    bed_days: int | None
    emergency_visits: int | None
    operating_rooms: int | None
    fte: float | None

    @property
    def beds(self) -> int:
        """Beds and places of all disciplines [beds]."""
        parts = (self.beds_mco, self.places, self.beds_ssr, self.beds_psy, self.beds_usld)
        return sum(part or 0 for part in parts)


class RowReader:
    """Reads the rows of one file, and collects what is missing or doubtful in them.

    Parameters
    ----------
    file
        What messages call the file.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._findings: list[Finding] = []
        self._not_listed = 0
        self._first_line: dict[str, int] = {}

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noted so far; past the first thousand, one finding that counts the others."""
        if not self._not_listed:
            return tuple(self._findings)
        rest = SchemaError(
            f"{self._not_listed:,} more findings are not listed",
            file=self._file,
            repair="check that this is the right file, then repair the findings above",
        )
        return (*self._findings, *rest.findings)

    def note(
        self, message: str, *, column: str, repair: str, line: int | None = None, value: str | None = None
    ) -> None:
        """Add one finding."""
        if len(self._findings) >= MAX_FINDINGS:
            self._not_listed += 1
            return
        error = SchemaError(message, file=self._file, line=line, field=column, value=value, repair=repair)
        self._findings += error.findings

    def read_sites(self, stream: TextIO) -> Iterator[RegisterSite]:
        """Yield the sites of an open CSV file, one by one.

        Raises
        ------
        DocumentError
            Not a CSV, or too many rows.
        SchemaError
            A column is missing or stands twice.
        """
        rows = csv.reader(stream, strict=True)
        try:
            header = next(rows, [])
            places = self._place_columns(header)
            for row in islice(rows, MAX_ROWS):
                site = self._read_row(row, places, width=len(header), line=rows.line_num)
                if site is not None:
                    yield site
            too_many = next(rows, None) is not None
        except csv.Error as error:
            raise DocumentError(
                f"the file is not a valid CSV: {error}",
                file=self._file,
                line=rows.line_num,
                repair="check the quotes of this line and of the ones before it",
            ) from None
        if too_many:
            raise DocumentError(
                "the file holds too many rows",
                file=self._file,
                allowed=f"at most {MAX_ROWS:,}",
                repair="check that this is the register of sites, with one row per site",
            )

    def _place_columns(self, header: list[str]) -> dict[str, int]:
        names = [cell.strip() for cell in header]
        if len(names) < 2:
            semicolons = ";" in "".join(names)
            raise DocumentError(
                "this is not a CSV file with commas" if names else "the file is empty",
                file=self._file,
                line=1,
                value=names[0] if names else None,
                repair="save it with commas, not semicolons" if semicolons else "check that this is the right file",
            )
        twice = [column for column in _COLUMNS if names.count(column) > 1]
        if twice:
            raise SchemaError(
                f"columns stand twice: {', '.join(twice)}",
                file=self._file,
                line=1,
                field=twice[0],
                repair="keep one of each",
            )
        missing = [column for column in _COLUMNS if column not in names]
        if missing:
            strangers = [cell for cell in names if cell not in _COLUMNS]
            raise SchemaError(
                f"columns are missing: {', '.join(missing)}",
                file=self._file,
                line=1,
                field=missing[0],
                allowed=", ".join(_COLUMNS),
                repair=suggest(missing[0], strangers) or "add the columns, with blank cells when nothing is known",
            )
        return {column: names.index(column) for column in _COLUMNS}

    def _read_row(self, row: list[str], places: Mapping[str, int], *, width: int, line: int) -> RegisterSite | None:
        if not any(cell.strip() for cell in row):
            return None
        if len(row) != width:
            self.note(
                "the row has not as many cells as the header: it is left out",
                line=line,
                column="finess",
                value=f"{len(row)} cells for {width} columns",
                repair="put texts that hold a comma in double quotes",
            )
            return None
        texts: dict[str, Any] = {name: row[places[column]].strip() for name, column in _TEXTS.items()}
        if not self._is_new(texts, line=line):
            return None
        self._check_texts(texts, line=line)
        figures: dict[str, Any] = {}
        for name, column in COUNTS.items():
            count = self._read_number(row[places[column]], _WHOLE, line=line, column=column)
            figures[name] = None if count is None else int(count)
        staff = [self._read_number(row[places[column]], _DECIMAL, line=line, column=column) for column in _STAFF]
        known_staff = [part for part in staff if part is not None]
        return RegisterSite(
            **texts,
            **figures,
            category=_CATEGORIES.get(texts["register_category"], "other"),
            status=_STATUSES.get(texts["register_status"], "unknown"),
            fte=sum(known_staff) if known_staff else None,
        )

    def _is_new(self, texts: Mapping[str, str], *, line: int) -> bool:
        for name in ("finess", "entity"):
            text = texts[name]
            if _FINESS.fullmatch(text):
                continue
            cut = text.isdigit() and len(text) < 9
            self.note(
                f"{'this is not a' if text else 'there is no'} FINESS number: the row is left out",
                line=line,
                column=_TEXTS[name],
                value=text or None,
                repair="a spreadsheet has removed leading zeros: read the column as text"
                if cut
                else "give the nine characters of the national directory",
            )
            return False
        first = self._first_line.setdefault(texts["finess"], line)
        if first != line:
            self.note(
                f"this site stands twice, first on line {first}: the row is left out",
                line=line,
                column="finess",
                value=texts["finess"],
                repair="keep one row per site",
            )
        return first == line

    def _check_texts(self, texts: dict[str, str], *, line: int) -> None:
        for name, text in texts.items():
            if not text.isprintable():
                # A facility file with such a character would be refused.
                texts[name] = "".join(ch for ch in text if ch.isprintable())
                self.note(
                    "the cell holds an invisible character: it is left out",
                    line=line,
                    column=_TEXTS[name],
                    value=text,
                    repair="write the text again",
                )
        for name in ("name", "region", "department"):
            if not texts[name]:
                self.note("the cell is empty", line=line, column=_TEXTS[name], repair="complete the row")
        for name, known in (("register_category", _CATEGORIES), ("register_status", _STATUSES)):
            text = texts[name]
            if text not in known:
                self.note(
                    "unknown category: the site is classed as “other”"
                    if known is _CATEGORIES
                    else "unknown legal status",
                    line=line,
                    column=_TEXTS[name],
                    value=text or None,
                    repair=suggest(text, known) or f"use one of {', '.join(known)}",
                )

    def _read_number(self, cell: str, pattern: re.Pattern[str], *, line: int, column: str) -> float | None:
        text = cell.strip()
        if not text:
            return None
        if pattern.fullmatch(text):
            return float(text)
        if text[0] == "-" and _DECIMAL.fullmatch(text[1:]):
            message, repair = "a count cannot be negative: it is left out", "check the figure"
        elif _DECIMAL.fullmatch(text):
            message, repair = "a count is a whole number: it is left out", "check the figure"
        else:
            message = "this is not a number: it is left out"
            repair = "write digits only, with a point for decimals"
        self.note(message, line=line, column=column, value=text, repair=repair)
        return None
