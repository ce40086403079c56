"""Properties that hold for any events, however few, tied or extreme."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.loss.bands import shrink_draws
from hygie.loss.curves import build_exceedance_curve, loss_at_return_period
from hygie.loss.fft import CompoundPart, compute_compound_distribution, discretise_sample
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk, estimate_value_at_risk
from hygie.loss.tables import Basis, YearLossTable, build_year_loss_table, summarise_by_code

SETTINGS = settings(max_examples=80, deadline=None, derandomize=True)

LOSSES = st.one_of(
    st.sampled_from([0.0, 1.0, 2.0, 1e6]),
    st.floats(min_value=1e-3, max_value=1e9, allow_nan=False, allow_infinity=False),
)


@st.composite
def events(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return years (sorted), losses and years per draw."""
    years_per_draw = np.array(draw(st.lists(st.integers(2, 15), min_size=1, max_size=5)))
    n_years = int(years_per_draw.sum())
    rows = draw(st.lists(st.tuples(st.integers(0, n_years - 1), LOSSES), max_size=40))
    rows.sort(key=lambda row: row[0])
    year = np.array([row[0] for row in rows], dtype=np.int64)
    return year, np.array([row[1] for row in rows], dtype=np.float64), years_per_draw


def build(data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> YearLossTable:
    year, loss, years_per_draw = data
    return build_year_loss_table(year, loss, years_per_draw=years_per_draw)


def observed_grid(table: YearLossTable) -> np.ndarray:
    return np.unique(np.concatenate([[0.0], table.annual_sum, table.annual_max]))


@SETTINGS
@given(events())
def test_exceedance_curves_and_bands_fall(data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    table = build(data)
    bases: tuple[Basis, ...] = ("OEP", "AEP")
    for basis in bases:
        for grid in (None, observed_grid(table)):
            curve = build_exceedance_curve(table, basis=basis, loss_eur=grid)
            lines = [curve.band_low, curve.quartile_low, curve.quartile_high, curve.band_high]
            for line in (curve.probability, *lines):
                assert np.all(np.diff(line) <= 1e-12)
                assert np.all((line >= 0.0) & (line <= 1.0))
            for lower, upper in pairwise(lines):
                assert np.all(lower <= upper + 1e-12)


@SETTINGS
@given(events())
def test_oep_never_exceeds_aep(data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    table = build(data)
    grid = observed_grid(table)
    oep = build_exceedance_curve(table, basis="OEP", loss_eur=grid)
    aep = build_exceedance_curve(table, basis="AEP", loss_eur=grid)
    assert np.all(oep.probability <= aep.probability)
    for period in (1.5, 3.0, 10.0, 200.0):
        largest = loss_at_return_period(table, period, basis="OEP").value
        assert largest <= loss_at_return_period(table, period, basis="AEP").value


@SETTINGS
@given(events())
def test_aal_is_the_area_under_the_aep_curve(data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    table = build(data)
    grid = observed_grid(table)
    curve = build_exceedance_curve(table, basis="AEP", loss_eur=grid)
    # P(X > x) is constant between observed values, from the left one on.
    area = float((curve.probability[:-1] * np.diff(grid)).sum())
    assert estimate_aal(table).value == pytest.approx(area, rel=1e-9)


@SETTINGS
@given(events(), st.floats(0.01, 0.999))
def test_tvar_is_at_least_var_in_value_and_band(data: tuple[np.ndarray, np.ndarray, np.ndarray], level: float) -> None:
    table = build(data)
    var, tvar = estimate_value_at_risk(table, level), estimate_tail_value_at_risk(table, level)
    assert tvar.value >= var.value
    for name in ("low", "quartile_low", "quartile_high", "high"):
        # The numbers pass through different sums: equal up to rounding when every loss beyond is the same.
        assert getattr(tvar, name) >= getattr(var, name) * (1.0 - 1e-9)
    assert var.low <= var.quartile_low <= var.quartile_high <= var.high
    assert tvar.low <= tvar.quartile_low <= tvar.quartile_high <= tvar.high
    assert min(var.mc_error, tvar.mc_error) >= 0.0
    assert var.high <= table.annual_sum.max(initial=0.0)


@SETTINGS
@given(events(), st.floats(0.01, 0.98), st.floats(0.0, 0.019))
def test_var_and_tvar_rise_with_the_level(
    data: tuple[np.ndarray, np.ndarray, np.ndarray], level: float, step: float
) -> None:
    table = build(data)
    assert estimate_value_at_risk(table, level + step).value >= estimate_value_at_risk(table, level).value
    upper, lower = (estimate_tail_value_at_risk(table, q).value for q in (level + step, level))
    assert upper >= lower * (1.0 - 1e-9)


@SETTINGS
@given(events())
def test_tvar_at_a_small_level_is_the_aal(data: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    table = build(data)
    assert estimate_tail_value_at_risk(table, 1e-13).value == pytest.approx(estimate_aal(table).value, rel=1e-9)


@SETTINGS
@given(events(), st.randoms(use_true_random=False))
def test_order_of_events_and_of_draws_does_not_matter(
    data: tuple[np.ndarray, np.ndarray, np.ndarray], random: object
) -> None:
    year, loss, years_per_draw = data
    order = list(range(year.size))
    random.shuffle(order)  # type: ignore[attr-defined]
    order.sort(key=lambda row: year[row])
    table, shuffled = (
        build(data),
        build_year_loss_table(year[order], loss[order], years_per_draw=years_per_draw),
    )
    np.testing.assert_array_equal(shuffled.annual_max, table.annual_max)
    np.testing.assert_allclose(shuffled.annual_sum, table.annual_sum, rtol=1e-13)

    starts = np.cumsum(years_per_draw) - years_per_draw
    draw = np.searchsorted(np.cumsum(years_per_draw), year, side="right")
    draws = list(range(years_per_draw.size))
    random.shuffle(draws)  # type: ignore[attr-defined]
    moved_starts = np.zeros_like(starts)
    moved_starts[draws] = np.cumsum(years_per_draw[draws]) - years_per_draw[draws]
    moved_year = year - starts[draw] + moved_starts[draw]
    rows = np.argsort(moved_year, kind="stable")
    moved = build_year_loss_table(moved_year[rows], loss[rows], years_per_draw=years_per_draw[draws])
    for estimate in (estimate_aal, lambda t: estimate_tail_value_at_risk(t, 0.9)):
        before, after = estimate(table), estimate(moved)
        for name in ("value", "low", "high", "quartile_low", "quartile_high", "mc_error"):
            assert getattr(after, name) == pytest.approx(getattr(before, name), rel=1e-6, abs=1e-9 * before.value)


@SETTINGS
@given(events(), st.sampled_from([0.25, 2.0, 1024.0]))
def test_figures_scale_with_the_currency(data: tuple[np.ndarray, np.ndarray, np.ndarray], factor: float) -> None:
    year, loss, years_per_draw = data
    table, scaled = build(data), build_year_loss_table(year, factor * loss, years_per_draw=years_per_draw)
    for estimate in (
        estimate_aal,
        lambda t: estimate_value_at_risk(t, 0.8),
        lambda t: estimate_tail_value_at_risk(t, 0.8),
    ):
        before, after = estimate(table), estimate(scaled)
        for name in ("value", "low", "high", "quartile_low", "quartile_high", "mc_error"):
            assert getattr(after, name) == pytest.approx(factor * getattr(before, name), rel=1e-9)


@SETTINGS
@given(st.lists(st.tuples(st.floats(0.0, 1e6), st.floats(0.0, 1e9), st.integers(2, 50)), min_size=2, max_size=12))
def test_shrinking_stays_inside_the_draws(rows: list[tuple[float, float, int]]) -> None:
    estimate, noise, years = (np.array(column) for column in zip(*rows, strict=True))
    shrunk = shrink_draws(estimate, noise_variance=noise, years_per_draw=years)
    slack = 1e-9 * (1.0 + estimate.max())
    assert np.all((shrunk >= estimate.min() - slack) & (shrunk <= estimate.max() + slack))
    weight = years / years.sum()
    assert (weight * shrunk).sum() == pytest.approx((weight * estimate).sum(), rel=1e-9, abs=1e-9)
    assert np.ptp(shrunk) <= np.ptp(estimate) + slack
    # The order of the draws is kept.
    assert np.all(np.diff(shrunk[np.argsort(estimate, kind="stable")]) >= -slack)


@SETTINGS
@given(events(), st.integers(1, 4))
def test_codes_partition_the_aal(data: tuple[np.ndarray, np.ndarray, np.ndarray], n_codes: int) -> None:
    year, loss, years_per_draw = data
    n_years = int(years_per_draw.sum())
    code = np.arange(year.size) % n_codes
    summary = summarise_by_code(code, loss, n_codes=n_codes, n_years=n_years, year=year)
    assert summary.annual_loss.sum() == pytest.approx(estimate_aal(build(data)).value, rel=1e-12)
    assert summary.annual_frequency.sum() * n_years == pytest.approx(year.size)
    assert np.all(summary.annual_loss_error >= 0.0)


@SETTINGS
@given(
    st.lists(st.floats(0.0, 15.0), min_size=1, max_size=20),
    st.floats(0.0, 5.0),
    st.one_of(st.none(), st.floats(0.5, 20.0)),
)
def test_a_compound_distribution_has_the_moments_of_theory(
    losses: list[float], rate: float, size: float | None
) -> None:
    severity = discretise_sample(losses, step_eur=0.5, points=4096)
    annual = compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=rate, size=size)], step_eur=0.5)
    grid = annual.loss_eur
    mean, square = float((severity * grid).sum()), float((severity * grid**2).sum())
    overdispersion = 0.0 if size is None else rate**2 / size
    assert mean == pytest.approx(float(np.mean(losses)), rel=1e-9, abs=1e-12)
    assert annual.mean() == pytest.approx(rate * mean, rel=1e-6, abs=1e-6)
    assert annual.variance() == pytest.approx(rate * square + overdispersion * mean**2, rel=1e-5, abs=1e-5)
    assert annual.probability.min() >= 0.0
