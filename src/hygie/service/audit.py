"""The audit trail: who changed what, when and why."""

from __future__ import annotations

from hygie.service.summaries import show_change, show_instant
from hygie.service.workspace import Base
from hygie.views.intel import LogRow

__all__ = ["list_changes", "list_imports"]


def list_changes(base: Base, *, limit: int) -> list[LogRow]:
    """Return the last changes, newest first."""
    return [show_change(change) for change in base.store.changes(limit=limit, newest_first=True)]


def list_imports(base: Base, *, limit: int) -> list[LogRow]:
    """Return the last imports, newest first."""
    return [
        LogRow(
            at=show_instant(run.started_at),
            author=run.author,
            what=f"{run.format}: {run.source}",
            reason=", ".join(f"{count} {outcome}" for outcome, count in (run.counts or {}).items() if count) or None,
            number=run.run,
            details={"counts": dict(run.counts or {}), "finished": run.finished_at is not None},
        )
        for run in base.store.runs(limit)
    ]
