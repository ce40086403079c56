"""Public registers: which ones the workspace has, and a new one brought in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile

from hygie.core.errors import DocumentError, NotFoundError
from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import render_page
from hygie.web.state import state_of
from hygie.web.uploading import keep_file

__all__ = ["register_pages"]

register_pages = APIRouter(include_in_schema=False)

Writer = Annotated[Principal, Depends(require_permission("write_facility"))]
Word = Annotated[str, Form(max_length=120)]


@register_pages.get("/registers")
def show_registers(request: Request, principal: Who) -> Response:
    """Show the registers of the workspace, and the form of a new one."""
    return _render(request, principal)


@register_pages.post("/registers")
def send_register(
    request: Request,
    principal: Writer,
    file: Annotated[UploadFile | None, File()] = None,
    groups: Annotated[UploadFile | None, File()] = None,
    column_map: Annotated[UploadFile | None, File()] = None,
    year: Annotated[str, Form(max_length=4)] = "",
    region: Word = "",
    department: Word = "",
    ght: Word = "",
) -> Response:
    """Keep a register that was sent, and have it read."""
    from pydantic import ValidationError

    from hygie.service.jobs.queue import submit
    from hygie.service.jobs.requests import RegisterRequest
    from hygie.service.uploads import find_upload

    workspace = open_own(request, principal)
    upload = keep_file(request, workspace, file)
    if upload is None:
        raise DocumentError("no file was sent", field="file", repair="choose the file of a register, then send it")
    try:
        asked = RegisterRequest.model_validate(
            {
                "upload": upload,
                "groups": keep_file(request, workspace, groups),
                "column_map": keep_file(request, workspace, column_map),
                "year": year.strip() or None,
                "region": region.strip() or None,
                "department": department.strip() or None,
                "ght": ght.strip() or None,
            }
        )
    except ValidationError:
        raise DocumentError("this is no year of a register", field="year", value=year, allowed="2000 to 2100") from None
    name = find_upload(workspace, upload).name
    job = submit(workspace, kind="register", request=asked, principal=principal, title=name)
    return go(f"/jobs/{job.job_id}")


@register_pages.get("/registers/imports/{job_id}")
def show_import(request: Request, principal: Who, job_id: str) -> Response:
    """Show what an import of a register read."""
    from hygie.service.jobs.queue import get_job
    from hygie.views.registers import RegisterImportView

    job = get_job(open_own(request, principal), job_id)
    if job.kind != "register":
        raise NotFoundError("this job is no import of a register", field="job", value=job_id[:80])
    if job.status != "done" or job.outcome is None:
        return go(f"/jobs/{job_id}")
    return _render(request, principal, report=RegisterImportView.model_validate(job.outcome))


def _render(request: Request, principal: Principal, *, report: object = None) -> Response:
    from hygie.service.registers import RegisterStore, list_registers

    workspace = open_own(request, principal)
    return render_page(
        request,
        "registers.html.j2",
        principal=principal,
        active="facilities",
        editions=list_registers(RegisterStore(workspace, author=principal.name)),
        report=report,
        megabytes=state_of(request).settings.max_upload // 2**20,
    )
