"""Controls and insurance together: a toy whose optimum is counted by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.decision.mix import Mix, MixRules, choose_mix, measure_mix
from hygie.decision.paired import AnnualSums
from hygie.loss.appetite import AppetitePoint

YEARS = np.array([500, 500])
CONTROL_COST = {0: 3.0, 1: 6.0}
LEFT = {0: 0.7, 1: 0.5}


def losses() -> np.ndarray:
    random = np.random.default_rng(1)
    return (random.random(1000) < 0.2) * random.lognormal(4.0, 1.0, 1000)


def rules(**given: object) -> MixRules:
    known = {"alpha": 0.1, "level": 0.99, "factor": 1.0, "budget_eur": 1e6, **given}
    return MixRules(**known)  # type: ignore[arg-type]


def mix(chosen: tuple[int, ...], cap: float | None, premium: float, held: MixRules) -> Mix:
    kept = losses() * np.prod([LEFT[i] for i in chosen])
    if cap is not None:
        kept = np.minimum(kept, cap)
    return measure_mix(
        frozenset(chosen),
        None if cap is None else 0,
        retained=AnnualSums(kept, YEARS, "EUR_2024"),
        control_eur=sum(CONTROL_COST[i] for i in chosen),
        premium_eur=premium,
        rules=held,
    )


def all_mixes(held: MixRules, premium: float = 4.0) -> list[Mix]:
    sets = ((), (0,), (1,), (0, 1))
    covers = ((None, 0.0), (50.0, premium))
    return [mix(chosen, cap, paid, held) for chosen, (cap, paid) in product(sets, covers)]


@pytest.mark.parametrize("alpha", [0.0, 0.05, 0.5])
@pytest.mark.parametrize("budget", [0.0, 5.0, 8.0, 100.0])
def test_the_choice_is_that_of_brute_force(alpha: float, budget: float):
    held = rules(alpha=alpha, budget_eur=budget)
    best = choose_mix(all_mixes(held), held)
    costs = {}
    for chosen, cap in product(((), (0,), (1,), (0, 1)), (None, 50.0)):
        kept = losses() * np.prod([LEFT[i] for i in chosen])
        paid = sum(CONTROL_COST[i] for i in chosen) + (4.0 if cap else 0.0)
        kept = np.minimum(kept, cap) if cap else kept
        if paid <= budget:
            # The worst 10 of 1,000 years, sorted: TVaR by its other definition.
            costs[chosen, cap] = paid + kept.mean() + alpha * np.sort(kept)[-10:].mean()
    least = min(costs, key=lambda key: costs[key])
    assert (tuple(sorted(best.controls)), 50.0 if best.programme == 0 else None) == least
    assert best.objective_eur == pytest.approx(costs[least])


def test_full_cover_at_the_fair_premium_is_taken_as_soon_as_the_tail_counts():
    fair = float(losses().mean())
    for alpha, taken in ((0.01, True), (1.0, True)):
        held = rules(alpha=alpha)
        chosen = choose_mix([mix((), None, 0.0, held), mix((), 0.0, fair, held)], held)
        assert (chosen.programme == 0) is taken
    # With a load and a tail that counts for nothing, it is not.
    held = rules(alpha=0.0)
    assert choose_mix([mix((), None, 0.0, held), mix((), 0.0, 1.2 * fair, held)], held).programme is None


def test_an_appetite_rules_out_what_costs_least():
    held = rules(alpha=0.0)
    assert choose_mix(all_mixes(held, 12.0), held).programme is None
    strict = rules(alpha=0.0, points=(AppetitePoint(amount_eur=60.0, probability=0.01),))
    chosen = choose_mix(all_mixes(strict, 12.0), strict)
    assert chosen.feasible
    assert chosen.programme == 0


def test_when_nothing_is_feasible_the_nearest_says_by_how_much():
    held = rules(budget_eur=2.0, points=(AppetitePoint(amount_eur=60.0, probability=0.01),))
    chosen = choose_mix(all_mixes(held), held)
    assert not chosen.feasible
    assert chosen.over_budget_eur == pytest.approx(4.0 - 2.0)
    assert not any(verdict.exceeded for verdict in chosen.verdicts)


def test_nonsense_is_refused():
    with pytest.raises(ModelError, match="price of the tail"):
        rules(alpha=-0.1)
    with pytest.raises(ModelError, match="budget"):
        rules(budget_eur=-1.0)
    with pytest.raises(ModelError, match="no mix"):
        choose_mix([], rules())
