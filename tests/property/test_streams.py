"""Properties of identity-keyed streams: what a number decides is all that it depends on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.core.estimate import draw_uniforms, draw_uniforms_each
from hygie.core.ids import derive_entity
from hygie.core.seeds import spread_keys
from hygie.core.tables import YELT_COLUMNS
from hygie.core.waists import CompiledModel, SimulationPlan, YearEventLossTable
from hygie.simulation import attack, block, impact, play, rebound, twin
from hygie.simulation.runners import simulate
from hygie.simulation.streams import Stream
from kit import one_campaign, one_link, toy_model
from runs_kit import rich_model

SETTINGS = settings(max_examples=12, deadline=None, derandomize=True)


def run(model: CompiledModel, *, years: int = 2000, seed: int = 1, **how: int) -> YearEventLossTable:
    return simulate(model, SimulationPlan(years=years, draws=model.draws, seed=seed), **how)


@pytest.fixture(scope="module")
def reference() -> YearEventLossTable:
    table = run(rich_model(draws=3), threads=1)
    assert set(table.columns["origin"]) == {0, 1, 2, 3}
    return table


@pytest.mark.parametrize("threads", [1, 2, 3])
@pytest.mark.parametrize("block_years", [100, 777, 8192])
def test_the_digest_does_not_depend_on_threads_or_blocks(
    reference: YearEventLossTable, threads: int, block_years: int
) -> None:
    assert run(rich_model(draws=3), threads=threads, block_years=block_years).digest == reference.digest


@SETTINGS
@given(st.integers(1, 2500), st.integers(1, 4))
def test_any_cut_of_the_years_gives_the_same_rows(block_years: int, threads: int) -> None:
    first, second = (
        run(rich_model(draws=3), years=501, threads=threads, block_years=size) for size in (block_years, 100_000)
    )
    assert first.digest == second.digest


def test_rows_that_overflow_their_block_are_all_there() -> None:
    # Far more rows than a block first makes room for: it must start again with more, not cut.
    busy = toy_model(node_rate_per_y=np.full((1, 1, 1), 40.0))
    small, large = (run(busy, years=300, threads=1, block_years=size) for size in (7, 300))
    assert len(large) > 2 * 300 + 64
    assert small.digest == large.digest


@pytest.mark.parametrize("draws", [1, 3])
def test_more_years_keep_the_first_ones(draws: int) -> None:
    short, long = (run(rich_model(draws=draws), years=years) for years in (2001, 4002))
    kept = {}
    for table in (short, long):
        start = np.cumsum(table.plan.years_per_draw()) - table.plan.years_per_draw()
        year = table.columns["year"] - start[table.columns["draw"]]
        kept[table.plan.years] = {
            name: (year if name == "year" else column)[year < 2001 // draws] for name, column in table.columns.items()
        }
    for name in YELT_COLUMNS:
        np.testing.assert_array_equal(kept[4002][name], kept[2001][name], err_msg=name)
    assert kept[2001]["year"].size == len(short)
    if draws == 1:
        np.testing.assert_array_equal(long.columns["loss_eur"][: len(short)], short.columns["loss_eur"])


def test_more_draws_keep_the_first_ones() -> None:
    few, many = run(rich_model(draws=2), years=1000), run(rich_model(draws=4), years=2000)
    for name, column in few.columns.items():
        np.testing.assert_array_equal(many.columns[name][: column.size], column, err_msg=name)


def test_seeds_and_draws_give_other_years(reference: YearEventLossTable) -> None:
    other = run(rich_model(draws=3), seed=2)
    assert other.digest != reference.digest
    years = [
        set(zip(*(table.columns[name][table.columns["draw"] == draw].tolist() for name in ("day", "loss_eur"))))
        for table in (reference, other)
        for draw in range(3)
    ]
    assert min(len(each) for each in years) > 500
    for i, first in enumerate(years):
        for second in years[:i]:
            # Contained intrusions can cost the same nothing on the same day.
            assert not {row for row in first & second if row[1] > 0.0}


def rows_of(table: YearEventLossTable, facility: int) -> dict[str, np.ndarray]:
    mine = table.columns["facility"] == facility
    labels = ("facility", "origin_index", "root_index")
    return {name: column[mine] for name, column in table.columns.items() if name not in labels}


@pytest.mark.parametrize("place", [0, 1])
def test_an_unlinked_node_changes_nothing_for_the_others(place: int) -> None:
    alone = run(toy_model(**one_campaign(), node_visibility=np.full((1, 1), 0.02)))
    names = ["node0"]
    names.insert(place, "another")
    both = run(toy_model(
        nodes=2, **one_campaign(), node_is_assessed=np.ones(2), node_visibility=np.full((1, 2), 0.02),
        node_rate_per_y=np.insert(np.full((1, 1, 1), 0.5), place, 3.0, axis=1),
        node_source=np.array([[derive_entity("attempt", "p0", name)] for name in names], dtype=np.uint64),
        node_victim=np.array([derive_entity("victim", name) for name in names], dtype=np.uint64),
    ))  # fmt: skip
    assert np.count_nonzero(both.columns["facility"] == place) > 0
    expected, found = rows_of(alone, 0), rows_of(both, 1 - place)
    assert expected["year"].size > 300
    for name, column in expected.items():
        np.testing.assert_array_equal(found[name], column, err_msg=name)


def test_a_link_adds_rows_and_changes_none() -> None:
    nodes = {"node_is_assessed": np.ones(2)}
    apart, linked = run(toy_model(nodes=2, **nodes)), run(toy_model(nodes=2, **one_link()))
    own = linked.columns["origin"] == 0
    assert np.count_nonzero(~own) > 50
    for name, column in apart.columns.items():
        np.testing.assert_array_equal(linked.columns[name][own], column, err_msg=name)


@pytest.mark.parametrize("module", [attack, block, impact, play, rebound])
def test_kernels_use_the_numbers_of_the_enumeration(module: Any) -> None:
    known = {stream.name: stream.value for stream in Stream} | {"ITEM": Stream.LOSS_ITEM.value}
    used = {name[1:]: value for name, value in vars(module).items() if name[1:] in known and name[0] == "_"}
    assert used
    for name, value in used.items():
        assert value == known[name], f"{module.__name__}._{name}"
    assert [stream.value for stream in Stream] == list(range(len(Stream)))


def test_the_readme_lists_every_stream() -> None:
    text = Path(attack.__file__).with_name("README.md").read_text(encoding="utf-8")
    for stream in Stream:
        assert f"| {stream.value} | `{stream.name}` |" in text


def kolmogorov(values: np.ndarray) -> float:
    """√n times the largest gap between the empirical and the uniform distribution function."""
    ordered = np.sort(values)
    rank = np.arange(1, ordered.size + 1) / ordered.size
    gap = np.maximum(rank - ordered, ordered - rank + 1.0 / ordered.size).max()
    return float(np.sqrt(ordered.size) * gap)


SAMPLE = 4000


def sample_axis(axis: str) -> np.ndarray:
    """Uniforms [SAMPLE, 4] along one coordinate, the others kept."""
    key, entity = twin.derive_key(6, 0), derive_entity("attempt", "p0", "node0")
    at: dict[str, Any] = {"entity": entity, "year": 3, "occurrence": 1, "stream": 4}
    if axis == "entity":
        names = [derive_entity("node", str(i)) for i in range(SAMPLE)]
        return twin.draw_uniforms(key, **(at | {"entity": np.array(names, dtype=np.uint64)}))
    if axis == "draw":
        return np.array([twin.draw_uniforms(twin.derive_key(6, draw), **at) for draw in range(SAMPLE)])
    return np.array([twin.draw_uniforms(key, **(at | {axis: value})) for value in range(SAMPLE)])


@pytest.mark.parametrize("axis", ["entity", "year", "occurrence", "stream", "draw"])
def test_numbers_are_uniform_and_uncorrelated_along_every_coordinate(axis: str) -> None:
    u = sample_axis(axis)
    # 2.2 is passed with probability 2 exp(-2 · 2.2²) = 1e-4.
    assert max(kolmogorov(u[:, word]) for word in range(4)) < 2.2
    neighbours = np.concatenate([u[:-1], u[1:]], axis=1)
    correlation = np.corrcoef(neighbours, rowvar=False)[np.triu_indices(8, 1)]
    assert np.abs(correlation).max() * np.sqrt(SAMPLE) < 4.5


@SETTINGS
@given(st.text(min_size=1, max_size=20), st.integers(0, 2**31), st.integers(1, 400))
def test_a_latin_hypercube_column_has_one_value_per_slice(name: str, seed: int, draws: int) -> None:
    u = draw_uniforms(name, seed=seed, draws=draws)
    np.testing.assert_array_equal(np.sort(np.floor(u * draws)), np.arange(draws))
    np.testing.assert_array_equal(u, draw_uniforms(name, seed=seed, draws=draws))


@SETTINGS
@given(st.lists(st.text(max_size=20), max_size=5), st.integers(0, 2**200), st.integers(1, 60))
def test_columns_of_many_names_are_those_of_each(names: list[str], seed: int, draws: int) -> None:
    columns = draw_uniforms_each(names, seed=seed, draws=draws)
    assert columns.shape == (draws, len(names))
    for column, name in zip(columns.T, names, strict=True):
        np.testing.assert_array_equal(column, draw_uniforms(name, seed=seed, draws=draws))


@SETTINGS
@given(st.lists(st.integers(0, 2**64 - 1), max_size=5), st.one_of(st.integers(0, 2**32), st.integers(0, 2**300)))
def test_keys_of_many_names_are_those_of_numpy(entities: list[int], seed: int) -> None:
    keys = spread_keys(seed, np.array(entities, dtype=np.uint64))
    for key, entity in zip(keys, entities, strict=True):
        words = np.random.SeedSequence([seed, entity & 0xFFFFFFFF, entity >> 32]).generate_state(2, np.uint64)
        np.testing.assert_array_equal(key, words)


def test_latin_hypercube_columns_are_uncorrelated() -> None:
    draws = 2000
    columns = np.array([draw_uniforms(f"estimate.{i}", seed=4, draws=draws) for i in range(12)])
    correlation = np.corrcoef(columns)[np.triu_indices(12, 1)]
    assert np.abs(correlation).max() * np.sqrt(draws) < 4.0
    assert np.abs(correlation).max() > 0.0
