"""The API of imports and of the administration: files, registers, connectors, people, incidents judged and undone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_kit import Api, open_api
from jobs_kit import opened, work_off
from register_kit import write_register

TABLE = b"date,victim,facility type,class,source\n2026-05-12,Clinique du Lac,private_clinic,ransomware,La Gazette\n"
FIELDS = {
    "victim.name": "CH de l’Exemple",
    "victim.kind": "ch",
    "started_on": "2026-05",
    "threat_class": "ransomware",
    "source.title": "Panne au CH",
}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, filled_workspace: Path) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("upkeep") / "workspace"
    shutil.copytree(filled_workspace, folder)
    with open_api(folder) as opened_api:
        yield opened_api


@pytest.fixture(scope="module")
def admin(api: Api) -> str:
    return api.token("root", role="admin")


@pytest.fixture(scope="module")
def ana(api: Api) -> str:
    return api.token("ana")


def work(api: Api) -> None:
    with opened(api.workspace.folder) as store:
        assert work_off(store) == 1


def send(api: Api, token: str, name: str, content: bytes) -> str:
    answer = api.ask(token, "POST", "/uploads", files={"file": (name, content)})
    assert answer.status_code == 201, answer.text
    assert answer.json()["size"] == len(content)
    return str(answer.json()["upload_id"])


def test_a_file_is_sent_looked_at_and_taken(api: Api, ana: str) -> None:
    upload = send(api, ana, "../../incidents.csv", TABLE)
    for dry_run, added in ((True, 2), (False, 2), (None, None)):
        body = {"upload": upload, "dry_run": bool(dry_run)}
        job = api.ask(ana, "POST", "/jobs/import", json=body).json()["job_id"]
        work(api)
        told = api.ask(ana, "GET", f"/jobs/{job}").json()
        if added is None:
            assert told["status"] == "failed", "the file went with the import"
        else:
            assert told["outcome"]["counts"]["added"] == added
            assert str(api.workspace.folder) not in str(told)
    gone = send(api, ana, "a.csv", TABLE)
    assert api.ask(ana, "DELETE", f"/uploads/{gone}").status_code == 204
    assert api.ask(ana, "DELETE", f"/uploads/{gone}").status_code == 404
    assert api.ask(api.token("vic", role="viewer"), "POST", "/uploads", files={"file": ("a", b"x")}).status_code == 403
    empty = api.ask(ana, "POST", "/uploads", files={"file": ("a.csv", b"")})
    assert empty.status_code == 422
    stranger = api.token("eve", organisation="east")
    kept = send(api, ana, "b.csv", TABLE)
    assert api.ask(stranger, "DELETE", f"/uploads/{kept}").status_code == 404


def test_a_large_body_is_read_for_people_who_are_known_only(api: Api) -> None:
    headers = {"Content-Length": str(100 * 2**20), "Content-Type": "multipart/form-data; boundary=x"}
    assert api.ask("hyg_unknown", "POST", "/uploads", content=b"", headers=headers).status_code == 401
    headers["Content-Length"] = str(200 * 2**20)
    assert api.ask("hyg_unknown", "POST", "/uploads", content=b"", headers=headers).status_code == 413


def test_a_register_is_brought_in_and_searched(api: Api, ana: str, tmp_path: Path) -> None:
    assert api.ask(ana, "GET", "/registers/organisations?q=ponts").json()["items"] == []
    upload = send(api, ana, "sae_2031.csv", write_register(tmp_path / "sae_2031.csv").read_bytes())
    assert api.ask(ana, "POST", "/jobs/register", json={"upload": upload, "year": 2031}).status_code == 202
    work(api)
    assert [row["entities"] for row in api.ask(ana, "GET", "/registers").json()["items"]] == [4]
    found = api.ask(ana, "GET", "/registers/organisations", params={"q": "990000010"}).json()["items"]
    assert [row["finess"] for row in found] == ["990000001"]
    assert api.ask(ana, "POST", "/facilities/from-register", json={"finess": "990000001"}).status_code == 201


def test_connectors(api: Api, admin: str, ana: str) -> None:
    body = {"name": "MISP", "protocol": "misp", "url": "https://misp.example", "secret": "hush-hush", "enabled": False}
    assert api.ask(ana, "POST", "/connectors", json=body).status_code == 403
    assert api.ask(admin, "POST", "/connectors", json={**body, "url": "ftp://x"}).status_code == 400
    once = {"Idempotency-Key": "one"}
    made = [api.ask(admin, "POST", "/connectors", json=body, headers=once) for _time in range(2)]
    assert made[0].status_code == 201
    assert made[0].json() == made[1].json()
    assert "hush-hush" not in made[0].text
    place = f"/connectors/{made[0].json()['connector_id']}"
    assert api.ask(admin, "PUT", place, json=body).status_code == 428
    changed = api.ask(admin, "PUT", place, json={**body, "every_h": 6}, headers={"If-Match": '"1"'})
    assert changed.json()["every_h"] == 6
    assert api.ask(admin, "PUT", place, json=body, headers={"If-Match": '"1"'}).status_code == 409
    job = api.ask(admin, "POST", f"{place}/pull")
    assert job.status_code == 202
    assert api.ask(admin, "POST", f"/jobs/{job.json()['job_id']}/cancel").status_code == 200
    assert api.ask(api.token("ed", role="admin", organisation="east"), "GET", place).status_code == 404
    assert api.ask(admin, "DELETE", place).status_code == 204
    assert api.ask(admin, "GET", place).status_code == 404


def test_people(api: Api, admin: str, ana: str) -> None:
    body = {"login": "lea.morel", "role": "viewer"}
    assert api.ask(ana, "POST", "/members", json=body).status_code == 403
    made = api.ask(admin, "POST", "/members", json=body)
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    assert len(made.json()["password"]) == 23
    assert api.ask(admin, "POST", "/members", json=body).status_code == 409
    place = f"/members/{made.json()['account_id']}"
    assert api.ask(admin, "PATCH", place, json={}).status_code == 422
    closed = api.ask(admin, "PATCH", place, json={"role": "analyst", "disabled": True}).json()
    assert (closed["role"], closed["disabled"]) == ("analyst", True)
    other = api.ask(admin, "POST", f"{place}/password").json()["password"]
    assert other != made.json()["password"]
    assert "password" not in api.ask(admin, "GET", place).json()
    assert api.ask(admin, "DELETE", place).status_code == 204
    assert api.ask(admin, "GET", place).status_code == 404
    root = next(row for row in api.ask(admin, "GET", "/members").json()["items"] if row["login"] == "root")
    assert api.ask(admin, "PATCH", f"/members/{root['account_id']}", json={"role": "viewer"}).status_code == 403


def test_an_incident_is_recorded_judged_edited_and_taken_back(api: Api, ana: str) -> None:
    assert api.ask(ana, "POST", "/incidents", json={"fields": {**FIELDS, "colour": "red"}}).status_code == 422
    assert api.ask(ana, "POST", "/incidents", json={"fields": {}}).status_code == 422
    made = api.ask(ana, "POST", "/incidents", json={"fields": FIELDS})
    assert made.status_code == 201, made.text
    place = f"/incidents/{made.json()['record']['ref']}"
    judged = api.ask(ana, "POST", f"{place}/qualify", json={"tlp": "red", "reason": "asked by the hospital"})
    assert judged.json()["record"]["tlp"] == "red"
    edited = api.ask(ana, "PATCH", place, json={"changes": {"victim.town": "Dax"}, "reason": "named"})
    assert edited.json()["record"]["data"]["victim"]["town"] == "Dax"
    back = api.ask(ana, "POST", f"{place}/undo", json={"reason": "was another"})
    assert "town" not in back.json()["record"]["data"]["victim"]
    assert api.ask(ana, "POST", "/incidents/none/undo", json={"reason": "x"}).status_code == 404
    assert api.ask(ana, "PATCH", place, json={"changes": {"ref": "x"}, "reason": "x"}).status_code == 400
