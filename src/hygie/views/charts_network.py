"""A facility among others: its sites, the members of its groups, its other neighbours, its providers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import sqrt
from types import MappingProxyType

from hygie.views.charts_data import Cell, write_csv
from hygie.views.charts_landscape_layout import break_words, measure_text, shorten
from hygie.views.charts_layout import BLUE, QUIET
from hygie.views.facility import NetworkEdge, NetworkNode, NetworkView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count
from hygie.views.picture import Box, Disc, KeyLine, Mark, Path, Picture, Text, draw_lines, frame_picture

__all__ = ["draw_network", "say_beds", "tabulate_network"]

# Widths of columns: neighbours, groups, the facility with its sites, providers.
_NEIGHBOUR, _GROUP, _FACILITY, _PROVIDER = 330.0, 170.0, 310.0, 230.0
_GAP = 60.0
_ROW, _LARGEST, _SMALLEST = 24.0, 17.0, 3.0
_LABEL, _SMALL, _LINE = 14.0, 12.0, 17.0
_PAD, _SPACE, _INDENT = 10.0, 14.0, 30.0
# More neighbours than these stand around the facility.
_FEW = 12
# Okabe & Ito 2008, safe for colour-blind readers, in the order in which kinds of links are met.
_COLOURS = ("#0072b2", "#d55e00", "#00785a", "#9b3d8f", "#b07a00", "#22313f")
_PROVIDED = "#5b6a79"
_GROUND = "#eaf2f8"


@dataclass(frozen=True, slots=True)
class _Anchor:
    """The edges of a node, where lines meet it [px]."""

    left: float
    right: float
    top: float
    bottom: float

    @property
    def y(self) -> float:
        return (self.top + self.bottom) / 2


def draw_network(view: NetworkView) -> Picture:
    """Return the picture of a facility among those it shares something with; circles grow with beds.

    A few neighbours stand on the left of the facility, providers on the right; many neighbours stand around it.
    """
    _ = translator(view.language)
    by_kind: dict[str, list[NetworkNode]] = {}
    for node in view.nodes:
        by_kind.setdefault(node.kind, []).append(node)
    by_kind["neighbour"] = _order_neighbours(by_kind.get("neighbour", []), view.edges)
    scale = _Scale(max((node.beds or 0 for node in view.nodes), default=0))
    arrange = _arrange_around if len(by_kind["neighbour"]) > _FEW else _arrange_beside
    columns, width = arrange(view, by_kind, scale, _)
    # Boxes reach the edge with half of their line.
    height = max(column.height for column in columns) + 4.0
    centred = [column.moved(0.0, (height - column.height) / 2) for column in columns]
    anchors = {name: anchor for column in centred for name, anchor in column.anchors.items()}
    colours = _colour_kinds(view)
    lines = [_draw_edge(edge, anchors, colours) for edge in view.edges]
    kinds = {edge.kind: edge.kind_label for edge in view.edges}
    key = [KeyLine(label, colours[kind]) for kind, label in kinds.items() if kind in colours]
    if any(edge.assumed for edge in view.edges):
        key.append(KeyLine(_("assumed"), QUIET, "6 4"))
    return frame_picture(
        "network",
        [*lines, *(mark for column in centred for mark in column.marks)],
        title=_("{name}: neighbours and providers", name=shorten(view.name)),
        sentence=_say_network(view, _),
        size=(width, height),
        key=key,
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Circles whose areas are as beds."""

    largest: int

    def radius(self, beds: int | None) -> float:
        return max(_SMALLEST, _LARGEST * sqrt((beds or 0) / self.largest)) if self.largest else _SMALLEST

    def height(self, beds: int | None) -> float:
        return max(_ROW, 2 * self.radius(beds) + 4.0)


@dataclass(frozen=True, slots=True)
class _Column:
    """Nodes one below the other: their marks, where they are met, and how high all are [px]."""

    marks: list[Mark]
    anchors: dict[str, _Anchor]
    height: float

    def moved(self, right: float, down: float) -> _Column:
        anchors = {
            name: _Anchor(a.left + right, a.right + right, a.top + down, a.bottom + down)
            for name, a in self.anchors.items()
        }
        return _Column([_move(mark, right, down) for mark in self.marks], anchors, self.height)


def _move(mark: Mark, right: float, down: float) -> Mark:
    assert not isinstance(mark, Path)
    return replace(mark, x=mark.x + right, y=mark.y + down)


_Nodes = Mapping[str, Sequence[NetworkNode]]


def _arrange_beside(view: NetworkView, nodes: _Nodes, scale: _Scale, _: Translate) -> tuple[list[_Column], float]:
    """Return columns from left to right, and their width [px]: neighbours, groups, the facility, providers."""
    columns: list[_Column] = []
    x = 0.0
    if nodes["neighbour"]:
        columns.append(_list_neighbours(nodes["neighbour"], scale, view.language, _))
        x += _NEIGHBOUR + _GAP
    if nodes.get("group"):
        groups = _stack_boxes(nodes["group"], _GROUP, BLUE, passing=_find_passing(view))
        columns.append(groups.moved(x, 0.0))
        x += _GROUP + _GAP
    columns.append(_draw_facility(nodes, scale, view.language, _).moved(x, 0.0))
    x += _FACILITY
    if nodes.get("provider"):
        columns.append(_stack_boxes(nodes["provider"], _PROVIDER, _PROVIDED).moved(x + _GAP, 0.0))
        x += _GAP + _PROVIDER
    return columns, x


def _arrange_around(view: NetworkView, nodes: _Nodes, scale: _Scale, _: Translate) -> tuple[list[_Column], float]:
    """Return neighbours on both sides of what they share, and the width of all [px]."""
    neighbours = nodes["neighbour"]
    left = _list_neighbours(neighbours[::2], scale, view.language, _)
    right = _list_neighbours(neighbours[1::2], scale, view.language, _, mirrored=True)
    facility = _draw_facility(nodes, scale, view.language, _)
    parts = [
        _stack_boxes(nodes.get("group", []), _FACILITY, BLUE),
        facility,
        _stack_boxes(nodes.get("provider", []), _FACILITY - _INDENT, _PROVIDED).moved(_INDENT, 0.0),
    ]
    x = _NEIGHBOUR + 2 * _GAP
    middle = _Column([], {}, 0.0)
    for part in parts:
        if part.marks:
            top = middle.height + (_GAP if middle.marks else 0.0)
            lower = part.moved(x, top)
            middle = _Column([*middle.marks, *lower.marks], {**middle.anchors, **lower.anchors}, top + part.height)
    end = x + _FACILITY + 2 * _GAP
    return [left, middle, right.moved(end, 0.0)], end + _NEIGHBOUR


def _order_neighbours(nodes: Sequence[NetworkNode], edges: Sequence[NetworkEdge]) -> list[NetworkNode]:
    """Return neighbours by what they are joined with, then the largest first."""
    ends: dict[str, int] = {}
    for edge in edges:
        ends.setdefault(edge.target, len(ends))
    target = {edge.source: ends[edge.target] for edge in reversed(edges)}
    return sorted(nodes, key=lambda node: (target.get(node.id, 0), -(node.beds or 0), node.label, node.id))


def _list_neighbours(
    nodes: Sequence[NetworkNode], scale: _Scale, language: str, _: Translate, *, mirrored: bool = False
) -> _Column:
    """Return names, beds and circles, the circles on the right; mirrored, on the left."""
    marks: list[Mark] = []
    anchors = {}
    y = 0.0
    side, anchor = (1.0, "start") if mirrored else (-1.0, "end")
    centre = _LARGEST if mirrored else _NEIGHBOUR - _LARGEST
    start = centre + side * (_LARGEST + 6.0)
    room = max((measure_text(say_beds(node.beds, language, _), _SMALL) for node in nodes), default=0.0) + 10.0
    width = _NEIGHBOUR - 2 * _LARGEST - 6.0 - room
    for node in nodes:
        lines = break_words(node.label, width, size=_LABEL).split("\n")
        high, radius = max(scale.height(node.beds), _LINE * len(lines) + 5.0), scale.radius(node.beds)
        middle = y + high / 2
        beds = say_beds(node.beds, language, _)
        marks.append(Text(start, middle + 0.35 * _SMALL, beds, _SMALL, fill=QUIET, anchor=anchor))
        marks += draw_lines(lines, start + side * room, middle, size=_LABEL, leading=_LINE, anchor=anchor)
        marks.append(Disc(centre, middle, radius, "#7fb2d6", BLUE, note=f"{node.label} · {node.kind_label}"))
        anchors[node.id] = _Anchor(centre - radius, centre + radius, middle - radius, middle + radius)
        y += high
    return _Column(marks, anchors, y)


def _find_passing(view: NetworkView) -> list[str]:
    """Return the kinds of links that pass by the groups, from a neighbour to the facility or to one of its sites."""
    kinds = {node.id: node.kind for node in view.nodes}
    return list(
        dict.fromkeys(
            edge.kind
            for edge in view.edges
            if kinds[edge.source] == "neighbour" and kinds[edge.target] in ("facility", "site")
        )
    )


def _stack_boxes(nodes: Sequence[NetworkNode], width: float, colour: str, *, passing: Sequence[str] = ()) -> _Column:
    """Return boxes one below the other; under them, lanes for kinds of links that pass by."""
    marks: list[Mark] = []
    anchors = {}
    y = 0.0
    for node in nodes:
        words = break_words(node.kind_label, width - 2 * _PAD, size=_SMALL).split("\n")
        lines = break_words(node.label, width - 2 * _PAD, size=_LABEL).split("\n")
        high = _LINE * (len(lines) + len(words)) + 2 * _PAD
        marks.append(Box(0.0, y, width, high, "white", colour, 1.2, 4.0, note=node.label))
        middle = width / 2
        top = y + _PAD + _LINE * len(words) / 2
        marks += draw_lines(words, middle, top, size=_SMALL, leading=_LINE, fill=QUIET, anchor="middle")
        below = y + _PAD + _LINE * (len(words) + len(lines) / 2)
        marks += draw_lines(lines, middle, below, size=_LABEL, leading=_LINE, anchor="middle", weight=600)
        anchors[node.id] = _Anchor(0.0, width, y, y + high)
        y += high + _SPACE
    for kind in passing:
        anchors[f"lane:{kind}"] = _Anchor(0.0, width, y, y)
        y += 8.0
    return _Column(marks, anchors, y - (8.0 if passing else _SPACE))


def _draw_facility(nodes: _Nodes, scale: _Scale, language: str, _: Translate) -> _Column:
    """Return the box of the facility with its sites inside, the largest first."""
    facility, sites = nodes["facility"][0], nodes.get("site", [])
    room = _FACILITY - 2 * _PAD
    name = break_words(facility.label, room, size=16.0).split("\n")
    summary = f"{facility.kind_label} · {say_beds(facility.beds, language, _)}"
    small = break_words(summary, room, size=_SMALL).split("\n")
    y = 2 * _PAD + 20.0 * len(name) + _LINE * len(small)
    middle = _FACILITY / 2
    words: list[Mark] = [
        *draw_lines(name, middle, _PAD + 10.0 * len(name), size=16.0, leading=20.0, anchor="middle", weight=600),
        *draw_lines(
            small,
            middle,
            _PAD + 20.0 * len(name) + _LINE * len(small) / 2,
            size=_SMALL,
            leading=_LINE,
            anchor="middle",
            fill=QUIET,
        ),
    ]
    anchors = {}
    for site in sorted(sites, key=lambda node: (-(node.beds or 0), node.label, node.id)):
        beds = say_beds(site.beds, language, _)
        left, end = _PAD + 2 * _LARGEST + 6.0, _FACILITY - _PAD
        lines = break_words(site.label, end - left - measure_text(beds, _SMALL) - 8.0, size=_LABEL).split("\n")
        high, radius = max(scale.height(site.beds), _LINE * len(lines) + 5.0), scale.radius(site.beds)
        words.append(Disc(_PAD + _LARGEST, y + high / 2, radius, "#7fb2d6", BLUE, note=site.label))
        words += draw_lines(lines, left, y + high / 2, size=_LABEL, leading=_LINE)
        words.append(Text(end, y + high / 2 + 0.35 * _SMALL, beds, _SMALL, fill=QUIET, anchor="end"))
        anchors[site.id] = _Anchor(0.0, _FACILITY, y, y + high)
        y += high
    y += _PAD if sites else 0.0
    anchors[facility.id] = _Anchor(0.0, _FACILITY, 0.0, y)
    return _Column([Box(0.0, 0.0, _FACILITY, y, _GROUND, BLUE, 1.6, 6.0), *words], anchors, y)


def say_beds(beds: int | None, language: str, _: Translate) -> str:
    """Return a number of beds and places in words; nothing for what has none."""
    if beds is None:
        return ""
    return _("1 bed") if beds == 1 else _("{n} beds", n=format_count(beds, language))


def _colour_kinds(view: NetworkView) -> Mapping[str, str]:
    """Return the colour of each kind of link; what a provider gives has one colour for all, its box says what it is."""
    provided = {node.id for node in view.nodes if node.kind == "provider"}
    kinds = dict.fromkeys(edge.kind for edge in view.edges if edge.source not in provided)
    return MappingProxyType({kind: _COLOURS[min(i, len(_COLOURS) - 1)] for i, kind in enumerate(kinds)})


def _draw_edge(edge: NetworkEdge, anchors: Mapping[str, _Anchor], colours: Mapping[str, str]) -> Path:
    one, other = anchors[edge.source], anchors[edge.target]
    if one.right <= other.left or other.right <= one.left:
        d = _curve(_find_stops(one, other, anchors.get(f"lane:{edge.kind}")))
    elif one.bottom <= other.top:
        d = f"M{(one.left + one.right) / 2:g} {one.bottom:g}V{other.top:g}"
    else:
        # From below, along the left edge: boxes further down leave room for it.
        d = f"M{other.left + _INDENT / 2:g} {other.bottom:g}V{one.y:g}H{one.left:g}"
    dash = "6 4" if edge.assumed else ""
    return Path(d, line=colours.get(edge.kind, _PROVIDED), stroke=1.5, dash=dash)


def _find_stops(one: _Anchor, other: _Anchor, lane: _Anchor | None) -> list[tuple[float, float]]:
    """Return where a line between columns starts, is level, and ends."""
    if other.right <= one.left:
        return [(one.left, one.y), (other.right, other.y)]
    stops = [(one.right, one.y), (other.left, other.y)]
    if lane is not None and one.right < lane.left and lane.right < other.left:
        stops[1:1] = [(lane.left, lane.y), (lane.right, lane.y)]
    return stops


def _curve(stops: Sequence[tuple[float, float]]) -> str:
    d = f"M{stops[0][0]:g} {stops[0][1]:g}"
    for (ax, ay), (bx, by) in pairwise(stops):
        bend = (ax + bx) / 2
        d += f"C{bend:g} {ay:g} {bend:g} {by:g} {bx:g} {by:g}"
    return d


def _say_network(view: NetworkView, _: Translate) -> str:
    def count(kind: str) -> str:
        return format_count(sum(node.kind == kind for node in view.nodes), view.language)

    assumed = sum(edge.assumed for edge in view.edges)
    return _(
        "Neighbours: {neighbours}. Sites: {sites}. Providers: {providers}. An attack on any of them can come along a "
        "line; links that are assumed: {assumed} of {links}. The area of a circle grows with the number of beds and "
        "places.",
        neighbours=count("neighbour"),
        sites=count("site"),
        providers=count("provider"),
        assumed=format_count(assumed, view.language),
        links=format_count(len(view.edges), view.language),
    )


def tabulate_network(view: NetworkView) -> str:
    """Return the links as CSV (RFC 4180), formulas neutralised."""
    _ = translator(view.language)
    nodes = {node.id: node for node in view.nodes}
    rows: list[list[Cell]] = [
        [
            nodes[edge.source].label,
            nodes[edge.source].kind_label,
            nodes[edge.source].beds,
            nodes[edge.target].label,
            edge.kind_label,
            _("yes") if edge.assumed else _("no"),
        ]
        for edge in view.edges
    ]
    header = [_("From"), _("What it is"), _("Beds and places"), _("To"), _("Link"), _("Assumed")]
    return write_csv((header, rows))
