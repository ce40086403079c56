"""The analyst at work: look at a record, judge it, correct it, join duplicates, and undo; each with a reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, get_args

from hygie.core.errors import EvidenceError, UsageError, suggest
from hygie.core.ids import digest_text
from hygie.knowledge.duplicates import find_duplicates
from hygie.knowledge.kinds import KINDS, PAP, IntelRecord, Kind, RelationshipFacts, validate_facts
from hygie.knowledge.projection import record_of, to_layer
from hygie.knowledge.pseudonyms import pseudonymise_victim
from hygie.knowledge.qualification import Qualification, check_record, qualify_record
from hygie.knowledge.records import DatePrecision, Incident
from hygie.knowledge.schemas import EvidenceRow, IncidentRow
from hygie.service.record_names import check_names
from hygie.service.summaries import page_of
from hygie.service.workspace import Base
from hygie.views.intel import PairView, RecordPage

__all__ = [
    "DISTINCT",
    "delete_record",
    "edit_record",
    "list_duplicates",
    "locate_record",
    "merge_records",
    "qualify",
    "qualify_from_text",
    "restore_record",
    "show_record",
    "split_record",
    "tell_apart",
    "undo_edits",
]

# Relationship by which an analyst says that two incidents are not one.
DISTINCT = "distinct-from"


def locate_record(base: Base, ref: str, *, kind: Kind | None = None, include_deleted: bool = False) -> tuple[Kind, str]:
    """Return kind and ref of a record named by its ref alone, or by kind and ref.

    Raises
    ------
    EvidenceError
        No such record.
    UsageError
        Records of several kinds share this ref.
    """
    kinds = KINDS if kind is None else (kind,)
    found = [
        candidate
        for candidate in kinds
        if any(include_deleted or stored.deleted_at is None for stored in base.store.get_many(candidate, [ref]))
    ]
    if len(found) == 1:
        return found[0], ref
    if found:
        raise UsageError(
            f"“{ref}” names records of several kinds",
            value=ref,
            allowed=", ".join(found),
            repair="add --kind",
        )
    near = [stored.ref for stored in base.store.find(kind, text=ref, limit=5)]
    raise EvidenceError(
        f"there is no record “{ref}”",
        value=ref,
        repair=suggest(ref, near) or (f"did you mean {', '.join(near)}?" if near else "search with `hygie intel find`"),
    )


def show_record(base: Base, ref: str, *, kind: Kind | None = None) -> RecordPage:
    """Return a record with its layers and its history, deleted or not."""
    kind, ref = locate_record(base, ref, kind=kind, include_deleted=True)
    stored = base.store.get(kind, ref, include_deleted=True)
    return page_of(stored, layers=base.store.layers(kind, ref), history=base.store.history(kind, ref))


def qualify(base: Base, ref: str, judgement: Qualification, *, reason: str, kind: Kind | None = None) -> RecordPage:
    """Judge a record; a grade given to an incident goes to its source when it has only one.

    Raises
    ------
    SchemaError
        The judgement does not fit the record; nothing is changed.
    """
    kind, ref = locate_record(base, ref, kind=kind)
    graded = judgement.reliability is not None or judgement.credibility is not None
    if graded and kind != "source":
        evidence = base.store.get(kind, ref).data.get("evidence", [])
        if len(evidence) != 1:
            raise UsageError(
                "a grade judges a source, and this record has several" if evidence else "this record has no source",
                field="--reliability, --credibility",
                allowed=", ".join(evidence) or None,
                repair="name the source instead of the record",
            )
        return qualify(base, evidence[0], judgement, reason=reason, kind="source")
    patch = qualify_record(record_of(base.store.get(kind, ref)), judgement)
    return _patch(base, kind, ref, patch, reason=reason)


def qualify_from_text(
    base: Base,
    ref: str,
    *,
    reason: str,
    kind: Kind | None = None,
    **said: Any,
) -> RecordPage:
    """Judge a record in the words of a form or a command line; `said` are the fields of `Qualification`.

    Raises
    ------
    UsageError
        A word that the field does not know.
    """
    allowed: Mapping[str, Sequence[str]] = {
        "reliability": tuple("ABCDEF"),
        "confidence": ("high", "medium", "low", "none"),
        "precision": get_args(DatePrecision),
        "date_basis": ("attack", "discovery", "leak_post", "disclosure"),
        "pap": get_args(PAP),
    }
    for name, words in allowed.items():
        word = said.get(name)
        if word is not None and str(word).upper() not in [known.upper() for known in words]:
            raise UsageError(
                "this word is not known here",
                field=f"--{name.replace('_', '-')}",
                value=word,
                allowed=", ".join(words),
                repair=suggest(str(word), words),
            )
    return qualify(base, ref, Qualification(**said), reason=reason, kind=kind)


def edit_record(
    base: Base, ref: str, changes: Mapping[str, Any], *, reason: str, kind: Kind | None = None
) -> RecordPage:
    """Change fields of a record: dotted names to values, None removes; what packs and files said stays below.

    Raises
    ------
    SchemaError
        The record would no longer be well formed; nothing is changed.
    """
    kind, ref = locate_record(base, ref, kind=kind)
    data: dict[str, Any] = {}
    for name, value in changes.items():
        *parents, last = name.split(".")
        if name == "ref" or not all((*parents, last)):
            raise UsageError("this field cannot be changed", field=name, repair="name another field")
        place = data
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    if not data:
        raise UsageError("nothing is changed", repair="give at least one field")
    return _patch(base, kind, ref, {"data": data}, reason=reason)


def undo_edits(
    base: Base, ref: str, *, reason: str, fields: Sequence[str] | None = None, kind: Kind | None = None
) -> RecordPage:
    """Take an analyst's edits back, all or of some top-level fields; the record says again what its sources say."""
    kind, ref = locate_record(base, ref, kind=kind)
    _check_reason(reason)
    with base.store.transaction() as transaction:
        stored = transaction.unpatch(kind, ref, fields=fields, reason=reason)
        check_record(kind, stored.data)
    return show_record(base, ref, kind=kind)


def delete_record(base: Base, ref: str, *, reason: str, kind: Kind | None = None) -> None:
    """Hide a record from everything but its own page; `restore_record` brings it back."""
    kind, ref = locate_record(base, ref, kind=kind)
    _check_reason(reason)
    with base.store.transaction() as transaction:
        transaction.delete(kind, ref, reason=reason)


def restore_record(base: Base, ref: str, *, reason: str, kind: Kind | None = None) -> None:
    """Bring a deleted record back."""
    kind, ref = locate_record(base, ref, kind=kind, include_deleted=True)
    _check_reason(reason)
    with base.store.transaction() as transaction:
        transaction.restore(kind, ref, reason=reason)


def merge_records(base: Base, keep: str, other: str, *, reason: str, kind: Kind | None = None) -> RecordPage:
    """Join two records of one thing: `keep` speaks first, `other` fills what it leaves open; nothing is lost.

    Raises
    ------
    UsageError
        Different kinds, or `keep` dates a leak post and `other` the attack.
    """
    kind, keep = locate_record(base, keep, kind=kind)
    _, other = locate_record(base, other, kind=kind)
    _check_reason(reason)
    late = ("leak_post", "disclosure")
    if kind == "incident":
        basis = [base.store.get(kind, ref).data.get("date_basis", "attack") for ref in (keep, other)]
        if basis[0] in late and basis[1] not in late:
            raise UsageError(
                "the record to keep dates a post, the other dates the attack",
                value=f"{keep}: {basis[0]}, {other}: {basis[1]}",
                repair=f"merge the other way: keep {other}",
            )
    with base.store.transaction() as transaction:
        stored = transaction.merge(kind, keep, other, reason=reason)
        check_record(kind, stored.data)
    return show_record(base, keep, kind=kind)


def split_record(base: Base, other: str, *, reason: str, kind: Kind | None = None) -> None:
    """Take a merged record out again; both are as they were."""
    if kind is None:
        kind, other = locate_record(base, other, include_deleted=True)
    _check_reason(reason)
    with base.store.transaction() as transaction:
        transaction.split(kind, other, reason=reason)


def tell_apart(base: Base, first: str, second: str, *, reason: str) -> None:
    """Say that two incidents are not one; the pair is not proposed again."""
    _check_reason(reason)
    pair = sorted((first, second))
    for ref in pair:
        locate_record(base, ref, kind="incident")
    if pair[0] == pair[1]:
        raise UsageError("a record cannot be told apart from itself", value=first, repair="name two records")
    facts = RelationshipFacts(
        ref=f"distinct-{digest_text(chr(31).join(pair))[7:31]}",
        type=DISTINCT,
        source=pair[0],
        target=pair[1],
        source_kind="incident",
        target_kind="incident",
        summary=reason,
    )
    record = IntelRecord.from_facts("relationship", facts, name=f"{pair[0]} ≠ {pair[1]}")
    with base.store.transaction() as transaction:
        transaction.create(to_layer(record), reason=reason)


def list_duplicates(base: Base) -> list[PairView]:
    """Return incidents that may be one and that nobody has told apart."""
    stored = list(base.store.find("incident"))
    incidents = [_incident(item.data) for item in stored]
    evidence = {item.ref: EvidenceRow.model_validate(item.data).to_record() for item in base.store.find("source")}
    distinct = {
        frozenset((str(item.data["source"]), str(item.data["target"])))
        for item in base.store.find("relationship", text=DISTINCT)
        if item.data["type"] == DISTINCT
    }
    key = base.workspace.pseudonym_key
    pairs = find_duplicates(
        incidents,
        evidence=evidence,
        pseudonyms={item.victim.name: pseudonymise_victim(item.victim.name, key=key) for item in incidents},
        curated={item.ref for item in stored if any(origin.startswith("pack/") for origin in item.origins)},
        distinct=distinct,
    )
    lines = {item.ref: _line_of(item) for item in incidents}
    return [PairView(**asdict(pair), keep_line=lines[pair.keep], other_line=lines[pair.other]) for pair in pairs]


def _line_of(incident: Incident) -> str:
    place = f" ({incident.victim.town})" if incident.victim.town else ""
    basis = "" if incident.date_basis == "attack" else f" [{incident.date_basis}]"
    return f"{incident.started_on}{basis} {incident.victim.name}{place}: {incident.threat_class}, {incident.actor.name}"


def _incident(data: Mapping[str, Any]) -> Incident:
    facts = validate_facts("incident", data)
    assert isinstance(facts, IncidentRow)
    return facts.to_record()


def _patch(base: Base, kind: Kind, ref: str, patch: Mapping[str, Any], *, reason: str) -> RecordPage:
    _check_reason(reason)
    with base.store.transaction() as transaction:
        before = transaction.get(kind, ref).data
        stored = transaction.patch(kind, ref, patch, reason=reason)
        # Refused inside the transaction: a record that is no longer well formed is never written.
        check_record(kind, stored.data)
        check_names(transaction, kind, before=before, after=stored.data)
    return show_record(base, ref, kind=kind)


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > 2000:
        raise UsageError(
            "every change needs a reason",
            field="--reason",
            value=reason,
            allowed="1 to 2,000 characters",
            repair="say in a few words why",
        )
