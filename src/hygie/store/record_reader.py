"""Reading records, their layers and their log, of one organisation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, Row, Select, and_, exists, func, select

from hygie.core.errors import EvidenceError, StoreError, suggest
from hygie.store.json_text import clean_text
from hygie.store.record_rows import (
    CHANGE_COLUMNS,
    LAYER_COLUMNS,
    RECORD_COLUMNS,
    RUN_COLUMNS,
    iterate_batches,
    read_change,
    read_layer,
    read_record,
    read_run,
    select_keys,
)
from hygie.store.record_types import Change, ImportRun, StoredLayer, StoredRecord
from hygie.store.schema import change, feed_cursor, import_run, layer, record
from hygie.store.search import match_text
from hygie.store.workspace import Workspace

__all__ = ["RecordReader"]

# Rows fetched at a time, and refs asked for at a time.
PAGE = 500
BATCH = 1_000
# How many refs on either side are looked at when a name is mistyped.
NEIGHBOURS = 50


class RecordReader(ABC):
    """What can be asked of the records of one organisation."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._organisation_id = workspace.organisation_id

    @abstractmethod
    def _reading(self) -> AbstractContextManager[Connection]:
        """Give a connection whose reads belong together."""

    def get(self, kind: str, ref: str, *, include_deleted: bool = False) -> StoredRecord:
        """Return a record; one that was merged into another says so and still speaks for itself.

        Raises
        ------
        EvidenceError
            There is no such record.
        StoreError
            It was deleted.
        """
        found = self.get_many(kind, [ref])
        if not found:
            near = suggest(ref, self._list_neighbours(kind, ref))
            raise EvidenceError(
                f"there is no record “{ref}” of kind {kind}",
                value=ref,
                repair=near or "search for a word of its name",
            )
        stored = found[0]
        if stored.deleted_at is not None and not include_deleted:
            raise StoreError(
                f"the record “{ref}” was deleted on {stored.deleted_at:%Y-%m-%d}",
                value=ref,
                repair="look at its history, and restore it if it should be there",
            )
        return stored

    def get_many(self, kind: str, refs: Iterable[str]) -> list[StoredRecord]:
        """Return the records with these refs that exist, deleted or not, in the order of their refs."""
        found: list[StoredRecord] = []
        with self._reading() as connection:
            for batch in iterate_batches(_list_refs(refs), size=BATCH):
                wanted = self._select(RECORD_COLUMNS, [(kind, ref) for ref in batch])
                found.extend(map(read_record, connection.execute(wanted)))
        return sorted(found, key=lambda stored: stored.ref)

    def layers(self, kind: str, ref: str) -> list[StoredLayer]:
        """Return the layers of a record, lowest first."""
        return self.layers_of(kind, [ref])

    def layers_of(self, kind: str, refs: Iterable[str], *, origin: str | None = None) -> list[StoredLayer]:
        """Return the layers of several records, by ref and then lowest first; those of one origin when given."""
        found: list[StoredLayer] = []
        with self._reading() as connection:
            for batch in iterate_batches(_list_refs(refs), size=BATCH):
                wanted = self._select(LAYER_COLUMNS, [(kind, ref) for ref in batch])
                found.extend(map(read_layer, connection.execute(wanted)))
        said = found if origin is None else [stored for stored in found if stored.origin == origin]
        return sorted(said, key=lambda stored: (stored.content.ref, stored.rank, stored.origin))

    def layers_by_origin(self, origin: str) -> Iterator[StoredLayer]:
        """Yield all layers of one origin, by kind and ref."""
        wanted = (
            select(*LAYER_COLUMNS)
            .where(layer.c.organisation_id == self._organisation_id, layer.c.origin == origin)
            .order_by(layer.c.kind, layer.c.ref)
        )
        with self._reading() as connection:
            yield from map(read_layer, _stream(connection, wanted))

    def history(self, kind: str, ref: str) -> list[Change]:
        """Return all changes of a record, oldest first."""
        ref = clean_text(ref)
        wanted = select(*CHANGE_COLUMNS).where(self._is(change.c, kind, change.c.ref == ref)).order_by(change.c.number)
        with self._reading() as connection:
            return list(map(read_change, connection.execute(wanted)))

    def changes(self, *, since: int = 0, limit: int | None = None, newest_first: bool = False) -> list[Change]:
        """Return the changes after a number, oldest first; none is ever added before one that was returned."""
        wanted = (
            select(*CHANGE_COLUMNS)
            .where(change.c.organisation_id == self._organisation_id, change.c.number > since)
            .order_by(change.c.number.desc() if newest_first else change.c.number)
            .limit(limit)
        )
        with self._reading() as connection:
            return list(map(read_change, connection.execute(wanted)))

    def find(
        self,
        kind: str | None = None,
        *,
        text: str | None = None,
        first_day: date | None = None,
        last_day: date | None = None,
        origin: str | None = None,
        include_merged: bool = False,
        include_deleted: bool = False,
        limit: int | None = None,
        offset: int = 0,
    ) -> Iterator[StoredRecord]:
        """Yield records by kind and ref, a page at a time; in a transaction, read to the end before you write.

        Parameters
        ----------
        text
            All words must be there, the last one as a beginning; without case or accents.
        first_day, last_day
            Records that touch these days; records without a date are then left out.
        origin
            Records of which this origin has something to say.
        """
        condition = self._filter(
            kind,
            text=text,
            first_day=first_day,
            last_day=last_day,
            origin=origin,
            include_merged=include_merged,
            include_deleted=include_deleted,
        )
        wanted = select(*RECORD_COLUMNS).where(condition).order_by(record.c.kind, record.c.ref)
        # SQLite takes an offset only with a limit: -1 is none.
        wanted = wanted.limit(limit).offset(offset or None)
        with self._reading() as connection:
            yield from map(read_record, _stream(connection, wanted))

    def count(
        self,
        kind: str | None = None,
        *,
        text: str | None = None,
        first_day: date | None = None,
        last_day: date | None = None,
        origin: str | None = None,
        include_merged: bool = False,
        include_deleted: bool = False,
    ) -> int:
        """Return how many records `find` yields with the same filters."""
        condition = self._filter(
            kind,
            text=text,
            first_day=first_day,
            last_day=last_day,
            origin=origin,
            include_merged=include_merged,
            include_deleted=include_deleted,
        )
        with self._reading() as connection:
            return connection.execute(select(func.count()).select_from(record).where(condition)).scalar_one()

    def origins(self) -> list[tuple[str, str | None, int]]:
        """Return each origin, its version and the number of its layers."""
        wanted = (
            select(layer.c.origin, layer.c.origin_version, func.count())
            .where(layer.c.organisation_id == self._organisation_id)
            .group_by(layer.c.origin, layer.c.origin_version)
            .order_by(layer.c.origin, layer.c.origin_version)
        )
        with self._reading() as connection:
            return [(origin, version, number) for origin, version, number in connection.execute(wanted)]

    def runs(self, limit: int = 50) -> list[ImportRun]:
        """Return the last imports, latest first."""
        wanted = (
            select(*RUN_COLUMNS)
            .where(import_run.c.organisation_id == self._organisation_id)
            .order_by(import_run.c.run.desc())
            .limit(limit)
        )
        with self._reading() as connection:
            return list(map(read_run, connection.execute(wanted)))

    def get_cursor(self, feed: str) -> str | None:
        """Return where to resume a feed; None when it was never read."""
        wanted = select(feed_cursor.c.value).where(
            feed_cursor.c.organisation_id == self._organisation_id, feed_cursor.c.feed == feed
        )
        with self._reading() as connection:
            return connection.execute(wanted).scalar_one_or_none()

    def _is(self, columns: Any, kind: str, condition: ColumnElement[bool]) -> ColumnElement[bool]:
        return and_(columns.organisation_id == self._organisation_id, columns.kind == kind, condition)

    def _select(self, columns: Sequence[Column[Any]], keys: Sequence[tuple[str, str]]) -> Select[Any]:
        return select_keys(columns, self._organisation_id, keys, dialect=self._workspace.engine.dialect.name)

    def _filter(
        self,
        kind: str | None,
        *,
        text: str | None,
        first_day: date | None,
        last_day: date | None,
        origin: str | None,
        include_merged: bool,
        include_deleted: bool,
    ) -> ColumnElement[bool]:
        conditions = [record.c.organisation_id == self._organisation_id]
        if kind is not None:
            conditions.append(record.c.kind == kind)
        words = match_text(text, dialect=self._workspace.engine.dialect.name) if text is not None else None
        if words is not None:
            conditions.append(words)
        if first_day is not None:
            conditions.append(func.coalesce(record.c.last_day, record.c.first_day) >= first_day)
        if last_day is not None:
            conditions.append(func.coalesce(record.c.first_day, record.c.last_day) <= last_day)
        if origin is not None:
            own = and_(
                layer.c.organisation_id == self._organisation_id,
                layer.c.kind == record.c.kind,
                layer.c.ref == record.c.ref,
                layer.c.origin == origin,
            )
            conditions.append(exists().where(own))
        if not include_merged:
            conditions.append(record.c.merged_into.is_(None))
        if not include_deleted:
            conditions.append(record.c.deleted_at.is_(None))
        return and_(*conditions)

    def _list_neighbours(self, kind: str, ref: str) -> list[str]:
        """Return refs on either side of a ref, and the first ones that begin as it does."""
        ref = clean_text(ref)
        refs = select(record.c.ref).where(self._is(record.c, kind, record.c.deleted_at.is_(None)))
        queries = (
            refs.where(record.c.ref >= ref).order_by(record.c.ref).limit(NEIGHBOURS),
            refs.where(record.c.ref < ref).order_by(record.c.ref.desc()).limit(NEIGHBOURS),
            refs.where(record.c.ref >= ref[:3]).order_by(record.c.ref).limit(NEIGHBOURS),
            refs.where(record.c.ref >= ref[:1]).order_by(record.c.ref).limit(NEIGHBOURS),
        )
        with self._reading() as connection:
            return sorted({found for query in queries for found in connection.execute(query).scalars()})


def _stream(connection: Connection, wanted: Select[Any]) -> Iterator[Row[Any]]:
    """Yield rows a page at a time; what was fetched for a reader who stops half-way is given back."""
    with connection.execute(wanted.execution_options(yield_per=PAGE)) as rows:
        yield from rows


def _list_refs(refs: Iterable[str]) -> list[str]:
    """Return refs in order, without those that no database can hold."""
    return sorted({ref for ref in refs if clean_text(ref) == ref})
