"""One bad event, day by day: what each service can still do, and what happens to each zone of the network."""

from __future__ import annotations

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

__all__ = ["CAPACITY_STEPS", "choose_days", "days_down", "draw_services", "draw_zones", "sort_services"]

CAPACITY_STEPS = (0.25, 0.5, 0.75, 0.95)

_SHADES = ("#0b3c5d", "#2574ad", "#7fb2d6", "#c9dfee", "#eef3f7")
_ON_DARK = 0.5
_ROW = 27.0
_LINE = 17.0
_STRIP = 11.0
_GAP = 11.0
_HIDDEN = "#b35c00"


def sort_services(event: BadEventView) -> list[ServiceTimeline]:
    """Return the services that lose capacity, the most affected first."""
    lost = [service for service in event.services if min(service.capacity, default=1.0) < 1.0]
    return sorted(lost, key=lambda service: sum(service.capacity))


def choose_days(count: int, room: float) -> list[int]:
    """Return the days that carry a tick: 1 and every 2, 5, 7, 14, 30… days, as many as fit in `room` [px].

    >>> choose_days(25, 600)
    [1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25]
    """
    step = next((s for s in (1, 2, 5, 7, 14, 30, 60) if count / s * 34.0 <= room), 90)
    return list(range(1, count + 1, step))


def days_down(zones: list[ZonePassage]) -> list[ZonePassage]:
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
    left = 190.0 if width > 600 else 106.0
    names = _name_steps(view.language, _)
    cells = [_cell(i, day, value, names) for i, s in enumerate(services) for day, value in enumerate(s.capacity, 1)]
    height = len(services) * _ROW
    ticks = choose_days(days, width - left)
    place = {
        "x": {
            "field": "start",
            "type": "quantitative",
            "scale": scale_of((0.5, days + 0.5), (left, width)),
            "axis": {
                "values": ticks,
                "labelExpr": label_expression({float(day): format_count(day, view.language) for day in ticks}),
                "title": _("Days after the systems went down"),
                "grid": False,
                "domain": False,
                "titleAnchor": "end",
            },
        },
        "y": {"field": "top", "type": "quantitative", "axis": None, "scale": scale_of((0, height), (0, height))},
    }
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1 if days <= 60 else 0},
            "encoding": {**place, "x2": {"field": "end"}, "y2": {"field": "bottom"}, "color": _shade(names, width)},
        },
        _row_labels([s.label for s in services], [(i + 0.5) * _ROW for i in range(len(services))], left - 8, "middle"),
    ]
    if (width - left) / days >= 22.0:
        layers.append(_cell_numbers(cells, place))
    return finish_chart(
        "services",
        _("What care can still do, day by day"),
        _read_services(view, services, _),
        width=width,
        height=height,
        data={"values": cells},
        layer=layers,
    )


def _name_steps(language: str, _: Translate) -> list[str]:
    steps = [format_percent(step, language) for step in CAPACITY_STEPS]
    between = [
        _("{low} to {high}", low=low.rstrip("%\u202f"), high=high) for low, high in zip(steps, steps[1:], strict=False)
    ]
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


def _cell_numbers(cells: list[Spec], place: Spec) -> Spec:
    return {
        "data": {"values": [cell for cell in cells if cell["text"]]},
        "mark": {"type": "text", "fontSize": 11, "baseline": "middle"},
        "encoding": {
            "x": {**place["x"], "field": "middle"},
            "y": {**place["y"], "field": "centre"},
            "text": {"field": "text"},
            "color": {"condition": {"test": "datum.dark", "value": "white"}, "value": INK},
        },
    }


def _row_labels(labels: list[str], tops: list[float], room: float, baseline: str) -> Spec:
    return {
        "data": {
            "values": [
                {"label": break_label(label, room), "place": top} for label, top in zip(labels, tops, strict=True)
            ]
        },
        "mark": {
            "type": "text",
            "align": "left",
            "baseline": baseline,
            "fontSize": 13 if room > 150 else 11,
            "lineHeight": _LINE if room > 150 else 12,
            "color": INK,
        },
        "encoding": {
            "text": {"field": "label"},
            "x": {"value": 0},
            "y": {"field": "place", "type": "quantitative"},
        },
    }


def _read_services(view: AssessmentView, services: list[ServiceTimeline], _: Translate) -> str:
    worst = min(services, key=lambda service: min(service.capacity))
    last = max(day for service in services for day, value in enumerate(service.capacity, 1) if value < 1.0)
    return _(
        "The service that falls lowest is “{label}”, down to {share} of its normal activity; after day {day} every "
        "service is back to normal.",
        label=worst.label,
        share=format_percent(min(worst.capacity), view.language),
        day=format_count(last, view.language),
    )


def draw_zones(view: AssessmentView, *, width: int = WIDE) -> Chart | None:
    """Return when each zone is reached and how long it is down, in days since the first intrusion."""
    if view.bad_event is None or not (zones := days_down(view.bad_event.zones)):
        return None
    _ = translator(view.language)
    event = view.bad_event
    onset = event.damage_h / 24.0
    last = onset + max(max(zone.down_days for zone in zones), 1.0)
    kinds = (_("attackers inside, unseen"), _("down, reached by the attackers"), _("down without being reached"))
    tops, top = [], 0.0
    for _zone in zones:
        tops.append(top)
        top += _LINE + _STRIP + _GAP
    height = top - _GAP
    rows = [_zone_row(zone, place, onset, kinds, view.language, _) for zone, place in zip(zones, tops, strict=True)]
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


def _zone_row(
    zone: ZonePassage, top: float, onset: float, kinds: tuple[str, str, str], language: str, _: Translate
) -> Spec:
    reached = None if zone.reached_h is None else min(zone.reached_h / 24.0, onset)
    return {
        "label": break_label(zone.label, 10_000),
        "text": _("{days} days", days=format_number(zone.down_days, language)),
        "top": top,
        "strip": top + _LINE,
        "centre": top + _LINE + _STRIP / 2,
        "bottom": top + _LINE + _STRIP,
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
    count = int(last) + 1
    ticks = [0, *choose_days(count, float(width))[1:]] if count < 8 else [d - 1 for d in choose_days(count, width)]
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
        "mark": {"type": "text", "align": align, "baseline": "top", "fontSize": 13, "color": INK},
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
    return _(
        "The attackers reach {reached} of {all} zones and are first seen on day {day}; the longest zone is down for "
        "{days} days.",
        day=format_number(event.detected_h / 24.0, language),
        **words,
    )
