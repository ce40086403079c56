"""Which techniques actors are known to use: what ATT&CK says of them and of their software."""

from __future__ import annotations

from collections.abc import Mapping

from hygie.knowledge.embedded.attack import Attack, strip_id
from hygie.knowledge.records import ThreatActor

__all__ = ["list_actor_techniques", "name_techniques"]

_USES = "uses"


def list_actor_techniques(actors: Mapping[str, ThreatActor]) -> dict[str, frozenset[str]]:
    """Return ATT&CK techniques by actor: those that its group, or its software, is said to use.

    An actor without an ATT&CK id has none: what is not known of it is not known to be absent.

    Raises
    ------
    DocumentError
        The embedded galaxies are not installed or have another shape.
    """
    attack = Attack.read()
    uses: dict[str, set[str]] = {}
    named = {**attack.groups, **attack.software}
    for galaxy in (attack.sets, attack.malware, attack.tools):
        for cluster in galaxy.clusters:
            if cluster.uuid in named:
                found = {
                    attack.techniques[to] for verb, to in cluster.related if verb == _USES and to in attack.techniques
                }
                uses.setdefault(named[cluster.uuid], set()).update(found)
    return {
        ref: frozenset(technique for name in actor.attack_ids for technique in uses.get(name, ()))
        for ref, actor in actors.items()
    }


def name_techniques() -> dict[str, str]:
    """Return the names of the techniques of the Enterprise matrix by ATT&CK id."""
    attack = Attack.read()
    return {
        attack.techniques[cluster.uuid]: strip_id(cluster.value)
        for cluster in attack.patterns.clusters
        if cluster.uuid in attack.techniques
    }
