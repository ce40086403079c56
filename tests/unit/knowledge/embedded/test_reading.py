"""All embedded catalogues together: sound, quick, and read only when asked."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from hygie.knowledge.embedded import galaxies, read_embedded
from hygie.knowledge.importers.protocol import ImportItem, Refusal, Release
from hygie.knowledge.kinds import IntelRecord

SETS = ["attack-enterprise", "misp-threat-actor", "misp-ransomware", "tidal-groups", "misp-sector", "misp-country"]


@pytest.fixture(scope="module")
def sets() -> dict[str, list[ImportItem]]:
    found: dict[str, list[ImportItem]] = {}
    for item in read_embedded():
        if isinstance(item, Release):
            assert item.name not in found
            items = found[item.name] = []
        else:
            items.append(item)
    return found


def test_each_catalogue_begins_with_its_release_and_its_source(sets: dict[str, list[ImportItem]]) -> None:
    assert list(sets) == SETS
    for items in sets.values():
        source = items[0]
        assert isinstance(source, IntelRecord)
        assert source.kind == "source"
        assert sum(isinstance(item, IntelRecord) and item.kind == "source" for item in items) == 1


def test_no_object_is_refused_and_every_dropped_one_has_a_reason(sets: dict[str, list[ImportItem]]) -> None:
    refusals = [item for items in sets.values() for item in items if isinstance(item, Refusal)]
    assert [refusal for refusal in refusals if not refusal.dropped] == []
    # Reasons are few, so that a report can count them.
    assert len({refusal.finding.message for refusal in refusals}) == 7


def test_every_record_is_sound_and_stands_once_in_its_catalogue(sets: dict[str, list[ImportItem]]) -> None:
    for items in sets.values():
        records = [item for item in items if isinstance(item, IntelRecord)]
        counts = Counter((record.kind, record.ref) for record in records)
        assert max(counts.values()) == 1
        for record in records:
            facts = record.facts()
            assert facts.model_dump(mode="json", by_alias=True)["ref"] == record.ref
            assert record.tlp == "clear"


def test_references_lead_to_records(sets: dict[str, list[ImportItem]]) -> None:
    records = [item for items in sets.values() for item in items if isinstance(item, IntelRecord)]
    refs = {(record.kind, record.ref) for record in records}
    for record in records:
        for ref in record.data.get("evidence", ()):
            assert ("source", ref) in refs
        if record.kind == "relationship":
            assert (record.data["source_kind"], record.data["source"]) in refs
            assert (record.data["target_kind"], record.data["target"]) in refs


def test_health_has_its_actors(sets: dict[str, list[ImportItem]]) -> None:
    targeting = {
        item.name
        for items in sets.values()
        for item in items
        if isinstance(item, IntelRecord) and "Health" in item.data.get("target_sectors", ())
    }
    assert {"Akira", "INC Ransom", "Vanilla Tempest", "Daixin Team", "Wizard Spider"} <= targeting
    assert len(targeting) > 70


def test_nothing_is_read_before_the_first_object(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: str) -> None:
        raise AssertionError("a galaxy was looked for")

    monkeypatch.setattr(galaxies, "find_spec", refuse)
    items = read_embedded()
    with pytest.raises(AssertionError, match="a galaxy was looked for"):
        next(items)


def test_everything_is_read() -> None:
    assert sum(1 for _ in read_embedded()) > 22_000


def test_the_package_is_read_and_not_run() -> None:
    code = "import sys; from hygie.knowledge.embedded import read_embedded; list(read_embedded()); print(*sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "hygie.knowledge.embedded.attack" in result.stdout.split()
    assert "pymispgalaxies" not in result.stdout.split()
