"""A programme on the events of an assessment: what it pays and costs, other terms at once, an appetite, tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter, HTTPException, Request, Response

from hygie.core.errors import HygieError, UsageError
from hygie.service.accounts.principal import Principal
from hygie.views.messages import Language
from hygie.web.charts import Ending, answer_chart
from hygie.web.facilities import Who, open_own
from hygie.web.pages import render_page, translate_for
from hygie.web.preferences import choose_language
from hygie.web.state import ViewCache, state_of

if TYPE_CHECKING:
    from hygie.service.insurance_terms import Terms
    from hygie.views.programme import AppetiteView, ProgrammeView

__all__ = ["price_pages"]

price_pages = APIRouter(include_in_schema=False)

# Events of a few results, some ten megabytes each: the page asks again for each change of a term.
_TERMS = ViewCache(size=4)
_POINT_FIELDS = tuple(f"{kind}{number}" for number in range(1, 4) for kind in "ap")


@price_pages.get("/decide/prices/{result_id}")
def show_price(request: Request, result_id: str, principal: Who) -> Response:
    """Show a priced programme; other terms and an appetite in the query are computed at once."""
    from hygie.service.insurance_pages import list_terms
    from hygie.service.programme_form import explain_finding
    from hygie.service.saved_results import get_result

    workspace, language = open_own(request, principal), choose_language(request, principal)
    result = get_result(workspace, result_id, language=language)
    view = _load(request, principal, result_id, language)
    query = _read_query(request)
    changes = {name: text for name, text in query.items() if name not in _POINT_FIELDS}
    preview, problems, t = None, {}, translate_for(request, principal)
    if changes:
        from hygie.service.insurance_terms import preview_terms

        try:
            preview = preview_terms(_open(request, principal, result_id), changes, language=language)
        except UsageError as error:
            problems[str(error.findings[0].field)] = t("This is not an amount. Write 500k, 1.5M or 2000000.")
        except HygieError as error:
            problems[""] = explain_finding(error.findings[0], t)
    before, after, wrong = _hold(request, principal, result_id, query, language)
    problems |= {name: t("This cannot be read: euros such as 500k, and years in 100.") for name in wrong if name}
    if "" in wrong:
        problems["a1"] = wrong[""]
    return render_page(
        request,
        "price.html.j2",
        principal=principal,
        active="decide",
        result=result,
        view=view,
        query=query,
        preview=preview,
        problems=problems,
        appetite=(before, after) if before is not None else None,
        points={name: query[name] for name in _POINT_FIELDS if name in query},
        changes=changes,
        terms=list_terms(workspace, result_id),
        charts=_list_charts(view, after),
    )


@price_pages.get("/decide/prices/{result_id}/charts/{chart}.{ending}")
def show_price_chart(
    request: Request, result_id: str, chart: str, ending: Ending, principal: Who, lang: Language | None = None
) -> Response:
    """Return one chart of a priced programme, with the appetite of the query on the curve of the year."""
    from hygie.views.charts_data import write_csv
    from hygie.views.charts_programme_curve import PROGRAMME_CHART_IDS, draw_price_chart, tabulate_price_chart

    if chart not in PROGRAMME_CHART_IDS:
        raise HTTPException(404)
    language = lang or choose_language(request, principal)
    view = _load(request, principal, result_id, language)
    points = {name: text for name, text in _read_query(request).items() if name in _POINT_FIELDS}
    after = _hold(request, principal, result_id, points, language)[1] if chart == "before_after" else None
    return answer_chart(
        request,
        name=f"programme-{chart.replace('_', '-')}",
        ending=ending,
        language=language,
        key=("price", principal.organisation_id, result_id, chart, tuple(sorted(points.items()))),
        draw=lambda width: draw_price_chart(view, chart, appetite=after, width=width),
        tabulate=lambda: write_csv(tabulate_price_chart(view, chart)),
    )


@price_pages.get("/decide/prices/{result_id}/tables/{form}.zip")
def download_tables(request: Request, result_id: str, form: Literal["oed", "ord"], principal: Who) -> Response:
    """Return the terms as OED tables, or the losses before and after as ORD tables."""
    from hygie.service.insurance_terms import export_tables

    content = export_tables(open_own(request, principal), result_id, form)
    headers = {"Content-Disposition": f'attachment; filename="hygie-{form}-{result_id}.zip"'}
    return Response(content, media_type="application/zip", headers=headers)


def _read_query(request: Request) -> dict[str, str]:
    known = ("event_deductible", "layers.", *_POINT_FIELDS)
    return {
        name: text[:40]
        for name, text in list(request.query_params.items())[:200]
        if text.strip() and name.startswith(known)
    }


def _load(request: Request, principal: Principal, result_id: str, language: Language) -> ProgrammeView:
    from hygie.service.insurance_pages import load_price
    from hygie.service.saved_results import find_folder

    workspace = open_own(request, principal)
    find_folder(workspace, result_id)
    return state_of(request).views.remember(
        ("price", principal.organisation_id, result_id, language),
        lambda: load_price(workspace, result_id, language=language),
    )


def _open(request: Request, principal: Principal, result_id: str) -> Terms:
    from hygie.service.insurance_terms import open_terms
    from hygie.service.saved_results import find_folder

    workspace = open_own(request, principal)
    folder = find_folder(workspace, result_id)
    return _TERMS.remember(str(folder), lambda: open_terms(workspace, result_id))


def _hold(
    request: Request, principal: Principal, result_id: str, query: dict[str, str], language: Language
) -> tuple[AppetiteView | None, AppetiteView | None, dict[str, str]]:
    from hygie.service.insurance_pages import read_points

    points, wrong = read_points(query)
    if not points:
        return None, None, wrong
    from hygie.service.insurance_terms import hold_points

    try:
        before, after = hold_points(_open(request, principal, result_id), points, language=language)
    except HygieError:
        t = translate_for(request, principal)
        return None, None, {**wrong, "": t("A larger amount must be accepted less often than a smaller one.")}
    return before, after, wrong


def _list_charts(view: ProgrammeView, appetite: AppetiteView | None) -> dict[str, tuple[str, str]]:
    from hygie.views.charts_programme_curve import PROGRAMME_CHART_IDS, draw_price_chart

    drawn = {name: draw_price_chart(view, name, appetite=appetite) for name in PROGRAMME_CHART_IDS}
    return {name: (chart.title, chart.sentence) for name, chart in drawn.items() if chart is not None}
