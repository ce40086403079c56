"""Legal entities drawn within their size bands, before anything says where they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.facility.synthetic.chance import Chance
from hygie.facility.synthetic.published import BEDS, FIGURES, PopulationTotals, SizeTotals

__all__ = ["ACUTE", "PER_ACUTE_BED", "Profiles", "draw_profiles"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

# Figures that go together: who has the rarer one has the commoner ones too.
ACUTE = (
    "beds_mco",
    "places",
    "stays",
    "bed_days",
    "beds_icu",
    "emergency_visits",
    "operating_rooms",
    "mri",
    "ct_scanners",
)
# Figures that are scaled with acute beds and day places, the others with staff.
PER_ACUTE_BED = ("stays", "bed_days", "beds_icu")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """Legal entities, one per place of the arrays.

    Parameters
    ----------
    size
        Index of the size band in the published totals.
    fte
        Staff [fte].
    figures
        Figures in the order of `FIGURES`, shape [entities, figures]; 0 where an entity has none.
    sites
        Number of sites.
    acuteness
        Rank that decides which sites have acute equipment.
    """

    size: IntArray
    fte: FloatArray
    figures: FloatArray
    sites: IntArray
    acuteness: FloatArray


def draw_profiles(totals: PopulationTotals, chance: Chance) -> Profiles:
    """Draw the legal entities of every size band, so that the sums of each band are those published."""
    parts = [_draw_band(size, index, totals, chance.branch(index)) for index, size in enumerate(totals.sizes)]
    return Profiles(
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in Profiles.__dataclass_fields__}
    )


def _draw_band(size: SizeTotals, index: int, totals: PopulationTotals, chance: Chance) -> Profiles:
    count = size.entities
    fte = draw_within(size.fte_from, size.fte_below, total=size.fte, count=count, chance=chance)
    acuteness = chance.uniform(count)
    figures = np.zeros((count, len(FIGURES)))
    for column, name in enumerate(FIGURES):
        total, having, _ = size.figures.get(name, (0, 0, 0))
        noise = np.exp(totals.spreads[name] * chance.normal(count))
        rank = acuteness if name in ACUTE else chance.uniform(count)
        has = np.zeros(count, dtype=np.bool_)
        has[np.argsort(-rank, kind="stable")[:having]] = True
        base = figures[:, 0] + figures[:, 1] if name in PER_ACUTE_BED else fte
        raw = np.where(has, np.where(base > 0.0, base, fte) * noise, 0.0)
        if having:
            figures[:, column] = raw * (total / raw.sum())
        if name == BEDS[-1]:
            _draw_together(figures[:, : len(BEDS)], fte, spread=totals.beds_spread)
    # The numbers of points that fall between cuts at random: many have no other site, few have a dozen.
    cuts = np.sort(chance.uniform(count - 1))
    others = np.bincount(np.searchsorted(cuts, chance.uniform(size.sites - count)), minlength=count)
    return Profiles(
        size=np.full(count, index), fte=fte, figures=figures, sites=1 + others.astype(np.int64), acuteness=acuteness
    )


def _draw_together(beds: FloatArray, fte: FloatArray, *, spread: float) -> None:
    """Let the beds of all disciplines vary as published: who has less of one has more of another; sums stay."""
    sums = beds.sum(axis=0)
    some = beds.sum(axis=1) > 0.0
    if not some.any():
        return
    ratio = np.log(beds[some].sum(axis=1) / fte[some])
    drawn = float(ratio.std())
    if drawn > spread:
        beds[some] *= np.exp((spread / drawn - 1.0) * (ratio - ratio.mean()))[:, None]
        beds *= np.divide(sums, beds.sum(axis=0), out=np.zeros_like(sums), where=sums > 0.0)


def draw_within(low: float, high: float, *, total: float, count: int, chance: Chance) -> FloatArray:
    """Draw `count` values between `low` and `high` that add up to `total`.

    Quantiles of the power law on the band whose mean is the published one; what is missing to the total then moves all
    values towards one end, so that none leaves the band.
    """
    width, mean = high - low, total / count
    power = width / (mean - low) - 1.0
    levels = (np.arange(count) + chance.uniform(count)) / count
    values: FloatArray = low + width * levels**power
    above, below = values - low, high - values
    if values.sum() > total:
        values = low + above * ((total - low * count) / above.sum())
    else:
        values = high - below * ((high * count - total) / below.sum())
    return values[chance.order(count)]
