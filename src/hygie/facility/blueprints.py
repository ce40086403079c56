"""What packs say about facilities in general: categories, zone graphs, services, controls, links, providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from hygie.core.errors import EvidenceError, ModelError, suggest
from hygie.core.evidence import LocalText
from hygie.core.tables import SCOPES
from hygie.knowledge.packs import Catalogue
from hygie.store.documents import Document, validate_model

__all__ = [
    "Basis",
    "Blueprints",
    "Category",
    "ControlSpec",
    "LinkSpec",
    "ProviderSpec",
    "ServiceSpec",
    "Stratum",
    "ZoneGraph",
    "ZoneSpec",
    "load_blueprints",
    "pick",
]

M = TypeVar("M", bound=BaseModel)
V = TypeVar("V")

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
Share = Annotated[float, Field(ge=0.0, le=1.0, strict=True)]
Scope = Literal["stopped", "workstation", "server", "several_servers", "everything"]
assert tuple(Scope.__args__) == SCOPES  # type: ignore[attr-defined]


class Record(BaseModel):
    """Base of everything read from a pack: frozen, no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Words(Record):
    """A text in English and French."""

    en: str
    fr: str

    def local(self) -> LocalText:
        """Return the core text type."""
        return LocalText(self.en, self.fr)


class Basis(Record):
    """On what a block of structural figures rests."""

    method: Literal["published", "fitted", "elicited", "assumed"]
    evidence: tuple[str, ...] = ()
    note: Words


class Category(Record):
    """A kind of facility and the zone graph it gets."""

    id: Identifier
    template: Identifier
    name: Words


class HostRule(Record):
    """How many machines a zone holds: a share of what `base` counts."""

    base: Literal["servers", "workstations", "medical_ot", "iomt", "building_ot"]
    share: Share


class ZoneSpec(Record):
    """A zone in the sense of IEC 62443-3-2: machines with the same exposure and the same protection."""

    id: Identifier
    name: Words
    family: Literal["it", "building_ot", "medical_ot", "iomt"]
    kind: Literal["workstation", "server", "device"]
    hosts: HostRule
    in_domain: bool
    visibility: Share
    record_share: Share
    priority: Annotated[int, Field(ge=1, le=99)]
    inside: Identifier
    cut: tuple[Scope, ...]


class EdgeSpec(Record):
    """A way from one zone to another, and the crossing it takes."""

    source: Identifier = Field(alias="from")
    target: Identifier = Field(alias="to")
    crossing: Identifier


class NeedSpec(Record):
    """A zone that cannot serve without another one."""

    zone: Identifier
    needs: Identifier
    strength: Share
    autonomy_h: Annotated[float, Field(ge=0.0, le=8760.0)]


class DenialSpec(Record):
    """Zones lost under denial of service."""

    usual: Identifier
    rare: Identifier


class TemplateSpec(Record):
    """A zone graph as written, possibly derived from another one."""

    id: Identifier
    name: Words
    basis: Basis
    extends: Identifier | None = None
    without: tuple[Identifier, ...] = ()
    zones: Annotated[tuple[ZoneSpec, ...], Field(max_length=64)] = ()
    edges: tuple[EdgeSpec, ...] = ()
    needs: Annotated[tuple[NeedSpec, ...], Field(max_length=200)] = ()
    entries: Mapping[Identifier, Identifier] = Field(default_factory=dict)
    denial_of_service: DenialSpec | None = None


class ServiceSpec(Record):
    """A care or support service: its share of activity, and the zones it uses."""

    id: Identifier
    name: Words
    beds: Mapping[Literal["beds_mco", "places", "beds_ssr", "beds_psy", "beds_usld", "beds_icu"], Share]
    operations: Share
    visits: Share
    revenue_share: Share
    uses: Mapping[Identifier, Share]
    basis: Basis


class ControlSpec(Record):
    """A control in a FAIR-CAM function."""

    id: Identifier
    function: Literal["prevent", "detect", "respond", "recover"]
    mitigations: tuple[str, ...]
    name: Words


class LinkSpec(Record):
    """A kind of link between organisations."""

    id: Identifier
    source_zone: Identifier
    target_zone: Identifier
    crossing: Identifier
    name: Words


class ProviderSpec(Record):
    """A kind of shared provider and what its clients lose with it."""

    id: Identifier
    zone: Identifier
    level: Share
    entry_zone: Identifier
    crossing: Identifier
    name: Words


class Stratum(Record):
    """Some organisations of the population, alike in category, status and size."""

    category: Identifier
    status: Literal["public", "private"]
    entities: Annotated[int, Field(ge=1)]
    fte: Annotated[float, Field(ge=0.0)]
    beds: Annotated[float, Field(ge=0.0)]


class PopulationSpec(Record):
    """The population that rates refer to."""

    id: str
    unit: str
    evidence: tuple[str, ...]
    strata: Annotated[tuple[Stratum, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True)
class ZoneGraph:
    """A resolved zone graph: zones in order, edges and needs by position, needs free of cycles."""

    id: str
    name: LocalText
    basis: Basis
    zones: tuple[ZoneSpec, ...]
    edges: tuple[EdgeSpec, ...]
    needs: tuple[NeedSpec, ...]
    entries: Mapping[str, str]
    denial_of_service: tuple[str, str]
    need_order: tuple[int, ...]

    def position(self, zone: str) -> int:
        """Return the index of a zone, -1 when the graph does not have it."""
        for index, spec in enumerate(self.zones):
            if spec.id == zone:
                return index
        return -1


@dataclass(frozen=True, slots=True)
class Blueprints:
    """Everything packs say about facilities in general."""

    categories: Mapping[str, Category]
    graphs: Mapping[str, ZoneGraph]
    services: tuple[ServiceSpec, ...]
    controls: tuple[ControlSpec, ...]
    links: Mapping[str, LinkSpec]
    providers: Mapping[str, ProviderSpec]
    population: PopulationSpec


class _Controls(Record):
    controls: tuple[ControlSpec, ...]


class _Categories(Record):
    categories: tuple[Category, ...]


class _Templates(Record):
    templates: tuple[TemplateSpec, ...]


class _Services(Record):
    services: tuple[ServiceSpec, ...]


class _Links(Record):
    links: tuple[LinkSpec, ...]


class _Providers(Record):
    providers: tuple[ProviderSpec, ...]


class _Population(Record):
    population: PopulationSpec


def read_section(catalogue: Catalogue, name: str, model: type[M]) -> list[tuple[Document, M]]:
    """Return every document of the catalogue that carries section `name`, validated as `model`."""
    documents = catalogue.sections.get(name, ())
    if not documents:
        raise EvidenceError(
            f"no pack carries a section “{name}”",
            field=name,
            repair="load a sector pack next to the base pack",
        )
    return [(document, validate_model(document, model)) for document in documents]


def load_blueprints(catalogue: Catalogue) -> Blueprints:
    """Read categories, graphs, services, controls, links, providers and population from the packs.

    Raises
    ------
    SchemaError, EvidenceError, ModelError
        A field is wrong, a name leads nowhere, or needs go round in a circle.
    """
    graphs: dict[str, ZoneGraph] = {}
    for document, part in read_section(catalogue, "templates", _Templates):
        specs = {spec.id: spec for spec in part.templates}
        for spec in part.templates:
            graphs[spec.id] = _resolve_graph(spec, specs, file=document.name)
    categories = {c.id: c for _, part in read_section(catalogue, "categories", _Categories) for c in part.categories}
    for category in categories.values():
        pick(graphs, category.template, kind="zone graph")
    services = tuple(s for _, part in read_section(catalogue, "services", _Services) for s in part.services)
    zones = {zone.id: zone for graph in graphs.values() for zone in graph.zones}
    for service in services:
        for zone in service.uses:
            pick(zones, zone, kind="zone", field=f"services.{service.id}.uses")
    return Blueprints(
        categories=categories,
        graphs=graphs,
        services=services,
        controls=tuple(c for _, part in read_section(catalogue, "controls", _Controls) for c in part.controls),
        links={spec.id: spec for _, part in read_section(catalogue, "links", _Links) for spec in part.links},
        providers={p.id: p for _, part in read_section(catalogue, "providers", _Providers) for p in part.providers},
        population=read_section(catalogue, "population", _Population)[-1][1].population,
    )


def pick(known: Mapping[str, V], name: str, *, kind: str, field: str | None = None) -> V:
    """Return ``known[name]``, or raise an error that suggests the closest name."""
    try:
        return known[name]
    except KeyError:
        raise EvidenceError(
            f"unknown {kind} “{name}”",
            field=field,
            value=name,
            allowed=", ".join(known),
            repair=suggest(name, known) or "use one of the listed names",
        ) from None


def _resolve_graph(spec: TemplateSpec, specs: Mapping[str, TemplateSpec], *, file: str) -> ZoneGraph:
    source = spec
    if spec.extends is not None:
        source = pick(specs, spec.extends, kind="zone graph", field="extends")
        if (
            source.extends is not None
            or spec.zones
            or spec.edges
            or spec.needs
            or spec.entries
            or spec.denial_of_service
        ):
            raise ModelError(
                f"zone graph “{spec.id}” can only leave zones of “{spec.extends}” out",
                file=file,
                field="extends",
                allowed="`without:`, on a graph that is written in full",
                repair="write the graph in full, without `extends:`",
            )
    for zone in spec.without:
        pick({z.id: z for z in source.zones}, zone, kind="zone", field="without")
    removed = set(spec.without)
    zones = tuple(zone for zone in source.zones if zone.id not in removed)
    names = {zone.id: zone for zone in zones}
    everything = {zone.id: zone for zone in source.zones}
    if len(everything) < len(source.zones):
        raise ModelError(
            f"zone graph “{source.id}” has two zones with the same id", file=file, repair="rename one of them"
        )
    edges = tuple(e for e in source.edges if e.source not in removed and e.target not in removed)
    needs = tuple(n for n in source.needs if n.zone not in removed and n.needs not in removed)
    for edge in source.edges:
        pick(everything, edge.source, kind="zone", field="edges.from")
        pick(everything, edge.target, kind="zone", field="edges.to")
    for need in source.needs:
        pick(everything, need.zone, kind="zone", field="needs.zone")
        pick(everything, need.needs, kind="zone", field="needs.needs")
    if source.denial_of_service is None:
        raise ModelError(f"zone graph “{spec.id}” does not say what denial of service takes down", file=file)
    for zone in (source.denial_of_service.usual, source.denial_of_service.rare):
        pick(names, zone, kind="zone", field="denial_of_service")
    return ZoneGraph(
        id=spec.id,
        name=spec.name.local(),
        basis=spec.basis,
        zones=zones,
        edges=edges,
        needs=needs,
        entries={vector: zone for vector, zone in source.entries.items() if zone not in removed},
        denial_of_service=(source.denial_of_service.usual, source.denial_of_service.rare),
        need_order=_order_needs(zones, needs, graph=spec.id, file=file),
    )


def _order_needs(zones: tuple[ZoneSpec, ...], needs: tuple[NeedSpec, ...], *, graph: str, file: str) -> tuple[int, ...]:
    waiting = {zone.id: {need.needs for need in needs if need.zone == zone.id} for zone in zones}
    position = {zone.id: index for index, zone in enumerate(zones)}
    order: list[int] = []
    while waiting:
        ready = [zone for zone, required in waiting.items() if not required & waiting.keys()]
        if not ready:
            raise ModelError(
                f"zones of “{graph}” need each other in a circle",
                file=file,
                field="needs",
                value=", ".join(sorted(waiting)),
                repair="remove one of the needs so that something can be restored first",
            )
        for zone in ready:
            order.append(position[zone])
            del waiting[zone]
    return tuple(order)
