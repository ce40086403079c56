"""Sensitivity: the Ishigami function, whose indices are known, and decisions whose value of information is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from hygie.core.errors import ModelError
from hygie.decision.sensitivity import measure_swing, rank_correlation, split_variance, value_of_information


def ishigami(x: np.ndarray) -> np.ndarray:
    return np.sin(x[0]) + 7.0 * np.sin(x[1]) ** 2 + 0.1 * x[2] ** 4 * np.sin(x[0])


def test_sobol_indices_of_ishigami():
    # Closed form: Ishigami & Homma 1990, doi:10.1109/ISUMA.1990.151285, a = 7, b = 0.1.
    random = np.random.default_rng(1)
    a, b = (random.uniform(-np.pi, np.pi, (3, 40_000)) for _ in range(2))
    mixed = []
    for group in range(3):
        x = a.copy()
        x[group] = b[group]
        mixed.append(ishigami(x))
    shares = split_variance(ishigami(a), ishigami(b), np.array(mixed))
    first, total = (0.3139, 0.4424, 0.0), (0.5576, 0.4424, 0.2437)
    for share, s, t in zip(shares, first, total, strict=True):
        assert abs(share.first - s) < 4.0 * share.first_error + 1e-3
        assert abs(share.total - t) < 4.0 * share.total_error + 1e-3


def test_noise_that_all_sides_share_is_taken_out():
    random = np.random.default_rng(2)
    a, b = (random.normal(size=(2, 20_000)) for _ in range(2))
    noise = random.normal(size=20_000)

    def figure(x: np.ndarray) -> np.ndarray:
        return 2.0 * x[0] + x[1] + noise

    mixed = np.array([figure(np.array([b[0], a[1]])), figure(np.array([a[0], b[1]]))])
    shares = split_variance(figure(a), figure(b), mixed, noise_variance=1.0)
    assert shares[0].total == pytest.approx(0.8, abs=0.03)
    assert shares[1].total == pytest.approx(0.2, abs=0.03)


def test_a_figure_that_is_all_noise_is_refused():
    values = np.random.default_rng(1).normal(size=(3, 200))
    with pytest.raises(ModelError, match="chance hides"):
        split_variance(values[0], values[1], values[2:], noise_variance=2.0)


def test_rank_correlation_is_that_of_scipy():
    random = np.random.default_rng(3)
    x = random.normal(size=300)
    y = x**3 + random.normal(size=300)
    assert rank_correlation(x, y) == pytest.approx(stats.spearmanr(x, y).statistic)


def test_a_swing_shows_both_ends():
    x = np.arange(100.0)
    swing = measure_swing(x, -2.0 * x)
    assert swing.correlation == pytest.approx(-1.0)
    assert swing.low == pytest.approx(-2.0 * np.arange(20).mean())
    assert swing.high == pytest.approx(-2.0 * np.arange(80, 100).mean())


def test_value_of_information_of_a_linear_choice():
    # Net value θ ~ N(0, 1) against nothing: knowing θ is worth E[max(θ, 0)] = 1 / √(2π).
    random = np.random.default_rng(4)
    theta, other = random.normal(size=(2, 4000))
    net = np.column_stack([np.zeros(4000), theta + 0.5 * random.normal(size=4000)])
    known, unrelated = value_of_information(net, np.array([theta, other]))
    assert known == pytest.approx(1.0 / np.sqrt(2.0 * np.pi), abs=0.03)
    assert unrelated < 0.02


def test_a_choice_that_no_news_would_change_is_worth_nothing_to_inform():
    random = np.random.default_rng(5)
    theta = random.normal(size=500)
    net = np.column_stack([np.zeros(500), 10.0 + theta])
    assert value_of_information(net, theta[np.newaxis, :])[0] < 0.02
