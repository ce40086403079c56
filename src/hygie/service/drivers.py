"""Which unknowns move the result most: rank correlation over the epistemic draws."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hygie.core.distributions import Constant
from hygie.core.estimate import Estimate, Method
from hygie.core.waists import YearEventLossTable
from hygie.views.assessment import DriverView

__all__ = ["rank_drivers"]

FloatArray = NDArray[np.float64]

_MIN_DRAWS = 30


def _ranks(values: FloatArray) -> FloatArray:
    ranks = np.empty(values.shape[0])
    ranks[np.argsort(values, kind="stable")] = np.arange(values.shape[0], dtype=np.float64)
    return np.asarray(ranks - ranks.mean(), dtype=np.float64)


def rank_drivers(
    yelt: YearEventLossTable, estimates: Sequence[Estimate], *, seed: int, language: str, count: int = 12
) -> list[DriverView]:
    """Return the inputs whose draws correlate most with the average annual loss of the draw.

    Spearman's rank correlation (Spearman 1904, doi:10.2307/1412159). What each organisation draws for itself (an
    unknown control) is not an input here. With fewer than 30 draws the list is empty: ranks would be noise. Of some 250
    unrelated inputs, hardly one passes three standard errors, 3/√(K − 1): weaker correlations are left out.
    """
    draws = yelt.plan.draws
    if draws < _MIN_DRAWS or len(yelt) == 0:
        return []
    draw = np.asarray(yelt.columns["draw"], dtype=np.int64)
    loss = np.asarray(yelt.columns["loss_eur"], dtype=np.float64)
    mean = np.bincount(draw, weights=loss, minlength=draws) / yelt.plan.years_per_draw()
    target = _ranks(mean)
    norm = float(target @ target)
    rows = []
    for estimate in estimates:
        if isinstance(estimate.distribution, Constant):
            continue
        correlation = float(_ranks(estimate.sample(seed=seed, draws=draws)) @ target) / norm
        if abs(correlation) >= 3.0 / np.sqrt(draws - 1.0):
            rows.append(
                DriverView(
                    id=estimate.id,
                    description=estimate.description.in_language(language),
                    correlation=correlation,
                    assumed=estimate.method is Method.ASSUMED,
                )
            )
    return sorted(rows, key=lambda row: -abs(row.correlation))[:count]
