"""What a request over HTTP may cost, how long it may wait, and who is told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["HttpLimits", "HttpTools", "Wait"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What a request may cost.

    Parameters
    ----------
    connect_s, read_s, total_s
        Longest wait for a connection, for the next byte, for the whole answer [s].
    max_bytes
        Largest answer, unpacked [bytes].
    attempts
        Times a request is made in all.
    backoff_s, longest_wait_s
        First wait between attempts, doubled each time, and the longest [s]; a server that asks for longer with
        `Retry-After` ends the import, which can be taken up again later.
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    total_s: float = 900.0
    max_bytes: int = 64 * 1024**2
    attempts: int = 5
    backoff_s: float = 1.0
    longest_wait_s: float = 300.0
    redirects: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A pause before another attempt: how long [s], and why."""

    seconds: float
    reason: str


def _ignore_wait(wait: Wait) -> None:
    del wait


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTools:
    """Time, replaceable in tests, and who is told of waits."""

    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    on_wait: Callable[[Wait], None] = _ignore_wait
