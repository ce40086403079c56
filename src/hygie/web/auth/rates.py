"""How often somebody may ask: buckets that fill again, kept in the memory of this process."""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends, HTTPException, Request

from hygie.service.accounts.principal import Principal
from hygie.web.auth.dependencies import current_principal
from hygie.web.auth.guard import find_address

__all__ = ["RateLimit", "limit_api", "limit_of", "limit_visitors"]

_MOST_KEYS = 10_000


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many at once, and so many a minute after that, for each key.

    Parameters
    ----------
    burst
        How many may come at once.
    per_minute
        How many a minute in the long run.
    clock
        Seconds that only go forward.
    """

    burst: int
    per_minute: float
    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def take(self, key: str) -> int:
        """Count one; return how long to wait when it is one too many [s], else 0."""
        now = self.clock()
        with self._lock:
            left, at = self._buckets.pop(key, (float(self.burst), now))
            left = min(float(self.burst), left + (now - at) * self.per_minute / 60.0)
            wait = 0 if left >= 1.0 else math.ceil((1.0 - left) * 60.0 / self.per_minute)
            self._buckets[key] = (left - 1.0 if wait == 0 else left, now)
            while len(self._buckets) > _MOST_KEYS:
                self._buckets.popitem(last=False)
        return wait

    def check(self, key: str) -> None:
        """Refuse one too many.

        Raises
        ------
        HTTPException
            429, with the time to wait.
        """
        wait = self.take(key)
        if wait:
            raise HTTPException(429, headers={"Retry-After": str(wait)})


def limit_api(request: Request, principal: Annotated[Principal, Depends(current_principal)]) -> None:
    """Slow an account down that asks too often.

    A program that asks for a page of results ten times a second is let through; a loop gone wild is not.
    """
    limit_of(request, "api", burst=120, per_minute=600.0).check(principal.account_id)


def limit_visitors(request: Request) -> None:
    """Slow an address down that asks too often without an account: forms, and ways to identity providers."""
    limit_of(request, "visitors", burst=60, per_minute=60.0).check(find_address(request) or "proxy")


def limit_of(request: Request, name: str, *, burst: int, per_minute: float) -> RateLimit:
    """Return the limit of an application under a name, made when it is first asked for."""
    limits: dict[str, RateLimit] = request.app.state.rate_limits
    return limits.setdefault(name, RateLimit(burst=burst, per_minute=per_minute))
