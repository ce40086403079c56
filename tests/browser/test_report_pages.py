"""The report in headless Chromium: nothing fetched, nothing refused, readable on telephone, screen and paper."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hygie.core.evidence import TLP
from hygie.report.board_brief import build_board_brief
from hygie.report.dossier import build_dossier_report
from hygie.report.facility_report import FacilityStudy, build_facility_report
from hygie.report.portfolio_report import build_portfolio_report
from hygie.report.render_html import render_html
from hygie.views.assessment import AssessmentView
from stored_kit import make_decision, make_dossier, make_outage, make_portfolio, make_programme
from view_kit import bad_event, hostile_view, make_view, quiet_view

pytestmark = pytest.mark.xdist_group("browser")

OTHERS = ("studied", "brief", "portfolio", "dossier")
LONG = "Centre hospitalier intercommunal de la Communauté d’agglomération " + "W" * 60
VIEWS = {
    "complete": make_view,
    "quiet": quiet_view,
    "hostile": hostile_view,
    "long": lambda language: make_view(language, bad_event=bad_event(366)),
}
NAMES = [*(f"{name}.{language}" for name in (*VIEWS, *OTHERS) for language in ("fr", "en")), "name.fr"]


def render_report(view: AssessmentView) -> str:
    return render_html(build_facility_report(FacilityStudy(view), tlp=TLP.CLEAR, reproduce=view.reproduce))


def render_others(language: str) -> dict[str, str]:
    study = FacilityStudy(make_view(language), make_decision(language), make_programme(language))
    portfolio, outage = make_portfolio(language), make_outage(language)
    return {
        "studied": render_html(build_facility_report(study, tlp=TLP.CLEAR, reproduce="x")),
        "brief": render_html(build_board_brief(study, tlp=TLP.AMBER, reproduce="x")),
        "portfolio": render_html(build_portfolio_report(portfolio, outage=outage, tlp=TLP.CLEAR, reproduce="x")),
        "dossier": render_html(build_dossier_report(make_dossier(language), tlp=TLP.CLEAR, reproduce="x")),
    }


# Contrast of each text with the nearest painted background (WCAG 2.2, 1.4.3): those below what their size asks for.
PALE_TEXTS = """() => {
  const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
  const rgb = (colour) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour[3] === 255) return colour;
    }
    return [255, 255, 255, 255];
  };
  const low = [];
  for (const node of document.querySelectorAll("body *:not(svg):not(svg *)")) {
    const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
    const style = getComputedStyle(node);
    if (!own || node.className === "unseen" || !node.getClientRects().length) continue;
    const [a, b] = [light(rgb(style.color)), light(behind(node))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) low.push(`${node.tagName} ${node.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`);
  }
  return low;
}"""

# Elements that stick out of the page; what scrolls inside its own frame may.
WIDER_THAN_PAGE = """() => [...document.querySelectorAll("body *:not(.skip)")]
  .filter((node) => !node.closest(".scroll, svg") && node.getClientRects().length)
  .filter((node) => { const box = node.getBoundingClientRect(); return box.right > innerWidth + 1 || box.left < -1; })
  .map((node) => `${node.tagName}.${node.getAttribute("class")}`)"""


class Visit:
    """A page open in a tab, and what it did behind the reader's back."""

    def __init__(self, browser: Any, file: Path, width: int, *, scripts: bool = True) -> None:
        self.behind: list[str] = []
        context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
        self.tab = context.new_page()
        self.tab.on("console", lambda message: self.behind.append(f"console: {message.text}"))
        self.tab.on("pageerror", lambda error: self.behind.append(f"error: {error}"))
        self.tab.on("dialog", lambda dialog: (self.behind.append("dialog"), dialog.dismiss()))
        self.tab.on("request", lambda request: self._note(request.url, file))
        self.tab.goto(file.as_uri())
        self.tab.wait_for_load_state("networkidle")

    def _note(self, url: str, file: Path) -> None:
        if url != file.as_uri() and not url.startswith("data:"):
            self.behind.append(f"request: {url}")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    for state, view in VIEWS.items():
        for language in ("fr", "en"):
            (folder / f"{state}.{language}.html").write_text(render_report(view(language)), encoding="utf-8")
    for language in ("fr", "en"):
        for name, page in render_others(language).items():
            (folder / f"{name}.{language}.html").write_text(page, encoding="utf-8")
    view = make_view("fr")
    wide = view.model_copy(update={"subject": view.subject.model_copy(update={"name": LONG})})
    (folder / "name.fr.html").write_text(render_report(wide), encoding="utf-8")
    return folder


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("name", NAMES)
def test_page_is_quiet_offline_and_fits(browser: Any, pages: Path, name: str, width: int) -> None:
    visit = Visit(browser, pages / f"{name}.html", width)
    tab = visit.tab
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert tab.title()
    assert tab.get_by_role("heading", level=1).count() == 1
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.evaluate(WIDER_THAN_PAGE) == []
    assert tab.evaluate("[...document.fonts].map((face) => face.status).sort()") == ["loaded", "loaded"]
    assert visit.behind == []
    tab.context.close()


@pytest.mark.parametrize(("width", "other"), [(1440, ".narrow"), (390, ".wide")])
def test_each_picture_is_shown_once_and_named(browser: Any, pages: Path, width: int, other: str) -> None:
    tab = Visit(browser, pages / "complete.fr.html", width).tab
    shown = tab.locator("svg:visible")
    assert shown.count() == 8
    assert tab.locator(f"{other} svg:visible").count() == 0
    names = tab.evaluate(
        "[...document.querySelectorAll('svg')].filter((one) => one.getClientRects().length)"
        ".map((one) => (one.getAttribute('aria-labelledby') || '').split(' ')"
        ".map((id) => document.getElementById(id)?.textContent).join(' '))"
    )
    assert all(names)
    assert len(set(names)) == 8
    assert tab.get_by_role("img").count() == 8
    tab.context.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_pictures_keep_their_size_so_that_their_text_can_be_read(browser: Any, pages: Path, width: int) -> None:
    tab = Visit(browser, pages / "complete.fr.html", width).tab
    scales = tab.evaluate(
        "[...document.querySelectorAll('svg')].filter((s) => s.getClientRects().length)"
        ".map((s) => s.getBoundingClientRect().width / s.viewBox.baseVal.width)"
    )
    assert min(scales) > 0.85
    assert max(scales) <= 1.001
    tab.context.close()


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("state", VIEWS)
def test_text_stands_out_from_its_background(browser: Any, pages: Path, state: str, width: int) -> None:
    tab = Visit(browser, pages / f"{state}.en.html", width).tab
    tab.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
    assert tab.evaluate(PALE_TEXTS) == []
    tab.context.close()


def test_headings_go_down_one_step_at_a_time(browser: Any, pages: Path) -> None:
    tab = Visit(browser, pages / "complete.en.html", 1440).tab
    levels = tab.evaluate("[...document.querySelectorAll('h1, h2, h3, h4')].map((node) => Number(node.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    tab.context.close()


def test_keyboard_reaches_the_content_first(browser: Any, pages: Path) -> None:
    tab = Visit(browser, pages / "complete.en.html", 1440).tab
    tab.keyboard.press("Tab")
    assert tab.evaluate("document.activeElement.getAttribute('href')") == "#content"
    tab.context.close()


def test_page_needs_no_script(browser: Any, pages: Path) -> None:
    visit = Visit(browser, pages / "complete.en.html", 390, scripts=False)
    assert visit.tab.get_by_role("heading", level=1).inner_text() == "Toy hospital"
    assert visit.tab.get_by_text("A delay").is_visible()
    visit.tab.context.close()


def test_paper_shows_what_the_screen_folds_away(browser: Any, pages: Path) -> None:
    tab = Visit(browser, pages / "complete.fr.html", 1440).tab
    tab.emulate_media(media="print")
    assert tab.get_by_text("A delay").is_visible()
    assert tab.get_by_text("A published statement.").is_visible()
    assert not tab.locator("nav").is_visible()
    assert tab.pdf(prefer_css_page_size=True).startswith(b"%PDF")
    tab.context.close()
