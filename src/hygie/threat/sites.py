"""Sites of one legal entity share its frequency of attacks.

Rates and the population are stated per legal entity, so a portfolio of sites must not multiply them by the number of
sites. With m_e the context of an entity and m_s that of its sites, each described like an organisation of its own, a
site receives m_e m_s / Σ m_s: what the entity receives as a whole is exactly what it was.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hygie.threat.rates import ThreatRates

__all__ = ["share_rates"]

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


def share_rates(whole: ThreatRates, parts: ThreatRates, *, owner: IntArray) -> ThreatRates:
    """Return the frequencies of `parts` that add up to those of `whole`, entity by entity and draw by draw.

    Attempts are split in proportion to context. A campaign hits some site of an entity as often as it hit the entity:
    with v_e its visibility and w_s the shares of its sites, v_s = 1 − (1 − v_e)^w_s, so that Π(1 − v_s) = 1 − v_e.

    Parameters
    ----------
    whole, parts
        Frequencies of entities [K, e] and of sites [K, n], from the same basis.
    owner
        Entity of each site [n].
    """
    share = _shares(parts.visibility, owner, whole.visibility.shape[1])
    with np.errstate(divide="ignore"):
        missed = np.log1p(-whole.visibility)[:, owner]
    return replace(
        parts,
        multiplier=whole.multiplier[:, owner] * _shares(parts.multiplier, owner, whole.multiplier.shape[1]),
        visibility=np.where(share == 1.0, whole.visibility[:, owner], -np.expm1(share * missed)),
    )


def _shares(values: FloatArray, owner: IntArray, owners: int) -> FloatArray:
    """Return each value over the sum of those with the same owner [K, n]."""
    sums = np.stack([np.bincount(owner, row, minlength=owners) for row in values])
    return np.asarray(values / sums[:, owner])
