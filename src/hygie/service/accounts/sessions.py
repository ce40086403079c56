"""Sessions of browsers: opened, read at each request, left, revoked."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from hygie.core.errors import ForbiddenError, NotFoundError
from hygie.service.accounts.access import Access, hash_secret, make_secret, reading, transaction
from hygie.service.accounts.audit import Actor, log
from hygie.service.accounts.directory import parse_role
from hygie.service.accounts.principal import Principal
from hygie.store.accounts import (
    AccountRow,
    find_account,
    find_membership,
    list_memberships,
    update_account,
)
from hygie.store.web_sessions import (
    SessionRow,
    delete_session,
    delete_sessions,
    find_session,
    insert_session,
    list_sessions,
    touch_session,
)

__all__ = [
    "OpenSession",
    "SessionView",
    "close_session",
    "find_session_id",
    "list_own_sessions",
    "make_csrf_token",
    "open_session",
    "read_session",
    "revoke_session",
    "switch_organisation",
]

_BROWSER_LENGTH = 200
# What names a session to its owner: the start of its hash, from which the secret cannot be had.
_REF_LENGTH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A session that holds, and who it speaks for."""

    principal: Principal
    session_id: str
    csrf_token: str
    provider: str | None
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session as its owner sees it."""

    ref: str
    organisation_id: str
    created_at: datetime
    seen_at: datetime
    address: str | None
    browser: str | None
    current: bool


def make_csrf_token(secret: str) -> str:
    """Return the token that forms of a session carry: derived from its secret, which it does not give away."""
    return hmac.new(secret.encode("utf-8", "surrogatepass"), b"csrf", hashlib.sha256).hexdigest()


def find_session_id(secret: str) -> str:
    """Return the name under which a session is kept."""
    return hash_secret(secret)


def open_session(
    connection: Connection,
    access: Access,
    account: AccountRow,
    *,
    actor: Actor,
    browser: str | None,
    provider: str | None = None,
) -> str:
    """Open a session in the transaction under way and return its secret; what is over is cleared away.

    Raises
    ------
    ForbiddenError
        The account is disabled, or belongs to no organisation.
    """
    now = access.clock()
    places = [row.organisation_id for row in list_memberships(connection, account_id=account.account_id)]
    if account.disabled_at is not None or not places:
        raise ForbiddenError(
            "this account may not come in", repair="ask an administrator of your organisation to open it"
        )
    home = access.workspace.organisation_id
    place = home if home in places else places[0]
    secret = make_secret()
    delete_sessions(connection, expired_at=now)
    insert_session(
        connection,
        SessionRow(
            session_hash=hash_secret(secret),
            account_id=account.account_id,
            organisation_id=place,
            created_at=now,
            seen_at=now,
            expires_at=now + access.limits.session_life,
            address=actor.address,
            browser=browser[:_BROWSER_LENGTH] if browser else None,
            provider=provider,
        ),
    )
    update_account(connection, account.account_id, signed_in_at=now)
    details = {"with": provider or "password"}
    log(connection, access, place, actor=actor, action="session.open", target=account.login, details=details)
    return secret


def read_session(access: Access, secret: str) -> OpenSession | None:
    """Return a session that still holds; None when it is unknown, over, revoked, or its account may no longer come in.

    Use is noted at most once a minute.
    """
    session_id, now = hash_secret(secret), access.clock()
    with reading(access) as connection:
        row = find_session(connection, session_id)
        if row is None or now >= row.expires_at or now - row.seen_at >= access.limits.session_idle:
            return None
        principal = _find_principal(connection, row)
    if principal is None:
        return None
    if now - row.seen_at >= access.limits.session_touch:
        with transaction(access) as connection:
            touch_session(connection, session_id, seen_at=now)
    return OpenSession(
        principal=principal,
        session_id=session_id,
        csrf_token=make_csrf_token(secret),
        provider=row.provider,
        expires_at=row.expires_at,
    )


def close_session(access: Access, session: OpenSession, *, actor: Actor) -> None:
    """End the session at work."""
    with transaction(access) as connection:
        if delete_session(connection, session.session_id):
            log(connection, access, session.principal.organisation_id, actor=actor, action="session.close")


def list_own_sessions(access: Access, account_id: str, *, current: str | None) -> list[SessionView]:
    """Return the sessions of an account that still hold, the last seen first."""
    now, idle = access.clock(), access.limits.session_idle
    with reading(access) as connection:
        rows = list_sessions(connection, account_id)
    return [
        SessionView(
            ref=row.session_hash[:_REF_LENGTH],
            organisation_id=row.organisation_id,
            created_at=row.created_at,
            seen_at=row.seen_at,
            address=row.address,
            browser=row.browser,
            current=row.session_hash == current,
        )
        for row in rows
        if now < row.expires_at and now - row.seen_at < idle
    ]


def revoke_session(access: Access, account_id: str, ref: str, *, organisation_id: str, actor: Actor) -> None:
    """End one of the sessions of an account.

    Raises
    ------
    NotFoundError
        The account has no such session.
    """
    with transaction(access) as connection:
        for row in list_sessions(connection, account_id):
            if row.session_hash[:_REF_LENGTH] == ref:
                delete_session(connection, row.session_hash)
                log(connection, access, organisation_id, actor=actor, action="session.revoke", target=ref)
                return
    raise NotFoundError("there is no such session", field="session", value=ref)


def switch_organisation(access: Access, session: OpenSession, organisation_id: str, *, actor: Actor) -> None:
    """Go on in another organisation of the account.

    Raises
    ------
    NotFoundError
        The account does not belong to it, or it is not there: the same answer.
    """
    account_id = session.principal.account_id
    with transaction(access) as connection:
        if find_membership(connection, account_id=account_id, organisation_id=organisation_id) is None:
            raise NotFoundError("you do not belong to this organisation", field="organisation", value=organisation_id)
        touch_session(connection, session.session_id, seen_at=access.clock(), organisation_id=organisation_id)
        details = {"from": session.principal.organisation_id}
        log(connection, access, organisation_id, actor=actor, action="organisation.switch", details=details)


def _find_principal(connection: Connection, row: SessionRow) -> Principal | None:
    return make_principal(connection, row.account_id, organisation_id=row.organisation_id, scopes=frozenset({"*"}))


def make_principal(
    connection: Connection, account_id: str, *, organisation_id: str, scopes: frozenset[str]
) -> Principal | None:
    """Return an account as it is in an organisation now; None when it is disabled or no longer there."""
    account = find_account(connection, account_id)
    held = find_membership(connection, account_id=account_id, organisation_id=organisation_id)
    if account is None or account.disabled_at is not None or held is None:
        return None
    language: Literal["fr", "en"] = "en" if account.language == "en" else "fr"
    return Principal(
        account_id=account_id,
        name=account.name,
        organisation_id=organisation_id,
        role=parse_role(held.role),
        scopes=scopes,
        language=language,
    )
