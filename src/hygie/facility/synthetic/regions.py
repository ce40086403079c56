"""Which region each legal entity stands in: as many of each class as published, regional sums as near as they get."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.facility.synthetic.chance import Chance
from hygie.facility.synthetic.profiles import Profiles
from hygie.facility.synthetic.published import FIGURES, PopulationTotals

__all__ = ["place_entities"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_ROUNDS = 800
_PAIRS = 600
# The largest change places first, and every so many rounds twice as many may: what they bring, no other makes up for.
_FIRST = 32
_DOUBLED = 40
# Regions without a figure still weigh something: this share of the national total.
_FLOOR = 0.002
# Staff counts more than any other measure: size bands are bands of staff.
_STAFF_WEIGHT = 4.0


def place_entities(totals: PopulationTotals, profiles: Profiles, chance: Chance) -> IntArray:
    """Return the index of the region of each legal entity.

    The regions of a class are dealt out at random, then pairs of legal entities of one class change places as long as
    that brings the sums of the regions (staff, figures, sites by class) relatively nearer to those published.
    """
    classes = {(one.category, one.status): index for index, one in enumerate(totals.classes)}
    of_size = np.array([classes[size.category, size.status] for size in totals.sizes])
    group = of_size[profiles.size]
    region = np.empty(len(group), dtype=np.int64)
    for index, one in enumerate(totals.classes):
        dealt = np.repeat(np.arange(len(totals.regions)), [one.entities.get(r.code, 0) for r in totals.regions])
        members = np.flatnonzero(group == index)
        region[members] = dealt[chance.branch(index).order(len(members))]
    values, targets, weights = _list_measures(totals, profiles, group)
    _swap(region, group, values, targets - _sum_regions(region, values, len(targets)), weights, chance=chance)
    return region


def _list_measures(
    totals: PopulationTotals, profiles: Profiles, group: IntArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the measures of each legal entity, what the regions should have of them, and how much a miss counts."""
    figures = [[region.figures.get(name, 0) for name in FIGURES] for region in totals.regions]
    sums = np.column_stack([[region.fte for region in totals.regions], np.array(figures, dtype=np.float64)])
    sites = np.array([[one.sites.get(r.code, 0) for one in totals.classes] for r in totals.regions], dtype=np.float64)
    own_sites = np.where(group[:, None] == np.arange(len(totals.classes)), profiles.sites[:, None], 0)
    values = np.column_stack([profiles.fte, profiles.figures, own_sites])
    targets = np.column_stack([sums, sites])
    whole = np.maximum(targets.sum(axis=0), 1.0)
    weights = (targets + _FLOOR * whole) ** -2.0
    weights[:, 0] *= _STAFF_WEIGHT
    return values, targets, weights


def _sum_regions(region: IntArray, values: FloatArray, count: int) -> FloatArray:
    sums = np.zeros((count, values.shape[1]))
    np.add.at(sums, region, values)
    return sums


def _pick_by_region(region: IntArray, count: int, pairs: int, draws: Chance) -> IntArray:
    """Return legal entities drawn from regions that are drawn first."""
    order = np.argsort(region, kind="stable")
    held = np.bincount(region, minlength=count)
    first = np.cumsum(held) - held
    places = draws.below(count, pairs)
    picked: IntArray = order[first[places] + (draws.uniform(pairs) * held[places]).astype(np.int64)]
    return picked


def _swap(
    region: IntArray, group: IntArray, values: FloatArray, missing: FloatArray, weights: FloatArray, *, chance: Chance
) -> None:
    """Let pairs change places while the weighted square of what is missing falls."""
    by_group = np.argsort(group, kind="stable")
    first = np.searchsorted(group[by_group], np.arange(group.max() + 1))
    size = np.bincount(group)
    ranked = np.argsort(-values[:, 0], kind="stable")
    draws = chance.branch(len(size))
    for turn in range(_ROUNDS):
        limit = min(len(group), int(_FIRST * 2.0 ** (turn / _DOUBLED)))
        one = ranked[draws.below(limit, _PAIRS)]
        if limit == len(group):
            # Small regions have their turn as often as large ones.
            one[: _PAIRS // 2] = _pick_by_region(region, len(missing), _PAIRS // 2, draws)
        kin = group[one]
        other = by_group[first[kin] + (draws.uniform(_PAIRS) * size[kin]).astype(np.int64)]
        here, there = region[one], region[other]
        apart = here != there
        one, other, here, there = one[apart], other[apart], here[apart], there[apart]
        moved = values[other] - values[one]
        pull = weights * missing
        both = np.einsum("pm,pm->p", weights[here] + weights[there], moved**2)
        change = both + 2.0 * np.einsum("pm,pm->p", pull[there] - pull[here], moved)
        taken: set[int] = set()
        for pair in np.argsort(change, kind="stable")[: len(missing)]:
            a, b = int(here[pair]), int(there[pair])
            if change[pair] >= 0.0:
                break
            if a in taken or b in taken:
                continue
            taken |= {a, b}
            region[one[pair]], region[other[pair]] = b, a
            missing[a] -= moved[pair]
            missing[b] += moved[pair]
