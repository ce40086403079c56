"""For whom: size moves risk between organisations, never the sector's level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hygie.facility.blueprints import PopulationSpec

__all__ = ["contextual_multiplier", "visibility_share"]

FloatArray = NDArray[np.float64]


def _sizes(fte: Sequence[float], floor: float) -> FloatArray:
    return np.maximum(np.asarray(fte, dtype=np.float64), floor)


def contextual_multiplier(
    fte: Sequence[float], *, population: PopulationSpec, elasticity: FloatArray, floor: float
) -> FloatArray:
    """Return m [K, n]: relative frequency by size, averaging one over the entities of the population.

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
    strata = _sizes([stratum.fte for stratum in population.strata], floor)
    mean = (strata[None, :] ** elasticity[:, None]) @ entities / entities.sum()
    return np.asarray(_sizes(fte, floor)[None, :] ** elasticity[:, None] / mean[:, None], dtype=np.float64)


def visibility_share(
    fte: Sequence[float], *, population: PopulationSpec, elasticity: FloatArray, floor: float
) -> FloatArray:
    """Return v [K, n]: probability that one victim picked in the population is this organisation."""
    entities = sum(stratum.entities for stratum in population.strata)
    multiplier = contextual_multiplier(fte, population=population, elasticity=elasticity, floor=floor)
    return np.minimum(multiplier / entities, 1.0)
