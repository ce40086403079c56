"""Which zones attacks reach and which services stop, before and after some controls: the same years replayed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hygie.core.waists import CompiledModel, YearEventLossTable
from hygie.service.decide_world import Bench, try_controls
from hygie.service.facility_view import describe_facility
from hygie.service.scenario_event import HALF_DOWN
from hygie.simulation.replay import replay_events
from hygie.views.decide import ReachView, ServiceReachView, ZoneReachView
from hygie.views.messages import Language

__all__ = ["measure_reach"]

FloatArray = NDArray[np.float64]

# Events replayed on each side: a second or so, and a frequency of one year in twenty is known within about a tenth.
_MOST_EVENTS = 600
_LEAST_DAYS, _MOST_DAYS = 7, 120


def measure_reach(
    bench: Bench, before: YearEventLossTable, model: CompiledModel, raised: dict[str, float], *, language: Language
) -> ReachView:
    """Return how often each zone is reached and how long each service is down, as described and with controls raised.

    The same simulated years are replayed on both sides, evenly spread over all years and draws.

    Parameters
    ----------
    before, model
        Loss table and model of the facility as it is described.
    raised
        Coverage of the controls that are taken.
    """
    changed, after = try_controls(bench, raised)
    rows = int((np.asarray(before.columns["facility"]) == 0).sum())
    stride = max(1, -(-rows // _MOST_EVENTS))
    years = len(range(0, before.plan.years, stride))
    outage = np.asarray(before.columns["outage_h"], dtype=np.float64)
    last = float(np.quantile(outage, 0.98)) / 24.0 if outage.size else 0.0
    days = int(min(max(np.ceil(last) + 3, _LEAST_DAYS), _MOST_DAYS))
    first = _count(model, before, stride, days)
    second = _count(changed, after, stride, days)
    graph = describe_facility(
        bench.world.facility, catalogue=bench.world.catalogue, blueprints=bench.world.blueprints, language=language
    ).graph
    flows = np.asarray(model.arrays["node_flow_per_h"])[0].sum(axis=1)
    place = {name: z for z, name in enumerate(model.labels.zones[int(model.arrays["node_template"][0])])}
    return ReachView(
        controls=list(raised),
        names=[bench.controls[name].name.local().in_language(language) for name in raised],
        years=years,
        events_before=first[0],
        events_after=second[0],
        graph=graph,
        zones=[
            ZoneReachView(
                id=zone.id,
                label=zone.label,
                before_per_y=float(first[1][z]) / years,
                after_per_y=float(second[1][z]) / years,
                hit_before_per_y=float(first[2][z]) / years,
                hit_after_per_y=float(second[2][z]) / years,
            )
            for zone in graph.zones
            if (z := place.get(zone.id)) is not None
        ],
        services=[
            ServiceReachView(
                id=service.id,
                label=service.name.local().in_language(language),
                before_days_per_y=float(first[3][s]) / years,
                after_days_per_y=float(second[3][s]) / years,
            )
            for s, service in enumerate(bench.world.blueprints.services)
            if flows[s] > 0.0
        ],
    )


def _count(
    model: CompiledModel, yelt: YearEventLossTable, stride: int, days: int
) -> tuple[int, FloatArray, FloatArray, FloatArray]:
    """Return how many events the chosen years have, those that reach and hit each zone, days down of each service."""
    year = np.asarray(yelt.columns["year"], dtype=np.int64)
    chosen = np.flatnonzero((year % stride == 0) & (np.asarray(yelt.columns["facility"]) == 0))
    rows: Sequence[int] = chosen.tolist()
    if not rows:
        zones, services = _sizes(model)
        return 0, np.zeros(zones), np.zeros(zones), np.zeros(services)
    replays = replay_events(model, yelt, rows, days=days)
    held = (replays.reach_h <= replays.end_h[:, None]) & (replays.entry_zone >= 0)[:, None]
    down = (1.0 - replays.capacity) >= HALF_DOWN
    return (
        len(rows),
        np.asarray(held.sum(axis=0), dtype=np.float64),
        np.asarray((replays.hosts > 0.0).sum(axis=0), dtype=np.float64),
        np.asarray(down.sum(axis=(0, 1)), dtype=np.float64),
    )


def _sizes(model: CompiledModel) -> tuple[int, int]:
    zones = model.labels.zones[int(model.arrays["node_template"][0])]
    return len(zones), int(np.asarray(model.arrays["node_flow_per_h"]).shape[1])
