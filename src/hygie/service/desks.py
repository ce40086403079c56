"""Bases of several organisations, open side by side in one long-lived process."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hygie.store.workspace import Workspace, open_workspace

if TYPE_CHECKING:
    from hygie.service.workspace import Base

__all__ = ["Desks", "mark_knowledge"]


@dataclass(frozen=True, slots=True)
class Desks:
    """Workspaces by organisation: each is opened once and kept; every one sees its own rows only.

    What reads records is imported when it is first needed: a server answers before that.
    """

    folder: Path | None = None
    database: str | None = None
    _open: dict[str, Workspace] = field(default_factory=dict, repr=False)
    _filled: set[str] = field(default_factory=set, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def open(self, organisation: str) -> Workspace:
        """Return the workspace of an organisation.

        Raises
        ------
        StoreError
            It cannot be opened.
        """
        with self._lock:
            if organisation not in self._open:
                self._open[organisation] = open_workspace(
                    self.folder, database=self.database, organisation=organisation
                )
            return self._open[organisation]

    def seat(self, organisation: str, *, author: str) -> Base:
        """Return the base of an organisation, for one author; it may not be filled yet."""
        from hygie.knowledge.projection import project_record
        from hygie.service.workspace import Base
        from hygie.store.record_store import RecordStore

        workspace = self.open(organisation)
        return Base(workspace=workspace, store=RecordStore(workspace, author=author, project=project_record))

    def is_filled(self, organisation: str) -> bool:
        """Return whether the installed packs are in the base of an organisation."""
        if organisation not in self._filled:
            from hygie.knowledge.base import is_filled

            if not is_filled(self.seat(organisation, author="hygie").store):
                return False
            self._filled.add(organisation)
        return True

    def fill(self, organisation: str, *, progress: Callable[[str], None] | None = None) -> None:
        """Load the installed packs and catalogues into a base that has none (ten seconds or so)."""
        if not self.is_filled(organisation):
            from hygie.knowledge.base import fill_base

            fill_base(self.seat(organisation, author="hygie").store, progress=progress)
            self._filled.add(organisation)

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            for workspace in self._open.values():
                workspace.engine.dispose()
            self._open.clear()


def mark_knowledge(base: Base) -> str:
    """Return a mark that changes whenever a record of the base does: the number of its last change."""
    last = base.store.changes(limit=1, newest_first=True)
    return str(last[0].number) if last else "0"
