"""Events again, in full: when each zone was reached and from where, and what each service could give day by day.

A row of the loss table names its coordinates; the same streams give the same event.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.errors import ModelError
from hygie.core.tables import DRIVERS
from hygie.core.waists import CompiledModel, YearEventLossTable
from hygie.simulation.attack import (
    A_CONTAINED,
    A_DETECTED,
    A_END,
    A_FIRED,
    A_STOLEN,
    ATTACK_FIELDS,
    MAX_ZONES,
    OUTAGE,
)
from hygie.simulation.impact import IMPACT_FIELDS, MAX_BREAKPOINTS, run_impact
from hygie.simulation.layout import I, KernelArrays, pack_model
from hygie.simulation.play import play_event, settle_until
from hygie.simulation.rebound import Event, make_event
from hygie.simulation.streams import Stream, derive_keys
from hygie.simulation.timelines import Outages, draw_timelines
from hygie.simulation.twin import Attempt, draw_attempt, draw_uniforms

__all__ = ["EventReplay", "EventsReplay", "replay_event", "replay_events"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

_CAMPAIGN = 3
_D_DDOS = DRIVERS.index("ddos")
_END_ROW = 6
_HOURS_PER_DAY = 24.0
# Events whose timelines are drawn together: a few tens of megabytes.
_CHUNK = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReplay:
    """One event in full.

    Parameters
    ----------
    entry_zone, vector
        Where it came in, and by which entry vector; -1 when nothing came in.
    reach_h
        First passage of each zone [h] after the attempt, inf when never reached.
    via_edge
        Edge by which each zone was first reached; -1 for the entry zone and for zones never reached.
    hosts
        Hosts affected by zone.
    detected_h, contained_h, end_h
        Times of the race [h] after the attempt; inf when it did not come to that.
    fired, stolen
        Whether the attacker acted, and took personal data.
    time_h
        Grid of time since the onset of damage [h].
    zone_down
        Impairment [time, zone]; 1 is fully down.
    capacity
        Capacity of each service [time, service]; 1 is normal.
    record
        The impact record: outage, care and euros, as in the loss table.
    """

    template: int
    entry_zone: int
    vector: int
    reach_h: FloatArray
    via_edge: IntArray
    hosts: FloatArray
    detected_h: float
    contained_h: float
    end_h: float
    fired: bool
    stolen: bool
    time_h: FloatArray
    zone_down: FloatArray
    capacity: FloatArray
    record: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsReplay:
    """Many events of one organisation in full; see `EventReplay` for what is there once an event.

    Parameters
    ----------
    zone_down, capacity
        Means of each day since the onset of damage [events, days, zones] and [events, days, services].
    """

    rows: IntArray
    entry_zone: IntArray
    vector: IntArray
    reach_h: FloatArray
    via_edge: IntArray
    hosts: FloatArray
    detected_h: FloatArray
    contained_h: FloatArray
    end_h: FloatArray
    fired: NDArray[np.bool_]
    stolen: NDArray[np.bool_]
    zone_down: FloatArray
    capacity: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """What the kernels left of one event."""

    draw: int
    node: int
    entry_zone: int
    vector: int
    reach: FloatArray
    via_edge: IntArray
    hosts: FloatArray
    attack: FloatArray
    zones: FloatArray
    external: tuple[int, float, float]
    record: FloatArray


# The last model replayed, by digest: many events of one model are replayed in a row.
_packed: tuple[str, KernelArrays] | None = None


def _pack_once(model: CompiledModel) -> KernelArrays:
    global _packed
    held = _packed
    if held is None or held[0] != model.digest:
        held = _packed = (model.digest, pack_model(model))
    return held[1]


class _Table:
    """A loss table made ready for replays: the model packed once, the keys derived once."""

    def __init__(self, model: CompiledModel, yelt: YearEventLossTable) -> None:
        if yelt.model_digest != model.digest:
            raise ModelError("this loss table comes from another model", repair="replay with the model of the same run")
        self.model = model
        self.columns = yelt.columns
        self.arrays = _pack_once(model)
        self.keys = derive_keys(yelt.plan.seed, yelt.plan.draws)
        self.starts = np.concatenate(([0], np.cumsum(yelt.plan.years_per_draw())))
        edges = np.asarray(model.arrays["edge_ptr"], dtype=np.int64)
        self.edge_source = np.repeat(np.arange(edges.size - 1), np.diff(edges))

    def run(self, row: int) -> _Run:
        """Run the kernels on one row again."""
        arrays, columns = self.arrays, self.columns
        k = int(columns["draw"][row])
        year = int(columns["year"][row] - self.starts[k])
        occurrence = int(columns["occurrence"][row])
        node = int(columns["facility"][row])
        if int(columns["root"][row]) == _CAMPAIGN:
            return self._run_denial(k, node, int(columns["origin_index"][row]), year, occurrence)
        # The whole event again: what a neighbour lost decides what this organisation loses.
        key0, key1 = self.keys[k]
        root, root_index = int(columns["root"][row]), int(columns["root_index"][row])
        event = make_event(arrays.node_i.shape[0], arrays.link_e.shape[0], arrays.template_service_f.shape[1], 0)
        play_event(arrays, k, event, root, root_index, year, occurrence, key0, key1)
        at = settle_until(arrays, k, event, node, year, occurrence, key0, key1)
        reach, attack = event.reach[at], event.attack[at]
        via = np.full(MAX_ZONES, -1, dtype=np.int64)
        entry_zone, vector = -1, -1
        if columns["process"][row] >= 0:
            entry_zone, vector = self._find_entry(event, at, k, year, occurrence)
            self._trace_edges(k, node, int(event.entity[at]), year, occurrence, reach, via)
        else:
            attack[[A_END, A_DETECTED, A_CONTAINED]] = np.inf
        return _Run(
            draw=k,
            node=node,
            entry_zone=entry_zone,
            vector=vector,
            reach=reach,
            via_edge=via,
            hosts=event.hosts[at],
            attack=attack,
            zones=event.zones,
            external=(int(event.external_zone[at]), float(event.external_level[at]), float(event.external_h[at])),
            record=event.impact,
        )

    def _find_entry(self, event: Event, at: int, k: int, year: int, occurrence: int) -> tuple[int, int]:
        """Return the zone where an attack came in, and the entry vector; -1 when it came by a link or a provider."""
        arrays = self.arrays
        if event.link[at] >= 0:
            return int(arrays.link_i[event.link[at], I.link_target_zone]), -1
        if event.client[at] >= 0:
            return int(arrays.client_i[event.client[at], I.client_entry_zone]), -1
        # The twin draws the attempt in NumPy, from the same words: nothing new to compile for a few events.
        node, process = int(event.node[at]), int(event.process[at])
        attempt = Attempt(
            key=self.keys[k],
            draw=k,
            node=node,
            process=process,
            source=int(event.entity[at]),
            year=year,
            occurrence=occurrence,
        )
        vector = draw_attempt(self.model, attempt)[3]
        return int(arrays.template_vector_i[arrays.node_i[node, 0], vector, 0]), vector

    def _run_denial(self, k: int, node: int, campaign: int, year: int, occurrence: int) -> _Run:
        arrays = self.arrays
        key0, key1 = self.keys[k]
        victim = arrays.node_e[node, 0] ^ arrays.campaign_e[campaign, 0]
        external = self._denial(k, node, campaign, int(victim), year, occurrence)
        attack, hosts = np.zeros(ATTACK_FIELDS), np.zeros(MAX_ZONES)
        zones, record = np.zeros((8, MAX_ZONES)), np.zeros(IMPACT_FIELDS)
        services = arrays.template_service_f.shape[1]
        run_impact(
            arrays, k, node, OUTAGE, victim, year, occurrence, key0, key1, hosts, attack, *external, _D_DDOS, zones,
            np.empty(MAX_BREAKPOINTS), np.zeros((2, services)), np.zeros(len(DRIVERS)), record,
        )  # fmt: skip
        attack[[A_END, A_DETECTED, A_CONTAINED]] = np.inf
        return _Run(
            draw=k,
            node=node,
            entry_zone=-1,
            vector=-1,
            reach=np.full(MAX_ZONES, np.inf),
            via_edge=np.full(MAX_ZONES, -1, dtype=np.int64),
            hosts=hosts,
            attack=attack,
            zones=zones,
            external=external,
            record=record,
        )

    def _uniforms(self, k: int, entity: int, year: int, occurrence: int, stream: Stream) -> FloatArray:
        return draw_uniforms(self.keys[k], entity=entity, year=year, occurrence=occurrence, stream=int(stream))

    def _denial(
        self, k: int, node: int, campaign: int, victim: int, year: int, occurrence: int
    ) -> tuple[int, float, float]:
        words = self._uniforms(k, victim, year, occurrence, Stream.VICTIM)
        drawn = self.arrays.draw_campaign_f[k, campaign]
        touched = int(words[2] < drawn[I.campaign_care_probability])
        zone = int(self.arrays.template_two_i[self.arrays.node_i[node, 0], touched, 0])
        hours = np.exp(drawn[I.campaign_outage_mu] + drawn[I.campaign_outage_sigma] * special.ndtri(words[3]))
        return zone, 1.0, float(hours)

    def _trace_edges(
        self, k: int, node: int, source: int, year: int, occurrence: int, reach: FloatArray, via: IntArray
    ) -> None:
        """Fill `via` with the edge whose sampled time explains the first passage of each zone."""
        a, base = self.model.arrays, int(self.arrays.template1_p[self.arrays.node_i[node, 0], 0])
        n = int(self.arrays.template1_p[self.arrays.node_i[node, 0] + 1, 0]) - base
        own = np.flatnonzero((self.edge_source >= base) & (self.edge_source < base + n))
        start, target = self.edge_source[own] - base, np.asarray(a["edge_target"], dtype=np.int64)[own]
        own = own[np.isfinite(reach[start]) & np.isfinite(reach[target])]
        if own.size == 0:
            return
        start, target = self.edge_source[own] - base, np.asarray(a["edge_target"], dtype=np.int64)[own]
        entity = np.uint64(source) ^ np.asarray(a["edge_entity"], dtype=np.uint64)[own]
        words = draw_uniforms(self.keys[k], entity=entity, year=year, occurrence=occurrence, stream=int(Stream.EDGE))
        kind = np.asarray(a["edge_type"], dtype=np.int64)[own]
        mu, sigma = (np.asarray(a[name], dtype=np.float64)[k, kind] for name in ("type_time_mu", "type_time_sigma"))
        gap = np.abs(reach[start] + np.exp(mu + sigma * special.ndtri(words[:, 1])) - reach[target])
        for i in np.argsort(gap, kind="stable")[::-1]:
            if gap[i] <= 1e-6 * (1.0 + reach[target[i]]):
                via[target[i]] = own[i]


def replay_event(model: CompiledModel, yelt: YearEventLossTable, row: int, *, step_h: float = 6.0) -> EventReplay:
    """Return one row of the loss table in full.

    Parameters
    ----------
    row
        Position in `yelt`, whose model is `model`.
    step_h
        Step of the time grid [h].

    Raises
    ------
    ModelError
        The table comes from another model.
    """
    table = _Table(model, yelt)
    run = table.run(row)
    template = int(model.arrays["node_template"][run.node])
    size = len(model.labels.zones[template])
    finish = float(run.zones[_END_ROW, :size].max())
    time = np.arange(0.0, finish + 2.0 * step_h, step_h) + 0.5 * step_h
    down, capacity = draw_timelines(table.arrays, run.node, _collect([run]), time)
    return EventReplay(
        template=template,
        entry_zone=run.entry_zone,
        vector=run.vector,
        reach_h=run.reach[:size],
        via_edge=run.via_edge[:size],
        hosts=run.hosts[:size],
        detected_h=float(run.attack[A_DETECTED]),
        contained_h=float(run.attack[A_CONTAINED]),
        end_h=float(run.attack[A_END]),
        fired=bool(run.attack[A_FIRED]),
        stolen=bool(run.attack[A_STOLEN]),
        time_h=time,
        zone_down=down[0],
        capacity=capacity[0],
        record=run.record,
    )


def replay_events(
    model: CompiledModel, yelt: YearEventLossTable, rows: Sequence[int], *, days: int, steps_per_day: int = 4
) -> EventsReplay:
    """Return many rows of the loss table in full, day by day.

    Parameters
    ----------
    rows
        Positions in `yelt`, at least one, all of one organisation.
    days
        Days after the onset of damage that are drawn.
    steps_per_day
        Times at which each day is sampled; its mean is kept.

    Raises
    ------
    ModelError
        No row, rows of several organisations, or a table that comes from another model.
    """
    if len({int(yelt.columns["facility"][row]) for row in rows}) != 1:
        raise ModelError(
            "events of one organisation are replayed together", value=len(rows), allowed="at least one row"
        )
    table = _Table(model, yelt)
    runs = [table.run(row) for row in rows]
    node = runs[0].node
    size = len(model.labels.zones[int(model.arrays["node_template"][node])])
    time = (np.arange(days * steps_per_day) + 0.5) * _HOURS_PER_DAY / steps_per_day
    down: list[FloatArray] = []
    capacity: list[FloatArray] = []
    for start in range(0, len(runs), _CHUNK):
        part = runs[start : start + _CHUNK]
        drawn = draw_timelines(table.arrays, node, _collect(part), time)
        for whole, daily in zip(drawn, (down, capacity), strict=True):
            daily.append(whole.reshape(len(part), days, steps_per_day, -1).mean(axis=2))
    attack = np.stack([run.attack for run in runs])
    return EventsReplay(
        rows=np.array(rows, dtype=np.int64),
        entry_zone=np.array([run.entry_zone for run in runs], dtype=np.int64),
        vector=np.array([run.vector for run in runs], dtype=np.int64),
        reach_h=np.stack([run.reach[:size] for run in runs]),
        via_edge=np.stack([run.via_edge[:size] for run in runs]),
        hosts=np.stack([run.hosts[:size] for run in runs]),
        detected_h=attack[:, A_DETECTED],
        contained_h=attack[:, A_CONTAINED],
        end_h=attack[:, A_END],
        fired=attack[:, A_FIRED] > 0.0,
        stolen=attack[:, A_STOLEN] > 0.0,
        zone_down=np.concatenate(down),
        capacity=np.concatenate(capacity),
    )


def _collect(runs: Sequence[_Run]) -> Outages:
    return Outages(
        draws=np.array([run.draw for run in runs], dtype=np.int64),
        zones=np.stack([run.zones for run in runs]),
        external_zone=np.array([run.external[0] for run in runs], dtype=np.int64),
        external_level=np.array([run.external[1] for run in runs]),
        external_h=np.array([run.external[2] for run in runs]),
    )
