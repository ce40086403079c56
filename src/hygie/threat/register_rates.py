"""Frequencies of every legal entity and every site of a register at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hygie.core.sampling import EpistemicSample
from hygie.knowledge.packs import Catalogue
from hygie.threat.campaigns import chance_of_hit, wind_clock
from hygie.threat.context import load_context, multiply_context, share_visibility
from hygie.threat.covariates import describe_register
from hygie.threat.sector import SectorLevels

if TYPE_CHECKING:
    from hygie.facility.registers import Register

__all__ = ["RegisterRates", "rate_register", "share_sites"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRates:
    """Yearly frequencies over a register, for defences like those of the sector.

    Parameters
    ----------
    entities, sites
        FINESS numbers, in the order of the register.
    site_entity, site_share
        Position of the entity of each site [sites], and the share of its frequency that falls on it [sites].
    rates
        By class [K, entities] [1/y]: events for counted classes, hits for campaigns.
    """

    as_of: date
    entities: tuple[str, ...]
    sites: tuple[str, ...]
    site_entity: NDArray[np.intp]
    site_share: FloatArray
    rates: Mapping[str, FloatArray]

    def total(self, threat_class: str) -> FloatArray:
        """Return the frequency of the sector [K] [1/y]: the sum over entities."""
        return np.asarray(self.rates[threat_class].sum(axis=1))

    def entity_bands(self, threat_class: str, probabilities: Sequence[float] = (0.05, 0.5, 0.95)) -> FloatArray:
        """Return quantiles over draws [probabilities, entities] [1/y]."""
        return np.quantile(self.rates[threat_class], probabilities, axis=0)

    def site_bands(self, threat_class: str, probabilities: Sequence[float] = (0.05, 0.5, 0.95)) -> FloatArray:
        """Return quantiles over draws [probabilities, sites] [1/y]: of the entity, times the share of the site."""
        return self.entity_bands(threat_class, probabilities)[:, self.site_entity] * self.site_share

    def site_rates(self, threat_class: str) -> FloatArray:
        """Return the frequency of each site [K, sites] [1/y]; they sum to those of the entities."""
        return self.rates[threat_class][:, self.site_entity] * self.site_share


def share_sites(register: Register) -> tuple[NDArray[np.intp], FloatArray]:
    """Return the position of the entity of each site, and the share of it that the site is, by staff.

    Staff that the register leaves blank count as nothing; an entity whose sites have none is shared out equally.
    """
    position = {finess: index for index, finess in enumerate(register.entities)}
    entity = np.array([position[site.entity] for site in register.sites], dtype=np.intp)
    staff = np.array([site.fte or 0.0 for site in register.sites], dtype=np.float64)
    total = np.bincount(entity, weights=staff, minlength=len(position))
    number = np.bincount(entity, minlength=len(position))
    known = total[entity] > 0.0
    share = np.divide(staff, total[entity], out=1.0 / number[entity], where=known)
    return entity, np.asarray(share, dtype=np.float64)


def rate_register(
    register: Register,
    levels: SectorLevels,
    *,
    catalogue: Catalogue,
    sample: EpistemicSample,
    floor: float | None = None,
) -> RegisterRates:
    """Return the frequencies of every legal entity and site of a register.

    Multipliers average exactly one over its entities, so that the sum over them is level × entities in each draw.

    Parameters
    ----------
    levels
        Drawn with the same sample.
    floor
        Staff below which size no longer lowers frequency [fte]; that of the packs by default.
    """
    traits = describe_register(register)
    context = load_context(catalogue, traits, sample=sample, as_of=levels.as_of, floor=floor)
    multiplier = multiply_context(traits, context)
    rates: dict[str, FloatArray] = {name: level[:, None] * multiplier for name, level in levels.level.items()}
    visibility = share_visibility(traits, context)
    for kind, campaigns in levels.campaigns.items():
        clock = wind_clock(
            size_mean=campaigns.size_mean,
            size_shape=campaigns.size_shape,
            population=visibility,
            entities=np.ones(len(traits)),
        )
        rates[kind] = campaigns.rate[:, None] * chance_of_hit(visibility, clock)
    site_entity, site_share = share_sites(register)
    return RegisterRates(
        as_of=levels.as_of,
        entities=tuple(register.entities),
        sites=tuple(site.finess for site in register.sites),
        site_entity=site_entity,
        site_share=site_share,
        rates=rates,
    )
