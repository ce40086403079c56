"""Laws that hold for any incidents and any windows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from hygie.knowledge.landscape import build_landscape
from hygie.knowledge.landscape.counts import TRAITS, break_down, count_events
from hygie.knowledge.landscape.intervals import compare_rates, poisson_interval, share_interval
from hygie.knowledge.landscape.select import place_incident, select_incidents
from hygie.knowledge.landscape.windows import Window
from hygie.knowledge.records import Incident
from landscape_kit import AS_OF, make_incident, make_knowledge, make_scope, refs

START = date(2021, 1, 1)
DAYS = st.integers(0, 1000).map(lambda days: START + timedelta(days=days))


@st.composite
def incidents(draw: st.DrawFn) -> list[Incident]:
    """Return incidents of every precision, basis and class, some of them victims of one event."""
    made = []
    for index in range(draw(st.integers(0, 15))):
        made.append(
            make_incident(
                f"i-{index}",
                started_on=draw(DAYS).isoformat(),
                date_precision=draw(st.sampled_from(["day", "week", "month", "year"])),
                date_basis=draw(st.sampled_from(["attack", "attack", "discovery", "leak_post", "disclosure"])),
                threat_class=draw(st.sampled_from(["ransomware", "ddos", "intrusion"])),
                event=draw(st.sampled_from([None, None, "wave", "group"])),
                actor=draw(st.sampled_from(["unknown", "storm", "lynx"])),
                victim={
                    "kind": draw(st.sampled_from(["ch", "chu"])),
                    "region": draw(st.sampled_from([None, "Corse", "Bretagne"])),
                },
                data_leaked=draw(st.sampled_from([None, "yes", "unknown"])),
            )
        )
    return made


@st.composite
def windows(draw: st.DrawFn) -> Window:
    """Return a window of at least one day."""
    first, last = sorted([draw(DAYS), draw(DAYS)])
    return Window(first, last)


@given(st.integers(0, 10_000))
def test_an_interval_contains_its_count_and_rises_with_it(count: int) -> None:
    interval, above = poisson_interval(count), poisson_interval(count + 1)
    assert interval.low <= count <= interval.high
    assert interval.low < above.low
    assert interval.high < above.high


@given(st.floats(1.0, 1e4), st.floats(0.0, 1.0))
def test_an_interval_contains_its_share(trials: float, share: float) -> None:
    interval = share_interval(share * trials, trials)
    assert 0.0 <= interval.low <= share + 1e-9
    assert share - 1e-9 <= interval.high <= 1.0


@given(st.integers(0, 500), st.integers(0, 500), st.floats(0.1, 1e3), st.floats(0.1, 1e3))
def test_a_ratio_lies_in_its_interval_and_turns_round_with_time(
    after: int, before: int, later: float, earlier: float
) -> None:
    change = compare_rates(after, before, after_exposure=later, before_exposure=earlier)
    back = compare_rates(before, after, after_exposure=earlier, before_exposure=later)
    if change.ratio is not None:
        assert change.low <= change.ratio
        assert change.high is None or change.ratio <= change.high
    if change.high is not None and back.low > 0:
        assert abs(change.high * back.low - 1.0) < 1e-6


@given(incidents(), windows())
def test_every_incident_is_in_one_part_only(made: list[Incident], window: Window) -> None:
    knowledge = make_knowledge(made)
    selection = select_incidents(knowledge, replace(make_scope(), window=window))
    parts = [*selection.counted, *selection.possible, *selection.after_the_fact]
    assert len(refs(parts)) == len(set(refs(parts)))
    outside = [i for i in made if place_incident(i, window, as_of=AS_OF) == "outside"]
    assert len(parts) + len(outside) == len(made)


@given(incidents(), windows(), st.integers(0, 1000))
def test_adjacent_windows_add_up_for_certain_dates(made: list[Incident], window: Window, cut: int) -> None:
    """An incident counted in one of two adjacent windows is counted in their union, once."""
    middle = window.first + timedelta(days=cut % window.days)
    parts = [Window(window.first, middle)]
    if middle < window.last:
        parts.append(Window(middle + timedelta(days=1), window.last))
    certain = [i for i in made if i.date_precision == "day"]
    knowledge = make_knowledge(certain)

    def counted(part: Window) -> list[str]:
        return refs(select_incidents(knowledge, replace(make_scope(), window=part)).counted)

    assert sorted(ref for part in parts for ref in counted(part)) == sorted(counted(window))


@given(incidents(), st.sampled_from(["region", "department", "classes", "actors", "kinds"]))
def test_filters_never_raise_counts(made: list[Incident], name: str) -> None:
    filters: dict[str, object] = {
        "region": "Corse",
        "department": "75",
        "classes": frozenset({"ddos"}),
        "actors": frozenset({"lynx"}),
        "kinds": frozenset({"chu"}),
    }
    knowledge = make_knowledge(made)
    whole = build_landscape(knowledge, make_scope("2021-01", "2023-12"))
    part = build_landscape(knowledge, make_scope("2021-01", "2023-12", **{name: filters[name]}))
    assert set(refs(part.selection.listed)) <= set(refs(whole.selection.listed))
    assert part.facilities <= whole.facilities
    assert part.events <= whole.events


@given(incidents())
def test_victims_are_at_least_as_many_as_events(made: list[Incident]) -> None:
    seen = build_landscape(make_knowledge(made), make_scope("2021-01", "2023-12"))
    assert seen.facilities >= seen.events
    for breakdown in seen.breakdowns.values():
        assert all(row.facilities >= row.events >= 1 for row in breakdown.rows)
    assert all(row.facilities >= row.events for row in seen.actors)


@given(incidents(), st.sampled_from(sorted(TRAITS)))
def test_rows_of_a_trait_add_up_and_shares_are_of_those_that_report(made: list[Incident], trait: str) -> None:
    breakdown = break_down(made, trait)
    assert breakdown.facilities == len(made)
    assert breakdown.events == count_events(made)
    shares = [row.share for row in breakdown.rows if row.share is not None]
    assert not shares or abs(sum(shares) - 1.0) < 1e-9
    for row in breakdown.rows:
        assert row.mean.low <= row.events <= row.mean.high
        if row.share is not None and row.share_range is not None:
            assert row.share_range.low <= row.share + 1e-9
            assert row.share - 1e-9 <= row.share_range.high


@given(incidents())
def test_months_and_halves_keep_every_incident_once(made: list[Incident]) -> None:
    seen = build_landscape(make_knowledge(made), make_scope("2021-01", "2023-12"))
    placed = [ref for month in seen.timeline.months for ref in refs(month.incidents)]
    assert sorted(placed + refs(seen.timeline.undated)) == sorted(refs(seen.selection.counted))
    assert seen.trend is not None
    total = seen.trend.rows[0]
    assert len(total.before) + len(total.after) + len(seen.trend.unsure) == seen.facilities
