"""Paired differences: what they are worth against separate runs, and what tails do."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.decision.paired import AnnualSums, compare_means, compare_tails, draw_gains, sum_years, variance_ratio

YEARS = np.array([500, 500, 500, 500])


def losses(seed: int, scale: float = 1.0) -> AnnualSums:
    random = np.random.default_rng(seed)
    hit = random.random(2000) < 0.2
    return AnnualSums(hit * random.lognormal(3.0, 1.0, 2000) * scale, YEARS, "EUR_2024")


def test_rows_become_annual_sums_with_quiet_years():
    sums = sum_years(np.array([0, 0, 3]), np.array([1.0, 2.0, 5.0]), years_per_draw=np.array([2, 2]), unit="EUR_2024")
    assert sums.values.tolist() == [3.0, 0.0, 0.0, 5.0]


def test_a_constant_cut_is_found_exactly_and_with_no_noise_beyond_its_own():
    before = losses(1)
    after = AnnualSums(0.75 * before.values, YEARS, "EUR_2024")
    gain = compare_means(before, after)
    assert gain.value == pytest.approx(0.25 * before.values.mean())
    # Var(x − 0.75 x) = 0.0625 Var x, against (1 + 0.5625) Var x of separate runs.
    assert variance_ratio(before, after) == pytest.approx(1.5625 / 0.0625)


def test_separate_runs_have_the_variance_of_both():
    assert variance_ratio(losses(1), losses(2)) == pytest.approx(1.0, abs=0.1)


def test_the_error_of_a_paired_mean_covers_what_repetition_shows():
    values, errors = [], []
    for seed in range(200):
        before = losses(seed)
        after = AnnualSums(np.minimum(before.values, 40.0), YEARS, "EUR_2024")
        figure = compare_means(before, after)
        values.append(figure.value)
        errors.append(figure.mc_error)
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.15)


def test_a_cap_takes_from_the_tail_more_than_from_the_mean():
    before = losses(3)
    after = AnnualSums(np.minimum(before.values, 60.0), YEARS, "EUR_2024")
    tail = compare_tails(before, after, level=0.99)
    order = np.sort(before.values)[-20:]
    assert tail.value == pytest.approx(order.mean() - 60.0, rel=0.02)
    assert tail.value > compare_means(before, after).value


def test_draw_gains_average_to_the_gain():
    before, after = losses(1), losses(1, 0.5)
    assert draw_gains(before, after).mean() == pytest.approx(compare_means(before, after).value)


def test_what_was_not_simulated_alike_cannot_be_paired():
    other = AnnualSums(np.zeros(2000), np.array([1000, 1000]), "EUR_2024")
    with pytest.raises(ModelError, match="cannot be paired"):
        compare_means(losses(1), other)
    with pytest.raises(ModelError, match="begins at a probability"):
        compare_tails(losses(1), losses(1), level=1.0)
