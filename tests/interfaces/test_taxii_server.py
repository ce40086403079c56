"""TAXII 2.1 against a real server, medallion, with `taxii2client` as an independent reader of the same data."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.handlers import format_date_time

import pytest
from taxii2client.v21 import Collection, Server, as_pages
from werkzeug.serving import make_server

from hygie.core.errors import DocumentError, UsageError
from hygie.knowledge.importers.protocol import ImportOptions
from hygie.knowledge.importers.taxii import TaxiiConnection, TaxiiPage, list_collections, pull_collection, read_server
from hygie.knowledge.kinds import IntelRecord
from hygie.store.http import HttpLimits, HttpTools, Wait
from taxii_kit import (
    CLOSED,
    PASSWORD,
    READABLE,
    USER,
    Clock,
    Fault,
    TaxiiPeer,
    make_data,
    make_malware,
    serve_taxii,
    spread_dates,
)

OPTIONS = ImportOptions(received_on=date(2026, 11, 23))
COUNT = 23


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[TaxiiPeer]:
    with serve_taxii(tmp_path, make_data([make_malware(number) for number in range(COUNT)], spread_dates)) as server:
        yield server


@pytest.fixture
def tied(tmp_path: Path) -> Iterator[TaxiiPeer]:
    """All objects were added in one request: at one instant, more of them than a page holds."""
    data = make_data([make_malware(number) for number in range(COUNT)], lambda number: "2026-02-01T00:00:00.000000Z")
    with serve_taxii(tmp_path, data) as server:
        yield server


def connect(peer: TaxiiPeer, clock: Clock, **changes: Any) -> TaxiiConnection:
    tools = HttpTools(sleep=clock.sleep, now=clock.now)
    return replace(TaxiiConnection(url=peer.url, user=USER, password=PASSWORD, tools=tools), **changes)


def pull(connection: TaxiiConnection, **changes: Any) -> Iterator[TaxiiPage]:
    return pull_collection(connection, **{"collection": READABLE, "options": OPTIONS, **changes})


def refs(pages: list[TaxiiPage]) -> list[str]:
    return [item.ref for page in pages for item in page.items if isinstance(item, IntelRecord)]


def expected() -> set[str]:
    return {make_malware(number)["id"] for number in range(COUNT)}


def fail_once(place: int, fault: Fault) -> Callable[[int, dict[str, str]], Fault | None]:
    """Fail request number `place` for objects, counted from 1."""
    met = 0

    def judge(number: int, request: dict[str, str]) -> Fault | None:
        nonlocal met
        met += request["path"].endswith("/objects/")
        return fault if request["path"].endswith("/objects/") and met == place else None

    return judge


def fail_objects(fault: Fault) -> Callable[[int, dict[str, str]], Fault | None]:
    return lambda number, request: fault if request["path"].endswith("/objects/") else None


def test_server_offers_what_an_independent_client_sees(peer: TaxiiPeer, clock: Clock) -> None:
    found = read_server(connect(peer, clock))
    with Server(peer.url, user=USER, password=PASSWORD) as other:
        theirs = {(entry.id, entry.title, entry.can_read) for entry in other.default.collections}
        assert found.title == other.title
        other.default.close()
    assert {(entry.id, entry.title, entry.can_read) for entry in found.collections} == theirs
    # The data name a second API root that is not there: the first is still read.
    assert [reason for _, reason in found.unreadable] == ["there is nothing at this address"]


def test_host_alone_or_api_root_is_address_enough(peer: TaxiiPeer, clock: Clock) -> None:
    for url in (peer.url.removesuffix("/taxii2/"), peer.url.removesuffix("/"), peer.root):
        found = list_collections(connect(peer, clock, url=url))
        assert [entry.id for entry in found] == [READABLE, CLOSED]


def test_pages_hold_what_an_independent_client_reads(peer: TaxiiPeer, clock: Clock) -> None:
    pages = list(pull(connect(peer, clock)))
    address = f"{peer.root}collections/{READABLE}/"
    with Collection(address, user=USER, password=PASSWORD) as other:
        theirs = [entry["id"] for page in as_pages(other.get_objects, per_request=5) for entry in page["objects"]]
    assert refs(pages) == theirs
    assert set(theirs) == expected()
    assert [page.objects for page in pages] == [5, 5, 5, 5, 3]
    assert [page.last for page in pages] == [False] * 4 + [True]
    assert pages[-1].cursor == spread_dates(COUNT - 1)


def test_second_pull_brings_only_what_is_new(peer: TaxiiPeer, clock: Clock) -> None:
    cursor = list(pull(connect(peer, clock)))[-1].cursor
    assert refs(list(pull(connect(peer, clock), added_after=cursor))) == []
    new = make_malware(COUNT)
    collection = peer.backend.data["trustgroup1"]["collections"][0]
    collection["objects"].append(new)
    entry = {"id": new["id"], "date_added": "2026-03-01T00:00:00.000000Z", "version": new["modified"]}
    collection["manifest"].append({**entry, "media_type": "application/stix+json;version=2.1"})
    assert refs(list(pull(connect(peer, clock), added_after=cursor))) == [new["id"]]


@pytest.mark.parametrize("killed_after", [1, 2, 4])
def test_killed_pull_resumes_without_loss(peer: TaxiiPeer, clock: Clock, killed_after: int) -> None:
    first = [page for page, _ in zip(pull(connect(peer, clock)), range(killed_after), strict=False)]
    peer.restart()
    second = list(pull(connect(peer, clock), added_after=first[-1].cursor))
    assert set(refs(first) + refs(second)) == expected()
    # At most the objects that share the instant of the last one come again: here that one.
    assert len(refs(first) + refs(second)) <= COUNT + 1


def test_killed_pull_loses_none_of_the_objects_added_at_one_instant(tied: TaxiiPeer, clock: Clock) -> None:
    first = next(pull(connect(tied, clock)))
    tied.restart()
    second = list(pull(connect(tied, clock), added_after=first.cursor))
    assert set(refs([first, *second])) == expected()


def test_relationship_finds_what_an_earlier_pull_has_read(tmp_path: Path, clock: Clock) -> None:
    reference = [{"source_name": "mitre-attack", "external_id": "T1486"}]
    technique = {**make_malware(100), "type": "attack-pattern", "external_references": reference}
    technique["id"] = technique["id"].replace("malware", "attack-pattern")
    relation = {**make_malware(101), "type": "relationship", "relationship_type": "uses"}
    relation["id"] = relation["id"].replace("malware", "relationship")
    relation |= {"source_ref": make_malware(1)["id"], "target_ref": technique["id"]}
    objects = [technique, *(make_malware(number) for number in range(6)), relation]
    with serve_taxii(tmp_path, make_data(objects, spread_dates)) as server:
        first = next(pull(connect(server, clock)))
        server.restart()
        pages = list(pull(connect(server, clock), added_after=first.cursor))
        lookups = [request for request in server.wrapper.requests if "match" in request["query"]]
    (found,) = [item for page in pages for item in page.items if item.ref == relation["id"]]
    assert isinstance(found, IntelRecord)
    assert (found.data["target"], found.data["target_kind"]) == ("T1486", "technique")
    assert len(lookups) == 1


def test_server_restarted_between_pages_loses_nothing(peer: TaxiiPeer, clock: Clock) -> None:
    pages = []
    for page in pull(connect(peer, clock)):
        pages.append(page)
        if page.number == 2:
            peer.restart()
    assert set(refs(pages)) == expected()
    assert clock.slept == []


def test_expired_token_goes_back_to_the_cursor(tied: TaxiiPeer, clock: Clock) -> None:
    pages = []
    for page in pull(connect(tied, clock)):
        pages.append(page)
        if page.number == 2:
            tied.backend.next.clear()
    assert set(refs(pages)) == expected()


def test_lost_answer_to_a_token_is_not_asked_for_again(tied: TaxiiPeer, clock: Clock) -> None:
    # The server has dropped the objects of the lost page: the same token would give the page after it.
    tied.wrapper.judge = fail_once(3, Fault(lose=True))
    pages = list(pull(connect(tied, clock)))
    assert set(refs(pages)) == expected()
    tokens = [parse_qs(request["query"]).get("next") for request in tied.wrapper.requests]
    place = [number for number, request in enumerate(tied.wrapper.requests) if request["path"].endswith("/objects/")][2]
    assert tokens[place] is not None
    assert tokens[place + 1] is None
    assert clock.slept == [1.0]


def test_token_lost_at_the_same_place_again_and_again_ends_the_pull(tied: TaxiiPeer, clock: Clock) -> None:
    pages = pull(connect(tied, clock))
    next(pages)
    with pytest.raises(DocumentError, match="forgets where the reading stood"):
        for _ in range(20):
            tied.backend.next.clear()
            next(pages)


def test_bearer_token_is_sent(peer: TaxiiPeer, clock: Clock) -> None:
    peer.wrapper.bearer = "s3cr3t-token"
    connection = connect(peer, clock, user=None, password=None, token="s3cr3t-token")
    assert set(refs(list(pull(connection)))) == expected()
    assert "s3cr3t" not in repr(connection)
    with pytest.raises(DocumentError, match="refuses these credentials") as caught:
        read_server(replace(connection, token="another-token"))
    assert "another-token" not in str(caught.value)


def test_wrong_password_is_explained_and_not_shown(peer: TaxiiPeer, clock: Clock) -> None:
    with pytest.raises(DocumentError, match="refuses these credentials") as caught:
        read_server(connect(peer, clock, password="not the password"))
    assert "not the password" not in str(caught.value)
    assert clock.slept == []


def test_secret_that_the_server_repeats_is_taken_out(peer: TaxiiPeer, clock: Clock) -> None:
    body = b'{"title": "Bad token", "description": "s3cr3t-token is not known"}'
    peer.wrapper.judge = lambda number, request: Fault(status="403 Forbidden", body=body)
    with pytest.raises(DocumentError, match="Bad token – … is not known") as caught:
        read_server(connect(peer, clock, user=None, password=None, token="s3cr3t-token"))
    assert "s3cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "match"),
    [
        (CLOSED, "you may not read this collection"),
        ("hospital-malwares", "did you mean “hospital-malware”"),
        ("nothing alike", "gave no list: there is nothing at this address"),
    ],
)
def test_collection_that_cannot_be_read_is_refused(peer: TaxiiPeer, clock: Clock, wanted: str, match: str) -> None:
    with pytest.raises(UsageError, match=match) as caught:
        next(pull(connect(peer, clock), collection=wanted))
    assert "Hospital malware" in str(caught.value)


@pytest.mark.parametrize("wanted", [READABLE, "hospital-malware", "HOSPITAL malware", None])
def test_collection_is_found_by_id_alias_or_title(peer: TaxiiPeer, clock: Clock, wanted: str | None) -> None:
    assert next(pull(connect(peer, clock), collection=wanted)).collection.id == READABLE


def test_busy_server_is_given_the_time_it_asks_for(peer: TaxiiPeer, clock: Clock) -> None:
    told: list[Wait] = []
    tools = HttpTools(sleep=clock.sleep, now=clock.now, on_wait=told.append)
    fault = Fault(status="429 Too Many Requests", headers={"Retry-After": "7"})
    peer.wrapper.judge = fail_once(2, fault)
    assert refs(list(pull(connect(peer, clock, tools=tools)))) != []
    assert clock.slept == [7.0]
    assert told == [Wait(seconds=7.0, reason="the server has had too many requests")]
    # The token is still good: no page came twice.
    assert sum(request["path"].endswith("/objects/") for request in peer.wrapper.requests) == 5 + 1


def test_retry_after_may_be_a_date(peer: TaxiiPeer, clock: Clock) -> None:
    when = format_date_time(clock.start + 42)
    peer.wrapper.judge = fail_once(1, Fault(status="503 Service Unavailable", headers={"Retry-After": when}))
    next(pull(connect(peer, clock)))
    assert clock.slept == [pytest.approx(42, abs=1)]


def test_server_that_asks_for_too_much_patience_ends_the_pull(peer: TaxiiPeer, clock: Clock) -> None:
    peer.wrapper.judge = fail_once(1, Fault(status="429 Too Many Requests", headers={"Retry-After": "86400"}))
    with pytest.raises(DocumentError, match="in 86,400 s"):
        next(pull(connect(peer, clock)))
    assert clock.slept == []


def test_failing_server_is_asked_again_a_few_times(peer: TaxiiPeer, clock: Clock) -> None:
    peer.wrapper.judge = fail_objects(Fault(status="503 Service Unavailable"))
    with pytest.raises(DocumentError, match="the server has a problem"):
        next(pull(connect(peer, clock)))
    assert clock.slept == [1.0, 2.0, 4.0, 8.0]


@pytest.mark.parametrize("fault", [Fault(lose=True), Fault(cut=40), Fault(status="500 Internal Server Error")])
def test_passing_failure_is_overcome(peer: TaxiiPeer, clock: Clock, fault: Fault) -> None:
    peer.wrapper.judge = fail_once(1, fault)
    assert set(refs(list(pull(connect(peer, clock))))) == expected()
    assert clock.slept == [1.0]


def test_server_that_is_down_is_named(peer: TaxiiPeer, clock: Clock) -> None:
    peer.stop()
    with pytest.raises(DocumentError, match="cannot be reached") as caught:
        read_server(connect(peer, clock))
    assert peer.url in str(caught.value)
    assert len(clock.slept) == 4


def test_server_that_drips_meets_the_deadline(peer: TaxiiPeer, clock: Clock) -> None:
    limits = HttpLimits(read_s=5.0, total_s=0.3, attempts=1)
    peer.wrapper.judge = lambda number, request: Fault(drip=0.05)
    with pytest.raises(DocumentError, match="the answer takes too long"):
        read_server(connect(peer, clock, limits=limits))


def test_server_that_says_nothing_meets_the_timeout(peer: TaxiiPeer, clock: Clock) -> None:
    limits = HttpLimits(read_s=0.2, attempts=2)
    peer.wrapper.judge = lambda number, request: Fault(drip=0.6)
    with pytest.raises(DocumentError, match="the server is too slow"):
        read_server(connect(peer, clock, limits=limits))
    assert clock.slept == [1.0]


@pytest.mark.parametrize(
    ("fault", "match"),
    [
        (Fault(status="200 OK", headers={"Content-Type": "text/html"}, body=b"<html>"), "a web page may have answered"),
        (
            Fault(
                status="200 OK", headers={"Content-Type": "application/vnd.oasis.stix+json; version=2.0"}, body=b"{}"
            ),
            "speaks TAXII 2.0",
        ),
        (Fault(status="406 Not Acceptable"), "does not speak this version"),
        (Fault(status="404 Not Found"), "nothing at this address"),
        (Fault(status="200 OK", body=b"[]"), "is not what TAXII 2.1 describes"),
        (Fault(status="200 OK", body=b'{"objects": [{"id": 1'), "breaks off before its end"),
        (Fault(status="200 OK", body=b'{"objects": {}}'), "is not what TAXII 2.1 describes"),
        (Fault(status="200 OK", body=b'{"objects": [7]}'), "an object of the page is none"),
        (Fault(status="200 OK"), "the document is empty"),
        (Fault(status="200 OK", body=b'{"objects": []} {"more": true}'), "is not what TAXII 2.1 describes"),
        (Fault(status="200 OK", body=b'{"more": "yes"}'), "is not what TAXII 2.1 describes"),
    ],
)
def test_answer_that_is_no_taxii_is_refused(peer: TaxiiPeer, clock: Clock, fault: Fault, match: str) -> None:
    peer.wrapper.judge = fail_objects(fault)
    with pytest.raises(DocumentError, match=match):
        list(pull(connect(peer, clock)))


def test_smaller_pages_are_asked_for_when_one_is_too_large(peer: TaxiiPeer, clock: Clock) -> None:
    # A page of five objects is larger than this, the description of the server and single objects are not.
    pages = list(pull(connect(peer, clock, limits=HttpLimits(max_bytes=1000)), limit=5))
    assert set(refs(pages)) == expected()
    assert max(page.objects for page in pages) < 5
    assert clock.slept == []


def test_object_larger_than_the_limit_is_refused(peer: TaxiiPeer, clock: Clock) -> None:
    peer.wrapper.judge = fail_objects(Fault(status="200 OK", body=b"{" + b" " * 2000 + b"}"))
    with pytest.raises(DocumentError, match="the answer is too large"):
        next(pull(connect(peer, clock, limits=HttpLimits(max_bytes=1000))))
    assert clock.slept == []


def test_same_page_again_ends_the_pull(peer: TaxiiPeer, clock: Clock) -> None:
    body = b'{"more": true, "next": "a", "objects": [{"type": "malware", "id": "malware--1"}]}'
    peer.wrapper.judge = fail_objects(Fault(status="200 OK", body=body))
    with pytest.raises(DocumentError, match="it sends the same page again"):
        list(pull(connect(peer, clock)))


def test_empty_pages_that_promise_more_end_the_pull(peer: TaxiiPeer, clock: Clock) -> None:
    peer.wrapper.judge = fail_objects(Fault(status="200 OK", body=b'{"more": true, "next": "a"}'))
    with pytest.raises(DocumentError, match="3 pages without an object"):
        list(pull(connect(peer, clock)))


def test_number_of_pages_is_bounded(peer: TaxiiPeer, clock: Clock) -> None:
    with pytest.raises(DocumentError, match="2 pages"):
        list(pull(connect(peer, clock), max_pages=2))


class NoToken:
    """A server that pages by date alone, as TAXII 2.1 allows."""

    def __init__(self, peer: TaxiiPeer) -> None:
        self.inner = peer.wrapper.inner

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        head: list[Any] = []
        body = b"".join(self.inner(environ, lambda *args: head.append(args)))
        position = body.find(b'"next": "')
        if position >= 0:
            body = body[:position] + b'"custom": "' + body[position + 9 :]
        headers = [(name, value) for name, value in head[0][1] if name != "Content-Length"]
        start_response(head[0][0], [*headers, ("Content-Length", str(len(body)))])
        return [body]


def test_server_without_tokens_is_paged_by_date(peer: TaxiiPeer, clock: Clock) -> None:
    peer.wrapper.inner = NoToken(peer)
    pages = list(pull(connect(peer, clock)))
    assert set(refs(pages)) == expected()
    assert all("next=" not in request["query"] for request in peer.wrapper.requests)


def test_server_without_tokens_never_loses_objects_in_silence(tied: TaxiiPeer, clock: Clock) -> None:
    tied.wrapper.inner = NoToken(tied)
    pages = pull(connect(tied, clock))
    next(pages)
    with pytest.raises(DocumentError, match="same page again|more objects than a page holds"):
        next(pages)


def test_redirect_on_the_same_host_is_followed(peer: TaxiiPeer, clock: Clock) -> None:
    place = {"/old/": Fault(status="308 Permanent Redirect", headers={"Location": "/taxii2/"})}
    peer.wrapper.judge = lambda number, request: place.get(request["path"])
    found = read_server(connect(peer, clock, url=peer.url.replace("taxii2", "old")))
    assert found.title == "A TAXII server"


def test_redirect_to_another_host_gets_no_credentials(peer: TaxiiPeer, clock: Clock) -> None:
    met: list[dict[str, Any]] = []

    def other(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        met.append(environ)
        start_response("404 Not Found", [("Content-Length", "0")])
        return [b""]

    server = make_server("127.0.0.1", 0, other)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        target = f"http://127.0.0.1:{server.server_port}/taxii2/"
        peer.wrapper.judge = lambda number, request: Fault(status="302 Found", headers={"Location": target})
        with pytest.raises(DocumentError, match="where your credentials are not sent"):
            read_server(connect(peer, clock))
        assert met == []
        with pytest.raises(DocumentError, match="nothing at this address"):
            read_server(connect(peer, clock, user=None, password=None))
        assert [environ.get("HTTP_AUTHORIZATION") for environ in met] == [None]
    finally:
        server.shutdown()
        server.server_close()


def test_redirects_without_end_are_cut_off(peer: TaxiiPeer, clock: Clock) -> None:
    peer.wrapper.judge = lambda number, request: Fault(status="302 Found", headers={"Location": "/taxii2/"})
    with pytest.raises(DocumentError, match="redirects without end"):
        read_server(connect(peer, clock))
    assert len(peer.wrapper.requests) == 6


def test_api_root_on_another_host_is_not_asked(peer: TaxiiPeer, clock: Clock) -> None:
    body = b'{"title": "t", "api_roots": ["https://elsewhere.example.org/feeds/", "/trustgroup1/"]}'
    fault = Fault(status="200 OK", body=body)
    peer.wrapper.judge = lambda number, request: fault if request["path"] == "/taxii2/" else None
    found = read_server(connect(peer, clock))
    assert [entry.id for entry in found.collections] == [READABLE, CLOSED]
    assert "another host" in found.unreadable[0][1]


def test_netrc_is_not_read(peer: TaxiiPeer, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text(f"machine 127.0.0.1 login {USER} password leaked\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with pytest.raises(DocumentError, match="asks who you are"):
        read_server(connect(peer, clock, user=None, password=None))
    assert {request["authorization"] for request in peer.wrapper.requests} == {""}


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"url": "http://taxii.example.org/taxii2/"}, "would not be encrypted"),
        ({"url": "https://me:pass@taxii.example.org/"}, "holds a user or a password"),
        ({"url": "ftp://taxii.example.org/"}, "not the address of a server"),
        ({"url": "taxii.example.org"}, "not the address of a server"),
        ({"url": "https://[broken/"}, "not the address of a server"),
        ({"token": "x"}, "a token and a user were both given"),
        ({"password": None}, "the user or the password is missing"),
        ({"user": "a:b"}, "cannot be sent"),
        ({"user": None, "password": None, "token": "two words"}, "not one"),
        ({"user": None, "password": None, "token": "line\n"}, "not one"),
    ],
)
def test_connection_that_cannot_be_is_refused(
    peer: TaxiiPeer, clock: Clock, changes: dict[str, Any], match: str
) -> None:
    with pytest.raises(UsageError, match=match) as caught:
        read_server(connect(peer, clock, **changes))
    assert "pass@" not in str(caught.value)
    assert peer.wrapper.requests == []


@pytest.mark.parametrize("changes", [{"limit": 0}, {"added_after": "yesterday"}])
def test_wrong_option_is_refused_before_anything_is_asked(
    peer: TaxiiPeer, clock: Clock, changes: dict[str, Any]
) -> None:
    with pytest.raises(UsageError, match="at least one object|not an instant"):
        next(pull(connect(peer, clock), **changes))
    assert peer.wrapper.requests == []
