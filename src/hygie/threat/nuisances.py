"""What stands between events and counts, and how fast the past fades: κ, q, o of each source, and δ.

Every unknown has its own axis of normal scores. The coverage of a source may have several priors, one for each of its
dated steps, which share one axis: a source that sees more than was believed before a step does so after it too.
So a step moves the level of reporting and adds no freedom of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.distributions import Constant, Distribution, Empirical
from hygie.threat.posterior import weigh_quantiles

__all__ = ["NestedShare", "NuisancePriors", "Nuisances", "PriorToPosterior", "inform_definition"]

FloatArray = NDArray[np.float64]

BAND = (0.05, 0.5, 0.95)
DISCOUNT = "discount"
# Scores beyond 6 have a probability of 1e-9; between nodes, quantile functions are straight to a millionth.
_NODES = np.linspace(-6.0, 6.0, 1025)
_NONE = Constant(0.0)
# Quantiles that stand for the prior of a share, and of what is outside.
_SHARES = 200
_OUTSIDE = 15


@dataclass(frozen=True, slots=True)
class PriorToPosterior:
    """What was believed of one unknown before the counts, and after.

    Parameters
    ----------
    kind
        `coverage` (κ), `definition` (q), `out_of_scope` (o) or `discount` (δ).
    key
        Source, with the date of the step for a coverage that has several; empty for the discount.
    prior, posterior
        5 %, 50 % and 95 % quantiles [share].
    """

    kind: str
    key: str
    prior: tuple[float, float, float]
    posterior: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class NuisancePriors:
    """Priors of all unknowns but the rate.

    Parameters
    ----------
    coverage
        κ by key: a source, or a source and a step.
    source
        Source of each key of `coverage`.
    definition, out_of_scope
        q by source, and o of sources that reach beyond the population.
    discount
        δ.
    """

    coverage: Mapping[str, Distribution]
    source: Mapping[str, str]
    definition: Mapping[str, Distribution]
    out_of_scope: Mapping[str, Distribution]
    discount: Distribution

    @property
    def axes(self) -> tuple[tuple[str, str], ...]:
        """Unknowns that have an axis: the discount, then what is no constant of each source."""
        found = [(DISCOUNT, "")]
        for source in sorted(set(self.source.values())):
            keys = [key for key, of in self.source.items() if of == source]
            if any(not isinstance(self.coverage[key], Constant) for key in keys):
                found.append(("coverage", source))
            for kind, priors in (("definition", self.definition), ("out_of_scope", self.out_of_scope)):
                if not isinstance(priors.get(source, _NONE), Constant):
                    found.append((kind, source))
        return tuple(found)

    def place(self, scores: FloatArray) -> Nuisances:
        """Return the values that scores [n, axes] stand for."""
        column = {axis: scores[:, index] for index, axis in enumerate(self.axes)}
        middle = np.zeros(scores.shape[0])

        def read(kind: str, source: str, prior: Distribution) -> FloatArray:
            return _read_scores(prior, column.get((kind, source), middle))

        return Nuisances(
            priors=self,
            delta=_read_scores(self.discount, column[DISCOUNT, ""]),
            kappa={key: read("coverage", self.source[key], prior) for key, prior in self.coverage.items()},
            q={source: read("definition", source, prior) for source, prior in self.definition.items()},
            outside={source: read("out_of_scope", source, prior) for source, prior in self.out_of_scope.items()},
        )


@dataclass(frozen=True, slots=True)
class Nuisances:
    """Values of the unknowns at each point [n], by the keys of their priors."""

    priors: NuisancePriors
    delta: FloatArray
    kappa: Mapping[str, FloatArray]
    q: Mapping[str, FloatArray]
    outside: Mapping[str, FloatArray]

    def factor(self, key: str, *, within_population: bool = False) -> FloatArray:
        """Return κ q / (1 − o) [n], counted events per event in the population; κ q when o does not apply."""
        source = self.priors.source[key]
        counted = self.kappa[key] * self.q[source]
        return counted if within_population else counted / (1.0 - self.outside[source])

    def compare(self, weight: FloatArray) -> tuple[PriorToPosterior, ...]:
        """Return prior and posterior of every unknown, constants included."""
        priors = self.priors
        rows = [(DISCOUNT, "", priors.discount, self.delta)]
        rows += [("coverage", key, priors.coverage[key], values) for key, values in self.kappa.items()]
        rows += [("definition", source, priors.definition[source], values) for source, values in self.q.items()]
        rows += [
            ("out_of_scope", source, priors.out_of_scope[source], values) for source, values in self.outside.items()
        ]
        return tuple(
            PriorToPosterior(
                kind, key, _three(prior.ppf(np.array(BAND))), _three(weigh_quantiles(values, weight, BAND))
            )
            for kind, key, prior, values in rows
        )


@dataclass(frozen=True, slots=True)
class NestedShare:
    """What a count inside a larger one says about the share q that meets its definition.

    Parameters
    ----------
    posterior
        Of q.
    predicted
        5 %, 50 % and 95 % quantiles of the nested count, given the larger count and the prior of q: before it was seen.
    """

    posterior: Distribution
    predicted: tuple[int, int, int]


def inform_definition(prior: Distribution, *, count: int, of: int, outside: Distribution | None = None) -> NestedShare:
    """Update the share q with a nested count, binomial given the larger count: n ~ Bin(N, q (1 − o)).

    Nothing else learns from it, so that no event enters the level twice.

    Parameters
    ----------
    count, of
        The nested count n and the larger count N.
    outside
        Prior of o, the share of the larger count outside the population, when the nested count leaves that out.
    """
    shares = prior.ppf((np.arange(_SHARES) + 0.5) / _SHARES)
    inside = np.ones(1) if outside is None else 1.0 - outside.ppf((np.arange(_OUTSIDE) + 0.5) / _OUTSIDE)
    n = np.arange(of + 1)
    chance = np.clip(shares[:, None] * inside[None, :], 1e-12, 1.0 - 1e-12)[:, :, None]
    log_ways = special.gammaln(of + 1.0) - special.gammaln(n + 1.0) - special.gammaln(of - n + 1.0)
    pmf = np.exp(log_ways + n * np.log(chance) + (of - n) * np.log1p(-chance)).mean(axis=1)
    weights = pmf[:, count] / pmf[:, count].sum()
    cumulative = np.cumsum(pmf.mean(axis=0))
    low, middle, high = (int(np.searchsorted(cumulative, u * cumulative[-1])) for u in BAND)
    posterior = Empirical(tuple(shares.tolist()), tuple(weights.tolist()))
    return NestedShare(posterior, (low, middle, high))


@lru_cache(maxsize=512)
def _tabulate(prior: Distribution) -> FloatArray:
    table = prior.ppf(np.asarray(special.ndtr(_NODES), dtype=np.float64))
    table.setflags(write=False)
    return table


def _read_scores(prior: Distribution, scores: FloatArray) -> FloatArray:
    """Return quantiles at scores, read from a table: the inverse of a Beta is too slow for thousands of points."""
    table = _tabulate(prior)
    place = (np.clip(scores, _NODES[0], _NODES[-1]) - _NODES[0]) / (_NODES[1] - _NODES[0])
    left = np.minimum(place.astype(np.int64), _NODES.size - 2)
    return np.asarray(table[left] + (place - left) * (table[left + 1] - table[left]), dtype=np.float64)


def _three(values: Sequence[float] | FloatArray) -> tuple[float, float, float]:
    low, middle, high = (float(value) for value in values)
    return low, middle, high
