"""How strong controls are: one by one, and together on each lever they pull.

OpEff = coverage × [reliability × efficacy + (1 − reliability) × variant efficacy] (FAIR-CAM). Controls that pull one
lever add up as independent chances: strength = 1 − Π(1 − OpEff_i).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hygie.core.errors import Finding, ModelError
from hygie.core.sampling import EpistemicSample
from hygie.facility.controls import ControlSpec, Lever
from hygie.scenario.portfolio import Node
from hygie.scenario.specs import CrossingSpec

__all__ = ["Levers", "check_effects", "measure_coverage", "measure_levers"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Levers:
    """Operational effectiveness of controls, and what it makes of each lever.

    Parameters
    ----------
    opeff
        Of each node's controls [K, nodes, controls] [share].
    average
        Of the sector, at mean coverage [K, controls] [share].
    """

    controls: tuple[ControlSpec, ...]
    opeff: FloatArray
    average: FloatArray
    sample: EpistemicSample

    def strength(self, lever: Lever, *, into: str) -> FloatArray:
        """Return the strength of a lever [K, nodes] [share], noting that its controls enter column `into`."""
        return self._combine(lever, self.opeff, into=into)

    def relative(self, lever: Lever, *, into: str) -> FloatArray:
        """Return by how much each node departs from the sector on a lever [K, nodes] [share]."""
        sector = self._combine(lever, self.average, into=into)
        return np.asarray(self.strength(lever, into=into) - sector[:, None])

    def _combine(self, lever: Lever, effectiveness: FloatArray, *, into: str) -> FloatArray:
        total = np.zeros(effectiveness.shape[:-1])
        for position, control in enumerate(self.controls):
            if lever in control.levers:
                name = f"control.{control.id}"
                self.sample.note(into, [f"{name}.efficacy", f"{name}.coverage"])
                # One control alone stays as it is, to the last bit.
                total = total + effectiveness[..., position] * (1.0 - total)
        return total


def measure_coverage(node: Node, control: str, sample: EpistemicSample) -> FloatArray:
    """Return how far a node has a control [K] [share]: as stated, else drawn from the sector; raised where asked."""
    name = f"control.{control}.coverage"
    if control in node.posture:
        coverage = np.full(sample.draws, node.posture[control])
    else:
        coverage = sample.values_for(name, who=node.organisation.id, into="node_opeff")
    return np.asarray(np.maximum(coverage, node.raised.get(control, 0.0)))


def measure_levers(nodes: Sequence[Node], controls: Sequence[ControlSpec], sample: EpistemicSample) -> Levers:
    """Return how effective the controls of each node are; unknown coverage is drawn from the sector."""
    k = sample.draws
    reliability = sample.values("control.reliability", into="node_opeff")
    variant = sample.values("control.variant_share", into="node_opeff")
    working = reliability + (1.0 - reliability) * variant
    opeff = np.empty((k, len(nodes), len(controls)))
    average = np.empty((k, len(controls)))
    for c, control in enumerate(controls):
        strength = working * sample.values(f"control.{control.id}.efficacy", into="node_opeff")
        name = f"control.{control.id}.coverage"
        average[:, c] = sample.mean(name, into="type_resistance") * strength
        unknown = [f for f, node in enumerate(nodes) if control.id not in node.posture]
        if unknown:
            whom = [nodes[f].organisation.id for f in unknown]
            opeff[:, unknown, c] = sample.values_for_each(name, whom=whom, into="node_opeff") * strength[:, None]
        for f, node in enumerate(nodes):
            if control.id in node.posture:
                opeff[:, f, c] = np.full(k, node.posture[control.id]) * strength
            if control.id in node.raised:
                opeff[:, f, c] = np.maximum(opeff[:, f, c], node.raised[control.id] * strength)
    return Levers(tuple(controls), opeff, average, sample)


def check_effects(controls: Sequence[ControlSpec], crossings: Sequence[CrossingSpec]) -> Iterator[Finding]:
    """Yield the controls that change nothing: they resist no crossing and pull no lever."""
    resisting = {name for crossing in crossings for name in crossing.controls}
    for control in controls:
        if control.id not in resisting and not control.levers:
            yield ModelError(
                f"the control “{control.id}” has no effect",
                field=f"controls.{control.id}",
                allowed="a crossing that names it, or `levers:`",
                repair="add it to the crossings that it resists, or say which levers it pulls",
            ).findings[0]
