"""The REST API: documents, jobs, results, tokens, errors."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from api_kit import Api, open_api
from jobs_kit import keep, small


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    with open_api(tmp_path / "workspace") as opened:
        yield opened


def test_a_facility_is_saved_read_and_changed_by_two(api: Api) -> None:
    ana = api.token("ana")
    made = api.ask(ana, "POST", "/facilities", json={"text": small()})
    assert made.status_code == 201, made.text
    assert made.headers["location"] == "/api/v1/facilities/fr-1"
    first = made.headers["etag"]
    again = api.ask(ana, "GET", "/facilities/fr-1", headers={"If-None-Match": first})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first

    # Without the version that it starts from, nothing is changed.
    body = {"text": small(beds=210), "note": "beds of 2025"}
    assert api.ask(ana, "PUT", "/facilities/fr-1", json=body).status_code == 428
    assert api.ask(ana, "PUT", "/facilities/fr-1", json=body, headers={"If-Match": "r1"}).status_code == 400
    changed = api.ask(ana, "PUT", "/facilities/fr-1", json=body, headers={"If-Match": first})
    assert (changed.status_code, changed.json()["revision"]) == (200, 2)
    stale = api.ask(
        api.token("bea"), "PUT", "/facilities/fr-1", json={"text": small(beds=220)}, headers={"If-Match": first}
    )
    assert stale.status_code == 412
    assert stale.headers["content-type"] == "application/problem+json"
    conflict = stale.json()["conflict"]
    assert [item["changed_by"] for item in conflict["differences"]] == ["both"]
    assert conflict["merged"] is None
    taken = api.ask(ana, "PUT", "/facilities/fr-1", json=body, headers={"If-None-Match": "*"})
    assert taken.status_code == 412
    clash = api.ask(ana, "POST", "/facilities", json={"text": small(beds=230)})
    assert clash.status_code == 409
    assert clash.json()["conflict"]["theirs"]["revision"] == 2

    history = api.ask(ana, "GET", "/facilities/fr-1/history").json()["items"]
    assert [(row["revision"], row["note"], row["origin"]) for row in history] == [
        (2, "beds of 2025", "api"),
        (1, None, "api"),
    ]
    back = api.ask(ana, "POST", "/facilities/fr-1/restore", json={"revision": 1}, headers={"If-Match": '"2"'})
    assert back.json()["revision"] == 3
    assert "beds_mco: 200" in back.json()["text"]
    assert api.ask(ana, "DELETE", "/facilities/fr-1", headers={"If-Match": '"3"'}).status_code == 204
    assert api.ask(ana, "GET", "/facilities").json() == {"items": [], "next": None}


def test_other_documents_have_revisions_too(api: Api) -> None:
    ana = api.token("ana")
    for noun in ("programmes", "portfolios"):
        new = {"If-None-Match": "*"}
        made = api.ask(ana, "PUT", f"/{noun}/p-1", json={"data": {"name": "P"}}, headers=new)
        assert (made.status_code, made.json()["revision"]) == (201, 1), made.text
        assert made.json()["findings"], "what is missing is told"
        assert api.ask(ana, "GET", f"/{noun}?q=p-1").json()["items"][0]["ref"] == "p-1"


def test_lists_are_paged_with_links(api: Api) -> None:
    ana = api.token("ana")
    for at in range(5):
        assert api.ask(ana, "POST", "/facilities", json={"text": small(f"fr-{at}")}).status_code == 201
    found, path = [], "/facilities?limit=2"
    while path:
        page = api.ask(ana, "GET", path)
        found += [row["ref"] for row in page.json()["items"]]
        links = dict(reversed(part.strip().split("; rel=")) for part in page.headers["link"].split(","))
        path = links.get('"next"', "").strip("<>").removeprefix("/api/v1")
        assert bool(path) == (page.json()["next"] is not None)
    assert found == [f"fr-{at}" for at in range(5)]


def test_another_organisation_sees_nothing(api: Api) -> None:
    ana, eve = api.token("ana"), api.token("eve", role="admin", organisation="east")
    api.ask(ana, "POST", "/facilities", json={"text": small()})
    job = api.ask(ana, "POST", "/jobs/assess", json={"facility": "fr-1", "as_of": "2026-11-23"}).json()["job_id"]
    keep(api.workspace)
    for path in ("/facilities/fr-1", f"/jobs/{job}", f"/jobs/{job}/events?wait=0", "/results/r1", "/results/r1/view"):
        assert api.ask(ana, "GET", path).status_code == 200, path
        assert api.ask(eve, "GET", path).status_code == 404, path
    for noun in ("facilities", "jobs", "results", "feed"):
        assert api.ask(eve, "GET", f"/{noun}").json()["items"] == []
    assert api.ask(eve, "POST", "/results/r1/approve").status_code == 404
    assert api.ask(eve, "POST", f"/jobs/{job}/cancel").status_code == 404


def test_a_job_is_asked_once_followed_and_stopped(api: Api) -> None:
    ana = api.token("ana")
    api.ask(ana, "POST", "/facilities", json={"text": small()})
    body = {"facility": "fr-1", "as_of": "2026-11-23", "years": 1000, "draws": 10}
    key = {"Idempotency-Key": "night-1"}
    asked = api.ask(ana, "POST", "/jobs/assess", json=body, headers=key)
    assert asked.status_code == 202, asked.text
    job = asked.json()
    assert (job["status"], job["request"]["facility"]) == ("queued", "fr-1@1")
    assert asked.headers["location"] == f"/api/v1/jobs/{job['job_id']}"
    assert api.ask(ana, "POST", "/jobs/assess", json=body, headers=key).json() == job
    assert len(api.ask(ana, "GET", "/jobs").json()["items"]) == 1

    stopped = api.ask(ana, "POST", f"/jobs/{job['job_id']}/cancel").json()
    assert stopped["status"] == "cancelled"
    stream = api.ask(ana, "GET", f"/jobs/{job['job_id']}/events")
    assert stream.headers["content-type"].startswith("text/event-stream")
    events = _read_events(stream.text)
    assert [event for _number, event in events][-1] == "cancelled"
    later = api.ask(ana, "GET", f"/jobs/{job['job_id']}/events", headers={"Last-Event-ID": str(events[0][0])})
    assert _read_events(later.text) == events[1:]


def test_a_job_takes_no_files_of_the_server(api: Api) -> None:
    ana = api.token("ana")
    api.ask(ana, "POST", "/facilities", json={"text": small()})
    body = {"facility": "fr-1", "as_of": "2026-11-23", "packs": ["/etc"]}
    assert api.ask(ana, "POST", "/jobs/assess", json=body).status_code == 400
    assert api.ask(ana, "POST", "/jobs/assess", json={**body, "facility": "/etc/passwd"}).status_code in (400, 404)
    assert api.ask(ana, "GET", "/jobs").json()["items"] == []


def test_a_result_is_approved_by_somebody_else(api: Api) -> None:
    ana, bob = api.token("ana", role="approver"), api.token("bob", role="approver")
    api.ask(ana, "POST", "/facilities", json={"text": small()})
    keep(api.workspace)
    assert api.ask(bob, "POST", "/results/r1/approve").status_code == 409
    assert api.ask(ana, "POST", "/results/r1/submit", json={"comment": "please"}).json()["status"] == "submitted"
    own = api.ask(ana, "POST", "/results/r1/approve")
    assert own.status_code == 403
    assert own.json()["findings"][0]["repair"] == "ask another approver"
    done = api.ask(bob, "POST", "/results/r1/approve").json()
    assert (done["status"], done["approver"]) == ("approved", "bob")
    assert [step["action"] for step in done["approvals"]] == ["submitted", "approved"]
    assert api.ask(ana, "DELETE", "/results/r1").status_code == 403
    root = api.token("root", role="admin")
    assert api.ask(root, "DELETE", "/results/r1").status_code == 204
    lines = api.ask(root, "GET", "/audit").json()["items"]
    assert [line["action"] for line in lines if line["target"] == "r1"] == [
        "data.delete",
        "approval.give",
        "approval.submit",
    ]
    checked = api.ask(root, "GET", "/audit/check").json()
    assert (checked["broken_at"], checked["entries"]) == (None, lines[0]["number"])
    said = [row["sentence"] for row in api.ask(root, "GET", "/feed?lang=en").json()["items"]]
    assert any(text.startswith("bob approved") for text in said)


def test_scopes_of_a_token_are_the_end_of_it(api: Api) -> None:
    reader = api.token("ana", scopes=("read",))
    assert api.ask(reader, "GET", "/me").json()["permissions"] == ["read"]
    refused = api.ask(reader, "POST", "/facilities", json={"text": small()})
    assert (refused.status_code, refused.json()["findings"][0]["field"]) == (403, "scope")
    # A token makes no tokens: it could give itself more than it has.
    root = api.token("root", role="admin")
    body = {"label": "more", "scopes": ["admin"]}
    assert api.ask(root, "POST", "/me/tokens", json=body).status_code == 403
    assert api.ask(root, "GET", "/members").json()["items"][0]["login"] == "ana"
    assert api.ask(reader, "GET", "/audit").status_code == 403
    listed = api.ask(root, "GET", "/me/tokens").json()["items"]
    assert [row["label"] for row in listed] == ["tests"]
    assert "token" not in listed[0]


def test_errors_say_what_to_do(api: Api) -> None:
    ana = api.token("ana")
    wrong = api.ask(ana, "POST", "/jobs/assess", json={"facility": "fr-1", "yeers": 5})
    assert (wrong.status_code, wrong.headers["content-type"]) == (422, "application/problem+json")
    findings = {item["field"]: item for item in wrong.json()["findings"]}
    assert findings["as_of"]["repair"] == "add this field"
    assert findings["yeers"]["repair"] == "leave this field out"
    bounds = api.ask(ana, "GET", "/facilities?limit=1000").json()["findings"][0]
    assert (bounds["field"], bounds["value"], bounds["allowed"]) == ("limit", "1000", "le 200")
    both = api.ask(ana, "POST", "/facilities", json={"text": "a: 1", "data": {}})
    assert both.status_code == 422
    lost = api.ask(ana, "GET", "/nothing")
    assert (lost.status_code, lost.headers["content-type"]) == (404, "application/problem+json")
    assert api.ask(ana, "PATCH", "/facilities").status_code == 405
    unknown = api.ask(ana, "GET", "/facilities/nobody")
    assert (unknown.status_code, unknown.json()["findings"][0]["code"]) == (404, "HYG-411")
    nobody = api.client.get("/api/v1/facilities")
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, 'Bearer realm="hygie"')


def test_the_reference_needs_nothing_from_elsewhere(api: Api) -> None:
    made = api.client.get("/api/openapi.json").json()
    page = api.client.get("/api/docs?lang=fr")
    assert page.status_code == 200
    assert "Référence de l’API" in page.text
    for path, methods in made["paths"].items():
        for method in methods:
            assert f'">{method.upper()}</span> <code>{path}</code>' in page.text
    assert 'src="http' not in page.text
    for path, methods in made["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation["description"], (method, path)
            assert operation["tags"], (method, path)
    assert set(made["components"]["securitySchemes"]) == {"token", "session"}
    assert json.dumps(made).count("HTTPValidationError") == 0


def _read_events(text: str) -> list[tuple[int, str]]:
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines())
        if "id" in fields:
            json.loads(fields["data"])
            found.append((int(fields["id"]), fields["event"]))
    return found
