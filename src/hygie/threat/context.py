"""For whom: what moves risk between organisations, never the sector's level.

λ_f = λ m_f, with m_f = exp(Σ β_k x_{f,k}) over its mean on the population, draw by draw. Whatever x is centred on
cancels in that ratio. What a file does not say of an organisation is averaged over those like it in the population.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import EvidenceError
from hygie.core.sampling import EpistemicSample
from hygie.facility.blueprints import PopulationSpec
from hygie.knowledge.packs import Catalogue
from hygie.knowledge.records import Incident
from hygie.threat.covariates import (
    COUNTED,
    CovariateSpec,
    PlaceSpec,
    Traits,
    describe_population,
    load_covariates,
    load_places,
)
from hygie.threat.nearby import Closeness, measure_nearby, measure_nearby_departments, read_closeness

__all__ = [
    "Context",
    "Effects",
    "contextual_multiplier",
    "load_context",
    "multiply_context",
    "share_visibility",
]

FloatArray = NDArray[np.float64]

_COLUMN = "node_rate_per_y"
_VISIBLE = "node_visibility"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """Coefficients of the covariates, one value per draw [K] each.

    Parameters
    ----------
    size, public, nearby
        Elasticity to staff; public rather than private; a recent incident nearby.
    category
        By category; one that is not there has no effect.
    counted
        By covariate of `COUNTED`.
    floor
        Staff below which size no longer lowers frequency [fte].
    """

    size: FloatArray
    public: FloatArray
    category: Mapping[str, FloatArray]
    counted: Mapping[str, FloatArray]
    nearby: FloatArray
    floor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What is needed to compare an organisation with the population: on one date, for one sample.

    Parameters
    ----------
    attempts, visibility
        Effects on attempts that come one by one, and on being picked by a campaign.
    entities
        Entities of the population.
    covariates
        How those that count things are spread over the population.
    incidents, closeness, as_of
        What counts as a recent incident nearby.
    nearby_mean
        Mean of the factor of nearby incidents over the places of the population [K].
    mean, mean_visibility
        Mean of exp(Σ β x) over the population [K].
    """

    attempts: Effects
    visibility: Effects
    entities: float
    covariates: Mapping[str, CovariateSpec]
    incidents: tuple[Incident, ...]
    closeness: Closeness
    as_of: date
    nearby_mean: FloatArray
    mean: FloatArray
    mean_visibility: FloatArray


def contextual_multiplier(
    fte: Sequence[float], *, population: PopulationSpec, elasticity: FloatArray, floor: float
) -> FloatArray:
    """Return the part of size in m [K, n], averaging one over the entities of the population.

    Parameters
    ----------
    fte
        Staff of each organisation [n].
    elasticity
        Growth of frequency with size, one value per draw [K].
    floor
        Staff below which size no longer lowers frequency.
    """
    entities = np.array([stratum.entities for stratum in population.strata], dtype=np.float64)
    strata = np.maximum([stratum.fte for stratum in population.strata], floor)
    mean = (strata[None, :] ** elasticity[:, None]) @ entities / entities.sum()
    sizes = np.maximum(np.asarray(fte, dtype=np.float64), floor)
    return np.asarray(sizes[None, :] ** elasticity[:, None] / mean[:, None], dtype=np.float64)


def _draw_attempt_effects(sample: EpistemicSample, known: Iterable[str], floor: float) -> Effects:
    return Effects(
        size=sample.values("context.size_elasticity", into=_COLUMN),
        public=sample.values("context.public", into=_COLUMN),
        category=_draw_categories(sample, known, prefix="context.category.", into=_COLUMN),
        counted={name: sample.values(f"context.{name}", into=_COLUMN) for name in COUNTED},
        nearby=sample.values("context.nearby", into=_COLUMN),
        floor=floor,
    )


def _draw_visibility_effects(sample: EpistemicSample, known: Iterable[str], floor: float) -> Effects:
    nothing = np.zeros(sample.draws)
    return Effects(
        size=sample.values("context.visibility_elasticity", into=_VISIBLE),
        public=nothing,
        category=_draw_categories(sample, known, prefix="context.visibility.", into=_VISIBLE),
        counted=dict.fromkeys(COUNTED, nothing),
        nearby=nothing,
        floor=floor,
    )


def _draw_categories(
    sample: EpistemicSample, known: Iterable[str], *, prefix: str, into: str
) -> Mapping[str, FloatArray]:
    return {ref.removeprefix(prefix): sample.values(ref, into=into) for ref in known if ref.startswith(prefix)}


def load_context(
    catalogue: Catalogue,
    population: PopulationSpec | Traits,
    *,
    sample: EpistemicSample,
    as_of: date,
    floor: float | None = None,
) -> Context:
    """Return the context of a population on a date.

    Parameters
    ----------
    population
        Strata of the pack, or every entity of a register: then the multipliers of those average exactly one.
    floor
        Staff below which size no longer lowers frequency [fte]; that of the packs by default.

    Raises
    ------
    EvidenceError, SchemaError
        The packs lack an estimate, or a section is wrong.
    """
    covariates = load_covariates(catalogue)
    missing = COUNTED.keys() - covariates.keys()
    if missing:
        raise EvidenceError(
            "no pack says how a covariate is spread over the population",
            field="covariates",
            value=", ".join(sorted(missing)),
            allowed=", ".join(COUNTED),
            repair="add it to the section “covariates” of the sector pack",
        )
    if isinstance(population, Traits):
        traits, entities = population, np.ones(len(population))
    else:
        traits = describe_population(population)
        entities = np.array([stratum.entities for stratum in population.strata], dtype=np.float64)
    for column in (_COLUMN, _VISIBLE):
        stated = sample.centre("exposure.fte_floor", into=column)
    limit = stated if floor is None else floor
    attempts = _draw_attempt_effects(sample, catalogue.estimates, limit)
    places = load_places(catalogue)
    closeness = read_closeness(sample, places)
    around = _average_nearby(places, catalogue.incidents, attempts.nearby, closeness=closeness, as_of=as_of)
    bare = Context(
        attempts=attempts,
        visibility=_draw_visibility_effects(sample, catalogue.estimates, limit),
        entities=float(entities.sum()),
        covariates=covariates,
        incidents=catalogue.incidents,
        closeness=closeness,
        as_of=as_of,
        nearby_mean=around,
        mean=np.ones(sample.draws),
        mean_visibility=np.ones(sample.draws),
    )
    weights = entities / entities.sum()
    return replace(
        bare,
        mean=multiply_context(traits, bare) @ weights,
        mean_visibility=_exponentiate(traits, bare.visibility, bare) @ weights,
    )


def _average_nearby(
    places: PlaceSpec | None,
    incidents: Sequence[Incident],
    effect: FloatArray,
    *,
    closeness: Closeness,
    as_of: date,
) -> FloatArray:
    """Return the mean of exp(β x) over the places of the population [K]."""
    if places is None:
        return np.ones(effect.shape)
    x = measure_nearby_departments(places.departments, incidents, closeness=closeness, as_of=as_of)
    entities = np.array([place.entities for place in places.departments], dtype=np.float64)
    return np.asarray(np.exp(effect[:, None] * x) @ entities / entities.sum())


def multiply_context(traits: Traits, context: Context) -> FloatArray:
    """Return m [K, n]: relative frequency of attempts, averaging one over the population of the context."""
    nearby = measure_nearby(traits, context.incidents, closeness=context.closeness, as_of=context.as_of)
    effect = context.attempts.nearby
    around = np.where(np.isnan(nearby), context.nearby_mean[:, None], np.exp(effect[:, None] * np.nan_to_num(nearby)))
    values = _exponentiate(traits, context.attempts, context)
    values *= around
    values /= context.mean[:, None]
    return values


def share_visibility(traits: Traits, context: Context) -> FloatArray:
    """Return v [K, n]: probability that one victim picked in the population is this organisation."""
    values = _exponentiate(traits, context.visibility, context)
    values /= context.mean_visibility[:, None] * context.entities
    return np.asarray(np.minimum(values, 1.0))


def _exponentiate(traits: Traits, effects: Effects, context: Context) -> FloatArray:
    """Return exp(Σ β x) [K, n] without nearby incidents; what is unknown of a row is averaged over those like it."""
    size = np.log(np.maximum(traits.fte, effects.floor))
    public = np.array([status == "public" for status in traits.status], dtype=np.float64)
    exponent = np.outer(effects.size, size)
    exponent += np.outer(effects.public, public)
    kinds = list(zip(traits.category, traits.status, strict=True))
    rows = {kind: np.array([each == kind for each in kinds]) for kind in set(kinds)}
    for (category, status), row in rows.items():
        if category in effects.category:
            exponent[:, row] += effects.category[category][:, None]
        for name, effect in effects.counted.items():
            if effect.any():
                unknown = row & np.isnan(traits.counted[name])
                exponent[:, unknown] += np.log(
                    _average_profile(context.covariates[name], category, status, effect=effect)
                )[:, None]
    for name, effect in effects.counted.items():
        if effect.any():
            exponent += np.outer(effect, np.nan_to_num(_transform(name, traits.counted[name])))
    return np.asarray(np.exp(exponent))


def _transform(name: str, value: FloatArray) -> FloatArray:
    return np.asarray(np.log1p(value) if COUNTED[name] == "count" else np.log(value))


def _average_profile(spec: CovariateSpec, category: str, status: str, *, effect: FloatArray) -> FloatArray:
    """Return the mean of exp(β x) over those of the population with this category and status [K]."""
    profile = next(each for each in spec.profiles if each.fits(category, status))
    x = _transform(spec.id, np.array(profile.values))
    return np.asarray(np.exp(np.outer(effect, x)) @ np.array(profile.shares) / sum(profile.shares))
