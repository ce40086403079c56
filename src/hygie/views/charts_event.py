"""One bad event, day by day: what each service can still do, and what happens to each zone of the network."""

from __future__ import annotations

from itertools import pairwise

from hygie.views.assessment import AssessmentView, BadEventView, ServiceTimeline, ZonePassage
from hygie.views.charts_layout import (
    BLUE,
    MIDDLE,
    PALE,
    QUIET,
    WIDE,
    Chart,
    Spec,
    break_label,
    finish_chart,
    label_expression,
    scale_of,
)
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_number, format_percent
from hygie.views.theme import INK

__all__ = ["CAPACITY_STEPS", "choose_days", "draw_services", "draw_zones", "order_zones", "sort_services"]

CAPACITY_STEPS = (0.25, 0.5, 0.75, 0.95)

_SHADES = ("#0b3c5d", "#2574ad", "#7fb2d6", "#c9dfee", "#eef3f7")
_ON_DARK = 0.5
_ROW = 29.0
_LINE = 18.0
_STRIP = 11.0
_GAP = 11.0
_HIDDEN = "#b35c00"


def sort_services(event: BadEventView) -> list[ServiceTimeline]:
    """Return the services that lose capacity, the most affected first."""
    lost = [service for service in event.services if min(service.capacity, default=1.0) < 1.0]
    return sorted(lost, key=lambda service: sum(service.capacity))


def choose_days(first: int, last: int, room: float) -> list[int]:
    """Return the days that carry a tick: the first, then every 1, 2, 5, 10, 20… days, as many as fit in `room` [px].

    >>> choose_days(1, 25, 200)
    [1, 5, 10, 15, 20, 25]
    """
    step = next((s for s in (1, 2, 5, 10, 20, 50) if (last - first + 1) / s * 30.0 <= room), 100)
    if step == 2:
        return list(range(first, last + 1, step))
    return [first, *(day for day in range(step, last + 1, step) if day - first >= 0.6 * step)]


def order_zones(zones: list[ZonePassage]) -> list[ZonePassage]:
    """Return the zones that were reached or down, in the order in which they were reached, then by days down."""
    touched = [zone for zone in zones if zone.reached_h is not None or zone.down_days > 0.0]
    return sorted(touched, key=lambda z: (z.reached_h is None, z.reached_h or 0.0, -z.down_days))


def draw_services(view: AssessmentView, *, width: int = WIDE) -> Chart | None:
    """Return the capacity of each service as strips of days; None without a bad event that touches care."""
    if view.bad_event is None or not (services := sort_services(view.bad_event)):
        return None
    _ = translator(view.language)
    event = view.bad_event
    days = len(event.day)
    left = 196.0 if width > 600 else 112.0
    names = _name_steps(view.language, _)
    cells = [_cell(i, day, value, names) for i, s in enumerate(services) for day, value in enumerate(s.capacity, 1)]
    height = len(services) * _ROW
    number = {"type": "quantitative"}
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1 if days <= 60 else 0},
            "encoding": {
                "x": {"field": "start", **number},
                "x2": {"field": "end"},
                "y": {"field": "top", **number},
                "y2": {"field": "bottom"},
                "color": _shade(names, width),
            },
        },
        _row_labels(services, left - 8),
    ]
    if (width - left) / days >= 22.0:
        layers.append(_cell_numbers(cells))
    return finish_chart(
        "services",
        _("What care can still do, day by day"),
        _read_services(view, services, _),
        width=width,
        height=height,
        data={"values": cells},
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


def _cell(row: int, day: int, value: float, names: list[str]) -> Spec:
    return {
        "start": day - 0.5,
        "middle": day,
        "end": day + 0.5,
        "top": row * _ROW,
        "centre": (row + 0.5) * _ROW,
        "bottom": (row + 1) * _ROW,
        "step": names[sum(value >= step for step in CAPACITY_STEPS)],
        "text": "" if value >= CAPACITY_STEPS[-1] else f"{100 * value:.0f}",
        "dark": value < _ON_DARK,
    }


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


def _row_labels(services: list[ServiceTimeline], room: float) -> Spec:
    size, line = (14, 15.0) if room > 150 else (12, 13.0)
    labels = [break_label(service.label, room, size=size) for service in services]
    # Vega centres the first line only: the others hang below it.
    rows = [
        {"label": label, "place": (i + 0.5) * _ROW - label.count("\n") * line / 2} for i, label in enumerate(labels)
    ]
    return {
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


def draw_zones(view: AssessmentView, *, width: int = WIDE) -> Chart | None:
    """Return when each zone is reached and how long it is down, in days since the first intrusion."""
    if view.bad_event is None or not (zones := order_zones(view.bad_event.zones)):
        return None
    _ = translator(view.language)
    event = view.bad_event
    onset = event.damage_h / 24.0
    last = onset + max(max(zone.down_days for zone in zones), 1.0)
    kinds = (_("attackers inside"), _("down, reached by the attackers"), _("down without being reached"))
    labels = [break_label(zone.label, width - 60.0) for zone in zones]
    rows, top = [], 0.0
    for zone, label in zip(zones, labels, strict=True):
        rows.append(_zone_row(zone, label, top, onset, kinds) | {"text": _say_days(zone, view.language, _)})
        top = rows[-1]["bottom"] + _GAP
    height = top - _GAP
    scales = _zone_scales(last, width, height, view.language, _)
    reached = [row for row in rows if row["reached"] is not None]
    spans = {"y": {"field": "strip", "type": "quantitative"}, "y2": {"field": "bottom"}}
    number = {"type": "quantitative"}
    layers: list[Spec] = [
        {
            "data": {"values": [row for row in rows if row["end"] > row["onset"]]},
            "mark": {"type": "rect", "opacity": 1},
            "encoding": {
                **spans,
                "x": {"field": "onset", **number},
                "x2": {"field": "end"},
                "color": _kind_colours(kinds, width),
            },
        },
        {
            "data": {"values": reached},
            "mark": {"type": "rule", "strokeWidth": 3},
            "encoding": {
                "x": {"field": "reached", **number},
                "x2": {"field": "onset"},
                "y": {"field": "centre", **number},
                "color": {"datum": kinds[0]},
            },
        },
        {
            "data": {"values": reached},
            "mark": {"type": "circle", "size": 60, "opacity": 1},
            "encoding": {
                "x": {"field": "reached", **number},
                "y": {"field": "centre", **number},
                "color": {"datum": kinds[0]},
            },
        },
        _zone_text(rows, "label", 0.0, "left"),
        _zone_text(rows, "text", float(width), "right"),
    ]
    return finish_chart(
        "zones",
        _("Where the attackers went, and for how long systems are down"),
        _read_zones(event, zones, view.language, _),
        width=width,
        height=height,
        encoding=scales,
        layer=layers,
    )


def _say_days(zone: ZonePassage, language: str, _: Translate) -> str:
    return _("{days} d", days=format_number(zone.down_days, language))


def _zone_row(zone: ZonePassage, label: str, top: float, onset: float, kinds: tuple[str, str, str]) -> Spec:
    reached = None if zone.reached_h is None else min(zone.reached_h / 24.0, onset)
    strip = top + _LINE * (1 + label.count("\n"))
    return {
        "label": label,
        "top": top,
        "strip": strip,
        "centre": strip + _STRIP / 2,
        "bottom": strip + _STRIP,
        "reached": reached,
        "onset": onset,
        "end": onset + zone.down_days,
        "kind": kinds[2 if reached is None else 1],
    }


def _kind_colours(kinds: tuple[str, str, str], width: int) -> Spec:
    return {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": list(kinds), "range": [_HIDDEN, BLUE, MIDDLE]},
        "legend": {
            "title": None,
            "orient": "top",
            "direction": "horizontal",
            "columns": 3 if width > 600 else 1,
            "symbolType": "square",
            "labelLimit": 0,
        },
    }


def _zone_scales(last: float, width: int, height: float, language: str, _: Translate) -> Spec:
    ticks = choose_days(0, int(last), width)
    return {
        "x": {
            "type": "quantitative",
            "scale": scale_of((0.0, last), (0, width)),
            "axis": {
                "values": ticks,
                "labelExpr": label_expression({float(day): format_count(day, language) for day in ticks}),
                "title": _("Days since the first attempt"),
                "grid": True,
                "gridColor": PALE,
                "domain": False,
                "titleAnchor": "end",
                "labelFlush": True,
            },
        },
        "y": {"type": "quantitative", "axis": None, "scale": scale_of((0, height), (0, height))},
    }


def _zone_text(rows: list[Spec], field: str, x: float, align: str) -> Spec:
    return {
        "data": {"values": rows},
        "mark": {
            "type": "text",
            "align": align,
            "baseline": "top",
            "fontSize": 14,
            "lineHeight": _LINE,
            "lineBreak": "\n",
            "color": INK,
        },
        "encoding": {
            "text": {"field": field},
            "x": {"value": x},
            "y": {"field": "top", "type": "quantitative"},
        },
    }


def _read_zones(event: BadEventView, zones: list[ZonePassage], language: str, _: Translate) -> str:
    reached = [zone for zone in zones if zone.reached_h is not None]
    words = {
        "reached": format_count(len(reached), language),
        "all": format_count(len(event.zones), language),
        "days": format_number(max(zone.down_days for zone in zones), language),
    }
    if event.detected_h is None:
        return _(
            "The attackers reach {reached} of {all} zones before anyone sees them; the longest zone is down for "
            "{days} days.",
            **words,
        )
    hours = event.detected_h
    delay = (
        _("{hours} h", hours=format_count(hours, language))
        if hours < 48.0
        else _("{days} days", days=format_number(hours / 24.0, language))
    )
    return _(
        "The attackers reach {reached} of {all} zones and are seen after {delay}; the longest zone is down for "
        "{days} days.",
        delay=delay,
        **words,
    )
