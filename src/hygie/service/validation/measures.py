"""From simulated events to the quantity that a target observed: one value per event."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import FLOWS, FORMS, OUTCOMES
from hygie.core.units import HOURS_PER_DAY
from hygie.service.validation.experiments import FacilityEvents, Laboratory
from hygie.service.validation.targets import Measure, Target
from hygie.simulation.activity import follow_event

__all__ = ["Measured", "count_groups", "measure_events"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Measured:
    """Values of one target.

    Parameters
    ----------
    values, draw
        One per event, and the epistemic draw of each.
    sample
        Where the inputs of each draw are found.
    """

    values: FloatArray
    draw: NDArray[np.int64]
    sample: EpistemicSample


def count_groups(laboratory: Laboratory, groups: Sequence[Sequence[str]]) -> tuple[FloatArray, EpistemicSample]:
    """Return how many attempts over the population end in each group of outcomes [K, groups]."""
    counts, sample = laboratory.count_population()
    columns = [counts[:, [OUTCOMES.index(name) for name in group]].sum(axis=1) for group in groups]
    return np.stack(columns, axis=1).astype(np.float64), sample


def measure_events(
    targets: Sequence[Target],
    laboratory: Laboratory,
    *,
    per_draw: int,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Measured]:
    """Return the values of each target; targets on the same events share them.

    Parameters
    ----------
    per_draw
        Most events of a draw that are followed day by day; other measures take eight times as many.
    """
    measured: dict[str, Measured] = {}
    groups: dict[tuple[str, str, tuple[str, ...]], list[Target]] = {}
    for target in targets:
        if target.measure.of_population:
            measured[target.id] = _measure_population(target.measure, laboratory)
        else:
            key = (str(target.facility), target.event, target.outcomes)
            groups.setdefault(key, []).append(target)
    for done, ((facility, event, outcomes), members) in enumerate(groups.items()):
        events = laboratory.hit(facility, event)
        daily = [target for target in members if target.measure.of_days]
        other = [target for target in members if not target.measure.of_days]
        rows = events.choose(outcomes, per_draw=8 * per_draw)
        draw = np.asarray(events.yelt.columns["draw"], dtype=np.int64)
        for target in other:
            values = _read_columns(target.measure, events, rows, tuple(laboratory.world.targets.components))
            measured[target.id] = Measured(values, draw[rows], events.sample)
        if daily:
            rows = events.choose(outcomes, per_draw=per_draw)
            for target, values in zip(daily, _follow([target.measure for target in daily], events, rows), strict=True):
                measured[target.id] = Measured(values, draw[rows], events.sample)
        if progress is not None:
            progress(done + 1, len(groups))
    return measured


def _measure_population(measure: Measure, laboratory: Laboratory) -> Measured:
    groups = (
        (measure.of, measure.among)
        if measure.kind == "population_share"
        else (measure.groups[0], sum(measure.groups, ()))
    )
    counts, sample = count_groups(laboratory, groups)
    shares = (counts[:, 0] + 0.5) / (counts[:, 1] + 1.0)
    return Measured(shares, np.arange(shares.size), sample)


def _read_columns(
    measure: Measure, events: FacilityEvents, rows: NDArray[np.int64], components: tuple[str, ...]
) -> FloatArray:
    columns = events.yelt.columns

    def read(name: str) -> FloatArray:
        return np.asarray(columns[name], dtype=np.float64)[rows]

    if measure.kind == "cost":
        forms = [FORMS[components.index(name)] for name in measure.components]
        return np.asarray(sum(read(f"loss_{form}_eur") for form in forms), dtype=np.float64)
    if measure.kind == "outage":
        return read("outage_h") / HOURS_PER_DAY
    lost = (read("bed_days_lost") >= 1.0) | (read("visits_diverted") >= 1.0)
    return np.asarray(lost == (measure.kind == "care_effect"), dtype=np.float64)


def _follow(measures: Sequence[Measure], events: FacilityEvents, rows: NDArray[np.int64]) -> list[FloatArray]:
    days = max(ceil(measure.to_day) for measure in measures)
    flows = np.asarray(events.model.arrays["node_flow_per_h"], dtype=np.float64)[0]
    services = events.model.labels.services
    weights = []
    for measure in measures:
        chosen = np.array([not measure.services or name in measure.services for name in services])
        weight = flows[:, FLOWS.index(measure.flow)] * chosen
        weights.append(weight / max(float(weight.sum()), 1e-12))
    values = np.empty((len(measures), rows.size))
    for column, row in enumerate(rows):
        event = follow_event(events.model, events.yelt, int(row), days=days)
        for index, measure in enumerate(measures):
            window = slice(int(measure.from_day), ceil(measure.to_day))
            series = event.systems if measure.kind == "systems" else event.activity @ weights[index]
            values[index, column] = series[window].mean()
    return list(values)
