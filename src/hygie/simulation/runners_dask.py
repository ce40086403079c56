"""Blocks on the workers of a Dask cluster that runs already: same rows, same digest.

Rows come back to this process, which alone writes files: workers need no common disk. A worker that dies is no
failure, its blocks go to another. Each block says by which engine it was made, and a worker with other kernels, another
Numba, NumPy or processor family is refused: its bits could differ.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Any
from uuid import uuid4

from hygie.core.errors import RunnerError, UsageError
from hygie.simulation.compiler import fingerprint_engine
from hygie.simulation.runners_blocks import BlockTask, Columns, Span, run_block

__all__ = ["DaskRunner"]

_POLL_S = 1.0
_TRIES = 4
_START_WORKERS = "start workers: `dask worker {address}` on machines where hygie is installed"
_GO_ON = "check that the cluster runs, then run the same command again"


@dataclass(frozen=True, slots=True)
class DaskRunner:
    """Simulates blocks on the cluster of a scheduler.

    Parameters
    ----------
    scheduler
        Address, such as ``tcp://10.0.0.5:8786``.
    patience_s
        How long to wait for the scheduler to answer, and for a worker when there is none [s].

    Raises
    ------
    UsageError
        The extra `hygie[dask]` is not installed, or this is no address.
    """

    scheduler: str
    patience_s: float = 15.0

    def __post_init__(self) -> None:
        if not self.scheduler.startswith(("tcp://", "tls://", "ucx://", "ws://", "wss://", "inproc://")):
            raise UsageError(
                "this is not the address of a Dask scheduler",
                field="--scheduler",
                value=self.scheduler,
                allowed="tcp://host:port or tls://host:port",
                repair="use the address that `dask scheduler` prints",
            )
        try:
            import distributed  # noqa: F401 - only to see whether it is there
        except ImportError:
            raise UsageError(
                "Dask is not installed",
                field="--scheduler",
                repair="install the extra: `pip install 'hygie[dask]'`; without --scheduler the run uses threads",
            ) from None

    def map_blocks(self, task: BlockTask, spans: Sequence[Span]) -> Generator[Columns, None, None]:
        """Yield the rows of each span, in order; see `Runner`.

        Raises
        ------
        RunnerError
            The scheduler does not answer, no worker is left, or a worker runs another engine.
        """
        with _quiet_logs(), self._connect() as client:
            yield from _Session(client, task, self).map_spans(spans)

    @contextmanager
    def _connect(self) -> Iterator[Any]:
        import distributed

        try:
            client = distributed.Client(self.scheduler, timeout=self.patience_s, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise RunnerError(
                "the Dask scheduler does not answer",
                field="--scheduler",
                value=self.scheduler,
                repair=_GO_ON,
            ) from error
        try:
            try:
                client.wait_for_workers(1, timeout=self.patience_s)
            except (TimeoutError, OSError) as error:
                raise self.miss_workers() from error
            yield client
        finally:
            # What is under way is not waited for; the cluster itself belongs to someone else.
            client.close(timeout=2)

    def miss_workers(self) -> RunnerError:
        """Return the error of a cluster that nobody works for."""
        return RunnerError(
            "the Dask cluster has no worker",
            field="--scheduler",
            value=self.scheduler,
            repair=_START_WORKERS.format(address=self.scheduler),
        )


class _Session:
    """One run on a connected cluster."""

    def __init__(self, client: Any, task: BlockTask, runner: DaskRunner) -> None:
        self._client = client
        self._task = task
        self._runner = runner
        self._engine = fingerprint_engine()
        self._run = uuid4().hex[:12]
        self._tries = 0
        self._held: Any = None

    def map_spans(self, spans: Sequence[Span]) -> Generator[Columns, None, None]:
        """Yield the rows of each span, in order."""
        ahead = 2 * max(sum(self._client.nthreads().values()), 1) + 2
        self._send_task()
        todo = iter(spans)
        waiting: deque[tuple[Span, Any]] = deque((span, self._submit(span)) for span in islice(todo, ahead))
        try:
            while waiting:
                span, future = waiting.popleft()
                done = self._await(span, future)
                waiting.extend((span, self._submit(span)) for span in islice(todo, 1))
                yield done
        finally:
            if self._client.status == "running":
                self._client.cancel([future for _, future in waiting], force=True)

    def _send_task(self) -> None:
        try:
            self._held = self._client.scatter(self._task, broadcast=True, hash=False)
        except (TimeoutError, OSError) as error:
            raise self._runner.miss_workers() from error

    def _submit(self, span: Span) -> Any:
        self._tries += 1
        key = f"hygie-{self._run}-{span[0]}-{self._tries}"
        return self._client.submit(_run_elsewhere, self._held, span, key=key, pure=False, retries=_TRIES)

    def _await(self, span: Span, future: Any) -> Columns:
        from concurrent.futures import CancelledError

        from distributed import KilledWorker

        last: Exception | None = None
        for _ in range(_TRIES):
            try:
                engine, columns = self._wait(future)
            except (CancelledError, KilledWorker) as error:
                # The worker that held the model or the block is gone: send both again.
                last = error
                self._check_link()
                self._send_task()
                future = self._submit(span)
                continue
            if engine != self._engine:
                raise RunnerError(
                    "a worker of the Dask cluster runs another engine, whose bits could differ",
                    value=engine,
                    allowed=self._engine,
                    repair="install the same hygie, numba and numpy on the same kind of processor everywhere",
                )
            return columns  # type: ignore[no-any-return]
        raise RunnerError(
            "the workers of the Dask cluster keep dying",
            field="--scheduler",
            value=self._runner.scheduler,
            repair="look at their memory and logs, then run the same command again",
        ) from last

    def _wait(self, future: Any) -> Any:
        alone_since: float | None = None
        while True:
            try:
                return future.result(timeout=_POLL_S)
            except TimeoutError:
                self._check_link()
                try:
                    workers = self._client.nthreads()
                except (OSError, TimeoutError):
                    workers = {}
                if workers:
                    alone_since = None
                elif alone_since is None:
                    alone_since = monotonic()
                elif monotonic() - alone_since > self._runner.patience_s:
                    raise self._runner.miss_workers() from None

    def _check_link(self) -> None:
        if self._client.status != "running":
            raise RunnerError(
                "the connection to the Dask scheduler broke",
                field="--scheduler",
                value=self._runner.scheduler,
                repair=_GO_ON,
            )


def _run_elsewhere(task: BlockTask, span: Span) -> tuple[str, Columns]:
    return fingerprint_engine(), run_block(task, span)


@contextmanager
def _quiet_logs() -> Iterator[None]:
    """Keep the client's own reports of broken connections off the screen: our message says it."""
    logs = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio")]
    before = [(log, log.level) for log in logs]
    for log in logs:
        log.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for log, level in before:
            log.setLevel(level)
