"""How bad days travel in a portfolio: a map of departments, and a graph of who depends on whom.

Both are specifications like the other charts, positions in pixels, so that a page, a document and a file show the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import hypot, sqrt

from hygie.views.charts_landscape_layout import break_words
from hygie.views.charts_layout import BLUE, BROWN, MIDDLE, PALE, QUIET, WIDE, Chart, Spec, finish_chart, scale_of
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_percent
from hygie.views.portfolio_ties import Member, Ties
from hygie.views.theme import INK
from hygie.views.tile_map import Tile, find_territory, load_tiles

__all__ = ["draw_rebound_graph", "draw_rebound_map", "list_units"]

_STEPS = (0.10, 0.20, 0.35, 0.50)
_SHADES = ("#f3f6f9", PALE, "#a9cbe5", MIDDLE, BLUE)
_TILE, _LARGE_TILE, _GAP = 44.0, 64.0, 4.0
_MOST_ARCS, _MOST_LINES = 60, 160
_POINTS = 9
_SMALL = 560
# Members that stand one by one in the graph; more are drawn by group.
_FEW, _MOST_UNITS, _MOST_PROVIDERS = 24, 22, 10
_PLACE: Spec = {"type": "quantitative", "axis": None}

Point = tuple[float, float]


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
    key, head = _write_key(
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
                "x": {"field": "x", **_PLACE}, "x2": {"field": "x2"}, "y": {"field": "y", **_PLACE},
                "y2": {"field": "y2"},
                "color": {"field": "fill", "type": "nominal", "scale": None, "legend": None},
                "tooltip": {"field": "note", "type": "nominal"},
            },
        },
        *([_draw_lines(lines, opacity=0.55)] if lines else []),
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
        encoding=_scales(wide, height),
        layer=layers,
    )


def draw_rebound_graph(ties: Ties, *, language: str, width: int = WIDE) -> Chart | None:
    """Return providers on the left, members or their groups on the right, and who depends on whom; None without ties.

    Blue lines are contracts, brown ones links between members.
    """
    _ = translator(language)
    units, unit_of = list_units(ties, language)
    wanted = Counter((contract.provider, unit_of[contract.member]) for contract in ties.contracts
                     if contract.member in unit_of)  # fmt: skip
    linked = Counter(
        (unit_of[link.source], unit_of[link.target])
        for link in ties.links
        if link.source in unit_of and link.target in unit_of
    )
    if not wanted and not linked:
        return None
    weight = Counter[int]()
    for (provider, _unit), count in wanted.items():
        weight[provider] += count
    providers = [at for at, _count in sorted(weight.items(), key=lambda pair: (-pair[1], pair[0]))[:_MOST_PROVIDERS]]
    key, bottom = _write_key(
        [
            (_("Contract with a shared provider"), BLUE if providers else "none"),
            (_("Link along which an attack can travel"), BROWN if linked else "none"),
        ],
        width=float(width),
    )
    frame = _Frame.of(width, len(providers), len(units), top=bottom + 8.0)
    rank = {at: place for place, at in enumerate(providers)}
    between = Counter[tuple[int, int]]()
    for (one, two), count in linked.items():
        if one != two:
            between[min(one, two), max(one, two)] += count
    most = max([*wanted.values(), *between.values()], default=1)
    lines: list[list[Spec]] = []
    for (provider, unit), count in sorted(wanted.items(), key=lambda pair: -pair[1])[:_MOST_LINES]:
        if provider in rank:
            begin, end = (frame.first, frame.left_y(rank[provider])), (frame.second, frame.right_y(unit))
            lines.append(_join(begin, end, name=f"c{provider}-{unit}", stroke=_thick(count, most)))
    for (one, two), count in sorted(between.items(), key=lambda pair: -pair[1])[:_MOST_LINES]:
        begin, end = (frame.second, frame.right_y(one)), (frame.second, frame.right_y(two))
        reach = min(30.0 + 0.35 * abs(end[1] - begin[1]), 0.6 * (frame.second - frame.first))
        lines.append(_arch(begin, end, reach=reach, name=f"l{one}-{two}", stroke=_thick(count, most)))
    nodes = [
        *(
            {"x": frame.first, "y": frame.left_y(rank[at]), "size": 90.0, "fill": BLUE,
             "note": ties.providers[at].name.read(language)}
            for at in providers
        ),
        *(
            {"x": frame.second, "y": frame.right_y(at), "size": unit.area, "fill": BROWN if unit.linked else QUIET,
             "note": unit.label}
            for at, unit in enumerate(units)
        ),
    ]  # fmt: skip
    texts = [
        *(
            _label(
                f"{ties.providers[at].name.read(language)} · {format_count(weight[at], language)}",
                (frame.first - 10.0, frame.left_y(rank[at])),
                align="right", room=frame.first - 14.0, size=frame.type_size,
            )
            for at in providers
        ),
        *(
            _label(
                unit.label, (frame.second + 14.0, frame.right_y(at)),
                align="left", room=width - frame.second - 16.0, size=frame.type_size,
            )
            for at, unit in enumerate(units)
        ),
    ]  # fmt: skip
    layers = [
        *([_draw_lines(lines, opacity=0.45)] if lines else []),
        _draw_nodes(nodes),
        *(_write_texts([row for row in texts if row["align"] == side], side, frame.type_size)
          for side in ("left", "right")),
        *key,
    ]  # fmt: skip
    return finish_chart(
        "rebound_graph",
        _("Who depends on whom"),
        _say_graph(ties, providers, weight, sum(linked.values()), language, _),
        width=width,
        height=frame.height,
        data={"values": nodes},
        encoding=_scales(width, frame.height),
        layer=layers,
    )


@dataclass(frozen=True, slots=True)
class Unit:
    """What stands on the right of the graph: a member, or a group of members."""

    label: str
    members: tuple[int, ...]
    area: float
    linked: bool


def list_units(ties: Ties, language: str) -> tuple[list[Unit], dict[int, int]]:
    """Return what stands for the members in the graph, and the unit of each member."""
    _ = translator(language)
    assessed = [at for at, member in enumerate(ties.members) if member.assessed]
    linked = {end for link in ties.links for end in (link.source, link.target)}
    if len(ties.members) <= _FEW:
        groups = {
            str(at): (
                member.name if member.assessed else _("{name} (passes on only)", name=member.name),
                [at],
            )
            for at, member in enumerate(ties.members)
        }
    else:
        groups = _group_members(ties, assessed, _)
    largest = sorted(groups.values(), key=lambda pair: (-sum(ties.members[at].beds for at in pair[1]), pair[0]))
    kept, rest = largest[:_MOST_UNITS], largest[_MOST_UNITS:]
    if rest:
        others = [at for _label, members in rest for at in members]
        kept.append((_("{count} others", count=format_count(len(rest), language)), others))
    beds = [sum(ties.members[at].beds for at in members) for _label, members in kept]
    scale = max([*beds, 1])
    units = [
        Unit(
            label if len(members) == 1 else f"{label} · {format_count(len(members), language)}",
            tuple(members),
            30.0 + 220.0 * count / scale,
            any(at in linked for at in members),
        )
        for (label, members), count in zip(kept, beds, strict=True)
    ]
    return units, {at: place for place, unit in enumerate(units) for at in unit.members}


def _group_members(ties: Ties, assessed: Sequence[int], _: Translate) -> dict[str, tuple[str, list[int]]]:
    """Return members by territorial group where most have one, else by region, else by department."""
    keys: tuple[Callable[[Member], str], ...] = (
        lambda one: one.ght,
        lambda one: one.region,
        lambda one: one.department,
    )
    chosen = next(
        (
            key
            for key in keys
            if sum(bool(key(ties.members[at])) for at in assessed) * 2 > len(assessed)
            and len({key(ties.members[at]) for at in assessed}) > 1
        ),
        lambda one: one.category,
    )
    found: dict[str, tuple[str, list[int]]] = {}
    departments = {tile.code: f"{tile.name} ({tile.code})" for tile in load_tiles("departments", collectivities=True)}
    names = {**ties.groups, **(departments if chosen is keys[2] else {})}
    for at in assessed:
        key = chosen(ties.members[at])
        label = names.get(key, key) if key else _("without a group")
        found.setdefault(key, (label, []))[1].append(at)
    return found


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where the columns of the graph stand [px]."""

    first: float
    second: float
    top: float
    height: float
    lefts: int
    rights: int
    type_size: float

    @classmethod
    def of(cls, width: int, providers: int, units: int, *, top: float) -> _Frame:
        """Return the frame of so many providers and units at a width [px]."""
        small = width < _SMALL
        left = 0.3 if small else min(0.3, 250.0 / width)
        right = 0.4 if small else min(0.38, 320.0 / width)
        rows = max(units * (33.0 if small else 25.0), providers * (62.0 if small else 36.0), 60.0)
        return cls(
            first=left * width if providers else 20.0,
            second=(1.0 - right) * width,
            top=top,
            height=top + rows,
            lefts=providers,
            rights=units,
            type_size=12.0 if small else 14.0,
        )

    def left_y(self, place: int) -> float:
        """Return the height of a provider."""
        return self.top + (place + 0.5) * (self.height - self.top) / max(self.lefts, 1)

    def right_y(self, place: int) -> float:
        """Return the height of a unit."""
        return self.top + (place + 0.5) * (self.height - self.top) / max(self.rights, 1)


def _label(text: str, at: Point, *, align: str, room: float, size: float) -> Spec:
    """Return a text in lines that fit, the middle of them at a height."""
    lines = break_words(text, room, size=size)
    return {"x": at[0], "y": at[1] - lines.count("\n") * (size + 1.0) / 2, "align": align, "text": lines}


def _thick(count: int, most: int) -> float:
    return 1.0 + 4.0 * sqrt(count / most)


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


def _scales(width: float, height: float) -> Spec:
    return {
        "x": {**_PLACE, "scale": scale_of((0, width), (0, width))},
        "y": {**_PLACE, "scale": scale_of((0, height), (0, height))},
    }


def _curve(points: Sequence[Point], **more: object) -> list[Spec]:
    return [{"x": round(x, 1), "y": round(y, 1), "at": at, **more} for at, (x, y) in enumerate(points)]


def _bend(begin: Point, end: Point, *, bow: float, name: str, colour: str, stroke: float, note: str) -> list[Spec]:
    """Return a line that bows downwards, away from the words of its tiles."""
    (x, y), (u, v) = sorted((begin, end), reverse=True)
    away = bow * hypot(u - x, v - y)
    length = hypot(u - x, v - y) or 1.0
    top = ((x + u) / 2 + away * (v - y) / length, (y + v) / 2 - away * (u - x) / length)
    return _curve(
        [
            (
                (1 - t) ** 2 * x + 2 * t * (1 - t) * top[0] + t * t * u,
                (1 - t) ** 2 * y + 2 * t * (1 - t) * top[1] + t * t * v,
            )
            for t in (step / (_POINTS - 1) for step in range(_POINTS))
        ],
        line=name, colour=colour, stroke=round(stroke, 2), note=note,
    )  # fmt: skip


def _join(begin: Point, end: Point, *, name: str, stroke: float) -> list[Spec]:
    """Return a line between two columns, level at both ends."""
    (x, y), (u, v) = begin, end
    points = []
    for step in range(_POINTS):
        t = step / (_POINTS - 1)
        points.append((x + t * (u - x), y + (v - y) * t * t * (3 - 2 * t)))
    return _curve(points, line=name, colour=BLUE, stroke=round(stroke, 2), note="")


def _arch(begin: Point, end: Point, *, reach: float, name: str, stroke: float) -> list[Spec]:
    """Return a line between two places of one column, bowed to the left."""
    (x, y), (_u, v) = begin, end
    points = []
    for step in range(_POINTS):
        t = step / (_POINTS - 1)
        points.append((x - reach * 4 * t * (1 - t) * 0.75, y + (v - y) * t))
    return _curve(points, line=name, colour=BROWN, stroke=round(stroke, 2), note="")


def _draw_lines(lines: Sequence[Sequence[Spec]], *, opacity: float) -> Spec:
    return {
        "data": {"values": [row for line in lines for row in line]},
        "mark": {"type": "line", "interpolate": "natural", "opacity": opacity},
        "encoding": {
            "x": {"field": "x", **_PLACE},
            "y": {"field": "y", **_PLACE},
            "detail": {"field": "line", "type": "nominal"},
            "order": {"field": "at", "type": "quantitative"},
            "color": {"field": "colour", "type": "nominal", "scale": None, "legend": None},
            "strokeWidth": {"field": "stroke", "type": "quantitative", "scale": None, "legend": None},
        },
    }


def _draw_nodes(nodes: Sequence[Spec]) -> Spec:
    return {
        "data": {"values": list(nodes)},
        "mark": {"type": "circle", "opacity": 1, "stroke": "#ffffff", "strokeWidth": 1},
        "encoding": {
            "x": {"field": "x", **_PLACE},
            "y": {"field": "y", **_PLACE},
            "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
            "color": {"field": "fill", "type": "nominal", "scale": None, "legend": None},
            "tooltip": {"field": "note", "type": "nominal"},
        },
    }


def _write(field: str, y: str, ink: Spec, *, size: float, weight: int = 400) -> Spec:
    return {
        "mark": {"type": "text", "align": "center", "baseline": "middle", "fontSize": size, "fontWeight": weight},
        "encoding": {
            "text": {"field": field}, "x": {"field": "cx", **_PLACE}, "y": {"field": y, **_PLACE}, "color": ink,
        },
    }  # fmt: skip


def _write_texts(rows: Sequence[Spec], align: str, size: float) -> Spec:
    return {
        "data": {"values": list(rows)},
        "mark": {
            "type": "text", "align": align, "baseline": "middle", "fontSize": size, "color": INK, "lineBreak": "\n",
            "lineHeight": size + 1,
        },
        "encoding": {
            "text": {"field": "text"}, "x": {"field": "x", **_PLACE}, "y": {"field": "y", **_PLACE},
        },
    }  # fmt: skip


def _write_key(entries: Sequence[tuple[str, str]], *, width: float) -> tuple[list[Spec], float]:
    """Return the lines of a key, a swatch where there is a colour, and where it ends [px]."""
    swatches: list[Spec] = []
    texts: list[Spec] = []
    y = 2.0
    for label, colour in entries:
        if colour == "none":
            continue
        left = 28.0 if colour else 0.0
        text = break_words(label, width - left - 4.0, size=13.0)
        if colour:
            swatches.append({"x": 0.0, "x2": 22.0, "y": y + 7.0, "colour": colour})
        texts.append({"x": left, "y": y, "text": text})
        y += 16.0 * (1 + text.count("\n")) + 3.0
    return [
        {
            "data": {"values": swatches},
            "mark": {"type": "rule", "strokeWidth": 3},
            "encoding": {
                "x": {"field": "x", **_PLACE},
                "x2": {"field": "x2"},
                "y": {"field": "y", **_PLACE},
                "color": {"field": "colour", "type": "nominal", "scale": None, "legend": None},
            },
        },
        {
            "data": {"values": texts},
            "mark": {
                "type": "text", "align": "left", "baseline": "top", "fontSize": 13, "color": QUIET,
                "lineBreak": "\n", "lineHeight": 16,
            },
            "encoding": {
                "text": {"field": "text"},
                "x": {"field": "x", **_PLACE},
                "y": {"field": "y", **_PLACE},
            },
        },
    ], y  # fmt: skip


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


def _say_graph(
    ties: Ties, providers: Sequence[int], weight: Mapping[int, int], links: int, language: str, _: Translate
) -> str:
    parts = []
    if providers:
        parts.append(
            _(
                "{name} has the most clients: {count} of {members} members.",
                name=ties.providers[providers[0]].name.read(language),
                count=format_count(weight[providers[0]], language),
                members=format_count(sum(member.assessed for member in ties.members), language),
            )
        )
    parts.append(
        _(
            "{links} links join members; circles grow with beds and places, lines with the number of ties.",
            links=format_count(links, language),
        )
    )
    return " ".join(parts)
