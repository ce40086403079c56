"""Equations as MathML, which browsers draw by themselves: no script, no font, no network.

Docutils carries the converter from LaTeX; Sphinx itself only knows renderers that fetch MathJax or call LaTeX.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError, latex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

__all__ = ["setup"]


_LOGGER = logging.getLogger(__name__)


def _write(node: nodes.Element, *, block: bool) -> str:
    try:
        return str(latex2mathml.tex2mathml(node.astext(), as_block=block))
    except MathError as error:
        _LOGGER.warning("equation not understood: %s: %s", error, node.astext(), location=node)
        return ""


def _visit_inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_write(node, block=False))
    raise nodes.SkipNode


def _visit_block(writer: Any, node: nodes.math_block) -> None:
    # The theme puts equations into a box that scrolls: room for what rises above a line keeps the bars away.
    writer.body.append(f'<div class="equation" style="padding: 0.6em 0">{_write(node, block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
