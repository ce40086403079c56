"""One block of years: every process of the model, in a fixed order, into rows of the loss table."""

from __future__ import annotations

from math import exp

import numpy as np
from numpy.typing import NDArray

from hygie.core.tables import DRIVERS, YELT_COLUMNS
from hygie.simulation.attack import (
    A_HOSTS,
    A_STOLEN,
    A_ZONES,
    ATTACK_FIELDS,
    BLOCKED,
    MAX_ZONES,
    OUTAGE,
    draw_attempt,
    run_attack,
)
from hygie.simulation.compiler import inline, kernel, subroutine
from hygie.simulation.impact import IMPACT_FIELDS, run_impact
from hygie.simulation.layout import I, KernelArrays
from hygie.simulation.play import draw_counts, play_event
from hygie.simulation.quantiles import lognormal_quantile, poisson_quantile, truncated_negative_binomial_quantile
from hygie.simulation.rebound import Event, last_generation, make_event, matters, pass_outage_on, settle_organisation
from hygie.simulation.streams import MAX_OCCURRENCE, draw_block

__all__ = [
    "ATTEMPT",
    "CAMPAIGN",
    "FREE",
    "FULL",
    "OVERFLOW",
    "PROVIDER",
    "ROW_FIELDS",
    "count_outcomes",
    "simulate_block",
]

_COUNTS, _CAMPAIGN, _VICTIM = 0, 12, 13
_D_DDOS = DRIVERS.index("ddos")
ROW_FIELDS = len(YELT_COLUMNS)
_INSURED = list(YELT_COLUMNS).index("loss_insured_eur")
_GENERATION = list(YELT_COLUMNS).index("generation")
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
    generation: int,
    root: int,
    root_index: int,
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
    row[_INSURED] = 0.0
    row[_GENERATION] = generation
    row[_GENERATION + 1] = root
    row[_GENERATION + 2] = root_index
    for i in range(ROW_FIELDS, row.shape[0]):
        row[i] = impact[IMPACT_FIELDS + i - ROW_FIELDS]


@subroutine
def _settle_event(
    m: KernelArrays,
    k: int,
    ev: Event,
    year: int,
    occurrence: int,
    key0: int,
    key1: int,
    total_year: int,
    day: float,
    root: int,
    root_index: int,
    rows: NDArray[np.float64],
    written: int,
) -> int:  # pragma: no cover - compiled
    """Write one row per assessed organisation, generation by generation; return the rows written so far, or `FULL`."""
    capacity = rows.shape[0]
    shared = m.provider_i[root_index, 0] if root == _FROM_PROVIDER else -1
    generation = 0
    while generation <= last_generation(ev):
        at = 0
        while at < ev.size[0]:
            if ev.generation[at] == generation:
                node = ev.node[at]
                link = ev.link[at]
                assessed = m.node_b[node, 0] == 1
                carries = m.node1_p[node, I.link_ptr] != m.node1_p[node + 1, I.link_ptr]
                if assessed or carries:
                    settle_organisation(m, k, ev, at, year, occurrence, key0, key1)
                if assessed:
                    if written == capacity:
                        return FULL
                    process = ev.process[at]
                    outcome = ev.outcome[at]
                    if link >= 0:
                        origin = _NEIGHBOUR
                        index = link
                    elif ev.client[at] >= 0:
                        origin = _FROM_PROVIDER
                        index = ev.client[at]
                    else:
                        origin = _OWN
                        index = np.int64(-1)
                    if ev.client[at] >= 0:
                        kind = shared
                    elif process >= 0:
                        kind = m.process_outcome_i[process, outcome, 0]
                    else:
                        kind = m.link_i[link, I.link_class]
                    _write(
                        rows, written, k, total_year, day, node, process, kind, origin, index, occurrence,
                        ev.actor[at], outcome, generation, root, root_index, ev.attack[at], ev.impact,
                    )  # fmt: skip
                    written += 1
                if carries:
                    pass_outage_on(m, k, ev, at)
            at += 1
        generation += 1
    return written


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
    # Rows wider than the table carry the loss items too.
    ev = make_event(nodes, m.link_e.shape[0], services, max(rows.shape[1] - ROW_FIELDS, 0))
    none = np.zeros(ATTACK_FIELDS)
    nothing = np.zeros(MAX_ZONES)

    # Whose attempts count: assessed, or able to pass an attack on.
    wanted = np.empty(nodes * processes, np.int64)
    sources = np.empty(nodes * processes, np.uint64)
    count = 0
    for f in range(nodes):
        if matters(m, f):
            for p in range(processes):
                wanted[count] = f * processes + p
                sources[count] = m.node_process_e[f, p, 0]
                count += 1
    wanted = wanted[:count]
    sources = sources[:count]
    chance = np.empty(count)
    quiet = np.empty(count)

    # Typed once: a literal argument would compile its callee again.
    by_denial = np.int64(_D_DDOS)
    only_outage = np.int64(OUTAGE)
    own = np.int64(_OWN)
    shared = np.int64(_FROM_PROVIDER)

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
            for i in range(count):
                f = wanted[i] // processes
                quiet[i] = exp(-m.draw_node_process_f[k, f, wanted[i] % processes, 0])
            ready = k
        year = g - starts[k]
        key0 = keys[k, 0]
        key1 = keys[k, 1]

        # Attempts against organisations, and their rebound along links.
        if kind == FREE:
            draw_counts(sources, year, key0, key1, chance)
        for i in range(count):
            if kind == FREE:
                if chance[i] <= quiet[i]:
                    continue
                rate = m.draw_node_process_f[k, wanted[i] // processes, wanted[i] % processes, 0]
                events = poisson_quantile(chance[i], rate)
            else:
                events = 1 if kind == ATTEMPT and wanted[i] == forced[1] * processes + forced[2] else 0
            if events >= MAX_OCCURRENCE:
                return OVERFLOW
            for occurrence in range(events):
                day = play_event(m, k, ev, own, wanted[i], year, occurrence, key0, key1)
                if day < 0.0:
                    continue
                written = _settle_event(
                    m, k, ev, year, occurrence, key0, key1, g, day, own, wanted[i], rows, written
                )  # fmt: skip
                if written < 0:
                    return FULL

        # Shared events: one provider, all its clients, and their neighbours.
        for r in range(providers):
            if kind == FREE:
                u, _, _, _ = draw_block(key0, key1, m.provider_e[r, 0], year, 0, _COUNTS)
                events = poisson_quantile(u, m.draw_provider_f[k, r, I.provider_rate_per_y])
            else:
                events = 1 if kind == PROVIDER and r == forced[1] else 0
            if events >= MAX_OCCURRENCE:
                return OVERFLOW
            for occurrence in range(events):
                index = np.int64(r)
                day = play_event(m, k, ev, shared, index, year, occurrence, key0, key1)
                written = _settle_event(
                    m, k, ev, year, occurrence, key0, key1, g, day, shared, index, rows, written
                )  # fmt: skip
                if written < 0:
                    return FULL

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
                    chance_of_hit = 1.0 - (1.0 - m.draw_node_f[k, f, I.node_visibility]) ** size
                    if u_hit >= chance_of_hit or u_resists < m.draw_node_f[k, f, I.node_resists_ddos]:
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
                        zone, 1.0, outage, by_denial, ev.zones, ev.points, ev.lost, ev.drivers, ev.impact,
                    )  # fmt: skip
                    _write(
                        rows, written, k, g, np.floor(u_day * _DAYS), f, -1, m.campaign_i[c, 0], _FROM_CAMPAIGN,
                        c, occurrence, -1, OUTAGE, 0, _FROM_CAMPAIGN, c, none, ev.impact,
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
