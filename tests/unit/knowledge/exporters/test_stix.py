"""STIX 2.1 export: what leaves and what stays, objects that others can read, edits, and stable bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import stix2
import stix2validator

from hygie.core.errors import SchemaError
from hygie.core.evidence import TLP, derive_evidence_id
from hygie.knowledge.exporters.stix import StixExport, export_stix
from hygie.knowledge.importers.protocol import ImportOptions
from hygie.knowledge.importers.stix import import_stix
from hygie.knowledge.kinds import IntelRecord
from hygie.store.byte_sources import ByteSource

PRODUCED_AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
OPTIONS = ImportOptions(received_on=date(2026, 1, 2))
CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
FACTS = "extension-definition--c3504fe0-bba2-5ed9-9838-0fd3d1291b7a"
UUID = "00e7d565-9883-4ee5-b642-8fd17fd6a3f5"
RED_MARK = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
STIX_DATA = Path(__file__).parents[3] / "data" / "stix"
# 103 asks for random ids, 302 for a hash of each linked page: ids are derived on purpose, pages are not kept.
STRICT = stix2validator.ValidationOptions(version="2.1", strict=True, disabled="103,302")


def write(records: Iterable[IntelRecord], *, ceiling: TLP = TLP.RED, **options: Any) -> StixExport:
    return export_stix(records, ceiling=ceiling, produced_at=PRODUCED_AT, **options)


def list_objects(export: StixExport) -> dict[str, dict[str, Any]]:
    return {found["id"]: found for found in json.loads(b"".join(export)).get("objects", [])}


def write_one(record: IntelRecord, *others: IntelRecord, **options: Any) -> dict[str, Any]:
    """The STIX object of one record."""
    found = list(list_objects(write([*others, record], **options)).values())
    return found[-1]


def read(content: bytes) -> dict[tuple[str, str], IntelRecord]:
    items = import_stix(ByteSource(name="bundle.json", content=content), OPTIONS)
    return {(item.kind, item.ref): item for item in items if isinstance(item, IntelRecord)}


def make(kind: Any, ref: str, tlp: TLP | None = TLP.CLEAR, /, **data: Any) -> IntelRecord:
    name = data["name"] if isinstance(data.get("name"), str) else ref
    record = IntelRecord(kind=kind, ref=ref, name=name, data={"ref": ref, **data}, tlp=tlp)
    record.facts()
    return record


def cite(ref: str, tlp: TLP = TLP.CLEAR, *, url: str = "https://example.org/source") -> IntelRecord:
    data = {
        "ref": ref,
        "source": url,
        "statement": "s",
        "title": {"en": "T", "fr": "T"},
        "publisher": "P",
        "read_on": "2026",
        "reliability": "B",
        "credibility": 2,
        "tlp": tlp.value,
        "licence": "facts-only",
    }
    return IntelRecord(kind="source", ref=ref, name="T", data=data, tlp=tlp)


def report_incident(ref: str = "inc-1", tlp: TLP | None = TLP.CLEAR, **data: Any) -> IntelRecord:
    facts = {
        "evidence": ["src-1"],
        "started_on": "2024-03-04",
        "date_precision": "day",
        "victim": {"name": "Somewhere Hospital", "kind": "ch", "town": "Somewhere", "country": "FR"},
        "threat_class": "ransomware",
        "actor": {"name": "gang", "confidence": "high"},
        **data,
    }
    return make("incident", ref, tlp, **facts)


def stix_id(type_: str, number: int = 0) -> str:
    return f"{type_}--{number:08x}{UUID[8:]}"


def take(type_: str, number: int = 0, tlp: TLP | None = TLP.CLEAR, **fields: Any) -> IntelRecord:
    """A record that came as this STIX object."""
    document = {
        "type": type_,
        "spec_version": "2.1",
        "id": stix_id(type_, number),
        "created": "2024-01-01T00:00:00.000Z",
        "modified": "2024-05-06T07:08:09.000Z",
        "name": "N",
        **fields,
    }
    records = read(json.dumps({"type": "bundle", "objects": [document]}).encode())
    record = next(item for item in records.values() if item.document is not None)
    return record if record.tlp is not None else replace(record, tlp=tlp)


# The ceiling


@pytest.mark.parametrize("ceiling", list(TLP))
@pytest.mark.parametrize("level", list(TLP))
def test_nothing_above_the_ceiling_leaves(ceiling: TLP, level: TLP) -> None:
    order = list(TLP)
    export = write([make("actor", "a", level, name="A")], ceiling=ceiling)
    passes = order.index(level) <= order.index(ceiling)
    assert (b'"A"' in b"".join(export)) is passes
    assert [held.ref for held in export.report.held_back] == ([] if passes else ["a"])
    if not passes:
        assert export.report.held_back[0].reason == f"TLP:{level.upper()}, above TLP:{ceiling.upper()}"


def test_what_carries_no_marking_counts_as_amber_unless_told_otherwise() -> None:
    record = make("actor", "a", None, name="A")
    assert write([record], ceiling=TLP.GREEN).report.held_back[0].reason == "no TLP, above TLP:GREEN"
    assert write([record], ceiling=TLP.AMBER).report.exported == {"actor": 1}
    assert write([record], ceiling=TLP.GREEN, unmarked=TLP.CLEAR).report.exported == {"actor": 1}
    assert "object_marking_refs" not in write_one(record)


def test_definitions_leave_unless_they_are_marked() -> None:
    statement = take("marking-definition", 1, None, definition_type="statement", definition={"statement": "(c)"})
    extension = take("extension-definition", 2, None, schema="x", version="1", extension_types=["new-sdo"])
    secret = take("extension-definition", 3, TLP.RED, schema="x", version="1", extension_types=["new-sdo"])
    export = write([statement, extension, secret], ceiling=TLP.CLEAR)
    assert set(list_objects(export)) == {statement.ref, extension.ref}
    assert [held.ref for held in export.report.held_back] == [secret.ref]


def test_the_level_of_a_source_is_also_among_its_facts() -> None:
    source = replace(cite("src-1", TLP.RED), tlp=None)
    assert write([source], ceiling=TLP.AMBER).report.exported == {}
    assert write_one(source)["object_marking_refs"] == [RED_MARK]


def test_permitted_actions() -> None:
    records = [
        replace(make("actor", "a", name="A"), pap="red"),
        replace(make("actor", "b", name="B"), pap="green"),
        make("actor", "c", name="C"),
    ]
    export = write(records, max_pap="green")
    assert [held.reason for held in export.report.held_back] == ["PAP:RED, above PAP:GREEN"]
    assert export.report.exported == {"actor": 2}


# What leads to what stays


def test_relationships_to_what_stays_stay() -> None:
    secret, tool = make("actor", "secret", TLP.RED, name="S"), make("software", "t", name="T", kind="tool")
    built = make("relationship", "r-1", type="uses", source="secret", target="t", source_kind="actor")
    without_kind = make("relationship", "r-2", type="uses", source="t", target="secret")
    export = write([built, without_kind, secret, tool], ceiling=TLP.CLEAR)
    assert export.report.exported == {"software": 1}
    assert {held.ref: held.reason for held in export.report.held_back} == {
        "secret": "TLP:RED, above TLP:CLEAR",
        "r-1": "one of its ends stays behind",
        "r-2": "one of its ends stays behind",
    }


def test_what_rests_on_what_stays_is_found_through_a_chain() -> None:
    secret = take("intrusion-set", 1, TLP.RED)
    link = take(
        "relationship",
        2,
        source_ref=stix_id("intrusion-set", 1),
        target_ref=stix_id("tool", 3),
        relationship_type="uses",
    )
    about_link = take("note", 4, content="c", object_refs=[stix_id("relationship", 2)])
    about_note = take("opinion", 5, opinion="agree", object_refs=[stix_id("note", 4)])
    about_both = take("grouping", 6, context="x", object_refs=[stix_id("note", 4), stix_id("tool", 3)])
    export = write([about_note, about_link, about_both, link, take("tool", 3), secret], ceiling=TLP.GREEN)
    objects = list_objects(export)
    assert {held.ref for held in export.report.held_back} == {
        item.ref for item in (secret, link, about_link, about_note)
    }
    assert objects[about_both.ref]["object_refs"] == [stix_id("tool", 3)]
    assert objects[about_both.ref]["modified"] == "2024-05-06T07:08:09.000Z"
    assert export.report.removed == 1


def test_references_in_a_document_are_taken_out() -> None:
    creator = take("identity", 1, TLP.RED, name="Confidential Partner")
    malware = take(
        "malware",
        2,
        is_family=True,
        created_by_ref=creator.ref,
        x_list=[{"object_ref": creator.ref, "since": 1}, {"object_ref": stix_id("tool", 9)}, creator.ref],
        x_deep={"inner": {"someone_ref": creator.ref}, "kept": 1},
    )
    found = write_one(malware, creator, ceiling=TLP.GREEN)
    assert "created_by_ref" not in found
    assert found["x_list"] == [{"object_ref": stix_id("tool", 9)}]
    assert found["x_deep"] == {"kept": 1}


def test_sources_that_stay_leave_no_trace() -> None:
    url = "https://example.org/secret-report"
    references = [{"source_name": "Open", "url": "https://example.org/open"}, {"source_name": "Partner", "url": url}]
    tool = take("tool", 1, external_references=references)
    secret = cite(str(derive_evidence_id(url, "cited")), TLP.RED, url=url)
    actor = make("actor", "a", name="A", evidence=[secret.ref], activity=[])
    activity = [{"from": "2024", "state": 1.0, "evidence": [secret.ref, "src-1"]}]
    active = make("actor", "b", name="B", activity=activity)
    rests_on_it = report_incident("inc-2", evidence=[secret.ref])
    incident = report_incident(evidence=[secret.ref, "src-1"])
    export = write([tool, actor, active, incident, rests_on_it, cite("src-1"), secret], ceiling=TLP.CLEAR)
    content = b"".join(export)
    assert secret.ref.encode() not in content
    assert b"secret-report" not in content
    assert b"Partner" not in content
    assert {held.ref: held.reason for held in export.report.held_back} == {
        secret.ref: "TLP:RED, above TLP:CLEAR",
        "inc-2": "all its sources stay behind",
    }
    back = read(content)
    assert back["incident", "inc-1"].data["evidence"] == ["src-1"]
    assert back["actor", "b"].data["activity"][0]["evidence"] == ["src-1"]
    assert "evidence" not in back["actor", "a"].data


def test_names_of_what_stays_are_blanked() -> None:
    actor = make("actor", "intrusion-set-1", TLP.RED, name="Sécret Gang", aliases=["The Gang"])
    victim = make("identity", "id-1", TLP.RED, name="Somewhere Hospital", kind="organization")
    incident = report_incident(actor={"name": "the-gang", "confidence": "high"})
    incident = replace(incident, name="Somewhere Hospital")
    campaign = make("campaign", "c-1", actor="secret-gang", threat_class="ddos")
    counted = make(
        "count",
        "n-1",
        evidence=["src-1"],
        threat_class="ddos",
        outcomes=[],
        count=3,
        at_least=False,
        window={"start": "2024-01-01", "end": "2024-12-31"},
        population="p",
        definition={"en": "d", "fr": "d"},
        role="level",
        source_kind="anssi",
        out_of_scope=False,
        actors=["secret-gang", "other"],
    )
    export = write([incident, campaign, counted, cite("src-1"), actor, victim], ceiling=TLP.GREEN)
    content = b"".join(export)
    for word in (b"gang", b"Gang", b"Somewhere"):
        assert word not in content
    back = read(content)
    assert back["incident", "inc-1"].data["victim"] == {"name": "withheld", "kind": "ch", "country": "FR"}
    assert back["incident", "inc-1"].data["actor"] == {"name": "unknown", "confidence": "none"}
    assert "actor" not in back["campaign", "c-1"].data
    assert back["count", "n-1"].data["actors"] == ["other"]
    assert back["count", "n-1"].data["outcomes"] == []


def test_a_text_that_names_what_stays_keeps_its_record_back() -> None:
    victim = make("identity", "id-1", TLP.RED, name="Somewhere Hospital", kind="organization")
    incident = report_incident(summary="The SOMEWHERE hospital was hit.")
    export = write([incident, cite("src-1"), victim], ceiling=TLP.GREEN)
    assert [held.reason for held in export.report.held_back][-1] == "its text names what stays behind"
    assert b"omewhere" not in b"".join(export)


@pytest.mark.parametrize(
    ("mark", "leaves"),
    [
        (RED_MARK, False),
        ("marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487", True),
        (stix_id("marking-definition", 7), False),
    ],
    ids=["red", "clear", "unknown"],
)
def test_an_object_of_which_a_part_is_restricted_stays(mark: str, leaves: bool) -> None:
    tool = take("tool", description="secret", granular_markings=[{"marking_ref": mark, "selectors": ["description"]}])
    assert (b"secret" in b"".join(write([tool], ceiling=TLP.GREEN))) is leaves
    language = take("tool", description="secret", granular_markings=[{"lang": "fr", "selectors": ["description"]}])
    assert b"secret" in b"".join(write([language], ceiling=TLP.GREEN))


def test_a_relationship_built_here_needs_both_ends() -> None:
    lonely = make("relationship", "r", type="uses", source="a", target="nobody")
    by_stix_id = make("relationship", "q", type="uses", source="a", target=stix_id("tool", 5))
    export = write([lonely, by_stix_id, make("actor", "a", name="A")])
    assert [(held.ref, held.reason) for held in export.report.held_back] == [
        ("r", "one of its ends is not in the export")
    ]
    assert export.report.exported == {"relationship": 1, "actor": 1}


# Objects that others can read


def every_kind() -> list[IntelRecord]:
    return [
        cite("src-1"),
        report_incident(
            title="Encrypted servers",
            techniques=["T1486"],
            ids=[{"catalogue": "veris", "id": "A-1", "url": "https://example.org/1"}],
            loss={"value": 1.5e6, "unit": "EUR"},
        ),
        report_incident("inc-2", threat_class="ot", data_leaked="claimed"),
        make("campaign", "c-1", name={"en": "Wave", "fr": "Vague"}, started_on="2024-01-02", ended_on="2023-01-01"),
        make("actor", "gang", name="Gang", aliases=["G"], motives=["personal-gain"], first_seen="2020-01-02"),
        make("technique", "T1486", name="Data Encrypted", domain="enterprise", tactics=["impact"]),
        make("tactic", "TA0040", name="Impact", domain="enterprise", shortname="impact"),
        make("mitigation", "M1053", name="Backup", domain="enterprise"),
        make("software", "s-1", name="Locker", kind="ransomware"),
        make("software", "s-2", name="Scanner", kind="tool"),
        make("vulnerability", "CVE-2024-12345", epss=0.5, cwes=["CWE-79"]),
        make("identity", "i-1", name="Health", kind="sector"),
        make("identity", "i-2", name="France", kind="country", country="FR"),
        make("relationship", "r-1", type="uses", source="gang", target="T1486", started_on="2024-01-01"),
        make("other", "o-1", type="thing"),
        replace(make("actor", "marked", TLP.AMBER_STRICT, name="M"), pap="amber", stamp="2024-05-06T07:08:09.100000Z"),
    ]


def test_every_kind_is_valid_stix() -> None:
    content = b"".join(write(every_kind())).decode()
    parsed = stix2.parse(content, allow_custom=True)
    assert len(parsed.objects) > len(every_kind())
    # Without permission for custom content, all that is ours must stand in declared extensions.
    standard = [found for found in json.loads(content)["objects"] if found["type"] != "x-hygie-record"]
    for found in standard:
        stix2.parse(found, allow_custom=False)
    result = stix2validator.validate_string(content, STRICT)
    assert result.is_valid, [str(error) for error in result.errors]


def test_incidents_carry_a_valid_core_extension() -> None:
    schema = json.loads((STIX_DATA / "incident_core.schema.json").read_text())
    objects = list_objects(write(every_kind())).values()
    cores = [found["extensions"][CORE] for found in objects if found["type"] == "incident"]
    for core in cores:
        jsonschema.Draft7Validator(schema).validate(core)
    assert cores == [
        {
            "extension_type": "property-extension",
            "determination": "confirmed",
            "investigation_status": "unknown",
            "incident_types": ["ransomware"],
        },
        {"extension_type": "property-extension", "determination": "suspected", "investigation_status": "unknown"},
    ]


def test_what_stix_has_a_field_for_stands_in_that_field() -> None:
    objects = list_objects(write(every_kind()))
    by_name = {found.get("name", found["type"]): found for found in objects.values()}
    gang = by_name["Gang"]
    assert (gang["type"], gang["aliases"], gang["primary_motivation"]) == ("intrusion-set", ["G"], "personal-gain")
    assert gang["first_seen"] == "2020-01-02T00:00:00.000Z"
    technique = by_name["Data Encrypted"]
    assert technique["kill_chain_phases"] == [{"kill_chain_name": "mitre-attack", "phase_name": "impact"}]
    # Nothing is said twice: the domain, the tactics and the id are read off the standard fields.
    assert set(technique["extensions"][FACTS]) == {"extension_type", "record_kind"}
    relationship = by_name["relationship"]
    assert (relationship["source_ref"], relationship["target_ref"]) == (gang["id"], technique["id"])
    incident = by_name["Encrypted servers"]
    assert incident["external_references"] == [
        {"source_name": "veris", "external_id": "A-1", "url": "https://example.org/1"},
        {"source_name": "P", "url": "https://example.org/source"},
    ]
    assert "last_seen" not in by_name["Wave"]
    assert by_name["France"]["type"] == "location"
    assert by_name["M"]["modified"] == "2024-05-06T07:08:09.100Z"
    marks = [objects[mark]["name"] for mark in by_name["M"]["object_marking_refs"]]
    assert marks == ["TLP:AMBER+STRICT", "PAP:AMBER"]


def test_what_an_object_needs_stands_before_it() -> None:
    seen: set[str] = set()
    for found in json.loads(b"".join(write(every_kind())))["objects"]:
        needed = {*found.get("object_marking_refs", []), *found.get("extensions", {})} - {CORE}
        needed = {item for item in needed if not item.startswith("extension-definition--60a3")}
        assert needed <= seen
        assert found["id"] not in seen
        seen.add(found["id"])


# Objects that came as STIX


def test_public_bundles_leave_as_they_came(shared_data: Path) -> None:
    for path in sorted(shared_data.glob("*stix21*.json")):
        records = read(path.read_bytes())
        content = b"".join(write(records.values()))
        assert read(content) == records
        before = {found["id"]: found for found in json.loads(path.read_bytes())["objects"]}
        after = {found["id"]: found for found in json.loads(content)["objects"]}
        assert {key: found for key, found in after.items() if key in before} == {
            key: found for key, found in before.items() if key in after
        }


def test_an_incident_with_its_relationships_leaves_as_it_came() -> None:
    path = STIX_DATA / "incident_core_bundle.json"
    records = read(path.read_bytes())
    after = list_objects(write(records.values()))
    for found in json.loads(path.read_bytes())["objects"]:
        assert after[found["id"]] == found


def test_an_edit_shows_in_the_standard_field_and_in_a_new_version() -> None:
    record = take("intrusion-set", aliases=["N", "M"], description="old", x_kept=[1])
    edited = replace(record.with_data(name="New", aliases=["M", "O"], capability="expert", summary=None), name="New")
    found = write_one(edited)
    assert found["name"] == "New"
    assert found["aliases"] == ["M", "O"]
    assert "description" not in found
    assert found["x_kept"] == [1]
    assert found["created"] == "2024-01-01T00:00:00.000Z"
    assert found["modified"] == "2024-05-06T07:08:09.001Z"
    assert found["extensions"][FACTS] == {"extension_type": "property-extension", "facts": {"capability": "expert"}}
    back = read(b"".join(write([edited])))["actor", record.ref]
    assert (back.name, back.data) == (edited.name, edited.data)
    # A second round changes nothing more.
    assert list_objects(write([back])) == list_objects(write([edited]))


def test_a_part_of_a_bundle_is_not_an_edit() -> None:
    records = read((STIX_DATA / "incident_core_bundle.json").read_bytes())
    incident = next(item for item in records.values() if item.kind == "incident")
    alone = write_one(incident)
    assert alone["modified"] == "2024-03-11T12:13:14.150Z"
    back = read(b"".join(write([incident])))["incident", incident.ref]
    assert back.data == incident.data
    link = next(item for item in records.values() if item.data.get("type") == "uses")
    assert write_one(link) == link.document


def test_a_new_marking_replaces_the_old_and_leaves_the_others() -> None:
    statement = "marking-definition--fa42a846-8d90-4e51-bc29-71d5b4802168"
    green = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
    record = take("tool", object_marking_refs=[statement, green])
    assert record.tlp is TLP.GREEN
    assert write_one(record)["object_marking_refs"] == [statement, green]
    assert write_one(replace(record, tlp=TLP.RED))["object_marking_refs"] == [statement, RED_MARK]
    unmarked = write_one(replace(record, tlp=None))
    assert unmarked["object_marking_refs"] == [statement]


# Bytes


def test_equal_content_gives_equal_bytes_but_for_the_id_of_the_bundle() -> None:
    first = b"".join(write(every_kind()))
    assert b"".join(write(every_kind())) == first
    later = b"".join(export_stix(every_kind(), ceiling=TLP.RED, produced_at=datetime(2027, 1, 1, tzinfo=UTC)))
    assert later != first
    assert json.loads(later)["objects"] == json.loads(first)["objects"]
    assert json.loads(later)["id"] != json.loads(first)["id"]


def test_an_export_can_be_read_twice_and_takes_any_iterable() -> None:
    def generate() -> Iterator[IntelRecord]:
        yield from every_kind()

    export = write(generate())
    assert b"".join(export) == b"".join(export) == b"".join(write(every_kind()))


def test_a_large_export_comes_in_chunks() -> None:
    records = (make("actor", f"a-{number}", name="x" * 500) for number in range(1_000))
    chunks = list(write(records))
    assert len(chunks) > 5
    assert max(map(len, chunks)) < 200_000
    assert len(json.loads(b"".join(chunks))["objects"]) == 1_001 + 2


def test_nothing_to_say_is_a_valid_bundle() -> None:
    export = write([make("actor", "a", TLP.RED, name="A")], ceiling=TLP.CLEAR)
    content = json.loads(b"".join(export))
    assert sorted(content) == ["id", "type"]
    assert stix2validator.validate_string(json.dumps(content), STRICT).is_valid
    assert read(b"".join(export)) == {}


def test_what_cannot_be_written_is_refused() -> None:
    with pytest.raises(SchemaError, match="no time zone"):
        export_stix([], ceiling=TLP.RED, produced_at=datetime(2026, 1, 1))
    endless = make("vulnerability", "CVE-2024-12345")
    with pytest.raises(SchemaError, match="vulnerability CVE-2024-12345 cannot be written"):
        write([replace(endless, data={**endless.data, "epss": float("inf")})])
