"""Zones that attacks reach, before and after a set of controls: one map each, with the same places and colours."""

from __future__ import annotations

from typing import Literal

from hygie.views.charts_data import Cell, write_csv
from hygie.views.charts_landscape_layout import measure_text
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
from hygie.views.decide import ReachView, ZoneReachView
from hygie.views.facility import PASSAGE_KINDS
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, round_significant
from hygie.views.picture import Box, Group, KeyLine, Mark, Picture, Text, frame_picture
from hygie.views.picture_nets import Arrow
from hygie.views.picture_rows import Band
from hygie.views.zone_merging import ZoneBox, merge_sites

__all__ = ["ReachSide", "draw_reach", "say_rate", "tabulate_reach"]

ReachSide = Literal["before", "after"]

# From how often on [1/y], and the ground of the box: the darker, the more often.
_LEVELS = ((0.05, "#f2b57c"), (0.02, "#f9d3ab"), (0.005, "#fde9d3"), (0.0, "#e3eef7"))
_LEGEND, _TYPE = 32.0, 13.0


def say_rate(rate: float, language: str, _: Translate) -> str:
    """Return a yearly frequency as years: “1 in 40 years”."""
    if rate <= 0.0:
        return _("not once")
    if rate >= 0.95:
        return _("{count} times a year", count=format_count(max(rate, 1.0), language))
    return _("1 in {count} years", count=format_count(round_significant(1.0 / rate), language))


def draw_reach(view: ReachView, side: ReachSide) -> Picture:
    """Return the zones of the facility, each with how often attackers come to it, before the controls or after."""
    language = view.graph.language
    _ = translator(language)
    boxes, box_of = merge_sites(view.graph)
    rates = {zone.id: zone for zone in view.zones}
    labels: dict[str, ZoneLabel] = {}
    for box in boxes:
        rate = _rate_of(box, rates, side)
        found = zone_label(box, say_rate(rate, language, _))
        labels[box.id] = ZoneLabel(found.lines, found.small, found.note, found.several, _ground_of(rate))
    ways: dict[str, list[str]] = {}
    for way in view.graph.entries:
        ways.setdefault(box_of[way.zone], []).append(way.label)
    labels |= {f"way:{zone}": way_label(words) for zone, words in ways.items()}
    arrows = [Arrow(f"way:{zone}", zone, "entry") for zone in ways]
    arrows += [Arrow(box_of[way.source], box_of[way.target], way.kind) for way in view.graph.passages]
    bands = zone_bands(boxes, _)
    if ways:
        bands.insert(0, Band("outside", band_label("outside", _), tuple(f"way:{zone}" for zone in ways)))
    used = {arrow.kind for arrow in arrows}
    marks, size = draw_zone_map(bands, arrows, labels, {kind: PASSAGE_COLOURS[kind] for kind in used})
    key = [KeyLine(passage_label(kind, _), *PASSAGE_COLOURS[kind]) for kind in PASSAGE_KINDS if kind in used]
    title = _("Zones that attackers reach, as the facility is described")
    if side == "after":
        title = _("Zones that attackers reach with: {names}", names=", ".join(view.names))
    drawing = [*_draw_levels(_), Group(0.0, _LEGEND, tuple(marks))]
    frame = (size[0], size[1] + _LEGEND)
    return frame_picture(side, drawing, title=title, sentence=_say(view, _), size=frame, key=key)


def _draw_levels(_: Translate) -> list[Mark]:
    """Return the key of the grounds: how often attackers come to a zone."""
    words = (_("1 year in 20 or more"), _("1 in 50 or more"), _("1 in 200 or more"), _("more rarely"), _("not once"))
    marks: list[Mark] = []
    x = 0.0
    for text, colour in zip(words, (*(colour for _limit, colour in _LEVELS), "white"), strict=True):
        marks.append(Box(x, 2.0, 22.0, 14.0, colour, "#5b6a79", 1.0, 3.0))
        marks.append(Text(x + 29.0, 13.5, text, _TYPE))
        x += 29.0 + measure_text(text, _TYPE) + 22.0
    return marks


def _rate_of(box: ZoneBox, rates: dict[str, ZoneReachView], side: ReachSide) -> float:
    found = [rates[zone.id] for zone in box.zones if zone.id in rates]
    return max((item.before_per_y if side == "before" else item.after_per_y for item in found), default=0.0)


def _ground_of(rate: float) -> str:
    return "white" if rate <= 0.0 else next(colour for limit, colour in _LEVELS if rate >= limit)


def _say(view: ReachView, _: Translate) -> str:
    language = view.graph.language
    before = sum(zone.before_per_y > 0.0 for zone in view.zones)
    after = sum(zone.after_per_y > 0.0 for zone in view.zones)
    fewer = sum(zone.after_per_y < zone.before_per_y for zone in view.zones)
    return _(
        "In {years} simulated years attackers reach {before} zones as described and {after} with these controls; "
        "{fewer} zones are reached less often. The same years on both sides; simulated, not observed.",
        years=format_count(view.years, language),
        before=format_count(before, language),
        after=format_count(after, language),
        fewer=format_count(fewer, language),
    )


def tabulate_reach(view: ReachView) -> str:
    """Return zones and services before and after as CSV, formulas neutralised."""
    _ = translator(view.graph.language)
    header = [_("What"), _("Name"), _("Before"), _("After"), _("Unit")]
    rows: list[list[Cell]] = [
        [_("Zone"), zone.label, zone.before_per_y, zone.after_per_y, _("times reached per year")] for zone in view.zones
    ]
    rows += [
        [_("Service"), item.label, item.before_days_per_y, item.after_days_per_y, _("days below half, per year")]
        for item in view.services
    ]
    return write_csv((header, rows))
