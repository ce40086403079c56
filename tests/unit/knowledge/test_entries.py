"""Entries of packs: each wrong figure, date, unit or reference is refused where it stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from hygie.knowledge.packs import check_packs

PACK = """\
name: mine
version: "1"
title: {en: Title, fr: Titre}
description: {en: About, fr: Objet}
licence: CC-BY-4.0
requires: []
"""

FILES = {
    "evidence": """\
evidence:
- ref: ev-1
  source: https://example.org/report
  statement: p. 3
  title: {en: A report, fr: Un rapport}
  publisher: CERT
  published_on: "2023-05"
  read_on: "2026-11-23"
  reliability: B
  credibility: 2
  tlp: clear
  licence: facts-only
- ref: ev-2
  source: https://example.org/report
  statement: p. 4
  title: {en: Two, fr: Deux}
  publisher: CERT
  read_on: "2026-11-23"
  reliability: F
  credibility: 6
  tlp: clear
  licence: facts-only
""",
    "parameters": """\
parameters:
  cost.forensics:
    description: {en: Forensics, fr: Investigation}
    unit: kEUR_2024
    values:
      "2024-01-01":
        distribution: {family: lognormal, p05: 10, p95: 90}
        method: elicited
        evidence: [ev-1]
        note: {en: Why, fr: Pourquoi}
    last_checked_on: "2026-11-23"
""",
    "incidents": """\
incidents:
- ref: inc-1
  evidence: [ev-1]
  started_on: "2023-03-01"
  date_precision: day
  victim: {name: CH A, kind: ch}
  threat_class: ransomware
  actor: {name: gang, confidence: low}
  disruption: {value: 3, unit: week, estimated: false}
  loss: {value: 10, unit: EUR}
""",
    "counts": """\
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
  overlaps: []
  source_kind: cert_sante
  out_of_scope: true
- ref: count-2
  evidence: [ev-2]
  threat_class: ransomware
  outcomes: [server]
  count: 10
  at_least: false
  window: {start: "2024-01-01", end: "2024-12-31"}
  population: fr
  definition: {en: Part, fr: Partie}
  role: nested
  overlaps: [count-1]
  nested_in: count-1
  source_kind: cert_sante
  out_of_scope: true
""",
    "campaigns": """\
campaigns:
- ref: wave
  evidence: [ev-1]
  threat_class: ddos
  started_on: "2023-03"
  date_precision: month
  victims: {published: 16, named: 7}
  actor: unknown
  observation_window: {start: "2022-01-01", end: "2023-12-31"}
""",
    "actors": """\
actors:
- ref: gang
  name: Gang
  aliases: []
  attack_ids: [G0102]
  kind: criminal
  mode: encrypt
  threat_classes: [ransomware]
  capability: affiliate
  activity:
  - {from: "2021-06", state: 1.0, evidence: [ev-1], method: observed}
  - {from: "2024-02-20", state: 0.4, evidence: [], method: assumed}
  evidence: [ev-1]
  description: {en: A gang, fr: Une bande}
""",
    "classes": "classes:\n- {id: ransomware}\n- {id: ddos}\n",
}

# kind, text to replace, replacement, message, field
CASES: dict[str, tuple[str, str, str, str, str]] = {
    "count ref": ("counts", "ref: count-2", "ref: count 2", "well-formed reference", "counts.1.ref"),
    "evidence date": ("evidence", '"2023-05"', '"2023-13"', "not a date", "evidence.0.published_on"),
    "evidence read before": (
        "evidence",
        '"2023-05"',
        "2027",
        "read before it was published",
        "evidence.0.read_on",
    ),
    "evidence grade": (
        "evidence",
        "reliability: B",
        "reliability: G",
        "accepted values",
        "evidence.0.reliability",
    ),
    "evidence number": (
        "evidence",
        "credibility: 2",
        "credibility: 7",
        "too large",
        "evidence.0.credibility",
    ),
    "evidence tlp": ("evidence", "tlp: clear", "tlp: white", "accepted values", "evidence.0.tlp"),
    "evidence no tlp": (
        "evidence",
        "credibility: 2\n  tlp: clear",
        "credibility: 2",
        "“tlp” is missing",
        "evidence.0.tlp",
    ),
    "evidence twice": (
        "evidence",
        "statement: p. 4",
        "statement: p. 3",
        "the same statement",
        "evidence.1.statement",
    ),
    "evidence empty": (
        "evidence",
        "publisher: CERT",
        'publisher: " "',
        "the text is empty",
        "evidence.0.publisher",
    ),
    "evidence one language": ("evidence", ", fr: Un rapport", "", "“fr” is missing", "evidence.0.title.fr"),
    "parameter id": (
        "parameters",
        "cost.forensics",
        "Cost.Forensics",
        "not the id of a parameter",
        "parameters.Cost.Forensics",
    ),
    "parameter unit": (
        "parameters",
        "unit: kEUR_2024",
        "unit: kEUR_2023",
        "unknown unit",
        "parameters.cost.forensics.unit",
    ),
    "parameter day": (
        "parameters",
        '"2024-01-01":',
        '"2024":',
        "a full date is needed",
        "parameters.cost.forensics.values.2024",
    ),
    "parameter no value": (
        "parameters",
        FILES["parameters"].split("values:")[1].split("    last")[0],
        " {}\n",
        "too few entries",
        "parameters.cost.forensics.values",
    ),
    "parameter checked": (
        "parameters",
        '"2026-11-23"',
        "2026",
        "a full date is needed",
        "parameters.cost.forensics.last_checked_on",
    ),
    "parameter family": (
        "parameters",
        "family: lognormal",
        "family: lognorma",
        "unknown distribution family",
        "parameters.cost.forensics.values.2024-01-01.distribution.family",
    ),
    "parameter family kind": (
        "parameters",
        "family: lognormal",
        "family: [lognormal]",
        "names its family",
        "parameters.cost.forensics.values.2024-01-01.distribution.family",
    ),
    "parameter key": (
        "parameters",
        "p95: 90",
        "p59: 90",
        "cannot be built",
        "parameters.cost.forensics.values.2024-01-01.distribution.p59",
    ),
    "parameter order": (
        "parameters",
        "p95: 90",
        "p95: 9",
        "quantiles of a lognormal",
        "parameters.cost.forensics.values.2024-01-01.distribution",
    ),
    "parameter overflow": (
        "parameters",
        "p05: 10, p95: 90",
        "mean: 1e-100, sd: 1e100",
        "no distribution can be built",
        "parameters.cost.forensics.values.2024-01-01.distribution",
    ),
    "parameter mixture": (
        "parameters",
        "family: lognormal, p05: 10, p95: 90",
        "family: mixture, parts: [1, 2]",
        "a part of a mixture",
        "parameters.cost.forensics.values.2024-01-01.distribution.parts",
    ),
    "parameter support": (
        "parameters",
        "family: lognormal, p05: 10, p95: 90",
        "family: normal, mean: 0, sd: 1",
        "values that its unit does not allow",
        "parameters.cost.forensics.values.2024-01-01.distribution",
    ),
    "parameter share": (
        "parameters",
        "unit: kEUR_2024",
        "unit: percent",
        "values that its unit does not allow",
        "parameters.cost.forensics.values.2024-01-01.distribution",
    ),
    "parameter method": (
        "parameters",
        "method: elicited",
        "method: guessed",
        "accepted values",
        "parameters.cost.forensics.values.2024-01-01.method",
    ),
    "parameter no evidence": (
        "parameters",
        "evidence: [ev-1]",
        "evidence: []",
        "names no evidence",
        "parameters.cost.forensics.values.2024-01-01.evidence",
    ),
    "parameter lost evidence": (
        "parameters",
        "evidence: [ev-1]",
        "evidence: [ev-1, ev-3]",
        "“ev-3” is in no loaded pack",
        "parameters.cost.forensics.values.2024-01-01.evidence.1",
    ),
    "incident evidence": ("incidents", "[ev-1]", "[ev-4]", "in no loaded pack", "incidents.0.evidence.0"),
    "incident no evidence": ("incidents", "[ev-1]", "[]", "too few entries", "incidents.0.evidence"),
    "incident date": ("incidents", '"2023-03-01"', '"2023-02-29"', "not a date", "incidents.0.started_on"),
    "incident precision": (
        "incidents",
        '"2023-03-01"',
        '"2023-03"',
        "less precise than “day”",
        "incidents.0.started_on",
    ),
    "incident class": (
        "incidents",
        "threat_class: ransomware",
        "threat_class: ransom",
        "unknown threat class",
        "incidents.0.threat_class",
    ),
    "incident actor": (
        "incidents",
        "name: gang",
        "name: gangs",
        "did you mean “gang”",
        "incidents.0.actor.name",
    ),
    "incident unit": (
        "incidents",
        "unit: week",
        "unit: weeks",
        "unknown unit",
        "incidents.0.disruption.unit",
    ),
    "incident dimension": (
        "incidents",
        "unit: week",
        "unit: beds",
        "cannot be read as “h”",
        "incidents.0.disruption.unit",
    ),
    "incident money": ("incidents", "unit: EUR", "unit: USD", "accepted values", "incidents.0.loss.unit"),
    "incident negative": ("incidents", "value: 10", "value: -10", "too small", "incidents.0.loss.value"),
    "incident department": (
        "incidents",
        "kind: ch}",
        "kind: ch, department: 75}",
        "in quotes",
        "incidents.0.victim.department",
    ),
    "count window": (
        "counts",
        'start: "2024-01-01"',
        'start: "2025-01-01"',
        "ends before it starts",
        "counts.0.window",
    ),
    "count window month": (
        "counts",
        'end: "2024-12-31"',
        'end: "2024-12"',
        "a full date is needed",
        "counts.0.window.end",
    ),
    "count negative": ("counts", "count: 40", "count: -1", "too small", "counts.0.count"),
    "count fraction": ("counts", "count: 40", "count: 40.5", "a whole number", "counts.0.count"),
    "count boolean": ("counts", "at_least: false", "at_least: no", "true or false", "counts.0.at_least"),
    "count outcome": ("counts", "[server]", "[servers]", "did you mean “server”", "counts.0.outcomes.0"),
    "count source": (
        "counts",
        "source_kind: cert_sante",
        "source_kind: cert",
        "accepted values",
        "counts.0.source_kind",
    ),
    "count overlap": (
        "counts",
        "overlaps: [count-1]",
        "overlaps: [count-9]",
        "in no loaded pack",
        "counts.1.overlaps.0",
    ),
    "count overlaps itself": (
        "counts",
        "overlaps: [count-1]",
        "overlaps: [count-2]",
        "overlap itself",
        "counts.1.overlaps",
    ),
    "count nested nowhere": (
        "counts",
        "nested_in: count-1",
        "nested_in: count-9",
        "in no loaded pack",
        "counts.1.nested_in",
    ),
    "count nested in itself": (
        "counts",
        "nested_in: count-1",
        "nested_in: count-2",
        "nested in itself",
        "counts.1.nested_in",
    ),
    "count nested without": ("counts", "  nested_in: count-1\n", "", "go together", "counts.1.role"),
    "count nested larger": ("counts", "count: 10", "count: 50", "larger than the count", "counts.1.count"),
    "count enters twice": (
        "counts",
        "role: nested\n  overlaps: [count-1]\n  nested_in: count-1\n",
        "role: level\n  overlaps: [count-1]\n",
        "both set the level",
        "counts.1.role",
    ),
    "count twice": ("counts", "ref: count-2", "ref: count-1", "stands twice", "counts.1.ref"),
    "campaign window": (
        "campaigns",
        '"2023-12-31"',
        '"2021-12-31"',
        "ends before it starts",
        "campaigns.0.observation_window",
    ),
    "campaign no window": (
        "campaigns",
        '  observation_window: {start: "2022-01-01", end: "2023-12-31"}\n',
        "",
        "the window in which campaigns were looked for",
        "campaigns.0",
    ),
    "campaign victims": (
        "campaigns",
        "named: 7",
        "named: 17",
        "more victims are named",
        "campaigns.0.victims",
    ),
    "campaign actor": (
        "campaigns",
        "actor: unknown",
        "actor: nobody",
        "in no loaded pack",
        "campaigns.0.actor",
    ),
    "campaign precision": (
        "campaigns",
        "date_precision: month",
        "date_precision: day",
        "less precise",
        "campaigns.0.started_on",
    ),
    "campaign class": (
        "campaigns",
        "threat_class: ddos",
        "threat_class: dos",
        "did you mean “ddos”",
        "campaigns.0.threat_class",
    ),
    "actor state": ("actors", "state: 1.0", "state: 1.5", "too large", "actors.0.activity.0.state"),
    "actor activity evidence": (
        "actors",
        "evidence: [ev-1], method",
        "evidence: [ev-9], method",
        "in no loaded pack",
        "actors.0.activity.0.evidence.0",
    ),
    "actor activity no evidence": (
        "actors",
        "evidence: [ev-1], method",
        "evidence: [], method",
        "names no evidence",
        "actors.0.activity.0",
    ),
    "actor activity date": (
        "actors",
        '"2024-02-20"',
        '"2021-06"',
        "start on the same date",
        "actors.0.activity.1",
    ),
    "actor class": (
        "actors",
        "[ransomware]",
        "[ransomwar]",
        "unknown threat class",
        "actors.0.threat_classes.0",
    ),
    "actor attack id": ("actors", "G0102", "T1486", "not written as expected", "actors.0.attack_ids.0"),
    "actor alias kind": ("actors", "aliases: []", "aliases: Band", "must be a list", "actors.0.aliases"),
}


def check(tmp_path: Path, **changed: str) -> list[tuple[str, str | None, str]]:
    root = tmp_path / "mine"
    root.mkdir()
    (root / "pack.yaml").write_text(PACK, encoding="utf-8")
    for kind, text in {**FILES, **changed}.items():
        (root / f"{kind}.yaml").write_text(text, encoding="utf-8")
    findings = check_packs((), extra_paths=[root])
    return [(finding.render(), finding.field, str(finding.file)) for finding in findings]


def test_the_entries_that_the_cases_break_are_right(tmp_path: Path) -> None:
    assert check(tmp_path) == []


@pytest.mark.parametrize(("kind", "old", "new", "message", "field"), CASES.values(), ids=CASES.keys())
def test_one_mistake_gives_one_finding_where_it_stands(
    tmp_path: Path, kind: str, old: str, new: str, message: str, field: str
) -> None:
    assert old in FILES[kind]
    ((text, found, file),) = check(tmp_path, **{kind: FILES[kind].replace(old, new, 1)})
    assert message in text
    assert found == field
    assert file.endswith(f"mine/{kind}.yaml")
    assert ".yaml:" in text


def test_an_actor_cannot_be_called_unknown(tmp_path: Path) -> None:
    text = FILES["actors"].replace("ref: gang", "ref: unknown")
    incidents = FILES["incidents"].replace("name: gang", "name: unknown")
    ((message, field, _),) = check(tmp_path, actors=text, incidents=incidents)
    assert "stands for no actor in particular" in message
    assert field == "actors.0.ref"


def test_without_a_list_of_classes_any_class_is_taken(tmp_path: Path) -> None:
    text = FILES["incidents"].replace("threat_class: ransomware", "threat_class: fire")
    assert check(tmp_path, incidents=text, classes="classes: {a: 1}") == []
