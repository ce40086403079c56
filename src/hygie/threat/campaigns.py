"""Waves that hit many at once: how often they come, how many they hit, and how often one facility is among them.

A campaign of n victims picks them without replacement in proportion to visibility. Give each entity a clock that rings
after an exponential time of rate v: the order of the rings is that order of picking (Rosén 1997,
doi:10.1016/S0378-3758(96)00185-1; Efraimidis & Spirakis 2006, doi:10.1016/j.ipl.2005.11.003). The time by which n
have rung hardly varies in a large population, so entity f is among them with probability

    1 − exp(−v_f t_n), where t_n solves Σ_i (1 − exp(−v_i t_n)) = n.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.sampling import EpistemicSample
from hygie.knowledge.records import Campaign
from hygie.threat.actors import start_of
from hygie.threat.states import SectorState, average_state

__all__ = [
    "CampaignClock",
    "CampaignRate",
    "chance_of_hit",
    "draw_campaign_rate",
    "equal_visibility",
    "fit_campaign_rate",
    "include_victims",
    "size_weights",
    "wind_clock",
]

FloatArray = NDArray[np.float64]

_COLUMN = "campaign_rate_per_y"
_DAYS = 365.25
# Points of the clock at which expected victims are computed; between them, straight lines.
_CLOCK_POINTS = 64
# Above so many organisations their chances are interpolated.
_VISIBILITY_POINTS = 64
# A larger population rings as its most visible entities and so many groups of the others.
_GROUPS = 64
# Sizes beyond which less than this share of campaigns lies are counted with the largest one.
_TAIL = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignRate:
    """What dated campaigns say of their rate in an ordinary time (g = 1): a Gamma law given the states of the sector.

    Parameters
    ----------
    seen
        Refs of the campaigns.
    prior_shape, prior_rate
        Of the Gamma law before any campaign; `prior_rate` in years.
    periods
        Periods of observation, first day included and last one not, without overlap.
    states
        States of the sector that the class meets.
    """

    threat_class: str
    seen: tuple[str, ...]
    prior_shape: float
    prior_rate: float
    periods: tuple[tuple[date, date], ...]
    states: tuple[SectorState, ...]

    @property
    def last(self) -> date | None:
        """Last day of observation, or None without any."""
        return self.periods[-1][1] if self.periods else None

    @property
    def years(self) -> float:
        """Years of observation [y], whatever the state of the sector."""
        return sum((end - start).days for start, end in self.periods) / _DAYS

    @property
    def shape(self) -> float:
        """Shape of the posterior."""
        return self.prior_shape + len(self.seen)

    def weigh_years(self, multipliers: Mapping[str, FloatArray]) -> FloatArray:
        """Return years of observation in an ordinary time [K] [y]: ∫ g dt, for draws of each state's multiplier."""
        weighed: FloatArray = np.zeros(next((each.shape for each in multipliers.values()), (1,)))
        for start, end in self.periods:
            final = end - timedelta(days=1)
            state = average_state(self.states, multipliers, self.threat_class, start=start, end=final)
            weighed = weighed + state * ((end - start).days / _DAYS)
        return weighed


def fit_campaign_rate(
    campaigns: Sequence[Campaign],
    threat_class: str,
    *,
    states: Sequence[SectorState] = (),
    prior_shape: float,
    prior_median: float,
    as_of: date,
) -> CampaignRate:
    """Return the posterior of the yearly rate of campaigns known on a date.

    Parameters
    ----------
    campaigns
        With the windows in which they were looked for; windows that overlap count once.
    prior_shape, prior_median
        Gamma prior: shape, and median [1/y].
    """
    of_class = [one for one in campaigns if one.threat_class == threat_class]
    spans = [(start_of(one.window_start), min(start_of(one.window_end), as_of)) for one in of_class]
    edges = sorted({day for span in spans if span[0] < span[1] for day in span})
    return CampaignRate(
        threat_class=threat_class,
        seen=tuple(one.ref for one in of_class if start_of(one.started_on) <= as_of),
        prior_shape=prior_shape,
        prior_rate=float(special.gammaincinv(prior_shape, 0.5)) / prior_median,
        periods=tuple(
            (first, following)
            for first, following in pairwise(edges)
            if any(span[0] <= first and following <= span[1] for span in spans)
        ),
        states=tuple(state for state in states if state.spec.threat_class == threat_class and state.first <= as_of),
    )


def draw_campaign_rate(fitted: CampaignRate, *, sample: EpistemicSample) -> FloatArray:
    """Return the rate of campaigns in an ordinary time [K] [1/y].

    The multiplier of a state is the same in the past and in the year ahead, draw by draw: a state that has always been
    on says nothing of the rate under it.
    """
    multipliers = {
        state.spec.id: sample.values(state.parameter, into=_COLUMN)
        for state in fitted.states
        if any(state.overlap(*period) for period in fitted.periods)
    }
    uniforms = sample.uniforms(f"campaign.{fitted.threat_class}.rate")
    years = fitted.weigh_years(multipliers)
    return np.asarray(special.gammaincinv(fitted.shape, uniforms) / (fitted.prior_rate + years), dtype=np.float64)


def size_weights(mean: FloatArray, shape: FloatArray, *, largest: int) -> FloatArray:
    """Return the probability of each number of victims [K, largest]: a negative binomial law without its zero.

    Parameters
    ----------
    mean, shape
        Mean and size parameter before the zero is taken out [K].
    largest
        What would be larger counts as this number.
    """
    sizes = np.arange(1, largest + 1, dtype=np.float64)
    r, probability = shape[:, None], (shape / (shape + mean))[:, None]
    logs = special.gammaln(sizes + r) - special.gammaln(r) - special.gammaln(sizes + 1.0)
    logs += r * np.log(probability) + sizes * np.log1p(-probability)
    weights = np.exp(logs)
    some = -np.expm1(shape * np.log(probability[:, 0]))
    weights[:, -1] += np.maximum(some - weights.sum(axis=1), 0.0)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))


def include_victims(
    visibility: FloatArray, sizes: FloatArray, *, population: FloatArray, entities: FloatArray
) -> FloatArray:
    """Return the probability to be among the victims [n, sizes], for one draw.

    Parameters
    ----------
    visibility
        Of the organisations asked about [n].
    sizes
        Numbers of victims, growing.
    population, entities
        Visibility of each stratum of the population, and how many entities it stands for.
    """
    time = _ring_times(sizes, population=population[None, :], entities=entities[None, :])[0]
    return np.asarray(-np.expm1(-np.outer(visibility, time)))


def _ring_times(sizes: FloatArray, *, population: FloatArray, entities: FloatArray) -> FloatArray:
    """Return t [K, sizes] by which so many of the population [K, strata] have rung, in expectation."""
    total = entities.sum(axis=1)
    wanted = np.minimum(np.asarray(sizes, dtype=np.float64)[None, :], total[:, None])
    # Nobody rings at 0; by the last point enough have, or almost all.
    end = total / (population * entities).sum(axis=1)
    goal = np.minimum(wanted.max(axis=1), total * (1.0 - 1e-9))
    while (short := (-np.expm1(-population * end[:, None]) * entities).sum(axis=1) < goal).any():
        end = np.where(short, 2.0 * end, end)
    clock = end[:, None] * (np.linspace(0.0, 1.0, _CLOCK_POINTS) ** 3)[None, :]
    rung = np.einsum("kts,ks->kt", -np.expm1(-clock[:, :, None] * population[:, None, :]), entities)
    return np.stack([np.interp(*rows) for rows in zip(wanted, rung, clock, strict=True)])


def _group(visibility: FloatArray, entities: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return a population with few columns that rings alike: neighbours in visibility stand together."""
    entities = np.broadcast_to(entities, visibility.shape)
    if visibility.shape[1] <= 2 * _GROUPS:
        return visibility, entities
    order = np.argsort(-visibility, axis=1, kind="stable")
    rest = visibility.shape[1] - _GROUPS
    starts = np.concatenate([np.arange(_GROUPS), _GROUPS + rest * np.arange(_GROUPS) // _GROUPS])
    number = np.add.reduceat(np.take_along_axis(entities, order, axis=1), starts, axis=1)
    mass = np.add.reduceat(np.take_along_axis(visibility * entities, order, axis=1), starts, axis=1)
    return mass / number, number


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignClock:
    """When the victims of a campaign have rung, whoever is asked about.

    Parameters
    ----------
    size_mean, size_shape
        Law of the number of victims [K].
    weights
        Probability of each number of victims, from 1 on [K, sizes].
    time
        Time by which so many have rung [K, sizes].
    """

    size_mean: FloatArray
    size_shape: FloatArray
    weights: FloatArray
    time: FloatArray


def wind_clock(
    *, size_mean: FloatArray, size_shape: FloatArray, population: FloatArray, entities: FloatArray
) -> CampaignClock:
    """Return the clock of campaigns on a population.

    Parameters
    ----------
    size_mean, size_shape
        Law of the number of victims [K].
    population, entities
        Visibility of each stratum of the population [K, strata], and how many entities it stands for [strata].
    """
    probability = size_shape / (size_shape + size_mean)
    # `scipy.stats` would take longer to load than the rest of an assessment.
    largest = int(np.max(np.ceil(special.nbdtrik(1.0 - _TAIL, size_shape, probability))))
    largest = min(max(largest, 1), int(entities.sum()))
    strata, number = _group(population, entities)
    return CampaignClock(
        size_mean=size_mean,
        size_shape=size_shape,
        weights=size_weights(size_mean, size_shape, largest=largest),
        time=_ring_times(np.arange(1, largest + 1, dtype=np.float64), population=strata, entities=number),
    )


def chance_of_hit(visibility: FloatArray, clock: CampaignClock) -> FloatArray:
    """Return the probability of each organisation [K, n] to be among the victims of one campaign of unknown size."""
    chance = np.empty(visibility.shape)
    for k, (asked, time, weights) in enumerate(zip(visibility, clock.time, clock.weights, strict=True)):
        if asked.size <= _VISIBILITY_POINTS:
            chance[k] = -np.expm1(-np.outer(asked, time)) @ weights
        else:
            # A smooth function of visibility: between points, straight lines of its logarithm.
            points = np.geomspace(max(asked.min(), 1e-15), max(asked.max(), 1e-15), _VISIBILITY_POINTS)
            known = -np.expm1(-np.outer(points, time)) @ weights
            chance[k] = np.exp(np.interp(np.log(np.maximum(asked, 1e-15)), np.log(points), np.log(known)))
    return chance


def equal_visibility(chance: FloatArray, clock: CampaignClock) -> FloatArray:
    """Return the visibility v' with which independent picks give the same chance of a hit [K, n].

    The kernel lets a facility be among n victims with probability 1 − (1 − v')^n. Over a negative binomial number of
    victims without its zero, of mean m and shape r before that, it is hit with probability

        c = [1 − (1 + m v'/r)^−r] / [1 − (1 + m/r)^−r],

    from its generating function; this solves for v', so that facilities are hit as often as without replacement.
    """
    mean, shape = clock.size_mean[:, None], clock.size_shape[:, None]
    some = -np.expm1(-shape * np.log1p(mean / shape))
    kept = np.maximum(1.0 - chance * some, 1e-300)
    return np.asarray(np.minimum((shape / mean) * np.expm1(-np.log(kept) / shape), 1.0))
