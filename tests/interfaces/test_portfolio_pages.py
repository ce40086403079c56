"""Pages of portfolios, without script: made, studied, shown, supposed, compared, downloaded."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from hygie.service.accounts.principal import Role
from hygie.store.workspace import add_organisation
from hygie.views.portfolio_ties import Member, Tie, Ties
from jobs_kit import opened, work_off
from portfolio_kit import make_studied, study
from web_kit import open_pages, person, read_token

pytestmark = pytest.mark.xdist_group("assess")

Made = tuple[Path, str]


@pytest.fixture(scope="module")
def made(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("portfolios") / "workspace"
    return folder, make_studied(filled_workspace, folder)


@pytest.fixture(scope="module")
def pages(made: Made) -> Iterator[TestClient]:
    with open_pages(made[0], person()) as client:
        yield client


def token_of(pages: TestClient, path: str = "/portfolio/new") -> str:
    return read_token(pages.get(path).text)


def do(pages: TestClient, folder: Path, result: str, **form: str) -> str:
    """Ask for a what-if, do it, and return where it is shown."""
    answer = pages.post(f"/portfolio/{result}/whatif", data={"csrf_token": token_of(pages), **form})
    assert answer.status_code == 303, answer.text
    with opened(folder) as store:
        assert work_off(store) == 1
    return str(pages.get(f"{answer.headers['location']}?go=1").headers["location"])


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_study_is_shown_whole(pages: TestClient, made: Made, language: str) -> None:
    page = pages.get(f"/portfolio/{made[1]}", headers={"cookie": f"hygie_language={language}"}).text
    assert f'<html lang="{language}"' in page
    for place in ("short", "curve", "rebound", "accumulation", "territory", "whatifs", "groups", "documents"):
        assert f'id="{place}"' in page
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert "=HYPERLINK(0)" in page
    # The command leads to the very files that were studied, told from the workspace.
    command = re.search(r"hygie portfolio run (\S+)", page)
    assert command is not None
    file = made[0] / command[1]
    for line in re.findall(r"\.\./facility/\S+\.yaml", file.read_text("utf-8")):
        assert (file.parent / line).is_file()


def test_charts_are_drawn_at_any_width(pages: TestClient, made: Made) -> None:
    page = pages.get(f"/portfolio/{made[1]}").text
    charts = {address.replace("&amp;", "&") for address in re.findall(r'data-chart="([^"]+)"', page)}
    names = {address.partition(".json")[0].rpartition("/")[2] for address in charts}
    assert {"loss_exceedance", "origins", "rebound_map", "rebound_graph", "tail_by_organisation"} <= names
    for address in charts:
        spec = json.loads(pages.get(f"{address}&width=330").content)
        assert spec["width"] <= 330
    base = f"/portfolio/{made[1]}/charts/rebound_graph"
    assert pages.get(f"{base}.svg").text.startswith("<svg")
    rows = list(csv.reader(io.StringIO(pages.get(f"{base}.csv").content.decode("utf-8-sig"))))
    assert ["host-a", "Hébergeur A", "fr-1", "CHU de l’Exemple"] in [row[:4] for row in rows]
    assert all(not cell.startswith("=") for row in rows for cell in row)
    assert pages.get(f"/portfolio/{made[1]}/charts/secret.svg").status_code == 400


def test_documents_and_tables_are_files(pages: TestClient, made: Made) -> None:
    base = f"/portfolio/{made[1]}/documents/report"
    for form, begin in (("html", b"<!doctype html"), ("xlsx", b"PK"), ("csv", b"PK"), ("parquet", b"PK")):
        answer = pages.get(f"{base}.{form}?lang=fr")
        assert answer.content[: len(begin)].lower() == begin.lower(), answer.text[:300]
        assert "attachment" in answer.headers["content-disposition"]
    names = zipfile.ZipFile(io.BytesIO(pages.get(f"{base}.csv").content)).namelist()
    assert any("provider" in name for name in names)
    assert pages.get(f"{base}.exe").status_code == 422
    members = pages.get(f"/portfolio/{made[1]}/members.csv").content.decode("utf-8-sig")
    assert [row["id"] for row in csv.DictReader(io.StringIO(members))] == ["fr-1", "fr-2", "fr-3"]
    assert "'=HYPERLINK(0)" in members


def test_members_are_sorted_searched_and_paged(pages: TestClient, made: Made) -> None:
    def names(query: str) -> list[str]:
        text = pages.get(f"/portfolio/{made[1]}/members?{query}").text
        return re.findall(r'<th scope="row">([^<]+)', text)

    assert names("sort=beds") == ["CHU de l’Exemple", "CH du Littoral", "=HYPERLINK(0)"]
    assert names("sort=beds&order=asc")[0] == "=HYPERLINK(0)"
    assert names("q=littoral") == ["CH du Littoral"]
    assert names("q=22") == ["CH du Littoral"]
    assert names("q=nobody") == []
    assert pages.get(f"/portfolio/{made[1]}/members?sort=secret").status_code == 422


def test_many_members_come_page_by_page() -> None:
    from hygie.service.portfolio_members import follow, list_members

    members = [Member(id=f"fr-{n}", name=f"Hôpital {n}", beds=n, loss_eur_per_y=float(n)) for n in range(2_500)]
    ties = Ties(members=members, links=[], providers=[], contracts=[])
    page = list_members(ties, sort="beds", descending=True, page=2)
    assert (page.total, page.pages, len(page.items)) == (2_500, 50, 50)
    assert page.items[0].member.beds == 2_449
    assert list_members(ties, sort="beds", descending=True, page=9_999).page == 50
    reach = follow(ties, language="en", days=1.0, provider=None, site="fr-7")
    assert ([row.id for row in reach.first], reach.next) == (["fr-7"], [])


def test_neighbours_are_no_part_of_the_portfolio() -> None:
    from hygie.service.portfolio_members import follow

    members = [
        Member(id="fr-1", name="A", beds=300),
        Member(id="fr-2", name="B", beds=100),
        Member(id="fr-3", name="Neighbour", beds=600, assessed=False),
    ]
    ties = Ties(members=members, links=[Tie(source=0, target=2, kind="ght")], providers=[], contracts=[])
    reach = follow(ties, language="en", days=1.0, provider=None, site="fr-1")
    # All that is reached is told; the share is that of the members, of whom a quarter is out of reach.
    assert (reach.beds, reach.beds_assessed, reach.beds_of_all) == (900, 300, 400)


def test_a_group_is_compared(pages: TestClient, made: Made) -> None:
    page = pages.get(f"/portfolio/{made[1]}/compare?ght=g-1").text
    assert "GHT de l’Exemple, side by side" in page
    assert "Hébergeur A" in page
    assert "3 of 3" in page
    # Two of three members have little of the first control.
    weak = page[page.index('id="weak"') :]
    assert "40% on average" in weak
    assert "least: 20%, =HYPERLINK(0), CH du Littoral" in weak
    assert pages.get(f"/portfolio/{made[1]}/compare?ght=none").status_code == 404
    chart = pages.get(f"/portfolio/{made[1]}/compare/chart.svg?ght=g-1")
    assert chart.text.startswith("<svg")


def test_who_is_reached_is_said_at_once(pages: TestClient, made: Made) -> None:
    base = f"/portfolio/{made[1]}/whatif"
    page = pages.get(f"{base}?provider=host-a&days=10").text
    assert "Clients that lose a service at once: 3" in page
    assert "1,220" in page
    struck = pages.get(f"{base}?site=fr-1").text
    assert "Other organisations that links lead to from here: 2" in struck
    assert "CHU de l’Exemple is struck" in pages.get(f"{base}?site=exemple+chu").text
    assert "choose one" in pages.get(f"{base}?site=ght").text
    assert "No member has all of these words" in pages.get(f"{base}?site=nobody").text
    assert pages.get(f"{base}?provider=none").status_code == 404
    for days in ("0", "400", "nan", "x"):
        assert pages.get(f"{base}?provider=host-a&days={days}").status_code == 422


def test_what_it_costs_is_simulated(pages: TestClient, made: Made) -> None:
    folder, result = made
    down = do(pages, folder, result, kind="provider", target="host-a", days="10")
    page = pages.get(down).text
    assert "Hébergeur A is down, 10 d" in page
    assert "3 clients; 3 organisations" in page
    assert "--provider host-a --down 240h" in page
    french = pages.get(down, headers={"cookie": "hygie_language=fr"}).text
    assert "Hébergeur A à l’arrêt" in french
    assert pages.get(f"{down}/chart.csv").content.startswith(b"\xef\xbb\xbf")
    supposed = down.rpartition("/")[2]
    report = pages.get(f"/portfolio/{result}/documents/report.html?whatif={supposed}&lang=en").text
    assert "down for 10 days" in report
    assert supposed in pages.get(f"/portfolio/{result}").text
    struck = do(pages, folder, result, kind="site", target="fr-1")
    page = pages.get(struck).text
    assert "CHU de l’Exemple is struck" in page
    assert "CH du Littoral" in page
    refused = pages.get(f"/portfolio/{result}/documents/report.html?whatif={struck.rpartition('/')[2]}")
    assert refused.status_code == 400
    token = token_of(pages)
    for form in ({"kind": "provider", "target": "none"}, {"kind": "site", "target": "none"}):
        assert pages.post(f"/portfolio/{result}/whatif", data={"csrf_token": token, **form}).status_code == 404
    deleted = pages.post(f"/portfolio/{supposed}/delete", data={"csrf_token": token})
    assert deleted.status_code == 303
    assert pages.get(down).status_code == 404


def test_a_portfolio_is_made_changed_and_brought_back(pages: TestClient) -> None:
    token = token_of(pages)
    answer = pages.post(
        "/portfolio/files", data={"csrf_token": token, "name": "Deux sites", "facilities": ["fr-1", "fr-2"]}
    )
    place = answer.headers["location"].partition("?")[0]
    page = pages.get(place)
    assert "Study this portfolio" in page.text
    # A column without any note is left out.
    assert ">Note<" not in page.text
    text = "schema: hygie.portfolio/1\nname: Deux sites\nfacilities: [fr-1]\nward: 3\n"
    form = {"csrf_token": token, "expected_revision": "1", "text": text}
    assert pages.post(f"{place}/text", data=form).status_code == 303
    page = pages.get(place)
    assert "To mend before it can be studied" in page.text
    assert "ward" in page.text
    # Somebody who started from the first revision sees both texts.
    clash = pages.post(f"{place}/text", data={**form, "text": text.replace("ward: 3", "level: entity")})
    assert clash.status_code == 409
    assert "level: entity" in clash.text
    assert "ward: 3" in clash.text
    back = pages.post(f"{place}/restore", data={"csrf_token": token, "revision": "1", "expected_revision": "2"})
    assert back.status_code == 303
    assert "ward" not in pages.get(f"{place}/file").text
    gone = pages.post(f"{place}/delete", data={"csrf_token": token, "expected_revision": "3"})
    assert gone.headers["location"].startswith("/portfolio?")
    assert "Deux sites" not in pages.get("/portfolio").text


def test_what_cannot_be_taken_is_explained(pages: TestClient) -> None:
    token = token_of(pages)
    for data, status in (({"name": "Rien"}, 400), ({"name": ""}, 422)):
        assert pages.post("/portfolio/files", data={"csrf_token": token, **data}).status_code == status
    for content, status in (
        (b"", 422),
        (b"\xff\xfe", 422),
        (b"- a\n", 422),
        (b"schema: hygie.portfolio/1\nname: x\n", 303),
    ):
        answer = pages.post(
            "/portfolio/files/upload", data={"csrf_token": token}, files={"file": ("../a b.yaml", content)}
        )
        assert answer.status_code == status, answer.text
    for form, status in (
        ({}, 400),
        ({"portfolio": "none"}, 404),
        ({"portfolio": "ght", "years": "4", "draws": "4"}, 400),
        ({"portfolio": "ght", "years": "many"}, 422),
    ):
        assert pages.post("/portfolio", data={"csrf_token": token, **form}).status_code == status


def test_a_register_is_studied_in_part(pages: TestClient, made: Made) -> None:
    page = pages.get("/portfolio/new").text
    assert "GHT EXEMPLE (2)" in page
    kind = re.search(r'<option value="([a-z_-]+)"[^>]*>register-2023', page)
    assert kind is not None
    result = study(pages, made[0], register_kind=kind[1], ght="9901")
    assert "Members" in pages.get(f"/portfolio/{result}/members").text
    assert "Members: 2" in pages.get(f"/portfolio/{result}/members").text
    assert f"--register {kind[1]} --ght 9901" in pages.get(f"/portfolio/{result}").text
    assert pages.post(f"/portfolio/{result}/delete", data={"csrf_token": token_of(pages)}).status_code == 303
    assert pages.get(f"/portfolio/{result}").status_code == 404


def test_a_viewer_looks_and_a_stranger_sees_nothing(made: Made) -> None:
    folder, result = made
    paths = [
        f"/portfolio/{result}",
        f"/portfolio/{result}/members",
        f"/portfolio/{result}/members.csv",
        f"/portfolio/{result}/compare",
        f"/portfolio/{result}/compare/chart.svg",
        f"/portfolio/{result}/whatif?provider=host-a",
        f"/portfolio/{result}/charts/origins.svg",
        f"/portfolio/{result}/documents/report.csv",
        "/portfolio/files/ght",
        "/portfolio/files/ght/file",
    ]
    looks: Role = "viewer"
    with open_pages(folder, person(looks)) as viewer:
        for path in ["/portfolio", *paths]:
            page = viewer.get(path)
            assert page.status_code == 200, path
            assert not re.search(r'<form method="post" action="/portfolio', page.text), path
        assert viewer.get("/portfolio/new").status_code == 403
    with opened(folder) as store:
        add_organisation(store, "east")
    with open_pages(folder, person("admin", organisation="east")) as stranger:
        for path in paths:
            assert stranger.get(path).status_code == 404, path
        empty = stranger.get("/portfolio").text
        assert "No study yet" in empty
        assert "hygie facility download sae" in empty
        drawn = stranger.post("/portfolio/register", data={"csrf_token": read_token(empty), "seed": "3"})
        assert drawn.headers["location"].startswith("/jobs/")
