"""Pages of facilities, without script: made in four ways, shown, edited by two, and never lost."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from jobs_kit import small
from web_kit import open_pages, person, read_token

FORM = {
    "name": "Clinique du Lac",
    "category": "ch",
    "status": "public",
    "year": "2024",
    "fte": "850,5",
    "beds_mco": "180",
}


@pytest.fixture
def pages(filled_workspace: Path, tmp_path: Path) -> Iterator[TestClient]:
    shutil.copytree(filled_workspace, tmp_path / "workspace")
    with open_pages(tmp_path / "workspace", person()) as client:
        yield client


def send(pages: TestClient, page: str, path: str, **values: str) -> object:
    token = read_token(pages.get(page).text)
    return pages.post(path, data={"csrf_token": token, **values})


def add(pages: TestClient, text: str) -> str:
    token = read_token(pages.get("/facilities/new").text)
    answer = pages.post("/facilities/file", data={"csrf_token": token}, files={"file": ("a.yaml", text.encode())})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).partition("?")[0]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_example_is_one_click_from_home(pages: TestClient, language: str) -> None:
    cookie = {"cookie": f"hygie_language={language}"}
    assert 'action="/facilities/example"' in pages.get("/").text
    first = send(pages, "/", "/facilities/example")
    again = send(pages, "/facilities/new", "/facilities/example")
    assert first.status_code == again.status_code == 303
    assert first.headers["location"] == again.headers["location"]
    page = pages.get(first.headers["location"], headers=cookie)
    assert page.status_code == 200
    assert "Dax" in page.text
    for address in re.findall(r'src="(/facilities/[^"]+svg[^"]*)"', page.text):
        picture = pages.get(address.replace("&amp;", "&"), headers=cookie)
        assert picture.text.startswith("<svg")
    home = pages.get("/", headers=cookie).text
    assert 'action="/facilities/example"' not in home
    assert "/facilities/fr-400780193" in home


def test_the_bundled_example_is_the_one_of_the_documentation() -> None:
    from importlib.resources import files

    bundled = (files("hygie.service") / "example_facility.yaml").read_text(encoding="utf-8")
    assert bundled == (Path(__file__).parents[2] / "examples" / "dax.yaml").read_text(encoding="utf-8")


def test_the_short_form_saves_or_says_what_is_wrong(pages: TestClient) -> None:
    wrong = send(pages, "/facilities/new", "/facilities/form", **{**FORM, "fte": "many", "beds_icu": "900"})
    assert wrong.status_code == 422
    assert "This is not a number" in wrong.text
    assert 'value="Clinique du Lac"' in wrong.text
    saved = send(pages, "/facilities/new", "/facilities/form", **FORM)
    assert saved.headers["location"] == "/facilities/clinique-du-lac?done=created"
    page = pages.get("/facilities/clinique-du-lac").text
    assert "Clinique du Lac" in page
    assert send(pages, "/facilities/new", "/facilities/form", **FORM).status_code == 409


def test_lists_are_searched_and_go_on(pages: TestClient) -> None:
    for number in range(27):
        add(pages, small(f"fr-{number:02d}", name=f"Hôpital {number}"))
    first = pages.get("/facilities").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following is not None
    second = pages.get(following[1].replace("&amp;", "&")).text
    found = [len(set(re.findall(r'href="/facilities/(fr-\d\d)"', text))) for text in (first, second)]
    assert found == [25, 2]
    assert re.findall(r'href="/facilities/(fr-\d\d)"', pages.get("/facilities?q=hopital 13").text) == ["fr-13"]


def test_two_writers_lose_nothing(pages: TestClient) -> None:
    path = add(pages, small("fr-1"))
    # With one revision there is nothing to go back to.
    assert "Go back<" not in pages.get(f"{path}/history").text
    token = read_token(pages.get(f"{path}/edit").text)
    form = {**FORM, "name": "Hôpital de l’Exemple", "expected_revision": "1", "csrf_token": token}
    assert pages.post(f"{path}/figures", data={**form, "beds_mco": "210"}).status_code == 303
    clash = pages.post(f"{path}/figures", data={**form, "beds_mco": "190", "fte": "700"})
    assert clash.status_code == 409
    for piece in ("activity.beds_mco", "200", "210", "190", "activity.fte"):
        assert piece in clash.text
    # Mine over theirs is a choice, and theirs stays in the history.
    mine = small("fr-1", beds=190)
    over = pages.post(f"{path}/text", data={"csrf_token": token, "expected_revision": "2", "text": mine})
    assert over.status_code == 303
    history = pages.get(f"{path}/history").text
    assert all(f"revision={number}" in history for number in (1, 2, 3))
    assert "Go back<" in history
    back = pages.post(f"{path}/restore", data={"csrf_token": token, "revision": "2", "expected_revision": "3"})
    assert back.status_code == 303
    assert "beds_mco: 210" in pages.get(f"{path}/file").text


def test_a_merge_is_offered_where_nothing_clashes(pages: TestClient) -> None:
    path = add(pages, small("fr-1"))
    token = read_token(pages.get(f"{path}/edit").text)
    theirs, mine = small("fr-1", beds=210), small("fr-1", name="Hôpital neuf")
    for text, status in ((theirs, 303), (mine, 409)):
        answer = pages.post(f"{path}/text", data={"csrf_token": token, "expected_revision": "1", "text": text})
        assert answer.status_code == status
    assert "Both changes together" in answer.text


def test_what_is_wrong_is_kept_and_told(pages: TestClient) -> None:
    path = add(pages, small("fr-1").replace("category: ch", "category: castle"))
    page = pages.get(path).text
    assert "To be mended" in page
    assert "castle" in page
    assert pages.get(f"{path}/pictures/attack_ways.svg").status_code in (400, 422)


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"- a list", b"a: [", b"x" * (2 * 2**20 + 1)])
def test_files_that_are_no_facility_are_refused(pages: TestClient, content: bytes) -> None:
    token = read_token(pages.get("/facilities/new").text)
    answer = pages.post("/facilities/file", data={"csrf_token": token}, files={"file": ("a.yaml", content)})
    assert answer.status_code in (400, 422)
    assert 'href="/facilities/' not in pages.get("/facilities").text.replace("/facilities/new", "")
