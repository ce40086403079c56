"""Net value, ROSI and payback against sums by hand."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.decision.worth import CostFlow, annuity, weigh


def test_an_annuity_is_the_sum_of_discounted_euros():
    assert annuity(3, 0.1) == pytest.approx(1 / 1.1 + 1 / 1.21 + 1 / 1.331)
    assert annuity(10, 0.032) == pytest.approx((1 - 1.032**-10) / 0.032)


def test_worth_by_hand():
    cost = CostFlow(np.array([100.0, 100.0]), np.array([10.0, 10.0]))
    worth = weigh(cost, np.array([60.0, 20.0]), factor=4.0)
    assert worth.cost_eur.tolist() == [140.0, 140.0]
    assert worth.net_eur.tolist() == [100.0, -60.0]
    assert worth.rosi == pytest.approx([100 / 140, -60 / 140])
    assert worth.p_worth == 0.5
    assert worth.payback_y == pytest.approx(100.0 / (40.0 - 10.0))


def test_running_costs_above_the_gain_never_pay_back():
    cost = CostFlow(np.array([100.0]), np.array([50.0]))
    assert weigh(cost, np.array([40.0]), factor=5.0).payback_y == np.inf


def test_what_costs_nothing_has_no_rosi():
    free = CostFlow(np.zeros(1), np.zeros(1))
    worth = weigh(free, np.array([1.0]), factor=5.0)
    assert np.isnan(worth.rosi[0])
    assert worth.payback_y == 0.0


def test_no_horizon_and_no_negative_rate():
    with pytest.raises(ModelError, match="horizon"):
        annuity(0, 0.0)
    with pytest.raises(ModelError, match="discount rate"):
        annuity(5, -0.1)
