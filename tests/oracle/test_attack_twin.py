"""The attack kernel against its NumPy twin: the same seeded attacks, decision by decision."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hygie.core.ids import derive_entity
from hygie.core.tables import OUTCOMES
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.simulation import twin
from hygie.simulation.attack import ATTACK_FIELDS, BLOCKED
from hygie.simulation.layout import pack_model
from hygie.simulation.runners import simulate
from hygie.simulation.streams import Stream
from kit import attack_with_kernel, one_link, random_graph, toy_model

THIEVES = {
    "actor_theft_only": np.array([[0.7, 0.7]]),
    "actor_steals": np.array([[0.9, 0.9]]),
    "node_exfiltration_mu": np.array([[2.0]]),
    "node_response_mu": np.array([[5.0]]),
}
CASES: dict[str, dict[str, Any]] = {
    "as built": {},
    "high detection": {"node_detection_per_h": np.array([[0.2]])},
    "low detection": {"node_detection_per_h": np.array([[5e-4]])},
    "no detection": {"node_detection_per_h": np.array([[0.0]])},
    "fast response": {"node_response_mu": np.array([[1.0]])},
    "slow response": {"node_response_mu": np.array([[6.0]])},
    "patient attackers": {"actor_patience_mu": np.array([[6.0, 8.0]])},
    "impatient thieves": THIEVES | {"node_detection_per_h": np.array([[3e-3]])},
    "easy crossings": {"type_logit": np.full((1, 4), 2.0), "zone_payload": np.array([[1, 0, 1, 0, 1]])},
    "random graph of 20 zones": random_graph(1, zones=20, edges=90, needs=0),
    "random graph of 64 zones": random_graph(2, zones=64, edges=400, needs=0),
}


def run_both(
    model: CompiledModel, arrays: Any, *, key: np.ndarray, year: int, occurrence: int
) -> tuple[twin.Attack, tuple[int, np.ndarray, np.ndarray, np.ndarray]]:
    source, vectors = int(model.arrays["node_source"][0, 0]), model.arrays["vector_entity"]
    attempt = twin.Attempt(key=key, draw=0, node=0, process=0, source=source, year=year, occurrence=occurrence)
    actor, tau, common, vector = twin.draw_attempt(model, attempt)
    entity, kind = int(vectors[vector]), int(model.arrays["vector_type"][vector])
    zone = int(model.arrays["template_entry_zone"][0, vector])
    drawn = {"actor": actor, "tau": tau, "common": common}
    expected = twin.run_attack(model, attempt, **drawn, entry_type=kind, entry_entity=entity, entry_zone=zone)
    found = attack_with_kernel(
        arrays, key=key, source=source, year=year, occurrence=occurrence, entity=entity, kind=kind, zone=zone, **drawn
    )
    return expected, found


def record_of(attack: twin.Attack) -> np.ndarray:
    """The record in the order of the kernel's ``A_`` fields."""
    return np.array([
        attack.end, attack.fired, attack.detected, attack.contained, attack.zones_reached, attack.stolen,
        attack.stolen_share, np.count_nonzero(attack.hosts), attack.hosts.sum(), *attack.kinds, attack.backup,
    ])  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_attacks_agree(case: str) -> None:
    model = toy_model(**CASES[case])
    arrays, key, zones = pack_model(model), twin.derive_key(11, 0), model.arrays["zone_entity"].size
    outcomes = np.zeros(len(OUTCOMES), dtype=int)
    for year in range(300):
        expected, (outcome, reach, hosts, record) = run_both(model, arrays, key=key, year=year, occurrence=year % 5)
        outcomes[outcome] += 1
        where = f"year {year}"
        assert outcome == expected.outcome, where
        np.testing.assert_allclose(reach[:zones], expected.reach, rtol=1e-9, err_msg=where)
        np.testing.assert_array_equal(hosts[:zones], expected.hosts, err_msg=where)
        assert record.shape == (ATTACK_FIELDS,)
        np.testing.assert_allclose(record, record_of(expected), rtol=1e-9, err_msg=where)
    assert np.count_nonzero(outcomes) >= 4, "the case shows too few outcomes to test anything"


def test_cases_cover_every_outcome_of_an_attack() -> None:
    seen: set[int] = set()
    for overrides in CASES.values():
        model = toy_model(**overrides)
        arrays, key = pack_model(model), twin.derive_key(11, 0)
        seen |= {run_both(model, arrays, key=key, year=year, occurrence=0)[1][0] for year in range(100)}
    assert seen == set(range(OUTCOMES.index("outage")))


def test_a_zone_passed_after_patience_is_not_reached() -> None:
    # Certain crossings of 10 h, patience of 15 h, no noise: the second zone is passed at 20 h, out of patience.
    model = toy_model(
        type_logit=np.full((1, 4), 50.0), type_time_mu=np.full((1, 4), np.log(10.0)), type_time_sigma=np.zeros((1, 4)),
        actor_patience_mu=np.full((1, 2), np.log(5.0)), patience_sigma=np.zeros(1),
        actor_theft_only=np.ones((1, 2)), node_detection_per_h=np.full((1, 1), 1e-3),
    )  # fmt: skip
    for year in range(20):
        expected, (_, reach, _, _) = run_both(
            model, pack_model(model), key=twin.derive_key(1, 0), year=year, occurrence=0
        )
        np.testing.assert_allclose(expected.reach, [10.0, *[np.inf] * 4])
        np.testing.assert_allclose(reach[:5], expected.reach)


@pytest.mark.parametrize("detection", [0.0, 0.01])
def test_a_link_in_a_zone_never_reached_carries_nothing(detection: float) -> None:
    # Zone 3 is cut off: no edge of type 2 can be crossed. Thieves never end the attack themselves.
    model = toy_model(
        nodes=2, **one_link(zone=3, penetration=1.0), type_logit=np.array([[50.0, 50.0, -50.0, 0.0]]),
        node_detection_per_h=np.full((1, 2), detection), actor_theft_only=np.ones((1, 2)),
        node_rate_per_y=np.array([[[2.0], [0.0]]]),
    )  # fmt: skip
    columns = simulate(model, SimulationPlan(years=300, draws=1, seed=3), threads=1).columns
    assert columns["facility"].size > 300
    assert not np.any(columns["facility"] == 1)


def test_rebounds_agree() -> None:
    """Every neighbour row of a simulation is what the twin makes of it, and no other attack gets through the link."""
    model = toy_model(nodes=2, draws=2, **one_link(draws=2), node_rate_per_y=np.tile([[[1.0], [0.0]]], (2, 1, 1)))
    columns = simulate(model, SimulationPlan(years=600, draws=2, seed=5), threads=1).columns
    a = model.arrays
    rebounds = {}
    for row in np.flatnonzero(columns["origin"] == 0):
        draw, year, occurrence = (int(columns[name][row]) for name in ("draw", "year", "occurrence"))
        at = {"key": twin.derive_key(5, draw), "draw": draw, "process": 0, "year": year - 300 * draw}
        own = twin.Attempt(**at, node=0, source=int(a["node_source"][0, 0]), occurrence=occurrence)
        actor, tau, common, _ = twin.draw_attempt(model, own)
        drawn = {"actor": actor, "tau": tau, "common": common}
        first = twin.run_attack(
            model, own, **drawn, entry_type=0, entry_entity=int(a["vector_entity"][0]), entry_zone=0
        )
        assert (first.outcome, actor) == (columns["outcome"][row], columns["actor"][row])
        through = twin.Attempt(**at, node=1, source=own.source ^ int(a["link_entity"][0]), occurrence=occurrence)
        if first.reach[0] > first.end or through.draw_words(Stream.LINK)[0] >= 0.6:
            continue
        second = twin.run_attack(
            model, through, **drawn, entry_type=0, entry_entity=derive_entity("crossing", "link"), entry_zone=0
        )
        if second.outcome != BLOCKED:
            rebounds[draw, year, occurrence] = (second.outcome, second.hosts.sum())
    found = columns["origin"] == 1
    assert len(rebounds) > 50
    names = ("draw", "year", "occurrence", "outcome", "hosts_hit")
    rows = np.stack([columns[name][found] for name in names], axis=1)
    np.testing.assert_array_equal(rows, [(*where, *what) for where, what in rebounds.items()])
