"""Boxes in rows, and lines between them that run at right angles in the gaps, like the map of an underground.

Between two rows runs a gutter with horizontal tracks, between two columns a channel with vertical ones. A line leaves
its box into a gutter, follows a channel to the gutter beside the other row, and ends at its box. Tracks are given from
left to right to the first that is free (the left-edge algorithm of channel routing; Hashimoto and Stevens 1971,
doi:10.1145/800158.805069), so lines of different nets never lie on each other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from statistics import median

from hygie.views.picture_nets import Arrow, Net

__all__ = ["Cell", "Grid", "Place", "Route", "route_nets"]

# Distances between tracks, of the first track from a box, and the step of columns and of lines at a box [px].
_TRACK, _EDGE, _STEP = 6.5, 11.0, 8.0
_EMPTY_GUTTER = 16.0
Port = tuple[str, bool, int]


@dataclass(frozen=True, slots=True)
class Cell:
    """A box of the grid: its row from the top, its column from the left."""

    row: int
    column: int


@dataclass(frozen=True, slots=True)
class Grid:
    """What is to be placed: cells by box, heights of rows, least width of a box, left edge, room of a label [px]."""

    cells: Mapping[str, Cell]
    row_heights: Sequence[float]
    box_width: float
    columns: int
    left: float = 0.0
    label_room: float = 24.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a box stands [px]."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Route:
    """An arrow as corners [px], from the hub of its net to the other end."""

    net: Net
    arrow: Arrow
    points: tuple[tuple[float, float], ...]


@dataclass(slots=True)
class _Lines:
    """A net on the grid: its gutters with the boxes each serves, and the channel that joins them."""

    net: Net
    home: int
    served: dict[int, list[str]]
    channel: int | None


def route_nets(nets: Sequence[Net], grid: Grid) -> tuple[dict[str, Place], list[Route], float, float]:
    """Return where boxes stand, the corners of each arrow, and the size of the drawing [px]."""
    lines = [_trace(net, grid) for net in nets]
    grid = replace(grid, box_width=_fit_width(lines, grid))
    channel_track = _assign(
        {
            channel: [
                (index, float(min(line.served)), float(max(line.served)))
                for index, line in enumerate(lines)
                if line.channel == channel
            ]
            for channel in range(grid.columns + 1)
        },
        margin=0.5,
    )
    widths = [_width_of(channel_track, channel) for channel in range(grid.columns + 1)]
    column_x = [grid.left + sum(widths[: column + 1]) + column * grid.box_width for column in range(grid.columns)]
    ports = _place_ports(lines, grid, column_x)
    channel_x = {
        index: _channel_left(line.channel, column_x, widths, grid) + _EDGE + _TRACK * channel_track[line.channel][index]
        for index, line in enumerate(lines)
        if line.channel is not None
    }
    spans = {
        (index, gutter): _span(index, line, gutter, ports, channel_x)
        for index, line in enumerate(lines)
        for gutter in line.served
    }
    rows = len(grid.row_heights)
    gutter_track = _assign(
        {
            gutter: [(index, *spans[index, gutter]) for index, line in enumerate(lines) if gutter in line.served]
            for gutter in range(rows + 1)
        },
        margin=5.0,
    )
    gutter_height = [
        2 * _EDGE + _TRACK * max(gutter_track[gutter].values()) if gutter_track[gutter] else _EMPTY_GUTTER
        for gutter in range(rows + 1)
    ]
    row_y = [sum(gutter_height[: row + 1]) + sum(grid.row_heights[:row]) for row in range(rows)]
    places = {
        name: Place(column_x[cell.column], row_y[cell.row], grid.box_width, grid.row_heights[cell.row])
        for name, cell in grid.cells.items()
    }
    return (
        places,
        [
            route
            for index, line in enumerate(lines)
            for route in _draw(index, line, grid, places, ports, channel_x, gutter_track, row_y)
        ],
        grid.left + sum(widths) + grid.columns * grid.box_width,
        sum(gutter_height) + sum(grid.row_heights),
    )


def _trace(net: Net, grid: Grid) -> _Lines:
    """Return the gutters that a net uses, and the channel between them nearest to what it joins."""
    hub = grid.cells[net.hub]
    home = hub.row + 1 if net.below else hub.row
    served: dict[int, list[str]] = {home: [net.hub]}
    for arrow in net.arrows:
        spoke = net.spoke(arrow)
        row = grid.cells[spoke].row
        # Boxes of the hub's own row share its gutter; others are met on the side from which the line comes.
        gutter = home if row == hub.row else row if net.below else row + 1
        served.setdefault(gutter, []).append(spoke)
    if len(served) == 1:
        return _Lines(net, home, served, None)
    middle = median([grid.cells[net.spoke(arrow)].column + 0.5 for arrow in net.arrows] + [hub.column + 0.5] * 2)
    # Half a box apart on both sides: the side of the hub.
    channel = min(range(grid.columns + 1), key=lambda c: (abs(c - middle), abs(c - hub.column - 0.5), c))
    return _Lines(net, home, served, channel)


def _fit_width(lines: Sequence[_Lines], grid: Grid) -> float:
    """Return a width of boxes with room for every line that ends on one side of one box, on the common step."""
    ends: Counter[tuple[str, bool]] = Counter()
    for line in lines:
        for gutter, names in line.served.items():
            for name in names:
                ends[name, grid.cells[name].row == gutter - 1] += round(_port_room(line.net, name, grid))
    return _STEP * ceil(max(grid.box_width, max(ends.values(), default=0) + _STEP) / _STEP)


def _port_room(net: Net, name: str, grid: Grid) -> float:
    """Return the room that the end of a line takes on a side of a box: more where words stand at its head."""
    return grid.label_room if name != net.hub and any(arrow.label for arrow in net.arrows) else _STEP


def _assign(wanted: Mapping[int, Sequence[tuple[int, float, float]]], *, margin: float) -> dict[int, dict[int, int]]:
    """Return the track of each interval (net, from, to), lane by lane: the first one that is free."""
    given: dict[int, dict[int, int]] = {}
    for lane, intervals in wanted.items():
        ends: list[float] = []
        given[lane] = {}
        for net, start, end in sorted(intervals, key=lambda interval: (interval[1], -interval[2], interval[0])):
            track = next((i for i, last in enumerate(ends) if last + margin <= start), len(ends))
            ends[track : track + 1] = [end]
            given[lane][net] = track
    return given


def _width_of(tracks: Mapping[int, Mapping[int, int]], channel: int) -> float:
    used = tracks[channel].values()
    width = 2 * _EDGE + _TRACK * max(used) if used else 2 * _EDGE
    # Columns on a common step, so that lines above and below a gutter never meet head on.
    return _STEP * ceil(width / _STEP)


def _channel_left(channel: int | None, column_x: Sequence[float], widths: Sequence[float], grid: Grid) -> float:
    assert channel is not None
    return column_x[channel] - widths[channel] if channel < grid.columns else column_x[-1] + grid.box_width


def _place_ports(lines: Sequence[_Lines], grid: Grid, column_x: Sequence[float]) -> dict[Port, float]:
    """Return the abscissa of each line at each box it touches: (box, below, net)."""
    aims: dict[tuple[str, bool], list[tuple[float, int]]] = {}
    for index, line in enumerate(lines):
        for gutter, names in line.served.items():
            for name in names:
                below = grid.cells[name].row == gutter - 1
                aims.setdefault((name, below), []).append((_aim(line, gutter, name, grid, column_x), index))
    ports: dict[Port, float] = {}
    for (name, below), wanted in aims.items():
        middle = column_x[grid.cells[name].column] + grid.box_width / 2
        rooms = {index: _port_room(lines[index].net, name, grid) for _, index in wanted}
        left = middle - sum(rooms.values()) / 2
        # Above a box in the middle of the common step, below a box on it.
        offset = _STEP / 2 if below else 0.0
        for _, index in sorted(wanted):
            ports[name, below, index] = floor((left + rooms[index] / 2) / _STEP + 0.5) * _STEP - offset
            left += rooms[index]
    _align(lines, ports, grid)
    return ports


def _align(lines: Sequence[_Lines], ports: dict[Port, float], grid: Grid) -> None:
    """Make a line of one arrow straight where it would turn aside by a step only."""
    for index, line in enumerate(lines):
        names = line.served[line.home]
        if len(line.net.arrows) > 1 or line.channel is not None:
            continue
        ends = [(name, grid.cells[name].row == line.home - 1, index) for name in names]
        if abs(ports[ends[0]] - ports[ends[1]]) < _STEP:
            ports[ends[1]] = ports[ends[0]]


def _aim(line: _Lines, gutter: int, name: str, grid: Grid, column_x: Sequence[float]) -> float:
    """Return where a line goes from a box: lines are ordered along a side by it."""
    others = [column_x[grid.cells[other].column] for other in line.served[gutter] if other != name]
    if line.channel is not None:
        others.append(column_x[line.channel] - 1.0 if line.channel < grid.columns else column_x[-1] + grid.box_width)
    return sum(others) / len(others) if others else column_x[grid.cells[name].column]


def _span(
    index: int, line: _Lines, gutter: int, ports: Mapping[Port, float], channel_x: Mapping[int, float]
) -> tuple[float, float]:
    xs = [x for (name, _, net), x in ports.items() if net == index and name in line.served[gutter]]
    xs += [channel_x[index]] if index in channel_x else []
    return min(xs), max(xs)


def _draw(
    index: int,
    line: _Lines,
    grid: Grid,
    places: Mapping[str, Place],
    ports: Mapping[Port, float],
    channel_x: Mapping[int, float],
    gutter_track: Mapping[int, Mapping[int, int]],
    row_y: Sequence[float],
) -> list[Route]:
    def port_of(name: str, gutter: int) -> tuple[float, float]:
        below = grid.cells[name].row == gutter - 1
        place = places[name]
        return ports[name, below, index], place.y + (place.height if below else 0.0)

    def track_y(gutter: int) -> float:
        top = row_y[gutter - 1] + grid.row_heights[gutter - 1] if gutter else 0.0
        return top + _EDGE + _TRACK * gutter_track[gutter][index]

    routes = []
    start = port_of(line.net.hub, line.home)
    gutters = {name: gutter for gutter, names in line.served.items() for name in names if name != line.net.hub}
    for arrow in line.net.arrows:
        gutter = gutters[line.net.spoke(arrow)]
        end = port_of(line.net.spoke(arrow), gutter)
        points = [start, (start[0], track_y(line.home))]
        if gutter != line.home:
            points += [(channel_x[index], track_y(line.home)), (channel_x[index], track_y(gutter))]
        points += [(end[0], track_y(gutter)), end]
        routes.append(Route(line.net, arrow, _straighten(points)))
    return routes


def _straighten(points: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    """Return corners without those that turn nowhere."""
    kept: list[tuple[float, float]] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and (kept[-2][0] == kept[-1][0] == point[0] or kept[-2][1] == kept[-1][1] == point[1]):
            kept[-1] = point
        else:
            kept.append(point)
    return tuple(kept)
