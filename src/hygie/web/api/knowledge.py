"""What the model rests on: parameters and evidence."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import Path, Query, Request
from starlette.responses import Response

from hygie.views.application import PageView
from hygie.views.sources import EvidenceLineView, ParameterLineView, ParameterPageView
from hygie.web.api.common import (
    Limit,
    Place,
    Reader,
    Search,
    Word,
    answer,
    answer_page,
    cut_rows,
    language_of,
    make_router,
)
from hygie.web.state import state_of

__all__ = ["knowledge_routes"]

knowledge_routes = make_router("knowledge")


@knowledge_routes.get("/parameters", response_model=PageView[ParameterLineView], summary="List parameters")
def list_parameters(
    request: Request,
    principal: Reader,
    q: Search = "",
    method: Word = None,
    group: Word = None,
    after: Place = None,
    limit: Limit = 50,
) -> Response:
    """Return the parameters of the model: median and range, how each was obtained, the grade of its sources."""
    from hygie.service.sources import find_parameters

    language, today = language_of(request, principal), date.today()
    view = state_of(request).views.remember(
        ("parameters", q, method or "", group or "", "id", "asc", language, today),
        lambda: find_parameters(
            text=q, method=method, group=group, sort="id", descending=False, as_of=today, language=language
        ),
    )
    return answer_page(request, cut_rows(view.rows, after=after, limit=limit))


@knowledge_routes.get("/parameters/{parameter}", response_model=ParameterPageView, summary="Read a parameter")
def read_parameter(
    request: Request,
    principal: Reader,
    parameter: Annotated[str, Path(min_length=1, max_length=120, pattern=r"^[A-Za-z0-9_.-]+$")],
) -> Response:
    """Return one parameter with all that it rests on."""
    from hygie.service.sources import show_parameter

    language, today = language_of(request, principal), date.today()
    view = state_of(request).views.remember(
        ("parameter", parameter, language, today), lambda: show_parameter(parameter, as_of=today, language=language)
    )
    return answer(request, view)


@knowledge_routes.get("/evidence", response_model=PageView[EvidenceLineView], summary="List evidence")
def list_evidence(
    request: Request,
    principal: Reader,
    q: Search = "",
    grade: Annotated[str | None, Query(pattern=r"^[A-F][1-6]$", description="Admiralty grade.")] = None,
    after: Place = None,
    limit: Limit = 50,
) -> Response:
    """Return the evidence of the packs, and how many parameters and records rest on each piece."""
    from hygie.service.sources import find_evidence

    language, today = language_of(request, principal), date.today()
    view = state_of(request).views.remember(
        ("evidence", q, grade or "", language, today),
        lambda: find_evidence(text=q, grade=grade, as_of=today, language=language),
    )
    return answer_page(request, cut_rows(view.rows, after=after, limit=limit))
