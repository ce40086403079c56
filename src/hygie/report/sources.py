"""The evidence behind a result as the sources of a document."""

from __future__ import annotations

from collections.abc import Iterable

from hygie.report.document import Source
from hygie.report.document_words import explain_grades, show_tlp
from hygie.views.assessment import EvidenceView
from hygie.views.messages import translator

__all__ = ["list_sources"]

_SAFE = ("https://", "http://")


def list_sources(evidence: Iterable[EvidenceView], language: str) -> tuple[Source, ...]:
    """Return each piece of evidence once, by ref; anything but a web address is no link."""
    _ = translator(language)
    letters, digits = (dict(entries) for entries in explain_grades(language))
    rows = {row.ref: row for row in evidence}
    return tuple(
        Source(
            ref=row.ref,
            title=row.title,
            publisher=row.publisher,
            url=row.link if row.link is not None and row.link.startswith(_SAFE) else None,
            grade=row.grade,
            grade_text=", ".join(
                names[mark] for names, mark in ((letters, row.grade[:1]), (digits, row.grade[1:])) if mark in names
            ),
            published_on=row.published_on or "",
            read_on=row.read_on or "",
            tlp=show_tlp(row.tlp),
            used_for=f"{_('How it is derived: {text}', text=row.derived)} · {row.ref}" if row.derived else row.ref,
        )
        for row in rows.values()
    )
