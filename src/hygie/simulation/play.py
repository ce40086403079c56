"""How one event plays out: what begins it, every attack along links, every outage that follows; and how often."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.simulation.attack import A_STOLEN, A_STOLEN_SHARE, BLOCKED, OUTAGE, draw_attempt
from hygie.simulation.compiler import stage
from hygie.simulation.layout import I, KernelArrays
from hygie.simulation.quantiles import lognormal_quantile
from hygie.simulation.rebound import (
    THROUGH_PROVIDER,
    Event,
    add_outage,
    attack_organisation,
    clear_event,
    follow_links,
    last_generation,
    matters,
    pass_outage_on,
    settle_organisation,
)
from hygie.simulation.streams import draw_block

__all__ = ["draw_counts", "play_event", "settle_until"]

_COUNTS, _CLOCK, _PROVIDER, _CLIENT = 0, 2, 10, 11
_OWN = 0
_DAYS = 365.0


@stage
def play_event(
    m: KernelArrays,
    k: int,
    ev: Event,
    root: int,
    root_index: int,
    year: int,
    occurrence: int,
    key0: int,
    key1: int,
) -> float:  # pragma: no cover - compiled
    """Let one event go through all organisations into `ev`, attacks first; return its day, -1 when it is blocked.

    Parameters
    ----------
    root, root_index
        What begins it, as in the columns of the loss table: an organisation and its process, or a provider.
    """
    no = np.int64(-1)
    first_process = np.int64(0)
    clear_event(ev)
    if root == _OWN:
        processes = m.draw_node_process_f.shape[2]
        f = root_index // processes
        p = root_index % processes
        source = m.node_process_e[f, p, 0]
        actor, tau, common, vector = draw_attempt(m, k, p, source, year, occurrence, key0, key1)
        zone = np.int64(m.template_vector_i[m.node_i[f, 0], vector, 0])
        if zone < 0:
            return -1.0
        outcome = attack_organisation(
            m, k, ev, f, source, np.int64(0), no, no, p, year, occurrence, key0, key1, actor, tau, common,
            np.int64(m.vector_i[vector, 0]), m.vector_e[vector, 0], zone, 0.0,
        )  # fmt: skip
        if outcome == BLOCKED:
            return -1.0
        follow_links(m, k, ev, year, occurrence, key0, key1)
        u_day, _, _, _ = draw_block(key0, key1, source, year, occurrence, _CLOCK)
        return np.floor(u_day * _DAYS)
    u_day, u_outage, u_theft, _ = draw_block(key0, key1, m.provider_e[root_index, 0], year, occurrence, _PROVIDER)
    outage = lognormal_quantile(
        u_outage,
        m.draw_provider_f[k, root_index, I.provider_outage_mu],
        m.draw_provider_f[k, root_index, I.provider_outage_sigma],
    )
    for c in range(m.provider1_p[root_index, 0], m.provider1_p[root_index + 1, 0]):
        f = np.int64(m.client_i[c, I.client_node])
        if not matters(m, f):
            continue
        client = m.client_e[c, 0]
        u_hit, u_through, _, _ = draw_block(key0, key1, client, year, occurrence, _CLIENT)
        if (
            u_hit < m.draw_client_f[k, c, I.client_hit]
            and u_through < m.draw_client_f[k, c, I.client_penetration]
            and ev.place[f] == 0
        ):
            actor, tau, common, _ = draw_attempt(m, k, first_process, client, year, occurrence, key0, key1)
            attack_organisation(
                m, k, ev, f, client, np.int64(1), no, np.int64(c), first_process, year, occurrence, key0, key1,
                actor, tau, common, np.int64(m.client_i[c, I.client_type]), THROUGH_PROVIDER,
                np.int64(m.client_i[c, I.client_entry_zone]), 0.0,
            )  # fmt: skip
    follow_links(m, k, ev, year, occurrence, key0, key1)
    for c in range(m.provider1_p[root_index, 0], m.provider1_p[root_index + 1, 0]):
        f = np.int64(m.client_i[c, I.client_node])
        if not matters(m, f):
            continue
        u_hit, _, u_share, _ = draw_block(key0, key1, m.client_e[c, 0], year, occurrence, _CLIENT)
        if u_hit >= m.draw_client_f[k, c, I.client_hit]:
            continue
        add_outage(m, ev, np.int64(c), np.int64(1), m.draw_client_f[k, c, I.client_level], outage)
        at = ev.place[f] - 1
        # Data that the provider held are stolen from all of its clients at once.
        if u_theft < m.draw_provider_f[k, root_index, I.provider_theft]:
            if ev.outcome[at] == OUTAGE and ev.client[at] == c:
                ev.attack[at, A_STOLEN] = 1.0
                ev.attack[at, A_STOLEN_SHARE] = m.client_f[c, I.client_informs] * u_share
    return np.floor(u_day * _DAYS)


@stage
def draw_counts(
    entities: NDArray[np.uint64], year: int, key0: int, key1: int, out: NDArray[np.float64]
) -> None:  # pragma: no cover - compiled
    """Fill `out` with the uniform of `COUNTS` of each entity: a loop of its own, so that it runs in wide registers."""
    for i in range(entities.shape[0]):
        u, _, _, _ = draw_block(key0, key1, entities[i], year, 0, _COUNTS)
        out[i] = u


@stage
def settle_until(
    m: KernelArrays, k: int, ev: Event, node: int, year: int, occurrence: int, key0: int, key1: int
) -> int:  # pragma: no cover - compiled
    """After ``play_event``: settle organisations until `node` is done; return its place in the event, or -1."""
    generation = 0
    while generation <= last_generation(ev):
        at = 0
        while at < ev.size[0]:
            if ev.generation[at] == generation:
                settle_organisation(m, k, ev, at, year, occurrence, key0, key1)
                if ev.node[at] == node:
                    return at
                pass_outage_on(m, k, ev, at)
            at += 1
        generation += 1
    return -1
