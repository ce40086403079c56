"""Every route, every role, another organisation and nobody: one table says who may."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import pytest
from fastapi import APIRouter, Depends
from fastapi.testclient import TestClient
from pydantic import BaseModel

from access_kit import Call, Need, check_access, check_declared
from account_kit import TESTER, add, make_app
from hygie.core.errors import NotFoundError
from hygie.service.accounts.principal import Principal
from hygie.service.accounts.tokens import make_token
from hygie.web.auth.dependencies import current_principal, require_permission
from hygie.web.auth.idempotency import HEADER, IdempotentRoute
from hygie.web.auth.rates import RateLimit, limit_api

# Each page adds its line here.
DECLARED: dict[str, Need] = {
    "GET /": "signed_in",
    "GET /health": "public",
    "GET /landscape": "signed_in",
    "GET /evidence/import/model.csv": "write_facts",
    "POST /incidents/{ref}/separate": "write_facts",
    "GET /landscape/charts/{chart}.{ending}": "signed_in",
    "GET /landscape.json": "signed_in",
    "GET /incidents/{ref}": "signed_in",
    "POST /incidents/{ref}/qualify": "write_facts",
    "POST /evidence/{ref}/grade": "write_facts",
    "POST /incidents/{ref}/undo": "write_facts",
    "GET /qualification": "signed_in",
    "POST /qualification/pairs": "write_facts",
    "GET /actors": "signed_in",
    "GET /actors/{ref}": "signed_in",
    "GET /techniques": "signed_in",
    "GET /techniques/{technique}": "signed_in",
    "GET /controls/{control}": "signed_in",
    "GET /sources": "signed_in",
    "GET /sources/parameters/{parameter}": "signed_in",
    "GET /sources/evidence": "signed_in",
    "GET /sources/validation": "signed_in",
    "GET /sources/model-card": "signed_in",
    "GET /evidence/import": "write_facts",
    "POST /evidence/import": "write_facts",
    "GET /evidence/new": "write_facts",
    "POST /evidence/new": "write_facts",
    "GET /evidence/import/{job_id}": "write_facts",
    "POST /evidence/import/{job_id}/confirm": "write_facts",
    "POST /evidence/import/{job_id}/discard": "write_facts",
    "GET /registers": "signed_in",
    "POST /registers": "write_facility",
    "GET /registers/imports/{job_id}": "signed_in",
    "GET /admin": "administer",
    "GET /admin/people": "administer",
    "POST /admin/people": "administer",
    "POST /admin/people/{account_id}/role": "administer",
    "POST /admin/people/{account_id}/{action}": "administer",
    "GET /admin/access": "administer",
    "POST /admin/tokens/{token_id}/revoke": "administer",
    "GET /admin/connectors": "administer",
    "GET /admin/connectors/new": "administer",
    "POST /admin/connectors": "administer",
    "GET /admin/connectors/{connector_id}": "administer",
    "POST /admin/connectors/{connector_id}": "administer",
    "POST /admin/connectors/{connector_id}/{action}": "administer",
    "GET /admin/audit": "administer",
    "GET /admin/audit.csv": "administer",
    "GET /admin/backups": "administer",
    "POST /admin/backups": "administer",
    "GET /admin/backups/{name}": "administer",
    "POST /admin/backups/{name}/delete": "administer",
    "GET /facilities": "signed_in",
    "GET /facilities/new": "signed_in",
    "POST /facilities/register": "write_facility",
    "POST /facilities/form": "write_facility",
    "POST /facilities/file": "write_facility",
    "POST /facilities/example": "write_facility",
    "GET /facilities/{ref}": "signed_in",
    "GET /facilities/{ref}/pictures/{picture}.{ending}": "signed_in",
    "GET /facilities/{ref}/file": "signed_in",
    "GET /facilities/{ref}/edit": "write_facility",
    "POST /facilities/{ref}/figures": "write_facility",
    "POST /facilities/{ref}/text": "write_facility",
    "GET /facilities/{ref}/history": "signed_in",
    "GET /facilities/{ref}/posture": "signed_in",
    "GET /facilities/{ref}/questions": "write_facility",
    "POST /facilities/{ref}/posture": "write_facility",
    "POST /facilities/{ref}/questions": "write_facility",
    "POST /facilities/{ref}/restore": "write_facility",
    "GET /assessments": "signed_in",
    "GET /assessments/new": "run",
    "POST /assessments": "run",
    "GET /assessments/compare": "signed_in",
    "POST /assessments/compare": "run",
    "GET /assessments/{result_id}": "signed_in",
    "GET /assessments/{result_id}/charts/{chart}.{ending}": "signed_in",
    "GET /assessments/{result_id}/documents/{kind}.{form}": "signed_in",
    "POST /assessments/{result_id}/submit": "run",
    "POST /assessments/{result_id}/withdraw": "run",
    "POST /assessments/{result_id}/approve": "approve",
    "POST /assessments/{result_id}/reject": "approve",
    "POST /assessments/{result_id}/delete": "run",
    "GET /reports": "signed_in",
    "GET /reports/new": "run",
    "POST /reports": "run",
    "POST /reports/dossiers": "run",
    "GET /reports/{result_id}": "signed_in",
    "GET /reports/{result_id}/preview": "signed_in",
    "GET /reports/{result_id}/file": "signed_in",
    "GET /reports/{result_id}/typical-hospital.yaml": "signed_in",
    "POST /reports/{result_id}/delete": "run",
    "GET /decide": "signed_in",
    "GET /decide/{what}/new": "run",
    "POST /decide/controls": "run",
    "POST /decide/mix": "run",
    "POST /decide/uncertainty": "run",
    "GET /decide/results/{result_id}": "signed_in",
    "GET /decide/results/{result_id}/charts/{chart}.{ending}": "signed_in",
    "GET /decide/results/{result_id}/maps/{side}.{ending}": "signed_in",
    "GET /decide/prices/{result_id}": "signed_in",
    "GET /decide/prices/{result_id}/charts/{chart}.{ending}": "signed_in",
    "GET /decide/prices/{result_id}/tables/{form}.zip": "signed_in",
    "GET /decide/programmes": "signed_in",
    "GET /decide/programmes/new": "write_facility",
    "POST /decide/programmes": "write_facility",
    "GET /decide/programmes/{ref}": "signed_in",
    "GET /decide/programmes/{ref}/edit": "write_facility",
    "POST /decide/programmes/{ref}/edit": "write_facility",
    "POST /decide/programmes/{ref}/text": "write_facility",
    "POST /decide/programmes/{ref}/restore": "write_facility",
    "GET /decide/programmes/{ref}/file": "signed_in",
    "POST /decide/programmes/{ref}/price": "run",
    "GET /portfolio": "signed_in",
    "GET /portfolio/new": "run",
    "POST /portfolio": "run",
    "POST /portfolio/register": "write_facility",
    "POST /portfolio/files": "write_facility",
    "POST /portfolio/files/upload": "write_facility",
    "GET /portfolio/files/{ref}": "signed_in",
    "GET /portfolio/files/{ref}/file": "signed_in",
    "POST /portfolio/files/{ref}/text": "write_facility",
    "POST /portfolio/files/{ref}/restore": "write_facility",
    "POST /portfolio/files/{ref}/delete": "write_facility",
    "GET /portfolio/whatif/{result_id}": "signed_in",
    "GET /portfolio/whatif/{result_id}/chart.{ending}": "signed_in",
    "GET /portfolio/{result_id}": "signed_in",
    "GET /portfolio/{result_id}/charts/{chart}.{ending}": "signed_in",
    "GET /portfolio/{result_id}/documents/report.{form}": "signed_in",
    "GET /portfolio/{result_id}/members": "signed_in",
    "GET /portfolio/{result_id}/members.csv": "signed_in",
    "GET /portfolio/{result_id}/compare": "signed_in",
    "GET /portfolio/{result_id}/compare/chart.{ending}": "signed_in",
    "GET /portfolio/{result_id}/whatif": "signed_in",
    "POST /portfolio/{result_id}/whatif": "run",
    "POST /portfolio/{result_id}/delete": "run",
    "GET /scenario": "signed_in",
    "GET /scenario/new": "run",
    "POST /scenario": "run",
    "GET /scenario/{result_id}": "signed_in",
    "GET /scenario/{result_id}/days/{day}": "signed_in",
    "GET /scenario/{result_id}/charts/{chart}.{ending}": "signed_in",
    "GET /scenario/{result_id}/pictures/{picture}.{ending}": "signed_in",
    "GET /scenario/{result_id}/files/{name}": "signed_in",
    "POST /scenario/{result_id}/delete": "run",
    "GET /jobs/{job_id}": "signed_in",
    "GET /jobs/{job_id}/events": "signed_in",
    "POST /jobs/{job_id}/cancel": "run",
    "GET /static/{name}": "public",
    "GET /preferences": "public",
    "GET /login": "public",
    "POST /login": "public",
    "POST /logout": "session",
    "GET /setup": "public",
    "POST /setup": "public",
    "GET /sso/{provider}/start": "public",
    "POST /sso/{provider}/link": "session",
    "GET /sso/{provider}/callback": "public",
    "GET /sso/{provider}/logout": "public",
    "GET /account": "session",
    "POST /account/password": "session",
    "POST /account/language": "session",
    "POST /account/organisation": "session",
    "POST /account/sessions/{ref}/revoke": "session",
    "POST /account/tokens": "session",
    "POST /account/tokens/{token_id}/revoke": "session",
    "GET /api/openapi.json": "public",
    "GET /api/docs": "public",
    "GET /api/v1/facilities": "read",
    "POST /api/v1/facilities": "write_facility",
    "POST /api/v1/facilities/check": "read",
    "GET /api/v1/facilities/{ref}": "read",
    "PUT /api/v1/facilities/{ref}": "write_facility",
    "DELETE /api/v1/facilities/{ref}": "write_facility",
    "GET /api/v1/facilities/{ref}/history": "read",
    "GET /api/v1/facilities/{ref}/revisions/{revision}": "read",
    "POST /api/v1/facilities/{ref}/restore": "write_facility",
    "POST /api/v1/facilities/from-register": "write_facility",
    "GET /api/v1/programmes": "read",
    "POST /api/v1/programmes": "write_facility",
    "POST /api/v1/programmes/check": "read",
    "GET /api/v1/programmes/{ref}": "read",
    "PUT /api/v1/programmes/{ref}": "write_facility",
    "DELETE /api/v1/programmes/{ref}": "write_facility",
    "GET /api/v1/programmes/{ref}/history": "read",
    "GET /api/v1/programmes/{ref}/revisions/{revision}": "read",
    "POST /api/v1/programmes/{ref}/restore": "write_facility",
    "GET /api/v1/portfolios": "read",
    "POST /api/v1/portfolios": "write_facility",
    "POST /api/v1/portfolios/check": "read",
    "GET /api/v1/portfolios/{ref}": "read",
    "PUT /api/v1/portfolios/{ref}": "write_facility",
    "DELETE /api/v1/portfolios/{ref}": "write_facility",
    "GET /api/v1/portfolios/{ref}/history": "read",
    "GET /api/v1/portfolios/{ref}/revisions/{revision}": "read",
    "POST /api/v1/portfolios/{ref}/restore": "write_facility",
    "GET /api/v1/jobs": "read",
    "POST /api/v1/jobs/assess": "run",
    "POST /api/v1/jobs/scenario": "run",
    "POST /api/v1/jobs/decide_controls": "run",
    "POST /api/v1/jobs/decide_mix": "run",
    "POST /api/v1/jobs/decide_uncertainty": "run",
    "POST /api/v1/jobs/insure_price": "run",
    "POST /api/v1/jobs/portfolio": "run",
    "POST /api/v1/jobs/portfolio_whatif": "run",
    "POST /api/v1/jobs/synthesize": "write_facility",
    "POST /api/v1/jobs/threat_diff": "run",
    "POST /api/v1/jobs/threat_watch": "run",
    "POST /api/v1/jobs/compare": "run",
    "POST /api/v1/jobs/study": "run",
    "POST /api/v1/jobs/dossier": "run",
    "POST /api/v1/jobs/import": "write_facts",
    "POST /api/v1/jobs/pull": "write_facts",
    "POST /api/v1/jobs/register": "write_facility",
    "POST /api/v1/jobs/backup": "administer",
    "GET /api/v1/jobs/{job_id}": "read",
    "POST /api/v1/jobs/{job_id}/cancel": "run",
    "GET /api/v1/jobs/{job_id}/events": "read",
    "GET /api/v1/results": "read",
    "GET /api/v1/results/{result_id}": "read",
    "DELETE /api/v1/results/{result_id}": "run",
    "GET /api/v1/results/{result_id}/view": "read",
    "GET /api/v1/results/{result_id}/figures": "read",
    "GET /api/v1/results/{result_id}/figures/{figure}/explanation": "read",
    "GET /api/v1/results/{result_id}/charts": "read",
    "GET /api/v1/results/{result_id}/charts/{chart}.{ending}": "read",
    "GET /api/v1/results/{result_id}/documents": "read",
    "GET /api/v1/results/{result_id}/documents/{document}.{form}": "read",
    "POST /api/v1/results/{result_id}/submit": "run",
    "POST /api/v1/results/{result_id}/withdraw": "run",
    "POST /api/v1/results/{result_id}/approve": "approve",
    "POST /api/v1/results/{result_id}/reject": "approve",
    "GET /api/v1/landscape": "read",
    "GET /api/v1/incidents": "read",
    "GET /api/v1/incidents/{ref}": "read",
    "GET /api/v1/records/{kind}": "read",
    "GET /api/v1/records/{kind}/{ref}": "read",
    "GET /api/v1/parameters": "read",
    "GET /api/v1/parameters/{parameter}": "read",
    "GET /api/v1/evidence": "read",
    "GET /api/v1/feed": "read",
    "POST /api/v1/incidents": "write_facts",
    "POST /api/v1/incidents/{ref}/qualify": "write_facts",
    "PATCH /api/v1/incidents/{ref}": "write_facts",
    "POST /api/v1/incidents/{ref}/undo": "write_facts",
    "POST /api/v1/uploads": "write_facts",
    "DELETE /api/v1/uploads/{upload_id}": "write_facts",
    "GET /api/v1/registers": "read",
    "GET /api/v1/registers/organisations": "read",
    "GET /api/v1/connectors": "administer",
    "POST /api/v1/connectors": "administer",
    "GET /api/v1/connectors/{connector_id}": "administer",
    "PUT /api/v1/connectors/{connector_id}": "administer",
    "DELETE /api/v1/connectors/{connector_id}": "administer",
    "POST /api/v1/connectors/{connector_id}/pull": "administer",
    "GET /api/v1/members": "administer",
    "POST /api/v1/members": "administer",
    "GET /api/v1/members/{account_id}": "administer",
    "PATCH /api/v1/members/{account_id}": "administer",
    "POST /api/v1/members/{account_id}/password": "administer",
    "DELETE /api/v1/members/{account_id}": "administer",
    "GET /api/v1/audit": "administer",
    "GET /api/v1/audit/check": "administer",
    "GET /api/v1/me": "read",
    "GET /api/v1/me/tokens": "read",
    "POST /api/v1/me/tokens": "session",
    "DELETE /api/v1/me/tokens/{token_id}": "session",
}
# It ends the session that asks: tried in tests of its own.
ENDING = {"POST /logout"}

SITE = "http://127.0.0.1:8765"


class Note(BaseModel):
    """Something of an organisation."""

    text: str


def _make_probe() -> tuple[APIRouter, list[str]]:
    """Return routes that ask for each permission, and what they did."""
    probe = APIRouter(prefix="/api/probe", route_class=IdempotentRoute, dependencies=[Depends(limit_api)])
    done: list[str] = []

    @probe.get("/{ref}")
    def read(ref: str, principal: Annotated[Principal, Depends(require_permission("read"))]) -> dict[str, str]:
        if ref != "n1" or principal.organisation_id != "default":
            raise NotFoundError("there is no such note", value=ref)
        return {"ref": ref}

    @probe.post("/facts", status_code=201)
    def write(note: Note, principal: Annotated[Principal, Depends(require_permission("write_facts"))]) -> Note:
        done.append(note.text)
        return note

    @probe.put("/facility")
    def write_facility(principal: Annotated[Principal, Depends(require_permission("write_facility"))]) -> str:
        return principal.name

    @probe.post("/run")
    def run(principal: Annotated[Principal, Depends(require_permission("run"))]) -> str:
        return principal.name

    @probe.post("/approve")
    def approve(principal: Annotated[Principal, Depends(require_permission("approve"))]) -> str:
        return principal.name

    @probe.delete("/users")
    def administer(principal: Annotated[Principal, Depends(require_permission("administer"))]) -> str:
        return principal.name

    @probe.get("/me/name")
    def tell_name(principal: Annotated[Principal, Depends(current_principal)]) -> str:
        return principal.name

    return probe, done


PROBED: dict[str, Need] = {
    "GET /api/probe/{ref}": "read",
    "POST /api/probe/facts": "write_facts",
    "PUT /api/probe/facility": "write_facility",
    "POST /api/probe/run": "run",
    "POST /api/probe/approve": "approve",
    "DELETE /api/probe/users": "administer",
    "GET /api/probe/me/name": "signed_in",
}
CALLS = {"GET /api/probe/{ref}": Call(path={"ref": "n1"}, own=True), "POST /api/probe/facts": Call(json={"text": "x"})}


def test_every_route_says_who_may(tmp_path: Path) -> None:
    check_declared(make_app(tmp_path), DECLARED)


def test_a_route_without_a_line_is_found(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    app.include_router(_make_probe()[0])
    with pytest.raises(AssertionError, match="without a line"):
        check_declared(app, DECLARED)
    with pytest.raises(AssertionError, match="what the code asks for"):
        check_declared(app, {**DECLARED, **PROBED, "POST /api/probe/run": "read"})
    with pytest.raises(AssertionError, match="without a route"):
        check_declared(app, {**DECLARED, **PROBED, "GET /api/gone": "read"})
    check_declared(app, {**DECLARED, **PROBED})


def test_every_route_as_everybody(tmp_path: Path, filled_workspace: Path) -> None:
    shutil.copytree(filled_workspace, tmp_path / "workspace")
    app = make_app(tmp_path / "workspace")
    app.include_router(_make_probe()[0])
    app.state.rate_limits["api"] = RateLimit(burst=100_000, per_minute=1e6)
    declared = {name: need for name, need in {**DECLARED, **PROBED}.items() if name not in ENDING}
    client = TestClient(app, base_url=SITE, follow_redirects=False, raise_server_exceptions=False)
    judged = check_access(client, app.state.hygie.access, declared, calls=CALLS)
    assert judged >= 9 * len(declared)


def test_a_route_that_forgot_to_ask_is_found(tmp_path: Path) -> None:
    app = make_app(tmp_path)

    @app.get("/api/open")
    def tell() -> str:
        return "secret"

    client = TestClient(app, base_url=SITE, follow_redirects=False, raise_server_exceptions=False)
    with pytest.raises(AssertionError, match="GET /api/open as nobody: 200"):
        check_access(client, app.state.hygie.access, {"GET /api/open": "read"})


def test_errors_of_the_api_are_problem_documents(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    app.include_router(_make_probe()[0])
    client = TestClient(app, base_url=SITE, follow_redirects=False)
    nobody = client.get("/api/probe/n1")
    assert nobody.status_code == 401
    assert nobody.headers["www-authenticate"].startswith("Bearer")
    assert nobody.headers["content-type"] == "application/problem+json"
    ana = add(app.state.hygie.access, "ana", role="viewer")
    token, _ = make_token(
        app.state.hygie.access,
        ana.account_id,
        organisation_id="default",
        label="ci",
        scopes=("read",),
        actor=TESTER,
    )
    narrow, _ = make_token(
        app.state.hygie.access,
        add(app.state.hygie.access, "bea").account_id,
        organisation_id="default",
        label="feeder",
        scopes=("write",),
        actor=TESTER,
    )
    # Without the scope to read, not even what asks for no permission of its own.
    assert client.get("/api/probe/me/name", headers={"Authorization": f"Bearer {narrow}"}).status_code == 403
    refused = client.post("/api/probe/run", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 403
    assert refused.json()["findings"][0]["allowed"] == "analyst, approver, admin"


def test_a_write_with_a_key_is_done_once(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    probe, done = _make_probe()
    app.include_router(probe)
    access = app.state.hygie.access
    ana = add(access, "ana")

    def make(*scopes: str) -> dict[str, str]:
        token, _ = make_token(
            access, ana.account_id, organisation_id="default", label="ci", scopes=scopes, actor=TESTER
        )
        return {"Authorization": f"Bearer {token}"}

    client = TestClient(app, base_url=SITE)
    headers = {**make("read", "write"), HEADER: "k1"}

    def send(text: str, **more: str) -> object:
        return client.post("/api/probe/facts", json={"text": text}, headers={**headers, **more})

    first, second = send("a"), send("a")
    assert (first.status_code, second.status_code, second.json()) == (201, 201, {"text": "a"})
    assert "idempotent-replayed" not in first.headers
    assert second.headers["idempotent-replayed"] == "true"
    assert second.headers["content-type"] == first.headers["content-type"]
    assert done == ["a"]
    assert send("b").status_code == 409
    assert send("b", **{HEADER: "k2"}).status_code == 201
    # The same write without the right to it gets no answer of old.
    assert send("a", **make("read")).status_code == 409
    # One that was refused may be mended and sent again.
    wrong = {**headers, HEADER: "k3"}
    assert client.post("/api/probe/facts", json={"txt": "c"}, headers=wrong).status_code == 422
    assert client.post("/api/probe/facts", json={"text": "c"}, headers=wrong).status_code == 201
    assert send("d", **{HEADER: "a b"}).status_code == 400
    assert done == ["a", "b", "c"]
