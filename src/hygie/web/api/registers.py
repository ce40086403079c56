"""Public registers: which editions there are, and whom they know."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request
from starlette.responses import Response

from hygie.views.application import PageView
from hygie.views.registers import EditionView, MatchView
from hygie.web.api.common import Limit, Place, Reader, answer_page, cut_rows, make_router, open_workspace

__all__ = ["register_routes"]

register_routes = make_router("registers")


@register_routes.get("/registers", response_model=PageView[EditionView], summary="List registers")
def list_editions(request: Request, principal: Reader, after: Place = None, limit: Limit = 50) -> Response:
    """Return the editions of registers; `used` marks those that searches read. `POST /jobs/register` brings one in."""
    from hygie.service.registers import RegisterStore, list_registers

    store = RegisterStore(open_workspace(request, principal), author=principal.name)
    return answer_page(request, cut_rows(list_registers(store), after=after, limit=limit))


@register_routes.get(
    "/registers/organisations", response_model=PageView[MatchView], summary="Search organisations of registers"
)
def search(
    request: Request,
    principal: Reader,
    q: Annotated[
        str, Query(min_length=1, max_length=200, pattern=r"^[^\x00]*$", description="A FINESS number, or words.")
    ],
    after: Place = None,
    limit: Limit = 50,
) -> Response:
    """Return legal entities that a FINESS number or some words may mean, the largest staff first."""
    from hygie.service.registers import RegisterShelf, RegisterStore, find_matches, view_match

    shelf = RegisterShelf(RegisterStore(open_workspace(request, principal), author=principal.name))
    found = [] if shelf.is_empty or not q.strip() else find_matches(shelf, q)
    return answer_page(request, cut_rows(map(view_match, found), after=after, limit=limit))
