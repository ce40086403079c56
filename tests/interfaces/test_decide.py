"""Decisions through the command line: options, budget, preview, refusals."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_kit import hygie

EXAMPLE = Path(__file__).parents[2] / "examples" / "chsf.yaml"

SMALL = ("--years", "20000", "--draws", "40", "--as-of", "2026-11-23")
OPTIONS = ("--option", "credential_protection", "--option", "account_hygiene=0.9", "--option", "backup_isolation")


@pytest.fixture(scope="module")
def decision(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("decide")
    done = hygie(
        "decide", "controls", str(EXAMPLE), *SMALL, *OPTIONS, "--budget", "300k", "--out", "decision.json",
        "--lang", "fr", cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Mesures, une à une" in done.stdout
    assert "tous les ensembles que permet le budget ont été simulés" in done.stdout
    return folder / "decision.json"


def test_paired_figures_of_each_option(decision: Path):
    view = json.loads(decision.read_text(encoding="utf-8"))
    assert {row["id"] for row in view["options"]} == {"credential_protection", "account_hygiene", "backup_isolation"}
    for row in view["options"]:
        assert row["variance_ratio"] >= 3.0
        assert row["loss_avoided_eur_per_y"]["value"] > 0.0
        assert row["cost_eur"]["low"] <= row["cost_eur"]["value"] <= row["cost_eur"]["high"]
        assert row["coverage_after"] > row["coverage_now"]


def test_sets_are_not_counted_twice_and_stay_within_the_budget(decision: Path):
    view = json.loads(decision.read_text(encoding="utf-8"))
    assert view["exact"] is True
    assert all(row["cost_eur"]["value"] <= 300_000.0 for row in view["frontier"])
    pair = next(row for row in view["frontier"] if len(row["controls"]) == 2)
    assert pair["loss_avoided_eur_per_y"]["value"] < pair["sum_of_parts_eur_per_y"]
    net = [row["net_eur"]["value"] for row in view["frontier"]]
    assert view["best"]["net_eur"]["value"] == pytest.approx(max(net))


def test_the_preview_comes_near_the_simulated_set(decision: Path):
    view = json.loads(decision.read_text(encoding="utf-8"))
    pair = next(row for row in view["frontier"] if len(row["controls"]) == 2)
    taken = [part for name in pair["controls"] for part in ("--take", name)]
    done = hygie("decide", "preview", str(decision), *taken, "--json", cwd=decision.parent)
    guess = json.loads(done.stdout)
    simulated = view["aal_eur"]["value"] - pair["loss_avoided_eur_per_y"]["value"]
    assert guess["aal_after_eur"] == pytest.approx(simulated, rel=0.10)
    nothing = json.loads(hygie("decide", "preview", str(decision), "--json", cwd=decision.parent).stdout)
    assert nothing["aal_after_eur"] == pytest.approx(view["aal_eur"]["value"])


def test_the_printed_command_gives_the_same_figures(decision: Path):
    view = json.loads(decision.read_text(encoding="utf-8"))
    words = view["reproduce"].split()[1:]
    again = json.loads(hygie(*words, "--json", cwd=decision.parent).stdout)
    assert again["options"] == view["options"]
    assert again["frontier"] == view["frontier"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--option", "mffa"), "did you mean “mfa”"),
        (("--option", "mfa=much"), "this coverage is not a number"),
        (("--option", "mfa=1.5"), "out of range"),
        (("--option", "mfa", "--option", "mfa"), "given twice"),
        (("--option", "mfa=0.02"), "already there"),
        (("--budget", "-5"), "not an amount of euros"),
        (("--budget", "lots"), "not an amount of euros"),
        (("--horizon", "0"), "out of range"),
        (("--view", "mine"), "out of range"),
    ],
)
def test_nonsense_is_refused_with_advice(tmp_path: Path, arguments: tuple[str, ...], words: str):
    done = hygie("decide", "controls", str(EXAMPLE), *SMALL, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert words in done.stderr
    assert "repair" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_preview_of_something_else_is_refused(decision: Path, tmp_path: Path):
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    assert "not a decision" in hygie("decide", "preview", str(other), cwd=tmp_path).stderr
    assert "cannot be read" in hygie("decide", "preview", "absent.json", cwd=tmp_path).stderr
    assert "was not evaluated" in hygie("decide", "preview", str(decision), "--take", "mfa", cwd=tmp_path).stderr
