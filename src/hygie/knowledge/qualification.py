"""Judging what came in: Admiralty grade, attribution, dates and markings, as checked changes to a record.

The Admiralty system (NATO STANAG 2511, AJP-2.1) grades a source A to F and a statement 1 to 6, apart from each
other. A leak site dates its post, not the attack: a record dated so stays apart until a person dates the attack.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.kinds import PAP, IntelRecord, Kind, validate_facts
from hygie.knowledge.records import DatePrecision, expand_date

__all__ = ["Qualification", "check_record", "qualify_record"]

_DATE_LENGTH = {"day": 10, "week": 10, "month": 7, "year": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification:
    """What an analyst says of a record; None leaves a field as it is.

    Parameters
    ----------
    reliability, credibility
        Admiralty grade of a source: A–F, 1–6.
    actor, confidence
        Who did it, and how sure that is.
    started_on, precision, date_basis
        When, how far the date can be trusted, and what it dates.
    """

    reliability: str | None = None
    credibility: int | None = None
    actor: str | None = None
    confidence: str | None = None
    started_on: str | None = None
    precision: DatePrecision | None = None
    date_basis: str | None = None
    threat_class: str | None = None
    tlp: TLP | None = None
    pap: PAP | None = None


def qualify_record(record: IntelRecord, judgement: Qualification) -> dict[str, Any]:
    """Return the merge patch (RFC 7396) that carries a judgement: keys `data`, `tlp`, `pap`.

    Raises
    ------
    SchemaError
        A field does not apply to this kind of record, or nothing is said.
    """
    data: dict[str, Any] = {}
    if judgement.reliability is not None:
        data["reliability"] = judgement.reliability.upper()
    if judgement.credibility is not None:
        data["credibility"] = judgement.credibility
    if data and record.kind != "source":
        _refuse_field(record, "reliability and credibility", "a source", "qualify the sources of the record instead")
    actor = {"name": judgement.actor, "confidence": judgement.confidence}
    said = {key: value for key, value in actor.items() if value is not None}
    if said:
        if record.kind != "incident":
            _refuse_field(record, "actor and confidence", "an incident", "name an incident")
        data["actor"] = said
    dates = {
        "started_on": judgement.started_on,
        "date_precision": judgement.precision,
        "date_basis": judgement.date_basis,
        "threat_class": judgement.threat_class,
    }
    said = {key: value for key, value in dates.items() if value is not None}
    if said:
        if record.kind not in ("incident", "campaign") or (record.kind == "campaign" and "date_basis" in said):
            _refuse_field(record, ", ".join(said), "an incident", "name an incident")
        data.update(said)
    if "started_on" in data and judgement.precision is None:
        data["date_precision"] = _widest_precision(str(data["started_on"]))
    patch: dict[str, Any] = {"data": data} if data else {}
    if judgement.tlp is not None:
        patch["tlp"] = judgement.tlp.value
    if judgement.pap is not None:
        patch["pap"] = judgement.pap
    if not patch:
        raise SchemaError("nothing is said about the record", repair="give at least one option")
    return patch


def check_record(kind: Kind, data: Mapping[str, Any]) -> None:
    """Refuse facts that the kind does not allow, or that contradict each other.

    Raises
    ------
    SchemaError
        One finding per wrong field.
    """
    validate_facts(kind, data)
    if kind != "incident":
        return
    text, precision = str(data["started_on"]), str(data["date_precision"])
    if len(text) < _DATE_LENGTH[precision]:
        raise SchemaError(
            f"“{text}” is not known to the {precision}",
            field="date_precision",
            value=precision,
            allowed=_widest_precision(text),
            repair=f"write the date in full, or say the precision is {_widest_precision(text)}",
        )
    published = data.get("published_on")
    if data.get("date_basis", "attack") == "attack" and published and expand_date(text)[0] > expand_date(published)[1]:
        raise SchemaError(
            "the attack would begin after the public knew of it",
            field="started_on",
            value=text,
            allowed=f"{published} or before",
            repair="date the attack itself, or say that the date is that of the post (date_basis: leak_post)",
        )
    actor = data["actor"]
    if (actor["name"] == "unknown") != (actor["confidence"] == "none"):
        raise SchemaError(
            "an unknown actor goes with no confidence, and a named one with some",
            field="actor.confidence",
            value=f"{actor['name']}, {actor['confidence']}",
            allowed="unknown with none; a name with low, medium or high",
            repair="give both the actor and the confidence",
        )


def _widest_precision(text: str) -> DatePrecision:
    return "day" if len(text) == 10 else "month" if len(text) == 7 else "year"


def _refuse_field(record: IntelRecord, field: str, allowed: str, repair: str) -> None:
    raise SchemaError(
        f"this says nothing about a record of kind “{record.kind}”", field=field, allowed=allowed, repair=repair
    )
