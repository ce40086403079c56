"""Fit of parameters to the targets that are there for it: importance sampling, then one distribution per parameter.

Held-back and reported targets never enter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.distributions import Beta, Distribution, LogNormal, Normal, Truncated
from hygie.core.errors import ModelError
from hygie.core.estimate import Estimate, draw_uniforms
from hygie.core.importance import Posterior, sample_posterior
from hygie.core.multinomial import log_dirichlet_multinomial
from hygie.knowledge.fitted import write_spec
from hygie.service.validation.experiments import Laboratory, World
from hygie.service.validation.measures import count_groups, measure_events
from hygie.service.validation.targets import FitSpec, Target

__all__ = ["FitResult", "FittedParameter", "fit_targets", "match_moments", "write_fitted"]

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

_ATTEMPTS = 800
_FOLLOWED = 3
# A parameter is informed when its mean or spread moves by more than three standard errors of the weighted sample.
_ERRORS = 3.0


@dataclass(frozen=True, slots=True)
class FittedParameter:
    """One parameter before and after.

    Parameters
    ----------
    shift, width
        Posterior mean and sd of the prior's normal score: 0 and 1 when nothing was learnt.
    posterior
        None when the targets say too little to tell it from the prior, or when it is only watched.
    """

    prior: Estimate
    shift: float
    width: float
    posterior: Distribution | None
    watched: bool


@dataclass(frozen=True, slots=True)
class FitResult:
    """One fit."""

    id: str
    draws: int
    seed: int
    as_of: str
    effective: float
    rounds: tuple[float, ...]
    evidence: tuple[str, ...]
    parameters: tuple[FittedParameter, ...]


def fit_targets(
    world: World, *, seed: int, draws: int, threads: int = 2, progress: Progress | None = None
) -> tuple[FitResult, ...]:
    """Run every fit of the targets. `world` must hold the priors: a catalogue loaded without its fitted sections."""
    return tuple(
        _fit(world, spec, seed=seed, draws=draws, threads=threads, progress=progress) for spec in world.targets.fits
    )


def _fit(world: World, spec: FitSpec, *, seed: int, draws: int, threads: int, progress: Progress | None) -> FitResult:
    targets = [entry for entry in world.targets.entries if entry.role == "fitted" and entry.fit == spec.id]
    priors = [world.catalogue.estimates[name] for name in spec.parameters]

    def draw(step: int) -> FloatArray:
        names = [*spec.parameters, "proposal"]
        return np.stack([draw_uniforms(f"fit.{spec.id}.{step}.{n}", seed=seed, draws=draws) for n in names], axis=1)

    step = 0

    def likelihood(scores: FloatArray) -> FloatArray:
        nonlocal step
        step += 1
        if progress is not None:
            progress("fit", step, 0)
        values = {
            prior.id: prior.distribution.ppf(special.ndtr(scores[:, index])) for index, prior in enumerate(priors)
        }
        laboratory = Laboratory(world, seed, draws, _ATTEMPTS, threads, values)
        return log_likelihood(targets, laboratory)

    posterior = sample_posterior(likelihood, draw)
    watched = [world.catalogue.estimates[name] for name in spec.watched]
    rounds = len(posterior.rounds)
    beside = [np.tile(special.ndtri(draw_uniforms(prior.id, seed=seed, draws=draws)), rounds) for prior in watched]
    return FitResult(
        id=spec.id,
        draws=draws,
        seed=seed,
        as_of=world.as_of.isoformat(),
        effective=posterior.effective,
        rounds=posterior.rounds,
        evidence=tuple(dict.fromkeys(ref for target in targets for ref in target.evidence)),
        parameters=(
            *(_summarise(prior, posterior.scores[:, i], posterior) for i, prior in enumerate(priors)),
            *(
                _summarise(prior, scores, posterior, watched=True)
                for prior, scores in zip(watched, beside, strict=True)
            ),
        ),
    )


def log_likelihood(targets: Sequence[Target], laboratory: Laboratory) -> FloatArray:
    """Return ln L [K] of all targets: a Dirichlet-multinomial for splits, stated errors for values.

    Values seen in one event are judged together: L is the mean over the events of a draw of the product of densities.
    A draw without such an event cannot be judged and gets −inf.
    """
    total = np.zeros(laboratory.draws)
    together: dict[tuple[str | None, tuple[str, ...], bool], list[Target]] = {}
    for target in targets:
        assert target.observed is not None
        if target.measure.kind == "split":
            counts, _ = count_groups(laboratory, target.measure.groups)
            total += log_dirichlet_multinomial(target.observed.counts, counts)
        elif target.observed.error is not None:
            together.setdefault((target.facility, target.outcomes, target.measure.of_days), []).append(target)
    for members in together.values():
        measured = measure_events(members, laboratory, per_draw=_FOLLOWED)
        densities = [_log_density(target, measured[target.id].values) for target in members]
        draw = measured[members[0].id].draw
        total += _log_mean_by_draw(np.sum(densities, axis=0), draw, laboratory.draws)
    return total


def _log_density(target: Target, values: FloatArray) -> FloatArray:
    assert target.observed is not None
    assert target.observed.error is not None
    assert target.observed.middle is not None
    if target.measure.kind in ("cost", "outage"):
        gap = np.log(np.maximum(values, 1e-9)) - np.log(target.observed.middle)
    else:
        gap = values - target.observed.middle
    return np.asarray(-0.5 * (gap / target.observed.error) ** 2 - np.log(target.observed.error), dtype=np.float64)


def _log_mean_by_draw(values: FloatArray, draw: NDArray[np.int64], draws: int) -> FloatArray:
    top = np.full(draws, -np.inf)
    np.maximum.at(top, draw, values)
    sums = np.bincount(draw, weights=np.exp(values - top[draw]), minlength=draws)
    counts = np.bincount(draw, minlength=draws)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(counts > 0, top + np.log(sums / counts), -np.inf), dtype=np.float64)


def _summarise(prior: Estimate, scores: FloatArray, posterior: Posterior, *, watched: bool = False) -> FittedParameter:
    weights = posterior.weights
    shift = float(weights @ scores)
    width = float(np.sqrt(weights @ (scores - shift) ** 2))
    error = 1.0 / np.sqrt(posterior.effective)
    informed = abs(shift) > _ERRORS * error or width < 1.0 - _ERRORS * error / np.sqrt(2.0)
    matched = None
    if informed and not watched:
        matched = match_moments(prior.distribution, prior.distribution.ppf(special.ndtr(scores)), weights)
    return FittedParameter(prior, shift, width, matched, watched)


def match_moments(prior: Distribution, values: FloatArray, weights: FloatArray) -> Distribution:
    """Return the distribution of the prior's family with the weighted mean and variance of `values`.

    On the log scale for a lognormal; bounds stay.
    """
    scale = np.log(values) if _family(prior) is LogNormal else values
    mean = float(weights @ scale)
    variance = float(weights @ (scale - mean) ** 2)
    match prior:
        case Beta():
            return Beta.from_mean(mean, max(mean * (1.0 - mean) / variance - 1.0, 0.1))
        case LogNormal():
            return LogNormal(mean, variance**0.5)
        case Normal():
            return Normal(mean, variance**0.5)
        case Truncated(base=base, lower=lower, upper=upper):
            return Truncated(match_moments(base, values, weights), lower, upper)
    raise ModelError(
        "a prior of this family cannot be fitted", value=prior.family, repair="take the parameter out of the fit"
    )


def _family(prior: Distribution) -> type[Distribution]:
    return _family(prior.base) if isinstance(prior, Truncated) else type(prior)


def write_fitted(results: Sequence[FitResult]) -> Mapping[str, Any]:
    """Return the section `fitted` of a pack file."""
    return {
        "fits": [
            {
                "id": result.id,
                "draws": result.draws,
                "seed": result.seed,
                "as_of": result.as_of,
                "effective_size": float(f"{result.effective:.4g}"),
                "rounds": len(result.rounds),
                "unchanged": [_learnt(row) for row in result.parameters if row.posterior is None and not row.watched],
                "watched": [_learnt(row) for row in result.parameters if row.watched],
            }
            for result in results
        ],
        "values": [
            {
                **_learnt(row),
                "fit": result.id,
                "distribution": write_spec(row.posterior),
                "prior": write_spec(row.prior.distribution),
                "evidence": list(result.evidence),
            }
            for result in results
            for row in result.parameters
            if row.posterior is not None
        ],
    }


def _learnt(row: FittedParameter) -> dict[str, Any]:
    return {"parameter": row.prior.id, "shift": round(row.shift, 3), "width": round(row.width, 3)}
