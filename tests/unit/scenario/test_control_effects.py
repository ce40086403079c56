"""Every control seen through the model, one at a time: the same attempts against it weak, then strong.

A control that resists crossings acts in the attack kernel: fewer attempts encrypt, or they encrypt less. A control that
pulls a lever moves the column of that lever. None may do nothing, and none may do harm.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import OUTCOMES
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.controls import ControlSpec, check_control_parameters
from hygie.facility.facility_files import load_facility
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.levers import check_effects
from hygie.scenario.portfolio import Node, Portfolio
from hygie.scenario.specs import ScenarioSpecs
from hygie.simulation.runners import count_population_outcomes, simulate
from hygie.threat.rates import derive_rates

DRAWS, ATTEMPTS = 8, 1000
WEAK, STRONG = 0.1, 0.9
CONTROLS = [control.id for control in load_blueprints(load_catalogue(as_of=date(2026, 11, 23))).controls]

# The column that each lever moves, and which way is better.
LEVERS = {
    "visibility": ("node_detection_per_h", 1),
    "monitoring": ("node_detection_per_h", 1),
    "response": ("node_response_mu", -1),
    "share_affected": ("node_share_mu", -1),
    "exfiltration": ("node_exfiltration_mu", 1),
    "records": ("node_records", -1),
    "backup_survival": ("node_backup_survival", 1),
    "restoration": ("node_crew", 1),
    "degraded_mode": ("node_paper_share", 1),
    "ddos": ("node_resists_ddos", 1),
}
# Levers that act before or during encryption: they change which attempts encrypt.
RACING = {"visibility", "monitoring", "response"}
# A blocked step also leaves fewer traces to notice, so that a few attempts last longer: a small rise is no harm done.
TOLERATED = 0.03

Compile = Callable[[dict[str, float]], CompiledModel]


@dataclass(frozen=True)
class Susceptibility:
    """What becomes of the same attempts: how many encrypt, encrypt several servers or everything, steal [processes]."""

    encrypted: NDArray[np.int64]
    serious: NDArray[np.int64]
    stolen: NDArray[np.int64]


@pytest.fixture(scope="module")
def build(chsf_file: Path, catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs, as_of: date) -> Compile:
    """Compile the example with a posture; random numbers are the same each time."""
    facility = load_facility(chsf_file, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence))

    def new_sample() -> EpistemicSample:
        return EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)

    rates = derive_rates(
        catalogue,
        [facility],
        population=blueprints.population,
        classes=[process.counted_class for process in specs.processes],
        sample=new_sample(),
        as_of=as_of,
    )

    def compile_posture(posture: dict[str, float]) -> CompiledModel:
        return compile_model(
            Portfolio((Node(facility, assessed=True, posture=posture),), (), ()),
            catalogue=catalogue,
            blueprints=blueprints,
            specs=specs,
            rates=rates,
            susceptibility=np.ones((DRAWS, len(specs.processes))),
            sample=new_sample(),
        )

    return compile_posture


def measure(model: CompiledModel) -> Susceptibility:
    counts = count_population_outcomes(model, np.ones((DRAWS, 1)), seed=1, attempts=ATTEMPTS)
    return Susceptibility(
        encrypted=counts[:, :, OUTCOMES.index("workstation") : OUTCOMES.index("everything") + 1].sum(axis=(0, 2)),
        serious=counts[:, :, OUTCOMES.index("several_servers") : OUTCOMES.index("everything") + 1].sum(axis=(0, 2)),
        stolen=counts[:, :, OUTCOMES.index("theft_only")].sum(axis=0),
    )


def count_machines_hit(model: CompiledModel) -> int:
    """Machines encrypted over some years of five attempts per process each."""
    busy = replace(
        model, arrays={**model.arrays, "node_rate_per_y": np.full_like(model.arrays["node_rate_per_y"], 5.0)}
    )
    table = simulate(busy, SimulationPlan(years=DRAWS * 100, draws=DRAWS, seed=1))
    return int(table.columns["hosts_hit"].sum())


def spec_of(control: str, blueprints: Blueprints) -> ControlSpec:
    return next(spec for spec in blueprints.controls if spec.id == control)


def crossings_of(control: str, specs: ScenarioSpecs) -> set[str]:
    return {crossing.id for crossing in specs.crossings if control in crossing.controls}


def test_about_forty_controls_with_all_their_figures(
    catalogue: Catalogue, blueprints: Blueprints, specs: ScenarioSpecs
) -> None:
    assert 40 <= len(blueprints.controls) <= 50
    assert len({control.name.en for control in blueprints.controls}) == len(blueprints.controls)
    assert check_control_parameters(blueprints.controls, catalogue.estimates) == []
    assert list(check_effects(blueprints.controls, specs.crossings)) == []
    assert {control.function for control in blueprints.controls} == {"prevent", "detect", "respond", "recover"}
    assert {lever for control in blueprints.controls for lever in control.levers} == LEVERS.keys()


@pytest.mark.parametrize("control", CONTROLS)
def test_a_stronger_control_helps_where_it_acts(
    control: str, build: Compile, blueprints: Blueprints, specs: ScenarioSpecs
) -> None:
    spec, crossings = spec_of(control, blueprints), crossings_of(control, specs)
    weak_model, strong_model = build({control: WEAK}), build({control: STRONG})
    for lever in spec.levers:
        column, better = LEVERS[lever]
        assert (better * (strong_model.arrays[column] - weak_model.arrays[column]) > 0.0).all(), lever
    # Nothing else moves: what the control does is what its entry says.
    moved = {name for name in weak_model.arrays if (weak_model.arrays[name] != strong_model.arrays[name]).any()}
    assert moved == {"node_opeff"} | {LEVERS[lever][0] for lever in spec.levers}

    weak, strong = measure(weak_model), measure(strong_model)
    assert (strong.encrypted <= weak.encrypted * (1.0 + TOLERATED)).all()
    assert (strong.serious <= weak.serious * (1.0 + TOLERATED)).all()
    fewer = (strong.encrypted < weak.encrypted).any() or (strong.serious < weak.serious).any()
    if RACING & set(spec.levers):
        assert (strong.encrypted < weak.encrypted).all()
    elif crossings & {"inside_workstations"} == crossings and crossings:
        # Holding back the spread among workstations changes how many fall, not the outcome.
        assert count_machines_hit(strong_model) < count_machines_hit(weak_model)
    elif crossings - {"to_backup"}:
        assert fewer
    elif not crossings:
        assert (strong.encrypted == weak.encrypted).all()
        assert (strong.serious == weak.serious).all()
    if "exfiltration" in spec.levers:
        assert (strong.stolen < weak.stolen).all()


@pytest.mark.parametrize("lever", LEVERS)
def test_controls_of_one_lever_add_up_as_independent_chances(
    lever: str, build: Compile, blueprints: Blueprints, specs: ScenarioSpecs
) -> None:
    pulling = [control.id for control in blueprints.controls if lever in control.levers]
    column, better = LEVERS[lever]
    levels = [
        build(dict.fromkeys(pulling, 0.0) | dict.fromkeys(pulling[:count], 1.0)) for count in range(len(pulling) + 1)
    ]
    values = [better * model.arrays[column] for model in levels]
    assert all((after > before).all() for before, after in zip(values[:-1], values[1:], strict=True))
    if len(pulling) > 1:
        # The second adds less than it does alone: what one has stopped, another cannot stop again.
        first, second = (build(dict.fromkeys(pulling, 0.0) | {name: 1.0}).arrays[column] for name in pulling[:2])
        both, none = levels[2].arrays[column], levels[0].arrays[column]
        if column in ("node_response_mu", "node_detection_per_h"):
            assert (np.abs(both - first) < np.abs(second - none)).all()


def test_detection_needs_something_to_see_and_someone_to_look(build: Compile, blueprints: Blueprints) -> None:
    for lever in ("visibility", "monitoring"):
        posture = {control.id: 0.0 if lever in control.levers else 1.0 for control in blueprints.controls}
        assert (build(posture).arrays["node_detection_per_h"] == 0.0).all()


def test_one_control_alone_is_its_lever_to_the_last_bit(build: Compile, blueprints: Blueprints) -> None:
    model = build({})
    position = model.labels.controls.index("ddos_protection")
    assert [control.id for control in blueprints.controls if "ddos" in control.levers] == ["ddos_protection"]
    np.testing.assert_array_equal(model.arrays["node_resists_ddos"], model.arrays["node_opeff"][:, :, position])
