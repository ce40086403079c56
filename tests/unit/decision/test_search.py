"""Budget search: exact against brute force, large against exact, overlaps counted once."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.decision.search import Bundle, list_affordable, preview_share, search_budget


class World:
    """Losses left by sets of overlapping options: each covers some of several causes of loss."""

    def __init__(self, seed: int, options: int) -> None:
        random = np.random.default_rng(seed)
        self.weights = random.dirichlet(np.ones(6)) * 1000.0
        self.left = 1.0 - random.random((options, 6)) * (random.random((options, 6)) < 0.4) * 0.8
        # What overlaps: the stronger of two options on one cause hides half of the weaker.
        self.costs = random.uniform(5.0, 120.0, options)
        self.calls = 0

    def evaluate(self, chosen: Bundle) -> float:
        self.calls += 1
        if not chosen:
            return float(self.weights.sum())
        shares = np.sort(self.left[sorted(chosen)], axis=0)
        product = shares[0] * (0.5 + 0.5 * shares[1:]).prod(axis=0)
        return float(product @ self.weights)

    @property
    def marginal(self) -> np.ndarray:
        return np.array([self.evaluate(frozenset({i})) for i in range(self.costs.shape[0])])


def brute_force(world: World, budget: float) -> float:
    best = np.inf
    n = world.costs.shape[0]
    for size in range(n + 1):
        for chosen in combinations(range(n), size):
            cost = float(world.costs[list(chosen)].sum())
            if cost <= budget:
                best = min(best, cost + world.evaluate(frozenset(chosen)))
    return best


@pytest.mark.parametrize("seed", range(6))
def test_the_exact_search_equals_brute_force(seed: int):
    world = World(seed, 6)
    found = search_budget(world.costs, 180.0, marginal=world.marginal, evaluate=world.evaluate)
    assert found.exact
    assert found.losses[found.best] + found.costs[found.best] == pytest.approx(brute_force(world, 180.0), abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("budget", [90.0, 200.0, 500.0])
def test_the_large_search_is_within_one_percent_of_exact(seed: int, budget: float):
    world = World(100 + seed, 10)
    marginal = world.marginal
    found = search_budget(world.costs, budget, marginal=marginal, evaluate=world.evaluate)
    assert not found.exact
    assert found.losses[found.best] + found.costs[found.best] <= 1.01 * brute_force(world, budget)
    assert all(found.costs[chosen] <= budget + 1e-6 for chosen in found.losses)


def test_the_large_search_simulates_few_of_many_sets():
    world = World(7, 20)
    found = search_budget(world.costs, 300.0, marginal=world.marginal, evaluate=world.evaluate)
    assert len(found.losses) <= 60


def test_the_frontier_falls_as_it_gets_dearer():
    world = World(3, 6)
    found = search_budget(world.costs, 400.0, marginal=world.marginal, evaluate=world.evaluate)
    costs = [found.costs[chosen] for chosen in found.frontier]
    losses = [found.losses[chosen] for chosen in found.frontier]
    assert costs == sorted(costs)
    assert losses == sorted(losses, reverse=True)
    assert found.frontier[0] == frozenset()


def test_no_budget_buys_nothing():
    world = World(1, 4)
    found = search_budget(world.costs, 0.0, marginal=world.marginal, evaluate=world.evaluate)
    assert found.best == frozenset()


def test_two_names_for_one_thing_are_bought_once():
    costs = np.array([10.0, 10.0])

    def evaluate(chosen: Bundle) -> float:
        return 100.0 if not chosen else 40.0

    found = search_budget(costs, 50.0, marginal=np.array([40.0, 40.0]), evaluate=evaluate)
    assert found.best == frozenset({0})


def test_affordable_sets_are_all_sets_within_the_budget():
    sets = list(list_affordable(np.array([1.0, 2.0, 4.0]), 3.0))
    assert set(sets) == {frozenset(), frozenset({0}), frozenset({1}), frozenset({0, 1})}


def test_the_preview_multiplies_part_by_part():
    shares = np.array([[0.5, 1.0], [0.5, 0.2]])
    assert preview_share(shares, frozenset({0, 1}), np.array([0.6, 0.4])) == pytest.approx(0.6 * 0.25 + 0.4 * 0.2)
    assert preview_share(shares, frozenset(), np.array([0.6, 0.4])) == pytest.approx(1.0)


def test_nonsense_is_refused():
    with pytest.raises(ModelError, match="budget"):
        search_budget(np.ones(2), -1.0, marginal=np.ones(2), evaluate=lambda _: 1.0)
    with pytest.raises(ModelError, match="one cost"):
        search_budget(np.array([-1.0]), 1.0, marginal=np.ones(1), evaluate=lambda _: 1.0)
