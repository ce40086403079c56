"""How often each zone is reached in a scenario, and which zones are down on a day, on the zone graph."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.views.charts_data import Cell, write_csv
from hygie.views.charts_landscape_layout import shorten
from hygie.views.charts_zone_graph import (
    PASSAGE_COLOURS,
    ZoneLabel,
    band_label,
    draw_zone_map,
    passage_label,
    way_label,
    zone_bands,
    zone_label,
)
from hygie.views.facility import PASSAGE_KINDS
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_percent
from hygie.views.picture import KeyLine, Picture, frame_picture
from hygie.views.picture_nets import Arrow
from hygie.views.picture_rows import Band
from hygie.views.scenario import ScenarioView, ZoneSpreadView
from hygie.views.zone_merging import ZoneBox, merge_sites

__all__ = ["count_reached", "draw_reached", "draw_zone_day", "has_intruders", "share_on_day", "tabulate_reached"]

# Grounds of boxes: from which share on, and the colour; dark text reads well on all of them.
_SHADES = ((0.75, "#efb37e"), (0.5, "#f4c69d"), (0.25, "#f8d9bd"), (0.05, "#fce8d6"), (0.005, "#fef4ea"))


def has_intruders(view: ScenarioView) -> bool:
    """Return whether somebody is inside the facility in such events; a provider can fail without."""
    return any(zone.reached or zone.hit for zone in view.zones)


def count_reached(view: ScenarioView) -> dict[str, float]:
    """Return the share of events that touch each zone: held or hit; down on its worst day, where few come inside."""
    inside = {zone.id: max(zone.reached, zone.hit) for zone in view.zones}
    if _is_attack(view):
        return inside
    return {zone.id: max(inside[zone.id], max(zone.down_share, default=0.0)) for zone in view.zones}


def _is_attack(view: ScenarioView) -> bool:
    """Return whether the event is an attack on the facility itself: at a provider, somebody comes inside rarely."""
    return has_intruders(view) and view.question.provider is None


def share_on_day(zone: ZoneSpreadView, day: int) -> float:
    """Return the share of events in which a zone is down on a day; on day 0, before the damage, in which it is held."""
    return zone.reached if day == 0 else zone.down_share[day - 1]


def draw_reached(view: ScenarioView) -> Picture:
    """Return the zones of the facility with how often each is reached, ways in and ways between them."""
    _ = translator(view.language)
    boxes, box_of = merge_sites(view.graph)
    shares = count_reached(view)
    labels = {box.id: _label(box, shares, view.language, _) for box in boxes}
    ways: dict[str, list[str]] = {}
    for way in view.graph.entries:
        ways.setdefault(box_of[way.zone], []).append(way.label)
    arrows = [Arrow(f"way:{zone}", zone, "entry") for zone in ways]
    arrows += [Arrow(box_of[way.source], box_of[way.target], way.kind) for way in view.graph.passages]
    labels |= {f"way:{zone}": way_label(words) for zone, words in ways.items()}
    bands = zone_bands(boxes, _)
    if ways:
        bands.insert(0, Band("outside", band_label("outside", _), tuple(f"way:{zone}" for zone in ways)))
    used = {arrow.kind for arrow in arrows}
    key = [KeyLine(passage_label(kind, _), *PASSAGE_COLOURS[kind]) for kind in PASSAGE_KINDS if kind in used]
    marks, size = draw_zone_map(bands, arrows, labels, {kind: PASSAGE_COLOURS[kind] for kind in used})
    return frame_picture(
        "reached",
        marks,
        title=_("{name}: how often each zone is touched", name=shorten(view.title)),
        sentence=_say_reached(view, shares, _),
        size=size,
        key=key,
    )


def draw_zone_day(view: ScenarioView, day: int) -> Picture:
    """Return the zones on a day after the damage, with the share of events in which each is down; 0 is before."""
    _ = translator(view.language)
    boxes, _box_of = merge_sites(view.graph)
    shares = {zone.id: share_on_day(zone, day) for zone in view.zones}
    labels = {box.id: _label(box, shares, view.language, _) for box in boxes}
    marks, size = draw_zone_map(zone_bands(boxes, _), [], labels, {})
    if day == 0:
        title = _("Before the damage: zones that the attackers hold")
        sentence = _("In how many of 100 events the attackers hold each zone; the darker, the more often.")
    else:
        title = _("Day {day}: zones with half of their function lost", day=format_count(day, view.language))
        sentence = _("In how many of 100 events each zone is down on that day; the darker, the more often.")
    return frame_picture("zone_day", marks, title=title, sentence=sentence, size=size)


def tabulate_reached(view: ScenarioView) -> str:
    """Return what happens to each zone as CSV (RFC 4180), formulas neutralised."""
    _ = translator(view.language)
    header = [
        _("Zone"),
        _("Share of events that hold it"),
        _("Share of events that hit it"),
        _("Machines hit, median where some are"),
        _("Days down, 5 %"),
        _("Days down, median"),
        _("Days down, 95 %"),
    ]
    rows: list[list[Cell]] = [[zone.label, zone.reached, zone.hit, zone.hosts, *zone.down_days] for zone in view.zones]
    return write_csv((header, rows))


def _label(box: ZoneBox, shares: Mapping[str, float], language: str, _: Translate) -> ZoneLabel:
    share = max(shares.get(zone.id, 0.0) for zone in box.zones)
    if share == 0.0:
        small = ""
    elif share < 0.005:
        small = _("under 1 in 100")
    else:
        small = _("{count} in 100", count=format_count(100.0 * share, language))
    label = zone_label(box, small)
    fill = next((colour for least, colour in _SHADES if share >= least), "white")
    return ZoneLabel(label.lines, label.small, label.note, label.several, fill)


def _say_reached(view: ScenarioView, shares: Mapping[str, float], _: Translate) -> str:
    first = max(view.zones, key=lambda zone: shares[zone.id])
    words = {"label": first.label, "share": format_percent(shares[first.id], view.language)}
    if _is_attack(view):
        said = _("The zone that is touched most often is “{label}”: in {share} of these events.", **words)
    else:
        said = _("The zone that is touched or down most often is “{label}”: in {share} of these events.", **words)
    return " ".join([said, _("The darker a box, the more often."), _("Simulated, not observed.")])
