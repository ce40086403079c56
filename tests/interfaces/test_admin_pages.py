"""Pages of the administration, without script: people, tokens, connectors, the audit log, backups."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from account_kit import TESTER, add, make_app
from hygie.core.errors import DocumentError
from hygie.service.accounts.access import Access
from hygie.service.accounts.audit import record_event
from hygie.service.accounts.directory import list_members
from hygie.service.accounts.sign_in import sign_in
from hygie.service.accounts.tokens import make_token
from hygie.service.jobs.signs import SignOfLife
from hygie.store.workspace import add_organisation
from jobs_kit import opened, work_off
from web_kit import ADDRESS, open_pages, person, read_token

PAGES = ("", "/people", "/access", "/connectors", "/connectors/new", "/audit", "/audit?check=1", "/backups")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose base of threat intelligence is empty: nothing here asks for it."""
    return tmp_path_factory.mktemp("admin") / "workspace"


@pytest.fixture
def pages(workspace: Path) -> Iterator[TestClient]:
    with open_pages(workspace, person("admin")) as client:
        yield client


@pytest.fixture
def access(pages: TestClient) -> Access:
    found: Access = pages.app.state.hygie.access  # type: ignore[attr-defined]
    return found


def post(pages: TestClient, page: str, path: str, **values: str) -> object:
    return pages.post(path, data={"csrf_token": read_token(pages.get(page).text), **values})


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_pages_answer_in_both_languages(pages: TestClient, path: str, language: str) -> None:
    page = pages.get(f"/admin{path}", headers={"cookie": f"hygie_language={language}"})
    assert page.status_code == 200, page.text
    assert f'<html lang="{language}"' in page.text
    ids = re.findall(r' id="([^"]+)"', page.text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("role", ["viewer", "analyst", "approver"])
def test_others_see_nothing_of_it(workspace: Path, role: str) -> None:
    with open_pages(workspace, person(role)) as client:  # type: ignore[arg-type]
        assert 'href="/admin"' not in client.get("/facilities").text
        for path in PAGES:
            assert client.get(f"/admin{path}").status_code == 403


def test_people_are_added_and_given_roles(pages: TestClient, access: Access) -> None:
    made = post(pages, "/admin/people", "/admin/people", login="lea.morel", name="Léa Morel", role="admin")
    secret = re.search(r'id="new-password">([^<]+)<', made.text)
    assert secret is not None
    assert made.headers["cache-control"] == "no-store"
    assert sign_in(access, "lea.morel", secret[1], address=None, browser=None)
    assert secret[1] not in pages.get("/admin/people").text
    lea = next(row for row in list_members(access, "default") if row.login == "lea.morel")
    place = f"/admin/people/{lea.account_id}"
    # She is the only administrator that is an account.
    for action in ("role", "disable", "remove"):
        refused = post(pages, "/admin/people", f"{place}/{action}", role="viewer")
        assert refused.status_code == 403
        assert "last administrator" in refused.text
    add(access, "max.admin", role="admin")
    assert post(pages, "/admin/people", f"{place}/role", role="analyst").status_code == 303
    assert post(pages, "/admin/people", f"{place}/disable").status_code == 303
    assert "closed" in pages.get("/admin/people").text
    assert post(pages, "/admin/people", f"{place}/enable").status_code == 303
    other = re.search(r'id="new-password">([^<]+)<', post(pages, "/admin/people", f"{place}/password").text)
    assert other is not None
    assert other[1] != secret[1]
    assert sign_in(access, "lea.morel", other[1], address=None, browser=None)
    assert post(pages, "/admin/people", f"{place}/remove").status_code == 303
    assert "lea.morel" not in {row.login for row in list_members(access, "default")}
    assert post(pages, "/admin/people", f"{place}/dance").status_code == 404
    taken = post(pages, "/admin/people", "/admin/people", login="max.admin", role="viewer")
    assert taken.status_code == 409
    assert "This login is taken" in taken.text
    assert 'value="max.admin"' in taken.text


def test_tokens_are_listed_and_revoked(pages: TestClient, access: Access) -> None:
    owner = add(access, "noe.bot")
    _secret, row = make_token(
        access, owner.account_id, organisation_id="default", label="nightly", scopes=("read",), actor=TESTER
    )
    assert "nightly" in pages.get("/admin/access").text
    assert post(pages, "/admin/connectors/new", f"/admin/tokens/{row.token_id}/revoke").status_code == 303
    assert "revoked" in pages.get("/admin/access").text


def test_connectors_are_kept_changed_pulled_and_removed(
    pages: TestClient, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_given: object, **_named: object) -> None:
        raise DocumentError("the server refuses", repair="look at its address")

    monkeypatch.setattr("hygie.service.jobs.work_intel.fetch_file", refuse)
    form = "/admin/connectors/new"
    wrong = post(pages, form, "/admin/connectors", name="MISP", protocol="misp", url="http://u:p@misp.example")
    assert wrong.status_code == 422
    assert "This is not the address of a server" in wrong.text
    values = {"name": "KEV", "protocol": "kev", "url": "http://127.0.0.1:9/kev.json", "allow_http": "1", "every_h": "6"}
    assert post(pages, form, "/admin/connectors", **values, secret="s3cret-word", enabled="").status_code == 303
    page = pages.get("/admin/connectors").text
    place = re.search(r'href="(/admin/connectors/2[^"]+)"', page)
    assert place is not None
    assert "s3cret-word" not in page + pages.get(place[1]).text
    change = {**values, "name": "KEV of ours", "version": "1"}
    assert post(pages, place[1], place[1], **change).status_code == 303
    assert post(pages, place[1], place[1], **change).status_code == 409
    job = post(pages, place[1], f"{place[1]}/pull")
    assert job.headers["location"].startswith("/jobs/")
    with opened(workspace) as store:
        work_off(store)
    page = pages.get("/admin/connectors").text
    assert "KEV of ours" in page
    assert "the server refuses" in page
    assert "look at its address" in page
    assert post(pages, place[1], f"{place[1]}/delete").status_code == 303
    assert pages.get(place[1]).status_code == 404


def test_the_audit_log_is_filtered_checked_and_handed_out(pages: TestClient, access: Access, workspace: Path) -> None:
    record_event(access, "default", actor=TESTER, action="data.write", target='=HYPERLINK("http://x")')
    page = pages.get("/admin/audit?action=data.write").text
    assert "HYPERLINK" in page
    assert "HYPERLINK" not in pages.get("/admin/audit?action=session.open").text
    assert "HYPERLINK" in pages.get("/admin/audit?person=hyperlink&since=2000-01-01").text
    assert "No line answers" in pages.get("/admin/audit?until=2000-01-01").text
    assert pages.get("/admin/audit?since=never").status_code == 200
    assert "as it was written" in pages.get("/admin/audit?check=1").text
    answer = pages.get("/admin/audit.csv")
    rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[0][:5] == ["number", "at", "actor", "account_id", "action"]
    assert any(row[5].startswith("'=HYPERLINK") for row in rows)
    assert "data.export" in rows[1]
    with opened(workspace) as store, store.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_entry_update")
        connection.exec_driver_sql("UPDATE audit_entry SET actor = 'nobody' WHERE number = 2")
    assert "Line 2 is not as it was written" in pages.get("/admin/audit?check=1").text


def test_a_long_log_has_pages(pages: TestClient, access: Access) -> None:
    for number in range(60):
        record_event(access, "default", actor=TESTER, action="data.export", target=f"file {number}")
    page = pages.get("/admin/audit?person=file").text
    following = re.search(r'rel="next" href="([^"]+)"', page)
    assert following is not None
    assert "file 1<" in pages.get(following[1].replace("&amp;", "&")).text


def test_backups_are_made_handed_out_and_removed(pages: TestClient, workspace: Path) -> None:
    job = post(pages, "/admin/backups", "/admin/backups").headers["location"]
    with opened(workspace) as store:
        assert work_off(store) == 1
    assert pages.get(f"{job}?go=1").headers["location"] == "/admin/backups"
    page = pages.get("/admin/backups").text
    place = re.search(r'href="(/admin/backups/hygie-[^"]+\.zip)"', page)
    assert place is not None
    assert f"hygie restore {workspace}/backups/hygie-" in page
    answer = pages.get(place[1])
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    for other in ("/admin/backups/..%2Fhygie.db", "/admin/backups/hygie-1.zip"):
        assert pages.get(other).status_code == 404
    assert post(pages, "/admin/backups", f"{place[1]}/delete").status_code == 303
    assert pages.get(place[1]).status_code == 404
    assert "made a backup" in pages.get("/admin").text


def test_a_worker_is_seen_while_it_gives_signs(pages: TestClient, workspace: Path) -> None:
    with opened(workspace) as store:
        SignOfLife(store).give()
    assert "gives signs of life" in pages.get("/admin").text
    os.utime(workspace / "worker.sign", (1_700_000_000, 1_700_000_000))
    assert "gives signs of life" not in pages.get("/admin").text


def test_an_administrator_of_one_organisation_takes_no_backup_of_all(tmp_path: Path, workspace: Path) -> None:
    folder = tmp_path / "workspace"
    shutil.copytree(workspace, folder)
    with opened(folder) as store:
        add_organisation(store, "east")
    with open_pages(folder, person("admin")) as client:
        page = client.get("/admin/backups").text
        assert "other organisations, too" in page
        token = read_token(page)
        assert client.post("/admin/backups", data={"csrf_token": token}).status_code == 403


def test_single_sign_on_is_shown_without_its_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSO_SECRET", "hush-hush")
    sso = tmp_path / "sso.yaml"
    sso.write_text(
        "schema: hygie.sso/1\nproviders:\n  - id: chu\n    label: {fr: Le CHU, en: The hospital}\n    issuer: https://id.example\n"
        "    client_id: hygie\n    client_secret_env: SSO_SECRET\n"
        "    roles: [{group: rssi, organisation: default, role: analyst}]\n",
        encoding="utf-8",
    )
    app = make_app(tmp_path / "workspace", sso=sso, development_principal=person("admin"))
    page = TestClient(app, base_url=ADDRESS).get("/admin/access").text
    assert "https://id.example" in page
    assert "rssi" in page
    assert "hush-hush" not in page
