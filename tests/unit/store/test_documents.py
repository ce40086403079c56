"""Documents: what is accepted, what is refused, and how fast."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from hygie.core.errors import DataError, DocumentError, SchemaError
from hygie.store.documents import parse_document, read_document
from hygie.store.yaml_reader import MAX_DEPTH, MAX_NODES


@pytest.fixture(params=["libyaml", "python"])
def scanner(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both scanners of PyYAML: the one in C, and the one used where libyaml is not installed."""
    if request.param == "python":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    yield request.param


def parse(text: str | bytes, name: str = "file.yaml") -> object:
    return parse_document(text.encode() if isinstance(text, str) else text, name=name).data


SCALARS = {
    "yes": "yes",
    "no": "no",
    "on": "on",
    "Off": "Off",
    "True": "True",
    "true": True,
    "false": False,
    "null": None,
    "~": None,
    "": None,
    "2026-01-02": "2026-01-02",
    "2026-01-02T10:00:00Z": "2026-01-02T10:00:00Z",
    "1:30": "1:30",
    "190:20:30": "190:20:30",
    "010": "010",
    "010000024": "010000024",
    "0o17": "0o17",
    "0x1F": "0x1F",
    "0b11": "0b11",
    "1_000": "1_000",
    ".inf": ".inf",
    ".nan": ".nan",
    "12": 12,
    "-0": 0,
    "+5": 5,
    "1.5": 1.5,
    "-.5": -0.5,
    "1e3": 1000.0,
    "'12'": "12",
    '"true"': "true",
    "1,5": "1,5",
    "é à “ ” 🏥": "é à “ ” 🏥",
}


@pytest.mark.parametrize(("text", "expected"), SCALARS.items())
def test_scalars_follow_the_json_schema(scanner: str, text: str, expected: object) -> None:
    value = parse(f"a: {text}")["a"]  # type: ignore[index]
    assert value == expected
    assert type(value) is type(expected)


def test_keys_are_always_text(scanner: str) -> None:
    assert parse('2024: a\ntrue: b\n"x y": c') == {"2024": "a", "true": "b", "x y": "c"}


def test_json_is_read_as_json_does(scanner: str) -> None:
    value = {"a": [1, -2.5, 1e-7, None, True, "é 🏥 \\ud83d / \n"], "b": {}, "c": [], "no": "no"}
    for indent in (None, 1):
        assert parse(json.dumps(value, indent=indent), "file.JSON") == value


def test_json_indented_with_tabs_is_read() -> None:
    if not yaml.__with_libyaml__:
        pytest.skip("the Python scanner refuses tabs")
    assert parse('{\n\t"a": [1,\n\t2]}', "file.json") == {"a": [1, 2]}


def test_byte_order_mark_and_windows_line_ends_are_read(scanner: str) -> None:
    document = parse_document(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n", name="file.yaml")
    assert document.data == {"a": 1, "b": 2}
    assert document.line_of(("b",)) == 2


def test_every_key_and_item_has_its_line(scanner: str) -> None:
    text = "# head\nbeds:\n  mco: 1\n  list:\n    - a\n    - {b: 1,\n       c: 2}\nlast: [1, 2]\n"
    document = parse_document(text.encode(), name="file.yaml")
    lines = {
        (): 2,
        ("beds",): 2,
        ("beds", "mco"): 3,
        ("beds", "list"): 4,
        ("beds", "list", 0): 5,
        ("beds", "list", 1): 6,
        ("beds", "list", 1, "c"): 7,
        ("last", 1): 8,
    }
    assert {path: document.line_of(path) for path in lines} == lines
    assert document.line_of(("beds", "list", 2)) is None
    assert document.line_of(("beds", "list", "x")) is None
    assert document.line_near(("beds", "list", 1, "nothing", 3)) == 6


def test_value_at_follows_a_path_or_suggests() -> None:
    document = parse_document(b"beds:\n  mco: [4, 5]\n", name="file.yaml")
    assert document.value_at(("beds", "mco", 1)) == 5
    with pytest.raises(SchemaError, match=r"“mc” is missing[\s\S]*beds\.mc\b[\s\S]*did you mean “mco”"):
        document.value_at(("beds", "mc"))


REFUSED = {
    "empty": ("", "the file is empty"),
    "comment only": ("# nothing\n", "the file is empty"),
    "null": ("null\n", "the file is empty"),
    "anchor": ("a: &x 1\nb: 2", "anchors"),
    "alias": ("a: 1\nb: *x", "anchors"),
    "bomb": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "anchors"),
    "python tag": ("a: !!python/object/apply:os.system ['true']", "tags"),
    "standard tag": ("a: !!str 1", "tags"),
    "local tag": ("a: !env HOME", "tags"),
    "bare tag": ("a: ! x", "tags"),
    "merge key": ("a:\n  <<: {b: 1}", "merge keys"),
    "directive": ("%YAML 1.1\n---\na: 1", "directives are not accepted"),
    "late directive": ("a: 1\n...\n%TAG ! x\n---\nb: 1", "directives are not accepted"),
    "two documents": ("a: 1\n---\nb: 2", "several documents"),
    "duplicate key": ("a: 1\nb: 2\na: 3", r"line|“a” stands twice, first on line 1"),
    "duplicate after quotes": ("1: a\n'1': b", "“1” stands twice"),
    "complex key": ("? [a, b]\n: 1", "a key must be a single text"),
    "flow key": ("{a: 1}: 2", "a key must be a single text"),
    "empty key": ('"": 1', "a key is empty"),
    "not UTF-8": (b"a: caf\xe9", "not UTF-8"),
    "UTF-16": ("a: 1".encode("utf-16"), "not UTF-8"),
    "NUL": ("a: \0", "control character"),
    "escape sequence": ("a: \x1b[31m", "control character"),
    "line separator": ("a: b\u2028c: d", "control character"),
    "right-to-left override": ("a: \u202egnp.exe", "control character"),
    "escaped NUL": ('a: "\\0"', "control character"),
    "escaped bell": ('a: "\\x07"', "control character"),
    "lone surrogate": ('a: "\\ud800"', "surrogate|not valid YAML|control character"),
    "impossible character": ('a: "\\UFFFFFFFF"', "not valid YAML"),
    "tab": ("a:\n\tb: 1", r"not valid YAML[\s\S]*spaces, not tabs"),
    "colon": ("a: b: c", r"not valid YAML[\s\S]*in quotes"),
    "indentation": ("a: 1\n  b: 2\n c: 3", "not valid YAML"),
    "open bracket": ("a: [1, 2", "not valid YAML"),
    "open quote": ("a: 'x", "not valid YAML"),
    "long number": ("a: " + "9" * 5000, "a number is too long"),
    "huge number": ("a: 1e999", "a number is too large"),
}


@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_hostile_text_is_refused(scanner: str, text: str | bytes, message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        parse(text)
    finding = caught.value.findings[0]
    assert finding.file == "file.yaml"
    assert finding.repair
    assert len(caught.value.findings) == 1


def test_duplicate_key_names_both_lines(scanner: str) -> None:
    with pytest.raises(SchemaError, match="first on line 2") as caught:
        parse("x:\n  a: 1\n  b: 2\n  a: 3")
    assert caught.value.findings[0].line == 4


def test_messages_name_json_for_json() -> None:
    with pytest.raises(DocumentError, match="not valid JSON"):
        parse('{"a": [1, }', "file.json")


# Each would take minutes, or the whole memory, in a reader that loads first and checks later.
FLOODS = {
    "open lists": ("[" * 1_000_000, "nested too deeply|too many entries"),
    "open lists by line": ("[\n" * 500_000, "nested too deeply"),
    "open mappings": ("{k: " * 500_000, "nested too deeply"),
    "block lists": ("- " * 1_000_000, "nested too deeply"),
    "staircase": ("\n".join(" " * depth + "a:" for depth in range(3000)), "nested too deeply"),
    "flat list": ("- a\n" * 500_000, "too many entries"),
    "flat mapping": ("".join(f"k{i}:\n" for i in range(150_000)), "too many entries"),
    "commas": ("[" + "a," * 500_000 + "]", "too many entries"),
    "tag directives": ("".join(f"%TAG !a{i}! b\n" for i in range(150_000)) + "--- a", "directives"),
    "exclamation marks": ("!" * 1_000_000, "tags"),
    "digits": ("9" * 1_000_000, "a number is too long"),
    "long key": ("k" * 1_000_000 + ": 1", "not valid YAML"),
}


@pytest.mark.parametrize(("text", "message"), FLOODS.values(), ids=FLOODS.keys())
def test_floods_are_refused_fast(text: str, message: str) -> None:
    started = time.perf_counter()
    with pytest.raises(DocumentError, match=message):
        parse(text)
    assert time.perf_counter() - started < 5.0


def test_python_scanner_stops_at_the_depth_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader", raising=False)
    with pytest.raises(DocumentError, match="nested too deeply"):
        parse("[" * 100_000)


def test_random_bytes_are_refused_fast(tmp_path: Path) -> None:
    path = tmp_path / "noise.yaml"
    path.write_bytes(random.Random(1).randbytes(10_000_000))
    started = time.perf_counter()
    with pytest.raises(DocumentError, match="the file is too large") as caught:
        read_document(path)
    assert time.perf_counter() - started < 1.0
    assert len(str(caught.value).splitlines()) <= 4
    with pytest.raises(DocumentError, match="not UTF-8"):
        read_document(path, max_bytes=20_000_000)


def test_printable_noise_never_escapes_the_error_tree() -> None:
    # Whatever the text, the answer is a document or one located refusal.
    source = random.Random(2)
    signs = "ab1:-,[]{}#&*!|>'\"%@`?~\\ \n\t.é0"
    refused = 0
    for _ in range(1000):
        text = "".join(source.choices(signs, k=source.randrange(1, 30)))
        try:
            parse(text)
        except DataError as error:
            refused += 1
            assert error.findings[0].file == "file.yaml"
            assert error.findings[0].repair
    assert 0 < refused < 1000


def test_limits_are_inclusive() -> None:
    deepest = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    value = parse(deepest)
    for _ in range(MAX_DEPTH - 1):
        (value,) = value  # type: ignore[misc]
    assert value == []
    with pytest.raises(DocumentError, match=f"at most {MAX_DEPTH} levels"):
        parse(f"[{deepest}]")
    assert len(parse("- a\n" * (MAX_NODES - 1))) == MAX_NODES - 1  # type: ignore[arg-type]
    with pytest.raises(DocumentError, match="too many entries"):
        parse("- a\n" * MAX_NODES)


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    (tmp_path / "facility.yaml").write_text("a: 1")
    with pytest.raises(DocumentError, match=r"no such file[\s\S]*did you mean “facility.yaml”"):
        read_document(tmp_path / "facilty.yaml")
    with pytest.raises(DocumentError, match="this is a folder"):
        read_document(tmp_path)
    with pytest.raises(DocumentError, match="cannot be read"):
        read_document(tmp_path / "a\0b")
    with pytest.raises(DocumentError, match="cannot be read"):
        read_document(tmp_path / ("x" * 5000))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_pipes_are_refused_without_waiting(tmp_path: Path) -> None:
    path = tmp_path / "pipe.yaml"
    os.mkfifo(path)
    with pytest.raises(DocumentError, match="not a regular file"):
        read_document(path)


def test_read_document_names_the_file_and_keeps_the_data(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text("beds: 120\n", encoding="utf-8")
    document = read_document(path)
    assert document.name == str(path)
    assert document.data == {"beds": 120}
