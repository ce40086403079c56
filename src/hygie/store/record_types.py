"""What goes into the store of records and what comes out of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

__all__ = [
    "ANALYST",
    "ANALYST_RANK",
    "Change",
    "ImportRun",
    "LayerContent",
    "Outcome",
    "Project",
    "Projection",
    "StoredLayer",
    "StoredRecord",
]

ANALYST = "analyst"
ANALYST_RANK = 90

Outcome = Literal["added", "joined", "changed", "unchanged", "older"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LayerContent:
    """What one origin says of one object.

    Parameters
    ----------
    data
        Plain JSON values; of a patch, its part for `data` (RFC 7396: null removes).
    document, document_format
        The object as its publisher wrote it.
    stamp
        Instant of the publisher's version (ISO 8601); an older one never replaces a newer one.
    digest
        SHA-256 of all of it.
    """

    kind: str
    ref: str
    name: str
    data: Mapping[str, Any]
    tlp: str | None = None
    pap: str | None = None
    document: Mapping[str, Any] | None = None
    document_format: str | None = None
    stamp: str | None = None
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """What is indexed of an effective record."""

    name: str
    search_text: str
    first_day: date | None
    last_day: date | None


Project = Callable[[str, Mapping[str, Any]], Projection]


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRecord:
    """An object as all its layers together say it is.

    Parameters
    ----------
    version
        Grows by one each time that what the record says changes.
    origins
        Its own layers, lowest first.
    merged_into, merged
        The record that this one was merged into; the ones that were merged into it.
    """

    kind: str
    ref: str
    name: str
    data: Mapping[str, Any]
    tlp: str | None
    pap: str | None
    document: Mapping[str, Any] | None
    document_format: str | None
    stamp: str | None
    version: int
    digest: str
    origins: tuple[str, ...]
    merged_into: str | None
    merged: tuple[str, ...]
    deleted_at: datetime | None
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLayer:
    """One layer of an object.

    Parameters
    ----------
    patch
        The analyst's JSON merge patch of {data, tlp, pap, name}; None for a layer that is not a patch.
    base_digest
        Digest of what the patch was last made on.
    """

    origin: str
    rank: int
    origin_version: str | None
    content: LayerContent
    is_patch: bool
    base_digest: str | None
    patch: Mapping[str, Any] | None
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of the log, which is only ever added to.

    Parameters
    ----------
    action
        `added`, `joined`, `changed`, `retired` (of a layer), `created`, `patched`, `unpatched`, `deleted`, `restored`,
        `merged`, `split`.
    other
        The other record of a merge or a split.
    before
        The former layer; None when there was none.
    digest_after
        Digest of the effective record after it.
    """

    number: int
    kind: str
    ref: str
    origin: str
    action: str
    other: str | None
    author: str
    at: datetime
    reason: str | None
    run: int | None
    before: Mapping[str, Any] | None
    digest_after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRun:
    """One import: what was read, when, by whom, and what came of it; `finished_at` is None for one under way."""

    run: int
    format: str
    source: str
    digest: str | None
    author: str
    started_at: datetime
    finished_at: datetime | None
    counts: Mapping[str, Any] | None
    report: Mapping[str, Any] | None
