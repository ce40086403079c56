"""Texts of a document without their marks: for files of figures and checks."""

from __future__ import annotations

from hygie.report.document import Cite, Text
from hygie.views.charts_layout import clean_label

__all__ = ["write_plain"]


def write_plain(text: Text) -> str:
    """Return the words of a text; citations are left out.

    >>> write_plain(("Fourteen attacks ", Cite("census"), " in all"))
    'Fourteen attacks in all'
    """
    words = ""
    after_cite = False
    for part in text:
        if isinstance(part, Cite):
            after_cite = True
            continue
        more = part if isinstance(part, str) else part.text
        words += more.lstrip(" ") if after_cite and words.endswith(" ") else more
        after_cite = False
    return clean_label(words.rstrip(" ") if after_cite else words)
