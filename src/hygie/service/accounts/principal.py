"""Who asks: an account, in one organisation, with one role."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ROLES", "Principal", "Role"]

Role = Literal["viewer", "analyst", "approver", "admin"]
ROLES: tuple[Role, ...] = ("viewer", "analyst", "approver", "admin")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks.

    Parameters
    ----------
    account_id
        Stays the same when the name changes.
    name
        Shown, and written as author.
    organisation_id
        Whose rows are seen and written.
    role
        What the account is in this organisation.
    scopes
        Of an API token; ``{"*"}`` for a session.
    language
        What the person reads.
    """

    account_id: str
    name: str
    organisation_id: str
    role: Role
    scopes: frozenset[str]
    language: Literal["fr", "en"]
