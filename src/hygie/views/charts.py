"""The charts of an assessment: one specification each, drawn without a browser as SVG or PNG, its figures as CSV."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Literal

import vl_convert

from hygie.core.errors import UsageError, suggest
from hygie.core.spreadsheets import neutralise_cell
from hygie.views.assessment import AssessmentView
from hygie.views.charts_bars import draw_drivers, draw_loss_by_class, draw_loss_by_form, draw_loss_by_origin
from hygie.views.charts_curve import draw_likelihood, draw_loss_exceedance
from hygie.views.charts_data import tabulate_chart, write_csv
from hygie.views.charts_event import draw_services
from hygie.views.charts_layout import HALF, NARROW, WIDE, Chart, Spec, break_label
from hygie.views.charts_zones import draw_zones
from hygie.views.fonts import font_directory

__all__ = [
    "CHART_IDS",
    "HALF",
    "NARROW",
    "WIDE",
    "Chart",
    "add_title",
    "chart_csv",
    "draw_chart",
    "draw_charts",
    "draw_drivers",
    "draw_likelihood",
    "draw_loss_by_class",
    "draw_loss_by_form",
    "draw_loss_by_origin",
    "draw_loss_exceedance",
    "draw_services",
    "draw_zones",
    "neutralise_cell",
    "render_png",
    "render_svg",
]

_DRAWN: Mapping[str, tuple[Callable[..., Chart | None], int]] = MappingProxyType(
    {
        "likelihood": (draw_likelihood, 280),
        "loss_exceedance": (draw_loss_exceedance, WIDE),
        "loss_by_form": (draw_loss_by_form, HALF),
        "loss_by_class": (draw_loss_by_class, HALF),
        "loss_by_origin": (draw_loss_by_origin, HALF),
        "services": (draw_services, WIDE),
        "zones": (draw_zones, WIDE),
        "drivers": (draw_drivers, WIDE),
    }
)
CHART_IDS = tuple(_DRAWN)

_TITLE_PIXELS = 1.15


def draw_chart(view: AssessmentView, chart_id: str, *, width: int | None = None) -> Chart | None:
    """Return one chart; None when there is nothing to show (no loss, no major event, no input that stands out).

    Parameters
    ----------
    width
        In pixels; its usual width by default.

    Raises
    ------
    UsageError
        No chart of that name.
    """
    draw, usual = _DRAWN[_check_id(chart_id)]
    return draw(view, width=usual if width is None else width)


def draw_charts(view: AssessmentView) -> dict[str, Chart]:
    """Return every chart that has something to show, at its usual width."""
    drawn = {chart_id: draw_chart(view, chart_id) for chart_id in CHART_IDS}
    return {chart_id: chart for chart_id, chart in drawn.items() if chart is not None}


def add_title(chart: Chart) -> Spec:
    """Return the specification of a chart with its title inside, for a file that stands alone."""
    note = chart.spec.get("title", {}).get("text", "")
    # Half-width charts have long titles: broken where the text would leave the frame.
    lines = break_label(chart.title, chart.spec["width"] / _TITLE_PIXELS).split("\n")
    title = {"text": lines, "anchor": "start", "frame": "bounds", "offset": 12}
    if note:
        title |= {"subtitle": note, "subtitleFontSize": 13, "subtitlePadding": 5}
    return {**chart.spec, "title": title, "padding": 16}


@cache
def _register_fonts() -> None:
    vl_convert.register_font_directory(str(font_directory()))


def _locale_of(language: str) -> Literal["fr-FR", "en-GB"]:
    return "fr-FR" if language == "fr" else "en-GB"


def render_svg(spec: Spec, language: str) -> str:
    """Return the SVG of a specification: one image with an accessible name, the same bytes every time."""
    _register_fonts()
    svg = vl_convert.vegalite_to_svg(spec, format_locale=_locale_of(language), allowed_base_urls=[])
    return _name_image(svg, str(spec.get("description", "")))


def _name_image(svg: str, name: str) -> str:
    # Roles inside would make screen readers read marks one by one; the sentence says it better.
    inner = re.sub(r' (?:role|aria-[a-z]+|pointer-events)="[^"]*"', "", svg)
    inner = re.sub(r'<path class="(?:background|foreground)" d="[^"]*"(?: display="none")?/>', "", inner)
    return inner.replace("<svg ", f'<svg role="img" aria-label="{_escape(name)}" ', 1)


def _escape(text: str) -> str:
    for mark, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;")):
        text = text.replace(mark, entity)
    return text


def render_png(spec: Spec, language: str, *, scale: float = 2.0) -> bytes:
    """Return the PNG of a specification, `scale` pixels for each of its pixels."""
    _register_fonts()
    image: bytes = vl_convert.vegalite_to_png(
        spec, scale=scale, format_locale=_locale_of(language), allowed_base_urls=[]
    )
    return image


def chart_csv(view: AssessmentView, chart_id: str) -> str:
    """Return the figures of a chart as CSV (RFC 4180: commas, points), formulas neutralised.

    Raises
    ------
    UsageError
        No chart of that name.
    """
    return write_csv(tabulate_chart(view, _check_id(chart_id)))


def _check_id(chart_id: str) -> str:
    if chart_id not in _DRAWN:
        raise UsageError(
            "there is no such chart",
            value=chart_id,
            allowed=", ".join(CHART_IDS),
            repair=suggest(chart_id, CHART_IDS) or "choose one of these",
        )
    return chart_id
