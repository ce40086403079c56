"""Texts that come from packs and files, set as the language of a document wants them."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from hygie.report.document import Cite, Link, Source
from hygie.views.charts_layout import Chart, clean_label

__all__ = ["mend_text", "mend_view", "set_french"]

_View = TypeVar("_View", bound=BaseModel)
_Part = TypeVar("_Part")

_NARROW, _NO_BREAK = "\u202f", "\u00a0"
_RULES = (
    (re.compile(r"« "), f"«{_NARROW}"),
    (re.compile(r"(?<=\S) (?=[;!?»](?:\W|$))"), _NARROW),
    (re.compile(r"(?<=\S) (?=:(?:\s|$))"), _NO_BREAK),
    (re.compile(r"(?<=\d) (?=%)"), _NARROW),
    (re.compile(r"(?<=\d) (?=\d{3}(?!\d))"), _NARROW),
    (re.compile(r"(?<=\d) (?=(?:€|k€|M€|Md€|Go|h|j|bits?|jours?|lits?|millions?)(?!\w))"), _NO_BREAK),
    (re.compile(r"(?<!\w)(\d{1,3})er(?= \w)"), r"\1ᵉʳ"),
    (re.compile(r"(?<!\w)(\d{1,3})e(?= \w)"), r"\1ᵉ"),
    (re.compile("'"), "’"),
)
# Names of parts and of things, addresses, commands, dates: not prose.
_KEPT = frozenset(
    {
        "align", "as_of", "digest", "id", "key", "kind", "language", "link", "model_digest", "raw", "ref", "reproduce",
        "share", "tlp", "unit", "url", "version",
    }
)  # fmt: skip


def mend_text(text: str) -> str:
    r"""Return a French text with the no-break spaces of typesetters where plain ones were typed.

    >>> mend_text("Poids de l'entrée « phishing » : 12 %")
    'Poids de l’entrée «\u202fphishing\u202f»\xa0: 12\u202f%'
    >>> mend_text("7 M€ ou plus ; « rien »")
    '7\xa0M€ ou plus\u202f; «\u202frien\u202f»'
    >>> mend_text("au 58e jour, le 1er mai")
    'au 58ᵉ jour, le 1ᵉʳ mai'
    """
    for pattern, new in _RULES:
        text = pattern.sub(new, text)
    return text


def mend_view(view: _View, language: str) -> _View:
    """Return a view whose texts are fit for print: nothing invisible that reorders words, French spaces in French."""

    def mend(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: mend(item, str(name)) for name, item in value.items()}
        if isinstance(value, list):
            return [mend(item, key) for item in value]
        if not isinstance(value, str):
            return value
        clean = clean_label(value)
        return mend_text(clean) if language == "fr" and key not in _KEPT else clean

    return type(view).model_validate(mend(view.model_dump()))


def set_french(value: _Part) -> _Part:
    """Return a document, or a part of one, with its texts set so; charts keep their drawings."""
    return _set(value)  # type: ignore[no-any-return]


def _set(value: Any) -> Any:
    if isinstance(value, str):
        # A command is copied, not read.
        return value if "hygie " in value else mend_text(value)
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
