"""Public registers: from the yearly statistics of French health establishments (SAE) to facility files.

The compact SAE file holds one row per site. Sites are grouped by legal entity, the unit in which rates and the
population are stated.
"""

from __future__ import annotations

import re
import stat
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import yaml

from hygie.core.errors import DataError, DocumentError, EvidenceError, Finding, StoreError, suggest
from hygie.facility.register_rows import COUNTS, RegisterSite, RowReader, Status

__all__ = ["LegalEntity", "Register", "RegisterSite", "read_register", "to_facility", "write_facility_yaml"]

MAX_BYTES = 64 * 2**20

_SEPARATORS = re.compile(r"[\W_]+")
_DAYS_OF_LEAP_YEAR = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntity:
    """A legal entity: the sum of its sites, named and classed after the site with most staff.

    Parameters
    ----------
    finess
        FINESS number of the legal entity.
    sites
        FINESS numbers of its sites, the main one first.
    bed_days
        None when no site gives it; every other sum counts a blank as nothing.

    Other fields and units are those of `RegisterSite`.
    """

    finess: str
    name: str
    category: str
    status: Status
    region: str
    department: str
    city: str
    ght_code: str
    ght_name: str
    sites: tuple[str, ...]
    beds_mco: int
    places: int
    beds_ssr: int
    beds_psy: int
    beds_usld: int
    beds_icu: int
    stays: int
    bed_days: int | None
    emergency_visits: int
    operating_rooms: int
    fte: float

    @property
    def beds(self) -> int:
        """Beds and places of all disciplines [beds]."""
        return self.beds_mco + self.places + self.beds_ssr + self.beds_psy + self.beds_usld


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """All sites and legal entities of one edition of the register.

    Parameters
    ----------
    sites
        In the order of the file.
    entities
        By FINESS number of the legal entity, in order of that number.
    findings
        Missing and doubtful values.
    year, evidence
        Year of the figures, and the evidence refs that facility files made from them cite.
    """

    sites: tuple[RegisterSite, ...]
    entities: Mapping[str, LegalEntity]
    findings: tuple[Finding, ...]
    year: int
    evidence: tuple[str, ...]
    _search_texts: Mapping[str, str] = field(repr=False, compare=False)

    def find(self, text: str) -> tuple[LegalEntity, ...]:
        """Return the legal entities that match every word of `text`, the largest staff first.

        A word is a part of the name, the city or the FINESS number of the entity or of one of its sites, in any case,
        with or without accents. The exact number of a legal entity finds it alone; an empty text finds nothing.
        """
        exact = self.entities.get(text.strip().upper())
        if exact is not None:
            return (exact,)
        words = _fold(text).split()
        if not words:
            return ()
        found = [
            self.entities[finess]
            for finess, searched in self._search_texts.items()
            if all(word in searched for word in words)
        ]
        return tuple(sorted(found, key=lambda entity: (-entity.fte, entity.finess)))

    def get_entity(self, finess: str) -> LegalEntity:
        """Return the legal entity with this FINESS number, or the one that runs the site with it.

        Raises
        ------
        EvidenceError
            No legal entity and no site has this number.
        """
        number = finess.strip().upper()
        if number in self.entities:
            return self.entities[number]
        for site in self.sites:
            if site.finess == number:
                return self.entities[site.entity]
        raise EvidenceError(
            f"the register has no FINESS number “{number[:40]}”",
            field="finess",
            value=finess,
            allowed="the nine characters of a site or of a legal entity",
            repair=suggest(number, self.entities) or "search by name or city",
        )

    def list_group(self, entity: LegalEntity) -> tuple[LegalEntity, ...]:
        """Return the other members of the territorial group (GHT) of `entity`, by FINESS number."""
        if not entity.ght_code:
            return ()
        members = (other for other in self.entities.values() if other.ght_code == entity.ght_code)
        return tuple(member for member in members if member.finess != entity.finess)


def read_register(path: Path, *, year: int = 2023, evidence: Sequence[str] = ("sae-2023-register",)) -> Register:
    """Read the compact SAE file: UTF-8, commas, one header line, one row per site.

    Values are never changed. One that cannot be read (not a number, negative) is left out and becomes a finding; so
    does a row without a usable FINESS number.

    Parameters
    ----------
    path
        A regular file of at most 64 MiB.
    year, evidence
        Edition of the figures, and the evidence refs that describe it.

    Raises
    ------
    DocumentError
        No such file, too large, not UTF-8 text, or not a CSV.
    SchemaError
        A column is missing or stands twice.
    """
    name = str(path)
    reader = RowReader(name)
    try:
        _check_file(path)
        with path.open(encoding="utf-8-sig", newline="") as stream:
            sites = tuple(reader.read_sites(stream))
    except FileNotFoundError:
        raise DocumentError("no such file", file=name, repair="check the path") from None
    except UnicodeDecodeError as error:
        raise DocumentError(
            "the file is not UTF-8 text",
            file=name,
            value=f"byte 0x{error.object[error.start]:02x}",
            repair="check that this is a CSV file, not a spreadsheet or an archive, and save it as UTF-8",
        ) from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise DocumentError(
            f"the file cannot be read: {reason}", file=name, repair="check the path and its permissions"
        ) from None
    groups: dict[str, list[RegisterSite]] = {}
    for site in sites:
        groups.setdefault(site.entity, []).append(site)
    entities = {finess: _sum_sites(groups[finess]) for finess in sorted(groups)}
    for finess, entity in entities.items():
        _doubt_entity(entity, groups[finess], reader)
    return Register(
        sites=sites,
        entities=MappingProxyType(entities),
        findings=reader.findings,
        year=year,
        evidence=tuple(evidence),
        _search_texts={finess: _join_words(groups[finess]) for finess in entities},
    )


def _check_file(path: Path) -> None:
    information = path.stat()
    # A pipe or a device could keep the reader waiting for ever.
    if not stat.S_ISREG(information.st_mode):
        kind = "a folder" if stat.S_ISDIR(information.st_mode) else "not a regular file"
        raise DocumentError(f"this is {kind}", file=str(path), repair="give the path of the CSV file itself")
    if information.st_size > MAX_BYTES:
        raise DocumentError(
            "the file is too large",
            file=str(path),
            value=f"{information.st_size / 2**20:.0f} MiB",
            allowed=f"at most {MAX_BYTES / 2**20:g} MiB",
            repair="check that this is the register of sites, with one row per site",
        )


def _sum_sites(sites: Sequence[RegisterSite]) -> LegalEntity:
    ranked = sorted(sites, key=lambda site: (-(site.fte or 0.0), -site.beds, site.finess))
    main = ranked[0]
    group = next((site for site in ranked if site.ght_code), main)
    known = {name: [count for site in ranked if (count := getattr(site, name)) is not None] for name in COUNTS}
    totals: dict[str, Any] = {name: sum(counts) for name, counts in known.items()}
    if not known["bed_days"]:
        totals["bed_days"] = None
    return LegalEntity(
        finess=main.entity,
        name=main.name,
        category=main.category,
        status=main.status,
        region=main.region,
        department=main.department,
        city=main.city,
        ght_code=group.ght_code,
        ght_name=group.ght_name,
        sites=tuple(site.finess for site in ranked),
        fte=sum(site.fte or 0.0 for site in ranked),
        **totals,
    )


def _doubt_entity(entity: LegalEntity, sites: Sequence[RegisterSite], reader: RowReader) -> None:
    """Note what the sites of one legal entity contradict together."""

    def note(message: str, *, column: str, repair: str) -> None:
        reader.note(message, column=column, value=f"{entity.finess} {entity.name}", repair=repair)

    for column, values in (
        ("legal_status", {site.status for site in sites}),
        ("ght_code", {site.ght_code for site in sites}),
    ):
        if len(values) > 1:
            listed = ", ".join(value or "none" for value in sorted(values))
            note(
                f"sites of one legal entity differ: {listed}",
                column=column,
                repair="check which one holds for the legal entity",
            )
    if entity.fte == 0:
        note("no site gives its staff", column="fte_medical", repair="complete the staff before an assessment")
    if entity.beds_icu > entity.beds_mco:
        note(
            f"{entity.beds_icu} critical-care beds among {entity.beds_mco} acute beds",
            column="beds_icu",
            repair="critical-care beds are counted among acute beds: check both figures",
        )
    if entity.bed_days is not None and entity.bed_days > _DAYS_OF_LEAP_YEAR * entity.beds_mco:
        note(
            f"{entity.bed_days:,} days in {entity.beds_mco} acute beds are more than a year holds",
            column="bed_days_mco",
            repair="check the number of beds, which may have changed during the year",
        )


def _fold(text: str) -> str:
    """Return `text` in small letters without accents, ligatures or punctuation, for comparison only."""
    plain = text.casefold().replace("œ", "oe").replace("æ", "ae")
    letters = "".join(ch for ch in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(ch))
    return _SEPARATORS.sub(" ", letters).strip()


def _join_words(sites: Sequence[RegisterSite]) -> str:
    return _fold(" ".join([sites[0].entity, *(f"{site.finess} {site.name} {site.city}" for site in sites)]))


def to_facility(entity: LegalEntity, register: Register) -> dict[str, Any]:
    """Return the facility file of a legal entity: its public figures, and its territorial group as assumed links.

    How far the systems of a group are joined is not public: every link says `method: assumed`. Defences are not
    public either: there is no posture. Counts of nothing are not written.

    Raises
    ------
    DataError
        The register does not say whether the entity, or a member of its group, is public or private.
    """
    links = [
        {
            "kind": "ght_shared_it",
            "method": "assumed",
            "evidence": ["ght-creation", *register.evidence],
            "neighbour": _describe(member, register),
        }
        for member in register.list_group(entity)
    ]
    facility = {"schema": "hygie.facility/1", **_describe(entity, register)}
    return {**facility, "links": links} if links else facility


def _describe(entity: LegalEntity, register: Register) -> dict[str, Any]:
    if entity.status == "unknown":
        raise DataError(
            f"the register does not say whether {entity.finess} {entity.name} is public or private",
            field="legal_status",
            repair="complete the column “legal_status” of its sites",
        )
    counts = {name: getattr(entity, name) for name in COUNTS}
    places = {name: getattr(entity, name) for name in ("region", "department")}
    return {
        "id": f"fr-{entity.finess.lower()}",
        "finess": entity.finess,
        "name": entity.name or f"FINESS {entity.finess}",
        "category": entity.category,
        "status": entity.status,
        **{name: text for name, text in places.items() if text},
        "activity": {
            "year": register.year,
            "evidence": list(register.evidence),
            **{name: count for name, count in counts.items() if count},
            "fte": round(entity.fte, 2),
        },
    }


class _Dumper(yaml.SafeDumper):
    """Writes every text so that it is read back as a text."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _represent_text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    # FINESS and department numbers are numbers for one version of YAML and texts for another, unless quoted.
    style = '"' if text[:1] in "0123456789+-." else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)

_PREAMBLE = """\
# Public activity figures; names as the register writes them.
# Defences are not public: without a `posture` block every control is drawn from the sector distribution.
"""


def write_facility_yaml(facility: Mapping[str, Any], path: Path, *, overwrite: bool = False) -> None:
    """Write a facility file.

    Parameters
    ----------
    facility
        As `to_facility` returns it, possibly completed.
    overwrite
        Replace a file that exists; without it, what somebody has added by hand is never lost.

    Raises
    ------
    StoreError
        The file exists, or cannot be written.
    """
    text = yaml.dump(dict(facility), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(_PREAMBLE + text)
    except FileExistsError:
        raise StoreError(
            "the file exists already", file=str(path), repair="choose another name, or ask to overwrite it"
        ) from None
    except OSError as error:
        raise StoreError(
            f"the file cannot be written: {error.strerror}",
            file=str(path),
            repair="check the folder and its permissions",
        ) from None
