"""The one seam through which a route learns who asks, and whether a form came from our own page."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, HTTPException, Request

from hygie.service.accounts.principal import Principal
from hygie.web.state import state_of

__all__ = ["check_csrf", "csrf_token", "current_principal", "require_writing"]


def current_principal(request: Request) -> Principal:
    """Return who asks.

    Raises
    ------
    HTTPException
        401: nobody is known.
    """
    principal = state_of(request).settings.development_principal
    if principal is None:
        raise HTTPException(401)
    request.state.principal = principal
    return principal


def csrf_token(request: Request, principal: Principal | None) -> str:
    """Return the token that forms of this page carry."""
    return "" if principal is None else state_of(request).signer.sign(principal.account_id, purpose="csrf")


def check_csrf(
    request: Request,
    principal: Annotated[Principal, Depends(current_principal)],
    csrf_token: Annotated[str, Form()] = "",
) -> None:
    """Refuse a form that did not come from our own page.

    Raises
    ------
    HTTPException
        403: the token is missing or is another one, or the browser says that another site sent it.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    own = state_of(request).signer.holds(principal.account_id, csrf_token, purpose="csrf")
    if site not in ("same-origin", "none") or not own:
        raise HTTPException(403)


def require_writing(principal: Annotated[Principal, Depends(current_principal)]) -> None:
    """Refuse to change facts for those who may only read.

    Raises
    ------
    HTTPException
        403: the role does not allow it.
    """
    if principal.role == "viewer":
        raise HTTPException(403)
