"""What is wrong reads in French: in the terminal, on pages, in the API, and English stays where it was asked for."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api_kit import open_api
from cli_kit import hygie_here
from hygie.service.facilities import open_facilities
from hygie.service.jobs.kinds import KINDS
from hygie.service.jobs.queue import submit
from jobs_kit import opened, person, small, work_off
from web_kit import open_pages, read_token
from web_kit import person as reader

NARROW, NO_BREAK = "\u202f", "\u00a0"
WRONG = """\
schema: hygie.facility/1
id: my-hospital
name: My hospital
category: clinics
status: public
activity:
  year: 2024
  beds_mco: 300 beds
  ftes: 1200
"""
ENGLISH = re.compile(r"\b(the|must|unknown|did you mean|field:|allowed|repair|remove|write)\b", re.IGNORECASE)


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[TestClient]:
    """A workspace with a facility to be mended, and a job that failed."""
    folder = tmp_path / "workspace"
    with opened(folder) as workspace:
        shelf = open_facilities(workspace)
        shelf.save(small(), expected_revision=None, principal=person())
        shelf.save(WRONG, expected_revision=None, principal=person())
        asked = KINDS["assess"].request.model_validate(
            {"facility": "fr-1", "years": 100, "draws": 200, "as_of": "2026-11-23"}
        )
        job = submit(workspace, kind="assess", request=asked, principal=person()).job_id
        work_off(workspace)
    with open_pages(folder, reader()) as client:
        client.headers["x-job"] = job
        yield client


def text_of(page: str) -> str:
    """The words of a page: no tags, no code, single spaces."""
    shown = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    return re.sub(r"[ \n]+", " ", html.unescape(shown))


def check_typography(text: str) -> None:
    """French signs have their spaces, and none is straight."""
    assert "“" not in text
    assert not re.search(r"\w'\w", text)
    assert not re.search(r" [:;!?»]", text)
    assert not re.search(r"« ", text)


def test_a_wrong_facility_file_in_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "wrong.yaml").write_text(WRONG, encoding="utf-8")
    found = hygie_here("facility", "check", "wrong.yaml", "--lang", "fr", cwd=tmp_path)
    assert found.returncode == 1
    text = found.stdout
    assert f"wrong.yaml:8{NO_BREAK}: «{NARROW}beds_mco{NARROW}» doit être un nombre entier" in text
    assert f"    remède{NO_BREAK}:  vouliez-vous dire «{NARROW}fte{NARROW}»{NARROW}?" in text
    assert f"    valeur{NO_BREAK}:  300 beds" in text
    assert not ENGLISH.search(text)
    check_typography(text)
    said = json.loads(hygie_here("facility", "check", "wrong.yaml", "--lang", "fr", "--json", cwd=tmp_path).stdout)
    assert f"«{NARROW}fte{NARROW}» manque" in [finding["message"] for finding in said["findings"]]
    assert {finding["code"] for finding in said["findings"]} == {"HYG-202"}
    english = hygie_here("facility", "check", "wrong.yaml", "--lang", "en", cwd=tmp_path, LC_ALL="fr_FR.UTF-8").stdout
    assert "“beds_mco” must be a whole number" in english


@pytest.mark.parametrize(
    ("arguments", "locale", "said"),
    [
        (("--lang", "fr"), "C", "ce fichier n’existe pas"),
        (("--lang=fr",), "C", "ce fichier n’existe pas"),
        ((), "fr_FR.UTF-8", "ce fichier n’existe pas"),
        ((), "C", "no such file"),
        (("--lang", "en"), "fr_FR.UTF-8", "no such file"),
        (("--lang", "de"), "fr_FR.UTF-8", "cette langue n’est pas prise en charge"),
    ],
)
def test_errors_follow_the_language_of_the_command(
    tmp_path: Path, arguments: tuple[str, ...], locale: str, said: str
) -> None:
    failed = hygie_here("assess", "none.yaml", *arguments, cwd=tmp_path, LC_ALL=locale)
    assert failed.returncode in (2, 3)
    assert said in failed.stderr


def test_a_facility_to_be_mended_on_its_page(pages: TestClient) -> None:
    page = pages.get("/facilities/my-hospital?lang=fr")
    assert page.status_code == 200
    text = text_of(page.text)
    assert f"«{NARROW}beds_mco{NARROW}» doit être un nombre entier" in text
    assert "écrivez seulement des chiffres" in text
    assert "must be a whole number" in text_of(pages.get("/facilities/my-hospital?lang=en").text)


def test_error_pages(pages: TestClient) -> None:
    missing = pages.get("/facilities/nowhere?lang=fr")
    assert missing.status_code == 404
    text = text_of(missing.text)
    assert f"«{NARROW}nowhere{NARROW}» n’existe pas (établissement)" in text
    assert not ENGLISH.search(text)
    # What the framework refuses, with bounds as people write them.
    token = read_token(pages.get("/facilities/new").text)
    form = {"csrf_token": token, "facility": "fr-1", "years": "1", "draws": "x"}
    refused = pages.post("/assessments?lang=fr", data=form)
    assert refused.status_code == 422
    text = text_of(refused.text)
    assert "La valeur doit être supérieure ou égale à 2" in text
    assert "La valeur doit être un nombre entier, le texte ne peut être lu ainsi" in text
    assert "Admis ≥ 2" in text


def test_why_a_job_failed(pages: TestClient) -> None:
    path = f"/jobs/{pages.headers['x-job']}"
    english = text_of(pages.get(f"{path}?lang=en").text)
    french = text_of(pages.get(f"{path}?lang=fr").text)
    assert "It failed." in english
    assert "raise --years or lower --draws" in english
    assert "augmentez --years ou réduisez --draws" in french


def test_the_api_answers_in_the_language_that_it_is_asked_in(tmp_path: Path) -> None:
    with open_api(tmp_path / "workspace") as api:
        ana = api.token("ana")
        said = {}
        for language in ("fr", "en"):
            answer = api.ask(ana, "GET", f"/facilities/nowhere?lang={language}")
            assert answer.status_code == 404
            said[language] = answer.json()
        assert said["fr"]["type"] == said["en"]["type"] == "urn:hygie:problem:HYG-411"
        assert said["en"]["title"] == "there is no facility “nowhere”"
        assert said["fr"]["title"] == f"«{NARROW}nowhere{NARROW}» n’existe pas (établissement)"
        assert said["fr"]["findings"][0]["message"] == said["fr"]["title"]
        checked = api.ask(ana, "POST", "/facilities/check?lang=fr", json={"text": WRONG}).json()
        assert f"«{NARROW}beds_mco{NARROW}» doit être un nombre entier" in [
            finding["message"] for finding in checked["findings"]
        ]
        bounds = api.ask(ana, "GET", "/facilities?limit=1000&lang=fr").json()["findings"][0]
        assert bounds["message"] == "la valeur doit être inférieure ou égale à 200"
        assert bounds["allowed"] == "le 200"
