"""One record as it leaves: its STIX document brought up to date, or an object built for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from hygie.knowledge.exporters.stix_definitions import name_pap_marking, name_tlp_marking
from hygie.knowledge.exporters.stix_objects import (
    FIELD_PROPERTIES,
    STIX_FORMAT,
    StixIds,
    build_properties,
    derive_stix_id,
    name_type,
)
from hygie.knowledge.importers.stix_context import StixContext
from hygie.knowledge.importers.stix_extension import FactsExtension, pack_empty, write_extension
from hygie.knowledge.importers.stix_facts import MappedObject, map_object
from hygie.knowledge.importers.stix_fields import format_stamp
from hygie.knowledge.importers.stix_terms import (
    FACTS_EXTENSION,
    RECORD_EXTENSION,
    RECORD_TYPE,
    UNDATED,
)
from hygie.knowledge.kinds import IntelRecord
from hygie.knowledge.markings import judge_tlp

__all__ = ["is_stix", "write_object"]

# Facts that an importer reads off other objects: when those are not exported, nobody edited the record.
_FROM_OTHERS: Final = frozenset(
    {"source", "target", "source_kind", "target_kind", "victim", "actor", "techniques", "publisher"}
)
_NO_DAY: Final = date(1, 1, 1)


def is_stix(record: IntelRecord) -> bool:
    """Return whether a record came as a STIX object, and is still that object."""
    return record.document_format == STIX_FORMAT and record.document is not None


def write_object(record: IntelRecord, *, original: IntelRecord, context: StixContext, ids: StixIds) -> dict[str, Any]:
    """Return the STIX object of a record.

    Parameters
    ----------
    record
        As it may leave.
    original
        As it is stored: what the export took out is no edit.
    context, ids
        Of all the records of the export.
    """
    written = _update_document(record, original, context, ids) if is_stix(record) else _build(record, context, ids)
    return _mark(written, record, context)


def _map(document: Mapping[str, Any], record: IntelRecord, context: StixContext, *, plain: bool) -> MappedObject:
    """Map a document as an importer would, who reads it on the day on which this record was read."""
    received_on = _NO_DAY
    if record.kind == "source" and len(str(record.data.get("read_on", ""))) == 10:
        received_on = date.fromisoformat(record.data["read_on"])
    tlp, _ = context.marks_of(document)
    return map_object(document, context=context, received_on=received_on, tlp=tlp, with_extension=not plain)


def _update_document(record: IntelRecord, original: IntelRecord, context: StixContext, ids: StixIds) -> dict[str, Any]:
    assert record.document is not None
    assert original.document is not None
    document = dict(record.document)
    if _says(_map(document, record, context, plain=False), record, document, context):
        return document
    document = _set_extension(document, None)
    plain = _map(document, record, context, plain=True)
    built = build_properties(record, ids=ids) if plain.kind == record.kind else {}
    for name, properties in FIELD_PROPERTIES.get(record.kind, {}).items():
        if plain.data.get(name) == record.data.get(name):
            continue
        for key in properties:
            document.pop(key, None)
            if key in built:
                document[key] = built[key]
    plain = _map(document, record, context, plain=True)
    document = _set_extension(document, _compare(plain, record))
    before = _map(original.document, original, context, plain=False)
    if "modified" in document and _find_edits(before, original) - _FROM_OTHERS:
        # A new version of the object, whoever made the first one: the same edit always has the same stamp.
        document["modified"] = _step(format_stamp(original.document, "modified"))
    return document


def _says(mapped: MappedObject, record: IntelRecord, document: Mapping[str, Any], context: StixContext) -> bool:
    """Return whether a document, as an importer would read it, says what the record says.

    The ends of a relationship are read off other objects: when those are not exported, nothing contradicts.
    """
    data = mapped.data
    for end, kind, name in (("source", "source_kind", "source_ref"), ("target", "target_kind", "target_ref")):
        if name in document and document[name] not in context.kinds and end in record.data:
            data = {key: value for key, value in {**data, end: record.data[end]}.items() if key != kind}
            data |= {kind: record.data[kind]} if kind in record.data else {}
    if data is not mapped.data:
        name = f"{data.get('source')} {data.get('type')} {data.get('target')}"
        mapped = replace(mapped, data=data, name=name)
    return not _find_edits(mapped, record)


def _find_edits(mapped: MappedObject, record: IntelRecord) -> set[str]:
    edits = {key for key in {*mapped.data, *record.data} if mapped.data.get(key) != record.data.get(key)}
    if (mapped.kind, mapped.ref) != (record.kind, record.ref):
        edits.add("record")
    if mapped.name != record.name and not (edits & _FROM_OTHERS):
        edits.add("record_name")
    return edits


def _compare(plain: MappedObject, record: IntelRecord) -> dict[str, Any] | None:
    facts = {key: value for key, value in record.data.items() if key not in plain.data or plain.data[key] != value}
    return write_extension(
        FactsExtension(
            kind=record.kind if plain.kind != record.kind else None,
            ref=record.ref if plain.ref != record.ref else None,
            name=record.name if plain.name != record.name else None,
            facts={key: value for key, value in facts.items() if key != "ref"},
            absent=tuple(key for key in plain.data if key not in record.data),
        )
    )


def _set_extension(document: Mapping[str, Any], extension: Mapping[str, Any] | None) -> dict[str, Any]:
    extensions = {key: item for key, item in document.get("extensions", {}).items() if key != FACTS_EXTENSION}
    if extension is not None:
        extensions[FACTS_EXTENSION] = extension
    kept = {key: item for key, item in document.items() if key != "extensions"}
    return {**kept, "extensions": extensions} if extensions else kept


def _build(record: IntelRecord, context: StixContext, ids: StixIds) -> dict[str, Any]:
    type_ = name_type(record)
    modified = _write_stamp(record.stamp) if record.stamp is not None else UNDATED
    start = {
        "type": type_,
        "spec_version": "2.1",
        "id": derive_stix_id(record),
        "created": min(UNDATED, modified),
        "modified": modified,
    }
    if type_ == RECORD_TYPE:
        return {
            **start,
            "name": record.name,
            "record_kind": record.kind,
            **pack_empty(dict(record.data)),
            "extensions": {RECORD_EXTENSION: {"extension_type": "new-sdo"}},
        }
    document = {**start, **build_properties(record, ids=ids)}
    extension = _compare(_map(document, record, context, plain=True), record)
    if extension is None and modified == UNDATED:
        # Our extension also says that the date is no date.
        extension = {"extension_type": "property-extension", "record_kind": record.kind}
    return _set_extension(document, extension)


def _mark(document: dict[str, Any], record: IntelRecord, context: StixContext) -> dict[str, Any]:
    """Return the object with the marking of its record, its own markings kept where they say the same."""
    # A source states its level among its facts; an object that came without marking stays as it came.
    wanted = judge_tlp(record) if record.kind == "source" and not is_stix(record) else record.tlp
    tlp, pap = context.marks_of(document)
    marks = list(document.get("object_marking_refs", []))
    if tlp != wanted:
        marks = [mark for mark in marks if not _is_tlp_only(mark, context)]
        marks += [name_tlp_marking(wanted)] if wanted is not None else []
    if pap != record.pap:
        marks = [mark for mark in marks if context.pap_of(mark) is None]
        marks += [name_pap_marking(record.pap)] if record.pap is not None else []
    kept = {key: item for key, item in document.items() if key != "object_marking_refs"}
    return {**kept, "object_marking_refs": marks} if marks else kept


def _is_tlp_only(mark: str, context: StixContext) -> bool:
    # A statement of copyright stays, whatever the level.
    return context.tlp_of(mark) is not None and mark != "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"


def _write_stamp(stamp: str) -> str:
    """Return an instant as STIX writes it: milliseconds, and microseconds only where they are needed."""
    text = format_stamp({"stamp": stamp}, "stamp")
    short = f"{text[:-4]}Z" if text.endswith("000Z") else text
    # The date of what has none is told from the same date that was stated.
    return text if short == UNDATED else short


def _step(stamp: str) -> str:
    instant = datetime.fromisoformat(stamp) + timedelta(milliseconds=1)
    return _write_stamp(f"{instant.replace(tzinfo=None).isoformat(timespec='microseconds')}Z")
