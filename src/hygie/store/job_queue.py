"""How workers share the queue: a job belongs to whoever holds its lease, and a lease that runs out is taken over.

    queued ──claim──► running ──finish──► done | failed | cancelled
       ▲                 │
       └── release, retry, lease that ran out ──┘

A worker that lost its lease cannot write to the job any more: every update asks for the lease.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, update

from hygie.core.ids import digest_text
from hygie.store.application_schema import job
from hygie.store.engine import lock_for_writing, translate_errors, writing
from hygie.store.job_store import JobRow, note_job, read_job
from hygie.store.json_text import clean_json
from hygie.store.workspace import Workspace

__all__ = ["LEASE_S", "JobQueue", "LeaseLostError", "name_owner"]

# How long a worker that says nothing keeps its job [s].
LEASE_S = 60.0
# How much longer when its process can be seen to live.
PATIENCE = timedelta(minutes=15)


class LeaseLostError(Exception):
    """Another worker has taken the job over."""


def name_owner() -> str:
    """Return what a worker signs leases with: its machine (with its boot and its process space) and its process."""
    return f"{_name_place()}/{os.getpid()}/{os.urandom(4).hex()}"


def _name_place() -> str:
    parts = [socket.gethostname()]
    try:
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    except OSError:
        # Not Linux: a worker that died is found by its lease alone.
        parts.append(os.urandom(8).hex())
    return digest_text("\n".join(parts)).removeprefix("sha256:")[:16]


def _is_left(row: JobRow, now: datetime) -> bool:
    """Return whether nobody works on a job that is said to run."""
    alive = _find_alive(row.lease_owner)
    if alive is not None and not alive:
        # A worker of this machine that was killed: its job need not wait for the lease to run out.
        return True
    if row.lease_until is None:
        return True
    # One that lives may only be kept from saying so, by a long transaction of its own.
    return row.lease_until + (PATIENCE if alive else timedelta()) < now


def _find_alive(owner: str | None) -> bool | None:
    """Return whether the process that holds a lease lives; None when it is not one of this machine."""
    place, _, rest = (owner or "").partition("/")
    number = rest.partition("/")[0]
    if place != _name_place() or not number.isdecimal():
        return None
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return not _is_zombie(int(number))


def _is_zombie(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return state.rpartition(")")[2].split()[:1] == ["Z"]


class JobQueue:
    """The jobs that a worker may take.

    Parameters
    ----------
    organisations
        Whose jobs; of every organisation when None.
    lease_s
        How long a lease lasts without a sign of life [s].
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        owner: str,
        organisations: Sequence[str] | None = None,
        lease_s: float = LEASE_S,
    ) -> None:
        self._engine = workspace.engine
        self._owner = owner
        self._organisations = organisations
        self._lease = timedelta(seconds=lease_s)

    def claim(self) -> JobRow | None:
        """Take the job that has waited longest, or one whose worker is gone; None when there is nothing to do."""
        now = datetime.now(UTC)
        with self._write() as connection:
            lock_for_writing(connection, scope="claims of jobs")
            found = self._next(connection, now)
            if found is None:
                return None
            resumed = found.status == "running"
            connection.execute(
                update(job)
                .where(*_key(found))
                .values(
                    status="running",
                    attempts=found.attempts + 1,
                    started_at=found.started_at or now,
                    lease_owner=self._owner,
                    lease_until=now + self._lease,
                )
            )
            note_job(
                connection,
                found.organisation_id,
                found.job_id,
                "resumed" if resumed or found.attempts else "started",
                attempt=found.attempts + 1,
            )
            return read_job(connection.execute(select(job).where(*_key(found))).one())

    def renew(self, held: JobRow) -> bool:
        """Give a sign of life; return whether somebody asks the job to stop.

        Raises
        ------
        LeaseLostError
            Another worker has it.
        """
        with self._write() as connection:
            self._update(connection, held, lease_until=datetime.now(UTC) + self._lease)
            wanted = select(job.c.cancel_requested).where(*_key(held))
            return bool(connection.execute(wanted).scalar_one())

    def tell(self, held: JobRow, *, stage: str, done: int, total: int, **speed: float | None) -> None:
        """Note how far a job is.

        Raises
        ------
        LeaseLostError
            Another worker has it.
        """
        with self._write() as connection:
            before = connection.execute(select(job.c.stage).where(*_key(held))).scalar_one()
            self._update(connection, held, stage=stage, done=done, total=total, **speed)
            if before != stage:
                note_job(connection, held.organisation_id, held.job_id, "stage", stage=stage)

    def finish(
        self,
        held: JobRow,
        *,
        status: str,
        findings: Sequence[Mapping[str, Any]] = (),
        result_id: str | None = None,
        outcome: Mapping[str, Any] | None = None,
        also: Callable[[Connection], None] | None = None,
    ) -> None:
        """End a job, and write what comes with its end, in one transaction.

        Raises
        ------
        LeaseLostError
            Another worker has it: nothing is written.
        """
        with self._write() as connection:
            self._update(
                connection,
                held,
                status=status,
                finished_at=datetime.now(UTC),
                findings=clean_json(list(findings))[0],
                result_id=result_id,
                outcome=clean_json(dict(outcome))[0] if outcome is not None else None,
                remaining_s=None,
                lease_owner=None,
                lease_until=None,
            )
            note_job(connection, held.organisation_id, held.job_id, status)
            if also is not None:
                also(connection)

    def put_back(
        self, held: JobRow, *, wait_s: float = 0.0, counts: bool = True, findings: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        """Give a job back to the queue, to be tried again after a while.

        Parameters
        ----------
        counts
            Whether this try counts; one that was only interrupted does not.

        Raises
        ------
        LeaseLostError
            Another worker has it.
        """
        with self._write() as connection:
            self._update(
                connection,
                held,
                status="queued",
                attempts=held.attempts if counts else held.attempts - 1,
                not_before=datetime.now(UTC) + timedelta(seconds=wait_s),
                findings=clean_json(list(findings))[0],
                lease_owner=None,
                lease_until=None,
            )
            note_job(connection, held.organisation_id, held.job_id, "retry" if counts else "released", wait_s=wait_s)

    def _next(self, connection: Connection, now: datetime) -> JobRow | None:
        mine = [job.c.organisation_id.in_(self._organisations)] if self._organisations is not None else []
        order = (job.c.created_at, job.c.job_id)
        ready = select(job).where(*mine, job.c.status == "queued", job.c.not_before <= now).order_by(*order).limit(1)
        running = select(job).where(*mine, job.c.status == "running").order_by(*order)
        found = [read_job(row) for row in connection.execute(ready)]
        found += [row for row in map(read_job, connection.execute(running)) if _is_left(row, now)]
        return min(found, key=lambda row: (row.created_at, row.job_id), default=None)

    def _update(self, connection: Connection, held: JobRow, **values: Any) -> None:
        held_by_me = (job.c.status == "running", job.c.lease_owner == self._owner)
        done = connection.execute(update(job).where(*_key(held), *held_by_me).values(**values))
        if done.rowcount != 1:
            raise LeaseLostError(held.job_id)

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        engine = self._engine
        with translate_errors(engine.url), writing(engine.connect()) as connection, connection.begin():
            yield connection


def _key(held: JobRow) -> tuple[Any, Any]:
    return job.c.organisation_id == held.organisation_id, job.c.job_id == held.job_id
