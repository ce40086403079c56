"""Checks: numbers, limits and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.loss.checks import CheckResult, check_expectation, check_tail_mass, check_tail_years
from hygie.loss.figures import Figure
from hygie.loss.tables import YearLossTable, build_year_loss_table


@pytest.fixture
def table() -> YearLossTable:
    """20,000 years, 1,000 of them with losses 1, 2, …, 1,000."""
    return build_year_loss_table(np.arange(1000) * 20, np.arange(1.0, 1001.0), years_per_draw=[10_000, 10_000])


def make_figure(value: float, mc_error: float) -> Figure:
    return Figure(
        value=value,
        low=value,
        high=value,
        quartile_low=value,
        quartile_high=value,
        mc_error=mc_error,
        unit="EUR_2024",
    )


@pytest.mark.parametrize(
    ("period", "years", "ok"),
    [(100.0, 200.0, True), (200.0, 100.0, True), (201.0, 99.0, False), (2.0, 1000.0, True)],
)
def test_tail_years_are_counted(table: YearLossTable, period: float, years: float, ok: bool) -> None:
    result = check_tail_years(table, return_period_y=period, basis="OEP")
    assert result == CheckResult(name=f"tail_years_oep_{period:g}", value=years, threshold=100.0, ok=ok)


def test_years_without_loss_support_no_tail() -> None:
    table = build_year_loss_table([5], [1.0], years_per_draw=[100_000])
    assert not check_tail_years(table, return_period_y=200.0, basis="AEP").ok


def test_tail_mass_is_the_share_of_the_worst_hundred_years(table: YearLossTable) -> None:
    share = np.arange(901.0, 1001.0).sum() / np.arange(1.0, 1001.0).sum()
    result = check_tail_mass(table, largest_share=0.1)
    assert result.value == pytest.approx(share)
    assert not result.ok
    assert check_tail_mass(table, largest_share=0.2).ok


def test_tail_mass_without_losses_is_zero() -> None:
    result = check_tail_mass(build_year_loss_table([], [], years_per_draw=[10]), largest_share=0.1)
    assert result.value == 0.0
    assert result.ok


@pytest.mark.parametrize(("expected", "ok"), [(10.0, True), (10.39, True), (10.41, False), (9.59, False)])
def test_expectation_is_held_against_standard_errors(expected: float, ok: bool) -> None:
    result = check_expectation(make_figure(10.0, 0.1), expected=expected, name="aal")
    assert result.value == pytest.approx(abs(expected - 10.0) / 0.1)
    assert result.ok is ok


def test_a_simulation_without_error_must_be_exact() -> None:
    assert check_expectation(make_figure(0.0, 0.0), expected=0.0, name="aal").ok
    result = check_expectation(make_figure(0.0, 0.0), expected=1.0, name="aal")
    assert not result.ok
    assert result.value == np.inf


def test_wrong_questions_are_refused(table: YearLossTable) -> None:
    with pytest.raises(ModelError, match="longer than one year"):
        check_tail_years(table, return_period_y=1.0, basis="AEP")
    with pytest.raises(ModelError, match="unknown basis"):
        check_tail_years(table, return_period_y=10.0, basis="PML")  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=r"outside \(0, 1\]"):
        check_tail_mass(table, largest_share=10.0)
    with pytest.raises(ModelError, match="expectation is not finite"):
        check_expectation(make_figure(1.0, 1.0), expected=np.inf, name="aal")
