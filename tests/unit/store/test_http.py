"""The HTTP client of the importers, apart from any protocol."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from hygie.core.errors import DocumentError, UsageError
from hygie.store.http import Authorization, HttpClient, HttpLimits, HttpTools, Wait
from hygie.store.http_answers import HttpAnswer, explain_status, show_url
from misp_kit import serve

NOW = 1_790_000_000.0


def answer(status: int = 429, *, body: bytes = b"", **headers: str) -> HttpAnswer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return HttpAnswer(url="https://example.org/a?key=secret", status=status, headers=named, body=body)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("Mon, 21 Sep 2026 14:14:20 GMT", 60.0),
        ("Sun, 20 Sep 2026 14:14:20 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("Mon, 99 Sep 2026 14:14:20 GMT", None),
        ("9" * 400, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert explain_status(answer(retry_after=text), now=NOW).retry_after_s == seconds


@pytest.mark.parametrize(("status", "passing"), [(429, True), (503, True), (500, True), (401, False), (404, False)])
def test_only_what_may_pass_is_tried_again(status: int, passing: bool) -> None:
    assert explain_status(answer(status), now=NOW).passing is passing


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"title": "Too much", "description": "wait"}', "429: Too much – wait"),
        (b'{"name": "Same", "message": "Same"}', "429: Same"),
        (b'{"message": {"a": 1}}', "429"),
        (b"[" * 100_000, "429"),
        (b"<html>", "429"),
        (b"\xff", "429"),
    ],
)
def test_words_of_the_server_are_found(body: bytes, words: str) -> None:
    assert explain_status(answer(body=body), now=NOW).value == words


def test_message_shows_no_secret() -> None:
    failure = explain_status(answer(body=b'{"title": "bad key abc"}'), now=NOW, secrets=("abc",))
    text = str(failure.to_error())
    assert "https://example.org/a" in text
    assert "secret" not in text
    assert "abc" not in text


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://me:pw@example.org:8443/a?b=c#d", "https://example.org:8443/a"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
        ("https://example.org:99999/", "(not an address)"),
    ],
)
def test_address_is_shown_without_what_it_hides(url: str, shown: str) -> None:
    assert show_url(url) == shown


def test_media_type_is_read_in_lower_case() -> None:
    found = answer(content_type='Application/TAXII+json; Version="2.1"')
    assert found.media_type == ("application/taxii+json", {"version": "2.1"})
    assert answer().media_type == ("", {})


def test_basic_credentials_are_utf8() -> None:
    assert Authorization.from_password("zoé", "mot de passe é").header == "Basic em/DqTptb3QgZGUgcGFzc2Ugw6k="


@pytest.mark.parametrize("text", [b"a\nb", b"a\tb", "clé".encode(), b""])
def test_key_that_a_header_cannot_hold_is_refused(text: bytes) -> None:
    with pytest.raises(UsageError, match="is not one") as caught:
        Authorization.from_key(text.decode())
    assert "a b" not in str(caught.value)


def fetch(base: str, **changes: Any) -> HttpAnswer:
    with HttpClient(base, **changes) as client:
        return client.get(base, accept="*/*")


def test_compressed_answer_is_measured_unpacked() -> None:
    bomb = gzip.compress(b"a" * 50_000_000)

    def reply(*request: Any) -> tuple[int, Mapping[str, str], bytes]:
        return 200, {"Content-Encoding": "gzip"}, bomb

    with serve(reply) as base:
        assert len(bomb) < 100_000
        with pytest.raises(DocumentError, match="the answer is too large"):
            fetch(base, limits=HttpLimits(max_bytes=100_000))


def test_wrong_compression_is_explained() -> None:
    with (
        serve(lambda *request: (200, {"Content-Encoding": "gzip"}, b"not gzip")) as base,
        pytest.raises(DocumentError, match="compressed wrongly"),
    ):
        fetch(base)


def test_long_error_page_is_not_read_whole() -> None:
    with serve(lambda *request: (404, {}, b"x" * 5_000_000)) as base, pytest.raises(DocumentError, match="nothing at"):
        fetch(base)


def test_waits_grow_and_are_told() -> None:
    slept: list[float] = []
    told: list[Wait] = []
    tools = HttpTools(sleep=slept.append, on_wait=told.append)
    limits = HttpLimits(attempts=6, backoff_s=10.0, longest_wait_s=60.0)
    with serve(lambda *request: (503, {}, b"")) as base, pytest.raises(DocumentError, match="has a problem"):
        fetch(base, limits=limits, tools=tools)
    assert slept == [10.0, 20.0, 40.0, 60.0, 60.0]
    assert [wait.seconds for wait in told] == slept


def test_server_without_tls_is_explained() -> None:
    with serve(lambda *request: (200, {}, b"")) as base:
        address = base.replace("http://", "https://")
        tools = HttpTools(sleep=lambda seconds: None)
        with pytest.raises(DocumentError, match="the server speaks no TLS"):
            fetch(address, tools=tools)


def test_missing_certificate_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no file of certificates"):
        HttpClient("https://example.org", ca_file=tmp_path / "ca.pem")


def test_unused_method_of_waiting_costs_nothing() -> None:
    slept: list[float] = []
    with serve(lambda *request: (200, {}, b"ok")) as base:
        assert fetch(base, tools=HttpTools(sleep=slept.append)).body == b"ok"
    assert slept == []
