"""Pages of STIX objects, read one after the other so that objects find what stands on other pages.

A server sorts objects by the instant they were added: a relationship may come before what it relates, an object
before its marking, the relationships of an incident after it. Pages are stored one by one all the same. So a light
copy of each object is kept for the pages that follow, and an object that names what has not come yet is read again on
the page that brings it: the record is then replaced, under the same reference.

A pull that starts from a cursor asks the server for what its objects name and earlier pulls have read. What no page
brings stays as it is: a relationship then ends at a STIX id. So does what a pull that was cut short had still to
complete, and an incident does not learn from relationships that come with a later pull: a pull without a cursor
reads everything again.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid5

from hygie.core.errors import SchemaError
from hygie.core.evidence import EVIDENCE_NAMESPACE, TLP
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Release
from hygie.knowledge.importers.stix import import_stix
from hygie.knowledge.importers.stix_context import INCIDENT_LINKS
from hygie.knowledge.importers.stix_fields import check_object
from hygie.knowledge.importers.stix_identity import identify_object
from hygie.knowledge.importers.stix_terms import (
    FACTS_EXTENSION,
    KIND_OF_TYPE,
    PAP_MARKINGS,
    RECORD_TYPE,
    WELL_KNOWN_TLP,
)
from hygie.knowledge.kinds import IntelRecord, Kind, canonical_json
from hygie.knowledge.markings import exceeds_ceiling
from hygie.store.byte_sources import ByteSource

__all__ = ["LookUp", "PageReader"]

# Objects kept because they name what has not come: their number, not their links, decides the memory.
MAX_WAITING = 50_000
# Fields that say which record an object is, and what others need to know of it.
_LIGHT = (
    "type",
    "spec_version",
    "id",
    "created",
    "modified",
    "name",
    "revoked",
    "x_mitre_deprecated",
    "published",
)

StixObject = Mapping[str, Any]
LookUp = Callable[[Sequence[str]], Iterable[StixObject]]


class PageReader:
    """Turns pages into records.

    Parameters
    ----------
    look_up
        Asks for objects by id, as far as they are there; None where every object will come by itself.
    """

    def __init__(self, options: ImportOptions, *, look_up: LookUp | None = None) -> None:
        self._options = options
        self._look_up = look_up
        self._known: dict[str, bytes] = {}
        self._asked: set[str] = set()
        # Sources that objects cite, and those that stand as objects of their own.
        self._cited: dict[str, TLP] = {}
        self._stated: set[str] = set()
        # Missing id → the objects that name it, by id.
        self._waiting: dict[str, dict[str, StixObject]] = {}
        self._waiting_count = 0
        # Incidents, and the relationships that leave them: together they say what happened.
        self._incidents: dict[str, StixObject] = {}
        self._links: dict[str, dict[str, StixObject]] = {}

    def read(self, objects: Sequence[StixObject], *, name: str) -> tuple[ImportItem, ...]:
        """Return the records of a page, and again those of former pages that it completes.

        Raises
        ------
        DocumentError
            The page cannot be read as STIX.
        """
        if not objects:
            return ()
        page = {found["id"]: found for found in objects if isinstance(found.get("id"), str)}
        again = self._find_completed(page)
        own = [*again.values(), *objects]
        links = self._find_links([*page, *again])
        wanted = {ref for found in (*own, *links) for ref in _iterate_refs(found)}
        self._ask(wanted - page.keys())
        light = [
            json.loads(self._known[ref]) for ref in sorted(wanted & self._known.keys() - page.keys() - again.keys())
        ]
        bundle = [*light, *(link for link in links if link["id"] not in page), *own]
        others = _identify(bundle[: len(bundle) - len(own)]) - _identify(own)
        items = tuple(
            item
            for item in _convert(bundle, name=name, options=self._options)
            # A page is no release, and objects that only give context were read on their own page.
            if not isinstance(item, Release)
            and (item.kind, item.ref) not in others
            and self._describes(item, reread=bool(again))
        )
        for found in own:
            self._remember(found)
        return items

    def _describes(self, item: ImportItem, *, reread: bool) -> bool:
        """Return whether a source that objects cite is to be described by this one.

        The first that cites it describes it, until one that may travel further does, as in a bundle; an object that
        is read again may have got a stricter marking since.
        """
        if not isinstance(item, IntelRecord) or item.kind != "source":
            return True
        if item.document is not None:
            self._stated.add(item.ref)
            return True
        level, known = TLP(item.data["tlp"]), self._cited.get(item.ref)
        wider = known is None or exceeds_ceiling(known, ceiling=level)
        stricter = reread and known is not None and exceeds_ceiling(level, ceiling=known)
        if item.ref in self._stated or not (wider or stricter):
            return False
        self._cited[item.ref] = level
        return True

    def _find_completed(self, page: Mapping[str, StixObject]) -> dict[str, StixObject]:
        again: dict[str, StixObject] = {}
        for found in page.values():
            completed = self._waiting.pop(found["id"], {})
            self._waiting_count -= len(completed)
            again.update(completed)
            incident = self._incidents.get(str(found.get("source_ref"))) if _is_incident_link(found) else None
            if incident is not None:
                again[incident["id"]] = incident
        # A link that is read again says something new of its incident.
        for found in list(again.values()):
            incident = self._incidents.get(str(found.get("source_ref"))) if _is_incident_link(found) else None
            if incident is not None:
                again[incident["id"]] = incident
        return {key: found for key, found in again.items() if key not in page}

    def _find_links(self, ids: Iterable[str]) -> list[StixObject]:
        return [link for stix_id in ids for link in self._links.get(stix_id, {}).values()]

    def _ask(self, refs: Iterable[str]) -> None:
        if self._look_up is None:
            return
        # Only what has a record, or marks one, tells more by itself than its id.
        missing = sorted(
            ref
            for ref in refs
            if ref not in self._known
            and ref not in self._asked
            and (ref.partition("--")[0] in KIND_OF_TYPE or ref.startswith("marking-definition--"))
        )
        if not missing:
            return
        self._asked.update(missing)
        for found in self._look_up(missing):
            if found.get("id") in missing:
                self._known[found["id"]] = _lighten(found)

    def _remember(self, found: StixObject) -> None:
        stix_id = found.get("id")
        if not isinstance(stix_id, str):
            return
        if found.get("type") not in ("relationship", "sighting"):
            self._known[stix_id] = _lighten(found)
        if found.get("type") == "incident":
            self._incidents[stix_id] = found
        if _is_incident_link(found):
            self._links.setdefault(str(found["source_ref"]), {})[stix_id] = found
        for ref in _iterate_refs(found):
            if ref not in self._known and self._waiting_count < MAX_WAITING:
                waiting = self._waiting.setdefault(ref, {})
                self._waiting_count += stix_id not in waiting
                waiting[stix_id] = found


def _is_incident_link(found: StixObject) -> bool:
    return (
        found.get("type") == "relationship"
        and str(found.get("source_ref", "")).startswith("incident--")
        and found.get("relationship_type") in INCIDENT_LINKS
    )


def _iterate_refs(found: StixObject) -> Iterator[str]:
    """Yield the ids on which the record of an object depends."""
    names: Sequence[str]
    match found.get("type"):
        case "relationship":
            names = ("source_ref", "target_ref")
        case "sighting":
            names = ("sighting_of_ref", "where_sighted_refs", "observed_data_refs", "created_by_ref")
        case "report" | "incident":
            names = ("created_by_ref",)
        case _:
            names = ()
    for name in (*names, "object_marking_refs"):
        value = found.get(name)
        for ref in value if isinstance(value, list) else [value]:
            if isinstance(ref, str) and ref not in WELL_KNOWN_TLP and ref not in PAP_MARKINGS:
                yield ref


def _lighten(found: StixObject) -> bytes:
    """Return what other objects need to know of an object, as JSON."""
    if found.get("type") in ("marking-definition", RECORD_TYPE):
        return canonical_json(found).encode()
    light = {key: found[key] for key in _LIGHT if key in found}
    references = found.get("external_references")
    if isinstance(references, list):
        # A report is known by its address; of other objects, a catalogue's id.
        keys = (
            ("source_name", "external_id", "url") if found.get("type") == "report" else ("source_name", "external_id")
        )
        light["external_references"] = [
            {key: item[key] for key in keys if key in item}
            for item in references
            if isinstance(item, dict) and ("external_id" in item or "url" in keys)
        ]
    extensions = found.get("extensions")
    if isinstance(extensions, dict) and FACTS_EXTENSION in extensions:
        light["extensions"] = {FACTS_EXTENSION: extensions[FACTS_EXTENSION]}
    return canonical_json(light).encode()


def _identify(objects: Iterable[StixObject]) -> set[tuple[Kind | None, str]]:
    found: set[tuple[Kind | None, str]] = set()
    for value in objects:
        try:
            found.add(identify_object(check_object(value)))
        except SchemaError:
            continue
    return found


def _convert(objects: Sequence[StixObject], *, name: str, options: ImportOptions) -> Iterator[IntelRecord | ImportItem]:
    content = canonical_json(objects)
    # The id of a bundle means nothing (STIX 2.1, section 8), but must be there.
    bundle = f'{{"type":"bundle","id":"bundle--{uuid5(EVIDENCE_NAMESPACE, content)}","objects":{content}}}'
    yield from import_stix(ByteSource(name=name, content=bundle.encode()), options)
