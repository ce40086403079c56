"""The level against a long Markov chain that integrates nothing by hand.

The chain walks over the rate at each count, κ, q, o, δ and the two innovations of each step of the beta–gamma process
(`hygie.threat.histories`), with Poisson likelihoods: no negative binomial, no Gamma update, no importance weights. Its
error comes from the spread between independent chains.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import special

from hygie.core.distributions import Beta
from hygie.threat.level import CountTerm, LevelPosterior, fit_level

FloatArray = NDArray[np.float64]

CHAINS, BURN_IN, STEPS = 800, 1200, 1500
ENTITIES = 2176.0
DEFINITION, OUTSIDE, DISCOUNT = Beta.from_mean(0.95, 40.0), Beta.from_mean(0.28, 20.0), Beta.from_mean(0.85, 20.0)


@dataclass(frozen=True)
class Case:
    """Counts and priors. The keys of a source take the same quantile of their priors of κ, as the model says."""

    terms: tuple[CountTerm, ...]
    coverage: dict[str, Beta]
    prior_shape: float
    prior_median: float
    as_of: float
    adapted: bool
    sources: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sources", tuple(sorted({term.source for term in self.terms})))

    @property
    def prior_rate(self) -> float:
        return float(special.gammaincinv(self.prior_shape, 0.5)) / self.prior_median

    @property
    def size(self) -> int:
        """Coordinates: log rate, δ, (κ, q, o) by source, (η, ε) by step between counts and to the date."""
        return 2 + 3 * len(self.sources) + 2 * len(self.terms)

    def fit(self) -> LevelPosterior:
        return fit_level(
            self.terms,
            prior_shape=self.prior_shape,
            prior_median=self.prior_median,
            coverage=self.coverage,
            definition=dict.fromkeys(self.sources, DEFINITION),
            out_of_scope=dict.fromkeys(self.sources, OUTSIDE),
            discount=DISCOUNT,
            as_of=self.as_of,
        )


def term(count: int, at: float, source: str, coverage: str = "", multiplier: float = 1.0) -> CountTerm:
    return CountTerm(
        ref=f"{source} {at}",
        count=count,
        exposure=ENTITIES,
        at=at,
        source=source,
        coverage=coverage,
        multiplier=multiplier,
    )


CASES = {
    "one source, three years": Case(
        terms=(term(27, 2023.0, "cert"), term(32, 2024.0, "cert"), term(40, 2025.0, "cert")),
        coverage={"cert": Beta.from_mean(0.6, 20.0)},
        prior_shape=2.0,
        prior_median=0.02,
        as_of=2025.25,
        adapted=False,
    ),
    "a minimum, a step of coverage, a common state, a silent year": Case(
        terms=(
            term(47, 2022.0, "ministry", "ministry, at least", 1.3),
            term(27, 2023.0, "cert", "cert before"),
            term(32, 2024.0, "cert", "cert before"),
            term(40, 2025.0, "cert", "cert after"),
        ),
        coverage={
            "ministry, at least": Beta.from_mean(0.5, 20.0),
            "cert before": Beta.from_mean(0.6, 20.0),
            "cert after": Beta.from_mean(0.7, 25.0),
        },
        prior_shape=1.0,
        prior_median=0.01,
        as_of=2026.0,
        adapted=True,
    ),
    "two sources that contradict each other": Case(
        terms=(term(15, 2023.0, "press"), term(120, 2024.0, "cert"), term(18, 2024.5, "press")),
        coverage={"press": Beta.from_mean(0.4, 12.0), "cert": Beta.from_mean(0.6, 20.0)},
        prior_shape=2.0,
        prior_median=0.02,
        as_of=2025.5,
        adapted=True,
    ),
}


def log_beta(logit: FloatArray, a: FloatArray | float, b: FloatArray | float) -> FloatArray:
    """Density of logit X for X ~ Beta(a, b)."""
    return -a * np.logaddexp(0.0, -logit) - b * np.logaddexp(0.0, logit) - special.betaln(a, b)


def log_gamma(log_x: FloatArray, shape: FloatArray | float, rate: FloatArray | float) -> FloatArray:
    """Density of log X for X ~ Gamma(shape, rate)."""
    return shape * (log_x + np.log(rate)) - rate * np.exp(log_x) - special.gammaln(shape)


def trace(case: Case, x: FloatArray) -> tuple[FloatArray, dict[str, FloatArray]]:
    """Return the log density of points [n, size] and the quantities to compare."""
    delta = special.expit(x[:, 1])
    log_density = log_beta(x[:, 1], DISCOUNT.a, DISCOUNT.b)
    factor: dict[str, FloatArray] = {}
    seen = {"δ": delta}
    for index, source in enumerate(case.sources):
        coverage, q, outside = x[:, 2 + 3 * index], x[:, 3 + 3 * index], x[:, 4 + 3 * index]
        first, *others = sorted({item.coverage_key for item in case.terms if item.source == source})
        kappa = {first: special.expit(coverage)}
        log_density = log_density + log_beta(coverage, case.coverage[first].a, case.coverage[first].b)
        for key in others:
            kappa[key] = case.coverage[key].ppf(np.clip(case.coverage[first].cdf(kappa[first]), 1e-12, 1 - 1e-12))
        log_density = log_density + log_beta(q, DEFINITION.a, DEFINITION.b) + log_beta(outside, OUTSIDE.a, OUTSIDE.b)
        seen |= {f"q {source}": special.expit(q), f"o {source}": special.expit(outside)}
        for key, values in kappa.items():
            factor[key] = values * special.expit(q) / (1.0 - special.expit(outside))
            seen[f"κ {key}"] = values
    shape, rate0 = np.full(len(x), case.prior_shape), case.prior_rate
    inverse_scale = np.full(len(x), rate0)
    log_density = log_density + log_gamma(x[:, 0], case.prior_shape, rate0)
    rate = np.exp(x[:, 0])
    ends = [item.at for item in case.terms[1:]] + [case.as_of]
    for index, (item, end) in enumerate(zip(case.terms, ends, strict=True)):
        exposure = item.exposure * item.multiplier * factor[item.coverage_key]
        log_density = log_density + item.count * np.log(rate * exposure) - rate * exposure
        shape, inverse_scale = shape + item.count, inverse_scale + exposure
        stays, inflow = x[:, -2 * len(case.terms) + 2 * index], x[:, -2 * len(case.terms) + 2 * index + 1]
        kept = delta ** (end - item.at)
        moved = kept * inverse_scale + (1.0 - kept) * rate0
        log_density = log_density + log_beta(stays, kept * shape, (1.0 - kept) * shape)
        log_density = log_density + log_gamma(inflow, (1.0 - kept) * case.prior_shape, moved)
        rate = inverse_scale / moved * special.expit(stays) * rate + np.exp(inflow)
        shape, inverse_scale = kept * shape + (1.0 - kept) * case.prior_shape, moved
    return log_density, seen | {"rate": rate}


def start(case: Case, rng: np.random.Generator) -> FloatArray:
    x = 0.3 * rng.standard_normal((CHAINS, case.size))
    x[:, 0] += np.log(0.02)
    x[:, 1] += special.logit(0.85)
    for index in range(len(case.sources)):
        x[:, 2 + 3 * index] += special.logit(0.5)
        x[:, 3 + 3 * index] += special.logit(0.95)
        x[:, 4 + 3 * index] += special.logit(0.28)
    x[:, -2 * len(case.terms) :: 2] += special.logit(0.85)
    x[:, -2 * len(case.terms) + 1 :: 2] += np.log(1e-4)
    return x


def walk(case: Case, *, seed: int, record: Callable[[dict[str, FloatArray]], None]) -> float:
    """Run adaptive Metropolis (Haario, Saksman & Tamminen 2001) on all chains at once; return the acceptance."""
    rng = np.random.default_rng(seed)
    x = start(case, rng)
    current, seen = trace(case, x)
    root, scale, accepted = 0.1 * np.eye(case.size), 2.38 / np.sqrt(case.size), 0.0
    for step in range(BURN_IN + STEPS):
        # Covariance of all chains, during the burn-in only: afterwards the chain must not look back.
        if step < BURN_IN and step % 50 == 49:
            root = np.linalg.cholesky(np.cov(x, rowvar=False) + 1e-6 * np.eye(case.size))
        # Now and then a short step, for the corners.
        size = scale * (1.0 if step % 4 else 0.25)
        proposed = x + size * rng.standard_normal(x.shape) @ root.T
        density, other = trace(case, proposed)
        take = np.log(rng.random(CHAINS)) < density - current
        x = np.where(take[:, None], proposed, x)
        current = np.where(take, density, current)
        seen = {name: np.where(take, other[name], values) for name, values in seen.items()}
        if step >= BURN_IN:
            accepted += take.mean() / STEPS
            record(seen)
    return accepted


@pytest.mark.parametrize("name", CASES)
def test_importance_sampling_agrees_with_a_markov_chain(name: str) -> None:
    case = CASES[name]
    level = case.fit()
    assert level.adapted == case.adapted
    probabilities = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    places = level.quantiles(probabilities.tolist())
    # Per chain: share of time below each quantile, and sums of each quantity.
    below = np.zeros((CHAINS, places.size))
    sums: dict[str, FloatArray] = {}
    squares: dict[str, float] = {}

    def record(seen: dict[str, FloatArray]) -> None:
        below[:] += (seen["rate"][:, None] <= places[None, :]) / STEPS
        for key, values in seen.items():
            sums[key] = sums.get(key, np.zeros(CHAINS)) + values / STEPS
            squares[key] = squares.get(key, 0.0) + float((values**2).mean()) / STEPS

    acceptance = walk(case, seed=20261127, record=record)
    assert 0.1 < acceptance < 0.7

    def error_of(chains: FloatArray) -> float:
        return float(chains.std(ddof=1) / np.sqrt(CHAINS))

    for index, probability in enumerate(probabilities):
        error = np.hypot(error_of(below[:, index]), np.sqrt(probability * (1 - probability) / level.effective_size))
        assert error < 0.02
        assert abs(below[:, index].mean() - probability) < 4.0 * error, f"P(rate <= {places[index]:.4f})"
    ours = {"δ": level.nuisances.delta}
    ours |= {f"κ {key}": values for key, values in level.nuisances.kappa.items()}
    ours |= {f"q {key}": values for key, values in level.nuisances.q.items()}
    ours |= {f"o {key}": values for key, values in level.nuisances.outside.items()}
    assert ours.keys() | {"rate"} == sums.keys()
    for key, values in {**ours, "rate": level.shape / level.rate}.items():
        mean = float(level.weight @ values)
        spread = np.sqrt(squares[key] - sums[key].mean() ** 2)
        error = np.hypot(error_of(sums[key]), spread / np.sqrt(level.effective_size))
        assert error < 0.05 * spread, key
        assert abs(sums[key].mean() - mean) < 4.0 * error, key
