"""JSON parsed block by block: the events of each block of bytes, and what is not sound in it, in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import ijson  # type: ignore[import-untyped]

from hygie.core.errors import DocumentError
from hygie.store.byte_sources import Readable

__all__ = ["BLOCK_BYTES", "Flaw", "JsonBlock", "parse_blocks"]

# Bytes read at a time; they grow while one value stays unfinished.
BLOCK_BYTES = 1 << 16
_LARGEST_BLOCK = 1 << 22
_BOM = b"\xef\xbb\xbf"
_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")
# In JSON a backslash stands inside a string only and begins an escape: reading them in order needs no other context.
_ESCAPE = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_PAIR_BYTES = 12


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is not sound, and how to repair it."""

    reason: str
    repair: str


@dataclass(frozen=True, slots=True)
class JsonBlock:
    """Events of one block of bytes [start, end), and what ended the parsing in it."""

    start: int
    end: int
    events: list[tuple[str, Any]]
    error: Flaw | None = None


def parse_blocks(stream: Readable, *, name: str, max_token_bytes: int) -> Iterator[JsonBlock]:
    """Yield the parsing events of a stream of JSON documents, block by block; the last block may carry a flaw.

    Raises
    ------
    DocumentError
        One text or number is larger than `max_token_bytes`, or a text holds half of a surrogate pair.
    """
    events: Any = ijson.sendable_list()
    parser = _load_parser(name).basic_parse_coro(events, use_float=True, multiple_values=True)
    surrogates = _SurrogateCheck(name)
    size, offset, token_start, blank = BLOCK_BYTES, 0, 0, True
    while True:
        chunk = _read_full(stream, size)
        start, offset = offset, offset + len(chunk)
        surrogates.feed(chunk, offset=offset, final=len(chunk) < size)
        flaw = _send(parser, chunk.removeprefix(_BOM) if start == 0 else chunk)
        blank = blank and not chunk.removeprefix(_BOM).strip()
        if flaw is not None and blank:
            flaw = Flaw("the document is empty", "check that this is the right file, and that it was fetched whole")
        elif flaw is not None and start == 0 and chunk.startswith(_OTHER_BOMS):
            flaw = Flaw("the text is not UTF-8", "save the file as UTF-8")
        found = list(events)
        del events[:]
        yield JsonBlock(start, offset, found, flaw)
        if not chunk or flaw is not None:
            return
        if found:
            token_start, size = start, BLOCK_BYTES
        elif offset - token_start > max_token_bytes:
            raise DocumentError(
                f"one value is too large, near byte {token_start:,}",
                file=name,
                value=f"more than {max_token_bytes:,} bytes",
                allowed=f"at most {max_token_bytes:,} bytes",
                repair="check where the file comes from, or cut the value out",
            )
        else:
            # The parser reads an unfinished value again with each block: growing blocks keep that linear.
            size = min(size * 2, _LARGEST_BLOCK)


def _load_parser(name: str) -> Any:
    # The parser of ijson in pure Python reads on where this one stops: larger numbers, halves of surrogate pairs,
    # nesting and texts without end.
    try:
        return ijson.get_backend("yajl2_c")
    except ImportError:
        raise DocumentError(
            "JSON cannot be read here: the compiled parser of ijson is missing",
            file=name,
            repair="install ijson from a wheel: pip install --only-binary ijson --force-reinstall ijson",
        ) from None


def _read_full(stream: Readable, size: int) -> bytes:
    # A stream may give less than it is asked for long before its end.
    chunk = stream.read(size)
    if len(chunk) == size:
        return chunk
    parts, missing = [chunk], size - len(chunk)
    while missing > 0 and (chunk := stream.read(missing)):
        parts.append(chunk)
        missing -= len(chunk)
    return b"".join(parts)


def _send(parser: Any, chunk: bytes) -> Flaw | None:
    try:
        if chunk:
            parser.send(chunk)
        else:
            parser.close()
    except UnicodeDecodeError:
        return Flaw("a text is not valid UTF-8", "save the file as UTF-8")
    except (ijson.JSONError, StopIteration) as error:
        return _explain(str(error))
    return None


def _explain(message: str) -> Flaw:
    """Put the parser's words into ours; its own first line is kept where we have none."""
    text = message.removeprefix("b'").replace("\\n", "\n").split("\n", 1)[0]
    lower = text.lower()
    if "premature eof" in lower or "incomplete json" in lower:
        return Flaw("it breaks off before its end", "fetch the file again: it was cut short")
    if "utf" in lower:
        return Flaw("a text is not valid UTF-8", "save the file as UTF-8")
    if "overflow" in lower:
        return Flaw("a number is too large to be exact", "write it as a text, or correct it")
    reason = re.sub(r"^(parse|lexical) error: ?", "", text).strip().rstrip(".") or "it cannot be parsed"
    return Flaw(reason, "check the file with a JSON validator; NaN, comments and trailing commas are not JSON")


class _SurrogateCheck:
    """Refuse half of a surrogate pair: no text holds it, and parsers replace it without a word."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._carry = b""

    def feed(self, chunk: bytes, *, offset: int, final: bool) -> None:
        # Escapes are read from the first that the former block left unfinished.
        data = self._carry + chunk
        settled = len(data) if final else len(data) - _PAIR_BYTES
        self._carry = b""
        if b"\\" not in data:
            return
        start = 0
        while (position := data.find(b"\\", start)) >= 0:
            if position > settled:
                self._carry = data[position:]
                return
            match = _ESCAPE.match(data, position)
            if match is None:
                return
            if match["lone"] is not None:
                raise DocumentError(
                    f"a text holds half of a surrogate pair, near byte {offset - len(data) + position:,}",
                    file=self._name,
                    value=match[0].decode("ascii", "replace"),
                    allowed="whole characters",
                    repair="correct the escape: a character above U+FFFF takes two, such as \\ud83d\\ude00",
                )
            start = match.end()
