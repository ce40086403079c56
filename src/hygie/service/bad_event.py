"""One bad event told day by day: the median of the simulated major encryptions, replayed."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite

import numpy as np

from hygie.core.tables import ORIGINS, OUTCOMES
from hygie.core.waists import CompiledModel, YearEventLossTable
from hygie.facility.blueprints import ServiceSpec
from hygie.facility.zone_graphs import ZoneGraph
from hygie.service.words import ORIGIN_LABELS, OUTCOME_LABELS
from hygie.simulation.replay import replay_event
from hygie.views.assessment import BadEventView, ServiceTimeline, ZonePassage
from hygie.views.messages import Translate
from hygie.views.numbers import format_count, format_euros, format_number

__all__ = ["choose_bad_event", "describe_bad_event"]

_STEP_H = 6.0
_SEVERAL = OUTCOMES.index("several_servers")
_OUTAGE = OUTCOMES.index("outage")
_MAX_DAYS = 366


def choose_bad_event(yelt: YearEventLossTable) -> tuple[int, int] | None:
    """Return the row of the median loss among major encryptions, and how many there are; None without any."""
    outcome = np.asarray(yelt.columns["outcome"], dtype=np.int64)
    major = np.flatnonzero((outcome >= _SEVERAL) & (outcome < _OUTAGE))
    if major.size == 0:
        return None
    loss = np.asarray(yelt.columns["loss_eur"], dtype=np.float64)[major]
    order = np.argsort(loss, kind="stable")
    return int(major[order[(major.size - 1) // 2]]), int(major.size)


def describe_bad_event(
    model: CompiledModel,
    yelt: YearEventLossTable,
    *,
    graph: ZoneGraph,
    services: Sequence[ServiceSpec],
    language: str,
    _: Translate,
) -> BadEventView | None:
    """Replay the typical major encryption and return it day by day; None when none was simulated.

    Parameters
    ----------
    graph
        Zones of the assessed organisation: only it has rows.
    """
    chosen = choose_bad_event(yelt)
    if chosen is None:
        return None
    row, count = chosen
    replay = replay_event(model, yelt, row, step_h=_STEP_H)
    columns = yelt.columns
    per_day = int(24.0 / _STEP_H)
    days = min(-(-replay.time_h.size // per_day) + 7, _MAX_DAYS)
    timelines = []
    node = int(columns["facility"][row])
    weight = np.asarray(model.arrays["node_flow_per_h"])[node].sum(axis=1)
    for s, service in enumerate(services):
        capacity = np.ones(days * per_day)
        stop = min(replay.time_h.size, capacity.size)
        capacity[:stop] = replay.capacity[:stop, s]
        daily = capacity.reshape(days, per_day).mean(axis=1)
        if weight[s] > 0.0:
            timelines.append(
                ServiceTimeline(
                    id=service.id,
                    label=service.name.local().in_language(language),
                    capacity=[round(float(value), 4) for value in daily],
                )
            )
    zones = [
        ZonePassage(
            id=zone.id,
            label=zone.name.local().in_language(language),
            reached_h=float(replay.reach_h[z]) if replay.reach_h[z] <= replay.end_h else None,
            hosts=int(replay.hosts[z]),
            down_days=float((replay.zone_down[:, z] > 0.01).sum() * _STEP_H / 24.0),
        )
        for z, zone in enumerate(graph.zones)
    ]
    loss = float(columns["loss_eur"][row])
    beds = float(columns["bed_days_lost"][row])
    outage = float(columns["outage_h"][row]) / 24.0
    outcome, origin = OUTCOMES[int(columns["outcome"][row])], ORIGINS[int(columns["origin"][row])]
    first = replay.reach_h[np.isfinite(replay.reach_h)].min()
    dwell = (replay.end_h - float(first)) / 24.0
    return BadEventView(
        sentence=_(
            "A typical major encryption, the median of {count} simulated: the attackers stay {dwell} days unseen or "
            "uncontained, systems take {outage} days to come back in full, {beds} bed-days of care are lost, and the "
            "whole costs {loss}.",
            count=format_count(count, language),
            dwell=format_number(dwell, language),
            outage=format_number(outage, language),
            beds=format_number(beds, language),
            loss=format_euros(loss, language),
        ),
        origin=_(ORIGIN_LABELS[origin]),
        outcome=_(OUTCOME_LABELS[outcome]),
        day=list(range(1, days + 1)),
        services=timelines,
        zones=zones,
        detected_h=float(replay.detected_h)
        if isfinite(replay.detected_h) and replay.detected_h < replay.end_h
        else None,
        damage_h=float(replay.end_h),
        backups_lost=bool(columns["backups_lost"][row]),
        outage_days=outage,
        loss_eur=loss,
        loss_own_eur=float(columns["loss_own_eur"][row]),
        bed_days_lost=beds,
        visits_diverted=float(columns["visits_diverted"][row]),
        operations_lost=float(columns["operations_lost"][row]),
        events_like_this=count,
    )
