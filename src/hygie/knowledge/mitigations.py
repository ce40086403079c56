"""What each ATT&CK mitigation holds back: the embedded Enterprise matrix, and the techniques that packs name."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.knowledge.embedded.attack import Attack
from hygie.knowledge.kinds import TechniqueFacts

__all__ = ["map_mitigations"]


def map_mitigations(techniques: Mapping[str, TechniqueFacts]) -> dict[str, tuple[str, ...]]:
    """Return technique ids by mitigation id, both in order.

    Parameters
    ----------
    techniques
        Techniques of packs, by id: those of the ICS matrix.

    Raises
    ------
    DocumentError
        The embedded galaxies are not installed or have another shape.
    """
    attack = Attack.read()
    found: dict[str, set[str]] = {}
    for cluster in attack.courses.clusters:
        if cluster.uuid in attack.mitigations:
            held = {attack.techniques[target] for _, target in cluster.related if target in attack.techniques}
            found[attack.mitigations[cluster.uuid]] = held
    for technique, facts in techniques.items():
        for mitigation in facts.mitigations:
            found.setdefault(mitigation, set()).add(technique)
    return {mitigation: tuple(sorted(held)) for mitigation, held in sorted(found.items())}
