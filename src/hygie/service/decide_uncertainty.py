"""decide uncertainty: tornado, share of variance by source, value of information; on common random numbers."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.waists import SimulationPlan
from hygie.decision.paired import AnnualSums, draw_gains
from hygie.decision.sensitivity import measure_swing, split_variance, value_of_information
from hygie.decision.worth import annuity, weigh
from hygie.service.decide_controls import choose_options
from hygie.service.decide_world import Bench, YearSums, cost_of, prepare_bench, sums_of, try_controls
from hygie.service.requests import DecideUncertaintyRequest
from hygie.service.threat_world import calibrate_world, compile_world, rate_world
from hygie.service.uncertainty_groups import GROUP_LABELS, GROUPS, group_of
from hygie.simulation.runners import simulate
from hygie.views.charts_tornado import draw_tornado
from hygie.views.decide_uncertainty import InformationView, SourceShareView, SwingView, UncertaintyView
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_euros, format_percent

__all__ = ["decide_uncertainty", "reach_by_chance", "say_uncertainty"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

# Share of the years of a draw that its tail figure averages.
_WORST = 0.05
_CHANCES = 20
_BARS = 12
# Seeds of the second sample and of its years: any other than the first.
_OTHER = 7_919
# Groups that do not touch how attempts end in the population: its calibration stays.
_APART = frozenset({"recovery", "money"})


def decide_uncertainty(
    request: DecideUncertaintyRequest, *, threads: int = 2, progress: Progress | None = None
) -> UncertaintyView:
    """Say which unknowns move the result, which sources its variance comes from, and what knowing would be worth.

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
    packs = [Path(pack) for pack in request.packs]
    bench = prepare_bench(Path(request.facility), as_of=request.as_of, packs=packs, plan=plan, threads=threads)
    wanted = choose_options(request.options, bench) if request.options else []
    model, yelt = try_controls(bench, {})
    base = sums_of(yelt)
    inputs = _list_inputs(bench)
    swings = {
        "aal_eur": _rank(bench, inputs, _means(base.economic), request.language),
        "tail_eur": _rank(bench, inputs, _worst(base.economic), request.language),
        "bed_days": _rank(bench, inputs, _means(base.bed_days), request.language),
    }
    steps = len(GROUPS) + 1 + len(wanted)
    report("options", 0, steps)
    second = _simulate_moved(bench, set(GROUPS), own_years=True)
    mixed = []
    for index, group in enumerate(GROUPS):
        report("options", index + 1, steps)
        mixed.append(_simulate_moved(bench, {group}))
    shares, noise = _share(base, second, mixed, request.language)
    net = np.zeros((request.draws, len(wanted) + 1))
    factor = annuity(request.horizon_y, bench.sample.centre("decision.discount_rate"))
    for index, option in enumerate(wanted):
        report("options", len(GROUPS) + 1 + index, steps)
        other = sums_of(try_controls(bench, {option.control: option.coverage})[1])
        cost = cost_of(bench, model, option.control, option.coverage)
        net[:, index + 1] = weigh(cost, draw_gains(base.economic, other.economic), factor=factor).net_eur
    information = _value(bench, net, _list_inputs(bench), request.language) if wanted else []
    view = UncertaintyView(
        language=request.language,
        facility=bench.world.facility.id,
        name=bench.world.facility.name,
        aal_eur=float(base.economic.values.mean()),
        swings=swings,
        noise_level=3.0 / float(np.sqrt(request.draws - 1.0)),
        noise_share=noise,
        shares=shares,
        options=[option.control for option in wanted],
        option_names=[bench.controls[o.control].name.local().in_language(request.language) for o in wanted],
        information=information,
        tornado=None,
        sentences=[],
        years=request.years,
        draws=request.draws,
        seed=request.seed,
        as_of=request.as_of.isoformat(),
        reproduce=_reproduce(request),
    )
    chart = draw_tornado(view)
    said = say_uncertainty(view, translator(request.language))
    return view.model_copy(update={"sentences": said, "tornado": None if chart is None else chart.spec})


def _simulate_moved(bench: Bench, groups: set[str], *, own_years: bool = False) -> YearSums:
    """Simulate with some groups of unknowns taken from the second sample; on the same years unless `own_years`."""
    plan = bench.plan
    sample = EpistemicSample(
        bench.world.catalogue.estimate,
        seed=plan.seed,
        draws=plan.draws,
        moved=(plan.seed + _OTHER, lambda name: group_of(name) in groups),
    )
    rates, _ = rate_world(bench.world, seed=plan.seed, draws=plan.draws, sample=sample)
    share = bench.susceptibility
    if not groups <= _APART:
        share = calibrate_world(
            bench.world, seed=plan.seed, draws=plan.draws, threads=bench.threads, sample=sample
        ).susceptibility
    model = compile_world(bench.world, rates, sample, susceptibility=share)
    seed = plan.seed + _OTHER if own_years else plan.seed
    return sums_of(simulate(model, SimulationPlan(plan.years, plan.draws, seed), threads=bench.threads))


def _split(sums: AnnualSums) -> list[FloatArray]:
    return np.split(sums.values, np.cumsum(sums.years_per_draw)[:-1])


def _means(sums: AnnualSums) -> FloatArray:
    return np.array([part.mean() for part in _split(sums)])


def _noise(sums: AnnualSums) -> float:
    return float(np.mean([part.var(ddof=1) / part.size for part in _split(sums)]))


def _worst(sums: AnnualSums) -> FloatArray:
    return np.array([np.sort(part)[-max(round(_WORST * part.size), 1) :].mean() for part in _split(sums)])


def _list_inputs(bench: Bench) -> dict[str, FloatArray]:
    values = {name: np.asarray(bench.sample.values(name)) for name in bench.sample.drawn}
    return {name: column for name, column in values.items() if column.ndim == 1 and np.ptp(column) > 0.0}


def _describe(bench: Bench, name: str, language: Language) -> str:
    return bench.world.catalogue.estimate(name).description.in_language(language)


def _rank(bench: Bench, inputs: dict[str, FloatArray], figure: FloatArray, language: Language) -> list[SwingView]:
    rows = []
    for name, column in inputs.items():
        swing = measure_swing(column, figure)
        rows.append(
            SwingView(
                id=name,
                description=_describe(bench, name, language),
                group=group_of(name),
                correlation=swing.correlation,
                low=swing.low,
                high=swing.high,
            )
        )
    return sorted(rows, key=lambda row: (-abs(row.correlation), row.id))[:_BARS]


def _share(
    base: YearSums, second: YearSums, mixed: list[YearSums], language: Language
) -> tuple[list[SourceShareView], float]:
    """Return the shares of variance of the average annual loss, and how much of the variance is noise of few years."""
    first, other = _means(base.economic), _means(second.economic)
    noise = 0.5 * (_noise(base.economic) + _noise(second.economic))
    share = min(noise / float(np.concatenate([first, other]).var(ddof=1)), 1.0)
    if share > 0.9:
        return [], share
    years = base.economic.years_per_draw
    apart = [
        _noise(AnnualSums(base.economic.values - item.economic.values, years, base.economic.unit)) for item in mixed
    ]
    found = split_variance(
        first,
        other,
        np.array([_means(item.economic) for item in mixed]),
        noise_variance=noise,
        difference_noise=np.array(apart),
    )
    _ = translator(language)
    return [
        SourceShareView(
            group=group,
            label=_(GROUP_LABELS[group]),
            first=item.first,
            first_error=item.first_error,
            total=item.total,
            total_error=item.total_error,
        )
        for group, item in zip(GROUPS, found, strict=True)
    ], share


def reach_by_chance(net: FloatArray, inputs: int) -> float:
    """Return what the best of so many unknowns that mean nothing is worth, at the most in 20 tries.

    One try would be passed by the best of the true unknowns every second time, were they all worth nothing.
    """
    generator = np.random.default_rng(1)
    return max(
        float(value_of_information(net, generator.random((inputs, net.shape[0]))).max()) for _ in range(_CHANCES)
    )


def _value(bench: Bench, net: FloatArray, inputs: dict[str, FloatArray], language: Language) -> list[InformationView]:
    values = value_of_information(net, np.array(list(inputs.values())))
    chance = reach_by_chance(net, len(inputs))
    rows = [
        InformationView(id=name, description=_describe(bench, name, language), value_eur=float(value))
        for name, value in zip(inputs, values, strict=True)
        if value > chance
    ]
    return sorted(rows, key=lambda row: (-row.value_eur, row.id))[:_BARS]


def say_uncertainty(view: UncertaintyView, _: Translate) -> list[str]:
    """Return what is not known, and what it does, in sentences."""
    language: Language = "fr" if view.language == "fr" else "en"
    said = []
    first = view.swings["aal_eur"][0]
    if abs(first.correlation) >= view.noise_level:
        said.append(
            _(
                "What moves the average annual loss most: “{label}”, from {low} to {high}.",
                label=first.description,
                low=format_euros(first.low, language),
                high=format_euros(first.high, language),
            )
        )
    else:
        said.append(_("No single unknown stands out from chance."))
    said.append(
        _(
            "{share} of the spread between draws is chance of their few simulated years, not ignorance.",
            share=format_percent(view.noise_share, language),
        )
    )
    if not view.shares:
        said.append(_("Chance hides the shares of the sources: simulate more years."))
    else:
        top = max(view.shares, key=lambda row: row.total)
        error = 2.0 * top.total_error
        if error >= top.total:
            said.append(_("Of the rest, too few draws to tell which source most of it comes from."))
            return [*said, *_say_worth(view, language, _)]
        said.append(
            _(
                "Of the rest, most comes from “{label}”: {share} with its interactions, give or take {error}.",
                label=top.label,
                share=format_percent(top.total, language),
                error=format_percent(error, language),
            )
        )
        if max(row.total_error for row in view.shares) > 0.1:
            said.append(_("These shares are rough: more draws and years would make them sharper."))
    return [*said, *_say_worth(view, language, _)]


def _say_worth(view: UncertaintyView, language: Language, _: Translate) -> list[str]:
    """Return what is worth finding out before choosing; nothing when nothing is to be chosen."""
    if not view.options:
        return []
    if not view.information:
        return [_("No single unknown stands out from chance in what it would be worth to this choice.")]
    best = view.information[0]
    return [
        _(
            "For this choice, first find out: “{label}”. To know it would be worth up to {amount}.",
            label=best.description,
            amount=format_euros(best.value_eur, language),
        )
    ]


def _reproduce(request: DecideUncertaintyRequest) -> str:
    options = "".join(f" --option {option.control}={option.coverage:g}" for option in request.options)
    packs = "".join(f" --pack {shlex.quote(pack)}" for pack in request.packs)
    return (
        f"hygie decide uncertainty {shlex.quote(request.facility)}{options} --horizon {request.horizon_y}{packs} "
        f"--years {request.years} --draws {request.draws} --seed {request.seed} --as-of {request.as_of} "
        f"--lang {request.language}"
    )
