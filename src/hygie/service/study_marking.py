"""What a study may not show: incidents and sources above its ceiling, and what would give them away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType

from hygie.core.evidence import TLP, Evidence
from hygie.knowledge.actor_names import fold_name
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.landscape import Knowledge
from hygie.knowledge.landscape.select import ActorNames
from hygie.knowledge.markings import exceeds_ceiling
from hygie.knowledge.records import Incident

__all__ = ["Hidden", "find_hidden"]

# A shorter name or town would be found in words that have nothing to do with it.
_LEAST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What may not be shown.

    Parameters
    ----------
    evidence
        Refs of sources that are marked above the ceiling, or only behind incidents that are.
    names
        Folded names and towns of the victims of such incidents.
    actors
        Refs of their actors.
    """

    evidence: frozenset[str]
    names: frozenset[str]
    actors: frozenset[str]

    def keep_shown(self, catalogue: Catalogue) -> Catalogue:
        """Return the catalogue with the evidence that may be shown: what names a hidden victim goes, too."""
        kept = {
            ref: item for ref, item in catalogue.evidence.items() if ref not in self.evidence and not self._tells(item)
        }
        return replace(catalogue, evidence=MappingProxyType(kept))

    def _tells(self, evidence: Evidence) -> bool:
        text = f" {fold_name(evidence.title.en)} {fold_name(evidence.title.fr)} {fold_name(evidence.source)} "
        return any(name in text for name in self.names)


def find_hidden(knowledge: Knowledge, *, ceiling: TLP) -> Hidden:
    """Return what a ceiling hides."""
    names = ActorNames(knowledge.actors)
    incidents: list[Incident] = []
    shown: list[Incident] = []
    for incident in knowledge.incidents:
        level = knowledge.marking("incident", incident.ref, incident.evidence)
        (incidents if exceeds_ceiling(level, ceiling=ceiling) else shown).append(incident)
    # A source that an incident for all to see rests on tells nothing new.
    seen = {ref for incident in shown for ref in incident.evidence}
    marked = {ref for ref, item in knowledge.evidence.items() if exceeds_ceiling(item.tlp, ceiling=ceiling)}
    told = {
        fold_name(text)
        for incident in incidents
        if not incident.victim.unnamed
        for text in (incident.victim.name, incident.victim.town)
        if text
    }
    return Hidden(
        evidence=frozenset(marked | ({ref for incident in incidents for ref in incident.evidence} - seen)),
        names=frozenset(name for name in told if len(name) >= _LEAST),
        actors=frozenset(names.resolve(incident.actor.name) for incident in incidents),
    )
