"""Ransomware families of MISP: names and techniques, and none of what criminals wrote."""

from __future__ import annotations

import json

import pytest

from hygie.knowledge.embedded.attack import Attack
from hygie.knowledge.embedded.software import read_ransomware
from hygie.knowledge.importers.protocol import ImportItem, Release
from hygie.knowledge.kinds import IntelRecord


@pytest.fixture(scope="module")
def items() -> list[ImportItem]:
    return list(read_ransomware())


def test_every_family_is_software(items: list[ImportItem]) -> None:
    assert items[0] == Release(name="misp-ransomware", version="163")
    families = [item for item in items if isinstance(item, IntelRecord) and item.kind == "software"]
    assert len(families) == 2062
    assert {family.data["kind"] for family in families} == {"ransomware"}
    [cuba] = [family for family in families if family.name == "Cuba"]
    assert cuba.data["aliases"] == ["COLDDRAW", "Fidel"]


def test_a_family_that_is_like_one_of_attack_names_it(items: list[ImportItem]) -> None:
    named = {
        item.name: item.data["attack_ids"]
        for item in items
        if isinstance(item, IntelRecord) and "attack_ids" in item.data
    }
    assert named == {"Ragnar Locker": ["S0481"]}


def test_techniques_that_families_use_are_in_force(items: list[ImportItem]) -> None:
    records = [item for item in items if isinstance(item, IntelRecord)]
    families = {record.ref for record in records if record.kind == "software"}
    relations = [record.data for record in records if record.kind == "relationship"]
    assert len(relations) > 500
    assert {data["source"] for data in relations} <= families
    assert {data["target"] for data in relations} <= set(Attack.read().techniques.values())


def test_neither_notes_nor_addresses_of_criminals_are_taken(items: list[ImportItem]) -> None:
    for item in items:
        if isinstance(item, IntelRecord) and item.kind == "software":
            assert item.data.keys() <= {"ref", "name", "kind", "aliases", "attack_ids", "evidence", "summary"}
            assert ".onion" not in json.dumps({**item.data, "summary": ""})
