"""A few experiments: outcomes of attempts over the population, and one facility hit by an event."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import FORMS, OUTCOMES
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.knowledge.packs import Catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.portfolio import Node, Portfolio
from hygie.scenario.specs import ScenarioSpecs, load_specs
from hygie.service.calibrate import compile_population
from hygie.service.validation.targets import Targets, load_targets
from hygie.simulation.runners import OneEvent, count_population_outcomes, simulate
from hygie.threat.rates import derive_rates
from hygie.threat.summaries import FittedClass

__all__ = ["FacilityEvents", "Laboratory", "World", "open_world"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class World:
    """All that experiments need to know."""

    catalogue: Catalogue
    blueprints: Blueprints
    specs: ScenarioSpecs
    targets: Targets
    as_of: date


@dataclass(frozen=True, slots=True)
class FacilityEvents:
    """Events at one facility.

    Parameters
    ----------
    yelt
        One row per event that was not blocked; its forms of loss are the components of the targets, in order, and last
        all that belongs to none.
    """

    model: CompiledModel
    yelt: YearEventLossTable
    sample: EpistemicSample

    def choose(self, outcomes: tuple[str, ...], *, per_draw: int) -> NDArray[np.int64]:
        """Return rows with one of `outcomes` (all by default), at most `per_draw` of each draw: none weighs more."""
        columns = self.yelt.columns
        wanted = [OUTCOMES.index(name) for name in outcomes]
        rows = np.flatnonzero(np.isin(columns["outcome"], wanted)) if wanted else np.arange(len(self.yelt))
        draw = np.asarray(columns["draw"], dtype=np.int64)[rows]
        starts = np.searchsorted(draw, draw, side="left")
        return np.asarray(rows[np.arange(rows.size) - starts < per_draw], dtype=np.int64)


def open_world(catalogue: Catalogue, *, as_of: date) -> World:
    """Read blueprints, specs and targets of a catalogue."""
    specs = load_specs(catalogue)
    return World(catalogue, load_blueprints(catalogue), specs, load_targets(catalogue, specs), as_of)


@dataclass(slots=True)
class Laboratory:
    """Runs each experiment once for one epistemic sample.

    Parameters
    ----------
    given
        Values [K] of some estimates, in place of draws.
    attempts
        Attempts per draw, at a facility and over the population.
    """

    world: World
    seed: int
    draws: int
    attempts: int
    threads: int = 2
    given: Mapping[str, FloatArray] = field(default_factory=dict)
    _events: dict[tuple[str, str], FacilityEvents] = field(default_factory=dict)
    _population: tuple[NDArray[np.int64], EpistemicSample] | None = None
    # Levels of the sector rest on counts alone: the same for every facility.
    _fitted: Mapping[str, FittedClass] | None = None

    def _sample(self) -> EpistemicSample:
        return EpistemicSample(self.world.catalogue.estimate, seed=self.seed, draws=self.draws, given=self.given)

    def count_population(self) -> tuple[NDArray[np.int64], EpistemicSample]:
        """Return outcomes of hands-on attempts over the population [K, outcomes], and the sample behind them."""
        if self._population is None:
            sample = self._sample()
            model, weights = compile_population(
                catalogue=self.world.catalogue,
                blueprints=self.world.blueprints,
                specs=self.world.specs,
                seed=self.seed,
                draws=self.draws,
                as_of=self.world.as_of,
                sample=sample,
            )
            counts = count_population_outcomes(
                model, weights, seed=self.seed, attempts=self.attempts, threads=self.threads
            )
            self._population = counts[:, 0], sample
        return self._population

    def hit(self, facility: str, event: str) -> FacilityEvents:
        """Return attempts against a facility, or campaigns that reach it, one a year."""
        key = (facility, event)
        if key not in self._events:
            sample = self._sample()
            model = self._compile(facility, sample)
            plan = SimulationPlan(years=self.attempts * self.draws, draws=self.draws, seed=self.seed)
            given = OneEvent("attempt", 0, 0)
            if event == "campaign":
                given = OneEvent("campaign", 0)
            yelt = simulate(model, plan, given=given, threads=self.threads)
            self._events[key] = FacilityEvents(model, yelt, sample)
        return self._events[key]

    def _compile(self, facility: str, sample: EpistemicSample) -> CompiledModel:
        world = self.world
        organisation = next(known for known in world.targets.facilities if known.id == facility)
        rates = derive_rates(
            world.catalogue,
            [organisation],
            population=world.blueprints.population,
            classes=[process.counted_class for process in world.specs.processes],
            sample=sample,
            as_of=world.as_of,
            fitted=self._fitted,
        )
        self._fitted = rates.sector.fitted
        model = compile_model(
            Portfolio((Node(organisation, assessed=True),), (), ()),
            catalogue=world.catalogue,
            blueprints=world.blueprints,
            specs=world.specs,
            rates=rates,
            susceptibility=np.ones((self.draws, len(world.specs.processes))),
            sample=sample,
        )
        return _count_by_component(model, world)


def _count_by_component(model: CompiledModel, world: World) -> CompiledModel:
    """Return the model with loss items booked by component instead of form; every campaign reaches the facility."""
    component = dict.fromkeys((item.id for item in world.specs.items), len(FORMS) - 1)
    for index, items in enumerate(world.targets.components.values()):
        component |= dict.fromkeys(items, index)
    forms = np.array([component[item.id] for item in world.specs.items])
    arrays = {
        **model.arrays,
        "item_form": forms,
        "node_visibility": np.ones_like(np.asarray(model.arrays["node_visibility"])),
    }
    return CompiledModel(draws=model.draws, arrays=arrays, labels=model.labels, lineage=model.lineage)
