"""From a public register to an assessed facility, through the command line."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from base_kit import Desk
from cli_kit import EXAMPLE, SMALL, hygie

pytestmark = pytest.mark.xdist_group("assess")


def test_from_register_to_assessment(shared_data: Path, tmp_path: Path) -> None:
    register = str(shared_data / "fr_hospitals_sae2023.csv")
    found = hygie("facility", "find", "DÂX centre", "--register", register, "--json", cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    match = json.loads(found.stdout)[0]
    assert match["finess"] == "400780193"
    made = hygie(
        "facility", "new", "--finess", match["finess"], "--register", register, "--out", "dax.yaml", cwd=tmp_path
    )
    assert made.returncode == 0, made.stderr
    assert hygie("facility", "check", "dax.yaml", cwd=tmp_path).stdout == "dax.yaml: no finding\n"
    again = hygie(
        "facility", "new", "--finess", match["finess"], "--register", register, "--out", "dax.yaml", cwd=tmp_path
    )
    assert again.returncode == 3
    assert "exists already" in again.stderr
    done = hygie("assess", "dax.yaml", *SMALL, "--json", "--out", "r", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["subject"]["beds"] == match["beds"]


def test_unknown_number_and_missing_register(shared_data: Path, tmp_path: Path) -> None:
    register = str(shared_data / "fr_hospitals_sae2023.csv")
    done = hygie("facility", "new", "--finess", "123456789", "--register", register, cwd=tmp_path)
    assert done.returncode == 3
    assert "no organisation “123456789”" in done.stderr
    done = hygie("facility", "find", "dax", "--register", "absent.csv", cwd=tmp_path)
    assert done.returncode == 3
    assert "absent.csv" in done.stderr
    done = hygie("facility", "find", "zzzz-nowhere", "--register", register, cwd=tmp_path)
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


def test_the_whole_country_is_imported_in_seconds_and_found_again(shared_data: Path, tmp_path: Path) -> None:
    """All sites of the yearly statistics, into a new workspace; processor time, so that neighbours do not count."""
    desk = Desk(tmp_path)
    register = str(shared_data / "fr_hospitals_sae2023.csv")
    before = sum(os.times()[:2])
    report = desk.ask("facility", "import", register)
    assert sum(os.times()[:2]) - before < 10
    assert (report["sites"], report["entities"], report["groups"]) == (3975, 2176, 135)
    with (shared_data / "fr_hospitals_sae2023.csv").open(encoding="utf-8", newline="") as stream:
        assert report["regions"] == Counter(row["region_name"] for row in csv.DictReader(stream))
    assert desk.ask("facility", "import", register)["new"] is False
    assert desk.ask("facility", "find", "corbeil")[0]["finess"] == "910002773"
    imported = desk.ask("facility", "new", "--finess", "910002773", "--out", "a.yaml")
    desk.ask("facility", "new", "--finess", "910002773", "--register", register, "--out", "b.yaml")
    assert imported["match"]["beds"] == 927
    assert (tmp_path / "a.yaml").read_bytes() == (tmp_path / "b.yaml").read_bytes()
    region = desk.ask("facility", "import", register, "--region", "ile de france")
    assert region["entities"] < 2176
    assert region["new"] is True


def test_check_speaks_both_languages(tmp_path: Path) -> None:
    shutil.copy(EXAMPLE, tmp_path / "chsf.yaml")
    desk = Desk(tmp_path)
    assert desk.run("facility", "check", "chsf.yaml").stdout == "chsf.yaml: no finding\n"
    assert desk.run("facility", "check", "chsf.yaml", "--lang", "fr").stdout == "chsf.yaml\u00a0: aucun constat\n"


def test_check_lists_findings_and_exits_one(tmp_path: Path) -> None:
    text = (
        EXAMPLE.read_text(encoding="utf-8")
        .replace("kind: payer", "kind: payor")
        .replace("category: ch\n", "category: hc\n")
    )
    (tmp_path / "bad.yaml").write_text(text, encoding="utf-8")
    done = hygie("facility", "check", "bad.yaml", "--json", cwd=tmp_path)
    assert done.returncode == 1
    findings = json.loads(done.stdout)["findings"]
    assert {finding["field"] for finding in findings} >= {"category", "providers.4.kind"}
    assert all(finding["line"] and finding["repair"] for finding in findings)
