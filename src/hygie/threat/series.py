"""Regular series of counts, read from a table of dated counts or of dated events."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from hygie.core.errors import DataError, SchemaError, UsageError, suggest
from hygie.store.byte_sources import ByteSource
from hygie.store.sheets import Cell, SheetHead, SheetRow, is_blank, open_sheet

__all__ = ["CountSeries", "Period", "SeriesColumns", "read_series"]

_DATE = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ].*)?", re.ASCII)
_MOST_PERIODS = 20_000
_MOST_SERIES = 2_000
_MOST_EVENTS = 100_000


class Period(Enum):
    """Length of the steps of a series: a calendar month, a week from Monday, a day."""

    MONTH = "month"
    WEEK = "week"
    DAY = "day"

    @property
    def years(self) -> float:
        """Mean length [y]."""
        return {"month": 1.0 / 12.0, "week": 7.0 / 365.25, "day": 1.0 / 365.25}[self.value]

    def number(self, day: date) -> int:
        """Return the number of the period that holds a day; the next one has the next number."""
        if self is Period.MONTH:
            return day.year * 12 + day.month - 1
        return (day.toordinal() - 1) // 7 if self is Period.WEEK else day.toordinal()

    def begin(self, number: int) -> date:
        """Return the first day of a period."""
        if self is Period.MONTH:
            return date(number // 12, number % 12 + 1, 1)
        return date.fromordinal(number * 7 + 1 if self is Period.WEEK else number)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSeries:
    """Counts of consecutive periods.

    Parameters
    ----------
    name
        Of the group; empty when the file is one series.
    first
        Number of the first period.
    counts
        Events in each period.
    """

    name: str
    period: Period
    first: int
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesColumns:
    """Which columns of a table make a series, and which periods.

    Parameters
    ----------
    day
        Column of the date.
    count
        Column of the number of events; None: each row is one event.
    where
        Texts that columns must hold, whatever the case.
    by
        Column that splits the table into several series.
    first, last
        First and last day; by default those of the table, without the first and last period when days are given, since
        they are seldom whole.
    """

    day: str
    count: str | None = None
    where: Mapping[str, str] | None = None
    by: str | None = None
    period: Period = Period.MONTH
    first: date | None = None
    last: date | None = None


def read_series(source: ByteSource, columns: SeriesColumns) -> tuple[CountSeries, ...]:
    """Return the series of a table; a period without rows counts zero.

    With `by`, each series begins with its own first event and all end together.

    Raises
    ------
    DataError
        A column is missing, a date or a count cannot be read, or nothing is left.
    """
    counts: dict[str, Counter[int]] = {}
    exact = True
    low, high = date.max, date.min
    with open_sheet(source) as sheet:
        reader = _Rows(sheet.head, columns)
        for row in sheet.rows:
            if row.findings:
                raise DataError.from_findings(row.findings)
            day, precise = reader.day(row)
            exact &= precise
            if (columns.first and day < columns.first) or (columns.last and day > columns.last):
                continue
            low, high = min(low, day), max(high, day)
            if not reader.wanted(row):
                continue
            counts.setdefault(reader.group(row), Counter())[columns.period.number(day)] += reader.count(row)
            if len(counts) > _MOST_SERIES:
                raise SchemaError(
                    "the column splits the table into too many series",
                    file=source.name,
                    line=row.line,
                    field=columns.by,
                    allowed=f"at most {_MOST_SERIES:,}",
                    repair="choose a column with fewer values",
                )
    if not any(counter.total() for counter in counts.values()):
        raise DataError(
            "no event is left to count",
            file=source.name,
            repair="check --where, --from and --to against the table",
        )
    begin = columns.period.number(columns.first) if columns.first else columns.period.number(low) + exact
    end = columns.period.number(columns.last) if columns.last else columns.period.number(high) - exact
    if not 1 <= end - begin + 1 <= _MOST_PERIODS:
        raise DataError(
            "the series is too short or too long",
            file=source.name,
            value=f"{max(end - begin + 1, 0):,} periods",
            allowed=f"1 to {_MOST_PERIODS:,}",
            repair="check the dates, --from and --to, or choose another --period",
        )
    found = []
    for name, counter in sorted(counts.items()):
        own = [number for number in counter if counter[number] and begin <= number <= end]
        if own:
            first = min(own) if columns.by else begin
            values = tuple(counter[number] for number in range(first, end + 1))
            found.append(CountSeries(name=name, period=columns.period, first=first, counts=values))
    return tuple(found)


class _Rows:
    """Reads the cells that matter, and says which one is wrong."""

    def __init__(self, head: SheetHead, columns: SeriesColumns) -> None:
        self.head, self.columns = head, columns
        self.places = {
            name: self._place(name)
            for name in (columns.day, columns.count, columns.by, *(columns.where or {}))
            if name is not None
        }

    def _place(self, name: str) -> int:
        if name in self.head.columns:
            return self.head.columns.index(name)
        known = [column for column in self.head.columns if column]
        guess = suggest(name, known)
        raise SchemaError(
            "the table has no such column",
            file=self.head.name,
            line=self.head.line,
            field=name,
            allowed=", ".join(known),
            repair=guess or "name one of its columns with --date, --column, --where or --by",
        )

    def _cell(self, row: SheetRow, name: str) -> Cell:
        return row.cells[self.places[name]]

    def wanted(self, row: SheetRow) -> bool:
        return all(
            text.casefold() in str(self._cell(row, name) or "").casefold()
            for name, text in (self.columns.where or {}).items()
        )

    def group(self, row: SheetRow) -> str:
        return "" if self.columns.by is None else str(self._cell(row, self.columns.by) or "").strip()

    def day(self, row: SheetRow) -> tuple[date, bool]:
        """Return the date, and whether it is a day rather than a month."""
        cell = self._cell(row, self.columns.day)
        match = _DATE.fullmatch(str(cell).strip()) if cell is not None else None
        try:
            if match is None:
                raise ValueError
            day = date(int(match[1]), int(match[2]), int(match[3] or 1))
        except ValueError:
            raise SchemaError(
                "this is not a date",
                file=self.head.name,
                line=row.line,
                field=self.columns.day,
                value=cell,
                allowed="YYYY-MM-DD or YYYY-MM",
                repair="correct the date, or name another column with --date",
            ) from None
        if match[3] is None and self.columns.period is not Period.MONTH:
            raise UsageError(
                "the table says months only",
                file=self.head.name,
                line=row.line,
                field="--period",
                value=self.columns.period.value,
                allowed="month",
                repair="leave --period out",
            )
        return day, match[3] is not None

    def count(self, row: SheetRow) -> int:
        if self.columns.count is None:
            return 1
        cell = self._cell(row, self.columns.count)
        try:
            if is_blank(cell) or isinstance(cell, bool):
                raise ValueError
            number = float(str(cell))
            if not (number.is_integer() and 0 <= number <= _MOST_EVENTS):
                raise ValueError
        except ValueError:
            raise SchemaError(
                "this is not a count",
                file=self.head.name,
                line=row.line,
                field=self.columns.count,
                value=cell,
                allowed=f"a whole number from 0 to {_MOST_EVENTS:,}",
                repair="correct the cell, or name another column with --column",
            ) from None
        return int(number)
