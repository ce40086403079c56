"""Mixtures that carry the answer: of Gammas for a rate, of negative binomials for a count to come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["CountPrediction", "RatePosterior", "weigh_quantiles"]

FloatArray = NDArray[np.float64]

# Components that find where a quantile is before all of them say exactly where.
_SCOUTS = 256


@dataclass(frozen=True, slots=True)
class RatePosterior:
    """A weighted mixture of Gammas for a rate per entity and year.

    Parameters
    ----------
    shape, rate, weight
        One component per point [n]; weights sum to one.
    effective_size
        Of the importance sample.
    """

    shape: FloatArray
    rate: FloatArray
    weight: FloatArray
    effective_size: float

    def mean(self) -> float:
        """Return the posterior mean [1/y]."""
        return float(self.weight @ (self.shape / self.rate))

    def quantiles(self, probabilities: Sequence[float]) -> FloatArray:
        """Return quantiles [1/y]: safeguarded Newton steps on the logarithm of the rate."""
        scouts = pick_components(self.shape / self.rate, self.weight, count=_SCOUTS)
        few = (self.shape[scouts], self.rate[scouts], np.full(scouts.size, 1.0 / scouts.size))
        mean, square = (float(few[2] @ value) for value in (few[0] / few[1], few[0] * (few[0] + 1.0) / few[1] ** 2))
        matched = mean**2 / max(square - mean**2, 1e-300)
        found = []
        for u in probabilities:
            start = max(float(special.gammaincinv(matched, u)) * mean / matched, 1e-300)
            near = _solve_quantile(*few, u=u, start=start)
            found.append(_solve_quantile(self.shape, self.rate, self.weight, u=u, start=near))
        return np.array(found)

    def cdf(self, x: FloatArray) -> FloatArray:
        """Return P(rate <= x)."""
        return np.array(
            [float(self.weight @ special.gammainc(self.shape, value * self.rate)) for value in np.atleast_1d(x)]
        )

    def sample(self, u_component: FloatArray, u_rate: FloatArray) -> FloatArray:
        """Return rates [K] [1/y]: a component by its weight (ordered by mean), then its Gamma quantile."""
        order = np.argsort(self.shape / self.rate, kind="stable")
        cumulative = np.cumsum(self.weight[order])
        chosen = order[np.minimum(np.searchsorted(cumulative, u_component), order.size - 1)]
        return np.asarray(special.gammaincinv(self.shape[chosen], u_rate), dtype=np.float64) / self.rate[chosen]


@dataclass(frozen=True, slots=True)
class CountPrediction:
    """A weighted mixture of negative binomials for a count: Poisson, its rate known as a mixture of Gammas.

    Parameters
    ----------
    shape
        Of the Gamma of each component [n].
    seen
        Mean count of each component divided by its shape [n]: exposure × κ q / (1 − o) over the Gamma's rate.
    weight
        [n], sum to one.
    """

    shape: FloatArray
    seen: FloatArray
    weight: FloatArray

    def mean(self) -> float:
        """Return the expected count."""
        return float(self.weight @ (self.shape * self.seen))

    def pmf(self, counts: NDArray[np.int64]) -> FloatArray:
        """Return P(N = n), same shape as `counts`."""
        n = np.asarray(counts, dtype=np.float64)[..., None]
        log_seen = np.log(self.seen) - np.log1p(self.seen)
        log_pmf = (
            special.gammaln(self.shape + n)
            - special.gammaln(self.shape)
            - special.gammaln(n + 1.0)
            - self.shape * np.log1p(self.seen)
            + n * log_seen
        )
        return np.asarray(np.exp(log_pmf) @ self.weight, dtype=np.float64)

    def cdf(self, counts: NDArray[np.int64]) -> FloatArray:
        """Return P(N <= n), same shape as `counts`; 0 below zero."""
        n = np.asarray(counts, dtype=np.float64)[..., None]
        below = special.betainc(self.shape, np.maximum(n, 0.0) + 1.0, 1.0 / (1.0 + self.seen))
        return np.where(n[..., 0] < 0, 0.0, below @ self.weight)

    def quantiles(self, probabilities: Sequence[float]) -> NDArray[np.int64]:
        """Return the smallest counts whose CDF reaches the probabilities."""
        u = np.asarray(probabilities, dtype=np.float64)
        low = np.full(u.shape, -1, dtype=np.int64)
        high = np.full(u.shape, max(1, int(np.ceil(self.mean()))), dtype=np.int64)
        while np.any(short := self.cdf(high) < u):
            high = np.where(short, 2 * high, high)
        while np.any(high - low > 1):
            middle = (low + high) // 2
            reached = self.cdf(middle) >= u
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return high

    def thin(self, count: int) -> CountPrediction:
        """Return a mixture of `count` equal components that says nearly the same, faster."""
        chosen = pick_components(self.shape * self.seen, self.weight, count=count)
        return CountPrediction(self.shape[chosen], self.seen[chosen], np.full(chosen.size, 1.0 / chosen.size))


def pick_components(value: FloatArray, weight: FloatArray, *, count: int) -> NDArray[np.int64]:
    """Return `count` indices, as often as their weights say, spread evenly along `value` (systematic resampling)."""
    order = np.argsort(value, kind="stable")
    cumulative = np.cumsum(weight[order])
    places = (np.arange(count) + 0.5) / count * cumulative[-1]
    return np.asarray(order[np.searchsorted(cumulative, places)], dtype=np.int64)


def weigh_quantiles(values: FloatArray, weight: FloatArray, probabilities: Sequence[float]) -> FloatArray:
    """Return quantiles of weighted values, each value standing in the middle of its weight."""
    order = np.argsort(values, kind="stable")
    place = np.cumsum(weight[order]) - 0.5 * weight[order]
    return np.asarray(np.interp(probabilities, place, values[order]), dtype=np.float64)


def _solve_quantile(shape: FloatArray, rate: FloatArray, weight: FloatArray, *, u: float, start: float) -> float:
    """Return x with mixture CDF u, by Newton steps on log x kept between the bounds already found."""
    x, low, high = start, 0.0, np.inf
    constant = shape * np.log(rate) - special.gammaln(shape)
    for _ in range(200):
        gap = u - float(weight @ special.gammainc(shape, x * rate))
        if abs(gap) < 1e-12:
            break
        low, high = (x, high) if gap > 0 else (low, x)
        slope = float(weight @ np.exp(constant + shape * np.log(x) - rate * x))
        # A step of more than two is a far tail, where the density says little: halve or double instead.
        move = np.clip(gap / slope, -2.0, 2.0) if slope > 0 else 2.0 * np.sign(gap)
        target = x * float(np.exp(move))
        if not low < target < high:
            target = 0.5 * (low + high) if high < np.inf else 2.0 * x
        if abs(target - x) <= 1e-11 * x:
            return target
        x = target
    return x
