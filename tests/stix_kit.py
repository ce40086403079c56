"""STIX objects and bundles made for tests, and how they are read."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.knowledge.importers.stix import import_stix
from hygie.knowledge.kinds import IntelRecord
from hygie.store.byte_sources import ByteSource

OPTIONS = ImportOptions(received_on=date(2026, 1, 2))
UUID = "00e7d565-9883-4ee5-b642-8fd17fd6a3f5"
CORE = "extension-definition--ef765651-680c-498d-9894-99799f2fa126"
RED = "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"
GREEN_1 = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"


def stix_id(type_: str, number: int = 0) -> str:
    return f"{type_}--{number:08x}{UUID[8:]}"


def make(type_: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    common = {"created": "2024-01-01T00:00:00.000Z", "modified": "2024-05-06T07:08:09.000Z", "name": "N"}
    return {"type": type_, "spec_version": "2.1", "id": stix_id(type_, number), **common, **fields}


def link(type_: str, source: str, target: str, number: int = 0, **fields: Any) -> dict[str, Any]:
    found = make("relationship", number, relationship_type=type_, source_ref=source, target_ref=target, **fields)
    return {key: value for key, value in found.items() if key != "name"}


def bundle(*objects: Any, **fields: Any) -> dict[str, Any]:
    return {"type": "bundle", "id": f"bundle--{UUID}", "objects": list(objects), **fields}


def read(content: Any, *, options: ImportOptions = OPTIONS) -> list[ImportItem]:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return list(import_stix(ByteSource(name="bundle.json", content=raw), options))


def read_records(*objects: Any) -> dict[str, IntelRecord]:
    """Records of a bundle that is taken whole, by ref, without the sources that it cites."""
    items = read(bundle(*objects))
    assert [item for item in items if isinstance(item, Refusal)] == []
    return {item.ref: item for item in items if isinstance(item, IntelRecord) and item.kind != "source"}


def refuse(value: Any) -> Refusal:
    """The one refusal in a bundle that holds the object and a sound one."""
    items = read(bundle(value, make("identity", 99)))
    refusals = [item for item in items if isinstance(item, Refusal)]
    assert len(refusals) == 1
    assert [item.ref for item in items if isinstance(item, IntelRecord)] == [stix_id("identity", 99)]
    return refusals[0]
