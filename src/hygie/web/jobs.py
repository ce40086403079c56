"""Jobs: how far one is, live or by reloading, and how it is stopped."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language

__all__ = ["job_pages"]

job_pages = APIRouter(include_in_schema=False)

# Where the result of a kind of job is shown.
_RESULT_PAGES = {"assess": "/assessments/{}", "compare": "/assessments/{}", "scenario": "/scenario/{}"}
_LOOK_S, _SIGN_S = 0.7, 15.0
# A stream ends by then; browsers ask again, and are known again.
_LONGEST_S = 300.0


@job_pages.get("/jobs/{job_id}")
def show_job(
    request: Request, job_id: str, principal: Who, go_on: Annotated[bool, Query(alias="go")] = False
) -> Response:
    """Show how far a job is; lead to its result once it is there."""
    from hygie.service.jobs.queue import get_job
    from hygie.service.result_pages import tell_progress

    job = get_job(open_own(request, principal), job_id)
    pattern = _RESULT_PAGES.get(job.kind)
    result = pattern.format(job.result_id) if pattern is not None and job.result_id is not None else None
    if go_on and result is not None:
        return go(result)
    progress = tell_progress(job, choose_language(request, principal))
    # The page of the navigation that the result belongs to.
    section = pattern.split("/")[1] if pattern is not None else "assessments"
    return render_page(
        request, "job.html.j2", principal=principal, active=section, job=job, progress=progress, result=result
    )


@job_pages.get("/jobs/{job_id}/events")
async def stream_events(
    request: Request,
    job_id: str,
    principal: Who,
    last_event_id: Annotated[str, Header(max_length=20)] = "0",
) -> Response:
    """Stream the events of a job and how far it is, until it is over."""
    from hygie.service.jobs.queue import get_job, list_job_events
    from hygie.service.result_pages import tell_progress

    workspace, language = open_own(request, principal), choose_language(request, principal)
    # What is not there is told by a status, which a stream that has begun cannot.
    await run_in_threadpool(get_job, workspace, job_id)
    start = int(last_event_id) if last_event_id.isascii() and last_event_id.isdigit() else 0

    async def tell() -> AsyncIterator[str]:
        number, said, end, spoke = start, "", time.monotonic() + _LONGEST_S, time.monotonic()
        while time.monotonic() < end and not await request.is_disconnected():
            events = await run_in_threadpool(list_job_events, workspace, job_id, after=number)
            progress = tell_progress(await run_in_threadpool(get_job, workspace, job_id), language)
            number = events[-1].number if events else number
            text = progress.model_dump_json()
            if text != said:
                said, spoke = text, time.monotonic()
                yield f"id: {number}\ndata: {text}\n\n"
            elif time.monotonic() - spoke > _SIGN_S:
                spoke = time.monotonic()
                yield ": still at work\n\n"
            if progress.done:
                return
            await anyio.sleep(_LOOK_S)

    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(tell(), media_type="text/event-stream", headers=headers)


@job_pages.post("/jobs/{job_id}/cancel")
def cancel(
    request: Request, job_id: str, principal: Annotated[Principal, Depends(require_permission("run"))]
) -> Response:
    """Ask a job to stop."""
    from hygie.service.jobs.queue import cancel_job

    cancel_job(open_own(request, principal), job_id, principal=principal)
    return go(f"/jobs/{job_id}")
