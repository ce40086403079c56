"""View models of the application: facilities, jobs, saved results, connectors, and what changed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Field

from hygie.views.assessment import View

__all__ = [
    "ActivityView",
    "ApprovalView",
    "ConflictView",
    "ConnectorView",
    "DocumentRowView",
    "DocumentView",
    "FieldDifference",
    "FindingView",
    "JobEventView",
    "JobView",
    "PageView",
    "RevisionView",
    "SavedResultView",
    "StaleReason",
]

Item = TypeVar("Item", bound=View)

JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]
ResultStatus = Literal["draft", "submitted", "approved", "rejected"]


class PageView(View, Generic[Item]):
    """Some rows, and the cursor of the next ones; None at the end."""

    items: list[Item]
    next: str | None


class FindingView(View):
    """One thing that is wrong, where it is, and how to repair it."""

    code: str
    message: str
    file: str | None = None
    line: int | None = None
    field: str | None = None
    value: str | None = None
    allowed: str | None = None
    repair: str | None = None


class DocumentRowView(View):
    """A stored document as a list shows it."""

    ref: str
    name: str
    revision: int
    created_at: datetime
    modified_at: datetime
    modified_by: str


class RevisionView(View):
    """A revision as a history shows it."""

    ref: str
    revision: int
    author: str
    at: datetime
    note: str | None
    origin: str
    digest: str


class DocumentView(RevisionView):
    """A revision with its content, and what is wrong with it."""

    text: Annotated[str, Field(description="YAML as it was written")]
    data: dict[str, Any]
    findings: list[FindingView] = Field(default_factory=list)
    latest: Annotated[int, Field(description="number of the latest revision")]


class FieldDifference(View):
    """A field that two writers see differently; values are None where the field is not there."""

    path: str
    base: Any
    theirs: Any
    mine: Any
    changed_by: Annotated[Literal["theirs", "mine", "both"], Field(description="who moved it from the base")]


class ConflictView(View):
    """Two versions of a document, and what differs."""

    ref: str
    base: RevisionView | None
    theirs: RevisionView | None
    theirs_text: str | None
    mine_text: str
    differences: list[FieldDifference]
    merged: Annotated[dict[str, Any] | None, Field(description="both changes together; None where they clash")]


class JobView(View):
    """A job: what is asked, how far it is, what came of it."""

    job_id: str
    kind: str
    title: str
    status: JobStatus
    request: dict[str, Any]
    facility_ref: str | None
    facility_revision: int | None
    author: str
    account_id: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stage: str | None
    done: int | None
    total: int | None
    rate_per_s: Annotated[float | None, Field(description="[1/s]")]
    remaining_s: Annotated[float | None, Field(description="[s]")]
    attempts: int
    cancel_requested: bool
    result_id: str | None
    outcome: dict[str, Any] | None
    findings: list[FindingView]


class JobEventView(View):
    """One event in the life of a job."""

    number: int
    at: datetime
    event: str
    data: dict[str, Any]


class StaleReason(View):
    """Why a result no longer is what would come out today."""

    cause: Literal["facility", "packs", "knowledge", "version"]
    sentence: str


class ApprovalView(View):
    """One step of the approval of a result."""

    action: Literal["submitted", "withdrawn", "approved", "rejected"]
    author: str
    at: datetime
    comment: str | None


class SavedResultView(View):
    """A saved result as a list shows it."""

    result_id: str
    kind: str
    title: str
    facility_ref: str | None
    facility_revision: int | None
    digest: str | None
    request: dict[str, Any]
    headline: dict[str, Any]
    author: str
    account_id: str
    created_at: datetime
    status: ResultStatus
    approver: str | None
    decided_at: datetime | None
    stale: list[StaleReason]
    approvals: list[ApprovalView] = Field(default_factory=list)


class ConnectorView(View):
    """A source that is pulled regularly; its secret is never shown."""

    connector_id: str
    name: str
    protocol: str
    settings: dict[str, Any]
    has_secret: bool
    every_h: Annotated[int, Field(description="[h]")]
    enabled: bool
    next_at: datetime
    last_at: datetime | None
    last_job: str | None
    last_status: str | None
    author: str
    version: int


class ActivityView(View):
    """One event of the feed, told in a sentence."""

    number: int
    at: datetime
    event: str
    subject_kind: str
    subject_ref: str
    author: str
    sentence: str
