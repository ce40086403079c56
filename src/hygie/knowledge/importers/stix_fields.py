"""Fields of one STIX object, read with their type: what is not of its type is said with the name of the field."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from hygie.core.errors import DocumentError, SchemaError
from hygie.store.byte_sources import ByteSource
from hygie.store.json_stream import MAX_ITEM_BYTES, stream_members

__all__ = [
    "check_object",
    "check_text",
    "format_stamp",
    "is_stix_id",
    "iterate_objects",
    "read_day",
    "read_list",
    "read_mapping",
    "read_text",
    "read_texts",
]


_ID = re.compile(r"([a-z][a-z0-9-]{0,249})--[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TYPE = re.compile(r"[a-z][a-z0-9-]{2,249}")
_INSTANT = re.compile(r"(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,20}))?Z")


def is_stix_id(text: str, *, of_type: str | None = None) -> bool:
    """Return whether a text is a STIX identifier, of the given type.

    >>> is_stix_id("malware--00e7d565-9883-4ee5-b642-8fd17fd6a3f5", of_type="malware")
    True
    """
    match = _ID.fullmatch(text)
    return match is not None and of_type in (None, match[1])


def iterate_objects(source: ByteSource) -> Iterator[tuple[str, Any]]:
    """Yield (place, object) of a STIX source, in its order: a bundle, a TAXII envelope, a list, or JSON lines of those.

    Raises
    ------
    DocumentError
        Not sound JSON, not STIX, or STIX 2.0.
    """
    with source.open() as stream:
        line: dict[str, Any] = {}
        document, listed, weight = -1, False, 0
        for member in stream_members(stream, name=source.name, lists=("objects",)):
            if member.document != document:
                yield from _close_document(line, listed=listed, number=document, name=source.name)
                line, listed, weight, document = {}, False, 0, member.document
            if member.key == "objects" and member.index is not None:
                listed = True
                prefix = f"document {document + 1}: " if document else ""
                yield f"{prefix}objects[{member.index}]", member.value
            elif member.key is None:
                listed = True
                yield f"[{member.index}]", member.value
            else:
                line[member.key] = member.value
                weight += _weigh(member.value)
                if weight > MAX_ITEM_BYTES:
                    raise DocumentError(
                        "one object is too large",
                        file=source.name,
                        field=f"document {document + 1}",
                        allowed=f"at most {MAX_ITEM_BYTES:,} bytes",
                        repair="check that this is a STIX file, and cut out what the object carries along",
                    )
        yield from _close_document(line, listed=listed, number=document, name=source.name)


def _weigh(value: Any) -> int:
    """Return about how many bytes a value takes in JSON, a value that is no text counted as what it takes in memory."""
    left, weight = [value], 0
    while left:
        item = left.pop()
        if isinstance(item, str):
            weight += len(item)
        elif isinstance(item, dict):
            left.extend(item)
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)
        weight += 32
    return weight


def _close_document(line: Mapping[str, Any], *, listed: bool, number: int, name: str) -> Iterator[tuple[str, Any]]:
    if line.get("type") == "bundle":
        version = line.get("spec_version", "2.1")
        if version != "2.1":
            raise DocumentError(
                "this bundle is not STIX 2.1",
                file=name,
                field="spec_version",
                value=version,
                allowed="2.1",
                repair="ask its publisher for STIX 2.1, or convert it with the OASIS stix2-elevator",
            )
        if line.get("objects", []) != []:
            raise DocumentError("the objects of the bundle are not a list", file=name, field="objects")
        return
    if "objects" not in line and not listed and "type" in line:
        yield f"document {number + 1}" if number else "the object", line
        return
    # A TAXII envelope holds objects, or says that there are none.
    foreign = sorted(set(line) - {"more", "next", "objects", "id"})
    if foreign or line.get("objects", []) != []:
        raise DocumentError(
            "this is neither a STIX bundle, nor a TAXII envelope, nor a STIX object",
            file=name,
            field=foreign[0] if foreign else "objects",
            allowed="an object with “type”, or a list of such objects at “objects”",
            repair="check that this is a STIX 2.1 file",
        )


def check_object(value: Any) -> Mapping[str, Any]:
    """Return a value as a STIX 2.1 object with a sound type, id and version.

    An object without `spec_version` is STIX 2.0, except cyber-observables, which have no `created` either
    (STIX 2.1, section 3.2).

    Raises
    ------
    SchemaError
        Not an object, of another version, or without what every object states.
    """
    if not isinstance(value, dict):
        raise SchemaError("this is not a STIX object", value=value, allowed="a JSON object", repair="remove it")
    kind, name = value.get("type"), value.get("id")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise SchemaError(
            "the type is missing or not well formed", field="type", value=kind, repair="give its STIX type"
        )
    if not isinstance(name, str) or not is_stix_id(name, of_type=kind):
        raise SchemaError(
            "the id is missing or does not fit the type",
            field="id",
            value=name,
            allowed=f"{kind}--, then a UUID in lower case",
            repair="ask the publisher for the object's id",
        )
    version = value.get("spec_version", "2.0" if "created" in value else "2.1")
    if version != "2.1":
        raise SchemaError(
            "this object is not STIX 2.1",
            field="spec_version",
            value=version if "spec_version" in value else "absent, which means 2.0",
            allowed="2.1",
            repair="ask its publisher for STIX 2.1, or convert it with the OASIS stix2-elevator",
        )
    for field in ("created", "modified"):
        if field in value:
            format_stamp(value, field)
    if _holds_nul(value):
        raise SchemaError("a text holds the character U+0000, which no database keeps", repair="take it out")
    return value


def _holds_nul(value: Any) -> bool:
    left = [value]
    while left:
        item = left.pop()
        if isinstance(item, str):
            if "\0" in item:
                return True
        elif isinstance(item, dict):
            left.extend(item)
            left.extend(item.values())
        elif isinstance(item, list):
            left.extend(item)
    return False


def read_text(value: Mapping[str, Any], field: str) -> str | None:
    """Return a text; None when it is absent or blank.

    Raises
    ------
    SchemaError
        It is not a text.
    """
    text = value.get(field)
    if text is None:
        return None
    return check_text(text, field) if text != "" else None


def check_text(text: Any, field: str) -> str | None:
    """Return a text, None for a blank one.

    Raises
    ------
    SchemaError
        It is not a text.
    """
    if not isinstance(text, str):
        raise SchemaError("this is not a text", field=field, value=text, allowed="a JSON string", repair="correct it")
    return text if text.strip() else None


def read_list(value: Mapping[str, Any], field: str) -> list[Any]:
    """Return a list; an empty one when it is absent.

    Raises
    ------
    SchemaError
        It is not a list.
    """
    items = value.get(field)
    if items is None:
        return []
    if not isinstance(items, list):
        raise SchemaError("this is not a list", field=field, value=items, allowed="a JSON list", repair="correct it")
    return items


def read_texts(value: Mapping[str, Any], field: str) -> list[str]:
    """Return the texts of a list, each once, blank ones left out.

    Raises
    ------
    SchemaError
        It is not a list of texts.
    """
    texts = (check_text(item, f"{field}[{index}]") for index, item in enumerate(read_list(value, field)))
    return list(dict.fromkeys(text for text in texts if text is not None))


def read_mapping(value: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    """Return an object; an empty one when it is absent.

    Raises
    ------
    SchemaError
        It is not an object.
    """
    found = value.get(field)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise SchemaError(
            "this is not an object", field=field, value=found, allowed="a JSON object", repair="correct it"
        )
    return found


def format_stamp(value: Mapping[str, Any], field: str) -> str:
    """Return an instant with microseconds, so that instants sort as texts.

    Raises
    ------
    SchemaError
        It is missing or not an instant in UTC.

    >>> format_stamp({"modified": "2024-05-06T07:08:09.1Z"}, "modified")
    '2024-05-06T07:08:09.100000Z'
    """
    text = value.get(field)
    stamp = _normalise_instant(text) if isinstance(text, str) else None
    if stamp is None:
        raise SchemaError(
            "this is not an instant in UTC",
            field=field,
            value=text,
            allowed="2024-05-06T07:08:09Z, with or without fractions of a second",
            repair="correct it",
        )
    return stamp


# The objects of a bundle share few instants: a platform writes them all at once.
@lru_cache(maxsize=10_000)
def _normalise_instant(text: str) -> str | None:
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    try:
        instant = datetime.fromisoformat(f"{match[1]}T{match[2]}")
    except ValueError:
        return None
    return f"{instant.isoformat()}.{(match[3] or '')[:6]:0<6}Z"


def read_day(value: Mapping[str, Any], field: str) -> str | None:
    """Return the day of an instant, None when it is absent.

    Raises
    ------
    SchemaError
        It is not an instant in UTC.
    """
    return None if value.get(field) is None else format_stamp(value, field)[:10]
