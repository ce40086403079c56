"""Inverse CDFs of the kernels against SciPy."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from scipy.special import betainc, expit, ndtri, pdtr

from hygie.simulation.quantiles import (
    exponential_quantile,
    logistic,
    logit_normal_quantile,
    lognormal_quantile,
    normal_quantile,
    poisson_quantile,
    truncated_negative_binomial_quantile,
)

FloatArray = np.ndarray


@numba.njit
def compute_continuous(u: FloatArray, mu: float, sigma: float, out: FloatArray) -> None:
    for i in range(u.size):
        out[0, i] = normal_quantile(u[i])
        out[1, i] = lognormal_quantile(u[i], mu, sigma)
        out[2, i] = logit_normal_quantile(u[i], mu, sigma)
        out[3, i] = exponential_quantile(u[i])
        out[4, i] = logistic(mu + sigma * u[i])


@numba.njit
def compute_counts(u: FloatArray, mean: float, size: float, out: np.ndarray) -> None:
    for i in range(u.size):
        out[i] = poisson_quantile(u[i], mean) if size == 0.0 else truncated_negative_binomial_quantile(u[i], mean, size)


def spread_levels() -> FloatArray:
    """Levels from 1e-9 to 1 - 1e-9, dense in both tails and around the joins of the approximation."""
    tail = np.geomspace(1e-9, 0.5, 4000)
    joins = np.array([0.075, 0.925, np.exp(-25.0), 1.0 - np.exp(-25.0)])
    near = (joins[:, None] * (1.0 + np.linspace(-1e-6, 1e-6, 21))).ravel()
    return np.concatenate([tail, 1.0 - tail, near[(near > 1e-12) & (near < 1.0)], [2.0**-33, 1.0 - 2.0**-33]])


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (-2.0, 0.7), (8.2, 0.3), (3.0, 0.0)])
def test_continuous_quantiles(mu: float, sigma: float) -> None:
    u = spread_levels()
    out = np.empty((5, u.size))
    compute_continuous(u, mu, sigma, out)
    normal = ndtri(u)
    # At one half the quantile is zero, and a relative error means nothing.
    np.testing.assert_allclose(out[0], normal, rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(out[1], np.exp(mu + sigma * normal), rtol=1e-12)
    np.testing.assert_allclose(out[2], expit(mu + sigma * normal), rtol=1e-12)
    np.testing.assert_allclose(out[3], -np.log1p(-u), rtol=1e-14)
    np.testing.assert_allclose(out[4], expit(mu + sigma * u), rtol=1e-14)


def test_the_normal_quantile_rises() -> None:
    u = np.sort(spread_levels())
    out = np.empty((5, u.size))
    compute_continuous(u, 0.0, 1.0, out)
    assert np.all(np.diff(out[0]) >= 0.0)


def draw_levels(seed: int) -> FloatArray:
    return np.concatenate([np.random.default_rng(seed).random(20_000), [2.0**-33, 1e-6, 0.5, 1.0 - 1e-9]])


def assert_smallest(count: np.ndarray, u: FloatArray, *, at: FloatArray, below: FloatArray) -> None:
    """The count is the smallest n with P(N <= n) >= u, up to the rounding of the two sums."""
    slack = 1e-13
    assert np.all(at >= u - slack), (count, u)
    assert np.all(below < u + slack), (count, u)


@pytest.mark.parametrize("rate", [0.0, 1e-6, 0.03, 0.5, 1.0, 4.0, 17.0, 50.0])
def test_poisson_quantile_is_the_smallest_count(rate: float) -> None:
    u = draw_levels(5)
    count = np.empty(u.size, dtype=np.int64)
    compute_counts(u, rate, 0.0, count)
    assert_smallest(
        count, u, at=pdtr(count, rate), below=np.where(count > 0, pdtr(np.maximum(count - 1, 0), rate), 0.0)
    )


@pytest.mark.parametrize(("mean", "size"), [(12.0, 0.7), (2.0, 0.3), (0.05, 1.0), (40.0, 5.0), (300.0, 0.9)])
def test_truncated_negative_binomial_quantile_is_the_smallest_count(mean: float, size: float) -> None:
    u = draw_levels(6)
    count = np.empty(u.size, dtype=np.int64)
    compute_counts(u, mean, size, count)
    success = size / (size + mean)
    # P(N <= n) of a negative binomial is the regularised incomplete beta I_p(size, n + 1).
    zero = betainc(size, 1.0, success)

    def cdf(n: np.ndarray) -> FloatArray:
        return np.asarray((betainc(size, n + 1.0, success) - zero) / (1.0 - zero))

    assert count.min() >= 1
    assert_smallest(count, u, at=cdf(count), below=cdf(count - 1))
