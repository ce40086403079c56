"""Yearly frequencies for given organisations on a given date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import PopulationSpec
from hygie.facility.organisation import Organisation
from hygie.knowledge.packs import Catalogue
from hygie.knowledge.records import CountObservation
from hygie.threat.actors import ActorShares, share_actors, start_of
from hygie.threat.context import contextual_multiplier, visibility_share
from hygie.threat.level import CountTerm, RatePosterior, fit_level

__all__ = ["LevelSummary", "ThreatRates", "decimal_year", "derive_rates", "select_counts"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelSummary:
    """What the counts say about one class: the counts used, the prior and the posterior, per entity and year."""

    threat_class: str
    counts: tuple[str, ...]
    checks: tuple[str, ...]
    prior_median: float
    low: float
    median: float
    high: float
    mean: float
    effective_size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreatRates:
    """Frequencies of loss events, before the facility's own defences.

    Parameters
    ----------
    level
        By counted class: events per average entity and year [K].
    multiplier
        Size context of each organisation [K, n].
    visibility
        Probability to be one victim of a campaign [K, n].
    campaign_rate
        Campaigns per year, by campaign kind [K].
    """

    as_of: date
    level: Mapping[str, FloatArray]
    multiplier: FloatArray
    visibility: FloatArray
    campaign_rate: Mapping[str, FloatArray]
    actors: ActorShares
    summaries: tuple[LevelSummary, ...]
    counts: tuple[CountObservation, ...]


def decimal_year(day: date) -> float:
    """Return a date as a decimal year."""
    start = date(day.year, 1, 1)
    return day.year + (day - start).days / ((date(day.year + 1, 1, 1) - start).days)


def select_counts(catalogue: Catalogue, threat_class: str, *, as_of: date, role: str) -> list[CountObservation]:
    """Return the counts of a class with a role, known on `as_of` (published, and window closed)."""
    chosen = []
    for count in catalogue.counts:
        published = [catalogue.evidence[ref].published_on for ref in count.evidence]
        late = [text for text in published if text is not None and start_of(text) > as_of]
        known = start_of(count.window_end) <= as_of and len(late) < len(published)
        if count.threat_class == threat_class and count.role == role and known:
            chosen.append(count)
    return chosen


def derive_rates(
    catalogue: Catalogue,
    organisations: Sequence[Organisation],
    *,
    population: PopulationSpec,
    classes: Sequence[str],
    sample: EpistemicSample,
    as_of: date,
) -> ThreatRates:
    """Draw frequencies for `organisations` on `as_of`.

    Parameters
    ----------
    classes
        Classes whose level comes from counts (the counted class of each attack process).

    Raises
    ------
    ModelError
        When counts and coverage priors contradict each other.
    """
    entities = sum(stratum.entities for stratum in population.strata)
    column = "node_rate_per_y"
    floor = sample.centre("exposure.fte_floor", into=column)
    staff = [organisation.activity.fte for organisation in organisations]
    elasticity = sample.values("context.size_elasticity", into=column)
    level: dict[str, FloatArray] = {}
    summaries: list[LevelSummary] = []
    used: list[CountObservation] = []
    for threat_class in classes:
        posterior, counts = _fit_class(catalogue, threat_class, entities=entities, sample=sample, as_of=as_of)
        checks = select_counts(catalogue, threat_class, as_of=as_of, role="check")
        level[threat_class] = posterior.sample(
            sample.uniforms(f"level.{threat_class}.component"), sample.uniforms(f"level.{threat_class}.rate")
        )
        low, median, high = posterior.quantiles([0.05, 0.5, 0.95])
        prior = sample.centre(f"threat.prior.{threat_class}.median")
        summaries.append(
            LevelSummary(
                threat_class=threat_class,
                counts=tuple(count.ref for count in counts),
                checks=tuple(count.ref for count in checks),
                prior_median=prior,
                low=float(low),
                median=float(median),
                high=float(high),
                mean=posterior.mean(),
                effective_size=posterior.effective_size,
            )
        )
        used += [*counts, *checks]
    last = max((start_of(count.window_end) for count in used if count.role == "level"), default=as_of)
    actors = share_actors(catalogue.actors, catalogue.incidents, sample=sample, as_of=as_of, last_count=last)
    level = {name: values * (1.0 - actors.lost_activity) for name, values in level.items()}
    visibility = visibility_share(
        staff,
        population=population,
        elasticity=sample.values("context.visibility_elasticity", into="node_visibility"),
        floor=floor,
    )
    return ThreatRates(
        as_of=as_of,
        level=level,
        multiplier=contextual_multiplier(staff, population=population, elasticity=elasticity, floor=floor),
        visibility=visibility,
        campaign_rate={"ddos": _campaign_rate(catalogue, sample=sample, as_of=as_of)},
        actors=actors,
        summaries=tuple(summaries),
        counts=tuple(used),
    )


def _fit_class(
    catalogue: Catalogue, threat_class: str, *, entities: int, sample: EpistemicSample, as_of: date
) -> tuple[RatePosterior, list[CountObservation]]:
    counts = select_counts(catalogue, threat_class, as_of=as_of, role="level")
    terms = []
    for count in counts:
        start, end = start_of(count.window_start), start_of(count.window_end)
        years = ((end - start).days + 1) / 365.25
        terms.append(
            CountTerm(
                ref=count.ref,
                count=count.count,
                exposure=entities * years,
                at=decimal_year(end),
                source=count.source_kind,
            )
        )
    sources = sorted({term.source for term in terms})
    names = {
        kind: {source: f"threat.{kind}.{source}" for source in sources}
        for kind in ("coverage", "definition", "out_of_scope")
    }
    sample.note("node_rate_per_y", [name for group in names.values() for name in group.values()])
    sample.note("node_rate_per_y", ["threat.discount"])
    priors = {
        kind: {source: catalogue.estimate(name).distribution for source, name in group.items()}
        for kind, group in names.items()
    }
    posterior = fit_level(
        terms,
        prior_shape=sample.centre(f"threat.prior.{threat_class}.shape", into="node_rate_per_y"),
        prior_median=sample.centre(f"threat.prior.{threat_class}.median", into="node_rate_per_y"),
        coverage=priors["coverage"],
        definition=priors["definition"],
        out_of_scope=priors["out_of_scope"],
        discount=catalogue.estimate("threat.discount").distribution,
        as_of=decimal_year(as_of),
    )
    return posterior, counts


def _campaign_rate(catalogue: Catalogue, *, sample: EpistemicSample, as_of: date) -> FloatArray:
    column = "campaign_rate_per_y"
    shape = sample.centre("threat.prior.campaign.shape", into=column)
    rate = float(special.gammaincinv(shape, 0.5)) / sample.centre("threat.prior.campaign.median", into=column)
    seen = [c for c in catalogue.campaigns if c.threat_class == "ddos" and start_of(c.started_on) <= as_of]
    windows = {(c.window_start, c.window_end) for c in catalogue.campaigns if c.threat_class == "ddos"}
    years = 0.0
    for start, end in windows:
        stop = min(start_of(end), as_of)
        years += max((stop - start_of(start)).days, 0) / 365.25
    values = special.gammaincinv(shape + len(seen), sample.uniforms("campaign.ddos.rate")) / (rate + years)
    return np.asarray(values, dtype=np.float64)
