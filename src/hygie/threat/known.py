"""What was known on a date, what would be known without some of it, and mixtures of two states of knowledge.

The model reads a catalogue; here catalogues are made that hold less than all that the packs say. Their parts are the
causes by which two of them can differ: counts, incidents, campaigns, states of actors, states of the sector, and all
the rest of the packs.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from hygie.core.errors import UsageError, suggest
from hygie.core.ids import digest_text
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.records import ActorActivity, Campaign, ThreatActor
from hygie.store.documents import Document
from hygie.threat.actors import start_of
from hygie.threat.counts import select_counts

__all__ = ["NEWS", "Kind", "Omission", "Piece", "index_entries", "know", "leave_out", "list_pieces", "mix", "put_back"]

Kind = Literal["counts", "incidents", "campaigns", "actors", "states", "model"]

# Kinds of evidence that arrive from day to day; `model` is what packs say beside it.
NEWS: tuple[Kind, ...] = ("counts", "incidents", "campaigns", "actors", "states")

_STATES = "states"
# A campaign that is not known of: dated after all days.
_NEVER = "9999-12-31"
_ROLES = ("level", "check", "nested")


@dataclass(frozen=True, slots=True)
class Piece:
    """One entry by which two states of knowledge differ; the state of an actor is written `actor@date`."""

    kind: Kind
    ref: str


@dataclass(frozen=True, slots=True)
class Omission:
    """What left with a piece of evidence, and the parameters that rest on it and keep their value."""

    removed: tuple[Piece, ...]
    kept: tuple[str, ...]


def know(catalogue: Catalogue, *, as_of: date) -> Catalogue:
    """Return what a catalogue says that was known on a date.

    The rules are those by which rates are derived: counts once published and over, incidents and campaigns once
    started, states once they hold.
    """
    classes = {count.threat_class for count in catalogue.counts}
    counts = {
        count.ref
        for threat_class in classes
        for role in _ROLES
        for count in select_counts(catalogue, threat_class, as_of=as_of, role=role)
    }
    return _restamp(
        replace(
            catalogue,
            counts=tuple(count for count in catalogue.counts if count.ref in counts),
            incidents=tuple(each for each in catalogue.incidents if start_of(each.started_on) <= as_of),
            campaigns=_hide_campaigns(catalogue, lambda each: start_of(each.started_on) <= as_of),
            actors={
                ref: _keep_activity(actor, [each for each in actor.activity if start_of(each.from_) <= as_of])
                for ref, actor in catalogue.actors.items()
            },
            sections=_keep_states(catalogue, lambda row: start_of(str(row["from"])) <= as_of),
        ),
        f"known on {as_of}",
    )


def leave_out(catalogue: Catalogue, refs: Iterable[str]) -> tuple[Catalogue, Omission]:
    """Return a catalogue without some evidence, incidents, counts, campaigns or states, and what left with them.

    A count, an incident or a campaign stands as long as one of its sources is left. A state is a judgement over all
    its evidence: without any part of it, it falls, and the state before it goes on.

    Parameters
    ----------
    refs
        Refs of evidence, incidents, counts, campaigns, or states of the sector; `actor@date` for a state of an actor.

    Raises
    ------
    UsageError
        A ref that no pack has.
    """
    wanted = tuple(dict.fromkeys(refs))
    _refuse_unknown(catalogue, wanted)
    gone = frozenset(wanted)

    def stands(ref: str, evidence: Collection[str]) -> bool:
        return ref not in gone and not (evidence and gone.issuperset(evidence))

    def holds(ref: str, evidence: Collection[str]) -> bool:
        return ref not in gone and gone.isdisjoint(evidence)

    rest = replace(
        catalogue,
        counts=tuple(each for each in catalogue.counts if stands(each.ref, each.evidence)),
        incidents=tuple(each for each in catalogue.incidents if stands(each.ref, each.evidence)),
        campaigns=_hide_campaigns(catalogue, lambda each: stands(each.ref, each.evidence)),
        actors={
            ref: _keep_activity(actor, [x for x in actor.activity if holds(f"{ref}@{x.from_}", x.evidence)])
            for ref, actor in catalogue.actors.items()
        },
        sections=_keep_states(catalogue, lambda row: holds(str(row["id"]), row.get("evidence", ()))),
    )
    kept = tuple(name for name, estimate in catalogue.estimates.items() if not gone.isdisjoint(estimate.evidence))
    removed = tuple(piece for kind in NEWS for piece in list_pieces(catalogue, rest, kind))
    return _restamp(rest, "without " + " ".join(wanted)), Omission(removed, kept)


def mix(before: Catalogue, after: Catalogue, taken: Collection[str]) -> Catalogue:
    """Return a catalogue with the kinds of `taken` from `after`, and the others from `before`."""
    news = {kind: after if kind in taken else before for kind in NEWS}
    rest = after if "model" in taken else before
    states = news["states"].sections.get(_STATES)
    sections = {name: documents for name, documents in rest.sections.items() if name != _STATES}
    if states is not None:
        sections[_STATES] = states
    return _restamp(
        replace(
            rest,
            # What is cited or needed must be found, whichever side it comes from.
            evidence={**before.evidence, **after.evidence},
            estimates={**before.estimates, **after.estimates, **rest.estimates},
            counts=news["counts"].counts,
            incidents=news["incidents"].incidents,
            campaigns=news["campaigns"].campaigns,
            actors=news["actors"].actors,
            sections=sections,
        ),
        f"{before.digest} {after.digest} {sorted(taken)}",
    )


def list_pieces(before: Catalogue, after: Catalogue, kind: Kind) -> list[Piece]:
    """Return the entries of a kind that only one of two catalogues has, or that differ."""
    one, other = index_entries(before, kind), index_entries(after, kind)
    refs = dict.fromkeys([*one, *other])
    return [Piece(kind, ref) for ref in refs if one.get(ref) != other.get(ref)]


def put_back(before: Catalogue, after: Catalogue, pieces: Collection[Piece]) -> Catalogue:
    """Return `after` with some pieces as they are in `before`: what one would know had they not changed."""
    changed = after
    for kind in {piece.kind for piece in pieces}:
        refs = {piece.ref for piece in pieces if piece.kind == kind}
        one, other = index_entries(before, kind), index_entries(after, kind)
        rows = {ref: (one if ref in refs else other).get(ref) for ref in dict.fromkeys([*other, *one])}
        left = {ref: row for ref, row in rows.items() if row is not None}
        match kind:
            case "counts":
                changed = replace(changed, counts=tuple(left.values()))
            case "incidents":
                changed = replace(changed, incidents=tuple(left.values()))
            case "campaigns":
                every = {each.ref: each for each in (*before.campaigns, *after.campaigns)}
                hidden = {ref: replace(each, started_on=_NEVER) for ref, each in every.items()}
                changed = replace(changed, campaigns=tuple({**hidden, **left}.values()))
            case "actors":
                changed = replace(changed, actors=_rebuild_actors(before, after, left))
            case "states":
                changed = replace(changed, sections=_replace_states(changed, list(left.values())))
            case "model":
                estimates = {ref: row[0] for ref, row in left.items()}
                earlier = {ref: row[1] for ref, row in left.items() if row[1]}
                changed = replace(changed, estimates=estimates, earlier=earlier)
    return _restamp(changed, f"{before.digest} {sorted(piece.ref for piece in pieces)}")


def index_entries(catalogue: Catalogue, kind: Kind) -> dict[str, Any]:
    """Return what a catalogue knows of a kind, by the refs of pieces: records, rows of states, or estimates."""
    match kind:
        case "counts":
            return {each.ref: each for each in catalogue.counts}
        case "incidents":
            return {each.ref: each for each in catalogue.incidents}
        case "campaigns":
            return {each.ref: each for each in catalogue.campaigns if each.started_on != _NEVER}
        case "actors":
            return {
                f"{ref}@{each.from_}": each
                for ref, actor in catalogue.actors.items()
                for each in actor.activity
                # A placeholder says that nothing is known yet.
                if each != _unknown_from(each.from_)
            }
        case "states":
            return {str(row["id"]): row for document in _states(catalogue) for row in document.data[_STATES]}
        case "model":
            # The estimate of the day, and the earlier ones that still speak of earlier windows.
            return {name: (estimate, catalogue.earlier.get(name, ())) for name, estimate in catalogue.estimates.items()}


def _hide_campaigns(catalogue: Catalogue, keep: Callable[[Campaign], bool]) -> tuple[Campaign, ...]:
    # The window in which campaigns were looked for stays: that nothing was seen in it is knowledge, too.
    return tuple(each if keep(each) else replace(each, started_on=_NEVER) for each in catalogue.campaigns)


def _unknown_from(day: str) -> ActorActivity:
    return ActorActivity(from_=day, state=0.0, evidence=(), method="observed")


def _keep_activity(actor: ThreatActor, kept: Collection[ActorActivity]) -> ThreatActor:
    if not actor.activity or len(kept) == len(actor.activity):
        return actor
    # Without any dated state an actor would count as always active: here nothing is known of it yet.
    return replace(actor, activity=tuple(kept) or (_unknown_from(actor.activity[0].from_),))


def _rebuild_actors(before: Catalogue, after: Catalogue, left: Mapping[str, ActorActivity]) -> dict[str, ThreatActor]:
    actors = {**before.actors, **after.actors}
    by_actor: dict[str, list[ActorActivity]] = {ref: [] for ref in actors}
    for key, state in left.items():
        by_actor[key.rpartition("@")[0]].append(state)
    rebuilt = {}
    for ref, actor in actors.items():
        states = tuple(sorted(by_actor[ref], key=lambda each: start_of(each.from_)))
        known = [*(before.actors[ref].activity if ref in before.actors else ()), *actor.activity]
        rebuilt[ref] = actor if not known else replace(actor, activity=states or (_unknown_from(known[0].from_),))
    return rebuilt


def _states(catalogue: Catalogue) -> tuple[Document, ...]:
    return catalogue.sections.get(_STATES, ())


def _keep_states(catalogue: Catalogue, keep: Callable[[Any], bool]) -> Mapping[str, tuple[Document, ...]]:
    if _STATES not in catalogue.sections:
        return catalogue.sections
    kept = [row for document in _states(catalogue) for row in document.data[_STATES] if keep(row)]
    return _replace_states(catalogue, kept)


def _replace_states(catalogue: Catalogue, rows: list[Any]) -> dict[str, tuple[Document, ...]]:
    documents = _states(catalogue)
    name = documents[0].name if documents else _STATES
    return {**catalogue.sections, _STATES: (Document(name, {_STATES: rows}),)}


def _refuse_unknown(catalogue: Catalogue, refs: Iterable[str]) -> None:
    known = {*catalogue.evidence, *(ref for kind in NEWS for ref in index_entries(catalogue, kind))}
    for ref in refs:
        if ref not in known:
            raise UsageError(
                "no loaded pack has this",
                field="--without",
                value=ref,
                allowed="the ref of evidence, an incident, a count, a campaign, a state of the sector, or actor@date",
                repair=suggest(ref, known) or "`hygie threat rates` lists what enters the rates",
            )


def _restamp(catalogue: Catalogue, what: str) -> Catalogue:
    return replace(catalogue, digest=digest_text(f"{catalogue.digest} {what}"))
