"""Short ways to write the blocks of a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Literal, Protocol

from hygie.report.document import (
    Bullets,
    Cell,
    Column,
    Inline,
    KeyFigure,
    Note,
    Paragraph,
    Picture,
    Raw,
    Table,
    Text,
)
from hygie.views.assessment import FigureView
from hygie.views.charts_data import Rows
from hygie.views.charts_layout import Chart
from hygie.views.messages import translator
from hygie.views.numbers import (
    format_count,
    format_euros,
    format_number,
    format_percent,
    natural_frequency,
    round_significant,
)

__all__ = [
    "hide_rows",
    "join_range",
    "make_cell",
    "make_key_figure",
    "make_table",
    "read_day",
    "round_chance",
    "shorten_digest",
    "show_amount",
    "show_figure",
    "show_noise",
    "show_picture",
    "state_plan",
    "tabulate_versions",
    "write_bullets",
    "write_note",
    "write_paragraph",
]

_NO_BREAK = "\u00a0"
_TEN = 10.0


class _Plan(Protocol):
    @property
    def years(self) -> int: ...
    @property
    def draws(self) -> int: ...
    @property
    def seed(self) -> int: ...


def state_plan(plan: _Plan, language: str) -> tuple[str, str]:
    """Return how much was simulated, as the cover states it."""
    _ = translator(language)
    text = _(
        "{years} simulated years, {draws} draws, seed {seed}",
        years=format_count(plan.years, language),
        draws=format_count(plan.draws, language),
        seed=plan.seed,
    )
    return _("Simulation"), text


def write_paragraph(*parts: Inline, lead: bool = False) -> Paragraph:
    """Return a paragraph."""
    return Paragraph(parts, lead=lead)


def write_bullets(lines: Iterable[str | Text], *, numbered: bool = False) -> Bullets:
    """Return a list of texts."""
    return Bullets(tuple((line,) if isinstance(line, str) else line for line in lines), numbered=numbered)


def write_note(
    kind: Literal["reading", "caution", "assumption", "method"],
    title: str,
    lines: Sequence[str],
    *,
    listed: bool = False,
) -> Note:
    """Return a remark set apart: paragraphs, or a list."""
    blocks = (write_bullets(lines),) if listed else tuple(write_paragraph(line) for line in lines)
    return Note(kind, title, blocks)


def make_cell(shown: str | Text, raw: Raw = None) -> Cell:
    """Return a cell: what is read, and the raw value for the files of figures."""
    return Cell((shown,) if isinstance(shown, str) else shown, raw)


def make_table(
    table_id: str,
    title: str,
    columns: Sequence[tuple[str, ...]],
    rows: Iterable[Sequence[Cell]],
    *,
    sentence: str = "",
    shares: Sequence[float] = (),
    words: int = 1,
) -> Table:
    """Return a table; columns are id, label and, where there is one, the unit.

    Parameters
    ----------
    shares
        Relative widths; the first column twice as wide as the others by default.
    words
        So many columns, from the left, hold words; the others hold numbers, aligned on the right.
    """
    wide = shares or (2.4, *[1.0] * (len(columns) - 1))
    made = tuple(
        Column(
            column[0],
            column[1],
            unit=column[2] if len(column) == 3 else "",
            align="left" if index < words else "right",
            share=wide[index],
        )
        for index, column in enumerate(columns)
    )
    return Table(table_id, title, made, tuple(tuple(row) for row in rows), sentence=(sentence,) if sentence else ())


def hide_rows(table_id: str, title: str, rows: Rows, *, names: Sequence[str]) -> Table:
    """Return the rows behind a chart as a table of raw values; `names` are the headings in English."""
    header, values = rows
    columns = tuple(Column(_name_column(name), label) for name, label in zip(names, header, strict=True))
    cells = tuple(tuple(Cell(("" if value is None else str(value),), value) for value in row) for row in values)
    return Table(table_id, title, columns, cells)


def _name_column(heading: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", heading.lower()).strip("_")


def show_picture(chart: Chart, *, narrow: Chart | None = None, data: Table | None = None) -> Picture:
    """Return a picture of a chart."""
    return Picture(chart.id, chart, data=data, narrow=narrow)


def show_amount(value: float, unit: str, language: str) -> str:
    """Return an amount of one unit with two significant digits; the label says of what."""
    if unit.startswith("EUR"):
        return format_euros(value, language)
    if unit == "share":
        return format_percent(value, language)
    return format_count(round_significant(value, 2), language) if value >= _TEN else format_number(value, language)


def show_figure(figure: FigureView, language: str) -> tuple[str, str, str]:
    """Return value, low and high as they are read; yearly probabilities as natural frequencies on one base."""
    if figure.unit != "share" or figure.value <= 0.0:
        low, value, high = (show_amount(x, figure.unit, language) for x in (figure.low, figure.value, figure.high))
        return ("0" if figure.value <= 0.0 else value), low, high
    _ = translator(language)
    base = max(100, natural_frequency(figure.value)[1])
    low, value, high = (format_number(x * base, language) for x in (figure.low, figure.value, figure.high))
    return _("{count} in {base}", count=value, base=format_count(base, language)), low, high


def join_range(low: str, high: str, language: str) -> str:
    """Return a range in words: “€90k to €1m”."""
    return translator(language)("{low} to {high}", low=low, high=high)


def round_chance(value: float, language: str) -> str:
    """Return a count of a natural frequency as sentences say it: whole, with one decimal below 2."""
    rounded = round(value, 1 if value < 2.0 else 0)
    return format_number(rounded, language, digits=3) if rounded != round(rounded) else format_count(rounded, language)


def show_noise(figure: FigureView, language: str) -> str:
    """Return the noise of the simulation as a share of the value."""
    if not figure.value:
        return "–"
    return f"±{_NO_BREAK}{format_percent(figure.mc_error / figure.value, language, digits=1)}"


def make_key_figure(figure: FigureView, language: str, *, label: str, meaning: str = "") -> KeyFigure:
    """Return a figure as a large one, with its likely range."""
    _ = translator(language)
    value, low, high = show_figure(figure, language)
    if figure.unit == "share" and figure.value > 0.0:
        # As the headline says it.
        count, base = natural_frequency(figure.value)
        value = _("{count} in {base}", count=format_count(count, language), base=format_count(base, language))
        low, high = (round_chance(x * base, language) for x in (figure.low, figure.high))
    return KeyFigure(
        figure.id,
        value,
        label,
        meaning=(meaning,) if meaning else (),
        range=_("likely {low} to {high}", low=low, high=high),
        raw=figure.value,
        unit=figure.unit,
    )


def tabulate_versions(named: Iterable[tuple[str, str]], language: str) -> Table:
    """Return versions and digests in full."""
    _ = translator(language)
    columns = [("what", _("What")), ("version", _("version or digest"))]
    rows = [(make_cell(name), make_cell(version)) for name, version in named]
    return make_table("versions_table", _("What made these figures"), columns, rows, shares=(1.0, 3.4), words=2)


def shorten_digest(digest: str) -> str:
    """Return the head of a digest, enough to tell results apart by eye.

    >>> shorten_digest("sha256:7bd0199bea0ffa4c5e5e14754259e406")
    'sha256:7bd0199bea0f…'
    """
    kind, _colon, code = digest.partition(":")
    return f"{kind}:{code[:12]}…" if len(code) > 12 else digest


def read_day(text: str) -> date:
    """Return the date of a text YYYY-MM-DD."""
    return date.fromisoformat(text)
