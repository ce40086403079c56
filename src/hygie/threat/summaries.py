"""The level of one class, fitted to the counts of the packs and set beside those that it did not use."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hygie.core.distributions import Gamma, Uniform
from hygie.core.sampling import EpistemicSample
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.records import CountObservation
from hygie.threat.actors import start_of
from hygie.threat.counts import (
    CommonState,
    build_term,
    coverage_key,
    decimal_year,
    exposure_of,
    has_priors,
    read_priors,
    select_counts,
)
from hygie.threat.level import DiscountSupport, LevelPosterior, fit_level
from hygie.threat.nuisances import NuisancePriors, PriorToPosterior, inform_definition

__all__ = ["CountCheck", "FittedClass", "LevelSummary", "fit_class"]

_COLUMN = "node_rate_per_y"
_BAND = (0.05, 0.5, 0.95)
# Components that are enough to place a whole number.
_FEW = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCheck:
    """A count that does not set the level, beside what was to be expected.

    Parameters
    ----------
    basis
        `rate`: predicted by the level and the priors of its source. `larger_count`: binomial, given larger counts that
        hold it. `none`: nothing to compare, because its outcomes are narrower or its source has no documented coverage.
    low, median, high
        Predicted 5 %, 50 % and 95 % quantiles; None without a prediction.
    inside
        Whether the count lies in the band; a minimum only has to stay below its upper end.
    larger
        Refs of the larger counts.
    share
        What the count says about the share of the larger counts that meets its definition.
    """

    ref: str
    role: Literal["level", "check", "nested"]
    observed: int
    at_least: bool
    basis: Literal["rate", "larger_count", "none"]
    low: int | None = None
    median: int | None = None
    high: int | None = None
    inside: bool | None = None
    larger: tuple[str, ...] = ()
    share: PriorToPosterior | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSummary:
    """What the counts say about one class: the counts used, the prior and the posterior, per entity and year.

    Parameters
    ----------
    counts, checks
        Refs of the counts that set the level, and of those compared with it.
    prior_low, prior_median, prior_high, low, median, high, mean
        5 %, 50 %, 95 % quantiles and mean of the rate, before and after the counts [1/y, per legal entity].
    entities, sites_per_entity
        Legal entities of the population, and sites that one has on average.
    effective_size, adapted
        Of the importance sample, and whether its points had to be placed around the mode.
    nuisances
        δ, κ, q, o: prior and posterior.
    discount
        How far the counts tell values of δ apart.
    compared
        The level's own counts, checks and nested counts beside what was predicted.
    """

    threat_class: str
    counts: tuple[str, ...]
    checks: tuple[str, ...]
    prior_median: float
    low: float
    median: float
    high: float
    mean: float
    effective_size: float
    prior_low: float
    prior_high: float
    entities: int
    sites_per_entity: float
    adapted: bool
    nuisances: tuple[PriorToPosterior, ...]
    discount: DiscountSupport
    compared: tuple[CountCheck, ...]

    @property
    def spread(self) -> float:
        """Ratio of the 95 % to the 5 % quantile: how well the level is known."""
        return self.high / self.low

    def per_site(self) -> tuple[float, float, float, float]:
        """Return low, median, high and mean [1/y] per site: an event strikes an entity, so sites share its rate."""
        low, median, high, mean = (
            value / self.sites_per_entity for value in (self.low, self.median, self.high, self.mean)
        )
        return low, median, high, mean


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedClass:
    """A class with its posterior, its counts and its summary."""

    level: LevelPosterior
    counts: tuple[CountObservation, ...]
    checks: tuple[CountObservation, ...]
    summary: LevelSummary


def fit_class(
    catalogue: Catalogue,
    threat_class: str,
    *,
    entities: int,
    sample: EpistemicSample,
    as_of: date,
    common_state: CommonState | None = None,
) -> FittedClass:
    """Fit the level of a class on a date, per legal entity.

    Parameters
    ----------
    entities
        Legal entities of the population.
    common_state
        State g of the whole sector during the window of a count, which multiplies its exposure.

    Raises
    ------
    ModelError
        When counts and priors contradict each other, or the same events would enter twice.
    """
    counts, checks, nested = (
        tuple(select_counts(catalogue, threat_class, as_of=as_of, role=role)) for role in ("level", "check", "nested")
    )
    priors = read_priors(catalogue, counts)
    sample.note(_COLUMN, [*priors.estimates, "threat.discount"])
    shape = sample.centre(f"threat.prior.{threat_class}.shape", into=_COLUMN)
    median = sample.centre(f"threat.prior.{threat_class}.median", into=_COLUMN)
    terms = [build_term(catalogue, count, entities=entities, common_state=common_state) for count in counts]

    @cache
    def fit_until(at: float) -> LevelPosterior:
        return fit_level(
            [term for term in terms if term.at <= at],
            prior_shape=shape,
            prior_median=median,
            coverage=priors.coverage,
            definition=priors.definition,
            out_of_scope=priors.out_of_scope,
            discount=catalogue.estimate("threat.discount").distribution,
            as_of=at,
        )

    level = fit_until(decimal_year(as_of))
    low, middle, high = (float(value) for value in level.quantiles(_BAND))
    before = Gamma(*level.prior).ppf(np.array(_BAND))
    compared = [
        _compare_count(count, fit_until, catalogue, counts=counts, entities=entities, common_state=common_state)
        for count in (*counts, *checks, *nested)
    ]
    summary = LevelSummary(
        threat_class=threat_class,
        counts=tuple(count.ref for count in counts),
        checks=tuple(count.ref for count in checks),
        prior_low=float(before[0]),
        prior_median=median,
        prior_high=float(before[2]),
        low=low,
        median=middle,
        high=high,
        mean=level.mean(),
        entities=entities,
        sites_per_entity=catalogue.estimate("exposure.sites_per_entity").distribution.quantile(0.5),
        effective_size=level.effective_size,
        adapted=level.adapted,
        nuisances=level.compare(),
        discount=level.support_discount(),
        compared=tuple(compared),
    )
    return FittedClass(level=level, counts=counts, checks=checks, summary=summary)


def _compare_count(
    count: CountObservation,
    fit_until: Callable[[float], LevelPosterior],
    catalogue: Catalogue,
    *,
    counts: Sequence[CountObservation],
    entities: int,
    common_state: CommonState | None,
) -> CountCheck:
    larger = _find_larger(count, counts)
    if larger:
        return _compare_with_larger(count, catalogue, larger=larger)
    blank = CountCheck(ref=count.ref, role=count.role, observed=count.count, at_least=count.at_least, basis="none")
    # Outcomes of a class are those that its level counts; a count of fewer outcomes needs the attack model.
    whole = frozenset(outcome for item in counts for outcome in item.outcomes)
    if count.role == "nested" or not has_priors(catalogue, count) or not whole <= set(count.outcomes):
        return blank
    own = read_priors(catalogue, [count])
    key = coverage_key(catalogue, count)
    end = decimal_year(start_of(count.window_end))
    level = fit_until(end)
    prediction = level.predict(
        key,
        exposure=exposure_of(count, entities=entities) * (1.0 if common_state is None else common_state(count)),
        at=end,
        within_population=not count.out_of_scope,
        priors=NuisancePriors(
            coverage=own.coverage,
            source={key: count.source_kind},
            definition=own.definition,
            out_of_scope=own.out_of_scope,
            discount=level.nuisances.priors.discount,
        ),
    )
    low, median, high = (int(value) for value in prediction.thin(_FEW).quantiles(_BAND))
    return replace(blank, basis="rate", low=low, median=median, high=high, inside=_is_inside(count, low, high))


def _compare_with_larger(
    count: CountObservation, catalogue: Catalogue, *, larger: Sequence[CountObservation]
) -> CountCheck:
    """Compare a count with larger ones that hold its events; what it says of the share q it says to nothing else."""
    total = sum(item.count for item in larger)
    name = f"threat.definition.{count.source_kind}"
    same_source = any(item.source_kind == count.source_kind for item in larger)
    # Parts of a source's own count, such as outcomes, have no prior share: any is as likely.
    prior = Uniform(0.0, 1.0) if same_source else catalogue.estimate(name).distribution
    beyond = not count.out_of_scope and any(item.out_of_scope for item in larger)
    outside = catalogue.estimate(f"threat.out_of_scope.{larger[0].source_kind}").distribution if beyond else None
    nested = inform_definition(prior, count=count.count, of=total, outside=outside)
    before, after = (dist.ppf(np.array(_BAND)) for dist in (prior, nested.posterior))
    share = PriorToPosterior("definition", count.ref, _three(before), _three(after))
    found = CountCheck(
        ref=count.ref,
        role=count.role,
        observed=count.count,
        at_least=count.at_least,
        basis="none" if same_source else "larger_count",
        larger=tuple(item.ref for item in larger),
        share=share,
    )
    if same_source:
        return found
    low, median, high = nested.predicted
    return replace(found, low=low, median=median, high=high, inside=_is_inside(count, low, high))


def _find_larger(count: CountObservation, counts: Sequence[CountObservation]) -> list[CountObservation]:
    """Return the level counts that hold all events of a count of another source, or of a nested one.

    A nested count names its holder. Any other must overlap exact counts of the level that fill its window and no more.
    """
    if count.role == "nested":
        return [item for item in counts if item.ref == count.nested_in]
    holders = [
        item
        for item in counts
        if (item.ref in count.overlaps or count.ref in item.overlaps)
        and item.source_kind != count.source_kind
        and not item.at_least
        and count.window_start <= item.window_start
        and item.window_end <= count.window_end
    ]
    filled = sum(_days(item) for item in holders) == _days(count)
    return holders if count.role == "check" and filled else []


def _days(count: CountObservation) -> int:
    return (start_of(count.window_end) - start_of(count.window_start)).days + 1


def _is_inside(count: CountObservation, low: int, high: int) -> bool:
    return count.count <= high and (count.at_least or low <= count.count)


def _three(values: NDArray[np.float64]) -> tuple[float, float, float]:
    low, middle, high = (float(value) for value in values)
    return low, middle, high
