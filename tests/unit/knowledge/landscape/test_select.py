"""Which incidents and counts a scope holds, and which stand apart."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.core.evidence import TLP
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.landscape import knowledge_of
from hygie.knowledge.landscape.select import ActorNames, list_counts, select_incidents
from landscape_kit import make_count, make_incident, make_knowledge, make_scope, refs


def test_dates_that_may_fall_in_the_window_stand_apart() -> None:
    knowledge = make_knowledge(
        [
            make_incident("day", started_on="2022-06-15"),
            make_incident("year", started_on="2022", date_precision="year"),
            make_incident("before", started_on="2021-12-31"),
        ]
    )
    whole = select_incidents(knowledge, make_scope("2022-01", "2022-12"))
    assert (refs(whole.counted), refs(whole.possible)) == (["year", "day"], [])
    half = select_incidents(knowledge, make_scope("2022-01", "2022-06"))
    assert (refs(half.counted), refs(half.possible)) == (["day"], ["year"])


def test_dates_of_leaks_and_disclosures_are_never_mixed_with_dates_of_attacks() -> None:
    """A leak-site entry of January 2022 may tell of an attack of August 2021."""
    knowledge = make_knowledge(
        [
            make_incident("attack"),
            make_incident("discovery", date_basis="discovery"),
            make_incident("leak", date_basis="leak_post"),
            make_incident("news", date_basis="disclosure", started_on="2022", date_precision="year"),
        ]
    )
    selection = select_incidents(knowledge, make_scope("2022-01", "2022-06"))
    assert refs(selection.counted) == ["attack", "discovery"]
    assert refs(selection.after_the_fact) == ["news", "leak"]
    assert selection.possible == ()
    assert refs(selection.listed) == ["news", "attack", "discovery", "leak"]


def test_what_states_no_sector_or_country_is_left_out_and_counted() -> None:
    knowledge = make_knowledge(
        [
            make_incident("known"),
            make_incident("nowhere", victim={"country": None}),
            make_incident("sectorless", victim={"sector": None}),
            make_incident("elsewhere", victim={"country": "DE", "sector": None}),
            make_incident("late", victim={"country": None}, started_on="2024-01-01"),
        ]
    )
    selection = select_incidents(knowledge, make_scope())
    assert refs(selection.listed) == ["known"]
    assert selection.unplaced == 2


@pytest.mark.parametrize(
    ("filters", "kept"),
    [
        ({"region": "ile de france"}, ["paris"]),
        ({"department": "2a"}, ["ajaccio"]),
        ({"classes": frozenset({"ddos"})}, ["ajaccio"]),
        ({"actors": frozenset({"lynx"})}, ["ajaccio"]),
        ({"actors": frozenset({"unknown"})}, ["paris"]),
        ({"kinds": frozenset({"chu"})}, ["ajaccio"]),
        ({"region": "Corse", "kinds": frozenset({"ch"})}, []),
    ],
)
def test_filters_keep_what_they_name(filters: dict[str, object], kept: list[str]) -> None:
    corsica = {"region": "Corse", "department": "2A", "kind": "chu"}
    knowledge = make_knowledge(
        [make_incident("paris"), make_incident("ajaccio", victim=corsica, threat_class="ddos", actor="bobcat")]
    )
    assert refs(select_incidents(knowledge, make_scope(**filters)).counted) == kept


def test_actors_are_one_whatever_they_are_called() -> None:
    names = ActorNames(make_knowledge().actors)
    assert [names.resolve(name) for name in ("lynx", "Bobcat", "LYNX team", "unknown", "nobody")] == [
        "lynx",
        "lynx",
        "lynx",
        "unknown",
        "nobody",
    ]
    assert (names.name("storm"), names.name("nobody")) == ("Storm", "nobody")


def test_nothing_above_the_ceiling_is_used() -> None:
    incidents = [
        make_incident("clear"),
        make_incident("amber", evidence=("ev-clear", "ev-amber")),
        make_incident("red"),
        make_incident("cleared", evidence=("ev-amber",)),
        make_incident("unsourced", evidence=("gone",)),
    ]
    counts = [make_count("open"), make_count("closed", evidence=("ev-amber",))]
    tlp = {("incident", "red"): TLP.RED, ("incident", "cleared"): TLP.CLEAR}
    knowledge = make_knowledge(incidents, counts, tlp=tlp)

    def select(ceiling: TLP | None) -> set[str]:
        return set(refs(select_incidents(knowledge, make_scope(ceiling=ceiling)).listed))

    assert select(None) == {"clear", "amber", "red", "cleared", "unsourced"}
    # What carries no marking may have been shared in confidence.
    assert select(TLP.AMBER) == {"clear", "amber", "cleared", "unsourced"}
    assert select(TLP.CLEAR) == {"clear", "cleared"}
    assert [count.ref for count in list_counts(knowledge, make_scope(ceiling=TLP.CLEAR))] == ["open"]


def test_what_began_after_the_day_of_the_question_is_not_known() -> None:
    knowledge = make_knowledge(
        [
            make_incident("early", started_on="2022-02-01"),
            make_incident("late", started_on="2022-08-01"),
            make_incident("this-month", started_on="2022-06", date_precision="month"),
        ]
    )
    selection = select_incidents(knowledge, make_scope(as_of=date(2022, 6, 10)))
    assert refs(selection.counted) == ["early", "this-month"]


def test_counts_are_of_the_sector_the_country_and_the_window() -> None:
    counts = [
        make_count("here"),
        make_count("abroad", country="DE"),
        make_count("silent", country=None),
        make_count("later", window_start="2023-01-01", window_end="2023-12-31"),
        make_count("beside", window_start="2022-12-01", window_end="2023-12-31"),
        make_count("ddos", threat_class="ddos"),
    ]
    knowledge = make_knowledge(counts=counts)
    assert [count.ref for count in list_counts(knowledge, make_scope())] == ["here", "beside", "ddos"]
    ddos = make_scope(classes=frozenset({"ddos"}))
    assert [count.ref for count in list_counts(knowledge, ddos)] == ["ddos"]


def test_packs_become_knowledge(catalogue: Catalogue) -> None:
    knowledge = knowledge_of(catalogue)
    assert len(knowledge.incidents) == len(catalogue.incidents)
    assert not knowledge.classes["ddos"].is_independent
    assert knowledge.classes["ransomware"].name.fr == "Rançongiciel"
    assert set(knowledge.packs) >= {"base", "health_fr"}
    assert all((count.sector, count.country) == ("health", "FR") for count in knowledge.counts)


def test_census_actors_and_kinds_of_the_pack_lead_somewhere(catalogue: Catalogue) -> None:
    kinds = {incident.victim.kind for incident in catalogue.incidents}
    for count in catalogue.counts:
        assert set(count.actors) <= catalogue.actors.keys(), count.ref
        assert set(count.kinds_outside) <= kinds, count.ref
    assert any(count.actors for count in catalogue.counts)
