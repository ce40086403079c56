"""The view model of one assessment: what the command line, the JSON, the report and the page all show."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "AssessmentView",
    "AssumptionView",
    "BreakdownRow",
    "CheckView",
    "CurveView",
    "FigureView",
    "LevelView",
    "PlanView",
    "SubjectView",
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
    prior_median: float
    low: float
    median: float
    high: float
    effective_size: float


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
    by_origin: list[BreakdownRow]
    by_outcome: list[BreakdownRow]
    levels: list[LevelView]
    checks: list[CheckView]
    validity: str
    assumptions: list[AssumptionView]
    evidence: list[str]
    digest: str
    model_digest: str
    packs: dict[str, str]
    version: str
