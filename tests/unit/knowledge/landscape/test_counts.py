"""Counts by trait: victims, events, and what is not reported."""

from __future__ import annotations

import pytest

from hygie.knowledge.landscape.counts import (
    break_down,
    census_class_of,
    count_events,
    measure_spread,
    read_care_effect,
    read_ot_effect,
)
from hygie.knowledge.landscape.intervals import share_interval
from landscape_kit import make_incident, refs


def test_victims_of_one_event_are_one_event() -> None:
    incidents = [make_incident("a", event="wave"), make_incident("b", event="wave"), make_incident("c")]
    row = break_down(incidents, "class").rows[0]
    assert (row.facilities, row.events) == (3, 2)
    assert count_events(incidents) == 2


def test_what_is_not_reported_has_a_row_of_its_own_that_comes_last() -> None:
    incidents = [
        make_incident("a", care="No effect on care."),
        *(make_incident(f"silent-{i}") for i in range(3)),
        make_incident("b", care="Operations put off."),
        make_incident("c", care="Wards closed."),
    ]
    care = break_down(incidents, "care")
    assert [(row.key, row.facilities) for row in care.rows] == [("effect", 2), ("none_stated", 1), (None, 3)]
    assert (care.facilities, care.reported) == (6, 3)
    shares = [row.share for row in care.rows]
    assert shares == [pytest.approx(2 / 3), pytest.approx(1 / 3), None]
    assert care.rows[-1].share_range is None


@pytest.mark.parametrize(
    ("text", "effect"),
    [
        ("No effect on care.", "none_stated"),
        ("None on care; mail and internet cut.", "none_stated"),
        ("No effect on care for 60 residents; degraded procedures.", "none_stated"),
        ("No effect on care is known.", "none_known"),
        ("None reported on care; nine sites cut from the internet.", "none_known"),
        ("No operation cancelled; the vaccination centre closed for a weekend.", "effect"),
        ("Care maintained; delivery of results slowed.", "effect"),
        ("None of the eight theatres could be used.", "effect"),
        ("Nonetheless, wards closed.", "effect"),
    ],
)
def test_texts_on_care_say_an_effect_none_or_none_known(text: str, effect: str) -> None:
    assert read_care_effect(make_incident(care=text)) == effect
    assert read_ot_effect(make_incident(ot=text)) == effect


def test_no_text_is_no_statement() -> None:
    assert read_care_effect(make_incident()) is None
    assert read_ot_effect(make_incident()) is None


def test_unknown_data_is_not_reported_and_ot_has_no_shares() -> None:
    data = break_down([make_incident("a", data_leaked="unknown"), make_incident("b", data_leaked="no")], "data")
    assert [(row.key, row.share) for row in data.rows] == [("no", 1.0), (None, None)]
    # Sources tell an effect when there is one: the share of those that tell would be 100 %.
    ot = break_down([make_incident("a", ot="Imaging down."), make_incident("b")], "ot")
    assert [(row.key, row.facilities, row.share) for row in ot.rows] == [("effect", 1, None), (None, 1, None)]


def test_shares_take_the_victims_of_one_event_as_one() -> None:
    wave = [make_incident(f"w-{i}", event="wave", threat_class="ddos") for i in range(7)]
    lone = [make_incident(f"r-{i}") for i in range(3)]
    ransomware = next(row for row in break_down(wave + lone, "class").rows if row.key == "ransomware")
    effective = 10**2 / (7**2 + 3)
    assert ransomware.share == pytest.approx(0.3)
    assert ransomware.share_range == share_interval(0.3 * effective, effective)
    independent = share_interval(3, 10)
    assert ransomware.share_range is not None
    assert ransomware.share_range.low < independent.low < independent.high < ransomware.share_range.high


@pytest.mark.parametrize(
    ("ours", "stated", "census"),
    [
        ("ransomware", None, "ransomware"),
        ("extortion", None, "ransomware"),
        ("ddos", None, "ddos"),
        ("intrusion", None, "other"),
        ("provider", None, "other"),
        ("ransomware", "other", "other"),
    ],
)
def test_the_class_of_a_census_is_the_stated_one_first(ours: str, stated: str | None, census: str) -> None:
    assert census_class_of(make_incident(threat_class=ours, census_class=stated)) == census


def test_spreads_cover_those_that_report_and_keep_stated_zeros() -> None:
    incidents = [
        make_incident("long", disruption_days=30, estimated=True),
        make_incident("none", disruption_days=0),
        make_incident("short", disruption_days=2),
        make_incident("silent"),
    ]
    spread = measure_spread(incidents, "disruption_days")
    assert refs([incident for incident, _quantity, _value in spread.values]) == ["none", "short", "long"]
    assert [value for _incident, _quantity, value in spread.values] == [0.0, 2.0, 30.0]
    assert (spread.facilities, spread.median, spread.unit) == (4, 2.0, "d")
    assert measure_spread(incidents, "loss_eur").median is None
    assert measure_spread([make_incident(loss=7e6)], "loss_eur").median == 7e6
