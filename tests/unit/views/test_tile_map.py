"""The tile map: every territory has one square, and France is still France."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from scipy.stats import spearmanr

from hygie.core.errors import DocumentError, UsageError
from hygie.views.tile_map import LEVELS, Level, Tile, find_territory, load_tiles, read_layout

OVERSEAS = {"971", "972", "973", "974", "976"}
COLLECTIVITIES = {"975", "977", "978", "986", "987", "988"}

Position = tuple[float, float]


def mainland(level: Level) -> dict[str, Tile]:
    return {tile.code: tile for tile in load_tiles(level) if tile.group == "mainland"}


def outlines(path: Path) -> dict[str, list[list[Position]]]:
    """Return the outer rings of each feature by code."""
    rings = {}
    for feature in json.loads(path.read_text(encoding="utf-8"))["features"]:
        geometry = feature["geometry"]
        polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
        rings[feature["properties"]["code"]] = [[(x, y) for x, y in polygon[0]] for polygon in polygons]
    return rings


def centroid(rings: list[list[Position]]) -> Position:
    area = east = north = 0.0
    for ring in rings:
        for (x, y), (u, v) in pairwise(ring):
            cross = x * v - u * y
            area, east, north = area + cross / 2, east + (x + u) * cross / 6, north + (y + v) * cross / 6
    return east / area, north / area


def neighbours(rings: dict[str, list[list[Position]]]) -> set[tuple[str, str]]:
    """Return the pairs of codes that share two vertices or more: a border, not a corner."""
    owners: dict[Position, set[str]] = defaultdict(set)
    for code, own in rings.items():
        for ring in own:
            for x, y in ring:
                owners[round(x, 4), round(y, 4)].add(code)
    shared: dict[tuple[str, str], int] = defaultdict(int)
    for codes in owners.values():
        for pair in combinations(sorted(codes), 2):
            shared[pair] += 1
    return {pair for pair, count in shared.items() if count >= 2}


def test_every_department_has_one_tile_and_no_two_share_a_place() -> None:
    tiles = load_tiles("departments")
    metropolitan = {f"{n:02d}" for n in range(1, 96) if n != 20} | {"2A", "2B"}
    assert {tile.code for tile in tiles} == metropolitan | OVERSEAS
    assert len(tiles) == 101
    with_collectivities = load_tiles("departments", collectivities=True)
    assert {tile.code for tile in with_collectivities} - {tile.code for tile in tiles} == COLLECTIVITIES
    assert len({(tile.column, tile.row) for tile in with_collectivities}) == len(with_collectivities) == 107


def test_every_region_has_one_tile_and_no_two_share_a_place() -> None:
    tiles = load_tiles("regions")
    assert len({(tile.column, tile.row) for tile in tiles}) == len(tiles) == 18
    assert {tile.code for tile in tiles} == {tile.region for tile in load_tiles("departments")}
    assert load_tiles("regions", collectivities=True) == tiles


def test_codes_names_and_regions_are_those_of_insee(shared_data: Path) -> None:
    with (shared_data / "fr_departements_regions.csv").open(encoding="utf-8") as stream:
        rows = {row["dept_code"]: row for row in csv.DictReader(stream)}
    names = {tile.code: tile.name for tile in load_tiles("regions")}
    for tile in load_tiles("departments"):
        row = rows[tile.code]
        assert tile.name == row["dept_name"].replace("'", "’")
        assert tile.region == row["region_code"]
        assert names[tile.region] == row["region_name"].replace("'", "’")


@pytest.mark.parametrize(("level", "name"), [("departments", "fr_departements"), ("regions", "fr_regions")])
def test_the_order_of_tiles_is_the_order_of_the_map(level: Level, name: str, shared_data: Path) -> None:
    rings = outlines(shared_data / f"{name}.geojson")
    tiles = mainland(level)
    places = {code: centroid(rings[code]) for code in tiles}
    across = spearmanr([tile.column for tile in tiles.values()], [places[code][0] for code in tiles])
    upward = spearmanr([-tile.row for tile in tiles.values()], [places[code][1] for code in tiles])
    assert across.statistic > 0.9
    assert upward.statistic > 0.9


def test_departments_that_share_a_border_are_near_on_the_map(shared_data: Path) -> None:
    rings = outlines(shared_data / "fr_departements.geojson")
    tiles = mainland("departments")
    pairs = neighbours({code: rings[code] for code in tiles})
    assert len(pairs) > 200
    apart = [max(abs(tiles[a].column - tiles[b].column), abs(tiles[a].row - tiles[b].row)) for a, b in pairs]
    assert max(apart) <= 2
    assert sum(distance == 1 for distance in apart) / len(apart) > 0.85


def test_regions_that_share_a_border_touch_on_the_map(shared_data: Path) -> None:
    rings = outlines(shared_data / "fr_regions.geojson")
    tiles = mainland("regions")
    pairs = neighbours({code: rings[code] for code in tiles})
    assert len(pairs) > 20
    apart = [max(abs(tiles[a].column - tiles[b].column), abs(tiles[a].row - tiles[b].row)) for a, b in pairs]
    assert max(apart) <= 2
    assert sum(distance == 1 for distance in apart) / len(apart) > 0.85


def test_every_region_is_one_block_of_departments() -> None:
    blocks: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for tile in mainland("departments").values():
        blocks[tile.region].add((tile.column, tile.row))
    assert len(blocks) == 12
    for region, places in blocks.items():
        reached, waiting = set(), [min(places)]
        while waiting:
            column, row = waiting.pop()
            if (column, row) in reached or (column, row) not in places:
                continue
            reached.add((column, row))
            # Corners count: Champagne reaches the Ardennes by one.
            waiting += [(column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)]
        assert reached == places, region


def test_the_mainland_is_one_block_without_holes() -> None:
    filled = {(tile.column, tile.row) for tile in mainland("departments").values()}
    for row in {row for _column, row in filled}:
        columns = sorted(column for column, own in filled if own == row)
        assert columns == list(range(columns[0], columns[-1] + 1))


def test_overseas_departments_stand_in_one_column_clear_of_the_mainland() -> None:
    for level in LEVELS:
        tiles = load_tiles(level)
        overseas = [tile for tile in tiles if tile.group == "overseas"]
        assert len(overseas) == 5
        assert len({tile.column for tile in overseas}) == 1
        others = {(tile.column, tile.row) for tile in tiles if tile.group != "overseas"}
        assert not others & {(tile.column + i, tile.row + j) for tile in overseas for i in (0, 1) for j in (-1, 0, 1)}


def test_corsica_is_an_island_in_the_south_east() -> None:
    tiles = load_tiles("departments")
    corsica = {tile.code: tile for tile in tiles if tile.group == "corsica"}
    others = {(tile.column, tile.row) for tile in tiles if tile.group == "mainland"}
    assert corsica["2B"].row < corsica["2A"].row
    assert min(tile.column for tile in corsica.values()) > max(column for column, _row in others)
    assert not others & {
        (tile.column + i, tile.row + j) for tile in corsica.values() for i in (-1, 0) for j in (-1, 0, 1)
    }


@pytest.mark.parametrize(
    ("level", "text", "code"),
    [
        ("departments", "2a", "2A"),
        ("departments", "1", "01"),
        ("departments", "971", "971"),
        ("departments", "cote d'or", "21"),
        ("departments", "Saint-Barthélemy", "977"),
        ("regions", "AUVERGNE RHONE ALPES", "84"),
        ("regions", "Provence-Alpes-Côte d’Azur", "93"),
        ("regions", "1", "01"),
        ("regions", "75", "75"),
    ],
)
def test_territories_are_found_however_they_are_written(level: Level, text: str, code: str) -> None:
    assert find_territory(level, text) == code


@pytest.mark.parametrize("text", ["", "20", "00", "999", "Bavaria", "…", "2A or 2B"])
def test_what_is_no_department_is_not_found(text: str) -> None:
    assert find_territory("departments", text) is None


def test_a_wrong_level_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UsageError, match="no such level") as caught:
        load_tiles("department")  # type: ignore[arg-type]
    assert "departments" in caught.value.findings[0].render()


def test_a_layout_that_is_not_a_rectangle_is_refused() -> None:
    with pytest.raises(DocumentError, match="another number of cells") as caught:
        read_layout("# note\n01 02\n03", name="mine.txt")
    assert (caught.value.findings[0].file, caught.value.findings[0].line) == ("mine.txt", 3)


def test_a_code_that_stands_twice_is_refused() -> None:
    with pytest.raises(DocumentError, match="stands twice"):
        read_layout("01 02\n. 01", name="mine.txt")
