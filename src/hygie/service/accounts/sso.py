"""Coming in through an identity provider: sent there, and back, once; known by issuer and subject only."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from hygie.core.errors import AuthenticationError, ConflictError, DataError, ForbiddenError
from hygie.service.accounts.access import Access, hash_secret, make_account_id, make_secret, transaction
from hygie.service.accounts.audit import Actor, log
from hygie.service.accounts.directory import LOCK, check_login
from hygie.service.accounts.oidc_client import Identity, OidcClient
from hygie.service.accounts.principal import Role
from hygie.service.accounts.sessions import open_session
from hygie.service.accounts.sso_settings import map_roles
from hygie.store.accounts import (
    AccountRow,
    delete_membership,
    find_account,
    find_account_by_identity,
    find_account_by_login,
    insert_account,
    insert_identity,
    list_memberships,
    put_membership,
)
from hygie.store.engine import lock_for_writing
from hygie.store.web_sessions import AttemptRow, delete_attempts_before, delete_sessions, insert_attempt, take_attempt
from hygie.store.workspace import add_organisation

__all__ = ["Arrival", "begin_sso", "finish_sso"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Who came back: the secret of a new session, or None when an identity was linked to the account at work."""

    secret: str | None
    next_path: str


def begin_sso(
    access: Access, client: OidcClient, *, callback: str, next_path: str, account_id: str | None = None
) -> tuple[str, str]:
    """Return where to send a browser, and a secret for it to keep until it comes back.

    Parameters
    ----------
    account_id
        The account at work, when it asks to be linked to an identity.

    Raises
    ------
    StoreError
        The provider cannot be reached.
    """
    state, browser, nonce, code_verifier = (make_secret() for _ in range(4))
    address = client.make_address(callback=callback, state=state, nonce=nonce, code_verifier=code_verifier)
    now = access.clock()
    with transaction(access) as connection:
        delete_attempts_before(connection, now)
        insert_attempt(
            connection,
            AttemptRow(
                state_hash=hash_secret(state),
                browser_hash=hash_secret(browser),
                provider=client.settings.id,
                nonce=nonce,
                code_verifier=code_verifier,
                next_path=next_path,
                account_id=account_id,
                expires_at=now + access.limits.attempt_life,
            ),
        )
    return address, browser


def finish_sso(
    access: Access,
    client: OidcClient,
    answer: Mapping[str, str],
    *,
    callback: str,
    browser_secret: str,
    address: str | None,
    browser: str | None = None,
    account_id: str | None = None,
) -> Arrival:
    """Let in who came back from a provider, or link the identity to the account that asked for it.

    Roles that groups of the provider give are set, and those that they gave before and give no more are taken back;
    roles given here stay.

    Parameters
    ----------
    browser_secret
        What `begin_sso` gave to the browser.
    account_id
        The account at work, if any: a link is only made for the one that asked.

    Raises
    ------
    AuthenticationError
        The browser was not sent, came too late or twice, or the provider does not vouch for it.
    ForbiddenError
        Who came is known, and has no place here.
    ConflictError
        The identity is linked to another account.
    """
    with transaction(access) as connection:
        attempt = take_attempt(connection, hash_secret(answer.get("state", "")))
    if (
        attempt is None
        or attempt.provider != client.settings.id
        or access.clock() >= attempt.expires_at
        or not hmac.compare_digest(attempt.browser_hash, hash_secret(browser_secret))
        or (attempt.account_id is not None and attempt.account_id != account_id)
    ):
        raise AuthenticationError(
            "this sign-in was not begun here, or is over", field="state", repair="sign in again from the start"
        )
    now = access.clock()
    try:
        identity = client.read_identity(
            answer,
            callback=callback,
            nonce=attempt.nonce,
            code_verifier=attempt.code_verifier,
            now=int(now.timestamp()),
        )
    except AuthenticationError as error:
        with transaction(access) as connection:
            details = {"with": client.settings.id, "why": error.findings[0].message}
            actor = Actor(name="nobody", address=address)
            log(connection, access, _home(access), actor=actor, action="session.fail", details=details)
        raise
    roles = map_roles(identity.groups, client.settings.roles)
    for organisation_id in roles:
        add_organisation(access.workspace, organisation_id)
    if attempt.account_id is not None:
        _link(access, identity, attempt.account_id, address=address)
        return Arrival(secret=None, next_path=attempt.next_path)
    with transaction(access) as connection:
        lock_for_writing(connection, scope=LOCK)
        account = find_account_by_identity(connection, issuer=identity.issuer, subject=identity.subject)
        if account is None and not roles:
            account_error = ForbiddenError(
                "you have no place here",
                field="groups",
                repair="ask an administrator to be put into one of the groups that are let in",
            )
        else:
            account_error = None
            account = account or _add(connection, access, identity, client.settings.id)
            _set_roles(connection, access, account, roles, source=f"oidc:{client.settings.id}", address=address)
            actor = Actor(name=account.name, account_id=account.account_id, address=address)
            if account.disabled_at is not None or not list_memberships(connection, account_id=account.account_id):
                account_error = ForbiddenError(
                    "this account may not come in", repair="ask an administrator of your organisation to open it"
                )
            else:
                secret = open_session(
                    connection, access, account, actor=actor, browser=browser, provider=client.settings.id
                )
        if account_error is not None:
            log(
                connection,
                access,
                _home(access),
                actor=Actor(name="nobody", address=address),
                action="session.fail",
                target=account.login if account else None,
                details={"with": client.settings.id, "why": account_error.findings[0].message},
            )
    if account_error is not None:
        raise account_error
    return Arrival(secret=secret, next_path=attempt.next_path)


def _home(access: Access) -> str:
    return access.workspace.organisation_id


def _link(access: Access, identity: Identity, account_id: str, *, address: str | None) -> None:
    with transaction(access) as connection:
        lock_for_writing(connection, scope=LOCK)
        held = find_account_by_identity(connection, issuer=identity.issuer, subject=identity.subject)
        if held is not None and held.account_id != account_id:
            raise ConflictError(
                "this identity belongs to another account", field="identity", repair="sign in with it instead"
            )
        account = find_account(connection, account_id)
        assert account is not None
        if held is None:
            insert_identity(
                connection,
                issuer=identity.issuer,
                subject=identity.subject,
                account_id=account_id,
                at=access.clock(),
            )
            for row in list_memberships(connection, account_id=account_id):
                log(
                    connection,
                    access,
                    row.organisation_id,
                    actor=Actor(name=account.name, account_id=account_id, address=address),
                    action="account.link",
                    target=account.login,
                    details={"issuer": identity.issuer},
                )


def _add(connection: Connection, access: Access, identity: Identity, provider: str) -> AccountRow:
    """Make an account for an identity. An account with the same login is another person until somebody links it."""
    wanted = identity.login or identity.subject
    try:
        login = check_login(wanted)
    except DataError:
        login = check_login(f"{provider}-{hash_secret(identity.subject)[:12]}")
    tries = [login, f"{login}~{provider}", f"{provider}-{hash_secret(identity.subject)[:24]}"]
    free = next(name for name in tries if len(name) <= 120 and find_account_by_login(connection, name) is None)
    name = " ".join((identity.name or free).split())[:120]
    account_id = make_account_id()
    insert_account(
        connection,
        account_id=account_id,
        login=free,
        name=name if name and name.isprintable() else free,
        language="fr",
        password_hash=None,
        at=access.clock(),
    )
    insert_identity(
        connection, issuer=identity.issuer, subject=identity.subject, account_id=account_id, at=access.clock()
    )
    account = find_account(connection, account_id)
    assert account is not None
    return account


def _set_roles(
    connection: Connection,
    access: Access,
    account: AccountRow,
    roles: Mapping[str, Role],
    *,
    source: str,
    address: str | None,
) -> None:
    held = {row.organisation_id: row for row in list_memberships(connection, account_id=account.account_id)}
    actor = Actor(name=source, address=address)
    for place in sorted({*held, *roles}):
        before, after = held.get(place), roles.get(place)
        if before is not None and (before.source != source or before.role == after):
            continue
        if after is None:
            delete_membership(connection, account_id=account.account_id, organisation_id=place)
            delete_sessions(connection, account_id=account.account_id, organisation_id=place)
        else:
            put_membership(
                connection,
                account_id=account.account_id,
                organisation_id=place,
                role=after,
                source=source,
                at=access.clock(),
            )
        details = {"before": before.role if before else None, "after": after}
        action = "account.role" if before else "account.add"
        log(connection, access, place, actor=actor, action=action, target=account.login, details=details)
