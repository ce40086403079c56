"""Take the picture of the README: the top of a report, 1,440 pixels wide.

``python docs/_scripts/make_screenshot.py results/demo`` draws the report of a result folder in headless Chromium and
writes ``docs/_static/report.png``, at most 300 kB. ``$CHROMIUM`` names the browser, if it is not ``chromium``.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from hygie.report.render_html import render_html
from hygie.service.report import ReportRequest, build_report

OUT = Path(__file__).parents[1] / "_static" / "report.png"
WIDTH, HEIGHT = 1440, 960
MOST_BYTES = 300_000
COLOURS = (256, 128, 64)


def find_browser() -> str:
    """Return the path of Chromium."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if browser is None:
        sys.exit("Chromium is not installed: `apt-get install chromium`, or set $CHROMIUM to its path.")
    return browser


def take_picture(page: str) -> bytes:
    """Return the top of a page as PNG."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        file = Path(folder) / "report.html"
        file.write_text(page, encoding="utf-8")
        chromium = play.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        try:
            tab = chromium.new_page(viewport={"width": WIDTH, "height": HEIGHT})
            tab.goto(file.as_uri())
            tab.evaluate("document.fonts.ready")
            return tab.screenshot()
        finally:
            chromium.close()


def shrink_picture(data: bytes) -> bytes:
    """Return a PNG of at most 300 kB: few colours are enough for a page of text and flat charts."""
    image = Image.open(BytesIO(data)).convert("RGB")
    for count in COLOURS:
        packed = BytesIO()
        image.quantize(count, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() <= MOST_BYTES:
            return packed.getvalue()
    sys.exit(f"The picture takes {packed.tell():,} bytes, more than {MOST_BYTES:,}: lower HEIGHT.")


def main() -> None:
    """Read the arguments and write the picture."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("result", type=Path, help="result folder printed by `hygie assess`")
    parser.add_argument("--lang", choices=("fr", "en"), default="en")
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    document = build_report(ReportRequest(arguments.result, language=arguments.lang))
    picture = shrink_picture(take_picture(render_html(document)))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_bytes(picture)
    sys.stdout.write(f"{arguments.out}: {len(picture):,} bytes\n")


if __name__ == "__main__":
    main()
