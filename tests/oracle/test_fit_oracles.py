"""The fit against closed forms, and the multinomial check against enumeration by hand and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import special, stats

from hygie.core.distributions import Beta, LogNormal, Truncated
from hygie.core.errors import ModelError
from hygie.core.estimate import draw_uniforms
from hygie.core.importance import effective_size, sample_posterior
from hygie.core.multinomial import list_counts, log_dirichlet_multinomial, predictive_p, split_quantiles
from hygie.service.validation.fit import match_moments


def uniforms(size: int, draws: int = 4000):
    def draw(step: int) -> np.ndarray:
        return np.stack([draw_uniforms(f"toy.{step}.{i}", seed=3, draws=draws) for i in range(size + 1)], axis=1)

    return draw


def test_a_linear_normal_target_gives_the_conjugate_posterior() -> None:
    weights, error, seen = np.array([2.0, 1.0, 0.0]), 0.5, 3.0
    posterior = sample_posterior(
        lambda z: -0.5 * ((z @ weights - seen) / error) ** 2, uniforms(3), wanted=2000.0, rounds=5
    )
    variance = weights @ weights + error**2
    mean = weights * seen / variance
    sd = np.sqrt(1.0 - weights**2 / variance)
    found = posterior.weights @ posterior.scores
    spread = np.sqrt(posterior.weights @ (posterior.scores - found) ** 2)
    noise = 4.0 / np.sqrt(posterior.effective)
    assert np.abs(found - mean).max() < noise
    assert np.abs(spread - sd).max() < noise
    assert len(posterior.rounds) > 1  # The prior alone was not enough: proposals were adapted.
    assert posterior.effective == pytest.approx(effective_size(posterior.weights))


def test_a_share_is_recovered_from_synthetic_counts() -> None:
    prior = Beta(2.0, 6.0)
    posterior = sample_posterior(
        lambda z: stats.binom.logpmf(26, 40, prior.ppf(special.ndtr(z[:, 0]))), uniforms(1), wanted=1000.0
    )
    values = prior.ppf(special.ndtr(posterior.scores[:, 0]))
    fitted = match_moments(prior, values, posterior.weights)
    exact = stats.beta(2 + 26, 6 + 14)
    assert fitted.mean() == pytest.approx(exact.mean(), abs=4.0 * exact.std() / np.sqrt(posterior.effective))
    for probability in (0.05, 0.5, 0.95):
        assert fitted.quantile(probability) == pytest.approx(exact.ppf(probability), abs=0.02)


def test_the_same_seed_gives_the_same_posterior() -> None:
    def run() -> float:
        posterior = sample_posterior(lambda z: -0.5 * (3.0 * z[:, 0] - 4.0) ** 2, uniforms(2, 500))
        return float(posterior.weights @ posterior.scores[:, 0])

    assert run() == run()


def test_a_target_out_of_reach_is_refused() -> None:
    with pytest.raises(ModelError, match="no draw"):
        sample_posterior(lambda z: np.full(z.shape[0], -np.inf), uniforms(2, 200))


def test_moments_are_matched_on_the_scale_of_the_family() -> None:
    rng = np.random.default_rng(1)
    values = rng.lognormal(1.0, 0.3, 200_000)
    even = np.full(values.size, 1.0 / values.size)
    fitted = match_moments(LogNormal(0.0, 1.0), values, even)
    assert isinstance(fitted, LogNormal)
    assert (fitted.mu, fitted.sigma) == pytest.approx((1.0, 0.3), abs=0.005)
    bounded = match_moments(Truncated(LogNormal(0.0, 1.0), 1.0, 8.0), values, even)
    assert isinstance(bounded, Truncated)
    assert bounded.support == (1.0, 8.0)


def test_all_splits_are_listed_once() -> None:
    table = list_counts(38, 3)
    assert table.shape == (int(special.comb(40, 2)), 3)
    assert (table.sum(axis=1) == 38).all()
    assert len({tuple(row) for row in table.tolist()}) == table.shape[0]


def test_with_one_draw_the_p_value_is_the_exact_binomial_test() -> None:
    # Two groups and equal shares: Pearson's X² orders by distance from n/2, so p is the two-sided binomial test.
    p = predictive_p([16, 22], np.array([[0.5, 0.5]]))
    assert p == pytest.approx(stats.binomtest(16, 38, 0.5).pvalue, rel=1e-12)


def test_the_p_value_of_three_groups_is_the_enumerated_one() -> None:
    shares, seen = np.array([0.5, 0.3, 0.2]), np.array([1, 1, 3])
    total = 0.0
    for a in range(6):
        for b in range(6 - a):
            y = np.array([a, b, 5 - a - b])
            if ((y - 5 * shares) ** 2 / shares).sum() >= ((seen - 5 * shares) ** 2 / shares).sum() - 1e-12:
                total += float(stats.multinomial.pmf(y, 5, shares))
    assert predictive_p(seen.tolist(), shares[None]) == pytest.approx(total, rel=1e-10)
    mixed = predictive_p(seen.tolist(), np.array([shares, [1 / 3, 1 / 3, 1 / 3]]))
    other = predictive_p(seen.tolist(), np.full((1, 3), 1 / 3))
    assert mixed == pytest.approx(0.5 * (total + other), rel=1e-10)


def test_dirichlet_multinomial_sums_to_one_and_tends_to_the_multinomial() -> None:
    table = list_counts(6, 3)
    few = np.array([[3.0, 1.0, 0.0]])
    assert sum(np.exp(log_dirichlet_multinomial(row, few)[0]) for row in table.tolist()) == pytest.approx(1.0)
    many = np.array([[5e8, 3e8, 2e8]])
    exact = stats.multinomial.logpmf([2, 3, 1], 6, [0.5, 0.3, 0.2])
    assert log_dirichlet_multinomial([2, 3, 1], many)[0] == pytest.approx(exact, abs=1e-6)


def test_predictive_counts_of_a_known_share_are_binomial_quantiles() -> None:
    low, high = split_quantiles(38, np.array([[0.4, 0.6]]), (0.05, 0.95))[0]
    assert (low, high) == (stats.binom.ppf(0.05, 38, 0.4), stats.binom.ppf(0.95, 38, 0.4))
