"""The API of a workspace: people with tokens, and a client for each."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.testclient import TestClient

from account_kit import TESTER, add, make_app
from hygie.service.accounts.principal import Role
from hygie.service.accounts.tokens import make_token
from hygie.service.workspace import Workspace
from hygie.web.auth.rates import RateLimit

__all__ = ["Api", "open_api"]

SITE = "http://127.0.0.1:8765"
V1 = "/api/v1"
_SCOPES: dict[Role, tuple[str, ...]] = {
    "viewer": ("read",),
    "analyst": ("read", "write", "run"),
    "approver": ("read", "write", "run", "approve"),
    "admin": ("read", "write", "run", "approve", "admin"),
}


@dataclass(frozen=True)
class Api:
    """The application, and who may ask it."""

    app: FastAPI
    client: TestClient

    def token(
        self, name: str, *, role: Role = "analyst", organisation: str = "default", scopes: tuple[str, ...] | None = None
    ) -> str:
        """Return the token of a new account."""
        access = self.app.state.hygie.access
        account = add(access, name, role=role, organisation=organisation, password=None)
        token, _row = make_token(
            access,
            account.account_id,
            organisation_id=organisation,
            label="tests",
            scopes=_SCOPES[role] if scopes is None else scopes,
            actor=TESTER,
        )
        return token

    def ask(self, token: str, method: str, path: str, **options: Any) -> Any:
        """Ask as the owner of a token."""
        headers = {"Authorization": f"Bearer {token}", **options.pop("headers", {})}
        return self.client.request(method, f"{V1}{path}", headers=headers, **options)

    @property
    def workspace(self) -> Workspace:
        """The workspace of the organisation `default`."""
        return self.app.state.hygie.workspaces.open("default")


@contextmanager
def open_api(folder: Path) -> Iterator[Api]:
    """Open the API of a workspace, without limits of rate."""
    app = make_app(folder)
    app.state.rate_limits["api"] = RateLimit(burst=1_000_000, per_minute=1e9)
    client = TestClient(app, base_url=SITE, follow_redirects=False, raise_server_exceptions=False)
    try:
        yield Api(app, client)
    finally:
        client.close()
        app.state.hygie.workspaces.close()
