"""What stands before every route: names, sizes, security headers, one line of access log."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from hygie.web.settings import Settings

__all__ = ["CONTENT_SECURITY_POLICY", "Shield"]

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), interest-cohort=()",
}
# Where files are sent that may be larger than a form.
_UPLOADS = frozenset({"/evidence/import", "/registers", "/api/v1/uploads"})
# What a form adds to its files [bytes].
_FORM = 1024 * 1024
_PORT = re.compile(r":\d{1,5}\Z")

access_log = logging.getLogger("hygie.access")


class Shield:
    """Checks a request before any route sees it, and marks every answer.

    Forwarding headers are never read: behind a reverse proxy, the names that may be asked for come from the settings.
    The access log holds the path without its query, which may carry what somebody searched for.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self._app = app
        self._hosts = settings.hosts
        self._max_body = settings.max_body
        self._max_upload = settings.max_upload + _FORM
        self._secure = settings.secure

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._max_upload if scope["path"] in _UPLOADS else self._max_body
        began, request_id, status = time.perf_counter(), secrets.token_hex(8), 500
        scope.setdefault("state", {})["request_id"] = request_id

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers["X-Request-Id"] = request_id
                if self._secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                if "cache-control" not in headers:
                    headers["Cache-Control"] = "no-store"
            await send(message)

        headers = Headers(scope=scope)
        try:
            if _PORT.sub("", headers.get("host", "")).lower() not in self._hosts:
                await PlainTextResponse(
                    "This server does not answer to that name. Start it with --public-url if people reach it so.\n",
                    status_code=421,
                )(scope, receive, answer)
            elif not _fits(headers, limit):
                await PlainTextResponse(
                    f"This request is too large: at most {limit // 1024 // 1024} MiB.\n", status_code=413
                )(scope, receive, answer)
            else:
                await self._app(scope, _bound(receive, limit), answer)
        finally:
            spent = 1000.0 * (time.perf_counter() - began)
            path = "".join(sign if sign.isprintable() else "·" for sign in scope["path"])[:200]
            access_log.info("%s %s %s %d %.0f ms", request_id, scope["method"], path, status, spent)


def _fits(headers: Headers, limit: int) -> bool:
    length = headers.get("content-length", "0")
    return length.isascii() and length.isdigit() and int(length[:20]) <= limit


def _bound(receive: Receive, limit: int) -> Receive:
    """Return a reader that ends a body which outgrows the limit, whatever its headers said."""
    read = 0

    async def bounded() -> Message:
        nonlocal read
        message = await receive()
        if message["type"] == "http.request":
            read += len(message.get("body", b""))
            if read > limit:
                return {"type": "http.disconnect"}
        return message

    return bounded
