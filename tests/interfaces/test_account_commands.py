"""Accounts, tokens and the audit log from the command line; passwords never in a command."""

from __future__ import annotations

import io
import json
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from account_kit import OTHER_PASSWORD, PASSWORD
from cli_kit import hygie_here
from hygie.service.accounts.access import open_access
from hygie.service.accounts.sign_in import sign_in
from hygie.service.accounts.tokens import read_token


class Keyboard(io.StringIO):
    """Standard input with somebody in front of it."""

    def isatty(self) -> bool:
        return True


class Terminal:
    """A terminal of who runs the installation."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, monkeypatch
        self.stdin: type[io.StringIO] = io.StringIO

    def run(self, *arguments: str, typed: str = "", code: int = 0, lang: str = "en") -> Any:
        self._patch.setattr(sys, "stdin", self.stdin(typed))
        settings = {"HYGIE_WORKSPACE": str(self.folder), "HYGIE_AUTHOR": "operator", "LANG": lang}
        done = hygie_here(*arguments, **settings)
        assert done.returncode == code, done.stderr + done.stdout
        return done

    def ask(self, *arguments: str, typed: str = "", code: int = 0) -> Any:
        return json.loads(self.run(*arguments, "--json", typed=typed, code=code).stdout)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    return Terminal(tmp_path, monkeypatch)


def test_accounts_from_the_command_line(terminal: Terminal) -> None:
    added = terminal.ask("user", "add", "Root", "--role", "admin", "--name", "Root", typed=PASSWORD + "\n")
    assert (added["login"], added["role"]) == ("root", "admin")
    terminal.run("user", "add", "ana", "--role", "analyst", typed=PASSWORD)
    terminal.run("user", "add", "sso", "--role", "viewer", "--no-password")
    assert "HYG-410" in terminal.run("user", "add", "ANA", "--role", "viewer", typed=PASSWORD, code=3).stderr
    refused = terminal.run("user", "add", "bea", "--role", "viewer", typed="motdepasse123\n", code=3)
    assert "first that are tried" in refused.stderr
    assert "motdepasse123" not in refused.stderr
    assert "no password on standard input" in terminal.run("user", "add", "bea", "--role", "viewer", code=2).stderr
    assert "did you mean “analyst”" in terminal.run("user", "add", "b", "--role", "analist", code=2).stderr
    assert [row["login"] for row in terminal.ask("user", "list")] == ["ana", "root", "sso"]
    assert "Ouvert" in terminal.run("user", "list", lang="fr_FR.UTF-8").stdout.title()
    terminal.run("user", "role", "ana", "viewer", "--organisation", "east")
    assert [row["login"] for row in terminal.ask("user", "list", "--organisation", "east")] == ["ana"]
    assert len(terminal.ask("user", "list", "--all")) == 3
    terminal.run("user", "role", "ana", "none", "--organisation", "east")
    assert terminal.ask("user", "list", "--organisation", "east") == []
    assert "last administrator" in terminal.run("user", "role", "root", "viewer", code=3).stderr
    assert "last administrator" in terminal.run("user", "disable", "root", code=3).stderr
    terminal.run("user", "disable", "ana")
    assert [row["disabled"] for row in terminal.ask("user", "list")] == [True, False, False]
    terminal.run("user", "disable", "ana", "--undo")
    terminal.run("user", "password", "ana", typed=OTHER_PASSWORD)
    with open_access(terminal.folder) as access:
        assert sign_in(access, "ana", OTHER_PASSWORD, address=None)


def test_a_password_is_typed_twice_and_unseen(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    typed = iter([PASSWORD, OTHER_PASSWORD, PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    terminal.stdin = Keyboard
    assert "differ" in terminal.run("user", "add", "root", "--role", "admin", code=3).stderr
    terminal.run("user", "add", "root", "--role", "admin")


def test_tokens_from_the_command_line(terminal: Terminal) -> None:
    terminal.run("user", "add", "ana", "--role", "analyst", typed=PASSWORD)
    made = terminal.run("token", "new", "ana", "--label", "nightly", "--scope", "read", "--scope", "run")
    token = made.stdout.strip()
    with open_access(terminal.folder) as access:
        principal = read_token(access, token)
        assert principal is not None
        assert principal.scopes == {"read", "run"}
    (row,) = terminal.ask("token", "list")
    assert token not in json.dumps(row)
    assert (row["login"], row["label"]) == ("ana", "nightly")
    assert "nightly" in terminal.run("token", "list").stdout
    assert (
        "more than its owner" in terminal.run("token", "new", "ana", "--label", "x", "--scope", "admin", code=3).stderr
    )
    terminal.run("token", "revoke", row["token_id"])
    assert "HYG-411" in terminal.run("token", "revoke", "nothing", code=3).stderr
    with open_access(terminal.folder) as access:
        assert read_token(access, token) is None


def test_the_audit_log_from_the_command_line(terminal: Terminal) -> None:
    terminal.run("user", "add", "ana", "--role", "analyst", typed=PASSWORD)
    terminal.run("user", "role", "ana", "viewer")
    check = terminal.ask("audit", "verify")
    assert (check["entries"], check["broken_at"]) == (2, None)
    shown = terminal.run("audit", "show").stdout
    assert "operator (command line)" in shown
    assert "account.role" in shown
    assert [entry["action"] for entry in terminal.ask("audit", "show")] == ["account.role", "account.add"]
    assert "all as they were written" in terminal.run("audit", "verify", "--expect", check["head"]).stdout
    with sqlite3.connect(terminal.folder / "hygie.db") as connection:
        connection.execute("DROP TRIGGER audit_entry_update")
        connection.execute("UPDATE audit_entry SET actor = 'nobody' WHERE number = 1")
    connection.close()
    assert "Line 1 is not as it was written" in terminal.run("audit", "verify", code=1).stdout
