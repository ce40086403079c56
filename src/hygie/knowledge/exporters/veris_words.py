"""Facts of an incident in VERIS words: one small writer for each group of fields."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from hygie.core.units import UNITS, convert_factor
from hygie.knowledge.importers.veris_mapping import DURATION_UNITS, NAICS_SECTORS, UNKNOWN_VICTIM
from hygie.knowledge.records import UNKNOWN_ACTOR

__all__ = ["settle_words", "write_facts"]

# What a class says in VERIS words when the facts hold none.
_CLASS_ACTIONS: Mapping[str, tuple[str, ...]] = {
    "ransomware": ("malware.Ransomware",),
    "ddos": ("hacking.DoS",),
    "intrusion": ("hacking.Unknown",),
    "extortion": ("hacking.Unknown", "social.Extortion"),
    "misuse": ("misuse.Unknown",),
    "social": ("social.Unknown",),
    "physical": ("physical.Unknown",),
    "error": ("error.Unknown",),
    "environmental": ("environmental.Unknown",),
}
_INSIDE_CLASSES = ("misuse", "error")
_DISCLOSURE = {"yes": "Yes", "no": "No", "claimed": "Potentially", "unknown": "Unknown"}
_SIZES = (
    (10, "1 to 10"),
    (100, "11 to 100"),
    (1000, "101 to 1000"),
    (10_000, "1001 to 10000"),
    (25_000, "10001 to 25000"),
    (50_000, "25001 to 50000"),
    (100_000, "50001 to 100000"),
)
_SIZE_WORDS = {*(word for _, word in _SIZES), "Over 100000", "Small", "Large", "Unknown"}
# `discovery_method` before version 1.3.3, as the publisher converts it.
_OLD_SIDES = {"Ext": "external", "Int": "internal", "Prt": "partner"}
_SUBDIVISION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_STATUSES = ("Confirmed", "Suspected", "Near miss", "False positive")
_ACTION_KINDS = {"hacking", "malware", "social", "error", "misuse", "physical", "environmental", "unknown"}
_ACTOR_SIDES = {"external", "internal", "partner", "unknown"}


def write_facts(document: dict[str, Any], data: Mapping[str, Any], *, changed: set[str] | None = None) -> None:
    """Write facts into a VERIS record; of a record that came as VERIS, only the fields that changed.

    Parameters
    ----------
    changed
        Fields to write, those of `victim` and `veris` one by one (`victim.country`); None writes all.
    """
    for fields, write in _WRITERS:
        if changed is None or changed & set(fields):
            write(document, data)


def settle_words(document: dict[str, Any], enumerations: Mapping[str, Any]) -> None:
    """Replace words that the enumerations do not have by `Other`, where they know it, else by `Unknown`.

    >>> record = {"action": {"hacking": {"variety": ["Telepathy"]}}}
    >>> settle_words(record, {"action": {"hacking": {"variety": ["SQLi", "Other", "Unknown"]}}})
    >>> record
    {'action': {'hacking': {'variety': ['Other']}}}
    """
    for key, allowed in enumerations.items():
        value = document.get(key)
        if isinstance(allowed, Mapping):
            parts = value if isinstance(value, list) else [value]
            for part in parts:
                if isinstance(part, dict):
                    settle_words(part, allowed)
        elif isinstance(value, str):
            document[key] = _settle(value, allowed)
        elif isinstance(value, list) and all(isinstance(word, str) for word in value):
            document[key] = list(dict.fromkeys(_settle(word, allowed) for word in value))


def _settle(word: str, allowed: Sequence[str]) -> str:
    return next((known for known in (word, "Other", "Unknown") if known in allowed), word)


def _words(data: Mapping[str, Any], name: str) -> list[str]:
    words = (data.get("veris") or {}).get(name, [])
    return list(words) if isinstance(words, list) else [words]


def _child(parent: dict[str, Any], *keys: str) -> dict[str, Any]:
    for key in keys:
        found = parent.get(key)
        if not isinstance(found, dict):
            found = parent[key] = {}
        parent = found
    return parent


def _put(parent: dict[str, Any], key: str, value: Any) -> None:
    if value is None or value == []:
        parent.pop(key, None)
    else:
        parent[key] = value


def _split_date(text: str, precision: str = "day") -> dict[str, int]:
    parts = text.split("-")[: {"year": 1, "month": 2}.get(precision, 3)]
    return {name: int(part) for name, part in zip(("year", "month", "day"), parts, strict=False)}


def _write_start(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    _child(document, "timeline")["incident"] = _split_date(data["started_on"], data["date_precision"])


def _write_published(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    published = data.get("published_on")
    if published is not None:
        _child(document, "plus", "timeline")["notification"] = _split_date(published)
    elif "timeline" in document.get("plus", {}):
        document["plus"]["timeline"].pop("notification", None)


def _write_name(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    name = data["victim"]["name"]
    _put(_child(document, "victim"), "victim_id", name if name != UNKNOWN_VICTIM else None)


def _write_industry(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    victim = data["victim"]
    code = re.fullmatch(r"naics-([0-9-]+)", victim["kind"])
    by_sector = {sector: digits for digits, sector in reversed(list(NAICS_SECTORS.items()))}
    # “000” is what VERIS writes for an unknown industry.
    _child(document, "victim")["industry"] = code.group(1) if code else by_sector.get(victim.get("sector", ""), "000")


def _write_country(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    _child(document, "victim")["country"] = [data["victim"].get("country", "Unknown")]


def _write_size(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    text = data["victim"].get("employees", "Unknown")
    digits = re.sub(r"[\s.,']", "", text)
    if text not in _SIZE_WORDS and digits.isdecimal():
        text = next((word for most, word in _SIZES if int(digits) <= most), "Over 100000")
    _child(document, "victim")["employee_count"] = text if text in _SIZE_WORDS else "Unknown"


def _write_region(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    # VERIS wants a code of ISO 3166-2, for the United States without the country; a name of a region is none.
    region = data["victim"].get("region", "")
    _put(_child(document, "victim"), "state", region if _SUBDIVISION.fullmatch(region) else None)


def _write_actors(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    name = data["actor"]["name"]
    terms = _words(data, "actors")
    if not terms and name != UNKNOWN_ACTOR:
        terms = ["external.Unknown"]
    elif not terms:
        terms = ["internal.Unknown" if data["threat_class"] in _INSIDE_CLASSES else "unknown"]
    before = document.get("actor") if isinstance(document.get("actor"), dict) else {}
    actor: dict[str, Any] = {}
    for side, varieties in _group_terms(terms, known=_ACTOR_SIDES).items():
        actor[side] = copy.deepcopy((before or {}).get(side) or {})
        if side == "unknown":
            actor[side].setdefault("notes", "not reported")
            continue
        if side != "partner":
            actor[side]["variety"] = varieties or ["Unknown"]
        motives = [word for word in _group_terms(_words(data, "motives")).get(side, []) if word]
        actor[side]["motive"] = motives or ["Unknown"]
        if side == "partner":
            actor[side].setdefault("country", ["Unknown"])
    document["actor"] = actor


def _write_actor_name(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    name, confidence = data["actor"]["name"], data["actor"]["confidence"]
    actor = _child(document, "actor")
    sides = [side for side, part in actor.items() if side != "unknown" and isinstance(part, dict)]
    for side in sides:
        actor[side].pop("name", None)
    if name != UNKNOWN_ACTOR and sides:
        actor["external" if "external" in sides else sides[0]]["name"] = [name]
        document["confidence"] = str(confidence).capitalize()


def _write_actions(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    terms = _words(data, "actions") or list(_CLASS_ACTIONS.get(data["threat_class"], ("unknown",)))
    before = document.get("action") if isinstance(document.get("action"), dict) else {}
    vectors = _group_terms(_words(data, "vectors"))
    action: dict[str, Any] = {}
    for kind, varieties in _group_terms(terms, known=_ACTION_KINDS).items():
        action[kind] = copy.deepcopy((before or {}).get(kind) or {})
        if kind == "unknown":
            continue
        action[kind]["variety"] = varieties or ["Unknown"]
        if kind != "environmental":
            action[kind]["vector"] = vectors.get(kind) or ["Unknown"]
        if kind == "social":
            action[kind].setdefault("target", ["Unknown"])
    document["action"] = action


def _group_terms(terms: Iterable[str], *, known: set[str] | None = None) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for term in terms:
        side, _, word = term.partition(".")
        words = groups.setdefault(side if known is None or side in known else "unknown", [])
        if word and word not in words:
            words.append(word)
    return groups


def _keep_varieties(items: Any, words: Sequence[str]) -> list[dict[str, Any]]:
    # Amounts stay with their variety.
    before = {item.get("variety"): item for item in items or [] if isinstance(item, dict)}
    return [before.get(word, {"variety": word}) for word in dict.fromkeys(words)]


def _write_assets(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    asset = _child(document, "asset")
    asset["assets"] = _keep_varieties(asset.get("assets"), _words(data, "assets") or ["Unknown"])
    asset.setdefault("cloud", ["Unknown"])


def _write_confidentiality(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    words = data.get("veris") or {}
    disclosure = words.get("data_disclosure") or _DISCLOSURE.get(data.get("data_leaked", ""))
    varieties = _words(data, "data_varieties")
    if disclosure is None and not varieties and "data_total" not in words:
        _child(document, "attribute").pop("confidentiality", None)
        return
    group = _child(document, "attribute", "confidentiality")
    group["data_disclosure"] = disclosure or "Unknown"
    _put(group, "data", _keep_varieties(group.get("data"), varieties))
    _put(group, "data_total", words.get("data_total"))


def _write_integrity(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    _write_varieties(document, "integrity", _words(data, "integrity"))


def _write_availability(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    words, disruption = data.get("veris") or {}, data.get("disruption")
    value, unit = words.get("availability_duration"), words.get("availability_unit")
    varieties = _words(data, "availability")
    if disruption is not None and unit is None and _is_duration(disruption["unit"]):
        names = {ours: veris for veris, (ours, factor) in DURATION_UNITS.items() if factor == 1.0}
        unit = names.get(disruption["unit"], "Hours")
        value = disruption["value"] * (1.0 if unit != "Hours" else convert_factor(disruption["unit"], to="h"))
        varieties = varieties or ["Obscuration" if data["threat_class"] == "ransomware" else "Interruption"]
    if unit is not None or value is not None:
        duration = {"unit": unit or "Unknown"}
        _put(duration, "value", value)
        _write_varieties(document, "availability", varieties or ["Unknown"])
        _child(document, "attribute", "availability")["duration"] = duration
        return
    _child(document, "attribute", "availability").pop("duration", None)
    _write_varieties(document, "availability", varieties)


def _is_duration(unit: str) -> bool:
    return unit in UNITS and UNITS[unit].canonical == "h"


def _write_varieties(document: dict[str, Any], name: str, words: list[str]) -> None:
    if words:
        _child(document, "attribute", name)["variety"] = list(dict.fromkeys(words))
    else:
        _child(document, "attribute").pop(name, None)


def _write_discovery(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    text = (_words(data, "discovery") or ["unknown"])[0]
    if isinstance(document.get("discovery_method"), str):
        document["discovery_method"] = text
        return
    old = _OLD_SIDES.get(text[:3]) if text[3:6] == " - " else None
    terms = [f"{old}.{text[6:].capitalize()}"] if old else [part.strip() for part in text.split(";")]
    method: dict[str, Any] = {}
    for side, words in _group_terms(terms).items():
        if side in _OLD_SIDES.values():
            method[side] = {"variety": words or ["Unknown"]}
        elif side.casefold() in ("other", "unknown"):
            method[side.casefold()] = True
    document["discovery_method"] = method or {"unknown": True}


def _write_status(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    default = "Suspected" if data["date_basis"] == "leak_post" else "Confirmed"
    status = (_words(data, "security_incident") or [default])[0]
    # What is none of the four is not known to be confirmed.
    document["security_incident"] = status if status in _STATUSES else "Suspected"


def _write_summary(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    document["summary"] = data.get("summary", "")


def _write_loss(document: dict[str, Any], data: Mapping[str, Any]) -> None:
    loss = data.get("loss")
    if loss is None:
        return
    impact = _child(document, "impact")
    impact.setdefault("overall_rating", "Unknown")
    # Parts in another currency would no longer add up.
    if impact.get("iso_currency_code", "EUR") != "EUR":
        impact.pop("loss", None)
    impact.update({"iso_currency_code": "EUR", "overall_amount": loss["value"]})


def _drop_empty_attribute(document: dict[str, Any], _data: Mapping[str, Any]) -> None:
    if document.get("attribute") == {}:
        del document["attribute"]


_ATTRIBUTE = ("veris.data_disclosure", "veris.data_varieties", "veris.data_total", "veris.integrity")
_AVAILABILITY = ("veris.availability", "veris.availability_duration", "veris.availability_unit")
_WRITERS: tuple[tuple[tuple[str, ...], Callable[[dict[str, Any], Mapping[str, Any]], None]], ...] = (
    (("started_on", "date_precision"), _write_start),
    (("published_on",), _write_published),
    (("victim.name",), _write_name),
    (("victim.kind", "victim.sector"), _write_industry),
    (("victim.country",), _write_country),
    (("victim.employees",), _write_size),
    (("victim.region",), _write_region),
    (("veris.actors", "veris.motives"), _write_actors),
    (("actor",), _write_actor_name),
    (("veris.actions", "veris.vectors"), _write_actions),
    (("veris.assets",), _write_assets),
    (("veris.data_disclosure", "veris.data_varieties", "veris.data_total"), _write_confidentiality),
    (("veris.integrity",), _write_integrity),
    (_AVAILABILITY, _write_availability),
    ((*_ATTRIBUTE, *_AVAILABILITY), _drop_empty_attribute),
    (("veris.discovery",), _write_discovery),
    (("veris.security_incident",), _write_status),
    (("summary",), _write_summary),
    (("loss",), _write_loss),
)
