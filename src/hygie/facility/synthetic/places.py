"""Where the sites of each legal entity stand, and which territorial group it belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.facility.synthetic.chance import Chance
from hygie.facility.synthetic.profiles import Profiles
from hygie.facility.synthetic.published import PopulationTotals

__all__ = ["Places", "group_entities", "place_sites"]

IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Sites, one per place of the arrays, those of one legal entity together and its main one first.

    Parameters
    ----------
    entity, region
        Index of the legal entity, and of the region in the published totals.
    department
        Code of the department.
    main
        Whether it is the main site.
    """

    entity: IntArray
    region: IntArray
    department: tuple[str, ...]
    main: BoolArray


def place_sites(totals: PopulationTotals, profiles: Profiles, region: IntArray, *, chance: Chance) -> Places:
    """Place the sites: as many of each class in each region, and in each department, as published.

    A site stands in the region of its legal entity as long as there is room; those of the entities with most sites
    are the first to go elsewhere.
    """
    entity = np.repeat(np.arange(len(region)), profiles.sites)
    main = np.concatenate([[True], entity[1:] != entity[:-1]])
    at = region[entity]
    classes = {(one.category, one.status): index for index, one in enumerate(totals.classes)}
    group = np.array([classes[size.category, size.status] for size in totals.sizes])[profiles.size]
    for index, one in enumerate(totals.classes):
        room = np.array([one.sites.get(r.code, 0) - one.entities.get(r.code, 0) for r in totals.regions])
        others = np.flatnonzero((group[entity] == index) & ~main)
        own = chance.branch(index)
        luck = own.uniform(len(region))[entity[others]]
        homeless = []
        for site in others[np.lexsort((luck, profiles.sites[entity[others]]))]:
            if room[at[site]] > 0:
                room[at[site]] -= 1
            else:
                homeless.append(site)
        # Region after region, so that few legal entities are spread over many.
        order = own.order(len(room))
        at[np.array(homeless, dtype=np.int64)] = np.repeat(order, room[order])
    return Places(entity=entity, region=at, department=_place_departments(totals, entity, at, chance=chance), main=main)


def _place_departments(
    totals: PopulationTotals, entity: IntArray, region: IntArray, *, chance: Chance
) -> tuple[str, ...]:
    """Deal out the departments of each region; the sites of one legal entity share one as long as there is room."""
    placed = [""] * len(entity)
    for index, one in enumerate(totals.regions):
        room = dict(one.departments)
        own = chance.branch(len(totals.classes) + index)
        here = np.flatnonzero(region == index)
        luck = own.uniform(len(here))
        last, held = -1, ""
        # Entities with many sites first: a department has room for them all.
        counts = np.bincount(entity[here], minlength=entity[-1] + 1)
        for number, site in enumerate(here[np.lexsort((here, entity[here], -counts[entity[here]]))]):
            if entity[site] != last or not room[held]:
                held = _pick(room, luck[number])
            last = entity[site]
            room[held] -= 1
            placed[site] = held
    return tuple(placed)


def _pick(room: dict[str, int], luck: float) -> str:
    """Return a department, as probable as it has room."""
    left = luck * sum(room.values())
    for name, count in room.items():
        left -= count
        if left < 0:
            return name
    return next(name for name, count in reversed(room.items()) if count)


def group_entities(
    totals: PopulationTotals, profiles: Profiles, *, region: IntArray, department: list[str], chance: Chance
) -> IntArray:
    """Return the index of the territorial group of each legal entity, -1 for those without.

    Groups have as many members in each region as published. The largest public entities of a region lead its groups;
    the others join a group of their department first.
    """
    classes = {(one.category, one.status): one for one in totals.classes}
    of_size = [classes[size.category, size.status] for size in totals.sizes]
    share = np.array([one.members / sum(one.entities.values()) for one in of_size])[profiles.size]
    member_of = np.full(len(region), -1)
    for index, one in enumerate(totals.regions):
        wanted = {number: group[one.code] for number, group in enumerate(totals.groups) if one.code in group}
        own = chance.branch(index)
        here = np.flatnonzero((region == index) & (share > 0.0))
        # Classes with more members are the more likely to have one: those of which all are members come first.
        odds = np.divide(1.0, share[here]) - 1.0
        keys = odds * -np.log(1.0 - own.uniform(len(here)))
        chosen = here[np.argsort(keys, kind="stable")][: sum(wanted.values())]
        _fill_groups(member_of, chosen, wanted, fte=profiles.fte, department=department)
    return member_of


def _fill_groups(
    member_of: IntArray, chosen: IntArray, wanted: dict[int, int], *, fte: NDArray[np.float64], department: list[str]
) -> None:
    """Share the chosen entities of a region out to its groups."""
    ranked = sorted(chosen.tolist(), key=lambda entity: -fte[entity])
    leaders, rest = ranked[: len(wanted)], sorted(ranked[len(wanted) :], key=lambda entity: department[entity])
    seats: dict[str, list[int]] = {}
    for number, leader in zip(wanted, leaders, strict=False):
        member_of[leader] = number
        seats.setdefault(department[leader], []).extend([number] * (wanted[number] - 1))
    strays = []
    for entity in rest:
        near = seats.get(department[entity])
        if near:
            member_of[entity] = near.pop(0)
        else:
            strays.append(entity)
    free = [number for name in sorted(seats) for number in seats[name]]
    for entity, number in zip(strays, free, strict=False):
        member_of[entity] = number
