"""Events of a MISP server, through its API.

Sources: https://www.misp-project.org/openapi/, `POST /events/restSearch` with `page`, `limit` and `timestamp` (seconds,
inclusive: https://github.com/MISP/MISP/issues/6803), the key alone in the header `Authorization`.

How a pull resumes: pages of one search are numbered, and a server may sort them by their last edit or not at all. A
search therefore starts at a fixed instant and goes through all pages; an event that is edited meanwhile may push
another across a page, so that the search is made once more when one was. The cursor says where the search starts, how
many events were passed and since when it runs; at the end, the newest edit seen. Not found are events that reach the
server after a pull with an older edit date, through synchronisation: pull without a cursor from time to time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from hygie.core.errors import DocumentError, UsageError
from hygie.knowledge.importers.misp import convert_or_refuse, iterate_events
from hygie.knowledge.importers.misp_feeds import MispPage
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions
from hygie.store.byte_sources import ByteSource
from hygie.store.http import Authorization, HttpClient, HttpLimits, HttpTools
from hygie.store.http_answers import HttpAnswer, show_url

__all__ = ["MispServer", "pull_events"]

DEFAULT_LIMIT = 20
# By how much fewer events are asked for when a page was too large.
SHRINKING = 4
# Searches of the same events, when some are edited meanwhile.
MAX_SEARCHES = 3

_CURSOR = re.compile(r"(\d{1,11})(?:/(\d{1,7})/(\d{1,11}))?")


@dataclass(frozen=True, slots=True, kw_only=True)
class MispServer:
    """A MISP server: address of its start page, and the key of a user."""

    url: str
    key: str = field(repr=False)
    allow_http: bool = False
    ca_file: Path | None = None
    limits: HttpLimits = field(default_factory=HttpLimits)
    tools: HttpTools = field(default_factory=HttpTools, repr=False)

    @property
    def search(self) -> str:
        return self.url.rstrip("/") + "/events/restSearch"

    @property
    def feed(self) -> str:
        """Name under which the cursor is stored."""
        return f"misp:{show_url(self.url).rstrip('/')}"


@dataclass(frozen=True, slots=True)
class _Cursor:
    """Where a search starts [s since 1970], events passed in it, and when it began [s since 1970]."""

    since: int
    passed: int = 0
    began: int | None = None

    @classmethod
    def read(cls, text: str | None) -> _Cursor:
        match = _CURSOR.fullmatch(text or "0")
        if match is None:
            raise UsageError(
                "this is not the cursor of a MISP server",
                value=text,
                allowed="seconds since 1970",
                repair="leave it out to read everything",
            )
        since, passed, began = match.groups()
        return cls(int(since)) if passed is None else cls(int(since), int(passed), int(began))

    def __str__(self) -> str:
        return str(self.since) if self.began is None else f"{self.since}/{self.passed}/{self.began}"


def pull_events(
    server: MispServer,
    *,
    options: ImportOptions,
    cursor: str | None = None,
    limit: int = DEFAULT_LIMIT,
    tags: Sequence[str] = (),
    max_pages: int = 100_000,
) -> Iterator[MispPage]:
    """Yield the events that were edited since the cursor, page by page.

    Store the cursor of each page together with its records.

    Parameters
    ----------
    limit
        Events per page to ask for.
    tags
        Only events with one of these tags.

    Raises
    ------
    DocumentError
        The server cannot be asked, refuses, breaks off for good, pages without end, or sends what is no MISP.
    UsageError
        A wrong cursor or limit; see also `HttpClient`.
    """
    if limit < 1:
        raise UsageError("a page holds at least one event", field="limit", value=limit, allowed="1 or more")
    start = _Cursor.read(cursor)
    with HttpClient(
        server.url,
        authorization=Authorization.from_key(server.key),
        allow_http=server.allow_http,
        ca_file=server.ca_file,
        limits=server.limits,
        tools=server.tools,
    ) as client:
        pull = _Pull(client, server, options=options, limit=limit, tags=tags, max_pages=max_pages)
        yield from pull.run(start)


class _Pull:
    """One run through the events of a server."""

    def __init__(
        self,
        client: HttpClient,
        server: MispServer,
        *,
        options: ImportOptions,
        limit: int,
        tags: Sequence[str],
        max_pages: int,
    ) -> None:
        self._client = client
        self._server = server
        self._options = options
        self._limit = limit
        self._tags = tags
        self._max_pages = max_pages
        self._number = 0
        # Edit of each event that was taken [s since 1970].
        self._taken: dict[str, int] = {}

    def run(self, start: _Cursor) -> Iterator[MispPage]:
        newest = start.since
        began = start.began
        for search in range(MAX_SEARCHES):
            if search > 0:
                start, began = _Cursor(start.since), None
            edited = False
            met: set[str] = set()
            passed, pages = start.passed, 0
            while True:
                answer, page = self._ask(start.since, passed)
                if began is None:
                    began = _read_clock(answer, self._client)
                edits, items = self._read_page(answer)
                if edits.keys() <= met:
                    break
                met.update(edits)
                newest = max(newest, *edits.values())
                edited = edited or max(edits.values()) >= began
                passed, pages = page * self._limit, pages + 1
                yield self._make_page(str(_Cursor(start.since, passed, began)), events=len(edits), items=items)
            # With one page there is none that an event could have crossed.
            if not edited or (pages <= 1 and start.passed == 0):
                break
        # Edits made since the search began are looked for again.
        end = newest if began is None else min(newest, began)
        yield self._make_page(str(max(end, start.since)), last=True)

    def _ask(self, since: int, passed: int) -> tuple[HttpAnswer, int]:
        """Return the page on which the first event stands that was not passed yet, and its number."""
        if self._number >= self._max_pages:
            raise DocumentError(
                "the server pages without end", file=show_url(self._server.search), value=f"{self._max_pages:,} pages"
            )
        attempt = 1
        while True:
            page = passed // self._limit + 1
            payload: dict[str, Any] = {
                "returnFormat": "json",
                "page": page,
                "limit": self._limit,
                # Without an order, a database may give pages that overlap.
                "order": "timestamp",
            }
            if since > 0:
                payload["timestamp"] = since
            if self._tags:
                payload["tags"] = list(self._tags)
            found = self._client.attempt(self._server.search, accept="application/json", payload=payload)
            if isinstance(found, HttpAnswer):
                return found, page
            if found.too_large and self._limit > 1:
                self._limit = max(self._limit // SHRINKING, 1)
                continue
            attempt += 1
            self._client.wait_before(attempt, found)

    def _read_page(self, answer: HttpAnswer) -> tuple[dict[str, int], list[ImportItem]]:
        """Return the edit of each event of a page [s since 1970], and the records of those not taken yet."""
        name = show_url(answer.url)
        _check_json(answer)
        edits: dict[str, int] = {}
        items: list[ImportItem] = []
        for number, event in iterate_events(ByteSource(name=name, content=answer.body)):
            place = f"event {number}"
            found = event if isinstance(event, dict) else {}
            text = str(found.get("timestamp", "0"))
            edit = int(text) if text.isascii() and text.isdecimal() and len(text) <= 11 else 0
            # What has no uuid is refused when it is read; here it only needs a name.
            uuid = found["uuid"] if isinstance(found.get("uuid"), str) else f"page {self._number}, {place}"
            edits[uuid] = edit
            if self._taken.get(uuid) != edit:
                self._taken[uuid] = edit
                items.extend(convert_or_refuse(event, self._options, name=name, place=place))
        return edits, items

    def _make_page(
        self, cursor: str, *, events: int = 0, items: Sequence[ImportItem] = (), last: bool = False
    ) -> MispPage:
        self._number += 1
        return MispPage(
            feed=self._server.feed,
            number=self._number,
            events=events,
            items=tuple(items),
            cursor=cursor,
            last=last,
        )


def _check_json(answer: HttpAnswer) -> None:
    kind, _ = answer.media_type
    if kind not in ("application/json", "text/json"):
        raise DocumentError(
            "the answer is not JSON",
            file=show_url(answer.url),
            field="Content-Type",
            value=answer.headers.get("content-type", "none"),
            repair="check the address: a login page or a proxy may have answered",
        )


def _read_clock(answer: HttpAnswer, client: HttpClient) -> int:
    """Return the instant of an answer by the clock of its server [s since 1970]."""
    try:
        return int(parsedate_to_datetime(answer.headers.get("date", "")).timestamp())
    except (ValueError, TypeError, OverflowError):
        return int(client.tools.now())
