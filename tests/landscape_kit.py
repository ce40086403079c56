"""Made-up incidents, counts and campaigns for tests of landscapes: nothing stands for a real organisation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from hygie.core.evidence import TLP, Evidence, LocalText
from hygie.knowledge.landscape import Knowledge, Scope, ThreatClass, parse_window
from hygie.knowledge.records import (
    Attribution,
    Campaign,
    CountObservation,
    Incident,
    Quantity,
    ThreatActor,
    Victim,
)

AS_OF = date(2026, 11, 23)
CLASSES = {
    ref: ThreatClass(ref, LocalText(name, name), "campaign" if ref == "ddos" else "facility")
    for ref, name in (
        ("ransomware", "Ransomware"),
        ("extortion", "Theft"),
        ("intrusion", "Intrusion"),
        ("ddos", "Denial of service"),
    )
}


def make_incident(ref: str = "i-1", **changes: Any) -> Incident:
    """Return a ransomware incident of 15 June 2022 at a hospital in Paris.

    ``actor`` is a ref and ``victim`` a dictionary of fields; ``disruption_days``, ``loss`` and ``ransom_demand`` are
    numbers; ``care``, ``ot`` and ``notes`` are English texts.
    """
    victim = {
        "name": f"Victim {ref}",
        "kind": "ch",
        "town": "Paris",
        "department": "75",
        "region": "Île-de-France",
        "country": "FR",
        "sector": "health",
        **changes.pop("victim", {}),
    }
    actor, confidence = changes.pop("actor", "unknown"), changes.pop("confidence", None)
    texts = {"care": "care_impact", "ot": "ot_effect", "notes": "notes"}
    for short, name in texts.items():
        if short in changes:
            text = changes.pop(short)
            changes[name] = LocalText(text, f"{text} (fr)")
    if "disruption_days" in changes:
        changes["disruption"] = Quantity(24.0 * changes.pop("disruption_days"), "h", changes.pop("estimated", False))
    for money in ("loss", "ransom_demand"):
        if money in changes:
            changes[money] = Quantity(float(changes[money]), "EUR")
    fields: dict[str, Any] = {
        "evidence": ("ev-clear",),
        "started_on": "2022-06-15",
        "date_precision": "day",
        "threat_class": "ransomware",
        **changes,
    }
    return Incident(
        ref=ref,
        victim=Victim(**victim),
        actor=Attribution(actor, confidence or ("none" if actor == "unknown" else "high")),
        **fields,
    )


def make_count(ref: str = "count-1", **changes: Any) -> CountObservation:
    """Return a census of 10 ransomware attacks in 2022."""
    fields: dict[str, Any] = {
        "evidence": ("ev-clear",),
        "threat_class": "ransomware",
        "outcomes": (),
        "count": 10,
        "at_least": False,
        "window_start": "2022-01-01",
        "window_end": "2022-12-31",
        "population": "hospitals",
        "definition": LocalText("Attacks.", "Attaques."),
        "role": "check",
        "source_kind": "press_census",
        "out_of_scope": False,
        "sector": "health",
        "country": "FR",
        **changes,
    }
    return CountObservation(ref=ref, **fields)


def make_campaign(ref: str = "wave", **changes: Any) -> Campaign:
    """Return a wave of denial of service of March 2022 with 16 published victims."""
    fields: dict[str, Any] = {
        "evidence": ("ev-clear",),
        "threat_class": "ddos",
        "started_on": "2022-03",
        "victims_published": 16,
        "victims_named": 7,
        "actor": "storm",
        "window_start": "2022-01-01",
        "window_end": "2023-12-31",
        **changes,
    }
    return Campaign(ref=ref, **fields)


def make_actor(ref: str, name: str, *aliases: str) -> ThreatActor:
    """Return an actor."""
    return ThreatActor(
        ref=ref,
        name=name,
        aliases=aliases,
        attack_ids=(),
        kind="criminal",
        mode="encrypt",
        threat_classes=("ransomware",),
        capability="affiliate",
        activity=(),
        evidence=(),
        description=LocalText(name, name),
    )


def make_evidence(ref: str, *, tlp: TLP = TLP.CLEAR, source: str = "https://example.org/a", **more: Any) -> Evidence:
    """Return a piece of evidence graded B2."""
    return Evidence(
        ref=ref,
        source=source,
        statement=ref,
        title=LocalText(f"Title {ref}", f"Titre {ref}"),
        publisher=f"Publisher {ref}",
        read_on="2026-11-23",
        reliability="B",
        credibility=2,
        tlp=tlp,
        **more,
    )


def make_knowledge(
    incidents: Sequence[Incident] = (), counts: Sequence[CountObservation] = (), **changes: Any
) -> Knowledge:
    """Return knowledge with two actors and evidence at three markings."""
    fields: dict[str, Any] = {
        "campaigns": (),
        "actors": {
            "storm": make_actor("storm", "Storm", "Storm-1"),
            "lynx": make_actor("lynx", "Lynx", "Bobcat", "Lynx Team"),
        },
        "evidence": {
            "ev-clear": make_evidence("ev-clear"),
            "ev-amber": make_evidence("ev-amber", tlp=TLP.AMBER),
            "ev-offline": make_evidence("ev-offline", source="A paper"),
        },
        "classes": CLASSES,
        **changes,
    }
    return Knowledge(incidents=tuple(incidents), counts=tuple(counts), **fields)


def make_scope(start: str = "2022-01", end: str = "2022-12", **changes: Any) -> Scope:
    """Return health in France over 2022."""
    fields: dict[str, Any] = {"sector": "health", "country": "FR", "as_of": AS_OF, **changes}
    return Scope(window=parse_window(start, end), **fields)


def refs(incidents: Sequence[Incident]) -> list[str]:
    """Return the refs of incidents."""
    return [incident.ref for incident in incidents]
