"""Rows of sessions of browsers, of tokens of programs, and of sign-ins that are under way elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update

from hygie.store.account_tables import api_token, setup_code, sign_in_attempt, web_session

__all__ = [
    "AttemptRow",
    "SessionRow",
    "TokenRow",
    "delete_attempts_before",
    "delete_session",
    "delete_sessions",
    "delete_setup_code",
    "find_session",
    "find_setup_code",
    "find_token",
    "insert_attempt",
    "insert_session",
    "insert_token",
    "list_sessions",
    "list_tokens",
    "mark_token",
    "put_setup_code",
    "take_attempt",
    "touch_session",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A session of a browser; of its secret, the hash alone."""

    session_hash: str
    account_id: str
    organisation_id: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    address: str | None
    browser: str | None
    provider: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token of the API, without its secret."""

    token_id: str
    account_id: str
    organisation_id: str
    label: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptRow:
    """A sign-in that goes on at an identity provider."""

    state_hash: str
    browser_hash: str
    provider: str
    nonce: str
    code_verifier: str
    next_path: str
    account_id: str | None
    expires_at: datetime


_TOKEN = [column for column in api_token.c if column.name != "token_hash"]


def insert_session(connection: Connection, row: SessionRow) -> None:
    """Keep a new session."""
    connection.execute(insert(web_session).values({name: getattr(row, name) for name in SessionRow.__slots__}))


def find_session(connection: Connection, session_hash: str) -> SessionRow | None:
    """Return a session by the hash of its secret."""
    wanted = select(web_session).where(web_session.c.session_hash == session_hash)
    row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else SessionRow(**row)


def list_sessions(connection: Connection, account_id: str) -> list[SessionRow]:
    """Return the sessions of an account, the last seen first."""
    wanted = select(web_session).where(web_session.c.account_id == account_id).order_by(web_session.c.seen_at.desc())
    return [SessionRow(**row) for row in connection.execute(wanted).mappings()]


def touch_session(
    connection: Connection, session_hash: str, *, seen_at: datetime, organisation_id: str | None = None
) -> None:
    """Note that a session is in use, and where, when it goes to another organisation."""
    values = {"seen_at": seen_at, **({} if organisation_id is None else {"organisation_id": organisation_id})}
    connection.execute(update(web_session).where(web_session.c.session_hash == session_hash).values(**values))


def delete_session(connection: Connection, session_hash: str) -> bool:
    """End a session; return whether there was one."""
    return bool(connection.execute(delete(web_session).where(web_session.c.session_hash == session_hash)).rowcount)


def delete_sessions(
    connection: Connection,
    *,
    account_id: str | None = None,
    keep: str | None = None,
    organisation_id: str | None = None,
    expired_at: datetime | None = None,
) -> int:
    """End the sessions of an account but one, or those that are over; return how many."""
    wanted = delete(web_session)
    if account_id is not None:
        wanted = wanted.where(web_session.c.account_id == account_id)
    if organisation_id is not None:
        wanted = wanted.where(web_session.c.organisation_id == organisation_id)
    if keep is not None:
        wanted = wanted.where(web_session.c.session_hash != keep)
    if expired_at is not None:
        wanted = wanted.where(web_session.c.expires_at <= expired_at)
    return int(connection.execute(wanted).rowcount)


def insert_token(connection: Connection, row: TokenRow, *, token_hash: str) -> None:
    """Keep a new token."""
    values = {name: getattr(row, name) for name in TokenRow.__slots__} | {"scopes": list(row.scopes)}
    connection.execute(insert(api_token).values(**values, token_hash=token_hash))


def find_token(connection: Connection, token_hash: str) -> TokenRow | None:
    """Return a token by the hash of its secret."""
    row = connection.execute(select(*_TOKEN).where(api_token.c.token_hash == token_hash)).mappings().one_or_none()
    return None if row is None else TokenRow(**{**row, "scopes": tuple(row["scopes"])})


def list_tokens(
    connection: Connection, *, account_id: str | None = None, organisation_id: str | None = None
) -> list[TokenRow]:
    """Return the tokens of an account, of an organisation, or of both, the newest first."""
    wanted = select(*_TOKEN).order_by(api_token.c.created_at.desc(), api_token.c.token_id)
    if account_id is not None:
        wanted = wanted.where(api_token.c.account_id == account_id)
    if organisation_id is not None:
        wanted = wanted.where(api_token.c.organisation_id == organisation_id)
    rows = connection.execute(wanted).mappings()
    return [TokenRow(**{**row, "scopes": tuple(row["scopes"])}) for row in rows]


def mark_token(
    connection: Connection, token_id: str, *, used_at: datetime | None = None, revoked_at: datetime | None = None
) -> None:
    """Note that a token was used, or that it is revoked."""
    given = {"used_at": used_at, "revoked_at": revoked_at}
    values = {name: value for name, value in given.items() if value is not None}
    connection.execute(update(api_token).where(api_token.c.token_id == token_id).values(**values))


def put_setup_code(connection: Connection, *, code_hash: str, expires_at: datetime) -> None:
    """Keep the code that makes the first account, in the place of an earlier one."""
    delete_setup_code(connection)
    connection.execute(insert(setup_code).values(slot=1, code_hash=code_hash, expires_at=expires_at))


def find_setup_code(connection: Connection) -> tuple[str, datetime] | None:
    """Return the hash of the code that makes the first account, and until when it holds."""
    row = connection.execute(select(setup_code.c.code_hash, setup_code.c.expires_at)).one_or_none()
    return None if row is None else (row[0], row[1])


def delete_setup_code(connection: Connection) -> None:
    """Forget the code that makes the first account."""
    connection.execute(delete(setup_code))


def insert_attempt(connection: Connection, row: AttemptRow) -> None:
    """Note that a browser was sent to an identity provider."""
    connection.execute(insert(sign_in_attempt).values({name: getattr(row, name) for name in AttemptRow.__slots__}))


def take_attempt(connection: Connection, state_hash: str) -> AttemptRow | None:
    """Return the sign-in that a browser comes back from, and forget it: it is taken once."""
    wanted = select(sign_in_attempt).where(sign_in_attempt.c.state_hash == state_hash)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        return None
    taken = connection.execute(delete(sign_in_attempt).where(sign_in_attempt.c.state_hash == state_hash)).rowcount
    return AttemptRow(**row) if taken else None


def delete_attempts_before(connection: Connection, at: datetime) -> None:
    """Forget the sign-ins that nobody came back from."""
    connection.execute(delete(sign_in_attempt).where(sign_in_attempt.c.expires_at <= at))
