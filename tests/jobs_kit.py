"""A workspace with a small facility, people with roles, and a worker in this process or in one of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hygie.service import result_inputs
from hygie.service.accounts.principal import Principal, Role
from hygie.service.connectors import ConnectorRequest
from hygie.service.jobs.context import results_folder
from hygie.service.jobs.worker import run_worker
from hygie.store.document_store import DocumentStore
from hygie.store.results import write_result
from hygie.store.saved_result_store import NewResult, ResultStore
from hygie.store.workspace import Workspace, open_workspace

SMALL = """\
schema: hygie.facility/1
id: {ref}
name: {name}
category: ch
status: public
region: Île-de-France
activity: {{year: 2024, beds_mco: {beds}, fte: 900}}
"""


def small(ref: str = "fr-1", *, name: str = "Hôpital de l’Exemple", beds: int = 200) -> str:
    """Return the text of a small facility file."""
    return SMALL.format(ref=ref, name=name, beds=beds)


def person(
    name: str = "ana", role: Role = "analyst", *, organisation: str = "default", language: str = "en"
) -> Principal:
    """Return somebody at work."""
    return Principal(
        account_id=f"id-{name}",
        name=name,
        organisation_id=organisation,
        role=role,
        scopes=frozenset({"*"}),
        language="fr" if language == "fr" else "en",
    )


@contextmanager
def opened(folder: Path, database: str | None = None, *, organisation: str = "default") -> Iterator[Workspace]:
    """Open a workspace while the block goes on."""
    workspace = open_workspace(folder, database=database, organisation=organisation)
    try:
        yield workspace
    finally:
        workspace.engine.dispose()


def work_off(workspace: Workspace, **options: object) -> int:
    """Work off the queue in this process."""
    return run_worker(workspace, stop=threading.Event(), once=True, threads=1, **options)  # type: ignore[arg-type]


def start_worker_process(
    folder: Path, database: str | None = None, *options: str, **environment: str
) -> subprocess.Popen[str]:
    """Start ``hygie worker`` in a process of its own."""
    arguments = ["worker", "--workspace", str(folder), "--threads", "1", *options]
    arguments += ["--database", database] if database else []
    return subprocess.Popen(
        [sys.executable, "-c", "from hygie.cli.main import run; run()", *arguments],
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


ADMIN = person("root", "admin")
SECRET = "tr0ub4dor&3"


def misp(**changes: object) -> ConnectorRequest:
    """Return the request of a connector with a secret."""
    values = {"name": "MISP", "protocol": "misp", "url": "https://misp.example", "secret": SECRET, "every_h": 6}
    return ConnectorRequest.model_validate({**values, **changes})


def keep(workspace: Workspace, result_id: str = "r1", *, kind: str = "assessment", author: str = "ana") -> str:
    """Save a result without computing one."""
    store = ResultStore(workspace)
    facility = DocumentStore(workspace, kind="facility").get("fr-1")
    new = NewResult(
        result_id=result_id,
        kind=kind,
        title="Hôpital de l’Exemple",
        facility_ref="fr-1",
        facility_revision=facility.revision,
        facility_digest=facility.digest,
        digest="sha256:1",
        request={"years": 2000},
        headline={"en": ["said"]},
        inputs=result_inputs.describe_inputs(workspace, kind=kind),
        account_id=f"id-{author}",
        author=author,
    )
    with store.writing() as connection:
        store.add(new, connection=connection)
    write_result(
        results_folder(workspace, result_id), manifest={"kind": kind}, views={f"{kind}.en": {"x": 1}}, tables={}
    )
    return result_id
