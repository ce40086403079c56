"""Windows of time: whole days, both ends included, and where a coarse date falls in one."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hygie.core.errors import SchemaError, UsageError
from hygie.knowledge.records import expand_date

__all__ = ["MAX_MONTHS", "Place", "Span", "Window", "cut_span", "halve_window", "parse_window", "place_span"]

Span = tuple[date, date]
Place = Literal["inside", "partly", "outside"]

# Fifty years: longer ones are a slip of the pen, and every month gets a row.
MAX_MONTHS = 600


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """The days from `first` to `last`, both included."""

    first: date
    last: date

    @property
    def days(self) -> int:
        """Number of days [d]."""
        return (self.last - self.first).days + 1

    @property
    def years(self) -> float:
        """Length [y], a year having 365.25 days."""
        return self.days / 365.25

    def overlaps(self, other: Window) -> bool:
        """Return whether two windows share a day."""
        return self.first <= other.last and other.first <= self.last

    def covers(self, other: Window) -> bool:
        """Return whether `other` lies inside."""
        return self.first <= other.first and other.last <= self.last

    def end_at(self, day: date) -> Window:
        """Return the part of the window up to a day that it has reached."""
        return Window(self.first, min(self.last, day))

    def months(self) -> list[Window]:
        """Return the months of the window in order; the first and the last may be cut.

        >>> [month.days for month in Window(date(2024, 1, 15), date(2024, 2, 29)).months()]
        [17, 29]
        """
        months: list[Window] = []
        first = self.first
        while first <= self.last:
            end = first.replace(day=monthrange(first.year, first.month)[1])
            months.append(Window(first, min(end, self.last)))
            first = date(end.year + end.month // 12, end.month % 12 + 1, 1)
        return months


def parse_window(start: str, end: str, *, fields: tuple[str, str] = ("--from", "--to")) -> Window:
    """Return the window between two dates written YYYY, YYYY-MM or YYYY-MM-DD; months and years count whole.

    Parameters
    ----------
    fields
        What the two dates are called where the user wrote them.

    Raises
    ------
    UsageError
        Not dates, in the wrong order, or more than fifty years apart.

    >>> parse_window("2022-01", "2023-05").last
    datetime.date(2023, 5, 31)
    """
    window = Window(_read(start, fields[0])[0], _read(end, fields[1])[1])
    if window.first > window.last:
        raise UsageError(
            "the window ends before it starts",
            field=f"{fields[0]}, {fields[1]}",
            value=f"{start} … {end}",
            allowed="a first month and a last month, in this order",
            repair="swap the two dates",
        )
    months = 12 * (window.last.year - window.first.year) + window.last.month - window.first.month + 1
    if months > MAX_MONTHS:
        raise UsageError(
            "the window is too long",
            field=f"{fields[0]}, {fields[1]}",
            value=f"{start} … {end}",
            allowed=f"at most {MAX_MONTHS // 12} years",
            repair="check the years, or ask for a shorter window",
        )
    return window


def _read(text: str, field: str) -> Span:
    try:
        return expand_date(text.strip())
    except SchemaError as error:
        finding = error.findings[0]
        raise UsageError(
            finding.message, field=field, value=text, allowed=finding.allowed, repair="write a month, such as 2022-01"
        ) from None


def place_span(span: Span, window: Window) -> Place:
    """Return where the days that a date may mean lie: all inside a window, some of them, or none.

    >>> place_span(expand_date("2022"), parse_window("2022-01", "2023-05"))
    'inside'
    >>> place_span(expand_date("2022"), parse_window("2022-06", "2023-05"))
    'partly'
    """
    if window.first <= span[0] and span[1] <= window.last:
        return "inside"
    return "partly" if span[0] <= window.last and window.first <= span[1] else "outside"


def cut_span(span: Span, *, as_of: date) -> Span | None:
    """Return a span without the days after `as_of`, on which nothing known by then can have begun; None if all are."""
    return None if span[0] > as_of else (span[0], min(span[1], as_of))


def halve_window(window: Window) -> tuple[Window, Window] | None:
    """Return the two halves of a window, cut between months; None for less than two months.

    >>> [half.days for half in halve_window(parse_window("2023-01", "2023-05"))]
    [59, 92]
    """
    months = window.months()
    if len(months) < 2:
        return None
    middle = len(months) // 2
    return Window(window.first, months[middle - 1].last), Window(months[middle].first, window.last)
