"""Zone graphs as arrays: zones, edges, needs, uses, entries."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import EvidenceError, ModelError, suggest
from hygie.core.ids import derive_entity
from hygie.core.sampling import EpistemicSample
from hygie.core.tables import SCOPES
from hygie.facility.blueprints import ServiceSpec
from hygie.facility.records import pick
from hygie.facility.zone_graphs import ZoneGraph
from hygie.scenario.specs import ScenarioSpecs

__all__ = ["compile_graphs"]

Arrays = dict[str, NDArray[np.generic]]
_KINDS = ("workstation", "server", "device")


def compile_graphs(
    graphs: Sequence[ZoneGraph], services: Sequence[ServiceSpec], specs: ScenarioSpecs, sample: EpistemicSample
) -> Arrays:
    """Return the arrays along template, zone, edge, need and use axes."""
    crossing = {spec.id: index for index, spec in enumerate(specs.crossings)}

    def crossing_index(name: str) -> int:
        if name not in crossing:
            raise EvidenceError(
                f"unknown crossing “{name}”", value=name, allowed=", ".join(crossing), repair=suggest(name, crossing)
            )
        return crossing[name]

    zone_ptr, edge_ptr, need_ptr, use_ptr = [0], [0], [0], [0]
    zones: dict[str, list[float]] = {
        name: []
        for name in (
            "zone_entity",
            "zone_kind",
            "zone_in_domain",
            "zone_is_backup",
            "zone_visibility",
            "zone_self_type",
            "zone_record_share",
            "zone_repair_h",
            "zone_rank",
            "zone_need_order",
        )
    }
    cut: list[list[int]] = [[] for _ in SCOPES]
    objective: list[list[int]] = [[] for _ in specs.processes]
    payload: list[list[int]] = [[] for _ in specs.processes]
    edge_target: list[int] = []
    edge_type: list[int] = []
    edge_entity: list[int] = []
    need_source: list[int] = []
    strength: list[float] = []
    autonomy: list[float] = []
    use_zone: list[int] = []
    use_weight: list[float] = []
    entries: list[list[int]] = []
    denial: list[list[int]] = []
    p_min: list[list[float]] = []
    vectors = {vector.id: vector for vector in specs.vectors}
    for graph in graphs:
        for name in graph.entries:
            pick(vectors, name, kind="entry vector", field=f"{graph.id}.entries")
        ranked = sorted(range(len(graph.zones)), key=lambda index: (graph.zones[index].priority, index))
        for index, (zone, original) in enumerate(zip(graph.zones, graph.originals, strict=True)):
            zones["zone_entity"].append(derive_entity("zone", zone.id))
            zones["zone_kind"].append(_KINDS.index(zone.kind))
            zones["zone_in_domain"].append(zone.in_domain)
            zones["zone_is_backup"].append(original == "backup")
            zones["zone_visibility"].append(zone.visibility)
            zones["zone_self_type"].append(crossing_index(zone.inside))
            zones["zone_record_share"].append(zone.record_share)
            zones["zone_repair_h"].append(zone.repair_h)
            zones["zone_rank"].append(ranked[index])
            zones["zone_need_order"].append(graph.need_order[index])
            for scope, row in zip(SCOPES, cut, strict=True):
                row.append(scope in zone.cut)
            for process, aims, damage in zip(specs.processes, objective, payload, strict=True):
                aims.append(original in process.objectives)
                damage.append(zone.family in process.payload_kinds)
            for edge in graph.edges:
                if edge.source == zone.id:
                    edge_target.append(graph.position(edge.target))
                    edge_type.append(crossing_index(edge.crossing))
                    edge_entity.append(derive_entity("edge", edge.source, edge.target))
            edge_ptr.append(len(edge_target))
            for need in graph.needs:
                if need.zone == zone.id:
                    need_source.append(graph.position(need.needs))
                    strength.append(need.strength)
                    autonomy.append(need.autonomy_h)
            need_ptr.append(len(need_source))
        zone_ptr.append(zone_ptr[-1] + len(graph.zones))
        entries.append([graph.position(graph.entries.get(vector.id, "")) for vector in specs.vectors])
        denial.append([graph.position(zone) for zone in graph.denial_of_service])
        floor: list[float] = []
        for service in services:
            product = 1.0
            for name, weight in service.uses.items():
                for place in graph.copies_of(name):
                    portion = weight * graph.portions[place]
                    if portion > 0.0:
                        use_zone.append(place)
                        use_weight.append(portion)
                        product *= 1.0 - portion
            use_ptr.append(len(use_zone))
            floor.append(product)
        p_min.append(floor)
    if max(zone_ptr[i + 1] - zone_ptr[i] for i in range(len(graphs))) > 64:
        raise ModelError("a zone graph holds more than 64 zones", allowed="at most 64", repair="merge similar zones")
    factor = sample.values("needs.strength_factor", into="need_strength")
    slack = sample.values("needs.autonomy_factor", into="need_autonomy_h")
    sample.note("template_p_min", [])
    return {
        "template_zone_ptr": np.array(zone_ptr),
        "template_entry_zone": np.array(entries),
        "template_ddos_zone": np.array(denial),
        "template_p_min": np.array(p_min),
        **{
            name: np.array(values, dtype=np.uint64 if name == "zone_entity" else np.float64)
            for name, values in zones.items()
        },
        "zone_cut": np.array(cut),
        "zone_is_objective": np.array(objective),
        "zone_payload": np.array(payload),
        "edge_ptr": np.array(edge_ptr),
        "edge_target": np.array(edge_target),
        "edge_type": np.array(edge_type),
        "edge_entity": np.array(edge_entity, dtype=np.uint64),
        "need_ptr": np.array(need_ptr),
        "need_source": np.array(need_source),
        "need_strength": np.minimum(factor[:, None] * np.array(strength)[None, :], 1.0),
        "need_autonomy_h": slack[:, None] * np.array(autonomy)[None, :],
        "use_ptr": np.array(use_ptr),
        "use_zone": np.array(use_zone),
        "use_weight": np.array(use_weight),
    }
