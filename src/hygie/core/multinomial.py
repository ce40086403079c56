"""Multinomial counts against a model of their shares: likelihood and predictive check, both exact for small totals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["list_counts", "log_dirichlet_multinomial", "predictive_p", "split_quantiles"]

FloatArray = NDArray[np.float64]


def list_counts(total: int, groups: int) -> NDArray[np.int64]:
    """Return every way to split `total` into `groups` counts [ways, groups].

    >>> list_counts(2, 2).tolist()
    [[0, 2], [1, 1], [2, 0]]
    """
    bars = np.array(list(combinations(range(total + groups - 1), groups - 1)), dtype=np.int64)
    edges = np.concatenate(
        [np.full((bars.shape[0], 1), -1), bars, np.full((bars.shape[0], 1), total + groups - 1)], axis=1
    )
    return np.asarray(np.diff(edges, axis=1) - 1, dtype=np.int64)


def log_dirichlet_multinomial(observed: Sequence[int], simulated: FloatArray, *, prior: float = 0.5) -> FloatArray:
    """Return ln P(observed) [K] where shares are known through simulated counts [K, groups] only.

    Shares given `simulated` are Dirichlet(simulated + prior), so the noise of the simulation is part of the likelihood.
    """
    counts = np.asarray(observed, dtype=np.float64)
    alpha = simulated + prior
    total = alpha.sum(axis=1)
    ways = special.gammaln(counts.sum() + 1.0) - special.gammaln(counts + 1.0).sum()
    return np.asarray(
        ways
        + special.gammaln(total)
        - special.gammaln(total + counts.sum())
        + (special.gammaln(alpha + counts) - special.gammaln(alpha)).sum(axis=1),
        dtype=np.float64,
    )


def _mass(table: NDArray[np.int64], shares: FloatArray) -> FloatArray:
    """Return P(table row | shares) [K, ways]."""
    ways = special.gammaln(table.sum(axis=1) + 1.0) - special.gammaln(table + 1.0).sum(axis=1)
    return np.asarray(np.exp(ways + special.xlogy(table[None], shares[:, None, :]).sum(axis=2)), dtype=np.float64)


def predictive_p(observed: Sequence[int], shares: FloatArray) -> float:
    """Return the posterior predictive p-value of counts, over draws of their shares [K, groups].

    ``p = mean over draws of P(X²(y, share) ≥ X²(observed, share))`` with Pearson's X², the realised discrepancy of
    Gelman, Meng & Stern (1996). Every possible y is enumerated: there is no sampling error. With one draw it is the
    exact multinomial goodness-of-fit test. Near 0 the model cannot produce the counts; near 1 it fits them too closely.
    """
    safe = np.clip(shares, 1e-9, None)
    safe = safe / safe.sum(axis=1, keepdims=True)
    counts = np.asarray(observed, dtype=np.int64)
    table = list_counts(int(counts.sum()), counts.size)
    expected = safe * counts.sum()
    total = 0.0
    # In slices: a thousand draws times some hundred ways at a time.
    for start in range(0, safe.shape[0], 500):
        part = slice(start, start + 500)
        mass = _mass(table, safe[part])
        discrepancy = ((table[None] - expected[part, None, :]) ** 2 / expected[part, None, :]).sum(axis=2)
        limit = ((counts - expected[part]) ** 2 / expected[part]).sum(axis=1)
        total += float((mass * (discrepancy >= limit[:, None] * (1.0 - 1e-12))).sum())
    return float(total / safe.shape[0])


def split_quantiles(total: int, shares: FloatArray, probabilities: Sequence[float]) -> NDArray[np.int64]:
    """Return predictive quantiles of each count [groups, probabilities], over draws of the shares [K, groups]."""
    values = np.arange(total + 1)
    ways = special.gammaln(total + 1.0) - special.gammaln(values + 1.0) - special.gammaln(total - values + 1.0)
    result = []
    for share in np.clip(shares.T, 1e-12, 1.0 - 1e-12):
        log_mass = ways + np.outer(np.log(share), values) + np.outer(np.log1p(-share), total - values)
        below = np.cumsum(np.exp(log_mass).mean(axis=0))
        result.append([int(np.searchsorted(below, q)) for q in probabilities])
    return np.array(result, dtype=np.int64)
