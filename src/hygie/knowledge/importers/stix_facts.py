"""From one STIX 2.1 object to the facts of its record, in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.importers.stix_context import StixContext
from hygie.knowledge.importers.stix_extension import fill_empty, read_extension
from hygie.knowledge.importers.stix_fields import read_day, read_list, read_mapping, read_text, read_texts
from hygie.knowledge.importers.stix_identity import (
    find_attack_id,
    find_domain,
    identify_object,
    identify_standard,
    iterate_references,
)
from hygie.knowledge.importers.stix_incidents import map_incident
from hygie.knowledge.importers.stix_sources import cite_object, cite_references, map_report
from hygie.knowledge.importers.stix_terms import ATTACK_SOURCES, RECORD_TYPE
from hygie.knowledge.kinds import Kind

__all__ = ["MappedObject", "map_object"]

# threat-actor-type-ov (STIX 2.1, section 10.24) in our words; the others say nothing that we have a word for.
_ACTOR_KINDS: Mapping[str, str] = {
    "activist": "hacktivist",
    "crime-syndicate": "criminal",
    "criminal": "criminal",
    "insider-accidental": "insider",
    "insider-disgruntled": "insider",
    "nation-state": "state",
    "unknown": "unknown",
}
_IDENTITY_CLASSES = frozenset({"individual", "group", "system", "organization", "class", "unknown"})
# Where objects without a name say what they are: cyber-observables first.
_NAMES = ("name", "value", "subject", "abstract", "display_name", "path", "key", "explanation")


@dataclass(frozen=True, slots=True, kw_only=True)
class MappedObject:
    """What a STIX object says in our words: not yet judged by the model of its kind.

    Parameters
    ----------
    sources
        Evidence rows of the sources that it cites, by ref.
    """

    kind: Kind
    ref: str
    name: str
    data: dict[str, Any]
    sources: Mapping[str, dict[str, Any]] = field(default_factory=dict)


def map_object(
    found: Mapping[str, Any],
    *,
    context: StixContext,
    received_on: date,
    tlp: TLP | None = None,
    with_extension: bool = True,
) -> MappedObject:
    """Return the facts of a sound STIX object.

    Parameters
    ----------
    tlp
        Marking of the object, for the sources that it cites.
    with_extension
        False for what the standard fields alone say, as a reader without our extension sees them.

    Raises
    ------
    SchemaError
        A field is not of its type.
    """
    if found["type"] == RECORD_TYPE:
        return _map_record(found)
    stated = read_extension(found) if with_extension else None
    kind, ref = identify_object(found) if with_extension else identify_standard(found)
    standard = identify_standard(found)[0]
    sources: dict[str, dict[str, Any]] = {}
    # A record that lists its evidence itself does not take every link of the object for one.
    if standard in _CITING and (stated is None or not ({"evidence"} & {*stated.facts, *stated.absent})):
        sources = dict(cite_references(found, received_on=received_on, tlp=tlp))
    data: dict[str, Any]
    match standard:
        case "technique" | "tactic" | "mitigation":
            data = _map_attack(found, standard)
        case "actor":
            data = _map_actor(found)
        case "software":
            data = _map_software(found)
        case "campaign":
            data = _map_campaign(found)
        case "vulnerability":
            data = _map_vulnerability(found)
        case "identity":
            data = _map_identity(found)
        case "relationship":
            data = _map_relationship(found, context)
        case "source":
            data = map_report(found, context=context, received_on=received_on, tlp=tlp)
        case "incident":
            # Relationships tell of an incident what the record does not state itself.
            data = map_incident(found, context=context if stated is None else StixContext())
            if not sources and stated is None:
                sources = dict([cite_object(found, context=context, received_on=received_on, tlp=tlp)])
        case _:
            data = {"ref": found["id"], "type": found["type"], "name": _name_object(found)}
    data = {"ref": ref, **{key: value for key, value in data.items() if value not in (None, []) and key != "ref"}}
    if sources:
        data["evidence"] = list(sources)
    if stated is not None:
        data = stated.apply(data)
    name = stated.name if stated is not None and stated.name is not None else _name_record(found, data)
    return MappedObject(kind=kind, ref=ref, name=name, data=data, sources=sources)


_CITING = frozenset({"actor", "campaign", "technique", "software", "vulnerability", "relationship", "incident"})


def _map_record(found: Mapping[str, Any]) -> MappedObject:
    kind, ref = identify_object(found)
    data = fill_empty(read_mapping(found, "facts"), found)
    name = read_text(found, "name")
    return MappedObject(kind=kind, ref=ref, name=name or ref, data=data)


def _name_object(found: Mapping[str, Any]) -> str | None:
    for name in _NAMES:
        text = found.get(name)
        if isinstance(text, str) and text.strip():
            return text if len(text) <= 4000 else text[:3999] + "…"
    return None


def _name_record(found: Mapping[str, Any], data: Mapping[str, Any]) -> str:
    if found["type"] in ("relationship", "sighting"):
        return f"{data['source']} {data['type']} {data['target']}"
    return _name_object(found) or str(data["ref"])


def _need_name(found: Mapping[str, Any]) -> str:
    name = read_text(found, "name")
    if name is None:
        raise SchemaError("the name is missing", field="name", allowed="a text", repair="give the object a name")
    return name


def _map_attack(found: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    attack_id = find_attack_id(found, kind)
    assert attack_id is not None
    data: dict[str, Any] = {
        "name": _need_name(found),
        "domain": find_domain(found, attack_id),
        "summary": read_text(found, "description"),
    }
    if kind == "tactic":
        data["shortname"] = read_text(found, "x_mitre_shortname")
    if kind == "technique":
        data["tactics"] = _read_tactics(found)
        data["platforms"] = read_texts(found, "x_mitre_platforms")
        data["parent"] = attack_id.partition(".")[0] if "." in attack_id else None
    return data


def _read_tactics(found: Mapping[str, Any]) -> list[str]:
    tactics = []
    for index, phase in enumerate(read_list(found, "kill_chain_phases")):
        if not isinstance(phase, dict):
            raise SchemaError(
                "this is not a kill chain phase",
                field=f"kill_chain_phases[{index}]",
                value=phase,
                allowed="a JSON object",
                repair="correct it",
            )
        tactic = read_text(phase, "phase_name")
        if str(phase.get("kill_chain_name")) in ATTACK_SOURCES and tactic is not None:
            tactics.append(tactic)
    return list(dict.fromkeys(tactics))


def _map_actor(found: Mapping[str, Any]) -> dict[str, Any]:
    name = _need_name(found)
    attack_id = find_attack_id(found, "actor")
    primary = read_text(found, "primary_motivation")
    motives = [
        *([primary] if primary else []),
        *read_texts(found, "secondary_motivations"),
        *read_texts(found, "personal_motivations"),
    ]
    kinds = (_ACTOR_KINDS.get(item) for item in read_texts(found, "threat_actor_types"))
    return {
        "name": name,
        "aliases": [item for item in read_texts(found, "aliases") if item != name],
        "attack_ids": [attack_id] if attack_id else [],
        "kind": next((item for item in kinds if item is not None), None),
        "motives": list(dict.fromkeys(motives)),
        "first_seen": read_day(found, "first_seen"),
        "summary": read_text(found, "description"),
    }


def _map_software(found: Mapping[str, Any]) -> dict[str, Any]:
    # STIX lets malware be without a name.
    name = read_text(found, "name") or found["id"]
    attack_id = find_attack_id(found, "software")
    ransomware = "ransomware" in read_texts(found, "malware_types")
    return {
        "name": name,
        "kind": "tool" if found["type"] == "tool" else "ransomware" if ransomware else "malware",
        "aliases": [
            item
            for item in dict.fromkeys([*read_texts(found, "aliases"), *read_texts(found, "x_mitre_aliases")])
            if item != name
        ],
        "attack_ids": [attack_id] if attack_id else [],
        "platforms": read_texts(found, "x_mitre_platforms"),
        "summary": read_text(found, "description"),
    }


def _map_campaign(found: Mapping[str, Any]) -> dict[str, Any]:
    name = _need_name(found)
    return {
        "name": {"en": name, "fr": name},
        "started_on": read_day(found, "first_seen"),
        "ended_on": read_day(found, "last_seen"),
        "summary": read_text(found, "description"),
    }


def _map_vulnerability(found: Mapping[str, Any]) -> dict[str, Any]:
    cwes = [
        str(item.get("external_id"))
        for item in iterate_references(found)
        if str(item.get("source_name", "")).lower() == "cwe" and item.get("external_id")
    ]
    return {
        "name": read_text(found, "name"),
        "cwes": list(dict.fromkeys(cwes)),
        "summary": read_text(found, "description"),
    }


def _map_identity(found: Mapping[str, Any]) -> dict[str, Any]:
    if found["type"] == "location":
        country = read_text(found, "country")
        finer = any(
            found.get(name) is not None for name in ("city", "administrative_area", "street_address", "latitude")
        )
        fallback = next((text for text in (country, read_text(found, "region")) if text), found["id"])
        return {
            "name": read_text(found, "name") or fallback,
            "kind": "country" if country is not None and not finer else "location",
            "country": country,
            "summary": read_text(found, "description"),
        }
    identity_class = read_text(found, "identity_class")
    # OpenCTI publishes sectors as classes; STIX has no word of its own for them.
    sector = identity_class == "class" and str(found.get("x_opencti_type", "")).lower() == "sector"
    known = identity_class if identity_class in _IDENTITY_CLASSES else "unknown"
    return {
        "name": _need_name(found),
        "kind": "sector" if sector else known,
        "sectors": read_texts(found, "sectors"),
        "aliases": read_texts(found, "x_opencti_aliases"),
        "summary": read_text(found, "description"),
    }


def _map_relationship(found: Mapping[str, Any], context: StixContext) -> dict[str, Any]:
    if found["type"] == "sighting":
        where = [*read_texts(found, "where_sighted_refs"), *read_texts(found, "observed_data_refs")]
        seen_by = next(iter(where), None) or read_text(found, "created_by_ref") or found["id"]
        link, source_id, target_id = "sighting-of", seen_by, read_text(found, "sighting_of_ref")
        first, last = "first_seen", "last_seen"
    else:
        link = read_text(found, "relationship_type") or ""
        source_id, target_id = read_text(found, "source_ref") or "", read_text(found, "target_ref")
        first, last = "start_time", "stop_time"
    for value, name in ((link, "relationship_type"), (source_id, "source_ref"), (target_id, "target_ref")):
        if not value:
            name = name if found["type"] == "relationship" else "sighting_of_ref"
            raise SchemaError("the relationship is not complete", field=name, repair="give both ends and the type")
    source_kind, source = context.ref_of(source_id)
    target_kind, target = context.ref_of(target_id or "")
    return {
        "type": link,
        "source": source,
        "target": target,
        "source_kind": source_kind,
        "target_kind": target_kind,
        "started_on": read_day(found, first),
        "ended_on": read_day(found, last),
        "summary": read_text(found, "description"),
    }
