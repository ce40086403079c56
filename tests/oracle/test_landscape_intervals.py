"""Exact intervals of counts, shares and ratios against published tables, and against their definitions."""

from __future__ import annotations

from math import comb, exp, factorial

import pytest

from hygie.core.errors import ModelError
from hygie.knowledge.landscape.intervals import (
    compare_rates,
    effective_number,
    poisson_interval,
    share_interval,
)

# Two-sided 95 % limits of the mean of a Poisson count: Garwood 1936 (Biometrika 28, 437-442); Pearson & Hartley 1966,
# Biometrika tables for statisticians I, table 40; Ulm 1990 (Am. J. Epidemiol. 131, 373-375).
GARWOOD_95 = [
    (0, 0.0, 3.689),
    (1, 0.0253, 5.572),
    (2, 0.242, 7.225),
    (3, 0.619, 8.767),
    (4, 1.090, 10.242),
    (5, 1.623, 11.668),
    (6, 2.202, 13.059),
    (7, 2.814, 14.423),
    (8, 3.454, 15.763),
    (9, 4.115, 17.085),
    (10, 4.795, 18.390),
    (15, 8.395, 24.740),
    (20, 12.217, 30.888),
    (30, 20.241, 42.827),
    (50, 37.111, 65.919),
    (100, 81.364, 121.627),
]
GARWOOD_99 = [(0, 0.0, 5.298), (1, 0.00501, 7.430), (5, 1.078, 14.150), (10, 3.717, 21.398)]

# Clopper & Pearson 1934, as tabulated in Geigy scientific tables (two-sided 95 %).
CLOPPER_PEARSON_95 = [
    (0, 10, 0.0, 0.3085),
    (1, 10, 0.0025, 0.4450),
    (2, 10, 0.0252, 0.5561),
    (5, 10, 0.1871, 0.8129),
    (10, 10, 0.6915, 1.0),
    (1, 100, 0.0003, 0.0545),
    (10, 100, 0.0490, 0.1762),
]


@pytest.mark.parametrize(("count", "low", "high"), GARWOOD_95)
def test_poisson_limits_are_those_of_the_tables(count: int, low: float, high: float) -> None:
    interval = poisson_interval(count)
    assert interval.low == pytest.approx(low, abs=5.1e-4)
    assert interval.high == pytest.approx(high, abs=5.1e-4)


@pytest.mark.parametrize(("count", "low", "high"), GARWOOD_99)
def test_poisson_limits_at_another_level(count: int, low: float, high: float) -> None:
    interval = poisson_interval(count, level=0.99)
    assert interval.low == pytest.approx(low, abs=5.1e-4)
    assert interval.high == pytest.approx(high, abs=5.1e-4)


@pytest.mark.parametrize("count", [1, 3, 14, 60])
def test_poisson_limits_leave_the_tails_that_define_them(count: int) -> None:
    """At the lower limit the count or more has 2.5 %, at the upper limit the count or less has 2.5 %."""
    interval = poisson_interval(count)

    def at_most(number: int, mean: float) -> float:
        return sum(exp(-mean) * mean**k / factorial(k) for k in range(number + 1))

    assert 1.0 - at_most(count - 1, interval.low) == pytest.approx(0.025, rel=1e-9)
    assert at_most(count, interval.high) == pytest.approx(0.025, rel=1e-9)


@pytest.mark.parametrize(("successes", "trials", "low", "high"), CLOPPER_PEARSON_95)
def test_share_limits_are_those_of_the_tables(successes: int, trials: int, low: float, high: float) -> None:
    interval = share_interval(successes, trials)
    assert interval.low == pytest.approx(low, abs=5.1e-5)
    assert interval.high == pytest.approx(high, abs=5.1e-5)


@pytest.mark.parametrize(("successes", "trials"), [(3, 13), (12, 29), (1, 2)])
def test_share_limits_leave_the_tails_that_define_them(successes: int, trials: int) -> None:
    interval = share_interval(successes, trials)

    def at_most(number: int, share: float) -> float:
        return sum(comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(number + 1))

    assert 1.0 - at_most(successes - 1, interval.low) == pytest.approx(0.025, rel=1e-9)
    assert at_most(successes, interval.high) == pytest.approx(0.025, rel=1e-9)


def test_clusters_that_share_one_fate_count_for_less() -> None:
    # Kish: (7 + 4 + 18)² / (49 + 16 + 18)
    assert effective_number([7, 4] + [1] * 18) == pytest.approx(29**2 / 83)
    assert effective_number([]) == 0.0


@pytest.mark.parametrize(
    ("after", "before", "exposures"), [(10, 5, (1.0, 1.0)), (21, 9, (516.0, 365.0)), (1, 1, (2.0, 1.0))]
)
def test_rate_ratio_limits_leave_the_tails_that_define_them(
    after: int, before: int, exposures: tuple[float, float]
) -> None:
    """Przyborowski & Wilenski 1940: given the sum, the later count is binomial with share rE₁ / (rE₁ + E₀)."""
    later, earlier = exposures
    change = compare_rates(after, before, after_exposure=later, before_exposure=earlier)
    total = after + before

    def at_most(number: int, ratio: float) -> float:
        share = ratio * later / (ratio * later + earlier)
        return sum(comb(total, k) * share**k * (1 - share) ** (total - k) for k in range(number + 1))

    assert change.high is not None
    assert change.ratio == pytest.approx((after / later) / (before / earlier))
    assert 1.0 - at_most(after - 1, change.low) == pytest.approx(0.025, rel=1e-7)
    assert at_most(after, change.high) == pytest.approx(0.025, rel=1e-7)


@pytest.mark.parametrize(
    ("after", "before", "exposures", "ratio", "low", "high"),
    [
        # M. P. Fay, vignettes of the R packages exactci (R 4.3.1) and rateratio.test (2022).
        (2, 10, (17_877.0, 20_000.0), 0.2237512, 0.02383738, 1.04995468),
        (2, 9, (17_877.0, 16_660.0), 0.2070941557, 0.02177406, 1.00054910),
    ],
)
def test_rate_ratios_are_those_of_published_examples(
    after: int, before: int, exposures: tuple[float, float], ratio: float, low: float, high: float
) -> None:
    change = compare_rates(after, before, after_exposure=exposures[0], before_exposure=exposures[1])
    assert change.ratio == pytest.approx(ratio, rel=1e-6)
    assert change.low == pytest.approx(low, rel=1e-6)
    assert change.high == pytest.approx(high, rel=1e-6)
    assert not change.excludes_one


def test_rate_ratio_has_no_bound_where_nothing_bounds_it() -> None:
    rise = compare_rates(3, 0, after_exposure=1.0, before_exposure=1.0)
    assert (rise.ratio, rise.high) == (None, None)
    # 1 - (1 - q)³ = 0.975 at the lower limit of the share: q = 0.025^(1/3)
    share = 0.025 ** (1 / 3)
    assert rise.low == pytest.approx(share / (1 - share))
    fall = compare_rates(0, 3, after_exposure=1.0, before_exposure=1.0)
    assert (fall.ratio, fall.low) == (0.0, 0.0)
    assert fall.high == pytest.approx(1 / rise.low)
    nothing = compare_rates(0, 0, after_exposure=1.0, before_exposure=1.0)
    assert (nothing.ratio, nothing.low, nothing.high) == (None, 0.0, None)
    assert not nothing.excludes_one


def test_what_makes_no_interval_is_refused() -> None:
    with pytest.raises(ModelError, match="a count cannot be negative"):
        poisson_interval(-1)
    with pytest.raises(ModelError, match="between 0 and all of its trials"):
        share_interval(5, 4)
    with pytest.raises(ModelError, match="positive exposure"):
        compare_rates(1, 1, after_exposure=0.0, before_exposure=1.0)
    with pytest.raises(ModelError, match="lies between 0 and 1"):
        poisson_interval(3, level=95.0)
    with pytest.raises(ModelError, match="lies between 0 and 1"):
        compare_rates(0, 0, after_exposure=1.0, before_exposure=1.0, level=0.0)
