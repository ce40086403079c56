"""assess(): one facility, from evidence to a loss curve."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

import hygie
from hygie.core.estimate import Estimate, Method
from hygie.core.sampling import EpistemicSample
from hygie.core.tables import FORMS, ORIGINS, OUTCOMES, YELT_COLUMNS
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.facility.blueprints import Blueprints, load_blueprints
from hygie.facility.facility_files import load_facility
from hygie.facility.facility_graphs import build_graph
from hygie.facility.organisation import Facility
from hygie.knowledge.packs import Catalogue, load_catalogue
from hygie.loss.tables import EventSummary
from hygie.scenario.compile import compile_model
from hygie.scenario.portfolio import portfolio_of
from hygie.scenario.specs import ScenarioSpecs, load_specs
from hygie.service.bad_event import describe_bad_event
from hygie.service.calibrate import calibrate
from hygie.service.care_money import estimate_mortality, show_modules
from hygie.service.drivers import rank_drivers
from hygie.service.evidence import mark_result, name_counts, show_evidence
from hygie.service.figures import LossFigures, derive_figures
from hygie.service.requests import AssessmentRequest, write_command
from hygie.service.runs import PART_YEARS, choose_runner, parts_of, simulate_to_parts
from hygie.service.validity import check_result, compare_with_fft, compare_with_rates, state_validity
from hygie.service.words import FORM_LABELS, ORIGIN_LABELS, OUTCOME_LABELS, describe_figure, write_headline
from hygie.simulation.accounts import LossAccount, account_items
from hygie.simulation.runners import DEFAULT_BLOCK, Runner, ThreadRunner, simulate
from hygie.store.results import write_result
from hygie.threat.rates import ThreatRates, derive_rates
from hygie.views.assessment import (
    AssessmentView,
    AssumptionView,
    BreakdownRow,
    CurveView,
    EvidenceView,
    FigureView,
    LevelView,
    PlanView,
    SubjectView,
)
from hygie.views.messages import LANGUAGES, Language, Translate, translator

__all__ = ["STAGES", "Assessment", "assess", "save_assessment"]

Progress = Callable[[str, int, int], None]

STAGES = ("read", "calibrate", "simulate", "measure")


@dataclass(frozen=True, slots=True)
class Assessment:
    """The result of an assessment: what is shown, and the tables behind it."""

    request: AssessmentRequest
    views: Mapping[Language, AssessmentView]
    yelt: YearEventLossTable
    model: CompiledModel
    facility: Facility
    incidents: tuple[str, ...]

    @property
    def view(self) -> AssessmentView:
        """The view in the language that was asked for."""
        return self.views[self.request.language]


def assess(
    request: AssessmentRequest,
    *,
    threads: int = 2,
    block_years: int | None = None,
    scheduler: str | None = None,
    stream_to: Callable[[str], Path] | None = None,
    progress: Progress | None = None,
) -> Assessment:
    """Assess one facility.

    Parameters
    ----------
    threads, block_years, scheduler
        How the work is cut, and the Dask cluster that does it; the result does not depend on them.
    stream_to
        Gives the result folder for the id of the facility: events then go to parts beside it and are never all in
        memory, and a run that was stopped goes on. In memory without it.
    progress
        Called with (stage, done, in all).

    Raises
    ------
    HygieError
        Input that is wrong, with file, line, field and repair; nothing is written.
    """

    def report(stage: str, done: int = 0, total: int = 1) -> None:
        if progress is not None:
            progress(stage, done, total)

    report("read")
    plan = SimulationPlan(years=request.years, draws=request.draws, seed=request.seed)
    catalogue = load_catalogue(as_of=request.as_of, extra_paths=[Path(pack) for pack in request.packs])
    blueprints = load_blueprints(catalogue)
    specs = load_specs(catalogue)
    facility = load_facility(
        Path(request.facility), blueprints=blueprints, known_evidence=frozenset(catalogue.evidence)
    )
    report("calibrate")
    calibration = calibrate(
        catalogue=catalogue,
        blueprints=blueprints,
        specs=specs,
        seed=request.seed,
        draws=request.draws,
        as_of=request.as_of,
        threads=threads,
        inputs_digest=catalogue.digest,
    )
    sample = EpistemicSample(catalogue.estimate, seed=request.seed, draws=request.draws)
    portfolio = portfolio_of(facility)
    rates = derive_rates(
        catalogue,
        [node.organisation for node in portfolio.nodes],
        population=blueprints.population,
        classes=[process.counted_class for process in specs.processes],
        sample=sample,
        as_of=request.as_of,
    )
    model = compile_model(
        portfolio,
        catalogue=catalogue,
        blueprints=blueprints,
        specs=specs,
        rates=rates,
        susceptibility=calibration.susceptibility,
        sample=sample,
    )
    report("simulate", 0, plan.years)
    yelt = _simulate(
        model,
        plan,
        runner=choose_runner(threads=threads, scheduler=scheduler),
        block_years=block_years,
        result=stream_to(facility.id) if stream_to else None,
        progress=lambda done, total: report("simulate", done, total),
    )
    report("measure")
    figures = derive_figures(yelt)
    account = account_items(model, plan, threads=threads, block_years=block_years or DEFAULT_BLOCK)
    annual = compare_with_fft(yelt)
    expected = compare_with_rates(model, yelt)
    known = (facility, catalogue, blueprints, specs, rates, model, yelt)
    views = {
        language: _build_view(request, language, *known, figures, account, annual, expected) for language in LANGUAGES
    }
    report("measure", 1, 1)
    return Assessment(request, views, yelt, model, facility, rates.actors.incidents)


def _simulate(
    model: CompiledModel,
    plan: SimulationPlan,
    *,
    runner: Runner,
    block_years: int | None,
    result: Path | None,
    progress: Callable[[int, int], None],
) -> YearEventLossTable:
    if result is None:
        # Elsewhere a block must be worth its journey.
        usual = DEFAULT_BLOCK if isinstance(runner, ThreadRunner) else PART_YEARS
        return simulate(model, plan, runner=runner, block_years=block_years or usual, progress=progress)
    return simulate_to_parts(
        model, plan, result, runner=runner, block_years=block_years or PART_YEARS, progress=progress
    )


def _build_view(
    request: AssessmentRequest,
    language: Language,
    facility: Facility,
    catalogue: Catalogue,
    blueprints: Blueprints,
    specs: ScenarioSpecs,
    rates: ThreatRates,
    model: CompiledModel,
    yelt: YearEventLossTable,
    figures: LossFigures,
    account: LossAccount,
    annual: float,
    expected: tuple[float, float],
) -> AssessmentView:
    _ = translator(language)
    used = _estimates_used(model, catalogue)
    checks = check_result(
        figures,
        annual=annual,
        rates=expected,
        estimates=used,
        catalogue=catalogue,
        as_of=request.as_of,
        language=language,
        _=_,
    )
    origins = _rows(figures.breakdowns["origin"], ORIGINS, {key: _(text) for key, text in ORIGIN_LABELS.items()})
    rebound = sum(row.share for row in origins if row.id in ("neighbour", "provider"))
    classes = {spec.id: spec.name.local().in_language(language) for spec in specs.classes}
    known = sum(control.id in facility.posture for control in blueprints.controls) / len(blueprints.controls)
    return AssessmentView(
        language=language,
        subject=SubjectView(
            id=facility.id,
            name=facility.name,
            category=blueprints.categories[facility.category].name.local().in_language(language),
            status=facility.status,
            beds=facility.activity.beds,
            fte=facility.activity.fte,
            posture_known_share=known,
        ),
        plan=PlanView(
            years=request.years,
            draws=request.draws,
            seed=request.seed,
            as_of=request.as_of.isoformat(),
            neighbours=[link.neighbour.name for link in facility.links],
            providers=[use.name for use in facility.providers],
        ),
        headline=write_headline(
            figures.figures,
            rebound_share=rebound if facility.links or facility.providers else None,
            language=language,
            _=_,
        ),
        figures={
            name: FigureView(
                id=name,
                label=describe_figure(name, _),
                value=figure.value,
                low=figure.low,
                high=figure.high,
                mc_error=figure.mc_error,
                unit=figure.unit,
            )
            for name, figure in figures.figures.items()
        },
        curves=[
            CurveView(
                basis=curve.basis,
                loss_eur=curve.loss_eur.tolist(),
                probability=curve.probability.tolist(),
                band_low=curve.band_low.tolist(),
                band_high=curve.band_high.tolist(),
                mc_error=curve.mc_error.tolist(),
            )
            for curve in figures.curves.values()
        ],
        by_class=_rows(figures.breakdowns["class"], yelt.labels.classes, classes),
        by_form=_form_rows(yelt, figures, _),
        by_module=show_modules(account, specs, years=request.years, language=language, _=_),
        by_origin=origins,
        by_outcome=_rows(
            figures.breakdowns["outcome"], OUTCOMES, {key: _(text) for key, text in OUTCOME_LABELS.items()}
        ),
        levels=[
            LevelView(
                threat_class=summary.threat_class,
                counts=list(summary.counts),
                checks=list(summary.checks),
                prior_median=summary.prior_median,
                low=summary.low,
                median=summary.median,
                high=summary.high,
                effective_size=summary.effective_size,
                named=name_counts([*summary.counts, *summary.checks], catalogue, language),
            )
            for summary in rates.summaries
        ],
        checks=checks,
        validity=state_validity(checks, _),
        assumptions=_list_assumptions(used, language),
        evidence=_list_evidence(used, facility, rates, catalogue, language),
        drivers=rank_drivers(yelt, used, seed=request.seed, language=language),
        bad_event=describe_bad_event(
            model,
            yelt,
            graph=build_graph(facility, blueprints),
            services=blueprints.services,
            language=language,
            _=_,
        ),
        mortality=estimate_mortality(yelt, catalogue, seed=request.seed, language=language, _=_)
        if request.mortality
        else None,
        reproduce=write_command(request),
        digest=yelt.digest,
        model_digest=model.digest,
        packs={pack.name: f"{pack.version} {pack.digest}" for pack in catalogue.packs},
        version=hygie.__version__,
        tlp=mark_result(catalogue),
    )


def _estimates_used(model: CompiledModel, catalogue: Catalogue) -> list[Estimate]:
    names = sorted({name for names in model.lineage.values() for name in names})
    return [catalogue.estimate(name) for name in names]


def _rows(summary: EventSummary, ids: tuple[str, ...], labels: dict[str, str]) -> list[BreakdownRow]:
    total = float(summary.annual_loss.sum()) or 1.0
    rows = [
        BreakdownRow(
            id=name,
            label=labels.get(name, name),
            frequency_per_y=float(summary.annual_frequency[index]),
            loss_eur_per_y=float(summary.annual_loss[index]),
            loss_mc_error=float(summary.annual_loss_error[index]),
            share=float(summary.annual_loss[index]) / total,
        )
        for index, name in enumerate(ids)
    ]
    return [row for row in rows if row.frequency_per_y]


def _form_rows(yelt: YearEventLossTable, figures: LossFigures, _: Translate) -> list[BreakdownRow]:
    years = yelt.plan.years
    total = figures.figures["aal"].value or 1.0
    rows = []
    for form in FORMS:
        amounts = np.asarray(yelt.columns[f"loss_{form}_eur"], dtype=np.float64)
        mean = float(amounts.sum()) / years
        error = float(np.sqrt(max(float(amounts @ amounts) / years - mean**2, 0.0) / years))
        rows.append(
            BreakdownRow(
                id=form, label=_(FORM_LABELS[form]), loss_eur_per_y=mean, loss_mc_error=error, share=mean / total
            )
        )
    return rows


def _list_assumptions(used: list[Estimate], language: str) -> list[AssumptionView]:
    rows = []
    for estimate in used:
        if estimate.method is Method.ASSUMED:
            low, median, high = (estimate.distribution.quantile(q) for q in (0.05, 0.5, 0.95))
            rows.append(
                AssumptionView(
                    id=estimate.id,
                    description=estimate.description.in_language(language),
                    unit=estimate.unit,
                    low=low,
                    median=median,
                    high=high,
                )
            )
    return rows


def _list_evidence(
    used: list[Estimate], facility: Facility, rates: ThreatRates, catalogue: Catalogue, language: str
) -> list[EvidenceView]:
    refs = {ref for estimate in used for ref in estimate.evidence}
    refs |= set(facility.activity.evidence)
    refs |= {ref for link in facility.links for ref in (*link.evidence, *link.neighbour.activity.evidence)}
    refs |= {ref for count in rates.counts for ref in count.evidence}
    return [show_evidence(catalogue.evidence[ref], language) for ref in sorted(refs)]


def save_assessment(assessment: Assessment, folder: Path) -> Path:
    """Write manifest, view and tables of an assessment; whole or not at all.

    Raises
    ------
    StoreError
        The place is taken by something else, or cannot be written.
    """
    units = {name: column.unit for name, column in YELT_COLUMNS.items()}
    manifest: dict[str, Any] = {
        "kind": "assessment",
        "version": assessment.view.version,
        "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "request": assessment.request.model_dump(mode="json"),
        "facility": assessment.facility.model_dump(mode="json", by_alias=True),
        "digest": assessment.view.digest,
        "model_digest": assessment.view.model_digest,
        "packs": assessment.view.packs,
        "tlp": assessment.view.tlp,
        "labels": {name: getattr(assessment.yelt.labels, name) for name in assessment.yelt.labels.__slots__},
        "lineage": assessment.model.lineage,
        "incidents": assessment.incidents,
        "platform": {"python": platform.python_version(), "machine": platform.machine(), "numpy": np.__version__},
    }
    parts = parts_of(assessment.yelt)
    metadata = {"digest": assessment.view.digest, **{f"unit.{name}": unit for name, unit in units.items()}}
    written = write_result(
        folder,
        manifest=manifest,
        views={f"assessment.{name}": view.model_dump(mode="json") for name, view in assessment.views.items()},
        tables={} if parts else {"events": (assessment.yelt.columns, metadata)},
        folders={"events": parts.folder} if parts else {},
    )
    if parts:
        parts.move_to(written / "events")
    return written
