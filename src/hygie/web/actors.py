"""Actors and techniques: who is active, by which means, which controls hold them back."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import current_principal
from hygie.web.gallery import open_gallery
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

__all__ = ["actor_pages"]

actor_pages = APIRouter(include_in_schema=False)

Who = Annotated[Principal, Depends(current_principal)]
Words = Annotated[str, Query(max_length=200)]
Ref = Annotated[str, Query(max_length=200)]


@actor_pages.get("/actors")
def show_actors(
    request: Request,
    principal: Who,
    q: Words = "",
    everyone: Annotated[str, Query(alias="all", max_length=5)] = "",
) -> Response:
    """Show the actors that a search finds, those that are followed by default."""
    from hygie.service.actor_pages import find_actors

    language, today = choose_language(request, principal), date.today()
    gallery = open_gallery(request, principal)
    view = state_of(request).remember(
        principal,
        ("actors", q, bool(everyone), language, today),
        lambda _base: find_actors(gallery, text=q, everyone=bool(everyone), as_of=today, language=language),
    )
    return render_page(
        request, "actors.html.j2", principal=principal, active="actors", view=view, text=q, everyone=bool(everyone)
    )


@actor_pages.get("/actors/{ref}")
def show_actor(request: Request, ref: str, principal: Who) -> Response:
    """Show all that is known of one actor."""
    from hygie.service.actor_pages import show_actor as describe

    language, today = choose_language(request, principal), date.today()
    gallery = open_gallery(request, principal)
    view = state_of(request).remember(
        principal, ("actor", ref, language, today), lambda _base: describe(gallery, ref, as_of=today, language=language)
    )
    return render_page(request, "actor.html.j2", principal=principal, active="actors", view=view)


@actor_pages.get("/techniques")
def show_matrix(
    request: Request, principal: Who, actor: Annotated[list[Ref] | None, Query(max_length=50)] = None
) -> Response:
    """Show the ATT&CK matrix, shaded by how many actors use each technique."""
    from hygie.service.actor_pages import show_matrix as describe

    language = choose_language(request, principal)
    gallery, chosen = open_gallery(request, principal), tuple(item for item in actor or () if item)
    view = state_of(request).remember(
        principal, ("matrix", chosen, language), lambda _base: describe(gallery, chosen, language=language)
    )
    return render_page(
        request,
        "matrix.html.j2",
        principal=principal,
        active="actors",
        view=view,
        chosen=chosen,
        followed=[(item.ref, item.name) for item in gallery.followed],
    )


@actor_pages.get("/techniques/{technique}")
def show_technique(request: Request, technique: str, principal: Who) -> Response:
    """Show one technique: what it is, who uses it, what holds it back."""
    from hygie.service.actor_pages import show_technique as describe

    language, today = choose_language(request, principal), date.today()
    gallery = open_gallery(request, principal)
    view = state_of(request).remember(
        principal,
        ("technique", technique, language, today),
        lambda _base: describe(gallery, technique, as_of=today, language=language),
    )
    return render_page(request, "technique.html.j2", principal=principal, active="actors", view=view)


@actor_pages.get("/controls/{control}")
def show_control(request: Request, control: str, principal: Who) -> Response:
    """Show one control: what it does, how well, at what cost."""
    from hygie.service.controls import show_control as describe
    from hygie.service.techniques import write_quantities

    language = choose_language(request, principal)
    view = state_of(request).remember(
        principal, ("control", control, language), lambda _base: describe(control, language=language)
    )
    return render_page(
        request,
        "control.html.j2",
        principal=principal,
        active="actors",
        view=view,
        figures=write_quantities(view, language=language),
        names=open_gallery(request, principal).matrix.name,
    )
