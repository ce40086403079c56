"""Text of official files: UTF-8, Windows-1252 or both in one file, each line judged on its own.

A byte that UTF-8 does not allow stands for the character it has in Windows-1252 (which holds Latin-1); every such line
is listed with its bytes. Bytes that mean nothing there either are shown as “�” and left to doubt.
"""

from __future__ import annotations

import codecs

from hygie.core.errors import DocumentError
from hygie.facility.registers.notes import Notebook
from hygie.store.byte_sources import ByteSource

__all__ = ["MAX_BYTES", "read_bytes", "read_text_lines"]

MAX_BYTES = 64 * 2**20

# Bytes of Windows-1252 that no French text holds, or that have no character: another code page is likely.
_UNLIKELY = frozenset(b"\x81\x82\x83\x86\x87\x88\x89\x8b\x8d\x8e\x8f\x90\x98\x99\x9b\x9d\x9e")
_SHOWN = 60


def read_bytes(source: ByteSource) -> bytes:
    """Return the content of a file, unpacked, of at most 64 MiB.

    Raises
    ------
    DocumentError
        Unreadable, or too large.
    """
    with source.open() as stream:
        data = stream.read(MAX_BYTES + 1)
        while len(data) <= MAX_BYTES and (chunk := stream.read(MAX_BYTES + 1 - len(data))):
            data += chunk
    if len(data) > MAX_BYTES:
        raise DocumentError(
            "the file is too large",
            file=source.name,
            allowed=f"at most {MAX_BYTES / 2**20:g} MiB",
            repair="check that this is the register of sites, with one row per site",
        )
    return data


def read_text_lines(data: bytes, *, name: str, notes: Notebook) -> str:
    """Return a file as text, and note what was not UTF-8.

    Raises
    ------
    DocumentError
        UTF-16, or a NUL character: damaged, or no text.
    """
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DocumentError("the text is UTF-16", file=name, allowed="UTF-8", repair="save it as CSV (UTF-8)")
    if (place := data.find(b"\0")) >= 0:
        raise DocumentError(
            "the file holds a NUL character: it is damaged, or no text",
            file=name,
            line=1 + data.count(b"\n", 0, place),
            repair="save it again as CSV (UTF-8)",
        )
    data = data.removeprefix(codecs.BOM_UTF8)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _read_mixed(data, name=name, notes=notes)


def _read_mixed(data: bytes, *, name: str, notes: Notebook) -> str:
    lines = data.split(b"\n")
    strange: list[int] = []
    texts: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            texts.append(line.decode("utf-8"))
        except UnicodeDecodeError:
            strange.append(number)
            texts.append(_decode_line(line))
    wrong = set(strange)
    mixed = any(not line.isascii() for number, line in enumerate(lines, start=1) if number not in wrong)
    unclear = [number for number in strange if _UNLIKELY.intersection(lines[number - 1])]
    for number in unclear:
        notes.add(
            "doubtful",
            "encoding",
            "the line is neither UTF-8 nor Windows-1252: check its accents",
            file=name,
            line=number,
            value=_show_bytes(lines[number - 1]),
            allowed="UTF-8",
            repair=f"it was read as “{_shorten(texts[number - 1])}”; save the file as UTF-8",
        )
    clear = [number for number in strange if number not in set(unclear)]
    if not mixed and not unclear:
        notes.add(
            "repaired",
            "encoding",
            f"the file is not UTF-8: its {len(clear):,} lines with accents were read as Windows-1252",
            file=name,
            line=clear[0],
            value=_show_bytes(lines[clear[0] - 1]),
            allowed="UTF-8",
            repair=f"check the accents of “{_shorten(texts[clear[0] - 1])}”, then save the file as UTF-8",
            count=len(clear),
        )
        return "\n".join(texts)
    for number in clear:
        notes.add(
            "repaired",
            "encoding",
            "the line is not UTF-8, others are: it was read as Windows-1252",
            file=name,
            line=number,
            value=_show_bytes(lines[number - 1]),
            allowed="UTF-8",
            repair=f"check the accents of “{_shorten(texts[number - 1])}”, then save the file as UTF-8",
        )
    return "\n".join(texts)


def _decode_line(line: bytes) -> str:
    """Decode what is UTF-8 as such, and each other byte as Windows-1252."""
    parts = []
    while line:
        try:
            parts.append(line.decode("utf-8"))
            break
        except UnicodeDecodeError as error:
            parts.append(line[: error.start].decode("utf-8"))
            parts.append(line[error.start : error.end].decode("cp1252", errors="replace"))
            line = line[error.end :]
    return "".join(parts)


def _show_bytes(line: bytes) -> str:
    """Show the bytes around the first one that is not ASCII."""
    place = next(index for index, byte in enumerate(line) if byte > 127)
    return repr(line[max(place - 20, 0) : place + 20])[2:-1]


def _shorten(text: str) -> str:
    place = next((index for index, letter in enumerate(text) if ord(letter) > 127), 0)
    start = max(place - 20, 0)
    return text[start : start + _SHOWN].strip()
