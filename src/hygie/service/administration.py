"""What pages of the administration show: holdings, worker, roles, identity providers, connectors and pulls."""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import hygie
from hygie.service.accounts.permissions import PERMISSIONS, list_permissions
from hygie.service.accounts.principal import ROLES, Principal, Role
from hygie.service.accounts.sso_settings import ProviderSettings
from hygie.service.connectors import list_connectors
from hygie.service.jobs.queue import list_jobs, submit
from hygie.service.jobs.requests import PullRequest
from hygie.service.jobs.signs import FRESH, read_sign
from hygie.store.connector_store import ConnectorStore
from hygie.store.tallies import count_documents, count_queue, count_rows
from hygie.store.workspace import Workspace
from hygie.views.administration import (
    ConnectorRowView,
    OverviewView,
    ProviderView,
    RoleView,
    TallyView,
    WorkerView,
)
from hygie.views.application import JobView
from hygie.views.messages import Language, Translate, translator

__all__ = [
    "describe_holdings",
    "describe_providers",
    "describe_roles",
    "list_connector_rows",
    "list_protocols",
    "name_permission",
    "pull_now",
    "watch_worker",
]

_FOLDERS = ("results", "documents", "uploads")
_LAST_PULLS = 200


def describe_holdings(workspace: Workspace, *, language: Language) -> OverviewView:
    """Return what an organisation holds, and whether somebody works on its jobs."""
    _ = translator(language)
    documents = count_documents(workspace)
    rows = count_rows(
        workspace, ("record", "saved_result", "job", "register", "connector", "membership", "api_token", "audit_entry")
    )
    labels = {
        "facility": _("Facilities"),
        "programme": _("Insurance programmes"),
        "portfolio": _("Portfolios"),
        "saved_result": _("Saved results"),
        "record": _("Records of the threat"),
        "register": _("Registers"),
        "membership": _("People"),
        "api_token": _("Tokens"),
        "connector": _("Connectors"),
        "job": _("Jobs"),
        "audit_entry": _("Lines of the audit log"),
    }
    held = {**{kind: documents.get(kind, 0) for kind in ("facility", "programme", "portfolio")}, **rows}
    url = workspace.engine.url
    is_file = url.get_backend_name() == "sqlite" and url.database is not None
    return OverviewView(
        tallies=[TallyView(id=name, label=label, count=held[name]) for name, label in labels.items()],
        size=sum(_measure(workspace.folder / name / workspace.organisation_id) for name in _FOLDERS),
        database="SQLite" if is_file else "PostgreSQL",
        database_size=_size_of(Path(str(url.database))) if is_file else None,
        worker=watch_worker(workspace),
        version=hygie.__version__,
    )


def watch_worker(workspace: Workspace) -> WorkerView:
    """Return whether a worker gave a sign of life of late, and how many jobs of the organisation wait."""
    queued, running, oldest = count_queue(workspace)
    seen = read_sign(workspace)
    return WorkerView(
        alive=seen is not None and datetime.now(UTC) - seen < FRESH,
        seen_at=seen,
        queued=queued,
        running=running,
        oldest_queued_at=oldest,
    )


def name_permission(permission: str, _: Translate) -> str:
    """Return what a permission lets somebody do."""
    names = {
        "read": _("see pages and results"),
        "write_facts": _("bring in and judge evidence"),
        "write_facility": _("describe facilities"),
        "run": _("run assessments"),
        "approve": _("approve results of others"),
        "administer": _("administer"),
    }
    return names[permission]


def describe_roles(*, language: Language) -> list[RoleView]:
    """Return what each role may do, in the order of the permissions."""
    _ = translator(language)
    words: dict[Role, tuple[str, str]] = {
        "viewer": (_("reader"), _("Reads everything of the organisation, changes nothing: directors, auditors.")),
        "analyst": (_("analyst"), _("Does the daily work: evidence, facilities, assessments.")),
        "approver": (_("approver"), _("As an analyst, and signs what somebody else submitted.")),
        "admin": (_("administrator"), _("All of it, and people, connectors, the audit log, backups.")),
    }
    found = []
    for role in ROLES:
        may = list_permissions(role, frozenset({"*"}))
        label, text = words[role]
        found.append(RoleView(role=role, label=label, text=text, may=[item in may for item in PERMISSIONS]))
    return found


def describe_providers(
    settings: Iterable[ProviderSettings], *, organisation_id: str, language: Language
) -> list[ProviderView]:
    """Return the identity providers, with the roles that their groups give in the organisation."""
    return [
        ProviderView(
            id=item.id,
            label=item.label[language],
            issuer=item.issuer,
            client_id=item.client_id,
            roles=[
                (entry.group or "*", entry.organisation, entry.role)
                for entry in item.roles
                if entry.organisation == organisation_id
            ],
        )
        for item in settings
    ]


def list_protocols(_: Translate) -> list[tuple[str, str]]:
    """Return the kinds of sources with what they are called."""
    return [
        ("kev", _("CISA KEV: vulnerabilities used by attackers")),
        ("epss", _("EPSS: chance that a vulnerability is used")),
        ("taxii", _("TAXII 2.1 server (STIX)")),
        ("misp", _("MISP server")),
        ("misp-feed", _("MISP feed")),
    ]


def list_connector_rows(workspace: Workspace, *, language: Language) -> list[ConnectorRowView]:
    """Return the connectors, each with what came of its last pull."""
    names = dict(list_protocols(translator(language)))
    last: dict[str, JobView] = {}
    for job in list_jobs(workspace, kind="pull", limit=_LAST_PULLS).items:
        last.setdefault(str(job.request.get("connector")), job)
    rows = []
    for item in list_connectors(workspace):
        job_ = last.get(item.connector_id)
        finding = job_.findings[0] if job_ is not None and job_.findings else None
        counts = (job_.outcome or {}).get("counts", {}) if job_ is not None else {}
        rows.append(
            ConnectorRowView(
                connector=item,
                protocol_label=names.get(item.protocol, item.protocol),
                job_id=job_.job_id if job_ else None,
                status=job_.status if job_ else None,
                at=(job_.finished_at or job_.created_at) if job_ else None,
                counts={name: int(count) for name, count in counts.items() if count},
                problem=finding.message if finding else None,
                repair=finding.repair if finding else None,
            )
        )
    return rows


def pull_now(workspace: Workspace, connector_id: str, *, principal: Principal) -> JobView:
    """Put a pull of a connector into the queue, beside its schedule.

    Raises
    ------
    ForbiddenError, NotFoundError
        Not allowed, or not there.
    """
    held = ConnectorStore(workspace).get(connector_id)
    request = PullRequest(connector=connector_id, asked_on=datetime.now(UTC).date())
    return submit(workspace, kind="pull", request=request, principal=principal, title=held.name)


def _measure(folder: Path) -> int:
    total = 0
    for place, _folders, names in os.walk(folder):
        for name in names:
            total += _size_of(Path(place) / name)
    return total


def _size_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0
