"""One event over several organisations: along links to extinction, then who loses a service without being attacked.

An event begins at an organisation or at a provider. First the attack: crossings of links wait in order of time, and an
organisation that is compromised is never attacked again in the same event (first passage between organisations, as
between zones: Dijkstra 1959, doi:10.1007/BF01386390). Then the outages, generation by generation: whoever depends on a
zone of a neighbour loses the service for as long as that zone is down, less its own autonomy.

Random numbers are keyed by the path, link ⊕ … ⊕ source, and waiting crossings are ordered by time and entity: nothing
depends on the order in which organisations are listed.
"""

from __future__ import annotations

from collections import namedtuple
from math import inf
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from hygie.core.ids import derive_entity
from hygie.core.tables import DRIVERS
from hygie.simulation.attack import A_END, ATTACK_FIELDS, BLOCKED, MAX_ZONES, OUTAGE, STOPPED, run_attack
from hygie.simulation.compiler import inline, kernel, subroutine
from hygie.simulation.impact import IMPACT_FIELDS, MAX_BREAKPOINTS, run_impact
from hygie.simulation.layout import I, KernelArrays
from hygie.simulation.streams import draw_block

__all__ = [
    "THROUGH_LINK",
    "THROUGH_PROVIDER",
    "Event",
    "add_outage",
    "attack_organisation",
    "clear_event",
    "follow_links",
    "last_generation",
    "make_event",
    "matters",
    "pass_outage_on",
    "settle_organisation",
]

# The first crossing of a rebound is a decision of its own, whatever the link.
THROUGH_LINK = np.uint64(derive_entity("crossing", "link"))
THROUGH_PROVIDER = np.uint64(derive_entity("crossing", "provider"))

_LINK = 9
_D_PROVIDER = DRIVERS.index("provider_outage")
_LEVEL, _FIRST, _FULL, _CUT_END, _EXT_END, _BEGIN, _END, _DOWN = 0, 1, 2, 3, 4, 5, 6, 7

# An event [organisations touched, or crossings that wait]; `size` holds how many of each, `place` where a node stands.
_FIELDS = (
    *("size", "place", "node", "entity", "generation", "link", "client", "process", "outcome", "actor"),
    *("external_zone", "external_driver", "external_level", "external_h", "reach", "hosts", "attack"),
    *("wait_link", "wait_entity", "wait_generation", "wait_process", "wait_actor"),
    *("wait_time", "wait_tau", "wait_common"),
    *("zones", "points", "lost", "drivers", "impact"),
)

if TYPE_CHECKING:  # Numba, not mypy, knows the types of packed arrays.
    Event: TypeAlias = Any
else:
    Event = namedtuple("Event", _FIELDS)


@kernel
def make_event(nodes: int, links: int, services: int, items: int) -> Event:  # pragma: no cover - compiled
    """Return room for one event: each organisation is touched once, each link crossed once; `items` as in rows."""
    n = nodes + 1
    q = links + 1
    return Event(
        np.zeros(2, np.int64), np.zeros(n, np.int64), np.empty(n, np.int64), np.empty(n, np.uint64),
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64),
        np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64),
        np.empty(n), np.empty(n), np.empty((n, MAX_ZONES)), np.empty((n, MAX_ZONES)), np.empty((n, ATTACK_FIELDS)),
        np.empty(q, np.int64), np.empty(q, np.uint64), np.empty(q, np.int64), np.empty(q, np.int64),
        np.empty(q, np.int64), np.empty(q), np.empty(q), np.empty(q),
        np.zeros((8, MAX_ZONES)), np.empty(MAX_BREAKPOINTS), np.zeros((2, services)), np.zeros(len(DRIVERS)),
        np.zeros(IMPACT_FIELDS + items),
    )  # fmt: skip


@inline
def clear_event(ev: Event) -> None:  # pragma: no cover - compiled
    """Forget the event; its room is used again."""
    for at in range(ev.size[0]):
        ev.place[ev.node[at]] = 0
    ev.size[0] = 0
    ev.size[1] = 0


@inline
def _list(
    ev: Event, node: int, entity: int, generation: int, link: int, client: int
) -> int:  # pragma: no cover - compiled
    at = ev.size[0]
    ev.size[0] = at + 1
    ev.place[node] = at + 1
    ev.node[at] = node
    ev.entity[at] = entity
    ev.generation[at] = generation
    ev.link[at] = link
    ev.client[at] = client
    ev.external_zone[at] = -1
    ev.external_driver[at] = -1
    ev.external_level[at] = 0.0
    ev.external_h[at] = 0.0
    return at


@inline
def _only_outage(ev: Event, at: int) -> None:  # pragma: no cover - compiled
    ev.outcome[at] = OUTAGE
    ev.actor[at] = -1
    ev.process[at] = -1
    ev.reach[at, :] = inf
    ev.hosts[at, :] = 0.0
    ev.attack[at, :] = 0.0


@inline
def matters(m: KernelArrays, node: int) -> bool:  # pragma: no cover - compiled
    """Return whether a node is assessed, or able to pass an attack or an outage on."""
    return m.node_b[node, 0] == 1 or m.node1_p[node, I.link_ptr] != m.node1_p[node + 1, I.link_ptr]


@subroutine
def attack_organisation(
    m: KernelArrays,
    k: int,
    ev: Event,
    node: int,
    entity: int,
    generation: int,
    link: int,
    client: int,
    process: int,
    year: int,
    occurrence: int,
    key0: int,
    key1: int,
    actor: int,
    tau: float,
    common: float,
    kind: int,
    crossing: int,
    zone: int,
    time: float,
) -> int:  # pragma: no cover - compiled
    """Attack one organisation; when it is compromised, list it and let its links wait. Return the outcome.

    Parameters
    ----------
    link, client
        How the attack comes: a link, a client of a provider, or neither (-1).
    kind, crossing, zone
        Type and entity of the first crossing, zone it leads to.
    time
        Hours since the event began.
    """
    at = ev.size[0]
    outcome = run_attack(
        m, k, node, process, entity, year, occurrence, key0, key1, actor, tau, common, kind, crossing, zone,
        ev.reach[at], ev.hosts[at], ev.attack[at],
    )  # fmt: skip
    if outcome == BLOCKED:
        return outcome
    _list(ev, node, entity, generation, link, client)
    ev.outcome[at] = outcome
    ev.actor[at] = actor
    ev.process[at] = process
    for out in range(m.node1_p[node, I.link_ptr], m.node1_p[node + 1, I.link_ptr]):
        target = m.link_i[out, I.link_target_node]
        passed = ev.reach[at, m.link_i[out, I.link_source_zone]]
        if passed > ev.attack[at, A_END] or ev.place[target] != 0 or not matters(m, target):
            continue
        path = m.link_e[out, 0] ^ entity
        u, _, _, _ = draw_block(key0, key1, path, year, occurrence, _LINK)
        if u >= m.draw_link_f[k, out, I.link_penetration]:
            continue
        q = ev.size[1]
        ev.size[1] = q + 1
        ev.wait_link[q] = out
        ev.wait_entity[q] = path
        ev.wait_generation[q] = generation + 1
        ev.wait_process[q] = process
        ev.wait_actor[q] = actor
        ev.wait_time[q] = time + passed
        ev.wait_tau[q] = tau
        ev.wait_common[q] = common
    return outcome


@subroutine
def follow_links(
    m: KernelArrays, k: int, ev: Event, year: int, occurrence: int, key0: int, key1: int
) -> None:  # pragma: no cover - compiled
    """Follow waiting crossings, the earliest first, until none is left."""
    no = np.int64(-1)
    while ev.size[1] > 0:
        first = 0
        for q in range(1, ev.size[1]):
            if ev.wait_time[q] < ev.wait_time[first] or (
                ev.wait_time[q] == ev.wait_time[first] and ev.wait_entity[q] < ev.wait_entity[first]
            ):
                first = q
        link = ev.wait_link[first]
        entity = ev.wait_entity[first]
        generation = ev.wait_generation[first]
        process = ev.wait_process[first]
        actor = ev.wait_actor[first]
        time = ev.wait_time[first]
        tau = ev.wait_tau[first]
        common = ev.wait_common[first]
        last = ev.size[1] - 1
        ev.size[1] = last
        ev.wait_link[first] = ev.wait_link[last]
        ev.wait_entity[first] = ev.wait_entity[last]
        ev.wait_generation[first] = ev.wait_generation[last]
        ev.wait_process[first] = ev.wait_process[last]
        ev.wait_actor[first] = ev.wait_actor[last]
        ev.wait_time[first] = ev.wait_time[last]
        ev.wait_tau[first] = ev.wait_tau[last]
        ev.wait_common[first] = ev.wait_common[last]
        target = np.int64(m.link_i[link, I.link_target_node])
        if ev.place[target] != 0:
            continue
        attack_organisation(
            m, k, ev, target, entity, generation, link, no, process, year, occurrence, key0, key1, actor, tau, common,
            np.int64(m.link_i[link, I.link_type]), THROUGH_LINK, np.int64(m.link_i[link, I.link_target_zone]), time,
        )  # fmt: skip


@inline
def add_outage(
    m: KernelArrays, ev: Event, client: int, generation: int, level: float, hours: float
) -> None:  # pragma: no cover - compiled
    """Let a client feel the outage of its provider, once every attack has come as far as it goes.

    A client whose intruder came from the provider and was stopped feels the outage only.
    """
    node = np.int64(m.client_i[client, I.client_node])
    at = ev.place[node] - 1
    if at < 0:
        at = _list(ev, node, m.client_e[client, 0], generation, np.int64(-1), client)
        _only_outage(ev, at)
    elif ev.client[at] == client and ev.outcome[at] == STOPPED:
        _only_outage(ev, at)
    ev.external_zone[at] = m.client_i[client, I.client_zone]
    ev.external_driver[at] = _D_PROVIDER
    ev.external_level[at] = level
    ev.external_h[at] = hours


@inline
def last_generation(ev: Event) -> int:  # pragma: no cover - compiled
    """Return the last generation listed so far; settling one generation may list the next."""
    last = 0
    for at in range(ev.size[0]):
        last = max(last, ev.generation[at])
    return last


@inline
def settle_organisation(
    m: KernelArrays, k: int, ev: Event, at: int, year: int, occurrence: int, key0: int, key1: int
) -> None:  # pragma: no cover - compiled
    """Fill ``ev.impact`` and ``ev.zones`` with what the event costs the organisation in place `at`."""
    run_impact(
        m, k, ev.node[at], ev.outcome[at], ev.entity[at], year, occurrence, key0, key1, ev.hosts[at], ev.attack[at],
        ev.external_zone[at], ev.external_level[at], ev.external_h[at], ev.external_driver[at],
        ev.zones, ev.points, ev.lost, ev.drivers, ev.impact,
    )  # fmt: skip


@subroutine
def _measure_zone(
    m: KernelArrays, k: int, ev: Event, at: int, zone: int
) -> tuple[float, float]:  # pragma: no cover - compiled
    """Return the worst impairment of a zone, and the hours at that impairment that lose as much [h]."""
    template = m.node_i[ev.node[at], 0]
    base = m.template1_p[template, 0]
    n = m.template1_p[template + 1, 0] - base
    zones = ev.zones
    points = ev.points
    count = 0
    for z in range(n):
        for row in range(_FIRST, _EXT_END + 1):
            if zones[row, z] > 0.0:
                points[count] = zones[row, z]
                count += 1
        for j in range(m.zone1_p[base + z, I.need_ptr], m.zone1_p[base + z + 1, I.need_ptr]):
            s = m.need_i[j, 0]
            felt = zones[_BEGIN, s] + m.draw_need_f[k, j, I.need_autonomy_h]
            if felt < zones[_END, s]:
                points[count] = felt
                count += 1
    for p in range(1, count):
        value = points[p]
        q = p - 1
        while q >= 0 and points[q] > value:
            points[q + 1] = points[q]
            q -= 1
        points[q + 1] = value
    worst, lost, previous = 0.0, 0.0, 0.0
    for p in range(count):
        width = points[p] - previous
        if width <= 0.0:
            continue
        t = previous + 0.5 * width
        for i in range(n):
            z = m.zone_i[base + i, I.zone_need_order]
            down = 0.0
            if t < zones[_FIRST, z]:
                down = zones[_LEVEL, z]
            elif t < zones[_FULL, z]:
                down = zones[_LEVEL, z] * m.draw_f[k, I.partial_level]
            if t < zones[_CUT_END, z]:
                down = max(down, m.draw_f[k, I.cut_level])
            if t < zones[_EXT_END, z]:
                down = max(down, ev.external_level[at])
            for j in range(m.zone1_p[base + z, I.need_ptr], m.zone1_p[base + z + 1, I.need_ptr]):
                s = m.need_i[j, 0]
                if t >= zones[_BEGIN, s] + m.draw_need_f[k, j, I.need_autonomy_h]:
                    down = max(down, m.draw_need_f[k, j, I.need_strength] * zones[_DOWN, s])
            zones[_DOWN, z] = down
        worst = max(worst, zones[_DOWN, zone])
        lost += zones[_DOWN, zone] * width
        previous = points[p]
    return worst, lost / worst if worst > 0.0 else 0.0


@subroutine
def pass_outage_on(m: KernelArrays, k: int, ev: Event, at: int) -> None:  # pragma: no cover - compiled
    """After ``settle_organisation``: let those who depend on the organisation in place `at` lose its service.

    Who is listed already and stands further from the start takes the greatest loss that reaches it, in hours of full
    service; who is not listed yet joins as the next generation.
    """
    node = ev.node[at]
    generation = ev.generation[at] + 1
    for link in range(m.node1_p[node, I.link_ptr], m.node1_p[node + 1, I.link_ptr]):
        zone = np.int64(m.link_i[link, I.link_need_zone])
        source = m.link_i[link, I.link_need_source]
        target = np.int64(m.link_i[link, I.link_target_node])
        place = ev.place[target] - 1
        if zone < 0 or ev.zones[_END, source] <= 0.0 or (place >= 0 and ev.generation[place] < generation):
            continue
        if not matters(m, target):
            continue
        worst, hours = _measure_zone(m, k, ev, at, source)
        level = worst * m.draw_link_f[k, link, I.link_need_level]
        hours -= m.draw_link_f[k, link, I.link_need_autonomy_h]
        if hours <= 0.0 or level <= 0.0:
            continue
        path = m.link_e[link, 0] ^ ev.entity[at]
        if place < 0:
            place = _list(ev, target, path, generation, np.int64(link), np.int64(-1))
            _only_outage(ev, place)
        else:
            more = level * hours - ev.external_level[place] * ev.external_h[place]
            if more < 0.0 or (more == 0.0 and path >= ev.entity[place]):
                continue
            if ev.outcome[place] == OUTAGE and ev.client[place] < 0:
                ev.entity[place] = path
                ev.link[place] = np.int64(link)
        ev.external_zone[place] = zone
        ev.external_driver[place] = _D_PROVIDER
        ev.external_level[place] = level
        ev.external_h[place] = hours
