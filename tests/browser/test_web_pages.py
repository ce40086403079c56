"""The pages in headless Chromium: no barrier, nothing refused by the policy, nothing wider than the screen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser_kit import serve_app
from web_kit import person

pytestmark = pytest.mark.xdist_group("browser")

PAGES = (
    "/",
    "/landscape",
    "/incidents/FR-2019-01",
    "/qualification",
    "/qualification?tab=attribution",
    "/actors",
    "/actors/lockbit",
    "/techniques",
    "/techniques/T1486",
    "/controls/segmentation",
    "/sources",
    "/sources/parameters/threat.coverage.cert_sante",
    "/sources/evidence",
    "/sources/validation",
    "/sources/model-card",
    "/landscape?region=Nowhere",
)
VISITS = (("fr", 1440, "light"), ("en", 390, "dark"), ("fr", 390, "light"), ("en", 1440, "dark"))
_PATIENCE_S = 60


@pytest.fixture(scope="module")
def site(filled_workspace: Path) -> Iterator[str]:
    """The address of the running pages."""
    with serve_app(filled_workspace, principal=person(), worker=False) as (address, _app):
        yield address


def visit(
    browser: Any, address: str, *, language: str, width: int, theme: str, script: bool = True
) -> tuple[Any, list[str]]:
    """Open a page, draw its charts, and return it with what it said behind the reader's back."""
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=script
    )
    context.add_cookies([{"name": "hygie_language", "value": language, "url": address}])
    tab, behind = context.new_page(), []
    tab.on("console", lambda message: behind.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: behind.append(str(error)))
    tab.goto(address)
    for canvas in tab.locator("[data-chart]").all() if script else []:
        canvas.scroll_into_view_if_needed()
    end = time.monotonic() + _PATIENCE_S
    while script and tab.locator("[data-chart]:not(.drawn)").count() and time.monotonic() < end:
        tab.wait_for_timeout(100)
    return tab, [line for line in behind if "the server responded with a status of 400" not in line]


@pytest.mark.parametrize(("language", "width", "theme"), VISITS)
@pytest.mark.parametrize("path", PAGES)
def test_no_page_raises_a_barrier(browser: Any, site: str, path: str, language: str, width: int, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab, behind = visit(browser, site + path, language=language, width=width, theme=theme)
    assert tab.locator("[data-chart]:not(.drawn)").count() == 0
    found = Axe().run(tab).response["violations"]
    assert [
        (item["id"], item["nodes"][0]["target"]) for item in found if item["impact"] in ("serious", "critical")
    ] == []
    assert behind == []
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    tab.context.close()


def test_without_script_charts_are_pictures_and_tables_sort(browser: Any, site: str) -> None:
    tab, behind = visit(browser, site + "/landscape", language="en", width=1440, theme="light", script=False)
    assert behind == []
    pictures = tab.locator("figure.chart noscript img, figure.chart > img")
    assert pictures.count() >= 7
    tab.locator("#evidence thead a", has_text="Victim").click()
    assert "sort=victim" in tab.url
    tab.context.close()


def test_the_keyboard_reaches_the_content(browser: Any, site: str) -> None:
    tab, _behind = visit(browser, site + "/actors", language="en", width=1440, theme="light")
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.className") == "skip"
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.id") == "main"
    tab.context.close()
