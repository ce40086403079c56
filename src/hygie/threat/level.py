"""How often: the level of a threat class from dated counts, by a discounted Gamma–Poisson filter.

Given coverage, definition and scope, updates are exact (Smith & Miller 1986, doi:10.1111/j.2517-6161.1986.tb01392.x;
West & Harrison, Bayesian Forecasting and Dynamic Models, ch. 10). Those nuisances and the discount are integrated by
importance sampling from their priors on a low-discrepancy set of points, the rate itself analytically
(Rao–Blackwellisation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.distributions import Distribution
from hygie.core.errors import ModelError

__all__ = ["CountTerm", "RatePosterior", "fit_level", "spread_points"]

FloatArray = NDArray[np.float64]

MIN_EFFECTIVE_SIZE = 1000.0
_POINTS = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTerm:
    """One count that enters the level.

    Parameters
    ----------
    ref
        Name of the count observation.
    count
        Events counted; an “at least” count enters as its value under a lower coverage prior.
    exposure
        Entity-years of the window.
    at
        End of the window, decimal year.
    source
        Nuisances are shared by all counts of one source.
    """

    ref: str
    count: int
    exposure: float
    at: float
    source: str


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
        """Return quantiles [1/y] by bisection on the mixture CDF."""
        u = np.asarray(probabilities, dtype=np.float64)
        low = np.zeros(u.shape)
        high = np.full(u.shape, float(np.max((self.shape + 12.0 * np.sqrt(self.shape) + 60.0) / self.rate)))
        for _ in range(36):
            middle = 0.5 * (low + high)
            below = self.cdf(middle) < u
            low, high = np.where(below, middle, low), np.where(below, high, middle)
        return high

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


def spread_points(count: int, dimensions: int) -> FloatArray:
    """Return a Kronecker low-discrepancy set [count, dimensions] in (0, 1).

    Generalised golden ratio φ_d: the real root of x^(d+1) = x + 1; points are frac(0.5 + i / φ_d^j).
    """
    phi = 2.0
    for _ in range(60):
        phi = (1.0 + phi) ** (1.0 / (dimensions + 1.0))
    steps = (1.0 / phi) ** np.arange(1, dimensions + 1)
    points = (0.5 + np.arange(1, count + 1)[:, None] * steps[None, :]) % 1.0
    return np.clip(points, 1e-9, 1.0 - 1e-9)


def fit_level(
    terms: Sequence[CountTerm],
    *,
    prior_shape: float,
    prior_median: float,
    coverage: dict[str, Distribution],
    definition: dict[str, Distribution],
    out_of_scope: dict[str, Distribution],
    discount: Distribution,
    as_of: float,
) -> RatePosterior:
    """Return the posterior of a yearly rate per entity at `as_of`.

    Each count is Poisson with mean rate × exposure × κ q / (1 − o), where κ is the share of real events that the source
    sees, q the share that meets its definition, o the share of its count outside our population.

    Parameters
    ----------
    prior_shape, prior_median
        Gamma prior of the rate: shape a0, and median [1/y].
    coverage, definition, out_of_scope
        Prior of κ, q, o by source.
    discount
        Prior of δ, the share of information kept per year.

    Raises
    ------
    ModelError
        When the effective sample size falls under 1,000: prior and counts disagree too much.
    """
    prior_rate = float(special.gammaincinv(prior_shape, 0.5)) / prior_median
    ordered = sorted(terms, key=lambda term: (term.at, term.ref))
    sources = sorted({term.source for term in ordered})
    points = spread_points(_POINTS, 1 + 3 * len(sources))
    delta = discount.ppf(points[:, 0])
    factor: dict[str, FloatArray] = {}
    for index, source in enumerate(sources):
        kappa = coverage[source].ppf(points[:, 1 + 3 * index])
        q = definition[source].ppf(points[:, 2 + 3 * index])
        outside = out_of_scope[source].ppf(points[:, 3 + 3 * index])
        factor[source] = kappa * q / (1.0 - outside)
    shape = np.full(_POINTS, prior_shape)
    rate = np.full(_POINTS, prior_rate)
    log_weight = np.zeros(_POINTS)
    clock = ordered[0].at if ordered else as_of
    for term in ordered:
        shape, rate = _discount(shape, rate, delta, term.at - clock, prior_shape, prior_rate)
        clock = term.at
        exposure = term.exposure * factor[term.source]
        log_weight += (
            special.gammaln(shape + term.count)
            - special.gammaln(shape)
            - special.gammaln(term.count + 1.0)
            + shape * np.log(rate / (rate + exposure))
            + term.count * np.log(exposure / (rate + exposure))
        )
        shape = shape + term.count
        rate = rate + exposure
    shape, rate = _discount(shape, rate, delta, max(as_of - clock, 0.0), prior_shape, prior_rate)
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    effective = 1.0 / float(weight @ weight)
    if effective < MIN_EFFECTIVE_SIZE:
        raise ModelError(
            "counts and priors disagree: too few sample points carry the result",
            value=f"effective sample size {effective:.0f}",
            allowed=f"at least {MIN_EFFECTIVE_SIZE:.0f}",
            repair="check the counts and the coverage priors of their sources",
        )
    return RatePosterior(shape, rate, weight, effective)


def _discount(
    shape: FloatArray, rate: FloatArray, delta: FloatArray, years: float, shape0: float, rate0: float
) -> tuple[FloatArray, FloatArray]:
    kept = delta**years
    return kept * shape + (1.0 - kept) * shape0, kept * rate + (1.0 - kept) * rate0
