"""The queue of jobs: who may take what, leases that run out, fences, cancelling; on both databases."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from hygie.core.errors import NotFoundError
from hygie.store.application_schema import job
from hygie.store.job_queue import JobQueue, LeaseLostError, name_owner
from hygie.store.job_store import JobStore, NewJob
from hygie.store.sessions import see_as
from hygie.store.workspace import Workspace
from jobs_kit import opened


@pytest.fixture
def workspace(tmp_path: Path, database_url: str):
    with opened(tmp_path, database_url) as found:
        yield found


def ask(workspace: Workspace, title: str = "a") -> str:
    new = NewJob(kind="assess", request={"n": 1}, title=title, account_id="id-ana", author="ana")
    return JobStore(workspace).add(new).job_id


def queue(workspace: Workspace, owner: str = "me", **options: object) -> JobQueue:
    return JobQueue(workspace, owner=owner, **options)  # type: ignore[arg-type]


def set_job(workspace: Workspace, job_id: str, **values: object) -> None:
    with workspace.engine.begin() as connection:
        connection.execute(update(job).where(job.c.job_id == job_id).values(**values))


def events(workspace: Workspace, job_id: str) -> list[str]:
    return [event.event for event in JobStore(workspace).list_events(job_id)]


def test_the_oldest_job_comes_first_and_only_once(workspace: Workspace) -> None:
    first, second = ask(workspace, "a"), ask(workspace, "b")
    one, other = queue(workspace, "one"), queue(workspace, "other")
    assert one.claim().job_id == first
    taken = other.claim()
    assert (taken.job_id, taken.status, taken.attempts) == (second, "running", 1)
    assert one.claim() is None
    assert events(workspace, first) == ["submitted", "started"]


def test_a_lease_that_ran_out_is_taken_over_and_the_first_worker_is_fenced(workspace: Workspace) -> None:
    job_id = ask(workspace)
    slow, quick = queue(workspace, "slow"), queue(workspace, "quick")
    held = slow.claim()
    assert quick.claim() is None
    set_job(workspace, job_id, lease_until=datetime.now(UTC) - timedelta(seconds=1))
    taken = quick.claim()
    assert (taken.job_id, taken.attempts) == (job_id, 2)
    for write in (
        lambda: slow.renew(held),
        lambda: slow.tell(held, stage="simulate", done=1, total=2),
        lambda: slow.finish(held, status="done", also=lambda _: pytest.fail("this must not be written")),
        lambda: slow.put_back(held),
    ):
        with pytest.raises(LeaseLostError):
            write()
    quick.finish(taken, status="done", result_id="r")
    ended = JobStore(workspace).get(job_id)
    assert (ended.status, ended.result_id, ended.lease_owner) == ("done", "r", None)
    assert events(workspace, job_id) == ["submitted", "started", "resumed", "done"]


def test_a_sign_of_life_keeps_the_lease(workspace: Workspace) -> None:
    job_id = ask(workspace)
    mine = queue(workspace, "me", lease_s=30)
    held = mine.claim()
    set_job(workspace, job_id, lease_until=datetime.now(UTC) + timedelta(seconds=1))
    assert mine.renew(held) is False
    assert JobStore(workspace).get(job_id).lease_until > datetime.now(UTC) + timedelta(seconds=20)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")
def test_the_job_of_a_killed_process_of_this_machine_waits_for_no_lease(workspace: Workspace) -> None:
    job_id = ask(workspace)
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    owner = name_owner().replace(f"/{os.getpid()}/", f"/{process.pid}/")
    try:
        assert queue(workspace, owner).claim().job_id == job_id
        assert queue(workspace, "next").claim() is None
        process.kill()
        # A zombie counts as gone.
        while queue(workspace, "next").claim() is None:
            pass
    finally:
        process.kill()
        process.wait()
    assert JobStore(workspace).get(job_id).lease_owner == "next"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")
def test_a_worker_that_lives_and_is_kept_from_saying_so_keeps_its_job(workspace: Workspace) -> None:
    job_id = ask(workspace)
    held = queue(workspace, name_owner()).claim()
    set_job(workspace, job_id, lease_until=datetime.now(UTC) - timedelta(minutes=1))
    assert queue(workspace, "next").claim() is None
    set_job(workspace, job_id, lease_until=datetime.now(UTC) - timedelta(minutes=16))
    assert queue(workspace, "next").claim().job_id == held.job_id


def test_a_job_that_is_put_back_waits_and_an_interruption_does_not_count(workspace: Workspace) -> None:
    job_id = ask(workspace)
    mine = queue(workspace)
    mine.put_back(mine.claim(), counts=False)
    held = mine.claim()
    assert held.attempts == 1
    mine.put_back(held, wait_s=60, findings=[{"message": "the disk is full"}])
    assert mine.claim() is None
    row = JobStore(workspace).get(job_id)
    assert (row.status, row.findings) == ("queued", [{"message": "the disk is full"}])
    set_job(workspace, job_id, not_before=datetime.now(UTC))
    assert mine.claim().attempts == 2
    assert events(workspace, job_id) == ["submitted", "started", "released", "started", "retry", "resumed"]


def test_cancelling(workspace: Workspace) -> None:
    store, mine = JobStore(workspace), queue(workspace)
    waiting = ask(workspace)
    assert store.cancel(waiting).status == "cancelled"
    assert mine.claim() is None
    running = ask(workspace)
    held = mine.claim()
    asked = store.cancel(running)
    assert (asked.status, asked.cancel_requested) == ("running", True)
    store.cancel(running)
    assert mine.renew(held) is True
    assert events(workspace, running) == ["submitted", "started", "cancel_requested"]


def test_stages_are_told_once(workspace: Workspace) -> None:
    job_id = ask(workspace)
    mine = queue(workspace)
    held = mine.claim()
    for stage, done in (("read", 0), ("simulate", 0), ("simulate", 5), ("measure", 1)):
        mine.tell(held, stage=stage, done=done, total=10, rate_per_s=2.5, remaining_s=None)
    row = JobStore(workspace).get(job_id)
    assert (row.stage, row.done, row.total, row.rate_per_s) == ("measure", 1, 10, 2.5)
    assert [event.data.get("stage") for event in JobStore(workspace).list_events(job_id)[2:]] == [
        "read",
        "simulate",
        "measure",
    ]


def test_what_comes_with_the_end_is_written_with_it_or_not_at_all(workspace: Workspace) -> None:
    job_id = ask(workspace)
    mine = queue(workspace)
    held = mine.claim()

    def fail(_: object) -> None:
        raise RuntimeError("the result cannot be kept")

    with pytest.raises(RuntimeError):
        mine.finish(held, status="done", also=fail)
    assert JobStore(workspace).get(job_id).status == "running"


def test_organisations_see_their_own_only(workspace: Workspace) -> None:
    other = see_as(workspace, "ght-2")
    job_id = ask(workspace)
    stranger = JobStore(other)
    assert stranger.list_page().items == ()
    assert stranger.list_events(job_id) == []
    for call in (lambda: stranger.get(job_id), lambda: stranger.cancel(job_id)):
        with pytest.raises(NotFoundError):
            call()
    assert queue(other, organisations=["ght-2"]).claim() is None
    # A worker for everybody takes it, and says whose it is.
    assert queue(other).claim().organisation_id == "default"


def test_lists_are_cut_in_pages(workspace: Workspace) -> None:
    ids = [ask(workspace, str(number)) for number in range(5)]
    store = JobStore(workspace)
    page = store.list_page(limit=3)
    assert [row.job_id for row in page.items] == ids[:1:-1]
    rest = store.list_page(limit=3, after=page.next)
    assert ([row.job_id for row in rest.items], rest.next) == (ids[1::-1], None)
    assert store.list_page(status="done").items == ()
