"""The yearly frequencies of one facility: what they are, what they rest on, in both languages."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from cli_kit import hygie_here
from hygie.facility.blueprints import Blueprints
from hygie.service.requests import RatesRequest
from hygie.service.threat_rates import show_rates
from hygie.views.threat import RatesView

DAX = Path(__file__).parents[2] / "examples" / "dax.yaml"
AS_OF = date(2026, 11, 23)


@pytest.fixture(scope="module")
def page() -> RatesView:
    return show_rates(RatesRequest(facility=str(DAX), draws=24, as_of=AS_OF))


def test_every_class_has_a_band_and_a_natural_frequency(page: RatesView) -> None:
    assert [row.id for row in page.classes] == ["ransomware", "extortion", "intrusion", "ddos", "provider", "ot"]
    for row in page.classes:
        assert 0.0 <= row.facility.low <= row.facility.median <= row.facility.high
        assert row.sentence.startswith(f"{row.label}: about ")
        assert " a year, likely between " in row.sentence
    assert [line.split(":")[0] for line in page.headline] == [
        row.label for row in sorted(page.classes, key=lambda row: -row.facility.mean)
    ]


def test_the_sector_total_is_the_rate_of_an_average_entity_times_their_number(
    page: RatesView, blueprints: Blueprints
) -> None:
    entities = sum(stratum.entities for stratum in blueprints.population.strata)
    for row in page.classes:
        if row.sector is not None and row.expected_in_sector is not None:
            assert row.expected_in_sector.mean == pytest.approx(entities * row.sector.mean)


def test_attempts_and_defences_give_the_frequency(page: RatesView) -> None:
    """LEF = λ m S_f / S̄ in each draw: with the average defences, S_f = S̄, it is λ m."""
    ransomware = next(row for row in page.classes if row.id == "ransomware")
    tie = next(tie for tie in page.ties if tie.process == "hands_on")
    assert ransomware.average_defences is not None and ransomware.sector is not None
    factor = page.context[0].factor
    assert ransomware.average_defences.mean == pytest.approx(ransomware.sector.mean * factor.mean, rel=0.1)
    assert tie.ratio.low <= ransomware.facility.mean / ransomware.average_defences.mean <= tie.ratio.high
    assert tie.attempts.mean > ransomware.facility.mean


def test_the_level_shows_prior_posterior_and_every_unknown(page: RatesView) -> None:
    fit = next(fit for fit in page.levels if fit.threat_class == "ransomware")
    assert fit.posterior[2] / fit.posterior[0] < fit.prior[2] / fit.prior[0]
    assert {share.symbol for share in fit.shares} == {"κ", "q", "o", "δ"}
    assert {count.role for count in fit.counts} == {"level", "check", "nested"}
    assert all(count.grades for count in fit.counts)
    predicted = [count for count in fit.counts if count.low is not None]
    assert predicted and all(count.inside is not None for count in predicted)


def test_factors_of_the_context_multiply(page: RatesView) -> None:
    (context,) = page.context
    assert [part.id for part in context.parts] == ["size", "links", "maintainers", "internet", "nearby", "category"]
    product = np.prod([part.factor.mean for part in context.parts])
    assert product == pytest.approx(context.factor.mean, rel=0.05)


def test_shares_of_actors_sum_to_one_with_their_states(page: RatesView) -> None:
    assert sum(row.share.mean for row in page.actors) == pytest.approx(1.0)
    lockbit = next(row for row in page.actors if row.ref == "lockbit")
    assert (lockbit.state, lockbit.state_since, lockbit.state_evidence) == (0.4, "2025-09", ["lockbit-return-2025"])
    assert lockbit.incidents > 0


def test_evidence_comes_with_its_grade(page: RatesView) -> None:
    refs = {row.ref for row in page.evidence}
    assert {"cert-sante-2024-ransomware", "lockbit-return-2025", "ddos-wave-2023-03"} <= refs
    assert all(row.grade for row in page.evidence)


def test_an_earlier_date_knows_less() -> None:
    early = show_rates(RatesRequest(facility=str(DAX), draws=8, as_of=date(2021, 3, 1)))
    fit = next(fit for fit in early.levels if fit.threat_class == "ransomware")
    assert [count for count in fit.counts if count.role == "level"] == []
    assert fit.prior == pytest.approx(fit.posterior, rel=0.1)
    assert next(row for row in early.actors if row.ref == "lockbit").state == 0.0


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Twelve months after 23 November 2026", "in 100 a year", "average defences", "Only the ratio", "κ"]),
        ("fr", ["Douze mois après le 23 novembre 2026", "sur 100 par an", "défenses moyennes", "Seul le rapport", "κ"]),
    ],
)
def test_the_terminal_in_both_languages(monkeypatch: pytest.MonkeyPatch, language: str, words: list[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    arguments = ("threat", "rates", str(DAX), "--as-of", "2026-11-23", "--draws", "8", "--lang", language)
    done = hygie_here(*arguments, "--evidence")
    assert done.returncode == 0, done.stderr
    for word in [*words, "LockBit", "count-ransomware-2024", "cert-sante-2024-ransomware"]:
        assert word in done.stdout
    assert max(len(line) for line in done.stdout.splitlines() if "hygie threat rates" not in line) <= 80


def test_json_is_the_same_page(page: RatesView) -> None:
    done = hygie_here(
        *("threat", "rates", str(DAX), "--as-of", "2026-11-23", "--draws", "24", "--lang", "en", "--json")
    )
    told = RatesView.model_validate(json.loads(done.stdout))
    # Whether the calibration was at hand is the one thing that may differ.
    assert told.model_copy(update={"calibration": ""}) == page.model_copy(
        update={"calibration": "", "reproduce": told.reproduce}
    )


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("gone.yaml",), 3, "gone.yaml"),
        ((str(DAX), "--as-of", "today"), 2, "--as-of"),
        ((str(DAX), "--draws", "0"), 2, "--draws"),
        ((str(DAX), "--draws", "many"), 2, "--draws"),
        ((str(DAX), "--seed", "-3"), 2, "--seed"),
        ((str(DAX), "--threads", "-1"), 2, "--threads"),
        ((str(DAX), "--pack", "gone"), 3, "gone"),
        ((str(DAX), "--lang", "x"), 2, "not spoken here"),
        (("/",), 3, "folder"),
    ],
)
def test_the_command_line_teaches(arguments: tuple[str, ...], code: int, message: str) -> None:
    done = hygie_here("threat", "rates", *arguments)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_what_if_an_actor_disappears_doubles_or_returns() -> None:
    common = ("threat", "rates", str(DAX), "--as-of", "2026-11-23", "--draws", "24", "--lang", "en", "--json")

    def ask(*changes: str) -> RatesView:
        options = [part for change in changes for part in ("--actor", change)]
        return RatesView.model_validate(json.loads(hygie_here(*common, *options).stdout))

    def rate(view: RatesView, name: str) -> float:
        """Frequency in the sector: at one facility, those who come instead may succeed more often."""
        (band,) = (row.sector for row in view.classes if row.id == name)
        assert band is not None
        return band.mean

    usual, gone, double, same = ask(), ask("medusa=gone"), ask("medusa=2"), ask("medusa=1")
    assert usual.what_if == []
    assert gone.what_if[0] == "What if Medusa is gone?"
    assert rate(gone, "ransomware") < rate(usual, "ransomware") < rate(double, "ransomware")
    assert rate(same, "ransomware") == pytest.approx(rate(usual, "ransomware"))
    assert "--actor medusa=gone" in gone.reproduce
    calm = ask("anonymous-sudan=returns")
    assert rate(calm, "ddos") > rate(usual, "ddos")
    assert rate(calm, "ransomware") == pytest.approx(rate(usual, "ransomware"))


@pytest.mark.parametrize("text", ["medusa", "medusa=", "=2", "medusa=-1", "medusa=nan", "medusa=many"])
def test_a_change_that_is_none_is_refused(text: str) -> None:
    done = hygie_here("threat", "rates", str(DAX), "--actor", text)
    assert done.returncode == 2
    assert "--actor lockbit=gone" in done.stderr


def test_an_actor_without_share_is_refused_with_the_names_of_others() -> None:
    done = hygie_here("threat", "rates", str(DAX), "--as-of", "2026-11-23", "--draws", "24", "--actor", "medusaa=gone")
    assert done.returncode in (2, 3)
    assert "did you mean “medusa”" in done.stderr
