"""Connections to the database of a workspace: a SQLite file, or PostgreSQL for several users."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from hygie.core.errors import StoreError
from hygie.store.json_text import encode_json

__all__ = ["lock_for_writing", "name_database", "open_engine", "translate_errors", "writing"]

# How long a writer waits for another one [s]; an import of a large catalogue is one transaction.
LOCK_WAIT_S = 60
CONNECT_TIMEOUT_S = 10

_WRITE = "hygie_write"
_POSTGRES_DEFAULTS = {"connect_timeout": CONNECT_TIMEOUT_S, "application_name": "hygie"}
_SQLITE_SETTINGS = (
    "synchronous = NORMAL",
    "foreign_keys = ON",
    "recursive_triggers = ON",
    "cache_size = -65536",
    # A large import leaves a large log behind: it is cut when it has been worked off.
    "journal_size_limit = 67108864",
)
_SCHEMES = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


def open_engine(address: str) -> Engine:
    """Return an engine for ``sqlite:///<file>``, ``postgresql://…`` or the path of a SQLite file.

    Raises
    ------
    StoreError
        The address is not one of these, or the driver is not installed.
    """
    url = _read_address(address)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    try:
        return create_engine(
            url,
            hide_parameters=True,
            json_serializer=_pass_text,
            json_deserializer=_read_sorted,
            pool_pre_ping=True,
            connect_args={name: value for name, value in _POSTGRES_DEFAULTS.items() if name not in url.query},
        )
    except ImportError:
        raise StoreError(
            "the driver of PostgreSQL is not installed",
            field="database",
            value=name_database(url),
            repair="run `pip install 'hygie[postgres]'`, or leave --database out to use a file",
        ) from None


def name_database(url: URL) -> str:
    """Return the address of a database as it may be shown: no password, no options."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    return url.set(query={}).render_as_string(hide_password=True)


@contextmanager
def translate_errors(url: URL) -> Iterator[None]:
    """Turn what the database reports into a `StoreError` that says what to do; secrets stay out of it."""
    try:
        yield
    except DBAPIError as error:
        raise _explain(error, url) from None
    except SQLAlchemyError as error:
        raise StoreError(
            f"the database could not be used: {_hide(str(error).splitlines()[0], url)}", file=name_database(url)
        ) from None


def writing(connection: Connection) -> Connection:
    """Return the connection with its next transaction meant for writing."""
    return connection.execution_options(**{_WRITE: True})


def lock_for_writing(connection: Connection, *, scope: str) -> None:
    """Wait until no other transaction writes in this scope; SQLite did so when the transaction began."""
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_WAIT_S}s'"))
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:scope, 4843))"), {"scope": scope})


def _read_address(address: str) -> URL:
    address = address.strip()
    if address and "://" not in address:
        return URL.create("sqlite", database=str(Path(address).expanduser().absolute()))
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # The address may hold a password: it is not repeated.
        raise StoreError(
            "the address of the database cannot be read",
            field="database",
            allowed="postgresql://user:password@host:port/name, or sqlite:///path/to/file.db",
            repair="write signs such as @ / : # in a password as %40 %2F %3A %23",
        ) from None
    if url.drivername not in _SCHEMES:
        raise StoreError(
            "this kind of database is not supported",
            field="database",
            value=url.drivername,
            allowed="postgresql://…, sqlite:///… or the path of a file",
            repair="leave --database out to use a file in the workspace",
        )
    url = url.set(drivername=_SCHEMES[url.drivername])
    if url.drivername == "sqlite" and (url.database in (None, "", ":memory:") or url.query):
        raise StoreError(
            "the database must be a file",
            field="database",
            value=url.database or "",
            allowed="sqlite:///path/to/file.db, without options",
            repair="give the path of a file alone",
        )
    return url


def _open_sqlite(url: URL) -> Engine:
    assert url.database is not None
    file = Path(url.database).absolute()
    try:
        # Made here so that nobody else can read it; SQLite gives its own files the same rights.
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"the database cannot be opened: {error.strerror}",
            file=str(file),
            repair="choose a folder that exists and that you may write to",
        ) from None
    engine = create_engine(
        url.set(database=str(file)),
        hide_parameters=True,
        json_serializer=_pass_text,
        connect_args={"timeout": LOCK_WAIT_S},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    # The driver must leave transactions to `_begin_sqlite`.
    connection.isolation_level = None
    _use_write_ahead_log(connection)
    for setting in _SQLITE_SETTINGS:
        connection.execute(f"PRAGMA {setting}")


def _use_write_ahead_log(connection: sqlite3.Connection) -> None:
    deadline = time.monotonic() + LOCK_WAIT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # SQLite does not wait when another process changes the mode of a new file at the same time.
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.02)


def _begin_sqlite(connection: Connection) -> None:
    # Without IMMEDIATE, a transaction that reads first fails when another writes before it does.
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITE) else "BEGIN")


def _pass_text(value: Any) -> str:
    return value if isinstance(value, str) else encode_json(value)


def _read_sorted(content: str | bytes) -> Any:
    # JSONB orders keys by length: people are shown the same order whichever database holds the records.
    return json.loads(content, object_pairs_hook=_sort_members)


def _sort_members(members: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(sorted(members))


def _explain(error: DBAPIError, url: URL) -> StoreError:
    message = " ".join(str(error.orig).split())
    place = name_database(url)
    busy = ("database is locked", "lock timeout", "LockNotAvailable", "deadlock detected")
    if any(sign in message for sign in busy):
        return StoreError(
            "another process is writing to the workspace", file=place, repair="wait until it is over, then try again"
        )
    if "not a database" in message or "malformed" in message:
        return StoreError(
            "this file is not a database, or it is damaged",
            file=place,
            repair="restore a copy of it, or choose another --workspace",
        )
    if "readonly" in message or "read-only" in message or "permission denied" in message:
        return StoreError("the database may not be written", file=place, repair="ask for the right to write to it")
    if "full" in message and url.get_backend_name() == "sqlite":
        return StoreError("the disk is full; nothing was changed", file=place, repair="free some space, then try again")
    if url.get_backend_name() == "postgresql" and (error.connection_invalidated or "connection" in message):
        return StoreError(
            f"the database server cannot be reached: {_hide(message, url)}",
            file=place,
            repair="check that the server runs, and its address, user and password",
        )
    return StoreError(f"the database refused: {_hide(message, url)}", file=place)


def _hide(message: str, url: URL) -> str:
    secrets = [
        url.password,
        *(value for values in url.query.values() for value in ((values,) if isinstance(values, str) else values)),
    ]
    for secret in secrets:
        if secret:
            message = message.replace(str(secret), "***")
    return message
