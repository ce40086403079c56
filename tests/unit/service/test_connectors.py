"""Connectors: kept with an encrypted secret, due every some hours, pulled by the worker; on both databases."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from file_server_kit import ServedFile, serve_files
from hygie.core.errors import ConflictError, ForbiddenError, NotFoundError, StoreError, UsageError
from hygie.service.connectors import (
    ConnectorRequest,
    add_connector,
    change_connector,
    delete_connector,
    list_connectors,
    queue_due,
)
from hygie.service.jobs import get_job, list_jobs
from hygie.service.what_changed import list_changes
from hygie.store.connector_store import ConnectorStore
from hygie.store.secret_box import KEY_FILE, open_secret, seal_secret
from hygie.store.sessions import see_as
from hygie.store.workspace import Workspace
from jobs_kit import ADMIN, SECRET, misp, opened, person, work_off


@pytest.fixture
def workspace(tmp_path: Path, database_url: str):
    with opened(tmp_path / "ws", database_url) as found:
        yield found


def test_a_secret_is_never_in_clear(workspace: Workspace) -> None:
    shown = add_connector(workspace, misp(), principal=ADMIN)
    assert shown.has_secret
    assert SECRET not in shown.model_dump_json() + repr(misp()) + repr(list_connectors(workspace))
    row = ConnectorStore(workspace).get(shown.connector_id)
    assert SECRET not in repr(row)
    assert open_secret(workspace.folder, row.secret) == SECRET
    key = workspace.folder / KEY_FILE
    assert key.stat().st_mode & 0o777 == 0o600
    with workspace.engine.connect() as connection:
        kept = connection.execute(text("SELECT secret, settings FROM connector")).one()
    assert SECRET not in str(kept)
    key.unlink()
    with pytest.raises(StoreError, match="the key of the workspace is another one"):
        open_secret(workspace.folder, row.secret)
    seal_secret(workspace.folder, "other")
    with pytest.raises(StoreError, match="the key of the workspace is another one"):
        open_secret(workspace.folder, row.secret)


def test_only_an_administrator_names_servers(workspace: Workspace) -> None:
    with pytest.raises(ForbiddenError):
        add_connector(workspace, misp(), principal=person("bob", "approver"))


@pytest.mark.parametrize("url", ["http://misp.example", "file:///etc/passwd", "/etc/passwd", "https://u:p@x", None])
def test_other_addresses_are_refused(workspace: Workspace, url: str | None) -> None:
    with pytest.raises(UsageError) as caught:
        add_connector(workspace, misp(url=url), principal=ADMIN)
    assert "u:p" not in str(caught.value)


def test_a_secret_does_not_follow_to_another_server(workspace: Workspace) -> None:
    made = add_connector(workspace, misp(), principal=ADMIN)
    same = change_connector(
        workspace, made.connector_id, misp(secret=None, every_h=12), expected_version=1, principal=ADMIN
    )
    assert (same.every_h, same.has_secret, same.version) == (12, True, 2)
    with pytest.raises(ConflictError):
        change_connector(workspace, made.connector_id, misp(), expected_version=1, principal=ADMIN)
    moved = misp(secret=None, url="https://other.example")
    assert not change_connector(workspace, made.connector_id, moved, expected_version=2, principal=ADMIN).has_secret


def test_what_is_due_is_asked_for_once(workspace: Workspace) -> None:
    made = add_connector(workspace, misp(), principal=ADMIN)
    add_connector(workspace, misp(enabled=False), principal=ADMIN)
    now = datetime.now(UTC)
    assert (queue_due(workspace, now=now), queue_due(workspace, now=now)) == (1, 0)
    (job,) = list_jobs(workspace).items
    assert (job.kind, job.title, job.request["connector"]) == ("pull", "MISP", made.connector_id)
    assert queue_due(workspace, now=now + timedelta(hours=5)) == 0
    # Two that were missed are one.
    assert queue_due(workspace, now=now + timedelta(hours=13)) == 1
    held = next(row for row in list_connectors(workspace) if row.enabled)
    assert held.last_job == list_jobs(workspace).items[0].job_id


def test_organisations_see_their_own_only(workspace: Workspace) -> None:
    made = add_connector(workspace, misp(), principal=ADMIN)
    other = see_as(workspace, "ght-2")
    assert list_connectors(other) == []
    with pytest.raises(NotFoundError):
        delete_connector(other, made.connector_id, principal=ADMIN)
    with pytest.raises(NotFoundError):
        change_connector(other, made.connector_id, misp(), expected_version=1, principal=ADMIN)
    assert queue_due(other, organisations=["ght-2"]) == 0
    assert queue_due(other) == 1
    assert (len(list_jobs(other).items), len(list_jobs(workspace).items)) == (0, 1)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_worker_pulls_what_is_due(tmp_path: Path, filled_workspace: Path, database_url: str) -> None:
    shutil.copytree(filled_workspace, tmp_path / "filled")
    catalogue = {
        "title": "CISA Catalog of Known Exploited Vulnerabilities",
        "catalogVersion": "2026.11.20",
        "dateReleased": "2026-11-20T00:00:00Z",
        "count": 1,
        "vulnerabilities": [
            {
                "cveID": "CVE-2026-99901",
                "vendorProject": "Exemple",
                "product": "Passerelle",
                "vulnerabilityName": "Exemple Passerelle overflow",
                "dateAdded": "2026-11-20",
                "shortDescription": "An overflow.",
                "requiredAction": "Apply updates.",
                "dueDate": "2026-12-11",
                "knownRansomwareCampaignUse": "Known",
                "notes": "",
                "cwes": [],
            }
        ],
    }
    served = {"/kev.json": ServedFile(json.dumps(catalogue).encode())}
    with serve_files(served) as server, opened(tmp_path / "filled") as workspace:
        request = ConnectorRequest(name="KEV", protocol="kev", url=server.url("/kev.json"), allow_http=True)
        add_connector(workspace, request, principal=ADMIN)
        assert work_off(workspace) == 1
        (row,) = list_connectors(workspace)
        ended = get_job(workspace, row.last_job)
        assert (ended.status, row.last_status, ended.findings) == ("done", "done", [])
        # The flaw, and the catalogue as its evidence.
        assert ended.outcome["counts"]["added"] == 2
        (told,) = list_changes(workspace, language="fr").items
        assert "KEV" in told.sentence
