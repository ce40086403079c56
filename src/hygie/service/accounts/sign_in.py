"""Coming in with a password."""

from __future__ import annotations

from hygie.core.errors import AuthenticationError
from hygie.service.accounts.access import Access, reading, transaction
from hygie.service.accounts.audit import Actor, log
from hygie.service.accounts.passwords import hash_password, needs_rehash, verify_password
from hygie.service.accounts.sessions import open_session
from hygie.service.accounts.throttling import begin_attempt, end_attempt
from hygie.store.accounts import AccountRow, find_account, find_account_by_login, list_memberships, update_account

__all__ = ["sign_in"]


def sign_in(access: Access, login: str, password: str, *, address: str | None, browser: str | None = None) -> str:
    """Return the secret of a new session.

    Whatever is wrong (no such account, a wrong password, a disabled account, one without a password), the answer is the
    same, and takes the same time.

    Raises
    ------
    AuthenticationError
        Login and password do not open an account.
    ThrottledError
        Too many tries for this account or from this address.
    """
    login = login.strip().casefold()
    begin_attempt(access, account=login, address=address)
    with reading(access) as connection:
        found = find_account_by_login(connection, login)
    account, password_hash = found if found is not None else (None, None)
    is_right = verify_password(access.hasher, password_hash, password)
    if account is None or not is_right or account.disabled_at is not None:
        _note_failure(access, account, address=address)
        raise AuthenticationError(
            "login and password do not open an account", repair="check both, and the keyboard; then try again"
        )
    end_attempt(access, account=login, address=address)
    fresh = (
        hash_password(access.hasher, password)
        if password_hash is not None and needs_rehash(access.hasher, password_hash)
        else None
    )
    actor = Actor(name=account.name, account_id=account.account_id, address=address)
    with transaction(access) as connection:
        # Read again: it may have been disabled while the password was looked at.
        current = find_account(connection, account.account_id)
        assert current is not None
        if fresh is not None:
            update_account(connection, account.account_id, password_hash=fresh)
        return open_session(connection, access, current, actor=actor, browser=browser)


def _note_failure(access: Access, account: AccountRow | None, *, address: str | None) -> None:
    # What was typed for a login is not written down: it may be the password.
    with transaction(access) as connection:
        rows = [] if account is None else list_memberships(connection, account_id=account.account_id)
        places = [row.organisation_id for row in rows]
        for place in places or [access.workspace.organisation_id]:
            log(
                connection,
                access,
                place,
                actor=Actor(name="nobody", address=address),
                action="session.fail",
                target=account.login if account else None,
                details={"known": account is not None, "disabled": bool(account and account.disabled_at)},
            )
