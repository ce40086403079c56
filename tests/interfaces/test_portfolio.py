"""``hygie portfolio`` as a person runs it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_kit import hygie_here
from register_kit import ROWS, write_register

FEW = ["--draws", "4", "--as-of", "2026-11-23", "--lang", "en"]


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_register(tmp_path_factory.mktemp("register") / "register-2023.csv", *ROWS[:4])


def test_run_and_show_in_both_languages(register: Path, tmp_path: Path) -> None:
    done = hygie_here(
        "portfolio", "run", "--register", str(register), "--years", "400", *FEW, "--out", "out", "--json", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    view = json.loads(done.stdout)
    assert view["organisations"] == 3
    assert view["digest"].startswith("sha256:")
    for language, word in (("en", "worst 1%"), ("fr", "pires années")):
        shown = hygie_here("portfolio", "show", "out", "--lang", language, cwd=tmp_path)
        assert shown.returncode == 0, shown.stderr
        assert word in " ".join(shown.stdout.split())
    drawn = hygie_here("portfolio", "show", "out", "--charts", "charts", "--json", cwd=tmp_path)
    assert json.loads(drawn.stdout)["rows"] == view["rows"]
    assert (tmp_path / "charts" / "tail_by_organisation.png").stat().st_size > 1000


def test_sites_of_a_register(register: Path, tmp_path: Path) -> None:
    asked = ["--register", str(register), "--level", "site", *FEW]
    done = hygie_here("portfolio", "run", *asked, "--years", "400", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    shown = " ".join(done.stdout.split())
    assert "4 sites of 3 legal entities" in shown
    assert "By legal entity" in shown
    assert "2 links between sites of one entity are assumed" in shown
    french = hygie_here("portfolio", "show", "out", "--lang", "fr", cwd=tmp_path)
    assert "4 sites de 3 entités juridiques" in " ".join(french.stdout.split())
    down = hygie_here("portfolio", "whatif", *asked, "--provider", "payer-a", "--down", "10d", "--json", cwd=tmp_path)
    assert {row["id"] for row in json.loads(down.stdout)["rows"]} >= {"fr-990000010", "fr-980000012"}


def test_whatif_names_who_loses_what(register: Path, tmp_path: Path) -> None:
    asked = ["portfolio", "whatif", "--register", str(register), *FEW]
    done = hygie_here(*asked, "--provider", "payer-a", "--down", "10d", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "DEUX RIVI" in done.stdout
    wrong = hygie_here(*asked, "--provider", "payer-b", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "payer-a" in wrong.stderr
    struck = hygie_here(*asked, "--site", "fr-990000001", "--json", cwd=tmp_path)
    assert struck.returncode == 0, struck.stderr
    view = json.loads(struck.stdout)
    rows = {row["id"]: row for row in view["rows"]}
    # Whoever is struck is always hit; its neighbour only when the attack travels.
    assert rows["fr-990000001"]["hit_share"] == pytest.approx(1.0)
    assert 0.0 < view["spread_share"] < 1.0
    assert rows["fr-990000002"]["hit_share"] == pytest.approx(view["spread_share"])
    both = hygie_here(*asked, "--provider", "payer-a", "--site", "fr-990000001", cwd=tmp_path)
    assert both.returncode == 2
    assert "--site" in both.stderr


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ([], "SPEC"),
        (["--register", "nowhere.csv"], "--register"),
        (["missing.yaml"], "missing.yaml"),
        (["--register", "REGISTER", "--draws", "0"], "--draws"),
        (["--register", "REGISTER", "--threads", "0"], "--threads"),
        (["--register", "REGISTER", "--region", "Atlantis"], "region"),
        (["--register", "REGISTER", "--level", "ward"], "--level"),
    ],
)
def test_what_is_wrong_is_said_without_a_traceback(
    register: Path, tmp_path: Path, options: list[str], word: str
) -> None:
    given = [str(register) if option == "REGISTER" else option for option in options]
    done = hygie_here("portfolio", "run", *given, "--lang", "en", cwd=tmp_path, HYGIE_WORKSPACE=str(tmp_path / "w"))
    assert done.returncode in (2, 3), done.stdout
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_report_of_a_portfolio_with_an_outage(register: Path, tmp_path: Path) -> None:
    asked = ["--register", str(register), *FEW]
    done = hygie_here("portfolio", "run", *asked, "--years", "400", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    view = json.loads((tmp_path / "out" / "portfolio.en.json").read_text(encoding="utf-8"))
    assert view["tlp"] == "clear"
    assert view["evidence"]
    assert view["reproduce"].startswith("hygie portfolio run")
    provider = view["by_provider"][0]["id"]
    down = ["--provider", provider, "--down", "5d", "--out", "down.json"]
    done = hygie_here("portfolio", "whatif", *asked, *down, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    done = hygie_here(
        "portfolio", "report", "out", "--whatif", "down.json", "--format", "html,xlsx", "--lang", "en", cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "report.en.html").read_text(encoding="utf-8")
    assert "down for 5 days" in page
    assert (tmp_path / "out" / "report.en.xlsx").is_file()
    other = hygie_here("portfolio", "report", "out", "--whatif", "down.json", "--lang", "fr", cwd=tmp_path)
    assert other.returncode == 2
    assert "dans une autre langue" in other.stderr
    wrong = hygie_here("portfolio", "report", "out", "--whatif", "out/manifest.json", "--lang", "en", cwd=tmp_path)
    assert wrong.returncode == 3
    assert "not the outage of a provider" in wrong.stderr
