"""Pages of a posture, without script: the questionnaire answered, mended and asked again; another tool's file taken."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from jobs_kit import small
from web_kit import open_pages, person, read_token

FACILITY = "/facilities/fr-1"
FRENCH = {"cookie": "hygie_language=fr"}


@pytest.fixture
def pages(filled_workspace: Path, tmp_path: Path) -> Iterator[TestClient]:
    shutil.copytree(filled_workspace, tmp_path / "workspace")
    with open_pages(tmp_path / "workspace", person()) as client:
        token = read_token(client.get("/facilities/new").text)
        file = {"file": ("a.yaml", small().encode())}
        assert client.post("/facilities/file", data={"csrf_token": token}, files=file).status_code == 303
        yield client


def answer(pages: TestClient, page: str = f"{FACILITY}/questions", revision: int = 1, **given: str) -> object:
    token = read_token(pages.get(page).text)
    values = {"csrf_token": token, "expected_revision": str(revision), **given}
    return pages.post(f"{FACILITY}/questions", data=values)


def find_question(page: str) -> tuple[str, list[str]]:
    """Return the first question of a page and the ids of its answers."""
    name = re.search(r'<input type="radio" name="([a-z_.-]+)"', page).group(1)
    return name, re.findall(rf'name="{name}" value="([a-z_-]+)"', page)


@pytest.mark.parametrize("headers", [{}, FRENCH])
def test_nothing_is_known_at_first(pages: TestClient, headers: dict[str, str]) -> None:
    page = pages.get(f"{FACILITY}/posture", headers=headers)
    assert page.status_code == 200
    assert page.text.count('class="band"') == 45
    assert "<strong>" not in page.text.partition("<main")[2]
    short, full = (pages.get(f"{FACILITY}/questions{end}", headers=headers).text for end in ("", "?full=true"))
    assert (short.count("<legend>"), full.count("<legend>")) == (15, 61)


def test_answers_make_a_posture_and_are_asked_again(pages: TestClient) -> None:
    name, choices = find_question(pages.get(f"{FACILITY}/questions").text)
    first = answer(pages, **{name: choices[-2]})
    assert first.status_code == 200
    assert "new" in first.text
    assert "Your changes are saved as a new revision." in first.text
    posture = pages.get(f"{FACILITY}/posture").text
    assert f"fr-1.answers.yaml: {name}" in html.unescape(posture)
    again = pages.get(f"{FACILITY}/questions").text
    assert f'name="{name}" value="{choices[-2]}" checked' in again
    assert pages.get(f"{FACILITY}/history").text.count("questionnaire") >= 1
    # Sent again as it is, it changes nothing and makes no revision.
    same = answer(pages, revision=2, **{name: choices[-2]})
    assert "Nothing had to be changed." in same.text
    assert answer(pages, revision=2, **{name: "unknown"}).status_code in (200, 303)
    # The full form keeps what the short one was told, unless it is taken out of it.
    assert f'value="{choices[-2]}" checked' not in pages.get(f"{FACILITY}/questions?full=true").text


def test_a_wrong_percentage_is_told_at_its_question_and_nothing_is_lost(pages: TestClient) -> None:
    page = pages.get(f"{FACILITY}/questions").text
    name, choices = find_question(page)
    percent = re.search(r'name="([a-z_-]+)\.percent"', page).group(1)
    wrong = answer(pages, **{name: choices[0], f"{percent}.percent": "140 %"})
    assert wrong.status_code == 422
    assert wrong.text.count("Give a percentage between 0 and 100") == 1
    assert 'value="140 %"' in wrong.text
    assert f'name="{name}" value="{choices[0]}" checked' in wrong.text
    assert "checked" not in pages.get(f"{FACILITY}/questions").text.partition("<fieldset")[2].partition("replace")[0]
    taken = answer(pages, **{f"{percent}.percent": "62,5 %"})
    assert taken.status_code == 200
    assert "62" in taken.text


def test_two_writers_of_a_posture_lose_nothing(pages: TestClient) -> None:
    name, choices = find_question(pages.get(f"{FACILITY}/questions").text)
    assert answer(pages, **{name: choices[0]}).status_code == 200
    late = answer(pages, **{name: choices[-2]})
    assert late.status_code == 409
    assert "Somebody else saved while you were writing" in late.text
    assert "coverage" in late.text


def test_what_another_tool_wrote_is_taken(pages: TestClient) -> None:
    def send(name: str, content: bytes, revision: int = 1, **more: str) -> object:
        token = read_token(pages.get(f"{FACILITY}/posture").text)
        values = {"csrf_token": token, "expected_revision": str(revision), **more}
        return pages.post(f"{FACILITY}/posture", data=values, files={"file": (name, content)})

    table = b"control,coverage,on\nmonitoring,70 %,2026-10-01\nsegmentation,0.2,2026-10-01\n"
    taken = send("mine.csv", table)
    assert taken.status_code == 200, taken.text
    assert "70%" in taken.text
    posture = pages.get(f"{FACILITY}/posture").text
    assert posture.count("1 October 2026") == 2
    for name, content in (("x.exe", b"MZ"), ("x.csv", b""), ("x.json", b"{"), ("x.csv", b"\xff\xfe\x00a,b")):
        refused = send(name, content, 2)
        assert refused.status_code in (400, 422), (name, refused.status_code)
        assert "Traceback" not in refused.text
    assert pages.get(f"{FACILITY}/posture").text == posture


def test_a_reader_sees_it_and_changes_nothing(pages: TestClient, tmp_path: Path) -> None:
    with open_pages(tmp_path / "workspace", person("viewer")) as reader:
        shown = reader.get(f"{FACILITY}/posture")
        assert shown.status_code == 200
        assert "<form" not in shown.text.partition("<main")[2].partition("</main")[0]
        assert reader.get(f"{FACILITY}/questions").status_code == 403


@pytest.mark.parametrize(("said", "shown"), [("95", "95%"), ("95 %", "95%"), ("1", "1%")])
def test_a_bare_number_in_the_field_of_a_percentage_is_one(pages: TestClient, said: str, shown: str) -> None:
    saved = answer(pages, **{"backup_offline.percent": said})
    assert saved.status_code == 200, saved.text
    assert f'value="{shown}"' in pages.get(f"{FACILITY}/questions").text
