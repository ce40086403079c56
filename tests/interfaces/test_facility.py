"""From a public register to an assessed facility, through the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

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
    assert "no FINESS number" in done.stderr
    done = hygie("facility", "find", "dax", "--register", "absent.csv", cwd=tmp_path)
    assert done.returncode == 3
    assert "absent.csv" in done.stderr
    done = hygie("facility", "find", "zzzz-nowhere", "--register", register, cwd=tmp_path)
    assert done.returncode == 1
    assert list(tmp_path.iterdir()) == []


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
