"""Streamed JSON: what is yielded, what is refused and where, and that nothing grows without bound."""

from __future__ import annotations

import io
import json
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.core.errors import DocumentError
from hygie.store.json_stream import read_head, stream_items, stream_members, walk_json


def items(content: bytes, **options: Any) -> list[tuple[int, Any]]:
    return list(stream_items(io.BytesIO(content), name="feed.json", **options))


class Endless:
    """A stream that repeats a few bytes for ever, after a beginning."""

    def __init__(self, unit: bytes, *, head: bytes = b"") -> None:
        self._unit, self._left = unit, head
        self.given = 0

    def read(self, size: int = -1, /) -> bytes:
        assert size > 0, "an endless stream is never read whole"
        while len(self._left) < size:
            self._left += self._unit * (1 + (size // len(self._unit)))
        chunk, self._left = self._left[:size], self._left[size:]
        self.given += len(chunk)
        return chunk


class Trickle:
    """A stream that gives one byte at a time."""

    def __init__(self, content: bytes) -> None:
        self._stream = io.BytesIO(content)

    def read(self, size: int = -1, /) -> bytes:
        return self._stream.read(min(size, 1))


@pytest.mark.parametrize(
    ("content", "path", "expected"),
    [
        (b'[{"a": 1}, 2, "x", null, true, 2.0]', (), [{"a": 1}, 2, "x", None, True, 2.0]),
        (b'[{"a": 1}, {"b": [[], {}]}]', None, [{"a": 1}, {"b": [[], {}]}]),
        (b'{"a": {"b": 1}}', None, [{"a": {"b": 1}}]),
        (b'{"a": 1}\n{"b": 2}\n\n{"c": 3}\n', None, [{"a": 1}, {"b": 2}, {"c": 3}]),
        (b'{"v": 1, "other": [1, {"items": [9]}], "items": [1, 2]}', ("items",), [1, 2]),
        (b'{"a": {"x": [7], "b": [1]}, "b": [2]}', ("a", "b"), [1]),
        (b"\xef\xbb\xbf[1]", (), [1]),
        (b"[]", (), []),
        (rb'["\\ud800", "\ud83d\ude00", "\u00e9"]', (), ["\\ud800", "😀", "é"]),
        (b"[9223372036854775807, -0.0, 1e-7]", (), [9223372036854775807, -0.0, 1e-7]),
    ],
)
def test_items_of_a_list(content: bytes, path: tuple[str, ...] | None, expected: list[Any]) -> None:
    assert items(content, path=path) == list(enumerate(expected))
    assert list(stream_items(Trickle(content), name="feed.json", path=path)) == list(enumerate(expected))


@pytest.mark.parametrize(
    ("content", "path", "message"),
    [
        (b"", None, "the document is empty"),
        (b" \n ", None, "the document is empty"),
        (b'[{"a": 1}', None, "breaks off before its end, near byte 9"),
        (b'{"a": "abc', None, "breaks off"),
        (b"tru", None, "not sound JSON"),
        (b'["\xff"]', (), "not valid UTF-8"),
        (b'["\xed\xa0\x80"]', (), "not valid UTF-8"),
        ('{"a": 1}'.encode("utf-16"), None, "the text is not UTF-8"),
        (b"[NaN]", (), "invalid char in json text"),
        (b"[Infinity]", (), "not sound JSON"),
        (b"[1e999]", (), "too large to be exact"),
        (b"[12345678901234567890]", (), "too large to be exact"),
        (b"[" + b"9" * 5000 + b"]", (), "too large to be exact"),
        (b"[1,]", (), "unallowed token"),
        (b"[01]", (), "not sound JSON"),
        (b"[1] x", (), "not sound JSON"),
        (b"[1] ]", (), "not sound JSON"),
        (b"[1][2]", (), "goes on after its end"),
        (b'{"items": []} {"items": []}', ("items",), "goes on after its end"),
        (b'[{"a": 1}]{"a": 1}', None, "goes on after its end"),
        (b'["a\nb"]', (), "not sound JSON"),
        (b"[1] // no", (), "not sound JSON"),
        (rb'["\ud800"]', (), "half of a surrogate pair, near byte 2"),
        (rb'["\\\udc00"]', (), "half of a surrogate pair, near byte 4"),
        (rb'["\udc00\ud83d"]', (), "half of a surrogate pair"),
        (b'[{"a": 1, "a": 2}]', (), "a key is given twice"),
        (b'{"items": [], "items": []}', ("items",), "a key is given twice"),
        (b'{"items": {"a": 1}}', ("items",), "does not hold a list at “items”"),
        (b'{"other": []}', ("items",), "does not hold a list at “items”"),
        (b"[1]", ("items",), "does not hold a list"),
        (b'{"a": 1}', (), "does not hold a list"),
        (b"12", None, "not made of objects"),
        (b'{"a": 1} [2]', None, "not made of objects"),
    ],
)
def test_what_is_not_sound_is_refused(content: bytes, path: tuple[str, ...] | None, message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        items(content, path=path)
    finding = caught.value.findings[0]
    assert finding.file == "feed.json"
    assert finding.repair
    with pytest.raises(DocumentError, match=message.split(", near")[0]):
        list(stream_items(Trickle(content), name="feed.json", path=path))


def test_the_place_of_a_fault_is_named() -> None:
    with pytest.raises(DocumentError, match="twice") as caught:
        items(b'{"objects": [{"a": 1}, {"b": {"c": 1, "c": 2}}]}', path=("objects",))
    assert caught.value.findings[0].field == "objects[1]"
    with pytest.raises(DocumentError, match=r"in or after objects\[1\]"):
        items(b'{"objects": [{"a": 1}, {"b": 1', path=("objects",))


def test_items_before_a_fault_have_been_yielded() -> None:
    iterator = stream_items(io.BytesIO(b"[1, 2, 3,"), name="f", path=())
    assert [next(iterator) for _ in range(3)] == [(0, 1), (1, 2), (2, 3)]
    with pytest.raises(DocumentError, match="breaks off"):
        next(iterator)


@pytest.mark.parametrize(
    ("unit", "head", "path", "message"),
    [
        (b"[", b"", None, "nesting is too deep"),
        (b'{"a":', b"", None, "nesting is too deep"),
        (b"[", b'{"skipped": ', ("items",), "nesting is too deep"),
        (b'{"a":[', b'{"items": [', ("items",), "nesting is too deep"),
        (b"a", b'["', (), "one value is too large"),
        (b"1", b"[", (), "one value is too large"),
        (b" ", b"[", (), "one value is too large"),
        (b"ab", b'{"', None, "one item is too large"),
        (b"1,", b"[[", (), "more than 500,000 values"),
        (b'"' + b"x" * 1000 + b'",', b"[[", (), "more than 16,777,216 bytes"),
        (b"{},", b"[[", (), "more than 500,000 values"),
        (b"[],", b'{"skipped": "', ("items",), "one value is too large"),
    ],
)
def test_a_stream_without_end_is_refused_early(
    unit: bytes, head: bytes, path: tuple[str, ...] | None, message: str
) -> None:
    stream = Endless(unit, head=head)
    tracemalloc.start()
    try:
        with pytest.raises(DocumentError, match=message):
            for _ in stream_items(stream, name="feed.json", path=path):
                pass
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert stream.given < 64 * 1024**2
    assert peak < 250 * 1024**2


def test_ten_million_brackets_are_refused_at_once() -> None:
    stream = io.BytesIO(b"[" * 10_000_000 + b"]" * 10_000_000)
    with pytest.raises(DocumentError, match="nesting is too deep"):
        list(stream_items(stream, name="deep.json", path=()))
    assert stream.tell() < 1024**2


def test_many_items_cost_no_more_memory_than_one() -> None:
    def measure(count: int) -> int:
        text = b'{"name": "' + b"x" * 200 + b'", "list": [1, 2, 3]},'

        def chunks() -> Iterator[bytes]:
            yield b'{"items": ['
            for _ in range(count):
                yield text
            yield b"{}]}"

        class Stream:
            def __init__(self) -> None:
                self._chunks, self._left = chunks(), b""

            def read(self, size: int = -1, /) -> bytes:
                while len(self._left) < size and (chunk := next(self._chunks, b"")):
                    self._left += chunk
                chunk, self._left = self._left[:size], self._left[size:]
                return chunk

        tracemalloc.start()
        try:
            assert sum(1 for _ in stream_items(Stream(), name="f", path=("items",))) == count + 1
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    measure(10)
    assert measure(30_000) < measure(3_000) * 1.5 + 2**20


def test_depth_and_item_limits_are_those_asked_for() -> None:
    assert items(b"[[[1]]]", path=(), max_depth=3) == [(0, [[1]])]
    with pytest.raises(DocumentError, match="too deep"):
        items(b"[[[1]]]", path=(), max_depth=2)
    with pytest.raises(DocumentError, match="one item is too large"):
        items(b"[[" + b'"abc",' * 100_000 + b"1]]", path=(), max_item_bytes=200_000)


def test_members_of_documents() -> None:
    content = b'{"id": "b", "objects": [{"x": 1}, 2], "more": {"a": [1]}}\n[3, {"y": 4}]\n{"objects": {"z": 5}}'
    found = [
        (member.document, member.key, member.index, member.value)
        for member in stream_members(io.BytesIO(content), name="f", lists={"objects"})
    ]
    assert found == [
        (0, "id", None, "b"),
        (0, "objects", 0, {"x": 1}),
        (0, "objects", 1, 2),
        (0, "more", None, {"a": [1]}),
        (1, None, 0, 3),
        (1, None, 1, {"y": 4}),
        (2, "objects", None, {"z": 5}),
    ]
    with pytest.raises(DocumentError, match="neither an object nor a list"):
        list(stream_members(io.BytesIO(b"12"), name="f"))


def test_head_is_read_without_the_rest() -> None:
    head = read_head(Endless(b"[1],", head=b'{"version": "2", "count": 3, "rows": ['), name="f")
    assert head.shape == "object"
    assert dict(head.members) == {"version": "2", "count": 3}
    assert read_head(io.BytesIO(b"[1]"), name="f").shape == "array"
    assert read_head(io.BytesIO(b'"x"'), name="f").shape == "value"
    with pytest.raises(DocumentError, match="not sound JSON"):
        read_head(io.BytesIO(b"<html>"), name="f")


def test_without_the_compiled_parser_nothing_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def miss(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr("ijson.get_backend", miss)
    with pytest.raises(DocumentError, match="compiled parser of ijson is missing"):
        items(b"[1]", path=())


def test_walk_opens_builds_and_skips_as_told() -> None:
    def decide(path: tuple[str | int, ...], shape: str) -> Any:
        if path[-1] == "secret":
            return "skip"
        return "build" if shape == "value" or path[-1] == "whole" else "open"

    content = b'{"a": {"secret": {"x": 1}, "b": [1, {"c": 2}]}, "whole": {"d": [3]}}'
    assert list(walk_json(io.BytesIO(content), name="f", decide=decide)) == [
        ((0, "a", "b", 0), 1),
        ((0, "a", "b", 1, "c"), 2),
        ((0, "whole"), {"d": [3]}),
    ]


values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63) + 1, 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(value=st.lists(values, max_size=5), ascii_only=st.booleans())
def test_what_the_standard_library_writes_is_read_back(value: list[Any], ascii_only: bool) -> None:
    try:
        content = json.dumps(value, ensure_ascii=ascii_only).encode()
    except UnicodeEncodeError:
        pytest.fail("no lone surrogates are generated")
    assert [item for _, item in items(content, path=())] == value
    # JSON repeats integers as integers and floats as floats.
    assert repr([item for _, item in items(content, path=())]) == repr(json.loads(content))
    assert [item for _, item in stream_items(Trickle(content), name="f", path=())] == value
