"""Figures of documents as workbook and CSV: raw, with units, neutralised, equal for equal documents."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import datetime
from io import BytesIO, StringIO
from zipfile import ZipFile

import openpyxl
import pytest

from document_samples import ADDRESS, HOSTILE, make_document, make_empty, make_hostile
from hygie.report.document import Cell, Column, Section, Table
from hygie.report.render_tables import render_csv_folder, render_workbook, tabulate_figures
from hygie.views.messages import Language


def open_book(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(content))


def read_csv(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def test_every_figure_is_there_with_its_raw_value() -> None:
    tables = {table.id: table for table in tabulate_figures(make_document("fr"))}
    assert list(tables) == ["key", "curve", "incidents"]
    assert tables["curve"].rows == ((1e5, 0.2), (1e6, 0.1))
    assert tables["incidents"].rows[0] == ("2022-03-02", "Centre hospitalier de la vallée n°\u00a00", 100, 1e5)
    assert [column.header for column in tables["incidents"].columns] == [
        "Date",
        "Établissement",
        "Lits [beds]",
        "Perte [EUR_2024]",
    ]
    assert tables["key"].rows[1][2:4] == (0.016, "share")
    assert tables["incidents"].heading == "Tableau\u00a01"
    assert tables["curve"].heading == "Figure\u00a01"


@pytest.mark.parametrize("language", ["fr", "en"])
def test_workbook_reads_back(language: Language) -> None:
    document = make_document(language)
    book = open_book(render_workbook(document))
    first, last = ("À lire", "Sources") if language == "fr" else ("Read me", "Sources")
    assert book.sheetnames == [first, "key", "curve", "incidents", last]
    facts = [[cell.value for cell in row] for row in book[first].iter_rows()]
    texts = [text for row in facts for text in row if text]
    assert document.title in texts
    assert "TLP:CLEAR" in texts
    assert document.reproduce in texts
    assert facts[-1][0] == "incidents"
    sheet = book["incidents"]
    assert [cell.value for cell in sheet[2]][2:] == [100, 100_000]
    assert all(cell.data_type == "n" for cell in sheet[2][2:])
    assert sheet.max_row == 47
    assert sheet.freeze_panes == "A2"
    assert book[last]["A2"].value == 1
    assert book[last]["J2"].value == ADDRESS
    assert all("TLP:CLEAR" in (page.oddHeader.center.text or "") for page in book)
    assert book.properties.created == datetime(2026, 11, 1)


def test_no_cell_is_a_formula_or_a_link() -> None:
    content = render_workbook(make_hostile("en"))
    book = open_book(content)
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row}
    assert "f" not in kinds
    assert not any(sheet._hyperlinks for sheet in book)
    cells = [cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    assert "'=1+1" in cells
    assert not [text for text in cells if text.lstrip(" '\"").startswith("=") and not text.startswith("'")]
    with ZipFile(BytesIO(content)) as parts:
        assert not [name for name in parts.namelist() if "external" in name or name.endswith(".bin")]
        for name in parts.namelist():
            assert b"<script>" not in parts.read(name)


def test_names_of_sheets_are_short_and_distinct() -> None:
    long = "a/very:long*name?of[a]table" * 3
    tables = tuple(
        Table(f"{long}{end}", "T", (Column("a", "A"),), ((Cell(("x",)),),)) for end in ("", "!", "'", "history")
    )
    document = replace(make_empty("en"), sections=(Section("s", "S", (*tables, replace(tables[0], id="HISTORY"))),))
    names = open_book(render_workbook(document)).sheetnames
    assert len(names) == len({name.casefold() for name in names}) == 7
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in names)


def test_csv_files_read_back() -> None:
    document = make_document("fr")
    files = render_csv_folder(document)
    assert list(files) == ["read-me.csv", "key.csv", "curve.csv", "incidents.csv", "sources.csv"]
    rows = read_csv(files["incidents.csv"])
    assert rows[0] == ["Date", "Établissement", "Lits [beds]", "Perte [EUR_2024]"]
    assert rows[1][2:] == ["100", "100000.0"]
    assert len(rows) == 47
    assert read_csv(files["curve.csv"])[1:] == [["100000.0", "0.2"], ["1000000.0", "0.1"]]
    assert ["Marquage", "TLP:CLEAR"] in read_csv(files["read-me.csv"])
    assert len(read_csv(files["sources.csv"])) == 6


def test_hostile_texts_in_csv() -> None:
    for content in render_csv_folder(make_hostile("en")).values():
        for row in read_csv(content):
            assert not [cell for cell in row if re.match(r"[=+@\t\r]", cell)]
    assert HOSTILE.startswith("#")


@pytest.mark.parametrize("language", ["fr", "en"])
def test_empty_document_has_its_first_sheet(language: Language) -> None:
    document = make_empty(language)
    assert len(open_book(render_workbook(document)).sheetnames) == 4
    assert read_csv(render_csv_folder(document)["none.csv"]) == [["A", "B"]]


def test_missing_and_odd_numbers() -> None:
    columns = (Column("a", "A"), Column("b", "B", "share"))
    table = Table(
        "t", "T", columns, ((Cell(("–",), float("nan")), Cell(("",))), (Cell(("yes",), True), Cell(("x",), 0.1)))
    )
    document = replace(make_empty("en"), sections=(Section("s", "S", (table,)),))
    sheet = open_book(render_workbook(document))["t"]
    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [["nan", None], [True, 0.1]]
    assert read_csv(render_csv_folder(document)["t.csv"])[1:] == [["nan", ""], ["true", "0.1"]]


def test_equal_documents_give_equal_bytes() -> None:
    assert render_workbook(make_document("fr")) == render_workbook(make_document("fr"))
    assert render_csv_folder(make_document("fr")) == render_csv_folder(make_document("fr"))
