"""What the store indexes of a record: its name, its words and the days that it covers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from hygie.core.errors import DataError
from hygie.core.evidence import TLP
from hygie.knowledge.kinds import IntelRecord, Kind, name_record
from hygie.knowledge.records import expand_date, widen_date
from hygie.store.record_store import LayerContent, Projection, StoredRecord

__all__ = ["project_record", "record_of", "to_layer"]

# Enough to find a record by any word of its first pages, bounded so that one long description cannot fill the index.
MAX_SEARCH_TEXT = 20_000


def project_record(_kind: str, data: Mapping[str, Any]) -> Projection:
    """Return what is indexed of an effective record."""
    words: list[str] = []
    size = 0
    for text in _iterate_texts(data):
        words.append(text[: MAX_SEARCH_TEXT - size])
        size += len(text) + 1
        if size >= MAX_SEARCH_TEXT:
            break
    first, last = _find_span(data)
    return Projection(name=name_record(data), search_text=" ".join(words), first_day=first, last_day=last)


def to_layer(record: IntelRecord) -> LayerContent:
    """Return a record as the store keeps it."""
    return LayerContent(
        kind=record.kind,
        ref=record.ref,
        name=record.name,
        data=record.data,
        tlp=record.tlp.value if record.tlp is not None else None,
        pap=record.pap,
        document=record.document,
        document_format=record.document_format,
        stamp=record.stamp,
        digest=record.digest,
    )


def record_of(stored: StoredRecord) -> IntelRecord:
    """Return an effective record of the store as a record of the base."""
    kind: Kind = stored.kind  # type: ignore[assignment]
    return IntelRecord(
        kind=kind,
        ref=stored.ref,
        name=stored.name,
        data=stored.data,
        tlp=TLP(stored.tlp) if stored.tlp is not None else None,
        pap=stored.pap,  # type: ignore[arg-type]
        document=stored.document,
        document_format=stored.document_format,
        stamp=stored.stamp,
    )


def _iterate_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from _iterate_texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _iterate_texts(part)


def _find_span(data: Mapping[str, Any]) -> tuple[date | None, date | None]:
    window = data.get("window") or data.get("observation_window")
    try:
        if isinstance(window, Mapping):
            return expand_date(window["start"])[0], expand_date(window["end"])[1]
        for key in ("started_on", "first_seen", "exploited_since", "published_on", "epss_on"):
            if isinstance(data.get(key), str):
                return widen_date(data[key], data.get("date_precision") if key == "started_on" else None)
    except (DataError, KeyError):
        # A layer below may be overlaid by a value that the model of the kind will refuse: the index is no judge.
        return None, None
    return None, None
