"""Figures of sites whose sums are those published: iterative proportional fitting, then whole numbers.

Source of the fitting: Deming & Stephan 1940, "On a least squares adjustment of a sampled frequency table when the
expected marginal totals are known", doi:10.1214/aoms/1177731829.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bounds", "fit_margins", "round_sums"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_ROUNDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What the sum of the values of each owner stays between, as far as the sums of columns let it."""

    owner: IntArray
    low: FloatArray
    high: FloatArray


def fit_margins(
    values: FloatArray,
    *,
    rows: IntArray,
    columns: IntArray,
    row_sums: FloatArray,
    column_sums: FloatArray,
    bounds: Bounds | None = None,
) -> FloatArray:
    """Return `values` scaled so that they add up to `column_sums`, and as nearly as possible to `row_sums`.

    Parameters
    ----------
    values
        What is fitted, none below 0; zeros stay.
    rows, columns
        Row and column of each value.
    bounds
        Of the sums of several values together.
    """
    fitted = values
    for _ in range(_ROUNDS):
        fitted = _scale(fitted, rows, row_sums)
        if bounds is not None:
            held = np.bincount(bounds.owner, weights=fitted)
            fitted = _scale(fitted, bounds.owner, np.clip(held, bounds.low, bounds.high))
        fitted = _scale(fitted, columns, column_sums)
    return fitted


def _scale(values: FloatArray, index: IntArray, sums: FloatArray) -> FloatArray:
    held = np.bincount(index, weights=values, minlength=len(sums))
    factors = np.divide(sums, held, out=np.zeros(len(sums)), where=held > 0.0)
    return values * factors[index]


def round_sums(values: FloatArray, total: int, *, low: IntArray, high: IntArray) -> IntArray:
    """Return whole numbers near `values`, between `low` and `high`, that add up to `total`.

    What the bounds take or leave goes to the others in proportion; the last units go to the largest remainders. When
    there are not enough units for the lower bounds, the largest values get one each.

    >>> round_sums(np.array([1.6, 1.6, 0.8]), 4, low=np.zeros(3, np.int64), high=np.full(3, 9))
    array([2, 1, 1])
    """
    if low.sum() > total:
        low = np.zeros_like(low)
        low[np.argsort(-values, kind="stable")[:total]] = 1
        high = low
    wanted = np.clip(values, low, high).astype(np.float64)
    for _ in range(_ROUNDS):
        rest = total - wanted.sum()
        if abs(rest) < 0.5 / (1 + len(values)):
            break
        room = high - wanted if rest > 0 else wanted - low
        movable = np.where(room > 0.0, np.maximum(wanted, 1e-9), 0.0)
        if movable.sum() == 0.0:
            break
        wanted = np.clip(wanted + rest * movable / movable.sum(), low, high)
    whole = np.floor(wanted).astype(np.int64)
    missing = total - int(whole.sum())
    order = np.argsort(-(wanted - whole), kind="stable")
    for position in order[whole[order] < high[order]][: max(missing, 0)]:
        whole[position] += 1
    return whole
