"""STIX 2.1 import: real bundles, shapes of documents, refusals."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import DocumentError
from hygie.core.evidence import TLP
from hygie.knowledge.importers.protocol import Refusal, Release
from hygie.knowledge.importers.stix import import_stix
from hygie.knowledge.kinds import IntelRecord
from hygie.store.byte_sources import ByteSource
from stix_kit import OPTIONS, UUID, bundle, link, make, read, read_records, refuse, stix_id

# Real bundles


def test_attack_for_ics_is_taken_whole(shared_data: Path) -> None:
    source = ByteSource.from_path(shared_data / "attack_ics_v18.1_stix21.json")
    items = list(import_stix(source, OPTIONS))
    assert items[0] == Release(name="attack-ics", version="18.1")
    records = [item for item in items if isinstance(item, IntelRecord)]
    assert Counter(record.kind for record in records) == {
        "relationship": 1371,
        "source": 479,
        "other": 222,
        "technique": 83,
        "mitigation": 52,
        "software": 23,
        "actor": 14,
        "tactic": 12,
        "campaign": 7,
        "identity": 1,
    }
    refusals = [item for item in items if isinstance(item, Refusal)]
    assert all(item.dropped for item in refusals)
    assert Counter(item.kind for item in refusals) == {
        "other": 17,
        "technique": 12,
        "software": 7,
        "actor": 2,
        "relationship": 2,
        "campaign": 1,
    }
    # 1,826 objects: each is a record or left out, and sources come on top.
    assert len(records) - 479 + len(refusals) == 1826
    for record in records:
        record.facts()
    by_ref = {(record.kind, record.ref): record for record in records}
    technique = by_ref["technique", "T0803"]
    assert technique.name == "Block Command Message"
    assert technique.data["domain"] == "ics"
    assert technique.data["tactics"] == ["inhibit-response-function"]
    assert technique.stamp == "2025-04-15T19:58:01.218000Z"
    assert technique.document is not None
    assert technique.document["id"] == "attack-pattern--008b8f56-6107-48be-aa9f-746f927dbb61"
    assert by_ref["tactic", "TA0107"].data["shortname"] == "inhibit-response-function"
    assert by_ref["actor", "G0035"].data["aliases"][0] == "TEMP.Isotope"
    assert by_ref["campaign", "C0028"].data["started_on"] == "2015-12-01"
    cited = [by_ref["source", ref] for ref in technique.data["evidence"]]
    assert "https://attack.mitre.org/techniques/T0803" in {source.data["source"] for source in cited}
    # MITRE publishes ATT&CK to everyone; the copyright statement itself is not marked.
    assert Counter(record.tlp for record in records) == {TLP.CLEAR: len(records) - 1, None: 1}
    # Relationships name records by their refs.
    ends = by_ref["relationship", "relationship--007a2c53-fc5c-4750-aff0-defb282e178a"].data
    assert (ends["source"], ends["source_kind"], ends["type"]) == ("T0872", "technique", "targets")


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("opencti_sectors_stix21.json", {"identity": 72, "relationship": 49}),
        ("stix21_attack_flow_example.json", {"other": 16, "identity": 2, "relationship": 2}),
        ("stix21_sco_examples_bundle.json", {"other": 82}),
    ],
)
def test_other_public_bundles_are_taken_whole(shared_data: Path, name: str, counts: dict[str, int]) -> None:
    items = list(import_stix(ByteSource.from_path(shared_data / name), OPTIONS))
    assert Counter(item.kind for item in items if isinstance(item, IntelRecord)) == counts
    assert len(items) == sum(counts.values())


# Shapes of documents


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(bundle(make("identity"), make("tool"))),
        json.dumps([make("identity"), make("tool")]),
        json.dumps({"more": True, "next": "x", "objects": [make("identity"), make("tool")]}),
        json.dumps(make("identity")) + "\n" + json.dumps(make("tool")) + "\n",
        json.dumps(bundle(make("identity"))) + "\n" + json.dumps(bundle(make("tool"), spec_version="2.1")),
        json.dumps({"objects": [make("identity"), make("tool")], "id": f"bundle--{UUID}", "type": "bundle"}),
    ],
    ids=["bundle", "list", "envelope", "lines", "lines of bundles", "bundle whose type comes last"],
)
def test_shapes_of_documents(content: str) -> None:
    expected = [stix_id("identity"), stix_id("tool")]
    assert [item.ref for item in read(content.encode()) if isinstance(item, IntelRecord)] == expected
    packed = gzip.compress(content.encode())
    assert [item.ref for item in read(packed) if isinstance(item, IntelRecord)] == expected


@pytest.mark.parametrize("content", [b'{"type": "bundle", "id": "x"}', b"{}", b'{"more": false}', b"[]"])
def test_nothing_is_a_sound_answer(content: bytes) -> None:
    assert read(content) == []


def test_one_object_is_a_document() -> None:
    assert [item.ref for item in read(make("tool")) if isinstance(item, IntelRecord)] == [stix_id("tool")]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (bundle(spec_version="2.0"), "this bundle is not STIX 2.1"),
        ({"type": "bundle", "objects": {}}, "objects of the bundle are not a list"),
        ({"Event": {"info": "x"}}, "neither a STIX bundle"),
        ({"objects": [], "vulnerabilities": []}, "neither a STIX bundle"),
        ({"objects": {"a": 1}}, "neither a STIX bundle"),
        (b'{"type": "bundle", "objects": [', "breaks off"),
        (b"<html>", "not sound JSON"),
        (b'"text"', "neither an object nor a list"),
    ],
)
def test_what_is_not_stix_is_refused_as_a_whole(content: Any, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        read(content)
    assert caught.value.findings[0].file == "bundle.json"


def test_a_source_of_which_too_much_is_refused_is_given_up() -> None:
    with pytest.raises(DocumentError, match="too many entries cannot be read"):
        read([{"type": "x"}] * 1_002)


def test_an_object_of_endless_members_is_refused() -> None:
    content = (
        b'{"type": "bundle"' + b"".join(b', "m%d": "%s"' % (number, b"x" * 4_000_000) for number in range(6)) + b"}"
    )
    with pytest.raises(DocumentError, match="one object is too large"):
        read(content)


# Refusals of single objects


@pytest.mark.parametrize(
    ("value", "field", "message"),
    [
        (12, "objects[0]", "not a STIX object"),
        ({"id": "x"}, "objects[0].type", "type is missing"),
        ({"type": "tool", "id": "tool--1"}, "objects[0].id", "does not fit the type"),
        ({"type": "tool", "id": stix_id("malware")}, "objects[0].id", "does not fit the type"),
        (make("tool", spec_version="2.0"), "objects[0].spec_version", "not STIX 2.1"),
        (make("tool", spec_version="3.0"), "objects[0].spec_version", "not STIX 2.1"),
        ({k: v for k, v in make("tool").items() if k != "spec_version"}, "objects[0].spec_version", "not STIX 2.1"),
        (make("tool", modified="yesterday"), "objects[0].modified", "not an instant"),
        (make("tool", modified="2024-02-30T00:00:00Z"), "objects[0].modified", "not an instant"),
        (make("tool", name=12), "objects[0].name", "not a text"),
        (make("tool", aliases="x"), "objects[0].aliases", "not a list"),
        (make("tool", aliases=["a", 3]), "objects[0].aliases[1]", "not a text"),
        (make("tool", external_references=["a"]), "objects[0].external_references[0]", "not an external reference"),
        (make("tool", extensions=[]), "objects[0].extensions", "not an object"),
        (make("tool", revoked="yes"), "objects[0].revoked", "neither true nor false"),
        (make("tool", description="a\0b"), "objects[0]", r"U\+0000"),
        (make("tool", name="x" * 4001), "objects[0].name", "too long"),
        (make("intrusion-set", name=""), "objects[0].name", "name is missing"),
        (make("campaign", first_seen="2020"), "objects[0].first_seen", "not an instant"),
        (make("relationship", source_ref=stix_id("tool")), "objects[0].relationship_type", "not complete"),
        (make("sighting"), "objects[0].sighting_of_ref", "not complete"),
        (make("x-hygie-record", record_kind="x"), "objects[0].record_kind", "does not say what it is"),
    ],
)
def test_a_wrong_object_is_refused_with_its_place(value: Any, field: str, message: str) -> None:
    refusal = refuse(value)
    assert not refusal.dropped
    assert refusal.finding.field == field
    assert refusal.finding.file == "bundle.json"
    assert refusal.finding.repair or refusal.finding.allowed
    assert re.search(message, refusal.finding.message)
    if isinstance(value, dict) and "id" in value:
        assert refusal.ref == value["id"]


def test_cyber_observables_need_no_version() -> None:
    found = {"type": "ipv4-addr", "id": stix_id("ipv4-addr"), "value": "198.51.100.3"}
    assert read_records(found)[found["id"]].name == "198.51.100.3"


def test_withdrawn_objects_are_left_out_with_what_leads_to_them() -> None:
    items = read(
        bundle(
            link("uses", stix_id("intrusion-set", 1), stix_id("tool", 2), 1),
            link("uses", stix_id("intrusion-set", 1), stix_id("tool", 3), 2),
            make("intrusion-set", 1),
            make("tool", 2, revoked=True),
            make("tool", 3, x_mitre_deprecated=False, revoked=False),
            make("malware", 4, x_mitre_deprecated=True),
        )
    )
    dropped = {item.ref: item for item in items if isinstance(item, Refusal)}
    assert set(dropped) == {stix_id("relationship", 1), stix_id("tool", 2), stix_id("malware", 4)}
    assert all(item.dropped for item in dropped.values())
    assert dropped[stix_id("tool", 2)].kind == "software"
    assert "leads to" in dropped[stix_id("relationship", 1)].finding.message
