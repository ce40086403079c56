"""A document before any format: what it says and shows, in order.

Builders turn view models into a `Document`; renderers turn a `Document` into HTML, PDF, a workbook or tables. Words are
already in the language of the document and numbers already written; tables keep the raw value beside what is shown, so
that files of figures need no second source.

    Document
    ├── Section ⊃ Section …        numbered headings, the contents
    │   └── Block                  Paragraph, Bullets, KeyFigures, Table, Picture, Note, Beside
    ├── Source …                   numbered when first cited; the list of evidence
    └── TermEntry …                the glossary
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from hygie.core.evidence import TLP
from hygie.views.charts_layout import Chart
from hygie.views.messages import Language

__all__ = [
    "Beside",
    "Block",
    "Bullets",
    "Cell",
    "Cite",
    "Column",
    "Document",
    "Inline",
    "KeyFigure",
    "KeyFigures",
    "Link",
    "Note",
    "Paragraph",
    "Picture",
    "Section",
    "Source",
    "Strong",
    "Table",
    "Term",
    "TermEntry",
    "Text",
    "walk_blocks",
    "walk_sections",
]

Raw = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Strong:
    """Words that stand out."""

    text: str


@dataclass(frozen=True, slots=True)
class Term:
    """Words explained in the glossary under `key`."""

    text: str
    key: str


@dataclass(frozen=True, slots=True)
class Cite:
    """A numbered reference to the source of that ref."""

    ref: str


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead to a web address."""

    text: str
    url: str


Inline = str | Strong | Term | Cite | Link
Text = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `lead` ones are set larger, at the head of a document or section."""

    text: Text
    lead: bool = False


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of short texts."""

    items: tuple[Text, ...]
    numbered: bool = False


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One large figure: what it counts, and what it does and does not mean.

    Parameters
    ----------
    value
        As it is read: ``14``, ``at least €7m``, ``16 in 1,000``.
    range
        Likely range as it is read, empty when the figure is a plain count.
    raw
        The number itself, for the files of figures; None when there is none.
    """

    id: str
    value: str
    label: str
    meaning: Text = ()
    range: str = ""
    raw: Raw = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """A row of key figures."""

    id: str
    items: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `unit` is one of `core.units`, or empty; `share` of the width relative to the others."""

    id: str
    label: str
    unit: str = ""
    align: Literal["left", "right", "centre"] = "left"
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Cell:
    """What is shown, and the raw value for the files of figures (the words themselves when None)."""

    text: Text
    raw: Raw = None


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its title, and the sentence that reads it; rows may break over pages and repeat their head."""

    id: str
    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    sentence: Text = ()
    total: bool = False
    """The last row is a total."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart, with what it was drawn from.

    Parameters
    ----------
    chart
        Title, sentence and Vega-Lite specification at the width of a page.
    narrow
        The same for a telephone, if it differs.
    data
        The table behind it, for the files of figures; its rows are not shown.
    text
        The sentence with its references; that of the chart when empty.
    """

    id: str
    chart: Chart
    data: Table | None = None
    narrow: Chart | None = None
    text: Text = ()


@dataclass(frozen=True, slots=True)
class Note:
    """A set-apart remark: how to read something, what to be careful about, what is assumed, how it was computed."""

    kind: Literal["reading", "caution", "assumption", "method"]
    title: str
    blocks: tuple[Paragraph | Bullets, ...]


@dataclass(frozen=True, slots=True)
class Beside:
    """Two groups of blocks side by side where the page is wide enough; `share` is that of the left one."""

    left: tuple[Block, ...]
    right: tuple[Block, ...]
    share: float = 0.5


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it; sections nest at most three deep.

    Parameters
    ----------
    id
        Stable in every language: the anchor of the page.
    new_page
        It starts a page in formats that have pages, unless more than half of the page before is free.
    """

    id: str
    title: str
    blocks: tuple[Block | Section, ...]
    new_page: bool = False


Block = Paragraph | Bullets | KeyFigures | Table | Picture | Note | Beside


@dataclass(frozen=True, slots=True)
class Source:
    """One piece of evidence as a list shows it."""

    ref: str
    title: str
    publisher: str
    url: str | None
    grade: str
    grade_text: str
    published_on: str
    read_on: str
    tlp: str
    used_for: str = ""


@dataclass(frozen=True, slots=True)
class TermEntry:
    """One entry of the glossary: the term as specialists write it, and what it means in plain words."""

    key: str
    term: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Document:
    """A document in one language.

    Parameters
    ----------
    kind
        ``report`` has a cover and contents; ``brief`` is a letter of two pages without.
    running
        The short title at the head of pages.
    tlp
        The highest marking of anything used: it stands on every page.
    stated_on
        The date that the document states; equal inputs and date give equal bytes.
    facts
        Label and value of what the cover states: scope, window, version, seed, digest.
    reproduce
        The one command that gives it again.
    sources
        Every source that a `Cite` names, and those that stand behind its figures without being cited.
    """

    id: str
    kind: Literal["report", "brief"]
    language: Language
    title: str
    subtitle: str
    running: str
    tlp: TLP
    stated_on: date
    sections: tuple[Section, ...]
    facts: tuple[tuple[str, str], ...] = ()
    summary: tuple[Block, ...] = ()
    sources: tuple[Source, ...] = ()
    glossary: tuple[TermEntry, ...] = ()
    reproduce: str = ""
    keywords: tuple[str, ...] = field(default=())


def walk_sections(document: Document) -> Iterator[tuple[int, Section]]:
    """Yield every section with its depth (1 to 3), in the order of reading."""

    def walk(section: Section, depth: int) -> Iterator[tuple[int, Section]]:
        yield depth, section
        for block in section.blocks:
            if isinstance(block, Section):
                yield from walk(block, depth + 1)

    for section in document.sections:
        yield from walk(section, 1)


def walk_blocks(document: Document) -> Iterator[Block]:
    """Yield every block in the order of reading; those inside `Beside` come after it, left then right."""

    def walk(blocks: tuple[Block | Section, ...]) -> Iterator[Block]:
        for block in blocks:
            if isinstance(block, Section):
                yield from walk(block.blocks)
                continue
            yield block
            if isinstance(block, Beside):
                yield from walk(block.left)
                yield from walk(block.right)

    yield from walk(document.summary)
    yield from walk(document.sections)
