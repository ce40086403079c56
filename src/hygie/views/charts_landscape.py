"""The charts of a threat landscape: drawn, put in tables, written to files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hygie.core.errors import StoreError, UsageError, suggest
from hygie.views.charts import add_title, render_png, render_svg
from hygie.views.charts_data import Rows, write_csv
from hygie.views.charts_landscape_actors import draw_actors, tabulate_actors
from hygie.views.charts_landscape_census import draw_census, tabulate_census
from hygie.views.charts_landscape_disruption import draw_disruption, tabulate_disruption
from hygie.views.charts_landscape_geojson import Boundaries, check_geojson
from hygie.views.charts_landscape_heat import draw_kinds, draw_quarters, tabulate_kinds, tabulate_quarters
from hygie.views.charts_landscape_layout import caption_lines, pixel_scales, text_layer
from hygie.views.charts_landscape_places import (
    draw_department_map,
    draw_department_tiles,
    draw_region_tiles,
    tabulate_boundaries,
    tabulate_departments,
    tabulate_regions,
)
from hygie.views.charts_landscape_timeline import draw_timeline, tabulate_timeline
from hygie.views.charts_layout import Chart, Spec
from hygie.views.landscape import LandscapeView

__all__ = [
    "LANDSCAPE_CHART_IDS",
    "add_caption",
    "draw_landscape_chart",
    "draw_landscape_charts",
    "export_landscape_charts",
    "landscape_chart_csv",
    "landscape_chart_files",
]

_Draw = Callable[..., Chart | None]
_DRAWN: Mapping[str, tuple[_Draw, Callable[[LandscapeView], Rows]]] = MappingProxyType(
    {
        "timeline": (draw_timeline, tabulate_timeline),
        "actors": (draw_actors, tabulate_actors),
        "tiles_departments": (draw_department_tiles, tabulate_departments),
        "tiles_regions": (draw_region_tiles, tabulate_regions),
        "kinds": (draw_kinds, tabulate_kinds),
        "quarters": (draw_quarters, tabulate_quarters),
        "census": (draw_census, tabulate_census),
        "disruption": (draw_disruption, tabulate_disruption),
    }
)
_MAP = "choropleth"
LANDSCAPE_CHART_IDS = (*_DRAWN, _MAP)

_CAPTION_SIZE, _CAPTION_LINE = 13.0, 18.0


def draw_landscape_chart(
    view: LandscapeView, chart_id: str, *, width: int | None = None, geojson: Mapping[str, Any] | None = None
) -> Chart | None:
    """Return one chart; None when there is nothing to show, or no boundaries for the map that needs them.

    Parameters
    ----------
    width
        In pixels; its usual width by default.
    geojson
        Boundaries of departments or regions, for `choropleth` only.

    Raises
    ------
    UsageError
        No chart of that name.
    DocumentError
        The GeoJSON is not one that can be drawn.
    """
    _check_id(chart_id)
    size = {} if width is None else {"width": width}
    if chart_id == _MAP:
        return None if geojson is None else draw_department_map(view, check_geojson(geojson), **size)
    return _DRAWN[chart_id][0](view, **size)


def draw_landscape_charts(view: LandscapeView, *, geojson: Mapping[str, Any] | None = None) -> dict[str, Chart]:
    """Return every chart that has something to show, at its usual width.

    Parameters
    ----------
    geojson
        Boundaries of departments or regions (RFC 7946): a drawn map comes with the tile maps.

    Raises
    ------
    DocumentError
        The GeoJSON is not one that can be drawn.
    """
    drawn = {chart_id: draw_landscape_chart(view, chart_id, geojson=geojson) for chart_id in LANDSCAPE_CHART_IDS}
    return {chart_id: chart for chart_id, chart in drawn.items() if chart is not None}


def landscape_chart_csv(view: LandscapeView, chart_id: str, *, geojson: Mapping[str, Any] | None = None) -> str:
    """Return the figures of a chart as CSV (RFC 4180: commas, points), formulas neutralised.

    Raises
    ------
    UsageError
        No chart of that name.
    DocumentError
        The GeoJSON is not one that can be drawn.
    """
    _check_id(chart_id)
    if chart_id != _MAP:
        return write_csv(_DRAWN[chart_id][1](view))
    boundaries = Boundaries("departments", ()) if geojson is None else check_geojson(geojson)
    return write_csv(tabulate_boundaries(view, boundaries))


def landscape_chart_files(view: LandscapeView, *, geojson: Mapping[str, Any] | None = None) -> dict[str, bytes]:
    """Return every chart as SVG, PNG (two pixels for one) and CSV, by file name; equal views give equal bytes."""
    made: dict[str, bytes] = {}
    for chart_id, chart in draw_landscape_charts(view, geojson=geojson).items():
        spec = add_caption(chart)
        made[f"{chart_id}.svg"] = render_svg(spec, view.language).encode("utf-8")
        made[f"{chart_id}.png"] = render_png(spec, view.language)
        # Spreadsheets know UTF-8 by its mark.
        made[f"{chart_id}.csv"] = landscape_chart_csv(view, chart_id, geojson=geojson).encode("utf-8-sig")
    return made


def export_landscape_charts(
    view: LandscapeView, folder: Path, *, geojson: Mapping[str, Any] | None = None
) -> list[Path]:
    """Write every chart as SVG, PNG and CSV in a folder, made if need be, and return the files.

    Raises
    ------
    DocumentError
        The GeoJSON is not one that can be drawn; nothing is written.
    StoreError
        The folder cannot be written.
    """
    files = landscape_chart_files(view, geojson=geojson)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise StoreError(
            "the charts could not be written",
            file=str(folder),
            value=error.strerror or str(error),
            repair="choose a folder that you may write to, with some space left",
        ) from error
    return [folder / name for name in files]


def add_caption(chart: Chart) -> Spec:
    """Return the specification of a chart with its title above and its sentence below, for a file that stands alone."""
    spec = add_title(chart)
    outer = {key: spec.pop(key) for key in ("$schema", "description", "title", "padding", "config")}
    width = float(spec["width"])
    lines = caption_lines(chart.sentence, width, size=_CAPTION_SIZE)
    rows = [{"x": 0.0, "y": (i + 0.5) * _CAPTION_LINE, "text": line} for i, line in enumerate(lines)]
    height = _CAPTION_LINE * len(lines)
    layers = [text_layer(rows, size=_CAPTION_SIZE)]
    caption = {"width": width, "height": height, "encoding": pixel_scales(width, height), "layer": layers}
    return {**outer, "vconcat": [spec, caption], "spacing": 14}


def _check_id(chart_id: str) -> None:
    if chart_id not in LANDSCAPE_CHART_IDS:
        raise UsageError(
            "there is no such chart",
            value=chart_id,
            allowed=", ".join(LANDSCAPE_CHART_IDS),
            repair=suggest(chart_id, LANDSCAPE_CHART_IDS) or "choose one of these",
        )
