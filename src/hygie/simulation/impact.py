"""From what is hit to outage, lost care and euros, for one event.

Outage levels are constant between breakpoints (a zone serves again in part, then in full; a supplier's loss is felt
after the autonomy time), so integrals over time are exact sums. The NumPy twin in ``simulation/twin.py`` integrates
the same definitions on a fine time grid.
"""

from __future__ import annotations

from math import exp, inf

import numpy as np
from numpy.typing import NDArray

from hygie.core.tables import DRIVERS, FLOWS, FORMS
from hygie.core.units import HOURS_PER_DAY, HOURS_PER_YEAR
from hygie.simulation.attack import (
    A_BACKUP,
    A_DEVICES,
    A_REACHED,
    A_SERVERS,
    A_STOLEN,
    A_STOLEN_SHARE,
    A_WORKSTATIONS,
    OUTAGE,
    SEVERAL,
    THEFT,
    scope_of,
)
from hygie.simulation.compiler import stage
from hygie.simulation.layout import I, KernelArrays
from hygie.simulation.quantiles import logit_normal_quantile, lognormal_quantile, normal_quantile
from hygie.simulation.streams import draw_block

__all__ = ["IMPACT_FIELDS", "MAX_BREAKPOINTS", "run_impact"]

_ZONE, _AFTERMATH, _SCAR, _ITEM, _RANSOM = 5, 6, 7, 8, 14
_N_FORMS = len(FORMS)
_N_DRIVERS = len(DRIVERS)
_D_SCOPE = DRIVERS.index("scope_stopped")
_D_WORKSTATIONS = DRIVERS.index("workstations")
_D_SERVERS = DRIVERS.index("servers")
_D_DEVICES = DRIVERS.index("devices")
_D_CRISIS = DRIVERS.index("crisis_h")
_D_OVERTIME = DRIVERS.index("overtime_h")
_D_ACTIVITY = DRIVERS.index("activity_revenue")
_D_SCAR = DRIVERS.index("scar_revenue")
_D_PERSONS = DRIVERS.index("persons_notified")
_D_THEFT = DRIVERS.index("theft")
_D_RANSOM = DRIVERS.index("ransom_paid")
_D_DDOS = DRIVERS.index("ddos")
_D_PROVIDER = DRIVERS.index("provider_outage")
_D_BLACKMAIL = DRIVERS.index("blackmail_paid")
_D_PROVIDER_THEFT = DRIVERS.index("provider_theft")
_D_PROVIDER_PERSONS = DRIVERS.index("provider_persons")
_D_REBUILD = DRIVERS.index("rebuild_several_servers")
_D_STOCK = DRIVERS.index("stock_lost")

_F_BED_DAYS = FLOWS.index("bed_days")
_F_STAYS = FLOWS.index("stays")
_F_OPERATIONS = FLOWS.index("operations")
_F_VISITS = FLOWS.index("visits")
_F_REVENUE = FLOWS.index("revenue")
_F_CONSULTATIONS = FLOWS.index("consultations")
_F_CRITICAL = FLOWS.index("critical_bed_days")
_F_STOCK = FLOWS.index("stock")

MAX_BREAKPOINTS = 512

# Fields of the impact record; forms follow, then total and own loss; then, in a longer record, every loss item.
R_BACKUPS_LOST, R_OUTAGE, R_BED_DAYS, R_STAYS, R_OPERATIONS, R_VISITS, R_OVERTIME = 0, 1, 2, 3, 4, 5, 6
R_CONSULTATIONS, R_AMBULANCES, R_TRANSFERS, R_EXPOSED, R_CRISIS, R_FORMS = 7, 8, 9, 10, 11, 12
R_TOTAL = R_FORMS + _N_FORMS
R_OWN = R_TOTAL + 1
IMPACT_FIELDS = R_OWN + 1

# Rows of the per-zone scratch.
_LEVEL, _FIRST, _FULL, _CUT_END, _EXT_END, _BEGIN, _END, _DOWN = 0, 1, 2, 3, 4, 5, 6, 7


@stage
def run_impact(
    m: KernelArrays,
    k: int,
    node: int,
    outcome: int,
    source: int,
    year: int,
    occurrence: int,
    key0: int,
    key1: int,
    hosts: NDArray[np.float64],
    attack: NDArray[np.float64],
    external_zone: int,
    external_level: float,
    external_h: float,
    external_driver: int,
    zones: NDArray[np.float64],
    points: NDArray[np.float64],
    lost: NDArray[np.float64],
    drivers: NDArray[np.float64],
    record: NDArray[np.float64],
) -> None:  # pragma: no cover - compiled
    """Fill `record` [IMPACT_FIELDS, or that plus items] with outage [h], care and euros of one event.

    Parameters
    ----------
    hosts, attack
        What the attack hit (zeros when there was none).
    external_zone, external_level, external_h
        A zone lost from outside (provider, denial of service) at `external_level` for `external_h` hours; -1 for none.
    external_driver
        Loss driver raised by the external cause, -1 for none.
    zones, points, lost, drivers
        Scratch: [8, MAX_ZONES], [MAX_BREAKPOINTS], [2, services], [drivers].
    """
    template = m.node_i[node, 0]
    base = m.template1_p[template, 0]
    n = m.template1_p[template + 1, 0] - base
    services = m.template_service_f.shape[1]
    scope = scope_of(outcome)
    record[:] = 0.0
    drivers[:] = 0.0
    u_backup, u_forensics, u_cut, u_cut_time = draw_block(key0, key1, source, year, occurrence, _AFTERMATH)
    u_scar, u_tau, _, _ = draw_block(key0, key1, source, year, occurrence, _SCAR)

    # Recovery: forensics first, then one shared crew rebuilds zone after zone in order of rank; devices that have a
    # maintainer of their own wait for it, and come back beside the others.
    backups_lost = attack[A_BACKUP] > 0.0 and u_backup >= m.draw_node_f[k, node, I.node_backup_survival]
    record[R_BACKUPS_LOST] = 1.0 if backups_lost else 0.0
    slow = m.draw_f[k, I.backup_lost_factor] if backups_lost else 1.0
    clock = lognormal_quantile(u_forensics, m.draw_scope_f[k, scope, I.forensics_mu], m.draw_f[k, I.forensics_sigma])
    crew = m.draw_node_f[k, node, I.node_crew]
    size = m.node_f[node, I.node_size_factor]
    begin = clock
    first_host = m.node1_p[node, 0]
    work_sigma = m.draw_f[k, I.work_sigma]
    finish = 0.0
    count = 0
    for z in range(n):
        for row in range(5):
            zones[row, z] = 0.0
        zones[_END, z] = 0.0
    for i in range(n):
        z = m.zone_i[base + i, I.zone_rank]
        if hosts[z] <= 0.0:
            continue
        level = (hosts[z] / m.nodezone_f[first_host + z, 0]) ** m.draw_f[k, I.impairment_exponent]
        _, _, _, u_work = draw_block(key0, key1, source ^ m.zone_e[base + z, 0], year, occurrence, _ZONE)
        noise = lognormal_quantile(u_work, -0.5 * work_sigma * work_sigma, work_sigma)
        repair = m.zone_f[base + z, I.zone_repair_h]
        zones[_LEVEL, z] = level
        if repair > 0.0:
            hours = hosts[z] * repair / (m.draw_f[k, I.maintainer_crew] * size) * noise
            there = begin + m.draw_f[k, I.maintainer_wait_h] * noise
            zones[_FIRST, z] = there + m.draw_f[k, I.partial_share] * hours
            zones[_FULL, z] = there + hours
            points[count] = zones[_FIRST, z]
            points[count + 1] = zones[_FULL, z]
            count += 2
            finish = max(finish, there + hours)
            continue
        work = m.draw_f[k, I.zone_work_h] * level + hosts[z] * m.draw_kind_f[k, m.zone_i[base + z, I.zone_kind], 0]
        hours = work * slow * noise / crew
        zones[_FIRST, z] = clock + m.draw_f[k, I.partial_share] * hours
        zones[_FULL, z] = clock + hours
        points[count] = zones[_FIRST, z]
        points[count + 1] = zones[_FULL, z]
        count += 2
        clock += hours
        finish = max(finish, clock)

    # Precautionary disconnection, and what is lost from outside.
    alarming = outcome != OUTAGE and (scope > 0 or attack[A_REACHED] >= 2.0)
    cut = 0.0
    # With devices alone hit, the ways in of maintainers are cut, not the information system.
    shut = scope if attack[A_WORKSTATIONS] + attack[A_SERVERS] > 0.0 else min(scope, 1)
    if alarming and u_cut < m.draw_scope_f[k, shut, I.cut_probability]:
        cut = lognormal_quantile(u_cut_time, m.draw_scope_f[k, shut, I.cut_mu], m.draw_f[k, I.cut_sigma])
        cuts = 0
        for z in range(n):
            if m.scope_zone_b[shut, base + z, 0]:
                zones[_CUT_END, z] = cut
                points[count] = cut
                cuts = 1
        count += cuts
        finish = max(finish, cut * cuts)
    if external_zone >= 0:
        zones[_EXT_END, external_zone] = external_h
        points[count] = external_h
        count += 1
        finish = max(finish, external_h)
    record[R_OUTAGE] = finish

    lost[:] = 0.0
    one = np.uint64(1)
    if finish > 0.0:
        # Dependency cascade: when does each zone start and stop to feel anything?
        for i in range(n):
            z = m.zone_i[base + i, I.zone_need_order]
            ends = max(zones[_FULL, z], zones[_CUT_END, z], zones[_EXT_END, z])
            begins = 0.0 if ends > 0.0 else inf
            for j in range(m.zone1_p[base + z, I.need_ptr], m.zone1_p[base + z + 1, I.need_ptr]):
                s = m.need_i[j, 0]
                start = zones[_BEGIN, s] + m.draw_need_f[k, j, I.need_autonomy_h]
                if start < zones[_END, s]:
                    begins = min(begins, start)
                    ends = max(ends, zones[_END, s])
                    points[count] = start
                    count += 1
            zones[_BEGIN, z] = begins
            zones[_END, z] = ends
            zones[_DOWN, z] = 0.0
        # Services that use a zone that is felt; from the 64th on they share a bit.
        touched = np.uint64(0)
        for s in range(services):
            if m.template_service_f[template, s, 0] < 1.0:
                for j in range(
                    m.templateservice1_p[template * services + s, 0],
                    m.templateservice1_p[template * services + s + 1, 0],
                ):
                    if zones[_END, m.use_i[j, 0]] > 0.0:
                        touched |= one << np.uint64(min(s, 63))

        # Service capacity between breakpoints. Few, nearly ordered points: insertion beats a general sort.
        for p in range(1, count):
            value = points[p]
            q = p - 1
            while q >= 0 and points[q] > value:
                points[q + 1] = points[q]
                q -= 1
            points[q + 1] = value
        previous = 0.0
        for p in range(count):
            width = points[p] - previous
            if width <= 0.0:
                continue
            t = previous + 0.5 * width
            for i in range(n):
                z = m.zone_i[base + i, I.zone_need_order]
                if zones[_END, z] <= previous:
                    zones[_DOWN, z] = 0.0
                    continue
                down = 0.0
                if t < zones[_FIRST, z]:
                    down = zones[_LEVEL, z]
                elif t < zones[_FULL, z]:
                    down = zones[_LEVEL, z] * m.draw_f[k, I.partial_level]
                if t < zones[_CUT_END, z]:
                    down = max(down, m.draw_f[k, I.cut_level])
                if t < zones[_EXT_END, z]:
                    down = max(down, external_level)
                for j in range(m.zone1_p[base + z, I.need_ptr], m.zone1_p[base + z + 1, I.need_ptr]):
                    s = m.need_i[j, 0]
                    if t >= zones[_BEGIN, s] + m.draw_need_f[k, j, I.need_autonomy_h]:
                        down = max(down, m.draw_need_f[k, j, I.need_strength] * zones[_DOWN, s])
                zones[_DOWN, z] = down
            for s in range(services):
                if (touched >> np.uint64(min(s, 63))) & one == 0:
                    continue
                kept = 1.0
                for j in range(
                    m.templateservice1_p[template * services + s, 0],
                    m.templateservice1_p[template * services + s + 1, 0],
                ):
                    kept *= 1.0 - m.use_f[j, 0] * zones[_DOWN, m.use_i[j, 0]]
                floor = m.template_service_f[template, s, 0]
                if kept < 1.0 and floor < 1.0:
                    paper = m.draw_node_service_f[k, node, s, 0]
                    capacity = paper + (1.0 - paper) * (kept - floor) / (1.0 - floor)
                    lost[0, s] += (1.0 - capacity) * width
                    lost[1, s] = points[p]
            previous = points[p]

    # Activity: capacity lost, and a scar that fades because patients and staff do not all come back at once.
    scar = logit_normal_quantile(u_scar, m.draw_f[k, I.scar_mu], m.draw_f[k, I.scar_sigma])
    tau = lognormal_quantile(u_tau, m.draw_f[k, I.scar_tau_mu], m.draw_f[k, I.scar_tau_sigma])
    spoiled = 0.0
    for s in range(services):
        gone = lost[0, s]
        if gone <= 0.0:
            continue
        # The scar of a service starts with its own outage and fades from its own end; one event never takes more
        # than a year of activity, the horizon of the assessment.
        share = scar * (1.0 - exp(-gone / m.draw_f[k, I.scar_onset_h]))
        away = min(share * (lost[1, s] - gone + tau), max(HOURS_PER_YEAR - gone, 0.0))
        record[R_BED_DAYS] += m.node_service_flow_f[node, s, _F_BED_DAYS, 0] * (gone + away)
        record[R_STAYS] += m.node_service_flow_f[node, s, _F_STAYS, 0] * (gone + away)
        record[R_OPERATIONS] += m.node_service_flow_f[node, s, _F_OPERATIONS, 0] * (gone + away)
        record[R_CONSULTATIONS] += m.node_service_flow_f[node, s, _F_CONSULTATIONS, 0] * (gone + away)
        record[R_VISITS] += m.node_service_flow_f[node, s, _F_VISITS, 0] * gone
        # Ambulances are turned away first, but no more of them than arrive.
        sent = min(m.draw_f[k, I.ambulance_first] * gone, lost[1, s])
        record[R_AMBULANCES] += m.node_service_flow_f[node, s, _F_VISITS, 0] * m.draw_f[k, I.ambulance_share] * sent
        # What is lost is 1 - paper of the care that systems no longer carry; the rest is given on paper.
        paper = m.draw_node_service_f[k, node, s, 0]
        record[R_EXPOSED] += m.node_service_flow_f[node, s, _F_BED_DAYS, 0] * gone * paper / (1.0 - paper)
        if m.node_service_flow_f[node, s, _F_CRITICAL, 0] > 0.0:
            moved = m.draw_f[k, I.transfer_share] * (1.0 - exp(-gone / m.draw_f[k, I.transfer_onset_h]))
            record[R_TRANSFERS] += m.node_service_flow_f[node, s, _F_CRITICAL, 0] * HOURS_PER_DAY * moved
        drivers[_D_ACTIVITY] += m.node_service_flow_f[node, s, _F_REVENUE, 0] * gone
        drivers[_D_SCAR] += m.node_service_flow_f[node, s, _F_REVENUE, 0] * away
        if m.node_service_flow_f[node, s, _F_STOCK, 0] > 0.0:
            spoiled += 1.0 - exp(-m.node_service_flow_f[node, s, _F_STOCK, 0] * gone)
    drivers[_D_ACTIVITY] *= m.draw_node_f[k, node, I.node_exposed_share]
    drivers[_D_SCAR] *= m.draw_node_f[k, node, I.node_exposed_share]
    record[R_OVERTIME] = record[R_EXPOSED] * m.draw_f[k, I.overtime_per_bed_day]
    if scope > 0 or cut > 0.0:
        record[R_CRISIS] = finish
    if external_driver == _D_PROVIDER:
        record[R_CRISIS] = max(record[R_CRISIS], external_level * external_h)

    # Money: form = Σ driver × unit cost × event noise of mean one.
    if outcome != OUTAGE:
        drivers[_D_SCOPE + scope] = size
        # Devices go back to their maintainer: only servers make an information system to rebuild.
        if outcome >= SEVERAL and attack[A_SERVERS] > 0.0:
            drivers[_D_REBUILD + outcome - SEVERAL] = size
        drivers[_D_WORKSTATIONS] = attack[A_WORKSTATIONS]
        drivers[_D_SERVERS] = attack[A_SERVERS]
        drivers[_D_DEVICES] = attack[A_DEVICES]
        if attack[A_STOLEN] > 0.0:
            drivers[_D_PERSONS] = attack[A_STOLEN_SHARE] * m.draw_node_f[k, node, I.node_records]
            drivers[_D_THEFT] = size
        if outcome >= SEVERAL or outcome == THEFT:
            u_ransom, u_silence, _, _ = draw_block(key0, key1, source, year, occurrence, _RANSOM)
            if outcome == THEFT:
                if u_silence < m.draw_node_f[k, node, I.node_pays_blackmail]:
                    drivers[_D_BLACKMAIL] = size
            elif u_ransom < m.draw_node_f[k, node, I.node_pays_ransom]:
                drivers[_D_RANSOM] = size
    elif attack[A_STOLEN] > 0.0:
        drivers[_D_PROVIDER_THEFT] = size
        drivers[_D_PROVIDER_PERSONS] = attack[A_STOLEN_SHARE] * m.draw_node_f[k, node, I.node_records]
    drivers[_D_CRISIS] = record[R_CRISIS] * size
    drivers[_D_STOCK] = min(spoiled, 1.0) * size
    drivers[_D_OVERTIME] = record[R_OVERTIME]
    if external_driver >= 0:
        drivers[external_driver] = size
    items = m.item_i.shape[0]
    itemised = record.shape[0] >= IMPACT_FIELDS + items
    for i in range(items):
        amount = drivers[m.item_i[i, I.item_driver]]
        if amount <= 0.0:
            continue
        sigma = m.draw_item_f[k, i, I.item_sigma]
        u_item, _, _, _ = draw_block(key0, key1, source ^ m.item_e[i, 0], year, occurrence, _ITEM)
        noise = exp(sigma * normal_quantile(u_item) - 0.5 * sigma * sigma)
        amount *= m.draw_item_f[k, i, I.item_unit_cost] * noise
        record[R_FORMS + m.item_i[i, I.item_form]] += amount
        if itemised:
            record[IMPACT_FIELDS + i] = amount
    total = 0.0
    for form in range(_N_FORMS):
        total += record[R_FORMS + form]
    cap = m.draw_node_f[k, node, I.node_loss_cap_eur]
    if total > cap:
        for form in range(_N_FORMS):
            record[R_FORMS + form] *= cap / total
        if itemised:
            for i in range(items):
                record[IMPACT_FIELDS + i] *= cap / total
        total = cap
    own = 0.0
    for form in range(_N_FORMS):
        own += record[R_FORMS + form] * (1.0 - m.draw_node_form_f[k, node, form, 0])
    record[R_TOTAL] = total
    record[R_OWN] = own
