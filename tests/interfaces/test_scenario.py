"""``hygie scenario``: what is printed, what is written, what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path

import duckdb
import pytest

from cli_kit import EXAMPLE, hygie_here

SMALL = ["--events", "4000", "--draws", "20", "--replays", "40", "--as-of", "2026-11-23"]


def run(*arguments: str, cwd: Path) -> tuple[int, str, str]:
    done = hygie_here("scenario", "run", str(EXAMPLE), *SMALL, *arguments, cwd=cwd)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A scenario written whole, in French."""
    place = tmp_path_factory.mktemp("scenario")
    code, shown, errors = run(
        "--class", "ransomware", "--actor", "lockbit", "--entry", "valid-account", "--outcome", "everything",
        "--control", "mfa=1", "--lang", "fr", "--out", "result", cwd=place,
    )  # fmt: skip
    assert (code, errors) == (0, "")
    assert "Supposons une tentative contre Centre Hospitalier Sud Francilien." in shown
    assert "Résultat enregistré" in shown
    return place / "result"


def test_the_folder_holds_views_events_pictures_and_exports(folder: Path) -> None:
    names = {file.name for file in folder.iterdir()}
    assert names >= {
        "manifest.json", "scenario.en.json", "scenario.fr.json", "events.parquet", "attack_flow.json",
        "navigator.json", "navigator_ics.json", "path.fr.svg", "path.fr.png", "bands.fr.svg", "bands.fr.png",
    }  # fmt: skip
    manifest = json.loads((folder / "manifest.json").read_bytes())
    english, french = (json.loads((folder / f"scenario.{name}.json").read_bytes()) for name in ("en", "fr"))
    assert manifest["kind"] == "scenario"
    assert manifest["digest"] == english["digest"] == french["digest"]
    assert manifest["marking"] == "TLP:AMBER"
    kept = duckdb.sql(f"SELECT count(*) FROM '{folder / 'events.parquet'}' WHERE outcome = 6").fetchall()
    assert kept == [(english["plan"]["kept"],)]
    assert (folder / "path.fr.png").read_bytes().startswith(b"\x89PNG")
    assert "le chemin d’une attaque" in (folder / "path.fr.svg").read_text()


def test_the_exports_parse_and_carry_their_marking(folder: Path) -> None:
    import stix2

    flow = stix2.parse((folder / "attack_flow.json").read_text(), allow_custom=True)
    assert [one["type"] for one in flow.objects].count("attack-flow") == 1
    used = {one["technique_id"] for one in flow.objects if one["type"] == "attack-action"}
    shown = json.loads((folder / "scenario.fr.json").read_bytes())
    assert used == {technique["id"] for technique in shown["techniques"] if technique["told"]}
    scores: dict[str, float] = {}
    for name, domain in (("navigator", "enterprise-attack"), ("navigator_ics", "ics-attack")):
        layer = json.loads((folder / f"{name}.json").read_bytes())
        assert (layer["domain"], layer["versions"]["layer"]) == (domain, "4.5")
        assert layer["description"].startswith("TLP:AMBER")
        scores |= {technique["techniqueID"]: technique["score"] for technique in layer["techniques"]}
    assert all(0.0 < score <= 1.0 for score in scores.values())
    assert scores == {t["id"]: pytest.approx(t["share"], abs=1e-4) for t in shown["techniques"] if t["share"] > 0.0}


def test_a_ceiling_below_the_marking_holds_the_exports_back(tmp_path: Path) -> None:
    code, shown, _ = run(
        "--class", "ddos", "--tlp", "amber", "--tlp-ceiling", "green", "--out", "r", "--json", "--lang", "en",
        cwd=tmp_path,
    )  # fmt: skip
    assert code == 0
    assert json.loads(shown)["withheld"][0] == "attack_flow.json"
    assert not (tmp_path / "r" / "attack_flow.json").exists()
    assert (tmp_path / "r" / "scenario.en.json").exists()


def test_json_is_the_view_and_the_command_it_names_gives_it_again(tmp_path: Path) -> None:
    code, shown, _ = run("--class", "ot", "--target", "cold", "--event", "2", "--json", "--lang", "en", cwd=tmp_path)
    assert code == 0
    first = json.loads(shown)
    assert first["event"]["rank"] == 2
    assert first["question"]["targets"] == [{"id": "cold", "label": "Refrigeration"}]
    again = hygie_here(*first["reproduce"].split()[1:], "--json", cwd=tmp_path)
    assert json.loads(again.stdout) == first


def test_the_list_names_classes_ways_in_and_targets() -> None:
    shown = hygie_here("scenario", "list", str(EXAMPLE), "--lang", "fr").stdout
    assert re.search(r"--class ot\s+Attaque des systèmes techniques", shown)
    assert "--provider generic-hds-host" in shown
    assert "lockbit (LockBit)" in shown
    data = json.loads(hygie_here("scenario", "list", "--json", "--lang", "en").stdout)
    assert data["facility"] is None
    assert "radiotherapy" in {zone["id"] for entry in data["classes"] for zone in entry["targets"]}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--class", "ransomware", "--control", "mfa"], "write --control mfa=1"),
        (["--class", "ransomware", "--control", "mfa=2"], "share from 0"),
        (["--class", "ransomware", "--event", "best"], "median, worst"),
        (["--class", "ransomware", "--as-of", "soon"], "--as-of"),
        (["--class", "ransomware", "--replays", "3"], "--replays"),
        (["--class", "provider"], "which provider"),
    ],
)
def test_wrong_options_end_with_code_2_and_a_repair(arguments: list[str], message: str, tmp_path: Path) -> None:
    code, shown, errors = run(*arguments, "--out", "r", cwd=tmp_path)
    assert (code, shown) == (2, "")
    assert message in errors
    assert "repair:" in errors
    assert "Traceback" not in errors
    assert not (tmp_path / "r").exists()
