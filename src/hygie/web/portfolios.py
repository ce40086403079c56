"""Portfolios: a study asked for, shown in full, its members, groups, charts and documents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response

from hygie.core.errors import NotFoundError, StoreError
from hygie.service.accounts.principal import Principal
from hygie.views.messages import Language
from hygie.web.auth.dependencies import require_permission
from hygie.web.charts import Ending, answer_chart
from hygie.web.facilities import Who, go, open_own
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

if TYPE_CHECKING:
    from hygie.views.application import SavedResultView
    from hygie.views.portfolio import PortfolioView
    from hygie.views.portfolio_pages import RegisterChoices
    from hygie.views.portfolio_ties import Ties

__all__ = ["load_choices", "load_parts", "portfolio_pages"]

portfolio_pages = APIRouter(include_in_schema=False)

Runner = Annotated[Principal, Depends(require_permission("run"))]
Words = Annotated[str, Query(max_length=200)]
Chosen = Annotated[str, Form(max_length=120)]
_PER_PAGE = 25
_MEMBERS = 50


@portfolio_pages.get("/portfolio")
def list_studies(request: Request, principal: Who, after: Words = "", done: Words = "") -> Response:
    """List studies, portfolios, registers, and what is under way."""
    from hygie.service.jobs.queue import list_jobs
    from hygie.service.other_documents import open_portfolios
    from hygie.service.saved_results import list_results

    workspace, language = open_own(request, principal), choose_language(request, principal)
    return render_page(
        request,
        "portfolio.html.j2",
        principal=principal,
        active="portfolio",
        page=list_results(workspace, kind="portfolio", after=after or None, limit=_PER_PAGE, language=language),
        jobs=[
            job
            for kind in ("portfolio", "portfolio_whatif", "synthesize")
            for state in ("running", "queued")
            for job in list_jobs(workspace, kind=kind, status=state).items
        ],
        files=open_portfolios(workspace).find(limit=100).items,
        registers=load_choices(request, principal),
        after=after,
        done=done,
    )


@portfolio_pages.get("/portfolio/new")
def show_start(request: Request, principal: Runner, portfolio: Words = "", register: Words = "") -> Response:
    """Ask which portfolio is studied, and how finely; or make one of stored facilities."""
    from hygie.service.facilities import open_facilities
    from hygie.service.other_documents import open_portfolios

    workspace = open_own(request, principal)
    return render_page(
        request,
        "portfolio_new.html.j2",
        principal=principal,
        active="portfolio",
        files=open_portfolios(workspace).find(limit=200).items,
        facilities=open_facilities(workspace).find(limit=500).items,
        registers=load_choices(request, principal),
        portfolio=portfolio,
        register=register,
    )


@portfolio_pages.post("/portfolio")
def start(
    request: Request,
    principal: Runner,
    portfolio: Chosen = "",
    register_kind: Chosen = "",
    region: Chosen = "",
    department: Chosen = "",
    ght: Chosen = "",
    level: Annotated[Literal["", "entity", "site"], Form()] = "",
    years: Annotated[int, Form(ge=2, le=10_000_000)] = 10_000,
    draws: Annotated[int, Form(ge=1, le=1_000)] = 20,
    seed: Annotated[int, Form(ge=0, le=2**63 - 1)] = 1,
) -> Response:
    """Put a study into the queue."""
    from hygie.service.portfolio_pages import ask_study

    job = ask_study(
        open_own(request, principal),
        portfolio=portfolio or None,
        register=register_kind or None,
        region=region or None,
        department=department or None,
        ght=ght or None,
        level=level or None,
        years=years,
        draws=draws,
        seed=seed,
        language=choose_language(request, principal),
        principal=principal,
    )
    return go(f"/jobs/{job.job_id}")


@portfolio_pages.get("/portfolio/{result_id}")
def show_study(request: Request, result_id: str, principal: Who) -> Response:
    """Show a saved study: figures, curves, who depends on whom, where losses pile up, territories, members."""
    from hygie.service.portfolio_members import list_groups
    from hygie.service.saved_results import list_results

    workspace, language = open_own(request, principal), choose_language(request, principal)
    result, view, ties = load_parts(request, principal, result_id)
    remember = state_of(request).views.remember
    key = (principal.organisation_id, result_id, view.digest, language)
    supposed = list_results(workspace, kind="portfolio_whatif", limit=100, language=language).items
    return render_page(
        request,
        "portfolio_study.html.j2",
        principal=principal,
        active="portfolio",
        result=result,
        view=view,
        ties=ties,
        charts=remember(("portfolio-charts", *key), lambda: _list_charts(view, ties)),
        groups=remember(("portfolio-groups", *key), lambda: list_groups(ties) if ties is not None else []),
        supposed=[item for item in supposed if item.request.get("result") == result_id],
    )


@portfolio_pages.get("/portfolio/{result_id}/charts/{chart}.{ending}")
def show_chart(
    request: Request, result_id: str, chart: str, ending: Ending, principal: Who, lang: Language | None = None
) -> Response:
    """Return one chart of a study."""
    from hygie.views.charts_data import write_csv
    from hygie.views.charts_portfolio_pages import draw_study_chart, tabulate_study_chart

    language = lang or choose_language(request, principal)
    _, view, ties = load_parts(request, principal, result_id, language=language)
    return answer_chart(
        request,
        name=f"portfolio-{chart.replace('_', '-')}",
        ending=ending,
        language=language,
        key=("portfolio", principal.organisation_id, result_id, view.digest),
        draw=lambda width: draw_study_chart(view, ties, chart, width=width),
        tabulate=lambda: write_csv(tabulate_study_chart(view, ties, chart)),
    )


@portfolio_pages.get("/portfolio/{result_id}/documents/report.{form}")
def download_document(
    request: Request,
    result_id: str,
    form: Literal["html", "pdf", "xlsx", "csv", "parquet"],
    principal: Who,
    lang: Language | None = None,
    whatif: Words = "",
) -> Response:
    """Return the report of a study as a file, or its tables."""
    from hygie.service.portfolio_pages import MEDIA, make_portfolio_document

    language = lang or choose_language(request, principal)
    content = make_portfolio_document(
        open_own(request, principal), result_id, form=form, language=language, whatif=whatif or None
    )
    name = f"hygie-portfolio-{language}" + (f"-{form}.zip" if form in ("csv", "parquet") else f".{form}")
    return Response(content, media_type=MEDIA[form], headers={"Content-Disposition": f'attachment; filename="{name}"'})


@portfolio_pages.get("/portfolio/{result_id}/members")
def show_members(
    request: Request,
    result_id: str,
    principal: Who,
    q: Words = "",
    ght: Words = "",
    sort: Literal["name", "department", "beds", "loss", "tail", "through", "care"] = "tail",
    order: Literal["", "asc", "desc"] = "",
    page: Annotated[int, Query(ge=1, le=10_000)] = 1,
) -> Response:
    """List the members of a study, a page at a time."""
    from hygie.service.portfolio_members import list_groups, list_members

    result, view, ties = load_parts(request, principal, result_id)
    ties = _need(ties, result_id)
    order = order or ("asc" if sort in ("name", "department") else "desc")
    return render_page(
        request,
        "portfolio_members.html.j2",
        principal=principal,
        active="portfolio",
        result=result,
        view=view,
        list=list_members(ties, sort=sort, descending=order == "desc", text=q, ght=ght, page=page, per_page=_MEMBERS),
        groups=list_groups(ties),
        query={"q": q, "ght": ght, "sort": sort, "order": order},
    )


@portfolio_pages.get("/portfolio/{result_id}/members.csv")
def download_members(request: Request, result_id: str, principal: Who) -> Response:
    """Return every member of a study as CSV."""
    from hygie.service.portfolio_members import write_members

    _, _view, ties = load_parts(request, principal, result_id)
    headers = {"Content-Disposition": 'attachment; filename="hygie-portfolio-members.csv"'}
    return Response(write_members(_need(ties, result_id)), media_type="text/csv; charset=utf-8", headers=headers)


@portfolio_pages.get("/portfolio/{result_id}/compare")
def compare_members(request: Request, result_id: str, principal: Who, ght: Words = "") -> Response:
    """Put the members of one group side by side, with what they share and where they are weak together."""
    from hygie.service.portfolio_members import compare_group, list_groups

    language = choose_language(request, principal)
    result, view, ties = load_parts(request, principal, result_id)
    ties = _need(ties, result_id)
    from hygie.views.charts_portfolio_pages import draw_group

    group = compare_group(ties, view, ght, language=language)
    return render_page(
        request,
        "portfolio_group.html.j2",
        principal=principal,
        active="portfolio",
        result=result,
        view=view,
        group=group,
        groups=list_groups(ties),
        chart=draw_group(group, language=language),
    )


@portfolio_pages.get("/portfolio/{result_id}/compare/chart.{ending}")
def show_group_chart(
    request: Request, result_id: str, ending: Ending, principal: Who, ght: Words = "", lang: Language | None = None
) -> Response:
    """Return the chart of one group."""
    from hygie.service.portfolio_members import compare_group
    from hygie.views.charts_data import write_csv
    from hygie.views.charts_layout import WIDE
    from hygie.views.charts_portfolio_pages import draw_group, tabulate_group

    language = lang or choose_language(request, principal)
    _, view, ties = load_parts(request, principal, result_id, language=language)
    group = compare_group(_need(ties, result_id), view, ght, language=language)
    return answer_chart(
        request,
        name="portfolio-group",
        ending=ending,
        language=language,
        key=("portfolio-group", principal.organisation_id, result_id, view.digest, ght),
        draw=lambda width: draw_group(group, language=language, width=width or WIDE),
        tabulate=lambda: write_csv(tabulate_group(group)),
    )


@portfolio_pages.post("/portfolio/{result_id}/delete")
def delete(request: Request, result_id: str, principal: Runner) -> Response:
    """Delete a study or a what-if, and its files."""
    from hygie.service.saved_results import delete_result, get_result

    workspace = open_own(request, principal)
    kind = get_result(workspace, result_id).kind
    if kind not in ("portfolio", "portfolio_whatif"):
        raise NotFoundError("this result is of no portfolio", value=result_id, allowed="a study or a what-if")
    delete_result(workspace, result_id, principal=principal)
    return go("/portfolio", done="deleted")


def load_parts(
    request: Request, principal: Principal, result_id: str, *, language: Language | None = None
) -> tuple[SavedResultView, PortfolioView, Ties | None]:
    """Return a saved study, its figures, and who depends on whom where it was kept."""
    from hygie.service.portfolio_pages import load_study, load_ties
    from hygie.service.saved_results import get_result

    workspace = open_own(request, principal)
    language = language or choose_language(request, principal)
    # Asked each time: a result that was deleted is not shown from memory.
    result = get_result(workspace, result_id, language=language)
    if result.kind != "portfolio":
        raise NotFoundError("this result is no study of a portfolio", value=result_id, allowed="a study")
    remember = state_of(request).views.remember
    view = remember(
        ("portfolio", principal.organisation_id, result_id, language),
        lambda: load_study(workspace, result_id, language=language),
    )

    def read() -> Ties | None:
        try:
            return load_ties(workspace, result_id)
        except StoreError:
            return None

    return result, view, remember(("portfolio-ties", principal.organisation_id, result_id), read)


def load_choices(request: Request, principal: Principal) -> list[RegisterChoices]:
    """Return the registers of the organisation with what can be chosen from them; kept until one is imported."""
    from hygie.service.portfolio_pages import list_choices, mark_registers

    workspace = open_own(request, principal)
    return state_of(request).views.remember(
        ("register-choices", principal.organisation_id, mark_registers(workspace, author=principal.name)),
        lambda: list_choices(workspace, author=principal.name),
    )


def _need(ties: Ties | None, result_id: str) -> Ties:
    if ties is None:
        raise StoreError(
            "this study does not say who depends on whom",
            value=result_id,
            repair="ask for the study again: earlier versions did not keep it",
        )
    return ties


def _list_charts(view: PortfolioView, ties: Ties | None) -> dict[str, tuple[str, str]]:
    from hygie.views.charts_portfolio_pages import draw_study_charts

    return {name: (chart.title, chart.sentence) for name, chart in draw_study_charts(view, ties).items()}
