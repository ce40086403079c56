"""Long runs of the command line: stopped, killed, out of disk, and taken up again."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli_kit import EXAMPLE, SMALL, hygie
from runs_kit import dask_cluster

pytestmark = pytest.mark.xdist_group("assess")

YEARS = "120000"
LONG = ["assess", str(EXAMPLE), "--years", YEARS, "--draws", "20", "--as-of", "2026-11-23", "--lang", "en"]
STREAM = ["--stream", "--block-years", "2000"]
RUN = [sys.executable, "-c", "from hygie.cli.main import run; run()"]


@pytest.fixture(scope="module")
def in_memory(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The same assessment in memory, in one go."""
    done = hygie(*LONG, "--in-memory", "--json", "--out", "r", cwd=tmp_path_factory.mktemp("memory"))
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def start(tmp_path: Path, *arguments: str, **options: object) -> subprocess.Popen[str]:
    command = [*RUN, *LONG, *STREAM, "--threads", "1", "--out", "r", *arguments]
    return subprocess.Popen(
        command,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **options,  # type: ignore[call-overload]
    )


def wait_for_parts(tmp_path: Path, process: subprocess.Popen[str], *, count: int) -> int:
    deadline = time.monotonic() + 200
    while time.monotonic() < deadline:
        parts = len(list(tmp_path.glob("r.parts/*/events/part-*.parquet")))
        if parts >= count:
            return parts
        assert process.poll() is None, process.communicate()
        time.sleep(0.01)
    raise AssertionError("no parts were written")


def finish(tmp_path: Path, in_memory: dict) -> None:
    """Run the same command again: it ends with the result of a run in memory, and nothing else is left."""
    done = hygie(*LONG, *STREAM, "--json", "--out", "r", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    view = json.loads(done.stdout)
    assert {**view, "result": "r"} == {**in_memory, "result": "r"}
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
    names = sorted(path.name for path in (tmp_path / "r").iterdir())
    assert names == ["assessment.en.json", "assessment.fr.json", "events", "manifest.json"]
    assert len(list((tmp_path / "r" / "events").iterdir())) == 60


def test_a_killed_run_goes_on(tmp_path: Path, in_memory: dict) -> None:
    process = start(tmp_path)
    wait_for_parts(tmp_path, process, count=5)
    process.kill()
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    kept = {path: path.stat().st_mtime_ns for path in tmp_path.glob("r.parts/*/events/part-*.parquet")}
    assert 5 <= len(kept) < 60
    # A second kill, in the middle of the run that goes on.
    process = start(tmp_path)
    wait_for_parts(tmp_path, process, count=len(kept) + 3)
    process.kill()
    process.communicate(timeout=60)
    assert kept.items() <= {p: p.stat().st_mtime_ns for p in tmp_path.glob("r.parts/*/events/*.parquet")}.items()
    finish(tmp_path, in_memory)


@pytest.mark.parametrize("parts", [1, 5, 23])
def test_an_interrupted_run_says_how_to_go_on(tmp_path: Path, in_memory: dict, parts: int) -> None:
    process = start(tmp_path)
    wait_for_parts(tmp_path, process, count=parts)
    process.send_signal(signal.SIGINT)
    shown, errors = process.communicate(timeout=100)
    assert process.returncode == 130
    assert shown == ""
    assert "Traceback" not in errors
    assert "of 120,000 simulated years are kept in" in errors
    command = errors.strip().splitlines()[-1].strip()
    assert command.startswith("hygie assess ")
    assert command.endswith("--as-of 2026-11-23 --lang en --stream --out r")
    assert not (tmp_path / "r").exists()
    if parts == 5:
        finish(tmp_path, in_memory)


def limit_files() -> None:
    """Files of this process end at 40 kB, as on a full disk; a part of 2,000 years is larger."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, 40_000))


def test_a_disk_that_refuses_is_one_clear_error(tmp_path: Path, in_memory: dict) -> None:
    process = start(tmp_path)
    wait_for_parts(tmp_path, process, count=3)
    process.kill()
    process.communicate(timeout=60)
    kept = len(list(tmp_path.glob("r.parts/*/events/part-*.parquet")))
    process = start(tmp_path, preexec_fn=limit_files)
    shown, errors = process.communicate(timeout=200)
    assert process.returncode == 3, errors
    assert shown == ""
    assert "Traceback" not in errors
    assert "[HYG-400]" in errors
    assert "could not be written" in errors
    assert f"{2000 * kept:,} of 120,000 simulated years are kept in" in errors
    assert not list(tmp_path.glob("r.parts/*/events/*.draft"))
    finish(tmp_path, in_memory)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="mounting a small disk needs root")
def test_a_full_disk_is_one_clear_error(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        done = hygie(*LONG, *STREAM, "--out", "r", cwd=small)
        assert done.returncode == 3, done.stderr
        assert "Traceback" not in done.stderr
        assert "free some disk space" in done.stderr
        assert "simulated years are kept in" in done.stderr
        kept = list(small.glob("r.parts/*/events/part-*.parquet"))
        assert 2 <= len(kept) < 60
        # The room comes, and the run goes on.
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        again = hygie(*LONG, *STREAM, "--out", "r", cwd=small)
        assert again.returncode == 0, again.stderr
        assert [path.name for path in small.iterdir()] == ["r"]
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_an_unreachable_scheduler_is_one_clear_error(tmp_path: Path) -> None:
    done = hygie(*LONG, *STREAM, "--out", "r", "--scheduler", "tcp://127.0.0.1:9", cwd=tmp_path)
    assert done.returncode == 3
    assert "Traceback" not in done.stderr
    assert "[HYG-500]" in done.stderr
    assert "does not answer" in done.stderr
    assert not (tmp_path / "r").exists()


def test_a_cluster_gives_the_result_of_threads(tmp_path: Path) -> None:
    small = ["assess", str(EXAMPLE), *SMALL, "--json"]
    with dask_cluster(tmp_path) as cluster:
        shown = [
            hygie(*small, "--out", "a", cwd=tmp_path),
            hygie(*small, "--out", "b", "--scheduler", cluster.address, "--block-years", "500", cwd=tmp_path),
            hygie(*small, "--out", "c", "--scheduler", cluster.address, "--stream", cwd=tmp_path),
        ]
    assert [done.returncode for done in shown] == [0, 0, 0], [done.stderr for done in shown]
    assert [done.stderr for done in shown] == ["", "", ""]
    views = [json.loads(done.stdout) | {"result": ""} for done in shown]
    assert views[1] == views[0]
    assert views[2] == views[0]


def test_streaming_replaces_a_result_in_memory_and_back(tmp_path: Path) -> None:
    small = [
        "assess",
        str(EXAMPLE),
        "--years",
        "4000",
        "--draws",
        "20",
        "--as-of",
        "2026-11-23",
        "--out",
        "r",
        "--json",
    ]
    digests = set()
    for how, events in (("--stream", "events"), ("--in-memory", "events.parquet"), ("--stream", "events")):
        done = hygie(*small, how, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        digests.add(json.loads(done.stdout)["digest"])
        assert (tmp_path / "r" / events).exists()
        assert len(list((tmp_path / "r").iterdir())) == 4
    assert len(digests) == 1
