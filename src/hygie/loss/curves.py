"""Exceedance curves and what is read from them: OEP (largest event of the year) and AEP (sum of the year)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hygie.core.errors import ModelError
from hygie.loss.bands import correct_exceedance, count_exceedances, read_band
from hygie.loss.figures import Figure, build_figure
from hygie.loss.tables import Basis, YearLossTable

__all__ = [
    "ExceedanceCurve",
    "build_exceedance_curve",
    "choose_loss_grid",
    "choose_reading_grid",
    "find_rank",
    "loss_at_return_period",
    "measure_cells",
    "read_order_statistic",
    "read_quantile",
]

FloatArray = NDArray[np.float64]

READING_POINTS = 240
# Relative slack when a probability such as 1 - 0.995 meets a whole number of years in floating point.
_ROUNDING = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExceedanceCurve:
    """Annual probability that a loss is exceeded, with its two uncertainties.

    Parameters
    ----------
    basis
        ``OEP``: largest event of the year; ``AEP``: sum of the year.
    loss_eur
        [points] Thresholds x, strictly increasing [`unit`].
    probability
        [points] P(X > x) over all simulated years.
    band_low, band_high
        [points] 5 % and 95 % quantiles over draws of P(X > x), corrected for Monte Carlo noise.
    quartile_low, quartile_high
        [points] 25 % and 75 % quantiles over draws.
    mc_error
        [points] Standard error of `probability`, the draws taken as given.
    unit
        Unit of the thresholds.
    """

    basis: Basis
    loss_eur: FloatArray
    probability: FloatArray
    band_low: FloatArray
    band_high: FloatArray
    quartile_low: FloatArray
    quartile_high: FloatArray
    mc_error: FloatArray
    unit: str

    def __post_init__(self) -> None:
        for name in self.__dataclass_fields__.keys() - {"basis", "unit"}:
            array = np.array(getattr(self, name), dtype=np.float64)
            array.flags.writeable = False
            object.__setattr__(self, name, array)


def read_order_statistic(ordered: FloatArray, *, n_years: int, rank: int) -> float:
    """Return the annual value of rank `rank` among all years, 1 the smallest, years without a row included.

    Parameters
    ----------
    ordered
        [rows] Annual values in ascending order; the other `n_years` - rows years hold zero.
    n_years
        All simulated years.
    rank
        1 to `n_years`; ranks outside are moved to the nearest.

    Examples
    --------
    >>> ordered = np.array([2.0, 5.0])
    >>> [read_order_statistic(ordered, n_years=4, rank=rank) for rank in (1, 2, 3, 4)]
    [0.0, 0.0, 2.0, 5.0]
    """
    place = min(max(rank, 1), n_years) - (n_years - ordered.size) - 1
    return float(ordered[place]) if place >= 0 else 0.0


def find_rank(share: float, *, n_years: int) -> int:
    """Return the rank of the smallest annual value that at most a share `share` of years exceeds.

    Examples
    --------
    >>> find_rank(0.005, n_years=1_000_000), find_rank(1.0 - 0.995, n_years=1_000_000)
    (995000, 995000)
    """
    return n_years - int(np.floor(n_years * (share + _ROUNDING)))


def choose_loss_grid(values: FloatArray, *, points: int = 60) -> FloatArray:
    """Return thresholds for drawing: log-spaced from the 1 % quantile of losses to the second largest.

    Parameters
    ----------
    values
        [rows] Annual values.
    points
        Most points wanted, at least 2.

    Returns
    -------
    ndarray
        At most `points` thresholds, strictly increasing, each exceeded at least once so that a logarithmic
        axis can show it; empty when fewer than two different positive losses exist.

    Raises
    ------
    ModelError
        When `points` is below 2.
    """
    if points < 2:
        raise ModelError(
            "a curve needs at least two points",
            field="points",
            value=points,
            allowed="2 or more",
            repair="leave the default of 60",
        )
    positive = np.sort(values[values > 0.0])
    below_top = positive[positive < positive[-1]] if positive.size else positive
    if below_top.size == 0:
        return np.zeros(0, dtype=np.float64)
    start, stop = float(positive[int(0.01 * below_top.size)]), float(below_top[-1])
    grid = np.geomspace(start, stop, points)
    grid[0], grid[-1] = start, stop
    return np.asarray(np.unique(grid), dtype=np.float64)


def choose_reading_grid(values: FloatArray) -> FloatArray:
    """Return thresholds for reading losses: zero and observed values at log-spaced probabilities.

    Parameters
    ----------
    values
        [rows] Annual values.

    Returns
    -------
    ndarray
        Strictly increasing, first 0; nothing exceeds the last.
    """
    ordered = np.sort(values)
    if ordered.size == 0:
        return np.zeros(1, dtype=np.float64)
    above = np.unique(np.geomspace(1.0, ordered.size, READING_POINTS).round().astype(np.int64))
    return np.asarray(np.unique(np.append(ordered[ordered.size - above], 0.0)), dtype=np.float64)


def _require_thresholds(loss_eur: ArrayLike) -> FloatArray:
    grid = np.array(loss_eur, dtype=np.float64)
    if (
        grid.ndim != 1
        or grid.size == 0
        or not np.isfinite(grid).all()
        or float(grid[0]) < 0.0
        or np.any(np.diff(grid) <= 0.0)
    ):
        raise ModelError(
            "thresholds of an exceedance curve do not increase",
            field="loss_eur",
            allowed="one axis of finite losses ≥ 0, each above the one before",
            repair="sort the thresholds and remove doubles",
        )
    return grid


def build_exceedance_curve(
    table: YearLossTable, *, basis: Basis, points: int = 60, loss_eur: ArrayLike | None = None
) -> ExceedanceCurve:
    """Return the exceedance curve of a year loss table.

    Parameters
    ----------
    table
        Year loss table.
    basis
        ``OEP`` or ``AEP``.
    points
        Points of the default grid, log-spaced in loss (see `choose_loss_grid`).
    loss_eur
        [points] Thresholds to use instead, strictly increasing; give the same to two curves to compare them.

    Returns
    -------
    ExceedanceCurve
        P(X > x) and its bands fall along the thresholds. Without two different losses and without
        thresholds of your own, the arrays are empty.

    Raises
    ------
    ModelError
        When the basis is unknown or the thresholds do not increase.

    References
    ----------
    Bands: `hygie.loss.bands`. Standard error: binomial inside each draw, draws added up.
    """
    values = table.select_basis(basis)
    grid = choose_loss_grid(values, points=points) if loss_eur is None else _require_thresholds(loss_eur)
    if grid.size == 0:
        return ExceedanceCurve(
            basis=basis,
            loss_eur=grid,
            probability=grid,
            band_low=grid,
            band_high=grid,
            quartile_low=grid,
            quartile_high=grid,
            mc_error=grid,
            unit=table.unit,
        )
    count = count_exceedances(values, draw=table.row_draws(), draws=table.draws, loss_eur=grid)
    years = table.years_per_draw.astype(np.float64)[:, np.newaxis]
    share = count / years
    variance = (years * years / (years - 1.0) * share * (1.0 - share)).sum(axis=0)
    low, quartile_low, quartile_high, high = read_band(correct_exceedance(values, table=table, loss_eur=grid))
    return ExceedanceCurve(
        basis=basis,
        loss_eur=grid,
        probability=count.sum(axis=0) / table.n_years,
        band_low=low,
        band_high=high,
        quartile_low=quartile_low,
        quartile_high=quartile_high,
        mc_error=np.sqrt(variance) / table.n_years,
        unit=table.unit,
    )


def measure_cells(values: FloatArray, *, loss_eur: FloatArray) -> FloatArray:
    """Return where in each cell between two thresholds the values lie on average: 0 left end, 1 right end.

    An exceedance curve is known at the thresholds only. Between x_j and x_{j+1} it is taken as
    p_j - (p_j - p_{j+1}) u^(φ / (1 - φ)), u the position in the cell, whose integral over the cell is exactly
    that of values at mean position φ: linear for φ = ½, a step at x_{j+1} for φ = 1 (a cap, equal losses).

    Parameters
    ----------
    values
        [rows] Annual values.
    loss_eur
        [thresholds] As from `choose_reading_grid`.

    Returns
    -------
    ndarray
        [thresholds - 1] Mean positions φ in (0, 1].
    """
    width = np.diff(loss_eur)
    cell = np.searchsorted(loss_eur, values, side="left") - 1
    inside = cell >= 0
    cell, inner = cell[inside], values[inside]
    count = np.bincount(cell, minlength=width.size)
    total = np.bincount(cell, weights=(inner - loss_eur[cell]) / width[cell], minlength=width.size)
    return np.asarray(np.divide(total, count, out=np.full(width.size, 0.5), where=count > 0), dtype=np.float64)


def _invert_exceedance(
    exceedance: FloatArray, *, loss_eur: FloatArray, position: FloatArray, share: float
) -> FloatArray:
    """Return for each draw the smallest loss that is exceeded with at most probability `share` [draws]."""
    if loss_eur.size == 1:
        return np.full(exceedance.shape[0], loss_eur[0])
    reached = exceedance <= share + _ROUNDING
    # Nothing exceeds the last threshold, so rounding alone can leave a row without a hit.
    reached[:, -1] = True
    right = np.argmax(reached, axis=1)
    left = np.maximum(right - 1, 0)
    row = np.arange(exceedance.shape[0])
    above, below = exceedance[row, left], exceedance[row, right]
    fall = above - below
    part = np.clip(np.divide(above - share, fall, out=np.ones_like(fall), where=fall > 0.0), 0.0, 1.0)
    # At the first threshold left and right are the same, and the cell's shape does not matter.
    mean_position = position[left.clip(max=position.size - 1)]
    part = part ** ((1.0 - mean_position) / mean_position)
    return np.asarray(loss_eur[left] + part * (loss_eur[right] - loss_eur[left]), dtype=np.float64)


def loss_at_return_period(table: YearLossTable, return_period_y: float, *, basis: Basis) -> Figure:
    """Return the loss that is exceeded once in `return_period_y` years on average.

    The value is the inverse-CDF quantile of order 1 - 1/T over all N years: the smallest simulated loss
    x with P(X > x) ≤ 1/T. Zeros count.

    Parameters
    ----------
    table
        Year loss table.
    return_period_y
        Return period T [y], above 1.
    basis
        ``OEP`` or ``AEP``; a probable maximum loss is meaningless without it.

    Returns
    -------
    Figure
        The band is the quantile over draws of each draw's own loss at T, read from its corrected curve; it
        ends at the largest simulated loss. The standard error is half the distance between the order
        statistics one binomial standard deviation √(N/T (1 - 1/T)) below and above. Where fewer years than
        that lie beyond, the upper one is the largest loss and the error is a lower bound: see
        `hygie.loss.checks`.

    Raises
    ------
    ModelError
        When the return period is not above 1 or the basis is unknown.

    References
    ----------
    Serfling (1980), *Approximation Theorems of Mathematical Statistics*, section 2.6 (quantile intervals).

    Examples
    --------
    >>> from hygie.loss.tables import build_year_loss_table
    >>> table = build_year_loss_table([1, 5, 9], [5.0, 2.0, 9.0], years_per_draw=[10])
    >>> [loss_at_return_period(table, period, basis="AEP").value for period in (2, 5, 10)]
    [0.0, 2.0, 5.0]
    """
    if not 1.0 < return_period_y < np.inf:
        raise ModelError(
            "a return period is longer than one year",
            field="return_period_y",
            value=return_period_y,
            allowed="above 1 year, finite",
            repair="an annual probability p has the return period 1 / p",
        )
    return read_quantile(table, 1.0 / return_period_y, basis=basis)


def read_quantile(table: YearLossTable, share: float, *, basis: Basis) -> Figure:
    """Return the annual loss exceeded with probability `share` in (0, 1), as `loss_at_return_period` does."""
    values = table.select_basis(basis)
    ordered = np.sort(values)
    n_years = table.n_years
    rank = find_rank(share, n_years=n_years)
    spread = float(np.sqrt(n_years * share * (1.0 - share)))
    below = read_order_statistic(ordered, n_years=n_years, rank=int(np.floor(rank - spread)))
    above = read_order_statistic(ordered, n_years=n_years, rank=int(np.ceil(rank + spread)))
    grid = choose_reading_grid(values)
    curves = correct_exceedance(values, table=table, loss_eur=grid)
    return build_figure(
        read_order_statistic(ordered, n_years=n_years, rank=rank),
        _invert_exceedance(curves, loss_eur=grid, position=measure_cells(values, loss_eur=grid), share=share),
        mc_error=0.5 * (above - below),
        unit=table.unit,
    )
