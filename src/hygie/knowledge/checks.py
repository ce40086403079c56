"""Checks between entries: references that lead nowhere, and figures that contradict each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from hygie.core.errors import EvidenceError, Finding, suggest
from hygie.core.estimate import Method
from hygie.core.evidence import Evidence
from hygie.knowledge.double_counts import find_double_counts
from hygie.knowledge.fitted import check_fitted
from hygie.knowledge.kinds import TechniqueFacts
from hygie.knowledge.records import (
    UNKNOWN_ACTOR,
    Campaign,
    CountObservation,
    Incident,
    ThreatActor,
    expand_date,
)
from hygie.knowledge.shelf import Entry, Shelf, Source
from hygie.store.documents import Document

__all__ = ["check_shelf", "list_classes"]

# Characters of a date that each precision needs: YYYY, YYYY-MM, YYYY-MM-DD.
_LENGTHS = {"day": 10, "week": 10, "month": 7, "year": 4}


def check_shelf(shelf: Shelf) -> list[Finding]:
    """Return what is wrong between the entries of a shelf, each with file, line, field and repair."""
    findings: list[Finding] = []
    findings.extend(_check_evidence(shelf.evidence.values()))
    for incident in shelf.incidents.values():
        findings.extend(_check_incident(incident, shelf))
    for count in shelf.counts.values():
        findings.extend(_check_count(count, shelf))
    findings.extend(_check_double_counts(shelf))
    for campaign in shelf.campaigns.values():
        findings.extend(_check_campaign(campaign, shelf))
    for actor in shelf.actors.values():
        findings.extend(_check_actor(actor, shelf))
    for technique in shelf.techniques.values():
        findings.extend(_check_technique(technique, shelf))
    for entry in shelf.parameters.values():
        for estimate in entry.record:
            findings.extend(
                _follow(
                    shelf,
                    "evidence",
                    estimate.evidence,
                    entry.source,
                    "values",
                    estimate.valid_from,
                    "evidence",
                )
            )
    findings.extend(check_fitted(shelf))
    return findings


def _follow(shelf: Shelf, kind: str, refs: Iterable[str], source: Source, *parts: str | int) -> Iterator[Finding]:
    """Yield one finding per item of the list at `parts` that is no entry of this kind."""
    for index, ref in enumerate(refs):
        if not shelf.knows(kind, ref):
            yield _refuse_reference(shelf, kind, ref, source, *parts, index)


def _refuse_reference(shelf: Shelf, kind: str, ref: str, source: Source, *parts: str | int) -> Finding:
    known = getattr(shelf, kind)
    return source.refuse(
        f"“{ref}” is in no loaded pack",
        *parts,
        error=EvidenceError,
        value=ref,
        allowed=f"the ref of an entry of `{kind}:`",
        repair=suggest(ref, known) or "check the ref, or add the entry",
    )


def _check_evidence(entries: Iterable[Entry[Evidence]]) -> Iterator[Finding]:
    seen: dict[object, Entry[Evidence]] = {}
    for entry in entries:
        record, source = entry.record, entry.source
        other = seen.setdefault(record.id, entry)
        if other is not entry:
            message = f"the same statement of the same source is “{other.record.ref}” in {other.source.place}"
            repair = "cite the other entry, or say more exactly where the statement stands"
            yield source.refuse(message, "statement", value=record.statement, repair=repair)
        if record.published_on and expand_date(record.published_on)[0] > expand_date(record.read_on)[1]:
            message = "the source was read before it was published"
            yield source.refuse(message, "read_on", value=record.read_on, repair="check both dates")


def _check_class(shelf: Shelf, name: str, source: Source, *parts: str | int) -> Iterator[Finding]:
    known = list_classes(shelf.sections)
    if known and name not in known:
        yield source.refuse(
            f"unknown threat class “{name}”",
            *parts,
            error=EvidenceError,
            value=name,
            allowed=", ".join(known),
            repair=suggest(name, known) or "use a class that a pack declares in `classes:`",
        )


def list_classes(sections: Mapping[str, Sequence[Document]]) -> list[str]:
    """Return the ids in the sections `classes`, as far as they can be read: another room validates them."""
    classes: list[str] = []
    for document in sections.get("classes", ()):
        rows = document.data["classes"]
        if isinstance(rows, list):
            classes.extend(str(row["id"]) for row in rows if isinstance(row, dict) and "id" in row)
    return classes


def _check_precision(record: Incident | Campaign, source: Source) -> Iterator[Finding]:
    if record.date_precision is not None and len(record.started_on) < _LENGTHS[record.date_precision]:
        yield source.refuse(
            f"the date is less precise than “{record.date_precision}”",
            "started_on",
            value=record.started_on,
            repair="complete the date, or say a lower `date_precision:`",
        )


def _check_incident(entry: Entry[Incident], shelf: Shelf) -> Iterator[Finding]:
    record, source = entry.record, entry.source
    yield from _follow(shelf, "evidence", record.evidence, source, "evidence")
    yield from _check_class(shelf, record.threat_class, source, "threat_class")
    if record.actor.name != UNKNOWN_ACTOR and not shelf.knows("actors", record.actor.name):
        yield _refuse_reference(shelf, "actors", record.actor.name, source, "actor", "name")
    yield from _check_precision(record, source)


def _check_count(entry: Entry[CountObservation], shelf: Shelf) -> Iterator[Finding]:
    record, source = entry.record, entry.source
    yield from _follow(shelf, "evidence", record.evidence, source, "evidence")
    yield from _follow(shelf, "actors", record.actors, source, "actors")
    yield from _follow(shelf, "counts", record.overlaps, source, "overlaps")
    yield from _check_class(shelf, record.threat_class, source, "threat_class")
    if record.ref in record.overlaps:
        yield source.refuse("a count cannot overlap itself", "overlaps", value=record.ref, repair="remove the ref")
    if (record.role == "nested") != (record.nested_in is not None):
        yield source.refuse(
            "the role “nested” and the field “nested_in” go together",
            "role",
            value=record.role,
            repair="name the larger count in `nested_in:`, or change the role",
        )
    if record.nested_in is None:
        return
    if record.nested_in == record.ref:
        message = "a count cannot be nested in itself"
        yield source.refuse(message, "nested_in", value=record.ref, repair="name the larger count")
    elif not shelf.knows("counts", record.nested_in):
        yield _refuse_reference(shelf, "counts", record.nested_in, source, "nested_in")
    elif record.nested_in in shelf.counts and shelf.counts[record.nested_in].record.count < record.count:
        message = "a nested count is larger than the count that holds it"
        yield source.refuse(message, "count", value=record.count, repair="check both counts")


def _check_double_counts(shelf: Shelf) -> Iterator[Finding]:
    evidence = {ref: entry.record for ref, entry in shelf.evidence.items()}
    for found in find_double_counts([entry.record for entry in shelf.counts.values()], evidence):
        yield shelf.counts[found.count.ref].source.refuse(
            found.message, "role", value=found.value, allowed=found.allowed, repair=found.repair
        )


def _check_campaign(entry: Entry[Campaign], shelf: Shelf) -> Iterator[Finding]:
    record, source = entry.record, entry.source
    yield from _follow(shelf, "evidence", record.evidence, source, "evidence")
    yield from _check_class(shelf, record.threat_class, source, "threat_class")
    yield from _check_precision(record, source)
    if record.actor != UNKNOWN_ACTOR and not shelf.knows("actors", record.actor):
        yield _refuse_reference(shelf, "actors", record.actor, source, "actor")
    if record.victims_published is not None and record.victims_named > record.victims_published:
        message = "more victims are named than published"
        yield source.refuse(message, "victims", value=record.victims_named, repair="check both figures")


def _check_actor(entry: Entry[ThreatActor], shelf: Shelf) -> Iterator[Finding]:
    record, source = entry.record, entry.source
    yield from _follow(shelf, "evidence", record.evidence, source, "evidence")
    if record.ref == UNKNOWN_ACTOR:
        message = f"“{UNKNOWN_ACTOR}” stands for no actor in particular"
        yield source.refuse(message, "ref", value=record.ref, repair="rename the actor")
    for index, name in enumerate(record.threat_classes):
        yield from _check_class(shelf, name, source, "threat_classes", index)
    dates = [state.from_ for state in record.activity]
    for index, state in enumerate(record.activity):
        yield from _follow(shelf, "evidence", state.evidence, source, "activity", index, "evidence")
        if not state.evidence and state.method != Method.ASSUMED:
            yield source.refuse(
                "a state of activity names no evidence",
                "activity",
                index,
                error=EvidenceError,
                repair="cite the evidence, or say `method: assumed`",
            )
        if state.from_ in dates[:index]:
            message = "two states of activity start on the same date"
            yield source.refuse(message, "activity", index, value=state.from_, repair="keep one of the two")


def _check_technique(entry: Entry[TechniqueFacts], shelf: Shelf) -> Iterator[Finding]:
    record, source = entry.record, entry.source
    yield from _follow(shelf, "evidence", record.evidence, source, "evidence")
    if not record.evidence:
        yield source.refuse(
            "a technique names no evidence",
            error=EvidenceError,
            value=record.ref,
            repair="cite the release of ATT&CK that has it in `evidence:`",
        )
    if not record.ref.startswith("T") or record.ref.startswith("TA"):
        message = f"“{record.ref}” is the id of no technique"
        yield source.refuse(message, "ref", value=record.ref, allowed="T, four figures", repair="check the id")
    parent = record.ref.partition(".")[0] if "." in record.ref else None
    if record.parent != parent:
        yield source.refuse(
            "the parent of a sub-technique is what stands before its point; other techniques have none",
            "parent",
            value=record.parent,
            allowed=parent,
            repair=f"write “parent: {parent}”" if parent else "remove the line “parent:”",
        )
