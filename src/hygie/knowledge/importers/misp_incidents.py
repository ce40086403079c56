"""Which MISP events are incidents, and what they say as such.

An event may be “composed from an incident, a security analysis report or a specific threat actor analysis” (MISP core
format, section 2.2), and its tags do not tell: the OSINT feed of CIRCL tags reports on malware samples
`circl:incident-classification="malware"`. An event becomes an incident when it

- carries an `incident` object, a tag `incident-disposition:incident`, or tags of the `veris` taxonomy that code an
  action or a victim: its author recorded an incident; or
- names exactly one victim (a `victim` object or a `target-org` attribute) and says what befell it (a tag of a
  taxonomy of incidents, a ransomware family, a `ransom-negotiation` or `ddos` object).

Exercises and what its author judged no incident (`exercise:`, `incident-disposition:not-an-incident`, an `incident`
object blocked, failed or false) never are. Everything else is kept as it is, with its document.

Sources: https://github.com/MISP/misp-taxonomies and https://github.com/MISP/misp-objects.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from hygie.core.errors import SchemaError
from hygie.knowledge.embedded.places import SectorNames
from hygie.knowledge.importers.leak_sites import slugify_actor
from hygie.knowledge.importers.misp_fields import (
    EventHead,
    clip,
    is_set,
    iterate_attributes,
    iterate_objects,
    list_tags,
    read_list,
)
from hygie.knowledge.importers.misp_galaxies import Mention, find_country
from hygie.knowledge.importers.stix_incidents import CLASS_OF_TYPE
from hygie.knowledge.records import UNKNOWN_ACTOR

__all__ = ["GROUP_POST", "describe_incident", "list_group_posts"]

GROUP_POST = "ransomware-group-post"
UNKNOWN = "unknown"

_NEVER = re.compile(r"(cyber-)?exercise:|incident-disposition:(not-an-incident|duplicate)", re.I)
_RECORDED = re.compile(r"incident-disposition:incident|veris:(action|victim):", re.I)
# Taxonomies that say what befell somebody.
_CLASSIFIED = re.compile(
    r"(circl:incident-classification|ecsirt:|rsit:|europol-(event|incident):|csirt[-_]case[-_]classification:|"
    r"common-taxonomy:|cert-xlm:|enisa:|data-breach-classification:|ransomware\b|veris:)",
    re.I,
)
_NOT_SUCCESSFUL = frozenset({"blocked", "failed-attempt", "false-positive", "low-value"})
_CLASSES: Sequence[tuple[str, re.Pattern[str]]] = (
    ("ransomware", re.compile(r"ransom", re.I)),
    ("ddos", re.compile(r"ddos|denial[-_ ]of[-_ ]service|:dos\b|\"dos\"", re.I)),
    # A leak alone does not say that there was blackmail.
    ("extortion", re.compile(r"extortion|blackmail", re.I)),
    (
        "intrusion",
        re.compile(r"compromis|intrusion|unauthori[sz]ed|exfiltration|\"malware\"|malicious-code|wiper", re.I),
    ),
)
_HEALTH = frozenset({"health", "healthcare", "medical", "biomedical", "hospital"})
_COUNTRY = re.compile(r"[A-Za-z]{2}")


def describe_incident(event: Mapping[str, Any], head: EventHead, mentions: Sequence[Mention]) -> dict[str, Any] | None:
    """Return the facts of the incident that an event describes, evidence apart; None where it describes none.

    Raises
    ------
    SchemaError
        A part of the event is not what the format says.
    """
    tags = [tag for part in (event, *iterate_attributes(event)) for tag in list_tags(part)]
    objects = list(iterate_objects(event))
    names = _list_victims(event)
    if not _is_incident(tags, objects, mentions, victims=len(names)):
        return None
    started_on = _find_start(event) or head.day
    if started_on is None:
        raise SchemaError("the incident is not dated", field="Event.date", allowed="YYYY-MM-DD", repair="add the date")
    sourced = any(tag.lower().startswith("osint:") for tag in tags)
    actors = [mention for mention in mentions if mention.kind == "actor"]
    data: dict[str, Any] = {
        "ref": head.ref,
        "started_on": started_on.isoformat(),
        "date_precision": "day",
        # The format says that `date` is the day on which the event occurred; of a news item it is the day of the news.
        "date_basis": "disclosure" if sourced and _find_start(event) is None else "attack",
        "victim": _describe_victim(event, names, mentions),
        "threat_class": _classify(tags, objects, mentions),
        # Several names are several opinions: none is chosen here, relationships keep them all.
        "actor": {"name": slugify_actor(actors[0].name), "confidence": "low"}
        if len(actors) == 1
        else {"name": UNKNOWN_ACTOR, "confidence": "none"},
        "techniques": [mention.ref for mention in mentions if mention.kind == "technique"],
        "ids": [{"catalogue": "MISP", "id": head.uuid}],
        "title": head.info,
    }
    if head.published_on is not None:
        data["published_on"] = head.published_on.isoformat()
    return {key: value for key, value in data.items() if value}


def list_group_posts(event: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the posts of leak sites that an event carries, with the fields of the trackers' own files."""
    posts = []
    for found in iterate_objects(event):
        if found.get("name") != GROUP_POST:
            continue
        values = _read_object(found)
        fields = {
            "post_title": values.get("entity-name") or values.get("title"),
            "group_name": values.get("ransomware-group"),
            "published": values.get("date-published") or values.get("date"),
            "discovered": values.get("date"),
            "country": values.get("geo"),
            "activity": values.get("sector"),
            "website": values.get("website"),
            "post_url": values.get("link"),
            "description": values.get("description"),
        }
        posts.append({key: value for key, value in fields.items() if value})
    return posts


def _is_incident(
    tags: Sequence[str], objects: Sequence[Mapping[str, Any]], mentions: Sequence[Mention], *, victims: int
) -> bool:
    if any(_NEVER.match(tag) for tag in tags):
        return False
    recorded = [_read_object(found) for found in objects if found.get("name") == "incident"]
    if any(values.get("determination", "") in _NOT_SUCCESSFUL for values in recorded):
        return False
    if recorded or any(_RECORDED.match(tag) for tag in tags):
        return True
    if victims != 1:
        return False
    return (
        any(_CLASSIFIED.match(tag) for tag in tags)
        or any(found.get("name") in ("ransom-negotiation", "ddos") for found in objects)
        or any(mention.galaxy == "ransomware" for mention in mentions)
    )


def _list_victims(event: Mapping[str, Any]) -> list[str]:
    """Return the organisations that the event names as victims, each once."""
    values = (entry.get("value") for entry in iterate_attributes(event) if entry.get("type") == "target-org")
    names: dict[str, str] = {}
    for value in values:
        if isinstance(value, str) and value.strip():
            names.setdefault(value.strip().casefold(), clip(value))
    return list(names.values())


def _describe_victim(event: Mapping[str, Any], names: Sequence[str], mentions: Sequence[Mention]) -> dict[str, str]:
    described = [_read_object(found) for found in iterate_objects(event) if found.get("name") == "victim"]
    places = [entry.get("value") for entry in iterate_attributes(event) if entry.get("type") == "target-location"]
    countries = {code for place in places if isinstance(place, str) and (code := find_country(place))}
    countries |= {
        code
        for mention in mentions
        if mention.kind == "identity" and mention.data.get("kind") == "country" and (code := find_country(mention.name))
    }
    words = [values["sectors"] for values in described if "sectors" in values]
    words += [mention.name for mention in mentions if mention.data.get("kind") == "sector"]
    words += [match[1] for tag in list_tags(event) if (match := re.fullmatch(r'circl:topic="(medical)"', tag))]
    sectors = list(dict.fromkeys(_name_sector(word) for word in words))
    victim = {
        "name": names[0] if len(names) == 1 else UNKNOWN,
        "kind": "organisation" if len(names) == 1 else UNKNOWN,
    }
    if len(countries) == 1:
        victim["country"] = countries.pop()
    if len(sectors) == 1:
        victim["sector"] = sectors[0]
    return victim


def _name_sector(word: str) -> str:
    if word.casefold() in _HEALTH:
        return "health"
    return slugify_actor(next(iter(_read_sectors().unify([word])), word))


@lru_cache(maxsize=1)
def _read_sectors() -> SectorNames:
    return SectorNames.read()


def _classify(tags: Sequence[str], objects: Sequence[Mapping[str, Any]], mentions: Sequence[Mention]) -> str:
    for values in (_read_object(found) for found in objects if found.get("name") == "incident"):
        if values.get("incident_type") in CLASS_OF_TYPE:
            return CLASS_OF_TYPE[values["incident_type"]]
    said = [tag for tag in tags if not tag.lower().startswith("misp-galaxy:")]
    said += [str(found.get("name")) for found in objects]
    said += [mention.galaxy for mention in mentions]
    return next((name for name, pattern in _CLASSES if any(pattern.search(text) for text in said)), UNKNOWN)


def _find_start(event: Mapping[str, Any]) -> date | None:
    """Return the first day on which a victim was seen to be one."""
    days = []
    for found in (*iterate_objects(event), *iterate_attributes(event)):
        about_victim = found.get("name") in ("victim", "incident") or found.get("type") == "target-org"
        text = found.get("first_seen")
        if about_victim and isinstance(text, str):
            try:
                days.append(date.fromisoformat(text[:10]))
            except ValueError:
                continue
    return min(days, default=None)


def _read_object(found: Mapping[str, Any]) -> dict[str, str]:
    """Return the first value of each field of an object."""
    values: dict[str, str] = {}
    for entry in read_list(found, "Attribute"):
        relation, value = entry.get("object_relation"), entry.get("value")
        if isinstance(relation, str) and isinstance(value, str) and value.strip() and not is_set(entry.get("deleted")):
            values.setdefault(relation, clip(value))
    return values
