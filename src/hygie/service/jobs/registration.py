"""From a result folder to the row of a saved result: everything in the row is read from the folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from hygie.core.errors import StoreError
from hygie.service.jobs.context import JobContext, Made, Outcome, Told
from hygie.service.result_inputs import describe_inputs
from hygie.store.activity_store import note_activity
from hygie.store.connector_store import ConnectorStore
from hygie.store.document_store import DocumentStore
from hygie.store.job_store import JobRow
from hygie.store.saved_result_store import NewResult, ResultStore
from hygie.store.workspace import Workspace
from hygie.views.messages import LANGUAGES

__all__ = ["describe_result", "find_made", "register_outcome", "tell_end"]


_MAX_BYTES = 64 * 2**20

# Figures that a list shows, of the many of an assessment.
_SHOWN = frozenset(
    {
        "aal",
        "aal_own",
        "aep_100",
        "bed_days_per_y",
        "oep_100",
        "p_encryption",
        "p_major",
        "p_outage_week",
        "tvar_99",
    }
)


def find_made(context: JobContext) -> Made | None:
    """Return the result that a worker had made when it was cut short before it could say so; None without one."""
    manifest = context.folder / "manifest.json"
    if not manifest.is_file():
        return None
    return Made(str(_read(manifest)["kind"]), context.folder)


def describe_result(context: JobContext, made: Made) -> NewResult:
    """Return what is kept of a result beside its folder.

    Raises
    ------
    StoreError
        The folder cannot be read.
    """
    manifest = _read(made.folder / "manifest.json")
    views: dict[str, Mapping[str, Any]] = {
        language: _read(file)
        for language in LANGUAGES
        if (file := made.folder / f"{made.kind}.{language}.json").is_file()
    }
    packs = manifest.get("packs")
    job = context.job
    digest = None
    if job.facility_ref is not None:
        store = DocumentStore(context.workspace, kind="facility")
        digest = store.get(job.facility_ref, revision=job.facility_revision).digest
    return NewResult(
        result_id=context.result_id,
        kind=made.kind,
        title=job.title,
        facility_ref=job.facility_ref,
        facility_revision=job.facility_revision,
        facility_digest=digest,
        digest=manifest.get("digest"),
        request=job.request,
        headline=_say(views),
        inputs=describe_inputs(context.workspace, kind=made.kind, packs=packs if isinstance(packs, Mapping) else None),
        account_id=job.account_id,
        author=job.author,
    )


def register_outcome(context: JobContext, outcome: Outcome, new: NewResult | None, connection: Connection) -> None:
    """Write all that comes with the end of a job that went well, in the transaction that ends it."""
    job = context.job
    if new is not None:
        ResultStore(context.workspace).add(new, connection=connection)
        tell_end(context.workspace, job, connection, event="result_ready", result_id=context.result_id)
    elif isinstance(outcome, Told) and outcome.summary.get("dry_run"):
        # Nothing was written: nothing is new.
        return
    elif isinstance(outcome, Told) and job.kind in ("register", "backup"):
        tell_end(context.workspace, job, connection, event=f"{job.kind}_done")
    elif isinstance(outcome, Told):
        tell_end(context.workspace, job, connection, event="facts_brought", **_count_facts(outcome.summary))


def _count_facts(summary: Mapping[str, Any]) -> dict[str, int]:
    counts, by_kind = summary.get("counts", {}), summary.get("by_kind", {})
    found = {word: int(counts.get(word, 0)) for word in ("added", "changed")}
    for kind in ("incident", "actor"):
        found[f"{kind}s"] = sum(int(by_kind.get(kind, {}).get(word, 0)) for word in ("added", "changed"))
    return found


def tell_end(workspace: Workspace, job: JobRow, connection: Connection, *, event: str, **data: Any) -> None:
    """Tell the feed, and the connector whose job it was, how a job ended."""
    subject = ("result", str(data["result_id"])) if "result_id" in data else ("job", job.job_id)
    note_activity(
        connection,
        organisation_id=job.organisation_id,
        event=event,
        subject=subject,
        author=job.author,
        data={"kind": job.kind, "title": job.title, **data},
    )
    if job.connector_id is not None:
        status = "failed" if event == "job_failed" else "done"
        ConnectorStore(workspace).note_end(job.connector_id, status=status, connection=connection)


def _say(views: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a list shows of a result: its sentences by language, and its figures when it has some."""
    said: dict[str, Any] = {}
    for language, view in views.items():
        landscape = view.get("landscape")
        inner = landscape if isinstance(landscape, Mapping) else {}
        text = view.get("headline") or inner.get("headline") or view.get("sentences") or view.get("summary") or []
        said[language] = [text] if isinstance(text, str) else list(text)[:6]
    first = next(iter(views.values()), {})
    if isinstance(first.get("tlp"), str):
        said["tlp"] = first["tlp"]
    figures = first.get("figures")
    if isinstance(figures, Mapping):
        said["figures"] = {
            name: {key: figure.get(key) for key in ("value", "low", "high", "mc_error", "unit")}
            for name, figure in figures.items()
            if name in _SHOWN and isinstance(figure, Mapping)
        }
    return said


def _read(file: Path) -> dict[str, Any]:
    try:
        if file.stat().st_size > _MAX_BYTES:
            raise StoreError("this file is too large to be a part of a result", file=file.name, allowed="64 MiB")
        data = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise StoreError("a result cannot be read", file=file.name, value=str(error)) from None
    if not isinstance(data, dict):
        raise StoreError("a result cannot be read", file=file.name)
    return data
