"""What the base says: the state of the threat, incidents, records."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query, Request
from pydantic import ValidationError
from starlette.responses import Response

from hygie.core.errors import NotFoundError, UsageError
from hygie.service.accounts.principal import Principal
from hygie.views.application import PageView
from hygie.views.incident import IncidentPageView
from hygie.views.intel import RecordPage, RecordSummary
from hygie.views.landscape import LandscapeView
from hygie.web.api.common import (
    Limit,
    Place,
    Reader,
    Search,
    answer,
    answer_page,
    cut_rows,
    language_of,
    make_router,
)
from hygie.web.gallery import open_gallery
from hygie.web.state import state_of

__all__ = ["threat_routes"]

threat_routes = make_router("threat")

Day = Annotated[str | None, Query(max_length=10, pattern=r"^[0-9]{4}(-[0-9]{2}){0,2}$")]
Name = Annotated[str | None, Query(min_length=1, max_length=120, pattern=r"^[^\x00]+$")]
Names = Annotated[list[Annotated[str, Query(max_length=120)]], Query(max_length=100)]
Ref = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00/]+$", description="Ref of a record.")]
Kind = Annotated[str, Path(max_length=40, pattern=r"^[a-z_]+$", description="Kind of records, such as `incident`.")]


@threat_routes.get("/landscape", response_model=LandscapeView, summary="Describe the threat in a window")
def describe(
    request: Request,
    principal: Reader,
    start: Annotated[Day, Query(alias="from", description="First month or day; the widest window by default.")] = None,
    to: Annotated[Day, Query(description="Last month or day.")] = None,
    region: Name = None,
    department: Name = None,
    classes: Annotated[Names, Query(alias="class", description="Threat classes; all by default.")] = [],  # noqa: B006
    actors: Annotated[Names, Query(alias="actor", description="Refs of actors; all by default.")] = [],  # noqa: B006
    kinds: Annotated[Names, Query(alias="kind", description="Kinds of facilities; all by default.")] = [],  # noqa: B006
    compare_from: Day = None,
    compare_to: Day = None,
) -> Response:
    """Return counts, actors, entries, campaigns and incidents of French hospitals in a window, with their sources."""
    from hygie.service.landscape import landscape, load_base_knowledge
    from hygie.service.landscape_choices import list_landscape_choices
    from hygie.service.requests import LandscapeRequest

    state, language, today = state_of(request), language_of(request, principal), date.today()
    knowledge = state.remember(principal, "knowledge", load_base_knowledge)
    if start is None or to is None:
        choices = state.remember(
            principal,
            ("landscape-choices", language, today),
            lambda _base: list_landscape_choices(
                knowledge, sector="health", country="FR", as_of=today, language=language
            ),
        )
        start, to = start or choices.presets[0].start, to or choices.presets[0].end
    asked: dict[str, Any] = {
        "from": start,
        "to": to,
        "region": region,
        "department": department,
        "classes": classes,
        "actors": actors,
        "kinds": kinds,
        "compare_from": compare_from,
        "compare_to": compare_to,
        "language": language,
        "as_of": today,
    }
    try:
        question = LandscapeRequest.model_validate(asked)
    except ValidationError as error:
        first = error.errors()[0]
        raise UsageError(
            "this filter is not well formed", field=str(first["loc"][0]), value=first["input"], allowed=first["msg"]
        ) from None
    view = state.remember(
        principal, ("landscape", question.model_dump_json()), lambda _base: landscape(question, knowledge=knowledge)
    )
    return answer(request, view)


@threat_routes.get("/incidents", response_model=PageView[RecordSummary], summary="List incidents")
def list_incidents(
    request: Request, principal: Reader, q: Search = "", after: Place = None, limit: Limit = 50
) -> Response:
    """Return documented incidents, those with every word of a search."""
    return _list_records(request, principal, "incident", q, after=after, limit=limit)


@threat_routes.get("/incidents/{ref}", response_model=IncidentPageView, summary="Read an incident")
def read_incident(request: Request, principal: Reader, ref: Ref) -> Response:
    """Return one incident with its evidence, its marking and its history."""
    from hygie.service.incident_page import show_incident

    language, gallery = language_of(request, principal), open_gallery(request, principal)
    view = state_of(request).remember(
        principal, ("incident", ref, language), lambda base: show_incident(base, gallery, ref, language=language)
    )
    return answer(request, view)


@threat_routes.get("/records/{kind}", response_model=PageView[RecordSummary], summary="List records of a kind")
def list_records(
    request: Request, principal: Reader, kind: Kind, q: Search = "", after: Place = None, limit: Limit = 50
) -> Response:
    """Return records of the base of threat intelligence as they hold now: edits of analysts over what packs say."""
    return _list_records(request, principal, kind, q, after=after, limit=limit)


@threat_routes.get("/records/{kind}/{ref}", response_model=RecordPage, summary="Read a record")
def read_record(request: Request, principal: Reader, kind: Kind, ref: Ref) -> Response:
    """Return a record with its layers (who says what) and its history."""
    from hygie.service.intel import parse_kind
    from hygie.service.qualification import show_record

    return answer(request, show_record(state_of(request).base(principal), ref, kind=parse_kind(kind)))


def _list_records(
    request: Request, principal: Principal, kind: str, text: str, *, after: str | None, limit: int
) -> Response:
    from hygie.service.intel import find_records, parse_kind

    try:
        known = parse_kind(kind)
    except UsageError as error:
        raise NotFoundError.from_findings(error.findings) from None
    rows = find_records(state_of(request).base(principal), kind=known, text=text or None)
    return answer_page(request, cut_rows(rows, after=after, limit=limit))
