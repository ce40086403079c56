"""Where the documented victims are: counted by department and region for tiles, drawn maps and tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from hygie.views.charts_data import Cell, Rows
from hygie.views.charts_landscape_choropleth import CHOROPLETH_WIDTH, draw_choropleth
from hygie.views.charts_landscape_geojson import Boundaries
from hygie.views.charts_landscape_tiles import TILE_WIDTHS, draw_tiles, tile_rows
from hygie.views.charts_layout import Chart
from hygie.views.landscape import LandscapeView
from hygie.views.messages import translator
from hygie.views.tile_map import Level, find_territory, load_tiles

__all__ = [
    "count_places",
    "draw_department_map",
    "draw_department_tiles",
    "draw_region_tiles",
    "find_region",
    "tabulate_boundaries",
    "tabulate_departments",
    "tabulate_regions",
]

_COUNTRY = "FR"


def find_region(region: str | None, department: str | None) -> str | None:
    """Return the code of a region, by its own name or code, else by the department.

    >>> find_region(None, "69"), find_region("Bretagne", None), find_region(None, None)
    ('84', '53', None)
    """
    found = find_territory("regions", region) if region else None
    if found is not None or department is None:
        return found
    code = find_territory("departments", department)
    return next((tile.region for tile in load_tiles("departments") if tile.code == code), None)


def count_places(view: LandscapeView, level: Level) -> tuple[Mapping[str, int], int]:
    """Return documented victims by code of a level, and how many have no place that can be told."""
    counts: Counter[str] = Counter()
    unplaced = 0
    for row in view.incidents:
        if row.part != "counted":
            continue
        code = (
            find_territory("departments", row.department or "")
            if level == "departments"
            else find_region(row.region, row.department)
        )
        if code is None:
            unplaced += 1
        else:
            counts[code] += 1
    return counts, unplaced


def draw_department_tiles(view: LandscapeView, *, width: int = TILE_WIDTHS["departments"]) -> Chart | None:
    """Return the departments as tiles; None when the landscape is not that of France."""
    return _draw_level(view, "departments", width)


def draw_region_tiles(view: LandscapeView, *, width: int = TILE_WIDTHS["regions"]) -> Chart | None:
    """Return the regions as tiles; None when the landscape is not that of France."""
    return _draw_level(view, "regions", width)


def draw_department_map(view: LandscapeView, boundaries: Boundaries, *, width: int = CHOROPLETH_WIDTH) -> Chart | None:
    """Return the map on given boundaries, of departments or regions; None when the landscape is not that of France."""
    if view.scope.country != _COUNTRY:
        return None
    counts, unplaced = count_places(view, boundaries.level)
    return draw_choropleth(counts, boundaries, unplaced=unplaced, language=view.language, width=width)


def tabulate_departments(view: LandscapeView) -> Rows:
    """Return one row a department, and one for victims without a place; nothing documented is an empty cell."""
    return _tabulate_level(view, "departments")


def tabulate_regions(view: LandscapeView) -> Rows:
    """Return one row a region, and one for victims without a place; nothing documented is an empty cell."""
    return _tabulate_level(view, "regions")


def tabulate_boundaries(view: LandscapeView, boundaries: Boundaries) -> Rows:
    """Return the rows of the level that boundaries draw, and whether each has a shape."""
    _ = translator(view.language)
    header, rows = _tabulate_level(view, boundaries.level)
    drawn = [[*row, _("yes") if row[0] in boundaries.codes else _("no")] for row in rows]
    return [*header, _("Drawn")], drawn


def _draw_level(view: LandscapeView, level: Level, width: int) -> Chart | None:
    if view.scope.country != _COUNTRY:
        return None
    counts, unplaced = count_places(view, level)
    return draw_tiles(counts, level=level, unplaced=unplaced, language=view.language, width=width)


def _tabulate_level(view: LandscapeView, level: Level) -> Rows:
    _ = translator(view.language)
    counts, unplaced = count_places(view, level)
    # A count of nought would say that nothing happened there.
    rows: list[list[Cell]] = [[tile.code, tile.name, count or None] for tile, count in tile_rows(counts, level)]
    return [_("Code"), _("Place"), _("Documented victims")], [*rows, ["", _("without a place"), unplaced]]
