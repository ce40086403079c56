"""The audit log: only added to, and a change or a gap shows."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from account_kit import TESTER, Clock, add
from hygie.core.errors import UsageError
from hygie.service.accounts.access import Access
from hygie.service.accounts.audit import list_entries, record_event, verify_log


def _fill(access: Access, organisation: str = "default", *, lines: int = 4) -> None:
    for number in range(lines):
        record_event(
            access,
            organisation,
            actor=TESTER,
            action="data.export",
            target=f"report {number}",
            details={"format": "pdf", "tlp": "amber", "share": 0.25, "parts": [1, 2.5, None], "é": "\x00"},
        )


def _tamper(access: Access, statement: str) -> None:
    """Do what somebody with all rights on the database could."""
    engine = access.workspace.engine
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            for name in ("update", "delete", "insert"):
                connection.execute(text(f"DROP TRIGGER audit_entry_{name}"))
        else:
            connection.execute(text("ALTER TABLE audit_entry DISABLE TRIGGER ALL"))
        connection.execute(text(statement))
        connection.commit()


def test_each_organisation_has_its_chain(access: Access) -> None:
    _fill(access)
    _fill(access, "east", lines=2)
    check = verify_log(access, "default")
    assert (check.entries, check.broken_at) == (4, None)
    assert verify_log(access, "east").entries == 2
    assert [entry.number for entry in list_entries(access, "default", limit=3)] == [4, 3, 2]
    assert [entry.number for entry in list_entries(access, "default", before=3)] == [2, 1]
    newest = list_entries(access, "east", limit=1)[0]
    assert (newest.target, newest.details["tlp"]) == ("report 1", "amber")
    assert verify_log(access, "empty").head == "0:"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'nobody' WHERE number = 2",
        "DELETE FROM audit_entry WHERE number = 4",
        "DELETE FROM audit_entry",
    ],
)
def test_the_database_refuses_changes(access: Access, statement: str) -> None:
    _fill(access)
    with access.workspace.engine.connect() as connection, pytest.raises(DBAPIError, match="only added to"):
        connection.execute(text(statement))
    assert verify_log(access, "default").entries == 4


def test_a_line_is_not_replaced(access: Access) -> None:
    _fill(access, lines=1)
    columns = "organisation_id, number, at, actor, action, details, previous_hash, entry_hash"
    verb = "INSERT OR REPLACE" if access.workspace.engine.dialect.name == "sqlite" else "INSERT"
    said = "organisation_id, number, at, 'x', action, details, '', ''"
    statement = f"{verb} INTO audit_entry ({columns}) SELECT {said} FROM audit_entry"
    with access.workspace.engine.connect() as connection, pytest.raises(DBAPIError):
        connection.execute(text(statement))


@pytest.mark.parametrize(
    ("statement", "number", "kind"),
    [
        ("UPDATE audit_entry SET actor = 'nobody' WHERE number = 2", 2, "changed"),
        ("UPDATE audit_entry SET target = NULL WHERE number = 4", 4, "changed"),
        ("DELETE FROM audit_entry WHERE number = 3", 3, "missing"),
        ("DELETE FROM audit_entry WHERE number = 1", 1, "missing"),
        ("UPDATE audit_entry SET previous_hash = entry_hash WHERE number = 2", 2, "unlinked"),
    ],
)
def test_tampering_shows(access: Access, statement: str, number: int, kind: str) -> None:
    _fill(access)
    _tamper(access, statement)
    check = verify_log(access, "default")
    assert (check.broken_at, check.break_kind) == (number, kind)


def test_a_head_that_was_written_down_shows_a_cut_end(access: Access) -> None:
    _fill(access)
    head = verify_log(access, "default").head
    _fill(access, lines=1)
    assert verify_log(access, "default", expected_head=head).broken_at is None
    _tamper(access, "DELETE FROM audit_entry WHERE number >= 4")
    assert verify_log(access, "default").broken_at is None
    check = verify_log(access, "default", expected_head=head)
    assert (check.broken_at, check.break_kind) == (4, "cut")
    with pytest.raises(UsageError, match="not a head of the log"):
        verify_log(access, "default", expected_head="four")


def test_lines_written_at_once_make_one_chain(access: Access) -> None:
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: _fill(access, lines=5), range(6)))
    check = verify_log(access, "default")
    assert (check.entries, check.broken_at) == (30, None)


def test_secrets_and_unknown_actions_are_refused(access: Access) -> None:
    with pytest.raises(AssertionError):
        record_event(access, "default", actor=TESTER, action="data.export", details={"new_password": "x"})
    with pytest.raises(AssertionError):
        record_event(access, "default", actor=TESTER, action="data.exprot")


def test_what_is_done_and_what_is_written_down_go_together(access: Access, clock: Clock) -> None:
    add(access, "ana")
    entry = list_entries(access, "default")[0]
    assert (entry.action, entry.target, entry.at) == ("account.add", "ana", clock.now)
    assert entry.details["role"] == "analyst"
