"""How often: one count gives the textbook answer, and what is unknown widens it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import special, stats

from hygie.core.distributions import Beta, Constant, Distribution, Gamma, Mixture, Uniform
from hygie.core.errors import ModelError
from hygie.threat import level
from hygie.threat.level import CountTerm, LevelPosterior, fit_level
from hygie.threat.nuisances import NuisancePriors
from hygie.threat.posterior import RatePosterior

PRIOR_SHAPE, PRIOR_MEDIAN = 0.5, 0.01
PRIOR_RATE = special.gammaincinv(PRIOR_SHAPE, 0.5) / PRIOR_MEDIAN
ONE, NONE = Constant(1.0), Constant(0.0)


def term(count: int, *, exposure: float = 2000.0, at: float = 2024.0, source: str = "s", ref: str = "c") -> CountTerm:
    return CountTerm(ref=ref, count=count, exposure=exposure, at=at, source=source)


def fit(*terms: CountTerm, as_of: float = 2024.0, **changes: Any) -> LevelPosterior:
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
    # Either nearly all is seen or nearly nothing: beliefs in two heaps, and counts between them.
    heaps = Mixture((Beta(2.0, 400.0), Beta(400.0, 2.0)), (0.5, 0.5))

    def test_counts_that_no_coverage_explains(self) -> None:
        """Counts that fall between what either heap expects are explained by a few odd points only."""
        with pytest.raises(ModelError, match="too few sample points carry the result") as caught:
            fit(
                term(20, exposure=1000.0, source="one", ref="a"),
                term(1000, exposure=1000.0, source="two", ref="b"),
                coverage=self.heaps,
            )
        finding = caught.value.findings[0]
        assert finding.allowed == "at least 1000"
        assert finding.value is not None
        assert finding.value.startswith("effective sample size ")
        assert "coverage priors" in (finding.repair or "")

    def test_a_count_far_from_the_prior_moves_the_points(self) -> None:
        """A firm prior and a count a hundred times above it: coverage has to be nearly one, and the rate is dragged up.

        Against the exact sum over coverages: 1,000 counts on 1,000 entity-years, with mean rate 0.01 ± 1 %.
        """
        posterior = fit(term(1000, exposure=1000.0), coverage=Beta(1.0, 1.0), prior_shape=10_000.0)
        kappa = np.linspace(0.95, 1.0, 20_001)[1:]
        rate = special.gammaincinv(10_000.0, 0.5) / PRIOR_MEDIAN
        log_weight = 1000.0 * np.log(kappa) - 11_000.0 * np.log(rate + 1000.0 * kappa)
        weight = np.exp(log_weight - log_weight.max())
        mean = weight @ (11_000.0 / (rate + 1000.0 * kappa)) / weight.sum()
        assert posterior.adapted
        assert posterior.effective_size > 1000.0
        assert posterior.mean() == pytest.approx(mean, rel=1e-4)
        (coverage,) = [row for row in posterior.compare() if row.kind == "coverage"]
        assert coverage.posterior[1] == pytest.approx(np.interp(0.5, np.cumsum(weight) / weight.sum(), kappa), abs=1e-3)

    def test_an_ordinary_fit_has_points_enough(self) -> None:
        ordinary = fit(term(40), coverage=Beta(12.0, 8.0))
        assert ordinary.effective_size > 1000.0
        assert not ordinary.adapted
        nothing_unknown = fit(term(40))
        assert nothing_unknown.effective_size == pytest.approx(nothing_unknown.weight.size)

    def test_points_of_the_prior_and_around_the_mode_agree(self, monkeypatch: pytest.MonkeyPatch) -> None:
        options = {"coverage": Beta(12.0, 8.0), "out_of_scope": Beta(3.0, 17.0), "discount": Beta(17.0, 3.0)}
        terms = [term(count, at=2021.0 + year, ref=f"{year}") for year, count in enumerate((47, 24, 35))]
        plain = fit(*terms, **options)
        monkeypatch.setattr(level, "MIN_EFFECTIVE_SIZE", 1.0 + plain.effective_size)
        moved = fit(*terms, **options)
        assert (plain.adapted, moved.adapted) == (False, True)
        assert moved.effective_size > plain.effective_size
        assert_allclose(moved.quantiles([0.05, 0.5, 0.95]), plain.quantiles([0.05, 0.5, 0.95]), rtol=0.02)


class TestWhatACountMeans:
    def test_a_common_state_is_exposure(self) -> None:
        """A year in which the whole sector was twice as threatened counts as two ordinary ones."""
        twice = fit(replace(term(40), multiplier=2.0))
        assert_allclose(twice.quantiles([0.5]), fit(term(40, exposure=4000.0)).quantiles([0.5]))

    def test_a_count_within_the_population_has_nothing_outside(self) -> None:
        within = fit(replace(term(40), within_population=True), out_of_scope=Constant(0.2))
        assert_allclose(within.quantiles([0.5]), fit(term(40)).quantiles([0.5]))
        assert {row.kind for row in within.compare()} == {"discount", "coverage", "definition"}

    def test_better_reporting_is_not_more_threat(self) -> None:
        """Counts rise by a half because coverage did: with the step the rate stays, without it it seems to rise."""
        years = [term(40, at=2022.0, ref="a"), term(60, at=2023.0, ref="b")]
        stepped = [replace(item, coverage=f"s {item.ref}") for item in years]
        coverage = {"s a": Constant(0.4), "s b": Constant(0.6)}
        known = fit_level(
            stepped,
            prior_shape=PRIOR_SHAPE,
            prior_median=PRIOR_MEDIAN,
            coverage=coverage,
            definition={"s": ONE},
            out_of_scope={"s": NONE},
            discount=Constant(0.7),
            as_of=2023.0,
        )
        assert known.quantiles([0.5])[0] == pytest.approx(0.05, rel=0.02)
        assert fit(*years, coverage=Constant(0.4), discount=Constant(0.7)).quantiles([0.5])[0] > 1.15 * 0.05

    def test_steps_of_one_source_share_their_doubt(self) -> None:
        """A step moves coverage; it does not make two independent sources of one."""
        years = [term(40, at=2022.0, ref="a"), term(40, at=2023.0, ref="b")]
        stepped = [replace(item, coverage=f"s {item.ref}") for item in years]
        apart = [replace(item, source=item.ref) for item in years]
        prior = Beta(6.0, 4.0)

        def width(terms: list[CountTerm], names: tuple[str, ...]) -> float:
            sources = {item.source for item in terms}
            low, high = fit_level(
                terms,
                prior_shape=PRIOR_SHAPE,
                prior_median=PRIOR_MEDIAN,
                coverage=dict.fromkeys(names, prior),
                definition=dict.fromkeys(sources, ONE),
                out_of_scope=dict.fromkeys(sources, NONE),
                discount=ONE,
                as_of=2023.0,
            ).quantiles([0.05, 0.95])
            return float(high / low)

        one = width(years, ("s",))
        assert width(stepped, ("s a", "s b")) == pytest.approx(one, rel=1e-6)
        assert width(apart, ("a", "b")) < 0.9 * one


class TestPrediction:
    def test_the_next_count_is_negative_binomial(self) -> None:
        predicted = fit(term(40)).predict("s", exposure=1000.0, at=2024.0)
        exact = stats.nbinom(PRIOR_SHAPE + 40, (PRIOR_RATE + 2000.0) / (PRIOR_RATE + 3000.0))
        n = np.arange(60)
        assert_allclose(predicted.pmf(n), exact.pmf(n), rtol=1e-8)
        assert_allclose(predicted.cdf(n), exact.cdf(n), rtol=1e-8)
        assert_allclose(predicted.quantiles([0.05, 0.5, 0.95]), exact.ppf([0.05, 0.5, 0.95]))

    def test_a_later_window_is_less_known(self) -> None:
        """Knowledge fades until the window ends: the mean is that of the forecast level, the band is wider."""
        options = {"coverage": Beta(12.0, 8.0), "discount": Constant(0.8)}
        now, later = fit(term(40), **options), fit(term(40), as_of=2026.0, **options)
        told = now.predict("s", exposure=2000.0, at=2026.0)
        assert told.mean() == pytest.approx(later.predict("s", exposure=2000.0, at=2026.0).mean())
        near, far = now.predict("s", exposure=2000.0, at=2024.0).quantiles([0.05, 0.95]), told.quantiles([0.05, 0.95])
        assert far[1] - far[0] > near[1] - near[0]

    def test_a_source_that_the_level_does_not_know(self) -> None:
        """Its coverage is as unknown as its prior says, and independent of what was learnt of others."""
        fitted = fit(term(40), coverage=Beta(12.0, 8.0))
        other = NuisancePriors(
            coverage={"t": Beta(3.0, 9.0)},
            source={"t": "t"},
            definition={"t": ONE},
            out_of_scope={"t": Beta(2.0, 8.0)},
            discount=ONE,
        )
        predicted = fitted.predict("t", exposure=2000.0, at=2024.0, priors=other)
        # E[1 / (1 − o)] of Beta(2, 8) is 9 / 7.
        assert predicted.mean() == pytest.approx(fitted.mean() * 2000.0 * 0.25 * 9.0 / 7.0, rel=0.02)


class TestDiscount:
    def test_a_jump_speaks_for_forgetting(self) -> None:
        steady = [term(40, at=2018.0 + year, ref=f"{year}") for year in range(6)]
        jump = [replace(item, count=8 if index < 3 else 160) for index, item in enumerate(steady)]
        flat = fit(*steady, discount=Uniform(0.2, 1.0), as_of=2023.0).support_discount()
        torn = fit(*jump, discount=Uniform(0.2, 1.0), as_of=2023.0).support_discount()
        assert flat.likelihood[-1] > flat.likelihood[0]
        assert torn.likelihood[-1] < 0.05
        assert torn.high < flat.high
        assert max(flat.likelihood) == max(torn.likelihood) == 1.0

    def test_few_counts_hardly_tell(self) -> None:
        support = fit(term(40), discount=Uniform(0.5, 1.0), as_of=2024.0).support_discount()
        assert min(support.likelihood) > 0.8
        assert (support.low, support.high) == pytest.approx((0.5, 1.0), abs=0.01)


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
