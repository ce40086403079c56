"""Rows of accounts, their memberships and their identities elsewhere, in a transaction that is under way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from hygie.store.account_tables import account, external_identity, membership
from hygie.store.schema import organisation

__all__ = [
    "AccountRow",
    "MembershipRow",
    "count_accounts",
    "count_holders",
    "delete_membership",
    "find_account",
    "find_account_by_identity",
    "find_account_by_login",
    "find_membership",
    "insert_account",
    "insert_identity",
    "list_accounts",
    "list_identities",
    "list_memberships",
    "list_organisations",
    "put_membership",
    "update_account",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountRow:
    """An account as it is kept; the hash of the password is not shown in a `repr`."""

    account_id: str
    login: str
    name: str
    language: str
    created_at: datetime
    disabled_at: datetime | None
    signed_in_at: datetime | None
    has_password: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipRow:
    """What an account is in an organisation, and who said so."""

    account_id: str
    organisation_id: str
    role: str
    source: str
    since: datetime


def count_accounts(connection: Connection) -> int:
    """Return how many accounts there are, disabled ones included."""
    return int(connection.execute(select(func.count()).select_from(account)).scalar_one())


def insert_account(
    connection: Connection,
    *,
    account_id: str,
    login: str,
    name: str,
    language: str,
    password_hash: str | None,
    at: datetime,
) -> None:
    """Keep a new account."""
    connection.execute(
        insert(account).values(
            account_id=account_id,
            login=login,
            name=name,
            language=language,
            password_hash=password_hash,
            created_at=at,
        )
    )


def update_account(connection: Connection, account_id: str, **values: Any) -> None:
    """Change columns of an account."""
    connection.execute(update(account).where(account.c.account_id == account_id).values(**values))


def find_account(connection: Connection, account_id: str) -> AccountRow | None:
    """Return an account by its id."""
    row = connection.execute(select(account).where(account.c.account_id == account_id)).mappings().one_or_none()
    return None if row is None else _read_account(row)


def find_account_by_login(connection: Connection, login: str) -> tuple[AccountRow, str | None] | None:
    """Return an account and the hash of its password, by what is typed at the door."""
    row = connection.execute(select(account).where(account.c.login == login)).mappings().one_or_none()
    return None if row is None else (_read_account(row), row["password_hash"])


def find_account_by_identity(connection: Connection, *, issuer: str, subject: str) -> AccountRow | None:
    """Return the account that an identity elsewhere is linked to."""
    wanted = (
        select(account)
        .join(external_identity, external_identity.c.account_id == account.c.account_id)
        .where(external_identity.c.issuer == issuer, external_identity.c.subject == subject)
    )
    row = connection.execute(wanted).mappings().one_or_none()
    return None if row is None else _read_account(row)


def list_accounts(connection: Connection, *, organisation_id: str | None = None) -> list[AccountRow]:
    """Return the accounts of an organisation, or all of them, by login."""
    wanted = select(account).order_by(account.c.login)
    if organisation_id is not None:
        members = select(membership.c.account_id).where(membership.c.organisation_id == organisation_id)
        wanted = wanted.where(account.c.account_id.in_(members))
    return [_read_account(row) for row in connection.execute(wanted).mappings()]


def insert_identity(connection: Connection, *, issuer: str, subject: str, account_id: str, at: datetime) -> None:
    """Link an identity elsewhere to an account."""
    values = {"issuer": issuer, "subject": subject, "account_id": account_id, "linked_at": at}
    connection.execute(insert(external_identity).values(**values))


def list_identities(connection: Connection, account_id: str) -> list[tuple[str, str]]:
    """Return issuer and subject of each identity of an account."""
    wanted = select(external_identity.c.issuer, external_identity.c.subject)
    wanted = wanted.where(external_identity.c.account_id == account_id).order_by(external_identity.c.issuer)
    return [(issuer, subject) for issuer, subject in connection.execute(wanted)]


def find_membership(connection: Connection, *, account_id: str, organisation_id: str) -> MembershipRow | None:
    """Return what an account is in an organisation."""
    found = list_memberships(connection, account_id=account_id, organisation_id=organisation_id)
    return found[0] if found else None


def list_memberships(
    connection: Connection, *, account_id: str | None = None, organisation_id: str | None = None
) -> list[MembershipRow]:
    """Return memberships of an account, of an organisation, or of both, by organisation."""
    wanted = select(membership).order_by(membership.c.organisation_id, membership.c.account_id)
    if account_id is not None:
        wanted = wanted.where(membership.c.account_id == account_id)
    if organisation_id is not None:
        wanted = wanted.where(membership.c.organisation_id == organisation_id)
    return [MembershipRow(**row) for row in connection.execute(wanted).mappings()]


def put_membership(
    connection: Connection, *, account_id: str, organisation_id: str, role: str, source: str, at: datetime
) -> None:
    """Give an account a role in an organisation, in the place of the one that it had."""
    own = (membership.c.account_id == account_id, membership.c.organisation_id == organisation_id)
    values = {"role": role, "source": source, "since": at}
    if not connection.execute(update(membership).where(*own).values(**values)).rowcount:
        key = {"account_id": account_id, "organisation_id": organisation_id}
        connection.execute(insert(membership).values(**key, **values))


def delete_membership(connection: Connection, *, account_id: str, organisation_id: str) -> None:
    """Take an account out of an organisation."""
    own = (membership.c.account_id == account_id, membership.c.organisation_id == organisation_id)
    connection.execute(delete(membership).where(*own))


def count_holders(connection: Connection, *, organisation_id: str, role: str, without: str) -> int:
    """Return how many enabled accounts but one hold a role in an organisation."""
    wanted = (
        select(func.count())
        .select_from(membership.join(account, account.c.account_id == membership.c.account_id))
        .where(
            membership.c.organisation_id == organisation_id,
            membership.c.role == role,
            membership.c.account_id != without,
            account.c.disabled_at.is_(None),
        )
    )
    return int(connection.execute(wanted).scalar_one())


def list_organisations(connection: Connection) -> list[str]:
    """Return the organisations of the database, by name."""
    return list(
        connection.execute(select(organisation.c.organisation_id).order_by(organisation.c.organisation_id)).scalars()
    )


def _read_account(row: RowMapping) -> AccountRow:
    shown: Sequence[str] = ("account_id", "login", "name", "language", "created_at", "disabled_at", "signed_in_at")
    return AccountRow(**{name: row[name] for name in shown}, has_password=row["password_hash"] is not None)
