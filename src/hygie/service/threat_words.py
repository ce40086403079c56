"""What threats are called and how their frequencies are said: causes, pieces of evidence, natural frequencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hygie.core.estimate import Estimate
from hygie.facility.organisation import Facility
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.records import UNKNOWN_ACTOR, ActorActivity, Campaign, CountObservation, Incident, expand_date
from hygie.service.threat_pieces import PieceGroup
from hygie.service.threat_world import World
from hygie.threat.actors import UNATTRIBUTED, UNATTRIBUTED_SKILLED
from hygie.threat.known import index_entries
from hygie.views.landscape_words import date_label, join_words, label_of, territory_label, window_label
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent, natural_frequency
from hygie.views.threat import FigureChangeView

__all__ = [
    "MINUS",
    "cause_label",
    "class_label",
    "list_effects",
    "list_facility_changes",
    "name_actor",
    "name_piece",
    "say_change",
    "say_frequency",
    "say_loss_change",
    "write_cause",
]

MINUS = "\u2212"
_SHOWN = 3
_TOLD_SHARE = 0.005
_BASES = (100, 1_000, 10_000, 100_000, 1_000_000)


def say_frequency(frequency: float, language: str) -> str:
    """Return a yearly frequency as people say it; above one event in two years, as events a year.

    >>> say_frequency(0.0383, "en")
    'about 4 in 100 a year'
    """
    _ = translator(language)
    if frequency >= 0.5:
        return _("about {n} a year", n=format_number(frequency, language))
    n, base = natural_frequency(frequency)
    return _("about {n} in {base} a year", n=format_count(n, language), base=format_count(base, language))


def say_change(change: float, *, near: float, language: str) -> str:
    """Return a signed change of a yearly frequency, on a base that suits the frequency `near` it.

    >>> say_change(-0.0041, near=0.0383, language="en")
    '−0.41 in 100 a year'
    """
    _ = translator(language)
    base = next((base for base in _BASES if near * base >= 1.0), _BASES[-1])
    sign = MINUS if change < 0 else "+"
    number = f"{sign}{format_number(abs(change) * base, language)}"
    return _("{n} in {base} a year", n=number, base=format_count(base, language))


def say_loss_change(change: float, language: str) -> str:
    """Return a signed change of a yearly loss."""
    return f"{MINUS if change < 0 else '+'}{format_euros(abs(change), language)}"


def cause_label(cause: str, language: str) -> str:
    """Return what a cause of change is called."""
    _ = translator(language)
    return _causes(_)[cause]


def _causes(_: Translate) -> dict[str, str]:
    return {
        "time": _("Passage of time"),
        "counts": _("Published counts"),
        "incidents": _("Incidents"),
        "campaigns": _("Campaigns"),
        "actors": _("Activity of actors"),
        "states": _("State of the sector"),
        "exposure": _("Facility and its exposure"),
        "controls": _("Controls"),
        "model": _("Parameters of the packs"),
    }


def name_actor(ref: str, catalogue: Catalogue, language: str) -> str:
    """Return what an actor is called."""
    _ = translator(language)
    if ref == UNATTRIBUTED:
        return _("Actors outside the list, mostly opportunists")
    if ref == UNATTRIBUTED_SKILLED:
        return _("Skilled actors outside the list")
    if ref == UNKNOWN_ACTOR:
        return label_of("actor", ref, language)
    return catalogue.actors[ref].name if ref in catalogue.actors else ref


def class_label(ref: str, catalogue: Catalogue, language: str) -> str:
    """Return what a threat class is called."""
    rows = (row for document in catalogue.sections.get("classes", ()) for row in document.data["classes"])
    return next((str(row["name"][language]) for row in rows if row["id"] == ref), ref)


def _lower(label: str) -> str:
    return label[:1].lower() + label[1:]


def name_piece(group: PieceGroup, before: World, after: World, language: str) -> str:
    """Return what a piece of evidence is, in a few words; what is no longer counted says so."""
    _ = translator(language)
    kind = group.pieces[0].kind
    one, other = (index_entries(world.catalogue, kind) for world in (before, after))
    refs = [piece.ref for piece in group.pieces]
    gone = all(ref not in other for ref in refs)
    records: list[Any] = [other.get(ref, one.get(ref)) for ref in refs]
    catalogue = (before if gone else after).catalogue
    text = (
        _name_record(records[0], refs[0], catalogue, language)
        if len(refs) == 1
        else _name_incidents(records, catalogue, language)
    )
    return _("{name} (left out)", name=text) if gone else text


def _name_record(record: Any, ref: str, catalogue: Catalogue, language: str) -> str:
    _ = translator(language)
    match record:
        case CountObservation():
            window = window_label(expand_date(record.window_start)[0], expand_date(record.window_end)[1], language)
            publisher = catalogue.evidence[record.evidence[0]].publisher
            number = format_count(record.count, language)
            return _(
                "count of {n} ({name}, {window}, {publisher})",
                n=_("at least {n}", n=number) if record.at_least else number,
                name=_lower(class_label(record.threat_class, catalogue, language)),
                window=window,
                publisher=publisher,
            )
        case Incident():
            day = date_label(record.started_on, record.date_precision, language)
            return f"{record.victim.name} ({day}, {name_actor(record.actor.name, catalogue, language)})"
        case Campaign():
            return record.name.in_language(language) if record.name else record.ref
        case ActorActivity():
            actor = name_actor(ref.rpartition("@")[0], catalogue, language)
            precision = {4: "year", 7: "month"}.get(len(record.from_), "day")
            values = {"actor": actor, "day": date_label(record.from_, precision, language)}
            if record.state in (0.0, 1.0):
                return _("{actor} active, {day}", **values) if record.state else _("{actor} gone, {day}", **values)
            state = format_percent(record.state, language)
            return _("{actor} at {state} of its activity, {day}", state=state, **values)
        case dict():
            return str(record["name"][language])
        case (Estimate(), _):
            return str(record[0].description.in_language(language))
    return ref


def _name_incidents(records: Sequence[Incident], catalogue: Catalogue, language: str) -> str:
    _ = translator(language)
    regions = {record.victim.region for record in records}
    region = regions.pop() if len(regions) == 1 else None
    values = {
        "n": format_count(len(records), language),
        "actor": name_actor(records[0].actor.name, catalogue, language),
    }
    if region:
        return _("{n} incidents in {region} ({actor})", region=territory_label("regions", region), **values)
    return _("{n} incidents ({actor})", **values)


def list_facility_changes(before: Facility, after: Facility, cause: str, world: World, language: str) -> list[str]:
    """Return what differs between two facility files: controls by name, other fields by path."""
    if cause == "controls":
        names = {spec.id: spec.name.local().in_language(language) for spec in world.blueprints.controls}
        one, other = before.coverages, after.coverages
        return [
            f"{names.get(ref, ref)} {_say_coverage(one.get(ref), language)} → {_say_coverage(other.get(ref), language)}"
            for ref in dict.fromkeys([*one, *other])
            if one.get(ref) != other.get(ref)
        ]
    first, second = (facility.model_dump(exclude={"posture"}) for facility in (before, after))
    return [
        f"{name}.{field}" if field else name
        for name in first
        if first[name] != second[name]
        for field in _differing_fields(first[name], second[name])
    ]


def _differing_fields(one: object, other: object) -> list[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        return [str(key) for key in dict.fromkeys([*one, *other]) if one.get(key) != other.get(key)]
    return [""]


def _say_coverage(coverage: float | None, language: str) -> str:
    return "?" if coverage is None else format_number(coverage, language)


def write_cause(label: str, effects: Sequence[str], pieces: Sequence[str], *, more: int, language: str) -> str:
    """Return one sentence: a cause, what it is made of, and what it does."""
    _ = translator(language)
    done = ", ".join(effects) if effects else _("no visible effect on these figures")
    if not pieces:
        return _("{cause}: {effects}.", cause=label, effects=done)
    named = list(pieces[:_SHOWN])
    hidden = more + len(pieces) - len(named)
    if hidden:
        named.append(_("{n} more", n=format_count(hidden, language)))
        return _(
            "{cause}, above all {pieces}: {effects}.", cause=label, pieces=join_words(named, language), effects=done
        )
    return _("{cause} ({pieces}): {effects}.", cause=label, pieces=_join_pieces(named, language), effects=done)


def _join_pieces(parts: Sequence[str], language: str) -> str:
    return ("\u00a0; " if language == "fr" else "; ").join(parts)


def list_effects(
    changes: Mapping[str, float], figures: Sequence[FigureChangeView], *, noise: float, language: str
) -> list[str]:
    """Return what changes among figures, leaving out a thousandth of a figure or less.

    Of the shares of actors only the one that changes most is told, when it changes by half a point or more.
    """
    _ = translator(language)
    texts = []
    for row in figures:
        change, near = changes[row.id], max(row.before, row.after, 1e-12)
        if row.unit == "share" or abs(change) <= 1e-3 * near:
            continue
        if row.unit == "1/y":
            said = say_change(change, near=near, language=language)
        else:
            said = say_loss_change(change, language)
            if noise:
                said = _("{change} (± {noise} of noise)", change=said, noise=format_euros(noise, language))
        texts.append(f"{_lower(row.label)} {said}")
    shares = [row for row in figures if row.unit == "share"]
    most = max(shares, key=lambda row: abs(changes[row.id]), default=None)
    if most is not None and abs(changes[most.id]) >= _TOLD_SHARE:
        points = f"{MINUS if changes[most.id] < 0 else '+'}{format_number(100 * abs(changes[most.id]), language)}"
        texts.append(_("{points} points of attempts for {actor}", points=points, actor=most.label))
    return texts
