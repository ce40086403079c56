"""Evidence and registers brought in on pages, without script: looked at, taken, refused with reasons, told apart."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from jobs_kit import opened, work_off
from register_kit import pack_sae, write_register
from web_kit import open_pages, person, read_token

TABLE = """\
date,victim,facility type,class,source,url
2026-05-12,Clinique du Grand Lac,private_clinic,ransomware,La Gazette du Lac,https://gazette.example/lac
2026-31-02,Clinique Sans Date,private_clinic,ransomware,La Gazette du Lac,https://gazette.example/nul
"""
INCIDENT = {
    "victim.name": "Hôpital des Trois Ponts",
    "victim.kind": "ch",
    "started_on": "2026-04",
    "threat_class": "ransomware",
    "source.title": "Trois Ponts : le service informatique à l’arrêt",
    "source.url": "https://gazette.example/ponts",
    "source.reliability": "B",
    "source.credibility": "2",
    "summary": "Ransom note seen; =1+1",
}


@pytest.fixture(scope="module")
def workspace(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("imports") / "workspace"
    shutil.copytree(filled_workspace, folder)
    return folder


@pytest.fixture
def pages(workspace: Path) -> Iterator[TestClient]:
    with open_pages(workspace, person()) as client:
        yield client


def work(workspace: Path) -> None:
    with opened(workspace) as store:
        assert work_off(store) == 1


def send(pages: TestClient, page: str, content: bytes, name: str, **values: str) -> str:
    """Send a file from a page, and return where its job is."""
    token = read_token(pages.get(page).text)
    answer = pages.post(page, data={"csrf_token": token, **values}, files={"file": (name, content)})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def follow(pages: TestClient, job: str) -> str:
    """Return where a job that is done leads."""
    answer = pages.get(f"{job}?go=1")
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def test_a_file_is_looked_at_then_taken(pages: TestClient, workspace: Path) -> None:
    assert 'href="/evidence/import"' in pages.get("/landscape").text
    job = send(pages, "/evidence/import", TABLE.encode(), "incidents.csv")
    assert "Waiting for its turn" in pages.get(job).text
    assert pages.get(job.replace("/jobs/", "/evidence/import/")).headers["location"] == job
    work(workspace)
    place = follow(pages, job)
    page = pages.get(place).text
    assert "Nothing is written yet" in page
    assert "Line 3: [HYG-" in page
    assert "incidents.csv:3" not in page
    assert "Clinique du Grand Lac" not in pages.get("/landscape").text
    token = read_token(page)
    taken = pages.post(f"{place}/confirm", data={"csrf_token": token}).headers["location"]
    work(workspace)
    report = pages.get(follow(pages, taken)).text
    found = re.search(r'href="(/incidents/[^"]+)">Clinique du Grand Lac', report)
    assert found is not None
    assert "Gazette du Lac" in pages.get(found[1]).text
    # The file is gone: the same preview cannot be taken twice.
    assert pages.post(f"{place}/confirm", data={"csrf_token": token}).status_code == 404
    assert "brought in or left since" in pages.get(place).text
    again = send(pages, "/evidence/import", TABLE.splitlines(keepends=True)[0].encode() + TABLE.encode()[64:], "x.csv")
    work(workspace)
    assert pages.get(again).status_code == 200
    feed = pages.get("/").text
    assert "Import of a file incidents.csv" in feed
    assert feed.count("Import of a file incidents.csv") == 1, "a look brings nothing"


def test_what_cannot_be_read_says_why(pages: TestClient, workspace: Path) -> None:
    job = send(pages, "/evidence/import", b"nothing that is known", "note.txt")
    work(workspace)
    page = pages.get(job).text
    assert "the format of this file cannot be told" in page
    assert 'href="/evidence/import"' in page
    token = read_token(pages.get("/evidence/import").text)
    assert pages.post("/evidence/import", data={"csrf_token": token}).status_code == 422
    empty = pages.post("/evidence/import", data={"csrf_token": token}, files={"file": ("a.csv", b"")})
    assert empty.status_code == 422
    wrong = {"csrf_token": token, "form": "../../etc"}
    assert pages.post("/evidence/import", data=wrong, files={"file": ("a.csv", b"a,b")}).status_code < 500


def test_one_incident_by_hand(pages: TestClient) -> None:
    page = pages.get("/evidence/new").text
    token = read_token(page)
    assert page.count('<option value="" selected>Choose</option>') == 2, "neither a kind nor a class is supposed"
    missing = pages.post("/evidence/new", data={"csrf_token": token, **INCIDENT, "source.title": ""})
    assert missing.status_code == 422
    assert "Hôpital des Trois Ponts" in missing.text, "nothing that was typed is lost"
    late = pages.post("/evidence/new", data={"csrf_token": token, **INCIDENT, "started_on": "2026-13-40"})
    assert late.status_code == 422
    assert re.search(r'id="field-started_on-help"><strong>', late.text) is not None
    answer = pages.post("/evidence/new", data={"csrf_token": token, **INCIDENT})
    assert answer.status_code == 303, answer.text
    place = answer.headers["location"]
    shown = pages.get(place).text
    assert "Hôpital des Trois Ponts" in shown
    assert "Trois Ponts : le service" in shown
    assert "Ransom note seen; =1+1" in shown


def test_an_incident_by_hand_is_counted_where_it_happened(pages: TestClient) -> None:
    token = read_token(pages.get("/evidence/new").text)
    given = {
        **INCIDENT,
        "victim.name": "Clinique des Deux Rives",
        "started_on": "2026-06-03",
        "victim.department": "91",
    }
    place = pages.post("/evidence/new", data={"csrf_token": token, **given}).headers["location"]
    shown = pages.get(place).text
    assert "The incident is recorded" in shown
    assert "Île-de-France" in shown
    assert "<p>Ransom note seen; =1+1</p>" in shown, "what was typed is read, not only kept"
    month = "from=2026-06&to=2026-06"
    assert "Clinique des Deux Rives" in pages.get(f"/landscape?{month}&region=Île-de-France").text
    assert "Clinique des Deux Rives" not in pages.get(f"/landscape?{month}&region=Bretagne").text
    abroad = {**given, "victim.name": "Spital am See", "victim.country": "CH", "victim.department": ""}
    assert pages.post("/evidence/new", data={"csrf_token": token, **abroad}).status_code == 303
    assert "Spital am See" not in pages.get(f"/landscape?{month}").text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_table_to_fill_in_is_read_as_it_is(pages: TestClient, workspace: Path, language: str) -> None:
    cookie = {"cookie": f"hygie_language={language}"}
    assert 'href="/evidence/import/model.csv"' in pages.get("/evidence/import").text
    answer = pages.get("/evidence/import/model.csv", headers=cookie)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    job = send(pages, "/evidence/import", answer.content, f"model-{language}.csv")
    work(workspace)
    report = pages.get(follow(pages, job)).text
    assert "2 records would be new or changed" in report, "one incident and its source"
    assert 'id="refused"' not in report


def test_what_the_landscape_cannot_count_is_said(pages: TestClient, workspace: Path) -> None:
    lines = ["date,victim,facility type,class,country,sector,source"]
    lines += [f"2026-07-0{day},Clinique du Jour {day},private_clinic,ransomware,,,Journal" for day in (1, 2)]
    lines += ["2026-07-03,Spital,ch,ransomware,CH,health,Journal"]
    lines += [f"2026-31-0{day},Clinique Sans Date {day},private_clinic,ransomware,,,Journal" for day in (1, 1)]
    place = follow(pages, send_and_work(pages, workspace, "\n".join(lines).encode()))
    page = pages.get(place).text
    assert page.count("this is not a date") == 1, "one reason is said once"
    assert "and 1 more, for the same reason" in page
    taken = pages.post(f"{place}/confirm", data={"csrf_token": read_token(page)}).headers["location"]
    work(workspace)
    report = pages.get(follow(pages, taken)).text
    assert "so that the landscape cannot count them: 2." in report
    assert "not counted in the landscape of health in France: 1." in report


def send_and_work(pages: TestClient, workspace: Path, content: bytes) -> str:
    job = send(pages, "/evidence/import", content, "july.csv")
    work(workspace)
    return job


@pytest.mark.parametrize("language", ["fr", "en"])
def test_readers_and_strangers(workspace: Path, language: str) -> None:
    cookie = {"cookie": f"hygie_language={language}"}
    with open_pages(workspace, person("viewer")) as client:
        assert client.get("/evidence/import", headers=cookie).status_code == 403
        assert 'href="/evidence/import"' not in client.get("/landscape", headers=cookie).text
        assert client.get("/registers", headers=cookie).status_code == 200
    with open_pages(workspace, person("analyst")) as client:
        job = client.get("/evidence/import", headers=cookie).text
        ids = re.findall(r'href="/jobs/([^"?]+)', job)
        assert ids
    from hygie.store.workspace import add_organisation

    with opened(workspace) as store:
        add_organisation(store, "east")
    with open_pages(workspace, person("admin", organisation="east")) as stranger:
        for path in (f"/evidence/import/{ids[0]}", f"/registers/imports/{ids[0]}", f"/jobs/{ids[0]}"):
            assert stranger.get(path).status_code == 404, path


def test_from_finess_to_a_form_of_assessment(pages: TestClient, workspace: Path, tmp_path: Path) -> None:
    """A register by a page, a search by number, a facility, its assessment: no command line."""
    assert 'href="/registers"' in pages.get("/facilities/new").text
    register = write_register(tmp_path / "sae_2031.csv")
    job = send(pages, "/registers", register.read_bytes(), "sae_2031.csv", year="2031")
    work(workspace)
    report = pages.get(follow(pages, job)).text
    assert "sae_2031.csv" in report
    assert "organisations with" in report
    found = pages.get("/facilities/new?q=990000010").text
    assert "CH DES DEUX RIVIÈRES" in found
    token = read_token(found)
    made = pages.post("/facilities/register", data={"csrf_token": token, "finess": "990000001"})
    assert made.status_code == 303, made.text
    ref = made.headers["location"].partition("?")[0].rpartition("/")[2]
    start = pages.get(f"/assessments/new?facility={ref}").text
    assert re.search(rf'<option value="{ref}" selected>', start) is not None
    asked = {"csrf_token": read_token(start), "facility": ref, "years": "400", "draws": "4"}
    assert pages.post("/assessments", data=asked).status_code == 303
    found = re.search(r'href="(/jobs/[^"?]+)', pages.get("/assessments").text)
    assert found is not None
    assert pages.post(f"{found[1]}/cancel", data={"csrf_token": token}).status_code == 303


def test_an_archive_as_it_is_published(pages: TestClient, workspace: Path, tmp_path: Path) -> None:
    archive = pack_sae(tmp_path / "SAE_2031.zip")
    job = send(pages, "/registers", archive.read_bytes(), archive.name)
    work(workspace)
    assert "SAE_2031.zip" in pages.get(follow(pages, job)).text
    token = read_token(pages.get("/registers").text)
    wrong = pages.post("/registers", data={"csrf_token": token, "year": "31"}, files={"file": ("a.csv", b"x")})
    assert wrong.status_code == 422
    job = send(pages, "/registers", b"PK\x03\x04 no archive", "broken.zip")
    work(workspace)
    page = pages.get(job).text
    assert "It failed" in page
    assert str(workspace) not in page


def test_a_facility_among_many_is_found_without_script(workspace: Path) -> None:
    from hygie.service.facilities import open_facilities
    from jobs_kit import person as worker
    from jobs_kit import small

    with opened(workspace) as store:
        facilities = open_facilities(store)
        for number in range(60):
            text = small(f"many-{number:02}", name=f"Foyer numéro {number:02}")
            facilities.save(text, expected_revision=None, principal=worker())
    with open_pages(workspace, person()) as pages:
        page = pages.get("/assessments/new").text
        assert page.count("<option value=") < 60
        assert 'name="q"' in page
        found = pages.get("/assessments/new?q=foyer+59").text
        assert '<option value="many-59">' in found
        assert "many-58" not in found
        assert '<option value="many-59" selected>' in pages.get("/assessments/new?facility=many-59").text
        assert "No facility has all of these words" in pages.get("/assessments/new?q=nowhere").text
