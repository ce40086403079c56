"""Tables from outside: what is read, and what is refused, with the place and the repair."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any

import openpyxl
import openpyxl.xml.functions
import pytest
import xlsxwriter

from hygie.core.errors import DataError, DocumentError, SchemaError, UsageError
from hygie.store import csv_sheets, xlsx_marks, xlsx_packages
from hygie.store.byte_sources import ByteSource
from hygie.store.sheets import SheetHead, SheetRow, list_sheets, open_sheet


def read(content: bytes, **options: Any) -> tuple[SheetHead, list[SheetRow]]:
    with open_sheet(ByteSource(name="table", content=content), **options) as table:
        return table.head, list(table.rows)


def refuse(content: bytes, message: str, *, error: type[Exception] = DocumentError, **options: Any) -> str:
    with pytest.raises(error, match=message) as caught:
        read(content, **options)
    return str(caught.value)


# --- CSV ---


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf8_with_and_without_mark(mark: bytes) -> None:
    head, rows = read(mark + "été,b\nœuf,2\n".encode())
    assert head == SheetHead(
        name="table", form="csv", columns=("été", "b"), line=1, encoding="utf-8", delimiter=",", notes=()
    )
    assert rows == [SheetRow(2, ("œuf", "2"))]


def test_windows_1252_is_detected_and_said() -> None:
    head, rows = read("nom;ville\nCH;Orléans\nx;œuf €\n".encode("cp1252"))
    assert head.encoding == "cp1252"
    assert head.notes == ("not UTF-8 from line 2 on: read as Windows-1252 (Western European); check the accents",)
    assert [row.cells for row in rows] == [("CH", "Orléans"), ("x", "œuf €")]


def test_utf8_character_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_sheets, "_CHUNK", 3)
    head, rows = read("a,b\né€,😀\n".encode())
    assert (head.encoding, rows[0].cells) == ("utf-8", ("é€", "😀"))


def test_text_cut_within_a_character_is_not_utf8() -> None:
    head, _ = read("a,b\n1,é".encode()[:-1])
    assert head.encoding == "cp1252"


@pytest.mark.parametrize(
    ("content", "message", "line"),
    [
        ("a,b\n".encode("utf-16"), "the text is UTF-16", None),
        (b"a,b\n1,2\n\xe9,\x81\n", "neither UTF-8 nor Windows-1252", 3),
        (b"a,b\n1,2\n3,\x004\n", "NUL character", 3),
        (b"", "the file is empty", None),
        (b"\n \n;\n", "there is no header", 3),
        (b"\n\n", "there is no header", 3),
        (b"<!DOCTYPE html><html>", "this is a web page", None),
        (b"%PDF-1.7", "this is a PDF", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old or password-protected office file", None),
        (b'a,b\n1,2\n"3,4\n', "not a valid CSV", 3),
        (b'a,b\n1,2\n"3"x,4\n', "not a valid CSV", 3),
        (b"a,b\n1," + b"x" * 140_000 + b"\n", "a row does not end", 2),
        (b'a,b\n"1' + b"\nx" * 70_000, "a row does not end", 2),
    ],
)
def test_csv_that_cannot_be_read(content: bytes, message: str, line: int | None) -> None:
    place = "table:" if line is None else f"table:{line}:"
    assert place in refuse(content, message)


def test_row_of_many_long_lines_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_sheets, "MAX_ROW_CHARACTERS", 1_000)
    refuse(b"a,b\n" + b'"x\ny",' * 1_000, "a row does not end")
    refuse(b"a,b\n" + b"x" * 1_001, "a row does not end")
    # Many short rows are no long one.
    assert len(read(b"a,b\n" + b"1,2\n" * 1_000)[1]) == 1_000


def test_too_many_rows_and_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(",".join(f"c{number}" for number in range(501)).encode(), "too many columns")
    monkeypatch.setattr(csv_sheets, "MAX_ROWS", 3)
    assert len(read(b"a,b\n1,2\n3,4\n")[1]) == 2
    refuse(b"a,b\n1,2\n3,4\n5,6\n", "too many rows")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_told_from_the_header_outside_quotes(delimiter: str) -> None:
    text = f'"a,,,;;;\t\t\t|||"{delimiter}b{delimiter}c\n1{delimiter}2{delimiter}3\n'
    head, rows = read(text.encode())
    assert (head.delimiter, head.columns[1:]) == (delimiter, ("b", "c"))
    assert rows[0].cells == ("1", "2", "3")


def test_separator_line_of_spreadsheets() -> None:
    head, rows = read(b"sep=;\r\na,b;c\r\n1;2\r\n")
    assert (head.delimiter, head.columns, head.line, rows) == (";", ("a,b", "c"), 2, [SheetRow(3, ("1", "2"))])


def test_quoted_line_breaks_keep_line_numbers() -> None:
    head, rows = read(b'"a\nb",c\n"1\r\n2",3\n\n4,"5""6"\n')
    assert head.columns == ("a\nb", "c")
    assert rows == [SheetRow(3, ("1\r\n2", "3")), SheetRow(6, ("4", '5"6'))]


def test_header_below_titles() -> None:
    head, rows = read(b"List of incidents\n;;\na;b\n1;2\n", header=3)
    assert (head.columns, head.line, rows) == (("a", "b"), 3, [SheetRow(4, ("1", "2"))])
    refuse(b"a,b\n", "there is no header", header=7)


def test_header_names() -> None:
    assert read(b" a ,b,,\n1,2,,\n")[0].columns == ("a", "b")
    assert "field:   b" in refuse(b"a,b,b\n", "two columns have the same name", error=SchemaError)


def test_rows_of_another_width_are_told_one_by_one() -> None:
    _, rows = read(b"a,b,c\n1,2\n1,2,3,4\n1,2,3,,\n,,\n1,2,3\n")
    assert [bool(row.findings) for row in rows] == [True, True, False, False]
    first = rows[0].findings[0]
    assert (first.file, first.line, first.message) == ("table", 2, "the row has 2 cells, the header 3")
    assert rows[1].findings[0].message == "the row has 4 cells, the header 3"
    assert rows[0].cells == ("1", "2", None)


def test_compressed_csv() -> None:
    plain = b"a,b\n1,2\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("table.csv", plain)
    for content in (gzip.compress(plain), packed.getvalue()):
        assert read(content)[1] == [SheetRow(2, ("1", "2"))]
    refuse(gzip.compress(b"PK\x03\x04" + plain), "a compressed file inside another")


def test_compressed_csv_may_not_expand_without_end() -> None:
    bomb = gzip.compress(b"a,b\n" + b"1,2\n" * 12_000_000)
    refuse(bomb, "expands beyond reason")


def test_rows_come_as_they_are_read() -> None:
    # A flaw far down does not keep the first rows back.
    content = b"a,b\n" + b"1,2\n" * 100_000 + b'"3'
    with open_sheet(ByteSource(name="table", content=content)) as table:
        assert next(table.rows) == SheetRow(2, ("1", "2"))
        with pytest.raises(DocumentError, match="not a valid CSV"):
            list(table.rows)


def test_csv_has_no_sheets() -> None:
    refuse(b"a,b\n", "has no sheets", error=UsageError, sheet="x")
    assert list_sheets(ByteSource(name="table", content=b"a,b\n")) == ()


# --- XLSX ---

Fill = Callable[[Any, Any], None]


def make(*sheets: tuple[str, Fill], **options: Any) -> bytes:
    """Return a workbook, each sheet filled by a function of the workbook and the sheet."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, options) as book:
        for name, fill in sheets:
            fill(book, book.add_worksheet(name))
    return target.getvalue()


def table(*rows: tuple[Any, ...]) -> Fill:
    def fill(book: Any, sheet: Any) -> None:
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if value is not None:
                    sheet.write(number, column, value)

    return fill


def simple() -> bytes:
    return make(("S", table(("a", "b"), (1, "x"))))


def change(content: bytes, parts: Mapping[str, bytes | Callable[[bytes], bytes] | None]) -> bytes:
    """Return a workbook with some parts replaced, added, or removed (None)."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            part = parts.get(name, old.read(name))
            if part is not None:
                new.writestr(name, part(old.read(name)) if callable(part) else part)
        for name, part in parts.items():
            if name not in old.namelist() and isinstance(part, bytes):
                new.writestr(name, part)
    return target.getvalue()


def swap(old: str, new: str) -> Callable[[bytes], bytes]:
    def apply(part: bytes) -> bytes:
        assert old.encode() in part
        return part.replace(old.encode(), new.encode())

    return apply


SHEET = "xl/worksheets/sheet1.xml"
TYPES = "[Content_Types].xml"


@pytest.mark.parametrize("inline", [True, False])
def test_values_of_a_workbook(inline: bool) -> None:
    def fill(book: Any, sheet: Any) -> None:
        day = book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, ["text", "whole", "number", "flag", "day", "moment", "time", "blank", "odd"])
        sheet.write_string(1, 0, " é\r\n_x000D_ ")
        sheet.write_number(1, 1, 12)
        sheet.write_number(1, 2, 0.1)
        sheet.write_boolean(1, 3, True)
        sheet.write_datetime(1, 4, datetime(2023, 3, 12), day)
        sheet.write_datetime(1, 5, datetime(2023, 3, 12, 10, 30), book.add_format({"num_format": "dd/mm/yyyy hh:mm"}))
        sheet.write_datetime(1, 6, time(10, 30), book.add_format({"num_format": "hh:mm"}))
        sheet.write_string(1, 8, "=1+1")

    head, rows = read(make(("S", fill), constant_memory=inline))
    assert (head.form, head.sheet, head.encoding, head.delimiter) == ("xlsx", "S", None, None)
    expected = (12, 0.1, True, "2023-03-12", "2023-03-12T10:30:00", "10:30:00", None, "=1+1")
    assert rows[0].cells[1:] == expected
    if inline:
        assert rows[0].cells[0] == " é\r\n_x000D_ "


def test_dates_of_the_other_calendar() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "day")
        sheet.write_datetime(1, 0, datetime(2023, 3, 12), book.add_format({"num_format": "yyyy-mm-dd"}))

    assert read(make(("S", fill), date_1904=True))[1][0].cells == ("2023-03-12",)


def test_rows_and_columns_may_be_missing() -> None:
    _, rows = read(make(("S", table((), ("a", None, "c"), (), (1,), (None, None, 2)))))
    assert rows == [SheetRow(4, (1, None, None)), SheetRow(5, (None, None, 2))]


def test_stated_size_of_a_sheet_is_not_trusted() -> None:
    content = change(simple(), {SHEET: swap('<dimension ref="A1:B2"/>', '<dimension ref="A1:A1"/>')})
    assert read(content)[1] == [SheetRow(2, (1, "x"))]


def test_one_of_several_sheets_must_be_named() -> None:
    def hide(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "h")
        sheet.hide()

    content = make(("Notes", table(("n",))), ("Incidents", table(("a",), (1,))), ("Old", hide))
    assert list_sheets(ByteSource(name="table", content=content)) == ("Notes", "Incidents", "Old")
    assert "Notes, Incidents, Old (hidden)" in refuse(content, "several sheets", error=UsageError)
    assert "did you mean “Incidents”?" in refuse(content, "no such sheet", error=UsageError, sheet="Incident")
    assert read(content, sheet="Incidents")[1] == [SheetRow(2, (1,))]
    assert read(content, sheet="Old")[0].notes == ("the sheet Old is hidden in the workbook",)


def test_formula_counts_with_its_last_result() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 0, "=1+1", value=2)
        sheet.write_formula(2, 0, '="x"&"y"', value="xy")

    assert [row.cells[0] for row in read(make(("S", fill)))[1]] == [2, "xy"]


def test_formula_without_result_is_named() -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "Data"
    sheet.append(["a", "b"])
    sheet.append([1, "=1+1"])
    sheet.append([2, 3])
    target = io.BytesIO()
    book.save(target)
    _, rows = read(target.getvalue())
    assert [(f.line, f.value, f.message) for f in rows[0].findings] == [
        (2, "Data!B2", "the formula was never computed")
    ]
    assert rows[1] == SheetRow(3, (2, 3))


def test_error_cell_is_named() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_formula(1, 1, "=A9", value="#REF!")
        sheet.write_string(2, 1, "#REF!")

    _, rows = read(make(("S", fill)))
    assert [(f.value, f.message) for f in rows[0].findings] == [("S!B2", "the cell holds the error #REF!")]
    assert rows[1].cells == (None, "#REF!")


def test_impossible_date_is_an_error() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "day")
        sheet.write_number(1, 0, 1e9, book.add_format({"num_format": "dd/mm/yyyy"}))

    assert "#VALUE!" in read(make(("S", fill)))[1][0].findings[0].message


def test_merged_cells_are_named_in_each_row() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b"])
        sheet.merge_range("A2:A3", "x")
        sheet.write_row(1, 1, [1])
        sheet.write_row(2, 1, [2])
        sheet.write_row(3, 0, ["y", 3])

    _, rows = read(make(("S", fill)))
    assert [[f.value for f in row.findings] for row in rows] == [["S!A2:A3"], ["S!A2:A3"], []]


def test_merged_title_is_no_header() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.merge_range("A1:B1", "List")
        sheet.write_row(2, 0, ["a", "b"])
        sheet.write_row(3, 0, [1, 2])

    content = make(("S", fill))
    assert "S!A1:B1" in refuse(content, "the header cannot be read")
    head, rows = read(content, header=3)
    assert (head.columns, rows) == (("a", "b"), [SheetRow(4, (1, 2))])
    refuse(content, "there is no header", header=2)


def test_value_beyond_the_header() -> None:
    _, rows = read(make(("S", table(("a",), (1, None, 2), (3,)))))
    assert [[f.value for f in row.findings] for row in rows] == [["S!C2"], []]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"xl/vbaProject.bin": b"x"}, "holds macros"),
        ({"xl/macrosheets/sheet9.xml": b"<x/>"}, "holds macros"),
        ({"xl/externalLinks/externalLink1.xml": b"<x/>"}, "holds links to other workbooks"),
        ({"xl/embeddings/oleObject1.bin": b"x"}, "holds embedded objects"),
        ({"xl/activeX/activeX1.xml": b"<x/>"}, "holds embedded objects"),
        ({"xl/connections.xml": b"<x/>"}, "holds connections to data"),
        ({"xl/other.bin": b"x"}, "a part of an unknown kind"),
        ({"../evil.xml": b"<x/>"}, "stands twice or outside of it"),
        ({"XL/workbook.xml": b"<x/>"}, "stands twice or outside of it"),
        ({TYPES: swap("spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml")}, "not an XLSX workbook"),
        (
            {TYPES: swap("openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main")},
            "holds macros",
        ),
        ({TYPES: swap("spreadsheetml.worksheet+xml", "oleObject")}, "holds embedded objects"),
        ({TYPES: None}, "must hold one file"),
        ({TYPES: b"<nonsense"}, "damaged"),
        ({"xl/workbook.xml": None}, "damaged"),
        ({"xl/workbook.xml": swap("spreadsheetml/2006/main", "x")}, "does not fit the sheets"),
        (
            {
                "xl/workbook.xml": swap(
                    "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
                    "http://purl.oclc.org/ooxml/spreadsheetml/main",
                )
            },
            "strict form",
        ),
        ({SHEET: b"<worksheet"}, "not valid XML"),
        ({SHEET: None}, "does not fit the sheets"),
        ({"xl/sharedStrings.xml": b"<sst/>"}, "damaged"),
        ({SHEET: swap('<row r="2"', '<row r="1"')}, "rows are not in order"),
        ({SHEET: swap('<row r="2"', '<row r="9999999"')}, "rows are not in order"),
        ({SHEET: swap('<row r="2"', '<row r="2.0"')}, "rows are not in order"),
        ({SHEET: swap('r="B2"', 'r="A2"')}, "cells are not in order"),
        ({SHEET: swap('r="B2"', 'r="B7"')}, "cells are not in order"),
        ({SHEET: swap('r="B2"', 'r="XFD2"')}, "too many columns"),
        ({SHEET: swap("<v>1</v>", "<v>" + "1" * 140_000 + "</v>")}, "a cell is too long"),
        ({SHEET: swap("<v>1</v>", "<v>one</v>")}, "damaged"),
        ({SHEET: swap("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1"/></mergeCells>')}, "merged range"),
    ],
)
def test_workbook_that_is_refused(parts: dict[str, Any], message: str) -> None:
    refuse(change(simple(), parts), message)


DOCTYPE = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd">'


@pytest.mark.parametrize(
    "part", [SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", TYPES, "_rels/.rels"]
)
@pytest.mark.parametrize("start", [DOCTYPE, EXTERNAL], ids=["entities", "external"])
def test_entity_bombs_are_refused_in_every_part(part: str, start: bytes) -> None:
    refuse(change(simple(), {part: lambda old: start + old[old.index(b"?>") + 2 :]}), "holds a DTD")


def test_entity_bomb_in_another_encoding() -> None:
    def convert(old: bytes) -> bytes:
        text = DOCTYPE.decode().replace("1.0", '1.0" encoding="utf-16') + old.decode()[old.index(b"?>") + 2 :]
        return text.encode("utf-16")

    refuse(change(simple(), {SHEET: convert}), "holds a DTD")


def test_the_reader_behind_refuses_entities_too() -> None:
    assert openpyxl.DEFUSEDXML
    assert openpyxl.xml.functions.iterparse.__module__.startswith("defusedxml")


def test_relations_to_other_files() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b"])
        sheet.write_url(1, 0, "https://example.org/a")

    content = make(("S", fill))
    # A hyperlink is only an address.
    assert read(content)[1][0].cells[0] == "https://example.org/a"
    part = "xl/worksheets/_rels/sheet1.xml.rels"
    assert "https://example.org/a" in refuse(
        change(content, {part: swap("/hyperlink", "/image")}), "leads to another file"
    )
    refuse(change(content, {part: swap("/hyperlink", "/oleObject")}), "holds embedded objects")


def test_archive_tricks(monkeypatch: pytest.MonkeyPatch) -> None:
    content = simple()
    cut = content[: len(content) - 40]
    with (
        pytest.raises(DocumentError, match="damaged"),
        open_sheet(ByteSource(name="table.xlsx", content=cut)) as opened,
    ):
        list(opened.rows)
    refuse(change(content, {f"xl/x{number}.xml": b"<x/>" for number in range(1_000)}), "too many parts")
    bomb = swap("</sheetData>", "</sheetData>" + " " * 20_000_000)
    assert SHEET in refuse(change(content, {SHEET: bomb}), "expands beyond reason")
    monkeypatch.setattr(xlsx_packages, "MAX_TEXTS", 100)
    assert "xl/sharedStrings.xml" in refuse(content, "a part of the workbook is too large")
    monkeypatch.setattr(xlsx_packages, "MAX_EXPANDED", 1_000)
    refuse(content, "the workbook is too large")


def test_parts_over_each_other() -> None:
    # Two entries of the directory that lead to the same bytes.
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr(TYPES, b"x" * 5_000)
        info = archive.getinfo(TYPES)
        again = zipfile.ZipInfo("xl/copy.xml")
        again.header_offset, again.CRC = info.header_offset, info.CRC
        again.file_size = again.compress_size = info.file_size
        archive.filelist.append(again)
    refuse(target.getvalue(), "over each other")


def test_part_with_a_password() -> None:
    content = bytearray(simple())
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    refuse(bytes(content), "has a password")


def test_tag_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_packages, "MAX_TOKEN", 100_000)
    long = swap("<sheetData>", f"<!--{'x' * 300_000}--><sheetData>")
    refuse(change(simple(), {SHEET: long}), "a tag without end")


def test_too_many_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b"])
        for row in range(1, 9, 2):
            sheet.merge_range(row, 0, row + 1, 0, "x")

    monkeypatch.setattr(xlsx_marks, "MAX_MARKS", 3)
    refuse(make(("S", fill)), "too many merged cells")


def test_other_office_documents() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    refuse(target.getvalue(), "not a workbook")


def test_every_refusal_names_the_file_and_the_repair() -> None:
    for content in (b"", b"a,b\n\x00", change(simple(), {"xl/vbaProject.bin": b"x"})):
        with pytest.raises(DataError) as caught:
            read(content)
        assert all(finding.file == "table" and finding.repair for finding in caught.value.findings)


def test_a_date_is_not_a_moment() -> None:
    def fill(book: Any, sheet: Any) -> None:
        sheet.write(0, 0, "day")
        sheet.write_datetime(1, 0, date(2024, 2, 29), book.add_format({"num_format": "d mmm yyyy"}))

    assert read(make(("S", fill)))[1][0].cells == ("2024-02-29",)
