"""Year loss table (YLT) and event summary, from the events of a simulation.

Both are kept sparse: a year without an event has no row, and counts as a year with a loss of zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hygie.core.errors import ModelError

__all__ = ["Basis", "EventSummary", "YearLossTable", "build_year_loss_table", "summarise_by_code"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Basis = Literal["OEP", "AEP"]


def _integers(values: ArrayLike, *, field: str) -> IntArray:
    array = np.asarray(values)
    if array.size == 0:
        array = array.astype(np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu":
        raise ModelError(
            f"“{field}” is not a list of whole numbers",
            field=field,
            value=f"{array.ndim} axes of {array.dtype}",
            allowed="one axis of integers",
            repair="pass the column as it is stored in the loss table",
        )
    # A copy, so that a later change of the caller's array cannot change a frozen table.
    return np.array(array, dtype=np.int64)


def _amounts(values: ArrayLike, *, field: str) -> FloatArray:
    array = np.array(values, dtype=np.float64)
    if array.ndim != 1:
        raise ModelError(f"“{field}” has {array.ndim} axes", field=field, allowed="one axis", repair="pass one column")
    wrong = np.flatnonzero(~(np.isfinite(array) & (array >= 0.0)))
    if wrong.size:
        raise ModelError(
            f"“{field}” holds {wrong.size} values that are not losses",
            field=field,
            value=f"row {wrong[0]}: {array[wrong[0]]}",
            allowed="finite numbers ≥ 0",
            repair="a gain is not a loss: leave it out or set it to 0",
        )
    return array


def _same_length(first: NDArray[np.generic], second: NDArray[np.generic], *, fields: str) -> None:
    if first.shape != second.shape:
        raise ModelError(
            f"{fields} differ in length",
            field=fields,
            value=f"{first.shape[0]} and {second.shape[0]} rows",
            allowed="one row per event in both",
            repair="take both columns from the same table",
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YearLossTable:
    """Annual sum and annual maximum of the loss, for the years in which something happened.

    Parameters
    ----------
    years_per_draw
        [draws] Simulated years n_k of each epistemic draw, at least 2 each: with one year, chance and
        belief cannot be told apart. Draw 0 holds years 0 to n_0 - 1, draw 1 the next n_1, and so on.
    year
        [rows] Year, counted over all draws, strictly increasing.
    annual_sum, annual_max
        [rows] Sum and largest event of the year [`unit`].
    unit
        Unit of the losses.

    Raises
    ------
    ModelError
        When the arrays contradict each other.
    """

    years_per_draw: IntArray
    year: IntArray
    annual_sum: FloatArray
    annual_max: FloatArray
    unit: str = "EUR_2024"

    def __post_init__(self) -> None:
        years_per_draw = _integers(self.years_per_draw, field="years_per_draw")
        if years_per_draw.size == 0 or int(years_per_draw.min()) < 2:
            raise ModelError(
                "an epistemic draw has fewer than two simulated years",
                field="years_per_draw",
                value=int(years_per_draw.min()) if years_per_draw.size else "no draw",
                allowed="at least 2 years in each of at least 1 draw",
                repair="raise --years or lower --draws",
            )
        year = _integers(self.year, field="year")
        annual_sum = _amounts(self.annual_sum, field="annual_sum")
        annual_max = _amounts(self.annual_max, field="annual_max")
        _same_length(year, annual_sum, fields="year and annual_sum")
        _same_length(year, annual_max, fields="year and annual_max")
        _check_years(year, n_years=int(years_per_draw.sum()))
        if np.any(np.diff(year) == 0):
            raise ModelError("a year has two rows", field="year", repair="sum the losses of each year first")
        if np.any(annual_max > annual_sum):
            raise ModelError(
                "the largest event of a year exceeds the sum of that year",
                field="annual_max",
                repair="build the table with build_year_loss_table",
            )
        for name, array in (
            ("years_per_draw", years_per_draw),
            ("year", year),
            ("annual_sum", annual_sum),
            ("annual_max", annual_max),
        ):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n_years(self) -> int:
        """Simulated years over all draws, years without loss included."""
        return int(self.years_per_draw.sum())

    @property
    def draws(self) -> int:
        """Epistemic draws."""
        return int(self.years_per_draw.size)

    def row_draws(self) -> IntArray:
        """Return the epistemic draw of each row [rows]."""
        stops = np.searchsorted(self.year, np.cumsum(self.years_per_draw), side="left")
        return np.repeat(np.arange(self.draws, dtype=np.int64), np.diff(stops, prepend=0))

    def select_basis(self, basis: Basis) -> FloatArray:
        """Return the largest events (``OEP``) or the sums (``AEP``) of the years [rows].

        Raises
        ------
        ModelError
            When `basis` is neither.
        """
        if basis not in get_args(Basis):
            raise ModelError(
                f"unknown basis “{basis}”",
                field="basis",
                value=basis,
                allowed="OEP (largest event of the year) or AEP (sum of the year)",
                repair="choose one of the two",
            )
        return self.annual_max if basis == "OEP" else self.annual_sum


def _check_years(year: IntArray, *, n_years: int) -> None:
    if year.size == 0:
        return
    if np.any(year[1:] < year[:-1]):
        raise ModelError(
            "years are not in order",
            field="year",
            allowed="the order of the loss table: draw, year",
            repair="sort the events by year",
        )
    if int(year[0]) < 0 or int(year[-1]) >= n_years:
        raise ModelError(
            "an event lies outside the simulated years",
            field="year",
            value=int(year[0]) if int(year[0]) < 0 else int(year[-1]),
            allowed=f"0 to {n_years - 1}",
            repair="count years over all draws, and pass the years of every draw",
        )


def build_year_loss_table(
    year: ArrayLike, loss_eur: ArrayLike, *, years_per_draw: ArrayLike, unit: str = "EUR_2024"
) -> YearLossTable:
    """Build the year loss table of one list of events.

    Rows of the same event, such as one per facility, must be summed before: here one row is one event,
    and the largest row of a year is its largest event.

    Parameters
    ----------
    year
        [events] Year of the event, counted over all draws, in ascending order.
    loss_eur
        [events] Loss of the event [`unit`], at least 0.
    years_per_draw
        [draws] Simulated years of each epistemic draw.
    unit
        Unit of the losses; days of care can be summarised in the same way.

    Returns
    -------
    YearLossTable
        Losses of a year are added in the order of the events, so equal input gives equal bits.

    Raises
    ------
    ModelError
        When lengths differ, years are out of order or out of range, or a loss is negative or not finite.

    Examples
    --------
    >>> table = build_year_loss_table([1, 1, 3], [5.0, 2.0, 4.0], years_per_draw=[2, 2])
    >>> table.year.tolist(), table.annual_sum.tolist(), table.annual_max.tolist()
    ([1, 3], [7.0, 4.0], [5.0, 4.0])
    """
    years = _integers(year, field="year")
    losses = _amounts(loss_eur, field="loss_eur")
    _same_length(years, losses, fields="year and loss_eur")
    n_years = int(_integers(years_per_draw, field="years_per_draw").sum())
    _check_years(years, n_years=n_years)
    # reduceat refuses an empty list of starts only when the values are empty too, which is a legitimate run.
    starts = np.flatnonzero(np.diff(years, prepend=-1)) if years.size else np.zeros(0, dtype=np.int64)
    return YearLossTable(
        years_per_draw=np.asarray(years_per_draw),
        year=years[starts],
        annual_sum=np.add.reduceat(losses, starts) if years.size else losses,
        annual_max=np.maximum.reduceat(losses, starts) if years.size else losses,
        unit=unit,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EventSummary:
    """Mean annual loss and frequency of the events of each code, with Monte Carlo standard errors.

    Parameters
    ----------
    annual_loss, annual_loss_error
        [codes] Mean annual loss and its standard error [unit of the losses].
    annual_frequency, annual_frequency_error
        [codes] Mean number of events per year and its standard error [1/y].
    """

    annual_loss: FloatArray
    annual_loss_error: FloatArray
    annual_frequency: FloatArray
    annual_frequency_error: FloatArray


def _annual_error(totals: FloatArray, *, code: IntArray, sums: FloatArray, n_years: int) -> FloatArray:
    squares = np.bincount(code, weights=totals * totals, minlength=sums.size)
    variance = np.maximum(0.0, squares - sums * sums / n_years) / (n_years - 1)
    return np.asarray(np.sqrt(variance / n_years), dtype=np.float64)


def summarise_by_code(
    code: ArrayLike, loss: ArrayLike, *, n_codes: int, n_years: int, year: ArrayLike | None = None
) -> EventSummary:
    """Return the mean annual loss and frequency of each code: threat class, origin, outcome, facility.

    Parameters
    ----------
    code
        [events] Code of the event, 0 to `n_codes` - 1.
    loss
        [events] Loss of the event, at least 0.
    n_codes, n_years
        Number of codes, number of simulated years over all draws.
    year
        [events] Year of the event. With it, the error is that of the mean of annual figures, whatever
        ties the events of a year together. Without it, events are taken as independent (compound Poisson,
        variance of the annual loss λE[X²]), which is too optimistic where a campaign hits several at once.

    Returns
    -------
    EventSummary
        The annual losses of all codes add up to the AAL.

    Raises
    ------
    ModelError
        When a code or a year is out of range, lengths differ, or a loss is negative or not finite.

    References
    ----------
    Klugman, Panjer & Willmot, *Loss Models*, 4th ed., chapter 9 (moments of compound distributions).

    Examples
    --------
    >>> summary = summarise_by_code([0, 2, 2], [1.0, 2.0, 4.0], n_codes=3, n_years=10)
    >>> summary.annual_loss.tolist(), summary.annual_frequency.tolist()
    ([0.1, 0.0, 0.6], [0.1, 0.0, 0.2])
    """
    codes = _integers(code, field="code")
    losses = _amounts(loss, field="loss")
    _same_length(codes, losses, fields="code and loss")
    if n_codes < 1 or n_years < 2:
        raise ModelError(
            "nothing to summarise over",
            value=f"{n_codes} codes, {n_years} years",
            allowed="at least 1 code and 2 years",
            repair="pass the length of the list of codes and the years of the plan",
        )
    if codes.size and (int(codes.min()) < 0 or int(codes.max()) >= n_codes):
        raise ModelError(
            "an event carries an unknown code",
            field="code",
            value=int(codes.min()) if int(codes.min()) < 0 else int(codes.max()),
            allowed=f"0 to {n_codes - 1}",
            repair="leave out events without a code, or count the codes again",
        )
    sums = np.asarray(np.bincount(codes, weights=losses, minlength=n_codes), dtype=np.float64)
    counts = np.asarray(np.bincount(codes, minlength=n_codes), dtype=np.float64)
    if year is None:
        loss_error = np.sqrt(np.bincount(codes, weights=losses * losses, minlength=n_codes)) / n_years
        frequency_error = np.sqrt(counts) / n_years
    else:
        years = _integers(year, field="year")
        _same_length(codes, years, fields="code and year")
        if years.size and (int(years.min()) < 0 or int(years.max()) >= n_years):
            raise ModelError(
                "an event lies outside the simulated years",
                field="year",
                value=int(years.min()) if int(years.min()) < 0 else int(years.max()),
                allowed=f"0 to {n_years - 1}",
                repair="count years over all draws",
            )
        pair, place = np.unique(years * n_codes + codes, return_inverse=True)
        pair_code = pair % n_codes
        pair_sum = np.asarray(np.bincount(place, weights=losses, minlength=pair.size), dtype=np.float64)
        pair_count = np.asarray(np.bincount(place, minlength=pair.size), dtype=np.float64)
        loss_error = _annual_error(pair_sum, code=pair_code, sums=sums, n_years=n_years)
        frequency_error = _annual_error(pair_count, code=pair_code, sums=counts, n_years=n_years)
    return EventSummary(
        annual_loss=sums / n_years,
        annual_loss_error=loss_error,
        annual_frequency=counts / n_years,
        annual_frequency_error=frequency_error,
    )
