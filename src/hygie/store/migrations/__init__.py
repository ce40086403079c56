"""From any earlier version of the tables to this one; run when a workspace is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from hygie.core.errors import StoreError
from hygie.store.all_tables import metadata as _metadata  # noqa: F401 - every table joins the metadata
from hygie.store.schema import REVISION

if TYPE_CHECKING:
    from alembic.config import Config

__all__ = ["list_revisions", "migrate", "read_revision", "roll_back"]

VERSIONS = Path(__file__).parent / "versions"


def read_revision(connection: Connection, *, place: str) -> str | None:
    """Return the migration that a database is at; None for an empty one.

    Raises
    ------
    StoreError
        The database belongs to something else, or to a later version of hygie.
    """
    tables = set(inspect(connection).get_table_names())
    if not tables:
        return None
    if not {"alembic_version", "organisation", "layer"} <= tables:
        # An Alembic tree that was rolled back to its start leaves its empty version table.
        if tables == {"alembic_version"} and not connection.execute(text("SELECT 1 FROM alembic_version")).all():
            return None
        raise StoreError(
            "this database holds something else",
            file=place,
            value=", ".join(sorted(tables)),
            repair="choose an empty database, or another --workspace",
        )
    revision = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    if revision != REVISION and revision not in list_revisions():
        raise StoreError(
            "this database was made by a later version of hygie",
            file=place,
            field="alembic_version",
            value=revision,
            allowed=f"up to {REVISION}",
            repair="run `pip install --upgrade hygie`, or choose another --workspace",
        )
    return str(revision)


def list_revisions() -> list[str]:
    """Return the migrations that this version knows, oldest first."""
    return sorted(file.name.split("_")[0] for file in VERSIONS.glob("[0-9]*_*.py"))


def migrate(connection: Connection, *, revision: str = REVISION) -> None:
    """Bring the tables to a migration, in the transaction under way."""
    # Loaded only when there is something to do: it takes longer than the rest of opening a workspace.
    from alembic import command

    command.upgrade(_configure(connection), revision)


def roll_back(connection: Connection, *, revision: str) -> None:
    """Bring the tables back to an earlier migration, in the transaction under way; what came later is lost."""
    from alembic import command

    command.downgrade(_configure(connection), revision)


def _configure(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
