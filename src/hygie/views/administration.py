"""View models of the administration: holdings, worker, sources, backups, roles, identity providers."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from hygie.views.application import ConnectorView
from hygie.views.assessment import View

__all__ = [
    "BackupView",
    "ConnectorRowView",
    "OverviewView",
    "ProviderView",
    "RoleView",
    "TallyView",
    "WorkerView",
]


class TallyView(View):
    """How many of one thing."""

    id: str
    label: str
    count: int


class WorkerView(View):
    """Whether somebody works on jobs, and how many of the organisation wait."""

    alive: bool
    seen_at: datetime | None
    queued: int
    running: int
    oldest_queued_at: datetime | None


class OverviewView(View):
    """What an organisation holds."""

    tallies: list[TallyView]
    size: Annotated[int, Field(description="results, documents and files that wait of the organisation [bytes]")]
    database: Annotated[str, Field(description="kind of the database")]
    database_size: Annotated[int | None, Field(description="of all organisations [bytes]; None with PostgreSQL")]
    worker: WorkerView
    version: str


class BackupView(View):
    """A backup on the server."""

    name: str
    path: Annotated[str, Field(description="on the server")]
    size: Annotated[int, Field(description="[bytes]")]
    made_at: str


class ConnectorRowView(View):
    """A connector with what came of its last pull."""

    connector: ConnectorView
    protocol_label: str
    job_id: str | None
    status: str | None
    at: datetime | None
    counts: dict[str, int]
    problem: str | None
    repair: str | None


class RoleView(View):
    """What a role may do; `may` is in the order of the permissions."""

    role: str
    label: str
    text: str
    may: list[bool]


class ProviderView(View):
    """An identity provider as it is configured; never its secret."""

    id: str
    label: str
    issuer: str
    client_id: str
    roles: list[tuple[str, str, str]]
