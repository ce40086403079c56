"""decide controls: what each is worth alone, and which set to take under a budget; on common random numbers."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import UsageError, suggest
from hygie.core.estimate import Method
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.decision.paired import AnnualSums, compare_means, compare_tails, draw_gains, variance_ratio
from hygie.decision.search import Bundle, Search, search_budget
from hygie.decision.worth import CostFlow, annuity, weigh
from hygie.loss.figures import Figure
from hygie.scenario.levers import measure_coverage
from hygie.scenario.portfolio import portfolio_of
from hygie.service.decide_reach import measure_reach
from hygie.service.decide_words import say_decision
from hygie.service.decide_world import Bench, YearSums, cost_of, prepare_bench, split_loss, sums_of, try_controls
from hygie.service.evidence import mark_result
from hygie.service.requests import ControlOption, DecideControlsRequest
from hygie.views.decide import BundleView, ControlDecisionView, OptionView, RangeView, WorthView
from hygie.views.messages import Language, translator

__all__ = ["choose_options", "decide_controls", "show_range"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

_DEFAULT_COVERAGE = 0.95
# An option that adds less coverage than this on average changes nothing worth simulating.
_LEAST_ADDED = 0.01


@dataclass(frozen=True, slots=True)
class _Option:
    control: str
    coverage: float
    cost: CostFlow
    sums: YearSums
    parts: FloatArray


def decide_controls(
    request: DecideControlsRequest, *, threads: int = 2, progress: Progress | None = None, with_reach: bool = False
) -> ControlDecisionView:
    """Say what controls are worth at one facility, alone and together.

    Parameters
    ----------
    with_reach
        Also say which zones and services attacks reach with the best set and without it.

    Raises
    ------
    HygieError
        Input that is wrong, with field, value and repair.
    """

    def report(stage: str, done: int = 0, total: int = 1) -> None:
        if progress is not None:
            progress(stage, done, total)

    report("read")
    plan = SimulationPlan(years=request.years, draws=request.draws, seed=request.seed)
    bench = prepare_bench(
        Path(request.facility),
        as_of=request.as_of,
        packs=[Path(pack) for pack in request.packs],
        plan=plan,
        threads=threads,
    )
    wanted = choose_options(request.options, bench)
    level = bench.sample.centre("decision.tail_level")
    rate = request.discount if request.discount is not None else bench.sample.centre("decision.discount_rate")
    factor = annuity(request.horizon_y, rate)
    model, yelt = try_controls(bench, {})
    base, parts = sums_of(yelt), split_loss(yelt, request.view)
    options = []
    for index, option in enumerate(wanted):
        report("options", index, len(wanted))
        _, other = try_controls(bench, {option.control: option.coverage})
        cost = cost_of(bench, model, option.control, option.coverage)
        left = split_loss(other, request.view)
        options.append(_Option(option.control, option.coverage, cost, sums_of(other), left))
    report("options", len(wanted), len(wanted))
    read = _Reader(bench, base, parts, options, request.view, request.language, level, factor)
    rows = [read.option(index) for index in range(len(options))]
    sets: dict[Bundle, YearSums] = {frozenset(): base}
    sets |= {frozenset({index}): option.sums for index, option in enumerate(options)}
    search = None if request.budget_eur is None else _search(read, request.budget_eur, sets, report)
    frontier = [] if search is None else [read.bundle(c, sets[c], best=c == search.best) for c in search.frontier]
    best = None if search is None else read.bundle(search.best, sets[search.best], best=True)
    furthest = None if not frontier else frontier[-1]
    reach = None
    if with_reach and options:
        report("map")
        taken = {options[index].control: options[index].coverage for index in _take(read, search)}
        reach = measure_reach(bench, yelt, model, taken, language=request.language)
    _ = translator(request.language)
    chosen = _pick(base, request.view)
    nothing = AnnualSums(np.zeros_like(chosen.values), chosen.years_per_draw, chosen.unit)
    no_care = AnnualSums(nothing.values, chosen.years_per_draw, base.bed_days.unit)
    view = ControlDecisionView(
        language=request.language,
        facility=bench.world.facility.id,
        name=bench.world.facility.name,
        view=request.view,
        horizon_y=request.horizon_y,
        discount=rate,
        budget_eur=request.budget_eur,
        tail_level=level,
        aal_eur=show_range(compare_means(chosen, nothing)),
        tvar_eur=show_range(compare_tails(chosen, nothing, level=level)),
        bed_days_per_y=show_range(compare_means(base.bed_days, no_care)),
        options=sorted(rows, key=lambda row: (-row.net_eur.value, row.id)),
        frontier=frontier,
        best=best,
        furthest=furthest,
        parts_eur_per_y=(parts / request.years).tolist(),
        exact=search.exact if search is not None else None,
        simulated_sets=len(sets),
        reach=reach,
        sentences=[],
        assumed_inputs=_count_assumed(bench, model),
        years=request.years,
        draws=request.draws,
        seed=request.seed,
        as_of=request.as_of.isoformat(),
        reproduce=_reproduce(request),
        tlp=mark_result(bench.world.catalogue),
    )
    return view.model_copy(update={"sentences": say_decision(view, _)})


@dataclass(frozen=True, slots=True)
class _Reader:
    """Turns paired sums into views; nothing is simulated here."""

    bench: Bench
    base: YearSums
    parts: FloatArray
    options: list[_Option]
    view: str
    language: Language
    level: float
    factor: float

    @property
    def costs(self) -> FloatArray:
        """Mean present cost of each option."""
        return np.array([float(option.cost.present_value(self.factor).mean()) for option in self.options])

    def left(self, sums: YearSums) -> float:
        """Return the present value of the mean loss that is left."""
        return self.factor * float(_pick(sums, self.view).values.mean())

    def option(self, index: int) -> OptionView:
        option = self.options[index]
        spec = self.bench.controls[option.control]
        node = portfolio_of(self.bench.world.facility).nodes[0]
        before, after = _pick(self.base, self.view), _pick(option.sums, self.view)
        ratio = variance_ratio(before, after)
        return OptionView(
            **self._worth(option.sums, option.cost).model_dump(),
            id=option.control,
            name=spec.name.local().in_language(self.language),
            function=spec.function,
            coverage_now=float(measure_coverage(node, option.control, self.bench.sample).mean()),
            coverage_after=option.coverage,
            left=np.divide(option.parts, self.parts, out=np.ones_like(self.parts), where=self.parts > 0.0).tolist(),
            variance_ratio=min(ratio, 1e9),
        )

    def bundle(self, chosen: Bundle, sums: YearSums, *, best: bool) -> BundleView:
        zero = np.zeros(self.bench.plan.draws)
        cost = CostFlow(zero, zero)
        parts = 0.0
        for index in sorted(chosen):
            cost = cost + self.options[index].cost
            before, after = _pick(self.base, self.view), _pick(self.options[index].sums, self.view)
            parts += float((before.values - after.values).mean())
        names = [self.options[index].control for index in sorted(chosen)]
        return BundleView(
            **self._worth(sums, cost).model_dump(),
            controls=names,
            names=[self.bench.controls[name].name.local().in_language(self.language) for name in names],
            best=best,
            sum_of_parts_eur_per_y=parts,
        )

    def _worth(self, sums: YearSums, cost: CostFlow) -> WorthView:
        before, after = _pick(self.base, self.view), _pick(sums, self.view)
        gain = compare_means(before, after)
        worth = weigh(cost, draw_gains(before, after), factor=self.factor)
        mean_cost = float(worth.cost_eur.mean())
        net = self.factor * gain.value - mean_cost
        return WorthView(
            loss_avoided_eur_per_y=show_range(gain),
            tail_avoided_eur=show_range(compare_tails(before, after, level=self.level)),
            bed_days_avoided_per_y=show_range(compare_means(self.base.bed_days, sums.bed_days)),
            cost_eur=_spread(mean_cost, worth.cost_eur),
            net_eur=_spread(net, worth.net_eur, mc_error=self.factor * gain.mc_error),
            rosi=None if np.isnan(worth.rosi).all() else _spread(net / mean_cost, worth.rosi),
            p_worth=worth.p_worth,
            payback_y=worth.payback_y if np.isfinite(worth.payback_y) else None,
        )


def _take(read: _Reader, search: Search | None) -> list[int]:
    """Return the controls that the maps suppose: the best set, the furthest one, or the control that avoids most."""
    for found in () if search is None else (search.best, *reversed(search.frontier)):
        if found:
            return sorted(found)
    return [int(np.argmin([read.left(option.sums) for option in read.options]))]


def _search(
    read: _Reader, budget: float, sets: dict[Bundle, YearSums], report: Callable[[str, int, int], None]
) -> Search:
    def evaluate(chosen: Bundle) -> float:
        if chosen not in sets:
            raised = {read.options[index].control: read.options[index].coverage for index in chosen}
            sets[chosen] = sums_of(try_controls(read.bench, raised)[1])
        return read.left(sets[chosen])

    marginal = np.array([read.left(option.sums) for option in read.options])
    return search_budget(
        read.costs,
        budget,
        marginal=marginal,
        evaluate=evaluate,
        progress=lambda done: report("sets", done, 0),
    )


def choose_options(asked: tuple[ControlOption, ...], bench: Bench) -> list[ControlOption]:
    """Return what was asked for, or every control that is not fully in place; each control once."""
    known = bench.controls
    seen: set[str] = set()
    for option in asked:
        if option.control not in known:
            raise UsageError(
                f"unknown control “{option.control}”",
                field="options",
                value=option.control,
                allowed=", ".join(known),
                repair=suggest(option.control, known) or "`hygie control list` shows them",
            )
        if option.control in seen:
            raise UsageError(
                f"the control “{option.control}” is given twice",
                field="options",
                value=option.control,
                repair="give each control once; sets of controls are searched by themselves",
            )
        seen.add(option.control)
    wanted = asked or tuple(ControlOption(control=name, coverage=_DEFAULT_COVERAGE) for name in known)
    node = portfolio_of(bench.world.facility).nodes[0]
    useful = []
    for option in wanted:
        coverage = measure_coverage(node, option.control, bench.sample)
        added = float(np.maximum(option.coverage - coverage, 0.0).mean())
        if added >= _LEAST_ADDED:
            useful.append(option)
        elif asked:
            raise UsageError(
                f"the control “{option.control}” is already there",
                field="options",
                value=option.coverage,
                allowed=f"above {float(coverage.mean()):.2f}, its coverage today",
                repair="ask for more coverage, or leave it out",
            )
    return useful


def _pick(sums: YearSums, view: str) -> AnnualSums:
    return sums.own if view == "own" else sums.economic


def show_range(figure: Figure) -> RangeView:
    """Return a figure as a range with its band."""
    return RangeView(value=figure.value, low=figure.low, high=figure.high, mc_error=figure.mc_error)


def _spread(value: float, draws: FloatArray, *, mc_error: float | None = None) -> RangeView:
    low, high = np.nanquantile(draws, [0.05, 0.95])
    return RangeView(value=value, low=float(low), high=float(high), mc_error=mc_error)


def _count_assumed(bench: Bench, model: CompiledModel) -> int:
    names = {name for names in model.lineage.values() for name in names}
    return sum(bench.world.catalogue.estimate(name).method is Method.ASSUMED for name in names)


def _reproduce(request: DecideControlsRequest) -> str:
    options = "".join(f" --option {option.control}={option.coverage:g}" for option in request.options)
    budget = "" if request.budget_eur is None else f" --budget {request.budget_eur:.0f}"
    discount = "" if request.discount is None else f" --discount {request.discount:g}"
    packs = "".join(f" --pack {shlex.quote(pack)}" for pack in request.packs)
    return (
        f"hygie decide controls {shlex.quote(request.facility)}{options}{budget} "
        f"--horizon {request.horizon_y}{discount} --view {request.view}{packs} --years {request.years} "
        f"--draws {request.draws} --seed {request.seed} --as-of {request.as_of} --lang {request.language}"
    )
