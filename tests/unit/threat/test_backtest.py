"""A back-test sees only the past, decides as it says, and tells good forecasts from bad ones."""

from __future__ import annotations

import numpy as np
import pytest

from hygie.core.distributions import Beta
from hygie.core.errors import DataError
from hygie.threat.backtest import CONSTANT, OURS, backtest_series, warm_up
from hygie.threat.forecasts import ConstantRate
from hygie.threat.scores import CountForecast
from hygie.threat.series import CountSeries, Period

YEARLY = Beta(17.0, 3.0)


def series_of(counts: list[int], *, name: str = "", first: int = 24_000) -> CountSeries:
    return CountSeries(name=name, period=Period.MONTH, first=first, counts=tuple(counts))


class Spy(ConstantRate):
    """Notes in which order it is asked and told."""

    def __init__(self, log: list[str]) -> None:
        super().__init__()
        self.log = log

    def observe(self, count: int, exposure: float = 1.0) -> None:
        self.log.append(str(count))
        super().observe(count, exposure)

    def forecast(self, exposure: float = 1.0) -> CountForecast:
        self.log.append("?")
        return super().forecast(exposure)


def test_each_period_is_forecast_before_it_is_told() -> None:
    log: list[str] = []
    result = backtest_series([series_of([1, 2, 3, 4, 5, 6])], discount=YEARLY, forecasters={OURS: lambda: Spy(log)})
    assert log == ["1", "2", "3", "?", "4", "?", "5", "?", "6"]
    assert (result.forecasts, result.origins, result.verdict) == (3, 3, "too_few")


def test_warm_up_is_two_years_or_a_third() -> None:
    assert [warm_up(n, Period.MONTH) for n in (200, 72, 30, 6)] == [24, 24, 10, 3]
    assert warm_up(5000, Period.DAY) == 365


def test_a_moving_rate_is_followed() -> None:
    rng = np.random.default_rng(2)
    rates = 12.0 * np.exp(0.9 * np.sin(np.arange(150) / 20.0))
    result = backtest_series([series_of(rng.poisson(rates).tolist())], discount=YEARLY)
    gains = {score.name: score.gain for score in result.scores}
    for name in CONSTANT:
        assert gains[name].mean > 2.0 * gains[name].error
    assert result.log_score_holds
    assert result.origins == 126


def test_a_constant_rate_costs_nothing_and_bands_hold() -> None:
    rng = np.random.default_rng(8)
    result = backtest_series([series_of(rng.poisson(9.0, size=200).tolist())], discount=YEARLY)
    scores = {score.name: score for score in result.scores}
    assert result.verdict == "pass"
    assert abs(scores["constant"].gain.mean) < 0.03
    assert scores["last_value"].gain.mean > 2.0 * scores["last_value"].gain.error
    assert scores[OURS].pit_p > 0.01
    assert sum(scores[OURS].pit) == pytest.approx(1.0)


def test_bursts_break_poisson_bands_and_not_ours() -> None:
    rng = np.random.default_rng(4)
    counts = rng.poisson(25.0 * rng.gamma(4.0, 0.25, size=160)).tolist()
    result = backtest_series([series_of(counts)], discount=YEARLY)
    scores = {score.name: score for score in result.scores}
    assert scores["constant_poisson"].coverage[0.8] < 0.6
    assert result.coverage_holds
    assert 0.15 < result.dispersion < 0.4


def test_the_verdict_can_be_fail() -> None:
    # A rate that leaps for good just after the bands have narrowed: no forecast from the past covers it.
    rng = np.random.default_rng(6)
    counts = [*rng.poisson(10.0, size=40), *(int(10 * 1.12**k) for k in range(60))]
    result = backtest_series([series_of([int(c) for c in counts])], discount=Beta(400.0, 1.0))
    assert result.verdict == "fail"
    assert not result.coverage_holds


def test_series_scored_together_share_their_months() -> None:
    rng = np.random.default_rng(9)
    several = [series_of(rng.poisson(3.0, size=12).tolist(), name=name) for name in "abc"]
    result = backtest_series([*several, series_of([1, 2], name="short")], discount=YEARLY)
    assert (result.series, result.forecasts, result.origins) == (3, 24, 8)
    own = {score.name: score for score in result.scores}
    assert own["constant"].gain.mean == pytest.approx(own[OURS].log_score - own["constant"].log_score)


def test_too_short_a_series_is_refused() -> None:
    with pytest.raises(DataError, match="too short to forecast"):
        backtest_series([series_of([1, 2, 3])], discount=YEARLY)
