"""VERIS out: what came goes out as it came, what changed is written over it, and nothing above the ceiling leaves."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP
from hygie.knowledge.exporters.veris import SCHEMA_VERSION, export_veris
from hygie.knowledge.importers.protocol import ImportOptions
from hygie.knowledge.importers.veris import import_veris
from hygie.knowledge.kinds import IntelRecord, canonical_json, validate_facts
from hygie.knowledge.pack_records import read_pack_folders, read_pack_records
from hygie.store.byte_sources import ByteSource

FILE = Path(__file__).parents[3] / "data" / "veris" / "incidents.json"
OPTIONS = ImportOptions(received_on=date(2026, 11, 23))

BARE: dict[str, Any] = {
    "ref": "ch-exemple-2024",
    "evidence": ["press-1"],
    "started_on": "2024-05-06",
    "date_precision": "week",
    "victim": {"name": "CH d’Exemple", "kind": "ch", "country": "FR", "sector": "health", "employees": "2 500"},
    "threat_class": "ransomware",
    "actor": {"name": "example-spider", "confidence": "medium"},
    "disruption": {"value": 3.0, "unit": "week", "estimated": True},
    "care_impact": {"en": "Emergencies turned away.", "fr": "Urgences déroutées."},
    "data_leaked": "claimed",
    "discovered_on": "2024-05-07",
    "published_on": "2024-05-08",
    "summary": "An invented attack.",
}


def build(data: Mapping[str, Any] = BARE, **fields: Any) -> IntelRecord:
    return IntelRecord.from_facts("incident", validate_facts("incident", data), **fields)


def export(*records: IntelRecord, ceiling: TLP = TLP.AMBER, **how: Any) -> list[dict[str, Any]]:
    return json.loads(b"".join(export_veris(records, ceiling=ceiling, **how)))


def read_bytes(content: bytes) -> list[IntelRecord]:
    items = list(import_veris(ByteSource(name="records", content=content), OPTIONS))
    assert all(isinstance(item, IntelRecord) for item in items), items
    return [item for item in items if isinstance(item, IntelRecord)]


def read_back(*records: IntelRecord, **how: Any) -> list[IntelRecord]:
    content = b"".join(export_veris(records, ceiling=TLP.AMBER, **how))
    return [record for record in read_bytes(content) if record.kind == "incident"]


def load(path: Path = FILE) -> list[IntelRecord]:
    records = [item for item in import_veris(ByteSource.from_path(path), OPTIONS) if isinstance(item, IntelRecord)]
    # As the base keeps them: the members of an object come back in another order.
    return [
        dataclasses.replace(
            record,
            data=json.loads(canonical_json(record.data)),
            document=json.loads(canonical_json(record.document)),
        )
        for record in records
    ]


def incidents(records: Sequence[IntelRecord]) -> list[IntelRecord]:
    return [record for record in records if record.kind == "incident"]


def facts_of(record: IntelRecord) -> dict[str, Any]:
    """Facts without names of this base: the ref, and the refs of its sources."""
    return {key: value for key, value in record.data.items() if key not in ("ref", "evidence")}


def list_unknown_words(document: Any, allowed: Any, path: str = "") -> list[str]:
    if isinstance(allowed, dict):
        parts = document if isinstance(document, list) else [document]
        return [
            word
            for part in parts
            if isinstance(part, dict)
            for key in allowed
            if key in part
            for word in list_unknown_words(part[key], allowed[key], f"{path}.{key}")
        ]
    words = document if isinstance(document, list) else [document]
    return [f"{path}: {word}" for word in words if isinstance(word, str) and word not in allowed]


@pytest.fixture(scope="module")
def enumerations(shared_data: Path) -> dict[str, Any]:
    return json.loads((shared_data / "veris_enum.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def pack_records() -> list[IntelRecord]:
    return [record for _, records in read_pack_records(read_pack_folders()) for record in records]


def test_records_that_nobody_changed_go_out_as_they_came() -> None:
    documents = json.loads(FILE.read_text(encoding="utf-8"))
    assert export(*incidents(load())) == documents[:2]


def test_a_hundred_real_records_go_out_as_they_came(shared_data: Path) -> None:
    path = shared_data / "vcdb_raw_sample.jsonl"
    documents = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert export(*incidents(load(path))) == documents


@pytest.mark.parametrize("settled", [False, True])
def test_a_hundred_real_records_survive_without_their_documents(
    shared_data: Path, enumerations: dict[str, Any], settled: bool
) -> None:
    records = load(shared_data / "vcdb_raw_sample.jsonl")
    sources = {record.ref: record for record in records if record.kind == "source"}
    bare = [dataclasses.replace(record, document=None, document_format=None) for record in incidents(records)]
    back = read_back(*bare, find_source=sources.get, enumerations=enumerations if settled else None)
    assert [record.data for record in back] == [record.data for record in bare]
    assert [record.stamp for record in back] == [record.stamp for record in bare]


def test_words_written_from_facts_are_in_the_enumerations(
    shared_data: Path, enumerations: dict[str, Any], pack_records: list[IntelRecord]
) -> None:
    real = incidents(load(shared_data / "vcdb_raw_sample.jsonl"))
    bare = [dataclasses.replace(record, document=None, document_format=None) for record in real]
    documents = export(*bare, *pack_records, ceiling=TLP.RED, enumerations=enumerations)
    assert len(documents) == len(bare) + len(incidents(pack_records))
    assert [word for document in documents for word in list_unknown_words(document, enumerations)] == []
    # Without the enumerations our own words are still in them: only those that came from elsewhere may not be.
    own = export(*pack_records, ceiling=TLP.RED)
    assert [word for document in own for word in list_unknown_words(document, enumerations)] == []


def test_the_incidents_of_the_packs_survive(pack_records: list[IntelRecord]) -> None:
    sent = [dataclasses.replace(record, tlp=None) for record in incidents(pack_records)]
    assert len(sent) > 50
    assert [facts_of(record) for record in read_back(*sent)] == [facts_of(record) for record in sent]


def test_an_incident_is_written_from_its_facts() -> None:
    (document,) = export(build())
    assert document.pop("plus") == {
        "timeline": {"notification": {"year": 2024, "month": 5, "day": 8}},
        "hygie": document_patch(),
    }
    assert document == {
        "schema_version": SCHEMA_VERSION,
        "incident_id": "ch-exemple-2024",
        "source_id": "hygie",
        "security_incident": "Confirmed",
        "confidence": "Medium",
        "summary": "An invented attack.",
        "timeline": {"incident": {"year": 2024, "month": 5, "day": 6}},
        "victim": {"victim_id": "CH d’Exemple", "industry": "62", "country": ["FR"], "employee_count": "1001 to 10000"},
        "actor": {"external": {"variety": ["Unknown"], "motive": ["Unknown"], "name": ["example-spider"]}},
        "action": {"malware": {"variety": ["Ransomware"], "vector": ["Unknown"]}},
        "asset": {"assets": [{"variety": "Unknown"}], "cloud": ["Unknown"]},
        "attribute": {
            "confidentiality": {"data_disclosure": "Potentially"},
            "availability": {"variety": ["Obscuration"], "duration": {"unit": "Weeks", "value": 3.0}},
        },
        "discovery_method": {"unknown": True},
    }
    assert facts_of(read_back(build())[0]) == facts_of(build())


def document_patch() -> dict[str, Any]:
    return {
        "care_impact": BARE["care_impact"],
        "data_leaked": "claimed",
        "date_precision": "week",
        "discovered_on": "2024-05-07",
        "disruption": {"estimated": True},
        "ids": None,
        "veris": None,
        "victim": {"employees": "2 500", "kind": "ch"},
    }


EDITS: list[tuple[dict[str, Any], set[str]]] = [
    ({"threat_class": "provider"}, {"plus"}),
    ({"started_on": "2024-02-27"}, {"timeline"}),
    ({"started_on": "2024-02", "date_precision": "month"}, {"timeline"}),
    ({"published_on": None}, {"plus"}),
    ({"published_on": "2024-03-05"}, {"plus"}),
    ({"summary": "Another text."}, {"summary"}),
    ({"summary": None}, {"summary"}),
    ({"loss": {"value": 7.5, "unit": "EUR"}}, {"impact"}),
    ({"loss": None}, {"plus"}),
    ({"actor": {"name": "other-spider", "confidence": "low"}}, {"actor", "confidence"}),
    ({"actor": {"name": "unknown", "confidence": "none"}}, {"actor"}),
    ({"notes": {"en": "a", "fr": "b"}}, {"plus"}),
    ({"data_leaked": "yes"}, {"plus"}),
]


@pytest.mark.parametrize(("change", "touched"), EDITS)
def test_an_edit_touches_its_own_part_only(change: dict[str, Any], touched: set[str]) -> None:
    original = incidents(load())[0]
    edited = original.with_data(**change)
    (document,) = export(edited)
    before = json.loads(FILE.read_text(encoding="utf-8"))[0]
    differing = {key for key in document.keys() | before.keys() if document.get(key) != before.get(key)}
    assert differing == touched
    (back,) = read_back(edited)
    assert back.data == edited.data
    # What was once exported goes out again as it is.
    assert export(back) == [document]


@pytest.mark.parametrize(
    ("name", "value", "place"),
    [
        ("country", "BE", "country"),
        ("employees", "Over 100000", "employee_count"),
        ("name", "Another hospital", "victim_id"),
        ("kind", "naics-621111", "industry"),
    ],
)
def test_an_edit_of_the_victim_leaves_its_other_members(name: str, value: str, place: str) -> None:
    original = incidents(load())[0]
    edited = original.with_data(victim={**original.data["victim"], name: value})
    (document,) = export(edited)
    before = json.loads(FILE.read_text(encoding="utf-8"))[0]
    assert {key for key in before["victim"] if document["victim"][key] != before["victim"][key]} == {place}
    assert read_back(edited)[0].data == edited.data


@pytest.mark.parametrize(
    "words",
    [
        {"actions": ["hacking.SQLi", "malware.Ransomware"]},
        {"actions": ["social.Phishing"]},
        {"actions": ["unknown"]},
        {"vectors": ["hacking.Web application"]},
        {"actors": ["internal.Finance", "partner"]},
        {"motives": []},
        {"assets": ["S - File", "S - Mail"]},
        {"data_varieties": ["Personal", "Medical"]},
        {"data_total": 77},
        {"data_disclosure": "Yes"},
        {"integrity": []},
        {"availability": []},
        {"availability_duration": 1.5, "availability_unit": "Weeks"},
        {"discovery": "external.Customer; partner.Audit"},
        {"security_incident": "Near miss"},
    ],
)
def test_edited_words_are_written_and_survive(words: dict[str, Any]) -> None:
    original = incidents(load())[0]
    edited = original.with_data(veris={**original.data["veris"], **words})
    (document,) = export(edited)
    assert document != original.document
    (back,) = read_back(edited)
    assert back.data == edited.data


def test_what_the_facts_do_not_hold_stays_beside_edited_words() -> None:
    original = incidents(load())[0]
    words = {**original.data["veris"], "actions": ["hacking.SQLi", "malware.Ransomware"], "assets": ["S - Database"]}
    (document,) = export(original.with_data(veris=words))
    assert document["action"]["hacking"]["notes"] == "no second factor"
    assert document["action"]["malware"]["result"] == ["Deploy payload"]
    assert document["asset"]["assets"] == [{"variety": "S - Database", "amount": 3}]


def test_old_records_keep_the_form_of_their_version() -> None:
    original = incidents(load())[1]
    (document,) = export(original.with_data(veris={**original.data["veris"], "discovery": "Int - log review"}))
    assert document["discovery_method"] == "Int - log review"
    assert document["schema_version"] == "1.3.2"


@pytest.mark.parametrize(
    ("text", "method"),
    [
        ("Ext - customer", {"external": {"variety": ["Customer"]}}),
        ("Int - reported by employee", {"internal": {"variety": ["Reported by employee"]}}),
        ("Prt - monitoring service", {"partner": {"variety": ["Monitoring service"]}}),
        ("Unknown", {"unknown": True}),
        ("Other", {"other": True}),
        ("external", {"external": {"variety": ["Unknown"]}}),
        ("by chance", {"unknown": True}),
    ],
)
def test_discovery_is_written_as_the_publisher_converts_it(text: str, method: dict[str, Any]) -> None:
    record = build({**BARE, "veris": {"discovery": text}})
    assert export(record)[0]["discovery_method"] == method
    assert facts_of(read_back(record)[0]) == facts_of(record)


@pytest.mark.parametrize(
    ("threat_class", "actions", "sides"),
    [
        ("ransomware", {"malware": ["Ransomware"]}, {"unknown"}),
        ("ddos", {"hacking": ["DoS"]}, {"unknown"}),
        ("intrusion", {"hacking": ["Unknown"]}, {"unknown"}),
        ("extortion", {"hacking": ["Unknown"], "social": ["Extortion"]}, {"unknown"}),
        ("error", {"error": ["Unknown"]}, {"internal"}),
        ("provider", {"unknown": None}, {"unknown"}),
        ("leak_claim", {"unknown": None}, {"unknown"}),
    ],
)
def test_a_class_becomes_an_action(threat_class: str, actions: dict[str, Any], sides: set[str]) -> None:
    data = {**BARE, "threat_class": threat_class, "actor": {"name": "unknown", "confidence": "none"}}
    (document,) = export(build(data))
    assert {kind: part.get("variety") for kind, part in document["action"].items()} == actions
    assert set(document["actor"]) == sides
    assert read_back(build(data))[0].data["threat_class"] == threat_class


def test_a_claim_of_a_leak_site_is_a_suspicion() -> None:
    record = build({**BARE, "date_basis": "leak_post", "threat_class": "leak_claim"})
    assert export(record)[0]["security_incident"] == "Suspected"


@pytest.mark.parametrize(
    ("employees", "word"),
    [
        ("10", "1 to 10"),
        ("11", "11 to 100"),
        ("1 000", "101 to 1000"),
        ("25,001", "25001 to 50000"),
        ("100001", "Over 100000"),
        ("Large", "Large"),
        ("many", "Unknown"),
    ],
)
def test_sizes_become_classes(employees: str, word: str) -> None:
    record = build({**BARE, "victim": {**BARE["victim"], "employees": employees}})
    assert export(record)[0]["victim"]["employee_count"] == word


@pytest.mark.parametrize(("region", "state"), [("WI", "WI"), ("FR-IDF", "FR-IDF"), ("Île-de-France", None)])
def test_a_state_is_a_code(region: str, state: str | None) -> None:
    record = build({**BARE, "victim": {**BARE["victim"], "region": region}})
    assert export(record)[0]["victim"].get("state") == state
    assert facts_of(read_back(record)[0]) == facts_of(record)


@pytest.mark.parametrize("unit", ["min", "h", "d", "week", "month", "y", "fortnight"])
def test_disruptions_survive_in_each_unit(unit: str) -> None:
    record = build({**BARE, "disruption": {"value": 2.5, "unit": unit, "estimated": False}})
    assert facts_of(read_back(record)[0]) == facts_of(record)


def test_words_outside_the_enumerations_become_other_or_unknown(enumerations: dict[str, Any]) -> None:
    words = {
        "actors": ["external.Ghost", "external.Haunting"],
        "actions": ["hacking.Telepathy", "sorcery.Curse"],
        "assets": ["X - Crystal ball"],
        "integrity": ["Bewitched"],
        "security_incident": "Perhaps",
    }
    record = build({**BARE, "veris": words})
    (document,) = export(record, enumerations=enumerations)
    assert document["actor"]["external"]["variety"] == ["Other"]
    assert document["action"]["hacking"]["variety"] == ["Other"]
    assert document["action"]["unknown"] == {}
    assert document["attribute"]["integrity"]["variety"] == ["Other"]
    assert document["security_incident"] == "Suspected"
    assert list_unknown_words(document, enumerations) == []
    assert facts_of(read_back(record, enumerations=enumerations)[0]) == facts_of(record)


MARKS = [(mark, ceiling) for mark in TLP for ceiling in TLP]


@pytest.mark.parametrize(("mark", "ceiling"), MARKS)
def test_nothing_above_the_ceiling_leaves(mark: TLP, ceiling: TLP) -> None:
    order = list(TLP)
    content = b"".join(export_veris([build(tlp=mark)], ceiling=ceiling))
    assert (b"Exemple" in content) == (order.index(mark) <= order.index(ceiling))
    assert len(json.loads(content)) == (order.index(mark) <= order.index(ceiling))


def test_what_carries_no_marking_travels_as_amber_unless_said_otherwise() -> None:
    assert export(build(), ceiling=TLP.GREEN) == []
    assert len(export(build(), ceiling=TLP.AMBER)) == 1
    assert len(export(build(), ceiling=TLP.CLEAR, unmarked=TLP.CLEAR)) == 1


@pytest.mark.parametrize(("mark", "leaves"), [("clear", True), ("amber+strict", False), ("red", False)])
def test_sources_above_the_ceiling_are_not_named(mark: str, leaves: bool) -> None:
    source = {
        "ref": "press-1",
        "source": "https://press.example/a",
        "statement": "page 1",
        "title": {"en": "t", "fr": "t"},
        "publisher": "p",
        "read_on": "2024-05-09",
        "reliability": "B",
        "credibility": 2,
        "tlp": mark,
        "licence": "facts-only",
    }
    sources = {"press-1": IntelRecord.from_facts("source", validate_facts("source", source))}
    (document,) = export(build(), find_source=sources.get)
    assert document.get("reference") == ("https://press.example/a" if leaves else None)
    assert ("press.example" in json.dumps(document)) == leaves


def test_sources_that_an_analyst_added_are_written_when_all_are_known() -> None:
    original = incidents(load())[0]
    edited = original.with_data(evidence=[*original.data["evidence"], "press-9"])
    added = {"source": "https://press.example/nine", "tlp": "clear"}
    source = IntelRecord(kind="source", ref="press-9", name="p", data=added)
    (document,) = export(edited, find_source={"press-9": source}.get)
    assert document["reference"].endswith("; https://press.example/a; https://press.example/nine")
    before = json.loads(FILE.read_text(encoding="utf-8"))[0]
    assert export(edited) == [before]


def test_other_kinds_are_passed_over_and_no_incident_is_an_empty_list() -> None:
    records = load()
    sources = [record for record in records if record.kind == "source"]
    assert b"".join(export_veris(sources, ceiling=TLP.RED)) == b"[]\n"
    assert len(export(*records)) == 2


def test_records_are_written_one_by_one() -> None:
    def endless() -> Any:
        while True:
            yield build()

    chunks = export_veris(endless(), ceiling=TLP.RED)
    first, second = next(chunks), next(chunks)
    assert json.loads(first.removeprefix(b"[\n")) == json.loads(second.removeprefix(b",\n"))


def test_the_kept_document_is_not_written_on() -> None:
    original = incidents(load())[0]
    kept = copy.deepcopy(original.document)
    export(original.with_data(threat_class="ot", summary="x", loss={"value": 1.0, "unit": "EUR"}))
    assert original.document == kept


def test_facts_that_are_no_incident_are_refused() -> None:
    record = IntelRecord(kind="incident", ref="x", name="x", data={"ref": "x"})
    with pytest.raises(SchemaError, match="is missing"):
        export(record)
