"""The read-only pages, and the desk where incidents are judged, without script."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from web_kit import open_pages, person, read_token

PAGES = (
    "/",
    "/landscape",
    "/landscape?from=2022-01&to=2022-12&kind=chu&class=ransomware",
    "/landscape?from=2022-01&to=2023-06&compare_from=2020-01&compare_to=2021-12&region=Normandie",
    "/incidents/FR-2019-01",
    "/qualification",
    "/qualification?tab=dates",
    "/qualification?tab=attribution",
    "/qualification?tab=log",
    "/actors",
    "/actors?q=lock&all=1",
    "/actors/lockbit",
    "/actors/G1020",
    "/techniques",
    "/techniques?actor=lockbit",
    "/techniques/T1486",
    "/techniques/T1059.001",
    "/controls/segmentation",
    "/sources",
    "/sources?q=cert&method=elicited&sort=median&order=desc",
    "/sources/parameters/threat.coverage.cert_sante",
    "/sources/evidence?grade=B2&page=2",
    "/sources/validation",
    "/sources/model-card",
)


@pytest.fixture(scope="module")
def pages(filled_workspace: Path) -> Iterator[TestClient]:
    with open_pages(filled_workspace, person()) as client:
        yield client


@pytest.fixture
def desk_pages(filled_workspace: Path, tmp_path: Path) -> Iterator[TestClient]:
    shutil.copytree(filled_workspace, tmp_path / "workspace")
    with open_pages(tmp_path / "workspace", person()) as client:
        yield client


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_answers_in_both_languages(pages: TestClient, path: str, language: str) -> None:
    answer = pages.get(path, headers={"cookie": f"hygie_language={language}"})
    assert answer.status_code == 200
    assert f'<html lang="{language}"' in answer.text
    assert answer.text.count("<h1") == 1
    ids = re.findall(r' id="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("path", PAGES)
def test_every_inner_link_leads_somewhere(pages: TestClient, path: str) -> None:
    found = re.findall(r'href="(/[^"]*)"', pages.get(path).text)
    links = {link.partition("#")[0].replace("&amp;", "&") for link in found if not link.startswith("/preferences")}
    # The page of one's own account asks for a session; the person of these tests has none.
    for link in sorted(links - {"/account"})[:60]:
        assert pages.get(link).status_code == 200, link


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/incidents/none",
        "/actors/none",
        "/techniques/T9999",
        "/techniques?actor=none",
        "/sources/parameters/none",
        "/landscape/charts/choropleth.svg",
    ],
)
def test_what_is_not_there_is_told_so(pages: TestClient, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 404
    assert "There is nothing here" in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/landscape?from=never",
        "/landscape?from=2024-01&to=2020-01",
        "/landscape?compare_from=2020-01",
        "/landscape?kind=castle",
        "/landscape?actor=%00",
        "/landscape?tlp_ceiling=purple",
        "/landscape/charts/none.svg",
        "/controls/none",
    ],
)
def test_a_filter_that_is_wrong_is_explained(pages: TestClient, path: str) -> None:
    assert pages.get(path).status_code == 400


def test_every_chart_comes_as_specification_picture_and_figures(pages: TestClient) -> None:
    page = pages.get("/landscape").text
    charts = re.findall(r'data-chart="([^"]+)"', page)
    assert len(charts) >= 7
    for address in charts:
        address = address.replace("&amp;", "&")
        wide, narrow = (json.loads(pages.get(f"{address}&width={width}").content) for width in (840, 350))
        assert narrow["width"] <= 350 < wide["width"]
        dark = json.loads(pages.get(f"{address}&theme=dark").content)
        assert dark["config"]["background"] == "transparent"
    first = charts[0].replace("&amp;", "&")
    picture = pages.get(first.replace(".json", ".svg"))
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.text.startswith("<svg ")
    kept = pages.get(first.replace(".json", ".png") + "&download=1")
    assert kept.content[:4] == b"\x89PNG"
    assert kept.headers["content-disposition"] == 'attachment; filename="hygie-landscape-timeline.png"'
    rows = pages.get(first.replace(".json", ".csv"))
    assert rows.content.startswith(b"\xef\xbb\xbf")
    assert len(rows.text.splitlines()) > 12


def test_filters_stay_in_the_address_and_in_the_charts(pages: TestClient) -> None:
    text = pages.get("/landscape?from=2022-01&to=2022-12&kind=ch&sort=victim&order=desc").text
    for address in re.findall(r'data-chart="([^"]+)"', text):
        assert "from=2022-01&amp;to=2022-12&amp;kind=ch" in address
    assert '<option value="ch" selected>' in text
    assert 'aria-sort="descending"' in text
    view = pages.get("/landscape.json?from=2022-01&to=2022-12&kind=ch").json()
    assert {row["kind"] for row in view["incidents"]} == {"ch"}
    assert f">{view['facilities']}<" in text


def test_the_matrix_counts_what_the_profile_lists(pages: TestClient) -> None:
    profile = pages.get("/actors/lockbit").text
    techniques = set(re.findall(r'href="/techniques/(T\d{4})', profile))
    matrix = pages.get("/techniques?actor=lockbit").text
    shaded = set(re.findall(r'class="heat-[1-5]" href="/techniques/(T\d{4})"', matrix))
    assert techniques
    assert techniques == shaded


def test_a_search_of_parameters_finds_by_words_without_accents(pages: TestClient) -> None:
    assert "threat.coverage.cert_sante" in pages.get("/sources?q=cert+SANTE+coverage").text
    assert "No parameter has these words" in pages.get("/sources?q=qzxw").text


def test_the_dossier_is_shown_when_it_was_computed(desk_pages: TestClient) -> None:
    folder = desk_pages.app.state.hygie.workspaces.open("default").folder / "validation" / "en"
    assert 'action="/reports/dossiers"' in desk_pages.get("/sources/validation").text
    folder.mkdir(parents=True)
    (folder / "validation.json").write_text("{}", encoding="utf-8")
    assert desk_pages.get("/sources/validation").status_code == 500


def test_judging_an_incident_changes_only_what_is_said(desk_pages: TestClient) -> None:
    page = desk_pages.get("/incidents/FR-2019-01").text
    form = {
        "csrf_token": read_token(page),
        "actor": "lockbit",
        "confidence": "low",
        "started_on": "2019-05",
        "precision": "month",
        "date_basis": "attack",
        "threat_class": "intrusion",
        "tlp": "green",
        "reason": "<b>A later report</b> names it",
    }
    done = desk_pages.post("/incidents/FR-2019-01/qualify", data=form)
    assert (done.status_code, done.headers["location"]) == (303, "/incidents/FR-2019-01?done=judged")
    after = desk_pages.get("/incidents/FR-2019-01?done=judged").text
    assert "Your judgement is kept" in after
    assert "TLP:GREEN" in after
    assert "Claire Martin" in after
    assert "&lt;b&gt;A later report&lt;/b&gt;" in after
    assert "<b>A later report" not in after
    assert 'href="/actors/lockbit"' in after
    assert "A later report" in desk_pages.get("/").text
    assert "A later report" in desk_pages.get("/qualification?tab=log").text
    undone = desk_pages.post(
        "/incidents/FR-2019-01/undo", data={"csrf_token": read_token(after), "reason": "Withdrawn by its author"}
    )
    assert undone.status_code == 303
    assert (
        'href="/actors/lockbit"'
        not in desk_pages.get("/incidents/FR-2019-01").text.split("History")[0].split("judge")[0]
    )


def test_nothing_is_changed_without_a_reason_or_a_change(desk_pages: TestClient) -> None:
    token = read_token(desk_pages.get("/incidents/FR-2019-01").text)
    for form in ({"tlp": "green"}, {"reason": "only a reason"}, {"tlp": "violet", "reason": "x"}):
        answer = desk_pages.post("/incidents/FR-2019-01/qualify", data={"csrf_token": token, **form})
        assert answer.status_code in (400, 422)
    wrong = {"csrf_token": token, "actor": "lockbit", "confidence": "none", "reason": "x"}
    assert desk_pages.post("/incidents/FR-2019-01/qualify", data=wrong).status_code == 422
    assert "Last judgements (0)" in desk_pages.get("/qualification").text


def test_a_pair_is_judged_once(desk_pages: TestClient) -> None:
    page = desk_pages.get("/qualification").text
    keep, other = (re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("keep", "other"))
    form = {"csrf_token": read_token(page), "keep": keep, "other": other, "verdict": "distinct", "reason": "two sites"}
    assert desk_pages.post("/qualification/pairs", data=form).status_code == 303
    assert "No pair to judge" in desk_pages.get("/qualification").text


def test_what_was_joined_is_taken_apart_on_its_page(desk_pages: TestClient) -> None:
    page = desk_pages.get("/qualification").text
    keep, other = (re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("keep", "other"))
    form = {"csrf_token": read_token(page), "keep": keep, "other": other, "verdict": "same", "reason": "one attack"}
    assert desk_pages.post("/qualification/pairs", data=form).status_code == 303
    assert desk_pages.post("/qualification/pairs", data=form).status_code in (400, 422), "sent twice"
    assert f'href="/incidents/{other}"' in desk_pages.get(f"/incidents/{keep}").text.split('id="evidence"')[0]
    joined = desk_pages.get(f"/incidents/{other}").text
    assert f'action="/incidents/{other}/separate"' in joined
    back = {"csrf_token": read_token(joined), "reason": "two sites"}
    answer = desk_pages.post(f"/incidents/{other}/separate", data=back)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/incidents/{other}?done=separated")
    assert "/separate" not in desk_pages.get(f"/incidents/{other}").text
    assert desk_pages.post(f"/incidents/{other}/separate", data=back).status_code in (400, 422)


def test_a_source_is_graded(desk_pages: TestClient) -> None:
    page = desk_pages.get("/incidents/FR-2019-01").text
    ref = re.search(r'action="/evidence/([^/]+)/grade"', page)[1]
    form = {
        "csrf_token": read_token(page),
        "reliability": "A",
        "credibility": "1",
        "reason": "seen",
        "incident": "FR-2019-01",
    }
    assert desk_pages.post(f"/evidence/{ref}/grade", data=form | {"incident": "FR-2019-01"}).status_code == 303
    assert re.search(r'class="chip grade"[^>]*>A1<', desk_pages.get("/incidents/FR-2019-01").text)


@pytest.mark.parametrize("path", ["/incidents/FR-2019-01/qualify", "/incidents/FR-2019-01/undo", "/evidence/x/grade"])
def test_forms_from_elsewhere_are_refused(pages: TestClient, path: str) -> None:
    token = read_token(pages.get("/incidents/FR-2019-01").text)
    assert pages.post(path, data={"reason": "x"}).status_code == 403
    assert pages.post(path, data={"csrf_token": "0" * 64, "reason": "x"}).status_code == 403
    headers = {"sec-fetch-site": "cross-site"}
    assert pages.post(path, data={"csrf_token": token, "reason": "x"}, headers=headers).status_code == 403


def test_who_may_only_read_sees_no_form_and_changes_nothing(filled_workspace: Path) -> None:
    with open_pages(filled_workspace, person("viewer")) as viewer:
        page = viewer.get("/incidents/FR-2019-01").text
        # The only form that posts is the one to log out.
        assert re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', page) == ["/logout"]
        token = viewer.app.state.hygie.signer.sign("viewer-1", purpose="csrf")
        form = {"csrf_token": token, "tlp": "green", "reason": "x"}
        assert viewer.post("/incidents/FR-2019-01/qualify", data=form).status_code == 403


def test_an_organisation_sees_only_its_own_judgements(desk_pages: TestClient, tmp_path: Path) -> None:
    token = read_token(desk_pages.get("/incidents/FR-2019-01").text)
    form = {"csrf_token": token, "tlp": "red", "reason": "for us alone"}
    assert desk_pages.post("/incidents/FR-2019-01/qualify", data=form).status_code == 303
    with open_pages(tmp_path / "workspace", person(organisation="other")) as other:
        other.app.state.hygie.workspaces.fill("other")
        page = other.get("/incidents/FR-2019-01").text
        assert "TLP:RED" not in page.split("Judge this incident")[0]
        assert "for us alone" not in page + other.get("/").text + other.get("/qualification?tab=log").text
