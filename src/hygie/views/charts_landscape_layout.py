"""What the landscape charts share: shades for counts, a key drawn in pixels, text that stays readable on its ground."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from math import ceil, log
from textwrap import wrap
from typing import Any

from babel.dates import format_skeleton

from hygie.views.charts_layout import Spec, clean_label, scale_of
from hygie.views.messages import Translate
from hygie.views.numbers import format_count
from hygie.views.theme import INK

__all__ = [
    "COUNT_COLOURS",
    "NONE_FILL",
    "NONE_LINE",
    "Bins",
    "KeyEntry",
    "bin_counts",
    "box_layers",
    "break_words",
    "caption_lines",
    "count_ticks",
    "draw_key",
    "fit_label",
    "format_month",
    "measure_text",
    "number_scale",
    "pixel_scales",
    "rule_layer",
    "shorten",
    "text_layer",
    "text_on",
]

# One hue from light to dark: order is read without colour vision, and ink or white stays readable on each (4.5:1).
COUNT_COLOURS = ("#d3e4f1", "#a8cbe5", "#6ea9d3", "#2874ad", "#083f66")
# Nothing documented is not zero: no shade of the scale, an outline only.
NONE_FILL, NONE_LINE = "#fbfcfd", "#b9c3cc"

_ON_DARK = 3
_LADDER = tuple(step * 10**power for power in range(7) for step in (1, 2, 5))
# Widths of characters of Source Sans Pro as shares of the type size, by kind of character, with some room to spare.
_WIDTHS = (("iljI.,:;'’|!·", 0.28), ("ftr()-  \u202f", 0.36), ("mwMW%€—", 0.85), ("", 0.52))
_CAPITAL = 0.62
# Labels come from files too: lines of a label, characters of a name.
_LINES, _LONGEST = 4, 90
_KEY_SIZE, _KEY_LINE, _SWATCH = 13.0, 20.0, 13.0


@dataclass(frozen=True, slots=True)
class Bins:
    """Classes of counts: the first count of each, in rising order; the last has no end."""

    starts: tuple[int, ...]
    largest: int

    def index(self, count: int) -> int:
        """Return the class of a count of at least one."""
        return sum(count >= start for start in self.starts) - 1

    def colour(self, count: int) -> str:
        """Return the shade of a count; the ground of nothing documented for zero."""
        return self.shades[self.index(count)] if count > 0 else NONE_FILL

    def ink(self, count: int) -> str:
        """Return the colour of a number printed on the shade of a count."""
        return text_on(self.colour(count))

    @property
    def shades(self) -> tuple[str, ...]:
        """One shade a class; few classes are spread over the whole scale."""
        last = len(COUNT_COLOURS) - 1
        number = len(self.starts)
        return tuple(COUNT_COLOURS[round(i * last / (number - 1)) if number > 1 else 2] for i in range(number))

    def labels(self, language: str, _: Translate) -> list[str]:
        """Return what the key says of each class."""
        texts = []
        for start, after in zip(self.starts, (*self.starts[1:], None), strict=True):
            end = self.largest if after is None else after - 1
            if end <= start:
                texts.append(format_count(start, language))
            else:
                low, high = format_count(start, language), format_count(end, language)
                texts.append(_("{low} to {high}", low=low, high=high))
        return texts


def bin_counts(largest: int) -> Bins:
    """Return classes for counts from 1 to `largest`: at most five, on round numbers.

    >>> bin_counts(4).starts, bin_counts(7).starts, bin_counts(60).starts
    ((1, 2, 3, 4), (1, 2, 3, 5), (1, 2, 5, 10, 20))
    """
    if largest <= len(COUNT_COLOURS):
        return Bins(tuple(range(1, max(largest, 1) + 1)), max(largest, 1))
    if largest < 10:
        return Bins((1, 2, 3, 5), largest)
    # Equal ratios: one place with very many does not push all the others into the first class.
    aims = [largest ** (i / len(COUNT_COLOURS)) for i in range(len(COUNT_COLOURS))]
    return Bins(tuple(sorted({min(_LADDER, key=lambda step: abs(log(step / aim))) for aim in aims})), largest)


def count_ticks(largest: int) -> list[int]:
    """Return at most six whole numbers from 0 up to the first at or above `largest`.

    >>> count_ticks(3), count_ticks(16)
    ([0, 1, 2, 3], [0, 5, 10, 15, 20])
    """
    step = next(step for step in _LADDER if largest <= 5 * step)
    return list(range(0, step * ceil(largest / step) + 1, step))


def format_month(month: str, language: str) -> str:
    r"""Return a month as people write it.

    >>> format_month("2021-03", "fr")
    'mars\xa02021'
    """
    first = date(int(month[:4]), int(month[5:7]), 1)
    return str(format_skeleton("yMMMM", first, locale=language)).replace(" ", "\u00a0")


def text_on(fill: str) -> str:
    """Return ink or white, whichever is readable on a fill.

    >>> text_on("#d3e4f1"), text_on("#083f66")
    ('#22313f', 'white')
    """
    return "white" if fill in COUNT_COLOURS[_ON_DARK:] else INK


def measure_text(text: str, size: float) -> float:
    """Return about how wide a text is [px] in type of a size [px], with some room to spare."""
    return size * sum(_measure_character(mark) for mark in text)


def _measure_character(mark: str) -> float:
    for marks, share in _WIDTHS:
        if mark in marks:
            return share
    return _CAPITAL if mark.isupper() else _WIDTHS[-1][1]


def fit_label(text: str, pixels: float, *, size: float) -> str:
    """Return a label on one line, its end cut with an ellipsis where it has no room.

    >>> fit_label("Centre hospitalier", 60, size=12)
    'Centre h…'
    """
    text = clean_label(text)
    if measure_text(text, size) <= pixels:
        return text
    while len(text) > 2 and measure_text(text, size) + size > pixels:
        text = text[:-1].rstrip()
    return text + "…"


def break_words(text: str, pixels: float, *, size: float) -> str:
    r"""Return a label in at most four lines that fit a width [px], broken at spaces and after hyphens.

    >>> break_words("Auvergne-Rhône-Alpes", 90, size=12)
    'Auvergne-\nRhône-Alpes'
    """
    lines: list[str] = []
    for part in re.findall(r"[^ -]+(?:-(?=\S)|-? *)", clean_label(text)) or ["–"]:
        if lines and measure_text((lines[-1] + part).rstrip(), size) <= pixels:
            lines[-1] += part
        else:
            lines.append(part)
    if len(lines) > _LINES:
        lines = [*lines[: _LINES - 1], f"{lines[_LINES - 1].rstrip()} …"]
    return "\n".join(fit_label(line.rstrip(), pixels, size=size) for line in lines)


def shorten(text: str) -> str:
    """Return a label without invisible marks, cut where no name is as long.

    >>> len(shorten("x" * 4000))
    90
    """
    text = clean_label(text)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1].rstrip() + "…"


def caption_lines(text: str, pixels: float, *, size: float) -> list[str]:
    """Return a text in lines that fit a width [px]."""
    return wrap(clean_label(text), max(12, int(pixels / (0.46 * size))), break_on_hyphens=False) or [""]


def number_scale(**more: Any) -> Spec:
    """Return a quantitative encoding without an axis."""
    return {"type": "quantitative", "axis": None, **more}


def pixel_scales(width: float, height: float) -> Spec:
    """Return encodings in which positions are pixels from the top left."""
    return {
        "x": number_scale(scale=scale_of((0, width), (0, width))),
        "y": number_scale(scale=scale_of((0, height), (0, height))),
    }


def text_layer(rows: Sequence[Mapping[str, Any]], *, size: float, **mark: Any) -> Spec:
    """Return a layer of texts at `x`, `y` [px], in the colour `ink` of each row."""
    rows = [{"ink": INK, **row} for row in rows]
    return {
        "data": {"values": rows},
        "mark": {"type": "text", "fontSize": size, "baseline": "middle", "align": "left", "lineBreak": "\n", **mark},
        "encoding": {
            "text": {"field": "text"},
            "x": number_scale(field="x"),
            "y": number_scale(field="y"),
            "color": {"field": "ink", "type": "nominal", "scale": None, "legend": None},
        },
    }


def rule_layer(rows: Sequence[Mapping[str, Any]], **mark: Any) -> Spec:
    """Return a layer of lines from `x`, `y` to `x2`, `y2` [px]."""
    return {
        "data": {"values": list(rows)},
        "mark": {"type": "rule", "strokeWidth": 1, **mark},
        "encoding": {
            "x": number_scale(field="x"),
            "x2": {"field": "x2"},
            "y": number_scale(field="y"),
            "y2": {"field": "y2"},
        },
    }


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """One swatch of a key and its words; `struck` marks nothing documented, as on the map."""

    label: str
    fill: str
    line: str = ""
    struck: bool = False


def draw_key(entries: Sequence[KeyEntry], *, width: float, top: float = 0.0) -> tuple[list[Spec], float]:
    """Return the layers of a key that wraps at a width, and where it ends [px]."""
    swatches: list[Spec] = []
    texts: list[Spec] = []
    x, y = 0.0, top
    for entry in entries:
        label = fit_label(entry.label, width - _SWATCH - 6.0, size=_KEY_SIZE)
        wide = _SWATCH + 6.0 + measure_text(label, _KEY_SIZE)
        if x > 0.0 and x + wide > width:
            x, y = 0.0, y + _KEY_LINE
        left, upper = x, y + (_KEY_LINE - _SWATCH) / 2
        swatches.append(
            {
                "left": left,
                "right": left + _SWATCH,
                "upper": upper,
                "lower": upper + _SWATCH,
                "fill": entry.fill,
                "line": entry.line or entry.fill,
                "struck": entry.struck,
            }
        )
        texts.append({"x": left + _SWATCH + 6.0, "y": y + _KEY_LINE / 2, "text": label})
        x += wide + 16.0
    layers = [*box_layers(swatches), text_layer(texts, size=_KEY_SIZE)] if entries else []
    return layers, y + _KEY_LINE if entries else top


def box_layers(rows: Sequence[Spec], *, tooltip: Sequence[Spec] = ()) -> list[Spec]:
    """Return boxes from `left`, `right`, `upper`, `lower` [px], filled and outlined, some with a stroke across."""
    corners = {
        "x": number_scale(field="left"),
        "x2": {"field": "right"},
        "y": number_scale(field="upper"),
        "y2": {"field": "lower"},
    }
    plain = {"type": "nominal", "scale": None, "legend": None}
    boxes: Spec = {
        "data": {"values": list(rows)},
        "mark": {"type": "rect", "strokeWidth": 1, "opacity": 1},
        "encoding": {**corners, "fill": {"field": "fill", **plain}, "stroke": {"field": "line", **plain}},
    }
    if tooltip:
        boxes["encoding"]["tooltip"] = list(tooltip)
    struck = [_strike(row) for row in rows if row["struck"]]
    if not struck:
        return [boxes]
    rule: Spec = {
        "data": {"values": struck},
        "mark": {"type": "rule", "color": NONE_LINE, "strokeWidth": 1},
        "encoding": corners,
    }
    return [boxes, rule]


def _strike(row: Spec) -> Spec:
    """Return a stroke in the lower half of a box, where a number would stand, clear of the code above."""
    wide, high = row["right"] - row["left"], row["lower"] - row["upper"]
    reach = min(wide, 0.4 * high + 4.0) / 2 - 2.0
    middle = row["left"] + wide / 2
    centre = row["lower"] - reach - 3.0 if high > 20.0 else row["lower"] - high / 2
    return {"left": middle - reach, "right": middle + reach, "upper": centre + reach, "lower": centre - reach}
