"""MISP feeds: a folder or an address with `manifest.json` and one file per event.

Source: MISP core format, Internet-Draft draft-dulaunoy-misp-core-format-18, section 4 (manifest): the uuid of each
event with its `timestamp` and, where the publisher gives them, `integrity:sha256` of its file.

What the base holds already in the same edition is not fetched again. A cursor by date would miss events: authors
publish days after the last edit, which alone is dated.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from hygie.core.errors import DataError, DocumentError, SchemaError
from hygie.knowledge.importers.delimited import MAX_REFUSALS
from hygie.knowledge.importers.misp import MAX_EVENT_BYTES, convert_or_refuse, iterate_events
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Refusal
from hygie.store.byte_sources import ByteSource
from hygie.store.http import Authorization, HttpClient, HttpLimits, HttpTools
from hygie.store.http_answers import show_url
from hygie.store.json_stream import read_head, stream_members

__all__ = ["MispFeed", "MispPage", "pull_feed", "read_feed"]

MANIFEST = "manifest.json"
# One page is one transaction: large enough to be quick, small enough to be held in memory.
PAGE_EVENTS = 50
PAGE_BYTES = 8 * 1024**2
# Answers that concern one event of a feed and not the feed.
_MISSING = frozenset({403, 404, 410})

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class MispFeed:
    """Address of a feed: of its manifest, or of the folder that holds it.

    Parameters
    ----------
    user, password
        HTTP basic, where the feed is not public.
    """

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    allow_http: bool = False
    ca_file: Path | None = None
    limits: HttpLimits = field(default_factory=HttpLimits)
    tools: HttpTools = field(default_factory=HttpTools, repr=False)

    @property
    def base(self) -> str:
        """Address of the folder, with its final slash."""
        return self.url.removesuffix(MANIFEST).rstrip("/") + "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class MispPage:
    """Some events, read into records: what is to be stored in one transaction.

    Parameters
    ----------
    feed
        Name of the feed, under which `cursor` is stored.
    number
        From 1, in this pull.
    events
        Events on the page.
    cursor
        Where a later pull starts; None for feeds with a manifest, which need none.
    last
        True when nothing is left.
    """

    feed: str
    number: int
    events: int
    items: tuple[ImportItem, ...] = field(repr=False)
    cursor: str | None = None
    last: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    uuid: str
    timestamp: int
    sha256: str | None

    @property
    def stamp(self) -> str:
        return datetime.fromtimestamp(self.timestamp, tz=UTC).isoformat().replace("+00:00", "Z")


def read_feed(folder: Path, *, options: ImportOptions, known: Mapping[str, str] | None = None) -> Iterator[MispPage]:
    """Yield the events of a feed in a folder, oldest edits first.

    Parameters
    ----------
    known
        Ref → stamp of the events that the base holds: an event that was not edited since is not read.

    Raises
    ------
    DocumentError
        No manifest, or one that cannot be read; more than 1,000 events that cannot be read.
    """

    def fetch(name: str) -> bytes | None:
        path = folder / name
        if not path.is_file():
            return None
        with ByteSource.from_path(path).open_packed() as stream:
            return stream.read(MAX_EVENT_BYTES + 1)

    yield from _read_pages(fetch, name=str(folder), options=options, known=known or {})


def pull_feed(feed: MispFeed, *, options: ImportOptions, known: Mapping[str, str] | None = None) -> Iterator[MispPage]:
    """Yield the events of a feed at an address, oldest edits first; `known` as in `read_feed`.

    Raises
    ------
    DocumentError
        The server cannot be asked, or breaks off for good; no manifest; more than 1,000 events that cannot be read.
    UsageError
        See `HttpClient`.
    """
    authorization = None
    if feed.user is not None:
        authorization = Authorization.from_password(feed.user, feed.password or "")
    with HttpClient(
        feed.url,
        authorization=authorization,
        allow_http=feed.allow_http,
        ca_file=feed.ca_file,
        limits=feed.limits,
        tools=feed.tools,
    ) as client:

        def fetch(name: str) -> bytes | None:
            # Feeds are plain files: servers call them what they like.
            answer = client.get(urljoin(feed.base, name), accept="application/json, */*;q=0.5", keep=_MISSING)
            return None if answer.status in _MISSING else answer.body

        yield from _read_pages(fetch, name=show_url(feed.base), options=options, known=known or {})


def _read_pages(
    fetch: Callable[[str], bytes | None], *, name: str, options: ImportOptions, known: Mapping[str, str]
) -> Iterator[MispPage]:
    manifest = fetch(MANIFEST)
    if manifest is None:
        raise DocumentError(
            "this is no MISP feed: there is no manifest",
            file=f"{name.rstrip('/')}/{MANIFEST}",
            repair="give the folder or the address that holds manifest.json",
        )
    wanted: list[_Entry] = []
    items: list[ImportItem] = []
    for found in _read_manifest(manifest, name=f"{name.rstrip('/')}/{MANIFEST}"):
        if isinstance(found, Refusal):
            items.append(found)
        elif known.get(f"misp-{found.uuid}", "") < found.stamp:
            wanted.append(found)
    number = events = size = 0
    refused = sum(isinstance(item, Refusal) for item in items)
    for entry in sorted(wanted, key=lambda entry: (entry.timestamp, entry.uuid)):
        content = fetch(f"{entry.uuid}.json")
        read = _read_event(entry, content, name=f"{name.rstrip('/')}/{entry.uuid}.json", options=options)
        items.extend(read)
        events += 1
        size += len(content or b"")
        refused += sum(isinstance(item, Refusal) and not item.dropped for item in read)
        if refused > MAX_REFUSALS:
            raise DocumentError(
                "too many events of the feed cannot be read",
                file=name,
                value=f"more than {MAX_REFUSALS:,}",
                repair="check that this is a MISP feed",
            )
        if events >= PAGE_EVENTS or size >= PAGE_BYTES:
            number += 1
            yield MispPage(feed=f"misp:{name}", number=number, events=events, items=tuple(items))
            items, events, size = [], 0, 0
    yield MispPage(feed=f"misp:{name}", number=number + 1, events=events, items=tuple(items), last=True)


def _read_manifest(content: bytes, *, name: str) -> Iterator[_Entry | Refusal]:
    if read_head(BytesIO(content), name=name).shape != "object":
        raise DocumentError("the manifest is not an object", file=name, repair="check that this is a MISP feed")
    for member in stream_members(BytesIO(content), name=name):
        # The uuid is the name of a file: nothing else may get through.
        uuid = str(member.key).lower()
        try:
            yield _read_entry(uuid, member.value)
        except SchemaError as error:
            yield Refusal(ref=uuid[:200], finding=error.located(file=name, field=uuid).findings[0])


def _read_entry(uuid: str, value: Any) -> _Entry:
    if not _UUID.fullmatch(uuid) or not isinstance(value, dict):
        raise SchemaError("this is not an entry of a manifest", value=uuid, allowed="the uuid of an event")
    text, digest = str(value.get("timestamp", "")), value.get("integrity:sha256")
    if not text.isascii() or not text.isdecimal() or len(text) > 11:
        raise SchemaError(
            "the entry does not say when its event was edited", value=text, allowed="seconds since 1970 in “timestamp”"
        )
    if digest is not None and not (isinstance(digest, str) and _SHA256.fullmatch(digest.lower())):
        raise SchemaError("this is not a SHA-256", value=digest, allowed="64 hexadecimal digits")
    return _Entry(uuid, int(text), None if digest is None else str(digest).lower())


def _read_event(entry: _Entry, content: bytes | None, *, name: str, options: ImportOptions) -> list[ImportItem]:
    try:
        if content is None:
            raise DocumentError("the feed lists this event and does not give it", repair="tell its publisher")
        if len(content) > MAX_EVENT_BYTES:
            raise DocumentError("the event is too large", allowed=f"at most {MAX_EVENT_BYTES:,} bytes")
        if entry.sha256 is not None and hashlib.sha256(content).hexdigest() != entry.sha256:
            raise DocumentError(
                "the event is not the one that the manifest describes",
                field="integrity:sha256",
                repair="pull again later: it may just have been edited; if it stays so, tell the publisher",
            )
        events = [event for _, event in iterate_events(ByteSource(name=name, content=content))]
        uuid = events[0].get("uuid") if len(events) == 1 and isinstance(events[0], dict) else None
        if not isinstance(uuid, str) or uuid.lower() != entry.uuid:
            raise DocumentError("the file holds another event", value=uuid, allowed=entry.uuid)
        return convert_or_refuse(events[0], options, name=name, place="event 1")
    except DataError as error:
        return [Refusal(ref=f"misp-{entry.uuid}", finding=error.located(file=name).findings[0])]
