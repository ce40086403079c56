"""One block of years: every process of the model, in a fixed order, into rows of the loss table."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from hygie.core.ids import derive_entity
from hygie.core.tables import DRIVERS, YELT_COLUMNS
from hygie.simulation.attack import (
    A_END,
    A_HOSTS,
    A_STOLEN,
    A_STOLEN_SHARE,
    A_ZONES,
    ATTACK_FIELDS,
    BLOCKED,
    MAX_ZONES,
    OUTAGE,
    STOPPED,
    draw_attempt,
    run_attack,
)
from hygie.simulation.compiler import inline, kernel
from hygie.simulation.impact import IMPACT_FIELDS, MAX_BREAKPOINTS, run_impact
from hygie.simulation.layout import I, KernelArrays
from hygie.simulation.quantiles import lognormal_quantile, poisson_quantile, truncated_negative_binomial_quantile
from hygie.simulation.streams import MAX_OCCURRENCE, draw_block

__all__ = [
    "ATTEMPT",
    "CAMPAIGN",
    "FREE",
    "FULL",
    "OVERFLOW",
    "PROVIDER",
    "ROW_FIELDS",
    "THROUGH_LINK",
    "THROUGH_PROVIDER",
    "count_outcomes",
    "simulate_block",
]

# The first crossing of a rebound is a decision of its own, whatever the link.
THROUGH_LINK = np.uint64(derive_entity("crossing", "link"))
THROUGH_PROVIDER = np.uint64(derive_entity("crossing", "provider"))

_COUNTS, _CLOCK, _LINK, _PROVIDER, _CLIENT, _CAMPAIGN, _VICTIM = 0, 2, 9, 10, 11, 12, 13
_D_DDOS = DRIVERS.index("ddos")
_D_PROVIDER = DRIVERS.index("provider_outage")
ROW_FIELDS = len(YELT_COLUMNS)
_DAYS = 365.0

# What simulate_block returns instead of a number of rows.
FULL = -1
OVERFLOW = -2

# What happens in a year: what rates say, or exactly one event of one kind.
FREE, ATTEMPT, PROVIDER, CAMPAIGN = 0, 1, 2, 3

_OWN, _NEIGHBOUR, _FROM_PROVIDER, _FROM_CAMPAIGN = 0, 1, 2, 3


@inline
def _write(
    rows: NDArray[np.float64],
    at: int,
    draw: int,
    year: int,
    day: float,
    facility: int,
    process: int,
    threat_class: int,
    origin: int,
    origin_index: int,
    occurrence: int,
    actor: int,
    outcome: int,
    attack: NDArray[np.float64],
    impact: NDArray[np.float64],
) -> None:  # pragma: no cover - compiled
    row = rows[at]
    row[0] = draw
    row[1] = year
    row[2] = day
    row[3] = facility
    row[4] = process
    row[5] = threat_class
    row[6] = origin
    row[7] = origin_index
    row[8] = occurrence
    row[9] = actor
    row[10] = outcome
    row[11] = attack[A_ZONES]
    row[12] = attack[A_HOSTS]
    row[13] = impact[0]
    row[14] = attack[A_STOLEN]
    for i in range(1, IMPACT_FIELDS):
        row[14 + i] = impact[i]
    row[ROW_FIELDS - 1] = 0.0
    for i in range(ROW_FIELDS, row.shape[0]):
        row[i] = impact[IMPACT_FIELDS + i - ROW_FIELDS]


@kernel
def simulate_block(
    m: KernelArrays,
    keys: NDArray[np.uint32],
    starts: NDArray[np.int64],
    forced: NDArray[np.int64],
    begin: int,
    end: int,
    rows: NDArray[np.float64],
) -> int:  # pragma: no cover - compiled
    """Simulate years `begin` to `end` (counted over all draws) into `rows`; a pure function of its inputs.

    Parameters
    ----------
    keys
        Philox keys [draws, 2].
    starts
        First year of each draw, and the total [draws + 1].
    forced
        [kind, index, process]: with kind `ATTEMPT`, `PROVIDER` or `CAMPAIGN` every year holds one event of that
        node and process, provider or campaign, and nothing else; with `FREE` rates decide.
    rows
        Out [capacity, ROW_FIELDS], columns in the order of ``YELT_COLUMNS``; [capacity, ROW_FIELDS + items] to have
        every loss item of every row [EUR] behind them.

    Returns
    -------
    int
        Rows written, `FULL` when `rows` is too small, `OVERFLOW` when a year holds more events than a counter can name.
    """
    nodes = m.node_i.shape[0]
    processes = m.draw_node_process_f.shape[2]
    campaigns = m.campaign_e.shape[0]
    providers = m.provider_e.shape[0]
    services = m.template_service_f.shape[1]
    capacity = rows.shape[0]
    reach = np.empty(MAX_ZONES)
    hosts = np.empty(MAX_ZONES)
    attack = np.zeros(ATTACK_FIELDS)
    reach2 = np.empty(MAX_ZONES)
    hosts2 = np.empty(MAX_ZONES)
    attack2 = np.zeros(ATTACK_FIELDS)
    none = np.zeros(ATTACK_FIELDS)
    nothing = np.zeros(MAX_ZONES)
    zones = np.zeros((8, MAX_ZONES))
    points = np.empty(MAX_BREAKPOINTS)
    lost = np.zeros((2, services))
    drivers = np.zeros(len(DRIVERS))
    # Rows wider than the table carry the loss items too.
    impact = np.zeros(IMPACT_FIELDS + max(rows.shape[1] - ROW_FIELDS, 0))
    quiet = np.empty((nodes, processes))

    # Typed once: a literal argument would compile its callee again.
    no = np.int64(-1)
    by_provider = np.int64(_D_PROVIDER)
    by_denial = np.int64(_D_DDOS)
    only_outage = np.int64(OUTAGE)
    first_process = np.int64(0)

    kind = forced[0]
    written = 0
    k = 0
    while starts[k + 1] <= begin:
        k += 1
    ready = -1
    for g in range(begin, end):
        while starts[k + 1] <= g:
            k += 1
        if k != ready:
            for f in range(nodes):
                for p in range(processes):
                    quiet[f, p] = exp(-m.draw_node_process_f[k, f, p, 0])
            ready = k
        year = g - starts[k]
        key0 = keys[k, 0]
        key1 = keys[k, 1]

        # Attempts against organisations, and their rebound along links.
        for f in range(nodes):
            assessed = m.node_b[f, 0] == 1
            if not assessed and m.node1_p[f, I.link_ptr] == m.node1_p[f + 1, I.link_ptr]:
                continue
            for p in range(processes):
                source = m.node_process_e[f, p, 0]
                if kind == FREE:
                    u, _, _, _ = draw_block(key0, key1, source, year, 0, _COUNTS)
                    if u <= quiet[f, p]:
                        continue
                    events = poisson_quantile(u, m.draw_node_process_f[k, f, p, 0])
                else:
                    events = 1 if kind == ATTEMPT and f == forced[1] and p == forced[2] else 0
                if events >= MAX_OCCURRENCE:
                    return OVERFLOW
                for occurrence in range(events):
                    actor, tau, common, vector = draw_attempt(m, k, p, source, year, occurrence, key0, key1)
                    zone = np.int64(m.template_vector_i[m.node_i[f, 0], vector, 0])
                    if zone < 0:
                        continue
                    outcome = run_attack(
                        m, k, f, p, source, year, occurrence, key0, key1, actor, tau, common,
                        np.int64(m.vector_i[vector, 0]), m.vector_e[vector, 0], zone, reach, hosts, attack,
                    )  # fmt: skip
                    if outcome == BLOCKED:
                        continue
                    u_day, _, _, _ = draw_block(key0, key1, source, year, occurrence, _CLOCK)
                    day = np.floor(u_day * _DAYS)
                    if assessed:
                        if written == capacity:
                            return FULL
                        run_impact(
                            m, k, f, outcome, source, year, occurrence, key0, key1, hosts, attack,
                            no, 0.0, 0.0, no, zones, points, lost, drivers, impact,
                        )  # fmt: skip
                        _write(
                            rows, written, k, g, day, f, p, m.process_outcome_i[p, outcome, 0], _OWN, -1,
                            occurrence, actor, outcome, attack, impact,
                        )  # fmt: skip
                        written += 1
                    for link in range(m.node1_p[f, I.link_ptr], m.node1_p[f + 1, I.link_ptr]):
                        target = np.int64(m.link_i[link, I.link_target_node])
                        passed = reach[m.link_i[link, I.link_source_zone]]
                        if m.node_b[target, 0] == 0 or passed > attack[A_END]:
                            continue
                        entity = m.link_e[link, 0] ^ source
                        u_link, _, _, _ = draw_block(key0, key1, entity, year, occurrence, _LINK)
                        if u_link >= m.draw_link_f[k, link, 0]:
                            continue
                        reached = run_attack(
                            m, k, target, p, entity, year, occurrence, key0, key1, actor, tau, common,
                            np.int64(m.link_i[link, I.link_type]), THROUGH_LINK,
                            np.int64(m.link_i[link, I.link_target_zone]),
                            reach2, hosts2, attack2,
                        )  # fmt: skip
                        if reached == BLOCKED:
                            continue
                        if written == capacity:
                            return FULL
                        run_impact(
                            m, k, target, reached, entity, year, occurrence, key0, key1, hosts2, attack2,
                            no, 0.0, 0.0, no, zones, points, lost, drivers, impact,
                        )  # fmt: skip
                        _write(
                            rows, written, k, g, day, target, p, m.process_outcome_i[p, reached, 0], _NEIGHBOUR,
                            link, occurrence, actor, reached, attack2, impact,
                        )  # fmt: skip
                        written += 1

        # Shared events: one provider, all its clients.
        for r in range(providers):
            entity = m.provider_e[r, 0]
            if kind == FREE:
                u, _, _, _ = draw_block(key0, key1, entity, year, 0, _COUNTS)
                events = poisson_quantile(u, m.draw_provider_f[k, r, I.provider_rate_per_y])
            else:
                events = 1 if kind == PROVIDER and r == forced[1] else 0
            if events >= MAX_OCCURRENCE:
                return OVERFLOW
            for occurrence in range(events):
                u_day, u_outage, u_theft, _ = draw_block(key0, key1, entity, year, occurrence, _PROVIDER)
                outage = lognormal_quantile(
                    u_outage,
                    m.draw_provider_f[k, r, I.provider_outage_mu],
                    m.draw_provider_f[k, r, I.provider_outage_sigma],
                )
                for c in range(m.provider1_p[r, 0], m.provider1_p[r + 1, 0]):
                    f = np.int64(m.client_i[c, I.client_node])
                    if m.node_b[f, 0] == 0:
                        continue
                    client = m.client_e[c, 0]
                    u_hit, u_through, u_share, _ = draw_block(key0, key1, client, year, occurrence, _CLIENT)
                    if u_hit >= m.draw_client_f[k, c, I.client_hit]:
                        continue
                    outcome = only_outage
                    actor = -1
                    process = -1
                    if u_through < m.draw_client_f[k, c, I.client_penetration]:
                        actor, tau, common, _ = draw_attempt(m, k, first_process, client, year, occurrence, key0, key1)
                        reached = run_attack(
                            m, k, f, first_process, client, year, occurrence, key0, key1, actor, tau, common,
                            np.int64(m.client_i[c, I.client_type]), THROUGH_PROVIDER,
                            np.int64(m.client_i[c, I.client_entry_zone]),
                            reach2, hosts2, attack2,
                        )  # fmt: skip
                        if reached > STOPPED:
                            outcome = reached
                            process = 0
                    if outcome == OUTAGE:
                        actor = -1
                        attack2[:] = none
                        hosts2[:] = nothing
                        if u_theft < m.draw_provider_f[k, r, I.provider_theft]:
                            attack2[A_STOLEN] = 1.0
                            attack2[A_STOLEN_SHARE] = m.client_f[c, I.client_informs] * u_share
                    if written == capacity:
                        return FULL
                    run_impact(
                        m, k, f, outcome, client, year, occurrence, key0, key1, hosts2, attack2,
                        np.int64(m.client_i[c, I.client_zone]), m.draw_client_f[k, c, I.client_level], outage,
                        by_provider, zones, points, lost, drivers, impact,
                    )  # fmt: skip
                    _write(
                        rows, written, k, g, np.floor(u_day * _DAYS), f, process, m.provider_i[r, 0], _FROM_PROVIDER,
                        c, occurrence, actor, outcome, attack2, impact,
                    )  # fmt: skip
                    written += 1

        # Campaigns: size first, then victims, picked in proportion to visibility.
        for c in range(campaigns):
            entity = m.campaign_e[c, 0]
            if kind == FREE:
                u, _, _, _ = draw_block(key0, key1, entity, year, 0, _COUNTS)
                events = poisson_quantile(u, m.draw_campaign_f[k, c, I.campaign_rate_per_y])
            else:
                events = 1 if kind == CAMPAIGN and c == forced[1] else 0
            if events >= MAX_OCCURRENCE:
                return OVERFLOW
            for occurrence in range(events):
                u_day, u_size, _, _ = draw_block(key0, key1, entity, year, occurrence, _CAMPAIGN)
                size = truncated_negative_binomial_quantile(
                    u_size,
                    m.draw_campaign_f[k, c, I.campaign_size_mean],
                    m.draw_campaign_f[k, c, I.campaign_size_shape],
                )
                for f in range(nodes):
                    if m.node_b[f, 0] == 0:
                        continue
                    victim = m.node_e[f, 0] ^ entity
                    u_hit, u_resists, u_care, u_outage = draw_block(key0, key1, victim, year, occurrence, _VICTIM)
                    chance = 1.0 - (1.0 - m.draw_node_f[k, f, I.node_visibility]) ** size
                    if u_hit >= chance or u_resists < m.draw_node_f[k, f, I.node_resists_ddos]:
                        continue
                    touched = u_care < m.draw_campaign_f[k, c, I.campaign_care_probability]
                    zone = np.int64(m.template_two_i[m.node_i[f, 0], 1 if touched else 0, 0])
                    outage = lognormal_quantile(
                        u_outage,
                        m.draw_campaign_f[k, c, I.campaign_outage_mu],
                        m.draw_campaign_f[k, c, I.campaign_outage_sigma],
                    )
                    if written == capacity:
                        return FULL
                    run_impact(
                        m, k, f, only_outage, victim, year, occurrence, key0, key1, nothing, none,
                        zone, 1.0, outage, by_denial, zones, points, lost, drivers, impact,
                    )  # fmt: skip
                    _write(
                        rows, written, k, g, np.floor(u_day * _DAYS), f, -1, m.campaign_i[c, 0], _FROM_CAMPAIGN,
                        c, occurrence, -1, OUTAGE, none, impact,
                    )  # fmt: skip
                    written += 1
    return written


@kernel
def count_outcomes(
    m: KernelArrays,
    keys: NDArray[np.uint32],
    weights: NDArray[np.float64],
    attempts: int,
    draw_begin: int,
    draw_end: int,
    counts: NDArray[np.int64],
) -> None:  # pragma: no cover - compiled
    """Run `attempts` attempts per draw against nodes picked by `weights`; count outcomes.

    Parameters
    ----------
    weights
        Cumulative share of attempts each node receives [draws, nodes].
    counts
        Out [draws, processes, outcomes].
    """
    processes = m.draw_node_process_f.shape[2]
    reach = np.empty(MAX_ZONES)
    hosts = np.empty(MAX_ZONES)
    attack = np.zeros(ATTACK_FIELDS)
    nodes = weights.shape[1]
    for k in range(draw_begin, draw_end):
        for p in range(processes):
            for i in range(attempts):
                # Stratified pick: every node gets its share of attempts up to one.
                position = (i + 0.5) / attempts
                f = 0
                while f < nodes - 1 and weights[k, f] <= position:
                    f += 1
                source = m.node_process_e[f, p, 0]
                actor, tau, common, vector = draw_attempt(m, k, p, source, i, 0, keys[k, 0], keys[k, 1])
                zone = np.int64(m.template_vector_i[m.node_i[f, 0], vector, 0])
                if zone < 0:
                    counts[k, p, BLOCKED] += 1
                    continue
                outcome = run_attack(
                    m, k, f, p, source, i, 0, keys[k, 0], keys[k, 1], actor, tau, common,
                    np.int64(m.vector_i[vector, 0]), m.vector_e[vector, 0], zone, reach, hosts, attack,
                )  # fmt: skip
                counts[k, p, outcome] += 1
