"""Coming in: passwords, sessions, tokens, the first account."""

from __future__ import annotations

from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from account_kit import OTHER_PASSWORD, PASSWORD, TESTER, Clock, add
from hygie.core.errors import (
    AuthenticationError,
    DataError,
    ForbiddenError,
    NotFoundError,
    ThrottledError,
    UsageError,
)
from hygie.service.accounts import sign_in as sign_in_module
from hygie.service.accounts.access import Access, reading
from hygie.service.accounts.audit import Actor, list_entries
from hygie.service.accounts.directory import disable_account, remove_member, set_role
from hygie.service.accounts.permissions import PERMISSIONS, allows, require
from hygie.service.accounts.principal import ROLES, Principal
from hygie.service.accounts.sessions import (
    close_session,
    list_own_sessions,
    read_session,
    revoke_session,
    switch_organisation,
)
from hygie.service.accounts.setup import complete_setup, issue_setup_code, needs_setup
from hygie.service.accounts.sign_in import sign_in
from hygie.service.accounts.throttling import BRAKES, find_delay
from hygie.service.accounts.tokens import list_own_tokens, make_token, read_token, revoke_token

EXPECTED = {
    "viewer": {"read"},
    "analyst": {"read", "write_facts", "write_facility", "run"},
    "approver": {"read", "write_facts", "write_facility", "run", "approve"},
    "admin": set(PERMISSIONS),
}


@pytest.mark.parametrize("role", ROLES)
def test_roles_and_permissions(role: str) -> None:
    principal = Principal("a", "Ana", "default", role, frozenset({"*"}), "fr")
    assert {permission for permission in PERMISSIONS if allows(principal, permission)} == EXPECTED[role]
    for permission in set(PERMISSIONS) - EXPECTED[role]:
        with pytest.raises(ForbiddenError, match="your role may not do this"):
            require(principal, permission)


def test_a_token_leaves_what_its_scopes_say() -> None:
    principal = Principal("a", "Ana", "default", "admin", frozenset({"read", "run"}), "fr")
    assert [permission for permission in PERMISSIONS if allows(principal, permission)] == ["read", "run"]
    with pytest.raises(ForbiddenError, match="this token may not do this"):
        require(principal, "administer")


def test_a_session_speaks_for_its_account(access: Access) -> None:
    ana = add(access, "ana")
    secret = sign_in(access, " ANA ", PASSWORD, address="127.0.0.1", browser="Firefox")
    session = read_session(access, secret)
    assert session is not None
    assert session.principal == Principal(ana.account_id, "ana", "default", "analyst", frozenset({"*"}), "en")
    set_role(access, ana.account_id, role="viewer", organisation_id="default", actor=TESTER)
    again = read_session(access, secret)
    assert again is not None
    assert again.principal.role == "viewer"
    close_session(access, session, actor=TESTER)
    assert read_session(access, secret) is None
    assert read_session(access, secret + "x") is None


def test_no_secret_is_kept(access: Access) -> None:
    ana = add(access, "ana")
    secrets = [PASSWORD, sign_in(access, "ana", PASSWORD, address=None)]
    token, _ = make_token(access, ana.account_id, organisation_id="default", label="ci", scopes=("read",), actor=TESTER)
    secrets.append(token)
    tables = ("account", "web_session", "api_token", "audit_entry", "login_throttle", "setup_code")
    with reading(access) as connection:
        kept = " ".join(
            str(row) for table in tables for row in connection.execute(text(f"SELECT * FROM {table}")).all()
        )
    assert "ana" in kept
    assert not any(secret in kept for secret in secrets)


def test_a_session_ends_when_idle_and_in_any_case(access: Access, clock: Clock) -> None:
    add(access, "ana")
    secret = sign_in(access, "ana", PASSWORD, address=None)
    clock.move(minutes=59)
    assert read_session(access, secret) is not None
    clock.move(minutes=59)
    assert read_session(access, secret) is not None
    clock.move(minutes=60)
    assert read_session(access, secret) is None
    secret = sign_in(access, "ana", PASSWORD, address=None)
    for _ in range(23):
        clock.move(minutes=31)
        assert read_session(access, secret) is not None
    clock.move(minutes=31)
    assert read_session(access, secret) is None


def test_sessions_are_listed_and_revoked_by_their_owner(access: Access) -> None:
    ana, bea = add(access, "ana"), add(access, "bea")
    here = sign_in(access, "ana", PASSWORD, address="127.0.0.1")
    there = sign_in(access, "ana", PASSWORD, address="127.0.0.2")
    session = read_session(access, here)
    assert session is not None
    listed = {row.address: row for row in list_own_sessions(access, ana.account_id, current=session.session_id)}
    assert listed["127.0.0.1"].current
    assert not listed["127.0.0.2"].current
    ref = listed["127.0.0.2"].ref
    with pytest.raises(NotFoundError):
        revoke_session(access, bea.account_id, ref, organisation_id="default", actor=TESTER)
    revoke_session(access, ana.account_id, ref, organisation_id="default", actor=TESTER)
    assert read_session(access, there) is None
    assert read_session(access, here) is not None


def test_a_session_goes_where_its_account_belongs(access: Access) -> None:
    ana = add(access, "ana")
    secret = sign_in(access, "ana", PASSWORD, address=None)
    session = read_session(access, secret)
    assert session is not None
    with pytest.raises(NotFoundError, match="you do not belong"):
        switch_organisation(access, session, "east", actor=TESTER)
    with pytest.raises(NotFoundError, match="you do not belong"):
        switch_organisation(access, session, "nowhere", actor=TESTER)
    set_role(access, ana.account_id, role="viewer", organisation_id="east", actor=TESTER, members_only=False)
    switch_organisation(access, session, "east", actor=TESTER)
    moved = read_session(access, secret)
    assert moved is not None
    assert (moved.principal.organisation_id, moved.principal.role) == ("east", "viewer")
    remove_member(access, ana.account_id, organisation_id="east", actor=TESTER)
    assert read_session(access, secret) is None


def test_every_failure_looks_the_same_and_costs_a_hash(access: Access, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bool] = []
    verify = sign_in_module.verify_password

    def watch(hasher: PasswordHasher, password_hash: str | None, password: str) -> bool:
        calls.append(password_hash is not None)
        return verify(hasher, password_hash, password)

    monkeypatch.setattr(sign_in_module, "verify_password", watch)
    add(access, "root", role="admin")
    add(access, "ana")
    closed, sso = add(access, "closed"), add(access, "sso", password=None)
    disable_account(access, closed.account_id, organisation_id="default", actor=TESTER, whole=True)
    said = set()
    for login, password in (("ana", OTHER_PASSWORD), ("nobody", PASSWORD), ("closed", PASSWORD), (sso.login, PASSWORD)):
        with pytest.raises(AuthenticationError) as caught:
            sign_in(access, login, password, address="127.0.0.1")
        said.add(str(caught.value))
    assert len(said) == 1
    assert calls == [True, False, True, False]
    failures = [entry for entry in list_entries(access, "default") if entry.action == "session.fail"]
    # What was typed for a login that is not known may be a password.
    assert [entry.target for entry in failures] == ["sso", "closed", None, "ana"]
    assert not any("nobody@" in str(entry) or PASSWORD in str(entry) for entry in failures)


def test_a_hash_of_other_settings_is_made_anew(access: Access) -> None:
    add(access, "ana")
    stronger = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1)
    later = Access(workspace=access.workspace, clock=access.clock, hasher=stronger)

    def read_hash() -> str:
        with reading(access) as connection:
            return str(connection.execute(text("SELECT password_hash FROM account")).scalar_one())

    assert "m=8,t=1" in read_hash()
    sign_in(later, "ana", PASSWORD, address=None)
    assert "m=16,t=2" in read_hash()
    sign_in(later, "ana", PASSWORD, address=None)


def test_who_guesses_waits_longer_and_longer(access: Access, clock: Clock) -> None:
    add(access, "ana")
    for _ in range(BRAKES["pair"].free):
        with pytest.raises(AuthenticationError):
            sign_in(access, "ana", "wrong password, sorry", address="127.0.0.9")
    with pytest.raises(ThrottledError, match="wait 1 s"):
        sign_in(access, "ana", PASSWORD, address="127.0.0.9")
    # Somebody elsewhere is not locked out.
    assert sign_in(access, "ana", PASSWORD, address="127.0.0.1")
    clock.move(seconds=1)
    with pytest.raises(AuthenticationError):
        sign_in(access, "ana", "wrong password, sorry", address="127.0.0.9")
    with pytest.raises(ThrottledError) as caught:
        sign_in(access, "ana", PASSWORD, address="127.0.0.9")
    assert caught.value.retry_after_s == 2
    clock.move(seconds=2)
    assert sign_in(access, "ana", PASSWORD, address="127.0.0.9")
    with pytest.raises(AuthenticationError):
        sign_in(access, "ana", "wrong password, sorry", address="127.0.0.9")


def test_an_address_that_tries_many_accounts_is_slowed_down(access: Access) -> None:
    for number in range(BRAKES["address"].free):
        with pytest.raises(AuthenticationError):
            sign_in(access, f"user{number}", PASSWORD, address="127.0.0.9")
    with pytest.raises(ThrottledError):
        sign_in(access, "another", PASSWORD, address="127.0.0.9")
    with pytest.raises(AuthenticationError):
        sign_in(access, "another", PASSWORD, address="127.0.0.10")


def test_delays_double_up_to_a_longest_one() -> None:
    brake = BRAKES["pair"]
    delays = [find_delay(failures, brake) for failures in range(brake.free, brake.free + 12)]
    assert delays == [min(brake.longest_s, 2**step) for step in range(12)]
    assert find_delay(10**9, brake) == brake.longest_s


def test_a_token_is_shown_once_and_dies_in_every_way(access: Access, clock: Clock) -> None:
    ana = add(access, "ana")

    def make(**options: object) -> str:
        values = {"organisation_id": "default", "label": "ci", "scopes": ("read", "run"), **options}
        return make_token(access, ana.account_id, actor=TESTER, **values)[0]

    token = make()
    assert token.startswith("hyg_")
    principal = read_token(access, token)
    assert principal is not None
    assert principal.scopes == {"read", "run"}
    assert read_token(access, token[:-1] + "?") is None
    assert read_token(access, "hyg_") is None
    (row,) = list_own_tokens(access, account_id=ana.account_id)
    assert row.used_at == clock.now
    bea = add(access, "bea")
    with pytest.raises(NotFoundError):
        revoke_token(access, row.token_id, organisation_id="default", account_id=bea.account_id, actor=TESTER)
    with pytest.raises(NotFoundError):
        revoke_token(access, row.token_id, organisation_id="east", actor=TESTER)
    revoke_token(access, row.token_id, organisation_id="default", account_id=ana.account_id, actor=TESTER)
    assert read_token(access, token) is None
    second = make(life=timedelta(days=1))
    clock.move(days=1)
    assert read_token(access, second) is None
    third = make()
    remove_member(access, ana.account_id, organisation_id="default", actor=TESTER)
    assert read_token(access, third) is None
    # Coming back does not bring a token back.
    set_role(access, ana.account_id, role="analyst", organisation_id="default", actor=TESTER, members_only=False)
    assert read_token(access, third) is None


def test_a_token_may_not_do_more_than_its_owner(access: Access) -> None:
    ana = add(access, "ana")
    for options, error, reason in (
        ({"scopes": ("admin",)}, ForbiddenError, "may not do more than its owner"),
        ({"scopes": ("reed",)}, UsageError, "did you mean “read”"),
        ({"scopes": ()}, UsageError, "needs a scope"),
        ({"label": " "}, DataError, "needs a name"),
        ({"life": timedelta(days=500)}, UsageError, "cannot hold for so long"),
        ({"organisation_id": "east"}, NotFoundError, "does not belong"),
    ):
        values = {"organisation_id": "default", "label": "ci", "scopes": ("read",), **options}
        with pytest.raises(error, match=reason):
            make_token(access, ana.account_id, actor=TESTER, **values)


def test_the_first_account_needs_the_code_of_the_terminal(access: Access, clock: Clock) -> None:
    assert needs_setup(access)
    code = issue_setup_code(access)
    assert code is not None
    given = {"login": "root", "name": "Root", "language": "fr"}
    with pytest.raises(AuthenticationError, match="not the one that the server printed"):
        complete_setup(access, "BBBB-BBBB-BBBB", password=PASSWORD, **given)
    with pytest.raises(DataError, match="too short"):
        complete_setup(access, code, password="short", **given)
    clock.move(hours=25)
    with pytest.raises(AuthenticationError):
        complete_setup(access, code, password=PASSWORD, **given)
    code = issue_setup_code(access)
    assert code is not None
    made = complete_setup(access, f" {code.lower().replace('-', ' ')} ", password=PASSWORD, **given)
    assert made.role == "admin"
    assert not needs_setup(access)
    assert issue_setup_code(access) is None
    with pytest.raises(ForbiddenError, match="there is an account already"):
        complete_setup(access, code, password=PASSWORD, **given)
    actions = [entry.action for entry in list_entries(access, "default")]
    assert actions == ["setup.done", "account.add", "setup.fail", "setup.fail"]


def test_an_actor_is_taken_from_a_principal() -> None:
    principal = Principal("a", "Ana", "default", "viewer", frozenset({"*"}), "fr")
    assert Actor.of(principal, address="::1") == Actor(name="Ana", account_id="a", address="::1")
