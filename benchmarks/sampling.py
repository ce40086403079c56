"""How much a Latin hypercube over beliefs spares: the AAL of the example under three outer samples.

Each repetition has a seed of its own and goes the whole way: estimates, calibration, compiled model, simulation. Only
the uniforms behind the estimates differ: one value per slice (what hygie does), plain random numbers, or scrambled
Sobol points. For Sobol, dimensions are given out in the order in which estimates are asked for, which hygie
could not do: adding an estimate would move all later ones.

    python benchmarks/sampling.py [--repeats 24] [--draws 50] [--years 200000]
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, redirect_stdout
from datetime import date
from pathlib import Path
from unittest import mock

import numpy as np
from scipy.stats import qmc

from hygie.core import estimate, sampling
from hygie.core.ids import derive_entity
from hygie.core.waists import SimulationPlan
from hygie.loss.metrics import estimate_aal
from hygie.loss.tables import build_year_loss_table
from hygie.service.calibrate import compile_population
from hygie.service.threat_world import World, compile_world, load_world, rate_world
from hygie.simulation.runners import count_population_outcomes, simulate

Uniforms = Callable[..., np.ndarray]
ATTEMPTS = 1000
_FIRST_ENCRYPTION = 3


def draw_plain(name: str, *, seed: int, draws: int) -> np.ndarray:
    """Independent uniforms, keyed by name as ours are."""
    entity = derive_entity("plain", name)
    return np.random.default_rng([seed, entity & 0xFFFFFFFF, entity >> 32]).random(draws)


class SobolColumns:
    """Scrambled Sobol points, one dimension per name in order of first use."""

    def __init__(self, *, seed: int, draws: int, dimensions: int = 4000) -> None:
        points = qmc.Sobol(dimensions, scramble=True, rng=np.random.default_rng(seed))
        self._table = np.clip(points.random(draws), 1e-12, 1 - 1e-12)
        self._place: dict[str, int] = {}

    def __call__(self, name: str, *, seed: int, draws: int) -> np.ndarray:  # noqa: ARG002
        return self._table[:, self._place.setdefault(name, len(self._place))]


@contextmanager
def sample_with(draw: Uniforms) -> Iterator[None]:
    """Replace the uniforms behind estimates."""
    modules = [module for name, module in sys.modules.items() if name.startswith("hygie.")]

    def draw_each(names: Sequence[str], *, seed: int, draws: int) -> np.ndarray:
        return np.stack([draw(name, seed=seed, draws=draws) for name in names], axis=1)

    with ExitStack() as changes:
        for name, change in (("draw_uniforms", draw), ("draw_uniforms_each", draw_each)):
            before = getattr(estimate, name)
            for module in [module for module in modules if getattr(module, name, None) is before]:
                changes.enter_context(mock.patch.object(module, name, change))
        yield


def measure(world: World, plan: SimulationPlan, *, simulation_seed: int) -> tuple[float, float, float, float]:
    """Return AAL, low and high of its band, and its simulation noise; chance is the same for all samples."""
    rates, sample = rate_world(world, seed=plan.seed, draws=plan.draws)
    population, weights = compile_population(
        catalogue=world.catalogue,
        blueprints=world.blueprints,
        specs=world.specs,
        seed=plan.seed,
        draws=plan.draws,
        as_of=world.as_of,
    )
    counts = count_population_outcomes(population, weights, seed=plan.seed, attempts=ATTEMPTS)
    susceptibility = (counts[:, :, _FIRST_ENCRYPTION:].sum(axis=2) + 0.5) / (ATTEMPTS + 1.0)
    model = compile_world(world, rates, sample, susceptibility=susceptibility)
    yelt = simulate(model, SimulationPlan(plan.years, plan.draws, simulation_seed))
    figure = estimate_aal(
        build_year_loss_table(yelt.columns["year"], yelt.columns["loss_eur"], years_per_draw=plan.years_per_draw())
    )
    return figure.value, figure.low, figure.high, figure.mc_error


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=24)
    parser.add_argument("--draws", type=int, default=64, help="a power of two, which Sobol points want")
    parser.add_argument("--years", type=int, default=200_000)
    parser.add_argument("--facility", type=Path, default=Path(__file__).parents[1] / "examples" / "chsf.yaml")
    arguments = parser.parse_args()
    assert sampling.draw_uniforms_each is estimate.draw_uniforms_each
    world = load_world(arguments.facility, as_of=date(2026, 11, 23))
    found: dict[str, list[tuple[float, ...]]] = {"plain random": [], "Latin hypercube": [], "scrambled Sobol": []}
    begin = time.process_time()
    for seed in range(1, arguments.repeats + 1):
        plan = SimulationPlan(arguments.years, arguments.draws, seed)
        sobol = SobolColumns(seed=seed, draws=arguments.draws)
        for name, draw in zip(found, (draw_plain, estimate.draw_uniforms, sobol), strict=True):
            with sample_with(draw), redirect_stdout(sys.stderr):
                found[name].append(measure(world, plan, simulation_seed=seed))
        print(f"{seed}/{arguments.repeats} {time.process_time() - begin:.0f} s", file=sys.stderr)
    print(f"{arguments.repeats} repetitions, {arguments.draws} draws, {arguments.years:,} years")
    print(f"{'sample':<18}{'mean AAL':>12}{'sd':>9}{'sd of low':>11}{'sd of high':>12}{'noise':>9}{'belief sd':>11}")
    for name, rows in found.items():
        value, low, high, noise = np.array(rows).T
        chance = float(np.sqrt((noise**2).mean()))
        belief = float(np.sqrt(max(value.var(ddof=1) - chance**2, 0.0)))
        cells = [value.std(ddof=1), low.std(ddof=1), high.std(ddof=1), chance, belief]
        shares = "".join(
            f"{cell / value.mean():>{width}.1%}" for cell, width in zip(cells, (9, 11, 12, 9, 11), strict=True)
        )
        print(f"{name:<18}{value.mean():>12,.0f}{shares}")


if __name__ == "__main__":
    main()
