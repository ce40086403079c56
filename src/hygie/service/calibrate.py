"""S̄: how often an attempt succeeds against the population, so that the population reproduces the observed rate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import scipy
from numpy.typing import NDArray

from hygie.core.ids import digest_arrays, digest_text
from hygie.core.sampling import EpistemicSample
from hygie.core.waists import CompiledModel
from hygie.facility.blueprints import Blueprints
from hygie.facility.organisation import Activity, Organisation
from hygie.knowledge.packs import Catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.portfolio import Node, Portfolio
from hygie.scenario.specs import ScenarioSpecs
from hygie.simulation.runners import count_population_outcomes
from hygie.store.cache import (
    digest_package,
    read_note,
    recall_array,
    remember_array,
    replace_note,
    write_note,
)
from hygie.threat.rates import derive_rates
from hygie.threat.summaries import FittedClass

__all__ = ["ATTEMPTS", "Calibration", "calibrate", "compile_population", "population_portfolio"]

FloatArray = NDArray[np.float64]

# Attempts simulated per draw and process: S̄ near 0.15 then carries a relative error of about 5 % in each draw.
ATTEMPTS = 2_000
_FIRST_ENCRYPTION = 3
# Rooms whose code decides how an attempt ends once the population is compiled.
_KERNEL = ("simulation",)
# Rooms, and files beside, whose code decides what the compiled population is, and how its attempts end.
_COMPILER = ("core", "facility", "knowledge", "scenario", "simulation", "store", "threat", "service/calibrate.py")
# How often attempts come says nothing of how they end.
_RATES = frozenset({"node_rate_per_y", "campaign_rate_per_y", "provider_rate_per_y"})


@dataclass(frozen=True, slots=True)
class Calibration:
    """Outcomes of attempts over the population.

    Parameters
    ----------
    counts
        [K, processes, outcomes].
    susceptibility
        S̄ [K, processes]: share that ends in the counted outcome.
    cached
        Whether the counts came from the cache.
    digest
        Of all that the counts depend on: population, attack model, kernel, seed, numbers of draws and attempts.
    stale
        When the counts had to be made anew, what differs from the calibration before: `kernel`, `population`, `sample`.
    """

    counts: NDArray[np.int64]
    susceptibility: FloatArray
    cached: bool
    digest: str
    stale: tuple[str, ...]


def population_portfolio(blueprints: Blueprints) -> tuple[Portfolio, NDArray[np.float64]]:
    """Return one node per stratum of the population, and how many entities each stands for."""
    nodes = []
    entities = []
    for index, stratum in enumerate(blueprints.population.strata):
        organisation = Organisation(
            id=f"stratum-{index:03d}",
            name=f"{stratum.category}, {stratum.status}",
            category=stratum.category,
            status=stratum.status,
            activity=Activity(year=2023, beds_mco=round(stratum.beds), fte=stratum.fte),
        )
        nodes.append(Node(organisation, assessed=True))
        entities.append(stratum.entities)
    return Portfolio(tuple(nodes), (), ()), np.array(entities, dtype=np.float64)


def compile_population(
    *,
    catalogue: Catalogue,
    blueprints: Blueprints,
    specs: ScenarioSpecs,
    seed: int,
    draws: int,
    as_of: date,
    sample: EpistemicSample | None = None,
    fitted: Mapping[str, FittedClass] | None = None,
) -> tuple[CompiledModel, FloatArray]:
    """Return the population as a model, and the share of attempts that each stratum receives [K, strata].

    `sample` is the one of `seed` and `draws` unless another is given; `fitted` are levels fitted before to the same
    counts, states and parameters on the same date.
    """
    sample = sample or EpistemicSample(catalogue.estimate, seed=seed, draws=draws)
    portfolio, entities = population_portfolio(blueprints)
    rates = derive_rates(
        catalogue,
        [node.organisation for node in portfolio.nodes],
        population=blueprints.population,
        classes=[process.counted_class for process in specs.processes],
        sample=sample,
        as_of=as_of,
        fitted=fitted,
    )
    model = compile_model(
        portfolio,
        catalogue=catalogue,
        blueprints=blueprints,
        specs=specs,
        rates=rates,
        susceptibility=np.ones((draws, len(specs.processes))),
        sample=sample,
    )
    weights = rates.multiplier * entities[None, :]
    return model, weights / weights.sum(axis=1, keepdims=True)


def calibrate(
    *,
    catalogue: Catalogue,
    blueprints: Blueprints,
    specs: ScenarioSpecs,
    seed: int,
    draws: int,
    as_of: date,
    threads: int = 2,
    attempts: int = ATTEMPTS,
    inputs_digest: str | None = None,
    sample: EpistemicSample | None = None,
    fitted: Mapping[str, FittedClass] | None = None,
) -> Calibration:
    """Run the attack kernel over the population and return S̄ per draw.

    The result depends on the compiled population, the kernel, the seed and the numbers of draws and attempts, never on
    the assessed facility nor on how often attempts come. It is kept by the digest of just these, so that nothing stale
    is ever read: a kernel that deepens, or a fact that touches the population, makes another digest.

    Parameters
    ----------
    inputs_digest
        Digest of the packs and the date, from a caller whose catalogue, blueprints and specs are what these packs say,
        unchanged. Together with all code that compiles and simulates, it then leads to the counts without compiling the
        population (a second and a half).
    sample
        What is not known; the one of `seed` and `draws` when None.
    fitted
        Levels fitted before; see `compile_population`.
    """
    shortcut = None
    if inputs_digest is not None and sample is None:
        sources = digest_package(*_COMPILER)
        shortcut = digest_text(f"{inputs_digest} {as_of} {seed} {draws} {attempts} {scipy.__version__} {sources}")
        known = _follow(shortcut)
        if known is not None:
            return known
    model, weights = compile_population(
        catalogue=catalogue, blueprints=blueprints, specs=specs, seed=seed, draws=draws, as_of=as_of, sample=sample,
        fitted=fitted,
    )  # fmt: skip
    arrays = {name: array for name, array in model.arrays.items() if name not in _RATES}
    parts = {
        "kernel": digest_package(*_KERNEL),
        "population": digest_arrays({**arrays, "weights": weights}),
        "sample": f"{seed} {draws} {attempts}",
    }
    digest = digest_text(" ".join(parts.values()))

    def count() -> NDArray[np.int64]:
        return count_population_outcomes(model, weights, seed=seed, attempts=attempts, threads=threads)

    counts, cached = remember_array("calibration", digest, count)
    before = replace_note("calibration", parts)
    stale = () if cached else tuple(name for name, part in parts.items() if before and before.get(name) != part)
    if shortcut is not None:
        write_note("calibration", shortcut, {**parts, "digest": digest})
    return _conclude(counts, cached=cached, digest=digest, stale=stale)


def _follow(shortcut: str) -> Calibration | None:
    """Return the calibration that a digest of inputs led to before; None when any of it is gone."""
    note = read_note("calibration", shortcut)
    digest = note.pop("digest", None)
    counts = None if digest is None else recall_array("calibration", digest)
    if digest is None or counts is None:
        return None
    replace_note("calibration", note)
    return _conclude(counts, cached=True, digest=digest, stale=())


def _conclude(counts: NDArray[np.int64], *, cached: bool, digest: str, stale: tuple[str, ...]) -> Calibration:
    attempts = counts[0, 0].sum()
    counted = counts[:, :, _FIRST_ENCRYPTION:].sum(axis=2)
    return Calibration(counts, (counted + 0.5) / (attempts + 1.0), cached, digest, stale)
