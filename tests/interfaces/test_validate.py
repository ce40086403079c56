"""``hygie validate``: the dossier, its honesty, and what it refuses."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from cli_kit import hygie_here
from hygie.core.errors import HygieError
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.specs import load_specs
from hygie.service.requests import ValidationRequest
from hygie.service.validation.dossier import build_dossier, build_dossiers
from hygie.service.validation.experiments import World, open_world
from hygie.service.validation.fit import fit_targets, write_fitted
from hygie.service.validation.targets import Rule, Target, Targets, load_targets
from hygie.views.messages import LANGUAGES

AS_OF = date(2026, 11, 23)
SMALL = ["--draws", "50", "--as-of", "2026-11-23"]


@pytest.fixture(scope="module")
def world() -> World:
    return open_world(load_catalogue(as_of=AS_OF), as_of=AS_OF)


def change(world: World, entries: list[Target], **fields: object) -> World:
    return replace(world, targets=world.targets.model_copy(update={"entries": tuple(entries), **fields}))


def find(targets: Targets, name: str) -> Target:
    return next(entry for entry in targets.entries if entry.id == name)


def test_the_dossier_shows_every_target_in_both_languages(tmp_path: Path) -> None:
    english = hygie_here("validate", *SMALL, "--lang", "en", "--out", str(tmp_path / "out"))
    assert english.returncode in (0, 1), english.stderr
    saved = json.loads((tmp_path / "out" / "validation.json").read_text(encoding="utf-8"))
    assert (english.returncode == 0) == saved["passed"]
    text = " ".join(english.stdout.split())
    for row in saved["targets"]:
        assert row["name"] in text
        assert row["sentence"] in text
        assert row["evidence"]
    again = ["validate", "--from", str(tmp_path / "out"), "--format", "html,pdf"]
    kept = hygie_here(*again, "--lang", "en")
    assert kept.returncode == english.returncode
    assert "Result saved" not in kept.stdout
    page = (tmp_path / "out" / "dossier.en.html").read_text(encoding="utf-8")
    assert all(row["name"].split(",")[0] in page for row in saved["targets"])
    assert (tmp_path / "out" / "dossier.en.pdf").read_bytes().startswith(b"%PDF")
    other = hygie_here(*again, "--lang", "fr")
    assert other.returncode == 2
    assert "dans une autre langue" in other.stderr
    french = hygie_here("validate", *SMALL, "--lang", "fr")
    assert "Mis de côté lors de l’ajustement" in french.stdout
    assert "Cas mis de côté atteints" in french.stdout


def test_the_same_seed_gives_the_same_dossier_as_data() -> None:
    first, second = (hygie_here("validate", *SMALL, "--json", "--lang", "en").stdout for _ in range(2))
    assert first == second
    view = json.loads(first)
    split = next(row for row in view["targets"] if row["id"] == "split-2024")
    assert len(split["shares"]) == 3
    assert 0.0 <= split["statistic"] <= 1.0
    roles = {row["role"] for row in view["targets"]}
    assert roles == {"fitted", "held_back", "reported"}
    assert all(row["verdict"] == "reported" for row in view["targets"] if row["role"] == "reported")


def test_a_wrong_target_fails_and_says_so(world: World) -> None:
    duration = find(world.targets, "villefranche-rebuild")
    assert duration.observed is not None
    wrong = duration.model_copy(
        update={"observed": duration.observed.model_copy(update={"low": 2000.0, "high": 2000.0}), "group": None}
    )
    split = find(world.targets, "split-2024")
    assert split.observed is not None
    upside = split.model_copy(update={"observed": split.observed.model_copy(update={"counts": (0, 0, 38)})})
    request = ValidationRequest(draws=50, as_of=AS_OF)
    view = build_dossier(change(world, [wrong, upside], held_back_at_least=0), request)
    assert [row.verdict for row in view.targets] == ["fail", "fail"]
    assert not view.passed
    assert view.targets[0].position == 1.0
    assert "Outside: missed." in view.targets[0].sentence
    assert any(duration.name.en in line for line in view.summary)


def test_two_languages_tell_one_computation(world: World) -> None:
    small = change(world, [find(world.targets, "villefranche-rebuild")], held_back_at_least=1)
    request = ValidationRequest(draws=50, as_of=AS_OF)
    both = build_dossiers(small, request, LANGUAGES)
    assert both["en"] == build_dossier(small, request)
    assert both["fr"] == build_dossier(small, request.model_copy(update={"language": "fr"}))
    assert both["fr"].targets[0].quantiles == both["en"].targets[0].quantiles
    assert both["fr"].targets[0].sentence != both["en"].targets[0].sentence


def test_too_few_held_back_cases_fail_the_dossier(world: World) -> None:
    duration = find(world.targets, "villefranche-rebuild")
    request = ValidationRequest(draws=50, as_of=AS_OF)
    assert build_dossier(change(world, [duration], held_back_at_least=1), request).passed
    assert not build_dossier(change(world, [duration], held_back_at_least=2), request).passed


def test_a_held_back_target_never_changes_the_fit(world: World) -> None:
    priors = open_world(load_catalogue(as_of=AS_OF, fitted=False), as_of=AS_OF)
    fits = tuple(fit for fit in priors.targets.fits if fit.id == "attack")
    entries = list(priors.targets.entries)
    poisoned = [
        entry.model_copy(update={"observed": entry.observed.model_copy(update={"low": 1.0, "high": 2.0})})
        if entry.role != "fitted" and entry.observed is not None
        else entry
        for entry in entries
    ]
    plain, other = (
        write_fitted(fit_targets(change(priors, rows, fits=fits), seed=1, draws=60)) for rows in (entries, poisoned)
    )
    assert plain == other
    moved = [
        entry.model_copy(update={"observed": entry.observed.model_copy(update={"counts": (2, 3, 33)})})
        if entry.id == "split-2024" and entry.observed is not None
        else entry
        for entry in entries
    ]
    assert write_fitted(fit_targets(change(priors, moved, fits=fits), seed=1, draws=60)) != plain


def test_every_direct_cost_of_the_model_belongs_to_a_component(world: World) -> None:
    named = {item for items in world.targets.components.values() for item in items}
    direct = {item.id for item in world.specs.items if item.form in ("response", "restoration")}
    assert direct - named <= {"ddos_handling", "provider_handling"}


def test_targets_name_what_exists(world: World) -> None:
    known = world.catalogue.evidence
    assert all(ref in known for entry in world.targets.entries for ref in entry.evidence)
    entry = world.targets.entries[0]
    wrong = json.loads(json.dumps(world.catalogue.sections["targets"][-1].data))
    wrong["targets"]["entries"][0]["evidence"] = ["no-such-source"]
    document = replace(world.catalogue.sections["targets"][-1], data=wrong)
    catalogue = replace(world.catalogue, sections={**world.catalogue.sections, "targets": (document,)})
    with pytest.raises(HygieError) as caught:
        load_targets(catalogue, load_specs(world.catalogue))
    finding = caught.value.findings[0]
    assert finding.field == "targets.entries.0.evidence"
    assert finding.file is not None
    assert finding.value == "no-such-source"
    with pytest.raises(ValueError, match="needs low and high"):
        Rule(kind="predictive_p", low=0.05)
    assert entry.rule.kind == "predictive_p"


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (["--draws", "3"], "--draws"),
        (["--seed", "-1"], "--seed"),
        (["--as-of", "yesterday"], "--as-of"),
        (["--lang", "de"], "--lang"),
    ],
)
def test_wrong_options_are_refused(arguments: list[str], field: str) -> None:
    result = hygie_here("validate", *arguments)
    assert result.returncode == 2
    assert field in result.stderr
    assert "Traceback" not in result.stderr


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file", encoding="utf-8")
    result = hygie_here("validate", *SMALL, "--lang", "en", "--out", str(tmp_path / "taken" / "below"))
    assert result.returncode == 3
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--format", "pdf"], "the dossier needs a place"),
        (["--format", "pdf", "--fit", "--out", "x"], "a fit is a pack file"),
        (["--format", "docx", "--out", "x"], "no document has this format"),
        (["--from", "nowhere"], "the dossier cannot be read"),
    ],
)
def test_a_dossier_that_cannot_be_written_is_refused(tmp_path: Path, arguments: list[str], message: str) -> None:
    done = hygie_here("validate", *arguments, "--lang", "en", cwd=tmp_path)
    assert done.returncode in (2, 3)
    assert message in done.stderr
    assert list(tmp_path.iterdir()) == []
