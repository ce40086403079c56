"""The zone graph of one facility: the template of its kind, with what its owner adds, removes or splits by site."""

from __future__ import annotations

from dataclasses import replace

from hygie.core.errors import Finding, ModelError, suggest
from hygie.facility.blueprints import Blueprints
from hygie.facility.organisation import Facility, Organisation, Site
from hygie.facility.records import Words, pick
from hygie.facility.zone_graphs import EdgeSpec, NeedSpec, ZoneGraph, ZoneSpec, assemble_graph
from hygie.store.documents import Document

__all__ = ["build_graph", "check_graph", "site_portions"]


def build_graph(organisation: Organisation, blueprints: Blueprints) -> ZoneGraph:
    """Return the zone graph of an organisation.

    A neighbour, or a facility that says nothing about its zones, has the graph of its template. Zones marked
    ``per_site`` in the library are repeated for each described site; the largest site keeps the plain names.

    Raises
    ------
    EvidenceError
        A category or a zone is unknown.
    ModelError
        Too many zones, or needs that go round in a circle.
    """
    category = pick(blueprints.categories, organisation.category, kind="category", field="category")
    graph = blueprints.graphs[category.template_of(organisation.activity.beds)]
    if not isinstance(organisation, Facility) or not organisation.changes_zones:
        return graph
    zones = _choose_zones(organisation, graph, blueprints)
    library = blueprints.library
    removed = {(edge.source, edge.target) for edge in organisation.edges.remove}
    edges = [edge for edge in library.edges if (edge.source, edge.target) not in removed]
    edges += organisation.edges.add
    dropped = {(need.zone, need.needs) for need in organisation.needs.remove}
    replaced = {(need.zone, need.needs) for need in organisation.needs.add}
    needs = [need for need in library.needs if (need.zone, need.needs) not in dropped | replaced]
    needs += organisation.needs.add
    expanded, originals, portions, edges, needs = _repeat_by_site(zones, edges, needs, organisation)
    return assemble_graph(
        f"{graph.id}:{organisation.id}",
        graph.name,
        basis=graph.basis,
        zones=expanded,
        edges=edges,
        needs=needs,
        entries=library.entries,
        denial_of_service=library.denial_of_service,
        portions=portions,
        originals=originals,
    )


def site_portions(sites: tuple[Site, ...]) -> list[float]:
    """Return the share of the facility that each site stands for: by staff when all say it, else by beds."""
    for weights in ([site.fte or 0.0 for site in sites], [float(site.beds or 0) for site in sites]):
        if all(weight > 0.0 for weight in weights):
            return [weight / sum(weights) for weight in weights]
    return [1.0 / len(sites)] * len(sites)


def _choose_zones(facility: Facility, graph: ZoneGraph, blueprints: Blueprints) -> list[ZoneSpec]:
    library = blueprints.library.by_id()
    absent = {name for name, override in facility.zones.items() if not override.present}
    added = [name for name, override in facility.zones.items() if override.present and graph.position(name) < 0]
    chosen = {zone.id for zone in graph.zones} - absent | {name for name in added if name in library}
    return [
        zone if (own := facility.zones.get(zone.id)) is None or own.name is None else _rename(zone, own.name)
        for zone in blueprints.library.zones
        if zone.id in chosen
    ]


def _rename(zone: ZoneSpec, name: str) -> ZoneSpec:
    return zone.model_copy(update={"name": Words(en=name, fr=name)})


def _repeat_by_site(
    zones: list[ZoneSpec], edges: list[EdgeSpec], needs: list[NeedSpec], facility: Facility
) -> tuple[list[ZoneSpec], list[str], list[float], list[EdgeSpec], list[NeedSpec]]:
    """Return zones, their names in the library and their portions, edges and needs, with one copy for each site."""
    if len(facility.sites) < 2:
        return zones, [zone.id for zone in zones], [1.0] * len(zones), edges, needs
    shares = site_portions(facility.sites)
    main = max(range(len(shares)), key=lambda index: (shares[index], -index))
    order = [main, *(index for index in range(len(shares)) if index != main)]
    split = {zone.id for zone in zones if zone.per_site}

    def copies(zone: str) -> list[tuple[str, int, float]]:
        if zone not in split:
            return [(zone, -1, 1.0)]
        return [
            (zone if index == main else f"{zone}_{facility.sites[index].id}", index, shares[index]) for index in order
        ]

    expanded, originals, portions = [], [], []
    for zone in zones:
        for name, index, portion in copies(zone.id):
            label = "" if index < 0 else f" · {facility.sites[index].name}"
            words = Words(en=zone.name.en + label, fr=zone.name.fr + label)
            expanded.append(zone.model_copy(update={"id": name, "name": words}))
            originals.append(zone.id)
            portions.append(portion)
    pairs: list[EdgeSpec] = []
    for edge in edges:
        for source, at, _ in copies(edge.source):
            pairs += [
                edge.model_copy(update={"source": source, "target": target})
                for target, to, _ in copies(edge.target)
                if at < 0 or to < 0 or at == to
            ]
    wants: list[NeedSpec] = []
    for need in needs:
        for zone_id, at, _ in copies(need.zone):
            # A zone shared by all sites loses with one of them only what that site stands for.
            wants += [
                need.model_copy(
                    update={
                        "zone": zone_id,
                        "needs": needed,
                        "strength": need.strength * (portion if at < 0 and to >= 0 else 1.0),
                    }
                )
                for needed, to, portion in copies(need.needs)
                if at < 0 or to < 0 or at == to
            ]
    return expanded, originals, portions, pairs, wants


def check_graph(facility: Facility, document: Document, *, blueprints: Blueprints) -> list[Finding]:
    """Return what is wrong with the zones, edges, needs and sites of a facility file, each with its line."""
    known = blueprints.library.by_id()
    findings: list[Finding] = []
    own_names: set[str] = set()

    def check_zone(name: str, *path: str | int) -> None:
        if name not in known and name not in own_names:
            findings.append(
                Finding(
                    code="HYG-205",
                    message=f"unknown zone “{name}”",
                    file=document.name,
                    line=document.line_of(path),
                    field=".".join(str(part) for part in path),
                    value=name,
                    allowed=", ".join(known),
                    repair=suggest(name, known) or "use one of the listed names",
                )
            )

    if facility.category not in blueprints.categories:
        return []
    try:
        own_names = {zone.id for zone in build_graph(facility, blueprints).zones}
    except ModelError as error:
        for finding in error.findings:
            # Too many zones come from the sites, when there are several.
            place = "sites" if finding.field == "zones" and len(facility.sites) > 1 else finding.field or "zones"
            findings.append(replace(finding, file=document.name, field=place, line=document.line_of((place,))))
    for name in facility.zones:
        check_zone(name, "zones", name)
    ends = [
        *(("edges", "add", i, {"from": edge.source, "to": edge.target}) for i, edge in enumerate(facility.edges.add)),
        *(("edges", "remove", i, {"from": e.source, "to": e.target}) for i, e in enumerate(facility.edges.remove)),
        *(("needs", "add", i, {"zone": need.zone, "needs": need.needs}) for i, need in enumerate(facility.needs.add)),
        *(("needs", "remove", i, {"zone": n.zone, "needs": n.needs}) for i, n in enumerate(facility.needs.remove)),
    ]
    for kind, part, index, named in ends:
        for end, name in named.items():
            check_zone(name, kind, part, index, end)
    return findings
