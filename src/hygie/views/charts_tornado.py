"""Tornado: what the average annual loss becomes at both ends of each unknown."""

from __future__ import annotations

from hygie.views.charts_layout import BLUE, BROWN, WIDE, Chart, break_label, finish_chart, label_axis
from hygie.views.decide_uncertainty import UncertaintyView
from hygie.views.messages import translator

__all__ = ["draw_tornado"]

_ROW = 40


def draw_tornado(view: UncertaintyView, *, width: int = WIDE) -> Chart | None:
    """Return the bars of the unknowns that move the average annual loss most; None when there is none."""
    rows = [row for row in view.swings["aal_eur"] if abs(row.correlation) >= view.noise_level]
    if not rows:
        return None
    _ = translator(view.language)
    sentence = _("What moves the average annual loss most: “{label}”.", label=rows[0].description)
    low, high = _("lowest fifth of the unknown"), _("highest fifth of the unknown")
    labels = {row.id: break_label(row.description, width / 2.0) for row in rows}
    values = [
        {"label": labels[row.id], "end": name, "from": view.aal_eur, "to": value}
        for row in rows
        for name, value in ((low, row.low), (high, row.high))
    ]
    return finish_chart(
        "tornado",
        _("What moves the average annual loss"),
        sentence,
        width=width // 2,
        height={"step": _ROW},
        data={"values": values},
        mark={"type": "bar", "height": 16},
        encoding={
            "y": {
                "field": "label",
                "type": "nominal",
                "sort": list(labels.values()),
                "axis": label_axis(),
            },
            "x": {
                "field": "from",
                "type": "quantitative",
                "scale": {"zero": False},
                "axis": {"title": _("Average annual loss (€)"), "format": "~s", "tickCount": min(5, width // 100)},
            },
            "x2": {"field": "to"},
            "color": {
                "field": "end",
                "type": "nominal",
                "scale": {"domain": [low, high], "range": [BROWN, BLUE]},
                "legend": {"title": None, "orient": "top", "labelLimit": 0},
            },
        },
    )
