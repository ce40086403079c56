"""Sources: every parameter, its evidence and its age; the validation dossier; the model card."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response

from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import current_principal
from hygie.web.facilities import open_own
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

__all__ = ["source_pages"]

source_pages = APIRouter(include_in_schema=False)

Who = Annotated[Principal, Depends(current_principal)]
Words = Annotated[str, Query(max_length=200)]
Word = Annotated[str, Query(max_length=60)]
Number = Annotated[int, Query(ge=1, le=100_000)]
_PAGE = 40


@source_pages.get("/sources")
def show_parameters(
    request: Request,
    principal: Who,
    q: Words = "",
    method: Word = "",
    group: Word = "",
    sort: Word = "id",
    order: Word = "asc",
    page: Number = 1,
) -> Response:
    """Show the parameters that a search finds."""
    from hygie.service.sources import find_parameters

    language, today = choose_language(request, principal), date.today()
    view = state_of(request).views.remember(
        ("parameters", q, method, group, sort, order, language, today),
        lambda: find_parameters(
            text=q,
            method=method or None,
            group=group or None,
            sort=sort,
            descending=order == "desc",
            as_of=today,
            language=language,
        ),
    )
    rows, page, pages = _cut(view.rows, page)
    return render_page(
        request,
        "sources.html.j2",
        principal=principal,
        active="sources",
        view=view,
        rows=rows,
        page=page,
        pages=pages,
        query={"q": q, "method": method, "group": group},
        sort=sort,
        order=order,
    )


@source_pages.get("/sources/parameters/{parameter}")
def show_parameter(request: Request, parameter: str, principal: Who) -> Response:
    """Show one parameter with all that it rests on."""
    from hygie.service.sources import show_parameter as describe

    language, today = choose_language(request, principal), date.today()
    view = state_of(request).views.remember(
        ("parameter", parameter, language, today), lambda: describe(parameter, as_of=today, language=language)
    )
    return render_page(request, "parameter.html.j2", principal=principal, active="sources", view=view)


@source_pages.get("/sources/evidence")
def show_evidence(request: Request, principal: Who, q: Words = "", grade: Word = "", page: Number = 1) -> Response:
    """Show the evidence that a search finds."""
    from hygie.service.sources import find_evidence

    language, today = choose_language(request, principal), date.today()
    view = state_of(request).views.remember(
        ("evidence", q, grade, language, today),
        lambda: find_evidence(text=q, grade=grade or None, as_of=today, language=language),
    )
    rows, page, pages = _cut(view.rows, page)
    return render_page(
        request,
        "evidence.html.j2",
        principal=principal,
        active="sources",
        view=view,
        rows=rows,
        page=page,
        pages=pages,
        query={"q": q, "grade": grade},
    )


@source_pages.get("/sources/validation")
def show_validation(request: Request, principal: Who) -> Response:
    """Show the validation dossier kept in the workspace, or how to compute it."""
    from hygie.service.jobs.queue import list_jobs
    from hygie.service.model_card import find_dossier

    language, workspace = choose_language(request, principal), open_own(request, principal)
    view, result_id = find_dossier(workspace, language=language)
    return render_page(
        request,
        "validation.html.j2",
        principal=principal,
        active="sources",
        view=view,
        result_id=result_id,
        jobs=[
            job for state in ("running", "queued") for job in list_jobs(workspace, kind="dossier", status=state).items
        ],
    )


@source_pages.get("/sources/model-card")
def show_card(request: Request, principal: Who) -> Response:
    """Show what the model is for, what it is not for, and what it rests on."""
    from hygie.service.model_card import show_model_card

    language, today = choose_language(request, principal), date.today()
    view = state_of(request).views.remember(
        ("model-card", language, today), lambda: show_model_card(as_of=today, language=language)
    )
    return render_page(request, "model_card.html.j2", principal=principal, active="sources", view=view)


def _cut(rows: list[Any], page: int) -> tuple[list[Any], int, int]:
    pages = max(1, -(-len(rows) // _PAGE))
    page = min(page, pages)
    return rows[(page - 1) * _PAGE : page * _PAGE], page, pages
