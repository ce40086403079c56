"""The chart theme: calm colours, one open typeface, the same in pages, reports and files."""

from __future__ import annotations

from typing import Any

__all__ = ["CLASS_COLOURS", "FONT", "INK", "theme_config"]

FONT = "Source Sans Pro, sans-serif"
INK = "#22313f"
_QUIET = "#6b7a89"
_LINE = "#dfe5ea"

# Okabe & Ito 2008 palette (safe for colour-blind readers), deepest tones first.
CLASS_COLOURS = {
    "ransomware": "#0072b2",
    "extortion": "#56b4e9",
    "intrusion": "#009e73",
    "ddos": "#e69f00",
    "provider": "#cc79a7",
    "ot": "#d55e00",
}


def theme_config() -> dict[str, Any]:
    """Return the Vega-Lite configuration shared by every chart."""
    text = {"labelFont": FONT, "titleFont": FONT, "labelColor": INK, "titleColor": INK}
    return {
        "config": {
            "background": "white",
            "font": FONT,
            "view": {"stroke": None, "continuousWidth": 640, "continuousHeight": 320},
            "axis": {
                **text,
                "labelFontSize": 12,
                "titleFontSize": 12,
                "titleFontWeight": "normal",
                "gridColor": _LINE,
                "domainColor": _QUIET,
                "tickColor": _QUIET,
            },
            "legend": {**text, "labelFontSize": 12, "titleFontSize": 12},
            "title": {"font": FONT, "color": INK, "fontSize": 15, "anchor": "start", "fontWeight": 600},
            "range": {"category": list(CLASS_COLOURS.values())},
        }
    }
