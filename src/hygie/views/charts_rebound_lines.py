"""Lines and keys of the pictures of rebound: positions in pixels."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.views.charts_landscape_layout import break_words
from hygie.views.charts_layout import QUIET, Spec, scale_of

__all__ = ["PLACE", "POINTS", "Point", "draw_lines", "mark_points", "scale_pixels", "write_key"]

# Points of a curved line.
POINTS = 9
PLACE: Spec = {"type": "quantitative", "axis": None}

Point = tuple[float, float]


def scale_pixels(width: float, height: float) -> Spec:
    """Return encodings in which positions are pixels from the top left."""
    return {
        "x": {**PLACE, "scale": scale_of((0, width), (0, width))},
        "y": {**PLACE, "scale": scale_of((0, height), (0, height))},
    }


def mark_points(points: Sequence[Point], **more: object) -> list[Spec]:
    """Return the points of one line in their order."""
    return [{"x": round(x, 1), "y": round(y, 1), "at": at, **more} for at, (x, y) in enumerate(points)]


def draw_lines(lines: Sequence[Sequence[Spec]], *, opacity: float) -> Spec:
    """Return a layer of lines, each with its colour and its width."""
    return {
        "data": {"values": [row for line in lines for row in line]},
        "mark": {"type": "line", "interpolate": "natural", "opacity": opacity},
        "encoding": {
            "x": {"field": "x", **PLACE},
            "y": {"field": "y", **PLACE},
            "detail": {"field": "line", "type": "nominal"},
            "order": {"field": "at", "type": "quantitative"},
            "color": {"field": "colour", "type": "nominal", "scale": None, "legend": None},
            "strokeWidth": {"field": "stroke", "type": "quantitative", "scale": None, "legend": None},
        },
    }


def write_key(entries: Sequence[tuple[str, str]], *, width: float) -> tuple[list[Spec], float]:
    """Return the lines of a key, a swatch where there is a colour, and where it ends [px]."""
    swatches: list[Spec] = []
    texts: list[Spec] = []
    y = 2.0
    for label, colour in entries:
        if colour == "none":
            continue
        left = 28.0 if colour else 0.0
        text = break_words(label, width - left - 4.0, size=13.0)
        if colour:
            swatches.append({"x": 0.0, "x2": 22.0, "y": y + 7.0, "colour": colour})
        texts.append({"x": left, "y": y, "text": text})
        y += 16.0 * (1 + text.count("\n")) + 3.0
    return [
        {
            "data": {"values": swatches},
            "mark": {"type": "rule", "strokeWidth": 3},
            "encoding": {
                "x": {"field": "x", **PLACE},
                "x2": {"field": "x2"},
                "y": {"field": "y", **PLACE},
                "color": {"field": "colour", "type": "nominal", "scale": None, "legend": None},
            },
        },
        {
            "data": {"values": texts},
            "mark": {
                "type": "text", "align": "left", "baseline": "top", "fontSize": 13, "color": QUIET,
                "lineBreak": "\n", "lineHeight": 16,
            },
            "encoding": {
                "text": {"field": "text"},
                "x": {"field": "x", **PLACE},
                "y": {"field": "y", **PLACE},
            },
        },
    ], y  # fmt: skip
