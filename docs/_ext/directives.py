"""Directives that write tables and draw pictures at build time: `hygie-table`, `-fields`, `-command`, `-picture`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml
from docutils import nodes
from experiments import EXPERIMENTS
from models import describe_command, describe_fields, find_model
from pictures import PictureDirective
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from tables import TABLES

__all__ = ["setup"]


def write_table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines
    )


class TableDirective(SphinxDirective):
    """One table of `tables.TABLES` or `experiments.EXPERIMENTS`."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        known = {**TABLES, **EXPERIMENTS}
        if name not in known:
            raise self.error(f"no table is called {name}; known: {', '.join(known)}")
        return self.parse_text_to_nodes(write_table(*known[name]()))


class FieldsDirective(SphinxDirective):
    """Fields of a model: what is accepted from the code, the meaning from the page (`field: meaning` lines)."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        meanings = yaml.safe_load("\n".join(self.content)) or {}
        try:
            rows = describe_fields(find_model(self.arguments[0]), meanings)
        except LookupError as error:
            raise self.error(str(error)) from None
        return self.parse_text_to_nodes(write_table(("field", "accepts", "default", "meaning"), rows))


class CommandDirective(SphinxDirective):
    """Arguments and options of a command."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self) -> list[nodes.Node]:
        rows = describe_command(self.arguments[0])
        return self.parse_text_to_nodes(write_table(("argument or option", "default", "meaning"), rows))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives."""
    app.add_directive("hygie-table", TableDirective)
    app.add_directive("hygie-fields", FieldsDirective)
    app.add_directive("hygie-command", CommandDirective)
    app.add_directive("hygie-picture", PictureDirective)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
