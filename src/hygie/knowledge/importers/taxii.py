"""TAXII 2.1 client: discovery, collections, and the objects of one collection page by page.

Written from the OASIS standard TAXII 2.1 (10 June 2021), https://docs.oasis-open.org/cti/taxii/v2.1/os/:
1.6.8 media types, 3.3 sorting, 3.4 filtering (`added_after`, `limit`, `next`), 3.5 pagination, 3.6 errors,
3.7 envelope, 4.1 discovery, 4.2 API root, 5.1 collections, 5.4 objects.

How a pull resumes without loss: a server sorts objects by the instant they were added and `added_after` is
exclusive, so objects that share the instant of a page's last object may still be to come. The cursor of a page
that is not the last therefore lies one microsecond before that instant: a few objects come twice (a store
recognises them) and none is missed. A `next` token is never sent a second time after its answer was lost,
because servers such as medallion drop what they have sent: the pull goes back to its cursor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from hygie.core.errors import DocumentError, UsageError
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions
from hygie.knowledge.importers.taxii_pages import PageReader
from hygie.knowledge.importers.taxii_resources import (
    MEDIA_TYPE,
    Envelope,
    TaxiiCollection,
    TaxiiServer,
    ask_server,
    choose_collection,
    read_envelope,
)
from hygie.knowledge.kinds import canonical_json
from hygie.store.http import Authorization, HttpClient, HttpLimits, HttpTools
from hygie.store.http_answers import HttpAnswer, HttpFailure, show_url

__all__ = [
    "TaxiiCollection",
    "TaxiiConnection",
    "TaxiiPage",
    "TaxiiServer",
    "list_collections",
    "pull_collection",
    "read_server",
]

# Objects per page to ask for. Always sent: medallion fails on a `next` without a limit.
DEFAULT_LIMIT = 1000
# By how much fewer objects are asked for when a page was too large.
SHRINKING = 4
# Answers to a `next` that a server no longer knows; the standard leaves the status open.
TOKEN_GONE = frozenset({400, 404, 410, 416})
# Ids in one request, so that its address stays below 2,000 characters, and requests for one page: servers count them.
LOOK_UP_IDS = 25
LOOK_UP_REQUESTS = 4
# Pages that a server may send without an object while it says that more will come.
MAX_EMPTY_PAGES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxiiConnection:
    """Where to ask, and as whom.

    Parameters
    ----------
    url
        Address of the discovery service, of an API root, or just of the host.
    user, password
        HTTP basic.
    token
        Bearer token, in place of user and password.
    allow_http, ca_file
        See `HttpClient`.
    """

    url: str
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    allow_http: bool = False
    ca_file: Path | None = None
    limits: HttpLimits = field(default_factory=HttpLimits)
    tools: HttpTools = field(default_factory=HttpTools, repr=False)

    def open(self) -> HttpClient:
        """Return a client; nothing is sent yet.

        Raises
        ------
        UsageError
            See `HttpClient`; a user and a token at once; a user without a password.
        """
        if self.token is not None and (self.user is not None or self.password is not None):
            raise UsageError("a token and a user were both given", repair="give one of them")
        if (self.user is None) != (self.password is None):
            raise UsageError("the user or the password is missing", repair="give both, or neither")
        authorization = None
        if self.user is not None and self.password is not None:
            authorization = Authorization.from_password(self.user, self.password)
        elif self.token is not None:
            authorization = Authorization.from_token(self.token)
        return HttpClient(
            self.url,
            authorization=authorization,
            allow_http=self.allow_http,
            ca_file=self.ca_file,
            limits=self.limits,
            tools=self.tools,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxiiPage:
    """One page of a collection, read into records.

    Parameters
    ----------
    number
        From 1, in this pull.
    objects
        STIX objects on the page.
    cursor
        `added_after` of a later pull, to be stored with the page's records; None until the server gave a date.
    last
        True if the server says that no more objects are there.
    """

    collection: TaxiiCollection
    number: int
    objects: int
    items: tuple[ImportItem, ...] = field(repr=False)
    cursor: str | None
    last: bool


def list_collections(connection: TaxiiConnection) -> tuple[TaxiiCollection, ...]:
    """Return the collections of all API roots of a server.

    Raises
    ------
    DocumentError
        The server cannot be asked, or is none.
    UsageError
        See `TaxiiConnection.open`.
    """
    return read_server(connection).collections


def read_server(connection: TaxiiConnection) -> TaxiiServer:
    """Ask a server for its API roots, and these for their collections.

    Raises
    ------
    DocumentError
        The server cannot be asked, or is none; no API root could be read.
    UsageError
        See `TaxiiConnection.open`.
    """
    with connection.open() as client:
        return ask_server(client, connection.url)


def pull_collection(
    connection: TaxiiConnection,
    *,
    collection: str | None,
    options: ImportOptions,
    added_after: str | None = None,
    limit: int = DEFAULT_LIMIT,
    max_pages: int = 100_000,
) -> Iterator[TaxiiPage]:
    """Yield the pages of a collection, oldest additions first.

    Store the cursor of each page together with its records: a pull that starts from it misses nothing.

    Parameters
    ----------
    collection
        Id, alias or title; None where only one can be read.
    added_after
        Cursor of an earlier pull.
    limit
        Objects per page to ask for; a server may give fewer.

    Raises
    ------
    DocumentError
        The server cannot be asked, refuses, breaks off for good, pages without end, or sends what is no TAXII.
    UsageError
        No such collection, or it cannot be read; see also `TaxiiConnection.open`.
    """
    if limit < 1:
        raise UsageError("a page holds at least one object", field="limit", value=limit, allowed="1 or more")
    if added_after is not None and _read_instant(added_after) is None:
        raise UsageError(
            "this is not an instant", value=added_after, allowed="2026-11-23T00:00:00Z", repair="correct it"
        )
    with connection.open() as client:
        chosen = choose_collection(ask_server(client, connection.url), collection)
        pull = _Pull(client, chosen, options=options, limit=limit, cursor=added_after, max_pages=max_pages)
        yield from pull.run()


class _Pull:
    """One run through a collection."""

    def __init__(
        self,
        client: HttpClient,
        collection: TaxiiCollection,
        *,
        options: ImportOptions,
        limit: int,
        cursor: str | None,
        max_pages: int,
    ) -> None:
        self._client = client
        self._collection = collection
        self._url = urljoin(collection.url, "objects/")
        # A pull from the start meets every object; a later one may meet the names of earlier ones.
        self._reader = PageReader(options, look_up=self._look_up if cursor is not None else None)
        self._limit = limit
        self._max_pages = max_pages
        # Where the pull could start again, and where the pages now under way started.
        self._cursor = self._anchor = cursor
        self._token: str | None = None
        self._restarts = 0

    def run(self) -> Iterator[TaxiiPage]:
        seen: set[bytes] = set()
        empty = number = 0
        while number < self._max_pages:
            answer = self._ask()
            if answer is None:
                seen.clear()
                continue
            envelope = read_envelope(answer)
            if envelope.objects:
                empty = 0
                if (mark := _digest(envelope.objects)) in seen:
                    raise self._endless("it sends the same page again")
                seen.add(mark)
            elif envelope.more and (empty := empty + 1) >= MAX_EMPTY_PAGES:
                raise self._endless(f"{empty} pages without an object, each promising more")
            self._move(envelope, answer)
            number += 1
            yield TaxiiPage(
                collection=self._collection,
                number=number,
                objects=len(envelope.objects),
                items=self._reader.read(envelope.objects, name=show_url(answer.url)),
                cursor=self._cursor,
                last=not envelope.more,
            )
            if not envelope.more:
                return
        raise self._endless(f"{self._max_pages:,} pages")

    def _ask(self) -> HttpAnswer | None:
        """Return a page, or None after going back to the cursor because a token was lost or a page was too large."""
        number = 1
        while True:
            params = {"limit": str(self._limit)}
            if self._anchor:
                params["added_after"] = self._anchor
            if self._token is not None:
                params["next"] = self._token
            keep = TOKEN_GONE if self._token is not None else frozenset()
            found = self._client.attempt(self._url, accept=MEDIA_TYPE, params=params, keep=keep)
            if isinstance(found, HttpAnswer) and found.status not in keep:
                return found
            if isinstance(found, HttpFailure) and found.too_large and self._limit > 1:
                self._limit = max(self._limit // SHRINKING, 1)
                self._token, self._anchor = None, self._cursor
                return None
            # Without a token the same request gives the same; a server that is merely too busy has not touched one.
            if isinstance(found, HttpFailure) and (self._token is None or found.status == 429):
                number += 1
                self._client.wait_before(number, found)
                continue
            self._restart(found)
            return None

    def _look_up(self, ids: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Yield objects by id (section 3.4, `match[id]`), as many as a few requests give."""
        for start in range(0, min(len(ids), LOOK_UP_IDS * LOOK_UP_REQUESTS), LOOK_UP_IDS):
            wanted = ids[start : start + LOOK_UP_IDS]
            params = {"limit": str(LOOK_UP_IDS), "match[id]": ",".join(wanted)}
            answer = self._client.get(self._url, accept=MEDIA_TYPE, params=params, keep=TOKEN_GONE)
            # Servers need not filter by id: what they do not find stays unknown.
            if answer.status not in TOKEN_GONE:
                yield from read_envelope(answer).objects

    def _restart(self, found: HttpAnswer | HttpFailure) -> None:
        self._restarts += 1
        if isinstance(found, HttpFailure):
            self._client.wait_before(self._restarts + 1, found)
        elif self._restarts > self._client.limits.attempts:
            raise DocumentError(
                "the server forgets where the reading stood before it can go on",
                file=show_url(self._url),
                value=f"{self._restarts} times at the same place",
                repair="run the command again later; if it stays so, ask its operator for larger pages",
            )
        self._token, self._anchor = None, self._cursor

    def _move(self, envelope: Envelope, answer: HttpAnswer) -> None:
        """Set the cursor, and where the next request starts."""
        added = _read_instant(answer.headers.get("x-taxii-date-added-last"))
        if added is not None:
            before = added - timedelta(microseconds=1) if envelope.more else added
            former = _read_instant(self._cursor)
            if former is None or before > former:
                self._cursor = _show_instant(before)
                self._restarts = 0
        self._token = envelope.next
        if not envelope.more or envelope.next is not None:
            return
        # Without `next`, pages follow each other by the date of the last object (section 3.5).
        if self._cursor is None or self._cursor == self._anchor:
            raise DocumentError(
                "the server says that more objects are there, but not how to ask for them",
                file=show_url(answer.url),
                field="next" if added is None else "X-TAXII-Date-Added-Last",
                value=answer.headers.get("x-taxii-date-added-last"),
                repair="ask its operator for larger pages: more objects than one holds were added at one instant"
                if added is not None
                else "tell the operator of the server: it must give `next` or X-TAXII-Date-Added-Last",
            )
        self._anchor = self._cursor

    def _endless(self, reason: str) -> DocumentError:
        return DocumentError(
            "the server pages without end",
            file=show_url(self._url),
            value=reason,
            repair="tell the operator of the server; what came before is sound",
        )


def _digest(objects: Sequence[Mapping[str, Any]]) -> bytes:
    keys = [[str(found.get(key)) for key in ("id", "modified", "created")] for found in objects]
    return hashlib.sha256(canonical_json(keys).encode()).digest()


def _read_instant(text: str | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _show_instant(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
