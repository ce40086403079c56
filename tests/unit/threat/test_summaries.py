"""The level of ransomware in French hospitals: what the counts say, and what was compared with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hygie.core.distributions import Beta
from hygie.core.estimate import Estimate
from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints
from hygie.knowledge.catalogue import Catalogue
from hygie.threat.summaries import CountCheck, FittedClass, fit_class

NOW = date(2026, 11, 23)


def fit(
    catalogue: Catalogue, blueprints: Blueprints, threat_class: str = "ransomware", as_of: date = NOW
) -> FittedClass:
    return fit_class(
        catalogue,
        threat_class,
        entities=sum(stratum.entities for stratum in blueprints.population.strata),
        sample=EpistemicSample(catalogue.estimate, seed=1, draws=4),
        as_of=as_of,
    )


@pytest.fixture(scope="module")
def fitted(catalogue: Catalogue, blueprints: Blueprints) -> FittedClass:
    return fit(catalogue, blueprints)


@pytest.fixture(scope="module")
def compared(fitted: FittedClass) -> dict[str, CountCheck]:
    return {row.ref: row for row in fitted.summary.compared}


class TestLevel:
    def test_one_count_a_year_sets_it(self, fitted: FittedClass) -> None:
        assert [count.window_end[:4] for count in fitted.counts] == ["2021", "2022", "2023", "2024"]
        assert len({count.window_start for count in fitted.counts}) == len(fitted.counts)

    def test_it_is_known_within_a_factor_of_two_and_a_half(self, fitted: FittedClass) -> None:
        summary = fitted.summary
        assert summary.low < summary.median < summary.high
        assert summary.spread <= 2.5
        assert summary.prior_high / summary.prior_low > 100.0
        assert summary.effective_size >= 1000.0

    def test_sites_share_the_rate_of_their_entity(self, fitted: FittedClass) -> None:
        summary = fitted.summary
        low, median, high, mean = summary.per_site()
        assert summary.sites_per_entity == pytest.approx(3975 / 2176, rel=1e-4)
        assert median * 3975 == pytest.approx(summary.median * 2176, rel=1e-4)
        assert high / low == pytest.approx(summary.spread)
        assert low < median < mean < high

    def test_prior_to_posterior_names_every_unknown(self, fitted: FittedClass) -> None:
        rows = {(row.kind, row.key) for row in fitted.summary.nuisances}
        assert rows == {
            ("discount", ""),
            ("coverage", "cert_sante, from 2018-01-01"),
            ("coverage", "cert_sante, from 2024-01-01"),
            ("coverage", "ministry, at least"),
            ("definition", "cert_sante"),
            ("definition", "ministry"),
            ("out_of_scope", "cert_sante"),
            ("out_of_scope", "ministry"),
        }

    def test_the_discount_is_hardly_identified(self, fitted: FittedClass) -> None:
        assert min(fitted.summary.discount.likelihood) > 0.5

    @pytest.mark.parametrize("scale", [0.75, 1.25])
    def test_what_is_believed_of_coverage_decides(
        self, catalogue: Catalogue, blueprints: Blueprints, fitted: FittedClass, scale: float
    ) -> None:
        """Three beliefs in coverage: the rate goes as one over them, and no count objects."""

        def changed(estimate: Estimate) -> Estimate:
            prior = estimate.distribution
            if not estimate.id.startswith("threat.coverage") or not isinstance(prior, Beta):
                return estimate
            return replace(estimate, distribution=Beta.from_mean(scale * prior.mean(), prior.a + prior.b))

        believed = replace(
            catalogue,
            estimates={name: changed(item) for name, item in catalogue.estimates.items()},
            earlier={name: tuple(map(changed, items)) for name, items in catalogue.earlier.items()},
        )
        found = fit(believed, blueprints).summary
        assert found.median == pytest.approx(fitted.summary.median / scale, rel=0.08)
        assert all(row.inside for row in found.compared if row.role == "level")

    def test_twice_the_threat_for_a_common_state_of_a_half(self, catalogue: Catalogue, fitted: FittedClass) -> None:
        halved = fit_class(
            catalogue,
            "ransomware",
            entities=fitted.summary.entities,
            sample=EpistemicSample(catalogue.estimate, seed=1, draws=4),
            as_of=NOW,
            common_state=lambda count: 0.5,
        )
        assert halved.summary.median == pytest.approx(2.0 * fitted.summary.median, rel=0.1)


class TestComparison:
    def test_anssi_is_inside_its_band_given_the_larger_counts(self, compared: dict[str, CountCheck]) -> None:
        row = compared["count-encryptions-2022-2023"]
        assert row.basis == "larger_count"
        assert row.larger == ("count-ransomware-2022-sector", "count-ransomware-2023")
        assert row.low is not None
        assert row.high is not None
        assert row.low <= row.observed <= row.high
        assert row.inside
        # 30 of 59, of which about a quarter lie outside: more than was believed meets the definition.
        assert row.share is not None
        assert row.share.posterior[1] > row.share.prior[1]

    def test_a_count_inside_larger_ones_never_moves_the_level(
        self, catalogue: Catalogue, blueprints: Blueprints, fitted: FittedClass
    ) -> None:
        fewer = replace(
            catalogue,
            counts=tuple(
                replace(count, count=12) if count.ref == "count-encryptions-2022-2023" else count
                for count in catalogue.counts
            ),
        )
        found = fit(fewer, blueprints).summary
        assert (found.low, found.median, found.high) == (fitted.summary.low, fitted.summary.median, fitted.summary.high)
        (row,) = [row for row in found.compared if row.ref == "count-encryptions-2022-2023"]
        assert row.inside is False

    def test_derived_figures_are_compared_not_used(self, compared: dict[str, CountCheck]) -> None:
        for ref in ("count-ransomware-2022-derived", "count-ransomware-2023-derived"):
            assert (compared[ref].role, compared[ref].basis) == ("check", "rate")
            assert compared[ref].inside is not None

    def test_a_minimum_may_only_be_too_high(self, compared: dict[str, CountCheck]) -> None:
        row = compared["count-ransomware-2021"]
        assert row.at_least
        assert row.high is not None
        assert row.inside == (row.observed <= row.high)

    def test_narrower_counts_are_left_alone(self, compared: dict[str, CountCheck]) -> None:
        for ref in ("count-major-2022", "count-major-2023", "count-census-ransomware"):
            assert compared[ref].basis == "none"
            assert compared[ref].median is None

    def test_nested_counts_say_shares(self, compared: dict[str, CountCheck]) -> None:
        row = compared["count-ransomware-2024-workstation"]
        assert row.larger == ("count-ransomware-2024",)
        assert row.share is not None
        assert row.share.posterior[1] == pytest.approx(17 / 42, abs=0.01)

    def test_before_the_larger_counts_are_known_there_is_nothing_to_compare(
        self, catalogue: Catalogue, blueprints: Blueprints
    ) -> None:
        """ANSSI's count is of November 2024, the report with the number of 2023 of June 2025."""
        early = fit(catalogue, blueprints, as_of=date(2025, 1, 1)).summary
        (row,) = [row for row in early.compared if row.ref == "count-encryptions-2022-2023"]
        assert row.basis == "none"
