"""The application in this process, for one principal, on a copy of a filled workspace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from starlette.testclient import TestClient

from hygie.service.accounts.principal import Principal, Role
from hygie.web.app import create_app
from hygie.web.settings import Settings

__all__ = ["ADDRESS", "open_pages", "person", "read_token"]

ADDRESS = "http://127.0.0.1:8765"


def person(role: Role = "analyst", *, organisation: str = "default", language: Literal["fr", "en"] = "en") -> Principal:
    """Somebody who is logged in."""
    return Principal(
        account_id=f"{role}-1",
        name="Claire Martin",
        organisation_id=organisation,
        role=role,
        scopes=frozenset({"*"}),
        language=language,
    )


@contextmanager
def open_pages(workspace: Path, principal: Principal | None) -> Iterator[TestClient]:
    """A browser without script on the pages of a workspace."""
    app = create_app(Settings(workspace=workspace, development_principal=principal))
    client = TestClient(app, base_url=ADDRESS, raise_server_exceptions=False, follow_redirects=False)
    try:
        yield client
    finally:
        client.close()
        app.state.hygie.workspaces.close()


def read_token(page: str) -> str:
    """The token that the forms of a page carry."""
    found = re.search(r'name="csrf_token" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]
