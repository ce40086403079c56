"""STIX incidents: a stub in the standard, with the OASIS Incident Core extension, and what relationships add.

The standard dates nothing: without `first_seen` (OpenCTI) the day of the object stands for the day it was made known,
and `date_basis` says so. What nobody says stays `unknown`: class, actor, victim.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from hygie.knowledge.importers.leak_sites import slugify_actor
from hygie.knowledge.importers.stix_context import IncidentLink, StixContext
from hygie.knowledge.importers.stix_fields import read_day, read_mapping, read_text, read_texts
from hygie.knowledge.importers.stix_identity import iterate_references
from hygie.knowledge.importers.stix_terms import INCIDENT_CORE
from hygie.knowledge.records import UNKNOWN_ACTOR

__all__ = ["CLASS_OF_TYPE", "TYPES_OF_CLASS", "map_incident"]

# Words of event-type-ov (Incident Core) that mean what a threat class of the health pack means.
TYPES_OF_CLASS: Final[Mapping[str, str]] = {
    "ransomware": "ransomware",
    "ddos": "denial-of-service",
    "extortion": "data-exfiltration",
    "intrusion": "unauthorized-access-system",
    "provider": "supply-chain-customer",
}
# Read back, a word alone does not say that there was blackmail, or that a provider was hit first.
CLASS_OF_TYPE: Final[Mapping[str, str]] = {
    "ransomware": "ransomware",
    "denial-of-service": "ddos",
    "unauthorized-access-system": "intrusion",
    "compromised-system": "intrusion",
}
UNKNOWN = "unknown"


def map_incident(found: Mapping[str, Any], *, context: StixContext) -> dict[str, Any]:
    """Return the facts of an incident, evidence apart.

    Raises
    ------
    SchemaError
        A field is not of its type.
    """
    core = read_mapping(read_mapping(found, "extensions"), INCIDENT_CORE)
    links = context.links.get(found["id"], [])
    started_on = read_day(found, "first_seen")
    data: dict[str, Any] = {
        "started_on": started_on or read_day(found, "created"),
        "date_precision": "day",
        "date_basis": None if started_on else "disclosure",
        "victim": _find_victim(links, context),
        "threat_class": _find_class(read_texts(core, "incident_types")),
        "actor": _find_actor(links, context),
        "techniques": _find_techniques(links, context),
        "ids": _read_ids(found),
        "title": read_text(found, "name"),
        "summary": read_text(found, "description"),
    }
    return data


def _find_class(types: Iterable[str]) -> str:
    return next((CLASS_OF_TYPE[item] for item in types if item in CLASS_OF_TYPE), UNKNOWN)


def _find_victim(links: Iterable[IncidentLink], context: StixContext) -> dict[str, Any]:
    for link in links:
        name = context.names.get(link.target)
        if link.type in ("targets", "impacts") and link.target.startswith("identity--") and name is not None:
            return {"name": name, "kind": "organisation"}
    return {"name": UNKNOWN, "kind": UNKNOWN}


def _find_actor(links: Iterable[IncidentLink], context: StixContext) -> dict[str, str]:
    for link in links:
        kind, _ = context.ref_of(link.target)
        if link.type == "attributed-to" and kind == "actor" and link.target in context.names:
            name = slugify_actor(context.names[link.target])
            return {"name": name, "confidence": _grade_confidence(link.confidence)}
    return {"name": UNKNOWN_ACTOR, "confidence": "none"}


def _grade_confidence(confidence: int | None) -> str:
    """Return the word of STIX 2.1, appendix A, for a confidence [%]; an attribution that states none counts as low."""
    if confidence is None:
        return "low"
    return "high" if confidence >= 70 else "medium" if confidence >= 30 else "low" if confidence >= 1 else "none"


def _find_techniques(links: Iterable[IncidentLink], context: StixContext) -> list[str]:
    found = (context.ref_of(link.target) for link in links if link.type == "uses")
    return list(dict.fromkeys(ref for kind, ref in found if kind == "technique"))


def _read_ids(found: Mapping[str, Any]) -> list[dict[str, str]]:
    ids = []
    for item in iterate_references(found):
        name, catalogue = read_text(item, "external_id"), read_text(item, "source_name")
        if name is None or catalogue is None:
            continue
        address = read_text(item, "url")
        ids.append({"catalogue": catalogue, "id": name, **({"url": address} if address else {})})
    return ids
