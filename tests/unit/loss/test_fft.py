"""The FFT oracle: discretisation, reading and refusals. Closed forms are in the oracle suite."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.errors import ModelError
from hygie.loss.fft import (
    MAX_POINTS,
    CompoundPart,
    compute_compound_distribution,
    discretise_sample,
    discretise_severity,
)


def exponential_cdf(x: np.ndarray) -> np.ndarray:
    return 1.0 - np.exp(-x / 3.0)


def uniform_cdf(x: np.ndarray) -> np.ndarray:
    return np.clip(x / 4.0, 0.0, 1.0)


def test_exponential_masses_match_the_closed_form() -> None:
    step = 0.5
    pmf = discretise_severity(exponential_cdf, step_eur=step, points=200)
    decay = np.exp(-step / 3.0)
    first = 1.0 - 3.0 * (1.0 - decay) / step
    np.testing.assert_allclose(pmf[0], first, rtol=1e-12)
    j = np.arange(1, 199)
    middle = 3.0 / step * (1.0 - decay) ** 2 * decay ** (j - 1)
    np.testing.assert_allclose(pmf[1:-1], middle, rtol=1e-9, atol=1e-16)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-13)


def test_a_truncated_grid_keeps_the_limited_mean() -> None:
    pmf = discretise_severity(exponential_cdf, step_eur=0.5, points=9)
    assert (pmf * 0.5 * np.arange(9)).sum() == pytest.approx(3.0 * (1.0 - np.exp(-4.0 / 3.0)), rel=1e-12)
    # The last point holds all that exceeds it.
    assert pmf[-1] > 1.0 - exponential_cdf(np.array([4.0]))[0]


def test_uniform_on_its_own_grid() -> None:
    pmf = discretise_severity(uniform_cdf, step_eur=1.0, points=8)
    np.testing.assert_allclose(pmf, [0.125, 0.25, 0.25, 0.25, 0.125, 0.0, 0.0, 0.0], atol=1e-12)


def test_a_sample_keeps_its_mean_exactly() -> None:
    sample = np.random.default_rng(1).uniform(0.0, 31.0, 500)
    pmf = discretise_sample(np.append(sample, [0.0, 31.0]), step_eur=1.0, points=32)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-12)
    assert (pmf * np.arange(32)).sum() == pytest.approx(np.append(sample, [0.0, 31.0]).mean(), rel=1e-12)
    assert pmf[-1] > 0.0


def test_no_events_and_no_rate_mean_no_loss() -> None:
    severity = discretise_severity(exponential_cdf, step_eur=1.0, points=64)
    annual = compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=0.0)], step_eur=1.0)
    assert annual.probability[0] == pytest.approx(1.0)
    assert annual.mean() == pytest.approx(0.0, abs=1e-12)


def test_reading_a_lattice_distribution() -> None:
    unit = np.zeros(64)
    unit[1] = 1.0
    annual = compute_compound_distribution([CompoundPart(severity=unit, rate_per_y=1.0)], step_eur=10.0)
    p0 = np.exp(-1.0)
    assert annual.quantile(0.36) == 0.0
    assert annual.quantile(0.37) == 10.0
    assert annual.quantile(0.99) == 40.0
    np.testing.assert_allclose(annual.exceed([0.0, 5.0, 15.0]), [1 - p0, 1 - p0, 1 - 2 * p0], atol=1e-9)
    np.testing.assert_allclose(annual.exceed([10.0]), [1 - 1.5 * p0], atol=1e-9)
    # Worst half of a Poisson year of mean 1: two events and above in full, one event to fill up the half.
    two_and_above, two_and_above_mean = 1.0 - 2.0 * p0, 1.0 - p0
    filled = (two_and_above_mean + (0.5 - two_and_above)) / 0.5
    assert annual.tail_mean(0.5) == pytest.approx(10.0 * filled, rel=1e-9)
    np.testing.assert_array_equal(annual.loss_eur[:3], [0.0, 10.0, 20.0])


def test_grids_are_bounded() -> None:
    with pytest.raises(ModelError, match="too short or too long"):
        discretise_severity(exponential_cdf, step_eur=1.0, points=MAX_POINTS + 1)
    with pytest.raises(ModelError, match="too short or too long"):
        discretise_sample([1.0], step_eur=1.0, points=1)
    with pytest.raises(ModelError, match="step of a grid is not positive"):
        discretise_severity(exponential_cdf, step_eur=0.0, points=16)
    with pytest.raises(ModelError, match="step of a grid is not positive"):
        discretise_sample([1.0], step_eur=float("nan"), points=16)


def test_survival_functions_and_nonsense_are_not_severities() -> None:
    with pytest.raises(ModelError, match="not a distribution function"):
        discretise_severity(lambda x: np.exp(-x), step_eur=1.0, points=16)
    with pytest.raises(ModelError, match="not a distribution function"):
        discretise_severity(lambda x: x * np.nan, step_eur=1.0, points=16)
    with pytest.raises(ModelError, match="not a distribution function"):
        discretise_severity(lambda x: x, step_eur=1.0, points=16)


@pytest.mark.parametrize("sample", [[], [-1.0], [16.0], [np.nan], [[1.0]]])
def test_samples_must_fit_the_grid(sample: list[float]) -> None:
    with pytest.raises(ModelError, match="empty or leaves the grid"):
        discretise_sample(sample, step_eur=1.0, points=16)


def test_parts_are_checked() -> None:
    good = discretise_severity(exponential_cdf, step_eur=1.0, points=128)
    with pytest.raises(ModelError, match="severity is not a distribution"):
        CompoundPart(severity=good * 0.5, rate_per_y=1.0)
    with pytest.raises(ModelError, match="severity is not a distribution"):
        CompoundPart(severity=np.array([1.5, -0.5]), rate_per_y=1.0)
    with pytest.raises(ModelError, match="rate is negative"):
        CompoundPart(severity=good, rate_per_y=-1.0)
    with pytest.raises(ModelError, match="size is not positive"):
        CompoundPart(severity=good, rate_per_y=1.0, size=0.0)
    with pytest.raises(ModelError, match="no part"):
        compute_compound_distribution([], step_eur=1.0)
    with pytest.raises(ModelError, match="different grids"):
        compute_compound_distribution(
            [
                CompoundPart(severity=good, rate_per_y=1.0),
                CompoundPart(severity=np.array([0.5, 0.5]), rate_per_y=1.0),
            ],
            step_eur=1.0,
        )


def test_a_grid_too_short_for_the_year_or_the_event_is_refused() -> None:
    severity = discretise_severity(exponential_cdf, step_eur=0.1, points=256)
    with pytest.raises(ModelError, match="too short for the tail") as caught:
        compute_compound_distribution([CompoundPart(severity=severity, rate_per_y=1.0)], step_eur=0.1)
    assert "larger step" in str(caught.value)
    lattice = np.zeros(32)
    lattice[1] = 1.0
    with pytest.raises(ModelError, match="too short for the tail"):
        compute_compound_distribution([CompoundPart(severity=lattice, rate_per_y=30.0)], step_eur=1.0)


def test_readings_past_the_grid_are_refused() -> None:
    unit = np.zeros(32)
    unit[1] = 1.0
    annual = compute_compound_distribution([CompoundPart(severity=unit, rate_per_y=1.0)], step_eur=1.0)
    with pytest.raises(ModelError, match="outside the grid"):
        annual.exceed([31.5])
    with pytest.raises(ModelError, match="outside the grid"):
        annual.exceed([-0.1])
    with pytest.raises(ModelError, match="quantile lies past the grid"):
        annual.quantile(1.0)
    with pytest.raises(ModelError, match="quantile lies past the grid"):
        annual.tail_mean(0.0)
