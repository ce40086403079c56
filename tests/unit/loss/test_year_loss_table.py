"""The year loss table and the event summary: small cases by hand, and every refusal."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.loss.tables import YearLossTable, build_year_loss_table, summarise_by_code


def test_years_are_summed_and_the_largest_event_is_kept() -> None:
    table = build_year_loss_table([0, 2, 2, 2, 9], [1.0, 4.0, 6.0, 5.0, 0.0], years_per_draw=[3, 7])
    assert table.n_years == 10
    assert table.draws == 2
    np.testing.assert_array_equal(table.year, [0, 2, 9])
    np.testing.assert_array_equal(table.annual_sum, [1.0, 15.0, 0.0])
    np.testing.assert_array_equal(table.annual_max, [1.0, 6.0, 0.0])
    np.testing.assert_array_equal(table.row_draws(), [0, 0, 1])
    np.testing.assert_array_equal(table.select_basis("OEP"), table.annual_max)
    np.testing.assert_array_equal(table.select_basis("AEP"), table.annual_sum)


def test_row_draws_holds_at_the_borders_of_draws_and_for_draws_without_loss() -> None:
    table = build_year_loss_table([1, 2, 8], [1.0, 1.0, 1.0], years_per_draw=[2, 2, 4, 2])
    np.testing.assert_array_equal(table.row_draws(), [0, 1, 3])


def test_a_run_without_events_gives_an_empty_table() -> None:
    table = build_year_loss_table([], [], years_per_draw=[5, 5])
    assert table.year.size == 0
    assert table.annual_sum.dtype == np.float64
    assert table.n_years == 10


def test_the_table_is_frozen_and_keeps_no_link_to_the_input() -> None:
    loss = np.array([3.0, 4.0])
    table = build_year_loss_table(np.array([0, 1], dtype=np.int32), loss, years_per_draw=[4], unit="beds")
    loss[:] = 0.0
    assert table.annual_sum.tolist() == [3.0, 4.0]
    assert table.unit == "beds"
    with pytest.raises(ValueError, match="read-only"):
        table.annual_sum[0] = 1.0
    with pytest.raises(dataclasses.FrozenInstanceError, match="unit"):
        table.unit = "h"  # type: ignore[misc]


def test_equal_events_give_equal_bits() -> None:
    rng = np.random.default_rng(5)
    year = np.sort(rng.integers(0, 500, 3000))
    loss = rng.lognormal(10.0, 2.0, 3000)
    first = build_year_loss_table(year, loss, years_per_draw=[250, 250])
    # Another memory layout must not change the order of additions.
    strided = np.repeat(loss, 3)[::3]
    second = build_year_loss_table(list(year), strided, years_per_draw=np.array([250, 250]))
    assert first.annual_sum.tobytes() == second.annual_sum.tobytes()


@pytest.mark.parametrize(
    ("year", "loss", "years_per_draw", "message"),
    [
        ([1, 0], [1.0, 1.0], [4], "years are not in order"),
        ([0, 4], [1.0, 1.0], [4], "outside the simulated years"),
        ([-1, 0], [1.0, 1.0], [4], "outside the simulated years"),
        ([0], [1.0, 2.0], [4], "differ in length"),
        ([0], [-1.0], [4], "values that are not losses"),
        ([0], [float("nan")], [4], "values that are not losses"),
        ([0], [float("inf")], [4], "values that are not losses"),
        ([0.5], [1.0], [4], "not a list of whole numbers"),
        ([[0]], [1.0], [4], "not a list of whole numbers"),
        ([0], [[1.0]], [4], "has 2 axes"),
        ([0], [1.0], [4, 1], "fewer than two simulated years"),
        ([], [], [], "fewer than two simulated years"),
        ([0], [1.0], [4.0], "not a list of whole numbers"),
    ],
)
def test_wrong_events_are_refused(year: object, loss: object, years_per_draw: object, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        build_year_loss_table(year, loss, years_per_draw=years_per_draw)  # type: ignore[arg-type]


def test_an_error_says_where_and_what_to_do() -> None:
    with pytest.raises(ModelError, match=r"row 1: -2\.0") as caught:
        build_year_loss_table([0, 1], [1.0, -2.0], years_per_draw=[4])
    finding = caught.value.findings[0]
    assert finding.field == "loss_eur"
    assert finding.repair is not None


@pytest.mark.parametrize(
    ("year", "annual_sum", "annual_max", "message"),
    [
        ([0, 0], [1.0, 1.0], [1.0, 1.0], "a year has two rows"),
        ([0, 1], [1.0, 1.0], [1.0, 2.0], "exceeds the sum"),
        ([0, 1], [1.0], [1.0, 1.0], "year and annual_sum differ"),
        ([0, 1], [1.0, 1.0], [1.0], "year and annual_max differ"),
    ],
)
def test_a_table_that_contradicts_itself_is_refused(
    year: list[int], annual_sum: list[float], annual_max: list[float], message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        YearLossTable(
            years_per_draw=np.array([4]),
            year=np.array(year),
            annual_sum=np.array(annual_sum),
            annual_max=np.array(annual_max),
        )


def test_an_unknown_basis_is_refused() -> None:
    table = build_year_loss_table([0], [1.0], years_per_draw=[4])
    with pytest.raises(ModelError, match="unknown basis “PML”"):
        table.select_basis("PML")  # type: ignore[arg-type]


def test_summary_by_code_adds_up_to_the_aal() -> None:
    code, loss = np.array([0, 2, 2, 0]), np.array([1.0, 2.0, 4.0, 3.0])
    summary = summarise_by_code(code, loss, n_codes=3, n_years=10)
    np.testing.assert_allclose(summary.annual_loss, [0.4, 0.0, 0.6])
    np.testing.assert_allclose(summary.annual_frequency, [0.2, 0.0, 0.2])
    np.testing.assert_allclose(summary.annual_loss_error, np.sqrt([10.0, 0.0, 20.0]) / 10.0)
    np.testing.assert_allclose(summary.annual_frequency_error, np.sqrt([2.0, 0.0, 2.0]) / 10.0)


def test_summary_with_years_uses_the_spread_of_annual_figures() -> None:
    code, loss, year = np.array([0, 1, 1, 0]), np.array([1.0, 2.0, 4.0, 3.0]), np.array([0, 3, 3, 5])
    summary = summarise_by_code(code, loss, n_codes=2, n_years=8, year=year)
    annual = np.zeros((2, 8))
    annual[0, 0], annual[1, 3], annual[0, 5] = 1.0, 6.0, 3.0
    np.testing.assert_allclose(summary.annual_loss_error, annual.std(axis=1, ddof=1) / np.sqrt(8.0))
    count = np.zeros((2, 8))
    count[0, 0], count[1, 3], count[0, 5] = 1.0, 2.0, 1.0
    np.testing.assert_allclose(summary.annual_frequency_error, count.std(axis=1, ddof=1) / np.sqrt(8.0))


def test_events_that_come_together_widen_the_error() -> None:
    year = np.repeat(np.arange(0, 1000, 10), 5)
    code, loss = np.zeros(500, dtype=np.int64), np.ones(500)
    together = summarise_by_code(code, loss, n_codes=1, n_years=1000, year=year)
    apart = summarise_by_code(code, loss, n_codes=1, n_years=1000)
    # Five equal losses at once have √5 times the error of five apart; the mean of a tenth takes off √0.9.
    ratio = together.annual_loss_error[0] / apart.annual_loss_error[0]
    assert ratio == pytest.approx(np.sqrt(5.0 * 0.9), rel=1e-3)


def test_summary_without_events_is_zero() -> None:
    summary = summarise_by_code([], [], n_codes=2, n_years=10, year=[])
    np.testing.assert_array_equal(summary.annual_loss, [0.0, 0.0])
    np.testing.assert_array_equal(summary.annual_loss_error, [0.0, 0.0])


@pytest.mark.parametrize(
    ("code", "loss", "n_codes", "n_years", "year", "message"),
    [
        ([3], [1.0], 3, 10, None, "unknown code"),
        ([-1], [1.0], 3, 10, None, "unknown code"),
        ([0], [-1.0], 3, 10, None, "values that are not losses"),
        ([0, 1], [1.0], 3, 10, None, "code and loss differ"),
        ([0], [1.0], 0, 10, None, "nothing to summarise"),
        ([0], [1.0], 1, 1, None, "nothing to summarise"),
        ([0], [1.0], 1, 10, [10], "outside the simulated years"),
        ([0], [1.0], 1, 10, [-1], "outside the simulated years"),
        ([0], [1.0], 1, 10, [0, 1], "code and year differ"),
    ],
)
def test_wrong_summaries_are_refused(
    code: list[int], loss: list[float], n_codes: int, n_years: int, year: list[int] | None, message: str
) -> None:
    with pytest.raises(ModelError, match=message):
        summarise_by_code(code, loss, n_codes=n_codes, n_years=n_years, year=year)
