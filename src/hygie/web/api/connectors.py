"""Connectors: sources that the worker pulls every some hours."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Header, HTTPException, Request
from starlette.responses import Response

from hygie.core.errors import NotFoundError, UsageError
from hygie.service.accounts.principal import Principal
from hygie.service.connectors import (
    ConnectorRequest,
    add_connector,
    change_connector,
    delete_connector,
    list_connectors,
)
from hygie.views.application import ConnectorView, JobView, PageView
from hygie.web.api.common import (
    PREFIX,
    Administrator,
    Id,
    Limit,
    Place,
    answer,
    answer_page,
    cut_rows,
    make_router,
    note_event,
    open_workspace,
)

__all__ = ["connector_routes"]

connector_routes = make_router("connectors")

IfMatch = Annotated[
    str | None, Header(max_length=200, description='The `version` that the writer read, in quotes: `"3"`.')
]
_TAG = re.compile(r'(?:W/)?"?([1-9][0-9]{0,8})"?')
_EXAMPLE = {"name": "CISA KEV", "protocol": "kev", "every_h": 24}
_BODY = {"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}}


@connector_routes.get("/connectors", response_model=PageView[ConnectorView], summary="List connectors")
def list_all(request: Request, principal: Administrator, after: Place = None, limit: Limit = 50) -> Response:
    """Return the connectors of the organisation, without their secrets."""
    rows = list_connectors(open_workspace(request, principal))
    return answer_page(request, cut_rows(rows, after=after, limit=limit))


@connector_routes.post(
    "/connectors", response_model=ConnectorView, status_code=201, summary="Add a connector", openapi_extra=_BODY
)
def add(request: Request, principal: Administrator, body: ConnectorRequest) -> Response:
    """Keep a connector; its first pull is due at once. The server itself calls the address."""
    view = add_connector(open_workspace(request, principal), body, principal=principal)
    note_event(request, principal, "data.write", target=f"connector {view.connector_id}", details={"name": view.name})
    return answer(request, view, status=201, headers={"Location": f"{PREFIX}/connectors/{view.connector_id}"})


@connector_routes.get("/connectors/{connector_id}", response_model=ConnectorView, summary="Read a connector")
def read(request: Request, principal: Administrator, connector_id: Id) -> Response:
    """Return a connector, without its secret."""
    return answer(request, _find(request, principal, connector_id))


@connector_routes.put(
    "/connectors/{connector_id}", response_model=ConnectorView, summary="Change a connector", openapi_extra=_BODY
)
def change(
    request: Request, principal: Administrator, connector_id: Id, body: ConnectorRequest, if_match: IfMatch = None
) -> Response:
    """Change a connector; its secret stays when none is given, unless the address leads to another server."""
    if if_match is None:
        raise HTTPException(428)
    found = _TAG.fullmatch(if_match.strip())
    if found is None:
        raise UsageError("this names no version", field="If-Match", value=if_match, repair="send `version`, in quotes")
    view = change_connector(
        open_workspace(request, principal), connector_id, body, expected_version=int(found[1]), principal=principal
    )
    note_event(request, principal, "data.write", target=f"connector {connector_id}", details={"name": view.name})
    return answer(request, view)


@connector_routes.delete("/connectors/{connector_id}", status_code=204, summary="Remove a connector")
def remove(request: Request, principal: Administrator, connector_id: Id) -> Response:
    """Remove a connector and its secret; what it brought stays."""
    delete_connector(open_workspace(request, principal), connector_id, principal=principal)
    note_event(request, principal, "data.delete", target=f"connector {connector_id}")
    return Response(status_code=204)


@connector_routes.post(
    "/connectors/{connector_id}/pull", response_model=JobView, status_code=202, summary="Pull a connector now"
)
def pull(request: Request, principal: Administrator, connector_id: Id) -> Response:
    """Put a pull into the queue, beside the schedule; follow the job at its `Location`."""
    from hygie.service.administration import pull_now

    job = pull_now(open_workspace(request, principal), connector_id, principal=principal)
    return answer(request, job, status=202, headers={"Location": f"{PREFIX}/jobs/{job.job_id}"})


def _find(request: Request, principal: Principal, connector_id: str) -> ConnectorView:
    rows = list_connectors(open_workspace(request, principal))
    found = next((row for row in rows if row.connector_id == connector_id), None)
    if found is None:
        raise NotFoundError("there is no such connector", field="connector", value=connector_id)
    return found
