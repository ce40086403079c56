"""Who asks: the account behind a request, in one organisation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Principal", "Role"]

Role = Literal["viewer", "analyst", "approver", "admin"]


@dataclass(frozen=True, slots=True)
class Principal:
    """The account behind a request.

    Parameters
    ----------
    name
        Shown, and written as author.
    scopes
        Of an API token; ``{"*"}`` for a session.
    """

    account_id: str
    name: str
    organisation_id: str
    role: Role
    scopes: frozenset[str]
    language: Literal["fr", "en"]
