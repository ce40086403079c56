"""How often: the level of a threat class from dated counts, by a discounted Gamma–Poisson filter.

Given coverage, definition, scope and discount, updates are exact (Smith & Miller 1986,
doi:10.1111/j.2517-6161.1986.tb01392.x; West, Harrison & Migon 1985, doi:10.1080/01621459.1985.10477131), and the rate
is integrated analytically. The rest is integrated by importance sampling (Rao–Blackwellisation: Casella & Robert 1996,
doi:10.1093/biomet/83.1.81), so that the result is a weighted mixture of Gammas.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.distributions import Distribution
from hygie.core.errors import ModelError
from hygie.threat.importance import (
    LogLikelihood,
    WeightedScores,
    draw_around_mode,
    draw_from_prior,
    spread_points,
)
from hygie.threat.nuisances import NuisancePriors, Nuisances, PriorToPosterior
from hygie.threat.posterior import CountPrediction, RatePosterior

__all__ = ["CountTerm", "DiscountSupport", "LevelPosterior", "RatePosterior", "fit_level", "spread_points"]

FloatArray = NDArray[np.float64]

MIN_EFFECTIVE_SIZE = 1000.0
_POINTS = 2048
_MORE_POINTS = 16_384
# Slices of equal prior probability in which the likelihood of the discount is compared.
_SLICES = 8
# exp(−χ²(95 %, 1) / 2): what a likelihood ratio test at 5 % would not reject.
_SUPPORTED = 0.1465


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTerm:
    """One count that enters the level.

    Parameters
    ----------
    ref
        Name of the count observation.
    count
        Events counted; an “at least” count enters as its value under a lower coverage prior.
    exposure
        Entity-years of the window.
    at
        End of the window, decimal year. A window of several steps is one step at its end.
    source
        Nuisances are shared by all counts of one source.
    coverage
        Key of the coverage prior: a dated step of the source, or its “at least” counts; the source itself when empty.
    within_population
        Whether the count keeps to the population, so that o does not apply.
    multiplier
        Common state g of the sector during the window: its threat relative to an ordinary time.
    """

    ref: str
    count: int
    exposure: float
    at: float
    source: str
    coverage: str = ""
    within_population: bool = False
    multiplier: float = 1.0

    @property
    def coverage_key(self) -> str:
        """Key of the prior of κ."""
        return self.coverage or self.source


@dataclass(frozen=True, slots=True)
class DiscountSupport:
    """How far the counts tell values of δ apart: usually hardly.

    Parameters
    ----------
    values, likelihood
        Middle of each slice of the prior of δ, and its integrated likelihood relative to the largest one.
    low, high
        Range of the slices that a likelihood ratio test at 5 % would not reject.
    """

    values: tuple[float, ...]
    likelihood: tuple[float, ...]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LevelPosterior(RatePosterior):
    """The rate at a date, with all that was integrated out.

    Parameters
    ----------
    nuisances
        κ, q, o and δ at each point.
    adapted
        Whether points had to be placed around the mode, the prior being too far from what the counts say.
    prior
        Shape and rate of the Gamma prior.
    as_of
        Decimal year for which the rate holds.
    scores
        Normal scores of the unknowns at each point [n, unknowns].
    """

    nuisances: Nuisances
    adapted: bool
    prior: tuple[float, float]
    as_of: float
    scores: FloatArray

    def compare(self) -> tuple[PriorToPosterior, ...]:
        """Return prior and posterior of δ and of each κ, q and o."""
        return self.nuisances.compare(self.weight)

    def predict(
        self,
        coverage: str,
        *,
        exposure: float,
        at: float,
        within_population: bool = False,
        priors: NuisancePriors | None = None,
    ) -> CountPrediction:
        """Return what a source would count in a window that ends on the date of the level, or later.

        Parameters
        ----------
        coverage
            Key of the coverage prior.
        exposure
            Entity-years of the window, times the common state g if there is one.
        at
            End of the window, decimal year. For a window of the past, fit the counts until then.
        within_population
            Whether the source keeps to the population, so that o does not apply.
        priors
            Priors of a source, or of a step of it, that no count of the level has. What the level does not know of
            it stays as believed before.
        """
        shape, rate = _discount(self.shape, self.rate, self.nuisances.delta, max(at - self.as_of, 0.0), *self.prior)
        nuisances = self.nuisances if priors is None else priors.place(self._extend_scores(priors))
        factor = nuisances.factor(coverage, within_population=within_population)
        return CountPrediction(shape, exposure * factor / rate, self.weight)

    def _extend_scores(self, priors: NuisancePriors) -> FloatArray:
        known = {axis: self.scores[:, index] for index, axis in enumerate(self.nuisances.priors.axes)}
        new = [axis for axis in priors.axes if axis not in known]
        if new:
            # Another number of dimensions makes other steps, so that the two sets of points are independent.
            fresh = spread_points(self.scores.shape[0], len(known) + len(new) + 1)
            known |= {axis: special.ndtri(fresh[:, index]) for index, axis in enumerate(new)}
        return np.stack([known[axis] for axis in priors.axes], axis=1)

    def support_discount(self) -> DiscountSupport:
        """Return the integrated likelihood of δ over slices of its prior."""
        places = np.asarray(special.ndtr(self.scores[:, 0]), dtype=np.float64)
        slices = np.minimum((places * _SLICES).astype(np.int64), _SLICES - 1)
        mass = np.bincount(slices, weights=self.weight, minlength=_SLICES)
        relative = mass / mass.max()
        discount = self.nuisances.priors.discount
        edges = discount.ppf(np.clip(np.arange(_SLICES + 1) / _SLICES, 0.005, 0.995))
        middles = discount.ppf((np.arange(_SLICES) + 0.5) / _SLICES)
        supported = np.flatnonzero(relative >= _SUPPORTED)
        return DiscountSupport(
            tuple(middles.tolist()),
            tuple(relative.tolist()),
            float(edges[supported[0]]),
            float(edges[supported[-1] + 1]),
        )


def fit_level(
    terms: Sequence[CountTerm],
    *,
    prior_shape: float,
    prior_median: float,
    coverage: Mapping[str, Distribution],
    definition: Mapping[str, Distribution],
    out_of_scope: Mapping[str, Distribution],
    discount: Distribution,
    as_of: float,
) -> LevelPosterior:
    """Return the posterior of a yearly rate per entity at `as_of`.

    Each count is Poisson with mean rate × exposure × g × κ q / (1 − o), where κ is the share of real events that the
    source sees, q the share that meets its definition, o the share of its count outside our population.

    Parameters
    ----------
    prior_shape, prior_median
        Gamma prior of the rate: shape a0, and median [1/y].
    coverage
        Prior of κ by key: see `CountTerm.coverage`.
    definition, out_of_scope
        Prior of q and o by source; o only where some count is not within the population.
    discount
        Prior of δ, the share of information kept per year.

    Raises
    ------
    ModelError
        When no set of points reaches an effective sample size of 1,000: prior and counts disagree too much.

    Examples
    --------
    >>> from hygie.core.distributions import Beta, Constant
    >>> level = fit_level(
    ...     [CountTerm(ref="2024", count=40, exposure=2000.0, at=2025.0, source="cert")],
    ...     prior_shape=0.5,
    ...     prior_median=0.01,
    ...     coverage={"cert": Beta(12.0, 8.0)},
    ...     definition={"cert": Constant(0.95)},
    ...     out_of_scope={"cert": Constant(0.2)},
    ...     discount=Beta(17.0, 3.0),
    ...     as_of=2026.0,
    ... )
    >>> [round(float(x), 3) for x in level.quantiles([0.05, 0.5, 0.95])]
    [0.019, 0.028, 0.042]
    """
    prior = (prior_shape, float(special.gammaincinv(prior_shape, 0.5)) / prior_median)
    ordered = sorted(terms, key=lambda term: (term.at, term.ref))
    keys = {term.coverage_key: term.source for term in ordered}
    sources = sorted(set(keys.values()))
    reaching_out = {term.source for term in ordered if not term.within_population}
    priors = NuisancePriors(
        coverage={key: coverage[key] for key in sorted(keys)},
        source=keys,
        definition={source: definition[source] for source in sources},
        out_of_scope={source: out_of_scope[source] for source in sources if source in reaching_out},
        discount=discount,
    )

    def log_likelihood(scores: FloatArray) -> FloatArray:
        return _filter(ordered, priors.place(scores), prior=prior, as_of=as_of)[2]

    points = _place_points(log_likelihood, unknowns=len(priors.axes))
    nuisances = priors.place(points.scores)
    shape, rate, _ = _filter(ordered, nuisances, prior=prior, as_of=as_of)
    return LevelPosterior(
        shape=shape,
        rate=rate,
        weight=points.weight,
        effective_size=points.effective_size,
        nuisances=nuisances,
        adapted=bool(np.any(points.log_ratio != 0.0)),
        prior=prior,
        as_of=as_of,
        scores=points.scores,
    )


def _place_points(log_likelihood: LogLikelihood, *, unknowns: int) -> WeightedScores:
    first = points = draw_from_prior(log_likelihood, unknowns=unknowns, points=_POINTS)
    for count in (_POINTS, _MORE_POINTS):
        if points.effective_size >= MIN_EFFECTIVE_SIZE:
            return points
        points = draw_around_mode(log_likelihood, first=first, points=count)
    if points.effective_size < MIN_EFFECTIVE_SIZE:
        raise ModelError(
            "counts and priors disagree: too few sample points carry the result",
            value=f"effective sample size {points.effective_size:.0f}",
            allowed=f"at least {MIN_EFFECTIVE_SIZE:.0f}",
            repair="check the counts and the coverage priors of their sources",
        )
    return points


def _filter(
    ordered: Sequence[CountTerm], nuisances: Nuisances, *, prior: tuple[float, float], as_of: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return shape and rate of the Gamma at the date, and the log probability of the counts, at each point."""
    points = nuisances.delta.size
    shape, rate = np.full(points, prior[0]), np.full(points, prior[1])
    log_likelihood = np.zeros(points)
    clock = ordered[0].at if ordered else as_of
    for term in ordered:
        shape, rate = _discount(shape, rate, nuisances.delta, term.at - clock, *prior)
        clock = term.at
        factor = nuisances.factor(term.coverage_key, within_population=term.within_population)
        exposure = term.exposure * term.multiplier * factor
        log_likelihood = log_likelihood + (
            special.gammaln(shape + term.count)
            - special.gammaln(shape)
            - special.gammaln(term.count + 1.0)
            + shape * np.log(rate / (rate + exposure))
            + term.count * np.log(exposure / (rate + exposure))
        )
        shape = shape + term.count
        rate = rate + exposure
    return *_discount(shape, rate, nuisances.delta, max(as_of - clock, 0.0), *prior), log_likelihood


def _discount(
    shape: FloatArray, rate: FloatArray, delta: FloatArray, years: float, shape0: float, rate0: float
) -> tuple[FloatArray, FloatArray]:
    if years == 0.0:
        return shape, rate
    kept = delta**years
    return kept * shape + (1.0 - kept) * shape0, kept * rate + (1.0 - kept) * rate0
