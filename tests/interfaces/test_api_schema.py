"""The whole API asked what its description allows, and what not: no failure of the server, answers as described."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api_kit import Api, open_api
from jobs_kit import keep, small

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
# Enough for each bound and each missing part of a route; more would ask the same again.
_EXAMPLES = {GenerationMode.POSITIVE: 4, GenerationMode.NEGATIVE: 2}
_HOST = {"Host": "127.0.0.1:8765"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, filled_workspace: Path) -> Iterator[Api]:
    folder = tmp_path_factory.mktemp("api") / "workspace"
    shutil.copytree(filled_workspace, folder)
    with open_api(folder) as opened:
        yield opened


@pytest.fixture(scope="module")
def admin(api: Api) -> str:
    token = api.token("root", role="admin")
    assert api.ask(token, "POST", "/facilities", json={"text": small()}).status_code == 201
    body = {"facility": "fr-1", "as_of": "2026-11-23"}
    assert api.ask(token, "POST", "/jobs/assess", json=body).status_code == 202
    keep(api.workspace)
    return token


def _load(api: Api) -> Any:
    return schemathesis.openapi.from_asgi("/api/openapi.json", api.app, headers=_HOST)


def test_what_the_description_allows_and_what_not(api: Api, admin: str) -> None:
    schema = _load(api)
    asked, statuses = set(), set()
    for found in schema.get_all_operations():
        operation: Any = found.ok()
        for mode in _EXAMPLES:
            strategy = operation.as_strategy(generation_mode=mode)

            @seed(1)
            @settings(
                max_examples=_EXAMPLES[mode],
                deadline=None,
                database=None,
                phases=[Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            @given(case=strategy)
            def ask(case: Any) -> None:
                if case.path.endswith("/events"):
                    # Nobody works on jobs here: a stream would wait for its end.
                    case.query = {**(case.query or {}), "wait": 0}
                case.headers = {**(case.headers or {}), "Authorization": f"Bearer {admin}"}
                answer = case.call(headers=_HOST)
                statuses.add(answer.status_code)
                case.validate_response(answer, checks=_CHECKS)

            ask()
            asked.add(operation.label)
    assert len(asked) >= 70
    assert {200, 404, 422} <= statuses


READS = {
    "/facilities": {},
    "/facilities/{ref}": {"ref": "fr-1"},
    "/facilities/{ref}/history": {"ref": "fr-1"},
    "/facilities/{ref}/revisions/{revision}": {"ref": "fr-1", "revision": 1},
    "/jobs": {},
    "/results": {},
    "/results/{result_id}": {"result_id": "r1"},
    "/results/{result_id}/view": {"result_id": "r1"},
    "/landscape": {},
    "/incidents": {},
    "/records/{kind}": {"kind": "actor"},
    "/parameters": {},
    "/evidence": {},
    "/feed": {},
    "/members": {},
    "/registers": {},
    "/connectors": {},
    "/audit": {},
    "/audit/check": {},
    "/me": {},
    "/me/tokens": {},
}


@pytest.mark.parametrize("path", READS)
def test_what_is_there_is_as_described(api: Api, admin: str, path: str) -> None:
    schema = _load(api)
    operation: Any = schema[f"/api/v1{path}"]["GET"]
    case = operation.Case(path_parameters=READS[path], headers={"Authorization": f"Bearer {admin}"})
    answer = case.call(headers=_HOST)
    assert answer.status_code == 200, answer.text
    case.validate_response(answer, checks=_CHECKS)
    if path.endswith("/view"):
        return
    tag = answer.headers["etag"][0]
    again = api.ask(admin, "GET", path.format(**READS[path]), headers={"If-None-Match": tag})
    # Reading writes nothing that the next reading would show.
    assert again.status_code == 304


def test_single_records_are_as_described(api: Api, admin: str) -> None:
    schema = _load(api)
    incident = api.ask(admin, "GET", "/incidents?limit=1").json()["items"][0]
    parameter = api.ask(admin, "GET", "/parameters?limit=1").json()["items"][0]
    for path, place in (
        ("/incidents/{ref}", {"ref": incident["ref"]}),
        ("/records/{kind}/{ref}", {"kind": "incident", "ref": incident["ref"]}),
        ("/parameters/{parameter}", {"parameter": parameter["id"]}),
    ):
        operation: Any = schema[f"/api/v1{path}"]["GET"]
        case = operation.Case(path_parameters=place, headers={"Authorization": f"Bearer {admin}"})
        answer = case.call(headers=_HOST)
        assert answer.status_code == 200, answer.text
        case.validate_response(answer, checks=_CHECKS)
