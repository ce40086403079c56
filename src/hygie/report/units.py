"""Quantities with their unit in words."""

from __future__ import annotations

from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_euros, format_number, format_percent

__all__ = ["show_quantity"]

NO_BREAK = "\u00a0"
_PLAIN = ("1", "logit", "")


def show_quantity(value: float, unit: str, language: str) -> str:
    r"""Return a quantity with two significant digits and its unit; a unit without words is printed as it is.

    >>> show_quantity(48.0, "h", "fr")
    '48\xa0h'
    >>> show_quantity(24.0, "EUR_2024/fte/y", "fr")
    '24\xa0€\xa0par ETP\xa0par an'
    """
    _ = translator(language)
    whole, *parts = unit.split("/")
    if unit == "share":
        return format_percent(value, language)
    show = format_euros if whole == "EUR_2024" else format_number
    amount = show(value, language).replace("-", "−")
    if unit in _PLAIN:
        return amount
    thing = "" if whole in ("1", "EUR_2024") else _things(_).get(whole, whole)
    words = [amount, thing, *(_parts(_).get(part, f"/ {part}") for part in parts)]
    return NO_BREAK.join(word for word in words if word)


def _things(_: Translate) -> dict[str, str]:
    return {
        "h": "h",
        "persons": _("people"),
        "beds": _("beds"),
        "sites": _("sites"),
        "entities": _("facilities"),
        "devices": _("devices"),
        "stays": _("stays"),
        "visits": _("visits"),
        "operations": _("operations"),
        "consultations": _("consultations"),
        "fte": _("full-time equivalents"),
        "hosts": _("machines"),
    }


def _parts(_: Translate) -> dict[str, str]:
    return {
        "h": _("per hour"),
        "y": _("per year"),
        "host": _("per machine"),
        "device": _("per device"),
        "person": _("per person"),
        "fte": _("per full-time equivalent"),
        "bed": _("per bed"),
        "entity": _("per facility"),
        "operation": _("per operation"),
        "room": _("per room"),
    }
