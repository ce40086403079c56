"""What a crosswalk may say, and what is refused: numbers outside a framework, unknown names, missing rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from hygie.core.errors import DataError
from hygie.facility.blueprints import Blueprints
from hygie.facility.frameworks import Crosswalk, FrameworkSpec, load_crosswalk
from hygie.knowledge.catalogue import Catalogue
from hygie.service.checks import check_pack_folders
from hygie.store.documents import parse_document

FRAMEWORKS = """
frameworks:
  - {id: short, name: {en: Short, fr: Court}, edition: "1", address: https://example.org, items: ["1.1..1.3", "2"]}
"""
CROSSWALK = """
crosswalk:
  controls:
    - {control: mfa, references: {short: ["1.2"]}}
    - {control: awareness, references: {short: ["2"]}}
"""

Load = Callable[[str, str], Crosswalk]


@pytest.fixture
def load(catalogue: Catalogue, blueprints: Blueprints) -> Load:
    """Load two files against two controls."""
    controls = [control for control in blueprints.controls if control.id in ("mfa", "awareness")]

    def load_with(frameworks: str = FRAMEWORKS, crosswalk: str = CROSSWALK) -> Crosswalk:
        documents = {
            "frameworks": (parse_document(frameworks.encode(), name="frameworks.yaml"),),
            "crosswalk": (parse_document(crosswalk.encode(), name="crosswalk.yaml"),),
        }
        return load_crosswalk(replace(catalogue, sections={**catalogue.sections, **documents}), controls)

    return load_with


def spec(*items: str) -> FrameworkSpec:
    return FrameworkSpec.model_validate(
        {
            "id": "x",
            "name": {"en": "X", "fr": "X"},
            "edition": "1",
            "address": "https://example.org",
            "items": items,
        }
    )


@pytest.mark.parametrize(
    ("entry", "first", "last", "count"),
    [
        ("5.1..5.37", "5.1", "5.37", 37),
        ("AC-1..AC-12", "AC-1", "AC-12", 12),
        ("EXI 01..EXI 31", "EXI 01", "EXI 31", 31),
        ("GV.OC-01..GV.OC-05", "GV.OC-01", "GV.OC-05", 5),
        ("21(2)(a)..21(2)(j)", "21(2)(a)", "21(2)(j)", 10),
        ("23", "23", "23", 1),
    ],
)
def test_ranges(entry: str, first: str, last: str, count: int) -> None:
    items = spec(entry).list_items()
    assert (items[0], items[-1], len(items)) == (first, last, count)


def test_controls_of_each_item(load: Load) -> None:
    answers = load().controls_of("short")
    assert answers == {"1.1": (), "1.2": ("mfa",), "1.3": (), "2": ("awareness",)}


def test_what_stays_open_is_told_in_ranges(load: Load) -> None:
    frameworks = FRAMEWORKS.replace('"1.1..1.3", "2"', '"1.1..1.9", "2", "3.1..3.2", "5.1"')
    assert load(frameworks).open_ranges("short") == ["1.1", "1.3..1.9", "3.1, 3.2", "5.1"]


@pytest.mark.parametrize("entry", ["5.1..6.3", "5.3..5.1", "5.1..five", "(a)..(3)", "5.1.."])
def test_what_is_no_range_is_refused_with_its_line(load: Load, entry: str) -> None:
    with pytest.raises(DataError, match="is no range") as caught:
        load(FRAMEWORKS.replace("1.1..1.3", entry))
    assert caught.value.findings[0].file == "frameworks.yaml"
    assert caught.value.findings[0].line == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('"1.2"', '"1.4"', "unknown item of short “1.4”"),
        ('short: ["2"]', 'shrt: ["2"]', "unknown framework “shrt”"),
        ("control: mfa", "control: mffa", "unknown control “mffa”"),
        ("control: mfa", "control: awareness", "two rows"),
        ('["1.2"]', '["1.2", "1.2"]', "cited twice"),
    ],
)
def test_what_leads_nowhere_is_refused_with_its_place(load: Load, old: str, new: str, message: str) -> None:
    assert old in CROSSWALK
    with pytest.raises(DataError) as caught:
        load(FRAMEWORKS, CROSSWALK.replace(old, new))
    finding = next(item for item in caught.value.findings if message in item.message)
    assert finding.file == "crosswalk.yaml"
    assert finding.line is not None
    assert finding.repair


def test_a_control_without_a_row_is_told(load: Load) -> None:
    with pytest.raises(DataError, match="“awareness” has no row"):
        load(FRAMEWORKS, CROSSWALK.rstrip().rpartition("\n")[0])


def write_pack(folder: Path, *files: str) -> Path:
    folder.mkdir()
    words = "{en: Own, fr: Propre}"
    (folder / "pack.yaml").write_text(
        f"name: own\nversion: '1'\ntitle: {words}\ndescription: {words}\nlicence: CC0-1.0\nrequires: [base]\n",
        encoding="utf-8",
    )
    for number, text in enumerate(files):
        (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_pack_check_finds_a_control_that_nothing_stands_behind(tmp_path: Path) -> None:
    control = (
        "controls:\n  - id: prayer\n    function: prevent\n    cost_driver: beds\n"
        "    name: {en: Prayer, fr: Prière}\n    description: {en: Hope., fr: Espérer.}\n"
    )
    row = "crosswalk:\n  controls:\n    - {control: prayer, references: {anssi_hygiene: ['1']}}\n"
    missing_row = check_pack_folders([write_pack(tmp_path / "a", control)])
    assert [finding.message for finding in missing_row] == ["the control “prayer” has no row in the crosswalk"]
    findings = check_pack_folders([write_pack(tmp_path / "b", control, row)])
    messages = [finding.message for finding in findings]
    assert "the control “prayer” has no effect" in messages
    assert {f"no loaded pack has a parameter “control.prayer.{part}”" for part in ("efficacy", "setup_cost")} <= set(
        messages
    )
    assert all(finding.repair for finding in findings)
