"""Histories that the model of the level can produce, to check that the filter finds back what made them.

The filter's discounting is exact Bayes for one process of the rate, the beta–gamma one of Smith & Miller (1986) with an
inflow that pulls towards the prior. When the rate is Gamma(a, b) given the counts so far, and a share s = δ^Δt is kept,

    rate' = (b / b') · η · rate + ε,   η ~ Beta(s a, (1 − s) a),   ε ~ Gamma((1 − s) a0, b'),   b' = s b + (1 − s) b0

is Gamma(s a + (1 − s) a0, b'): η · rate is Gamma(s a, b), and Gammas of one rate add up (Wolpert 2021,
arXiv:2106.00087, for the stationary case). How far the rate may move thus depends on what was counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.distributions import Distribution
from hygie.threat.level import CountTerm, LevelPosterior, fit_level

__all__ = ["History", "LevelDesign", "Recovery", "draw_history", "measure_recovery"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelDesign:
    """Who counts what and when, and all priors: what `fit_level` takes, but for the counts themselves.

    Parameters
    ----------
    terms
        Places of the counts; the counts in them are ignored.
    prior_shape, prior_median, coverage, definition, out_of_scope, discount, as_of
        As for `fit_level`.
    """

    terms: tuple[CountTerm, ...]
    prior_shape: float
    prior_median: float
    coverage: Mapping[str, Distribution]
    definition: Mapping[str, Distribution]
    out_of_scope: Mapping[str, Distribution]
    discount: Distribution
    as_of: float

    def fit(self, terms: Sequence[CountTerm]) -> LevelPosterior:
        """Return the posterior that these counts give."""
        return fit_level(
            terms,
            prior_shape=self.prior_shape,
            prior_median=self.prior_median,
            coverage=self.coverage,
            definition=self.definition,
            out_of_scope=self.out_of_scope,
            discount=self.discount,
            as_of=self.as_of,
        )


@dataclass(frozen=True, slots=True)
class History:
    """Counts that were drawn, and what drew them.

    Parameters
    ----------
    terms
        With their counts.
    rate
        At the date of the design [1/y].
    discount
        δ.
    factor
        κ q / (1 − o) by coverage key.
    """

    terms: tuple[CountTerm, ...]
    rate: float
    discount: float
    factor: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Recovery:
    """How the filter does on histories whose rate is known, one figure per replication [n].

    Parameters
    ----------
    place
        Posterior probability below the true rate: uniform, when all is right.
    log_error
        Logarithm of posterior median over true rate.
    expected_log_error
        What that is on average over the posterior itself: above zero, since the logarithm of a Gamma leans to the left.
    """

    place: FloatArray
    log_error: FloatArray
    expected_log_error: FloatArray

    def coverage(self, band: float) -> float:
        """Return the share of replications whose true rate lies in the central band."""
        return float((np.abs(self.place - 0.5) < 0.5 * band).mean())


def measure_recovery(
    design: LevelDesign, *, replications: int, generator: np.random.Generator, coverage_scale: float = 1.0
) -> Recovery:
    """Draw histories from a design, fit each, and compare with the rate that made it.

    Parameters
    ----------
    coverage_scale
        True coverage over what its prior says.
    """
    rows = []
    for _ in range(replications):
        history = draw_history(design, generator=generator, coverage_scale=coverage_scale)
        level = design.fit(history.terms)
        log_median = float(np.log(level.quantiles([0.5])[0]))
        log_mean = float(level.weight @ (special.digamma(level.shape) - np.log(level.rate)))
        place = float(level.cdf(np.array([history.rate]))[0])
        rows.append((place, log_median - np.log(history.rate), log_median - log_mean))
    return Recovery(*np.array(rows).T)


def draw_history(design: LevelDesign, *, generator: np.random.Generator, coverage_scale: float = 1.0) -> History:
    """Draw rate, κ, q, o and δ from their priors, then the counts of a design.

    Parameters
    ----------
    coverage_scale
        True coverage over what its prior says: 1 when the priors are right.
    """
    rate0 = float(special.gammaincinv(design.prior_shape, 0.5)) / design.prior_median
    delta = design.discount.quantile(generator.random())
    ordered = sorted(design.terms, key=lambda term: (term.at, term.ref))
    factor: dict[str, float] = {}
    for source in sorted({term.source for term in ordered}):
        place, share, outside = generator.random(3)
        for term in ordered:
            if term.source == source:
                seen = coverage_scale * design.coverage[term.coverage_key].quantile(place)
                beyond = 0.0 if term.within_population else design.out_of_scope[source].quantile(outside)
                factor[term.coverage_key] = seen * design.definition[source].quantile(share) / (1.0 - beyond)
    shape, inverse_scale = design.prior_shape, rate0
    rate = generator.gamma(shape) / inverse_scale
    clock = ordered[0].at if ordered else design.as_of
    counted = []
    for term in ordered:
        shape, inverse_scale, rate = _move(
            design, generator, kept=delta ** (term.at - clock), shape=shape, inverse_scale=inverse_scale, rate=rate
        )
        clock = term.at
        exposure = term.exposure * term.multiplier * factor[term.coverage_key]
        counted.append(replace(term, count=int(generator.poisson(rate * exposure))))
        shape, inverse_scale = shape + counted[-1].count, inverse_scale + exposure
    kept = delta ** max(design.as_of - clock, 0.0)
    *_, rate = _move(design, generator, kept=kept, shape=shape, inverse_scale=inverse_scale, rate=rate)
    return History(tuple(counted), rate, delta, factor)


def _move(
    design: LevelDesign,
    generator: np.random.Generator,
    *,
    kept: float,
    shape: float,
    inverse_scale: float,
    rate: float,
) -> tuple[float, float, float]:
    """Return the Gamma of the rate, and the rate, after a time through which a share `kept` of knowledge is kept."""
    if kept == 1.0:
        return shape, inverse_scale, rate
    rate0 = float(special.gammaincinv(design.prior_shape, 0.5)) / design.prior_median
    moved = kept * inverse_scale + (1.0 - kept) * rate0
    stays = generator.beta(kept * shape, (1.0 - kept) * shape)
    inflow = generator.gamma((1.0 - kept) * design.prior_shape) / moved
    return kept * shape + (1.0 - kept) * design.prior_shape, moved, inverse_scale / moved * stays * rate + inflow
