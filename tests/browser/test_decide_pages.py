"""Pages of decisions in headless Chromium: no barrier, nothing too wide, previews that answer while one types."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser_kit import serve_app
from web_kit import person

# With the tests without a browser: they share the results.
pytestmark = pytest.mark.xdist_group("decide")

_PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def site(decided: tuple[Path, dict[str, str]]) -> Iterator[str]:
    """The address of an application on the results of `decided`."""
    with serve_app(decided[0], principal=person(), worker=False) as (address, app):
        yield address
        app.state.hygie.workspaces.close()


def open_tab(browser: Any, site: str, *, width: int, language: str, script: bool = True) -> Any:
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=script)
    context.add_cookies([{"name": "hygie_language", "value": language, "url": site}])
    tab = context.new_page()
    tab.set_default_timeout(_PATIENCE_MS)
    return tab


@pytest.mark.parametrize(("width", "language"), [(1440, "fr"), (390, "en")])
def test_no_barrier_and_nothing_too_wide(
    browser: Any, site: str, decided: tuple[Path, dict[str, str]], width: int, language: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    tab = open_tab(browser, site, width=width, language=language)
    places = ["/decide", "/decide/controls/new", "/decide/programmes/cyber/edit"]
    places += [decided[1][name] for name in ("controls", "mix", "uncertainty")]
    places += [f"{decided[1]['price']}?a1=500k&p1=10&event_deductible=300k"]
    for place in places:
        tab.goto(f"{site}{place}")
        if tab.locator("[data-chart]").count():
            tab.locator("[data-chart]").first.scroll_into_view_if_needed()
            tab.locator(".canvas.drawn").first.wait_for()
        found = Axe().run(tab).response["violations"]
        serious = [item for item in found if item["impact"] in ("serious", "critical")]
        assert [(place, item["id"], item["nodes"][0]["target"]) for item in serious] == []
        assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, place
    tab.context.close()


def test_previews_answer_while_one_types(browser: Any, site: str, decided: tuple[Path, dict[str, str]]) -> None:
    tab = open_tab(browser, site, width=1440, language="en")
    tab.goto(f"{site}/decide/controls/new")
    # Every control is in sight: no list is cut.
    cut = "[...document.querySelectorAll('.ticks')].filter((one) => one.scrollHeight > one.clientHeight + 1).length"
    assert tab.locator(".ticks").count() > 0
    assert tab.evaluate(cut) == 0
    tab.goto(f"{site}{decided[1]['controls']}")
    # The room of the answer is that of its words.
    assert tab.locator("#preview").bounding_box()["height"] < 200
    tab.locator("#try input[name=take]").first.check()
    tab.locator("#preview", has_text="a year instead of").wait_for()
    assert "take=" in tab.url
    tab.goto(f"{site}{decided[1]['price']}")
    tab.fill("[name=event_deductible]", "300k")
    tab.locator("#terms-preview", has_text="With these terms").wait_for()
    tab.fill("[name=event_deductible]", "nothing")
    tab.locator(".field.wrong [name=event_deductible]").wait_for()
    tab.context.close()


def test_a_layer_is_added_without_script(browser: Any, site: str) -> None:
    tab = open_tab(browser, site, width=390, language="fr", script=False)
    tab.goto(f"{site}/decide/programmes/new")
    tab.get_by_role("button", name="Ajouter une tranche").click()
    tab.locator("[name='layers.1.limit']").fill("2M")
    tab.get_by_role("button", name="Retirer cette tranche 1").click()
    assert tab.locator("[name='layers.0.limit']").input_value() == "2M"
    assert tab.locator("[name='layers.1.limit']").count() == 0
    tab.context.close()
