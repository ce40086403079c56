"""The charts of a scenario: what each service can still do by day, what an event costs, and the way of one."""

from __future__ import annotations

from hygie.views.charts import add_title, render_png, render_svg
from hygie.views.charts_bars import Bar, draw_rows
from hygie.views.charts_data import Cell, write_csv
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
    choose_days,
    finish_chart,
    label_expression,
    scale_of,
)
from hygie.views.charts_scenario_path import draw_path
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_euros, format_percent
from hygie.views.picture import picture_png
from hygie.views.scenario import ScenarioView, ServiceBandView, SpreadView
from hygie.views.theme import INK

__all__ = ["draw_bands", "draw_forms", "draw_scenario_pictures", "sort_bands", "tabulate_bands", "tabulate_forms"]

_ROW, _GAP, _LEFT, _LINE, _SIZE = 52.0, 14.0, 210.0, 15.0, 14.0
_NARROW, _ENDS = 520, 52.0
_TOUCHED = 0.995


def sort_bands(view: ScenarioView) -> list[ServiceBandView]:
    """Return the services that lose capacity in at least 1 event of 20, the most affected first."""
    lost = [service for service in view.services if min(*service.low, *service.told) < _TOUCHED]
    return sorted(lost, key=lambda service: sum(service.median) + sum(service.low))


def draw_bands(view: ScenarioView, *, width: int = WIDE) -> Chart | None:
    """Return capacity by day as one strip a service, and zones down in the last one; None when nothing is lost."""
    _ = translator(view.language)
    services = sort_bands(view)
    if not services:
        return None
    most = max(1.0, *view.zones_down.high, *view.zones_down.told)
    strips = [(service, 1.0, "share") for service in services]
    strips.append((view.zones_down, float(most), "count"))
    # On a telephone the name of a service stands above its strip.
    narrow = width < _NARROW
    left = _ENDS if narrow else _LEFT
    points, frames, labels, top = [], [], [], 0.0
    for strip, full, unit in strips:
        name = break_label(strip.label, width if narrow else _LEFT - 70.0, size=_SIZE)
        labels.append({"text": name, "x": 0.0, "y": top + (0.0 if narrow else 2.0)})
        top += _LINE * (1 + name.count("\n")) + 8.0 if narrow else 0.0
        bottom = top + _ROW
        frames.append({"top": top, "bottom": bottom})
        for day, values in enumerate(zip(strip.low, strip.median, strip.high, strip.told, strict=True), 1):
            low, median, high, told = (bottom - _ROW * min(value / full, 1.0) for value in values)
            points.append({"id": strip.id, "day": day, "low": low, "median": median, "high": high, "told": told})
        ends = (
            (format_percent(1.0, view.language), "0") if unit == "share" else (format_count(full, view.language), "0")
        )
        labels += [
            {"text": text, "x": left - 8.0, "y": y, "end": True}
            for text, y in zip(ends, (top - 3.0, bottom - 11.0), strict=True)
        ]
        top = bottom + _GAP
    height = top - _GAP
    return finish_chart(
        "bands",
        _("What care can still do, day by day"),
        _read_bands(view, services, _),
        width=width,
        height=height,
        encoding=_scales(view, width, height, left, _),
        layer=_layers(points, frames, labels, width, left, _),
    )


def _scales(view: ScenarioView, width: int, height: float, left: float, _: Translate) -> Spec:
    days = len(view.day)
    ticks = choose_days(1, days, width - left)
    return {
        "x": {
            "type": "quantitative",
            "scale": scale_of((1.0, max(days, 2)), (left, width)),
            "axis": {
                "values": ticks,
                "labelExpr": label_expression({float(day): format_count(day, view.language) for day in ticks}),
                "title": _("Days after the systems went down"),
                "grid": False,
                "domain": False,
                "titleAnchor": "end",
            },
        },
        "y": {"type": "quantitative", "axis": None, "scale": scale_of((0, height), (0, height))},
    }


def _layers(
    points: list[Spec], frames: list[Spec], labels: list[Spec], width: int, left: float, _: Translate
) -> list[Spec]:
    names = (_("9 events in 10"), _("median"), _("the event that is told"))
    number = {"type": "quantitative"}
    colour = {
        "type": "nominal",
        "scale": {"domain": list(names), "range": [MIDDLE, BLUE, BROWN]},
        "legend": {
            "title": None,
            "orient": "top",
            "direction": "horizontal",
            "columns": 1 if width < _NARROW else 3,
            "labelLimit": 0,
            "symbolOpacity": 1,
        },
    }

    def line(field: str, name: str, dash: list[int]) -> Spec:
        return {
            "data": {"values": points},
            "mark": {"type": "line", "strokeWidth": 2, "strokeDash": dash},
            "encoding": {
                "x": {"field": "day", **number},
                "y": {"field": field, **number},
                "detail": {"field": "id", "type": "nominal"},
                "color": {"datum": name, **colour},
            },
        }

    def text(align: str, size: float, tone: str, rows: list[Spec]) -> Spec:
        return {
            "data": {"values": rows},
            "mark": {
                "type": "text",
                "align": align,
                "baseline": "top",
                "fontSize": size,
                "lineHeight": _LINE,
                "lineBreak": "\n",
                "color": tone,
            },
            "encoding": {
                "text": {"field": "text"},
                "x": {"field": "x", "type": "quantitative", "scale": None},
                "y": {"field": "y", **number},
            },
        }

    return [
        {
            "data": {"values": frames},
            "mark": {"type": "rect", "fill": "#fafbfc", "stroke": PALE, "strokeWidth": 1},
            "encoding": {
                "y": {"field": "top", **number},
                "y2": {"field": "bottom"},
                "x": {"value": left},
                "x2": {"value": width},
            },
        },
        {
            "data": {"values": points},
            "mark": {"type": "area", "opacity": 0.45},
            "encoding": {
                "x": {"field": "day", **number},
                "y": {"field": "low", **number},
                "y2": {"field": "high"},
                "detail": {"field": "id", "type": "nominal"},
                "color": {"datum": names[0], **colour},
            },
        },
        line("median", names[1], [1, 0]),
        line("told", names[2], [5, 3]),
        text("left", _SIZE, INK, [row for row in labels if "end" not in row]),
        text("right", 11.0, QUIET, [row for row in labels if "end" in row]),
    ]


def _read_bands(view: ScenarioView, services: list[ServiceBandView], _: Translate) -> str:
    worst = min(services, key=lambda service: min(service.median))
    return _(
        "Each strip runs from 0 to normal capacity: the band holds 9 events in 10. The service that falls lowest at "
        "the median is “{label}”, to {median}; in 1 event of 20 it falls to {low} or below.",
        label=worst.label,
        median=format_percent(min(worst.median), view.language),
        low=format_percent(min(worst.low), view.language),
    )


def tabulate_bands(view: ScenarioView) -> str:
    """Return capacity by service and day, and zones down by day, as CSV (RFC 4180), formulas neutralised."""
    _ = translator(view.language)
    header = [_("Service"), _("Day"), _("low (5%)"), _("median"), _("high (95%)"), _("the event that is told")]
    rows: list[list[Cell]] = [
        [strip.label, day, *values]
        for strip in [*view.services, view.zones_down]
        for day, *values in zip(view.day, strip.low, strip.median, strip.high, strip.told, strict=True)
    ]
    return write_csv((header, rows))


def _sort_forms(view: ScenarioView) -> list[SpreadView]:
    return sorted((f for f in view.figures if f.group == "form" and f.mean > 0.0), key=lambda f: -f.mean)


def draw_forms(view: ScenarioView, *, width: int = HALF) -> Chart | None:
    """Return the mean loss of these events by form; None when nothing is lost."""
    _ = translator(view.language)
    forms = _sort_forms(view)
    if not forms:
        return None
    total = sum(form.mean for form in forms)
    bars = [
        Bar(
            form.label,
            form.mean,
            f"{format_euros(form.mean, view.language)} · {format_percent(form.mean / total, view.language)}",
            BLUE,
        )
        for form in forms
    ]
    return draw_rows(
        bars,
        domain=(0.0, forms[0].mean),
        colour={"field": "colour", "type": "nominal", "scale": None, "legend": None},
        id="forms",
        title=_("What such an event costs, by form"),
        sentence=_(
            "On average, {share} of the loss is “{label}”.",
            share=format_percent(forms[0].mean / total, view.language),
            label=forms[0].label,
        ),
        width=width,
    )


def tabulate_forms(view: ScenarioView) -> str:
    """Return the losses by form as CSV (RFC 4180), formulas neutralised."""
    _ = translator(view.language)
    header = [_("Form of loss"), _("low (5%)"), _("median"), _("high (95%)"), _("mean"), _("simulation error")]
    rows: list[list[Cell]] = [
        [form.label, form.low, form.median, form.high, form.mean, form.mean_error] for form in _sort_forms(view)
    ]
    return write_csv((header, rows))


def draw_scenario_pictures(view: ScenarioView) -> dict[str, bytes]:
    """Return the pictures of a scenario as SVG and PNG by file name."""
    language = view.language
    path = draw_path(view)
    found = {f"path.{language}.svg": path.svg_alone.encode("utf-8"), f"path.{language}.png": picture_png(path)}
    chart = draw_bands(view)
    if chart is not None:
        spec = add_title(chart)
        found[f"bands.{language}.svg"] = render_svg(spec, language).encode("utf-8")
        found[f"bands.{language}.png"] = render_png(spec, language)
    return found
