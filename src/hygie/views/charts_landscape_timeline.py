"""Events in time: stacked by threat class, the victims of campaigns in a strip of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Literal

from hygie.views.charts_data import Rows
from hygie.views.charts_landscape_layout import (
    NONE_LINE,
    KeyEntry,
    box_layers,
    caption_lines,
    count_ticks,
    draw_key,
    format_month,
    pixel_scales,
    rule_layer,
    text_layer,
)
from hygie.views.charts_layout import BROWN, PALE, QUIET, WIDE, Chart, Spec, finish_chart
from hygie.views.landscape import LandscapeView
from hygie.views.landscape_words import month_letters
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count
from hygie.views.theme import CLASS_COLOURS, INK

__all__ = ["MonthRow", "draw_timeline", "group_months", "list_months", "tabulate_timeline"]

_TOP, _STRIP = 170.0, 64.0
_LEFT = 30.0
_WIDEST = 22.0
_SHADE = "#f0f2f5"
_YEAR = 36.0
_LETTERS = 15.0
_STEPS = (1, 3, 12)
# The thinnest bar with its gap [px], and the least number of events that the axis shows.
_THINNEST, _LEAST = 4.0, 4

Status = Literal["documented", "none_documented", "not_over"]
# What a span of several months is: documented as soon as one of them is.
_STATUSES: tuple[Status, ...] = ("documented", "none_documented", "not_over")


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month, or several: events by class, and the victims of those events that struck several.

    Parameters
    ----------
    status
        `documented`, `none_documented`, or `not_over` when the sources cannot know all of it yet.
    """

    month: str
    events: Mapping[str, int]
    victims: int
    status: Status


def month_number(month: str) -> int:
    """Return months since year 0.

    >>> month_number("2021-03") - month_number("2020-12")
    3
    """
    return 12 * int(month[:4]) + int(month[5:7]) - 1


def list_months(view: LandscapeView) -> list[MonthRow]:
    """Return the months of a landscape; an event with several victims counts once, and its victims apart."""
    event_of = {row.ref: row.event for row in view.incidents}
    months = []
    for month in view.timeline.months:
        sizes = Counter(event for ref in month.incidents if (event := event_of.get(ref)) is not None)
        victims = sum(size for size in sizes.values() if size > 1)
        months.append(MonthRow(month.month, month.events_by_class, victims, month.status))
    return months


def group_months(rows: Sequence[MonthRow], months: int) -> list[MonthRow]:
    """Return rows summed over spans of 1, 3 or 12 months that begin with the calendar's."""
    found: dict[int, list[MonthRow]] = {}
    for row in rows:
        found.setdefault(month_number(row.month) // months, []).append(row)
    grouped = []
    for span, members in sorted(found.items()):
        names = dict.fromkeys(name for row in members for name in row.events)
        first = span * months
        grouped.append(
            MonthRow(
                f"{first // 12:04d}-{first % 12 + 1:02d}",
                {name: sum(row.events.get(name, 0) for row in members) for name in names},
                sum(row.victims for row in members),
                next(status for status in _STATUSES if any(row.status == status for row in members)),
            )
        )
    return grouped


def draw_timeline(view: LandscapeView, *, width: int = WIDE) -> Chart | None:
    """Return events in time, stacked by class; None when the window has no month.

    Months that the sources cannot know yet, or that lie outside the window, are shaded; a stroke marks a month for
    which nothing is documented, which is not a month without attacks.
    """
    rows = list_months(view)
    if not rows:
        return None
    _ = translator(view.language)
    classes = {row.id: row.label for row in view.classes}
    numbers = [month_number(row.month) for row in rows]
    # Whole years, so that the frame does not end in the middle of a label.
    first, last = 12 * (min(numbers) // 12), 12 * (max(numbers) // 12) + 11
    step = next((s for s in _STEPS if s * (width - _LEFT) / (last - first + 1) >= _THINNEST), _STEPS[-1])
    grouped = group_months(rows, step)
    entries = [
        KeyEntry(classes.get(name, name), CLASS_COLOURS.get(name, QUIET))
        for name in dict.fromkeys([*classes, *(name for row in rows for name in row.events)])
        if any(row.events.get(name, 0) for row in rows)
    ]
    known = [month_number(row.month) for row in rows if row.status != "not_over"]
    shaded = [(first, min(known)), (max(known) + 1, last + 1)] if known else [(first, last + 1)]
    if any(row.status == "none_documented" for row in grouped):
        entries.append(KeyEntry(_("none documented"), "white", NONE_LINE, struck=True))
    if any(high > low for low, high in shaded):
        entries.append(KeyEntry(_("outside the period, or not over"), _SHADE, NONE_LINE))
    key, bottom = draw_key(entries, width=width)
    heading = caption_lines(_("Events; one that struck several victims counts once"), width, size=13)
    lines = [{"x": 0.0, "y": bottom + 14.0 + 17.0 * i, "text": line} for i, line in enumerate(heading)]
    frame = _Frame(first, last, step, width, bottom + 15.0 + 17.0 * len(lines), any(row.victims for row in rows))
    layers = [
        *_draw_ground(frame, shaded),
        *key,
        text_layer(lines, size=13),
        *_draw_events(grouped, classes, frame, view.language, _),
    ]
    layers += [*_draw_empty(grouped, frame), *_draw_years(frame, view.language)]
    if frame.strip:
        layers += _draw_victims(grouped, frame, view.language, _)
    return finish_chart(
        "timeline",
        {1: _("Events by month"), 3: _("Events by quarter"), 12: _("Events by year")}[step],
        _read_timeline(rows, undated=view.timeline.undated_events, language=view.language),
        width=width,
        height=frame.height,
        encoding=pixel_scales(width, frame.height),
        layer=layers,
    )


def tabulate_timeline(view: LandscapeView) -> Rows:
    """Return one row a month: events by class, victims of events that struck several, and what is known of it."""
    _ = translator(view.language)
    rows = list_months(view)
    names = dict.fromkeys([row.id for row in view.classes] + [name for row in rows for name in row.events])
    labels = {row.id: row.label for row in view.classes}
    status = {
        "documented": _("incidents documented"),
        "none_documented": _("none documented"),
        "not_over": _("not over"),
    }
    header = [
        _("Month"),
        *(labels.get(name, name) for name in names),
        _("Victims of events that struck several"),
        _("State"),
    ]
    return header, [
        [row.month, *(row.events.get(name, 0) for name in names), row.victims, status[row.status]] for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where months stand [px]: `top` of the bars, then a line of years, then the strip of victims."""

    first: int
    last: int
    step: int
    width: float
    top: float
    strip: bool

    @property
    def base(self) -> float:
        return self.top + _TOP

    @property
    def letters(self) -> float:
        """Return the height of the line of months: none where they have no room."""
        room = (self.width - _LEFT) / (self.last - self.first + 1)
        return _LETTERS if self.step == 1 and room >= _LETTERS else 0.0

    @property
    def strip_top(self) -> float:
        return self.base + 58.0 + self.letters

    @property
    def height(self) -> float:
        return self.strip_top + _STRIP if self.strip else self.base + 22.0 + self.letters

    def place(self, month: float) -> float:
        return _LEFT + (month - self.first) * (self.width - _LEFT) / (self.last - self.first + 1)

    def bar(self, month: str) -> tuple[float, float]:
        left = self.place(month_number(month))
        room = self.place(month_number(month) + self.step) - left
        wide = min(_WIDEST, room * 0.82)
        return left + (room - wide) / 2, left + (room + wide) / 2


def _draw_ground(frame: _Frame, spans: Sequence[tuple[int, int]]) -> list[Spec]:
    shades = [
        {
            "left": frame.place(low),
            "right": frame.place(high),
            "upper": frame.top,
            "lower": frame.base,
            "fill": _SHADE,
            "line": _SHADE,
            "struck": False,
        }
        for low, high in spans
        if high > low
    ]
    return box_layers(shades) if shades else []


def _draw_empty(rows: Sequence[MonthRow], frame: _Frame) -> list[Spec]:
    """Return a stroke where nothing is documented."""
    middles = [sum(frame.bar(row.month)) / 2 for row in rows if row.status == "none_documented"]
    lines = [{"x": x - 2.0, "x2": x + 2.0, "y": frame.base - 3.0, "y2": frame.base - 10.0} for x in middles]
    return [rule_layer(lines, color=NONE_LINE)] if lines else []


def _draw_events(
    rows: Sequence[MonthRow], classes: Mapping[str, str], frame: _Frame, language: str, _: Translate
) -> list[Spec]:
    # One event must not fill the frame.
    ticks = count_ticks(max(max(sum(row.events.values()) for row in rows), _LEAST))
    scale = _TOP / ticks[-1]
    boxes = [
        {
            "left": left,
            "right": right,
            "upper": frame.base - high * scale,
            "lower": frame.base - low * scale,
            "fill": CLASS_COLOURS.get(name, QUIET),
            "line": "white",
            "struck": False,
            "when": format_span(row.month, frame.step, language),
            "what": classes.get(name, name),
            "count": format_count(high - low, language),
        }
        for row in rows
        for left, right in [frame.bar(row.month)]
        for name, low, high in _stack(row, classes)
    ]
    tooltip = [
        {"field": "when", "title": _("When")},
        {"field": "what", "title": _("Threat")},
        {"field": "count", "title": _("Events")},
    ]
    return [
        *_draw_ticks(ticks, frame.base, -scale, frame.width, language),
        *(box_layers(boxes, tooltip=tooltip) if boxes else []),
    ]


def _stack(row: MonthRow, classes: Mapping[str, str]) -> Iterator[tuple[str, int, int]]:
    low = 0
    for name in [*classes, *(name for name in row.events if name not in classes)]:
        count = row.events.get(name, 0)
        if count:
            yield name, low, low + count
            low += count


def _draw_ticks(ticks: Sequence[int], base: float, scale: float, width: float, language: str) -> list[Spec]:
    rows = [{"x": _LEFT, "x2": width, "y": base + tick * scale, "y2": base + tick * scale} for tick in ticks]
    labels = [
        {"x": _LEFT - 6.0, "y": base + tick * scale, "text": format_count(tick, language), "ink": INK} for tick in ticks
    ]
    return [rule_layer(rows, color=NONE_LINE, strokeWidth=0.6), text_layer(labels, size=12, align="right")]


def _draw_years(frame: _Frame, language: str) -> list[Spec]:
    years = range(frame.first // 12, frame.last // 12 + 1)
    room = frame.place(frame.first + 12) - frame.place(frame.first)
    every = next((n for n in (1, 2, 5, 10, 20, 50, 100) if n * room >= _YEAR), 200)
    shown = [year for year in years if (year - years[0]) % every == 0]
    edges = [frame.place(12 * year) for year in [*shown, years[-1] + 1]]
    lines = [{"x": x, "x2": x, "y": frame.base, "y2": frame.base + 5.0} for x in edges]
    shift, y = room / 2 if every == 1 else 14.0, frame.base + 14.0 + frame.letters
    labels = [{"x": frame.place(12 * year) + shift, "y": y, "text": str(year)} for year in shown]
    layers = [rule_layer(lines, color=QUIET), text_layer(labels, size=13, align="center")]
    return [*layers, _draw_letters(frame, language)] if frame.letters else layers


def _draw_letters(frame: _Frame, language: str) -> Spec:
    y, names = frame.base + 12.0, month_letters(language)
    months = range(frame.first, frame.last + 1)
    rows = [{"x": frame.place(month + 0.5), "y": y, "text": names[month % 12], "ink": QUIET} for month in months]
    return text_layer(rows, size=11, align="center")


def _draw_victims(rows: Sequence[MonthRow], frame: _Frame, language: str, _: Translate) -> list[Spec]:
    largest = max(row.victims for row in rows)
    scale = (_STRIP - 18.0) / largest
    base = frame.strip_top + _STRIP
    boxes: list[Spec] = [
        {
            "left": left,
            "right": right,
            "upper": base - row.victims * scale,
            "lower": base,
            "fill": PALE,
            "line": BROWN,
            "struck": False,
            "when": format_span(row.month, frame.step, language),
            "count": format_count(row.victims, language),
        }
        for row in rows
        if row.victims
        for left, right in [frame.bar(row.month)]
    ]
    # The largest are labelled first; a number that would run into another is left to the table.
    labels: list[Spec] = []
    for box in sorted(boxes, key=lambda box: box["upper"]):
        middle, wide = (box["left"] + box["right"]) / 2, 8.0 + 7.0 * len(box["count"])
        if all(abs(middle - other["x"]) >= wide for other in labels):
            labels.append({"x": middle, "y": box["upper"] - 8.0, "text": box["count"], "ink": BROWN})
    ground = [{"x": _LEFT, "x2": frame.width, "y": base, "y2": base}]
    heading = [
        {
            "x": 0.0,
            "y": frame.strip_top - 16.0,
            "text": _("Victims of events that struck several, counted apart"),
            "ink": INK,
        }
    ]
    tooltip = [{"field": "when", "title": _("When")}, {"field": "count", "title": _("Documented victims")}]
    return [
        rule_layer(ground, color=NONE_LINE),
        *box_layers(boxes, tooltip=tooltip),
        text_layer(labels, size=12, align="center", fontWeight=600),
        text_layer(heading, size=13),
    ]


def format_span(month: str, months: int, language: str) -> str:
    """Return a month, a quarter or a year as people write it.

    >>> format_span("2021-01", 3, "en"), format_span("2021-01", 12, "fr")
    ('Q1 2021', '2021')
    """
    if months == 1:
        return format_month(month, language)
    quarter = ceil(int(month[5:7]) / 3)
    year = month[:4]
    if months == 12:
        return year
    return f"T{quarter} {year}" if language == "fr" else f"Q{quarter} {year}"


def _read_timeline(rows: Sequence[MonthRow], *, undated: int, language: str) -> str:
    _ = translator(language)
    dated = [row for row in rows if sum(row.events.values())]
    total = sum(sum(row.events.values()) for row in dated)
    parts = []
    if not dated:
        parts.append(_("No event is documented with its month."))
    elif total == 1:
        parts.append(_("One event is documented, in {month}.", month=format_month(dated[0].month, language)))
    else:
        parts.append(
            _(
                "{count} events are documented from {first} to {last}.",
                count=format_count(total, language),
                first=format_month(dated[0].month, language),
                last=format_month(dated[-1].month, language),
            )
        )
    most = max((sum(row.events.values()) for row in dated), default=0)
    busiest = [row for row in dated if sum(row.events.values()) == most]
    if len(busiest) == 1 and len(dated) > 1:
        month = format_month(busiest[0].month, language)
        parts.append(_("The month with most is {month}: {count}.", month=month, count=format_count(most, language)))
    victims = sum(row.victims for row in rows)
    if victims:
        count = format_count(victims, language)
        parts.append(_("Events that struck several made {count} victims; each such event counts once.", count=count))
    if undated:
        parts.append(_("Events without a known month, not drawn: {count}.", count=format_count(undated, language)))
    return " ".join(parts)
