"""Facility files from a public register: find an organisation, prefill its file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from hygie.core.errors import Finding
from hygie.facility.registers import LegalEntity, read_register, to_facility, write_facility_yaml

__all__ = ["Match", "create_facility", "find_entities"]


@dataclass(frozen=True, slots=True)
class Match:
    """One organisation of a register."""

    finess: str
    name: str
    city: str
    category: str
    beds: int
    fte: float
    group: str


def _match(entity: LegalEntity) -> Match:
    return Match(entity.finess, entity.name, entity.city, entity.category, entity.beds, entity.fte, entity.ght_name)


def find_entities(register: Path, text: str) -> list[Match]:
    """Return the legal entities whose name, city or FINESS number contains `text`, accents ignored."""
    return [_match(entity) for entity in read_register(register).find(text)]


def create_facility(register: Path, finess: str, out: Path) -> tuple[Match, list[Finding]]:
    """Write a facility file for one legal entity (or the one of a site) and return what the register left in doubt.

    Raises
    ------
    EvidenceError
        No such number in the register.
    StoreError
        The file exists already.
    """
    content = read_register(register)
    entity = content.get_entity(finess)
    write_facility_yaml(to_facility(entity, content), out)
    doubts = [finding for finding in content.findings if finding.value and entity.finess in finding.value]
    return _match(entity), doubts
