"""ATT&CK in the galaxies: the numbers of release 17, nothing revoked or deprecated, and what release 18.1 says."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from hygie.knowledge.embedded.attack import Attack, read_attack
from hygie.knowledge.embedded.galaxies import Cluster, Galaxy
from hygie.knowledge.importers.protocol import ImportItem, Refusal, Release
from hygie.knowledge.kinds import IntelRecord, Kind


@pytest.fixture(scope="module")
def items() -> list[ImportItem]:
    return list(read_attack())


@pytest.fixture(scope="module")
def records(items: list[ImportItem]) -> dict[tuple[Kind, str], IntelRecord]:
    return {(item.kind, item.ref): item for item in items if isinstance(item, IntelRecord)}


@pytest.fixture(scope="module")
def later(shared_data: Path) -> dict[str, Any]:
    """ATT&CK Enterprise 18.1, of November 2025, as MITRE publishes it."""
    content: dict[str, Any] = json.loads((shared_data / "attack_enterprise_v18.1_compact.json").read_bytes())
    return content


UNLINKED = "nothing of the Enterprise matrix in force is linked to it: deprecated by MITRE, or of another matrix"


def refs_of(records: dict[tuple[Kind, str], IntelRecord], kind: Kind) -> set[str]:
    return {ref for found, ref in records if found == kind}


def test_the_release_comes_first_and_is_named(items: list[ImportItem]) -> None:
    assert items[0] == Release(name="attack-enterprise", version="17")
    assert sum(isinstance(item, Release) for item in items) == 1


def test_the_numbers_are_those_of_the_release_notes(records: dict[tuple[Kind, str], IntelRecord]) -> None:
    """Of release 17: https://attack.mitre.org/resources/updates/updates-april-2025/."""
    techniques = refs_of(records, "technique")
    counts = Counter(kind for kind, _ in records)
    del counts["relationship"], counts["source"]
    assert counts == {
        "tactic": 14, "technique": 211 + 468, "mitigation": 44, "actor": 166, "software": 755, "campaign": 47,
    }  # fmt: skip
    assert sum("." in ref for ref in techniques) == 468


def test_everything_left_out_has_a_reason(items: list[ImportItem]) -> None:
    refusals = [item for item in items if isinstance(item, Refusal)]
    assert all(refusal.dropped for refusal in refusals)
    reasons = Counter((refusal.kind, refusal.finding.message.partition(" (")[0]) for refusal in refusals)
    assert reasons == {
        ("technique", "revoked by MITRE"): 185,
        ("technique", "deprecated by MITRE"): 187,
        ("technique", "not of the Enterprise matrix"): 134,
        ("mitigation", "a mitigation of before 2019, which MITRE replaced by the M identifiers"): 224,
        ("actor", "revoked by MITRE"): 6,
        ("software", "revoked by MITRE"): 2,
        ("software", "deprecated by MITRE"): 1,
        **{(kind, UNLINKED): count for kind, count in (("mitigation", 14), ("actor", 11), ("software", 117))},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "ref"),
    [
        ("technique", "T1002"),  # revoked in 2020
        ("technique", "T1064"),  # Scripting, deprecated
        ("technique", "T1053.004"),  # Launchd, deprecated in other words
        ("technique", "T1574.002"),  # revoked by release 17
        ("technique", "T1424"),  # mobile
        ("technique", "T0866"),  # ICS
        ("actor", "G0014"),  # Night Dragon, now a campaign
        ("software", "S0289"),  # Pegasus, mobile
        ("software", "S0609"),  # TRITON, now of ICS only
        ("mitigation", "T1060"),
        ("mitigation", "M1005"),  # mobile
    ],
)
def test_what_is_not_in_force_is_not_there(records: dict[tuple[Kind, str], IntelRecord], kind: Kind, ref: str) -> None:
    assert (kind, ref) not in records


def test_a_technique_says_what_the_matrix_says(records: dict[tuple[Kind, str], IntelRecord]) -> None:
    data = records["technique", "T1078.002"].data
    assert data["name"] == "Domain Accounts"
    assert data["domain"] == "enterprise"
    assert data["parent"] == "T1078"
    # In the order of the matrix, not of the file.
    assert data["tactics"] == ["initial-access", "persistence", "privilege-escalation", "defense-evasion"]
    assert "M1032" in data["mitigations"]
    assert "Citation" not in data["summary"]
    assert "](" not in data["summary"]
    assert records["source", data["evidence"][0]].data["publisher"] == "MITRE ATT&CK"


def test_tactics_and_techniques_name_each_other(records: dict[tuple[Kind, str], IntelRecord]) -> None:
    shortnames = [record.data["shortname"] for (kind, _), record in records.items() if kind == "tactic"]
    named = {tactic for record in records.values() if record.kind == "technique" for tactic in record.data["tactics"]}
    assert named == set(shortnames)
    assert shortnames[0] == "reconnaissance"
    assert records["tactic", "TA0040"].data["shortname"] == shortnames[-1] == "impact"


def test_mitigations_and_techniques_name_each_other(records: dict[tuple[Kind, str], IntelRecord]) -> None:
    one_way = {
        (ref, target)
        for (kind, ref), record in records.items()
        if kind == "mitigation"
        for target in record.data["techniques"]
    }
    other_way = {
        (mitigation, ref)
        for (kind, ref), record in records.items()
        if kind == "technique"
        for mitigation in record.data.get("mitigations", ())
    }
    assert len(one_way) > 1_400
    assert one_way == other_way


def test_relations_join_what_is_there(records: dict[tuple[Kind, str], IntelRecord]) -> None:
    relations = [record.data for record in records.values() if record.kind == "relationship"]
    assert Counter((data["source_kind"], data["type"], data["target_kind"]) for data in relations).keys() == {
        ("actor", "uses", "technique"), ("actor", "uses", "software"), ("software", "uses", "technique"),
        ("mitigation", "mitigates", "technique"),
    }  # fmt: skip
    for data in relations:
        assert (data["source_kind"], data["source"]) in records
        assert (data["target_kind"], data["target"]) in records
    assert ("relationship", "G0102-uses-S0446") in records
    assert ("relationship", "M1017-mitigates-T1566") in records


def test_each_embedded_id_is_in_release_18(records: dict[tuple[Kind, str], IntelRecord], later: dict[str, Any]) -> None:
    kinds: dict[Kind, str] = {
        "technique": "techniques", "mitigation": "mitigations", "actor": "groups", "software": "software",
        "campaign": "campaigns",
    }  # fmt: skip
    missing = {}
    for kind, section in kinds.items():
        embedded, present = refs_of(records, kind), {row["id"] for row in later[section]}
        assert embedded <= present, kind
        missing[kind] = len(present - embedded)
    # What release 18 added: five techniques and seven sub-techniques, by its own notes.
    assert missing == {"technique": 12, "mitigation": 0, "actor": 6, "software": 29, "campaign": 5}


def test_names_tactics_and_dates_are_those_of_release_18(
    records: dict[tuple[Kind, str], IntelRecord], later: dict[str, Any]
) -> None:
    renamed = {}
    for row in later["techniques"]:
        record = records.get(("technique", row["id"]))
        if record is not None:
            assert sorted(record.data["tactics"]) == sorted(row["tactics"]), row["id"]
            if record.name != row["name"]:
                renamed[row["id"]] = (record.name, row["name"])
    assert renamed == {
        "T1497.003": ("Time Based Evasion", "Time Based Checks"),
        "T1552.003": ("Bash History", "Shell History"),
    }
    for row in later["groups"]:
        record = records.get(("actor", row["id"]))
        assert record is None or record.name == row["name"]
    for row in later["campaigns"]:
        record = records.get(("campaign", row["id"]))
        if record is not None:
            assert (record.data["started_on"], record.data["ended_on"]) == (row["first_seen"][:7], row["last_seen"][:7])


def test_relations_are_those_of_release_18_but_for_what_changed(
    records: dict[tuple[Kind, str], IntelRecord], later: dict[str, Any]
) -> None:
    known = {ref for kind, ref in records if kind != "relationship"}
    for verb, least in (("uses", 15_000), ("mitigates", 1_400)):
        embedded = {
            (record.data["source"], record.data["target"])
            for record in records.values()
            if record.kind == "relationship" and record.data["type"] == verb
        }
        present = {
            (source, target)
            for source, targets in later["relationships"][verb].items()
            for target in targets
            if source in known and target in known and not source.startswith("C")
        }
        assert len(embedded) > least
        # Half a year of curation moved less than one relation in a hundred.
        assert len(embedded ^ present) < 0.015 * len(present)


def galaxy(name: str, *clusters: Cluster, version: str = "1") -> Galaxy:
    return Galaxy(name=name, version=version, clusters=clusters)


def cluster(uuid: str, ref: str, *related: str, verb: str = "uses", **fields: Any) -> Cluster:
    meta = {"external_id": ref, **fields.pop("meta", {})}
    links = tuple((verb, target) for target in related)
    given = {"value": f"Name - {ref}", "description": "", "revoked": False, **fields}
    return Cluster(uuid=uuid, meta=meta, related=links, **given)


def attack(**galaxies: Galaxy) -> Attack:
    names = ("patterns", "courses", "sets", "malware", "tools")
    return Attack(**{name: galaxies.get(name, galaxy(name)) for name in names})


ENTERPRISE = {"kill_chain": ["attack-Windows:execution"]}


@pytest.mark.parametrize(
    "description",
    [
        "**This technique has been deprecated. Please use …",
        "This object is deprecated as …",
        "This entry was deprecated",
    ],
)
def test_deprecation_is_read_from_the_words(description: str) -> None:
    found = attack(patterns=galaxy("p", cluster("a", "T1000", meta=ENTERPRISE, description=description)))
    assert found.techniques == {}
    assert found.reasons == {"a": "deprecated by MITRE"}


def test_a_technique_that_tells_of_a_deprecated_tool_is_in_force() -> None:
    text = "Adversaries may use at. In Windows 10 this tool has been deprecated."
    found = attack(patterns=galaxy("p", cluster("a", "T1000", meta=ENTERPRISE, description=text)))
    assert found.techniques == {"a": "T1000"}


def test_objects_stand_by_what_is_in_force() -> None:
    found = attack(
        patterns=galaxy(
            "p",
            cluster("t1", "T1000", meta=ENTERPRISE),
            cluster("t2", "T1001", meta=ENTERPRISE, revoked=True),
            cluster("t3", "T1400", meta={"kill_chain": ["mobile-attack-Android:impact"]}),
        ),
        courses=galaxy(
            "c",
            cluster("m1", "M1000", "t1", verb="mitigates"),
            cluster("m2", "M1001", "t2", "t3", verb="mitigates"),
            cluster("m3", "T1000", "t1", verb="mitigates"),
        ),
        malware=galaxy("m", cluster("s1", "S0001", "t1"), cluster("s2", "S0002", "t3")),
        tools=galaxy("o", cluster("s3", "S0003", "t1", revoked=True)),
        sets=galaxy(
            "g",
            cluster("g1", "G0001", "s1"),
            cluster("g2", "G0002", "s2", "t3"),
            cluster("g3", "G0003", "s3", "t2"),
            cluster("g4", "G0004", "t1"),
            # A group that resembles one in force does nothing itself.
            cluster("g5", "G0005", "t1", verb="similar"),
        ),
    )
    assert found.techniques == {"t1": "T1000"}
    assert found.mitigations == {"m1": "M1000"}
    assert found.software == {"s1": "S0001"}
    assert found.groups == {"g1": "G0001", "g4": "G0004"}
    assert found.reasons.keys() == {"t2", "t3", "m2", "m3", "s2", "s3", "g2", "g3", "g5"}


def test_a_galaxy_that_nobody_has_matched_with_a_release_gives_its_own_number() -> None:
    assert attack(patterns=galaxy("p", version="33")).release == ("17", "2025-04-22")
    assert attack(patterns=galaxy("p", version="34")).release == ("MISP galaxy 34", None)
