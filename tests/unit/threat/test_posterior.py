"""Mixtures of Gammas and of negative binomials."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from hygie.threat.posterior import CountPrediction, RatePosterior, weigh_quantiles

RNG = np.random.default_rng(3)
SHAPE, RATE = RNG.uniform(0.3, 60.0, 500), RNG.uniform(500.0, 4000.0, 500)
WEIGHT = RNG.dirichlet(np.ones(500))
MIXED = RatePosterior(SHAPE, RATE, WEIGHT, 300.0)


def test_quantiles_invert_the_distribution() -> None:
    probabilities = [1e-4, 0.01, 0.05, 0.5, 0.95, 0.999]
    assert_allclose(MIXED.cdf(MIXED.quantiles(probabilities)), probabilities, rtol=1e-8)


def test_a_nearly_impossible_rate_is_still_found() -> None:
    """Half of the mass within a hair of zero: the lower quantile is many decades below the median."""
    odd = RatePosterior(np.array([0.02, 50.0]), np.array([1.0, 1000.0]), np.array([0.5, 0.5]), 2.0)
    low, high = odd.quantiles([0.1, 0.9])
    assert_allclose(odd.cdf(np.array([low, high])), [0.1, 0.9], rtol=1e-6)
    assert low < 1e-20


class TestCounts:
    mixed = CountPrediction(np.array([40.0, 3.0]), np.array([1.2, 9.0]), np.array([0.75, 0.25]))
    parts = (stats.nbinom(40.0, 1.0 / 2.2), stats.nbinom(3.0, 0.1))

    def exact(self, name: str, n: np.ndarray) -> np.ndarray:
        return 0.75 * getattr(self.parts[0], name)(n) + 0.25 * getattr(self.parts[1], name)(n)

    def test_mass_and_distribution(self) -> None:
        n = np.arange(150)
        assert_allclose(self.mixed.pmf(n), self.exact("pmf", n), rtol=1e-9)
        assert_allclose(self.mixed.cdf(n), self.exact("cdf", n), rtol=1e-9)
        assert self.mixed.cdf(np.array([-1]))[0] == 0.0
        assert self.mixed.mean() == pytest.approx(0.75 * 48.0 + 0.25 * 27.0)

    def test_quantiles_are_the_smallest_counts_that_reach(self) -> None:
        probabilities = np.array([0.001, 0.05, 0.5, 0.95, 0.9999])
        found = self.mixed.quantiles(probabilities.tolist())
        assert (self.exact("cdf", found) >= probabilities).all()
        assert (self.exact("cdf", found - 1) < probabilities).all()

    def test_fewer_components_say_nearly_the_same(self) -> None:
        many = CountPrediction(SHAPE, 1000.0 / RATE, WEIGHT)
        few = many.thin(200)
        assert few.shape.size == 200
        n = np.arange(0, 80, 5)
        assert_allclose(few.cdf(n), many.cdf(n), atol=0.01)


def test_weighted_quantiles() -> None:
    values = np.array([3.0, 1.0, 2.0])
    assert_allclose(weigh_quantiles(values, np.array([0.2, 0.6, 0.2]), [0.3, 0.7, 0.9]), [1.0, 2.0, 3.0])
    even = np.linspace(0.0, 1.0, 1001)
    assert_allclose(weigh_quantiles(even, np.full(1001, 1 / 1001), [0.05, 0.5]), [0.05, 0.5], atol=1e-3)
