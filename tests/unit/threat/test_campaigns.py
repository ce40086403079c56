"""Campaigns: how often, how many victims, and how often one facility is among them, against simulation."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.records import Campaign
from hygie.threat.campaigns import (
    CampaignClock,
    chance_of_hit,
    draw_campaign_rate,
    equal_visibility,
    fit_campaign_rate,
    include_victims,
    size_weights,
    wind_clock,
)
from hygie.threat.context import load_context, share_visibility
from hygie.threat.covariates import describe_population
from hygie.threat.states import load_states

DRAWS = 400
DAY = date(2026, 11, 23)


def campaign(catalogue: Catalogue, ref: str, day: str, start: str = "2022-01-01", end: str = "2023-12-31") -> Campaign:
    return replace(catalogue.campaigns[0], ref=ref, started_on=day, window_start=start, window_end=end)


class TestRate:
    def fit(self, *campaigns: Campaign, as_of: date = DAY):  # noqa: ANN202
        return fit_campaign_rate(campaigns, "ddos", prior_shape=0.5, prior_median=1.0, as_of=as_of)

    def test_posterior_is_gamma(self, catalogue: Catalogue) -> None:
        fitted = self.fit(campaign(catalogue, "a", "2022-03"), campaign(catalogue, "b", "2023-06"))
        assert fitted.shape == 2.5
        assert fitted.years == pytest.approx(2.0, abs=0.01)
        rate = draw_campaign_rate(fitted, sample=EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS))
        law = stats.gamma(2.5, scale=1.0 / (fitted.prior_rate + fitted.years))
        assert rate.mean() == pytest.approx(law.mean(), rel=0.02)
        assert np.quantile(rate, 0.9) == pytest.approx(law.ppf(0.9), rel=0.02)

    def test_prior_has_its_median(self, catalogue: Catalogue) -> None:
        fitted = self.fit()
        assert stats.gamma(0.5, scale=1.0 / fitted.prior_rate).median() == pytest.approx(1.0)
        assert fitted.last is None

    def test_windows_that_overlap_count_once(self, catalogue: Catalogue) -> None:
        fitted = self.fit(
            campaign(catalogue, "a", "2022-03"),
            campaign(catalogue, "b", "2023-06", "2023-01-01", "2024-12-31"),
            campaign(catalogue, "c", "2019-06", "2019-01-01", "2019-12-31"),
        )
        assert fitted.years == pytest.approx(4.0, abs=0.02)
        assert fitted.last == date(2024, 12, 31)

    def test_the_past_knows_neither_later_campaigns_nor_later_watching(self, catalogue: Catalogue) -> None:
        both = (campaign(catalogue, "a", "2022-03"), campaign(catalogue, "b", "2023-06"))
        fitted = self.fit(*both, as_of=date(2023, 1, 1))
        assert fitted.seen == ("a",)
        assert fitted.years == pytest.approx(1.0, abs=0.01)

    def test_a_state_that_has_always_been_on_says_nothing(self, catalogue: Catalogue) -> None:
        """Doubt about its strength cancels between the years watched and the year ahead."""
        states = load_states(catalogue)
        on = tuple(replace(one, first=date(2000, 1, 1)) for one in states if one.spec.threat_class == "ddos")
        sample = EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
        fitted = fit_campaign_rate(catalogue.campaigns, "ddos", states=on, prior_shape=0.5, prior_median=1e6, as_of=DAY)
        under = draw_campaign_rate(fitted, sample=sample) * sample.values("state.hacktivism_2022.multiplier")
        plain = fit_campaign_rate(catalogue.campaigns, "ddos", prior_shape=0.5, prior_median=1e6, as_of=DAY)
        assert_allclose(under, draw_campaign_rate(plain, sample=sample), rtol=1e-4)


class TestSize:
    def test_law_is_negative_binomial_without_its_zero(self) -> None:
        weights = size_weights(np.array([5.0]), np.array([1.5]), largest=400)[0]
        law = stats.nbinom(1.5, 1.5 / 6.5)
        expected = law.pmf(np.arange(1, 401)) / law.sf(0)
        assert_allclose(weights, expected, atol=1e-12)
        assert weights @ np.arange(1, 401) == pytest.approx(5.0 / law.sf(0))

    def test_the_tail_is_kept(self) -> None:
        assert_allclose(size_weights(np.array([50.0]), np.array([0.8]), largest=20).sum(), 1.0)


def simulate_inclusion(visibility: np.ndarray, size: int, *, campaigns: int, seed: int) -> np.ndarray:
    """Share of campaigns that pick each entity: `size` successive picks without replacement, ∝ visibility.

    Gumbel keys: the largest log(v) + Gumbel come in the order of successive picks.
    """
    generator = np.random.default_rng(seed)
    hits = np.zeros(visibility.size)
    for _ in range(campaigns):
        keys = np.log(visibility) + generator.gumbel(size=visibility.size)
        hits[np.argpartition(-keys, size - 1)[:size]] += 1.0
    return hits / campaigns


class TestVictims:
    """The population of the pack, each stratum taken apart into its entities."""

    @pytest.fixture
    def visibility(self, catalogue: Catalogue, blueprints: Blueprints) -> np.ndarray:
        sample = EpistemicSample(catalogue.estimate, seed=1, draws=1)
        context = load_context(catalogue, blueprints.population, sample=sample, as_of=DAY)
        strata = share_visibility(describe_population(blueprints.population), context)[0]
        return np.repeat(strata, [stratum.entities for stratum in blueprints.population.strata])

    def test_two_picks_by_hand(self) -> None:
        """Three entities, one pick: inclusion is visibility itself, here within the spread of so few clocks."""
        visibility = np.array([0.5, 0.3, 0.2])
        chance = include_victims(visibility, np.array([1.0]), population=visibility, entities=np.ones(3))[:, 0]
        assert chance.sum() == pytest.approx(1.0, abs=1e-3)
        assert (np.diff(chance) < 0.0).all()

    @pytest.mark.parametrize("size", [1, 5, 20, 60, 200])
    def test_approximation_against_simulation(self, visibility: np.ndarray, size: int) -> None:
        campaigns = 4_000
        simulated = simulate_inclusion(visibility, size, campaigns=campaigns, seed=size)
        chance = include_victims(
            visibility, np.array([float(size)]), population=visibility, entities=np.ones(visibility.size)
        )[:, 0]
        assert chance.sum() == pytest.approx(size, rel=1e-3)
        # Per group of alike entities, within four standard errors and 1 % of the chance.
        for value in np.unique(visibility):
            group = visibility == value
            error = np.sqrt(chance[group].mean() / (campaigns * group.sum()))
            assert simulated[group].mean() == pytest.approx(chance[group].mean(), abs=4.0 * error, rel=0.01)

    def test_it_is_nearer_than_independent_picks_with_replacement(self, visibility: np.ndarray) -> None:
        """1 − (1 − v)^n, which the kernel uses, gives fewer than n victims in all; the clocks give n."""
        for size, largest_gap in ((20, 0.06), (60, 0.16)):
            kernel = (1.0 - (1.0 - visibility) ** size).sum()
            clocks = include_victims(
                visibility, np.array([float(size)]), population=visibility, entities=np.ones(visibility.size)
            ).sum()
            assert clocks == pytest.approx(size, rel=1e-3)
            assert size * (1.0 - largest_gap) < kernel < size * 0.995

    def test_all_are_hit_when_the_campaign_is_as_large_as_the_population(self) -> None:
        visibility = np.array([0.7, 0.2, 0.1])
        chance = include_victims(visibility, np.array([3.0, 50.0]), population=visibility, entities=np.ones(3))
        assert_allclose(chance, 1.0, atol=1e-3)


def clock_of(mean: float, shape: float) -> CampaignClock:
    return wind_clock(
        size_mean=np.array([mean]),
        size_shape=np.array([shape]),
        population=np.full((1, 1), 5e-4),
        entities=np.array([2_000.0]),
    )


class TestHits:
    def test_the_chance_is_the_mean_over_sizes(self) -> None:
        visibility = np.array([[0.004, 0.001]])
        population, entities = np.array([[0.004, 0.001]]), np.array([50.0, 800.0])
        mean, shape = np.array([8.0]), np.array([2.0])
        clock = wind_clock(size_mean=mean, size_shape=shape, population=population, entities=entities)
        chance = chance_of_hit(visibility, clock)
        weights = size_weights(mean, shape, largest=200)[0]
        by_size = include_victims(visibility[0], np.arange(1.0, 201.0), population=population[0], entities=entities)
        assert_allclose(chance[0], by_size @ weights, rtol=1e-3)

    def test_chances_sum_to_the_mean_number_of_victims(self) -> None:
        generator = np.random.default_rng(3)
        visibility = generator.pareto(1.5, size=(3, 2_000)) + 0.1
        visibility /= visibility.sum(axis=1, keepdims=True)
        mean, shape = np.array([6.0, 15.0, 30.0]), np.array([0.8, 1.5, 4.0])
        clock = wind_clock(size_mean=mean, size_shape=shape, population=visibility, entities=np.ones(2_000))
        chance = chance_of_hit(visibility, clock)
        victims = mean / (1.0 - (shape / (shape + mean)) ** shape)
        assert_allclose(chance.sum(axis=1), victims, rtol=0.01)

    def test_many_are_rated_like_few(self) -> None:
        """Interpolation over visibility changes nothing that shows."""
        visibility = np.geomspace(1e-5, 2e-2, 500)[None, :]
        visibility /= visibility.sum()
        clock = wind_clock(
            size_mean=np.array([15.0]), size_shape=np.array([1.5]), population=visibility, entities=np.ones(500)
        )
        many, few = chance_of_hit(visibility, clock), chance_of_hit(visibility[:, ::25], clock)
        assert_allclose(many[:, ::25], few, rtol=2e-4)

    @pytest.mark.parametrize("visibility", [1e-5, 0.002, 0.05])
    def test_the_kernel_hits_as_often(self, visibility: float) -> None:
        """Independent picks at the equal visibility, over drawn sizes."""
        mean, shape = 15.0, 1.5
        sizes = np.random.default_rng(5).negative_binomial(shape, shape / (shape + mean), size=2_000_000)
        sizes = sizes[sizes > 0]
        chance = np.array([[15.0 * visibility]])
        equal = equal_visibility(chance, clock_of(mean, shape))[0, 0]
        drawn = 1.0 - (1.0 - equal) ** sizes
        assert drawn.mean() == pytest.approx(chance[0, 0], abs=4.0 * drawn.std() / np.sqrt(sizes.size))

    def test_nobody_is_more_than_certain(self) -> None:
        equal = equal_visibility(np.array([[1.0, 0.0]]), clock_of(15.0, 1.5))
        assert_allclose(equal, [[1.0, 0.0]])
