"""Administration: sources that the worker pulls every some hours."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request, Response
from pydantic import ValidationError

from hygie.core.errors import ConflictError, NotFoundError, UsageError
from hygie.service.accounts.audit import record_event
from hygie.service.accounts.principal import Principal
from hygie.web.admin import Admin, Done, actor_of
from hygie.web.facilities import go, open_own
from hygie.web.pages import render_page, translate_for
from hygie.web.preferences import choose_language
from hygie.web.state import state_of

__all__ = ["admin_connector_pages", "note_connector"]

admin_connector_pages = APIRouter(include_in_schema=False)

Text = Annotated[str, Form(max_length=2000)]
_FIELDS = ("name", "protocol", "url", "collection", "user", "every_h")


@admin_connector_pages.get("/admin/connectors")
def show_connectors(request: Request, principal: Admin, done: Done = "") -> Response:
    """Show the connectors with what came of their last pull."""
    from hygie.service.administration import list_connector_rows, watch_worker

    workspace = open_own(request, principal)
    return render_page(
        request,
        "admin_connectors.html.j2",
        principal=principal,
        active="admin",
        rows=list_connector_rows(workspace, language=choose_language(request, principal)),
        worker=watch_worker(workspace),
        done=done,
    )


@admin_connector_pages.get("/admin/connectors/new")
def show_new(request: Request, principal: Admin) -> Response:
    """Show the form of a new connector."""
    return _render_form(request, principal, {"protocol": "kev", "every_h": "24", "enabled": "1"})


@admin_connector_pages.get("/admin/connectors/{connector_id}")
def show_one(request: Request, principal: Admin, connector_id: str) -> Response:
    """Show the form of a connector."""
    from hygie.service.connectors import list_connectors

    held = next(
        (item for item in list_connectors(open_own(request, principal)) if item.connector_id == connector_id), None
    )
    if held is None:
        raise NotFoundError("there is no such connector", field="connector", value=connector_id[:80])
    values = {
        "name": held.name,
        "protocol": held.protocol,
        "url": str(held.settings.get("url") or ""),
        "collection": str(held.settings.get("collection") or ""),
        "user": str(held.settings.get("user") or ""),
        "every_h": str(held.every_h),
        "allow_http": "1" if held.settings.get("allow_http") else "",
        "enabled": "1" if held.enabled else "",
        "version": str(held.version),
        "has_secret": "1" if held.has_secret else "",
    }
    return _render_form(request, principal, values, connector_id=connector_id)


@admin_connector_pages.post("/admin/connectors")
def add(
    request: Request,
    principal: Admin,
    name: Text = "",
    protocol: Text = "",
    url: Text = "",
    collection: Text = "",
    user: Text = "",
    secret: Annotated[str, Form(max_length=4000)] = "",
    every_h: Text = "24",
    allow_http: Text = "",
    enabled: Text = "",
) -> Response:
    """Keep a new connector; its first pull is due at once."""
    from hygie.service.connectors import add_connector

    values = dict(zip(_FIELDS, (name, protocol, url, collection, user, every_h), strict=True))
    values |= {"allow_http": allow_http, "enabled": enabled}
    try:
        view = add_connector(open_own(request, principal), _make_request(values, secret), principal=principal)
    except (ValidationError, UsageError) as error:
        return _render_form(request, principal, values, problems=_explain(request, principal, error))
    note_connector(request, principal, "data.write", view.connector_id, name=view.name)
    return go("/admin/connectors", done="added")


@admin_connector_pages.post("/admin/connectors/{connector_id}")
def change(
    request: Request,
    principal: Admin,
    connector_id: str,
    version: Annotated[int, Form(ge=1, le=10**9)],
    name: Text = "",
    protocol: Text = "",
    url: Text = "",
    collection: Text = "",
    user: Text = "",
    secret: Annotated[str, Form(max_length=4000)] = "",
    every_h: Text = "24",
    allow_http: Text = "",
    enabled: Text = "",
) -> Response:
    """Change a connector."""
    from hygie.service.connectors import change_connector

    values = dict(zip(_FIELDS, (name, protocol, url, collection, user, every_h), strict=True))
    values |= {"allow_http": allow_http, "enabled": enabled, "version": str(version)}
    try:
        asked = _make_request(values, secret)
        change_connector(
            open_own(request, principal), connector_id, asked, expected_version=version, principal=principal
        )
    except (ValidationError, UsageError) as error:
        problems = _explain(request, principal, error)
        return _render_form(request, principal, values, connector_id=connector_id, problems=problems)
    except ConflictError:
        _ = translate_for(request, principal)
        said = _("Somebody changed this connector meanwhile: open it again, then change it.")
        return _render_form(request, principal, values, connector_id=connector_id, problems={"": said}, status=409)
    note_connector(request, principal, "data.write", connector_id, name=asked.name)
    return go("/admin/connectors", done="changed")


@admin_connector_pages.post("/admin/connectors/{connector_id}/{action}")
def act(request: Request, principal: Admin, connector_id: str, action: str) -> Response:
    """Pull a connector now, or remove it; what it brought stays."""
    from hygie.service.administration import pull_now
    from hygie.service.connectors import delete_connector

    workspace = open_own(request, principal)
    if action == "pull":
        job = pull_now(workspace, connector_id, principal=principal)
        return go(f"/jobs/{job.job_id}")
    if action == "delete":
        delete_connector(workspace, connector_id, principal=principal)
        note_connector(request, principal, "data.delete", connector_id)
        return go("/admin/connectors", done="deleted")
    raise HTTPException(404)


def note_connector(request: Request, principal: Principal, action: str, connector_id: str, **details: str) -> None:
    """Add a line to the audit log: a connector decides what the server asks for."""
    record_event(
        state_of(request).access,
        principal.organisation_id,
        actor=actor_of(request, principal),
        action=action,
        target=f"connector {connector_id}",
        details=details,
    )


def _make_request(values: dict[str, str], secret: str) -> Any:
    from hygie.service.connectors import ConnectorRequest

    return ConnectorRequest.model_validate(
        {
            **{name: values[name].strip() or None for name in ("url", "collection", "user")},
            "name": values["name"].strip(),
            "protocol": values["protocol"],
            "every_h": values["every_h"] or "24",
            "secret": secret or None,
            "allow_http": bool(values["allow_http"]),
            "enabled": bool(values["enabled"]),
        }
    )


def _explain(request: Request, principal: Principal, error: ValidationError | UsageError) -> dict[str, str]:
    _ = translate_for(request, principal)
    words = {
        "name": _("Give it a name, of 120 signs at most."),
        "protocol": _("Choose one of the list."),
        "url": _("This is not the address of a server: it begins with https, without user and password in it."),
        "every_h": _("Between 1 and 744 hours."),
    }
    fields = (
        [str(item["loc"][0]) for item in error.errors()]
        if isinstance(error, ValidationError)
        else [str(error.findings[0].field)]
    )
    return {field: words.get(field, _("This does not fit.")) for field in fields}


def _render_form(
    request: Request,
    principal: Principal,
    values: dict[str, str],
    *,
    connector_id: str = "",
    problems: dict[str, str] | None = None,
    status: int = 422,
) -> Response:
    from hygie.service.administration import list_protocols
    from hygie.service.connectors import PUBLIC

    _ = translate_for(request, principal)
    return render_page(
        request,
        "admin_connector.html.j2",
        principal=principal,
        active="admin",
        status=status if problems else 200,
        values={**dict.fromkeys((*_FIELDS, "allow_http", "enabled", "version", "has_secret"), ""), **values},
        protocols=list_protocols(_),
        public=PUBLIC,
        connector_id=connector_id,
        problems=problems or {},
    )
