"""What a TAXII 2.1 server answers: discovery, API roots, collections, envelopes of objects.

Source: TAXII 2.1, https://docs.oasis-open.org/cti/taxii/v2.1/os/taxii-v2.1-os.html, sections 1.6.8 (media types),
3.7 (envelope), 4.1 (discovery), 4.2 (API root) and 5.1 (collections).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import urljoin, urlsplit

from hygie.core.errors import DocumentError, HygieError, UsageError, suggest
from hygie.store.http import HttpClient
from hygie.store.http_answers import HttpAnswer, show_url
from hygie.store.json_stream import JsonMember, read_head, stream_members

__all__ = [
    "MEDIA_TYPE",
    "Envelope",
    "TaxiiCollection",
    "TaxiiServer",
    "ask_server",
    "choose_collection",
    "read_envelope",
]

MEDIA_TYPE = "application/taxii+json;version=2.1"
# Where a server is found when only its host is known (section 4.1).
DISCOVERY_PATH = "/taxii2/"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxiiCollection:
    """A collection of one API root. `feed` names it in the store, so that a later pull finds its cursor."""

    id: str
    title: str
    root: str
    alias: str | None = None
    description: str | None = None
    can_read: bool = True

    @property
    def url(self) -> str:
        return urljoin(self.root, f"collections/{self.id}/")

    @property
    def feed(self) -> str:
        return f"taxii:{self.url}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaxiiServer:
    """What a server offers; `unreadable` are API roots that it names and that gave no list, with the reason."""

    title: str
    collections: tuple[TaxiiCollection, ...]
    unreadable: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Envelope:
    """One page: its objects, whether more exist, and the token that asks for them."""

    objects: tuple[Mapping[str, Any], ...]
    more: bool
    next: str | None


def read_envelope(answer: HttpAnswer) -> Envelope:
    """Read a page.

    Raises
    ------
    DocumentError
        Another media type, no JSON, or no envelope.
    """
    name = show_url(answer.url)
    objects: list[Mapping[str, Any]] = []
    rest: dict[str, Any] = {}
    for member in _read_members(answer, lists={"objects"}):
        if member.index is None:
            rest[str(member.key)] = member.value
        elif isinstance(member.value, dict):
            objects.append(member.value)
        else:
            raise DocumentError("an object of the page is none", file=name, field=f"objects.{member.index}")
    more, token = rest.get("more", False), rest.get("next")
    if "objects" in rest or not isinstance(more, bool) or not (token is None or isinstance(token, str)):
        raise _not_taxii(name)
    return Envelope(tuple(objects), more, token or None)


def ask_server(client: HttpClient, url: str) -> TaxiiServer:
    """Ask a discovery service, or an API root, for what it offers.

    Raises
    ------
    DocumentError
        It cannot be asked, or is none; no API root could be read.
    """
    path = urlsplit(url).path
    start = urljoin(url, DISCOVERY_PATH) if path in ("", "/") else url if path.endswith("/") else url + "/"
    found = _get_resource(client, start)
    if "api_roots" not in found:
        # An API root says its versions; it may be asked without discovery.
        if "versions" not in found:
            raise _not_taxii(show_url(start))
        return TaxiiServer(title=_text(found, "title") or start, collections=_read_root(client, start))
    roots = found["api_roots"]
    if not isinstance(roots, list) or not all(isinstance(root, str) for root in roots):
        raise _not_taxii(show_url(start))
    collections: list[TaxiiCollection] = []
    failures: list[tuple[str, HygieError]] = []
    for root in dict.fromkeys(urljoin(start, root if root.endswith("/") else root + "/") for root in roots):
        try:
            if urlsplit(root).netloc != urlsplit(start).netloc:
                raise UsageError(
                    "this API root is on another host, where your credentials are not sent",
                    file=show_url(root),
                    repair="give its address instead, if you trust it",
                )
            collections.extend(_read_root(client, root))
        except HygieError as error:
            failures.append((root, error))
    if failures and not collections:
        raise failures[0][1]
    return TaxiiServer(
        title=_text(found, "title") or start,
        collections=tuple(collections),
        unreadable=tuple((show_url(root), error.findings[0].message) for root, error in failures),
    )


def _read_root(client: HttpClient, root: str) -> tuple[TaxiiCollection, ...]:
    address = urljoin(root, "collections/")
    listed = _get_resource(client, address).get("collections", [])
    if not isinstance(listed, list) or not all(isinstance(entry, dict) and _text(entry, "id") for entry in listed):
        raise _not_taxii(show_url(address))
    return tuple(
        TaxiiCollection(
            id=entry["id"],
            title=_text(entry, "title") or entry["id"],
            root=root,
            alias=_text(entry, "alias"),
            description=_text(entry, "description"),
            can_read=entry.get("can_read") is not False,
        )
        for entry in listed
    )


def choose_collection(server: TaxiiServer, wanted: str | None) -> TaxiiCollection:
    """Find a collection by id, alias or title; None where only one can be read.

    Raises
    ------
    UsageError
        None, several, or one that may not be read.
    """
    readable = [collection for collection in server.collections if collection.can_read]
    listed = "; ".join(f"{collection.title} ({collection.id})" for collection in readable) or "none can be read"
    if wanted is None:
        if len(readable) == 1:
            return readable[0]
        raise UsageError("which collection?", field="--collection", allowed=listed, repair="name one")
    for match in (
        [found for found in server.collections if found.id == wanted],
        [found for found in server.collections if found.alias == wanted],
        [found for found in server.collections if found.title.casefold() == wanted.casefold()],
    ):
        if len(match) > 1:
            raise UsageError(
                "several collections are called this",
                field="--collection",
                value=wanted,
                allowed=", ".join(found.id for found in match),
                repair="give the id, and the address of the API root if ids are the same",
            )
        if match and not match[0].can_read:
            raise UsageError(
                "you may not read this collection",
                field="--collection",
                value=wanted,
                allowed=listed,
                repair="ask for it",
            )
        if match:
            return match[0]
    names = [name for found in readable for name in (found.id, found.alias, found.title) if name]
    raise UsageError(
        "there is no such collection",
        field="--collection",
        value=wanted,
        allowed=listed + "".join(f"; {root} gave no list: {reason}" for root, reason in server.unreadable),
        repair=suggest(wanted, names) or "choose one of these",
    )


def _get_resource(client: HttpClient, url: str) -> dict[str, Any]:
    return {str(member.key): member.value for member in _read_members(client.get(url, accept=MEDIA_TYPE))}


def _read_members(answer: HttpAnswer, *, lists: Collection[str] = ()) -> Iterator[JsonMember]:
    _check_media_type(answer)
    name = show_url(answer.url)
    # An empty list has no member that would betray it.
    if read_head(BytesIO(answer.body), name=name).shape != "object":
        raise _not_taxii(name)
    for member in stream_members(BytesIO(answer.body), name=name, lists=lists):
        if member.document > 0:
            raise _not_taxii(name)
        yield member


def _check_media_type(answer: HttpAnswer) -> None:
    kind, parameters = answer.media_type
    if kind == "application/taxii+json" and parameters.get("version", "2.1") == "2.1":
        return
    old = kind.startswith("application/vnd.oasis.")
    raise DocumentError(
        "the answer is not in the format of TAXII 2.1",
        file=show_url(answer.url),
        field="Content-Type",
        value=answer.headers.get("content-type", "none"),
        allowed=MEDIA_TYPE,
        repair="this server speaks TAXII 2.0: ask its operator for a 2.1 address"
        if old
        else "check the address: a proxy or a web page may have answered",
    )


def _not_taxii(name: str) -> DocumentError:
    return DocumentError("the answer is not what TAXII 2.1 describes", file=name, repair="check the address")


def _text(found: Mapping[str, Any], key: str) -> str | None:
    value = found.get(key)
    return value if isinstance(value, str) and value else None
