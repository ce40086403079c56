"""Study and reports in headless Chromium: a study asked for with live progress, read in its frame, kept; no barrier."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browser_kit import serve_app
from jobs_kit import opened, small, work_off
from web_kit import open_pages, person, read_token

pytestmark = pytest.mark.xdist_group("browser")

_PATIENCE_MS = 120_000
VISITS = (("fr", 1440, "light"), ("en", 390, "dark"), ("fr", 390, "light"), ("en", 1440, "dark"))


@pytest.fixture(scope="module")
def site(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an application with an assessment and a worker."""
    folder = tmp_path_factory.mktemp("studies") / "workspace"
    shutil.copytree(filled_workspace, folder)
    with open_pages(folder, person()) as pages:
        token = read_token(pages.get("/facilities/new").text)
        pages.post("/facilities/file", data={"csrf_token": token}, files={"file": ("a.yaml", small().encode())})
        pages.post("/assessments", data={"csrf_token": token, "facility": "fr-1", "years": "400", "draws": "4"})
        with opened(folder) as store:
            assert work_off(store) == 1
    with serve_app(folder, principal=person()) as (address, _app):
        yield address


def open_tab(browser: Any, site: str, *, language: str, width: int, theme: str) -> tuple[Any, list[str]]:
    """Return a tab, and what its console complains of."""
    context = browser.new_context(viewport={"width": width, "height": 900}, accept_downloads=True)
    for name, value in (("hygie_language", language), ("hygie_theme", theme)):
        context.add_cookies([{"name": name, "value": value, "url": site}])
    tab = context.new_page()
    tab.set_default_timeout(_PATIENCE_MS)
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    return tab, said


def judge(tab: Any, name: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    if shots := os.environ.get("HYGIE_SHOTS"):
        tab.screenshot(path=f"{shots}/{name}.png", full_page=True)
    found = Axe().run(tab).response["violations"]
    serious = [item for item in found if item["impact"] in ("serious", "critical")]
    assert [(name, item["id"], item["nodes"][0]["target"]) for item in serious] == []
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name


@pytest.fixture(scope="module")
def study(browser: Any, site: str) -> str:
    """The address of a study that was asked for in the browser, of the latest months, without what is simulated."""
    tab, said = open_tab(browser, site, language="en", width=1440, theme="light")
    tab.goto(f"{site}/reports")
    tab.get_by_role("link", name="New study").first.click()
    tab.locator("details summary", has_text="More choices").click()
    tab.select_option("[name=simulation]", "no")
    tab.uncheck("[name=formats][value=pdf]")
    tab.get_by_role("button", name="Write the study").click()
    tab.wait_for_url("**/jobs/*")
    # Live: nobody touches the page, and it leads to the study.
    tab.wait_for_url("**/reports/*")
    assert said == []
    address = str(tab.url)
    tab.context.close()
    return address


def test_a_study_is_read_in_its_frame_and_kept(browser: Any, site: str, study: str) -> None:
    tab, said = open_tab(browser, site, language="en", width=1440, theme="light")
    tab.goto(study)
    frame = tab.frame_locator("iframe.preview")
    frame.get_by_role("heading", name="State of the threat").first.wait_for()
    assert frame.locator("svg").count() > 0
    # Its own style is at work, in its own typeface, and no script is.
    assert "Source Sans" in frame.locator("body").evaluate("body => getComputedStyle(body).fontFamily")
    frame.locator("nav a").nth(1).click()
    # Links within the document work, those of the page stay where they are.
    assert tab.url == study
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download the PDF").click()
    assert Path(download.value.path()).read_bytes()[:4] == b"%PDF"
    assert download.value.suggested_filename == "hygie-study-en.pdf"
    # The frame refuses even the script by which this test looks into it.
    assert said
    assert all("sandboxed" in text for text in said)
    tab.context.close()


@pytest.mark.parametrize(("language", "width", "theme"), VISITS)
def test_no_page_raises_a_barrier(browser: Any, site: str, study: str, language: str, width: int, theme: str) -> None:
    tab, said = open_tab(browser, site, language=language, width=width, theme=theme)
    end = f"{language}-{width}-{theme}"
    tab.goto(f"{site}/reports")
    judge(tab, f"reports-{end}")
    report = tab.locator("a[href*='document=brief']").first.get_attribute("href")
    for name, address in (
        ("new", f"{site}/reports/new"), ("study", study), ("brief", f"{site}{report}"),
        ("validation", f"{site}/sources/validation"),
    ):  # fmt: skip
        tab.goto(address)
        if name in ("study", "brief"):
            tab.frame_locator("iframe.preview").locator("h1").wait_for()
        judge(tab, f"{name}-{end}")
    tab.goto(f"{site}/reports/new")
    tab.fill("[name=from]", "2026-11")
    tab.fill("[name=to]", "2024-01")
    tab.locator("main form button[type=submit]").click()
    tab.locator("[aria-invalid=true]").first.wait_for()
    judge(tab, f"wrong-{end}")
    assert [text for text in said if "422" not in text] == []
    tab.context.close()
