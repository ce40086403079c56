"""The whole server dies in the middle of an assessment; started again, it ends it with the digest of a calm run."""

from __future__ import annotations

import re
import shutil
import time
from pathlib import Path

import pytest

from server_kit import Person, start_server

pytestmark = pytest.mark.xdist_group("assess")

ASKED = {"facility": "fr-400780193", "years": "400000", "draws": "20", "seed": "7"}


def count_parts(workspace: Path) -> int:
    return len(list(workspace.glob("results/default/*.parts/*/events/part-*.parquet")))


def read_digest(person: Person, job: str) -> str:
    deadline = time.monotonic() + 400
    while "/jobs/" in (answer := person.get(job, params={"go": "1"})).url.path:
        assert time.monotonic() < deadline
        time.sleep(0.3)
    found = re.search(r"sha256:[0-9a-f]{64}", answer.text)
    assert found is not None, answer.text[:500]
    return found.group()


def test_a_job_survives_the_death_of_the_server(filled_workspace: Path, tmp_path: Path) -> None:
    workspace = tmp_path / "workspace"
    shutil.copytree(filled_workspace, workspace)
    server = start_server(workspace)
    try:
        with Person(server) as person:
            person.set_up(server)
            assert str(workspace) in server.said, "where everything is kept"
            person.fill_in("/", "/facilities/example")
            job = person.fill_in("/assessments/new", "/assessments", **ASKED).url.path
            deadline = time.monotonic() + 300
            while count_parts(workspace) < 3:
                assert time.monotonic() < deadline, server.said
                time.sleep(0.02)
            server.kill()
        kept = count_parts(workspace)
        server = start_server(workspace)
        with Person(server) as person:
            person.sign_in("ana")
            assert 3 <= kept < 60
            digest = read_digest(person, job)
            # Nobody disturbs this one.
            calm = person.fill_in("/assessments/new", "/assessments", **ASKED).url.path
            assert calm != job
            assert read_digest(person, calm) == digest
            assert "Traceback" not in server.said
    finally:
        server.process.kill()
        server.process.wait(30)
