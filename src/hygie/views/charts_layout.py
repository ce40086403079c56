"""What every chart shares: its frame, its colours, its axes in euros, labels broken into lines.

Charts are Vega-Lite 6 specifications, plain dictionaries. Positions that follow text (a label above its bar) are
computed here in pixels, so that nothing overlaps at any width.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from textwrap import wrap
from typing import Any

from hygie.views.numbers import format_euros
from hygie.views.theme import INK, theme_config

__all__ = [
    "BLUE",
    "BROWN",
    "HALF",
    "MIDDLE",
    "NARROW",
    "PALE",
    "QUIET",
    "WIDE",
    "Chart",
    "Spec",
    "break_label",
    "choose_days",
    "clean_label",
    "euro_axis",
    "finish_chart",
    "label_axis",
    "label_expression",
    "next_step",
    "scale_of",
]

Spec = dict[str, Any]

# Widths in pixels: a page column, half of it, a telephone.
WIDE, HALF, NARROW = 840, 400, 350

BLUE, MIDDLE, PALE, QUIET = "#0b5c94", "#7fb2d6", "#d3e4f1", "#5b6a79"
BROWN = "#b35c00"

_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
# Controls, and marks that change the order in which the words around them read; joiners are kept, scripts need them.
_INVISIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
# Mean width of a character of Source Sans Pro, as a share of the type size, with some room to spare.
_CHARACTER = 0.48
_STEPS = (1, 2, 5)
_AXIS_LINE = 16


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart: its title, the sentence that reads it aloud, and its Vega-Lite specification."""

    id: str
    title: str
    sentence: str
    spec: Spec


def clean_label(text: str) -> str:
    r"""Return a text without control characters, for places where markup cannot isolate it.

    >>> clean_label("a\u202eb")
    'ab'
    """
    return _INVISIBLE.sub("", re.sub("[\t\n\r]+", " ", text))


def break_label(text: str, pixels: float, *, size: float = 14.0) -> str:
    r"""Return a label in lines that fit a width [px] in type of a size [px].

    >>> break_label("Attack on the facility itself", 125)
    'Attack on the\nfacility itself'
    """
    characters = max(8, int(pixels / (_CHARACTER * size)))
    return "\n".join(wrap(clean_label(text), characters, break_on_hyphens=False)) or "–"


def scale_of(domain: Sequence[float], pixels: Sequence[float], **more: Any) -> Spec:
    """Return a scale from a domain to pixels, taken as given."""
    return {"domain": list(domain), "range": list(pixels), "nice": False, "zero": False, **more}


def label_expression(labels: dict[float, str]) -> str:
    """Return the expression that shows each axis value with its own words.

    >>> label_expression({10000.0: "10 k€"})
    '{"10000": "10 k€"}[datum.value]'
    """
    # Keys are numbers as JavaScript writes them: no exponent between 1e-6 and 1e21.
    keys = {value: format(Decimal(f"{value:.12g}"), "f") for value in labels}
    return json.dumps({keys[value]: text for value, text in labels.items()}, ensure_ascii=False) + "[datum.value]"


def label_axis(**more: Any) -> Spec:
    """Return an axis of labels from `break_label`, each centred on its mark: Vega centres the first line alone."""
    lines = "split(datum.value, '\\n')"
    up = {"expr": f"-0.5 * {_AXIS_LINE} * (length({lines}) - 1)"}
    plain = {"domain": False, "ticks": False, "labelPadding": 6, "title": None, "labelLimit": 0}
    return {**plain, "labelExpr": lines, "labelLineHeight": _AXIS_LINE, "labelOffset": up, **more}


def next_step(value: float) -> float:
    """Return the first of 1, 2, 5, 10, 20, … at or above a value.

    >>> next_step(3.2e6)
    5000000.0
    """
    decade = floor(log10(value))
    sizes = (step * 10.0**power for power in range(decade, decade + 2) for step in _STEPS)
    return next(size for size in sizes if size >= value * (1 - 1e-12))


def choose_days(first: int, last: int, room: float) -> list[int]:
    """Return the days that carry a tick: the first, then every 1, 2, 5, 10, 20… days, as many as fit in `room` [px].

    >>> choose_days(1, 25, 200)
    [1, 5, 10, 15, 20, 25]
    """
    step = next((s for s in (1, 2, 5, 10, 20, 50) if (last - first + 1) / s * 30.0 <= room), 100)
    if step == 2:
        return list(range(first, last + 1, step))
    return [first, *(day for day in range(step, last + 1, step) if day - first >= 0.6 * step)]


def euro_axis(low: float, high: float, language: str) -> Spec:
    """Return a logarithmic axis in euros, one tick a power of ten."""
    ticks = {float(10**power): "" for power in range(ceil(log10(low) - 1e-9), floor(log10(high) + 1e-9) + 1)}
    labels = {value: format_euros(value, language, digits=1) for value in ticks}
    return {"values": list(labels), "labelExpr": label_expression(labels), "grid": True, "labelFlush": False}


def finish_chart(chart_id: str, title: str, sentence: str, *, note: str = "", **spec: Any) -> Chart:
    """Return the chart with schema, theme and description; `note` says what the vertical axis is, in lines that fit."""
    sentence = clean_label(sentence)
    theme = theme_config()
    base = theme["config"]
    larger = {"labelFontSize": 13, "titleFontSize": 13}
    theme["config"] = {**base, "aria": False, "axis": base["axis"] | larger, "legend": base["legend"] | larger}
    heading: Spec = {}
    if note:
        lines = break_label(note, spec["width"]).split("\n")
        text = lines if len(lines) > 1 else note
        heading["title"] = {"text": text, "fontSize": 14, "fontWeight": 400, "color": INK, "anchor": "start"}
        heading["title"] |= {"offset": 10, "frame": "bounds"}
    return Chart(
        id=chart_id,
        title=title,
        sentence=sentence,
        spec={"$schema": _SCHEMA, "description": sentence, "padding": 2, **heading, **spec, **theme},
    )
