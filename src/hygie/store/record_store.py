"""The records of one organisation: many readers, one writer at a time, everything written in a transaction."""

from __future__ import annotations

import threading
from collections.abc import Container, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from hygie.core.errors import EvidenceError, StoreError
from hygie.store.engine import lock_for_writing, translate_errors, writing
from hygie.store.json_text import clean_json, clean_text
from hygie.store.record_editor import RecordEditor
from hygie.store.record_reader import BATCH, PAGE, RecordReader
from hygie.store.record_rows import Key, iterate_batches, to_former
from hygie.store.record_types import (
    ANALYST,
    ANALYST_RANK,
    Change,
    ImportRun,
    LayerContent,
    Outcome,
    Project,
    Projection,
    StoredLayer,
    StoredRecord,
)
from hygie.store.record_writer import split_batches
from hygie.store.schema import feed_cursor, import_run, layer
from hygie.store.workspace import Workspace

__all__ = [
    "ANALYST",
    "ANALYST_RANK",
    "Change",
    "ImportRun",
    "LayerContent",
    "Outcome",
    "Project",
    "Projection",
    "RecordStore",
    "StoredLayer",
    "StoredRecord",
    "Transaction",
]


class RecordStore(RecordReader):
    """The records of the organisation of a workspace.

    Parameters
    ----------
    author
        Who signs the changes.
    project
        Returns what is indexed of a record, from its kind and data.
    """

    def __init__(self, workspace: Workspace, *, author: str, project: Project) -> None:
        super().__init__(workspace)
        self._author = clean_text(author)
        self._project = project
        self._writers: set[int] = set()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """Write: all of it is kept when the block ends, nothing of it when the block raises.

        One transaction of an organisation goes on at a time; readers are not held up and see what was there before.

        Raises
        ------
        StoreError
            The database cannot be written, or another process writes for too long.
        """
        engine, thread = self._workspace.engine, threading.get_ident()
        if thread in self._writers:
            raise StoreError(
                "a transaction is under way here", repair="write with the one that is open: it would wait for itself"
            )
        self._writers.add(thread)
        try:
            with translate_errors(engine.url), writing(engine.connect()) as connection, connection.begin():
                lock_for_writing(connection, scope=f"records of {self._organisation_id}")
                transaction = Transaction(self._workspace, connection, author=self._author, project=self._project)
                yield transaction
                transaction._gather_statistics()
        finally:
            self._writers.discard(thread)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        engine = self._workspace.engine
        with translate_errors(engine.url), engine.connect() as connection:
            yield connection


class Transaction(RecordEditor):
    """Reading and writing in one transaction; made by `RecordStore.transaction`."""

    def put(
        self,
        layers: Sequence[LayerContent],
        *,
        origin: str,
        rank: int,
        origin_version: str | None = None,
        run: int | None = None,
    ) -> list[Outcome]:
        """Say what one origin says of objects; what it said of them before is replaced and kept in the log.

        Returns
        -------
        list
            For each layer: `added` (the object was not there), `joined` (others speak of it already), `changed`,
            `unchanged`, or `older` than what this origin said already, which is then left as it is. A record that
            an analyst deleted stays deleted.

        Raises
        ------
        SchemaError
            Something in a layer is not JSON.
        StoreError
            The origin is the analyst's.
        """
        if origin == ANALYST:
            raise StoreError(
                "an import cannot speak as the analyst", field="origin", value=origin, repair="patch or create records"
            )
        outcomes: list[Outcome] = []
        for batch in split_batches(layers):
            outcomes += self._put_batch(batch, origin=origin, rank=rank, origin_version=origin_version, run=run)
        return outcomes

    def retire(self, *, origin: str, keep: Container[Key], reason: str, run: int | None = None) -> list[Key]:
        """Remove the layers of an origin of objects that are not in `keep`.

        A record of which no source speaks any more is deleted; an analyst's patch of it is kept for its return.

        Returns
        -------
        list
            Kind and ref of each layer that was removed.
        """
        if origin == ANALYST:
            raise StoreError("what an analyst wrote is not retired", field="origin", value=origin, repair="delete it")
        wanted = select(layer.c.kind, layer.c.ref).where(
            layer.c.organisation_id == self._organisation_id, layer.c.origin == origin
        )
        wanted = wanted.order_by(layer.c.kind, layer.c.ref).execution_options(yield_per=PAGE)
        held = self._connection.execute(wanted)
        gone = [(kind, ref) for kind, ref in held if (kind, ref) not in keep]
        for batch in iterate_batches(gone, size=BATCH):
            at = datetime.now(UTC)
            former = self._load_layers(batch, origin=origin)
            self._delete_layers(batch, origin=origin)
            digests = self._refold(batch, at=at)
            self._log(
                [
                    {
                        "kind": kind,
                        "ref": ref,
                        "origin": origin,
                        "action": "retired",
                        "reason": reason,
                        "run": run,
                        "before": to_former(former[kind, ref][0]),
                        "digest_after": digests[kind, ref],
                    }
                    for kind, ref in batch
                ],
                at=at,
            )
            self._release_merged(batch, reason=reason)
        return gone

    def start_run(self, *, format: str, source: str, digest: str | None = None) -> int:  # noqa: A002
        """Note that an import begins and return its number."""
        values = {"format": format, "source": clean_text(source), "digest": digest, "author": self._author}
        result = self._connection.execute(
            insert(import_run).values(organisation_id=self._organisation_id, started_at=datetime.now(UTC), **values)
        )
        assert result.inserted_primary_key is not None
        return int(result.inserted_primary_key[0])

    def finish_run(self, run: int, *, counts: Mapping[str, Any], report: Mapping[str, Any]) -> None:
        """Note what came of an import."""
        own = (import_run.c.organisation_id == self._organisation_id, import_run.c.run == run)
        counted, reported = clean_json(counts)[0], clean_json(report)[0]
        result = self._connection.execute(
            update(import_run).where(*own).values(finished_at=datetime.now(UTC), counts=counted, report=reported)
        )
        if result.rowcount != 1:
            raise EvidenceError(f"there is no import number {run}", value=run)

    def set_cursor(self, feed: str, value: str) -> None:
        """Note where to resume a feed."""
        own = (feed_cursor.c.organisation_id == self._organisation_id, feed_cursor.c.feed == feed)
        values = {"value": clean_text(value), "modified_at": datetime.now(UTC)}
        if not self._connection.execute(update(feed_cursor).where(*own).values(**values)).rowcount:
            key = {"organisation_id": self._organisation_id, "feed": feed}
            self._connection.execute(insert(feed_cursor).values(**key, **values))
