"""Administration and imports in headless Chromium: live progress, and no page that raises a barrier."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from account_kit import TESTER, add
from browser_kit import serve_app
from register_kit import write_register
from web_kit import person

pytestmark = pytest.mark.xdist_group("browser")

_PATIENCE_MS = 90_000
VISITS = (("fr", 1440, "light"), ("en", 390, "dark"))
PAGES = (
    "/admin",
    "/admin/people",
    "/admin/access",
    "/admin/connectors",
    "/admin/connectors/new",
    "/admin/audit?check=1",
    "/admin/backups",
    "/evidence/import",
    "/evidence/new",
    "/registers",
    "/facilities/new?q=exemple",
    "/api/docs",
)
TABLE = (
    "date,victim,facility type,class,source,url\n"
    "2026-05-12,Clinique du Grand Lac,private_clinic,ransomware,La Gazette,https://gazette.example/lac\n"
    "2026-31-02,Clinique Sans Date,private_clinic,ransomware,La Gazette,https://gazette.example/nul\n"
)


@pytest.fixture(scope="module")
def site(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an application with some people, a token, a connector, and its worker."""
    from hygie.service.accounts.audit import record_event
    from hygie.service.accounts.tokens import make_token
    from hygie.service.connectors import ConnectorRequest, add_connector

    folder = tmp_path_factory.mktemp("admin") / "workspace"
    shutil.copytree(filled_workspace, folder)
    admin = person("admin")
    with serve_app(folder, principal=admin) as (address, app):
        access = app.state.hygie.access
        for login in ("ana.roux", "lea.morel"):
            account = add(access, login, role="admin" if login == "lea.morel" else "analyst", password=None)
        make_token(
            access, account.account_id, organisation_id="default", label="nightly", scopes=("read",), actor=TESTER
        )
        record_event(access, "default", actor=TESTER, action="data.export", target="audit", details={"format": "csv"})
        request = ConnectorRequest.model_validate({"name": "KEV", "protocol": "kev", "enabled": False})
        add_connector(app.state.hygie.workspaces.open("default"), request, principal=admin)
        yield address


def open_tab(browser: Any, site: str, *, language: str, width: int, theme: str) -> tuple[Any, list[str]]:
    context = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=theme, reduced_motion="reduce", accept_downloads=True
    )
    context.add_cookies([{"name": "hygie_language", "value": language, "url": site}])
    tab, behind = context.new_page(), []
    tab.set_default_timeout(_PATIENCE_MS)
    tab.on("console", lambda message: behind.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: behind.append(str(error)))
    return tab, behind


def judge(tab: Any, name: str) -> None:
    """No barrier, and nothing wider than the screen."""
    from axe_playwright_python.sync_playwright import Axe

    if shots := os.environ.get("HYGIE_SHOTS"):
        width, language = tab.viewport_size["width"], tab.evaluate("document.documentElement.lang")
        plain = "".join(sign if sign.isalnum() else "_" for sign in name)
        tab.screenshot(path=f"{shots}/{plain}-{language}-{width}.png", full_page=True)
    found = Axe().run(tab).response["violations"]
    serious = [item for item in found if item["impact"] in ("serious", "critical")]
    assert [(name, item["id"], item["nodes"][0]["target"]) for item in serious] == []
    assert tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name


def test_a_file_a_register_and_a_backup_with_live_progress(browser: Any, site: str, tmp_path: Path) -> None:
    tab, behind = open_tab(browser, site, language="en", width=1440, theme="light")
    file = tmp_path / "incidents.csv"
    file.write_text(TABLE, encoding="utf-8")
    tab.goto(f"{site}/landscape")
    tab.get_by_role("link", name="Bring evidence in").click()
    tab.set_input_files("[name=file]", str(file))
    tab.get_by_role("button", name="See what it would bring").click()
    tab.wait_for_url("**/evidence/import/2*")
    judge(tab, "preview")
    tab.set_viewport_size({"width": 390, "height": 900})
    judge(tab, "preview")
    tab.get_by_role("button", name="Bring it in").click()
    tab.get_by_role("link", name="Clinique du Grand Lac").wait_for()
    judge(tab, "report")
    tab.get_by_role("link", name="Clinique du Grand Lac").click()
    tab.wait_for_url("**/incidents/*")
    tab.set_viewport_size({"width": 1440, "height": 900})
    tab.goto(f"{site}/registers")
    tab.set_input_files("[name=file]", str(write_register(tmp_path / "sae_2031.csv")))
    tab.get_by_text("Only a part, or a table of your own").click()
    tab.fill("[name=year]", "2031")
    tab.get_by_role("button", name="Send the file").click()
    tab.wait_for_url("**/registers/imports/*")
    judge(tab, "register")
    tab.goto(f"{site}/admin/backups")
    tab.get_by_role("button", name="Make a backup now").click()
    tab.wait_for_url("**/admin/backups")
    with tab.expect_download() as download:
        tab.get_by_role("link", name="Download").first.click()
    assert Path(download.value.path()).read_bytes()[:2] == b"PK"
    tab.goto(f"{site}/admin/people")
    tab.fill("[name=login]", "noe.petit")
    tab.get_by_role("button", name="Add the account").click()
    tab.locator("#new-password").wait_for()
    judge(tab, "password")
    assert behind == []
    tab.context.close()


@pytest.mark.parametrize(("language", "width", "theme"), VISITS)
def test_no_page_raises_a_barrier(browser: Any, site: str, language: str, width: int, theme: str) -> None:
    tab, behind = open_tab(browser, site, language=language, width=width, theme=theme)
    for path in PAGES:
        tab.goto(site + path)
        judge(tab, path)
    assert behind == []
    tab.context.close()
