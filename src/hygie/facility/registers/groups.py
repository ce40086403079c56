"""Territorial groups of public hospitals (GHT): their lists, and their members in a register.

The SAE publishes totals of groups, not their members. A list of members may be official, or inferred from the totals
(like the one shared with the SAE of 2023): a register says no more than its list does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from hygie.core.errors import SchemaError, suggest
from hygie.facility.registers.cells import CellReader
from hygie.facility.registers.notes import Notebook, RegisterFinding
from hygie.facility.registers.sites import Register, build_register
from hygie.facility.registers.text_sheets import keep_rows, open_register_sheet
from hygie.store.byte_sources import ByteSource
from hygie.store.text_folding import fold_text

__all__ = ["Group", "GroupList", "join_groups", "read_groups"]

_WORDS = {
    "code": "ght code, code ght",
    "name": "ght name, nom ght, nom complet ght",
    "short": "ght short, nom court ght",
    "member": "finess ej, finess entite juridique, nofinessej, entite juridique, finess, member, membre",
    "beds_mco": "beds mco, lit mco, lits mco",
}
_FIELD_OF = {fold_text(word): name for name, words in _WORDS.items() for word in words.split(",")}
# Totals that differ by less are the same: sites of one member may belong to the next year's group.
_TOLERANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """One territorial group.

    Parameters
    ----------
    members
        FINESS numbers of its legal entities, with the line of the list that names each.
    beds_mco
        Acute beds of all members as the list states them; None when it states none [beds].
    """

    code: str
    name: str
    members: Mapping[str, int] = field(default_factory=dict)
    beds_mco: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupList:
    """Groups by code, as one or several lists give them."""

    file: str
    groups: Mapping[str, Group]
    findings: tuple[RegisterFinding, ...]


def read_groups(*paths: Path) -> GroupList:
    """Read lists of groups: one row per group (totals), or one row per member; several lists complete each other.

    Raises
    ------
    DocumentError, SchemaError
        Not a table, or without the columns of a list of groups.
    """
    notes = Notebook(", ".join(path.name for path in paths))
    groups: dict[str, Group] = {}
    for path in paths:
        _read_list(path, groups, notes)
    return GroupList(file=notes.file, groups=groups, findings=notes.findings)


def _read_list(path: Path, groups: dict[str, Group], notes: Notebook) -> None:
    name = str(path)
    cells = CellReader(notes, name, comma=True)
    with open_register_sheet(ByteSource.from_path(path), notes=notes) as sheet:
        places: dict[str, int] = {}
        for place, header in enumerate(sheet.head.columns):
            places.setdefault(_FIELD_OF.get(fold_text(header), ""), place)
        for needed in ("code", "name"):
            if needed not in places:
                raise SchemaError(
                    "this is not a list of territorial groups",
                    file=name,
                    line=sheet.head.line,
                    field=f"ght_{needed}",
                    value=", ".join(sheet.head.columns),
                    allowed="columns ght_code and ght_name, and finess_ej for members",
                    repair=suggest(f"ght_{needed}", sheet.head.columns) or "name the columns so",
                )
        headers = {field_name: sheet.head.columns[place] for field_name, place in places.items()}
        beds_place = None if "member" in places else places.get("beds_mco")
        for row in keep_rows(sheet, notes):
            line = row.line
            code = cells.read_text(row.cells[places["code"]], line=line, column=headers["code"])
            if not code:
                notes.add(
                    "missing",
                    "group",
                    "the row names no group: it is left out",
                    file=name,
                    line=line,
                    column=headers["code"],
                    repair="complete the row",
                )
                continue
            title = cells.read_text(row.cells[places["name"]], line=line, column=headers["name"])
            group = groups.get(code) or Group(code=code, name=title)
            if "member" in places:
                member = cells.read_finess(row.cells[places["member"]], line=line, column=headers["member"])
                if member is not None:
                    group = replace(group, members={**group.members, member: line})
            elif beds_place is not None:
                beds = cells.read_count(row.cells[beds_place], line=line, column=headers["beds_mco"])
                group = replace(group, beds_mco=beds)
            groups[code] = group


def join_groups(register: Register, groups: GroupList) -> Register:
    """Return the register with its legal entities in their groups.

    A member that the register does not have, an entity in two groups and a group whose members do not add up to its
    total become findings. An entity that the register already places in another group stays where it is.
    """
    notes = Notebook(groups.file)
    group_of = _assign_members(register, groups.groups, notes)
    sites = [
        site
        if site.ght_code or site.entity not in group_of
        else replace(site, ght_code=group_of[site.entity].code, ght_name=group_of[site.entity].name)
        for site in register.sites
    ]
    joined = build_register(
        sites, year=register.year, evidence=register.evidence, kind=register.kind, synthetic=register.synthetic
    )
    _check_totals(joined, groups.groups, notes)
    return replace(joined, findings=(*register.findings, *groups.findings, *notes.findings))


def _assign_members(register: Register, groups: Mapping[str, Group], notes: Notebook) -> dict[str, Group]:
    group_of: dict[str, Group] = {}
    for group in groups.values():
        for member, line in group.members.items():
            entity = register.entities.get(member)
            if entity is None:
                runs = [site.entity for site in register.sites if site.finess == member]
                notes.add(
                    "missing",
                    "member",
                    f"a member of {group.name} is not a legal entity of the register",
                    line=line,
                    column="finess_ej",
                    value=member,
                    repair=f"this is a site of {runs[0]}: name the legal entity"
                    if runs
                    else suggest(member, register.entities) or "check the number, and the year of the register",
                )
                continue
            earlier = group_of.setdefault(member, group)
            if earlier is not group:
                _doubt_place(notes, member, entity.name, line=line, kept=earlier.name, other=group.name)
            elif entity.ght_code and entity.ght_code != group.code:
                _doubt_place(notes, member, entity.name, line=line, kept=entity.ght_name, other=group.name)
    return group_of


def _doubt_place(notes: Notebook, member: str, name: str, *, line: int, kept: str, other: str) -> None:
    notes.add(
        "doubtful",
        "entity",
        f"a legal entity stands in two groups: {kept} (kept), {other}",
        line=line,
        column="finess_ej",
        value=f"{member} {name}",
        repair="keep the group that holds for the year of the register",
    )


def _check_totals(register: Register, groups: Mapping[str, Group], notes: Notebook) -> None:
    beds: dict[str, int] = {}
    for entity in register.entities.values():
        beds[entity.ght_code] = beds.get(entity.ght_code, 0) + entity.beds_mco
    for group in groups.values():
        if group.code not in beds:
            notes.add(
                "missing",
                "group",
                "no legal entity of the register belongs to this group",
                column="ght_code",
                value=f"{group.code} {group.name}",
                repair="add a list of members (finess_ej, ght_code, ght_name)",
            )
        elif group.beds_mco is not None and abs(beds[group.code] - group.beds_mco) > _TOLERANCE * group.beds_mco:
            notes.add(
                "doubtful",
                "group",
                f"its members have {beds[group.code]:,} acute beds, the list states {group.beds_mco:,}",
                column="beds_mco",
                value=f"{group.code} {group.name}",
                allowed=f"a difference of at most {_TOLERANCE:.0%}",
                repair="check which legal entities are members",
            )
