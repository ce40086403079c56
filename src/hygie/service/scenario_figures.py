"""The figures of a scenario: means with their errors, quantiles, bands by day, and paired differences."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.tables import FORMS, YELT_COLUMNS
from hygie.service.scenario_runs import Simulated

__all__ = [
    "BAND",
    "Paired",
    "Spread",
    "band_of",
    "care_columns",
    "pair_events",
    "share_with_error",
    "spread_of",
    "summarise_columns",
]

FloatArray = NDArray[np.float64]

# Quantiles of every band: 5 %, median, 95 %.
BAND = (0.05, 0.5, 0.95)

_COORDINATES = frozenset(
    {
        *("draw", "year", "day", "facility", "process", "threat_class", "origin", "origin_index", "occurrence"),
        *("actor", "generation", "root", "root_index"),
    }
)
_OTHERS = frozenset({"outcome", "zones_hit", "hosts_hit", "backups_lost", "data_stolen", "outage_h"})


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean with its standard error, and the 5 %, 50 % and 95 % quantiles."""

    mean: float
    error: float
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Paired:
    """One quantity of the same events with and without a change, per simulated event.

    Parameters
    ----------
    error
        Standard error of the difference on common random numbers.
    unpaired_error
        What it would be on independent events.
    """

    without: float
    with_: float
    difference: float
    error: float
    unpaired_error: float


def care_columns() -> list[str]:
    """Return the columns of the loss table that count care, whatever they are, in their order."""
    return [
        name
        for name in YELT_COLUMNS
        if name not in _COORDINATES and name not in _OTHERS and not name.startswith("loss_")
    ]


def spread_of(values: FloatArray, draw: NDArray[np.int64], *, draws: int) -> Spread:
    """Return mean and quantiles of the kept events.

    The error takes each draw as one observation: events of a draw share its parameters. Mean over all events as a
    ratio of sums, error by linearisation (Cochran 1977, section 6.5).
    """
    mean = float(values.mean())
    low, median, high = (float(x) for x in np.quantile(values, BAND))
    return Spread(
        mean, _clustered_error(np.asarray(values - mean), draw, draws=draws, count=values.size), low, median, high
    )


def share_with_error(flags: NDArray[np.bool_], draw: NDArray[np.int64], *, draws: int) -> tuple[float, float]:
    """Return the share of events for which a flag holds, and its standard error by draw."""
    share = float(flags.mean())
    return share, _clustered_error(flags - share, draw, draws=draws, count=flags.size)


def _clustered_error(residual: NDArray[np.floating[Any]], draw: NDArray[np.int64], *, draws: int, count: int) -> float:
    if draws < 2:
        return float(residual.std() / np.sqrt(max(count, 1)))
    sums = np.bincount(draw, weights=residual, minlength=draws)
    return float(np.sqrt((sums @ sums) * draws / (draws - 1)) / max(count, 1))


def summarise_columns(events: Simulated) -> dict[str, Spread]:
    """Return the spread of every quantity of the kept events."""
    columns, rows = events.yelt.columns, events.rows
    draw = np.asarray(columns["draw"], dtype=np.int64)[rows]
    names = ["zones_hit", "hosts_hit", "outage_h", *care_columns(), *(f"loss_{form}_eur" for form in FORMS)]
    return {
        name: spread_of(np.asarray(columns[name], dtype=np.float64)[rows], draw, draws=events.model.draws)
        for name in [*names, "loss_eur", "loss_own_eur"]
    }


def band_of(values: FloatArray) -> FloatArray:
    """Return the 5 %, 50 % and 95 % quantiles over the first axis [3, ...]."""
    return np.asarray(np.quantile(values, BAND, axis=0))


def pair_events(without: Simulated, with_: Simulated) -> dict[str, Paired]:
    """Return differences per simulated event, every trace of the event counted, kept or not.

    Each simulated event has its number in both tables: one that is stopped leaves no row and counts zero. `kept` is the
    share of events that end as the scenario asks.
    """
    quantities = ["kept", "outage_h", *care_columns(), "loss_eur", "loss_own_eur"]
    return {name: _pair(_per_event(without, name), _per_event(with_, name), without) for name in quantities}


def _per_event(events: Simulated, name: str) -> FloatArray:
    columns: Mapping[str, NDArray[np.generic]] = events.yelt.columns
    values = events.kept.astype(np.float64) if name == "kept" else np.asarray(columns[name], dtype=np.float64)
    number = np.asarray(columns["year"], dtype=np.int64)
    return np.bincount(number, weights=values, minlength=events.yelt.plan.years).astype(np.float64)


def _pair(before: FloatArray, after: FloatArray, events: Simulated) -> Paired:
    plan = events.yelt.plan
    draw = np.repeat(np.arange(plan.draws), plan.years_per_draw())
    n = before.size

    def error(values: FloatArray) -> float:
        return _clustered_error(values - values.mean(), draw, draws=plan.draws, count=n)

    return Paired(
        without=float(before.mean()),
        with_=float(after.mean()),
        difference=float((after - before).mean()),
        error=error(after - before),
        unpaired_error=float(np.hypot(error(before), error(after))),
    )
