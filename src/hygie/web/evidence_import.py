"""Evidence brought in: a file is looked at first, then taken; or one incident, by hand."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile

from hygie.core.errors import DocumentError
from hygie.service.accounts.principal import Principal
from hygie.views.error_words import translate_text
from hygie.views.landscape_words import capitalise
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import go, open_own, read_fields
from hygie.web.gallery import open_gallery
from hygie.web.pages import render_page, translate_for
from hygie.web.preferences import choose_language
from hygie.web.state import state_of
from hygie.web.uploading import keep_file

__all__ = ["import_pages"]

import_pages = APIRouter(include_in_schema=False)

Analyst = Annotated[Principal, Depends(require_permission("write_facts"))]
Word = Annotated[str, Form(max_length=120)]
_LAST = 10


@import_pages.get("/evidence/import")
def show_form(request: Request, principal: Analyst) -> Response:
    """Ask for a file, and show what was brought in of late."""
    from hygie.service.evidence_import import list_formats
    from hygie.service.jobs.queue import list_jobs

    workspace = open_own(request, principal)
    return render_page(
        request,
        "evidence_import.html.j2",
        principal=principal,
        active="landscape",
        formats=list_formats(translate_for(request, principal)),
        jobs=list_jobs(workspace, kind="import", limit=_LAST).items,
        megabytes=state_of(request).settings.max_upload // 2**20,
    )


@import_pages.post("/evidence/import")
def send_file(
    request: Request,
    principal: Analyst,
    file: Annotated[UploadFile | None, File()] = None,
    column_map: Annotated[UploadFile | None, File()] = None,
    form: Annotated[Literal["", "stix", "misp", "veris", "kev", "epss", "leak-site", "table"], Form()] = "",
    sheet: Word = "",
    keep_names: Annotated[bool, Form()] = False,
) -> Response:
    """Keep a file and have it compared with what is known; nothing is written yet."""
    from hygie.service.evidence_import import ask_preview
    from hygie.service.jobs.requests import ImportRequest

    workspace = open_own(request, principal)
    upload = keep_file(request, workspace, file)
    if upload is None:
        raise DocumentError("no file was sent", field="file", repair="choose a file, then send it")
    asked = ImportRequest(
        upload=upload,
        format=form or None,
        keep_names=keep_names,
        column_map=keep_file(request, workspace, column_map),
        sheet=sheet.strip() or None,
    )
    job = ask_preview(workspace, asked, principal=principal)
    return go(f"/jobs/{job.job_id}")


@import_pages.get("/evidence/new")
def show_incident_form(request: Request, principal: Analyst) -> Response:
    """Show the form of one incident."""
    return _render_incident(request, principal, {})


@import_pages.post("/evidence/new")
async def add_incident(request: Request, principal: Analyst) -> Response:
    """Record one incident; what is not taken is shown beside its field."""
    from starlette.concurrency import run_in_threadpool

    given = await read_fields(request)
    return await run_in_threadpool(_add_incident, request, principal, given)


@import_pages.get("/evidence/import/model.csv")
def send_table_model(request: Request, principal: Analyst) -> Response:
    """Send a table to fill in, with headers that the importer knows."""
    from hygie.service.evidence_import import write_table_model

    # The mark of the encoding, without which spreadsheets misread accents; the importer reads past it.
    text = "\ufeff" + write_table_model(choose_language(request, principal))
    headers = {"content-disposition": 'attachment; filename="incidents.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@import_pages.get("/evidence/import/{job_id}")
def show_report(request: Request, job_id: str, principal: Analyst) -> Response:
    """Show what a file would bring, or what it brought."""
    from hygie.service.evidence_import import read_report
    from hygie.service.jobs.queue import get_job

    if get_job(open_own(request, principal), job_id).status != "done":
        return go(f"/jobs/{job_id}")
    report = read_report(state_of(request).base(principal), job_id, language=choose_language(request, principal))
    return render_page(request, "evidence_report.html.j2", principal=principal, active="landscape", view=report)


@import_pages.post("/evidence/import/{job_id}/confirm")
def confirm(request: Request, job_id: str, principal: Analyst) -> Response:
    """Take what a preview showed."""
    from hygie.service.evidence_import import confirm_import

    job = confirm_import(open_own(request, principal), job_id, principal=principal)
    return go(f"/jobs/{job.job_id}")


@import_pages.post("/evidence/import/{job_id}/discard")
def discard(request: Request, job_id: str, principal: Analyst) -> Response:
    """Remove the file of a preview."""
    from hygie.service.evidence_import import discard_upload

    discard_upload(open_own(request, principal), job_id)
    return go("/evidence/import")


def _add_incident(request: Request, principal: Principal, given: dict[str, str]) -> Response:
    from hygie.service.evidence_import import record_incident

    ref, problems = record_incident(state_of(request).base(principal), given)
    if ref is None:
        return _render_incident(request, principal, given, problems=problems)
    return go(f"/incidents/{ref}", done="recorded")


def _render_incident(
    request: Request, principal: Principal, given: dict[str, str], *, problems: dict[str, str] | None = None
) -> Response:
    from hygie.service.evidence_import import FORM_FIELDS, list_victim_kinds
    from hygie.service.incident_page import list_choices

    language, gallery = choose_language(request, principal), open_gallery(request, principal)
    _ = translate_for(request, principal)
    said = {
        name: _("This is needed.") if text == "needed" else capitalise(translate_text(text, language))
        for name, text in (problems or {}).items()
    }
    return render_page(
        request,
        "evidence_new.html.j2",
        principal=principal,
        active="landscape",
        status=422 if said else 200,
        values={**dict.fromkeys(FORM_FIELDS, ""), **given},
        choices=list_choices(gallery, language=language),
        kinds=list_victim_kinds(language),
        problems=said,
        other=[text for name, text in said.items() if name not in FORM_FIELDS],
    )
