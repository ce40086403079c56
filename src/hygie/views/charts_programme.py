"""A programme drawn: its tower, and the curve of the year before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, log10

from hygie.views.assessment import CurveView
from hygie.views.charts import add_title, render_png, render_svg
from hygie.views.charts_data import Rows, write_csv
from hygie.views.charts_layout import (
    BLUE,
    BROWN,
    PALE,
    WIDE,
    Chart,
    Spec,
    break_label,
    clean_label,
    euro_axis,
    finish_chart,
    label_expression,
    next_step,
    scale_of,
)
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_percent
from hygie.views.programme import LayerRow, ProgrammeView
from hygie.views.theme import INK

__all__ = [
    "draw_before_after",
    "draw_exceedance",
    "draw_programme_charts",
    "draw_tower",
    "pick_curve",
    "programme_chart_files",
    "tabulate_curves",
    "tabulate_tower",
]

_BAND, _LEFT, _RIGHT, _LINE = 66.0, 96.0, 16.0, 17.0
_INSURED, _KEPT, _EDGE = "#a9cde6", "#e6eaee", "#ffffff"
_RAREST = 1e-3
_DECADES = 3.0
_SAND = "#f0dcc4"


def draw_tower(view: ProgrammeView, *, width: int = WIDE) -> Chart:
    """Return the tower: one band for each stretch of an event's loss, layers side by side when they share it.

    Heights are not to scale: every band is as high, so that a small layer can be read.
    """
    _ = translator(view.language)
    edges = _find_edges(view.layers)
    bands = len(edges)
    retained = view.event_deductible_eur > 0.0
    rows = bands + (1 if retained else 0)
    height = rows * _BAND + 24.0
    room = width - _LEFT - _RIGHT

    def bottom(index: int) -> float:
        return height - 12.0 - (index + (1 if retained else 0)) * _BAND

    boxes: list[Spec] = []
    words: list[Spec] = []
    for index in range(bands):
        boxes.append(_box(_LEFT, _LEFT + room, bottom(index + 1), bottom(index), "kept"))
    used = [0.0] * bands
    for layer in view.layers:
        first = edges.index(layer.attachment_eur)
        top = None if layer.limit_eur is None else layer.attachment_eur + layer.limit_eur
        last = bands if top is None else edges.index(top)
        begin = max(used[first:last])
        left, right = _LEFT + begin * room, _LEFT + min(1.0, begin + layer.share) * room
        for index in range(first, last):
            used[index] = begin + layer.share
        boxes.append(_box(left, right, bottom(last), bottom(first), "insured"))
        words += _label_layer(layer, left, right, 0.5 * (bottom(first) + bottom(last)), view.language, _)
    if retained:
        boxes.append(_box(_LEFT, _LEFT + room, height - 12.0 - _BAND, height - 12.0, "kept"))
        words.append(
            {
                "x": _LEFT + 0.5 * room,
                "y": height - 12.0 - 0.5 * _BAND,
                "text": break_label(
                    _("kept: {amount} of every event", amount=format_euros(view.event_deductible_eur, view.language)),
                    room - 12.0,
                ),
                "bold": False,
            }
        )
    shift = view.event_deductible_eur
    sides = [
        {"x": _LEFT - 10.0, "y": bottom(index), "text": format_euros(edge + shift, view.language, digits=3)}
        for index, edge in enumerate(edges)
    ]
    colour = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": [_("insured"), _("kept by the organisation")], "range": [_INSURED, _KEPT]},
        "legend": {"title": None, "orient": "bottom", "direction": "horizontal", "symbolType": "square"},
    }
    names = {"insured": _("insured"), "kept": _("kept by the organisation")}
    for box in boxes:
        box["kind"] = names[str(box["kind"])]
    x = {"field": "x", "type": "quantitative", "axis": None, "scale": scale_of((0, width), (0, width))}
    y = {"field": "y", "type": "quantitative", "axis": None, "scale": scale_of((0, height), (0, height))}
    text = {"type": "text", "color": INK, "baseline": "middle"}
    layers: list[Spec] = [
        {
            "data": {"values": boxes},
            "mark": {"type": "rect", "stroke": _EDGE, "strokeWidth": 2},
            "encoding": {"x": x, "x2": {"field": "x2"}, "y": y, "y2": {"field": "y2"}, "color": colour},
        }
    ]
    for word in words:
        # Only the first line of several stands on its height.
        word["y"] -= 0.5 * _LINE * str(word["text"]).count("\n")
    for bold in (True, False):
        chosen = [word for word in words if word["bold"] == bold]
        if chosen:
            layers.append(
                {
                    "data": {"values": chosen},
                    "mark": {
                        **text,
                        "fontSize": 14,
                        "fontWeight": 600 if bold else 400,
                        "lineBreak": "\n",
                        "lineHeight": _LINE,
                    },
                    "encoding": {"x": x, "y": y, "text": {"field": "text"}},
                }
            )
    layers.append(
        {
            "data": {"values": sides},
            "mark": {**text, "fontSize": 13, "align": "right"},
            "encoding": {"x": x, "y": y, "text": {"field": "text"}},
        }
    )
    return finish_chart(
        "tower",
        _("Who pays how much of one event?"),
        _read_tower(view, _),
        note=_("Loss of one event, after the terms of each coverage; heights are not to scale"),
        width=width,
        height=height,
        layer=layers,
    )


def _find_edges(layers: Sequence[LayerRow]) -> list[float]:
    """Return the amounts where something changes, from the bottom: one band above each."""
    bottoms = {layer.attachment_eur for layer in layers}
    tops = {layer.attachment_eur + layer.limit_eur for layer in layers if layer.limit_eur is not None}
    return sorted({0.0} | bottoms | tops)


def _box(left: float, right: float, top: float, bottom: float, kind: str) -> Spec:
    return {"x": left, "x2": right, "y": top, "y2": bottom, "kind": kind}


def _label_layer(layer: LayerRow, left: float, right: float, middle: float, language: str, _: Translate) -> list[Spec]:
    centre = 0.5 * (left + right)
    share = "" if layer.share == 1.0 else " · " + format_percent(layer.share, language)
    name = _fit(f"{layer.label}{share}", right - left - 12.0)
    detail = _(
        "{paid} a year; pays in {often} of years, used up in {full}",
        paid=format_euros(layer.paid.value, language),
        often=format_percent(layer.attachment.value, language),
        full=format_percent(layer.exhaustion.value, language),
    )
    # Half a sentence would mislead: without room for all of it, only the amount is shown.
    if "\n" in break_label(detail, right - left - 12.0):
        detail = format_euros(layer.paid.value, language)
    return [
        {"x": centre, "y": middle - 11.0, "text": name, "bold": True},
        {"x": centre, "y": middle + 11.0, "text": clean_label(detail), "bold": False},
    ]


def _fit(text: str, pixels: float) -> str:
    first, _newline, rest = break_label(text, pixels).partition("\n")
    return f"{first}…" if rest else first


def _read_tower(view: ProgrammeView, _: Translate) -> str:
    parts = [
        _(
            "{layer}: {share} of what lies between {low} and {high}.",
            layer=layer.label,
            share=format_percent(layer.share, view.language, digits=3),
            low=format_euros(layer.attachment_eur + view.event_deductible_eur, view.language),
            high=_("no limit")
            if layer.limit_eur is None
            else format_euros(layer.attachment_eur + layer.limit_eur + view.event_deductible_eur, view.language),
        )
        for layer in view.layers
    ]
    return " ".join(parts)


def draw_before_after(view: ProgrammeView, *, width: int = WIDE) -> Chart | None:
    """Return the exceedance curves of the year before and after the programme, with their bands; None without loss."""
    before = pick_curve(view.curves_before, "AEP")
    after = pick_curve(view.curves_after, "AEP")
    if before is None or after is None or max(before.probability, default=0.0) <= _RAREST:
        return None
    _ = translator(view.language)
    seen = [x for x, p in zip(before.loss_eur, before.band_high, strict=True) if p >= _RAREST]
    high = next_step(max(seen) * 1.05)
    low = 10.0 ** (ceil(log10(high)) - _DECADES - 1.0)
    most = min(1.0, next_step(max(*before.band_high, *before.probability)))
    names = (_("before insurance"), _("after insurance"))
    layers: list[Spec] = [
        _band(before, low=low, most=most, colour=_SAND),
        _band(after, low=low, most=most, colour=PALE),
        draw_exceedance(before, names[0], low=low),
        draw_exceedance(after, names[1], low=low),
    ]
    ticks = [step * 10.0**power for power in range(4) for step in (1, 2, 5) if step * 10.0**power <= 1.0 / _RAREST]
    shown = {
        1.0 / n: _("every year") if n == 1.0 else _("1 in {count}", count=format_count(n, view.language))
        for n in ticks
        if 1.0 / n <= most * (1.0 + 1e-9)
    }
    plain = {"domain": False, "ticks": False, "labelPadding": 6}
    var = {name: view.figures[f"var_99_{name}"].value for name in ("before", "after")}
    return finish_chart(
        "before_after",
        _("What does a bad year cost, before and after?"),
        _(
            "One year in 100 costs more than {before} before insurance and more than {after} after it. Bands around "
            "them: where the curves may lie, given what is not known (9 chances in 10).",
            before=format_euros(var["before"], view.language),
            after=format_euros(var["after"], view.language),
        ),
        note=_("Chance that a year costs more than the amount below, premiums left out"),
        width=width,
        height=360,
        autosize={"type": "fit-x", "contains": "padding"},
        encoding={
            "x": {
                "type": "quantitative",
                "scale": {"type": "log", "domain": [low, high], "nice": False},
                "axis": {
                    **plain,
                    **euro_axis(low, high, view.language),
                    "title": _("Loss of one year (euros of 2024)"),
                },
            },
            "y": {
                "type": "quantitative",
                "scale": {"type": "log", "domain": [_RAREST, most], "nice": False},
                "axis": {**plain, "values": list(shown), "labelExpr": label_expression(shown), "title": None},
            },
            "color": {
                "type": "nominal",
                "scale": {"domain": list(names), "range": [BROWN, BLUE]},
                "legend": {"title": None, "orient": "top", "symbolType": "stroke", "labelLimit": 0},
            },
        },
        layer=layers,
    )


def pick_curve(curves: Sequence[CurveView], basis: str) -> CurveView | None:
    """Return the exceedance curve of years (AEP) or of the largest events (OEP), None without losses."""
    return next((curve for curve in curves if curve.basis == basis and curve.loss_eur), None)


def draw_exceedance(curve: CurveView, name: str, *, low: float) -> Spec:
    """Return a curve as a layer of a chart, from the loss `low` [EUR] on."""
    rows = [
        {"x": x, "y": p}
        for x, p in zip(curve.loss_eur, curve.probability, strict=True)
        if x >= low and p >= 0.3 * _RAREST
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "line", "strokeWidth": 3, "clip": True},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
            "color": {"datum": name},
        },
    }


def _band(curve: CurveView, *, low: float, most: float, colour: str) -> Spec:
    rows = [
        {"x": x, "low": max(bottom, _RAREST), "high": min(max(top, _RAREST), most)}
        for x, bottom, top in zip(curve.loss_eur, curve.band_low, curve.band_high, strict=True)
        if x >= low and top >= _RAREST
    ]
    return {
        "data": {"values": rows},
        "mark": {"type": "area", "opacity": 0.65, "color": colour, "clip": True},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "low", "type": "quantitative"},
            "y2": {"field": "high"},
        },
    }


def draw_programme_charts(view: ProgrammeView) -> dict[str, Chart]:
    """Return every chart that has something to show."""
    drawn = {"tower": draw_tower(view), "before_after": draw_before_after(view)}
    return {name: chart for name, chart in drawn.items() if chart is not None}


def programme_chart_files(view: ProgrammeView) -> dict[str, bytes]:
    """Return every chart as SVG, PNG and CSV, by file name; equal views give equal bytes."""
    tables: dict[str, Rows] = {"tower": tabulate_tower(view), "before_after": tabulate_curves(view)}
    made: dict[str, bytes] = {}
    for name, chart in draw_programme_charts(view).items():
        spec = add_title(chart)
        made[f"{name}.svg"] = render_svg(spec, view.language).encode("utf-8")
        made[f"{name}.png"] = render_png(spec, view.language)
        # Spreadsheets know UTF-8 by its mark.
        made[f"{name}.csv"] = write_csv(tables[name]).encode("utf-8-sig")
    return made


def tabulate_tower(view: ProgrammeView) -> Rows:
    """Return the layers as rows."""
    header = ["layer", "attachment_eur", "limit_eur", "share", "paid_eur_per_y", "p_pays", "p_used_up", "premium_eur"]
    return header, [
        [
            row.label,
            row.attachment_eur,
            row.limit_eur,
            row.share,
            row.paid.value,
            row.attachment.value,
            row.exhaustion.value,
            row.premium_eur,
        ]
        for row in view.layers
    ]


def tabulate_curves(view: ProgrammeView) -> Rows:
    """Return the curves before and after as rows."""
    header = ["loss_eur", "p_before", "p_before_low", "p_before_high", "p_after", "p_after_low", "p_after_high"]
    before, after = pick_curve(view.curves_before, "AEP"), pick_curve(view.curves_after, "AEP")
    if before is None or after is None:
        return header, []
    columns = (
        before.loss_eur,
        before.probability,
        before.band_low,
        before.band_high,
        after.probability,
        after.band_low,
        after.band_high,
    )
    return header, [list(row) for row in zip(*columns, strict=True)]
