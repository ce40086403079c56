"""A landscape: everything that its page says, in figures and records, before any word is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hygie.core.errors import UsageError
from hygie.knowledge.landscape.actors import ActorTally, tally_actors
from hygie.knowledge.landscape.counts import TRAITS, Breakdown, Spread, break_down, count_events, measure_spread
from hygie.knowledge.landscape.gaps import Gap, find_gaps
from hygie.knowledge.landscape.reconcile import (
    Published,
    Reconciliation,
    is_comparable,
    list_published,
    reconcile_count,
)
from hygie.knowledge.landscape.select import (
    ActorNames,
    Knowledge,
    Scope,
    Selection,
    place_incident,
    select_incidents,
)
from hygie.knowledge.landscape.trends import Change, Timeline, compare_incidents, list_months
from hygie.knowledge.landscape.waves import Wave, list_waves
from hygie.knowledge.landscape.windows import Window, halve_window
from hygie.knowledge.records import Incident

__all__ = ["SPREADS", "Landscape", "build_landscape"]

SPREADS = ("disruption_days", "ransom_eur", "loss_eur")


@dataclass(frozen=True, slots=True, kw_only=True)
class Landscape:
    """The state of the threat in a scope.

    Parameters
    ----------
    knowledge, names
        What it is drawn from, and the names of actors in it.
    published, comparisons
        Published counts, and those inside the window beside the documented incidents.
    breakdowns, spreads
        By trait, of the counted incidents.
    trend
        The two halves of the known window; None for less than two months.
    comparison
        The window and the one it is compared with, if any.
    """

    knowledge: Knowledge
    scope: Scope
    names: ActorNames
    selection: Selection
    published: tuple[Published, ...]
    comparisons: tuple[Reconciliation, ...]
    timeline: Timeline
    breakdowns: Mapping[str, Breakdown]
    spreads: Mapping[str, Spread]
    actors: tuple[ActorTally, ...]
    waves: tuple[Wave, ...]
    trend: Change | None
    comparison: Change | None
    gaps: tuple[Gap, ...]

    @property
    def facilities(self) -> int:
        """Victims counted."""
        return len(self.selection.counted)

    @property
    def events(self) -> int:
        """Events counted."""
        return count_events(self.selection.counted)


def build_landscape(knowledge: Knowledge, scope: Scope, *, compare: Window | None = None) -> Landscape:
    """Return the state of the threat in a scope.

    Parameters
    ----------
    compare
        Another window, to be compared with that of the scope.

    Raises
    ------
    UsageError
        A window begins after the day of the question, or the two windows share a day.
    """
    _check_known(scope, scope.window, field="--from")
    names = ActorNames(knowledge.actors)
    selection = select_incidents(knowledge, scope, names=names)
    counted = selection.counted
    published = list_published(knowledge, scope)
    comparisons = tuple(
        reconcile_count(item, knowledge, scope=scope, names=names)
        for item in published
        if item.position != "overlapping" and is_comparable(item.count)
    )
    nearby = [item.count for item in published if item.position != "overlapping"]
    timeline = list_months(counted, scope.window, as_of=scope.as_of)
    spreads = {trait: measure_spread(counted, trait) for trait in SPREADS}
    breakdowns = {trait: break_down(counted, trait) for trait in TRAITS}
    waves = list_waves(knowledge, selection, scope=scope)
    return Landscape(
        knowledge=knowledge,
        scope=scope,
        names=names,
        selection=selection,
        published=tuple(published),
        comparisons=comparisons,
        timeline=timeline,
        breakdowns=breakdowns,
        spreads=spreads,
        actors=tally_actors(counted, nearby, names=names),
        waves=waves,
        trend=_compare_halves(counted, scope, knowledge),
        comparison=_compare_windows(selection, knowledge, compare, scope=scope, names=names),
        gaps=find_gaps(
            selection,
            comparisons=comparisons,
            breakdowns=breakdowns,
            spreads=spreads,
            timeline=timeline,
            waves=waves,
            evidence=knowledge.evidence,
            scope=scope,
        ),
    )


def _check_known(scope: Scope, window: Window, *, field: str) -> None:
    if window.first > scope.as_of:
        raise UsageError(
            "the window begins after the day of the question",
            field=field,
            value=window.first.isoformat(),
            allowed=f"{scope.as_of.isoformat()} or earlier",
            repair="choose an earlier window, or a later --as-of",
        )


def _compare_halves(counted: Sequence[Incident], scope: Scope, knowledge: Knowledge) -> Change | None:
    halves = halve_window(scope.known_window)
    if halves is None:
        return None
    before, after = ((half, _inside(counted, half, scope)) for half in halves)
    placed = {incident.ref for _half, incidents in (before, after) for incident in incidents}
    unsure = [incident for incident in counted if incident.ref not in placed]
    return compare_incidents(before, after, classes=tuple(knowledge.classes), unsure=unsure)


def _inside(incidents: Sequence[Incident], window: Window, scope: Scope) -> list[Incident]:
    return [incident for incident in incidents if place_incident(incident, window, as_of=scope.as_of) == "inside"]


def _compare_windows(
    selection: Selection, knowledge: Knowledge, compare: Window | None, *, scope: Scope, names: ActorNames
) -> Change | None:
    if compare is None:
        return None
    _check_known(scope, compare, field="--compare-from")
    if compare.overlaps(scope.window):
        raise UsageError(
            "the two windows share days: what falls in both cannot be compared",
            field="--compare-from, --compare-to",
            value=f"{compare.first.isoformat()} … {compare.last.isoformat()}",
            allowed=f"before {scope.window.first.isoformat()}, or after {scope.window.last.isoformat()}",
            repair="choose windows that follow each other",
        )
    other = replace(scope, window=compare)
    beside = select_incidents(knowledge, other, names=names)
    sides = ((other.known_window, beside.counted), (scope.known_window, selection.counted))
    unsure = (*beside.possible, *selection.possible)
    before, after = sides if compare < scope.window else sides[::-1]
    return compare_incidents(before, after, classes=tuple(knowledge.classes), unsure=unsure)
