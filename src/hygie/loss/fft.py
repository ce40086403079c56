"""A second way to the annual distribution: compound sums by the fast Fourier transform.

The annual sum of independent parts, each with a Poisson or negative binomial number of events and its own
severity, is computed on a grid. It knows nothing of the simulation, so agreement between the two tests both.

References
----------
Klugman, Panjer & Willmot, *Loss Models*, 4th ed., chapter 9 (discretisation that keeps local moments,
inversion by FFT).
Grübel & Hermesmeier (1999), doi:10.2143/AST.29.2.504611: exponential tilting against aliasing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hygie.core.errors import ModelError

__all__ = [
    "MAX_POINTS",
    "CompoundDistribution",
    "CompoundPart",
    "compute_compound_distribution",
    "discretise_sample",
    "discretise_severity",
]

FloatArray = NDArray[np.float64]

MAX_POINTS = 1 << 20
"""Largest grid: about 100 MB of working memory."""

# Tilt times padded length. What wraps around is scaled by exp(-10) = 5e-5 and was at most the tail tolerance;
# undoing the tilt on the lower half multiplies rounding errors by exp(5) only, where a tilt without padding
# (Grübel & Hermesmeier advise 20) would lose nine digits in the tail.
_TILT = 10.0
_QUADRATURE_NODES = 8


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompoundPart:
    """One independent source of loss.

    Parameters
    ----------
    severity
        [points] Probability of a loss of j steps, adding up to 1.
    rate_per_y
        Mean number of events in a year [1/y], at least 0.
    size
        Size r of a negative binomial number of events (variance m + m² / r), or None for Poisson.
    """

    severity: FloatArray
    rate_per_y: float
    size: float | None = None

    def __post_init__(self) -> None:
        severity = np.array(self.severity, dtype=np.float64)
        if (
            severity.ndim != 1
            or not np.isfinite(severity).all()
            or np.any(severity < 0.0)
            or abs(float(severity.sum()) - 1.0) > 1e-9
        ):
            raise ModelError(
                "a severity is not a distribution",
                field="severity",
                value=f"sum {float(severity.sum())!r}",
                allowed="probabilities ≥ 0 that add up to 1",
                repair="build it with discretise_severity or discretise_sample",
            )
        if not 0.0 <= self.rate_per_y < np.inf:
            raise ModelError(
                "a rate is negative or not finite",
                field="rate_per_y",
                value=self.rate_per_y,
                allowed="finite, at least 0 [1/y]",
                repair="pass events per year",
            )
        if self.size is not None and not 0.0 < self.size < np.inf:
            raise ModelError(
                "a negative binomial size is not positive",
                field="size",
                value=self.size,
                allowed="above 0 and finite, or None for Poisson",
                repair="size = mean² / (variance - mean)",
            )
        severity.flags.writeable = False
        object.__setattr__(self, "severity", severity)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompoundDistribution:
    """Annual loss on a grid of equal steps.

    Parameters
    ----------
    step_eur
        Step of the grid [EUR_2024].
    probability
        [points] Probability of an annual loss of j steps.
    beyond
        Probability of an annual loss past the grid.
    """

    step_eur: float
    probability: FloatArray
    beyond: float

    @property
    def loss_eur(self) -> FloatArray:
        """Annual losses of the grid [points]."""
        return self.step_eur * np.arange(self.probability.size, dtype=np.float64)

    def mean(self) -> float:
        """Return the mean annual loss on the grid."""
        return float((self.probability * self.loss_eur).sum())

    def variance(self) -> float:
        """Return the variance of the annual loss on the grid."""
        deviation = self.loss_eur - self.mean()
        return float((self.probability * deviation * deviation).sum())

    def exceed(self, loss_eur: ArrayLike) -> FloatArray:
        """Return P(X > x), linear between grid points, which treats the grid as a continuous loss.

        Parameters
        ----------
        loss_eur
            [points] Losses from 0 to the end of the grid.

        Raises
        ------
        ModelError
            When a loss lies outside the grid.
        """
        wanted = np.asarray(loss_eur, dtype=np.float64)
        end = self.step_eur * (self.probability.size - 1)
        if not np.all((wanted >= 0.0) & (wanted <= end)):
            raise ModelError(
                "a loss lies outside the grid",
                field="loss_eur",
                allowed=f"0 to {end:g}",
                repair="compute the distribution with more points or a larger step",
            )
        # Mass at j steps stands for losses within half a step of it: its upper edge is j + ½.
        survival = self.beyond + np.append(self.probability[::-1].cumsum()[::-1][1:], 0.0)
        edges = self.loss_eur + 0.5 * self.step_eur
        return np.asarray(np.interp(wanted, np.append(0.0, edges), np.append(survival[0], survival)), dtype=np.float64)

    def quantile(self, level: float) -> float:
        """Return the smallest grid loss x with P(X ≤ x) ≥ `level`.

        Raises
        ------
        ModelError
            When the level is not in (0, 1) or lies past the grid.
        """
        if not 0.0 < level < 1.0 - self.beyond:
            raise ModelError(
                "a quantile lies past the grid",
                field="level",
                value=level,
                allowed=f"above 0 and below {1.0 - self.beyond:g}",
                repair="compute the distribution with more points or a larger step",
            )
        place = int(np.searchsorted(self.probability.cumsum(), level, side="left"))
        return self.step_eur * min(place, self.probability.size - 1)

    def tail_mean(self, level: float) -> float:
        """Return the expected shortfall at `level`, losses past the grid counted at its end.

        Raises
        ------
        ModelError
            As `quantile`.
        """
        threshold = self.quantile(level)
        excess = np.maximum(0.0, self.loss_eur - threshold)
        end = self.step_eur * (self.probability.size - 1)
        mass = float((self.probability * excess).sum()) + self.beyond * (end - threshold)
        return threshold + mass / (1.0 - level)


def _require_grid(*, step_eur: float, points: int) -> None:
    if not 0.0 < step_eur < np.inf:
        raise ModelError(
            "the step of a grid is not positive",
            field="step_eur",
            value=step_eur,
            allowed="above 0, finite",
            repair="divide the largest annual loss by the number of points",
        )
    if not 2 <= points <= MAX_POINTS:
        raise ModelError(
            "the grid is too short or too long",
            field="points",
            value=points,
            allowed=f"2 to {MAX_POINTS}",
            repair="take a larger step",
        )


def discretise_severity(cdf: Callable[[FloatArray], FloatArray], *, step_eur: float, points: int) -> FloatArray:
    """Return a continuous severity on a grid, keeping the mean of every step.

    With L(d) = E[min(X, d)] and step h, the masses are f_0 = 1 - L(h)/h and
    f_j = (2 L(jh) - L((j-1)h) - L((j+1)h)) / h; what exceeds the grid is put on its last point, so that the
    mean is E[min(X, (points - 1) h)]. L is integrated from the survival function by 8-node Gauss-Legendre in
    each step: a distribution with jumps belongs in `discretise_sample`.

    Parameters
    ----------
    cdf
        P(X ≤ x) of a loss, for an array of x ≥ 0, such as the ``cdf`` of a core distribution.
    step_eur
        Step h of the grid [EUR_2024].
    points
        Number of grid points, 2 to ``MAX_POINTS``.

    Returns
    -------
    ndarray
        [points] Probabilities that add up to 1.

    Raises
    ------
    ModelError
        When the grid is out of bounds, or `cdf` is not a distribution function of losses ≥ 0.

    Examples
    --------
    >>> pmf = discretise_severity(lambda x: 1.0 - np.exp(-x / 10.0), step_eur=0.5, points=1000)
    >>> round(float((pmf * 0.5 * np.arange(1000)).sum()), 6)
    10.0
    """
    _require_grid(step_eur=step_eur, points=points)
    node, weight = np.polynomial.legendre.leggauss(_QUADRATURE_NODES)
    left = np.arange(points - 1, dtype=np.float64)
    survival_mean = np.zeros(points - 1)
    for place, share in zip(0.5 * (node + 1.0), 0.5 * weight, strict=True):
        survival_mean += share * (1.0 - np.asarray(cdf(step_eur * (left + place)), dtype=np.float64))
    slack = 1e-9
    if (
        not np.isfinite(survival_mean).all()
        or float(survival_mean[0]) > 1.0 + slack
        or float(survival_mean[-1]) < -slack
        or np.any(np.diff(survival_mean) > slack)
    ):
        raise ModelError(
            "the severity is not a distribution function",
            field="cdf",
            allowed="rising from 0 or more to at most 1, finite",
            repair="pass P(X ≤ x), not the density or the survival function",
        )
    survival_mean = np.clip(np.minimum.accumulate(survival_mean), 0.0, 1.0)
    return np.asarray(np.append(1.0, survival_mean) - np.append(survival_mean, 0.0), dtype=np.float64)


def discretise_sample(loss_eur: ArrayLike, *, step_eur: float, points: int) -> FloatArray:
    """Return simulated severities on a grid: each is split between its two neighbours so that its mean stays.

    Parameters
    ----------
    loss_eur
        [events] Losses from 0 to the end of the grid; at least one.
    step_eur, points
        Step [EUR_2024] and number of grid points.

    Returns
    -------
    ndarray
        [points] Probabilities that add up to 1, with exactly the mean of the sample.

    Raises
    ------
    ModelError
        When the grid is out of bounds, the sample is empty or a loss lies outside the grid.

    Examples
    --------
    >>> discretise_sample([1.0, 2.5], step_eur=1.0, points=4).tolist()
    [0.0, 0.5, 0.25, 0.25]
    """
    _require_grid(step_eur=step_eur, points=points)
    losses = np.asarray(loss_eur, dtype=np.float64)
    end = step_eur * (points - 1)
    if losses.ndim != 1 or losses.size == 0 or not np.all((losses >= 0.0) & (losses <= end)):
        raise ModelError(
            "a sample of severities is empty or leaves the grid",
            field="loss_eur",
            allowed=f"at least one loss, each from 0 to {end:g}",
            repair="take a larger step or more points",
        )
    place = losses / step_eur
    lower = np.minimum(np.floor(place).astype(np.int64), points - 2)
    upper_share = place - lower
    mass = np.bincount(lower, weights=1.0 - upper_share, minlength=points)
    mass += np.bincount(lower + 1, weights=upper_share, minlength=points)
    return np.asarray(mass / losses.size, dtype=np.float64)


def compute_compound_distribution(
    parts: Sequence[CompoundPart], *, step_eur: float, tail_tolerance: float = 1e-6
) -> CompoundDistribution:
    """Return the distribution of the annual loss of independent parts.

    The transform of the annual loss is the product over parts of exp(λ(φ - 1)) (Poisson) or
    (1 + λ(1 - φ)/r)^(-r) (negative binomial), φ the transform of the severity. Severities are tilted by
    exp(-θj) and padded to twice their length, so that at most 5e-5 of the mass past twice the grid wraps
    around.

    Parameters
    ----------
    parts
        Parts on the same grid, at least one.
    step_eur
        Step of the grid on which the severities were discretised [EUR_2024].
    tail_tolerance
        Largest accepted probability that a year's loss passes the end of the grid, and largest accepted
        number of single losses per year that reach it.

    Returns
    -------
    CompoundDistribution
        Exact for the discretised severities up to 5e-5 `tail_tolerance` in probability.

    Raises
    ------
    ModelError
        When there is no part, grids differ, sizes are out of bounds, or the grid is too short for the tail.

    Examples
    --------
    >>> one = np.array([0.0, 1.0] + [0.0] * 30)
    >>> annual = compute_compound_distribution([CompoundPart(severity=one, rate_per_y=2.0)], step_eur=1.0)
    >>> annual.probability[:3].round(9).tolist()
    [0.135335283, 0.270670566, 0.270670566]
    """
    if not parts:
        raise ModelError(
            "there is no part to add up", field="parts", allowed="at least one", repair="pass a CompoundPart"
        )
    points = parts[0].severity.size
    _require_grid(step_eur=step_eur, points=points)
    if any(part.severity.size != points for part in parts):
        raise ModelError(
            "severities lie on different grids",
            field="parts",
            value=", ".join(str(part.severity.size) for part in parts),
            allowed="the same number of points in every part",
            repair="discretise all with the same step and points",
        )
    capped = sum(part.rate_per_y * float(part.severity[-1]) for part in parts)
    padded = 1 << (2 * points - 1).bit_length()
    tilt = np.exp(-_TILT / padded * np.arange(points, dtype=np.float64))
    exponent = np.zeros(padded // 2 + 1, dtype=np.complex128)
    for part in parts:
        lack = 1.0 - np.fft.rfft(part.severity * tilt, n=padded)
        if part.size is None:
            exponent -= part.rate_per_y * lack
        else:
            exponent -= part.size * np.log1p(part.rate_per_y / part.size * lack)
    annual = np.fft.irfft(np.exp(exponent), n=padded)[:points] / tilt
    probability = np.maximum(0.0, annual)
    beyond = max(0.0, 1.0 - float(probability.sum()))
    if max(beyond, capped) > tail_tolerance:
        raise ModelError(
            "the grid is too short for the tail of the annual loss",
            field="step_eur",
            value=f"{beyond:.2g} of years and {capped:.2g} losses a year reach the end",
            allowed=f"at most {tail_tolerance:g}",
            repair="take more points or a larger step",
        )
    probability.flags.writeable = False
    return CompoundDistribution(step_eur=step_eur, probability=probability, beyond=beyond)
