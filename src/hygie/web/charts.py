"""Charts by address: the specification for the script, pictures and figures to keep."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Literal

from fastapi import HTTPException, Request
from starlette.responses import Response

from hygie.views.messages import Language
from hygie.web.pages import keep_answer
from hygie.web.state import state_of

if TYPE_CHECKING:
    from hygie.views.charts_layout import Chart
    from hygie.views.picture import Picture

__all__ = ["NARROWEST", "WIDEST", "Ending", "answer_chart", "answer_picture"]

Ending = Literal["json", "svg", "png", "csv"]
NARROWEST, WIDEST = 300, 1200
_TYPES = {
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "csv": "text/csv; charset=utf-8",
}
_MAX_AGE_S = 60
# A picture opened by itself may use the typeface that it carries, and nothing else.
_PICTURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; frame-ancestors 'none'; sandbox"


def answer_chart(
    request: Request,
    *,
    name: str,
    ending: Ending,
    language: Language,
    key: Hashable,
    draw: Callable[[int | None], Chart | None],
    tabulate: Callable[[], str],
) -> Response:
    """Return one chart as its address asks; `width`, `theme` and `download` are read from the query.

    Parameters
    ----------
    key
        What the figures depend on: answers are kept by it.
    draw
        Returns the chart at a width [px], at its usual one for None; None when there is nothing to show.

    Raises
    ------
    HTTPException
        404: there is nothing to show.
    """
    query = request.query_params
    width = _read_width(query.get("width"))
    dark, keep = query.get("theme") == "dark", "download" in query
    content = state_of(request).views.remember(
        ("chart", name, ending, language, width, dark, keep, key),
        lambda: _make(ending, language, draw, tabulate, width=width, dark=dark, keep=keep),
    )
    answer = Response(content, media_type=_TYPES[ending])
    if keep:
        answer.headers["Content-Disposition"] = f'attachment; filename="hygie-{name}.{ending}"'
    return keep_answer(request, answer, max_age=_MAX_AGE_S)


def answer_picture(
    request: Request,
    *,
    name: str,
    ending: Literal["svg", "png", "csv"],
    language: Language,
    key: Hashable,
    draw: Callable[[], Picture],
    tabulate: Callable[[], str],
) -> Response:
    """Return one picture drawn mark by mark as its address asks; `download` is read from the query."""
    keep = "download" in request.query_params
    content = state_of(request).views.remember(
        ("picture", name, ending, language, key), lambda: _draw_picture(ending, draw, tabulate)
    )
    answer = Response(content, media_type=_TYPES[ending])
    if keep:
        answer.headers["Content-Disposition"] = f'attachment; filename="hygie-{name}.{ending}"'
    answer = keep_answer(request, answer, max_age=_MAX_AGE_S)
    if ending == "svg":
        answer.headers["Content-Security-Policy"] = _PICTURE_POLICY
    return answer


def _draw_picture(ending: str, draw: Callable[[], Picture], tabulate: Callable[[], str]) -> bytes:
    from hygie.views.picture import picture_png

    if ending == "csv":
        return tabulate().encode("utf-8-sig")
    return draw().svg_alone.encode("utf-8") if ending == "svg" else picture_png(draw())


def _make(
    ending: Ending,
    language: Language,
    draw: Callable[[int | None], Chart | None],
    tabulate: Callable[[], str],
    *,
    width: int | None,
    dark: bool,
    keep: bool,
) -> bytes:
    from hygie.views.charts import render_png, render_svg
    from hygie.views.charts_dark import darken_chart
    from hygie.views.charts_landscape import add_caption

    if ending == "csv":
        # Spreadsheets know UTF-8 by its mark.
        return tabulate().encode("utf-8-sig")
    chart = draw(width)
    if chart is None:
        raise HTTPException(404)
    if ending == "json":
        spec = darken_chart(chart.spec) if dark else chart.spec
        return json.dumps(spec, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    spec = add_caption(chart) if keep else chart.spec
    return render_svg(spec, language).encode("utf-8") if ending == "svg" else render_png(spec, language)


def _read_width(text: str | None) -> int | None:
    if text is None or not text.isascii() or not text.isdigit():
        return None
    return max(NARROWEST, min(int(text[:6]), WIDEST))
