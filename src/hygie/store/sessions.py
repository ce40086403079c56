"""Short transactions of one organisation, and pages of rows."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Generic, TypeVar

from sqlalchemy import Connection, select

from hygie.store.engine import lock_for_writing, translate_errors, writing
from hygie.store.schema import organisation
from hygie.store.workspace import Workspace, add_organisation

__all__ = [
    "MAX_PAGE",
    "Page",
    "cut_page",
    "list_organisations",
    "make_id",
    "map_page",
    "read_rows",
    "see_as",
    "write_rows",
]

MAX_PAGE = 200

Item = TypeVar("Item")
Other = TypeVar("Other")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows, and the cursor of the next ones; None at the end."""

    items: tuple[Item, ...]
    next: str | None


def map_page(page: Page[Item], change: Callable[[Item], Other]) -> Page[Other]:
    """Return a page with each item changed."""
    return Page(tuple(change(item) for item in page.items), page.next)


def cut_page(rows: Sequence[Item], *, limit: int, key: Callable[[Item], object]) -> Page[Item]:
    """Return a page from one row more than it may hold: that one only says that there is a next page."""
    kept = tuple(rows[:limit])
    return Page(kept, str(key(kept[-1])) if len(rows) > limit else None)


def make_id(at: datetime | None = None) -> str:
    """Return a new id that sorts by time: 20261123-101500-000123-1a2b3c4d."""
    return f"{at or datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(4)}"


@contextmanager
def read_rows(workspace: Workspace) -> Iterator[Connection]:
    """Read in one transaction."""
    with translate_errors(workspace.engine.url), workspace.engine.connect() as connection:
        yield connection


@contextmanager
def write_rows(workspace: Workspace, *, scope: str | None = None) -> Iterator[Connection]:
    """Write in one transaction: all of it or nothing.

    Parameters
    ----------
    scope
        What nobody else may write meanwhile, within the organisation.
    """
    engine = workspace.engine
    with translate_errors(engine.url), writing(engine.connect()) as connection, connection.begin():
        if scope is not None:
            lock_for_writing(connection, scope=f"{scope} of {workspace.organisation_id}")
        yield connection


def list_organisations(workspace: Workspace) -> list[str]:
    """Return the organisations of a database."""
    with read_rows(workspace) as connection:
        wanted = select(organisation.c.organisation_id).order_by(organisation.c.organisation_id)
        return list(connection.execute(wanted).scalars())


def see_as(workspace: Workspace, organisation_id: str) -> Workspace:
    """Return the workspace of another organisation on the same folder and connections."""
    return workspace if organisation_id == workspace.organisation_id else add_organisation(workspace, organisation_id)
