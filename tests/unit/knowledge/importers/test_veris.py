"""VERIS: what its words become, what is refused, and a hundred real records."""

from __future__ import annotations

import copy
import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import DocumentError
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.importers.registry import detect_format
from hygie.knowledge.importers.veris import import_veris
from hygie.knowledge.importers.veris_mapping import map_incident
from hygie.knowledge.kinds import IntelRecord
from hygie.knowledge.qualification import check_record
from hygie.store.byte_sources import ByteSource

FILE = Path(__file__).parents[3] / "data" / "veris" / "incidents.json"
OPTIONS = ImportOptions(received_on=date(2026, 11, 23))


def read(*documents: Any) -> list[ImportItem]:
    return list(import_veris(ByteSource(name="records", content=json.dumps(documents).encode()), OPTIONS))


def read_file() -> list[ImportItem]:
    return list(import_veris(ByteSource.from_path(FILE), OPTIONS))


def of_kind(items: list[ImportItem], kind: str) -> list[IntelRecord]:
    return [item for item in items if isinstance(item, IntelRecord) and item.kind == kind]


def refusals(items: list[ImportItem]) -> list[Refusal]:
    return [item for item in items if isinstance(item, Refusal)]


def load(index: int = 0) -> dict[str, Any]:
    return copy.deepcopy(json.loads(FILE.read_text(encoding="utf-8"))[index])


def changed(path: str, value: Any, *, index: int = 0) -> dict[str, Any]:
    document = load(index)
    *parents, last = path.split(".")
    group = document
    for key in parents:
        group = group.setdefault(key, {})
    group[last] = value
    return document


def test_the_words_of_version_1_4_become_facts() -> None:
    assert detect_format(ByteSource.from_path(FILE)) == "veris"
    first = of_kind(read_file(), "incident")[0]
    sources = of_kind(read_file(), "source")
    assert first.data == {
        "ref": "veris-5d1f6f0e-1111-4c5e-9a55-000000000001",
        "evidence": [sources[0].ref, sources[1].ref],
        "started_on": "2024-02-29",
        "date_precision": "day",
        "date_basis": "attack",
        "published_on": "2024-03",
        "victim": {
            "name": "CH d’Exemple",
            "kind": "naics-622110",
            "country": "FR",
            "sector": "health",
            "employees": "1001 to 10000",
        },
        "threat_class": "ransomware",
        "actor": {"name": "example-spider", "confidence": "high"},
        "data_leaked": "unknown",
        "disruption": {"value": 12.0, "unit": "d", "estimated": False},
        "loss": {"value": 2_000_000.0, "unit": "EUR"},
        "veris": {
            "actors": ["external.Organized crime"],
            "motives": ["external.Financial"],
            "actions": ["hacking.Use of stolen creds", "malware.Ransomware"],
            "vectors": ["hacking.VPN", "malware.Direct install"],
            "assets": ["S - Database", "S - File"],
            "data_disclosure": "Potentially",
            "data_varieties": ["Medical"],
            "integrity": ["Software installation"],
            "availability": ["Interruption", "Obscuration"],
            "availability_duration": 12.0,
            "availability_unit": "Days",
            "discovery": "internal.Reported by employee",
            "security_incident": "Confirmed",
        },
        "ids": [{"catalogue": "veris", "id": "5d1f6f0e-1111-4c5e-9a55-000000000001"}],
        "summary": "An invented hospital is encrypted and works on paper for twelve days.",
    }
    assert first.document == load()
    assert first.document_format == "veris"
    assert first.stamp == "2024-04-01T10:00:00.250000Z"
    assert first.tlp is None


def test_the_words_of_version_1_3_become_facts() -> None:
    second = of_kind(read_file(), "incident")[1]
    assert second.ref == "veris-Clinic-2013--7"
    assert second.data["victim"] == {"name": "unknown", "kind": "naics-621", "region": "WI", "sector": "health"}
    assert second.name == second.data["title"] == "VERIS Clinic/2013 #7"
    assert (second.data["started_on"], second.data["date_precision"]) == ("2013", "year")
    assert second.data["actor"] == {"name": "unknown", "confidence": "none"}
    assert second.data["veris"]["discovery"] == "Ext - customer"
    assert second.data["veris"]["security_incident"] == "Suspected"
    # Told before it happened, and a loss in dollars: neither is a fact here.
    assert not {"published_on", "loss", "disruption", "summary"} & set(second.data)
    assert second.stamp is None


def test_each_cited_address_is_a_source_that_nobody_has_judged() -> None:
    first, second, third = of_kind(read_file(), "source")
    assert [first.data["source"], second.data["source"]] == [
        "https://hospital.example/communique",
        "https://press.example/a",
    ]
    assert first.data["publisher"] == "hospital.example"
    assert (first.data["reliability"], first.data["credibility"], first.data["tlp"]) == ("F", 6, "clear")
    # A record that cites nothing is its own source, of which nobody said that it is public.
    assert third.data["source"] == "VERIS records of example"
    assert (third.data["publisher"], third.data["tlp"]) == ("example", "amber")


def test_a_false_positive_is_left_out_on_purpose() -> None:
    (refusal,) = refusals(read_file())
    assert (refusal.ref, refusal.dropped) == ("veris-alarm-1", True)


@pytest.mark.parametrize("shape", ["one", "lines", "list"])
def test_one_record_lines_and_lists_read_the_same(shape: str) -> None:
    text = {
        "one": json.dumps(load(), indent=2),
        "lines": json.dumps(load()) + "\n" + json.dumps(load(1)) + "\n",
        "list": json.dumps([load(), load(1)]),
    }[shape]
    items = list(import_veris(ByteSource(name="records", content=text.encode()), OPTIONS))
    assert of_kind(items, "incident")[0] == of_kind(read_file(), "incident")[0]
    assert len(of_kind(items, "incident")) == (1 if shape == "one" else 2)


CLASSES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"malware": {"variety": ["Ransomware"]}}, {"external": {}}, "ransomware"),
    ({"malware": {"variety": ["Ransomware"]}, "physical": {"variety": ["Theft"]}}, {"external": {}}, "ransomware"),
    ({"hacking": {"variety": ["DoS"]}}, {"external": {}}, "ddos"),
    ({"malware": {"variety": ["DoS"]}}, {"unknown": {}}, "ddos"),
    ({"hacking": {"variety": ["SQLi"]}}, {"external": {}}, "intrusion"),
    ({"hacking": {"variety": ["SQLi"]}, "misuse": {"variety": ["Privilege abuse"]}}, {"partner": {}}, "intrusion"),
    ({"hacking": {"variety": ["SQLi"]}, "social": {"variety": ["Extortion"]}}, {"external": {}}, "extortion"),
    ({"hacking": {"variety": ["Use of stolen creds"]}}, {"internal": {}}, "misuse"),
    ({"hacking": {"variety": ["Brute force"]}, "physical": {"variety": ["Theft"]}}, {"external": {}}, "physical"),
    ({"misuse": {"variety": ["Privilege abuse"]}, "error": {"variety": ["Loss"]}}, {"internal": {}}, "misuse"),
    ({"social": {"variety": ["Phishing"]}}, {"external": {}}, "social"),
    ({"error": {"variety": ["Misdelivery"]}}, {"internal": {}}, "error"),
    ({"environmental": {"variety": ["Flood"]}}, {"external": {"variety": ["Force majeure"]}}, "environmental"),
    ({"unknown": {}}, {"unknown": {}}, "unknown"),
    ({}, {}, "unknown"),
]


@pytest.mark.parametrize(("action", "actor", "expected"), CLASSES)
def test_the_class_follows_the_action(action: dict[str, Any], actor: dict[str, Any], expected: str) -> None:
    document = {**load(), "action": action, "actor": actor}
    assert map_incident(document)["threat_class"] == expected


def test_a_ransom_for_stolen_data_is_extortion() -> None:
    document = {**load(), "action": {"hacking": {"variety": ["SQLi"]}}}
    document["plus"]["attribute"] = {"confidentiality": {"data_abuse": "Yes - Data ransomed"}}
    assert map_incident(document)["threat_class"] == "extortion"


@pytest.mark.parametrize(
    ("parts", "date_", "precision"),
    [
        ({"year": 2024}, "2024", "year"),
        ({"year": 2024, "month": 2}, "2024-02", "month"),
        ({"year": 2024, "month": 2, "day": 29, "time": "05:45:00 PM"}, "2024-02-29", "day"),
        ({"year": 2024, "day": 29}, "2024", "year"),
        ({"year": 2024.0, "month": 2.0}, "2024-02", "month"),
    ],
)
def test_a_date_is_as_precise_as_it_is_stated(parts: dict[str, Any], date_: str, precision: str) -> None:
    data = map_incident(changed("timeline.incident", parts))
    assert (data["started_on"], data["date_precision"]) == (date_, precision)


@pytest.mark.parametrize(
    ("countries", "expected"), [(["FR"], "FR"), (["FR", "BE"], None), (["Unknown"], None), ([], None), ("FR", "FR")]
)
def test_a_victim_in_several_countries_has_none(countries: Any, expected: str | None) -> None:
    assert map_incident(changed("victim.country", countries))["victim"].get("country") == expected


@pytest.mark.parametrize(
    ("code", "kind", "sector"),
    [
        ("622110", "naics-622110", "health"),
        ("62", "naics-62", "health"),
        ("31-33", "naics-31-33", "manufacturing"),
        ("92", "naics-92", "public-administration"),
        ("000", "unknown", None),
        ("hospital", "unknown", None),
    ],
)
def test_the_sector_follows_from_the_code(code: str, kind: str, sector: str | None) -> None:
    victim = map_incident(changed("victim.industry", code))["victim"]
    assert (victim["kind"], victim.get("sector")) == (kind, sector)


@pytest.mark.parametrize(
    ("impact", "loss"),
    [
        ({"iso_currency_code": "EUR", "overall_amount": 12}, 12.0),
        ({"iso_currency_code": "EUR", "loss": [{"amount": 1.5}, {"amount": 2}]}, 3.5),
        ({"iso_currency_code": "EUR", "loss": [{"amount": 1.5}, {"rating": "Minor"}]}, None),
        ({"iso_currency_code": "USD", "overall_amount": 12}, None),
        ({"overall_amount": 12}, None),
        ({"iso_currency_code": "EUR"}, None),
    ],
)
def test_a_loss_is_in_euros_and_whole(impact: dict[str, Any], loss: float | None) -> None:
    found = map_incident({**load(), "impact": impact}).get("loss")
    assert found == (None if loss is None else {"value": loss, "unit": "EUR"})


@pytest.mark.parametrize(
    ("varieties", "duration", "expected"),
    [
        (["Interruption"], {"unit": "Hours", "value": 6}, {"value": 6.0, "unit": "h", "estimated": False}),
        (["Degradation"], {"unit": "Seconds", "value": 1800}, {"value": 0.5, "unit": "h", "estimated": False}),
        (["Loss"], {"unit": "Days", "value": 3}, None),
        (["Interruption"], {"unit": "Never"}, None),
        (["Interruption"], {"unit": "Days"}, None),
    ],
)
def test_only_a_stopped_service_is_disrupted(
    varieties: list[str], duration: dict[str, Any], expected: dict[str, Any] | None
) -> None:
    document = changed("attribute.availability", {"variety": varieties, "duration": duration})
    assert map_incident(document).get("disruption") == expected


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("Unknown", "Unknown"),
        ({"unknown": True}, "unknown"),
        ({"other": True, "unknown": False}, "other"),
        (
            {"partner": {"variety": ["Audit"]}, "external": {"variety": ["Customer"]}},
            "external.Customer; partner.Audit",
        ),
    ],
)
def test_discovery_is_read_in_each_version(method: Any, expected: str) -> None:
    assert map_incident({**load(), "discovery_method": method})["veris"]["discovery"] == expected


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("http://a.example/x?; http://b.example/(y)", ["http://a.example/x?", "http://b.example/(y)"]),
        (" http://a.example/1.pdf  http://b.example/2 ", ["http://a.example/1.pdf", "http://b.example/2"]),
        ("http://a.example/ (2014-05-26T07:54:27.026Z);", ["http://a.example/"]),
        ("case 4711; https://a.example", ["case 4711", "https://a.example"]),
        ("javascript:alert(1)", ["javascript:alert(1)"]),
        (" ; ", ["VERIS records of example"]),
    ],
)
def test_references_are_cut_into_sources(reference: str, expected: list[str]) -> None:
    sources = of_kind(read({**load(), "reference": reference}), "source")
    assert [source.data["source"] for source in sources] == expected


def test_only_web_addresses_have_a_host() -> None:
    (source,) = of_kind(read({**load(), "reference": "javascript:alert(1)"}), "source")
    assert source.data["publisher"] == "example"


def test_issues_of_the_community_database_are_linked() -> None:
    document = {**load(), "source_id": "vcdb", "plus": {"github": "4922"}}
    assert map_incident(document)["ids"][1] == {
        "catalogue": "vcdb-issue",
        "id": "4922",
        "url": "https://github.com/vz-risk/VCDB/issues/4922",
    }
    assert len(map_incident({**document, "source_id": "other"})["ids"]) == 1


def test_what_another_workspace_added_is_read_again() -> None:
    document = load()
    document["plus"]["hygie"] = {"threat_class": "ot", "loss": None, "veris": {"discovery": None}, "ref": "x"}
    data = map_incident(document)
    assert (data["threat_class"], data["ref"]) == ("ot", "veris-5d1f6f0e-1111-4c5e-9a55-000000000001")
    assert "loss" not in data
    assert "discovery" not in data["veris"]


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("incident_id", None, "incident_id"),
        ("incident_id", 7, "incident_id"),
        ("timeline", {}, "timeline.incident.year"),
        ("timeline.incident.year", "2024", "timeline.incident.year"),
        ("timeline.incident.year", 2031, "timeline.incident"),
        ("timeline.incident.month", 13, "timeline.incident"),
        ("timeline.incident.day", 31, None),
        ("timeline.incident.day", True, "timeline.incident.day"),
        ("plus.timeline.notification", {"year": 2024, "month": 0}, "plus.timeline.notification"),
        ("timeline.incident.day", 0, "timeline.incident"),
        ("victim", "CH d’Exemple", "victim"),
        ("victim.country", [1], "victim.country"),
        ("action.malware", ["Ransomware"], "action.malware"),
        ("asset.assets", ["S - Database"], "asset.assets"),
        ("attribute.confidentiality.data_total", 1.5, "attribute.confidentiality.data_total"),
        ("attribute.confidentiality.data_total", -1, "veris.data_total"),
        ("attribute.availability.duration.value", "12", "veris.availability_duration"),
        ("impact.overall_amount", -5, "loss.value"),
        ("plus.hygie", {"threat_class": 7}, "threat_class"),
        ("plus.hygie", {"no_such_field": 7}, "no_such_field"),
    ],
)
def test_a_wrong_field_refuses_the_record_and_is_named(path: str, value: Any, field: str | None) -> None:
    items = read(changed(path, value), load(1))
    (refusal,) = refusals(items)
    assert not refusal.dropped
    assert refusal.finding.file == "records"
    if field is not None:
        assert refusal.finding.field == field
    assert len(of_kind(items, "incident")) == 1


def test_what_is_no_record_is_refused() -> None:
    assert [refusal.ref for refusal in refusals(read(1, "x", {"a": 1}))] == ["record 1", "record 2", "record 3"]


def test_the_reduced_extract_is_refused_record_by_record(shared_data: Path) -> None:
    source = ByteSource.from_path(shared_data / "vcdb_health_sample.jsonl")
    items = list(import_veris(source, OPTIONS))
    assert items
    assert refusals(items) == items
    assert "timeline.incident.year" in {refusal.finding.field for refusal in refusals(items)}


def test_long_ids_stay_apart() -> None:
    long = "x" * 118
    refs = {map_incident({**load(), "incident_id": long + tail})["ref"] for tail in ("a", "b")}
    assert len(refs) == 2


def test_a_cut_file_is_refused() -> None:
    content = FILE.read_bytes()
    with pytest.raises(DocumentError, match="breaks off"):
        list(import_veris(ByteSource(name="records", content=content[: len(content) // 2]), OPTIONS))


def test_a_hundred_records_of_the_community_database_are_taken(shared_data: Path) -> None:
    items = list(import_veris(ByteSource.from_path(shared_data / "vcdb_raw_sample.jsonl"), OPTIONS))
    assert refusals(items) == []
    found = of_kind(items, "incident")
    assert len({record.ref for record in found}) == 100
    sources = {record.ref: record for record in of_kind(items, "source")}
    for record in found:
        check_record("incident", record.data)
        assert record.stamp is not None
        assert set(record.data["evidence"]) <= sources.keys()
    classes = Counter(record.data["threat_class"] for record in found)
    assert classes == {
        "error": 31,
        "intrusion": 27,
        "misuse": 22,
        "physical": 14,
        "ddos": 2,
        "unknown": 2,
        "extortion": 1,
        "social": 1,
    }
    raw = [json.loads(line) for line in (shared_data / "vcdb_raw_sample.jsonl").read_text().splitlines()]
    hospitals = sum(record["victim"]["industry"].startswith("62") for record in raw)
    assert sum(record.data["victim"].get("sector") == "health" for record in found) == hospitals == 30
    assert sum("loss" in record.data for record in found) == 0


@pytest.mark.parametrize("version", ["99.0", "1.2", "2", "1.30"])
def test_a_version_that_is_not_known_is_refused(version: str) -> None:
    (refusal,) = refusals(read(changed("schema_version", version)))
    assert refusal.finding.field == "schema_version"
    assert "1.3 or 1.4" in refusal.finding.render()
