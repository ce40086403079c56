"""A landscape as its page shows it: the view model, filled in one language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import hygie
from hygie.knowledge.landscape import Landscape
from hygie.knowledge.landscape.counts import break_down, count_events
from hygie.knowledge.landscape.trends import Change
from hygie.knowledge.records import Incident
from hygie.service.landscape_differences import show_change, show_reconciliation
from hygie.service.landscape_rows import RowWriter, list_refs
from hygie.service.landscape_sentences import (
    describe_actors,
    describe_apart,
    describe_census,
    describe_gap,
    describe_timeline,
    list_methods,
    write_headline,
)
from hygie.views.landscape import (
    ActorsView,
    ApartView,
    CensusView,
    ChangeView,
    GapView,
    LandscapeView,
    ScopeView,
    ThreatClassView,
    TimelineView,
)
from hygie.views.landscape_words import country_label, sector_label
from hygie.views.messages import Language, Translate, translator

__all__ = ["show_landscape"]


def show_landscape(landscape: Landscape, *, filters: list[str], reproduce: str, language: Language) -> LandscapeView:
    """Return the page of a landscape.

    Parameters
    ----------
    filters
        What was filtered, in words.
    reproduce
        The command that gives this page again.
    """
    _ = translator(language)
    page = RowWriter(landscape, language)
    selection = landscape.selection
    counted = {incident.ref for incident in selection.counted}
    scope = landscape.scope
    titles = _list_titles(_)
    return LandscapeView(
        language=language,
        scope=ScopeView(
            sector=scope.sector,
            sector_label=sector_label(scope.sector, language),
            country=scope.country,
            country_label=country_label(scope.country, language),
            window=page.period(scope.window),
            filters=filters,
            tlp_ceiling=scope.ceiling.value if scope.ceiling else None,
            as_of=scope.as_of.isoformat(),
        ),
        headline=write_headline(landscape, language),
        classes=[
            ThreatClassView(id=ref, label=known.name.in_language(language), independent=known.is_independent)
            for ref, known in landscape.knowledge.classes.items()
        ],
        census=CensusView(
            title=_("Published counts and documented incidents"),
            sentence=describe_census(landscape, language),
            counts=[page.counted(item) for item in landscape.published],
            comparisons=[show_reconciliation(row, landscape, language) for row in landscape.comparisons],
        ),
        facilities=landscape.facilities,
        events=landscape.events,
        timeline=TimelineView(
            title=_("Over time"),
            sentence=describe_timeline(landscape.timeline, language),
            months=[page.month(month) for month in landscape.timeline.months],
            undated_facilities=len(landscape.timeline.undated),
            undated_events=count_events(landscape.timeline.undated),
            undated=list_refs(landscape.timeline.undated),
        ),
        breakdowns={
            trait: page.breakdown(breakdown, titles[trait]) for trait, breakdown in landscape.breakdowns.items()
        },
        spreads={trait: page.spread(spread, titles[trait]) for trait, spread in landscape.spreads.items()},
        actors=ActorsView(
            title=_("Who attacks"),
            sentence=describe_actors(landscape, language),
            rows=page.actors(),
        ),
        campaigns=page.campaigns(),
        trend=_show_change(page, landscape.trend, _("Second half of the window against the first"), landscape),
        comparison=_show_change(page, landscape.comparison, _("Two windows compared"), landscape),
        apart=[
            _show_apart(page, "possible", _("May fall in the window"), selection.possible),
            _show_apart(page, "after_the_fact", _("Dated by their disclosure"), selection.after_the_fact),
        ],
        gaps=[
            GapView(
                id=gap.id if gap.subject is None else f"{gap.id}:{gap.subject}",
                sentence=describe_gap(gap, landscape, language),
                count=gap.count,
                of=gap.of,
            )
            for gap in landscape.gaps
        ],
        incidents=[page.incident(incident, counted=incident.ref in counted) for incident in selection.listed],
        methods=list_methods(language),
        reproduce=reproduce,
        packs=dict(landscape.knowledge.packs),
        version=hygie.__version__,
    )


def _list_titles(_: Translate) -> Mapping[str, str]:
    return {
        "class": _("By threat class"),
        "census_class": _("By class of the census"),
        "kind": _("By kind of facility"),
        "region": _("By region"),
        "department": _("By department"),
        "care": _("Effect on care"),
        "data": _("Data published"),
        "ot": _("Effect on building and medical systems"),
        "date_basis": _("What the dates are"),
        "disruption_days": _("Length of the disruption"),
        "ransom_eur": _("Ransom asked"),
        "loss_eur": _("Cost reported"),
    }


def _show_change(page: RowWriter, change: Change | None, title: str, landscape: Landscape) -> ChangeView | None:
    if change is None:
        return None
    return show_change(
        change,
        title,
        before=page.period(change.before),
        after=page.period(change.after),
        landscape=landscape,
        language=page.language,
    )


def _show_apart(
    page: RowWriter, part: Literal["possible", "after_the_fact"], title: str, incidents: tuple[Incident, ...]
) -> ApartView:
    return ApartView(
        id=part,
        title=title,
        sentence=describe_apart(part, incidents, page.language),
        facilities=len(incidents),
        events=count_events(incidents),
        rows=[page.tally(row, "class") for row in break_down(incidents, "class").rows],
        incidents=list_refs(incidents),
    )
