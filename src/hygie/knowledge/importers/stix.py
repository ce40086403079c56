"""STIX 2.1: bundles, TAXII envelopes, lists and JSON lines of objects, read as a stream in two passes.

The first pass keeps light maps (which record stands behind which id, markings, who names whom); the second yields
records. What has no kind of its own here is kept as `other`, with its document: nothing is lost. STIX 2.0 is
refused: its objects mean other things under the same names, and OASIS publishes a converter.

Marking definitions of TLP and PAP become the marking of what they mark. An object that its publisher revoked or
deprecated is left out, and so are relationships that lead to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hygie.core.errors import DataError, SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.importers.delimited import limit_refusals
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.importers.stix_context import StixContext, is_dropped
from hygie.knowledge.importers.stix_facts import MappedObject, map_object
from hygie.knowledge.importers.stix_fields import check_object, format_stamp, iterate_objects
from hygie.knowledge.importers.stix_identity import identify_object
from hygie.knowledge.importers.stix_terms import FACTS_EXTENSION, OWN_IDS, RECORD_TYPE, UNDATED
from hygie.knowledge.kinds import IntelRecord, validate_facts
from hygie.knowledge.markings import exceeds_ceiling
from hygie.store.byte_sources import ByteSource

__all__ = ["import_stix"]

FORMAT = "stix-2.1"


def import_stix(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    """Yield the records of a STIX 2.1 source; a release of ATT&CK says so first.

    Raises
    ------
    DocumentError
        Not sound JSON, not STIX, STIX 2.0, or too much of it refused.
    """
    yield from limit_refusals(_import_objects(source, options), name=source.name)


def _import_objects(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    context = StixContext()
    for _, value in iterate_objects(replace(source, progress=None)):
        context.note(value)
    release = context.release
    if release is not None:
        yield release
    cited: dict[str, TLP] = {}
    for place, value in iterate_objects(source):
        try:
            found = check_object(value)
            if found["id"] in OWN_IDS:
                continue
            if is_dropped(found):
                yield _drop(found, "its publisher revoked or deprecated it")
                continue
            end = _find_dropped_end(found, context)
            if end is not None:
                yield _drop(found, f"it leads to {end}, which its publisher revoked or deprecated")
                continue
            yield from _import_object(found, context=context, options=options, cited=cited)
        except DataError as error:
            yield _refuse(value, error, place=place, name=source.name)


def _import_object(
    found: Mapping[str, Any], *, context: StixContext, options: ImportOptions, cited: dict[str, TLP]
) -> Iterator[ImportItem]:
    tlp, pap = context.marks_of(found)
    mapped = map_object(found, context=context, received_on=options.received_on, tlp=tlp)
    record = _make_record(mapped, found)
    yield replace(record, tlp=tlp, pap=pap)
    for ref, row in mapped.sources.items():
        # The first that cites a source describes it, until one that may travel further does.
        level = TLP(row["tlp"])
        known = cited.get(ref)
        if ref not in context.stated_sources and (known is None or exceeds_ceiling(known, ceiling=level)):
            cited[ref] = level
            yield IntelRecord(kind="source", ref=ref, name=row["title"]["en"], data=row, tlp=level)


def _make_record(mapped: MappedObject, found: Mapping[str, Any]) -> IntelRecord:
    validate_facts(mapped.kind, mapped.data)
    stamp = format_stamp(found, "modified") if "modified" in found else None
    if _is_ours(found) and found.get("modified") == UNDATED:
        stamp = None
    ours = found["type"] == RECORD_TYPE
    return IntelRecord(
        kind=mapped.kind,
        ref=mapped.ref,
        name=mapped.name,
        data=mapped.data,
        document=None if ours else found,
        document_format=None if ours else FORMAT,
        stamp=stamp,
    )


def _is_ours(found: Mapping[str, Any]) -> bool:
    return found["type"] == RECORD_TYPE or FACTS_EXTENSION in (found.get("extensions") or {})


def _find_dropped_end(found: Mapping[str, Any], context: StixContext) -> str | None:
    names = {"relationship": ("source_ref", "target_ref"), "sighting": ("sighting_of_ref",)}.get(found["type"], ())
    return next((str(found[name]) for name in names if str(found.get(name)) in context.dropped), None)


def _drop(found: Mapping[str, Any], reason: str) -> Refusal:
    kind, ref = identify_object(found)
    finding = SchemaError(f"left out: {reason}", field=found["id"]).findings[0]
    return Refusal(ref=ref, finding=finding, kind=kind, dropped=True)


def _refuse(value: Any, error: DataError, *, place: str, name: str) -> Refusal:
    named = value.get("id") if isinstance(value, dict) else None
    ref = named if isinstance(named, str) and named else place
    finding = error.findings[0]
    field = f"{place}.{finding.field}" if finding.field else place
    return Refusal(ref=ref[:200], finding=replace(finding, file=name, field=field))
