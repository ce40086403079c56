"""A document as one page: no script, no request, style and fonts inside; equal documents give equal bytes."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from hygie.report.document import Document, Picture
from hygie.report.document_data import describe_document, draw_svg
from hygie.views.charts import NARROW
from hygie.views.charts_layout import Chart, clean_label
from hygie.views.fonts import embed_font_faces

__all__ = ["render_html", "write_policy"]


def render_html(document: Document) -> str:
    """Return the document as one HTML page that needs no network and runs no script.

    Raises
    ------
    EvidenceError
        A citation leads to no source of the document.
    """

    def draw(picture: Picture) -> dict[str, Any]:
        narrow = picture.narrow
        if narrow is None and _width(picture.chart) <= NARROW:
            narrow = picture.chart
        drawn: dict[str, Any] = {"wide": _draw(picture.chart, f"{picture.id}-wide", document.language), "narrow": None}
        if narrow is not None and narrow is not picture.chart:
            drawn["narrow"] = _draw(narrow, f"{picture.id}-narrow", document.language)
        # Without a narrow version the wide one scrolls in its frame: shrunk to a telephone it could not be read.
        drawn["scrolls"] = narrow is None
        drawn["width"] = _width(picture.chart)
        return drawn

    style = _load_style()
    data = describe_document(document, draw)
    return (
        _environment()
        .get_template("document.html.j2")
        .render(doc=data, words=data["words"], style=Markup(style), policy=write_policy(style))  # noqa: S704 - our own
    )


def write_policy(style: str) -> str:
    """Return the Content-Security-Policy: nothing but this very style sheet and what is inside the page."""
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _width(chart: Chart) -> int:
    width = chart.spec.get("width", 0)
    return int(width) if isinstance(width, int | float) else 0


def _draw(chart: Chart, prefix: str, language: str) -> Markup:
    """Return the drawing with a title and a description, its inner ids made unique in the page."""
    svg = draw_svg(chart, language)
    prefix = re.sub(r"[^A-Za-z0-9_-]+", "-", prefix)
    svg = re.sub(r'(<[^<>]*? id=")', rf"\g<1>{prefix}-", svg)
    svg = re.sub(r"url\(#", f"url(#{prefix}-", svg)
    svg = re.sub(r'(<[^<>]*? (?:xlink:)?href="#)', rf"\g<1>{prefix}-", svg)
    # Inline styles are refused by the policy of the page; the only one is a white background.
    svg = re.sub(r"(<svg [^<>]*?) style=\"[^\"]*\"", r"\1", svg, count=1)
    svg = re.sub(r'(<svg [^<>]*?) aria-label="[^"]*"', rf'\1 aria-labelledby="{prefix}-t {prefix}-d"', svg, count=1)
    named = (
        f'<title id="{prefix}-t">{escape(clean_label(chart.title))}</title>'
        f'<desc id="{prefix}-d">{escape(clean_label(chart.sentence))}</desc>'
    )
    end = svg.index(">") + 1
    return Markup(svg[:end] + named + svg[end:])  # noqa: S704 - Vega escapes every text


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("hygie.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _load_style() -> str:
    rules = (files("hygie.report") / "templates" / "document.css").read_text(encoding="utf-8")
    return f"{embed_font_faces()}\n{rules}"
