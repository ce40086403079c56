"""How good a forecast of a count was: log score, CRPS, PIT, coverage; and how sure a mean difference of scores is.

Scores are proper (Gneiting & Raftery 2007, doi:10.1198/016214506000001437). For counts the PIT has jumps: it is
randomised, or averaged over that randomisation (Czado, Gneiting & Held 2009, doi:10.1111/j.1541-0420.2009.01191.x).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["CountForecast", "MeanDifference", "mean_difference"]

FloatArray = NDArray[np.float64]

# A table of probabilities ends when so little is left, or far beyond what nearly all parts of the mixture expect.
_TAIL = 1e-5
_LEAST_TABLE, _FAR = 1024, 8.0
_BLOCK = 64
_MODEST = 64.0


@dataclass(frozen=True)
class CountForecast:
    """A predictive distribution of one count: a mixture of negative binomials and Poissons.

    Parameters
    ----------
    size
        Size r of each part, whose variance is mean + mean² / r; infinite for a Poisson [n].
    centre
        Mean of each part [events], [n].
    weight
        Of each part; they sum to one [n].
    """

    size: FloatArray
    centre: FloatArray
    weight: FloatArray

    @cached_property
    def probabilities(self) -> FloatArray:
        """P(0), P(1), … up to where what is left, squared in the CRPS, is nothing."""
        order = np.argsort(self.centre)
        place = min(int(np.searchsorted(np.cumsum(self.weight[order]), 0.99)), order.size - 1)
        far = float(self.centre[order][place])
        parts: list[FloatArray] = []
        begin, block, left = 0, _BLOCK, 1.0
        while left > _TAIL and begin < _LEAST_TABLE + _FAR * far:
            parts.append(self._tabulate(np.arange(begin, begin + block, dtype=np.float64)))
            left -= float(parts[-1].sum())
            begin += block
            block = begin
        return np.concatenate(parts)

    def _tabulate(self, counts: FloatArray) -> FloatArray:
        found = np.zeros(counts.size)
        # One size at a time: what depends on the count alone is computed once.
        for size in np.unique(self.size):
            same = self.size == size
            head, tilt, base = _split_log_probability(counts, size, self.centre[same])
            if size > _MODEST:
                found += self.weight[same] @ np.exp(head + np.multiply.outer(tilt, counts) + base[:, None])
                continue
            # x^(64 a + b) = x^(64 a) x^b: far fewer exponentials, and within the range of floats for modest sizes.
            coarse = np.exp(np.multiply.outer(tilt, counts[::_BLOCK]) + base[:, None]) * self.weight[same][:, None]
            fine = np.exp(np.multiply.outer(tilt, np.arange(_BLOCK, dtype=np.float64)))
            found += np.exp(head) * (coarse.T @ fine).ravel()
        return found

    def mean(self) -> float:
        """Return the expected count."""
        return float(self.weight @ self.centre)

    def log_score(self, count: int) -> float:
        """Return ln P(count), however unlikely it was; higher is better.

        Examples
        --------
        >>> coin = CountForecast(np.array([np.inf]), np.array([np.log(2.0)]), np.ones(1))
        >>> round(float(np.exp(coin.log_score(0))), 6)
        0.5
        """
        if count < self.probabilities.size and self.probabilities[count] > 1e-200:
            return float(np.log(self.probabilities[count]))
        parts = np.empty(self.size.size)
        for size in np.unique(self.size):
            same = self.size == size
            head, tilt, base = _split_log_probability(np.array([float(count)]), size, self.centre[same])
            parts[same] = head[0] + tilt * count + base
        return float(special.logsumexp(parts, b=self.weight))

    def crps(self, count: int) -> float:
        """Return Σ_k (P(X <= k) − 1{count <= k})² [events]; lower is better."""
        cumulative = self._cumulative
        below = cumulative[:count]
        # Beyond the table the distribution function is one.
        missed = max(count - cumulative.size, 0)
        return float(below @ below) + missed + float(np.sum((1.0 - cumulative[count:]) ** 2))

    def pit(self, count: int, u: float) -> float:
        """Return the randomised PIT P(X < count) + u P(X = count), uniform when the forecast is right."""
        low, high = self._pit_bounds(count)
        return low + u * (high - low)

    def covers(self, count: int, level: float) -> float:
        """Return the chance that the randomised PIT lies in the central band of probability `level`.

        Its mean over forecasts is `level` when they are right, which the share of counts within rounded bands is not.
        """
        return self.pit_share(count, 0.5 - 0.5 * level, 0.5 + 0.5 * level)

    def pit_share(self, count: int, begin: float, end: float) -> float:
        """Return the chance that the randomised PIT lies between two probabilities."""
        low, high = self._pit_bounds(count)
        if high - low < 1e-15:
            return float(begin <= low <= end)
        return max(min(high, end) - max(low, begin), 0.0) / (high - low)

    def band(self, level: float) -> tuple[int, int]:
        """Return the smallest counts whose distribution function reaches the two ends of the central band."""
        cumulative = self._cumulative
        ends = np.searchsorted(cumulative, [0.5 - 0.5 * level, 0.5 + 0.5 * level])
        return int(ends[0]), int(min(ends[1], cumulative.size - 1))

    @cached_property
    def _cumulative(self) -> FloatArray:
        return np.minimum(np.cumsum(self.probabilities), 1.0)

    def _pit_bounds(self, count: int) -> tuple[float, float]:
        cumulative = self._cumulative
        if count >= cumulative.size:
            return 1.0, 1.0
        return (float(cumulative[count - 1]) if count else 0.0), float(cumulative[count])


def _split_log_probability(
    counts: FloatArray, size: float, mean: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return (head, tilt, base) such that ln P(count) = head(count) + tilt(mean) × count + base(mean)."""
    factorial = special.gammaln(counts + 1.0)
    if np.isinf(size):
        return -factorial, np.log(mean), -mean
    head = special.gammaln(counts + size) - special.gammaln(size) - factorial
    return head, -np.log1p(size / mean), -size * np.log1p(mean / size)


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """A mean with its standard error, robust to the memory of the values, and the lags that it allows for."""

    mean: float
    error: float
    lags: int


def mean_difference(values: Sequence[float] | FloatArray) -> MeanDifference:
    """Return the mean of paired differences in time order, with its Newey–West standard error.

    Bartlett weights over ⌊4 (n/100)^(2/9)⌋ lags (Newey & West 1987, doi:10.2307/1913610; 1994, doi:10.2307/2297912);
    comparing forecasts this way is the test of Diebold & Mariano (1995, doi:10.1080/07350015.1995.10524599).

    Examples
    --------
    >>> mean_difference([1.0, 1.0, 1.0]).error
    0.0
    """
    x = np.asarray(values, dtype=np.float64)
    n = x.size
    lags = int(4.0 * (n / 100.0) ** (2.0 / 9.0)) if n > 1 else 0
    lags = min(lags, max(n - 1, 0))
    centred = x - x.mean()
    variance = float(centred @ centred) / n
    for lag in range(1, lags + 1):
        variance += 2.0 * (1.0 - lag / (lags + 1.0)) * float(centred[lag:] @ centred[:-lag]) / n
    # n − 1 as for independent values: Bartlett weights keep the estimate from being negative.
    error = float(np.sqrt(max(variance, 0.0) / (n - 1))) if n > 1 else float("inf")
    return MeanDifference(float(x.mean()), error, lags)
