"""The work of jobs that look after an installation: registers that come in, backups."""

from __future__ import annotations

import json

from hygie.service.backups import make_backup as write_backup
from hygie.service.backups import require_whole
from hygie.service.jobs.context import JobContext, Told
from hygie.service.jobs.requests import BackupRequest, RegisterRequest
from hygie.service.register_imports import RegisterImport, import_register
from hygie.service.uploads import find_upload, forget_upload
from hygie.store.register_store import RegisterStore

__all__ = ["import_upload", "make_backup"]

_STAGES = {
    "unpack": "Unpacking the archive",
    "read": "Reading the register",
    "write": "Keeping the register",
}


def import_upload(request: RegisterRequest, context: JobContext) -> Told:
    """Import an uploaded register: all of it, or nothing; the files go once it is in the workspace."""
    workspace = context.workspace
    extra = {name: getattr(request, name) for name in ("groups", "column_map")}
    asked = RegisterImport(
        path=find_upload(workspace, request.upload),
        **{name: find_upload(workspace, upload) if upload is not None else None for name, upload in extra.items()},
        year=request.year,
        region=request.region,
        department=request.department,
        ght=request.ght,
    )
    store = None if request.dry_run else RegisterStore(workspace, author=context.job.author)
    view, _findings = import_register(store, asked, tell=lambda stage: context.progress(_STAGES[stage], 0, 0))
    if not request.dry_run:
        for upload in filter(None, (request.upload, *extra.values())):
            forget_upload(workspace, upload)
    # Whoever sent the file knows its name, not where the server put it.
    told = json.dumps(view.model_dump(mode="json"), ensure_ascii=False)
    return Told(json.loads(told.replace(json.dumps(f"{asked.path.parent}/", ensure_ascii=False)[1:-1], "")))


def make_backup(request: BackupRequest, context: JobContext) -> Told:
    """Write the whole installation to a file in the folder of backups."""
    del request
    require_whole(context.workspace, context.job.account_id)
    context.progress("Writing the backup", 0, 0)
    view = write_backup(context.workspace, name=context.job.job_id)
    return Told(view.model_dump(mode="json"))
