"""Pages of assessments, without script: asked for, worked off, shown, approved, downloaded, compared."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hygie.service.saved_results import list_results
from jobs_kit import opened, small, work_off
from web_kit import open_pages, person, read_token

QUICK = {"facility": "fr-1", "years": "400", "draws": "4"}


@pytest.fixture(scope="module")
def workspace(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with two assessments of a facility: before and after it grew."""
    folder = tmp_path_factory.mktemp("assessed") / "workspace"
    shutil.copytree(filled_workspace, folder)
    with open_pages(folder, person()) as pages:
        token = read_token(pages.get("/facilities/new").text)
        pages.post("/facilities/file", data={"csrf_token": token}, files={"file": ("a.yaml", small().encode())})
        ask(pages)
        larger = {"csrf_token": token, "expected_revision": "1", "text": small(beds=260)}
        assert pages.post("/facilities/fr-1/text", data=larger).status_code == 303
        ask(pages)
        with opened(folder) as store:
            assert work_off(store) == 2
    return folder


@pytest.fixture(scope="module")
def pages(workspace: Path) -> Iterator[TestClient]:
    with open_pages(workspace, person()) as client:
        yield client


def ask(pages: TestClient, **changes: str) -> str:
    token = read_token(pages.get("/assessments/new?facility=fr-1").text)
    answer = pages.post("/assessments", data={"csrf_token": token, **QUICK, **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def find_results(pages: TestClient) -> list[str]:
    """Ids, the latest first."""
    found = re.findall(r'<th scope="row"><a href="/assessments/([^"]+)"', pages.get("/assessments").text)
    return list(dict.fromkeys(found))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_result_is_shown_whole(pages: TestClient, language: str) -> None:
    latest, older = find_results(pages)
    page = pages.get(f"/assessments/{latest}", headers={"cookie": f"hygie_language={language}"}).text
    assert f'<html lang="{language}"' in page
    for place in ("short", "curve", "parts", "care", "checks", "approval", "assumptions", "documents"):
        assert f'id="{place}"' in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    # An actuary finds each measure by its usual name.
    curve = page[page.index('id="curve"') : page.index('id="parts"')]
    for measure in ("AAL", "VaR 99", "TVaR 99", "OEP", "AEP"):
        assert measure in curve
    stale = "This would come out differently today" if language == "en" else "Le résultat serait différent aujourd’hui"
    assert stale not in page
    assert stale in pages.get(f"/assessments/{older}", headers={"cookie": f"hygie_language={language}"}).text


def test_charts_and_documents_are_files(pages: TestClient) -> None:
    latest = find_results(pages)[0]
    page = pages.get(f"/assessments/{latest}").text
    charts = [address.replace("&amp;", "&") for address in re.findall(r'data-chart="([^"]+)"', page)]
    assert len(charts) >= 4
    assert json.loads(pages.get(f"{charts[0]}&width=400").content)["width"] <= 400
    for ending, begin in (("svg", b"<svg"), ("png", b"\x89PNG"), ("csv", b"\xef\xbb\xbf")):
        assert pages.get(charts[0].replace(".json", f".{ending}")).content.startswith(begin)
    for name, begin in (("report.html", b"<!doctype html"), ("brief.xlsx", b"PK"), ("brief.pdf", b"%PDF")):
        answer = pages.get(f"/assessments/{latest}/documents/{name}?lang=fr")
        assert answer.content[: len(begin)].lower() == begin.lower(), answer.text[:300]
        assert "attachment" in answer.headers["content-disposition"]
    assert pages.get(f"/assessments/{latest}/documents/secret.html").status_code == 422
    assert pages.get(f"/assessments/{latest}/charts/none.svg").status_code == 400


def test_two_are_compared(pages: TestClient) -> None:
    latest, older = find_results(pages)
    page = pages.get(f"/assessments/compare?before={older}&after={latest}")
    assert page.status_code == 200
    assert "Split the change by cause" in page.text
    # One figure has two names there; both days are the same.
    assert page.text.count("Annual loss exceeded one year in 100") == 1
    assert page.text.index("Annual loss exceeded one year in 20<") < page.text.index("one year in 50<")
    assert re.search(r"Average annual loss: €\S+ before, €\S+ after \([+−]", page.text)
    assert pages.get(f"/assessments/compare?before={older}&after=none").status_code == 404


def test_a_job_streams_until_it_is_over(pages: TestClient, workspace: Path) -> None:
    place = ask(pages)
    page = pages.get(place).text
    assert f'data-progress="{place}/events"' in page
    assert "Waiting for its turn" in page
    token = read_token(page)
    assert pages.post(f"{place}/cancel", data={"csrf_token": token}).status_code == 303
    stream = pages.get(f"{place}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    told = [json.loads(line.removeprefix("data: ")) for line in stream.text.splitlines() if line.startswith("data: ")]
    assert [(item["done"], item["status"]) for item in told] == [(True, "cancelled")]
    with opened(workspace) as store:
        assert work_off(store) == 0
    assert pages.get("/jobs/none/events").status_code == 404
    done = f"/jobs/{find_results(pages)[0]}"
    assert pages.get(f"{done}?go=1").headers["location"] == done.replace("jobs", "assessments")


def test_what_cannot_be_asked_is_explained(pages: TestClient) -> None:
    token = read_token(pages.get("/assessments/new").text)
    for changes, status in (
        ({"years": "0"}, 422),
        ({"years": "many"}, 422),
        ({"years": "100", "draws": "100"}, 400),
        ({"facility": "none"}, 404),
    ):
        assert pages.post("/assessments", data={"csrf_token": token, **QUICK, **changes}).status_code == status


def test_another_person_approves(workspace: Path) -> None:
    with open_pages(workspace, person()) as author:
        result = find_results(author)[0]
        token = read_token(author.get(f"/assessments/{result}").text)
        sent = author.post(f"/assessments/{result}/submit", data={"csrf_token": token, "comment": "Ready"})
        assert sent.status_code == 303
        assert "Nobody approves their own work" in author.get(f"/assessments/{result}").text
        assert author.post(f"/assessments/{result}/approve", data={"csrf_token": token}).status_code == 403
        home = author.get("/").text
        # What is new leads to what it is about; only who may approve is told that it waits.
        assert f'href="/jobs/{result}?go=1"' in home
        assert "waits for approval" not in home
    with open_pages(workspace, person("approver")) as other:
        assert "waits for approval" in other.get("/").text
        page = other.get(f"/assessments/{result}").text
        assert "Ready" in page
        token = read_token(page)
        assert other.post(f"/assessments/{result}/approve", data={"csrf_token": token}).status_code == 303
        assert "approved" in other.get(f"/assessments/{result}").text
        # What is approved is not deleted by everybody.
        assert other.post(f"/assessments/{result}/delete", data={"csrf_token": token}).status_code == 403


def test_another_organisation_sees_nothing(workspace: Path) -> None:
    from hygie.store.workspace import add_organisation

    with open_pages(workspace, person()) as client:
        result = find_results(client)[0]
    with opened(workspace) as store:
        add_organisation(store, "east")
    with open_pages(workspace, person("admin", organisation="east")) as stranger:
        for path in (
            f"/assessments/{result}",
            f"/assessments/{result}/charts/loss_exceedance.svg",
            f"/assessments/{result}/documents/report.html",
            f"/jobs/{result}",
            f"/jobs/{result}/events",
            "/facilities/fr-1",
            "/facilities/fr-1/file",
            "/facilities/fr-1/history",
        ):
            assert stranger.get(path).status_code == 404, path


def test_a_result_says_how_much_of_the_posture_is_known_and_where_to_answer(pages: TestClient) -> None:
    page = pages.get(f"/assessments/{find_results(pages)[0]}", headers={"cookie": "hygie_language=fr"}).text
    said = page.partition("data-posture")[2].partition("</p>")[0]
    assert "de la posture est la moyenne du secteur" in said
    assert 'href="/facilities/fr-1/questions"' in said
    assert "hygie posture ask" not in said


def test_the_two_latest_of_one_facility_are_compared_at_first(workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(workspace, tmp_path / "workspace")
    with open_pages(tmp_path / "workspace", person()) as pages:
        token = read_token(pages.get("/facilities/new").text)
        other = small("fr-2")
        pages.post("/facilities/file", data={"csrf_token": token}, files={"file": ("b.yaml", other.encode())})
        ask(pages, facility="fr-2")
        ask(pages)
        with opened(tmp_path / "workspace") as store:
            assert work_off(store) == 2
            latest, *earlier = list_results(store, kind="assessment").items
        page = pages.get("/assessments").text
        checked = dict(re.findall(r'name="(before|after)" value="([^"]+)"[^>]* checked', page))
        same = [item.result_id for item in earlier if item.facility_ref == latest.facility_ref]
        assert checked == {"before": same[0], "after": latest.result_id}
        assert earlier[0].result_id != same[0]


def test_what_others_submitted_waits_on_the_first_page_of_an_approver(workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(workspace, tmp_path / "workspace")
    waiting = 'href="/assessments?status=submitted"'
    with open_pages(tmp_path / "workspace", person()) as pages:
        drafts = pages.get("/assessments?status=draft").text
        latest = re.findall(r'<th scope="row"><a href="/assessments/([^"]+)"', drafts)[0]
        token = read_token(pages.get(f"/assessments/{latest}").text)
        assert pages.post(f"/assessments/{latest}/submit", data={"csrf_token": token}).status_code == 303
        assert waiting not in pages.get("/").text
    with open_pages(tmp_path / "workspace", person("approver")) as pages:
        page = pages.get("/").text
        assert waiting in page
        assert f'href="/jobs/{latest}?go=1"' in page
    with open_pages(tmp_path / "workspace", person("analyst")) as pages:
        assert waiting not in pages.get("/").text


def test_a_change_has_a_minus_sign_and_points(pages: TestClient) -> None:
    latest, older = find_results(pages)[:2]
    page = pages.get(f"/assessments/compare?before={latest}&after={older}").text
    cells = re.findall(r'<td class="right">([^<]*)</td></tr>', page)
    assert any(cell.endswith(" points") for cell in cells)
    assert any(cell.startswith("\u2212") for cell in cells)
    assert not any(cell.startswith("-") for cell in cells)


def test_a_list_of_no_assessment_is_a_page(pages: TestClient) -> None:
    answer = pages.get("/assessments?status=rejected")
    assert answer.status_code == 200
    assert "No assessment is like this." in answer.text
