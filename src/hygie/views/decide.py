"""View models of decisions: what controls are worth, alone and together."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from hygie.core.evidence import TLP
from hygie.views.assessment import View
from hygie.views.facility import FacilityGraphView

__all__ = [
    "BundleView",
    "ControlDecisionView",
    "OptionView",
    "RangeView",
    "ReachView",
    "ServiceReachView",
    "WorthView",
    "ZoneReachView",
]


class RangeView(View):
    """A value with its epistemic band."""

    value: float
    low: float = Field(description="5 % of draws lie below")
    high: float = Field(description="95 % of draws lie below")
    mc_error: float | None = Field(default=None, description="Standard error from the finite number of years")


class WorthView(View):
    """Gains and costs over the horizon."""

    loss_avoided_eur_per_y: RangeView
    tail_avoided_eur: RangeView = Field(description="By how much the mean of the worst years falls (TVaR)")
    bed_days_avoided_per_y: RangeView
    cost_eur: RangeView = Field(description="Set-up and running costs over the horizon, present value")
    net_eur: RangeView = Field(description="Loss avoided over the horizon less cost, present values")
    rosi: RangeView | None = Field(description="Net over cost; None where nothing is paid")
    p_worth: float = Field(description="Share of draws in which more is avoided than paid")
    payback_y: float | None = Field(description="Years until set-up costs are earned back; None for never")


class OptionView(WorthView):
    """One control alone."""

    id: str
    name: str
    function: str
    coverage_now: float = Field(description="Mean coverage today [share]")
    coverage_after: float
    left: list[float] = Field(description="Share of each part of the loss (class × outcome) that is left with it")
    variance_ratio: float = Field(description="Variance of an unpaired comparison over that of the paired one")


class BundleView(WorthView):
    """A set of controls, simulated together."""

    controls: list[str]
    names: list[str]
    best: bool
    sum_of_parts_eur_per_y: float = Field(description="Losses avoided by its controls one by one, added up")


class ZoneReachView(View):
    """How often one zone is reached, and machines in it are hit, before and after [1/y]."""

    id: str
    label: str
    before_per_y: float
    after_per_y: float
    hit_before_per_y: float
    hit_after_per_y: float


class ServiceReachView(View):
    """How many days a year one service has less than half of its capacity, on average, before and after [d/y]."""

    id: str
    label: str
    before_days_per_y: float
    after_days_per_y: float


class ReachView(View):
    """What attacks reach with a set of controls and without it, on the same simulated years."""

    controls: list[str]
    names: list[str]
    years: int = Field(description="Simulated years that were replayed")
    events_before: int
    events_after: int
    graph: FacilityGraphView
    zones: list[ZoneReachView]
    services: list[ServiceReachView]


class ControlDecisionView(View):
    """What controls are worth at one facility, and which to take under a budget."""

    language: str
    facility: str
    name: str
    view: str
    horizon_y: int
    discount: float
    budget_eur: float | None
    tail_level: float
    aal_eur: RangeView
    tvar_eur: RangeView
    bed_days_per_y: RangeView
    options: list[OptionView] = Field(description="What avoids most for its cost first")
    frontier: list[BundleView] = Field(description="Sets that no other beats on cost and loss, by rising cost")
    best: BundleView | None = Field(description="Smallest sum of cost and loss left; None without a budget")
    furthest: BundleView | None = Field(description="Least loss left among the sets tried within the budget")
    parts_eur_per_y: list[float] = Field(description="Average annual loss by class × outcome, for previews")
    exact: bool | None = Field(description="Whether every affordable set was simulated")
    simulated_sets: int
    reach: ReachView | None = Field(
        default=None, description="Zones and services with and without the best set; only where it was asked for"
    )
    sentences: list[str]
    assumed_inputs: int
    years: int
    draws: int
    seed: int
    as_of: str
    reproduce: str
    tlp: Annotated[TLP | None, Field(description="marking of the knowledge behind it, null if not kept")] = None
