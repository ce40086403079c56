"""Scores and forecasts of counts against SciPy, numerical integration and simulation."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special, stats

from hygie.core.distributions import Beta
from hygie.threat.forecasts import ConstantRate, DiscountedFilter, LastValue, PlainPoisson
from hygie.threat.scores import CountForecast, mean_difference

MIXTURE = CountForecast(np.array([2.5, 8.0, np.inf]), np.array([3.0, 9.0, 20.0]), np.array([0.5, 0.3, 0.2]))
YEARLY = Beta(17.0, 3.0)


def mixture_of(forecast: CountForecast, what: str, k: np.ndarray) -> np.ndarray:
    """The same mixture, by SciPy: pmf or cdf."""
    total = np.zeros(np.shape(k))
    for size, centre, weight in zip(forecast.size, forecast.centre, forecast.weight, strict=True):
        law = stats.poisson(centre) if np.isinf(size) else stats.nbinom(size, size / (size + centre))
        total = total + weight * getattr(law, what)(k)
    return total


def one_memory(monkeypatch: pytest.MonkeyPatch, *, kept: float, dispersions: tuple[float, ...]) -> DiscountedFilter:
    """A filter with one δ per period and the given dispersions."""
    from hygie.threat import forecasts

    monkeypatch.setattr(forecasts, "_discount_grid", lambda discount: (np.array([kept]), np.ones(1)))
    monkeypatch.setattr(forecasts, "_DISPERSIONS", dispersions)
    return DiscountedFilter(discount=YEARLY, period_years=1.0, bursty=bool(dispersions))


@pytest.mark.parametrize("count", [0, 1, 7, 40, 5000])
def test_log_score_is_that_of_scipy_even_far_in_the_tail(count: int) -> None:
    parts = [
        np.log(weight) + (stats.poisson(c) if np.isinf(r) else stats.nbinom(r, r / (r + c))).logpmf(count)
        for r, c, weight in zip(MIXTURE.size, MIXTURE.centre, MIXTURE.weight, strict=True)
    ]
    assert MIXTURE.log_score(count) == pytest.approx(special.logsumexp(parts), rel=1e-9)


@pytest.mark.parametrize("count", [0, 3, 25, 90])
def test_crps_is_its_integral(count: int) -> None:
    def integrand(x: float) -> float:
        return float((mixture_of(MIXTURE, "cdf", np.floor(x)) - (x >= count)) ** 2)

    # The integrand is constant between whole numbers: the trapezoid at their middles is its integral.
    middles = np.arange(200) + 0.5
    expected = sum(integrand(x) for x in middles)
    by_quad = integrate.quad(integrand, 0.0, 200.0, points=list(range(1, 200)), limit=2000)[0]
    assert by_quad == pytest.approx(expected, rel=1e-6)
    assert MIXTURE.crps(count) == pytest.approx(by_quad, rel=1e-6)


def test_crps_of_a_count_beyond_the_table() -> None:
    mean = MIXTURE.mean()
    # E|X − y| − ½ E|X − X'|, the other form of the CRPS, with y so far out that |X − y| = y − X.
    cdf = mixture_of(MIXTURE, "cdf", np.arange(2000))
    spread = float(np.sum(cdf * (1.0 - cdf)))
    assert MIXTURE.crps(20_000) == pytest.approx(20_000 - mean - spread, rel=1e-6)


def test_bands_and_pit_bounds_are_those_of_scipy() -> None:
    for count in (0, 4, 30):
        low = mixture_of(MIXTURE, "cdf", np.array(count - 1))
        high = mixture_of(MIXTURE, "cdf", np.array(count))
        assert MIXTURE.pit(count, 0.0) == pytest.approx(low, abs=1e-9)
        assert MIXTURE.pit(count, 1.0) == pytest.approx(high, abs=1e-9)
        assert MIXTURE.pit_share(count, 0.0, low + 0.25 * (high - low)) == pytest.approx(0.25, abs=1e-6)
    first, last = MIXTURE.band(0.8)
    assert mixture_of(MIXTURE, "cdf", np.array(first)) >= 0.1 > mixture_of(MIXTURE, "cdf", np.array(first - 1))
    assert mixture_of(MIXTURE, "cdf", np.array(last)) >= 0.9 > mixture_of(MIXTURE, "cdf", np.array(last - 1))


def test_pit_is_uniform_and_coverage_exact_when_the_forecast_is_the_truth() -> None:
    rng = np.random.default_rng(11)
    # Few events: whole-number bands hold far more than they say, the averaged PIT does not.
    truth = CountForecast(np.array([1.5]), np.array([1.2]), np.ones(1))
    counts = stats.nbinom(1.5, 1.5 / 2.7).rvs(4000, random_state=rng)
    pit = [truth.pit(int(count), u) for count, u in zip(counts, rng.random(4000), strict=True)]
    assert stats.kstest(pit, "uniform").pvalue > 0.01
    for level in (0.5, 0.8, 0.95):
        shares = np.array([truth.covers(int(count), level) for count in counts])
        assert abs(shares.mean() - level) < 3.0 * shares.std() / np.sqrt(4000)
    low, high = truth.band(0.5)
    assert np.mean((counts >= low) & (counts <= high)) > 0.6
    wrong = CountForecast(np.array([1.5]), np.array([2.4]), np.ones(1))
    pit = [wrong.pit(int(count), u) for count, u in zip(counts, rng.random(4000), strict=True)]
    assert stats.kstest(pit, "uniform").pvalue < 1e-6


def test_errors_of_means_allow_for_memory() -> None:
    rng = np.random.default_rng(5)
    means, errors, naive = [], [], []
    for _ in range(400):
        noise = rng.normal(size=200)
        values = noise[1:] + 0.6 * noise[:-1]
        found = mean_difference(values)
        means.append(found.mean)
        errors.append(found.error)
        naive.append(values.std() / np.sqrt(values.size))
    spread = np.std(means)
    assert np.mean(errors) == pytest.approx(spread, rel=0.12)
    assert np.mean(naive) < 0.8 * spread


def test_simple_forecasts_are_the_closed_forms() -> None:
    counts = [4, 0, 7]
    constant, plain, last = ConstantRate(), PlainPoisson(), LastValue()
    for count in counts:
        for one in (constant, plain, last):
            one.observe(count)
    k = np.arange(12)
    for one, law in (
        (constant, stats.nbinom(11.5, 3.0 / 4.0)),
        (plain, stats.poisson(11.5 / 3.0)),
        (last, stats.nbinom(7.5, 0.5)),
    ):
        assert one.forecast().probabilities[:12] == pytest.approx(law.pmf(k), rel=1e-9)


def test_filter_without_dispersion_is_the_discounted_gamma(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = 0.8
    ours = one_memory(monkeypatch, kept=kept, dispersions=())
    shape, rate = 0.5, 0.0
    for count in (5, 2, 9):
        ours.observe(count)
        shape, rate = kept * (shape + count) + (1.0 - kept) * 0.5, kept * (rate + 1.0)
    expected = stats.nbinom(shape, rate / (rate + 2.0)).pmf(np.arange(60))
    assert ours.forecast(exposure=2.0).probabilities[:60] == pytest.approx(expected, rel=1e-9)


def test_filter_with_dispersion_is_the_integral_over_rates(monkeypatch: pytest.MonkeyPatch) -> None:
    kept, alpha, counts = 0.8, 0.2, (5, 2, 9)
    ours = one_memory(monkeypatch, kept=kept, dispersions=(alpha,))
    for count in counts:
        ours.observe(count)
    # Only α = 0.2: the forecast of its part of the mixture.
    ours.log_weight[:, 0] = -np.inf

    def negative_binomial(count: int, rate: float) -> float:
        return float(stats.nbinom(1.0 / alpha, 1.0 / (1.0 + alpha * rate)).pmf(count))

    def density(rate: float) -> float:
        value = rate**-0.5 * (1.0 + alpha * rate) ** -0.5
        for age, count in enumerate(reversed(counts), start=1):
            value *= negative_binomial(count, rate) ** (kept**age)
        return value

    edges = [1e-3, 1.0, 5.0, 20.0, 200.0, 1e5]

    def integral(function) -> float:  # noqa: ANN001
        return sum(integrate.quad(function, a, b, limit=200)[0] for a, b in zip(edges, edges[1:], strict=False))

    total = integral(density)
    for count in (0, 4, 15):
        expected = integral(lambda rate, count=count: density(rate) * negative_binomial(count, rate)) / total
        assert float(np.exp(ours.forecast().log_score(count))) == pytest.approx(expected, rel=2e-3)


def test_filter_learns_memory_and_dispersion() -> None:
    rng = np.random.default_rng(3)
    calm, bursty = (DiscountedFilter(discount=YEARLY, period_years=1.0 / 12.0) for _ in range(2))
    for _ in range(120):
        calm.observe(int(rng.poisson(20.0)))
        bursty.observe(int(rng.poisson(20.0 * rng.gamma(2.5, 1.0 / 2.5))))
    assert calm.typical()[1] < 0.02
    assert 0.25 < bursty.typical()[1] < 0.6
    moving = DiscountedFilter(discount=YEARLY, period_years=1.0 / 12.0)
    for month in range(120):
        moving.observe(int(rng.poisson(20.0 + 60.0 * (month // 20 % 2))))
    assert moving.typical()[0] < calm.typical()[0]
