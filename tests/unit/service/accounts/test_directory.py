"""Accounts: made once, never without an administrator, and each organisation sees its own."""

from __future__ import annotations

import pytest

from account_kit import OTHER_PASSWORD, PASSWORD, TESTER, add
from hygie.core.errors import ConflictError, DataError, ForbiddenError, NotFoundError, UsageError
from hygie.service.accounts.access import Access
from hygie.service.accounts.audit import list_entries
from hygie.service.accounts.directory import (
    change_password,
    create_organisation,
    disable_account,
    enable_account,
    find_login,
    list_members,
    list_own_organisations,
    parse_role,
    remove_member,
    reset_password,
    set_role,
    show_account,
)
from hygie.service.accounts.passwords import check_password
from hygie.service.accounts.sessions import read_session
from hygie.service.accounts.sign_in import sign_in


def test_a_login_is_folded_and_taken_once(access: Access) -> None:
    added = add(access, " Ana.Roux@CHSF.fr ")
    assert added.login == "ana.roux@chsf.fr"
    with pytest.raises(ConflictError, match="this login is taken"):
        add(access, "ANA.ROUX@chsf.fr", organisation="east")
    with pytest.raises(DataError, match="this cannot be a login"):
        add(access, "ana roux")
    with pytest.raises(NotFoundError, match="did you mean “ana.roux@chsf.fr”"):
        find_login(access, "ana.rou@chsf.fr")


def test_an_organisation_sees_its_own_accounts(access: Access) -> None:
    ana, bea = add(access, "ana"), add(access, "bea", organisation="east")
    assert [row.login for row in list_members(access, "default")] == ["ana"]
    assert [row.login for row in list_members(access, "east")] == ["bea"]
    assert [row.login for row in list_members(access, None)] == ["ana", "bea"]
    with pytest.raises(NotFoundError):
        show_account(access, bea.account_id, organisation_id="default")
    with pytest.raises(NotFoundError):
        set_role(access, bea.account_id, role="viewer", organisation_id="default", actor=TESTER)
    with pytest.raises(NotFoundError):
        disable_account(access, bea.account_id, organisation_id="default", actor=TESTER, whole=False)
    with pytest.raises(NotFoundError):
        reset_password(access, bea.account_id, OTHER_PASSWORD, organisation_id="default", actor=TESTER, whole=False)
    assert show_account(access, ana.account_id, organisation_id="default").role == "analyst"


def test_an_administrator_of_one_place_cannot_close_what_others_share(access: Access) -> None:
    add(access, "root", role="admin")
    ana = add(access, "ana")
    set_role(access, ana.account_id, role="viewer", organisation_id="east", actor=TESTER, members_only=False)
    assert list_own_organisations(access, ana.account_id) == [("default", "analyst"), ("east", "viewer")]
    with pytest.raises(ForbiddenError, match="belongs to other organisations"):
        disable_account(access, ana.account_id, organisation_id="default", actor=TESTER, whole=False)
    with pytest.raises(ForbiddenError, match="belongs to other organisations"):
        reset_password(access, ana.account_id, OTHER_PASSWORD, organisation_id="default", actor=TESTER, whole=False)
    remove_member(access, ana.account_id, organisation_id="east", actor=TESTER)
    disable_account(access, ana.account_id, organisation_id="default", actor=TESTER, whole=False)
    assert show_account(access, ana.account_id, organisation_id="default").disabled
    enable_account(access, ana.account_id, organisation_id="default", actor=TESTER, whole=False)
    assert not show_account(access, ana.account_id, organisation_id="default").disabled


def test_the_last_administrator_stays(access: Access) -> None:
    root = add(access, "root", role="admin")
    for change in (
        lambda: set_role(access, root.account_id, role="approver", organisation_id="default", actor=TESTER),
        lambda: remove_member(access, root.account_id, organisation_id="default", actor=TESTER),
        lambda: disable_account(access, root.account_id, organisation_id="default", actor=TESTER, whole=True),
    ):
        with pytest.raises(ForbiddenError, match="this is the last administrator"):
            change()
    second = add(access, "second", role="admin")
    disable_account(access, second.account_id, organisation_id="default", actor=TESTER, whole=True)
    with pytest.raises(ForbiddenError, match="this is the last administrator"):
        set_role(access, root.account_id, role="viewer", organisation_id="default", actor=TESTER)
    enable_account(access, second.account_id, organisation_id="default", actor=TESTER, whole=True)
    set_role(access, root.account_id, role="viewer", organisation_id="default", actor=TESTER)
    assert find_login(access, "root", organisation_id="default").role == "viewer"


def test_a_new_password_ends_the_other_sessions(access: Access) -> None:
    ana = add(access, "ana")
    here = sign_in(access, "ana", PASSWORD, address="127.0.0.1")
    there = sign_in(access, "ana", PASSWORD, address="127.0.0.2")
    session = read_session(access, here)
    assert session is not None
    with pytest.raises(DataError, match="the present password is wrong"):
        change_password(
            access, ana.account_id, old="not this one, no", new=OTHER_PASSWORD, organisation_id="default", actor=TESTER
        )
    change_password(
        access,
        ana.account_id,
        old=PASSWORD,
        new=OTHER_PASSWORD,
        organisation_id="default",
        actor=TESTER,
        keep_session=session.session_id,
    )
    assert read_session(access, here) is not None
    assert read_session(access, there) is None
    reset_password(access, ana.account_id, PASSWORD, organisation_id="default", actor=TESTER, whole=False)
    assert read_session(access, here) is None
    assert sign_in(access, "ana", PASSWORD, address=None)


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("trop court", "too short"),
        ("x" * 257, "too long"),
        ("motdepasse123", "first that are tried"),
        ("Passwordpassword1", "first that are tried"),
        ("aaaaaaaaaaaaaaaa", "first that are tried"),
        ("ana.roux.ana.roux", "name of the account"),
        ("Ana.Roux2026", "name of the account"),
    ],
)
def test_what_is_guessed_first_is_refused(password: str, reason: str) -> None:
    with pytest.raises(DataError, match=reason) as caught:
        check_password(password, known=("ana.roux", "Ana Roux", "default"))
    assert password not in str(caught.value)


@pytest.mark.parametrize(
    "password", [PASSWORD, "quatre mots sans lien aucun", "ハイジーは病院の味方です。安全第一", "h7#Kq!x9Zp2m"]
)
def test_nothing_is_said_about_sorts_of_signs(password: str) -> None:
    check_password(password, known=("ana.roux", "Ana Roux", "default"))


def test_an_organisation_is_made_once_and_logged(access: Access) -> None:
    assert create_organisation(access, "north", actor=TESTER)
    assert not create_organisation(access, "north", actor=TESTER)
    assert [entry.action for entry in list_entries(access, "north")] == ["organisation.add"]
    with pytest.raises(UsageError, match="cannot name an organisation"):
        create_organisation(access, "north/../south", actor=TESTER)


def test_roles_have_names() -> None:
    assert parse_role("approver") == "approver"
    with pytest.raises(UsageError, match="did you mean “viewer”"):
        parse_role("viewr")
