"""Who attacks, and whom: shares of actors from dated incidents, and size that moves risk without changing its level."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import Blueprints
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.records import ActorActivity, Attribution
from hygie.threat.actors import (
    UNATTRIBUTED,
    UNATTRIBUTED_SKILLED,
    ActorShares,
    activity_state,
    share_actors,
    start_of,
)
from hygie.threat.context import contextual_multiplier, visibility_share

DRAWS = 64


def share(catalogue: Catalogue, *, as_of: date, last_count: date = date(2023, 12, 31)) -> ActorShares:
    sample = EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS)
    return share_actors(catalogue.actors, catalogue.incidents, sample=sample, as_of=as_of, last_count=last_count)


def with_states(catalogue: Catalogue, actor: str, *states: tuple[str, float]) -> Catalogue:
    activity = tuple(ActorActivity(from_=day, state=state) for day, state in states)
    changed = replace(catalogue.actors[actor], activity=activity)
    return replace(catalogue, actors={**catalogue.actors, actor: changed})


def mean_share(shares: ActorShares, actor: str) -> float:
    return float(shares.shares[:, shares.actors.index(actor)].mean())


class TestActivity:
    def test_state_in_force(self, catalogue: Catalogue) -> None:
        actor = with_states(catalogue, "lockbit", ("2021-06", 1.0), ("2024-02-20", 0.4)).actors["lockbit"]
        days = [date(2020, 1, 1), date(2021, 6, 1), date(2024, 2, 19), date(2024, 2, 20), date(2026, 1, 1)]
        assert [activity_state(actor, day) for day in days] == [0.0, 1.0, 1.0, 0.4, 0.4]

    def test_an_actor_without_a_history_is_active(self, catalogue: Catalogue) -> None:
        assert activity_state(with_states(catalogue, "lockbit").actors["lockbit"], date(2026, 1, 1)) == 1.0

    def test_order_in_the_file_does_not_matter(self, catalogue: Catalogue) -> None:
        actor = with_states(catalogue, "lockbit", ("2024-02", 0.0), ("2021", 1.0)).actors["lockbit"]
        assert activity_state(actor, date(2025, 1, 1)) == 0.0

    @pytest.mark.parametrize(
        ("text", "day"), [("2024", date(2024, 1, 1)), ("2024-03", date(2024, 3, 1)), ("2024-03-09", date(2024, 3, 9))]
    )
    def test_partial_dates_start_at_their_first_day(self, text: str, day: date) -> None:
        assert start_of(text) == day


class TestShares:
    @pytest.mark.parametrize("as_of", [date(2019, 6, 1), date(2022, 6, 1), date(2026, 11, 23)])
    def test_shares_sum_to_one(self, catalogue: Catalogue, as_of: date) -> None:
        shares = share(catalogue, as_of=as_of)
        assert shares.shares.shape == (DRAWS, len(shares.actors))
        assert_allclose(shares.shares.sum(axis=1), 1.0, rtol=1e-12)
        assert (shares.shares >= 0.0).all()
        assert shares.actors[-2:] == (UNATTRIBUTED, UNATTRIBUTED_SKILLED)

    def test_those_who_flood_sites_do_not_intrude(self, catalogue: Catalogue) -> None:
        shares = share(catalogue, as_of=date(2026, 11, 23))
        flooders = {ref for ref, actor in catalogue.actors.items() if actor.mode == "ddos"}
        assert flooders
        assert not flooders & set(shares.actors)

    def test_a_dismantled_actor_falls_and_the_others_rise(self, catalogue: Catalogue) -> None:
        day = date(2024, 6, 1)
        before = share(with_states(catalogue, "lockbit", ("2021-06", 1.0)), as_of=day)
        after = share(with_states(catalogue, "lockbit", ("2021-06", 1.0), ("2024-02-20", 0.0)), as_of=day)
        assert mean_share(before, "lockbit") > 0.02
        assert mean_share(after, "lockbit") < 1e-4
        assert mean_share(after, "akira") > mean_share(before, "akira")
        assert mean_share(after, UNATTRIBUTED) == pytest.approx(mean_share(before, UNATTRIBUTED))

    def test_activity_lost_after_the_last_count_lowers_the_level(self, catalogue: Catalogue) -> None:
        """In part only: some affiliates move elsewhere. What came before the count is already in it."""
        day = date(2024, 6, 1)
        after_count = with_states(catalogue, "lockbit", ("2021-06", 1.0), ("2024-02-20", 0.0))
        before_count = with_states(catalogue, "lockbit", ("2021-06", 1.0), ("2023-02-20", 0.0))
        active = with_states(catalogue, "lockbit", ("2021-06", 1.0))
        lost, already, none = (share(c, as_of=day).lost_activity for c in (after_count, before_count, active))
        assert (lost > none).all()
        assert (lost < 1.0).all()
        assert_allclose(already, none)

    def test_an_incident_raises_its_actor_by_its_confidence(self, catalogue: Catalogue) -> None:
        day = date(2026, 11, 23)
        template = catalogue.incidents[0]

        def with_incident(confidence: str, started_on: str = "2026-10-01", name: str = "akira") -> ActorShares:
            incident = replace(
                template,
                ref="new",
                started_on=started_on,
                threat_class="ransomware",
                actor=Attribution(name, confidence),  # type: ignore[arg-type]
            )
            return share(replace(catalogue, incidents=(*catalogue.incidents, incident)), as_of=day)

        base = mean_share(share(catalogue, as_of=day), "akira")
        none, low, medium, high = (
            mean_share(with_incident(level), "akira") for level in ("none", "low", "medium", "high")
        )
        assert base == pytest.approx(none)
        assert none < low < medium < high
        # The older, the lighter; the future and the unknown weigh nothing.
        assert base < mean_share(with_incident("high", "2020-10-01"), "akira") < high
        assert mean_share(with_incident("high", "2026-12-01"), "akira") == base
        assert mean_share(with_incident("high", name="unknown"), "akira") == base

    def test_the_past_does_not_know_later_incidents(self, catalogue: Catalogue) -> None:
        day = date(2022, 6, 1)
        started = {incident.ref: start_of(incident.started_on) for incident in catalogue.incidents}
        then, now = share(catalogue, as_of=day).incidents, share(catalogue, as_of=date(2026, 11, 23)).incidents
        assert 0 < len(then) < len(now)
        assert all(started[ref] <= day for ref in then)
        assert set(now) - set(then) == {ref for ref in now if started[ref] > day}


class TestContext:
    elasticity = np.array([0.0, 0.3, 0.6, 0.9])
    floor = 50.0

    def strata(self, blueprints: Blueprints) -> tuple[list[float], np.ndarray]:
        strata = blueprints.population.strata
        return [stratum.fte for stratum in strata], np.array([float(stratum.entities) for stratum in strata])

    def test_multiplier_averages_one_over_the_population(self, blueprints: Blueprints) -> None:
        fte, entities = self.strata(blueprints)
        multiplier = contextual_multiplier(
            fte, population=blueprints.population, elasticity=self.elasticity, floor=self.floor
        )
        assert multiplier.shape == (4, len(fte))
        assert_allclose(multiplier @ entities / entities.sum(), 1.0, rtol=1e-12)

    def test_visibility_sums_to_one_over_the_population(self, blueprints: Blueprints) -> None:
        fte, entities = self.strata(blueprints)
        visibility = visibility_share(
            fte, population=blueprints.population, elasticity=self.elasticity, floor=self.floor
        )
        assert_allclose(visibility @ entities, 1.0, rtol=1e-12)
        assert (visibility <= 1.0).all()

    def test_size_counts_by_its_elasticity(self, blueprints: Blueprints) -> None:
        multiplier = contextual_multiplier(
            [1000.0, 2000.0], population=blueprints.population, elasticity=self.elasticity, floor=self.floor
        )
        assert_allclose(multiplier[:, 1] / multiplier[:, 0], 2.0**self.elasticity)

    def test_below_the_floor_size_no_longer_counts(self, blueprints: Blueprints) -> None:
        multiplier = contextual_multiplier(
            [0.0, 10.0, 50.0, 51.0], population=blueprints.population, elasticity=self.elasticity[1:], floor=self.floor
        )
        assert_allclose(multiplier[:, 0], multiplier[:, 2])
        assert_allclose(multiplier[:, 1], multiplier[:, 2])
        assert (multiplier[:, 3] > multiplier[:, 2]).all()
