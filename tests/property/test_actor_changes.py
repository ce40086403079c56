"""Laws of changes of an actor, for any shares."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from hygie.threat.actor_changes import change_actor
from hygie.threat.actors import UNATTRIBUTED, ActorShares

weights = st.lists(st.floats(0.01, 10.0), min_size=2, max_size=8)
unit = st.floats(0.0, 1.0)


def build(values: list[float], moves: float) -> ActorShares:
    shares = np.array([values]) / sum(values)
    names = (*(f"actor-{index}" for index in range(len(values) - 1)), UNATTRIBUTED)
    return ActorShares(
        as_of=date(2026, 1, 1),
        actors=names,
        shares=shares,
        active=shares,
        moves=np.array([moves]),
        lost_activity=np.zeros(1),
        incidents=(),
    )


@given(weights, unit, st.floats(0.0, 100.0))
def test_shares_stay_a_distribution(values: list[float], moves: float, factor: float) -> None:
    changed = change_actor(build(values, moves), "actor-0", change=factor)
    assert_allclose(changed.shares.shares.sum(axis=1), 1.0, rtol=1e-9)
    assert (changed.shares.shares >= -1e-12).all()
    assert (changed.level >= 0.0).all()


@given(weights, unit)
def test_doubling_then_halving_changes_nothing(values: list[float], moves: float) -> None:
    actors = build(values, moves)
    if moves * actors.shares[0, 0] >= 0.99 * (1.0 - actors.shares[0, 0]):
        return  # the others have not enough to give: some of what was added is new
    doubled = change_actor(actors, "actor-0", change=2.0)
    halved = change_actor(doubled.shares, "actor-0", change=0.5)
    assert_allclose(halved.shares.shares, actors.shares, rtol=1e-9)
    assert_allclose(doubled.level * halved.level, 1.0, rtol=1e-9)


@given(weights)
def test_disappearing_keeps_the_level_when_every_affiliate_moves(values: list[float]) -> None:
    assert_allclose(change_actor(build(values, 1.0), "actor-0", change="gone").level, 1.0, rtol=1e-12)


@given(weights, unit, st.floats(0.0, 5.0), st.floats(0.0, 5.0))
def test_more_of_an_actor_never_lowers_the_level(values: list[float], moves: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    actors = build(values, moves)
    levels = [change_actor(actors, "actor-0", change=factor).level[0] for factor in (low, high)]
    assert levels[0] <= levels[1] + 1e-12
