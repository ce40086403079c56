"""The worker: takes jobs from the queue, one after the other, and never loses one.

claim ──► work ──► end, result and feed in one transaction
│
├── asked to cancel: cancelled
├── worker asked to stop: back to the queue, parts kept
├── killed: its lease runs out (or its process is seen to be gone), the next worker goes on
├── input wrong: failed, with findings
└── disk, machines, anything else: tried again, a few times
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection

from hygie.core.errors import Finding, HygieError, NotFoundError, RunnerError, StoreError
from hygie.service.connectors import queue_due
from hygie.service.jobs.context import JobContext, Made, Outcome, Told
from hygie.service.jobs.kinds import find_kind
from hygie.service.jobs.registration import describe_result, find_made, register_outcome, tell_end
from hygie.service.jobs.signs import SignOfLife
from hygie.store.job_queue import LEASE_S, JobQueue, LeaseLostError, name_owner
from hygie.store.job_store import JobRow
from hygie.store.sessions import see_as
from hygie.store.workspace import Workspace

__all__ = ["MAX_ATTEMPTS", "run_worker"]

MAX_ATTEMPTS = 4
# How long a worker without work waits before it looks again [s].
IDLE_S = 1.0
# How often progress is written down [s].
TELL_S = 0.5
# How often schedules are looked at [s].
SCHEDULE_S = 20.0
_SPEED_WINDOW_S = 30.0

log = logging.getLogger("hygie.worker")


class _Stopped(BaseException):
    """The work must stop now; nothing between here and the worker may take it for an error."""


class _Cancelled(_Stopped):
    """Somebody asked for it."""


class _Released(_Stopped):
    """The worker stops; another one goes on."""


class _Taken(_Stopped):
    """Another worker has the job."""


def run_worker(
    workspace: Workspace,
    *,
    stop: threading.Event,
    organisations: Sequence[str] | None = None,
    once: bool = False,
    threads: int | None = None,
    lease_s: float = LEASE_S,
) -> int:
    """Work off jobs until told to stop; return how many were ended.

    Parameters
    ----------
    workspace
        Any organisation of the database.
    stop
        When set, the job under way goes back to the queue, and the worker ends.
    organisations
        Whose jobs; those of every organisation by default.
    once
        End when the queue is empty.
    """
    queue = JobQueue(workspace, owner=name_owner(), organisations=organisations, lease_s=lease_s)
    ended, scheduled, sign = 0, 0.0, SignOfLife(workspace)
    while not stop.is_set():
        sign.give()
        try:
            if time.monotonic() - scheduled > SCHEDULE_S or not scheduled:
                queue_due(workspace, organisations=list(organisations) if organisations is not None else None)
                scheduled = time.monotonic()
            job = queue.claim()
        except StoreError:
            # The database is away for a moment, or another process keeps it busy.
            log.exception("the queue cannot be read")
            stop.wait(10 * IDLE_S)
            continue
        if job is None:
            if once:
                break
            stop.wait(IDLE_S)
            continue
        ended += _Work(workspace, queue, job, stop=stop, threads=threads, lease_s=lease_s, sign=sign).do()
    return ended


class _Work:
    """One job, from its claim to its end."""

    def __init__(
        self,
        workspace: Workspace,
        queue: JobQueue,
        job: JobRow,
        *,
        stop: threading.Event,
        threads: int | None,
        lease_s: float,
        sign: SignOfLife,
    ) -> None:
        self._sign = sign
        self._queue, self._job, self._stop = queue, job, stop
        self._workspace = see_as(workspace, job.organisation_id)
        self._lease_s = lease_s
        self._cancelled, self._lost = threading.Event(), threading.Event()
        self._context = JobContext(
            workspace=self._workspace,
            job=job,
            progress=self._progress,
            check=self._check,
            threads=threads or os.cpu_count() or 1,
        )
        self._told, self._stage = 0.0, ""
        self._marks: deque[tuple[float, int]] = deque()

    def do(self) -> int:
        """Do the work; return 1 when the job is over."""
        job = self._job
        log.info("job %s (%s) of %s: try %d", job.job_id, job.kind, job.organisation_id, job.attempts)
        try:
            with self._heart_beats():
                if job.cancel_requested:
                    raise _Cancelled
                if job.attempts > MAX_ATTEMPTS:
                    return self._fail([_given_up(job)])
                outcome = self._find_or_make()
                self._check()
            self._queue.finish(
                job,
                status="done",
                result_id=self._context.result_id if isinstance(outcome, Made) else None,
                outcome=outcome.summary if isinstance(outcome, Told) else None,
                also=self._register(outcome),
            )
        except _Cancelled:
            return self._cancel()
        except (_Released, KeyboardInterrupt):
            self._stop.set()
            return self._put_back(counts=False)
        except (_Taken, LeaseLostError):
            log.warning("job %s was taken over by another worker", job.job_id)
            return 0
        except ValidationError as error:
            return self._fail([Finding(message=str(error.errors()[0]["msg"]), code="HYG-202", field="request")])
        except NotFoundError as error:
            # What is gone does not come back by waiting.
            return self._fail(list(error.findings))
        except (StoreError, RunnerError) as error:
            return self._try_again(list(error.findings))
        except HygieError as error:
            return self._fail(list(error.findings))
        except Exception:
            log.exception("job %s stopped on an error of hygie itself", job.job_id)
            return self._try_again([_internal(job)])
        log.info("job %s is done", job.job_id)
        return 1

    def _find_or_make(self) -> Outcome:
        kind = find_kind(self._job.kind)
        made = find_made(self._context)
        if made is not None:
            return made
        return kind.run(kind.request.model_validate(self._job.request), self._context)

    def _register(self, outcome: Outcome) -> Callable[[Connection], None]:
        # What is read from the folder is read before the transaction begins.
        new = describe_result(self._context, outcome) if isinstance(outcome, Made) else None
        return lambda connection: register_outcome(self._context, outcome, new, connection)

    def _cancel(self) -> int:
        from hygie.service.runs import forget_parts

        try:
            self._queue.finish(self._job, status="cancelled")
        except LeaseLostError:
            return 0
        forget_parts(self._context.folder)
        log.info("job %s was cancelled", self._job.job_id)
        return 1

    def _fail(self, findings: Sequence[Finding]) -> int:
        job = self._job

        def tell(connection: Connection) -> None:
            tell_end(self._workspace, job, connection, event="job_failed", message=findings[0].message)

        try:
            self._queue.finish(job, status="failed", findings=self._show(findings), also=tell)
        except LeaseLostError:
            return 0
        log.warning("job %s failed: %s", job.job_id, findings[0].message)
        return 1

    def _try_again(self, findings: Sequence[Finding]) -> int:
        if self._job.attempts >= MAX_ATTEMPTS:
            return self._fail(findings)
        return self._put_back(wait_s=5.0 * 4 ** (self._job.attempts - 1), findings=findings)

    def _put_back(self, *, wait_s: float = 0.0, counts: bool = True, findings: Sequence[Finding] = ()) -> int:
        try:
            self._queue.put_back(self._job, wait_s=wait_s, counts=counts, findings=self._show(findings))
        except LeaseLostError:
            return 0
        log.info("job %s goes back to the queue", self._job.job_id)
        return 0

    def _show(self, findings: Sequence[Finding]) -> list[Mapping[str, Any]]:
        return [
            {
                name: self._context.hide_places(value) if isinstance(value, str) else value
                for name, value in asdict(finding).items()
            }
            for finding in findings
        ]

    @contextmanager
    def _heart_beats(self) -> Iterator[None]:
        over = threading.Event()

        def beat() -> None:
            while not over.wait(self._lease_s / 4):
                self._sign.give()
                try:
                    if self._queue.renew(self._job):
                        self._cancelled.set()
                except LeaseLostError:
                    self._lost.set()
                    return
                except StoreError:
                    # The next beat may reach the database; else the lease runs out.
                    log.warning("job %s: no sign of life could be given", self._job.job_id)

        thread = threading.Thread(target=beat, name="hygie-lease", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _check(self) -> None:
        if self._lost.is_set():
            raise _Taken
        if self._cancelled.is_set():
            raise _Cancelled
        if self._stop.is_set():
            raise _Released

    def _progress(self, stage: str, done: int, total: int) -> None:
        self._check()
        now = time.monotonic()
        if stage == self._stage and now - self._told < TELL_S:
            return
        if stage != self._stage:
            self._marks.clear()
        self._told, self._stage = now, stage
        rate = self._measure(now, done)
        left = (total - done) / rate if rate and total > done else None
        try:
            self._queue.tell(self._job, stage=stage, done=done, total=total, rate_per_s=rate, remaining_s=left)
            if self._queue.renew(self._job):
                self._cancelled.set()
        except LeaseLostError:
            self._lost.set()
        self._check()

    def _measure(self, now: float, done: int) -> float | None:
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > _SPEED_WINDOW_S:
            self._marks.popleft()
        (begin, first), (end, last) = self._marks[0], self._marks[-1]
        return (last - first) / (end - begin) if end - begin > TELL_S and last > first else None


def _given_up(job: JobRow) -> Finding:
    return Finding(
        message=f"the worker was cut short {job.attempts - 1} times on this job",
        code=RunnerError.code,
        repair="ask an administrator to look at the log of the worker: memory may be short; fewer years need less",
    )


def _internal(job: JobRow) -> Finding:
    return Finding(
        message="hygie itself made an error on this job",
        repair=f"give the number {job.job_id} to an administrator: the log of the worker has the rest",
    )
