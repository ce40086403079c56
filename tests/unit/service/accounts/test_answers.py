"""A write that is sent twice is done once."""

from __future__ import annotations

import pytest

from account_kit import Clock, add
from hygie.core.errors import ConflictError, UsageError
from hygie.service.accounts.access import Access
from hygie.service.accounts.answers import LARGEST_ANSWER, KeptAnswer, begin_write, finish_write, forget_write
from hygie.service.accounts.principal import Principal

ANSWER = KeptAnswer(status=201, headers={"location": "/api/x/1"}, body=b'{"id": 1}')


def _principal(access: Access, login: str, organisation: str = "default") -> Principal:
    account = add(access, login, organisation=organisation)
    return Principal(account.account_id, login, organisation, "analyst", frozenset({"*"}), "fr")


def test_the_same_write_gets_the_same_answer(access: Access, clock: Clock) -> None:
    ana, bea = _principal(access, "ana"), _principal(access, "bea", "east")
    assert begin_write(access, ana, "k1", request_digest="d") is None
    with pytest.raises(ConflictError, match="still at work"):
        begin_write(access, ana, "k1", request_digest="d")
    finish_write(access, ana, "k1", ANSWER)
    assert begin_write(access, ana, "k1", request_digest="d") == ANSWER
    with pytest.raises(ConflictError, match="another write"):
        begin_write(access, ana, "k1", request_digest="e")
    # A key belongs to whoever chose it.
    assert begin_write(access, bea, "k1", request_digest="e") is None
    clock.move(hours=24)
    assert begin_write(access, ana, "k1", request_digest="e") is None


def test_a_write_that_failed_may_be_sent_again(access: Access) -> None:
    ana = _principal(access, "ana")
    assert begin_write(access, ana, "k1", request_digest="d") is None
    forget_write(access, ana, "k1")
    assert begin_write(access, ana, "k1", request_digest="d") is None
    finish_write(access, ana, "k1", KeptAnswer(status=200, headers={}, body=b"x" * (LARGEST_ANSWER + 1)))
    assert begin_write(access, ana, "k1", request_digest="d") is None


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 256])
def test_a_key_is_plain(access: Access, key: str) -> None:
    with pytest.raises(UsageError, match="no key for a write"):
        begin_write(access, _principal(access, "ana"), key, request_digest="d")
