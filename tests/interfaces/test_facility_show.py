"""``hygie facility show``: files and numbers, in both languages, as text, data and pictures."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from hygie.cli.main import run

EXAMPLES = Path(__file__).parents[2] / "examples"
FILES = ("chsf", "dax", "chu-rouen", "clinique-reims", "ehpad")
ZONES = {"chsf": 31, "dax": 31, "chu-rouen": 33, "clinique-reims": 27, "ehpad": 18}


@dataclass(frozen=True, slots=True)
class Done:
    """What a command left."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def hygie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """The command line in this process, in an empty folder, eighty columns wide."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("HYGIE_WORKSPACE", str(tmp_path / "workspace"))

    def call(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["hygie", *arguments])
        shown, errors = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(errors):
            try:
                run()
            except SystemExit as stop:
                return Done(int(stop.code or 0), shown.getvalue(), errors.getvalue())
        return Done(0, shown.getvalue(), errors.getvalue())

    return call


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", FILES)
def test_examples_are_shown_on_eighty_columns_with_their_pictures(
    name: str, language: str, tmp_path: Path, hygie: Callable[..., Done]
) -> None:
    pictures = ["--graph", "graph.svg", "--needs", "needs.svg", "--network", "network.svg"]
    file = str(EXAMPLES / f"{name}.yaml")
    done = hygie("facility", "show", file, *pictures, "--lang", language)
    assert done.returncode == 0, done.stderr
    assert not [line for line in done.stdout.splitlines() if len(line.rstrip()) > 80]
    assert "…" not in done.stdout
    for picture in ("graph", "needs", "network"):
        assert f"{picture}.svg" in done.stdout
        assert (tmp_path / f"{picture}.svg").read_text(encoding="utf-8").startswith("<svg ")


@pytest.mark.parametrize("name", FILES)
def test_the_data_hold_what_the_page_shows(name: str, hygie: Callable[..., Done]) -> None:
    done = hygie("facility", "show", str(EXAMPLES / f"{name}.yaml"), "--json", "--lang", "en")
    view = json.loads(done.stdout)
    graph, posture = view["graph"], view["posture"]
    assert len({zone["original"] for zone in graph["zones"]}) == ZONES[name]
    assert all(zone["hosts"] >= 1 for zone in graph["zones"])
    known = {zone["id"] for zone in graph["zones"]}
    assert {way["zone"] for way in graph["entries"]} <= known
    assert {end for way in graph["passages"] for end in (way["source"], way["target"])} <= known
    assert {end for need in graph["needs"] for end in (need["zone"], need["needs"])} <= known
    nodes = {node["id"] for node in view["network"]["nodes"]}
    assert {end for edge in view["network"]["edges"] for end in (edge["source"], edge["target"])} <= nodes
    assert (posture["known"], posture["controls"]) == (0, [])
    assert "100%" in posture["meter"]


def test_kinds_of_passages_follow_what_is_crossed(hygie: Callable[..., Done]) -> None:
    done = hygie("facility", "show", str(EXAMPLES / "chsf.yaml"), "--json")
    graph = json.loads(done.stdout)["graph"]
    family = {zone["id"]: zone["family"] for zone in graph["zones"]}
    kinds = {(way["source"], way["target"]): way["kind"] for way in graph["passages"]}
    assert kinds["office", "identity"] == kinds["identity", "his"] == "rights"
    assert kinds["identity", "backup"] == "backup"
    for (source, target), kind in kinds.items():
        assert (kind == "machines") == (family[target] != "it")
        assert (kind == "back") == (family[source] != "it" and family[target] == "it")


def test_what_the_owner_says_is_marked(tmp_path: Path, hygie: Callable[..., Done]) -> None:
    text = (EXAMPLES / "ehpad.yaml").read_text(encoding="utf-8")
    text += 'zones: {office: {hosts: 33}}\nposture: {mfa: {coverage: 0.6, "on": 2026-03-01, origin: oscal}}\n'
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    done = hygie("facility", "show", "mine.yaml", "--lang", "en")
    assert done.returncode == 0, done.stderr
    assert "Office workstations · inventory" in done.stdout
    assert "OSCAL" in done.stdout
    assert "2026-03-01" in done.stdout
    done = hygie("facility", "show", "mine.yaml", "--json")
    [office] = [zone for zone in json.loads(done.stdout)["graph"]["zones"] if zone["id"] == "office"]
    assert (office["hosts"], office["counted_by"]) == (33, "owner")


def test_a_number_is_looked_up_in_a_register(shared_data: Path, tmp_path: Path, hygie: Callable[..., Done]) -> None:
    register = str(shared_data / "fr_hospitals_sae2023.csv")
    shown = ["facility", "show", "760780239", "--register", register]
    done = hygie(*shown, "--json", "--network", "n.png")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["finess"] == "760780239"
    assert (tmp_path / "n.png").read_bytes().startswith(b"\x89PNG")
    # A site stands for the legal entity that runs it.
    done = hygie("facility", "show", "760000158", "--register", register, "--json")
    assert json.loads(done.stdout)["finess"] == "760780239"
    done = hygie("facility", "show", "clinique pasteur", "--register", register)
    assert done.returncode == 2
    assert "several organisations match" in done.stderr
    done = hygie("facility", "show", "000000000", "--register", register)
    assert done.returncode == 3
    assert "000000000" in done.stderr


def test_wrong_questions_are_explained(hygie: Callable[..., Done]) -> None:
    done = hygie("facility", "show", "absent.yaml")
    assert done.returncode == 3
    assert "absent.yaml" in done.stderr
    file = str(EXAMPLES / "ehpad.yaml")
    done = hygie("facility", "show", file, "--graph", "graph.pdf")
    assert done.returncode == 2
    assert ".svg, .png, .csv" in done.stderr
    done = hygie("facility", "show", "123456789")
    assert done.returncode == 2
    assert "no register was imported" in done.stderr
