"""Equations as MathML, which browsers draw by themselves: no script, no font, no network.

Docutils carries the converter from LaTeX; Sphinx itself only knows renderers that fetch MathJax or call LaTeX.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import latex2mathml
from sphinx.application import Sphinx

__all__ = ["setup"]


def _write(text: str, *, block: bool) -> str:
    return str(latex2mathml.tex2mathml(text, as_block=block))


def _visit_inline(writer: Any, node: nodes.math) -> None:
    writer.body.append(_write(node.astext(), block=False))
    raise nodes.SkipNode


def _visit_block(writer: Any, node: nodes.math_block) -> None:
    writer.body.append(f'<div class="math">{_write(node.astext(), block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer."""
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
