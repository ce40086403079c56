"""A preview in milliseconds: other frequencies or other terms, from events that are already simulated.

*Terms only*: the terms run again on the stored events; nothing is approximated.

*Frequency only*: when the rate of class c is multiplied by s_c, the probability of a simulated year with n_c events of
that class changes by the factor Π_c s_c^{n_c} exp(-λ_c (s_c - 1)): counts are Poisson given the draw, severities stay.
Each stored year i of draw k is therefore weighted by

    w_i = n_k Π_c s_c^{n_ci} / Σ_{j in draw k} Π_c s_c^{n_cj},

which needs no λ and keeps the weight of every draw (Owen 2013, *Monte Carlo theory, methods and examples*, chapter 9:
self-normalised importance sampling). Whatever ties the events of a year together, epistemic draws and annual aggregates
of a programme included, stays as simulated. The error is stated: the weighted standard error, and the effective number
of years beyond a figure; factors far from 1 leave few of them, and then a full run is due.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hygie.core.errors import ModelError
from hygie.core.programmes import Programme
from hygie.loss.bands import shrink_draws
from hygie.loss.figures import Figure, build_figure
from hygie.loss.terms import apply_programme

__all__ = ["MIN_EFFECTIVE_YEARS", "PreviewBase", "PreviewFigures", "prepare_preview", "preview"]

AnyArray = NDArray[np.generic]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

MIN_EFFECTIVE_YEARS = 100.0
"""Effective years beyond a quantile below which a preview asks for a full run: as for `hygie.loss.checks`."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreviewBase:
    """What is kept of one simulation to preview from.

    Parameters
    ----------
    columns
        Rows of the loss table.
    years_per_draw
        [draws]
    starts
        First row of each year with an event [groups].
    draw
        Draw of each such year [groups].
    counts
        [groups, classes] Events of each class in the year.
    """

    columns: Mapping[str, AnyArray]
    years_per_draw: IntArray
    starts: IntArray
    draw: IntArray
    counts: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PreviewFigures:
    """Figures of one annual amount under other frequencies or terms.

    Parameters
    ----------
    aal
        Average annual loss, with the band over draws and the Monte Carlo error.
    var_eur, tvar_eur
        Quantile of order `level` and mean beyond it [EUR_2024].
    probability
        [thresholds] P(X > x).
    effective_years
        Effective number of stored years beyond the quantile.
    reliable
        Whether they are at least ``MIN_EFFECTIVE_YEARS``.
    """

    aal: Figure
    var_eur: float
    tvar_eur: float
    probability: FloatArray
    effective_years: float
    reliable: bool


def prepare_preview(columns: Mapping[str, AnyArray], *, years_per_draw: ArrayLike, n_classes: int) -> PreviewBase:
    """Return the base of previews of the loss table of one facility; done once.

    Raises
    ------
    ModelError
        Several facilities, an unknown class, or years that are not in order.
    """
    years = np.asarray(years_per_draw, dtype=np.int64)
    year = np.asarray(columns["year"], dtype=np.int64)
    code = np.asarray(columns["threat_class"], dtype=np.int64)
    facility = np.asarray(columns["facility"])
    if year.size and np.any(facility != facility[0]):
        raise ModelError(
            "a preview is for one facility",
            field="facility",
            allowed="the events of one facility",
            repair="rows of a shared event are not independent: choose one facility, or run the portfolio again",
        )
    if year.size and (np.any(np.diff(year) < 0) or int(code.min()) < 0 or int(code.max()) >= n_classes):
        raise ModelError(
            "a preview needs the loss table as it was written",
            field="year",
            allowed=f"years in order, classes 0 to {n_classes - 1}",
            repair="read the events of the result folder again",
        )
    starts = np.flatnonzero(np.diff(year, prepend=-1)) if year.size else np.zeros(0, dtype=np.int64)
    group = np.repeat(np.arange(starts.size), np.diff(starts, append=year.size))
    counts = np.bincount(group * n_classes + code, minlength=starts.size * n_classes)
    return PreviewBase(
        columns=columns,
        years_per_draw=years,
        starts=starts,
        draw=np.searchsorted(np.cumsum(years), year[starts], side="right"),
        counts=counts.reshape(starts.size, n_classes).astype(np.float64),
    )


def preview(
    base: PreviewBase,
    *,
    factors: ArrayLike | None = None,
    programme: Programme | None = None,
    filed: NDArray[np.bool_] | None = None,
    level: float = 0.99,
    loss_eur: ArrayLike = (),
) -> dict[str, PreviewFigures]:
    """Return figures under other frequencies, other terms, or both.

    Parameters
    ----------
    factors
        [classes] What the rate of each class is multiplied by, above 0; None for the simulated rates.
    programme, filed
        Terms to apply; without them only ``gross`` is returned.
    level
        Order of the quantile, in (0, 1).
    loss_eur
        [thresholds] Where the exceedance probability is wanted.

    Returns
    -------
    dict
        ``gross``, and with a programme ``insured`` and ``retained``.

    Raises
    ------
    ModelError
        A factor is not above 0, there are not as many as classes, or the level is outside (0, 1).
    """
    weight = _weigh_years(base, factors)
    if not 0.0 < level < 1.0:
        raise ModelError(
            "a level is a probability", field="level", value=level, allowed="above 0 and below 1", repair="write 0.99"
        )
    thresholds = np.asarray(loss_eur, dtype=np.float64)
    gross = np.asarray(base.columns["loss_eur"], dtype=np.float64)
    parts = {"gross": gross}
    if programme is not None:
        paid = apply_programme(base.columns, programme, filed=filed).paid
        held = np.asarray(base.columns["loss_own_eur"], dtype=np.float64) if programme.basis == "own" else gross
        parts |= {"insured": paid, "retained": np.maximum(0.0, held - paid)}
    return {
        name: _measure(base, _sum_years(values, base.starts), weight, level=level, thresholds=thresholds)
        for name, values in parts.items()
    }


def _sum_years(values: FloatArray, starts: IntArray) -> FloatArray:
    return np.add.reduceat(values, starts) if starts.size else np.zeros(0)


def _weigh_years(base: PreviewBase, factors: ArrayLike | None) -> FloatArray:
    if factors is None:
        return np.ones(base.starts.size)
    scale = np.asarray(factors, dtype=np.float64)
    if scale.shape != base.counts.shape[1:] or not np.all((scale > 0.0) & (scale < np.inf)):
        raise ModelError(
            "a factor of a frequency is not above 0",
            field="factors",
            value=scale.tolist(),
            allowed=f"{base.counts.shape[1]} numbers above 0, 1 for no change",
            repair="write 0.5 to halve the frequency of a class, 2 to double it",
        )
    raw = np.exp(base.counts @ np.log(scale))
    draws = base.years_per_draw.size
    quiet = base.years_per_draw - np.bincount(base.draw, minlength=draws)
    total = np.bincount(base.draw, weights=raw, minlength=draws) + quiet
    return np.asarray(raw * (base.years_per_draw / total)[base.draw], dtype=np.float64)


def _measure(
    base: PreviewBase, annual: FloatArray, weight: FloatArray, *, level: float, thresholds: FloatArray
) -> PreviewFigures:
    years = base.years_per_draw.astype(np.float64)
    total = float(years.sum())
    draws = years.size
    mean = np.bincount(base.draw, weights=weight * annual, minlength=draws) / years
    # Ratio estimator of each draw: Σ w² (x - m)², years without event (x = 0) with what weight is left to them.
    own = np.bincount(base.draw, weights=(weight * (annual - mean[base.draw])) ** 2, minlength=draws)
    quiet = years - np.bincount(base.draw, minlength=draws)
    rest = np.maximum(0.0, years - np.bincount(base.draw, weights=weight, minlength=draws))
    share = np.divide(rest, quiet, out=np.zeros_like(rest), where=quiet > 0.0)
    variance = (own + quiet * (share * mean) ** 2) / years**2
    value = float((weight * annual).sum()) / total
    aal = build_figure(
        value,
        shrink_draws(mean, noise_variance=variance, years_per_draw=base.years_per_draw),
        mc_error=float(np.sqrt((variance * years**2).sum())) / total,
        unit="EUR_2024",
    )
    order = np.argsort(annual)[::-1]
    ordered, heavy = annual[order], weight[order]
    beyond = np.cumsum(heavy) / total
    tail = 1.0 - level
    place = int(np.searchsorted(beyond, tail, side="right"))
    quantile = float(ordered[place]) if place < ordered.size else 0.0
    excess = float((heavy * np.maximum(0.0, ordered - quantile)).sum()) / total
    inside = heavy[: max(place, 1)]
    squares = float((inside * inside).sum())
    effective = float(inside.sum()) ** 2 / squares if squares > 0.0 else 0.0
    above = np.searchsorted(-ordered, -thresholds, side="left")
    probability = np.append(0.0, beyond)[above]
    return PreviewFigures(
        aal=aal,
        var_eur=quantile,
        tvar_eur=quantile + excess / tail,
        probability=probability,
        effective_years=effective,
        reliable=effective >= MIN_EFFECTIVE_YEARS,
    )
