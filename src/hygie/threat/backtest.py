"""Rolling-origin back-test: forecast each period from those before it, and compare with simple forecasts.

Nothing is fitted to what is being forecast: every forecaster is told one count at a time, and asked for the next
distribution before it is told the next count.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from hygie.core.distributions import Distribution, Uniform
from hygie.core.errors import DataError
from hygie.threat.forecasts import ConstantRate, DiscountedFilter, Forecaster, LastValue, PlainPoisson
from hygie.threat.scores import MeanDifference, mean_difference
from hygie.threat.series import CountSeries, Period

__all__ = ["CONSTANT", "LEVELS", "MIN_ORIGINS", "OURS", "Backtest", "ForecasterScore", "backtest_series", "warm_up"]

FloatArray = NDArray[np.float64]

OURS = "filter"
# Forecasts of a rate that never changes: ours must not be worse than any of them.
CONSTANT = ("constant", "constant_poisson", "constant_bursty")
LEVELS = (0.5, 0.8, 0.95)
# Fewer forecasts than this show what happened, and decide nothing.
MIN_ORIGINS = 60
_BINS = 10
# After one or two counts and no prior knowledge, any forecast is a guess.
_LEAST_WARM_UP = 3
_WARM_UP = {Period.MONTH: 24, Period.WEEK: 104, Period.DAY: 365}

Verdict = Literal["pass", "fail", "too_few"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecasterScore:
    """How one forecaster did.

    Parameters
    ----------
    log_score
        Mean of ln P(count); higher is better.
    crps
        Mean continuous ranked probability score [events]; lower is better.
    coverage
        By level of the central band: mean chance that the randomised PIT lies in it.
    band_coverage
        By level: share of counts within the band in whole counts, which tends to be wider.
    pit
        Share of the averaged PIT in each tenth; all 0.1 when forecasts are right.
    pit_p
        Kolmogorov–Smirnov probability of so uneven a randomised PIT by chance, were forecasts right and independent.
    gain
        Log score of our filter minus this one, with its error; positive when ours is better.
    """

    name: str
    log_score: float
    crps: float
    coverage: Mapping[float, float]
    band_coverage: Mapping[float, float]
    pit: tuple[float, ...]
    pit_p: float
    gain: MeanDifference


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """Scores of every forecaster on the same periods.

    Parameters
    ----------
    series
        Number of series.
    forecasts, origins
        Forecasts in all, and different periods that were forecast.
    first, last
        Numbers of the first and last period forecast.
    log_score_holds, coverage_holds
        Not worse than any constant rate by two standard errors; 80 % bands cover 70 to 90 %.
    discount, dispersion
        Means of δ per year and of α, weighted by how well each forecast, at the end of the longest series.
    """

    period: Period
    series: int
    periods: int
    forecasts: int
    origins: int
    first: int
    last: int
    scores: tuple[ForecasterScore, ...]
    log_score_holds: bool
    coverage_holds: bool
    discount: float
    dispersion: float

    @property
    def verdict(self) -> Verdict:
        """Pass, fail, or too few origins to say."""
        if self.origins < MIN_ORIGINS:
            return "too_few"
        return "pass" if self.log_score_holds and self.coverage_holds else "fail"


def warm_up(length: int, period: Period) -> int:
    """Return how many periods are only learnt from: two years, of days one; a third of short series; at least three."""
    return max(min(_WARM_UP[period], length // 3), _LEAST_WARM_UP)


def _make_forecasters(discount: Distribution, period: Period) -> dict[str, Callable[[], Forecaster]]:
    years = period.years
    return {
        OURS: lambda: DiscountedFilter(discount=discount, period_years=years),
        "filter_open": lambda: DiscountedFilter(discount=Uniform(0.0, 1.0), period_years=years),
        "filter_poisson": lambda: DiscountedFilter(discount=discount, period_years=years, bursty=False),
        "constant": ConstantRate,
        "constant_poisson": PlainPoisson,
        "constant_bursty": lambda: DiscountedFilter(discount=None, period_years=years),
        "last_value": LastValue,
    }


def backtest_series(
    series: Sequence[CountSeries],
    *,
    discount: Distribution,
    forecasters: Mapping[str, Callable[[], Forecaster]] | None = None,
) -> Backtest:
    """Forecast every period after the warm-up of each series.

    Parameters
    ----------
    series
        Of one period length; several are scored together, and their differences averaged period by period first,
        since series of one month share what happened in it.
    discount
        Prior of δ per year.
    forecasters
        Makers by name, our filter among them under `OURS`; by default ours, two variants and the simple ones.

    Raises
    ------
    DataError
        No period is left to forecast.
    """
    makers = forecasters or _make_forecasters(discount, series[0].period)
    usable = [one for one in series if len(one.counts) >= 2 * _LEAST_WARM_UP]
    if not usable:
        raise DataError(
            "the series is too short to forecast anything",
            value=f"{max((len(one.counts) for one in series), default=0)} periods",
            allowed=f"at least {2 * _LEAST_WARM_UP}",
            repair="widen --from and --to, or choose a shorter --period",
        )
    numbers = np.concatenate([_forecast_numbers(one) for one in usable])
    longest = max(usable, key=lambda one: len(one.counts))
    tables: dict[str, FloatArray] = {}
    discount_mean = dispersion_mean = float("nan")
    for name, make in makers.items():
        parts = []
        for one in usable:
            forecaster = make()
            parts.append(_score(one, forecaster))
            if one is longest and isinstance(forecaster, DiscountedFilter) and name == OURS:
                kept, dispersion_mean = forecaster.typical()
                discount_mean = kept ** (1.0 / one.period.years)
        tables[name] = np.concatenate(parts)
    ours = tables[OURS]
    scores = tuple(
        _summarise(name, table, gain=_pair(numbers, ours[:, 0] - table[:, 0])) for name, table in tables.items()
    )
    gains = [score.gain for score in scores if score.name in CONSTANT]
    own = next(score for score in scores if score.name == OURS)
    return Backtest(
        period=longest.period,
        series=len(usable),
        periods=max(len(one.counts) for one in usable),
        forecasts=numbers.size,
        origins=np.unique(numbers).size,
        first=int(numbers.min()),
        last=int(numbers.max()),
        scores=scores,
        log_score_holds=all(gain.mean >= -2.0 * gain.error for gain in gains),
        coverage_holds=0.7 <= own.coverage[0.8] <= 0.9,
        discount=discount_mean,
        dispersion=dispersion_mean,
    )


def _forecast_numbers(one: CountSeries) -> NDArray[np.int64]:
    return np.arange(one.first + warm_up(len(one.counts), one.period), one.first + len(one.counts))


def _draw_pit_uniforms(one: CountSeries) -> FloatArray:
    """Return one uniform per period: a function of the series' name and of the period's place."""
    key = int.from_bytes(hashlib.sha256(f"pit/{one.name}/{one.first}".encode()).digest()[:16])
    return np.random.Generator(np.random.Philox(key=key)).random(len(one.counts))


def _score(one: CountSeries, forecaster: Forecaster) -> FloatArray:
    """Return [forecasts, columns]: log score, CRPS, randomised PIT, coverages, band coverages, tenths of the PIT."""
    begin = warm_up(len(one.counts), one.period)
    uniforms = _draw_pit_uniforms(one)
    rows = []
    for place, count in enumerate(one.counts):
        if place >= begin:
            forecast = forecaster.forecast()
            bands = [forecast.band(level) for level in LEVELS]
            rows.append(
                [
                    forecast.log_score(count),
                    forecast.crps(count),
                    forecast.pit(count, uniforms[place]),
                    *(forecast.covers(count, level) for level in LEVELS),
                    *(float(low <= count <= high) for low, high in bands),
                    *(forecast.pit_share(count, k / _BINS, (k + 1) / _BINS) for k in range(_BINS)),
                ]
            )
        forecaster.observe(count)
    return np.array(rows)


def _pair(numbers: NDArray[np.int64], difference: FloatArray) -> MeanDifference:
    """Return the mean difference, from sums per period scaled so that their mean is that of all forecasts."""
    periods, place = np.unique(numbers, return_inverse=True)
    sums = np.bincount(place, weights=difference)
    return mean_difference(np.asarray(sums * (periods.size / numbers.size), dtype=np.float64))


def _summarise(name: str, table: FloatArray, *, gain: MeanDifference) -> ForecasterScore:
    mean = table.mean(axis=0)
    count = len(LEVELS)
    return ForecasterScore(
        name=name,
        log_score=float(mean[0]),
        crps=float(mean[1]),
        coverage={level: float(mean[3 + k]) for k, level in enumerate(LEVELS)},
        band_coverage={level: float(mean[3 + count + k]) for k, level in enumerate(LEVELS)},
        pit=tuple(float(value) for value in mean[3 + 2 * count :]),
        pit_p=float(stats.kstest(table[:, 2], "uniform").pvalue),
        gain=gain,
    )
