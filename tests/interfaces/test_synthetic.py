"""A register of organisations that do not exist, through the command line: it says so at every step."""

from __future__ import annotations

from pathlib import Path

import pytest

from base_kit import Desk
from register_kit import write_register

FRENCH = "Synthétique\u00a0: ces organisations n’existent pas, leurs chiffres ont été tirés au sort."
ENGLISH = "Synthetic: these organisations do not exist, their figures were drawn at random."


def squeeze(text: str) -> str:
    """Return a text without the line breaks of a narrow terminal."""
    return " ".join(text.split(" ")).replace("\n", " ")


@pytest.fixture
def shelf(tmp_path: Path) -> Desk:
    """A desk with an empty workspace."""
    return Desk(tmp_path)


def test_without_any_register_a_drawn_one_serves_and_says_what_it_is(shelf: Desk) -> None:
    shown = shelf.run("facility", "synthesize", "--import", "--out", "register.csv", "--lang", "fr")
    assert shown.returncode == 0
    assert shown.stderr == FRENCH + "\n"
    for text in ("Répertoire synthétique · France · 2023 · graine 1", "2\u202f176", "Importé · synthétique", "EHPAD"):
        assert text in shown.stdout
    editions = shelf.ask("facility", "registers")
    assert [(edition["kind"], edition["synthetic"], edition["used"]) for edition in editions] == [
        ("synthetic", True, True)
    ]
    # The table is the same register.
    assert shelf.ask("facility", "import", "register.csv")["new"] is False
    assert "ont été tirés au sort" in shelf.run("facility", "import", "register.csv", "--lang", "fr").stdout
    found = shelf.ask("facility", "find", "chu synthetique bretagne")
    assert len(found) == 2
    assert all(match["synthetic"] for match in found)
    assert ENGLISH in squeeze(shelf.run("facility", "find", "chu synthetic bretagne", "--lang", "en").stdout)
    number = found[0]["finess"]
    made = shelf.run("facility", "new", "--finess", number, "--lang", "fr")
    assert FRENCH in squeeze(made.stdout)
    assert f"synthetic-{number}.yaml" in made.stdout
    lines = (shelf.folder / f"synthetic-{number}.yaml").read_text(encoding="utf-8").splitlines()
    assert lines[0].startswith("# SYNTHETIC")
    assert lines[1].startswith("# SYNTHÉTIQUE")
    assert shelf.ask("facility", "check", f"synthetic-{number}.yaml")["findings"] == []


def test_a_real_register_takes_its_place(shelf: Desk) -> None:
    shelf.ask("facility", "synthesize", "--import")
    write_register(shelf.folder / "sae_2023.csv")
    shelf.ask("facility", "import", "sae_2023.csv")
    used = {edition["kind"]: edition["used"] for edition in shelf.ask("facility", "registers")}
    assert used == {"sae": True, "synthetic": False}
    assert shelf.ask("facility", "find", "synthetique", code=1) == []
    found = shelf.ask("facility", "find", "colline")
    assert [match["synthetic"] for match in found] == [False]
    assert "Synthetic" not in shelf.run("facility", "find", "colline", "--lang", "en").stdout


def test_the_report_compares_what_is_drawn_with_what_is_published(shelf: Desk) -> None:
    report = shelf.ask("facility", "synthesize", "--seed", "7")
    assert (report["synthetic"], report["seed"], report["number"], report["path"]) == (True, 7, None, None)
    assert report["notice"] == {"fr": FRENCH, "en": ENGLISH}
    assert (report["entities"], report["sites"], report["groups"]) == (2176, 3975, 135)
    assert len(report["regions"]) == 18
    for place in report["regions"]:
        assert all(sums["drawn"] == pytest.approx(sums["published"]) for sums in place["sums"].values())
    assert report["sums"]["emergency_visits"]["published"] == 20_893_055
    assert not shelf.workspace.exists()


def test_one_region_is_drawn_alone(shelf: Desk) -> None:
    report = shelf.ask("facility", "synthesize", "--region", "corse", "--out", "corse.csv")
    assert (report["region"], report["entities"]) == ("Corse", 27)
    assert [place["region"] for place in report["regions"]] == ["Corse"]
    assert report["sums"]["sites"] == {"drawn": 37, "published": 37}
    again = shelf.run("facility", "synthesize", "--region", "corse", "--out", "corse.csv")
    assert again.returncode != 0
    assert "the file exists already" in again.stderr
    shown = shelf.run("facility", "synthesize", "--region", "corse", "--out", "corse.csv", "--overwrite")
    assert "hygie facility import corse.csv" in shown.stdout
    lost = shelf.run("facility", "synthesize", "--region", "corze")
    assert lost.returncode != 0
    assert "Corse" in lost.stderr
    refused = shelf.run("facility", "synthesize", "--seed", "-1")
    assert "this seed cannot be used" in refused.stderr
