"""Accounts on each kind of database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from account_kit import Clock, open_accounts
from hygie.service.accounts.access import Access


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(tmp_path: Path, database_url: str, clock: Clock) -> Iterator[Access]:
    with open_accounts(tmp_path, database_url, clock=clock) as opened:
        yield opened
