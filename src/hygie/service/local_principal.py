"""Who asks on a command line: whoever can read the database may do everything in it."""

from __future__ import annotations

from typing import Literal

from hygie.service.accounts.principal import Principal
from hygie.service.workspace import name_author
from hygie.store.workspace import Workspace

__all__ = ["make_local_principal"]


def make_local_principal(
    workspace: Workspace, *, author: str | None = None, language: Literal["fr", "en"] = "en"
) -> Principal:
    """Return the principal of a command line: an administrator, named as the author of changes is."""
    name = name_author(author)
    return Principal(
        account_id=f"local:{name}",
        name=name,
        organisation_id=workspace.organisation_id,
        role="admin",
        scopes=frozenset({"*"}),
        language=language,
    )
