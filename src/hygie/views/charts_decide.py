"""The charts of decisions: what each control avoids, sets under a budget, mixes with insurance, sources of doubt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from hygie.core.errors import UsageError, suggest
from hygie.views.charts_data import Cell, Rows, write_csv
from hygie.views.charts_layout import (
    BLUE,
    BROWN,
    MIDDLE,
    QUIET,
    WIDE,
    Chart,
    break_label,
    finish_chart,
    label_axis,
)
from hygie.views.charts_mix import draw_mix, euro_scale, tabulate_mix
from hygie.views.charts_unknowns import draw_shares, draw_swings, tabulate_shares, tabulate_swings
from hygie.views.decide import ControlDecisionView, OptionView
from hygie.views.decide_mix import MixDecisionView
from hygie.views.decide_uncertainty import UncertaintyView
from hygie.views.messages import translator
from hygie.views.numbers import format_euros

__all__ = ["DecisionView", "decision_chart_csv", "draw_decision_chart", "draw_decision_charts"]

DecisionView = ControlDecisionView | MixDecisionView | UncertaintyView

_BARS = 12
_ROW = 34


def draw_decision_charts(view: DecisionView) -> dict[str, Chart]:
    """Return every chart of a decision that has something to show, at its usual width."""
    drawn = {name: draw(view, width=WIDE) for name, (draw, _table) in _charts_of(view).items()}
    return {name: chart for name, chart in drawn.items() if chart is not None}


def draw_decision_chart(view: DecisionView, chart_id: str, *, width: int | None = None) -> Chart | None:
    """Return one chart of a decision; None when there is nothing to show.

    Raises
    ------
    UsageError
        No chart of that name.
    """
    found: Chart | None = _find(view, chart_id)[0](view, width=WIDE if width is None else width)
    return found


def decision_chart_csv(view: DecisionView, chart_id: str) -> str:
    """Return the figures of a chart as CSV, formulas neutralised.

    Raises
    ------
    UsageError
        No chart of that name.
    """
    return write_csv(_find(view, chart_id)[1](view))


def _find(view: DecisionView, chart_id: str) -> tuple[Callable[..., Any], Callable[[Any], Rows]]:
    charts = _charts_of(view)
    if chart_id not in charts:
        raise UsageError(
            "there is no such chart",
            value=chart_id[:40],
            allowed=", ".join(charts),
            repair=suggest(chart_id, charts) or "choose one of these",
        )
    return charts[chart_id]


def _charts_of(view: DecisionView) -> Mapping[str, tuple[Callable[..., Any], Callable[[Any], Rows]]]:
    return _CHARTS[type(view)]


def _draw_options(view: ControlDecisionView, *, width: int) -> Chart | None:
    rows = sorted(view.options, key=lambda row: -row.loss_avoided_eur_per_y.value)[:_BARS]
    if not rows:
        return None
    _ = translator(view.language)
    worth, not_worth = _("avoids more than it costs"), _("costs more than it avoids")
    labels = {row.id: break_label(row.name, width / 2.6, size=13.0) for row in rows}
    values = [
        {
            "label": labels[row.id],
            "value": row.loss_avoided_eur_per_y.value,
            "low": row.loss_avoided_eur_per_y.low,
            "high": row.loss_avoided_eur_per_y.high,
            "kind": worth if row.net_eur.value > 0.0 else not_worth,
        }
        for row in rows
    ]
    x = euro_scale(
        min(0.0, *(row.loss_avoided_eur_per_y.low for row in rows)),
        max(row.loss_avoided_eur_per_y.high for row in rows),
        view.language,
        _("Loss avoided in a year (euros of 2024)"),
    )
    if width < 500:
        x["axis"] = {**x["axis"], "title": None}
    y = {
        "field": "label",
        "type": "nominal",
        "sort": list(labels.values()),
        "axis": label_axis(),
    }
    lines = sum(len(label.split("\n")) for label in labels.values())
    return finish_chart(
        "options",
        _("What each control avoids alone"),
        _(
            "Bars are averages; lines are likely ranges (9 chances in 10). By itself, “{name}” avoids most: {gain} a "
            "year.",
            name=rows[0].name,
            gain=format_euros(rows[0].loss_avoided_eur_per_y.value, view.language),
        ),
        width=width,
        height=len(rows) * 20 + lines * 16,
        autosize={"type": "fit-x", "contains": "padding"},
        data={"values": values},
        encoding={"y": y},
        layer=[
            {
                "mark": {"type": "bar", "height": {"band": 0.5}},
                "encoding": {
                    "x": {**x, "field": "value"},
                    "color": {
                        "field": "kind",
                        "type": "nominal",
                        "scale": {"domain": [worth, not_worth], "range": [BLUE, MIDDLE]},
                        "legend": {"title": None, "orient": "top", "labelLimit": 0, "columns": 1},
                    },
                },
            },
            {
                "mark": {"type": "rule", "color": QUIET, "strokeWidth": 2},
                "encoding": {"x": {**x, "field": "low"}, "x2": {"field": "high"}},
            },
        ],
    )


def _tabulate_options(view: ControlDecisionView) -> Rows:
    _ = translator(view.language)
    header = [
        _("Control"),
        _("Name"),
        _("Loss avoided per year (EUR of 2024)"),
        _("low (5%)"),
        _("high (95%)"),
        _("Cost over the horizon (EUR of 2024)"),
        _("Net over the horizon (EUR of 2024)"),
        _("Bed-days spared per year"),
    ]
    return header, [_option_cells(row) for row in view.options]


def _option_cells(row: OptionView) -> list[Cell]:
    gain = row.loss_avoided_eur_per_y
    amounts: list[Cell] = [gain.value, gain.low, gain.high, row.cost_eur.value, row.net_eur.value]
    return [row.id, row.name, *amounts, row.bed_days_avoided_per_y.value]


def _draw_frontier(view: ControlDecisionView, *, width: int) -> Chart | None:
    if len(view.frontier) < 2:
        return None
    _ = translator(view.language)
    budget = view.budget_eur or 0.0
    names = (_("one control alone"), _("sets that no other beats"), _("the best set"))
    points: list[dict[str, Any]] = [
        {
            "x": item.cost_eur.value,
            "y": item.loss_avoided_eur_per_y.value,
            "kind": names[2] if item.best else names[1],
            "name": ", ".join(item.names) or _("nothing"),
        }
        for item in view.frontier
    ]
    singles: list[dict[str, Any]] = [
        {"x": item.cost_eur.value, "y": item.loss_avoided_eur_per_y.value, "kind": names[0], "name": item.name}
        for item in view.options
        if item.cost_eur.value <= budget
    ]
    everything = [*points, *singles]
    x = euro_scale(0.0, max(budget, *(p["x"] for p in everything)), view.language,
        _("Cost over {years} years (present value)", years=view.horizon_y),
    )  # fmt: skip
    y = euro_scale(
        min(0.0, *(p["y"] for p in everything)), max(p["y"] for p in everything), view.language, _("Avoided a year")
    )
    # The best set may cost nothing and avoid nothing: its dot stands on the corner, clear of both labels.
    x["axis"] = {**x["axis"], "labelPadding": 10}
    y["axis"] = {**y["axis"], "title": None, "labelPadding": 10}
    tip = [{"field": "name", "type": "nominal", "title": _("Controls")}]
    colour = {
        "field": "kind",
        "type": "nominal",
        "scale": {"domain": list(names), "range": [MIDDLE, BLUE, BROWN]},
        "legend": {
            "title": None,
            "orient": "top",
            "labelLimit": 0,
            "columns": 1 if width < 500 else 3,
            "symbolOpacity": 1,
        },
    }
    where = {"x": {**x, "field": "x"}, "y": {**y, "field": "y"}}
    last = view.frontier[-1]
    return finish_chart(
        "frontier",
        _("How much a budget can avoid"),
        _(
            "Each point is a set of controls; the line joins those that no other beats. Up to {cost}, {gain} a year "
            "can be avoided.",
            cost=format_euros(last.cost_eur.value, view.language),
            gain=format_euros(last.loss_avoided_eur_per_y.value, view.language),
        ),
        note=_("Loss avoided in a year"),
        width=width,
        height=320,
        autosize={"type": "fit-x", "contains": "padding"},
        layer=[
            {
                "data": {"values": singles},
                "mark": {"type": "point", "filled": True, "size": 60, "opacity": 0.7},
                "encoding": {**where, "color": colour, "tooltip": tip},
            },
            {"data": {"values": points}, "mark": {"type": "line", "color": BLUE}, "encoding": where},
            {
                "data": {"values": points},
                "mark": {"type": "point", "filled": True, "size": 110, "opacity": 1},
                "encoding": {**where, "color": colour, "tooltip": tip},
            },
        ],
    )


def _tabulate_frontier(view: ControlDecisionView) -> Rows:
    _ = translator(view.language)
    header = [
        _("Controls"),
        _("Cost over the horizon (EUR of 2024)"),
        _("Loss avoided per year (EUR of 2024)"),
        _("low (5%)"),
        _("high (95%)"),
        _("the best set"),
    ]
    return header, [
        [
            ", ".join(item.names),
            item.cost_eur.value,
            item.loss_avoided_eur_per_y.value,
            item.loss_avoided_eur_per_y.low,
            item.loss_avoided_eur_per_y.high,
            _("yes") if item.best else _("no"),
        ]
        for item in view.frontier
    ]


_CHARTS: Mapping[type, Mapping[str, tuple[Callable[..., Any], Callable[[Any], Rows]]]] = MappingProxyType(
    {
        ControlDecisionView: {
            "options": (_draw_options, _tabulate_options),
            "frontier": (_draw_frontier, _tabulate_frontier),
        },
        MixDecisionView: {"mix": (draw_mix, tabulate_mix)},
        UncertaintyView: {"tornado": (draw_swings, tabulate_swings), "shares": (draw_shares, tabulate_shares)},
    }
)
