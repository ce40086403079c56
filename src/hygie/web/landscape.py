"""The state of the threat: filters in the address, charts with their figures, incidents with their evidence."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import ValidationError

from hygie.core.errors import UsageError
from hygie.service.accounts.principal import Principal
from hygie.views.messages import Language
from hygie.web.auth.dependencies import current_principal
from hygie.web.charts import Ending, answer_chart
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

if TYPE_CHECKING:
    from hygie.service.landscape_choices import LandscapeChoices
    from hygie.service.requests import LandscapeRequest
    from hygie.views.landscape import IncidentRowView, LandscapeView

__all__ = ["landscape_pages"]

landscape_pages = APIRouter(include_in_schema=False)

Who = Annotated[Principal, Depends(current_principal)]

_SINGLE = ("from", "to", "region", "department", "tlp_ceiling", "compare_from", "compare_to")
_SEVERAL = {"class": "classes", "actor": "actors", "kind": "kinds"}
_SORTS = ("date", "victim", "kind", "class", "actor", "grade")
_PAGE = 25
_NARROW = {"tiles_departments": 572, "tiles_regions": 480}


@landscape_pages.get("/landscape")
def show_landscape(request: Request, principal: Who) -> Response:
    """Show the state of the threat in a window."""
    language = choose_language(request, principal)
    choices = _choices(request, principal, language)
    asked = _read_query(request, choices)
    view = _view(request, principal, asked, language)
    rows, page, pages = _page_rows(view, request)
    return render_page(
        request,
        "landscape.html.j2",
        principal=principal,
        active="landscape",
        view=view,
        drawn=_list_drawn(request, principal, view),
        choices=choices,
        query=asked,
        rows=rows,
        page=page,
        pages=pages,
        sort=_sort_of(request),
        order=_order_of(request),
    )


@landscape_pages.get("/landscape/charts/{chart}.{ending}")
def show_chart(request: Request, chart: str, ending: Ending, principal: Who) -> Response:
    """Show one chart of a window: for the script, as a picture, as figures."""
    from hygie.views.charts_landscape import draw_landscape_chart, landscape_chart_csv

    language = choose_language(request, principal)
    asked = _read_query(request, _choices(request, principal, language))
    view = _view(request, principal, asked, language)

    def draw(width: int | None) -> Any:
        widest = _NARROW.get(chart)
        return draw_landscape_chart(view, chart, width=min(width, widest) if width and widest else width)

    return answer_chart(
        request,
        name=f"landscape-{chart}",
        ending=ending,
        language=language,
        key=(principal.organisation_id, state_of(request).mark(principal), view.reproduce),
        draw=draw,
        tabulate=lambda: landscape_chart_csv(view, chart),
    )


@landscape_pages.get("/landscape.json")
def tell_landscape(request: Request, principal: Who) -> Response:
    """Tell what the page shows, as data."""
    language = choose_language(request, principal)
    asked = _read_query(request, _choices(request, principal, language))
    view = _view(request, principal, asked, language)
    return Response(view.model_dump_json(), media_type="application/json")


def _list_drawn(request: Request, principal: Principal, view: LandscapeView) -> frozenset[str]:
    """Return the charts that have something to show."""
    from hygie.views.charts_landscape import draw_landscape_charts

    return state_of(request).remember(
        principal, ("landscape-drawn", view.reproduce), lambda _base: frozenset(draw_landscape_charts(view))
    )


def _choices(request: Request, principal: Principal, language: Language) -> LandscapeChoices:
    from hygie.service.landscape import load_base_knowledge
    from hygie.service.landscape_choices import list_landscape_choices

    state, today = state_of(request), date.today()
    knowledge = state.remember(principal, "knowledge", load_base_knowledge)
    return state.remember(
        principal,
        ("landscape-choices", language, today),
        lambda _base: list_landscape_choices(knowledge, sector="health", country="FR", as_of=today, language=language),
    )


def _read_query(request: Request, choices: LandscapeChoices) -> dict[str, Any]:
    """Return the filters of an address, empty fields left out, the widest window by default."""
    given = request.query_params
    asked: dict[str, Any] = {name: given[name] for name in _SINGLE if given.get(name)}
    asked |= {name: values for name in _SEVERAL if (values := [item for item in given.getlist(name) if item])}
    if "from" not in asked or "to" not in asked:
        widest = choices.presets[0]
        asked = {"from": widest.start, "to": widest.end, **asked}
    return asked


def _view(request: Request, principal: Principal, asked: dict[str, Any], language: Language) -> LandscapeView:
    from hygie.service.landscape import landscape, load_base_knowledge

    state = state_of(request)
    question = _make_request(asked, language)
    knowledge = state.remember(principal, "knowledge", load_base_knowledge)
    return state.remember(
        principal, ("landscape", question.model_dump_json()), lambda _base: landscape(question, knowledge=knowledge)
    )


def _make_request(asked: dict[str, Any], language: Language) -> LandscapeRequest:
    from hygie.service.requests import LandscapeRequest

    fields = {_SEVERAL.get(name, name): value for name, value in asked.items()}
    try:
        return LandscapeRequest.model_validate({**fields, "language": language, "as_of": date.today()})
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            "this filter is not well formed",
            field=str(first["loc"][0]),
            value=first["input"],
            allowed=first["msg"],
            repair="choose the filters on the page again",
        ) from None


def _page_rows(view: LandscapeView, request: Request) -> tuple[list[IncidentRowView], int, int]:
    """Return the rows of one page of the table of evidence, its number, and how many there are."""
    keys = {
        "date": lambda row: row.date,
        "victim": lambda row: row.victim.lower(),
        "kind": lambda row: row.kind_label,
        "class": lambda row: row.class_label,
        "actor": lambda row: row.actor_label.lower(),
        "grade": lambda row: min((source.grade for source in row.sources), default="Z9"),
    }
    rows = sorted(view.incidents, key=keys[_sort_of(request)], reverse=_order_of(request) == "desc")
    pages = max(1, -(-len(rows) // _PAGE))
    asked = request.query_params.get("page", "1")
    page = min(max(int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 1, 1), pages)
    return rows[(page - 1) * _PAGE : page * _PAGE], page, pages


def _sort_of(request: Request) -> str:
    said = request.query_params.get("sort", "date")
    return said if said in _SORTS else "date"


def _order_of(request: Request) -> str:
    said = request.query_params.get("order")
    return said if said in ("asc", "desc") else "desc" if _sort_of(request) == "date" else "asc"
