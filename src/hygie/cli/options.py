"""Options and output that commands share."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hygie.core.errors import UsageError

if TYPE_CHECKING:
    from hygie.views.messages import Language

__all__ = [
    "JsonFlag",
    "Lang",
    "Reason",
    "guess_language",
    "parse_date",
    "parse_language",
    "print_json",
]

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Lang = Annotated[str | None, typer.Option(help="fr or en; the system's by default.")]
Reason = Annotated[str, typer.Option("--reason", help="Why; kept in the audit trail.", show_default=False)]


def parse_date(text: str | None) -> date:
    """Return a date from an option, today by default."""
    if text is None:
        return date.today()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(
            "this is not a date", field="--as-of", value=text, allowed="YYYY-MM-DD", repair="write 2026-11-23"
        ) from None


def parse_language(text: str | None) -> Language:
    """Return a language from an option, the system's by default."""
    language = text or _default_language()
    if language == "fr":
        return "fr"
    if language == "en":
        return "en"
    raise UsageError(
        "this language is not spoken here",
        field="--lang",
        value=text,
        allowed="fr or en",
        repair="use --lang fr or --lang en",
    )


def guess_language(arguments: Sequence[str]) -> Language:
    """Return the language in which a command line that fails is answered: its --lang, or the system's."""
    said = None
    for place, word in enumerate(arguments):
        if word == "--":
            break
        if word == "--lang":
            said = arguments[place + 1] if place + 1 < len(arguments) else None
        elif word.startswith("--lang="):
            said = word.partition("=")[2]
    language = said if said in ("fr", "en") else _default_language()
    return "fr" if language == "fr" else "en"


def print_json(data: Any) -> None:
    """Print data as JSON on standard output."""
    sys.stdout.write(json.dumps(data, ensure_ascii=False, indent=2) + "\n")


def _default_language() -> str:
    locale = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or ""
    return "fr" if locale.lower().startswith("fr") else "en"
