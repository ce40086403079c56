"""Accounts of the organisation: listed, added, given a role, closed, given a password, taken out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import Response

from hygie.service.accounts.audit import Actor
from hygie.service.accounts.directory import (
    AccountView,
    add_account,
    disable_account,
    enable_account,
    list_members,
    remove_member,
    reset_password,
    set_role,
    show_account,
)
from hygie.service.accounts.principal import Principal, Role
from hygie.service.accounts.temporary import draw_password
from hygie.views.application import PageView
from hygie.views.assessment import View
from hygie.views.messages import Language
from hygie.web.api.common import (
    PREFIX,
    Administrator,
    Id,
    Limit,
    Place,
    answer,
    answer_page,
    cut_rows,
    make_router,
)
from hygie.web.auth.guard import find_address
from hygie.web.state import state_of

__all__ = ["people_routes"]

# An answer may hold a new password: none of these answers is kept.
people_routes = make_router("people", keep_answers=False)

_NEW: dict[str, Any] = {"login": "ana.roux", "name": "Ana Roux", "role": "analyst", "language": "fr"}


class MemberView(View):
    """An account of the organisation."""

    account_id: str
    login: str
    name: str
    role: Role | None
    language: str
    disabled: bool
    created_at: datetime
    signed_in_at: datetime | None


class NewMemberView(MemberView):
    """An account with a password that was drawn, shown this once; without one for single sign-on."""

    password: str | None


class MemberBody(BaseModel):
    """A new account."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [_NEW]})

    login: Annotated[str, Field(min_length=2, max_length=120)]
    name: Annotated[str | None, Field(min_length=1, max_length=120)] = None
    role: Role
    language: Language = "fr"
    single_sign_on: Annotated[bool, Field(description="no password: it comes in through single sign-on")] = False


class MemberChange(BaseModel):
    """What is changed of an account: its role, or whether it is closed."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra={"examples": [{"role": "approver"}]})

    role: Role | None = None
    disabled: bool | None = None

    @model_validator(mode="after")
    def _check(self) -> MemberChange:
        if self.role is None and self.disabled is None:
            raise ValueError("give role, disabled, or both")
        return self


@people_routes.get("/members", response_model=PageView[MemberView], summary="List accounts of the organisation")
def list_accounts(request: Request, principal: Administrator, after: Place = None, limit: Limit = 50) -> Response:
    """Return the accounts of the organisation with their roles, by login."""
    rows = list_members(state_of(request).access, principal.organisation_id)
    return answer_page(request, cut_rows((MemberView(**_show(row)) for row in rows), after=after, limit=limit))


@people_routes.post("/members", response_model=NewMemberView, status_code=201, summary="Add an account")
def add_member(request: Request, principal: Administrator, body: MemberBody) -> Response:
    """Add an account to the organisation; its password is drawn, and returned this once."""
    password = None if body.single_sign_on else draw_password()
    row = add_account(
        state_of(request).access,
        login=body.login,
        name=body.name,
        role=body.role,
        organisation_id=principal.organisation_id,
        password=password,
        language=body.language,
        actor=_actor(request, principal),
    )
    headers = {"Location": f"{PREFIX}/members/{row.account_id}", "Cache-Control": "no-store"}
    return answer(request, NewMemberView(**_show(row), password=password), status=201, headers=headers)


@people_routes.get("/members/{account_id}", response_model=MemberView, summary="Read an account")
def read_member(request: Request, principal: Administrator, account_id: Id) -> Response:
    """Return an account of the organisation."""
    row = show_account(state_of(request).access, account_id, organisation_id=principal.organisation_id)
    return answer(request, MemberView(**_show(row)))


@people_routes.patch("/members/{account_id}", response_model=MemberView, summary="Change an account")
def change_member(request: Request, principal: Administrator, account_id: Id, body: MemberChange) -> Response:
    """Give an account another role, close it, or open it again; never the last administrator."""
    access = state_of(request).access
    where: dict[str, Any] = {"organisation_id": principal.organisation_id, "actor": _actor(request, principal)}
    if body.role is not None:
        set_role(access, account_id, role=body.role, **where)
    if body.disabled is not None:
        (disable_account if body.disabled else enable_account)(access, account_id, whole=False, **where)
    return read_member(request, principal, account_id)


@people_routes.post("/members/{account_id}/password", response_model=NewMemberView, summary="Draw a new password")
def renew_password(request: Request, principal: Administrator, account_id: Id) -> Response:
    """Give an account a new password, returned this once; its sessions end."""
    access, password = state_of(request).access, draw_password()
    row = show_account(access, account_id, organisation_id=principal.organisation_id)
    reset_password(
        access,
        account_id,
        password,
        organisation_id=principal.organisation_id,
        actor=_actor(request, principal),
        whole=False,
    )
    view = NewMemberView(**_show(row), password=password)
    return answer(request, view, headers={"Cache-Control": "no-store"})


@people_routes.delete("/members/{account_id}", status_code=204, summary="Take an account out")
def take_out(request: Request, principal: Administrator, account_id: Id) -> Response:
    """Take an account out of the organisation: its sessions and tokens there end."""
    remove_member(
        state_of(request).access,
        account_id,
        organisation_id=principal.organisation_id,
        actor=_actor(request, principal),
    )
    return Response(status_code=204)


def _show(row: AccountView) -> dict[str, Any]:
    return {name: getattr(row, name) for name in MemberView.model_fields}


def _actor(request: Request, principal: Principal) -> Actor:
    return Actor.of(principal, address=find_address(request))
