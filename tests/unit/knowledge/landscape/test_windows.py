"""Windows of months, and coarse dates against them."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.core.errors import UsageError
from hygie.knowledge.landscape.windows import Window, cut_span, halve_window, parse_window, place_span
from hygie.knowledge.records import expand_date, widen_date


def test_months_count_whole_at_both_ends() -> None:
    window = parse_window("2022-01", "2023-05")
    assert (window.first, window.last, window.days) == (date(2022, 1, 1), date(2023, 5, 31), 516)
    assert parse_window("2024", "2024").days == 366
    assert parse_window("2024-02-10", "2024-02-10").days == 1


def test_months_of_a_window_cover_it_once() -> None:
    window = parse_window("2023-11-20", "2024-03-02")
    months = window.months()
    assert [month.days for month in months] == [11, 31, 31, 29, 2]
    assert sum(month.days for month in months) == window.days
    assert not any(a.overlaps(b) for a in months for b in months if a is not b)


@pytest.mark.parametrize(
    ("text", "precision", "place"),
    [
        ("2022-06-15", "day", "inside"),
        ("2022-06", "month", "inside"),
        ("2022", "year", "inside"),
        ("2023", "year", "partly"),
        ("2021-12-30", "week", "partly"),
        ("2021-12-30", "day", "outside"),
        ("2023-05-31", "week", "partly"),
        ("2023-06", "month", "outside"),
    ],
)
def test_coarse_dates_fall_inside_partly_or_outside(text: str, precision: str, place: str) -> None:
    assert place_span(widen_date(text, precision), parse_window("2022-01", "2023-05")) == place  # type: ignore[arg-type]


def test_nothing_known_today_began_tomorrow() -> None:
    assert cut_span(expand_date("2022"), as_of=date(2022, 6, 30)) == (date(2022, 1, 1), date(2022, 6, 30))
    assert cut_span(expand_date("2023"), as_of=date(2022, 6, 30)) is None


def test_halves_follow_each_other_between_months() -> None:
    halves = halve_window(parse_window("2022-01", "2023-05"))
    assert halves == (parse_window("2022-01", "2022-08"), parse_window("2022-09", "2023-05"))
    assert halve_window(parse_window("2022-01", "2022-01")) is None


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2022-13", "2023-05", "not a date"),
        ("2022-01", "in May", "not a date"),
        ("2023-05", "2022-01", "ends before it starts"),
        ("1970", "2023", "too long"),
    ],
)
def test_windows_that_are_none_are_refused(start: str, end: str, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        parse_window(start, end)
    finding = caught.value.findings[0]
    assert finding.repair
    assert "--" in str(finding.field)


def test_errors_name_the_option_that_is_wrong() -> None:
    with pytest.raises(UsageError, match="not a date") as caught:
        parse_window("2022-01", "x", fields=("--compare-from", "--compare-to"))
    assert caught.value.findings[0].field == "--compare-to"


def test_a_window_is_cut_at_a_day() -> None:
    window = parse_window("2022-01", "2022-12")
    assert window.end_at(date(2022, 3, 15)) == Window(date(2022, 1, 1), date(2022, 3, 15))
    assert window.end_at(date(2030, 1, 1)) == window
