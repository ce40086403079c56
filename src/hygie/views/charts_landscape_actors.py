"""Who attacks: victims by actor, and how sure the attribution of each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hygie.views.charts_data import Rows
from hygie.views.charts_landscape_layout import (
    COUNT_COLOURS,
    NONE_FILL,
    NONE_LINE,
    KeyEntry,
    box_layers,
    draw_key,
    measure_text,
    pixel_scales,
    shorten,
    text_layer,
)
from hygie.views.charts_layout import WIDE, Chart, Spec, break_label, finish_chart
from hygie.views.landscape import ActorRow, LandscapeView
from hygie.views.messages import Translate, translator
from hygie.views.numbers import format_count

__all__ = ["draw_actors", "tabulate_actors"]

_CONFIDENCES = ("high", "medium", "low", "none")
# No shade for no confidence: an outline, as for what is not documented.
_FILLS = {"high": COUNT_COLOURS[4], "medium": COUNT_COLOURS[3], "low": COUNT_COLOURS[1], "none": NONE_FILL}
_UNKNOWN = "unknown"
_SHOWN = 12
_LINE, _BAR, _GAP = 18.0, 13.0, 13.0


@dataclass(frozen=True, slots=True)
class _Bar:
    label: str
    confidence: dict[str, int]
    facilities: int
    events: int


def draw_actors(view: LandscapeView, *, width: int = WIDE) -> Chart | None:
    """Return victims by actor, named ones first; None when no victim is documented.

    Actors named only by the source of a published count, without a documented victim, stand in the table.
    """
    rows = [row for row in view.actors.rows if row.facilities > 0]
    if not rows:
        return None
    _ = translator(view.language)
    bars = _list_bars(rows, _)
    names = _name_confidences(_)
    entries = [
        KeyEntry(names[level], _FILLS[level], NONE_LINE if level == "none" else "")
        for level in _CONFIDENCES
        if any(bar.confidence.get(level, 0) for bar in bars)
    ]
    key, top = draw_key(entries, width=width)
    top += 10.0
    largest = max(bar.facilities for bar in bars)
    boxes: list[Spec] = []
    labels: list[Spec] = []
    values: list[Spec] = []
    for bar in bars:
        text = _say_bar(bar, view.language, _)
        lines = break_label(shorten(bar.label), width - measure_text(text, 14.0) - 12.0)
        values.append({"x": float(width), "y": top, "text": text})
        labels.append({"x": 0.0, "y": top, "text": lines})
        upper = top + _LINE * (1 + lines.count("\n"))
        boxes += _stack_bar(bar, upper, width / largest, view.language, names)
        top = upper + _BAR + _GAP
    height = top - _GAP
    tooltip = [
        {"field": "who", "title": _("Actor")},
        {"field": "level", "title": _("Attribution")},
        {"field": "count", "title": _("Documented victims")},
    ]
    layers = [
        *key,
        *box_layers(boxes, tooltip=tooltip),
        text_layer(labels, size=14, baseline="top", lineHeight=_LINE),
        text_layer(values, size=14, baseline="top", align="right", fontWeight=600),
    ]
    return finish_chart(
        "actors",
        _("Documented victims, by actor"),
        _read_actors(rows, view.language, _),
        width=width,
        height=height,
        encoding=pixel_scales(width, height),
        layer=layers,
    )


def tabulate_actors(view: LandscapeView) -> Rows:
    """Return one row an actor: victims, events, victims by confidence, published counts that name it."""
    _ = translator(view.language)
    names = _name_confidences(_)
    header = [_("Actor"), _("Name"), _("Documented victims"), _("Events")]
    header += [*(names[level] for level in _CONFIDENCES), _("Named by published counts")]
    return header, [
        [
            row.label,
            row.id,
            row.facilities,
            row.events,
            *(row.confidence.get(level, 0) for level in _CONFIDENCES),
            " ".join(row.named_by),
        ]
        for row in view.actors.rows
    ]


def _name_confidences(_: Translate) -> dict[str, str]:
    return {
        "high": _("attribution sure"),
        "medium": _("likely"),
        "low": _("weak"),
        "none": _("no attribution"),
    }


def _list_bars(rows: Sequence[ActorRow], _: Translate) -> list[_Bar]:
    """Return named actors, most victims first, the small ones put together, and what is not attributed last."""
    named = sorted((row for row in rows if row.id != _UNKNOWN), key=lambda row: (-row.facilities, row.label))
    kept = named if len(named) <= _SHOWN else named[: _SHOWN - 1]
    bars = [_Bar(row.label, row.confidence, row.facilities, row.events) for row in kept]
    rest = named[len(kept) :]
    if rest:
        bars.append(
            _Bar(
                _("{count} other actors", count=len(rest)),
                {level: sum(row.confidence.get(level, 0) for row in rest) for level in _CONFIDENCES},
                sum(row.facilities for row in rest),
                sum(row.events for row in rest),
            )
        )
    unknown = [row for row in rows if row.id == _UNKNOWN]
    return bars + [_Bar(row.label, row.confidence, row.facilities, row.events) for row in unknown]


def _say_bar(bar: _Bar, language: str, _: Translate) -> str:
    victims = format_count(bar.facilities, language)
    if bar.events == bar.facilities:
        return victims
    if bar.events == 1:
        return _("{victims} in one event", victims=victims)
    return _("{victims} in {events} events", victims=victims, events=format_count(bar.events, language))


def _stack_bar(bar: _Bar, upper: float, scale: float, language: str, names: dict[str, str]) -> list[Spec]:
    boxes: list[Spec] = []
    low = 0
    for level in _CONFIDENCES:
        count = bar.confidence.get(level, 0)
        if count:
            boxes.append(
                {
                    "left": low * scale,
                    "right": (low + count) * scale,
                    "upper": upper,
                    "lower": upper + _BAR,
                    "fill": _FILLS[level],
                    "line": NONE_LINE if level == "none" else "white",
                    "struck": False,
                    "who": bar.label,
                    "level": names[level],
                    "count": format_count(count, language),
                }
            )
            low += count
    return boxes


def _read_actors(rows: Sequence[ActorRow], language: str, _: Translate) -> str:
    total = sum(row.facilities for row in rows)
    unknown = sum(row.facilities for row in rows if row.id == _UNKNOWN)
    named = sorted((row for row in rows if row.id != _UNKNOWN), key=lambda row: -row.facilities)
    if not named:
        return _("Documented victims: {total}; none is attributed.", total=format_count(total, language))
    parts = [
        _(
            "Documented victims: {total}; attributed to nobody: {count}.",
            total=format_count(total, language),
            count=format_count(unknown, language),
        )
    ]
    if len(named) == 1 or named[0].facilities > named[1].facilities:
        count = format_count(named[0].facilities, language)
        parts.append(_("Most often named: {name}, {count}.", name=shorten(named[0].label), count=count))
    sure = sum(row.confidence.get("high", 0) for row in named)
    parts.append(_("Attributions that are sure: {count}.", count=format_count(sure, language)))
    return " ".join(parts)
