"""Noise-corrected bands: algebra by hand, limits, and the shape of corrected curves."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaincinv

from hygie.loss.bands import (
    BAND_LEVELS,
    correct_exceedance,
    count_exceedances,
    estimate_draw_moments,
    read_band,
    shrink_draws,
)
from hygie.loss.tables import YearLossTable, build_year_loss_table


def simulate_table(*, seed: int, draws: int, years: int, mean_rate: float, spread: float) -> YearLossTable:
    """Return gamma-mixed Poisson years with exponential losses of mean 1."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(1.0 / spread**2, mean_rate * spread**2, draws)
    count = rng.poisson(np.repeat(rate, years))
    year = np.repeat(np.arange(count.size), count)
    loss = rng.exponential(1.0, year.size)
    return build_year_loss_table(year, loss, years_per_draw=np.full(draws, years))


def test_moments_count_years_without_a_row() -> None:
    table = build_year_loss_table([0, 1, 5], [2.0, 4.0, 3.0], years_per_draw=[4, 3])
    mean, variance = estimate_draw_moments(table.annual_sum, table=table)
    full = [np.array([2.0, 4.0, 0.0, 0.0]), np.array([0.0, 3.0, 0.0])]
    np.testing.assert_allclose(mean, [part.mean() for part in full])
    np.testing.assert_allclose(variance, [part.var(ddof=1) for part in full])


def test_equal_draws_shrink_to_the_textbook_between_variance() -> None:
    estimate = np.array([1.0, 2.0, 4.0, 9.0])
    noise = np.array([1.0, 2.0, 1.0, 4.0])
    shrunk = shrink_draws(estimate, noise_variance=noise, years_per_draw=np.full(4, 10))
    assert shrunk.mean() == pytest.approx(4.0)
    assert shrunk.var(ddof=1) == pytest.approx(estimate.var(ddof=1) - noise.mean())


def test_draws_that_differ_by_chance_only_collapse_to_the_mean() -> None:
    estimate = np.array([1.0, 2.0, 3.0])
    shrunk = shrink_draws(estimate, noise_variance=np.full(3, 5.0), years_per_draw=np.full(3, 10))
    np.testing.assert_allclose(shrunk, [2.0, 2.0, 2.0])


def test_without_noise_nothing_moves() -> None:
    estimate = np.array([[1.0, 0.5], [2.0, 0.5], [3.0, 0.5]])
    shrunk = shrink_draws(estimate, noise_variance=np.zeros((3, 2)), years_per_draw=np.array([5, 9, 7]))
    np.testing.assert_allclose(shrunk, estimate)


def test_one_draw_is_returned_as_it_is() -> None:
    shrunk = shrink_draws(np.array([3.0]), noise_variance=np.array([9.0]), years_per_draw=np.array([10]))
    assert shrunk.tolist() == [3.0]


def test_between_variance_is_unbiased_with_unequal_draws() -> None:
    rng = np.random.default_rng(17)
    years = np.array([2, 3, 5, 10, 30, 50])
    weight = years / years.sum()
    runs = 20_000
    belief = rng.normal(0.0, 1.5, (runs, years.size))
    noise_variance = 4.0 / years
    estimate = belief + rng.normal(0.0, 1.0, belief.shape) * np.sqrt(noise_variance)
    deviation = estimate - (estimate * weight).sum(axis=1, keepdims=True)
    total = (weight * deviation**2).sum(axis=1) / (1.0 - (weight**2).sum())
    noise = (weight * (1.0 - weight) * noise_variance).sum() / (1.0 - (weight**2).sum())
    unclipped = total - noise
    z = (unclipped.mean() - 1.5**2) / (unclipped.std() / np.sqrt(runs))
    assert abs(z) < 4.0
    shrunk = shrink_draws(estimate[0], noise_variance=noise_variance, years_per_draw=years)
    spread = (weight * (shrunk - (weight * shrunk).sum()) ** 2).sum() / (1.0 - (weight**2).sum())
    assert spread == pytest.approx(max(0.0, unclipped[0]))


def test_exceedances_are_strict_and_counted_per_draw() -> None:
    count = count_exceedances(
        np.array([1.0, 2.0, 2.0, 5.0]),
        draw=np.array([0, 0, 1, 1]),
        draws=3,
        loss_eur=np.array([0.0, 2.0, 4.0, 5.0]),
    )
    np.testing.assert_array_equal(count, [[2, 0, 0, 0], [2, 1, 1, 0], [0, 0, 0, 0]])


def test_corrected_curves_fall_and_keep_the_common_curve() -> None:
    table = simulate_table(seed=3, draws=60, years=400, mean_rate=0.4, spread=0.5)
    grid = np.linspace(0.0, 9.0, 80)
    curves = correct_exceedance(table.annual_sum, table=table, loss_eur=grid)
    assert curves.shape == (60, 80)
    assert curves.min() >= 0.0
    assert curves.max() <= 1.0
    assert np.all(np.diff(curves, axis=1) <= 1e-15)
    common = (table.annual_sum[:, np.newaxis] > grid).sum(axis=0) / table.n_years
    np.testing.assert_allclose(curves.mean(axis=0), common, rtol=0.02, atol=1e-12)


def test_the_band_stays_open_where_draws_are_too_short_to_tell() -> None:
    table = simulate_table(seed=8, draws=100, years=300, mean_rate=0.3, spread=0.6)
    far = np.sort(table.annual_max)[-20]
    band = read_band(correct_exceedance(table.annual_max, table=table, loss_eur=np.array([far])))[:, 0]
    # There P(largest event > x) is proportional to the rate, a gamma variable with shape 1 / 0.36 and mean 1.
    truth = gammaincinv(1.0 / 0.36, np.array([0.05, 0.95])) * 0.36
    np.testing.assert_allclose(band[[0, 3]] / (19.0 / table.n_years), truth, rtol=0.35)


def test_reading_a_threshold_does_not_depend_on_the_other_thresholds() -> None:
    table = simulate_table(seed=8, draws=20, years=200, mean_rate=0.5, spread=0.5)
    far = float(np.sort(table.annual_sum)[-10])
    alone = correct_exceedance(table.annual_sum, table=table, loss_eur=np.array([far]))
    among = correct_exceedance(table.annual_sum, table=table, loss_eur=np.array([1.0, far, far + 1.0]))
    # Running minimum and maximum may move a curve by a hair where thresholds are added before it.
    np.testing.assert_allclose(alone[:, 0], among[:, 1], rtol=0.2)


def test_ties_at_a_cap_and_empty_tables_are_read() -> None:
    capped = build_year_loss_table(np.arange(100), np.full(100, 7.0), years_per_draw=[100, 100])
    curves = correct_exceedance(capped.annual_sum, table=capped, loss_eur=np.array([0.0, 6.9, 7.0]))
    # Draw 0 lost in every year, draw 1 in none: nothing there is chance.
    np.testing.assert_allclose(curves, [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], atol=1e-12)
    empty = build_year_loss_table([], [], years_per_draw=[10, 10])
    np.testing.assert_array_equal(
        correct_exceedance(empty.annual_sum, table=empty, loss_eur=np.array([0.0, 1.0])), np.zeros((2, 2))
    )


def test_band_levels_are_read_in_order() -> None:
    assert BAND_LEVELS == (0.05, 0.25, 0.75, 0.95)
    band = read_band(np.arange(1001.0))
    # Rank p (n + 1/3) + 1/3 among n values, the first of which is 0.
    np.testing.assert_allclose(band, [49.4, 249.666667, 750.333333, 950.6], rtol=1e-6)
