"""Importance sampling of a posterior whose prior is standard normal, with an adapted proposal when weights degenerate.

Each parameter is written as its prior normal score ``z = Φ⁻¹(F(x))``: the prior is then N(0, I) whatever the families
and bounds, so neither proposals nor weights ever leave the support.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.errors import ModelError

__all__ = ["Posterior", "effective_size", "sample_posterior"]

FloatArray = NDArray[np.float64]
LogLikelihood = Callable[[FloatArray], FloatArray]

# Share of the proposal that stays with the prior, so that weights are bounded by likelihood / this (Hesterberg 1995).
_DEFENSIVE = 0.1
_SMALLEST_SD = 0.3


@dataclass(frozen=True, slots=True)
class Posterior:
    """Weighted points of a posterior.

    Parameters
    ----------
    scores
        Normal scores [rounds × K, parameters].
    weights
        Normalised weights [rounds × K].
    effective
        (Σw)² / Σw² (Kong 1992).
    rounds
        Effective size of each round of proposals, in order.
    """

    scores: FloatArray
    weights: FloatArray
    effective: float
    rounds: tuple[float, ...]


def effective_size(weights: FloatArray) -> float:
    """Return (Σw)² / Σw²: how many unweighted draws the weighted ones are worth."""
    return float(weights.sum() ** 2 / (weights @ weights))


def _normalise(log_weights: FloatArray) -> FloatArray:
    top = float(log_weights.max())
    if not np.isfinite(top):
        raise ModelError(
            "no draw of the prior can explain the targets",
            repair="check the observed values and their stated errors; a target outside every draw cannot be fitted",
        )
    weights = np.exp(log_weights - top)
    return np.asarray(weights / weights.sum(), dtype=np.float64)


def _log_normal_density(scores: FloatArray, mean: FloatArray, sd: FloatArray) -> FloatArray:
    return np.asarray(-0.5 * (((scores - mean) / sd) ** 2).sum(axis=1) - np.log(sd).sum(), dtype=np.float64)


def _temper(log_weights: FloatArray, *, wanted: float) -> FloatArray:
    """Return weights raised to the largest power β ≤ 1 at which their effective size reaches `wanted`."""
    low, high = 0.0, 1.0
    if effective_size(_normalise(log_weights)) >= wanted:
        return _normalise(log_weights)
    for _ in range(40):
        middle = 0.5 * (low + high)
        if effective_size(_normalise(middle * log_weights)) >= wanted:
            low = middle
        else:
            high = middle
    return _normalise(low * log_weights)


def sample_posterior(
    log_likelihood: LogLikelihood,
    uniforms: Callable[[int], FloatArray],
    *,
    wanted: float = 200.0,
    rounds: int = 5,
) -> Posterior:
    """Return weighted draws of the posterior under a standard normal prior.

    Parameters
    ----------
    log_likelihood
        From normal scores [K, parameters] to ln L [K]; −inf where a draw is impossible. May be a noisy unbiased
        estimate of L (pseudo-marginal importance sampling, Beaumont 2003).
    uniforms
        Points [K, parameters + 1] in (0, 1) of a round, the last column choosing prior or proposal.
    wanted
        Effective size at which no further round is made.
    rounds
        Most rounds; each adapts a diagonal normal proposal to tempered weights of the one before
        (Cappé et al. 2004, doi:10.1198/106186004X12803), mixed with the prior.

    Notes
    -----
    Every round is a valid estimate of its own; they are pooled in proportion to their effective sizes, which add up.
    The caller states the size reached.
    """
    size = uniforms(0).shape[1] - 1
    mean, sd = np.zeros(size), np.ones(size)
    points_kept: list[FloatArray] = []
    weights_kept: list[FloatArray] = []
    sizes: list[float] = []
    for step in range(rounds):
        points = uniforms(step)
        scores = special.ndtri(points[:, :-1])
        moved = points[:, -1] >= _DEFENSIVE if step else np.zeros(points.shape[0], dtype=bool)
        scores = np.where(moved[:, None], mean + sd * scores, scores)
        prior = _log_normal_density(scores, np.zeros(size), np.ones(size))
        proposal = (
            np.logaddexp(np.log(_DEFENSIVE) + prior, np.log1p(-_DEFENSIVE) + _log_normal_density(scores, mean, sd))
            if step
            else prior
        )
        log_weights = log_likelihood(scores) + prior - proposal
        weights = _normalise(log_weights)
        sizes.append(effective_size(weights))
        points_kept.append(scores)
        weights_kept.append(weights * sizes[-1])
        if sum(sizes) >= wanted:
            break
        tempered = _temper(log_weights, wanted=max(0.1 * points.shape[0], min(wanted, 0.5 * points.shape[0])))
        mean = tempered @ scores
        sd = np.clip(np.sqrt(tempered @ (scores - mean) ** 2), _SMALLEST_SD, 1.2)
    pooled = np.concatenate(weights_kept)
    pooled /= pooled.sum()
    return Posterior(np.concatenate(points_kept), pooled, effective_size(pooled), tuple(sizes))
