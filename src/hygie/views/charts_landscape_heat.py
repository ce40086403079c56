"""Where two traits meet: facility kind by threat class, region by quarter, as shaded tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_uppercase

from hygie.views.charts_data import Cell, Rows
from hygie.views.charts_landscape_layout import (
    NONE_FILL,
    NONE_LINE,
    Bins,
    KeyEntry,
    bin_counts,
    box_layers,
    break_words,
    draw_key,
    measure_text,
    pixel_scales,
    shorten,
    text_layer,
)
from hygie.views.charts_landscape_places import find_region
from hygie.views.charts_layout import QUIET, WIDE, Chart, Spec, finish_chart
from hygie.views.landscape import LandscapeView
from hygie.views.messages import translator
from hygie.views.numbers import format_count
from hygie.views.tile_map import load_tiles

__all__ = ["draw_kinds", "draw_quarters", "tabulate_kinds", "tabulate_quarters"]

_LINE = 15.0
_ROW, _NARROW_CELL, _NUMBER = 26.0, 78.0, 16.0
_THINNEST = 9.0
# Kinds of facility that are shown one by one; the rest stand together.
_KINDS, _REST = 15, ""


@dataclass(frozen=True, slots=True)
class _Matrix:
    """Counts by (row, column); `rows` and `columns` are ids with labels, in the order of the picture."""

    rows: tuple[tuple[str, str], ...]
    columns: tuple[tuple[str, str], ...]
    counts: Mapping[tuple[str, str], int]

    @property
    def largest(self) -> int:
        return max(self.counts.values(), default=0)

    def row_total(self, row: str) -> int:
        return sum(count for (own, _column), count in self.counts.items() if own == row)


def draw_kinds(view: LandscapeView, *, width: int = WIDE) -> Chart | None:
    """Return documented victims by kind of facility and threat class; None when there is none."""
    matrix = _count_kinds(view)
    if not matrix.rows:
        return None
    _ = translator(view.language)
    (kind, threat), most = max(matrix.counts.items(), key=lambda item: item[1])
    sentence = _(
        "Most frequent: “{kind}” and “{threat}” (documented victims: {count} of {total}).",
        kind=shorten(dict(matrix.rows)[kind]),
        threat=dict(matrix.columns)[threat],
        count=format_count(most, view.language),
        total=format_count(sum(matrix.counts.values()), view.language),
    )
    title = _("Documented victims, by kind of facility and threat")
    return _draw_matrix(matrix, "kinds", title, sentence, language=view.language, width=width)


def draw_quarters(view: LandscapeView, *, width: int = WIDE) -> Chart | None:
    """Return documented victims by region and quarter; None when none has both."""
    matrix, unplaced = _count_quarters(view)
    if not matrix.rows:
        return None
    _ = translator(view.language)
    room = width - _label_room(width)
    if room / len(matrix.columns) < _THINNEST:
        matrix = _join_years(matrix)
    total = sum(1 for _tile in load_tiles("regions"))
    parts = [
        _(
            "Regions with a documented victim: {n} of {total}.",
            n=format_count(len(matrix.rows), view.language),
            total=format_count(total, view.language),
        )
    ]
    if unplaced:
        count = format_count(unplaced, view.language)
        parts.append(_("Documented without a region or a month, and not drawn: {count}.", count=count))
    title = (
        _("Documented victims, by region and year")
        if len(matrix.columns[0][0]) == 4
        else _("Documented victims, by region and quarter")
    )
    return _draw_matrix(matrix, "quarters", title, " ".join(parts), language=view.language, width=width)


def tabulate_kinds(view: LandscapeView) -> Rows:
    """Return documented victims by kind of facility (rows) and threat class (columns); empty where none is."""
    return _tabulate(_count_kinds(view), translator(view.language)("Kind of facility"))


def tabulate_quarters(view: LandscapeView) -> Rows:
    """Return documented victims by region (rows) and quarter (columns); empty where none is."""
    return _tabulate(_count_quarters(view)[0], translator(view.language)("Region"))


def _tabulate(matrix: _Matrix, corner: str) -> Rows:
    rows: list[list[Cell]] = [
        [label, *(matrix.counts.get((row, column)) for column, _label in matrix.columns)] for row, label in matrix.rows
    ]
    return [corner, *(label for _column, label in matrix.columns)], rows


def _count_kinds(view: LandscapeView) -> _Matrix:
    counted = [row for row in view.incidents if row.part == "counted"]
    counts = Counter((row.kind, row.threat_class) for row in counted)
    labels = {row.kind: row.kind_label for row in counted}
    totals = Counter(row.kind for row in counted)
    classes = {row.id: row.label for row in view.classes}
    classes |= {row.threat_class: row.class_label for row in counted if row.threat_class not in classes}
    ordered = sorted(labels, key=lambda kind: (-totals[kind], labels[kind]))
    if len(ordered) > _KINDS:
        rest = set(ordered[_KINDS - 1 :])
        ordered = [*ordered[: _KINDS - 1], _REST]
        labels[_REST] = translator(view.language)("{count} other kinds", count=len(rest))
        counts = Counter((_REST if row.kind in rest else row.kind, row.threat_class) for row in counted)
    return _Matrix(tuple((kind, labels[kind]) for kind in ordered), tuple(classes.items()), counts)


def _count_quarters(view: LandscapeView) -> tuple[_Matrix, int]:
    """Return victims by region code and quarter, and how many have no region or no month."""
    counts: Counter[tuple[str, str]] = Counter()
    unplaced = 0
    month_of = {ref: month.month for month in view.timeline.months for ref in month.incidents}
    for row in view.incidents:
        if row.part != "counted":
            continue
        code, month = find_region(row.region, row.department), month_of.get(row.ref)
        if code is None or month is None:
            unplaced += 1
        else:
            counts[code, _quarter(month)] += 1
    names = {tile.code: tile.name for tile in load_tiles("regions")}
    totals: Counter[str] = Counter()
    for (code, _own), count in counts.items():
        totals[code] += count
    rows = tuple((code, names[code]) for code in sorted(totals, key=lambda code: (-totals[code], names[code])))
    mark = "T" if view.language == "fr" else "Q"
    quarters = dict.fromkeys(_quarter(month.month) for month in view.timeline.months)
    columns = tuple((quarter, f"{mark}{quarter[5:]} {quarter[:4]}") for quarter in quarters)
    return _Matrix(rows, columns, counts), unplaced


def _quarter(month: str) -> str:
    """Return the quarter of a month.

    >>> _quarter("2021-05")
    '2021-2'
    """
    return f"{month[:4]}-{(int(month[5:7]) + 2) // 3}"


def _join_years(matrix: _Matrix) -> _Matrix:
    counts: Counter[tuple[str, str]] = Counter()
    for (row, quarter), count in matrix.counts.items():
        counts[row, quarter[:4]] += count
    years = dict.fromkeys(quarter[:4] for quarter, _label in matrix.columns)
    return _Matrix(matrix.rows, tuple((year, year) for year in years), counts)


def _label_room(width: float) -> float:
    return min(230.0, 0.34 * width)


def _draw_matrix(
    matrix: _Matrix,
    chart_id: str,
    title: str,
    sentence: str,
    *,
    language: str,
    width: int,
) -> Chart:
    _ = translator(language)
    bins = bin_counts(matrix.largest)
    left = _label_room(width)
    side = (width - left) / max(len(matrix.columns), 1)
    entries = [KeyEntry(_("none documented"), NONE_FILL, NONE_LINE)]
    entries += [KeyEntry(text, shade) for text, shade in zip(bins.labels(language, _), bins.shades, strict=True)]
    key, bottom = draw_key(entries, width=width)
    heads, top = _draw_heads(matrix, left=left, side=side, top=bottom + 8.0, width=width)
    size = 13.0 if width > 600 else 12.0
    labels: list[Spec] = []
    boxes: list[Spec] = []
    numbers: list[Spec] = []
    y = top
    for row, label in matrix.rows:
        lines = break_words(label, left - 10.0, size=size)
        height = max(_ROW, _LINE * (1 + lines.count("\n")) + 5.0)
        middle = y + height / 2
        # Vega centres the first line only: the others hang below it.
        labels.append({"x": 0.0, "y": middle - lines.count("\n") * _LINE / 2, "text": lines})
        for index, (column, name) in enumerate(matrix.columns):
            count = matrix.counts.get((row, column), 0)
            boxes.append(
                _cell(count, bins, x=left + index * side, y=y, wide=side, high=height)
                | {
                    "row": label,
                    "column": name,
                    "count": format_count(count, language) if count else _("none documented"),
                }
            )
            text = format_count(count, language)
            if count and measure_text(text, 12.0) + 3.0 <= side and side >= _NUMBER:
                numbers.append({"x": left + (index + 0.5) * side, "y": middle, "text": text, "ink": bins.ink(count)})
        y += height
    tooltip = [
        {"field": "row", "title": _("Row")},
        {"field": "column", "title": _("Column")},
        {"field": "count", "title": _("Documented victims")},
    ]
    layers = [
        *key,
        *heads,
        *box_layers(boxes, tooltip=tooltip),
        text_layer(labels, size=size, lineHeight=_LINE),
        text_layer(numbers, size=12, align="center"),
    ]
    return finish_chart(chart_id, title, sentence, width=width, height=y, encoding=pixel_scales(width, y), layer=layers)


def _cell(count: int, bins: Bins, *, x: float, y: float, wide: float, high: float) -> Spec:
    gap = 1.0 if wide > _NUMBER else 0.5
    return {
        "left": x + gap,
        "right": x + wide - gap,
        "upper": y + 1.0,
        "lower": y + high - 1.0,
        "fill": bins.colour(count),
        "line": "white" if count else "#e6eaee",
        "struck": False,
    }


def _draw_heads(matrix: _Matrix, *, left: float, side: float, top: float, width: float) -> tuple[list[Spec], float]:
    """Return the heads of the columns, and where the cells begin [px].

    Quarters carry their year once. Words stand above their column where they fit, else a letter does, and the letters
    are told above.
    """
    if matrix.columns[0][0][:4].isdecimal():
        return _draw_years(matrix, left=left, side=side, top=top)
    if side >= _NARROW_CELL:
        lines = [break_words(label, side - 6.0, size=12) for _column, label in matrix.columns]
        high = 14.0 * (1 + max(text.count("\n") for text in lines))
        heads = [
            {"x": left + (i + 0.5) * side, "y": top + high - 14.0 * (text.count("\n") + 0.5), "text": text}
            for i, text in enumerate(lines)
        ]
        return [text_layer(heads, size=12, align="center", lineHeight=14)], top + high + 5.0
    letters = [ascii_uppercase[i % 26] for i in range(len(matrix.columns))]
    told: list[Spec] = []
    bottom = top
    for _column, label in matrix.columns:
        text = break_words(label, width - 18.0, size=13)
        told.append({"x": 18.0, "y": bottom + 9.0, "text": text})
        bottom += 17.0 * (1 + text.count("\n"))
    bottom += 8.0
    marks = [{**row, "x": 0.0, "text": letter} for row, letter in zip(told, letters, strict=True)]
    heads = [{"x": left + (i + 0.5) * side, "y": bottom + 7.0, "text": letter} for i, letter in enumerate(letters)]
    return [
        text_layer(told, size=13, lineHeight=17),
        text_layer(marks, size=13, fontWeight=600),
        text_layer(heads, size=13, align="center", fontWeight=600),
    ], bottom + 18.0


def _draw_years(matrix: _Matrix, *, left: float, side: float, top: float) -> tuple[list[Spec], float]:
    first: dict[str, int] = {}
    for index, (column, _label) in enumerate(matrix.columns):
        first.setdefault(column[:4], index)
    heads: list[Spec] = []
    for year, index in first.items():
        # The last one may stand over the last column only: it ends with the frame.
        end = left + side * len(matrix.columns)
        x = min(left + index * side + 1.0, end - measure_text(year, 12.0))
        # Years closer than their own words are left out.
        if not heads or x - heads[-1]["x"] >= measure_text(year, 12.0) + 5.0:
            heads.append({"x": x, "y": top + 8.0, "text": year, "ink": QUIET})
    return [text_layer(heads, size=12)], top + 18.0
