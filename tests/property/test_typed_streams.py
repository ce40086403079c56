"""Typed scenarios: what the cut of the work, the order of a register and other scenarios must not change."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.waists import SimulationPlan
from hygie.simulation.typed_runner import simulate_typed
from typed_kit import compile_typed, make_register, plain

SCENARIOS = (
    plain("a", threat_event_frequency={"min": 1, "mode": 4, "max": 9}),
    plain("b", threat_event_frequency=0.3, secondary_loss={"frequency": 0.5, "reputation": {"p05": 1e4, "p95": 1e6}}),
    plain("c", threat_event_frequency=15.0, susceptibility={"min": 0.01, "mode": 0.05, "max": 0.2}),
)
PLAN = SimulationPlan(years=5000, draws=3, seed=4)


@pytest.mark.parametrize(("threads", "block"), [(1, 4096), (2, 4096), (2, 1), (3, 777), (2, 1_000_000)])
def test_threads_and_blocks_leave_no_trace(threads: int, block: int) -> None:
    model = compile_typed(make_register(*SCENARIOS), draws=3)
    plan = SimulationPlan(years=600, draws=3, seed=4) if block == 1 else PLAN
    base = simulate_typed(model, plan, threads=1, block_years=512, keep_events=True)
    assert simulate_typed(model, plan, threads=threads, block_years=block, keep_events=True).digest == base.digest


def test_the_order_of_a_register_changes_nothing() -> None:
    one = compile_typed(make_register(*SCENARIOS), draws=3)
    other = compile_typed(make_register(*SCENARIOS[::-1]), draws=3)
    assert simulate_typed(one, PLAN).digest == simulate_typed(other, PLAN).digest


def test_another_scenario_leaves_the_others_as_they_were() -> None:
    few = simulate_typed(compile_typed(make_register(*SCENARIOS[:2]), draws=3), PLAN)
    more = simulate_typed(compile_typed(make_register(*SCENARIOS), draws=3), PLAN)
    assert np.array_equal(few.scenario_gross_eur, more.scenario_gross_eur[:2])


def test_another_form_leaves_the_others_as_they_were() -> None:
    response = {"response": {"p05": 1e3, "p95": 1e5}}
    both = {**response, "replacement": {"p05": 1e3, "p95": 1e5}}
    amounts = []
    for loss in (response, both):
        model = compile_typed(make_register(plain("a", primary_loss=loss)))
        result = simulate_typed(model, SimulationPlan(years=2000, draws=1, seed=2), keep_events=True)
        amounts.append(np.asarray(result.events["loss_response_eur"]))
    assert np.array_equal(*amounts)


def test_more_years_keep_the_first_ones() -> None:
    model = compile_typed(make_register(*SCENARIOS))
    short = simulate_typed(model, SimulationPlan(years=1000, draws=1, seed=4))
    long = simulate_typed(model, SimulationPlan(years=3001, draws=1, seed=4))
    assert np.array_equal(short.gross_sum_eur, long.gross_sum_eur[:1000])


@pytest.mark.parametrize("effect", ["frequency", "susceptibility", "magnitude"])
def test_a_control_never_raises_what_a_year_costs(effect: str) -> None:
    control = {"id": "x", "name": "x", "method": "assumed", effect: {"min": 0.1, "mode": 0.3, "max": 0.6}}
    register = make_register(*SCENARIOS, controls=[control])
    before = simulate_typed(compile_typed(register, draws=3), PLAN)
    after = simulate_typed(compile_typed(register, draws=3, controls=["x"]), PLAN)
    assert np.all(after.gross_sum_eur <= before.gross_sum_eur)
    assert after.gross_sum_eur.sum() < before.gross_sum_eur.sum()


def test_strength_never_raises_what_a_year_costs() -> None:
    scenario = plain(
        "d", susceptibility=None, threat_capability={"min": 0.2, "mode": 0.6, "max": 0.9}, resistance_strength=0.5
    )
    control = {"id": "x", "name": "x", "method": "assumed", "strength": 0.1}
    register = make_register(scenario, controls=[control])
    before = simulate_typed(compile_typed(register, draws=3), PLAN)
    after = simulate_typed(compile_typed(register, draws=3, controls=["x"]), PLAN)
    assert np.all(after.gross_sum_eur <= before.gross_sum_eur)
    assert after.losses.sum() < before.losses.sum()
