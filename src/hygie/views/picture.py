"""Pictures drawn mark by mark: boxes, discs, lines and texts at positions of our own, as SVG and PNG.

Charts of figures are Vega-Lite; a map of zones or of a network is not one. Its positions are computed, so that nothing
overlaps, and written with a template that escapes every text: names come from files.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from hygie.views.charts_landscape_layout import break_words, caption_lines, measure_text
from hygie.views.charts_layout import clean_label
from hygie.views.fonts import embed_fonts, font_directory
from hygie.views.theme import FONT, INK

__all__ = [
    "Box",
    "Disc",
    "Group",
    "InlineSvg",
    "KeyLine",
    "Mark",
    "Path",
    "Picture",
    "Text",
    "draw_lines",
    "frame_picture",
    "picture_png",
]

# What XML 1.0 cannot hold, whatever the escaping.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TITLE, _CAPTION, _KEY = 20.0, 14.0, 13.0
_TITLE_LINE, _CAPTION_LINE, _KEY_LINE = 26.0, 19.0, 22.0
_MARGIN, _SWATCH, _LEAST_WIDTH = 20.0, 26.0, 760.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle from its top left corner [px]; `note` is what a pointer over it shows."""

    form: ClassVar[str] = "box"
    x: float
    y: float
    width: float
    height: float
    fill: str
    line: str = ""
    stroke: float = 1.0
    radius: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Disc:
    """A disc around its centre [px]."""

    form: ClassVar[str] = "disc"
    x: float
    y: float
    radius: float
    fill: str
    line: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Path:
    """A line or a shape, in the path language of SVG, made of numbers only."""

    form: ClassVar[str] = "path"
    d: str
    line: str = ""
    stroke: float = 1.0
    fill: str = "none"
    dash: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """One line of text on its base line [px]."""

    form: ClassVar[str] = "text"
    x: float
    y: float
    text: str
    size: float
    fill: str = INK
    weight: int = 400
    anchor: str = "start"


@dataclass(frozen=True, slots=True)
class Group:
    """Marks that are moved together, right and down [px]."""

    form: ClassVar[str] = "group"
    x: float
    y: float
    marks: tuple[Mark, ...]


Mark = Box | Disc | Path | Text | Group


@dataclass(frozen=True, slots=True)
class KeyLine:
    """A line of the key: a colour, possibly dashed, and its words."""

    label: str
    colour: str
    dash: str = ""


@dataclass(frozen=True, slots=True)
class InlineSvg:
    """A picture as a part of a page, which lends it its typeface; every text in it is escaped already."""

    svg: str

    def __html__(self) -> str:
        """Return the markup as it is: what templates that escape texts ask for."""
        return self.svg


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture: its title, the sentence that reads it aloud, its size [px] and its marks, lowest first."""

    id: str
    title: str
    sentence: str
    width: float
    height: float
    marks: tuple[Mark, ...]

    @property
    def svg(self) -> str:
        """The picture as SVG: one image with an accessible name, the same bytes every time."""
        return _template().render(picture=self)

    @property
    def inline(self) -> InlineSvg:
        """The picture as a part of a page."""
        return InlineSvg(self.svg)

    @property
    def svg_alone(self) -> str:
        """The picture as a file of its own, with its typeface: an image cannot use that of the page around it."""
        return embed_fonts(self.svg)


def picture_png(picture: Picture, *, scale: float = 2.0) -> bytes:
    """Return a picture as PNG, `scale` pixels for each of its pixels."""
    import vl_convert

    vl_convert.register_font_directory(str(font_directory()))
    image: bytes = vl_convert.svg_to_png(picture.svg, scale=scale)
    return image


def draw_lines(
    lines: Sequence[str], x: float, middle: float, *, size: float, leading: float, **style: str | int
) -> list[Text]:
    """Return lines of text, one under the other, around a middle [px]."""
    first = middle - leading * (len(lines) - 1) / 2 + 0.35 * size
    return [Text(x, first + leading * i, line, size, **style) for i, line in enumerate(lines)]  # type: ignore[arg-type]


def frame_picture(
    picture_id: str,
    drawing: Sequence[Mark],
    *,
    title: str,
    sentence: str,
    size: tuple[float, float],
    key: Sequence[KeyLine] = (),
) -> Picture:
    """Return a drawing of a size [px] with its title and its key above and its sentence below."""
    width = max(size[0] + 2 * _MARGIN, _LEAST_WIDTH)
    height = size[1]
    room = width - 2 * _MARGIN
    marks: list[Mark] = []
    y = _MARGIN
    for line in break_words(title, room, size=_TITLE).split("\n"):
        marks.append(Text(_MARGIN, y + _TITLE * 0.8, line, _TITLE, weight=600))
        y += _TITLE_LINE
    x = _MARGIN
    y += 4.0
    for entry in key:
        wide = _SWATCH + 7.0 + measure_text(entry.label, _KEY)
        if x > _MARGIN and x + wide > width - _MARGIN:
            x, y = _MARGIN, y + _KEY_LINE
        middle = y + _KEY_LINE / 2
        line = f"M{_number(x)} {_number(middle)}h{_number(_SWATCH)}"
        marks.append(Path(line, line=entry.colour, stroke=3.0, dash=entry.dash))
        marks.append(Text(x + _SWATCH + 7.0, middle + 0.35 * _KEY, entry.label, _KEY))
        x += wide + 20.0
    top = y + (_KEY_LINE if key else 0.0) + 8.0
    y = top + height + 10.0
    for line in caption_lines(sentence, room, size=_CAPTION):
        marks.append(Text(_MARGIN, y + _CAPTION, line, _CAPTION))
        y += _CAPTION_LINE
    moved = Group((width - size[0]) / 2, top, tuple(drawing))
    return Picture(picture_id, title, sentence, width, y + _MARGIN, (*marks, moved))


def _clean(text: str) -> str:
    return _NOT_XML.sub("", clean_label(text))


def _number(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("hygie.views", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"font": FONT, "number": _number, "clean": _clean}
    return environment.get_template("picture.svg.j2")
