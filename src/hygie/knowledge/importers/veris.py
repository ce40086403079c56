"""VERIS incident records (Vocabulary for Event Recording and Incident Sharing), versions 1.3 to 1.4.

Written from the schema and its documentation (https://github.com/vz-risk/veris, `verisc.json`, `verisc-merged.json`
and the publisher's own converters between versions; https://verisframework.org) and from records of the VERIS
Community Database (https://github.com/vz-risk/VCDB). One record, a list of them, or one per line.

What the words become is told in `hygie.knowledge.importers.veris_mapping`. Left out are records that their publisher
marks as false positives; near misses and suspected incidents are kept and say so.

Records of the VERIS Community Database are under CC BY-SA 4.0: who passes on their text names it and shares alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from hygie.core.errors import Finding, SchemaError
from hygie.knowledge.importers.delimited import limit_refusals
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.importers.veris_mapping import (
    VERIS_FORMAT,
    derive_ref,
    list_references,
    map_incident,
    reference_ref,
)
from hygie.knowledge.kinds import IntelRecord, validate_facts
from hygie.knowledge.markings import DEFAULT_UNMARKED
from hygie.knowledge.records import expand_date
from hygie.store.byte_sources import ByteSource
from hygie.store.json_stream import stream_items

__all__ = ["import_veris"]


def import_veris(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    """Yield, for each record, the sources that it cites and the incident.

    Raises
    ------
    DocumentError
        Not JSON, cut short, or more than 1,000 bad records.
    """
    yield from limit_refusals(_read_records(source, options), name=source.name)


def _read_records(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    with source.open() as stream:
        for index, document in stream_items(stream, name=source.name):
            ref = f"record {index + 1}"
            try:
                if not isinstance(document, Mapping):
                    raise SchemaError("the record is not an object", repair="check that these are VERIS records")
                ref = derive_ref(document)
                if document.get("security_incident") == "False positive":
                    finding = Finding(message="its publisher marks it as a false positive", file=source.name)
                    yield Refusal(ref=ref, finding=finding, kind="incident", dropped=True)
                    continue
                data = map_incident(document)
                if expand_date(data["started_on"])[0] > options.received_on:
                    raise SchemaError(
                        "the incident is dated after the import",
                        field="timeline.incident",
                        value=data["started_on"],
                        repair="check its year",
                    )
            except SchemaError as error:
                finding = error.located(file=source.name, field=f"record {index + 1}").findings[0]
                yield Refusal(ref=ref, finding=finding, kind="incident")
                continue
            yield from _describe_sources(document, options)
            yield IntelRecord.from_facts(
                "incident",
                validate_facts("incident", data),
                document=document,
                document_format=VERIS_FORMAT,
                stamp=_read_stamp(document),
            )


def _read_stamp(document: Mapping[str, Any]) -> str | None:
    plus = document.get("plus") or {}
    text = str(plus.get("modified") or plus.get("created") or "")
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    instant = instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    return instant.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _describe_sources(document: Mapping[str, Any], options: ImportOptions) -> Iterator[IntelRecord]:
    publisher = str(document.get("source_id") or "").strip() or "unknown"
    for source, statement in list_references(document):
        host = _find_host(source)
        title = f"{host or source}, {statement}"[:4000]
        facts = validate_facts(
            "source",
            {
                "ref": reference_ref(source, statement),
                "source": source,
                "statement": statement,
                "title": {"en": title, "fr": title},
                "publisher": host or publisher,
                "read_on": options.received_on.isoformat(),
                "reliability": "F",
                "credibility": 6,
                # Words that are no public address may name a private case: they travel as what carries no marking.
                "tlp": "clear" if host is not None else DEFAULT_UNMARKED.value,
                "licence": "facts-only",
            },
        )
        yield IntelRecord.from_facts("source", facts)


def _find_host(source: str) -> str | None:
    try:
        parts = urlsplit(source)
    except ValueError:
        return None
    return parts.hostname if parts.scheme.casefold() in ("http", "https") else None
