"""Pictures of the example facilities, drawn each time the pages are built, so that they cannot drift."""

from __future__ import annotations

from datetime import date
from html import escape
from io import BytesIO
from pathlib import Path

from docutils import nodes
from PIL import Image
from sphinx.util.docutils import SphinxDirective

from hygie.service.facility_view import show_facility_file
from hygie.views.charts_facility import FACILITY_PICTURE_IDS, draw_facility_picture
from hygie.views.messages import LANGUAGES
from hygie.views.picture import picture_png

__all__ = ["PictureDirective"]

_EXAMPLES = Path(__file__).parents[2] / "examples"
_AS_OF = date(2026, 11, 23)
# Few colours are used: a palette makes the file several times smaller.
_COLOURS = 64


class PictureDirective(SphinxDirective):
    """A picture of an example: its file, the picture, the language. The picture is a link to itself at full size."""

    required_arguments = 3

    def run(self) -> list[nodes.Node]:
        file, picture_id, language = self.arguments
        if picture_id not in FACILITY_PICTURE_IDS:
            raise self.error(f"no picture is called {picture_id}; known: {', '.join(FACILITY_PICTURE_IDS)}")
        spoken = next((known for known in LANGUAGES if known == language), None)
        if spoken is None:
            raise self.error(f"no language is called {language}; known: {', '.join(LANGUAGES)}")
        self.env.note_dependency(str(_EXAMPLES / file))
        view = show_facility_file(_EXAMPLES / file, as_of=_AS_OF, language=spoken)
        picture = draw_facility_picture(view, picture_id)
        folder = Path(self.env.app.outdir) / "_images"
        folder.mkdir(parents=True, exist_ok=True)
        name = f"{Path(file).stem}-{picture_id}.{language}.png"
        with Image.open(BytesIO(picture_png(picture, scale=1.5))) as image:
            image.convert("RGB").quantize(_COLOURS).save(folder / name, optimize=True)
        address = "../" * self.env.docname.count("/") + f"_images/{name}"
        html = f'<a href="{address}"><img src="{address}" alt="{escape(picture.sentence)}" style="width: 100%"></a>'
        return [nodes.raw("", html, format="html")]
