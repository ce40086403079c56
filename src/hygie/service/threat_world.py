"""One facility under one state of knowledge: its frequencies, and its loss by simulation with common random numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.organisation import Facility
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.packs import load_catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.portfolio import portfolio_of
from hygie.scenario.specs import ScenarioSpecs, load_specs
from hygie.service.calibrate import Calibration, calibrate
from hygie.simulation.runners import simulate
from hygie.threat.known import know, mix
from hygie.threat.rates import ThreatRates, derive_rates
from hygie.threat.summaries import FittedClass

__all__ = [
    "CAUSES",
    "World",
    "calibrate_world",
    "chance_of_hit",
    "compile_world",
    "list_causes",
    "load_world",
    "measure_frequencies",
    "mix_worlds",
    "rate_world",
    "simulate_world",
]

FloatArray = NDArray[np.float64]

# By what two worlds can differ, in the order in which causes are told. Time comes first, and it is also the first to
# be taken: no news can be learnt before its day.
CAUSES = ("time", "counts", "incidents", "campaigns", "actors", "states", "exposure", "controls", "model")


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What is believed of one facility on one date.

    Parameters
    ----------
    catalogue
        What the packs say, reduced to what was known.
    as_of
        The clock: ages are counted from it, and the year ahead starts after it.
    """

    catalogue: Catalogue
    blueprints: Blueprints
    specs: ScenarioSpecs
    facility: Facility
    as_of: date


def load_world(facility: Path, *, as_of: date, packs: Sequence[Path] = ()) -> World:
    """Read packs and a facility file, and keep what was known on a date.

    Raises
    ------
    HygieError
        A pack or the facility file is wrong, with file, line and repair.
    """
    catalogue = load_catalogue(as_of=as_of, extra_paths=packs)
    blueprints = load_blueprints(catalogue)
    return World(
        catalogue=know(catalogue, as_of=as_of),
        blueprints=blueprints,
        specs=load_specs(catalogue),
        facility=load_facility(facility, blueprints=blueprints, known_evidence=frozenset(catalogue.evidence)),
        as_of=as_of,
    )


def list_causes(before: World, after: World) -> list[str]:
    """Return the causes by which two worlds differ, in the order of `CAUSES`."""
    one, other = before.catalogue, after.catalogue
    posture = {"posture": before.facility.posture}
    differs = {
        "time": before.as_of != after.as_of,
        "counts": one.counts != other.counts,
        "incidents": one.incidents != other.incidents,
        "campaigns": one.campaigns != other.campaigns,
        "actors": dict(one.actors) != dict(other.actors),
        "states": _state_rows(one) != _state_rows(other),
        "exposure": before.facility != after.facility.model_copy(update=posture),
        "controls": before.facility.posture != after.facility.posture,
        "model": _structure(one) != _structure(other),
    }
    return [cause for cause in CAUSES if differs[cause]]


def _state_rows(catalogue: Catalogue) -> list[object]:
    return [document.data for document in catalogue.sections.get("states", ())]


def _structure(catalogue: Catalogue) -> tuple[object, ...]:
    sections = {name: [part.data for part in parts] for name, parts in catalogue.sections.items() if name != "states"}
    return dict(catalogue.estimates), dict(catalogue.earlier), sections


def mix_worlds(before: World, after: World, taken: Collection[str]) -> World:
    """Return the world in which only some causes have come."""
    # What the structure of the packs says goes with their parameters.
    rest = after if "model" in taken else before
    place = after if "exposure" in taken else before
    posture = (after if "controls" in taken else before).facility.posture
    return World(
        catalogue=mix(before.catalogue, after.catalogue, taken),
        blueprints=rest.blueprints,
        specs=rest.specs,
        facility=place.facility.model_copy(update={"posture": posture}),
        as_of=(after if "time" in taken else before).as_of,
    )


def rate_world(
    world: World,
    *,
    seed: int,
    draws: int,
    fitted: Mapping[str, FittedClass] | None = None,
    sample: EpistemicSample | None = None,
) -> tuple[ThreatRates, EpistemicSample]:
    """Draw the frequencies of the facility and of its neighbours, in the order of its portfolio.

    Parameters
    ----------
    fitted
        Levels fitted before to the same counts, states and parameters on the same date; fitted now when None.
    sample
        What is not known; drawn with `seed` and `draws` when None.
    """
    sample = sample or EpistemicSample(world.catalogue.estimate, seed=seed, draws=draws)
    rates = derive_rates(
        world.catalogue,
        [node.organisation for node in portfolio_of(world.facility).nodes],
        population=world.blueprints.population,
        classes=[process.counted_class for process in world.specs.processes],
        sample=sample,
        as_of=world.as_of,
        fitted=fitted,
    )
    return rates, sample


def measure_frequencies(world: World, rates: ThreatRates, sample: EpistemicSample) -> dict[str, FloatArray]:
    """Return how often each class would strike the facility with the average defences of the sector [K] [1/y].

    Counted classes come at λ · m, campaigns at their rate times the chance to be hit by one, providers at the rate of
    their events that reach it. What comes through neighbours is not in it.
    """
    found = {name: level * rates.multiplier[:, 0] for name, level in rates.level.items()}
    for kind, rate in rates.campaign_rate.items():
        found[kind] = rate * chance_of_hit(kind, rates, sample)
    shared = next((spec.id for spec in world.specs.classes if spec.occurs_as == "shared"), None)
    if shared is not None:
        found[shared] = np.zeros(sample.draws)
        for use in world.facility.providers:
            rate, hit = (sample.values(f"provider.{use.kind}.{what}") for what in ("rate", "hit"))
            found[shared] = found[shared] + rate * hit
    return found


def chance_of_hit(kind: str, rates: ThreatRates, sample: EpistemicSample) -> FloatArray:
    """Return the chance that one campaign strikes the facility [K]: 1 − (1 − v)^n averaged over the victims n.

    n is negative binomial without its zero, whose generating function is closed: this is the law of the simulation.
    """
    mean, shape = (sample.values(f"campaign.{kind}.{what}") for what in ("size_mean", "size_shape"))

    def generate(z: FloatArray) -> FloatArray:
        return np.asarray((shape / (shape + mean * (1.0 - z))) ** shape)

    none = generate(np.zeros(sample.draws))
    return np.asarray(1.0 - (generate(1.0 - rates.visibility[:, 0]) - none) / (1.0 - none))


def calibrate_world(
    world: World,
    *,
    seed: int,
    draws: int,
    threads: int,
    sample: EpistemicSample | None = None,
    fitted: Mapping[str, FittedClass] | None = None,
    as_read: bool = False,
) -> Calibration:
    """Return S̄ for the attack model and the population of a world; see `calibrate`.

    Parameters
    ----------
    as_read
        Whether packs are as `load_world` read them: the population is then compiled once for all that is asked of it.
    """
    return calibrate(
        catalogue=world.catalogue,
        blueprints=world.blueprints,
        specs=world.specs,
        seed=seed,
        draws=draws,
        as_of=world.as_of,
        threads=threads,
        sample=sample,
        fitted=fitted,
        inputs_digest=f"known {world.catalogue.digest}" if as_read else None,
    )


def compile_world(
    world: World,
    rates: ThreatRates,
    sample: EpistemicSample,
    *,
    susceptibility: FloatArray,
    raised: Mapping[str, float] | None = None,
) -> CompiledModel:
    """Compile the facility with its neighbours and providers.

    Parameters
    ----------
    raised
        Coverage that controls of the facility have at least [share]; see `Node`.
    """
    portfolio = portfolio_of(world.facility)
    if raised:
        own = replace(portfolio.nodes[0], raised=raised)
        portfolio = replace(portfolio, nodes=(own, *portfolio.nodes[1:]))
    return compile_model(
        portfolio,
        catalogue=world.catalogue,
        blueprints=world.blueprints,
        specs=world.specs,
        rates=rates,
        susceptibility=susceptibility,
        sample=sample,
    )


def simulate_world(world: World, plan: SimulationPlan, *, threads: int) -> YearEventLossTable:
    """Simulate the years of a plan; worlds that share a plan share their luck."""
    rates, sample = rate_world(world, seed=plan.seed, draws=plan.draws)
    calibration = calibrate_world(world, seed=plan.seed, draws=plan.draws, threads=threads, fitted=rates.sector.fitted)
    model = compile_world(world, rates, sample, susceptibility=calibration.susceptibility)
    return simulate(model, plan, threads=threads)
