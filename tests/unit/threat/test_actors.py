"""Who attacks: shares of actors from dated, graded incidents, and their states of activity."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.testing import assert_allclose

from hygie.core.sampling import EpistemicSample
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.records import ActorActivity, Attribution
from hygie.threat.actors import (
    UNATTRIBUTED,
    UNATTRIBUTED_SKILLED,
    ActorShares,
    activity_state,
    grade_weight,
    share_actors,
    share_campaign_actors,
    start_of,
)

DRAWS = 64
LATE = date(2026, 11, 23)


def share(catalogue: Catalogue, *, as_of: date, last_count: date = date(2023, 12, 31)) -> ActorShares:
    return share_actors(
        catalogue.actors,
        catalogue.incidents,
        evidence=catalogue.evidence,
        sample=EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS),
        as_of=as_of,
        last_count=last_count,
    )


def share_campaigns(catalogue: Catalogue, *, as_of: date, last_count: date = date(2023, 12, 31)) -> ActorShares:
    return share_campaign_actors(
        catalogue.actors,
        catalogue.campaigns,
        "ddos",
        evidence=catalogue.evidence,
        sample=EpistemicSample(catalogue.estimate, seed=1, draws=DRAWS),
        as_of=as_of,
        last_count=last_count,
    )


def with_states(catalogue: Catalogue, actor: str, *states: tuple[str, float]) -> Catalogue:
    activity = tuple(ActorActivity(from_=day, state=state) for day, state in states)
    changed = replace(catalogue.actors[actor], activity=activity)
    return replace(catalogue, actors={**catalogue.actors, actor: changed})


def only(catalogue: Catalogue, actor: str, *states: tuple[str, float]) -> Catalogue:
    """The catalogue with every other intruder active without a history."""
    actors = {ref: replace(one, activity=()) for ref, one in catalogue.actors.items()}
    return with_states(replace(catalogue, actors=actors), actor, *states)


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


class TestGrades:
    @pytest.mark.parametrize(
        ("letter", "figure", "steps"), [("A", 1, 0), ("B", 2, 2), ("C", 3, 4), ("E", 5, 8), ("F", 6, 4)]
    )
    def test_each_step_down_the_scale_takes_its_part(
        self, catalogue: Catalogue, letter: str, figure: int, steps: int
    ) -> None:
        one = replace(next(iter(catalogue.evidence.values())), reliability=letter, credibility=figure)
        assert grade_weight([one.ref], {one.ref: one}, step=0.9) == pytest.approx(0.9**steps)

    def test_the_best_source_counts(self, catalogue: Catalogue) -> None:
        base = next(iter(catalogue.evidence.values()))
        good, poor = (replace(base, ref=letter, reliability=letter) for letter in ("A", "E"))
        known = {one.ref: one for one in (good, poor)}
        assert grade_weight(["E", "A"], known, step=0.9) == grade_weight(["A"], known, step=0.9)
        assert grade_weight(["E"], known, step=0.9) < grade_weight(["A"], known, step=0.9)

    def test_an_incident_told_by_a_poor_source_weighs_less(self, catalogue: Catalogue) -> None:
        def akira(letter: str) -> float:
            source = replace(next(iter(catalogue.evidence.values())), ref="source", reliability=letter)
            incident = replace(
                catalogue.incidents[0],
                ref="new",
                evidence=("source",),
                started_on="2026-10-01",
                threat_class="ransomware",
                actor=Attribution("akira", "high"),
            )
            changed = replace(
                catalogue,
                incidents=(*catalogue.incidents, incident),
                evidence={**catalogue.evidence, "source": source},
            )
            return mean_share(share(changed, as_of=LATE), "akira")

        assert mean_share(share(catalogue, as_of=LATE), "akira") < akira("E") < akira("A")


class TestShares:
    @pytest.mark.parametrize("as_of", [date(2019, 6, 1), date(2022, 6, 1), LATE])
    def test_shares_sum_to_one(self, catalogue: Catalogue, as_of: date) -> None:
        for shares in (share(catalogue, as_of=as_of), share_campaigns(catalogue, as_of=as_of)):
            assert shares.shares.shape == (DRAWS, len(shares.actors))
            assert_allclose(shares.shares.sum(axis=1), 1.0, rtol=1e-12)
            assert (shares.shares >= 0.0).all()
        assert share(catalogue, as_of=as_of).actors[-2:] == (UNATTRIBUTED, UNATTRIBUTED_SKILLED)

    def test_those_who_flood_sites_do_not_intrude(self, catalogue: Catalogue) -> None:
        intruders, flooders = share(catalogue, as_of=LATE), share_campaigns(catalogue, as_of=LATE)
        known = {ref for ref, actor in catalogue.actors.items() if actor.mode == "ddos"}
        assert known
        assert not known & set(intruders.actors)
        assert set(flooders.actors) == {*known, UNATTRIBUTED}

    def test_what_is_attributed_to_nobody_keeps_its_own_estimate(self, catalogue: Catalogue) -> None:
        expected = catalogue.estimate("threat.unattributed_opportunist").distribution.mean()
        assert mean_share(share(catalogue, as_of=LATE), UNATTRIBUTED) == pytest.approx(expected, abs=0.01)

    def test_a_dismantled_actor_falls_and_the_others_rise(self, catalogue: Catalogue) -> None:
        day = date(2024, 6, 1)
        before = share(with_states(catalogue, "lockbit", ("2021-06", 1.0)), as_of=day)
        after = share(with_states(catalogue, "lockbit", ("2021-06", 1.0), ("2024-02-20", 0.0)), as_of=day)
        assert mean_share(before, "lockbit") > 0.02
        assert mean_share(after, "lockbit") == 0.0
        assert mean_share(after, "akira") > mean_share(before, "akira")
        assert mean_share(after, UNATTRIBUTED) == pytest.approx(mean_share(before, UNATTRIBUTED))

    def test_when_all_are_gone_shares_are_those_of_their_incidents(self, catalogue: Catalogue) -> None:
        gone = tuple(ActorActivity(from_=day, state=state) for day, state in (("2019", 1.0), ("2025", 0.0)))
        actors = {ref: replace(one, activity=gone) for ref, one in catalogue.actors.items()}
        after = share(replace(catalogue, actors=actors), as_of=LATE)
        assert_allclose(after.shares.sum(axis=1), 1.0, rtol=1e-12)
        # All curated activity went after the last count: what is left is unattributed, and those who moved on.
        outside = after.shares[:, after.actors.index(UNATTRIBUTED)]
        assert_allclose(after.lost_activity, (1.0 - outside) * (1.0 - after.moves), rtol=1e-12)

    def test_the_past_does_not_know_later_incidents(self, catalogue: Catalogue) -> None:
        day = date(2022, 6, 1)
        started = {incident.ref: start_of(incident.started_on) for incident in catalogue.incidents}
        then, now = share(catalogue, as_of=day).incidents, share(catalogue, as_of=LATE).incidents
        assert 0 < len(then) < len(now)
        assert all(started[ref] <= day for ref in then)
        assert set(now) - set(then) == {ref for ref in now if started[ref] > day}

    def test_an_incident_raises_its_actor_by_its_confidence(self, catalogue: Catalogue) -> None:
        template = catalogue.incidents[0]

        def with_incident(confidence: str, started_on: str = "2026-10-01", name: str = "akira") -> ActorShares:
            incident = replace(
                template,
                ref="new",
                started_on=started_on,
                threat_class="ransomware",
                actor=Attribution(name, confidence),  # type: ignore[arg-type]
            )
            return share(replace(catalogue, incidents=(*catalogue.incidents, incident)), as_of=LATE)

        base = mean_share(share(catalogue, as_of=LATE), "akira")
        none, low, medium, high = (
            mean_share(with_incident(level), "akira") for level in ("none", "low", "medium", "high")
        )
        assert base == pytest.approx(none)
        assert none < low < medium < high
        # The older, the lighter; the future and the unknown weigh nothing.
        assert base < mean_share(with_incident("high", "2020-10-01"), "akira") < high
        assert mean_share(with_incident("high", "2026-12-01"), "akira") == base
        assert mean_share(with_incident("high", name="unknown"), "akira") == base


class TestLostActivity:
    """λ ← λ [1 − (1 − ρ) Σ π_a (1 − s_a)], for what changed after the last count only."""

    day = date(2024, 6, 1)

    def test_one_actor_dismantled_after_the_last_count(self, catalogue: Catalogue) -> None:
        before = share(only(catalogue, "lockbit", ("2019", 1.0)), as_of=date(2024, 1, 1))
        after = share(only(catalogue, "lockbit", ("2019", 1.0), ("2024-02-20", 0.0)), as_of=self.day)
        assert_allclose(before.lost_activity, 0.0, atol=1e-15)
        # Incidents age alike between the two dates, but the prior does not: shares differ a little.
        share_then = before.shares[:, before.actors.index("lockbit")]
        assert_allclose(after.lost_activity, (1.0 - after.moves) * share_then, rtol=0.2)
        assert after.lost_activity.mean() == pytest.approx(((1.0 - after.moves) * share_then).mean(), rel=0.05)

    def test_half_gone_counts_half(self, catalogue: Catalogue) -> None:
        whole, half = (
            share(only(catalogue, "lockbit", ("2019", 1.0), ("2024-02-20", state)), as_of=self.day)
            for state in (0.0, 0.5)
        )
        assert_allclose(half.lost_activity, 0.5 * whole.lost_activity, rtol=1e-12)

    def test_what_fell_before_the_count_is_in_it(self, catalogue: Catalogue) -> None:
        already = share(only(catalogue, "lockbit", ("2019", 1.0), ("2023-02-20", 0.0)), as_of=self.day)
        assert_allclose(already.lost_activity, 0.0, atol=1e-15)

    def test_who_appears_or_returns_after_the_count_adds_nothing(self, catalogue: Catalogue) -> None:
        """New names mostly carry affiliates of old ones; the level rises with the next count, or in a what-if."""
        for states in ([("2024-03", 1.0)], [("2019", 1.0), ("2021", 0.2), ("2024-03", 1.0)]):
            assert_allclose(share(only(catalogue, "lockbit", *states), as_of=self.day).lost_activity, 0.0, atol=1e-15)

    def test_leaders_of_campaigns_fall_too(self, catalogue: Catalogue) -> None:
        """Both waves were led by a group that was taken down in 2024."""
        before, after = (share_campaigns(catalogue, as_of=day) for day in (date(2024, 1, 1), date(2024, 12, 1)))
        assert mean_share(before, "anonymous-sudan") > mean_share(before, "killnet")
        assert mean_share(after, "anonymous-sudan") == 0.0
        assert_allclose(before.lost_activity, 0.0, atol=1e-15)
        assert 0.05 < after.lost_activity.mean() < 0.3

    def test_without_any_actor_all_is_unattributed(self, catalogue: Catalogue) -> None:
        shares = share(replace(catalogue, actors={}), as_of=self.day)
        assert shares.actors == (UNATTRIBUTED, UNATTRIBUTED_SKILLED)
        assert_allclose(shares.shares, np.tile([1.0, 0.0], (DRAWS, 1)))
        assert_allclose(shares.lost_activity, 0.0)
