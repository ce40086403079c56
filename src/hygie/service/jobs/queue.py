"""Ask for a job, look at jobs, cancel them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from hygie.core.errors import DataError, NotFoundError, UsageError
from hygie.service.accounts.permissions import require
from hygie.service.accounts.principal import Principal
from hygie.service.facilities import check_revision
from hygie.service.jobs.kinds import JobKind, find_kind
from hygie.store.document_store import DocumentStore
from hygie.store.job_store import FINISHED, JobRow, JobStore, NewJob
from hygie.store.sessions import map_page
from hygie.store.workspace import Workspace
from hygie.views.application import FindingView, JobEventView, JobView, PageView

__all__ = ["cancel_job", "get_job", "list_job_events", "list_jobs", "show_job", "submit"]


def submit(
    workspace: Workspace, *, kind: str, request: BaseModel, principal: Principal, title: str | None = None
) -> JobView:
    """Put a job into the queue; a worker does it.

    Refs of documents without a revision are pinned to the latest one: what is edited later does not change what was
    asked.

    Parameters
    ----------
    title
        What lists call the job; the name of what it is about by default.

    Raises
    ------
    DataError
        A facility is not fit to be used: its findings.
    ForbiddenError
        The role does not go so far.
    NotFoundError
        A ref leads nowhere in this organisation.
    UsageError
        No such kind of job, a request of another kind, or paths of the server in it.
    """
    found = find_kind(kind)
    require(principal, found.permission)
    if not isinstance(request, found.request):
        raise UsageError(f"a job of kind {kind} takes another request", field="request", allowed=found.request.__name__)
    _refuse_paths(request)
    pinned, subject, main = _pin(workspace, found, request)
    asked = NewJob(
        kind=kind,
        request=request.model_copy(update=pinned).model_dump(mode="json", by_alias=True, exclude_none=True),
        title=title or subject or (found.title(request) if found.title is not None else "") or kind,
        account_id=principal.account_id,
        author=principal.name,
        facility_ref=main[0] if main else None,
        facility_revision=main[1] if main else None,
        connector_id=getattr(request, "connector", None),
    )
    return show_job(JobStore(workspace).add(asked))


def get_job(workspace: Workspace, job_id: str) -> JobView:
    """Return a job.

    Raises
    ------
    NotFoundError
        There is none in this organisation.
    """
    return show_job(JobStore(workspace).get(job_id))


def list_jobs(
    workspace: Workspace,
    *,
    status: str | None = None,
    kind: str | None = None,
    after: str | None = None,
    limit: int = 50,
) -> PageView[JobView]:
    """Return jobs, the latest first."""
    page = map_page(JobStore(workspace).list_page(status=status, kind=kind, after=after, limit=limit), show_job)
    return PageView[JobView](items=list(page.items), next=page.next)


def list_job_events(workspace: Workspace, job_id: str, *, after: int = 0) -> list[JobEventView]:
    """Return the events of a job after a number, in order: for a stream of events.

    Raises
    ------
    NotFoundError
        There is no such job in this organisation.
    """
    store = JobStore(workspace)
    store.get(job_id)
    return [
        JobEventView(number=row.number, at=row.at, event=row.event, data=dict(row.data))
        for row in store.list_events(job_id, after=after)
    ]


def cancel_job(workspace: Workspace, job_id: str, *, principal: Principal) -> JobView:
    """Ask a job to stop: at once when it waits, at its next step when it runs; one that is over stays as it is.

    Raises
    ------
    ForbiddenError, NotFoundError
        Not allowed, or not there.
    """
    require(principal, "run")
    store = JobStore(workspace)
    held = store.get(job_id)
    return show_job(held if held.status in FINISHED else store.cancel(job_id))


def show_job(row: JobRow) -> JobView:
    """Return a job as it is shown."""
    hidden = {"organisation_id", "connector_id", "lease_owner", "lease_until", "findings"}
    values: dict[str, Any] = {name: getattr(row, name) for name in row.__dataclass_fields__ if name not in hidden}
    return JobView.model_validate({**values, "findings": [FindingView(**finding) for finding in row.findings]})


def _refuse_paths(request: BaseModel) -> None:
    """Refuse fields that are paths on a command line: who asks here is not at the server."""
    for field in ("packs", "add", "appetite"):
        if getattr(request, field, None):
            raise UsageError(
                "a job takes no files of the server",
                field=field,
                allowed="nothing",
                repair="leave it out; extra packs are for the command line",
            )


def _pin(
    workspace: Workspace, kind: JobKind, request: BaseModel
) -> tuple[dict[str, Any], str | None, tuple[str, int] | None]:
    pinned: dict[str, Any] = {}
    title, main = None, None
    for field in kind.facilities:
        ref = getattr(request, field)
        if ref is None:
            continue
        name, revision, shown, findings = check_revision(workspace, *_split(ref, field))
        if findings:
            raise DataError.from_findings(findings)
        pinned[field] = f"{name}@{revision}"
        if main is None:
            title, main = shown, (name, revision)
    for field, document in kind.documents:
        refs = getattr(request, field)
        if refs is None:
            continue
        store = DocumentStore(workspace, kind=document)
        names = []
        for ref in [refs] if isinstance(refs, str) else refs:
            name, number = _split(ref, field)
            row = store.get(name, revision=number)
            names.append(f"{name}@{row.revision}")
            title = title or str(row.data.get("name", name))
        pinned[field] = names[0] if isinstance(refs, str) else tuple(names)
    return pinned, title, main


def _split(ref: str, field: str) -> tuple[str, int | None]:
    name, _, number = ref.partition("@")
    if not number:
        return name, None
    if not number.isdecimal() or len(number) > 9:
        raise NotFoundError(
            f"“{ref[:80]}” names no revision", field=field, value=ref, allowed="a ref, or a ref and a number: name@3"
        )
    return name, int(number)
