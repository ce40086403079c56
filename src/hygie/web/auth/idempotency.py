"""Writes of the API that are sent twice are done once: `APIRouter(route_class=IdempotentRoute)`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from hygie.service.accounts.answers import KeptAnswer, begin_write, finish_write, forget_write
from hygie.service.accounts.principal import Principal
from hygie.service.accounts.tokens import read_token
from hygie.web.auth.dependencies import find_session
from hygie.web.auth.guard import is_safe
from hygie.web.state import state_of

__all__ = ["HEADER", "IdempotentRoute"]

HEADER = "Idempotency-Key"
_KEPT_HEADERS = ("content-type", "location", "etag")


class IdempotentRoute(APIRoute):
    """A route whose writes may carry a key: the same write with the same key gets the answer that it had.

    Answers are kept for 24 hours, by account and organisation, when they are good (below 400) and no stream. A key used
    for another write is refused (409), as is one whose write is still at work. Without a key nothing changes.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of the route, with the keeping of answers around it."""
        handle = super().get_route_handler()

        async def handle_once(request: Request) -> Response:
            key = request.headers.get(HEADER)
            if key is None or is_safe(request):
                return await handle(request)
            principal = await run_in_threadpool(_find_principal, request)
            if principal is None:
                return await handle(request)
            access = state_of(request).access
            digest = _digest(request, principal, await request.body())
            kept = await run_in_threadpool(begin_write, access, principal, key, request_digest=digest)
            if kept is not None:
                headers = {**kept.headers, "Idempotent-Replayed": "true"}
                return Response(kept.body, status_code=kept.status, headers=headers)
            try:
                answer = await handle(request)
            except BaseException:
                await run_in_threadpool(forget_write, access, principal, key)
                raise
            body = getattr(answer, "body", None)
            if answer.status_code >= 400 or not isinstance(body, bytes):
                await run_in_threadpool(forget_write, access, principal, key)
                return answer
            headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
            keep = KeptAnswer(status=answer.status_code, headers=headers, body=body)
            await run_in_threadpool(finish_write, access, principal, key, keep)
            return answer

        return handle_once


def _find_principal(request: Request) -> Principal | None:
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme:
        return read_token(state_of(request).access, secret.strip()) if scheme.lower() == "bearer" else None
    session = find_session(request)
    return None if session is None else session.principal


def _digest(request: Request, principal: Principal, body: bytes) -> str:
    # What somebody may do is part of it: an answer is not given again to a narrower token.
    said = (
        request.method,
        request.url.path,
        request.url.query,
        request.headers.get("content-type", ""),
        principal.role,
        " ".join(sorted(principal.scopes)),
    )
    return hashlib.sha256("\n".join(said).encode("utf-8", "surrogatepass") + b"\n" + body).hexdigest()
