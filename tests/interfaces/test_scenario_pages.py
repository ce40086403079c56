"""Pages of the scenario explorer, without script: asked for, worked off, shown day by day, downloaded, deleted."""

from __future__ import annotations

import json
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hygie.service.scenario_days import find_worst_day, tell_day
from hygie.service.scenario_pages import load_scenario, repeat_query
from hygie.views.charts_scenario import draw_bands, draw_forms
from hygie.views.charts_scenario_zones import count_reached, draw_reached, draw_zone_day
from hygie.views.scenario import ScenarioView
from jobs_kit import opened, small, work_off
from page_kit import Page
from web_kit import open_pages, person, read_token

QUICK = {"facility": "fr-1", "class": "ransomware", "events": "2000", "draws": "10", "replays": "40"}
ASKED = {**QUICK, "actor": "lockbit", "control": ["mfa", "segmentation"], "level": "0.8"}
PROVIDERS = "providers: [{id: host, name: Hébergeur, kind: hds_host, method: assumed}]\n"


@pytest.fixture(scope="module")
def workspace(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one exploration of each sort: with controls, and one where nobody comes in."""
    folder = tmp_path_factory.mktemp("explored") / "workspace"
    shutil.copytree(filled_workspace, folder)
    with open_pages(folder, person()) as pages:
        assert "Describe a facility" in pages.get("/scenario").text
        assert "No facility yet" in pages.get("/scenario/new").text
        token = read_token(pages.get("/facilities/new").text)
        pages.post("/facilities/file", data={"csrf_token": token}, files={"file": ("a.yaml", small().encode())})
        assert "Nothing explored yet" in pages.get("/scenario").text
        for fields in (ASKED, {**QUICK, "class": "ddos"}):
            assert ask(pages, **fields).status_code == 303
        with opened(folder) as store:
            assert work_off(store) == 2
    return folder


@pytest.fixture(scope="module")
def pages(workspace: Path) -> Iterator[TestClient]:
    with open_pages(workspace, person()) as client:
        yield client


@pytest.fixture(scope="module")
def view(workspace: Path, pages: TestClient) -> ScenarioView:
    with opened(workspace) as store:
        return load_scenario(store, find_results(pages)[1], language="fr")


def ask(pages: TestClient, **fields: object):  # type: ignore[no-untyped-def]
    token = read_token(pages.get("/scenario/new?facility=fr-1").text)
    return pages.post("/scenario", data={"csrf_token": token, **fields})


def find_results(pages: TestClient) -> list[str]:
    """Ids, the latest first: denial of service, then ransomware."""
    return list(dict.fromkeys(re.findall(r'href="/scenario/(\d[^"/?]+)"', pages.get("/scenario").text)))


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_result_is_shown_whole(pages: TestClient, language: str) -> None:
    cookie = {"cookie": f"hygie_language={language}"}
    ddos, ransomware = find_results(pages)
    text = pages.get(f"/scenario/{ransomware}", headers=cookie).text
    page = Page(text)
    assert f'<html lang="{language}"' in text
    places = ("short", "controls", "ends", "zones", "days", "event", "losses", "techniques", "documents")
    ids = page.attributes("id")
    assert set(places) <= set(ids)
    assert len(ids) == len(set(ids))
    assert ("facilities like this one" if language == "en" else "établissements comme celui-ci") in page.words
    assert "hygie scenario run" in text
    assert "--control mfa=0.8" in text
    # Nobody is inside during a wave of requests: no day before the damage, nothing to compare with.
    other = pages.get(f"/scenario/{ddos}", headers=cookie).text
    assert 'id="controls"' not in other
    assert 'type="range" id="day" name="day" min="1"' in other


def test_days_are_shown_without_script_and_as_parts_for_it(pages: TestClient, view: ScenarioView) -> None:
    place = f"/scenario/{find_results(pages)[1]}"
    english = {"cookie": "hygie_language=en"}
    last = len(view.day)
    worst = find_worst_day(view)
    assert f"Day {worst} of {last}" in pages.get(place, headers=english).text
    before = pages.get(f"{place}?day=0", headers=english).text
    assert "Services still have their normal capacity." in before
    assert f'href="{place}?day=1#days"' in before
    assert f"Day {last} of {last}" in pages.get(f"{place}?day=400", headers=english).text
    part = pages.get(f"{place}/days/2", headers=english).text
    assert f'data-day-title="Day 2 of {last}"' in part
    assert "<html" not in part
    for wrong in ("?day=soon", "?day=-1", "/days/x"):
        assert pages.get(place + wrong).status_code == 422


def test_a_day_tells_what_is_stored(view: ScenarioView) -> None:
    worst = find_worst_day(view)
    assert tell_day(view, None).day == worst
    day = tell_day(view, worst)
    assert [mark.day for mark in day.marks] == sorted({mark.day for mark in day.marks})
    stored = {service.id: service for service in view.services}
    for service in day.services:
        band = stored[service.id]
        assert (service.low, service.median) == (band.low[worst - 1], band.median[worst - 1])
        assert service.low <= service.median <= service.high
    assert sum(service.median for service in day.services) == pytest.approx(
        min(sum(service.median[d] for service in view.services) for d in range(len(view.day)))
    )
    held = {zone.id: zone.reached for zone in view.zones if zone.reached}
    assert {zone.id: zone.share for zone in tell_day(view, 0).zones} == held


def test_pictures_say_how_often(view: ScenarioView) -> None:
    shares = count_reached(view)
    most = max(shares.values())
    picture = draw_reached(view).svg
    assert f"{100 * most:.0f} sur 100" in picture.replace("\u202f", "")
    assert "<script" not in picture
    first = draw_zone_day(view, 1).svg
    assert "Jour 1" in first
    assert draw_reached(view).svg_alone.count("@font-face") == 2
    assert "@font-face" not in picture
    bands, forms = draw_bands(view, width=340), draw_forms(view, width=340)
    assert bands is not None
    assert forms is not None
    assert bands.spec["width"] == forms.spec["width"] == 340


def test_charts_and_files_are_kept(pages: TestClient, view: ScenarioView) -> None:
    place = f"/scenario/{find_results(pages)[1]}"
    for chart in ("bands", "forms"):
        assert json.loads(pages.get(f"{place}/charts/{chart}.json?width=400").content)["width"] <= 400
    for path in ("charts/bands", "charts/forms", "pictures/reached", "pictures/path"):
        for ending, begin in (("svg", b"<svg"), ("png", b"\x89PNG"), ("csv", b"\xef\xbb\xbf")):
            answer = pages.get(f"{place}/{path}.{ending}?download=1")
            assert answer.content.startswith(begin), path
            assert "attachment" in answer.headers["content-disposition"]
    alone = pages.get(f"{place}/pictures/reached.svg")
    assert "font-src data:" in alone.headers["content-security-policy"]
    assert "script-src" not in alone.headers["content-security-policy"]
    rows = pages.get(f"{place}/charts/bands.csv").text.splitlines()
    assert len(rows) == 1 + len(view.day) * (len(view.services) + 1)
    assert json.loads(pages.get(f"{place}/files/scenario.json?lang=fr").text)["digest"] == view.digest
    assert json.loads(pages.get(f"{place}/files/attack_flow.json").text)["type"] == "bundle"
    assert json.loads(pages.get(f"{place}/files/navigator.json").text)["domain"] == "enterprise-attack"
    assert pages.get(f"{place}/files/manifest.json").status_code == 422
    assert pages.get(f"/scenario/{find_results(pages)[0]}/files/navigator_ics.json").status_code == 404
    assert pages.get(f"{place}/charts/none.svg").status_code == 422


def test_the_form_offers_what_the_class_has(pages: TestClient) -> None:
    form = pages.get("/scenario/new?facility=fr-1&class=ot").text
    assert 'name="target"' in form
    assert 'name="actor"' in form
    assert 'name="actor"' not in pages.get("/scenario/new?facility=fr-1&class=ddos").text
    # A facility without providers is not asked what happens at one; an unknown class is the first one.
    assert 'value="provider"' not in form
    assert '<option value="ransomware" selected>' in pages.get("/scenario/new?facility=fr-1&class=none").text
    assert pages.get("/scenario/new?facility=none").status_code == 404


def test_the_same_can_be_asked_again(pages: TestClient, workspace: Path) -> None:
    page = pages.get(f"/scenario/{find_results(pages)[1]}").text
    again = next(link for link in re.findall(r'href="(/scenario/new\?[^"]+)"', page) if "worst" not in link)
    form = pages.get(again.replace("&amp;", "&")).text
    assert '<option value="lockbit" selected>' in form
    assert re.search(r'value="mfa" checked', form)
    assert '<option value="0.8" selected>' in form
    assert 'value="2000"' in form
    assert repeat_query({"facility": "a@3", "class": "ot", "control": {"mfa": 0.3}, "seed": 1}) == {
        "facility": "a", "class": "ot", "control": ["mfa"], "level": None, "actor": None, "entry": None,
        "provider": None, "outcome": None, "target": None, "events": None, "draws": None, "replays": None,
        "seed": None, "event": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"actor": "nobody"}, "Choose one of the list."),
        ({"entry": "window"}, "Choose one of the list."),
        ({"outcome": "peace"}, "Choose among the boxes shown."),
        ({"control": "prayer"}, "Choose among the boxes shown."),
        ({"control": "mfa", "level": "2"}, "Choose one of the list."),
        ({"events": "many"}, "Write a whole number."),
        ({"events": "10"}, "It is too small: 100 or more."),
        ({"replays": "9000"}, "It is too large: 2000 or less."),
        ({"events": "100", "draws": "100"}, "Each draw needs two events"),
        ({"event": "best"}, "Choose one of the list, or write a whole number."),
    ],
)
def test_what_is_not_taken_is_said_at_its_field(pages: TestClient, changes: dict[str, str], said: str) -> None:
    answer = ask(pages, **{**QUICK, **changes})
    assert answer.status_code == 422
    assert f"<strong>{said}" in answer.text
    # Nothing that was chosen is lost.
    assert 'value="40"' in answer.text or "replays" in changes


def test_a_provider_is_asked_for_where_there_is_one(workspace: Path) -> None:
    with open_pages(workspace, person()) as pages:
        token = read_token(pages.get("/facilities/new").text)
        text = small("fr-2", name="Clinique") + PROVIDERS
        saved = pages.post("/facilities/file", data={"csrf_token": token}, files={"file": ("b.yaml", text.encode())})
        assert saved.status_code == 303
        form = pages.get("/scenario/new?facility=fr-2&class=provider").text
        assert '<option value="host"' in form
        answer = ask(pages, **{**QUICK, "facility": "fr-2", "class": "provider"})
        assert answer.status_code == 422
        assert "Choose the provider" in answer.text


def test_a_viewer_looks_and_does_not_ask(workspace: Path) -> None:
    with open_pages(workspace, person("viewer")) as viewer:
        result = find_results(viewer)[1]
        text = viewer.get(f"/scenario/{result}").text
        assert "/scenario/new" not in text
        assert "/delete" not in text
        assert viewer.get("/scenario/new").status_code == 403


def test_another_organisation_sees_nothing(workspace: Path) -> None:
    from hygie.store.workspace import add_organisation

    with open_pages(workspace, person()) as client:
        result = find_results(client)[1]
    with opened(workspace) as store:
        add_organisation(store, "east")
    with open_pages(workspace, person("admin", organisation="east")) as stranger:
        assert result not in stranger.get("/scenario").text
        for path in ("", "/days/1", "/charts/bands.svg", "/pictures/reached.svg", "/files/attack_flow.json"):
            assert stranger.get(f"/scenario/{result}{path}").status_code == 404, path
        token = read_token(stranger.get("/facilities/new").text)
        assert stranger.post(f"/scenario/{result}/delete", data={"csrf_token": token}).status_code == 404


def test_a_facility_and_a_job_lead_here(pages: TestClient) -> None:
    assert '/scenario/new?facility=fr-1"' in pages.get("/facilities/fr-1").text
    job = pages.get(f"/jobs/{find_results(pages)[0]}")
    assert 'href="/scenario">Scenario explorer</a>' in job.text
    assert pages.get(f"/jobs/{find_results(pages)[0]}?go=1").headers["location"].startswith("/scenario/")


def test_a_result_is_deleted_with_its_files(workspace: Path) -> None:
    with open_pages(workspace, person()) as pages:
        ddos, kept = find_results(pages)
        token = read_token(pages.get(f"/scenario/{ddos}").text)
        assert pages.post(f"/scenario/{ddos}/delete", data={"csrf_token": token}).status_code == 303
        assert find_results(pages) == [kept]
        assert pages.get(f"/scenario/{ddos}").status_code == 404
        assert not list((workspace / "results").rglob(ddos))


def test_the_form_loads_no_engine() -> None:
    from subprocess import run

    code = """
import hygie.service.scenario_list, hygie.service.scenario_pages, hygie.web.scenarios, sys
print([name for name in ("numba", "duckdb", "vl_convert", "typst") if name in sys.modules])
"""
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
