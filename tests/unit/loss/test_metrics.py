"""AAL, VaR and TVaR by hand, with ties, zeros and errors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.loss.figures import Figure
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk, estimate_value_at_risk
from hygie.loss.tables import YearLossTable, build_year_loss_table


def integrate_upper_quantiles(values: np.ndarray, level: float) -> float:
    """Return (1 / (1 - q)) ∫_q^1 VaR_u du by adding up the steps of the quantile function."""
    ordered = np.sort(values)
    edges = np.arange(values.size + 1) / values.size
    lengths = np.maximum(0.0, edges[1:] - np.maximum(edges[:-1], level))
    return float((ordered * lengths).sum() / (1.0 - level))


def test_aal_by_hand() -> None:
    table = build_year_loss_table([0, 1, 5], [2.0, 4.0, 3.0], years_per_draw=[4, 4])
    figure = estimate_aal(table)
    assert figure.value == 9.0 / 8.0
    inside = [np.array([2.0, 4.0, 0.0, 0.0]).var(ddof=1), np.array([0.0, 3.0, 0.0, 0.0]).var(ddof=1)]
    assert figure.mc_error == pytest.approx(np.sqrt(4.0 * sum(inside)) / 8.0)
    assert figure.unit == "EUR_2024"


def test_aal_band_is_that_of_the_draws_when_years_never_differ() -> None:
    # 41 draws of 10 years, each year of draw k losing k: no chance inside a draw at all.
    year = np.arange(410)
    table = build_year_loss_table(year, (year // 10).astype(float), years_per_draw=np.full(41, 10))
    figure = estimate_aal(table)
    assert figure.value == pytest.approx(20.0)
    assert figure.mc_error == 0.0
    assert figure.quartile_low == pytest.approx(9.6667, abs=0.01)
    assert figure.quartile_high == pytest.approx(30.3333, abs=0.01)
    assert figure.low == pytest.approx(1.4, abs=0.01)
    assert figure.high == pytest.approx(38.6, abs=0.01)


def test_identical_draws_have_no_band() -> None:
    one = np.array([0, 3, 4, 8])
    year = np.concatenate([one + 10 * draw for draw in range(6)])
    table = build_year_loss_table(year, np.tile([1.0, 5.0, 2.0, 9.0], 6), years_per_draw=np.full(6, 10))
    for figure in (
        estimate_aal(table),
        estimate_value_at_risk(table, 0.8),
        estimate_tail_value_at_risk(table, 0.8),
        estimate_tail_value_at_risk(table, 0.95),
    ):
        assert figure.low == pytest.approx(figure.high)
        assert figure.low == pytest.approx(figure.value)
    assert estimate_aal(table).mc_error > 0.0


def test_bands_are_read_between_thresholds_without_bias() -> None:
    loss = np.random.default_rng(3).lognormal(0.0, 1.5, 5000)
    table = build_year_loss_table(np.arange(5000), loss, years_per_draw=[20_000])
    for level in (0.8, 0.95, 0.99, 0.999):
        figure = estimate_tail_value_at_risk(table, level)
        assert figure.low == pytest.approx(figure.value, rel=2e-4)
        figure = estimate_value_at_risk(table, level)
        assert figure.low == pytest.approx(figure.value, rel=5e-3)


@pytest.mark.parametrize("level", [0.05, 0.5, 0.61, 0.75, 0.8, 0.9, 0.95, 0.999])
def test_tvar_is_the_coherent_expected_shortfall(level: float) -> None:
    values = np.array([0.0] * 12 + [1.0, 1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 10.0])
    rows = np.flatnonzero(values)
    table = build_year_loss_table(rows, values[rows], years_per_draw=[10, 10])
    tvar = estimate_tail_value_at_risk(table, level)
    var = estimate_value_at_risk(table, level)
    assert var.value == np.quantile(values, level, method="inverted_cdf")
    assert tvar.value == pytest.approx(integrate_upper_quantiles(values, level), rel=1e-9)
    assert tvar.value >= var.value


def test_the_atom_at_zero_is_shared_out() -> None:
    # 90 years out of 100 without loss: VaR_0.8 is zero, and the worst 20 years hold ten losses of 6.
    table = build_year_loss_table(np.arange(10), np.full(10, 6.0), years_per_draw=[100])
    assert estimate_value_at_risk(table, 0.8).value == 0.0
    assert estimate_tail_value_at_risk(table, 0.8).value == pytest.approx(3.0)


def test_the_last_years_are_read_without_extrapolation() -> None:
    table = build_year_loss_table([3, 7], [5.0, 9.0], years_per_draw=[10])
    assert estimate_value_at_risk(table, 0.95).value == 9.0
    assert estimate_tail_value_at_risk(table, 0.95).value == pytest.approx(9.0)


def test_no_losses_give_zero_figures() -> None:
    table = build_year_loss_table([], [], years_per_draw=[10, 10], unit="beds")
    for figure in (
        estimate_aal(table),
        estimate_value_at_risk(table, 0.9),
        estimate_tail_value_at_risk(table, 0.9),
    ):
        assert figure == Figure(
            value=0.0, low=0.0, high=0.0, quartile_low=0.0, quartile_high=0.0, mc_error=0.0, unit="beds"
        )


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 99.5, float("nan")])
@pytest.mark.parametrize("estimate", [estimate_value_at_risk, estimate_tail_value_at_risk])
def test_levels_outside_the_unit_interval_are_refused(
    estimate: Callable[[YearLossTable, float], Figure], level: float
) -> None:
    table = build_year_loss_table([0], [1.0], years_per_draw=[4])
    with pytest.raises(ModelError, match="is a probability"):
        estimate(table, level)


@pytest.mark.parametrize(
    "estimate",
    [
        estimate_aal,
        lambda table: estimate_value_at_risk(table, 0.95),
        lambda table: estimate_tail_value_at_risk(table, 0.95),
    ],
    ids=["aal", "var", "tvar"],
)
def test_standard_errors_match_the_spread_over_repeated_runs(
    estimate: Callable[[YearLossTable], Figure],
) -> None:
    rng = np.random.default_rng(21)
    draws, years, runs = 10, 400, 300
    rate = np.linspace(0.2, 0.6, draws)
    figures = []
    for _ in range(runs):
        count = rng.poisson(np.repeat(rate, years))
        year = np.repeat(np.arange(count.size), count)
        loss = rng.exponential(1.0, year.size)
        figures.append(estimate(build_year_loss_table(year, loss, years_per_draw=np.full(draws, years))))
    spread = np.std([figure.value for figure in figures], ddof=1)
    claimed = np.sqrt(np.mean([figure.mc_error**2 for figure in figures]))
    # A standard deviation over n runs has a relative standard error near 1 / √(2 n).
    assert abs(claimed / spread - 1.0) < 4.0 / np.sqrt(2.0 * runs)
