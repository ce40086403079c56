"""Defences seen through the attack kernel: the same attempts, against weak and strong postures."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import OUTCOMES
from hygie.facility.blueprints import Blueprints
from hygie.facility.facility_files import load_facility
from hygie.knowledge.catalogue import Catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.portfolio import Node, Portfolio
from hygie.scenario.specs import ScenarioSpecs
from hygie.simulation.runners import count_population_outcomes
from hygie.threat.rates import derive_rates

DRAWS, ATTEMPTS = 8, 500
FIRST_ENCRYPTION = OUTCOMES.index("workstation")


@pytest.fixture(scope="module")
def outcomes(
    chsf_file: Path, catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs, as_of: date
) -> dict[float, NDArray[np.int64]]:
    """Counts of outcomes of the first process [draws, outcomes], by coverage of all controls."""
    facility = load_facility(chsf_file, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))
    counts = {}
    for coverage in (0.1, 0.5, 0.9):
        posture = {control.id: coverage for control in blueprints.controls}
        sample = EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
        rates = derive_rates(
            catalogue,
            [facility],
            population=blueprints.population,
            classes=[process.counted_class for process in specs.processes],
            sample=sample,
            as_of=as_of,
        )
        model = compile_model(
            Portfolio((Node(facility, assessed=True, posture=posture),), (), ()),
            catalogue=catalogue,
            blueprints=blueprints,
            specs=specs,
            rates=rates,
            susceptibility=np.ones((DRAWS, len(specs.processes))),
            sample=sample,
        )
        weights = np.ones((DRAWS, 1))
        counts[coverage] = count_population_outcomes(model, weights, seed=1, attempts=ATTEMPTS)[:, 0]
    return counts


def test_every_attempt_has_one_outcome(outcomes: dict[float, NDArray[np.int64]]) -> None:
    for counts in outcomes.values():
        assert (counts.sum(axis=1) == ATTEMPTS).all()
        assert (counts[:, OUTCOMES.index("outage")] == 0).all()


def test_a_stronger_posture_lowers_the_share_that_encrypts(outcomes: dict[float, NDArray[np.int64]]) -> None:
    weak, medium, strong = (outcomes[coverage][:, FIRST_ENCRYPTION:].sum(axis=1) for coverage in (0.1, 0.5, 0.9))
    assert weak.sum() > medium.sum() > strong.sum()
    # In most draws too: attempts are the same, only the defences differ.
    assert (weak >= strong).all()
    assert strong.sum() < 0.5 * weak.sum()


def test_what_is_not_encrypted_is_kept_out(outcomes: dict[float, NDArray[np.int64]]) -> None:
    """More attempts are blocked at the door or contained in time, not only turned into another loss."""
    weak, strong = (outcomes[coverage][:, : OUTCOMES.index("stopped") + 1].sum() for coverage in (0.1, 0.9))
    assert strong > weak
