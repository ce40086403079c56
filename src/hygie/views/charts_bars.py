"""Parts of a total, and what moves it: bars with their label above and their value at the end of the line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hygie.views.assessment import AssessmentView, BreakdownRow, DriverView
from hygie.views.charts_layout import (
    BLUE,
    BROWN,
    HALF,
    MIDDLE,
    PALE,
    QUIET,
    WIDE,
    Chart,
    Spec,
    break_label,
    finish_chart,
    scale_of,
)
from hygie.views.messages import translator
from hygie.views.numbers import format_euros, format_number, format_percent
from hygie.views.theme import CLASS_COLOURS, INK

__all__ = [
    "Bar",
    "draw_drivers",
    "draw_loss_by_class",
    "draw_loss_by_form",
    "draw_loss_by_origin",
    "draw_rows",
    "rebound_share",
]

_LINE = 18.0
_BAR = 13.0
_GAP = 15.0
_VALUE = 7.5

_REBOUND = ("neighbour", "provider")


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its label, how long it is, the text at its end, its colour."""

    label: str
    value: float
    text: str
    colour: str


def rebound_share(view: AssessmentView) -> float:
    """Return the share of the average annual loss that comes from a linked facility or a shared provider."""
    return sum(row.share for row in view.by_origin if row.id in _REBOUND)


def draw_loss_by_form(view: AssessmentView, *, width: int = HALF) -> Chart | None:
    """Return the average annual loss by form; None when nothing was lost."""
    _ = translator(view.language)
    rows = _sort_rows(view.by_form)
    if not rows:
        return None
    sentence = _(
        "The largest part of the average annual loss is “{label}”: {share}.",
        label=rows[0].label,
        share=format_percent(rows[0].share, view.language),
    )
    return _draw_parts(
        view, rows, lambda _row: BLUE, id="loss_by_form", title=_("By form of loss"), sentence=sentence, width=width
    )


def draw_loss_by_class(view: AssessmentView, *, width: int = HALF) -> Chart | None:
    """Return the average annual loss by threat class; None when nothing was lost."""
    _ = translator(view.language)
    rows = _sort_rows(view.by_class)
    if not rows:
        return None
    sentence = _(
        "The threat that weighs most is “{label}”: {share} of the average annual loss.",
        label=rows[0].label,
        share=format_percent(rows[0].share, view.language),
    )
    return _draw_parts(
        view,
        rows,
        lambda row: CLASS_COLOURS.get(row.id, QUIET),
        id="loss_by_class",
        title=_("By threat"),
        sentence=sentence,
        width=width,
    )


def draw_loss_by_origin(view: AssessmentView, *, width: int = HALF) -> Chart | None:
    """Return the average annual loss by origin, rebounds set apart; None when nothing was lost."""
    _ = translator(view.language)
    rows = _sort_rows(view.by_origin)
    if not rows:
        return None
    sentence = _(
        "{share} of the average annual loss comes through others: a linked facility or a shared provider.",
        share=format_percent(rebound_share(view), view.language),
    )
    return _draw_parts(
        view,
        rows,
        lambda row: BROWN if row.id in _REBOUND else BLUE,
        id="loss_by_origin",
        title=_("By origin"),
        sentence=sentence,
        width=width,
    )


def draw_drivers(view: AssessmentView, *, width: int = WIDE) -> Chart | None:
    """Return the rank correlations of the inputs with the average annual loss; None when none stands out."""
    if not view.drivers:
        return None
    _ = translator(view.language)
    kinds = (_("assumption without published evidence"), _("with published evidence"))
    first = view.drivers[0]
    sentence = (
        _("What moves the result most: “{label}”. The higher it is, the higher the loss.", label=first.description)
        if first.correlation >= 0
        else _("What moves the result most: “{label}”. The higher it is, the lower the loss.", label=first.description)
    )

    def bar_of(driver: DriverView) -> Bar:
        sign = "−" if driver.correlation < 0 else "+"
        text = sign + format_number(abs(driver.correlation), view.language)
        return Bar(driver.description, driver.correlation, text, kinds[0 if driver.assumed else 1])

    return draw_rows(
        [bar_of(driver) for driver in view.drivers],
        domain=(-1.0, 1.0),
        colour={
            "field": "colour",
            "type": "nominal",
            "scale": {"domain": list(kinds), "range": [MIDDLE, BLUE]},
            "legend": {"title": None, "orient": "top", "direction": "vertical", "columns": 1, "labelLimit": 0},
        },
        id="drivers",
        title=_("What moves the result most"),
        sentence=sentence,
        width=width,
    )


def _sort_rows(rows: Sequence[BreakdownRow]) -> list[BreakdownRow]:
    """Return the rows, largest first; none when all are zero."""
    ordered = sorted(rows, key=lambda row: -row.loss_eur_per_y)
    return ordered if ordered and ordered[0].loss_eur_per_y > 0.0 else []


def _draw_parts(
    view: AssessmentView, rows: Sequence[BreakdownRow], colour: Callable[[BreakdownRow], str], **frame: Any
) -> Chart:
    def bar_of(row: BreakdownRow) -> Bar:
        amount = format_euros(row.loss_eur_per_y, view.language)
        text = f"{amount} · {format_percent(row.share, view.language, digits=1 if row.share < 0.1 else 2)}"
        return Bar(row.label, row.loss_eur_per_y, text, colour(row))

    bars = [bar_of(row) for row in rows]
    colours = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    return draw_rows(bars, domain=(0.0, bars[0].value), colour=colours, **frame)


def draw_rows(
    bars: Sequence[Bar],
    *,
    domain: tuple[float, float],
    colour: Spec,
    id: str,  # noqa: A002
    title: str,
    sentence: str,
    width: int,
) -> Chart:
    """Return bars under their labels; positions are pixels from the top."""
    rows: list[Spec] = []
    top, room = 0.0, width - _VALUE * (2 + max(len(bar.text) for bar in bars))
    for bar in bars:
        label = break_label(bar.label, room)
        bottom = top + _LINE * (1 + label.count("\n"))
        rows.append(
            {
                "label": label,
                "text": bar.text,
                "value": bar.value,
                "zero": 0.0,
                "colour": bar.colour,
                "top": top,
                "bar_top": bottom,
                "bar_bottom": bottom + _BAR,
            }
        )
        top = bottom + _BAR + _GAP
    height = top - _GAP
    text = {"type": "text", "fontSize": 14, "baseline": "top", "color": INK, "lineHeight": _LINE, "lineBreak": "\n"}
    back = {"type": "rect", "fill": PALE, "opacity": 0.35}
    number = {"type": "quantitative", "axis": None}
    scales = {
        "x": {**number, "scale": scale_of(domain, (0, width))},
        "y": {**number, "scale": scale_of((0, height), (0, height))},
    }
    spans = {"y": {"field": "bar_top", **number}, "y2": {"field": "bar_bottom"}}
    layers: list[Spec] = [
        {"mark": back, "encoding": {**spans, "x": {"value": 0}, "x2": {"value": width}}},
        {
            "mark": {"type": "rect", "opacity": 1},
            "encoding": {
                **spans,
                "x": {"field": "zero", **number},
                "x2": {"field": "value"},
                "color": colour,
            },
        },
        _text_layer({**text, "align": "left"}, "label", 0.0),
        _text_layer({**text, "align": "right", "fontWeight": 600}, "text", float(width)),
    ]
    if domain[0] < 0.0:
        rule = {"type": "rule", "color": INK, "strokeWidth": 1}
        layers.append({"mark": rule, "encoding": {**spans, "x": {"field": "zero", **number}}})
    return finish_chart(
        id, title, sentence, width=width, height=height, data={"values": rows}, encoding=scales, layer=layers
    )


def _text_layer(mark: Spec, field: str, x: float) -> Spec:
    return {
        "mark": mark,
        "encoding": {
            "text": {"field": field},
            "x": {"value": x},
            "y": {"field": "top", "type": "quantitative", "axis": None},
        },
    }
