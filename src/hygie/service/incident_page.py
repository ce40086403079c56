"""One incident as a page shows it, and the words with which it may be judged."""

from __future__ import annotations

from typing import get_args

from hygie.core.evidence import TLP
from hygie.knowledge.kinds import PAP
from hygie.knowledge.landscape.select import ActorNames
from hygie.knowledge.records import UNKNOWN_ACTOR, Incident, Quantity
from hygie.knowledge.schemas import IncidentRow
from hygie.service.actor_pages import Gallery
from hygie.service.evidence_rows import list_sources
from hygie.service.qualification import show_record
from hygie.service.victims import name_victim
from hygie.service.workspace import Base
from hygie.views.incident import ChoiceView, FactView, IncidentChoicesView, IncidentPageView
from hygie.views.landscape_words import date_label, label_of, territory_label
from hygie.views.messages import Language, translator
from hygie.views.numbers import format_euros, format_number

__all__ = ["list_choices", "show_incident"]


def show_incident(base: Base, gallery: Gallery, ref: str, *, language: Language) -> IncidentPageView:
    """Return one incident, hidden ones too, with its evidence and its history.

    Raises
    ------
    EvidenceError
        No such incident.
    """
    page = show_record(base, ref, kind="incident")
    incident = IncidentRow.model_validate(page.record.data).to_record()
    knowledge, names = gallery.knowledge, ActorNames(gallery.knowledge.actors)
    actor = names.resolve(incident.actor.name)
    known = knowledge.classes.get(incident.threat_class)
    victim = incident.victim
    place = [
        victim.town,
        territory_label("departments", victim.department) if victim.department else None,
        territory_label("regions", victim.region) if victim.region else None,
    ]
    summary = page.record.data.get("summary")
    notes = [text.in_language(language) for text in (incident.notes,) if text] + ([str(summary)] if summary else [])
    return IncidentPageView(
        ref=ref,
        victim=name_victim(victim, language),
        kind_label=label_of("kind", victim.kind, language),
        place=", ".join(item for item in place if item),
        date_label=date_label(incident.started_on, incident.date_precision, language),
        date_basis_label=label_of("date_basis", incident.date_basis, language),
        class_label=known.name.in_language(language) if known else incident.threat_class,
        actor=actor if actor in knowledge.actors else None,
        actor_label=label_of("actor", actor, language) if actor == UNKNOWN_ACTOR else names.name(actor),
        confidence_label=label_of("confidence", incident.actor.confidence, language),
        facts=_list_facts(incident, language),
        notes=notes,
        sources=list_sources(incident.evidence, knowledge.evidence, language),
        tlp=(TLP(page.record.tlp) if page.record.tlp else knowledge.marking("incident", ref, incident.evidence)).value,
        same_event=[
            ChoiceView(id=item.ref, label=name_victim(item.victim, language))
            for item in knowledge.incidents
            if incident.event and item.event == incident.event and item.ref != ref
        ],
        joined=list(base.store.get("incident", ref).merged),
        said={
            "actor": actor,
            "confidence": incident.actor.confidence,
            "started_on": incident.started_on,
            "precision": incident.date_precision,
            "date_basis": incident.date_basis,
            "threat_class": incident.threat_class,
            "tlp": page.record.tlp or "",
            "pap": page.record.pap or "",
        },
        page=page,
    )


def _list_facts(incident: Incident, language: Language) -> list[FactView]:
    _ = translator(language)
    rows: list[tuple[str, str | None]] = [
        (_("Care"), incident.care_impact.in_language(language) if incident.care_impact else None),
        (_("Building and medical systems"), incident.ot_effect.in_language(language) if incident.ot_effect else None),
        (_("Data"), label_of("data", incident.data_leaked, language) if incident.data_leaked else None),
        (
            _("Disruption"),
            _("1 day")
            if incident.disruption and incident.disruption.value == 24.0
            else _("{days} days", days=format_number(incident.disruption.value / 24.0, language))
            if incident.disruption
            else None,
        ),
        (
            _("Ransom demanded"),
            format_euros(incident.ransom_demand.value, language) if incident.ransom_demand else None,
        ),
        (_("Cost stated"), format_euros(incident.loss.value, language) if incident.loss else None),
        (
            _("Known to the victim"),
            date_label(incident.discovered_on, "day", language) if incident.discovered_on else None,
        ),
        (_("Made public"), date_label(incident.published_on, "day", language) if incident.published_on else None),
    ]
    return [FactView(label=label, text=text or _("Not reported")) for label, text in rows]


def _say_euros(quantity: Quantity | None, language: Language) -> str | None:
    return None if quantity is None else format_euros(quantity.value, language)


def list_choices(gallery: Gallery, *, language: Language) -> IncidentChoicesView:
    """Return the words with which an incident may be judged."""
    _ = translator(language)

    def label(trait: str, keys: tuple[str, ...]) -> list[ChoiceView]:
        return [ChoiceView(id=key, label=label_of(trait, key, language)) for key in keys]

    precisions = {
        "day": _("to the day"),
        "week": _("to the week"),
        "month": _("to the month"),
        "year": _("to the year"),
    }
    reliabilities, credibilities = tuple("ABCDEF"), tuple("123456")
    return IncidentChoicesView(
        actors=[
            ChoiceView(id=UNKNOWN_ACTOR, label=label_of("actor", UNKNOWN_ACTOR, language)),
            *(ChoiceView(id=actor.ref, label=actor.name) for actor in gallery.followed),
        ],
        classes=[
            ChoiceView(id=item.id, label=item.name.in_language(language)) for item in gallery.knowledge.classes.values()
        ],
        confidences=label("confidence", ("high", "medium", "low", "none")),
        precisions=[ChoiceView(id=key, label=text) for key, text in precisions.items()],
        date_bases=label("date_basis", ("attack", "discovery", "leak_post", "disclosure")),
        tlp=[ChoiceView(id=level.value, label=f"TLP:{level.value.upper()}") for level in TLP],
        pap=[ChoiceView(id=level, label=f"PAP:{level.upper()}") for level in get_args(PAP)],
        reliabilities=[
            ChoiceView(id=key, label=f"{key} · {label_of('reliability', key, language)}") for key in reliabilities
        ],
        credibilities=[
            ChoiceView(id=key, label=f"{key} · {label_of('credibility', key, language)}") for key in credibilities
        ],
    )
