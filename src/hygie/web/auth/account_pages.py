"""One's own account: password, language, sessions, tokens, organisation."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form, HTTPException, Request, Response
from starlette.responses import RedirectResponse

from hygie.core.errors import DataError, ForbiddenError, UsageError
from hygie.service.accounts.audit import Actor
from hygie.service.accounts.directory import (
    change_password,
    list_own_organisations,
    set_language,
    show_account,
)
from hygie.service.accounts.permissions import SCOPES, list_permissions
from hygie.service.accounts.sessions import OpenSession, list_own_sessions, revoke_session, switch_organisation
from hygie.service.accounts.tokens import list_own_tokens, make_token, revoke_token
from hygie.web.auth.dependencies import current_session
from hygie.web.auth.guard import find_address
from hygie.web.auth.login_pages import hide
from hygie.web.auth.rates import limit_of
from hygie.web.auth.words import explain_error, name_role, name_scope
from hygie.web.pages import render_page, translate_for
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

__all__ = ["account_pages"]

account_pages = APIRouter(include_in_schema=False)

Session = Annotated[OpenSession, Depends(current_session)]
Text = Annotated[str, Form(max_length=1000)]


@account_pages.get("/account")
def show_own_account(request: Request, session: Session, done: str = "") -> Response:
    """Show one's own account."""
    return _render(request, session, done=done)


@account_pages.post("/account/password")
def change_own_password(
    request: Request, session: Session, old: Text = "", new: Text = "", again: Text = ""
) -> Response:
    """Change one's own password; the other sessions end."""
    _ = translate_for(request, session.principal)
    # Each try costs a slow hash, and is a guess.
    limit_of(request, "passwords", burst=5, per_minute=2.0).check(session.principal.account_id)
    if new != again:
        return _render(request, session, errors={"password": _("The two passwords differ.")}, status=422)
    try:
        change_password(
            state_of(request).access,
            session.principal.account_id,
            old=old,
            new=new,
            organisation_id=session.principal.organisation_id,
            actor=_actor(request, session),
            keep_session=session.session_id,
        )
    except DataError as error:
        said = explain_error(_, error, language=choose_language(request, session.principal))
        return _render(request, session, errors={"password": said}, status=422)
    return _done("password")


@account_pages.post("/account/language")
def change_own_language(request: Request, session: Session, language: Text = "") -> Response:
    """Change the language of one's account."""
    if language not in ("fr", "en"):
        raise HTTPException(400)
    set_language(state_of(request).access, session.principal.account_id, "en" if language == "en" else "fr")
    answer = _done("language")
    # The cookie of the switch at the top would win over the account.
    answer.delete_cookie("hygie_language")
    return answer


@account_pages.post("/account/organisation")
def change_organisation(request: Request, session: Session, organisation: Text = "") -> Response:
    """Go on in another organisation."""
    switch_organisation(state_of(request).access, session, organisation, actor=_actor(request, session))
    return hide(RedirectResponse("/", status_code=303))


@account_pages.post("/account/sessions/{ref}/revoke")
def end_own_session(request: Request, session: Session, ref: str) -> Response:
    """End one of one's own sessions."""
    revoke_session(
        state_of(request).access,
        session.principal.account_id,
        ref,
        organisation_id=session.principal.organisation_id,
        actor=_actor(request, session),
    )
    return _done("session")


@account_pages.post("/account/tokens")
def make_own_token(
    request: Request,
    session: Session,
    label: Text = "",
    days: Annotated[int, Form(ge=1, le=366)] = 90,
    scope: Annotated[list[str] | None, Form(max_length=10)] = None,
) -> Response:
    """Make a token of the API and show it, this once."""
    try:
        token, _row = make_token(
            state_of(request).access,
            session.principal.account_id,
            organisation_id=session.principal.organisation_id,
            label=label,
            scopes=tuple(scope or ()),
            life=timedelta(days=days),
            actor=_actor(request, session),
        )
    except (DataError, UsageError, ForbiddenError) as error:
        language = choose_language(request, session.principal)
        said = explain_error(translate_for(request, session.principal), error, language=language)
        return _render(request, session, errors={"token": said}, status=422)
    return _render(request, session, token=token)


@account_pages.post("/account/tokens/{token_id}/revoke")
def end_own_token(request: Request, session: Session, token_id: str) -> Response:
    """End one of one's own tokens."""
    revoke_token(
        state_of(request).access,
        token_id,
        organisation_id=session.principal.organisation_id,
        account_id=session.principal.account_id,
        actor=_actor(request, session),
    )
    return _done("token")


def _render(
    request: Request,
    session: OpenSession,
    *,
    errors: dict[str, str] | None = None,
    token: str = "",
    done: str = "",
    status: int = 200,
) -> Response:
    state, principal = state_of(request), session.principal
    _, language = translate_for(request, principal), choose_language(request, principal)
    access = state.access
    organisations = list_own_organisations(access, principal.account_id)
    messages = {
        "password": _("Your password is changed; your other sessions are over."),
        "language": _("Your language is changed."),
        "session": _("The session is over."),
        "token": _("The token no longer opens anything."),
    }
    answer = render_page(
        request,
        "auth/account.html.j2",
        principal=principal,
        status=status,
        active="",
        account=show_account(access, principal.account_id, organisation_id=principal.organisation_id),
        role=name_role(_, principal.role),
        organisations=[(place, name_role(_, role)) for place, role in organisations],
        sessions=list_own_sessions(access, principal.account_id, current=session.session_id),
        tokens=[
            (row, ", ".join(name_scope(_, scope) for scope in row.scopes), access.clock() >= row.expires_at)
            for row in list_own_tokens(
                access, account_id=principal.account_id, organisation_id=principal.organisation_id
            )
        ],
        scopes=[
            (scope, name_scope(_, scope)) for scope in SCOPES if list_permissions(principal.role, frozenset({scope}))
        ],
        providers=[(client.settings.id, client.settings.label[language]) for client in state.providers.values()],
        errors=errors or {},
        new_token=token,
        done=messages.get(done, ""),
    )
    return hide(answer)


def _done(what: str) -> Response:
    return hide(RedirectResponse(f"/account?done={what}", status_code=303))


def _actor(request: Request, session: OpenSession) -> Actor:
    return Actor.of(session.principal, address=find_address(request))
