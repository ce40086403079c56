"""The drawn map: counts on boundaries that the user gives, mainland in Mercator, overseas in boxes of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import log, pi, radians, tan

from hygie.views.charts_landscape_geojson import Boundaries, Ring, Shape
from hygie.views.charts_landscape_layout import (
    NONE_FILL,
    NONE_LINE,
    Bins,
    KeyEntry,
    bin_counts,
    draw_key,
    fit_label,
    pixel_scales,
    text_layer,
)
from hygie.views.charts_landscape_tiles import read_places
from hygie.views.charts_layout import QUIET, Chart, Spec, finish_chart
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count
from hygie.views.tile_map import Tile, load_tiles

__all__ = ["CHOROPLETH_WIDTH", "draw_choropleth", "project_mercator"]

CHOROPLETH_WIDTH = 572

# Beyond, Mercator runs away towards the poles; no territory of France but Adélie Land lies there.
_LIMIT = 80.0
# Vertices nearer than this to the last one kept are not seen [px].
_FINEST = 0.6
_REPORTED = 5
# Room for an overseas territory [px]: its name, then a box for its shape.
_COLUMN, _SLOT, _BOX, _SLOT_HEIGHT, _MARGIN = 84.0, 70.0, 58.0, 90.0, 12.0
_TELEPHONE = 450

Points = list[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class _Frame:
    """How projected positions become pixels: `scale` pixels a unit, the north-west corner at `left`, `top`."""

    scale: float
    west: float
    north: float
    left: float
    top: float

    def place(self, x: float, y: float) -> tuple[float, float]:
        return (
            round(self.left + (x - self.west) * self.scale, 1),
            round(self.top + (self.north - y) * self.scale, 1),
        )


def project_mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """Return the position on a Mercator map [radians at the equator]; latitudes are cut at ±80°.

    >>> [round(part, 4) for part in project_mercator(180.0, 45.0)]
    [3.1416, 0.8814]
    """
    phi = radians(max(-_LIMIT, min(_LIMIT, latitude)))
    return radians(longitude), log(tan(pi / 4 + phi / 2))


def draw_choropleth(
    counts: Mapping[str, int], boundaries: Boundaries, *, unplaced: int, language: str, width: int = CHOROPLETH_WIDTH
) -> Chart:
    """Return the map of counts on given boundaries; territories without a shape and unmatched features are named.

    Parameters
    ----------
    counts
        Code of a department or region to its count.
    unplaced
        How many are documented without a place.
    width
        In pixels.
    """
    _ = translator(language)
    tiles = load_tiles(boundaries.level, collectivities=True)
    shown = {tile.code: tile for tile in tiles if tile.code in boundaries.codes}
    bins = bin_counts(max((counts.get(code, 0) for code in shown), default=0))
    key, top = draw_key(_key_entries(bins, any(counts.get(code, 0) for code in shown), language, _), width=width)
    top += 10.0
    apart = [tile for tile in shown.values() if tile.group in ("overseas", "collectivity")]
    # On a telephone the overseas territories stand in rows below, else in a column on the left.
    below = width < _TELEPHONE
    left = _COLUMN + _MARGIN if apart and not below else 0.0
    home = [shape for shape in boundaries.shapes if _is_home(shape, shown)]
    drawn: list[Spec] = []
    bottom = top
    if home:
        frame, bottom = _fit_frame(home, left=left, top=top, width=width - left, height=None)
        drawn += [_feature(shape, frame, counts, shown=shown, bins=bins, language=language) for shape in home]
    labels: list[Spec] = []
    start = bottom + _MARGIN if below and home else top
    columns = int(width // _SLOT) if below else 1
    for index, tile in enumerate(apart):
        own = [shape for shape in boundaries.shapes if shape.code == tile.code]
        x, y = index % columns * (width / columns), start + index // columns * _SLOT_HEIGHT
        frame, _end = _fit_frame(own, left=x, top=y + 18.0, width=_BOX, height=_BOX)
        drawn += [_feature(shape, frame, counts, shown=shown, bins=bins, language=language) for shape in own]
        labels.append(
            {"x": x, "y": y + 8.0, "text": fit_label(tile.name, (_SLOT if below else _COLUMN) - 2.0, size=11)}
        )
        bottom = max(bottom, y + _SLOT_HEIGHT - _MARGIN)
    layers = [*key, _shape_layer([feature for feature in drawn if feature["geometry"]["coordinates"]], _)]
    if labels:
        layers.append(text_layer(labels, size=11, align="left"))
    left_out = [tile for tile in load_tiles(boundaries.level) if tile.code not in boundaries.codes]
    missed = sum(counts.get(tile.code, 0) for tile in left_out)
    rows = [(tile, counts.get(tile.code, 0)) for tile in tiles if tile in shown.values() or tile in left_out]
    sentence = " ".join(
        [
            read_places(rows, level=boundaries.level, unplaced=unplaced, language=language),
            *_read_gaps(left_out, missed, boundaries, language, _),
        ]
    )
    title = (
        _("Map of documented victims, by department")
        if boundaries.level == "departments"
        else _("Map of documented victims, by region")
    )
    return finish_chart(
        "choropleth",
        title,
        sentence,
        width=width,
        height=bottom,
        encoding=pixel_scales(width, bottom),
        layer=layers,
    )


def _key_entries(bins: Bins, some: bool, language: str, _: Translate) -> list[KeyEntry]:
    entries = [KeyEntry(_("none documented"), NONE_FILL, NONE_LINE)]
    if some:
        labels = bins.labels(language, _)
        entries += [KeyEntry(label, shade) for label, shade in zip(labels, bins.shades, strict=True)]
    return entries


def _is_home(shape: Shape, shown: Mapping[str, Tile]) -> bool:
    return shape.code is not None and shown[shape.code].group in ("mainland", "corsica")


def _fit_frame(
    shapes: Sequence[Shape], *, left: float, top: float, width: float, height: float | None
) -> tuple[_Frame, float]:
    """Return the frame that holds shapes in a width, and in a height when there is one, and where it ends [px]."""
    points = [project_mercator(*point) for shape in shapes for ring in shape.rings for point in ring]
    west, east = min(x for x, _y in points), max(x for x, _y in points)
    south, north = min(y for _x, y in points), max(y for _x, y in points)
    scale = width / max(east - west, 1e-9)
    if height is not None:
        scale = min(scale, height / max(north - south, 1e-9))
    return _Frame(scale, west, north, left, top), top + (north - south) * scale


def _feature(
    shape: Shape,
    frame: _Frame,
    counts: Mapping[str, int],
    *,
    shown: Mapping[str, Tile],
    bins: Bins,
    language: str,
) -> Spec:
    """Return a GeoJSON feature in pixels, thinned to what can be seen."""
    _ = translator(language)
    tile = shown[shape.code or ""]
    count = counts.get(tile.code, 0)
    rings = [ring for ring in (_thin_ring(ring, frame) for ring in shape.rings) if ring]
    return {
        "type": "Feature",
        "geometry": {"type": "MultiPolygon", "coordinates": [rings] if rings else []},
        "fill": bins.colour(count),
        "name": f"{tile.name} ({tile.code})",
        "count": format_count(count, language) if count else _("none documented"),
    }


def _thin_ring(ring: Ring, frame: _Frame) -> Points:
    points: Points = []
    for position in ring:
        x, y = frame.place(*project_mercator(*position))
        if not points or abs(x - points[-1][0]) + abs(y - points[-1][1]) >= _FINEST:
            points.append((x, y))
    if len(points) < 3:
        return []
    return [*points, points[0]] if points[-1] != points[0] else points


def _shape_layer(features: Sequence[Spec], _: Translate) -> Spec:
    return {
        "data": {"values": list(features)},
        "projection": {"type": "identity", "scale": 1, "translate": [0, 0]},
        "mark": {"type": "geoshape", "stroke": QUIET, "strokeWidth": 0.5, "strokeJoin": "round", "clip": False},
        "encoding": {
            "fill": {"field": "fill", "type": "nominal", "scale": None, "legend": None},
            "tooltip": [
                {"field": "name", "title": _("Place")},
                {"field": "count", "title": _("Documented victims")},
            ],
        },
    }


def _read_gaps(left_out: Sequence[Tile], missed: int, boundaries: Boundaries, language: str, _: Translate) -> list[str]:
    """Return what the map does not show: territories without a shape, features that match nothing."""
    said: list[str] = []
    if left_out:
        names = _join_names([tile.name for tile in left_out], language, _)
        said.append(_("Not in the file and not drawn: {names}.", names=names))
        if missed:
            said.append(_("Documented victims there: {count}.", count=format_count(missed, language)))
    if boundaries.unmatched:
        names = _join_names(list(boundaries.unmatched), language, _)
        said.append(_("Shapes that match no territory, not drawn: {names}.", names=names))
    return said


def _join_names(names: Sequence[str], language: str, _: Translate) -> str:
    text = ", ".join(names[:_REPORTED])
    more = len(names) - _REPORTED
    return text if more <= 0 else _("{names} and {count} more", names=text, count=format_count(more, language))
