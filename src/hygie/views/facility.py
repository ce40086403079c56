"""The view model of a facility: who it is, its zones and the ways between them, its network, its posture."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.views.assessment import View

__all__ = [
    "BANDS",
    "PASSAGE_KINDS",
    "ActivityView",
    "Band",
    "ControlView",
    "FacilityGraphView",
    "FacilityView",
    "NeedView",
    "NetworkEdge",
    "NetworkNode",
    "NetworkView",
    "PassageKind",
    "PassageView",
    "PostureView",
    "ServiceView",
    "WayInView",
    "ZoneView",
]

# From the outside in: where a zone stands in the picture.
BANDS = ("edge", "users", "core", "applications", "medical_ot", "iomt", "building_ot")
Band = Literal["edge", "users", "core", "applications", "medical_ot", "iomt", "building_ot"]
# What an attack does when it crosses from one zone to another, in few kinds.
PASSAGE_KINDS = ("entry", "spread", "rights", "backup", "machines", "back")
PassageKind = Literal["entry", "spread", "rights", "backup", "machines", "back"]


class ZoneView(View):
    """A zone: machines with the same exposure and the same protection."""

    id: str
    label: str
    family: Literal["it", "building_ot", "medical_ot", "iomt"]
    band: Annotated[Band, Field(description="where it stands in the picture: from the outside in")]
    hosts: Annotated[int, Field(ge=0, description="machines")]
    counted_by: Annotated[Literal["owner", "template"], Field(description="who says how many")]
    original: Annotated[str, Field(description="its name in the library; shared by the copies of several sites")]
    site: Annotated[str | None, Field(description="the site that it belongs to, where there are several")] = None


class WayInView(View):
    """A way in and the zone where it leads."""

    id: str
    label: str
    zone: str


class PassageView(View):
    """A way of an attack from one zone to another."""

    source: str
    target: str
    crossing: str
    kind: PassageKind


class NeedView(View):
    """A zone that cannot serve without another one, and how long it can do without [h]."""

    zone: str
    needs: str
    strength: Annotated[float, Field(description="share of the service that is lost")]
    autonomy_h: float


class FacilityGraphView(View):
    """Zones of one facility, ways in, ways between zones, and what needs what."""

    language: Literal["fr", "en"]
    name: str
    template: Annotated[str, Field(description="the zone graph of its category, by name")]
    basis: Annotated[str, Field(description="on what zones, ways and needs rest")]
    zones: list[ZoneView]
    entries: list[WayInView]
    passages: list[PassageView]
    needs: list[NeedView]


class NetworkNode(View):
    """One circle of the network: the facility, its sites, its neighbours, its groups, its providers."""

    id: str
    label: str
    kind: Literal["facility", "site", "neighbour", "group", "provider"]
    kind_label: str
    beds: Annotated[int | None, Field(description="beds and places; none for what has no bed")] = None


class NetworkEdge(View):
    """A typed link; an attack on `source` can come to `target`."""

    source: str
    target: str
    kind: str
    kind_label: str
    assumed: Annotated[bool, Field(description="that the link exists, or how far it joins, is a judgement")]


class NetworkView(View):
    """A facility among those it shares something with."""

    language: Literal["fr", "en"]
    name: str
    nodes: list[NetworkNode]
    edges: list[NetworkEdge]


class ActivityView(View):
    """One public figure of activity."""

    id: str
    label: str
    value: float


class ServiceView(View):
    """A service of this facility and the zones that it uses, the heaviest use first."""

    id: str
    label: str
    zones: Annotated[list[str], Field(description="ids of zones")]


class ControlView(View):
    """A control that is described: how far it is in place, who said so and when."""

    id: str
    label: str
    coverage: float
    origin: str
    on: str | None


class PostureView(View):
    """How much of the posture is known; the rest is drawn from the sector."""

    known: int
    total: int
    meter: Annotated[str, Field(description="how much of the posture is the sector average")]
    controls: list[ControlView]


class FacilityView(View):
    """One facility, as its file and its template describe it."""

    language: Literal["fr", "en"]
    id: str
    finess: str | None
    name: str
    category: str
    status: Literal["public", "private"]
    place: str | None
    year: int
    activity: list[ActivityView]
    services: list[ServiceView]
    graph: FacilityGraphView
    network: NetworkView
    posture: PostureView
