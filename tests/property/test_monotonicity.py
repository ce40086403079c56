"""Better detection or response never makes an event dearer, on common random numbers and without disconnection.

The promise holds where a larger scope costs more *with the same noise*: here the items on scope share one entity, and
activity lost during and after the outage costs the same per euro.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.core.ids import derive_entity
from hygie.core.tables import DRIVERS, FORMS, MODULES
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.simulation.runners import simulate
from kit import lone_zone, one_campaign, one_link, one_provider, random_graph, toy_model

SETTINGS = settings(max_examples=40, deadline=None, derandomize=True)

COSTS = {
    "scope_stopped": 10e3, "scope_workstation": 20e3, "scope_server": 60e3, "scope_several_servers": 200e3,
    "scope_everything": 900e3, "workstations": 300.0, "servers": 4e3, "devices": 500.0, "crisis_h": 400.0,
    "overtime_h": 40.0, "activity_revenue": 0.5, "scar_revenue": 0.5, "persons_notified": 0.8, "theft": 30e3,
    "ransom_paid": 100e3, "ddos": 5e3, "provider_outage": 7e3,
}  # fmt: skip
CARE = ("bed_days_lost", "stays_lost", "operations_lost", "visits_diverted", "overtime_h")


def priced(*, noise: float = 0.5) -> dict[str, Any]:
    """One item per driver; noise is shared by the items on scope, and absent from activity."""
    names = list(COSTS)
    shared = ["scope" if name.startswith("scope_") else name for name in names]
    return {
        "item_form": np.arange(len(names)) % len(FORMS),
        "item_module": np.arange(len(names)) % len(MODULES),
        "item_driver": np.array([DRIVERS.index(name) for name in names]),
        "item_entity": np.array([derive_entity("item", name) for name in shared], dtype=np.uint64),
        "item_unit_cost": np.array([list(COSTS.values())]),
        "item_sigma": np.array([[0.0 if name.endswith("_revenue") else noise for name in names]]),
        "node_pays_ransom": np.full((1, 1), 0.3),
    }


def run(model: CompiledModel, *, seed: int, years: int = 400) -> YearEventLossTable:
    return simulate(model, SimulationPlan(years=years, draws=1, seed=seed), threads=1)


def events(table: YearEventLossTable) -> dict[tuple[int, ...], float]:
    names = ("draw", "year", "facility", "process", "origin", "origin_index", "occurrence")
    keys = zip(*(table.columns[name].tolist() for name in names), strict=True)
    return dict(zip(keys, table.columns["loss_eur"].tolist(), strict=True))


def assert_no_event_is_dearer(before: YearEventLossTable, after: YearEventLossTable) -> None:
    old, new = events(before), events(after)
    assert len(old) > 50
    for event, loss in new.items():
        assert loss <= old.get(event, 0.0) * (1.0 + 1e-12), event


@SETTINGS
@given(st.integers(0, 10_000), st.floats(1e-4, 0.1), st.floats(1.0, 100.0), st.floats(0.0, 6.0), st.floats(0.0, 3.0))
def test_detection_and_response_never_raise_an_event(
    seed: int, detection: float, factor: float, response: float, faster: float
) -> None:
    def build(hazard: float, mu: float) -> CompiledModel:
        return toy_model(
            **priced(), node_rate_per_y=np.full((1, 1, 1), 2.0), node_detection_per_h=np.full((1, 1), hazard),
            node_response_mu=np.full((1, 1), mu),
        )  # fmt: skip

    before = run(build(detection, response), seed=seed)
    for hazard, mu in ((detection * factor, response), (detection, response - faster)):
        assert_no_event_is_dearer(before, run(build(hazard, mu), seed=seed))
    assert_no_event_is_dearer(run(build(0.0, response), seed=seed), before)


@settings(SETTINGS, max_examples=12)
@given(st.integers(0, 10_000), st.floats(1.0, 50.0), st.floats(0.0, 3.0))
def test_the_promise_holds_on_other_graphs(seed: int, factor: float, faster: float) -> None:
    graph = random_graph(seed, zones=14, edges=60, needs=16)

    def build(hazard: float, mu: float) -> CompiledModel:
        return toy_model(
            **(graph | priced()), node_rate_per_y=np.full((1, 1, 1), 2.0),
            node_detection_per_h=np.full((1, 1), hazard), node_response_mu=np.full((1, 1), mu),
        )  # fmt: skip

    assert_no_event_is_dearer(run(build(2e-3, 4.0), seed=seed), run(build(2e-3 * factor, 4.0 - faster), seed=seed))


def test_detection_at_the_source_spares_the_neighbour() -> None:
    tables = [
        run(
            toy_model(
                nodes=2, **(one_link(zone=2, penetration=0.8) | priced()) | {"node_pays_ransom": np.zeros((1, 2))},
                node_rate_per_y=np.array([[[2.0], [0.0]]]), node_detection_per_h=np.array([[hazard, 0.01]]),
            ),
            seed=3,
        )
        for hazard in (0.002, 0.05)
    ]  # fmt: skip
    assert_no_event_is_dearer(*tables)
    neighbours = [np.count_nonzero(table.columns["facility"] == 1) for table in tables]
    assert neighbours[1] < neighbours[0]


def test_detection_does_lower_the_mean() -> None:
    tables = [
        run(toy_model(**priced(), node_detection_per_h=np.full((1, 1), hazard)), seed=2, years=4000)
        for hazard in (1e-3, 0.1)
    ]
    dear, cheap = (table.columns["loss_eur"].sum() for table in tables)
    assert cheap < 0.8 * dear


def test_a_zero_rate_is_an_empty_table() -> None:
    shared = one_link() | one_provider(rate=0.0) | one_campaign(rate=0.0)
    assert len(run(toy_model(nodes=2, **shared, node_rate_per_y=np.zeros((1, 2, 1))), seed=1, years=2000)) == 0


def test_a_zone_that_nobody_uses_or_needs_costs_no_care_when_lost() -> None:
    # The backup zone (3) is neither used nor needed; the provider takes it down, and nothing else.
    shared = one_provider(rate=1.0, penetration=0.0) | {"client_zone": np.array([3, 3])}
    table = run(toy_model(nodes=2, **shared, node_rate_per_y=np.zeros((1, 2, 1))), seed=4)
    assert len(table) > 300
    assert table.columns["outage_h"].min() > 0.0
    for name in CARE:
        assert not table.columns[name].any(), name


def test_a_zone_that_nobody_uses_or_needs_does_not_touch_care_during_an_attack() -> None:
    # The crew restores it last, so that it delays nothing; all that it can do is stay down longest.
    hosts = np.array([100.0, 4.0, 40.0, 2.0, 50.0])
    tables = [
        run(toy_model(node_zone_hosts=np.where(np.arange(5) == 3, count, hosts)), seed=5) for count in (0.0, 400.0)
    ]
    without, with_zone = (table.columns for table in tables)
    same = without["outcome"] == with_zone["outcome"]
    longer = without["outage_h"] < with_zone["outage_h"]
    assert np.count_nonzero(same & longer) > 10
    for name in ("visits_diverted", "overtime_h"):
        np.testing.assert_allclose(with_zone[name][same], without[name][same], rtol=1e-12, err_msg=name)
    # The scar starts to fade when the last zone is back, used or not: only then can it differ.
    for name in ("bed_days_lost", "stays_lost", "operations_lost"):
        np.testing.assert_array_equal(with_zone[name][same & ~longer], without[name][same & ~longer], err_msg=name)
        assert np.all(with_zone[name][same] >= without[name][same])


@SETTINGS
@given(st.integers(0, 10_000), st.floats(1e4, 1e7), st.floats(0.0, 1.0), st.booleans())
def test_every_row_adds_up(seed: int, cap: float, compensated: float, alone: bool) -> None:
    shares = np.linspace(0.0, compensated, len(FORMS))[None, None]
    model = toy_model(
        **((lone_zone() if alone else {}) | priced()), node_rate_per_y=np.full((1, 1, 1), 2.0),
        node_loss_cap_eur=np.full((1, 1), cap), node_compensation=shares, cut_probability=np.full((1, 5), 0.5),
    )  # fmt: skip
    columns = run(model, seed=seed, years=100).columns
    forms = sum(columns[f"loss_{form}_eur"] for form in FORMS)
    np.testing.assert_allclose(forms, columns["loss_eur"], rtol=1e-9)
    assert columns["year"].size > 20
    assert columns["loss_eur"].max() <= cap
    assert np.all(columns["loss_own_eur"] <= columns["loss_eur"] * (1.0 + 1e-12))
    assert columns["loss_own_eur"].min() >= 0.0
    assert not columns["loss_insured_eur"].any()
    for name in (*CARE, "outage_h"):
        assert columns[name].min() >= 0.0, name
