"""The pages of portfolios in headless Chromium: no barrier, nothing wider than the screen, a what-if to its end."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser_kit import serve_app
from portfolio_kit import make_studied
from web_kit import person

pytestmark = pytest.mark.xdist_group("browser")

_PATIENCE_MS = 120_000
VISITS = (("fr", 1440, "light"), ("en", 390, "dark"))


@pytest.fixture(scope="module")
def site(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of an application with its worker, and the id of a study in it."""
    folder = tmp_path_factory.mktemp("portfolios") / "workspace"
    study = make_studied(filled_workspace, folder)
    with serve_app(folder, principal=person()) as (address, _app):
        yield address, study


def open_tab(browser: Any, address: str, *, language: str, width: int, theme: str) -> Any:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme)
    context.add_cookies([{"name": "hygie_language", "value": language, "url": address}])
    tab = context.new_page()
    tab.set_default_timeout(_PATIENCE_MS)
    return tab


def judge(tab: Any, name: str) -> None:
    """Every chart is drawn; no barrier; nothing wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    for canvas in tab.locator("[data-chart]").all():
        canvas.scroll_into_view_if_needed()
    tab.locator("[data-chart]:not(.drawn)").first.wait_for(state="detached")
    if shots := os.environ.get("HYGIE_SHOTS"):
        tab.screenshot(path=f"{shots}/portfolio-{name}.png", full_page=True)
    found = Axe().run(tab).response["violations"]
    serious = [item for item in found if item["impact"] in ("serious", "critical")]
    assert [(name, item["id"], item["nodes"][0]["target"]) for item in serious] == []
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name


@pytest.mark.parametrize(("language", "width", "theme"), VISITS)
def test_no_page_raises_a_barrier(browser: Any, site: tuple[str, str], language: str, width: int, theme: str) -> None:
    address, study = site
    tab = open_tab(browser, address, language=language, width=width, theme=theme)
    behind: list[str] = []
    tab.on("console", lambda message: behind.append(message.text) if message.type in ("error", "warning") else None)
    for name, path in (
        ("list", "/portfolio"),
        ("new", "/portfolio/new"),
        ("file", "/portfolio/files/ght"),
        ("study", f"/portfolio/{study}"),
        ("members", f"/portfolio/{study}/members"),
        ("compare", f"/portfolio/{study}/compare?ght=g-1"),
        ("whatif", f"/portfolio/{study}/whatif?provider=host-a"),
    ):
        tab.goto(address + path)
        judge(tab, f"{name}-{language}-{width}-{theme}")
    assert behind == []
    tab.context.close()


def test_a_provider_is_taken_down_live(browser: Any, site: tuple[str, str]) -> None:
    address, study = site
    tab = open_tab(browser, address, language="en", width=1440, theme="light")
    tab.goto(f"{address}/portfolio/{study}")
    tab.get_by_role("link", name="What if a provider is down?").click()
    tab.select_option("[name=provider]", "host-a")
    tab.fill("[name=days]", "3")
    tab.get_by_role("button", name="Who is reached?").first.click()
    tab.locator("#reach").wait_for()
    tab.get_by_role("button", name="Simulate what it costs").click()
    # Live: nobody touches the page, and it leads to the result.
    tab.wait_for_url("**/portfolio/whatif/*")
    tab.locator("#rows .canvas.drawn").wait_for()
    for width in (1440, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.wait_for_timeout(300)
        judge(tab, f"supposed-en-{width}")
    tab.context.close()
