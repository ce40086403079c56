"""Series are read as stated, and what is wrong is told with its place."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.core.errors import DataError, ModelError, SchemaError, UsageError
from hygie.store.byte_sources import ByteSource
from hygie.threat.series import CountSeries, Period, SeriesColumns, read_series


def read(text: str, **columns: object) -> tuple[CountSeries, ...]:
    source = ByteSource(name="series.csv", content=text.encode())
    return read_series(source, SeriesColumns(**{"day": "date", **columns}))  # type: ignore[arg-type]


EVENTS = """date,kind
2020-01-10,Hacking
2020-02-01,Theft
2020-04-30,HACKING or theft
2020-04-02,Hacking
2020-06-02,Loss
"""


def test_events_are_counted_month_by_month_without_the_ends() -> None:
    (series,) = read(EVENTS)
    assert series.counts == (1, 0, 2, 0)
    assert series.period.begin(series.first) == date(2020, 2, 1)


def test_a_condition_selects_rows_but_not_the_periods() -> None:
    (series,) = read(EVENTS, where={"kind": "hacking"})
    assert series.counts == (0, 0, 2, 0)
    (series,) = read(EVENTS, where={"kind": "hacking"}, first=date(2020, 1, 1), last=date(2020, 7, 31))
    assert series.counts == (1, 0, 0, 2, 0, 0, 0)


def test_counts_are_summed_and_split() -> None:
    text = "date,group,n\n2021-01,a,2\n2021-01,b,1\n2021-03,a,4\n2021-04,b,3\n"
    (series,) = read(text, count="n")
    assert series.counts == (3, 0, 4, 3)
    first, second = read(text, count="n", by="group", first=date(2021, 2, 1))
    assert (first.name, first.counts) == ("a", (4, 0))
    assert (second.name, second.counts) == ("b", (3,))


def test_weeks_begin_on_monday_and_days_are_days() -> None:
    assert Period.WEEK.begin(Period.WEEK.number(date(2024, 2, 29))) == date(2024, 2, 26)
    assert Period.WEEK.begin(Period.WEEK.number(date(2024, 2, 26))) == date(2024, 2, 26)
    assert Period.DAY.begin(Period.DAY.number(date(2024, 2, 29))) == date(2024, 2, 29)
    assert Period.MONTH.begin(Period.MONTH.number(date(2023, 12, 31)) + 1) == date(2024, 1, 1)


@pytest.mark.parametrize(
    ("text", "columns", "line", "field", "message"),
    [
        ("date,n\n2020-01,1\n2020-13,2\n", {"count": "n"}, 3, "date", "not a date"),
        ("date,n\n2020-01,1\n2020-02,1.5\n", {"count": "n"}, 3, "n", "not a count"),
        ("date,n\n2020-01,1\n2020-02,-1\n", {"count": "n"}, 3, "n", "not a count"),
        ("date,n\n2020-01,1\n2020-02,\n", {"count": "n"}, 3, "n", "not a count"),
        ("date,n\n2020-01,1\n2020-02,nan\n", {"count": "n"}, 3, "n", "not a count"),
        ("when,n\n2020-01,1\n", {}, 1, "date", "no such column"),
        ("date,n\n2020-01,1\n", {"period": Period.DAY}, 2, "--period", "months only"),
    ],
)
def test_errors_say_where(text: str, columns: dict[str, object], line: int, field: str, message: str) -> None:
    with pytest.raises((SchemaError, UsageError), match=message) as caught:
        read(text, **columns)
    finding = caught.value.findings[0]
    assert (finding.file, finding.line, finding.field) == ("series.csv", line, field)
    assert finding.repair


def test_nothing_left_is_an_error() -> None:
    with pytest.raises(DataError, match="no event is left"):
        read(EVENTS, where={"kind": "flood"})
    with pytest.raises(DataError, match="too short"):
        read("date\n2020-01-10\n")


def test_counts_too_large_to_forecast_are_refused() -> None:
    from hygie.core.distributions import Beta
    from hygie.threat.backtest import backtest_series

    series = CountSeries(name="", period=Period.MONTH, first=0, counts=(10, 20_000, 5, 5, 5, 5))
    with pytest.raises(ModelError, match="too large"):
        backtest_series([series], discount=Beta(17.0, 3.0))
