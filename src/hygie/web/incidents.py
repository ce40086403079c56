"""Incidents one by one, and the desk where analysts judge them: grade, attribution, date, marking, duplicates."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from starlette.responses import RedirectResponse

from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import current_principal, require_permission
from hygie.web.gallery import open_gallery
from hygie.web.pages import link_with, render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

__all__ = ["incident_pages"]

incident_pages = APIRouter(include_in_schema=False)

Who = Annotated[Principal, Depends(current_principal)]
Word = Annotated[str, Form(max_length=200)]
Reason = Annotated[str, Form(max_length=2000)]
Shown = Annotated[str, Query(max_length=40)]
_OWN_FORM = [Depends(require_permission("write_facts"))]
_SAID = ("actor", "confidence", "started_on", "precision", "date_basis", "threat_class", "tlp", "pap")


@incident_pages.get("/incidents/{ref}")
def show_incident(request: Request, ref: str, principal: Who, done: Shown = "") -> Response:
    """Show one incident with its evidence and its history."""
    from hygie.service.incident_page import list_choices
    from hygie.service.incident_page import show_incident as describe

    language = choose_language(request, principal)
    gallery = open_gallery(request, principal)
    state = state_of(request)
    return render_page(
        request,
        "incident.html.j2",
        principal=principal,
        active="landscape",
        view=state.remember(
            principal, ("incident", ref, language), lambda base: describe(base, gallery, ref, language=language)
        ),
        choices=state.remember(
            principal, ("incident-choices", language), lambda _base: list_choices(gallery, language=language)
        ),
        done=done,
    )


@incident_pages.post("/incidents/{ref}/qualify", dependencies=_OWN_FORM)
def qualify_incident(
    request: Request,
    ref: str,
    principal: Who,
    reason: Reason = "",
    actor: Word = "",
    confidence: Word = "",
    started_on: Word = "",
    precision: Word = "",
    date_basis: Word = "",
    threat_class: Word = "",
    tlp: Word = "",
    pap: Word = "",
) -> Response:
    """Judge an incident; fields that say what the record says already are left as they are."""
    from hygie.service.incident_desk import judge_incident

    said = (actor, confidence, started_on, precision, date_basis, threat_class, tlp, pap)
    judge_incident(state_of(request).base(principal), ref, dict(zip(_SAID, said, strict=True)), reason=reason)
    return _go(f"/incidents/{ref}", done="judged")


@incident_pages.post("/evidence/{ref}/grade", dependencies=_OWN_FORM)
def grade_source(
    request: Request,
    ref: str,
    principal: Who,
    reliability: Word = "",
    credibility: Word = "",
    reason: Reason = "",
    incident: Word = "",
) -> Response:
    """Grade a source on the Admiralty scale."""
    from hygie.service.incident_desk import grade_evidence

    base = state_of(request).base(principal)
    grade_evidence(base, ref, reliability=reliability, credibility=credibility, reason=reason)
    return _go(f"/incidents/{incident}" if incident else "/sources/evidence", done="graded")


@incident_pages.post("/incidents/{ref}/undo", dependencies=_OWN_FORM)
def undo_incident(request: Request, ref: str, principal: Who, reason: Reason = "") -> Response:
    """Take the edits of analysts back: the record says again what its sources say."""
    from hygie.service.incident_desk import take_back

    take_back(state_of(request).base(principal), ref, reason=reason)
    return _go(f"/incidents/{ref}", done="undone")


@incident_pages.post("/incidents/{ref}/separate", dependencies=_OWN_FORM)
def separate_incident(request: Request, ref: str, principal: Who, reason: Reason = "") -> Response:
    """Take an incident out of the one it was joined to."""
    from hygie.service.incident_desk import separate

    separate(state_of(request).base(principal), ref, reason=reason)
    return _go(f"/incidents/{ref}", done="separated")


@incident_pages.get("/qualification")
def show_desk(request: Request, principal: Who, done: Shown = "", tab: Shown = "duplicates") -> Response:
    """Show what waits to be judged."""
    from hygie.service.incident_desk import list_open_questions

    language = choose_language(request, principal)
    gallery = open_gallery(request, principal)
    view = state_of(request).remember(
        principal, ("desk", language), lambda base: list_open_questions(base, gallery, language=language)
    )
    chosen = tab if tab in ("duplicates", "dates", "attribution", "log") else "duplicates"
    return render_page(
        request, "qualification.html.j2", principal=principal, active="landscape", view=view, tab=chosen, done=done
    )


@incident_pages.post("/qualification/pairs", dependencies=_OWN_FORM)
def judge_pair(
    request: Request,
    principal: Who,
    keep: Word,
    other: Word,
    verdict: Annotated[Literal["same", "distinct"], Form()],
    reason: Reason = "",
) -> Response:
    """Join two incidents, or say that they are two."""
    from hygie.service.incident_desk import settle_pair

    base = state_of(request).base(principal)
    settle_pair(base, keep, other, same=verdict == "same", reason=reason)
    return _go("/qualification", done=verdict)


def _go(path: str, **query: str) -> Response:
    return RedirectResponse(link_with(path, None, **query), status_code=303)
