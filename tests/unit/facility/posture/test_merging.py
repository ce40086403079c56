"""Nothing that an owner wrote, and nothing newer, is replaced unasked."""

from __future__ import annotations

from datetime import date

import pytest

from hygie.facility.organisation import PostureEntry
from hygie.facility.posture.merging import merge_posture

OLD, DAY, NEW = date(2025, 1, 1), date(2026, 6, 1), date(2026, 11, 27)


def entry(coverage: float, on: date | None = DAY, origin: str = "oscal") -> PostureEntry:
    return PostureEntry.model_validate({"coverage": coverage, "on": on, "origin": origin})


@pytest.mark.parametrize(
    ("before", "after", "outcome", "reason"),
    [
        (None, entry(0.5), "added", None),
        (entry(0.4, OLD), entry(0.5), "changed", None),
        (entry(0.4, DAY), entry(0.5), "changed", None),
        (entry(0.4, DAY, "csv"), entry(0.5), "conflict", "same_day"),
        (entry(0.4, NEW), entry(0.5), "conflict", "newer"),
        (entry(0.4, None), entry(0.5), "conflict", "undated"),
        (entry(0.4, OLD, "owner"), entry(0.5), "conflict", "owner"),
        (0.4, entry(0.5), "conflict", "owner"),
        (0.5, entry(0.5), "confirmed", None),
        (entry(0.5, OLD), entry(0.5), "confirmed", None),
        (entry(0.4, OLD), entry(0.5, None), "conflict", "newer"),
    ],
)
def test_outcomes(before: float | PostureEntry | None, after: PostureEntry, outcome: str, reason: str | None) -> None:
    current = {} if before is None else {"mfa": before}
    (change,) = merge_posture(current, {"mfa": after})
    assert (change.outcome, change.reason) == (outcome, reason)
    (forced,) = merge_posture(current, {"mfa": after}, replace=True)
    assert forced.outcome == ("replaced" if outcome == "conflict" else outcome)


def test_a_confirmed_entry_takes_the_newer_date_but_not_the_owners_place() -> None:
    (change,) = merge_posture({"mfa": entry(0.5, OLD)}, {"mfa": entry(0.5, NEW)})
    assert change.after.on == NEW
    (change,) = merge_posture({"mfa": 0.5}, {"mfa": entry(0.5, NEW)}, replace=True)
    assert change.after == change.before
    assert change.after.origin == "owner"
