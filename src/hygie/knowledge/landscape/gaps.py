"""What is known to be missing, counted where it can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from hygie.core.evidence import Evidence
from hygie.knowledge.landscape.counts import Breakdown, Spread
from hygie.knowledge.landscape.reconcile import Reconciliation
from hygie.knowledge.landscape.select import Scope, Selection
from hygie.knowledge.landscape.trends import Timeline
from hygie.knowledge.landscape.waves import Wave
from hygie.knowledge.records import UNKNOWN_ACTOR, Incident

__all__ = ["Gap", "find_gaps"]


@dataclass(frozen=True, slots=True)
class Gap:
    """Something missing: `count` of `of`; `subject` names the record that it is about, where there is one."""

    id: str
    count: int
    of: int
    subject: str | None = None


def find_gaps(
    selection: Selection,
    *,
    comparisons: Sequence[Reconciliation],
    breakdowns: Mapping[str, Breakdown],
    spreads: Mapping[str, Spread],
    timeline: Timeline,
    waves: Sequence[Wave],
    evidence: Mapping[str, Evidence],
    scope: Scope,
) -> tuple[Gap, ...]:
    """Return what is missing, the gaps against published counts first; none that is zero."""
    counted = selection.counted
    total = len(counted)
    months = [month for month in timeline.months if month.is_over]
    gaps = [
        *_find_uncovered(comparisons, waves),
        Gap("actor", sum(incident.actor.name == UNKNOWN_ACTOR for incident in counted), total),
        *(
            Gap(trait, row.facilities, total)
            for trait in ("care", "region")
            for row in breakdowns[trait].rows
            if row.key is None
        ),
        *(Gap(trait, spread.facilities - len(spread.values), total) for trait, spread in spreads.items()),
        Gap("link", sum(not _has_link(incident, evidence, scope) for incident in counted), total),
        Gap("undated", len(timeline.undated), total),
        Gap("quiet_months", sum(not month.incidents for month in months), len(months)),
        Gap("possible", len(selection.possible), len(selection.listed)),
        Gap("unplaced", selection.unplaced, selection.unplaced + len(selection.listed)),
    ]
    return tuple(gap for gap in gaps if gap.count)


def _find_uncovered(comparisons: Sequence[Reconciliation], waves: Iterable[Wave]) -> Iterator[Gap]:
    """Yield victims counted but not documented: by the counts of the same window, else by those inside it."""
    same = [row for row in comparisons if row.published.position == "same"]
    classes: set[str] = set()
    for row in same or comparisons:
        count = row.published.count
        classes.add(count.threat_class)
        yield Gap("census", row.missing, count.count, count.ref)
    for wave in waves:
        if wave.campaign.threat_class not in classes and wave.campaign.victims_published:
            yield Gap("campaign", wave.undocumented, wave.campaign.victims_published, wave.campaign.ref)


def _has_link(incident: Incident, evidence: Mapping[str, Evidence], scope: Scope) -> bool:
    return any(
        evidence[ref].link is not None and scope.allows(evidence[ref].tlp)
        for ref in incident.evidence
        if ref in evidence
    )
