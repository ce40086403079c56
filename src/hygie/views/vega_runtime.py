"""The script that draws charts in a browser: Vega, Vega-Lite and Vega-Embed from `vl-convert`, kept in the cache."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
from importlib.metadata import version
from pathlib import Path

from hygie.store.cache import cache_root

__all__ = ["load_vega_runtime", "name_vega_runtime"]

_SNIPPET = "window.vegaEmbed = vegaEmbed; window.hygieLocales = {locales};"


def name_vega_runtime() -> str:
    """Return the file name of the runtime; it changes with the version of `vl-convert` and with ours."""
    mark = hashlib.sha256(f"{version('vl-convert-python')}\x1f{_SNIPPET}".encode()).hexdigest()[:12]
    return f"vega-{mark}.js"


def load_vega_runtime() -> bytes:
    """Return the runtime, gzip-compressed; made once, with the number formats of both languages inside."""
    file = cache_root() / "web" / f"{name_vega_runtime()}.gz"
    try:
        return file.read_bytes()
    except OSError:
        content = gzip.compress(_bundle(), compresslevel=9, mtime=0)
    _keep(file, content)
    return content


def _bundle() -> bytes:
    import vl_convert

    locales = {
        "fr": [vl_convert.get_format_locale("fr-FR"), vl_convert.get_time_format_locale("fr-FR")],
        "en": [vl_convert.get_format_locale("en-GB"), vl_convert.get_time_format_locale("en-GB")],
    }
    snippet = _SNIPPET.replace("{locales}", json.dumps(locales, ensure_ascii=False))
    return str(vl_convert.javascript_bundle(snippet=snippet)).encode("utf-8")


def _keep(file: Path, content: bytes) -> None:
    # A cache that cannot be written is no failure: the runtime is made again.
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=file.name)
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(name).replace(file)
    except OSError:
        return
