"""French typography of texts that come from packs: no-break spaces where typists put plain ones."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from hygie.report.document import Cite, Link, Source
from hygie.views.charts_layout import Chart

__all__ = ["set_french", "set_french_text"]

T = TypeVar("T")

_NARROW, _NO_BREAK = "\u202f", "\u00a0"
_RULES = (
    (re.compile(r" ([;!?%»])"), _NARROW + r"\1"),
    (re.compile(r"« "), "«" + _NARROW),
    (re.compile(r" :"), _NO_BREAK + ":"),
    (re.compile(r"(?<=\d) (?=\d{3}\b)"), _NARROW),
    (re.compile(r"(?<=\d) (?=(?:k€|M€|Md€|€|Go\b|jours?\b|lits?\b|millions?\b))"), _NO_BREAK),
    (re.compile(r"'"), "’"),
)
# What is not read as prose: names of parts, addresses, commands, dates.
_KEPT = frozenset({"id", "ref", "key", "url", "kind", "unit", "raw", "align", "language", "tlp", "reproduce", "share"})


def set_french_text(text: str) -> str:
    r"""Return a French text with the spaces that typesetters use.

    >>> set_french_text("7 M€ ou plus ; « rien »")
    '7\xa0M€ ou plus\u202f; «\u202frien\u202f»'
    """
    for pattern, new in _RULES:
        text = pattern.sub(new, text)
    return text


def set_french(value: T) -> T:
    """Return a document, or a part of one, with its texts set so; charts keep their drawings."""
    return _set(value)  # type: ignore[no-any-return]


def _set(value: Any) -> Any:
    if isinstance(value, str):
        # A command is copied, not read.
        return value if "hygie " in value else set_french_text(value)
    if isinstance(value, tuple):
        return tuple(_set(part) for part in value)
    if isinstance(value, Chart):
        return replace(value, title=_set(value.title), sentence=_set(value.sentence))
    if isinstance(value, Cite | Link):
        return value
    if isinstance(value, Source):
        return replace(value, title=_set(value.title), used_for=_set(value.used_for))
    if is_dataclass(value) and not isinstance(value, type):
        changed = {field.name: _set(getattr(value, field.name)) for field in fields(value) if field.name not in _KEPT}
        return replace(value, **changed)
    return value
