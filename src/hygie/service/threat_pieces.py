"""Which pieces of evidence moved the frequencies most: each is put back alone, and what goes with it is measured."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hygie.core.errors import ModelError
from hygie.core.sampling import EpistemicSample
from hygie.knowledge.records import UNKNOWN_ACTOR, Incident
from hygie.service.threat_world import World, measure_frequencies, rate_world
from hygie.threat.known import Kind, Piece, index_entries, list_pieces, put_back
from hygie.threat.rates import ThreatRates

__all__ = ["PieceGroup", "rank_pieces"]

# More incidents than this are taken together by the actor that they are attributed to.
_ALONE = 5
# More pieces than this are listed and not measured.
_MEASURED = 60
# What levels are fitted to: without a change in it, the fits of the day hold.
_FITTED: frozenset[Kind] = frozenset({"counts", "states", "model"})


@dataclass(frozen=True, slots=True)
class PieceGroup:
    """One piece of evidence, or incidents taken together, and what it moves.

    Parameters
    ----------
    effect
        Change of all frequencies [1/y] that goes when it is put back; None when it was not measured.
    moved
        Σ |change| over classes and actors [1/y]: also counts what only moves between actors.
    """

    pieces: tuple[Piece, ...]
    effect: float | None
    moved: float


def rank_pieces(before: World, after: World, kind: Kind, *, seed: int, draws: int) -> list[PieceGroup]:
    """Return the pieces by which two worlds differ in one kind of evidence, what moved most first."""
    groups = _group_pieces(before, after, kind)
    rates, sample = rate_world(after, seed=seed, draws=draws)
    fitted = None if kind in _FITTED else rates.sector.fitted
    base = _measure(after, rates, sample)
    ranked = []
    for index, pieces in enumerate(groups):
        if index >= _MEASURED:
            ranked.append(PieceGroup(pieces, None, 0.0))
            continue
        world = replace(after, catalogue=put_back(before.catalogue, after.catalogue, pieces))
        try:
            other = _measure(world, *rate_world(world, seed=seed, draws=draws, fitted=fitted))
        except ModelError:
            # Alone among the others it would count events twice: it cannot be told apart from them.
            ranked.append(PieceGroup(pieces, None, 0.0))
            continue
        names = base.keys() | other.keys()
        changes = [base.get(name, 0.0) - other.get(name, 0.0) for name in sorted(names)]
        ranked.append(PieceGroup(pieces, float(np.sum(changes)), float(np.abs(changes).sum())))
    return sorted(ranked, key=lambda group: (-group.moved, group.pieces[0].ref))


def _measure(world: World, rates: ThreatRates, sample: EpistemicSample) -> dict[tuple[str, str], float]:
    """Return mean frequencies [1/y] by class and actor; classes without actors stand whole."""
    led = dict.fromkeys(rates.level, rates.actors)
    led |= {kind: campaigns.actors for kind, campaigns in rates.sector.campaigns.items()}
    found: dict[tuple[str, str], float] = {}
    for name, values in measure_frequencies(world, rates, sample).items():
        if name in led:
            shares = led[name].shares
            for index, actor in enumerate(led[name].actors):
                found[name, actor] = float((values * shares[:, index]).mean())
        else:
            found[name, ""] = float(values.mean())
    return found


def _group_pieces(before: World, after: World, kind: Kind) -> list[tuple[Piece, ...]]:
    pieces = list_pieces(before.catalogue, after.catalogue, kind)
    if kind != "incidents" or len(pieces) <= _ALONE:
        return [(piece,) for piece in pieces]
    known: dict[str, Incident] = {
        **index_entries(before.catalogue, kind),
        **index_entries(after.catalogue, kind),
    }
    groups: dict[str, list[Piece]] = {}
    for piece in pieces:
        groups.setdefault(known[piece.ref].actor.name or UNKNOWN_ACTOR, []).append(piece)
    return [tuple(group) for group in groups.values()]
