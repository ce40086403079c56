"""A programme on the loss exceedance curve: the appetite beside the year, the layers under the largest event."""

from __future__ import annotations

from math import ceil, log, log10, sqrt
from typing import Any

from hygie.views.charts_data import Rows
from hygie.views.charts_landscape_layout import break_words, measure_text
from hygie.views.charts_layout import (
    BLUE,
    BROWN,
    MIDDLE,
    QUIET,
    WIDE,
    Chart,
    Spec,
    euro_axis,
    finish_chart,
    label_expression,
    next_step,
)
from hygie.views.charts_programme import (
    draw_before_after,
    draw_exceedance,
    draw_tower,
    pick_curve,
    tabulate_curves,
    tabulate_tower,
)
from hygie.views.messages import translator
from hygie.views.numbers import format_count, format_euros
from hygie.views.programme import AppetiteView, ProgrammeView
from hygie.views.theme import INK

__all__ = [
    "PROGRAMME_CHART_IDS",
    "draw_layers_on_curve",
    "draw_price_chart",
    "draw_with_appetite",
    "tabulate_price_chart",
]

PROGRAMME_CHART_IDS = ("before_after", "layers", "tower")

_RAREST = 1e-3
_DECADES = 3.0
_GREEN = "#00785a"
_NARROW = 500
# Room that the labels of the vertical axis take [px].
_LABELS = 75.0
_NAME = 13


def draw_price_chart(
    view: ProgrammeView, chart_id: str, *, appetite: AppetiteView | None = None, width: int | None = None
) -> Chart | None:
    """Return one chart of a priced programme; None when there is nothing to show."""
    room = WIDE if width is None else width
    match chart_id:
        case "before_after":
            chart = draw_with_appetite(view, appetite, width=room)
        case "layers":
            chart = draw_layers_on_curve(view, width=room)
        case "tower":
            chart = draw_tower(view, width=room)
        case _:
            return None
    return chart if chart is None or room >= _NARROW else _fold(chart)


def _fold(chart: Chart) -> Chart:
    """Return a chart for a narrow frame: its legend in one column, no title of the axis that is wider."""
    spec = dict(chart.spec)
    encoding = {name: dict(part) for name, part in spec.get("encoding", {}).items()}
    if "color" in encoding:
        encoding["color"]["legend"] = {**encoding["color"]["legend"], "columns": 1}
    if "x" in encoding:
        encoding["x"]["axis"] = {**encoding["x"]["axis"], "title": None}
    return Chart(chart.id, chart.title, chart.sentence, {**spec, "encoding": encoding} if encoding else spec)


def draw_with_appetite(view: ProgrammeView, appetite: AppetiteView | None, *, width: int = WIDE) -> Chart | None:
    """Return the curves of the year before and after the programme, with the points of an appetite on them."""
    chart = draw_before_after(view, width=width)
    if chart is None or appetite is None or not appetite.rows:
        return chart
    _ = translator(view.language)
    name = _("what you accept")
    low, high = chart.spec["encoding"]["x"]["scale"]["domain"]
    floor, most = chart.spec["encoding"]["y"]["scale"]["domain"]
    rows = [
        {"x": min(max(row.amount_eur, low), high), "y": min(max(row.tolerated, floor), most)} for row in appetite.rows
    ]
    # A point says: above this amount at most so often; the line goes on to the right at the height of the last.
    steps = [{"x": low, "y": rows[0]["y"]}, *rows, {"x": high, "y": rows[-1]["y"]}]
    mark = {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}}
    layers: list[Spec] = [
        {
            "data": {"values": steps},
            "mark": {"type": "line", "interpolate": "step-after", "strokeDash": [6, 4], "strokeWidth": 2.5},
            "encoding": {**mark, "color": {"datum": name}},
        },
        {
            "data": {"values": rows},
            "mark": {"type": "point", "filled": True, "size": 90, "opacity": 1},
            "encoding": {**mark, "color": {"datum": name}},
        },
    ]
    encoding = dict(chart.spec["encoding"])
    colour = dict(encoding["color"])
    colour["scale"] = {"domain": [*colour["scale"]["domain"], name], "range": [BROWN, BLUE, _GREEN]}
    encoding["color"] = colour
    spec = {**chart.spec, "encoding": encoding, "layer": [*chart.spec["layer"], *layers]}
    return Chart(chart.id, chart.title, f"{chart.sentence} {appetite.headline}", spec)


def draw_layers_on_curve(view: ProgrammeView, *, width: int = WIDE) -> Chart | None:
    """Return the exceedance curve of the largest event of a year, before and after, over the layers that pay it."""
    before, after = pick_curve(view.curves_before, "OEP"), pick_curve(view.curves_after, "OEP")
    if before is None or after is None or max(before.probability, default=0.0) <= _RAREST:
        return None
    _ = translator(view.language)
    seen = [x for x, p in zip(before.loss_eur, before.probability, strict=True) if p >= _RAREST]
    shift = view.event_deductible_eur
    tops = [shift + layer.attachment_eur + layer.limit_eur for layer in view.layers if layer.limit_eur is not None]
    high = next_step(max([*seen, *tops]) * 1.05)
    low = 10.0 ** (ceil(log10(high)) - _DECADES - 1.0)
    most = min(1.0, next_step(max(before.probability)))
    names = (_("before insurance"), _("after insurance"))
    bands: list[dict[str, Any]] = [
        {
            "x": max(low, shift + layer.attachment_eur),
            "x2": min(high, high if layer.limit_eur is None else shift + layer.attachment_eur + layer.limit_eur),
            "y": _RAREST,
            "y2": most,
            "layer": layer.label,
            "tint": (0.18, 0.34)[index % 2],
            "place": index,
        }
        for index, layer in enumerate(view.layers)
        if shift + layer.attachment_eur < high
    ]
    ticks = [step * 10.0**power for power in range(4) for step in (1, 2, 5) if step * 10.0**power <= 1.0 / _RAREST]
    shown = {
        1.0 / n: _("every year") if n == 1.0 else _("1 in {count}", count=format_count(n, view.language))
        for n in ticks
        if 1.0 / n <= most * (1.0 + 1e-9)
    }
    plain = {"domain": False, "ticks": False, "labelPadding": 6}
    scales: Spec = {
        "x": {
            "type": "quantitative",
            "scale": {"type": "log", "domain": [low, high], "nice": False},
            "axis": {
                **plain,
                **euro_axis(low, high, view.language),
                "title": _("Loss of the largest event of a year (euros of 2024)"),
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
    }
    layers: list[Spec] = [
        {
            "data": {"values": bands},
            "mark": {"type": "rect", "stroke": QUIET, "strokeWidth": 1, "color": MIDDLE},
            "encoding": {
                "x": {"field": "x", "type": "quantitative"},
                "x2": {"field": "x2"},
                "y": {"field": "y", "type": "quantitative"},
                "y2": {"field": "y2"},
                "opacity": {"field": "tint", "type": "quantitative", "scale": None, "legend": None},
                "tooltip": [{"field": "layer", "type": "nominal", "title": _("layer")}],
            },
        },
        *_name_bands(bands, (width - _LABELS) / log(high / low), turn=low**0.3 * high**0.7),
        *(draw_exceedance(curve, name, low=low) for curve, name in zip((before, after), names, strict=True)),
    ]
    return finish_chart(
        "layers",
        _("Where do the layers stand?"),
        _(
            "Each shaded stretch is a layer; the curve is the largest event of a year. Below the first layer, and "
            "above the last, the organisation pays: {kept} of every event first. Losses that no coverage takes stay, "
            "too.",
            kept=format_euros(shift, view.language),
        ),
        note=_("Chance that the largest event of a year costs more than the amount below"),
        width=width,
        height=340,
        autosize={"type": "fit-x", "contains": "padding"},
        encoding=scales,
        layer=layers,
    )


def _name_bands(bands: list[dict[str, Any]], scale: float, *, turn: float) -> list[Spec]:
    """Return the names of layers inside their bands, or beside them with an arrow where they have no room.

    Parameters
    ----------
    scale
        Pixels for each unit of the natural logarithm of an amount.
    turn
        Amount from which names stand left of their band: on the right the frame would cut them.
    """
    rows: dict[str, list[dict[str, Any]]] = {"center": [], "left": [], "right": []}
    for band in bands:
        room = scale * log(band["x2"] / band["x"]) - 8.0
        name = str(band["layer"])
        # Below the names in the bands: one that stands beside its band is over another.
        outside = {**band, "y": band["y2"] / 1.25 ** (4.6 + 1.6 * (band["place"] % 3))}
        if all(measure_text(word, _NAME) <= room for word in name.split()):
            words = break_words(name, room, size=_NAME)
            rows["center"].append(
                {**band, "x": sqrt(band["x"] * band["x2"]), "y": band["y2"] / 1.15, "layer": words.split("\n")}
            )
        elif band["x"] > turn:
            rows["right"].append({**outside, "layer": f"{name} →"})
        else:
            rows["left"].append({**outside, "x": band["x2"], "layer": f"← {name}"})
    return [
        {
            "data": {"values": chosen},
            "mark": {"type": "text", "align": align, "dx": shift, "fontSize": _NAME, "color": INK, "baseline": "top"},
            "encoding": {
                "x": {"field": "x", "type": "quantitative"},
                "y": {"field": "y", "type": "quantitative"},
                "text": {"field": "layer"},
            },
        }
        for (align, chosen), shift in zip(rows.items(), (0, 5, -5), strict=True)
        if chosen
    ]


def tabulate_price_chart(view: ProgrammeView, chart_id: str) -> Rows:
    """Return the figures behind a chart of a priced programme as rows."""
    if chart_id == "before_after":
        return tabulate_curves(view)
    if chart_id == "layers":
        header = ["loss_eur", "p_largest_event_before", "p_largest_event_after"]
        before, after = pick_curve(view.curves_before, "OEP"), pick_curve(view.curves_after, "OEP")
        if before is None or after is None:
            return header, []
        columns = (before.loss_eur, before.probability, after.probability)
        return header, [list(row) for row in zip(*columns, strict=True)]
    return tabulate_tower(view)
