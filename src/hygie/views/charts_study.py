"""Pictures of a study beside those of the landscape: bands, observed against modelled, shares of causes, people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hygie.views.charts_layout import BLUE, BROWN, MIDDLE, PALE, QUIET, WIDE, Chart, Spec, break_label, finish_chart
from hygie.views.theme import INK

__all__ = ["Band", "Split", "draw_bands", "draw_icons", "draw_splits"]

_LINE, _BAR, _GAP = 18.0, 12.0, 16.0
_AXIS = 26.0
_ICONS, _ROW = 1_000, 50


@dataclass(frozen=True, slots=True)
class Band:
    """A range with its middle, and what was observed, which may be a range too; `text` stands at the end."""

    label: str
    low: float
    middle: float
    high: float
    text: str
    observed: tuple[float, float] | None = None
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class Split:
    """One bar of shares that sum to one; `text` stands at the end."""

    label: str
    shares: Sequence[float]
    text: str


def draw_bands(
    bands: Sequence[Band],
    *,
    id: str,  # noqa: A002
    title: str,
    sentence: str,
    ticks: Sequence[tuple[float, str]],
    key: tuple[str, str] | None = None,
    log: bool = False,
    width: int = WIDE,
) -> Chart:
    """Return ranges under their labels on one axis: a bar, its middle, and a diamond for what was observed.

    Parameters
    ----------
    ticks
        Values of the axis with their words; the first and the last bound it.
    key
        What the bar and the diamond are called.
    """
    rows: list[Spec] = []
    places, head = _place_key(key, width) if key else ((), 0.0)
    top = head
    room = width - 8.0 * (2 + max((len(band.text) for band in bands), default=0))
    for band in bands:
        label = break_label(band.label, room)
        bottom = top + _LINE * (1 + label.count("\n"))
        seen = band.observed or (None, None)
        rows.append(
            {
                "label": label,
                "text": band.text,
                "low": band.low,
                "middle": band.middle,
                "high": band.high,
                "seen": None
                if seen[0] is None or seen[1] is None
                else (seen[0] * seen[1]) ** 0.5
                if log
                else (seen[0] + seen[1]) / 2.0,
                "seen_low": seen[0],
                "seen_high": seen[1],
                "arrow": "triangle-right" if band.at_least else "diamond",
                "top": top,
                "bar_top": bottom,
                "bar_middle": bottom + _BAR / 2.0,
                "bar_bottom": bottom + _BAR,
            }
        )
        top = bottom + _BAR + _GAP
    height = top + _AXIS
    first, last = ticks[0][0], ticks[-1][0]
    across: Spec = {
        "type": "quantitative",
        "axis": None,
        "scale": {"type": "log" if log else "linear", "domain": [first, last], "nice": False, "clamp": True},
    }
    down: Spec = {"type": "quantitative", "axis": None, "scale": {"domain": [0, height], "range": [0, height]}}
    spans: Spec = {"y": {"field": "bar_top", **down}, "y2": {"field": "bar_bottom"}}
    axis = [
        {"at": value, "text": text, "align": "left" if i == 0 else "right" if i == len(ticks) - 1 else "center"}
        for i, (value, text) in enumerate(ticks)
    ]
    layers: list[Spec] = [
        {
            "data": {"values": axis},
            "mark": {"type": "rule", "color": "#dfe5ea"},
            "encoding": {"x": {"field": "at", **across}, "y": {"value": head}, "y2": {"value": top}},
        },
        *[
            {
                "data": {"values": [tick for tick in axis if tick["align"] == align]},
                "mark": {"type": "text", "align": align, "baseline": "top", "fontSize": 13, "color": QUIET},
                "encoding": {
                    "x": {"field": "at", **across},
                    "y": {"value": top + 4.0},
                    "text": {"field": "text"},
                },
            }
            for align in ("left", "center", "right")
        ],
        {
            "mark": {"type": "rect", "fill": MIDDLE},
            "encoding": {**spans, "x": {"field": "low", **across}, "x2": {"field": "high"}},
        },
        {
            "mark": {"type": "rule", "color": BLUE, "strokeWidth": 3},
            "encoding": {**spans, "x": {"field": "middle", **across}},
        },
        {
            "transform": [{"filter": "isValid(datum.seen_low) && datum.seen_low < datum.seen_high"}],
            "mark": {"type": "rule", "color": BROWN, "strokeWidth": 2},
            "encoding": {
                "y": {"field": "bar_middle", **down},
                "x": {"field": "seen_low", **across},
                "x2": {"field": "seen_high"},
            },
        },
        {
            "transform": [{"filter": "isValid(datum.seen)"}],
            "mark": {"type": "point", "filled": True, "size": 130, "color": BROWN, "opacity": 1},
            "encoding": {
                "y": {"field": "bar_middle", **down},
                "x": {"field": "seen", **across},
                "shape": {"field": "arrow", "type": "nominal", "scale": None, "legend": None},
            },
        },
        _words("label", 0.0, down, align="left"),
        _words("text", float(width), down, align="right", weight=600),
    ]
    if key:
        layers += _draw_key(key, places)
    return finish_chart(id, title, sentence, width=width, height=height, data={"values": rows}, layer=layers)


def _place_key(key: tuple[str, str], width: float) -> tuple[tuple[tuple[float, float], ...], float]:
    """Return where the two words of a key stand, beside or below one another, and the room that they take [px]."""
    second = 46.0 + 7.2 * len(key[0])
    if second + 12.0 + 7.2 * len(key[1]) <= width:
        return ((0.0, 10.0), (second, 10.0)), 30.0
    return ((0.0, 10.0), (11.0, 30.0)), 50.0


def _draw_key(key: tuple[str, str], places: Sequence[tuple[float, float]]) -> list[Spec]:
    text = {"type": "text", "align": "left", "baseline": "middle", "fontSize": 13, "color": INK}
    (_left, above), (x, y) = places
    one: Spec = {"values": [{}]}
    point = {"type": "point", "filled": True, "size": 130, "color": BROWN, "shape": "diamond", "opacity": 1}
    return [
        {
            "data": one,
            "mark": {"type": "rect", "fill": MIDDLE},
            "encoding": {"x": {"value": 0}, "x2": {"value": 22}, "y": {"value": above - 5}, "y2": {"value": above + 5}},
        },
        {"data": one, "mark": {**text, "text": key[0]}, "encoding": {"x": {"value": 30}, "y": {"value": above}}},
        {"data": one, "mark": point, "encoding": {"x": {"value": x}, "y": {"value": y}}},
        {
            "data": one,
            "mark": {**text, "text": key[1]},
            "encoding": {"x": {"value": max(x + 12.0, 30.0)}, "y": {"value": y}},
        },
    ]


def _words(field: str, x: float, down: Spec, *, align: str, weight: int = 400) -> Spec:
    mark = {"type": "text", "align": align, "baseline": "top", "fontSize": 14, "color": INK, "fontWeight": weight}
    return {
        "mark": {**mark, "lineHeight": _LINE, "lineBreak": "\n"},
        "encoding": {"text": {"field": field}, "x": {"value": x}, "y": {"field": "top", **down}},
    }


def draw_splits(
    rows: Sequence[Split],
    names: Sequence[str],
    *,
    id: str,  # noqa: A002
    title: str,
    sentence: str,
    width: int = WIDE,
) -> Chart:
    """Return bars of shares, one a row, with a key of their parts above."""
    colours = (BLUE, BROWN, MIDDLE, QUIET)[: len(names)]
    labels: list[Spec] = []
    parts: list[Spec] = []
    top = 0.0
    room = width - 8.0 * (2 + max((len(row.text) for row in rows), default=0))
    for row in rows:
        begin = 0.0
        label = break_label(row.label, room)
        bottom = top + _LINE * (1 + label.count("\n"))
        for name, share in zip(names, row.shares, strict=True):
            parts.append(
                {
                    "part": name,
                    "from": begin,
                    "to": begin + share,
                    "y": bottom,
                    "y2": bottom + _BAR + 4,
                    "share": share,
                }
            )
            begin += share
        labels.append({"label": label, "text": row.text, "top": top})
        top = bottom + _BAR + 4 + _GAP
    height = max(top - _GAP, 1.0)
    down: Spec = {"type": "quantitative", "axis": None, "scale": {"domain": [0, height], "range": [0, height]}}
    across: Spec = {"type": "quantitative", "axis": None, "scale": {"domain": [0, 1]}}
    legend = {"title": None, "orient": "top", "direction": "vertical", "columns": 1, "labelLimit": 0}
    return finish_chart(
        id,
        title,
        sentence,
        width=width,
        height=height,
        layer=[
            {
                "data": {"values": parts},
                "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
                "encoding": {
                    "x": {"field": "from", **across},
                    "x2": {"field": "to"},
                    "y": {"field": "y", **down},
                    "y2": {"field": "y2"},
                    "color": {
                        "field": "part",
                        "type": "nominal",
                        "scale": {"domain": list(names), "range": list(colours)},
                        "legend": legend,
                    },
                },
            },
            {"data": {"values": labels}, **_words("label", 0.0, down, align="left")},
            {"data": {"values": labels}, **_words("text", float(width), down, align="right", weight=600)},
        ],
    )


def draw_icons(
    count: int,
    *,
    id: str,  # noqa: A002
    title: str,
    sentence: str,
    width: int = WIDE,
) -> Chart:
    """Return a thousand squares of which `count` stand out: one square a hospital."""
    step = width / _ROW
    rows = [
        {"x": (i % _ROW + 0.5) * step, "y": (i // _ROW + 0.5) * step, "ink": BROWN if i < count else PALE}
        for i in range(_ICONS)
    ]
    height = step * (_ICONS // _ROW)
    place: Spec = {"type": "quantitative", "axis": None}
    return finish_chart(
        id,
        title,
        sentence,
        width=width,
        height=height,
        data={"values": rows},
        mark={"type": "square", "size": (0.72 * step) ** 2, "opacity": 1},
        encoding={
            "x": {"field": "x", **place, "scale": {"domain": [0, width], "range": [0, width]}},
            "y": {"field": "y", **place, "scale": {"domain": [0, height], "range": [0, height]}},
            "color": {"field": "ink", "type": "nominal", "scale": None, "legend": None},
        },
    )
