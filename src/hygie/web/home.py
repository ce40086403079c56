"""Home: what changed, what to watch, what is open."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import current_principal
from hygie.web.pages import render_page

__all__ = ["home_pages"]

home_pages = APIRouter(include_in_schema=False)


@home_pages.get("/")
def show_home(request: Request, principal: Annotated[Principal, Depends(current_principal)]) -> Response:
    """Show what changed, what to watch and what is open."""
    return render_page(request, "home.html.j2", principal=principal, active="home")


@home_pages.get("/health")
def tell_health() -> dict[str, str]:
    """Tell that the server answers."""
    return {"status": "ok"}
