"""Dates as people read them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from babel.dates import format_date, format_datetime

from hygie.views.landscape_words import say_first

__all__ = ["format_day", "format_instant"]


def format_day(text: str | None, language: str) -> str:
    """Return a date written YYYY, YYYY-MM or YYYY-MM-DD in words.

    >>> format_day("2024-02", "fr"), format_day("2024-02-11", "en")
    ('février 2024', '11 February 2024')
    >>> format_day("2026-01-01", "fr")
    '1er janvier 2026'
    """
    if not text:
        return "–"
    locale = "fr" if language == "fr" else "en_GB"
    parts = text[:10].split("-")
    try:
        if len(parts) == 3:
            return say_first(str(format_date(date.fromisoformat(text[:10]), "long", locale=locale)), language)
        if len(parts) == 2:
            return str(format_date(date(int(parts[0]), int(parts[1]), 1), "LLLL y", locale=locale))
    except ValueError:
        return text
    return text


def format_instant(text: str, language: str) -> str:
    """Return an instant of the store, UTC, in words.

    >>> format_instant("2026-11-23 08:05:00", "fr")
    '23 nov. 2026, 08:05 UTC'
    """
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        return text
    locale = "fr" if language == "fr" else "en_GB"
    return f"{say_first(format_datetime(at, 'd MMM y', locale=locale), language)}, {at:%H:%M} UTC"
