"""Random numbers of one decision: a seed and a path, nothing shared."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

__all__ = ["Chance"]


class Chance:
    """Random numbers that depend on a seed and on a path only, never on what was drawn elsewhere.

    Only the uniform stream of Philox is used: NumPy does not promise that its other draws stay the same.

    >>> float(Chance(1).branch(2).uniform(1)[0]) == float(Chance(1).branch(2).uniform(1)[0])
    True
    """

    def __init__(self, seed: int, path: tuple[int, ...] = ()) -> None:
        self._seed, self._path = seed, path
        self._stream = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=path)))

    def branch(self, name: int) -> Chance:
        """Return the random numbers of a part of this decision."""
        return Chance(self._seed, (*self._path, name))

    def uniform(self, count: int) -> NDArray[np.float64]:
        """Return numbers in [0, 1)."""
        return self._stream.random(count)

    def normal(self, count: int) -> NDArray[np.float64]:
        """Return standard normal numbers."""
        # The middle of the slice of 53 bits, so that 0 does not become minus infinity.
        drawn: NDArray[np.float64] = ndtri(self._stream.random(count) + 2.0**-54)
        return drawn

    def order(self, count: int) -> NDArray[np.int64]:
        """Return the numbers from 0 to `count` in a random order."""
        return np.argsort(self._stream.random(count), kind="stable").astype(np.int64)

    def below(self, limit: int, count: int) -> NDArray[np.int64]:
        """Return whole numbers from 0 to `limit`, the latter excluded."""
        return (self._stream.random(count) * limit).astype(np.int64)
