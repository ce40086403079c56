"""Actors of a study: what they are, whether they are still active, their techniques and what holds these back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from hygie.core.evidence import TLP
from hygie.facility.blueprints import load_blueprints
from hygie.knowledge.actor_techniques import list_actor_techniques
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.markings import exceeds_ceiling
from hygie.knowledge.mitigations import map_mitigations
from hygie.knowledge.records import UNKNOWN_ACTOR, ActorActivity, ThreatActor, expand_date
from hygie.knowledge.technique_words import describe_techniques
from hygie.service.evidence_rows import show_source
from hygie.service.threat_words import class_label
from hygie.threat.actors import start_of
from hygie.threat.states import load_states
from hygie.views.landscape import ActorRow, LandscapeView, SourceView
from hygie.views.landscape_words import date_label, name_state
from hygie.views.messages import Language
from hygie.views.study import StateView, StudyActor, StudyTechnique

__all__ = ["list_sources", "list_states", "list_study_actors", "list_techniques"]

_TECHNIQUES = 16


def list_sources(
    refs: Iterable[str], catalogue: Catalogue, *, ceiling: TLP, as_of: date, language: Language
) -> list[SourceView]:
    """Return the evidence that may be shown and was out on the date, each once."""
    found = []
    for ref in dict.fromkeys(refs):
        evidence = catalogue.evidence.get(ref)
        if evidence is None or exceeds_ceiling(evidence.tlp, ceiling=ceiling):
            continue
        if evidence.published_on and start_of(evidence.published_on) > as_of:
            continue
        found.append(show_source(evidence, language))
    return found


def list_study_actors(
    landscape: LandscapeView, catalogue: Catalogue, *, ceiling: TLP, as_of: date, hidden: Collection[str] = ()
) -> list[StudyActor]:
    """Return the actors of a landscape that are known by name, most victims first.

    Parameters
    ----------
    hidden
        Actors of incidents that may not be shown: their descriptions, which name victims, are left out.
    """
    known = {row.id: catalogue.actors[row.id] for row in landscape.actors.rows if row.id in catalogue.actors}
    techniques = list_actor_techniques(known)
    rows = [row for row in landscape.actors.rows if row.id != UNKNOWN_ACTOR]
    actors = [
        _show_actor(row, known.get(row.id), techniques.get(row.id, frozenset()), landscape, catalogue, ceiling, as_of)
        for row in rows
    ]
    return [actor if actor.id not in hidden else actor.model_copy(update={"description": None}) for actor in actors]


def _show_actor(
    row: ActorRow,
    actor: ThreatActor | None,
    techniques: frozenset[str],
    landscape: LandscapeView,
    catalogue: Catalogue,
    ceiling: TLP,
    as_of: date,
) -> StudyActor:
    language = landscape.language
    latest = _latest_state(actor, as_of)
    victims = {incident.ref: incident.victim for incident in landscape.incidents}
    refs = [*(latest.evidence if latest else ()), *(actor.evidence if actor else ())]
    return StudyActor(
        id=row.id,
        label=row.label,
        kind=row.kind,
        facilities=row.facilities,
        events=row.events,
        confidence=row.confidence,
        named_by_census=bool(row.named_by),
        victims=list(dict.fromkeys(victims[ref] for ref in row.incidents if ref in victims)),
        description=actor.description.in_language(language) if actor else None,
        state=latest.state if latest else None,
        state_label=name_state(latest.state if latest else None, language),
        state_since=date_label(latest.from_, "day", language) if latest else None,
        state_assumed=latest is not None and latest.method != "observed",
        techniques=sorted(techniques),
        sources=list_sources(refs, catalogue, ceiling=ceiling, as_of=as_of, language=language),
    )


def _latest_state(actor: ThreatActor | None, as_of: date) -> ActorActivity | None:
    states = [] if actor is None else [entry for entry in actor.activity if start_of(entry.from_) <= as_of]
    return max(states, key=lambda entry: start_of(entry.from_), default=None)


def list_techniques(actors: Iterable[StudyActor], catalogue: Catalogue, language: Language) -> list[StudyTechnique]:
    """Return the techniques of actors, those of most of them first, with the controls that hold them back."""
    users: dict[str, list[str]] = {}
    for actor in actors:
        for technique in actor.techniques:
            users.setdefault(technique, []).append(actor.label)
    words = describe_techniques(catalogue.techniques)
    held = _list_controls(catalogue, language)
    count = Counter({technique: len(names) for technique, names in users.items()})
    # Those that no control holds back are counted only: the table is there to act on.
    order = sorted((ref for ref in users if held.get(ref)), key=lambda ref: (-count[ref], "." in ref, ref))
    return [
        StudyTechnique(
            id=ref,
            name=words[ref].name if ref in words else ref,
            tactics=sorted(words[ref].tactics) if ref in words else [],
            actors=users[ref],
            controls=held.get(ref, []),
        )
        for ref in order[:_TECHNIQUES]
    ]


def _list_controls(catalogue: Catalogue, language: Language) -> Mapping[str, list[str]]:
    techniques = map_mitigations(catalogue.techniques)
    found: dict[str, list[str]] = {}
    for control in load_blueprints(catalogue).controls:
        name = control.name.local().in_language(language)
        for technique in {item for mitigation in control.mitigations for item in techniques.get(mitigation, ())}:
            found.setdefault(technique, []).append(name)
    return found


def list_states(
    catalogue: Catalogue, shown: Catalogue, *, ceiling: TLP, as_of: date, language: Language
) -> list[StateView]:
    """Return the states of the whole sector that hold on the date; `shown` has the evidence that may be shown."""
    rows = []
    for state in load_states(catalogue):
        spec = state.spec
        if start_of(spec.from_) > as_of or (spec.until is not None and expand_date(spec.until)[1] < as_of):
            continue
        rows.append(
            StateView(
                label=spec.name.local().in_language(language),
                class_label=class_label(spec.threat_class, catalogue, language),
                since=date_label(spec.from_, "day", language),
                until=None if spec.until is None else date_label(spec.until, "day", language),
                note=spec.note.local().in_language(language) if spec.note else None,
                sources=list_sources(spec.evidence, shown, ceiling=ceiling, as_of=as_of, language=language),
            )
        )
    return rows
