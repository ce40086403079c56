"""Sources that are pulled regularly: rows of one organisation, and what is due in all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from hygie.core.errors import ConflictError, NotFoundError
from hygie.store.application_schema import connector
from hygie.store.engine import lock_for_writing, translate_errors, writing
from hygie.store.json_text import clean_json, clean_text
from hygie.store.sessions import make_id, read_rows, write_rows
from hygie.store.workspace import Workspace

__all__ = ["ConnectorRow", "ConnectorStore", "take_due"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorRow:
    """A source that is pulled regularly; `secret` is encrypted."""

    organisation_id: str
    connector_id: str
    name: str
    protocol: str
    settings: Mapping[str, Any]
    secret: str | None
    every_h: int
    enabled: bool
    next_at: datetime
    last_at: datetime | None
    last_job: str | None
    last_status: str | None
    account_id: str
    author: str
    created_at: datetime
    version: int


def _read(row: Any) -> ConnectorRow:
    return ConnectorRow(**{name: getattr(row, name) for name in ConnectorRow.__dataclass_fields__})


class ConnectorStore:
    """The connectors of one organisation."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def add(self, *, account_id: str, author: str, **values: Any) -> str:
        """Keep a connector, and return its id; its first pull is due now."""
        now = datetime.now(UTC)
        connector_id = make_id(now)
        with write_rows(self._workspace) as connection:
            connection.execute(
                insert(connector).values(
                    organisation_id=self._workspace.organisation_id,
                    connector_id=connector_id,
                    next_at=now,
                    created_at=now,
                    version=1,
                    account_id=account_id,
                    author=clean_text(author),
                    **_clean(values),
                )
            )
        return connector_id

    def get(self, connector_id: str) -> ConnectorRow:
        """Return a connector.

        Raises
        ------
        NotFoundError
            There is none, or it belongs to another organisation.
        """
        with read_rows(self._workspace) as connection:
            return self._get(connection, connector_id)

    def list_all(self) -> Sequence[ConnectorRow]:
        """Return all connectors, by name."""
        wanted = select(connector).where(connector.c.organisation_id == self._workspace.organisation_id)
        with read_rows(self._workspace) as connection:
            rows = connection.execute(wanted.order_by(connector.c.name, connector.c.connector_id)).all()
        return [_read(row) for row in rows]

    def change(self, connector_id: str, *, expected: int, **values: Any) -> None:
        """Change a connector that nobody else has changed meanwhile.

        Raises
        ------
        ConflictError, NotFoundError
            Somebody else has, or there is none.
        """
        with write_rows(self._workspace, scope="connectors") as connection:
            held = self._get(connection, connector_id)
            if held.version != expected:
                raise ConflictError(
                    "this connector has changed since it was read",
                    value=f"version {expected}",
                    allowed=f"version {held.version}",
                    repair="look at it again, then change it",
                )
            connection.execute(
                update(connector).where(*self._mine(connector_id)).values(version=expected + 1, **_clean(values))
            )

    def delete(self, connector_id: str) -> None:
        """Remove a connector; what it brought stays.

        Raises
        ------
        NotFoundError
            There is none.
        """
        with write_rows(self._workspace) as connection:
            self._get(connection, connector_id)
            connection.execute(delete(connector).where(*self._mine(connector_id)))

    def note_end(self, connector_id: str, *, status: str, connection: Connection) -> None:
        """Note how the last pull ended, in the transaction under way."""
        connection.execute(update(connector).where(*self._mine(connector_id)).values(last_status=status))

    def _mine(self, connector_id: str) -> list[Any]:
        owner = self._workspace.organisation_id
        return [connector.c.organisation_id == owner, connector.c.connector_id == connector_id]

    def _get(self, connection: Connection, connector_id: str) -> ConnectorRow:
        row = connection.execute(select(connector).where(*self._mine(connector_id))).one_or_none()
        if row is None:
            raise NotFoundError(f"there is no connector “{connector_id[:80]}”", field="connector", value=connector_id)
        return _read(row)


def take_due(
    workspace: Workspace, queue: Any, *, organisations: Sequence[str] | None = None, now: datetime | None = None
) -> int:
    """Ask for a job for each connector that is due, in every organisation or in some; return how many.

    Parameters
    ----------
    queue
        Called with (row, connection); puts the job into the queue and returns its id.
    """
    now = now or datetime.now(UTC)
    engine = workspace.engine
    mine = [connector.c.organisation_id.in_(organisations)] if organisations is not None else []
    due = select(connector).where(*mine, connector.c.enabled.is_(True), connector.c.next_at <= now)
    with translate_errors(engine.url), engine.connect() as reading:
        if reading.execute(due.limit(1)).first() is None:
            return 0
    with translate_errors(engine.url), writing(engine.connect()) as connection, connection.begin():
        lock_for_writing(connection, scope="schedules")
        rows = [_read(row) for row in connection.execute(due)]
        for row in rows:
            job_id = queue(row, connection)
            connection.execute(
                update(connector)
                .where(
                    connector.c.organisation_id == row.organisation_id,
                    connector.c.connector_id == row.connector_id,
                )
                # Pulls that were missed while nobody worked are not made up for.
                .values(next_at=now + timedelta(hours=row.every_h), last_at=now, last_job=job_id, last_status="queued")
            )
    return len(rows)


def _clean(values: Mapping[str, Any]) -> dict[str, Any]:
    cleaned = dict(values)
    if "settings" in cleaned:
        cleaned["settings"] = clean_json(dict(cleaned["settings"]))[0]
    if "name" in cleaned:
        cleaned["name"] = clean_text(cleaned["name"])
    return cleaned
