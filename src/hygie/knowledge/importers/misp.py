"""MISP events from a file: one event, a list of events, or the answer of a server.

Source: MISP core format, Internet-Draft draft-dulaunoy-misp-core-format-18,
https://datatracker.ietf.org/doc/draft-dulaunoy-misp-core-format/; `{"response": [{"Event": …}]}` as servers answer
`/events/restSearch` (https://www.misp-project.org/openapi/). What becomes of an event is told in `misp_events`;
folders and addresses of feeds are read by `misp_feeds`, servers by `misp_servers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from hygie.core.errors import DocumentError, SchemaError
from hygie.knowledge.importers.delimited import limit_refusals
from hygie.knowledge.importers.misp_events import convert_event
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.store.byte_sources import ByteSource
from hygie.store.json_stream import Decision, JsonPath, Shape, read_head, walk_json

__all__ = ["convert_or_refuse", "import_misp", "iterate_events"]

# The largest events of public feeds list tens of thousands of indicators, some 40 values each.
MAX_EVENT_BYTES = 64 * 1024**2
MAX_EVENT_NODES = 3_000_000

Event = Mapping[str, Any]


def import_misp(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    """Yield the records of each event, one event at a time.

    Raises
    ------
    DocumentError
        Not JSON, without events, an event that is too large, or more than 1,000 events refused.
    UsageError
        Posts of leak sites, and no key to derive pseudonyms from.
    """
    yield from limit_refusals(_import_events(source, options), name=source.name)


def _import_events(source: ByteSource, options: ImportOptions) -> Iterator[ImportItem]:
    for number, event in iterate_events(source):
        yield from convert_or_refuse(event, options, name=source.name, place=f"event {number}")


def convert_or_refuse(event: Any, options: ImportOptions, *, name: str, place: str) -> list[ImportItem]:
    """Return the records of an event, or its refusal when it is none."""
    try:
        if not isinstance(event, dict):
            raise SchemaError("this is not an event", value=event, allowed="an object", repair="remove it")
        return convert_event(event, options)
    except SchemaError as error:
        uuid = event.get("uuid") if isinstance(event, dict) else None
        ref = f"misp-{uuid}" if isinstance(uuid, str) else place
        finding = error.located(file=name, field=place).findings[0]
        return [Refusal(ref=ref[:200], finding=finding)]


def iterate_events(source: ByteSource) -> Iterator[tuple[int, Any]]:
    """Yield (number, event) of a document, counted from 1, without what wraps them.

    Raises
    ------
    DocumentError
        Not JSON, without events, or an event that is too large.
    """
    with source.open() as stream:
        head = read_head(stream, name=source.name)
    # An event that stands alone, without the object that names it.
    bare = head.shape == "object" and not {"uuid", "info"}.isdisjoint(head.members)
    listed = head.shape == "array"

    def decide(at: JsonPath, shape: Shape) -> Decision:
        nonlocal listed
        match at[1:]:
            case ():
                return "build" if bare and shape == "object" else "open"
            case ("response",):
                listed = True
                return "open"
            case ("Event",) | ("response", "Event") | (int(),) | ("response", int()):
                return "build"
            case _:
                return "skip"

    number = 0
    with source.open() as stream:
        for _, found in walk_json(
            stream,
            name=source.name,
            decide=decide,
            max_item_bytes=MAX_EVENT_BYTES,
            max_item_nodes=MAX_EVENT_NODES,
        ):
            number += 1
            inner = found.get("Event") if isinstance(found, dict) else None
            yield number, inner if isinstance(inner, dict) else found
    if number == 0 and not listed:
        raise DocumentError(
            "there is no MISP event in this document",
            file=source.name,
            allowed='{"Event": …}, {"response": [{"Event": …}]} or a list of events',
            repair="export the event from MISP as JSON",
        )
