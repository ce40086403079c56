"""The accounts of an installation: where they are kept, the clock they go by, and the limits they obey."""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from argon2 import PasswordHasher
from sqlalchemy import Connection

from hygie.store.engine import translate_errors, writing
from hygie.store.workspace import Workspace, open_workspace

__all__ = [
    "Access",
    "AccessLimits",
    "hash_secret",
    "make_account_id",
    "make_secret",
    "open_access",
    "reading",
    "transaction",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessLimits:
    """How long things hold.

    A session ends after an hour without use and after a working day in any case: within what NIST SP 800-63B-4,
    section 2.2.3, recommends at its second level (one hour, 24 hours).
    """

    session_idle: timedelta = timedelta(hours=1)
    session_life: timedelta = timedelta(hours=12)
    # A session is written down at most this often: a page must not wait for a disk.
    session_touch: timedelta = timedelta(minutes=1)
    token_life: timedelta = timedelta(days=90)
    token_longest: timedelta = timedelta(days=366)
    setup_code_life: timedelta = timedelta(hours=24)
    attempt_life: timedelta = timedelta(minutes=10)
    answer_life: timedelta = timedelta(hours=24)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The accounts of an installation, in all its organisations.

    Parameters
    ----------
    workspace
        The database, and the organisation in whose log is written what belongs to none.
    clock
        The current instant, with its zone.
    """

    workspace: Workspace
    clock: Callable[[], datetime] = _now
    limits: AccessLimits = field(default_factory=AccessLimits)
    hasher: PasswordHasher = field(default_factory=PasswordHasher)


@contextmanager
def open_access(
    folder: Path | None = None, *, database: str | None = None, organisation: str = "default"
) -> Iterator[Access]:
    """Open the accounts of a workspace while the block goes on; what is missing is made.

    Raises
    ------
    StoreError
        The workspace cannot be opened.
    """
    workspace = open_workspace(folder, database=database, organisation=organisation)
    try:
        yield Access(workspace=workspace)
    finally:
        workspace.engine.dispose()


@contextmanager
def reading(access: Access) -> Iterator[Connection]:
    """Read while the block goes on."""
    engine = access.workspace.engine
    with translate_errors(engine.url), engine.connect() as connection:
        yield connection


@contextmanager
def transaction(access: Access) -> Iterator[Connection]:
    """Write: all of it is kept when the block ends, nothing of it when the block raises."""
    engine = access.workspace.engine
    with translate_errors(engine.url), writing(engine.connect()) as connection, connection.begin():
        yield connection


def make_secret() -> str:
    """Return 256 random bits as text."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """Return what is kept of a secret that was drawn at random: nothing to guess, so that one SHA-256 is enough."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def make_account_id() -> str:
    """Return an id that says nothing."""
    return os.urandom(12).hex()
