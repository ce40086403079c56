"""A facility among many is found in the forms of scenarios and decisions, without script."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hygie.service.facilities import open_facilities
from jobs_kit import opened, small
from jobs_kit import person as somebody
from web_kit import open_pages, person

FORMS = ("/assessments/new", "/scenario/new", "/decide/controls/new", "/decide/uncertainty/new")
LISTS = ("/scenario", "/decide")


@pytest.fixture(scope="module")
def pages(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """The pages of a workspace with more facilities than a list shows."""
    folder = tmp_path_factory.mktemp("many") / "workspace"
    shutil.copytree(filled_workspace, folder)
    with opened(folder) as store:
        shelf = open_facilities(store)
        for number in range(60):
            text = small(f"fr-{number:02d}", name=f"Hôpital {number:02d}")
            shelf.save(text, expected_revision=None, principal=somebody())
    with open_pages(folder, person()) as client:
        yield client


def options(page: str) -> list[str]:
    chosen = re.search(r'<select id="field-facility".*?</select>', page, re.DOTALL)
    assert chosen is not None
    return re.findall(r'value="(fr-\d\d)"', chosen[0])


@pytest.mark.parametrize("path", [*FORMS, *LISTS])
def test_any_facility_is_found_by_its_name(pages: TestClient, path: str) -> None:
    # A list without a result asks for nothing yet.
    page = pages.get(path, params={"q": "hopital"} if path == "/scenario" else {}).text
    assert len(options(page)) == 50
    assert f'role="search" method="get" action="{path}"' in page
    assert options(pages.get(path, params={"q": "hopital 57"}).text) == ["fr-57"]


@pytest.mark.parametrize("path", [*FORMS, *LISTS])
def test_the_one_that_is_chosen_is_always_there(pages: TestClient, path: str) -> None:
    page = pages.get(path, params={"facility": "fr-57"}).text
    assert 'value="fr-57" selected' in page


@pytest.mark.parametrize("path", [*FORMS, *LISTS])
def test_a_search_in_vain_can_be_done_again(pages: TestClient, path: str) -> None:
    answer = pages.get(path, params={"q": "nowhere"})
    assert answer.status_code == 200
    assert "No facility has all of these words." in answer.text
    assert 'value="nowhere"' in answer.text
