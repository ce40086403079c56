"""Names and tactics of ATT&CK techniques: the embedded Enterprise matrix, and what packs name of the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from hygie.knowledge.embedded.attack import Attack, strip_id
from hygie.knowledge.embedded.galaxies import list_texts
from hygie.knowledge.kinds import TechniqueFacts

__all__ = ["TechniqueWords", "describe_techniques"]


@dataclass(frozen=True, slots=True)
class TechniqueWords:
    """A technique: its name, in ATT&CK's words, and the short names of its tactics."""

    name: str
    tactics: frozenset[str]


def describe_techniques(packs: Mapping[str, TechniqueFacts]) -> dict[str, TechniqueWords]:
    """Return names and tactics by ATT&CK id.

    Parameters
    ----------
    packs
        Techniques of packs, by id: those of the ICS matrix.

    Raises
    ------
    DocumentError
        The embedded galaxies are not installed or have another shape.
    """
    attack = Attack.read()
    found: dict[str, TechniqueWords] = {}
    for cluster in attack.patterns.clusters:
        if cluster.uuid in attack.techniques:
            # Phases are written “attack-Windows:impact”.
            phases = {phase.rpartition(":")[2] for phase in list_texts(cluster.meta, "kill_chain")}
            found[attack.techniques[cluster.uuid]] = TechniqueWords(strip_id(cluster.value), frozenset(phases))
    for ref, facts in packs.items():
        found[ref] = TechniqueWords(facts.name, frozenset(facts.tactics))
    return found
