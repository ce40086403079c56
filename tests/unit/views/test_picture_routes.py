"""Lines between boxes: each arrow once, ends at its boxes, never on another line, never through a box."""

from __future__ import annotations

import random
from collections import Counter
from itertools import pairwise

import pytest

from hygie.views.picture_nets import Arrow, bundle_arrows
from hygie.views.picture_routes import Cell, Grid, Place, Route, route_nets
from hygie.views.picture_rows import Band, arrange_rows
from zone_graph_kit import make_zone_graph

Segment = tuple[float, float, float, float]


def scatter(seed: int, *, boxes: int, arrows: int, labelled: bool = False) -> tuple[list[Band], list[Arrow]]:
    """Return bands of boxes and arrows at random between them."""
    dice = random.Random(seed)  # noqa: S311
    names = [f"b{i}" for i in range(boxes)]
    cuts = sorted(dice.sample(range(1, boxes), 4))
    bands = [Band(f"band{i}", "", tuple(names[a:b])) for i, (a, b) in enumerate(pairwise([0, *cuts, boxes]))]
    pairs = dice.sample([(a, b) for a in names for b in names if a != b], arrows)
    return bands, [Arrow(a, b, dice.choice("xyz"), "12 h" if labelled else "") for a, b in pairs]


def lay_out(bands: list[Band], arrows: list[Arrow]) -> tuple[dict[str, Place], list[Route], float, float]:
    cells, row_bands, columns = arrange_rows(bands, arrows, most=6)
    nets = bundle_arrows(arrows, {name: cell.row for name, cell in cells.items()})
    return route_nets(nets, Grid(cells, [50.0] * len(row_bands), 130.0, columns, left=104.0))


def segments(route: Route) -> list[Segment]:
    """Return left, top, right, bottom of each straight part."""
    return [(min(a, c), min(b, d), max(a, c), max(b, d)) for (a, b), (c, d) in pairwise(route.points)]


CASES = [
    *((seed, 33, 95, False) for seed in range(4)),
    (11, 60, 250, False),
    (12, 20, 60, True),
    (13, 6, 25, False),
]


@pytest.mark.parametrize(("seed", "boxes", "arrows", "labelled"), CASES)
def test_lines_touch_their_boxes_and_nothing_else(seed: int, boxes: int, arrows: int, labelled: bool) -> None:
    bands, wanted = scatter(seed, boxes=boxes, arrows=arrows, labelled=labelled)
    places, routes, width, height = lay_out(bands, wanted)
    assert Counter(route.arrow for route in routes) == Counter(wanted)
    for route in routes:
        ends = {route.net.hub: route.points[0], route.net.spoke(route.arrow): route.points[-1]}
        assert set(ends) == {route.arrow.source, route.arrow.target}
        for name, (x, y) in ends.items():
            place = places[name]
            assert place.x + 3.0 <= x <= place.x + place.width - 3.0
            assert y in (place.y, place.y + place.height)
        for left, top, right, bottom in segments(route):
            assert left == right or top == bottom
            assert 0.0 <= left <= right <= width
            assert 0.0 <= top <= bottom <= height
            for place in places.values():
                inside = left < place.x + place.width and right > place.x
                assert not (inside and top < place.y + place.height and bottom > place.y)


@pytest.mark.parametrize(("seed", "boxes", "arrows", "labelled"), CASES)
def test_lines_of_different_nets_never_lie_on_each_other(seed: int, boxes: int, arrows: int, labelled: bool) -> None:
    bands, wanted = scatter(seed, boxes=boxes, arrows=arrows, labelled=labelled)
    _places, routes, _width, _height = lay_out(bands, wanted)
    parts = [(id(route.net), segment) for route in routes for segment in segments(route)]
    for index, (net, one) in enumerate(parts):
        for other_net, other in parts[index + 1 :]:
            if net == other_net:
                continue
            upright = one[0] == one[2] == other[0] == other[2]
            level = one[1] == one[3] == other[1] == other[3]
            assert not (upright and min(one[3], other[3]) > max(one[1], other[1])), (one, other)
            assert not (level and min(one[2], other[2]) > max(one[0], other[0])), (one, other)


@pytest.mark.parametrize("seed", range(3))
def test_boxes_do_not_overlap(seed: int) -> None:
    bands, wanted = scatter(seed, boxes=40, arrows=120)
    places, *_ = lay_out(bands, wanted)
    assert set(places) == {name for band in bands for name in band.names}
    boxes = list(places.values())
    for index, one in enumerate(boxes):
        for other in boxes[index + 1 :]:
            aside = one.x + one.width <= other.x or other.x + other.width <= one.x
            apart = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert aside or apart


def test_bands_stay_in_order() -> None:
    bands, wanted = scatter(1, boxes=40, arrows=120)
    places, *_ = lay_out(bands, wanted)
    for above, below in pairwise(bands):
        lowest = max(places[name].y + places[name].height for name in above.names)
        assert lowest < min(places[name].y for name in below.names)


def test_arrows_that_share_an_end_are_one_line() -> None:
    arrows = [Arrow("hub", name, "x") for name in "abcd"] + [Arrow(name, "sink", "x") for name in "abc"]
    rows = {"hub": 0, **dict.fromkeys("abcd", 1), "sink": 2}
    nets = bundle_arrows(arrows, rows)
    assert [(net.hub, net.outward, net.below, len(net.arrows)) for net in nets] == [
        ("hub", True, True, 4),
        ("sink", False, False, 3),
    ]
    # Where bundles are by start only, each source has its own.
    assert [net.hub for net in bundle_arrows(arrows, rows, outward_only=True)] == ["hub", "a", "b", "c"]


def test_a_real_graph_needs_few_lines() -> None:
    view = make_zone_graph()
    arrows = [Arrow(passage.source, passage.target, passage.kind) for passage in view.passages]
    rows = {zone.id: index // 6 for index, zone in enumerate(view.zones)}
    assert len(arrows) > 90
    assert len(bundle_arrows(arrows, rows)) < 0.6 * len(arrows)


def test_neighbours_in_the_graph_stand_close() -> None:
    bands = [Band("above", "", ("a", "b", "c")), Band("below", "", ("x", "y", "z"))]
    arrows = [Arrow("a", "z", "k"), Arrow("b", "y", "k"), Arrow("c", "x", "k")]
    cells, rows, columns = arrange_rows(bands, arrows, most=6)
    assert (rows, columns) == (["above", "below"], 3)
    assert all(cells[arrow.source].column == cells[arrow.target].column for arrow in arrows)
    assert cells["a"] == Cell(cells["a"].row, cells["z"].column)


def test_an_arrow_to_itself_is_not_drawn() -> None:
    assert bundle_arrows([Arrow("a", "a", "x")], {"a": 0}) == []
