"""The event of a scenario on the zone graph: where it came in, the ways it took, what it held and what it hit."""

from __future__ import annotations

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
from hygie.views.numbers import format_count, format_number
from hygie.views.picture import KeyLine, Picture, frame_picture
from hygie.views.picture_nets import Arrow
from hygie.views.picture_rows import Band
from hygie.views.scenario import EventZoneView, ScenarioView
from hygie.views.zone_merging import ZoneBox, merge_sites

__all__ = ["draw_path", "tabulate_path"]

# Grounds of boxes: hit, held without damage, down without the attacker, untouched.
_HIT, _HELD, _DOWN, _FREE = "#fbd9b8", "#d3e4f1", "#dcdfe3", "white"


def draw_path(view: ScenarioView) -> Picture:
    """Return the picture of the told event on the zones of the facility; zones that play no part are left out."""
    _ = translator(view.language)
    boxes, box_of = merge_sites(view.graph)
    event = view.event
    states = {zone.id: zone for zone in event.zones}
    kinds = {(p.source, p.target, p.crossing): p.kind for p in view.graph.passages}
    arrows: list[Arrow] = []
    entry = next((step for step in event.steps if step.kind == "entry" and step.zone is not None), None)
    labels: dict[str, ZoneLabel] = {}
    if entry is not None and entry.zone is not None:
        way = event.entry.label if event.entry is not None else _("Provider")
        labels["way"] = way_label([way])
        arrows.append(Arrow("way", box_of[entry.zone], "entry"))
    for step in event.steps:
        if step.kind == "move" and step.zone is not None and step.source is not None:
            kind = kinds.get((step.source, step.zone, step.crossing or ""), "spread")
            arrows.append(Arrow(box_of[step.source], box_of[step.zone], kind))
    shown = [box for box in boxes if any(_touched(states[zone.id]) for zone in box.zones)]
    for box in shown:
        labels[box.id] = _label_box(box, [states[zone.id] for zone in box.zones], view.language, _)
    bands = zone_bands(shown, _)
    if "way" in labels:
        bands.insert(0, Band("outside", band_label("outside", _), ("way",)))
    used = {arrow.kind for arrow in arrows}
    marks, size = draw_zone_map(bands, arrows, labels, {kind: PASSAGE_COLOURS[kind] for kind in used})
    key = [KeyLine(passage_label(kind, _), *PASSAGE_COLOURS[kind]) for kind in PASSAGE_KINDS if kind in used]
    key += [
        KeyLine(text, colour)
        for colour, text in ((_HIT, _("hit")), (_HELD, _("held, not damaged")), (_DOWN, _("down without being hit")))
        if any(label.fill == colour for label in labels.values())
    ]
    return frame_picture(
        "path",
        marks,
        title=_("{name}: the way of one attack", name=shorten(view.title)),
        sentence=_say_path(view, _),
        size=size,
        key=key,
    )


def _touched(zone: EventZoneView) -> bool:
    return zone.reached_h is not None or zone.hosts > 0 or zone.down_days > 0.0


def _label_box(box: ZoneBox, zones: list[EventZoneView], language: str, _: Translate) -> ZoneLabel:
    hosts = sum(zone.hosts for zone in zones)
    reached = [zone.reached_h for zone in zones if zone.reached_h is not None]
    days = max(zone.down_days for zone in zones)
    parts = []
    if reached:
        hours = min(reached)
        parts.append(
            _("{hours} h", hours=format_count(hours, language))
            if hours < 48.0
            else _("{n} d", n=format_number(hours / 24.0, language))
        )
    if hosts:
        parts.append(_("{n} hit", n=format_count(hosts, language)))
    elif days and not reached:
        parts.append(_("down {n} d", n=format_count(days, language)))
    fill = _HIT if hosts else _HELD if reached else _DOWN if days else _FREE
    label = zone_label(box, " · ".join(parts))
    return ZoneLabel(label.lines, label.small, label.note, label.several, fill)


def _say_path(view: ScenarioView, _: Translate) -> str:
    event = view.event
    held = sum(zone.reached_h is not None for zone in event.zones)
    hit = sum(zone.hosts > 0 for zone in event.zones)
    down = sum(zone.down_days > 0.0 for zone in event.zones)
    words = {
        "held": format_count(held, view.language),
        "hit": format_count(hit, view.language),
        "down": format_count(down, view.language),
    }
    return " ".join(
        [
            event.rule,
            _(
                "Zones held by the attackers: {held}; with machines hit: {hit}; without half of their function for a "
                "day or more: {down}. Times are since the first foothold.",
                **words,
            ),
            _("Simulated, not observed."),
        ]
    )


def tabulate_path(view: ScenarioView) -> str:
    """Return the steps of the told event as CSV (RFC 4180), formulas neutralised."""
    _ = translator(view.language)
    labels = {zone.id: zone.label for zone in view.event.zones}
    header = [_("Hours since the start"), _("Step"), _("What happens"), _("From"), _("Zone"), _("ATT&CK technique")]
    rows: list[list[Cell]] = [
        [
            step.hour,
            step.kind,
            step.text,
            labels.get(step.source or "", ""),
            labels.get(step.zone or "", ""),
            " ".join(step.techniques),
        ]
        for step in view.event.steps
    ]
    return write_csv((header, rows))
