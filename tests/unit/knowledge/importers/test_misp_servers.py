"""The API of a MISP server, replayed: pages, cursors, edits during a pull, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from email.utils import formatdate
from typing import Any

import pytest

from hygie.core.errors import DocumentError, UsageError
from hygie.knowledge.importers.misp_feeds import MispPage
from hygie.knowledge.importers.misp_servers import MispServer, pull_events
from hygie.store.http import HttpLimits, HttpTools
from misp_kit import DATA, OPTIONS, dump_event, make_event, make_uuid, pick, refusals, serve

KEY = "YourMispApiKeyOfFortyCharacters0123456789"
NOW = 1_790_000_000
JSON = {"Content-Type": "application/json; charset=UTF-8"}


class FakeMisp:
    """What `/events/restSearch` does with `timestamp`, `limit`, `page`, `order` and `tags`."""

    def __init__(self, count: int) -> None:
        # Edited in another order than created.
        self.edits = {number: NOW - 1000 + (number * 7) % count for number in range(count)}
        self.payloads: list[dict[str, Any]] = []
        self.sorted = True
        self.paged = True
        self.before: Callable[[int], None] = lambda number: None

    def reply(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> tuple[int, Mapping[str, str], bytes]:
        dated = {**JSON, "Date": formatdate(NOW, usegmt=True)}
        if (method, path) != ("POST", "/misp/events/restSearch"):
            return 404, dated, b""
        if headers.get("Authorization") != KEY:
            message = {"name": "Authentication failed.", "message": f"{headers.get('Authorization')} is no key"}
            return 403, dated, json.dumps(message).encode()
        asked = json.loads(body)
        self.payloads.append(asked)
        self.before(len(self.payloads))
        found = [(number, edit) for number, edit in self.edits.items() if edit >= asked.get("timestamp", 0)]
        if self.sorted:
            found.sort(key=lambda entry: entry[1])
        if self.paged:
            found = found[(asked["page"] - 1) * asked["limit"] :][: asked["limit"]]
        events = [{"Event": dump_event(make_event(number, info=f"E{number}", edited=edit))} for number, edit in found]
        return 200, dated, json.dumps({"response": events}).encode()


def make_server(base: str, **changes: Any) -> MispServer:
    tools = HttpTools(sleep=lambda seconds: None)
    return replace(MispServer(url=f"{base}/misp/", key=KEY, tools=tools), **changes)


def infos(pages: list[MispPage]) -> set[str]:
    return {record.name for page in pages for record in pick(page.items, "other")}


def everything(count: int) -> set[str]:
    return {f"E{number}" for number in range(count)}


def test_all_pages_are_read() -> None:
    misp = FakeMisp(23)
    with serve(misp.reply) as base:
        pages = list(pull_events(make_server(base), options=OPTIONS, limit=5, tags=["tlp:green"]))
    assert infos(pages) == everything(23)
    assert [page.events for page in pages] == [5, 5, 5, 5, 3, 0]
    assert [page.last for page in pages] == [False] * 5 + [True]
    assert pages[-1].cursor == str(max(misp.edits.values()))
    assert pages[0].feed == f"misp:{base}/misp"
    assert misp.payloads[0] == {
        "returnFormat": "json",
        "page": 1,
        "limit": 5,
        "order": "timestamp",
        "tags": ["tlp:green"],
    }


def test_recorded_answer_is_read() -> None:
    answers = [(DATA / "rest_search.json").read_bytes(), b'{"response": []}']

    def reply(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        return 200, JSON, answers[min(json.loads(body)["page"], 2) - 1]

    with serve(reply) as base:
        pages = list(pull_events(make_server(base), options=OPTIONS))
    (incident,) = [record for page in pages for record in pick(page.items, "incident")]
    assert incident.name == "Ransomware at the hospital of Exemple"
    assert pages[-1].cursor == "1772524800"


def test_later_pull_asks_for_later_edits_only() -> None:
    misp = FakeMisp(6)
    with serve(misp.reply) as base:
        server = make_server(base)
        cursor = list(pull_events(server, options=OPTIONS))[-1].cursor
        misp.edits[6] = NOW - 1
        pages = list(pull_events(server, options=OPTIONS, cursor=cursor))
    # The filter is inclusive: the newest event comes again.
    assert "E6" in infos(pages)
    assert len(infos(pages)) == 2
    assert misp.payloads[-1]["timestamp"] == int(cursor or 0)


@pytest.mark.parametrize("in_order", [True, False])
def test_killed_pull_resumes_without_loss(in_order: bool) -> None:
    misp = FakeMisp(23)
    misp.sorted = in_order
    with serve(misp.reply) as base:
        server = make_server(base)
        first = [page for page, _ in zip(pull_events(server, options=OPTIONS, limit=5), range(2), strict=False)]
        asked = len(misp.payloads)
        second = list(pull_events(server, options=OPTIONS, limit=5, cursor=first[-1].cursor))
    assert infos(first + second) == everything(23)
    assert infos(first).isdisjoint(infos(second))
    assert misp.payloads[asked]["page"] == 3


def test_event_edited_meanwhile_makes_nobody_vanish() -> None:
    misp = FakeMisp(12)

    def edit(number: int) -> None:
        # The oldest event moves to the end: the first of the second page slips to the page that was read.
        if number == 2:
            misp.edits[min(misp.edits, key=misp.edits.__getitem__)] = NOW + 5

    misp.before = edit
    with serve(misp.reply) as base:
        pages = list(pull_events(make_server(base), options=OPTIONS, limit=5))
    assert infos(pages) == everything(12)
    # Edits made since the search began are looked for again next time.
    assert pages[-1].cursor == str(NOW)


def test_server_that_ignores_pages_gives_all_at_once() -> None:
    misp = FakeMisp(12)
    misp.paged = False
    with serve(misp.reply) as base:
        pages = list(pull_events(make_server(base), options=OPTIONS, limit=5))
    assert infos(pages) == everything(12)
    assert len(misp.payloads) == 2


def test_wrong_key_is_explained_and_not_shown() -> None:
    misp = FakeMisp(1)
    with serve(misp.reply) as base:
        server = make_server(base, key="another-key")
        with pytest.raises(DocumentError, match="Authentication failed") as caught:
            list(pull_events(server, options=OPTIONS))
    assert "another-key" not in str(caught.value) + repr(server)


@pytest.mark.parametrize(
    ("status", "headers", "body", "match"),
    [
        (302, {"Location": "/users/login"}, b"", "answers with another page"),
        (200, {"Content-Type": "text/html"}, b"<html>", "the answer is not JSON"),
        (200, JSON, b'{"response": [', "breaks off"),
        (200, JSON, b'{"errors": "x"}', "there is no MISP event"),
        (500, JSON, b"", "the server has a problem"),
        (405, JSON, b"", "the server refuses the request"),
    ],
)
def test_answer_that_is_no_misp_is_refused(status: int, headers: Mapping[str, str], body: bytes, match: str) -> None:
    with (
        serve(lambda *request: (status, headers, body)) as base,
        pytest.raises(DocumentError, match=match),
    ):
        list(pull_events(make_server(base), options=OPTIONS))


def test_bad_event_of_a_page_is_refused_and_the_others_are_taken() -> None:
    answer = {"response": [{"Event": {"info": "no uuid"}}, {"Event": dump_event(make_event(1))}]}

    def reply(method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[int, Mapping[str, str], bytes]:
        found = answer if json.loads(body)["page"] == 1 else {"response": []}
        return 200, JSON, json.dumps(found).encode()

    with serve(reply) as base:
        page, *_ = pull_events(make_server(base), options=OPTIONS)
    assert [refusal.finding.field for refusal in refusals(page.items)] == ["Event.uuid"]
    assert [record.ref for record in pick(page.items, "other")] == [f"misp-{make_uuid(1)}"]


def test_server_that_pages_without_end_is_left() -> None:
    number = 0

    def reply(*request: Any) -> tuple[int, Mapping[str, str], bytes]:
        nonlocal number
        number += 1
        return 200, JSON, json.dumps({"response": [{"Event": dump_event(make_event(number))}]}).encode()

    with serve(reply) as base, pytest.raises(DocumentError, match="pages without end"):
        list(pull_events(make_server(base), options=OPTIONS, max_pages=4))


def test_smaller_pages_are_asked_for_when_one_is_too_large() -> None:
    misp = FakeMisp(9)
    with serve(misp.reply) as base:
        pages = list(pull_events(make_server(base, limits=HttpLimits(max_bytes=1000)), options=OPTIONS, limit=20))
    assert infos(pages) == everything(9)
    assert [payload["limit"] for payload in misp.payloads[:3]] == [20, 5, 1]


def test_event_larger_than_the_limit_is_refused() -> None:
    misp = FakeMisp(5)
    with serve(misp.reply) as base, pytest.raises(DocumentError, match="the answer is too large"):
        list(pull_events(make_server(base, limits=HttpLimits(max_bytes=100)), options=OPTIONS))


def test_cursor_holds_for_another_size_of_page() -> None:
    misp = FakeMisp(23)
    with serve(misp.reply) as base:
        server = make_server(base)
        first = [page for page, _ in zip(pull_events(server, options=OPTIONS, limit=5), range(3), strict=False)]
        second = list(pull_events(server, options=OPTIONS, limit=4, cursor=first[-1].cursor))
    assert infos(first + second) == everything(23)


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"cursor": "yesterday"}, "not the cursor"),
        ({"cursor": "1/2"}, "not the cursor"),
        ({"limit": 0}, "at least one"),
    ],
)
def test_wrong_option_is_refused_before_anything_is_asked(changes: dict[str, Any], match: str) -> None:
    misp = FakeMisp(1)
    with serve(misp.reply) as base, pytest.raises(UsageError, match=match):
        list(pull_events(make_server(base), options=OPTIONS, **changes))
    assert misp.payloads == []


def test_key_with_a_line_break_is_refused() -> None:
    server = MispServer(url="https://misp.example.org", key="abc\n")
    with pytest.raises(UsageError, match="the token or key is not one"):
        list(pull_events(server, options=OPTIONS))
