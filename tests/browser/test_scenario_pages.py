"""The scenario explorer in headless Chromium: asked for, followed live, looked at day by day by keyboard."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser_kit import serve_app
from jobs_kit import small
from web_kit import open_pages, person, read_token

pytestmark = pytest.mark.xdist_group("browser")

_PATIENCE_MS = 180_000
_BOX = 130


@pytest.fixture(scope="module")
def site(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an application with one facility, and its worker."""
    folder = tmp_path_factory.mktemp("explorer") / "workspace"
    shutil.copytree(filled_workspace, folder)
    with open_pages(folder, person()) as pages:
        token = read_token(pages.get("/facilities/new").text)
        pages.post("/facilities/file", data={"csrf_token": token}, files={"file": ("a.yaml", small().encode())})
    with serve_app(folder, principal=person()) as (address, _app):
        yield address


def open_tab(browser: Any, address: str, *, language: str, width: int, script: bool = True) -> Any:
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    context.add_cookies([{"name": "hygie_language", "value": language, "url": address}])
    tab = context.new_page()
    tab.set_default_timeout(_PATIENCE_MS)
    return tab


def judge(tab: Any, name: str) -> None:
    """No barrier and nothing wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    tab.wait_for_timeout(300)
    found = Axe().run(tab).response["violations"]
    serious = [item for item in found if item["impact"] in ("serious", "critical")]
    assert [(name, item["id"], item["nodes"][0]["target"]) for item in serious] == []
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name


@pytest.fixture(scope="module")
def result(browser: Any, site: str) -> str:
    """The address of an exploration, asked for by its form and followed live."""
    tab = open_tab(browser, site, language="en", width=1440)
    tab.goto(f"{site}/facilities/fr-1")
    tab.get_by_role("link", name="Explore an event").click()
    # Another kind of event brings its own choices, without a click on the button.
    tab.select_option("[name=class]", "ot")
    tab.locator("summary", has_text="What the attackers are after").wait_for()
    tab.select_option("[name=class]", "ransomware")
    tab.locator("summary", has_text="Prevent").click()
    tab.get_by_label("Multi-factor authentication").check()
    tab.locator("summary", has_text="How finely").click()
    for name, value in (("events", "2000"), ("draws", "10"), ("replays", "40")):
        tab.fill(f"[name={name}]", value)
    judge(tab, "form")
    tab.get_by_role("button", name="See what follows").click()
    tab.wait_for_url("**/jobs/*")
    tab.wait_for_url("**/scenario/*")
    address = str(tab.url)
    tab.context.close()
    return address


@pytest.mark.parametrize(("language", "width"), [("en", 1440), ("fr", 390)])
def test_pages_have_no_barrier(browser: Any, site: str, result: str, language: str, width: int) -> None:
    tab = open_tab(browser, site, language=language, width=width)
    errors: list[str] = []
    tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    for path in (f"{site}/scenario", f"{site}/scenario/new?facility=fr-1&class=ot&control=mfa", result):
        tab.goto(path)
        judge(tab, path)
    tab.locator("#days .canvas").scroll_into_view_if_needed()
    tab.locator("#days .canvas.drawn").wait_for()
    judge(tab, "drawn")
    # Labels are laid out for the typeface of the page; none is wider than its box.
    widths = tab.evaluate(
        "[...document.querySelectorAll('.picture text[text-anchor=middle]')].map((t) => t.getComputedTextLength())"
    )
    assert len(widths) > 20
    assert max(widths) <= _BOX
    assert errors == []
    tab.context.close()


def test_the_slider_goes_by_keyboard(browser: Any, site: str, result: str) -> None:
    tab = open_tab(browser, site, language="en", width=1440)
    tab.goto(f"{result}?day=1")
    slider = tab.locator("#day")
    slider.focus()
    tab.keyboard.press("ArrowRight")
    tab.locator("#day-state h3", has_text="Day 2 of").wait_for()
    assert slider.get_attribute("aria-valuetext").startswith("Day 2 of")
    tab.keyboard.press("Home")
    tab.locator("#day-state h3", has_text="Before the damage").wait_for()
    tab.get_by_role("link", name="The next day").press("Enter")
    tab.locator("#day-state h3", has_text="Day 1 of").wait_for()
    assert slider.input_value() == "1"
    tab.get_by_role("button", name="Play day by day").click()
    tab.locator("#day-state h3", has_text="Day 3 of").wait_for()
    tab.get_by_role("button", name="Stop").click()
    tab.context.close()


def test_days_are_links_without_script(browser: Any, site: str, result: str) -> None:
    tab = open_tab(browser, site, language="en", width=1440, script=False)
    tab.goto(result)
    tab.get_by_role("link", name="First day").click()
    assert tab.url.endswith("?day=1#days")
    assert tab.locator("#day-state h3").inner_text().startswith("Day 1 of")
    assert not tab.get_by_role("button", name="Play day by day").is_visible()
    tab.locator("#day").press("ArrowRight")
    tab.get_by_role("button", name="Show this day").click()
    assert "day=2" in tab.url
    tab.context.close()
