"""Who: shares of actors from dated incidents, and their state of activity."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from scipy import special

from hygie.core.evidence import Evidence
from hygie.core.sampling import EpistemicSample
from hygie.knowledge.records import Campaign, Incident, ThreatActor

__all__ = [
    "HANDS_ON",
    "UNATTRIBUTED",
    "UNATTRIBUTED_SKILLED",
    "ActorShares",
    "activity_state",
    "grade_weight",
    "share_actors",
    "share_campaign_actors",
    "start_of",
]

FloatArray = NDArray[np.float64]

UNATTRIBUTED = "unattributed"
UNATTRIBUTED_SKILLED = "unattributed_skilled"

# Classes of incidents that tell who breaks in.
HANDS_ON = frozenset({"ransomware", "extortion", "intrusion"})
# Weight of an attribution by its stated confidence: an incident "attributed with medium confidence" counts for less.
_CONFIDENCE = {"high": 1.0, "medium": 0.7, "low": 0.4, "none": 0.0}
# Steps down the Admiralty scale. F and 6 say that it cannot be judged, not that it is bad: they count as the middle.
_RELIABILITY = {"A": 0, "B": 1, "C": 2, "D": 3, "E": 4, "F": 2}
_CREDIBILITY = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class ActorShares:
    """Shares of attempts by actor, per draw, on one date.

    Parameters
    ----------
    actors
        Curated actors, then those that stand for what is attributed to nobody.
    shares
        [K, actors]; rows sum to one.
    active
        [K, actors] share that each would have if it were active and all others as they are on the date.
    moves
        [K] share ρ of the affiliates of an actor that go on elsewhere when it falls.
    lost_activity
        [K] share of attempts that went away with actors since the last count.
    incidents
        Refs of the incidents or campaigns that inform the shares.
    """

    as_of: date
    actors: tuple[str, ...]
    shares: FloatArray
    active: FloatArray
    moves: FloatArray
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


def grade_weight(refs: Iterable[str], evidence: Mapping[str, Evidence], *, step: float) -> float:
    """Return the weight of the best graded of some sources: `step` to the power of its steps below A1.

    Parameters
    ----------
    step
        Weight kept for each step down the Admiralty scale, of the source (A to E) and of the statement (1 to 5).

    Examples
    --------
    >>> grade_weight([], {}, step=0.9)
    0.0
    """
    grades = [(evidence[ref].reliability, evidence[ref].credibility) for ref in refs if ref in evidence]
    return max((step ** (_RELIABILITY[letter] + _CREDIBILITY[figure]) for letter, figure in grades), default=0.0)


def share_actors(
    actors: Mapping[str, ThreatActor],
    incidents: Sequence[Incident],
    *,
    evidence: Mapping[str, Evidence],
    sample: EpistemicSample,
    as_of: date,
    last_count: date,
) -> ActorShares:
    """Draw the shares of those who break in, from a Dirichlet over dated, graded incidents.

    The weight of an incident is δ^age times the confidence of its attribution times the grade of its best source; what
    is not attributed is left to the unattributed share, which has its own estimate.

    Parameters
    ----------
    last_count
        End of the last count that set the level: what changed before is already in it.
    """
    # An actor without threat classes is carried for its names only: no case of it is counted here.
    curated = sorted(ref for ref, actor in actors.items() if actor.mode != "ddos" and actor.threat_classes)
    found = [
        (
            incident.ref,
            incident.actor.name,
            start_of(incident.started_on),
            _CONFIDENCE[incident.actor.confidence],
            incident.evidence,
        )
        for incident in incidents
        if incident.threat_class in HANDS_ON
    ]
    return _draw_shares(
        {ref: actors[ref] for ref in curated},
        found,
        evidence=evidence,
        sample=sample,
        as_of=as_of,
        last_count=last_count,
        unattributed="threat.unattributed_opportunist",
        others=(UNATTRIBUTED, UNATTRIBUTED_SKILLED),
        columns=("actor_cumulative", "node_rate_per_y"),
    )


def share_campaign_actors(
    actors: Mapping[str, ThreatActor],
    campaigns: Sequence[Campaign],
    threat_class: str,
    *,
    evidence: Mapping[str, Evidence],
    sample: EpistemicSample,
    as_of: date,
    last_count: date,
) -> ActorShares:
    """Draw the shares of those who lead campaigns, in the same way; a campaign that names its author is one case."""
    curated = sorted(
        ref for ref, actor in actors.items() if actor.mode == "ddos" and threat_class in actor.threat_classes
    )
    found = [
        (one.ref, one.actor, start_of(one.started_on), 1.0, one.evidence)
        for one in campaigns
        if one.threat_class == threat_class
    ]
    return _draw_shares(
        {ref: actors[ref] for ref in curated},
        found,
        evidence=evidence,
        sample=sample,
        as_of=as_of,
        last_count=last_count,
        unattributed="threat.unattributed_hacktivist",
        others=(UNATTRIBUTED,),
        columns=("campaign_rate_per_y", "campaign_rate_per_y"),
    )


def _draw_shares(
    curated: Mapping[str, ThreatActor],
    found: Iterable[tuple[str, str, date, float, tuple[str, ...]]],
    *,
    evidence: Mapping[str, Evidence],
    sample: EpistemicSample,
    as_of: date,
    last_count: date,
    unattributed: str,
    others: tuple[str, ...],
    columns: tuple[str, str],
) -> ActorShares:
    share_column, rate_column = columns
    delta = sample.centre("threat.discount", into=share_column)
    step = sample.centre("threat.grade_step", into=share_column)
    alpha = sample.centre("threat.actor_prior", into=share_column)
    weights = dict.fromkeys(curated, alpha)
    used: list[str] = []
    for ref, actor, day, confidence, sources in found:
        if day > as_of or actor not in weights:
            continue
        age = (as_of - day).days / 365.25
        weights[actor] += delta**age * confidence * grade_weight(sources, evidence, step=step)
        used.append(ref)
    gammas = np.array([special.gammaincinv(weights[ref], sample.uniforms(f"actor.{ref}")) for ref in curated])
    gammas = gammas.reshape(len(curated), sample.draws).T
    latent = gammas / np.maximum(gammas.sum(axis=1, keepdims=True), 1e-300)
    now = np.array([activity_state(actor, as_of) for actor in curated.values()])
    then = np.array([activity_state(actor, min(last_count, as_of)) for actor in curated.values()])
    outside = sample.values(unattributed, into=share_column)[:, None] if curated else np.ones((sample.draws, 1))
    moves = sample.values("threat.affiliate_moves", into=rate_column)
    inside = 1.0 - outside
    # Nobody active: the Dirichlet itself is the best guess of who comes next.
    acting = latent * (now if now.any() else 1.0)
    total = np.maximum(acting.sum(axis=1, keepdims=True), 1e-300)
    rest = np.zeros((sample.draws, len(others) - 1))
    return ActorShares(
        as_of=as_of,
        actors=(*curated, *others),
        shares=np.concatenate([inside * acting / total, outside, rest], axis=1),
        active=np.concatenate([inside * latent / (total - acting + latent), outside, rest], axis=1),
        moves=moves,
        lost_activity=inside[:, 0] * (1.0 - moves) * _lose(latent, then=then, now=now),
        incidents=tuple(used),
    )


def _lose(latent: FloatArray, *, then: FloatArray, now: FloatArray) -> FloatArray:
    """Return Σ π_a (1 − s_a) [K]: π_a shares at the last count, s_a what is left since of each actor's activity."""
    counted = latent * then
    total = counted.sum(axis=1)
    gone = np.maximum(1.0 - now / np.where(then > 0.0, then, 1.0), 0.0)
    lost: FloatArray = np.divide(counted @ gone, total, out=np.zeros_like(total), where=total > 0.0)
    return lost
