"""One facility, ready to be simulated again and again with other controls, on the same random numbers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.tables import OUTCOMES
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.decision.paired import AnnualSums, sum_years
from hygie.decision.worth import CostFlow
from hygie.facility.controls import ControlSpec
from hygie.scenario.levers import measure_coverage
from hygie.scenario.portfolio import portfolio_of
from hygie.service.threat_world import World, calibrate_world, compile_world, load_world, rate_world
from hygie.simulation.runners import simulate
from hygie.threat.rates import ThreatRates

__all__ = ["Bench", "YearSums", "cost_of", "prepare_bench", "split_loss", "sums_of", "try_controls"]

FloatArray = NDArray[np.float64]

_KINDS = ("workstations", "servers", "devices")


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that does not change from one option to the next."""

    world: World
    rates: ThreatRates
    sample: EpistemicSample
    susceptibility: FloatArray
    plan: SimulationPlan
    threads: int

    @property
    def controls(self) -> dict[str, ControlSpec]:
        """Controls of the packs by id."""
        return {control.id: control for control in self.world.blueprints.controls}


@dataclass(frozen=True, slots=True)
class YearSums:
    """Annual sums of what decisions look at."""

    economic: AnnualSums
    own: AnnualSums
    bed_days: AnnualSums


def prepare_bench(facility: Path, *, as_of: date, packs: Collection[Path], plan: SimulationPlan, threads: int) -> Bench:
    """Read, calibrate and draw what all options share.

    Raises
    ------
    HygieError
        A pack or the facility file is wrong, with file, line and repair.
    """
    world = load_world(facility, as_of=as_of, packs=tuple(packs))
    rates, sample = rate_world(world, seed=plan.seed, draws=plan.draws)
    calibration = calibrate_world(
        world, seed=plan.seed, draws=plan.draws, threads=threads, fitted=rates.sector.fitted, as_read=True
    )
    return Bench(world, rates, sample, calibration.susceptibility, plan, threads)


def try_controls(bench: Bench, raised: Mapping[str, float]) -> tuple[CompiledModel, YearEventLossTable]:
    """Simulate the facility with the coverage of some controls raised."""
    model = compile_world(
        bench.world, bench.rates, bench.sample, susceptibility=bench.susceptibility, raised=dict(raised)
    )
    return model, simulate(model, bench.plan, threads=bench.threads)


def sums_of(yelt: YearEventLossTable) -> YearSums:
    """Return the annual sums of a loss table."""
    year = np.asarray(yelt.columns["year"], dtype=np.int64)
    years = yelt.plan.years_per_draw()

    def sums(name: str, unit: str) -> AnnualSums:
        return sum_years(year, np.asarray(yelt.columns[name], dtype=np.float64), years_per_draw=years, unit=unit)

    return YearSums(sums("loss_eur", "EUR_2024"), sums("loss_own_eur", "EUR_2024"), sums("bed_days_lost", "beds"))


def split_loss(yelt: YearEventLossTable, view: str) -> FloatArray:
    """Return the loss of all years by class and outcome [classes × outcomes]: the parts that a preview multiplies."""
    outcomes = len(OUTCOMES)
    kind, outcome = (np.asarray(yelt.columns[name], dtype=np.int64) for name in ("threat_class", "outcome"))
    loss = np.asarray(yelt.columns["loss_own_eur" if view == "own" else "loss_eur"], dtype=np.float64)
    cells = len(yelt.labels.classes) * outcomes
    return np.asarray(np.bincount(kind * outcomes + outcome, weights=loss, minlength=cells), dtype=np.float64)


def cost_of(bench: Bench, model: CompiledModel, control: str, coverage: float) -> CostFlow:
    """Return what it costs to bring one control from where it is to `coverage`, in each draw.

    Cost per unit of the control's driver (machines, staff, beds, or the organisation as a whole) × number of units ×
    coverage added.
    """
    spec = bench.controls[control]
    node = portfolio_of(bench.world.facility).nodes[0]
    added = np.maximum(coverage - measure_coverage(node, control, bench.sample), 0.0)
    units = _count_units(bench, model, spec)
    setup, yearly = (bench.sample.values(f"control.{control}.{part}_cost") * units for part in ("setup", "yearly"))
    return CostFlow(setup * added, yearly * added)


def _count_units(bench: Bench, model: CompiledModel, spec: ControlSpec) -> float:
    activity = bench.world.facility.activity
    if spec.cost_driver == "organisation":
        return 1.0
    if spec.cost_driver == "fte":
        return float(activity.fte)
    if spec.cost_driver == "beds":
        return float(activity.beds)
    arrays = model.arrays
    template = int(arrays["node_template"][0])
    zones = slice(*(int(arrays["template_zone_ptr"][template + i]) for i in (0, 1)))
    hosts = np.asarray(arrays["node_zone_hosts"])[int(arrays["node_zone_ptr"][0]) : int(arrays["node_zone_ptr"][1])]
    return float(hosts[np.asarray(arrays["zone_kind"])[zones] == _KINDS.index(spec.cost_driver)].sum())
