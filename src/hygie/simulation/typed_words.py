"""Random words of typed scenarios: Philox in a loop of its own, words folded towards the nearer end, tables read.

The same Philox4x32-10 as `streams`, written out so that the compiler turns four years into one vector.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.simulation.compiler import inline

__all__ = ["fill_words", "fold", "look_up", "unfold"]

_SIDE = 2048
"""Lines of one side of a quantile table."""


@inline
def fold(word: int) -> float:  # pragma: no cover - compiled
    """Return the signed distance of a word's uniform from the nearer end, in 2^-32: negative near 1."""
    # Two's complement does it: seen as a signed number, a word near 1 is -1 minus its distance. Thirty-two bits
    # wide, because only that conversion to floating point has a vector instruction on every machine.
    signed = np.float64(np.int32(np.uint32(word)))
    return signed + 0.5


@inline
def unfold(folded: float) -> float:  # pragma: no cover - compiled
    """Return the uniform of a folded word."""
    u = folded * 2.3283064365386963e-10
    return u if folded > 0.0 else 1.0 + u


@inline
def fill_words(
    k0: int, k1: int, low: int, high: int, first_year: int, tail: int,
    index: NDArray[np.int32], n: int,
    w0: NDArray[np.float64], w1: NDArray[np.float64], w2: NDArray[np.float64], w3: NDArray[np.float64],
) -> None:  # fmt: skip  # pragma: no cover - compiled
    """Fill four folded words for each listed year: Philox4x32-10 with its rounds written out."""
    mask = np.uint64(0xFFFFFFFF)
    shift = np.uint64(32)
    m0 = np.uint64(0xD2511F53)
    m1 = np.uint64(0xCD9E8D57)
    s0 = np.uint64(0x9E3779B9)
    s1 = np.uint64(0xBB67AE85)
    a0 = np.uint64(k0)
    b0 = np.uint64(k1)
    a1, b1 = (a0 + s0) & mask, (b0 + s1) & mask
    a2, b2 = (a1 + s0) & mask, (b1 + s1) & mask
    a3, b3 = (a2 + s0) & mask, (b2 + s1) & mask
    a4, b4 = (a3 + s0) & mask, (b3 + s1) & mask
    a5, b5 = (a4 + s0) & mask, (b4 + s1) & mask
    a6, b6 = (a5 + s0) & mask, (b5 + s1) & mask
    a7, b7 = (a6 + s0) & mask, (b6 + s1) & mask
    a8, b8 = (a7 + s0) & mask, (b7 + s1) & mask
    a9, b9 = (a8 + s0) & mask, (b8 + s1) & mask
    c0 = np.uint64(low)
    c1 = np.uint64(high)
    c3 = np.uint64(tail)
    p_start = m0 * c0
    # The first product of round one does not depend on the year.
    h_start = p_start >> shift
    l_start = p_start & mask
    for i in range(n):
        year = np.uint64(first_year + np.int64(index[i])) & mask
        p1 = m1 * year
        x0 = (p1 >> shift) ^ c1 ^ a0
        x1 = p1 & mask
        x2 = h_start ^ c3 ^ b0
        x3 = l_start
        p0 = m0 * x0
        p1 = m1 * x2
        x0 = (p1 >> shift) ^ x1 ^ a1
        x1 = p1 & mask
        x2 = (p0 >> shift) ^ x3 ^ b1
        x3 = p0 & mask
        p0 = m0 * x0
        p1 = m1 * x2
        x0 = (p1 >> shift) ^ x1 ^ a2
        x1 = p1 & mask
        x2 = (p0 >> shift) ^ x3 ^ b2
        x3 = p0 & mask
        p0 = m0 * x0
        p1 = m1 * x2
        x0 = (p1 >> shift) ^ x1 ^ a3
        x1 = p1 & mask
        x2 = (p0 >> shift) ^ x3 ^ b3
        x3 = p0 & mask
        p0 = m0 * x0
        p1 = m1 * x2
        x0 = (p1 >> shift) ^ x1 ^ a4
        x1 = p1 & mask
        x2 = (p0 >> shift) ^ x3 ^ b4
        x3 = p0 & mask
        p0 = m0 * x0
        p1 = m1 * x2
        x0 = (p1 >> shift) ^ x1 ^ a5
        x1 = p1 & mask
        x2 = (p0 >> shift) ^ x3 ^ b5
        x3 = p0 & mask
        p0 = m0 * x0
        p1 = m1 * x2
        x0 = (p1 >> shift) ^ x1 ^ a6
        x1 = p1 & mask
        x2 = (p0 >> shift) ^ x3 ^ b6
        x3 = p0 & mask
        p0 = m0 * x0
        p1 = m1 * x2
        x0 = (p1 >> shift) ^ x1 ^ a7
        x1 = p1 & mask
        x2 = (p0 >> shift) ^ x3 ^ b7
        x3 = p0 & mask
        p0 = m0 * x0
        p1 = m1 * x2
        x0 = (p1 >> shift) ^ x1 ^ a8
        x1 = p1 & mask
        x2 = (p0 >> shift) ^ x3 ^ b8
        x3 = p0 & mask
        p0 = m0 * x0
        p1 = m1 * x2
        w0[i] = fold((p1 >> shift) ^ x1 ^ a9)
        w1[i] = fold(p1 & mask)
        w2[i] = fold((p0 >> shift) ^ x3 ^ b9)
        w3[i] = fold(p0 & mask)


@inline
def look_up(table: NDArray[np.float64], bits: int, folded: float) -> float:  # pragma: no cover - compiled
    """Return the quantile of a folded word: its exponent and first mantissa bits name the line to follow."""
    cell = np.int64((bits & np.uint64(0x7FFFFFFFFFFFFFFF)) >> np.uint64(46)) - np.int64(65408)
    cell += np.int64(bits >> np.uint64(63)) * np.int64(_SIDE)
    return table[cell, 0] + table[cell, 1] * abs(folded)
