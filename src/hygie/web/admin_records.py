"""Administration: the audit log, read, checked and handed out; backups."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from starlette.responses import FileResponse, StreamingResponse

from hygie.core.errors import NotFoundError
from hygie.core.spreadsheets import neutralise_cell
from hygie.service.accounts.access import Access
from hygie.service.accounts.audit import (
    ACTIONS,
    AuditFilter,
    list_entries,
    record_event,
    verify_log,
)
from hygie.web.admin import Admin, Done, actor_of
from hygie.web.auth.login_pages import hide
from hygie.web.auth.words import name_action, name_actor, tell_details
from hygie.web.facilities import go, open_own
from hygie.web.pages import render_page, translate_for
from hygie.web.state import state_of

__all__ = ["admin_record_pages"]

admin_record_pages = APIRouter(include_in_schema=False)

Action = Annotated[str, Query(max_length=40)]
Person = Annotated[str, Query(max_length=120)]
Day = Annotated[str, Query(max_length=10)]
_PER_PAGE = 50
_COLUMNS = ("number", "at", "actor", "account_id", "action", "target", "details", "address", "entry_hash")


@admin_record_pages.get("/admin/audit")
def show_audit(
    request: Request,
    principal: Admin,
    action: Action = "",
    person: Person = "",
    since: Day = "",
    until: Day = "",
    before: Annotated[int | None, Query(ge=1, le=10**12)] = None,
    check: bool = False,
) -> Response:
    """Show the audit log, those lines that a filter looks for; follow its chain when asked."""
    access, _ = state_of(request).access, translate_for(request, principal)
    rows = list_entries(
        access,
        principal.organisation_id,
        limit=_PER_PAGE + 1,
        before=before,
        only=_read_filter(action, person, since, until),
    )
    shown = rows[:_PER_PAGE]
    answer = render_page(
        request,
        "admin_audit.html.j2",
        principal=principal,
        active="admin",
        rows=[
            (row, name_action(_, row.action), name_actor(_, row.actor), tell_details(_, row.details)) for row in shown
        ],
        following=shown[-1].number if len(rows) > _PER_PAGE else None,
        before=before,
        query={"action": action, "person": person, "since": since, "until": until},
        actions=[(name, name_action(_, name)) for name in sorted(ACTIONS)],
        check=verify_log(access, principal.organisation_id) if check else None,
    )
    return hide(answer)


@admin_record_pages.get("/admin/audit.csv")
def export_audit(
    request: Request, principal: Admin, action: Action = "", person: Person = "", since: Day = "", until: Day = ""
) -> Response:
    """Return the lines that a filter looks for as CSV; cells that a spreadsheet would run are neutralised."""
    access, only = state_of(request).access, _read_filter(action, person, since, until)
    record_event(
        access,
        principal.organisation_id,
        actor=actor_of(request, principal),
        action="data.export",
        target="audit",
        details={"format": "csv"},
    )
    headers = {"Content-Disposition": 'attachment; filename="hygie-audit.csv"', "Cache-Control": "no-store"}
    lines = _write_lines(access, principal.organisation_id, only)
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@admin_record_pages.get("/admin/backups")
def show_backups(request: Request, principal: Admin, done: Done = "") -> Response:
    """Show the backups on the server, and how one is put back."""
    from hygie.service.backups import list_backups, may_see_whole
    from hygie.service.jobs.queue import list_jobs

    workspace = open_own(request, principal)
    whole = may_see_whole(workspace, principal.account_id)
    waiting = [
        job for state in ("running", "queued") for job in list_jobs(workspace, kind="backup", status=state).items
    ]
    return render_page(
        request,
        "admin_backups.html.j2",
        principal=principal,
        active="admin",
        whole=whole,
        backups=list_backups(workspace) if whole else [],
        waiting=waiting,
        folder=str(workspace.folder),
        is_postgres=workspace.engine.dialect.name == "postgresql",
        done=done,
    )


@admin_record_pages.post("/admin/backups")
def ask_backup(request: Request, principal: Admin) -> Response:
    """Put a backup into the queue."""
    from hygie.service.backups import require_whole
    from hygie.service.jobs.queue import submit
    from hygie.service.jobs.requests import BackupRequest

    workspace = open_own(request, principal)
    require_whole(workspace, principal.account_id)
    title = translate_for(request, principal)("Backup")
    job = submit(workspace, kind="backup", request=BackupRequest(), principal=principal, title=title)
    return go(f"/jobs/{job.job_id}")


@admin_record_pages.get("/admin/backups/{name}")
def download_backup(request: Request, principal: Admin, name: str) -> Response:
    """Hand a backup out."""
    from hygie.service.backups import find_backup, may_see_whole

    workspace = open_own(request, principal)
    if not may_see_whole(workspace, principal.account_id):
        # Who may not see the list is not told what is in it.
        raise NotFoundError("there is no such backup", field="backup", value=name[:80])
    place = find_backup(workspace, name)
    record_event(
        state_of(request).access,
        principal.organisation_id,
        actor=actor_of(request, principal),
        action="data.export",
        target=place.name,
        details={"format": "backup"},
    )
    return FileResponse(place, media_type="application/zip", filename=place.name, headers={"Cache-Control": "no-store"})


@admin_record_pages.post("/admin/backups/{name}/delete")
def delete_backup(request: Request, principal: Admin, name: str) -> Response:
    """Remove a backup."""
    from hygie.service.backups import delete_backup as remove
    from hygie.service.backups import require_whole

    workspace = open_own(request, principal)
    require_whole(workspace, principal.account_id)
    remove(workspace, name)
    record_event(
        state_of(request).access,
        principal.organisation_id,
        actor=actor_of(request, principal),
        action="data.delete",
        target=name,
    )
    return go("/admin/backups", done="deleted")


def _read_filter(action: str, person: str, since: str, until: str) -> AuditFilter:
    end = _read_day(until)
    return AuditFilter(
        action=action or None,
        person=person.strip() or None,
        since=_read_day(since),
        until=end + timedelta(days=1) if end is not None else None,
    )


def _read_day(text: str) -> datetime | None:
    """Return the beginning of a day in UTC; None for a text that is no day: the filter is then left out."""
    try:
        return datetime.combine(date.fromisoformat(text), time(), UTC)
    except ValueError:
        return None


def _write_lines(access: Access, organisation_id: str, only: AuditFilter) -> Iterator[str]:
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\r\n")
    sink.write("\ufeff")
    writer.writerow(_COLUMNS)
    before: int | None = None
    while True:
        rows = list_entries(access, organisation_id, limit=500, before=before, only=only)
        for row in rows:
            cells = [getattr(row, name) for name in _COLUMNS]
            texts = [
                cell.isoformat() if isinstance(cell, datetime)
                else json.dumps(dict(cell), ensure_ascii=False) if name == "details"
                else cell
                for name, cell in zip(_COLUMNS, cells, strict=True)
            ]  # fmt: skip
            writer.writerow([neutralise_cell(cell) for cell in texts])
        yield sink.getvalue()
        sink.seek(0)
        sink.truncate()
        if len(rows) < 500:
            return
        before = rows[-1].number
