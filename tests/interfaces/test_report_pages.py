"""Study and reports, without script: asked for, shown in a frame, kept, fetched by pages and by programs."""

from __future__ import annotations

import html
import io
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import hygie
from api_kit import open_api
from base_kit import Desk
from hygie.core.evidence import TLP
from hygie.service import kept_documents, stored_reports
from hygie.service.accounts.audit import list_entries
from hygie.service.jobs import work_reports
from hygie.service.kept_documents import keep_document, recall_document
from hygie.store.workspace import add_organisation
from hygie.views.messages import LANGUAGES
from jobs_kit import opened, small, work_off
from stored_kit import make_dossier
from web_kit import open_pages, person, read_token

pytestmark = pytest.mark.xdist_group("assess")

STUDY = {
    "sector": "health", "country": "FR", "from": "2022-01", "to": "2023-05", "region": "", "tlp": "clear",
    "as_of": "2026-11-23", "seed": "1", "simulation": "no", "languages": ["fr"], "formats": ["html", "csv"],
}  # fmt: skip
QUICK = {"facility": "fr-1", "years": "400", "draws": "4"}
# An incident of the packs that an analyst of this organisation marks TLP:AMBER.
SECRET = ("Versailles", "Mignot")
# The forms of a document: their first bytes.
BEGIN = {"html": b"<!doctype html", "pdf": b"%PDF", "xlsx": b"PK", "csv": b"PK", "parquet": b"PK"}


@pytest.fixture(scope="module")
def workspace(filled_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an assessment, and with a study under each of two ceilings, asked for by the page."""
    folder = tmp_path_factory.mktemp("reports")
    shutil.copytree(filled_workspace, folder / "workspace")
    marked = Desk(folder).run("intel", "qualify", "W-R-10", "--tlp", "amber", "--reason", "told in confidence")
    assert marked.returncode == 0, marked.stderr
    with open_pages(folder / "workspace", person()) as pages:
        token = read_token(pages.get("/facilities/new").text)
        pages.post("/facilities/file", data={"csrf_token": token}, files={"file": ("a.yaml", small().encode())})
        pages.post("/assessments", data={"csrf_token": token, **QUICK})
        ask(pages)
        ask(pages, tlp="amber", languages=["en"], formats=["html"])
        with opened(folder / "workspace") as store:
            assert work_off(store) == 3
    return folder / "workspace"


@pytest.fixture(scope="module")
def pages(workspace: Path) -> Iterator[TestClient]:
    with open_pages(workspace, person()) as client:
        yield client


def ask(pages: TestClient, **changes: object) -> str:
    token = read_token(pages.get("/reports/new").text)
    answer = pages.post("/reports", data={"csrf_token": token, **STUDY, **changes})
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def find_results(pages: TestClient) -> dict[str, str]:
    """Ids by the marking of a study, and of the assessment."""
    page = pages.get("/reports").text
    rows = re.findall(r'<th scope="row"><a href="/reports/([^"]+)">.*?TLP:([A-Z]+)<', page, re.DOTALL)
    report = re.search(r'href="/reports/([^"?]+)\?document=report"', page)
    assert report is not None
    return {**{tlp.lower(): ref for ref, tlp in rows}, "assessment": report[1]}


def read_all(pages: TestClient, result: str) -> str:
    """Return what a study holds in every language and form, with its page and its view, as text."""
    texts = [pages.get(f"/reports/{result}").text]
    for language in ("fr", "en"):
        for form, begin in BEGIN.items():
            if form in ("pdf", "parquet"):
                # Packed; what is in them is judged by the tests of studies.
                continue
            content = pages.get(f"/reports/{result}/file?document=study&form={form}&lang={language}").content
            assert content[: len(begin)].lower() == begin.lower(), content[:300]
            if begin != b"PK":
                texts.append(content.decode("utf-8"))
                continue
            with zipfile.ZipFile(io.BytesIO(content)) as parts:
                texts += [name + parts.read(name).decode("utf-8", "replace") for name in parts.namelist()]
    return html.unescape("\n".join(texts))


def test_a_clear_study_holds_nothing_above_its_ceiling(pages: TestClient, workspace: Path) -> None:
    results = find_results(pages)
    assert set(results) == {"clear", "amber", "assessment"}
    clear, amber = read_all(pages, results["clear"]), read_all(pages, results["amber"])
    for word in SECRET:
        assert word not in clear, word
    assert SECRET[0] in amber
    assert "Dax" in clear
    folder = workspace / "results" / "default" / results["clear"]
    stored = "".join(path.read_text("utf-8") for path in folder.rglob("*.json"))
    assert not [word for word in SECRET if word in stored]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_a_study_is_shown_in_its_page(pages: TestClient, language: str) -> None:
    result = find_results(pages)["clear"]
    cookie = {"cookie": f"hygie_language={language}"}
    answer = pages.get(f"/reports/{result}", headers=cookie)
    page = answer.text
    assert f'<html lang="{language}"' in page
    assert "TLP:CLEAR" in page
    assert "hygie study --sector health --country FR --from 2022-01 --to 2023-05" in html.unescape(page)
    assert re.search(r"sha256:[0-9a-f]{64}", page)
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    frame = re.search(r'<iframe class="preview" sandbox src="([^"]+)"', page)
    assert frame is not None
    # Nothing may be framed but a page of this application, and nothing in it may run.
    assert answer.headers["content-security-policy"].endswith("frame-src 'self'")
    shown = pages.get(html.unescape(frame[1]), headers=cookie)
    assert f'<html lang="{language}"' in shown.text
    policy = shown.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert policy.endswith("frame-ancestors 'self'")
    assert "script-src" not in policy
    again = pages.get(html.unescape(frame[1]), headers={**cookie, "if-none-match": shown.headers["etag"]})
    assert (again.status_code, again.headers["content-security-policy"]) == (304, policy)


def test_a_document_is_written_once(
    pages: TestClient, workspace: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    result = find_results(pages)["assessment"]
    paths = [f"/reports/{result}/file?document=brief&form={form}&lang=fr" for form in BEGIN]
    first = [pages.get(path) for path in paths]
    for form, answer in zip(BEGIN, first, strict=True):
        assert answer.status_code == 200, answer.text
        assert answer.content[: len(BEGIN[form])].lower() == BEGIN[form].lower()
    with monkeypatch.context() as patch:
        patch.setattr(stored_reports, "save_document", lambda *_arguments, **_more: pytest.fail("written again"))
        assert [pages.get(path).content for path in paths] == [answer.content for answer in first]
        # The address of old gives the same file.
        assert pages.get(f"/assessments/{result}/documents/brief.pdf?lang=fr").content == first[1].content
    # Written anew it is the same to the last byte.
    shutil.rmtree(workspace / "cache" / "documents")
    assert [pages.get(path).content for path in paths] == [answer.content for answer in first]


def test_what_is_kept_is_bounded(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_documents, "MOST_BYTES", 250)
    with opened(workspace) as store:
        shutil.rmtree(workspace / "cache" / "documents" / "default", ignore_errors=True)
        for name in "abc":
            keep_document(store, f"r-{name}", key=name, form="pdf", content=b"x" * 100, tlp=TLP.AMBER_STRICT)
        kept = [recall_document(store, f"r-{name}", key=name, form="pdf") for name in "abc"]
        assert kept == [None, (b"x" * 100, TLP.AMBER_STRICT), (b"x" * 100, TLP.AMBER_STRICT)]
        kept_documents.forget_documents(store, "r-b")
        assert recall_document(store, "r-b", key="b", form="pdf") is None


def test_a_marking_may_be_stricter_never_lower(pages: TestClient) -> None:
    results = find_results(pages)
    path = f"/reports/{results['amber']}/file?document=study&form=html&lang=en"
    assert "TLP:RED" in pages.get(f"{path}&tlp=red").text
    refused = pages.get(f"{path}&tlp=clear")
    assert refused.status_code == 400
    assert "amber or stricter" in refused.text
    page = pages.get(f"/reports/{results['amber']}").text
    assert re.findall(r'<option value="(clear|green|amber|red)"', page) == ["amber", "red"]


def test_what_is_wrong_is_told_at_its_field(pages: TestClient) -> None:
    token = read_token(pages.get("/reports/new").text)
    for changes, field in (
        ({"from": "2024-13"}, "from"),
        ({"from": "2025-01", "to": "2024-01"}, "from"),
        ({"region": "Atlantis"}, "region"),
        ({"country": "DE", "region": "Bretagne"}, "region"),
        ({"sector": "piracy"}, "sector"),
        ({"tlp": "pink"}, "tlp"),
        ({"seed": "-1"}, "seed"),
        ({"formats": []}, "formats"),
        ({"languages": ["xx"]}, "languages"),
    ):
        answer = pages.post("/reports", data={"csrf_token": token, **STUDY, **changes})
        assert answer.status_code == 422, changes
        place = "ticks" if field in ("formats", "languages") else "field"
        assert f'aria-describedby="{place}-{field}-help"' in answer.text, changes
        assert "Nothing was lost" in answer.text
        # What was typed is still there.
        assert changes.get("from", "2022-01") in answer.text
    assert pages.post("/reports/dossiers", data={"csrf_token": token, "draws": "3"}).status_code == 422


def test_documents_that_are_not_there(pages: TestClient) -> None:
    results = find_results(pages)
    assert pages.get(f"/reports/{results['clear']}?document=brief").status_code == 400
    assert pages.get(f"/reports/{results['clear']}/file?document=study&form=docx").status_code == 400
    assert pages.get("/reports/none").status_code == 404
    assert pages.get("/reports/none/preview?document=study").status_code == 404


def test_a_simulated_study_gives_its_hospital(pages: TestClient, workspace: Path) -> None:
    result = find_results(pages)["amber"]
    path = f"/reports/{result}/typical-hospital.yaml"
    assert pages.get(path).status_code == 404
    assert path not in pages.get(f"/reports/{result}").text
    file = workspace / "results" / "default" / result / "files" / "typical-hospital.yaml"
    file.write_text(small(), encoding="utf-8")
    assert path in pages.get(f"/reports/{result}").text
    assert pages.get(path).text == small()
    file.unlink()


def test_a_study_of_another_version_keeps_its_files(workspace: Path, pages: TestClient) -> None:
    result = find_results(pages)["clear"]
    folder = workspace / "results" / "default" / result
    held = {path: path.read_text("utf-8") for path in folder.glob("study.*.json")}
    shutil.rmtree(workspace / "cache", ignore_errors=True)
    for path, text in held.items():
        path.write_text(text.replace(f'"version": "{hygie.__version__}"', '"version": "0.0.1"'), encoding="utf-8")
        assert path.read_text("utf-8") != text
    with open_pages(workspace, person()) as later:
        assert "TLP:CLEAR" in later.get(f"/reports/{result}").text
        assert later.get(f"/reports/{result}/file?document=study&form=html&lang=fr").status_code == 200
        assert later.get(f"/reports/{result}/preview?document=study&lang=fr").status_code == 200
        # What was not written then is not made from figures of another version.
        assert later.get(f"/reports/{result}/file?document=study&form=xlsx&lang=fr").status_code == 500
    for path, text in held.items():
        path.write_text(text, encoding="utf-8")


def test_who_only_reads_asks_for_nothing(workspace: Path, pages: TestClient) -> None:
    result = find_results(pages)["clear"]
    with open_pages(workspace, person("viewer")) as viewer:
        page = viewer.get("/reports")
        assert "/reports/new" not in page.text
        assert "<form" not in page.text.partition("<main")[2]
        assert viewer.get("/reports/new").status_code == 403
        assert viewer.get(f"/reports/{result}/file?document=study&form=html&lang=fr").status_code == 200
    with opened(workspace) as store:
        add_organisation(store, "east")
    with open_pages(workspace, person("admin", organisation="east")) as stranger:
        for path in (f"/reports/{result}", f"/reports/{result}/preview?document=study",
                     f"/reports/{result}/file?document=study"):  # fmt: skip
            assert stranger.get(path).status_code == 404, path
        assert "No study yet" in stranger.get("/reports").text


def test_a_dossier_is_a_job(pages: TestClient, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dossiers = {language: make_dossier(language, version=hygie.__version__) for language in LANGUAGES}
    monkeypatch.setattr(work_reports, "validate_in", lambda *_arguments, **_more: dossiers)
    page = pages.get("/sources/validation").text
    assert "hygie validate" not in page
    assert 'action="/reports/dossiers"' in page
    token = read_token(page)
    place = pages.post("/reports/dossiers", data={"csrf_token": token, "draws": "50"}).headers["location"]
    assert place in pages.get("/sources/validation").text
    assert place in pages.get("/reports").text
    with opened(workspace) as store:
        assert work_off(store) == 1
    result = str(pages.get(f"{place}?go=1").headers["location"])
    for language, word in (("fr", "dossier de validation"), ("en", "validation dossier")):
        cookie = {"cookie": f"hygie_language={language}"}
        assert dossiers["en"].reproduce in pages.get(result, headers=cookie).text
        shown = pages.get(f"{result}/preview?document=dossier&lang={language}", headers=cookie)
        assert word in shown.text.lower()
        targets = pages.get("/sources/validation", headers=cookie).text
        assert result in targets
    token = read_token(pages.get(result).text)
    assert pages.post(f"{result}/delete", data={"csrf_token": token}).headers["location"] == "/reports?done=deleted"
    assert pages.get(result).status_code == 404


def test_programs_ask_list_and_fetch(workspace: Path, pages: TestClient) -> None:
    results = find_results(pages)
    with open_api(workspace) as api:
        ana, root = api.token("ana"), api.token("root", role="admin")
        viewer = api.token("vera", role="viewer")
        body = {**STUDY, "tlp_ceiling": "clear", "simulation": False, "seed": 1}
        body = {name: value for name, value in body.items() if name not in ("tlp", "region")}
        assert api.ask(viewer, "POST", "/jobs/study", json=body).status_code == 403
        made = api.ask(ana, "POST", "/jobs/study", json={**body, "languages": ["fr"], "formats": ["html"]})
        assert made.status_code == 202, made.text
        assert made.json()["title"] == "health · FR · 2022-01 – 2023-05"
        assert work_off(api.workspace) == 1
        again = made.json()["job_id"]
        # The same question to the same base: the same digest, the same bytes.
        digests = {api.ask(ana, "GET", f"/results/{ref}").json()["digest"] for ref in (again, results["clear"])}
        assert len(digests) == 1
        listed = api.ask(ana, "GET", f"/results/{again}/documents").json()["items"]
        assert len(listed) == 10
        address = next(item["href"] for item in listed if (item["language"], item["format"]) == ("fr", "html"))
        files = [
            api.ask(viewer, "GET", address.replace(again, ref).removeprefix("/api/v1")).content
            for ref in (again, results["clear"])
        ]
        assert files[0] == files[1]
        assert files[0].startswith(b"<!doctype html")
        assert api.ask(ana, "GET", f"/results/{again}/documents/report.pdf").status_code == 400
        assert api.ask(ana, "POST", "/jobs/dossier", json={"draws": 3, "as_of": "2026-11-23"}).status_code == 422
        lines = [row for row in api.ask(root, "GET", "/audit").json()["items"] if row["target"] == again]
        assert [line["action"] for line in lines] == ["data.export"]
        assert lines[0]["details"] == {"document": "study", "format": "html", "language": "fr", "tlp": "clear"}


def test_what_pages_do_is_in_the_audit_log(workspace: Path) -> None:
    with open_pages(workspace, person()) as author:
        result = find_results(author)["assessment"]
        token = read_token(author.get(f"/assessments/{result}").text)
        author.get(f"/assessments/{result}/documents/report.xlsx?lang=en")
        author.get("/facilities/fr-1/file")
        author.post(f"/assessments/{result}/submit", data={"csrf_token": token})
    with open_pages(workspace, person("approver")) as other:
        token = read_token(other.get(f"/assessments/{result}").text)
        other.post(f"/assessments/{result}/approve", data={"csrf_token": token})
    with open_pages(workspace, person("admin")) as root:
        token = read_token(root.get(f"/assessments/{result}").text)
        root.post(f"/assessments/{result}/delete", data={"csrf_token": token})
        entries = list_entries(root.app.state.hygie.access, "default")  # type: ignore[attr-defined]
    told = [entry.action for entry in reversed(entries) if entry.target == result][-4:]
    assert told == ["data.export", "approval.submit", "approval.give", "data.delete"]
    assert [entry.action for entry in entries if entry.target == "fr-1"] == ["data.export"]
