"""Errors: pages that teach for people, problem documents (RFC 9457) for programs."""

from __future__ import annotations

import logging
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, RedirectResponse, Response

from hygie.core.errors import ConflictError, Finding, HygieError, ThrottledError
from hygie.service.stored_documents import show_conflict
from hygie.web.findings import say_finding
from hygie.web.pages import link_with, render_page, translate_for
from hygie.web.preferences import choose_language
from hygie.web.state import PreparingError

__all__ = ["add_error_pages", "status_of"]

# By the name of the nearest class, so that new kinds of errors need no line here unless they differ from their parent.
_STATUS = {
    "AuthenticationError": 401,
    "ForbiddenError": 403,
    "ThrottledError": 429,
    "AccessError": 403,
    "NotFoundError": 404,
    "ConflictError": 409,
    "EvidenceError": 404,
    "UsageError": 400,
    "DataError": 422,
    "ModelError": 422,
    "StoreError": 500,
    "RunnerError": 503,
    "HygieError": 400,
}
_API = "/api/"

problem_log = logging.getLogger("hygie.problems")


def status_of(error: HygieError) -> int:
    """Return the HTTP status of an error.

    >>> from hygie.core.errors import SchemaError
    >>> status_of(SchemaError("a field is missing"))
    422
    """
    return next(_STATUS[kind.__name__] for kind in type(error).__mro__ if kind.__name__ in _STATUS)


def add_error_pages(app: FastAPI) -> None:
    """Teach an application how to answer when something is wrong."""

    @app.exception_handler(HygieError)
    def _tell_findings(request: Request, error: HygieError) -> Response:
        headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, ThrottledError) else None
        status, extra = status_of(error), None
        if isinstance(error, ConflictError) and "base" in error.details and request.url.path.startswith(_API):
            # What the writer started from is no longer the latest: a precondition that failed, when one was stated.
            status = 412 if "if-match" in request.headers or "if-none-match" in request.headers else status
            extra = {"conflict": show_conflict(error).model_dump(mode="json")}
        return _answer(request, status, findings=error.findings, headers=headers, extra=extra)

    @app.exception_handler(HTTPException)
    def _tell_status(request: Request, error: HTTPException) -> Response:
        return _answer(request, error.status_code, headers=dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    def _tell_fields(request: Request, error: RequestValidationError) -> Response:
        findings = [
            Finding(
                code="HYG-202",
                message=str(item["msg"]),
                field=".".join(str(part) for part in item["loc"][1:]) or None,
                value=_shorten(item.get("input")),
                allowed=_tell_allowed(item.get("ctx"), is_program=request.url.path.startswith(_API)),
                repair=_tell_repair(request, str(item["type"])),
            )
            for item in error.errors()[:20]
        ]
        return _answer(request, 422, findings=tuple(findings))

    @app.exception_handler(PreparingError)
    def _tell_preparing(request: Request, _error: PreparingError) -> Response:
        return _answer(request, 503, template="preparing.html.j2", headers={"Retry-After": "5"})

    @app.exception_handler(Exception)
    def _tell_failure(request: Request, error: Exception) -> Response:
        problem_log.error("%s", request.state.request_id, exc_info=error)
        return _answer(request, 500)


def _answer(
    request: Request,
    status: int,
    *,
    findings: tuple[Finding, ...] = (),
    template: str = "error.html.j2",
    headers: dict[str, str] | None = None,
    extra: dict[str, Any] | None = None,
) -> Response:
    if request.url.path.startswith(_API):
        return _make_problem(request, status, findings, headers, extra=extra)
    if status == 401 and "/login" in request.app.state.mounted:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        # What was sent with a form is gone: going back to its address would only puzzle.
        place = {"next": here} if request.method in ("GET", "HEAD") and here != "/" else {}
        return RedirectResponse(link_with("/login", place), status_code=303)
    principal = getattr(request.state, "principal", None)
    answer = render_page(
        request,
        template,
        principal=principal,
        status=status,
        active="",
        code=status,
        # The name of a part of the address says nothing to people.
        findings=[replace(item, field=None) if item.field in request.path_params else item for item in findings],
        words=_explain(request, status),
    )
    answer.headers.update(headers or {})
    return answer


def _explain(request: Request, status: int) -> tuple[str, str]:
    """Return the title and the advice of a status."""
    _ = translate_for(request, getattr(request.state, "principal", None))
    known = {
        400: (
            _("This cannot be answered as it is asked"),
            _("Part of the address or of the form is not understood. What is wrong stands below, with a repair."),
        ),
        401: (_("Please log in"), _("This page is for people with an account.")),
        403: (
            _("This is not open to you"),
            _(
                "Your role does not allow it, or the form is too old. Go back, load the page again, or ask an "
                "administrator."
            ),
        ),
        404: (
            _("There is nothing here"),
            _("The address may have a slip, or what it named is gone. The navigation leads to everything there is."),
        ),
        405: (_("This is not done here"), _("The page exists, but not for this kind of request.")),
        409: (
            _("Somebody else was faster"),
            _("What you changed has been changed meanwhile. Nothing is lost: look at both, then decide."),
        ),
        412: (
            _("Somebody else was faster"),
            _("What you changed has been changed meanwhile. Nothing is lost: look at both, then decide."),
        ),
        413: (_("This is too large"), _("Send a smaller file, or import it with the command line.")),
        422: (
            _("Some of this does not fit yet"),
            _("Nothing was changed. Each point below says what is wrong and how to repair it."),
        ),
        428: (
            _("Which version was this made from?"),
            _("Read it first, and send its ETag back as If-Match: so nobody's change is lost."),
        ),
        429: (_("A little slower, please"), _("Too many requests in a short time. Wait a minute and try again.")),
        503: (_("Not ready yet"), _("Something this page needs is not available at the moment. Try again shortly.")),
    }
    failure = (
        _("Something went wrong on our side"),
        _(
            "Nothing you did. Your data are as they were. If it comes back, give the number below to your "
            "administrator."
        ),
    )
    return known.get(status, failure)


def _make_problem(
    request: Request,
    status: int,
    findings: tuple[Finding, ...],
    headers: dict[str, str] | None,
    *,
    extra: dict[str, Any] | None = None,
) -> Response:
    title, advice = _explain(request, status)
    language = choose_language(request, getattr(request.state, "principal", None))
    findings = tuple(say_finding(item, language) for item in findings)
    body: dict[str, Any] = {
        "type": f"urn:hygie:problem:{findings[0].code if findings else status}",
        "title": findings[0].message if findings else title if status < 500 else HTTPStatus(status).phrase,
        "status": status,
        "detail": advice,
        "instance": f"urn:hygie:request:{request.state.request_id}",
    }
    if findings:
        names = ("code", "message", "file", "line", "field", "value", "allowed", "repair")
        body["findings"] = [
            {name: getattr(item, name) for name in names if getattr(item, name) is not None} for item in findings
        ]
    body |= extra or {}
    return JSONResponse(body, status_code=status, headers=headers, media_type="application/problem+json")


# How people write what a field keeps to, by pydantic's name; texts as in `hygie.store.validation`.
_KEPT = {
    "gt": "> {}",
    "ge": "≥ {}",
    "lt": "< {}",
    "le": "≤ {}",
    "multiple_of": "a multiple of {}",
    "min_length": "at least {}",
    "max_length": "at most {}",
    "pattern": "the pattern {}",
}


def _tell_allowed(context: Any, *, is_program: bool) -> str | None:
    """Return the bounds, the pattern or the words that a field keeps to; programs read pydantic's own names."""
    if not isinstance(context, dict):
        return None
    known = {name: value for name, value in context.items() if name != "error"}
    if not is_program and known and set(known) <= set(_KEPT):
        return _shorten(", ".join(_KEPT[name].format(value) for name, value in known.items()))
    if set(known) == {"expected"}:
        return _shorten(known["expected"])
    return _shorten(", ".join(f"{name} {value}" for name, value in known.items())) if known else None


def _tell_repair(request: Request, kind: str) -> str | None:
    if not request.url.path.startswith(_API):
        return None
    return {
        "missing": "add this field",
        "extra_forbidden": "leave this field out",
        "json_invalid": "send well-formed JSON, with Content-Type: application/json",
    }.get(kind, "see /api/docs for what this field may be")


def _shorten(value: object) -> str | None:
    text = None if value is None else str(value)
    return text if text is None or len(text) <= 120 else text[:117] + "…"
