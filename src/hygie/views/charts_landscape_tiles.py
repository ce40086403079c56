"""The tile map: counts by department or by region, one equal square each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hygie.views.charts_landscape_layout import (
    NONE_FILL,
    NONE_LINE,
    Bins,
    KeyEntry,
    bin_counts,
    box_layers,
    break_words,
    draw_key,
    pixel_scales,
    rule_layer,
    text_layer,
)
from hygie.views.charts_layout import QUIET, Chart, Spec, finish_chart
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count
from hygie.views.theme import INK
from hygie.views.tile_map import Level, Tile, load_tiles

__all__ = ["TILE_WIDTHS", "draw_tiles", "read_places", "tile_rows"]

# Usual widths [px]: squares of about 44 px for departments, of 80 px for regions.
TILE_WIDTHS: Mapping[Level, int] = {"departments": 572, "regions": 480}

_GAP = 2.0
# A square of this size [px] has room for a code and a count.
_SMALLEST = 34.0


def tile_rows(counts: Mapping[str, int], level: Level) -> list[tuple[Tile, int]]:
    """Return every tile with its count; collectivities only when one of them has a count."""
    everything = load_tiles(level, collectivities=True)
    more = any(counts.get(tile.code, 0) for tile in everything if tile.group == "collectivity")
    return [(tile, counts.get(tile.code, 0)) for tile in load_tiles(level, collectivities=more)]


def draw_tiles(
    counts: Mapping[str, int], *, level: Level, unplaced: int, language: str, width: int | None = None
) -> Chart:
    """Return the map of counts as tiles of one size.

    Parameters
    ----------
    counts
        Code of a department or region to its count.
    unplaced
        How many are documented without a place: said under the map.
    width
        In pixels; the usual width of the level by default.
    """
    _ = translator(language)
    width = TILE_WIDTHS[level] if width is None else width
    rows = tile_rows(counts, level)
    bins = bin_counts(max((count for _tile, count in rows), default=0))
    entries = [KeyEntry(_("none documented"), NONE_FILL, NONE_LINE, struck=True)]
    if any(count for _tile, count in rows):
        labels = bins.labels(language, _)
        entries += [KeyEntry(label, shade) for label, shade in zip(labels, bins.shades, strict=True)]
    key, bottom = draw_key(entries, width=width)
    side = width / (1 + max(tile.column for tile, _count in rows))
    top = bottom + 10.0
    # A label stands above the group of the overseas territories: in the first row it needs room of its own.
    if any(tile.group == "collectivity" for tile, _count in rows):
        top += 16.0
    height = top + side * (1 + max(tile.row for tile, _count in rows))
    layers = [
        *key,
        *_draw_boxes(rows, bins, side=side, top=top, language=language, _=_),
        *([_draw_borders([tile for tile, _count in rows], side, top)] if level == "departments" else []),
        *_draw_texts(rows, bins, side=side, top=top, language=language),
        _draw_groups([tile for tile, _count in rows], side=side, top=top, _=_),
    ]
    title = _("Documented victims, by department") if level == "departments" else _("Documented victims, by region")
    sentence = read_places(rows, level=level, unplaced=unplaced, language=language)
    return finish_chart(
        f"tiles_{level}",
        title,
        sentence,
        width=width,
        height=height,
        encoding=pixel_scales(width, height),
        layer=layers,
    )


def read_places(rows: Sequence[tuple[Tile, int]], *, level: Level, unplaced: int, language: str) -> str:
    """Return what a map of counts says, in one or two sentences."""
    _ = translator(language)
    shown = [(tile, count) for tile, count in rows if count > 0]
    total = sum(1 for tile, _count in rows if tile.group != "collectivity")
    if not shown:
        parts = [_("No victim is documented with its place.")]
    else:
        most = max(count for _tile, count in shown)
        first = [tile.name for tile, count in shown if count == most]
        reached = sum(1 for tile, _count in shown if tile.group != "collectivity")
        values = {"n": format_count(reached, language), "total": format_count(total, language)}
        sentence = (
            _("Departments with a documented victim: {n} of {total}.", **values)
            if level == "departments"
            else _("Regions with a documented victim: {n} of {total}.", **values)
        )
        parts = [sentence]
        if len(first) == 1 and len(shown) > 1:
            parts.append(_("Most are in {name}: {count}.", name=first[0], count=format_count(most, language)))
    if unplaced:
        parts.append(
            _("Documented without a place, and not on the map: {count}.", count=format_count(unplaced, language))
        )
    return " ".join(parts)


def _draw_boxes(
    rows: Sequence[tuple[Tile, int]], bins: Bins, *, side: float, top: float, language: str, _: Translate
) -> list[Spec]:
    boxes = [
        {
            "left": tile.column * side + _GAP / 2,
            "right": (tile.column + 1) * side - _GAP / 2,
            "upper": top + tile.row * side + _GAP / 2,
            "lower": top + (tile.row + 1) * side - _GAP / 2,
            "fill": bins.colour(count),
            "line": bins.colour(count) if count else NONE_LINE,
            "struck": count == 0,
            "name": f"{tile.name} ({tile.code})",
            "count": format_count(count, language) if count else _("none documented"),
        }
        for tile, count in rows
    ]
    tooltip = [
        {"field": "name", "title": _("Place")},
        {"field": "count", "title": _("Documented victims")},
    ]
    return box_layers(boxes, tooltip=tooltip)


def _draw_borders(tiles: Sequence[Tile], side: float, top: float) -> Spec:
    """Return the lines between tiles of two regions: regions are easier to find than departments."""
    region = {(tile.column, tile.row): tile.region for tile in tiles if tile.group == "mainland"}
    lines: list[Spec] = []
    for (column, row), own in region.items():
        x, y = column * side, top + row * side
        if region.get((column + 1, row), own) != own:
            lines.append({"x": x + side, "x2": x + side, "y": y, "y2": y + side})
        if region.get((column, row + 1), own) != own:
            lines.append({"x": x, "x2": x + side, "y": y + side, "y2": y + side})
    return rule_layer(lines, color=QUIET, strokeWidth=1.4, strokeCap="square")


def _draw_texts(rows: Sequence[tuple[Tile, int]], bins: Bins, *, side: float, top: float, language: str) -> list[Spec]:
    """Return what is printed in the tiles: the code (the name of a region) and, below, the count."""
    regions = all(tile.region == tile.code for tile, _count in rows)
    small = min(11.0, max(9.0, side * (0.17 if regions else 0.26)))
    large = 12.0 if regions else min(17.0, max(11.5, side * 0.40))
    # In a small square the count stands alone: the code would lie under it, and its place says as much.
    alone = not regions and side < _SMALLEST
    names: list[Spec] = []
    numbers: list[Spec] = []
    for tile, count in rows:
        x, y = (tile.column + 0.5) * side, top + tile.row * side
        ink = bins.ink(count) if count else QUIET
        lines = _name_lines(tile, side - 2 * _GAP, small)
        if not (alone and count):
            names.append({"x": x, "y": y + 2.0 + small * 0.6, "text": "\n".join(lines), "ink": ink})
        if count:
            low = y + (side / 2 if alone else side - large * 0.72)
            numbers.append({"x": x, "y": low, "text": format_count(count, language), "ink": ink})
    return [
        text_layer(names, size=small, align="center", lineHeight=small + 1.0),
        text_layer(numbers, size=large, align="center", fontWeight=600),
    ]


def _name_lines(tile: Tile, pixels: float, size: float) -> list[str]:
    if tile.region != tile.code:
        return [tile.code]
    return break_words(tile.name, pixels, size=size).splitlines()


def _draw_groups(tiles: Sequence[Tile], *, side: float, top: float, _: Translate) -> Spec:
    """Return the names of the groups that stand apart."""
    labels: list[Spec] = []
    for group, text in (("overseas", _("Overseas")), ("collectivity", _("Collectivities"))):
        members = [tile for tile in tiles if tile.group == group]
        if members:
            x = min(tile.column for tile in members) * side
            labels.append({"x": x + 1.0, "y": top + min(tile.row for tile in members) * side - 8.0, "text": text})
    return text_layer([{**label, "ink": INK} for label in labels], size=min(12.0, 0.43 * side), align="left")
