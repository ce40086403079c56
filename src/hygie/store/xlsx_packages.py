"""What a workbook file contains, judged before any of it is read as a spreadsheet.

Written from ECMA-376 part 2 (Open Packaging Conventions: content types, relationships) and part 1, section 12
(SpreadsheetML parts). A package with macros, embedded objects, links to other files, a DTD, a password, or parts
that expand beyond reason is refused whole: none of that is needed for a table.
"""

from __future__ import annotations

import posixpath
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, NoReturn
from xml.etree.ElementTree import Element, ParseError
from xml.parsers import expat

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from hygie.core.errors import DocumentError
from hygie.store.byte_sources import RATIO_FREE_BYTES, ByteSource

__all__ = ["Package", "SheetPart", "feed_part", "inspect_package", "is_workbook", "open_archive"]

MAX_PARTS = 1_000
# All parts together: a million rows of text take some 300 MB.
MAX_EXPANDED = 1024**3
# Parts that are held in memory as a whole; the table of shared texts is the largest that real workbooks have.
MAX_TEXTS = 128 * 1024**2
MAX_WHOLE = 16 * 1024**2
# The longest tag, comment or attribute that a part may hold.
MAX_TOKEN = 4 * 1024**2
_CHUNK = 64 * 1024

_MAIN = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
_TEXTS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
_ROWS = ("spreadsheetml.worksheet+xml", "spreadsheetml.pivotCacheRecords+xml", "spreadsheetml.calcChain+xml")
_SPREADSHEETML = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_STRICT = "{http://purl.oclc.org/ooxml/spreadsheetml/main}"
_PACKAGE_RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_CONTENT_TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

_DAMAGE = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError)

_COPY = "copy the cells as values into a new workbook, or save the sheet as CSV"
# By the beginning of a part's name, or by a word of its content type or of a relationship to it.
_UNWANTED = (
    (("xl/vbaproject", "xl/macrosheets/", "xl/dialogsheets/"), ("vba", "macro", "dialogsheet"), "macros"),
    (("xl/externallinks/",), ("externallink",), "links to other workbooks"),
    (("xl/embeddings/", "xl/activex/", "xl/ctrlprops/"), ("oleobject", "activex", "control"), "embedded objects"),
    (("xl/connections", "xl/querytables/", "xl/model/"), ("connections", "querytable"), "connections to data"),
)
_PLAIN = (".xml", ".rels", ".vml", ".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".emf", ".wmf", ".svg")


@dataclass(frozen=True, slots=True)
class SheetPart:
    """A worksheet: its name, the part that holds it, and whether its author hid it."""

    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Package:
    """A workbook that may be read: its archive and its worksheets in order."""

    name: str
    archive: zipfile.ZipFile
    sheets: tuple[SheetPart, ...]


def is_workbook(source: ByteSource) -> bool:
    """Return whether the bytes are a ZIP archive that claims to be an office document."""
    with source.open_packed() as raw:
        if raw.read(4) != b"PK\x03\x04":
            return False
        raw.seek(0)
        try:
            with zipfile.ZipFile(raw) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
            return source.name.lower().endswith((".xlsx", ".xlsm", ".xlsb"))
    return "[Content_Types].xml" in names or "mimetype" in names


@contextmanager
def open_archive(source: ByteSource) -> Iterator[tuple[BinaryIO, zipfile.ZipFile]]:
    """Open the bytes of a workbook and their directory.

    Raises
    ------
    DocumentError
        Not a ZIP archive, or a damaged one.
    """
    with source.open_packed() as raw:
        try:
            archive = zipfile.ZipFile(raw)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError) as error:
            raise DocumentError(
                f"the workbook is damaged: {error}", file=source.name, repair="save it again as XLSX"
            ) from None
        with archive:
            yield raw, archive


def inspect_package(archive: zipfile.ZipFile, source: ByteSource) -> Package:
    """Judge a workbook before it is read.

    Raises
    ------
    DocumentError
        Something in it is unwanted, damaged or too large; the message says what.
    """
    name = source.name
    types = _check_directory(archive, source)
    main = _check_types(types, archive, name=name)
    for info in archive.infolist():
        if info.filename.lower().endswith((".xml", ".rels")):
            feed_part(archive, info.filename, expat.ParserCreate(), name=name)
    for info in archive.infolist():
        if info.filename.lower().endswith(".rels"):
            _check_relations(_read_part(archive, info.filename, name=name), part=info.filename, name=name)
    return Package(name, archive, _list_sheets(archive, main, name=name))


def feed_part(archive: zipfile.ZipFile, part: str, parser: expat.XMLParserType, *, name: str) -> None:
    """Give a part to a parser piece by piece; its handlers may raise.

    Raises
    ------
    DocumentError
        Not XML, a DTD (the way of entity bombs), a tag or attribute without end, or a damaged part.
    """

    def refuse_dtd(*_: object) -> NoReturn:
        raise DocumentError("the workbook holds a DTD", file=name, value=part, repair=_COPY)

    parser.StartDoctypeDeclHandler = refuse_dtd
    fed = 0
    try:
        with archive.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                parser.Parse(chunk, False)
                fed += len(chunk)
                if fed - max(parser.CurrentByteIndex, 0) > MAX_TOKEN:
                    raise DocumentError("the workbook holds a tag without end", file=name, value=part, repair=_COPY)
            parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise DocumentError(
            f"a part of the workbook is not valid XML: {expat.ErrorString(error.code)}",
            file=name,
            value=part,
            repair="save the workbook again as XLSX",
        ) from None
    except _DAMAGE as error:
        raise _damaged(name, part=part, error=error) from None


def _damaged(name: str, *, part: str, error: Exception) -> DocumentError:
    return DocumentError(f"the workbook is damaged: {error}", file=name, value=part, repair="fetch or save it again")


def _check_directory(archive: zipfile.ZipFile, source: ByteSource) -> Mapping[str, str]:
    """Check names and sizes of the parts; return the content type of each."""
    name, parts = source.name, archive.infolist()
    if len(parts) > MAX_PARTS:
        raise DocumentError(
            "the workbook has too many parts",
            file=name,
            value=f"{len(parts):,}",
            allowed=f"at most {MAX_PARTS:,}",
            repair=_COPY,
        )
    seen: set[str] = set()
    for info in parts:
        low = info.filename.lower()
        if low in seen or low.startswith("/") or "\\" in low or ".." in low.split("/"):
            raise DocumentError(
                "the workbook holds a part that stands twice or outside of it",
                file=name,
                value=info.filename,
                repair="save it again as XLSX",
            )
        seen.add(low)
        if info.flag_bits & 0x1:
            raise DocumentError("the workbook has a password", file=name, repair="save it without a password")
        _check_size(info, source)
    _check_total(parts, source)
    if "[Content_Types].xml" not in archive.namelist():
        raise DocumentError(
            "this is a ZIP archive, not a workbook", file=name, allowed="CSV or XLSX", repair="save the table as XLSX"
        )
    return _read_types(archive, name=name)


def _check_size(info: zipfile.ZipInfo, source: ByteSource) -> None:
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size > RATIO_FREE_BYTES and ratio > source.max_ratio:
        raise DocumentError(
            "the workbook expands beyond reason",
            file=source.name,
            value=f"{info.filename}: {ratio:,.0f} times its size",
            allowed=f"at most {source.max_ratio:g} times",
            repair="check where the file comes from; save the sheet as CSV if you trust it",
        )


def _check_total(parts: Sequence[zipfile.ZipInfo], source: ByteSource) -> None:
    limit = min(source.max_bytes, MAX_EXPANDED)
    total = sum(info.file_size for info in parts)
    # Parts that lie over each other in the file are another way to make a bomb.
    overlap = sum(info.compress_size for info in parts) > source.size
    if total > limit or overlap:
        raise DocumentError(
            "the parts of the workbook lie over each other" if overlap else "the workbook is too large",
            file=source.name,
            value=f"{total:,} bytes unpacked",
            allowed=f"at most {limit:,} bytes",
            repair="save the sheet as CSV, or cut the table into smaller ones",
        )


def _read_types(archive: zipfile.ZipFile, *, name: str) -> dict[str, str]:
    root = _read_part(archive, "[Content_Types].xml", name=name)
    defaults = {
        entry.get("Extension", "").lower(): entry.get("ContentType", "")
        for entry in root.iter(f"{_CONTENT_TYPES}Default")
    }
    types = {
        part: defaults.get(part.rpartition(".")[2].lower(), "") for part in archive.namelist() if not part.endswith("/")
    }
    for entry in root.iter(f"{_CONTENT_TYPES}Override"):
        types[entry.get("PartName", "").lstrip("/")] = entry.get("ContentType", "")
    return types


def _check_types(types: Mapping[str, str], archive: zipfile.ZipFile, *, name: str) -> str:
    """Refuse unwanted parts, and return the part of the workbook itself."""
    mains = [part for part, kind in types.items() if kind == _MAIN]
    for part, kind in types.items():
        low, words = part.lower(), kind.rpartition("/")[2].lower()
        for starts, marks, what in _UNWANTED:
            if low.startswith(starts) or any(
                mark in words for mark in marks if mark != "package" or mark in words[-8:]
            ):
                raise DocumentError(f"the workbook holds {what}", file=name, value=part, repair=_COPY)
        printer = low.startswith("xl/printersettings/") and low.endswith(".bin")
        if not low.endswith(_PLAIN) and not printer:
            raise DocumentError("the workbook holds a part of an unknown kind", file=name, value=part, repair=_COPY)
    if len(mains) != 1 or not mains[0].lower().endswith(".xml"):
        raise DocumentError(
            "this is not an XLSX workbook",
            file=name,
            value=next((kind for kind in types.values() if "main" in kind), None),
            allowed=_MAIN,
            repair="save it as “Excel workbook (.xlsx)”",
        )
    for info in archive.infolist():
        kind = types.get(info.filename, "")
        whole = MAX_EXPANDED if kind.endswith(_ROWS) else MAX_TEXTS if kind == _TEXTS else MAX_WHOLE
        if info.file_size > whole and info.filename.lower().endswith((".xml", ".rels")):
            raise DocumentError(
                "a part of the workbook is too large",
                file=name,
                value=f"{info.filename}: {info.file_size:,} bytes",
                allowed=f"at most {whole:,} bytes",
                repair="save the sheet as CSV",
            )
    return mains[0]


def _read_part(archive: zipfile.ZipFile, part: str, *, name: str) -> Element:
    """Read a small part as a tree."""
    try:
        info = archive.getinfo(part)
        if info.file_size > MAX_WHOLE:
            raise _damaged(name, part=part, error=ValueError("the part is too large"))
        root: Element = fromstring(archive.read(info), forbid_dtd=True)
    except DefusedXmlException:
        raise DocumentError("the workbook holds a DTD", file=name, value=part, repair=_COPY) from None
    except KeyError:
        raise _damaged(name, part=part, error=ValueError("a part is missing")) from None
    except (ParseError, *_DAMAGE) as error:
        raise _damaged(name, part=part, error=error) from None
    return root


def _check_relations(root: Element, *, part: str, name: str) -> None:
    for relation in root.iter(_PACKAGE_RELATIONS):
        kind = relation.get("Type", "").rpartition("/")[2]
        for _, marks, what in _UNWANTED:
            if any(mark in kind.lower() for mark in marks):
                raise DocumentError(f"the workbook holds {what}", file=name, value=f"{part}: {kind}", repair=_COPY)
        # A hyperlink is an address that a reader may click: it is never followed here.
        if relation.get("TargetMode") == "External" and kind != "hyperlink":
            raise DocumentError(
                "the workbook leads to another file",
                file=name,
                value=f"{part}: {relation.get('Target', '')}",
                repair=_COPY,
            )


def _list_sheets(archive: zipfile.ZipFile, main: str, *, name: str) -> tuple[SheetPart, ...]:
    root = _read_part(archive, main, name=name)
    if root.tag.startswith(_STRICT):
        raise DocumentError(
            "this is a workbook in the strict form of Open XML",
            file=name,
            repair="save it as “Excel workbook (.xlsx)”, not “Strict Open XML”",
        )
    folder, file = posixpath.split(main)
    relations = _read_part(archive, posixpath.join(folder, "_rels", f"{file}.rels"), name=name)
    targets = {
        relation.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, relation.get("Target", "")))[1:]
        for relation in relations.iter(_PACKAGE_RELATIONS)
        if relation.get("Type", "").endswith("/worksheet")
    }
    sheets = [
        SheetPart(entry.get("name", ""), targets[entry.get(_RELATION_ID, "")], entry.get("state", "") != "")
        for entry in root.iter(f"{_SPREADSHEETML}sheet")
        if entry.get(_RELATION_ID, "") in targets
    ]
    names, parts = {sheet.name for sheet in sheets}, {sheet.part for sheet in sheets}
    if not sheets or len(names) != len(sheets) or not parts <= set(archive.namelist()):
        raise _damaged(name, part=main, error=ValueError("the list of sheets does not fit the sheets"))
    return tuple(sheets)
