"""Writing layers in batches, and keeping the effective records and the log in step with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, update

from hygie.store.bulk import insert_rows
from hygie.store.json_text import clean_text, encode_json
from hygie.store.record_fold import Effective, fold_below, fold_layers, is_older
from hygie.store.record_reader import BATCH, RecordReader
from hygie.store.record_rows import (
    LAYER_COLUMNS,
    RECORD_COLUMNS,
    Key,
    check_ref,
    iterate_batches,
    layer_values,
    read_effective,
    read_layer,
    to_former,
)
from hygie.store.record_types import LayerContent, Outcome, Project, StoredLayer
from hygie.store.schema import change, layer, record
from hygie.store.text_folding import fold_words
from hygie.store.workspace import Workspace

__all__ = ["RecordWriter", "split_batches"]

# Rows written in one transaction after which PostgreSQL counts again.
MANY = 5_000

_LAYER_KEY = ("organisation_id", "kind", "ref", "origin")
_SAME_LAYER = (
    *(layer.c[name] == bindparam(f"b_{name}") for name in _LAYER_KEY[:-1]),
    # An expression has no index: PostgreSQL without statistics would read all layers of an origin for one of them.
    layer.c.origin + "" == bindparam("b_origin"),
)


class RecordWriter(RecordReader):
    """Writes rows in the transaction of one connection."""

    def __init__(self, workspace: Workspace, connection: Connection, *, author: str, project: Project) -> None:
        super().__init__(workspace)
        self._connection = connection
        self._author = author
        self._project = project
        self._written = 0

    def _reading(self) -> AbstractContextManager[Connection]:
        return nullcontext(self._connection)

    def _put_batch(
        self,
        layers: Sequence[LayerContent],
        *,
        origin: str,
        rank: int,
        origin_version: str | None,
        run: int | None,
    ) -> list[Outcome]:
        """Put layers of different objects."""
        at = datetime.now(UTC)
        self._written += len(layers)
        keys = [(content.kind, content.ref) for content in layers]
        for _, ref in keys:
            check_ref(ref)
        known = self._load_states(keys)
        held = self._load_heads([key for key in keys if key in known], origin=origin)
        outcomes: list[Outcome] = []
        fresh: list[tuple[LayerContent, dict[str, Any]]] = []
        added: list[dict[str, Any]] = []
        replaced: list[dict[str, Any]] = []
        alone: list[tuple[LayerContent, dict[str, Any], Any]] = []
        same: list[Key] = []
        for key, content in zip(keys, layers, strict=True):
            head = held.get(key)
            if head is not None and is_older(content.stamp, than=head.stamp):
                outcomes.append("older")
                continue
            if head is not None and head.digest == content.digest and head.rank == rank:
                outcomes.append("unchanged")
                if head.origin_version != origin_version:
                    same.append(key)
                continue
            kept, values = layer_values(content, origin=origin, rank=rank, origin_version=origin_version, at=at)
            state = known.get(key)
            if state is None:
                fresh.append((kept, values))
            elif head is None:
                added.append(values)
            elif state.origins == [origin] and not state.merged and state.merged_into is None:
                alone.append((kept, values, state))
            else:
                replaced.append(values)
            if state is None or state.deletion == "retired":
                outcomes.append("added")
            else:
                outcomes.append("joined" if head is None else "changed")
        rewritten = [*replaced, *(values for _, values, _ in alone)]
        former = self._load_layers([(values["kind"], values["ref"]) for values in rewritten], origin=origin)
        self._insert_fresh(fresh, at=at)
        self._insert(layer, [values for _, values in fresh] + added)
        self._update_layers(rewritten)
        self._update_alone(alone, at=at)
        self._renew_version(same, origin=origin, origin_version=origin_version)
        digests = {(kept.kind, kept.ref): kept.digest for kept, _ in fresh}
        digests |= {(kept.kind, kept.ref): kept.digest for kept, _, _ in alone}
        digests |= self._refold([(values["kind"], values["ref"]) for values in (*added, *replaced)], at=at)
        self._log(
            [
                {
                    "kind": kind,
                    "ref": ref,
                    "origin": origin,
                    "action": outcome,
                    "run": run,
                    "before": to_former(next(iter(former.get((kind, ref), ())), None)),
                    "digest_after": digests[kind, ref],
                }
                for (kind, ref), outcome in zip(keys, outcomes, strict=True)
                if (kind, ref) in digests
            ],
            at=at,
        )
        return outcomes

    def _write_layer(
        self, kind: str, ref: str, *, former: StoredLayer | None, values: Mapping[str, Any] | None, at: datetime
    ) -> str:
        """Replace one layer (None: none) and return the digest of the record after it."""
        if values is None:
            assert former is not None
            self._delete_layers([(kind, ref)], origin=former.origin)
        elif former is None:
            self._insert(layer, [dict(values)])
        else:
            self._update_layers([dict(values)])
        return self._refold([(kind, ref)], at=at)[kind, ref]

    def _refold(self, keys: Iterable[Key], *, at: datetime) -> dict[Key, str]:
        """Bring effective records in step with their layers, and those that they were merged into; return digests."""
        digests: dict[Key, str] = {}
        waiting = list(dict.fromkeys(keys))
        while waiting:
            above: dict[Key, None] = {}
            for batch in iterate_batches(waiting, size=BATCH):
                rows = self._load_records(batch)
                layers = self._load_layers(batch)
                joined = self._load_records([(row.kind, ref) for row in rows.values() for ref in row.merged])
                updates: list[dict[str, Any]] = []
                for key, row in rows.items():
                    values = self._fold_row(
                        row,
                        layers.get(key, ()),
                        [joined[row.kind, ref] for ref in row.merged if joined[row.kind, ref].deletion is None],
                        at=at,
                    )
                    digests[key] = values["digest"]
                    if values["version"] != row.version or values["origins"] != row.origins:
                        updates.append({"b_id": row.id, **values})
                    if values["version"] != row.version and row.merged_into is not None:
                        above[row.kind, row.merged_into] = None
                self._update_records(updates)
            waiting = list(above)
        return digests

    def _fold_row(
        self, row: Any, layers: Sequence[StoredLayer], joined: Sequence[Any], *, at: datetime
    ) -> dict[str, Any]:
        """Return the columns of a record that follow from its layers."""
        deletion, deleted_at = row.deletion, row.deleted_at
        effective = read_effective(row)
        if all(found.is_patch for found in layers):
            # No source speaks of it any more: what it said last stays readable.
            if deletion is None:
                deletion, deleted_at = "retired", at
        else:
            if deletion == "retired":
                deletion, deleted_at = None, None
            effective = fold_layers(
                layers,
                joined=[read_effective(other) for other in joined],
                name_of=lambda data: self._project(row.kind, data).name,
            )
        moved = effective.digest != row.digest or deletion != row.deletion
        return {
            **self._effective_values(row.kind, effective),
            "origins": [found.origin for found in layers],
            "version": row.version + moved,
            "deletion": deletion,
            "deleted_at": deleted_at,
            "modified_at": at if moved else row.modified_at,
        }

    def _effective_values(self, kind: str, effective: Effective | LayerContent) -> dict[str, Any]:
        projection = self._project(kind, effective.data)
        words = fold_words(f"{effective.ref} {effective.name} {projection.search_text}")
        return {
            "name": effective.name,
            "data": effective.data,
            "tlp": effective.tlp,
            "pap": effective.pap,
            "document": effective.document,
            "document_format": effective.document_format,
            "stamp": effective.stamp,
            "digest": effective.digest,
            "first_day": projection.first_day,
            "last_day": projection.last_day,
            "words": " ".join(words),
        }

    def _insert_fresh(self, fresh: Sequence[tuple[LayerContent, Mapping[str, Any]]], *, at: datetime) -> None:
        """Insert the records of objects that were not known: they say what their only layer says."""
        # JSON is made once: what stands in the layers is used again.
        origins = encode_json([fresh[0][1]["origin"]]) if fresh else ""
        self._insert(
            record,
            [
                {
                    "kind": kept.kind,
                    "ref": kept.ref,
                    **self._effective_values(kept.kind, kept),
                    "data": values["data"],
                    "document": values["document"],
                    "version": 1,
                    "origins": origins,
                    "merged_into": None,
                    "merged": "[]",
                    "deleted_at": None,
                    "deletion": None,
                    "modified_at": at,
                }
                for kept, values in fresh
            ],
        )

    def _update_alone(self, alone: Sequence[tuple[LayerContent, Mapping[str, Any], Any]], *, at: datetime) -> None:
        """Update records that say what their only layer says, as most do, without reading them back."""
        self._update_records(
            [
                {
                    "b_id": state.id,
                    **self._effective_values(kept.kind, kept),
                    "data": values["data"],
                    "document": values["document"],
                    "version": state.version + (kept.digest != state.digest),
                    "modified_at": at if kept.digest != state.digest else state.modified_at,
                }
                for kept, values, state in alone
            ]
        )

    def _update_records(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(update(record).where(record.c.id == bindparam("b_id")), rows)

    def _insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        insert_rows(self._connection, table, [{"organisation_id": self._organisation_id, **values} for values in rows])

    def _update_layers(self, rows: Sequence[dict[str, Any]]) -> None:
        if rows:
            self._connection.execute(
                update(layer).where(*_SAME_LAYER),
                [
                    self._name_layer((values["kind"], values["ref"]), values["origin"])
                    | {name: value for name, value in values.items() if name not in _LAYER_KEY}
                    for values in rows
                ],
            )

    def _gather_statistics(self) -> None:
        """Let PostgreSQL count rows after many new ones: until it does, it may read whole tables for one record."""
        if self._written >= MANY and self._connection.dialect.name == "postgresql":
            self._connection.exec_driver_sql("ANALYZE record, layer, change")

    def _delete_layers(self, keys: Sequence[Key], *, origin: str) -> None:
        if keys:
            named = [self._name_layer(key, origin) for key in keys]
            self._connection.execute(delete(layer).where(*_SAME_LAYER), named)

    def _name_layer(self, key: Key, origin: str) -> dict[str, Any]:
        return {"b_organisation_id": self._organisation_id, "b_kind": key[0], "b_ref": key[1], "b_origin": origin}

    def _renew_version(self, keys: Sequence[Key], *, origin: str, origin_version: str | None) -> None:
        """Note that a later version of an origin says the same: no change, so nothing for the log."""
        if keys:
            named = [self._name_layer(key, origin) | {"origin_version": origin_version} for key in keys]
            self._connection.execute(update(layer).where(*_SAME_LAYER), named)

    def _log(self, rows: Sequence[dict[str, Any]], *, at: datetime) -> None:
        lines = {"other": None, "reason": None, "run": None, "before": None, "author": self._author, "at": at}
        rows = [row | {"reason": clean_text(row["reason"])} if row.get("reason") else row for row in rows]
        self._insert(change, [{**lines, **row} for row in rows])

    def _load_states(self, keys: Sequence[Key]) -> dict[Key, Any]:
        """Return what the records of these objects are, without what they say."""
        names = (
            "id",
            "kind",
            "ref",
            "version",
            "digest",
            "origins",
            "merged_into",
            "merged",
            "deletion",
            "modified_at",
        )
        wanted = self._select([record.c[name] for name in names], keys)
        return {(row.kind, row.ref): row for row in self._connection.execute(wanted)}

    def _load_heads(self, keys: Sequence[Key], *, origin: str) -> dict[Key, Any]:
        if not keys:
            return {}
        names = ("kind", "ref", "origin", "digest", "stamp", "rank", "origin_version")
        wanted = self._select([layer.c[name] for name in names], keys)
        return {(row.kind, row.ref): row for row in self._connection.execute(wanted) if row.origin == origin}

    def _load_records(self, keys: Sequence[Key]) -> dict[Key, Any]:
        found: dict[Key, Any] = {}
        for batch in iterate_batches(keys, size=BATCH):
            wanted = self._select((record.c.id, record.c.deletion, *RECORD_COLUMNS), batch)
            found.update({(row.kind, row.ref): row for row in self._connection.execute(wanted)})
        return found

    def _load_layers(self, keys: Sequence[Key], *, origin: str | None = None) -> dict[Key, list[StoredLayer]]:
        found: dict[Key, list[StoredLayer]] = {}
        if keys:
            rows = sorted(self._connection.execute(self._select(LAYER_COLUMNS, keys)), key=lambda row: row.origin)
            for row in sorted(rows, key=lambda row: row.rank):
                if origin is None or row.origin == origin:
                    found.setdefault((row.kind, row.ref), []).append(read_layer(row))
        return found

    def _fold_below(self, row: Any, layers: Sequence[StoredLayer]) -> Effective:
        """Return what a record says without the analyst's patch, with what was merged into it."""
        joined = self._load_records([(row.kind, ref) for ref in row.merged])
        return fold_below(
            layers, joined=[read_effective(other) for _, other in sorted(joined.items()) if other.deletion is None]
        )


def split_batches(layers: Sequence[LayerContent]) -> Iterator[list[LayerContent]]:
    """Yield layers in batches in which no object stands twice, in their order."""
    batch: dict[Key, LayerContent] = {}
    for content in layers:
        key = (content.kind, content.ref)
        if key in batch or len(batch) == BATCH:
            yield list(batch.values())
            batch = {}
        batch[key] = content
    if batch:
        yield list(batch.values())
