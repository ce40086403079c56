"""Facility files: read, and check that every name leads somewhere and no figure contradicts another."""

from __future__ import annotations

from pathlib import Path

from hygie.core.errors import DataError, Finding, suggest
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_graphs import check_graph
from hygie.facility.organisation import Facility, Organisation
from hygie.store.documents import Document, read_document, validate_model

__all__ = ["check_facility", "load_facility"]


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
    sites = [site.id for site in facility.sites]
    for index, site in enumerate(facility.sites):
        if site.id in sites[:index]:
            note(
                "two sites have the same id", ("sites", index, "id"), site.id, "an id of its own", "rename one of them"
            )
        numbers = [other.finess for other in facility.sites[:index] if other.finess is not None]
        if site.finess in numbers:
            note(
                "two sites have the same FINESS number",
                ("sites", index, "finess"),
                str(site.finess),
                "one entry per site",
                "remove one of them, or correct its number",
            )
    for index, link in enumerate(facility.links):
        if link.site is not None:
            check_name("site", link.site, sites, ("links", index, "site"))
    findings += check_graph(facility, document, blueprints=blueprints)
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
