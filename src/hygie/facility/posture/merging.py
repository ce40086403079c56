"""What new entries change in a posture: nothing that its owner wrote, and nothing newer, is replaced unasked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from hygie.facility.organisation import PostureEntry

__all__ = ["Change", "Outcome", "Reason", "merge_posture"]

Outcome = Literal["added", "changed", "confirmed", "replaced", "conflict"]
Reason = Literal["owner", "newer", "undated", "same_day"]

# Coverages closer than this are the same [share].
SAME = 0.0005


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of one control.

    Parameters
    ----------
    outcome
        `confirmed`: the same coverage, now with the newer date; `replaced`: in spite of a reason;
        `conflict`: left as it was, because of the reason.
    reason
        `owner`: its owner wrote it; `newer`: it is newer; `undated`: its age is not known; `same_day`: as old, from
        elsewhere.
    """

    control: str
    before: PostureEntry | None
    after: PostureEntry
    outcome: Outcome
    reason: Reason | None = None


def merge_posture(
    current: Mapping[str, float | PostureEntry], proposed: Mapping[str, PostureEntry], *, replace: bool = False
) -> list[Change]:
    """Return what each proposed entry does to the present posture.

    Parameters
    ----------
    replace
        Replace entries that are the owner's, newer, or of unknown age.
    """
    changes = []
    for control, after in proposed.items():
        present = current.get(control)
        if present is None:
            changes.append(Change(control=control, before=None, after=after, outcome="added"))
            continue
        before = present if isinstance(present, PostureEntry) else PostureEntry(coverage=present)
        reason = _find_reason(before, after)
        same = abs(before.coverage - after.coverage) < SAME
        outcome: Outcome
        if reason is None:
            outcome = "confirmed" if same else "changed"
        elif same:
            # Nothing to decide: the coverage stands, with the origin and the date that it has.
            outcome, after, reason = "confirmed", before, None
        else:
            outcome = "replaced" if replace else "conflict"
        changes.append(Change(control=control, before=before, after=after, outcome=outcome, reason=reason))
    return changes


def _find_reason(before: PostureEntry, after: PostureEntry) -> Reason | None:
    if before.origin == "owner" and after.origin != "owner":
        return "owner"
    if before.on is None:
        return "undated"
    if after.on is None or before.on > after.on:
        return "newer"
    return "same_day" if before.on == after.on and before.origin != after.origin else None
