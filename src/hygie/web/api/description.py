"""The API described: its OpenAPI document, and a page of reference that is made from it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from starlette.responses import JSONResponse, Response

import hygie
from hygie.views.application import FindingView
from hygie.web.api.common import PREFIX
from hygie.web.auth.dependencies import find_session
from hygie.web.pages import keep_answer, render_page
from hygie.web.state import state_of

__all__ = ["describe_api", "description_pages"]

description_pages = APIRouter(include_in_schema=False)

_TEXT = """\
Quantify cyber risk of health facilities: describe facilities, ask for jobs, read results with their evidence.

* Send a token as `Authorization: Bearer hyg_…`; its scopes are part of what it may do (`read`, `write`, `run`,
  `approve`, `admin`). A browser's session works, too: writes then carry `X-CSRF-Token`.
* Lists answer `{"items": […], "next": …}`; `next` is the `after` of the next page, also linked in `Link`.
* Reads carry `ETag`; `If-None-Match` spares what has not changed. Changes of documents need `If-Match`.
* Writes take an `Idempotency-Key`: the same write sent again gets the answer that it had.
* Errors are problem documents (RFC 9457): `findings` say what is wrong, where, what is allowed, and how to repair it.
"""
_TAGS = {
    "facilities": "Facilities, with revisions.",
    "programmes": "Insurance programmes, with revisions.",
    "portfolios": "Portfolio files, with revisions.",
    "jobs": "What takes long: asked for, followed, stopped.",
    "results": "Results: read, explained, drawn, written as documents, approved.",
    "threat": "The state of the threat, incidents, records.",
    "knowledge": "Parameters and evidence of the model.",
    "account": "Who asks, and their tokens.",
    "organisation": "What changed, the audit log.",
    "people": "Accounts of the organisation and their roles.",
    "registers": "Public registers, and the organisations that they know.",
    "uploads": "Files that jobs read.",
    "connectors": "Sources that are pulled regularly.",
}
# An answer that holds a secret is not kept, nor is a file kept in memory to be compared.
_WITHOUT_KEY = ("account", "people", "uploads")
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The same write with the same key is done once; its answer is kept for 24 hours.",
    "schema": {"type": "string", "pattern": "^[!-~]{1,128}$"},
}


class Problem(BaseModel):
    """An error (RFC 9457)."""

    type: str = Field(examples=["urn:hygie:problem:HYG-202"])
    title: str
    status: int
    detail: str
    instance: str = Field(description="names the request in the log")
    findings: list[FindingView] = Field(default_factory=list)
    conflict: dict[str, Any] | None = Field(default=None, description="both versions of a document, and what differs")


def describe_api(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of an application, made once."""
    known: dict[str, Any] | None = getattr(app.state, "openapi", None)
    if known is not None:
        return known
    made = get_openapi(
        title="hygie",
        version=hygie.__version__,
        summary="Cyber risk of health facilities, in euros and days of care.",
        description=_TEXT,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    made["paths"] = {path: item for path, item in made["paths"].items() if path.startswith(f"{PREFIX}/")}
    schema = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = made.setdefault("components", {})
    parts.setdefault("schemas", {}).update(schema.pop("$defs", {}))
    parts["schemas"]["Problem"] = schema
    parts["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of the page “My account”."},
        "session": {"type": "apiKey", "in": "cookie", "name": "hygie_session", "description": "A browser's session."},
    }
    made["security"] = [{"token": []}, {"session": []}]
    for method, _path, operation in _walk(made):
        if method == "post" and operation["tags"][0] not in _WITHOUT_KEY:
            operation.setdefault("parameters", []).append(_KEY)
    app.state.openapi = made
    return made


@description_pages.get("/api/openapi.json")
def tell_openapi(request: Request) -> Response:
    """Return the OpenAPI document."""
    return keep_answer(request, JSONResponse(describe_api(request.app)))


@description_pages.get("/api/docs")
def show_reference(request: Request) -> Response:
    """Show the reference of the API: nothing is loaded from elsewhere."""
    session = find_session(request)
    made = describe_api(request.app)
    groups: dict[str, list[dict[str, Any]]] = {name: [] for name in _TAGS}
    for method, path, operation in _walk(made):
        groups[operation["tags"][0]].append(_show_operation(method, path, operation, made))
    return render_page(
        request,
        "api.html.j2",
        principal=session.principal if session else state_of(request).settings.development_principal,
        active="",
        version=made["info"]["version"],
        address=str(request.base_url).rstrip("/"),
        groups=[(name, _TAGS[name], rows) for name, rows in groups.items()],
    )


def _walk(made: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            yield method, path, operation


def _show_operation(method: str, path: str, operation: dict[str, Any], made: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    body = content.get("application/json") or content.get("multipart/form-data")
    fields = _list_fields(body["schema"], made) if body else []
    good: dict[str, Any] = next((answer for code, answer in operation["responses"].items() if code.startswith("2")), {})
    return {
        "method": method.upper(),
        "path": path,
        "summary": operation["summary"],
        "text": operation.get("description", ""),
        "parameters": [
            {"name": item["name"], "place": item["in"], "text": item.get("description", ""), "need": item["required"]}
            for item in operation.get("parameters", [])
        ],
        "fields": fields,
        "example": _find_example(body, made) if body else "",
        "answers": ", ".join(good.get("content", {})) or good.get("description", ""),
    }


def _find_example(body: dict[str, Any], made: dict[str, Any]) -> str:
    """Return the example of a body as JSON; empty without one."""
    found = body.get("example")
    if found is None:
        schema = body["schema"]
        if "$ref" in schema:
            schema = made["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        found = next(iter(schema.get("examples", [])), None)
    return json.dumps(found, ensure_ascii=False, indent=2) if found is not None else ""


def _list_fields(schema: dict[str, Any], made: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the fields of a body: a reference is followed, of several that it may be the first one is shown."""
    while "$ref" in schema or "anyOf" in schema:
        schema = (
            schema["anyOf"][0]
            if "anyOf" in schema
            else made["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        )
    needed = schema.get("required", [])
    return [
        {"name": name, "place": "body", "text": item.get("description", ""), "need": name in needed}
        for name, item in schema.get("properties", {}).items()
    ]
