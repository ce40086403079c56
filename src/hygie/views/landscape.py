"""The view model of a threat landscape: a sector, a country, a window, and what is known of the attacks in it.

Two readings stand side by side and are never added up: what a published census counts, and what incidents are
documented one by one. Every part has a sentence that says how far it can be trusted. Absent is not zero: what the
sources do not report has a row of its own.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hygie.views.assessment import EvidenceView, View

__all__ = [
    "BREAKDOWNS",
    "SPREADS",
    "ActorRow",
    "ActorsView",
    "ApartView",
    "BreakdownView",
    "CampaignView",
    "CensusView",
    "ChangeRow",
    "ChangeView",
    "CountedView",
    "GapView",
    "IncidentRowView",
    "LandscapeView",
    "MonthView",
    "NoteView",
    "PeriodView",
    "QuantityView",
    "ReconciliationView",
    "ScopeView",
    "SourceView",
    "SpreadView",
    "TallyView",
    "ThreatClassView",
    "TimelineView",
]

# What incidents are counted by, and what is measured of them, in the order of the page.
BREAKDOWNS = ("class", "census_class", "kind", "region", "department", "care", "data", "ot", "date_basis")
SPREADS = ("disruption_days", "ransom_eur", "loss_eur")

_REFS = Field(description="refs of rows of `incidents`")


class PeriodView(View):
    """A window of time, both days included; `known_until` is earlier than `end` when the window is not over yet."""

    start: Annotated[str, Field(description="YYYY-MM-DD")]
    end: Annotated[str, Field(description="YYYY-MM-DD")]
    known_until: Annotated[str, Field(description="YYYY-MM-DD")]
    days: Annotated[int, Field(description="days of the window that are over")]
    label: str


class ScopeView(View):
    """What was asked: `filters` are sentences, empty when the whole sector and country are shown."""

    sector: str
    sector_label: str
    country: str
    country_label: str
    window: PeriodView
    filters: list[str]
    tlp_ceiling: str | None
    as_of: str


class SourceView(EvidenceView):
    """One piece of evidence, with the words that stand for its link and its grade."""

    link_text: Annotated[str, Field(description="the address, or “no public link”")]
    grade_text: str
    read_on: str
    tlp: str


class ThreatClassView(View):
    """One threat class; `independent` is false where one campaign strikes many victims at once."""

    id: str
    label: str
    independent: bool


class CountedView(View):
    """One published count, as its source gives it."""

    ref: str
    label: Annotated[str, Field(description="what was counted, in a few words")]
    threat_class: str
    class_label: str
    count: int
    at_least: bool
    low: Annotated[float | None, Field(description="exact 95 % interval of the mean; null: victims of campaigns")]
    high: float | None
    period: PeriodView
    position: Annotated[
        Literal["same", "inside", "overlapping"], Field(description="its window against the one asked for")
    ]
    role: Literal["level", "check", "nested"]
    nested_in: str | None
    overlaps: list[str]
    population: str
    definition: str
    out_of_scope: bool
    actors: Annotated[list[str], Field(description="names of the actors that the source gives")]
    sources: list[SourceView]


class NoteView(View):
    """Why one incident of a comparison asks for care: reasons from its fields, and what its note says."""

    incident: str
    victim: str
    reasons: list[str]
    text: str | None


class ReconciliationView(View):
    """One published count beside the incidents documented in its own window, and what explains the difference."""

    count: Annotated[str, Field(description="ref of the published count")]
    label: str
    published: int
    at_least: bool
    facilities: Annotated[int, Field(description="documented under the class of the census")]
    events: int
    possible: Annotated[int, Field(description="more that may fall in its window: dates too coarse")]
    after_the_fact: Annotated[int, Field(description="of `facilities`, dated by a leak post or a disclosure")]
    own_facilities: Annotated[int, Field(description="documented under our own class")]
    own_events: int
    missing: Annotated[int, Field(description="published victims with no documented incident, at least")]
    surplus: Annotated[int, Field(description="documented beyond the published count")]
    compared: Annotated[bool, Field(description="false when filters keep only a part of what was counted")]
    sentences: list[str]
    notes: list[NoteView]
    incidents: Annotated[list[str], _REFS]


class CensusView(View):
    """Published counts, and each of those inside the window beside the documented incidents."""

    title: str
    sentence: str
    counts: list[CountedView]
    comparisons: list[ReconciliationView]


class TallyView(View):
    """One row of a count: victims, and the events that struck them (several victims of one event count once)."""

    id: str
    label: str
    facilities: int
    events: int
    low: Annotated[float | None, Field(description="exact 95 % interval of the mean number of events (Garwood)")]
    high: float | None
    share: Annotated[float | None, Field(description="of the victims for which it is reported")]
    share_low: Annotated[float | None, Field(description="exact 95 % interval, victims of one event taken as one")]
    share_high: float | None
    reported: Annotated[bool, Field(description="false on the row of what no source reports")]
    incidents: Annotated[list[str], _REFS]


class BreakdownView(View):
    """Incidents counted by one trait; the row with `reported` false comes last."""

    id: str
    title: str
    sentence: str
    facilities: int
    events: int
    reported: Annotated[int, Field(description="victims for which the trait is reported")]
    rows: list[TallyView]


class QuantityView(View):
    """One reported amount or duration."""

    incident: str
    victim: str
    value: float
    estimated: bool
    note: str | None


class SpreadView(View):
    """A measured trait: middle and range among the incidents that report it."""

    id: str
    title: str
    sentence: str
    unit: Literal["d", "EUR"]
    facilities: int
    reported: int
    estimated: Annotated[int, Field(description="of the reported ones, worked out rather than stated")]
    zeros: Annotated[int, Field(description="of the reported ones, stated as none")]
    median: float | None
    low: float | None
    high: float | None
    values: list[QuantityView]


class MonthView(View):
    """One month; dictionaries are by threat class. `none_documented` is not a month without attacks."""

    month: Annotated[str, Field(description="YYYY-MM")]
    label: str
    facilities: int
    events: int
    facilities_by_class: dict[str, int]
    events_by_class: dict[str, int]
    status: Literal["documented", "none_documented", "not_over"]
    incidents: Annotated[list[str], _REFS]


class TimelineView(View):
    """Month by month; `undated_*` are inside the window but cannot be placed in one month."""

    title: str
    sentence: str
    months: list[MonthView]
    undated_facilities: int
    undated_events: int
    undated: Annotated[list[str], _REFS]


class ActorRow(View):
    """One actor: documented victims by how sure the attribution is, and the published counts that name it."""

    id: str
    label: str
    kind: str | None
    facilities: int
    events: int
    low: float | None
    high: float | None
    confidence: Annotated[dict[str, int], Field(description="victims by confidence: high, medium, low, none")]
    classes: list[str]
    named_by: Annotated[list[str], Field(description="refs of published counts whose source names it")]
    incidents: Annotated[list[str], _REFS]


class ActorsView(View):
    """Who attacks; the row `unknown` comes last."""

    title: str
    sentence: str
    rows: list[ActorRow]


class CampaignView(View):
    """One wave that struck many victims."""

    ref: str
    name: str
    threat_class: str
    class_label: str
    actor: str
    actor_label: str
    date: str
    placement: Literal["certain", "possible"]
    published: int | None
    named: int
    documented: int
    sentence: str
    note: str | None
    sources: list[SourceView]


class ChangeRow(View):
    """Events before and after, and the ratio of their yearly rates (after / before); null where it has no bound."""

    id: str
    label: str
    before: int
    after: int
    before_facilities: int
    after_facilities: int
    before_per_y: float
    after_per_y: float
    ratio: float | None
    low: float | None
    high: float | None
    sentence: str


class ChangeView(View):
    """Two windows compared: events, not victims, each window at its own length."""

    title: str
    sentence: str
    before: PeriodView
    after: PeriodView
    rows: list[ChangeRow]
    cautions: list[str]


class ApartView(View):
    """Incidents that are listed and counted apart, never added to the others."""

    id: Literal["possible", "after_the_fact"]
    title: str
    sentence: str
    facilities: int
    events: int
    rows: list[TallyView]
    incidents: Annotated[list[str], _REFS]


class GapView(View):
    """Something that is known to be missing: `count` of `of`, where that can be said."""

    id: str
    sentence: str
    count: int | None
    of: int | None


class IncidentRowView(View):
    """One documented incident, with its evidence."""

    ref: str
    victim: str
    kind: str
    kind_label: str
    town: str | None
    department: str | None
    region: str | None
    date: Annotated[str, Field(description="as published: YYYY, YYYY-MM or YYYY-MM-DD")]
    date_label: str
    date_precision: Literal["day", "week", "month", "year"]
    date_basis: Literal["attack", "discovery", "leak_post", "disclosure"]
    date_basis_label: str
    part: Annotated[
        Literal["counted", "possible", "after_the_fact"], Field(description="where it is counted: see `apart`")
    ]
    threat_class: str
    class_label: str
    census_class: str
    event: str | None
    actor: str
    actor_label: str
    confidence: Literal["high", "medium", "low", "none"]
    care: Literal["effect", "none_stated", "none_known", "not_reported"]
    care_text: str | None
    ot_text: str | None
    data_leaked: Literal["yes", "no", "claimed", "unknown", "not_reported"]
    disruption_days: float | None
    note: str | None
    tlp: str
    sources: list[SourceView]


class LandscapeView(View):
    """The state of the threat in a sector, a country and a window.

    `breakdowns` are keyed by `BREAKDOWNS`, `spreads` by `SPREADS`. Parts count the incidents dated by the attack or
    its discovery that lie wholly inside the window; the others stand in `apart`.
    """

    language: Literal["fr", "en"]
    scope: ScopeView
    headline: list[str]
    classes: list[ThreatClassView]
    census: CensusView
    facilities: Annotated[int, Field(description="victims of the documented incidents that are counted")]
    events: int
    timeline: TimelineView
    breakdowns: dict[str, BreakdownView]
    spreads: dict[str, SpreadView]
    actors: ActorsView
    campaigns: list[CampaignView]
    trend: Annotated[ChangeView | None, Field(description="the two halves of the window")]
    comparison: Annotated[ChangeView | None, Field(description="the window and the one it is compared with")]
    apart: list[ApartView]
    gaps: list[GapView]
    incidents: list[IncidentRowView]
    methods: Annotated[list[str], Field(description="how intervals were computed, with their sources")]
    reproduce: str
    packs: dict[str, str]
    version: str
