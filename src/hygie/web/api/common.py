"""What routes of the API share: who asks, words of their addresses, answers with tags and links."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Path, Query, Request
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.responses import Response

from hygie.service.accounts.audit import Actor, record_event
from hygie.service.accounts.principal import Principal
from hygie.service.workspace import Workspace
from hygie.views.application import PageView
from hygie.views.assessment import View
from hygie.views.messages import Language
from hygie.web.auth.dependencies import require_permission
from hygie.web.auth.guard import find_address
from hygie.web.auth.idempotency import IdempotentRoute
from hygie.web.auth.rates import limit_api
from hygie.web.findings import translate_view
from hygie.web.pages import keep_answer, link_with
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

__all__ = [
    "PREFIX",
    "Administrator",
    "Analyst",
    "Approver",
    "Cursor",
    "FactWriter",
    "Id",
    "Limit",
    "Place",
    "Reader",
    "Search",
    "Word",
    "Writer",
    "answer",
    "answer_page",
    "cut_rows",
    "language_of",
    "make_router",
    "note_event",
    "open_workspace",
]

PREFIX = "/api/v1"
_PROBLEM = {"content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}}
RESPONSES: dict[int | str, dict[str, Any]] = {
    "4XX": {"description": "What is asked is refused: the findings say why, and how to repair it.", **_PROBLEM},
    503: {"description": "Not ready yet: ask again after `Retry-After` seconds.", **_PROBLEM},
}

Reader = Annotated[Principal, Depends(require_permission("read"))]
FactWriter = Annotated[Principal, Depends(require_permission("write_facts"))]
Writer = Annotated[Principal, Depends(require_permission("write_facility"))]
Analyst = Annotated[Principal, Depends(require_permission("run"))]
Approver = Annotated[Principal, Depends(require_permission("approve"))]
Administrator = Annotated[Principal, Depends(require_permission("administer"))]

# No NUL: PostgreSQL holds none.
_TEXT = r"^[^\x00]*$"
Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$", description="Id.")]
Search = Annotated[str, Query(max_length=200, pattern=_TEXT, description="Words that all must be there.")]
Word = Annotated[str | None, Query(min_length=1, max_length=80, pattern=_TEXT)]
Limit = Annotated[int, Query(ge=1, le=200, description="How many rows at most.")]
Cursor = Annotated[
    str | None,
    Query(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$", description="The `next` of the page before this one."),
]
Place = Annotated[str | None, Query(pattern=r"^[0-9]{1,9}$", description="The `next` of the page before this one.")]

Row = TypeVar("Row", bound=View)


def make_router(tag: str, *, keep_answers: bool = True) -> APIRouter:
    """Return the router of a noun.

    Parameters
    ----------
    keep_answers
        Whether writes may carry an idempotency key; not where an answer holds a secret.
    """
    return APIRouter(
        prefix=PREFIX,
        tags=[tag],
        route_class=IdempotentRoute if keep_answers else APIRoute,
        dependencies=[Depends(limit_api)],
        responses=RESPONSES,
    )


def open_workspace(request: Request, principal: Principal) -> Workspace:
    """Return the workspace of the organisation of who asks."""
    return state_of(request).workspaces.open(principal.organisation_id)


def language_of(request: Request, principal: Principal) -> Language:
    """Return the language of an answer: `lang`, the account, or `Accept-Language`."""
    return choose_language(request, principal)


def answer(
    request: Request, view: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a view as JSON; a reader that holds the same one already is told so (304)."""
    view = translate_view(view, choose_language(request, getattr(request.state, "principal", None)))
    content = view.model_dump_json(by_alias=True).encode("utf-8")
    made = Response(content, status_code=status, media_type="application/json", headers=dict(headers or {}))
    if status != 200 or request.method not in ("GET", "HEAD"):
        return made
    made = keep_answer(request, made)
    made.headers["Vary"] = "Authorization, Cookie, Accept-Language"
    return made


def answer_page(request: Request, page: PageView[Any]) -> Response:
    """Return a page of rows, with links to the first and to the next one (RFC 8288)."""
    query = {name: request.query_params.getlist(name) for name in request.query_params if name != "after"}
    links = [f'<{link_with(request.url.path, query)}>; rel="first"']
    if page.next is not None:
        links.append(f'<{link_with(request.url.path, query, after=page.next)}>; rel="next"')
    return answer(request, page, headers={"Link": ", ".join(links)})


def cut_rows(rows: Iterable[Row], *, after: str | None, limit: int) -> PageView[Row]:
    """Return one page of rows that are counted from the start."""
    start = int(after or 0)
    found = list(islice(rows, start, start + limit + 1))
    return PageView[Any](items=found[:limit], next=str(start + limit) if len(found) > limit else None)


def note_event(
    request: Request, principal: Principal, action: str, *, target: str, details: Mapping[str, Any] | None = None
) -> None:
    """Add a line to the audit log of the organisation."""
    record_event(
        state_of(request).access,
        principal.organisation_id,
        actor=Actor.of(principal, address=find_address(request)),
        action=action,
        target=target,
        details=details,
    )
