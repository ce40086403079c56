"""The charts of an assessment as pictures of a document, each with the figures behind it."""

from __future__ import annotations

from hygie.report.blocks import hide_rows, show_picture
from hygie.report.document import Picture
from hygie.views.assessment import AssessmentView
from hygie.views.charts import draw_chart
from hygie.views.charts_data import tabulate_chart
from hygie.views.charts_layout import NARROW

__all__ = ["show_chart"]


def show_chart(view: AssessmentView, chart_id: str, *, width: int | None = None) -> Picture | None:
    """Return one chart with its figures; None when there is nothing to show."""
    chart = draw_chart(view, chart_id, width=width)
    if chart is None:
        return None
    narrow = draw_chart(view, chart_id, width=NARROW) if chart.spec["width"] > NARROW else None
    english, _rows = tabulate_chart(view.model_copy(update={"language": "en"}), chart_id)
    data = hide_rows(f"{chart_id}_data", chart.title, tabulate_chart(view, chart_id), names=english)
    return show_picture(chart, narrow=narrow, data=data)
