"""Months, and one window against another."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.knowledge.landscape.trends import compare_incidents, list_months
from hygie.knowledge.landscape.windows import parse_window
from landscape_kit import AS_OF, make_incident, refs


def test_every_incident_is_in_one_month_or_in_none() -> None:
    incidents = [
        make_incident("day", started_on="2022-02-03"),
        make_incident("month", started_on="2022-02", date_precision="month"),
        make_incident("week-across", started_on="2022-03-01", date_precision="week"),
        make_incident("year", started_on="2022", date_precision="year"),
    ]
    timeline = list_months(incidents, parse_window("2022-01", "2022-12"), as_of=AS_OF)
    assert refs(timeline.months[1].incidents) == ["day", "month"]
    assert refs(timeline.undated) == ["week-across", "year"]
    assert sum(len(month.incidents) for month in timeline.months) + len(timeline.undated) == len(incidents)


def test_a_quiet_month_has_none_documented_and_a_coming_month_is_not_over() -> None:
    timeline = list_months(
        [make_incident(started_on="2022-01-05")], parse_window("2022-01", "2022-04"), as_of=date(2022, 3, 15)
    )
    assert [month.status for month in timeline.months] == [
        "documented",
        "none_documented",
        "not_over",
        "not_over",
    ]


def test_months_know_their_classes() -> None:
    incidents = [make_incident("a"), make_incident("b", threat_class="ddos"), make_incident("c")]
    (month,) = list_months(incidents, parse_window("2022-06", "2022-06"), as_of=AS_OF).months
    assert {ref: refs(group) for ref, group in month.by_class().items()} == {"ransomware": ["a", "c"], "ddos": ["b"]}


def test_events_are_compared_at_the_length_of_their_windows() -> None:
    before = [make_incident(f"b-{i}") for i in range(4)]
    after = [make_incident(f"a-{i}") for i in range(4)]
    wave = [make_incident(f"w-{i}", event="wave", threat_class="ddos") for i in range(7)]
    change = compare_incidents(
        (parse_window("2021-01", "2021-12"), before),
        (parse_window("2022-01", "2022-06"), after + wave),
        classes=("ddos", "ransomware", "extortion"),
    )
    rows = {row.key: row for row in change.rows}
    assert list(rows) == [None, "ddos", "ransomware"], "a class with nothing in either window has no row"
    # Four events in 181 days after four in 365: the rate has doubled.
    assert rows["ransomware"].ratio.ratio == pytest.approx(365 / 181)
    assert rows[None].ratio.ratio == pytest.approx(5 / 4 * 365 / 181), "the wave of seven victims is one event"
    assert rows["ddos"].ratio.ratio is None


def test_classes_that_no_pack_declares_have_rows_too() -> None:
    change = compare_incidents(
        (parse_window("2021", "2021"), [make_incident(threat_class="odd")]), (parse_window("2022", "2022"), [])
    )
    assert [row.key for row in change.rows] == [None, "odd"]
