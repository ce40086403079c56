"""View models of public registers: editions, what an import found, organisations that match."""

from __future__ import annotations

from typing import Literal

from hygie.views.assessment import View

__all__ = [
    "SYNTHETIC",
    "DownloadView",
    "DownloadedFileView",
    "EditionView",
    "FindingCount",
    "MatchView",
    "NewFacilityView",
    "RegisterImportView",
]

# Said wherever organisations of a drawn register are shown.
SYNTHETIC = "Synthetic: these organisations do not exist, their figures were drawn at random."


class EditionView(View):
    """One edition of a register in the workspace; `used` when searches read it."""

    number: int
    kind: str
    name: str
    year: int
    sites: int
    entities: int
    groups: int
    findings: int
    synthetic: bool
    used: bool
    author: str
    imported_at: str
    digest: str


class FindingCount(View):
    """How often one thing was found missing, doubtful or was repaired (`kind`), with the first of them."""

    kind: Literal["missing", "doubtful", "repaired"]
    about: str
    field: str | None
    count: int
    example: str | None


class RegisterImportView(View):
    """What an import read. `number` is None after a dry run; `new` is False when the workspace had it already."""

    kind: str
    name: str
    year: int
    sites: int
    entities: int
    groups: int
    regions: dict[str, int]
    findings: tuple[FindingCount, ...]
    finding_count: int
    dry_run: bool
    new: bool
    number: int | None


class MatchView(View):
    """One legal entity of a register: beds of all disciplines [beds], staff [fte]; `synthetic`: it does not exist."""

    finess: str
    name: str
    city: str
    category: str
    beds: int
    fte: float
    sites: int
    group: str
    register_name: str
    year: int
    synthetic: bool


class NewFacilityView(View):
    """A facility file that was written.

    `match` is where its figures come from, `site` the number of a site that was asked for, `doubts` what the register
    leaves in doubt; `complete` is False as long as nobody has given the staff.
    """

    path: str
    name: str
    beds: int
    fte: float
    match: MatchView | None
    site: str | None
    doubts: tuple[str, ...]
    complete: bool


class DownloadedFileView(View):
    """A file that was fetched.

    `held`: it was there before; `verified`: it has the checksum that its publisher gives; `resumed_at`: how much of it
    was there when the command began; sizes [bytes].
    """

    url: str
    path: str
    size: int
    sha256: str
    verified: bool
    held: bool
    resumed_at: int


class DownloadView(View):
    """A register that was fetched.

    `page` is where a person finds it; `ready` is what can be imported, None when the archive (`packed`) has to be
    unpacked first.
    """

    source: str
    page: str
    files: tuple[DownloadedFileView, ...]
    ready: str | None
    packed: str | None
