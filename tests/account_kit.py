"""Accounts for tests: a database of their own, a clock that is set by hand, and hashes that cost little."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher

from hygie.service.accounts.access import Access
from hygie.service.accounts.audit import Actor
from hygie.service.accounts.directory import AccountView, add_account
from hygie.service.accounts.principal import Role
from hygie.store.workspace import add_organisation, open_workspace

if TYPE_CHECKING:
    from fastapi import FastAPI

PASSWORD = "tram vert quatre lilas"
OTHER_PASSWORD = "nuage carton sept ardoise"
TESTER = Actor(name="tester")
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@contextmanager
def open_accounts(folder: Path, database: str | None = None, *, clock: Clock | None = None) -> Iterator[Access]:
    """Open accounts with a second organisation, `east`, while the block goes on."""
    workspace = open_workspace(folder, database=database)
    try:
        add_organisation(workspace, "east")
        yield Access(workspace=workspace, clock=clock or Clock(), hasher=QUICK)
    finally:
        workspace.engine.dispose()


def add(
    access: Access,
    login: str,
    *,
    role: Role = "analyst",
    organisation: str = "default",
    password: str | None = PASSWORD,
) -> AccountView:
    """Add an account."""
    return add_account(
        access,
        login=login,
        name=None,
        role=role,
        organisation_id=organisation,
        password=password,
        language="en",
        actor=TESTER,
    )


def make_app(folder: Path, **options: Any) -> FastAPI:
    """Return the application of a workspace in a folder, with a second organisation, `east`, and quick hashes."""
    from hygie.web.app import create_app
    from hygie.web.settings import Settings

    app = create_app(Settings(workspace=folder, worker=False, **options))
    access = replace(app.state.hygie.access, hasher=QUICK)
    add_organisation(access.workspace, "east")
    app.state.hygie = replace(app.state.hygie, access=access)
    return app
