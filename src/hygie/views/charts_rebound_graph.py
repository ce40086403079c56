"""Who depends on whom in a portfolio: providers, members or their groups, and what joins them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

from hygie.views.charts_landscape_layout import break_words
from hygie.views.charts_layout import BLUE, BROWN, QUIET, WIDE, Chart, Spec, finish_chart
from hygie.views.charts_rebound_lines import PLACE, POINTS, Point, draw_lines, mark_points, scale_pixels, write_key
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count
from hygie.views.portfolio_ties import Member, Ties
from hygie.views.theme import INK
from hygie.views.tile_map import load_tiles

__all__ = ["draw_rebound_graph", "list_units"]

_MOST_LINES, _SMALL = 160, 560
# Members that stand one by one in the graph; more are drawn by group.
_FEW, _MOST_UNITS, _MOST_PROVIDERS = 24, 22, 10


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
    key, bottom = write_key(
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
                f"{ties.providers[at].name.read(language)}\u00a0·\u00a0{format_count(weight[at], language)}",
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
        *([draw_lines(lines, opacity=0.45)] if lines else []),
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
        encoding=scale_pixels(width, frame.height),
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
            label if len(members) == 1 else f"{label}\u00a0·\u00a0{format_count(len(members), language)}",
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


def _join(begin: Point, end: Point, *, name: str, stroke: float) -> list[Spec]:
    """Return a line between two columns, level at both ends."""
    (x, y), (u, v) = begin, end
    points = []
    for step in range(POINTS):
        t = step / (POINTS - 1)
        points.append((x + t * (u - x), y + (v - y) * t * t * (3 - 2 * t)))
    return mark_points(points, line=name, colour=BLUE, stroke=round(stroke, 2), note="")


def _arch(begin: Point, end: Point, *, reach: float, name: str, stroke: float) -> list[Spec]:
    """Return a line between two places of one column, bowed to the left."""
    (x, y), (_u, v) = begin, end
    points = []
    for step in range(POINTS):
        t = step / (POINTS - 1)
        points.append((x - reach * 4 * t * (1 - t) * 0.75, y + (v - y) * t))
    return mark_points(points, line=name, colour=BROWN, stroke=round(stroke, 2), note="")


def _draw_nodes(nodes: Sequence[Spec]) -> Spec:
    return {
        "data": {"values": list(nodes)},
        "mark": {"type": "circle", "opacity": 1, "stroke": "#ffffff", "strokeWidth": 1},
        "encoding": {
            "x": {"field": "x", **PLACE},
            "y": {"field": "y", **PLACE},
            "size": {"field": "size", "type": "quantitative", "scale": None, "legend": None},
            "color": {"field": "fill", "type": "nominal", "scale": None, "legend": None},
            "tooltip": {"field": "note", "type": "nominal"},
        },
    }


def _write_texts(rows: Sequence[Spec], align: str, size: float) -> Spec:
    return {
        "data": {"values": list(rows)},
        "mark": {
            "type": "text", "align": align, "baseline": "middle", "fontSize": size, "color": INK, "lineBreak": "\n",
            "lineHeight": size + 1,
        },
        "encoding": {
            "text": {"field": "text"}, "x": {"field": "x", **PLACE}, "y": {"field": "y", **PLACE},
        },
    }  # fmt: skip


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
