"""Reinsurance of a portfolio of insured losses: treaties in order, each on what the ones before have left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hygie.core.errors import ModelError
from hygie.core.programmes import Treaty
from hygie.loss.terms import InsuredLosses, apply_layer

__all__ = ["CededLosses", "apply_treaties"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CededLosses:
    """What one treaty takes.

    Parameters
    ----------
    ceded
        [rows] Part of each row's loss that the reinsurer pays [EUR_2024].
    by_year
        The treaty's own years: annual payments, exhaustion, reinstatement premiums.
    """

    ceded: FloatArray
    by_year: InsuredLosses


def apply_treaties(
    loss_eur: ArrayLike, treaties: Sequence[Treaty], *, year: ArrayLike, day: ArrayLike, event: ArrayLike
) -> list[CededLosses]:
    """Apply treaties one after the other.

    Parameters
    ----------
    loss_eur
        [rows] Insured loss of one facility in one event [EUR_2024].
    year, day, event
        [rows] Year, increasing; day of the year; number of the event inside its year: rows of one year with one number
        are one event (a campaign, a provider's outage).

    Returns
    -------
    list
        One entry per treaty. Losses of an event are ceded in proportion to what each row still holds, so that per row
        everything ceded and everything kept add up to the loss.

    Raises
    ------
    ModelError
        Lengths differ, or years are not in order.

    References
    ----------
    Order and meaning as in OED, *Reinsurance*: QS, PR, CXL, AXL with ``InuringPriority`` 1, 2, …
    (github.com/OasisLMF/ODS_OpenExposureData).

    Examples
    --------
    >>> from hygie.core.programmes import Layer
    >>> half = Treaty(kind="quota_share", terms=Layer(id="qs", share=0.5))
    >>> cat = Treaty(kind="per_event", terms=Layer(id="cat", attachment_eur=6.0, limit_eur=10.0))
    >>> done = apply_treaties([8.0, 12.0], [half, cat], year=[3, 3], day=[7, 7], event=[0, 0])
    >>> [item.ceded.round(6).tolist() for item in done]
    [[4.0, 6.0], [1.6, 2.4]]
    """
    left: FloatArray = np.array(loss_eur, dtype=np.float64)
    years = np.asarray(year, dtype=np.int64)
    days = np.asarray(day, dtype=np.int16)
    codes = np.asarray(event, dtype=np.int64)
    if not left.shape == years.shape == days.shape == codes.shape:
        raise ModelError("losses, years, days and events differ in length", field="loss_eur", repair="pass one table")
    first, place = _group_events(years, codes)
    results = []
    for treaty in treaties:
        terms = treaty.terms
        if treaty.kind == "stop_loss":
            terms = replace(terms, attachment_eur=0.0, limit_eur=np.inf, reinstatements=None)
        if treaty.kind == "per_event":
            total = np.asarray(np.bincount(place, weights=left, minlength=first.size), dtype=np.float64)
            taken = apply_layer(years[first], days[first], total, terms)
            part = np.divide(taken.paid, total, out=np.zeros_like(total), where=total > 0.0)
            ceded = np.minimum(left * part[place], left)
        else:
            taken = apply_layer(years, days, left, terms)
            ceded = taken.paid
        left = left - ceded
        results.append(CededLosses(ceded=ceded, by_year=taken))
    return results


def _group_events(year: IntArray, event: IntArray) -> tuple[IntArray, IntArray]:
    """Return the first row of each event, in the order of the table, and the event of each row."""
    if year.size == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    order = np.lexsort((event, year))
    fresh = np.ones(year.size, dtype=bool)
    fresh[1:] = (year[order][1:] != year[order][:-1]) | (event[order][1:] != event[order][:-1])
    first = order[fresh]
    number = np.empty(year.size, dtype=np.int64)
    number[order] = np.cumsum(fresh) - 1
    # Events in the order of their first rows: ties of a day then follow the table.
    rank = np.argsort(first, kind="stable")
    back = np.empty_like(rank)
    back[rank] = np.arange(rank.size)
    return first[rank], back[number]
