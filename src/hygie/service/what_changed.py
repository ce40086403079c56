"""The feed "what changed": one sentence per event, and facts that imports and connectors brought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hygie.service.jobs.report_requests import read_study_title
from hygie.store.activity_store import ActivityRow, list_activity
from hygie.store.sessions import map_page
from hygie.store.workspace import Workspace
from hygie.views.application import ActivityView, PageView
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count

__all__ = ["JOB_LABELS", "label_kind", "list_changes"]

# Texts that are translated when they are shown.
JOB_LABELS = {
    "assess": "Assessment",
    "scenario": "Scenario",
    "decide_controls": "Choice of controls",
    "decide_mix": "Controls and insurance",
    "decide_uncertainty": "Weight of what is not known",
    "insure_price": "Price of a programme",
    "portfolio": "Portfolio",
    "portfolio_whatif": "What-if in a portfolio",
    "synthesize": "Synthetic register",
    "threat_diff": "Change of the threat",
    "threat_watch": "Watch on the threat",
    "compare": "Comparison of two results",
    "study": "Study of the threat",
    "dossier": "Validation dossier",
    "import": "Import of a file",
    "pull": "Pull of a source",
    "register": "Import of a register",
    "backup": "Backup",
}


def label_kind(kind: str, language: Language) -> str:
    """Return what a kind of job is called."""
    return translator(language)(JOB_LABELS[kind]) if kind in JOB_LABELS else kind


def list_changes(
    workspace: Workspace,
    *,
    since: datetime | None = None,
    after: str | None = None,
    limit: int = 50,
    language: Language = "en",
) -> PageView[ActivityView]:
    """Return what changed in an organisation, the latest first, since an instant or before a cursor."""
    page = list_activity(workspace, since=since, after=after, limit=limit)
    shown = map_page(page, lambda row: _show(row, language))
    return PageView[ActivityView](items=list(shown.items), next=shown.next)


def _show(row: ActivityRow, language: Language) -> ActivityView:
    return ActivityView(
        number=row.number,
        at=row.at,
        event=row.event,
        subject_kind=row.subject_kind,
        subject_ref=row.subject_ref,
        author=row.author,
        sentence=_say(row, language),
    )


def _say(row: ActivityRow, language: Language) -> str:
    _ = translator(language)
    data = dict(row.data)
    author = row.author
    name = str(data.get("name") or data.get("title") or row.subject_ref)
    what = label_kind(str(data.get("kind", "")), language)
    if data.get("kind") == "study":
        name = read_study_title(name, language)
    match row.event:
        case "facility_saved":
            return _("{author} saved {name}, revision {n}.", author=author, name=name, n=data.get("revision", ""))
        case "facility_deleted":
            return _("{author} removed the facility {name}.", author=author, name=name)
        case "result_ready":
            return _("{what}: {name} is ready.", what=what, name=name)
        case "facts_brought":
            return _say_facts(data, what, name, language, _)
        case "register_done":
            return _("{author} brought in the register {name}.", author=author, name=name)
        case "backup_done":
            return _("{author} made a backup.", author=author)
        case "job_failed":
            reason = str(data.get("message", ""))
            return _("{what}: {name} failed ({reason}).", what=what, name=name, reason=reason.rstrip("."))
        case "result_submitted":
            return _("{author} submitted {name} for approval.", author=author, name=name)
        case "result_withdrawn":
            return _("{author} withdrew {name} from approval.", author=author, name=name)
        case "result_approved":
            return _("{author} approved {name}.", author=author, name=name)
        case "result_rejected":
            return _("{author} sent {name} back.", author=author, name=name)
        case "result_deleted":
            return _("{author} deleted a result of {name}.", author=author, name=name)
    if row.event.endswith("_saved"):
        return _("{author} saved {name}, revision {n}.", author=author, name=name, n=data.get("revision", ""))
    return f"{author}: {row.event} {name}"


def _say_facts(data: Mapping[str, Any], what: str, name: str, language: Language, _: Translate) -> str:
    values = {"what": what, "name": name}
    for word in ("added", "changed", "incidents", "actors"):
        values[word] = format_count(int(data.get(word, 0)), language)
    if data.get("incidents") or data.get("actors"):
        return _(
            "{what} {name}: {added} new facts, {changed} changed, of these {incidents} incidents and {actors} actors.",
            **values,
        )
    return _("{what} {name}: {added} new facts, {changed} changed.", **values)
