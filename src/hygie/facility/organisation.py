"""One organisation as its owner describes it: the facility file."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from hygie.facility.records import Identifier, Record, Share
from hygie.facility.zone_graphs import EdgeSpec, Equipment, NeedSpec

__all__ = [
    "Activity",
    "Facility",
    "Link",
    "Membership",
    "Organisation",
    "PostureEntry",
    "ProviderUse",
    "Site",
    "Stakes",
]

Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Amount = Annotated[int, Field(ge=0, le=100_000_000, strict=True)]
Finess = Annotated[str, Field(pattern=r"^[0-9][0-9AB][0-9]{7}$")]


class Activity(Record):
    """Public activity figures of one year (French SAE fields)."""

    year: Annotated[int, Field(ge=1990, le=2100, strict=True)]
    evidence: tuple[str, ...] = ()
    beds_mco: Count = 0
    places: Count = 0
    beds_ssr: Count = 0
    beds_psy: Count = 0
    beds_usld: Count = 0
    beds_ehpad: Count = 0
    beds_icu: Count = 0
    stays: Amount = 0
    bed_days: Amount | None = None
    emergency_visits: Amount = 0
    operating_rooms: Annotated[int, Field(ge=0, le=500, strict=True)] = 0
    fte: Annotated[float, Field(ge=0.0, le=200_000.0, strict=True)]
    equipment: dict[Equipment, Annotated[int, Field(ge=0, le=10_000, strict=True)]] = Field(default_factory=dict)

    @property
    def beds(self) -> int:
        """Beds and places of all disciplines."""
        return self.beds_mco + self.places + self.beds_ssr + self.beds_psy + self.beds_usld + self.beds_ehpad


class ZoneOverride(Record):
    """What the owner knows better than the template; a zone of the library that is named here is there."""

    hosts: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] | None = None
    name: Annotated[str, Field(min_length=1, max_length=120)] | None = None
    present: bool = True


class EdgeEnds(Record):
    """The two ends of an edge that is not there."""

    source: Identifier = Field(alias="from")
    target: Identifier = Field(alias="to")


class NeedEnds(Record):
    """The two ends of a need that is not there."""

    zone: Identifier
    needs: Identifier


class EdgeChanges(Record):
    """Ways between zones that the owner adds or removes."""

    add: Annotated[tuple[EdgeSpec, ...], Field(max_length=500)] = ()
    remove: Annotated[tuple[EdgeEnds, ...], Field(max_length=500)] = ()


class NeedChanges(Record):
    """Dependencies between zones that the owner adds, replaces or removes."""

    add: Annotated[tuple[NeedSpec, ...], Field(max_length=500)] = ()
    remove: Annotated[tuple[NeedEnds, ...], Field(max_length=500)] = ()


class Site(Record):
    """A place where the legal entity works."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$", max_length=20)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    finess: Finess | None = None
    beds: Count | None = None
    fte: Annotated[float, Field(ge=0.0, le=200_000.0)] | None = None


class Membership(Record):
    """A group that the organisation belongs to: a territorial group (GHT), a cooperation structure (GCS), a company."""

    kind: Literal["ght", "gcs", "company", "other"]
    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=80)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    role: Literal["support", "member"] = "member"


Scale = Annotated[int, Field(ge=1, le=4, strict=True)]


class Stakes(Record):
    """How a stakeholder stands, on the scales of EBIOS Risk Manager from 1 (low) to 4 (high).

    `dependency`: how far one cannot do without it; `penetration`: how far it reaches into one's systems;
    `maturity`: its security; `trust`: how far its intentions are known to be good.
    """

    dependency: Scale | None = None
    penetration: Scale | None = None
    maturity: Scale | None = None
    trust: Scale | None = None


class Organisation(Record):
    """A facility, or a neighbour described briefly."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    finess: Finess | None = None
    category: Identifier
    status: Literal["public", "private"]
    region: str | None = None
    department: str | None = None
    activity: Activity


class Link(Stakes):
    """A link with a neighbour through which an attack can come."""

    kind: Identifier
    method: Literal["published", "fitted", "elicited", "assumed"] = "assumed"
    evidence: tuple[str, ...] = ()
    site: Identifier | None = None
    neighbour: Organisation


class ProviderUse(Stakes):
    """A shared provider this facility depends on."""

    kind: Identifier
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    method: Literal["published", "fitted", "elicited", "assumed"] = "assumed"
    evidence: tuple[str, ...] = ()


class PostureEntry(Record):
    """How far one control is in place, when that was said and on what ground."""

    coverage: Share
    on: date | None = None
    origin: Literal["owner", "questionnaire", "csv", "oscal", "ciso_assistant", "navigator"] = "owner"
    evidence: Annotated[str, Field(max_length=500)] | None = None


def _tag_coverage(value: object) -> str:
    return "entry" if isinstance(value, dict | PostureEntry) else "share"


# Judged as what it looks like, so that a wrong share is not told twice.
Coverage = Annotated[
    Annotated[Share, Tag("share")] | Annotated[PostureEntry, Tag("entry")], Discriminator(_tag_coverage)
]


class Facility(Organisation):
    """The facility file (``schema: hygie.facility/1``)."""

    schema_: Literal["hygie.facility/1"] = Field(alias="schema")
    groups: Annotated[tuple[Membership, ...], Field(max_length=20)] = ()
    sites: Annotated[tuple[Site, ...], Field(max_length=60)] = ()
    zones: Annotated[dict[Identifier, ZoneOverride], Field(max_length=200)] = Field(default_factory=dict)
    edges: EdgeChanges = EdgeChanges()
    needs: NeedChanges = NeedChanges()
    posture: dict[Identifier, Coverage] = Field(default_factory=dict)
    links: tuple[Link, ...] = ()
    providers: tuple[ProviderUse, ...] = ()

    @property
    def changes_zones(self) -> bool:
        """Whether the graph of the template is not the whole story."""
        return bool(self.zones or len(self.sites) > 1 or self.edges != EdgeChanges() or self.needs != NeedChanges())

    @property
    def coverages(self) -> dict[str, float]:
        """How far each described control is in place [share]."""
        return {
            control: entry.coverage if isinstance(entry, PostureEntry) else entry
            for control, entry in self.posture.items()
        }

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        names = [self.id, *(link.neighbour.id for link in self.links)]
        repeated = {name for name in names if names.count(name) > 1 and name == self.id}
        if repeated:
            raise ValueError(f"the facility cannot be its own neighbour ({self.id})")
        providers = [use.id for use in self.providers]
        if len(set(providers)) != len(providers):
            raise ValueError("two providers have the same id")
        return self
