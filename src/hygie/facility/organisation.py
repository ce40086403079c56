"""One organisation as its owner describes it: the facility file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from hygie.core.errors import DataError, Finding, suggest
from hygie.facility.blueprints import Blueprints, Identifier, Record, Share
from hygie.store.documents import Document, read_document, validate_model

__all__ = ["Activity", "Facility", "Link", "Organisation", "ProviderUse", "check_facility", "load_facility"]

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
    beds_icu: Count = 0
    stays: Amount = 0
    bed_days: Amount | None = None
    emergency_visits: Amount = 0
    operating_rooms: Annotated[int, Field(ge=0, le=500, strict=True)] = 0
    fte: Annotated[float, Field(ge=0.0, le=200_000.0, strict=True)]

    @property
    def beds(self) -> int:
        """Beds and places of all disciplines."""
        return self.beds_mco + self.places + self.beds_ssr + self.beds_psy + self.beds_usld


class ZoneOverride(Record):
    """What the owner knows better than the template."""

    hosts: Annotated[int, Field(ge=0, le=1_000_000, strict=True)]


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


class Link(Record):
    """A link with a neighbour through which an attack can come."""

    kind: Identifier
    method: Literal["published", "fitted", "elicited", "assumed"] = "assumed"
    evidence: tuple[str, ...] = ()
    neighbour: Organisation


class ProviderUse(Record):
    """A shared provider this facility depends on."""

    kind: Identifier
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    method: Literal["published", "fitted", "elicited", "assumed"] = "assumed"
    evidence: tuple[str, ...] = ()


class Facility(Organisation):
    """The facility file (``schema: hygie.facility/1``)."""

    schema_: Literal["hygie.facility/1"] = Field(alias="schema")
    zones: dict[Identifier, ZoneOverride] = Field(default_factory=dict)
    posture: dict[Identifier, Share] = Field(default_factory=dict)
    links: tuple[Link, ...] = ()
    providers: tuple[ProviderUse, ...] = ()

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


def load_facility(path: Path, *, blueprints: Blueprints, known_evidence: frozenset[str]) -> Facility:
    """Read and check a facility file.

    Raises
    ------
    DocumentError, SchemaError, DataError
        The file is unreadable, a field is wrong, or a name is not in the packs; with file, line and repair.
    """
    document = read_document(path)
    facility = validate_model(document, Facility)
    findings = check_facility(facility, document, blueprints=blueprints, known_evidence=known_evidence)
    if findings:
        raise DataError.from_findings(findings)
    return facility


def check_facility(
    facility: Facility, document: Document, *, blueprints: Blueprints, known_evidence: frozenset[str]
) -> list[Finding]:
    """Return every name of the facility file that leads nowhere, and every figure that contradicts another."""
    findings: list[Finding] = []

    def note(
        message: str, path: tuple[str | int, ...], value: str, allowed: list[str] | str, repair: str | None
    ) -> None:
        findings.append(
            Finding(
                code="HYG-205" if isinstance(allowed, list) else "HYG-202",
                message=message,
                file=document.name,
                line=document.line_of(path),
                field=".".join(str(part) for part in path),
                value=value,
                allowed=", ".join(allowed) if isinstance(allowed, list) else allowed,
                repair=repair,
            )
        )

    def check_name(kind: str, name: str, known: list[str], path: tuple[str | int, ...]) -> None:
        if name not in known:
            note(f"unknown {kind} “{name}”", path, name, known, suggest(name, known) or "use one of the listed names")

    def check_evidence(refs: tuple[str, ...], path: tuple[str | int, ...]) -> None:
        for index, ref in enumerate(refs):
            if ref not in known_evidence:
                close = suggest(ref, known_evidence)
                note(f"evidence “{ref}” does not exist", (*path, index), ref, "an evidence ref of a loaded pack", close)

    categories = list(blueprints.categories)
    check_name("category", facility.category, categories, ("category",))
    check_evidence(facility.activity.evidence, ("activity", "evidence"))
    graph = None
    if facility.category in blueprints.categories:
        graph = blueprints.graphs[blueprints.categories[facility.category].template]
        for zone in facility.zones:
            check_name("zone", zone, [spec.id for spec in graph.zones], ("zones", zone))
    for control in facility.posture:
        check_name("control", control, [spec.id for spec in blueprints.controls], ("posture", control))
    for index, link in enumerate(facility.links):
        check_name("kind of link", link.kind, list(blueprints.links), ("links", index, "kind"))
        check_name("category", link.neighbour.category, categories, ("links", index, "neighbour", "category"))
        check_evidence(link.evidence, ("links", index, "evidence"))
        check_evidence(link.neighbour.activity.evidence, ("links", index, "neighbour", "activity", "evidence"))
    seen: dict[str, Organisation] = {}
    for index, link in enumerate(facility.links):
        first = seen.setdefault(link.neighbour.id, link.neighbour)
        if first != link.neighbour:
            note(
                "this neighbour is described twice, differently",
                ("links", index, "neighbour"),
                link.neighbour.id,
                "the same figures in every link to it",
                "copy the figures of the first link, or give this neighbour an id of its own",
            )
    for index, use in enumerate(facility.providers):
        check_name("kind of provider", use.kind, list(blueprints.providers), ("providers", index, "kind"))
        check_evidence(use.evidence, ("providers", index, "evidence"))
    activity = facility.activity
    if activity.beds_icu > activity.beds_mco:
        note(
            "more critical-care beds than acute beds",
            ("activity", "beds_icu"),
            str(activity.beds_icu),
            f"at most beds_mco = {activity.beds_mco}",
            "critical-care beds are counted among acute beds: check both figures",
        )
    if activity.bed_days is not None and activity.bed_days > 366 * max(activity.beds, 1):
        note(
            "more bed-days than beds allow",
            ("activity", "bed_days"),
            str(activity.bed_days),
            f"at most {366 * activity.beds}",
            "check the number of beds and the year",
        )
    if activity.fte == 0 and activity.beds == 0:
        note("neither staff nor beds are given", ("activity",), "0", "fte or beds above 0", "give at least the staff")
    return findings
