"""Our property extension: what a record says beyond the fields that STIX has for it.

STIX knows no empty lists and no empty objects (STIX 2.1, section 2), so they are named apart and put back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hygie.core.errors import SchemaError
from hygie.knowledge.importers.stix_fields import read_mapping, read_text, read_texts
from hygie.knowledge.importers.stix_terms import FACTS_EXTENSION
from hygie.knowledge.kinds import KINDS, Kind

__all__ = ["FactsExtension", "fill_empty", "pack_empty", "read_extension", "write_extension"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsExtension:
    """Differences between a record and what the standard fields of its STIX object say.

    Parameters
    ----------
    kind, ref, name
        Where they differ, else None.
    facts
        Fields of `data` that the standard fields do not give, or give otherwise.
    absent
        Fields that the standard fields give and the record does not have.
    """

    kind: Kind | None = None
    ref: str | None = None
    name: str | None = None
    facts: Mapping[str, Any]
    absent: tuple[str, ...] = ()

    def apply(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the data of the record, given what the standard fields say."""
        return {key: value for key, value in {**data, **self.facts}.items() if key not in self.absent}


def read_extension(found: Mapping[str, Any]) -> FactsExtension | None:
    """Return our extension of an object, None when it has none.

    Raises
    ------
    SchemaError
        It is not well formed.
    """
    extension = read_mapping(found, "extensions").get(FACTS_EXTENSION)
    if extension is None:
        return None
    try:
        if not isinstance(extension, dict):
            raise SchemaError("this is not an object", value=extension, repair="export the object again")
        kind = read_text(extension, "record_kind")
        if kind is not None and kind not in KINDS:
            raise SchemaError("unknown kind of record", field="record_kind", value=kind, allowed=", ".join(KINDS))
        facts = fill_empty(read_mapping(extension, "facts"), extension)
        return FactsExtension(
            kind=kind,
            ref=read_text(extension, "record_ref"),
            name=read_text(extension, "record_name"),
            facts=facts,
            absent=tuple(read_texts(extension, "absent")),
        )
    except SchemaError as error:
        finding = error.findings[0]
        raise SchemaError(
            finding.message,
            field=".".join(part for part in (f"extensions.{FACTS_EXTENSION}", finding.field) if part),
            value=finding.value,
            allowed=finding.allowed,
            repair=finding.repair,
        ) from None


def write_extension(extension: FactsExtension) -> dict[str, Any] | None:
    """Return the extension as STIX writes it, None when it says nothing."""
    named = {"record_kind": extension.kind, "record_ref": extension.ref, "record_name": extension.name}
    content: dict[str, Any] = {key: value for key, value in named.items() if value is not None}
    content |= pack_empty(dict(extension.facts))
    if extension.absent:
        content["absent"] = sorted(extension.absent)
    return {"extension_type": "property-extension", **content} if content else None


def pack_empty(facts: dict[str, Any]) -> dict[str, Any]:
    """Return `facts` without empty lists and objects, and the JSON pointers (RFC 6901) of those taken out.

    >>> pack_empty({"ref": "x", "outcomes": [], "parts": [{"ids": []}]})
    {'facts': {'ref': 'x'}, 'empty_lists': ['/outcomes', '/parts/0/ids', '/parts'], 'empty_objects': ['/parts/0']}
    """
    lists: list[str] = []
    objects: list[str] = []
    kept = _prune(facts, "", lists=lists, objects=objects)
    packed = {"facts": kept, "empty_lists": lists, "empty_objects": objects}
    return {key: value for key, value in packed.items() if value}


def _prune(value: Any, pointer: str, *, lists: list[str], objects: list[str]) -> Any:
    """Return the value, or None where nothing is left of it: positions in lists are kept by a placeholder."""
    if isinstance(value, dict):
        kept = {}
        for key, item in value.items():
            inner = _prune(item, f"{pointer}/{_escape(key)}", lists=lists, objects=objects)
            if inner is not None:
                kept[key] = inner
        if not kept and pointer:
            objects.append(pointer)
        return kept or None
    if isinstance(value, list):
        items = [_prune(item, f"{pointer}/{index}", lists=lists, objects=objects) for index, item in enumerate(value)]
        if not any(item is not None for item in items):
            lists.append(pointer)
            return None
        return [_PLACEHOLDER if item is None else item for item in items]
    return value


# Stands in a list for an item that STIX cannot write; its pointer tells what it was.
_PLACEHOLDER = "-"


def fill_empty(facts: Mapping[str, Any], extension: Mapping[str, Any]) -> dict[str, Any]:
    """Put empty lists and objects back into `facts`, as the pointers of the extension say.

    Raises
    ------
    SchemaError
        A pointer leads nowhere.
    """
    filled: Any = {"": _copy(facts)}
    pointers: list[tuple[str, Any]] = [(item, []) for item in read_texts(extension, "empty_lists")]
    pointers += [(item, {}) for item in read_texts(extension, "empty_objects")]
    # Outer ones first: what they hold is put into them.
    for pointer, empty in sorted(pointers, key=_outer_first):
        *path, last = [_unescape(part) for part in pointer.split("/")]
        holder = filled
        try:
            for part in path:
                holder = holder[int(part)] if isinstance(holder, list) else holder[part]
            if isinstance(holder, list) and int(last) == len(holder):
                holder.append(empty)
            elif isinstance(holder, list):
                holder[int(last)] = empty
            else:
                holder[last] = empty
        except (KeyError, IndexError, ValueError, TypeError):
            raise SchemaError(
                "a pointer leads nowhere", field="empty_lists", value=pointer, repair="export the object again"
            ) from None
    result: dict[str, Any] = filled[""]
    return result


def _outer_first(item: tuple[str, Any]) -> tuple[int, list[str]]:
    parts = item[0].split("/")
    return len(parts), [part.zfill(9) if part.isdecimal() else part for part in parts]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _escape(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


def _unescape(part: str) -> str:
    return part.replace("~1", "/").replace("~0", "~")
