"""Judgement of one target: where the observed value falls in what the model says, pass or fail, and what moves it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.core.multinomial import predictive_p, split_quantiles
from hygie.service.validation.measures import Measured
from hygie.service.validation.targets import Target

__all__ = ["LEVELS", "Judgement", "judge_split", "judge_values", "rank_inputs"]

FloatArray = NDArray[np.float64]
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_MIN_DRAWS = 30


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is found of a target.

    Parameters
    ----------
    passed
        None when the target is only reported.
    statistic
        What the rule compares with its bounds.
    """

    events: int
    quantiles: tuple[float, ...]
    position: float | None
    statistic: float | None
    passed: bool | None
    shares: tuple[tuple[float, ...], ...] = ()
    predicted: tuple[tuple[int, int], ...] = ()


def judge_values(target: Target, values: FloatArray) -> Judgement:
    """Judge values per event against the observed range and the rule; without an event a rule fails."""
    rule, observed = target.rule, target.observed
    if values.size == 0:
        return Judgement(0, (float("nan"),) * len(LEVELS), None, None, None if rule.kind == "none" else False)
    quantiles = tuple(float(q) for q in np.quantile(values, LEVELS))
    low, high = quantiles[0], quantiles[-1]
    position = None
    if observed is not None and observed.middle is not None:
        position = float((values <= observed.middle).mean())
    statistic: float | None = None
    passed: bool | None = None
    match rule.kind:
        case "inside":
            assert observed is not None
            assert observed.low is not None
            assert observed.high is not None
            passed = observed.low <= high and observed.high >= low
        case "probability_above":
            assert observed is not None
            assert observed.high is not None
            statistic = float((values > observed.high).mean())
            passed = _between(statistic, rule.low, rule.high)
        case "ratio_at_most":
            statistic = high / low if low > 0 else float("inf")
            passed = _between(statistic, rule.low, rule.high)
        case "share_at_least":
            statistic = float(values.mean())
            passed = _between(statistic, rule.low, rule.high)
        case _:
            statistic = float(values.mean()) if target.measure.kind in ("care_effect", "no_care_effect") else None
    return Judgement(values.size, quantiles, position, statistic, passed)


def judge_split(target: Target, counts: FloatArray) -> Judgement:
    """Judge simulated counts [K, groups] against an observed split."""
    assert target.observed is not None
    shares = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
    p = predictive_p(target.observed.counts, shares)
    total = sum(target.observed.counts)
    predicted = split_quantiles(total, shares, (0.05, 0.95))
    by_group = tuple(tuple(float(q) for q in np.quantile(column, LEVELS)) for column in shares.T)
    passed = _between(p, target.rule.low, target.rule.high) if target.rule.kind == "predictive_p" else None
    return Judgement(
        int(counts.sum()),
        by_group[0],
        None,
        p,
        passed,
        by_group,
        tuple((int(low), int(high)) for low, high in predicted),
    )


def _between(value: float, low: float | None, high: float | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)


def rank_inputs(measured: Measured, *, count: int = 5) -> list[tuple[str, float]]:
    """Return the estimates whose draws go most with the mean of the target in each draw: Spearman's ρ, largest first.

    What hardly differs from noise (3/√(K − 1)) is left out; with fewer than 30 draws the list is empty.
    """
    draws = measured.sample.draws
    events = np.bincount(measured.draw, minlength=draws)
    seen = events > 0
    if seen.sum() < _MIN_DRAWS:
        return []
    means = np.bincount(measured.draw, weights=measured.values, minlength=draws)[seen] / events[seen]
    target = _ranks(means)
    norm = float(target @ target)
    if norm == 0.0:
        return []
    limit = 3.0 / np.sqrt(seen.sum() - 1.0)
    rows = []
    for name in measured.sample.drawn:
        rank = _ranks(measured.sample.values(name)[seen])
        scale = float(np.sqrt(rank @ rank * norm))
        correlation = float(rank @ target) / scale if scale else 0.0
        if abs(correlation) >= limit:
            rows.append((name, correlation))
    return sorted(rows, key=lambda row: (-abs(row[1]), row[0]))[:count]


def _ranks(values: FloatArray) -> FloatArray:
    """Return centred ranks, ties sharing their mean: all zero for a constant."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - 0.5 * (counts - 1.0))[inverse]
    return np.asarray(ranks - ranks.mean(), dtype=np.float64)
