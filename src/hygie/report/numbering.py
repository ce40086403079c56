"""What a document numbers: sections, figures, tables, and sources in the order in which they are first cited."""

from __future__ import annotations

from collections.abc import Iterator

from hygie.core.errors import EvidenceError, suggest
from hygie.report.document import (
    Bullets,
    Cite,
    Document,
    KeyFigures,
    Note,
    Paragraph,
    Picture,
    Table,
    Text,
    walk_blocks,
)

__all__ = ["number_figures", "number_sources", "number_tables", "walk_texts"]


def walk_texts(document: Document) -> Iterator[Text]:
    """Yield every text in the order of reading: paragraphs, items, sentences, cells."""
    for block in walk_blocks(document):
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Bullets):
            yield from block.items
        elif isinstance(block, KeyFigures):
            yield from (item.meaning for item in block.items)
        elif isinstance(block, Table):
            yield block.sentence
            yield from (cell.text for row in block.rows for cell in row)
        elif isinstance(block, Picture):
            yield block.text
        elif isinstance(block, Note):
            for inner in block.blocks:
                yield from inner.items if isinstance(inner, Bullets) else (inner.text,)


def number_sources(document: Document) -> dict[str, int]:
    """Return the number of each source, from 1: those cited in the order of reading, then the others.

    Raises
    ------
    EvidenceError
        A citation names no source of the document, or two sources have one ref.
    """
    known = [source.ref for source in document.sources]
    if len(set(known)) < len(known):
        twice = next(ref for ref in known if known.count(ref) > 1)
        raise EvidenceError(
            "two sources of a document have the same ref",
            file=document.id,
            field="sources",
            value=twice,
            repair="list each source once",
        )
    numbers: dict[str, int] = {}
    for text in walk_texts(document):
        for part in text:
            if isinstance(part, Cite):
                if part.ref not in known:
                    raise EvidenceError(
                        "a citation leads to no source of the document",
                        file=document.id,
                        field="cite",
                        value=part.ref,
                        repair=suggest(part.ref, known) or "add the source to the document",
                    )
                numbers.setdefault(part.ref, len(numbers) + 1)
    for ref in known:
        numbers.setdefault(ref, len(numbers) + 1)
    return numbers


def number_figures(document: Document) -> dict[str, int]:
    """Return the number of each picture by its id, from 1, in the order of reading."""
    return _count([block.id for block in walk_blocks(document) if isinstance(block, Picture)])


def number_tables(document: Document) -> dict[str, int]:
    """Return the number of each table by its id, from 1, in the order of reading."""
    return _count([block.id for block in walk_blocks(document) if isinstance(block, Table)])


def _count(ids: list[str]) -> dict[str, int]:
    return {name: at for at, name in enumerate(ids, start=1)}
