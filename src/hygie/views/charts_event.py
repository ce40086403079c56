"""One bad event, day by day: what each service can still do."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from hygie.views.assessment import AssessmentView, BadEventView, ServiceTimeline
from hygie.views.charts_layout import (
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
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_percent
from hygie.views.theme import INK

__all__ = ["CAPACITY_STEPS", "draw_services", "sort_services"]

CAPACITY_STEPS = (0.25, 0.5, 0.75, 0.95)

_SHADES = ("#0b3c5d", "#2574ad", "#7fb2d6", "#c9dfee", "#eef3f7")
_ON_DARK = 0.5
_ROOM_FOR_NUMBER = 22.0
_ROW = 29.0
_LINE = 18.0


def sort_services(event: BadEventView) -> list[ServiceTimeline]:
    """Return the services that lose capacity, the most affected first."""
    lost = [service for service in event.services if min(service.capacity, default=1.0) < 1.0]
    return sorted(lost, key=lambda service: sum(service.capacity))


def draw_services(view: AssessmentView, *, width: int = WIDE) -> Chart | None:
    """Return the capacity of each service as strips of days; None without a bad event that touches care."""
    if view.bad_event is None or not (services := sort_services(view.bad_event)):
        return None
    _ = translator(view.language)
    event = view.bad_event
    days = len(event.day)
    left = 196.0 if width > 600 else 112.0
    names = _name_steps(view.language, _)
    labels = _row_labels(services, left - 8)
    row = labels.height
    cells = [
        _cell(i * row, row, day, value, names)
        for i, s in enumerate(services)
        for day, value in enumerate(s.capacity, 1)
    ]
    height = len(services) * row
    numbered = (width - left) / days >= _ROOM_FOR_NUMBER
    number = {"type": "quantitative"}
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
            "encoding": {
                "x": {"field": "start", **number},
                "x2": {"field": "end"},
                "y": {"field": "top", **number},
                "y2": {"field": "bottom"},
                "color": _shade(names, width),
            },
        },
        labels.layer,
    ]
    if numbered:
        layers.append(_cell_numbers(cells))
    return finish_chart(
        "services",
        _("What care can still do, day by day"),
        _read_services(view, services, _),
        width=width,
        height=height,
        data={"values": cells if numbered else _join_cells(cells)},
        encoding=_service_scales(days, left, width, height, view.language, _),
        layer=layers,
    )


def _service_scales(days: int, left: float, width: int, height: float, language: str, _: Translate) -> Spec:
    ticks = choose_days(1, days, width - left)
    return {
        "x": {
            "type": "quantitative",
            "scale": scale_of((0.5, days + 0.5), (left, width)),
            "axis": {
                "values": ticks,
                "labelExpr": label_expression({float(day): format_count(day, language) for day in ticks}),
                "title": _("Days after the systems went down"),
                "grid": False,
                "domain": False,
                "titleAnchor": "end",
            },
        },
        "y": {"type": "quantitative", "axis": None, "scale": scale_of((0, height), (0, height))},
    }


def _name_steps(language: str, _: Translate) -> list[str]:
    steps = [format_percent(step, language) for step in CAPACITY_STEPS]
    between = [_("{low} to {high}", low=low.rstrip("%\u202f"), high=high) for low, high in pairwise(steps)]
    return [_("under {share}", share=steps[0]), *between, _("normal or nearly")]


def _cell(top: float, row: float, day: int, value: float, names: list[str]) -> Spec:
    return {
        "start": day - 0.5,
        "middle": day,
        "end": day + 0.5,
        "top": top,
        "centre": top + row / 2,
        "bottom": top + row,
        "step": names[sum(value >= step for step in CAPACITY_STEPS)],
        "text": "" if value >= CAPACITY_STEPS[-1] else f"{100 * value:.0f}",
        "dark": value < _ON_DARK,
    }


def _join_cells(cells: list[Spec]) -> list[Spec]:
    """Return the cells with neighbours of one shade made one: a year of days stays a small picture."""
    joined: list[Spec] = []
    for cell in cells:
        last = joined[-1] if joined else None
        if last is not None and (last["top"], last["step"]) == (cell["top"], cell["step"]):
            joined[-1] = {**last, "end": cell["end"]}
        else:
            joined.append(cell)
    return joined


def _shade(names: list[str], width: int) -> Spec:
    return {
        "field": "step",
        "type": "nominal",
        "scale": {"domain": names, "range": list(_SHADES)},
        "legend": {
            "title": None,
            "orient": "top",
            "direction": "horizontal",
            "columns": 5 if width > 600 else 3,
            "symbolType": "square",
            "symbolStrokeWidth": 0.5,
            "symbolStrokeColor": QUIET,
            "labelLimit": 0,
        },
    }


def _cell_numbers(cells: list[Spec]) -> Spec:
    return {
        "data": {"values": [cell for cell in cells if cell["text"]]},
        "mark": {"type": "text", "fontSize": 12, "baseline": "middle"},
        "encoding": {
            "x": {"field": "middle", "type": "quantitative"},
            "y": {"field": "centre", "type": "quantitative"},
            "text": {"field": "text"},
            "color": {"condition": {"test": "datum.dark", "value": "white"}, "value": INK},
        },
    }


@dataclass(frozen=True, slots=True)
class _RowLabels:
    height: float
    layer: Spec


def _row_labels(services: list[ServiceTimeline], room: float) -> _RowLabels:
    size, line = (14, 15.0) if room > 150 else (12, 13.0)
    labels = [break_label(service.label, room, size=size) for service in services]
    height = max(_ROW, (1 + max(label.count("\n") for label in labels)) * line + 2.0)
    # Vega centres the first line only: the others hang below it.
    rows = [
        {"label": label, "place": (i + 0.5) * height - label.count("\n") * line / 2} for i, label in enumerate(labels)
    ]
    layer: Spec = {
        "data": {"values": rows},
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": "middle",
            "fontSize": size,
            "lineHeight": line,
            "lineBreak": "\n",
            "color": INK,
        },
        "encoding": {"text": {"field": "label"}, "x": {"value": 0}, "y": {"field": "place", "type": "quantitative"}},
    }
    return _RowLabels(height, layer)


def _read_services(view: AssessmentView, services: list[ServiceTimeline], _: Translate) -> str:
    worst = min(services, key=lambda service: min(service.capacity))
    last = max(day for service in services for day, value in enumerate(service.capacity, 1) if value < 1.0)
    words = {
        "label": worst.label,
        "share": format_percent(min(worst.capacity), view.language),
        "day": format_count(last, view.language),
    }
    if last >= len(worst.capacity):
        return _(
            "The service that falls lowest is “{label}”, down to {share} of its normal activity; on day {day} not "
            "every service is back to normal.",
            **words,
        )
    return _(
        "The service that falls lowest is “{label}”, down to {share} of its normal activity; after day {day} every "
        "service is back to normal.",
        **words,
    )
