"""``hygie fair``: registers run, checked, imported and exported; the quiz; the pool."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from cli_kit import hygie_here
from typed_kit import EXAMPLE

DATA = EXAMPLE.parent
SMALL = ["--years", "4000", "--draws", "20", "--as-of", "2026-11-23", "--lang", "en"]


@pytest.fixture(scope="module")
def view(tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("fair") / "result"
    done = hygie_here("fair", "run", str(EXAMPLE), *SMALL, "--json", "--out", str(out))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_example_runs_and_its_parts_add_up(view: dict) -> None:
    aal = view["figures"]["aal"]
    assert aal["low"] < aal["value"] < aal["high"]
    assert sum(row["aal_eur"] for row in view["scenarios"]) == pytest.approx(aal["value"])
    assert sum(row["aal_eur"] for row in view["forms"]) == pytest.approx(aal["value"])
    assert sum(row["tail_share"] for row in view["scenarios"]) == pytest.approx(1.0)
    insured, retained = (view["figures"][name]["value"] for name in ("aal_insured", "aal_retained"))
    assert insured + retained == pytest.approx(aal["value"])
    assert {check["id"]: check["ok"] for check in view["checks"]}["mean"]
    assert [option["aal_saved_eur"] > 0 for option in view["options"]] == [True, True, True]


def test_the_shortcut_is_labelled_and_misses_the_tail(view: dict) -> None:
    shortcut = view["shortcut"]
    assert shortcut["mean_eur"] == pytest.approx(view["figures"]["aal"]["value"], rel=0.15)
    assert shortcut["p99_eur"] < 0.8 * shortcut["compound_p99_eur"]


def test_the_result_folder_holds_years_events_and_register(view: dict) -> None:
    import duckdb

    folder = Path(view["result"])
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["register"]["id"] == "manufacturer"
    base = duckdb.connect(":memory:")
    mean, count = base.execute(f"SELECT avg(gross_sum_eur), count(*) FROM '{folder}/years.parquet'").fetchone()
    assert count == 4000
    assert mean == pytest.approx(view["figures"]["aal"]["value"])
    (total,) = base.execute(f"SELECT sum(gross_eur) FROM '{folder}/events.parquet'").fetchone()
    assert total / 4000 == pytest.approx(mean)


def test_both_languages_show_the_same_figures(view: dict) -> None:
    done = hygie_here("fair", "run", str(EXAMPLE), *SMALL[:-1], "fr", "--explain", "payment-fraud", "--threads", "1")
    assert done.returncode == 0, done.stderr
    assert "Mesures qui ne sont pas en place" in done.stdout
    assert "Fourchettes de payment-fraud" in done.stdout
    assert view["digest"] in done.stdout


@pytest.mark.parametrize("language", ["en", "fr"])
def test_names_stay_readable_on_eighty_columns(view: dict, language: str) -> None:
    done = hygie_here("fair", "run", str(EXAMPLE), *SMALL[:-1], language, "--explain", "all", COLUMNS="80")
    assert done.returncode == 0, done.stderr
    assert "…" not in done.stdout
    lines = done.stdout.splitlines()
    assert all(len(line) <= 80 for line in lines if "sha256" not in line)
    for row in [*view["scenarios"], *view["options"]]:
        words = row["name"].split()
        start = next(index for index, line in enumerate(lines) if line.startswith(" ".join(words[:2])))
        assert any(words[-1] in line for line in lines[start : start + 3]), row["name"]


def test_a_wrong_register_is_explained_with_its_lines(tmp_path: Path) -> None:
    text = (
        EXAMPLE.read_text()
        .replace("susceptibility: 1\n", "susceptibility: 1.5\n")
        .replace("terms: {deductible: 20000", "terms: {dedutible: 20000")
    )
    file = tmp_path / "wrong.yaml"
    file.write_text(text)
    done = hygie_here("fair", "check", str(file), "--lang", "en")
    assert done.returncode == 1
    assert "did you mean “deductible”?" in done.stdout
    file.write_text(EXAMPLE.read_text().replace("susceptibility: 1\n", "susceptibility: 1.5\n"))
    done = hygie_here("fair", "run", str(file), *SMALL)
    assert done.returncode == 3
    assert f"{file}:" in done.stderr
    assert "scenarios.3.susceptibility" in done.stderr


def test_the_example_has_no_finding() -> None:
    assert hygie_here("fair", "check", str(EXAMPLE)).returncode == 0


def test_crml_comes_in_with_its_mean(tmp_path: Path) -> None:
    out = tmp_path / "phishing.yaml"
    done = hygie_here("fair", "import", str(DATA / "phishing.crml.yaml"), "--out", str(out), "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "multiplied by 500 assets" in done.stderr
    scenario = yaml.safe_load(out.read_text())["scenarios"][0]
    assert scenario["threat_event_frequency"] == 5.0
    severity = scenario["primary_loss"]["unsplit"]["distribution"]
    assert np.exp(severity["mu"]) == pytest.approx(22_000)
    assert hygie_here("fair", "check", str(out)).returncode == 0


def test_crml_goes_out_and_comes_back_as_the_same_scenario(tmp_path: Path) -> None:
    done = hygie_here("fair", "import", str(DATA / "phishing.crml.yaml"), "--out", str(tmp_path / "one.yaml"))
    assert done.returncode == 0, done.stderr
    done = hygie_here("fair", "export", str(tmp_path / "one.yaml"), "--out", str(tmp_path / "crml"), "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == ["phishing.crml.yaml", "portfolio.crml.yaml"]
    done = hygie_here("fair", "import", str(tmp_path / "crml" / "phishing.crml.yaml"), "--json")
    back = json.loads(done.stdout)["register"]["scenarios"][0]
    assert back["threat_event_frequency"] == pytest.approx(5.0)
    assert back["primary_loss"]["unsplit"]["distribution"]["sigma"] == pytest.approx(1.2)


def test_crml_export_keeps_the_mean_of_what_is_split(view: dict, tmp_path: Path) -> None:
    done = hygie_here("fair", "export", str(EXAMPLE), "--out", str(tmp_path), "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "one lognormal" in done.stderr
    total = 0.0
    for file in tmp_path.glob("*.crml.yaml"):
        scenario = yaml.safe_load(file.read_text()).get("scenario")
        if scenario:
            severity = scenario["severity"]["parameters"]
            mean = severity["median"] * np.exp(severity["sigma"] ** 2 / 2)
            total += scenario["frequency"]["parameters"]["lambda"] * mean
    assert total == pytest.approx(view["figures"]["aal"]["value"], rel=0.1)


def test_foreign_currency_needs_a_rate(tmp_path: Path) -> None:
    file = tmp_path / "usd.crml.yaml"
    file.write_text((DATA / "phishing.crml.yaml").read_text().replace("EUR", "USD"))
    done = hygie_here("fair", "import", str(file))
    assert done.returncode == 3
    assert "--rate" in done.stderr
    assert hygie_here("fair", "import", str(file), "--rate", "0.9").returncode == 0


@pytest.mark.parametrize("text", ["a: 1\n", "crml_portfolio: '1.0'\nmeta: {name: x}\n", "[1, 2]\n"])
def test_what_is_no_scenario_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "other.yaml"
    file.write_text(text)
    done = hygie_here("fair", "import", str(file))
    assert done.returncode == 3
    assert "repair:" in done.stderr


def test_pyfair_models_come_in(tmp_path: Path) -> None:
    out = tmp_path / "pyfair.yaml"
    done = hygie_here("fair", "import", str(DATA / "pyfair-metamodel.json"), "--out", str(out), "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "the mean agrees and the tail does not" in done.stderr
    first, second = yaml.safe_load(out.read_text())["scenarios"]
    assert first["susceptibility"] == 1
    assert second["secondary_loss"]["frequency"]["distribution"]["mode"] == 0.2
    done = hygie_here("fair", "run", str(out), *SMALL, "--json")
    assert done.returncode == 0, done.stderr
    # Means of PERT: (2 + 40 + 90) / 6 events of (3 + 14 + 5) / 6 million.
    rows = {row["id"]: row for row in json.loads(done.stdout)["scenarios"]}
    assert rows["regular-model-1"]["aal_eur"] == pytest.approx(22.0 * 22e6 / 6.0, rel=0.02)


def test_the_quiz_scores_a_file_of_answers(tmp_path: Path) -> None:
    form = hygie_here("fair", "quiz", "--questions", "--lang", "en").stdout
    questions = yaml.safe_load(form)
    assert len(questions["intervals"]) == 20
    assert len(questions["statements"]) == 10
    answers = {
        "intervals": {name: [0, 1] for name in list(questions["intervals"])[:12]},
        "statements": dict.fromkeys(questions["statements"], 0.5),
    }
    file = tmp_path / "answers.yaml"
    file.write_text(yaml.safe_dump(answers))
    done = hygie_here("fair", "quiz", "--answers", str(file), "--json", "--lang", "en")
    view = json.loads(done.stdout)
    assert (view["intervals"], view["hits"], view["calibrated"], view["brier"]) == (12, 0, False, 0.25)
    assert "too narrow" in view["advice"][0]
    assert all(row["source"] for row in view["answers"])
    answers["intervals"] = {name: [0, 1e9] for name in questions["intervals"]}
    file.write_text(yaml.safe_dump(answers))
    view = json.loads(hygie_here("fair", "quiz", "--answers", str(file), "--json", "--lang", "fr").stdout)
    assert view["hit_rate"] == 1.0
    assert "plus larges" in view["advice"][0]
    file.write_text("intervals: {reports_2042: [3, 4]}\n")
    done = hygie_here("fair", "quiz", "--answers", str(file))
    assert done.returncode == 3
    assert "did you mean “reports_2024”?" in done.stderr


def test_the_quiz_asks_on_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter(["700 800", "x", "30 50", "", "q"])
    monkeypatch.setattr("builtins.input", lambda prompt: next(typed))
    done = hygie_here("fair", "quiz", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "2 of 2" in done.stdout
    assert "is not an answer here" in done.stdout


def test_the_pool_shows_weights_and_ranges() -> None:
    done = hygie_here("fair", "pool", str(DATA / "fair-experts.yaml"), "--json", "--lang", "en")
    view = json.loads(done.stdout)
    assert [expert["weight"] for expert in view["experts"]] == pytest.approx(
        [0.0000656534, 0.4338007, 0.5661336], abs=2e-4
    )
    wanted = next(row for row in view["quantities"] if row["id"] == "days-of-outage")
    assert wanted["performance"][0] > wanted["equal"][0]
    assert "5 seed questions are few" in view["notes"][0]
    done = hygie_here("fair", "pool", str(DATA / "fair-experts.yaml"), "--lang", "fr")
    assert "poids mérités" in done.stdout


def test_a_panel_with_holes_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "experts.yaml"
    file.write_text((DATA / "fair-experts.yaml").read_text().replace("c: [5, 14, 30]", "c: [14, 5, 30]"))
    done = hygie_here("fair", "pool", str(file))
    assert done.returncode == 3
    assert "increase" in done.stderr


def test_a_run_of_typed_scenarios_has_a_report(tmp_path: Path) -> None:
    example = Path(__file__).parents[2] / "examples" / "manufacturer-fair.yaml"
    done = hygie_here("fair", "run", str(example), "--years", "500", "--draws", "10", "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = hygie_here("report", "run", "--format", "html,pdf", "--lang", "fr", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "run" / "report.fr.html").read_text(encoding="utf-8")
    # Nothing says how the register is marked: it travels as what carries no marking.
    assert "TLP:AMBER" in page
    assert "Scénarios saisis" in page
    brief = hygie_here("report", "run", "--kind", "brief", "--lang", "en", cwd=tmp_path)
    assert brief.returncode == 2
    assert "not an assessment" in brief.stderr
