"""Who: shares of actors from dated incidents, and their state of activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.sampling import EpistemicSample
from hygie.knowledge.records import Incident, ThreatActor

__all__ = ["UNATTRIBUTED", "UNATTRIBUTED_SKILLED", "ActorShares", "activity_state", "share_actors", "start_of"]

FloatArray = NDArray[np.float64]

UNATTRIBUTED = "unattributed"
UNATTRIBUTED_SKILLED = "unattributed_skilled"

# Weight of an attribution by its stated confidence: an incident "attributed with medium confidence" counts for less.
_CONFIDENCE = {"high": 1.0, "medium": 0.7, "low": 0.4, "none": 0.0}
_HANDS_ON = {"ransomware", "extortion", "intrusion"}


@dataclass(frozen=True, slots=True)
class ActorShares:
    """Shares of attempts by actor, per draw.

    Parameters
    ----------
    actors
        Curated actors, then the two kinds of unattributed ones.
    shares
        [K, actors] for hands-on intrusions; rows sum to one.
    lost_activity
        [K] share of attempts that went away with dismantled actors since the last count.
    """

    actors: tuple[str, ...]
    shares: FloatArray
    lost_activity: FloatArray
    incidents: tuple[str, ...]


def start_of(partial: str) -> date:
    """Return the first day of a date written YYYY, YYYY-MM or YYYY-MM-DD."""
    parts = [int(part) for part in partial.split("-")]
    return date(parts[0], parts[1] if len(parts) > 1 else 1, parts[2] if len(parts) > 2 else 1)


def activity_state(actor: ThreatActor, at: date) -> float:
    """Return the state (1 active … 0 dismantled) in force on a date; 0 before the first known activity."""
    state = 0.0 if actor.activity else 1.0
    for entry in sorted(actor.activity, key=lambda item: start_of(item.from_)):
        if start_of(entry.from_) <= at:
            state = entry.state
    return state


def share_actors(
    actors: Mapping[str, ThreatActor],
    incidents: Sequence[Incident],
    *,
    sample: EpistemicSample,
    as_of: date,
    last_count: date,
) -> ActorShares:
    """Draw actor shares from a Dirichlet over dated, graded incidents.

    The weight of an incident is δ^age times the confidence of its attribution; what is not attributed is left to the
    unattributed share, which has its own estimate.
    """
    column = "actor_cumulative"
    # An actor without threat classes is carried for its names only: no case of it is counted here.
    curated = sorted(ref for ref, actor in actors.items() if actor.mode != "ddos" and actor.threat_classes)
    delta = sample.centre("threat.discount", into=column)
    alpha = sample.centre("threat.actor_prior", into=column)
    weights = dict.fromkeys(curated, alpha)
    used: list[str] = []
    for incident in incidents:
        day = start_of(incident.started_on)
        if incident.threat_class not in _HANDS_ON or day > as_of or incident.actor.name not in weights:
            continue
        age = (as_of - day).days / 365.25
        weights[incident.actor.name] += delta**age * _CONFIDENCE[incident.actor.confidence]
        used.append(incident.ref)
    gammas = np.stack([special.gammaincinv(weights[ref], sample.uniforms(f"actor.{ref}")) for ref in curated], axis=1)
    shares = gammas / gammas.sum(axis=1, keepdims=True)
    now = np.array([activity_state(actors[ref], as_of) for ref in curated])
    then = np.array([activity_state(actors[ref], min(last_count, as_of)) for ref in curated])
    unattributed = sample.values("threat.unattributed_opportunist", into=column)
    moves = sample.values("threat.affiliate_moves", into="node_rate_per_y")
    # Activity lost since the last count: what changed before is already in the count.
    gone = (1.0 - unattributed) * (1.0 - moves) * (shares @ np.maximum(then - now, 0.0))
    active = shares * np.maximum(now, 1e-6)
    active /= active.sum(axis=1, keepdims=True)
    full = np.concatenate(
        [active * (1.0 - unattributed[:, None]), unattributed[:, None], np.zeros((sample.draws, 1))], axis=1
    )
    return ActorShares((*curated, UNATTRIBUTED, UNATTRIBUTED_SKILLED), full, gone, tuple(used))
