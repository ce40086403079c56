"""What if an actor doubles, disappears, returns."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hygie.core.errors import ModelError
from hygie.threat.actor_changes import change_actor
from hygie.threat.actors import UNATTRIBUTED, ActorShares

DAY = date(2026, 11, 23)
# Latent shares 0.5, 0.3, 0.2 of the attributed half; the third actor is down to a quarter of its activity.
LATENT, STATE = np.array([0.5, 0.3, 0.2]), np.array([1.0, 1.0, 0.25])


@pytest.fixture
def actors() -> ActorShares:
    total = LATENT @ STATE
    shares = np.array([*(0.5 * LATENT * STATE / total), 0.5])
    active = np.array([*(0.5 * LATENT / (total - LATENT * STATE + LATENT)), 0.5])
    return ActorShares(
        as_of=DAY,
        actors=("alpha", "beta", "gamma", UNATTRIBUTED),
        shares=np.tile(shares, (2, 1)),
        active=np.tile(active, (2, 1)),
        moves=np.array([0.0, 0.6]),
        lost_activity=np.zeros(2),
        incidents=(),
    )


class TestChange:
    def test_doubling_adds_what_does_not_come_from_others(self, actors: ActorShares) -> None:
        own = actors.shares[:, 0]
        changed = change_actor(actors, "alpha", change=2.0)
        assert_allclose(changed.level, 1.0 + (1.0 - actors.moves) * own)
        assert_allclose(changed.shares.shares[:, 0] * changed.level, 2.0 * own)
        others = changed.shares.shares[:, 1:] * changed.level[:, None]
        assert_allclose(others.sum(axis=1), 1.0 - own - actors.moves * own)

    def test_the_others_keep_their_proportions(self, actors: ActorShares) -> None:
        changed = change_actor(actors, "alpha", change=0.3).shares.shares
        assert_allclose(changed[:, 1] / changed[:, 3], actors.shares[:, 1] / actors.shares[:, 3])

    def test_disappearing(self, actors: ActorShares) -> None:
        own = actors.shares[:, 0]
        changed = change_actor(actors, "alpha", change="gone")
        assert_allclose(changed.shares.shares[:, 0], 0.0)
        assert_allclose(changed.level, 1.0 - (1.0 - actors.moves) * own)
        assert_allclose(changed.shares.shares.sum(axis=1), 1.0)

    def test_disappearing_keeps_the_level_if_all_move_on(self, actors: ActorShares) -> None:
        changed = change_actor(replace(actors, moves=np.ones(2)), "alpha", change="gone")
        assert_allclose(changed.level, 1.0)

    def test_returning_gives_the_share_of_an_active_actor(self, actors: ActorShares) -> None:
        changed = change_actor(actors, "gamma", change="returns")
        assert_allclose(changed.shares.shares[:, 2], 0.5 * LATENT[2])
        assert_allclose(changed.shares.shares.sum(axis=1), 1.0)
        added = changed.shares.shares[:, 2] * changed.level - actors.shares[:, 2]
        assert_allclose(changed.level, 1.0 + (1.0 - actors.moves) * added)

    def test_gone_then_back(self, actors: ActorShares) -> None:
        gone = change_actor(actors, "alpha", change="gone")
        back = change_actor(gone.shares, "alpha", change="returns")
        assert_allclose(back.shares.shares, actors.shares, rtol=1e-12)
        assert_allclose(gone.level * back.level, 1.0, rtol=1e-12)

    def test_later_in_the_year_it_weighs_less(self, actors: ActorShares) -> None:
        whole = change_actor(actors, "alpha", change="gone", at=date(2026, 1, 1)).level
        half = change_actor(actors, "alpha", change="gone", at=date(2027, 5, 25)).level
        after = change_actor(actors, "alpha", change="gone", at=date(2028, 1, 1))
        assert_allclose(1.0 - half, 0.5 * (1.0 - whole), rtol=5e-3)
        assert_allclose(after.level, 1.0)
        assert_allclose(after.shares.shares, actors.shares)

    def test_the_others_lose_no_more_than_they_have(self, actors: ActorShares) -> None:
        changed = change_actor(replace(actors, moves=np.ones(2)), "alpha", change=1000.0)
        assert (changed.shares.shares >= 0.0).all()
        assert_allclose(changed.shares.shares[:, 0], 1.0)
        assert (changed.level > 1.0).all()

    def test_the_only_one_that_goes_leaves_nothing(self, actors: ActorShares) -> None:
        alone = replace(
            actors, shares=np.tile([1.0, 0.0, 0.0, 0.0], (2, 1)), active=np.tile([1.0, 0.0, 0.0, 0.0], (2, 1))
        )
        changed = change_actor(alone, "alpha", change="gone")
        assert_allclose(changed.level, [0.0, 0.6])
        assert np.isfinite(changed.shares.shares).all()

    def test_what_is_given_stays_as_it_was(self, actors: ActorShares) -> None:
        before = actors.shares.copy()
        change_actor(actors, "alpha", change=2.0)
        assert_allclose(actors.shares, before)


class TestRefusals:
    @pytest.mark.parametrize("ref", ["alhpa", UNATTRIBUTED])
    def test_who_has_no_share(self, actors: ActorShares, ref: str) -> None:
        with pytest.raises(ModelError, match="no share of its own") as refusal:
            change_actor(actors, ref, change=2.0)
        assert refusal.value.findings[0].allowed == "alpha, beta, gamma"

    @pytest.mark.parametrize("factor", [-0.1, float("nan"), float("inf"), "halved"])
    def test_factors_that_mean_nothing(self, actors: ActorShares, factor: Any) -> None:
        with pytest.raises(ModelError, match="less than gone"):
            change_actor(actors, "alpha", change=factor)
