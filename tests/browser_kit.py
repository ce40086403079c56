"""A browser on the real application: a server in this process, tabs, and what each page has to hold."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.routing import APIRoute

from hygie.web.routers import PAGE_ROUTERS

if TYPE_CHECKING:
    from fastapi import FastAPI

    from hygie.service.accounts.principal import Principal

__all__ = [
    "PATIENCE_MS",
    "WIDTHS",
    "judge",
    "launch_browser",
    "list_pages",
    "list_plain_pages",
    "open_tab",
    "serve_app",
]

PATIENCE_MS = 180_000
WIDTHS = (1440, 390)
_SERIOUS = ("serious", "critical")


@contextmanager
def launch_browser() -> Iterator[Any]:
    """Headless Chromium; without it the test is skipped, unless ``HYGIE_REQUIRE`` (a list with commas) names it."""
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


@contextmanager
def serve_app(
    folder: Path, *, principal: Principal | None = None, worker: bool = True
) -> Iterator[tuple[str, FastAPI]]:
    """The application of a workspace, on a port of its own: its address, and itself; `principal` is who asks."""
    import uvicorn

    from hygie.web.app import create_app
    from hygie.web.serve import start_worker
    from hygie.web.settings import Settings

    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    settings = Settings(workspace=folder, port=port, worker=worker, development_principal=principal)
    app = create_app(settings, start_worker=start_worker)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}", app
    server.should_exit = True
    thread.join(timeout=30)


def open_tab(browser: Any, address: str, *, language: str = "en") -> tuple[Any, list[str]]:
    """Return a tab of somebody new, and what its console complains of."""
    context = browser.new_context(
        viewport={"width": WIDTHS[0], "height": 900}, accept_downloads=True, reduced_motion="reduce"
    )
    context.add_cookies([{"name": "hygie_language", "value": language, "url": address}])
    tab, said = context.new_page(), []
    tab.set_default_timeout(PATIENCE_MS)
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    return tab, said


def judge(tab: Any) -> None:
    """Charts are drawn, no barrier is raised and nothing is wider than the screen, wide and narrow."""
    from axe_playwright_python.sync_playwright import Axe

    # An address is there before its page is.
    tab.wait_for_load_state("load")
    place = tab.url.partition("://")[2].partition("/")[2]
    for width in WIDTHS:
        tab.set_viewport_size({"width": width, "height": 900})
        # Charts are drawn anew for the other width, a moment later.
        tab.wait_for_timeout(600)
        for canvas in tab.locator("[data-chart]:visible").all():
            canvas.scroll_into_view_if_needed()
        tab.locator("[data-chart]:not(.drawn):visible").first.wait_for(state="detached")
        if shots := os.environ.get("HYGIE_SHOTS"):
            name = "".join(sign if sign.isalnum() else "_" for sign in place)
            tab.screenshot(path=f"{shots}/{name}-{width}.png", full_page=True)
        found = Axe().run(tab).response["violations"]
        serious = [item for item in found if item["impact"] in _SERIOUS]
        told = [(place, width, item["id"], item["nodes"][0]["target"], item["nodes"][0]["html"]) for item in serious]
        assert not told, told
        assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, place
    tab.set_viewport_size({"width": WIDTHS[0], "height": 900})


def list_pages() -> list[APIRoute]:
    """The routes that answer to GET outside the programming interface, in their order."""
    routes = [route for router in PAGE_ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return [route for route in routes if "GET" in route.methods and not route.path.startswith("/api/v1")]


def list_plain_pages() -> list[str]:
    """The pages that somebody who is signed in can open by their address alone."""
    elsewhere = ("/login", "/setup", "/health", "/assessments/compare")
    return [route.path for route in list_pages() if not set("{.") & set(route.path) and route.path not in elsewhere]
