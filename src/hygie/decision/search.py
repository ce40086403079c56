"""Which options to take under a budget: every set when there are few, integer programming when there are many.

What a set of options leaves of the loss is measured by simulating the set: nothing is added up, so controls that
overlap are not counted twice. Few options: all affordable sets are simulated. Many: an integer program on marginal
gains, −log(share of loss left), which multiply rather than add, proposes sets along the budget (HiGHS; Huangfu & Hall
2018, doi:10.1007/s12532-017-0130-5); proposals are simulated, then improved by adding, dropping and swapping options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from hygie.core.errors import ModelError

__all__ = ["Bundle", "Search", "list_affordable", "preview_share", "search_budget"]

FloatArray = NDArray[np.float64]
Bundle = frozenset[int]

EXACT_OPTIONS = 6
"""Up to so many options every affordable set is simulated."""

_STEPS = 12
_TOLERANCE = 1e-9


@dataclass(frozen=True, slots=True)
class Search:
    """What was tried, and what is best.

    Parameters
    ----------
    losses
        Present value of the loss left, by set that was simulated; the empty set is among them.
    costs
        Cost of the same sets.
    best
        The affordable set with the smallest sum of cost and loss left.
    frontier
        Sets that no other beats on cost and loss, by rising cost.
    exact
        Whether every affordable set was simulated.
    """

    losses: Mapping[Bundle, float]
    costs: Mapping[Bundle, float]
    best: Bundle
    frontier: tuple[Bundle, ...]
    exact: bool


def list_affordable(costs: FloatArray, budget: float) -> Iterator[Bundle]:
    """Yield every set of options [n] whose cost stays within `budget`, smallest sets first."""
    for size in range(costs.shape[0] + 1):
        for chosen in combinations(range(costs.shape[0]), size):
            if float(costs[list(chosen)].sum()) <= budget + _TOLERANCE:
                yield frozenset(chosen)


def preview_share(shares: FloatArray, chosen: Bundle, weights: FloatArray) -> float:
    """Return the share of loss that a set leaves, guessed from its options one by one.

    Parameters
    ----------
    shares
        [options, parts] Share of each part of the loss that one option leaves.
    weights
        [parts] Share of each part in the loss without any option.
    """
    left = shares[sorted(chosen)].prod(axis=0) if chosen else np.ones(shares.shape[1])
    return float(left @ weights)


def search_budget(
    costs: FloatArray,
    budget: float,
    *,
    marginal: FloatArray,
    evaluate: Callable[[Bundle], float],
    exact_options: int = EXACT_OPTIONS,
    progress: Callable[[int], None] | None = None,
    limit: int = 60,
) -> Search:
    """Return the best set of options under a budget, and the frontier of cost against loss left.

    Parameters
    ----------
    costs
        [options] Present cost of each, at least 0.
    budget
        Most that may be spent.
    marginal
        [options] Loss left (present value) with one option alone.
    evaluate
        Simulates a set and returns the present value of the loss left.
    exact_options
        Up to so many options every affordable set is simulated.
    limit
        Most sets that are simulated when there are many options.

    Raises
    ------
    ModelError
        Budget or costs are negative, or shapes differ.
    """
    if budget < 0.0:
        raise ModelError("a budget is at least 0", field="budget", value=budget, allowed="≥ 0")
    if costs.shape != marginal.shape or (costs < 0.0).any():
        raise ModelError("each option needs one cost, at least 0, and one marginal loss")
    losses: dict[Bundle, float] = {}
    paid: dict[Bundle, float] = {}

    def value(chosen: Bundle) -> float:
        if chosen not in losses:
            losses[chosen] = evaluate(chosen)
            paid[chosen] = float(costs[sorted(chosen)].sum())
            if progress is not None:
                progress(len(losses))
        return losses[chosen] + paid[chosen]

    value(frozenset())
    exact = costs.shape[0] <= exact_options
    if exact:
        for chosen in list_affordable(costs, budget):
            value(chosen)
    else:
        for chosen in _propose(costs, budget, marginal=marginal, base=losses[frozenset()]):
            value(chosen)
        _improve(costs, budget, value=value, losses=losses, paid=paid, limit=limit)
    # Ties: the cheaper set, then the one that comes first by its options.
    best = min(losses, key=lambda chosen: (losses[chosen] + paid[chosen], paid[chosen], sorted(chosen)))
    return Search(losses, paid, best, _pareto(losses, paid), exact)


def _propose(costs: FloatArray, budget: float, *, marginal: FloatArray, base: float) -> Iterator[Bundle]:
    """Yield sets along the budget: most −log(share left) for the money, and least cost plus loss for each penalty."""
    n = costs.shape[0]
    worth = -np.log(np.clip(marginal / base if base > 0.0 else np.ones(n), 1e-6, 1.0))
    affordable = costs <= budget + _TOLERANCE
    seen: set[Bundle] = set()

    def solve(objective: FloatArray, most: float) -> Bundle:
        answer = milp(
            -objective,
            integrality=np.ones(n),
            bounds=Bounds(np.zeros(n), affordable.astype(np.float64)),
            constraints=LinearConstraint(costs[np.newaxis, :], -np.inf, most + _TOLERANCE),
        )
        if answer.x is None:
            raise ModelError("the integer program found no set within the budget", value=most)
        return frozenset(int(i) for i in np.flatnonzero(answer.x > 0.5))

    for step in range(1, _STEPS + 1):
        chosen = solve(worth, budget * step / _STEPS)
        if chosen not in seen:
            seen.add(chosen)
            yield chosen
    # Cost counts too: each price per unit of worth gives the set that would be bought at that price.
    for price in base * np.geomspace(0.05, 1.0, _STEPS):
        chosen = solve(price * worth - costs, budget)
        if chosen not in seen:
            seen.add(chosen)
            yield chosen


def _improve(
    costs: FloatArray,
    budget: float,
    *,
    value: Callable[[Bundle], float],
    losses: Mapping[Bundle, float],
    paid: Mapping[Bundle, float],
    limit: int,
) -> None:
    """Walk from the best set to better neighbours: one option more, one less, or one for another."""
    current = min(losses, key=lambda chosen: (losses[chosen] + paid[chosen], sorted(chosen)))
    while len(losses) < limit:
        outside = [i for i in range(costs.shape[0]) if i not in current]
        moves = [current - {i} for i in sorted(current)]
        moves += [current | {i} for i in outside]
        moves += [(current - {i}) | {j} for i in sorted(current) for j in outside]
        best, found = current, losses[current] + paid[current]
        for move in moves:
            if move in losses or float(costs[sorted(move)].sum()) > budget + _TOLERANCE:
                continue
            if len(losses) >= limit:
                break
            if value(move) < found - _TOLERANCE:
                best, found = move, losses[move] + paid[move]
        if best == current:
            return
        current = best


def _pareto(losses: Mapping[Bundle, float], paid: Mapping[Bundle, float]) -> tuple[Bundle, ...]:
    chosen = []
    lowest = np.inf
    for bundle in sorted(losses, key=lambda b: (paid[b], losses[b], sorted(b))):
        if losses[bundle] < lowest - _TOLERANCE:
            chosen.append(bundle)
            lowest = losses[bundle]
    return tuple(chosen)
