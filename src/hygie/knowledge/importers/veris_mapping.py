"""From VERIS words to the facts of an incident, and the patch that carries what VERIS cannot say.

How VERIS words become ours; everything else stays in the document that is kept beside the facts:

- The class follows the action. Ransomware and denial of service are what they are; hacking and malware from outside
  are an `intrusion`, or an `extortion` where the record says so; `misuse`, `social`, `physical`, `error`,
  `environmental` and `unknown` keep their own names and match no simulated class. An insider's hacking is `misuse`;
  what needed hands on the device is `physical`.
- `timeline.incident` dates the beginning of the attack, to the day, month or year that it states. Coders who knew
  only the disclosure often wrote its year. `timeline.discovery` counts from the compromise, not from the incident:
  no day of discovery can be read from it. `plus.timeline.notification` is when the public or the persons concerned
  were told, unless it precedes the incident.
- A victim in several countries has no country here. The kind of victim is its NAICS code; the sector follows from
  the code's first digits (U.S. Census Bureau, NAICS 2022).
- A loss counts when it is in euros and stated; other currencies are not converted.
- `Potentially` disclosed is not known to be leaked.

VERIS leaves `plus` to each organisation: what our exporter could not say in VERIS words is in `plus.hygie`, as a
merge patch (RFC 7396) of the facts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from hygie.core.errors import SchemaError
from hygie.core.evidence import derive_evidence_id
from hygie.core.ids import digest_text
from hygie.knowledge.importers.leak_sites import slugify_actor
from hygie.knowledge.kinds import IntelRecord, validate_facts
from hygie.knowledge.records import UNKNOWN_ACTOR, expand_date
from hygie.store.record_fold import apply_patch

__all__ = [
    "DURATION_UNITS",
    "NAICS_SECTORS",
    "UNKNOWN_VICTIM",
    "VERIS_FORMAT",
    "derive_patch",
    "derive_ref",
    "list_references",
    "map_incident",
    "reference_ref",
]

VERIS_FORMAT = "veris"
UNKNOWN_VICTIM = "unknown"

# First digits of NAICS codes → sector (U.S. Census Bureau, NAICS 2022).
NAICS_SECTORS: Mapping[str, str] = {
    "11": "agriculture",
    "21": "mining",
    "22": "utilities",
    "23": "construction",
    "31": "manufacturing",
    "32": "manufacturing",
    "33": "manufacturing",
    "42": "wholesale",
    "44": "retail",
    "45": "retail",
    "48": "transportation",
    "49": "transportation",
    "51": "information",
    "52": "finance",
    "53": "real-estate",
    "54": "professional-services",
    "55": "management-of-companies",
    "56": "business-services",
    "61": "education",
    "62": "health",
    "71": "arts-and-recreation",
    "72": "hospitality",
    "81": "other-services",
    "92": "public-administration",
}
# VERIS units → ours, and the factor between them.
DURATION_UNITS: Mapping[str, tuple[str, float]] = {
    "Seconds": ("h", 1.0 / 3600.0),
    "Minutes": ("min", 1.0),
    "Hours": ("h", 1.0),
    "Days": ("d", 1.0),
    "Weeks": ("week", 1.0),
    "Months": ("month", 1.0),
    "Years": ("y", 1.0),
}
# Kinds of lost availability that stop or slow a service; a stolen laptop is unavailable too, and stops nothing.
_DISRUPTIONS = {"Interruption", "Degradation", "Obscuration"}
_LEAKED = {"Yes": "yes", "No": "no", "Potentially": "unknown", "Unknown": "unknown"}
# Classes after the technical ones, the most deliberate act first.
_PLAIN_CLASSES = ("misuse", "social", "error", "environmental")

_CODE = re.compile(r"[1-9]\d(-?\d{1,4})?", re.ASCII)
_ADDRESS = re.compile(r"https?://[^\s;]+", re.IGNORECASE)


def map_incident(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a VERIS record says, as the facts of an incident.

    Raises
    ------
    SchemaError
        The record is not VERIS, or says what no incident can.
    """
    _check_version(document)
    started_on, precision = _read_start(document)
    words = _read_words(document)
    data: dict[str, Any] = {
        "ref": derive_ref(document),
        "evidence": [reference_ref(*reference) for reference in list_references(document)],
        "started_on": started_on,
        "date_precision": precision,
        "date_basis": "attack",
        "published_on": _read_published(document, started_on),
        "victim": _read_victim(document),
        "threat_class": _classify(document, words),
        "actor": _read_actor(document),
        "data_leaked": _LEAKED.get(words.get("data_disclosure", "")),
        "disruption": _read_disruption(words),
        "loss": _read_loss(document),
        "veris": words,
        "ids": _read_ids(document),
        "summary": _text(document, "summary"),
    }
    if data["victim"]["name"] == UNKNOWN_VICTIM:
        data["title"] = f"VERIS {_need_id(document)}"
    facts = _validated({key: value for key, value in data.items() if value is not None})
    patch = _group(_group(document, "plus"), "hygie", "plus.hygie")
    return _validated(apply_patch(facts, {**patch, "ref": facts["ref"], "evidence": facts["evidence"]}))


def _validated(data: Mapping[str, Any]) -> dict[str, Any]:
    return dict(IntelRecord.from_facts("incident", validate_facts("incident", data)).data)


def list_references(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return (source, statement) of each source that a record cites: addresses first, else the words as they stand.

    A record that cites nothing is its own source.
    """
    statement = f"incident {_need_id(document)}"
    found: list[str] = []
    for part in (_text(document, "reference") or "").split(";"):
        addresses = [_trim_address(address) for address in _ADDRESS.findall(part)]
        found.extend(addresses or ([part.strip()] if part.strip(" .,") else []))
    if not found:
        found = [f"VERIS records of {_text(document, 'source_id') or 'an unnamed source'}"]
    return [(source, statement) for source in dict.fromkeys(found)]


def _trim_address(address: str) -> str:
    address = address.rstrip(".,>]")
    return address if "(" in address else address.rstrip(")")


def reference_ref(source: str, statement: str) -> str:
    """Return the reference of a cited source."""
    return str(derive_evidence_id(source, statement))


def derive_patch(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Return the merge patch (RFC 7396) that turns one object without nulls into another.

    >>> derive_patch({"a": 1, "b": {"c": 2}}, {"b": {"c": 3}})
    {'a': None, 'b': {'c': 3}}
    """
    patch: dict[str, Any] = {}
    for key in sorted(before.keys() | after.keys()):
        old, new = before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            inner = derive_patch(old, new)
            if inner:
                patch[key] = inner
        elif old != new:
            patch[key] = new
    return patch


def _check_version(document: Mapping[str, Any]) -> None:
    version = _text(document, "schema_version")
    # Some records of the community database write 1_3_2.
    if version is not None and not re.match(r"1[._][34]([._]|$)", version):
        raise SchemaError(
            "this version of VERIS is not known here",
            field="schema_version",
            value=version,
            allowed="1.3 or 1.4",
            repair="convert the record with the converters of its publisher (https://verisframework.org)",
        )


def _need_id(document: Mapping[str, Any]) -> str:
    text = _text(document, "incident_id")
    if text is None:
        raise SchemaError(
            "the record has no “incident_id”",
            field="incident_id",
            allowed="a VERIS record, version 1.3 or later",
            repair="check that these are VERIS records",
        )
    return text


def derive_ref(document: Mapping[str, Any]) -> str:
    """Return the reference of a record, from its `incident_id`.

    Raises
    ------
    SchemaError
        It has none.
    """
    slug = re.sub(r"[^A-Za-z0-9._-]", "-", _need_id(document))
    # References hold 120 characters; two long ids must not become one.
    return f"veris-{slug}" if len(slug) <= 100 else f"veris-{slug[:80]}-{digest_text(slug)[-16:]}"


def _read_start(document: Mapping[str, Any]) -> tuple[str, str]:
    found = _read_date(_group(_group(document, "timeline"), "incident", "timeline.incident"), "timeline.incident")
    if found is None:
        raise SchemaError(
            "the incident has no year", field="timeline.incident.year", repair="add the year, or leave the record out"
        )
    return found, {10: "day", 7: "month", 4: "year"}[len(found)]


def _read_published(document: Mapping[str, Any], started_on: str) -> str | None:
    field = "plus.timeline.notification"
    timeline = _group(_group(document, "plus"), "timeline", "plus.timeline")
    found = _read_date(_group(timeline, "notification", field), field)
    return found if found and expand_date(found)[1] >= expand_date(started_on)[0] else None


def _read_date(group: Mapping[str, Any], field: str) -> str | None:
    year, month, day = (_whole(group, name, f"{field}.{name}") for name in ("year", "month", "day"))
    if year is None:
        return None
    if 0 in (month, day):
        raise SchemaError(
            "months and days are counted from 1", field=field, value=0, repair="leave out what is not known"
        )
    text = f"{year:04d}"
    if month is not None:
        text += f"-{month:02d}"
        if day is not None:
            text += f"-{day:02d}"
    try:
        expand_date(text)
    except SchemaError as error:
        raise error.located(field=field) from None
    return text


def _read_victim(document: Mapping[str, Any]) -> dict[str, Any]:
    victim = _group(document, "victim")
    code = _text(victim, "industry") or ""
    code = code if _CODE.fullmatch(code) else ""
    countries = [country for country in _texts(victim, "country", "victim") if re.fullmatch(r"[A-Z]{2}", country)]
    employees = _text(victim, "employee_count")
    found = {
        "name": _text(victim, "victim_id") or UNKNOWN_VICTIM,
        "kind": f"naics-{code}" if code else "unknown",
        "region": _text(victim, "state"),
        "country": countries[0] if len(countries) == 1 else None,
        "sector": NAICS_SECTORS.get(code[:2]),
        "employees": employees if employees != "Unknown" else None,
    }
    return {key: value for key, value in found.items() if value is not None}


def _read_actor(document: Mapping[str, Any]) -> dict[str, str]:
    actor = _group(document, "actor")
    for side in sorted(actor):
        names = _texts(_group(actor, side, f"actor.{side}"), "name", f"actor.{side}")
        if names and names[0] not in ("Unknown", "NA"):
            confidence = (_text(document, "confidence") or "").casefold()
            return {
                "name": slugify_actor(names[0]),
                "confidence": confidence if confidence in ("high", "medium") else "low",
            }
    return {"name": UNKNOWN_ACTOR, "confidence": "none"}


def _classify(document: Mapping[str, Any], words: Mapping[str, Any]) -> str:
    actions = set(words.get("actions", ()))
    kinds = {action.partition(".")[0] for action in actions}
    sides = {actor.partition(".")[0] for actor in words.get("actors", ())}
    if "malware.Ransomware" in actions:
        return "ransomware"
    if actions & {"hacking.DoS", "malware.DoS"}:
        return "ddos"
    if "physical" in kinds:
        return "physical"
    if kinds & {"hacking", "malware"} and sides != {"internal"}:
        plus = _group(_group(document, "plus"), "attribute", "plus.attribute")
        abuse = _text(_group(plus, "confidentiality", "plus.attribute.confidentiality"), "data_abuse")
        extorted = "social.Extortion" in actions or abuse == "Yes - Data ransomed"
        return "extortion" if extorted else "intrusion"
    if kinds & {"hacking", "malware"}:
        return "misuse"
    return next((kind for kind in _PLAIN_CLASSES if kind in kinds), "unknown")


def _read_words(document: Mapping[str, Any]) -> dict[str, Any]:
    actor, action = _group(document, "actor"), _group(document, "action")
    attribute = _group(document, "attribute")
    confidentiality, integrity, availability = (
        _group(attribute, name, f"attribute.{name}") for name in ("confidentiality", "integrity", "availability")
    )
    duration = _group(availability, "duration", "attribute.availability.duration")
    value = duration.get("value")
    words = {
        "actors": _list_terms(actor, "variety", "actor", bare=True),
        "motives": _list_terms(actor, "motive", "actor"),
        "actions": _list_terms(action, "variety", "action", bare=True),
        "vectors": _list_terms(action, "vector", "action"),
        "assets": _list_varieties(_group(document, "asset"), "assets", "asset"),
        "data_disclosure": _text(confidentiality, "data_disclosure"),
        "data_varieties": _list_varieties(confidentiality, "data", "attribute.confidentiality"),
        "data_total": _whole(confidentiality, "data_total", "attribute.confidentiality.data_total"),
        "integrity": _texts(integrity, "variety", "attribute.integrity"),
        "availability": _texts(availability, "variety", "attribute.availability"),
        "availability_duration": value,
        "availability_unit": _text(duration, "unit"),
        "discovery": _read_discovery(document),
        "security_incident": _text(document, "security_incident"),
    }
    return {key: word for key, word in words.items() if word is not None}


def _list_terms(group: Mapping[str, Any], key: str, field: str, *, bare: bool = False) -> list[str]:
    # Sorted: the order of the members of a JSON object means nothing and may change on the way.
    terms: list[str] = []
    for side in sorted(group):
        found = _texts(_group(group, side, f"{field}.{side}"), key, f"{field}.{side}")
        terms.extend([f"{side}.{word}" for word in found] or ([side] if bare else []))
    return terms


def _list_varieties(group: Mapping[str, Any], key: str, field: str) -> list[str]:
    items = group.get(key)
    if items is None:
        return []
    if not isinstance(items, list) or not all(isinstance(item, Mapping) for item in items):
        raise SchemaError(f"“{key}” must be a list of objects", field=f"{field}.{key}", value=items)
    return [variety for item in items if (variety := _text(item, "variety")) is not None]


def _read_discovery(document: Mapping[str, Any]) -> str | None:
    found = document.get("discovery_method")
    if found is None or isinstance(found, str):
        return found or None
    group = _group(document, "discovery_method")
    # “unknown” and “other” are plain flags there.
    known = {side: part if isinstance(part, Mapping) else {} for side, part in group.items() if part is not False}
    return "; ".join(_list_terms(known, "variety", "discovery_method", bare=True)) or None


def _read_disruption(words: Mapping[str, Any]) -> dict[str, Any] | None:
    value, unit = words.get("availability_duration"), DURATION_UNITS.get(words.get("availability_unit", ""))
    if not isinstance(value, int | float) or unit is None or not _DISRUPTIONS & set(words["availability"]):
        return None
    return {"value": value * unit[1], "unit": unit[0], "estimated": False}


def _read_loss(document: Mapping[str, Any]) -> dict[str, Any] | None:
    impact = _group(document, "impact")
    if impact.get("iso_currency_code") != "EUR":
        return None
    amount = impact.get("overall_amount")
    if amount is None and isinstance(impact.get("loss"), list):
        parts = [part.get("amount") for part in impact["loss"] if isinstance(part, Mapping)]
        amounts = [part for part in parts if isinstance(part, int | float)]
        # A sum with a part missing would be no total.
        amount = sum(amounts) if amounts and len(amounts) == len(impact["loss"]) else None
    return {"value": amount, "unit": "EUR"} if amount is not None else None


def _read_ids(document: Mapping[str, Any]) -> list[dict[str, str]]:
    ids = [{"catalogue": VERIS_FORMAT, "id": _need_id(document)}]
    issue = _text(_group(document, "plus"), "github")
    if _text(document, "source_id") == "vcdb" and issue is not None and issue.isdecimal():
        url = f"https://github.com/vz-risk/VCDB/issues/{issue}"
        ids.append({"catalogue": "vcdb-issue", "id": issue, "url": url})
    return ids


def _group(parent: Mapping[str, Any], key: str, field: str | None = None) -> Mapping[str, Any]:
    value = parent.get(key)
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SchemaError(
            f"“{key}” must be an object",
            field=field or key,
            value=value,
            allowed="a VERIS record, version 1.3 or later",
            repair="check that these are VERIS records",
        )
    return value


def _text(parent: Mapping[str, Any], key: str) -> str | None:
    value = parent.get(key)
    if value is not None and not isinstance(value, str):
        raise SchemaError(f"“{key}” must be a text", field=key, value=value, repair="put it in quotes")
    return (value or "").strip() or None


def _texts(parent: Mapping[str, Any], key: str, field: str) -> list[str]:
    value = parent.get(key)
    items = [] if value is None else value if isinstance(value, list) else [value]
    if not all(isinstance(item, str) for item in items):
        raise SchemaError(f"“{key}” must be a list of texts", field=f"{field}.{key}", value=value)
    return [item for item in items if item.strip()]


def _whole(parent: Mapping[str, Any], key: str, field: str) -> int | None:
    value = parent.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
        raise SchemaError(f"“{key}” must be a whole number", field=field, value=value)
    return int(value)
