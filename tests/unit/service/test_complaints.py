"""The 72-hour condition: decided per event by its own uniform."""

from __future__ import annotations

import numpy as np

from hygie.core.waists import SimulationPlan, YearEventLossTable
from hygie.service.complaints import COMPLAINT_STREAM, draw_complaints
from hygie.service.loss_tables import number_events
from hygie.simulation.runners import simulate
from hygie.simulation.streams import Stream
from kit import certain_server, one_campaign, toy_model


def run(years: int, nodes: int = 1) -> YearEventLossTable:
    model = toy_model(
        draws=2,
        nodes=nodes,
        **{
            **certain_server(draws=2, nodes=nodes),
            **one_campaign(draws=2),
            "node_rate_per_y": np.full((2, nodes, 1), 1.0),
            "node_visibility": np.full((2, nodes), 0.2),
        },
    )
    return simulate(model, SimulationPlan(years=years, draws=2, seed=7))


def name_labels(table: YearEventLossTable) -> dict[str, tuple[str, ...]]:
    return {name: getattr(table.labels, name) for name in table.labels.__slots__} | {"campaigns": ("wave",)}


def decide(table: YearEventLossTable, filed: float) -> np.ndarray:
    made = draw_complaints(table.columns, plan=table.plan, labels=name_labels(table), filed=filed)
    assert made is not None
    return made


def test_the_share_of_complaints_is_the_probability() -> None:
    table = run(20_000)
    filed = decide(table, 0.8)
    assert filed.size > 20_000
    assert abs(filed.mean() - 0.8) < 4.0 * np.sqrt(0.8 * 0.2 / filed.size)
    # Attacks and campaigns alike; one says nothing about the next.
    for origin in np.unique(table.columns["origin"]):
        part = filed[table.columns["origin"] == origin]
        assert abs(part.mean() - 0.8) < 4.0 * np.sqrt(0.8 * 0.2 / part.size)
    assert abs(np.corrcoef(filed[1:], filed[:-1])[0, 1]) < 4.0 / np.sqrt(filed.size)


def test_a_higher_probability_only_adds_complaints() -> None:
    table = run(2_000)
    few, many = decide(table, 0.3), decide(table, 0.6)
    assert np.all(many[few])
    assert many.sum() > few.sum()


def test_other_rows_do_not_change_a_decision() -> None:
    table = run(2_000)
    whole = decide(table, 0.5)
    rows = np.flatnonzero(np.arange(len(table)) % 3 == 0)
    some = draw_complaints(
        {name: column[rows] for name, column in table.columns.items()},
        plan=table.plan,
        labels=name_labels(table),
        filed=0.5,
    )
    assert some is not None
    np.testing.assert_array_equal(some, whole[rows])


def test_more_years_keep_the_decisions_of_the_first() -> None:
    short, long = run(2_000), run(4_000)
    # Draw 0 holds the first half of the years of both.
    mine = short.columns["year"] < 1_000
    theirs = long.columns["year"] < 1_000
    np.testing.assert_array_equal(short.columns["loss_eur"][mine], long.columns["loss_eur"][theirs])
    np.testing.assert_array_equal(decide(short, 0.5)[mine], decide(long, 0.5)[theirs])


def test_certain_complaints_need_no_draw() -> None:
    table = run(100)
    assert draw_complaints(table.columns, plan=table.plan, labels=name_labels(table), filed=1.0) is None


def test_the_stream_lies_past_those_of_the_simulation() -> None:
    assert max(Stream) < COMPLAINT_STREAM < 1 << 20


def test_victims_of_one_campaign_are_one_event() -> None:
    columns = {
        "facility": np.array([0, 1, 0, 1]),
        "process": np.array([-1, -1, 0, 0]),
        "origin": np.array([3, 3, 0, 1]),
        "origin_index": np.array([0, 0, -1, 4]),
        "day": np.array([5, 5, 9, 9]),
        "occurrence": np.array([0, 0, 0, 0]),
    }
    number = number_events(columns)
    assert number[0] == number[1]
    # An attack and its rebound.
    assert number[2] == number[3]
    assert number[0] != number[2]
