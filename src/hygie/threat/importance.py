"""Weighted points for what cannot be integrated by hand: from the prior, or around the mode when the prior is far off.

Points are normal scores: an unknown with quantile function Q is Q(Φ(z)), so that the prior of every unknown is a
standard normal, whatever its family, and a Beta near its mode is close to a logit-normal one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

__all__ = ["LogLikelihood", "WeightedScores", "draw_around_mode", "draw_from_prior", "normalise", "spread_points"]

FloatArray = NDArray[np.float64]
LogLikelihood = Callable[[FloatArray], FloatArray]

# Degrees of freedom of the proposal: tails heavier than those of any posterior with a normal prior.
_TAIL = 6.0
# The proposal is wider than the curvature at the mode says, since posteriors of shares are skewed.
_WIDEN = 1.15
_STEP = 0.1
_NEWTON_STEPS = 12


@dataclass(frozen=True, slots=True)
class WeightedScores:
    """Points and their weights.

    Parameters
    ----------
    scores
        [n, unknowns].
    log_ratio
        log prior density − log proposal density, up to a constant [n].
    log_likelihood
        [n].
    """

    scores: FloatArray
    log_ratio: FloatArray
    log_likelihood: FloatArray

    @property
    def weight(self) -> FloatArray:
        """Weights [n], summing to one."""
        return normalise(self.log_ratio + self.log_likelihood)

    @property
    def effective_size(self) -> float:
        """1 / Σ w², the number of equally weighted points worth as much."""
        weight = self.weight
        return 1.0 / float(weight @ weight)


def normalise(log_weight: FloatArray) -> FloatArray:
    """Return weights that sum to one from their logarithms."""
    weight = np.exp(log_weight - log_weight.max())
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def spread_points(count: int, dimensions: int) -> FloatArray:
    """Return a Kronecker low-discrepancy set [count, dimensions] in (0, 1).

    Generalised golden ratio φ_d: the real root of x^(d+1) = x + 1; points are frac(0.5 + i / φ_d^j).
    """
    phi = 2.0
    for _ in range(60):
        phi = (1.0 + phi) ** (1.0 / (dimensions + 1.0))
    steps = (1.0 / phi) ** np.arange(1, dimensions + 1)
    points = (0.5 + np.arange(1, count + 1)[:, None] * steps[None, :]) % 1.0
    return np.clip(points, 1e-9, 1.0 - 1e-9)


def draw_from_prior(log_likelihood: LogLikelihood, *, unknowns: int, points: int) -> WeightedScores:
    """Return points spread over the prior."""
    scores = np.asarray(special.ndtri(spread_points(points, unknowns)), dtype=np.float64)
    return WeightedScores(scores, np.zeros(points), log_likelihood(scores))


def draw_around_mode(log_likelihood: LogLikelihood, *, first: WeightedScores, points: int) -> WeightedScores:
    """Return points from a Student distribution around the mode of the posterior.

    Parameters
    ----------
    first
        Points from the prior: the climb starts at the best of them.
    """

    def log_posterior(scores: FloatArray) -> FloatArray:
        return np.asarray(log_likelihood(scores) - 0.5 * (scores**2).sum(axis=1), dtype=np.float64)

    start = first.scores[np.argmax(first.log_likelihood - 0.5 * (first.scores**2).sum(axis=1))]
    mode, root = _climb(log_posterior, start)
    unknowns = mode.size
    uniforms = spread_points(points, unknowns + 1)
    normals = np.asarray(special.ndtri(uniforms[:, :unknowns]), dtype=np.float64)
    stretch = np.sqrt(0.5 * _TAIL / special.gammaincinv(0.5 * _TAIL, uniforms[:, unknowns]))
    standard = normals * stretch[:, None]
    scores = mode[None, :] + _WIDEN * standard @ root.T
    log_proposal = -0.5 * (_TAIL + unknowns) * np.log1p((standard**2).sum(axis=1) / _TAIL)
    log_prior = -0.5 * (scores**2).sum(axis=1)
    return WeightedScores(scores, log_prior - log_proposal, log_likelihood(scores))


def _climb(log_posterior: LogLikelihood, start: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the mode and a square root of the inverse curvature there, by damped Newton steps."""
    mode = start.copy()
    lengths = np.array([1.0, 0.5, 0.25, 0.1, 0.03, 0.01])
    value, gradient, root = _differentiate(log_posterior, mode)
    for _ in range(_NEWTON_STEPS):
        step = root @ (root.T @ gradient)
        reached = log_posterior(mode[None, :] + lengths[:, None] * step[None, :])
        best = int(np.argmax(reached))
        if reached[best] < value + 1e-4:
            break
        mode = mode + lengths[best] * step
        value, gradient, root = _differentiate(log_posterior, mode)
    return mode, root


def _differentiate(log_posterior: LogLikelihood, at: FloatArray) -> tuple[float, FloatArray, FloatArray]:
    """Return value, gradient, and a root of the inverse of the negative Hessian, by central differences in one go."""
    d = at.size
    unit = _STEP * np.eye(d)
    rows, columns = np.triu_indices(d, k=1)
    pairs = unit[rows] + unit[columns]
    values = log_posterior(at[None, :] + np.concatenate([np.zeros((1, d)), unit, -unit, pairs, -pairs]))
    centre, up, down = values[0], values[1 : d + 1], values[d + 1 : 2 * d + 1]
    both_up, both_down = np.split(values[2 * d + 1 :], 2)
    hessian = np.diag((up + down - 2.0 * centre) / _STEP**2)
    mixed = both_up + both_down - up[rows] - down[rows] - up[columns] - down[columns] + 2.0 * centre
    hessian[rows, columns] = hessian[columns, rows] = mixed / (2.0 * _STEP**2)
    curvature, axes = np.linalg.eigh(-hessian)
    # The prior alone has curvature one; where the likelihood bends the other way, do not trust it beyond a quarter.
    root = axes / np.sqrt(np.maximum(curvature, 0.25))[None, :]
    return float(centre), (up - down) / (2.0 * _STEP), root
