"""A recent incident nearby: in the same territorial group, department or region, less and less as it ages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.core.units import HOURS_PER_DAY
from hygie.knowledge.actor_names import fold_name
from hygie.knowledge.records import Incident
from hygie.threat.actors import HANDS_ON, start_of
from hygie.threat.covariates import Department, PlaceSpec, Traits

__all__ = ["Closeness", "measure_nearby", "measure_nearby_departments", "read_closeness"]

FloatArray = NDArray[np.float64]

_COLUMN = "node_rate_per_y"


@dataclass(frozen=True, slots=True, kw_only=True)
class Closeness:
    """How much an incident counts for those around it.

    Parameters
    ----------
    department, region
        Weight of an incident in the same department or region; one in the same territorial group counts 1.
    half_life_d, window_d
        Age at which it counts half, and beyond which it does not count [d].
    common_words
        Words that tell no name from another.
    """

    department: float
    region: float
    half_life_d: float
    window_d: float
    common_words: frozenset[str] = frozenset()


def read_closeness(sample: EpistemicSample, places: PlaceSpec | None) -> Closeness:
    """Return how much a nearby incident counts, as the packs say."""
    return Closeness(
        department=sample.centre("context.nearby.department", into=_COLUMN),
        region=sample.centre("context.nearby.region", into=_COLUMN),
        half_life_d=sample.centre("context.nearby.half_life", into=_COLUMN) / HOURS_PER_DAY,
        window_d=sample.centre("context.nearby.window", into=_COLUMN) / HOURS_PER_DAY,
        common_words=frozenset(places.common_words if places is not None else ()),
    )


@lru_cache(maxsize=8192)
def _key(name: str, common_words: frozenset[str]) -> frozenset[str]:
    """Return what tells a hospital's name from others: “CH d’Arles” is “CENTRE HOSPITALIER D'ARLES”."""
    words = "".join(letter if letter.isalnum() else " " for letter in name).split()
    return frozenset(folded for word in words if (folded := fold_name(word)) not in common_words)


def _fade(incidents: Sequence[Incident], closeness: Closeness, as_of: date) -> list[tuple[Incident, float]]:
    faded = []
    for incident in incidents:
        age = (as_of - start_of(incident.started_on)).days
        if incident.threat_class in HANDS_ON and 0 <= age <= closeness.window_d:
            faded.append((incident, 0.5 ** (age / closeness.half_life_d)))
    return faded


def measure_nearby(traits: Traits, incidents: Sequence[Incident], *, closeness: Closeness, as_of: date) -> FloatArray:
    """Return x [n]: log(1 + incidents nearby, weighted by closeness and age); NaN where no place is known.

    An incident counts once for each organisation, at its closest: in its group, department or region. One's own
    incidents do not count: they say something of oneself, not of one's surroundings.
    """
    total = np.zeros(len(traits))
    common = closeness.common_words
    region, department = np.array(traits.region), np.array(traits.department)
    recent = _fade(incidents, closeness, as_of)
    names = [_key(name, common) for name in traits.names] if recent else []
    peers = [frozenset(_key(name, common) for name in group) for group in traits.peers] if recent else []
    for incident, kept in recent:
        victim = incident.victim
        name = frozenset() if victim.unnamed else _key(victim.name, common)
        same_department = (department == (victim.department or "")) & (department != "")
        weight = np.where((region == (victim.region or "")) & (region != ""), closeness.region, 0.0)
        weight = np.where(same_department, closeness.department, weight)
        if name:
            # Two hospitals of one name in two departments are two hospitals.
            possible = same_department | (department == "") | (victim.department is None)
            own = np.array([name == each for each in names]) & possible
            group = np.array([name in each for each in peers])
            weight = np.where(own, 0.0, np.where(group, 1.0, weight))
        total += kept * weight
    return np.where((region == "") & (department == "") & (total == 0.0), np.nan, np.log1p(total))


def measure_nearby_departments(
    departments: Sequence[Department], incidents: Sequence[Incident], *, closeness: Closeness, as_of: date
) -> FloatArray:
    """Return x of an entity of each department [departments], outside the groups of the victims."""
    total = np.zeros(len(departments))
    for incident, kept in _fade(incidents, closeness, as_of):
        victim = incident.victim
        for row, place in enumerate(departments):
            if place.department == victim.department:
                total[row] += kept * closeness.department
            elif place.region == victim.region:
                total[row] += kept * closeness.region
    return np.log1p(total)
