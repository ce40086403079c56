"""The cookies of a session, of a form before there is one, and of a way to an identity provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hygie.web.state import state_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

__all__ = ["drop_cookie", "name_cookie", "read_cookie", "set_cookie"]


def name_cookie(purpose: str, *, secure: bool) -> str:
    """Return the name of a cookie: over TLS, one that no other name of the site can set.

    >>> name_cookie("session", secure=True), name_cookie("session", secure=False)
    ('__Host-hygie_session', 'hygie_session')
    """
    return f"__Host-hygie_{purpose}" if secure else f"hygie_{purpose}"


def read_cookie(request: Request, purpose: str) -> str:
    """Return what a cookie holds; an empty text when there is none."""
    return request.cookies.get(name_cookie(purpose, secure=state_of(request).settings.secure), "")


def set_cookie(request: Request, answer: Response, purpose: str, value: str, *, max_age: int | None = None) -> None:
    """Give the browser a cookie that no script reads; without `max_age` [s], until it is closed."""
    secure = state_of(request).settings.secure
    answer.set_cookie(
        name_cookie(purpose, secure=secure),
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        samesite="lax",
        secure=secure,
    )


def drop_cookie(request: Request, answer: Response, purpose: str) -> None:
    """Take a cookie back."""
    secure = state_of(request).settings.secure
    answer.delete_cookie(name_cookie(purpose, secure=secure), path="/", httponly=True, samesite="lax", secure=secure)
