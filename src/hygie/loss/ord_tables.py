"""Loss tables in the columns of Oasis Open Results Data (ORD): arrays only.

Columns and their meaning: github.com/OasisLMF/ODS_OpenResultsData, ``Schema/ORD_List_of_Fields.csv``. A simulated event
happens once, so that each event has one sample and a rate of one over the number of periods. Columns on exposure in the
footprint are left out: an organisation has no insured value that an attack could be measured against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError
from hygie.loss.curves import find_rank, read_order_statistic

__all__ = ["ORD_TABLES", "OrdTable", "OrdVersion", "build_ord_table"]

AnyArray = NDArray[np.generic]
FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
OrdTable = Literal["SELT", "MELT", "SPLT", "MPLT", "ALT", "EPT"]
OrdVersion = Literal[1, 2]

ORD_TABLES: tuple[OrdTable, ...] = ("SELT", "MELT", "SPLT", "MPLT", "ALT", "EPT")

_MONTHS = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_PERIODS = (2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 5000, 10000)
_SAMPLED = 2


def build_ord_table(
    table: OrdTable,
    loss_eur: FloatArray,
    *,
    columns: Mapping[str, AnyArray],
    event: IntArray,
    n_years: int,
    version: OrdVersion = 2,
) -> dict[str, AnyArray]:
    """Return one ORD table of one perspective.

    Parameters
    ----------
    table
        ``SELT``, ``MELT`` (events), ``SPLT``, ``MPLT`` (events in their periods), ``ALT`` (average annual loss),
        ``EPT`` (exceedance probability).
    loss_eur
        [rows] Loss of each row of the loss table in this perspective; rows without loss are left out.
    columns
        ``year``, ``day`` and ``facility`` of the rows. Summaries are facilities, counted from 1.
    event
        [rows] Number of the event, from 1.
    n_years
        Simulated years: the periods.
    version
        1 for the integer codes of ORD 1 (EPCalc, EPType), 2 for the texts of ORD 2 (EPMethod, EPType, LossMethod).

    Raises
    ------
    ModelError
        No such table.
    """
    hit = np.flatnonzero(loss_eur > 0.0)
    loss = np.asarray(loss_eur[hit], dtype=np.float64)
    year = np.asarray(columns["year"], dtype=np.int64)[hit]
    summary = np.asarray(columns["facility"], dtype=np.int64)[hit] + 1
    number = event[hit]
    if table in ("SELT", "MELT"):
        head: dict[str, AnyArray] = {"EventId": number, "SummaryId": summary}
        if table == "SELT":
            return {**head, "SampleId": np.ones(hit.size, dtype=np.int32), "Loss": loss}
        rate = {"EventRate": np.full(hit.size, 1.0 / n_years)}
        return {**head, "SampleType": np.full(hit.size, _SAMPLED, dtype=np.int32), **rate, **_moments(loss)}
    if table in ("SPLT", "MPLT"):
        head = {
            "Period": year + 1,
            "PeriodWeight": np.full(hit.size, 1.0 / n_years),
            "EventId": number,
            **_date(year, np.asarray(columns["day"], dtype=np.int64)[hit]),
            "SummaryId": summary,
        }
        if table == "SPLT":
            return {**head, "SampleId": np.ones(hit.size, dtype=np.int32), "Loss": loss}
        return {**head, "SampleType": np.full(hit.size, _SAMPLED, dtype=np.int32), **_moments(loss)}
    facilities = np.unique(np.asarray(columns["facility"], dtype=np.int64)) + 1
    if table == "ALT":
        return _average(loss, year=year, summary=summary, facilities=facilities, n_years=n_years, version=version)
    if table == "EPT":
        return _exceedance(loss, year=year, summary=summary, facilities=facilities, n_years=n_years, version=version)
    raise ModelError(
        f"ORD has no table “{table}” here",
        field="table",
        value=table,
        allowed=", ".join(ORD_TABLES),
        repair="choose one of the listed tables",
    )


def _moments(loss: FloatArray) -> dict[str, AnyArray]:
    return {
        "ChanceOfLoss": np.ones(loss.size),
        "MeanLoss": loss,
        "SDLoss": np.zeros(loss.size),
        "MaxLoss": loss,
    }


def _date(year: IntArray, day: IntArray) -> dict[str, AnyArray]:
    """Return occurrence dates of years of 365 days; years count from 1 as periods do."""
    month = np.searchsorted(_MONTHS, day, side="right")
    zero = np.zeros(year.size, dtype=np.int32)
    return {
        "Year": year + 1,
        "Month": month.astype(np.int32),
        "Day": (day - _MONTHS[month - 1] + 1).astype(np.int32),
        "Hour": zero,
        "Minute": zero,
    }


def _annual(loss: FloatArray, year: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return sums and maxima of the years with a loss."""
    if loss.size == 0:
        return loss, loss
    starts = np.flatnonzero(np.diff(year, prepend=-1))
    return np.add.reduceat(loss, starts), np.maximum.reduceat(loss, starts)


def _average(
    loss: FloatArray, *, year: IntArray, summary: IntArray, facilities: IntArray, n_years: int, version: OrdVersion
) -> dict[str, AnyArray]:
    means, deviations = [], []
    for facility in facilities:
        sums, _ = _annual(loss[summary == facility], year[summary == facility])
        mean = float(sums.sum()) / n_years
        squares = float(((sums - mean) ** 2).sum()) + (n_years - sums.size) * mean * mean
        means.append(mean)
        deviations.append(np.sqrt(squares / (n_years - 1)))
    size = facilities.size
    kind: dict[str, AnyArray] = {"SampleType": np.full(size, _SAMPLED, dtype=np.int32)}
    if version == 2:
        kind["LossMethod"] = np.array(["STOC"] * size, dtype=object)
    return {"SummaryId": facilities, **kind, "MeanLoss": np.array(means), "SDLoss": np.array(deviations)}


def _exceedance(
    loss: FloatArray, *, year: IntArray, summary: IntArray, facilities: IntArray, n_years: int, version: OrdVersion
) -> dict[str, AnyArray]:
    kinds: Sequence[tuple[str, int]] = (("OEP", 1), ("TVAR_OEP", 2), ("AEP", 3), ("TVAR_AEP", 4))
    periods = [period for period in _PERIODS if n_years / period >= 1.0]
    rows: list[tuple[int, int, float, float]] = []
    for facility in facilities.tolist():
        sums, largest = _annual(loss[summary == facility], year[summary == facility])
        for place, values in ((0, largest), (2, sums)):
            ordered = np.sort(values)
            for period in periods:
                quantile = read_order_statistic(ordered, n_years=n_years, rank=find_rank(1.0 / period, n_years=n_years))
                excess = float(np.maximum(0.0, ordered - quantile).sum()) / n_years
                rows.append((facility, place, float(period), quantile))
                rows.append((facility, place + 1, float(period), quantile + excess * period))
    rows.sort(key=lambda row: (row[0], row[1], -row[2]))
    size = len(rows)
    names: dict[str, AnyArray]
    if version == 2:
        names = {
            "EPMethod": np.array(["S_FULL"] * size, dtype=object),
            "EPType": np.array([kinds[row[1]][0] for row in rows], dtype=object),
        }
    else:
        names = {
            "EPCalc": np.full(size, _SAMPLED, dtype=np.int32),
            "EPType": np.array([kinds[row[1]][1] for row in rows], dtype=np.int32),
        }
    return {
        "SummaryId": np.array([row[0] for row in rows], dtype=np.int64),
        **names,
        "ReturnPeriod": np.array([row[2] for row in rows]),
        "Loss": np.array([row[3] for row in rows]),
    }
