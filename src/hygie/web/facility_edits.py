"""A facility that is changed: as a form, as text; two writers at once; older revisions."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.concurrency import run_in_threadpool

from hygie.core.errors import ConflictError, NotFoundError
from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import Who, go, open_own, read_fields
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language

__all__ = ["facility_edit_pages", "show_conflict_page"]

facility_edit_pages = APIRouter(include_in_schema=False)

Writer = Annotated[Principal, Depends(require_permission("write_facility"))]
Number = Annotated[int, Form(ge=1, le=10**9)]
_MAX_TEXT = 2 * 2**20


@facility_edit_pages.get("/facilities/{ref}/edit")
def show_editor(request: Request, ref: str, principal: Writer) -> Response:
    """Show the main figures as a form, and the whole as text."""
    return _show_editor(request, ref, principal)


@facility_edit_pages.post("/facilities/{ref}/figures")
async def save_figures(request: Request, ref: str, principal: Writer) -> Response:
    """Save other main figures."""
    given = await read_fields(request)
    return await run_in_threadpool(_save_figures, request, ref, principal, given)


@facility_edit_pages.post("/facilities/{ref}/text")
def save_text(
    request: Request,
    ref: str,
    principal: Writer,
    expected_revision: Number,
    text: Annotated[str, Form(max_length=_MAX_TEXT)] = "",
    note: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Save a facility as text; a conflict shows both versions."""
    from hygie.service.facilities import open_facilities

    facilities = open_facilities(open_own(request, principal))
    # Browsers send lines with two characters at their end.
    text = text.replace("\r\n", "\n")
    try:
        saved = facilities.save(
            text, expected_revision=expected_revision, principal=principal, ref=ref, note=note.strip() or None
        )
    except ConflictError as error:
        return show_conflict_page(request, principal, error)
    return go(f"/facilities/{saved.ref}", done="saved")


@facility_edit_pages.get("/facilities/{ref}/history")
def show_history(request: Request, ref: str, principal: Who) -> Response:
    """List the revisions of a facility."""
    from hygie.service.facilities import open_facilities

    facilities = open_facilities(open_own(request, principal))
    return render_page(
        request,
        "facility_history.html.j2",
        principal=principal,
        active="facilities",
        document=facilities.get(ref),
        revisions=facilities.history(ref),
    )


@facility_edit_pages.post("/facilities/{ref}/restore")
def restore_revision(
    request: Request, ref: str, principal: Writer, revision: Number, expected_revision: Number
) -> Response:
    """Save an older revision as the next one."""
    from hygie.service.facilities import open_facilities

    facilities = open_facilities(open_own(request, principal))
    facilities.restore(ref, revision=revision, expected_revision=expected_revision, principal=principal)
    return go(f"/facilities/{ref}", done="restored")


def _save_figures(request: Request, ref: str, principal: Principal, given: dict[str, str]) -> Response:
    from hygie.service.facility_pages import change_figures, judge_form

    number = given.get("expected_revision", "")
    if not number.isdecimal() or len(number) > 9:
        raise NotFoundError("this names no revision", field="expected_revision", value=number[:20], allowed="a number")
    answers, problems = judge_form(given, language=choose_language(request, principal))
    if problems:
        return _show_editor(request, ref, principal, given=given, problems=problems)
    try:
        change_figures(open_own(request, principal), ref, answers, expected_revision=int(number), principal=principal)
    except ConflictError as error:
        return show_conflict_page(request, principal, error)
    return go(f"/facilities/{ref}", done="saved")


def _show_editor(
    request: Request,
    ref: str,
    principal: Principal,
    *,
    given: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
) -> Response:
    from hygie.service.facilities import open_facilities
    from hygie.service.facility_pages import list_form, read_form_values

    document = open_facilities(open_own(request, principal)).get(ref)
    values = given if given is not None else read_form_values(document)
    return render_page(
        request,
        "facility_edit.html.j2",
        principal=principal,
        active="facilities",
        status=422 if problems else 200,
        document=document,
        # What the form started from, not what is there now: a conflict must be seen.
        expected=(given or {}).get("expected_revision") or document.revision,
        fields=list_form(values, language=choose_language(request, principal), problems=problems),
        problems=problems or {},
    )


def show_conflict_page(request: Request, principal: Principal, error: ConflictError) -> Response:
    """Show both versions of a facility that two writers changed."""
    from hygie.service.stored_documents import show_conflict, write_yaml

    if "text" not in error.details:
        raise error
    view = show_conflict(error)
    return render_page(
        request,
        "facility_conflict.html.j2",
        principal=principal,
        active="facilities",
        status=409,
        view=view,
        merged_text=write_yaml(view.merged) if view.merged is not None else None,
    )
