"""The feed of what changed: one row per event, written in the transaction of what it tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from hygie.store.application_schema import activity
from hygie.store.json_text import clean_json, clean_text
from hygie.store.sessions import MAX_PAGE, Page, cut_page, read_rows
from hygie.store.workspace import Workspace

__all__ = ["ActivityRow", "list_activity", "note_activity"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityRow:
    """One event."""

    number: int
    at: datetime
    event: str
    subject_kind: str
    subject_ref: str
    author: str
    data: Mapping[str, Any]


def note_activity(
    connection: Connection,
    *,
    organisation_id: str,
    event: str,
    subject: tuple[str, str],
    author: str,
    data: Mapping[str, Any] | None = None,
) -> None:
    """Add an event about a subject (its kind and its ref), in the transaction under way."""
    connection.execute(
        insert(activity).values(
            organisation_id=organisation_id,
            at=datetime.now(UTC),
            event=event,
            subject_kind=subject[0],
            subject_ref=subject[1],
            author=clean_text(author),
            data=clean_json(dict(data or {}))[0],
        )
    )


def list_activity(
    workspace: Workspace, *, since: datetime | None = None, after: str | None = None, limit: int = 50
) -> Page[ActivityRow]:
    """Return the events of an organisation, the latest first; those since an instant, or older than a cursor."""
    limit = max(1, min(limit, MAX_PAGE))
    conditions = [activity.c.organisation_id == workspace.organisation_id]
    if since is not None:
        conditions.append(activity.c.at >= since)
    if after is not None and after.isdecimal():
        conditions.append(activity.c.number < int(after))
    wanted = select(activity).where(*conditions).order_by(activity.c.number.desc()).limit(limit + 1)
    names = list(ActivityRow.__dataclass_fields__)
    with read_rows(workspace) as connection:
        rows = [ActivityRow(**{name: getattr(row, name) for name in names}) for row in connection.execute(wanted)]
    return cut_page(rows, limit=limit, key=lambda row: row.number)
