"""The figures that are shown: average annual loss, value at risk, tail value at risk.

All are functionals of the annual sums of one year loss table; none simulates again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.loss.bands import correct_exceedance, estimate_draw_moments, shrink_draws
from hygie.loss.curves import (
    choose_reading_grid,
    find_rank,
    measure_cells,
    read_order_statistic,
    read_quantile,
)
from hygie.loss.figures import Figure, build_figure
from hygie.loss.tables import YearLossTable

__all__ = ["Figure", "estimate_aal", "estimate_tail_value_at_risk", "estimate_value_at_risk"]

FloatArray = NDArray[np.float64]


def _pooled_error(variance: FloatArray, *, table: YearLossTable) -> float:
    """Return the standard error of a mean over all years, from the variances inside the draws [draws]."""
    return float(np.sqrt((table.years_per_draw * variance).sum()) / table.n_years)


def _require_level(level: float) -> None:
    if not 0.0 < level < 1.0:
        raise ModelError(
            "a level of value at risk is a probability",
            field="level",
            value=level,
            allowed="above 0 and below 1",
            repair="write 0.995 for the loss exceeded in 1 year out of 200",
        )


def estimate_aal(table: YearLossTable) -> Figure:
    """Return the average annual loss: the mean of the annual sums over all simulated years.

    Parameters
    ----------
    table
        Year loss table.

    Returns
    -------
    Figure
        Value Σ x / N. Standard error √(Σ n_k s_k²) / N, with s_k² the variance over the years of draw k.
        Band over the draws' means, corrected for noise s_k² / n_k.

    References
    ----------
    Band: `hygie.loss.bands.shrink_draws`.

    Examples
    --------
    >>> from hygie.loss.tables import build_year_loss_table
    >>> estimate_aal(build_year_loss_table([1, 3], [6.0, 2.0], years_per_draw=[2, 2])).value
    2.0
    """
    mean, variance = estimate_draw_moments(table.annual_sum, table=table)
    per_draw = shrink_draws(mean, noise_variance=variance / table.years_per_draw, years_per_draw=table.years_per_draw)
    return build_figure(
        float(table.annual_sum.sum()) / table.n_years,
        per_draw,
        mc_error=_pooled_error(variance, table=table),
        unit=table.unit,
    )


def estimate_value_at_risk(table: YearLossTable, level: float) -> Figure:
    """Return VaR: the quantile of order `level` of the annual sum.

    Parameters
    ----------
    table
        Year loss table.
    level
        Order q of the quantile, in (0, 1).

    Returns
    -------
    Figure
        The loss at return period 1 / (1 - q) on the AEP curve: see `hygie.loss.curves.loss_at_return_period`
        for value, band and error.

    Raises
    ------
    ModelError
        When the level is not inside (0, 1).

    Examples
    --------
    >>> from hygie.loss.tables import build_year_loss_table
    >>> table = build_year_loss_table([1, 5, 9], [5.0, 2.0, 9.0], years_per_draw=[10])
    >>> estimate_value_at_risk(table, 0.8).value
    2.0
    """
    _require_level(level)
    return read_quantile(table, 1.0 - level, basis="AEP")


def estimate_tail_value_at_risk(table: YearLossTable, level: float) -> Figure:
    """Return TVaR: the mean annual sum in the worst share 1 - `level` of years.

    This is the coherent expected shortfall, (1 / (1 - q)) ∫_q^1 VaR_u du, equal to
    VaR_q + mean of max(0, X - VaR_q) / (1 - q). Where years tie at VaR_q (most often at zero), the plain mean
    of the years at or above VaR_q would take in all of them; here they enter with the share that fills 1 - q,
    so that TVaR_q ≥ VaR_q always and TVaR is continuous in q.

    Parameters
    ----------
    table
        Year loss table.
    level
        Order q, in (0, 1).

    Returns
    -------
    Figure
        The standard error comes from the influence function max(0, X - VaR_q) / (1 - q), with variances
        inside the draws. The band is over each draw's own TVaR, read from its corrected exceedance curve p_k
        as min over x of x + ∫_x^∞ p_k / (1 - q).

    Raises
    ------
    ModelError
        When the level is not inside (0, 1).

    References
    ----------
    Acerbi & Tasche (2002), doi:10.1016/S0378-4266(02)00283-2: definition with ties.
    Rockafellar & Uryasev (2002), doi:10.1016/S0378-4266(02)00271-6: the minimum over x.
    Manistre & Hancock (2005), doi:10.1080/10920277.2005.10596207: variance of the estimator.

    Examples
    --------
    >>> from hygie.loss.tables import build_year_loss_table
    >>> table = build_year_loss_table([1, 5, 9], [5.0, 2.0, 9.0], years_per_draw=[10])
    >>> [round(estimate_tail_value_at_risk(table, level).value, 9) for level in (0.5, 0.8)]
    [3.2, 7.0]
    """
    _require_level(level)
    share = 1.0 - level
    threshold = read_order_statistic(
        np.sort(table.annual_sum), n_years=table.n_years, rank=find_rank(share, n_years=table.n_years)
    )
    excess = np.maximum(0.0, table.annual_sum - threshold) / share
    _, variance = estimate_draw_moments(excess, table=table)
    grid = choose_reading_grid(table.annual_sum)
    curves = correct_exceedance(table.annual_sum, table=table, loss_eur=grid)
    position = measure_cells(table.annual_sum, loss_eur=grid)
    cells = (curves[:, 1:] + position * (curves[:, :-1] - curves[:, 1:])) * np.diff(grid)
    beyond = np.zeros_like(curves)
    beyond[:, :-1] = cells[:, ::-1].cumsum(axis=1)[:, ::-1]
    return build_figure(
        threshold + float(excess.sum()) / table.n_years,
        (grid + beyond / share).min(axis=1),
        mc_error=_pooled_error(variance, table=table),
        unit=table.unit,
    )
