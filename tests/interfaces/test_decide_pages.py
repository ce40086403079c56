"""Pages of decisions, without script: asked for, computed, shown, previewed; programmes written, priced, exported."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from decide_kit import PROGRAMME
from hygie.service.other_documents import open_programmes
from hygie.store.application_schema import saved_result
from jobs_kit import opened, small, work_off
from jobs_kit import person as worker_person
from web_kit import open_pages, person, read_token

pytestmark = pytest.mark.xdist_group("decide")


@pytest.fixture(scope="module")
def made(decided: tuple[Path, dict[str, str]]) -> tuple[Path, dict[str, str]]:
    return decided


@pytest.fixture(scope="module")
def pages(made: tuple[Path, dict[str, str]]) -> Iterator[TestClient]:
    with open_pages(made[0], person()) as client:
        yield client


def in_language(pages: TestClient, path: str, language: str) -> str:
    answer = pages.get(path, headers={"cookie": f"hygie_language={language}"})
    assert answer.status_code == 200, answer.text[:500]
    return answer.text


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_result_reads_in_both_languages(
    pages: TestClient, made: tuple[Path, dict[str, str]], language: str
) -> None:
    words = {
        "controls": ("Avant et après", "Before and after"),
        "mix": ("Ce que coûte une année", "What a year costs"),
        "uncertainty": ("Ce qui vaut d’être établi", "What is worth finding out"),
        "price": ("Autres franchises et limites", "Other retentions and limits"),
    }
    for name, (french, english) in words.items():
        page = in_language(pages, made[1][name], language)
        assert (french if language == "fr" else english) in page
        # Names of controls and sentences are in the language of the page, whatever that of the job was.
        if name == "controls":
            assert ("Authentification multifacteur" in page) == (language == "fr")
            assert ("Multi-factor authentication" in page) == (language == "en")
        ids = re.findall(r' id="([^"]+)"', page)
        assert len(ids) == len(set(ids)), name
        for address in re.findall(r'data-chart="([^"]+)"', page):
            address = address.replace("&amp;", "&")
            assert json.loads(pages.get(f"{address}&width=400").content)["width"] <= 400
            for ending, begin in (("svg", b"<svg"), ("csv", b"\xef\xbb\xbf")):
                assert pages.get(address.replace(".json", f".{ending}")).content.startswith(begin)


def test_the_map_has_two_sides_and_a_table(pages: TestClient, made: tuple[Path, dict[str, str]]) -> None:
    base = made[1]["controls"]
    before, after = (pages.get(f"{base}/maps/{side}.svg?lang=fr").text for side in ("before", "after"))
    assert "<svg" in before
    assert before != after
    assert pages.get(f"{base}/maps/before.png?download=1").content[:4] == b"\x89PNG"
    rows = pages.get(f"{base}/maps/after.csv?lang=en").content.decode("utf-8-sig").splitlines()
    zones = [line.split(",") for line in rows[1:] if line.startswith("Zone")]
    # Raising a control closes ways: attackers come to the zones less often in all.
    assert sum(float(row[-2]) for row in zones) < sum(float(row[-3]) for row in zones)
    assert pages.get(f"{made[1]['mix']}/maps/before.svg").status_code == 404


def test_another_set_is_guessed_at_once(pages: TestClient, made: tuple[Path, dict[str, str]]) -> None:
    base = made[1]["controls"]
    assert "Tick controls" in in_language(pages, base, "en")
    page = in_language(pages, f"{base}?take=mfa&take=nothing", "en")
    assert "a year instead of" in page
    assert 'value="mfa" checked' in page
    names = re.findall(r'<th scope="row"><a href="/controls/([a-z_0-9]+)"', page)
    by_price = re.findall(
        r'<th scope="row"><a href="/controls/([a-z_0-9]+)"', in_language(pages, f"{base}?sort=per_day", "en")
    )
    assert sorted(names) == sorted(by_price)
    assert pages.get(f"{base}?sort=name").status_code == 422
    assert pages.get(f"{base}/charts/none.svg").status_code == 400


def test_other_terms_and_an_appetite_at_once(pages: TestClient, made: tuple[Path, dict[str, str]]) -> None:
    base = made[1]["price"]
    assert "Nothing is changed yet" in in_language(pages, base, "en")
    page = in_language(pages, f"{base}?event_deductible=1k&layers.0.limit=1M", "en")
    assert "With these terms" in page
    assert "This is not an amount" in in_language(pages, f"{base}?layers.0.limit=many", "en")
    # The excess begins at 3 M€: a primary of 5 M€ would pay the same euro twice.
    assert "overlaps another" in in_language(pages, f"{base}?layers.0.limit=5M", "en")
    held = in_language(pages, f"{base}?a1=500k&p1=10&a2=2M&p2=2", "en")
    assert held.count("accepted.") == 4
    chart = f"{base}/charts/before_after.json?lang=en"
    plain, with_line = pages.get(chart).json(), pages.get(f"{chart}&a1=500k&p1=10&a2=2M&p2=2").json()
    assert len(with_line["layer"]) == len(plain["layer"]) + 2
    assert "accepted less often" in in_language(pages, f"{base}?a1=500k&p1=1&a2=2M&p2=2", "en")
    assert "cannot be read" in in_language(pages, f"{base}?a1=500k&p1=300", "en")
    for form, names in (("oed", {"OEDAccount.csv"}), ("ord", {"gul_S1_selt.csv", "il_S1_selt.csv"})):
        archive = zipfile.ZipFile(io.BytesIO(pages.get(f"{base}/tables/{form}.zip").content))
        assert {name.lower() for name in names} <= {name.lower() for name in archive.namelist()} or form == "oed"
        assert archive.testzip() is None
        assert archive.namelist()


def test_a_programme_is_written_without_script(pages: TestClient, made: tuple[Path, dict[str, str]]) -> None:
    page = pages.get("/decide/programmes/new").text
    fields = read_fields(page)
    assert "layers.1.id" not in fields
    fields["name"] = "Contrat 2027"
    added = pages.post("/decide/programmes", data={**fields, "do": "add:layers"})
    assert added.status_code == 200
    fields = read_fields(added.text)
    # A new layer begins where the last one ends.
    assert (fields["name"], fields["layers.1.attachment"]) == ("Contrat 2027", "3,000,000")
    fields |= {"layers.1.limit": "2M", "layers.1.premium": "12 500", "layers.1.share": "80"}
    fields |= {"layers.0.aggregate_deductible": "210k"}
    fields = read_fields(pages.post("/decide/programmes", data={**fields, "do": "add:coverages"}).text)
    wrong = pages.post("/decide/programmes", data={**fields, "do": "save", "layers.1.limit": "a lot"})
    assert wrong.status_code == 422
    assert "This is not an amount" in wrong.text
    assert "Tick at least one kind of loss" in wrong.text
    fields = read_fields(pages.post("/decide/programmes", data={**fields, "do": "remove:coverages.3"}).text)
    saved = pages.post("/decide/programmes", data={**fields, "do": "save"})
    assert saved.headers["location"] == "/decide/programmes/contrat-2027?done=created"
    with opened(made[0]) as store:
        data = open_programmes(store).get("contrat-2027").data
    assert data["layers"][1] == {"id": "layer_2", "attachment": 3e6, "limit": 2e6, "share": 0.8, "premium": 12_500.0}
    shown = pages.get("/decide/programmes/contrat-2027").text
    assert "Contrat 2027" in shown
    # Every term that is priced is shown.
    terms = shown[shown.index('id="layers"') : shown.index('id="history"')]
    assert re.findall(r"Deductible of a year\">([^<]*)<", terms) == ["€210,000", "–"]
    assert "Load: 15% of the standard deviation; expenses: 25% of the premium." in terms
    # The same name again takes another ref; an overlap is told at its field, in words.
    again = pages.post("/decide/programmes", data={**fields, "do": "save"})
    assert again.headers["location"].startswith("/decide/programmes/contrat-2027-2")
    overlap = pages.post("/decide/programmes", data={**fields, "do": "save", "layers.1.attachment": "1M"})
    assert 'id="field-layers.1.attachment-help"><strong>This layer overlaps' in overlap.text


def test_a_form_keeps_what_it_does_not_ask(pages: TestClient, made: tuple[Path, dict[str, str]]) -> None:
    text = PROGRAMME.read_text("utf-8") + "reinsurance:\n  - {id: qs, kind: quota_share, share: 0.5}\n"
    with opened(made[0]) as store:
        shelf = open_programmes(store)
        shelf.save(text, expected_revision=None, principal=worker_person(), ref="kept")
        first = shelf.get("kept").data
    page = pages.get("/decide/programmes/kept/edit").text
    fields = read_fields(page)
    done = pages.post("/decide/programmes/kept/edit", data={**fields, "do": "save"})
    assert done.status_code == 303, done.text
    with opened(made[0]) as store:
        second = open_programmes(store).get("kept").data
    # Saved as it was shown: the form loses nothing, writes amounts back as they were, and leaves defaults out.
    assert second["reinsurance"] == first["reinsurance"]
    assert second["coverages"] == first["coverages"]
    assert second["layers"] == first["layers"]
    assert second["pricing"] == first["pricing"]
    assert second["complaint"] == first["complaint"]
    # Somebody else was faster: both versions are shown.
    clash = pages.post("/decide/programmes/kept/edit", data={**fields, "do": "save", "name": "Other"})
    assert clash.status_code == 409
    assert "Two versions of the same programme" in clash.text
    token = fields["csrf_token"]
    back = {"csrf_token": token, "revision": "1", "expected_revision": "2"}
    assert pages.post("/decide/programmes/kept/restore", data=back).status_code == 303
    bad = {"csrf_token": token, "expected_revision": "3", "text": text.replace("filed: 0.95", "filed: 7")}
    assert pages.post("/decide/programmes/kept/text", data=bad).status_code == 303
    assert "To be mended before it can be priced" in pages.get("/decide/programmes/kept").text
    assert pages.get("/decide/programmes/kept/file").text.startswith("# An insurance programme")


def test_what_cannot_be_asked_is_explained(pages: TestClient) -> None:
    token = read_token(pages.get("/decide/controls/new?facility=fr-1").text)
    ask = {"csrf_token": token, "facility": "fr-1", "years": "400", "draws": "4"}
    for path, changes, words in (
        ("controls", {"budget": "much"}, "This is not an amount"),
        ("controls", {"years": "10", "draws": "10"}, "two years at least"),
        ("mix", {"programmes": "cyber"}, "A mix needs a budget"),
        ("mix", {"budget": "500k"}, "at least one programme"),
    ):
        answer = pages.post(f"/decide/{path}", data={**ask, **changes})
        assert answer.status_code == 422
        assert words in answer.text
    assert pages.post("/decide/controls", data={**ask, "take": "none"}).status_code == 303
    assert pages.post("/decide/controls", data={**ask, "facility": "none"}).status_code == 404
    assert pages.get("/decide/anything/new").status_code == 422


def test_an_empty_workspace_leads_on(filled_workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(filled_workspace, tmp_path / "w")
    with open_pages(tmp_path / "w", person()) as client:
        assert "Describe a facility" in client.get("/decide").text
        assert "No programme yet" in client.get("/decide/programmes").text
        token = read_token(client.get("/facilities/new").text)
        client.post("/facilities/file", data={"csrf_token": token}, files={"file": ("a.yaml", small().encode())})
        assert "Nothing yet" in client.get("/decide").text
        assert "No programme yet" in client.get("/decide/mix/new").text


def test_others_see_nothing_and_readers_change_nothing(made: tuple[Path, dict[str, str]]) -> None:
    from hygie.store.workspace import add_organisation

    folder, found = made
    with opened(folder) as store:
        add_organisation(store, "east")
        assert work_off(store) >= 0
    with open_pages(folder, person("admin", organisation="east")) as stranger:
        for path in (
            found["controls"],
            f"{found['controls']}/maps/before.svg",
            f"{found['controls']}/charts/options.svg",
            found["price"],
            f"{found['price']}/charts/tower.svg",
            f"{found['price']}/tables/oed.zip",
            f"{found['price']}?event_deductible=1k",
            "/decide/programmes/cyber",
            "/decide/programmes/cyber/file",
            "/decide/programmes/cyber/edit",
        ):
            assert stranger.get(path).status_code == 404, path
    with open_pages(folder, person("viewer")) as reader:
        page = reader.get("/decide").text
        assert "/decide/controls/new" not in page
        assert reader.get(found["price"]).status_code == 200
        assert "/decide/programmes/cyber/edit" not in reader.get("/decide/programmes/cyber").text
        assert reader.get("/decide/programmes/new").status_code == 403


def read_fields(page: str) -> dict[str, str]:
    """What a browser would send of the form of a programme."""
    import html

    form = page[page.index('class="programme"') :]
    form = form[: form.index("</form>")]
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        name, value = re.search(r' name="([^"]+)"', tag), re.search(r' value="([^"]*)"', tag)
        if name is None or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        fields[name[1]] = html.unescape(value[1]) if value is not None else "on"
    for name, inner in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inner) or re.search(r'<option value="([^"]*)"', inner)
        assert chosen is not None
        fields[name] = chosen[1]
    for name, inner in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.DOTALL):
        fields[name] = html.unescape(inner)
    return fields


def test_the_brief_of_an_assessment_shows_the_choice_of_controls_for_the_same_revision(
    made: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    shutil.copytree(made[0], tmp_path / "workspace")
    with open_pages(tmp_path / "workspace", person()) as pages:
        assessed = re.search(r'<a href="/assessments/([0-9]{8}-[^"]+)"', pages.get("/assessments").text)[1]
        for language, wanted, missing in (
            ("en", "Multi-factor authentication", "The measures were not studied for this brief"),
            ("fr", "Authentification multifacteur", "Les mesures n’ont pas été étudiées pour cette note"),
        ):
            brief = f"/assessments/{assessed}/documents/brief.html?lang={language}"
            page = pages.get(brief).text
            assert wanted in page
            assert missing not in page
            assert str(tmp_path) not in page
        # A choice for another revision of the facility says nothing of this result.
        token = read_token(pages.get("/assessments/new").text)
        larger = {"csrf_token": token, "expected_revision": "1", "text": small(beds=260)}
        assert pages.post("/facilities/fr-1/text", data=larger).status_code == 303
        asked = pages.post("/assessments", data={"csrf_token": token, "facility": "fr-1", "years": "400", "draws": "4"})
        with opened(tmp_path / "workspace") as store:
            assert work_off(store) == 1
        latest = pages.get(f"{asked.headers['location']}?go=1").headers["location"]
        assert "The measures were not studied" in pages.get(f"{latest}/documents/brief.html?lang=en").text


def test_an_approved_brief_stays_what_its_approver_read(made: tuple[Path, dict[str, str]], tmp_path: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(made[0], folder)
    with open_pages(folder, person()) as pages:
        assessed = re.search(r'<a href="/assessments/([0-9]{8}-[^"]+)"', pages.get("/assessments").text)[1]
        token = read_token(pages.get(f"/assessments/{assessed}").text)
        assert pages.post(f"/assessments/{assessed}/submit", data={"csrf_token": token}).status_code == 303
    brief = f"/assessments/{assessed}/documents/brief.html?lang=en"
    with open_pages(folder, person("approver")) as pages:
        token = read_token(pages.get(f"/assessments/{assessed}").text)
        assert pages.post(f"/assessments/{assessed}/approve", data={"csrf_token": token}).status_code == 303
        assert "Multi-factor authentication" in pages.get(brief).text
        # Had it been approved before the controls were compared, they would not be in it.
        with opened(folder) as store, store.engine.begin() as connection:
            early = datetime(2020, 1, 1, tzinfo=UTC)
            chosen = saved_result.c.result_id == assessed
            connection.execute(update(saved_result).where(chosen).values(decided_at=early))
        assert "The measures were not studied" in pages.get(brief).text
