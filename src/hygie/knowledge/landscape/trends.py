"""Over time: month by month, and one window against another. Events, not victims: a campaign is one event."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hygie.knowledge.landscape.counts import count_events
from hygie.knowledge.landscape.intervals import RateRatio, compare_rates
from hygie.knowledge.landscape.select import place_incident
from hygie.knowledge.landscape.windows import Window
from hygie.knowledge.records import Incident

__all__ = ["Change", "ChangeRow", "Month", "Timeline", "compare_incidents", "list_months"]


@dataclass(frozen=True, slots=True)
class Month:
    """One month of a window; `is_over` is False when some of its days had not come yet."""

    window: Window
    incidents: tuple[Incident, ...]
    is_over: bool

    @property
    def status(self) -> Literal["documented", "none_documented", "not_over"]:
        """A month without incident has none documented, which is not the same as no attack."""
        if self.incidents:
            return "documented"
        return "none_documented" if self.is_over else "not_over"

    def by_class(self) -> dict[str, tuple[Incident, ...]]:
        """Return the incidents of each threat class."""
        classes: dict[str, list[Incident]] = {}
        for incident in self.incidents:
            classes.setdefault(incident.threat_class, []).append(incident)
        return {name: tuple(group) for name, group in classes.items()}


@dataclass(frozen=True, slots=True)
class Timeline:
    """Months in order, and the incidents that are in the window but in no one month for certain."""

    months: tuple[Month, ...]
    undated: tuple[Incident, ...]


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """Incidents of one class, or of all (`key` None), in two windows, and the ratio of the rates of their events."""

    key: str | None
    before: tuple[Incident, ...]
    after: tuple[Incident, ...]
    ratio: RateRatio


@dataclass(frozen=True, slots=True)
class Change:
    """Two windows compared, each at the length that is known; `unsure` incidents fall in neither for certain."""

    before: Window
    after: Window
    rows: tuple[ChangeRow, ...]
    unsure: tuple[Incident, ...]


def list_months(incidents: Sequence[Incident], window: Window, *, as_of: date) -> Timeline:
    """Place incidents in the months of a window; those whose date spans two months are kept apart.

    Every incident is in one month or in `undated`: their numbers add up.
    """
    months = window.months()
    places = {(month.first.year, month.first.month): index for index, month in enumerate(months)}
    found: list[list[Incident]] = [[] for _month in months]
    undated: list[Incident] = []
    for incident in incidents:
        first, _last = incident.span
        index = places.get((first.year, first.month))
        if index is None or place_incident(incident, months[index], as_of=as_of) != "inside":
            undated.append(incident)
        else:
            found[index].append(incident)
    rows = zip(months, found, strict=True)
    return Timeline(tuple(Month(month, tuple(group), month.last <= as_of) for month, group in rows), tuple(undated))


def compare_incidents(
    before: tuple[Window, Sequence[Incident]],
    after: tuple[Window, Sequence[Incident]],
    *,
    classes: Sequence[str] = (),
    unsure: Sequence[Incident] = (),
) -> Change:
    """Compare the events of two windows that share no day, each at its own length.

    Parameters
    ----------
    before, after
        A window and the incidents in it. Lengths are those of the windows given: cut them at the day of the question.
    classes
        Threat classes in the order of the rows; other classes follow. The row of all classes comes first.
    """
    groups = dict.fromkeys(classes) | {
        incident.threat_class: None for _window, incidents in (before, after) for incident in incidents
    }
    keys: list[str | None] = [None, *groups]
    rows = [_compare(key, before, after) for key in keys]
    shown = [row for row in rows if row.key is None or row.before or row.after]
    return Change(before[0], after[0], tuple(shown), tuple(unsure))


def _compare(
    key: str | None, before: tuple[Window, Sequence[Incident]], after: tuple[Window, Sequence[Incident]]
) -> ChangeRow:
    earlier, later = (
        tuple(incident for incident in incidents if key in (None, incident.threat_class))
        for _window, incidents in (before, after)
    )
    ratio = compare_rates(
        count_events(later),
        count_events(earlier),
        after_exposure=float(after[0].days),
        before_exposure=float(before[0].days),
    )
    return ChangeRow(key, earlier, later, ratio)
