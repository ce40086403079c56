"""Records for tests of the store: small, plain, and digested as real ones are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from hygie.store.json_text import clean_json, digest_json
from hygie.store.record_store import LayerContent, Projection, RecordStore, StoredRecord
from hygie.store.workspace import open_workspace

IMPORT = 20
PACK = 30


def content(ref: str = "lockbit", *, kind: str = "actor", name: str | None = None, **fields: Any) -> LayerContent:
    """Return a layer; what is no field of it goes into its data."""
    own = {key: fields.pop(key, None) for key in ("tlp", "pap", "document", "document_format", "stamp")}
    data = {"ref": ref, **({"name": name} if name is not None else {}), **fields}
    said = [name or ref, data, own["tlp"], own["pap"], own["document"], own["document_format"], own["stamp"]]
    return LayerContent(kind=kind, ref=ref, name=name or ref, data=data, digest=digest_json(clean_json(said)[0]), **own)


def project(kind: str, data: Mapping[str, Any]) -> Projection:
    """Index all texts of a record, and the day on which it started."""
    texts = [value for value in data.values() if isinstance(value, str)]
    started, ended = data.get("started_on"), data.get("ended_on")
    return Projection(
        name=data.get("name", data["ref"]),
        search_text=" ".join(texts),
        first_day=date.fromisoformat(started) if started else None,
        last_day=date.fromisoformat(ended or started) if started else None,
    )


@contextmanager
def open_store(
    folder: Path, database: str, *, organisation: str = "default", author: str = "ana"
) -> Iterator[RecordStore]:
    """Open the store of an organisation while the block goes on."""
    workspace = open_workspace(folder, database=database, organisation=organisation)
    try:
        yield RecordStore(workspace, author=author, project=project)
    finally:
        workspace.engine.dispose()


def put(
    store: RecordStore,
    *layers: LayerContent,
    origin: str = "import/stix",
    rank: int = IMPORT,
    version: str | None = None,
) -> list[str]:
    """Put layers in a transaction of their own."""
    with store.transaction() as transaction:
        return list(transaction.put(layers, origin=origin, rank=rank, origin_version=version, run=None))


def state(store: RecordStore) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return what all records say, without what only counts or dates changes."""
    return {(stored.kind, stored.ref): _say(stored) for stored in store.find(include_merged=True, include_deleted=True)}


def _say(stored: StoredRecord) -> tuple[Any, ...]:
    names = ("name", "data", "tlp", "pap", "document", "document_format", "stamp", "digest", "origins", "merged_into")
    return (*(getattr(stored, name) for name in names), stored.merged, stored.deleted_at is None)
