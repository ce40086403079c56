"""Texts that come from packs and files, set as the language of a document wants them."""

from __future__ import annotations

import re
from typing import Any, TypeVar

from pydantic import BaseModel

from hygie.views.charts_layout import clean_label

__all__ = ["mend_text", "mend_view"]

_View = TypeVar("_View", bound=BaseModel)

_NARROW, _NO_BREAK = "\u202f", "\u00a0"
_BEFORE = re.compile(r"(?<=[^\s]) (?=[;!?»](?:\s|$))")
_COLON = re.compile(r"(?<=[^\s]) (?=:(?:\s|$))")
_UNIT = re.compile(r"(?<=\d) (?=(?:%|€|k€|M€|Md€|h|j|bits?)(?![\w]))")
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
# Names of things and commands, which are not prose.
_KEPT = frozenset({"id", "ref", "link", "reproduce", "digest", "model_digest", "version", "language", "unit", "as_of"})


def mend_text(text: str) -> str:
    r"""Return a French text with its no-break spaces, where a plain one was typed.

    >>> mend_text("Poids de l’entrée « phishing » : 12 %")
    'Poids de l’entrée «\u202fphishing\u202f»\xa0: 12\u202f%'
    """
    mended = text.replace("« ", f"«{_NARROW}").replace(" »", f"{_NARROW}»").replace("'", "’")
    mended = _COLON.sub(_NO_BREAK, _BEFORE.sub(_NARROW, mended))
    return _THOUSANDS.sub(_NARROW, _UNIT.sub(_NARROW, mended))


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
