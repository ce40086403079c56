"""Saved results: listed, read, told when they are stale, approved by somebody else than their author, deleted."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hygie.core.errors import ConflictError, ForbiddenError, StoreError
from hygie.service.accounts.permissions import require
from hygie.service.accounts.principal import Principal
from hygie.service.jobs.context import results_folder
from hygie.service.kept_documents import forget_documents
from hygie.service.result_inputs import count_changes, list_stale
from hygie.store.activity_store import note_activity
from hygie.store.document_store import DocumentRow, DocumentStore
from hygie.store.saved_result_store import ResultRow, ResultStore
from hygie.store.workspace import Workspace
from hygie.views.application import ApprovalView, PageView, SavedResultView
from hygie.views.messages import LANGUAGES, Language

__all__ = [
    "approve_result",
    "delete_result",
    "find_folder",
    "get_result",
    "list_results",
    "read_result_view",
    "reject_result",
    "submit_result",
    "withdraw_result",
]

MAX_COMMENT = 2_000
_MAX_VIEW_BYTES = 64 * 2**20


def list_results(
    workspace: Workspace,
    *,
    kind: str | None = None,
    facility: str | None = None,
    status: str | None = None,
    after: str | None = None,
    limit: int = 50,
    language: Language = "en",
) -> PageView[SavedResultView]:
    """Return results, the latest first; each says whether it would come out differently today."""
    page = ResultStore(workspace).list_page(kind=kind, facility=facility, status=status, after=after, limit=limit)
    refs = {row.facility_ref for row in page.items if row.facility_ref is not None}
    store = DocumentStore(workspace, kind="facility")
    facilities = {ref: store.find(ref) for ref in refs}
    changes = count_changes(workspace)
    items = [_show(row, facilities.get(row.facility_ref or ""), changes, language) for row in page.items]
    return PageView[SavedResultView](items=items, next=page.next)


def get_result(workspace: Workspace, result_id: str, *, language: Language = "en") -> SavedResultView:
    """Return a result with the steps of its approval.

    Raises
    ------
    NotFoundError
        There is none in this organisation.
    """
    store = ResultStore(workspace)
    row = store.get(result_id)
    facility = DocumentStore(workspace, kind="facility").find(row.facility_ref) if row.facility_ref else None
    shown = _show(row, facility, count_changes(workspace), language)
    steps = [
        ApprovalView.model_validate(
            {"action": step.action, "author": step.author, "at": step.at, "comment": step.comment}
        )
        for step in store.list_approvals(result_id)
    ]
    return shown.model_copy(update={"approvals": steps})


def find_folder(workspace: Workspace, result_id: str) -> Path:
    """Return the folder of a result, for what reads tables and draws reports.

    Raises
    ------
    NotFoundError
        There is none in this organisation.
    """
    return results_folder(workspace, ResultStore(workspace).get(result_id).result_id)


def read_result_view(workspace: Workspace, result_id: str, *, language: Language = "en") -> dict[str, Any]:
    """Return what a result shows, as JSON; in the other language when it was made in that one only.

    Raises
    ------
    NotFoundError
        There is none in this organisation.
    StoreError
        Its folder is gone or damaged.
    """
    row = ResultStore(workspace).get(result_id)
    folder = results_folder(workspace, row.result_id)
    wanted = [language, *(other for other in LANGUAGES if other != language)]
    file = next((path for name in wanted if (path := folder / f"{row.kind}.{name}.json").is_file()), None)
    if file is None:
        raise StoreError(
            "the files of this result are gone", value=result_id, repair="ask for the result again, or restore a backup"
        )
    try:
        if file.stat().st_size > _MAX_VIEW_BYTES:
            raise StoreError("this file is too large to be a view", value=file.name, allowed="64 MiB")
        view = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError("the result cannot be read", value=result_id, repair=str(error)) from None
    return dict(view)


def submit_result(
    workspace: Workspace, result_id: str, *, principal: Principal, comment: str | None = None
) -> SavedResultView:
    """Ask for the approval of a draft, or of a result that was rejected.

    Raises
    ------
    ConflictError, ForbiddenError, NotFoundError
        It waits already or is approved; not allowed; not there.
    """
    require(principal, "run")
    return _move(
        workspace, result_id, principal, comment, action="submitted", wanted=("draft", "rejected"), status="submitted"
    )


def withdraw_result(
    workspace: Workspace, result_id: str, *, principal: Principal, comment: str | None = None
) -> SavedResultView:
    """Take back what waits for approval.

    Raises
    ------
    ConflictError, ForbiddenError, NotFoundError
        It does not wait; not allowed; not there.
    """
    require(principal, "run")
    return _move(workspace, result_id, principal, comment, action="withdrawn", wanted=("submitted",), status="draft")


def approve_result(
    workspace: Workspace, result_id: str, *, principal: Principal, comment: str | None = None
) -> SavedResultView:
    """Approve a result that somebody else has made and submitted.

    Raises
    ------
    ConflictError, ForbiddenError, NotFoundError
        It does not wait; own work, or not allowed; not there.
    """
    require(principal, "approve")
    return _move(workspace, result_id, principal, comment, action="approved", wanted=("submitted",), status="approved")


def reject_result(
    workspace: Workspace, result_id: str, *, principal: Principal, comment: str | None = None
) -> SavedResultView:
    """Send a result back to its author.

    Raises
    ------
    ConflictError, ForbiddenError, NotFoundError
        It does not wait; own work, or not allowed; not there.
    """
    require(principal, "approve")
    return _move(workspace, result_id, principal, comment, action="rejected", wanted=("submitted",), status="rejected")


def delete_result(workspace: Workspace, result_id: str, *, principal: Principal) -> None:
    """Delete a result and its files; one that is approved or waits for it only by an administrator.

    Raises
    ------
    ForbiddenError, NotFoundError
        Not allowed, or not there.
    """
    store = ResultStore(workspace)
    with store.writing() as connection:
        row = store.get(result_id, connection=connection)
        require(principal, "administer" if row.status in ("approved", "submitted") else "run")
        store.delete(result_id, connection=connection)
        _note(workspace, connection, row, "result_deleted", principal)
    # The row first: files without a row are litter, a row without files would be a lie.
    shutil.rmtree(results_folder(workspace, row.result_id), ignore_errors=True)
    forget_documents(workspace, row.result_id)


def _move(
    workspace: Workspace,
    result_id: str,
    principal: Principal,
    comment: str | None,
    *,
    action: str,
    wanted: tuple[str, ...],
    status: str,
) -> SavedResultView:
    store = ResultStore(workspace)
    with store.writing() as connection:
        row = store.get(result_id, connection=connection)
        if row.status not in wanted:
            raise ConflictError(
                f"this result is {row.status}",
                field="status",
                value=row.status,
                allowed=" or ".join(wanted),
                repair="look at it again: somebody may have decided meanwhile",
            )
        values: dict[str, Any] = {"status": status}
        if action in ("approved", "rejected"):
            if principal.account_id in (row.account_id, row.submitted_by):
                raise ForbiddenError(
                    "nobody approves their own work",
                    field="approver",
                    value=principal.name,
                    allowed="somebody else than the author of the result and whoever submitted it",
                    repair="ask another approver",
                )
            values |= {
                "approved_by": principal.account_id,
                "approver": principal.name,
                "decided_at": datetime.now(UTC),
            }
        else:
            submitter = principal.account_id if action == "submitted" else None
            values |= {"submitted_by": submitter, "approved_by": None, "approver": None, "decided_at": None}
        store.move(
            result_id,
            action=action,
            account_id=principal.account_id,
            author=principal.name,
            comment=comment[:MAX_COMMENT] if comment else None,
            connection=connection,
            **values,
        )
        _note(workspace, connection, row, f"result_{action}", principal)
    return get_result(workspace, result_id, language=principal.language)


def _note(workspace: Workspace, connection: Connection, row: ResultRow, event: str, principal: Principal) -> None:
    note_activity(
        connection,
        organisation_id=workspace.organisation_id,
        event=event,
        subject=("result", row.result_id),
        author=principal.name,
        data={"kind": row.kind, "title": row.title},
    )


def _show(row: ResultRow, facility: DocumentRow | None, changes: int, language: Language) -> SavedResultView:
    names = [name for name in SavedResultView.model_fields if name not in ("stale", "approvals")]
    stale = list_stale(row, facility=facility, changes=changes, language=language)
    return SavedResultView.model_validate({**{name: getattr(row, name) for name in names}, "stale": stale})
