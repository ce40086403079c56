"""The words that every document shares: names of its fixed parts, dates, markings, the scale of evidence."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version

from babel.dates import format_date

from hygie.core.evidence import TLP
from hygie.report.document import Document, Source
from hygie.views.landscape_words import say_first
from hygie.views.messages import translator

__all__ = [
    "Entry",
    "explain_grades",
    "show_tlp",
    "write_date",
    "write_document_words",
    "write_source_words",
    "write_table_words",
]

Entry = tuple[str, str]

_PATTERNS = {1: "y", 2: "MMMM y", 3: "d MMMM y"}


def write_date(partial: str, language: str) -> str:
    """Return a date written YYYY, YYYY-MM or YYYY-MM-DD as people write it; other texts unchanged.

    >>> write_date("2024-10", "fr")
    'octobre 2024'
    """
    try:
        parts = [int(part) for part in partial.split("-")]
        day = date(*parts, *[1] * (3 - len(parts)))
    except (TypeError, ValueError):
        return partial
    return say_first(str(format_date(day, format=_PATTERNS[len(parts)], locale=language)), language)


def show_tlp(tlp: TLP | str) -> str:
    """Return a marking as TLP 2.0 prints it; a text may name it with or without its prefix, in any case.

    >>> show_tlp(TLP.AMBER_STRICT), show_tlp("tlp:green"), show_tlp("")
    ('TLP:AMBER+STRICT', 'TLP:GREEN', '')
    """
    name = str(tlp).strip().upper().removeprefix("TLP:")
    return f"TLP:{name}" if name else ""


def explain_grades(language: str) -> tuple[list[Entry], list[Entry]]:
    """Return what the letters and the figures of the Admiralty scale mean (NATO AJP-2.1)."""
    _ = translator(language)
    sources = [
        ("A", _("completely reliable")),
        ("B", _("usually reliable")),
        ("C", _("fairly reliable")),
        ("D", _("not usually reliable")),
        ("E", _("unreliable")),
        ("F", _("reliability cannot be judged")),
    ]
    statements = [
        ("1", _("confirmed by other sources")),
        ("2", _("probably true")),
        ("3", _("possibly true")),
        ("4", _("doubtful")),
        ("5", _("improbable")),
        ("6", _("truth cannot be judged")),
    ]
    return sources, statements


def write_source_words(source: Source, language: str) -> tuple[str, ...]:
    """Return who published a source, when, when it was read, and its marking if it has one above clear."""
    _ = translator(language)
    read_on = write_date(source.read_on, language)
    return (
        source.publisher,
        write_date(source.published_on, language),
        _("read on {date}", date=read_on) if source.read_on else "",
        "" if source.url else _("no public link"),
        "" if show_tlp(source.tlp) == show_tlp(TLP.CLEAR) else show_tlp(source.tlp),
    )


def write_document_words(document: Document) -> dict[str, str]:
    """Return the fixed texts of a document, by name."""
    _ = translator(document.language)
    return {
        "skip": _("Go to the content"),
        "contents": _("Contents"),
        "summary": _("In short"),
        "evidence": _("Sources"),
        "evidence_lead": _(
            "Each statement is graded on the Admiralty scale: a letter for the source, a figure for the statement."
        ),
        "grades": _("What the grades mean"),
        "source_grade": _("The source"),
        "statement_grade": _("The statement"),
        "terms": _("Glossary"),
        "reproduce": _("How to reproduce"),
        "reproduce_lead": _("Same inputs, same version, same digest. This command makes the document again:"),
        "footer": _(
            "Made by hygie {version}. This page holds everything: it opens without network.", version=version("hygie")
        ),
        "made_by": _("Made by hygie {version}", version=version("hygie")),
    }


def write_table_words(language: str) -> dict[str, str]:
    """Return the words of files of figures, by name; `figure` and `table` take a `number`."""
    _ = translator(language)
    return {
        "figure": _("Figure {number}", number="{number}"),
        "table": _("Table {number}", number="{number}"),
        "key_figures": _("Key figures"),
        "label": _("What it counts"),
        "value": _("As it is read"),
        "raw": _("Raw value"),
        "unit": _("Unit"),
        "range": _("Likely range"),
        "meaning": _("What it means"),
        "read_me": _("Read me"),
        "sources": _("Sources"),
        "title": _("Title"),
        "subtitle": _("Subtitle"),
        "stated_on": _("Stated on"),
        "marking": _("Marking"),
        "reproduce": _("Command that makes it again"),
        "units": _("Units"),
        "units_text": _(
            "In square brackets after the name of a column. A share is between 0 and 1; EUR_2024 are euros of 2024; a "
            "duration without another unit is in hours."
        ),
        "name": _("Name of the table"),
        "contents": _("What it holds"),
        "sentence": _("How to read it"),
        "number": _("Number of the source"),
        "source_title": _("Source"),
        "publisher": _("Publisher"),
        "published_on": _("Published on"),
        "read_on": _("Read on"),
        "grade": _("Grade"),
        "grade_text": _("What the grade means"),
        "used_for": _("Used for"),
        "address": _("Address"),
    }
