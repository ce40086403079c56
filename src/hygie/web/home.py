"""Home: what changed, what to watch, what is open."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Request, Response

from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import current_principal
from hygie.web.gallery import open_gallery
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

if TYPE_CHECKING:
    from hygie.service.workspace import Base
    from hygie.views.home import HomeView

__all__ = ["home_pages"]

_LISTED = 5

home_pages = APIRouter(include_in_schema=False)


@home_pages.get("/")
def show_home(request: Request, principal: Annotated[Principal, Depends(current_principal)]) -> Response:
    """Show what changed, what to watch and what is open."""
    from hygie.service.facilities import open_facilities
    from hygie.service.home import count_approvals
    from hygie.service.home import show_home as describe
    from hygie.service.jobs.queue import list_jobs
    from hygie.service.saved_results import list_results
    from hygie.service.what_changed import list_changes

    language, today = choose_language(request, principal), date.today()
    gallery = open_gallery(request, principal)

    def make(base: Base) -> HomeView:
        return describe(base, gallery, as_of=today, language=language)

    state = state_of(request)
    workspace = state.workspaces.open(principal.organisation_id)
    approves = principal.role in ("approver", "admin")
    return render_page(
        request,
        "home.html.j2",
        principal=principal,
        active="home",
        view=state.remember(principal, ("home", language, today), make),
        # Not kept with the rest: these change without a record being changed.
        has_facility=bool(open_facilities(workspace).find(limit=1).items),
        approvals=count_approvals(workspace, principal=principal),
        waiting=list_results(workspace, status="submitted", limit=_LISTED, language=language).items if approves else [],
        jobs=[
            job for state in ("running", "queued") for job in list_jobs(workspace, status=state, limit=_LISTED).items
        ],
        feed=list_changes(workspace, limit=8, language=language).items,
        mounted=request.app.state.mounted,
    )


@home_pages.get("/health")
def tell_health() -> dict[str, str]:
    """Tell that the server answers."""
    return {"status": "ok"}
