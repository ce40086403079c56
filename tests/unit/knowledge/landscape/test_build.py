"""A whole landscape: of made-up records, and of the shipped packs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hygie.core.errors import UsageError
from hygie.core.evidence import TLP
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.landscape import Knowledge, Landscape, build_landscape, knowledge_of, parse_window
from landscape_kit import make_campaign, make_count, make_incident, make_knowledge, make_scope, refs


@pytest.fixture(scope="module")
def shipped(catalogue: Catalogue) -> Knowledge:
    return knowledge_of(catalogue)


@pytest.fixture(scope="module")
def census(shipped: Knowledge) -> Landscape:
    """The window of the published census."""
    return build_landscape(shipped, make_scope("2022-01", "2023-05"), compare=parse_window("2021", "2021"))


def test_the_census_stands_beside_what_is_documented(census: Landscape) -> None:
    same = {row.published.count.threat_class: row for row in census.comparisons if row.published.position == "same"}
    counted = {ref: row.published.count.count for ref, row in same.items()}
    assert counted == {"ransomware": 14, "ddos": 16, "intrusion": 13}
    assert {ref: row.facilities for ref, row in same.items()} == {"ransomware": 13, "ddos": 7, "intrusion": 9}
    assert {ref: row.events for ref, row in same.items()} == {"ransomware": 13, "ddos": 1, "intrusion": 6}
    assert {ref: len(row.own) for ref, row in same.items()} == {"ransomware": 12, "ddos": 7, "intrusion": 9}
    assert {ref: row.missing for ref, row in same.items()} == {"ransomware": 1, "ddos": 9, "intrusion": 4}


def test_theft_without_encryption_explains_the_two_readings(census: Landscape) -> None:
    (row,) = (row for row in census.comparisons if row.published.count.ref == "count-census-ransomware")
    held_elsewhere = [doubt.incident for doubt in row.doubts if "other_class" in doubt.reasons]
    assert [incident.victim.name for incident in held_elsewhere] == ["GHT Cœur Grand Est"]
    assert [incident.threat_class for incident in held_elsewhere] == ["extortion"]


def test_sites_of_one_event_count_once(census: Landscape) -> None:
    (row,) = (row for row in census.comparisons if row.published.count.ref == "count-census-other")
    ramsay = [incident for incident in row.documented if incident.event == "ramsay-2023-01"]
    assert len(ramsay) == 4
    assert row.facilities - row.events == 3


def test_the_actors_that_the_census_names_are_there(census: Landscape) -> None:
    rows = {row.ref: row for row in census.actors}
    for ref in ("lockbit", "vice-society", "industrial-spy", "anonymous-sudan"):
        assert rows[ref].named_by, ref
        assert rows[ref].incidents, ref
    assert rows["lockbit"].confidence == {"high": 1, "low": 1}
    assert (rows["anonymous-sudan"].facilities, rows["anonymous-sudan"].events) == (7, 1)
    assert census.actors[-1].ref == "unknown"
    assert sum(row.facilities for row in census.actors) == census.facilities


def test_the_wave_of_march_2023_is_one_campaign(census: Landscape) -> None:
    (wave,) = census.waves
    assert (wave.campaign.ref, len(wave.documented), wave.undocumented) == ("ddos-2023-03", 7, 9)


def test_the_second_wave_is_outside_the_window_of_the_census(shipped: Knowledge) -> None:
    later = build_landscape(shipped, make_scope("2023-06", "2023-12"))
    assert [wave.campaign.ref for wave in later.waves] == ["ddos-2023-06-30"]


def test_counts_over_other_windows_are_context(census: Landscape) -> None:
    positions = {item.count.ref: item.position for item in census.published}
    assert positions["count-ransomware-2022-sector"] == "inside"
    assert positions["count-encryptions-2022-2023"] == "overlapping"
    assert "count-encryptions-2022-2023" not in {row.published.count.ref for row in census.comparisons}
    assert "count-major-2022" not in {row.published.count.ref for row in census.comparisons}, "only some outcomes"
    assert "count-ransomware-2021" not in positions


def test_every_breakdown_adds_up(census: Landscape) -> None:
    for trait, breakdown in census.breakdowns.items():
        assert breakdown.facilities == census.facilities, trait
    assert sum(len(month.incidents) for month in census.timeline.months) + len(census.timeline.undated) == 25


def test_what_is_missing_is_counted(census: Landscape) -> None:
    gaps = {(gap.id, gap.subject): (gap.count, gap.of) for gap in census.gaps}
    assert gaps["census", "count-census-ddos"] == (9, 16)
    assert gaps["actor", None] == (12, 25)
    assert gaps["loss_eur", None] == (24, 25)
    assert not any(count == 0 for count, _of in gaps.values())


def test_leak_dates_are_counted_apart_and_still_beside_the_census(shipped: Knowledge) -> None:
    """Were the four entries known from a leak site only dated as such, the census would still find them."""
    posted = {"W-R-03", "W-R-08", "W-R-11", "W-R-12"}
    incidents = tuple(
        replace(incident, date_basis="leak_post") if incident.ref in posted else incident
        for incident in shipped.incidents
    )
    seen = build_landscape(replace(shipped, incidents=incidents), make_scope("2022-01", "2023-05"))
    assert seen.facilities == 25
    assert set(refs(seen.selection.after_the_fact)) == posted
    (row,) = (row for row in seen.comparisons if row.published.count.ref == "count-census-ransomware")
    assert (row.facilities, row.after_the_fact) == (13, 4)


def test_two_windows_are_compared_in_the_order_of_time(shipped: Knowledge, census: Landscape) -> None:
    assert census.comparison is not None
    assert census.comparison.before == parse_window("2021", "2021")
    other = build_landscape(shipped, make_scope("2021", "2021"), compare=parse_window("2022-01", "2023-05"))
    assert other.comparison is not None
    assert other.comparison.before == census.comparison.before
    assert [row.ratio for row in other.comparison.rows] == [row.ratio for row in census.comparison.rows]


def test_windows_that_share_days_are_not_compared() -> None:
    with pytest.raises(UsageError, match="share days") as caught:
        build_landscape(make_knowledge(), make_scope(), compare=parse_window("2022-12", "2023-05"))
    assert caught.value.findings[0].field == "--compare-from, --compare-to"


def test_a_window_that_has_not_begun_is_refused() -> None:
    with pytest.raises(UsageError, match="after the day of the question"):
        build_landscape(make_knowledge(), make_scope("2027-01", "2027-05"))
    with pytest.raises(UsageError, match="after the day of the question") as caught:
        build_landscape(make_knowledge(), make_scope(), compare=parse_window("2027-01", "2027-05"))
    assert caught.value.findings[0].field == "--compare-from"


def test_a_window_that_is_not_over_is_compared_at_the_length_that_is_known() -> None:
    knowledge = make_knowledge([make_incident("a", started_on="2022-02-01"), make_incident("b")])
    seen = build_landscape(knowledge, make_scope(as_of=date(2022, 6, 30)), compare=parse_window("2021-01", "2021-12"))
    assert seen.comparison is not None
    assert seen.comparison.after.days == 181
    assert [month.is_over for month in seen.timeline.months] == [True] * 6 + [False] * 6


def test_an_empty_scope_is_a_landscape_too() -> None:
    seen = build_landscape(make_knowledge([make_incident()]), make_scope("2020-01", "2020-12"))
    assert (seen.facilities, seen.events, seen.comparisons, seen.waves) == (0, 0, (), ())
    assert [gap.id for gap in seen.gaps] == ["quiet_months"]
    assert all(not breakdown.rows for breakdown in seen.breakdowns.values())


def test_campaigns_belong_where_they_have_a_victim() -> None:
    campaigns = (make_campaign("wave"), make_campaign("abroad"), make_campaign("secret", evidence=("ev-amber",)))
    incidents = [
        make_incident("a", event="wave", threat_class="ddos", started_on="2022-03", date_precision="month"),
        make_incident("b", event="abroad", victim={"country": "DE"}, threat_class="ddos"),
        make_incident("c", event="secret", threat_class="ddos"),
    ]
    knowledge = make_knowledge(incidents, campaigns=campaigns)
    everything = build_landscape(knowledge, make_scope())
    assert [wave.campaign.ref for wave in everything.waves] == ["secret", "wave"]
    clear = build_landscape(knowledge, make_scope(ceiling=TLP.CLEAR))
    assert [wave.campaign.ref for wave in clear.waves] == ["wave"]
    assert [(gap.id, gap.count) for gap in clear.gaps if gap.id == "campaign"] == [("campaign", 15)]


def test_actors_named_by_a_count_have_a_row_without_an_incident() -> None:
    knowledge = make_knowledge([make_incident()], [make_count(actors=("lynx",))])
    seen = build_landscape(knowledge, make_scope())
    assert [(row.ref, row.facilities, bool(row.named_by)) for row in seen.actors] == [
        ("lynx", 0, True),
        ("unknown", 1, False),
    ]
