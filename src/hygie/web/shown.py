"""Numbers, dates and findings as a page writes them, in its language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from hygie.core.errors import Finding
from hygie.views.application import FindingView
from hygie.views.messages import Language
from hygie.views.numbers import MINUS, format_count, format_euros, format_number, format_percent
from hygie.web.dates import format_day, format_instant
from hygie.web.findings import say_finding

__all__ = ["Shown"]

# A page of tables writes thousands of numbers, the same at each visit; by type, since 1 and 1.0 are one key else.
_euros = lru_cache(maxsize=50_000, typed=True)(format_euros)
_number = lru_cache(maxsize=50_000, typed=True)(format_number)
_count = lru_cache(maxsize=50_000, typed=True)(format_count)
_percent = lru_cache(maxsize=50_000, typed=True)(format_percent)


def _sign(text: str) -> str:
    """Return a number with the minus sign that amounts in euros have."""
    return MINUS + text[1:] if text.startswith("-") else text


@dataclass(frozen=True, slots=True)
class Shown:
    """Writes what templates show."""

    language: Language

    def euros(self, value: float, *, digits: int = 2) -> str:
        """Return an amount in euros."""
        return _euros(value, self.language, digits=digits)

    def number(self, value: float, *, digits: int = 2) -> str:
        """Return a number with so many significant digits."""
        return _sign(_number(value, self.language, digits=digits))

    def count(self, value: float) -> str:
        """Return a whole number."""
        return _count(value, self.language)

    def percent(self, value: float, *, digits: int = 2) -> str:
        """Return a share as a percentage."""
        return _sign(_percent(value, self.language, digits=digits))

    def size(self, value: float) -> str:
        """Return a number of bytes in the unit that fits."""
        units = ("o", "ko", "Mo", "Go", "To") if self.language == "fr" else ("B", "kB", "MB", "GB", "TB")
        step = 0
        while value >= 1000 and step < len(units) - 1:
            value, step = value / 1000, step + 1
        number = format_number(value, self.language, digits=3 if value >= 100 else 2)
        return f"{number}\u00a0{units[step]}"

    def day(self, text: str | None) -> str:
        """Return a date written YYYY, YYYY-MM or YYYY-MM-DD in words."""
        return format_day(text, self.language)

    def instant(self, text: str) -> str:
        """Return an instant of the store in words."""
        return format_instant(text, self.language)

    def finding(self, item: Finding | FindingView) -> Finding:
        """Return what is wrong, in words of the page."""
        return say_finding(item, self.language)
