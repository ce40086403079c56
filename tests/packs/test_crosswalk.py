"""The crosswalk of controls to frameworks: complete, within each framework, and confirmed where a mapping can."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from hygie.facility.blueprints import Blueprints
from hygie.facility.frameworks import Crosswalk, load_crosswalk
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.mitigations import map_mitigations

# How many items each framework has, as its publisher counts them.
SIZES = {
    "anssi_hygiene": 42,
    "iso27002": 93,
    "cis8": 153,
    "nist_csf2": 106,
    "nist80053": 299,
    "hds": 31,
    "nis2": 12,
}


@pytest.fixture(scope="module")
def crosswalk(catalogue: Catalogue, blueprints: Blueprints) -> Crosswalk:
    return load_crosswalk(catalogue, blueprints.controls)


@pytest.fixture(scope="module")
def techniques(catalogue: Catalogue) -> dict[str, tuple[str, ...]]:
    return map_mitigations(catalogue.techniques)


@pytest.fixture(scope="module")
def mapped(shared_data: Path) -> dict[str, set[str]]:
    """Techniques by 800-53 control, in the mapping of the Center for Threat-Informed Defense."""
    found: dict[str, set[str]] = defaultdict(set)
    with (shared_data / "ctid_nist80053r5_attack16.1.csv").open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            family, number = row["capability_id"].split("-")
            found[f"{family}-{int(number)}"].add(row["attack_object_id"])
    return found


def test_frameworks_have_the_items_that_their_publishers_count(crosswalk: Crosswalk) -> None:
    assert {name: len(items) for name, items in crosswalk.items.items()} == SIZES
    assert all(len(set(items)) == len(items) for items in crosswalk.items.values())


def test_every_control_answers_something(crosswalk: Crosswalk, blueprints: Blueprints) -> None:
    assert list(crosswalk.references) == [control.id for control in blueprints.controls]
    assert all({"iso27002", "nist_csf2", "nist80053", "nis2"} <= set(cited) for cited in crosswalk.references.values())


def test_what_a_security_officer_expects(crosswalk: Crosswalk) -> None:
    answers = crosswalk.references
    assert answers["mfa"]["anssi_hygiene"] == ("13",)
    assert answers["mfa"]["nis2"] == ("21(2)(j)",)
    assert answers["backup_isolation"]["iso27002"] == ("8.13",)
    assert "23" in answers["incident_response"]["nis2"]
    assert "13.1" in answers["monitoring"]["cis8"]
    assert {"awareness", "crisis_exercises"} <= set(crosswalk.controls_of("nis2")["20"])


def test_what_no_control_answers_is_told(crosswalk: Crosswalk) -> None:
    still_open = {name: [item for item, by in crosswalk.controls_of(name).items() if not by] for name in SIZES}
    # Rooms, laptops and risk analysis: no control of the model stands for them.
    assert still_open["anssi_hygiene"] == ["26", "30", "33", "41"]
    assert still_open["nis2"] == ["21(2)(a)"]
    assert "7.1" in still_open["iso27002"]


def test_every_mitigation_holds_a_technique_back(
    blueprints: Blueprints, techniques: dict[str, tuple[str, ...]]
) -> None:
    used = {mitigation for control in blueprints.controls for mitigation in control.mitigations}
    assert len(used) > 20
    assert [mitigation for mitigation in sorted(used) if not techniques.get(mitigation)] == []


def test_the_public_mapping_confirms_each_800_53_control_or_the_reason_is_written(
    crosswalk: Crosswalk, blueprints: Blueprints, techniques: dict[str, tuple[str, ...]], mapped: dict[str, set[str]]
) -> None:
    unconfirmed, confirmed = set(), 0
    for control in blueprints.controls:
        held = {technique for item in control.mitigations for technique in techniques.get(item, ())}
        for item in crosswalk.references[control.id]["nist80053"]:
            if mapped.get(item, set()) & held:
                confirmed += 1
            else:
                unconfirmed.add(item)
    assert confirmed > 60
    # Both ways: nothing unconfirmed without a reason, and no reason that has become needless.
    assert unconfirmed == set(crosswalk.exceptions)
