"""View models of the CTI base: records, imports, exports, duplicates, audit. The JSON of a command is the model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from hygie.views.assessment import View

__all__ = [
    "ExportSummary",
    "FieldStep",
    "HistoryRow",
    "ImportSummary",
    "LayerView",
    "LogRow",
    "PackChangeView",
    "PackDiffView",
    "PairView",
    "PreviewSummary",
    "RecordPage",
    "RecordSummary",
    "flatten_facts",
]


class RecordSummary(View):
    """One record: `data` are its facts, `date` the day, month or year that lists show."""

    kind: str
    ref: str
    name: str
    date: str | None
    tlp: str | None
    pap: str | None
    stamp: str | None
    data: dict[str, Any]


class LayerView(View):
    """What one origin says of a record; `patch` when it only changes some fields."""

    origin: str
    version: str | None
    patch: bool
    fields: tuple[str, ...]


class LogRow(View):
    """One change, or one import."""

    at: str
    author: str
    what: str
    reason: str | None
    number: int
    details: dict[str, Any]


class FieldStep(View):
    """What a change did to one field of one origin; None where nothing was said."""

    field: str
    before: str | None
    after: str | None


class HistoryRow(LogRow):
    """One change of a record, with each field that it touched: from these every former version can be read."""

    fields: tuple[FieldStep, ...]


class RecordPage(View):
    """All that the base knows of one record: facts, who says them (lowest rank first), changes (oldest first)."""

    record: RecordSummary
    version: int
    layers: tuple[LayerView, ...]
    history: tuple[HistoryRow, ...]
    merged: tuple[str, ...]
    merged_into: str | None
    deleted: bool


class ImportSummary(View):
    """What an import did, or would do; `refusals` are the first ones, each with its place and its repair."""

    format: str
    source: str
    dry_run: bool
    run: int | None
    counts: dict[str, int]
    by_kind: dict[str, dict[str, int]]
    refusals: tuple[str, ...]
    dropped: dict[str, int]
    releases: tuple[str, ...]
    replaced: int
    notes: tuple[str, ...]
    seconds: float


class PreviewSummary(View):
    """How a table would be read: field → column, columns not used, required fields without one, and first rows."""

    kind: str
    columns: dict[str, str]
    unmapped: tuple[str, ...]
    missing: tuple[str, ...]
    rows: tuple[str, ...]


class ExportSummary(View):
    """What left, and what was held back: reason → number."""

    path: str
    format: str
    ceiling: str
    written: int
    withheld: dict[str, int]


class PairView(View):
    """Two incidents that may be one, with what speaks for and against."""

    keep: str
    other: str
    keep_line: str
    other_line: str
    grade: Literal["likely", "possible"]
    reasons: tuple[str, ...]
    doubts: tuple[str, ...]


class PackChangeView(View):
    """One field of a pack entry that the installed version changes; `overlay` is the analyst's value, which stays."""

    kind: str
    ref: str
    name: str
    field: str
    before: Any
    after: Any
    overlaid: bool
    overlay: Any


class PackDiffView(View):
    """What loading the installed version of a pack would change."""

    pack: str
    loaded: str | None
    installed: str
    added: tuple[str, ...]
    removed: tuple[str, ...]
    changed: tuple[PackChangeView, ...]


def flatten_facts(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Return the leaves of facts as dotted names and texts.

    >>> flatten_facts({"victim": {"name": "CH", "beds": 3}, "aliases": ["a", "b"]})
    [('victim.name', 'CH'), ('victim.beds', '3'), ('aliases', 'a, b')]
    """
    if isinstance(value, Mapping):
        return [
            leaf for key, part in value.items() for leaf in flatten_facts(part, f"{name}.{key}" if name else str(key))
        ]
    if isinstance(value, list) and any(isinstance(part, Mapping) for part in value):
        return [leaf for index, part in enumerate(value) for leaf in flatten_facts(part, f"{name}.{index}")]
    if isinstance(value, list):
        return [(name, ", ".join(map(str, value)))]
    return [(name, str(value))]
