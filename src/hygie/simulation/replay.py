"""One event again, in full: when each zone was reached, and what each service could give day by day.

A row of the loss table names its coordinates; the same streams give the same event.
"""

from __future__ import annotations

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
    A_STOLEN,
    A_STOLEN_SHARE,
    ATTACK_FIELDS,
    MAX_ZONES,
    run_attack,
)
from hygie.simulation.block import THROUGH_LINK, THROUGH_PROVIDER
from hygie.simulation.impact import IMPACT_FIELDS, MAX_BREAKPOINTS, run_impact
from hygie.simulation.layout import I, KernelArrays, pack_model
from hygie.simulation.streams import Stream, derive_keys
from hygie.simulation.twin import Attempt, draw_attempt, draw_uniforms

__all__ = ["EventReplay", "replay_event"]

FloatArray = NDArray[np.float64]

_LEVEL, _FIRST, _FULL, _CUT_END, _EXT_END, _BEGIN = 0, 1, 2, 3, 4, 5
_OWN, _NEIGHBOUR, _PROVIDER = 0, 1, 2
_D_PROVIDER = DRIVERS.index("provider_outage")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventReplay:
    """One event in full.

    Parameters
    ----------
    reach_h
        First passage of each zone [h] after the attempt, inf when never reached.
    hosts
        Hosts affected by zone.
    detected_h, contained_h, end_h
        Times of the race [h] after the attempt; inf when it did not come to that.
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
    reach_h: FloatArray
    hosts: FloatArray
    detected_h: float
    contained_h: float
    end_h: float
    time_h: FloatArray
    zone_down: FloatArray
    capacity: FloatArray
    record: FloatArray


def _provider_outage(
    arrays: KernelArrays, k: int, provider: int, key: tuple[int, int], year: int, occurrence: int
) -> float:
    words = draw_uniforms(
        np.array(key, dtype=np.uint32),
        entity=arrays.provider_e[provider, 0],
        year=year,
        occurrence=occurrence,
        stream=int(Stream.PROVIDER),
    )
    mu = arrays.draw_provider_f[k, provider, I.provider_outage_mu]
    sigma = arrays.draw_provider_f[k, provider, I.provider_outage_sigma]
    return float(np.exp(mu + sigma * special.ndtri(words[1])))


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
        The row is a campaign hit (nothing was attacked from inside), or the table comes from another model.
    """
    if yelt.model_digest != model.digest:
        raise ModelError("this loss table comes from another model", repair="replay with the model of the same run")
    columns = yelt.columns
    origin = int(columns["origin"][row])
    if origin not in (_OWN, _NEIGHBOUR, _PROVIDER):
        raise ModelError("a campaign hit has no attack to replay", value=origin)
    arrays = pack_model(model)
    k = int(columns["draw"][row])
    keys = derive_keys(yelt.plan.seed, yelt.plan.draws)
    key0, key1 = keys[k]
    starts = np.concatenate(([0], np.cumsum(yelt.plan.years_per_draw())))
    year = int(columns["year"][row] - starts[k])
    occurrence = int(columns["occurrence"][row])
    node = int(columns["facility"][row])
    process = max(int(columns["process"][row]), 0)
    index = int(columns["origin_index"][row])
    reach, hosts, attack = np.full(MAX_ZONES, np.inf), np.zeros(MAX_ZONES), np.zeros(ATTACK_FIELDS)
    external = (-1, 0.0, 0.0, -1)
    crossing, element, entry_zone = -1, np.uint64(0), -1
    if origin == _OWN:
        source = attempted = arrays.node_process_e[node, process, 0]
    elif origin == _NEIGHBOUR:
        attempted = arrays.node_process_e[arrays.link_i[index, I.link_source_node], process, 0]
        source = arrays.link_e[index, 0] ^ attempted
        crossing, element = int(arrays.link_i[index, I.link_type]), THROUGH_LINK
        entry_zone = int(arrays.link_i[index, I.link_target_zone])
    else:
        source = attempted = arrays.client_e[index, 0]
        client = arrays.client_i[index]
        crossing, element, entry_zone = int(client[I.client_type]), THROUGH_PROVIDER, int(client[I.client_entry_zone])
        external = (
            int(client[I.client_zone]),
            float(arrays.draw_client_f[k, index, I.client_level]),
            _provider_outage(arrays, k, int(client[I.client_provider]), (key0, key1), year, occurrence),
            _D_PROVIDER,
        )
    # The twin draws the attempt in NumPy, from the same words: nothing new to compile for one event.
    attempt = Attempt(
        key=keys[k], draw=k, node=node, process=process, source=int(attempted), year=year, occurrence=occurrence
    )
    outcome = int(columns["outcome"][row])
    if columns["process"][row] >= 0:
        actor, tau, common, vector = draw_attempt(model, attempt)
        if crossing < 0:
            crossing, element = int(arrays.vector_i[vector, 0]), arrays.vector_e[vector, 0]
            entry_zone = int(arrays.template_vector_i[arrays.node_i[node, 0], vector, 0])
        run_attack(
            arrays, k, node, process, source, year, occurrence, key0, key1, actor, tau, common, crossing, element,
            entry_zone, reach, hosts, attack,
        )  # fmt: skip
    else:
        attack[[A_END, A_DETECTED, A_CONTAINED]] = np.inf
        if origin == _PROVIDER and columns["data_stolen"][row]:
            at = {"entity": source, "year": year, "occurrence": occurrence, "stream": int(Stream.CLIENT)}
            attack[A_STOLEN] = 1.0
            attack[A_STOLEN_SHARE] = arrays.client_f[index, I.client_informs] * draw_uniforms(keys[k], **at)[2]
    zones, record = np.zeros((8, MAX_ZONES)), np.zeros(IMPACT_FIELDS)
    services = arrays.template_service_f.shape[1]
    run_impact(
        arrays, k, node, outcome, source, year, occurrence, key0, key1, hosts, attack, *external, zones,
        np.empty(MAX_BREAKPOINTS), np.zeros((2, services)), np.zeros(len(DRIVERS)), record,
    )  # fmt: skip
    template = int(model.arrays["node_template"][node])
    time, down, capacity = _draw_timeline(arrays, k, node, template, zones, external, step_h)
    size = down.shape[1]
    return EventReplay(
        template=template,
        entry_zone=entry_zone,
        reach_h=reach[:size],
        hosts=hosts[:size],
        detected_h=float(attack[A_DETECTED]),
        contained_h=float(attack[A_CONTAINED]),
        end_h=float(attack[A_END]),
        time_h=time,
        zone_down=down,
        capacity=capacity,
        record=record,
    )


def _draw_timeline(
    arrays: KernelArrays,
    k: int,
    node: int,
    template: int,
    zones: FloatArray,
    external: tuple[int, float, float, int],
    step_h: float,
) -> tuple[FloatArray, FloatArray, FloatArray]:
    base = int(arrays.template1_p[template, 0])
    n = int(arrays.template1_p[template + 1, 0]) - base
    services = arrays.template_service_f.shape[1]
    finish = float(zones[6, :n].max())
    time = np.arange(0.0, finish + 2.0 * step_h, step_h) + 0.5 * step_h
    down = np.zeros((time.size, n))
    partial = float(arrays.draw_f[k, I.partial_level])
    cut = float(arrays.draw_f[k, I.cut_level])
    for z in (int(arrays.zone_i[base + i, I.zone_need_order]) for i in range(n)):
        level = (
            np.where(time < zones[_FIRST, z], 1.0, np.where(time < zones[_FULL, z], partial, 0.0)) * zones[_LEVEL, z]
        )
        level = np.maximum(level, cut * (time < zones[_CUT_END, z]))
        if z == external[0]:
            level = np.maximum(level, external[1] * (time < external[2]))
        for j in range(int(arrays.zone1_p[base + z, I.need_ptr]), int(arrays.zone1_p[base + z + 1, I.need_ptr])):
            s = int(arrays.need_i[j, 0])
            felt = time >= zones[_BEGIN, s] + arrays.draw_need_f[k, j, I.need_autonomy_h]
            level = np.maximum(level, felt * arrays.draw_need_f[k, j, I.need_strength] * down[:, s])
        down[:, z] = level
    capacity = np.ones((time.size, services))
    for s in range(services):
        begin, end = (int(arrays.templateservice1_p[template * services + s + d, 0]) for d in (0, 1))
        floor = float(arrays.template_service_f[template, s, 0])
        kept = np.prod([1.0 - arrays.use_f[j, 0] * down[:, arrays.use_i[j, 0]] for j in range(begin, end)], axis=0)
        paper = float(arrays.draw_node_service_f[k, node, s, 0])
        if floor < 1.0:
            capacity[:, s] = paper + (1.0 - paper) * (kept - floor) / (1.0 - floor)
    return time, down, capacity
