"""Counting incidents by a trait: victims, events, and a row of its own for what is not reported."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from hygie.knowledge.landscape.intervals import Interval, effective_number, poisson_interval, share_interval
from hygie.knowledge.records import Incident, Quantity

__all__ = [
    "TRAITS",
    "Breakdown",
    "CareEffect",
    "Spread",
    "Tally",
    "break_down",
    "census_class_of",
    "count_events",
    "event_of",
    "measure_spread",
    "read_care_effect",
    "read_ot_effect",
]

CareEffect = Literal["effect", "none_stated", "none_known"]

_HOURS_PER_DAY = 24.0

# The first words of a text on effects, as packs write them: that none is known, or that there was none.
_NONE_KNOWN = re.compile(r"no\b[^.;]*\b(is|are) known\b|none (is |are )?(reported|known)\b", re.IGNORECASE)
_NONE_STATED = re.compile(r"none( (on|for|to)\b|\s*[.;,:]|\s*$)|no (effects?|impact|disruption)\b", re.IGNORECASE)

# Classes of public censuses: theft with blackmail is counted there among ransomware.
_CENSUS_CLASSES: Mapping[str, str] = {"ransomware": "ransomware", "extortion": "ransomware", "ddos": "ddos"}


@dataclass(frozen=True, slots=True)
class Tally:
    """Incidents that share a value of a trait; `key` is None for those that do not report it.

    Parameters
    ----------
    mean
        Interval of the mean number of events [1].
    share
        Of the victims that report the trait [1]; None on the row of those that do not, and for traits that are told
        only when there is something to tell.
    share_range
        Its interval, the victims of one event taken as one.
    """

    key: str | None
    incidents: tuple[Incident, ...]
    mean: Interval
    share: float | None
    share_range: Interval | None

    @property
    def facilities(self) -> int:
        """Number of victims: a facility struck twice counts twice."""
        return len(self.incidents)

    @property
    def events(self) -> int:
        """Number of events."""
        return count_events(self.incidents)


@dataclass(frozen=True, slots=True)
class Breakdown:
    """Incidents by a trait, most victims first; the row of those that do not report it comes last."""

    trait: str
    rows: tuple[Tally, ...]

    @property
    def facilities(self) -> int:
        """Victims in all rows."""
        return sum(row.facilities for row in self.rows)

    @property
    def events(self) -> int:
        """Events in all rows; one that shows in two rows counts once."""
        return count_events(incident for row in self.rows for incident in row.incidents)

    @property
    def reported(self) -> int:
        """Victims that report the trait."""
        return sum(row.facilities for row in self.rows if row.key is not None)


@dataclass(frozen=True, slots=True)
class Spread:
    """A measured trait among the incidents that report it, smallest value first."""

    trait: str
    unit: Literal["d", "EUR"]
    facilities: int
    values: tuple[tuple[Incident, Quantity, float], ...]

    @property
    def median(self) -> float | None:
        """Middle value; None without any."""
        return median(value for _incident, _quantity, value in self.values) if self.values else None


def event_of(incident: Incident) -> str:
    """Return the ref that the victims of one event share: the incident's own when it stands alone."""
    return incident.event or incident.ref


def count_events(incidents: Iterable[Incident]) -> int:
    """Return the number of events behind incidents."""
    return len({event_of(incident) for incident in incidents})


def census_class_of(incident: Incident) -> str:
    """Return the class under which a census counts an incident: stated, else worked out from our own class."""
    return incident.census_class or _CENSUS_CLASSES.get(incident.threat_class, "other")


def read_care_effect(incident: Incident) -> CareEffect | None:
    """Return what the text on care says: an effect, that there was none, that none is known; None without a text.

    Read from the first words of the English text, which packs write in one of three ways: “No effect on care …”,
    “No effect … is known” or “None reported …”, or what happened.
    """
    return _read_effect(incident.care_impact.en) if incident.care_impact else None


def read_ot_effect(incident: Incident) -> CareEffect | None:
    """Return what the text on building and medical systems says, as `read_care_effect` does for care."""
    return _read_effect(incident.ot_effect.en) if incident.ot_effect else None


def _read_effect(text: str) -> CareEffect:
    if _NONE_KNOWN.match(text):
        return "none_known"
    return "none_stated" if _NONE_STATED.match(text) else "effect"


TRAITS: Mapping[str, Callable[[Incident], str | None]] = {
    "class": lambda incident: incident.threat_class,
    "census_class": census_class_of,
    "kind": lambda incident: incident.victim.kind,
    "region": lambda incident: incident.victim.region,
    "department": lambda incident: incident.victim.department,
    "care": read_care_effect,
    # A source that says “unknown” reports no more than one that says nothing.
    "data": lambda incident: None if incident.data_leaked == "unknown" else incident.data_leaked,
    "ot": read_ot_effect,
    "date_basis": lambda incident: incident.date_basis,
}

# Told when there is something to tell: the share of those that tell would say nothing.
_ONE_SIDED = frozenset({"ot"})

_QUANTITIES: Mapping[str, tuple[Literal["d", "EUR"], Callable[[Incident], Quantity | None]]] = {
    "disruption_days": ("d", lambda incident: incident.disruption),
    "ransom_eur": ("EUR", lambda incident: incident.ransom_demand),
    "loss_eur": ("EUR", lambda incident: incident.loss),
}


def break_down(
    incidents: Sequence[Incident], trait: str, *, key: Callable[[Incident], str | None] | None = None
) -> Breakdown:
    """Count incidents by a trait.

    Parameters
    ----------
    trait
        A name of `TRAITS`, unless `key` is given.
    key
        The value of the trait for an incident; None where it is not reported.
    """
    read = key or TRAITS[trait]
    groups: dict[str | None, list[Incident]] = {}
    for incident in incidents:
        groups.setdefault(read(incident), []).append(incident)
    sizes = _event_sizes(incident for value, members in groups.items() if value is not None for incident in members)
    reported, effective = sum(sizes), effective_number(sizes)
    if trait in _ONE_SIDED:
        reported = 0
    rows = [_tally(value, members, reported=reported, effective=effective) for value, members in groups.items()]
    return Breakdown(trait, tuple(sorted(rows, key=lambda row: (row.key is None, -row.facilities, row.key or ""))))


def _tally(key: str | None, incidents: list[Incident], *, reported: int, effective: float) -> Tally:
    share = len(incidents) / reported if key is not None and reported else None
    return Tally(
        key,
        tuple(incidents),
        poisson_interval(count_events(incidents)),
        share,
        None if share is None else share_interval(share * effective, effective),
    )


def _event_sizes(incidents: Iterable[Incident]) -> list[int]:
    sizes: dict[str, int] = {}
    for incident in incidents:
        sizes[event_of(incident)] = sizes.get(event_of(incident), 0) + 1
    return list(sizes.values())


def measure_spread(incidents: Sequence[Incident], trait: str) -> Spread:
    """Return the reported values of a measured trait: durations in days [d], amounts in euros of their day [EUR]."""
    unit, read = _QUANTITIES[trait]
    scale = _HOURS_PER_DAY if unit == "d" else 1.0
    found = [(incident, quantity) for incident in incidents if (quantity := read(incident)) is not None]
    values = [(incident, quantity, quantity.value / scale) for incident, quantity in found]
    return Spread(trait, unit, len(incidents), tuple(sorted(values, key=lambda row: (row[2], row[0].ref))))
