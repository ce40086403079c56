"""A workspace: the folder and the database of one organisation."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import platformdirs
from sqlalchemy import Connection, Engine, insert, select

from hygie.core.errors import StoreError, UsageError
from hygie.store.engine import lock_for_writing, name_database, open_engine, translate_errors, writing
from hygie.store.migrations import migrate, read_revision
from hygie.store.schema import REVISION, organisation

__all__ = ["DATABASE_FILE", "Workspace", "add_organisation", "choose_folder", "open_workspace"]

DATABASE_FILE = "hygie.db"
_ORGANISATION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The folder and the database of one organisation.

    Parameters
    ----------
    folder
        Where results are kept.
    pseudonym_key
        Secret of the organisation from which pseudonyms are derived; made once, never shown.
    """

    folder: Path
    engine: Engine
    organisation_id: str
    pseudonym_key: bytes = field(repr=False)


def open_workspace(
    folder: Path | None = None, *, database: str | None = None, organisation: str = "default"
) -> Workspace:
    """Open a workspace, making what is missing: the folder, the database, its tables, the organisation.

    Parameters
    ----------
    folder
        ``$HYGIE_WORKSPACE`` by default, else ``workspace`` in the user's data folder.
    database
        Address of a PostgreSQL database or path of a SQLite file; ``$HYGIE_DATABASE`` by default, else a file in
        the folder.
    organisation
        Whose records: others are never seen.

    Raises
    ------
    StoreError
        The folder or the database cannot be used; says why and what to do.
    UsageError
        The name of the organisation has signs that are not allowed.
    """
    _check_name(organisation)
    folder = _prepare_folder(folder)
    engine = open_engine(database or os.environ.get("HYGIE_DATABASE") or str(folder / DATABASE_FILE))
    try:
        with translate_errors(engine.url):
            _prepare_database(engine)
            key = _find_key(engine, organisation)
    except BaseException:
        engine.dispose()
        raise
    return Workspace(folder=folder, engine=engine, organisation_id=organisation, pseudonym_key=key)


def add_organisation(workspace: Workspace, organisation_id: str) -> Workspace:
    """Return the workspace of another organisation in the same database, which is made when it is not there.

    Raises
    ------
    UsageError
        The name has signs that are not allowed.
    """
    _check_name(organisation_id)
    with translate_errors(workspace.engine.url):
        key = _find_key(workspace.engine, organisation_id)
    return replace(workspace, organisation_id=organisation_id, pseudonym_key=key)


def _check_name(organisation_id: str) -> None:
    if not _ORGANISATION.fullmatch(organisation_id):
        raise UsageError(
            "this cannot name an organisation",
            field="organisation",
            value=organisation_id,
            allowed="1 to 64 letters without accents, digits, dots, dashes and underscores, the first no sign",
        )


def choose_folder(folder: Path | None = None) -> Path:
    """Return the folder of a workspace: given, ``$HYGIE_WORKSPACE``, or in the user's data folder."""
    if folder is None:
        chosen = os.environ.get("HYGIE_WORKSPACE")
        data = platformdirs.user_data_path("hygie", appauthor=False)
        folder = Path(chosen) if chosen else data / "workspace"
    return folder.expanduser().absolute()


def _prepare_folder(folder: Path | None) -> Path:
    folder = choose_folder(folder)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the workspace cannot be made here: {error.strerror}",
            file=str(folder),
            repair="choose another --workspace, or set HYGIE_WORKSPACE",
        ) from None
    return folder


def _prepare_database(engine: Engine) -> None:
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            _check_encoding(connection)
        if read_revision(connection, place=name_database(engine.url)) == REVISION:
            return
    with writing(engine.connect()) as connection, connection.begin():
        lock_for_writing(connection, scope="migration")
        # Another process may have done it meanwhile.
        if read_revision(connection, place=name_database(engine.url)) != REVISION:
            migrate(connection)


def _check_encoding(connection: Connection) -> None:
    encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
    if encoding != "UTF8":
        raise StoreError(
            "the database cannot hold every text",
            file=name_database(connection.engine.url),
            field="encoding",
            value=encoding,
            allowed="UTF8",
            repair="make the database again: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0",
        )


def _find_key(engine: Engine, organisation_id: str) -> bytes:
    wanted = select(organisation.c.pseudonym_key).where(organisation.c.organisation_id == organisation_id)
    with engine.connect() as connection:
        key = connection.execute(wanted).scalar_one_or_none()
    if key is not None:
        return bytes(key)
    with writing(engine.connect()) as connection, connection.begin():
        lock_for_writing(connection, scope="organisations")
        key = connection.execute(wanted).scalar_one_or_none()
        if key is None:
            key = secrets.token_bytes(32)
            connection.execute(
                insert(organisation).values(
                    organisation_id=organisation_id, pseudonym_key=key, created_at=datetime.now(UTC)
                )
            )
    return bytes(key)
