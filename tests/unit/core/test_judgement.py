"""Scores of judgement against a published worked example and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.core.judgement import pool_quantiles, score_brier, score_chance, score_experts

# TU Delft OpenCourseWare, Decision Making Under Uncertainty, unit 3.7.3 "The calibration score of the DM (2)",
# https://ocw.tudelft.nl/course-readings/3-7-3-the-calibration-score-of-the-dm-2/ : three experts, five questions.
ANSWERS = np.array(
    [
        [[2, 5, 7], [20, 23, 34], [20, 25, 28]],
        [[12, 13, 15], [8, 10, 11], [10, 13, 15]],
        [[87, 89, 92], [60, 70, 90], [65, 67, 70]],
        [[2, 5, 8], [20, 35, 45], [42, 44, 46]],
        [[48, 50, 52], [30, 35, 40], [32, 33, 35]],
    ],
    dtype=float,
)
TRUTHS = np.array([24, 11, 68, 47, 31], dtype=float)


def test_cooke_scores_reproduce_the_published_example() -> None:
    scores = score_experts(ANSWERS, TRUTHS)
    assert scores.calibration == pytest.approx([3.621e-5, 0.608, 0.327], rel=1e-3)
    assert scores.information == pytest.approx([1.418, 0.558, 1.354], abs=5e-4)
    # The page computes weights from the rounded scores.
    assert scores.weight == pytest.approx([0.0000656534, 0.4338007, 0.5661336], abs=2e-4)


def test_a_cutoff_takes_the_weight_of_who_is_not_calibrated() -> None:
    assert score_experts(ANSWERS, TRUTHS, cutoff=0.05).weight[0] == 0.0
    with pytest.raises(ModelError, match="no expert earns a weight"):
        score_experts(ANSWERS, TRUTHS, cutoff=0.99)


def test_quantiles_out_of_order_are_refused() -> None:
    with pytest.raises(ModelError, match="increase"):
        score_experts(ANSWERS[:, :, ::-1], TRUTHS)


def test_one_expert_pools_to_what_was_said() -> None:
    assert pool_quantiles(np.array([[1.0, 2.0, 5.0]]), np.array([1.0])) == pytest.approx([1.0, 2.0, 5.0])


def test_a_pool_of_two_lies_where_its_distribution_says() -> None:
    answers = np.array([[0.0, 10.0, 20.0], [10.0, 20.0, 30.0]])
    low, middle, high = pool_quantiles(answers, np.array([0.5, 0.5]))
    assert middle == pytest.approx(15.0)
    # Below 0 the first expert has 5 % from -3 to 0, the second 5 % from -3 to 10: 0.5 (0.05 + 0.05 × 3/13) at 0.
    at_zero = 0.5 * (0.05 + 0.05 * 3.0 / 13.0)
    slope = 0.5 * (0.045 + 0.05 / 13.0)
    assert low == pytest.approx((0.05 - at_zero) / slope)
    assert high == pytest.approx(30.0 - low)


def test_brier_and_chance() -> None:
    assert score_brier(np.array([1.0, 0.0]), np.array([1.0, 0.0])) == 0.0
    assert score_brier(np.array([0.5, 0.5]), np.array([1.0, 0.0])) == 0.25
    assert score_chance(10, 10) == pytest.approx(1.0)
    assert score_chance(0, 2) == pytest.approx(0.01)
