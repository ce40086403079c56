"""What the filter finds back of rates that it did not see, when λ, κ, q, o and δ are drawn from their priors each time.

Four years of counts by two sources over 2,176 legal entities, as in the French health pack: a minimum, then a source
whose coverage has a step. Histories come from the process for which the filter is exact (`hygie.threat.histories`).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from hygie.core.distributions import Beta
from hygie.threat.histories import LevelDesign, Recovery, draw_history, measure_recovery
from hygie.threat.level import CountTerm

REPLICATIONS = 500
SHARE, OUTSIDE = Beta.from_mean(0.95, 40.0), Beta.from_mean(0.28, 20.0)


def term(at: float, source: str, coverage: str) -> CountTerm:
    return CountTerm(ref=f"{at}", count=0, exposure=2176.0, at=at, source=source, coverage=coverage)


# A prior that expects a few tens of counted events a year, so that the counts, not the prior, place the rate.
DESIGN = LevelDesign(
    terms=(
        term(2022.0, "ministry", "ministry, at least"),
        term(2023.0, "cert", "cert, before"),
        term(2024.0, "cert", "cert, before"),
        term(2025.0, "cert", "cert, after"),
    ),
    prior_shape=2.0,
    prior_median=0.02,
    coverage={
        "ministry, at least": Beta.from_mean(0.5, 20.0),
        "cert, before": Beta.from_mean(0.6, 20.0),
        "cert, after": Beta.from_mean(0.66, 20.0),
    },
    definition={"ministry": SHARE, "cert": SHARE},
    out_of_scope={"ministry": OUTSIDE, "cert": OUTSIDE},
    discount=Beta.from_mean(0.85, 20.0),
    as_of=2026.0,
)
# The prior of the pack: so weak that one rate in six is below a tenth of its median.
WEAK = replace(DESIGN, prior_shape=0.5, prior_median=0.01)


@pytest.fixture(scope="module")
def recovery() -> Recovery:
    return measure_recovery(DESIGN, replications=REPLICATIONS, generator=np.random.default_rng(20261127))


@pytest.fixture(scope="module")
def weak() -> Recovery:
    return measure_recovery(WEAK, replications=REPLICATIONS, generator=np.random.default_rng(20261128))


def test_bands_hold_the_rate_as_often_as_they_say(recovery: Recovery) -> None:
    """With 500 replications, a coverage of 90 % has a standard error of 1.3 points."""
    assert 0.86 <= recovery.coverage(0.9) <= 0.94
    assert 0.43 <= recovery.coverage(0.5) <= 0.57


def test_the_median_leans_to_neither_side(recovery: Recovery) -> None:
    assert abs(recovery.log_error.mean()) < 0.05


def test_the_prior_of_the_pack_is_recovered_too(weak: Recovery) -> None:
    """Under so weak a prior many rates are nearly zero, where log errors are large and lean upwards by themselves.

    So the error is compared with what the posterior says that it is.
    """
    assert 0.86 <= weak.coverage(0.9) <= 0.94
    beyond = weak.log_error - weak.expected_log_error
    assert abs(beyond.mean()) < 4.0 * beyond.std() / np.sqrt(REPLICATIONS)


def test_places_are_uniform(recovery: Recovery, weak: Recovery) -> None:
    """Simulation-based calibration (Cook, Gelman & Rubin 2006): a wrong shape would show even where 90 % is right."""
    for found in (recovery, weak):
        assert stats.kstest(found.place, "uniform").pvalue > 1e-3


def test_a_wrong_belief_in_coverage_shifts_the_level(recovery: Recovery) -> None:
    """Real coverage a quarter above its prior: the level comes out too high, and bands miss more often."""
    wrong = measure_recovery(DESIGN, replications=200, generator=np.random.default_rng(20261129), coverage_scale=1.25)
    assert wrong.log_error.mean() == pytest.approx(np.log(1.25), abs=0.08)
    assert wrong.coverage(0.9) < recovery.coverage(0.9)


def test_histories_follow_their_prior() -> None:
    """Without looking at the counts, the rate of every later date is distributed as the prior says."""
    generator = np.random.default_rng(5)
    rates = [draw_history(DESIGN, generator=generator).rate for _ in range(2000)]
    prior = stats.gamma(2.0, scale=0.02 / stats.gamma(2.0).median())
    assert stats.kstest(rates, prior.cdf).pvalue > 1e-3
