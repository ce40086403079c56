"""Results: read, explained, drawn, approved."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import HTTPException, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from hygie.service.accounts.principal import Principal
from hygie.service.saved_results import (
    approve_result,
    delete_result,
    find_folder,
    get_result,
    list_results,
    read_result_view,
    reject_result,
    submit_result,
    withdraw_result,
)
from hygie.views.application import PageView, ResultStatus, SavedResultView
from hygie.views.assessment import FigureView, View
from hygie.views.explanation import ExplanationView
from hygie.web.api.common import (
    Analyst,
    Approver,
    Cursor,
    Id,
    Limit,
    Reader,
    Word,
    answer,
    answer_page,
    language_of,
    make_router,
    note_event,
    open_workspace,
)
from hygie.web.charts import Ending, answer_chart

if TYPE_CHECKING:
    from hygie.views.assessment import AssessmentView
    from hygie.views.messages import Language

__all__ = ["result_routes"]

result_routes = make_router("results")

_BINARY = {"schema": {"type": "string", "contentMediaType": "application/octet-stream"}}
_CHARTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The chart: its Vega-Lite specification, a picture, or its figures.",
        "content": {
            "application/json": {"schema": {"type": "object"}},
            **dict.fromkeys(("image/svg+xml", "image/png", "text/csv"), _BINARY),
        },
    }
}


class CommentBody(BaseModel):
    """Why."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", json_schema_extra={"examples": [{"comment": "Agrees with the board of November."}]}
    )

    comment: Annotated[str | None, Field(max_length=2000)] = None


class ChartLineView(View):
    """One chart of a result, with the sentence that reads it aloud."""

    id: str
    title: str
    sentence: str


@result_routes.get("/results", response_model=PageView[SavedResultView], summary="List results")
def list_all(
    request: Request,
    principal: Reader,
    kind: Word = None,
    facility: Word = None,
    status: Annotated[ResultStatus | None, Query()] = None,
    after: Cursor = None,
    limit: Limit = 50,
) -> Response:
    """Return results, the latest first; `stale` says why one would come out differently today."""
    page = list_results(
        open_workspace(request, principal),
        kind=kind,
        facility=facility,
        status=status,
        after=after,
        limit=limit,
        language=language_of(request, principal),
    )
    return answer_page(request, page)


@result_routes.get("/results/{result_id}", response_model=SavedResultView, summary="Read a result")
def read(request: Request, principal: Reader, result_id: Id) -> Response:
    """Return what was asked, the headline, the approval and its steps."""
    workspace, language = open_workspace(request, principal), language_of(request, principal)
    return answer(request, get_result(workspace, result_id, language=language))


@result_routes.delete("/results/{result_id}", status_code=204, summary="Delete a result")
def delete(request: Request, principal: Analyst, result_id: Id) -> Response:
    """Delete a result and its files; one that is approved or waits for it only by an administrator."""
    delete_result(open_workspace(request, principal), result_id, principal=principal)
    note_event(request, principal, "data.delete", target=result_id)
    return Response(status_code=204)


@result_routes.get(
    "/results/{result_id}/view",
    summary="Read all that a result shows",
    responses={200: {"content": {"application/json": {"schema": {"type": "object"}}}, "description": "The view."}},
)
def read_view(request: Request, principal: Reader, result_id: Id) -> Response:
    """Return the whole view: figures, curves, breakdowns, evidence, sentences. Its fields depend on the kind."""
    workspace, language = open_workspace(request, principal), language_of(request, principal)
    view = read_result_view(workspace, result_id, language=language)
    return Response(json.dumps(view, ensure_ascii=False), media_type="application/json")


@result_routes.get(
    "/results/{result_id}/figures", response_model=PageView[FigureView], summary="List figures of an assessment"
)
def list_figures(request: Request, principal: Reader, result_id: Id) -> Response:
    """Return the figures, each with its 5–95 % band and its Monte Carlo error."""
    view = _load(request, principal, result_id)[0]
    return answer_page(request, PageView[FigureView](items=list(view.figures.values()), next=None))


@result_routes.get(
    "/results/{result_id}/figures/{figure}/explanation",
    response_model=ExplanationView,
    summary="Explain a figure of an assessment",
)
def explain_figure(
    request: Request,
    principal: Reader,
    result_id: Id,
    figure: Annotated[str, Path(max_length=80, pattern=r"^[a-z0-9_.-]+$", description="`aal`, `class.ransomware` …")],
) -> Response:
    """Walk a figure back through the model to the evidence under it."""
    from hygie.service.explain import explain

    folder = find_folder(open_workspace(request, principal), result_id)
    return answer(request, explain(folder, figure, language=language_of(request, principal)))


@result_routes.get(
    "/results/{result_id}/charts", response_model=PageView[ChartLineView], summary="List charts of an assessment"
)
def list_charts(request: Request, principal: Reader, result_id: Id) -> Response:
    """Return the charts that have something to show."""
    from hygie.views.charts import draw_charts

    drawn = draw_charts(_load(request, principal, result_id)[0])
    items = [ChartLineView(id=chart.id, title=chart.title, sentence=chart.sentence) for chart in drawn.values()]
    return answer_page(request, PageView[ChartLineView](items=items, next=None))


@result_routes.get(
    "/results/{result_id}/charts/{chart}.{ending}", summary="Draw a chart of an assessment", responses=_CHARTS
)
def draw(
    request: Request,
    principal: Reader,
    result_id: Id,
    chart: Annotated[str, Path(max_length=60, pattern=r"^[a-z0-9_]+$", description="Id of a chart.")],
    ending: Ending,
) -> Response:
    """Return a chart: its Vega-Lite specification (`json`), a picture (`svg`, `png`), its figures (`csv`)."""
    from hygie.views.charts import CHART_IDS, chart_csv, draw_chart

    if chart not in CHART_IDS:
        raise HTTPException(404)
    view, language = _load(request, principal, result_id)
    return answer_chart(
        request,
        name=chart,
        ending=ending,
        language=language,
        key=(principal.organisation_id, result_id),
        draw=lambda width: draw_chart(view, chart, width=width) if width else draw_chart(view, chart),
        tabulate=lambda: chart_csv(view, chart),
    )


@result_routes.post("/results/{result_id}/submit", response_model=SavedResultView, summary="Submit a result")
def submit(request: Request, principal: Analyst, result_id: Id, body: CommentBody | None = None) -> Response:
    """Ask for the approval of a draft, or of a result that was rejected. One that waits already is answered 409."""
    return _decide(request, principal, result_id, body, submit_result, "approval.submit")


@result_routes.post("/results/{result_id}/withdraw", response_model=SavedResultView, summary="Withdraw a result")
def withdraw(request: Request, principal: Analyst, result_id: Id, body: CommentBody | None = None) -> Response:
    """Take back what waits for approval."""
    return _decide(request, principal, result_id, body, withdraw_result, "approval.withdraw")


@result_routes.post("/results/{result_id}/approve", response_model=SavedResultView, summary="Approve a result")
def approve(request: Request, principal: Approver, result_id: Id, body: CommentBody | None = None) -> Response:
    """Approve what somebody else has made and submitted; own work is answered 403."""
    return _decide(request, principal, result_id, body, approve_result, "approval.give")


@result_routes.post("/results/{result_id}/reject", response_model=SavedResultView, summary="Send a result back")
def reject(request: Request, principal: Approver, result_id: Id, body: CommentBody | None = None) -> Response:
    """Send a result back to its author."""
    return _decide(request, principal, result_id, body, reject_result, "approval.refuse")


def _decide(
    request: Request,
    principal: Principal,
    result_id: str,
    body: CommentBody | None,
    do: Callable[..., SavedResultView],
    action: str,
) -> Response:
    comment = body.comment if body is not None else None
    moved = do(open_workspace(request, principal), result_id, principal=principal, comment=comment)
    note_event(request, principal, action, target=result_id, details={"digest": moved.digest})
    return answer(request, moved)


def _load(request: Request, principal: Principal, result_id: str) -> tuple[AssessmentView, Language]:
    from hygie.service.report import load_view

    language = language_of(request, principal)
    folder = find_folder(open_workspace(request, principal), result_id)
    return load_view(folder, language=language), language
