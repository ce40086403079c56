"""From what an importer yields to the store: added, changed, unchanged or refused, each counted and told."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from hygie.core.errors import DataError, SchemaError
from hygie.knowledge.importers.protocol import ImportItem, Refusal, Release
from hygie.knowledge.kinds import IntelRecord
from hygie.knowledge.projection import to_layer
from hygie.store.record_store import RecordStore, Transaction

__all__ = [
    "ANALYST_RANK",
    "EMBEDDED_RANK",
    "IMPORT_RANK",
    "OUTCOMES",
    "PACK_RANK",
    "RELEASE_RANK",
    "Cursor",
    "ImportReport",
    "ImportTally",
    "load_items",
]

# Whose word counts when several speak of one object, lowest first. What came in a file never overrides what was
# curated; a release of a catalogue that the user chose replaces what is carried; an analyst has the last word.
EMBEDDED_RANK = 10
IMPORT_RANK = 20
PACK_RANK = 30
RELEASE_RANK = 40
ANALYST_RANK = 90

BATCH = 1_000
# A report names this many refusals; the rest is counted.
MAX_TOLD = 200

OUTCOMES = ("added", "merged", "changed", "unchanged", "older", "refused", "dropped")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Where to resume a feed once what was read of it is in the store."""

    feed: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What an import did, or would do.

    Parameters
    ----------
    counts
        By outcome: `added`, `merged` (others spoke of the object already), `changed`, `unchanged`, `older` (the
        store already has a later version), `refused`, `dropped` (left out on purpose, such as revoked objects).
    by_kind
        The same by kind of object.
    refusals
        The first refusals with their reasons; `counts` has them all.
    dropped
        Reasons for leaving out, with their numbers.
    replaced
        Objects of an older release that the new one no longer has.
    """

    format: str
    source: str
    dry_run: bool
    run: int | None
    counts: dict[str, int]
    by_kind: dict[str, dict[str, int]]
    refusals: tuple[Refusal, ...]
    dropped: dict[str, int]
    releases: tuple[str, ...]
    replaced: int
    notes: tuple[str, ...]
    seconds: float


@dataclass(slots=True)
class ImportTally:
    """Counts that grow while an import goes on; several batches or pages may share one."""

    counts: Counter[str] = field(default_factory=Counter)
    by_kind: dict[str, Counter[str]] = field(default_factory=dict)
    refusals: list[Refusal] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)
    releases: list[str] = field(default_factory=list)
    replaced: int = 0
    notes: list[str] = field(default_factory=list)
    started: float = field(default_factory=time.monotonic)

    def count(self, outcome: str, kind: str | None) -> None:
        """Count one object."""
        self.counts[outcome] += 1
        if kind is not None:
            self.by_kind.setdefault(kind, Counter())[outcome] += 1

    def refuse(self, refusal: Refusal) -> None:
        """Count one refusal and keep its reason."""
        self.count("dropped" if refusal.dropped else "refused", refusal.kind)
        if refusal.dropped:
            self.dropped[refusal.finding.message] += 1
        elif len(self.refusals) < MAX_TOLD:
            self.refusals.append(refusal)

    def report(self, *, format: str, source: str, dry_run: bool, run: int | None) -> ImportReport:  # noqa: A002
        """Return the counts so far as a report."""
        return ImportReport(
            format=format,
            source=source,
            dry_run=dry_run,
            run=run,
            counts={outcome: self.counts[outcome] for outcome in OUTCOMES},
            by_kind={kind: dict(sorted(counts.items())) for kind, counts in sorted(self.by_kind.items())},
            refusals=tuple(self.refusals),
            dropped=dict(self.dropped.most_common()),
            releases=tuple(self.releases),
            replaced=self.replaced,
            notes=tuple(self.notes),
            seconds=time.monotonic() - self.started,
        )


class _DryRunOver(Exception):  # noqa: N818 - not an error: it rolls the transaction back
    pass


def load_items(
    store: RecordStore,
    items: Iterable[ImportItem],
    *,
    format: str,  # noqa: A002
    source: str,
    origin: str | None = None,
    rank: int = IMPORT_RANK,
    version: str | None = None,
    dry_run: bool = False,
    cursor: Cursor | None = None,
    tally: ImportTally | None = None,
    progress: Callable[[int], None] | None = None,
) -> ImportReport:
    """Put what an importer yields into the store, in one transaction: all of it, or nothing.

    Parameters
    ----------
    format, source
        What is read, and from where, as the report and the log of imports say it.
    origin, rank, version
        Whose word this is, ``import/<format>`` by default, and how much it counts against others.
    dry_run
        Do everything, then undo it.
    cursor
        Stored with the objects, so that a feed resumes where the last whole page ended.
    tally
        Counts to go on with; new ones by default.
    progress
        Called with the number of objects seen so far.

    Raises
    ------
    DataError
        The source cannot be trusted as a whole; the store is as it was.
    StoreError
        The database cannot be written.
    """
    tally = tally or ImportTally()
    run: int | None = None
    try:
        with store.transaction() as transaction:
            run = transaction.start_run(format=format, source=source)
            loader = _Loader(
                transaction, tally, run, origin or f"import/{format}", rank=rank, version=version, progress=progress
            )
            for item in items:
                loader.take(item)
            loader.finish()
            if cursor is not None:
                transaction.set_cursor(cursor.feed, cursor.value)
            report = tally.report(format=format, source=source, dry_run=dry_run, run=None if dry_run else run)
            transaction.finish_run(run, counts=report.counts, report={"notes": list(report.notes)})
            if dry_run:
                raise _DryRunOver
    except _DryRunOver:
        pass
    return report


_TWICE = SchemaError(
    "the source says two different things of one object",
    repair="the first is taken; tell its publisher, or remove one of them",
).findings[0]


def _order(version: str) -> tuple[int, ...]:
    """Return the numbers of a version, which sort as versions do: 18.1 before 18.10, 2025.08.25 before 2025.09."""
    return tuple(int(part) for part in re.findall(r"\d+", version))


class _Loader:
    """Batches records into one transaction."""

    def __init__(
        self,
        transaction: Transaction,
        tally: ImportTally,
        run: int,
        origin: str,
        *,
        rank: int,
        version: str | None,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._transaction = transaction
        self._tally = tally
        self._run = run
        self._origin = origin
        self._rank = rank
        self._version = version
        self._progress = progress
        self._release: Release | None = None
        self._unread: set[tuple[str, str]] = set()
        self._batch: dict[tuple[str, str], IntelRecord] = {}
        self._met: dict[tuple[str, str], tuple[str | None, int]] = {}
        self._seen = 0

    def take(self, item: ImportItem) -> None:
        self._seen += 1
        if isinstance(item, Refusal):
            self._tally.refuse(item)
            if item.kind is not None and not item.dropped:
                # It is in the release, though we cannot read it: what we know of it has not been withdrawn.
                self._unread.add((item.kind, item.ref))
        elif isinstance(item, Release):
            self._open_release(item)
        else:
            self._add(item)
            if len(self._batch) >= BATCH:
                self._flush()

    def _add(self, record: IntelRecord) -> None:
        """Put a record into the batch; of two versions in one source the newer counts, of two equals the first."""
        key, digest = (record.kind, record.ref), int(record.digest.removeprefix("sha256:")[:16], 16)
        earlier = self._met.get(key)
        if earlier is not None:
            if earlier == (record.stamp, digest) or record.kind == "source":
                # Objects that rest on one source often title it in several ways: the first way is as good as any.
                return
            if earlier[0] == record.stamp:
                # Taking both would change the record again at each import.
                self._tally.refuse(Refusal(ref=record.ref, kind=record.kind, finding=_TWICE))
                return
            if key in self._batch:
                self._flush()
        self._met[key] = (record.stamp, digest)
        self._batch[key] = record

    def finish(self) -> None:
        self._flush()
        if self._release is not None:
            name, version = self._release.name, self._release.version
            kept = self._met.keys() | self._unread
            reason = f"not in {name} {version}"
            gone = self._transaction.retire(origin=self._origin, keep=kept, reason=reason, run=self._run)
            if self._rank == RELEASE_RANK:
                reason = f"replaced by {name} {version}"
                gone = [
                    *gone,
                    *(
                        key
                        for key in self._transaction.retire(
                            origin=f"embedded/{name}", keep=(), reason=reason, run=self._run
                        )
                        if key not in kept
                    ),
                ]
            self._tally.replaced += len(gone)

    def _open_release(self, release: Release) -> None:
        if self._release is not None and self._release != release:
            raise DataError(
                "the source holds two releases",
                value=f"{self._release.name} {self._release.version}, {release.name} {release.version}",
                repair="import them one by one",
            )
        if self._met:
            raise DataError("the name of the release comes after its objects", value=release.name)
        loaded = next(
            (version for origin, version, _ in self._transaction.origins() if origin == f"release/{release.name}"), None
        )
        if self._rank == IMPORT_RANK and loaded is not None and _order(loaded) > _order(release.version):
            raise DataError(
                f"the base already has a later release of {release.name}",
                value=release.version,
                allowed=f"{loaded} or later",
                repair="nothing is to be done; an older release would take back what the later one says",
            )
        self._release = release
        self._version = release.version
        if self._rank == IMPORT_RANK:
            self._rank = RELEASE_RANK
            self._origin = f"release/{release.name}"
        self._tally.releases.append(f"{release.name} {release.version}")

    def _flush(self) -> None:
        if not self._batch:
            return
        records = self._keep_reading_dates(list(self._batch.values()))
        outcomes = self._transaction.put(
            [to_layer(record) for record in records],
            origin=self._origin,
            rank=self._rank,
            origin_version=self._version,
            run=self._run,
        )
        for record, outcome in zip(records, outcomes, strict=True):
            self._tally.count("merged" if outcome == "joined" else outcome, record.kind)
        self._batch.clear()
        if self._progress is not None:
            self._progress(self._seen)

    def _keep_reading_dates(self, records: list[IntelRecord]) -> list[IntelRecord]:
        """Let a source that is already known keep the day on which it was first read."""
        refs = [record.ref for record in records if record.kind == "source"]
        if not refs:
            return records
        known = {
            layer.content.ref: layer.content.data["read_on"]
            for layer in self._transaction.layers_of("source", refs, origin=self._origin)
        }
        return [
            replace(record, data={**record.data, "read_on": known[record.ref]})
            if record.kind == "source" and record.ref in known
            else record
            for record in records
        ]
