"""Pictures of the validation dossier: what was observed beside what the model says."""

from __future__ import annotations

from math import ceil, floor, log10

from hygie.views.charts_layout import (
    BROWN,
    MIDDLE,
    PALE,
    WIDE,
    Chart,
    Spec,
    break_label,
    euro_axis,
    finish_chart,
    scale_of,
)
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_percent
from hygie.views.theme import INK
from hygie.views.validation import TargetView, ValidationView

__all__ = ["UNITS", "choose_targets", "draw_targets"]

UNITS = ("EUR_2024", "d", "share")
"""Units of observed values; each has its own axis."""

_LINE, _BAND, _GAP, _FOOT, _HEAD = 18.0, 14.0, 16.0, 26.0, 4.0
_NAMES = ("0.05", "0.25", "0.5", "0.75", "0.95")


def choose_targets(view: ValidationView, unit: str) -> list[TargetView]:
    """Return the targets of a unit whose observed value is one place on an axis, and that the model has a band for.

    What happens or not in an event has no band: only 0 and 1.
    """
    return [
        row
        for row in view.targets
        if row.unit == unit
        and row.position is not None
        and row.observed_low is not None
        and not set(row.quantiles.values()) <= {0.0, 1.0}
    ]


def draw_targets(view: ValidationView, unit: str, *, width: int = WIDE) -> Chart | None:
    """Return, for each target of a unit, the band of the model and the observed value; None without any."""
    rows = choose_targets(view, unit)
    if not rows:
        return None
    _ = translator(view.language)
    low, high, log = _frame(rows, unit)
    names = (_("model, 9 cases in 10"), _("model, half of cases"), _("observed"))
    bands: list[Spec] = []
    marks: list[Spec] = []
    labels: list[Spec] = []
    top = _HEAD
    for row in rows:
        label = break_label(row.name, width)
        bottom = top + _LINE * (1 + label.count("\n"))
        place = {"top": bottom, "bottom": bottom + _BAND, "middle": bottom + _BAND / 2}
        quantiles = [min(max(row.quantiles[name], low), high) for name in _NAMES]
        bands += [
            {**place, "from": quantiles[0], "to": quantiles[4], "kind": names[0]},
            {**place, "from": quantiles[1], "to": quantiles[3], "kind": names[1]},
        ]
        assert row.observed_low is not None
        seen = row.observed_high if row.observed_high is not None else row.observed_low
        marks.append({**place, "at": (row.observed_low + seen) / 2.0, "kind": names[2]})
        labels.append({"y": top, "text": label})
        top = bottom + _BAND + _GAP
    height = top - _GAP + _FOOT
    number = {"type": "quantitative", "axis": None}
    axis = _axis(low, high, unit, view.language, _)
    y = {**number, "scale": scale_of((0, height), (0, height))}
    scale: Spec = {"domain": [low, high], "nice": False, "zero": False, "type": "log" if log else "linear"}
    colour = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": list(names), "range": [PALE, MIDDLE, BROWN]},
        "legend": {"title": None, "orient": "top", "direction": "horizontal", "symbolType": "square", "labelLimit": 0},
    }
    if width < WIDE:
        colour["legend"] = {**colour["legend"], "direction": "vertical", "columns": 1}  # type: ignore[dict-item]
    x = {"type": "quantitative", "scale": scale, "axis": axis}
    layers: list[Spec] = [
        {
            "data": {"values": bands},
            "mark": {"type": "rect", "opacity": 1},
            "encoding": {
                "x": {"field": "from", **x},
                "x2": {"field": "to"},
                "y": {"field": "top", **y},
                "y2": {"field": "bottom"},
                "color": colour,
            },
        },
        {
            "data": {"values": marks},
            "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 130, "opacity": 1},
            "encoding": {"x": {"field": "at", **x}, "y": {"field": "middle", **y}, "color": colour},
        },
        {
            "data": {"values": labels},
            "mark": {
                "type": "text",
                "align": "left",
                "baseline": "top",
                "fontSize": 14,
                "color": INK,
                "lineHeight": _LINE,
                "lineBreak": "\n",
            },
            "encoding": {"text": {"field": "text"}, "x": {"value": 0}, "y": {"field": "y", **y}},
        },
    ]
    return finish_chart(
        f"targets_{unit.split('_')[0].lower()}",
        _title(unit, _),
        _read(rows, view.language, _),
        width=width,
        height=height,
        autosize={"type": "fit-x", "contains": "padding"},
        layer=layers,
    )


def _title(unit: str, _: Translate) -> str:
    return {
        "EUR_2024": _("Observed and modelled: costs"),
        "d": _("Observed and modelled: days of outage"),
        "share": _("Observed and modelled: shares of activity or of cases"),
    }[unit]


def _read(rows: list[TargetView], language: str, _: Translate) -> str:
    inside = sum(0.05 <= (row.position or 0.0) <= 0.95 for row in rows)
    if len(rows) == 1:
        return (
            _("The observed value lies within the range that holds 9 cases in 10 of the model.")
            if inside
            else _("The observed value lies outside the range that holds 9 cases in 10 of the model.")
        )
    return _(
        "{inside} of {total} observed values lie within the range that holds 9 cases in 10 of the model.",
        inside=format_count(inside, language),
        total=format_count(len(rows), language),
    )


def _frame(rows: list[TargetView], unit: str) -> tuple[float, float, bool]:
    """Return the ends of the axis, and whether it is logarithmic."""
    if unit == "share":
        return 0.0, 1.0, False
    values = [value for row in rows for value in (*row.quantiles.values(), row.observed_low or 0.0)]
    if unit == "d":
        return 0.0, 10.0 * ceil(max(*values, 1.0) / 10.0), False
    kept = [value for value in values if value > 0.0] or [1.0]
    return 10.0 ** floor(log10(min(kept))), 10.0 ** ceil(log10(max(kept)) + 1e-9), True


def _axis(low: float, high: float, unit: str, language: str, _: Translate) -> Spec:
    common = {"domain": False, "ticks": False, "labelPadding": 6, "title": None}
    if unit == "EUR_2024":
        return {**common, **euro_axis(low, high, language)}
    if unit == "d":
        return {**common, "tickCount": 6, "title": _("days")}
    ticks = {share: format_percent(share, language) for share in (0.0, 0.25, 0.5, 0.75, 1.0)}
    words = " : ".join(f"datum.value == {share} ? '{text}'" for share, text in ticks.items()) + " : ''"
    return {**common, "values": list(ticks), "labelExpr": words}
