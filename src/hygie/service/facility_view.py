"""A facility as its file and its template describe it, made ready to be shown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.exposure import count_hosts
from hygie.facility.facility_files import load_facility
from hygie.facility.facility_graphs import build_graph, site_portions
from hygie.facility.organisation import Facility, Link, Organisation, PostureEntry
from hygie.facility.zone_graphs import EdgeSpec, ZoneGraph, ZoneSpec
from hygie.knowledge.packs import Catalogue, load_catalogue
from hygie.scenario.specs import load_specs
from hygie.views.facility import (
    ActivityView,
    Band,
    ControlView,
    FacilityGraphView,
    FacilityView,
    NeedView,
    NetworkEdge,
    NetworkNode,
    NetworkView,
    PassageKind,
    PassageView,
    PostureView,
    ServiceView,
    WayInView,
    ZoneView,
)
from hygie.views.landscape_words import territory_label
from hygie.views.messages import Language, Translate, translator
from hygie.views.posture import state_meter

__all__ = ["describe_facility", "show_facility_file"]


def show_facility_file(path: Path, *, as_of: date, language: Language) -> FacilityView:
    """Return a facility file as it is shown.

    Raises
    ------
    HygieError
        The file is wrong, with file, line, field and repair.
    """
    catalogue = load_catalogue(as_of=as_of)
    blueprints = load_blueprints(catalogue)
    facility = load_facility(path, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
    return describe_facility(facility, catalogue=catalogue, blueprints=blueprints, language=language)


def describe_facility(
    facility: Facility, *, catalogue: Catalogue, blueprints: Blueprints, language: Language
) -> FacilityView:
    """Return what is known of a facility: who it is, its services, its zones, its network, its posture."""
    _ = translator(language)
    graph = build_graph(facility, blueprints)
    activity = facility.activity
    counts = activity.model_dump(exclude={"year", "evidence", "fte", "equipment"})
    figures: dict[str, float] = {"fte": activity.fte, **counts, **dict(activity.equipment.items())}
    department = territory_label("departments", facility.department) if facility.department else None
    place = " · ".join(text for text in (facility.region, department) if text)
    return FacilityView(
        language=language,
        id=facility.id,
        finess=facility.finess,
        name=facility.name,
        category=blueprints.categories[facility.category].name.local().in_language(language),
        status=facility.status,
        place=place or None,
        year=activity.year,
        activity=[
            ActivityView(id=name, label=_activity_label(name, _), value=value)
            for name, value in figures.items()
            if value
        ],
        services=_list_services(facility, graph, blueprints, language),
        graph=_describe_graph(facility, graph, catalogue, language),
        network=_describe_network(facility, blueprints, language),
        posture=_describe_posture(facility, blueprints, language),
    )


def _activity_label(name: str, _: Translate) -> str:
    labels = {
        "fte": _("staff (full-time equivalents)"),
        "beds_mco": _("acute beds"),
        "places": _("day-care places"),
        "beds_ssr": _("rehabilitation beds"),
        "beds_psy": _("psychiatric beds"),
        "beds_usld": _("long-stay beds"),
        "beds_ehpad": _("nursing-home beds"),
        "beds_icu": _("critical-care beds, among the acute ones"),
        "stays": _("stays a year"),
        "bed_days": _("bed-days a year"),
        "emergency_visits": _("emergency visits a year"),
        "operating_rooms": _("operating rooms"),
        "mri": _("MRI scanners"),
        "ct_scanners": _("CT scanners"),
        "linear_accelerators": _("linear accelerators"),
        "dialysis_stations": _("dialysis stations"),
    }
    return labels.get(name, name)


def _list_services(
    facility: Facility, graph: ZoneGraph, blueprints: Blueprints, language: Language
) -> list[ServiceView]:
    """Return the services that have a bed, a room, a visit or a machine of their own here."""
    activity = facility.activity
    present = {zone.id for zone in graph.zones}
    revenue = blueprints.categories[facility.category].revenue
    services = []
    for service in blueprints.services:
        active = (
            any(getattr(activity, name) * share for name, share in service.beds.items())
            or service.operations * activity.operating_rooms
            or service.visits * activity.emergency_visits
        )
        # Services without an activity of their own, such as imaging, are there when the category earns by them.
        own = not service.beds and not service.operations and not service.visits
        earns = service.id in revenue if revenue is not None else True
        heaviest = max(service.uses, key=lambda name: service.uses[name], default=None)
        if active or (own and earns and heaviest in present):
            zones = sorted((name for name in service.uses if name in present), key=lambda name: -service.uses[name])
            label = service.name.local().in_language(language)
            services.append(ServiceView(id=service.id, label=label, zones=zones))
    return services


def _describe_graph(
    facility: Facility, graph: ZoneGraph, catalogue: Catalogue, language: Language
) -> FacilityGraphView:
    # Ratios are read at their medians: no draw is made.
    ratio = EpistemicSample(catalogue.estimate, seed=0, draws=1).centre
    hosts = count_hosts(facility, graph, ratio)
    own = {name for name, override in facility.zones.items() if override.hosts is not None}
    vectors = {spec.id: spec.name.local().in_language(language) for spec in load_specs(catalogue).vectors}
    zones = {zone.id: zone for zone in graph.zones}
    sites = _sites_of_zones(facility, graph)
    return FacilityGraphView(
        language=language,
        name=facility.name,
        template=graph.name.in_language(language),
        basis=graph.basis.note.local().in_language(language),
        zones=[
            ZoneView(
                id=zone.id,
                label=zone.name.local().in_language(language),
                family=zone.family,
                band=_band_of(zone),
                hosts=count,
                counted_by="owner" if zone.id in own else "template",
                original=original,
                site=sites.get(zone.id),
            )
            for zone, original, count in zip(graph.zones, graph.originals, hosts, strict=True)
        ],
        entries=[WayInView(id=name, label=vectors.get(name, name), zone=zone) for name, zone in graph.entries.items()],
        passages=[
            PassageView(source=edge.source, target=edge.target, crossing=edge.crossing, kind=_passage_kind(edge, zones))
            for edge in graph.edges
        ],
        needs=[
            NeedView(zone=need.zone, needs=need.needs, strength=need.strength, autonomy_h=need.autonomy_h)
            for need in graph.needs
        ],
    )


def _sites_of_zones(facility: Facility, graph: ZoneGraph) -> dict[str, str]:
    """Return the name of the site of each zone that there is once for each site."""
    suffixes = {site.id: site.name for site in facility.sites}
    return {
        zone.id: suffixes.get(zone.id.removeprefix(f"{original}_"), _main_site(facility))
        for zone, original in zip(graph.zones, graph.originals, strict=True)
        if len(graph.copies_of(original)) > 1
    }


def _main_site(facility: Facility) -> str:
    shares = site_portions(facility.sites)
    return facility.sites[shares.index(max(shares))].name


def _band_of(zone: ZoneSpec) -> Band:
    # Devices stand with their family; everything else in the layer of IT that it belongs to.
    if zone.layer != "devices":
        return zone.layer
    return "core" if zone.family == "it" else zone.family


def _passage_kind(edge: EdgeSpec, zones: Mapping[str, ZoneSpec]) -> PassageKind:
    """Return what an attack does on a way: the step tells of rights and backups, the families of the zones the rest."""
    if edge.crossing in ("privilege", "admin"):
        return "rights"
    if edge.crossing == "to_backup":
        return "backup"
    if zones[edge.target].family != "it":
        return "machines"
    return "spread" if zones[edge.source].family == "it" else "back"


def _describe_network(facility: Facility, blueprints: Blueprints, language: Language) -> NetworkView:
    _ = translator(language)

    def name_category(organisation: Organisation) -> str:
        return blueprints.categories[organisation.category].name.local().in_language(language)

    nodes = [_node(facility.id, facility.name, "facility", name_category(facility), facility.activity.beds)]
    nodes += [_node(f"site:{site.id}", site.name, "site", _("site"), site.beds) for site in facility.sites]
    edges: list[NetworkEdge] = []
    kinds = {"ght": _("territorial group (GHT)"), "gcs": _("cooperation structure (GCS)"), "company": _("company")}
    roles = {"support": _("support hospital of the group"), "member": _("member of the group")}
    for group in facility.groups:
        nodes.append(_node(f"group:{group.id}", group.name, "group", kinds.get(group.kind, _("group")), None))
        edges.append(_edge(f"group:{group.id}", facility.id, f"role:{group.role}", roles[group.role], assumed=False))
    seen: set[str] = set()
    for link in facility.links:
        neighbour = link.neighbour
        if neighbour.id not in seen:
            seen.add(neighbour.id)
            nodes.append(
                _node(neighbour.id, neighbour.name, "neighbour", name_category(neighbour), neighbour.activity.beds)
            )
        label = blueprints.links[link.kind].name.local().in_language(language)
        edges.append(_edge(neighbour.id, _meeting_place(link, facility), link.kind, label, link.method == "assumed"))
    for use in facility.providers:
        kind = blueprints.providers[use.kind].name.local().in_language(language)
        nodes.append(_node(f"provider:{use.id}", use.name, "provider", kind, None))
        edges.append(_edge(f"provider:{use.id}", facility.id, use.kind, kind, use.method == "assumed"))
    return NetworkView(language=language, name=facility.name, nodes=nodes, edges=edges)


def _meeting_place(link: Link, facility: Facility) -> str:
    """Return the node where a link arrives: the group it is a link of, a site, or the facility itself."""
    # Kinds of links of a group are named after it: ght_shared_it, gcs_platform.
    groups = [group for group in facility.groups if link.kind.startswith(f"{group.kind}_")]
    if len(groups) == 1:
        return f"group:{groups[0].id}"
    return facility.id if link.site is None else f"site:{link.site}"


def _node(node: str, label: str, kind: str, kind_label: str, beds: int | None) -> NetworkNode:
    return NetworkNode.model_validate(
        {"id": node, "label": label, "kind": kind, "kind_label": kind_label, "beds": beds}
    )


def _edge(source: str, target: str, kind: str, kind_label: str, assumed: bool) -> NetworkEdge:
    return NetworkEdge(source=source, target=target, kind=kind, kind_label=kind_label, assumed=assumed)


def _describe_posture(facility: Facility, blueprints: Blueprints, language: Language) -> PostureView:
    names = {control.id: control.name.local().in_language(language) for control in blueprints.controls}
    controls = []
    for control, coverage in facility.coverages.items():
        entry = facility.posture[control]
        told = entry if isinstance(entry, PostureEntry) else PostureEntry(coverage=coverage)
        controls.append(
            ControlView(
                id=control,
                label=names[control],
                coverage=coverage,
                origin=told.origin,
                on=None if told.on is None else told.on.isoformat(),
            )
        )
    known = len(controls)
    meter = state_meter(known / len(names), language, advice=known < len(names))
    return PostureView(known=known, total=len(names), meter=meter, controls=controls)
