"""The audit log: what is written in it, how it is read, and how it is checked. Never a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from hygie.core.errors import UsageError
from hygie.service.accounts.access import Access, reading, transaction
from hygie.service.accounts.principal import Principal
from hygie.store.audit_log import AuditEntry, AuditFilter, append_entry, find_break, iterate_entries, read_entries

__all__ = [
    "ACTIONS",
    "SYSTEM",
    "Actor",
    "AuditCheck",
    "AuditEntry",
    "AuditFilter",
    "list_entries",
    "log",
    "record_event",
    "verify_log",
]

# What an entry can be about; a name is never reused for something else.
ACTIONS = frozenset(
    {
        "account.add",
        "account.disable",
        "account.enable",
        "account.link",
        "account.password",
        "account.role",
        "approval.give",
        "approval.refuse",
        "approval.submit",
        "approval.withdraw",
        "data.delete",
        "data.export",
        "data.restore",
        "data.write",
        "organisation.add",
        "organisation.switch",
        "session.close",
        "session.fail",
        "session.open",
        "session.revoke",
        "setup.done",
        "setup.fail",
        "token.new",
        "token.revoke",
    }
)

SECRET_WORDS = ("password", "secret", "token_value", "cookie", "authorization", "csrf", "code_verifier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who signs a line, and from where."""

    name: str
    account_id: str | None = None
    address: str | None = None

    @classmethod
    def of(cls, principal: Principal, *, address: str | None = None) -> Actor:
        """Return the actor behind a request."""
        return cls(name=principal.name, account_id=principal.account_id, address=address)


SYSTEM = Actor(name="hygie")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditCheck:
    """What following the chain of an organisation gave.

    Parameters
    ----------
    entries
        Good lines from the start.
    head
        Number and hash of the last good one: written down elsewhere, they also show lines cut off at the end.
    broken_at, break_kind
        The first line that does not fit: `missing`, `changed`, `unlinked`, or `cut` against the head that was given.
    """

    organisation_id: str
    entries: int
    head: str
    broken_at: int | None
    break_kind: str | None


def log(
    connection: Connection,
    access: Access,
    organisation_id: str,
    *,
    actor: Actor,
    action: str,
    target: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a line in the transaction that does what it says."""
    assert action in ACTIONS, action
    assert not any(word in key.lower() for key in details or () for word in SECRET_WORDS), details
    append_entry(
        connection,
        organisation_id,
        at=access.clock(),
        actor=actor.name,
        account_id=actor.account_id,
        action=action,
        target=target,
        details=details,
        address=actor.address,
    )


def record_event(
    access: Access,
    organisation_id: str,
    *,
    actor: Actor,
    action: str,
    target: str | None = None,
    details: Mapping[str, Any] | None = None,
) -> None:
    """Add a line in a transaction of its own.

    An export says its format and its TLP, an approval what was approved and its digest, a deletion what is gone.
    """
    with transaction(access) as connection:
        log(connection, access, organisation_id, actor=actor, action=action, target=target, details=details)


def list_entries(
    access: Access,
    organisation_id: str,
    *,
    limit: int = 50,
    before: int | None = None,
    only: AuditFilter | None = None,
) -> list[AuditEntry]:
    """Return the last lines of an organisation, newest first; those that a filter looks for."""
    if not 1 <= limit <= 1000:
        raise UsageError("this option is out of range", field="limit", value=limit, allowed="1 to 1000")
    with reading(access) as connection:
        return read_entries(connection, organisation_id, limit=limit, before=before, only=only)


def verify_log(access: Access, organisation_id: str, *, expected_head: str | None = None) -> AuditCheck:
    """Follow the chain of an organisation from its first line.

    Parameters
    ----------
    expected_head
        ``NUMBER:HASH`` of an earlier check: that line must still be there as it was.

    Raises
    ------
    UsageError
        The head is not of this form.
    """
    wanted = _parse_head(expected_head)
    seen: list[str] = []

    def watch(entries: Iterator[AuditEntry]) -> Iterator[AuditEntry]:
        for entry in entries:
            if wanted is not None and entry.number == wanted[0]:
                seen.append(entry.entry_hash)
            yield entry

    with reading(access) as connection:
        last, broken = find_break(watch(iterate_entries(connection, organisation_id)))
    number, kind = (None, None) if broken is None else (broken.number, broken.kind)
    if broken is None and wanted is not None and seen != [wanted[1]]:
        number, kind = wanted[0], "changed" if seen else "cut"
    return AuditCheck(
        organisation_id=organisation_id,
        entries=0 if last is None else last.number,
        head="0:" if last is None else f"{last.number}:{last.entry_hash}",
        broken_at=number,
        break_kind=kind,
    )


def _parse_head(text: str | None) -> tuple[int, str] | None:
    if text is None or text == "0:":
        return None
    number, _, digest = text.partition(":")
    if not number.isdecimal() or len(number) > 12 or not digest:
        raise UsageError(
            "this is not a head of the log",
            field="--expect",
            value=text,
            allowed="NUMBER:HASH, as `hygie audit verify` prints it",
        )
    return int(number), digest
