"""Sites, the legal entities they make, and the register that holds them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Literal

from hygie.core.errors import EvidenceError, suggest
from hygie.facility.registers.notes import Notebook, RegisterFinding

__all__ = [
    "COUNTS",
    "EQUIPMENT",
    "FLAGS",
    "LegalEntity",
    "Register",
    "RegisterSite",
    "Status",
    "build_register",
    "check_entities",
]

Status = Literal["public", "private", "unknown"]

# Figures of a site: those of a facility file, and what else a register says of its equipment.
COUNTS = (
    "beds_mco",
    "places",
    "beds_ssr",
    "beds_psy",
    "beds_usld",
    "beds_icu",
    "stays",
    "bed_days",
    "emergency_visits",
    "operating_rooms",
)
EQUIPMENT = (
    "had_places",
    "mri",
    "ct_scanners",
    "pet_scanners",
    "gamma_cameras",
    "angiography_rooms",
    "dialysis_stations",
)
FLAGS = ("emergency_authorised", "samu", "smur")

_SEPARATORS = re.compile(r"[\W_]+")
_DAYS_OF_LEAP_YEAR = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class _Figures:
    """What is counted, for a site or for all sites of a legal entity; None where nothing says it.

    Parameters
    ----------
    beds_mco, beds_ssr, beds_psy, beds_usld, beds_icu, places
        Beds by discipline, and day places [beds]; critical-care beds are counted among the acute ones.
    stays, bed_days
        Acute stays [stays], and days spent in acute beds [beds × d] in the year.
    fte
        Medical and other staff [fte].
    had_places
        Places of home hospitalisation [beds].
    mri, ct_scanners, pet_scanners, gamma_cameras, angiography_rooms, dialysis_stations
        Machines and rooms on the site, whoever runs them [1].
    emergency_authorised, samu, smur
        Whether the site may run an emergency department, has an emergency call centre, a mobile team.
    """

    had_places: int | None = None
    mri: int | None = None
    ct_scanners: int | None = None
    pet_scanners: int | None = None
    gamma_cameras: int | None = None
    angiography_rooms: int | None = None
    dialysis_stations: int | None = None
    emergency_authorised: bool | None = None
    samu: bool | None = None
    smur: bool | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterSite(_Figures):
    """One site as the register describes it; a figure is None when the register leaves it blank.

    Parameters
    ----------
    finess, entity
        FINESS numbers of the site and of its legal entity.
    category, status
        In our words; `register_category` and `register_status` keep those of the file.
    ght_code, ght_name
        Territorial group of the legal entity; empty when it has none or nothing says it.
    lat, lon
        Position, WGS 84 [°].
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
    beds_mco: int | None = None
    places: int | None = None
    beds_ssr: int | None = None
    beds_psy: int | None = None
    beds_usld: int | None = None
    beds_icu: int | None = None
    stays: int | None = None
    bed_days: int | None = None
    emergency_visits: int | None = None
    operating_rooms: int | None = None
    fte: float | None = None

    @property
    def beds(self) -> int:
        """Beds and places of all disciplines [beds]."""
        parts = (self.beds_mco, self.places, self.beds_ssr, self.beds_psy, self.beds_usld)
        return sum(part or 0 for part in parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class LegalEntity(_Figures):
    """A legal entity: the sum of its sites, named, classed and placed after the site with most staff.

    Parameters
    ----------
    finess
        FINESS number of the legal entity.
    sites
        FINESS numbers of its sites, the main one first.
    bed_days
        None when no site gives it, like equipment; every other sum counts a blank as nothing.

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
    """Sites and legal entities of one edition of a register.

    Parameters
    ----------
    sites
        In the order of the file.
    entities
        By FINESS number of the legal entity, in order of that number.
    findings
        What is missing, is doubtful, or was repaired while the register was read.
    year, evidence
        Year of the figures, and the evidence refs that facility files made from them cite.
    kind
        `sae`, `finess`, `own` or `synthetic`. Registers of one kind follow each other from year to year; registers of
        several kinds complete each other.
    synthetic
        Whether its sites were drawn at random.
    """

    sites: tuple[RegisterSite, ...]
    entities: Mapping[str, LegalEntity]
    findings: tuple[RegisterFinding, ...]
    year: int
    evidence: tuple[str, ...]
    kind: str = "sae"
    synthetic: bool = False
    _search_texts: Mapping[str, str] = field(repr=False, compare=False)

    @property
    def groups(self) -> Mapping[str, str]:
        """Name of each territorial group that a legal entity belongs to, by code."""
        return dict(sorted((one.ght_code, one.ght_name) for one in self.entities.values() if one.ght_code))

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


def build_register(
    sites: Sequence[RegisterSite],
    *,
    year: int,
    evidence: Sequence[str],
    findings: Sequence[RegisterFinding] = (),
    kind: str = "sae",
    synthetic: bool = False,
) -> Register:
    """Return the register of some sites: their legal entities summed up.

    Parameters
    ----------
    sites
        All of a file, or all of those that run some legal entities.
    year, evidence
        Edition of the figures, and the evidence refs that describe it.
    findings
        What was noted when the sites were read.
    kind, synthetic
        As in `Register`.
    """
    groups = _group_sites(sites)
    entities = {finess: _sum_sites(groups[finess]) for finess in sorted(groups)}
    return Register(
        sites=tuple(sites),
        entities=MappingProxyType(entities),
        findings=tuple(findings),
        year=year,
        evidence=tuple(evidence),
        kind=kind,
        synthetic=synthetic,
        _search_texts={finess: _join_words(groups[finess]) for finess in entities},
    )


def check_entities(register: Register, notes: Notebook) -> None:
    """Note what the sites of each legal entity contradict together, or leave out together."""
    groups = _group_sites(register.sites)
    for finess, entity in register.entities.items():
        _check_entity(entity, groups[finess], notes)


def _group_sites(sites: Sequence[RegisterSite]) -> dict[str, list[RegisterSite]]:
    groups: dict[str, list[RegisterSite]] = {}
    for site in sites:
        groups.setdefault(site.entity, []).append(site)
    return groups


def _sum_sites(sites: Sequence[RegisterSite]) -> LegalEntity:
    ranked = sorted(sites, key=lambda site: (-(site.fte or 0.0), -site.beds, site.finess))
    main = ranked[0]
    group = next((site for site in ranked if site.ght_code), main)
    totals: dict[str, Any] = {}
    for name in (*COUNTS, *EQUIPMENT):
        known = [count for site in ranked if (count := getattr(site, name)) is not None]
        optional = name in EQUIPMENT or name == "bed_days"
        totals[name] = None if optional and not known else sum(known)
    for name in FLAGS:
        said = [flag for site in ranked if (flag := getattr(site, name)) is not None]
        totals[name] = any(said) if said else None
    own = {one.name for one in fields(LegalEntity)} & {one.name for one in fields(RegisterSite)}
    kept = own - totals.keys() - {"finess", "ght_code", "ght_name", "fte"}
    return LegalEntity(
        **{name: getattr(main, name) for name in kept},
        **totals,
        finess=main.entity,
        ght_code=group.ght_code,
        ght_name=group.ght_name,
        sites=tuple(site.finess for site in ranked),
        fte=sum(site.fte or 0.0 for site in ranked),
    )


def _check_entity(entity: LegalEntity, sites: Sequence[RegisterSite], notes: Notebook) -> None:
    name = f"{entity.finess} {entity.name}"
    for column, values in (
        ("legal_status", {site.status for site in sites}),
        ("ght_code", {site.ght_code for site in sites}),
    ):
        if len(values) > 1:
            listed = ", ".join(value or "none" for value in sorted(values))
            notes.add(
                "doubtful",
                "variety",
                f"sites of one legal entity differ: {listed}",
                column=column,
                value=name,
                repair="check which one holds for the legal entity",
            )
    if entity.fte == 0:
        notes.add(
            "missing",
            "staff",
            "no site gives its staff",
            column="fte_medical",
            value=name,
            repair="complete the staff before an assessment",
        )
    if entity.beds_icu > entity.beds_mco:
        notes.add(
            "doubtful",
            "icu",
            f"{entity.beds_icu} critical-care beds among {entity.beds_mco} acute beds",
            column="beds_icu",
            value=name,
            repair="critical-care beds are counted among acute beds: check both figures",
        )
    if entity.bed_days is not None and entity.bed_days > _DAYS_OF_LEAP_YEAR * entity.beds_mco:
        notes.add(
            "doubtful",
            "occupancy",
            f"{entity.bed_days:,} days in {entity.beds_mco} acute beds are more than a year holds",
            column="bed_days_mco",
            value=name,
            repair="check the number of beds, which may have changed during the year",
        )


def _fold(text: str) -> str:
    """Return `text` in small letters without accents, ligatures or punctuation, for comparison only."""
    plain = text.casefold().replace("œ", "oe").replace("æ", "ae")
    letters = "".join(ch for ch in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(ch))
    return _SEPARATORS.sub(" ", letters).strip()


def _join_words(sites: Sequence[RegisterSite]) -> str:
    return _fold(" ".join([sites[0].entity, *(f"{site.finess} {site.name} {site.city}" for site in sites)]))
