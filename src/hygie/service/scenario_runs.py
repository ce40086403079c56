"""A scenario simulated: many events of one kind, those that are kept, and the same events with other controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError, UsageError
from hygie.core.sampling import EpistemicSample
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.facility_graphs import build_graph
from hygie.facility.organisation import Facility
from hygie.facility.zone_graphs import ZoneGraph
from hygie.knowledge.packs import Catalogue, load_catalogue
from hygie.scenario.compile import compile_model
from hygie.scenario.conditions import (
    cover_controls,
    force_actor,
    force_hit,
    force_vector,
    restrict_objectives,
    share_of_choice,
)
from hygie.scenario.portfolio import portfolio_of
from hygie.scenario.specs import ScenarioSpecs, load_specs
from hygie.service.calibrate import calibrate
from hygie.service.scenario_choices import Choice, check_controls, choose_scenario
from hygie.service.scenario_request import ScenarioRequest
from hygie.simulation.replay import EventsReplay, replay_events
from hygie.simulation.runners import OneEvent, simulate
from hygie.threat.rates import derive_rates

__all__ = ["ScenarioRun", "Simulated", "choose_event", "run_events", "spread_rows"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
Progress = Callable[[str, int, int], None]

_HOURS_PER_DAY = 24.0
_MOST_DAYS = 366
_LEAST_DAYS = 7
_AFTER = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """One set of events.

    Parameters
    ----------
    kept
        Which rows of the table the scenario keeps [rows].
    frequency_per_y
        How often an event like those kept happens to the facility [1/y], mean over draws.
    """

    model: CompiledModel
    yelt: YearEventLossTable
    kept: BoolArray
    frequency_per_y: float

    @property
    def rows(self) -> IntArray:
        """Positions of the rows that are kept."""
        return np.flatnonzero(self.kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioRun:
    """A scenario in full: what was asked, what was simulated, what was replayed.

    Parameters
    ----------
    as_described
        The same events without the supposed controls; None when no control is supposed.
    shown
        The events that are described: those with the supposed controls, unless the controls leave none.
    replays
        Kept events spread over the ranks of loss, replayed in full.
    told
        The one event that is told.
    days
        Days after the onset of damage that are shown.
    rank
        Rank of the event that is told among those shown, 1 the dearest.
    """

    request: ScenarioRequest
    choice: Choice
    facility: Facility
    graph: ZoneGraph
    catalogue: Catalogue
    blueprints: Blueprints
    specs: ScenarioSpecs
    events: Simulated
    as_described: Simulated | None
    shown: Simulated
    replays: EventsReplay
    told: EventsReplay
    days: int
    rank: int


def run_events(request: ScenarioRequest, *, threads: int, progress: Progress) -> ScenarioRun:
    """Simulate a scenario.

    Raises
    ------
    HygieError
        Input that is wrong, with its repair, or suppositions under which no event is left.
    """
    progress("read", 0, 1)
    if request.events < 2 * request.draws:
        raise UsageError(
            "too few events for the draws",
            field="--events",
            value=request.events,
            allowed=f"at least {2 * request.draws}: two for each of the {request.draws} draws",
            repair="raise --events or lower --draws",
        )
    catalogue = load_catalogue(as_of=request.as_of, extra_paths=[Path(pack) for pack in request.packs])
    blueprints = load_blueprints(catalogue)
    specs = load_specs(catalogue)
    facility = load_facility(
        Path(request.facility), blueprints=blueprints, known_evidence=frozenset(catalogue.evidence)
    )
    check_controls(request.control, blueprints)
    progress("calibrate", 0, 1)
    calibration = calibrate(
        catalogue=catalogue,
        blueprints=blueprints,
        specs=specs,
        seed=request.seed,
        draws=request.draws,
        as_of=request.as_of,
        threads=threads,
    )
    portfolio = portfolio_of(facility)
    graph = build_graph(facility, blueprints)

    def compile_with(coverages: Mapping[str, float]) -> CompiledModel:
        sample = EpistemicSample(catalogue.estimate, seed=request.seed, draws=request.draws)
        rates = derive_rates(
            catalogue,
            [node.organisation for node in portfolio.nodes],
            population=blueprints.population,
            classes=[process.counted_class for process in specs.processes],
            sample=sample,
            as_of=request.as_of,
        )
        return compile_model(
            cover_controls(portfolio, coverages) if coverages else portfolio,
            catalogue=catalogue,
            blueprints=blueprints,
            specs=specs,
            rates=rates,
            susceptibility=calibration.susceptibility,
            sample=sample,
        )

    model = compile_with(request.control)
    labels = model.labels
    choice = choose_scenario(
        request,
        catalogue=catalogue,
        specs=specs,
        graph=graph,
        actors=labels.actors,
        vectors=labels.vectors,
        providers=labels.providers,
        campaigns=labels.campaigns,
    )
    total = request.events * (2 if request.control else 1)
    progress("simulate", 0, total)
    events = _simulate(model, choice, request, threads=threads)
    as_described = None
    if request.control:
        progress("simulate", request.events, total)
        as_described = _simulate(compile_with({}), choice, request, threads=threads)
    progress("measure", 0, 1)
    shown = events if events.rows.size or as_described is None else as_described
    if shown.rows.size == 0:
        raise _explain_nothing(request, events)
    row, rank = choose_event(shown, request.event)
    days = _choose_days(shown, row)
    rows = spread_rows(shown, request.replays)
    return ScenarioRun(
        request=request,
        choice=choice,
        facility=facility,
        graph=graph,
        catalogue=catalogue,
        blueprints=blueprints,
        specs=specs,
        events=events,
        as_described=as_described,
        shown=shown,
        replays=replay_events(shown.model, shown.yelt, rows.tolist(), days=days),
        told=replay_events(shown.model, shown.yelt, [row], days=days),
        days=days,
        rank=rank,
    )


def _choose_days(shown: Simulated, row: int) -> int:
    """Return the days that hold 95 % of the outages and that of the event that is told."""
    outage = np.asarray(shown.yelt.columns["outage_h"], dtype=np.float64)
    last = max(float(np.quantile(outage[shown.rows], 0.95)), float(outage[row])) / _HOURS_PER_DAY
    return int(min(max(np.ceil(last) + _AFTER, _LEAST_DAYS), _MOST_DAYS))


def _suppose(model: CompiledModel, choice: Choice) -> CompiledModel:
    if choice.kind != "attempt":
        return force_hit(model, 0)
    if choice.actor is not None:
        model = force_actor(model, choice.actor, process=choice.process)
    if choice.vector is not None:
        model = force_vector(model, choice.vector, process=choice.process)
    if choice.targets:
        template = int(model.arrays["node_template"][0])
        model = restrict_objectives(model, choice.targets, template=template, process=choice.process)
    return model


def _simulate(model: CompiledModel, choice: Choice, request: ScenarioRequest, *, threads: int) -> Simulated:
    supposed = _suppose(model, choice)
    plan = SimulationPlan(years=request.events, draws=request.draws, seed=request.seed)
    given = OneEvent(choice.kind, choice.index, choice.process)
    yelt = simulate(supposed, plan, given=given, threads=threads)
    kept = np.isin(np.asarray(yelt.columns["outcome"]), choice.outcomes)
    per_draw = np.asarray(plan.years_per_draw(), dtype=np.float64)
    if choice.kind == "attempt":
        rate = np.asarray(model.arrays["node_rate_per_y"], dtype=np.float64)[:, 0, choice.process]
        for column, index in (("actor_cumulative", choice.actor), ("entry_cumulative", choice.vector)):
            if index is not None:
                rate = rate * share_of_choice(model, column, process=choice.process, index=index)
        counted = np.asarray(yelt.columns["draw"], dtype=np.int64)[kept]
    else:
        column = "provider_rate_per_y" if choice.kind == "provider" else "campaign_rate_per_y"
        rate = np.asarray(model.arrays[column], dtype=np.float64)[:, choice.index]
        # How often a shared event comes as far as here is read off the model in which it need not.
        free = simulate(model, plan, given=given, threads=threads)
        counted = np.asarray(free.columns["draw"], dtype=np.int64)
    share = np.bincount(counted, minlength=request.draws) / per_draw
    return Simulated(model=supposed, yelt=yelt, kept=kept, frequency_per_y=float((rate * share).mean()))


def _explain_nothing(request: ScenarioRequest, events: Simulated) -> ModelError:
    return ModelError(
        f"none of {request.events} simulated events ends as the scenario asks",
        field="--outcome" if request.outcome else "--class",
        value=", ".join(request.outcome) or request.threat_class,
        allowed=f"{len(events.yelt)} of them leave a trace of another kind",
        repair="raise --events, or suppose less: another --actor, --entry or --outcome",
    )


def choose_event(events: Simulated, wanted: str | int) -> tuple[int, int]:
    """Return the row and the rank (1 is the dearest) of the event that is told.

    Parameters
    ----------
    wanted
        ``median`` (nearest to the median loss), ``worst``, or a rank.

    Raises
    ------
    UsageError
        There are fewer events than the rank.
    """
    rows = events.rows
    loss = np.asarray(events.yelt.columns["loss_eur"], dtype=np.float64)[rows]
    order = np.argsort(-loss, kind="stable")
    if wanted == "worst":
        at = 0
    elif wanted == "median":
        at = int(np.argmin(np.abs(loss[order] - np.median(loss))))
    else:
        at = int(wanted) - 1
        if at >= rows.size:
            raise UsageError(
                "there are fewer events than this rank",
                field="--event",
                value=wanted,
                allowed=f"median, worst, or 1 to {rows.size}",
                repair="--event 1 is the dearest",
            )
    return int(rows[order[at]]), at + 1


def spread_rows(events: Simulated, count: int) -> IntArray:
    """Return `count` kept rows spread evenly over the ranks of loss, all of them when there are fewer.

    Rank (i + ½) / count of the kept events in order of loss: a stratified sample of the distribution.
    """
    rows = events.rows
    loss = np.asarray(events.yelt.columns["loss_eur"], dtype=np.float64)[rows]
    order = np.argsort(loss, kind="stable")
    if rows.size <= count:
        return rows[order]
    places = np.floor((np.arange(count) + 0.5) / count * rows.size).astype(np.int64)
    return np.asarray(rows[order[places]])
