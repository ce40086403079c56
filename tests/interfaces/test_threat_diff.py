"""Why a facility's frequencies and loss change: one sentence per cause, and causes that sum to the change."""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cli_kit import hygie_here
from hygie.core.errors import UsageError
from hygie.service.requests import ThreatDiffRequest
from hygie.service.threat_diff import diff_threat
from hygie.views.threat import CauseView, DiffView

EXAMPLES = Path(__file__).parents[2] / "examples"
DAX, REIMS = EXAMPLES / "dax.yaml", EXAMPLES / "clinique-reims.yaml"
CRONOS = "operation-cronos-2024"

HEAD = """\
schema: hygie.pack/1
evidence:
  - ref: press-ten
    source: https://example.org/ten
    statement: ten made-up incidents
    title: {en: Ten incidents, fr: Dix incidents}
    publisher: Example Press
    published_on: "2026-11-01"
    read_on: "2026-11-02"
    reliability: B
    credibility: 2
    tlp: clear
    licence: facts-only
incidents:
"""


def write_ten(folder: Path, *, region: str = "Nouvelle-Aquitaine", actor: str = "unknown") -> Path:
    """Write ten made-up incidents in a region."""
    confidence = "none" if actor == "unknown" else "high"
    rows = [
        f"  - ref: TEN-{i}\n    evidence: [press-ten]\n    started_on: '2026-10-{i + 10}'\n    date_precision: day\n"
        f"    victim: {{name: CH fictif {i}, kind: ch, country: FR, sector: health, region: {region}}}\n"
        f"    threat_class: ransomware\n    actor: {{name: {actor}, confidence: {confidence}}}\n"
        for i in range(10)
    ]
    file = folder / f"ten-{actor}-{region[:4]}.yaml"
    file.write_text(HEAD + "".join(rows), encoding="utf-8")
    return file


@cache
def compare(*, facility: Path = DAX, start: str, end: str, **changes: Any) -> DiffView:
    fields = {"facility": str(facility), "from": date.fromisoformat(start), "to": date.fromisoformat(end), "draws": 12}
    return diff_threat(ThreatDiffRequest.model_validate({**fields, "years": 1200, **changes}))


def causes_of(view: DiffView) -> dict[str, CauseView]:
    return {cause.id: cause for cause in view.causes}


def assert_adds_up(view: DiffView) -> None:
    """Causes sum to the change of each figure to 1e-9, every cause has one sentence, and nothing is a stray number."""
    for row in view.figures:
        assert row.after - row.before == pytest.approx(row.change, abs=1e-12)
        told = sum(cause.changes[row.id] for cause in view.causes)
        assert told == pytest.approx(row.change, abs=1e-9), row.id
        assert abs(view.unexplained[row.id]) < 1e-9
    for cause in view.causes:
        assert cause.sentence.startswith(cause.label)
        assert cause.sentence.endswith(".")
        assert cause.sentence.count(". ") == 0 or "±" in cause.sentence


# --- the three cases ---------------------------------------------------------------------------------------------


def test_without_operation_cronos_more_attacks_are_to_be_expected() -> None:
    view = compare(start="2024-03-01", end="2024-03-01", without=(CRONOS,))
    assert_adds_up(view)
    assert [cause.id for cause in view.causes] == ["actors"]
    cause = view.causes[0]
    assert cause.changes["ransomware"] > 0.0
    assert cause.changes["share.lockbit"] > 0.02
    assert cause.pieces == ["LockBit at 40% of its activity, 20 February 2024 (left out)"]
    assert "points of attempts for LockBit" in cause.sentence
    assert any("threat.affiliate_moves" in note for note in view.notes)


def test_left_out_before_it_was_known_it_changes_nothing() -> None:
    view = compare(start="2024-02-01", end="2024-02-01", without=(CRONOS,), loss=False)
    assert view.causes == []
    assert view.headline == ["None of these figures changes."]
    assert any("not known on the date anyway: lockbit@2024-02-20" in note for note in view.notes)


def write_parameter(folder: Path, name: str, value: float) -> Path:
    """Write a file that sets one parameter of the packs."""
    file = folder / f"{name}.yaml"
    file.write_text(
        f"parameters:\n  {name}:\n    overrides: true\n    description: {{en: A trait, fr: Un trait}}\n    unit: '1'\n"
        f"    values:\n      '2024-01-01':\n        distribution: {{family: constant, value: {value}}}\n"
        "        method: assumed\n        evidence: []\n    last_checked_on: '2026-11-23'\n",
        encoding="utf-8",
    )
    return file


def test_ten_incidents_in_a_region_move_risk_towards_it(tmp_path: Path) -> None:
    """Where neighbours are believed to raise risk, it moves to the region and away from others."""
    file, belief = write_ten(tmp_path), write_parameter(tmp_path, "context.nearby", 0.3)
    asked = {"add": (str(file),), "packs": (str(belief),), "loss": False}
    here, there = (compare(facility=f, start="2026-11-23", end="2026-11-23", **asked) for f in (DAX, REIMS))
    for view in (here, there):
        assert_adds_up(view)
        assert [cause.id for cause in view.causes] == ["incidents"]
    moved = [causes_of(view)["incidents"].changes["ransomware"] / view.figures[0].before for view in (here, there)]
    assert moved[0] > 0.1
    assert -0.1 < moved[1] < 0.0
    assert "10 incidents in Nouvelle-Aquitaine (Actor not known)" in here.causes[0].sentence


def test_ten_incidents_in_a_region_move_little_as_shipped(tmp_path: Path) -> None:
    """The shipped belief on neighbours has no sign: what ten unattributed incidents move is small, and is told."""
    view = compare(start="2026-11-23", end="2026-11-23", add=(str(write_ten(tmp_path)),), loss=False)
    assert_adds_up(view)
    (cause,) = view.causes
    assert cause.id == "incidents"
    assert 0.0 < abs(cause.changes["ransomware"]) < 0.05 * view.figures[0].before


def test_ten_incidents_of_an_actor_move_shares_and_loss(tmp_path: Path) -> None:
    file = write_ten(tmp_path, actor="qilin")
    view = compare(start="2026-11-23", end="2026-11-23", add=(str(file),))
    assert_adds_up(view)
    (cause,) = view.causes
    assert cause.changes["share.qilin"] > 0.1
    assert cause.changes["aal"] != 0.0
    assert cause.loss_noise is not None and cause.loss_noise > 0.0
    assert "10 incidents in Nouvelle-Aquitaine (Qilin)" in cause.sentence
    assert "of noise" in cause.sentence


@pytest.mark.parametrize(
    ("start", "end", "causes"),
    [
        ("2021-03-01", "2022-09-01", ["time", "counts", "incidents", "actors", "states"]),
        ("2022-09-01", "2024-03-01", ["time", "counts", "incidents", "campaigns", "actors", "states", "model"]),
        ("2021-03-01", "2024-03-01", ["time", "counts", "incidents", "campaigns", "actors", "states", "model"]),
    ],
)
def test_moving_the_date_is_explained(start: str, end: str, causes: list[str]) -> None:
    view = compare(start=start, end=end, loss=False)
    assert_adds_up(view)
    assert [cause.id for cause in view.causes] == causes
    assert all(len(cause.pieces) >= 1 for cause in view.causes)
    time = causes_of(view)["time"]
    assert "nothing new is learnt" in time.sentence


def test_the_loss_of_a_move_of_date_adds_up_too() -> None:
    view = compare(start="2021-03-01", end="2022-09-01", years=240)
    assert_adds_up(view)
    loss = next(row for row in view.figures if row.id == "aal")
    assert loss.before > 0.0 < loss.after
    assert loss.before != loss.after
    assert view.years == 240


def test_counts_are_named_with_what_they_moved() -> None:
    counts = causes_of(compare(start="2021-03-01", end="2022-09-01", loss=False))["counts"]
    assert counts.pieces == ["count of at least 47 (ransomware, 2021, LeMagIT)"]
    assert counts.piece_effects[0] > 0.0
    assert counts.changes["ransomware"] > 0.0


def test_steps_of_one_date_add_up_to_the_whole_way() -> None:
    """The figures at each date are those of the model, whatever the dates they are compared with."""
    first = compare(start="2021-03-01", end="2022-09-01", loss=False)
    second = compare(start="2022-09-01", end="2024-03-01", loss=False)
    whole = compare(start="2021-03-01", end="2024-03-01", loss=False)
    for one, two, both in zip(first.figures[:4], second.figures[:4], whole.figures[:4], strict=True):
        assert one.after == two.before
        assert one.change + two.change == pytest.approx(both.change, abs=1e-12)


# --- the facility, the controls, the packs ------------------------------------------------------------------------


def test_controls_and_exposure_are_causes_of_their_own(tmp_path: Path) -> None:
    text = DAX.read_text(encoding="utf-8")
    after = tmp_path / "after.yaml"
    after.write_text(text.replace("fte: 2034", "fte: 2634", 1) + "\nposture: {mfa: 0.9}\n", encoding="utf-8")
    view = compare(facility=after, before=str(DAX), start="2026-11-23", end="2026-11-23")
    assert_adds_up(view)
    assert [cause.id for cause in view.causes] == ["exposure", "controls"]
    found = causes_of(view)
    assert found["exposure"].pieces == ["activity.fte"]
    assert found["exposure"].changes["ransomware"] > 0.0
    assert found["controls"].changes["ransomware"] == 0.0
    assert found["controls"].changes["aal"] < 0.0
    assert "Multi-factor authentication ? → 0.9" in found["controls"].sentence


def test_parameters_of_a_pack_are_a_cause(tmp_path: Path) -> None:
    file = write_parameter(tmp_path, "context.size_elasticity", 1.5)
    view = compare(start="2026-11-23", end="2026-11-23", add=(str(file),), loss=False)
    assert_adds_up(view)
    (cause,) = view.causes
    assert (cause.id, cause.pieces) == ("model", ["A trait"])
    assert cause.changes["ransomware"] > 0.0


# --- what is refused, and the command line ------------------------------------------------------------------------


def test_dates_in_the_wrong_order_are_refused() -> None:
    with pytest.raises(UsageError, match="first date comes after"):
        compare(start="2024-03-01", end="2022-09-01", loss=False)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--from", "yesterday"), 2, "--from"),
        (("--to", "2024-13-01"), 2, "--to"),
        (("--from", "2024-03-01", "--to", "2021-03-01"), 2, "first date comes after"),
        (("--without", "operation-chronos-2024"), 2, "did you mean “operation-cronos-2024”?"),
        (("--without", "x\x1b[31m"), 2, "no loaded pack has this"),
        (("--add", "gone.yaml"), 3, "gone.yaml"),
        (("--add", "bad.yaml"), 3, "bad.yaml:3"),
        (("--years", "0"), 2, "--years"),
        (("--draws", "0"), 2, "--draws"),
        (("--seed", "-1"), 2, "--seed"),
        (("--years", "10", "--draws", "50"), 3, "too few simulated years"),
        (("--threads", "0"), 2, "--threads"),
        (("--lang", "de"), 2, "not spoken here"),
        (("--before", "gone.yaml"), 3, "gone.yaml"),
    ],
)
def test_the_command_line_teaches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], code: int, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.yaml").write_text("schema: hygie.pack/1\nincidents:\n  - ref: 3\n", encoding="utf-8")
    done = hygie_here("threat", "diff", str(DAX), *arguments)
    assert done.returncode == code, done.stderr
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert done.stdout == ""


def test_a_facility_that_is_none_is_refused() -> None:
    done = hygie_here("threat", "diff", "gone.yaml")
    assert done.returncode == 3
    assert "gone.yaml" in done.stderr


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["Why", "Causes sum to the change", "Passage of time", "LockBit", "Time comes first"]),
        ("fr", ["Pourquoi", "La somme des causes", "Passage du temps", "LockBit", "Le temps vient d’abord"]),
    ],
)
def test_the_terminal_in_both_languages(monkeypatch: pytest.MonkeyPatch, language: str, words: list[str]) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    done = hygie_here(
        *("threat", "diff", str(DAX), "--from", "2024-02-01", "--to", "2024-03-01", "--no-loss", "--lang", language),
    )
    assert done.returncode == 0, done.stderr
    for word in words:
        assert word in done.stdout
    body = [line for line in done.stdout.splitlines() if "hygie threat diff" not in line]
    assert max(map(len, body)) <= 80


def test_json_is_the_same_comparison() -> None:
    arguments = ("--from", "2024-03-01", "--to", "2024-03-01", "--without", CRONOS, "--no-loss", "--draws", "12")
    done = hygie_here("threat", "diff", str(DAX), *arguments, "--lang", "en", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    view = compare(start="2024-03-01", end="2024-03-01", without=(CRONOS,), loss=False)
    assert told["from"] == "2024-03-01"
    assert [cause["changes"] for cause in told["causes"]] == [cause.changes for cause in view.causes]


def test_the_command_that_gives_it_again(tmp_path: Path) -> None:
    file = write_ten(tmp_path)
    view = compare(start="2026-11-23", end="2026-11-23", add=(str(file),), loss=False)
    assert view.reproduce == (
        f"hygie threat diff {DAX} --from 2026-11-23 --to 2026-11-23 --add {file} "
        "--no-loss --draws 12 --seed 1 --lang en"
    )
