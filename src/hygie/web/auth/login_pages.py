"""Coming in, the first account, going out."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Form, Request, Response
from starlette.responses import RedirectResponse

from hygie.core.errors import AccessError, DataError, HygieError, ThrottledError
from hygie.service.accounts.audit import Actor
from hygie.service.accounts.sessions import OpenSession, close_session
from hygie.service.accounts.setup import complete_setup, needs_setup
from hygie.service.accounts.sign_in import sign_in
from hygie.web.auth.cookies import drop_cookie, set_cookie
from hygie.web.auth.dependencies import current_session, find_session
from hygie.web.auth.guard import check_form, find_address, make_form_token
from hygie.web.auth.rates import limit_visitors
from hygie.web.auth.words import explain_error
from hygie.web.pages import link_with, render_page, translate_for
from hygie.web.preferences import choose_language, safe_path
from hygie.web.state import state_of

__all__ = ["hide", "login_pages", "welcome"]

login_pages = APIRouter(include_in_schema=False)

# Pages that lead nowhere once somebody is in.
_DOORS = ("/login", "/logout", "/setup", "/sso/")
Text = Annotated[str, Form(max_length=1000)]


def hide(answer: Response) -> Response:
    """Keep an answer out of every cache."""
    answer.headers["Cache-Control"] = "no-store"
    if "etag" in answer.headers:
        del answer.headers["etag"]
    return answer


def find_next(text: str) -> str:
    """Return where to go after coming in: a page of this site, never a door."""
    path = safe_path(text)
    return "/" if path.startswith(_DOORS) else path


def welcome(request: Request, secret: str, next_path: str) -> Response:
    """Send somebody who came in to where they wanted to go, with a new session; an older one of the browser ends."""
    access = state_of(request).access
    former = find_session(request)
    if former is not None:
        close_session(access, former, actor=Actor.of(former.principal, address=find_address(request)))
    answer = RedirectResponse(find_next(next_path), status_code=303)
    set_cookie(request, answer, "session", secret)
    drop_cookie(request, answer, "form")
    return hide(answer)


@login_pages.get("/login")
def show_login(
    request: Request,
    next: str = "/",  # noqa: A002 - the name in the address
    out: str = "",
) -> Response:
    """Show the door; who is in already goes on."""
    state = state_of(request)
    if find_session(request) is not None:
        return hide(RedirectResponse(find_next(next), status_code=303))
    if needs_setup(state.access):
        return hide(RedirectResponse("/setup", status_code=303))
    return _render_login(request, next_path=find_next(next), out=out if out in {"1", *state.providers} else "")


@login_pages.post("/login", dependencies=[Depends(limit_visitors)])
def come_in(
    request: Request,
    login: Text = "",
    password: Text = "",
    next: Text = "/",  # noqa: A002 - the name in the form
    csrf_token: Text = "",
) -> Response:
    """Let somebody in with a password."""
    check_form(request, csrf_token)
    try:
        secret = sign_in(
            state_of(request).access,
            login,
            password,
            address=find_address(request),
            browser=request.headers.get("user-agent"),
        )
    except AccessError as error:
        answer = _render_login(request, next_path=find_next(next), login=login, error=error, status=error.status)
        if isinstance(error, ThrottledError):
            answer.headers["Retry-After"] = str(error.retry_after_s)
        return answer
    return welcome(request, secret, next)


@login_pages.post("/logout")
def go_out(request: Request, session: Annotated[OpenSession, Depends(current_session)]) -> Response:
    """End the session, and let the browser forget what it kept of it."""
    close_session(state_of(request).access, session, actor=Actor.of(session.principal, address=find_address(request)))
    answer = RedirectResponse(link_with("/login", {"out": session.provider or "1"}), status_code=303)
    drop_cookie(request, answer, "session")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return hide(answer)


@login_pages.get("/setup")
def show_setup(request: Request) -> Response:
    """Show the form of the first account, as long as there is none."""
    if not needs_setup(state_of(request).access):
        return hide(RedirectResponse("/login", status_code=303))
    return _render_setup(request)


@login_pages.post("/setup", dependencies=[Depends(limit_visitors)])
def make_first_account(
    request: Request,
    code: Text = "",
    login: Text = "",
    name: Text = "",
    password: Text = "",
    again: Text = "",
    csrf_token: Text = "",
) -> Response:
    """Make the first account, an administrator, and let it in."""
    check_form(request, csrf_token)
    access, address = state_of(request).access, find_address(request)
    given = {"code": code, "login": login, "name": name}
    if password != again:
        error: HygieError = DataError("the two passwords differ")
        return _render_setup(request, given=given, error=error, status=422)
    language: Literal["fr", "en"] = choose_language(request)
    try:
        complete_setup(
            access,
            code,
            login=login,
            name=name.strip() or None,
            password=password,
            language=language,
            address=address,
        )
        secret = sign_in(access, login, password, address=address, browser=request.headers.get("user-agent"))
    except AccessError as error:
        return _render_setup(request, given=given, error=error, status=error.status)
    except DataError as error:
        return _render_setup(request, given=given, error=error, status=422)
    return welcome(request, secret, "/")


def _render_login(
    request: Request,
    *,
    next_path: str,
    login: str = "",
    out: str = "",
    error: HygieError | None = None,
    status: int = 200,
) -> Response:
    language = choose_language(request)
    clients = state_of(request).providers.values()
    providers = [(client.settings.id, client.settings.label[language]) for client in clients]
    make_form_token(request)
    answer = render_page(
        request,
        "auth/login.html.j2",
        principal=None,
        status=status,
        active="",
        next_path=next_path,
        login=login,
        error=explain_error(translate_for(request), error, language=language) if error is not None else "",
        left=bool(out),
        left_provider=next((pair for pair in providers if pair[0] == out), None),
        providers=providers,
    )
    make_form_token(request, answer)
    return hide(answer)


def _render_setup(
    request: Request, *, given: dict[str, str] | None = None, error: HygieError | None = None, status: int = 200
) -> Response:
    _ = translate_for(request)
    text = ""
    if error is not None:
        differ = error.findings[0].message == "the two passwords differ"
        text = _("The two passwords differ.") if differ else explain_error(_, error, language=choose_language(request))
    make_form_token(request)
    answer = render_page(
        request,
        "auth/setup.html.j2",
        principal=None,
        status=status,
        active="",
        given=given or {"code": "", "login": "", "name": ""},
        error=text,
    )
    make_form_token(request, answer)
    return hide(answer)
