"""How long facilities were disrupted: one dot for each incident whose duration is reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

from hygie.views.charts_data import Rows
from hygie.views.charts_landscape_layout import (
    KeyEntry,
    draw_key,
    measure_text,
    number_scale,
    pixel_scales,
    rule_layer,
    shorten,
    text_layer,
)
from hygie.views.charts_layout import QUIET, WIDE, Chart, Spec, break_label, finish_chart
from hygie.views.landscape import LandscapeView, QuantityView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_number
from hygie.views.theme import CLASS_COLOURS, INK

__all__ = ["draw_disruption", "tabulate_disruption"]

_SPREAD = "disruption_days"
_TICKS = (0, 1, 2, 4, 7, 14, 30, 60, 120, 240, 365, 730, 1500, 3000)
_DOT, _PITCH, _MOST = 7.0, 8.0, 9
_LINE, _GAP = 19.0, 10.0
_EDGE = 8.0


@dataclass(frozen=True, slots=True)
class _Point:
    class_id: str
    quantity: QuantityView


@dataclass(frozen=True, slots=True)
class _Strip:
    dots: list[Spec]
    numbers: list[Spec]
    height: float


def draw_disruption(view: LandscapeView, *, width: int = WIDE) -> Chart | None:
    """Return the reported durations of disruption, by threat class; None when none is reported.

    The axis follows the logarithm of one day more than the duration: a week and a season both stay readable, and
    nought has a place.
    """
    points = _list_points(view)
    if not points:
        return None
    _ = translator(view.language)
    spread = view.spreads[_SPREAD]
    longest = max(point.quantity.value for point in points)
    end = next((tick for tick in _TICKS if tick >= max(longest, 1.0)), longest)
    scale = (width - 2 * _EDGE) / log1p(end)
    labels = {row.id: row.label for row in view.classes}
    entries = []
    if spread.estimated:
        entries = [KeyEntry(_("stated"), QUIET), KeyEntry(_("worked out, not stated"), "white", QUIET)]
    key, top = draw_key(entries, width=width)
    top += 10.0 if entries else 0.0
    strips: list[tuple[float, float]] = []
    dots: list[Spec] = []
    heads: list[Spec] = []
    numbers: list[Spec] = []
    ordered = [*labels, *dict.fromkeys(point.class_id for point in points if point.class_id not in labels)]
    for class_id in ordered:
        own = [point.quantity for point in points if point.class_id == class_id]
        if not own:
            continue
        lines = break_label(shorten(labels.get(class_id, class_id)), width)
        heads.append({"x": 0.0, "y": top, "text": lines})
        top += _LINE * (1 + lines.count("\n"))
        strip = _stack_dots(own, scale, top)
        numbers += strip.numbers
        colour = CLASS_COLOURS.get(class_id, QUIET)
        dots += [{**row, "line": colour, "fill": "white" if row["estimated"] else colour} for row in strip.dots]
        strips.append((top - 2.0, top + strip.height + 2.0))
        top += strip.height + _GAP
    bottom = top
    height = bottom + 34.0
    # The middle of two is neither of them.
    median = spread.median if len(points) > 2 else None
    layers = [
        *key,
        *_draw_ground(median, end, scale, strips=strips, bottom=bottom, width=width, language=view.language),
        _dot_layer(dots, _),
        text_layer(heads, size=14, baseline="top", lineHeight=_LINE),
        *([text_layer(numbers, size=12, fontWeight=600)] if numbers else []),
    ]
    return finish_chart(
        "disruption",
        _("Days of disruption, one dot for each victim"),
        _read_disruption(view, len(points), _),
        width=width,
        height=height,
        encoding=pixel_scales(width, height),
        layer=layers,
    )


def tabulate_disruption(view: LandscapeView) -> Rows:
    """Return one row a victim whose disruption is reported."""
    _ = translator(view.language)
    labels = {row.id: row.label for row in view.classes}
    header = [_("Incident"), _("Victim"), _("Threat"), _("Days"), _("Estimated")]
    return header, [
        [
            point.quantity.incident,
            point.quantity.victim,
            labels.get(point.class_id, point.class_id),
            point.quantity.value,
            _("yes") if point.quantity.estimated else _("no"),
        ]
        for point in _list_points(view)
    ]


def _list_points(view: LandscapeView) -> list[_Point]:
    spread = view.spreads.get(_SPREAD)
    class_of = {row.ref: row.threat_class for row in view.incidents}
    values = sorted(spread.values, key=lambda quantity: quantity.value) if spread else []
    return [_Point(class_of.get(quantity.incident, ""), quantity) for quantity in values]


def _stack_dots(quantities: Sequence[QuantityView], scale: float, top: float) -> _Strip:
    """Return dots piled up where durations are the same or nearly so.

    A high pile is pressed together; a pile too high even then shows its first dots and its number.
    """
    piles: dict[int, list[QuantityView]] = {}
    for quantity in quantities:
        piles.setdefault(round(log1p(quantity.value) * scale / _PITCH), []).append(quantity)
    height = _PITCH * min(max(len(pile) for pile in piles.values()), _MOST)
    dots: list[Spec] = []
    numbers: list[Spec] = []
    for pile in piles.values():
        shown = pile[: 2 * _MOST]
        pitch = min(_PITCH, _PITCH * (_MOST - 1) / max(len(shown) - 1, 1))
        # A pile stands where its dots are on average.
        x = _EDGE + scale * sum(log1p(quantity.value) for quantity in pile) / len(pile)
        for level, quantity in enumerate(shown):
            dots.append(
                {
                    "x": x,
                    "y": top + height - _PITCH / 2 - level * pitch,
                    "estimated": quantity.estimated,
                    "victim": quantity.victim,
                    "days": round(quantity.value, 2),
                }
            )
        if len(pile) > len(shown):
            numbers.append({"x": x + _PITCH, "y": top + _PITCH / 2, "text": str(len(pile))})
    return _Strip(dots, numbers, height)


def _dot_layer(dots: Sequence[Spec], _: Translate) -> Spec:
    plain = {"type": "nominal", "scale": None, "legend": None}
    return {
        "data": {"values": list(dots)},
        "mark": {"type": "point", "size": _DOT**2 * 0.785, "opacity": 1, "strokeWidth": 1.2},
        "encoding": {
            "x": number_scale(field="x"),
            "y": number_scale(field="y"),
            "fill": {"field": "fill", **plain},
            "stroke": {"field": "line", **plain},
            "tooltip": [{"field": "victim", "title": _("Victim")}, {"field": "days", "title": _("Days")}],
        },
    }


def _draw_ground(
    median: float | None,
    end: float,
    scale: float,
    *,
    strips: Sequence[tuple[float, float]],
    bottom: float,
    width: float,
    language: str,
) -> list[Spec]:
    """Return grid, axis and median; lines are drawn in the strips only, clear of the words between them."""
    _ = translator(language)
    lines: list[Spec] = []
    labels: list[Spec] = []
    # From the right: the end of the axis always has its number.
    for tick in (tick for tick in reversed(_TICKS) if tick <= end):
        x = _EDGE + log1p(tick) * scale
        text = format_count(tick, language)
        if labels and labels[-1]["x"] - x < measure_text(text, 12.0) + 8.0:
            continue
        lines += [{"x": x, "x2": x, "y": upper, "y2": lower} for upper, lower in strips]
        labels.append({"x": x, "y": bottom + 10.0, "text": text})
    layers = [
        rule_layer(lines, color="#dfe5ea", strokeWidth=0.7),
        rule_layer([{"x": 0.0, "x2": float(width), "y": bottom, "y2": bottom}], color=QUIET),
        text_layer(labels, size=12, align="center"),
        text_layer([{"x": float(width), "y": bottom + 26.0, "text": _("Days")}], size=13, align="right"),
    ]
    if median is not None:
        x = _EDGE + log1p(median) * scale
        text = _("median: {days} d", days=format_number(median, language))
        wide = measure_text(text, 12.0)
        place = min(max(x, wide / 2), width - wide / 2 - 40.0)
        dashes = [{"x": x, "x2": x, "y": upper, "y2": lower} for upper, lower in (*strips, (bottom, bottom + 18.0))]
        layers.append(rule_layer(dashes, color=INK, strokeDash=[4, 3]))
        layers.append(text_layer([{"x": place, "y": bottom + 26.0, "text": text}], size=12, align="center"))
    return layers


def _read_disruption(view: LandscapeView, reported: int, _: Translate) -> str:
    spread = view.spreads[_SPREAD]
    missing = spread.facilities - reported
    parts = []
    if spread.median is not None:
        days = format_number(spread.median, view.language)
        count = format_count(reported, view.language)
        parts.append(
            _("The median of the {count} reported durations is {days} d.", count=count, days=days)
            if reported > 1
            else _("One duration is reported: {days} d.", days=days)
        )
    if missing > 0:
        parts.append(
            _(
                "For {count} of {total} victims no duration is reported, which does not mean none.",
                count=format_count(missing, view.language),
                total=format_count(spread.facilities, view.language),
            )
        )
    return " ".join(parts)
