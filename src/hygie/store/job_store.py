"""The queue of jobs of an organisation: asked for, looked at, cancelled. Who works them off is in `job_queue`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from hygie.core.errors import NotFoundError
from hygie.store.application_schema import job, job_event
from hygie.store.json_text import clean_json, clean_text
from hygie.store.sessions import MAX_PAGE, Page, cut_page, make_id, read_rows, write_rows
from hygie.store.workspace import Workspace

__all__ = ["FINISHED", "JobEvent", "JobRow", "JobStore", "NewJob", "note_job"]

FINISHED = ("done", "failed", "cancelled")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewJob:
    """What is asked for."""

    kind: str
    request: Mapping[str, Any]
    title: str
    account_id: str
    author: str
    facility_ref: str | None = None
    facility_revision: int | None = None
    connector_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """A job as the queue holds it."""

    organisation_id: str
    job_id: str
    kind: str
    request: Mapping[str, Any]
    title: str
    status: str
    facility_ref: str | None
    facility_revision: int | None
    connector_id: str | None
    account_id: str
    author: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stage: str | None
    done: int | None
    total: int | None
    rate_per_s: float | None
    remaining_s: float | None
    attempts: int
    cancel_requested: bool
    lease_owner: str | None
    lease_until: datetime | None
    result_id: str | None
    outcome: Mapping[str, Any] | None
    findings: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One event in the life of a job."""

    number: int
    at: datetime
    event: str
    data: Mapping[str, Any]


def read_job(row: Row[Any]) -> JobRow:
    """Return a row of the table as a job."""
    return JobRow(**{name: getattr(row, name) for name in JobRow.__dataclass_fields__})


def note_job(connection: Connection, organisation_id: str, job_id: str, event: str, **data: Any) -> None:
    """Add an event to the life of a job, in the transaction under way."""
    connection.execute(
        insert(job_event).values(
            organisation_id=organisation_id,
            job_id=job_id,
            at=datetime.now(UTC),
            event=event,
            data=clean_json(data)[0],
        )
    )


class JobStore:
    """The jobs of one organisation."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, asked: NewJob, *, connection: Connection | None = None) -> JobRow:
        """Put a job into the queue; in a transaction under way when one is given."""
        if connection is None:
            with write_rows(self._workspace) as own:
                return self.add(asked, connection=own)
        now = datetime.now(UTC)
        owner, job_id = self._workspace.organisation_id, make_id(now)
        connection.execute(
            insert(job).values(
                organisation_id=owner,
                job_id=job_id,
                kind=asked.kind,
                request=clean_json(dict(asked.request))[0],
                title=clean_text(asked.title),
                status="queued",
                facility_ref=asked.facility_ref,
                facility_revision=asked.facility_revision,
                connector_id=asked.connector_id,
                account_id=asked.account_id,
                author=clean_text(asked.author),
                created_at=now,
                not_before=now,
                attempts=0,
                cancel_requested=False,
                findings=[],
            )
        )
        note_job(connection, owner, job_id, "submitted")
        return self._get(connection, job_id)

    def get(self, job_id: str) -> JobRow:
        """Return a job.

        Raises
        ------
        NotFoundError
            There is none, or it belongs to another organisation.
        """
        with read_rows(self._workspace) as connection:
            return self._get(connection, job_id)

    def list_page(
        self, *, status: str | None = None, kind: str | None = None, after: str | None = None, limit: int = 50
    ) -> Page[JobRow]:
        """Return jobs, the latest first."""
        limit = max(1, min(limit, MAX_PAGE))
        conditions = [job.c.organisation_id == self._workspace.organisation_id]
        conditions += [job.c.status == status] if status is not None else []
        conditions += [job.c.kind == kind] if kind is not None else []
        conditions += [job.c.job_id < after] if after is not None else []
        wanted = select(job).where(*conditions).order_by(job.c.job_id.desc()).limit(limit + 1)
        with read_rows(self._workspace) as connection:
            rows = [read_job(row) for row in connection.execute(wanted)]
        return cut_page(rows, limit=limit, key=lambda row: row.job_id)

    def list_events(self, job_id: str, *, after: int = 0, limit: int = MAX_PAGE) -> list[JobEvent]:
        """Return the events of a job after a number, in order; none for a job of another organisation."""
        wanted = (
            select(job_event)
            .where(
                job_event.c.organisation_id == self._workspace.organisation_id,
                job_event.c.job_id == job_id,
                job_event.c.number > after,
            )
            .order_by(job_event.c.number)
            .limit(max(1, min(limit, MAX_PAGE)))
        )
        with read_rows(self._workspace) as connection:
            rows = connection.execute(wanted).all()
        return [JobEvent(number=row.number, at=row.at, event=row.event, data=row.data) for row in rows]

    def cancel(self, job_id: str) -> JobRow:
        """Ask a job to stop: one that waits is over at once, one under way stops at its next step.

        Raises
        ------
        NotFoundError
            There is none.
        """
        owner = self._workspace.organisation_id
        mine = (job.c.organisation_id == owner, job.c.job_id == job_id)
        with write_rows(self._workspace, scope="jobs") as connection:
            self._get(connection, job_id)
            ended = connection.execute(
                update(job)
                .where(*mine, job.c.status == "queued")
                .values(status="cancelled", cancel_requested=True, finished_at=datetime.now(UTC))
            )
            if ended.rowcount:
                note_job(connection, owner, job_id, "cancelled")
            else:
                asked = connection.execute(
                    update(job)
                    .where(*mine, job.c.status == "running", job.c.cancel_requested.is_(False))
                    .values(cancel_requested=True)
                )
                if asked.rowcount:
                    note_job(connection, owner, job_id, "cancel_requested")
            return self._get(connection, job_id)

    def _get(self, connection: Connection, job_id: str) -> JobRow:
        wanted = select(job).where(job.c.organisation_id == self._workspace.organisation_id, job.c.job_id == job_id)
        row = connection.execute(wanted).one_or_none()
        if row is None:
            raise NotFoundError(
                f"there is no job “{job_id[:80]}”", field="job", value=job_id, repair="look at `hygie job list`"
            )
        return read_job(row)
