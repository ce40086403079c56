"""The sign of life of workers: a file that each of them touches, so that a page can say whether somebody works."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hygie.store.workspace import Workspace

__all__ = ["FRESH", "SignOfLife", "read_sign"]

# Signs are given every few seconds, also during a job; a machine under load is late at times.
FRESH = timedelta(seconds=45)
_EVERY_S = 5.0
_NAME = "worker.sign"


@dataclass(slots=True)
class SignOfLife:
    """Gives signs, at most one every few seconds."""

    workspace: Workspace
    _given: float = field(default=0.0, repr=False)

    def give(self) -> None:
        """Say that the worker lives; a disk that refuses does not stop it."""
        now = time.monotonic()
        if self._given and now - self._given < _EVERY_S:
            return
        self._given = now
        try:
            _place(self.workspace).touch()
        except OSError:
            return


def read_sign(workspace: Workspace) -> datetime | None:
    """Return when a worker of this workspace was last seen; None when none ever was."""
    try:
        return datetime.fromtimestamp(_place(workspace).stat().st_mtime, UTC)
    except OSError:
        return None


def _place(workspace: Workspace) -> Path:
    return workspace.folder / _NAME
