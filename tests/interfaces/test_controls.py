"""Controls through the command line: the list, one control, a framework, in both languages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli_kit import hygie


def test_list_against_a_framework(tmp_path: Path) -> None:
    done = hygie("control", "list", "--framework", "iso27002", "--lang", "en", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    view = json.loads(done.stdout)
    assert len(view["controls"]) >= 40
    assert view["framework"]["items"] == 93
    assert 40 < view["framework"]["answered"] < 93
    assert "7.1..7.9" in view["framework"]["open"]
    backups = next(row for row in view["controls"] if row["id"] == "backup_isolation")
    assert backups["references"] == ["8.13"]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Multi-factor authentication", "Entry with a valid account", "judged from evidence", "Yearly cost"]),
        ("fr", ["Authentification multifacteur", "Entrée avec un compte valide", "jugé d’après", "Coût annuel"]),
    ],
)
def test_show_in_both_languages(tmp_path: Path, language: str, words: list[str]) -> None:
    done = hygie("control", "show", "mfa", "--lang", language, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for word in [*words, "M1032", "T1078", "21(2)(j)", "[B2]"]:
        assert word in done.stdout


def test_show_tells_what_the_public_mapping_does_not_confirm(tmp_path: Path) -> None:
    view = json.loads(hygie("control", "show", "ddos_protection", "--json", cwd=tmp_path).stdout)
    cited = next(item for item in view["references"] if item["framework"] == "nist80053")
    assert cited["unconfirmed"].keys() == {"SC-5"}
    assert [lever["id"] for lever in view["levers"]] == ["ddos"]
    assert view["crossings"] == []


def test_list_in_french_says_what_stays_open(tmp_path: Path) -> None:
    done = hygie("control", "list", "--framework", "anssi_hygiene", "--lang", "fr", cwd=tmp_path)
    assert "38 éléments sur 42 ont une réponse" in done.stdout
    assert "26, 30, 33, 41" in done.stdout


@pytest.mark.parametrize(
    "arguments", [("show", "mffa"), ("list", "--framework", "iso2702")], ids=["control", "framework"]
)
def test_a_name_that_does_not_exist_suggests_one(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = hygie("control", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert "did you mean" in done.stderr
    assert "Traceback" not in done.stderr
