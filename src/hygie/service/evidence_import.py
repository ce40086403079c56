"""Evidence that people bring in on the pages: a file is looked at first, then taken; or one incident, by hand."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hygie.core.errors import DataError, NotFoundError, SchemaError
from hygie.core.spreadsheets import neutralise_cell
from hygie.service.accounts.principal import Principal
from hygie.service.intel import import_file
from hygie.service.jobs.queue import get_job, submit
from hygie.service.jobs.requests import ImportRequest
from hygie.service.uploads import find_upload, forget_upload
from hygie.service.workspace import Base
from hygie.store.workspace import Workspace
from hygie.views.application import JobView
from hygie.views.evidence_import import BroughtView, ImportReportView, KindRowView
from hygie.views.intel import ImportSummary
from hygie.views.landscape_words import label_of
from hygie.views.messages import Language, Translate, translator

__all__ = [
    "FORM_FIELDS",
    "ask_preview",
    "confirm_import",
    "discard_upload",
    "list_formats",
    "list_victim_kinds",
    "read_report",
    "record_incident",
]

# Changes that are looked at for what an import brought, and how many of them a page names.
_LOOKED_AT, _NAMED = 5000, 60
_WROTE = ("added", "joined", "changed", "created", "patched", "merged")

# Kinds of victims that the form offers; those of the health sector have names in both languages.
VICTIM_KINDS = (
    "ch",
    "chu",
    "ght",
    "ch_local",
    "private_clinic",
    "private_nonprofit",
    "private_group",
    "cancer_centre",
    "nursing_home",
    "laboratory",
    "private_practice",
    "occupational_health",
    "health_provider",
    "unknown",
)

# Fields of the form of one incident, and whether they are needed.
FORM_FIELDS: Mapping[str, bool] = {
    "victim.name": True,
    "victim.kind": True,
    "started_on": True,
    "threat_class": True,
    "source.title": True,
    "source.url": False,
    "source.publisher": False,
    "source.published_on": False,
    "source.reliability": False,
    "source.credibility": False,
    "victim.town": False,
    "victim.department": False,
    "victim.region": False,
    "actor.name": False,
    "actor.confidence": False,
    "data_leaked": False,
    "date_basis": False,
    "summary": False,
    "record.tlp": False,
}


def list_formats(_: Translate) -> list[tuple[str, str]]:
    """Return the formats with what they are called."""
    return [
        ("stix", _("STIX 2.1 bundle (JSON)")),
        ("misp", _("MISP events (JSON)")),
        ("veris", _("VERIS incidents (JSON)")),
        ("kev", _("CISA KEV catalogue (JSON or CSV)")),
        ("epss", _("EPSS scores (CSV or JSON)")),
        ("leak-site", _("Posts of leak sites (JSON)")),
        ("table", _("Table of incidents or others (CSV or XLSX)")),
    ]


def list_victim_kinds(language: Language) -> list[tuple[str, str]]:
    """Return the kinds of victims with what they are called, health facilities first."""
    return [(kind, label_of("kind", kind, language)) for kind in VICTIM_KINDS]


def ask_preview(workspace: Workspace, request: ImportRequest, *, principal: Principal) -> JobView:
    """Ask a worker to read an uploaded file and to compare it with the base, writing nothing.

    Raises
    ------
    ForbiddenError, NotFoundError
        Not allowed, or the file is not there.
    """
    name = find_upload(workspace, request.upload).name
    dry = request.model_copy(update={"dry_run": True})
    return submit(workspace, kind="import", request=dry, principal=principal, title=name)


def confirm_import(workspace: Workspace, job_id: str, *, principal: Principal) -> JobView:
    """Ask a worker to take what a preview showed.

    Raises
    ------
    NotFoundError
        There is no such preview, or its file is gone.
    """
    shown = _get_import(workspace, job_id)
    request = ImportRequest.model_validate(shown.request)
    name = find_upload(workspace, request.upload).name
    kept = request.model_copy(update={"dry_run": False})
    return submit(workspace, kind="import", request=kept, principal=principal, title=name)


def discard_upload(workspace: Workspace, job_id: str) -> None:
    """Remove the file of a preview; nothing was taken from it.

    Raises
    ------
    NotFoundError
        There is no such preview.
    """
    request = ImportRequest.model_validate(_get_import(workspace, job_id).request)
    for upload in filter(None, (request.upload, request.column_map)):
        forget_upload(workspace, upload)


def read_report(base: Base, job_id: str, *, language: Language) -> ImportReportView:
    """Return what an import did, or would do, with what came in.

    Raises
    ------
    NotFoundError
        There is no such import, or it is not over.
    """
    job = get_job(base.workspace, job_id)
    if job.kind not in ("import", "pull") or job.status != "done" or job.outcome is None:
        raise NotFoundError("there is no report of this import", field="job", value=job_id[:80])
    summary = ImportSummary.model_validate(job.outcome)
    _ = translator(language)
    kinds = _name_kinds(_)
    upload = str(job.request.get("upload", ""))
    return ImportReportView(
        job_id=job_id,
        name=job.title,
        author=job.author,
        at=job.finished_at or job.created_at,
        format_label=dict(list_formats(_)).get(summary.format, summary.format),
        dry_run=summary.dry_run,
        waiting=summary.dry_run and _is_there(base.workspace, upload),
        counts=summary.counts,
        kinds=[
            KindRowView(kind=kind, label=kinds.get(kind, kind), counts=counts)
            for kind, counts in summary.by_kind.items()
        ],
        refusals=list(summary.refusals),
        dropped=summary.dropped,
        notes=list(summary.notes),
        brought=_list_brought(base, summary.run, kinds),
    )


def record_incident(base: Base, given: Mapping[str, str]) -> tuple[str | None, dict[str, str]]:
    """Record one incident as a form describes it; return its ref, or what is wrong by field.

    It goes the way of a row of a table, so that the same rules hold; what the form leaves open is not made up.

    Raises
    ------
    DataError
        The row is refused for a reason that belongs to no field.
    """
    said = {name: given.get(name, "").strip() for name in FORM_FIELDS}
    problems = {name: "needed" for name, needed in FORM_FIELDS.items() if needed and not said[name]}
    if problems:
        return None, problems
    filled = {name: text for name, text in said.items() if text}
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(filled)
    writer.writerow([neutralise_cell(text) for text in filled.values()])
    with tempfile.TemporaryDirectory(prefix="hygie-incident-") as folder:
        file = Path(folder) / "recorded-by-hand.csv"
        file.write_text(sink.getvalue(), encoding="utf-8")
        try:
            summary = import_file(base, file, format="table")
        except SchemaError as error:
            return None, {error.findings[0].field or "": error.findings[0].message}
    if summary.refusals:
        field = next((name for name in filled if f"{name}" in summary.refusals[0]), "")
        return None, {field: summary.refusals[0].partition(": ")[2]}
    ref = next((row.ref for row in _list_brought(base, summary.run, {}) if row.kind == "incident"), None)
    if ref is None:
        raise DataError(
            "this incident is known already, from the same source",
            value=said["victim.name"],
            repair="search for it in the threat landscape",
        )
    return ref, {}


def _get_import(workspace: Workspace, job_id: str) -> JobView:
    job = get_job(workspace, job_id)
    if job.kind != "import":
        raise NotFoundError("this job is no import", field="job", value=job_id[:80])
    return job


def _is_there(workspace: Workspace, upload: str) -> bool:
    try:
        return find_upload(workspace, upload).is_file()
    except NotFoundError:
        return False


def _list_brought(base: Base, run: int | None, kinds: Mapping[str, str]) -> list[BroughtView]:
    if run is None:
        return []
    found: dict[tuple[str, str], Any] = {}
    for change in base.store.changes(limit=_LOOKED_AT, newest_first=True):
        if change.run == run and change.action in _WROTE:
            found.setdefault((change.kind, change.ref), change)
    order = ("incident", "actor", "campaign")
    keys = sorted(found, key=lambda key: (order.index(key[0]) if key[0] in order else len(order), key))
    rows = []
    for kind, ref in keys[:_NAMED]:
        record = base.store.get(kind, ref)
        rows.append(BroughtView(kind=kind, kind_label=kinds.get(kind, kind), ref=ref, name=record.name))
    return rows


def _name_kinds(_: Translate) -> dict[str, str]:
    return {
        "incident": _("Incidents"),
        "actor": _("Actors"),
        "campaign": _("Campaigns"),
        "vulnerability": _("Vulnerabilities"),
        "software": _("Software of attackers"),
        "technique": _("Techniques"),
        "count": _("Published counts"),
        "source": _("Sources"),
    }
