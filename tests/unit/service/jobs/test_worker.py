"""The worker: what becomes of a job whose work ends well, badly, or not at all."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel
from sqlalchemy import update

from hygie.core.errors import DataError, ForbiddenError, NotFoundError, StoreError, UsageError
from hygie.service.facilities import open_facilities
from hygie.service.jobs import cancel_job, get_job, kinds, list_job_events, list_jobs, submit, worker
from hygie.service.jobs.context import JobContext, Made, Told
from hygie.service.jobs.kinds import JobKind
from hygie.service.requests import AssessmentRequest, DecideMixRequest
from hygie.service.saved_results import list_results, read_result_view
from hygie.service.what_changed import JOB_LABELS, list_changes
from hygie.store.application_schema import job
from hygie.store.results import write_result
from hygie.store.sessions import see_as
from hygie.store.workspace import Workspace
from jobs_kit import opened, person, small, work_off


class Ask(BaseModel):
    """Nothing in particular."""

    n: int = 1


@pytest.fixture
def workspace(tmp_path: Path, database_url: str):
    with opened(tmp_path, database_url) as found:
        yield found


@pytest.fixture
def do(monkeypatch: pytest.MonkeyPatch):
    """Let a kind of job do something."""

    def put(run: Any) -> None:
        monkeypatch.setitem(kinds.KINDS, "try", JobKind(request=Ask, run=run))

    return put


def ask(workspace: Workspace) -> str:
    return submit(workspace, kind="try", request=Ask(), principal=person()).job_id


def make(context: JobContext, *, digest: str = "sha256:1") -> Made:
    manifest = {"kind": "try", "digest": digest, "packs": {"base": "2026.11 sha256:old"}}
    views = {f"try.{language}": {"headline": [f"said in {language}"]} for language in ("fr", "en")}
    write_result(context.folder, manifest=manifest, views=views, tables={})
    return Made("try", context.folder)


def test_every_kind_has_a_label() -> None:
    assert set(JOB_LABELS) == set(kinds.KINDS)


def test_a_result_is_kept_with_the_end_of_its_job(workspace: Workspace, do: Any) -> None:
    do(lambda request, context: make(context))
    job_id = ask(workspace)
    assert work_off(workspace) == 1
    ended = get_job(workspace, job_id)
    assert (ended.status, ended.result_id, ended.findings) == ("done", job_id, [])
    (kept,) = list_results(workspace, language="fr").items
    assert (kept.result_id, kept.digest, kept.headline["fr"]) == (job_id, "sha256:1", ["said in fr"])
    assert read_result_view(workspace, job_id, language="fr") == {"headline": ["said in fr"]}
    assert [row.event for row in list_changes(workspace).items] == ["result_ready"]


def test_work_that_was_done_before_the_worker_died_is_not_done_again(workspace: Workspace, do: Any) -> None:
    calls = []

    def run(request: Ask, context: JobContext) -> Made:
        calls.append(context.job.attempts)
        make(context)
        raise StoreError("the database went away just now")

    do(run)
    job_id = ask(workspace)
    work_off(workspace)
    assert get_job(workspace, job_id).status == "queued"
    with workspace.engine.begin() as connection:
        connection.execute(update(job).values(not_before=datetime.now(UTC) - timedelta(seconds=1)))
    work_off(workspace)
    assert (get_job(workspace, job_id).status, calls) == ("done", [1])


def test_wrong_input_fails_at_once_with_its_findings(workspace: Workspace, do: Any, tmp_path: Path) -> None:
    def run(request: Ask, context: JobContext) -> Told:
        raise DataError("two figures contradict", file=f"{workspace.folder}/x.yaml", line=3, repair="check them")

    do(run)
    job_id = ask(workspace)
    work_off(workspace)
    ended = get_job(workspace, job_id)
    (finding,) = ended.findings
    assert (ended.status, ended.attempts) == ("failed", 1)
    # Places are told without the path of the server.
    assert (finding.code, finding.file, finding.line, finding.repair) == ("HYG-200", "x.yaml", 3, "check them")
    assert [row.sentence for row in list_changes(workspace).items] == ["try: try failed (two figures contradict)."]


def test_an_error_of_hygie_is_tried_again_and_its_traceback_stays_in_the_log(
    workspace: Workspace, do: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def run(request: Ask, context: JobContext) -> Told:
        raise ZeroDivisionError("secret of the code")

    do(run)
    job_id = ask(workspace)
    with caplog.at_level(logging.INFO, logger="hygie.worker"):
        for _ in range(worker.MAX_ATTEMPTS):
            work_off(workspace)
            with workspace.engine.begin() as connection:
                connection.execute(update(job).values(not_before=datetime.now(UTC) - timedelta(seconds=1)))
    ended = get_job(workspace, job_id)
    assert (ended.status, ended.attempts) == ("failed", worker.MAX_ATTEMPTS)
    assert "secret of the code" not in ended.model_dump_json()
    assert job_id in ended.findings[0].repair
    assert "ZeroDivisionError: secret of the code" in caplog.text


def test_a_job_that_kills_its_workers_is_given_up(workspace: Workspace, do: Any) -> None:
    do(lambda request, context: pytest.fail("it must not be tried again"))
    job_id = ask(workspace)
    with workspace.engine.begin() as connection:
        connection.execute(update(job).values(attempts=worker.MAX_ATTEMPTS))
    work_off(workspace)
    assert get_job(workspace, job_id).status == "failed"
    assert "cut short" in get_job(workspace, job_id).findings[0].message


def test_a_job_under_way_stops_when_it_is_asked_to(workspace: Workspace, do: Any) -> None:
    def run(request: Ask, context: JobContext) -> Told:
        for step in range(100):
            if step == 3:
                cancel_job(workspace, context.job.job_id, principal=person())
            context.progress(f"step {step}", step, 100)
        raise AssertionError("it went on")

    do(run)
    job_id = ask(workspace)
    work_off(workspace)
    ended = get_job(workspace, job_id)
    assert (ended.status, ended.stage, ended.attempts) == ("cancelled", "step 3", 1)
    assert [event.event for event in list_job_events(workspace, job_id)][-3:] == [
        "cancel_requested",
        "stage",
        "cancelled",
    ]
    assert list_results(workspace).items == []


def test_a_worker_that_is_asked_to_stop_puts_its_job_back(workspace: Workspace, do: Any) -> None:
    stop = threading.Event()

    def run(request: Ask, context: JobContext) -> Told:
        stop.set()
        context.progress("simulate", 1, 10)
        raise AssertionError("it went on")

    do(run)
    job_id = ask(workspace)
    assert worker.run_worker(workspace, stop=stop, threads=1) == 0
    back = get_job(workspace, job_id)
    assert (back.status, back.attempts) == ("queued", 0)
    assert worker.run_worker(workspace, stop=stop, threads=1) == 0


def test_a_sign_of_life_is_given_while_the_work_says_nothing(workspace: Workspace, do: Any) -> None:
    seen = []

    def run(request: Ask, context: JobContext) -> Told:
        other = worker.JobQueue(workspace, owner="other")
        threading.Event().wait(1.5)
        seen.append(other.claim())
        return Told({"counts": {"added": 2, "changed": 1}})

    do(run)
    job_id = ask(workspace)
    work_off(workspace, lease_s=0.8)
    assert seen == [None]
    assert get_job(workspace, job_id).outcome == {"counts": {"added": 2, "changed": 1}}
    assert list_changes(workspace).items[0].sentence == "try try: 2 new facts, 1 changed."


def test_each_organisation_gets_its_own_result(workspace: Workspace, do: Any) -> None:
    do(lambda request, context: make(context, digest=context.workspace.organisation_id))
    other = see_as(workspace, "ght-2")
    mine = ask(workspace)
    theirs = submit(other, kind="try", request=Ask(), principal=person(organisation="ght-2")).job_id
    assert work_off(workspace) == 2
    assert [(row.result_id, row.digest) for row in list_results(workspace).items] == [(mine, "default")]
    assert [(row.result_id, row.digest) for row in list_results(other).items] == [(theirs, "ght-2")]
    for call in (lambda: read_result_view(other, mine), lambda: get_job(other, mine)):
        with pytest.raises(NotFoundError):
            call()
    assert (workspace.folder / "results" / "ght-2" / theirs).is_dir()


def test_what_is_asked_is_pinned_and_checked(workspace: Workspace) -> None:
    shelf = open_facilities(workspace)
    shelf.save(small(), expected_revision=None, principal=person())
    asked = AssessmentRequest(facility="fr-1", years=2000, draws=20, as_of=date(2026, 11, 23))
    job_id = submit(workspace, kind="assess", request=asked, principal=person()).job_id
    shelf.save(small(beds=300), expected_revision=1, principal=person())
    held = get_job(workspace, job_id)
    assert (held.request["facility"], held.facility_revision, held.title) == ("fr-1@1", 1, "Hôpital de l’Exemple")
    shelf.save(small().replace("ch\n", "clinics\n", 1), expected_revision=2, principal=person())
    with pytest.raises(DataError, match="unknown category"):
        submit(workspace, kind="assess", request=asked, principal=person())


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"facility": "fr-2"}, NotFoundError),
        ({"facility": "fr-1@9"}, NotFoundError),
        ({"facility": "/etc/passwd"}, NotFoundError),
        ({"facility": "fr-1@x"}, NotFoundError),
        ({"packs": ("/etc",)}, UsageError),
    ],
)
def test_paths_and_dead_refs_are_refused(workspace: Workspace, change: dict, error: type[Exception]) -> None:
    open_facilities(workspace).save(small(), expected_revision=None, principal=person())
    asked = AssessmentRequest.model_validate({"facility": "fr-1", "as_of": "2026-11-23", **change})
    with pytest.raises(error):
        submit(workspace, kind="assess", request=asked, principal=person())
    assert list_jobs(workspace).items == []


def test_who_may_ask(workspace: Workspace, do: Any) -> None:
    do(lambda request, context: make(context))
    with pytest.raises(ForbiddenError):
        submit(workspace, kind="try", request=Ask(), principal=person(role="viewer"))
    with pytest.raises(UsageError, match="no kind of job"):
        submit(workspace, kind="tri", request=Ask(), principal=person())
    with pytest.raises(UsageError, match="another request"):
        submit(workspace, kind="assess", request=Ask(), principal=person())
    mix = DecideMixRequest(facility="fr-1", programmes=("nothing",), budget_eur=1.0, as_of=date(2026, 11, 23))
    with pytest.raises(NotFoundError):
        submit(workspace, kind="decide_mix", request=mix, principal=person())
