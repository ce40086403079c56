"""Assessments: asked for, listed, shown in full, with charts and documents to keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from hygie.service.accounts.principal import Principal
from hygie.views.messages import Language
from hygie.web.auth.dependencies import require_permission
from hygie.web.charts import Ending, answer_chart
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.reports import send_document
from hygie.web.state import state_of

if TYPE_CHECKING:
    from hygie.views.assessment import AssessmentView

__all__ = ["assessment_pages"]

assessment_pages = APIRouter(include_in_schema=False)

Runner = Annotated[Principal, Depends(require_permission("run"))]
Words = Annotated[str, Query(max_length=120)]
_PER_PAGE = 25


@assessment_pages.get("/assessments")
def list_assessments(
    request: Request,
    principal: Who,
    facility: Words = "",
    status: Literal["", "draft", "submitted", "approved", "rejected"] = "",
    after: Words = "",
) -> Response:
    """List saved assessments and those under way."""
    from hygie.service.facilities import open_facilities
    from hygie.service.jobs.queue import list_jobs
    from hygie.service.saved_results import list_results

    workspace, language = open_own(request, principal), choose_language(request, principal)
    return render_page(
        request,
        "assessments.html.j2",
        principal=principal,
        active="assessments",
        page=list_results(
            workspace,
            kind="assessment",
            facility=facility or None,
            status=status or None,
            after=after or None,
            limit=_PER_PAGE,
            language=language,
        ),
        jobs=[
            job for state in ("running", "queued") for job in list_jobs(workspace, kind="assess", status=state).items
        ],
        query={"facility": facility, "status": status},
        after=after,
        has_facility=bool(open_facilities(workspace).find(limit=1).items),
    )


@assessment_pages.get("/assessments/new")
def show_start(request: Request, principal: Runner, facility: Words = "", q: Words = "") -> Response:
    """Ask what is to be assessed, and how finely."""
    from hygie.service.facility_choices import list_facility_choices

    return render_page(
        request,
        "assessment_new.html.j2",
        principal=principal,
        active="assessments",
        picker=list_facility_choices(open_own(request, principal), q=q, chosen=facility),
    )


@assessment_pages.post("/assessments")
def start(
    request: Request,
    principal: Runner,
    facility: Annotated[str, Form(min_length=1, max_length=90)],
    years: Annotated[int, Form(ge=2, le=10_000_000)] = 200_000,
    draws: Annotated[int, Form(ge=1, le=10_000)] = 200,
    seed: Annotated[int, Form(ge=0, le=2**63 - 1)] = 1,
    language: Annotated[Language | None, Form()] = None,
) -> Response:
    """Put an assessment into the queue."""
    from hygie.service.result_pages import ask_assessment

    job = ask_assessment(
        open_own(request, principal),
        facility,
        years=years,
        draws=draws,
        seed=seed,
        language=language or choose_language(request, principal),
        principal=principal,
    )
    return go(f"/jobs/{job.job_id}")


@assessment_pages.get("/assessments/compare")
def compare(request: Request, principal: Who, before: Words, after: Words) -> Response:
    """Put two assessments of a facility side by side."""
    from hygie.service.compare_results import contrast_results

    language = choose_language(request, principal)
    view = contrast_results(open_own(request, principal), before, after, language=language)
    return render_page(
        request, "assessment_compare.html.j2", principal=principal, active="assessments", view=view, saved=False
    )


@assessment_pages.post("/assessments/compare")
def split(
    request: Request,
    principal: Runner,
    before: Annotated[str, Form(min_length=1, max_length=80)],
    after: Annotated[str, Form(min_length=1, max_length=80)],
) -> Response:
    """Split the difference by cause; a job."""
    from hygie.service.result_pages import ask_split

    language = choose_language(request, principal)
    job = ask_split(open_own(request, principal), before, after, language=language, principal=principal)
    return go(f"/jobs/{job.job_id}")


@assessment_pages.get("/assessments/{result_id}")
def show_assessment(
    request: Request, result_id: str, principal: Who, done: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Show a saved assessment, or a saved comparison of two."""
    from hygie.core.errors import NotFoundError
    from hygie.service.result_pages import load_comparison
    from hygie.service.saved_results import get_result
    from hygie.views.posture import state_meter

    workspace, language = open_own(request, principal), choose_language(request, principal)
    result = get_result(workspace, result_id, language=language)
    if result.kind == "compare":
        view = load_comparison(workspace, result_id, language=language)
        return render_page(
            request, "assessment_compare.html.j2", principal=principal, active="assessments", view=view, saved=True
        )
    if result.kind != "assessment":
        raise NotFoundError("this result is no assessment", value=result_id, allowed="an assessment")
    shown = _load(request, principal, result_id, language)
    return render_page(
        request,
        "assessment.html.j2",
        principal=principal,
        active="assessments",
        result=result,
        view=shown,
        meter=state_meter(shown.subject.posture_known_share, language, advice=False),
        charts=state_of(request).views.remember(
            ("assessment-charts", principal.organisation_id, result_id, shown.digest, language),
            lambda: _list_charts(shown),
        ),
        done=done,
    )


@assessment_pages.get("/assessments/{result_id}/charts/{chart}.{ending}")
def show_chart(
    request: Request, result_id: str, chart: str, ending: Ending, principal: Who, lang: Language | None = None
) -> Response:
    """Return one chart of an assessment."""
    from hygie.views.charts import chart_csv, draw_chart

    language = lang or choose_language(request, principal)
    view = _load(request, principal, result_id, language)
    return answer_chart(
        request,
        name=chart.replace("_", "-"),
        ending=ending,
        language=language,
        key=("assessment", principal.organisation_id, result_id, view.digest),
        draw=lambda width: draw_chart(view, chart, width=width),
        tabulate=lambda: chart_csv(view, chart),
    )


@assessment_pages.get("/assessments/{result_id}/documents/{kind}.{form}")
def download_document(
    request: Request,
    result_id: str,
    kind: Literal["report", "brief"],
    form: Literal["html", "pdf", "xlsx", "csv", "parquet"],
    principal: Who,
    lang: Language | None = None,
) -> Response:
    """Return the report or the brief of an assessment as a file."""
    language = lang or choose_language(request, principal)
    return send_document(request, principal, result_id, document=kind, form=form, language=language)


def _load(request: Request, principal: Principal, result_id: str, language: Language) -> AssessmentView:
    from hygie.service.result_pages import load_assessment
    from hygie.service.saved_results import find_folder

    workspace = open_own(request, principal)
    # Asked each time: a result that was deleted is not shown from memory.
    find_folder(workspace, result_id)
    return state_of(request).views.remember(
        ("assessment", principal.organisation_id, result_id, language),
        lambda: load_assessment(workspace, result_id, language=language),
    )


def _list_charts(view: AssessmentView) -> dict[str, tuple[str, str]]:
    from hygie.views.charts import draw_charts

    return {name: (chart.title, chart.sentence) for name, chart in draw_charts(view).items()}
