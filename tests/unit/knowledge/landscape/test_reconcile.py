"""A published count beside documented incidents: what is missing, what is beyond, and which may not be counted."""

from __future__ import annotations

from dataclasses import replace

from hygie.knowledge.landscape.reconcile import Reconciliation, is_comparable, list_published, reconcile_count
from hygie.knowledge.landscape.select import Knowledge, Scope
from landscape_kit import make_count, make_incident, make_knowledge, make_scope, refs


def reconcile(knowledge: Knowledge, scope: Scope | None = None, **count: object) -> Reconciliation:
    """Set the incidents of some knowledge beside a count of 10 ransomware attacks in 2022."""
    scope = scope or make_scope()
    holding = replace(knowledge, counts=(make_count(**count),))
    (published,) = list_published(holding, scope)
    return reconcile_count(published, holding, scope=scope)


def test_what_is_counted_and_not_documented_is_missing() -> None:
    row = reconcile(make_knowledge([make_incident("a"), make_incident("b")]))
    assert (row.facilities, row.events, row.missing, row.surplus) == (2, 2, 8, 0)


def test_more_documented_than_counted_is_beyond_unless_the_count_is_a_minimum() -> None:
    knowledge = make_knowledge([make_incident(f"i-{i}") for i in range(3)])
    assert (reconcile(knowledge, count=1).missing, reconcile(knowledge, count=1).surplus) == (0, 2)
    assert reconcile(knowledge, count=1, at_least=True).surplus == 0


def test_a_census_counts_under_its_own_classes_and_other_counts_under_ours() -> None:
    knowledge = make_knowledge(
        [
            make_incident("encrypted", census_class="ransomware"),
            make_incident("stolen", threat_class="extortion", census_class="ransomware"),
            make_incident("stopped", threat_class="intrusion", census_class="other"),
        ]
    )
    census = reconcile(knowledge)
    assert (refs(census.documented), refs(census.own)) == (["encrypted", "stolen"], ["encrypted"])
    assert [(doubt.incident.ref, doubt.reasons) for doubt in census.doubts] == [("stolen", ("other_class",))]
    ministry = reconcile(knowledge, source_kind="ministry")
    assert refs(ministry.documented) == ["encrypted"]
    assert refs(reconcile(knowledge, threat_class="intrusion").documented) == ["stopped"]


def test_a_filter_of_classes_does_not_hide_what_the_census_counts() -> None:
    knowledge = make_knowledge([make_incident("stolen", threat_class="extortion", census_class="ransomware")])
    row = reconcile(knowledge, make_scope(classes=frozenset({"ransomware"})))
    assert refs(row.documented) == ["stolen"]
    assert row.compared


def test_a_filter_that_keeps_a_part_of_the_country_compares_nothing() -> None:
    knowledge = make_knowledge([make_incident("a")])
    for part in ({"region": "Corse"}, {"department": "75"}, {"kinds": frozenset({"ch"})}):
        row = reconcile(knowledge, make_scope(**part))
        assert not row.compared
        assert (row.missing, row.surplus) == (0, 0)


def test_every_reason_comes_from_the_fields_of_an_incident() -> None:
    knowledge = make_knowledge(
        [
            make_incident("sure", actor="lynx"),
            make_incident("anonymous"),
            make_incident("other-gang", actor="storm"),
            make_incident("doubtful", actor="lynx", confidence="low"),
            make_incident("clinic", actor="lynx", victim={"kind": "nursing_home"}),
            make_incident("claimed", actor="lynx", data_leaked="claimed"),
            make_incident("posted", actor="lynx", date_basis="leak_post"),
            make_incident("some-day", actor="lynx", started_on="2022", date_precision="year"),
        ]
    )
    row = reconcile(knowledge, actors=("Bobcat",), kinds_outside=("nursing_home",))
    assert {doubt.incident.ref: doubt.reasons for doubt in row.doubts} == {
        "anonymous": ("unknown_actor",),
        "other-gang": ("unnamed_actor",),
        "doubtful": ("low_confidence",),
        "clinic": ("outside_population",),
        "claimed": ("claim_only",),
        "posted": ("after_the_fact",),
        "some-day": ("year_only",),
    }
    assert (row.facilities, row.after_the_fact) == (8, 1)
    # Where the source names nobody, an unknown actor is no reason.
    assert "anonymous" not in {doubt.incident.ref for doubt in reconcile(knowledge).doubts}


def test_dates_that_may_fall_in_the_window_of_the_count_are_apart() -> None:
    knowledge = make_knowledge([make_incident("a"), make_incident("year", started_on="2022", date_precision="year")])
    row = reconcile(knowledge, window_start="2022-06-01", window_end="2022-12-31")
    assert (refs(row.documented), refs(row.possible)) == (["a"], ["year"])


def test_a_count_is_compared_over_its_own_window() -> None:
    knowledge = make_knowledge([make_incident("june"), make_incident("january", started_on="2022-01-10")])
    row = reconcile(knowledge, window_start="2022-06-01", window_end="2022-06-30")
    assert (row.published.position, refs(row.documented)) == ("inside", ["june"])


def test_classes_worked_out_from_ours_are_counted() -> None:
    knowledge = make_knowledge([make_incident("a"), make_incident("b", census_class="ransomware")])
    assert reconcile(knowledge).by_fallback == 1
    assert reconcile(knowledge, source_kind="ministry").by_fallback == 0


def test_counts_of_the_window_come_first_then_those_inside_then_those_beside() -> None:
    counts = [
        make_count("beside", window_start="2022-06-01", window_end="2023-06-30"),
        make_count("inside", window_end="2022-06-30"),
        make_count("same-ddos", threat_class="ddos", count=16),
        make_count("same"),
    ]
    published = list_published(make_knowledge(counts=counts), make_scope())
    assert [(item.count.ref, item.position) for item in published] == [
        ("same", "same"),
        ("same-ddos", "same"),
        ("inside", "inside"),
        ("beside", "overlapping"),
    ]
    intervals = {item.count.ref: item.mean for item in published}
    assert intervals["same-ddos"] is None, "victims of campaigns are no independent events"
    assert intervals["same"] is not None
    assert intervals["same"].low < 10 < intervals["same"].high


def test_parts_of_counts_and_of_outcomes_are_not_compared() -> None:
    assert is_comparable(make_count())
    assert is_comparable(make_count(outcomes=("workstation", "server", "several_servers", "everything")))
    assert not is_comparable(make_count(outcomes=("several_servers", "everything")))
    assert not is_comparable(make_count(nested_in="count-2", role="nested"))
