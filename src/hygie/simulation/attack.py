"""One attack on one zone graph, in continuous time: spread, the race with detection, what is hit.

Source: design of ``docs/explanation/model.md``, section "The attack"; first passage by Dijkstra 1959
(doi:10.1007/BF01386390) on sampled crossing times. The NumPy twin is in ``simulation/twin.py``.
"""

from __future__ import annotations

from math import floor, inf

import numpy as np
from numpy.typing import NDArray

from hygie.simulation.compiler import inline, stage, subroutine
from hygie.simulation.layout import I, KernelArrays
from hygie.simulation.quantiles import (
    exponential_quantile,
    logistic,
    logit_normal_quantile,
    lognormal_quantile,
    normal_quantile,
)
from hygie.simulation.streams import draw_block

__all__ = [
    "A_BACKUP",
    "A_CONTAINED",
    "A_DETECTED",
    "A_DEVICES",
    "A_END",
    "A_FIRED",
    "A_HOSTS",
    "A_REACHED",
    "A_SERVERS",
    "A_STOLEN",
    "A_STOLEN_SHARE",
    "A_WORKSTATIONS",
    "A_ZONES",
    "ATTACK_FIELDS",
    "BLOCKED",
    "EVERYTHING",
    "MAX_ZONES",
    "OUTAGE",
    "SERVER",
    "SEVERAL",
    "STOPPED",
    "THEFT",
    "WORKSTATION",
    "draw_attempt",
    "run_attack",
    "scope_of",
]

MAX_ZONES = 64

# Outcomes, as in core.tables.OUTCOMES.
BLOCKED, STOPPED, THEFT, WORKSTATION, SERVER, SEVERAL, EVERYTHING, OUTAGE = 0, 1, 2, 3, 4, 5, 6, 7

# Fields of the attack record.
A_END, A_FIRED, A_DETECTED, A_CONTAINED, A_REACHED, A_STOLEN, A_STOLEN_SHARE = 0, 1, 2, 3, 4, 5, 6
A_ZONES, A_HOSTS, A_WORKSTATIONS, A_SERVERS, A_DEVICES, A_BACKUP = 7, 8, 9, 10, 11, 12
ATTACK_FIELDS = 13

# Streams, as in simulation.streams.Stream (kernels read plain integers).
_ATTEMPT, _CLOCK, _RACE, _EDGE, _ZONE, _SCAR = 1, 2, 3, 4, 5, 7


@inline
def scope_of(outcome: int) -> int:  # pragma: no cover - compiled
    """Scope of an outcome: 0 nothing encrypted, 1 workstation, 2 server, 3 several servers, 4 everything."""
    return outcome - 2 if WORKSTATION <= outcome <= EVERYTHING else 0


@inline
def _pick(cumulative: NDArray[np.float64], u: float) -> int:  # pragma: no cover - compiled
    index = 0
    last = cumulative.shape[0] - 1
    while index < last and cumulative[index] <= u:
        index += 1
    return index


@subroutine
def draw_attempt(
    m: KernelArrays, k: int, process: int, source: int, year: int, occurrence: int, key0: int, key1: int
) -> tuple[int, float, float, int]:  # pragma: no cover - compiled
    """Return actor, capability above average, common cause C and entry vector of one attempt."""
    u_actor, u_tau, u_vector, u_common = draw_block(key0, key1, source, year, occurrence, _ATTEMPT)
    actor = _pick(m.draw_process_actor_f[k, process, :, 0], u_actor)
    tau = m.draw_actor_f[k, actor, I.actor_capability] + m.draw_f[k, I.capability_sd] * normal_quantile(u_tau)
    vector = _pick(m.draw_process_vector_f[k, process, :, 0], u_vector)
    common = u_common ** (1.0 / m.draw_f[k, I.common_shape])
    return actor, tau, common, vector


@inline
def _chance(
    m: KernelArrays, k: int, node: int, kind: int, tau: float, common: float
) -> float:  # pragma: no cover - compiled
    leak = 1.0
    for j in range(m.type1_p[kind, 0], m.type1_p[kind + 1, 0]):
        leak *= 1.0 - m.draw_node_control_f[k, node, m.typecontrol_i[j, 0], 0] * common
    resistance = 1.0 - leak
    shift = tau - (resistance - m.draw_type_f[k, kind, I.type_resistance])
    return logistic(m.draw_type_f[k, kind, I.type_logit] + m.draw_f[k, I.steepness] * shift)


@inline
def _crossing_time(m: KernelArrays, k: int, kind: int, u: float) -> float:  # pragma: no cover - compiled
    return lognormal_quantile(u, m.draw_type_f[k, kind, I.type_time_mu], m.draw_type_f[k, kind, I.type_time_sigma])


@stage
def run_attack(
    m: KernelArrays,
    k: int,
    node: int,
    process: int,
    source: int,
    year: int,
    occurrence: int,
    key0: int,
    key1: int,
    actor: int,
    tau: float,
    common: float,
    entry_type: int,
    entry_entity: int,
    entry_zone: int,
    reach: NDArray[np.float64],
    hosts: NDArray[np.float64],
    record: NDArray[np.float64],
) -> int:  # pragma: no cover - compiled
    """Run one attack; return its outcome.

    Parameters
    ----------
    source
        Random-stream entity of what attacks: every decision is keyed (source, element, year, occurrence).
    entry_type, entry_entity, entry_zone
        The first crossing and the zone it leads to.
    reach
        Out [MAX_ZONES] [h]: first-passage time of each zone, inf when never reached.
    hosts
        Out [MAX_ZONES]: hosts affected in each zone.
    record
        Out [ATTACK_FIELDS]: times and totals.
    """
    template = m.node_i[node, 0]
    base = m.template1_p[template, 0]
    n = m.template1_p[template + 1, 0] - base
    for z in range(n):
        reach[z] = inf
    hosts[:] = 0.0
    record[:] = 0.0
    record[A_END] = inf
    record[A_DETECTED] = inf
    record[A_CONTAINED] = inf

    u, v, _, _ = draw_block(key0, key1, source ^ entry_entity, year, occurrence, _EDGE)
    if u >= _chance(m, k, node, entry_type, tau, common):
        return BLOCKED
    start = _crossing_time(m, k, entry_type, v)

    _, u_staging, u_patience, u_mode = draw_block(key0, key1, source, year, occurrence, _CLOCK)
    patience = start + lognormal_quantile(
        u_patience, m.draw_actor_f[k, actor, I.actor_patience_mu], m.draw_f[k, I.patience_sigma]
    )

    # Spread: zones in order of first passage, until the attacker's patience ends. The hazard of detection adds up
    # along the way, so its time is found in the same pass.
    u_detect, u_response, u_reaction, u_exfiltration = draw_block(key0, key1, source, year, occurrence, _RACE)
    hazard = m.draw_node_f[k, node, I.node_detection_per_h]
    target_hazard = exponential_quantile(u_detect)
    detected = inf
    total_hazard, rate, clock = 0.0, 0.0, start
    objective, data_reached = inf, inf
    reach[entry_zone] = start
    # Capability and common cause are those of the attempt, so one chance serves every crossing of a type: until damage
    # is done, `hosts` keeps those that were met.
    visited = np.uint64(0)
    one = np.uint64(1)
    while True:
        best, z = inf, -1
        for i in range(n):
            if reach[i] < best and (visited >> np.uint64(i)) & one == 0:
                best, z = reach[i], i
        if z < 0 or best > patience:
            break
        visited |= one << np.uint64(z)
        if detected == inf and rate > 0.0 and total_hazard + rate * (best - clock) >= target_hazard:
            detected = clock + (target_hazard - total_hazard) / rate
        total_hazard += rate * (best - clock)
        clock = best
        rate += hazard * m.zone_f[base + z, I.zone_visibility]
        if m.process_zone_b[process, base + z, I.zone_is_objective] and best < objective:
            objective = best
        if m.zone_f[base + z, I.zone_record_share] > 0.0 and best < data_reached:
            data_reached = best
        for e in range(m.zone1_p[base + z, I.edge_ptr], m.zone1_p[base + z + 1, I.edge_ptr]):
            target = m.edge_i[e, I.edge_target]
            if reach[target] <= best:
                continue
            kind = m.edge_i[e, I.edge_type]
            u, v, _, _ = draw_block(key0, key1, source ^ m.edge_e[e, 0], year, occurrence, _EDGE)
            chance = hosts[kind] if kind < MAX_ZONES else 0.0
            if chance == 0.0:
                chance = _chance(m, k, node, kind, tau, common)
                if kind < MAX_ZONES:
                    hosts[kind] = chance
            if u < chance:
                arrival = best + _crossing_time(m, k, kind, v)
                if arrival < reach[target]:
                    reach[target] = arrival
    hosts[:] = 0.0
    # What would be passed after the attacker's patience is not reached.
    for z in range(n):
        if (visited >> np.uint64(z)) & one == 0:
            reach[z] = inf
    if detected == inf and rate > 0.0:
        detected = clock + (target_hazard - total_hazard) / rate

    # The race: the attacker acts when ready, or hurries once found out; containment may come first.
    own = patience
    if objective < patience:
        staging = lognormal_quantile(u_staging, m.draw_f[k, I.staging_mu], m.draw_f[k, I.staging_sigma])
        own = min(objective + staging, patience)
    reaction = lognormal_quantile(u_reaction, m.draw_f[k, I.reaction_mu], m.draw_f[k, I.reaction_sigma])
    response = lognormal_quantile(u_response, m.draw_node_f[k, node, I.node_response_mu], m.draw_f[k, I.response_sigma])
    contained = detected + response
    fires_at = min(own, detected + reaction)
    fired = u_mode >= m.draw_actor_f[k, actor, I.actor_theft_only] and fires_at < contained
    # Whoever does not fire is contained, or leaves when patience ends.
    end = fires_at if fired else min(contained, patience)
    for z in range(n):
        if reach[z] <= end:
            record[A_REACHED] += 1.0
    record[A_END] = end
    record[A_FIRED] = 1.0 if fired else 0.0
    record[A_DETECTED] = detected
    record[A_CONTAINED] = contained

    # Theft needs time before the end.
    if data_reached < end:
        _, _, u_stolen, u_steals = draw_block(key0, key1, source, year, occurrence, _SCAR)
        exfiltration = lognormal_quantile(
            u_exfiltration, m.draw_node_f[k, node, I.node_exfiltration_mu], m.draw_f[k, I.exfiltration_sigma]
        )
        if data_reached + exfiltration <= end and u_steals < m.draw_actor_f[k, actor, I.actor_steals]:
            held = 0.0
            for z in range(n):
                if reach[z] <= data_reached + exfiltration:
                    held += m.zone_f[base + z, I.zone_record_share]
            record[A_STOLEN] = 1.0
            record[A_STOLEN_SHARE] = min(held, 1.0) * u_stolen
    if not fired:
        return THEFT if record[A_STOLEN] > 0.0 else STOPPED

    # Damage: whoever holds the directory reaches every machine of the domain.
    domain = False
    for z in range(n):
        if reach[z] <= end:
            if m.process_zone_b[process, base + z, I.zone_is_objective] and m.zone_b[base + z, I.zone_in_domain]:
                domain = True
            if m.zone_b[base + z, I.zone_is_backup]:
                record[A_BACKUP] = 1.0
    if domain:
        record[A_BACKUP] = 1.0
    first = m.node1_p[node, 0]
    for z in range(n):
        pushed = domain and m.zone_b[base + z, I.zone_in_domain] == 1
        if reach[z] > end and not pushed:
            continue
        available = m.nodezone_f[first + z, 0]
        if available <= 0.0 or not m.process_zone_b[process, base + z, I.zone_payload]:
            continue
        u, v, u_share, _ = draw_block(key0, key1, source ^ m.zone_e[base + z, 0], year, occurrence, _ZONE)
        spreads = pushed
        if not pushed:
            kind = m.zone_i[base + z, I.zone_self_type]
            spreads = u < _chance(m, k, node, kind, tau, common) and reach[z] + _crossing_time(m, k, kind, v) <= end
        affected = 1.0
        if spreads:
            share = logit_normal_quantile(u_share, m.draw_node_f[k, node, I.node_share_mu], m.draw_f[k, I.share_sigma])
            if not pushed:
                share *= m.draw_f[k, I.local_share]
            affected = min(max(floor(share * available + 0.5), 1.0), max(available, 1.0))
        hosts[z] = affected
        record[A_ZONES] += 1.0
        record[A_HOSTS] += affected
        record[A_WORKSTATIONS + m.zone_i[base + z, I.zone_kind]] += affected
    if record[A_HOSTS] == 0.0:
        return THEFT if record[A_STOLEN] > 0.0 else STOPPED
    if domain:
        return EVERYTHING
    serious = record[A_SERVERS] + record[A_DEVICES]
    if serious >= 2.0:
        return SEVERAL
    return SERVER if serious >= 1.0 else WORKSTATION
