"""How bad days travel in a portfolio, on a map of departments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from math import hypot, sqrt

from hygie.views.charts_layout import BLUE, BROWN, MIDDLE, PALE, WIDE, Chart, Spec, finish_chart
from hygie.views.charts_rebound_lines import PLACE, POINTS, Point, draw_lines, mark_points, scale_pixels, write_key
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_percent
from hygie.views.portfolio_ties import Member, Ties
from hygie.views.theme import INK
from hygie.views.tile_map import Tile, find_territory, load_tiles

__all__ = ["draw_rebound_map"]

_STEPS = (0.10, 0.20, 0.35, 0.50)
_SHADES = ("#f3f6f9", PALE, "#a9cbe5", MIDDLE, BLUE)
_TILE, _LARGE_TILE, _GAP = 44.0, 64.0, 4.0
_MOST_ARCS = 60


def draw_rebound_map(ties: Ties, *, language: str, width: int = WIDE) -> Chart | None:
    """Return departments with the share of their loss that comes through others, and links between them.

    Regions where departments are not known; None where neither is.
    """
    _ = translator(language)
    level, places = _place_members(ties)
    if not places:
        return None
    tiles = {tile.code: tile for tile in load_tiles(level, collectivities=True)}
    inside: dict[str, list[Member]] = {}
    for at, code in places.items():
        if ties.members[at].assessed:
            inside.setdefault(code, []).append(ties.members[at])
    inside = {code: members for code, members in inside.items() if code in tiles}
    if not inside:
        return None
    every = _count_arcs(ties, places, tiles)
    arcs = dict(list(every.items())[:_MOST_ARCS])
    shown = [tiles[code] for code in sorted({*inside, *(end for pair in arcs for end in pair)})]
    left, top = min(tile.column for tile in shown), min(tile.row for tile in shown)
    columns = 1 + max(tile.column for tile in shown) - left
    side = min(_LARGE_TILE if columns <= 6 else _TILE, width / columns - _GAP)
    step = side + _GAP
    wide = min(float(width), max(440.0, columns * step))
    key, head = write_key(
        [
            (_("Share of the loss that comes through others, by {level}", level=_name_level(level, _)), ""),
            (_("Links between places along which an attack can travel"), BROWN if arcs else "none"),
        ],
        width=wide,
    )
    head += 10.0

    def centre(tile: Tile) -> Point:
        return (tile.column - left) * step + side / 2, head + (tile.row - top) * step + side / 2

    def foot(tile: Tile) -> Point:
        # Lines end below the words of a tile.
        return centre(tile)[0], centre(tile)[1] + 0.44 * side

    rows = [_draw_tile(tile, inside.get(tile.code, []), centre(tile), side, language) for tile in shown]
    height = max(row["y2"] for row in rows)
    most = max(arcs.values(), default=1)
    lines = [
        _bend(
            foot(tiles[one]), foot(tiles[two]), bow=0.18, name=f"{one}-{two}", colour=BROWN,
            stroke=1.0 + 3.0 * sqrt(count / most), note=_name_arc(tiles[one], tiles[two], count, language, _),
        )
        for (one, two), count in arcs.items()
    ]  # fmt: skip
    ink: Spec = {"field": "ink", "type": "nominal", "scale": None, "legend": None}
    small = side < 34.0
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "cornerRadius": 4},
            "encoding": {
                "x": {"field": "x", **PLACE}, "x2": {"field": "x2"}, "y": {"field": "y", **PLACE},
                "y2": {"field": "y2"},
                "color": {"field": "fill", "type": "nominal", "scale": None, "legend": None},
                "tooltip": {"field": "note", "type": "nominal"},
            },
        },
        *([draw_lines(lines, opacity=0.55)] if lines else []),
        _write("code", "cy", ink, size=10 if small else 13, weight=600),
        _write("text", "ly", ink, size=8 if small else 11),
        *key,
    ]  # fmt: skip
    return finish_chart(
        "rebound_map",
        _("Where a neighbour’s bad day arrives"),
        _say_map(inside, tiles, every, language, _),
        width=wide,
        height=height,
        data={"values": rows},
        encoding=scale_pixels(wide, height),
        layer=layers,
    )


def _place_members(ties: Ties) -> tuple[str, dict[int, str]]:
    """Return the level of the map and the code of the place of each member that has one."""
    departments = {
        at: code
        for at, member in enumerate(ties.members)
        if member.department and (code := find_territory("departments", member.department)) is not None
    }
    if departments:
        return "departments", departments
    return "regions", {
        at: code
        for at, member in enumerate(ties.members)
        if member.region and (code := find_territory("regions", member.region)) is not None
    }


def _count_arcs(ties: Ties, places: Mapping[int, str], tiles: Mapping[str, Tile]) -> dict[tuple[str, str], int]:
    counted = Counter[tuple[str, str]]()
    for link in ties.links:
        one, two = places.get(link.source, ""), places.get(link.target, "")
        if one != two and one in tiles and two in tiles:
            counted[min(one, two), max(one, two)] += 1
    return dict(sorted(counted.items(), key=lambda pair: (-pair[1], pair[0])))


def _share_of(members: Sequence[Member]) -> float:
    loss = sum(member.loss_eur_per_y for member in members)
    return sum(member.through_eur_per_y for member in members) / loss if loss > 0.0 else 0.0


def _draw_tile(tile: Tile, members: Sequence[Member], at: Point, side: float, language: str) -> Spec:
    share = _share_of(members)
    shade = sum(share >= step for step in _STEPS)
    text = format_percent(share, language, digits=1 if share < 0.1 else 2) if members else "–"
    x, y = at[0] - side / 2, at[1] - side / 2
    return {
        "code": tile.code, "text": text, "note": f"{tile.name} · {text}",
        "x": x, "x2": x + side, "y": y, "y2": y + side, "cx": at[0],
        "cy": y + 0.36 * side, "ly": y + 0.72 * side,
        "fill": _SHADES[shade] if members else "#ffffff", "ink": "#ffffff" if shade >= 4 and members else INK,
    }  # fmt: skip


def _bend(begin: Point, end: Point, *, bow: float, name: str, colour: str, stroke: float, note: str) -> list[Spec]:
    """Return a line that bows downwards, away from the words of its tiles."""
    (x, y), (u, v) = sorted((begin, end), reverse=True)
    away = bow * hypot(u - x, v - y)
    length = hypot(u - x, v - y) or 1.0
    top = ((x + u) / 2 + away * (v - y) / length, (y + v) / 2 - away * (u - x) / length)
    return mark_points(
        [
            (
                (1 - t) ** 2 * x + 2 * t * (1 - t) * top[0] + t * t * u,
                (1 - t) ** 2 * y + 2 * t * (1 - t) * top[1] + t * t * v,
            )
            for t in (step / (POINTS - 1) for step in range(POINTS))
        ],
        line=name, colour=colour, stroke=round(stroke, 2), note=note,
    )  # fmt: skip


def _write(field: str, y: str, ink: Spec, *, size: float, weight: int = 400) -> Spec:
    return {
        "mark": {"type": "text", "align": "center", "baseline": "middle", "fontSize": size, "fontWeight": weight},
        "encoding": {
            "text": {"field": field}, "x": {"field": "cx", **PLACE}, "y": {"field": y, **PLACE}, "color": ink,
        },
    }  # fmt: skip


def _name_level(level: str, _: Translate) -> str:
    return _("department") if level == "departments" else _("region")


def _name_arc(one: Tile, two: Tile, count: int, language: str, _: Translate) -> str:
    return _("{one} – {two}: {count} links", one=one.name, two=two.name, count=format_count(count, language))


def _say_map(
    inside: Mapping[str, Sequence[Member]], tiles: Mapping[str, Tile], arcs: Mapping[tuple[str, str], int],
    language: str, _: Translate,
) -> str:  # fmt: skip
    worst = max(inside, key=lambda code: (_share_of(inside[code]), code))
    sentence = _(
        "The stronger the colour of a place, the more of its loss comes through neighbours and providers: {share} in "
        "{name}, the most.",
        share=format_percent(_share_of(inside[worst]), language),
        name=tiles[worst].name,
    )
    if not arcs:
        return sentence + " " + _("No link leads from one place to another.")
    (one, two), count = next(iter(arcs.items()))
    return (
        sentence
        + " "
        + _(
            "Links join {pairs} pairs of places; the busiest is {one} and {two}: {count}.",
            pairs=format_count(len(arcs), language), one=tiles[one].name, two=tiles[two].name,
            count=format_count(count, language),
        )
    )  # fmt: skip
