"""Loss figures against closed forms, recursion and each other; tolerances in standard errors (|z| < 4)."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import gammaincc, ndtr, pdtr

from hygie.loss.bands import count_exceedances, read_band
from hygie.loss.curves import build_exceedance_curve, loss_at_return_period
from hygie.loss.fft import (
    CompoundDistribution,
    CompoundPart,
    compute_compound_distribution,
    discretise_sample,
    discretise_severity,
)
from hygie.loss.metrics import estimate_aal, estimate_tail_value_at_risk, estimate_value_at_risk
from hygie.loss.tables import YearLossTable, build_year_loss_table

FloatArray = np.ndarray
SCALE = 2.0


def exponential_cdf(x: FloatArray) -> FloatArray:
    return 1.0 - np.exp(-x / SCALE)


def lognormal_cdf(x: FloatArray) -> FloatArray:
    with np.errstate(divide="ignore"):
        return np.asarray(ndtr((np.log(x) - 1.0) / 0.8))


def simulate_poisson(*, seed: int, rate: float, draws: int, years: int, kind: str = "exponential") -> YearLossTable:
    rng = np.random.default_rng(seed)
    count = rng.poisson(rate, draws * years)
    year = np.repeat(np.arange(count.size), count)
    loss = rng.exponential(SCALE, year.size) if kind == "exponential" else rng.lognormal(1.0, 0.8, year.size)
    return build_year_loss_table(year, loss, years_per_draw=np.full(draws, years))


def compute_exponential(rate: float, *, size: float | None = None, step: float = 0.005) -> CompoundDistribution:
    severity = discretise_severity(exponential_cdf, step_eur=step, points=1 << 15)
    return compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=rate, size=size)], step_eur=step)


def recurse_panjer(severity: FloatArray, *, a: float, b: float, start: float, points: int) -> FloatArray:
    """Panjer's recursion g_j = Σ (a + b i / j) f_i g_{j-i} / (1 - a f_0), the textbook loop."""
    result = np.zeros(points)
    result[0] = start
    for j in range(1, points):
        i = np.arange(1, j + 1)
        result[j] = ((a + b * i / j) * severity[i] * result[j - i]).sum() / (1.0 - a * severity[0])
    return result


def test_poisson_exponential_moments() -> None:
    annual = compute_exponential(0.7)
    assert annual.mean() == pytest.approx(0.7 * SCALE, rel=1e-7)
    # Splitting mass over a step h adds h²/6 to a second moment: 4e-6 here against 2 μ² = 8.
    assert annual.variance() == pytest.approx(0.7 * 2.0 * SCALE**2, rel=2e-6)


def test_poisson_exponential_distribution() -> None:
    rate = 0.7
    loss = np.array([0.5, 2.0, 5.0, 10.0, 20.0, 35.0])
    # Given n events the sum is gamma(n); the Poisson weights past 60 are below 1e-90.
    events = np.arange(1, 61)
    weight = np.diff(pdtr(np.arange(61), rate))
    exact = (weight[:, np.newaxis] * gammaincc(events[:, np.newaxis], loss / SCALE)).sum(axis=0)
    np.testing.assert_allclose(compute_exponential(rate).exceed(loss), exact, rtol=2e-5, atol=1e-9)


def test_geometric_exponential_distribution() -> None:
    mean_count = 1.5
    annual = compute_exponential(mean_count, size=1.0)
    loss = np.array([0.5, 2.0, 5.0, 10.0, 40.0])
    # A geometric number of exponential losses is zero or exponential with mean μ (1 + m).
    exact = mean_count / (1.0 + mean_count) * np.exp(-loss / (SCALE * (1.0 + mean_count)))
    np.testing.assert_allclose(annual.exceed(loss), exact, rtol=2e-5)
    threshold = annual.quantile(0.99)
    assert threshold == pytest.approx(5.0 * np.log(0.6 / 0.01), abs=0.01)
    # Past any level the excess of an exponential is its mean.
    assert annual.tail_mean(0.99) == pytest.approx(threshold + 5.0, abs=0.01)


@pytest.mark.parametrize("size", [None, 0.8, 4.0])
def test_fft_agrees_with_panjer_recursion(size: float | None) -> None:
    rate, points = 1.3, 600
    severity = discretise_severity(lognormal_cdf, step_eur=0.25, points=4096)
    annual = compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=rate, size=size)], step_eur=0.25)
    if size is None:
        a, b, start = 0.0, rate, float(np.exp(-rate * (1.0 - severity[0])))
    else:
        beta = rate / size
        a, b = beta / (1.0 + beta), (size - 1.0) * beta / (1.0 + beta)
        start = float((1.0 + beta * (1.0 - severity[0])) ** -size)
    recursion = recurse_panjer(severity, a=a, b=b, start=start, points=points)
    np.testing.assert_allclose(annual.probability[:points], recursion, atol=2e-11, rtol=1e-6)


def test_independent_parts_convolve() -> None:
    first = discretise_severity(exponential_cdf, step_eur=0.125, points=2048)
    second = discretise_severity(lognormal_cdf, step_eur=0.125, points=2048)
    parts = [
        CompoundPart(severity=first, rate_per_y=0.6),
        CompoundPart(severity=second, rate_per_y=0.9, size=2.0),
    ]
    both = compute_compound_distribution(parts, step_eur=0.125)
    left, right = (compute_compound_distribution([part], step_eur=0.125).probability for part in parts)
    np.testing.assert_allclose(both.probability, np.convolve(left, right)[:2048], rtol=0.0, atol=1e-11)


def test_a_heavy_year_does_not_wrap_around() -> None:
    # 1,000 events a year: exp(-1000) underflows, and a plain transform of the same length would alias.
    severity = discretise_sample([1.0], step_eur=1.0, points=2048)
    annual = compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=1000.0)], step_eur=1.0)
    j = np.array([900, 1000, 1100])
    exact = np.exp(j * np.log(1000.0) - 1000.0 - np.array([np.log(np.arange(1, k + 1)).sum() for k in j]))
    np.testing.assert_allclose(annual.probability[j], exact, rtol=1e-8)


def test_oep_closed_form() -> None:
    rate = 0.4
    table = simulate_poisson(seed=1, rate=rate, draws=20, years=20_000)
    loss = np.array([0.0, 0.5, 1.0, 3.0, 6.0, 10.0, 14.0])
    exact = 1.0 - np.exp(-rate * (1.0 - exponential_cdf(loss)))
    curve = build_exceedance_curve(table, basis="OEP", loss_eur=loss)
    z = (curve.probability - exact) / np.sqrt(exact * (1.0 - exact) / table.n_years)
    assert np.abs(z).max() < 4.0
    np.testing.assert_allclose(curve.mc_error, np.sqrt(exact * (1.0 - exact) / table.n_years), rtol=0.25)


def test_oep_return_levels() -> None:
    rate = 0.4
    table = simulate_poisson(seed=2, rate=rate, draws=20, years=20_000)
    for period in (5.0, 20.0, 200.0, 1000.0):
        figure = loss_at_return_period(table, period, basis="OEP")
        exact = SCALE * np.log(-rate / np.log1p(-1.0 / period))
        assert abs(figure.value - exact) < 4.0 * figure.mc_error


def test_simulated_figures_against_the_compound_distribution() -> None:
    rate = 0.4
    table = simulate_poisson(seed=3, rate=rate, draws=20, years=20_000, kind="lognormal")
    step = 0.05
    severity = discretise_severity(lognormal_cdf, step_eur=step, points=1 << 14)
    annual = compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=rate)], step_eur=step)
    loss = np.array([0.5, 1.0, 3.0, 8.0, 15.0, 25.0, 40.0])
    exact = annual.exceed(loss)
    share = build_exceedance_curve(table, basis="AEP", loss_eur=loss).probability
    z = (share - exact) / np.sqrt(exact * (1.0 - exact) / table.n_years)
    assert np.abs(z).max() < 4.0
    aal = estimate_aal(table)
    assert abs(aal.value - rate * np.exp(1.0 + 0.32)) < 4.0 * aal.mc_error
    for level in (0.9, 0.99, 0.995):
        var, tvar = estimate_value_at_risk(table, level), estimate_tail_value_at_risk(table, level)
        assert abs(var.value - annual.quantile(level)) < 4.0 * var.mc_error
        assert abs(tvar.value - annual.tail_mean(level)) < 4.0 * tvar.mc_error


def test_a_simulated_severity_reproduces_the_simulated_year() -> None:
    rng = np.random.default_rng(4)
    count = rng.poisson(0.5, 200_000)
    year = np.repeat(np.arange(count.size), count)
    loss = np.minimum(rng.lognormal(1.0, 1.0, year.size), 50.0)
    table = build_year_loss_table(year, loss, years_per_draw=[100_000, 100_000])
    severity = discretise_sample(loss, step_eur=0.05, points=1 << 14)
    annual = compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=0.5)], step_eur=0.05)
    grid = np.array([1.0, 5.0, 20.0, 45.0, 55.0])
    exact = annual.exceed(grid)
    share = build_exceedance_curve(table, basis="AEP", loss_eur=grid).probability
    assert np.abs((share - exact) / np.sqrt(exact * (1.0 - exact) / table.n_years)).max() < 4.0


MEAN_RATE, SHAPE = 0.3, 4.0


def simulate_mixture(*, seed: int, draws: int, years: int) -> tuple[YearLossTable, FloatArray]:
    """Return gamma-mixed Poisson years with exponential losses, and the band of the rates that were drawn."""
    rng = np.random.default_rng(seed)
    rate = rng.gamma(SHAPE, MEAN_RATE / SHAPE, draws)
    count = rng.poisson(np.repeat(rate, years))
    year = np.repeat(np.arange(count.size), count)
    table = build_year_loss_table(year, rng.exponential(SCALE, year.size), years_per_draw=np.full(draws, years))
    return table, read_band(rate)


def widths(low: float, quartile_low: float, quartile_high: float, high: float) -> FloatArray:
    return np.array([high - low, quartile_high - quartile_low])


def test_the_band_of_the_aal_shows_belief_without_chance() -> None:
    draws, years = 4000, 50
    table, rate = simulate_mixture(seed=5, draws=draws, years=years)
    truth = widths(*(rate * SCALE))
    figure = estimate_aal(table)
    corrected = widths(figure.low, figure.quartile_low, figure.quartile_high, figure.high)
    raw = np.bincount(table.row_draws(), weights=table.annual_sum, minlength=draws) / years
    naive = widths(*read_band(raw))
    np.testing.assert_allclose(corrected / truth, 1.0, atol=0.05)
    assert np.all(naive / truth > 1.18)
    np.testing.assert_allclose([figure.low, figure.high], rate[[0, 3]] * SCALE, rtol=0.04)


def test_the_band_of_a_curve_shows_belief_without_chance() -> None:
    draws, years = 4000, 100
    table, rate = simulate_mixture(seed=6, draws=draws, years=years)
    # At 3 ten years per draw exceed; at 6 and 9 fewer than five, where the ratio is carried on.
    loss = np.array([0.5, 3.0, 6.0, 9.0])
    truth = 1.0 - np.exp(-rate[:, np.newaxis] * (1.0 - exponential_cdf(loss)))
    curve = build_exceedance_curve(table, basis="OEP", loss_eur=loss)
    lines = np.array([curve.band_low, curve.quartile_low, curve.quartile_high, curve.band_high])
    ratio = widths(*lines) / widths(*truth)
    np.testing.assert_allclose(ratio, 1.0, atol=0.09)
    count = count_exceedances(table.annual_max, draw=table.row_draws(), draws=draws, loss_eur=loss)
    naive = widths(*read_band(count / years)) / widths(*truth)
    assert np.all(naive[0] > [1.05, 1.2, 1.5, 1.7])


def test_the_bands_of_var_and_tvar_show_belief_without_chance() -> None:
    table, rate = simulate_mixture(seed=7, draws=600, years=2000)
    level = 0.99
    # VaR and TVaR rise with the rate, so their quantiles over draws are those at the quantiles of the rate.
    annual = [compute_exponential(float(value), step=0.01) for value in rate]
    var, tvar = estimate_value_at_risk(table, level), estimate_tail_value_at_risk(table, level)
    for figure, truth in (
        (var, np.array([each.quantile(level) for each in annual])),
        (tvar, np.array([each.tail_mean(level) for each in annual])),
    ):
        found = np.array([figure.low, figure.quartile_low, figure.quartile_high, figure.high])
        np.testing.assert_allclose(found, truth, rtol=0.03)
        np.testing.assert_allclose(widths(*found) / widths(*truth), 1.0, atol=0.06)
