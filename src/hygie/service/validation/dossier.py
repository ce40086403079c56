"""validate(): the dossier of targets, computed anew."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import yaml
from numpy.typing import NDArray

import hygie
from hygie.core.errors import StoreError
from hygie.core.estimate import Method
from hygie.core.sampling import EpistemicSample
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.fitted import LearntRow, read_fitted, write_spec
from hygie.knowledge.packs import load_catalogue
from hygie.service.evidence import mark_result, show_evidence
from hygie.service.requests import ValidationRequest
from hygie.service.validation.experiments import Laboratory, World, open_world
from hygie.service.validation.fit import fit_targets, write_fitted
from hygie.service.validation.judge import LEVELS, Judgement, judge_split, judge_values, rank_inputs
from hygie.service.validation.measures import Measured, count_groups, measure_events
from hygie.service.validation.targets import Target
from hygie.service.validation.words import describe_target, list_limits, summarise
from hygie.store.text_files import replace_file
from hygie.views.assessment import DriverView
from hygie.views.messages import Language, translator
from hygie.views.validation import FittedParameterView, FitView, TargetView, ValidationView

__all__ = ["build_dossier", "build_dossiers", "make_fit", "save_dossier", "save_fit", "validate", "validate_in"]

Progress = Callable[[str, int, int], None]

_ATTEMPTS = 800
_PER_DRAW = 1
_HEADER = (
    "# Written by `hygie validate --fit`; do not edit. Each distribution takes the place of its prior, which stands\n"
    "# beside it in the canonical unit of the parameter. Write it anew when a prior, a target or the model changes.\n"
)


def make_fit(request: ValidationRequest, *, threads: int = 2, progress: Progress | None = None) -> str:
    """Fit the priors to the fitted targets and return the pack file, the same for the same inputs and seed."""
    catalogue = load_catalogue(as_of=request.as_of, extra_paths=[Path(pack) for pack in request.packs], fitted=False)
    world = open_world(catalogue, as_of=request.as_of)
    results = fit_targets(world, seed=request.seed, draws=request.draws, threads=threads, progress=progress)
    body = yaml.safe_dump(
        {"schema": "hygie.pack/1", "fitted": write_fitted(results)}, sort_keys=False, allow_unicode=True, width=110
    )
    return _HEADER + str(body)


def validate(request: ValidationRequest, *, threads: int = 2, progress: Progress | None = None) -> ValidationView:
    """Compute the dossier: every target, fitted, held back or reported, with the figures of the model as it stands.

    Raises
    ------
    HygieError
        Packs or targets that are wrong, with file, line, field and repair.
    """
    catalogue = load_catalogue(as_of=request.as_of, extra_paths=[Path(pack) for pack in request.packs])
    world = open_world(catalogue, as_of=request.as_of)
    return build_dossier(world, request, threads=threads, progress=progress)


def build_dossier(
    world: World, request: ValidationRequest, *, threads: int = 2, progress: Progress | None = None
) -> ValidationView:
    """Return the dossier of a world."""
    language = request.language
    return build_dossiers(world, request, [language], threads=threads, progress=progress)[language]


def validate_in(
    request: ValidationRequest,
    languages: Sequence[Language],
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> dict[Language, ValidationView]:
    """Compute the dossier once, and tell it in several languages; that of the request counts for nothing.

    Raises
    ------
    HygieError
        Packs or targets that are wrong, with file, line, field and repair.
    """
    catalogue = load_catalogue(as_of=request.as_of, extra_paths=[Path(pack) for pack in request.packs])
    world = open_world(catalogue, as_of=request.as_of)
    return build_dossiers(world, request, languages, threads=threads, progress=progress)


def build_dossiers(
    world: World,
    request: ValidationRequest,
    languages: Sequence[Language],
    *,
    threads: int = 2,
    progress: Progress | None = None,
) -> dict[Language, ValidationView]:
    """Return the dossier of a world in several languages; what they tell is computed once."""
    judged = _judge_targets(world, request, threads=threads, progress=progress)
    return {
        language: _show_dossier(world, request.model_copy(update={"language": language}), judged)
        for language in languages
    }


@dataclass(frozen=True, slots=True)
class _Judged:
    """What the model says of a target, and which inputs move that most."""

    target: Target
    judgement: Judgement
    drivers: list[tuple[str, float]]


def _judge_targets(
    world: World, request: ValidationRequest, *, threads: int, progress: Progress | None
) -> list[_Judged]:
    laboratory = Laboratory(world, request.seed, request.draws, _ATTEMPTS, threads)

    def tell(done: int, total: int) -> None:
        if progress is not None:
            progress("validate", done, total)

    tell(0, 1)
    measured = measure_events(world.targets.entries, laboratory, per_draw=_PER_DRAW, progress=tell)
    judged = []
    for target in world.targets.entries:
        values = measured[target.id]
        if target.measure.kind == "split":
            counts, sample = count_groups(laboratory, target.measure.groups)
            judged.append(_Judged(target, judge_split(target, counts), _rank_split(counts, sample)))
        else:
            judged.append(_Judged(target, judge_values(target, values.values), rank_inputs(values)))
    return judged


def _show_dossier(world: World, request: ValidationRequest, judged: list[_Judged]) -> ValidationView:
    catalogue, language = world.catalogue, request.language
    _ = translator(language)
    rows = [_show(item.target, item.judgement, item.drivers, catalogue, language) for item in judged]
    groups: dict[str, bool] = {}
    for row in rows:
        if row.group is not None and row.role == "held_back":
            groups[row.group] = groups.get(row.group, True) and row.verdict == "pass"
    needed = world.targets.held_back_at_least
    held = sum(groups.values())
    alone = all(row.verdict != "fail" for row in rows if row.group is None)
    fits, parameters = _show_fits(catalogue, language)
    return ValidationView(
        language=language,
        draws=request.draws,
        seed=request.seed,
        as_of=request.as_of.isoformat(),
        targets=rows,
        fits=fits,
        parameters=parameters,
        held_back_passed=held,
        held_back_groups=len(groups),
        held_back_needed=needed,
        passed=held >= needed and alone,
        summary=summarise(rows, held=held, groups=len(groups), needed=needed, fits=fits, language=language),
        limits=list_limits(_),
        packs={pack.name: f"{pack.version} {pack.digest}" for pack in catalogue.packs},
        version=hygie.__version__,
        tlp=mark_result(catalogue),
        reproduce=f"hygie validate --draws {request.draws} --seed {request.seed} --as-of {request.as_of}",
    )


def _rank_split(counts: NDArray[np.float64], sample: EpistemicSample) -> list[tuple[str, float]]:
    """Return the inputs that move any group of the split most."""
    best: dict[str, float] = {}
    shares = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
    for column in shares.T:
        for name, correlation in rank_inputs(Measured(column, np.arange(sample.draws), sample)):
            if abs(correlation) > abs(best.get(name, 0.0)):
                best[name] = correlation
    return sorted(best.items(), key=lambda row: (-abs(row[1]), row[0]))[:5]


def _show(
    target: Target,
    judgement: Judgement,
    drivers: list[tuple[str, float]],
    catalogue: Catalogue,
    language: Literal["fr", "en"],
) -> TargetView:
    observed = target.observed
    verdict: Literal["pass", "fail", "reported"] = "reported"
    if target.role != "reported" and judgement.passed is not None:
        verdict = "pass" if judgement.passed else "fail"
    names = [f"{level:g}" for level in LEVELS]
    quantiles = dict(zip(names, judgement.quantiles, strict=True)) if judgement.events else {}
    estimates = [(catalogue.estimate(name), correlation) for name, correlation in drivers]
    return TargetView(
        id=target.id,
        name=target.name.local().in_language(language),
        role=target.role,
        group=target.group,
        observed_low=observed.low if observed else None,
        observed_high=observed.high if observed else None,
        observed_counts=list(observed.counts) if observed else [],
        unit=(observed.unit if observed else None) or _unit_of(target),
        events=judgement.events,
        quantiles=quantiles,
        shares=[dict(zip(names, row, strict=True)) for row in judgement.shares],
        predicted_counts=[list(row) for row in judgement.predicted],
        position=judgement.position,
        statistic=judgement.statistic,
        rule=target.rule.kind,
        rule_low=target.rule.low,
        rule_high=target.rule.high,
        verdict=verdict,
        sentence=describe_target(target, judgement, verdict, language),
        limits=target.limits.local().in_language(language) if target.limits else None,
        drivers=[
            DriverView(
                id=estimate.id,
                description=estimate.description.in_language(language),
                correlation=correlation,
                assumed=estimate.method is Method.ASSUMED,
            )
            for estimate, correlation in estimates
        ],
        evidence=[show_evidence(catalogue.evidence[ref], language) for ref in target.evidence],
    )


def _unit_of(target: Target) -> str:
    return {"cost": "EUR_2024", "outage": "d"}.get(target.measure.kind, "share")


def _show_fits(catalogue: Catalogue, language: str) -> tuple[list[FitView], list[FittedParameterView]]:
    fits: list[FitView] = []
    rows: list[FittedParameterView] = []
    by_id = catalogue.priors
    for section in read_fitted(catalogue):
        for fit in section.fits:
            mine = [value for value in section.values if value.fit == fit.id]
            stale = [
                value.parameter
                for value in mine
                if value.parameter in by_id and write_spec(by_id[value.parameter].distribution) != value.prior
            ]
            fits.append(
                FitView(
                    id=fit.id,
                    draws=fit.draws,
                    seed=fit.seed,
                    as_of=fit.as_of,
                    effective_size=fit.effective_size,
                    rounds=fit.rounds,
                    stale=stale,
                )
            )
            rows += [_show_parameter(value, fit.id, catalogue, language) for value in mine]
            rows += [
                _show_parameter(row, fit.id, catalogue, language, watched=watched)
                for watched, learnt in ((False, fit.unchanged), (True, fit.watched))
                for row in learnt
                if row.parameter in catalogue.estimates
            ]
    return fits, rows


def _show_parameter(
    row: LearntRow, fit: str, catalogue: Catalogue, language: str, *, watched: bool = False
) -> FittedParameterView:
    name = row.parameter
    estimate = catalogue.estimate(name)
    prior = catalogue.priors.get(name)
    before = [(prior or estimate).distribution.quantile(q) for q in (0.05, 0.5, 0.95)]
    after = [estimate.distribution.quantile(q) for q in (0.05, 0.5, 0.95)] if prior is not None else None
    return FittedParameterView(
        id=name,
        description=estimate.description.in_language(language),
        unit=estimate.unit,
        fit=fit,
        prior=before,
        posterior=after,
        width_ratio=(after[2] - after[0]) / (before[2] - before[0]) if after is not None else None,
        shift=row.shift,
        width=row.width,
        watched=watched,
    )


def save_dossier(view: ValidationView, folder: Path) -> Path:
    """Write the dossier as JSON into a folder and return its path."""
    return _write(folder, "validation.json", view.model_dump_json(indent=2) + "\n")


def save_fit(text: str, folder: Path) -> Path:
    """Write the fitted section into a folder and return its path."""
    return _write(folder, "fitted.yaml", text)


def _write(folder: Path, name: str, text: str) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(
            f"the folder cannot be made: {error.strerror or error}", file=str(folder), repair="choose another --out"
        ) from None
    replace_file(folder / name, text.encode())
    return folder / name
