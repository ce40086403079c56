"""A reader who goes through a document and lists what puzzles: typography, long sentences, initials, dead references.

assert read_through(document) == []
"""

from __future__ import annotations

import re

from hygie.report.document import (
    Block,
    Bullets,
    Cite,
    Document,
    KeyFigures,
    Note,
    Paragraph,
    Picture,
    Table,
    Term,
    Text,
    walk_blocks,
    walk_sections,
)
from hygie.report.glossary import TERM_KEYS
from hygie.report.numbering import walk_texts
from hygie.report.plain_text import write_plain

_LETTERS = "A-Za-zÀ-ÖØ-öø-ÿŒœ"
_WORD = re.compile(f"[{_LETTERS}]+(?:[’'-][{_LETTERS}]+)*")
_ACRONYM = re.compile(r"(?<![\w.-])[A-Z][A-Z&+]{1,7}s?(?![\w-])")
# Understood by everyone who may read these documents, or names.
_KNOWN = {
    "OK",
    "UE",
    "EU",
    "PDF",
    "HTML",
    "XLSX",
    "CSV",
    "EUR",
    "FR",
    "EN",
    "TLP",
    "CLEAR",
    "GREEN",
    "AMBER",
    "RED",
    "STRICT",
}
_NARROW, _NO_BREAK = "\u202f", "\u00a0"
MOST_WORDS_A_SENTENCE = 24.0
LONG_WORD, MOST_LONG_WORDS = 12, 0.12


def list_words(document: Document) -> list[tuple[str, str]]:
    """Return every text of a document that is prose, with where it stands; titles and labels too."""
    found = [("title", document.title), ("subtitle", document.subtitle), ("running", document.running)]
    found += [
        (f"fact {label}", f"{label} : {value}" if document.language == "en" else value)
        for label, value in document.facts
    ]
    found += [(f"section {section.id}", section.title) for _, section in walk_sections(document)]
    for block in walk_blocks(document):
        place = getattr(block, "id", type(block).__name__.lower())
        if isinstance(block, Table | Picture):
            found.append((f"{place} title", block.title if isinstance(block, Table) else block.chart.title))
        if isinstance(block, Note):
            found.append((f"note {block.kind}", block.title))
        if isinstance(block, Table):
            found += [(f"{place} head", column.label) for column in block.columns]
            found += [(f"{place} cell", write_plain(cell.text)) for row in block.rows for cell in row]
        if isinstance(block, Picture):
            found.append((f"{place} description", block.chart.sentence))
        if isinstance(block, KeyFigures):
            found += [
                (f"{place} {item.id}", text) for item in block.items for text in (item.value, item.label, item.range)
            ]
        found += [(place, write_plain(text)) for text in list_prose(block)]
    found += [(f"glossary {entry.key}", entry.meaning) for entry in document.glossary]
    return [(place, text) for place, text in found if text]


def list_prose(block: Block) -> list[Text]:
    """Return the running texts of a block: sentences, not cells."""
    if isinstance(block, Paragraph):
        return [block.text]
    if isinstance(block, Bullets):
        return list(block.items)
    if isinstance(block, KeyFigures):
        return [item.meaning for item in block.items]
    if isinstance(block, Table):
        return [block.sentence]
    if isinstance(block, Picture):
        return [block.text]
    if isinstance(block, Note):
        return [text for inner in block.blocks for text in list_prose(inner)]
    return []


def read_through(document: Document) -> list[str]:
    """Return what a careful reader would mend: typography, long sentences, unexplained initials, dead references."""
    return [
        *_read_typography(document),
        *_read_sentences(document),
        *_read_initials(document),
        *_read_references(document),
    ]


def _read_typography(document: Document) -> list[str]:
    french = document.language == "fr"
    rules = [
        (r"  +", "doubled spaces"),
        (r"\.\.\.", "three points for …"),
        (r"\s$|^\s", "a space at the end"),
        (r"\{|\}", "a value not filled in"),
        (r"None\b|\bnan\b", "a missing value"),
    ]
    if french:
        rules += [
            (r"['\"]", "a straight quotation mark or apostrophe"),
            (rf"[^{_NARROW}{_NO_BREAK}][;!?](?:\s|$)", "no narrow no-break space before ; ! ?"),
            (rf"[^{_NARROW}{_NO_BREAK}\d]:(?:\s|$)", "no no-break space before :"),
            (rf"«(?![{_NARROW}{_NO_BREAK}])|(?<![{_NARROW}{_NO_BREAK}])»", "no no-break space inside « »"),
            (r"(?<![\d.])\d+\.\d+(?![\d.])", "a decimal point"),
            (r"\d [%€kM]", "a plain space before a unit"),
            (r"\d,\d{3}\b(?!\s*%)", "a comma between thousands"),
            (r"[“”]", "English quotation marks"),
        ]
    else:
        rules += [
            (r"[«»]", "French quotation marks"),
            (rf"\w[{_NARROW}{_NO_BREAK}][;:!?]", "a space before punctuation"),
            (r"\d,\d{1,2}\b", "a decimal comma"),
        ]
    found = []
    for place, text in list_words(document):
        if re.search(r"https?://|hygie |\d+\.\d+\.\d+", text):
            continue
        for pattern, what in rules:
            if match := re.search(pattern, text):
                start = max(0, match.start() - 20)
                found.append(f"{place}: {what}: …{text[start : match.end() + 15]}…")
    return found


def split_sentences(text: str) -> list[str]:
    return [
        part for part in re.split(rf"(?<=[.!?…])[\s{_NARROW}{_NO_BREAK}]+(?=[A-ZÀ-Ö«“])", text) if _WORD.search(part)
    ]


def _read_sentences(document: Document) -> list[str]:
    sentences = [
        (type(block).__name__, sentence)
        for block in walk_blocks(document)
        for text in list_prose(block)
        for sentence in split_sentences(write_plain(text))
    ]
    if not sentences:
        return []
    counts = [len(_WORD.findall(sentence)) for _, sentence in sentences]
    found = [
        f"a sentence of {count} words: {sentence[:90]}…"
        for count, (_, sentence) in zip(counts, sentences, strict=True)
        if count > 45
    ]
    mean = sum(counts) / len(counts)
    if mean > MOST_WORDS_A_SENTENCE:
        found.append(f"sentences have {mean:.1f} words on average (at most {MOST_WORDS_A_SENTENCE:.0f})")
    words = [word for _, sentence in sentences for word in _WORD.findall(sentence)]
    share = sum(len(word) > LONG_WORD for word in words) / max(1, len(words))
    if share > MOST_LONG_WORDS:
        found.append(f"{share:.0%} of words have more than {LONG_WORD} letters (at most {MOST_LONG_WORDS:.0%})")
    return found


def _read_initials(document: Document) -> list[str]:
    """Initials are explained in the glossary, or spelled out once, as in “average annual loss (AAL)”."""
    explained = {mark for entry in document.glossary for mark in _ACRONYM.findall(f"{entry.term} {entry.key.upper()}")}
    texts = [text for _, text in list_words(document)]
    explained |= {mark for text in texts for mark in re.findall(r"\(([A-Z][A-Z&+]{1,7})\)", text)}
    explained |= {mark for text in texts for mark in re.findall(r"\b([A-Z][A-Z&+]{1,7}) \([a-zà-ö]", text)}
    found: dict[str, str] = {}
    for place, text in list_words(document):
        if text.isupper():
            continue
        for mark in _ACRONYM.findall(text):
            if mark.rstrip("s") not in explained | _KNOWN and not re.fullmatch(r"[IVXLC]+", mark):
                found.setdefault(mark, f"{place}: {mark} is not explained: {text[:70]}")
    return list(found.values())


def _read_references(document: Document) -> list[str]:
    keys = {entry.key for entry in document.glossary}
    refs = [source.ref for source in document.sources]
    found = [f"two sources are called {ref}" for ref in sorted({ref for ref in refs if refs.count(ref) > 1})]
    used: set[str] = set()
    for text in walk_texts(document):
        for part in text:
            if isinstance(part, Cite) and part.ref not in refs:
                found.append(f"no source is called {part.ref}")
            if isinstance(part, Term):
                used.add(part.key)
    found += [f"the glossary of the document lacks {key}" for key in sorted(used - keys)]
    found += [f"no glossary of ours has {key}" for key in sorted(used - set(TERM_KEYS))]
    ids = [section.id for _, section in walk_sections(document)]
    ids += [block.id for block in walk_blocks(document) if isinstance(block, Table | Picture | KeyFigures)]
    found += [f"two parts are called {name}" for name in sorted({name for name in ids if ids.count(name) > 1})]
    found += [f"an empty section: {section.id}" for _, section in walk_sections(document) if not section.blocks]
    for block in walk_blocks(document):
        if isinstance(block, Table):
            wrong = [row for row in block.rows if len(row) != len(block.columns)]
            found += [f"table {block.id} has a row of {len(row)} cells" for row in wrong[:1]]
            found += [f"table {block.id} has no rows"] * (not block.rows)
    return found
