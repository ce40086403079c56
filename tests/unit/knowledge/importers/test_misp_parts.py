"""Markings, galaxies and posts of leak sites in MISP events."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from pymisp import MISPEvent

from hygie.core.errors import UsageError
from hygie.core.evidence import TLP
from hygie.knowledge.importers.leak_sites import import_leak_site
from hygie.store.byte_sources import ByteSource
from misp_kit import OPTIONS, dump_event, main_record, make_event, make_object, make_uuid, pick, read_event

LOCKBIT = 'misp-galaxy:ransomware="LockBit"'
FIN7 = 'misp-galaxy:mitre-intrusion-set="FIN7 - G0046"'


@pytest.mark.parametrize(
    ("tags", "distribution", "expected"),
    [
        (["tlp:white"], 3, TLP.CLEAR),
        (["tlp:clear"], 0, TLP.CLEAR),
        (["tlp:green", "tlp:amber"], 3, TLP.AMBER),
        (["TLP:AMBER+STRICT"], 3, TLP.AMBER_STRICT),
        (["tlp:amber", "tlp:ex:chr"], 3, TLP.RED),
        (["tlp:unclear"], 3, TLP.RED),
        ([], 0, TLP.AMBER_STRICT),
        ([], 1, TLP.AMBER),
        ([], 4, TLP.AMBER),
        ([], 3, None),
        ([], 2, None),
    ],
)
def test_marking_follows_tags_then_distribution(tags: list[str], distribution: int, expected: TLP | None) -> None:
    event = {**dump_event(make_event(tags=tags)), "distribution": str(distribution)}
    record = main_record(read_event(event))
    assert record.tlp is expected
    assert pick(read_event(event), "source")[0].data["tlp"] == (expected or TLP.AMBER).value


def test_strictest_marking_inside_the_event_wins() -> None:
    event = make_event(tags=["tlp:green", "PAP:GREEN"])
    attribute = event.add_attribute("comment", "only for you", category="Other")
    attribute.add_tag("tlp:red")
    attribute.add_tag("PAP:AMBER")
    record = main_record(read_event(event))
    assert (record.tlp, record.pap) == (TLP.RED, "amber")
    kept = make_event(tags=["tlp:green"])
    kept.add_attribute("comment", "for our organisation", category="Other", distribution=0)
    assert main_record(read_event(kept)).tlp is TLP.AMBER_STRICT


@pytest.mark.parametrize(
    ("tags", "grade"),
    [
        ([], ("F", 6)),
        (['admiralty-scale:source-reliability="b"', 'admiralty-scale:information-credibility="2"'], ("B", 2)),
        (['admiralty-scale:source-reliability="a"', 'admiralty-scale:source-reliability="d"'], ("D", 6)),
        (['admiralty-scale:source-reliability="g"'], ("E", 6)),
    ],
)
def test_admiralty_tags_grade_the_source(tags: list[str], grade: tuple[str, int]) -> None:
    (source,) = pick(read_event(make_event(tags=tags)), "source")
    assert (source.data["reliability"], source.data["credibility"]) == grade


def make_cluster(value: str, *, kind: str = "threat-actor", **fields: Any) -> dict[str, Any]:
    cluster = {
        "type": kind,
        "value": value,
        "uuid": make_uuid(99),
        "meta": {"synonyms": ["Other name"], "country": ["XX"]},
    }
    return {"type": kind, "name": kind, "GalaxyCluster": [{**cluster, **fields}]}


def test_cluster_of_a_public_galaxy_says_only_its_name() -> None:
    event = dump_event(make_event(tags=["tlp:red", LOCKBIT]))
    event["Galaxy"] = [make_cluster("LockBit", kind="ransomware", description="Old words.")]
    (software,) = pick(read_event(event), "software")
    # The embedded galaxy knows better than an old copy of it, and it is public.
    assert software.data == {"ref": software.ref, "name": "LockBit", "kind": "ransomware"}
    assert (software.tlp, software.stamp) == (TLP.CLEAR, None)
    assert software.ref != f"misp-{make_uuid(99)}"


def test_cluster_of_the_author_is_taken_whole_under_the_marking_of_the_event() -> None:
    event = dump_event(make_event(tags=["tlp:red", 'misp-galaxy:threat-actor="UNC-EXEMPLE"']))
    event["Galaxy"] = [make_cluster("UNC-EXEMPLE", description="Ours.")]
    (actor,) = pick(read_event(event), "actor")
    assert actor.data == {
        "ref": f"misp-{make_uuid(99)}",
        "name": "UNC-EXEMPLE",
        "aliases": ["Other name"],
        "misp_uuid": make_uuid(99),
        "origin_country": "XX",
        "summary": "Ours.",
    }
    assert (actor.tlp, actor.stamp) == (TLP.RED, "2026-03-01T00:00:00Z")


def test_tag_alone_never_takes_the_place_of_a_cluster() -> None:
    (actor,) = pick(read_event(make_event(tags=['misp-galaxy:threat-actor="UNC-EXEMPLE"'])), "actor")
    assert actor.data == {"ref": "misp-threat-actor-unc-exemple", "name": "UNC-EXEMPLE"}
    assert actor.stamp == "1970-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ('misp-galaxy:mitre-attack-pattern="T1566.001"', ("technique", "T1566.001", "Spearphishing Attachment")),
        # An id tells what an old name no longer does.
        (
            'misp-galaxy:mitre-attack-pattern="Former name - T1566.001"',
            ("technique", "T1566.001", "Spearphishing Attachment"),
        ),
        ('misp-galaxy:mitre-ics-techniques="Modify Parameter - T0836"', ("technique", "T0836", "Modify Parameter")),
        (
            'misp-galaxy:mitre-course-of-action="Network Segmentation - M1030"',
            ("mitigation", "M1030", "Network Segmentation"),
        ),
        ('misp-galaxy:mitre-malware="BACKSPACE - S0031"', ("software", "S0031", "BACKSPACE")),
        ('misp-galaxy:country="france"', ("identity", "misp-84668357-5a8c-4bdd-9f0f-6b50b2465241", "France")),
        (
            'misp-galaxy:target-information="France"',
            ("identity", "misp-84668357-5a8c-4bdd-9f0f-6b50b2465241", "France"),
        ),
    ],
)
def test_tags_lead_to_the_records_of_the_base(tag: str, expected: tuple[str, str, str]) -> None:
    records = read_event(make_event(tags=[tag]))
    (found,) = [record for record in records if record.kind not in ("source", "other", "relationship")]
    assert (found.kind, found.ref, found.name) == expected


@pytest.mark.parametrize(
    "tag",
    [
        'misp-galaxy:mitre-attack-pattern="Phishing"',
        'misp-galaxy:guidelines="Leak of confidential information"',
        'misp-galaxy:../../etc/passwd="x"',
        'misp-galaxy:threat-actor=" "',
        "misp-galaxy:",
    ],
)
def test_tag_that_leads_nowhere_is_left_in_the_document(tag: str) -> None:
    records = read_event(make_event(tags=[tag]))
    assert [record.kind for record in records] == ["source", "other"]


def test_clusters_of_attributes_count() -> None:
    event = make_event()
    attribute = event.add_attribute("domain", "example.org", category="Network activity")
    attribute.add_tag(FIN7)
    assert [record.ref for record in pick(read_event(event), "actor")] == ["G0046"]


def test_name_of_an_actor_is_looked_up() -> None:
    event = make_event()
    # A synonym of the public galaxy, and a name of nobody.
    event.add_attribute("threat-actor", "Carbon Spider", category="Attribution")
    event.add_attribute("threat-actor", "Bande inconnue", category="Attribution")
    names = {record.name: record.ref for record in pick(read_event(event), "actor")}
    assert set(names) == {"FIN7", "Bande inconnue"}
    assert names["Bande inconnue"] == "misp-threat-actor-bande-inconnue"


def test_extended_event_is_related() -> None:
    (link,) = pick(read_event(make_event(extends_uuid=make_uuid(2))), "relationship")
    assert (link.data["type"], link.data["target"]) == ("extends", f"misp-{make_uuid(2)}")


def make_posts() -> MISPEvent:
    event = make_event(info="LockBit: Clinique Secrète", tags=["tlp:green"])
    for name in ("Clinique Secrète", "Mairie d’Ailleurs"):
        post = make_object(
            "ransomware-group-post", title=name, ransomware_group="LockBit 3", date="2026-02-20T10:00:00", geo="FR"
        )
        event.add_object(post)
    return event


def test_posts_of_leak_sites_are_pseudonymised_claims() -> None:
    records = read_event(make_posts())
    claims = pick(records, "incident")
    assert len(claims) == 2
    assert {claim.data["threat_class"] for claim in claims} == {"leak_claim"}
    assert all(claim.data["victim"]["name"].startswith("victim-") and claim.tlp is TLP.GREEN for claim in claims)
    assert "Secrète" not in repr(records)
    assert main_record(pick(records, "other")).document is None


def test_post_is_the_same_incident_as_from_a_tracker() -> None:
    post = [{"post_title": "Clinique Secrète", "group_name": "LockBit 3", "discovered": "2026-02-20 10:00:00"}]
    source = ByteSource(name="posts.json", content=json.dumps(post).encode())
    (claim,) = pick(import_leak_site(source, OPTIONS), "incident")
    assert claim.ref in {record.ref for record in pick(read_event(make_posts()), "incident")}


def test_names_of_posts_are_kept_on_request() -> None:
    records = read_event(make_posts(), options=replace(OPTIONS, keep_names=True))
    assert {claim.data["victim"]["name"] for claim in pick(records, "incident")} == {
        "Clinique Secrète",
        "Mairie d’Ailleurs",
    }
    assert main_record(pick(records, "other")).document is not None


def test_posts_without_a_key_are_refused() -> None:
    with pytest.raises(UsageError, match="no key to derive pseudonyms"):
        read_event(make_posts(), options=replace(OPTIONS, pseudonym_key=b""))
