"""A document as plain data, ready for templates: numbered, cleaned, its charts drawn.

The page and the PDF are filled from the same data. Every text passes `clean_label`, so that no invisible character
reorders the words around it; nothing here is markup except the drawings, in which Vega escapes every text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from hygie.report.document import (
    Beside,
    Block,
    Bullets,
    Cite,
    Document,
    KeyFigures,
    Link,
    Note,
    Paragraph,
    Picture,
    Section,
    Source,
    Strong,
    Table,
    Term,
    Text,
)
from hygie.report.document_words import (
    explain_grades,
    show_tlp,
    write_date,
    write_document_words,
    write_source_words,
    write_table_words,
)
from hygie.report.numbering import number_figures, number_sources, number_tables
from hygie.views.charts import render_svg
from hygie.views.charts_layout import Chart, clean_label

__all__ = ["Draw", "describe_document", "draw_svg"]

Data = dict[str, Any]
Draw = Callable[[Picture], Data]

_SAFE = ("https://", "http://")


def describe_document(document: Document, draw: Draw) -> Data:
    """Return what templates need, as dictionaries, lists, texts and numbers.

    Parameters
    ----------
    draw
        Gives the drawings of a picture, under names that the template knows.

    Raises
    ------
    EvidenceError
        A citation leads to no source.
    """
    numbers = number_sources(document)
    writer = _Writer(
        sources=numbers,
        figures=number_figures(document),
        tables=number_tables(document),
        terms=frozenset(entry.key for entry in document.glossary),
        headings=write_table_words(document.language),
        draw=draw,
    )
    letters, digits = explain_grades(document.language)
    ordered = sorted(document.sources, key=lambda source: numbers[source.ref])
    return {
        "id": document.id,
        "kind": document.kind,
        "language": document.language,
        "title": clean_label(document.title),
        "subtitle": clean_label(document.subtitle),
        "running": clean_label(document.running),
        "tlp": show_tlp(document.tlp),
        "tlp_level": document.tlp.value.split("+")[0],
        "date": {"year": document.stated_on.year, "month": document.stated_on.month, "day": document.stated_on.day},
        "stated_on": write_date(document.stated_on.isoformat(), document.language),
        "facts": [[clean_label(label), clean_label(value)] for label, value in document.facts],
        "keywords": [*(clean_label(word) for word in document.keywords), show_tlp(document.tlp)],
        "words": write_document_words(document),
        "summary": [writer.write_block(block) for block in document.summary],
        "sections": [
            writer.write_section(section, depth=1, number=str(at)) for at, section in enumerate(document.sections, 1)
        ],
        "sources": [_write_source(source, numbers[source.ref], document.language) for source in ordered],
        "grades": [[list(entry) for entry in letters], [list(entry) for entry in digits]],
        "glossary": [
            {"key": _anchor(entry.key), "term": clean_label(entry.term), "meaning": clean_label(entry.meaning)}
            for entry in document.glossary
        ],
        "meanings": {_anchor(entry.key): clean_label(entry.meaning) for entry in document.glossary},
        "reproduce": clean_label(document.reproduce),
    }


def draw_svg(chart: Chart, language: str) -> str:
    """Return the drawing of a chart; those of a document just drawn are remembered, for its next format."""
    return _draw_spec(json.dumps(chart.spec, sort_keys=True), language)


@lru_cache(maxsize=64)
def _draw_spec(spec: str, language: str) -> str:
    return render_svg(json.loads(spec), language)


def _anchor(name: str) -> str:
    """Return a name as an anchor of a page may be written."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name)


def _list_runs(numbers: list[int]) -> list[list[int]]:
    """Return numbers in order, three or more in a row as their first and last.

    >>> _list_runs([7, 3, 1, 2, 9])
    [[1, 3], [7], [9]]
    """
    runs: list[list[int]] = []
    for number in sorted(numbers):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    shown: list[list[int]] = []
    for run in runs:
        shown += [[run[0], run[-1]]] if len(run) > 2 else [[number] for number in run]
    return shown


def _write_source(source: Source, number: int, language: str) -> Data:
    words = write_source_words(source, language)
    return {
        "number": number,
        "title": clean_label(source.title),
        "about": " · ".join(clean_label(part) for part in words if part),
        "url": _safe_url(source.url),
        "grade": clean_label(source.grade),
        "grade_text": clean_label(source.grade_text),
        "used_for": clean_label(source.used_for),
    }


def _safe_url(url: str | None) -> str | None:
    if url is None or not url.lower().startswith(_SAFE):
        return None
    return clean_label(url).strip().replace(" ", "%20")


@dataclass(frozen=True, slots=True)
class _Writer:
    sources: Mapping[str, int]
    figures: Mapping[str, int]
    tables: Mapping[str, int]
    terms: frozenset[str]
    headings: Mapping[str, str]
    draw: Draw

    def write_section(self, section: Section, *, depth: int, number: str) -> Data:
        blocks: list[Data] = []
        inner = 0
        for block in section.blocks:
            if isinstance(block, Section):
                inner += 1
                blocks.append(self.write_section(block, depth=depth + 1, number=f"{number}.{inner}"))
            else:
                blocks.append(self.write_block(block))
        return {
            "block": "section",
            "id": _anchor(section.id),
            "title": clean_label(section.title),
            "number": number,
            "depth": depth,
            "new_page": section.new_page,
            "blocks": blocks,
        }

    def write_text(self, text: Text) -> list[Data]:
        parts: list[Data] = []
        for part in text:
            if isinstance(part, str):
                parts.append({"kind": "text", "text": clean_label(part)})
            elif isinstance(part, Strong):
                parts.append({"kind": "strong", "text": clean_label(part.text)})
            elif isinstance(part, Term):
                kind = "term" if part.key in self.terms else "text"
                parts.append({"kind": kind, "text": clean_label(part.text), "key": _anchor(part.key)})
            elif isinstance(part, Link):
                url = _safe_url(part.url)
                parts.append({"kind": "link" if url else "text", "text": clean_label(part.text), "url": url})
            else:
                self._add_cite(parts, part)
        for before, after in pairwise(parts):
            # The space that stood before the number comes after it.
            if before["kind"] == "cite" and after.get("text", "")[:1].isalnum():
                after["text"] = " " + after["text"]
        for written in parts:
            if written["kind"] == "cite":
                written["runs"] = _list_runs(written["numbers"])
        return parts

    def _add_cite(self, parts: list[Data], cite: Cite) -> None:
        number = self.sources[cite.ref]
        if parts and parts[-1]["kind"] == "cite":
            if number not in parts[-1]["numbers"]:
                parts[-1]["numbers"].append(number)
            return
        if parts and "text" in parts[-1]:
            # The number clings to the word before it.
            parts[-1]["text"] = parts[-1]["text"].rstrip(" ")
        parts.append({"kind": "cite", "numbers": [number]})

    def write_block(self, block: Block) -> Data:
        if isinstance(block, Paragraph):
            return {"block": "paragraph", "text": self.write_text(block.text), "lead": block.lead}
        if isinstance(block, Bullets):
            items = [self.write_text(item) for item in block.items]
            return {"block": "bullets", "items": items, "numbered": block.numbered}
        if isinstance(block, KeyFigures):
            return {"block": "key_figures", "id": _anchor(block.id), "items": self._write_figures(block)}
        if isinstance(block, Table):
            return self._write_table(block)
        if isinstance(block, Picture):
            return self._write_picture(block)
        if isinstance(block, Note):
            inner = [self.write_block(each) for each in block.blocks]
            return {"block": "note", "kind": block.kind, "title": clean_label(block.title), "blocks": inner}
        assert isinstance(block, Beside)
        return {
            "block": "beside",
            "left": [self.write_block(each) for each in block.left],
            "right": [self.write_block(each) for each in block.right],
            "share": min(0.8, max(0.2, block.share)),
        }

    def _write_figures(self, block: KeyFigures) -> list[Data]:
        return [
            {
                "value": clean_label(item.value),
                "label": clean_label(item.label),
                "range": clean_label(item.range),
                "meaning": self.write_text(item.meaning),
            }
            for item in block.items
        ]

    def _write_table(self, table: Table) -> Data:
        return {
            "block": "table",
            "id": _anchor(table.id),
            "heading": self.headings["table"].format(number=self.tables[table.id]),
            "title": clean_label(table.title),
            "columns": [
                {"label": clean_label(column.label), "align": column.align, "share": max(0.1, column.share)}
                for column in table.columns
            ],
            "rows": [[self.write_text(cell.text) for cell in row] for row in table.rows],
            "sentence": self.write_text(table.sentence),
            "total": table.total,
        }

    def _write_picture(self, picture: Picture) -> Data:
        chart: Chart = picture.chart
        return {
            "block": "picture",
            "id": _anchor(picture.id),
            "heading": self.headings["figure"].format(number=self.figures[picture.id]),
            "title": clean_label(chart.title),
            "description": clean_label(chart.sentence),
            "text": self.write_text(picture.text or (chart.sentence,)),
            **self.draw(picture),
        }
