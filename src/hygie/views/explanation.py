"""The view model of an explanation: from a figure back to its evidence."""

from __future__ import annotations

from pydantic import Field

from hygie.views.assessment import EvidenceView, View

__all__ = ["ColumnView", "CountView", "EstimateView", "ExplanationView", "IncidentView", "StepView"]


class EstimateView(View):
    """One input on the way, with the evidence behind it; `assumed` when there is none."""

    id: str
    description: str
    unit: str
    low: float
    median: float
    high: float
    method: str
    note: str | None
    evidence: list[EvidenceView]


class ColumnView(View):
    """One compiled column and the inputs that entered it."""

    name: str
    description: str
    unit: str
    estimates: list[str]


class CountView(View):
    """One count observation: so many events in a window, under a definition."""

    ref: str
    count: int
    at_least: bool
    window: str
    definition: str
    role: str = Field(description="level: places the rate; check: compared with it; nested: part of another count")
    evidence: list[EvidenceView]


class IncidentView(View):
    """One incident that informs who attacks."""

    ref: str
    date: str
    victim: str
    threat_class: str
    actor: str
    confidence: str
    evidence: list[EvidenceView]


class StepView(View):
    """One step of the method on the way from evidence to the figure."""

    id: str
    title: str
    columns: list[ColumnView]


class ExplanationView(View):
    """How a figure came about."""

    figure: str
    label: str
    value: float
    low: float | None
    high: float | None
    unit: str
    definition: str
    steps: list[StepView]
    counts: list[CountView]
    incidents: list[IncidentView]
    estimates: list[EstimateView]
    assumptions: list[str]
    reproduce: str
