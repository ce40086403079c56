"""Where a request that changes something comes from: our own page, or somewhere else."""

from __future__ import annotations

import hmac
from ipaddress import ip_address
from typing import TYPE_CHECKING

from fastapi import HTTPException, Request

from hygie.service.accounts.access import make_secret
from hygie.web.auth.cookies import read_cookie, set_cookie
from hygie.web.state import state_of

if TYPE_CHECKING:
    from starlette.responses import Response

__all__ = [
    "check_form",
    "check_origin",
    "find_address",
    "holds_token",
    "is_safe",
    "make_form_token",
    "read_form_token",
]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
CSRF_FIELD = "csrf_token"
CSRF_HEADER = "x-csrf-token"


def is_safe(request: Request) -> bool:
    """Return whether a request changes nothing by its method (RFC 9110, 9.2.1)."""
    return request.method in _SAFE


async def read_form_token(request: Request) -> str:
    """Return the token that a form or a script of our pages sent along."""
    if is_safe(request):
        return ""
    given = request.headers.get(CSRF_HEADER)
    if given is not None:
        return given
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() not in _FORMS:
        return ""
    value = (await request.form()).get(CSRF_FIELD)
    return value if isinstance(value, str) else ""


def check_origin(request: Request) -> None:
    """Refuse what a browser says that another site sent.

    Raises
    ------
    HTTPException
        403.
    """
    origin = request.headers.get("origin")
    site = request.headers.get("sec-fetch-site", "same-origin")
    settings = state_of(request).settings
    scheme = "https" if settings.secure else "http"
    own = {f"{scheme}://{request.headers.get('host', '')}".lower()}
    if settings.public_url is not None:
        own.add(settings.public_url.rstrip("/").lower())
    if site not in ("same-origin", "none") or (origin is not None and origin.lower() not in own):
        raise HTTPException(403)


def make_form_token(request: Request, answer: Response | None = None) -> str:
    """Return the token of a form for somebody who has no session; with an answer, give the cookie it belongs to."""
    seed: str = getattr(request.state, "form_seed", "") or read_cookie(request, "form") or make_secret()
    request.state.form_seed = seed
    if answer is not None and read_cookie(request, "form") != seed:
        set_cookie(request, answer, "form", seed)
    return state_of(request).signer.sign(seed, purpose="form")


def check_form(request: Request, given: str) -> None:
    """Refuse a form that does not come from our own page, when there is no session yet.

    Raises
    ------
    HTTPException
        403.
    """
    check_origin(request)
    seed = read_cookie(request, "form")
    if not seed or not state_of(request).signer.holds(seed, given, purpose="form"):
        raise HTTPException(403)


def holds_token(expected: str, given: str) -> bool:
    """Return whether a token is the one that was given out."""
    return bool(expected) and hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogatepass"))


def find_address(request: Request) -> str | None:
    """Return where a request comes from; None behind a reverse proxy, which is all that the server sees of it."""
    if request.client is None:
        return None
    host = request.client.host
    try:
        is_proxy = state_of(request).settings.public_url is not None and ip_address(host).is_loopback
    except ValueError:
        is_proxy = False
    return None if is_proxy else host
