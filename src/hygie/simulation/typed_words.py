"""Random words of typed scenarios: Philox in a loop of its own, words folded towards the nearer end, tables read.

The same Philox4x32-10 as `streams`, written out so that the compiler turns four years into one vector.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.simulation.compiler import inline

__all__ = ["STREAM_BITS", "TABLE_SIZE", "fill_words", "fold", "look_up", "look_up_word"]

STREAM_BITS = 13
"""Where the number of a decision begins in the last word of the counter, above its stream."""

_CELLS = 64
_SIDE = 32 * _CELLS
"""Lines of one side of a quantile table."""

TABLE_SIZE = 4 * _SIDE
"""Numbers in a quantile table: two sides, two numbers a line."""


@inline
def fold(word: int) -> float:  # pragma: no cover - compiled
    """Return the signed distance of a word's uniform from the nearer end, in 2^-32: negative near 1."""
    # Two's complement does it: seen as a signed number, a word near 1 is -1 minus its distance. Thirty-two bits
    # wide, because only that conversion to floating point has a vector instruction on every machine.
    signed = np.float64(np.int32(np.uint32(word)))
    return signed + 0.5


@inline
def fill_words(
    k0: int, k1: int, low: int, high: int, first: int, stream: int,
    group: NDArray[np.uint32], number: NDArray[np.uint32], n: int,
    w0: NDArray[np.uint32], w1: NDArray[np.uint32], w2: NDArray[np.uint32], w3: NDArray[np.uint32],
) -> None:  # fmt: skip  # pragma: no cover - compiled
    """Fill the four words of each listed (group, number): Philox4x32-10 with its rounds written out.

    The counter is entity (`low`, `high`), `first` + group, and number and stream together.
    """
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
    c3 = np.uint64(stream)
    wide = np.uint64(STREAM_BITS)
    p_start = m0 * c0
    # The first product of round one is the same for all.
    h_start = p_start >> shift
    l_start = p_start & mask
    for i in range(n):
        p1 = m1 * ((np.uint64(first) + np.uint64(group[i])) & mask)
        x0 = (p1 >> shift) ^ c1 ^ a0
        x1 = p1 & mask
        x2 = h_start ^ ((np.uint64(number[i]) << wide) | c3) ^ b0
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
        w0[i] = np.uint32((p1 >> shift) ^ x1 ^ a9)
        w1[i] = np.uint32(p1)
        w2[i] = np.uint32((p0 >> shift) ^ x3 ^ b9)
        w3[i] = np.uint32(p0)


@inline
def _read_line(table: NDArray[np.float64], bits: int, folded: float) -> float:  # pragma: no cover - compiled
    # The exponent and the first mantissa bits of a folded word name the line to follow. Unsigned: an index that could
    # be below zero costs a comparison.
    line = ((bits & np.uint64(0x7FFFFFFFFFFFFFFF)) >> np.uint64(46)) - np.uint64(65408)
    place = (line + (bits >> np.uint64(63)) * np.uint64(_SIDE)) << np.uint64(1)
    return table[place] + table[place | np.uint64(1)] * abs(folded)


@inline
def look_up(
    table: NDArray[np.float64], words: NDArray[np.uint32], n: int,
    folded: NDArray[np.float64], out: NDArray[np.float64],
) -> None:  # fmt: skip  # pragma: no cover - compiled
    """Fill the quantiles of the first `n` words; `table` holds its lines one after the other, `folded` is a buffer."""
    bits = folded.view(np.uint64)
    for i in range(n):
        folded[i] = fold(words[i])
    for i in range(n):
        out[i] = _read_line(table, bits[i], folded[i])


@inline
def look_up_word(table: NDArray[np.float64], word: int) -> float:  # pragma: no cover - compiled
    """Return the quantile of one word, exactly as `look_up` does."""
    folded = fold(word)
    distance = abs(folded)
    octave = 0
    while distance >= 1.0:
        distance *= 0.5
        octave += 1
    # Half a unit is the only distance below 1: octave 0, mantissa ½.
    line = octave * _CELLS + np.int64((distance * 2.0 - 1.0) * _CELLS)
    if folded < 0.0:
        line += _SIDE
    return table[2 * line] + table[2 * line + 1] * abs(folded)
