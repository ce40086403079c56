"""A document as PDF, typeset by Typst: tagged, for archives (PDF/A-2a, PDF/UA-1), equal bytes for equal documents.

The template is a file of ours; the document reaches it as JSON, so that no text of it is ever markup.
"""

from __future__ import annotations

import json
import re
import unicodedata
from functools import cache
from importlib.resources import files
from typing import Any

from hygie.core.errors import HygieError
from hygie.report.document import Document, Picture
from hygie.report.document_data import describe_document, draw_svg
from hygie.views.fonts import font_directory

__all__ = ["render_pages", "render_pdf"]

# A chart as wide as a page of the screen (840 px) is as wide as the text of a printed one (166 mm).
_POINTS_PER_PIXEL = 166.0 / 25.4 * 72.0 / 844.0
_TALLEST = 590.0
_STANDARDS = ["a-2a", "ua-1"]


def render_pdf(document: Document) -> bytes:
    """Return the document as PDF.

    Raises
    ------
    EvidenceError
        A citation leads to no source of the document.
    HygieError
        The typesetter refuses the document.
    """
    made = _compile(document, format="pdf", pdf_standards=_STANDARDS)
    assert isinstance(made, bytes)
    return made


def render_pages(document: Document, *, ppi: float = 80.0) -> list[bytes]:
    """Return the pages of the PDF as PNG pictures, `ppi` pixels for each inch."""
    made = _compile(document, format="png", ppi=ppi)
    return made if isinstance(made, list) else [made]


def _compile(document: Document, **options: Any) -> Any:
    import typst  # 50 ms: only when something is typeset

    def draw(picture: Picture) -> dict[str, Any]:
        svg = draw_svg(picture.chart, document.language)
        return {"svg": svg, "width": _choose_width(svg)}

    data = describe_document(document, draw)
    template = (files("hygie.report") / "templates" / "document.typ").read_bytes()
    try:
        return typst.compile(
            template,
            sys_inputs={"document": json.dumps(_fit_font(data), ensure_ascii=False)},
            font_paths=[str(font_directory())],
            ignore_system_fonts=True,
            **options,
        )
    except typst.TypstError as error:
        raise HygieError(
            "the document could not be typeset",
            file=document.id,
            value=str(error),
            repair="write it as HTML, and report this message: the typesetter should accept every document",
        ) from error


def _choose_width(svg: str) -> float:
    found = re.search(r'<svg [^<>]*?width="([0-9.]+)"[^<>]*?height="([0-9.]+)"', svg)
    if found is None:
        return 470.0
    width, height = (float(size) * _POINTS_PER_PIXEL for size in found.groups())
    return round(width * min(1.0, _TALLEST / height), 2)


def _fit_font(value: Any, key: str = "") -> Any:
    """Return data in which every text has only characters that the typeface can show."""
    if isinstance(value, dict):
        return {name: _fit_font(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_fit_font(item, key) for item in value]
    if isinstance(value, str) and key != "url":
        return _fit_text(value) if key == "svg" else _soften(_fit_text(value))
    return value


def _soften(text: str) -> str:
    """Return a text in which words too long for a column may break: addresses, digests, names of files."""
    return _LONG_WORD.sub(lambda match: _BREAK.join(_PIECE.findall(match.group())), text)


def _fit_text(text: str) -> str:
    covered = _covered()
    if all(ord(letter) in covered for letter in text):
        return text
    return "".join(letter if ord(letter) in covered else _replace(letter, covered) for letter in text)


def _replace(letter: str, covered: frozenset[int]) -> str:
    if letter in _ALIKE:
        return _ALIKE[letter]
    plain = [part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part)]
    if not plain:
        return ""
    return "".join(part if ord(part) in covered else "?" for part in plain)


_BREAK = "\u200b"
_LONG_WORD = re.compile(r"[^\s\u200b]{27,}")
_PIECE = re.compile(r"[^._-]{1,16}(?:[._-]+|$)|.{1,10}")  # at a separator where there is one nearby
_ALIKE = {"\u2011": "-", "\u2009": "\u202f", "\u200b": "", "\u2060": "", "\ufeff": "", "\u200c": "", "\u200d": ""}


@cache
def _covered() -> frozenset[int]:
    """Return the code points that every weight in use has a glyph for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    sets = []
    for name in ("SourceSansPro-Regular.otf", "SourceSansPro-Semibold.otf"):
        with TTFont(font_directory() / name, lazy=True) as font:
            sets.append(frozenset(font.getBestCmap()))
    return sets[0] & sets[1]
