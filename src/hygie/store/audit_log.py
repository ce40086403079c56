"""The audit log of an organisation: lines that are only added, each sealed with the hash of the one before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, or_, select

from hygie.store.account_tables import audit_entry
from hygie.store.engine import lock_for_writing
from hygie.store.json_text import clean_json, clean_text, digest_json

__all__ = [
    "GENESIS",
    "AuditEntry",
    "AuditFilter",
    "ChainBreak",
    "append_entry",
    "find_break",
    "iterate_entries",
    "read_entries",
]

# What stands in the place of the hash before the first line.
GENESIS = "0" * 64
PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One line: who did what to what, when and from where."""

    organisation_id: str
    number: int
    at: datetime
    actor: str
    account_id: str | None
    action: str
    target: str | None
    details: Mapping[str, Any] = field(default_factory=dict)
    address: str | None
    previous_hash: str
    entry_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainBreak:
    """The first line that does not fit: `missing` (a number is left out), `changed`, or `unlinked`."""

    number: int
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines are looked for.

    Parameters
    ----------
    action
        What was done: a whole name, or what stands before its dot.
    person
        A part of the name of who did it, or of what it was done to, without case.
    since, until
        From the first instant on, and before the second.
    """

    action: str | None = None
    person: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def append_entry(
    connection: Connection,
    organisation_id: str,
    *,
    at: datetime,
    actor: str,
    action: str,
    account_id: str | None = None,
    target: str | None = None,
    details: Mapping[str, Any] | None = None,
    address: str | None = None,
) -> AuditEntry:
    """Add a line, in the transaction that does what the line says: both are kept, or neither.

    Lines of one organisation are added one after another; others wait until the transaction ends.
    """
    lock_for_writing(connection, scope=f"audit of {organisation_id}")
    last = (
        select(audit_entry.c.number, audit_entry.c.entry_hash)
        .where(audit_entry.c.organisation_id == organisation_id)
        .order_by(audit_entry.c.number.desc())
        .limit(1)
    )
    number, previous = connection.execute(last).one_or_none() or (0, GENESIS)
    content: dict[str, Any] = {
        "organisation_id": organisation_id,
        "number": number + 1,
        "at": at.astimezone(UTC),
        "actor": clean_text(actor),
        "account_id": account_id,
        "action": action,
        "target": None if target is None else clean_text(target),
        "details": clean_json(dict(details or {}))[0],
        "address": address,
        "previous_hash": previous,
    }
    entry = AuditEntry(**content, entry_hash=_hash_entry(content))
    connection.execute(insert(audit_entry).values({name: getattr(entry, name) for name in AuditEntry.__slots__}))
    return entry


def read_entries(
    connection: Connection,
    organisation_id: str,
    *,
    limit: int,
    before: int | None = None,
    only: AuditFilter | None = None,
) -> list[AuditEntry]:
    """Return the last lines of an organisation, newest first; those before a number, when it is given."""
    wanted = select(audit_entry).where(audit_entry.c.organisation_id == organisation_id, *_filter(only))
    if before is not None:
        wanted = wanted.where(audit_entry.c.number < before)
    rows = connection.execute(wanted.order_by(audit_entry.c.number.desc()).limit(limit)).mappings()
    return [AuditEntry(**row) for row in rows]


def _filter(only: AuditFilter | None) -> list[ColumnElement[bool]]:
    if only is None:
        return []
    found: list[ColumnElement[bool]] = []
    if only.action is not None:
        name = audit_entry.c.action
        found.append(name == only.action if "." in only.action else name.startswith(f"{only.action}.", autoescape=True))
    if only.person is not None:
        text = only.person.lower()
        columns = (audit_entry.c.actor, audit_entry.c.target)
        found.append(or_(*(func.lower(column).contains(text, autoescape=True) for column in columns)))
    if only.since is not None:
        found.append(audit_entry.c.at >= only.since)
    if only.until is not None:
        found.append(audit_entry.c.at < only.until)
    return found


def iterate_entries(connection: Connection, organisation_id: str) -> Iterator[AuditEntry]:
    """Yield every line of an organisation, oldest first."""
    own = audit_entry.c.organisation_id == organisation_id
    wanted = select(audit_entry).where(own).order_by(audit_entry.c.number).limit(PAGE)
    # Page after page: a reader that stops early leaves no cursor open. Numbers below 1 would be somebody else's work.
    rows = connection.execute(wanted).mappings().all()
    while rows:
        for row in rows:
            yield AuditEntry(**row)
        rows = connection.execute(wanted.where(audit_entry.c.number > rows[-1]["number"])).mappings().all()


def find_break(entries: Iterator[AuditEntry]) -> tuple[AuditEntry | None, ChainBreak | None]:
    """Follow a chain from its start; return its last good line, and the first one that does not fit."""
    last: AuditEntry | None = None
    for entry in entries:
        expected = 1 if last is None else last.number + 1
        if entry.number != expected:
            return last, ChainBreak(number=expected, kind="missing")
        if entry.previous_hash != (GENESIS if last is None else last.entry_hash):
            return last, ChainBreak(number=entry.number, kind="unlinked")
        content = {name: getattr(entry, name) for name in AuditEntry.__slots__ if name != "entry_hash"}
        if entry.entry_hash != _hash_entry(content):
            return last, ChainBreak(number=entry.number, kind="changed")
        last = entry
    return last, None


def _hash_entry(content: Mapping[str, Any]) -> str:
    at: datetime = content["at"]
    return digest_json({**content, "at": at.isoformat(timespec="microseconds")})
