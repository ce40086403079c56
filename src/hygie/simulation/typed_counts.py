"""How many attempts: Poisson counts of sixteen years at once, by inversion, and which words can become a loss."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.simulation.compiler import inline
from hygie.simulation.typed_words import look_up_word

__all__ = ["GUIDE", "MAX_LINES", "build_counts", "count_attempts", "find_last_word"]

GUIDE = 256
MAX_LINES = 4096
"""Lines of a distribution function: more than 20 standard deviations at the highest rate that a register may hold."""

_NEGLIGIBLE = 1e-20
_SLACK = 1e-6


@inline
def build_counts(rate: float, cdf: NDArray[np.float64], guide: NDArray[np.int32]) -> int:  # pragma: no cover - compiled
    """Fill the Poisson distribution function and where to start looking in it; return the count of its first line.

    Terms are relative to the one at the mode, so that no rate is too high for them.
    """
    low = np.int64(rate)
    term = 1.0
    while low > 0 and term >= _NEGLIGIBLE:
        term *= low / rate
        low -= 1
    n = low
    total = term
    cdf[0] = total
    while n - low < MAX_LINES - 1 and (n < rate or term >= _NEGLIGIBLE):
        n += 1
        term *= rate / n
        total += term
        cdf[n - low] = total
    for line in range(n - low):
        cdf[line] /= total
    cdf[n - low] = 2.0
    place = 0
    for slot in range(GUIDE):
        while cdf[place] < slot / GUIDE:
            place += 1
        guide[slot] = place
    return low


@inline
def count_attempts(
    word: int, low: int, cdf: NDArray[np.float64], guide: NDArray[np.int32]
) -> int:  # pragma: no cover - compiled
    """Return the smallest count whose distribution function reaches the uniform of `word`."""
    uniform = (np.float64(word) + 0.5) * 2.3283064365386963e-10
    line = guide[np.int64(word) >> 24]
    while cdf[line] < uniform:
        line += 1
    return low + line


@inline
def find_last_word(
    push: NDArray[np.float64], factor: float, hold: NDArray[np.float64], shift: float
) -> int:  # pragma: no cover - compiled
    """Return the last word of hold that the strongest push can still beat, or one shortly after it; -1 if none.

    Quantile functions rise: words beyond it need not be looked at. The slack is far above rounding in the tables, and
    only costs a look at words that turn out to hold.
    """
    top = look_up_word(push, np.uint32(0xFFFFFFFF)) * factor
    bound = top + _SLACK * (abs(top) + abs(shift))
    below, beyond = np.int64(-1), np.int64(1) << 32
    while beyond - below > 1:
        middle = (below + beyond) >> 1
        if look_up_word(hold, np.uint32(middle)) + shift <= bound:
            below = middle
        else:
            beyond = middle
    return below
