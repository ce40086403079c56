"""How likely and how much: the loss exceedance curve, and the dots of “about n in 100”."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isqrt, log, log10
from typing import Protocol

import numpy as np

from hygie.views.assessment import AssessmentView, CurveView, FigureView
from hygie.views.charts_landscape_layout import measure_text
from hygie.views.charts_layout import (
    BLUE,
    BROWN,
    MIDDLE,
    PALE,
    WIDE,
    Chart,
    Spec,
    euro_axis,
    finish_chart,
    label_expression,
    next_step,
    scale_of,
)
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_number, natural_frequency, round_significant
from hygie.views.theme import INK

__all__ = ["RETURN_PERIODS", "Likelihood", "LossCurves", "count_likelihood", "draw_likelihood", "draw_loss_exceedance"]

RETURN_PERIODS = (10, 50, 100, 200)

_DECADES = 3.5
_RAREST, _RAREST_OF_ALL = 1e-3, 1e-6
_MOST_DOTS = 1_000
_GRID = 160
# Room that the labels of the vertical axis take [px].
_LABELS = 70.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Likelihood:
    """“About `count` in `base`, likely between `low` and `high`”, as numbers and as words."""

    count: int
    base: int
    low: float
    high: float
    words: dict[str, str]


def count_likelihood(view: AssessmentView) -> Likelihood | None:
    """Return the yearly probability of a major encryption as a natural frequency; None when none was simulated."""
    figure = view.figures["p_major"]
    if figure.value <= 0.0:
        return None
    count, base = natural_frequency(figure.value)
    if base < 100:
        count, base = round(figure.value * 100), 100
    low, high = figure.low * base, figure.high * base
    shown = [format_number(round(v, 1 if v < 2.0 else 0), view.language, digits=3) for v in (low, high)]
    words = {
        "count": format_count(count, view.language),
        "base": format_count(base, view.language),
        "low": shown[0],
        "high": shown[1],
    }
    return Likelihood(int(count), base, low, high, words)


def draw_likelihood(view: AssessmentView, *, width: int = 280) -> Chart | None:
    """Return the icon array of a major encryption; None when it is rarer than can be shown with 1,000 dots."""
    known = count_likelihood(view)
    if known is None or known.base > _MOST_DOTS:
        return None
    _ = translator(view.language)
    labels = (_("hit"), _("perhaps hit: the likely range goes this far"), _("not hit"))
    columns = isqrt(known.base) if known.base <= 100 else 40
    step = width / columns
    upper = min(known.base, max(known.count, round(known.high)))
    dots = [
        {
            "x": (i % columns + 0.5) * step,
            "y": (i // columns + 0.5) * step,
            "kind": labels[0 if i < known.count else 1 if i < upper else 2],
        }
        for i in range(known.base)
    ]
    height = -(-known.base // columns) * step
    sentence = _(
        "Each dot is one facility like this one: about {count} in {base} are hit within a year, likely between {low} "
        "and {high}.",
        **known.words,
    )
    return finish_chart(
        "likelihood",
        _("How likely is a major encryption?"),
        sentence,
        width=width,
        height=height,
        data={"values": dots},
        mark={"type": "circle", "size": (0.76 * step) ** 2, "opacity": 1},
        encoding={
            "x": {"field": "x", "type": "quantitative", "axis": None, "scale": scale_of((0, width), (0, width))},
            "y": {"field": "y", "type": "quantitative", "axis": None, "scale": scale_of((0, height), (0, height))},
            "color": {
                "field": "kind",
                "type": "nominal",
                "scale": {"domain": list(labels), "range": [BLUE, MIDDLE, "#dde4ea"]},
                "legend": {"title": None, "orient": "bottom", "direction": "vertical", "columns": 1, "labelLimit": 0},
            },
        },
    )


class LossCurves(Protocol):
    """What has exceedance curves and figures at return periods: an assessment, a portfolio."""

    @property
    def language(self) -> str:
        """Of its words."""

    @property
    def figures(self) -> dict[str, FigureView]:
        """Figures by name, those at return periods among them."""

    @property
    def curves(self) -> list[CurveView]:
        """One for each basis."""


def draw_loss_exceedance(view: LossCurves, *, width: int = WIDE) -> Chart | None:
    """Return the loss exceedance curve: AEP with its 5–95 % band, OEP thinner; None when nothing was lost.

    Both axes are logarithmic. Figures at return periods are marked on the AEP.
    """
    curves = {curve.basis: curve for curve in view.curves}
    aggregate = curves.get("AEP")
    if aggregate is None or max(aggregate.probability, default=0.0) <= 0.0:
        return None
    _ = translator(view.language)
    frame = _frame_curve(aggregate)
    names = (_("all losses of the year (AEP)"), _("likely range of the AEP"), _("largest event alone (OEP)"))
    band = _sample_band(aggregate, frame)
    layers: list[Spec] = [_band_layer(band, names[1]), _line_layer(_sample_line(aggregate, frame), names[0], BLUE, 3.0)]
    if "OEP" in curves:
        layers.append(_line_layer(_sample_line(curves["OEP"], frame), names[2], BROWN, 1.2))
    layers += _mark_periods(view, frame, width)
    encoding = _axes_of(frame, view.language, _)
    encoding["color"] = {
        "type": "nominal",
        "scale": {"domain": list(names), "range": [BLUE, PALE, BROWN]},
        "legend": {
            "title": None,
            "orient": "top",
            "direction": "horizontal" if width > 600 else "vertical",
            "symbolType": "square",
            "labelLimit": 0,
        },
    }
    return finish_chart(
        "loss_exceedance",
        _("How much could a year cost?"),
        _read_curve(view, _),
        note=_("Chance that a year costs more than the amount below"),
        width=width,
        height=360 if width > 600 else 330,
        autosize={"type": "fit-x", "contains": "padding"},
        encoding=encoding,
        layer=layers,
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    low: float
    high: float
    rarest: float
    most: float


def _frame_curve(curve: CurveView) -> _Frame:
    top = max(curve.probability)
    rarest = max(_RAREST_OF_ALL, min(_RAREST, 10.0 ** floor(log10(top) - 1.0)))
    seen = [x for x, p in zip(curve.loss_eur, curve.band_high, strict=True) if p >= rarest] or curve.loss_eur[:1]
    high = next_step(max(seen[-1], 10.0) * 1.05)
    low = 10.0 ** floor(log10(high) - _DECADES)
    return _Frame(low, high, rarest, min(1.0, 1.0 / _one_in_below(1.0 / max(top, *curve.band_high))))


def _one_in_below(period: float) -> float:
    if period < 2.0:
        return 1.0
    steps = sorted(step * 10.0**power for power in range(7) for step in (1, 2, 5))
    return [step for step in steps if step <= period * (1 + 1e-12)][-1]


def _sample_points(curve: CurveView, frame: _Frame, values: list[float]) -> list[Point]:
    """Return the curve on a fine grid of the frame, interpolated between its points on both logarithms."""
    known = [(x, p) for x, p in zip(curve.loss_eur, values, strict=True) if p > 0.0]
    if not known:
        return []
    log_x, log_p = (np.log(np.asarray(side)) for side in zip(*known, strict=True))
    grid = np.linspace(log(frame.low), max(log(frame.low), min(log(frame.high), float(log_x[-1]))), _GRID)
    return [(float(x), float(p)) for x, p in zip(np.exp(grid), np.exp(np.interp(grid, log_x, log_p)), strict=True)]


def _sample_line(curve: CurveView, frame: _Frame) -> list[Point]:
    points = _sample_points(curve, frame, curve.probability)
    return [(x, p) for x, p in points if p >= frame.rarest]


def _sample_band(curve: CurveView, frame: _Frame) -> list[Spec]:
    upper = _sample_points(curve, frame, curve.band_high)
    lower = dict(_sample_points(curve, frame, [max(p, frame.rarest / 10.0) for p in curve.band_low]))
    return [
        {"x": x, "low": max(lower.get(x, frame.rarest), frame.rarest), "high": min(high, frame.most)}
        for x, high in upper
        if high >= frame.rarest
    ]


def _band_layer(rows: list[Spec], name: str) -> Spec:
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "opacity": 1},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "low", "type": "quantitative"},
            "y2": {"field": "high"},
            "color": {"datum": name},
        },
    }


def _line_layer(points: list[Point], name: str, colour: str, size: float) -> Spec:
    return {
        "data": {"values": [{"x": x, "y": p} for x, p in points]},
        "mark": {"type": "line", "strokeWidth": size, "color": colour},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
            "color": {"datum": name},
        },
    }


def _mark_periods(view: LossCurves, frame: _Frame, width: int) -> list[Spec]:
    early: list[Spec] = []
    late: list[Spec] = []
    for period in RETURN_PERIODS:
        figure = view.figures.get(f"aep_{period}")
        if figure is not None and frame.low <= figure.value <= frame.high and 1.0 / period >= frame.rarest:
            words = format_euros(figure.value, view.language)
            left = 1.0 - log(figure.value / frame.low) / log(frame.high / frame.low)
            at_end = left * (width - _LABELS) < 1.1 * measure_text(words, 14.0) + 8.0
            (late if at_end else early).append({"x": figure.value, "y": 1.0 / period, "text": words})
    place = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}
    dots = {"type": "circle", "size": 70, "color": BLUE, "opacity": 1}
    layers: list[Spec] = [{"data": {"values": early + late}, "mark": dots, "encoding": place}]
    text = {"type": "text", "fontSize": 14, "fontWeight": 600, "color": INK}
    # The text of the last points goes below left of the curve, so that it stays inside the frame.
    for rows, side in ((early, {"align": "left", "dx": 8, "dy": -9}), (late, {"align": "right", "dx": -8, "dy": 13})):
        if rows:
            encoding = {**place, "text": {"field": "text"}}
            layers.append({"data": {"values": rows}, "mark": {**text, **side}, "encoding": encoding})
    return layers


def _axes_of(frame: _Frame, language: str, _: Translate) -> Spec:
    ticks = sorted(step * 10.0**power for power in range(8) for step in (1, 2, 5))
    shown = [n for n in ticks if frame.rarest * (1 - 1e-9) <= 1.0 / n <= frame.most * (1 + 1e-9)]
    words = {
        1.0 / n: _("every year") if n == 1.0 else _("1 in {count}", count=format_count(n, language)) for n in shown
    }
    euros = {**euro_axis(frame.low, frame.high, language), "title": _("Loss of one year (euros of 2024)")}
    common = {"domain": False, "ticks": False, "labelPadding": 6}
    return {
        "x": {
            "type": "quantitative",
            "scale": {"type": "log", "domain": [frame.low, frame.high], "nice": False},
            "axis": {**common, **euros},
        },
        "y": {
            "type": "quantitative",
            "scale": {"type": "log", "domain": [frame.rarest, frame.most], "nice": False},
            "axis": {**common, "values": list(words), "labelExpr": label_expression(words), "title": None},
        },
    }


def _read_curve(view: LossCurves, _: Translate) -> str:
    ten, hundred = view.figures["aep_10"], view.figures["aep_100"]
    amounts = {
        "ten": format_euros(ten.value, view.language),
        "hundred": format_euros(hundred.value, view.language),
        "low": format_euros(round_significant(hundred.low), view.language),
        "high": format_euros(round_significant(hundred.high), view.language),
    }
    return _(
        "One year in 10 costs more than {ten}; one year in 100 costs more than {hundred}, likely between {low} and "
        "{high}. The band around it is where the curve may lie, given what is not known (9 chances in 10).",
        **amounts,
    )
