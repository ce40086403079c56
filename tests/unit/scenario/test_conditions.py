"""What a scenario supposes, on a toy: it holds in every event, and nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.scenario.conditions import (
    cover_controls,
    force_actor,
    force_hit,
    force_vector,
    restrict_objectives,
    share_of_choice,
)
from hygie.scenario.portfolio import Node, Portfolio
from hygie.simulation.replay import replay_event, replay_events
from hygie.simulation.runners import OneEvent, simulate
from kit import SERVICES, toy_model

PLAN = SimulationPlan(years=4_000, draws=1, seed=5)
ATTEMPT = OneEvent("attempt", 0, 0)


def events(model: CompiledModel, threads: int = 1) -> YearEventLossTable:
    return simulate(model, PLAN, given=ATTEMPT, threads=threads, block_years=500)


@pytest.mark.parametrize("actor", [0, 1])
def test_a_forced_actor_is_in_every_row_and_the_old_model_stays(actor: int) -> None:
    model = toy_model()
    forced = force_actor(model, actor, process=0)
    seen = np.asarray(events(forced).columns["actor"])
    assert seen.size > 100
    assert set(seen.tolist()) == {actor}
    assert set(np.asarray(events(model).columns["actor"]).tolist()) == {0, 1}
    changed = [name for name in model.arrays if not np.array_equal(model.arrays[name], forced.arrays[name])]
    assert changed == ["actor_cumulative"]
    assert share_of_choice(model, "actor_cumulative", process=0, index=actor) == pytest.approx([0.4, 0.6][actor])


def test_events_by_an_actor_are_the_same_as_when_it_was_drawn() -> None:
    """A supposition leaves every other random number as it was: pairing rests on it."""
    free, forced = events(toy_model()), events(force_actor(toy_model(), 1, process=0))
    own = np.asarray(free.columns["actor"]) == 1
    losses = dict(zip(np.asarray(forced.columns["year"]).tolist(), np.asarray(forced.columns["loss_eur"]), strict=True))
    for year, loss in zip(
        np.asarray(free.columns["year"])[own], np.asarray(free.columns["loss_eur"])[own], strict=True
    ):
        assert losses[int(year)] == loss


def test_unknown_indices_are_refused() -> None:
    with pytest.raises(ModelError, match="no such choice"):
        force_vector(toy_model(), 7, process=0)
    with pytest.raises(ModelError, match="without objective"):
        restrict_objectives(toy_model(), [], template=0, process=0)


def test_a_perfect_control_on_the_only_way_in_blocks_everything() -> None:
    """A resistance of one against a steep logistic leaves no success; the same without the control leaves many."""
    steep = {"steepness": np.full(1, 200.0), "common_shape": np.full(1, 1e6)}
    without = toy_model(**steep)
    opeff = np.array(without.arrays["node_opeff"])
    opeff[:, 0, 0] = 1.0  # control 0 holds crossing 0, the only way in
    assert len(events(force_vector(without, 0, process=0))) > 1_000
    assert len(events(force_vector(toy_model(**steep, node_opeff=opeff), 0, process=0))) == 0


def test_a_restricted_objective_is_all_that_is_harmed() -> None:
    model = restrict_objectives(toy_model(), [4], template=0, process=0)
    table = events(model)
    rows = np.flatnonzero(np.asarray(table.columns["hosts_hit"]) > 0)
    assert rows.size > 20
    hosts = replay_events(model, table, rows[:50].tolist(), days=3).hosts
    assert (hosts[:, 4] > 0).all()
    assert hosts[:, :4].sum() == 0.0


def test_a_certain_hit_makes_every_campaign_arrive() -> None:
    hit = force_hit(toy_model(), 0)
    assert np.asarray(hit.arrays["node_visibility"])[0, 0] == 1.0
    assert (np.asarray(hit.arrays["client_hit"]) == 1.0).all()


def test_supposed_controls_come_over_those_described() -> None:
    node = Node(organisation=None, assessed=True, posture={"mfa": 0.2, "awareness": 0.5})  # type: ignore[arg-type]
    portfolio = Portfolio((node,), (), ())
    assert dict(cover_controls(portfolio, {"mfa": 1.0}).nodes[0].posture) == {"mfa": 1.0, "awareness": 0.5}
    assert dict(portfolio.nodes[0].posture) == {"mfa": 0.2, "awareness": 0.5}


def test_events_replayed_together_are_those_replayed_alone() -> None:
    model = toy_model()
    table = events(model)
    rows = list(range(0, len(table), max(len(table) // 40, 1)))
    together = replay_events(model, table, rows, days=30)
    for index, row in enumerate(rows):
        alone = replay_event(model, table, row, step_h=6.0)
        np.testing.assert_array_equal(together.reach_h[index], alone.reach_h)
        np.testing.assert_array_equal(together.via_edge[index], alone.via_edge)
        steps = min(alone.capacity.shape[0] // 4, 30)
        daily = alone.capacity[: steps * 4].reshape(steps, 4, len(SERVICES)).mean(axis=1)
        np.testing.assert_allclose(together.capacity[index, :steps], daily)
        assert np.all(together.capacity[index, steps + 1 :] == 1.0)


def test_every_reached_zone_but_the_entry_names_the_edge_it_was_reached_by() -> None:
    model = toy_model()
    table = events(model)
    replays = replay_events(model, table, list(range(min(len(table), 200))), days=2)
    reached = np.isfinite(replays.reach_h)
    named = replays.via_edge >= 0
    assert reached.sum() > named.sum() > 20
    for index, entry in enumerate(replays.entry_zone):
        expected = reached[index].copy()
        expected[entry] = False
        np.testing.assert_array_equal(named[index], expected)
        for zone in np.flatnonzero(expected):
            edge = replays.via_edge[index, zone]
            assert int(model.arrays["edge_target"][edge]) == zone
            source = int(np.searchsorted(np.asarray(model.arrays["edge_ptr"]), edge, side="right")) - 1
            assert replays.reach_h[index, source] < replays.reach_h[index, zone]


def test_the_cut_into_threads_leaves_no_trace() -> None:
    model = force_actor(toy_model(), 1, process=0)
    assert events(model, 1).digest == events(model, 2).digest
