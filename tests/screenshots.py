"""Pictures of every page, for eyes: `make screenshots`, or ``python tests/screenshots.py FOLDER --help``.

A workspace is filled once in FOLDER/workspace (the example hospital, a portfolio, a result of each kind, small
figures), then every page is photographed with its charts drawn. Nothing is judged here: tests do that, people look.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from cli_kit import hygie
from decide_kit import PROGRAMME
from hygie.service.connectors import ConnectorRequest, add_connector
from hygie.service.jobs import get_job
from hygie.service.other_documents import open_programmes
from jobs_kit import ADMIN, opened, work_off
from jobs_kit import person as somebody
from portfolio_kit import fill_portfolio
from server_kit import Person, Server, start_server
from web_kit import open_pages, person, read_token

_PATIENCE_MS = 60_000
_LOCALES = {"fr": "fr-FR", "en": "en-GB"}
_YEARS = {"years": "10000", "draws": "20"}
_AUTHOR = "Claire Martin"
_EXAMPLE = "fr-400780193"
_TABLE = (
    "date,victim,facility type,class,source,url\n"
    "2026-05-12,Clinique du Grand Lac,private_clinic,ransomware,La Gazette,https://gazette.example/lac\n"
    "2026-31-02,Clinique Sans Date,private_clinic,ransomware,La Gazette,https://gazette.example/nul\n"
)


def begin(folder: Path) -> None:
    """Fill a workspace with catalogues, a portfolio, a programme and a connector."""
    done = hygie("intel", "find", "versailles", "--workspace", str(folder), cwd=folder.parent)
    if done.returncode:
        sys.exit(done.stderr)
    fill_portfolio(folder, third="CH de la Presqu’île", author=_AUTHOR)
    with opened(folder) as store:
        add_connector(store, ConnectorRequest(name="KEV", protocol="kev", enabled=False), principal=ADMIN)
        text = PROGRAMME.read_text("utf-8")
        open_programmes(store).save(text, expected_revision=None, principal=somebody(_AUTHOR), ref="cyber")


def fill(folder: Path) -> dict[str, str]:
    """Ask for a result of each kind, and return the addresses of their pages by name."""
    with open_pages(folder, person("admin")) as pages:
        token = {"csrf_token": read_token(pages.get("/facilities/new").text)}
        pages.post("/facilities/example", data=token)

        def ask(path: str, *, files: dict[str, tuple[str, bytes]] | None = None, **fields: object) -> str:
            answer = pages.post(path, data={**token, **fields}, files=files)
            assert answer.status_code == 303, answer.text
            job = str(answer.headers["location"]).removeprefix("/jobs/")
            with opened(folder) as store:
                work_off(store)
                ended = get_job(store, job)
                assert (ended.status, ended.findings) == ("done", []), ended
            return str(pages.get(f"/jobs/{job}?go=1").headers["location"])

        here = {"facility": _EXAMPLE, **_YEARS}
        result = ask("/assessments", **here)
        other = ask("/assessments", **{**here, "seed": "2"})
        assessed, other_id = result.rpartition("/")[2], other.rpartition("/")[2]
        study = ask("/portfolio", portfolio="ght", **_YEARS)
        found = {
            "assessment": result,
            "assessments-compare": f"/assessments/compare?before={assessed}&after={other_id}",
            "decide-controls": ask("/decide/controls", **here, budget="1M", take=["mfa", "monitoring"]),
            "decide-mix": ask("/decide/mix", **here, budget="2M", take=["mfa"], programmes=["cyber"]),
            "decide-uncertainty": ask("/decide/uncertainty", **{**here, "draws": "30"}, take=["mfa"]),
            "price": ask("/decide/programmes/cyber/price", result=assessed),
            "portfolio-study": study,
            "portfolio-members": f"{study}/members",
            "portfolio-compare": f"{study}/compare?ght=g-1",
            "portfolio-whatif": f"{study}/whatif?provider=host-a",
            "portfolio-supposed": ask(f"{study}/whatif", kind="provider", target="host-a", days="3"),
            "scenario-result": ask(
                "/scenario", **{"class": "ransomware"}, facility=_EXAMPLE, events="5000", draws="20", replays="60"
            ),
            "report-study": ask(
                "/reports", sector="health", country="FR", **{"from": "2024-01"}, to="2026-11", tlp="clear",
                simulation="no", languages=["fr", "en"], formats=["html"],
            ),
            "report-brief": f"/reports/{assessed}?document=brief",
        }  # fmt: skip
        found["evidence-preview"] = ask("/evidence/import", files={"file": ("incidents.csv", _TABLE.encode())})
        waiting = pages.post("/assessments", data={**token, **here})
        found["job"] = str(waiting.headers["location"])
    return found


PAGES = {
    "home": "/",
    "landscape": "/landscape",
    "landscape-empty": "/landscape?from=2008-01&to=2008-06",
    "landscape-refused": "/landscape?region=Nowhere",
    "incident": "/incidents/FR-2019-01",
    "qualification": "/qualification",
    "qualification-attribution": "/qualification?tab=attribution",
    "evidence-import": "/evidence/import",
    "evidence-new": "/evidence/new",
    "actors": "/actors",
    "actor": "/actors/lockbit",
    "techniques": "/techniques",
    "technique": "/techniques/T1486",
    "control": "/controls/segmentation",
    "sources": "/sources",
    "parameter": "/sources/parameters/threat.coverage.cert_sante",
    "sources-evidence": "/sources/evidence",
    "validation": "/sources/validation",
    "model-card": "/sources/model-card",
    "facilities": "/facilities",
    "facility-new": "/facilities/new?q=exemple",
    "facility": f"/facilities/{_EXAMPLE}",
    "facility-edit": f"/facilities/{_EXAMPLE}/edit",
    "facility-history": f"/facilities/{_EXAMPLE}/history",
    "facility-posture": f"/facilities/{_EXAMPLE}/posture",
    "facility-questions": f"/facilities/{_EXAMPLE}/questions",
    "registers": "/registers",
    "assessments": "/assessments",
    "assessment-new": "/assessments/new",
    "scenarios": "/scenario",
    "scenario-new": "/scenario/new",
    "decide": "/decide",
    "decide-controls-new": "/decide/controls/new",
    "decide-mix-new": "/decide/mix/new",
    "decide-uncertainty-new": "/decide/uncertainty/new",
    "programmes": "/decide/programmes",
    "programme": "/decide/programmes/cyber",
    "programme-new": "/decide/programmes/new",
    "programme-edit": "/decide/programmes/cyber/edit",
    "portfolio": "/portfolio",
    "portfolio-new": "/portfolio/new",
    "portfolio-file": "/portfolio/files/ght",
    "reports": "/reports",
    "report-new": "/reports/new",
    "admin": "/admin",
    "admin-people": "/admin/people",
    "admin-access": "/admin/access",
    "admin-connectors": "/admin/connectors",
    "admin-connector-new": "/admin/connectors/new",
    "admin-audit": "/admin/audit",
    "admin-backups": "/admin/backups",
    "account": "/account",
    "api": "/api/docs",
    "not-found": "/facilities/nowhere",
}


def photograph(
    browser: Any, server: Server, pages: dict[str, str], folder: Path, *, cookies: list[dict[str, str]], style: str
) -> None:
    """Take a picture of each page; a style is a language, a width and a theme, or `print` for paper."""
    language, width, theme = style.split("-")
    context = browser.new_context(
        viewport={"width": int(width), "height": 900}, reduced_motion="reduce", locale=_LOCALES[language]
    )
    wanted = {"hygie_language": language, "hygie_theme": "light" if theme == "print" else theme}
    context.add_cookies([*cookies, *({"name": k, "value": v, "url": server.address} for k, v in wanted.items())])
    tab = context.new_page()
    tab.set_default_timeout(_PATIENCE_MS)
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    for name, path in pages.items():
        said.clear()
        answer = tab.goto(server.address + path, wait_until="load")
        # Charts are drawn when they come into view.
        for canvas in tab.locator("[data-chart]").all():
            if canvas.is_visible():
                canvas.scroll_into_view_if_needed()
        tab.locator("[data-chart]:not(.drawn):visible").first.wait_for(state="detached")
        # So are images that wait for it, and the page grows when they come.
        for image in tab.locator("img:visible").all():
            image.scroll_into_view_if_needed()
            image.evaluate("image => image.decode().catch(() => null)")
        tab.evaluate("scrollTo(0, 0)")
        if tab.locator("iframe.preview").count():
            tab.frame_locator("iframe.preview").locator("h1").first.wait_for()
        over = tab.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        picture = folder / f"{name}-{style}.png"
        if theme == "print":
            picture = picture.with_suffix(".pdf")
            tab.pdf(path=str(picture), format="A4")
        else:
            tab.screenshot(path=str(picture), full_page=True)
        print(picture.name, answer.status, f"wider by {over}" if over > 0 else "", *said[:2], flush=True)  # noqa: T201
    context.close()


def main() -> None:
    """Fill, start the server, and photograph."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--languages", default="fr,en")
    parser.add_argument("--widths", default="1440,390")
    parser.add_argument("--themes", default="light,dark", help="light, dark, print")
    parser.add_argument("--styles", default="", help="such as fr-1440-light,en-390-dark; instead of the three above")
    parser.add_argument("--only", default="", help="names of pages, with commas")
    chosen = parser.parse_args()
    from playwright.sync_api import sync_playwright

    folder = chosen.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    workspace, known = folder / "workspace", folder / "pages.json"
    if not known.exists():
        if not workspace.exists():
            begin(workspace)
        known.write_text(json.dumps(fill(workspace)), encoding="utf-8")
    pages = {**PAGES, **json.loads(known.read_text(encoding="utf-8"))}
    wanted = chosen.only.split(",") if chosen.only else list(pages)
    styles = chosen.styles.split(",") if chosen.styles else [
        f"{language}-{width}-{theme}"
        for language in chosen.languages.split(",")
        for width in chosen.widths.split(",")
        for theme in chosen.themes.split(",")
    ]  # fmt: skip
    server = start_server(workspace)
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=path, args=["--no-sandbox"])
            somebody_in = Person(server)
            first = "/setup" if "/setup" in server.said else ""
            outside = {"setup": "/setup"} if first else {"login": "/login"}
            for style in styles:
                photograph(browser, server, outside, folder, cookies=[], style=style)
            somebody_in.set_up(server) if first else somebody_in.sign_in("ana")
            cookies = [{"name": c.name, "value": c.value, "url": server.address} for c in somebody_in.cookies.jar]
            inside = {name: pages[name] for name in wanted if name in pages}
            for style in styles:
                photograph(browser, server, inside, folder, cookies=cookies, style=style)
            browser.close()
    finally:
        server.stop()


if __name__ == "__main__":
    main()
