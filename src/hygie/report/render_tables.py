"""Every figure of a document as tables: raw values with their units, as a workbook or as CSV files.

Texts are neutralised (`core.spreadsheets`), numbers stay numbers. Equal documents give equal bytes.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from io import BytesIO, StringIO
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from hygie.core.spreadsheets import neutralise_text
from hygie.report.document import Document, KeyFigures, Picture, Raw, Table, Text, walk_blocks
from hygie.report.document_words import show_tlp, write_date, write_table_words
from hygie.report.numbering import number_figures, number_sources, number_tables
from hygie.report.plain_text import write_plain
from hygie.views.charts_layout import clean_label

__all__ = ["FigureColumn", "FigureTable", "render_csv_folder", "render_workbook", "tabulate_figures"]

# Limits of workbooks: characters of the name of a sheet, of a cell; rows of a sheet.
_NAME_CHARACTERS = 31
_CELL_CHARACTERS = 32_767
_MAX_ROWS = 1_048_576


@dataclass(frozen=True, slots=True)
class FigureColumn:
    """A column of raw values; `unit` is one of `core.units`, or empty."""

    id: str
    label: str
    unit: str

    @property
    def header(self) -> str:
        """Label and unit, as files of figures print them."""
        return f"{self.label} [{self.unit}]" if self.unit not in ("", "1") else self.label


@dataclass(frozen=True, slots=True)
class FigureTable:
    """The figures of one table, picture or row of key figures; `heading` is how the document calls it."""

    id: str
    heading: str
    title: str
    sentence: str
    columns: tuple[FigureColumn, ...]
    rows: tuple[tuple[Raw, ...], ...]


def tabulate_figures(document: Document) -> tuple[FigureTable, ...]:
    """Return every figure of a document, in the order of reading; pictures without data are left out."""
    figures, tables = number_figures(document), number_tables(document)
    words = write_table_words(document.language)
    found: list[FigureTable] = []
    for block in walk_blocks(document):
        if isinstance(block, KeyFigures):
            found.append(_tabulate_key_figures(block, words))
        elif isinstance(block, Table):
            found.append(_tabulate(block, block.id, words["table"].format(number=tables[block.id]), block.title))
        elif isinstance(block, Picture) and block.data is not None:
            heading = words["figure"].format(number=figures[block.id])
            sentence = write_plain(block.text) or block.chart.sentence
            found.append(_tabulate(block.data, block.id, heading, block.chart.title, sentence))
    return tuple(found)


def _tabulate(table: Table, name: str, heading: str, title: str, sentence: str = "") -> FigureTable:
    return FigureTable(
        id=name,
        heading=heading,
        title=title,
        sentence=sentence or write_plain(table.sentence),
        columns=tuple(FigureColumn(column.id, column.label, column.unit) for column in table.columns),
        rows=tuple(tuple(_raw(cell.raw, cell.text) for cell in row) for row in table.rows),
    )


def _raw(raw: Raw, text: Text) -> Raw:
    return raw if raw is not None else write_plain(text) or None


def _tabulate_key_figures(block: KeyFigures, words: dict[str, str]) -> FigureTable:
    names = ("label", "value", "raw", "unit", "range", "meaning")
    return FigureTable(
        id=block.id,
        heading=words["key_figures"],
        title=words["key_figures"],
        sentence="",
        columns=tuple(FigureColumn(name, words[name], "") for name in names),
        rows=tuple(
            (item.label, item.value, item.raw, item.unit or None, item.range or None, write_plain(item.meaning) or None)
            for item in block.items
        ),
    )


def render_csv_folder(document: Document) -> dict[str, bytes]:
    """Return CSV files by name (RFC 4180: commas, points, UTF-8 with a byte-order mark): each figure, read-me, sources.

    Raises
    ------
    EvidenceError
        A citation leads to no source of the document.
    """
    made = {"read-me.csv": _write_csv(_list_facts(document))}
    for table in tabulate_figures(document):
        header: tuple[Raw, ...] = tuple(column.header for column in table.columns)
        made[f"{name_file(table.id)}.csv"] = _write_csv([header, *table.rows])
    made["sources.csv"] = _write_csv(_list_sources(document))
    return made


def name_file(text: str) -> str:
    """Return a text as the name of a file: letters, figures and hyphens.

    >>> name_file("key/figures: 1")
    'key-figures-1'
    """
    return re.sub(r"[^A-Za-z0-9_]+", "-", text).strip("-")[:80] or "figures"


def _write_csv(rows: Sequence[Sequence[Raw]]) -> bytes:
    text = StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([_write_cell(cell) for cell in row] for row in rows)
    return text.getvalue().encode("utf-8-sig")


def _write_cell(value: Raw) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # The shortest digits that give the same number back.
    return neutralise_text(clean_label(value)) if isinstance(value, str) else repr(value)


def _list_facts(document: Document) -> list[tuple[Raw, ...]]:
    words = write_table_words(document.language)
    rows: list[tuple[Raw, ...]] = [
        (words["title"], document.title),
        (words["subtitle"], document.subtitle),
        (words["stated_on"], write_date(document.stated_on.isoformat(), document.language)),
        (words["marking"], show_tlp(document.tlp)),
        *document.facts,
        (words["reproduce"], document.reproduce),
        (words["units"], words["units_text"]),
        (),
        (words["name"], words["contents"], words["sentence"]),
    ]
    rows += [(table.id, f"{table.heading} · {table.title}", table.sentence) for table in tabulate_figures(document)]
    return rows


def _list_sources(document: Document) -> list[tuple[Raw, ...]]:
    words = write_table_words(document.language)
    numbers = number_sources(document)
    head = ("number", "source_title", "publisher", "published_on", "read_on", "grade", "grade_text", "marking")
    rows: list[tuple[Raw, ...]] = [tuple(words[name] for name in (*head, "used_for", "address"))]
    for source in sorted(document.sources, key=lambda source: numbers[source.ref]):
        rows.append(
            (
                numbers[source.ref],
                source.title,
                source.publisher,
                source.published_on,
                source.read_on,
                source.grade,
                source.grade_text,
                show_tlp(source.tlp),
                source.used_for,
                source.url,
            )
        )
    return rows


def render_workbook(document: Document) -> bytes:
    """Return an XLSX workbook: a sheet to read first, one sheet for each figure, the sources.

    Raises
    ------
    EvidenceError
        A citation leads to no source of the document.
    """
    words = write_table_words(document.language)
    stream = BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(stream, options) as book:
        book.set_properties(
            {
                "title": clean_label(document.title),
                "keywords": ", ".join(document.keywords),
                "comments": show_tlp(document.tlp),
                "created": datetime.combine(document.stated_on, time.min),
            }
        )
        styles = _Styles(book)
        names: set[str] = set()
        facts = book.add_worksheet(_name_sheet(words["read_me"], names))
        _fill_facts(facts, document, styles)
        for table in tabulate_figures(document):
            _fill_sheet(book.add_worksheet(_name_sheet(table.id, names)), table, styles)
        _fill_sources(book.add_worksheet(_name_sheet(words["sources"], names)), document, styles)
        for sheet in book.worksheets():
            sheet.set_header(f"&C{show_tlp(document.tlp)}")
            sheet.set_footer(f"&L{show_tlp(document.tlp)}&R&A, &P / &N")
            sheet.set_paper(9)
            sheet.fit_to_pages(1, 0)
    return stream.getvalue()


class _Styles:
    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.bold = book.add_format({"bold": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.quiet = book.add_format({"font_color": "#4d5b68"})
        self.text = book.add_format({"text_wrap": True, "valign": "top"})
        self.number = book.add_format({"num_format": "#,##0.##########", "valign": "top"})
        self.whole = book.add_format({"num_format": "#,##0", "valign": "top"})


def _name_sheet(text: str, taken: set[str]) -> str:
    plain = re.sub(r"[\[\]:*?/\\']+", " ", clean_label(text)).strip()[:_NAME_CHARACTERS] or "figures"
    name, at = plain, 1
    while name.casefold() in taken or name.casefold() == "history":
        at += 1
        end = f" {at}"
        name = plain[: _NAME_CHARACTERS - len(end)] + end
    taken.add(name.casefold())
    return name


def _put(sheet: Any, row: int, column: int, value: Raw, styles: _Styles) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value)
    elif isinstance(value, str):
        text = neutralise_text(clean_label(value))
        sheet.write_string(row, column, text[:_CELL_CHARACTERS], styles.text)
    elif value != value or value in (float("inf"), float("-inf")):
        sheet.write_string(row, column, repr(value))
    else:
        sheet.write_number(row, column, value, styles.whole if float(value).is_integer() else styles.number)


def _fill_sheet(sheet: Any, table: FigureTable, styles: _Styles) -> None:
    for column, head in enumerate(table.columns):
        sheet.write_string(0, column, neutralise_text(clean_label(head.header)), styles.head)
        longest = max((len(str(row[column])) for row in table.rows if row[column] is not None), default=0)
        sheet.set_column(column, column, min(60, max(12, longest + 2)))
    for at, row in enumerate(table.rows[: _MAX_ROWS - 1], start=1):
        for column, value in enumerate(row):
            _put(sheet, at, column, value, styles)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    if table.rows:
        sheet.autofilter(0, 0, len(table.rows), len(table.columns) - 1)


def _fill_facts(sheet: Any, document: Document, styles: _Styles) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 2, 70)
    listed = False
    for row, cells in enumerate(_list_facts(document)):
        for column, value in enumerate(cells):
            if isinstance(value, str) and value:
                style = (
                    styles.head if listed is False and len(cells) == 3 else styles.bold if column == 0 else styles.text
                )
                sheet.write_string(row, column, neutralise_text(clean_label(value))[:_CELL_CHARACTERS], style)
        listed = listed or len(cells) == 3


def _fill_sources(sheet: Any, document: Document, styles: _Styles) -> None:
    rows = _list_sources(document)
    for column, width in enumerate((8, 60, 28, 14, 14, 8, 40, 14, 40, 60)):
        sheet.set_column(column, column, width)
    for column, head in enumerate(rows[0]):
        sheet.write_string(0, column, str(head), styles.head)
    for at, row in enumerate(rows[1:], start=1):
        for column, value in enumerate(row):
            _put(sheet, at, column, value, styles)
    sheet.freeze_panes(1, 0)
