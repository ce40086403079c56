"""The approval of a result: submitted by one person, decided by another."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from hygie.service.accounts.principal import Principal
from hygie.web.api.common import note_event
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import go, open_own

__all__ = ["approval_pages"]

approval_pages = APIRouter(include_in_schema=False)

Runner = Annotated[Principal, Depends(require_permission("run"))]
Approver = Annotated[Principal, Depends(require_permission("approve"))]
Comment = Annotated[str, Form(max_length=2000)]


@approval_pages.post("/assessments/{result_id}/submit")
def submit(request: Request, result_id: str, principal: Runner, comment: Comment = "") -> Response:
    """Ask for an approval."""
    from hygie.service.saved_results import submit_result

    moved = submit_result(open_own(request, principal), result_id, principal=principal, comment=comment or None)
    note_event(request, principal, "approval.submit", target=result_id, details={"digest": moved.digest})
    return go(f"/assessments/{result_id}", done="submitted")


@approval_pages.post("/assessments/{result_id}/withdraw")
def withdraw(request: Request, result_id: str, principal: Runner, comment: Comment = "") -> Response:
    """Take back what waits for approval."""
    from hygie.service.saved_results import withdraw_result

    moved = withdraw_result(open_own(request, principal), result_id, principal=principal, comment=comment or None)
    note_event(request, principal, "approval.withdraw", target=result_id, details={"digest": moved.digest})
    return go(f"/assessments/{result_id}", done="withdrawn")


@approval_pages.post("/assessments/{result_id}/approve")
def approve(request: Request, result_id: str, principal: Approver, comment: Comment = "") -> Response:
    """Approve what somebody else has made."""
    from hygie.service.saved_results import approve_result

    moved = approve_result(open_own(request, principal), result_id, principal=principal, comment=comment or None)
    note_event(request, principal, "approval.give", target=result_id, details={"digest": moved.digest})
    return go(f"/assessments/{result_id}", done="approved")


@approval_pages.post("/assessments/{result_id}/reject")
def reject(request: Request, result_id: str, principal: Approver, comment: Comment = "") -> Response:
    """Send a result back."""
    from hygie.service.saved_results import reject_result

    moved = reject_result(open_own(request, principal), result_id, principal=principal, comment=comment or None)
    note_event(request, principal, "approval.refuse", target=result_id, details={"digest": moved.digest})
    return go(f"/assessments/{result_id}", done="rejected")


@approval_pages.post("/assessments/{result_id}/delete")
def delete(request: Request, result_id: str, principal: Runner) -> Response:
    """Delete a result and its files."""
    from hygie.service.saved_results import delete_result

    delete_result(open_own(request, principal), result_id, principal=principal)
    note_event(request, principal, "data.delete", target=result_id)
    return go("/assessments")
