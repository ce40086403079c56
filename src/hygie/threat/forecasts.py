"""Forecasters of the next count of a regular series. None can see ahead: each is told one count at a time.

The filter is that of the level (`hygie.threat.level`): between two periods, density ← density^δ × prior^(1 − δ), which
for Gamma densities is the discounting of their parameters (power steady model: Smith 1979,
doi:10.1111/j.2517-6161.1979.tb01092.x). Counts of periods as short as a month are burstier than Poisson, so that the
observation is negative binomial, with a dispersion over which the forecast is averaged, as over δ.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.distributions import Distribution
from hygie.core.errors import ModelError
from hygie.threat.scores import CountForecast

__all__ = ["ConstantRate", "DiscountedFilter", "Forecaster", "LastValue", "PlainPoisson"]

FloatArray = NDArray[np.float64]

# Quadrature, not belief. Log-spacing of rates: below the posterior's spread under the least dispersion of the grid.
_RATE_STEP = 0.02
_LEAST_RATE, _MOST_RATE = 1e-3, 1e5
_DISCOUNTS = 14
_DISPERSIONS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
_NEGLIGIBLE = 1e-8

# Jeffreys’ prior of a Poisson rate is Gamma(½, 0), of a negative binomial mean rate^−½ (1 + α rate)^−½: series of any
# size start alike, and forgetting draws towards no level.
_JEFFREYS = 0.5


class Forecaster(Protocol):
    """Something that is told counts in time order and says how the next one is distributed."""

    def observe(self, count: int, exposure: float = 1.0) -> None:
        """Take in the count of the period that has just ended."""

    def forecast(self, exposure: float = 1.0) -> CountForecast:
        """Return the distribution of the next count; `exposure` is its known weight, such as that of a weekday."""


class ConstantRate:
    """The rate never changes: all past counts alike, after Jeffreys’ prior; the forecast is negative binomial."""

    def __init__(self) -> None:
        self.shape, self.rate = 0.5, 0.0

    def observe(self, count: int, exposure: float = 1.0) -> None:
        self.shape += count
        self.rate += exposure

    def forecast(self, exposure: float = 1.0) -> CountForecast:
        return CountForecast(np.array([self.shape]), np.array([self.shape * exposure / self.rate]), np.ones(1))


class PlainPoisson(ConstantRate):
    """The rate never changes and is taken as known: Poisson around the mean of the past."""

    def forecast(self, exposure: float = 1.0) -> CountForecast:
        return CountForecast(np.array([np.inf]), np.array([self.shape * exposure / self.rate]), np.ones(1))


class LastValue(ConstantRate):
    """The next period is like the last: that one count after Jeffreys’ prior; mean count + ½, never zero."""

    def observe(self, count: int, exposure: float = 1.0) -> None:
        self.shape, self.rate = count + 0.5, exposure


class DiscountedFilter:
    """The discounted filter, averaged over δ and over the dispersion of the observation, in proportion to how well each
    has forecast so far.

    Parameters
    ----------
    discount
        Prior of δ, the share of information kept per year; None: nothing is ever forgotten.
    period_years
        Length of a period [y].
    bursty
        Also average over the dispersion α of the observation, whose variance is mean + α mean²; without it α = 0.
    """

    def __init__(self, *, discount: Distribution | None, period_years: float, bursty: bool = True) -> None:
        yearly, weight = _discount_grid(discount)
        self.kept = yearly**period_years
        # α = 0 is exact: Gamma densities by their parameters, one for each δ.
        self.shape = np.full(yearly.size, _JEFFREYS)
        self.rate = np.zeros(yearly.size)
        # α > 0: what the counts said, discounted, over a grid of rates [δ, α, rates].
        self.dispersion = np.array(_DISPERSIONS if bursty else ())
        self.rates = np.exp(np.arange(np.log(_LEAST_RATE), np.log(_MOST_RATE), _RATE_STEP))
        # Density of ln rate.
        self.log_prior = 0.5 * (np.log(self.rates) - np.log1p(self.dispersion[:, None] * self.rates))
        self.said = np.zeros((yearly.size, self.dispersion.size, self.rates.size))
        self.density = _normalise(self.log_prior + self.said)
        # Log weight of each (δ, α), α = 0 first; all dispersions alike before the first count.
        self.log_weight = np.repeat(np.log(weight)[:, None], 1 + self.dispersion.size, axis=1)

    def observe(self, count: int, exposure: float = 1.0) -> None:
        """Weigh each (δ, α) by the probability that it gave to the count, update each, and forget one period's share.

        Raises
        ------
        ModelError
            The count is beyond the range of rates that the grid covers.
        """
        if count > _MOST_RATE * exposure / 10.0:
            raise ModelError(
                "counts are too large for this forecast",
                value=count,
                allowed=f"at most {_MOST_RATE / 10.0:,.0f} per period",
                repair="use a shorter period (--period)",
            )
        # Before the first count the prior is not a probability: it says nothing about δ and α.
        first = not self.rate.any()
        if not first:
            mean = self.shape * exposure / self.rate
            self.log_weight[:, 0] += _log_negative_binomial(np.array(count), self.shape, mean)
        self.shape = self.shape + count
        self.rate = self.rate + exposure
        if self.dispersion.size:
            self._weigh(count, exposure, first=first)
        self.wait()

    def _weigh(self, count: int, exposure: float, *, first: bool) -> None:
        seen = _log_negative_binomial(np.array(count), 1.0 / self.dispersion[:, None], exposure * self.rates[None, :])
        top = seen.max(axis=1, keepdims=True)
        if not first:
            given = np.einsum("dal,al->da", self.density, np.exp(seen - top))
            self.log_weight[:, 1:] += np.log(given) + top[:, 0]
        self.said = self.said + seen

    def wait(self) -> None:
        """Forget one period's share of what the counts said."""
        self.shape = self.kept * self.shape + (1.0 - self.kept) * _JEFFREYS
        self.rate = self.kept * self.rate
        if self.dispersion.size == 0:
            return
        self.said = self.kept[:, None, None] * self.said
        self.density = _normalise(self.log_prior + self.said)

    def forecast(self, exposure: float = 1.0) -> CountForecast:
        """Return the mixture over rate, δ and α."""
        weight = self.weights()
        shapes, means, shares = [self.shape], [self.shape * exposure / self.rate], [weight[:, 0]]
        if self.dispersion.size:
            mixed = np.einsum("da,dal->al", weight[:, 1:], self.density)
            chosen, rate = np.nonzero(mixed > _NEGLIGIBLE)
            shapes.append(1.0 / self.dispersion[chosen])
            means.append(exposure * self.rates[rate])
            shares.append(mixed[chosen, rate])
        share = np.concatenate(shares)
        return CountForecast(np.concatenate(shapes), np.concatenate(means), share / share.sum())

    def weights(self) -> FloatArray:
        """Return the weight of each δ (rows, increasing) and α (columns, 0 first)."""
        weight = np.exp(self.log_weight - self.log_weight.max())
        return np.asarray(weight / weight.sum(), dtype=np.float64)

    def typical(self) -> tuple[float, float]:
        """Return the mean of δ per period and of α under their weights."""
        weight = self.weights()
        dispersion = np.concatenate([[0.0], self.dispersion])
        return float(weight.sum(axis=1) @ self.kept), float(weight.sum(axis=0) @ dispersion)


def _normalise(log_density: FloatArray) -> FloatArray:
    if log_density.size == 0:
        return log_density
    density = np.exp(log_density - log_density.max(axis=-1, keepdims=True))
    return np.asarray(density / density.sum(axis=-1, keepdims=True), dtype=np.float64)


def _discount_grid(discount: Distribution | None) -> tuple[FloatArray, FloatArray]:
    """Return values of δ per year over (0, 1), and the prior probability of the cell around each."""
    if discount is None:
        return np.ones(1), np.ones(1)
    edges = special.expit(np.linspace(special.logit(1e-4), special.logit(1.0 - 1e-3), _DISCOUNTS + 1))
    mass = np.diff(discount.cdf(np.concatenate([[0.0], edges[1:-1], [1.0]])))
    centres = special.expit(0.5 * (special.logit(edges[1:]) + special.logit(edges[:-1])))
    return centres[mass > 0.0], mass[mass > 0.0] / mass.sum()


def _log_negative_binomial(count: NDArray[np.int64], size: FloatArray, mean: FloatArray) -> FloatArray:
    """Return ln P(count) with variance mean + mean² / size."""
    return np.asarray(
        special.gammaln(count + size)
        - special.gammaln(size)
        - special.gammaln(count + 1.0)
        - size * np.log1p(mean / size)
        - count * np.log1p(size / mean),
        dtype=np.float64,
    )
