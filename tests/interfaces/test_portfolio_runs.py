"""A portfolio run however it is cut, ordered, spread or stopped: one digest."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from hygie.facility.registers import read_register
from hygie.service.portfolio import PortfolioRequest, PreparedPortfolio, prepare_portfolio, run_portfolio
from register_kit import HEADER, ROWS, write_register
from runs_kit import dask_cluster, stop

YEARS = 3000
REQUEST = PortfolioRequest(years=YEARS, draws=4, as_of=date(2026, 11, 23))
RUN = [sys.executable, "-c", "from hygie.cli.main import run; run()"]


def make_rows(count: int) -> list[str]:
    """Fictitious legal entities, five to a territorial group, sizes of their own."""
    columns = HEADER.split(",")
    rows = []
    for number in range(count):
        row = dict(zip(columns, ROWS[0].split(","), strict=True))
        row |= {
            "finess": f"99{number:05d}10", "finess_ej": f"99{number:05d}01", "name": f"CH NUMERO {number}",
            "beds_mco": str(60 + 17 * number), "fte_non_medical": f"{200 + 40 * number}.0",
            "ght_code": f"99{number // 5:02d}", "ght_name": f"GHT {number // 5}",
        }  # fmt: skip
        rows.append(",".join(row[name] for name in columns))
    return rows


@pytest.fixture(scope="module")
def register(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_register(tmp_path_factory.mktemp("register") / "register-2023.csv", *make_rows(40))


@pytest.fixture(scope="module")
def prepared(register: Path) -> PreparedPortfolio:
    made = prepare_portfolio(REQUEST, spec=None, register=read_register(register, year=2023))
    assert len(made.model.labels.nodes) == 40
    assert made.model.labels.links
    assert made.model.labels.providers
    return made


@pytest.fixture(scope="module")
def digest(prepared: PreparedPortfolio, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of one thread and one block."""
    view = run_portfolio(prepared, REQUEST, tmp_path_factory.mktemp("whole") / "r", threads=1, block_years=YEARS)
    assert view.rows > 5000
    assert view.generations[1] > 0
    return view.digest


@pytest.mark.parametrize(("threads", "block"), [(2, YEARS), (1, 700), (2, 128)])
def test_threads_and_blocks_leave_no_trace(
    prepared: PreparedPortfolio, digest: str, tmp_path: Path, threads: int, block: int
) -> None:
    view = run_portfolio(prepared, REQUEST, tmp_path / "r", threads=threads, block_years=block)
    assert view.digest == digest
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
    assert len(list((tmp_path / "r" / "events").iterdir())) == -(-YEARS // block)


def test_the_order_of_a_register_leaves_no_trace(digest: str, tmp_path: Path) -> None:
    rows = make_rows(40)
    shuffled = [rows[at] for at in np.random.default_rng(5).permutation(40)]
    assert shuffled != rows
    path = write_register(tmp_path / "register.csv", *shuffled)
    made = prepare_portfolio(REQUEST, spec=None, register=read_register(path, year=2023))
    assert run_portfolio(made, REQUEST, tmp_path / "r").digest == digest


def test_a_cluster_that_loses_a_worker_gives_the_digest_of_threads(
    prepared: PreparedPortfolio, digest: str, tmp_path: Path
) -> None:
    lost: list[int] = []
    with dask_cluster(tmp_path) as cluster:

        def tell(stage: str, done: int, total: int) -> None:
            if stage == "simulate" and 0 < done < total // 2 and not lost:
                stop(cluster.workers[0])
                lost.append(done)

        view = run_portfolio(
            prepared, REQUEST, tmp_path / "r", scheduler=cluster.address, block_years=100, progress=tell
        )
        assert cluster.workers[1].poll() is None
    assert lost
    assert view.digest == digest


def start(register: Path, folder: Path, *more: str, **options: object) -> subprocess.Popen[str]:
    asked = ["portfolio", "run", "--register", str(register), "--years", str(YEARS), "--draws", "4", "--lang", "en"]
    asked += ["--as-of", "2026-11-23", "--block-years", "20", "--threads", "1", "--out", "r", "--json"]
    return subprocess.Popen(
        [*RUN, *asked, *more],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ,
        **options,  # type: ignore[call-overload]
    )


def wait_for_parts(folder: Path, process: subprocess.Popen[str], *, count: int) -> None:
    deadline = time.monotonic() + 200
    while len(list(folder.glob("r.parts/*/events/part-*.parquet"))) < count:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_a_killed_run_goes_on_to_the_same_digest(register: Path, digest: str, tmp_path: Path) -> None:
    process = start(register, tmp_path)
    wait_for_parts(tmp_path, process, count=10)
    process.kill()
    process.communicate(timeout=60)
    kept = {path.name: path.stat().st_mtime_ns for path in tmp_path.glob("r.parts/*/events/part-*.parquet")}
    assert 10 <= len(kept) < YEARS // 20
    # Taken up again, and stopped by a person: what is kept and the command that goes on are said.
    process = start(register, tmp_path)
    wait_for_parts(tmp_path, process, count=len(kept) + 10)
    process.send_signal(signal.SIGINT)
    shown, errors = process.communicate(timeout=100)
    assert (process.returncode, shown) == (130, "")
    assert "Traceback" not in errors
    assert "of 3,000 simulated years are kept in" in errors
    command = errors.strip().splitlines()[-1].strip()
    assert command.startswith("hygie portfolio run --register ")
    assert command.endswith("--draws 4 --seed 1 --as-of 2026-11-23 --lang en --out r")
    process = start(register, tmp_path)
    shown, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert json.loads(shown)["digest"] == digest
    assert [path.name for path in tmp_path.iterdir()] == ["r"]
    now = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "r" / "events").iterdir()}
    assert len(now) == YEARS // 20
    assert kept.items() <= now.items()


def kill_after(register: Path, folder: Path, *, parts: int) -> dict[str, int]:
    """Start a run, kill it once it has so many parts; return the parts that are kept, and their sizes."""
    process = start(register, folder)
    wait_for_parts(folder, process, count=parts)
    process.kill()
    process.communicate(timeout=60)
    kept = {path.name: path.stat().st_size for path in folder.glob("r.parts/*/events/part-*.parquet")}
    assert parts <= len(kept) < YEARS // 20
    return kept


def check_stopped(process: subprocess.Popen[str], folder: Path, kept: dict[str, int]) -> str:
    """A run that could not go on: one clear error, what is kept and how to go on; every part is still there."""
    shown, errors = process.communicate(timeout=200)
    assert process.returncode == 3, errors
    assert shown == ""
    assert "Traceback" not in errors
    assert "simulated years are kept in" in errors
    assert any(line.strip().startswith("hygie portfolio run --register ") for line in errors.splitlines())
    assert not (folder / "r").exists()
    there = {path.name: path.stat().st_size for path in folder.glob("r.parts/*/events/*")}
    assert kept.items() <= there.items()
    assert not [name for name in there if name.endswith(".draft")]
    return errors


def finish(register: Path, folder: Path, digest: str) -> None:
    process = start(register, folder)
    shown, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    assert json.loads(shown)["digest"] == digest
    assert [path.name for path in folder.iterdir()] == ["r"]


def test_a_disk_that_refuses_is_one_clear_error(register: Path, digest: str, tmp_path: Path) -> None:
    kept = kill_after(register, tmp_path, parts=5)
    limit = min(kept.values()) // 2

    def limit_files() -> None:
        """Files of this process end at half a part, as on a full disk."""
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    errors = check_stopped(start(register, tmp_path, preexec_fn=limit_files), tmp_path, kept)
    assert "[HYG-400]" in errors
    assert "could not be written" in errors
    assert f"{20 * len(kept):,} of 3,000 simulated years are kept in" in errors
    finish(register, tmp_path, digest)


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="mounting a small disk needs root")
def test_a_full_disk_is_one_clear_error(register: Path, digest: str, tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1200k", "tmpfs", str(small)], check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        errors = check_stopped(start(register, small), small, {})
        assert "[HYG-400]" in errors
        assert "free some disk space" in errors
        assert 10 <= len(list(small.glob("r.parts/*/events/part-*.parquet"))) < YEARS // 20
        # The room comes, and the run goes on.
        subprocess.run(["mount", "-o", "remount,size=64m", str(small)], check=True)
        finish(register, small, digest)
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_an_unreachable_scheduler_is_one_clear_error(register: Path, digest: str, tmp_path: Path) -> None:
    kept = kill_after(register, tmp_path, parts=5)
    errors = check_stopped(start(register, tmp_path, "--scheduler", "tcp://127.0.0.1:9"), tmp_path, kept)
    assert "[HYG-500]" in errors
    assert "does not answer" in errors
    finish(register, tmp_path, digest)


def test_sites_however_the_work_is_cut(tmp_path: Path) -> None:
    rows = make_rows(12)
    # Every entity has a second site, of half the size.
    columns = HEADER.split(",")
    for row in rows[:12]:
        site = dict(zip(columns, row.split(","), strict=True))
        site |= {"finess": f"{site['finess'][:-2]}28", "name": f"{site['name']} SUD", "fte_non_medical": "150.0"}
        rows.append(",".join(site[name] for name in columns))
    digests = set()
    for index, (order, threads, block) in enumerate([(rows, 1, YEARS), (rows[::-1], 2, 130)]):
        path = write_register(tmp_path / f"register-{index}.csv", *order)
        made = prepare_portfolio(REQUEST, spec=None, register=read_register(path, year=2023), level="site")
        assert len(made.model.labels.nodes) == 24
        view = run_portfolio(made, REQUEST, tmp_path / f"r{index}", threads=threads, block_years=block)
        assert {row.id for row in view.by_origin} >= {"own_site", "neighbour", "provider"}
        digests.add(view.digest)
    assert len(digests) == 1
