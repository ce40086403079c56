"""Who asks, their tokens, the organisation: its feed and its audit log."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Query, Request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from starlette.responses import Response

from hygie.service.accounts.audit import Actor, list_entries, verify_log
from hygie.service.accounts.directory import list_own_organisations
from hygie.service.accounts.permissions import PERMISSIONS, Permission, Scope, allows
from hygie.service.accounts.principal import Role
from hygie.service.accounts.sessions import OpenSession
from hygie.service.accounts.tokens import TokenRow, list_own_tokens, make_token, revoke_token
from hygie.service.what_changed import list_changes
from hygie.views.application import ActivityView, PageView
from hygie.views.assessment import View
from hygie.web.api.common import (
    PREFIX,
    Administrator,
    Id,
    Limit,
    Place,
    Reader,
    answer,
    answer_page,
    cut_rows,
    language_of,
    make_router,
    open_workspace,
)
from hygie.web.auth.dependencies import current_session
from hygie.web.auth.guard import find_address
from hygie.web.state import state_of

__all__ = ["account_routes", "organisation_routes"]

# An answer holds the secret of a new token: none of these answers is kept.
account_routes = make_router("account", keep_answers=False)
organisation_routes = make_router("organisation")

Session = Annotated[OpenSession, Depends(current_session)]


class OrganisationView(View):
    """An organisation of somebody, and what they are there."""

    organisation_id: str
    role: Role


class MeView(View):
    """Who asks, where, and what they may do."""

    account_id: str
    name: str
    language: str
    organisation_id: str
    role: Role
    scopes: list[str]
    permissions: list[Permission]
    organisations: list[OrganisationView]


class TokenView(View):
    """A token, without its secret."""

    token_id: str
    label: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class NewTokenView(TokenView):
    """A new token with its secret, shown this once."""

    token: str


class TokenBody(BaseModel):
    """What a token is for, what it may do, how long."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={"examples": [{"label": "nightly import", "scopes": ["read", "write"], "days": 90}]},
    )

    label: Annotated[str, Field(min_length=1, max_length=80)]
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1, max_length=5)]
    days: Annotated[int, Field(ge=1, le=366)] = 90


class AuditLineView(View):
    """One line of the audit log, sealed with the hash of the one before."""

    number: int
    at: datetime
    actor: str
    account_id: str | None
    action: str
    target: str | None
    details: dict[str, Any]
    address: str | None
    previous_hash: str
    entry_hash: str


class AuditCheckView(View):
    """What following the chain gave."""

    entries: int
    head: str
    broken_at: int | None
    break_kind: str | None


@account_routes.get("/me", response_model=MeView, summary="Tell who asks")
def read_me(request: Request, principal: Reader) -> Response:
    """Return the account behind a token or a session, its organisation and its permissions there."""
    places = list_own_organisations(state_of(request).access, principal.account_id)
    view = MeView(
        account_id=principal.account_id,
        name=principal.name,
        language=principal.language,
        organisation_id=principal.organisation_id,
        role=principal.role,
        scopes=sorted(principal.scopes),
        permissions=[permission for permission in PERMISSIONS if allows(principal, permission)],
        organisations=[OrganisationView(organisation_id=place, role=role) for place, role in places],
    )
    return answer(request, view)


@account_routes.get("/me/tokens", response_model=PageView[TokenView], summary="List own tokens")
def list_tokens(request: Request, principal: Reader, after: Place = None, limit: Limit = 50) -> Response:
    """Return one's tokens of this organisation, the newest first, without their secrets."""
    rows = list_own_tokens(
        state_of(request).access, account_id=principal.account_id, organisation_id=principal.organisation_id
    )
    return answer_page(request, cut_rows((TokenView(**_show(row)) for row in rows), after=after, limit=limit))


@account_routes.post("/me/tokens", response_model=NewTokenView, status_code=201, summary="Make a token")
def add_token(request: Request, session: Session, body: TokenBody) -> Response:
    """Make a token and return its secret, this once. Only in a browser's session: tokens make no tokens."""
    principal = session.principal
    secret, row = make_token(
        state_of(request).access,
        principal.account_id,
        organisation_id=principal.organisation_id,
        label=body.label,
        scopes=body.scopes,
        life=timedelta(days=body.days),
        actor=Actor.of(principal, address=find_address(request)),
    )
    headers = {"Location": f"{PREFIX}/me/tokens/{row.token_id}", "Cache-Control": "no-store"}
    return answer(request, NewTokenView(**_show(row), token=secret), status=201, headers=headers)


@account_routes.delete("/me/tokens/{token_id}", status_code=204, summary="Revoke a token")
def end_token(request: Request, session: Session, token_id: Id) -> Response:
    """End one of one's tokens. Only in a browser's session."""
    principal = session.principal
    revoke_token(
        state_of(request).access,
        token_id,
        organisation_id=principal.organisation_id,
        account_id=principal.account_id,
        actor=Actor.of(principal, address=find_address(request)),
    )
    return Response(status_code=204)


@organisation_routes.get("/feed", response_model=PageView[ActivityView], summary="Tell what changed")
def read_feed(
    request: Request,
    principal: Reader,
    since: Annotated[AwareDatetime | None, Query(description="Only since this instant, with its offset.")] = None,
    after: Place = None,
    limit: Limit = 50,
) -> Response:
    """Return events of the organisation, the latest first, each told in a sentence."""
    workspace, language = open_workspace(request, principal), language_of(request, principal)
    return answer_page(request, list_changes(workspace, since=since, after=after, limit=limit, language=language))


@organisation_routes.get("/audit", response_model=PageView[AuditLineView], summary="Read the audit log")
def read_audit(request: Request, principal: Administrator, after: Place = None, limit: Limit = 50) -> Response:
    """Return lines of the audit log, the newest first."""
    entries = list_entries(
        state_of(request).access,
        principal.organisation_id,
        limit=limit + 1,
        before=int(after) if after is not None else None,
    )
    names = list(AuditLineView.model_fields)
    items = [AuditLineView(**{name: getattr(row, name) for name in names}) for row in entries[:limit]]
    following = str(items[-1].number) if len(entries) > limit else None
    return answer_page(request, PageView[AuditLineView](items=items, next=following))


@organisation_routes.get("/audit/check", response_model=AuditCheckView, summary="Verify the audit log")
def check_audit(
    request: Request,
    principal: Administrator,
    head: Annotated[
        str | None, Query(pattern=r"^[0-9]{1,12}:[0-9a-f]{64}$", description="`NUMBER:HASH` of an earlier check.")
    ] = None,
) -> Response:
    """Follow the chain of hashes from the first line; `broken_at` names the first line that does not fit."""
    checked = verify_log(state_of(request).access, principal.organisation_id, expected_head=head)
    return answer(request, AuditCheckView(**{name: getattr(checked, name) for name in AuditCheckView.model_fields}))


def _show(row: TokenRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in TokenView.model_fields}
