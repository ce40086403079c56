"""From the text of a YAML or JSON file to plain data, in one pass over parser events.

Nothing here is recursive, so a file can exhaust neither the stack nor the memory, and only what a data file
needs is accepted: no anchors, tags, directives, merge keys or duplicate keys. Scalars follow the JSON part
of the YAML 1.2 core schema: `true`, `false`, `null`, decimal numbers, and everything else is text. So `no`
stays a word, `2026-01-02` a date in text and `010000024` a FINESS number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from math import isinf
from typing import Any, NoReturn, cast

import yaml

from hygie.core.errors import DocumentError, SchemaError

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_NODES", "Places", "read_text"]

# Ceilings, far above what a person or a pack writes.
MAX_BYTES = 8 * 2**20
MAX_NODES = 200_000
MAX_DEPTH = 40
MAX_DIGITS = 40

Places = tuple[int, "dict[str, Places] | list[Places] | None"]

# Control characters, and the invisible ones that reorder text on screen or end a line for some readers only.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]"
)
# Directives are refused before parsing: libyaml compares each with all the others.
_DIRECTIVE = re.compile(r"(?:^|\r)%(?:YAML|TAG)\b", re.MULTILINE)
_JSON_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None, "~": None, "": None}


def read_text(data: bytes, *, name: str, max_bytes: int = MAX_BYTES) -> tuple[Any, Places]:
    """Return the plain data of one YAML or JSON text, and the line of each entry in the same shape.

    Raises
    ------
    DocumentError, SchemaError
        See `hygie.store.documents.parse_document`.
    """
    if len(data) > max_bytes:
        raise DocumentError(
            "the file is too large",
            file=name,
            allowed=f"at most {max_bytes / 2**20:g} MiB",
            repair="check that this is the right file, or split it",
        )
    text = _decode_text(data, name)
    if _is_json(name):
        text = _JSON_PAIR.sub(_join_pair, text)
    return _Builder(name).build(text)


def _decode_text(data: bytes, name: str) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DocumentError(
            "the file is not UTF-8 text",
            file=name,
            line=data.count(b"\n", 0, error.start) + 1,
            value=f"byte 0x{data[error.start]:02x}",
            repair="check that this is a text file, and save it as UTF-8",
        ) from None
    found = _FORBIDDEN.search(text)
    if found:
        raise DocumentError(
            "the file holds a control character",
            file=name,
            line=text.count("\n", 0, found.start()) + 1,
            value=f"U+{ord(found.group()):04X}",
            repair="remove the invisible character",
        )
    directive = _DIRECTIVE.search(text)
    if directive:
        raise DocumentError(
            "YAML directives are not accepted",
            file=name,
            line=text.count("\n", 0, directive.start()) + 1,
            repair="remove the line that starts with “%”",
        )
    return text


def _is_json(name: str) -> bool:
    return name.lower().endswith(".json")


def _join_pair(match: re.Match[str]) -> str:
    # JSON writes characters beyond the basic plane as two escapes, YAML as one.
    high, low = int(match[2], 16), int(match[3], 16)
    return f"{match[1]}\\U{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):08x}"


@dataclass(slots=True)
class _Frame:
    """A mapping or list being filled, with the key that waits for its value."""

    content: dict[str, Any] | list[Any]
    places: dict[str, Places] | list[Places]
    line: int
    key: str | None = None
    key_line: int = 0


class _Builder:
    """Builds one document from parser events."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.format = "JSON" if _is_json(name) else "YAML"
        self.stack: list[_Frame] = []
        self.root: tuple[Any, Places] | None = None
        self.nodes = 0

    def refuse(
        self, message: str, *, line: int, value: object = None, allowed: str | None = None, repair: str
    ) -> NoReturn:
        raise DocumentError(message, file=self.name, line=line, value=value, allowed=allowed, repair=repair)

    def build(self, text: str) -> tuple[Any, Places]:
        # The C scanner is much faster; both give the same events.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            self._consume(cast("Iterable[yaml.Event]", yaml.parse(text, Loader=loader)))
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            # What is never closed is noticed after the last line.
            last = text.rstrip().count("\n") + 1
            raise DocumentError(
                f"the file is not valid {self.format}: {error.problem or error.context}",
                file=self.name,
                line=min(mark.line + 1, last) if mark else None,
                repair=_explain_syntax(error.problem or ""),
            ) from None
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise DocumentError(
                f"the file is not valid {self.format}: {reason}",
                file=self.name,
                repair="check the characters of the file",
            ) from None
        if self.root is None or self.root[0] is None:
            self.refuse("the file is empty", line=1, repair="check that this is the right file")
        return self.root

    def _consume(self, events: Iterable[yaml.Event]) -> None:
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._check_node(event)
                self._add_scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._check_node(event)
                self._open(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                frame = self.stack.pop()
                if not self.stack:
                    self.root = (frame.content, (frame.line, frame.places))
            elif isinstance(event, yaml.AliasEvent):
                self._refuse_anchor(event)
            elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
                self.refuse(
                    "the file holds several documents",
                    line=_line(event),
                    repair="keep one document per file: remove the line “---”",
                )

    def _refuse_anchor(self, event: yaml.NodeEvent) -> NoReturn:
        self.refuse(
            "anchors (&) and aliases (*) are not accepted",
            line=_line(event),
            value=event.anchor,
            repair="write the value out, or put a text that starts with & or * in quotes",
        )

    def _check_node(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent) -> None:
        if event.anchor is not None:
            self._refuse_anchor(event)
        if event.tag is not None:
            self.refuse(
                "tags (!) are not accepted",
                line=_line(event),
                value=event.tag,
                repair="remove the tag, or put a text that starts with ! in quotes",
            )
        self.nodes += 1
        if self.nodes > MAX_NODES:
            self.refuse(
                "the file holds too many entries",
                line=_line(event),
                allowed=f"at most {MAX_NODES:,}",
                repair="split the file",
            )

    def _open(self, event: yaml.CollectionStartEvent) -> None:
        line = _line(event)
        if len(self.stack) >= MAX_DEPTH:
            self.refuse(
                "the file is nested too deeply",
                line=line,
                allowed=f"at most {MAX_DEPTH} levels",
                repair="flatten the structure",
            )
        frame = _Frame({}, {}, line) if isinstance(event, yaml.MappingStartEvent) else _Frame([], [], line)
        if self.stack:
            self._attach(frame.content, frame.places, line)
        self.stack.append(frame)

    def _add_scalar(self, event: yaml.ScalarEvent) -> None:
        line = _line(event)
        text: str = event.value
        plain: bool = event.implicit[0]
        found = None if plain else _FORBIDDEN.search(text)
        if found:
            self.refuse(
                "an escape stands for a control character",
                line=line,
                value=f"U+{ord(found.group()):04X}",
                repair="remove the escape",
            )
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.content, dict) and frame.key is None:
            self._open_key(frame, text, line, plain)
            return
        value = self._resolve(text, line) if plain else text
        if frame is None:
            self.root = (value, (line, None))
        else:
            self._attach(value, None, line)

    def _open_key(self, frame: _Frame, text: str, line: int, plain: bool) -> None:
        if plain and text == "<<":
            self.refuse("merge keys (<<) are not accepted", line=line, repair="write the fields out")
        if not text.strip():
            raise SchemaError("a key is empty", file=self.name, line=line, repair="name the field before the “:”")
        if text in frame.content:
            first = cast("dict[str, Places]", frame.places)[text][0]
            raise SchemaError(
                f"the key “{text[:80]}” stands twice, first on line {first}",
                file=self.name,
                line=line,
                field=text[:80],
                repair="remove or rename one of the two",
            )
        frame.key, frame.key_line = text, line

    def _attach(self, value: Any, places: dict[str, Places] | list[Places] | None, line: int) -> None:
        frame = self.stack[-1]
        if isinstance(frame.content, list):
            frame.content.append(value)
            cast("list[Places]", frame.places).append((line, places))
            return
        if frame.key is None:
            raise SchemaError(
                "a key must be a single text",
                file=self.name,
                line=line,
                repair="name the field in one word; put texts that start with [ or { in quotes",
            )
        frame.content[frame.key] = value
        cast("dict[str, Places]", frame.places)[frame.key] = (frame.key_line, places)
        frame.key = None

    def _resolve(self, text: str, line: int) -> str | int | float | bool | None:
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in "+-.0123456789" or not _FLOAT.fullmatch(text):
            return text
        if len(text) > MAX_DIGITS:
            self.refuse(
                "a number is too long",
                line=line,
                value=text,
                allowed=f"at most {MAX_DIGITS} characters",
                repair="round it, or put a text in quotes",
            )
        if _INTEGER.fullmatch(text):
            return int(text)
        number = float(text)
        if isinf(number):
            self.refuse("a number is too large", line=line, value=text, repair="check the exponent")
        return number


def _line(event: yaml.Event) -> int:
    mark = event.start_mark
    return mark.line + 1 if mark is not None else 1


def _explain_syntax(problem: str) -> str:
    if "mapping values are not allowed" in problem:
        return "check the indentation, and put texts that contain “: ” in quotes"
    if "cannot start any token" in problem:
        return "indent with spaces, not tabs, and put texts that start with a special character in quotes"
    if "key" in problem or "block" in problem:
        return "check the indentation of this line and of the ones before it"
    return "check this line and the one before it: quotes and brackets must be closed"
