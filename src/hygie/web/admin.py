"""Administration: what the organisation holds, its people and their roles, tokens, single sign-on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Query, Request, Response

from hygie.core.errors import DataError, ForbiddenError, HygieError
from hygie.service.accounts.audit import Actor
from hygie.service.accounts.directory import (
    add_account,
    disable_account,
    enable_account,
    list_members,
    parse_role,
    remove_member,
    reset_password,
    set_role,
    show_account,
)
from hygie.service.accounts.permissions import PERMISSIONS
from hygie.service.accounts.principal import ROLES, Principal
from hygie.service.accounts.temporary import draw_password
from hygie.service.accounts.tokens import list_own_tokens, revoke_token
from hygie.web.auth.dependencies import require_permission
from hygie.web.auth.guard import find_address
from hygie.web.auth.login_pages import hide
from hygie.web.auth.words import explain_error, name_role, name_scope
from hygie.web.facilities import go, open_own
from hygie.web.pages import render_page, translate_for
from hygie.web.preferences import choose_language
from hygie.web.problems import status_of
from hygie.web.state import state_of

__all__ = ["Admin", "Done", "actor_of", "admin_pages"]

admin_pages = APIRouter(include_in_schema=False)

Admin = Annotated[Principal, Depends(require_permission("administer"))]
Done = Annotated[str, Query(max_length=20)]
Text = Annotated[str, Form(max_length=200)]


@admin_pages.get("/admin")
def show_overview(request: Request, principal: Admin) -> Response:
    """Show what the organisation holds, and whether somebody works on its jobs."""
    from hygie.service.administration import describe_holdings
    from hygie.service.what_changed import list_changes

    workspace, language = open_own(request, principal), choose_language(request, principal)
    return render_page(
        request,
        "admin.html.j2",
        principal=principal,
        active="admin",
        view=describe_holdings(workspace, language=language),
        feed=list_changes(workspace, limit=8, language=language).items,
    )


@admin_pages.get("/admin/people")
def show_people(request: Request, principal: Admin, done: Done = "") -> Response:
    """Show the accounts of the organisation."""
    return _render_people(request, principal, done=done)


@admin_pages.post("/admin/people")
def add_person(
    request: Request,
    principal: Admin,
    login: Text = "",
    name: Text = "",
    role: Text = "viewer",
    language: Text = "fr",
    sso: Annotated[bool, Form()] = False,
) -> Response:
    """Add an account, with a password that is shown this once or for single sign-on only."""
    password = None if sso else draw_password()
    try:
        account = add_account(
            state_of(request).access,
            login=login,
            name=name.strip() or None,
            role=parse_role(role),
            organisation_id=principal.organisation_id,
            password=password,
            language="en" if language == "en" else "fr",
            actor=actor_of(request, principal),
        )
    except (DataError, ForbiddenError, HygieError) as error:
        said = explain_error(translate_for(request, principal), error, language=choose_language(request, principal))
        given = {"login": login, "name": name, "role": role, "language": language}
        return _render_people(request, principal, given=given, problem=said, status=status_of(error))
    if password is None:
        return hide(go("/admin/people", done="added"))
    return _render_people(request, principal, secret=(account.login, password))


@admin_pages.post("/admin/people/{account_id}/role")
def change_role(request: Request, principal: Admin, account_id: str, role: Text = "") -> Response:
    """Give somebody another role."""
    access, actor = state_of(request).access, actor_of(request, principal)
    return _try(
        request,
        principal,
        lambda: set_role(
            access, account_id, role=parse_role(role), organisation_id=principal.organisation_id, actor=actor
        ),
        done="role",
    )


@admin_pages.post("/admin/people/{account_id}/{action}")
def change_account(request: Request, principal: Admin, account_id: str, action: str) -> Response:
    """Close an account, open it again, take it out of the organisation, or give it a new password."""
    access = state_of(request).access
    where: dict[str, Any] = {"organisation_id": principal.organisation_id, "actor": actor_of(request, principal)}
    match action:
        case "disable":
            return _try(
                request, principal, lambda: disable_account(access, account_id, whole=False, **where), done="disabled"
            )
        case "enable":
            return _try(
                request, principal, lambda: enable_account(access, account_id, whole=False, **where), done="enabled"
            )
        case "remove":
            return _try(request, principal, lambda: remove_member(access, account_id, **where), done="removed")
        case "password":
            password = draw_password()
            account = show_account(access, account_id, organisation_id=principal.organisation_id)
            try:
                reset_password(access, account_id, password, whole=False, **where)
            except ForbiddenError as error:
                said = explain_error(
                    translate_for(request, principal), error, language=choose_language(request, principal)
                )
                return _render_people(request, principal, problem=said, status=status_of(error))
            return _render_people(request, principal, secret=(account.login, password))
    raise HTTPException(404)


@admin_pages.get("/admin/access")
def show_access(request: Request, principal: Admin, done: Done = "") -> Response:
    """Show the tokens of the organisation, and how people come in."""
    from hygie.service.administration import describe_providers

    state, language = state_of(request), choose_language(request, principal)
    _, access = translate_for(request, principal), state.access
    names = {row.account_id: row.name for row in list_members(access, principal.organisation_id)}
    rows = [
        {
            "row": row,
            "owner": names.get(row.account_id, "?"),
            "may": ", ".join(name_scope(_, scope) for scope in row.scopes),
            "over": access.clock() >= row.expires_at,
        }
        for row in list_own_tokens(access, organisation_id=principal.organisation_id)
    ]
    return render_page(
        request,
        "admin_access.html.j2",
        principal=principal,
        active="admin",
        tokens=rows,
        providers=describe_providers(
            (client.settings for client in state.providers.values()),
            organisation_id=principal.organisation_id,
            language=language,
        ),
        roles={role: name_role(_, role) for role in ROLES},
        limits=access.limits,
        done=done,
    )


@admin_pages.post("/admin/tokens/{token_id}/revoke")
def end_token(request: Request, principal: Admin, token_id: str) -> Response:
    """End a token of the organisation, whoever it belongs to."""
    revoke_token(
        state_of(request).access,
        token_id,
        organisation_id=principal.organisation_id,
        actor=actor_of(request, principal),
    )
    return go("/admin/access", done="token")


def actor_of(request: Request, principal: Principal) -> Actor:
    """Return who signs a line of the audit log."""
    return Actor.of(principal, address=find_address(request))


def _try(request: Request, principal: Principal, act: Any, *, done: str) -> Response:
    try:
        act()
    except ForbiddenError as error:
        said = explain_error(translate_for(request, principal), error, language=choose_language(request, principal))
        return _render_people(request, principal, problem=said, status=status_of(error))
    return go("/admin/people", done=done)


def _render_people(
    request: Request,
    principal: Principal,
    *,
    given: dict[str, str] | None = None,
    problem: str = "",
    secret: tuple[str, str] | None = None,
    done: str = "",
    status: int = 200,
) -> Response:
    from hygie.service.administration import describe_roles, name_permission

    state, language = state_of(request), choose_language(request, principal)
    _ = translate_for(request, principal)
    said = {
        "added": _("The account is there; it comes in through single sign-on."),
        "role": _("The role is changed."),
        "disabled": _("The account is closed: its sessions are over, its tokens open nothing."),
        "enabled": _("The account is open again."),
        "removed": _("The account is out of this organisation."),
    }
    answer = render_page(
        request,
        "admin_people.html.j2",
        principal=principal,
        active="admin",
        status=status,
        people=list_members(state.access, principal.organisation_id),
        roles=describe_roles(language=language),
        permissions=[name_permission(item, _) for item in PERMISSIONS],
        given=given or {"login": "", "name": "", "role": "viewer", "language": language},
        has_sso=bool(state.providers),
        problem=problem,
        secret=secret,
        done=said.get(done, ""),
    )
    return hide(answer)
