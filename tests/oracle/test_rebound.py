"""Events over several organisations: closed forms on toy graphs, extinction, outages without an attack, any order."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hygie.core.ids import derive_entity
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.simulation.impact import R_TOTAL
from hygie.simulation.replay import replay_event
from hygie.simulation.runners import OneEvent, simulate
from hygie.simulation.runners_blocks import cut_years, prepare_task
from hygie.simulation.runners_threads import ThreadRunner
from kit import certain_server, one_campaign, one_provider, toy_model

OUTAGE = 7


def links_of(
    pairs: list[tuple[int, int]], nodes: int, *, penetration: float = 1.0, level: float = 0.0, zone: int = 2,
    names: list[str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Directed links between organisations, from zone to zone; with `level`, who is served loses that zone."""
    label = names or [f"node{i}" for i in range(nodes)]
    ordered = sorted(pairs)
    n = len(ordered)
    return {
        "link_ptr": np.searchsorted([pair[0] for pair in ordered], np.arange(nodes + 1)),
        "link_type": np.zeros(n),
        "link_source_node": np.array([pair[0] for pair in ordered]),
        "link_target_node": np.array([pair[1] for pair in ordered]),
        "link_source_zone": np.full(n, zone),
        "link_target_zone": np.full(n, zone),
        "link_entity": np.array([derive_entity("link", label[a], label[b]) for a, b in ordered], dtype=np.uint64),
        "link_penetration": np.full((1, n), penetration),
        "link_class": np.full(n, 2),
        "link_need_zone": np.full(n, zone if level else -1),
        "link_need_source": np.full(n, zone),
        "link_need_level": np.full((1, n), level),
        "link_need_autonomy_h": np.full((1, n), 5.0 if level else 0.0),
    }


def certain_model(
    pairs: list[tuple[int, int]], nodes: int, *, rates: list[float] | None = None, **more: Any
) -> CompiledModel:
    own = {key: more.pop(key) for key in list(more) if key not in ("penetration", "level", "names")}
    return toy_model(
        nodes=nodes,
        **{
            **certain_server(nodes=nodes),
            "node_is_assessed": np.ones(nodes),
            **links_of(pairs, nodes, **more),
            "node_rate_per_y": np.array([[[rate] for rate in rates or [0.5] + [0.0] * (nodes - 1)]]),
            **own,
        },
    )


def run(model: CompiledModel, years: int = 4000, **options: Any) -> YearEventLossTable:
    return simulate(model, SimulationPlan(years=years, draws=1, seed=3), **options)


def column(yelt: YearEventLossTable, name: str) -> np.ndarray[Any, Any]:
    return np.asarray(yelt.columns[name])


def test_two_linked_sites_against_the_closed_form() -> None:
    """Two sites that pass each other's attacks on: rate of events at a site is λ₁ + q λ₂ p, and p is its resistance."""
    years, q = 60_000, 0.4
    own = np.array([0.30, 0.20])
    # The entry succeeds with probability one half, at the first crossing and at the crossing of the link alike.
    half = {"type_logit": np.array([[0.0, 50.0, 50.0, 50.0]]), "steepness": np.zeros(1)}
    model = certain_model([(0, 1), (1, 0)], 2, rates=list(own), penetration=q, **half)
    yelt = run(model, years)
    facility, origin = column(yelt, "facility"), column(yelt, "origin")
    succeeded = 0.5 * own
    for site in (0, 1):
        other = 1 - site
        direct = int(((facility == site) & (origin == 0)).sum())
        through = int(((facility == site) & (origin == 1)).sum())
        for seen, rate in ((direct, succeeded[site]), (through, succeeded[other] * q * 0.5)):
            assert abs(seen - years * rate) < 4.0 * np.sqrt(years * rate), (site, seen, years * rate)
    # Both at once: the probability that a year has an event at both sites because of one attack.
    both = int((column(yelt, "generation") == 1).sum())
    assert abs(both - years * 0.5 * q * succeeded.sum()) < 4.0 * np.sqrt(both)
    # No attack comes back to where it began: two generations are enough for two sites.
    assert column(yelt, "generation").max() == 1
    # The mean annual loss: every event costs 50,000 on average, whoever it hits.
    expected = 50_000 * (succeeded.sum() + 0.5 * q * succeeded.sum())
    annual = np.bincount(column(yelt, "year"), column(yelt, "loss_eur"), minlength=years)
    assert abs(annual.mean() - expected) < 4.0 * annual.std() / np.sqrt(years)


def test_a_chain_is_followed_to_its_end() -> None:
    model = certain_model([(0, 1), (1, 2), (2, 3), (3, 0)], 4, penetration=0.5)
    yelt = run(model, 20_000)
    counts = np.bincount(column(yelt, "generation"), minlength=5)
    assert counts[4] == 0
    for generation in (1, 2, 3):
        expected = counts[0] * 0.5**generation
        assert abs(counts[generation] - expected) < 4.0 * np.sqrt(expected)
    np.testing.assert_array_equal(column(yelt, "facility"), column(yelt, "generation"))


def test_whoever_is_compromised_is_not_attacked_again_in_the_same_event() -> None:
    pairs = [(a, b) for a in range(5) for b in range(5) if a != b]
    yelt = run(certain_model(pairs, 5), 2000)
    event = np.stack([column(yelt, name) for name in ("year", "root", "root_index", "occurrence", "facility")])
    assert np.unique(event, axis=1).shape[1] == event.shape[1]
    # All links are used and nobody resists: one event hits all five.
    assert len(yelt) == 5 * int((column(yelt, "generation") == 0).sum())


def test_a_node_that_is_not_assessed_passes_attacks_on_without_a_row() -> None:
    model = certain_model([(0, 1), (1, 2)], 3, node_is_assessed=np.array([1, 0, 1]))
    yelt = run(model)
    assert set(column(yelt, "facility")) == {0, 2}
    np.testing.assert_array_equal(column(yelt, "generation"), column(yelt, "facility"))


def test_who_depends_on_a_dead_neighbour_loses_the_service_without_an_attack() -> None:
    model = certain_model([(0, 1), (1, 2)], 3, penetration=0.0, level=0.5)
    yelt = run(model)
    assert len(yelt) > 1000
    by = {node: column(yelt, "facility") == node for node in range(3)}
    own = by[0]
    assert by[1].sum() == by[2].sum() == own.sum()
    assert set(column(yelt, "outcome")[~own]) == {OUTAGE}
    assert set(column(yelt, "process")[~own]) == {-1}
    assert set(column(yelt, "threat_class")[~own]) == {2}
    assert (column(yelt, "hosts_hit")[~own] == 0).all()
    # One server, fully down until half of its rebuild, then in part: as much as fewer hours fully down.
    whole = column(yelt, "outage_h")[own]
    first = column(yelt, "outage_h")[by[1]]
    second = column(yelt, "outage_h")[by[2]]
    assert (first < whole).all() and (second < first).all()
    # The second generation waits for its own autonomy of 5 hours after the first.
    np.testing.assert_allclose(second, first - 5.0)


def test_the_outage_passed_on_is_that_of_the_zone_less_the_autonomy() -> None:
    model = certain_model(
        [(0, 1)], 2, penetration=0.0, level=0.5, partial_level=np.ones(1), need_strength=np.zeros((1, 2)),
    )  # fmt: skip
    yelt = run(model)
    own = column(yelt, "facility") == 0
    np.testing.assert_allclose(column(yelt, "outage_h")[~own], column(yelt, "outage_h")[own] - 5.0)
    assert (column(yelt, "visits_diverted")[~own] > 0.0).all()


def test_less_autonomy_or_a_deeper_dependency_never_costs_less() -> None:
    costs = []
    for level, autonomy in ((0.3, 30.0), (0.3, 5.0), (0.8, 5.0)):
        model = certain_model([(0, 1)], 2, penetration=0.0, level=level, link_need_autonomy_h=np.array([[autonomy]]))
        costs.append(column(run(model, 2000), "visits_diverted").sum())
    assert costs[0] < costs[1] < costs[2]


def test_an_infected_client_also_feels_the_outage_of_the_neighbour() -> None:
    """Attacked and dependent at once: one row, at least as long as the neighbour's outage less the autonomy."""
    apart = run(certain_model([(0, 1)], 2, penetration=1.0))
    both = run(certain_model([(0, 1)], 2, penetration=1.0, level=0.9))
    assert len(apart) == len(both)
    other = column(both, "facility") == 1
    assert (column(both, "visits_diverted")[other] >= column(apart, "visits_diverted")[other] - 1e-9).all()
    assert column(both, "visits_diverted")[other].sum() > column(apart, "visits_diverted")[other].sum()


def test_a_provider_event_rebounds_from_its_clients() -> None:
    nodes = 3
    provider = {**one_provider(hit=1.0, penetration=1.0), "client_ptr": np.array([0, 1])}
    for name in [name for name in provider if name.startswith("client_") and name != "client_ptr"]:
        array = np.asarray(provider[name])
        provider[name] = array[..., :1]
    model = certain_model(
        [(0, 1), (1, 2)], nodes, rates=[0.0, 0.0, 0.0], **{**provider, "node_is_assessed": np.ones(nodes)}
    )
    yelt = run(model, 3000, given=OneEvent("provider", 0))
    assert len(yelt) == 3 * 3000
    assert set(column(yelt, "root")) == {2}
    np.testing.assert_array_equal(column(yelt, "generation"), column(yelt, "facility") + 1)
    np.testing.assert_array_equal(column(yelt, "origin"), np.where(column(yelt, "facility") == 0, 2, 1))


def rich(order: list[int]) -> CompiledModel:
    """Six organisations with mutual links, a provider and campaigns, listed in any order."""
    n = len(order)
    at = {node: place for place, node in enumerate(order)}
    pairs = [(0, 1), (1, 0), (1, 2), (2, 3), (0, 3), (3, 4), (4, 0), (2, 5)]
    names = [f"site{node}" for node in order]
    clients = sorted(range(n), key=lambda place: place)
    provider = {
        **one_provider(rate=0.5),
        "client_ptr": np.array([0, n]),
        "client_type": np.zeros(n),
        "client_provider": np.zeros(n),
        "client_node": np.array(clients),
        "client_zone": np.full(n, 2),
        "client_entry_zone": np.full(n, 2),
        "client_entity": np.array([derive_entity("client", names[place]) for place in clients], dtype=np.uint64),
        "client_hit": np.full((1, n), 0.6),
        "client_level": np.full((1, n), 0.9),
        "client_penetration": np.full((1, n), 0.5),
    }
    return toy_model(
        nodes=n,
        **{
            **provider,
            **one_campaign(),
            **links_of([(at[a], at[b]) for a, b in pairs], n, penetration=0.7, level=0.6, names=names),
            "node_is_assessed": np.ones(n),
            "node_rate_per_y": np.array([[[0.3 + 0.1 * node] for node in order]]),
            "node_visibility": np.full((1, n), 0.05),
            "node_source": np.array([[derive_entity("attempt", "p0", name)] for name in names], dtype=np.uint64),
            "node_victim": np.array([derive_entity("victim", name) for name in names], dtype=np.uint64),
        },
    )


def canonical(yelt: YearEventLossTable, order: list[int]) -> np.ndarray[Any, Any]:
    node = np.array(order)[column(yelt, "facility")]
    root = np.where(column(yelt, "root") == 0, np.array([*order, 0])[column(yelt, "root_index") % len(order)], -1)
    skip = ("facility", "origin_index", "root_index")
    table = np.stack([node, root, *(np.asarray(v, float) for k, v in yelt.columns.items() if k not in skip)])
    return table[:, np.lexsort(table[::-1])]


def test_the_order_of_organisations_changes_no_row() -> None:
    reference = canonical(run(rich([0, 1, 2, 3, 4, 5])), [0, 1, 2, 3, 4, 5])
    assert reference.shape[1] > 10_000
    for order in ([5, 4, 3, 2, 1, 0], [2, 0, 5, 1, 4, 3]):
        np.testing.assert_array_equal(canonical(run(rich(order)), order), reference)


def test_without_links_and_providers_the_other_rows_are_the_same() -> None:
    """What comes from others is added to what one has anyway: the paired comparison needs no second run."""
    linked = run(rich([0, 1, 2, 3, 4, 5]))
    model = rich([0, 1, 2, 3, 4, 5])
    arrays = dict(model.arrays)
    arrays["link_penetration"] = np.zeros_like(arrays["link_penetration"])
    arrays["link_need_level"] = np.zeros_like(arrays["link_need_level"])
    arrays["provider_rate_per_y"] = np.zeros_like(arrays["provider_rate_per_y"])
    alone = run(CompiledModel(draws=1, arrays=arrays, labels=model.labels, lineage={}))
    kept = np.isin(column(linked, "origin"), (0, 3))
    assert 0 < kept.sum() < len(linked)
    for name, values in alone.columns.items():
        np.testing.assert_array_equal(column(linked, name)[kept], values, err_msg=name)


@pytest.mark.parametrize("block", [77, 1000])
def test_parts_together_are_the_run(block: int) -> None:
    model = rich([0, 1, 2, 3, 4, 5])
    plan = SimulationPlan(years=3000, draws=1, seed=3)
    whole = simulate(model, plan)
    for threads in (1, 2):
        spans = cut_years(plan.years, block_years=block)
        parts = list(ThreadRunner(threads).map_blocks(prepare_task(model, plan), spans))
        for name, values in whole.columns.items():
            np.testing.assert_array_equal(np.concatenate([part[name] for part in parts]), values, err_msg=name)


def test_rows_of_any_generation_can_be_replayed() -> None:
    model = rich([0, 1, 2, 3, 4, 5])
    yelt = run(model, 400)
    rows = np.flatnonzero(np.isin(column(yelt, "root"), (0, 2)))
    assert column(yelt, "generation")[rows].max() >= 3
    assert (column(yelt, "outcome")[rows] == OUTAGE).any()
    for row in map(int, rows[:600]):
        event = replay_event(model, yelt, row, step_h=200.0)
        assert event.record[1] == column(yelt, "outage_h")[row]
        assert event.record[R_TOTAL] == column(yelt, "loss_eur")[row]
