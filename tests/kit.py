"""A tiny synthetic model for kernel tests: every array can be set, nothing stands for a real organisation."""

from __future__ import annotations

from typing import Any

import numpy as np

from hygie.core.ids import derive_entity
from hygie.core.tables import COMPILED_COLUMNS, DRIVERS, FLOWS, FORMS, OUTCOMES, SCOPES
from hygie.core.waists import CompiledModel, Labels

ZONES = ("office", "identity", "servers", "backup", "devices")
# office → identity, servers; identity → office, servers, backup; servers → devices
EDGES = ((0, 1, 1), (0, 2, 0), (1, 0, 2), (1, 2, 2), (1, 3, 2), (2, 4, 0))
# servers need identity, devices need servers
NEEDS = ((2, 1, 0.8, 6.0), (4, 2, 0.5, 12.0))
SERVICES = ("ward", "theatre")
USES = (((0, 0.3), (2, 0.6)), ((2, 0.5), (4, 0.7)))


def toy_model(*, draws: int = 1, nodes: int = 1, **overrides: Any) -> CompiledModel:
    """Return a compiled model with one template of five zones; `overrides` replace whole arrays."""
    k, f, p, v, a, t, c = draws, nodes, 1, 1, 2, 4, 2
    z, e, n = len(ZONES), len(EDGES), len(NEEDS)
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
        "node_records": np.full(f, 1e5),
        "node_pays_ransom": np.zeros((k, f)),
        "node_loss_cap_eur": np.full((k, f), 1e12),
        "node_is_assessed": np.array([1] + [0] * (f - 1)),
        "node_rate_per_y": np.full((k, f, p), 0.5),
        "node_visibility": np.full((k, f), 0.001),
        "node_flow_per_h": np.tile([[[4.0, 1.0, 0.0, 2.0, 1000.0], [2.0, 0.5, 0.3, 0.0, 3000.0]]], (f, 1, 1)),
        "node_paper_share": np.full((k, f, 2), 0.4),
        "node_opeff": np.full((k, f, c), 0.3),
        "node_detection_per_h": np.full((k, f), 0.01),
        "node_response_mu": np.full((k, f), np.log(24.0)),
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
        "exfiltration_mu": np.full(k, np.log(40.0)),
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
        "item_form": np.array([0, 2]),
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
            arrays[name] = np.zeros([k] * (column.axes[0] == "draw") + [0] * (len(column.axes) - (column.axes[0] == "draw")))
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
    assert len(OUTCOMES) == 8 and len(FLOWS) == 5
    return CompiledModel(draws=k, arrays=arrays, labels=labels, lineage={})
