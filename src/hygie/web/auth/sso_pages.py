"""The way to an identity provider and back."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from starlette.responses import RedirectResponse

from hygie.core.errors import AccessError
from hygie.service.accounts.oidc_client import OidcClient
from hygie.service.accounts.sessions import OpenSession
from hygie.service.accounts.sso import begin_sso, finish_sso
from hygie.web.auth.cookies import drop_cookie, read_cookie, set_cookie
from hygie.web.auth.dependencies import current_session, find_session
from hygie.web.auth.guard import find_address
from hygie.web.auth.login_pages import find_next, hide, welcome
from hygie.web.auth.rates import limit_visitors
from hygie.web.findings import say_finding
from hygie.web.pages import render_page
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

__all__ = ["sso_pages"]

sso_pages = APIRouter(include_in_schema=False)

_COOKIE = "way"
_LONGEST_QUERY = 8192


@sso_pages.get("/sso/{provider}/start", dependencies=[Depends(limit_visitors)])
def go_to_provider(
    request: Request,
    provider: str,
    next: str = "/",  # noqa: A002 - the name in the address
) -> Response:
    """Send somebody to an identity provider."""
    client = _find_client(request, provider)
    access = state_of(request).access
    address, secret = begin_sso(access, client, callback=name_callback(request, client), next_path=find_next(next))
    answer = RedirectResponse(address, status_code=303)
    set_cookie(request, answer, _COOKIE, secret, max_age=int(access.limits.attempt_life.total_seconds()))
    return hide(answer)


@sso_pages.post("/sso/{provider}/link")
def ask_for_link(
    request: Request, provider: str, session: Annotated[OpenSession, Depends(current_session)]
) -> Response:
    """Show the way to an identity that the account at work is to be linked to.

    A form may not lead to another site (Content-Security-Policy), a link may.
    """
    client = _find_client(request, provider)
    access = state_of(request).access
    address, secret = begin_sso(
        access,
        client,
        callback=name_callback(request, client),
        next_path="/account",
        account_id=session.principal.account_id,
    )
    answer = render_page(
        request,
        "auth/link.html.j2",
        principal=session.principal,
        active="",
        address=address,
        label=client.settings.label[choose_language(request, session.principal)],
    )
    set_cookie(request, answer, _COOKIE, secret, max_age=int(access.limits.attempt_life.total_seconds()))
    return hide(answer)


@sso_pages.get("/sso/{provider}/callback", dependencies=[Depends(limit_visitors)])
def come_back(request: Request, provider: str) -> Response:
    """Let in who comes back from an identity provider."""
    client = _find_client(request, provider)
    if len(request.url.query) > _LONGEST_QUERY:
        raise HTTPException(400)
    session = find_session(request)
    try:
        arrival = finish_sso(
            state_of(request).access,
            client,
            dict(request.query_params),
            callback=name_callback(request, client),
            browser_secret=read_cookie(request, _COOKIE),
            address=find_address(request),
            browser=request.headers.get("user-agent"),
            account_id=None if session is None else session.principal.account_id,
        )
    except AccessError as error:
        found = say_finding(error.findings[0], choose_language(request))
        answer = render_page(
            request,
            "auth/refused.html.j2",
            principal=None,
            status=403,
            active="",
            reason=found.message,
            repair=found.repair,
        )
        drop_cookie(request, answer, _COOKIE)
        return hide(answer)
    answer = (
        RedirectResponse(arrival.next_path, status_code=303)
        if arrival.secret is None
        else welcome(request, arrival.secret, arrival.next_path)
    )
    drop_cookie(request, answer, _COOKIE)
    return hide(answer)


@sso_pages.get("/sso/{provider}/logout", dependencies=[Depends(limit_visitors)])
def leave_provider(request: Request, provider: str) -> Response:
    """Send somebody who went out here to go out at the identity provider, too."""
    client = _find_client(request, provider)
    address = client.make_logout_address(back=f"{name_origin(request)}/login")
    return hide(RedirectResponse(address or "/login", status_code=303))


def name_origin(request: Request) -> str:
    """Return the address of this site, as browsers know it."""
    settings = state_of(request).settings
    if settings.public_url is not None:
        return settings.public_url.rstrip("/")
    # The shield lets own names in only.
    return f"http://{request.headers['host']}"


def name_callback(request: Request, client: OidcClient) -> str:
    """Return where an identity provider sends browsers back to."""
    return f"{name_origin(request)}/sso/{client.settings.id}/callback"


def _find_client(request: Request, provider: str) -> OidcClient:
    client = state_of(request).providers.get(provider)
    if client is None:
        raise HTTPException(404)
    return client
