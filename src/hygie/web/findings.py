"""Findings as pages and the API show them: in the language of the reader."""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import Any, TypeVar

from pydantic import BaseModel

from hygie.core.errors import Finding
from hygie.views.application import FindingView, PageView
from hygie.views.error_words import translate_finding
from hygie.views.messages import Language

__all__ = ["say_finding", "translate_view"]

ViewT = TypeVar("ViewT", bound=BaseModel)
_NAMES = tuple(field.name for field in fields(Finding))


def say_finding(item: Finding | FindingView, language: Language) -> Finding:
    """Return a finding, stored or just made, in a language."""
    return translate_finding(Finding(**{name: getattr(item, name) for name in _NAMES}), language)


def translate_view(view: ViewT, language: Language) -> ViewT:
    """Return a view with its findings, or those of its rows, in a language."""
    if language == "en":
        return view
    changes: dict[str, Any] = {}
    if isinstance(view, PageView):
        changes["items"] = [translate_view(row, language) if isinstance(row, BaseModel) else row for row in view.items]
    found = getattr(view, "findings", None)
    if isinstance(found, list) and all(isinstance(item, FindingView) for item in found):
        changes["findings"] = [FindingView(**asdict(say_finding(item, language))) for item in found]
    return view.model_copy(update=changes) if changes else view
