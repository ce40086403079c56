"""Numbers as people read them: few digits, proper separators, natural frequencies."""

from __future__ import annotations

from functools import lru_cache
from math import floor, log10

from babel.numbers import format_decimal

__all__ = ["format_count", "format_euros", "format_number", "format_percent", "natural_frequency", "round_significant"]

NARROW = "\u202f"
NO_BREAK = "\u00a0"
MINUS = "\u2212"


def round_significant(value: float, digits: int = 2) -> float:
    """Return `value` with so many significant digits.

    >>> round_significant(348834.0)
    350000.0
    """
    if value == 0.0:
        return 0.0
    scale = digits - 1 - floor(log10(abs(value)))
    return round(value, scale)


@lru_cache(maxsize=16_384)
def _write(value: float, pattern: str, language: str) -> str:
    # A page or a report repeats its numbers, and a locale takes longer than the rest of a table.
    return str(format_decimal(value, format=pattern, locale=language))


def format_number(value: float, language: str, *, digits: int = 2) -> str:
    """Return a number with so many significant digits, in the language's separators."""
    rounded = round_significant(value, digits)
    decimals = 0 if rounded == 0 else max(0, digits - 1 - floor(log10(abs(rounded))))
    pattern = "#,##0." + "#" * min(decimals, 6) if decimals else "#,##0"
    return _write(rounded, pattern, language)


def format_count(value: float, language: str) -> str:
    """Return a whole number.

    >>> format_count(1000000, "en")
    '1,000,000'
    """
    return _write(round(value), "#,##0", language)


def format_euros(value: float, language: str, *, digits: int = 2) -> str:
    """Return an amount in euros, thousands or millions, with so many significant digits.

    >>> format_euros(348834.0, "en")
    '€350k'
    """
    rounded = round_significant(value, digits)
    if rounded < 0.0:
        return MINUS + format_euros(-value, language, digits=digits)
    size = rounded
    steps = ((1e9, "bn", "Md€"), (1e6, "m", "M€"), (1e3, "k", "k€"), (0.0, "", "€"))
    limit, english, french = next(step for step in steps if size >= step[0])
    amount = rounded / (limit or 1.0)
    text = format_number(amount, language, digits=max(digits, 1 + floor(log10(abs(amount))) if amount else 1))
    if language == "fr":
        return f"{text}{NO_BREAK}{french}"
    return f"€{text}{english}"


def format_percent(share: float, language: str, *, digits: int = 2) -> str:
    """Return a share as a percentage.

    >>> format_percent(0.1135, "en")
    '11%'
    """
    text = format_number(100.0 * share, language, digits=digits)
    return f"{text}{NARROW}%" if language == "fr" else f"{text}%"


def natural_frequency(probability: float) -> tuple[float, int]:
    """Return (n, base) so that “about n in base” says a yearly probability with one or two digits.

    >>> natural_frequency(0.0383)
    (4, 100)
    """
    for base in (10, 100, 1_000, 10_000, 100_000):
        count = probability * base
        if count >= 2.0 or base == 100_000:
            return round(count), base
    raise AssertionError
