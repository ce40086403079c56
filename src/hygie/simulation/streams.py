"""Identity-keyed random streams: Philox4x32-10, the counter is the coordinate.

A random number is a pure function of *what it decides*: key = (seed, draw), counter = (entity, year, occurrence,
stream). Nothing is drawn in sequence, so threads, block sizes and added facilities cannot shift a number.

Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3",
doi:10.1145/2063384.2063405. Known-answer vectors of the authors are in ``tests/oracle/test_philox.py``.
"""

from __future__ import annotations

from enum import IntEnum
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hygie.simulation.compiler import inline, kernel

__all__ = ["MAX_OCCURRENCE", "Stream", "derive_keys", "draw_block", "philox4x32", "philox_block", "to_uniform"]

MAX_OCCURRENCE = 1 << 12


class Stream(IntEnum):
    """Decisions, in the order they were invented. Append only: a number is never reused."""

    COUNTS = 0
    ATTEMPT = 1
    CLOCK = 2
    RACE = 3
    EDGE = 4
    ZONE = 5
    AFTERMATH = 6
    SCAR = 7
    LOSS_ITEM = 8
    LINK = 9
    PROVIDER = 10
    CLIENT = 11
    CAMPAIGN = 12
    VICTIM = 13
    RANSOM = 14


@lru_cache(maxsize=8)
def derive_keys(seed: int, draws: int) -> NDArray[np.uint32]:
    """Return one Philox key per epistemic draw, shape [draws, 2], read-only."""
    keys = np.empty((draws, 2), dtype=np.uint32)
    for draw in range(draws):
        keys[draw] = np.random.SeedSequence(seed, spawn_key=(draw,)).generate_state(2, np.uint32)
    keys.flags.writeable = False
    return keys


@inline
def philox4x32(
    c0: int, c1: int, c2: int, c3: int, k0: int, k1: int
) -> tuple[int, int, int, int]:  # pragma: no cover - compiled
    """Return the four 32-bit words of Philox4x32-10, each held in a uint64."""
    mask = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    m0 = np.uint64(0xD2511F53)
    m1 = np.uint64(0xCD9E8D57)
    w0 = np.uint64(0x9E3779B9)
    w1 = np.uint64(0xBB67AE85)
    x0, x1, x2, x3 = np.uint64(c0), np.uint64(c1), np.uint64(c2), np.uint64(c3)
    key0, key1 = np.uint64(k0), np.uint64(k1)
    for _ in range(10):
        p0 = m0 * x0
        p1 = m1 * x2
        x0 = (p1 >> shift) ^ x1 ^ key0
        x1 = p1 & mask
        x2 = (p0 >> shift) ^ x3 ^ key1
        x3 = p0 & mask
        key0 = (key0 + w0) & mask
        key1 = (key1 + w1) & mask
    return x0, x1, x2, x3


@inline
def to_uniform(word: int) -> float:  # pragma: no cover - compiled
    """Return the midpoint of the word's slice of (0, 1): never 0, never 1."""
    return (np.float64(word) + 0.5) * 2.3283064365386963e-10


@inline
def draw_block(
    k0: int, k1: int, entity: int, year: int, occurrence: int, stream: int
) -> tuple[float, float, float, float]:  # pragma: no cover - compiled
    """Return the four uniforms of one decision."""
    mask = np.uint64(0xFFFFFFFF)
    tail = (np.uint64(occurrence) << np.uint64(20)) | np.uint64(stream)
    a, b, c, d = philox4x32(entity & mask, entity >> np.uint64(32), np.uint64(year), tail & mask, k0, k1)
    return to_uniform(a), to_uniform(b), to_uniform(c), to_uniform(d)


@kernel
def philox_block(
    counters: NDArray[np.uint32], keys: NDArray[np.uint32], out: NDArray[np.uint32]
) -> None:  # pragma: no cover - compiled
    """Fill `out` [n, 4] with the Philox words of `counters` [n, 4] under `keys` [n, 2]."""
    for i in range(counters.shape[0]):
        a, b, c, d = philox4x32(counters[i, 0], counters[i, 1], counters[i, 2], counters[i, 3], keys[i, 0], keys[i, 1])
        out[i, 0] = np.uint32(a)
        out[i, 1] = np.uint32(b)
        out[i, 2] = np.uint32(c)
        out[i, 3] = np.uint32(d)
