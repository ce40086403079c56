"""Explain and doctor: from a figure back to its evidence, and what is refused on the way."""

from __future__ import annotations

import json
import os
import random
import shutil
from pathlib import Path

import pytest

from cli_kit import EXAMPLE, SMALL, hygie

pytestmark = pytest.mark.xdist_group("assess")


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explain")
    done = hygie("assess", str(EXAMPLE), *SMALL, "--out", "result", cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "result"


def explain(result: Path, figure: str, *arguments: str) -> dict:
    done = hygie("explain", str(result), figure, "--json", *arguments, cwd=result.parent)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_ransomware_loss_reaches_counts_incidents_and_assumptions(result: Path) -> None:
    view = explain(result, "class.ransomware", "--lang", "en")
    counts = {count["ref"]: count for count in view["counts"]}
    level = [count for count in counts.values() if count["role"] == "level"]
    assert sorted(count["count"] for count in level) == [27, 32, 40, 47]
    assert [count["at_least"] for count in level if count["count"] == 47] == [True]
    for count in counts.values():
        assert count["evidence"]
        assert all(item["grade"][0] in "ABCDEF" and item["grade"][1] in "123456" for item in count["evidence"])
    assert any(item["link"] for count in level for item in count["evidence"])
    incidents = {incident["ref"]: incident for incident in view["incidents"]}
    assert "W-R-06" in incidents  # Corbeil-Essonnes, August 2022
    assert incidents["W-R-06"]["actor"] == "lockbit"
    assert incidents["W-R-06"]["evidence"][0]["link"].startswith("https://")
    named = {estimate["id"] for estimate in view["estimates"] if estimate["method"] == "assumed"}
    assert named == set(view["assumptions"])
    assert len(named) > 50
    assert not any(name.startswith("threat.prior.ot") for name in view["assumptions"])
    assert view["reproduce"].startswith("hygie assess")


def test_every_figure_can_be_explained_in_both_languages(result: Path) -> None:
    from hygie.service.explain import explain as explain_figure
    from hygie.service.explain import list_figures
    from hygie.views.assessment import AssessmentView

    view = AssessmentView.model_validate_json((result / "assessment.en.json").read_text())
    for figure in list_figures(view):
        english = explain_figure(result, figure, language="en")
        french = explain_figure(result, figure, language="fr")
        assert english.value == french.value
        assert english.estimates
        assert {item.id for item in english.estimates} == {item.id for item in french.estimates}
        assert english.definition != french.definition


def test_a_form_of_loss_names_its_own_costs_only(result: Path) -> None:
    names = {estimate["id"] for estimate in explain(result, "form.restoration")["estimates"]}
    assert "cost.workstation" in names
    assert "cost.overtime_hour" not in names


def test_text_keeps_addresses_whole(result: Path) -> None:
    done = hygie("explain", str(result), "class.ransomware", "--lang", "fr", cwd=result.parent)
    assert done.returncode == 0, done.stderr
    assert "https://www.lemagit.fr/actualites/366625454" in done.stdout
    assert "supposé" in done.stdout
    assert "assumed" not in done.stdout


def copy_result(result: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(result, tmp_path / "copy"))


def test_result_of_another_version_is_refused(result: Path, tmp_path: Path) -> None:
    folder = copy_result(result, tmp_path)
    manifest = json.loads((folder / "manifest.json").read_text())
    for change, expected in (({"version": "0.0.9"}, "another version"), ({"format": 99}, "another version")):
        (folder / "manifest.json").write_text(json.dumps({**manifest, **change}))
        done = hygie("explain", str(folder), "aal", cwd=tmp_path)
        assert done.returncode == 3
        assert expected in done.stderr
        assert "repair" in done.stderr


def test_damaged_results_are_refused(result: Path, tmp_path: Path) -> None:
    folder = copy_result(result, tmp_path)
    for damage in (b"{", b"[]", b'{"format": 1}', random.Random(1).randbytes(10_000)):
        (folder / "manifest.json").write_bytes(damage)
        done = hygie("explain", str(folder), "aal", cwd=tmp_path)
        assert done.returncode == 3, damage
        assert "Traceback" not in done.stderr
        assert "HYG-4" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("bomb.yaml", b"a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nc: [*b,*b,*b,*b]\n", "anchor"),
        ("noise.yaml", random.Random(7).randbytes(10 * 2**20), "HYG-201"),
        ("empty.yaml", b"", "HYG-20"),
        ("list.yaml", b"- 1\n- 2\n", "HYG-20"),
        ("deep.yaml", b"[" * 100_000, "HYG-201"),
        ("latin.yaml", "name: Hôpital\n".encode("latin-1"), "UTF-8"),
    ],
    ids=["bomb", "noise", "empty", "list", "deep", "latin"],
)
def test_hostile_facility_files(tmp_path: Path, name: str, content: bytes, expected: str) -> None:
    (tmp_path / name).write_bytes(content)
    done = hygie("assess", name, *SMALL, cwd=tmp_path)
    assert done.returncode == 3
    assert expected in done.stderr
    assert name in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr) < 4_000
    assert [path.name for path in tmp_path.iterdir()] == [name]


PACK = """name: ours
version: "1"
title: {en: Ours, fr: Le nôtre}
description: {en: Local costs., fr: Coûts locaux.}
licence: CC-BY-4.0
requires: [health_fr]
"""

COST = """parameters:
  cost.workstation:
    overrides: true
    description: {en: "Rebuild one workstation, our contract", fr: "Remise en service d’un poste, notre contrat"}
    unit: EUR_2024/host
    values:
      "2024-01-01":
        distribution: {family: lognormal, p05: 150, p95: 900}
        method: assumed
        evidence: []
    last_checked_on: "2026-11-23"
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("p05: 150, p95: 900", "p05: 900, p95: 150", "increase"),
        ("EUR_2024/host", "EUR_2024/hst", "did you mean “EUR_2024/host”?"),
        ("p05: 150, p95: 900", "mu: 5, sigma: 2.5", "untruncated lognormal"),
        ("evidence: []", "evidence: [dax-cots]", "did you mean “dax-cost”?"),
        ("method: assumed", "method: published", "evidence"),
        ("lognormal", "lognormale", "did you mean “lognormal”?"),
    ],
)
def test_mistakes_in_a_pack_are_located(tmp_path: Path, old: str, new: str, expected: str) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK, encoding="utf-8")
    (pack / "costs.yaml").write_text(COST.replace(old, new), encoding="utf-8")
    done = hygie("assess", str(EXAMPLE), "--pack", "pack", *SMALL, cwd=tmp_path)
    assert done.returncode == 3
    assert "costs.yaml:" in done.stderr
    assert expected in done.stderr
    assert "Traceback" not in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["pack"]
    checked = hygie("pack", "check", "pack", cwd=tmp_path)
    assert checked.returncode == 1
    assert expected in checked.stdout


def test_a_pack_of_ones_own_moves_the_figure(result: Path, tmp_path: Path) -> None:
    pack = tmp_path / "pack"
    pack.mkdir()
    (pack / "pack.yaml").write_text(PACK, encoding="utf-8")
    (pack / "costs.yaml").write_text(COST, encoding="utf-8")
    done = hygie("assess", str(EXAMPLE), "--pack", "pack", *SMALL, "--json", "--out", "r", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    mine = json.loads(done.stdout)
    theirs = json.loads((result / "assessment.en.json").read_text())
    assert mine["digest"] != theirs["digest"]
    assert set(mine["packs"]) == {"base", "health_fr", "ours"}
    explained = hygie("explain", "r", "form.restoration", "--json", cwd=tmp_path)
    assert "our contract" in explained.stdout


def test_doctor_finds_this_installation_fit_and_says_what_is_not(tmp_path: Path) -> None:
    done = hygie("doctor", "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    checks = {check["name"]: check for check in json.loads(done.stdout)}
    assert set(checks) >= {"python", "compiler", "compiler cache", "fonts", "database", "tables", "disk", "packs"}
    assert checks["packs"]["ok"]
    (tmp_path / ".hygie-partial-999999999-x").mkdir()
    done = hygie("doctor", cwd=tmp_path)
    assert done.returncode == 1
    assert "unfinished result" in done.stdout
    assert "repair" in done.stdout
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    done = hygie("doctor", cwd=tmp_path, HYGIE_CACHE_DIR="/proc/nowhere", TMPDIR=str(temporary))
    assert done.returncode == 1
    assert "HYGIE_CACHE_DIR" in done.stdout
    assert os.environ.get("HYGIE_CACHE_DIR") != "/proc/nowhere"
