"""References to records that stay behind, taken out of the STIX documents of those that leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from hygie.core.errors import SchemaError
from hygie.knowledge.exporters.redaction import Redaction, Withheld
from hygie.knowledge.importers.stix_fields import is_stix_id
from hygie.knowledge.importers.stix_sources import derive_reference_id
from hygie.knowledge.kinds import IntelRecord

__all__ = ["redact_document"]

# Without these an object of the type says nothing (STIX 2.1: required, or the whole point of it).
_REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "relationship": ("source_ref", "target_ref"),
    "sighting": ("sighting_of_ref",),
    "report": ("object_refs",),
    "grouping": ("object_refs",),
    "note": ("object_refs",),
    "opinion": ("object_refs",),
    "observed-data": ("object_refs",),
    "language-content": ("object_ref",),
    "extension-definition": ("created_by_ref",),
}


def redact_document(record: IntelRecord, *, withheld: Withheld) -> Redaction:
    """Take references to what stays behind out of the STIX document of a record."""
    if not withheld or record.document is None:
        return Redaction(record=record)
    document = record.document
    references = document.get("external_references")
    removed = 0
    if isinstance(references, list):
        kept = [item for item in references if not withheld.holds(_derive_quietly(item), "source")]
        removed = len(references) - len(kept)
        document = {**document, "external_references": kept}
        if not kept:
            document = {key: value for key, value in document.items() if key != "external_references"}
    found, count = _redact_value({key: value for key, value in document.items() if key != "id"}, withheld)
    missing = [name for name in _REQUIRED.get(document["type"], ()) if name in document and name not in found]
    if missing:
        return Redaction(record=record, reason="what it is about stays behind")
    if not removed and not count:
        return Redaction(record=record)
    kept_document = {key: document["id"] if key == "id" else found[key] for key in document if key in {"id", *found}}
    return Redaction(record=replace(record, document=kept_document), removed=removed + count)


def _derive_quietly(item: Any) -> str | None:
    try:
        return derive_reference_id(item) if isinstance(item, dict) else None
    except SchemaError:
        return None


def _redact_value(value: Any, withheld: Withheld) -> tuple[Any, int]:
    """Return the value without members that lead to what stays behind, and how many were taken out."""
    if isinstance(value, dict):
        kept: dict[str, Any] = {}
        removed = 0
        for key, item in value.items():
            if isinstance(item, str):
                if item in withheld.stix_ids and is_stix_id(item):
                    removed += 1
                    continue
                kept[key] = item
                continue
            inner, count = _redact_value(item, withheld)
            removed += count
            if inner not in ([], {}) or inner == item:
                kept[key] = inner
        return kept, removed
    if isinstance(value, list):
        items, removed = [], 0
        for item in value:
            if isinstance(item, str) and item in withheld.stix_ids:
                removed += 1
                continue
            inner, count = _redact_value(item, withheld)
            removed += count
            # An entry about something that stays behind goes with it.
            if not count:
                items.append(inner)
        return items, removed
    return value, 0
