"""View model of the validation dossier."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hygie.core.evidence import TLP
from hygie.views.assessment import DriverView, EvidenceView, View

__all__ = ["FitView", "FittedParameterView", "TargetView", "ValidationView"]

Verdict = Literal["pass", "fail", "reported"]


class TargetView(View):
    """One target: observed, simulated, and what follows."""

    id: str
    name: str
    role: Literal["fitted", "held_back", "reported"]
    group: str | None
    observed_low: float | None
    observed_high: float | None
    observed_counts: list[int]
    unit: str | None
    events: int = Field(description="simulated events behind the figures")
    quantiles: dict[str, float] = Field(description="of the model: 0.05, 0.25, 0.5, 0.75, 0.95")
    shares: list[dict[str, float]] = Field(description="for a split: quantiles of the share of each group")
    predicted_counts: list[list[int]] = Field(description="for a split: 5 % and 95 % predictive count of each group")
    position: float | None = Field(description="share of the model at or below the observed value")
    statistic: float | None = Field(description="what the rule judges: p-value, probability, ratio or share")
    rule: str
    rule_low: float | None
    rule_high: float | None
    verdict: Verdict
    sentence: str
    limits: str | None
    drivers: list[DriverView]
    evidence: list[EvidenceView]


class FittedParameterView(View):
    """A parameter before and after the fit, in its canonical unit; `shift` and `width` on the prior's normal score."""

    id: str
    description: str
    unit: str
    fit: str
    prior: list[float] = Field(description="5 %, 50 % and 95 % quantile")
    posterior: list[float] | None = Field(description="the same after the fit; None when the prior stays")
    width_ratio: float | None = Field(description="width of the 90 % range after the fit over before")
    shift: float = Field(description="posterior mean of the prior's normal score; 0 when nothing was learnt")
    width: float = Field(description="posterior sd of the prior's normal score; 1 when nothing was learnt")
    watched: bool = Field(description="looked at only: its prior stays whatever the fit says")


class FitView(View):
    """One stored fit."""

    id: str
    draws: int
    seed: int
    as_of: str
    effective_size: float
    rounds: int
    stale: list[str] = Field(description="parameters whose prior is no longer the one of the fit")


class ValidationView(View):
    """The dossier."""

    language: Literal["fr", "en"]
    draws: int
    seed: int
    as_of: str
    targets: list[TargetView]
    fits: list[FitView]
    parameters: list[FittedParameterView]
    held_back_passed: int = Field(description="groups of held-back observations of which every target is met")
    held_back_groups: int
    held_back_needed: int
    passed: bool
    summary: list[str]
    limits: list[str]
    packs: dict[str, str]
    version: str
    reproduce: str
    tlp: TLP | None = Field(default=None, description="strictest marking of the knowledge behind it, null if not kept")
