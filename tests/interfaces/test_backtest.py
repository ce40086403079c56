"""``hygie threat backtest``: what it prints, what it refuses, and the figures of the documentation."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from cli_kit import hygie_here

SCRIPT = Path(__file__).parents[2] / "docs" / "_scripts" / "make_backtest.py"


@pytest.fixture
def breaches(tmp_path: Path) -> Path:
    """Eight years of months, one row an event, steady at about five."""
    rng = np.random.default_rng(7)
    rows = [
        f"{2010 + month // 12}-{month % 12 + 1:02d}-{rng.integers(1, 29):02d},{rng.choice(['hacking', 'theft'])}"
        for month in range(96)
        for _ in range(rng.poisson(5.0))
    ]
    path = tmp_path / "breaches.csv"
    path.write_text("when,kind\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def test_scores_in_both_languages_and_as_data(breaches: Path) -> None:
    english = hygie_here("threat", "backtest", str(breaches), "--date", "when", "--lang", "en")
    assert english.returncode == 0, english.stderr
    assert "70 forecasts" in english.stdout
    assert "constant, bursty" in english.stdout
    assert "Passed" in english.stdout
    french = hygie_here("threat", "backtest", str(breaches), "--date", "when", "--lang", "fr")
    assert "taux constant" in french.stdout
    assert "Réussi\u00a0:" in " ".join(french.stdout.split(" "))
    data = json.loads(hygie_here("threat", "backtest", str(breaches), "--date", "when", "--json").stdout)
    assert data["verdict"] == "pass"
    assert data["origins"] == data["forecasts"] == 70
    assert {row["id"] for row in data["rows"]} >= {"filter", "constant", "last_value"}
    again = json.loads(hygie_here("threat", "backtest", str(breaches), "--date", "when", "--json").stdout)
    assert again == data


def test_part_of_a_file_is_too_little_to_decide(breaches: Path) -> None:
    options = ["--date", "when", "--where", "kind=Hacking", "--from", "2012-01", "--to", "2014-12"]
    result = hygie_here("threat", "backtest", str(breaches), *options, "--json")
    data = json.loads(result.stdout)
    assert (data["periods"], data["origins"], data["verdict"]) == (36, 24, "too_few")


def test_yearly_counts_are_only_described() -> None:
    data = json.loads(hygie_here("threat", "backtest", "--json", "--as-of", "2026-11-23").stdout)
    assert len(data["rows"]) >= 3
    assert data["rows"][0]["median"] is None
    assert all(row["low"] <= row["median"] <= row["high"] for row in data["rows"][1:])
    assert "verdict" not in data
    assert "too few to pass or fail" in hygie_here("threat", "backtest", "--lang", "en").stdout


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (["--date", "whem"], 3, ["breaches.csv:1", "whem", "did you mean “when”?"]),
        (["--date", "when", "--column", "kind"], 3, ["breaches.csv:2", "kind", "not a count"]),
        (["--date", "when", "--where", "kind"], 2, ["--where", "column=text"]),
        (["--date", "when", "--period", "hour"], 2, ["--period", "hour", "month"]),
        (["--date", "when", "--from", "soon"], 2, ["--from", "soon", "YYYY-MM"]),
        (["--date", "when", "--where", "kind=flood"], 3, ["no event is left", "--where"]),
        (["--date", "when", "--as-of", "x"], 2, ["--as-of"]),
    ],
)
def test_refusals_say_what_to_do(breaches: Path, options: list[str], code: int, words: list[str]) -> None:
    result = hygie_here("threat", "backtest", str(breaches), *options)
    assert result.returncode == code
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


def test_options_without_a_file_are_refused() -> None:
    result = hygie_here("threat", "backtest", "--column", "n")
    assert result.returncode == 2
    assert "--column" in result.stderr


def _load_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("make_backtest", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_shows_the_present_figures(shared_data: Path) -> None:
    script = _load_script()
    views = script.run_series(shared_data)
    page = script.PAGE.read_text(encoding="utf-8")
    assert script.put_table(page, script.make_table(views)) == page, (
        "docs/validation/backtest.md shows other figures; refresh: python docs/_scripts/make_backtest.py DATA"
    )
    # The two long series decide; the others have too few months to.
    assert [view.verdict for view in views.values()] == ["pass", "pass", "too_few", "too_few", "too_few"]
