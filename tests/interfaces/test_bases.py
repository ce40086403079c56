"""The base through its use cases, the same on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from hygie.core.errors import DataError, EvidenceError, HygieError, StoreError, UsageError
from hygie.core.evidence import TLP
from hygie.knowledge.base import diff_packs, upgrade_packs
from hygie.knowledge.pack_records import read_pack_folders, read_pack_records
from hygie.knowledge.projection import project_record
from hygie.service.audit import list_changes, list_imports
from hygie.service.intel import find_records, import_file
from hygie.service.intel_export import export_file
from hygie.service.landscape import load_base_knowledge
from hygie.service.qualification import (
    delete_record,
    edit_record,
    list_duplicates,
    merge_records,
    qualify_from_text,
    restore_record,
    show_record,
    split_record,
    tell_apart,
    undo_edits,
)
from hygie.service.workspace import Base
from hygie.store.record_store import RecordStore
from hygie.store.workspace import open_workspace

pytestmark = pytest.mark.xdist_group("bases")

EXAMPLE = Path(__file__).parents[2] / "examples" / "intel-bundle.json"


def open_organisation(folder: Path, database: str, organisation: str = "default") -> Base:
    workspace = open_workspace(folder, database=database, organisation=organisation)
    return Base(workspace=workspace, store=RecordStore(workspace, author="analyst", project=project_record))


@pytest.fixture
def base(tmp_path: Path, database_url: str) -> Iterator[Base]:
    """A base with the packs; the embedded catalogues are left out, for time."""
    opened = open_organisation(tmp_path / "workspace", database_url)
    upgrade_packs(opened.store)
    yield opened
    opened.workspace.engine.dispose()


def dump(base: Base) -> dict[tuple[str, str], tuple[str, bool]]:
    found = base.store.find(include_merged=True, include_deleted=True)
    return {(record.kind, record.ref): (record.digest, record.deleted_at is None) for record in found}


def test_every_entry_of_the_packs_is_there_and_reads_back(base: Base) -> None:
    for folder, records in read_pack_records(read_pack_folders()):
        for record in records:
            stored = base.store.get(record.kind, record.ref)
            assert stored.data == record.data
            assert stored.tlp == record.tlp
            assert stored.origins == (f"pack/{folder.info.name}",)
    assert all(diff.is_empty for diff in diff_packs(base.store))


def test_a_bundle_comes_in_once_and_goes_out_as_it_came(base: Base, tmp_path: Path) -> None:
    first = import_file(base, EXAMPLE)
    assert (first.counts["added"], first.counts["refused"]) == (8, 0)
    held = dump(base)
    second = import_file(base, EXAMPLE)
    assert second.counts["unchanged"] == 8
    assert dump(base) == held
    export_file(base, tmp_path / "out.json", format="stix", ceiling=TLP.CLEAR, origin="import/stix")
    sent = {item["id"]: item for item in json.loads(EXAMPLE.read_text())["objects"]}
    left = {item["id"]: item for item in json.loads((tmp_path / "out.json").read_text())["objects"]}
    assert {ref: left[ref] for ref in sent} == sent


def test_a_broken_file_leaves_nothing(base: Base, tmp_path: Path) -> None:
    held = dump(base)
    broken = tmp_path / "broken.json"
    broken.write_text(EXAMPLE.read_text()[:-30])
    with pytest.raises(DataError, match=r"broken\.json"):
        import_file(base, broken)
    assert dump(base) == held


def test_an_analyst_speaks_last_and_can_fall_silent_again(base: Base) -> None:
    held = dump(base)
    qualify_from_text(base, "W-R-10", reason="r", confidence="high", tlp=TLP.AMBER, pap="green")
    edit_record(base, "W-R-10", {"victim.region": "Île-de-France", "notes": None}, reason="r")
    page = show_record(base, "W-R-10")
    assert page.record.data["victim"]["region"] == "Île-de-France"
    assert page.record.data["victim"]["town"]
    assert "notes" not in page.record.data
    assert (page.record.tlp, page.record.pap) == ("amber", "green")
    assert [row.details["action"] for row in page.history] == ["added", "patched", "patched"]
    # The pack comes again: it stays below.
    upgrade_packs(base.store)
    assert show_record(base, "W-R-10").record == page.record
    undo_edits(base, "W-R-10", reason="r")
    assert dump(base) == held


def test_merging_loses_nothing(base: Base) -> None:
    held = dump(base)
    with pytest.raises(EvidenceError, match="no record"):
        merge_records(base, "W-R-10", "W-R-99", reason="r")
    merge_records(base, "W-R-10", "W-R-06", reason="r")
    page = show_record(base, "W-R-10")
    assert page.merged == ("W-R-06",)
    assert {"inc-w-r-10", "inc-w-r-06"} <= set(page.record.data["evidence"])
    assert page.record.data["started_on"] == "2022-12-03"
    # What the other alone knew fills the gap.
    assert page.record.data["loss"] == base.store.get("incident", "W-R-06").data["loss"]
    assert show_record(base, "W-R-06").merged_into == "W-R-10"
    split_record(base, "W-R-06", reason="r")
    assert dump(base) == held


def test_duplicates_told_apart_stay_apart(base: Base) -> None:
    (pair,) = list_duplicates(base)
    tell_apart(base, pair.keep, pair.other, reason="two hospitals")
    assert list_duplicates(base) == []
    with pytest.raises(HygieError):
        tell_apart(base, pair.other, pair.keep, reason="again")


def test_deleting_hides_and_restoring_shows(base: Base) -> None:
    delete_record(base, "W-R-10", reason="r")
    assert not list(find_records(base, kind="incident", text="versailles"))
    assert all(incident.ref != "W-R-10" for incident in load_base_knowledge(base).incidents)
    restore_record(base, "W-R-10", reason="r")
    assert [record.ref for record in find_records(base, kind="incident", text="versailles")] == ["W-R-10"]


@pytest.mark.parametrize("text", ["Cœur", "coeur grand est", "CŒUR", "grand est coe"])
def test_search_takes_words_as_people_write_them(base: Base, text: str) -> None:
    assert "GHT Cœur Grand Est" in [record.name for record in find_records(base, kind="incident", text=text)]


@pytest.mark.parametrize(
    "text", ['"', "*", "%", "a OR b)", "'; DROP TABLE record; --", "\\", "💉", "NEAR(", ":", "&|!"]
)
def test_search_takes_any_sign(base: Base, text: str) -> None:
    list(find_records(base, text=text))
    assert base.store.count("incident") == 59


def test_organisations_do_not_see_each_other(base: Base, tmp_path: Path, database_url: str) -> None:
    other = open_organisation(tmp_path / "workspace", database_url, "other")
    assert dump(other) == {}
    assert list_changes(other, limit=5) == []
    assert list_imports(other, limit=5) == []
    import_file(other, EXAMPLE)
    assert base.store.count("software", origin="import/stix") == 0
    assert other.store.count("software") == 1
    assert other.workspace.pseudonym_key != base.workspace.pseudonym_key
    other.workspace.engine.dispose()


def test_the_trail_cannot_be_rewritten(base: Base) -> None:
    qualify_from_text(base, "W-R-10", reason="r", confidence="high")
    for statement in ("UPDATE change SET author = 'someone'", "DELETE FROM change"):
        with (
            pytest.raises(Exception, match="only added to"),
            base.workspace.engine.begin() as c,
        ):
            c.exec_driver_sql(statement)
    assert list_changes(base, limit=1)[0].author == "analyst"


def test_what_is_above_the_ceiling_stays_with_what_leads_to_it(base: Base, tmp_path: Path) -> None:
    qualify_from_text(base, "W-R-10", reason="r", tlp=TLP.RED)
    for name, kinds in (("out.json", ("incident",)), ("out.csv", ("incident",)), ("out.xlsx", ("incident", "source"))):
        report = export_file(
            base, tmp_path / name, format="stix" if name.endswith("json") else None, kinds=kinds, ceiling=TLP.CLEAR
        )
        assert sum(report.withheld.values()) >= 1
    assert "Versailles" not in (tmp_path / "out.csv").read_text()
    text = (tmp_path / "out.json").read_text()
    assert "André-Mignot" not in text
    assert "w-r-10" not in text.lower()


def test_a_source_that_stays_behind_is_not_named(base: Base, tmp_path: Path) -> None:
    """The source of one incident is restricted: the statement that rests on it alone stays, in every format."""
    qualify_from_text(base, "inc-w-r-10", reason="r", tlp=TLP.RED)
    for name in ("out.json", "out.csv", "out.veris.json"):
        format_ = {"out.json": "stix", "out.veris.json": "veris"}.get(name)
        export_file(base, tmp_path / name, format=format_, kinds=("incident",), ceiling=TLP.CLEAR)
        assert "w-r-10" not in (tmp_path / name).read_text().lower()


@pytest.mark.parametrize("kind", ["incident", "count", "campaign"])
def test_an_actor_that_stays_behind_is_not_named_though_only_others_were_chosen(
    base: Base, tmp_path: Path, kind: str
) -> None:
    """Who is behind an incident is restricted: no format may give it away, whatever was chosen for export."""
    actor = {"incident": "vice-society", "count": "industrial-spy", "campaign": "anonymous-sudan"}[kind]
    formats = {"out.json": "stix", "out.csv": "csv", **({"out.veris.json": "veris"} if kind == "incident" else {})}

    def export(name: str) -> str:
        export_file(base, tmp_path / name, format=formats[name], kinds=(kind,), ceiling=TLP.CLEAR)
        return (tmp_path / name).read_text()

    assert all(actor in export(name) for name in formats)
    qualify_from_text(base, actor, reason="r", tlp=TLP.RED)
    assert not any(actor in export(name) for name in formats)


def test_a_name_that_a_shared_record_bears_is_no_secret(base: Base, tmp_path: Path) -> None:
    """A confidential report on a group that everybody knows does not take its public incidents away."""
    report = {
        "type": "intrusion-set",
        "spec_version": "2.1",
        "id": "intrusion-set--3d3c6a6f-6c2c-4c0e-9a26-2f2f1f6f3a11",
        "created": "2024-01-01T00:00:00.000Z",
        "modified": "2024-01-01T00:00:00.000Z",
        "name": "Vice Society",
    }
    (tmp_path / "in.json").write_text(json.dumps({"type": "bundle", "objects": [report]}))
    import_file(base, tmp_path / "in.json")
    export_file(base, tmp_path / "out.csv", kinds=("incident",), ceiling=TLP.CLEAR)
    assert "vice-society" in (tmp_path / "out.csv").read_text()


def test_what_cannot_be_exported_is_told_and_nothing_is_written(base: Base, tmp_path: Path) -> None:
    for name, options, words in (
        ("out.csv", {}, "one kind"),
        ("out.txt", {}, "not known"),
        ("out.json", {"format": "navigator", "actors": ("lockbitt",)}, "no actor"),
        ("out.json", {"format": "navigator", "domain": "space"}, "no such matrix"),
    ):
        with pytest.raises(UsageError, match=words):
            export_file(base, tmp_path / name, ceiling=TLP.CLEAR, **options)
        assert not (tmp_path / name).exists()


def test_a_password_is_never_shown(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as refused:
        open_workspace(tmp_path, database="postgresql://user:s3cret@127.0.0.1:1/none")
    assert "s3cret" not in str(refused.value)
    assert "s3cret" not in repr(refused.value.__cause__)
