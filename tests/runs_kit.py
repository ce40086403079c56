"""A small rich model for tests of runners, and a Dask cluster of real processes on this machine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hygie.core.waists import CompiledModel
from kit import one_campaign, one_link, one_provider, toy_model


def rich_model(*, draws: int = 1, **overrides: Any) -> CompiledModel:
    """Two linked nodes with a provider and campaigns: every stream is in use."""
    shared = one_link(draws=draws) | one_provider(draws=draws) | one_campaign(draws=draws)
    return toy_model(nodes=2, draws=draws, **(shared | {"node_visibility": np.full((draws, 2), 0.02)} | overrides))


@dataclass
class Cluster:
    """A scheduler and its workers, each a process of its own."""

    address: str
    scheduler: subprocess.Popen[bytes]
    folder: Path
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start_worker(self) -> subprocess.Popen[bytes]:
        """Start a worker with one thread and without a nanny that would start it again."""
        arguments = ["worker", self.address, "--nthreads", "1", "--nworkers", "1", "--no-nanny", "--no-dashboard"]
        arguments += ["--local-directory", str(self.folder), "--memory-limit", "0"]
        self.workers.append(_start(self.folder / f"worker-{len(self.workers)}.log", *arguments))
        return self.workers[-1]


def _start(log: Path, *arguments: str) -> subprocess.Popen[bytes]:
    with log.open("wb") as sink:
        return subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments],
            stdout=sink,
            stderr=sink,
            env=os.environ | {"DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "10"},
        )


@contextmanager
def dask_cluster(folder: Path, *, workers: int = 2) -> Iterator[Cluster]:
    """Start a scheduler on a free port with some workers; everything ends with the block."""
    log = folder / "scheduler.log"
    scheduler = _start(log, "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
    try:
        address = None
        deadline = time.monotonic() + 60
        while address is None and time.monotonic() < deadline:
            found = re.search(r"Scheduler at:\s+(tcp://\S+)", log.read_text())
            address = found.group(1) if found else None
            time.sleep(0.1)
        assert address, log.read_text()
        cluster = Cluster(address, scheduler, folder)
        for _ in range(workers):
            cluster.start_worker()
        try:
            yield cluster
        finally:
            for worker in cluster.workers:
                stop(worker)
    finally:
        stop(scheduler)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Kill a process of ours, if it still runs."""
    if process.poll() is None:
        process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
