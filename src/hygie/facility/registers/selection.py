"""Parts of a register: a region, a department, a territorial group; and what two registers make together."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from typing import Any

from hygie.core.errors import EvidenceError, suggest
from hygie.facility.registers.nomenclature import REGIONS, read_department
from hygie.facility.registers.notes import Notebook
from hygie.facility.registers.sites import COUNTS, EQUIPMENT, LegalEntity, Register, RegisterSite, build_register
from hygie.store.text_folding import fold_words

__all__ = ["merge_registers", "select", "sum_regions"]


def select(
    register: Register, *, region: str | None = None, department: str | None = None, ght: str | None = None
) -> Register:
    """Return the part of a register in a region, a department, a territorial group, or all that are given.

    Legal entities stay whole, since rates are per legal entity: one with sites in two regions belongs where its main
    site stands, and such entities are noted.

    Parameters
    ----------
    region
        Its name in any case, with or without accents, a part of the name that only one has, or its official code.
    department
        Its official code.
    ght
        Code or name of a territorial group, or a part of the name that only one has.

    Raises
    ------
    EvidenceError
        No legal entity is there, or several regions or groups have this name.
    """
    kept = list(register.entities.values())
    inside: list[Callable[[RegisterSite], bool]] = []
    if region is not None:
        names = {entity.region: (entity.region, *_code_of(entity.region)) for entity in kept if entity.region}
        wanted_region = _choose(region, names, field="region", what="region")
        kept = [entity for entity in kept if entity.region == wanted_region]
        inside.append(lambda site: site.region == wanted_region)
    if department is not None:
        codes = {entity.department: (entity.department,) for entity in kept if entity.department}
        wanted = read_department(department.strip())
        wanted_department = _choose(wanted.zfill(2), codes, field="department", what="department")
        kept = [entity for entity in kept if entity.department == wanted_department]
        inside.append(lambda site: site.department == wanted_department)
    if ght is not None:
        titles = {entity.ght_code: (entity.ght_code, entity.ght_name) for entity in kept if entity.ght_code}
        wanted_group = _choose(ght, titles, field="ght", what="territorial group")
        kept = [entity for entity in kept if entity.ght_code == wanted_group]
    return _keep_entities(register, kept, inside)


def _code_of(region: str) -> tuple[str, ...]:
    return tuple(code for code, name in REGIONS.items() if name == region)


def _keep_entities(
    register: Register, kept: list[LegalEntity], inside: list[Callable[[RegisterSite], bool]]
) -> Register:
    names = {entity.finess for entity in kept}
    notes = Notebook("selection")
    if inside:
        here = [site for site in register.sites if all(test(site) for test in inside)]
        lost = {site.entity for site in here} - names
        for message, count in (
            ("legal entities of the selection also have sites elsewhere", len(_entities_beyond(register, names, here))),
            ("legal entities with their main site elsewhere have sites here: they are not selected", len(lost)),
        ):
            if count:
                notes.add(
                    "doubtful",
                    "split",
                    f"{count:,} {message}",
                    column="region_name",
                    repair="a legal entity is exposed as a whole: add up sites with `sum_regions` for regional totals",
                    count=count,
                )
    return build_register(
        [site for site in register.sites if site.entity in names],
        year=register.year,
        evidence=register.evidence,
        findings=(*register.findings, *notes.findings),
        kind=register.kind,
        synthetic=register.synthetic,
    )


def _entities_beyond(register: Register, names: set[str], here: list[RegisterSite]) -> set[str]:
    numbers = {site.finess for site in here}
    return {site.entity for site in register.sites if site.entity in names and site.finess not in numbers}


def _choose(text: str, names: Mapping[str, tuple[str, ...]], *, field: str, what: str) -> str:
    """Return the key that one of its names, or a part that only one has, stands for."""
    words = " ".join(fold_words(text))
    folded = {key: [" ".join(fold_words(name)) for name in called] for key, called in names.items()}
    exact = [key for key, called in folded.items() if words in called]
    found = exact or [key for key, called in folded.items() if words and any(words in name for name in called)]
    if len(found) == 1:
        return found[0]
    shown = {key: " ".join(dict.fromkeys(called)) for key, called in names.items()}
    if found:
        raise EvidenceError(
            f"several match this {what}",
            field=field,
            value=text,
            allowed=", ".join(sorted(shown[key] for key in found)[:10]),
            repair="give the whole name, or the code",
        )
    raise EvidenceError(
        f"the register has no such {what}",
        field=field,
        value=text,
        allowed=", ".join(sorted(shown.values())) if len(shown) <= 30 else f"one of {len(shown)}",
        repair=suggest(text, [name for called in names.values() for name in called]) or "check the name",
    )


def sum_regions(register: Register) -> dict[str, dict[str, float]]:
    """Return the totals of the sites of each region: every count, the equipment, staff [fte] and the number of sites.

    Sites are added where they stand, so that the totals are those of the file; legal entities may have sites in several
    regions.
    """
    totals: dict[str, dict[str, float]] = {}
    for site in register.sites:
        region = totals.setdefault(site.region, dict.fromkeys(("sites", *COUNTS, *EQUIPMENT, "fte"), 0.0))
        region["sites"] += 1
        for name in (*COUNTS, *EQUIPMENT, "fte"):
            region[name] += getattr(site, name) or 0
    return totals


def merge_registers(register: Register, directory: Register) -> Register:
    """Return a register completed by a directory: positions of its sites, and the sites that it does not have.

    What both say differently about a site (legal entity, category) stays as in the first, and is noted.

    Parameters
    ----------
    register
        With the figures, such as the SAE.
    directory
        Without them, such as an extract of FINESS.
    """
    notes = Notebook(f"{register.kind} and {directory.kind}")
    known = {site.finess: site for site in directory.sites}
    sites = []
    for site in register.sites:
        other = known.pop(site.finess, None)
        if other is None:
            notes.add(
                "doubtful",
                "entity",
                "the directory does not have this site: it may have closed or changed its number",
                column="finess",
                value=f"{site.finess} {site.name}",
                repair="check the site in the directory",
            )
            sites.append(site)
            continue
        for name in ("entity", "category"):
            if getattr(site, name) != getattr(other, name):
                notes.add(
                    "doubtful",
                    "entity",
                    f"the directory gives another {'legal entity' if name == 'entity' else name} for this site",
                    column=name,
                    value=f"{site.finess} {site.name}: {getattr(site, name)}, {getattr(other, name)}",
                    repair="the first is kept: check which one holds for the year of the figures",
                )
        sites.append(replace(site, **_complete(site, other)))
    merged = build_register(
        [*sites, *known.values()],
        year=register.year,
        evidence=tuple(dict.fromkeys([*register.evidence, *directory.evidence])),
        kind=register.kind,
        synthetic=register.synthetic or directory.synthetic,
    )
    return replace(merged, findings=(*register.findings, *directory.findings, *notes.findings))


def _complete(site: RegisterSite, other: RegisterSite) -> dict[str, Any]:
    """Return the fields that only the directory fills: never one that holds something."""
    empty: tuple[object, ...] = (None, "", "unknown")
    names = {one.name for one in fields(RegisterSite)} - {"register_status", "ght_code", "ght_name"}
    return {
        name: getattr(other, name)
        for name in names
        if getattr(site, name) in empty and getattr(other, name) not in empty
    }
