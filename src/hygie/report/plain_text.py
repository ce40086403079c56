"""Texts of a document without their marks: for files of figures and checks."""

from __future__ import annotations

import re

from hygie.report.document import Cite, Text
from hygie.views.charts_layout import clean_label

__all__ = ["write_plain"]


def write_plain(text: Text) -> str:
    """Return the words of a text; citations are left out.

    >>> write_plain(("Fourteen attacks ", Cite("census"), "in all"))
    'Fourteen attacks in all'
    """
    words = "".join(part if isinstance(part, str) else part.text for part in text if not isinstance(part, Cite))
    return re.sub(" {2,}", " ", clean_label(words)).strip(" ")
