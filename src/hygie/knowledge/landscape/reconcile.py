"""A published count beside the incidents documented one by one: what matches, what is missing, and why.

Nothing is matched victim by victim: a census rarely lists its cases. What can be said is how many are documented in
the window and under the class of the count, and which of them the count may or may not hold, from their own fields.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from hygie.knowledge.landscape.counts import census_class_of, count_events
from hygie.knowledge.landscape.intervals import Interval, poisson_interval
from hygie.knowledge.landscape.select import (
    LATE,
    ActorNames,
    Knowledge,
    Scope,
    list_counts,
    place_incident,
    select_incidents,
    window_of,
)
from hygie.knowledge.landscape.windows import Window
from hygie.knowledge.records import UNKNOWN_ACTOR, CountObservation, Incident

__all__ = [
    "Doubt",
    "Position",
    "Published",
    "Reason",
    "Reconciliation",
    "is_comparable",
    "list_published",
    "reconcile_count",
]

Position = Literal["same", "inside", "overlapping"]
Reason = Literal[
    "other_class",
    "outside_population",
    "unknown_actor",
    "unnamed_actor",
    "low_confidence",
    "claim_only",
    "after_the_fact",
    "year_only",
]

# Our class of a count → the class under which a census counts incidents.
_CENSUS_CLASS: Mapping[str, str] = {"ransomware": "ransomware", "ddos": "ddos", "intrusion": "other"}
# A count that leaves out some of these outcomes cannot be set beside incidents, which do not state theirs.
_ENCRYPTED = frozenset({"workstation", "server", "several_servers", "everything"})


@dataclass(frozen=True, slots=True)
class Published:
    """A published count against the window asked for; no interval for victims of campaigns."""

    count: CountObservation
    window: Window
    position: Position
    mean: Interval | None


@dataclass(frozen=True, slots=True)
class Doubt:
    """An incident of a comparison that the count may not hold, and why."""

    incident: Incident
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """One published count and the incidents documented in its own window.

    Parameters
    ----------
    documented
        Under the class of the census for a census, under our own class for any other count; all bases of dates.
    own
        Under our own class.
    possible
        As `documented`, but the date is too coarse to tell whether it is in the window.
    by_fallback
        How many of `documented` have no class of a census stated: it was worked out from our own.
    compared
        False when a filter keeps a part of what was counted only.
    """

    published: Published
    is_census: bool
    documented: tuple[Incident, ...]
    own: tuple[Incident, ...]
    possible: tuple[Incident, ...]
    by_fallback: int
    doubts: tuple[Doubt, ...]
    compared: bool

    @property
    def facilities(self) -> int:
        """Victims documented."""
        return len(self.documented)

    @property
    def events(self) -> int:
        """Events documented."""
        return count_events(self.documented)

    @property
    def after_the_fact(self) -> int:
        """Of the victims documented, dated by a leak post or a disclosure."""
        return sum(incident.date_basis in LATE for incident in self.documented)

    @property
    def missing(self) -> int:
        """Victims counted, with no documented incident; at least."""
        return max(0, self.published.count.count - self.facilities) if self.compared else 0

    @property
    def surplus(self) -> int:
        """Victims documented beyond the count; a minimum is no bound."""
        beyond = self.facilities - self.published.count.count
        return max(0, beyond) if self.compared and not self.published.count.at_least else 0


def list_published(knowledge: Knowledge, scope: Scope) -> list[Published]:
    """Return the published counts of a scope: those of the same window first, then inside it, then beside it."""
    window = scope.known_window
    found = [_publish(count, knowledge, window) for count in list_counts(knowledge, scope)]
    positions = ("same", "inside", "overlapping")
    classes = {ref: index for index, ref in enumerate(knowledge.classes)}

    def rank(item: Published) -> tuple[int, Window, int, str]:
        place = classes.get(item.count.threat_class, len(classes))
        return positions.index(item.position), item.window, place, item.count.ref

    return sorted(found, key=rank)


def _publish(count: CountObservation, knowledge: Knowledge, window: Window) -> Published:
    observed = window_of(count)
    position: Position = "overlapping"
    if window.covers(observed):
        position = "same" if observed == window else "inside"
    known = knowledge.classes.get(count.threat_class)
    independent = known is None or known.is_independent
    return Published(count, observed, position, poisson_interval(count.count) if independent else None)


def is_comparable(count: CountObservation) -> bool:
    """Return whether documented incidents can be set beside a count: not a part of another, nor of some outcomes."""
    return count.nested_in is None and (not count.outcomes or set(count.outcomes) >= _ENCRYPTED)


def reconcile_count(
    published: Published, knowledge: Knowledge, *, scope: Scope, names: ActorNames | None = None
) -> Reconciliation:
    """Set the incidents documented in the window of a count beside it.

    The filter of classes is dropped: the census may count under one class what we hold under another.
    """
    names = names or ActorNames(knowledge.actors)
    count = published.count
    selection = select_incidents(knowledge, replace(scope, window=published.window, classes=frozenset()), names=names)
    is_census = count.source_kind == "press_census" and count.threat_class in _CENSUS_CLASS
    inside: list[Incident] = []
    unsure: list[Incident] = []
    for incident in selection.listed:
        place = place_incident(incident, published.window, as_of=scope.as_of)
        (inside if place == "inside" else unsure).append(incident)
    documented = _of_class(inside, count, is_census=is_census)
    return Reconciliation(
        published=published,
        is_census=is_census,
        documented=documented,
        own=_of_class(inside, count, is_census=False),
        possible=_of_class(unsure, count, is_census=is_census),
        by_fallback=sum(incident.census_class is None for incident in documented) if is_census else 0,
        doubts=tuple(
            Doubt(incident, reasons) for incident in documented if (reasons := _doubt(incident, count, names))
        ),
        compared=scope.keeps_whole_country,
    )


def _of_class(incidents: Sequence[Incident], count: CountObservation, *, is_census: bool) -> tuple[Incident, ...]:
    if is_census:
        wanted = _CENSUS_CLASS[count.threat_class]
        return tuple(incident for incident in incidents if census_class_of(incident) == wanted)
    return tuple(incident for incident in incidents if incident.threat_class == count.threat_class)


def _doubt(incident: Incident, count: CountObservation, names: ActorNames) -> tuple[Reason, ...]:
    actor = names.resolve(incident.actor.name)
    named = {names.resolve(name) for name in count.actors}
    reasons: dict[Reason, bool] = {
        "other_class": incident.threat_class != count.threat_class,
        "outside_population": incident.victim.kind in count.kinds_outside,
        "unknown_actor": bool(named) and actor == UNKNOWN_ACTOR,
        "unnamed_actor": bool(named) and actor != UNKNOWN_ACTOR and actor not in named,
        "low_confidence": actor != UNKNOWN_ACTOR and incident.actor.confidence == "low",
        "claim_only": incident.data_leaked == "claimed",
        "after_the_fact": incident.date_basis in LATE,
        "year_only": incident.date_precision == "year",
    }
    return tuple(reason for reason, holds in reasons.items() if holds)
