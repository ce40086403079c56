"""What a result was made from, and whether it would still come out the same."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import func, select

import hygie
from hygie.knowledge.folders import digest_pack
from hygie.knowledge.packs import DEFAULT_PACKS
from hygie.store.document_store import DocumentRow
from hygie.store.saved_result_store import ResultRow
from hygie.store.schema import change
from hygie.store.sessions import read_rows
from hygie.store.workspace import Workspace
from hygie.views.application import StaleReason
from hygie.views.landscape_words import join_words
from hygie.views.messages import Language, translator

__all__ = ["USES_BASE", "count_changes", "describe_inputs", "list_stale"]

# Results that read the CTI base of the organisation; the others read packs only.
USES_BASE = frozenset({"threat_watch", "study"})


def describe_inputs(workspace: Workspace, *, kind: str, packs: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what a result that is made now rests on, besides its facility and its request.

    Parameters
    ----------
    packs
        Digests that the result itself names.
    """
    named = {name: said.rpartition(" ")[2] for name, said in (packs or {}).items()}
    inputs: dict[str, Any] = {"version": hygie.__version__, "packs": named or _installed(date.today())}
    if kind in USES_BASE:
        inputs["changes"] = count_changes(workspace)
    return inputs


def count_changes(workspace: Workspace) -> int:
    """Return the number of the last change in the CTI base of an organisation; 0 without any."""
    wanted = select(func.max(change.c.number)).where(change.c.organisation_id == workspace.organisation_id)
    with read_rows(workspace) as connection:
        return int(connection.execute(wanted).scalar_one() or 0)


def list_stale(row: ResultRow, *, facility: DocumentRow | None, changes: int, language: Language) -> list[StaleReason]:
    """Return why a result would come out differently today, in words; nothing for one that would not.

    Parameters
    ----------
    facility
        The facility as it is now; None when it is gone, or when the result is about none.
    changes
        Number of the last change in the CTI base.
    """
    _ = translator(language)
    reasons = []
    if facility is not None and row.facility_digest is not None and facility.digest != row.facility_digest:
        text = _(
            "The facility has changed since: revision {new}, this result used revision {old}.",
            new=facility.revision,
            old=row.facility_revision,
        )
        reasons.append(StaleReason(cause="facility", sentence=text))
    said: Mapping[str, str] = row.inputs.get("packs", {})
    installed = _installed(date.today())
    moved = [name for name, digest in said.items() if name in installed and installed[name] != digest]
    if moved:
        text = _("The packs of facts have changed since: {names}.", names=join_words(moved, language))
        reasons.append(StaleReason(cause="packs", sentence=text))
    if row.kind in USES_BASE and changes > int(row.inputs.get("changes", 0)):
        reasons.append(StaleReason(cause="knowledge", sentence=_("The base of threat intelligence has changed since.")))
    version = row.inputs.get("version")
    if version != hygie.__version__:
        text = _("Computed by hygie {old}; this is {new}.", old=version, new=hygie.__version__)
        reasons.append(StaleReason(cause="version", sentence=text))
    return reasons


@lru_cache(maxsize=2)
def _installed(today: date) -> dict[str, str]:  # noqa: ARG001 - packs are digested once a day
    return {name: digest_pack(name) for name in DEFAULT_PACKS}
