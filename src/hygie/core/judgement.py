"""Scores of judgement: hit rate, Brier score, calibration and information of experts, pooling.

References
----------
Brier (1950), doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2.
Cooke (1991), *Experts in Uncertainty*, Oxford University Press: the classical model.
Colson & Cooke (2017), doi:10.1016/j.ress.2017.02.003: the model as applied, and its validation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.errors import ModelError

__all__ = [
    "QUANTILES",
    "ExpertScores",
    "pool_quantiles",
    "score_brier",
    "score_chance",
    "score_experts",
]

FloatArray = NDArray[np.float64]

QUANTILES = (0.05, 0.5, 0.95)
_BINS = np.array([0.05, 0.45, 0.45, 0.05])
OVERSHOOT = 0.1
"""Share by which the range of all answers is widened on both sides (Cooke 1991)."""


def score_brier(probability: FloatArray, outcome: FloatArray) -> float:
    """Return the mean of (probability − outcome)²: 0 is perfect, 0.25 is saying 50 % each time.

    >>> score_brier(np.array([0.8, 0.5]), np.array([1.0, 0.0]))
    0.145
    """
    return round(float(np.mean((probability - outcome) ** 2)), 12)


def score_chance(hits: int, questions: int, *, level: float = 0.9) -> float:
    """Return P(so few hits or fewer) for somebody whose intervals hold the truth with probability `level`.

    >>> round(score_chance(6, 10), 4)
    0.0128
    """
    return float(special.bdtr(hits, questions, level))


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpertScores:
    """Scores of the classical model.

    Parameters
    ----------
    calibration
        [experts] P(χ²₃ ≥ 2 n I(s, p)): how well the shares of truths in the four bins fit 5, 45, 45 and 5 %.
    information
        [experts] Mean over seed questions of the information against a uniform on the common range.
    weight
        [experts] Calibration × information where calibration reaches the cut-off, normalised.
    """

    calibration: FloatArray
    information: FloatArray
    weight: FloatArray


def find_ranges(answers: FloatArray, truths: FloatArray | None) -> FloatArray:
    """Return the common range [questions, 2] of each question: all answers and the truth, widened by a tenth."""
    values = answers.reshape(-1, answers.shape[1] * answers.shape[2]) if answers.ndim == 3 else answers
    low, high = values.min(axis=1), values.max(axis=1)
    if truths is not None:
        low, high = np.minimum(low, truths), np.maximum(high, truths)
    width = high - low
    return np.stack([low - OVERSHOOT * width, high + OVERSHOOT * width], axis=1)


def score_experts(answers: FloatArray, truths: FloatArray, *, cutoff: float = 0.0) -> ExpertScores:
    """Score experts by their 5, 50 and 95 % quantiles of seed questions whose truth is known.

    Parameters
    ----------
    answers
        [questions, experts, 3] Increasing quantiles.
    truths
        [questions]
    cutoff
        Calibration below which an expert gets no weight.

    Raises
    ------
    ModelError
        Quantiles do not increase, or nobody reaches the cut-off.
    """
    _require_order(answers)
    questions = truths.size
    # A truth on a quantile belongs to the bin below it (Cooke's ≤).
    place = (truths[:, None, None] > answers).sum(axis=2)
    shares = np.stack([(place == k).mean(axis=0) for k in range(4)], axis=1)
    distance = np.where(shares > 0.0, shares * np.log(np.where(shares > 0.0, shares, 1.0) / _BINS), 0.0).sum(axis=1)
    calibration = np.asarray(special.chdtrc(3, 2.0 * questions * np.maximum(distance, 0.0)), dtype=np.float64)
    ranges = find_ranges(answers, truths)
    low = np.broadcast_to(ranges[:, None, :1], (*answers.shape[:2], 1))
    high = np.broadcast_to(ranges[:, None, 1:], (*answers.shape[:2], 1))
    widths = np.diff(np.concatenate([low, answers, high], axis=2), axis=2)
    whole = (ranges[:, 1] - ranges[:, 0])[:, None]
    information = np.log(whole) + (_BINS * np.log(_BINS / widths)).sum(axis=2)
    mean = information.mean(axis=0)
    raw = np.where(calibration >= cutoff, calibration * mean, 0.0)
    if not raw.sum() > 0.0:
        raise ModelError(
            "no expert earns a weight",
            field="cutoff",
            value=cutoff,
            repair="lower the cut-off, ask more seed questions, or use equal weights",
        )
    return ExpertScores(calibration=calibration, information=mean, weight=raw / raw.sum())


def _require_order(answers: FloatArray) -> None:
    if answers.ndim != 3 or answers.shape[2] != 3 or not np.all(np.diff(answers, axis=2) > 0.0):
        raise ModelError(
            "quantiles of an answer increase",
            field="answers",
            allowed="5 % below 50 % below 95 %",
            repair="put the three values of each answer in order, none twice",
        )


def pool_quantiles(answers: FloatArray, weights: FloatArray, *, extra: FloatArray | None = None) -> FloatArray:
    """Return 5, 50 and 95 % quantiles of the linear pool of one quantity.

    Each expert's distribution is uniform between quantiles, on the common range of all answers widened by a tenth; the
    pool is the weighted mean of the distribution functions.

    Parameters
    ----------
    answers
        [experts, 3] Increasing quantiles.
    weights
        [experts] Adding up to 1.
    extra
        Values that widen the range, such as a truth that is known.
    """
    _require_order(answers[None])
    values = answers[None] if extra is None else np.concatenate([answers.ravel(), extra])[None, None, :]
    low, high = find_ranges(values.reshape(1, -1), None)[0]
    knots = np.unique(np.concatenate([[low, high], answers.ravel()]))
    cdf = np.zeros_like(knots)
    for quantiles, weight in zip(answers, weights, strict=True):
        cdf += weight * np.interp(knots, [low, *quantiles, high], [0.0, *QUANTILES, 1.0])
    # The pool rises wherever somebody with weight says something; flat parts belong to experts without weight.
    rising = np.concatenate([[True], np.diff(cdf) > 1e-15])
    return np.asarray(np.interp(QUANTILES, cdf[rising], knots[rising]), dtype=np.float64)
