"""Probability distributions by their inverse CDF.

Every draw in hygie is the inverse CDF of its own uniform: a changed parameter moves one value and no other.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from math import exp, inf, log, sqrt
from typing import ClassVar

import numpy as np
import scipy
from numpy.typing import NDArray

from hygie.core.errors import ElicitationError

__all__ = [
    "Beta",
    "Constant",
    "Distribution",
    "Empirical",
    "Gamma",
    "LogNormal",
    "Mixture",
    "NegativeBinomial",
    "Normal",
    "Pert",
    "Poisson",
    "Triangular",
    "Truncated",
    "Uniform",
]

FloatArray = NDArray[np.float64]

MAX_LOG_SD = 2.0
# Beyond so many possible counts, steps are so small that quadrature sees a smooth curve.
MAX_ATOMS = 100_000


def _require(condition: bool, message: str, *, value: object = None, allowed: str | None = None, repair: str) -> None:
    if not condition:
        raise ElicitationError(message, value=value, allowed=allowed, repair=repair)


class Distribution(ABC):
    """A one-dimensional distribution, frozen, described by its quantile function."""

    family: ClassVar[str]

    @abstractmethod
    def ppf(self, u: FloatArray) -> FloatArray:
        """Return the quantiles at probabilities `u` in (0, 1), same shape."""

    @abstractmethod
    def cdf(self, x: FloatArray) -> FloatArray:
        """Return P(X <= x), same shape as `x`."""

    @abstractmethod
    def mean(self) -> float:
        """Return the mean."""

    @property
    @abstractmethod
    def support(self) -> tuple[float, float]:
        """Smallest and largest possible value."""

    def quantile(self, probability: float) -> float:
        """Return one quantile as a float."""
        return float(self.ppf(np.array([probability]))[0])

    @property
    def is_discrete(self) -> bool:
        """True for counts."""
        return False


@dataclass(frozen=True, slots=True)
class Constant(Distribution):
    """A value taken as known."""

    family = "constant"
    value: float

    def ppf(self, u: FloatArray) -> FloatArray:
        return np.full(np.shape(u), self.value, dtype=np.float64)

    def cdf(self, x: FloatArray) -> FloatArray:
        return (np.asarray(x) >= self.value).astype(np.float64)

    def mean(self) -> float:
        return self.value

    @property
    def support(self) -> tuple[float, float]:
        return self.value, self.value


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """All values between `low` and `high` alike."""

    family = "uniform"
    low: float
    high: float

    def __post_init__(self) -> None:
        _require(self.low < self.high, "low must be below high", value=(self.low, self.high), repair="swap the two")

    def ppf(self, u: FloatArray) -> FloatArray:
        return self.low + (self.high - self.low) * np.asarray(u, dtype=np.float64)

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.clip((np.asarray(x, dtype=np.float64) - self.low) / (self.high - self.low), 0.0, 1.0)

    def mean(self) -> float:
        return 0.5 * (self.low + self.high)

    @property
    def support(self) -> tuple[float, float]:
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Triangular(Distribution):
    """Lowest, most likely and highest value, joined by straight lines."""

    family = "triangular"
    low: float
    mode: float
    high: float

    def __post_init__(self) -> None:
        _require(
            self.low <= self.mode <= self.high and self.low < self.high,
            "values must increase: low ≤ mode ≤ high",
            value=(self.low, self.mode, self.high),
            repair="put them in increasing order",
        )

    def ppf(self, u: FloatArray) -> FloatArray:
        u = np.asarray(u, dtype=np.float64)
        width = self.high - self.low
        split = (self.mode - self.low) / width
        rising = self.low + np.sqrt(u * width * (self.mode - self.low))
        falling = self.high - np.sqrt((1.0 - u) * width * (self.high - self.mode))
        return np.where(u < split, rising, falling)

    def cdf(self, x: FloatArray) -> FloatArray:
        x = np.clip(np.asarray(x, dtype=np.float64), self.low, self.high)
        width = self.high - self.low
        with np.errstate(divide="ignore", invalid="ignore"):
            rising = (x - self.low) ** 2 / (width * (self.mode - self.low))
            falling = 1.0 - (self.high - x) ** 2 / (width * (self.high - self.mode))
        return np.where(x < self.mode, rising, np.where(x >= self.high, 1.0, falling))

    def mean(self) -> float:
        return (self.low + self.mode + self.high) / 3.0

    @property
    def support(self) -> tuple[float, float]:
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Beta(Distribution):
    """A share between 0 and 1, with shape parameters `a` and `b` (both > 0)."""

    family = "beta"
    a: float
    b: float

    def __post_init__(self) -> None:
        _require(
            self.a > 0 and self.b > 0,
            "shape parameters must be positive",
            value=(self.a, self.b),
            repair="use a > 0, b > 0",
        )

    @classmethod
    def from_mean(cls, mean: float, size: float) -> Beta:
        """Build from a mean in (0, 1) and an equivalent sample size n > 0: a = mean·n, b = (1 − mean)·n."""
        _require(0 < mean < 1, "the mean of a share lies strictly between 0 and 1", value=mean, repair="check the unit")
        return cls(mean * size, (1.0 - mean) * size)

    def ppf(self, u: FloatArray) -> FloatArray:
        return np.asarray(scipy.special.betaincinv(self.a, self.b, u), dtype=np.float64)

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(scipy.special.betainc(self.a, self.b, np.clip(x, 0.0, 1.0)), dtype=np.float64)

    def mean(self) -> float:
        return self.a / (self.a + self.b)

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, 1.0


@dataclass(frozen=True, slots=True)
class Pert(Distribution):
    """Beta-PERT: lowest, most likely, highest, with weight `gamma` on the mode (4 by custom)."""

    family = "pert"
    low: float
    mode: float
    high: float
    gamma: float = 4.0

    def __post_init__(self) -> None:
        _require(
            self.low <= self.mode <= self.high and self.low < self.high,
            "values must increase: low ≤ mode ≤ high",
            value=(self.low, self.mode, self.high),
            repair="put them in increasing order",
        )
        _require(self.gamma > 0, "gamma must be positive", value=self.gamma, repair="leave gamma out to use 4")

    def _beta(self) -> Beta:
        width = self.high - self.low
        return Beta(
            1.0 + self.gamma * (self.mode - self.low) / width,
            1.0 + self.gamma * (self.high - self.mode) / width,
        )

    def ppf(self, u: FloatArray) -> FloatArray:
        return self.low + (self.high - self.low) * self._beta().ppf(u)

    def cdf(self, x: FloatArray) -> FloatArray:
        return self._beta().cdf((np.asarray(x, dtype=np.float64) - self.low) / (self.high - self.low))

    def mean(self) -> float:
        return (self.low + self.gamma * self.mode + self.high) / (self.gamma + 2.0)

    @property
    def support(self) -> tuple[float, float]:
        return self.low, self.high


@dataclass(frozen=True, slots=True)
class Normal(Distribution):
    """Normal with `mean_value` and `sd` > 0."""

    family = "normal"
    mean_value: float
    sd: float

    def __post_init__(self) -> None:
        _require(self.sd > 0, "the standard deviation must be positive", value=self.sd, repair="use sd > 0")

    def ppf(self, u: FloatArray) -> FloatArray:
        return self.mean_value + self.sd * np.asarray(scipy.special.ndtri(u), dtype=np.float64)

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(scipy.special.ndtr((np.asarray(x, dtype=np.float64) - self.mean_value) / self.sd))

    def mean(self) -> float:
        return self.mean_value

    @property
    def support(self) -> tuple[float, float]:
        return -inf, inf


@dataclass(frozen=True, slots=True)
class LogNormal(Distribution):
    """exp(Normal(mu, sigma)). Refused untruncated above sigma 2: its mean would rest on values nobody has seen."""

    family = "lognormal"
    mu: float
    sigma: float

    def __post_init__(self) -> None:
        _require(self.sigma > 0, "sigma must be positive", value=self.sigma, repair="use a constant for a known value")

    @classmethod
    def from_quantiles(cls, low: float, high: float, *, probability: float) -> LogNormal:
        """Build from the symmetric quantiles at `probability` and 1 − `probability` (0 < low < high)."""
        _require(
            0 < low < high,
            "quantiles of a lognormal are positive and increase",
            value=(low, high),
            repair="check the order and the unit of the two quantiles",
        )
        z = float(scipy.special.ndtri(1.0 - probability))
        return cls(0.5 * (log(low) + log(high)), (log(high) - log(low)) / (2.0 * z))

    @classmethod
    def from_moments(cls, mean: float, sd: float) -> LogNormal:
        """Build from mean > 0 and standard deviation > 0."""
        _require(mean > 0 and sd > 0, "mean and sd must be positive", value=(mean, sd), repair="check the two values")
        variance = log(1.0 + (sd / mean) ** 2)
        return cls(log(mean) - 0.5 * variance, sqrt(variance))

    def ppf(self, u: FloatArray) -> FloatArray:
        return np.exp(self.mu + self.sigma * np.asarray(scipy.special.ndtri(u), dtype=np.float64))

    def cdf(self, x: FloatArray) -> FloatArray:
        x = np.asarray(x, dtype=np.float64)
        with np.errstate(divide="ignore"):
            return np.asarray(scipy.special.ndtr((np.log(np.maximum(x, 0.0)) - self.mu) / self.sigma))

    def mean(self) -> float:
        return exp(self.mu + 0.5 * self.sigma**2)

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, inf


@dataclass(frozen=True, slots=True)
class Gamma(Distribution):
    """Gamma with `shape` and `rate` (both > 0), mean shape/rate."""

    family = "gamma"
    shape: float
    rate: float

    def __post_init__(self) -> None:
        _require(
            self.shape > 0 and self.rate > 0,
            "shape and rate must be positive",
            value=(self.shape, self.rate),
            repair="use values above 0",
        )

    def ppf(self, u: FloatArray) -> FloatArray:
        return np.asarray(scipy.special.gammaincinv(self.shape, u), dtype=np.float64) / self.rate

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(scipy.special.gammainc(self.shape, np.maximum(x, 0.0) * self.rate), dtype=np.float64)

    def mean(self) -> float:
        return self.shape / self.rate

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, inf


@dataclass(frozen=True, slots=True)
class Empirical(Distribution):
    """Observed values, each as likely as its weight; the quantile is the smallest value whose CDF reaches u."""

    family = "empirical"
    values: tuple[float, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        _require(len(self.values) > 0, "at least one value is needed", repair="list the observed values")
        if self.weights:
            _require(
                len(self.weights) == len(self.values) and min(self.weights) >= 0 and sum(self.weights) > 0,
                "one weight ≥ 0 per value, not all zero",
                value=self.weights,
                repair="give as many weights as values, or none",
            )

    def _table(self) -> tuple[FloatArray, FloatArray]:
        values = np.asarray(self.values, dtype=np.float64)
        weights = np.asarray(self.weights or np.ones(values.size), dtype=np.float64)
        order = np.argsort(values, kind="stable")
        return values[order], np.cumsum(weights[order]) / weights.sum()

    def ppf(self, u: FloatArray) -> FloatArray:
        values, cumulative = self._table()
        index = np.searchsorted(cumulative, np.asarray(u) * (1.0 - 1e-15), side="left")
        return values[np.minimum(index, values.size - 1)]

    def cdf(self, x: FloatArray) -> FloatArray:
        values, cumulative = self._table()
        index = np.searchsorted(values, np.asarray(x), side="right")
        return np.concatenate(([0.0], cumulative))[index]

    def mean(self) -> float:
        values, cumulative = self._table()
        return float(values @ np.diff(cumulative, prepend=0.0))

    @property
    def support(self) -> tuple[float, float]:
        return min(self.values), max(self.values)


@dataclass(frozen=True, slots=True)
class Truncated(Distribution):
    """Another distribution, conditioned on lying between `lower` and `upper`."""

    family = "truncated"
    base: Distribution
    lower: float
    upper: float

    def __post_init__(self) -> None:
        _require(
            self.lower < self.upper,
            "lower bound must be below upper bound",
            value=(self.lower, self.upper),
            repair="swap the two",
        )
        low, high = self._mass()
        _require(
            high - low > 1e-6,
            "the bounds leave almost nothing of the distribution",
            value=(self.lower, self.upper),
            repair="widen the bounds or move the distribution",
        )

    @property
    def is_discrete(self) -> bool:
        return self.base.is_discrete

    def _mass(self) -> tuple[float, float]:
        # Both bounds belong to the interval: what lies on the lower one must not count as below it.
        edges = self.base.cdf(np.array([np.nextafter(self.lower, -inf), self.upper], dtype=np.float64))
        return float(edges[0]), float(edges[1])

    def ppf(self, u: FloatArray) -> FloatArray:
        low, high = self._mass()
        return np.clip(self.base.ppf(low + (high - low) * np.asarray(u, dtype=np.float64)), self.lower, self.upper)

    def cdf(self, x: FloatArray) -> FloatArray:
        low, high = self._mass()
        inside = self.base.cdf(np.clip(x, self.lower, self.upper))
        return np.where(np.asarray(x) < self.lower, 0.0, np.clip((inside - low) / (high - low), 0.0, 1.0))

    def mean(self) -> float:
        atoms = self._atoms()
        if atoms is not None:
            steps = np.diff(self.cdf(atoms), prepend=0.0)
            return float(atoms @ steps / steps.sum())
        # Gauss–Legendre on the quantile function, split where the tails bend.
        nodes, weights = np.polynomial.legendre.leggauss(64)
        edges = np.array([0.0, 1e-6, 1e-4, 1e-2, 0.5, 0.99, 0.9999, 1 - 1e-6, 1.0])
        half = 0.5 * np.diff(edges)
        u = 0.5 * (edges[1:] + edges[:-1])[:, None] + half[:, None] * nodes
        return float((half[:, None] * weights * self.ppf(u.ravel()).reshape(u.shape)).sum())

    def _atoms(self) -> FloatArray | None:
        """Return the values that can occur, when they are few enough to be summed one by one."""
        if isinstance(self.base, Empirical):
            values = np.unique(np.asarray(self.base.values, dtype=np.float64))
            return values[(values >= self.lower) & (values <= self.upper)]
        if not self.is_discrete:
            return None
        first, last = self.quantile(1e-15), self.quantile(1.0 - 1e-15)
        return np.arange(first, last + 1.0) if last - first < MAX_ATOMS else None

    @property
    def support(self) -> tuple[float, float]:
        low, high = self.base.support
        return max(low, self.lower), min(high, self.upper)


@dataclass(frozen=True, slots=True)
class Mixture(Distribution):
    """Several distributions with weights that sum to one; the quantile is found by bisection on the CDF."""

    family = "mixture"
    parts: tuple[Distribution, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        _require(
            len(self.parts) == len(self.weights) > 0 and min(self.weights) >= 0 and abs(sum(self.weights) - 1.0) < 1e-9,
            "one weight ≥ 0 per part, summing to 1",
            value=self.weights,
            repair="rescale the weights so that they sum to 1",
        )

    @property
    def is_discrete(self) -> bool:
        return all(part.is_discrete for part in self.parts)

    def cdf(self, x: FloatArray) -> FloatArray:
        return np.asarray(
            sum(w * part.cdf(x) for part, w in zip(self.parts, self.weights, strict=True)), dtype=np.float64
        )

    def ppf(self, u: FloatArray) -> FloatArray:
        u = np.asarray(u, dtype=np.float64)
        quantiles = np.stack([part.ppf(u) for part in self.parts])
        low, high = quantiles.min(axis=0), quantiles.max(axis=0)
        for _ in range(80):
            middle = 0.5 * (low + high)
            below = self.cdf(middle) < u
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        # Bisection ends just above the answer, but when that is the smallest quantile it is known exactly.
        smallest = quantiles.min(axis=0)
        return np.asarray(np.where(self.cdf(smallest) >= u, smallest, high), dtype=np.float64)

    def mean(self) -> float:
        return float(sum(w * part.mean() for part, w in zip(self.parts, self.weights, strict=True)))

    @property
    def support(self) -> tuple[float, float]:
        bounds = [part.support for part in self.parts]
        return min(b[0] for b in bounds), max(b[1] for b in bounds)


@dataclass(frozen=True, slots=True)
class _Count(Distribution):
    @property
    def is_discrete(self) -> bool:
        return True

    @property
    def support(self) -> tuple[float, float]:
        return 0.0, inf

    def ppf(self, u: FloatArray) -> FloatArray:
        u = np.asarray(u, dtype=np.float64)
        low = np.full(u.shape, -1.0)
        high = np.full(u.shape, max(1.0, self.mean()))
        while np.any(open_ := self.cdf(high) < u):
            high = np.where(open_, 2.0 * high, high)
        high = np.ceil(high)
        while np.any(high - low > 1.0):
            middle = np.floor(0.5 * (low + high))
            reached = self.cdf(middle) >= u
            low, high = np.where(reached, low, middle), np.where(reached, middle, high)
        return np.asarray(high, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Poisson(_Count):
    """Number of independent events with expectation `rate` ≥ 0."""

    family = "poisson"
    rate: float

    def __post_init__(self) -> None:
        _require(self.rate >= 0, "an expected count cannot be negative", value=self.rate, repair="use a value ≥ 0")

    def cdf(self, x: FloatArray) -> FloatArray:
        whole = np.floor(np.asarray(x, dtype=np.float64))
        return np.where(whole < 0, 0.0, scipy.special.pdtr(np.maximum(whole, 0.0), self.rate))

    def mean(self) -> float:
        return self.rate


@dataclass(frozen=True, slots=True)
class NegativeBinomial(_Count):
    """Poisson whose rate is Gamma: `mean_value` > 0 and `size` > 0, variance mean + mean²/size."""

    family = "negative_binomial"
    mean_value: float
    size: float

    def __post_init__(self) -> None:
        _require(
            self.mean_value > 0 and self.size > 0,
            "mean and size must be positive",
            value=(self.mean_value, self.size),
            repair="use values above 0",
        )

    def cdf(self, x: FloatArray) -> FloatArray:
        whole = np.floor(np.asarray(x, dtype=np.float64))
        success = self.size / (self.size + self.mean_value)
        return np.where(whole < 0, 0.0, scipy.special.betainc(self.size, np.maximum(whole, 0.0) + 1.0, success))

    def mean(self) -> float:
        return self.mean_value
