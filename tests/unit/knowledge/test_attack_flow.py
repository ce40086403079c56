"""Attack Flow bundles: what the schema of the extension asks, links that lead somewhere, the same bytes every time."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import stix2

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.exporters.attack_flow import ATTACK_FLOW_EXTENSION, FlowStep, export_attack_flow

STEPS = [
    FlowStep(name="in", description="At the start", techniques={"T1078": "Valid Accounts"}, asset="Office", after=()),
    FlowStep(
        name="up",
        description="After 9 h",
        techniques={"T1003": "OS Credential Dumping", "T1078.002": "Domain Accounts"},
        asset="Directory",
        after=(0,),
    ),
    FlowStep(name="seen", description="Someone sees them", techniques={}, asset=None, after=(1,)),
    FlowStep(
        name="aside", description="After 10 h", techniques={"T1021": "Remote Services"}, asset="Office", after=(0,)
    ),
    FlowStep(name="end", description="After 20 h", techniques={"T1486": "Encryption"}, asset=None, after=(2,)),
]
# Required properties and references of attack-flow-schema-2.0.0.json.
REQUIRED = {
    "attack-flow": {"name", "start_refs", "scope"},
    "attack-action": {"name"},
    "attack-asset": {"name"},
    "attack-condition": {"description"},
    "attack-operator": {"operator"},
}
EFFECTS = ("attack-action", "attack-operator", "attack-condition")
REFERENCES = {
    "start_refs": ("attack-action", "attack-condition"),
    "effect_refs": EFFECTS,
    "on_true_refs": EFFECTS,
    "on_false_refs": EFFECTS,
    "asset_refs": ("attack-asset",),
}
KNOWN = {
    "attack-flow": {"description", "start_refs", "name", "scope"},
    "attack-action": {"name", "technique_id", "description", "asset_refs", "effect_refs"},
    "attack-asset": {"name", "description"},
    "attack-condition": {"description", "on_true_refs"},
    "attack-operator": {"operator", "effect_refs"},
}
COMMON = {"type", "spec_version", "id", "created_by_ref", "created", "modified", "object_marking_refs", "extensions"}


def check_attack_flow(content: bytes) -> dict[str, dict[str, Any]]:
    """Hold a bundle against the rules of the extension's schema; return its objects by id."""
    bundle = json.loads(content)
    objects = {one["id"]: one for one in bundle["objects"]}
    assert len(objects) == len(bundle["objects"])
    assert ATTACK_FLOW_EXTENSION in objects
    flows = [one for one in objects.values() if one["type"] == "attack-flow"]
    assert len(flows) == 1
    assert flows[0]["scope"] in ("incident", "campaign", "threat-actor", "malware", "attack-tree", "other")
    for one in objects.values():
        assert re.fullmatch(rf"{one['type']}--[0-9a-f]{{8}}-[0-9a-f-]{{27}}", one["id"])
        if one["type"] not in REQUIRED:
            continue
        assert one["spec_version"] == "2.1"
        assert one["extensions"] == {ATTACK_FLOW_EXTENSION: {"extension_type": "new-sdo"}}
        assert one.keys() >= REQUIRED[one["type"]]
        assert one.keys() <= KNOWN[one["type"]] | COMMON
        for name, kinds in REFERENCES.items():
            if name in one:
                assert one[name]
                assert all(objects[ref]["type"] in kinds for ref in one[name])
        for marking in one["object_marking_refs"]:
            assert objects[marking]["type"] == "marking-definition"
    parsed = stix2.parse(content.decode(), allow_custom=True)
    assert len(parsed.objects) == len(objects)
    # Everything is reached from the start.
    reached, todo = set(), list(flows[0]["start_refs"])
    while todo:
        ref = todo.pop()
        if ref not in reached:
            reached.add(ref)
            todo += [x for name in ("effect_refs", "on_true_refs") for x in objects[ref].get(name, [])]
    chain = {key for key, one in objects.items() if one["type"] in EFFECTS}
    assert reached == chain
    return objects


def write(steps: list[FlowStep] = STEPS) -> bytes:
    return export_attack_flow(
        steps, name="A flow", description="Why", created="2026-11-23T00:00:00.000Z", marking=TLP.AMBER
    )


def test_a_flow_keeps_the_rules_of_the_extension() -> None:
    objects = check_attack_flow(write())
    kinds = [one["type"] for one in objects.values()]
    assert kinds.count("attack-action") == 5
    assert kinds.count("attack-operator") == 1  # one step of two techniques that something follows
    assert kinds.count("attack-asset") == 2
    assert write() == write()
    first = next(one for one in objects.values() if one.get("technique_id") == "T1078")
    after = {objects[ref].get("technique_id") for ref in first["effect_refs"]}
    assert after == {"T1003", "T1078.002", "T1021"}


def test_the_published_example_keeps_the_same_rules(shared_data: Any) -> None:
    """The rules are those of the schema, not of our own bundles."""
    bundle = json.loads((shared_data / "stix21_attack_flow_example.json").read_bytes())
    for one in bundle["objects"]:
        if one["type"] in REQUIRED:
            assert one.keys() >= REQUIRED[one["type"]]
            assert one["extensions"][ATTACK_FLOW_EXTENSION] == {"extension_type": "new-sdo"}
    ours = json.loads(write())["objects"]
    published, mine = (
        next(one for one in objects if one["id"] == ATTACK_FLOW_EXTENSION) for objects in (bundle["objects"], ours)
    )
    assert {key: mine[key] for key in ("name", "description", "version", "schema", "extension_types")} == {
        key: published[key] for key in ("name", "description", "version", "schema", "extension_types")
    }


def test_a_flow_without_steps_or_with_a_circle_is_refused() -> None:
    with pytest.raises(SchemaError, match="at least one step"):
        write([])
    with pytest.raises(SchemaError, match="after a later one"):
        write([FlowStep(name="x", description="y", techniques={}, asset=None, after=(0,))])
