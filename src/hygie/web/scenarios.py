"""The scenario explorer: suppose that one event happens to a facility, and look at what follows, day by day."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal, TypeVar

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import FileResponse

from hygie.service.accounts.principal import Principal
from hygie.views.messages import Language
from hygie.web.auth.dependencies import require_permission
from hygie.web.charts import Ending, answer_chart, answer_picture
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

if TYPE_CHECKING:
    from hygie.core.errors import Finding
    from hygie.service.scenario_pages import Given
    from hygie.views.picture import InlineSvg
    from hygie.views.scenario import ScenarioView
    from hygie.views.scenario_pages import ScenarioFormView

__all__ = ["scenario_pages"]

Made = TypeVar("Made")

scenario_pages = APIRouter(include_in_schema=False)

Runner = Annotated[Principal, Depends(require_permission("run"))]
Words = Annotated[str, Query(max_length=120)]
Day = Annotated[int | None, Query(ge=0, le=400)]
_PER_PAGE = 25


@scenario_pages.get("/scenario")
def list_scenarios(
    request: Request, principal: Who, facility: Words = "", after: Words = "", q: Words = ""
) -> Response:
    """List earlier explorations and those under way."""
    from hygie.service.facility_choices import list_facility_choices
    from hygie.service.jobs.queue import list_jobs
    from hygie.service.saved_results import list_results
    from hygie.service.scenario_pages import name_classes

    workspace, language = open_own(request, principal), choose_language(request, principal)
    page = list_results(
        workspace, kind="scenario", facility=facility or None, after=after or None, limit=_PER_PAGE, language=language
    )
    return render_page(
        request,
        "scenarios.html.j2",
        principal=principal,
        active="scenario",
        page=page,
        classes=name_classes(language) if page.items else {},
        jobs=[
            job for state in ("running", "queued") for job in list_jobs(workspace, kind="scenario", status=state).items
        ],
        query={"facility": facility},
        after=after,
        picker=list_facility_choices(workspace, q=q, chosen=facility),
    )


@scenario_pages.get("/scenario/new")
def show_form(request: Request, principal: Runner) -> Response:
    """Ask what is to be supposed; what the address says is chosen already."""
    fields: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items()[:200]:
        fields.setdefault(name, []).append(value[:200])
    return _show_form(request, principal, fields)


@scenario_pages.post("/scenario")
async def start(request: Request, principal: Runner) -> Response:
    """Put an exploration into the queue; what is not taken is shown beside its field."""
    from starlette.concurrency import run_in_threadpool

    form = await request.form(max_fields=200)
    fields: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str) and name != "csrf_token":
            fields.setdefault(name, []).append(value[:200])
    return await run_in_threadpool(_start, request, principal, fields)


@scenario_pages.get("/scenario/{result_id}")
def show_scenario(request: Request, result_id: str, principal: Who, day: Day = None) -> Response:
    """Show an exploration: what follows in short, where it goes, day by day, what it costs."""
    from hygie.service.saved_results import get_result
    from hygie.service.scenario_days import tell_day
    from hygie.service.scenario_pages import list_exports, repeat_query

    workspace, language = open_own(request, principal), choose_language(request, principal)
    view = _load(request, principal, result_id, language)
    result = get_result(workspace, result_id, language=language)
    state = tell_day(view, day)
    return render_page(
        request,
        "scenario.html.j2",
        principal=principal,
        active="scenario",
        result=result,
        view=view,
        pictures=_remember(request, principal, view, result_id, "pictures", lambda: _draw_pictures(view)),
        charts=_remember(request, principal, view, result_id, "charts", lambda: _list_charts(view)),
        exports=list_exports(workspace, result_id),
        base=f"/scenario/{result_id}",
        state=state,
        zones=_draw_day(request, principal, view, result_id, state.day),
        again=repeat_query(result.request),
    )


@scenario_pages.get("/scenario/{result_id}/days/{day}")
def show_day(request: Request, result_id: str, day: int, principal: Who) -> Response:
    """Return the state of one day, as a part of the page for its script."""
    from hygie.service.scenario_days import tell_day

    language = choose_language(request, principal)
    view = _load(request, principal, result_id, language)
    state = tell_day(view, max(0, min(day, len(view.day))))
    return render_page(
        request,
        "scenario_day.html.j2",
        principal=principal,
        base=f"/scenario/{result_id}",
        state=state,
        zones=_draw_day(request, principal, view, result_id, state.day),
    )


@scenario_pages.get("/scenario/{result_id}/charts/{chart}.{ending}")
def show_chart(
    request: Request,
    result_id: str,
    chart: Literal["bands", "forms"],
    ending: Ending,
    principal: Who,
    lang: Language | None = None,
) -> Response:
    """Return one chart of an exploration."""
    from hygie.views import charts_scenario as charts

    language = lang or choose_language(request, principal)
    view = _load(request, principal, result_id, language)
    draw = {"bands": charts.draw_bands, "forms": charts.draw_forms}[chart]
    tabulate = {"bands": charts.tabulate_bands, "forms": charts.tabulate_forms}[chart]
    return answer_chart(
        request,
        name=f"scenario-{chart}",
        ending=ending,
        language=language,
        key=_key(principal, view, result_id),
        draw=lambda width: draw(view) if width is None else draw(view, width=width),
        tabulate=lambda: tabulate(view),
    )


@scenario_pages.get("/scenario/{result_id}/pictures/{picture}.{ending}")
def show_picture(
    request: Request,
    result_id: str,
    picture: Literal["reached", "path"],
    ending: Literal["svg", "png", "csv"],
    principal: Who,
    lang: Language | None = None,
) -> Response:
    """Return the zones of an exploration with how often each is touched, or the way of one attack, as a file."""
    from hygie.views import charts_scenario_path as path
    from hygie.views import charts_scenario_zones as zones

    language = lang or choose_language(request, principal)
    view = _load(request, principal, result_id, language)
    draw = {"reached": zones.draw_reached, "path": path.draw_path}[picture]
    tabulate = {"reached": zones.tabulate_reached, "path": path.tabulate_path}[picture]
    return answer_picture(
        request,
        name=f"scenario-{picture}",
        ending=ending,
        language=language,
        key=_key(principal, view, result_id),
        draw=lambda: draw(view),
        tabulate=lambda: tabulate(view),
    )


@scenario_pages.get("/scenario/{result_id}/files/{name}")
def download(
    request: Request,
    result_id: str,
    name: Literal["scenario.json", "attack_flow.json", "navigator.json", "navigator_ics.json"],
    principal: Who,
    lang: Language | None = None,
) -> Response:
    """Return an exploration as data, or in a format of other tools."""
    from hygie.service.scenario_pages import find_export

    attachment = {"Content-Disposition": f'attachment; filename="hygie-{name.replace("_", "-")}"'}
    if name == "scenario.json":
        view = _load(request, principal, result_id, lang or choose_language(request, principal))
        return Response(view.model_dump_json(indent=1), media_type="application/json", headers=attachment)
    path = find_export(open_own(request, principal), result_id, name)
    return FileResponse(path, media_type="application/json", headers=attachment)


@scenario_pages.post("/scenario/{result_id}/delete")
def delete(request: Request, result_id: str, principal: Runner) -> Response:
    """Delete an exploration and its files."""
    from hygie.service.saved_results import delete_result
    from hygie.service.scenario_pages import load_scenario

    workspace = open_own(request, principal)
    # Another kind of result is deleted on its own page.
    load_scenario(workspace, result_id, language="en")
    delete_result(workspace, result_id, principal=principal)
    return go("/scenario")


def _start(request: Request, principal: Principal, given: Given) -> Response:
    from hygie.service.scenario_pages import ask_scenario, judge_scenario

    ref = next(iter(given.get("facility", ())), "")
    form = _describe(request, principal, ref, next(iter(given.get("class", ())), ""))
    asked, problems = judge_scenario(form, given, language=choose_language(request, principal))
    if asked is None:
        return _show_form(request, principal, given, problems=problems)
    return go(f"/jobs/{ask_scenario(open_own(request, principal), asked, principal=principal).job_id}")


def _show_form(
    request: Request, principal: Principal, given: Given, *, problems: dict[str, str] | None = None
) -> Response:
    from hygie.core.errors import DataError
    from hygie.service.facility_choices import list_facility_choices

    q, ref = (next(iter(given.get(name, ())), "") for name in ("q", "facility"))
    picker = list_facility_choices(open_own(request, principal), q=q, chosen=ref)
    ref = ref or (picker.items[0].ref if picker.items else "")
    form: ScenarioFormView | None = None
    unfit: tuple[Finding, ...] = ()
    if picker.items:
        try:
            form = _describe(request, principal, ref, next(iter(given.get("class", ())), ""))
        except DataError as error:
            unfit = error.findings
    return render_page(
        request,
        "scenario_new.html.j2",
        principal=principal,
        active="scenario",
        status=422 if problems else 200,
        picker=picker,
        facility=ref,
        form=form,
        unfit=unfit,
        given=given,
        problems=problems or {},
    )


def _describe(request: Request, principal: Principal, ref: str, threat_class: str) -> ScenarioFormView:
    from hygie.service.facilities import open_facilities
    from hygie.service.facility_pages import describe_stored
    from hygie.service.scenario_pages import describe_form, list_choices

    workspace, language = open_own(request, principal), choose_language(request, principal)
    document = open_facilities(workspace).get(ref)
    key = (principal.organisation_id, ref, document.revision, document.digest, language)
    views = state_of(request).views
    choices = views.remember(("scenario-choices", *key), lambda: list_choices(workspace, ref, language=language))
    described = views.remember(
        ("facility", *key), lambda: describe_stored(workspace, ref, revision=document.revision, language=language)
    )
    coverages = {} if described is None else {item.id: item.coverage for item in described.posture.controls}
    return describe_form(choices, ref, threat_class, coverages=coverages)


def _load(request: Request, principal: Principal, result_id: str, language: Language) -> ScenarioView:
    from hygie.service.saved_results import find_folder
    from hygie.service.scenario_pages import load_scenario

    workspace = open_own(request, principal)
    # Asked each time: a result that was deleted is not shown from memory.
    find_folder(workspace, result_id)
    return state_of(request).views.remember(
        ("scenario", principal.organisation_id, result_id, language),
        lambda: load_scenario(workspace, result_id, language=language),
    )


def _key(principal: Principal, view: ScenarioView, result_id: str) -> tuple[str, ...]:
    return ("scenario", principal.organisation_id, result_id, view.digest)


def _remember(
    request: Request, principal: Principal, view: ScenarioView, result_id: str, what: str, make: Callable[[], Made]
) -> Made:
    key = (f"scenario-{what}", principal.organisation_id, result_id, view.digest, view.language)
    return state_of(request).views.remember(key, make)


def _draw_day(request: Request, principal: Principal, view: ScenarioView, result_id: str, day: int) -> InlineSvg:
    from hygie.views.charts_scenario_zones import draw_zone_day

    return _remember(request, principal, view, result_id, f"day-{day}", lambda: draw_zone_day(view, day).inline)


def _draw_pictures(view: ScenarioView) -> dict[str, InlineSvg]:
    """Return the pictures as parts of the page, which lends them its typeface."""
    from hygie.views.charts_scenario_path import draw_path
    from hygie.views.charts_scenario_zones import draw_reached

    return {"reached": draw_reached(view).inline, "path": draw_path(view).inline}


def _list_charts(view: ScenarioView) -> dict[str, tuple[str, str]]:
    from hygie.views.charts_scenario import draw_bands, draw_forms

    drawn = {"bands": draw_bands(view), "forms": draw_forms(view)}
    return {name: (chart.title, chart.sentence) for name, chart in drawn.items() if chart is not None}
