"""Pages of STIX objects give together what their bundle gives at once, in whatever order objects come."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import pytest

from hygie.core.evidence import TLP
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal, Release
from hygie.knowledge.importers.stix import import_stix
from hygie.knowledge.importers.taxii_pages import PageReader
from hygie.knowledge.kinds import IntelRecord
from hygie.store.byte_sources import ByteSource

OPTIONS = ImportOptions(received_on=date(2026, 11, 23))
Records = dict[tuple[Any, str], Any]


def make(type_: str, name: str, **fields: Any) -> dict[str, Any]:
    return {
        "type": type_,
        "spec_version": "2.1",
        "id": f"{type_}--{uuid5(NAMESPACE_URL, f'https://example.org/{type_}/{name}')}",
        "created": "2026-01-01T00:00:00.000Z",
        "modified": "2026-01-01T00:00:00.000Z",
        "name": name,
        **fields,
    }


def make_attack(type_: str, name: str, attack_id: str, **fields: Any) -> dict[str, Any]:
    reference = {"source_name": "mitre-attack", "external_id": attack_id, "url": f"https://example.org/{attack_id}"}
    return make(type_, name, external_references=[reference], **fields)


def link(source: dict[str, Any], verb: str, target: dict[str, Any], **fields: Any) -> dict[str, Any]:
    made = make("relationship", f"{source['id']} {verb} {target['id']}", relationship_type=verb, **fields)
    del made["name"]
    return {**made, "source_ref": source["id"], "target_ref": target["id"]}


def make_objects() -> list[dict[str, Any]]:
    marking = make("marking-definition", "ours", definition_type="tlp", definition={"tlp": "red"})
    del marking["modified"]
    cert = make("identity", "CERT Exemple", identity_class="organization")
    hospital = make("identity", "Centre hospitalier d’Exemple", identity_class="organization")
    group = make_attack("intrusion-set", "FIN7", "G0046", created_by_ref=cert["id"])
    technique = make_attack("attack-pattern", "Phishing", "T1566")
    withdrawn = make_attack("attack-pattern", "Old", "T1192", revoked=True)
    ours = make("malware", "Our malware", is_family=True, object_marking_refs=[marking["id"]])
    incident = make("incident", "Ransomware at a hospital", object_marking_refs=[marking["id"]])
    report = make(
        "report",
        "State of the threat",
        published="2026-01-01T00:00:00Z",
        created_by_ref=cert["id"],
        object_refs=[group["id"]],
    )
    return [
        marking,
        cert,
        hospital,
        group,
        technique,
        withdrawn,
        ours,
        incident,
        report,
        link(group, "uses", technique),
        link(group, "uses", ours, object_marking_refs=[marking["id"]]),
        link(group, "uses", withdrawn),
        link(incident, "targets", hospital),
        link(incident, "attributed-to", group, confidence=80),
        link(incident, "uses", technique),
    ]


def keep_last(items: Iterable[ImportItem]) -> Records:
    """Return what a store holds in the end: of each record, what came last."""
    found: Records = {}
    for item in items:
        if isinstance(item, IntelRecord):
            item.facts()
            found[item.kind, item.ref] = item.digest
        elif isinstance(item, Refusal):
            found[item.kind, item.ref] = item.dropped
    return found


def import_at_once(objects: Sequence[dict[str, Any]]) -> Records:
    content = json.dumps({"type": "bundle", "id": f"bundle--{uuid5(NAMESPACE_URL, 'x')}", "objects": objects})
    return keep_last(import_stix(ByteSource(name="bundle.json", content=content.encode()), OPTIONS))


def import_by_pages(reader: PageReader, objects: Sequence[dict[str, Any]], *, size: int) -> list[ImportItem]:
    return [
        item
        for start in range(0, len(objects), size)
        for item in reader.read(objects[start : start + size], name="page")
    ]


@pytest.mark.parametrize("size", [1, 2, 4])
@pytest.mark.parametrize("seed", range(12))
def test_pages_give_what_the_bundle_gives(seed: int, size: int) -> None:
    objects = make_objects()
    random.Random(seed).shuffle(objects)
    assert keep_last(import_by_pages(PageReader(OPTIONS), objects, size=size)) == import_at_once(objects)


def find(items: Iterable[ImportItem], kind: str) -> list[IntelRecord]:
    return [item for item in items if isinstance(item, IntelRecord) and item.kind == kind]


def test_relationship_is_read_again_when_its_end_comes() -> None:
    objects = make_objects()
    group, technique = objects[3], objects[4]
    reader = PageReader(OPTIONS)
    (first,) = find(reader.read([link(group, "uses", technique)], name="page"), "relationship")
    assert (first.data["source"], first.data["target"]) == (group["id"], technique["id"])
    (second,) = find(reader.read([group], name="page"), "relationship")
    (third,) = find(reader.read([technique], name="page"), "relationship")
    assert (third.data["source"], third.data["target"], third.data["target_kind"]) == ("G0046", "T1566", "technique")
    assert first.ref == second.ref == third.ref


def test_marking_that_comes_late_closes_what_it_marks() -> None:
    objects = make_objects()
    marking, ours = objects[0], objects[6]
    reader = PageReader(OPTIONS)
    assert find(reader.read([ours], name="page"), "software")[0].tlp is None
    assert find(reader.read([marking], name="page"), "software")[0].tlp is TLP.RED


def test_source_of_what_is_marked_late_is_closed_too() -> None:
    marking = make_objects()[0]
    cited = [{"source_name": "note", "url": "https://example.org/note"}]
    ours = make("malware", "Ours", is_family=True, object_marking_refs=[marking["id"]], external_references=cited)
    reader = PageReader(OPTIONS)
    assert find(reader.read([ours], name="page"), "source")[0].data["tlp"] == "amber"
    assert find(reader.read([marking], name="page"), "source")[0].data["tlp"] == "red"


def test_objects_of_former_pages_are_not_read_again_without_need() -> None:
    objects = make_objects()
    group, technique = objects[3], objects[4]
    reader = PageReader(OPTIONS)
    reader.read([group, technique], name="page")
    items = reader.read([link(group, "uses", technique)], name="page")
    assert [item.kind for item in items if isinstance(item, IntelRecord)] == ["relationship"]


def test_what_earlier_pulls_have_read_is_looked_up_once() -> None:
    objects = make_objects()
    group, technique = objects[3], objects[4]
    asked: list[Sequence[str]] = []

    def look_up(ids: Sequence[str]) -> list[dict[str, Any]]:
        asked.append(ids)
        # A server that does not filter gives what it likes.
        return [found for found in objects if found["id"] != technique["id"]]

    reader = PageReader(OPTIONS, look_up=look_up)
    items = reader.read([link(group, "uses", technique)], name="page")
    (relation,) = find(items, "relationship")
    assert (relation.data["source"], relation.data["target"]) == ("G0046", technique["id"])
    assert len(items) == 1
    reader.read([link(technique, "related-to", group)], name="page")
    assert asked == [sorted([group["id"], technique["id"]])]


def test_nothing_is_looked_up_for_observables() -> None:
    def look_up(ids: Sequence[str]) -> list[dict[str, Any]]:
        raise AssertionError(ids)

    indicator = make("indicator", "x", pattern="[a:b = 1]", pattern_type="stix", valid_from="2026-01-01T00:00:00Z")
    based = link(indicator, "based-on", {"id": f"file--{uuid5(NAMESPACE_URL, 'f')}"})
    assert len(PageReader(OPTIONS, look_up=look_up).read([indicator, based], name="page")) == 2


def test_bad_object_is_refused_and_the_others_are_taken() -> None:
    items = PageReader(OPTIONS).read([{"type": "malware"}, {"id": 7}, make_objects()[3]], name="page 1")
    assert sum(isinstance(item, Refusal) for item in items) == 2
    assert [record.ref for record in find(items, "actor")] == ["G0046"]
    assert all(item.finding.file == "page 1" for item in items if isinstance(item, Refusal))


@pytest.mark.parametrize("order", ["as published", "relationships first"])
def test_attack_for_industrial_systems_by_pages(shared_data: Path, order: str) -> None:
    objects = json.loads((shared_data / "attack_ics_v18.1_stix21.json").read_text(encoding="utf-8"))["objects"]
    if order == "relationships first":
        objects.sort(key=lambda found: found["type"] != "relationship")
    reader = PageReader(OPTIONS)
    items = import_by_pages(reader, objects, size=400)
    assert not any(isinstance(item, Release) for item in items)
    assert keep_last(items) == import_at_once(objects)
