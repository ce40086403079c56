"""Backup and restore: all rows and files, from either database to either; hostile archives; whole or not at all."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from hygie.core.errors import DocumentError, StoreError
from hygie.service import restore as restoring
from hygie.service.backup import back_up
from hygie.service.connectors import add_connector, list_connectors
from hygie.service.facilities import open_facilities
from hygie.service.restore import restore
from hygie.service.saved_results import list_results, read_result_view
from hygie.service.uploads import find_upload, keep_upload
from hygie.service.what_changed import list_changes
from hygie.store.all_tables import metadata
from hygie.store.record_store import RecordStore
from hygie.store.sessions import see_as
from hygie.store.workspace import Workspace
from jobs_kit import ADMIN, keep, misp, opened, person, small
from postgres_kit import PostgresServer
from store_kit import content, project, put


def fill(workspace: Workspace) -> None:
    """Put something into every part of a workspace, for two organisations."""
    for owner in (workspace, see_as(workspace, "ght-2")):
        open_facilities(owner).save(small(name=owner.organisation_id), expected_revision=None, principal=person())
        keep(owner, f"r-{owner.organisation_id}")
        add_connector(owner, misp(), principal=ADMIN)
        store = RecordStore(owner, author="ana", project=project)
        put(store, content(name="LockBit Évreux"), content("akira", document={"x": [1.5, None, "é\u202f"]}))


def dump(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    """Return every row of every table."""
    with workspace.engine.connect() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(select(table).order_by(*table.primary_key)).mappings()]
            for table in metadata.sorted_tables
        }


@pytest.fixture
def address(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str | None]:
    """Give the address of a new database of a kind; None for the file of the workspace."""

    def make(kind: str) -> str | None:
        if kind == "sqlite":
            return None
        server: PostgresServer = request.getfixturevalue("postgres_server")
        return server.new_database()

    return make


@pytest.mark.parametrize(
    ("source", "target"),
    [("sqlite", "sqlite"), ("postgresql", "postgresql"), ("sqlite", "postgresql"), ("postgresql", "sqlite")],
)
def test_everything_comes_back(tmp_path: Path, address: Any, source: str, target: str) -> None:
    with opened(tmp_path / "one", address(source)) as workspace:
        fill(workspace)
        with (tmp_path / "a.bin").open("wb") as stream:
            stream.write(b"uploaded")
        with (tmp_path / "a.bin").open("rb") as stream:
            upload = keep_upload(workspace, stream, name="../a b.csv")
        before = dump(workspace)
        report = back_up(workspace, tmp_path / "b.zip")
    assert (tmp_path / "b.zip").stat().st_mode & 0o777 == 0o600
    assert report.rows["document"] == 2
    other = address(target)
    assert restore(tmp_path / "b.zip", tmp_path / "two", database=other).rows == report.rows
    with opened(tmp_path / "two", other) as workspace:
        assert dump(workspace) == before
        assert read_result_view(workspace, "r-default") == {"x": 1}
        assert find_upload(workspace, upload).read_bytes() == b"uploaded"
        store = RecordStore(workspace, author="ana", project=project)
        # The index of words came with the rows, and new rows get numbers of their own.
        assert [row.ref for row in store.find(text="evreux")] == ["lockbit"]
        assert put(store, content("new")) == ["added"]
        open_facilities(workspace).save(small(beds=9), expected_revision=1, principal=person())
        assert len(list_changes(workspace).items) == 2
        with pytest.raises(Exception, match="only added to"), workspace.engine.begin() as connection:
            connection.execute(text("DELETE FROM change"))
        assert [row.name for row in list_connectors(workspace)] == ["MISP"]
    assert not [path for path in (tmp_path / "two").iterdir() if path.name.startswith(".hygie")]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_workspace_that_is_not_empty_is_kept_without_force(tmp_path: Path, address: Any, kind: str) -> None:
    with opened(tmp_path / "one") as workspace:
        fill(workspace)
        back_up(workspace, tmp_path / "b.zip")
    place = address(kind)
    with opened(tmp_path / "two", place) as workspace:
        open_facilities(workspace).save(small("fr-9"), expected_revision=None, principal=person())
        keep_this = dump(workspace)
    with pytest.raises(StoreError, match="is not empty"):
        restore(tmp_path / "b.zip", tmp_path / "two", database=place)
    with opened(tmp_path / "two", place) as workspace:
        assert dump(workspace) == keep_this
    restore(tmp_path / "b.zip", tmp_path / "two", database=place, force=True)
    with opened(tmp_path / "two", place) as workspace:
        assert [row.ref for row in open_facilities(workspace).find().items] == ["fr-1"]
        assert [row.result_id for row in list_results(workspace).items] == ["r-default"]


def test_a_workspace_in_use_is_kept(tmp_path: Path) -> None:
    with opened(tmp_path / "one") as workspace:
        fill(workspace)
        back_up(workspace, tmp_path / "b.zip")
        with workspace.engine.connect() as connection:
            connection.execute(text("SELECT 1 FROM organisation"))
            with pytest.raises(StoreError, match="in use"):
                restore(tmp_path / "b.zip", tmp_path / "one", force=True)
        assert read_result_view(workspace, "r-default") == {"x": 1}


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_restore_that_fails_leaves_everything_as_it_was(
    tmp_path: Path, address: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened(tmp_path / "one") as workspace:
        fill(workspace)
        back_up(workspace, tmp_path / "b.zip")
    place = address(kind)
    with opened(tmp_path / "two", place) as workspace:
        open_facilities(workspace).save(small(), expected_revision=None, principal=person())
        keep(workspace, "mine")
        before = dump(workspace)
    swapped = restoring._swapped

    @contextmanager
    def fill_the_disk(folder: Path, made: Path) -> Iterator[Callable[[], None]]:
        with swapped(folder, made) as swap:

            def swap_and_fail() -> None:
                swap()
                raise OSError(28, "No space left on device")

            yield swap_and_fail

    monkeypatch.setattr(restoring, "_swapped", fill_the_disk)
    with pytest.raises(StoreError, match="could not be restored: No space left"):
        restore(tmp_path / "b.zip", tmp_path / "two", database=place, force=True)
    with opened(tmp_path / "two", place) as workspace:
        assert dump(workspace) == before
        assert read_result_view(workspace, "mine") == {"x": 1}
    assert not [path for path in (tmp_path / "two").iterdir() if path.name.startswith(".hygie")]


def test_a_file_that_exists_is_kept(tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_text("mine", encoding="utf-8")
    with opened(tmp_path / "one") as workspace:
        with pytest.raises(StoreError, match="exists already"):
            back_up(workspace, tmp_path / "b.zip")
        assert (tmp_path / "b.zip").read_text(encoding="utf-8") == "mine"
        back_up(workspace, tmp_path / "b.zip", overwrite=True)
    assert zipfile.is_zipfile(tmp_path / "b.zip")


def forge(source: Path, target: Path, change: Callable[[dict[str, bytes], dict[str, Any]], None]) -> Path:
    """Write another archive in which something is not right."""
    with zipfile.ZipFile(source) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(files.pop("manifest.json"))
    change(files, manifest)
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
        archive.writestr("manifest.json", json.dumps(manifest))
    return target


def add_file(name: str) -> Callable[[dict[str, bytes], dict[str, Any]], None]:
    def change(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
        files[f"files/{name}"] = b"x"
        manifest["files"][name] = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}

    return change


def spoil(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    name = next(name for name in files if name.startswith("files/results"))
    files[name] = files[name][:-1] + b"#"


def swell(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    name = next(iter(manifest["files"]))
    manifest["files"][name]["size"] -= 1


def add_row(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    data = files["tables/document.jsonl"] + b'{"ref":"x","evil":1}\n'
    files["tables/document.jsonl"] = data
    manifest["tables"]["document"] = {"rows": 3, "sha256": hashlib.sha256(data).hexdigest()}


def orphan(files: dict[str, bytes], manifest: dict[str, Any]) -> None:
    row = {"organisation_id": "nobody", "feed": "f", "value": "v", "modified_at": "2026-01-01T00:00:00+00:00"}
    data = json.dumps(row).encode() + b"\n"
    files["tables/feed_cursor.jsonl"] = data
    manifest["tables"]["feed_cursor"] = {"rows": 1, "sha256": hashlib.sha256(data).hexdigest()}


@pytest.mark.parametrize(
    "change",
    [
        add_file("../../evil.txt"),
        add_file("results/../../evil"),
        add_file("/etc/evil/x"),
        add_file("keys/a/b"),
        add_file("results/default/r/C:evil"),
        lambda files, manifest: files.update({"files/results/a/b": b"not in the list"}),
        lambda files, manifest: files.pop("tables/document.jsonl"),
        lambda files, manifest: manifest.update(revision="9999"),
        lambda files, manifest: manifest.update(format=7),
        lambda files, manifest: manifest["tables"].update({"sqlite_master": {"rows": 0, "sha256": ""}}),
        lambda files, manifest: manifest.update(files=[1]),
        spoil,
        swell,
        add_row,
        orphan,
    ],
)
def test_hostile_and_damaged_archives_are_refused(tmp_path: Path, change: Any) -> None:
    with opened(tmp_path / "one") as workspace:
        fill(workspace)
        back_up(workspace, tmp_path / "b.zip")
    bad = forge(tmp_path / "b.zip", tmp_path / "bad.zip", change)
    with pytest.raises((DocumentError, StoreError)):
        restore(bad, tmp_path / "in" / "two")
    left = [path for path in (tmp_path / "in").rglob("*") if path.is_file() and path.name != "hygie.db"]
    assert left == []
    assert not (tmp_path / "evil.txt").exists()


def test_a_bomb_and_other_files_are_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("manifest.json", "{}")
        with archive.open("tables/document.jsonl", "w") as sink:
            for _ in range(300):
                sink.write(bytes(1 << 20))
    (tmp_path / "text.zip").write_text("not a backup", encoding="utf-8")
    for name in ("bomb.zip", "text.zip"):
        with pytest.raises(DocumentError):
            restore(tmp_path / name, tmp_path / "two")
    with pytest.raises(StoreError, match="no such file"):
        restore(tmp_path / "none.zip", tmp_path / "two")
