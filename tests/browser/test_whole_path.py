"""The whole path in headless Chromium, from nothing to a portfolio, its documents and the way out; and two at one file.

Somebody new sets the application up, brings evidence in, describes a facility, assesses it with live progress,
explores an event, decides, insures, studies a portfolio, writes a study, looks after the machine and logs out.
Every page met is judged wide and narrow.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from account_kit import PASSWORD, add
from browser_kit import PATIENCE_MS, WIDTHS, judge, list_plain_pages, open_tab, serve_app
from hygie.service.accounts.setup import issue_setup_code

pytestmark = pytest.mark.xdist_group("browser")

INCIDENTS = (
    "date,victim,facility type,class,source,url\n"
    "2026-05-12,Clinique du Grand Lac,private_clinic,ransomware,La Gazette,https://gazette.example/lac\n"
)
CLINIC = {"name": "Clinique du Lac", "year": "2024", "fte": "850.5", "beds_mco": "180"}
PROVIDERS = "providers:\n  - {kind: hds_host, id: host-a, name: Hébergeur A, clients: all}\n"


@pytest.fixture(scope="module")
def site(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """The address of an application without any account, with its worker, and the application itself."""
    folder = tmp_path_factory.mktemp("whole") / "workspace"
    shutil.copytree(filled_workspace, folder)
    with serve_app(folder) as served:
        yield served


class Walk:
    """Somebody in a tab, who judges each page on the way."""

    def __init__(self, tab: Any, address: str) -> None:
        self.tab, self.address = tab, address

    def go(self, path: str) -> None:
        self.tab.goto(self.address + path)
        judge(self.tab)

    def press(self, name: str, then: str, *, link: bool = False, look: bool = True) -> None:
        """Press a button or a link and wait for an address."""
        self.tab.get_by_role("link" if link else "button", name=name).first.click()
        self.tab.wait_for_url(then)
        if look:
            judge(self.tab)

    def wait_live(self, name: str, then: str) -> str:
        """Press a button that asks for a job and touch nothing until its result is there; return its address."""
        self.press(name, "**/jobs/*", look=False)
        result = re.compile(rf"{then}/[^/?]+(\?.*)?$")
        ended = self.tab.get_by_role("link", name="See the result")
        until = time.monotonic() + PATIENCE_MS / 1000
        while not result.search(self.tab.url):
            assert time.monotonic() < until, self.tab.locator("main").inner_text()
            # A job that was over before its page was there leads on by a link.
            if ended.count():
                ended.click()
                self.tab.wait_for_url(result)
            self.tab.wait_for_timeout(200)
        judge(self.tab)
        return str(self.tab.url).removeprefix(self.address).partition("?")[0]

    def open(self, summary: str) -> None:
        self.tab.locator("details summary", has_text=summary).first.click()

    def coarse(self, **fields: str) -> None:
        self.open("How finely")
        for name, value in fields.items():
            self.tab.fill(f"[name={name}]", value)

    def keep(self, link: str) -> bytes:
        with self.tab.expect_download() as download:
            self.tab.get_by_role("link", name=link).first.click()
        return Path(download.value.path()).read_bytes()


def test_from_nothing_to_the_way_out(
    browser: Any, site: tuple[str, Any], tmp_path: Path, judged: set[tuple[str, int]]
) -> None:
    address, app = site
    code = issue_setup_code(app.state.hygie.access)
    assert code is not None
    tab, said = open_tab(browser, address)
    walk = Walk(tab, address)

    # Set-up.
    walk.go("/setup")
    for name, value in (("code", code), ("login", "ana"), ("name", "Ana"), ("password", PASSWORD), ("again", PASSWORD)):
        tab.fill(f"[name={name}]", value)
    tab.get_by_role("button", name="Make the account").click()
    tab.get_by_role("heading", name="Good day, Ana").wait_for()
    judge(tab)

    # Evidence: sent, looked at, brought in.
    file = tmp_path / "incidents.csv"
    file.write_text(INCIDENTS, encoding="utf-8")
    walk.press("Bring evidence in", "**/evidence/import", link=True)
    tab.set_input_files("[name=file]", str(file))
    walk.wait_live("See what it would bring", "/evidence/import")
    walk.wait_live("Bring it in", "/evidence/import")
    walk.press("Clinique du Grand Lac", "**/incidents/*", link=True)

    # A facility of one's own, and the example.
    walk.go("/facilities")
    walk.press("Describe a facility", "**/facilities/new", link=True)
    for name, value in CLINIC.items():
        tab.fill(f"[name={name}]", value)
    tab.select_option("[name=category]", "ch")
    tab.select_option("[name=status]", "public")
    walk.press("Save this facility", "**/facilities/clinique-du-lac?done=created")
    for page in ("edit", "history", "posture", "questions"):
        walk.go(f"/facilities/clinique-du-lac/{page}")
    tab.goto(f"{address}/facilities/new")
    walk.press("Open the example", "**/facilities/fr-400780193?**", look=False)

    # Assess, twice; nobody touches the page of the job, and it leads to the result.
    tab.goto(f"{address}/facilities/clinique-du-lac")
    walk.press("Assess this facility", "**/assessments/new?**", link=True)
    walk.coarse(years="400", draws="4")
    assessed = walk.wait_live("Simulate the years", "/assessments")
    assert walk.keep("Report (PDF)")[:4] == b"%PDF"
    tab.goto(f"{address}/assessments/new?facility=clinique-du-lac")
    walk.coarse(years="400", draws="4", seed="2")
    tab.get_by_role("button", name="Simulate the years").click()
    tab.wait_for_url("**/jobs/*")
    with tab.context.expect_page() as opened:
        tab.evaluate("window.open('about:blank')")
    waiting = opened.value
    # In a tab that hears no news the page of the job stands still, to be judged as it is at work.
    waiting.route("**/jobs/*/events", lambda route: route.abort())
    waiting.goto(tab.url)
    judge(waiting)
    waiting.close()
    tab.wait_for_url("**/assessments/*")
    walk.go("/assessments")
    walk.press("Compare the two", "**/assessments/compare?**")

    # Explore an event, day by day.
    walk.go("/scenario")
    tab.goto(f"{address}/scenario/new?facility=clinique-du-lac")
    walk.coarse(events="2000", draws="10", replays="40")
    judge(tab)
    walk.wait_live("See what follows", "/scenario")
    tab.locator("#day").focus()
    tab.keyboard.press("Home")
    tab.locator("#day-state h3", has_text="Before the damage").wait_for()
    tab.keyboard.press("ArrowRight")
    tab.locator("#day-state h3", has_text="Day 1 of").wait_for()

    # Decide: which controls.
    walk.go("/decide")
    tab.goto(f"{address}/decide/controls/new?facility=clinique-du-lac")
    walk.coarse(years="2000", draws="8")
    tab.fill("[name=budget]", "1M")
    for control in ("mfa", "segmentation"):
        tab.check(f"[name=take][value={control}]")
    judge(tab)
    walk.wait_live("Compute it", "/decide/results")

    # Insure: write a programme, price it on the assessment.
    walk.go("/decide/programmes")
    walk.press("Write a programme", "**/decide/programmes/new", link=True)
    tab.fill("[name=name]", "Cyber")
    tab.get_by_role("button", name="Save the programme").click()
    tab.wait_for_url(re.compile(r"/decide/programmes/[^/?]+\?done=created"))
    judge(tab)
    tab.select_option("[name=result]", assessed.rpartition("/")[2])
    walk.wait_live("Price it", "/decide/prices")

    # A portfolio of both, and what one provider would do to it.
    walk.go("/portfolio")
    walk.go("/portfolio/new")
    tab.locator("#make [name=name]").fill("Lac et Dax")
    for name in ("clinique-du-lac", "fr-400780193"):
        tab.check(f"[name=facilities][value={name}]")
    walk.press("Save the portfolio", "**/portfolio/files/**", look=False)
    text = tab.locator("#portfolio-text")
    text.fill(text.input_value() + PROVIDERS)
    walk.press("Save", "**/portfolio/files/*?done=saved")
    walk.press("Study this portfolio", "**/portfolio/new?**", link=True, look=False)
    walk.coarse(years="400", draws="4")
    study = walk.wait_live("Simulate the years", "/portfolio")
    for page in ("members", "whatif?provider=host-a"):
        walk.go(f"{study}/{page}")
    walk.wait_live("Simulate what it costs", "/portfolio/whatif")

    # A study of the threat, read and kept.
    walk.go("/reports")
    walk.go("/reports/new")
    walk.open("More choices")
    tab.select_option("[name=simulation]", "no")
    tab.uncheck("[name=formats][value=pdf]")
    walk.wait_live("Write the study", "/reports")
    tab.frame_locator("iframe.preview").get_by_role("heading", name="State of the threat").first.wait_for()
    assert walk.keep("Download the PDF")[:4] == b"%PDF"

    # Administration, one's own account, and out.
    walk.go("/admin")
    walk.go("/admin/connectors/new")
    tab.fill("[name=name]", "KEV")
    tab.select_option("[name=protocol]", "kev")
    # It is not to ask a server elsewhere.
    tab.uncheck("[name=enabled]")
    walk.press("Save", "**/admin/connectors?**")
    walk.press("Change it", "**/admin/connectors/*", link=True)
    walk.go("/account")
    # Pages that need nothing, and that no other test judged at both widths.
    for path in list_plain_pages():
        if not {(path, width) for width in WIDTHS} <= judged:
            walk.go(path)
    walk.go("/")
    walk.press("Log out", "**/login*")
    assert tab.goto(f"{address}{assessed}").url.startswith(f"{address}/login")
    # A frame without script refuses even the script by which a test looks into it.
    assert [text for text in said if "sandboxed" not in text] == []
    tab.context.close()


def sign_in(browser: Any, site: tuple[str, Any], login: str) -> Any:
    """Return a tab of an analyst who logged in."""
    address, app = site
    add(app.state.hygie.access, login)
    tab, _said = open_tab(browser, address)
    tab.goto(f"{address}/login")
    tab.fill("[name=login]", login)
    tab.fill("[name=password]", PASSWORD)
    tab.locator("main button").click()
    tab.wait_for_url(lambda url: "/login" not in url)
    return tab


def test_two_at_one_facility_lose_nothing(browser: Any, site: tuple[str, Any]) -> None:
    address, _app = site
    first, second = (sign_in(browser, site, login) for login in ("lea.morel", "noe.petit"))
    first.goto(f"{address}/facilities/new")
    for name, value in {**CLINIC, "name": "Clinique du Bois"}.items():
        first.fill(f"[name={name}]", value)
    first.select_option("[name=category]", "ch")
    first.select_option("[name=status]", "public")
    first.get_by_role("button", name="Save this facility").click()
    first.wait_for_url("**/facilities/clinique-du-bois?done=created")
    for tab in (first, second):
        tab.goto(f"{address}/facilities/clinique-du-bois/edit")
    first.fill("#figures [name=beds_mco]", "210")
    second.fill("#figures [name=fte]", "700")
    first.get_by_role("button", name="Save the figures").click()
    first.wait_for_url("**/facilities/clinique-du-bois?done=saved")
    # The second sees who was first, and what both changed.
    second.get_by_role("button", name="Save the figures").click()
    second.get_by_role("heading", name="Two versions of the same facility").wait_for()
    judge(second)
    assert "lea.morel saved revision 2" in second.locator("main").inner_text()
    rows = second.locator("main table tbody tr").all_inner_texts()
    assert [re.split(r"\s+", row)[:4] for row in rows] == [
        ["activity.fte", "850.5", "850.5", "700.0"],
        ["activity.beds_mco", "180", "210", "180"],
    ]
    assert "fte: 700" in second.locator("#mine-text").input_value()
    second.get_by_role("button", name="Save both together").click()
    second.wait_for_url("**/facilities/clinique-du-bois?done=saved")
    second.goto(f"{address}/facilities/clinique-du-bois/edit")
    kept = {name: second.input_value(f"#figures [name={name}]") for name in ("beds_mco", "fte")}
    assert kept == {"beds_mco": "210", "fte": "700"}
    # And both revisions can still be seen.
    second.goto(f"{address}/facilities/clinique-du-bois/history")
    assert second.locator("main").inner_text().count("lea.morel") >= 2
    for tab in (first, second):
        tab.context.close()
