"""Zone graphs: what a facility is made of, how an attack moves in it, what needs what.

Zones, edges and needs are written once, in a library; a template picks zones, and everything between them follows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from hygie.core.errors import ModelError
from hygie.core.evidence import LocalText
from hygie.core.tables import SCOPES
from hygie.facility.records import Basis, Identifier, Record, Share, Words, pick

__all__ = [
    "MAX_ZONES",
    "EdgeSpec",
    "HostRule",
    "NeedSpec",
    "TemplateSpec",
    "ZoneGraph",
    "ZoneLibrary",
    "ZoneSpec",
    "assemble_graph",
    "check_library",
    "choose_zone",
    "resolve_template",
]

# The kernel marks visited zones in a word of 64 bits.
MAX_ZONES = 64

Scope = Literal["stopped", "workstation", "server", "several_servers", "everything"]
assert tuple(Scope.__args__) == SCOPES  # type: ignore[attr-defined]

Equipment = Literal["mri", "ct_scanners", "linear_accelerators", "dialysis_stations"]
Family = Literal["it", "building_ot", "medical_ot", "iomt"]


class HostRule(Record):
    """How many machines a zone holds: a share of what `base` counts, and at least what the equipment implies."""

    base: Literal["servers", "workstations", "medical_ot", "iomt", "building_ot"]
    share: Share
    equipment: Mapping[Equipment, Annotated[float, Field(gt=0.0, le=100.0)]] = Field(default_factory=dict)


class ZoneSpec(Record):
    """A zone in the sense of IEC 62443-3-2: machines with the same exposure and the same protection."""

    id: Identifier
    name: Words
    family: Family
    layer: Literal["edge", "users", "core", "applications", "devices"]
    kind: Literal["workstation", "server", "device"]
    hosts: HostRule
    in_domain: bool
    visibility: Share
    record_share: Share
    priority: Annotated[int, Field(ge=1, le=99)]
    inside: Identifier
    cut: tuple[Scope, ...]
    per_site: bool = False
    repair_h: Annotated[float, Field(ge=0.0, le=1000.0)] = 0.0
    techniques: tuple[str, ...] = ()


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
    """Zones lost under denial of service: the first of each list that a facility has."""

    usual: Annotated[tuple[Identifier, ...], Field(min_length=1)]
    rare: Annotated[tuple[Identifier, ...], Field(min_length=1)]


class ZoneLibrary(Record):
    """Every zone a facility can have, and what lies between zones."""

    basis: Basis
    zones: Annotated[tuple[ZoneSpec, ...], Field(min_length=1, max_length=200)]
    edges: Annotated[tuple[EdgeSpec, ...], Field(max_length=2000)]
    needs: Annotated[tuple[NeedSpec, ...], Field(max_length=1000)]
    entries: Mapping[Identifier, Annotated[tuple[Identifier, ...], Field(min_length=1)]]
    denial_of_service: DenialSpec

    def by_id(self) -> dict[str, ZoneSpec]:
        """Return the zones by name."""
        return {zone.id: zone for zone in self.zones}


class TemplateSpec(Record):
    """The zones that a kind of facility has."""

    id: Identifier
    name: Words
    zones: Annotated[tuple[Identifier, ...], Field(min_length=1, max_length=MAX_ZONES)]


@dataclass(frozen=True, slots=True)
class ZoneGraph:
    """A zone graph ready for use: zones in order, needs free of cycles.

    Parameters
    ----------
    entries
        Zone that each entry vector leads to; vectors that lead nowhere are left out.
    denial_of_service
        Zone usually lost, and zone rarely lost, under denial of service.
    need_order
        Positions of the zones, each after all that it needs.
    portions
        Share of the facility that a zone stands for, 1 unless it belongs to one site of several.
    originals
        Name in the library of each zone.
    """

    id: str
    name: LocalText
    basis: Basis
    zones: tuple[ZoneSpec, ...]
    edges: tuple[EdgeSpec, ...]
    needs: tuple[NeedSpec, ...]
    entries: Mapping[str, str]
    denial_of_service: tuple[str, str]
    need_order: tuple[int, ...]
    portions: tuple[float, ...]
    originals: tuple[str, ...]

    def position(self, zone: str) -> int:
        """Return the index of a zone, -1 when the graph does not have it."""
        for index, spec in enumerate(self.zones):
            if spec.id == zone:
                return index
        return -1

    def copies_of(self, zone: str) -> list[int]:
        """Return the indices of all zones made from one zone of the library."""
        return [index for index, original in enumerate(self.originals) if original == zone]


def choose_zone(candidates: Sequence[str], present: Iterable[str]) -> str | None:
    """Return the first candidate that is present, None when none is."""
    known = set(present)
    return next((name for name in candidates if name in known), None)


def assemble_graph(
    graph_id: str,
    name: LocalText,
    *,
    basis: Basis,
    zones: Sequence[ZoneSpec],
    edges: Iterable[EdgeSpec],
    needs: Iterable[NeedSpec],
    entries: Mapping[str, Sequence[str]],
    denial_of_service: DenialSpec,
    portions: Sequence[float] | None = None,
    originals: Sequence[str] | None = None,
    file: str | None = None,
) -> ZoneGraph:
    """Put zones together with the edges and needs that lie between them.

    Raises
    ------
    ModelError
        Too many zones, a name that stands twice, needs that go round in a circle, or no zone that denial of service
        could take down.
    """
    names = [zone.id for zone in zones]
    if len(zones) > MAX_ZONES:
        raise ModelError(
            f"“{graph_id}” has too many zones",
            file=file,
            field="zones",
            value=len(zones),
            allowed=f"at most {MAX_ZONES}",
            repair="merge similar zones, or describe small sites together as one",
        )
    twice = sorted({zone for zone in names if names.count(zone) > 1})
    if twice:
        raise ModelError(
            f"“{graph_id}” has two zones with the same id", file=file, value=twice[0], repair="rename one of them"
        )
    present = set(names)
    kept = tuple(need for need in needs if need.zone in present and need.needs in present)
    lost = [choose_zone(listed, names) for listed in (denial_of_service.usual, denial_of_service.rare)]
    usual, rare = lost[0] or lost[1], lost[1] or lost[0]
    if usual is None or rare is None:
        raise ModelError(
            f"“{graph_id}” has no zone that denial of service could take down",
            file=file,
            field="denial_of_service",
            allowed=", ".join((*denial_of_service.usual, *denial_of_service.rare)),
            repair="add one of these zones",
        )
    ways = {vector: choose_zone(listed, names) for vector, listed in entries.items()}
    return ZoneGraph(
        id=graph_id,
        name=name,
        basis=basis,
        zones=tuple(zones),
        edges=tuple(edge for edge in edges if edge.source in present and edge.target in present),
        needs=kept,
        entries={vector: zone for vector, zone in ways.items() if zone is not None},
        denial_of_service=(usual, rare),
        need_order=_order_needs(names, kept, graph=graph_id, file=file),
        portions=tuple(portions or (1.0,) * len(names)),
        originals=tuple(originals or names),
    )


def resolve_template(spec: TemplateSpec, library: ZoneLibrary, *, file: str) -> ZoneGraph:
    """Return the graph of a template."""
    known = library.by_id()
    zones = [pick(known, zone, kind="zone", field=f"templates.{spec.id}.zones") for zone in spec.zones]
    return assemble_graph(
        spec.id,
        spec.name.local(),
        basis=library.basis,
        zones=zones,
        edges=library.edges,
        needs=library.needs,
        entries=library.entries,
        denial_of_service=library.denial_of_service,
        file=file,
    )


def check_library(library: ZoneLibrary, *, file: str) -> None:
    """Raise when a name inside the library leads nowhere, or its needs go round in a circle."""
    known = library.by_id()
    for edge in library.edges:
        pick(known, edge.source, kind="zone", field="edges.from")
        pick(known, edge.target, kind="zone", field="edges.to")
    for need in library.needs:
        pick(known, need.zone, kind="zone", field="needs.zone")
        pick(known, need.needs, kind="zone", field="needs.needs")
    for listed in (*library.entries.values(), library.denial_of_service.usual, library.denial_of_service.rare):
        for zone in listed:
            pick(known, zone, kind="zone", field="entries")
    _order_needs(list(known), library.needs, graph="library", file=file)


def _order_needs(names: Sequence[str], needs: Sequence[NeedSpec], *, graph: str, file: str | None) -> tuple[int, ...]:
    waiting = {name: {need.needs for need in needs if need.zone == name} for name in names}
    position = {name: index for index, name in enumerate(names)}
    order: list[int] = []
    while waiting:
        ready = [zone for zone, required in waiting.items() if not required & waiting.keys()]
        if not ready:
            raise ModelError(
                f"zones of “{graph}” need each other in a circle",
                file=file,
                field="needs",
                value=" → ".join(_find_circle(waiting)),
                repair="remove one of these needs so that something can be restored first",
            )
        for zone in ready:
            order.append(position[zone])
            del waiting[zone]
    return tuple(order)


def _find_circle(waiting: Mapping[str, set[str]]) -> list[str]:
    """Return one circle of needs among zones that all wait for another one of them."""
    path = [min(waiting)]
    while True:
        following = min(waiting[path[-1]] & waiting.keys())
        if following in path:
            return [*path[path.index(following) :], following]
        path.append(following)
