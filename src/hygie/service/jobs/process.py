"""The worker as a child process: started with a server, and gone with it, however the server ends."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from hygie.store.workspace import Workspace, open_workspace

__all__ = ["WorkerProcess", "main", "start_worker"]

_GRACE_S = 15.0
# The child learns all from its environment: an address with a password is no argument that others may read.
_CODE = "from hygie.service.jobs.process import main; main()"


class WorkerProcess:
    """A worker that runs beside this process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        """Number of the process."""
        return self._process.pid

    def is_running(self) -> bool:
        """Return whether the worker lives."""
        return self._process.poll() is None

    def stop(self) -> None:
        """Let the worker put its job back and end; a worker that does not is ended."""
        if self._process.stdin is not None:
            # The end of this pipe is what tells the worker that its parent is gone.
            self._process.stdin.close()
        try:
            self._process.wait(_GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def start_worker(
    folder: Path | None, *, database: str | None = None, log: Path | None = None, threads: int | None = None
) -> WorkerProcess:
    """Start a worker for every organisation of a workspace, as a child that dies with this process.

    Parameters
    ----------
    log
        Where it writes; to the standard error of this process by default.
    """
    environment = {**os.environ, "HYGIE_WORKER_THREADS": str(threads or "")}
    if folder is not None:
        environment["HYGIE_WORKSPACE"] = str(folder)
    if database is not None:
        environment["HYGIE_DATABASE"] = database
    sink = log.open("ab") if log is not None else None
    try:
        process = subprocess.Popen(  # noqa: S603 - this Python, with fixed arguments
            [sys.executable, "-c", _CODE],
            stdin=subprocess.PIPE,
            stdout=sink or sys.stderr.fileno(),
            stderr=sink or sys.stderr.fileno(),
            env=environment,
        )
    finally:
        if sink is not None:
            sink.close()
    return WorkerProcess(process)


def stop_on_signals(stop: threading.Event) -> None:
    """Set an event on SIGTERM and SIGINT; a second one ends the process."""

    def ask(number: int, _frame: object) -> None:
        if stop.is_set():
            raise SystemExit(128 + number)
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, ask)


def write_log() -> None:
    """Write what the worker says, with tracebacks, to standard error."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")


def main() -> None:
    """Run the worker of `start_worker`, until its parent is gone."""
    from hygie.service.jobs.worker import run_worker

    stop = threading.Event()
    write_log()
    stop_on_signals(stop)
    threading.Thread(target=_watch_parent, args=(stop,), daemon=True).start()
    workspace: Workspace = open_workspace()
    threads = os.environ.get("HYGIE_WORKER_THREADS")
    try:
        run_worker(workspace, stop=stop, threads=int(threads) if threads else None)
    finally:
        workspace.engine.dispose()


def _watch_parent(stop: threading.Event) -> None:
    while os.read(0, 1024):
        pass
    stop.set()
    # A step that never ends must not outlive the server for long: the job's lease tells that it is free.
    threading.Event().wait(_GRACE_S)
    os._exit(3)
