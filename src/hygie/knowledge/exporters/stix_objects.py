"""From one record to the standard fields of its STIX 2.1 object."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid5

from hygie.knowledge.importers.stix_fields import is_stix_id
from hygie.knowledge.importers.stix_incidents import TYPES_OF_CLASS, UNKNOWN
from hygie.knowledge.importers.stix_terms import (
    ATTACK_SOURCES,
    INCIDENT_CORE,
    MOTIVES,
    RECORD_TYPE,
    STIX_NAMESPACE,
)
from hygie.knowledge.kinds import IntelRecord, Kind, canonical_json

__all__ = ["FIELD_PROPERTIES", "StixIds", "build_properties", "derive_stix_id", "name_type"]

STIX_FORMAT: Final = "stix-2.1"
_CHAIN_OF_DOMAIN = {domain: chain for chain, domain in ATTACK_SOURCES.items()}
_PHASE = re.compile(r"[a-z0-9-]+")
_CWE = re.compile(r"CWE-\d+")
_CVE = re.compile(r"CVE-\d{4}-\d{4,19}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_ADDRESS = re.compile(r"https?://[^\s\"<>\\^`{|}]+")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

# Where an edited fact stands in a STIX object that came from elsewhere; other facts go to our extension.
FIELD_PROPERTIES: Final[Mapping[Kind, Mapping[str, tuple[str, ...]]]] = {
    "technique": {"name": ("name",), "summary": ("description",)},
    "tactic": {"name": ("name",), "summary": ("description",)},
    "mitigation": {"name": ("name",), "summary": ("description",)},
    "actor": {
        "name": ("name",),
        "summary": ("description",),
        "aliases": ("aliases",),
        "first_seen": ("first_seen",),
        "motives": ("primary_motivation", "secondary_motivations"),
    },
    "software": {"name": ("name",), "summary": ("description",), "aliases": ("aliases",)},
    "campaign": {
        "name": ("name",),
        "summary": ("description",),
        "started_on": ("first_seen", "last_seen"),
        "ended_on": ("first_seen", "last_seen"),
    },
    "vulnerability": {"name": ("name",), "summary": ("description",)},
    "identity": {"name": ("name",), "summary": ("description",), "sectors": ("sectors",)},
    "relationship": {"summary": ("description",), "type": ("relationship_type",)},
    "incident": {"title": ("name",), "summary": ("description",)},
}


@dataclass(slots=True)
class StixIds:
    """STIX ids of the records of one export, and the addresses of its sources.

    Parameters
    ----------
    links
        Ref of a source → (publisher, address), where it has an address.
    """

    by_record: dict[tuple[str, str], str] = field(default_factory=dict)
    by_ref: dict[str, str] = field(default_factory=dict)
    links: dict[str, tuple[str, str]] = field(default_factory=dict)

    def note(self, record: IntelRecord) -> str:
        """Take a record in, and return its STIX id."""
        stix_id = derive_stix_id(record)
        self.by_record[record.kind, record.ref] = stix_id
        self.by_ref.setdefault(record.ref, stix_id)
        source = record.data.get("source")
        if record.kind == "source" and isinstance(source, str) and _ADDRESS.fullmatch(source):
            self.links[record.ref] = (str(record.data.get("publisher", UNKNOWN)), source)
        return stix_id

    def resolve(self, ref: str, kind: str | None) -> str | None:
        """Return the STIX id behind a ref, None when nothing in the export answers to it."""
        found = self.by_ref.get(ref) if kind is None else self.by_record.get((kind, ref))
        return found or (ref if is_stix_id(ref) else None)


def derive_stix_id(record: IntelRecord) -> str:
    """Return the STIX id of a record: that of its document, else a UUIDv5 of its kind and ref.

    Equal records have equal ids wherever they are exported (in the manner of STIX 2.1, section 2.9).
    """
    if record.document_format == STIX_FORMAT and record.document is not None:
        return str(record.document["id"])
    type_ = name_type(record)
    if is_stix_id(record.ref, of_type=type_):
        return record.ref
    return f"{type_}--{uuid5(STIX_NAMESPACE, canonical_json({'kind': record.kind, 'ref': record.ref}))}"


def name_type(record: IntelRecord) -> str:
    """Return the STIX type in which a record without STIX document is written."""
    data = record.data
    match record.kind:
        case "technique":
            return "attack-pattern"
        case "mitigation":
            return "course-of-action"
        case "actor":
            return "intrusion-set"
        case "software":
            return "tool" if data.get("kind") == "tool" else "malware"
        case "campaign" | "vulnerability" | "incident" | "relationship":
            return record.kind
        case "identity":
            placed = data.get("kind") in ("country", "location") and _COUNTRY.fullmatch(str(data.get("country", "")))
            return "location" if placed else "identity"
        case _:
            return RECORD_TYPE


def build_properties(record: IntelRecord, *, ids: StixIds) -> dict[str, Any]:
    """Return what the standard fields can say of a record; fields without content are left out."""
    build = _BUILDERS.get(record.kind)
    properties = build(record, ids) if build is not None else {}
    return {key: value for key, value in properties.items() if value not in (None, [], {})}


def _build_attack(record: IntelRecord, ids: StixIds) -> dict[str, Any]:
    data = record.data
    chain = _CHAIN_OF_DOMAIN[data["domain"]]
    tactics = [item for item in data.get("tactics", []) if _PHASE.fullmatch(item)]
    return {
        "name": data["name"],
        "description": data.get("summary"),
        "kill_chain_phases": [{"kill_chain_name": chain, "phase_name": item} for item in tactics],
        "external_references": [{"source_name": chain, "external_id": record.ref}, *_build_links(data, ids)],
    }


def _build_actor(record: IntelRecord, ids: StixIds) -> dict[str, Any]:
    data = record.data
    motives = data.get("motives", [])
    known = motives if all(item in MOTIVES for item in motives) else []
    return {
        "name": data["name"],
        "description": data.get("summary"),
        "aliases": data.get("aliases"),
        "first_seen": _write_instant(data.get("first_seen")),
        "primary_motivation": known[0] if known else None,
        "secondary_motivations": list(known[1:]),
        "external_references": [*_build_catalogue_ids(data.get("attack_ids", [])[:1]), *_build_links(data, ids)],
    }


def _build_software(record: IntelRecord, ids: StixIds) -> dict[str, Any]:
    data = record.data
    malware = name_type(record) == "malware"
    return {
        "name": data["name"],
        "description": data.get("summary"),
        "aliases": data.get("aliases"),
        # A record speaks of the family, not of one sample.
        "is_family": True if malware else None,
        "malware_types": ["ransomware"] if data.get("kind") == "ransomware" else None,
        "external_references": [*_build_catalogue_ids(data.get("attack_ids", [])[:1]), *_build_links(data, ids)],
    }


def _build_catalogue_ids(attack_ids: list[str]) -> list[dict[str, str]]:
    return [{"source_name": "mitre-attack", "external_id": item} for item in attack_ids]


def _build_campaign(record: IntelRecord, ids: StixIds) -> dict[str, Any]:
    data = record.data
    name = data.get("name")
    first, last = _order_instants(data.get("started_on"), data.get("ended_on"))
    return {
        "name": name["en"] if isinstance(name, Mapping) else record.name,
        "description": data.get("summary"),
        "first_seen": first,
        "last_seen": last,
        "external_references": _build_links(data, ids),
    }


def _build_vulnerability(record: IntelRecord, ids: StixIds) -> dict[str, Any]:
    data = record.data
    cve = [{"source_name": "cve", "external_id": record.ref}] if _CVE.fullmatch(record.ref) else []
    cwes = [{"source_name": "cwe", "external_id": item} for item in data.get("cwes", []) if _CWE.fullmatch(item)]
    return {
        "name": data.get("name") or record.name,
        "description": data.get("summary"),
        "external_references": [*cve, *cwes, *_build_links(data, ids)],
    }


def _build_identity(record: IntelRecord, ids: StixIds) -> dict[str, Any]:
    data = record.data
    if name_type(record) == "location":
        return {"name": data["name"], "description": data.get("summary"), "country": data["country"]}
    placed = data["kind"] in ("country", "location")
    return {
        "name": data["name"],
        "description": data.get("summary"),
        "identity_class": "class" if data["kind"] == "sector" else "unknown" if placed else data["kind"],
        "sectors": data.get("sectors"),
        "external_references": _build_links(data, ids),
    }


def _build_relationship(record: IntelRecord, ids: StixIds) -> dict[str, Any]:
    data = record.data
    start, stop = _order_instants(data.get("started_on"), data.get("ended_on"))
    return {
        "relationship_type": data["type"] if _PHASE.fullmatch(data["type"]) else "related-to",
        "description": data.get("summary"),
        "source_ref": ids.resolve(data["source"], data.get("source_kind")),
        "target_ref": ids.resolve(data["target"], data.get("target_kind")),
        "start_time": start,
        # STIX wants the end after the start.
        "stop_time": stop if stop != start else None,
        "external_references": _build_links(data, ids),
    }


def _build_incident(record: IntelRecord, ids: StixIds) -> dict[str, Any]:
    data = record.data
    named = []
    for item in data.get("ids", []):
        address = item.get("url")
        link = {"url": address} if address and _ADDRESS.fullmatch(address) else {}
        named.append({"source_name": item["catalogue"], "external_id": item["id"], **link})
    types = [TYPES_OF_CLASS[data["threat_class"]]] if data.get("threat_class") in TYPES_OF_CLASS else None
    claimed = data.get("data_leaked") == "claimed" or data.get("date_basis") == "leak_post"
    core = {
        "extension_type": "property-extension",
        # A claim on a leak site is not a finding.
        "determination": "suspected" if claimed else "confirmed",
        # The vocabulary is open, and nobody told us.
        "investigation_status": UNKNOWN,
        "incident_types": types,
    }
    return {
        "name": data.get("title") or record.name,
        "description": data.get("summary"),
        "external_references": [*named, *_build_links(data, ids)],
        "extensions": {INCIDENT_CORE: {key: value for key, value in core.items() if value is not None}},
    }


def _build_links(data: Mapping[str, Any], ids: StixIds) -> list[dict[str, str]]:
    links = (ids.links.get(ref) for ref in data.get("evidence", []))
    return [{"source_name": link[0], "url": link[1]} for link in dict.fromkeys(links) if link is not None]


def _write_instant(day: str | None) -> str | None:
    # A month or a year would look like its first day: it goes to our extension.
    return f"{day}T00:00:00.000Z" if day is not None and _DAY.fullmatch(day) else None


def _order_instants(start: str | None, stop: str | None) -> tuple[str | None, str | None]:
    first, last = _write_instant(start), _write_instant(stop)
    return first, last if first is None or last is None or last >= first else None


_BUILDERS: Final[Mapping[str, Callable[[IntelRecord, StixIds], dict[str, Any]]]] = {
    "technique": _build_attack,
    "mitigation": _build_attack,
    "actor": _build_actor,
    "software": _build_software,
    "campaign": _build_campaign,
    "vulnerability": _build_vulnerability,
    "identity": _build_identity,
    "relationship": _build_relationship,
    "incident": _build_incident,
}
