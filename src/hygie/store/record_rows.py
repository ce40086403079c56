"""Rows of the tables as what the store gives out, and back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Row, Select, Text, and_, func, literal, or_, select, true
from sqlalchemy.dialects.postgresql import ARRAY

from hygie.core.errors import SchemaError
from hygie.store.json_text import clean_json, clean_text
from hygie.store.record_fold import Effective
from hygie.store.record_types import Change, ImportRun, LayerContent, StoredLayer, StoredRecord
from hygie.store.schema import change, import_run, layer, record

__all__ = [
    "CHANGE_COLUMNS",
    "LAYER_COLUMNS",
    "RECORD_COLUMNS",
    "RUN_COLUMNS",
    "Key",
    "check_ref",
    "group_by_kind",
    "iterate_batches",
    "layer_values",
    "read_change",
    "read_effective",
    "read_layer",
    "read_record",
    "read_run",
    "select_keys",
    "to_former",
]

Key = tuple[str, str]
Item = TypeVar("Item")

_CONTENT = ("name", "data", "tlp", "pap", "document", "document_format", "stamp", "digest")
_HEAD = ("rank", "origin_version", "is_patch", "base_digest")
_RECORD = ("kind", "ref", *_CONTENT, "version", "origins", "merged_into", "merged", "deleted_at", "modified_at")
_CHANGE = ("number", "kind", "ref", "origin", "action", "other", "author", "at", "reason", "run", "before")
_RUN = ("run", "format", "source", "digest", "author", "started_at", "finished_at", "counts", "report")

RECORD_COLUMNS = tuple(record.c[name] for name in _RECORD)
LAYER_COLUMNS = tuple(layer.c[name] for name in ("kind", "ref", "origin", *_HEAD, *_CONTENT, "modified_at"))
CHANGE_COLUMNS = tuple(change.c[name] for name in (*_CHANGE, "digest_after"))
RUN_COLUMNS = tuple(import_run.c[name] for name in _RUN)


def read_record(row: Row[Any]) -> StoredRecord:
    """Return a row of `RECORD_COLUMNS`."""
    fields: dict[str, Any] = dict(row._mapping)
    fields["origins"] = tuple(fields["origins"])
    fields["merged"] = tuple(fields["merged"])
    return StoredRecord(**fields)


def read_effective(row: Row[Any]) -> Effective:
    """Return what a row of `RECORD_COLUMNS` says."""
    return Effective(ref=row.ref, **{name: row._mapping[name] for name in _CONTENT})


def read_layer(row: Row[Any]) -> StoredLayer:
    """Return a row of `LAYER_COLUMNS`."""
    fields: dict[str, Any] = dict(row._mapping)
    content = {name: fields.pop(name) for name in ("kind", "ref", *_CONTENT)}
    patch = content["data"] if fields["is_patch"] else None
    if patch is not None:
        content |= {"data": patch.get("data", {}), "tlp": patch.get("tlp"), "pap": patch.get("pap")}
    return StoredLayer(content=LayerContent(**content), patch=patch, **fields)


def read_change(row: Row[Any]) -> Change:
    """Return a row of `CHANGE_COLUMNS`."""
    return Change(**row._mapping)


def read_run(row: Row[Any]) -> ImportRun:
    """Return a row of `RUN_COLUMNS`."""
    return ImportRun(**row._mapping)


def check_ref(ref: str) -> None:
    """Refuse a ref that no database holds.

    Raises
    ------
    SchemaError
        It is empty, or has a character that is not one.
    """
    if not ref or clean_text(ref) != ref:
        raise SchemaError(
            "this ref cannot be kept", field="ref", value=ref, allowed="at least one character, none of them NUL"
        )


def layer_values(
    content: LayerContent, *, origin: str, rank: int, origin_version: str | None, at: datetime
) -> tuple[LayerContent, dict[str, Any]]:
    """Return what a layer says as it will be read back, and its row; the organisation is left out.

    Raises
    ------
    SchemaError
        Something in it is not JSON.
    """
    data, data_text = clean_json(content.data)
    document, document_text = clean_json(content.document) if content.document is not None else (None, None)
    kept = LayerContent(
        kind=content.kind,
        ref=content.ref,
        name=clean_text(content.name),
        data=data,
        tlp=content.tlp,
        pap=content.pap,
        document=document,
        document_format=content.document_format,
        stamp=content.stamp,
        digest=content.digest,
    )
    return kept, {
        "kind": content.kind,
        "ref": content.ref,
        "origin": origin,
        "rank": rank,
        "origin_version": origin_version,
        "is_patch": False,
        "base_digest": None,
        "name": kept.name,
        "data": data_text,
        "tlp": content.tlp,
        "pap": content.pap,
        "document": document_text,
        "document_format": content.document_format,
        "stamp": content.stamp,
        "digest": content.digest,
        "modified_at": at,
    }


def to_former(former: StoredLayer | None) -> dict[str, Any] | None:
    """Return a layer as the log keeps it."""
    if former is None:
        return None
    content: dict[str, Any] = {name: getattr(former.content, name) for name in _CONTENT}
    if former.patch is not None:
        content["data"] = former.patch
    return {"origin": former.origin, **{name: getattr(former, name) for name in _HEAD}, **content}


def select_keys(
    columns: Sequence[Column[Any]], organisation_id: str, keys: Sequence[Key], *, dialect: str
) -> Select[Any]:
    """Return the query of the rows of these objects in one table, in no order."""
    table: Any = columns[0].table
    own = table.c.organisation_id == organisation_id
    if dialect != "postgresql":
        wanted = [and_(table.c.kind == kind, table.c.ref.in_(refs)) for kind, refs in group_by_kind(keys).items()]
        return select(*columns).where(own, or_(*wanted))
    # A look-up per object, whatever PostgreSQL believes: without statistics, as in the middle of a first import, it
    # would read all records of a kind for each batch.
    kinds, refs = ([key[place] for key in keys] for place in (0, 1))
    asked = func.unnest(literal(kinds, ARRAY(Text)), literal(refs, ARRAY(Text))).table_valued("kind", "ref")
    asked = asked.render_derived(name="asked")
    same = (table.c.kind == asked.c.kind.collate("C"), table.c.ref == asked.c.ref.collate("C"))
    found = select(*columns).where(own, *same).offset(0).lateral("found")
    return select(*found.c).select_from(asked.join(found, true()))


def group_by_kind(keys: Iterable[Key]) -> Mapping[str, Sequence[str]]:
    """Return the refs of each kind."""
    grouped: dict[str, list[str]] = {}
    for kind, ref in keys:
        grouped.setdefault(kind, []).append(ref)
    return grouped


def iterate_batches(items: Iterable[Item], *, size: int) -> Iterator[list[Item]]:
    """Yield items in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch
