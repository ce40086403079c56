"""The `posture:` block of a facility file, edited in its text: every other line stays as its owner wrote it.

Only lines of entries that change are written anew, with the comment at their end; new entries go below the others.
What results is read back before it is given away, so that a file this cannot edit is refused rather than damaged.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import yaml

from hygie.core.errors import HygieError, StoreError
from hygie.facility.organisation import PostureEntry
from hygie.facility.posture.answers import quote
from hygie.store.documents import parse_document

__all__ = ["edit_posture", "write_entry"]

INDENT = "  "


@dataclass(frozen=True, slots=True)
class _Span:
    """Where something stands: first line, last line and the column where the last one ends (from 0)."""

    first: int
    last: int
    end: int
    indent: int = 0


@dataclass(frozen=True, slots=True)
class _Block:
    """The `posture:` key with its value."""

    key: _Span
    value: _Span
    flow: bool
    entries: dict[str, _Span]


def write_entry(entry: PostureEntry) -> str:
    """Return an entry as it is written in a facility file.

    >>> write_entry(PostureEntry(coverage=0.625, on="2026-11-23", origin="csv"))
    '{coverage: 0.625, on: 2026-11-23, origin: csv}'
    """
    parts = [f"coverage: {entry.coverage:g}"]
    if entry.on is not None:
        parts.append(f"on: {entry.on.isoformat()}")
    parts.append(f"origin: {entry.origin}")
    if entry.evidence is not None:
        parts.append(f"evidence: {quote(entry.evidence)}")
    return "{" + ", ".join(parts) + "}"


def edit_posture(content: bytes, entries: Mapping[str, PostureEntry], *, name: str) -> bytes:
    """Return the bytes of a facility file with these entries in its posture.

    Parameters
    ----------
    entries
        Added, or put in place of those of the same controls.
    name
        What messages call the file.

    Raises
    ------
    DocumentError, SchemaError
        The file cannot be read.
    StoreError
        Its form does not allow to edit the posture alone; nothing is lost.
    """
    before = parse_document(content, name=name)
    if not entries:
        return content
    if not isinstance(before.data, dict):
        _refuse(name, "it does not hold “name: value” lines")
    if not isinstance(before.data.get("posture", {}), dict | None):
        _refuse(name, "its posture is no group of “control: share” lines")
    mark = b"\xef\xbb\xbf" if content.startswith(b"\xef\xbb\xbf") else b""
    text = content[len(mark) :].decode("utf-8")
    edited = mark + _edit_text(text, entries, name=name).encode("utf-8")
    _verify(before.data, edited, entries, name=name)
    return edited


def _edit_text(text: str, entries: Mapping[str, PostureEntry], *, name: str) -> str:
    root_flow, block = _find_block(text)
    if root_flow:
        _refuse(
            name, "it is written as JSON, or in braces", repair="write the file as YAML, one “name: value” per line"
        )
    lines = text.splitlines(keepends=True)
    newline = "\r\n" if "\r\n" in text else "\n"
    if block is None:
        if lines and not lines[-1].endswith(("\n", "\r")):
            lines[-1] += newline
        return "".join([*lines, f"posture:{newline}", *_write_lines(entries, INDENT, newline)])
    if block.flow or not block.entries:
        return _open_block(lines, block, entries, newline, name=name)
    indent = lines[min(span.first for span in block.entries.values())][: next(iter(block.entries.values())).indent]
    for control, span in sorted(block.entries.items(), key=lambda item: -item[1].first):
        if control in entries:
            tail = _read_tail(lines[span.last], span.end)
            written = f"{indent}{control}: {write_entry(entries[control])}{tail}{newline}"
            inside = [line for line in lines[span.first + 1 : span.last + 1] if line.lstrip().startswith("#")]
            lines[span.first : span.last + 1] = [*(indent + line.lstrip() for line in inside), written]
    added = {control: entry for control, entry in entries.items() if control not in block.entries}
    if added:
        # Lines may have gone since the block was found.
        gone = len(text.splitlines()) - len(lines)
        place = block.value.last - gone + 1
        if not lines[place - 1].endswith(("\n", "\r")):
            lines[place - 1] += newline
        lines[place:place] = _write_lines(added, indent, newline)
    return "".join(lines)


def _open_block(
    lines: list[str], block: _Block, entries: Mapping[str, PostureEntry], newline: str, *, name: str
) -> str:
    """Write a posture that is empty, or stands in braces on one line, as a block."""
    first, last = block.key.first, block.value.last
    if first != last:
        _refuse(name, "its posture is in braces over several lines; write one “control: share” line each")
    line = lines[first]
    inner = line[block.key.end : block.value.end]
    start = inner.index("{") + 1 if "{" in inner else len(inner)
    kept = yaml.safe_load(inner[start - 1 :]) if "{" in inner else {}
    tail = _read_tail(line, block.value.end)
    written = {
        control: f"{INDENT}{control}: {_write_plain(value)}{newline}"
        for control, value in (kept or {}).items()
        if control not in entries
    }
    head = f"posture:{tail}{newline}"
    lines[first : last + 1] = [head, *written.values(), *_write_lines(entries, INDENT, newline)]
    return "".join(lines)


def _write_plain(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_write_plain(part)}" for key, part in value.items()) + "}"
    return quote(value) if isinstance(value, str) else str(value)


def _write_lines(entries: Mapping[str, PostureEntry], indent: str, newline: str) -> list[str]:
    return [f"{indent}{control}: {write_entry(entry)}{newline}" for control, entry in entries.items()]


def _read_tail(line: str, end: int) -> str:
    """Return the comment at the end of a line, with its spaces."""
    rest = line[end:].rstrip("\r\n")
    return rest if rest.strip().startswith("#") else ""


def _find_block(text: str) -> tuple[bool, _Block | None]:
    """Return whether the whole document is in braces, and where its posture stands."""
    # The same parser as that of the reader: it accepts tabs where the other one does not.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    events: Iterator[Any] = iter(yaml.parse(text, Loader=loader))
    for event in events:
        if isinstance(event, yaml.MappingStartEvent):
            if event.flow_style:
                return True, None
            break
    for key in events:
        if isinstance(key, yaml.MappingEndEvent):
            break
        value = next(events)
        wanted = isinstance(key, yaml.ScalarEvent) and key.value == "posture"
        if not wanted:
            _skip(value, events, text)
        elif isinstance(value, yaml.MappingStartEvent):
            entries = {} if value.flow_style else dict(_read_entries(events, text))
            span = _skip(value, events, text) if value.flow_style else _join(_span(key, text), *entries.values())
            return False, _Block(_span(key, text), span, bool(value.flow_style), entries)
        else:
            span = _skip(value, events, text)
            return False, _Block(_span(key, text), span if span.end else _span(key, text), False, {})
    return False, None


def _read_entries(events: Iterator[Any], text: str) -> Iterator[tuple[str, _Span]]:
    for key in events:
        if isinstance(key, yaml.MappingEndEvent):
            return
        yield key.value, _join(_span(key, text), _skip(next(events), events, text))


def _skip(event: Any, events: Iterator[Any], text: str) -> _Span:
    """Pass over a value; return where it stands."""
    span = _span(event, text)
    depth = int(isinstance(event, yaml.CollectionStartEvent))
    while depth:
        event = next(events)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        # The end of a block is noticed at what follows it: only ends that are written count.
        start, end = event.start_mark, event.end_mark
        if not isinstance(event, yaml.CollectionEndEvent) or end.index > start.index:
            span = _join(span, _span(event, text))
    return span


def _span(event: Any, text: str) -> _Span:
    start, end = event.start_mark, event.end_mark
    if isinstance(event, yaml.CollectionStartEvent) and not event.flow_style:
        end = start
    if isinstance(event, yaml.ScalarEvent) and event.style in ("|", ">"):
        # A text in a block ends where the next entry begins, perhaps after blank lines.
        written = text[start.index : end.index]
        blank = written[len(written.rstrip()) :].count("\n")
        return _Span(start.line, end.line - blank, 10**9, start.column)
    return _Span(start.line, end.line, end.column, start.column)


def _join(first: _Span, *others: _Span) -> _Span:
    last = max((first, *others), key=lambda span: (span.last, span.end))
    return _Span(first.first, last.last, last.end, first.indent)


def _verify(before: dict[str, Any], edited: bytes, entries: Mapping[str, PostureEntry], *, name: str) -> None:
    """Check that the posture, and nothing else, is another one."""
    try:
        after = parse_document(edited, name=name).data
    except HygieError:
        _refuse(name, "its form is unusual")
    expected = dict(before.get("posture") or {})
    expected |= {control: entry.model_dump(mode="json", exclude_none=True) for control, entry in entries.items()}
    others = {key: value for key, value in before.items() if key != "posture"}
    kept = {key: value for key, value in after.items() if key != "posture"}
    if kept != others or after.get("posture") != expected:
        _refuse(name, "its form is unusual")


def _refuse(name: str, reason: str, *, repair: str | None = None) -> NoReturn:
    raise StoreError(
        f"the posture of this file cannot be edited in place: {reason}",
        file=name,
        field="posture",
        repair=repair or "write `posture:` on a line of its own, with one indented “control: share” line each",
    )
