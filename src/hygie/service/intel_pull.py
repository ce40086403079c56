"""Intelligence from servers, page by page: each page is in the base, with the place to resume from, before the next."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Protocol

from hygie.core.errors import UsageError, suggest
from hygie.knowledge.importers.protocol import ImportItem, ImportOptions, Release
from hygie.knowledge.loading import Cursor, ImportTally, load_items
from hygie.service.summaries import summarise_import
from hygie.service.workspace import Base
from hygie.store.http import HttpTools, Wait
from hygie.views.intel import ImportSummary

__all__ = ["PROTOCOLS", "TellProgress", "pull"]

PROTOCOLS = ("taxii", "misp", "misp-feed")


class TellProgress(Protocol):
    """Told of each page that is in the base, and of waits that a server asks for."""

    def __call__(self, page: int, objects: int, note: str | None = None) -> None: ...


def pull(
    base: Base,
    url: str,
    *,
    protocol: str = "taxii",
    collection: str | None = None,
    user: str | None = None,
    secret_env: str | None = None,
    secret: str | None = None,
    restart: bool = False,
    allow_http: bool = False,
    ca_file: Path | None = None,
    progress: TellProgress,
) -> ImportSummary:
    """Pull a collection or a feed into the base.

    Parameters
    ----------
    protocol
        One of `PROTOCOLS`.
    user, secret_env
        Basic authentication takes a user, and the password from an environment variable; without a user the
        variable holds a bearer token (TAXII) or the key of a MISP user.
    secret
        The secret itself, for a connector that keeps it encrypted; in place of `secret_env`.
    allow_http, ca_file
        Accept an address without TLS; trust the authority of an internal network.
    restart
        Read from the beginning, not from where the last pull ended.

    Raises
    ------
    DocumentError
        The server refuses, breaks off or sends what is not the protocol; the pages before are kept.
    UsageError
        An option is wrong or a secret is missing.
    """
    secret = secret or _read_secret(secret_env)
    feed = f"{protocol} {url} {collection or ''}".strip()
    start = None if restart else base.store.get_cursor(feed)
    options = ImportOptions(received_on=date.today(), pseudonym_key=base.workspace.pseudonym_key)
    tally = ImportTally()
    told = 0

    def tell_wait(wait: Wait) -> None:
        note = f"waited {wait.seconds:.0f} s: {wait.reason}"
        tally.notes.append(note)
        progress(told, sum(tally.counts.values()), note)

    tools = HttpTools(on_wait=tell_wait)
    pages = _open_pages(
        protocol,
        url,
        collection=collection,
        user=user,
        secret=secret,
        allow_http=allow_http,
        ca_file=ca_file,
        start=start,
        known={} if restart or protocol != "misp-feed" else _list_stamps(base),
        options=options,
        tools=tools,
    )
    report = tally.report(format=protocol, source=url, dry_run=False, run=None)
    for source, items, cursor in pages:
        # A page is not the whole of a catalogue: what is not on it has not been withdrawn.
        kept = (item for item in items if not isinstance(item, Release))
        report = load_items(
            base.store,
            kept,
            format=protocol,
            source=source,
            origin="import/stix" if protocol == "taxii" else "import/misp",
            cursor=Cursor(feed=feed, value=cursor) if cursor is not None else None,
            tally=tally,
        )
        told += 1
        progress(told, sum(tally.counts.values()))
    return summarise_import(report)


Page = tuple[str, Iterator[ImportItem], str | None]


def _open_pages(
    protocol: str,
    url: str,
    *,
    collection: str | None,
    user: str | None,
    secret: str | None,
    allow_http: bool,
    ca_file: Path | None,
    start: str | None,
    known: Mapping[str, str],
    options: ImportOptions,
    tools: HttpTools,
) -> Iterator[Page]:
    if protocol == "taxii":
        from hygie.knowledge.importers.taxii import TaxiiConnection, pull_collection

        connection = TaxiiConnection(
            url=url,
            user=user,
            password=secret if user is not None else None,
            token=secret if user is None else None,
            allow_http=allow_http,
            ca_file=ca_file,
            tools=tools,
        )
        for page in pull_collection(connection, collection=collection, options=options, added_after=start):
            yield f"{url} {page.collection.title}", iter(page.items), page.cursor
        return
    if protocol == "misp":
        from hygie.knowledge.importers.misp_servers import MispServer, pull_events

        if secret is None:
            raise UsageError(
                "a MISP server asks for the key of a user",
                field="--secret-env",
                repair="put the key in an environment variable and name it",
            )
        server = MispServer(url=url, key=secret, allow_http=allow_http, ca_file=ca_file, tools=tools)
        for events in pull_events(server, options=options, cursor=start):
            yield url, iter(events.items), events.cursor
        return
    if protocol == "misp-feed":
        from hygie.knowledge.importers.misp_feeds import MispFeed, pull_feed, read_feed

        if "://" in url:
            feed = MispFeed(url=url, user=user, password=secret, allow_http=allow_http, ca_file=ca_file, tools=tools)
            found = pull_feed(feed, options=options, known=known)
        else:
            found = read_feed(Path(url), options=options, known=known)
        for events in found:
            yield url, iter(events.items), None
        return
    raise UsageError(
        f"there is no protocol “{protocol}”",
        field="--protocol",
        value=protocol,
        allowed=", ".join(PROTOCOLS),
        repair=suggest(protocol, PROTOCOLS),
    )


def _list_stamps(base: Base) -> dict[str, str]:
    return {
        layer.content.ref: layer.content.stamp
        for layer in base.store.layers_by_origin("import/misp")
        if layer.content.stamp is not None
    }


def _read_secret(name: str | None) -> str | None:
    if name is None:
        return None
    secret = os.environ.get(name)
    if not secret:
        raise UsageError(
            "the environment variable that holds the secret is empty",
            field="--secret-env",
            value=name,
            repair=f"set {name} in the environment of this command; the secret itself is never an option",
        )
    return secret
