"""Which unknowns matter: swings, shares of variance, and what it would be worth to know one.

All read the outer (epistemic) sample: what each draw assumed, and what came out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError

__all__ = ["GroupShare", "Swing", "measure_swing", "rank_correlation", "split_variance", "value_of_information"]

FloatArray = NDArray[np.float64]

_TAIL = 0.2
_DEGREE = 3
_SHUFFLES = 24


@dataclass(frozen=True, slots=True)
class Swing:
    """What one input does to a figure.

    Parameters
    ----------
    correlation
        Spearman's rank correlation of input and figure over the draws.
    low, high
        Mean figure over the fifth of draws with the lowest, and with the highest, input.
    """

    correlation: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupShare:
    """Sobol indices of one group of inputs: alone, and with all its interactions; each with its standard error."""

    first: float
    first_error: float
    total: float
    total_error: float


def _ranks(values: FloatArray) -> FloatArray:
    ranks = np.empty(values.shape[0])
    ranks[np.argsort(values, kind="stable")] = np.arange(values.shape[0], dtype=np.float64)
    return np.asarray(ranks - ranks.mean(), dtype=np.float64)


def rank_correlation(first: FloatArray, second: FloatArray) -> float:
    """Return Spearman's rank correlation of two samples [draws] (Spearman 1904, doi:10.2307/1412159)."""
    a, b = _ranks(first), _ranks(second)
    return float(a @ b / np.sqrt((a @ a) * (b @ b)))


def measure_swing(inputs: FloatArray, figure: FloatArray) -> Swing:
    """Return the swing of a figure [draws] over one input [draws]: a bar of a tornado diagram."""
    if inputs.shape != figure.shape or inputs.shape[0] < 10:
        raise ModelError("a swing needs at least ten draws of input and figure", value=inputs.shape[0], allowed="≥ 10")
    order = np.argsort(inputs, kind="stable")
    tail = max(int(_TAIL * inputs.shape[0]), 2)
    return Swing(
        rank_correlation(inputs, figure), float(figure[order[:tail]].mean()), float(figure[order[-tail:]].mean())
    )


def split_variance(
    first: FloatArray,
    second: FloatArray,
    mixed: FloatArray,
    *,
    noise_variance: float = 0.0,
    difference_noise: FloatArray | None = None,
) -> list[GroupShare]:
    """Return the Sobol indices of groups of inputs, by pick and freeze.

    Parameters
    ----------
    first, second
        [draws] The figure for two independent outer samples A and B.
    mixed
        [groups, draws] The figure for A with one group taken from B.
    noise_variance
        Variance of a figure that comes from its finite number of years alone; common random numbers give a draw the
        same noise on all sides, so that it leaves the differences and is taken out of the variance here.

    difference_noise
        [groups] Variance of y_A − y_AB that comes from years alone, where common random numbers leave some; taken out
        of the total index. The first order is free of it when B has years of its own.

    Returns
    -------
    list of GroupShare
        First order: mean of y_B (y_AB − y_A) over the variance; total: half the mean of (y_A − y_AB)².

    References
    ----------
    Saltelli et al. 2010, doi:10.1016/j.cpc.2009.09.018, table 2 (b) and (f) (Jansen).
    """
    if first.shape != second.shape or mixed.shape[1:] != first.shape:
        raise ModelError("the samples A, B and their mixtures differ in draws")
    draws = first.shape[0]
    pooled = np.concatenate([first, second])
    variance = float(pooled.var(ddof=1)) - noise_variance
    if variance <= 0.0:
        raise ModelError(
            "chance hides what the inputs do", value=noise_variance, repair="simulate more years for each draw"
        )
    centre = float(pooled.mean())
    shares = []
    left = np.zeros(mixed.shape[0]) if difference_noise is None else difference_noise
    for column, noise in zip(mixed, left, strict=True):
        ahead = (second - centre) * (column - first) / variance
        behind = 0.5 * ((first - column) ** 2 - noise) / variance
        shares.append(
            GroupShare(
                float(ahead.mean()),
                float(ahead.std(ddof=1) / np.sqrt(draws)),
                float(behind.mean()),
                float(behind.std(ddof=1) / np.sqrt(draws)),
            )
        )
    return shares


def value_of_information(net: FloatArray, inputs: FloatArray) -> FloatArray:
    """Return what it would be worth to know each input before choosing [inputs], in the unit of `net`.

    Expected value of partial perfect information: E[max_d E(NB_d | θ)] − max_d E(NB_d), with the inner mean by
    regression on a cubic in the normal score of θ (Strong, Oakley & Brennan 2014, doi:10.1177/0272989X13505910).
    A regression finds something in noise too: what it finds, on average, in shuffled inputs is taken off.

    Parameters
    ----------
    net
        [draws, options] Net value of each option in each draw, one of them “do nothing” (zeros).
    inputs
        [inputs, draws]
    """
    draws = net.shape[0]
    if draws < 30:
        raise ModelError("the value of information needs at least 30 draws", value=draws, allowed="≥ 30")
    best = float(net.mean(axis=0).max())
    scores = np.array([NormalDist().inv_cdf((i + 0.5) / draws) for i in range(draws)])
    basis = np.linalg.qr(np.vander(scores, _DEGREE + 1, increasing=True))[0]

    def gain(order: NDArray[np.intp]) -> float:
        fitted = basis @ (basis.T @ net[order])
        return float(fitted.max(axis=1).mean()) - best

    generator = np.random.default_rng(1)
    shuffled = [gain(generator.permutation(draws)) for _ in range(_SHUFFLES)]
    chance = float(np.mean(shuffled))
    values = np.array([gain(np.argsort(column, kind="stable")) for column in inputs])
    return np.maximum(values - chance, 0.0)
