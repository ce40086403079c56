"""Writes that may be sent twice: a key names a write, and its answer is given again instead of doing it again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from hygie.core.errors import ConflictError, UsageError
from hygie.service.accounts.access import Access, transaction
from hygie.service.accounts.principal import Principal
from hygie.store.engine import lock_for_writing
from hygie.store.throttle import (
    delete_answer,
    delete_answers_before,
    find_answer,
    insert_answer,
    update_answer,
)

__all__ = ["KeptAnswer", "begin_write", "finish_write", "forget_write"]

_KEY = re.compile(r"[\x21-\x7e]{1,255}")
LARGEST_ANSWER = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """The answer that a write had."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def begin_write(access: Access, principal: Principal, key: str, *, request_digest: str) -> KeptAnswer | None:
    """Return the answer of an earlier write with this key; None when there was none, and the write may begin.

    Raises
    ------
    UsageError
        The key is not fit.
    ConflictError
        The key was used for another write, or the same write is still at work.
    """
    if not _KEY.fullmatch(key):
        raise UsageError(
            "this is no key for a write",
            field="Idempotency-Key",
            value=key,
            allowed="1 to 255 signs of ASCII",
        )
    own = _own(principal, key)
    now = access.clock()
    with transaction(access) as connection:
        lock_for_writing(connection, scope=f"answers of {principal.account_id}")
        delete_answers_before(connection, now)
        held = find_answer(connection, **own)
        if held is None:
            insert_answer(
                connection,
                **own,
                request_digest=request_digest,
                at=now,
                expires_at=now + access.limits.answer_life,
            )
            return None
    if held.request_digest != request_digest:
        raise ConflictError(
            "this key was used for another write",
            field="Idempotency-Key",
            value=key,
            repair="take a new key for each write, and the same one only to send the same again",
        )
    if held.status is None or held.body is None:
        raise ConflictError(
            "a write with this key is still at work",
            field="Idempotency-Key",
            value=key,
            repair="wait a little, then send it again",
        )
    return KeptAnswer(status=held.status, headers=dict(held.headers or {}), body=bytes(held.body))


def finish_write(access: Access, principal: Principal, key: str, answer: KeptAnswer) -> None:
    """Keep the answer of a write. One that is too large is not kept, and the write may then be sent again."""
    own = _own(principal, key)
    with transaction(access) as connection:
        if len(answer.body) > LARGEST_ANSWER:
            delete_answer(connection, **own)
            return
        update_answer(connection, **own, status=answer.status, headers=answer.headers, body=answer.body)


def forget_write(access: Access, principal: Principal, key: str) -> None:
    """Forget a write that failed, so that it may be sent again."""
    with transaction(access) as connection:
        delete_answer(connection, **_own(principal, key))


def _own(principal: Principal, key: str) -> dict[str, str]:
    return {"organisation_id": principal.organisation_id, "account_id": principal.account_id, "key": key}
