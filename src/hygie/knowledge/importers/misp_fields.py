"""Fields of MISP events, read with their type; attributes and tags wherever they stand.

Source: MISP core format, Internet-Draft draft-dulaunoy-misp-core-format-18, sections 2.2 (event), 2.4 (attribute),
2.6 (object), 2.10 (tag). Servers and feeds write numbers and flags as numbers, texts or booleans: all are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from hygie.core.errors import SchemaError

__all__ = [
    "EventHead",
    "clip",
    "is_set",
    "iterate_attributes",
    "iterate_objects",
    "list_tags",
    "read_event_head",
    "read_list",
]

Found = Mapping[str, Any]

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MAX_TEXT = 4000


@dataclass(frozen=True, slots=True, kw_only=True)
class EventHead:
    """What an event says of itself.

    Parameters
    ----------
    stamp
        When it was last edited (an ISO instant in UTC), None where it does not say.
    published_on
        Day of its last publication.
    """

    uuid: str
    info: str
    day: date | None
    stamp: str | None
    published: bool
    published_on: date | None
    publisher: str

    @property
    def ref(self) -> str:
        return f"misp-{self.uuid}"


def read_event_head(event: Found) -> EventHead:
    """Read the fields that every event has.

    Raises
    ------
    SchemaError
        No uuid, or a field that is not what the format says.
    """
    uuid = event.get("uuid")
    if not isinstance(uuid, str) or not _UUID.fullmatch(uuid.lower()):
        raise SchemaError(
            "the event has no uuid",
            field="Event.uuid",
            value=uuid,
            allowed="a UUID",
            repair="check that this is a MISP event",
        )
    info = event.get("info", "")
    if not isinstance(info, str):
        raise SchemaError("this is not a text", field="Event.info", value=info, allowed="a text", repair="correct it")
    edited = _read_instant(event, "timestamp")
    published = _read_instant(event, "publish_timestamp")
    orgs = (event.get(key) for key in ("Orgc", "Org"))
    names = (org.get("name") for org in orgs if isinstance(org, dict))
    return EventHead(
        uuid=uuid.lower(),
        info=clip(info) or f"MISP event {uuid.lower()}",
        day=_read_day(event),
        stamp=None if edited is None else edited.isoformat().replace("+00:00", "Z"),
        # Feeds leave the flag out: what stands in a feed is published.
        published="published" not in event or is_set(event["published"]),
        published_on=None if published is None else published.date(),
        publisher=next((clip(name) for name in names if isinstance(name, str) and clip(name)), "not stated"),
    )


def _read_day(event: Found) -> date | None:
    text = event.get("date")
    if text is None:
        return None
    try:
        if not isinstance(text, str) or len(text) != 10:
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise SchemaError(
            "this is not a date", field="Event.date", value=text, allowed="YYYY-MM-DD", repair="correct it"
        ) from None


def _read_instant(event: Found, key: str) -> datetime | None:
    value = event.get(key)
    # Zero stands for “never”.
    if value in (None, "", "0", 0):
        return None
    try:
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise ValueError
        return datetime.fromtimestamp(int(value), tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise SchemaError(
            "this is not an instant",
            field=f"Event.{key}",
            value=value,
            allowed="seconds since 1970",
            repair="correct it",
        ) from None


def read_list(found: Found, key: str) -> Sequence[Found]:
    """Return a list of objects; absent, null and an empty object (as PHP writes an empty list) are an empty one.

    Raises
    ------
    SchemaError
        Anything else.
    """
    value = found.get(key)
    if not value:
        return ()
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise SchemaError("this is not a list of objects", field=key, value=value, repair="correct it")
    return value


def iterate_objects(event: Found) -> Iterator[Found]:
    """Yield the objects that are not deleted."""
    return (entry for entry in read_list(event, "Object") if not is_set(entry.get("deleted")))


def iterate_attributes(event: Found) -> Iterator[Found]:
    """Yield the attributes of the event and of its objects that are not deleted."""
    for holder in (event, *iterate_objects(event)):
        yield from (entry for entry in read_list(holder, "Attribute") if not is_set(entry.get("deleted")))


def list_tags(found: Found) -> list[str]:
    """Return the names of the tags of an event, an attribute or an object."""
    names = (tag.get("name") for tag in read_list(found, "Tag"))
    return [name.strip() for name in names if isinstance(name, str)]


def is_set(value: Any) -> bool:
    """Return whether a flag is set, however it is written."""
    return value is True or value in (1, "1", "true", "True")


def clip(text: str) -> str:
    """Return a text without spaces around it, at most as long as a field holds."""
    text = text.strip()
    return text if len(text) <= _MAX_TEXT else text[: _MAX_TEXT - 1] + "…"
