"""Published counts beside the incidents documented one by one: how much of a census has a public record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import ceil

from hygie.views.charts_data import Rows
from hygie.views.charts_landscape_layout import (
    KeyEntry,
    box_layers,
    count_ticks,
    draw_key,
    format_month,
    measure_text,
    pixel_scales,
    rule_layer,
    shorten,
    text_layer,
)
from hygie.views.charts_layout import BLUE, BROWN, PALE, QUIET, WIDE, Chart, Spec, break_label, finish_chart
from hygie.views.landscape import CountedView, LandscapeView, ReconciliationView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count, format_percent
from hygie.views.theme import INK

__all__ = ["draw_census", "tabulate_census"]

_LINE, _BAR, _GAP = 18.0, 15.0, 16.0
# Length of a date that has a month: 2021-03.
_MONTH = 7

Pairs = list[tuple[ReconciliationView, CountedView]]


def draw_census(view: LandscapeView, *, width: int = WIDE) -> Chart | None:
    """Return published counts and their documented part; None when no count can be compared.

    A bar is as long as the published count; its dark part has a documented incident, its light part has no public
    record; a whisker is the exact 95 % interval of the mean. Counts that filters make incomparable are left out.
    """
    pairs = _list_pairs(view)
    if not pairs:
        return None
    _ = translator(view.language)
    entries = [KeyEntry(_("documented one by one"), BLUE), KeyEntry(_("no public record"), PALE, QUIET)]
    if any(pair.surplus for pair, _count in pairs):
        entries.append(KeyEntry(_("documented beyond the published count"), BROWN))
    key, top = draw_key(entries, width=width)
    top += 10.0
    ticks = count_ticks(max(_reach(pair, count) for pair, count in pairs))
    scale = width / max(ticks[-1], 1)
    boxes: list[Spec] = []
    texts: list[Spec] = []
    values: list[Spec] = []
    whiskers: list[Spec] = []
    uppers: list[float] = []
    names = Counter(_name_count(count) for _pair, count in pairs)
    for pair, count in pairs:
        text = _say_pair(pair, view.language, _)
        own_line = measure_text(text, 13.0) > 0.45 * width
        room = width if own_line else width - measure_text(text, 13.0) - 14.0
        said = _name_count(count)
        if names[said] > 1:
            said += f", {_say_published(count, view.language)}"
        lines = break_label(said, room)
        texts.append({"x": 0.0, "y": top, "text": lines})
        top += _LINE * (1 + lines.count("\n"))
        if own_line:
            values.append({"x": 0.0, "y": top, "text": text, "side": "left"})
            top += _LINE
        else:
            values.append({"x": float(width), "y": top - _LINE, "text": text, "side": "right"})
        boxes += _draw_bar(pair, count, top, scale, view.language, _)
        uppers.append(top)
        whiskers += _draw_whisker(count, top, scale)
        top += _BAR + _GAP
    bottom = top - _GAP + 6.0
    height = bottom + 18.0
    # The grid stops at the bars: words stay clear of lines.
    grid = [
        {"x": tick * scale, "x2": tick * scale, "y": upper - 2.0, "y2": upper + _BAR + 4.0}
        for tick in ticks
        for upper in uppers
    ]
    tooltip = [
        {"field": "what", "title": _("Count")},
        {"field": "part", "title": _("Part")},
        {"field": "count", "title": _("Number")},
    ]
    layers = [
        *key,
        rule_layer(grid, color="#dfe5ea", strokeWidth=0.7),
        *box_layers(boxes, tooltip=tooltip),
        # White around the whisker: ink on a dark bar is not seen.
        rule_layer(whiskers, color="white", strokeWidth=4.0),
        rule_layer(whiskers, color=INK, strokeWidth=1.4),
        text_layer(texts, size=14, baseline="top", lineHeight=_LINE),
        *(
            text_layer([row for row in values if row["side"] == side], size=13, baseline="top", align=side)
            for side in ("left", "right")
            if any(row["side"] == side for row in values)
        ),
        *_draw_axis(ticks, scale, bottom, width, view.language),
    ]
    return finish_chart(
        "census",
        _("Published counts and documented incidents"),
        _read_census(pairs, view.language, _),
        width=width,
        height=height,
        encoding=pixel_scales(width, height),
        layer=layers,
    )


def tabulate_census(view: LandscapeView) -> Rows:
    """Return one row a comparison: published count and interval, documented victims, what is missing or beyond."""
    _ = translator(view.language)
    header = [
        _("Count"),
        _("Name"),
        _("Threat"),
        _("Period"),
        _("Published"),
        _("at least"),
        _("low (95% interval)"),
        _("high (95% interval)"),
        _("documented one by one"),
        _("no public record"),
        _("documented beyond the published count"),
        _("Source"),
        _("Link"),
        _("grade"),
    ]
    return header, [
        [
            count.label,
            pair.count,
            count.class_label,
            count.period.label,
            pair.published,
            _("yes") if pair.at_least else _("no"),
            count.low,
            count.high,
            pair.facilities,
            pair.missing,
            pair.surplus,
            _name_publishers(count),
            " ".join(source.link_text for source in count.sources),
            " ".join(source.grade for source in count.sources),
        ]
        for pair, count in _list_pairs(view)
    ]


def _list_pairs(view: LandscapeView) -> Pairs:
    """Return comparisons with their counts, by class in the order of the classes, then by start."""
    counts = {count.ref: count for count in view.census.counts}
    order = {row.id: index for index, row in enumerate(view.classes)}
    pairs = [(pair, counts[pair.count]) for pair in view.census.comparisons if pair.compared and pair.count in counts]
    return sorted(pairs, key=lambda item: (order.get(item[1].threat_class, len(order)), item[1].period.start))


def _name_publishers(count: CountedView) -> str:
    return ", ".join(dict.fromkeys(source.publisher for source in count.sources))


def _name_count(count: CountedView) -> str:
    """Return class, period and who says so: two sources may count one class over one period."""
    said = [shorten(count.label), count.period.label, shorten(_name_publishers(count))]
    return "\u00a0· ".join(part for part in said if part)


def _say_published(count: CountedView, language: str) -> str:
    """Return when a count was published, as far as is known; else its name."""
    known = next((source.published_on for source in count.sources if source.published_on), None)
    return format_month(known, language) if known is not None and len(known) >= _MONTH else known or count.ref


def _reach(pair: ReconciliationView, count: CountedView) -> int:
    return max(pair.published, pair.facilities, ceil(count.high or 0.0), 1)


def _say_pair(pair: ReconciliationView, language: str, _: Translate) -> str:
    published, documented = format_count(pair.published, language), format_count(pair.facilities, language)
    if pair.at_least:
        return _(
            "published: at least {published}; documented: {documented}", published=published, documented=documented
        )
    return _("published: {published}; documented: {documented}", published=published, documented=documented)


def _draw_bar(
    pair: ReconciliationView, count: CountedView, upper: float, scale: float, language: str, _: Translate
) -> list[Spec]:
    covered = min(pair.facilities, pair.published)
    parts = (
        (0, covered, BLUE, BLUE, _("documented one by one")),
        (covered, pair.published, PALE, QUIET, _("no public record")),
        (pair.published, pair.facilities, BROWN, BROWN, _("documented beyond the published count")),
    )
    return [
        {
            "left": low * scale,
            "right": high * scale,
            "upper": upper,
            "lower": upper + _BAR,
            "fill": fill,
            "line": line,
            "struck": False,
            "what": count.label,
            "part": name,
            "count": format_count(high - low, language),
        }
        for low, high, fill, line, name in parts
        if high > low
    ]


def _draw_whisker(count: CountedView, upper: float, scale: float) -> list[Spec]:
    if count.low is None or count.high is None:
        return []
    low, high, middle = count.low * scale, count.high * scale, upper + _BAR / 2
    ends = [{"x": x, "x2": x, "y": middle - 4.0, "y2": middle + 4.0} for x in (low, high)]
    return [{"x": low, "x2": high, "y": middle, "y2": middle}, *ends]


def _draw_axis(ticks: Sequence[int], scale: float, bottom: float, width: float, language: str) -> list[Spec]:
    labels = []
    for side, chosen in (("left", ticks[:1]), ("center", ticks[1:-1]), ("right", ticks[-1:])):
        rows = [{"x": tick * scale, "y": bottom + 10.0, "text": format_count(tick, language)} for tick in chosen]
        if rows:
            labels.append(text_layer(rows, size=12, align=side))
    line = [{"x": 0.0, "x2": float(width), "y": bottom, "y2": bottom}]
    return [rule_layer(line, color=QUIET), *labels]


def _read_census(pairs: Pairs, language: str, _: Translate) -> str:
    items = []
    for class_id in dict.fromkeys(count.threat_class for _pair, count in pairs):
        # Counts overlap: their sum would count victims twice. The widest window of a class speaks for it.
        pair, count = max(
            ((pair, count) for pair, count in pairs if count.threat_class == class_id),
            key=lambda item: (item[1].period.days, item[0].published),
        )
        if not pair.published and not pair.facilities:
            continue
        values = {
            "name": count.label,
            "period": count.period.label,
            "published": format_count(pair.published, language),
            "documented": format_count(pair.facilities, language),
        }
        if not pair.facilities or pair.facilities > pair.published:
            items.append(_("{name}, {period}: {documented} for {published}", **values))
            continue
        values["share"] = format_percent(pair.facilities / pair.published, language)
        items.append(
            _("{name}, {period}: {documented} of at least {published} (at most {share})", **values)
            if pair.at_least
            else _("{name}, {period}: {documented} of {published} ({share})", **values)
        )
    separator = "\u00a0; " if language == "fr" else "; "
    if not items:
        return _("None is published, and none is documented.")
    lines = [
        _("Documented one by one, of those published: {list}.", list=separator.join(items)),
        _("The light part has no public record; it was counted all the same."),
    ]
    if any(count.low is not None for _pair, count in pairs):
        lines.append(_("Lines: what chance alone would do to a count, 95 times in 100."))
    return " ".join(lines)
