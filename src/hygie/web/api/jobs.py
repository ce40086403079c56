"""Jobs: ask for what takes long, follow it, stop it."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from hygie.service.accounts.principal import Principal
from hygie.service.jobs.kinds import KINDS, JobKind
from hygie.service.jobs.queue import cancel_job, get_job, list_job_events, list_jobs, submit
from hygie.service.workspace import Workspace
from hygie.views.application import JobStatus, JobView, PageView
from hygie.web.api.common import (
    PREFIX,
    Analyst,
    Cursor,
    Id,
    Limit,
    Reader,
    Word,
    answer,
    answer_page,
    make_router,
    open_workspace,
)
from hygie.web.auth.dependencies import require_permission

__all__ = ["job_routes"]

job_routes = make_router("jobs")

_EVERY_S, _BEAT_S, _RETRY_MS = 0.5, 15.0, 2000
_OVER = ("done", "failed", "cancelled")
_FACILITY = {"facility": "ch-exemple", "as_of": "2026-11-23"}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "assess": {**_FACILITY, "years": 100_000},
    "scenario": {**_FACILITY, "class": "ransomware"},
    "decide_controls": {**_FACILITY, "budget_eur": 500_000},
    "decide_mix": {**_FACILITY, "programmes": ["programme-2026"], "budget_eur": 500_000},
    "decide_uncertainty": _FACILITY,
    "insure_price": {"result": "20261123-101500-000123-1a2b3c4d", "programme": "programme-2026"},
    "portfolio": {"portfolio": "ght-exemple", "as_of": "2026-11-23"},
    "portfolio_whatif": {"result": "20261123-101500-000123-1a2b3c4d", "provider": "his-host", "hours": 240},
    "synthesize": {"seed": 1},
    "threat_diff": {"facility": "ch-exemple", "from": "2025-11-23", "to": "2026-11-23"},
    "threat_watch": {"facility": "ch-exemple", "since": "2026-08-23", "to": "2026-11-23"},
    "compare": {"before": "20260823-101500-000123-1a2b3c4d", "after": "20261123-101500-000123-1a2b3c4d"},
    "study": {
        "sector": "health",
        "country": "FR",
        "region": "Bretagne",
        "from": "2024-01",
        "to": "2026-10",
        "tlp_ceiling": "clear",
        "as_of": "2026-11-23",
        "languages": ["fr", "en"],
        "formats": ["html", "pdf", "xlsx"],
    },
    "dossier": {"draws": 1000, "as_of": "2026-11-23"},
    "import": {"upload": "20261123-101500-000123-1a2b3c4d"},
    "pull": {"connector": "20261123-101500-000123-1a2b3c4d"},
    "register": {"upload": "20261123-101500-000123-1a2b3c4d", "region": "Île-de-France"},
    "backup": {},
}
_STREAM = {
    "content": {"text/event-stream": {"schema": {"type": "string"}}},
    "description": "Events, one after another.",
}


@job_routes.get("/jobs", response_model=PageView[JobView], summary="List jobs")
def list_all(
    request: Request,
    principal: Reader,
    status: Annotated[JobStatus | None, Query()] = None,
    kind: Word = None,
    after: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Return jobs of the organisation, the latest first."""
    workspace = open_workspace(request, principal)
    return answer_page(request, list_jobs(workspace, status=status, kind=kind, after=after, limit=limit))


def _make_asker(kind: str, found: JobKind) -> Callable[..., Response]:
    model, permission = found.request, require_permission(found.permission)

    def ask(request: Request, body: BaseModel, principal: Principal) -> Response:
        job = submit(open_workspace(request, principal), kind=kind, request=body, principal=principal)
        return answer(request, job, status=202, headers={"Location": f"{PREFIX}/jobs/{job.job_id}"})

    ask.__name__ = f"ask_{kind}"
    ask.__doc__ = (
        f"{(model.__doc__ or '').strip().splitlines()[0]}\n\nA worker does it: follow the job at its `Location`. "
        "Facilities, programmes and portfolios are refs of stored ones, `name` or `name@revision`."
    )
    # Each kind has its own body and its own permission.
    ask.__annotations__ |= {
        "request": Request,
        "body": model,
        "principal": Annotated[Principal, Depends(permission)],
        "return": Response,
    }
    return ask


for _kind, _found in KINDS.items():
    job_routes.add_api_route(
        f"/jobs/{_kind}",
        _make_asker(_kind, _found),
        methods=["POST"],
        response_model=JobView,
        status_code=202,
        summary=f"Ask for a job: {_kind}",
        operation_id=f"ask_{_kind}",
        openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLES[_kind]}}}},
    )


@job_routes.get("/jobs/{job_id}", response_model=JobView, summary="Read a job")
def read(request: Request, principal: Reader, job_id: Id) -> Response:
    """Return how far a job is, and what came of it: `result_id` when it is done, `findings` when it failed."""
    return answer(request, get_job(open_workspace(request, principal), job_id))


@job_routes.post("/jobs/{job_id}/cancel", response_model=JobView, summary="Stop a job")
def cancel(request: Request, principal: Analyst, job_id: Id) -> Response:
    """Ask a job to stop: at once when it waits, at its next step when it runs; one that is over stays as it is."""
    return answer(request, cancel_job(open_workspace(request, principal), job_id, principal=principal))


@job_routes.get(
    "/jobs/{job_id}/events", summary="Follow a job", response_class=StreamingResponse, responses={200: _STREAM}
)
def follow(
    request: Request,
    principal: Reader,
    job_id: Id,
    last_event_id: Annotated[
        str | None, Header(pattern=r"^[0-9]{1,15}$", description="Number of the last event that was read.")
    ] = None,
    wait: Annotated[int, Query(ge=0, le=600, description="How long to wait for further events [s].")] = 300,
) -> Response:
    """Stream the events of a job as Server-Sent Events, until it is over.

    Each has its number as `id`: a reader that was cut off sends the last one as `Last-Event-ID` and misses nothing.
    """
    workspace, after = open_workspace(request, principal), int(last_event_id or 0)
    # Unknown jobs are told before the stream begins.
    get_job(workspace, job_id)
    return StreamingResponse(
        _stream(request, workspace, job_id, after, wait),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _stream(request: Request, workspace: Workspace, job_id: str, after: int, wait: int) -> AsyncIterator[str]:
    ends, beat = time.monotonic() + wait, time.monotonic()
    yield f"retry: {_RETRY_MS}\n\n"
    while True:
        # Asked before the events: what comes between the two is read in the next turn.
        over = (await run_in_threadpool(get_job, workspace, job_id)).status in _OVER
        events = await run_in_threadpool(list_job_events, workspace, job_id, after=after)
        for event in events:
            after = event.number
            data = json.dumps({"at": event.at.isoformat(), **event.data}, ensure_ascii=False, default=str)
            yield f"id: {event.number}\nevent: {event.event}\ndata: {data}\n\n"
        if (over and not events) or time.monotonic() >= ends or await request.is_disconnected():
            return
        if time.monotonic() - beat >= _BEAT_S:
            beat = time.monotonic()
            yield ": still here\n\n"
        await asyncio.sleep(_EVERY_S if not over else 0)
