"""Too many tries: who guesses passwords waits longer and longer, in every process of the installation."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from hygie.core.errors import ThrottledError
from hygie.service.accounts.access import Access, transaction
from hygie.store.engine import lock_for_writing
from hygie.store.throttle import FailureRow, delete_failures, put_failures, read_failures

__all__ = ["Brake", "begin_attempt", "end_attempt", "find_delay"]

# A subject that has been quiet for so long starts anew.
MEMORY = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brake:
    """How tries of one kind are slowed down: the first are free, then the wait doubles up to a longest one."""

    free: int
    longest_s: int


# An account from one address: somebody who guesses. An address: who tries many accounts. An account from anywhere: many
# addresses together; this wait is short, so that nobody can lock somebody else out.
BRAKES = {
    "pair": Brake(free=5, longest_s=900),
    "address": Brake(free=30, longest_s=900),
    "account": Brake(free=50, longest_s=30),
}


def find_delay(failures: int, brake: Brake) -> int:
    """Return how long to wait after so many failures [s].

    >>> [find_delay(failures, Brake(free=5, longest_s=900)) for failures in (4, 5, 6, 7, 100)]
    [0, 1, 2, 4, 900]
    """
    if failures < brake.free:
        return 0
    return min(brake.longest_s, 1 << min(failures - brake.free, 30))


def begin_attempt(access: Access, *, account: str, address: str | None) -> None:
    """Count a try before it is made, so that many at once are no way around; `end_attempt` forgets a good one.

    Parameters
    ----------
    address
        None when it is not known, as behind a proxy: only tries of the account are counted then.

    Raises
    ------
    ThrottledError
        The next try comes too early; it is not counted.
    """
    now = access.clock()
    subjects = _name_subjects(account=account, address=address)
    with transaction(access) as connection:
        # One scope for all: tries of different subjects share an address or an account.
        lock_for_writing(connection, scope="sign-in")
        held = read_failures(connection, list(subjects))
        fresh = {subject: row for subject, row in held.items() if now - row.failed_at < MEMORY}
        wait = max((_seconds_until(row, now) for row in fresh.values()), default=0)
        if wait == 0:
            put_failures(
                connection,
                [_count_failure(subject, kind, fresh.get(subject), now=now) for subject, kind in subjects.items()],
            )
            delete_failures(connection, before=now - MEMORY)
    if wait:
        error = ThrottledError(
            "too many tries",
            repair=f"wait {wait} s, then try again",
        )
        error.retry_after_s = wait
        raise error


def end_attempt(access: Access, *, account: str, address: str | None) -> None:
    """Forget the failures of who came in: of the account from this address, and one of the address and the account."""
    subjects = _name_subjects(account=account, address=address)
    with transaction(access) as connection:
        lock_for_writing(connection, scope="sign-in")
        held = read_failures(connection, list(subjects))
        delete_failures(connection, [subject for subject, kind in subjects.items() if kind == "pair"])
        put_failures(
            connection,
            [
                FailureRow(
                    subject=row.subject,
                    failures=max(0, row.failures - 1),
                    failed_at=row.failed_at,
                    blocked_until=row.failed_at,
                )
                for row in held.values()
                if subjects[row.subject] != "pair"
            ],
        )


def _name_subjects(*, account: str, address: str | None) -> dict[str, str]:
    # Hashed: what is typed in the wrong field may be a password.
    said = {"account": account}
    if address is not None:
        said |= {"pair": f"{account}\n{address}", "address": address}
    return {
        hashlib.sha256(f"{kind}\n{text}".encode("utf-8", "surrogatepass")).hexdigest(): kind
        for kind, text in said.items()
    }


def _count_failure(subject: str, kind: str, held: FailureRow | None, *, now: datetime) -> FailureRow:
    failures = (held.failures if held else 0) + 1
    delay = timedelta(seconds=find_delay(failures, BRAKES[kind]))
    return FailureRow(subject=subject, failures=failures, failed_at=now, blocked_until=now + delay)


def _seconds_until(row: FailureRow, now: datetime) -> int:
    return max(0, math.ceil((row.blocked_until - now).total_seconds()))
