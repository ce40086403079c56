"""Who attacks: documented victims by actor, and the actors that published counts name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hygie.knowledge.landscape.counts import count_events
from hygie.knowledge.landscape.intervals import Interval, poisson_interval
from hygie.knowledge.landscape.select import ActorNames
from hygie.knowledge.records import UNKNOWN_ACTOR, CountObservation, Incident

__all__ = ["CONFIDENCES", "ActorTally", "tally_actors"]

CONFIDENCES = ("high", "medium", "low", "none")


@dataclass(frozen=True, slots=True)
class ActorTally:
    """One actor: its documented victims, and the published counts whose source names it."""

    ref: str
    incidents: tuple[Incident, ...]
    named_by: tuple[CountObservation, ...]

    @property
    def facilities(self) -> int:
        """Number of victims."""
        return len(self.incidents)

    @property
    def events(self) -> int:
        """Number of events."""
        return count_events(self.incidents)

    @property
    def mean(self) -> Interval:
        """Interval of the mean number of events [1]."""
        return poisson_interval(self.events)

    @property
    def confidence(self) -> Mapping[str, int]:
        """Victims by how sure the attribution is."""
        stated = [incident.actor.confidence for incident in self.incidents]
        return {level: stated.count(level) for level in CONFIDENCES if level in stated}


def tally_actors(
    incidents: Sequence[Incident], counts: Iterable[CountObservation], *, names: ActorNames
) -> tuple[ActorTally, ...]:
    """Count victims by actor: most events first, then most victims; `unknown` last.

    An actor that a count names has a row even when no documented incident is attributed to it.
    """
    victims: dict[str, list[Incident]] = {}
    for incident in incidents:
        victims.setdefault(names.resolve(incident.actor.name), []).append(incident)
    naming: dict[str, list[CountObservation]] = {}
    for count in counts:
        for name in count.actors:
            naming.setdefault(names.resolve(name), []).append(count)
    rows = [
        ActorTally(ref, tuple(victims.get(ref, ())), tuple(naming.get(ref, ())))
        for ref in dict.fromkeys((*victims, *naming))
    ]
    return tuple(
        sorted(rows, key=lambda row: (row.ref == UNKNOWN_ACTOR, -row.events, -row.facilities, names.name(row.ref)))
    )
