"""Points for what cannot be integrated by hand."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose
from numpy.typing import NDArray

from hygie.threat.importance import draw_around_mode, draw_from_prior, spread_points

FloatArray = NDArray[np.float64]

# A Gaussian likelihood of two scores, in correlation, far from the prior: the posterior is known.
PLACE = np.array([3.0, -2.0, 0.0])
PRECISION = np.array([[30.0, 12.0, 0.0], [12.0, 20.0, 0.0], [0.0, 0.0, 0.0]])
COVARIANCE = np.linalg.inv(PRECISION + np.eye(3))
MEAN = COVARIANCE @ PRECISION @ PLACE


def log_likelihood(scores: FloatArray) -> FloatArray:
    away = scores - PLACE
    return np.asarray(-0.5 * np.einsum("ni,ij,nj->n", away, PRECISION, away), dtype=np.float64)


def test_points_around_the_mode_find_the_posterior() -> None:
    first = draw_from_prior(log_likelihood, unknowns=3, points=2048)
    moved = draw_around_mode(log_likelihood, first=first, points=2048)
    assert first.effective_size < 30.0
    assert moved.effective_size > 1300.0
    weight = moved.weight
    assert weight.sum() == pytest.approx(1.0)
    mean = weight @ moved.scores
    away = moved.scores - mean
    assert_allclose(mean, MEAN, atol=0.03)
    assert_allclose(np.einsum("n,ni,nj->ij", weight, away, away), COVARIANCE, atol=0.05)


def test_the_prior_serves_where_counts_say_little() -> None:
    points = draw_from_prior(lambda scores: np.zeros(scores.shape[0]), unknowns=2, points=2048)
    assert points.effective_size == pytest.approx(2048.0)
    assert_allclose(points.weight @ points.scores, 0.0, atol=0.01)
    assert_allclose(points.weight @ points.scores**2, 1.0, atol=0.02)


def test_points_are_spread_evenly() -> None:
    """Averages of smooth functions over the points are far closer than those of random points."""
    points = spread_points(4096, 4)
    assert points.shape == (4096, 4)
    assert 0.0 < points.min() < points.max() < 1.0
    assert_allclose(points.mean(axis=0), 0.5, atol=1e-3)
    assert abs((points.prod(axis=1)).mean() - 1.0 / 16.0) < 2e-3
    cells = (points[:, 0] * 8).astype(int) * 8 + (points[:, 1] * 8).astype(int)
    counts = np.bincount(cells, minlength=64)
    assert counts.min() > 48
    assert counts.max() < 80
