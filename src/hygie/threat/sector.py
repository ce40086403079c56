"""The sector on a date: levels of its classes, who attacks, campaigns, before any organisation is looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.knowledge.packs import Catalogue
from hygie.knowledge.records import CountObservation
from hygie.threat.actors import ActorShares, share_actors, share_campaign_actors, start_of
from hygie.threat.campaigns import CampaignRate, draw_campaign_rate, fit_campaign_rate
from hygie.threat.states import SectorState, forecast_state, load_states, mean_state
from hygie.threat.summaries import FittedClass, fit_class

__all__ = ["CampaignKind", "SectorLevels", "derive_levels", "fit_classes"]

FloatArray = NDArray[np.float64]

_COLUMN = "node_rate_per_y"
_CAMPAIGNS = "campaign_rate_per_y"
_SIZE = ".size_mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignKind:
    """Campaigns of one class over the twelve months ahead.

    Parameters
    ----------
    rate
        Campaigns per year [K]: rate in an ordinary time, less the activity lost, times the state of the sector.
    fitted
        What the dated campaigns say of the rate in an ordinary time.
    actors
        Who leads them.
    ahead
        State of the sector over the year ahead [K].
    size_mean, size_shape
        Law of the number of victims [K]: negative binomial, without its zero.
    """

    rate: FloatArray
    size_mean: FloatArray
    size_shape: FloatArray
    fitted: CampaignRate
    actors: ActorShares
    ahead: FloatArray


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorLevels:
    """Frequencies of the whole sector over the twelve months after a date.

    Parameters
    ----------
    level
        By counted class: events per average entity and year [K].
    fitted
        The fit of each class to its counts; giving it back saves fitting again.
    ahead
        By counted class: state of the sector over the year ahead [K].
    """

    as_of: date
    level: Mapping[str, FloatArray]
    fitted: Mapping[str, FittedClass]
    actors: ActorShares
    states: tuple[SectorState, ...]
    ahead: Mapping[str, FloatArray]
    campaigns: Mapping[str, CampaignKind]
    last_count: date


def fit_classes(
    catalogue: Catalogue, classes: Sequence[str], *, entities: int, sample: EpistemicSample, as_of: date
) -> Mapping[str, FittedClass]:
    """Fit the level of each class to the counts known on a date, each under the state of the sector in its window.

    Raises
    ------
    ModelError
        When counts and coverage priors contradict each other.
    """
    states = load_states(catalogue)

    def common_state(count: CountObservation) -> float:
        start, end = start_of(count.window_start), start_of(count.window_end)
        return mean_state(states, count.threat_class, start=start, end=end)

    for state in states:
        if state.spec.threat_class in classes and state.first <= as_of:
            sample.note(_COLUMN, [state.parameter])
    return {
        name: fit_class(catalogue, name, entities=entities, sample=sample, as_of=as_of, common_state=common_state)
        for name in classes
    }


def derive_levels(
    catalogue: Catalogue,
    classes: Sequence[str],
    *,
    entities: int,
    sample: EpistemicSample,
    as_of: date,
    fitted: Mapping[str, FittedClass] | None = None,
) -> SectorLevels:
    """Draw the levels of the sector over the twelve months after `as_of`.

    Parameters
    ----------
    classes
        Classes whose level comes from counts (the counted class of each attack process).
    entities
        Entities of the population.
    fitted
        Fits made before with the same counts, date and sample; made now when None.

    Raises
    ------
    ModelError
        When counts and coverage priors contradict each other.
    """
    if fitted is None:
        fitted = fit_classes(catalogue, classes, entities=entities, sample=sample, as_of=as_of)
    states = load_states(catalogue)
    windows = [start_of(count.window_end) for name in classes for count in fitted[name].counts]
    last = max(windows, default=as_of)
    actors = share_actors(
        catalogue.actors,
        catalogue.incidents,
        evidence=catalogue.evidence,
        sample=sample,
        as_of=as_of,
        last_count=last,
    )
    ahead = {
        name: forecast_state(states, name, known=catalogue.estimates, sample=sample, as_of=as_of, into=_COLUMN)
        for name in classes
    }
    level = {
        name: fitted[name].level.sample(
            sample.uniforms(f"level.{name}.component"), sample.uniforms(f"level.{name}.rate")
        )
        * (1.0 - actors.lost_activity)
        * ahead[name]
        for name in classes
    }
    return SectorLevels(
        as_of=as_of,
        level=level,
        fitted={name: fitted[name] for name in classes},
        actors=actors,
        states=states,
        ahead=ahead,
        campaigns={
            kind: _derive_campaigns(catalogue, kind, states=states, sample=sample, as_of=as_of)
            for kind in _list_campaign_kinds(catalogue)
        },
        last_count=last,
    )


def _list_campaign_kinds(catalogue: Catalogue) -> list[str]:
    """Return the classes that come as campaigns: those whose number of victims has an estimate."""
    names = (name for name in catalogue.estimates if name.startswith("campaign.") and name.endswith(_SIZE))
    return [name.removeprefix("campaign.").removesuffix(_SIZE) for name in names]


def _derive_campaigns(
    catalogue: Catalogue, kind: str, *, states: Sequence[SectorState], sample: EpistemicSample, as_of: date
) -> CampaignKind:
    fitted = fit_campaign_rate(
        catalogue.campaigns,
        kind,
        states=states,
        prior_shape=sample.centre("threat.prior.campaign.shape", into=_CAMPAIGNS),
        prior_median=sample.centre("threat.prior.campaign.median", into=_CAMPAIGNS),
        as_of=as_of,
    )
    actors = share_campaign_actors(
        catalogue.actors,
        catalogue.campaigns,
        kind,
        evidence=catalogue.evidence,
        sample=sample,
        as_of=as_of,
        last_count=fitted.last or as_of,
    )
    ahead = forecast_state(states, kind, known=catalogue.estimates, sample=sample, as_of=as_of, into=_CAMPAIGNS)
    rate = draw_campaign_rate(fitted, sample=sample) * (1.0 - actors.lost_activity) * ahead
    return CampaignKind(
        rate=rate,
        size_mean=sample.values(f"campaign.{kind}.size_mean", into="campaign_size_mean"),
        size_shape=sample.values(f"campaign.{kind}.size_shape", into="campaign_size_shape"),
        fitted=fitted,
        actors=actors,
        ahead=ahead,
    )
