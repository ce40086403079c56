"""Layers partition the loss exactly; more cover never pays less."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from hygie.core.programmes import Layer, Treaty
from hygie.loss.reinsurance import apply_treaties
from hygie.loss.terms import apply_programme
from terms_kit import everything, make_columns

# Whole euros are exact in floating point: a partition must then hold to the last bit.
amounts = st.lists(st.integers(0, 10**9), min_size=1, max_size=40)
cuts = st.lists(st.integers(1, 10**8), min_size=1, max_size=6, unique=True)


def table(losses: list[int], years: int = 5) -> dict[str, np.ndarray]:
    rows = len(losses)
    return make_columns(year=np.sort(np.arange(rows) % years), day=np.arange(rows) * 7 % 365, response=losses)


@settings(max_examples=60, deadline=None)
@given(losses=amounts, edges=cuts)
def test_layers_partition_every_event_exactly(losses: list[int], edges: list[int]) -> None:
    bounds = [0, *sorted(edges)]
    layers = [
        Layer(id=f"l{low}", attachment_eur=float(low), limit_eur=float(high - low))
        for low, high in zip(bounds, bounds[1:], strict=False)
    ]
    layers.append(Layer(id="top", attachment_eur=float(bounds[-1])))
    columns = table(losses)
    result = apply_programme(columns, everything(*layers))
    assert result.paid.tolist() == [float(loss) for loss in losses]
    years = np.add.reduceat(columns["loss_eur"], np.flatnonzero(np.diff(columns["year"], prepend=-1)))
    assert result.annual.sum(axis=0).tolist() == years.tolist()
    # And one by one: what a layer alone takes is what it takes in the tower.
    for index, layer in enumerate(layers):
        alone = apply_programme(columns, everything(layer))
        assert alone.annual[0].tolist() == result.annual[index].tolist()


@settings(max_examples=60, deadline=None)
@given(losses=amounts, deductible=st.integers(0, 10**8), limit=st.integers(1, 10**8))
def test_paid_and_retained_add_up_and_move_the_right_way(losses: list[int], deductible: int, limit: int) -> None:
    columns = table(losses)
    layer = Layer(
        id="a", limit_eur=float(limit), aggregate_limit_eur=2.0 * limit, aggregate_deductible_eur=float(limit)
    )
    base = apply_programme(columns, everything(layer, deductible_eur=float(deductible))).paid
    assert np.all((base >= 0.0) & (base <= columns["loss_eur"]))

    def total(**change: float) -> float:
        programme = everything(replace(layer, **change), deductible_eur=float(deductible))
        return float(apply_programme(columns, programme).paid.sum())

    assert total(aggregate_limit_eur=4.0 * limit) >= base.sum()
    assert total(aggregate_deductible_eur=0.0) >= base.sum()
    assert total(share=0.5) == 0.5 * base.sum()
    wider = apply_programme(columns, everything(layer, deductible_eur=float(deductible) + 1.0)).paid
    assert wider.sum() <= base.sum()


@settings(max_examples=60, deadline=None)
@given(losses=amounts, retention=st.integers(0, 10**7))
def test_treaties_cede_and_keep_the_whole_loss(losses: list[int], retention: int) -> None:
    columns = table(losses)
    treaties = [
        Treaty(kind="quota_share", terms=Layer(id="qs", share=0.25)),
        Treaty(kind="per_risk", terms=Layer(id="pr", attachment_eur=float(retention), limit_eur=1e7)),
        Treaty(kind="per_event", terms=Layer(id="cat", attachment_eur=2.0 * retention, limit_eur=5e7)),
        Treaty(kind="stop_loss", terms=Layer(id="sl", aggregate_deductible_eur=1e6, aggregate_limit_eur=1e8)),
    ]
    event = np.arange(len(losses)) // 2
    done = apply_treaties(columns["loss_eur"], treaties, year=columns["year"], day=np.zeros(len(losses)), event=event)
    ceded = np.sum([item.ceded for item in done], axis=0)
    assert np.all(ceded <= columns["loss_eur"] * (1.0 + 1e-12))
    assert np.all([np.all(item.ceded >= 0.0) for item in done])
    for item in done:
        np.testing.assert_allclose(item.ceded.sum(), item.by_year.annual.sum(), rtol=1e-9, atol=1e-6)
