"""Every family against scipy.stats: quantiles, distribution function, mean; and what each of them refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

from hygie.core.distributions import (
    Beta,
    Constant,
    Distribution,
    Empirical,
    Gamma,
    LogNormal,
    Mixture,
    NegativeBinomial,
    Normal,
    Pert,
    Poisson,
    Triangular,
    Truncated,
    Uniform,
)
from hygie.core.errors import ElicitationError

# From deep in the lower tail to deep in the upper one.
U = np.array([1e-9, 1e-4, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 0.9999, 1 - 1e-9])

CONTINUOUS: dict[str, tuple[Distribution, Any]] = {
    "uniform": (Uniform(2.0, 5.0), stats.uniform(2.0, 3.0)),
    "triangular": (Triangular(1.0, 2.0, 6.0), stats.triang(0.2, 1.0, 5.0)),
    "triangular, mode at the low end": (Triangular(1.0, 1.0, 6.0), stats.triang(0.0, 1.0, 5.0)),
    "triangular, mode at the high end": (Triangular(1.0, 6.0, 6.0), stats.triang(1.0, 1.0, 5.0)),
    "beta": (Beta(2.0, 6.0), stats.beta(2.0, 6.0)),
    "beta, U-shaped": (Beta(0.4, 0.3), stats.beta(0.4, 0.3)),
    "pert": (Pert(10.0, 20.0, 60.0), stats.beta(1.8, 4.2, 10.0, 50.0)),
    "pert, doubtful mode": (Pert(10.0, 20.0, 60.0, 2.0), stats.beta(1.4, 2.6, 10.0, 50.0)),
    "normal": (Normal(-3.0, 2.0), stats.norm(-3.0, 2.0)),
    "lognormal": (LogNormal(1.0, 0.8), stats.lognorm(0.8, scale=np.exp(1.0))),
    "gamma": (Gamma(3.0, 0.5), stats.gamma(3.0, scale=2.0)),
    "gamma, shape below one": (Gamma(0.3, 4.0), stats.gamma(0.3, scale=0.25)),
    "truncated normal": (Truncated(Normal(0.0, 1.0), -0.5, 2.0), stats.truncnorm(-0.5, 2.0)),
    "truncated normal, one side": (Truncated(Normal(0.0, 1.0), 0.0, np.inf), stats.halfnorm()),
}

DISCRETE: dict[str, tuple[Distribution, Any]] = {
    "poisson, rare": (Poisson(0.03), stats.poisson(0.03)),
    "poisson": (Poisson(4.2), stats.poisson(4.2)),
    "poisson, frequent": (Poisson(3000.0), stats.poisson(3000.0)),
    "negative binomial": (NegativeBinomial(6.0, 0.8), stats.nbinom(0.8, 0.8 / 6.8)),
    "negative binomial, near poisson": (NegativeBinomial(2.0, 500.0), stats.nbinom(500.0, 500.0 / 502.0)),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_family_agrees_with_scipy(name: str) -> None:
    ours, reference = CONTINUOUS[name]
    assert_allclose(ours.ppf(U), reference.ppf(U), rtol=1e-7, atol=1e-9)
    x = np.concatenate([reference.ppf(U), [reference.ppf(1e-3) - 1e3, reference.ppf(1 - 1e-3) + 1e3]])
    assert_allclose(ours.cdf(x), reference.cdf(x), rtol=1e-7, atol=1e-12)
    assert ours.mean() == pytest.approx(reference.mean(), rel=1e-6)
    assert ours.support == pytest.approx(reference.support())
    assert not ours.is_discrete


@pytest.mark.parametrize("name", DISCRETE)
def test_count_family_agrees_with_scipy(name: str) -> None:
    ours, reference = DISCRETE[name]
    assert_array_equal(ours.ppf(U), reference.ppf(U))
    x = np.array([-1.0, 0.0, 0.5, 1.0, 3.0, 3.999, 12.0, 2950.0])
    assert_allclose(ours.cdf(x), reference.cdf(x), rtol=1e-9, atol=1e-300)
    assert ours.mean() == pytest.approx(reference.mean())
    assert ours.is_discrete


@pytest.mark.parametrize("ours", [ours for ours, _ in [*CONTINUOUS.values(), *DISCRETE.values()]], ids=repr)
def test_quantiles_keep_the_shape_of_their_input(ours: Distribution) -> None:
    u = np.linspace(0.1, 0.9, 6).reshape(2, 3)
    assert ours.ppf(u).shape == (2, 3)
    assert ours.cdf(u).shape == (2, 3)
    assert ours.quantile(0.3) == ours.ppf(np.array([0.3]))[0]


def test_constant_is_its_value() -> None:
    known = Constant(7.0)
    assert_array_equal(known.ppf(U), np.full(U.size, 7.0))
    assert_array_equal(known.cdf(np.array([6.999, 7.0, 7.001])), [0.0, 1.0, 1.0])
    assert (known.mean(), known.support) == (7.0, (7.0, 7.0))


def test_lognormal_from_what_people_say() -> None:
    """A 90 % range, an 80 % range, and two moments."""
    by_range = LogNormal.from_quantiles(150.0, 900.0, probability=0.05)
    assert_allclose(by_range.ppf(np.array([0.05, 0.95])), [150.0, 900.0])
    narrower = LogNormal.from_quantiles(150.0, 900.0, probability=0.10)
    assert_allclose(narrower.ppf(np.array([0.10, 0.90])), [150.0, 900.0])
    by_moments = LogNormal.from_moments(200.0, 90.0)
    reference = stats.lognorm(by_moments.sigma, scale=np.exp(by_moments.mu))
    assert (reference.mean(), reference.std()) == pytest.approx((200.0, 90.0))


def test_beta_from_a_mean_and_a_sample_size() -> None:
    assert Beta.from_mean(0.2, 20.0) == Beta(4.0, 16.0)


def test_negative_binomial_is_a_poisson_whose_rate_is_gamma() -> None:
    mean, size = 5.0, 2.5
    rates = Gamma(size, size / mean).ppf((np.arange(20_000) + 0.5) / 20_000)
    x = np.arange(0.0, 30.0)
    mixed = stats.poisson.cdf(x[:, None], rates[None, :]).mean(axis=1)
    assert_allclose(NegativeBinomial(mean, size).cdf(x), mixed, atol=2e-5)


class TestEmpirical:
    """Observed values, such as the durations of known outages."""

    weighted = Empirical((30.0, 10.0, 20.0), (1.0, 5.0, 4.0))

    def test_quantile_is_the_smallest_value_whose_cdf_reaches_u(self) -> None:
        u = np.array([0.001, 0.5, 0.500001, 0.9, 0.900001, 0.999])
        assert_array_equal(self.weighted.ppf(u), [10.0, 10.0, 20.0, 20.0, 30.0, 30.0])

    def test_cdf_steps_at_the_values(self) -> None:
        x = np.array([9.99, 10.0, 19.99, 20.0, 30.0, 99.0])
        assert_allclose(self.weighted.cdf(x), [0.0, 0.5, 0.5, 0.9, 1.0, 1.0])

    def test_mean_and_support(self) -> None:
        assert self.weighted.mean() == pytest.approx(16.0)
        assert self.weighted.support == (10.0, 30.0)

    def test_without_weights_all_values_count_alike(self) -> None:
        values = (3.0, 1.0, 2.0, 5.0, 4.0)
        reference = stats.rv_discrete(values=(sorted(values), [0.2] * 5))
        assert_array_equal(Empirical(values).ppf(U), reference.ppf(U))
        assert Empirical(values).mean() == pytest.approx(np.mean(values))

    def test_a_value_without_weight_never_occurs(self) -> None:
        assert_array_equal(Empirical((1.0, 2.0), (0.0, 3.0)).ppf(U), np.full(U.size, 2.0))


class TestTruncated:
    """Bounds belong to the interval, and what is left is rescaled."""

    @pytest.mark.parametrize(
        ("base", "reference"),
        [
            (LogNormal(2.0, 2.5), stats.lognorm(2.5, scale=np.exp(2.0))),
            (Gamma(0.4, 0.1), stats.gamma(0.4, scale=10.0)),
            (Beta(2.0, 2.0), stats.beta(2.0, 2.0, 0.0, 1.0)),
        ],
        ids=["lognormal", "gamma", "beta"],
    )
    def test_against_numerical_integration(self, base: Distribution, reference: Any) -> None:
        low, high = reference.ppf([0.2, 0.97])
        ours = Truncated(base, low, high)
        inside = np.linspace(low, high, 7)
        share = (reference.cdf(inside) - reference.cdf(low)) / (reference.cdf(high) - reference.cdf(low))
        assert_allclose(ours.cdf(inside), share, atol=1e-12)
        assert_allclose(ours.cdf(ours.ppf(U[1:-1])), U[1:-1], rtol=1e-9)
        assert ours.mean() == pytest.approx(reference.expect(lb=low, ub=high, conditional=True), rel=1e-6)
        assert ours.support == (low, high)

    def test_mean_of_a_heavy_tail_cut_far_out(self) -> None:
        """A lognormal with sigma 3 is accepted with an upper bound; its mean has a closed form."""
        mu, sigma, upper = 10.0, 3.0, 1e9
        z = (np.log(upper) - mu) / sigma
        exact = np.exp(mu + sigma**2 / 2) * stats.norm.cdf(z - sigma) / stats.norm.cdf(z)
        assert Truncated(LogNormal(mu, sigma), 0.0, upper).mean() == pytest.approx(exact, rel=1e-4)

    def test_counts_keep_the_bounds(self) -> None:
        """An upper bound does not make zero impossible, and a lower bound of one keeps one."""
        capped = Truncated(Poisson(1.0), 0.0, 4.0)
        pmf = stats.poisson.pmf(np.arange(5), 1.0)
        assert_allclose(capped.cdf(np.arange(-1.0, 5.0)), [0.0, *np.cumsum(pmf) / pmf.sum()])
        assert set(capped.ppf(np.linspace(0.001, 0.999, 500))) == {0.0, 1.0, 2.0, 3.0, 4.0}
        assert capped.mean() == pytest.approx(np.arange(5) @ pmf / pmf.sum())
        at_least_one = Truncated(Poisson(1.0), 1.0, np.inf)
        assert at_least_one.quantile(0.001) == 1.0
        assert at_least_one.mean() == pytest.approx(1.0 / (1.0 - np.exp(-1.0)))
        assert at_least_one.is_discrete

    def test_many_counts_are_as_good_as_continuous(self) -> None:
        assert Truncated(Poisson(1e7), 0.0, 1e9).mean() == pytest.approx(1e7, rel=1e-6)
        wide = Truncated(NegativeBinomial(1e6, 0.5), 0.0, np.inf)
        assert wide.mean() == pytest.approx(1e6, rel=1e-3)

    def test_observed_values_keep_the_bounds(self) -> None:
        observed = Empirical((1.0, 2.0, 3.0, 9.0))
        cut = Truncated(observed, 1.0, 3.0)
        assert_array_equal(cut.ppf(np.array([0.2, 0.5, 0.9])), [1.0, 2.0, 3.0])
        assert cut.mean() == pytest.approx(2.0)

    def test_a_known_value_inside_the_bounds_stays(self) -> None:
        assert Truncated(Constant(5.0), 0.0, 10.0).mean() == pytest.approx(5.0)

    def test_bounds_that_leave_nothing(self) -> None:
        with pytest.raises(ElicitationError, match="almost nothing"):
            Truncated(Normal(0.0, 1.0), 8.0, 9.0)


class TestMixture:
    """Several opinions or kinds of events, with weights."""

    mixed = Mixture((LogNormal(0.0, 0.5), Normal(20.0, 2.0)), (0.7, 0.3))

    def test_cdf_and_mean_are_weighted(self) -> None:
        x = np.array([0.5, 1.0, 5.0, 20.0, 30.0])
        expected = 0.7 * stats.lognorm(0.5).cdf(x) + 0.3 * stats.norm(20.0, 2.0).cdf(x)
        assert_allclose(self.mixed.cdf(x), expected)
        assert self.mixed.mean() == pytest.approx(0.7 * np.exp(0.125) + 0.3 * 20.0)

    def test_quantile_inverts_the_cdf(self) -> None:
        u = np.array([1e-6, 0.1, 0.6999, 0.7001, 0.9, 1 - 1e-6])
        assert_allclose(self.mixed.cdf(self.mixed.ppf(u)), u, rtol=1e-9)

    def test_known_values_are_given_back_exactly(self) -> None:
        coin = Mixture((Constant(0.0), Constant(10.0)), (0.5, 0.5))
        assert_array_equal(coin.ppf(np.array([0.01, 0.5, 0.51, 0.99])), [0.0, 0.0, 10.0, 10.0])

    def test_counts_stay_whole(self) -> None:
        counts = Mixture((Poisson(0.5), Poisson(9.0)), (0.5, 0.5))
        values = counts.ppf(np.linspace(0.001, 0.999, 400))
        assert_array_equal(values, np.round(values))
        assert values.min() == 0.0
        assert counts.is_discrete


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Uniform(2.0, 2.0), "low must be below high"),
        (lambda: Triangular(1.0, 7.0, 6.0), "values must increase"),
        (lambda: Pert(5.0, 4.0, 6.0), "values must increase"),
        (lambda: Pert(1.0, 2.0, 3.0, 0.0), "gamma must be positive"),
        (lambda: Beta(0.0, 1.0), "shape parameters must be positive"),
        (lambda: Beta.from_mean(1.2, 10.0), "strictly between 0 and 1"),
        (lambda: Normal(0.0, -1.0), "standard deviation must be positive"),
        (lambda: LogNormal(0.0, 0.0), "sigma must be positive"),
        (lambda: LogNormal.from_quantiles(9.0, 3.0, probability=0.05), "positive and increase"),
        (lambda: LogNormal.from_quantiles(0.0, 3.0, probability=0.05), "positive and increase"),
        (lambda: LogNormal.from_moments(-1.0, 3.0), "mean and sd must be positive"),
        (lambda: Gamma(-1.0, 1.0), "shape and rate must be positive"),
        (lambda: Poisson(-0.1), "cannot be negative"),
        (lambda: NegativeBinomial(3.0, 0.0), "mean and size must be positive"),
        (lambda: Empirical(()), "at least one value"),
        (lambda: Empirical((1.0, 2.0), (1.0,)), "one weight"),
        (lambda: Empirical((1.0, 2.0), (0.0, 0.0)), "one weight"),
        (lambda: Mixture((Constant(1.0),), (0.9,)), "summing to 1"),
        (lambda: Mixture((), ()), "one weight"),
        (lambda: Truncated(Normal(0.0, 1.0), 2.0, 1.0), "lower bound must be below"),
    ],
)
def test_contradictions_are_refused_with_a_repair(build: Callable[[], Distribution], message: str) -> None:
    with pytest.raises(ElicitationError, match=message) as caught:
        build()
    assert caught.value.findings[0].repair
