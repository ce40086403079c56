"""Exceedance curves and return periods on cases that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.loss.curves import (
    build_exceedance_curve,
    choose_loss_grid,
    choose_reading_grid,
    find_rank,
    loss_at_return_period,
    measure_cells,
    read_order_statistic,
)
from hygie.loss.tables import YearLossTable, build_year_loss_table


@pytest.fixture
def table() -> YearLossTable:
    """Two draws of 10 years; sums 3, 8, 2, 6, largest events 2, 8, 2, 4."""
    return build_year_loss_table([0, 0, 4, 11, 15, 15], [1.0, 2.0, 8.0, 2.0, 4.0, 2.0], years_per_draw=[10, 10])


def test_probabilities_are_shares_of_all_years(table: YearLossTable) -> None:
    grid = [0.0, 2.0, 3.0, 6.0, 8.0]
    aep = build_exceedance_curve(table, basis="AEP", loss_eur=grid)
    oep = build_exceedance_curve(table, basis="OEP", loss_eur=grid)
    np.testing.assert_allclose(aep.probability, [0.20, 0.15, 0.10, 0.05, 0.0])
    np.testing.assert_allclose(oep.probability, [0.20, 0.10, 0.10, 0.05, 0.0])
    assert (aep.basis, oep.basis) == ("AEP", "OEP")
    assert aep.unit == "EUR_2024"


def test_standard_error_is_binomial_inside_the_draws(table: YearLossTable) -> None:
    curve = build_exceedance_curve(table, basis="AEP", loss_eur=[2.5])
    # Shares 2/10 and 1/10, variance of a share p (1 - p) / 9, each draw weighing one half.
    expected = np.sqrt((0.2 * 0.8 / 9.0 + 0.1 * 0.9 / 9.0) / 4.0)
    np.testing.assert_allclose(curve.mc_error, [expected])


def test_default_grid_is_log_spaced_and_always_exceeded() -> None:
    rng = np.random.default_rng(2)
    values = np.append(rng.lognormal(12.0, 2.0, 5000), np.zeros(10))
    grid = choose_loss_grid(values)
    assert grid.size == 60
    np.testing.assert_allclose(np.diff(np.log(grid)), np.log(grid[-1] / grid[0]) / 59.0, rtol=1e-9)
    assert np.count_nonzero(values > grid[-1]) == 1
    assert np.count_nonzero(values > grid[0]) == pytest.approx(0.99 * 5000, abs=2)


@pytest.mark.parametrize("values", [[], [0.0, 0.0], [4.0], [4.0, 4.0, 0.0]])
def test_no_grid_without_two_different_losses(values: list[float]) -> None:
    assert choose_loss_grid(np.array(values)).size == 0


def test_a_curve_without_losses_is_empty_and_one_on_request_is_zero() -> None:
    empty = build_year_loss_table([], [], years_per_draw=[5, 5])
    assert build_exceedance_curve(empty, basis="OEP").probability.size == 0
    curve = build_exceedance_curve(empty, basis="OEP", loss_eur=[0.0, 1.0])
    for array in (curve.probability, curve.band_low, curve.band_high, curve.mc_error):
        np.testing.assert_array_equal(array, [0.0, 0.0])


def test_a_curve_is_read_only(table: YearLossTable) -> None:
    curve = build_exceedance_curve(table, basis="AEP")
    with pytest.raises(ValueError, match="read-only"):
        curve.probability[0] = 1.0


@pytest.mark.parametrize("grid", [[], [1.0, 1.0], [2.0, 1.0], [-1.0, 1.0], [np.nan], [0.0, np.inf], [[1.0, 2.0]]])
def test_thresholds_out_of_order_are_refused(table: YearLossTable, grid: list[float]) -> None:
    with pytest.raises(ModelError, match="do not increase"):
        build_exceedance_curve(table, basis="AEP", loss_eur=grid)


def test_wrong_basis_and_too_few_points_are_refused(table: YearLossTable) -> None:
    with pytest.raises(ModelError, match="unknown basis"):
        build_exceedance_curve(table, basis="aep")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="at least two points"):
        build_exceedance_curve(table, basis="AEP", points=1)


def test_rank_survives_rounding_of_probabilities() -> None:
    for n_years in (200, 1000, 10_000, 1_000_000, 100_000_000):
        for period in (2, 4, 5, 10, 20, 50, 100, 200):
            assert find_rank(1.0 / period, n_years=n_years) == n_years - n_years // period
            assert find_rank(1.0 - (1.0 - 1.0 / period), n_years=n_years) == n_years - n_years // period


def test_rank_is_that_of_the_inverse_distribution_function() -> None:
    values = np.sort(np.random.default_rng(4).exponential(1.0, 37))
    for share in (0.013, 0.2, 0.5, 0.77, 0.99):
        expected = np.quantile(values, 1.0 - share, method="inverted_cdf")
        assert read_order_statistic(values, n_years=37, rank=find_rank(share, n_years=37)) == expected


@pytest.mark.parametrize(
    ("period", "oep", "aep"),
    [(1.5, 0.0, 0.0), (5, 0.0, 0.0), (6, 2.0, 2.0), (10, 2.0, 3.0), (20, 4.0, 6.0), (21, 8.0, 8.0)],
)
def test_losses_at_return_periods(table: YearLossTable, period: float, oep: float, aep: float) -> None:
    assert loss_at_return_period(table, period, basis="OEP").value == oep
    assert loss_at_return_period(table, period, basis="AEP").value == aep


def test_quantile_error_is_half_the_distance_of_order_statistics() -> None:
    values = np.arange(1.0, 1001.0)
    table = build_year_loss_table(np.arange(1000), values, years_per_draw=[1000])
    figure = loss_at_return_period(table, 10.0, basis="AEP")
    # Rank 900, binomial sd √(1000 · 0.1 · 0.9) = 9.49, rounded outwards.
    assert figure.value == 900.0
    assert figure.mc_error == 10.0


def test_band_reads_each_draw_when_there_is_no_noise_to_take_out() -> None:
    # Many years per draw: draw k loses k million in one year out of ten.
    draws, years = 21, 20_000
    year = np.arange(0, draws * years, 10)
    loss = (1.0 + year // years) * 1e6
    table = build_year_loss_table(year, loss, years_per_draw=np.full(draws, years))
    figure = loss_at_return_period(table, 100.0, basis="OEP")
    # A year in a hundred out of a year in ten: the worst tenth of draws, 2.1 of 21.
    assert figure.value == 19e6
    np.testing.assert_allclose(
        [figure.low, figure.quartile_low, figure.quartile_high, figure.high],
        [1.4e6, 5.667e6, 16.333e6, 20.6e6],
        rtol=1e-3,
    )


def test_a_single_draw_has_no_band() -> None:
    table = build_year_loss_table(np.arange(500), np.arange(500.0), years_per_draw=[1000])
    figure = loss_at_return_period(table, 20.0, basis="AEP")
    assert figure.low == figure.quartile_low == figure.quartile_high == figure.high
    assert figure.low == pytest.approx(figure.value, rel=1e-3)


@pytest.mark.parametrize("period", [1.0, 0.5, 0.0, -3.0, np.inf, np.nan])
def test_impossible_return_periods_are_refused(table: YearLossTable, period: float) -> None:
    with pytest.raises(ModelError, match="longer than one year"):
        loss_at_return_period(table, period, basis="AEP")


def test_cells_know_where_their_values_lie() -> None:
    position = measure_cells(np.array([0.0, 1.0, 2.0, 4.0, 4.0]), loss_eur=np.array([0.0, 2.0, 4.0, 5.0]))
    np.testing.assert_allclose(position, [0.75, 1.0, 0.5])


def test_reading_grid_spans_zero_to_the_largest_loss() -> None:
    values = np.random.default_rng(9).lognormal(0.0, 1.0, 10_000)
    grid = choose_reading_grid(values)
    assert grid[0] == 0.0
    assert grid[-1] == values.max()
    assert np.all(np.diff(grid) > 0.0)
    np.testing.assert_array_equal(choose_reading_grid(np.zeros(0)), [0.0])
