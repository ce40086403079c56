"""The first account of an installation: made once, by whoever reads the terminal of the server."""

from __future__ import annotations

import hmac
import secrets
from typing import Literal

from hygie.core.errors import AuthenticationError, ForbiddenError
from hygie.service.accounts.access import Access, hash_secret, reading, transaction
from hygie.service.accounts.audit import Actor, log
from hygie.service.accounts.directory import AccountView, add_account
from hygie.service.accounts.throttling import begin_attempt, end_attempt
from hygie.store.accounts import count_accounts
from hygie.store.web_sessions import delete_setup_code, find_setup_code, put_setup_code

__all__ = ["complete_setup", "issue_setup_code", "needs_setup"]

# No vowels, no digits that look like letters: read from a screen, typed by hand. 28^12 is more than 2^57.
_SIGNS = "BCDFGHJKLMNPQRSTVWXZ23456789"
_GROUPS, _GROUP_LENGTH = 3, 4
_SUBJECT = "first account"


def needs_setup(access: Access) -> bool:
    """Return whether there is no account yet."""
    with reading(access) as connection:
        return count_accounts(connection) == 0


def issue_setup_code(access: Access) -> str | None:
    """Return a new code that makes the first account, in the place of an earlier one; None when there is an account."""
    groups = ("".join(secrets.choice(_SIGNS) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    code = "-".join(groups)
    with transaction(access) as connection:
        if count_accounts(connection):
            return None
        expires_at = access.clock() + access.limits.setup_code_life
        put_setup_code(connection, code_hash=hash_secret(_fold(code)), expires_at=expires_at)
    return code


def complete_setup(
    access: Access,
    code: str,
    *,
    login: str,
    name: str | None,
    password: str,
    language: Literal["fr", "en"],
    address: str | None = None,
) -> AccountView:
    """Make the first account, an administrator.

    Raises
    ------
    AuthenticationError
        The code is wrong or too old.
    ForbiddenError
        There is an account already.
    DataError
        The login or the password is not fit; the code still holds.
    """
    if not needs_setup(access):
        raise ForbiddenError("there is an account already", repair="sign in, or ask an administrator")
    begin_attempt(access, account=_SUBJECT, address=address)
    with reading(access) as connection:
        held = find_setup_code(connection)
    actor = Actor(name="first account", address=address)
    is_right = held is not None and hmac.compare_digest(held[0], hash_secret(_fold(code)))
    if held is None or not is_right or access.clock() >= held[1]:
        with transaction(access) as connection:
            log(connection, access, access.workspace.organisation_id, actor=actor, action="setup.fail")
        raise AuthenticationError(
            "this code is not the one that the server printed",
            field="code",
            repair="look at the terminal where `hygie serve` runs; starting it again prints a new one",
        )
    end_attempt(access, account=_SUBJECT, address=address)
    with transaction(access) as connection:
        # Taken before it is used, so that two who know it make one account.
        if find_setup_code(connection) != held:
            raise ForbiddenError("there is an account already", repair="sign in, or ask an administrator")
        delete_setup_code(connection)
    try:
        view = add_account(
            access,
            login=login,
            name=name,
            role="admin",
            organisation_id=access.workspace.organisation_id,
            password=password,
            language=language,
            actor=actor,
        )
    except BaseException:
        with transaction(access) as connection:
            if not count_accounts(connection):
                put_setup_code(connection, code_hash=held[0], expires_at=held[1])
        raise
    with transaction(access) as connection:
        log(connection, access, access.workspace.organisation_id, actor=actor, action="setup.done", target=view.login)
    return view


def _fold(code: str) -> str:
    return "".join(sign for sign in code.upper() if sign.isalnum())
