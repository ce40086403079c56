"""Facility files from a register: an organisation and its territorial group, as the register describes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from hygie.core.errors import DataError, StoreError
from hygie.facility.registers.sites import COUNTS, LegalEntity, Register, RegisterSite

__all__ = [
    "describe_entity",
    "describe_site",
    "dump_facility",
    "render_facility_yaml",
    "to_facility",
    "write_facility_yaml",
]

# Machines that a facility file knows, by the same names.
_MACHINES = ("mri", "ct_scanners", "dialysis_stations")


def to_facility(entity: LegalEntity, register: Register) -> dict[str, Any]:
    """Return the facility file of a legal entity: its public figures, its territorial group, and assumed links with it.

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
            "neighbour": describe_entity(member, register),
        }
        for member in register.list_group(entity)
    ]
    facility: dict[str, Any] = {"schema": "hygie.facility/1", **describe_entity(entity, register)}
    if entity.ght_code:
        facility["groups"] = [{"kind": "ght", "id": entity.ght_code, "name": entity.ght_name or entity.ght_code}]
    return {**facility, "links": links} if links else facility


def describe_entity(entity: LegalEntity, register: Register) -> dict[str, Any]:
    """Return a legal entity as an organisation of a facility file, without links.

    Raises
    ------
    DataError
        The register does not say whether it is public or private.
    """
    return _describe(entity, register)


def describe_site(site: RegisterSite, register: Register) -> dict[str, Any]:
    """Return one site as an organisation of its own, with its own figures; staff that is not told is none.

    Raises
    ------
    DataError
        The register does not say whether it is public or private.
    """
    return _describe(site, register)


def _describe(one: LegalEntity | RegisterSite, register: Register) -> dict[str, Any]:
    if one.status == "unknown":
        raise DataError(
            f"the register does not say whether {one.finess} {one.name} is public or private",
            field="legal_status",
            repair="complete the column “legal_status” of its sites",
        )
    counts = {name: getattr(one, name) for name in COUNTS}
    machines = {name: count for name in _MACHINES if (count := getattr(one, name))}
    places = {name: getattr(one, name) for name in ("region", "department")}
    return {
        "id": f"{'synthetic' if register.synthetic else 'fr'}-{one.finess.lower()}",
        "finess": one.finess,
        "name": one.name or f"FINESS {one.finess}",
        "category": one.category,
        "status": one.status,
        **{name: text for name, text in places.items() if text},
        "activity": {
            "year": register.year,
            "evidence": list(register.evidence),
            **{name: count for name, count in counts.items() if count},
            "fte": round(one.fte or 0.0, 2),
            **({"equipment": machines} if machines else {}),
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

_PUBLIC = "# Public activity figures; names as the register writes them.\n"
_SYNTHETIC = """\
# SYNTHETIC: this organisation does not exist, its figures were drawn at random.
# SYNTHÉTIQUE : cette organisation n’existe pas, ses chiffres ont été tirés au sort.
"""
_DEFENCES = """\
# Defences are not public: without a `posture` block every control is drawn from the sector distribution.
"""


def dump_facility(facility: Mapping[str, Any]) -> str:
    """Return a document as YAML in which every text is read back as a text."""
    return yaml.dump(dict(facility), Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110)


def render_facility_yaml(facility: Mapping[str, Any], *, synthetic: bool = False) -> str:
    """Return the text of a facility file, with what it begins by saying."""
    return (_SYNTHETIC if synthetic else _PUBLIC) + _DEFENCES + dump_facility(facility)


def write_facility_yaml(
    facility: Mapping[str, Any], path: Path, *, overwrite: bool = False, synthetic: bool = False
) -> None:
    """Write a facility file.

    Parameters
    ----------
    facility
        As `to_facility` returns it, possibly completed.
    overwrite
        Replace a file that exists; without it, what somebody has added by hand is never lost.
    synthetic
        Whether the organisation was drawn at random: the file then begins by saying so.

    Raises
    ------
    StoreError
        The file exists, or cannot be written.
    """
    text = render_facility_yaml(facility, synthetic=synthetic)
    try:
        with path.open("w" if overwrite else "x", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
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
