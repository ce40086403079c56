"""Every legal entity and site of the register of 2023 at once, when the shared data are there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hygie.core.sampling import EpistemicSample
from hygie.facility.registers import LegalEntity, Register, read_register
from hygie.knowledge.catalogue import Catalogue
from hygie.threat.actor_changes import change_actor
from hygie.threat.register_rates import RegisterRates, rate_register, share_sites
from hygie.threat.sector import SectorLevels, derive_levels

DRAWS = 60
DAY = date(2026, 11, 23)
CLASSES = ["ransomware", "ot"]


@pytest.fixture(scope="module")
def sample(catalogue: Catalogue) -> EpistemicSample:
    return EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)


@pytest.fixture(scope="module")
def register(shared_data: Path) -> Register:
    return read_register(shared_data / "fr_hospitals_sae2023.csv")


@pytest.fixture(scope="module")
def levels(catalogue: Catalogue, register: Register, sample: EpistemicSample) -> SectorLevels:
    return derive_levels(catalogue, CLASSES, entities=len(register.entities), sample=sample, as_of=DAY)


@pytest.fixture(scope="module")
def rates(register: Register, levels: SectorLevels, catalogue: Catalogue, sample: EpistemicSample) -> RegisterRates:
    return rate_register(register, levels, catalogue=catalogue, sample=sample)


def find(register: Register, category: str, low: float, high: float) -> int:
    """Position of the middle one of the entities of a category and size."""
    found = [
        index
        for index, entity in enumerate(register.entities.values())
        if entity.category == category and low <= entity.fte < high
    ]
    return found[len(found) // 2]


class TestSums:
    @pytest.mark.parametrize("threat_class", CLASSES)
    def test_sector_is_the_sum_of_facilities(
        self, rates: RegisterRates, levels: SectorLevels, threat_class: str
    ) -> None:
        assert rates.rates[threat_class].shape == (DRAWS, 2176)
        assert_allclose(rates.total(threat_class), levels.level[threat_class] * 2176, rtol=1e-12)

    def test_sites_sum_to_their_entities(self, rates: RegisterRates) -> None:
        for threat_class in (*CLASSES, "ddos"):
            sites = rates.site_rates(threat_class)
            assert sites.shape == (DRAWS, 3975)
            assert_allclose(sites.sum(axis=1), rates.total(threat_class), rtol=1e-12)
            by_entity = np.zeros((DRAWS, 2176))
            np.add.at(by_entity, (slice(None), rates.site_entity), sites)
            assert_allclose(by_entity, rates.rates[threat_class], rtol=1e-12)

    def test_hits_sum_to_campaigns_times_victims(
        self, rates: RegisterRates, levels: SectorLevels, sample: EpistemicSample
    ) -> None:
        mean, shape = sample.values("campaign.ddos.size_mean"), sample.values("campaign.ddos.size_shape")
        victims = mean / (1.0 - (shape / (shape + mean)) ** shape)
        assert_allclose(rates.total("ddos"), levels.campaigns["ddos"].rate * victims, rtol=0.02)

    def test_bands_of_sites_are_those_of_their_draws(self, rates: RegisterRates) -> None:
        bands = rates.site_bands("ransomware", (0.05, 0.5, 0.95))
        assert_allclose(bands, np.quantile(rates.site_rates("ransomware"), (0.05, 0.5, 0.95), axis=0), rtol=1e-9)
        assert (np.diff(bands, axis=0) >= 0.0).all()

    def test_shares_of_sites(self, register: Register) -> None:
        entity, share = share_sites(register)
        assert_allclose(np.bincount(entity, weights=share), 1.0, rtol=1e-12)
        assert (share >= 0.0).all()
        blank = replace(register, sites=tuple(replace(site, fte=None) for site in register.sites))
        entity, share = share_sites(blank)
        assert_allclose(share, 1.0 / np.bincount(entity)[entity])


class TestSideBySide:
    """A university hospital, a general hospital and a small clinic."""

    @pytest.fixture
    def three(self, register: Register) -> list[int]:
        sizes = [("chu", 5_000, 15_000), ("ch", 500, 1_500), ("clinic", 5, 40)]
        return [find(register, category, low, high) for category, low, high in sizes]

    def test_under_two_floors(
        self,
        register: Register,
        levels: SectorLevels,
        catalogue: Catalogue,
        sample: EpistemicSample,
        three: list[int],
    ) -> None:
        low, high = (
            rate_register(register, levels, catalogue=catalogue, sample=sample, floor=floor) for floor in (20.0, 100.0)
        )
        for rated in (low, high):
            chu, ch, clinic = np.median(rated.rates["ransomware"][:, three], axis=0)
            assert chu > 3.0 * ch > 9.0 * clinic
        ratio = np.median(high.rates["ransomware"][:, three] / low.rates["ransomware"][:, three], axis=0)
        # The floor sets the rate of the small clinic, and takes it from the others: the sum stays.
        assert ratio[2] > 1.8
        assert (ratio[:2] < 1.0).all()
        assert (ratio[:2] > 0.85).all()
        assert_allclose(low.total("ransomware"), high.total("ransomware"), rtol=1e-12)

    def test_hits_differ_as_visibility_says(
        self, register: Register, rates: RegisterRates, sample: EpistemicSample, three: list[int]
    ) -> None:
        chu, ch, clinic = three
        entities: list[LegalEntity] = list(register.entities.values())
        elasticity = sample.values("context.visibility_elasticity")
        sizes = [max(entities[index].fte, 50.0) for index in three]
        hits = rates.rates["ddos"]
        # Far from certain to be hit, hits are in proportion to visibility; a hospital that is often hit a little less.
        assert_allclose(hits[:, ch] / hits[:, clinic], (sizes[1] / sizes[2]) ** elasticity, rtol=0.06)
        visible = (sizes[0] / sizes[2]) ** elasticity * np.exp(sample.values("context.visibility.chu"))
        ratio = hits[:, chu] / hits[:, clinic]
        assert (ratio < visible * 1.001).all()
        assert_allclose(ratio, visible, rtol=0.5)
        assert np.median(ratio) > 100.0


class TestWhatIf:
    def test_an_actor_that_goes_lowers_every_facility_alike(
        self, register: Register, levels: SectorLevels, catalogue: Catalogue, sample: EpistemicSample
    ) -> None:
        changed = change_actor(levels.actors, "lockbit", change="gone")
        lower = replace(levels, level={name: value * changed.level for name, value in levels.level.items()})
        before, after = (rate_register(register, each, catalogue=catalogue, sample=sample) for each in (levels, lower))
        assert (after.total("ransomware") < before.total("ransomware")).all()
        ratio = after.rates["ransomware"] / before.rates["ransomware"]
        assert_allclose(ratio, np.repeat(changed.level[:, None], ratio.shape[1], axis=1), rtol=1e-12)
        assert_allclose(after.rates["ddos"], before.rates["ddos"])

    def test_fits_given_back_are_not_made_again(
        self, levels: SectorLevels, catalogue: Catalogue, sample: EpistemicSample, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("hygie.threat.sector.fit_class", None)
        again = derive_levels(catalogue, CLASSES, entities=2176, sample=sample, as_of=DAY, fitted=levels.fitted)
        for name in CLASSES:
            assert_allclose(again.level[name], levels.level[name], rtol=0.0)
