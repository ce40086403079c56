"""decide mix: which controls with which insurance programme, on common random numbers."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import UsageError
from hygie.core.waists import SimulationPlan, YearEventLossTable
from hygie.decision.mix import Mix, MixRules, choose_mix, measure_mix
from hygie.decision.paired import AnnualSums
from hygie.decision.search import Bundle, search_budget
from hygie.decision.worth import annuity
from hygie.loss.tables import build_year_loss_table
from hygie.loss.terms import apply_programme
from hygie.service.complaints import draw_complaints
from hygie.service.decide_controls import choose_options, show_range
from hygie.service.decide_world import cost_of, prepare_bench, try_controls
from hygie.service.insurance import charge_premium
from hygie.service.programme_files import ProgrammeFile, load_appetite, load_programme
from hygie.service.requests import DecideMixRequest
from hygie.views.decide_mix import MissedPointView, MixDecisionView, MixView
from hygie.views.messages import Language, Translate, translator
from hygie.views.numbers import format_count, format_euros

__all__ = ["decide_mix", "say_mix"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]
Basis = Literal["stated", "technical"]


@dataclass(frozen=True, slots=True)
class _Names:
    controls: list[str]
    labels: list[str]
    programmes: list[ProgrammeFile]


def decide_mix(request: DecideMixRequest, *, threads: int = 2, progress: Progress | None = None) -> MixDecisionView:
    """Say which controls and which programme cost least together.

    Raises
    ------
    HygieError
        Input that is wrong, with field, value and repair.
    """

    def report(stage: str, done: int = 0, total: int = 1) -> None:
        if progress is not None:
            progress(stage, done, total)

    report("read")
    files = [load_programme(Path(path)) for path in request.programmes]
    basis = _check_programmes(files, request)
    points = () if request.appetite is None else load_appetite(Path(request.appetite)).appetite()
    plan = SimulationPlan(years=request.years, draws=request.draws, seed=request.seed)
    packs = [Path(pack) for pack in request.packs]
    bench = prepare_bench(Path(request.facility), as_of=request.as_of, packs=packs, plan=plan, threads=threads)
    wanted = choose_options(request.options, bench)
    rate = request.discount if request.discount is not None else bench.sample.centre("decision.discount_rate")
    rules = MixRules(
        alpha=request.alpha,
        level=bench.sample.centre("decision.tail_level"),
        factor=annuity(request.horizon_y, rate),
        budget_eur=request.budget_eur,
        points=points,
    )
    model, first = try_controls(bench, {})
    costs = np.array(
        [float(cost_of(bench, model, o.control, o.coverage).present_value(rules.factor).mean()) for o in wanted]
    )
    tried: dict[Bundle, list[Mix]] = {}

    def evaluate(chosen: Bundle) -> float:
        if chosen not in tried:
            raised = {wanted[index].control: wanted[index].coverage for index in chosen}
            yelt = try_controls(bench, raised)[1] if chosen else first
            control = float(costs[sorted(chosen)].sum()) / rules.factor
            tried[chosen] = _try_programmes(yelt, files, chosen=chosen, control_eur=control, basis=basis, rules=rules)
        mix = choose_mix(tried[chosen], rules)
        return rules.factor * (mix.objective_eur - mix.control_eur)

    marginal = np.empty(len(wanted))
    for index in range(len(wanted)):
        report("options", index, len(wanted))
        marginal[index] = evaluate(frozenset({index}))
    search = search_budget(
        costs,
        request.budget_eur,
        marginal=marginal,
        evaluate=evaluate,
        progress=lambda done: report("sets", done, 0),
    )
    labels = [bench.controls[o.control].name.local().in_language(request.language) for o in wanted]
    names = _Names([o.control for o in wanted], labels, files)
    mixes = [mix for found in tried.values() for mix in found]
    order: list[int | None] = [None, *range(len(files))]
    best = [choose_mix([mix for mix in mixes if mix.programme == number], rules) for number in order]
    today = next(mix for mix in mixes if not mix.controls and mix.programme is None)
    view = MixDecisionView(
        language=request.language,
        facility=bench.world.facility.id,
        name=bench.world.facility.name,
        basis=basis,
        alpha=request.alpha,
        tail_level=rules.level,
        horizon_y=request.horizon_y,
        discount=rate,
        budget_eur=request.budget_eur,
        best=_show(choose_mix(mixes, rules), names),
        today=_show(today, names),
        per_programme=[_show(mix, names) for mix in best],
        mixes=[_show(mix, names) for mix in sorted(mixes, key=lambda mix: (not mix.feasible, mix.objective_eur))],
        exact=search.exact,
        simulated_sets=len(tried),
        sentences=[],
        years=request.years,
        draws=request.draws,
        seed=request.seed,
        as_of=request.as_of.isoformat(),
        reproduce=_reproduce(request),
    )
    return view.model_copy(update={"sentences": say_mix(view, translator(request.language))})


def _check_programmes(files: list[ProgrammeFile], request: DecideMixRequest) -> str:
    for file, path in zip(files, request.programmes, strict=True):
        if file.pricing is None and any(layer.premium is None for layer in file.layers):
            raise UsageError(
                f"the programme “{file.name}” says neither all its premiums nor how to find them",
                field="layers.premium",
                file=path,
                value="nothing",
                allowed="a premium for each layer, or `pricing`",
                repair="add `premium` to each layer, or `pricing` to the file",
            )
        if file.basis != files[0].basis:
            raise UsageError(
                "programmes insure different losses: they cannot be compared",
                field="basis",
                file=path,
                value=file.basis,
                allowed=files[0].basis,
                repair="give the programmes the same basis",
            )
    names = [file.name for file in files]
    if len(set(names)) < len(names):
        raise UsageError(
            "two programmes have the same name",
            field="name",
            value=", ".join(names),
            allowed="a name of its own for each",
            repair="rename one, or give each file once",
        )
    return files[0].basis


def _basis_of(file: ProgrammeFile) -> Basis:
    return "technical" if any(layer.premium is None for layer in file.layers) else "stated"


def _try_programmes(
    yelt: YearEventLossTable,
    files: list[ProgrammeFile],
    *,
    chosen: Bundle,
    control_eur: float,
    basis: str,
    rules: MixRules,
) -> list[Mix]:
    """Return the mixes of one simulated set: without insurance, and with each programme."""
    columns = dict(yelt.columns)
    held = np.asarray(columns["loss_own_eur" if basis == "own" else "loss_eur"], dtype=np.float64)
    year = np.asarray(columns["year"], dtype=np.int64)
    years = yelt.plan.years_per_draw()

    def measure(programme: int | None, annual: FloatArray, premium: float) -> Mix:
        return measure_mix(
            chosen,
            programme,
            retained=AnnualSums(annual, years, "EUR_2024"),
            control_eur=control_eur,
            premium_eur=premium,
            rules=rules,
        )

    def sum_up(where: NDArray[np.int64], values: FloatArray) -> FloatArray:
        return np.asarray(np.bincount(where, weights=values, minlength=yelt.plan.years), dtype=np.float64)

    mixes = [measure(None, sum_up(year, held), 0.0)]
    labels: Mapping[str, tuple[str, ...]] = {
        name: tuple(getattr(yelt.labels, name)) for name in ("nodes", "processes", "links", "clients", "campaigns")
    }
    for number, file in enumerate(files):
        programme = file.programme()
        filed = draw_complaints(columns, plan=yelt.plan, labels=labels, filed=programme.complaint_filed)
        insured = apply_programme(columns, programme, filed=filed)
        paid = np.minimum(insured.paid, held)
        if _basis_of(file) == "stated":
            premium = sum(layer.premium or 0.0 for layer in file.layers)
        else:
            charged = charge_premium(build_year_loss_table(year, paid, years_per_draw=years), file)
            premium = 0.0 if charged is None else charged.premium.value
        # Reinstatement premiums fall due in the years of the losses: they belong to what stays.
        kept = sum_up(year, held - paid) + sum_up(insured.year, insured.extra.sum(axis=0))
        mixes.append(measure(number, kept, premium))
    return mixes


def _show(mix: Mix, names: _Names) -> MixView:
    file = None if mix.programme is None else names.programmes[mix.programme]
    return MixView(
        controls=[names.controls[index] for index in sorted(mix.controls)],
        names=[names.labels[index] for index in sorted(mix.controls)],
        programme=None if file is None else file.name,
        control_eur=mix.control_eur,
        premium_eur=mix.premium_eur,
        premium_basis=None if file is None else _basis_of(file),
        retained_eur=show_range(mix.retained),
        tail_eur=show_range(mix.tail),
        objective_eur=mix.objective_eur,
        feasible=mix.feasible,
        over_budget_eur=mix.over_budget_eur,
        missed=[
            MissedPointView(
                amount_eur=verdict.point.amount_eur,
                tolerated=verdict.point.probability,
                probability=verdict.probability.value,
                excess_eur=verdict.excess_eur,
            )
            for verdict in mix.verdicts
            if verdict.exceeded
        ],
    )


def say_mix(view: MixDecisionView, _: Translate) -> list[str]:
    """Return a choice of controls and insurance in sentences."""
    language: Language = "fr" if view.language == "fr" else "en"
    best = view.best
    controls = ", ".join(best.names) or _("no new control")
    programme = best.programme or _("no insurance")
    said = []
    if best.feasible:
        said.append(_("Least cost: {controls}; {programme}.", controls=controls, programme=programme))
    else:
        said.append(
            _(
                "Nothing that was tried keeps to the budget and the appetite. Nearest: {controls}; {programme}.",
                controls=controls,
                programme=programme,
            )
        )
        if best.over_budget_eur > 0.0:
            said.append(_("It passes the budget by {amount}.", amount=format_euros(best.over_budget_eur, language)))
        said.extend(
            _(
                "It exceeds the appetite at {amount}, by {excess}.",
                amount=format_euros(point.amount_eur, language),
                excess=format_euros(point.excess_eur, language),
            )
            for point in best.missed
        )
    said.append(
        _(
            "With the tail, a year costs {after} instead of {before}; {count} sets of controls were simulated.",
            after=format_euros(best.objective_eur, language),
            before=format_euros(view.today.objective_eur, language),
            count=format_count(view.simulated_sets, language),
        )
    )
    if any(mix.premium_basis == "stated" for mix in view.per_programme):
        said.append(_("Stated premiums stay the same whatever controls are taken."))
    return said


def _reproduce(request: DecideMixRequest) -> str:
    words = ["hygie decide mix", shlex.quote(request.facility)]
    words += [f"--programme {shlex.quote(path)}" for path in request.programmes]
    words += [f"--option {option.control}={option.coverage:g}" for option in request.options]
    words += [f"--budget {request.budget_eur:.0f} --alpha {request.alpha:g} --horizon {request.horizon_y}"]
    words += [] if request.appetite is None else [f"--appetite {shlex.quote(request.appetite)}"]
    words += [] if request.discount is None else [f"--discount {request.discount:g}"]
    words += [f"--pack {shlex.quote(pack)}" for pack in request.packs]
    words += [f"--years {request.years} --draws {request.draws} --seed {request.seed} --as-of {request.as_of}"]
    return " ".join([*words, f"--lang {request.language}"])
