"""Figures of every site: shared out within legal entities, then fitted to the sums of regions and size bands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.facility.synthetic.chance import Chance
from hygie.facility.synthetic.fitting import Bounds, fit_margins, round_sums
from hygie.facility.synthetic.places import Places
from hygie.facility.synthetic.profiles import ACUTE, Profiles
from hygie.facility.synthetic.published import FIGURES, PopulationTotals

__all__ = ["SiteFigures", "fit_sites"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]

# Staff is shared out in hundredths of an FTE, as registers give it.
_CENTS = 100
_DAYS = 365
# So far inside its size band a legal entity is kept, for what follows moves it a little.
_INSIDE = 0.002
_NO_LIMIT = np.int64(2**52)
# The main site keeps most staff: no other comes nearer than this.
_SECOND = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFigures:
    """Staff [hundredths of an FTE] and figures (in the order of `FIGURES`, shape [sites, figures]) of each site."""

    staff: IntArray
    figures: IntArray


def fit_sites(totals: PopulationTotals, profiles: Profiles, places: Places, *, chance: Chance) -> SiteFigures:
    """Return the figures of each site.

    The sums of each region are those published, to the unit; those of each size band are as near as that lets them.
    """
    size = profiles.size[places.entity]
    share = _share_staff(totals, profiles, places, chance=chance.branch(0))
    staff = fit_margins(
        profiles.fte[places.entity] * share,
        rows=size,
        columns=places.region,
        row_sums=np.array([one.fte for one in totals.sizes]),
        column_sums=np.array([one.fte for one in totals.regions]),
        bounds=Bounds(
            owner=places.entity,
            low=np.array([one.fte_from for one in totals.sizes])[profiles.size] * (1.0 + _INSIDE),
            high=np.array([one.fte_below for one in totals.sizes])[profiles.size] * (1.0 - _INSIDE),
        ),
    )
    low, high = _bound_staff(staff, places)
    sums = [round(one.fte * _CENTS) for one in totals.regions]
    whole = _round_regions(staff * _CENTS, places.region, sums, low=low, high=high)
    figures = np.zeros((len(share), len(FIGURES)), dtype=np.int64)
    has = _choose_sites(totals, profiles, places, chance=chance.branch(1))
    for column, name in enumerate(FIGURES):
        sums = [one.figures.get(name, 0) for one in totals.regions]
        _need_somebody(has[:, column], sums, places, whole)
        own = np.where(has[:, column], share, 0.0)
        of_entity = np.bincount(places.entity, weights=own)[places.entity]
        part = np.divide(own, of_entity, out=np.zeros_like(own), where=of_entity > 0.0)
        prior = np.where(has[:, column], np.maximum(profiles.figures[places.entity, column] * part, 1e-3), 0.0)
        fitted = fit_margins(
            prior,
            rows=size,
            columns=places.region,
            row_sums=np.array([one.figures.get(name, (0, 0, 0))[0] for one in totals.sizes], dtype=np.float64),
            column_sums=np.array(sums, dtype=np.float64),
        )
        most = np.where(has[:, column], _NO_LIMIT, 0)
        if name in ("bed_days", "beds_icu"):
            most = np.minimum(most, figures[:, 0] * (_DAYS if name == "bed_days" else 1))
        least = np.minimum(has[:, column].astype(np.int64), most)
        figures[:, column] = _round_regions(fitted, places.region, sums, low=least, high=most)
    return SiteFigures(staff=whole, figures=figures)


def _share_staff(totals: PopulationTotals, profiles: Profiles, places: Places, *, chance: Chance) -> FloatArray:
    """Return the share of each site in the staff of its legal entity: published on average for the main one."""
    shares = {(one.category, one.status): one.main_share for one in totals.classes}
    of_size = np.array([shares[size.category, size.status] or 1.0 for size in totals.sizes])
    mean = np.clip(of_size[profiles.size], 0.01, 0.99)
    main = chance.uniform(len(mean)) ** ((1.0 - mean) / mean)
    # What is left is broken at random: shares of independent exponential numbers.
    broken = np.where(places.main, 0.0, -np.log(1.0 - chance.uniform(len(places.main))))
    whole = np.bincount(places.entity, weights=broken)
    alone = whole[places.entity] == 0.0
    rest = (1.0 - main)[places.entity] * np.divide(
        broken, whole[places.entity], out=np.zeros_like(broken), where=~alone
    )
    share = np.where(alone, 1.0, np.where(places.main, main[places.entity], rest))
    # The largest part is the main site's.
    order = np.lexsort((-share, places.entity))
    return np.asarray(share[order], dtype=np.float64)


def _bound_staff(staff: FloatArray, places: Places) -> tuple[IntArray, IntArray]:
    """Return bounds [hundredths of an FTE] that keep the main site the one with most staff."""
    cents = np.floor(staff * _CENTS).astype(np.int64)
    main = cents[places.main][places.entity]
    low = np.where(places.main, np.maximum((main * _SECOND).astype(np.int64), 1), 0)
    high = np.where(places.main, _NO_LIMIT, np.maximum((main * _SECOND).astype(np.int64) - 1, 0))
    return low, high


def _choose_sites(totals: PopulationTotals, profiles: Profiles, places: Places, *, chance: Chance) -> BoolArray:
    """Return which sites have which figure: the main site of each that has any, and as many others as published."""
    luck = chance.uniform(len(places.main))
    size = profiles.size[places.entity]
    has = (profiles.figures[places.entity] > 0.0) & places.main[:, None]
    for column, name in enumerate(FIGURES):
        own = luck if name in ACUTE else chance.branch(column).uniform(len(luck))
        may = ~places.main & (profiles.figures[places.entity, column] > 0.0)
        if name in ("bed_days", "beds_icu"):
            may &= has[:, 0]
        for index, one in enumerate(totals.sizes):
            _, entities, sites = one.figures.get(name, (0, 0, 0))
            others = np.flatnonzero(may & (size == index)) if sites > entities else np.empty(0, dtype=np.int64)
            has[others[np.argsort(own[others], kind="stable")][: sites - entities], column] = True
    return has


def _need_somebody(has: BoolArray, sums: list[int], places: Places, staff: IntArray) -> None:
    """Give a figure to the largest main site of a region that should have some and where nobody has."""
    for index, total in enumerate(sums):
        here = places.region == index
        if total and not has[here].any():
            mains = np.flatnonzero(here & places.main)
            has[mains[np.argmax(staff[mains])]] = True


def _round_regions(values: FloatArray, region: IntArray, sums: list[int], *, low: IntArray, high: IntArray) -> IntArray:
    whole = np.zeros(len(values), dtype=np.int64)
    for index, total in enumerate(sums):
        here = np.flatnonzero(region == index)
        whole[here] = round_sums(values[here], total, low=low[here], high=high[here])
    return whole
