"""What packs say about facilities in general: categories, zone graphs, services, controls, links, providers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, Field

from hygie.core.errors import EvidenceError
from hygie.facility.controls import ControlSpec
from hygie.facility.records import Basis, Identifier, Record, Share, Words, pick
from hygie.facility.zone_graphs import (
    TemplateSpec,
    ZoneGraph,
    ZoneLibrary,
    ZoneSpec,
    check_library,
    resolve_template,
)
from hygie.knowledge.packs import Catalogue
from hygie.store.documents import Document, validate_model

__all__ = [
    "Basis",
    "Blueprints",
    "Category",
    "ControlSpec",
    "LinkSpec",
    "Market",
    "ProviderSpec",
    "ServiceSpec",
    "Stratum",
    "ZoneGraph",
    "ZoneSpec",
    "load_blueprints",
    "pick",
]

M = TypeVar("M", bound=BaseModel)


Zones = Annotated[tuple[Identifier, ...], Field(min_length=1)]


class SmallVariant(Record):
    """The template of the small ones of a category."""

    template: Identifier
    below_beds: Annotated[int, Field(ge=1, le=10_000)]


class Category(Record):
    """A kind of facility, the zones it gets, and where its revenue comes from.

    `revenue` says which services earn it, as shares; without it, those of a general hospital.
    """

    id: Identifier
    template: Identifier
    small: SmallVariant | None = None
    name: Words
    revenue: Mapping[Identifier, Share] | None = None

    def template_of(self, beds: int) -> str:
        """Return the template of a facility of this category with that many beds."""
        return self.small.template if self.small is not None and beds < self.small.below_beds else self.template


class ServiceSpec(Record):
    """A care or support service: its share of activity, and the zones it uses."""

    id: Identifier
    name: Words
    beds: Mapping[Literal["beds_mco", "places", "beds_ssr", "beds_psy", "beds_usld", "beds_ehpad", "beds_icu"], Share]
    operations: Share
    visits: Share
    consultations: Share = 0.0
    critical: Share = 0.0
    stock: Share = 0.0
    revenue_share: Share
    uses: Mapping[Identifier, Share]
    basis: Basis


class LinkNeed(Record):
    """A service that comes with a link: the target loses `zone` while the source's zone is down.

    `source_zone`: on which it depends, the one that carries the link by default. How far, and after how long:
    parameters ``link.<id>.need_level`` and ``link.<id>.need_autonomy``.
    """

    zone: Zones
    source_zone: Zones | None = None


class LinkSpec(Record):
    """A kind of link between organisations: the first zone of each list that a facility has."""

    id: Identifier
    source_zone: Zones
    target_zone: Zones
    crossing: Identifier
    name: Words
    need: LinkNeed | None = None


class ProviderSpec(Record):
    """A kind of shared provider and what its clients lose with it: the first zone of each list that they have."""

    id: Identifier
    zone: Zones
    level: Share
    records: Share = 0.0
    informs: Literal["client", "provider"] = "client"
    entry_zone: Zones
    crossing: Identifier
    name: Words


class MarketShare(Record):
    """One provider that several organisations share, and its share of those who have one of its kind."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]
    name: Words
    share: Share


class Market(Record):
    """Who has a provider of a kind, and which: what a register does not say of an organisation.

    `by`: each organisation has its own (drawn by its id), the members of a territorial group have the same one, or
    there is one for each region. `present`: share of organisations that have one at all. Shares of providers that add
    up to less than one leave the rest with a provider of their own, which is no accumulation and is left out.
    """

    kind: Identifier
    by: Literal["organisation", "group", "region"]
    present: Share
    providers: Annotated[tuple[MarketShare, ...], Field(max_length=100)] = ()
    basis: Basis


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
class Blueprints:
    """Everything packs say about facilities in general."""

    categories: Mapping[str, Category]
    library: ZoneLibrary
    graphs: Mapping[str, ZoneGraph]
    services: tuple[ServiceSpec, ...]
    controls: tuple[ControlSpec, ...]
    links: Mapping[str, LinkSpec]
    providers: Mapping[str, ProviderSpec]
    population: PopulationSpec
    markets: tuple[Market, ...] = ()


class _Controls(Record):
    controls: tuple[ControlSpec, ...]


class _Categories(Record):
    categories: tuple[Category, ...]


class _Library(Record):
    library: ZoneLibrary


class _Templates(Record):
    templates: tuple[TemplateSpec, ...]


class _Services(Record):
    services: tuple[ServiceSpec, ...]


class _Links(Record):
    links: tuple[LinkSpec, ...]


class _Providers(Record):
    providers: tuple[ProviderSpec, ...]


class _Markets(Record):
    provider_markets: tuple[Market, ...]


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
    document, part = read_section(catalogue, "library", _Library)[-1]
    library = part.library
    check_library(library, file=document.name)
    graphs = {
        spec.id: resolve_template(spec, library, file=document.name)
        for document, part in read_section(catalogue, "templates", _Templates)
        for spec in part.templates
    }
    services = tuple(s for _, part in read_section(catalogue, "services", _Services) for s in part.services)
    zones = library.by_id()
    for service in services:
        for zone in service.uses:
            pick(zones, zone, kind="zone", field=f"services.{service.id}.uses")
    categories = {c.id: c for _, part in read_section(catalogue, "categories", _Categories) for c in part.categories}
    for category in categories.values():
        for template in (category.template, *([category.small.template] if category.small else ())):
            pick(graphs, template, kind="zone graph", field=f"categories.{category.id}")
        for name in category.revenue or ():
            pick({s.id: s for s in services}, name, kind="service", field=f"categories.{category.id}.revenue")
    providers = {p.id: p for _, part in read_section(catalogue, "providers", _Providers) for p in part.providers}
    markets = _read_markets(catalogue, providers)
    return Blueprints(
        categories=categories,
        library=library,
        graphs=graphs,
        services=services,
        controls=tuple(c for _, part in read_section(catalogue, "controls", _Controls) for c in part.controls),
        links={spec.id: spec for _, part in read_section(catalogue, "links", _Links) for spec in part.links},
        providers=providers,
        population=read_section(catalogue, "population", _Population)[-1][1].population,
        markets=markets,
    )


def _read_markets(catalogue: Catalogue, providers: Mapping[str, ProviderSpec]) -> tuple[Market, ...]:
    """Return the markets of shared providers; a pack without any leaves organisations of a register without providers.

    Raises
    ------
    EvidenceError
        A kind of provider is unknown, or shares add up to more than one.
    """
    if "provider_markets" not in catalogue.sections:
        return ()
    markets = tuple(
        m for _, part in read_section(catalogue, "provider_markets", _Markets) for m in part.provider_markets
    )
    for market in markets:
        pick(providers, market.kind, kind="kind of provider", field="provider_markets")
        total = sum(each.share for each in market.providers)
        if total > 1.0 + 1e-9:
            raise EvidenceError(
                f"the shares of the providers of kind “{market.kind}” add up to more than one",
                field=f"provider_markets.{market.kind}",
                value=round(total, 4),
                allowed="at most 1",
                repair="lower the shares; what is left out has providers of its own",
            )
    return markets
