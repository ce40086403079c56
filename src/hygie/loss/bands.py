"""Epistemic bands over draws, corrected for the chance that is left in each draw.

Draw k simulates only n_k years, so its own AAL or exceedance share y_k is a noisy reading of what the draw
stands for. Quantiles over the raw y_k would show belief and chance together, and too wide a band. The
correction is the one-way random-effects model

    y_k = μ + b_k + e_k,     Var b_k = τ² (belief),     Var e_k = s_k² / n_k (chance),

with s_k² known from the years inside the draw. The method of moments estimates τ², and each y_k is pulled
towards the mean until the spread of all draws is τ. Plain empirical Bayes would pull too far (its values
spread less than τ); pulling by the square root of the share of variance that is belief keeps the spread
of the draws right, which is what a band needs.

References
----------
Searle, Casella & McCulloch (1992), *Variance Components*, chapter 3: ANOVA estimation, one-way random model.
DerSimonian & Kacker (2007), doi:10.1016/j.cct.2006.04.004: method of moments with general weights.
Louis (1984), doi:10.1080/01621459.1984.10478062: constrained empirical Bayes, keep the spread of an ensemble.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.loss.tables import YearLossTable

__all__ = [
    "BAND_LEVELS",
    "correct_exceedance",
    "count_exceedances",
    "estimate_draw_moments",
    "read_band",
    "shrink_draws",
]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

BAND_LEVELS = (0.05, 0.25, 0.75, 0.95)
"""Shares of draws below the four lines of a band: 5 %, 25 %, 75 % and 95 %."""

MIN_EXPECTED_EXCEEDANCES = 5.0
"""Exceeding years that a draw needs on average for its own share to be read: Cochran's rule for expected
counts (1954, doi:10.2307/3001616)."""


def estimate_draw_moments(values: FloatArray, *, table: YearLossTable) -> tuple[FloatArray, FloatArray]:
    """Return mean and unbiased variance over the years of each draw, years without a row counting as zero.

    Parameters
    ----------
    values
        [rows] One value per row of `table`.
    table
        Table that says to which draw a row belongs and how many years each draw holds.

    Returns
    -------
    mean, variance
        [draws] each.
    """
    draw = table.row_draws()
    years = table.years_per_draw.astype(np.float64)
    rows = np.bincount(draw, minlength=table.draws)
    mean = np.bincount(draw, weights=values, minlength=table.draws) / years
    # Two passes: squares minus square of the mean would lose digits on heavy-tailed losses.
    deviation = values - mean[draw]
    squares = np.bincount(draw, weights=deviation * deviation, minlength=table.draws)
    return mean, (squares + (years - rows) * mean * mean) / (years - 1.0)


def shrink_draws(estimate: FloatArray, *, noise_variance: FloatArray, years_per_draw: IntArray) -> FloatArray:
    """Return the draws' values with Monte Carlo noise taken out of their spread.

    With weights w_k = n_k / N, centre ȳ = Σ w_k y_k and v_k the noise variance of y_k,

        E[Σ w_k (y_k - ȳ)²] = τ² (1 - Σ w_k²) + Σ w_k (1 - w_k) v_k,

    from which τ² ≥ 0 follows; the result is ȳ + (τ / total spread) (y_k - ȳ). For equal n_k this is
    τ² = max(0, Var(y_k) - mean(v_k)).

    Parameters
    ----------
    estimate
        [draws, ...] What each draw shows.
    noise_variance
        [draws, ...] Variance of each estimate around what its draw stands for.
    years_per_draw
        [draws] Simulated years n_k.

    Returns
    -------
    ndarray
        [draws, ...] Convex combination of each value and the mean: it never leaves the range of the input.
        One draw is returned as it is: there, no belief was varied.

    Notes
    -----
    The correction fixes the spread, not the shape: where noise dominates, the band has the shape of noise.
    """
    if years_per_draw.size == 1:
        return estimate.copy()
    shape = (-1,) + (1,) * (estimate.ndim - 1)
    weight = (years_per_draw / float(years_per_draw.sum())).reshape(shape)
    centre = (weight * estimate).sum(axis=0)
    deviation = estimate - centre
    scale = 1.0 - float((weight * weight).sum())
    total = (weight * deviation * deviation).sum(axis=0) / scale
    noise = (weight * (1.0 - weight) * noise_variance).sum(axis=0) / scale
    between = np.maximum(0.0, total - noise)
    factor = np.sqrt(np.divide(between, total, out=np.zeros_like(total), where=total > 0.0))
    return np.asarray(centre + factor * deviation, dtype=np.float64)


def count_exceedances(values: FloatArray, *, draw: IntArray, draws: int, loss_eur: FloatArray) -> IntArray:
    """Return the number of years in each draw with a value above each threshold.

    Parameters
    ----------
    values, draw
        [rows] Annual value and its draw.
    draws
        Number of draws.
    loss_eur
        [thresholds] Strictly increasing.

    Returns
    -------
    ndarray
        [draws, thresholds]
    """
    cells = loss_eur.size + 1
    place = np.searchsorted(loss_eur, values, side="left")
    histogram = np.bincount(draw * cells + place, minlength=draws * cells).reshape(draws, cells)
    return np.asarray(histogram[:, ::-1].cumsum(axis=1)[:, ::-1][:, 1:], dtype=np.int64)


def _choose_anchor(values: FloatArray, *, years: int) -> float:
    """Return the largest threshold that at least `years` rows exceed, or 0."""
    if values.size < years:
        return 0.0
    # Just below the order statistic: ties at a cap must count as exceeding.
    return float(np.nextafter(np.partition(values, values.size - years)[values.size - years], 0.0))


def correct_exceedance(values: FloatArray, *, table: YearLossTable, loss_eur: FloatArray) -> FloatArray:
    """Return the exceedance curve of each draw, corrected for Monte Carlo noise.

    At each threshold the share of exceeding years is shrunk with its binomial noise
    p_k (1 - p_k) / (n_k - 1), an unbiased estimate of p (1 - p) / n_k. As that is done threshold by
    threshold, each draw's curve must then be made to fall: the mean of running minimum and running maximum is
    the falling curve whose largest deviation is smallest. Quantiles over falling curves fall by themselves.

    Past the loss that fewer than five years per draw exceed on average, the years of a draw cannot tell its
    belief from chance, and a shrunk band would close where ignorance is greatest. There each draw keeps the
    ratio to the common curve that it has at that loss.

    Parameters
    ----------
    values
        [rows] Annual value of each row of `table`.
    table
        Year loss table.
    loss_eur
        [thresholds] Strictly increasing, at least 0.

    Returns
    -------
    ndarray
        [draws, thresholds] P(X > x) of each draw, in [0, 1], falling along the thresholds.
    """
    n_years = table.n_years
    years = table.years_per_draw.astype(np.float64)[:, np.newaxis]
    anchor = _choose_anchor(values, years=int(np.ceil(MIN_EXPECTED_EXCEEDANCES * table.draws)))
    near = loss_eur[loss_eur < anchor]
    grid = np.append(near, anchor)
    count = count_exceedances(values, draw=table.row_draws(), draws=table.draws, loss_eur=grid)
    share = count / years
    noise = share * (1.0 - share) / (years - 1.0)
    curve = shrink_draws(share, noise_variance=noise, years_per_draw=table.years_per_draw)
    floor = np.minimum.accumulate(curve, axis=1)
    ceiling = np.maximum.accumulate(curve[:, ::-1], axis=1)[:, ::-1]
    curve = 0.5 * (floor + ceiling)
    common = float(count[:, -1].sum()) / n_years
    ratio = curve[:, -1] / common if common > 0.0 else np.zeros(table.draws)
    far = loss_eur[near.size :]
    beyond = (values.size - np.searchsorted(np.sort(values), far, side="right")) / n_years
    corrected = np.concatenate([curve[:, :-1], ratio[:, np.newaxis] * beyond[np.newaxis, :]], axis=1)
    return np.asarray(np.clip(corrected, 0.0, 1.0), dtype=np.float64)


def read_band(values: FloatArray) -> FloatArray:
    """Return the quantiles over draws at ``BAND_LEVELS``.

    Parameters
    ----------
    values
        [draws, ...] Corrected values of the draws, which are equally likely.

    Returns
    -------
    ndarray
        [4, ...] Median-unbiased quantiles (Hyndman & Fan 1996, type 8, doi:10.1080/00031305.1996.10473566).
    """
    return np.asarray(np.quantile(values, BAND_LEVELS, axis=0, method="median_unbiased"), dtype=np.float64)
