"""The posture of a facility: control by control, by the questionnaire, or from what another tool wrote."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from starlette.concurrency import run_in_threadpool

from hygie.core.errors import ConflictError, NotFoundError
from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import Who, go, open_own, read_fields
from hygie.web.facility_edits import show_conflict_page
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.uploading import read_file

__all__ = ["posture_pages"]

posture_pages = APIRouter(include_in_schema=False)

Writer = Annotated[Principal, Depends(require_permission("write_facility"))]
_MAX_FILE = 16 * 2**20


@posture_pages.get("/facilities/{ref}/posture")
def show_posture(request: Request, ref: str, principal: Who) -> Response:
    """Show each control: what is known of it, since when and from where, or the sector average."""
    from hygie.service.facilities import open_facilities
    from hygie.service.posture_pages import show_stored_posture

    workspace, language = open_own(request, principal), choose_language(request, principal)
    return render_page(
        request,
        "posture.html.j2",
        principal=principal,
        active="facilities",
        document=open_facilities(workspace).get(ref),
        view=show_stored_posture(workspace, ref, language=language),
    )


@posture_pages.get("/facilities/{ref}/questions")
def show_questions(request: Request, ref: str, principal: Writer, full: bool = False) -> Response:
    """Show the questionnaire, short or full, with what was answered before."""
    return _show_questions(request, ref, principal, full=full)


@posture_pages.post("/facilities/{ref}/questions")
async def answer_questions(request: Request, ref: str, principal: Writer) -> Response:
    """Keep the answers, and save the facility with the posture that they make."""
    given = await read_fields(request)
    return await run_in_threadpool(_answer, request, ref, principal, given)


@posture_pages.post("/facilities/{ref}/posture")
def import_posture(
    request: Request,
    ref: str,
    principal: Writer,
    expected_revision: Annotated[int, Form(ge=1, le=10**9)],
    file: Annotated[UploadFile | None, File()] = None,
    form: Annotated[Literal["", "csv", "oscal", "ciso-assistant", "navigator"], Form()] = "",
    replace: Annotated[bool, Form()] = False,
) -> Response:
    """Save the facility with the posture that another tool wrote."""
    from hygie.service.posture_pages import take_posture_file

    content, name = read_file(
        file,
        name="posture",
        max_bytes=_MAX_FILE,
        allowed="1 byte to 16 MiB",
        repair="choose the file that the other tool wrote",
    )
    try:
        saved, edit = take_posture_file(
            open_own(request, principal),
            ref,
            content,
            name=name,
            form=form or None,
            replace=replace,
            expected_revision=expected_revision,
            principal=principal,
            language=choose_language(request, principal),
        )
    except ConflictError as error:
        return show_conflict_page(request, principal, error)
    return render_page(
        request, "posture_outcome.html.j2", principal=principal, active="facilities", document=saved, edit=edit
    )


def _answer(request: Request, ref: str, principal: Principal, given: dict[str, str]) -> Response:
    from hygie.service.posture_pages import answer_questions

    number = given.get("expected_revision", "")
    if not number.isdecimal() or len(number) > 9:
        raise NotFoundError("this names no revision", field="expected_revision", value=number[:20], allowed="a number")
    full = given.get("full") == "true"
    try:
        found = answer_questions(
            open_own(request, principal),
            ref,
            given,
            full=full,
            replace=given.get("replace") == "true",
            expected_revision=int(number),
            principal=principal,
            language=choose_language(request, principal),
        )
    except ConflictError as error:
        return show_conflict_page(request, principal, error)
    if isinstance(found, dict):
        return _show_questions(request, ref, principal, full=full, given=given, problems=found)
    saved, edit = found
    if not edit.rows:
        return go(f"/facilities/{ref}/posture")
    return render_page(
        request, "posture_outcome.html.j2", principal=principal, active="facilities", document=saved, edit=edit
    )


def _show_questions(
    request: Request,
    ref: str,
    principal: Principal,
    *,
    full: bool,
    given: dict[str, str] | None = None,
    problems: dict[str, str] | None = None,
) -> Response:
    from hygie.service.facilities import open_facilities
    from hygie.service.posture_pages import list_questions

    workspace, language = open_own(request, principal), choose_language(request, principal)
    document = open_facilities(workspace).get(ref)
    return render_page(
        request,
        "posture_questions.html.j2",
        principal=principal,
        active="facilities",
        status=422 if problems else 200,
        document=document,
        expected=(given or {}).get("expected_revision") or document.revision,
        view=list_questions(workspace, ref, full=full, language=language, given=given, problems=problems),
        problems=problems or {},
    )
