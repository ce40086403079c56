"""Organisations, recovery, care and money as arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hygie.core.ids import check_entities, derive_entity
from hygie.core.sampling import EpistemicSample, logit
from hygie.core.tables import DRIVERS, FLOWS, FORMS, MODULES, SCOPES
from hygie.core.units import DAYS_PER_YEAR, HOURS_PER_DAY, HOURS_PER_YEAR
from hygie.facility.blueprints import Blueprints, ServiceSpec
from hygie.facility.exposure import count_hosts
from hygie.facility.organisation import Activity
from hygie.facility.zone_graphs import ZoneGraph
from hygie.scenario.levers import Levers
from hygie.scenario.portfolio import Node
from hygie.scenario.specs import LossItemSpec

__all__ = ["compile_losses", "compile_nodes", "compile_recovery"]

Arrays = dict[str, NDArray[np.generic]]
FloatArray = NDArray[np.float64]

_DIRECT_FORMS = ("response", "restoration")
_ACTIVITY_FORMS = ("activity", "reputation")


def compile_nodes(
    nodes: Sequence[Node],
    graphs: Sequence[ZoneGraph],
    templates: Sequence[int],
    blueprints: Blueprints,
    levers: Levers,
    sample: EpistemicSample,
) -> Arrays:
    """Return the arrays along the node axis: hosts, flows, size, records, crew, compensation, caps.

    Parameters
    ----------
    levers
        What the controls of each node are worth: restoration, degraded mode and encryption of records act here.
    """
    k = sample.draws
    services = blueprints.services
    floor = sample.centre("exposure.fte_floor")
    hosts: list[float] = []
    zone_ptr = [0]
    flow = np.zeros((len(nodes), len(services), len(FLOWS)))
    revenue = np.zeros((k, len(nodes)))
    for f, (node, template) in enumerate(zip(nodes, templates, strict=True)):
        activity = node.organisation.activity
        hosts += count_hosts(node.organisation, graphs[template], partial(sample.centre, into="node_zone_hosts"))
        zone_ptr.append(len(hosts))
        per_fte = sample.values(f"finance.revenue_per_fte.{node.organisation.status}", into="node_loss_cap_eur")
        revenue[:, f] = per_fte * max(activity.fte, floor)
        typical = sample.centre(f"finance.revenue_per_fte.{node.organisation.status}", into="node_flow_per_h")
        mix = blueprints.categories[node.organisation.category].revenue
        flow[f] = _service_flows(activity, services, typical * max(activity.fte, floor), mix, sample)
    staff = np.maximum(np.array([node.organisation.activity.fte for node in nodes]), floor)
    elasticity = sample.centre("finance.cost_elasticity", into="node_size_factor")
    reference = sample.centre("finance.reference_fte", into="node_size_factor")
    crew_gain = sample.values("recovery.drill_gain", into="node_crew")
    crew = (
        sample.values("recovery.crew_reference", into="node_crew")[:, None]
        * (staff[None, :] / 1000.0) ** sample.values("recovery.crew_elasticity", into="node_crew")[:, None]
        * np.exp(crew_gain[:, None] * levers.relative("restoration", into="node_crew"))
    )
    continuity = levers.relative("degraded_mode", into="node_paper_share")
    gain = sample.values("care.continuity_gain", into="node_paper_share")
    paper = np.stack(
        [
            1.0
            / (
                1.0
                + np.exp(
                    -(
                        logit(sample.values(f"service.{service.id}.paper_share", into="node_paper_share"))[:, None]
                        + gain[:, None] * continuity
                    )
                )
            )
            for service in services
        ],
        axis=2,
    )
    beds = np.array([max(node.organisation.activity.beds, 1) for node in nodes], dtype=np.float64)
    persons = sample.centre("exposure.persons_per_bed", into="node_records")

    def by_status(name: str, column: str) -> FloatArray:
        return np.stack([sample.values(f"{name}.{node.organisation.status}", into=column) for node in nodes], axis=1)

    cap = sample.values("finance.loss_cap_share", into="node_loss_cap_eur")
    return {
        "node_template": np.array(templates),
        "node_zone_ptr": np.array(zone_ptr),
        "node_zone_hosts": np.array(hosts),
        "node_size_factor": (staff / reference) ** elasticity,
        "node_records": beds * persons * (1.0 - levers.strength("records", into="node_records")),
        "node_pays_ransom": by_status("finance.ransom_paid", "node_pays_ransom"),
        "node_exposed_share": by_status("finance.exposed_share", "node_exposed_share"),
        "node_pays_blackmail": by_status("finance.blackmail_paid", "node_pays_blackmail"),
        "node_loss_cap_eur": cap[:, None] * revenue,
        "node_is_assessed": np.array([node.assessed for node in nodes]),
        "node_flow_per_h": flow,
        "node_paper_share": paper,
        "node_crew": crew,
        "node_compensation": _compensation(nodes, sample),
        "node_victim": np.array([derive_entity("victim", node.organisation.id) for node in nodes], dtype=np.uint64),
    }


def _service_flows(
    activity: Activity,
    services: Sequence[ServiceSpec],
    revenue: float,
    mix: Mapping[str, float] | None,
    sample: EpistemicSample,
) -> FloatArray:
    """Return normal activity per hour [services, flows]; `mix` says which services earn the revenue, by share."""
    column = "node_flow_per_h"
    occupancy = sample.centre("exposure.occupancy", into=column)
    if activity.bed_days is not None and activity.beds_mco > 0:
        acute = min(activity.bed_days / (DAYS_PER_YEAR * activity.beds_mco), 1.0)
    else:
        acute = occupancy
    per_fte = sample.centre("exposure.consultations_per_fte", into=column)
    seen = max(activity.fte, sample.centre("exposure.fte_floor", into=column)) * per_fte
    stock_life = sample.centre("care.stock_life", into=column)
    per_room = sample.centre("exposure.operations_per_room", into=column)
    earned = [service.revenue_share if mix is None else mix.get(service.id, 0.0) for service in services]
    acute_beds = [
        sum(getattr(activity, name) * share for name, share in service.beds.items() if name in ("beds_mco", "beds_icu"))
        for service in services
    ]
    rates = np.zeros((len(services), len(FLOWS)))
    for s, service in enumerate(services):
        # Critical-care beds are part of acute beds: the acute services share what is left.
        scale = (activity.beds_mco - activity.beds_icu) / activity.beds_mco if activity.beds_mco else 0.0
        daily = 0.0
        for name, share in service.beds.items():
            count = getattr(activity, name) * share
            if name == "beds_mco":
                daily += count * scale * acute
            elif name == "beds_icu":
                daily += count * acute
            else:
                daily += count * occupancy
        rates[s, 0] = daily / HOURS_PER_DAY
        total_acute = sum(acute_beds)
        rates[s, 1] = activity.stays / HOURS_PER_YEAR * (acute_beds[s] / total_acute if total_acute else 0.0)
        rates[s, 2] = service.operations * activity.operating_rooms * per_room / HOURS_PER_YEAR
        rates[s, 3] = service.visits * activity.emergency_visits / HOURS_PER_YEAR
        rates[s, 4] = revenue * earned[s] / sum(earned) / HOURS_PER_YEAR
        rates[s, 5] = service.consultations * seen / HOURS_PER_YEAR
        rates[s, 6] = service.critical * rates[s, 0]
        rates[s, 7] = service.stock / stock_life
    return rates


def _compensation(nodes: Sequence[Node], sample: EpistemicSample) -> FloatArray:
    column = "node_compensation"
    direct = sample.values("finance.compensation.direct", into=column)
    activity = sample.values("finance.compensation.activity", into=column)
    table = np.zeros((sample.draws, len(nodes), len(FORMS)))
    for f, node in enumerate(nodes):
        if node.organisation.status != "public":
            continue
        for index, form in enumerate(FORMS):
            if form in _DIRECT_FORMS:
                table[:, f, index] = direct
            elif form in _ACTIVITY_FORMS:
                table[:, f, index] = activity
    return table


def compile_recovery(sample: EpistemicSample) -> Arrays:
    """Return the scalars of outage, recovery and care, and the arrays along scope and kind."""
    scalars = {
        "impairment_exponent": "impact.impairment_exponent",
        "forensics_sigma": "recovery.forensics_sigma",
        "zone_work_h": "recovery.zone_work",
        "work_sigma": "recovery.work_sigma",
        "backup_lost_factor": "recovery.backup_lost_factor",
        "partial_share": "recovery.partial_share",
        "partial_level": "recovery.partial_level",
        "cut_sigma": "cut.sigma",
        "cut_level": "cut.level",
        "scar_sigma": "care.scar_sigma",
        "scar_tau_sigma": "care.scar_fade_sigma",
        "scar_onset_h": "care.scar_onset",
        "overtime_per_bed_day": "care.overtime_per_bed_day",
        "maintainer_wait_h": "recovery.maintainer_wait",
        "maintainer_crew": "recovery.maintainer_crew",
        "ambulance_share": "care.ambulance_share",
        "transfer_share": "care.transfer_share",
        "transfer_onset_h": "care.transfer_onset",
    }

    def by_scope(prefix: str, column: str) -> FloatArray:
        return np.stack([sample.values(f"{prefix}.{scope}", into=column) for scope in SCOPES], axis=1)

    arrays: Arrays = {column: sample.values(name, into=column) for column, name in scalars.items()}
    # No more ambulances can be turned away than visits.
    first = sample.values("care.ambulance_first", into="ambulance_first")
    arrays["ambulance_first"] = np.minimum(first, 1.0 / sample.values("care.ambulance_share", into="ambulance_first"))
    arrays["scar_mu"] = logit(sample.values("care.scar", into="scar_mu"))
    arrays["scar_tau_mu"] = np.log(sample.values("care.scar_fade", into="scar_tau_mu"))
    # A wider scope never takes less time to understand.
    forensics = np.maximum.accumulate(by_scope("recovery.forensics", "forensics_mu"), axis=1)
    arrays["forensics_mu"] = np.log(forensics)
    arrays["cut_probability"] = by_scope("cut.probability", "cut_probability")
    arrays["cut_mu"] = np.log(by_scope("cut.duration", "cut_mu"))
    arrays["host_work_h"] = np.stack(
        [
            sample.values(f"recovery.host_work.{kind}", into="host_work_h")
            for kind in ("workstations", "servers", "devices")
        ],
        axis=1,
    )
    return arrays


def compile_losses(items: Sequence[LossItemSpec], sample: EpistemicSample) -> Arrays:
    """Return the loss items: form, driver, unit cost and event noise."""
    k = sample.draws
    cost = np.ones((k, len(items)))
    sigma = np.zeros((k, len(items)))
    for i, item in enumerate(items):
        for name in item.factors:
            cost[:, i] *= sample.values(name, into="item_unit_cost")
        for name in item.complements:
            cost[:, i] *= 1.0 - sample.values(name, into="item_unit_cost")
        if item.sigma is not None:
            sigma[:, i] = sample.values(item.sigma, into="item_sigma")
    _raise_with_scope(cost, items)
    noises = sorted({item.noise or item.id for item in items})
    check_entities(np.array([derive_entity("item", name) for name in noises], dtype=np.uint64), names=noises)
    return {
        "item_form": np.array([FORMS.index(item.form) for item in items]),
        "item_module": np.array([MODULES.index(item.module) for item in items]),
        "item_driver": np.array([DRIVERS.index(item.driver) for item in items]),
        "item_entity": np.array([derive_entity("item", item.noise or item.id) for item in items], dtype=np.uint64),
        "item_unit_cost": cost,
        "item_sigma": sigma,
    }


def _raise_with_scope(cost: FloatArray, items: Sequence[LossItemSpec]) -> None:
    """Make the fixed costs of one kind never fall as the scope of an event grows, draw by draw."""
    for noise in sorted({item.noise for item in items if item.noise is not None}):
        chain = [
            next(
                (
                    i
                    for i, item in enumerate(items)
                    if item.noise == noise and item.driver in (f"scope_{scope}", f"rebuild_{scope}")
                ),
                None,
            )
            for scope in SCOPES
        ]
        found = [i for i in chain if i is not None]
        cost[:, found] = np.maximum.accumulate(cost[:, found], axis=1)
