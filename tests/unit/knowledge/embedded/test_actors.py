"""MISP threat actors and Tidal groups: joined with ATT&CK where they are the same, their targets told in one way."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version

import pytest

from hygie.knowledge.embedded.actors import read_misp_actors, read_tidal_groups
from hygie.knowledge.embedded.attack import Attack
from hygie.knowledge.importers.protocol import ImportItem, Refusal, Release
from hygie.knowledge.kinds import IntelRecord

WIZARD_SPIDER = "misp-bdf4fe4f-af8a-495f-a719-cf175cecda1f"
EIGHT_BASE = "misp-00b45c13-d165-44d0-ad6b-99787d2a7ce3"


def index_actors(items: list[ImportItem]) -> dict[str, IntelRecord]:
    return {item.ref: item for item in items if isinstance(item, IntelRecord) and item.kind == "actor"}


@pytest.fixture(scope="module")
def misp_items() -> list[ImportItem]:
    return list(read_misp_actors())


@pytest.fixture(scope="module")
def tidal_items() -> list[ImportItem]:
    return list(read_tidal_groups())


@pytest.fixture(scope="module")
def misp(misp_items: list[ImportItem]) -> dict[str, IntelRecord]:
    return index_actors(misp_items)


@pytest.fixture(scope="module")
def tidal(tidal_items: list[ImportItem]) -> dict[str, IntelRecord]:
    return index_actors(tidal_items)


def test_every_cluster_of_misp_is_an_actor(misp_items: list[ImportItem], misp: dict[str, IntelRecord]) -> None:
    assert misp_items[0] == Release(name="misp-threat-actor", version="336")
    assert not any(isinstance(item, Refusal) for item in misp_items)
    assert len(misp) == 864
    assert all(ref == f"misp-{record.data['misp_uuid']}" for ref, record in misp.items())


def test_an_actor_of_misp_says_whom_it_is_suspected_to_target(misp: dict[str, IntelRecord]) -> None:
    [sofacy] = [record.data for record in misp.values() if record.name == "APT28"]
    assert sofacy["attack_ids"] == ["G0007"]
    assert "G0007" not in sofacy["aliases"]
    assert {"FR", "US", "UA"} <= set(sofacy["target_countries"])
    assert all(len(code) == 2 for code in sofacy["target_countries"])
    assert {"Government, Administration", "Military"} <= set(sofacy["target_sectors"])
    assert sofacy["origin_country"] == "RU"


def test_a_suspected_sponsor_makes_no_state_actor(misp: dict[str, IntelRecord]) -> None:
    # The galaxy names a suspected state sponsor for this crime group.
    assert "kind" not in misp[WIZARD_SPIDER].data
    assert Counter(record.data.get("kind") for record in misp.values()) == {None: 857, "hacktivist": 5, "criminal": 2}


def test_actors_are_joined_with_groups_in_force_only(misp: dict[str, IntelRecord]) -> None:
    in_force = set(Attack.read().groups.values())
    joined = [record.data["attack_ids"] for record in misp.values() if "attack_ids" in record.data]
    assert len(joined) > 120
    assert {ref for refs in joined for ref in refs} <= in_force


def test_the_same_name_joins_when_the_galaxy_says_nothing(misp: dict[str, IntelRecord]) -> None:
    assert misp[WIZARD_SPIDER].name == "WIZARD SPIDER"
    assert misp[WIZARD_SPIDER].data["attack_ids"] == ["G0102"]


def test_an_actor_that_merges_several_groups_names_them_all(misp: dict[str, IntelRecord]) -> None:
    [lazarus] = [record.data for record in misp.values() if record.name == "Lazarus Group"]
    assert lazarus["attack_ids"] == ["G0032", "G0082"]


def test_tidal_is_named_by_the_package_that_carries_it(tidal_items: list[ImportItem]) -> None:
    release = tidal_items[0]
    assert isinstance(release, Release)
    assert (release.name, release.version) == ("tidal-groups", f"pymispgalaxies {version('pymispgalaxies')}")


def test_a_group_copied_from_attack_is_a_layer_on_it(tidal: dict[str, IntelRecord]) -> None:
    akira = tidal["G1024"].data
    assert akira["name"] == "Akira"
    assert "FR" in akira["target_countries"]
    assert "Health" in akira["target_sectors"]
    # What ATT&CK says of it is left to ATT&CK.
    assert akira.keys().isdisjoint({"aliases", "attack_ids", "summary", "kind"})


def test_entries_about_one_actor_are_put_together(tidal: dict[str, IntelRecord]) -> None:
    # Tidal has FIN12 beside Wizard Spider, of which it is an alias in ATT&CK.
    assert tidal["G0102"].name == "Wizard Spider"
    assert not any(record.name == "FIN12" for record in tidal.values())
    assert "Health" in tidal["G0102"].data["target_sectors"]
    assert len(tidal["G0102"].data["target_sectors"]) == len(set(tidal["G0102"].data["target_sectors"]))


def test_a_layer_keeps_the_lists_of_the_layer_below(
    misp: dict[str, IntelRecord], tidal: dict[str, IntelRecord]
) -> None:
    shared = misp.keys() & tidal.keys()
    assert len(shared) > 30
    for ref in shared:
        assert tidal[ref].name == misp[ref].name
        for key in ("target_sectors", "target_countries", "motives", "evidence"):
            assert set(misp[ref].data.get(key, ())) <= set(tidal[ref].data.get(key, ())), (ref, key)
        assert misp[ref].data.get("origin_country") in (None, tidal[ref].data.get("origin_country"))


def test_a_group_that_only_tidal_knows_stands_for_itself(tidal: dict[str, IntelRecord]) -> None:
    data = tidal[EIGHT_BASE].data
    assert data["name"] == "8Base Ransomware Actors"
    assert "Health" in data["target_sectors"]
    assert data["motives"] == ["Financial Gain"]
    assert data["summary"].startswith("This object represents")
    # Tidal numbers its own groups like ATT&CK, twice over.
    assert "attack_ids" not in data


def test_what_tidal_deprecates_is_dropped(tidal_items: list[ImportItem]) -> None:
    refusals = [item for item in tidal_items if isinstance(item, Refusal)]
    assert all(refusal.dropped for refusal in refusals)
    assert sorted(str(refusal.finding.value) for refusal in refusals) == [
        "APT42 (Deprecated)", "Salt Typhoon (Deprecated)", "Storm-1811 (Deprecated)", "Velvet Ant (Deprecated)",
    ]  # fmt: skip


def test_every_group_in_force_is_known_to_tidal(tidal: dict[str, IntelRecord]) -> None:
    assert {ref for ref in tidal if ref.startswith("G")} == set(Attack.read().groups.values())
