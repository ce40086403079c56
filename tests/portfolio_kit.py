"""A workspace with a small register, described facilities and a portfolio of both, studied by a job."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

from starlette.testclient import TestClient

from hygie.service.facilities import open_facilities
from hygie.service.other_documents import open_portfolios
from hygie.service.register_imports import RegisterImport, import_register
from hygie.store.register_store import RegisterStore
from jobs_kit import opened, person, work_off
from register_kit import ROWS, write_register
from web_kit import open_pages, read_token
from web_kit import person as visitor

__all__ = ["QUICK", "fill_portfolio", "make_studied", "study"]

QUICK = {"years": "400", "draws": "4"}

MEMBER = """\
schema: hygie.facility/1
id: {ref}
name: {name}
category: ch
status: public
region: Bretagne
department: "{department}"
activity: {{year: 2024, beds_mco: {beds}, fte: 900, emergency_visits: 30000}}
groups: [{{id: g-1, kind: ght, name: GHT de l’Exemple, role: {role}}}]
posture: {{mfa: {mfa}, monitoring: 0.6}}
"""
PORTFOLIO = """\
schema: hygie.portfolio/1
name: GHT de l’Exemple
facilities: [fr-1, fr-2, fr-3]
providers:
  - {kind: hds_host, id: host-a, name: Hébergeur A, clients: all}
"""


def make_studied(filled: Path, folder: Path) -> str:
    """Fill a copy of a workspace, study its portfolio, and return the id of the study."""
    shutil.copytree(filled, folder)
    fill_portfolio(folder)
    with open_pages(folder, visitor()) as pages:
        return study(pages, folder, portfolio="ght")


def fill_portfolio(folder: Path, *, third: str = "=HYPERLINK(0)", author: str = "ana") -> None:
    """Put a small register, three facilities and a portfolio of both into a workspace.

    The name of the third facility is one that a spreadsheet would run, unless another is given.
    """
    with opened(folder) as store:
        shelf = open_facilities(store)
        for ref, name, department, beds, role, mfa in (
            ("fr-1", "CHU de l’Exemple", "35", 900, "support", 0.8),
            ("fr-2", "CH du Littoral", "22", 200, "member", 0.2),
            ("fr-3", third, "29", 120, "member", 0.2),
        ):
            text = MEMBER.format(ref=ref, name=f'"{name}"', department=department, beds=beds, role=role, mfa=mfa)
            saved = shelf.save(text, expected_revision=None, principal=person(author))
            assert saved.findings == [], saved.findings
        register = write_register(folder.parent / "register-2023.csv", *ROWS[:4])
        import_register(RegisterStore(store, author=author), RegisterImport(path=register))
        open_portfolios(store).save(PORTFOLIO, expected_revision=None, principal=person(author), ref="ght")


def study(pages: TestClient, folder: Path, **chosen: str) -> str:
    """Ask for a study, do it, and return its id."""
    token = read_token(pages.get("/portfolio/new").text)
    answer = pages.post("/portfolio", data={"csrf_token": token, **QUICK, **chosen})
    assert answer.status_code == 303, answer.text
    with opened(folder) as store:
        assert work_off(store) == 1
    job = answer.headers["location"]
    done = pages.get(f"{job}?go=1")
    assert done.status_code == 303, re.sub(r"<[^>]+>", " ", done.text)[-800:]
    return str(done.headers["location"]).removeprefix("/portfolio/")


def today() -> str:
    """The day of a study that is asked for now."""
    return date.today().isoformat()
