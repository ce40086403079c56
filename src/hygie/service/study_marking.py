"""What a study may not show: incidents and sources above its ceiling, and what would give them away."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

from hygie.core.evidence import TLP, Evidence
from hygie.knowledge.actor_names import fold_name
from hygie.knowledge.catalogue import Catalogue
from hygie.knowledge.landscape import Knowledge
from hygie.knowledge.landscape.select import ActorNames
from hygie.knowledge.markings import exceeds_ceiling
from hygie.knowledge.records import Incident
from hygie.views.landscape import CampaignView, CountedView, IncidentRowView, LandscapeView

__all__ = ["Hidden", "find_hidden"]

Row = TypeVar("Row", CountedView, IncidentRowView, CampaignView)

# A shorter word would be found in texts that have nothing to do with the victim; these are in many names.
_LEAST = 5
_COMMON = frozenset(
    {
        "centre", "center", "hopital", "hospital", "hopitaux", "hospitalier", "hospitaliere", "hospices", "clinique",
        "clinic", "polyclinique", "prive", "private", "groupe", "group", "groupement", "institut", "fondation",
        "maternite", "sante", "health", "grand", "saint", "sainte", "local", "universitaire", "regional",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What may not be shown.

    Parameters
    ----------
    evidence
        Refs of sources that are marked above the ceiling, or only behind incidents that are.
    names
        Words, folded, that tell the victims of such incidents: of their names and towns.
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

    def keep_sources(self, view: LandscapeView) -> LandscapeView:
        """Return a landscape in which no source names a hidden victim."""

        def strip(rows: list[Row]) -> list[Row]:
            return [
                row.model_copy(update={"sources": [source for source in row.sources if not self._names(source.title)]})
                for row in rows
            ]

        if not self.names:
            return view
        census = view.census.model_copy(update={"counts": strip(view.census.counts)})
        return view.model_copy(
            update={"census": census, "incidents": strip(view.incidents), "campaigns": strip(view.campaigns)}
        )

    def _tells(self, evidence: Evidence) -> bool:
        return self._names(f"{evidence.title.en} {evidence.title.fr} {evidence.statement} {evidence.source}")

    def _names(self, text: str) -> bool:
        return not self.names.isdisjoint(_list_words(text))


def _list_words(text: str) -> set[str]:
    return {fold_name(word) for word in re.findall(r"\w+", text)}


def _list_proper_words(text: str) -> set[str]:
    """Return what tells a victim: the capitalised words of its name or town that are not in every other name."""
    words = {fold_name(word) for word in re.findall(r"\w+", text) if word[:1].isupper() and len(word) >= _LEAST}
    return words - _COMMON


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
    told: set[str] = set()
    for incident in incidents:
        if not incident.victim.unnamed:
            told |= _list_proper_words(f"{incident.victim.name} {incident.victim.town or ''}")
    return Hidden(
        evidence=frozenset(marked | ({ref for incident in incidents for ref in incident.evidence} - seen)),
        names=frozenset(told),
        actors=frozenset(names.resolve(incident.actor.name) for incident in incidents),
    )
