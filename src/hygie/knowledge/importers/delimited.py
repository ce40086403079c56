"""Rows of a delimited text file (CSV), read line by line in bounded memory; a bad row is told, not guessed at."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from hygie.core.errors import DocumentError
from hygie.knowledge.importers.protocol import ImportItem, Refusal
from hygie.store.byte_sources import ByteSource, LimitedReader

__all__ = ["MAX_REFUSALS", "MAX_ROW_BYTES", "TextRow", "limit_refusals", "looks_like_json", "read_rows"]

# The longest row of the feeds read here is below 5 kB.
MAX_ROW_BYTES = 1 << 20
# A file with more bad rows than this is not the file it was taken for.
MAX_REFUSALS = 1_000

_OTHER_BOMS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row: its first line (from 1), its cells, what is wrong with its bytes if anything, and its last line."""

    line: int
    cells: list[str]
    flaw: str | None = None
    last: int = 0

    @property
    def place(self) -> str:
        """Where the row stands, as messages say it."""
        return f"lines {self.line} to {self.last}" if self.last > self.line else f"line {self.line}"


@dataclass(slots=True)
class _Lines:
    """Lines of text for the CSV reader, with what it cannot report: their numbers, sizes and flaws."""

    stream: io.BufferedReader
    name: str
    number: int = 0
    row_bytes: int = 0
    flaw: str | None = None

    def __iter__(self) -> Iterator[str]:
        while raw := self.stream.readline(MAX_ROW_BYTES + 1):
            self.number += 1
            if self.number == 1:
                if raw.startswith(_OTHER_BOMS):
                    raise DocumentError("the text is not UTF-8", file=self.name, repair="save the file as UTF-8")
                raw = raw.removeprefix(b"\xef\xbb\xbf")
            self.row_bytes += len(raw)
            if self.row_bytes > MAX_ROW_BYTES:
                raise _endless(self.name, line=self.number)
            yield self._decode(raw)

    def _decode(self, raw: bytes) -> str:
        if b"\0" in raw:
            self.flaw = self.flaw or "the row holds a NUL character"
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            self.flaw = self.flaw or "the row is not valid UTF-8"
            return raw.decode("utf-8", errors="replace")


def read_rows(stream: LimitedReader, *, name: str) -> Iterator[TextRow]:
    """Yield the rows of comma-separated text (RFC 4180); empty lines are passed over.

    A row that is not valid UTF-8, holds a NUL or is wrongly quoted comes with a `flaw`.

    Raises
    ------
    DocumentError
        Not UTF-8 at all, or a row that does not end.
    """
    lines = _Lines(io.BufferedReader(stream), name)
    reader = csv.reader(iter(lines), strict=True)
    while True:
        first = lines.number + 1
        lines.row_bytes, lines.flaw = 0, None
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if lines.number > first:
                # Whatever rows the open quotation swallowed would be lost without a word.
                raise _endless(name, line=first) from None
            yield TextRow(first, [], f"the row is not sound CSV: {error}", first)
            continue
        if cells:
            yield TextRow(first, cells, lines.flaw, lines.number)


def _endless(name: str, *, line: int) -> DocumentError:
    return DocumentError(
        "a row does not end",
        file=name,
        line=line,
        allowed=f"at most {MAX_ROW_BYTES:,} bytes a row, and {csv.field_size_limit():,} characters a cell",
        repair='look for a quotation mark (") that is opened and not closed',
    )


def limit_refusals(items: Iterator[ImportItem], *, name: str) -> Iterator[ImportItem]:
    """Pass items on, and give up on a source of which too much is refused.

    Raises
    ------
    DocumentError
        More than 1,000 refusals.
    """
    refused = 0
    for item in items:
        if isinstance(item, Refusal) and not item.dropped:
            refused += 1
            if refused > MAX_REFUSALS:
                raise DocumentError(
                    "too many entries cannot be read",
                    file=name,
                    value=f"more than {MAX_REFUSALS:,}; the last: {item.finding.message}",
                    repair="check that this is the right file and the right format",
                )
        yield item


def looks_like_json(source: ByteSource) -> bool:
    """Return whether the content begins as JSON does."""
    with source.open() as stream:
        return stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
