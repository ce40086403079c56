"""What a portfolio is made of: a file, a register or both, as members, links and clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from hygie.core.errors import DataError, UsageError, suggest
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.organisation import Organisation
from hygie.facility.records import Identifier, Record
from hygie.facility.registers import Register, describe_entity, read_register, select
from hygie.facility.registers.editions import restore_register
from hygie.scenario.members import Member, NamedLink, join_members, link_group, share_providers
from hygie.scenario.portfolio import Portfolio
from hygie.service.portfolio_sites import Level, Ownership, own_nodes, unfold_sites
from hygie.service.registers import RegisterStore, choose_editions
from hygie.store.documents import read_document, validate_model

__all__ = ["PortfolioSpec", "Roster", "assemble", "choose_register", "load_spec"]

Id = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]


class SpecLink(Record):
    """A directed link between two members."""

    kind: Identifier
    source: Id = Field(alias="from")
    target: Id = Field(alias="to")


class SpecProvider(Record):
    """A provider and its clients among the members; `all` for every one of them."""

    kind: Identifier
    id: Id
    name: Annotated[str, Field(min_length=1, max_length=200)]
    clients: Annotated[tuple[Id, ...], Field(min_length=1, max_length=100_000)] | Literal["all"]


class PortfolioSpec(Record):
    """The portfolio file (``schema: hygie.portfolio/1``).

    `level`: whether legal entities of the register are one organisation each, or one for each of their sites.

    `register`: a file beside this one, or the kind of a register in the workspace; with `region`, `department` and
    `ght` to choose from it. `shared_providers`: whether those of whom nobody says it get providers from the assumed
    market.
    """

    schema_: Literal["hygie.portfolio/1"] = Field(alias="schema")
    name: Annotated[str, Field(min_length=1, max_length=200)]
    facilities: Annotated[tuple[str, ...], Field(max_length=10_000)] = ()
    register_: Annotated[str | None, Field(alias="register", max_length=1000)] = None
    region: str | None = None
    department: str | None = None
    ght: str | None = None
    level: Level = "entity"
    shared_providers: bool = True
    links: Annotated[tuple[SpecLink, ...], Field(max_length=200_000)] = ()
    providers: Annotated[tuple[SpecProvider, ...], Field(max_length=10_000)] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Roster:
    """A portfolio and what its organisations belong to.

    Parameters
    ----------
    level
        Whether entities of the register are whole, or unfolded into their sites.
    ownership
        Legal entity of each node.
    groups
        Territorial group of each member, by id.
    group_names, provider_names
        By code and by id.
    sites
        Sites in the register; None without one.
    site_links
        Links between sites of one legal entity.
    """

    name: str
    level: Level
    portfolio: Portfolio
    ownership: Ownership
    groups: dict[str, str]
    group_names: dict[str, str]
    provider_names: dict[str, str]
    sites: int | None
    synthetic: bool
    assumed_links: int
    site_links: int
    assumed_clients: int


def load_spec(path: Path) -> PortfolioSpec:
    """Read a portfolio file.

    Raises
    ------
    DocumentError, SchemaError
        The file is unreadable, or a field is wrong.
    """
    return validate_model(read_document(path), PortfolioSpec)


def choose_register(text: str, *, beside: Path | None = None, store: RegisterStore | None = None) -> Register:
    """Return a register by its file, or by its kind in the workspace.

    Raises
    ------
    UsageError
        There is neither such a file nor such a register.
    """
    for base in (Path(), *((beside.parent,) if beside is not None else ())):
        if (base / text).exists():
            return read_register(base / text)
    editions = choose_editions(store.list_editions()) if store is not None else []
    for edition in editions:
        if store is not None and text in (edition.kind, edition.name):
            return restore_register(edition, store.load_sites(edition))
    raise UsageError(
        f"there is no register “{text}”",
        field="--register",
        value=text,
        allowed=", ".join(edition.kind for edition in editions) or "a file",
        repair="run `hygie facility import FILE` or `hygie facility synthesize --import`, or give a file",
    )


def assemble(
    spec: PortfolioSpec | None,
    *,
    register: Register | None,
    blueprints: Blueprints,
    known_evidence: frozenset[str],
    beside: Path | None = None,
    region: str | None = None,
    department: str | None = None,
    ght: str | None = None,
    level: Level | None = None,
) -> Roster:
    """Return the portfolio of a file, of a register, or of both: a facility file replaces an entity of the register.

    By sites, each entity of the register is one organisation for each of its sites; what is linked with the entity is
    linked with its main site. A facility file stays one organisation: it has its sites inside.

    Raises
    ------
    DataError
        A link or a client names somebody who is not in it, it is empty, or it has no register whose sites it asks for.
    """
    members: dict[str, Member] = {}
    whole = register
    if register is not None:
        asked = {
            "region": region or (spec.region if spec else None),
            "department": department or (spec.department if spec else None),
            "ght": ght or (spec.ght if spec else None),
        }
        if any(asked.values()):
            register = select(register, **asked)
        for entity in register.entities.values():
            organisation = Organisation.model_validate(describe_entity(entity, register))
            members[organisation.id] = Member(
                organisation=organisation, group=entity.ght_code, group_name=entity.ght_name
            )
    known = set()
    for file in spec.facilities if spec is not None else ():
        path = Path(file) if beside is None else beside.parent / file
        facility = load_facility(path, blueprints=blueprints, known_evidence=known_evidence)
        own = next((each for each in facility.groups if each.kind == "ght"), None)
        earlier = members.get(facility.id)
        members[facility.id] = Member(
            organisation=facility,
            group=own.id if own else earlier.group if earlier else "",
            group_name=own.name if own else earlier.group_name if earlier else "",
            support=own is not None and own.role == "support",
        )
        known.add(facility.id)
    if not members:
        raise DataError(
            "the portfolio is empty",
            field="facilities",
            repair="list facility files under `facilities:`, or name a register",
        )
    links = _link_groups(members)
    chosen = level or (spec.level if spec is not None else "entity")
    unfolded = None
    if chosen == "site":
        if register is None:
            raise DataError(
                "only a register has sites that can be organisations",
                field="level",
                value=chosen,
                allowed="entity, or site with a register",
                repair="name a register, or leave the level out: a facility file has its sites inside",
            )
        unfolded = unfold_sites(members, register, whole=frozenset(known))
    own_links, clients = _read_ties(spec, members, sites=unfolded.owner if unfolded is not None else {})
    assumed: list[tuple[str, str, str, str]] = []
    if spec is None or spec.shared_providers:
        assumed = share_providers([member for name, member in members.items() if name not in known], blueprints.markets)
    joined = unfolded.members if unfolded is not None else members
    inner = unfolded.links if unfolded is not None else ()
    portfolio = join_members(
        list(joined.values()), links=[*own_links, *inner, *links], clients=[*clients, *assumed],
        stands_for=unfolded.main if unfolded is not None else None,
    )  # fmt: skip
    entities = {name: member.organisation for name, member in members.items()}
    return Roster(
        name=spec.name if spec is not None else _name_selection(region, department, ght, whole),
        level="site" if unfolded is not None else "entity",
        portfolio=portfolio,
        ownership=own_nodes(portfolio, entities, unfolded.owner if unfolded is not None else {}),
        groups={name: member.group for name, member in joined.items() if member.group},
        group_names={member.group: member.group_name for member in members.values() if member.group},
        provider_names={client.provider: client.name for client in portfolio.clients},
        sites=len(register.sites) if register is not None else None,
        synthetic=register is not None and register.synthetic,
        assumed_links=len(links),
        site_links=len(inner),
        assumed_clients=len(assumed),
    )


def _link_groups(members: dict[str, Member]) -> list[NamedLink]:
    groups: dict[str, list[Member]] = {}
    for member in members.values():
        if member.group:
            groups.setdefault(member.group, []).append(member)
    return [link for code in sorted(groups) for link in link_group(groups[code])]


def _name_selection(region: str | None, department: str | None, ght: str | None, register: Register | None) -> str:
    parts = [part for part in (region, department, ght) if part]
    if register is not None:
        parts.insert(0, f"{register.kind} {register.year}")
    return " · ".join(parts)


def _read_ties(
    spec: PortfolioSpec | None, members: dict[str, Member], *, sites: Mapping[str, str]
) -> tuple[list[NamedLink], list[tuple[str, str, str, str]]]:
    if spec is None:
        return [], []

    def check(name: str, field: str) -> str:
        if name not in members and name not in sites:
            raise DataError(
                f"“{name}” is not in the portfolio",
                field=field,
                value=name,
                repair=suggest(name, members) or "name a facility of the list, or of the register (fr-<FINESS>)",
            )
        return name

    links = [
        NamedLink(
            kind=link.kind,
            source=check(link.source, f"links.{index}.from"),
            target=check(link.target, f"links.{index}.to"),
        )
        for index, link in enumerate(spec.links)
    ]
    clients = []
    for index, provider in enumerate(spec.providers):
        whom: Sequence[str] = list(members) if provider.clients == "all" else provider.clients
        clients += [
            (provider.kind, provider.id, provider.name, check(name, f"providers.{index}.clients")) for name in whom
        ]
    return links, clients
