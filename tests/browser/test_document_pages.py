"""Documents in headless Chromium: nothing fetched or refused, no barrier, readable on telephone, screen and paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from document_samples import make_brief, make_document, make_empty, make_hostile
from hygie.report.render_html import render_html

pytestmark = pytest.mark.xdist_group("browser")

SAMPLES = {"full": make_document, "brief": make_brief, "empty": make_empty, "hostile": make_hostile}
NAMES = [f"{name}.{language}" for name in SAMPLES for language in ("fr", "en")]

# Elements that stick out of the page; what scrolls inside its own frame may.
WIDER_THAN_PAGE = """() => [...document.querySelectorAll("body *:not(.skip)")]
  .filter((node) => !node.closest(".scroll, svg") && node.getClientRects().length)
  .filter((node) => { const box = node.getBoundingClientRect(); return box.right > innerWidth + 1 || box.left < -1; })
  .map((node) => `${node.tagName}.${node.getAttribute("class")}`)"""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("documents")
    for name in NAMES:
        kind, language = name.split(".")
        (folder / f"{name}.html").write_text(render_html(SAMPLES[kind](language)), encoding="utf-8")
    return folder


def visit(browser: Any, file: Path, width: int, *, scheme: str = "light") -> tuple[Any, list[str]]:
    """Return a tab with the page, and what it did behind the reader's back."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    behind: list[str] = []
    tab = context.new_page()
    tab.on("console", lambda message: behind.append(f"console: {message.text}"))
    tab.on("pageerror", lambda error: behind.append(f"error: {error}"))
    tab.on("dialog", lambda dialog: (behind.append("dialog"), dialog.dismiss()))
    tab.on(
        "request",
        lambda request: (
            None if request.url == file.as_uri() or request.url.startswith("data:") else behind.append(request.url)
        ),
    )
    tab.goto(file.as_uri())
    tab.wait_for_load_state("networkidle")
    return tab, behind


@pytest.mark.parametrize("width", [1440, 820, 390])
@pytest.mark.parametrize("name", NAMES)
def test_page_is_quiet_offline_and_fits(browser: Any, pages: Path, name: str, width: int) -> None:
    tab, behind = visit(browser, pages / f"{name}.html", width)
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(WIDER_THAN_PAGE) == []
    faces = tab.evaluate("[...document.fonts].map((face) => face.status)")
    assert "loaded" in faces
    assert "error" not in faces
    assert behind == []
    tab.context.close()


@pytest.mark.parametrize(
    ("name", "width", "scheme"),
    [
        ("full.fr", 1440, "light"),
        ("full.fr", 1440, "dark"),
        ("full.en", 390, "light"),
        ("full.en", 390, "dark"),
        ("brief.fr", 820, "light"),
        ("empty.en", 1440, "dark"),
        ("hostile.en", 1440, "light"),
    ],
)
def test_no_barrier(browser: Any, pages: Path, name: str, width: int, scheme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab, _ = visit(browser, pages / f"{name}.html", width, scheme=scheme)
    found = Axe().run(tab).response
    # The rules did run, and looked at colours too.
    assert {"color-contrast", "heading-order", "scrollable-region-focusable"} & {rule["id"] for rule in found["passes"]}
    heavy = [
        (rule["id"], rule["impact"], [node["html"][:120] for node in rule["nodes"]][:3]) for rule in found["violations"]
    ]
    assert heavy == []
    tab.context.close()


def test_wide_and_narrow_charts_take_turns(browser: Any, pages: Path) -> None:
    seen = "[...document.querySelectorAll('#curve svg')].map((one) => one.getClientRects().length > 0)"
    for width, expected in ((1440, [True, False]), (390, [False, True])):
        tab, _ = visit(browser, pages / "full.fr.html", width)
        assert tab.evaluate(seen) == expected
        tab.context.close()


def test_paper_shows_the_wide_chart_and_no_contents(browser: Any, pages: Path) -> None:
    tab, behind = visit(browser, pages / "full.fr.html", 390, scheme="dark")
    tab.emulate_media(media="print")
    assert tab.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert tab.evaluate("document.querySelector('#curve .wide svg').getClientRects().length") == 1
    assert len(tab.pdf()) > 20_000
    assert behind == []
    tab.context.close()


def test_citation_and_term_lead_where_they_say(browser: Any, pages: Path) -> None:
    tab, _ = visit(browser, pages / "full.en.html", 1440)
    tab.click(".cite a >> nth=0")
    assert tab.evaluate("location.hash") == "#source-1"
    tab.click("a.term >> nth=0")
    assert tab.evaluate("location.hash") == "#term-aal"
    tab.keyboard.press("Home")
    tab.context.close()
