"""Attackers and defences as arrays: crossings, entries, actors, controls, detection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hygie.core.ids import derive_entity
from hygie.core.sampling import EpistemicSample, logit
from hygie.core.tables import OUTCOMES
from hygie.facility.controls import Lever
from hygie.knowledge.records import ThreatActor
from hygie.scenario.levers import Levers
from hygie.scenario.specs import ScenarioSpecs
from hygie.threat.actors import UNATTRIBUTED, UNATTRIBUTED_SKILLED, ActorShares

__all__ = ["compile_attack", "compile_defences"]

Arrays = dict[str, NDArray[np.generic]]
FloatArray = NDArray[np.float64]


def compile_attack(
    specs: ScenarioSpecs, shares: ActorShares, actors: dict[str, ThreatActor], sample: EpistemicSample
) -> Arrays:
    """Return the arrays along process, vector and actor axes, and the scalars of the race."""
    k = sample.draws
    vector_names = [vector.id for vector in specs.vectors]
    crossing = [spec.id for spec in specs.crossings]
    entry = np.zeros((k, len(specs.processes), len(vector_names)))
    cumulative = np.zeros((k, len(specs.processes), len(shares.actors)))
    for p, process in enumerate(specs.processes):
        for vector in process.entries:
            name = f"entry.{process.id}.{vector}"
            entry[:, p, vector_names.index(vector)] = sample.values(name, into="entry_cumulative")
        weights = shares.shares
        if p > 0:  # No incident informs who attacks operational technology directly.
            weights = np.zeros_like(shares.shares)
            weights[:, shares.actors.index(UNATTRIBUTED_SKILLED)] = 1.0
        cumulative[:, p, :] = np.minimum(np.cumsum(weights, axis=1), 1.0)
    entry = np.cumsum(entry, axis=2)
    entry /= entry[:, :, -1:]

    def tier_of(ref: str) -> str:
        if ref == UNATTRIBUTED:
            return "opportunist"
        return "affiliate" if ref == UNATTRIBUTED_SKILLED else actors[ref].capability

    tiers = [tier_of(ref) for ref in shares.actors]
    capability = np.stack([sample.values(f"attack.capability.{t}", into="actor_capability") for t in tiers], axis=1)
    average = (shares.shares * capability).sum(axis=1, keepdims=True)
    theft = sample.values("attack.theft_only", into="actor_theft_only")
    theft_only = np.stack(
        [
            np.ones(k)
            if ref in actors and actors[ref].mode == "theft_only"
            else (np.zeros(k) if tier == "opportunist" else theft)
            for ref, tier in zip(shares.actors, tiers, strict=True)
        ],
        axis=1,
    )
    classes = [spec.id for spec in specs.classes]
    outcome_class = np.zeros((len(specs.processes), len(OUTCOMES)))
    for p, process in enumerate(specs.processes):
        for o, outcome in enumerate(OUTCOMES):
            key = outcome if outcome in ("stopped", "theft_only") else "encrypted"
            outcome_class[p, o] = classes.index(process.classes[key])  # type: ignore[index]
    scalars = {
        "capability_sd": "attack.capability_sd",
        "steepness": "attack.steepness",
        "common_shape": "attack.common_cause_shape",
        "patience_sigma": "attack.patience_sigma",
        "staging_sigma": "attack.staging_sigma",
        "reaction_sigma": "attack.reaction_sigma",
        "response_sigma": "attack.response_sigma",
        "exfiltration_sigma": "attack.exfiltration_sigma",
        "share_sigma": "attack.share_sigma",
        "local_share": "attack.local_share",
    }
    medians = {
        "staging_mu": "attack.staging",
        "reaction_mu": "attack.reaction",
    }
    return {
        "vector_type": np.array([crossing.index(vector.crossing) for vector in specs.vectors]),
        "vector_entity": np.array([derive_entity("vector", name) for name in vector_names], dtype=np.uint64),
        "entry_cumulative": entry,
        "actor_cumulative": cumulative,
        "actor_capability": capability - average,
        "actor_patience_mu": np.log(
            np.stack([sample.values(f"attack.patience.{t}", into="actor_patience_mu") for t in tiers], axis=1)
        ),
        "actor_steals": np.stack([sample.values(f"attack.steals.{t}", into="actor_steals") for t in tiers], axis=1),
        "actor_theft_only": theft_only,
        "process_outcome_class": outcome_class,
        **{column: sample.values(name, into=column) for column, name in scalars.items()},
        **{column: np.log(sample.values(name, into=column)) for column, name in medians.items()},
    }


def compile_defences(levers: Levers, specs: ScenarioSpecs, sample: EpistemicSample) -> Arrays:
    """Return crossings with their controls, and what the controls of each node make of an attack."""
    k = sample.draws
    position = {control.id: index for index, control in enumerate(levers.controls)}
    type_ptr, type_control = [0], []
    resistance = np.zeros((k, len(specs.crossings)))
    shape = sample.values("attack.common_cause_shape", into="type_resistance")
    common = shape / (shape + 1.0)
    for t, spec in enumerate(specs.crossings):
        leak = np.ones(k)
        for name in spec.controls:
            type_control.append(position[name])
            leak *= 1.0 - levers.average[:, position[name]] * common
        type_ptr.append(len(type_control))
        resistance[:, t] = 1.0 - leak
    sigma = sample.values("crossing.time_sigma", into="type_time_sigma")

    def values_of(base: str, into: str) -> FloatArray:
        return sample.values(base, into=into)[:, None]

    def effect_of(lever: Lever, gain: str, into: str) -> FloatArray:
        """Return gain times the departure from the sector on a lever [K, nodes]."""
        return np.asarray(sample.values(gain, into=into)[:, None] * levers.relative(lever, into=into))

    detection, response, share = "node_detection_per_h", "node_response_mu", "node_share_mu"
    theft, survival = "node_exfiltration_mu", "node_backup_survival"
    # Nothing is noticed where nothing is seen, or where nobody looks: an AND, not an average.
    seen = levers.strength("visibility", into=detection) * levers.strength("monitoring", into=detection)
    surviving = logit(values_of("recovery.backup_survival", survival)) + effect_of(
        "backup_survival", "recovery.backup_gain", survival
    )
    logits = [sample.values(f"crossing.{spec.id}.success", into="type_logit") for spec in specs.crossings]
    times = [sample.values(f"crossing.{spec.id}.time", into="type_time_mu") for spec in specs.crossings]
    return {
        "node_opeff": levers.opeff,
        "node_detection_per_h": values_of("attack.detection", detection) * seen,
        "node_response_mu": np.log(values_of("attack.response", response))
        - effect_of("response", "attack.response_gain", response),
        "node_share_mu": logit(values_of("attack.share_affected", share))
        - effect_of("share_affected", "attack.share_gain", share),
        "node_exfiltration_mu": np.log(values_of("attack.exfiltration", theft))
        + effect_of("exfiltration", "attack.exfiltration_gain", theft),
        "node_backup_survival": 1.0 / (1.0 + np.exp(-surviving)),
        "node_resists_ddos": levers.strength("ddos", into="node_resists_ddos"),
        "type_logit": logit(np.stack(logits, axis=1)),
        "type_time_mu": np.log(np.stack(times, axis=1)),
        "type_time_sigma": np.repeat(sigma[:, None], len(specs.crossings), axis=1),
        "type_resistance": resistance,
        "type_control_ptr": np.array(type_ptr),
        "type_control": np.array(type_control),
    }
