"""STIX 2.1 import: how objects become records; markings, sources, releases."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hygie.core.evidence import TLP, derive_evidence_id
from hygie.knowledge.importers.protocol import Release
from hygie.knowledge.kinds import IntelRecord
from stix_kit import GREEN_1, RED, bundle, link, make, read, read_records, stix_id

# Mapping


def test_attack_objects() -> None:
    records = read_records(
        make(
            "attack-pattern",
            1,
            external_references=[{"source_name": "mitre-attack", "external_id": "T1566.001"}],
            kill_chain_phases=[
                {"kill_chain_name": "mitre-attack", "phase_name": "initial-access"},
                {"kill_chain_name": "lockheed-martin-cyber-kill-chain", "phase_name": "delivery"},
            ],
            x_mitre_platforms=["Windows"],
            description="D",
        ),
        make(
            "x-mitre-tactic",
            2,
            external_references=[{"source_name": "mitre-attack", "external_id": "TA0001"}],
            x_mitre_shortname="initial-access",
            x_mitre_domains=["enterprise-attack"],
        ),
        make(
            "course-of-action",
            3,
            external_references=[{"source_name": "mitre-mobile-attack", "external_id": "M1017"}],
        ),
        make("attack-pattern", 4, external_references=[{"source_name": "capec", "external_id": "CAPEC-98"}]),
        make("course-of-action", 5),
    )
    assert records["T1566.001"].data == {
        "ref": "T1566.001",
        "name": "N",
        "domain": "enterprise",
        "tactics": ["initial-access"],
        "platforms": ["Windows"],
        "parent": "T1566",
        "summary": "D",
    }
    assert records["TA0001"].kind == "tactic"
    assert records["M1017"].data["domain"] == "mobile"
    # Without its ATT&CK id a technique or a mitigation is kept as it is.
    assert records[stix_id("attack-pattern", 4)].data == {
        "ref": stix_id("attack-pattern", 4),
        "type": "attack-pattern",
        "name": "N",
    }
    assert records[stix_id("course-of-action", 5)].kind == "other"


def test_actors_software_and_the_rest() -> None:
    records = read_records(
        make(
            "threat-actor",
            aliases=["N", "M", "M", " "],
            threat_actor_types=["competitor", "crime-syndicate"],
            primary_motivation="personal-gain",
            secondary_motivations=["notoriety"],
            first_seen="2020-02-03T04:05:06Z",
        ),
        make("malware", is_family=True, malware_types=["worm", "ransomware"]),
        {k: v for k, v in make("malware", 1, is_family=False).items() if k != "name"},
        make("tool", external_references=[{"source_name": "mitre-attack", "external_id": "S0002"}]),
        make("vulnerability", name="cve-2024-12345"),
        make(
            "vulnerability",
            1,
            external_references=[
                {"source_name": "cve", "external_id": "CVE-2020-0001"},
                {"source_name": "cwe", "external_id": "CWE-79"},
            ],
        ),
        make("vulnerability", 2),
        make("identity", identity_class="class", x_opencti_type="Sector", sectors=["healthcare"]),
        make("identity", 1, identity_class="made up"),
        make("location", country="FR"),
        make("location", 1, country="FR", city="Dax"),
        {k: v for k, v in make("location", 2, region="western-europe").items() if k != "name"},
        make("indicator", pattern="[x:y = 1]", pattern_type="stix", valid_from="2024-01-01T00:00:00Z"),
    )
    assert records[stix_id("threat-actor")].data == {
        "ref": stix_id("threat-actor"),
        "name": "N",
        "aliases": ["M"],
        "kind": "criminal",
        "motives": ["personal-gain", "notoriety"],
        "first_seen": "2020-02-03",
    }
    assert records[stix_id("malware")].data["kind"] == "ransomware"
    assert records[stix_id("malware", 1)].name == stix_id("malware", 1)
    assert records["S0002"].data["attack_ids"] == ["S0002"]
    assert records["CVE-2024-12345"].kind == "vulnerability"
    assert records["CVE-2020-0001"].data["cwes"] == ["CWE-79"]
    assert records[stix_id("vulnerability", 2)].data["name"] == "N"
    kinds = [records[stix_id("identity", number)].data["kind"] for number in (0, 1)]
    assert kinds == ["sector", "unknown"]
    places = [records[stix_id("location", number)].data for number in (0, 1, 2)]
    assert [place["kind"] for place in places] == ["country", "location", "location"]
    assert places[2]["name"] == "western-europe"
    assert records[stix_id("indicator")].data["type"] == "indicator"


def test_objects_come_in_any_order_and_in_circles() -> None:
    attack = [{"source_name": "mitre-attack", "external_id": "T1566"}]
    objects = [
        make("attack-pattern", 1, external_references=attack),
        make("intrusion-set", 2, created_by_ref=stix_id("identity", 3)),
        make("identity", 3, created_by_ref=stix_id("identity", 3)),
        link("uses", stix_id("intrusion-set", 2), stix_id("attack-pattern", 1), 4, start_time="2020-01-02T00:00:00Z"),
        link("related-to", stix_id("relationship", 6), stix_id("relationship", 6), 6),
        link("related-to", stix_id("identity", 3), stix_id("identity", 77), 7),
        {
            **make("sighting", 8, sighting_of_ref=stix_id("attack-pattern", 1)),
            "where_sighted_refs": [stix_id("identity", 3)],
            "first_seen": "2021-01-01T00:00:00Z",
        },
    ]
    forward, backward = read_records(*objects), read_records(*reversed(objects))
    assert forward == backward
    assert forward[stix_id("relationship", 4)].data == {
        "ref": stix_id("relationship", 4),
        "type": "uses",
        "source": stix_id("intrusion-set", 2),
        "target": "T1566",
        "source_kind": "actor",
        "target_kind": "technique",
        "started_on": "2020-01-02",
    }
    assert forward[stix_id("relationship", 7)].data["target"] == stix_id("identity", 77)
    assert "target_kind" not in forward[stix_id("relationship", 7)].data
    sighting = forward[stix_id("sighting", 8)].data
    assert (sighting["source"], sighting["type"], sighting["target"]) == (
        stix_id("identity", 3),
        "sighting-of",
        "T1566",
    )


def test_a_plain_incident_says_what_nobody_told() -> None:
    records = read_records(make("incident", description="D"))
    assert records[stix_id("incident")].data == {
        "ref": stix_id("incident"),
        "started_on": "2024-01-01",
        "date_precision": "day",
        "date_basis": "disclosure",
        "victim": {"name": "unknown", "kind": "unknown"},
        "threat_class": "unknown",
        "actor": {"name": "unknown", "confidence": "none"},
        "title": "N",
        "summary": "D",
        "evidence": [str(derive_evidence_id(stix_id("incident"), "cited"))],
    }


def test_an_incident_with_its_extension_and_its_relationships(incident_bundle: bytes) -> None:
    items = read(incident_bundle)
    record = next(item for item in items if isinstance(item, IntelRecord) and item.kind == "incident")
    assert record.data["threat_class"] == "ransomware"
    assert record.data["started_on"] == "2024-03-04"
    assert record.data["victim"] == {"name": "Example Hospital", "kind": "organisation"}
    assert record.data["actor"] == {"name": "example-gang", "confidence": "medium"}
    assert record.data["techniques"] == ["T1486"]
    assert record.data["ids"] == [{"catalogue": "veris", "id": "A-1", "url": "https://example.org/incidents/1"}]
    assert record.tlp is TLP.GREEN
    sources = {item.ref: item for item in items if isinstance(item, IntelRecord) and item.kind == "source"}
    assert [sources[ref].data["source"] for ref in record.data["evidence"]] == ["https://example.org/incidents/1"]


@pytest.fixture
def incident_bundle() -> bytes:
    return (Path(__file__).parents[3] / "data" / "stix" / "incident_core_bundle.json").read_bytes()


@pytest.mark.parametrize(
    ("confidence", "word"), [(None, "low"), (0, "none"), (1, "low"), (29, "low"), (30, "medium"), (70, "high")]
)
def test_confidence_in_an_attribution(confidence: int | None, word: str) -> None:
    stated = {} if confidence is None else {"confidence": confidence}
    records = read_records(
        make("incident"),
        make("intrusion-set"),
        link("attributed-to", stix_id("incident"), stix_id("intrusion-set"), **stated),
    )
    assert records[stix_id("incident")].data["actor"] == {"name": "n", "confidence": word}


# Markings


@pytest.mark.parametrize(
    ("fields", "definitions", "tlp", "pap"),
    [
        ({}, [], None, None),
        ({"object_marking_refs": [GREEN_1]}, [], TLP.GREEN, None),
        ({"object_marking_refs": [GREEN_1, RED]}, [], TLP.RED, None),
        ({"object_marking_refs": ["marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"]}, [], TLP.CLEAR, None),
        ({"labels": ["tlp:amber", "ransomware", "PAP:GREEN"]}, [], TLP.AMBER, "green"),
        (
            {"object_marking_refs": [stix_id("marking-definition", 1), stix_id("marking-definition", 2)]},
            [
                {"name": "TLP:AMBER+STRICT", "definition_type": "TLP", "x_opencti_definition": "TLP:AMBER+STRICT"},
                {"definition_type": "statement", "definition": {"statement": "PAP:AMBER"}},
            ],
            TLP.AMBER_STRICT,
            "amber",
        ),
        (
            {"object_marking_refs": [stix_id("marking-definition", 1)]},
            [{"definition_type": "tlp", "definition": {"tlp": "amber"}}],
            TLP.AMBER,
            None,
        ),
        (
            {"object_marking_refs": [stix_id("marking-definition", 1)]},
            [{"definition_type": "statement", "definition": {"statement": "Copyright"}}],
            None,
            None,
        ),
    ],
)
def test_markings(fields: dict[str, Any], definitions: list[dict[str, Any]], tlp: TLP | None, pap: str | None) -> None:
    marks = [
        {
            "type": "marking-definition",
            "spec_version": "2.1",
            "id": stix_id("marking-definition", number),
            "created": "2024-01-01T00:00:00Z",
            **definition,
        }
        for number, definition in enumerate(definitions, 1)
    ]
    record = read_records(make("tool", **fields), *marks)[stix_id("tool")]
    assert (record.tlp, record.pap) == (tlp, pap)


def test_definitions_of_tlp_are_no_records() -> None:
    assert (
        read_records(
            {"type": "marking-definition", "spec_version": "2.1", "id": RED, "created": "2022-10-01T00:00:00Z"}
        )
        == {}
    )


# Sources


def test_one_source_for_each_address_marked_as_the_least_restricted_that_cites_it() -> None:
    reference = {"source_name": "Blog", "url": "https://example.org/post", "description": "A post"}
    items = read(
        bundle(
            make("tool", 1, external_references=[reference], object_marking_refs=[RED]),
            make("tool", 2, external_references=[reference, reference], object_marking_refs=[GREEN_1]),
            make("tool", 3, external_references=[reference], object_marking_refs=[RED]),
        )
    )
    sources = [item for item in items if isinstance(item, IntelRecord) and item.kind == "source"]
    assert [source.tlp for source in sources] == [TLP.RED, TLP.GREEN]
    ref = str(derive_evidence_id("https://example.org/post", "cited"))
    assert sources[1].data == {
        "ref": ref,
        "source": "https://example.org/post",
        "statement": "cited",
        "title": {"en": "A post", "fr": "A post"},
        "publisher": "Blog",
        "read_on": "2026-01-02",
        "reliability": "F",
        "credibility": 6,
        "tlp": "green",
        "licence": "not stated",
    }
    tools = [item for item in items if isinstance(item, IntelRecord) and item.kind == "software"]
    assert [tool.data["evidence"] for tool in tools] == [[ref]] * 3


def test_references_that_point_nowhere_are_no_sources() -> None:
    references = [
        {"source_name": "capec", "external_id": "CAPEC-1"},
        {"source_name": "Alias", "description": "(Citation: Somewhere)"},
        {"source_name": "Book", "description": "A book on paper"},
    ]
    items = read(bundle(make("tool", external_references=references)))
    sources = [item.data["source"] for item in items if isinstance(item, IntelRecord) and item.kind == "source"]
    assert sources == ["Book: A book on paper"]


def test_a_report_is_a_source() -> None:
    items = read(
        bundle(
            make(
                "report",
                published="2024-02-03T00:00:00Z",
                object_refs=[stix_id("tool")],
                external_references=[{"source_name": "CERT", "url": "https://example.org/r"}],
                created_by_ref=stix_id("identity"),
            ),
            make("identity", name="CERT-X"),
            link("related-to", stix_id("report"), stix_id("identity")),
        )
    )
    records = {item.kind: item for item in items if isinstance(item, IntelRecord)}
    report = records["source"]
    assert report.ref == str(derive_evidence_id("https://example.org/r", "report"))
    assert (report.data["publisher"], report.data["published_on"], report.data["tlp"]) == (
        "CERT-X",
        "2024-02-03",
        "amber",
    )
    assert records["relationship"].data["source"] == report.ref


# Releases


def catalogue(**fields: Any) -> list[dict[str, Any]]:
    mitre = "identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5"
    tactic = make(
        "x-mitre-tactic",
        1,
        created_by_ref=mitre,
        x_mitre_shortname="s",
        external_references=[{"source_name": "mitre-attack", "external_id": "TA0104"}],
    )
    matrix = make(
        "x-mitre-matrix",
        1,
        created_by_ref=mitre,
        tactic_refs=[stix_id("x-mitre-tactic", 1)],
        x_mitre_domains=["ics-attack"],
        modified="2025-02-03T00:00:00.000Z",
    )
    return [tactic, {**matrix, **fields}]


def test_a_bundle_with_a_whole_matrix_is_a_release() -> None:
    assert read(bundle(*catalogue()))[0] == Release(name="attack-ics", version="2025-02-03")


@pytest.mark.parametrize(
    "objects",
    [
        catalogue(created_by_ref=stix_id("identity", 9)),
        catalogue(tactic_refs=[stix_id("x-mitre-tactic", 1), stix_id("x-mitre-tactic", 2)]),
        catalogue()[1:],
        [
            {
                **make("x-mitre-collection", x_mitre_version="18.1"),
                "id": "x-mitre-collection--90c00720-636b-4485-b342-8751d232bf09",
                "created_by_ref": stix_id("identity", 9),
            }
        ],
        [
            make(
                "x-mitre-collection",
                x_mitre_version="18.1",
                created_by_ref="identity--c78cb6e5-0c4b-4611-8297-d1b8b55e40b5",
            )
        ],
    ],
    ids=["matrix of another", "part of a matrix", "matrix alone", "collection of another", "unknown collection"],
)
def test_what_only_looks_like_attack_is_no_release(objects: list[dict[str, Any]]) -> None:
    assert [item for item in read(bundle(*objects)) if isinstance(item, Release)] == []


def test_stamps_sort_as_texts() -> None:
    stamps = [
        "2024-05-06T07:08:09Z",
        "2024-05-06T07:08:09.1Z",
        "2024-05-06T07:08:09.12Z",
        "2024-05-06T07:08:10.000001Z",
    ]
    records = read_records(*(make("tool", number, modified=stamp) for number, stamp in enumerate(stamps)))
    read_stamps = [records[stix_id("tool", number)].stamp for number in range(4)]
    assert read_stamps == sorted(str(stamp) for stamp in read_stamps)
    assert read_stamps[1] == "2024-05-06T07:08:09.100000Z"
