"""MISP events: what each part becomes, with PyMISP as the writer of the events."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from pymisp import MISPEvent

from hygie.core.errors import DocumentError
from hygie.core.evidence import TLP
from hygie.knowledge.importers import misp_events
from hygie.knowledge.importers.misp import import_misp
from hygie.knowledge.kinds import IntelRecord
from hygie.store.byte_sources import ByteSource
from misp_kit import (
    DATA,
    EDITED,
    OPTIONS,
    dump_event,
    main_record,
    make_event,
    make_object,
    make_uuid,
    pick,
    read_content,
    read_event,
    refusals,
)

LOCKBIT = 'misp-galaxy:ransomware="LockBit"'
FIN7 = 'misp-galaxy:mitre-intrusion-set="FIN7 - G0046"'
PHISHING = 'misp-galaxy:mitre-attack-pattern="Spearphishing Attachment - T1566.001"'


def make_incident(**fields: Any) -> MISPEvent:
    event = make_event(
        info="Ransomware at a hospital",
        tags=["tlp:amber", 'ecsirt:malicious-code="ransomware"', FIN7, PHISHING],
        **fields,
    )
    event.add_object(make_object("victim", name="Centre hospitalier d’Exemple", sectors="healthcare", regions="France"))
    event.add_attribute("vulnerability", "CVE-2024-3400", category="External analysis")
    return event


def test_incident_with_its_victim_actor_technique_and_vulnerability() -> None:
    records = read_event(make_incident())
    (incident,) = pick(records, "incident")
    (source,) = pick(records, "source")
    assert incident.ref == f"misp-{make_uuid(1)}"
    assert incident.data == {
        "ref": incident.ref,
        "evidence": [source.ref],
        "started_on": "2026-03-01",
        "date_precision": "day",
        "date_basis": "attack",
        "published_on": "2026-03-01",
        "victim": {"name": "Centre hospitalier d’Exemple", "kind": "organisation", "country": "FR", "sector": "health"},
        "threat_class": "ransomware",
        "actor": {"name": "fin7", "confidence": "low"},
        "techniques": ["T1566.001"],
        "ids": [{"catalogue": "MISP", "id": make_uuid(1)}],
        "title": "Ransomware at a hospital",
    }
    assert (incident.tlp, incident.stamp, incident.document_format) == (TLP.AMBER, "2026-03-01T00:00:00Z", "misp")
    assert source.data["publisher"] == "CERT Exemple"
    assert source.data["read_on"] == "2026-11-23"
    assert [record.ref for record in pick(records, "vulnerability")] == ["CVE-2024-3400"]
    links = pick(records, "relationship")
    assert {(link.data["type"], link.data["target_kind"], link.data["target"]) for link in links} == {
        ("attributed-to", "actor", "G0046"),
        ("uses", "technique", "T1566.001"),
        ("exploits", "vulnerability", "CVE-2024-3400"),
    }
    assert all(link.tlp is TLP.AMBER and link.data["source"] == incident.ref for link in links)


def test_recorded_answer_of_a_server_is_read() -> None:
    items = read_content((DATA / "rest_search.json").read_bytes())
    assert refusals(items) == []
    (incident,) = pick(items, "incident")
    assert incident.data["started_on"] == "2026-02-27"
    assert incident.data["victim"]["name"] == "Centre hospitalier d’Exemple"
    assert [record.name for record in pick(items, "software")] == ["LockBit"]
    # The deleted attribute is not a fact.
    assert [record.ref for record in pick(items, "vulnerability")] == ["CVE-2024-3400"]
    text = json.dumps(incident.document)
    assert "someone@cert.example.org" not in text
    assert "An event of others" not in text


def test_report_on_malware_is_no_incident() -> None:
    # As the OSINT feed of CIRCL tags its reports on samples.
    event = make_event(
        info="OSINT - a ransomware",
        tags=[
            "tlp:white",
            'circl:incident-classification="malware"',
            'malware_classification:malware-category="Ransomware"',
        ],
    )
    event.add_attribute("sha256", "b3c4ae251f8094fa15b510051835c657eaef2a6cea46075d3aec964b14a99f68")
    record = main_record(read_event(event))
    assert (record.kind, record.data["type"], record.tlp) == ("other", "misp-event", TLP.CLEAR)
    assert record.document is not None
    assert record.document["Attribute"][0]["value"].startswith("b3c4ae25")


def test_report_speaks_of_actors_without_accusing() -> None:
    records = read_event(make_event(tags=["tlp:green", FIN7]))
    assert [link.data["type"] for link in pick(records, "relationship")] == ["refers-to"]


@pytest.mark.parametrize(
    ("tags", "objects", "kind"),
    [
        (['incident-disposition:incident="confirmed"'], [], "incident"),
        (['veris:action:malware:variety="Ransomware"'], [], "incident"),
        ([], [("incident", {"name": "x", "incident_type": "ransomware"})], "incident"),
        ([LOCKBIT], [("victim", {"name": "CH"})], "incident"),
        ([], [("victim", {"name": "CH"}), ("ransom-negotiation", {"currency": "EUR"})], "incident"),
        # A victim alone does not say what befell it.
        ([], [("victim", {"name": "CH"})], "other"),
        ([LOCKBIT], [("victim", {"name": "CH"}), ("victim", {"name": "CHU"})], "other"),
        ([LOCKBIT, 'exercise:generic="red-teaming"'], [("victim", {"name": "CH"})], "other"),
        ([LOCKBIT, 'incident-disposition:not-an-incident="refuted"'], [("victim", {"name": "CH"})], "other"),
        ([], [("incident", {"name": "x", "determination": "failed-attempt"})], "other"),
        ([LOCKBIT], [], "other"),
    ],
)
def test_what_makes_an_incident(tags: list[str], objects: list[tuple[str, dict[str, str]]], kind: str) -> None:
    event = make_event(tags=tags)
    for name, values in objects:
        event.add_object(make_object(name, **values))
    assert main_record(read_event(event)).kind == kind


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('enisa:nefarious-activity-abuse="ransomware"', "ransomware"),
        ('circl:incident-classification="denial-of-service"', "ddos"),
        ('rsit:availability="ddos"', "ddos"),
        ('circl:incident-classification="system-compromise"', "intrusion"),
        ('veris:action:social:variety="Extortion"', "extortion"),
        ('circl:incident-classification="phishing"', "unknown"),
        ('circl:incident-classification="information-leak"', "unknown"),
    ],
)
def test_threat_class_follows_the_taxonomy(tag: str, expected: str) -> None:
    event = make_event(tags=[tag])
    event.add_object(make_object("victim", name="CH"))
    assert main_record(read_event(event)).data["threat_class"] == expected


def test_news_item_dates_the_news() -> None:
    event = make_incident()
    event.add_tag('osint:source-type="news-report"')
    assert main_record(read_event(event)).data["date_basis"] == "disclosure"


def test_several_actors_are_no_attribution() -> None:
    event = make_incident()
    event.add_attribute("threat-actor", "Vice Society", category="Attribution")
    records = read_event(event)
    assert main_record(records).data["actor"] == {"name": "unknown", "confidence": "none"}
    assert len([link for link in pick(records, "relationship") if link.data["type"] == "attributed-to"]) == 2


def test_unpublished_event_is_kept_and_noted() -> None:
    records = read_event(make_event(published=False))
    (source,) = pick(records, "source")
    assert "not published this event yet" in source.data["derived"]["en"]
    assert "derived" not in pick(read_event(make_event()), "source")[0].data
    assert main_record(records).document is not None


def test_deleted_parts_are_no_facts() -> None:
    event = make_incident()
    for attribute in event.attributes:
        attribute.delete()
    event.objects[0].delete()
    records = read_event(event)
    assert main_record(records).kind == "other"
    assert pick(records, "vulnerability") == []


def test_file_contents_are_not_kept() -> None:
    event = make_event()
    event.add_attribute("attachment", "note.txt", category="Payload delivery", data="c2VjcmV0IGJ5dGVz")
    document = main_record(read_event(event)).document
    assert document is not None
    assert document["Attribute"][0]["value"] == "note.txt"
    assert "data" not in document["Attribute"][0]


def test_large_document_keeps_its_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(misp_events, "MAX_DOCUMENT_BYTES", 2000)
    event = make_event(info="many addresses")
    for number in range(50):
        event.add_attribute("ip-dst", f"192.0.2.{number}", category="Network activity")
    document = main_record(read_event(event)).document
    assert document is not None
    assert document["left_out"] == {"Attribute": 50}
    assert document["info"] == "many addresses"
    assert "Attribute" not in document


@pytest.mark.parametrize("wrap", [1, 2, 3, 4, 5, 6])
def test_events_are_found_in_every_wrapping(wrap: int) -> None:
    event = dump_event(make_event())
    content: Any = {
        1: {"Event": event},
        2: {"response": [{"Event": event}]},
        3: [{"Event": event}],
        4: [event],
        5: event,
        6: {"response": {"Event": event}},
    }[wrap]
    assert main_record(read_content(content)).ref == f"misp-{make_uuid(1)}"


@pytest.mark.parametrize("content", [{"response": []}, []])
def test_answer_without_events_is_empty(content: Any) -> None:
    assert read_content(content) == []


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b'{"objects": []}', "there is no MISP event"),
        (b"{}", "there is no MISP event"),
        (b'"text"', "there is no MISP event"),
        (b'{"response": [{"Event": {"uuid": "5c06', "breaks off before its end"),
        (b'{"Event": {"uuid": NaN}}', "JSON validator"),
        (b"", "is empty"),
    ],
)
def test_document_that_is_no_misp_is_refused(content: bytes, match: str) -> None:
    with pytest.raises(DocumentError, match=match):
        read_content(content)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"uuid": None}, "the event has no uuid"),
        ({"uuid": "../../x"}, "the event has no uuid"),
        ({"date": "01/03/2026"}, "this is not a date"),
        ({"date": "2026-02-30"}, "this is not a date"),
        ({"timestamp": "soon"}, "this is not an instant"),
        ({"timestamp": "9" * 30}, "this is not an instant"),
        ({"info": 7}, "this is not a text"),
        ({"Attribute": {"a": 1}}, "this is not a list of objects"),
        ({"Tag": ["tlp:red"]}, "this is not a list of objects"),
    ],
)
def test_bad_event_is_refused_and_the_others_are_taken(changes: dict[str, Any], match: str) -> None:
    bad = {**dump_event(make_event(1)), **changes}
    items = read_content([{"Event": bad}, "no event", {"Event": dump_event(make_event(2))}])
    first, second = refusals(items)
    assert match in first.finding.message
    assert first.finding.file == "events.json"
    assert "this is not an event" in second.finding.message
    assert main_record(items).ref == f"misp-{make_uuid(2)}"


def test_events_come_one_at_a_time() -> None:
    # The last event breaks off, far behind the first: that one was read before.
    event = json.dumps({"Event": {**dump_event(make_event()), "comment": "x" * 50_000}})
    content = f'{{"response": [{", ".join([event] * 10)}, {{"Event": {{'
    items = import_misp(ByteSource(name="events.json", content=content.encode()), OPTIONS)
    assert isinstance(next(items), IntelRecord)
    with pytest.raises(DocumentError, match="breaks off"):
        list(items)


def test_reading_twice_gives_the_same_records() -> None:
    event = dump_event(make_incident())
    assert [record.digest for record in read_event(event)] == [record.digest for record in read_event(event)]


WEIRD: list[Any] = [None, True, -1, " ", "\x00", "é" * 5000, {}, [None], [{}]]


def test_hostile_values_never_break_the_reader() -> None:
    event = json.loads((DATA / "rest_search.json").read_text(encoding="utf-8"))["response"][0]["Event"]
    event["Object"] = [json.loads(make_object("victim", name="CH").to_json())]
    taken = refused = 0
    for path in _paths(event):
        for value in WEIRD:
            changed = copy.deepcopy(event)
            _set(changed, path, value)
            items = read_content({"Event": changed})
            assert items, (path, value)
            for item in items:
                if isinstance(item, IntelRecord):
                    item.facts()
            taken += bool(pick(items, "source"))
            refused += not pick(items, "source")
    assert taken > 500
    assert refused > 30


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        found += _paths(inner, (*path, key))
    return found


def _set(value: Any, path: tuple[Any, ...], new: Any) -> None:
    for key in path[:-1]:
        value = value[key]
    value[path[-1]] = new


def test_stamp_is_the_last_edit() -> None:
    assert main_record(read_event(make_event(edited=EDITED + 3661))).stamp == "2026-03-01T01:01:01Z"
    event = dump_event(make_event())
    del event["timestamp"]
    assert main_record(read_event(event)).stamp is None
