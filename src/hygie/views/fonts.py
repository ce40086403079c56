"""The typeface of charts and reports: Source Sans Pro, from its package, unmodified (SIL Open Font License 1.1)."""

from __future__ import annotations

from base64 import b64encode
from functools import cache
from importlib.resources import files
from pathlib import Path

__all__ = ["embed_font_faces", "embed_fonts", "font_directory"]

_FACES = (("SourceSansPro-Regular.otf", 400), ("SourceSansPro-Semibold.otf", 600))


def font_directory() -> Path:
    """Return the folder of the font files."""
    return Path(str(files("font_source_sans_pro"))) / "files"


@cache
def embed_font_faces() -> str:
    """Return the CSS ``@font-face`` rules with both weights inside, so that a page needs no other file.

    The files are embedded whole: the licence reserves the name of the font for unmodified versions, which a subset
    is not.
    """
    rules = []
    for name, weight in _FACES:
        data = b64encode((font_directory() / name).read_bytes()).decode("ascii")
        rules.append(
            f'@font-face{{font-family:"Source Sans Pro";font-weight:{weight};font-style:normal;'
            f'src:url("data:font/otf;base64,{data}") format("opentype")}}'
        )
    return "\n".join(rules)


def embed_fonts(svg: str) -> str:
    """Return an SVG with the typeface inside, for where it stands alone: a file, or an ``<img>``.

    Labels are laid out for the widths of this typeface; another one makes them overflow.
    """
    head, end, rest = svg.partition(">")
    return f"{head}{end}\n<defs><style>{embed_font_faces()}</style></defs>{rest}" if end else svg
