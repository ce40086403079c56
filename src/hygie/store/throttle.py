"""Rows of failed attempts and of answers kept for writes that are sent twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from hygie.store.account_tables import idempotency_key, login_throttle

__all__ = [
    "AnswerRow",
    "FailureRow",
    "delete_answer",
    "delete_answers_before",
    "delete_failures",
    "find_answer",
    "insert_answer",
    "put_failures",
    "read_failures",
    "update_answer",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FailureRow:
    """How often a subject failed lately, and until when it must wait."""

    subject: str
    failures: int
    failed_at: datetime
    blocked_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRow:
    """A write that was sent with a key, and its answer once there is one."""

    request_digest: str
    created_at: datetime
    expires_at: datetime
    status: int | None
    headers: Mapping[str, str] | None
    body: bytes | None


def read_failures(connection: Connection, subjects: Sequence[str]) -> dict[str, FailureRow]:
    """Return what is known of subjects."""
    wanted = select(login_throttle).where(login_throttle.c.subject.in_(subjects))
    return {row["subject"]: FailureRow(**row) for row in connection.execute(wanted).mappings()}


def put_failures(connection: Connection, rows: Sequence[FailureRow]) -> None:
    """Keep what is known of subjects, in the place of what was."""
    delete_failures(connection, [row.subject for row in rows])
    for row in rows:
        connection.execute(insert(login_throttle).values({name: getattr(row, name) for name in FailureRow.__slots__}))


def delete_failures(connection: Connection, subjects: Sequence[str] = (), *, before: datetime | None = None) -> None:
    """Forget subjects, and all that failed last before an instant."""
    if subjects:
        connection.execute(delete(login_throttle).where(login_throttle.c.subject.in_(subjects)))
    if before is not None:
        connection.execute(delete(login_throttle).where(login_throttle.c.failed_at < before))


def find_answer(connection: Connection, *, organisation_id: str, account_id: str, key: str) -> AnswerRow | None:
    """Return what a key was used for."""
    columns = [idempotency_key.c[name] for name in AnswerRow.__slots__]
    wanted = select(*columns).where(*_own(organisation_id, account_id, key))
    row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else AnswerRow(**row)


def insert_answer(
    connection: Connection,
    *,
    organisation_id: str,
    account_id: str,
    key: str,
    request_digest: str,
    at: datetime,
    expires_at: datetime,
) -> None:
    """Note that a write with a key begins."""
    connection.execute(
        insert(idempotency_key).values(
            organisation_id=organisation_id,
            account_id=account_id,
            key=key,
            request_digest=request_digest,
            created_at=at,
            expires_at=expires_at,
        )
    )


def update_answer(
    connection: Connection,
    *,
    organisation_id: str,
    account_id: str,
    key: str,
    status: int,
    headers: Mapping[str, str],
    body: bytes,
) -> None:
    """Keep the answer to a write."""
    connection.execute(
        update(idempotency_key)
        .where(*_own(organisation_id, account_id, key))
        .values(status=status, headers=dict(headers), body=body)
    )


def delete_answer(connection: Connection, *, organisation_id: str, account_id: str, key: str) -> None:
    """Forget a key, so that the same write may be sent again."""
    connection.execute(delete(idempotency_key).where(*_own(organisation_id, account_id, key)))


def delete_answers_before(connection: Connection, at: datetime) -> None:
    """Forget the keys that are over."""
    connection.execute(delete(idempotency_key).where(idempotency_key.c.expires_at <= at))


def _own(organisation_id: str, account_id: str, key: str) -> tuple[ColumnElement[bool], ...]:
    return (
        idempotency_key.c.organisation_id == organisation_id,
        idempotency_key.c.account_id == account_id,
        idempotency_key.c.key == key,
    )
