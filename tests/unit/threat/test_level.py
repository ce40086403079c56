"""How often: one count gives the textbook answer, and what is unknown widens it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special, stats

from hygie.core.distributions import Beta, Constant, Distribution, Gamma, Uniform
from hygie.core.errors import ModelError
from hygie.threat.level import CountTerm, RatePosterior, fit_level, spread_points

PRIOR_SHAPE, PRIOR_MEDIAN = 0.5, 0.01
PRIOR_RATE = special.gammaincinv(PRIOR_SHAPE, 0.5) / PRIOR_MEDIAN
ONE, NONE = Constant(1.0), Constant(0.0)


def term(count: int, *, exposure: float = 2000.0, at: float = 2024.0, source: str = "s", ref: str = "c") -> CountTerm:
    return CountTerm(ref=ref, count=count, exposure=exposure, at=at, source=source)


def fit(*terms: CountTerm, as_of: float = 2024.0, **changes: Any) -> RatePosterior:
    """Fit with nothing unknown but the rate, unless `changes` say otherwise."""
    sources = {item.source for item in terms}
    nuisances: dict[str, Distribution] = {
        "coverage": changes.pop("coverage", ONE),
        "definition": changes.pop("definition", ONE),
        "out_of_scope": changes.pop("out_of_scope", NONE),
    }
    options = {"prior_shape": PRIOR_SHAPE, "prior_median": PRIOR_MEDIAN, "discount": ONE, "as_of": as_of, **changes}
    return fit_level(terms, **{kind: dict.fromkeys(sources, d) for kind, d in nuisances.items()}, **options)


class TestClosedForm:
    """Gamma prior, Poisson count: Gamma posterior (shape + n, rate + exposure)."""

    def test_one_count(self) -> None:
        posterior = fit(term(40))
        exact = stats.gamma(PRIOR_SHAPE + 40, scale=1.0 / (PRIOR_RATE + 2000.0))
        probabilities = [0.05, 0.5, 0.95]
        assert posterior.mean() == pytest.approx(exact.mean())
        assert_allclose(posterior.quantiles(probabilities), exact.ppf(probabilities), rtol=1e-9)
        assert_allclose(posterior.cdf(exact.ppf(probabilities)), probabilities)

    def test_two_counts_are_one_larger_count(self) -> None:
        two = fit(term(40, at=2023.0), term(25, at=2024.0))
        one = fit(term(65, exposure=4000.0))
        assert_allclose(two.quantiles([0.05, 0.5, 0.95]), one.quantiles([0.05, 0.5, 0.95]))

    def test_no_count_leaves_the_prior(self) -> None:
        posterior = fit()
        assert_allclose(posterior.quantiles([0.5]), [PRIOR_MEDIAN])

    def test_years_without_an_event_are_evidence(self) -> None:
        """The rule of three: no event in n entity-years, and the rate is hardly above 3 / n."""
        high = fit(term(0, exposure=10_000.0), prior_shape=1.0, prior_median=100.0).quantiles([0.95])
        assert_allclose(high, [3.0 / 10_000.0], rtol=0.01)

    def test_half_the_events_are_seen(self) -> None:
        seen = fit(term(40), coverage=Constant(0.5))
        assert_allclose(seen.quantiles([0.5]), fit(term(40, exposure=1000.0)).quantiles([0.5]))

    def test_a_fifth_of_the_count_is_elsewhere(self) -> None:
        """Counted events outside the population raise the expected count: κ q / (1 − o)."""
        elsewhere = fit(term(40), out_of_scope=Constant(0.2))
        assert_allclose(elsewhere.quantiles([0.5]), fit(term(40, exposure=2500.0)).quantiles([0.5]))


class TestUnknownCoverage:
    def test_against_numerical_integration(self) -> None:
        coverage = Beta(6.0, 4.0)
        posterior = fit(term(40), coverage=coverage)
        kappa = (np.arange(4000) + 0.5) / 4000
        weight = stats.beta(6.0, 4.0).pdf(kappa) * stats.nbinom.pmf(
            40, PRIOR_SHAPE, PRIOR_RATE / (PRIOR_RATE + 2000.0 * kappa)
        )
        weight /= weight.sum()
        components = stats.gamma(PRIOR_SHAPE + 40, scale=1.0 / (PRIOR_RATE + 2000.0 * kappa))
        x = np.array([0.02, 0.03, 0.04, 0.06])
        assert_allclose(posterior.cdf(x), [(weight @ components.cdf(v)) for v in x], atol=2e-3)
        assert posterior.mean() == pytest.approx(weight @ components.mean(), rel=5e-3)

    def test_it_widens_the_band(self) -> None:
        def width(posterior: RatePosterior) -> float:
            low, high = posterior.quantiles([0.05, 0.95])
            return float(high / low)

        known = width(fit(term(40), coverage=Constant(0.6)))
        assert width(fit(term(40), coverage=Beta(60.0, 40.0))) > known
        assert width(fit(term(40), coverage=Beta(3.0, 2.0))) > width(fit(term(40), coverage=Beta(60.0, 40.0)))

    def test_counts_of_one_source_share_their_coverage(self) -> None:
        """Three years of one half-blind source say less than three sources that are blind in their own ways."""
        years = [term(40, at=2021.0 + year, ref=f"{year}") for year in range(3)]
        one = fit(*years, coverage=Uniform(0.5, 1.0)).quantiles([0.05, 0.95])
        several = fit(*(replace(year, source=year.ref) for year in years), coverage=Uniform(0.5, 1.0))
        low, high = several.quantiles([0.05, 0.95])
        assert one[1] / one[0] > high / low


class TestForgetting:
    def test_a_silent_year_is_forgotten_in_part(self) -> None:
        """After one year, δ of the information is kept and 1 − δ of the prior comes back."""
        posterior = fit(term(40), as_of=2025.0, discount=Constant(0.7))
        shape = 0.7 * (PRIOR_SHAPE + 40) + 0.3 * PRIOR_SHAPE
        rate = 0.7 * (PRIOR_RATE + 2000.0) + 0.3 * PRIOR_RATE
        assert posterior.mean() == pytest.approx(shape / rate)
        assert_allclose(posterior.quantiles([0.95]), Gamma(shape, rate).ppf(np.array([0.95])))

    def test_in_the_end_only_the_prior_is_left(self) -> None:
        posterior = fit(term(400), as_of=2200.0, discount=Constant(0.7))
        assert_allclose(posterior.quantiles([0.05, 0.5, 0.95]), fit().quantiles([0.05, 0.5, 0.95]), rtol=1e-6)

    def test_the_band_widens_towards_the_prior_and_its_median_stays_sane(self) -> None:
        bands = [
            fit(term(0), as_of=2024.0 + years, discount=Beta(17.0, 3.0)).quantiles([0.5, 0.95]) for years in range(8)
        ]
        medians, highs = np.array(bands).T
        assert (np.diff(highs) > 0).all()
        assert (medians > 1e-6).all()
        assert medians[-1] < PRIOR_MEDIAN

    def test_an_older_count_weighs_less(self) -> None:
        recent_high = fit(term(20, at=2020.0), term(60, at=2024.0), discount=Constant(0.7))
        recent_low = fit(term(60, at=2020.0), term(20, at=2024.0), discount=Constant(0.7))
        assert recent_high.mean() > 1.3 * recent_low.mean()


class TestContradiction:
    def test_counts_that_no_coverage_explains(self) -> None:
        """A firm prior, and a count a hundred times above it: the few points that explain it cannot carry a result."""
        with pytest.raises(ModelError, match="too few sample points carry the result") as caught:
            fit(term(1000, exposure=1000.0), coverage=Beta(1.0, 1.0), prior_shape=10_000.0)
        finding = caught.value.findings[0]
        assert finding.allowed == "at least 1000"
        assert finding.value is not None
        assert finding.value.startswith("effective sample size ")
        assert "coverage priors" in (finding.repair or "")

    def test_an_ordinary_fit_has_points_enough(self) -> None:
        assert fit(term(40), coverage=Beta(12.0, 8.0)).effective_size > 1000.0
        nothing_unknown = fit(term(40))
        assert nothing_unknown.effective_size == pytest.approx(nothing_unknown.weight.size)


def test_recovery() -> None:
    """Rates and coverages drawn from their priors, counts from them: the 90 % band holds the rate about 9 times in 10.

    With 60 replications, 90 % of hits has a standard error of 3.9 points.
    """
    rng = np.random.default_rng(20240501)
    coverage, out_of_scope = Beta(12.0, 8.0), Beta(3.0, 17.0)
    hits = 0
    for _ in range(60):
        rate = rng.gamma(2.0) * 0.01
        kappa, outside = rng.beta(12.0, 8.0), rng.beta(3.0, 17.0)
        mean = rate * 2000.0 * kappa / (1.0 - outside)
        terms = [term(int(rng.poisson(mean)), at=2021.0 + year, ref=f"{year}") for year in range(3)]
        posterior = fit(
            *terms,
            coverage=coverage,
            out_of_scope=out_of_scope,
            prior_shape=2.0,
            prior_median=0.01 * special.gammaincinv(2.0, 0.5),
        )
        hits += int(0.05 < posterior.cdf(np.array([rate]))[0] < 0.95)
    assert 0.78 <= hits / 60 <= 0.98


class TestSampling:
    posterior = RatePosterior(
        np.array([50.0, 8.0, 20.0]), np.array([1000.0, 1000.0, 1000.0]), np.array([0.2, 0.5, 0.3]), 9.0
    )

    def test_sample_follows_the_mixture(self) -> None:
        u = (np.arange(200) + 0.5) / 200
        component, rate = (grid.ravel() for grid in np.meshgrid(u, u))
        values = self.posterior.sample(component, rate)
        assert values.mean() == pytest.approx(self.posterior.mean(), rel=1e-3)
        for x in (0.008, 0.02, 0.05):
            assert (values <= x).mean() == pytest.approx(self.posterior.cdf(np.array([x]))[0], abs=2e-3)

    def test_components_come_in_order_of_their_mean(self) -> None:
        """So that a small uniform always means a low rate, whatever the order of the points."""
        u = np.linspace(0.01, 0.99, 30)
        values = self.posterior.sample(u, np.full(30, 0.5))
        assert (np.diff(values) >= 0).all()


def test_points_are_spread_evenly() -> None:
    """Averages of smooth functions over the points are far closer than those of random points."""
    points = spread_points(4096, 4)
    assert points.shape == (4096, 4)
    assert 0.0 < points.min() < points.max() < 1.0
    assert_allclose(points.mean(axis=0), 0.5, atol=1e-3)
    assert abs((points.prod(axis=1)).mean() - 1.0 / 16.0) < 2e-3
    cells = (points[:, 0] * 8).astype(int) * 8 + (points[:, 1] * 8).astype(int)
    counts = np.bincount(cells, minlength=64)
    assert counts.min() > 48
    assert counts.max() < 80
