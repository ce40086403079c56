"""Many seeds at once: the very keys that ``numpy.random.SeedSequence`` gives one by one, without its cost.

The hash is that of M. E. O'Neill (seed_seq_fe128, 2015), which NumPy promises to keep for all versions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["spread_keys"]

_Words = NDArray[np.uint32]

_POOL = 4
_WORD = 0xFFFFFFFF
_HALF = np.uint32(16)
# Start and growth of the constants that go in and come out, and the two weights of a mix.
_IN, _IN_GROWTH = 0x43B0D7E5, 0x931E8875
_OUT, _OUT_GROWTH = 0x8B51F9DD, 0x58F38DED
_LEFT, _RIGHT = np.uint32(0xCA01F9DD), np.uint32(0x4973F715)


class _Hash:
    """Scrambles words with a constant that never comes twice."""

    def __init__(self, start: int, growth: int) -> None:
        self._constant, self._growth = start, growth

    def __call__(self, words: _Words) -> _Words:
        words = words ^ np.uint32(self._constant)
        self._constant = self._constant * self._growth & _WORD
        words = words * np.uint32(self._constant)
        return words ^ (words >> _HALF)


def _mix(one: _Words, other: _Words) -> _Words:
    words: _Words = one * _LEFT - other * _RIGHT
    return words ^ (words >> _HALF)


def spread_keys(seed: int, entities: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Return the Philox key of each entity [n, 2]: that of ``SeedSequence([seed, low word, high word])``.

    Parameters
    ----------
    seed
        Not negative.
    entities
        64-bit names [n].
    """
    words = [np.full(entities.size, word, np.uint32) for word in _cut(seed)]
    words += [(entities & np.uint64(_WORD)).astype(np.uint32), (entities >> np.uint64(32)).astype(np.uint32)]
    stir = _Hash(_IN, _IN_GROWTH)
    pool = [stir(word) for word in (*words, *[np.zeros(entities.size, np.uint32)] * _POOL)[:_POOL]]
    for source in range(_POOL):
        for target in range(_POOL):
            if source != target:
                pool[target] = _mix(pool[target], stir(pool[source]))
    for word in words[_POOL:]:
        pool = [_mix(target, stir(word)) for target in pool]
    draw = _Hash(_OUT, _OUT_GROWTH)
    low_1, high_1, low_2, high_2 = (draw(word).astype(np.uint64) for word in pool)
    return np.stack((low_1 | high_1 << np.uint64(32), low_2 | high_2 << np.uint64(32)), axis=1)


def _cut(number: int) -> list[int]:
    """Return the 32-bit words of a number, lowest first; one at least."""
    words = [number & _WORD]
    while number := number >> 32:
        words.append(number & _WORD)
    return words
