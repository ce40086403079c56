"""Actors and techniques for pages: lists, profiles, the matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hygie.core.errors import EvidenceError, suggest
from hygie.knowledge.actor_names import ActorIndex, fold_name
from hygie.knowledge.kinds import ActorFacts
from hygie.knowledge.landscape import Knowledge
from hygie.knowledge.landscape.select import ActorNames
from hygie.knowledge.records import ActorActivity, Incident, ThreatActor
from hygie.knowledge.schemas import to_local
from hygie.service.actor_words import label_capability, label_kind, label_mode, label_state
from hygie.service.evidence_rows import list_sources
from hygie.service.landscape import load_base_knowledge
from hygie.service.techniques import Matrix, draw_matrix, group_techniques, load_matrix, match_controls
from hygie.service.victims import name_victim
from hygie.service.workspace import Base
from hygie.threat.actors import activity_state, start_of
from hygie.views.actors import (
    ActivityView,
    ActorLineView,
    ActorProfileView,
    ActorsPageView,
    IncidentLineView,
    MatrixView,
    TechniqueLineView,
    TechniquePageView,
)
from hygie.views.landscape_words import date_label, label_of
from hygie.views.messages import Language, translator

__all__ = [
    "Gallery",
    "find_actors",
    "list_recent_incidents",
    "load_gallery",
    "show_actor",
    "show_matrix",
    "show_technique",
    "write_incident_line",
]

_MAX_MATRIX_ACTORS = 50


@dataclass(frozen=True, slots=True)
class Gallery:
    """What pages of actors are drawn from; incidents by the actor that they are attributed to."""

    knowledge: Knowledge
    matrix: Matrix
    incidents: Mapping[str, tuple[Incident, ...]]

    @property
    def followed(self) -> list[ThreatActor]:
        """The actors whose activity is dated and graded, by name."""
        known = (actor for actor in self.knowledge.actors.values() if isinstance(actor, ThreatActor))
        return sorted((actor for actor in known if actor.activity), key=lambda actor: actor.name.lower())


def load_gallery(base: Base) -> Gallery:
    """Read the actors of the base, their techniques and their incidents."""
    knowledge = load_base_knowledge(base)
    names = ActorNames(knowledge.actors)
    mine: dict[str, list[Incident]] = {}
    for incident in knowledge.incidents:
        mine.setdefault(names.resolve(incident.actor.name), []).append(incident)
    newest = {ref: tuple(sorted(items, key=lambda item: item.started_on, reverse=True)) for ref, items in mine.items()}
    return Gallery(knowledge, load_matrix(base, knowledge.actors), newest)


def find_actors(
    gallery: Gallery, *, text: str, everyone: bool, as_of: date, language: Language, limit: int = 200
) -> ActorsPageView:
    """Return the actors whose names hold some words; those whose activity is followed, unless everyone is asked for."""
    words = fold_name(text)
    chosen = [
        actor
        for actor in gallery.knowledge.actors.values()
        if (everyone or words or (isinstance(actor, ThreatActor) and actor.activity))
        and any(words in fold_name(name) for name in (actor.name, actor.ref, *actor.aliases))
    ]
    lines = [_write_line(gallery, actor.ref, as_of=as_of, language=language) for actor in chosen]
    lines.sort(key=lambda line: (not line.followed, -(line.state or 0.0), -line.incidents, line.name.lower()))
    return ActorsPageView(
        actors=lines[:limit],
        found=len(lines),
        known=len(gallery.knowledge.actors),
        followed=len(gallery.followed),
        as_of=as_of.isoformat(),
    )


def show_actor(gallery: Gallery, ref: str, *, as_of: date, language: Language) -> ActorProfileView:
    """Return all that is known of one actor.

    Raises
    ------
    EvidenceError
        No such actor.
    """
    actor = _find(gallery, ref)
    _, evidence = translator(language), gallery.knowledge.evidence
    description = actor.description if isinstance(actor, ThreatActor) else to_local(actor.description)
    text = description.in_language(language) if description else getattr(actor, "summary", None) or ""
    techniques = gallery.matrix.uses.get(ref, frozenset())
    activity = [entry for entry in actor.activity if isinstance(entry, ActorActivity)]
    return ActorProfileView(
        line=_write_line(gallery, ref, as_of=as_of, language=language),
        description=text,
        capability_label=label_capability(actor.capability, _),
        origin=getattr(actor, "origin_country", None),
        attack_ids=list(actor.attack_ids),
        activity=[
            ActivityView(
                since=entry.from_,
                since_label=_label_date(entry.from_, language),
                state=entry.state,
                label=label_state(entry.state, _),
                assumed=entry.method != "observed",
                sources=list_sources(entry.evidence, evidence, language),
            )
            for entry in sorted(activity, key=lambda entry: start_of(entry.from_), reverse=True)
        ],
        incidents=[write_incident_line(gallery, item, language) for item in gallery.incidents.get(ref, ())],
        tactics=group_techniques(gallery.matrix, techniques, language=language),
        controls=match_controls(gallery.matrix, techniques, language=language),
        sources=list_sources(actor.evidence, evidence, language),
    )


def show_matrix(gallery: Gallery, actors: Sequence[str], *, language: Language) -> MatrixView:
    """Return the matrix for some actors; for those whose activity is followed by default.

    Raises
    ------
    EvidenceError
        No such actor.
    """
    for ref in actors:
        if ref not in gallery.knowledge.actors:
            raise EvidenceError(
                f"there is no actor “{ref}”",
                value=ref,
                repair=suggest(ref, gallery.knowledge.actors) or "choose another",
            )
    chosen = [(ref, gallery.knowledge.actors[ref].name) for ref in actors[:_MAX_MATRIX_ACTORS]]
    return draw_matrix(
        gallery.matrix, chosen or [(actor.ref, actor.name) for actor in gallery.followed], language=language
    )


def show_technique(gallery: Gallery, technique: str, *, as_of: date, language: Language) -> TechniquePageView:
    """Return one technique, with who uses it and what holds it back.

    Raises
    ------
    EvidenceError
        No such technique.
    """
    matrix, _ = gallery.matrix, translator(language)
    facts = matrix.facts(technique)
    parent = technique.partition(".")[0]
    family = {technique, *(ref for ref in matrix.techniques if ref.startswith(technique + "."))}
    users = [ref for ref, uses in matrix.uses.items() if uses & family]
    lines = [_write_line(gallery, ref, as_of=as_of, language=language) for ref in users]
    lines.sort(key=lambda line: (not line.followed, -(line.state or 0.0), line.name.lower(), -line.techniques))
    # Catalogues hold one group under several refs and names: the first, followed ones before others, stands for it.
    index = ActorIndex.build(gallery.knowledge.actors.values())
    homes = {line.ref: index.resolve(line.name) or fold_name(line.name) for line in lines}
    once = {homes[line.ref]: line for line in reversed(lines)}
    lines = [line for line in lines if once[homes[line.ref]] is line]
    mitigations = facts.get("mitigations", [])
    return TechniquePageView(
        id=technique,
        name=str(facts["name"]),
        summary=str(facts.get("summary") or ""),
        tactics=[group.name for group in group_techniques(matrix, [technique], language=language)],
        parent=TechniqueLineView(id=parent, name=matrix.name(parent)) if parent != technique else None,
        children=[TechniqueLineView(id=ref, name=matrix.name(ref)) for ref in sorted(family - {technique})],
        mitigations=[
            TechniqueLineView(id=str(ref), name=matrix.mitigations.get(str(ref), str(ref)))
            for ref in (mitigations if isinstance(mitigations, list) else [])
        ],
        controls=match_controls(matrix, [technique], language=language),
        actors=lines,
        address=f"https://attack.mitre.org/techniques/{technique.replace('.', '/')}/",
    )


def _find(gallery: Gallery, ref: str) -> ThreatActor | ActorFacts:
    actor = gallery.knowledge.actors.get(ref)
    if not isinstance(actor, ThreatActor | ActorFacts):
        raise EvidenceError(
            f"there is no actor “{ref}”",
            value=ref,
            repair=suggest(ref, gallery.knowledge.actors) or "search the list of actors",
        )
    return actor


def _write_line(gallery: Gallery, ref: str, *, as_of: date, language: Language) -> ActorLineView:
    actor, _ = _find(gallery, ref), translator(language)
    followed = isinstance(actor, ThreatActor) and bool(actor.activity)
    state = activity_state(actor, as_of) if isinstance(actor, ThreatActor) and actor.activity else None
    past = [entry.from_ for entry in actor.activity if start_of(entry.from_) <= as_of] if followed else []
    mine = gallery.incidents.get(ref, ())
    return ActorLineView(
        ref=ref,
        name=actor.name,
        aliases=list(actor.aliases),
        kind_label=label_kind(actor.kind, _),
        mode_label=label_mode(actor.mode, _),
        followed=followed,
        state=state,
        state_label=label_state(state, _),
        state_since=_label_date(max(past, key=start_of), language) if past else None,
        incidents=len(mine),
        last_incident=mine[0].started_on if mine else None,
        last_incident_label=date_label(mine[0].started_on, mine[0].date_precision, language) if mine else None,
        techniques=len(gallery.matrix.uses.get(ref, ())),
    )


def write_incident_line(gallery: Gallery, incident: Incident, language: Language) -> IncidentLineView:
    """Return one incident as short lists show it."""
    known = gallery.knowledge.classes.get(incident.threat_class)
    return IncidentLineView(
        ref=incident.ref,
        date=incident.started_on,
        date_label=date_label(incident.started_on, incident.date_precision, language),
        victim=name_victim(incident.victim, language),
        class_label=known.name.in_language(language) if known else incident.threat_class,
        confidence_label=label_of("confidence", incident.actor.confidence, language),
    )


def _label_date(text: str, language: Language) -> str:
    return date_label(text, {4: "year", 7: "month"}.get(len(text), "day"), language)


def list_recent_incidents(gallery: Gallery, *, language: Language, limit: int) -> list[IncidentLineView]:
    """Return the newest documented incidents."""
    newest = sorted(gallery.knowledge.incidents, key=lambda item: item.started_on, reverse=True)
    return [write_incident_line(gallery, item, language) for item in newest[:limit]]
