"""A tiny synthetic model for kernel tests: every array can be set, nothing stands for a real organisation.

``toy_model`` builds it. Functions that return a dict give overrides for it: ``toy_model(**certain_server())``.
``attack_with_kernel`` and ``impact_with_kernel`` call one kernel and return what it wrote.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.ids import derive_entity
from hygie.core.tables import COMPILED_COLUMNS, DRIVERS, FLOWS, FORMS, OUTCOMES, SCOPES
from hygie.core.waists import CompiledModel, Labels
from hygie.simulation.attack import ATTACK_FIELDS, MAX_ZONES, run_attack
from hygie.simulation.impact import IMPACT_FIELDS, MAX_BREAKPOINTS, run_impact
from hygie.simulation.layout import KernelArrays

ZONES = ("office", "identity", "servers", "backup", "devices")
# office → identity, servers; identity → office, servers, backup; servers → devices
EDGES = ((0, 1, 1), (0, 2, 0), (1, 0, 2), (1, 2, 2), (1, 3, 2), (2, 4, 0))
# servers need identity, devices need servers
NEEDS = ((2, 1, 0.8, 6.0), (4, 2, 0.5, 12.0))
SERVICES = ("ward", "theatre")
USES = (((0, 0.3), (2, 0.6)), ((2, 0.5), (4, 0.7)))


def toy_model(*, draws: int = 1, nodes: int = 1, **overrides: Any) -> CompiledModel:
    """Return a compiled model with one template of five zones; `overrides` replace whole arrays."""
    k, f, p, v, t, c = draws, nodes, 1, 1, 4, 2
    z = len(ZONES)
    ones = np.ones
    by_zone = np.arange(z)
    edge_ptr = np.searchsorted([edge[0] for edge in EDGES], np.arange(z + 1))
    need_ptr = np.searchsorted([need[0] for need in NEEDS], np.arange(z + 1))
    items = 2
    arrays: dict[str, Any] = {
        "node_template": np.zeros(f),
        "node_zone_ptr": np.arange(f + 1) * z,
        "node_zone_hosts": np.tile([100.0, 4.0, 40.0, 2.0, 50.0], f),
        "node_size_factor": ones(f),
        "node_records": np.full((k, f), 1e5),
        "node_pays_ransom": np.zeros((k, f)),
        "node_exposed_share": ones((k, f)),
        "node_pays_blackmail": np.zeros((k, f)),
        "node_loss_cap_eur": np.full((k, f), 1e12),
        "node_is_assessed": np.array([1] + [0] * (f - 1)),
        "node_rate_per_y": np.full((k, f, p), 0.5),
        "node_visibility": np.full((k, f), 0.001),
        "node_flow_per_h": np.tile(
            [[[4.0, 1.0, 0.0, 2.0, 1000.0, 6.0, 0.5, 0.0], [2.0, 0.5, 0.3, 0.0, 3000.0, 0.0, 0.0, 0.01]]], (f, 1, 1)
        ),
        "node_paper_share": np.full((k, f, 2), 0.4),
        "node_opeff": np.full((k, f, c), 0.3),
        "node_detection_per_h": np.full((k, f), 0.01),
        "node_response_mu": np.full((k, f), np.log(24.0)),
        "node_exfiltration_mu": np.full((k, f), np.log(40.0)),
        "node_share_mu": np.zeros((k, f)),
        "node_backup_survival": np.full((k, f), 0.5),
        "node_crew": np.full((k, f), 5.0),
        "node_resists_ddos": np.full((k, f), 0.2),
        "node_compensation": np.zeros((k, f, len(FORMS))),
        "node_source": np.array([[derive_entity("attempt", "p0", f"node{i}")] for i in range(f)], dtype=np.uint64),
        "node_victim": np.array([derive_entity("victim", f"node{i}") for i in range(f)], dtype=np.uint64),
        "template_zone_ptr": np.array([0, z]),
        "template_entry_zone": np.zeros((1, v)),
        "template_ddos_zone": np.array([[0, 2]]),
        "template_p_min": np.array([[np.prod([1 - w for _, w in use]) for use in USES]]),
        "zone_entity": np.array([derive_entity("zone", name) for name in ZONES], dtype=np.uint64),
        "zone_kind": np.array([0, 1, 1, 1, 2]),
        "zone_in_domain": np.array([1, 1, 1, 0, 0]),
        "zone_is_objective": np.array([[0, 1, 0, 0, 0]]),
        "zone_payload": np.array([[1, 1, 1, 1, 1]]),
        "zone_is_backup": np.array([0, 0, 0, 1, 0]),
        "zone_visibility": np.array([0.6, 0.9, 0.7, 0.5, 0.2]),
        "zone_self_type": np.full(z, 3),
        "zone_record_share": np.array([0.1, 0.0, 0.6, 0.3, 0.0]),
        "zone_repair_h": np.zeros(z),
        "zone_rank": np.array([1, 2, 0, 4, 3]),
        "zone_need_order": by_zone,
        "zone_cut": np.zeros((len(SCOPES), z)),
        "edge_ptr": edge_ptr,
        "edge_target": np.array([edge[1] for edge in EDGES]),
        "edge_type": np.array([edge[2] for edge in EDGES]),
        "edge_entity": np.array([derive_entity("edge", str(x), str(y)) for x, y, _ in EDGES], dtype=np.uint64),
        "need_ptr": need_ptr,
        "need_source": np.array([need[1] for need in NEEDS]),
        "need_strength": np.tile([need[2] for need in NEEDS], (k, 1)),
        "need_autonomy_h": np.tile([need[3] for need in NEEDS], (k, 1)),
        "use_ptr": np.array([0, 2, 4]),
        "use_zone": np.array([zone for use in USES for zone, _ in use]),
        "use_weight": np.array([weight for use in USES for _, weight in use]),
        "type_logit": np.tile([0.0, -0.5, 1.5, -0.3], (k, 1)),
        "type_time_mu": np.tile(np.log([10.0, 18.0, 4.0, 8.0]), (k, 1)),
        "type_time_sigma": np.full((k, t), 0.8),
        "type_resistance": np.full((k, t), 0.25),
        "type_control_ptr": np.array([0, 1, 2, 3, 4]),
        "type_control": np.array([0, 1, 1, 0]),
        "vector_type": np.zeros(v),
        "vector_entity": np.array([derive_entity("vector", "v0")], dtype=np.uint64),
        "entry_cumulative": ones((k, p, v)),
        "actor_cumulative": np.tile([0.4, 1.0], (k, p, 1)),
        "actor_capability": np.tile([-0.2, 0.13], (k, 1)),
        "actor_patience_mu": np.log(np.tile([15.0, 180.0], (k, 1))),
        "actor_steals": np.tile([0.1, 0.7], (k, 1)),
        "actor_theft_only": np.tile([0.0, 0.1], (k, 1)),
        "capability_sd": np.full(k, 0.1),
        "steepness": np.full(k, 4.0),
        "common_shape": np.full(k, 4.0),
        "patience_sigma": np.full(k, 0.6),
        "staging_mu": np.full(k, np.log(18.0)),
        "staging_sigma": np.full(k, 0.7),
        "reaction_mu": np.full(k, np.log(20.0)),
        "reaction_sigma": np.full(k, 0.7),
        "response_sigma": np.full(k, 0.8),
        "exfiltration_sigma": np.full(k, 0.7),
        "share_sigma": np.full(k, 0.9),
        "local_share": np.full(k, 0.25),
        "process_outcome_class": np.tile([2, 2, 1, 0, 0, 0, 0, 0], (p, 1)),
        "impairment_exponent": np.full(k, 0.5),
        "forensics_mu": np.log(np.tile([8.0, 15.0, 60.0, 150.0, 240.0], (k, 1))),
        "forensics_sigma": np.full(k, 0.5),
        "zone_work_h": np.full(k, 100.0),
        "host_work_h": np.tile([1.0, 15.0, 1.0], (k, 1)),
        "work_sigma": np.full(k, 0.4),
        "backup_lost_factor": np.full(k, 2.0),
        "maintainer_wait_h": np.full(k, 48.0),
        "maintainer_crew": np.full(k, 0.5),
        "partial_share": np.full(k, 0.5),
        "partial_level": np.full(k, 0.35),
        "cut_probability": np.zeros((k, len(SCOPES))),
        "cut_mu": np.log(np.full((k, len(SCOPES)), 96.0)),
        "cut_sigma": np.full(k, 0.6),
        "cut_level": np.full(k, 0.8),
        "scar_mu": np.full(k, -2.0),
        "scar_sigma": np.full(k, 0.7),
        "scar_tau_mu": np.full(k, np.log(3600.0)),
        "scar_tau_sigma": np.full(k, 0.3),
        "scar_onset_h": np.full(k, 144.0),
        "overtime_per_bed_day": np.full(k, 1.2),
        "ambulance_share": np.full(k, 0.2),
        "ambulance_first": np.full(k, 1.5),
        "transfer_share": np.full(k, 0.25),
        "transfer_onset_h": np.full(k, 24.0),
        "item_form": np.array([0, 2]),
        "item_module": np.array([4, 2]),
        "item_driver": np.array([DRIVERS.index("scope_server"), DRIVERS.index("activity_revenue")]),
        "item_entity": np.array([derive_entity("item", str(i)) for i in range(items)], dtype=np.uint64),
        "item_unit_cost": np.tile([50_000.0, 0.2], (k, 1)),
        "item_sigma": np.tile([0.5, 0.0], (k, 1)),
        "link_ptr": np.zeros(f + 1),
        "provider_class": np.zeros(0),
        "client_ptr": np.zeros(1),
        "campaign_class": np.zeros(0),
    }
    for name, column in COMPILED_COLUMNS.items():
        if name not in arrays:
            lead = [k] if column.axes[0] == "draw" else []
            arrays[name] = np.zeros(lead + [0] * (len(column.axes) - len(lead)))
    unknown = overrides.keys() - arrays.keys()
    assert not unknown, f"unknown arrays: {unknown}"
    arrays.update(overrides)
    empty: tuple[str, ...] = ()
    labels = Labels(
        nodes=tuple(f"node{i}" for i in range(f)), templates=("toy",), zones=(ZONES,), processes=("p0",),
        classes=("encrypted", "stolen", "stopped"), vectors=("v0",), actors=("weak", "strong"), controls=("c0", "c1"),
        types=("lateral", "privilege", "admin", "inside"), services=SERVICES, items=("fixed", "activity"),
        drivers=DRIVERS, links=empty, providers=empty, clients=empty, campaigns=empty,
    )  # fmt: skip
    assert len(OUTCOMES) == 8 and len(FLOWS) == 8
    return CompiledModel(draws=k, arrays=arrays, labels=labels, lineage={})


def certain_server(*, draws: int = 1, nodes: int = 1) -> dict[str, Any]:
    """Every attempt encrypts the one server there is; the fixed item, lognormal with mean 50,000, is the only cost."""
    return {
        "node_zone_hosts": np.tile([0.0, 0.0, 1.0, 0.0, 0.0], nodes),
        "node_detection_per_h": np.zeros((draws, nodes)),
        "template_entry_zone": np.array([[2]]),
        "zone_is_objective": np.array([[0, 0, 1, 0, 0]]),
        "zone_in_domain": np.zeros(5),
        "zone_record_share": np.zeros(5),
        "type_logit": np.full((draws, 4), 50.0),
        "actor_theft_only": np.zeros((draws, 2)),
        "item_unit_cost": np.tile([50_000.0, 0.0], (draws, 1)),
    }


def lone_zone() -> dict[str, Any]:
    """One zone of 200 workstations, one service that needs it entirely, no other need: cases to compute by hand."""
    empty = np.zeros(0)
    return {
        "node_zone_ptr": np.array([0, 1]),
        "node_zone_hosts": np.array([200.0]),
        "node_flow_per_h": np.array([[[4.0, 1.0, 0.5, 2.0, 1000.0, 6.0, 0.5, 0.01]]]),
        "node_paper_share": np.array([[[0.4]]]),
        "template_zone_ptr": np.array([0, 1]),
        "template_ddos_zone": np.zeros((1, 2)),
        "template_p_min": np.zeros((1, 1)),
        "zone_entity": np.array([derive_entity("zone", "lone")], dtype=np.uint64),
        **{name: np.zeros(1) for name in ("zone_kind", "zone_in_domain", "zone_is_backup", "zone_rank")},
        **{name: np.zeros(1) for name in ("zone_record_share", "zone_need_order", "zone_repair_h")},
        **{name: np.ones((1, 1)) for name in ("zone_is_objective", "zone_payload")},
        "zone_visibility": np.ones(1),
        "zone_self_type": np.full(1, 3),
        "zone_cut": np.ones((len(SCOPES), 1)),
        "edge_ptr": np.zeros(2),
        **dict.fromkeys(("edge_target", "edge_type", "edge_entity", "need_source"), empty),
        "need_ptr": np.zeros(2),
        "need_strength": empty[None],
        "need_autonomy_h": empty[None],
        "use_ptr": np.array([0, 1]),
        "use_zone": np.zeros(1),
        "use_weight": np.ones(1),
        **{f"{name}_sigma": np.zeros(1) for name in ("forensics", "work", "cut", "scar", "scar_tau")},
        "item_sigma": np.zeros((1, 2)),
    }


def random_graph(seed: int, *, zones: int, edges: int, needs: int) -> dict[str, Any]:
    """A random zone graph with parallel edges, loops of edges, and needs in a random order without loops."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, 3, zones)
    source = np.sort(rng.integers(0, zones, edges))
    target = (source + rng.integers(1, zones, edges)) % zones
    order = rng.permutation(zones)
    place = np.sort(rng.integers(1, zones, needs))
    needed, needing = order[(rng.random(needs) * place).astype(int)], order[place]
    by_zone = np.argsort(needing, kind="stable")
    weight = rng.random((2, zones)) * 0.3
    return {
        "node_zone_ptr": np.array([0, zones]),
        "node_zone_hosts": rng.integers(0, 60, zones).astype(float),
        "template_zone_ptr": np.array([0, zones]),
        "template_p_min": np.prod(1.0 - weight, axis=1)[None],
        "zone_entity": np.array([derive_entity("zone", str(z)) for z in range(zones)], dtype=np.uint64),
        "zone_kind": kinds,
        "zone_in_domain": rng.random(zones) < 0.5,
        "zone_is_objective": rng.random((1, zones)) < 0.2,
        "zone_payload": rng.random((1, zones)) < 0.8,
        "zone_is_backup": np.arange(zones) == 3,
        "zone_visibility": rng.random(zones),
        "zone_self_type": rng.integers(0, 4, zones),
        "zone_record_share": rng.random(zones) * (rng.random(zones) < 0.4),
        "zone_repair_h": np.where(kinds == 2, np.arange(zones) % 3, 0) * 1.0,
        "zone_rank": rng.permutation(zones),
        "zone_need_order": order,
        "zone_cut": rng.random((len(SCOPES), zones)) < 0.4,
        "edge_ptr": np.searchsorted(source, np.arange(zones + 1)),
        "edge_target": target,
        "edge_type": rng.integers(0, 4, edges),
        "edge_entity": np.array([derive_entity("edge", str(e)) for e in range(edges)], dtype=np.uint64),
        "need_ptr": np.searchsorted(needing[by_zone], np.arange(zones + 1)),
        "need_source": needed[by_zone],
        "need_strength": rng.random((1, needs)),
        "need_autonomy_h": rng.exponential(24.0, (1, needs)),
        "use_ptr": np.array([0, zones, 2 * zones]),
        "use_zone": np.tile(np.arange(zones), 2),
        "use_weight": weight.ravel(),
    }


def one_link(*, draws: int = 1, zone: int = 0, target: int = 0, penetration: float = 0.6) -> dict[str, Any]:
    """A link from `zone` of node 0 to zone `target` of node 1; both are assessed. For ``nodes=2``."""
    return {
        "node_is_assessed": np.ones(2),
        "link_ptr": np.array([0, 1, 1]),
        "link_type": np.array([0]),
        "link_source_node": np.array([0]),
        "link_target_node": np.array([1]),
        "link_source_zone": np.array([zone]),
        "link_target_zone": np.array([target]),
        "link_entity": np.array([derive_entity("link", "node0", "node1")], dtype=np.uint64),
        "link_penetration": np.full((draws, 1), penetration),
        "link_class": np.array([2]),
        "link_need_zone": np.array([-1]),
        "link_need_source": np.array([0]),
        "link_need_level": np.zeros((draws, 1)),
        "link_need_autonomy_h": np.zeros((draws, 1)),
    }


def one_provider(
    *, draws: int = 1, rate: float = 0.3, hit: float = 0.7, penetration: float = 0.3, theft: float = 0.0
) -> dict[str, Any]:
    """A provider with nodes 0 and 1 as clients: both lose the servers, through which an attack may come."""
    return {
        "node_is_assessed": np.ones(2),
        "provider_entity": np.array([derive_entity("provider", "host")], dtype=np.uint64),
        "provider_rate_per_y": np.full((draws, 1), rate),
        "provider_outage_mu": np.full((draws, 1), np.log(48.0)),
        "provider_outage_sigma": np.full((draws, 1), 0.8),
        "provider_theft": np.full((draws, 1), theft),
        "provider_class": np.array([2]),
        "client_ptr": np.array([0, 2]),
        "client_type": np.zeros(2),
        "client_provider": np.zeros(2),
        "client_node": np.array([0, 1]),
        "client_zone": np.array([2, 2]),
        "client_entry_zone": np.array([2, 0]),
        "client_entity": np.array([derive_entity("client", f"node{i}") for i in range(2)], dtype=np.uint64),
        "client_hit": np.full((draws, 2), hit),
        "client_level": np.full((draws, 2), 0.9),
        "client_penetration": np.full((draws, 2), penetration),
        "client_informs": np.array([0.6, 0.0]),
    }


def one_campaign(*, draws: int = 1, rate: float = 0.5, mean: float = 12.0, shape: float = 0.7) -> dict[str, Any]:
    """A denial-of-service campaign process."""
    return {
        "campaign_class": np.array([2]),
        "campaign_entity": np.array([derive_entity("campaign", "ddos")], dtype=np.uint64),
        "campaign_rate_per_y": np.full((draws, 1), rate),
        "campaign_size_mean": np.full((draws, 1), mean),
        "campaign_size_shape": np.full((draws, 1), shape),
        "campaign_outage_mu": np.full((draws, 1), np.log(6.0)),
        "campaign_outage_sigma": np.full((draws, 1), 0.7),
        "campaign_care_probability": np.full((draws, 1), 0.25),
    }


def attack_with_kernel(
    arrays: KernelArrays, *, key: NDArray[np.uint32], source: int, year: int, occurrence: int, entity: int, **at: Any
) -> tuple[int, NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Return outcome, reach, hosts and record of one attack on node 0; `at` holds actor, tau, common, kind, zone."""
    reach, hosts, record = np.empty(MAX_ZONES), np.empty(MAX_ZONES), np.empty(ATTACK_FIELDS)
    # Types as in the block kernel, so that nothing is compiled twice.
    outcome = run_attack(
        arrays, at.get("draw", 0), at.get("node", 0), at.get("process", 0), np.uint64(source), year, occurrence,
        key[0], key[1], at["actor"], at["tau"], at["common"], at["kind"], np.uint64(entity), at["zone"],
        reach, hosts, record,
    )  # fmt: skip
    return outcome, reach, hosts, record


def impact_with_kernel(
    arrays: KernelArrays,
    *,
    key: NDArray[np.uint32],
    source: int,
    year: int,
    occurrence: int,
    outcome: int,
    hosts: NDArray[np.float64] | None = None,
    attack: NDArray[np.float64] | None = None,
    external: tuple[int, float, float] = (-1, 0.0, 0.0),
    driver: int = -1,
    items: int = 0,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the record of one event on node 0, and the hours of service lost [services]."""
    lost, record = np.zeros((2, arrays.template_service_f.shape[1])), np.zeros(IMPACT_FIELDS + items)
    run_impact(
        arrays, 0, 0, outcome, np.uint64(source), year, occurrence, key[0], key[1],
        np.zeros(MAX_ZONES) if hosts is None else hosts, np.zeros(ATTACK_FIELDS) if attack is None else attack,
        *external, driver, np.zeros((8, MAX_ZONES)), np.empty(MAX_BREAKPOINTS), lost, np.zeros(len(DRIVERS)), record,
    )  # fmt: skip
    return record, lost[0]
