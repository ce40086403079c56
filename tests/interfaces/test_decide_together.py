"""Controls with insurance, and what is not known, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_kit import hygie

EXAMPLES = Path(__file__).parents[2] / "examples"
EXAMPLE, PROGRAMME = str(EXAMPLES / "chsf.yaml"), EXAMPLES / "programme-hospital.yaml"
SMALL = ("--years", "20000", "--draws", "40", "--as-of", "2026-11-23")
MIX = ("decide", "mix", EXAMPLE, *SMALL, "--option", "credential_protection", "--option", "backup_isolation")


@pytest.fixture(scope="module")
def mix(tmp_path_factory: pytest.TempPathFactory) -> dict:
    words = ("--programme", str(PROGRAMME), "--budget", "900k", "--json")
    done = hygie(*MIX, *words, cwd=tmp_path_factory.mktemp("mix"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_best_mix_is_the_least_of_all_that_keep_to_the_budget(mix: dict):
    assert mix["exact"]
    # Three or four affordable sets, each without and with the programme.
    assert len(mix["mixes"]) == 2 * mix["simulated_sets"]
    feasible = [row for row in mix["mixes"] if row["feasible"]]
    assert mix["best"]["objective_eur"] == min(row["objective_eur"] for row in feasible)
    for row in mix["mixes"]:
        parts = row["control_eur"] + row["premium_eur"] + row["retained_eur"]["value"]
        assert row["objective_eur"] == pytest.approx(parts + mix["alpha"] * row["tail_eur"]["value"])


def test_the_programme_leaves_less_and_says_where_its_premium_is_from(mix: dict):
    bare = next(row for row in mix["mixes"] if not row["controls"] and row["programme"] is None)
    insured = next(row for row in mix["mixes"] if not row["controls"] and row["programme"] is not None)
    assert bare == mix["today"]
    assert insured["premium_basis"] == "stated"
    assert insured["premium_eur"] == 100_000.0
    assert insured["tail_eur"]["value"] < bare["tail_eur"]["value"]


def test_an_impossible_appetite_is_told_with_the_nearest(tmp_path: Path):
    appetite = tmp_path / "appetite.yaml"
    appetite.write_text(
        "schema: hygie.appetite/1\nname: Nothing\npoints:\n  - {amount: 1000, probability: 0.001}\n", encoding="utf-8"
    )
    words = ("--programme", str(PROGRAMME), "--budget", "900k", "--appetite", str(appetite), "--lang", "fr")
    done = hygie(*MIX, *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Rien de ce qui a été essayé ne tient" in done.stdout
    assert "L’appétence est dépassée" in done.stdout


def test_nonsense_is_refused_with_advice(tmp_path: Path):
    free = tmp_path / "free.yaml"
    text = PROGRAMME.read_text(encoding="utf-8").replace("    premium: 60000\n", "")
    free.write_text(text[: text.index("pricing:")], encoding="utf-8")
    for words, said in (
        (("--programme", str(free), "--budget", "1M"), "neither all its premiums"),
        (("--programme", str(PROGRAMME), "--programme", str(PROGRAMME), "--budget", "1M"), "same name"),
        (("--programme", str(PROGRAMME), "--budget", "1M", "--alpha", "-1"), "out of range"),
    ):
        done = hygie(*MIX, *words, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert said in done.stderr
        assert "repair" in done.stderr


def test_uncertainty_gives_a_tornado_and_owns_up_to_noise(tmp_path: Path):
    words = ("--option", "credential_protection", "--json")
    done = hygie("decide", "uncertainty", EXAMPLE, *SMALL, *words, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    view = json.loads(done.stdout)
    assert set(view["swings"]) == {"aal_eur", "tail_eur", "bed_days"}
    assert 0.0 < view["noise_share"] <= 1.0
    assert bool(view["shares"]) == (view["noise_share"] <= 0.9)
    for row in view["shares"]:
        assert row["total_error"] > 0.0
    assert all(row["value_eur"] > 0.0 for row in view["information"])
    few = hygie("decide", "uncertainty", EXAMPLE, "--years", "2000", "--draws", "20", cwd=tmp_path)
    assert few.returncode == 2
    assert "repair" in few.stderr


@pytest.mark.parametrize("control", ["monitoring", "watch_24_7", "incident_response"])
def test_more_detection_or_response_never_raises_the_mean_loss(control: str):
    from datetime import date

    from hygie.core.waists import SimulationPlan
    from hygie.decision.paired import compare_means
    from hygie.service.decide_world import prepare_bench, sums_of, try_controls

    plan = SimulationPlan(years=20_000, draws=40, seed=1)
    bench = prepare_bench(Path(EXAMPLE), as_of=date(2026, 11, 23), packs=[], plan=plan, threads=2)
    before = sums_of(try_controls(bench, {})[1]).economic
    half, full = (sums_of(try_controls(bench, {control: share})[1]).economic for share in (0.8, 1.0))
    assert compare_means(before, half).value >= 0.0
    assert compare_means(half, full).value >= 0.0
