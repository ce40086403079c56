"""The worker as a process: killed in the middle of an assessment, it goes on and ends with the same digest."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from cli_kit import hygie, hygie_here
from hygie.service.assess import assess
from hygie.service.facilities import open_facilities
from hygie.service.jobs import get_job, submit
from hygie.service.jobs.process import start_worker
from hygie.service.requests import AssessmentRequest
from hygie.service.saved_results import list_results
from jobs_kit import opened, person, small, start_worker_process

pytestmark = pytest.mark.xdist_group("assess")

YEARS, DRAWS = 400_000, 20


def ask(folder: Path, database: str | None = None, *, years: int = YEARS) -> str:
    """Save a facility and ask for its assessment; return the number of the job."""
    with opened(folder, database) as workspace:
        open_facilities(workspace).save(small(beds=900), expected_revision=None, principal=person())
        asked = AssessmentRequest(facility="fr-1", years=years, draws=DRAWS, as_of=date(2026, 11, 23))
        return submit(workspace, kind="assess", request=asked, principal=person()).job_id


def wait_for(what: Callable[[], bool], *, process: subprocess.Popen[str] | None = None, seconds: float = 300) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it takes too long"
        assert process is None or process.poll() is None, process.communicate()
        time.sleep(0.02)


def count_parts(folder: Path, job_id: str) -> int:
    return len(list(folder.glob(f"results/default/{job_id}.parts/*/events/part-*.parquet")))


def test_a_killed_worker_is_followed_by_one_that_ends_with_the_same_digest(tmp_path: Path, database_url: str) -> None:
    job_id = ask(tmp_path, database_url)
    for least in (3, 6):
        process = start_worker_process(tmp_path, database_url)
        wait_for(lambda least=least: count_parts(tmp_path, job_id) >= least, process=process)
        process.kill()
        process.communicate(timeout=60)
        assert process.returncode == -signal.SIGKILL
    parts = tmp_path.glob(f"results/default/{job_id}.parts/*/events/part-*.parquet")
    kept = {path: path.stat().st_mtime_ns for path in parts}
    assert 6 <= len(kept) < 50
    with opened(tmp_path, database_url) as workspace:
        assert get_job(workspace, job_id).status == "running"
        last = start_worker_process(tmp_path, database_url, "--once")
        shown, errors = last.communicate(timeout=500)
        assert last.returncode == 0, errors
        assert "Traceback" not in errors
        ended = get_job(workspace, job_id)
        assert (ended.status, ended.attempts, ended.findings) == ("done", 3, [])
        (result,) = list_results(workspace).items
    # Parts that were whole were not made again.
    events = tmp_path / "results" / "default" / job_id / "events"
    assert {path.name: at for path, at in kept.items()}.items() <= {
        path.name: path.stat().st_mtime_ns for path in events.iterdir()
    }.items()
    assert sorted(path.name for path in (tmp_path / "results" / "default").iterdir()) == [job_id]
    # What a run that nobody disturbed gives, in memory and in one go.
    (tmp_path / "f.yaml").write_text(small(beds=900), encoding="utf-8")
    calm = AssessmentRequest(facility=str(tmp_path / "f.yaml"), years=YEARS, draws=DRAWS, as_of=date(2026, 11, 23))
    assert result.digest == assess(calm, threads=2).view.digest


def test_a_worker_that_is_asked_to_end_puts_its_job_back(tmp_path: Path) -> None:
    job_id = ask(tmp_path)
    process = start_worker_process(tmp_path)
    wait_for(lambda: count_parts(tmp_path, job_id) >= 2, process=process)
    process.terminate()
    process.communicate(timeout=60)
    assert process.returncode == 0
    with opened(tmp_path) as workspace:
        back = get_job(workspace, job_id)
        assert (back.status, back.attempts) == ("queued", 0)
    assert count_parts(tmp_path, job_id) >= 2


def test_a_job_can_be_cancelled_while_it_runs(tmp_path: Path) -> None:
    job_id = ask(tmp_path, years=4_000_000)
    process = start_worker_process(tmp_path, None, "--once")
    wait_for(lambda: count_parts(tmp_path, job_id) >= 1, process=process)
    done = hygie("job", "cancel", job_id, "--workspace", str(tmp_path), "--json", cwd=tmp_path)
    assert json.loads(done.stdout)["cancel_requested"] is True
    process.communicate(timeout=120)
    with opened(tmp_path) as workspace:
        assert get_job(workspace, job_id).status == "cancelled"
    assert list((tmp_path / "results" / "default").iterdir()) == []


PARENT = """
import sys, time
from pathlib import Path
from hygie.service.jobs.process import start_worker
worker = start_worker(Path(sys.argv[1]), log=Path(sys.argv[1]) / "worker.log")
print(worker.pid, flush=True)
time.sleep(600)
"""


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked at in /proc")
def test_the_worker_of_a_server_that_is_killed_ends_too(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    environment = {**os.environ, "HYGIE_DATABASE": str(tmp_path / "hygie.db")}
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment
    )
    child = int(parent.stdout.readline())
    try:
        wait_for(lambda: is_alive(child))
        parent.kill()
        parent.communicate()
        wait_for(lambda: not is_alive(child), seconds=60)
    finally:
        parent.kill()


def test_a_worker_that_is_stopped_ends_in_order(tmp_path: Path) -> None:
    with opened(tmp_path):
        pass
    worker = start_worker(tmp_path, database=str(tmp_path / "hygie.db"), log=tmp_path / "worker.log")
    assert worker.is_running()
    worker.stop()
    assert not worker.is_running()
    assert "Traceback" not in (tmp_path / "worker.log").read_text(encoding="utf-8")


def test_jobs_on_the_command_line(tmp_path: Path) -> None:
    place = ["--workspace", str(tmp_path), "--lang", "fr"]
    shown = hygie_here("job", "list", *place)
    assert shown.stdout == "Aucune tâche.\n"
    job_id = ask(tmp_path, years=2000)
    shown = hygie_here("job", "list", *place, COLUMNS="200")
    assert job_id in shown.stdout
    assert "en attente" in shown.stdout
    stranger = hygie_here("job", "show", job_id, *place, "--organisation", "ght-2")
    assert stranger.returncode == 3
    assert "[HYG-411]" in stranger.stderr
    assert hygie_here("job", "cancel", job_id, *place).returncode == 0
    followed = hygie_here("job", "follow", job_id, *place, "--json")
    assert json.loads(followed.stdout)["status"] == "cancelled"
    told = json.loads(hygie_here("job", "show", job_id, *place, "--json").stdout)
    assert [event["event"] for event in told["events"]] == ["submitted", "cancelled"]
    wrong = hygie_here("job", "list", *place, "--status", "lost")
    assert (wrong.returncode, "[HYG-100]" in wrong.stderr) == (2, True)


def test_backup_and_restore_on_the_command_line(tmp_path: Path) -> None:
    ask(tmp_path / "one", years=2000)
    done = hygie_here("backup", str(tmp_path / "b.zip"), "--workspace", str(tmp_path / "one"), "--lang", "fr")
    assert done.returncode == 0, done.stderr
    assert "Enregistré dans" in done.stdout
    back = hygie_here("restore", str(tmp_path / "b.zip"), "--workspace", str(tmp_path / "two"), "--json")
    assert json.loads(back.stdout)["rows"]["job"] == 1
    again = hygie_here("restore", str(tmp_path / "b.zip"), "--workspace", str(tmp_path / "two"))
    assert (again.returncode, "[HYG-400]" in again.stderr) == (3, True)
