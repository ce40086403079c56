"""View models of a choice of controls and insurance together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hygie.views.assessment import View
from hygie.views.decide import RangeView

__all__ = ["MissedPointView", "MixDecisionView", "MixView"]


class MissedPointView(View):
    """One point of the appetite that a mix exceeds."""

    amount_eur: float
    tolerated: float = Field(description="Tolerated probability within the horizon")
    probability: float
    excess_eur: float = Field(description="How far the loss at the tolerated probability lies above the amount")


class MixView(View):
    """A set of controls with a programme, or without one; amounts of one year unless said otherwise."""

    controls: list[str]
    names: list[str]
    programme: str | None = Field(description="Name of the programme; None without insurance")
    control_eur: float = Field(description="Controls: present value over the horizon, spread evenly over its years")
    premium_eur: float
    premium_basis: Literal["stated", "technical"] | None
    retained_eur: RangeView = Field(description="Mean loss that stays, reinstatement premiums included")
    tail_eur: RangeView = Field(description="Mean of the worst years of the loss that stays (TVaR)")
    objective_eur: float = Field(description="Controls + premium + loss that stays + α · TVaR")
    feasible: bool
    over_budget_eur: float = Field(description="Over the horizon, present value")
    missed: list[MissedPointView]


class MixDecisionView(View):
    """Which mix of controls and insurance costs least."""

    language: str
    facility: str
    name: str
    basis: str
    alpha: float
    tail_level: float
    horizon_y: int
    discount: float
    budget_eur: float
    best: MixView = Field(description="Least objective; the nearest miss when nothing is feasible")
    today: MixView = Field(description="No new control, no insurance")
    per_programme: list[MixView] = Field(description="Best with each programme, and without one")
    mixes: list[MixView] = Field(description="All that were tried, least objective first")
    exact: bool = Field(description="Whether every affordable set was simulated")
    simulated_sets: int
    sentences: list[str]
    years: int
    draws: int
    seed: int
    as_of: str
    reproduce: str
