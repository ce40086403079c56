"""Backups that administrators make on the pages: kept in the folder of the workspace, found, handed out, removed.

A backup holds every organisation of the installation, with its accounts. So only somebody who administers all of them
may make one here, see the list, or take a file away; others leave it to whoever runs the server (`hygie backup`).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from hygie.core.errors import ForbiddenError, NotFoundError
from hygie.service.backup import back_up
from hygie.store.accounts import list_memberships
from hygie.store.accounts import list_organisations as list_places
from hygie.store.sessions import read_rows
from hygie.store.workspace import Workspace
from hygie.views.administration import BackupView

__all__ = ["delete_backup", "find_backup", "list_backups", "make_backup", "may_see_whole", "require_whole"]

_NAME = re.compile(r"hygie-[0-9]{8}-[0-9]{6}-[0-9]{6}-[0-9a-f]{8}\.zip")


def may_see_whole(workspace: Workspace, account_id: str) -> bool:
    """Return whether an account administers every organisation of the installation."""
    with read_rows(workspace) as connection:
        others = set(list_places(connection)) - {workspace.organisation_id}
        held = list_memberships(connection, account_id=account_id) if others else []
    return others <= {row.organisation_id for row in held if row.role == "admin"}


def require_whole(workspace: Workspace, account_id: str) -> None:
    """Refuse who does not answer for the whole installation.

    Raises
    ------
    ForbiddenError
        There are other organisations, and this account does not administer all of them.
    """
    if not may_see_whole(workspace, account_id):
        raise ForbiddenError(
            "a backup holds every organisation of the installation",
            field="role",
            allowed="administrators of all of them",
            repair="ask whoever runs the server for `hygie backup`",
        )


def make_backup(workspace: Workspace, *, name: str) -> BackupView:
    """Write a backup into the folder of backups.

    Parameters
    ----------
    name
        Id of the job: the same job that runs again writes the same file.

    Raises
    ------
    StoreError
        It cannot be written; nothing is left of it.
    """
    folder = _folder(workspace)
    folder.mkdir(mode=0o700, exist_ok=True)
    place = folder / f"hygie-{name}.zip"
    back_up(workspace, place, overwrite=True)
    return _show(place)


def list_backups(workspace: Workspace) -> list[BackupView]:
    """Return the backups in the folder, the latest first."""
    folder = _folder(workspace)
    places = [place for place in folder.iterdir() if _NAME.fullmatch(place.name)] if folder.is_dir() else []
    return [_show(place) for place in sorted(places, reverse=True)]


def find_backup(workspace: Workspace, name: str) -> Path:
    """Return the file of a backup.

    Raises
    ------
    NotFoundError
        There is none of this name.
    """
    place = _folder(workspace) / name
    if not _NAME.fullmatch(name) or not place.is_file():
        raise NotFoundError("there is no such backup", field="backup", value=name[:80])
    return place


def delete_backup(workspace: Workspace, name: str) -> None:
    """Remove a backup.

    Raises
    ------
    NotFoundError
        There is none of this name.
    """
    find_backup(workspace, name).unlink(missing_ok=True)


def _show(place: Path) -> BackupView:
    facts = place.stat()
    return BackupView(
        name=place.name,
        path=str(place),
        size=facts.st_size,
        made_at=datetime.fromtimestamp(facts.st_mtime, UTC).isoformat(timespec="seconds"),
    )


def _folder(workspace: Workspace) -> Path:
    return workspace.folder / "backups"
