"""Connectors: sources of threat intelligence that the worker pulls every some hours."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import Connection

from hygie.core.errors import UsageError
from hygie.service.accounts.permissions import require
from hygie.service.accounts.principal import Principal
from hygie.store.connector_store import ConnectorRow, ConnectorStore, take_due
from hygie.store.job_store import JobStore, NewJob
from hygie.store.secret_box import seal_secret
from hygie.store.workspace import Workspace
from hygie.views.application import ConnectorView

__all__ = ["ConnectorRequest", "add_connector", "change_connector", "delete_connector", "list_connectors", "queue_due"]

Protocol = Literal["taxii", "misp", "misp-feed", "kev", "epss"]

# Where the two public catalogues are, unless a mirror is named.
PUBLIC = {
    "kev": "https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json",
    "epss": "https://epss.empiricalsecurity.com/epss_scores-current.csv.gz",
}


class ConnectorRequest(BaseModel):
    """A source to pull every some hours."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=120)]
    protocol: Protocol
    url: Annotated[str | None, Field(max_length=2000, description="the public address of kev and epss by default")] = (
        None
    )
    collection: Annotated[str | None, Field(max_length=200, description="of a TAXII server")] = None
    user: Annotated[str | None, Field(max_length=200, description="for basic authentication")] = None
    secret: Annotated[
        str | None, Field(max_length=4000, repr=False, description="password, token or key; never shown again")
    ] = None
    allow_http: Annotated[bool, Field(description="accept an address without TLS")] = False
    every_h: Annotated[int, Field(ge=1, le=24 * 31, description="[h]")] = 24
    enabled: bool = True


def add_connector(workspace: Workspace, request: ConnectorRequest, *, principal: Principal) -> ConnectorView:
    """Keep a connector; only an administrator may, for the server will call the address that it names.

    Raises
    ------
    ForbiddenError
        The role does not go so far.
    UsageError
        The address is none.
    """
    require(principal, "administer")
    store = ConnectorStore(workspace)
    secret = seal_secret(workspace.folder, request.secret) if request.secret else None
    connector_id = store.add(account_id=principal.account_id, author=principal.name, secret=secret, **_values(request))
    return show_connector(store.get(connector_id))


def change_connector(
    workspace: Workspace, connector_id: str, request: ConnectorRequest, *, expected_version: int, principal: Principal
) -> ConnectorView:
    """Change a connector; its secret stays when none is given, unless it would go to another server.

    Raises
    ------
    ConflictError, ForbiddenError, NotFoundError, UsageError
        Changed meanwhile, not allowed, not there, or wrong.
    """
    require(principal, "administer")
    store = ConnectorStore(workspace)
    held = store.get(connector_id)
    values = _values(request)
    if request.secret:
        values["secret"] = seal_secret(workspace.folder, request.secret)
    elif _server(str(values["settings"]["url"])) != _server(str(held.settings["url"])):
        values["secret"] = None
    store.change(connector_id, expected=expected_version, **values)
    return show_connector(store.get(connector_id))


def delete_connector(workspace: Workspace, connector_id: str, *, principal: Principal) -> None:
    """Remove a connector and its secret; what it brought stays.

    Raises
    ------
    ForbiddenError, NotFoundError
        Not allowed, or not there.
    """
    require(principal, "administer")
    ConnectorStore(workspace).delete(connector_id)


def list_connectors(workspace: Workspace) -> list[ConnectorView]:
    """Return the connectors of an organisation, without their secrets."""
    return [show_connector(row) for row in ConnectorStore(workspace).list_all()]


def queue_due(workspace: Workspace, *, organisations: list[str] | None = None, now: datetime | None = None) -> int:
    """Put a job into the queue for each connector that is due; return how many."""

    def queue(row: ConnectorRow, connection: Connection) -> str:
        today = (now or datetime.now(UTC)).date().isoformat()
        asked = NewJob(
            kind="pull",
            request={"connector": row.connector_id, "asked_on": today},
            title=row.name,
            account_id=row.account_id,
            author=row.author,
            connector_id=row.connector_id,
        )
        # Only the queue is written: no pseudonym is made, and no key is needed.
        owner = replace(workspace, organisation_id=row.organisation_id, pseudonym_key=b"")
        return JobStore(owner).add(asked, connection=connection).job_id

    return take_due(workspace, queue, organisations=organisations, now=now)


def show_connector(row: ConnectorRow) -> ConnectorView:
    """Return a connector as it may be shown: without its secret."""
    return ConnectorView(
        connector_id=row.connector_id,
        name=row.name,
        protocol=row.protocol,
        settings=dict(row.settings),
        has_secret=row.secret is not None,
        every_h=row.every_h,
        enabled=row.enabled,
        next_at=row.next_at,
        last_at=row.last_at,
        last_job=row.last_job,
        last_status=row.last_status,
        author=row.author,
        version=row.version,
    )


def _values(request: ConnectorRequest) -> dict[str, Any]:
    url = request.url or PUBLIC.get(request.protocol)
    parts = urlsplit(url or "")
    schemes = ("https", "http") if request.allow_http else ("https",)
    if url is None or parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
        raise UsageError(
            "this is not the address of a server",
            field="url",
            value=parts._replace(netloc=parts.hostname or "").geturl() if url else None,
            allowed=" or ".join(f"{scheme}://…" for scheme in schemes) + ", without credentials in it",
            repair="give the address; user and secret have fields of their own",
        )
    return {
        "name": request.name,
        "protocol": request.protocol,
        "settings": {
            "url": url,
            "collection": request.collection,
            "user": request.user,
            "allow_http": request.allow_http,
        },
        "every_h": request.every_h,
        "enabled": request.enabled,
    }


def _server(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port
