"""The view model of one assessment: what the command line, the JSON, the report and the page all show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from hygie.core.evidence import TLP

__all__ = [
    "AssessmentView",
    "AssumptionView",
    "BadEventView",
    "BreakdownRow",
    "CheckView",
    "CurveView",
    "DriverView",
    "EvidenceView",
    "FigureView",
    "ItemView",
    "LevelView",
    "ModuleView",
    "MortalityView",
    "PlanView",
    "ServiceTimeline",
    "SubjectView",
    "View",
    "ZonePassage",
]


class View(BaseModel):
    """Base of view models."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FigureView(View):
    """A figure: value, epistemic band, Monte Carlo standard error, unit."""

    id: str
    label: str
    value: float
    low: Annotated[float, Field(description="5 % quantile over epistemic draws")]
    high: Annotated[float, Field(description="95 % quantile over epistemic draws")]
    mc_error: Annotated[float, Field(description="standard error from the finite number of simulated years")]
    unit: str


class CurveView(View):
    """An exceedance curve: probability that the year exceeds each loss, with its 5–95 % band."""

    basis: Literal["OEP", "AEP"]
    loss_eur: list[float]
    probability: list[float]
    band_low: list[float]
    band_high: list[float]
    mc_error: list[float]


class BreakdownRow(View):
    """One part of a total."""

    id: str
    label: str
    frequency_per_y: float | None = None
    loss_eur_per_y: float
    loss_mc_error: float
    share: float


class ItemView(View):
    """One loss item: it belongs to one form of loss and to one FAIR-MAM module."""

    id: str
    label: str
    form: str
    loss_eur_per_y: float
    loss_own_eur_per_y: Annotated[float, Field(description="what is left after compensation")]


class ModuleView(View):
    """One FAIR-MAM module of the average annual loss, and its items."""

    id: str
    label: str
    loss_eur_per_y: float
    loss_own_eur_per_y: Annotated[float, Field(description="what is left after compensation")]
    share: float
    items: list[ItemView]


class CheckView(View):
    """One check of validity and the sentence that explains it."""

    id: str
    ok: bool
    value: float
    threshold: float
    sentence: str


class AssumptionView(View):
    """One assumed input: a range without published evidence."""

    id: str
    description: str
    unit: str
    low: float
    median: float
    high: float


class LevelView(View):
    """How the counts place the level of one threat class, per entity and year."""

    threat_class: str
    counts: list[str]
    checks: list[str]
    prior_median: float
    low: float
    median: float
    high: float
    effective_size: float
    named: Annotated[dict[str, str], Field(description="each count in words: who published it, for which window")] = {}


class EvidenceView(View):
    """One piece of evidence behind the result."""

    ref: str
    title: str
    publisher: str
    link: str | None
    grade: Annotated[str, Field(description="Admiralty grade: source A–F, statement 1–6")]
    published_on: str | None
    derived: str | None
    read_on: str | None = None
    tlp: str = "clear"


class DriverView(View):
    """How strongly one uncertain input moves the average annual loss over the draws."""

    id: str
    description: str
    correlation: Annotated[float, Field(ge=-1.0, le=1.0, description="Spearman rank correlation")]
    assumed: bool


class ServiceTimeline(View):
    """Capacity of one service, day by day; 1 is normal."""

    id: str
    label: str
    capacity: list[float]


class ZonePassage(View):
    """One zone in an event."""

    id: str
    label: str
    reached_h: Annotated[float | None, Field(description="hours after the attempt, null when never reached")]
    hosts: int
    down_days: float


class BadEventView(View):
    """One bad event in full: a typical major encryption among those simulated."""

    sentence: str
    origin: str
    outcome: str
    day: list[int]
    services: list[ServiceTimeline]
    zones: list[ZonePassage]
    detected_h: float | None
    damage_h: float
    backups_lost: bool
    outage_days: float
    loss_eur: float
    loss_own_eur: float
    bed_days_lost: float
    visits_diverted: float
    operations_lost: Annotated[float | None, Field(description="null in results of before it was kept")] = None
    events_like_this: Annotated[int, Field(description="major encryptions among which it is the median")]


class MortalityView(View):
    """In-hospital deaths a year by evidence from elsewhere: shown on request only, and never in euros."""

    value: float
    low: Annotated[float, Field(description="5 % quantile over epistemic draws")]
    high: Annotated[float, Field(description="95 % quantile over epistemic draws")]
    caveat: str
    evidence: list[EvidenceView]


class SubjectView(View):
    """Who is assessed."""

    id: str
    name: str
    category: str
    status: str
    beds: int
    fte: float
    posture_known_share: float


class PlanView(View):
    """How it was computed."""

    years: int
    draws: int
    seed: int
    as_of: str
    neighbours: list[str]
    providers: list[str]


class AssessmentView(View):
    """Everything an assessment shows. Amounts are euros of 2024, before any insurance programme."""

    language: Literal["fr", "en"]
    subject: SubjectView
    plan: PlanView
    headline: list[str]
    figures: dict[str, FigureView]
    curves: list[CurveView]
    by_class: list[BreakdownRow]
    by_form: list[BreakdownRow]
    by_module: list[ModuleView] = []
    by_origin: list[BreakdownRow]
    by_outcome: list[BreakdownRow]
    levels: list[LevelView]
    checks: list[CheckView]
    validity: str
    assumptions: list[AssumptionView]
    evidence: list[EvidenceView]
    drivers: list[DriverView]
    bad_event: BadEventView | None
    mortality: MortalityView | None = None
    reproduce: str
    digest: str
    model_digest: str
    packs: dict[str, str]
    version: str
    tlp: Annotated[TLP | None, Field(description="marking of the knowledge behind it, null if not kept")] = None
