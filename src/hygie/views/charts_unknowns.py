"""What is not known: the inputs that move the result, and the sources of its doubt."""

from __future__ import annotations

from typing import Any

from hygie.views.charts_data import Rows
from hygie.views.charts_layout import BLUE, MIDDLE, Chart, break_label, finish_chart, label_axis, label_expression
from hygie.views.charts_mix import PLAIN
from hygie.views.charts_tornado import draw_tornado
from hygie.views.decide_uncertainty import UncertaintyView
from hygie.views.messages import translator
from hygie.views.numbers import format_percent

__all__ = ["draw_shares", "draw_swings", "tabulate_shares", "tabulate_swings"]

_NARROW = 500


def draw_swings(view: UncertaintyView, *, width: int) -> Chart | None:
    """Return what the average annual loss becomes at both ends of each unknown; None when none stands out."""
    # Its labels take half of the width, and a little more.
    chart = draw_tornado(view, width=round(0.85 * width))
    if chart is None or width >= _NARROW:
        return chart
    encoding = {name: dict(part) for name, part in chart.spec["encoding"].items()}
    encoding["color"]["legend"] = {**encoding["color"]["legend"], "columns": 1}
    encoding["x"]["axis"] = {**encoding["x"]["axis"], "title": None}
    lines = max(len(str(row["label"]).split("\n")) for row in chart.spec["data"]["values"])
    height = {"step": max(40, 16 * lines + 12)}
    return Chart(chart.id, chart.title, chart.sentence, {**chart.spec, "encoding": encoding, "height": height})


def tabulate_swings(view: UncertaintyView) -> Rows:
    """Return the unknowns that move the average annual loss as rows."""
    _ = translator(view.language)
    header = [_("Input"), _("Name"), _("Rank correlation"), _("when low"), _("when high")]
    return header, [
        [row.description, row.id, row.correlation, row.low, row.high] for row in view.swings.get("aal_eur", [])
    ]


def draw_shares(view: UncertaintyView, *, width: int) -> Chart | None:
    """Return the share of the spread that each source explains; None when chance hides them."""
    if not view.shares:
        return None
    _ = translator(view.language)
    rows = sorted(view.shares, key=lambda row: -row.total)
    labels = [break_label(row.label, width / 2.6, size=13.0) for row in rows]
    alone, rest = _("alone"), _("with interactions")
    values: list[dict[str, Any]] = [
        {"label": label, "part": name, "value": min(max(value, 0.0), 1.0)}
        for label, row in zip(labels, rows, strict=True)
        for name, value in ((alone, row.first), (rest, row.total))
    ]
    ticks = {share / 100.0: format_percent(share / 100.0, view.language) for share in range(0, 101, 20)}
    return finish_chart(
        "shares",
        _("Where the doubt comes from"),
        _(
            "Share of the spread of the average annual loss that each source explains. Most comes from “{label}”. "
            "Shares with interactions add up to more than all.",
            label=rows[0].label,
        ),
        width=width,
        height=len(labels) * (22 + 18 * max(len(label.split("\n")) for label in labels)),
        autosize={"type": "fit-x", "contains": "padding"},
        data={"values": values},
        mark={"type": "bar"},
        encoding={
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": labels,
                "axis": label_axis(),
            },
            "yOffset": {"field": "part", "type": "nominal", "sort": [alone, rest]},
            "x": {
                "field": "value",
                "type": "quantitative",
                "scale": {"domain": [0.0, 1.0]},
                "axis": {
                    **PLAIN,
                    "values": list(ticks),
                    "labelExpr": label_expression(ticks),
                    "labelFlush": True,
                    "title": None,
                },
            },
            "color": {
                "field": "part",
                "type": "nominal",
                "scale": {"domain": [alone, rest], "range": [BLUE, MIDDLE]},
                "legend": {"title": None, "orient": "top"},
            },
        },
    )


def tabulate_shares(view: UncertaintyView) -> Rows:
    """Return the shares of the sources as rows."""
    _ = translator(view.language)
    return [_("Source"), _("alone"), "±", _("with interactions"), "±"], [
        [row.label, row.first, 2.0 * row.first_error, row.total, 2.0 * row.total_error] for row in view.shares
    ]
