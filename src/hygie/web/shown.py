"""Numbers, dates and findings as a page writes them, in its language."""

from __future__ import annotations

from dataclasses import dataclass

from hygie.core.errors import Finding
from hygie.views.application import FindingView
from hygie.views.messages import Language
from hygie.views.numbers import format_count, format_euros, format_number, format_percent
from hygie.web.dates import format_day, format_instant
from hygie.web.findings import say_finding

__all__ = ["Shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """Writes what templates show."""

    language: Language

    def euros(self, value: float, *, digits: int = 2) -> str:
        """Return an amount in euros."""
        return format_euros(value, self.language, digits=digits)

    def number(self, value: float, *, digits: int = 2) -> str:
        """Return a number with so many significant digits."""
        return format_number(value, self.language, digits=digits)

    def count(self, value: float) -> str:
        """Return a whole number."""
        return format_count(value, self.language)

    def percent(self, value: float, *, digits: int = 2) -> str:
        """Return a share as a percentage."""
        return format_percent(value, self.language, digits=digits)

    def day(self, text: str | None) -> str:
        """Return a date written YYYY, YYYY-MM or YYYY-MM-DD in words."""
        return format_day(text, self.language)

    def instant(self, text: str) -> str:
        """Return an instant of the store in words."""
        return format_instant(text, self.language)

    def finding(self, item: Finding | FindingView) -> Finding:
        """Return what is wrong, in words of the page."""
        return say_finding(item, self.language)
