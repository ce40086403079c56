"""The zones of a facility as two pictures: how an attack can move, and what needs what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType

from hygie.views.charts_data import Cell as CsvCell
from hygie.views.charts_data import write_csv
from hygie.views.charts_landscape_layout import break_words, shorten
from hygie.views.charts_layout import QUIET
from hygie.views.facility import BANDS, PASSAGE_KINDS, FacilityGraphView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_number
from hygie.views.picture import Box, Disc, KeyLine, Mark, Path, Picture, Text, draw_lines, frame_picture
from hygie.views.picture_nets import Arrow, bundle_arrows
from hygie.views.picture_routes import Grid, Place, Route, route_nets
from hygie.views.picture_rows import Band, arrange_rows
from hygie.views.theme import INK
from hygie.views.zone_merging import ZoneBox, merge_sites

__all__ = [
    "PASSAGE_COLOURS",
    "ZONE_CHART_IDS",
    "ZoneLabel",
    "band_label",
    "draw_attack_ways",
    "draw_needs",
    "draw_zone_map",
    "passage_label",
    "tabulate_attack_ways",
    "tabulate_needs",
    "way_label",
    "zone_bands",
    "zone_label",
]

ZONE_CHART_IDS = ("attack_ways", "needs")

# Okabe & Ito 2008, safe for colour-blind readers, and ink; some are dashed, for print in grey.
PASSAGE_COLOURS = MappingProxyType(
    {
        "entry": (INK, "2 3"),
        "spread": ("#0072b2", ""),
        "rights": ("#9b3d8f", ""),
        "backup": ("#00785a", "9 3"),
        "machines": ("#d55e00", ""),
        "back": ("#b07a00", "5 3"),
    }
)
# Longest time without a zone [h] of each class, and its colour: the shorter, the darker.
_PATIENCE = (
    (1.0, "#08304f", ""),
    (8.0, "#1a6aa3", ""),
    (24.0, "#9a5500", ""),
    (float("inf"), "#5b6a79", "5 3"),
)
# Ground, line and dark tone of each band.
_GROUNDS = MappingProxyType(
    {
        "outside": ("#f3f4f6", "#c3cad1", "#5b6a79"),
        "edge": ("#eaf2f8", "#a9c6dc", "#0b5c94"),
        "users": ("#eaf2f8", "#a9c6dc", "#0b5c94"),
        "core": ("#eaf2f8", "#a9c6dc", "#0b5c94"),
        "applications": ("#eaf2f8", "#a9c6dc", "#0b5c94"),
        "medical_ot": ("#e6f3ee", "#9fcdb9", "#00664c"),
        "iomt": ("#e6f3ee", "#9fcdb9", "#00664c"),
        "building_ot": ("#f8f0e2", "#dcc392", "#7a5200"),
    }
)
_LABEL, _SMALL, _PIN, _LINE = 14.0, 12.0, 11.0, 17.0
_SIDE, _PAD, _BOX, _MOST, _ROUND = 104.0, 7.0, 130.0, 6, 6.0


@dataclass(frozen=True, slots=True)
class ZoneLabel:
    """What a box says, and its ground."""

    lines: tuple[str, ...]
    small: str
    note: str
    several: bool = False
    fill: str = "white"


def draw_attack_ways(view: FacilityGraphView) -> Picture:
    """Return the picture of how an attack can move: ways in, zones with their machines, ways between zones."""
    _ = translator(view.language)
    boxes, box_of = merge_sites(view)
    # Ways in that lead to one zone share a box; a prefix keeps its name apart from that of the zone.
    ways: dict[str, list[str]] = {}
    for way in view.entries:
        ways.setdefault(box_of[way.zone], []).append(way.label)
    arrows = [Arrow(f"way:{zone}", zone, "entry") for zone in ways]
    arrows += [Arrow(box_of[way.source], box_of[way.target], way.kind) for way in view.passages]
    labels = {box.id: zone_label(box, _count_machines(box, view.language, _)) for box in boxes}
    labels |= {f"way:{zone}": way_label(words) for zone, words in ways.items()}
    bands = zone_bands(boxes, _)
    if ways:
        bands.insert(0, Band("outside", band_label("outside", _), tuple(f"way:{zone}" for zone in ways)))
    used = {arrow.kind for arrow in arrows}
    key = [KeyLine(passage_label(kind, _), *PASSAGE_COLOURS[kind]) for kind in PASSAGE_KINDS if kind in used]
    marks, size = draw_zone_map(bands, arrows, labels, {kind: PASSAGE_COLOURS[kind] for kind in used})
    title = _("{name}: how an attack can move", name=shorten(view.name))
    return frame_picture("attack_ways", marks, title=title, sentence=_say_ways(view, len(boxes), _), size=size, key=key)


def draw_needs(view: FacilityGraphView) -> Picture:
    """Return the picture of what needs what, and for how long it can do without."""
    _ = translator(view.language)
    boxes, box_of = merge_sites(view)
    # Of two needs between the same boxes, the one felt first is drawn.
    first: dict[tuple[str, str], float] = {}
    for need in sorted(view.needs, key=lambda need: need.autonomy_h):
        first.setdefault((box_of[need.needs], box_of[need.zone]), need.autonomy_h)
    arrows = [
        Arrow(*ends, str(_patience(hours)), format_delay(hours, _, view.language)) for ends, hours in first.items()
    ]
    labels = {box.id: zone_label(box, _count_sites(box, view.language, _)) for box in boxes}
    colours = {str(index): (colour, dash) for index, (_limit, colour, dash) in enumerate(_PATIENCE)}
    used = sorted({arrow.kind for arrow in arrows})
    key = [KeyLine(_patience_labels(_)[int(kind)], *colours[kind]) for kind in used]
    marks, size = draw_zone_map(zone_bands(boxes, _), arrows, labels, colours)
    title = _("{name}: what needs what, and for how long it can do without", name=shorten(view.name))
    return frame_picture("needs", marks, title=title, sentence=_say_needs(view, len(boxes), _), size=size, key=key)


def band_label(band: str, _: Translate) -> str:
    """Return the name of a band of zones."""
    labels = {
        "outside": _("Outside"),
        "edge": _("IT at the edge"),
        "users": _("Workstations"),
        "core": _("IT core"),
        "applications": _("Applications"),
        "medical_ot": _("Medical equipment"),
        "iomt": _("Devices at the bedside"),
        "building_ot": _("Building"),
    }
    return labels[band]


def passage_label(kind: str, _: Translate) -> str:
    """Return what an attack does on a way of a kind."""
    labels = {
        "entry": _("way in"),
        "spread": _("spreads from system to system"),
        "rights": _("seizes or uses administration rights"),
        "backup": _("reaches the backups"),
        "machines": _("reaches technical equipment"),
        "back": _("comes back from equipment to IT"),
    }
    return labels[kind]


def _patience_labels(_: Translate) -> tuple[str, ...]:
    return (
        _("missed within the hour"),
        _("missed within 8 hours"),
        _("missed within a day"),
        _("missed later"),
    )


def _patience(hours: float) -> int:
    return next(index for index, (limit, _colour, _dash) in enumerate(_PATIENCE) if hours <= limit)


def format_delay(hours: float, _: Translate, language: str) -> str:
    """Return a time without something, short: in hours or in days."""
    if hours < 48:
        return _("{n} h", n=format_number(hours, language))
    return _("{n} d", n=format_number(hours / 24.0, language))


def _count_machines(box: ZoneBox, language: str, _: Translate) -> str:
    machines = _("1 machine") if box.hosts == 1 else _("{n} machines", n=format_count(box.hosts, language))
    sites = _count_sites(box, language, _)
    return f"{machines} · {sites}" if sites else machines


def _count_sites(box: ZoneBox, language: str, _: Translate) -> str:
    return "" if len(box.zones) == 1 else _("{n} sites", n=format_count(len(box.zones), language))


def zone_label(box: ZoneBox, small: str) -> ZoneLabel:
    """Return what the box of a zone says, `small` below its name."""
    note = " · ".join(shorten(zone.label) for zone in box.zones)
    lines = break_words(box.label, _BOX - 10.0, size=_LABEL).split("\n")
    return ZoneLabel(tuple(lines), small, note, several=len(box.zones) > 1)


def way_label(ways: Sequence[str]) -> ZoneLabel:
    """Return what the box of ways in says."""
    room = _BOX - 12.0
    lines = [line for way in ways for line in break_words(way, room, size=_LABEL).split("\n")]
    return ZoneLabel(tuple(lines), "", " · ".join(map(shorten, ways)))


def zone_bands(boxes: Sequence[ZoneBox], _: Translate) -> list[Band]:
    """Return the bands that have boxes, from the outside in."""
    return [
        Band(band, band_label(band, _), names)
        for band in BANDS
        if (names := tuple(box.id for box in boxes if box.band == band))
    ]


def draw_zone_map(
    bands: Sequence[Band],
    arrows: Sequence[Arrow],
    labels: Mapping[str, ZoneLabel],
    colours: Mapping[str, tuple[str, str]],
) -> tuple[list[Mark], tuple[float, float]]:
    """Return the marks of a map of boxes and lines, and its size [px]."""
    cells, row_bands, columns = arrange_rows(bands, arrows, most=_MOST)
    pinned = any(arrow.label for arrow in arrows)
    heights = [
        max(_box_height(labels[name], pinned=pinned) for name, cell in cells.items() if cell.row == row)
        for row in range(len(row_bands))
    ]
    nets = bundle_arrows(arrows, {name: cell.row for name, cell in cells.items()}, outward_only=pinned)
    grid = Grid(cells, heights, _BOX, columns, left=_SIDE)
    places, routes, width, height = route_nets(nets, grid)
    marks: list[Mark] = []
    for band in bands:
        marks += _draw_band(band, [places[name] for name in band.names], width)
        # One zone at several sites looks like a pile of boxes.
        marks += [_draw_ground(places[name], band.id, by=3.0) for name in band.names if labels[name].several]
    for _net, line in groupby(routes, key=lambda route: id(route.net)):
        marks += _draw_net(list(line), colours, labels)
    for band in bands:
        for name in band.names:
            marks += _draw_box(labels[name], places[name], band.id)
    marks += [_draw_pin(route, colours[route.net.kind][0]) for route in routes if route.arrow.label]
    return marks, (width, height)


def _box_height(label: ZoneLabel, *, pinned: bool) -> float:
    return _LINE * (len(label.lines) + bool(label.small)) + (2 * (_PIN + 5.0) if pinned else 14.0)


def _draw_band(band: Band, places: Sequence[Place], width: float) -> list[Mark]:
    ground, line, tone = _GROUNDS[band.id]
    top = min(place.y for place in places) - _PAD
    bottom = max(place.y + place.height for place in places) + _PAD
    words = break_words(band.label, _SIDE - 20.0, size=_LABEL).split("\n")
    return [
        Box(0.0, top, width, bottom - top, ground, radius=4.0),
        Box(0.0, top, 4.0, bottom - top, line),
        *draw_lines(words, 12.0, (top + bottom) / 2, size=_LABEL, leading=_LINE, fill=tone, weight=600),
    ]


def _draw_ground(place: Place, band: str, *, by: float = 0.0, note: str = "", fill: str = "white") -> Box:
    return Box(place.x + by, place.y + by, place.width, place.height, fill, _GROUNDS[band][2], 1.2, 4.0, note)


def _draw_box(label: ZoneLabel, place: Place, band: str) -> list[Mark]:
    marks: list[Mark] = [_draw_ground(place, band, note=label.note, fill=label.fill)]
    middle = place.y + place.height / 2 - (_LINE / 2 if label.small else 0.0)
    centre = place.x + place.width / 2
    marks += draw_lines(label.lines, centre, middle, size=_LABEL, leading=_LINE, anchor="middle", weight=600)
    if label.small:
        below = middle + _LINE * (len(label.lines) + 1) / 2
        tone = QUIET if label.fill == "white" else INK
        marks += draw_lines([label.small], centre, below, size=_SMALL, leading=_LINE, fill=tone, anchor="middle")
    return marks


def _draw_net(
    line: Sequence[Route], colours: Mapping[str, tuple[str, str]], labels: Mapping[str, ZoneLabel]
) -> list[Mark]:
    """Return a line with its branches, on a pale edge that lifts it over what it crosses."""
    colour, dash = colours[line[0].net.kind]
    paths = {route.arrow: _round_corners(route.points) for route in line}
    marks: list[Mark] = [Path(d, line="white", stroke=4.6) for d in paths.values()]
    marks += [
        Path(d, line=colour, stroke=1.8, dash=dash, note=f"{labels[arrow.source].note} → {labels[arrow.target].note}")
        for arrow, d in paths.items()
    ]
    hub = line[0].points[:2]
    ends = [tuple(reversed(route.points))[:2] for route in line]
    for point, before in ends if line[0].net.outward else [hub]:
        marks.append(_draw_head(point, before, colour))
    for point, _before in [hub] if line[0].net.outward else ends:
        marks.append(Disc(point[0], point[1], 2.8, colour))
    return marks


def _draw_head(point: tuple[float, float], before: tuple[float, float], colour: str) -> Path:
    """Return the head of an arrow that arrives at a point from above or from below."""
    (x, y), away = point, 8.5 if before[1] > point[1] else -8.5
    return Path(f"M{x:g} {y:g}L{x - 3.7:g} {y + away:g}L{x + 3.7:g} {y + away:g}Z", fill=colour)


def _draw_pin(route: Route, colour: str) -> Text:
    """Return the words of an arrow, inside the box where it arrives."""
    (x, y), (_x, before) = route.points[-1], route.points[-2]
    inside = y - 5.0 if before > y else y + _PIN + 2.0
    return Text(x, inside, route.arrow.label, _PIN, fill=colour, anchor="middle")


def _round_corners(points: Sequence[tuple[float, float]]) -> str:
    d = f"M{points[0][0]:g} {points[0][1]:g}"
    for (ax, ay), (bx, by), (cx, cy) in zip(points, points[1:], points[2:], strict=False):
        into, out = abs(bx - ax) + abs(by - ay), abs(cx - bx) + abs(cy - by)
        reach = min(_ROUND, into / 2, out / 2)
        px, py = bx + (ax - bx) * reach / into, by + (ay - by) * reach / into
        qx, qy = bx + (cx - bx) * reach / out, by + (cy - by) * reach / out
        d += f"L{px:g} {py:g}Q{bx:g} {by:g} {qx:g} {qy:g}"
    return d + f"L{points[-1][0]:g} {points[-1][1]:g}"


def _say_ways(view: FacilityGraphView, boxes: int, _: Translate) -> str:
    sentence = _(
        "{zones} zones with about {machines} machines, {entries} ways in, {ways} ways from zone to zone. A line starts "
        "at a dot and goes wherever its arrows point; lines of one colour that share an end are drawn as one.",
        zones=format_count(len(view.zones), view.language),
        machines=format_count(sum(zone.hosts for zone in view.zones), view.language),
        entries=format_count(len(view.entries), view.language),
        ways=format_count(len(view.passages), view.language),
    )
    return " ".join([sentence, *_say_piles(view, boxes, _), view.basis])


def _say_needs(view: FacilityGraphView, boxes: int, _: Translate) -> str:
    sentence = _(
        "{needs} needs between {zones} zones. An arrow goes from a zone to those that cannot serve without it; the "
        "time beside its head is how long they can do without.",
        needs=format_count(len(view.needs), view.language),
        zones=format_count(len(view.zones), view.language),
    )
    return " ".join([sentence, *_say_piles(view, boxes, _), view.basis])


def _say_piles(view: FacilityGraphView, boxes: int, _: Translate) -> list[str]:
    if boxes == len(view.zones):
        return []
    return [
        _("A pile of boxes is one zone for each site: {boxes} boxes in all.", boxes=format_count(boxes, view.language))
    ]


def tabulate_attack_ways(view: FacilityGraphView) -> str:
    """Return the ways in and the ways between zones as CSV (RFC 4180), formulas neutralised."""
    _ = translator(view.language)
    zones = {zone.id: zone for zone in view.zones}
    rows: list[list[CsvCell]] = [
        [way.label, zones[way.zone].label, passage_label("entry", _), way.id, zones[way.zone].hosts]
        for way in view.entries
    ]
    rows += [
        [
            zones[passage.source].label,
            zones[passage.target].label,
            passage_label(passage.kind, _),
            passage.crossing,
            zones[passage.target].hosts,
        ]
        for passage in view.passages
    ]
    return write_csv(([_("From"), _("To"), _("What an attack does"), _("Step"), _("Machines there")], rows))


def tabulate_needs(view: FacilityGraphView) -> str:
    """Return what needs what as CSV (RFC 4180), formulas neutralised."""
    _ = translator(view.language)
    labels = {zone.id: zone.label for zone in view.zones}
    rows: list[list[CsvCell]] = [
        [labels[need.zone], labels[need.needs], need.autonomy_h, need.strength] for need in view.needs
    ]
    return write_csv(([_("Zone"), _("Needs"), _("Can do without (h)"), _("Share lost then")], rows))
