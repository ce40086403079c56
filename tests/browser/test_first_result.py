"""A newcomer in headless Chromium: set-up, the example, an assessment with live progress, its report, and out."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.xdist_group("browser")

_PATIENCE_MS = 180_000


@pytest.fixture(scope="module")
def site(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The address of an application without any account, with its worker, and the code of its set-up."""
    import uvicorn

    from hygie.service.accounts.setup import issue_setup_code
    from hygie.web.app import create_app
    from hygie.web.serve import start_worker
    from hygie.web.settings import Settings

    folder = tmp_path_factory.mktemp("first") / "workspace"
    shutil.copytree(filled_workspace, folder)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    app = create_app(Settings(workspace=folder, port=port), start_worker=start_worker)
    code = issue_setup_code(app.state.hygie.access)
    assert code is not None
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}", code
    server.should_exit = True
    thread.join(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if "chromium" in os.environ.get("HYGIE_REQUIRE", "").split(","):
            pytest.fail("HYGIE_REQUIRE asks for chromium, which is not installed")
        pytest.skip("Chromium is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def judge(tab: Any, name: str) -> None:
    """No barrier and nothing wider than the screen, wide and narrow."""
    from axe_playwright_python.sync_playwright import Axe

    for width in (1440, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        tab.wait_for_timeout(400)
        if shots := os.environ.get("HYGIE_SHOTS"):
            tab.screenshot(path=f"{shots}/{name}-{width}.png", full_page=True)
        found = Axe().run(tab).response["violations"]
        serious = [item for item in found if item["impact"] in ("serious", "critical")]
        assert [(name, item["id"], item["nodes"][0]["target"]) for item in serious] == []
        assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name
    tab.set_viewport_size({"width": 1440, "height": 900})


def test_from_nothing_to_a_report(browser: Any, site: tuple[str, str]) -> None:
    address, code = site
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    context.add_cookies([{"name": "hygie_language", "value": "en", "url": address}])
    tab = context.new_page()
    tab.set_default_timeout(_PATIENCE_MS)
    tab.goto(f"{address}/setup")
    for name, value in (("code", code), ("login", "ana"), ("name", "Ana"), ("organisation", "Hospital")):
        if tab.locator(f"[name={name}]").count():
            tab.fill(f"[name={name}]", value)
    for name in ("password", "again"):
        tab.fill(f"[name={name}]", "tram vert quatre lilas")
    tab.click("main button[type=submit], main button:not([type])")
    tab.goto(address)
    tab.get_by_role("button", name="Look at the example first").click()
    tab.wait_for_url("**/facilities/fr-400780193?**")
    judge(tab, "facility")
    for page in ("/facilities", "/facilities/new", "/facilities/fr-400780193/edit", "/facilities/fr-400780193/history"):
        tab.goto(address + page)
        judge(tab, page.replace("/", "_"))
    tab.goto(f"{address}/facilities/fr-400780193")
    tab.get_by_role("link", name="Assess this facility").click()
    tab.locator("details summary", has_text="How finely").click()
    tab.fill("[name=years]", "400")
    tab.fill("[name=draws]", "4")
    judge(tab, "start")
    tab.get_by_role("button", name="Simulate the years").click()
    tab.wait_for_url("**/jobs/*")
    judge(tab, "job")
    # Live: nobody touches the page, and it leads to the result.
    tab.wait_for_url("**/assessments/*")
    tab.locator("#curve .canvas.drawn").wait_for()
    judge(tab, "result")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Report (PDF)").first.click()
    assert Path(download.value.path()).read_bytes()[:4] == b"%PDF"
    tab.goto(f"{address}/assessments")
    judge(tab, "assessments")
    tab.get_by_role("button", name="Log out").click()
    tab.wait_for_url("**/login*")
    context.close()
