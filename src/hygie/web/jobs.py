"""Jobs: how far one is, live or by reloading, and how it is stopped."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

import anyio
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from hygie.service.accounts.principal import Principal
from hygie.views.application import JobView
from hygie.web.auth.dependencies import require_permission
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language

__all__ = ["job_pages"]

job_pages = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a kind of job belongs.

    Parameters
    ----------
    section
        Its entry in the navigation.
    outcome
        Page of what came out, `{result}` being the id of the saved result and `{job}` that of the job.
    home
        Where one goes back to without an outcome; the page of the section by default.
    """

    section: str
    outcome: str
    home: str | None = None


_PLACES = {
    "assess": _Place("assessments", "/assessments/{result}"),
    "compare": _Place("assessments", "/assessments/{result}"),
    "scenario": _Place("scenario", "/scenario/{result}"),
    "decide_controls": _Place("decide", "/decide/results/{result}"),
    "decide_mix": _Place("decide", "/decide/results/{result}"),
    "decide_uncertainty": _Place("decide", "/decide/results/{result}"),
    "insure_price": _Place("decide", "/decide/prices/{result}"),
    "portfolio": _Place("portfolio", "/portfolio/{result}"),
    "portfolio_whatif": _Place("portfolio", "/portfolio/whatif/{result}"),
    "synthesize": _Place("portfolio", "/portfolio/new?register=synthetic"),
    "study": _Place("reports", "/reports/{result}"),
    "dossier": _Place("reports", "/reports/{result}"),
    "import": _Place("landscape", "/evidence/import/{job}", "/evidence/import"),
    "pull": _Place("landscape", "/evidence/import/{job}"),
    "register": _Place("facilities", "/registers/imports/{job}", "/registers"),
    "backup": _Place("admin", "/admin/backups", "/admin/backups"),
}
# Kinds that only the REST API and the command line ask for have no page of their own.
_ELSEWHERE = _Place("assessments", "")
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
    place = _PLACES.get(job.kind, _ELSEWHERE)
    outcome = _find_outcome(job, place)
    if go_on and outcome is not None:
        return go(outcome)
    return render_page(
        request,
        "job.html.j2",
        principal=principal,
        active=place.section,
        job=job,
        progress=tell_progress(job, choose_language(request, principal)),
        result=outcome,
        home=place.home,
    )


def _find_outcome(job: JobView, place: _Place) -> str | None:
    if job.status != "done" or ("{result}" in place.outcome and job.result_id is None):
        return None
    return place.outcome.format(result=job.result_id, job=job.job_id) or None


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
