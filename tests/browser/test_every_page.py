"""No page of the application goes unchecked: each was judged by some browser test at both widths, or has a reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from browser_kit import WIDTHS, list_pages

pytestmark = pytest.mark.xdist_group("browser")

# What answers to GET and is no page of its own.
NO_PAGE = {
    "/health": "one word for a supervisor",
    "/landscape.json": "a file",
    "/evidence/import/model.csv": "a file",
    "/landscape/charts/{chart}.{ending}": "a chart, drawn on its page",
    "/facilities/{ref}/pictures/{picture}.{ending}": "a picture, shown on its page",
    "/facilities/{ref}/file": "a file",
    "/assessments/{result_id}/charts/{chart}.{ending}": "a chart, drawn on its page",
    "/assessments/{result_id}/documents/{kind}.{form}": "a document: test_report_pages.py",
    "/reports/{result_id}/preview": "the document in the frame of its page: test_report_pages.py",
    "/reports/{result_id}/file": "a file",
    "/reports/{result_id}/typical-hospital.yaml": "a file",
    "/decide/programmes/{ref}/file": "a file",
    "/decide/prices/{result_id}/charts/{chart}.{ending}": "a chart, drawn on its page",
    "/decide/prices/{result_id}/tables/{form}.zip": "a file",
    "/decide/results/{result_id}/charts/{chart}.{ending}": "a chart, drawn on its page",
    "/decide/results/{result_id}/maps/{side}.{ending}": "a picture, shown on its page",
    "/portfolio/files/{ref}/file": "a file",
    "/portfolio/whatif/{result_id}/chart.{ending}": "a chart, drawn on its page",
    "/portfolio/{result_id}/charts/{chart}.{ending}": "a chart, drawn on its page",
    "/portfolio/{result_id}/documents/report.{form}": "a document: test_report_pages.py",
    "/portfolio/{result_id}/members.csv": "a file",
    "/portfolio/{result_id}/compare/chart.{ending}": "a chart, drawn on its page",
    "/scenario/{result_id}/days/{day}": "a part of the page of its scenario",
    "/scenario/{result_id}/charts/{chart}.{ending}": "a chart, drawn on its page",
    "/scenario/{result_id}/pictures/{picture}.{ending}": "a picture, shown on its page",
    "/scenario/{result_id}/files/{name}": "a file",
    "/jobs/{job_id}/events": "news for the script of a page",
    "/sso/{provider}/start": "leads to a provider of identities; interfaces/test_sso.py",
    "/sso/{provider}/callback": "leads back from it",
    "/sso/{provider}/logout": "leads to it",
    "/admin/audit.csv": "a file",
    "/admin/backups/{name}": "a file",
    "/api/openapi.json": "a file",
}


def test_what_is_no_page_has_a_reason_and_is_there() -> None:
    paths = [route.path for route in list_pages()]
    assert [path for path in NO_PAGE if path not in paths] == []
    # Charts, pictures and files have an ending: none of them is forgotten here.
    assert [path for path in paths if "." in path and path not in NO_PAGE] == []


def test_each_page_was_judged_wide_and_narrow(request: pytest.FixtureRequest, judged: set[tuple[str, int]]) -> None:
    if "PYTEST_XDIST_WORKER" in os.environ:
        assert request.node.nodeid.endswith("@browser"), "tests of one group no longer share a worker"
    here = Path(__file__).parent
    chosen = {item.path.name for item in request.session.items if item.path.parent == here}
    if chosen != {path.name for path in here.glob("test_*.py")}:
        pytest.skip("only a part of the browser tests was asked for")
    routes = list_pages()
    seen: dict[str, set[int]] = {}
    for path, width in judged:
        route = next((route for route in routes if route.path_regex.match(path)), None)
        if route is not None:
            seen.setdefault(route.path, set()).add(width)
    # Pages of one thing, with its ref in the address, are those of the groups, each with a browser test of its own.
    plain = [route.path for route in routes if route.path not in NO_PAGE and "{" not in route.path]
    assert {page: sorted(seen.get(page, ())) for page in plain if not seen.get(page, set()) >= set(WIDTHS)} == {}
