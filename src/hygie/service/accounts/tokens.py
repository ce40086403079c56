"""Tokens of programs: scoped, dated, shown once."""

from __future__ import annotations

from datetime import timedelta

from hygie.core.errors import DataError, ForbiddenError, NotFoundError, UsageError, suggest
from hygie.service.accounts.access import Access, hash_secret, make_account_id, make_secret, reading, transaction
from hygie.service.accounts.audit import Actor, log
from hygie.service.accounts.directory import parse_role
from hygie.service.accounts.permissions import SCOPES, list_permissions
from hygie.service.accounts.principal import Principal
from hygie.service.accounts.sessions import make_principal
from hygie.store.accounts import find_membership
from hygie.store.web_sessions import TokenRow, find_token, insert_token, list_tokens, mark_token

__all__ = ["PREFIX", "TokenRow", "list_own_tokens", "make_token", "read_token", "revoke_token"]

PREFIX = "hyg_"
_LABEL_LENGTH = 80
_TOUCH = timedelta(minutes=1)


def make_token(
    access: Access,
    account_id: str,
    *,
    organisation_id: str,
    label: str,
    scopes: tuple[str, ...],
    life: timedelta | None = None,
    actor: Actor,
) -> tuple[str, TokenRow]:
    """Make a token for an account in an organisation and return it: it is never shown again.

    Raises
    ------
    DataError, UsageError
        The label, a scope or the time that it should hold is not fit.
    NotFoundError
        The account does not belong to the organisation.
    ForbiddenError
        A scope goes beyond what the role of the account may do.
    """
    label = " ".join(label.split())
    if not 1 <= len(label) <= _LABEL_LENGTH or not label.isprintable():
        raise DataError(
            "a token needs a name", field="label", value=label, allowed=f"1 to {_LABEL_LENGTH} printable characters"
        )
    wanted = tuple(dict.fromkeys(scopes))
    for scope in wanted:
        if scope not in SCOPES:
            raise UsageError(
                "there is no such scope",
                field="scope",
                value=scope,
                allowed=", ".join(SCOPES),
                repair=suggest(scope, SCOPES),
            )
    if not wanted:
        raise UsageError("a token needs a scope", field="scope", allowed=", ".join(SCOPES))
    life = access.limits.token_life if life is None else life
    if not timedelta(0) < life <= access.limits.token_longest:
        raise UsageError(
            "a token cannot hold for so long",
            field="days",
            value=f"{life.total_seconds() / 86400:g}",
            allowed=f"1 to {access.limits.token_longest.days} days",
        )
    secret = PREFIX + make_secret()
    now = access.clock()
    with transaction(access) as connection:
        held = find_membership(connection, account_id=account_id, organisation_id=organisation_id)
        if held is None:
            raise NotFoundError("this account does not belong to the organisation", value=organisation_id)
        role = parse_role(held.role)
        for scope in wanted:
            if not list_permissions(role, frozenset({scope})):
                raise ForbiddenError(
                    "a token may not do more than its owner",
                    field="scope",
                    value=scope,
                    repair=f"leave it out: the role is {role}",
                )
        row = TokenRow(
            token_id=make_account_id(),
            account_id=account_id,
            organisation_id=organisation_id,
            label=label,
            scopes=wanted,
            created_at=now,
            expires_at=now + life,
            used_at=None,
            revoked_at=None,
        )
        insert_token(connection, row, token_hash=hash_secret(secret))
        details = {"scopes": list(wanted), "label": label, "until": row.expires_at.date().isoformat()}
        log(connection, access, organisation_id, actor=actor, action="token.new", target=row.token_id, details=details)
    return secret, row


def read_token(access: Access, secret: str) -> Principal | None:
    """Return who a token speaks for; None when it is unknown, over, revoked, or its account may no longer come in."""
    if not secret.startswith(PREFIX) or len(secret) > 100:
        return None
    now = access.clock()
    with reading(access) as connection:
        row = find_token(connection, hash_secret(secret))
        if row is None or row.revoked_at is not None or now >= row.expires_at:
            return None
        principal = make_principal(
            connection, row.account_id, organisation_id=row.organisation_id, scopes=frozenset(row.scopes)
        )
    if principal is not None and (row.used_at is None or now - row.used_at >= _TOUCH):
        with transaction(access) as connection:
            mark_token(connection, row.token_id, used_at=now)
    return principal


def list_own_tokens(
    access: Access, *, account_id: str | None = None, organisation_id: str | None = None
) -> list[TokenRow]:
    """Return the tokens of an account, of an organisation, or of both, the newest first."""
    with reading(access) as connection:
        return list_tokens(connection, account_id=account_id, organisation_id=organisation_id)


def revoke_token(
    access: Access, token_id: str, *, organisation_id: str, account_id: str | None = None, actor: Actor
) -> None:
    """End a token of an organisation, of one account when it is given.

    Raises
    ------
    NotFoundError
        There is no such token there.
    """
    with transaction(access) as connection:
        for row in list_tokens(connection, account_id=account_id, organisation_id=organisation_id):
            if row.token_id == token_id:
                if row.revoked_at is None:
                    mark_token(connection, token_id, revoked_at=access.clock())
                    log(
                        connection, access, organisation_id, actor=actor, action="token.revoke", target=token_id,
                        details={"label": row.label},
                    )  # fmt: skip
                return
    raise NotFoundError(
        "there is no such token", field="token", value=token_id, repair="`hygie token list` shows their ids"
    )
