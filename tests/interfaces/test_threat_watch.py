"""What moved a facility's risk since a date: figures for actors, association for techniques, a list to read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from base_kit import Desk
from hygie.core.errors import UsageError
from hygie.knowledge.actor_techniques import list_actor_techniques, name_techniques
from hygie.knowledge.catalogue import Catalogue
from hygie.service.requests import ThreatWatchRequest
from hygie.service.threat_watch import watch_threat
from hygie.views.threat import WatchView

DAX = Path(__file__).parents[2] / "examples" / "dax.yaml"
KEV = Path(__file__).parents[1] / "data" / "kev" / "kev.csv"
SMALL = ("--years", "400", "--draws", "8", "--lang", "en")


def watch(since: str, to: str) -> WatchView:
    return watch_threat(
        ThreatWatchRequest(
            facility=str(DAX), since=date.fromisoformat(since), to=date.fromisoformat(to), years=4000, draws=8
        )
    )


@pytest.fixture(scope="module")
def page() -> WatchView:
    return watch("2024-03-01", "2026-11-23")


def test_actors_and_the_rest_sum_to_the_change(page: WatchView) -> None:
    total = sum(row.change for row in page.actors) + page.elsewhere
    assert total == pytest.approx(page.loss_after - page.loss_before, abs=1e-6)
    assert [abs(row.change) for row in page.actors] == sorted((abs(row.change) for row in page.actors), reverse=True)
    assert sum(row.share_after for row in page.actors) == pytest.approx(1.0)


def test_an_actor_that_went_takes_its_loss_along(page: WatchView) -> None:
    gone = next(row for row in page.actors if row.ref == "alphv")
    assert (gone.state_before, gone.state_after) == (1.0, 0.0)
    assert gone.share_before > 0.0 == gone.share_after == gone.loss_after
    assert gone.change == -gone.loss_before
    assert gone.noise > 0.0


def test_techniques_are_those_of_the_facility_and_of_named_actors(page: WatchView, catalogue: Catalogue) -> None:
    assert page.techniques
    known = list_actor_techniques(catalogue.actors)
    names = {row.name: row for row in page.actors}
    for technique in page.techniques:
        assert technique.where
        assert technique.change == pytest.approx(sum(names[actor].change for actor in technique.actors))
        for actor in technique.actors:
            used = known[names[actor].ref]
            assert any(each == technique.id or each.startswith(f"{technique.id}.") for each in used)
    assert name_techniques()["T1566"] == "Phishing"
    assert known["lockbit"]


def test_an_actor_without_an_attack_id_has_no_known_technique(catalogue: Catalogue) -> None:
    silent = {ref: actor for ref, actor in catalogue.actors.items() if not actor.attack_ids}
    assert silent
    assert set(list_actor_techniques(silent).values()) == {frozenset()}


def test_without_a_base_nothing_is_listed_and_it_says_so(page: WatchView) -> None:
    assert page.vulnerabilities == []
    assert any("no exploited vulnerability yet" in note for note in page.notes)


def test_dates_must_leave_some_time() -> None:
    with pytest.raises(UsageError, match="nothing between"):
        watch("2026-11-23", "2026-11-23")


def test_the_reading_list_comes_from_the_base(desk: Desk) -> None:
    done = desk.run("intel", "import", str(KEV))
    assert done.returncode in (0, 1), done.stderr
    told = json.loads(
        desk.run("threat", "watch", str(DAX), "--since", "2020-01-01", "--to", "2026-11-23", *SMALL, "--json").stdout
    )
    view = WatchView.model_validate(told)
    assert view.vulnerabilities
    assert all("2020-01-01" <= row.exploited_since <= "2026-11-23" for row in view.vulnerabilities)
    assert view.in_base >= len(view.vulnerabilities)
    late = json.loads(
        desk.run("threat", "watch", str(DAX), "--since", "2026-11-01", "--to", "2026-11-23", *SMALL, "--json").stdout
    )
    assert len(late["vulnerabilities"]) < len(view.vulnerabilities)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Actors: figures", "Techniques: association, not cause", "a reading list"]),
        ("fr", ["Acteurs\u00a0: des chiffres", "association, non cause", "une liste à lire"]),
    ],
)
def test_the_terminal_in_both_languages(desk: Desk, language: str, words: list[str]) -> None:
    done = desk.run(
        *("threat", "watch", str(DAX), "--since", "2024-03-01", "--to", "2026-11-23"),
        *("--years", "400", "--draws", "8", "--lang", language),
        COLUMNS="80",
    )
    assert done.returncode == 0, done.stderr
    for word in words:
        assert word in done.stdout
    body = [line for line in done.stdout.splitlines() if "hygie threat watch" not in line]
    assert max(map(len, body)) <= 80


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--since", "x"), "--since"),
        (("--since", "2026-11-24", "--to", "2026-11-23"), "nothing between"),
        (("--since", "2024-01-01", "--years", "1"), "--years"),
        ((), "--since"),
    ],
)
def test_the_command_line_teaches(desk: Desk, arguments: tuple[str, ...], message: str) -> None:
    done = desk.run("threat", "watch", str(DAX), *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
