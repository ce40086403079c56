"""Sphinx configuration: Markdown pages, tables made from the code, no network at build or reading time."""

from __future__ import annotations

import sys
from pathlib import Path

import hygie

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "hygie"
author = "The hygie authors"
copyright = "2026, The hygie authors"
release = version = hygie.__version__
language = "en"

extensions = ["myst_parser", "directives", "mathml"]
exclude_patterns = ["_build", "_ext"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
nitpicky = True

html_theme = "furo"
html_title = f"hygie {release}"
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
