"""A portfolio of sites: legal entities of a register unfolded into the places where they work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hygie.facility.organisation import Organisation
from hygie.facility.registers import Register, describe_site
from hygie.scenario.members import Member, NamedLink, link_sites
from hygie.scenario.portfolio import Portfolio

__all__ = ["Level", "Ownership", "Unfolded", "own_nodes", "unfold_sites"]

Level = Literal["entity", "site"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfolded:
    """Members of which some are sites.

    Parameters
    ----------
    members
        By id: sites of the entities of a register, and organisations that stay whole.
    main
        Main site of each entity that is unfolded, by the ids of both.
    owner
        Entity of each site, by the ids of both.
    links
        Between the sites of one entity.
    """

    members: dict[str, Member]
    main: dict[str, str]
    owner: dict[str, str]
    links: tuple[NamedLink, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Whose the organisations of a portfolio are.

    Parameters
    ----------
    entities
        Legal entities; an organisation that is nobody's site is one.
    owner
        Position of the entity of each node [nodes].
    """

    entities: tuple[Organisation, ...]
    owner: NDArray[np.int64]


def unfold_sites(members: Mapping[str, Member], register: Register, *, whole: frozenset[str]) -> Unfolded:
    """Return the members with the sites of each entity of the register in its place.

    Parameters
    ----------
    whole
        Members that are described by a file of their own, which tells their sites: they stay as they are.

    Raises
    ------
    DataError
        The register does not say of a site whether it is public or private.
    """
    sites = {site.finess: site for site in register.sites}
    found: dict[str, Member] = {name: member for name, member in members.items() if name in whole}
    main: dict[str, str] = {}
    owner: dict[str, str] = {}
    links: list[NamedLink] = []
    by_finess = {member.organisation.finess: name for name, member in members.items() if name not in whole}
    for entity in register.entities.values():
        name = by_finess.get(entity.finess)
        if name is None:
            continue
        own = [Organisation.model_validate(describe_site(sites[finess], register)) for finess in entity.sites]
        group = members[name]
        for site in own:
            found[site.id] = Member(organisation=site, group=group.group, group_name=group.group_name)
            owner[site.id] = name
        main[name] = own[0].id
        links += link_sites(own[0].id, [site.id for site in own[1:]])
    return Unfolded(members=found, main=main, owner=owner, links=tuple(links))


def own_nodes(portfolio: Portfolio, entities: Mapping[str, Organisation], owner: Mapping[str, str]) -> Ownership:
    """Return the entity of each node: the one it is a site of, or itself."""
    place: dict[str, int] = {}
    listed: list[Organisation] = []
    owners = []
    for node in portfolio.nodes:
        name = owner.get(node.organisation.id)
        # A site may have the number of its entity, so the two are told apart.
        key = f"entity {name}" if name is not None else f"itself {node.organisation.id}"
        if key not in place:
            place[key] = len(listed)
            listed.append(entities[name] if name is not None else node.organisation)
        owners.append(place[key])
    return Ownership(entities=tuple(listed), owner=np.array(owners, dtype=np.int64))
