"""Shares of a change among its causes: Shapley values, exact for the few causes that a change has."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError

__all__ = ["MAX_CAUSES", "split_change"]

FloatArray = NDArray[np.float64]

# 2⁸ coalitions: what can still be enumerated when each is a simulation.
MAX_CAUSES = 8


def split_change(value: Callable[[frozenset[str]], FloatArray], causes: Sequence[str]) -> dict[str, FloatArray]:
    """Return what each cause contributes to the change from no cause to all of them.

    The Shapley value (Shapley 1953, doi:10.1515/9781400881970-018) is the average, over all orders in which the causes
    could come, of what a cause changes when it comes. Contributions sum to the total, causes that do the same get the
    same, and a cause that never changes anything gets zero.

    Parameters
    ----------
    value
        Figures [n] once a set of causes has come; asked once per set.
    causes
        Names, each once.

    Raises
    ------
    ModelError
        More than eight causes: give a stated order instead.

    Examples
    --------
    >>> figures = {frozenset(): 0.0, frozenset("a"): 1.0, frozenset("b"): 2.0, frozenset("ab"): 5.0}
    >>> parts = split_change(lambda come: np.array([figures[come]]), ["a", "b"])
    >>> {name: float(part[0]) for name, part in parts.items()}
    {'a': 2.0, 'b': 3.0}
    """
    count = len(causes)
    if len(set(causes)) < count or count > MAX_CAUSES:
        raise ModelError(
            "these causes cannot be told apart by enumeration",
            value=count,
            allowed=f"at most {MAX_CAUSES} causes, each once",
            repair="split the change into steps",
        )
    known = {
        frozenset(come): np.asarray(value(frozenset(come)), dtype=np.float64)
        for size in range(count + 1)
        for come in combinations(causes, size)
    }
    parts = {}
    for cause in causes:
        others = [other for other in causes if other != cause]
        part = np.zeros_like(known[frozenset()])
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for come in combinations(others, size):
                part = part + weight * (known[frozenset((*come, cause))] - known[frozenset(come)])
        parts[cause] = part
    return parts
