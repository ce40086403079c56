"""The one seam through which a route learns who asks, and whether they may.

A route takes ``Annotated[Principal, Depends(current_principal)]``, or ``Depends(require_permission("run"))``. Both
refuse what changes something on behalf of a browser's session unless it came from our own page: no route can forget it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from starlette.concurrency import run_in_threadpool

from hygie.service.accounts.permissions import PERMISSIONS, Permission, require
from hygie.service.accounts.principal import Principal
from hygie.service.accounts.sessions import OpenSession, read_session
from hygie.service.accounts.tokens import read_token
from hygie.web.auth.cookies import read_cookie
from hygie.web.auth.guard import check_origin, holds_token, is_safe, make_form_token, read_form_token
from hygie.web.state import state_of

__all__ = [
    "csrf_token",
    "current_principal",
    "current_session",
    "find_permission",
    "find_session",
    "require_permission",
]

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="hygie"'}


async def read_token_of_known(request: Request) -> str:
    """Return the token of a form; the body of a large one is read only for somebody who is known.

    Raises
    ------
    HTTPException
        401: nobody is known.
    """
    length = request.headers.get("content-length", "0")
    if not is_safe(request) and int(length) > state_of(request).settings.max_body:
        known = await run_in_threadpool(_is_known, request)
        if not known:
            raise HTTPException(401, headers=_CHALLENGE)
    return await read_form_token(request)


def current_principal(request: Request, given: Annotated[str, Depends(read_token_of_known)]) -> Principal:
    """Return who asks: by a token of the API, or by the session of a browser.

    Raises
    ------
    HTTPException
        401: nobody is known. 403: a session, and a form that is not from our own page.
    ForbiddenError
        A token without the scope to read.
    """
    header = request.headers.get("authorization")
    if header is not None:
        bearer = _read_bearer(request, header)
        if is_safe(request):
            # A token without this scope reads nothing, whatever the route says.
            require(bearer, "read")
        principal: Principal | None = bearer
    else:
        session = find_session(request)
        principal = state_of(request).settings.development_principal if session is None else session.principal
        if principal is None:
            raise HTTPException(401, headers=_CHALLENGE)
        if not is_safe(request):
            check_origin(request)
            if not holds_token(csrf_token(request, principal), given):
                raise HTTPException(403)
    assert principal is not None
    request.state.principal = principal
    return principal


def current_session(request: Request, _principal: Annotated[Principal, Depends(current_principal)]) -> OpenSession:
    """Return the session of a browser: what a token of the API may not do.

    Raises
    ------
    HTTPException
        401: nobody is known. 403: known by a token.
    """
    session: OpenSession | None = getattr(request.state, "session", None)
    if session is None or "authorization" in request.headers:
        raise HTTPException(403)
    return session


def find_session(request: Request) -> OpenSession | None:
    """Return the session of a browser; None when it has none that holds."""
    known: OpenSession | None = getattr(request.state, "session", None)
    if known is not None:
        return known
    secret = read_cookie(request, "session")
    session = read_session(state_of(request).access, secret) if secret else None
    request.state.session = session
    return session


def csrf_token(request: Request, principal: Principal | None) -> str:
    """Return the token that forms of this page carry."""
    session: OpenSession | None = getattr(request.state, "session", None)
    if session is not None:
        return session.csrf_token
    if principal is None:
        return make_form_token(request) if hasattr(request.state, "form_seed") else ""
    if state_of(request).settings.development_principal is None:
        return ""
    return state_of(request).signer.sign(principal.account_id, purpose="csrf")


def require_permission(permission: Permission) -> Callable[..., Principal]:
    """Return a dependency that gives who asks when they may do this, and refuses them when they may not."""
    return _CHECKS[permission]


def find_permission(dependency: object) -> Permission | None:
    """Return what a dependency asks for; None when it is no such dependency."""
    return next((permission for permission, check in _CHECKS.items() if check is dependency), None)


def _make_check(permission: Permission) -> Callable[..., Principal]:
    def check(principal: Annotated[Principal, Depends(current_principal)]) -> Principal:
        require(principal, permission)
        return principal

    check.__name__ = f"require_{permission}"
    return check


_CHECKS = {permission: _make_check(permission) for permission in PERMISSIONS}


def _is_known(request: Request) -> bool:
    header = request.headers.get("authorization")
    if header is not None:
        return _read_bearer(request, header) is not None
    return find_session(request) is not None or state_of(request).settings.development_principal is not None


def _read_bearer(request: Request, header: str) -> Principal:
    scheme, _, secret = header.partition(" ")
    principal = read_token(state_of(request).access, secret.strip()) if scheme.lower() == "bearer" else None
    if principal is None:
        raise HTTPException(401, headers=_CHALLENGE)
    return principal
