"""What an analyst names in a record must exist: a class that packs know, an actor of the base."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hygie.core.errors import EvidenceError, suggest
from hygie.knowledge.checks import list_classes
from hygie.knowledge.packs import load_catalogue
from hygie.knowledge.records import UNKNOWN_ACTOR
from hygie.store.record_reader import RecordReader
from hygie.store.record_store import StoredRecord

__all__ = ["check_names"]

_CLASSED = ("incident", "count", "campaign")


def check_names(reader: RecordReader, kind: str, *, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Refuse a class or an actor that nobody knows; what was there before is not judged again.

    Raises
    ------
    EvidenceError
        With the field, the word, and the ones that it may be meant for.
    """
    if kind not in _CLASSED:
        return
    for field in ("threat_class", "census_class"):
        word = after.get(field)
        if word is not None and word != before.get(field):
            _check_class(reader, field, word)
    field, actor = _name_actor(after)
    if actor not in (None, UNKNOWN_ACTOR, _name_actor(before)[1]):
        _check_actor(reader, field, str(actor))


def _name_actor(data: Mapping[str, Any]) -> tuple[str, Any]:
    actor = data.get("actor")
    return ("actor.name", actor.get("name")) if isinstance(actor, Mapping) else ("actor", actor)


def _check_class(reader: RecordReader, field: str, word: str) -> None:
    known = set(list_classes(load_catalogue(as_of=datetime.now(UTC).date()).sections))
    # Packs that are not installed any more, or not by default, have left their words in the base.
    known |= {
        str(stored.data["threat_class"])
        for kind in _CLASSED
        for stored in reader.find(kind)
        if "threat_class" in stored.data and all(origin.startswith("pack/") for origin in stored.origins)
    }
    if word not in known:
        raise EvidenceError(
            f"there is no class “{word}”",
            field=field,
            value=word,
            allowed=", ".join(sorted(known)),
            repair=suggest(word, sorted(known)) or "name one of these",
        )


def _check_actor(reader: RecordReader, field: str, ref: str) -> None:
    (found, *_) = [*reader.get_many("actor", [ref]), None]
    if found is not None and found.deleted_at is None and found.merged_into is None:
        return
    if found is not None and found.merged_into is not None:
        near = [found.merged_into]
    else:
        alike = list(reader.find("actor", text=ref, limit=50))
        called = [stored for stored in alike if _is_called(stored, ref)]
        near = [f"{stored.ref} ({stored.name})" for stored in (called or alike)[:3]]
    raise EvidenceError(
        f"there is no actor “{ref}” in the base",
        field=field,
        value=ref,
        allowed=f"the ref of an actor, or {UNKNOWN_ACTOR}",
        repair=(f"did you mean {', '.join(near)}?" if near else "search with `hygie intel find --kind actor`"),
    )


def _is_called(stored: StoredRecord, word: str) -> bool:
    names = (stored.ref, stored.name, *stored.data.get("aliases", ()))
    return word.casefold() in (name.casefold() for name in names)
