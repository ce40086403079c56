"""The file that says which identity providers are trusted, and what their groups mean here."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hygie.core.errors import DataError
from hygie.service.accounts.principal import ROLES, Role
from hygie.store.documents import read_document, validate_model

__all__ = ["GroupRole", "ProviderSettings", "SsoSettings", "is_safe_address", "load_sso", "map_roles"]

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
Name = Annotated[str, Field(min_length=1, max_length=200)]
OrganisationName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class Entry(BaseModel):
    """Base of what this file holds: frozen, no unknown field."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ClaimNames(Entry):
    """Where a provider says what."""

    login: Name = "preferred_username"
    name: Name = "name"
    groups: Name = "groups"


class GroupRole(Entry):
    """What a group of the provider is in an organisation; without a group, what everybody of the provider is."""

    group: Name | None = None
    organisation: OrganisationName
    role: Role


class ProviderSettings(Entry):
    """One identity provider (OpenID Connect)."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    label: dict[Literal["fr", "en"], Name]
    issuer: Annotated[str, Field(max_length=500)]
    client_id: Name
    client_secret_env: Annotated[str | None, Field(pattern=r"^[A-Z][A-Z0-9_]*$")] = None
    client_secret_file: Path | None = None
    scopes: tuple[Name, ...] = ("openid", "profile")
    claims: ClaimNames = ClaimNames()
    roles: Annotated[tuple[GroupRole, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        if not is_safe_address(self.issuer):
            raise ValueError("the issuer must be an https address; http only on this machine (localhost)")
        if set(self.label) != {"fr", "en"}:
            raise ValueError("the label is needed in fr and in en")
        if "openid" not in self.scopes:
            raise ValueError("scopes must contain openid")
        if self.client_secret_env and self.client_secret_file:
            raise ValueError("give the secret by client_secret_env or by client_secret_file, not both")
        return self

    def read_secret(self) -> str | None:
        """Return the secret of the client, from where the file says; None for a public client.

        Raises
        ------
        DataError
            It is not there.
        """
        secret = None
        if self.client_secret_env:
            secret = os.environ.get(self.client_secret_env)
        elif self.client_secret_file:
            try:
                secret = self.client_secret_file.read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                secret = None
        else:
            return None
        if not secret:
            raise DataError(
                "the secret of the identity provider is not there",
                field="client_secret_env" if self.client_secret_env else "client_secret_file",
                value=self.client_secret_env or self.client_secret_file,
                repair="set it where `hygie serve` is started",
            )
        return secret


class SsoSettings(Entry):
    """A file of identity providers."""

    hygie_schema: Annotated[Literal["hygie.sso/1"], Field(alias="schema")]
    providers: Annotated[tuple[ProviderSettings, ...], Field(min_length=1, max_length=20)]

    @model_validator(mode="after")
    def _check(self) -> Self:
        ids = [provider.id for provider in self.providers]
        if len(set(ids)) != len(ids):
            raise ValueError("two providers have the same id")
        return self


def load_sso(path: Path | None) -> tuple[ProviderSettings, ...]:
    """Return the identity providers of a file; none without a file.

    Raises
    ------
    DataError
        The file is wrong, says where; or a secret is not there.
    """
    if path is None:
        return ()
    providers = validate_model(read_document(path), SsoSettings).providers
    for provider in providers:
        provider.read_secret()
    return providers


def is_safe_address(address: str) -> bool:
    """Return whether passwords and tokens may travel to an address: TLS, or this machine.

    >>> is_safe_address("https://id.example.org"), is_safe_address("http://id.example.org")
    (True, False)
    """
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return False
    plain = parts.username is None and parts.password is None and not parts.fragment
    return bool(host) and plain and (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK))


def map_roles(groups: frozenset[str], rules: tuple[GroupRole, ...]) -> dict[str, Role]:
    """Return the role in each organisation that groups give: of several, the one that may do most.

    >>> rules = (GroupRole(organisation="chsf", role="viewer"),
    ...          GroupRole(group="rssi", organisation="chsf", role="analyst"))
    >>> map_roles(frozenset({"rssi"}), rules), map_roles(frozenset(), rules)
    ({'chsf': 'analyst'}, {'chsf': 'viewer'})
    """
    given: dict[str, Role] = {}
    for rule in rules:
        if rule.group is not None and rule.group not in groups:
            continue
        held = given.get(rule.organisation)
        if held is None or ROLES.index(rule.role) > ROLES.index(held):
            given[rule.organisation] = rule.role
    return given
