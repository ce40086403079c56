"""What a change is worth, on common random numbers: differences year by year, never of two separate averages.

Every decision of the simulation is keyed by what it decides, so a year with and a year without the change differ by the
change alone. The variance of a paired mean is Var(x − y) / n, against (Var x + Var y) / n of two separate runs.

Source: Glasserman & Yao 1992, doi:10.1287/mnsc.38.6.884 (when common random numbers reduce variance).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.loss.bands import shrink_draws
from hygie.loss.figures import Figure, build_figure

__all__ = ["AnnualSums", "compare_means", "compare_tails", "draw_gains", "sum_years", "variance_ratio"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AnnualSums:
    """Annual sums of one quantity, years without an event included.

    Parameters
    ----------
    values
        [years] Sum of each simulated year, in order of draw and year.
    years_per_draw
        [draws] Simulated years of each draw.
    unit
        Unit of the values.
    """

    values: FloatArray
    years_per_draw: IntArray
    unit: str

    def __post_init__(self) -> None:
        if self.values.shape[0] != int(self.years_per_draw.sum()):
            raise ModelError(
                "annual sums do not fill the plan", value=self.values.shape[0], allowed=str(self.years_per_draw.sum())
            )


def sum_years(year: IntArray, values: FloatArray, *, years_per_draw: IntArray, unit: str) -> AnnualSums:
    """Return the annual sums of rows [rows] that say in which year each falls."""
    total = int(years_per_draw.sum())
    sums = np.bincount(year, weights=values, minlength=total).astype(np.float64, copy=False)
    return AnnualSums(sums, years_per_draw, unit)


def _draw_moments(values: FloatArray, years: IntArray) -> tuple[FloatArray, FloatArray]:
    starts = np.concatenate(([0], np.cumsum(years)[:-1]))
    mean = np.add.reduceat(values, starts) / years
    deviation = values - np.repeat(mean, years)
    variance = np.add.reduceat(deviation * deviation, starts) / np.maximum(years - 1, 1)
    return mean, variance


def _pair(before: AnnualSums, after: AnnualSums) -> FloatArray:
    if not np.array_equal(before.years_per_draw, after.years_per_draw) or before.unit != after.unit:
        raise ModelError("the two sides were not simulated alike: they cannot be paired")
    return np.asarray(before.values - after.values)


def _figure(difference: FloatArray, years: IntArray, *, value: float, unit: str) -> Figure:
    mean, variance = _draw_moments(difference, years)
    shrunk = shrink_draws(mean, noise_variance=variance / years, years_per_draw=years)
    error = float(np.sqrt((years * variance).sum()) / years.sum())
    return build_figure(value, shrunk, mc_error=error, unit=unit)


def compare_means(before: AnnualSums, after: AnnualSums) -> Figure:
    """Return by how much the change lowers the annual mean (negative when it raises it).

    Returns
    -------
    Figure
        Mean of the paired differences, with their standard error and the band over draws.
    """
    difference = _pair(before, after)
    return _figure(difference, before.years_per_draw, value=float(difference.mean()), unit=before.unit)


def draw_gains(before: AnnualSums, after: AnnualSums) -> FloatArray:
    """Return the mean yearly gain of each draw [draws], with the noise of its few years taken out of their spread."""
    difference = _pair(before, after)
    mean, variance = _draw_moments(difference, before.years_per_draw)
    years = before.years_per_draw
    return shrink_draws(mean, noise_variance=variance / years, years_per_draw=years)


def _tail_influence(values: FloatArray, level: float) -> FloatArray:
    rank = max(int(np.ceil(level * values.shape[0])) - 1, 0)
    threshold = float(np.partition(values, rank)[rank])
    return np.asarray(threshold + np.maximum(values - threshold, 0.0) / (1.0 - level))


def compare_tails(before: AnnualSums, after: AnnualSums, *, level: float) -> Figure:
    """Return by how much the change lowers the mean of the worst share 1 − `level` of years (TVaR).

    TVaR_q = v + E[max(0, X − v)] / (1 − q) with v = VaR_q (Rockafellar & Uryasev 2002,
    doi:10.1016/S0378-4266(02)00271-6); both sides are written as means over the same years, so that their
    difference is paired as well.
    """
    if not 0.0 < level < 1.0:
        raise ModelError("a tail begins at a probability", field="level", value=level, allowed="above 0 and below 1")
    _pair(before, after)
    difference = _tail_influence(before.values, level) - _tail_influence(after.values, level)
    return _figure(difference, before.years_per_draw, value=float(difference.mean()), unit=before.unit)


def variance_ratio(before: AnnualSums, after: AnnualSums) -> float:
    """Return how many times less variance the paired difference has than one of two separate runs."""
    difference = _pair(before, after)
    paired = float(difference.var())
    apart = float(before.values.var() + after.values.var())
    return apart / paired if paired > 0.0 else np.inf
