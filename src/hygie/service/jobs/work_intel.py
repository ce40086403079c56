"""The work of jobs that bring threat intelligence in: uploaded files, and connectors."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hygie.service.intel import import_file
from hygie.service.intel_pull import PROTOCOLS, pull
from hygie.service.jobs.context import JobContext, Told
from hygie.service.jobs.requests import ImportRequest, PullRequest
from hygie.service.uploads import find_upload, forget_upload
from hygie.store.connector_store import ConnectorRow, ConnectorStore
from hygie.store.downloads import RemoteFile, fetch_file
from hygie.store.http import HttpClient
from hygie.store.secret_box import open_secret
from hygie.views.intel import ImportSummary

__all__ = ["import_upload", "pull_connector"]

_FILES = {"kev": "kev.json", "epss": "epss.csv.gz"}


def import_upload(request: ImportRequest, context: JobContext) -> Told:
    """Import an uploaded file: all of it, or nothing; the file goes once it is in the base."""
    path = find_upload(context.workspace, request.upload)
    base = context.base()
    context.progress("Reading the file", 0, 0)
    summary = import_file(
        base,
        path,
        format=request.format,
        dry_run=request.dry_run,
        keep_names=request.keep_names,
        column_map=find_upload(context.workspace, request.column_map) if request.column_map is not None else None,
        sheet=request.sheet,
        # The file is read inside the transaction that writes it: progress, which also writes, would wait for its end.
        on_bytes=lambda _: context.check(),
    )
    if not request.dry_run:
        for upload in filter(None, (request.upload, request.column_map)):
            forget_upload(context.workspace, upload)
    # Whoever sent the file knows its name, not where the server put it.
    refusals = tuple(text.replace(str(path), path.name) for text in summary.refusals)
    notes = tuple(text.replace(str(path), path.name) for text in summary.notes)
    return _tell(summary.model_copy(update={"source": path.name, "refusals": refusals, "notes": notes}))


def pull_connector(request: PullRequest, context: JobContext) -> Told:
    """Pull what is new from a source; pages that are in the base are not read again."""
    row = ConnectorStore(context.workspace).get(request.connector)
    secret = open_secret(context.workspace.folder, row.secret) if row.secret is not None else None
    if row.protocol not in PROTOCOLS:
        return _tell(_fetch(row, context))

    def tell(page: int, objects: int, note: str | None = None) -> None:  # noqa: ARG001 - what waits say is in the notes
        context.progress("Asking the source", objects, 0)

    settings = row.settings
    summary = pull(
        context.base(),
        str(settings["url"]),
        protocol=row.protocol,
        collection=settings.get("collection"),
        user=settings.get("user"),
        secret=secret,
        allow_http=bool(settings.get("allow_http")),
        progress=tell,
    )
    return _tell(summary)


def _fetch(row: ConnectorRow, context: JobContext) -> ImportSummary:
    url = str(row.settings["url"])
    with tempfile.TemporaryDirectory(prefix="hygie-pull-") as folder:
        with HttpClient(url, allow_http=bool(row.settings.get("allow_http"))) as client:
            done = fetch_file(
                client,
                RemoteFile(url=url, name=_FILES[row.protocol]),
                Path(folder),
                progress=lambda size, total: context.progress("Asking the source", size, total or 0),
            )
        return import_file(context.base(), done.path, format=row.protocol).model_copy(update={"source": url})


def _tell(summary: ImportSummary) -> Told:
    return Told(summary.model_dump(mode="json"))
