"""`hygie report`: a stored result becomes documents, in both languages, without network, marked as its knowledge."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from cli_kit import EXAMPLE, SMALL, hygie, hygie_here
from hygie.core.evidence import TLP
from hygie.report.render_typst import render_pages
from hygie.service.report import ReportRequest, build_report
from page_kit import Page
from stored_kit import make_decision, make_programme, make_scenario
from view_kit import make_view

pytestmark = pytest.mark.xdist_group("assess")

# Loaded by Python before anything else: a socket that reaches for anything but this machine fails the command.
NO_NETWORK = """
import socket
def refuse(self, address, *rest):
    raise AssertionError(f"network used: {address}")
socket.socket.connect = socket.socket.connect_ex = refuse
socket.getaddrinfo = lambda *address, **rest: refuse(None, address)
"""
FACTS = """
name: mine
version: "2026.11"
title: {en: Our own figures, fr: Nos propres chiffres}
description: {en: What our hospital has measured., fr: Ce que notre hôpital a mesuré.}
licence: internal
requires: [health_fr]
"""
AMBER = """
evidence:
  - ref: our-inventory
    source: Inventory of a department
    statement: total
    title: {en: A count that may not leave the house., fr: Un compte qui ne sort pas de la maison.}
    publisher: The department
    read_on: "2026-11-02"
    reliability: B
    credibility: 2
    tlp: amber
    licence: internal
"""
FIGURE = """
parameters:
  exposure.workstations_per_fte:
    description: {en: Workstations per full-time staff, fr: Postes de travail par équivalent temps plein}
    unit: hosts/fte
    values:
      "2026-11-01":
        distribution: {family: lognormal, p05: 0.65, p95: 0.75}
        method: elicited
        evidence: [our-inventory]
    last_checked_on: "2026-11-02"
    overrides: true
"""


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "sitecustomize.py").write_text(NO_NETWORK)
    done = hygie("assess", str(EXAMPLE), *SMALL, "--out", "result", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "result"


@pytest.fixture(scope="module")
def amber(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a result computed with a figure that rests on TLP:AMBER evidence."""
    folder = tmp_path_factory.mktemp("amber")
    (folder / "mine").mkdir()
    (folder / "mine" / "pack.yaml").write_text(FACTS)
    (folder / "mine" / "evidence.yaml").write_text(AMBER, encoding="utf-8")
    (folder / "mine" / "parameters.yaml").write_text(FIGURE, encoding="utf-8")
    done = hygie_here("assess", str(EXAMPLE), *SMALL, "--pack", "mine", "--out", "result", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "result"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_says_what_the_result_says(result: Path, language: str) -> None:
    done = hygie("report", "result", "--lang", language, cwd=result.parent, PYTHONPATH=str(result.parent))
    assert done.returncode == 0, done.stderr
    page = (result / f"report.{language}.html").read_text(encoding="utf-8")
    view = json.loads((result / f"assessment.{language}.json").read_text(encoding="utf-8"))
    assert f'<html lang="{language}">' in page
    assert len(page.encode()) < 1_500_000
    shown = re.sub(r"\s+", " ", Page(page).words)
    for sentence in [*view["headline"], view["validity"], view["bad_event"]["sentence"], view["digest"]]:
        assert re.sub(r"\s+", " ", sentence) in shown
    for row in [*view["assumptions"], *view["evidence"]]:
        assert row.get("ref", row.get("id")) in shown


def test_the_same_result_gives_the_same_bytes(result: Path) -> None:
    made = []
    for name in ("one", "two"):
        asked = ["report", "result", "--lang", "fr", "--out", name, "--format", "html,pdf,xlsx,csv"]
        done = hygie_here(*asked, cwd=result.parent)
        assert done.returncode == 0, done.stderr
        made.append({path.name: path.read_bytes() for path in (result.parent / name).rglob("*") if path.is_file()})
    assert {"report.fr.html", "report.fr.pdf", "report.fr.xlsx"} <= set(made[0])
    assert made[0] == made[1]


def test_charts_are_written_beside_the_page(result: Path) -> None:
    done = hygie_here("report", "result", "--lang", "en", "--charts", "charts", cwd=result.parent)
    assert done.returncode == 0, done.stderr
    written = sorted(path.name for path in (result.parent / "charts").iterdir())
    assert {"loss_exceedance.svg", "loss_exceedance.png", "loss_exceedance.csv"} <= set(written)
    assert len(written) % 3 == 0


def test_a_file_is_written_in_the_format_of_its_name(result: Path) -> None:
    done = hygie_here("report", "result", "--kind", "brief", "--lang", "fr", "--out", "b/note.pdf", cwd=result.parent)
    assert done.returncode == 0, done.stderr
    assert (result.parent / "b" / "note.pdf").read_bytes().startswith(b"%PDF")
    assert [path.name for path in (result.parent / "b").iterdir()] == ["note.pdf"]
    refused = hygie_here("report", "result", "--format", "html", "--out", "x.pdf", "--lang", "en", cwd=result.parent)
    assert refused.returncode == 2
    assert "one file holds one format" in refused.stderr


def test_the_brief_lies_beside_the_result_as_pdf(result: Path) -> None:
    done = hygie_here("report", "result", "--kind", "brief", "--lang", "en", cwd=result.parent)
    assert done.returncode == 0, done.stderr
    assert (result / "brief.en.pdf").is_file()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--kind", "poem"], 2, "no such document"),
        (["--format", "docx"], 2, "no document has this format"),
        (["--tlp", "pink"], 2, "this is not a marking"),
        (["--with", "nowhere.json"], 3, "the decision cannot be read"),
    ],
)
def test_what_cannot_be_written_is_refused(result: Path, arguments: list[str], code: int, message: str) -> None:
    done = hygie_here("report", "result", "--lang", "en", *arguments, cwd=result.parent)
    assert done.returncode == code
    assert message in done.stderr


def test_a_folder_without_a_result_is_refused(tmp_path: Path) -> None:
    done = hygie_here("report", "nothing", "--lang", "en", cwd=tmp_path)
    assert done.returncode == 3
    assert "this is not a result folder" in done.stderr
    assert list(tmp_path.iterdir()) == []


# ---- what was studied beside it ----


def keep_view(folder: Path, view_name: str, kind: str, data: dict[str, object]) -> Path:
    folder.mkdir()
    (folder / "manifest.json").write_text(json.dumps({"format": 1, "kind": kind, "version": "0.1.0"}))
    (folder / f"{view_name}.json").write_text(json.dumps(data))
    return folder


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """Return a made-up result with a decision, a programme and a scenario beside it."""
    folder = keep_view(tmp_path / "toy", "assessment.en", "assessment", make_view().model_dump(mode="json"))
    (folder / "assessment.fr.json").write_text(make_view("fr").model_dump_json())
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "request": {"packs": []}}))
    (folder / "decide.json").write_text(make_decision().model_dump_json())
    keep_view(folder / "programme", "programme.en", "programme", make_programme().model_dump(mode="json"))
    return folder


def test_what_lies_in_the_result_is_found(toy: Path) -> None:
    document = build_report(ReportRequest(toy))
    assert "choices" in [section.id for section in document.sections]


def test_what_a_named_organisation_lacks_is_amber_unless_it_says_otherwise(toy: Path) -> None:
    document = build_report(ReportRequest(toy))
    assert (document.tlp.value, "--tlp" in document.reproduce) == ("amber", False)
    open_to_all = build_report(ReportRequest(toy, tlp=TLP.CLEAR))
    assert (open_to_all.tlp.value, "--tlp clear" in open_to_all.reproduce) == ("clear", True)


def test_a_scenario_lends_its_marking(toy: Path) -> None:
    scenario = keep_view(toy.parent / "if", "scenario.en", "scenario", make_scenario().model_dump(mode="json"))
    document = build_report(ReportRequest(toy, beside=(scenario,)))
    assert document.tlp.value == "amber"
    assert "--with if" in document.reproduce
    done = hygie_here("report", "toy", "--with", "if", "--tlp", "clear", "--lang", "en", cwd=toy.parent)
    assert done.returncode == 2
    assert "TLP:AMBER" in done.stderr


def test_a_decision_in_another_language_gets_its_names_from_the_packs(toy: Path) -> None:
    shutil.rmtree(toy / "programme")
    (toy / "decide.json").write_text(make_decision("en").model_dump_json().replace("control_0", "mfa"))
    document = build_report(ReportRequest(toy, language="fr"))
    words = str(document)
    assert "Authentification multifacteur" in words
    assert "Ce qui réduit le plus la perte moyenne" in words


def test_what_is_about_another_facility_is_refused(toy: Path) -> None:
    (toy / "decide.json").write_text(make_decision(facility="other").model_dump_json())
    done = hygie_here("report", "toy", "--lang", "en", cwd=toy.parent)
    assert done.returncode == 2
    assert "another facility" in done.stderr


def test_a_result_of_another_kind_says_what_to_do(toy: Path) -> None:
    done = hygie_here("report", "toy/programme", "--lang", "en", cwd=toy.parent)
    assert done.returncode == 2
    assert "--with" in done.stderr


# ---- markings ----


@pytest.mark.parametrize("kind", ["report", "brief"])
def test_what_was_computed_with_amber_evidence_is_amber(amber: Path, kind: str) -> None:
    document = build_report(ReportRequest(amber, kind=kind))  # type: ignore[arg-type]
    assert document.tlp.value == "amber"
    assert json.loads((amber / "manifest.json").read_text())["tlp"] == "amber"


@pytest.mark.parametrize("kind", ["report", "brief"])
def test_amber_numbers_are_never_written_as_clear(amber: Path, kind: str) -> None:
    asked = ["report", "result", "--kind", kind, "--format", "html,pdf,xlsx,csv,parquet", "--lang", "en"]
    done = hygie_here(*asked, "--tlp", "clear", "--out", f"clear-{kind}", cwd=amber.parent)
    assert done.returncode == 2
    assert "TLP:AMBER" in done.stderr
    assert not (amber.parent / f"clear-{kind}").exists()
    assert "house" not in done.stderr


def test_a_stricter_marking_may_be_asked_for(result: Path) -> None:
    done = hygie_here("report", "result", "--tlp", "amber", "--out", "marked.html", "--lang", "en", cwd=result.parent)
    assert done.returncode == 0, done.stderr
    assert "TLP:AMBER" in (result.parent / "marked.html").read_text(encoding="utf-8")


def test_a_result_that_does_not_tell_its_marking_is_refused_with_extra_packs(toy: Path) -> None:
    (toy / "decide.json").unlink()
    manifest = json.loads((toy / "manifest.json").read_text())
    assert build_report(ReportRequest(toy, tlp=TLP.CLEAR)).tlp.value == "clear"
    (toy / "manifest.json").write_text(json.dumps({**manifest, "request": {"packs": ["mine"]}}))
    done = hygie_here("report", "toy", "--lang", "en", cwd=toy.parent)
    assert done.returncode == 3
    assert "does not say how the knowledge behind it is marked" in done.stderr


# ---- every example ----


@pytest.mark.parametrize("example", ["chsf", "chu-rouen", "clinique-reims", "dax", "ehpad"])
def test_the_brief_of_every_example_fits_two_pages(tmp_path: Path, example: str) -> None:
    file = EXAMPLE.parent / f"{example}.yaml"
    few = ["--years", "1000", "--draws", "10", "--as-of", "2026-11-23", "--lang", "en"]
    done = hygie_here("assess", str(file), *few, "--out", "r", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for language in ("fr", "en"):
        document = build_report(ReportRequest(tmp_path / "r", kind="brief", language=language))
        assert len(render_pages(document, ppi=20)) == 2
