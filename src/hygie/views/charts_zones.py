"""One bad event: when the attackers reach each zone of the network, and for how long it is down."""

from __future__ import annotations

from collections.abc import Sequence

from hygie.views.assessment import AssessmentView, BadEventView, ZonePassage
from hygie.views.charts_layout import (
    BLUE,
    BROWN,
    MIDDLE,
    PALE,
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
from hygie.views.numbers import format_count, format_number
from hygie.views.theme import INK

__all__ = ["draw_zones", "order_zones"]

_LINE = 18.0
_STRIP = 11.0
_GAP = 11.0


def order_zones(zones: Sequence[ZonePassage]) -> list[ZonePassage]:
    """Return the zones that were reached or down, in the order in which they were reached, then by days down."""
    touched = [zone for zone in zones if zone.reached_h is not None or zone.down_days > 0.0]
    return sorted(touched, key=lambda z: (z.reached_h is None, z.reached_h or 0.0, -z.down_days))


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
        _zone_grid(rows, scales["x"]["axis"]["values"]),
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
    return _("{days}\u00a0d", days=format_number(zone.down_days, language))


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
        "scale": {"domain": list(kinds), "range": [BROWN, BLUE, MIDDLE]},
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
                "grid": False,
                "domain": False,
                "titleAnchor": "end",
                "labelFlush": True,
            },
        },
        "y": {"type": "quantitative", "axis": None, "scale": scale_of((0, height), (0, height))},
    }


def _zone_grid(rows: list[Spec], days: Sequence[int]) -> Spec:
    """Return the grid, which stops at the bars: words stay clear of lines."""
    lines = [{"day": day, "y": row["strip"] - 2.0, "y2": row["bottom"] + 2.0} for day in days for row in rows]
    return {
        "data": {"values": lines},
        "mark": {"type": "rule", "color": PALE, "strokeWidth": 1},
        "encoding": {
            "x": {"field": "day", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
            "y2": {"field": "y2"},
        },
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
        _("{hours}\u00a0h", hours=format_count(hours, language))
        if hours < 48.0
        else _("{days} days", days=format_number(hours / 24.0, language))
    )
    return _(
        "The attackers reach {reached} of {all} zones and are seen after {delay}; the longest zone is down for "
        "{days} days.",
        delay=delay,
        **words,
    )
