"""What an export must not say: references to records that stay behind, wherever they stand.

A record that stays behind takes with it what is nothing without it: relationships that lead to it, statements that
rest on it alone. From what may leave, its ids, its refs and, where a field names it, its name are taken out.

The free text of an object is covered by the marking of that object, and is not searched, except where one of its
fields named something that stays behind: then the text may not name it either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hygie.knowledge.importers.leak_sites import slugify_actor
from hygie.knowledge.importers.stix_terms import FACTS_EXTENSION
from hygie.knowledge.kinds import IntelRecord, canonical_json
from hygie.knowledge.records import UNKNOWN_ACTOR

__all__ = ["Redaction", "Withheld", "redact_data"]

WITHHELD: Final = "withheld"

_LISTS: Final[Mapping[str, Mapping[str, str]]] = {
    "incident": {"techniques": "technique"},
    "technique": {"mitigations": "mitigation"},
    "mitigation": {"techniques": "technique"},
    "count": {"overlaps": "count", "actors": "actor"},
}
_SINGLE: Final[Mapping[str, Mapping[str, str | None]]] = {
    "incident": {"event": None},
    "campaign": {"actor": "actor"},
    "technique": {"parent": "technique"},
    "count": {"nested_in": "count"},
}


@dataclass(slots=True)
class Withheld:
    """Everything by which records that stay behind could be recognised."""

    records: set[tuple[str, str]] = field(default_factory=set)
    refs: set[str] = field(default_factory=set)
    stix_ids: set[str] = field(default_factory=set)
    actors: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    _shared: set[str] = field(default_factory=set)

    def share(self, record: IntelRecord) -> None:
        """Note a record that may leave: names that it bears as well are no secret of one that stays behind."""
        if record.kind in ("actor", "identity") and "granular_markings" not in (record.document or {}):
            names = _list_names(record)
            self._shared |= names
            self.names -= names
            self.actors -= {record.ref, *map(slugify_actor, names)}

    def add(self, record: IntelRecord, *, stix_id: str) -> None:
        """Note a record that stays behind."""
        self.records.add((record.kind, record.ref))
        self.refs.add(record.ref)
        self.stix_ids.add(stix_id)
        if record.kind in ("actor", "identity"):
            names = _list_names(record) - self._shared
            self.names |= names
            if record.kind == "actor":
                self.actors |= {record.ref, *map(slugify_actor, names)}

    def __bool__(self) -> bool:
        return bool(self.records)

    def holds(self, ref: object, kind: str | None) -> bool:
        """Return whether a reference leads to a record that stays behind."""
        if not isinstance(ref, str):
            return False
        if kind == "actor" and ref in self.actors:
            return True
        found = (kind, ref) in self.records if kind is not None else ref in self.refs
        return found or ref in self.stix_ids


def _list_names(record: IntelRecord) -> set[str]:
    names = {record.name, str(record.data.get("name", record.name)), *record.data.get("aliases", [])}
    return {name.casefold() for name in names}


@dataclass(frozen=True, slots=True, kw_only=True)
class Redaction:
    """A record as it may leave, and how many references were taken out; or the reason why it stays behind."""

    record: IntelRecord
    removed: int = 0
    reason: str | None = None


def redact_data(record: IntelRecord, *, withheld: Withheld) -> Redaction:
    """Take references to what stays behind out of the facts of a record."""
    if not withheld:
        return Redaction(record=record)
    data = dict(record.data)
    removed = 0
    if record.kind == "relationship":
        ends = (("source", "source_kind"), ("target", "target_kind"))
        if any(withheld.holds(data.get(end), data.get(kind)) for end, kind in ends):
            return Redaction(record=record, reason="one of its ends stays behind")
    for name, kind in {"evidence": "source", **_LISTS.get(record.kind, {})}.items():
        if not isinstance(data.get(name), list):
            continue
        kept = [ref for ref in data[name] if not withheld.holds(ref, kind)]
        removed += len(data[name]) - len(kept)
        if len(kept) == len(data[name]):
            continue
        if not kept and name == "evidence" and record.kind in ("incident", "count", "relationship"):
            return Redaction(record=record, reason="all its sources stay behind")
        if kept:
            data[name] = kept
        else:
            del data[name]
    for name, single in _SINGLE.get(record.kind, {}).items():
        if name in data and withheld.holds(data[name], single):
            del data[name]
            removed += 1
    if record.kind == "actor" and isinstance(data.get("activity"), list):
        data["activity"], count = _redact_activity(data["activity"], withheld)
        removed += count
    names = _redact_names(data, withheld)
    changed = replace(record, data=data)
    if names:
        if record.name.casefold() in names:
            changed = replace(changed, name=str(data.get("title", record.ref)))
        text = canonical_json([changed.name, changed.data, _without_extension(record.document)]).casefold()
        if any(name in text for name in names):
            return Redaction(record=record, reason="its text names what stays behind")
    return Redaction(record=changed, removed=removed + len(names))


def _without_extension(document: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return a document without our extension, which every export writes anew."""
    extensions = (document or {}).get("extensions")
    kept = (
        {key: item for key, item in extensions.items() if key != FACTS_EXTENSION}
        if isinstance(extensions, dict)
        else {}
    )
    return {**(document or {}), "extensions": kept}


def _redact_activity(entries: list[Any], withheld: Withheld) -> tuple[list[Any], int]:
    kept_entries, removed = [], 0
    for entry in entries:
        kept = [ref for ref in entry.get("evidence", []) if not withheld.holds(ref, "source")]
        removed += len(entry.get("evidence", [])) - len(kept)
        kept_entries.append({**entry, "evidence": kept} if "evidence" in entry else entry)
    return kept_entries, removed


def _redact_names(data: dict[str, Any], withheld: Withheld) -> set[str]:
    """Blank the names of what stays behind, in place, and return them in lower case."""
    names = set()
    victim, actor, publisher = data.get("victim"), data.get("actor"), data.get("publisher")
    if isinstance(victim, Mapping) and str(victim.get("name")).casefold() in withheld.names:
        names.add(str(victim["name"]).casefold())
        # The town and the size of a victim tell who it is.
        data["victim"] = {key: item for key, item in victim.items() if key in ("kind", "country", "sector")}
        data["victim"]["name"] = WITHHELD
    if isinstance(actor, Mapping) and actor.get("name") in withheld.actors:
        names.add(str(actor["name"]).casefold())
        data["actor"] = {"name": UNKNOWN_ACTOR, "confidence": "none"}
    if isinstance(publisher, str) and publisher.casefold() in withheld.names:
        names.add(publisher.casefold())
        data["publisher"] = WITHHELD
    return names
