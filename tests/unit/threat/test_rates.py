"""Yearly frequencies for given organisations on a given date."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from hygie.core.errors import ModelError
from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints
from hygie.facility.organisation import Activity, Organisation
from hygie.knowledge.catalogue import Catalogue
from hygie.threat.actors import start_of
from hygie.threat.rates import (
    ThreatRates,
    change_rates,
    decimal_year,
    derive_rates,
    prepare_rates,
    rate_organisations,
    select_counts,
)

DRAWS = 200
PAST, NOW = date(2022, 9, 1), date(2026, 11, 23)


def organisation(name: str, fte: float) -> Organisation:
    return Organisation(
        id=name, name=name, category="ch", status="public", activity=Activity(year=2023, beds_mco=100, fte=fte)
    )


def derive(
    catalogue: Catalogue, blueprints: Blueprints, *, as_of: date, sample: EpistemicSample | None = None
) -> ThreatRates:
    return derive_rates(
        catalogue,
        [organisation("small", 200.0), organisation("large", 4000.0)],
        population=blueprints.population,
        classes=["ransomware", "ot"],
        sample=sample or EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS),
        as_of=as_of,
    )


@pytest.fixture(scope="module")
def now(catalogue: Catalogue, blueprints: Blueprints) -> ThreatRates:
    return derive(catalogue, blueprints, as_of=NOW)


@pytest.fixture(scope="module")
def past(catalogue: Catalogue, blueprints: Blueprints) -> ThreatRates:
    return derive(catalogue, blueprints, as_of=PAST)


def test_decimal_year() -> None:
    assert decimal_year(date(2023, 1, 1)) == 2023.0
    assert decimal_year(date(2024, 7, 2)) == pytest.approx(2024.5)
    assert 2023.99 < decimal_year(date(2023, 12, 31)) < 2024.0


class TestKnownOnADate:
    def test_a_count_enters_once_its_window_is_closed_and_its_source_published(self, catalogue: Catalogue) -> None:
        for day in (date(2022, 7, 31), date(2022, 8, 1)):
            refs = [count.ref for count in select_counts(catalogue, "ransomware", as_of=day, role="level")]
            # The count of 2021 was published in August 2022.
            assert refs == (["count-ransomware-2021"] if day == date(2022, 8, 1) else [])

    @pytest.mark.parametrize("role", ["level", "check"])
    def test_the_past_drops_later_counts(self, catalogue: Catalogue, role: str) -> None:
        then = {count.ref for count in select_counts(catalogue, "ransomware", as_of=PAST, role=role)}
        today = {count.ref: count for count in select_counts(catalogue, "ransomware", as_of=NOW, role=role)}
        assert then < today.keys()
        assert all(start_of(today[ref].window_end) <= PAST for ref in then)

    def test_rates_say_which_counts_they_rest_on(self, past: ThreatRates, now: ThreatRates) -> None:
        (ransomware, direct) = past.summaries
        assert ransomware.counts == ("count-ransomware-2021",)
        assert direct.counts == ()
        assert len(now.summaries[0].counts) > 1
        assert {count.ref for count in past.counts} < {count.ref for count in now.counts}

    def test_the_past_has_fewer_incidents_and_campaigns(self, past: ThreatRates, now: ThreatRates) -> None:
        assert set(past.actors.incidents) < set(now.actors.incidents)
        assert past.campaign_rate["ddos"].mean() < now.campaign_rate["ddos"].mean()

    def test_before_any_count_only_the_prior_is_left(self, catalogue: Catalogue, blueprints: Blueprints) -> None:
        summary = derive(catalogue, blueprints, as_of=date(2018, 1, 1)).summaries[0]
        assert summary.counts == ()
        assert summary.median == pytest.approx(summary.prior_median)


class TestRates:
    def test_level_is_a_sample_of_the_posterior_less_the_activity_lost_under_the_state_ahead(
        self, now: ThreatRates
    ) -> None:
        for summary in now.summaries:
            ahead = now.sector.ahead[summary.threat_class]
            posterior = now.level[summary.threat_class] / (1.0 - now.actors.lost_activity) / ahead
            assert posterior.shape == (DRAWS,)
            assert np.median(posterior) == pytest.approx(summary.median, rel=0.15)
            share_inside = ((posterior >= summary.low) & (posterior <= summary.high)).mean()
            assert abs(share_inside - 0.9) < 4.0 * np.sqrt(0.9 * 0.1 / DRAWS)

    def test_the_sector_sees_a_few_tens_of_ransomware_events_a_year(
        self, now: ThreatRates, blueprints: Blueprints
    ) -> None:
        entities = sum(stratum.entities for stratum in blueprints.population.strata)
        assert 20.0 < np.median(now.level["ransomware"]) * entities < 200.0

    def test_the_larger_is_attacked_more_often(self, now: ThreatRates) -> None:
        assert (now.multiplier[:, 1] > now.multiplier[:, 0]).all()
        assert (now.visibility[:, 1] > now.visibility[:, 0]).all()

    def test_an_organisation_does_not_depend_on_its_company(
        self, catalogue: Catalogue, blueprints: Blueprints, now: ThreatRates
    ) -> None:
        alone = derive_rates(
            catalogue,
            [organisation("large", 4000.0)],
            population=blueprints.population,
            classes=["ransomware"],
            sample=EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS),
            as_of=NOW,
        )
        assert_array_equal(alone.multiplier[:, 0], now.multiplier[:, 1])
        assert_array_equal(alone.level["ransomware"], now.level["ransomware"])

    def test_more_campaigns_seen_more_expected(
        self, catalogue: Catalogue, blueprints: Blueprints, now: ThreatRates
    ) -> None:
        ddos = next(c for c in catalogue.campaigns if c.threat_class == "ddos")
        more = replace(catalogue, campaigns=(*catalogue.campaigns, replace(ddos, ref="another")))
        assert (derive(more, blueprints, as_of=NOW).campaign_rate["ddos"] > now.campaign_rate["ddos"]).all()

    def test_lineage_names_every_estimate_behind_the_rate(self, catalogue: Catalogue, blueprints: Blueprints) -> None:
        sample = EpistemicSample(catalogue.estimate, seed=1, draws=4)
        derive(catalogue, blueprints, as_of=NOW, sample=sample)
        behind = set(sample.lineage["node_rate_per_y"])
        assert behind >= {
            "threat.prior.ransomware.shape",
            "threat.prior.ransomware.median",
            "threat.coverage.cert_sante",
            "threat.definition.cert_sante",
            "threat.out_of_scope.cert_sante",
            "threat.discount",
            "threat.affiliate_moves",
            "context.size_elasticity",
            "exposure.fte_floor",
        }
        assert set().union(*sample.lineage.values()) <= catalogue.estimates.keys()

    def test_same_seed_same_rates(self, catalogue: Catalogue, blueprints: Blueprints, now: ThreatRates) -> None:
        again = derive(catalogue, blueprints, as_of=NOW)
        other = derive(
            catalogue, blueprints, as_of=NOW, sample=EpistemicSample(catalogue.estimate, seed=2, draws=DRAWS)
        )
        assert_array_equal(again.level["ransomware"], now.level["ransomware"])
        assert not np.array_equal(other.level["ransomware"], now.level["ransomware"])
        assert_allclose(other.level["ransomware"].mean(), now.level["ransomware"].mean(), rtol=0.2)


class TestWhatIf:
    def test_an_intruder_that_goes_takes_its_part_of_the_level(self, now: ThreatRates) -> None:
        gone = change_rates(now, "lockbit", change="gone")
        own = now.actors.shares[:, now.actors.actors.index("lockbit")]
        expected = 1.0 - (1.0 - now.actors.moves) * own
        for name, before in now.level.items():
            assert_allclose(gone.level[name] / before, expected)
        assert gone.actors.shares[:, gone.actors.actors.index("lockbit")].max() == 0.0
        assert_array_equal(gone.campaign_rate["ddos"], now.campaign_rate["ddos"])
        assert gone.sector.level is gone.level

    def test_a_leader_of_campaigns_that_returns_raises_their_rate(self, now: ThreatRates) -> None:
        back = change_rates(now, "anonymous-sudan", change="returns")
        assert (back.campaign_rate["ddos"] > now.campaign_rate["ddos"]).all()
        assert_array_equal(back.level["ransomware"], now.level["ransomware"])
        again = change_rates(back, "anonymous-sudan", change="gone")
        assert_allclose(again.campaign_rate["ddos"], now.campaign_rate["ddos"])

    def test_who_is_unknown_is_refused(self, now: ThreatRates) -> None:
        with pytest.raises(ModelError, match="no share of its own"):
            change_rates(now, "nobody", change=2.0)

    def test_another_facility_on_the_same_basis(
        self, catalogue: Catalogue, blueprints: Blueprints, now: ThreatRates
    ) -> None:
        basis = prepare_rates(
            catalogue,
            population=blueprints.population,
            classes=["ransomware", "ot"],
            sample=EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS),
            as_of=NOW,
            fitted=now.sector.fitted,
        )
        large = rate_organisations([organisation("large", 4000.0)], basis)
        assert_array_equal(large.multiplier[:, 0], now.multiplier[:, 1])
        assert_array_equal(large.level["ransomware"], now.level["ransomware"])
        assert_allclose(large.visibility[:, 0], now.visibility[:, 1])
        larger = rate_organisations([organisation("large", 8000.0)], basis)
        assert (larger.multiplier > large.multiplier).all()


def test_flaws_that_everybody_had_explain_a_part_of_their_year(
    catalogue: Catalogue, blueprints: Blueprints, now: ThreatRates
) -> None:
    """Under a state above one the same counts tell a lower level of ordinary times."""
    bare = replace(catalogue, sections={k: v for k, v in catalogue.sections.items() if k != "states"})
    without = derive(bare, blueprints, as_of=NOW)
    assert without.sector.states == ()
    assert now.summaries[0].median < without.summaries[0].median
    assert now.summaries[0].median == pytest.approx(without.summaries[0].median, rel=0.1)
