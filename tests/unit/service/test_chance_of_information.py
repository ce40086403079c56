"""An unknown that means nothing is not recommended for study."""

from __future__ import annotations

import numpy as np

from hygie.decision.sensitivity import value_of_information
from hygie.service.decide_uncertainty import reach_by_chance


def test_unknowns_that_mean_nothing_seldom_stand_out() -> None:
    found = 0
    for seed in range(20):
        generator = np.random.default_rng(100 + seed)
        net = np.column_stack([np.zeros(60), generator.normal(0.0, 1.0, (60, 2))])
        worth = value_of_information(net, generator.random((50, 60)))
        found += bool(worth.max() > reach_by_chance(net, 50))
    assert found <= 4


def test_an_unknown_that_decides_stands_out() -> None:
    generator = np.random.default_rng(1)
    known = generator.normal(0.0, 1.0, 200)
    net = np.column_stack([np.zeros(200), known + 0.3 * generator.normal(0.0, 1.0, 200)])
    assert value_of_information(net, known[None, :])[0] > 2.0 * reach_by_chance(net, 100)
