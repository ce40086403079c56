"""CSV files as rows: encoding and delimiter detected, every limit checked, read as a stream.

Written from RFC 4180; Windows-1252 from the WHATWG Encoding Standard, of which the five bytes without a character
(81, 8D, 8F, 90, 9D) are refused; `sep=` lines and tabs as spreadsheets write them.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import zip_longest

from hygie.core.errors import DocumentError, Finding, SchemaError
from hygie.store.byte_sources import ByteSource
from hygie.store.sheet_rows import MAX_CELL, MAX_ROWS, Sheet, SheetHead, SheetRow, check_header, is_blank

__all__ = ["DELIMITERS", "open_csv"]

# Of two that stand as often in the header, the first one here is taken.
DELIMITERS = (",", ";", "\t", "|")
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}

# A row of 500 columns with texts of some pages.
MAX_ROW_CHARACTERS = 4_000_000
# The header stands within the first lines.
MAX_HEADER_CHARACTERS = 256 * 1024
_CHUNK = 1 << 20

_NO_CHARACTER = bytes((0x81, 0x8D, 0x8F, 0x90, 0x9D))
_OTHER_FORMATS = (
    (b"\xd0\xcf\x11\xe0", "an old or password-protected office file", "save it as XLSX, without a password"),
    (b"PK\x03\x04", "a compressed file inside another", "unpack it first"),
    (b"%PDF", "a PDF", "ask its publisher for the table itself"),
    (b"{\\rtf", "a text document", "save the table as CSV or XLSX"),
    (b"<!doctype", "a web page", "save the table itself, not the page that shows it"),
    (b"<html", "a web page", "save the table itself, not the page that shows it"),
)


@contextmanager
def open_csv(source: ByteSource, *, header: int | None = None) -> Iterator[Sheet]:
    """Open a CSV file, plain or compressed, as a table.

    Parameters
    ----------
    header
        Line of the header, from 1; the first line that is not blank by default.

    Raises
    ------
    DocumentError
        Not text, of no known encoding, without a header, too wide; while rows are read: wrong quotes, a field or
        a row without end, too many rows.
    """
    encoding, notes = _detect_encoding(replace(source, progress=None))
    delimiter, first = _detect_delimiter(replace(source, progress=None), encoding=encoding, header=header)
    with source.open() as stream:
        lines = _Lines(_wrap(stream, encoding), source.name)
        lines.skip(first - 1)
        reader = csv.reader(iter(lines), delimiter=delimiter, strict=True)
        rows = _read_rows(reader, lines)
        line, cells = next(rows, (first, []))
        columns = check_header(tuple(cells), name=source.name, line=line)
        head = SheetHead(
            name=source.name,
            form="csv",
            columns=columns,
            line=line,
            encoding=encoding,
            delimiter=delimiter,
            notes=notes,
        )
        yield Sheet(head, _fit_rows(rows, head))


def _wrap(stream: io.RawIOBase, encoding: str) -> io.TextIOWrapper:
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    return io.TextIOWrapper(io.BufferedReader(stream), encoding=codec, newline="")


def _detect_encoding(source: ByteSource) -> tuple[str, tuple[str, ...]]:
    """Read the file once: UTF-8 if all of it is, else Windows-1252."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, size = 1, 0
    not_utf8: int | None = None
    not_1252: int | None = None
    with source.open() as stream:
        while chunk := stream.read(_CHUNK):
            if not size:
                _refuse_other_formats(chunk, name=source.name)
            size += len(chunk)
            if (place := chunk.find(b"\0")) >= 0:
                raise DocumentError(
                    "the file holds a NUL character: it is damaged, or no text",
                    file=source.name,
                    line=line + chunk.count(b"\n", 0, place),
                    repair="save it again as CSV (UTF-8)",
                )
            if not_utf8 is None:
                try:
                    decoder.decode(chunk)
                except UnicodeDecodeError as error:
                    # A character cut at the end of the chunk before may start ahead of this one.
                    not_utf8 = line + error.object[: error.start].count(b"\n")
            if not_1252 is None:
                places = [place for byte in _NO_CHARACTER if (place := chunk.find(byte)) >= 0]
                not_1252 = line + chunk.count(b"\n", 0, min(places)) if places else None
            line += chunk.count(b"\n")
    if not size:
        raise DocumentError("the file is empty", file=source.name, repair="check that this is the right file")
    if not_utf8 is None:
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            not_utf8 = line
    if not_utf8 is None:
        return "utf-8", ()
    if not_1252 is not None:
        raise DocumentError(
            "the text is neither UTF-8 nor Windows-1252",
            file=source.name,
            line=max(not_utf8, not_1252),
            repair="save it as CSV (UTF-8)",
        )
    note = f"not UTF-8 from line {not_utf8:,} on: read as Windows-1252 (Western European); check the accents"
    return "cp1252", (note,)


def _refuse_other_formats(chunk: bytes, *, name: str) -> None:
    if chunk.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DocumentError("the text is UTF-16", file=name, allowed="UTF-8", repair="save it as CSV (UTF-8)")
    start = chunk[:512].removeprefix(codecs.BOM_UTF8).lstrip().lower()
    for mark, what, repair in _OTHER_FORMATS:
        if start.startswith(mark.lower()):
            raise DocumentError(f"this is {what}, not a table", file=name, allowed="CSV or XLSX", repair=repair)


def _detect_delimiter(source: ByteSource, *, encoding: str, header: int | None) -> tuple[str, int]:
    """Return the delimiter that stands most often in the header outside quotes, and the line of the header."""
    with source.open() as stream:
        text = _wrap(stream, encoding)
        number, budget = 0, MAX_HEADER_CHARACTERS
        found = ""
        while not found:
            line = text.readline(budget)
            number += 1
            budget -= len(line)
            if not line:
                raise DocumentError(
                    "there is no header",
                    file=source.name,
                    line=header or number,
                    repair="name the columns in the first row" if header is None else "check “header:”",
                )
            declared = line.rstrip("\r\n").lower()
            if number == 1 and len(declared) == 5 and declared.startswith("sep=") and declared[4] in DELIMITERS:
                return declared[4], 2 if header is None else header
            if budget <= 0:
                raise _refuse_long(source.name, line=number)
            found = line if (number == header if header is not None else line.strip()) else ""
        # A quoted name may go over several lines.
        quoted = found
        while quoted.count('"') % 2 and budget > 0 and (more := text.readline(budget)):
            quoted += more
            budget -= len(more)
    bare = "".join(quoted.split('"')[::2])
    return max(DELIMITERS, key=bare.count), number


@dataclass(slots=True)
class _Lines:
    """Lines for the CSV reader: counted, and never more in one row than a row may hold."""

    text: io.TextIOWrapper
    name: str
    number: int = 0
    in_row: int = 0

    def __iter__(self) -> Iterator[str]:
        while line := self.text.readline(MAX_ROW_CHARACTERS + 1):
            self.number += 1
            self.in_row += len(line)
            if self.in_row > MAX_ROW_CHARACTERS:
                raise _refuse_long(self.name, line=self.number)
            yield line

    def skip(self, count: int) -> None:
        lines = iter(self)
        for _ in range(count):
            next(lines, None)
            self.in_row = 0


def _refuse_long(name: str, *, line: int) -> DocumentError:
    return DocumentError(
        "a row does not end",
        file=name,
        line=line,
        allowed=f"at most {MAX_ROW_CHARACTERS:,} characters a row, {MAX_CELL:,} a cell",
        repair='look for a quotation mark (") that is opened and not closed',
    )


def _read_rows(reader: Iterator[list[str]], lines: _Lines) -> Iterator[tuple[int, list[str]]]:
    """Yield first line and cells of the rows that hold something."""
    count = 0
    while True:
        first = lines.number + 1
        lines.in_row = 0
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if "field limit" in str(error):
                raise _refuse_long(lines.name, line=first) from None
            raise DocumentError(
                f"the file is not a valid CSV: {error}",
                file=lines.name,
                line=first,
                repair='put texts with a delimiter, a line break or a " in double quotes, and double each " inside',
            ) from None
        except UnicodeDecodeError:
            raise DocumentError(
                "the file has changed while it was read", file=lines.name, repair="import it again"
            ) from None
        if cells is None:
            return
        if not any(cell and not cell.isspace() for cell in cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise DocumentError(
                "the table has too many rows",
                file=lines.name,
                line=first,
                allowed=f"at most {MAX_ROWS:,}",
                repair="cut the file into smaller ones",
            )
        yield first, cells


def _fit_rows(rows: Iterator[tuple[int, list[str]]], head: SheetHead) -> Iterator[SheetRow]:
    width = len(head.columns)
    for line, cells in rows:
        while len(cells) > width and is_blank(cells[-1]):
            cells.pop()
        if len(cells) == width:
            yield SheetRow(line, tuple(cells))
        else:
            fitted = [cell for cell, _ in zip_longest(cells[:width], range(width))]
            yield SheetRow(line, tuple(fitted), (_find_width(len(cells), head, line=line),))


def _find_width(found: int, head: SheetHead, *, line: int) -> Finding:
    assert head.delimiter is not None
    return SchemaError(
        f"the row has {found} cells, the header {len(head.columns)}",
        file=head.name,
        line=line,
        allowed=f"cells divided by {_NAMES[head.delimiter]}, as in the header",
        repair="put texts that hold a delimiter or a line break in double quotes; write blank cells out",
    ).findings[0]
