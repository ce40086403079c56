"""The first page: what changed in the base, whom to watch, what waits for somebody."""

from __future__ import annotations

from datetime import date

from hygie.knowledge.base import list_outdated
from hygie.knowledge.landscape.select import LATE
from hygie.service.accounts.principal import Principal
from hygie.service.actor_pages import Gallery, find_actors, list_recent_incidents
from hygie.service.audit import list_imports
from hygie.service.qualification import list_duplicates
from hygie.service.saved_results import list_results
from hygie.service.sources import read_packs_today
from hygie.service.summaries import show_instant
from hygie.service.workspace import Base
from hygie.store.workspace import Workspace
from hygie.views.home import ChangeLineView, HomeView, TaskView, WatchedVulnerabilityView
from hygie.views.messages import Language, Translate, translator

__all__ = ["count_approvals", "show_home"]

_SCANNED, _SHOWN = 400, 6
_STALE_DAYS = 365
_RECENT_DAYS = 180
_MOST_APPROVALS = 50


def show_home(base: Base, gallery: Gallery, *, as_of: date, language: Language) -> HomeView:
    """Return what the first page of an organisation shows of its records."""
    _ = translator(language)
    actors = find_actors(gallery, text="", everyone=False, as_of=as_of, language=language).actors
    return HomeView(
        changes=_list_changes(base, _),
        imports=_list_imports(base),
        incidents=list_recent_incidents(gallery, language=language, limit=_SHOWN),
        actors=[line for line in actors if line.state][:_SHOWN],
        vulnerabilities=_list_vulnerabilities(base, as_of),
        tasks=_list_tasks(base, gallery, as_of, _),
        known_incidents=len(gallery.knowledge.incidents),
        known_actors=len(gallery.knowledge.actors),
        as_of=as_of.isoformat(),
    )


def count_approvals(workspace: Workspace, *, principal: Principal) -> int:
    """Return how many results of others wait for the approval of somebody; 0 for who may not approve."""
    if principal.role not in ("approver", "admin"):
        return 0
    waiting = list_results(workspace, status="submitted", limit=_MOST_APPROVALS).items
    return sum(item.account_id != principal.account_id for item in waiting)


def _list_changes(base: Base, _: Translate) -> list[ChangeLineView]:
    """Return what people did to records, imports left out."""
    words = {
        "created": _("recorded"),
        "patched": _("changed"),
        "unpatched": _("edits taken back"),
        "deleted": _("hidden"),
        "restored": _("brought back"),
        "merged": _("joined"),
        "split": _("taken apart"),
    }
    rows = [
        ChangeLineView(
            at=show_instant(change.at),
            author=change.author,
            text=_("{what}: {record}", what=words.get(change.action, change.action), record=change.ref),
            reason=change.reason,
            kind=change.kind,
            ref=change.ref,
        )
        for change in base.store.changes(limit=_SCANNED, newest_first=True)
        if change.run is None
    ]
    return rows[:_SHOWN]


def _list_imports(base: Base) -> list[ChangeLineView]:
    return [
        ChangeLineView(
            at=row.at, author=row.author, text=row.what.partition(" sha256:")[0], reason=row.reason, kind=None, ref=None
        )
        for row in list_imports(base, limit=_SHOWN)
    ]


def _list_vulnerabilities(base: Base, as_of: date) -> list[WatchedVulnerabilityView]:
    """Return the vulnerabilities whose exploitation became known of late, those used for ransom first."""
    rows = []
    for stored in base.store.find("vulnerability"):
        since = str(stored.data.get("exploited_since") or "")
        if len(since) != 10 or (as_of - date.fromisoformat(since)).days > _RECENT_DAYS:
            continue
        ransomware = stored.data.get("ransomware_use") == "known"
        rows.append(WatchedVulnerabilityView(ref=stored.ref, name=stored.name, since=since, ransomware=ransomware))
    rows.sort(key=lambda row: row.since, reverse=True)
    return sorted(rows, key=lambda row: not row.ransomware)[:_SHOWN]


def _list_tasks(base: Base, gallery: Gallery, as_of: date, _: Translate) -> list[TaskView]:
    knowledge = gallery.knowledge
    late = [item for item in knowledge.incidents if item.date_basis in LATE]
    stale = [
        estimate
        for estimate in read_packs_today(as_of).estimates.values()
        if (as_of - date.fromisoformat(estimate.last_checked_on)).days > _STALE_DAYS
    ]
    tasks = [
        TaskView(
            id="duplicates",
            title=_("Pairs of incidents that may be one"),
            text=_("Join them, or say that they are two."),
            count=len(list_duplicates(base)),
        ),
        TaskView(
            id="dates",
            title=_("Incidents dated by a post, not by the attack"),
            text=_("They are counted apart until somebody dates the attack."),
            count=len(late),
        ),
        TaskView(
            id="packs",
            title=_("Packs whose files changed"),
            text=_("Look at what would change, then load them: hygie pack diff."),
            count=len(list_outdated(base.store)),
        ),
        TaskView(
            id="parameters",
            title=_("Parameters not checked for a year"),
            text=_("Look whether their sources still say so."),
            count=len(stale),
        ),
        TaskView(
            id="vulnerabilities",
            title=_("No list of exploited vulnerabilities yet"),
            text=_("Import the KEV catalogue, and this page shows what attackers began to use of late."),
            count=0 if any(True for _item in base.store.find("vulnerability", limit=1)) else 1,
        ),
    ]
    return [task for task in tasks if task.count]
