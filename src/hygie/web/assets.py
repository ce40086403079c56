"""Style, script, typeface and chart runtime: names that change with the content, kept by browsers for a year."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from hygie.views.fonts import font_directory
from hygie.views.vega_runtime import load_vega_runtime, name_vega_runtime

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Assets", "load_assets", "serve_asset"]

_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "otf": "font/otf"}
_FOREVER = "public, max-age=31536000, immutable"
_FONTS = {"regular": "SourceSansPro-Regular.otf", "semibold": "SourceSansPro-Semibold.otf"}


@dataclass(frozen=True, slots=True)
class Assets:
    """Files by short name (`hygie.css`) with the address of each, and their compressed content by file name."""

    addresses: Mapping[str, str]
    contents: Mapping[str, bytes]

    def __call__(self, name: str) -> str:
        """Return the address of a file."""
        return self.addresses[name]


@cache
def load_assets() -> Assets:
    """Read and compress every file but the chart runtime, which is made when it is first asked for."""
    found: dict[str, bytes] = {}
    addresses: dict[str, str] = {}

    def add(name: str, content: bytes) -> None:
        stem, _, ending = name.rpartition(".")
        hashed = f"{stem}-{hashlib.sha256(content).hexdigest()[:12]}.{ending}"
        found[hashed] = gzip.compress(content, compresslevel=9, mtime=0)
        addresses[name] = f"/static/{hashed}"

    for key, file in _FONTS.items():
        add(f"source-sans-{key}.otf", (font_directory() / file).read_bytes())
    static = files("hygie.web") / "static"
    style = (static / "hygie.css").read_text(encoding="utf-8")
    for key in _FONTS:
        style = style.replace(f"font:{key}", addresses[f"source-sans-{key}.otf"])
    add("hygie.css", style.encode("utf-8"))
    add("hygie.js", (static / "hygie.js").read_bytes())
    addresses["vega.js"] = f"/static/{name_vega_runtime()}"
    return Assets(MappingProxyType(addresses), MappingProxyType(found))


def serve_asset(request: Request) -> Response:
    """Answer with one file, compressed for those that can read it."""
    name = str(request.path_params["name"])
    assets = load_assets()
    content = load_vega_runtime() if name == name_vega_runtime() else assets.contents.get(name)
    if content is None:
        raise HTTPException(404)
    headers = {"Cache-Control": _FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
    else:
        content = gzip.decompress(content)
    return Response(content, media_type=_TYPES[name.rpartition(".")[2]], headers=headers)
