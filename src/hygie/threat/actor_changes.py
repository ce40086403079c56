"""What if an actor doubles, disappears or returns: other shares and another level, from the same draws."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import ModelError, suggest
from hygie.threat.actors import UNATTRIBUTED, UNATTRIBUTED_SKILLED, ActorShares

__all__ = ["ActorChange", "change_actor"]

FloatArray = NDArray[np.float64]

_DAYS = 365.25


@dataclass(frozen=True, slots=True)
class ActorChange:
    """What a change of one actor makes.

    Parameters
    ----------
    shares
        Shares of attempts over the twelve months after their date.
    level
        [K] factor on the level of the classes that these actors attack.
    """

    shares: ActorShares
    level: FloatArray


def change_actor(
    actors: ActorShares, ref: str, *, change: float | Literal["gone", "returns"], at: date | None = None
) -> ActorChange:
    """Return shares and level over the next twelve months if an actor changes.

    Of the attempts that an actor gains or loses, Δ in units of all attempts, the share ρ comes from or goes to the
    others, whose affiliates move: they change by −ρΔ in proportion, and the level by the factor 1 + (1 − ρ)Δ.

    Parameters
    ----------
    change
        Factor on its activity (2 doubles), ``"gone"``, or ``"returns"``: active again, as its incidents tell.
    at
        When it happens; before the end of the twelve months it weighs by the part of them that is left. The date of
        `actors` by default.

    Raises
    ------
    ModelError
        The actor has no share of its own, or the factor is negative.
    """
    if ref not in actors.actors or ref in (UNATTRIBUTED, UNATTRIBUTED_SKILLED):
        known = [name for name in actors.actors if name not in (UNATTRIBUTED, UNATTRIBUTED_SKILLED)]
        raise ModelError(
            f"“{ref}” has no share of its own among those who attack",
            field="actor",
            value=ref,
            allowed=", ".join(known),
            repair=suggest(ref, known) or "name one of these actors",
        )
    if change not in ("gone", "returns") and not (isinstance(change, float | int) and 0.0 <= change < np.inf):
        raise ModelError(
            "an actor cannot be less than gone",
            field="change",
            value=change,
            allowed="a factor of 0 or more (1 changes nothing, 2 doubles), “gone” or “returns”",
            repair="give one of these",
        )
    index = actors.actors.index(ref)
    own = actors.shares[:, index]
    match change:
        case "gone":
            delta = -own
        case "returns":
            # Such that its share of what then comes is the one it would have: gone and back is where one was.
            target = actors.active[:, index]
            kept = 1.0 - (1.0 - actors.moves) * target
            delta = np.divide(target - own, kept, out=np.zeros_like(own), where=kept > 0.0)
        case factor:
            delta = own * (factor - 1.0)
    delta = delta * _part_left(actors.as_of, at)
    # The others cannot lose more than they have: what is missing is new.
    rest = 1.0 - own
    moved = np.minimum(actors.moves * delta, rest)
    others = np.divide(rest - moved, rest, out=np.ones_like(rest), where=rest > 0.0)
    factors = np.repeat(others[:, None], len(actors.actors), axis=1)
    factors[:, index] = 1.0
    shares = actors.shares * factors
    shares[:, index] = own + delta
    total = shares.sum(axis=1, keepdims=True)
    # Nobody is left: who comes instead is not known, and shares stay.
    shares = np.divide(shares, total, out=actors.shares.copy(), where=total > 0.0)
    return ActorChange(replace(actors, shares=shares), 1.0 + delta - moved)


def _part_left(as_of: date, at: date | None) -> float:
    """Return the part of the twelve months after `as_of` that lies after `at` [share]."""
    if at is None:
        return 1.0
    return float(np.clip(1.0 - (at - as_of).days / _DAYS, 0.0, 1.0))
