"""Packs: what a folder must hold, how packs combine, and what is said when something is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from hygie.core.errors import DataError, EvidenceError, Finding
from hygie.core.estimate import Method
from hygie.core.evidence import TLP
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import check_packs, load_catalogue
from hygie.knowledge.records import Quantity

Write = Callable[..., Path]
AS_OF = date(2025, 6, 1)

HEADER = """\
name: {name}
version: "1"
title: {{en: Title, fr: Titre}}
description: {{en: About, fr: Objet}}
licence: CC-BY-4.0
requires: {requires}
"""

EVIDENCE = """\
schema: hygie.pack/1
evidence:
- ref: ev-1
  source: https://example.org/report
  statement: p. 3
  title: {en: A report, fr: Un rapport}
  publisher: CERT
  published_on: 2023
  read_on: "2026-11-23"
  reliability: B
  credibility: 2
  tlp: green
  licence: facts-only
"""

LEAF = """\
  {id}:
    description: {{en: Words, fr: Mots}}
    unit: {unit}
    values:
      "2024-01-01":
        distribution: {{family: constant, value: {value}}}
        method: published
        evidence: [ev-1]
    last_checked_on: "2026-11-23"
"""

INCIDENT = """\
incidents:
- ref: FR-1
  evidence: [ev-1]
  started_on: "2023-03"
  date_precision: month
  victim: {name: CH A, kind: ch, department: "2A"}
  threat_class: ransomware
  actor: {name: gang, confidence: high}
  disruption: {value: 2, unit: d, estimated: true}
  ransom_demand: {value: 1000000, unit: EUR, note: {en: Asked, fr: Demandé}}
  data_leaked: "no"
"""

COUNT = """\
counts:
- ref: count-1
  evidence: [ev-1]
  threat_class: ransomware
  outcomes: [server]
  count: 40
  at_least: false
  window: {start: "2024-01-01", end: "2024-12-31"}
  population: fr
  definition: {en: Reports, fr: Signalements}
  role: level
  source_kind: cert_sante
  out_of_scope: true
- ref: count-2
  evidence: [ev-1]
  threat_class: ransomware
  outcomes: []
  count: 16
  at_least: false
  window: {start: "2024-01-01", end: "2024-12-31"}
  population: fr
  definition: {en: Part, fr: Partie}
  role: nested
  nested_in: count-1
  overlaps: [count-1]
  source_kind: anssi
  out_of_scope: false
"""

CAMPAIGN = """\
observation_window: {start: "2022-01-01", end: "2023-12-31"}
campaigns:
- ref: wave
  evidence: [ev-1]
  threat_class: ddos
  started_on: "2023-03"
  victims: {published: 16, named: 7}
  actor: gang
"""

ACTOR = """\
actors:
- ref: gang
  name: Gang
  aliases: [Band]
  attack_ids: [G0102]
  misp_uuid: c4132d43-2405-43ca-9940-a6f78e007861
  kind: criminal
  mode: encrypt
  threat_classes: [ransomware]
  capability: affiliate
  activity:
  - {from: "2024-02-20", state: 0.4, evidence: [], method: assumed}
  - {from: "2021", state: 1, evidence: [ev-1]}
  evidence: [ev-1]
  description: {en: A gang, fr: Une bande}
"""

CLASSES = """\
classes:
- {id: ransomware}
- {id: ddos}
"""


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write one pack and return its folder: ``write("a", {"x.yaml": "…"}, requires=["b"])``."""

    def write_pack(name: str, files: dict[str, str], *, requires: tuple[str, ...] = (), folder: str = "") -> Path:
        root = tmp_path / (folder or name)
        listed = "[" + ", ".join(requires) + "]"
        for path, text in {"pack.yaml": HEADER.format(name=name, requires=listed), **files}.items():
            target = root / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="")
        return root

    return write_pack


def parameter(name: str = "a.b", *, unit: str = "d", value: float = 2, more: str = "") -> str:
    return "parameters:\n" + LEAF.format(id=name, unit=unit, value=value) + more


def full_pack() -> dict[str, str]:
    return {
        "evidence/one.yaml": EVIDENCE,
        "parameters/deep/er/a.yaml": parameter(),
        "incidents.yaml": INCIDENT,
        "counts.yaml": COUNT,
        "campaigns.yaml": CAMPAIGN,
        "actors.yaml": ACTOR,
        "classes.yaml": CLASSES,
    }


def load(*paths: Path, as_of: date = AS_OF) -> Catalogue:
    return load_catalogue((), as_of=as_of, extra_paths=paths)


def check(*paths: Path) -> list[Finding]:
    return check_packs((), extra_paths=paths)


def test_everything_written_is_read(write: Write) -> None:
    catalogue = load(write("mine", full_pack()))
    evidence = catalogue.evidence["ev-1"]
    assert (evidence.published_on, evidence.grade, evidence.tlp) == ("2023", "B2", TLP.GREEN)
    estimate = catalogue.estimate("a.b")
    assert (estimate.unit, estimate.distribution.mean()) == ("h", 48.0)
    assert (estimate.method, estimate.evidence, estimate.valid_from) == (
        Method.PUBLISHED,
        ("ev-1",),
        "2024-01-01",
    )
    (incident,) = catalogue.incidents
    assert incident.disruption == Quantity(48.0, "h", estimated=True)
    assert incident.ransom_demand is not None
    assert (incident.ransom_demand.value, incident.ransom_demand.unit) == (1e6, "EUR")
    assert (incident.victim.department, incident.data_leaked, incident.actor.name) == ("2A", "no", "gang")
    level, nested = catalogue.counts
    assert (level.count, level.window_end, nested.nested_in, nested.overlaps) == (
        40,
        "2024-12-31",
        "count-1",
        ("count-1",),
    )
    (campaign,) = catalogue.campaigns
    assert (campaign.window_start, campaign.victims_published, campaign.actor) == ("2022-01-01", 16, "gang")
    actor = catalogue.actors["gang"]
    assert [(state.from_, state.state) for state in actor.activity] == [("2021", 1.0), ("2024-02-20", 0.4)]
    (classes,) = catalogue.sections["classes"]
    assert classes.data == {"classes": [{"id": "ransomware"}, {"id": "ddos"}]}
    assert classes.line_of(("classes", 1)) == 3
    (pack,) = catalogue.packs
    assert (pack.name, pack.version, pack.path) == ("mine", "1", str(Path(pack.path)))


def test_a_catalogue_cannot_be_changed(write: Write) -> None:
    catalogue = load(write("mine", full_pack()))
    with pytest.raises(TypeError, match="does not support item assignment"):
        catalogue.evidence["x"] = catalogue.evidence["ev-1"]  # type: ignore[index]
    with pytest.raises(AttributeError, match="cannot assign"):
        catalogue.digest = "x"  # type: ignore[misc]


def test_an_unknown_parameter_is_suggested(write: Write) -> None:
    catalogue = load(write("mine", {"e.yaml": EVIDENCE, "p.yaml": parameter("impact.forensics")}))
    with pytest.raises(EvidenceError, match="did you mean “impact.forensics”"):
        catalogue.estimate("impact.forensic")


def test_each_date_takes_the_latest_value_before_it(write: Write) -> None:
    text = """\
parameters:
  a.b:
    description: {en: Words, fr: Mots}
    unit: share
    values:
      2025-01-01: {distribution: {family: constant, value: 0.3}, method: assumed, evidence: []}
      2023-01-01: {distribution: {family: constant, value: 0.1}, method: assumed, evidence: []}
      2024-01-01: {distribution: {family: constant, value: 0.2}, method: assumed, evidence: []}
    last_checked_on: 2026-11-23
"""
    root = write("mine", {"p.yaml": text})

    def read(day: date) -> float:
        return load(root, as_of=day).estimate("a.b").distribution.mean()

    assert read(date(2024, 12, 31)) == 0.2
    assert read(date(2025, 1, 1)) == 0.3
    assert read(date(2030, 1, 1)) == 0.3
    # Before the first value, the earliest one stands in.
    assert read(date(2020, 1, 1)) == 0.1


def test_digests_follow_content_not_place_or_line_ends(write: Write) -> None:
    first = load(write("mine", full_pack(), folder="one"))
    same = load(write("mine", {name: text.replace("\n", "\r\n") for name, text in full_pack().items()}, folder="two"))
    other = load(write("mine", {**full_pack(), "classes.yaml": CLASSES + "- {id: ot}\n"}, folder="three"))
    note = load(write("mine", {**full_pack(), "table.csv": "a,b\n"}, folder="four"))
    assert first.packs[0].digest == same.packs[0].digest
    assert len({first.digest, other.digest, note.digest}) == 3
    assert first.digest == same.digest
    assert load(Path(first.packs[0].path), as_of=date(2025, 6, 2)).digest != first.digest


def test_required_packs_come_first_whatever_the_order(write: Write) -> None:
    base = write("one", {"e.yaml": EVIDENCE, "p.yaml": parameter()})
    override = parameter(value=5, more="    overrides: true\n")
    top = write("two", {"p.yaml": override}, requires=("one",))
    for paths in ((base, top), (top, base)):
        catalogue = load(*paths)
        assert [pack.name for pack in catalogue.packs] == ["one", "two"]
        assert catalogue.estimate("a.b").distribution.mean() == 120.0


def test_overriding_must_be_said_and_must_be_allowed(write: Write) -> None:
    base = write("one", {"e.yaml": EVIDENCE, "p.yaml": parameter()})
    silent = write("two", {"p.yaml": parameter()}, requires=("one",))
    with pytest.raises(DataError, match=r"“a.b” also stands in .*p.yaml:2[\s\S]*overrides: true"):
        load(base, silent)
    stranger = write("three", {"p.yaml": parameter(more="    overrides: true\n")})
    with pytest.raises(DataError, match=r"“a.b” also stands in[\s\S]*add “one” to `requires:`"):
        load(base, stranger)
    nothing = write("four", {"e.yaml": EVIDENCE, "p.yaml": parameter("a.c", more="    overrides: true\n")})
    with pytest.raises(DataError, match="“a.c” overrides nothing"):
        load(nothing)


def test_a_ref_stands_once_across_packs(write: Write) -> None:
    one = write("one", {"e.yaml": EVIDENCE, "p.yaml": parameter()})
    two = write(
        "two",
        {"e.yaml": EVIDENCE, "q/p.yaml": parameter("b.c"), "r/p.yaml": parameter("b.c")},
        requires=("one",),
    )
    findings = check(one, two)
    assert [finding.message.split(",")[0] for finding in findings] == [
        "“ev-1” stands twice",
        "“b.c” stands twice",
    ]
    assert "one/e.yaml:3" in findings[0].message
    assert (findings[0].file, findings[0].line) == (f"{two}/e.yaml", 3)


def test_packs_that_cannot_be_found_are_named(write: Write) -> None:
    with pytest.raises(EvidenceError, match=r"there is no pack “bas”[\s\S]*did you mean “base”"):
        load_catalogue(("bas",), as_of=AS_OF)
    with pytest.raises(EvidenceError, match="there is no pack “../base”"):
        load_catalogue(("../base",), as_of=AS_OF)
    needy = write("needy", {}, requires=("helth_fr",))
    with pytest.raises(EvidenceError, match=r"pack.yaml:6: there is no pack[\s\S]*did you mean “health_fr”"):
        load(needy)


def test_folders_that_are_no_packs_are_named(write: Write, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the pack folder cannot be read"):
        load(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"the folder holds no pack.yaml"):
        load(tmp_path / "empty")
    first = write("mine", {}, folder="one")
    with pytest.raises(DataError, match="two packs are called “mine”"):
        load(first, write("mine", {}, folder="two"))
    one, two = write("one", {}, requires=("two",)), write("two", {}, requires=("one",))
    with pytest.raises(DataError, match="packs require each other in a circle: one, two"):
        load(one, two)


def test_links_in_a_circle_do_not_hang(write: Write) -> None:
    root = write("mine", {})
    (root / "loop").symlink_to(root, target_is_directory=True)
    with pytest.raises(DataError, match="levels of folders"):
        load(root)


def test_installed_packages_can_bring_packs(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write("theirs", {"e.yaml": EVIDENCE}, folder="their_package/data")
    write(
        "flat",
        {"p.yaml": parameter("c.d").replace("[ev-1]", "[]").replace("published", "assumed")},
        folder="flat_package",
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    declared = [
        EntryPoint("theirs", "their_package:data", "hygie.packs"),
        EntryPoint("flat", "flat_package", "hygie.packs"),
        EntryPoint("renamed", "flat_package", "hygie.packs"),
        EntryPoint("gone", "no_such_package_at_all", "hygie.packs"),
    ]
    monkeypatch.setattr(
        "hygie.knowledge.folders.entry_points", lambda group: declared if group == "hygie.packs" else []
    )
    catalogue = load_catalogue(("theirs", "flat"), as_of=AS_OF)
    assert [pack.name for pack in catalogue.packs] == ["theirs", "flat"]
    assert "ev-1" in catalogue.evidence
    with pytest.raises(EvidenceError, match="the pack “gone” cannot be opened"):
        load_catalogue(("gone",), as_of=AS_OF)
    with pytest.raises(DataError, match="the pack “renamed” calls itself “flat”"):
        load_catalogue(("renamed",), as_of=AS_OF)
    for name in ("their_package", "flat_package"):
        sys.modules.pop(name, None)


FILES = {
    "two keys": ("evidence: []\ncounts: []", "a pack file has one top-level key, this one has 2"),
    "no key": ("schema: hygie.pack/1", "one top-level key, this one has 0"),
    "list": ("- a", "a pack file is a group of “name: value” lines"),
    "schema": ("schema: hygie.pack/2\nevidence: []", "unknown schema"),
    "misspelt kind": ("evidences: []", "did you mean “evidence”"),
    "misspelt parameters": ("paramaters: {}", "did you mean “parameters”"),
    "not a list": ("evidence: {a: 1}", "“evidence” must be a list"),
    "not a mapping": ("parameters: [a]", "“parameters” must be a group"),
    "not YAML": ("evidence: [", "not valid YAML"),
    "not an entry": ("evidence: [a]", "this entry must be a group"),
}


@pytest.mark.parametrize(("text", "message"), FILES.values(), ids=FILES.keys())
def test_wrong_files_are_refused(write: Write, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        load(write("mine", {"x.yaml": text}))
    assert len(caught.value.findings) == 1
    assert caught.value.findings[0].file is not None
    assert caught.value.findings[0].file.endswith("mine/x.yaml")


@pytest.mark.parametrize("name", ["x.yml", "x.YAML"])
def test_files_that_would_be_overlooked_are_refused(write: Write, name: str) -> None:
    with pytest.raises(DataError, match="this file would not be read"):
        load(write("mine", {name: "evidence: []"}))


def test_hidden_and_foreign_files_are_left_alone(write: Write) -> None:
    files = {".draft/x.yaml": "[", "__pycache__/x.yaml": "[", "README.md": "[", "stix.json": "["}
    assert check(write("mine", files)) == []


HEADERS = {
    "unquoted version": ('version: "1"', "version: 2026.11", "“version” must be a text"),
    "bad name": ("name: mine", "name: My Pack", "not the name of a pack"),
    "missing": ("licence: CC-BY-4.0\n", "", "“licence” is missing"),
    "unknown": ("licence:", "license:", r"unknown field “license”[\s\S]*did you mean “licence”"),
}


@pytest.mark.parametrize(("old", "new", "message"), HEADERS.values(), ids=HEADERS.keys())
def test_wrong_headers_are_refused(write: Write, old: str, new: str, message: str) -> None:
    header = HEADER.format(name="mine", requires="[]")
    assert old in header
    with pytest.raises(DataError, match=message):
        load(write("mine", {"pack.yaml": header.replace(old, new)}))


def test_all_files_are_told_at_once(write: Write) -> None:
    files = full_pack()
    files["counts.yaml"] = COUNT.replace("count: 40", "count: -1")
    files["actors.yaml"] = ACTOR.replace("state: 0.4", "state: 4")
    files["broken.yaml"] = "a: ["
    files["incidents.yaml"] = INCIDENT.replace("ev-1", "ev-9")
    root = write("mine", files)
    found = {(Path(str(finding.file)).name, finding.line, finding.field) for finding in check(root)}
    assert found == {
        ("counts.yaml", 6, "counts.0.count"),
        ("actors.yaml", 12, "actors.0.activity.0.state"),
        ("broken.yaml", 1, None),
        ("incidents.yaml", 3, "incidents.0.evidence.0"),
    }
    # A refused entry still exists: what refers to it is not told as well. Loading tells well-formedness first.
    with pytest.raises(DataError, match=r"counts\.0\.count") as caught:
        load(root)
    assert len(caught.value.findings) == 3
