"""The accounts of an installation: made, given a role, disabled; never without an administrator."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from hygie.core.errors import ConflictError, DataError, ForbiddenError, NotFoundError, UsageError, suggest
from hygie.service.accounts.access import Access, make_account_id, reading, transaction
from hygie.service.accounts.audit import Actor, log
from hygie.service.accounts.passwords import check_password, hash_password, verify_password
from hygie.service.accounts.principal import ROLES, Role
from hygie.store.accounts import (
    AccountRow,
    count_holders,
    delete_membership,
    find_account,
    find_account_by_login,
    find_membership,
    insert_account,
    list_accounts,
    list_memberships,
    list_organisations,
    put_membership,
    update_account,
)
from hygie.store.engine import lock_for_writing
from hygie.store.web_sessions import delete_sessions, list_tokens, mark_token
from hygie.store.workspace import add_organisation

__all__ = [
    "AccountView",
    "add_account",
    "change_password",
    "check_login",
    "create_organisation",
    "disable_account",
    "enable_account",
    "find_login",
    "list_members",
    "list_own_organisations",
    "parse_role",
    "remove_member",
    "reset_password",
    "set_language",
    "set_role",
    "show_account",
]

_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@+~-]{1,119}")
_NAME_LENGTH = 120
LOCAL = "local"
LOCK = "accounts"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountView:
    """An account as an administrator of one organisation sees it."""

    account_id: str
    login: str
    name: str
    language: str
    role: Role | None
    source: str | None
    has_password: bool
    disabled: bool
    created_at: datetime
    signed_in_at: datetime | None


def check_login(text: str) -> str:
    """Return a login as it is kept: without case, without spaces around.

    Raises
    ------
    DataError
        It has signs that are not allowed.
    """
    login = text.strip().casefold()
    if not _LOGIN.fullmatch(login):
        raise DataError(
            "this cannot be a login",
            field="login",
            value=text,
            allowed="2 to 120 letters without accents, digits and . _ @ + ~ -, the first no sign",
            repair="take an e-mail address, or first name and name with a dot between",
        )
    return login


def parse_role(text: str) -> Role:
    """Return a role from its name.

    Raises
    ------
    UsageError
        There is no such role.
    """
    for role in ROLES:
        if text == role:
            return role
    raise UsageError(
        "there is no such role", field="role", value=text, allowed=", ".join(ROLES), repair=suggest(text, ROLES)
    )


def add_account(
    access: Access,
    *,
    login: str,
    name: str | None,
    role: Role,
    organisation_id: str,
    password: str | None,
    language: Literal["fr", "en"] = "fr",
    actor: Actor,
) -> AccountView:
    """Make an account and give it a role in an organisation.

    Parameters
    ----------
    password
        None for one that comes in through single sign-on only.

    Raises
    ------
    DataError
        The login, the name or the password is not fit.
    ConflictError
        The login is taken.
    """
    login = check_login(login)
    name = _check_name(name or login)
    if password is not None:
        check_password(password, known=(login, name, organisation_id))
    # Outside of the transaction: it takes as long as it should.
    hashed = None if password is None else hash_password(access.hasher, password)
    account_id = make_account_id()
    with transaction(access) as connection:
        lock_for_writing(connection, scope=LOCK)
        if find_account_by_login(connection, login) is not None:
            raise ConflictError(
                "this login is taken", field="login", value=login, repair="choose another, or give that account a role"
            )
        at = access.clock()
        insert_account(
            connection,
            account_id=account_id,
            login=login,
            name=name,
            language=language,
            password_hash=hashed,
            at=at,
        )
        put_membership(
            connection, account_id=account_id, organisation_id=organisation_id, role=role, source=LOCAL, at=at
        )
        log(
            connection,
            access,
            organisation_id,
            actor=actor,
            action="account.add",
            target=login,
            details={"role": role, "account": account_id},
        )
        return _view(connection, require_account(connection, account_id), organisation_id)


def set_role(
    access: Access,
    account_id: str,
    *,
    role: Role,
    organisation_id: str,
    actor: Actor,
    members_only: bool = True,
) -> AccountView:
    """Give an account another role in an organisation.

    Parameters
    ----------
    members_only
        Refuse accounts that are not in the organisation yet: an administrator sees no others.

    Raises
    ------
    NotFoundError
        No such account in this organisation.
    ForbiddenError
        It is the last administrator.
    """
    with transaction(access) as connection:
        lock_for_writing(connection, scope=LOCK)
        account = require_account(connection, account_id, within=organisation_id if members_only else None)
        held = find_membership(connection, account_id=account_id, organisation_id=organisation_id)
        if role != "admin":
            _keep_an_administrator(connection, account_id, organisation_id)
        put_membership(
            connection,
            account_id=account_id,
            organisation_id=organisation_id,
            role=role,
            source=LOCAL,
            at=access.clock(),
        )
        log(
            connection,
            access,
            organisation_id,
            actor=actor,
            action="account.role",
            target=account.login,
            details={"before": held.role if held else None, "after": role},
        )
        return _view(connection, account, organisation_id)


def remove_member(access: Access, account_id: str, *, organisation_id: str, actor: Actor) -> None:
    """Take an account out of an organisation: its sessions and tokens there end.

    Raises
    ------
    NotFoundError
        No such account in this organisation.
    ForbiddenError
        It is the last administrator.
    """
    with transaction(access) as connection:
        lock_for_writing(connection, scope=LOCK)
        account = require_account(connection, account_id, within=organisation_id)
        _keep_an_administrator(connection, account_id, organisation_id)
        delete_membership(connection, account_id=account_id, organisation_id=organisation_id)
        delete_sessions(connection, account_id=account_id, organisation_id=organisation_id)
        for token in list_tokens(connection, account_id=account_id, organisation_id=organisation_id):
            if token.revoked_at is None:
                mark_token(connection, token.token_id, revoked_at=access.clock())
        log(
            connection,
            access,
            organisation_id,
            actor=actor,
            action="account.role",
            target=account.login,
            details={"after": None},
        )


def disable_account(access: Access, account_id: str, *, organisation_id: str, actor: Actor, whole: bool) -> None:
    """Close an account everywhere: its sessions end, its tokens and its password no longer open anything.

    Parameters
    ----------
    whole
        Whether who asks answers for the installation; an administrator of one organisation may only close
        accounts that belong to no other.

    Raises
    ------
    NotFoundError
        No such account here.
    ForbiddenError
        It is the last administrator of an organisation, or it belongs to others, too.
    """
    with transaction(access) as connection:
        lock_for_writing(connection, scope=LOCK)
        account = require_account(connection, account_id, within=None if whole else organisation_id)
        places = _check_reach(connection, account_id, organisation_id=organisation_id, whole=whole)
        for place in places:
            _keep_an_administrator(connection, account_id, place)
        update_account(connection, account_id, disabled_at=access.clock())
        delete_sessions(connection, account_id=account_id)
        for place in places or [organisation_id]:
            log(connection, access, place, actor=actor, action="account.disable", target=account.login)


def enable_account(access: Access, account_id: str, *, organisation_id: str, actor: Actor, whole: bool) -> None:
    """Open a closed account again, with the roles and the tokens that it had.

    Raises
    ------
    NotFoundError
        No such account here.
    ForbiddenError
        It belongs to other organisations, too.
    """
    with transaction(access) as connection:
        lock_for_writing(connection, scope=LOCK)
        account = require_account(connection, account_id, within=None if whole else organisation_id)
        places = _check_reach(connection, account_id, organisation_id=organisation_id, whole=whole)
        update_account(connection, account_id, disabled_at=None)
        for place in places or [organisation_id]:
            log(connection, access, place, actor=actor, action="account.enable", target=account.login)


def reset_password(
    access: Access, account_id: str, password: str, *, organisation_id: str, actor: Actor, whole: bool
) -> None:
    """Give an account a new password, without the old one; its sessions end.

    Raises
    ------
    DataError
        The password is not fit.
    NotFoundError, ForbiddenError
        As for `disable_account`.
    """
    _replace_password(
        access,
        account_id,
        password,
        organisation_id=organisation_id,
        actor=actor,
        whole=whole,
        keep_session=None,
    )


def change_password(
    access: Access,
    account_id: str,
    *,
    old: str,
    new: str,
    organisation_id: str,
    actor: Actor,
    keep_session: str | None = None,
) -> None:
    """Change one's own password; all sessions but the one at work end.

    Raises
    ------
    DataError
        The old password is wrong, or the new one is not fit.
    """
    with reading(access) as connection:
        account = require_account(connection, account_id)
        found = find_account_by_login(connection, account.login)
    hashed = found[1] if found else None
    if hashed is None or not verify_password(access.hasher, hashed, old):
        raise DataError("the present password is wrong", field="old", repair="type it again")
    _replace_password(
        access,
        account_id,
        new,
        organisation_id=organisation_id,
        actor=actor,
        whole=True,
        keep_session=keep_session,
    )


def set_language(access: Access, account_id: str, language: Literal["fr", "en"]) -> None:
    """Note which language a person reads."""
    with transaction(access) as connection:
        update_account(connection, account_id, language=language)


def list_members(access: Access, organisation_id: str | None) -> list[AccountView]:
    """Return the accounts of an organisation, by login; all accounts without one."""
    with reading(access) as connection:
        rows = list_accounts(connection, organisation_id=organisation_id)
        return [_view(connection, row, organisation_id) for row in rows]


def show_account(access: Access, account_id: str, *, organisation_id: str) -> AccountView:
    """Return an account of an organisation.

    Raises
    ------
    NotFoundError
        No such account in this organisation.
    """
    with reading(access) as connection:
        return _view(connection, require_account(connection, account_id, within=organisation_id), organisation_id)


def find_login(access: Access, login: str, *, organisation_id: str | None = None) -> AccountView:
    """Return an account by its login.

    Raises
    ------
    NotFoundError
        No such account.
    """
    with reading(access) as connection:
        found = find_account_by_login(connection, login.strip().casefold())
        if found is None:
            known = [row.login for row in list_accounts(connection)]
            raise NotFoundError(
                "there is no such account",
                field="login",
                value=login,
                repair=suggest(login, known) or "`hygie user list` shows all of them",
            )
        return _view(connection, found[0], organisation_id)


def create_organisation(access: Access, organisation_id: str, *, actor: Actor) -> bool:
    """Make an organisation; return whether it was not there before.

    Raises
    ------
    UsageError
        The name has signs that are not allowed.
    """
    with reading(access) as connection:
        is_new = organisation_id not in list_organisations(connection)
    add_organisation(access.workspace, organisation_id)
    if is_new:
        with transaction(access) as connection:
            log(connection, access, organisation_id, actor=actor, action="organisation.add", target=organisation_id)
    return is_new


def list_own_organisations(access: Access, account_id: str) -> list[tuple[str, Role]]:
    """Return the organisations of an account and what it is in each."""
    with reading(access) as connection:
        rows = list_memberships(connection, account_id=account_id)
    return [(row.organisation_id, parse_role(row.role)) for row in rows]


def require_account(connection: Connection, account_id: str, *, within: str | None = None) -> AccountRow:
    """Return an account, of an organisation when one is given.

    Raises
    ------
    NotFoundError
        There is none, or not in this organisation.
    """
    account = find_account(connection, account_id)
    if account is not None and within is not None:
        held = find_membership(connection, account_id=account_id, organisation_id=within)
        account = account if held is not None else None
    if account is None:
        raise NotFoundError("there is no such account", field="account", value=account_id)
    return account


def _replace_password(
    access: Access,
    account_id: str,
    password: str,
    *,
    organisation_id: str,
    actor: Actor,
    whole: bool,
    keep_session: str | None,
) -> None:
    with reading(access) as connection:
        account = require_account(connection, account_id, within=None if whole else organisation_id)
        _check_reach(connection, account_id, organisation_id=organisation_id, whole=whole)
    check_password(password, known=(account.login, account.name, organisation_id))
    hashed = hash_password(access.hasher, password)
    with transaction(access) as connection:
        lock_for_writing(connection, scope=LOCK)
        update_account(connection, account_id, password_hash=hashed)
        delete_sessions(connection, account_id=account_id, keep=keep_session)
        log(connection, access, organisation_id, actor=actor, action="account.password", target=account.login)


def _check_reach(connection: Connection, account_id: str, *, organisation_id: str, whole: bool) -> list[str]:
    places = [row.organisation_id for row in list_memberships(connection, account_id=account_id)]
    if not whole and set(places) != {organisation_id}:
        raise ForbiddenError(
            "this account belongs to other organisations, too",
            field="account",
            repair="take it out of yours, or ask who runs the installation",
        )
    return places


def _keep_an_administrator(connection: Connection, account_id: str, organisation_id: str) -> None:
    held = find_membership(connection, account_id=account_id, organisation_id=organisation_id)
    if held is None or held.role != "admin":
        return
    if not count_holders(connection, organisation_id=organisation_id, role="admin", without=account_id):
        raise ForbiddenError(
            "this is the last administrator",
            field="organisation",
            value=organisation_id,
            repair="make somebody else administrator first",
        )


def _check_name(name: str) -> str:
    name = " ".join(name.split())
    if not 1 <= len(name) <= _NAME_LENGTH or not name.isprintable():
        raise DataError(
            "this name cannot be shown", field="name", value=name, allowed=f"1 to {_NAME_LENGTH} printable characters"
        )
    return name


def _view(connection: Connection, row: AccountRow, organisation_id: str | None) -> AccountView:
    held = (
        find_membership(connection, account_id=row.account_id, organisation_id=organisation_id)
        if organisation_id is not None
        else None
    )
    return AccountView(
        account_id=row.account_id,
        login=row.login,
        name=row.name,
        language=row.language,
        role=parse_role(held.role) if held else None,
        source=held.source if held else None,
        has_password=row.has_password,
        disabled=row.disabled_at is not None,
        created_at=row.created_at,
        signed_in_at=row.signed_in_at,
    )
