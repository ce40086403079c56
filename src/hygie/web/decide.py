"""Decide: what controls are worth, how they go with insurance, what is worth measuring; asked for and shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from hygie.core.errors import NotFoundError
from hygie.service.accounts.principal import Principal
from hygie.views.messages import Language
from hygie.web.auth.dependencies import require_permission
from hygie.web.charts import Ending, answer_chart
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import keep_answer, render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

if TYPE_CHECKING:
    from hygie.views.application import DocumentRowView
    from hygie.views.charts_decide import DecisionView
    from hygie.views.decide import ReachView

__all__ = ["decide_pages", "load_decision"]

decide_pages = APIRouter(include_in_schema=False)

Runner = Annotated[Principal, Depends(require_permission("run"))]
Words = Annotated[str, Query(max_length=120)]
Names = Annotated[list[Annotated[str, Query(max_length=80)]] | None, Query(max_length=60)]
Ref = Annotated[str, Form(min_length=1, max_length=90)]
Ticked = Annotated[list[Annotated[str, Form(max_length=80)]] | None, Form(max_length=60)]
Amount = Annotated[str, Form(max_length=40)]
Years = Annotated[int, Form(ge=2, le=2_000_000)]
Draws = Annotated[int, Form(ge=1, le=2_000)]
Seed = Annotated[int, Form(ge=0, le=2**63 - 1)]
Horizon = Annotated[int, Form(ge=1, le=20)]
Coverage = Annotated[float, Form(gt=0, le=100)]
What = Literal["controls", "mix", "uncertainty"]
Sort = Literal["net", "avoided", "per_euro", "per_day", "cost"]
_KINDS = {"controls": "decide_controls", "mix": "decide_mix", "uncertainty": "decide_uncertainty"}
_TEMPLATES = {
    "decide_controls": "decide_controls.html.j2",
    "decide_mix": "decide_mix.html.j2",
    "decide_uncertainty": "decide_uncertainty.html.j2",
}


@decide_pages.get("/decide")
def show_decide(request: Request, principal: Who, facility: Words = "", q: Words = "") -> Response:
    """Show what can be decided, about which facility, and what was."""
    from hygie.service.decide_pages import list_decisions
    from hygie.service.facility_choices import list_facility_choices
    from hygie.service.jobs.queue import list_jobs
    from hygie.service.other_documents import open_programmes

    workspace, language = open_own(request, principal), choose_language(request, principal)
    kinds = (*_KINDS.values(), "insure_price")
    running = [job for state in ("running", "queued") for job in list_jobs(workspace, status=state).items]
    return render_page(
        request,
        "decide.html.j2",
        principal=principal,
        active="decide",
        picker=list_facility_choices(workspace, q=q, chosen=facility),
        facility=facility,
        programmes=open_programmes(workspace).find(limit=50).items,
        decisions=list_decisions(workspace, facility=facility or None, language=language),
        jobs=[job for job in running if job.kind in kinds],
    )


@decide_pages.get("/decide/{what}/new")
def show_question(
    request: Request,
    what: What,
    principal: Runner,
    facility: Words = "",
    take: Names = None,
    programme: Words = "",
    q: Words = "",
) -> Response:
    """Ask which controls, which budget, how finely."""
    return _show_question(request, what, principal, facility=facility, take=take or [], programmes=[programme], q=q)


@decide_pages.post("/decide/controls")
def ask_controls(
    request: Request,
    principal: Runner,
    facility: Ref,
    take: Ticked = None,
    coverage: Coverage = 95,
    budget: Amount = "",
    horizon: Horizon = 5,
    view: Annotated[Literal["economic", "own"], Form()] = "economic",
    years: Years = 50_000,
    draws: Draws = 100,
    seed: Seed = 1,
) -> Response:
    """Put the question which controls are worth their cost into the queue."""
    fields = {"horizon_y": horizon, "view": view, "years": years, "draws": draws, "seed": seed}
    return _ask(request, "controls", principal, facility, take, coverage, budget, fields)


@decide_pages.post("/decide/mix")
def ask_mix(
    request: Request,
    principal: Runner,
    facility: Ref,
    programmes: Annotated[list[Annotated[str, Form(max_length=90)]] | None, Form(max_length=10)] = None,
    take: Ticked = None,
    coverage: Coverage = 95,
    budget: Amount = "",
    alpha: Annotated[float, Form(ge=0, le=1000)] = 10,
    horizon: Horizon = 5,
    years: Years = 50_000,
    draws: Draws = 100,
    seed: Seed = 1,
) -> Response:
    """Put the question which controls go with which insurance into the queue."""
    fields = {
        "programmes": programmes or [],
        "alpha": alpha / 100,
        "horizon_y": horizon,
        "years": years,
        "draws": draws,
        "seed": seed,
    }
    return _ask(request, "mix", principal, facility, take, coverage, budget, fields)


@decide_pages.post("/decide/uncertainty")
def ask_uncertainty(
    request: Request,
    principal: Runner,
    facility: Ref,
    take: Ticked = None,
    coverage: Coverage = 95,
    horizon: Horizon = 5,
    years: Years = 100_000,
    draws: Annotated[int, Form(ge=30, le=2_000)] = 200,
    seed: Seed = 1,
) -> Response:
    """Put the question what is worth measuring into the queue."""
    fields = {"horizon_y": horizon, "years": years, "draws": draws, "seed": seed}
    return _ask(request, "uncertainty", principal, facility, take, coverage, None, fields)


@decide_pages.get("/decide/results/{result_id}")
def show_decision(
    request: Request, result_id: str, principal: Who, sort: Sort = "net", order: Words = "", take: Names = None
) -> Response:
    """Show a saved decision; a guess about another set of controls is made at once."""
    from hygie.service.decide_pages import preview_controls, rank_options
    from hygie.service.saved_results import get_result
    from hygie.views.charts_mix import list_new_mixes, name_mix
    from hygie.views.charts_reach import say_rate
    from hygie.views.decide import ControlDecisionView
    from hygie.web.pages import translate_for

    workspace, language = open_own(request, principal), choose_language(request, principal)
    result = get_result(workspace, result_id, language=language)
    if result.kind == "programme":
        return go(f"/decide/prices/{result_id}")
    view = load_decision(request, principal, result_id, language)
    rows, preview = [], None
    if isinstance(view, ControlDecisionView):
        rows = rank_options(view, sort, rising=order == "asc")
        preview = preview_controls(view, take or [], language=language)
    t = translate_for(request, principal)
    return render_page(
        request,
        _TEMPLATES[result.kind],
        principal=principal,
        active="decide",
        result=result,
        view=view,
        rows=rows,
        preview=preview,
        take=take or [],
        sort=sort,
        order="asc" if order == "asc" else "desc",
        rate=lambda value: say_rate(value, language, t),
        name_mix=lambda mix: name_mix(mix, t),
        list_new_mixes=list_new_mixes,
        charts=state_of(request).views.remember(
            ("decision-charts", principal.organisation_id, result_id, language), lambda: _list_charts(view)
        ),
    )


@decide_pages.get("/decide/results/{result_id}/charts/{chart}.{ending}")
def show_decision_chart(
    request: Request, result_id: str, chart: str, ending: Ending, principal: Who, lang: Language | None = None
) -> Response:
    """Return one chart of a decision."""
    from hygie.views.charts_decide import decision_chart_csv, draw_decision_chart

    language = lang or choose_language(request, principal)
    view = load_decision(request, principal, result_id, language)
    return answer_chart(
        request,
        name=chart.replace("_", "-"),
        ending=ending,
        language=language,
        key=("decision", principal.organisation_id, result_id),
        draw=lambda width: draw_decision_chart(view, chart, width=width),
        tabulate=lambda: decision_chart_csv(view, chart),
    )


@decide_pages.get("/decide/results/{result_id}/maps/{side}.{ending}")
def show_map(
    request: Request,
    result_id: str,
    side: Literal["before", "after"],
    ending: Literal["svg", "png", "csv"],
    principal: Who,
    lang: Language | None = None,
) -> Response:
    """Draw the zones that attackers reach before a set of controls, or after."""
    from hygie.views.charts_reach import draw_reach, tabulate_reach
    from hygie.views.picture import picture_png

    language = lang or choose_language(request, principal)
    reach = _reach_of(load_decision(request, principal, result_id, language), result_id)

    def make() -> bytes:
        if ending == "csv":
            return tabulate_reach(reach).encode("utf-8-sig")
        picture = draw_reach(reach, side)
        return picture_png(picture) if ending == "png" else picture.svg.encode("utf-8")

    key = ("decision-map", principal.organisation_id, result_id, side, ending, language)
    kinds = {"svg": "image/svg+xml", "png": "image/png", "csv": "text/csv; charset=utf-8"}
    answer = Response(state_of(request).views.remember(key, make), media_type=kinds[ending])
    if "download" in request.query_params:
        answer.headers["Content-Disposition"] = f'attachment; filename="hygie-zones-{side}.{ending}"'
    return keep_answer(request, answer, max_age=60)


def load_decision(request: Request, principal: Principal, result_id: str, language: Language) -> DecisionView:
    """Return a saved decision, from memory when it was shown before."""
    from hygie.service.decide_pages import load_decision_view
    from hygie.service.saved_results import find_folder

    workspace = open_own(request, principal)
    # Asked each time: a result that was deleted is not shown from memory.
    find_folder(workspace, result_id)
    return state_of(request).views.remember(
        ("decision", principal.organisation_id, result_id, language),
        lambda: load_decision_view(workspace, result_id, language=language),
    )


def _ask(
    request: Request,
    what: What,
    principal: Principal,
    facility: str,
    take: list[str] | None,
    coverage: float,
    budget: str | None,
    fields: Mapping[str, object],
) -> Response:
    from hygie.core.errors import UsageError
    from hygie.service.amounts import parse_amount
    from hygie.service.decide_pages import ask_decision
    from hygie.web.pages import translate_for

    t = translate_for(request, principal)
    problems: dict[str, str] = {}
    amount = None
    if budget is not None and budget.strip():
        try:
            amount = parse_amount(budget, field="budget")
        except UsageError:
            problems["budget"] = t("This is not an amount. Write 500k, 1.5M or 2000000.")
    elif what == "mix":
        problems["budget"] = t("A mix needs a budget: how much may controls and premiums cost in all?")
    if what == "mix" and not fields["programmes"]:
        problems["programmes"] = t("Choose at least one programme.")
    if what == "uncertainty" and len(take or ()) > 12:
        problems["take"] = t("Choose twelve controls at most.")
    if int(str(fields["years"])) < 2 * int(str(fields["draws"])):
        problems["years"] = t("Each draw needs two years at least.")
    if problems:
        given = {"budget": budget or "", "coverage": coverage, **fields}
        return _show_question(
            request, what, principal, facility=facility, take=take or [], problems=problems, given=given
        )
    more = fields if budget is None else {**fields, "budget_eur": amount}
    job = ask_decision(
        open_own(request, principal),
        _KINDS[what],
        facility,
        take=take or (),
        coverage=coverage / 100,
        principal=principal,
        language=choose_language(request, principal),
        **more,
    )
    return go(f"/jobs/{job.job_id}")


def _show_question(
    request: Request,
    what: What,
    principal: Principal,
    *,
    facility: str,
    take: list[str],
    programmes: list[str] | None = None,
    problems: dict[str, str] | None = None,
    given: Mapping[str, object] | None = None,
    q: str = "",
) -> Response:
    from hygie.service.decide_pages import list_controls_of
    from hygie.service.facility_choices import list_facility_choices
    from hygie.service.other_documents import open_programmes

    workspace, language = open_own(request, principal), choose_language(request, principal)
    shown = facility.partition("@")[0]
    picker = list_facility_choices(workspace, q=q, chosen=shown)
    known = {item.ref for item in picker.items}
    controls = state_of(request).views.remember(
        ("decide-controls", principal.organisation_id, shown, _revision_of(picker.items, shown), language),
        lambda: list_controls_of(workspace, shown if shown in known else "", language=language),
    )
    return render_page(
        request,
        "decide_new.html.j2",
        principal=principal,
        active="decide",
        status=422 if problems else 200,
        what=what,
        picker=picker,
        controls=controls,
        take=take,
        programmes=open_programmes(workspace).find(limit=100).items,
        chosen=(given or {}).get("programmes") or [ref for ref in programmes or () if ref],
        given=given or {},
        problems=problems or {},
    )


def _revision_of(facilities: list[DocumentRowView], ref: str) -> int | None:
    return next((item.revision for item in facilities if item.ref == ref), None)


def _list_charts(view: DecisionView) -> dict[str, tuple[str, str]]:
    from hygie.views.charts_decide import draw_decision_charts

    return {name: (chart.title, chart.sentence) for name, chart in draw_decision_charts(view).items()}


def _reach_of(view: DecisionView, result_id: str) -> ReachView:
    reach = getattr(view, "reach", None)
    if reach is None:
        raise NotFoundError(
            "this result has no map", value=result_id, repair="ask for the decision again: maps come with it"
        )
    found: ReachView = reach
    return found
