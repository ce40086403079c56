"""An estimate: a distribution, its unit, its dates, its method and the evidence behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hygie.core.distributions import Distribution
from hygie.core.errors import EvidenceError, SchemaError
from hygie.core.evidence import LocalText
from hygie.core.ids import derive_entity
from hygie.core.seeds import spread_keys
from hygie.core.units import get_unit

__all__ = ["Estimate", "Method", "draw_uniforms", "draw_uniforms_each"]


class Method(StrEnum):
    """How a figure was obtained."""

    PUBLISHED = "published"
    FITTED = "fitted"
    ELICITED = "elicited"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What is believed about one quantity.

    Parameters
    ----------
    id
        Stable dotted name, such as ``impact.recovery.forensics_h``.
    unit
        Canonical unit of the distribution.
    method, evidence
        How it was obtained, and the refs behind it; only `assumed` may have none.
    """

    id: str
    description: LocalText
    unit: str
    distribution: Distribution
    method: Method
    evidence: tuple[str, ...]
    valid_from: str
    last_checked_on: str
    note: LocalText | None = None

    def __post_init__(self) -> None:
        unit = get_unit(self.unit)
        if not self.evidence and self.method is not Method.ASSUMED:
            raise EvidenceError(
                f"“{self.id}” names no evidence",
                field="evidence",
                allowed="at least one evidence ref, or method: assumed",
                repair="cite the evidence, or say `method: assumed` so that it is listed as an assumption",
            )
        low, high = self.distribution.support
        if (unit.lower is not None and low < unit.lower) or (
            unit.upper is not None and high > unit.upper * (1 + 1e-12)
        ):
            raise SchemaError(
                f"“{self.id}” can take values that its unit does not allow",
                field="distribution",
                value=f"{low:g} … {high:g} {self.unit}",
                allowed=f"{unit.lower} … {unit.upper if unit.upper is not None else '∞'}",
                repair="add `lower:` and `upper:` bounds, or choose another family",
            )

    def sample(self, *, seed: int, draws: int) -> NDArray[np.float64]:
        """Return one value per epistemic draw [draws], in `unit`, keyed by the estimate's id alone."""
        return self.distribution.ppf(draw_uniforms(self.id, seed=seed, draws=draws))


def draw_uniforms(name: str, *, seed: int, draws: int) -> NDArray[np.float64]:
    """Return a Latin hypercube column [draws] in (0, 1) that depends on `name`, `seed` and `draws` only.

    Each of the `draws` equal slices of (0, 1) holds exactly one value (McKay, Beckman & Conover 1979,
    doi:10.1080/00401706.1979.10489755), in an order that is independent from one name to another.
    """
    entity = derive_entity("estimate", name)
    generator = np.random.Generator(np.random.Philox(np.random.SeedSequence([seed, entity & 0xFFFFFFFF, entity >> 32])))
    slots = generator.permutation(draws).astype(np.float64)
    return _place(slots, generator.random(draws))


def draw_uniforms_each(names: Sequence[str], *, seed: int, draws: int) -> NDArray[np.float64]:
    """Return the columns of many names [draws, names], each as `draw_uniforms` gives it, some seven times as fast."""
    entities = np.array([derive_entity("estimate", name) for name in names], dtype=np.uint64)
    slots = np.tile(np.arange(draws), (entities.size, 1))
    inside = np.empty((entities.size, draws))
    # One generator is set to each key in turn: most of the time of a short column is making its generator.
    stream = np.random.Philox(0)
    generator = np.random.Generator(stream)
    place: dict[str, Any] = {"counter": [0, 0, 0, 0], "key": [0, 0]}
    start: Any = {"bit_generator": "Philox", "state": place, "buffer": [0, 0, 0, 0], "buffer_pos": 4}
    start |= {"has_uint32": 0, "uinteger": 0}
    for row, key in enumerate(spread_keys(seed, entities).tolist()):
        place["key"] = key
        stream.state = start
        generator.shuffle(slots[row])
        generator.random(out=inside[row])
    return np.ascontiguousarray(_place(slots.astype(np.float64), inside).T)


def _place(slots: NDArray[np.float64], inside: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.clip((slots + inside) / slots.shape[-1], 1e-12, 1.0 - 1e-12))
