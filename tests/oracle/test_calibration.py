"""The population reproduces the observed rate: Σ_f E_f m_f (λ / S̄) S_f = λ Σ_f E_f m_f.

S̄ is estimated from one set of attempts and checked against others: outcomes counted under another seed, and events
simulated year by year at the attempt rates that S̄ gives.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import ORIGINS, OUTCOMES
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.facility.blueprints import Blueprints
from hygie.knowledge.catalogue import Catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.specs import ScenarioSpecs
from hygie.service.calibrate import Calibration, calibrate, population_portfolio
from hygie.simulation.runners import count_population_outcomes, simulate
from hygie.threat.rates import ThreatRates, derive_rates

DRAWS, ATTEMPTS, SEED = 4, 500, 1
FIRST_ENCRYPTION = OUTCOMES.index("workstation")

Calibrate = Callable[[], Calibration]


@pytest.fixture(scope="module")
def run_calibration(
    tmp_path_factory: pytest.TempPathFactory,
    catalogue: Catalogue,
    blueprints: Blueprints,
    specs: ScenarioSpecs,
    as_of: date,
) -> Calibrate:
    """Calibrate with a cache that is empty at first: an older result must not answer for today's kernel."""
    cache = tmp_path_factory.mktemp("cache")

    def run() -> Calibration:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HYGIE_CACHE_DIR", str(cache))
            return calibrate(
                catalogue=catalogue,
                blueprints=blueprints,
                specs=specs,
                seed=SEED,
                draws=DRAWS,
                as_of=as_of,
                attempts=ATTEMPTS,
            )

    return run


@pytest.fixture(scope="module")
def calibration(run_calibration: Calibrate) -> Calibration:
    return run_calibration()


@pytest.fixture(scope="module")
def population(
    catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs, as_of: date, calibration: Calibration
) -> tuple[CompiledModel, ThreatRates, NDArray[np.float64]]:
    """The population as a model with the calibrated S̄, its rates, and the share of attempts each stratum gets."""
    sample = EpistemicSample(catalogue.estimate, seed=SEED, draws=DRAWS)
    portfolio, entities = population_portfolio(blueprints)
    rates = derive_rates(
        catalogue,
        [node.organisation for node in portfolio.nodes],
        population=blueprints.population,
        classes=[process.counted_class for process in specs.processes],
        sample=sample,
        as_of=as_of,
    )
    model = compile_model(
        portfolio,
        catalogue=catalogue,
        blueprints=blueprints,
        specs=specs,
        rates=rates,
        susceptibility=calibration.susceptibility,
        sample=sample,
    )
    return model, rates, entities


def test_susceptibility_is_the_share_of_counted_outcomes(calibration: Calibration, specs: ScenarioSpecs) -> None:
    assert calibration.counts.shape == (DRAWS, len(specs.processes), len(OUTCOMES))
    assert (calibration.counts.sum(axis=2) == ATTEMPTS).all()
    counted = calibration.counts[:, :, FIRST_ENCRYPTION:].sum(axis=2)
    assert np.abs(calibration.susceptibility - counted / ATTEMPTS).max() < 1.0 / ATTEMPTS
    assert (calibration.susceptibility > 0.0).all()


def test_calibration_is_remembered(run_calibration: Calibrate, calibration: Calibration) -> None:
    again = run_calibration()
    assert not calibration.cached
    assert again.cached
    assert_array_equal(again.counts, calibration.counts)


def share_attempts(rates: ThreatRates, entities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Attempts go to strata by how many entities they hold and how often each is attacked [draws, strata]."""
    weights = rates.multiplier * entities
    return weights / weights.sum(axis=1, keepdims=True)


def test_attempts_are_shared_out_over_the_population(
    population: tuple[CompiledModel, ThreatRates, NDArray[np.float64]], calibration: Calibration
) -> None:
    """The same attempts, shared out here, end the same way one by one."""
    model, rates, entities = population
    counts = count_population_outcomes(model, share_attempts(rates, entities), seed=SEED, attempts=ATTEMPTS)
    assert_array_equal(counts, calibration.counts)


@pytest.mark.parametrize("process", [0, 1])
def test_rate_recovered_from_other_attempts(
    population: tuple[CompiledModel, ThreatRates, NDArray[np.float64]], calibration: Calibration, process: int
) -> None:
    """λ / S̄ attempts, of which a share S under another seed succeeds, give λ back."""
    model, rates, entities = population
    counts = count_population_outcomes(model, share_attempts(rates, entities), seed=SEED + 1, attempts=ATTEMPTS)
    other = counts[:, process, FIRST_ENCRYPTION:].sum(axis=1) / ATTEMPTS
    ratio = other / calibration.susceptibility[:, process]
    # Two independent shares of the same expectation.
    pooled = 0.5 * (other + calibration.susceptibility[:, process])
    error = np.sqrt(2.0 * (1.0 - pooled) / (pooled * ATTEMPTS))
    z = (ratio - 1.0) / error
    assert (np.abs(z) < 4.0).all()
    assert abs(z.sum() / np.sqrt(DRAWS)) < 4.0


def test_rate_recovered_year_by_year(
    population: tuple[CompiledModel, ThreatRates, NDArray[np.float64]], calibration: Calibration, specs: ScenarioSpecs
) -> None:
    """Each stratum simulated as one hospital, weighted by how many it stands for."""
    model, rates, entities = population
    plan = SimulationPlan(years=1200 * DRAWS, draws=DRAWS, seed=SEED + 2)
    table = simulate(model, plan)
    columns = table.columns
    assert (columns["origin"][columns["process"] == 0] == ORIGINS.index("own")).all()
    counted = (
        (columns["process"] == 0)
        & (columns["outcome"] >= FIRST_ENCRYPTION)
        & (columns["outcome"] < OUTCOMES.index("outage"))
    )
    assert {specs.classes[index].id for index in np.unique(columns["threat_class"][counted])} == {"ransomware"}
    weight = entities / entities.sum()
    for draw in range(DRAWS):
        events = np.bincount(columns["facility"][counted & (columns["draw"] == draw)], minlength=entities.size)
        years = plan.years_per_draw()[draw]
        seen = weight @ events / years
        expected = rates.level["ransomware"][draw]
        # Counts are Poisson in each stratum; S̄ has a binomial error of its own.
        share = calibration.susceptibility[draw, 0]
        error = np.hypot(np.sqrt(weight**2 @ events) / years, expected * np.sqrt((1.0 - share) / (share * ATTEMPTS)))
        assert abs(seen - expected) < 4.0 * error
        # The check is worth something: it would notice a quarter more or less.
        assert error < 0.25 * expected
