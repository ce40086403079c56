"""Every cent of a simulation belongs to one form, one module and one item, whatever way the work is cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.core.ids import derive_entity
from hygie.core.tables import DRIVERS, FORMS, MODULES
from hygie.core.waists import CompiledModel, SimulationPlan
from hygie.simulation.accounts import account_items
from hygie.simulation.runners import simulate
from kit import one_campaign, one_provider, toy_model

PLAN = SimulationPlan(years=600, draws=2, seed=5)


def busy_model(*, cap: float = 1e12) -> CompiledModel:
    """Every driver has two items, in different forms and modules; a part of some forms is compensated."""
    names = [f"{driver}-{i}" for driver in DRIVERS for i in range(2)]
    n = len(names)
    items: dict[str, Any] = {
        "item_form": np.arange(n) % len(FORMS),
        "item_module": (7 * np.arange(n)) % len(MODULES),
        "item_driver": np.repeat(np.arange(len(DRIVERS)), 2),
        "item_entity": np.array([derive_entity("item", name) for name in names], dtype=np.uint64),
        "item_unit_cost": np.tile(np.linspace(1.0, 300.0, n), (2, 1)),
        "item_sigma": np.full((2, n), 0.4),
    }
    return toy_model(
        nodes=2,
        draws=2,
        **one_provider(draws=2, theft=0.5),
        **one_campaign(draws=2),
        **items,
        node_visibility=np.full((2, 2), 0.03),
        node_loss_cap_eur=np.full((2, 2), cap),
        node_compensation=np.tile([0.5, 0.5, 0.2, 0.0, 0.0, 0.2], (2, 2, 1)),
    )


@pytest.mark.parametrize("cap", [1e12, 20_000.0])
def test_the_account_agrees_with_the_loss_table(cap: float) -> None:
    model = busy_model(cap=cap)
    account = account_items(model, PLAN)
    columns = simulate(model, PLAN).columns
    rows, items = columns["year"].size, account.forms.size
    # Each item of each event is rounded once: by half a cent at most.
    slack = 0.005 * rows * items
    forms = account.sum_by_form(account.economic.sum(axis=(0, 1))) / 100.0
    for form, total in zip(FORMS, forms, strict=True):
        assert total == pytest.approx(columns[f"loss_{form}_eur"].sum(), abs=slack)
    assert account.economic.sum() / 100.0 == pytest.approx(columns["loss_eur"].sum(), abs=slack)
    assert account.own.sum() / 100.0 == pytest.approx(columns["loss_own_eur"].sum(), abs=slack)
    for draw in range(2):
        for kind in range(3):
            chosen = (columns["draw"] == draw) & (columns["threat_class"] == kind)
            total = account.economic[draw, kind].sum() / 100.0
            assert total == pytest.approx(columns["loss_eur"][chosen].sum(), abs=slack)
    assert (columns["loss_eur"].max() == cap) == (cap < 1e12)


def test_every_cent_is_counted_once() -> None:
    account = account_items(busy_model(), PLAN)
    assert account.economic.dtype == np.int64
    assert (account.economic > 0).any(axis=(0, 1)).sum() > 0.5 * account.forms.size
    for cents in (account.economic, account.own, account.compensated):
        np.testing.assert_array_equal(account.sum_by_form(cents).sum(axis=-1), cents.sum(axis=-1))
        np.testing.assert_array_equal(account.sum_by_module(cents).sum(axis=-1), cents.sum(axis=-1))
        assert (cents >= 0).all()
    np.testing.assert_array_equal(account.own + account.compensated, account.economic)


@pytest.mark.parametrize(("threads", "block_years"), [(1, 600), (2, 7), (3, 101)])
def test_threads_and_blocks_leave_no_trace(threads: int, block_years: int) -> None:
    expected = account_items(busy_model(), PLAN, threads=1)
    found = account_items(busy_model(), PLAN, threads=threads, block_years=block_years)
    np.testing.assert_array_equal(found.economic, expected.economic)
    np.testing.assert_array_equal(found.own, expected.own)


def test_a_plan_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ModelError, match="plan and model differ in draws"):
        account_items(busy_model(), SimulationPlan(years=600, draws=3, seed=5))
