"""Pictures of a portfolio: what weighs in its worst years, and a map of the care that departments lack."""

from __future__ import annotations

from typing import Any

from hygie.views.charts_bars import Bar, draw_rows
from hygie.views.charts_landscape_layout import break_words
from hygie.views.charts_layout import BLUE, BROWN, MIDDLE, PALE, QUIET, WIDE, Chart, Spec, finish_chart, scale_of
from hygie.views.messages import translator
from hygie.views.numbers import format_count, format_euros, format_number, format_percent, round_significant
from hygie.views.portfolio import AreaView, GroupRow, PortfolioView
from hygie.views.theme import INK
from hygie.views.tile_map import load_tiles

__all__ = ["draw_lacking_beds", "draw_origins", "draw_portfolio_charts", "draw_tail"]

_TOP = 12
_THROUGH = ("neighbour", "provider")
_TILE, _GAP = 44.0, 4.0
_NARROW = 420
_EMPTY = "#f3f6f9"
_STEPS = (0.0001, 0.001, 0.003, 0.01, 0.03)
_SHADES = (PALE, "#a9cbe5", MIDDLE, "#3f86bd", BLUE)


def draw_portfolio_charts(view: PortfolioView) -> dict[str, tuple[Chart, list[dict[str, Any]]]]:
    """Return every picture that has something to show, with the rows behind it, by name."""
    _ = translator(view.language)
    drawn: dict[str, tuple[Chart, list[dict[str, Any]]]] = {}
    for name, title, rows in (
        ("tail_by_provider", _("Providers in the worst 1% of years"), view.by_provider),
        ("tail_by_ght", _("Territorial groups in the worst 1% of years"), view.by_ght),
        ("tail_by_region", _("Regions in the worst 1% of years"), view.by_region),
        ("tail_by_entity", _("Legal entities in the worst 1% of years"), view.by_entity),
        ("tail_by_organisation", _("Organisations in the worst 1% of years"), view.by_organisation),
    ):
        chart = draw_tail(rows, name=name, title=title, language=view.language)
        if chart is not None:
            drawn[name] = (chart, [row.model_dump(mode="json") for row in rows])
    chart = draw_lacking_beds(view)
    if chart is not None:
        drawn["lacking_beds"] = (chart, [area.model_dump(mode="json") for area in view.areas])
    return drawn


def draw_tail(rows: list[GroupRow], *, name: str, title: str, language: str, width: int = WIDE) -> Chart | None:
    """Return contributions to the mean of the worst years, the largest first; None when there are none."""
    _ = translator(language)
    shown = [row for row in rows if row.tail_eur > 0.0][:_TOP]
    if not shown:
        return None
    bars = [
        Bar(
            row.label,
            row.tail_eur,
            f"{format_euros(row.tail_eur, language)} · {format_percent(row.tail_share, language)}",
            BLUE,
        )
        for row in shown
    ]
    sentence = _(
        "In the worst 1% of years the largest part is “{label}”: {share} of the loss.",
        label=shown[0].label,
        share=format_percent(shown[0].tail_share, language),
    )
    colour = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    return draw_rows(
        bars, domain=(0.0, bars[0].value), colour=colour, id=name, title=title, sentence=sentence, width=width
    )


def draw_origins(rows: list[GroupRow], *, language: str, width: int = WIDE) -> Chart | None:
    """Return the average annual loss by where it starts; None when there is none."""
    _ = translator(language)
    shown = [row for row in rows if row.loss_eur_per_y > 0.0]
    if not shown:
        return None
    bars = [
        Bar(
            row.label,
            row.loss_eur_per_y,
            f"{format_euros(row.loss_eur_per_y, language)} · {format_percent(row.share, language)}",
            BROWN if row.id in _THROUGH else BLUE,
        )
        for row in sorted(shown, key=lambda row: -row.loss_eur_per_y)
    ]
    sentence = _("Average annual loss by where it starts. The largest part: “{label}”.", label=bars[0].label)
    colour = {"field": "colour", "type": "nominal", "scale": None, "legend": None}
    return draw_rows(
        bars,
        domain=(0.0, bars[0].value),
        colour=colour,
        id="origins",
        title=_("Where losses start"),
        sentence=sentence,
        width=width,
    )


def draw_lacking_beds(view: PortfolioView, *, width: int | None = None) -> Chart | None:
    """Return the map of beds that departments lack on the worst day in 100, one tile each; None without any.

    Parameters
    ----------
    width
        Room that it has [px]; tiles have their usual size where they fit.
    """
    room = width
    _ = translator(view.language)
    areas = {area.code: area for area in view.areas if area.code}
    most = max((_share(area) for area in areas.values()), default=0.0)
    if most < _STEPS[0]:
        return None
    tiles = [tile for tile in load_tiles("departments", collectivities=True) if tile.code in areas]
    left, top = min(tile.column for tile in tiles), min(tile.row for tile in tiles)
    columns = 1 + max(tile.column for tile in tiles) - left
    step = _TILE + _GAP if room is None else min(_TILE + _GAP, room / columns)
    size = step - _GAP
    small = size / _TILE
    key: str | list[str] = _("Share of beds lacking on the worst day in 100, by department")
    head = 34.0
    if room is not None and room < _NARROW:
        key = break_words(str(key), room - 4.0, size=13.0).split("\n")
        head += 16.0 * (len(key) - 1)
    rows: list[Spec] = []
    for tile in tiles:
        area = areas[tile.code]
        shade = _choose_shade(_share(area))
        x, y = (tile.column - left) * step, head + (tile.row - top) * step
        rows.append(
            {
                "code": tile.code,
                "x": x,
                "x2": x + size,
                "y": y,
                "y2": y + size,
                "cx": x + size / 2,
                "cy": y + 15.0 * small,
                "ly": y + 31.0 * small,
                "fill": _EMPTY if shade < 0 else _SHADES[shade],
                "ink": "#ffffff" if shade >= 3 else INK,
                "text": format_percent(_share(area), view.language, digits=1) if shade >= 0 else "–",
            }
        )
    height = max(row["y2"] for row in rows)
    wide = max(max(row["x2"] for row in rows), 420.0 if room is None else min(420.0, room))
    place = {"type": "quantitative", "axis": None}
    scales = {
        "x": {**place, "scale": scale_of((0, wide), (0, wide))},
        "y": {**place, "scale": scale_of((0, height), (0, height))},
    }
    ink = {"field": "ink", "type": "nominal", "scale": None, "legend": None}
    layers: list[Spec] = [
        {
            "mark": {"type": "rect", "cornerRadius": 4},
            "encoding": {
                "x": {"field": "x", **place},
                "x2": {"field": "x2"},
                "y": {"field": "y", **place},
                "y2": {"field": "y2"},
                "color": {"field": "fill", "type": "nominal", "scale": None, "legend": None},
            },
        },
        _text("code", "cy", ink, size=13 if small > 0.8 else 10, weight=600),
        _text("text", "ly", ink, size=11 if small > 0.8 else 8, weight=400),
        {
            # Data of its own: one row, or the words are drawn once a tile, on top of one another.
            "data": {"values": [{}]},
            "mark": {"type": "text", "align": "left", "baseline": "top", "fontSize": 13, "color": QUIET},
            "encoding": {"text": {"value": key}, "x": {"value": 0}, "y": {"value": 0}},
        },
    ]
    worst = max(areas.values(), key=lambda area: (_share(area), area.code))
    sentence = _(
        "On the worst day in 100, {name} lacks {beds} beds, {share} of those it has.",
        name=worst.name,
        beds=_show(worst.beds_lost_100, view.language),
        share=format_percent(_share(worst), view.language, digits=1),
    )
    return finish_chart(
        "lacking_beds",
        _("Beds lacking on a bad day"),
        sentence,
        width=wide,
        height=height,
        data={"values": rows},
        encoding=scales,
        layer=layers,
    )


def _choose_shade(share: float) -> int:
    """Return the shade of a share of beds, on steps that grow about threefold; -1 for next to none."""
    return sum(share >= step for step in _STEPS) - 1


def _share(area: AreaView) -> float:
    return area.beds_lost_100 / area.beds if area.beds else 0.0


def _show(value: float, language: str) -> str:
    return format_count(round_significant(value, 2), language) if value >= 10 else format_number(value, language)


def _text(field: str, y: str, ink: Spec, *, size: int, weight: int) -> Spec:
    place = {"type": "quantitative", "axis": None}
    return {
        "mark": {"type": "text", "align": "center", "baseline": "middle", "fontSize": size, "fontWeight": weight},
        "encoding": {
            "text": {"field": field},
            "x": {"field": "cx", **place},
            "y": {"field": y, **place},
            "color": ink,
        },
    }
