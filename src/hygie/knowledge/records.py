"""What packs say about the world: incidents, counts, campaigns, actors, as frozen records.

Dates stay as they were published, `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; `expand_date` gives the days they cover.
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from hygie.core.errors import SchemaError
from hygie.core.evidence import LocalText

__all__ = [
    "UNKNOWN_ACTOR",
    "ActorActivity",
    "Attribution",
    "Campaign",
    "CountObservation",
    "DatePrecision",
    "Incident",
    "PackInfo",
    "Quantity",
    "ThreatActor",
    "Victim",
    "expand_date",
    "widen_date",
]

UNKNOWN_ACTOR = "unknown"

DatePrecision = Literal["day", "week", "month", "year"]

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")


def expand_date(text: str) -> tuple[date, date]:
    """Return the first and the last day of a date written YYYY, YYYY-MM or YYYY-MM-DD.

    Raises
    ------
    SchemaError
        The text is not a date, or the day does not exist.

    >>> expand_date("2024-02")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    """
    match = _DATE.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        year, month, day = (int(part) if part else None for part in match.groups())
        first = date(year or 0, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        raise SchemaError(
            f"“{text[:40]}” is not a date",
            value=text,
            allowed="YYYY, YYYY-MM or YYYY-MM-DD",
            repair="check the year, the month and the day",
        ) from None
    if day is not None:
        return first, first
    if month is not None:
        return first, first.replace(day=monthrange(first.year, month)[1])
    return first, first.replace(month=12, day=31)


def widen_date(text: str, precision: DatePrecision | None) -> tuple[date, date]:
    """Return the first and the last day that a date covers, given how far it can be trusted."""
    match precision:
        case "year":
            return expand_date(text[:4])
        case "month":
            return expand_date(text[:7])
        case "week":
            first = expand_date(text)[0]
            monday = first - timedelta(days=first.weekday())
            return monday, monday + timedelta(days=6)
        case _:
            return expand_date(text)


@dataclass(frozen=True, slots=True)
class Quantity:
    """A published figure: durations in `h`, money in `EUR` of its day.

    Parameters
    ----------
    estimated
        True when the source does not state the figure and it was read from what it tells.
    """

    value: float
    unit: str
    estimated: bool = False
    note: LocalText | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Victim:
    """Who was hit.

    Parameters
    ----------
    unnamed
        True when no source names it, or its name is not passed on: `name` then tells what it is, for exports only.
    """

    name: str
    kind: str
    town: str | None = None
    department: str | None = None
    region: str | None = None
    country: str | None = None
    sector: str | None = None
    employees: str | None = None
    unnamed: Literal[True] | None = None


@dataclass(frozen=True, slots=True)
class Attribution:
    """Who did it: the ref of an actor or `unknown`, and how sure the sources are."""

    name: str
    confidence: Literal["high", "medium", "low", "none"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """One event at one victim.

    Parameters
    ----------
    started_on, date_precision
        When it began or became known, and how far the date can be trusted.
    census_class
        Class under which a published census counts it, when it differs in kind from `threat_class`.
    event
        Ref shared by the victims of one event.
    date_basis
        What `started_on` dates; a leak post or a disclosure comes after the attack, by days or by months.
    discovered_on, published_on
        When the victim knew, and when the public did.
    """

    ref: str
    evidence: tuple[str, ...]
    started_on: str
    date_precision: DatePrecision
    victim: Victim
    threat_class: str
    actor: Attribution
    census_class: str | None = None
    event: str | None = None
    disruption: Quantity | None = None
    care_impact: LocalText | None = None
    ot_effect: LocalText | None = None
    data_leaked: Literal["yes", "no", "claimed", "unknown"] | None = None
    ransom_demand: Quantity | None = None
    loss: Quantity | None = None
    notes: LocalText | None = None
    date_basis: Literal["attack", "discovery", "leak_post", "disclosure"] = "attack"
    discovered_on: str | None = None
    published_on: str | None = None

    @property
    def span(self) -> tuple[date, date]:
        """First and last day on which the incident may have started."""
        return widen_date(self.started_on, self.date_precision)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountObservation:
    """*n* events of a class in a window over a population, under a definition.

    Parameters
    ----------
    count
        Number of events [1]; a lower bound when `at_least`.
    outcomes
        Outcomes of an attack that the count covers; empty when the source does not say.
    window_start, window_end
        First and last day, both full dates, both included.
    role
        `level` counts set the rate, `check` counts are compared with it, `nested` ones lie inside `nested_in`.
    overlaps
        Counts of (partly) the same events.
    source_kind
        What coverage, definition and scope parameters apply.
    sector, country
        Of the victims counted; None when the entry does not say.
    actors
        Refs of the actors that the source names, in its order.
    kinds_outside
        Kinds of victims that the source counts although they lie outside `population`.
    """

    ref: str
    evidence: tuple[str, ...]
    threat_class: str
    outcomes: tuple[str, ...]
    count: int
    at_least: bool
    window_start: str
    window_end: str
    population: str
    definition: LocalText
    role: Literal["level", "check", "nested"]
    source_kind: str
    out_of_scope: bool
    overlaps: tuple[str, ...] = ()
    nested_in: str | None = None
    sector: str | None = None
    country: str | None = None
    actors: tuple[str, ...] = ()
    kinds_outside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One wave that hit many victims at once.

    Parameters
    ----------
    victims_published, victims_named
        Victims [1] that the source counts (None when it does not) and that it names.
    window_start, window_end
        Period over which campaigns were looked for, both full dates.
    """

    ref: str
    evidence: tuple[str, ...]
    threat_class: str
    started_on: str
    victims_named: int
    actor: str
    window_start: str
    window_end: str
    victims_published: int | None = None
    name: LocalText | None = None
    date_precision: DatePrecision | None = None
    notes: LocalText | None = None

    @property
    def span(self) -> tuple[date, date]:
        """First and last day on which the campaign may have started."""
        return widen_date(self.started_on, self.date_precision)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorActivity:
    """State of an actor from a date on: 1 active … 0 dismantled; `method` is `observed` or that of an estimate."""

    from_: str
    state: float
    evidence: tuple[str, ...] = ()
    method: str = "observed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreatActor:
    """A group that attacks, with its ids in ATT&CK and MISP and its dated activity, oldest first."""

    ref: str
    name: str
    aliases: tuple[str, ...]
    attack_ids: tuple[str, ...]
    kind: str
    mode: Literal["encrypt", "theft_only", "ddos"]
    threat_classes: tuple[str, ...]
    capability: str
    activity: tuple[ActorActivity, ...]
    evidence: tuple[str, ...]
    description: LocalText
    misp_uuid: str | None = None


@dataclass(frozen=True, slots=True)
class PackInfo:
    """A loaded pack: name, version, SHA-256 of its files, and its folder."""

    name: str
    version: str
    digest: str
    path: str
