"""hygie → STIX → hygie keeps every field of every kind, whatever it says."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from hygie.core.evidence import TLP
from hygie.knowledge.exporters.stix import StixExport, export_stix
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.importers.stix import import_stix
from hygie.knowledge.kinds import IntelRecord
from hygie.knowledge.markings import judge_tlp
from hygie.store.byte_sources import ByteSource

OPTIONS = ImportOptions(received_on=date(2026, 1, 2))
PRODUCED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

# U+0000 and halves of surrogate pairs are refused on the way in.
characters = st.characters(exclude_categories=["Cs"], exclude_characters="\0")
texts = st.text(characters, min_size=1, max_size=20).filter(lambda text: text.strip())
refs = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
numbers = st.floats(min_value=0, max_value=1e15, allow_nan=False) | st.integers(0, 2**53).map(float)
counts = st.integers(0, 2**63 - 1)
shares = st.floats(0, 1)
days = st.dates(date(1000, 1, 1)).map(date.isoformat)
dates = days | days.map(lambda day: day[:7]) | days.map(lambda day: day[:4])
words = st.fixed_dictionaries({"en": texts, "fr": texts})
windows = st.lists(days, min_size=2, max_size=2).map(
    lambda pair: dict(zip(("start", "end"), sorted(pair), strict=True))
)
attack_ids = st.sampled_from(["T1566", "T1566.001", "T0800", "TA0001", "M1017", "G0032", "S0002", "C0001"])
stix_ids = st.uuids(version=4).map(lambda uuid: f"identity--{uuid}")
instants = st.datetimes(datetime(1000, 1, 1)).map(lambda at: f"{at.isoformat(timespec='microseconds')}Z")
addresses = st.sampled_from(
    ["https://example.org/a", "http://example.org/b?c=d#e", "ftp://example.org", "not an address"]
)


def facts(required: dict[str, Any], optional: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(required, optional=optional)


def lists(items: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(items, min_size=1, max_size=3, unique_by=repr)


money = facts({"value": numbers, "unit": st.just("EUR")}, {"note": words})
veris_terms = st.lists(texts, max_size=2)
victims = facts(
    {"name": texts, "kind": texts},
    {
        "town": texts,
        "department": texts,
        "region": texts,
        "country": st.sampled_from(["FR", "BE"]),
        "sector": refs,
        "employees": texts,
    },
)
activity = facts(
    {"from": dates, "state": shares, "evidence": st.lists(refs, max_size=2)},
    {"method": st.sampled_from(["observed", "published", "fitted", "elicited", "assumed"])},
)

FACTS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "incident": facts(
        {
            "ref": refs,
            "evidence": lists(refs),
            "started_on": dates,
            "date_precision": st.sampled_from(["day", "week", "month", "year"]),
            "victim": victims,
            "threat_class": refs | st.sampled_from(["ransomware", "ddos", "intrusion", "extortion", "provider", "ot"]),
            "actor": facts({"name": refs, "confidence": st.sampled_from(["high", "medium", "low", "none"])}, {}),
        },
        {
            "census_class": st.sampled_from(["ransomware", "ddos", "other"]),
            "event": refs,
            "disruption": facts(
                {"value": numbers, "unit": st.sampled_from(["h", "d"]), "estimated": st.booleans()}, {}
            ),
            "care_impact": words,
            "ot_effect": words,
            "data_leaked": st.sampled_from(["yes", "no", "claimed", "unknown"]),
            "ransom_demand": money,
            "loss": money,
            "notes": words,
            "date_basis": st.sampled_from(["attack", "discovery", "leak_post", "disclosure"]),
            "discovered_on": dates,
            "published_on": dates,
            "techniques": lists(attack_ids),
            "veris": facts(
                {},
                {
                    "actors": veris_terms,
                    "actions": veris_terms,
                    "data_total": counts,
                    "availability_duration": numbers,
                    "availability_unit": texts,
                },
            ),
            "ids": lists(facts({"catalogue": texts, "id": texts}, {"url": texts | addresses})),
            "title": texts,
            "summary": texts,
        },
    ),
    "count": facts(
        {
            "ref": refs,
            "evidence": lists(refs),
            "threat_class": refs,
            "outcomes": st.lists(st.sampled_from(["theft_only", "workstation", "server"]), max_size=2),
            "count": counts,
            "at_least": st.booleans(),
            "window": windows,
            "population": texts,
            "definition": words,
            "role": st.sampled_from(["level", "check", "nested"]),
            "source_kind": st.sampled_from(["cert_sante", "ministry", "anssi", "press_census", "case_list"]),
            "out_of_scope": st.booleans(),
        },
        {"overlaps": lists(refs), "nested_in": refs},
    ),
    "campaign": facts(
        {"ref": refs},
        {
            "name": words,
            "evidence": lists(refs),
            "threat_class": refs,
            "started_on": dates,
            "ended_on": dates,
            "date_precision": st.sampled_from(["day", "week", "month", "year"]),
            "victims": facts({"named": counts}, {"published": counts}),
            "actor": refs,
            "observation_window": windows,
            "notes": words,
            "summary": texts,
        },
    ),
    "actor": facts(
        {"ref": refs | attack_ids, "name": texts},
        {
            "aliases": lists(texts),
            "attack_ids": lists(attack_ids),
            "misp_uuid": texts,
            "kind": st.sampled_from(["criminal", "hacktivist", "state", "insider", "unknown"]),
            "mode": st.sampled_from(["encrypt", "theft_only", "ddos"]),
            "threat_classes": lists(refs),
            "capability": st.sampled_from(["opportunist", "affiliate", "expert"]),
            "activity": lists(activity),
            "target_sectors": lists(texts),
            "target_countries": lists(texts),
            "origin_country": texts,
            "motives": lists(texts | st.sampled_from(["ideology", "personal-gain"])),
            "first_seen": dates,
            "evidence": lists(refs),
            "description": words,
            "summary": texts,
        },
    ),
    "technique": facts(
        {
            "ref": st.sampled_from(["T1566", "T1566.001", "T0800"]),
            "name": texts,
            "domain": st.sampled_from(["enterprise", "ics", "mobile"]),
        },
        {
            "tactics": lists(texts | st.just("initial-access")),
            "platforms": lists(texts),
            "parent": st.sampled_from(["T1566", "T1567"]),
            "mitigations": lists(attack_ids),
            "evidence": lists(refs),
            "summary": texts,
        },
    ),
    "tactic": facts(
        {"ref": st.just("TA0001"), "name": texts, "domain": st.just("ics"), "shortname": texts}, {"summary": texts}
    ),
    "mitigation": facts(
        {"ref": st.just("M1017"), "name": texts, "domain": st.sampled_from(["enterprise", "ics", "mobile"])},
        {"techniques": lists(attack_ids), "summary": texts},
    ),
    "software": facts(
        {"ref": refs | attack_ids, "name": texts, "kind": st.sampled_from(["malware", "tool", "ransomware"])},
        {
            "aliases": lists(texts),
            "attack_ids": lists(attack_ids),
            "platforms": lists(texts),
            "evidence": lists(refs),
            "summary": texts,
        },
    ),
    "vulnerability": facts(
        {"ref": st.sampled_from(["CVE-2024-12345", "vulnerability--00e7d565-9883-4ee5-b642-8fd17fd6a3f5"])},
        {
            "name": texts | st.just("CVE-2020-0001"),
            "vendor": texts,
            "product": texts,
            "cwes": lists(texts | st.just("CWE-79")),
            "exploited_since": dates,
            "due_on": dates,
            "ransomware_use": st.sampled_from(["known", "unknown"]),
            "epss": shares,
            "epss_percentile": shares,
            "epss_on": dates,
            "epss_model": texts,
            "evidence": lists(refs),
            "summary": texts,
        },
    ),
    "identity": facts(
        {
            "ref": refs | stix_ids,
            "name": texts,
            "kind": st.sampled_from(
                ["individual", "group", "system", "organization", "class", "sector", "country", "location", "unknown"]
            ),
        },
        {
            "sectors": lists(texts | st.just("healthcare")),
            "country": texts | st.sampled_from(["FR", "BE"]),
            "aliases": lists(texts),
            "summary": texts,
        },
    ),
    "source": facts(
        {
            "ref": refs,
            "source": texts | addresses,
            "statement": texts,
            "title": words,
            "publisher": texts,
            "read_on": dates,
            "reliability": st.sampled_from("ABCDEF"),
            "credibility": st.integers(1, 6),
            "tlp": st.sampled_from([level.value for level in TLP]),
            "licence": texts,
        },
        {"published_on": dates, "derived": words},
    ),
    "other": facts({"ref": refs, "type": texts}, {"name": texts}),
}
# Both ends exist in every export of these tests.
ENDS = (
    IntelRecord(kind="actor", ref="end-a", name="A", data={"ref": "end-a", "name": "A"}),
    IntelRecord(kind="software", ref="end-b", name="B", data={"ref": "end-b", "name": "B", "kind": "tool"}),
)
FACTS["relationship"] = facts(
    {
        "ref": refs,
        "type": texts | st.just("uses"),
        "source": st.just("end-a") | stix_ids,
        "target": st.just("end-b"),
    },
    {
        "source_kind": st.just("actor"),
        "target_kind": st.just("software"),
        "started_on": dates,
        "ended_on": dates,
        "evidence": lists(refs),
        "summary": texts,
    },
)


@st.composite
def draw_records(draw: st.DrawFn, kind: str) -> IntelRecord:
    data = draw(FACTS[kind])
    tlp = draw(st.none() | st.sampled_from(list(TLP)))
    if kind == "source":
        # A source is marked as its facts say.
        tlp = TLP(data["tlp"])
    pap = draw(st.none() | st.sampled_from(["clear", "green", "amber", "red"]))
    name = draw(texts | st.just(str(data.get("name", data["ref"])) or "x"))
    stamp = draw(st.none() | instants)
    record = IntelRecord(kind=kind, ref=data["ref"], name=name, data=data, tlp=tlp, pap=pap, stamp=stamp)
    record.facts()
    return record


def write(records: Iterable[IntelRecord]) -> StixExport:
    return export_stix(records, ceiling=TLP.RED, produced_at=PRODUCED_AT)


def read(content: bytes) -> list[ImportItem]:
    return list(import_stix(ByteSource(name="bundle.json", content=content), OPTIONS))


def say(record: IntelRecord) -> tuple[Any, ...]:
    return (record.kind, record.ref, record.name, dict(record.data), record.tlp, record.pap, record.stamp)


@pytest.mark.parametrize("kind", sorted(FACTS))
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_field_comes_back(kind: str, data: st.DataObject) -> None:
    record = data.draw(draw_records(kind))
    items = read(b"".join(write([*ENDS, record])))
    assert [item for item in items if isinstance(item, Refusal)] == []
    found = [say(item) for item in items if isinstance(item, IntelRecord)]
    assert found == [*map(say, ENDS), say(record)]


@pytest.mark.parametrize("kind", sorted(FACTS))
@settings(max_examples=10, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_bundle_read_and_written_again_is_the_same_bundle(kind: str, data: st.DataObject) -> None:
    record = data.draw(draw_records(kind))
    first = b"".join(write([*ENDS, record]))
    again = [item for item in read(first) if isinstance(item, IntelRecord)]
    second = b"".join(write(again))
    assert json.loads(second)["objects"] == json.loads(first)["objects"]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
SOUND: list[dict[str, Any]] = [
    {
        "type": type_,
        "spec_version": "2.1",
        "id": f"{type_}--00e7d565-9883-4ee5-b642-8fd17fd6a3f5",
        "created": "2024-01-01T00:00:00Z",
        "modified": "2024-01-01T00:00:00Z",
        "name": "N",
        **more,
    }
    for type_, more in {
        "attack-pattern": {
            "external_references": [{"source_name": "mitre-attack", "external_id": "T1566", "url": "https://a.b"}],
            "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "initial-access"}],
            "x_mitre_platforms": ["Windows"],
            "x_mitre_domains": ["enterprise-attack"],
        },
        "intrusion-set": {"aliases": ["N", "M"], "first_seen": "2020-01-01T00:00:00Z", "primary_motivation": "x"},
        "malware": {"malware_types": ["ransomware"], "labels": ["tlp:red"], "revoked": False},
        "incident": {
            "extensions": {"extension-definition--ef765651-680c-498d-9894-99799f2fa126": {"incident_types": ["ddos"]}}
        },
        "relationship": {
            "relationship_type": "uses",
            "source_ref": "incident--00e7d565-9883-4ee5-b642-8fd17fd6a3f5",
            "target_ref": "malware--00e7d565-9883-4ee5-b642-8fd17fd6a3f5",
            "confidence": 50,
        },
        "sighting": {"sighting_of_ref": "malware--00e7d565-9883-4ee5-b642-8fd17fd6a3f5", "where_sighted_refs": []},
        "location": {"country": "FR", "city": "Paris"},
        "identity": {"identity_class": "class", "sectors": ["healthcare"], "x_opencti_type": "Sector"},
        "report": {"published": "2024-01-01T00:00:00Z", "object_refs": []},
        "vulnerability": {"external_references": [{"source_name": "cve", "external_id": "CVE-2024-12345"}]},
        "campaign": {"last_seen": "2020-01-01T00:00:00Z", "object_marking_refs": ["marking-definition--x"]},
        "marking-definition": {"definition_type": "tlp", "definition": {"tlp": "amber"}},
        "x-mitre-collection": {
            "x_mitre_version": "1",
            "created_by_ref": "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5",
        },
        "x-mitre-matrix": {
            "tactic_refs": [],
            "x_mitre_domains": ["ics-attack"],
            "created_by_ref": "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5",
        },
        "x-hygie-record": {"record_kind": "other", "facts": {"ref": "x", "type": "y"}, "empty_lists": ["/a/0"]},
        "tool": {
            "extensions": {
                "extension-definition--c3504fe0-bba2-5ed9-9838-0fd3d1291b7a": {
                    "record_kind": "tool",
                    "facts": {"platforms": [{}]},
                    "empty_lists": ["/platforms/0/x"],
                }
            }
        },
    }.items()
]


@st.composite
def draw_damaged(draw: st.DrawFn) -> dict[str, Any]:
    found = json.loads(json.dumps(draw(st.sampled_from(SOUND))))
    for _ in range(draw(st.integers(1, 2))):
        holder: Any = found
        while isinstance(holder, (dict, list)) and holder:
            key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else list(range(len(holder)))))
            if not isinstance(holder[key], (dict, list)) or draw(st.booleans()):
                holder[key] = draw(json_values)
                break
            holder = holder[key]
    return found


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(found=draw_damaged())
@example(found={**SOUND[0], "external_references": [{"source_name": ["x"], "external_id": {}}]})
def test_a_damaged_object_is_refused_or_taken_and_then_leaves_again(found: dict[str, Any]) -> None:
    items = read(json.dumps({"type": "bundle", "objects": [found, *SOUND]}).encode())
    records = [item for item in items if isinstance(item, IntelRecord)]
    for item in items:
        if isinstance(item, Refusal):
            assert item.ref
            assert item.finding.field
    for record in records:
        record.facts()
    again = [item for item in read(b"".join(write(records))) if isinstance(item, IntelRecord)]
    assert {(item.kind, item.ref) for item in again} >= {
        (item.kind, item.ref) for item in records if item.kind not in ("relationship", "source")
    }


@st.composite
def draw_base(draw: st.DrawFn) -> list[IntelRecord]:
    """Records that name each other in every way that the model knows, each recognisable by its own word."""
    levels = st.none() | st.sampled_from(list(TLP))
    numbers = range(4)

    def mark(kind: Any, number: int, /, **data: Any) -> IntelRecord:
        ref = f"{kind}word{number}x"
        return IntelRecord(kind=kind, ref=ref, name=ref.upper(), data={"ref": ref, **data}, tlp=draw(levels))

    def some(kind: str) -> list[str]:
        return [f"{kind}word{number}x" for number in draw(st.lists(st.sampled_from(numbers), min_size=1, unique=True))]

    title = {"en": "t", "fr": "t"}
    records = []
    for number in numbers:
        fixed = {"statement": "s", "title": title, "publisher": some("identity")[0].upper(), "read_on": "2024"}
        graded = {"reliability": "F", "credibility": 6, "tlp": "clear", "licence": "x"}
        address = f"https://example.org/sourceword{number}x"
        records.append(mark("source", number, source=address, **fixed, **graded))
        records.append(mark("actor", number, name=f"ACTORWORD{number}X", evidence=some("source")))
        records.append(mark("identity", number, name=f"IDENTITYWORD{number}X", kind="unknown"))
        victim = {"name": some("identity")[0].upper(), "kind": "x"}
        actor = {"name": some("actor")[0], "confidence": "low"}
        told = {"started_on": "2024", "date_precision": "year", "threat_class": "ddos"}
        event = {"event": some("campaign")[0]}
        records.append(mark("incident", number, evidence=some("source"), victim=victim, actor=actor, **told, **event))
        records.append(mark("campaign", number, actor=some("actor")[0], evidence=some("source")))
        ends = {"source": some("actor")[0], "target": some("campaign")[0]}
        records.append(mark("relationship", number, type="uses", **ends, evidence=some("source")))
        noted = [
            f"identity--{at:08d}-0000-4000-8000-000000000000" for at in draw(st.lists(st.integers(0, 3), min_size=1))
        ]
        identity = {"type": "identity", "id": f"identity--{number:08d}-0000-4000-8000-000000000000", "name": "N"}
        note = {"type": "note", "id": f"note--{number:08d}-0000-4000-8000-000000000000", "object_refs": noted}
        for found in (identity, {**note, "created_by_ref": noted[0], "content": "c"}):
            found |= {
                "spec_version": "2.1",
                "created": "2024-01-01T00:00:00.000Z",
                "modified": "2024-01-01T00:00:00.000Z",
            }
            items = [item for item in read(json.dumps([found]).encode()) if isinstance(item, IntelRecord)]
            records += [dataclasses.replace(item, tlp=draw(levels)) for item in items]
    return draw(st.permutations(records))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(records=draw_base(), ceiling=st.sampled_from(list(TLP)))
def test_no_word_of_what_stays_is_in_the_bundle(records: list[IntelRecord], ceiling: TLP) -> None:
    export = export_stix(records, ceiling=ceiling, produced_at=PRODUCED_AT)
    content = b"".join(export).decode().casefold()
    order = list(TLP)
    above = {(r.kind, r.ref) for r in records if order.index(judge_tlp(r)) > order.index(ceiling)}
    held = {(item.kind, item.ref) for item in export.report.held_back}
    assert above <= held
    for _, ref in held:
        assert ref.casefold() not in content
    # What left is sound, and is all that was not held back.
    items = read(b"".join(export))
    assert [item for item in items if isinstance(item, Refusal)] == []
    left = {(item.kind, item.ref) for item in items if isinstance(item, IntelRecord)}
    assert left == {(r.kind, r.ref) for r in records} - held
