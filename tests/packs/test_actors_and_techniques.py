"""Actors and techniques of the packs: every id exists, in the embedded catalogues or in the release that packs cite."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import DataError
from hygie.knowledge.actor_names import ActorIndex
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.embedded import read_embedded
from hygie.knowledge.kinds import IntelRecord
from hygie.knowledge.pack_records import read_pack_folders, read_pack_records
from hygie.knowledge.packs import check_packs, load_catalogue
from hygie.store.documents import read_document

AS_OF = date(2026, 11, 23)
TECHNIQUE = re.compile(r"T\d{4}(?:\.\d{3})?")
MITIGATION = re.compile(r"M\d{4}")

# ATT&CK objects of release 18 (October 2025), which the embedded release 17 cannot know.
NEWER = {"G1051": "Medusa Group", "S1242": "Qilin", "S1244": "Medusa Ransomware"}

ON_HEALTH = {
    "vice-society", "industrial-spy", "anonymous-sudan", "bianlian", "rhysida", "lockbit", "wizard-spider", "ta505",
    "medusa", "royal", "ransomhouse", "qilin", "akira", "play", "inc-ransom", "black-basta", "alphv", "ransomhub",
    "killnet", "noname057-16",
}  # fmt: skip


@pytest.fixture(scope="module")
def embedded() -> dict[str, IntelRecord]:
    """Techniques, mitigations, groups, software and MISP actors, by ref."""
    found: dict[str, IntelRecord] = {}
    for item in read_embedded():
        # The first catalogue that has an object names it; Tidal only adds to it.
        if isinstance(item, IntelRecord) and item.kind in {"technique", "mitigation", "actor", "software"}:
            found.setdefault(item.ref, item)
    return found


@pytest.fixture(scope="module")
def ids_in_packs() -> dict[str, str]:
    """Ids of techniques and mitigations anywhere in the packs, with a place where each stands.

    The list of ICS techniques itself is left out, or every id would find itself.
    """
    root = Path(str(resources.files("hygie") / "packs"))
    found: dict[str, str] = {}
    for path in sorted(root.rglob("*.yaml")):
        if path.name != "ics_techniques.yaml":
            for text in walk_texts(read_document(path).data):
                if TECHNIQUE.fullmatch(text) or MITIGATION.fullmatch(text):
                    found.setdefault(text, str(path.relative_to(root)))
    return found


def walk_texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for child in value.values():
            yield from walk_texts(child)
    elif isinstance(value, list):
        for child in value:
            yield from walk_texts(child)


def test_every_technique_in_packs_is_known(
    ids_in_packs: dict[str, str], embedded: dict[str, IntelRecord], catalogue: Catalogue
) -> None:
    used = {ref for ref in ids_in_packs if TECHNIQUE.fullmatch(ref)}
    assert {"T1566", "T1078.002", "T0866"} <= used
    lost = [
        f"{ids_in_packs[ref]} {ref}" for ref in sorted(used) if ref not in embedded and ref not in catalogue.techniques
    ]
    assert lost == []


def test_every_mitigation_in_packs_is_known(
    ids_in_packs: dict[str, str], embedded: dict[str, IntelRecord], catalogue: Catalogue
) -> None:
    used = {ref for ref in ids_in_packs if MITIGATION.fullmatch(ref)}
    ics = {ref for technique in catalogue.techniques.values() for ref in technique.mitigations}
    assert {"M1032", "M0930"} <= used
    assert [f"{ids_in_packs[ref]} {ref}" for ref in sorted(used) if ref not in embedded and ref not in ics] == []


def test_the_pack_carries_only_ics_techniques(catalogue: Catalogue, embedded: dict[str, IntelRecord]) -> None:
    assert len(catalogue.techniques) == 48
    assert {technique.domain for technique in catalogue.techniques.values()} == {"ics"}
    assert catalogue.techniques.keys().isdisjoint(embedded)


def test_ics_techniques_are_those_of_the_cited_release(catalogue: Catalogue, shared_data: Path) -> None:
    objects = json.loads((shared_data / "attack_ics_v18.1_stix21.json").read_bytes())["objects"]
    live = {item["id"]: item for item in objects if not item.get("revoked") and not item.get("x_mitre_deprecated")}

    def id_of(item: dict[str, Any]) -> str:
        return str(item["external_references"][0]["external_id"])

    mitigations: dict[str, list[str]] = {}
    for item in live.values():
        if item["type"] == "relationship" and item["relationship_type"] == "mitigates" and item["source_ref"] in live:
            mitigations.setdefault(item["target_ref"], []).append(id_of(live[item["source_ref"]]))
    tactics = {"initial-access", "lateral-movement", "inhibit-response-function", "impair-process-control", "impact"}
    expected = {}
    for item in live.values():
        if item["type"] == "attack-pattern":
            phases = {phase["phase_name"] for phase in item["kill_chain_phases"]}
            if phases & tactics:
                expected[id_of(item)] = (item["name"], phases, sorted(mitigations.get(item["id"], [])))
    carried = {
        ref: (technique.name, set(technique.tactics), technique.mitigations)
        for ref, technique in catalogue.techniques.items()
    }
    assert carried == expected


def test_techniques_become_records_of_the_base() -> None:
    records = [record for _, found in read_pack_records(read_pack_folders()) for record in found]
    techniques = {record.ref: record for record in records if record.kind == "technique"}
    assert len(techniques) == 48
    assert techniques["T0822"].name == "External Remote Services"
    assert techniques["T0822"].data["evidence"] == ["attack-ics-techniques"]
    assert techniques["T0822"].tlp == "clear"


def test_mitre_is_credited(catalogue: Catalogue) -> None:
    notice = "(c) 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE"
    assert notice in catalogue.evidence["attack-ics-techniques"].licence
    text = " ".join((Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8").split())
    assert notice in text
    assert "hereby grants you a non-exclusive, royalty-free license to use ATT&CK(R)" in text
    assert "MISP project" in text
    assert "Tidal Cyber" in text


PACK = """
name: toy
version: "1"
title: {en: "Toy", fr: "Jouet"}
description: {en: "Toy pack.", fr: "Jouet d’essai."}
licence: CC0-1.0
requires: [base]
"""


def write_pack(folder: Path, technique: str) -> Path:
    (folder / "pack.yaml").write_text(PACK, encoding="utf-8")
    (folder / "techniques.yaml").write_text(f"techniques:\n  - {technique}\n", encoding="utf-8")
    return folder


def test_a_pack_adds_techniques(tmp_path: Path) -> None:
    row = "{ref: T0999.001, name: New, domain: ics, parent: T0999, evidence: [attack-ics-techniques]}"
    loaded = load_catalogue(["base"], as_of=AS_OF, extra_paths=[write_pack(tmp_path, row)])
    assert loaded.techniques["T0999.001"].parent == "T0999"
    assert len(loaded.techniques) == 49


@pytest.mark.parametrize(
    ("row", "message", "field"),
    [
        (
            "{ref: T99, name: N, domain: ics, evidence: [attack-ics-techniques]}",
            "not written as expected",
            "techniques.0.ref",
        ),
        ("{ref: M0930, name: N, domain: ics, evidence: [attack-ics-techniques]}", "no technique", "techniques.0.ref"),
        ("{ref: T0999, name: N, domain: space, evidence: [attack-ics-techniques]}", "domain", "techniques.0.domain"),
        ("{ref: T0999, name: N, domain: ics}", "names no evidence", "techniques.0"),
        ("{ref: T0999, name: N, domain: ics, evidence: [attack-ics]}", "in no loaded pack", "techniques.0.evidence.0"),
        ("{ref: T0866, name: N, domain: ics, evidence: [attack-ics-techniques]}", "stands twice", "techniques.0.ref"),
        ("{ref: T0999.001, name: N, domain: ics, evidence: [attack-ics-techniques]}", "parent", "techniques.0.parent"),
        ("{ref: T0999, name: N, domain: ics, parent: T0999, evidence: [attack-ics-techniques]}", "parent", None),
    ],
)
def test_a_wrong_technique_is_refused_where_it_stands(
    tmp_path: Path, row: str, message: str, field: str | None
) -> None:
    [finding] = check_packs(["base"], extra_paths=[write_pack(tmp_path, row)])
    assert message in finding.message
    assert finding.line == 2
    assert field is None or (finding.field or "").startswith(field)
    assert finding.repair or finding.allowed
    with pytest.raises(DataError, match=re.escape(finding.message)):
        load_catalogue(["base"], as_of=AS_OF, extra_paths=[tmp_path])


def test_actors_seen_on_health_are_carried_with_sources(catalogue: Catalogue) -> None:
    assert catalogue.actors.keys() >= ON_HEALTH
    for ref in ON_HEALTH:
        actor = catalogue.actors[ref]
        assert actor.evidence
        assert actor.description.en != actor.description.fr


def test_ids_of_actors_exist_in_the_embedded_catalogues(catalogue: Catalogue, embedded: dict[str, IntelRecord]) -> None:
    lost = {ref for actor in catalogue.actors.values() for ref in actor.attack_ids if ref not in embedded}
    assert lost == NEWER.keys()
    misp = {actor.ref: actor.misp_uuid for actor in catalogue.actors.values() if actor.misp_uuid is not None}
    assert len(misp) == 11
    assert [ref for ref, uuid in misp.items() if f"misp-{uuid}" not in embedded] == []


def test_ids_of_actors_exist_in_the_cited_releases(catalogue: Catalogue, shared_data: Path) -> None:
    attack = json.loads((shared_data / "attack_enterprise_v18.1_compact.json").read_bytes())
    names = {row["id"]: row["name"] for section in ("groups", "software", "campaigns") for row in attack[section]}
    used = {ref for actor in catalogue.actors.values() for ref in actor.attack_ids}
    assert used <= names.keys()
    assert {ref: names[ref] for ref in NEWER} == NEWER
    misp = json.loads((shared_data / "misp_threat_actors_compact.json").read_bytes())["values"]
    known = {row["uuid"] for row in misp}
    assert {actor.misp_uuid for actor in catalogue.actors.values()} - {None} <= known


def test_ids_and_names_of_an_actor_agree(catalogue: Catalogue, embedded: dict[str, IntelRecord]) -> None:
    """What the pack calls the same as a catalogue entry shares a name with it, or with its software."""
    index = ActorIndex.build(catalogue.actors.values())
    strangers = {}
    for actor in catalogue.actors.values():
        marks = [*actor.attack_ids, *([f"misp-{actor.misp_uuid}"] if actor.misp_uuid else [])]
        for mark in marks:
            record = embedded.get(mark)
            if record is not None:
                names = [record.name, *record.data.get("aliases", ())]
                if actor.ref not in {index.resolve(name) for name in names}:
                    strangers[actor.ref, mark] = record.name
    # Ryuk and Conti are payloads of FIN12, not names of it.
    assert strangers == {("wizard-spider", "S0446"): "Ryuk", ("wizard-spider", "S0575"): "Conti"}


def test_actors_of_public_incidents_are_told_by_name(catalogue: Catalogue, shared_data: Path) -> None:
    index = ActorIndex.build(catalogue.actors.values())
    path = shared_data.parent / "facts" / "incidents_fr_2019_2023.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        names = {row["actor"] for row in csv.DictReader(stream)}
    # Payload families and an impersonator: an analyst decides.
    assert {name for name in names if index.resolve(name) is None} == {
        "unknown", "Ryuk (Wizard Spider / FIN12 family)", "Ryuk family (reported)", "LockBit 3.0 builder, impersonator",
    }  # fmt: skip
