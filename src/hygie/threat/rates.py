"""Yearly frequencies for given organisations on a given date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import PopulationSpec
from hygie.facility.organisation import Organisation
from hygie.knowledge.packs import Catalogue
from hygie.knowledge.records import CountObservation
from hygie.threat.actor_changes import change_actor
from hygie.threat.actors import ActorShares
from hygie.threat.campaigns import CampaignClock, chance_of_hit, equal_visibility, wind_clock
from hygie.threat.context import Context, load_context, multiply_context, share_visibility
from hygie.threat.counts import decimal_year, select_counts
from hygie.threat.covariates import describe_organisations, describe_population
from hygie.threat.sector import SectorLevels, derive_levels
from hygie.threat.summaries import FittedClass, LevelSummary

__all__ = [
    "LevelSummary",
    "RateBasis",
    "ThreatRates",
    "change_rates",
    "decimal_year",
    "derive_rates",
    "prepare_rates",
    "rate_organisations",
    "select_counts",
]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreatRates:
    """Frequencies of loss events, before the facility's own defences.

    Parameters
    ----------
    level
        By counted class: events per average entity and year [K].
    multiplier
        Context of each organisation [K, n], averaging one over the population.
    visibility
        Probability to be picked once by a campaign, as the kernel reads it [K, n]: picks that are independent of one
        another then hit each organisation as often as picks without replacement.
    campaign_rate
        Campaigns per year, by campaign kind [K].
    sector
        What these rest on, before any organisation is looked at.
    """

    as_of: date
    level: Mapping[str, FloatArray]
    multiplier: FloatArray
    visibility: FloatArray
    campaign_rate: Mapping[str, FloatArray]
    actors: ActorShares
    summaries: tuple[LevelSummary, ...]
    counts: tuple[CountObservation, ...]
    sector: SectorLevels


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBasis:
    """What frequencies rest on, whatever organisation is asked about: for many questions on one date and sample.

    Parameters
    ----------
    clock
        Of campaigns on the population; None when there are none.
    """

    catalogue: Catalogue
    sector: SectorLevels
    context: Context
    clock: CampaignClock | None


def derive_rates(
    catalogue: Catalogue,
    organisations: Sequence[Organisation],
    *,
    population: PopulationSpec,
    classes: Sequence[str],
    sample: EpistemicSample,
    as_of: date,
    fitted: Mapping[str, FittedClass] | None = None,
) -> ThreatRates:
    """Draw frequencies for `organisations` over the twelve months after `as_of`.

    Parameters
    ----------
    classes
        Classes whose level comes from counts (the counted class of each attack process).
    fitted
        Fits made before with the same counts, date and sample, as `ThreatRates.sector` keeps them; made now when None.

    Raises
    ------
    ModelError
        When counts and coverage priors contradict each other.
    """
    basis = prepare_rates(catalogue, population=population, classes=classes, sample=sample, as_of=as_of, fitted=fitted)
    return rate_organisations(organisations, basis)


def prepare_rates(
    catalogue: Catalogue,
    *,
    population: PopulationSpec,
    classes: Sequence[str],
    sample: EpistemicSample,
    as_of: date,
    fitted: Mapping[str, FittedClass] | None = None,
) -> RateBasis:
    """Draw all that does not depend on the organisations asked about; parameters and errors as in `derive_rates`."""
    entities = np.array([stratum.entities for stratum in population.strata], dtype=np.float64)
    sector = derive_levels(catalogue, classes, entities=int(entities.sum()), sample=sample, as_of=as_of, fitted=fitted)
    context = load_context(catalogue, population, sample=sample, as_of=as_of)
    visible = share_visibility(describe_population(population), context)
    # The kernel has one visibility for all campaigns: with several kinds, the first sets it.
    first = next(iter(sector.campaigns.values()), None)
    clock = None
    if first is not None:
        clock = wind_clock(
            size_mean=first.size_mean, size_shape=first.size_shape, population=visible, entities=entities
        )
    return RateBasis(catalogue=catalogue, sector=sector, context=context, clock=clock)


def rate_organisations(organisations: Sequence[Organisation], basis: RateBasis) -> ThreatRates:
    """Return the frequencies of `organisations`: nothing is drawn or fitted again."""
    sector = basis.sector
    traits = describe_organisations(organisations, catalogue=basis.catalogue)
    visibility = share_visibility(traits, basis.context)
    if basis.clock is not None:
        visibility = equal_visibility(chance_of_hit(visibility, basis.clock), basis.clock)
    return ThreatRates(
        as_of=sector.as_of,
        level=sector.level,
        multiplier=multiply_context(traits, basis.context),
        visibility=visibility,
        campaign_rate={kind: campaigns.rate for kind, campaigns in sector.campaigns.items()},
        actors=sector.actors,
        summaries=tuple(each.summary for each in sector.fitted.values()),
        counts=tuple(count for each in sector.fitted.values() for count in (*each.counts, *each.checks)),
        sector=sector,
    )


def change_rates(
    rates: ThreatRates, actor: str, *, change: float | Literal["gone", "returns"], at: date | None = None
) -> ThreatRates:
    """Return the frequencies if an actor changes: those of the classes it attacks, and who attacks.

    Parameters
    ----------
    change, at
        As in `change_actor`.

    Raises
    ------
    ModelError
        The actor has no share of its own, or the factor is negative.
    """
    sector = rates.sector
    for kind, campaigns in sector.campaigns.items():
        if actor in campaigns.actors.actors[:-1]:
            changed = change_actor(campaigns.actors, actor, change=change, at=at)
            now = replace(campaigns, actors=changed.shares, rate=campaigns.rate * changed.level)
            return replace(
                rates,
                campaign_rate={**rates.campaign_rate, kind: now.rate},
                sector=replace(sector, campaigns={**sector.campaigns, kind: now}),
            )
    changed = change_actor(sector.actors, actor, change=change, at=at)
    level = {name: values * changed.level for name, values in rates.level.items()}
    return replace(
        rates, level=level, actors=changed.shares, sector=replace(sector, level=level, actors=changed.shares)
    )
