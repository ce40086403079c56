"""How much an organisation holds: rows by table, and the jobs that wait."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Table, func, select

from hygie.store.all_tables import metadata
from hygie.store.application_schema import document, job
from hygie.store.sessions import read_rows
from hygie.store.workspace import Workspace

__all__ = ["count_documents", "count_queue", "count_rows"]


def count_rows(workspace: Workspace, names: tuple[str, ...]) -> dict[str, int]:
    """Return how many rows of some tables belong to the organisation."""
    with read_rows(workspace) as connection:
        found = {}
        for name in names:
            table: Table = metadata.tables[name]
            wanted = select(func.count()).where(table.c.organisation_id == workspace.organisation_id)
            found[name] = int(connection.execute(wanted.select_from(table)).scalar_one())
    return found


def count_documents(workspace: Workspace) -> dict[str, int]:
    """Return how many documents of each kind the organisation has, those that were deleted left out."""
    wanted = (
        select(document.c.kind, func.count())
        .where(document.c.organisation_id == workspace.organisation_id, document.c.deleted_at.is_(None))
        .group_by(document.c.kind)
    )
    with read_rows(workspace) as connection:
        return {str(kind): int(count) for kind, count in connection.execute(wanted)}


def count_queue(workspace: Workspace) -> tuple[int, int, datetime | None]:
    """Return how many jobs of the organisation wait and run, and since when the oldest one waits."""
    wanted = (
        select(job.c.status, func.count(), func.min(job.c.created_at))
        .where(job.c.organisation_id == workspace.organisation_id, job.c.status.in_(("queued", "running")))
        .group_by(job.c.status)
    )
    with read_rows(workspace) as connection:
        found = {status: (int(count), oldest) for status, count, oldest in connection.execute(wanted)}
    queued, running = found.get("queued", (0, None)), found.get("running", (0, None))
    return queued[0], running[0], queued[1]
