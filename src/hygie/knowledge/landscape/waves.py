"""Campaigns: one wave that strikes many victims, most of whom have no record of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hygie.knowledge.landscape.select import Knowledge, Scope, Selection
from hygie.knowledge.landscape.windows import cut_span, place_span
from hygie.knowledge.records import Campaign, Incident

__all__ = ["Wave", "list_waves"]


@dataclass(frozen=True, slots=True)
class Wave:
    """A campaign and its documented victims in the scope."""

    campaign: Campaign
    placement: Literal["certain", "possible"]
    documented: tuple[Incident, ...]

    @property
    def undocumented(self) -> int:
        """Published victims without a documented incident; zero when no number is published."""
        return max(0, (self.campaign.victims_published or 0) - len(self.documented))


def list_waves(knowledge: Knowledge, selection: Selection, *, scope: Scope) -> tuple[Wave, ...]:
    """Return the campaigns that struck somebody in the scope: those with a documented victim there, oldest first.

    A campaign states no sector and no country of its own; its victims do.
    """
    victims: dict[str, list[Incident]] = {}
    for incident in selection.listed:
        if incident.event is not None:
            victims.setdefault(incident.event, []).append(incident)
    waves: list[Wave] = []
    for campaign in knowledge.campaigns:
        if campaign.ref not in victims:
            continue
        if not scope.allows(knowledge.marking("campaign", campaign.ref, campaign.evidence)):
            continue
        span = cut_span(campaign.span, as_of=scope.as_of)
        place = "outside" if span is None else place_span(span, scope.known_window)
        if place != "outside":
            placement: Literal["certain", "possible"] = "certain" if place == "inside" else "possible"
            waves.append(Wave(campaign, placement, tuple(victims[campaign.ref])))
    return tuple(sorted(waves, key=lambda wave: (wave.campaign.span, wave.campaign.ref)))
