"""Experiment: does self-excitation forecast daily counts better than the discounted filter? It is not in the product.

    python benchmarks/hawkes.py breaches.csv --date submission_date [--where breach_type=Hacking] [--days 1500]

Discrete-time Hawkes process with an exponential kernel: the expected count of a day is
w(weekday) · (μ + η (1 − φ) Σ_s φ^(t − s − 1) y_s / w_s), η events set off by one, φ per day; observed as Poisson, or as
negative binomial. Its four parameters are fitted by maximum likelihood to the past only, and again every 90 days. The
weights w of weekdays come from the past, too, and all forecasters get the same. Prints the mean log score of each over
the same days, and the differences from the filter with errors robust to memory.
"""

from __future__ import annotations

import argparse
import json
import time
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, special

from hygie.knowledge.packs import load_catalogue
from hygie.store.byte_sources import ByteSource
from hygie.threat.forecasts import ConstantRate, DiscountedFilter
from hygie.threat.scores import CountForecast, mean_difference
from hygie.threat.series import Period, SeriesColumns, read_series

FloatArray = NDArray[np.float64]
WARM_UP, REFIT = 730, 90


def excite(scaled: FloatArray, keep: float) -> FloatArray:
    """Return (1 − φ) Σ_s φ^(t − s − 1) y_s for each day, and for the next."""
    state = np.zeros(scaled.size + 1)
    for day, value in enumerate(scaled):
        state[day + 1] = keep * state[day] + (1.0 - keep) * value
    return state


def read(theta: FloatArray) -> tuple[float, float, float, float]:
    return (
        float(np.exp(theta[0])),
        float(special.expit(theta[1])),
        float(special.expit(theta[2])),
        float(np.exp(theta[3])),
    )


def fit(counts: FloatArray, weight: FloatArray, *, bursty: bool, start: FloatArray) -> FloatArray:
    def loss(theta: FloatArray) -> float:
        base, branching, keep, size = read(theta)
        mean = np.maximum(weight * (base + branching * excite(counts / weight, keep)[:-1]), 1e-9)
        if not bursty:
            return float(np.sum(mean - counts * np.log(mean)))
        return -float(
            np.sum(
                special.gammaln(counts + size)
                - special.gammaln(size)
                - size * np.log1p(mean / size)
                - counts * np.log1p(size / mean)
            )
        )

    return np.asarray(optimize.minimize(loss, start, method="Nelder-Mead", options={"maxfev": 250}).x)


def weigh_weekdays(counts: FloatArray, weekday: NDArray[np.int64]) -> FloatArray:
    """Return the weight of each weekday, averaging one, with half an event added to each."""
    sums = np.bincount(weekday, weights=counts, minlength=7) + 0.5
    return np.asarray(7.0 * sums / sums.sum())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("series", type=Path)
    parser.add_argument("--date", default="date")
    parser.add_argument("--where")
    parser.add_argument("--days", type=int, default=1500, help="last days to forecast")
    options = parser.parse_args()
    where = dict([options.where.split("=", 1)]) if options.where else None
    (series,) = read_series(
        ByteSource.from_path(options.series), SeriesColumns(day=options.date, where=where, period=Period.DAY)
    )
    counts = np.array(series.counts, dtype=np.float64)
    weekday = np.array([Period.DAY.begin(series.first + k).weekday() for k in range(counts.size)])
    begin = max(WARM_UP, counts.size - options.days)
    discount = load_catalogue(as_of=date.today()).estimate("threat.discount").distribution
    rivals = {
        "filter": DiscountedFilter(discount=discount, period_years=Period.DAY.years),
        "constant": ConstantRate(),
    }
    scores: dict[str, list[float]] = {name: [] for name in ("filter", "constant", "hawkes", "hawkes_bursty")}
    theta = {bursty: np.array([-1.0, 0.0, 2.0, 1.0]) for bursty in (False, True)}
    weights = weigh_weekdays(counts[:begin], weekday[:begin])
    clock = time.perf_counter()
    for day, count in enumerate(counts.astype(int)):
        exposure = float(weights[weekday[day]])
        if day >= begin:
            if (day - begin) % REFIT == 0:
                past, known = counts[:day], weights[weekday[:day]]
                theta = {bursty: fit(past, known, bursty=bursty, start=theta[bursty]) for bursty in theta}
            for name, rival in rivals.items():
                scores[name].append(rival.forecast(exposure).log_score(int(count)))
            for bursty, name in ((False, "hawkes"), (True, "hawkes_bursty")):
                base, branching, keep, size = read(theta[bursty])
                scaled = counts[max(day - 2000, 0) : day] / weights[weekday[max(day - 2000, 0) : day]]
                mean = exposure * (base + branching * excite(scaled, keep)[-1])
                shape = np.array([size if bursty else np.inf])
                scores[name].append(CountForecast(shape, np.array([mean]), np.ones(1)).log_score(int(count)))
        for rival in rivals.values():
            rival.observe(int(count), exposure)
    result = {
        name: {
            "log_score": round(float(np.mean(values)), 4),
            "gain_over_filter": round((gap := mean_difference(np.subtract(values, scores["filter"]))).mean, 4),
            "error": round(gap.error, 4),
        }
        for name, values in scores.items()
    }
    fitted = {}
    for bursty, name in ((False, "hawkes"), (True, "hawkes_bursty")):
        names = ("mu", "eta", "phi", "size") if bursty else ("mu", "eta", "phi")
        fitted[name] = {key: round(value, 3) for key, value in zip(names, read(theta[bursty]), strict=False)}
    seconds = round(time.perf_counter() - clock, 1)
    print(
        json.dumps({"days": len(scores["filter"]), "scores": result, "last_fit": fitted, "seconds": seconds}, indent=2)
    )


if __name__ == "__main__":
    main()
