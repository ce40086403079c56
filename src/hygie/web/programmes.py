"""Insurance programmes: listed, written as a form or as text, put on the events of an assessment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from hygie.core.errors import ConflictError, DocumentError
from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language

if TYPE_CHECKING:
    from hygie.service.stored_documents import StoredDocuments

__all__ = ["programme_pages"]

programme_pages = APIRouter(include_in_schema=False)

Runner = Annotated[Principal, Depends(require_permission("run"))]
Writer = Annotated[Principal, Depends(require_permission("write_facility"))]
Number = Annotated[int, Form(ge=1, le=10**9)]
Words = Annotated[str, Query(max_length=120)]
_MAX_TEXT = 200_000


@programme_pages.get("/decide/programmes")
def list_programmes(request: Request, principal: Who, result: Words = "") -> Response:
    """List the programmes of the organisation."""
    page = _shelf(request, principal).find(limit=200)
    return render_page(
        request, "programmes.html.j2", principal=principal, active="decide", items=page.items, result=result
    )


@programme_pages.get("/decide/programmes/new")
def show_new(request: Request, principal: Writer) -> Response:
    """Show the form of a new programme, filled with a usual shape."""
    from hygie.service.programme_form import start_form

    fields = start_form(choose_language(request, principal))
    return _show_form(request, principal, None, fields, {}, expected=None)


@programme_pages.post("/decide/programmes")
async def create(request: Request, principal: Writer) -> Response:
    """Save a new programme, or add to or take from its form without saving."""
    given = await _read_form(request)
    return await run_in_threadpool(_take_form, request, principal, None, given)


@programme_pages.get("/decide/programmes/{ref}")
def show_programme(
    request: Request, ref: str, principal: Who, done: Words = "", revision: int | None = None, result: Words = ""
) -> Response:
    """Show the terms of a programme, and ask on which assessment to put it."""
    from hygie.service.programme_form import fill_form, list_problems, show_form
    from hygie.service.saved_results import list_results

    workspace, language = open_own(request, principal), choose_language(request, principal)
    document = _shelf(request, principal).get(ref, revision=revision)
    return render_page(
        request,
        "programme.html.j2",
        principal=principal,
        active="decide",
        document=document,
        form=show_form(fill_form(document.data, language), {}, language=language),
        findings=list_problems(document.findings, language),
        revisions=_shelf(request, principal).history(ref),
        assessments=list_results(workspace, kind="assessment", limit=50, language=language).items,
        result=result,
        done=done,
    )


@programme_pages.get("/decide/programmes/{ref}/edit")
def show_editor(request: Request, ref: str, principal: Writer) -> Response:
    """Show a programme as a form, and as text."""
    from hygie.service.programme_form import fill_form

    document = _shelf(request, principal).get(ref)
    fields = fill_form(document.data, choose_language(request, principal))
    return _show_form(request, principal, ref, fields, {}, expected=document.revision)


@programme_pages.post("/decide/programmes/{ref}/edit")
async def save(request: Request, ref: str, principal: Writer) -> Response:
    """Save a programme, or add to or take from its form without saving."""
    given = await _read_form(request)
    return await run_in_threadpool(_take_form, request, principal, ref, given)


@programme_pages.post("/decide/programmes/{ref}/text")
def save_text(
    request: Request,
    ref: str,
    principal: Writer,
    expected_revision: Number,
    text: Annotated[str, Form(max_length=_MAX_TEXT)] = "",
) -> Response:
    """Save a programme as text; a conflict shows both versions."""
    try:
        _shelf(request, principal).save(
            text.replace("\r\n", "\n"), expected_revision=expected_revision, principal=principal, ref=ref
        )
    except ConflictError as error:
        return _show_conflict(request, principal, error)
    return go(f"/decide/programmes/{ref}", done="saved")


@programme_pages.post("/decide/programmes/{ref}/restore")
def restore(request: Request, ref: str, principal: Writer, revision: Number, expected_revision: Number) -> Response:
    """Save an older revision as the next one."""
    _shelf(request, principal).restore(ref, revision=revision, expected_revision=expected_revision, principal=principal)
    return go(f"/decide/programmes/{ref}", done="restored")


@programme_pages.get("/decide/programmes/{ref}/file")
def download_file(request: Request, ref: str, principal: Who) -> Response:
    """Return a programme as the YAML file that the command line takes."""
    document = _shelf(request, principal).get(ref)
    headers = {"Content-Disposition": f'attachment; filename="{document.ref}.yaml"'}
    return Response(document.text, media_type="application/yaml; charset=utf-8", headers=headers)


@programme_pages.post("/decide/programmes/{ref}/price")
def price(
    request: Request, ref: str, principal: Runner, result: Annotated[str, Form(min_length=1, max_length=80)]
) -> Response:
    """Put a programme on the events of a saved assessment; a job."""
    from hygie.service.insurance_pages import ask_price

    job = ask_price(open_own(request, principal), programme=ref, result=result, principal=principal)
    return go(f"/jobs/{job.job_id}")


def _shelf(request: Request, principal: Principal) -> StoredDocuments:
    from hygie.service.other_documents import open_programmes

    return open_programmes(open_own(request, principal))


async def _read_form(request: Request) -> dict[str, str]:
    from hygie.service.programme_form import FORM_FIELDS

    form = await request.form(max_fields=FORM_FIELDS)
    return {name: value[:1_000] for name, value in form.items() if isinstance(value, str)}


def _take_form(request: Request, principal: Principal, ref: str | None, given: dict[str, str]) -> Response:
    from hygie.service.insurance_pages import name_programme
    from hygie.service.programme_form import change_form, read_form

    language = choose_language(request, principal)
    number = given.pop("expected_revision", "")
    if number and (not number.isdecimal() or len(number) > 9):
        raise DocumentError("this names no revision", value=number[:20], allowed="a number")
    action = given.pop("do", "save")
    expected = int(number) if number else None
    if action != "save":
        fields = change_form(given, action, language)
        return _show_form(request, principal, ref, fields, {}, expected=expected, status=200)
    shelf = _shelf(request, principal)
    kept = None if ref is None else shelf.get(ref).data
    text, problems = read_form(given, kept=kept, language=language)
    if problems:
        return _show_form(request, principal, ref, given, problems, expected=expected)
    try:
        saved = shelf.save(
            text,
            expected_revision=expected,
            principal=principal,
            ref=ref or name_programme(open_own(request, principal), given.get("name", "")),
            origin="form",
        )
    except ConflictError as error:
        return _show_conflict(request, principal, error)
    return go(f"/decide/programmes/{saved.ref}", done="created" if ref is None else "saved")


def _show_form(
    request: Request,
    principal: Principal,
    ref: str | None,
    fields: dict[str, str],
    problems: dict[str, str],
    *,
    expected: int | None,
    status: int = 422,
) -> Response:
    from hygie.service.programme_form import show_form

    return render_page(
        request,
        "programme_edit.html.j2",
        principal=principal,
        active="decide",
        status=status if problems else 200,
        ref=ref,
        document=None if ref is None else _shelf(request, principal).get(ref),
        form=show_form(fields, problems, language=choose_language(request, principal)),
        expected=expected,
    )


def _show_conflict(request: Request, principal: Principal, error: ConflictError) -> Response:
    from hygie.service.stored_documents import show_conflict, write_yaml

    if "text" not in error.details:
        raise error
    view = show_conflict(error)
    return render_page(
        request,
        "facility_conflict.html.j2",
        principal=principal,
        active="decide",
        status=409,
        view=view,
        about="programme",
        merged_text=write_yaml(view.merged) if view.merged is not None else None,
    )
